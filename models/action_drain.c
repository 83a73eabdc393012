/* action_drain.c - kubectl drain (kubectl pkg/drain/drain.go; kubernetes-control-plane.md 3.10): cordon, list the pods,
 * evict all in parallel; a refused eviction (429) is tried again every 5 s for ever; then each deletion is polled every
 * 1 s. DaemonSet pods are left alone. */
#include "models/action_parts.h"

#include "models/api.h"

#define DRAIN_RETRY SECONDS(5)
#define DRAIN_POLL SECONDS(1)

/* A drain under way. */
struct drain {
	uint32_t node;
	uint32_t *pod;
	uint32_t pods, capacity;
	bool listed;
};

struct actions {
	struct drain *drain; /* by action */
};

void drain_init(struct world *w)
{
	w->actions = ARENA_NEW(&w->run->arena, 1, struct actions);
	w->actions->drain = ARENA_NEW(&w->run->arena, w->scenario->action_count, struct drain);
}

void drain_begin(struct world *w, uint32_t i, uint32_t node)
{
	struct api_call call = api_call(API_CORDON);

	w->actions->drain[i].node = node;
	call.node = node;
	call.number = 1;
	action_send(w, i, call);
}

static bool of_daemon_set(const struct world *w, uint32_t pod)
{
	uint32_t o = w->cluster.pod[pod].workload;

	return o != NONE && w->cluster.workload[o].kind == WORKLOAD_DAEMON_SET;
}

/* What kubectl refuses to evict unless told otherwise; it evicts nothing then. */
static enum action_refusal refused(const struct world *w, const struct action *a, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		if (of_daemon_set(w, p) && !a->ignore_daemonsets)
			return ACTION_DAEMON_PODS;
		if (w->cluster.pod[p].workload == NONE && !a->force && !w->cluster.pod[p].spec->is_static &&
		    w->cluster.pod[p].phase <= PHASE_RUNNING)
			return ACTION_BARE_PODS;
	}
	return ACTION_DONE;
}

/* Whether a drain's --timeout is over. */
static bool gives_up(const struct world *w, const struct action *a)
{
	return a->timeout > 0 && w->run->now - a->at > a->timeout;
}

static void evict(struct world *w, uint32_t i, uint32_t pod)
{
	const struct action *a = &w->scenario->action[i];
	struct api_call call = api_call(a->disable_eviction ? API_DELETE_POD : API_EVICT_POD);

	call.pod = pod;
	call.cause = DELETE_USER;
	call.number = a->has_grace ? a->grace + 1 : 0;
	action_send(w, i, call);
}

static void list_pods(struct world *w, uint32_t i)
{
	struct drain *d = &w->actions->drain[i];
	enum action_refusal refusal = refused(w, &w->scenario->action[i], d->node);

	d->listed = true;
	if (refusal != ACTION_DONE) {
		action_tell(w, i, d->node, NONE, refusal);
		return;
	}
	for (uint32_t p = w->cluster.node[d->node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		if (of_daemon_set(w, p) || w->cluster.pod[p].spec->is_static)
			continue;
		ARENA_RESERVE(&w->run->arena, d->pod, d->capacity, d->pods + 1, uint32_t);
		d->pod[d->pods++] = p;
	}
	for (uint32_t k = 0; k < d->pods; k++)
		evict(w, i, d->pod[k]);
	world_schedule(w, w->run->now + DRAIN_POLL, EVENT_DRAIN, i, 0, NONE);
}

void drain_answered(struct world *w, uint32_t i, const struct api_call *call, bool ok)
{
	if (call->verb == API_CORDON && ok && !w->actions->drain[i].listed)
		list_pods(w, i);
	else if (call->verb == API_EVICT_POD && !ok)
		world_schedule(w, w->run->now + DRAIN_RETRY, EVENT_DRAIN, i, 0, call->pod);
}

/* Subject: action; arg: the pod whose eviction is tried again, NONE to poll the deletions. */
void action_on_drain(struct world *w, const struct event *e)
{
	const struct drain *d = &w->actions->drain[e->subject];
	struct fact f = cluster_fact(&w->cluster, FACT_DRAIN_DONE);

	if (gives_up(w, &w->scenario->action[e->subject])) {
		if (e->arg == NONE)
			action_tell(w, e->subject, d->node, NONE, ACTION_TIMED_OUT);
		return;
	}
	if (e->arg != NONE) {
		evict(w, e->subject, e->arg);
		return;
	}
	for (uint32_t i = 0; i < d->pods; i++) {
		if (w->cluster.pod[d->pod[i]].exists) {
			world_schedule(w, w->run->now + DRAIN_POLL, EVENT_DRAIN, e->subject, 0, NONE);
			return;
		}
	}
	f.node = d->node;
	cluster_tell(&w->cluster, f);
}
