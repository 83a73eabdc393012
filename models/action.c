/* action.c - carries out kubectl's words: cordon, drain, scale, delete, set image, rollout restart.
 *
 * Drain (kubectl pkg/drain/drain.go; kubernetes-control-plane.md 3.10): cordon, list the pods, evict all in parallel; a
 * refused eviction (429) is tried again every 5 s for ever; then each deletion is polled every 1 s. DaemonSet pods are
 * left alone.
 */
#include "models/action.h"

#include "models/api.h"

#define DRAIN_RETRY SECONDS(5)
#define DRAIN_POLL SECONDS(1)

/* A drain under way. */
struct drain {
	uint32_t *pod;
	uint32_t pods, capacity;
	bool listed;
};

struct actions {
	struct drain *drain; /* by action */
};

void action_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	w->actions = ARENA_NEW(&w->run->arena, 1, struct actions);
	w->actions->drain = ARENA_NEW(&w->run->arena, s->action_count, struct drain);
	for (uint32_t i = 0; i < s->action_count; i++)
		world_schedule(w, s->action[i].at, EVENT_ACTION, i, 0, 0);
}

static void send(struct world *w, uint32_t action, struct api_call call)
{
	api_send(w, CLIENT_UNLIMITED, &call, &w->scenario->latencies.api_write, CALLER_ACTION, action);
}

static void tell_action(struct world *w, uint32_t i, uint32_t pod, enum action_refusal refusal)
{
	const struct action *a = &w->scenario->action[i];
	struct fact f = cluster_fact(&w->cluster, FACT_ACTION);

	f.node = a->node;
	f.pod = pod;
	f.object = a->workload;
	f.flag = a->kind;
	f.a = a->kind == ACTION_SCALE ? a->replicas : 0;
	f.b = refusal;
	cluster_tell(&w->cluster, f);
}

static uint32_t find_pod(const struct world *w, uint32_t name)
{
	for (uint32_t i = 0; i < w->cluster.pod_count; i++)
		if (w->cluster.pod[i].exists && w->cluster.pod[i].name == name)
			return i;
	return NONE;
}

/* A copy of the workload's template, with another image (0: the same) in its container `name` (0: every one). */
static const struct pod_spec *copy_template(struct world *w, const struct pod_spec *from, uint32_t name, uint32_t image)
{
	struct pod_spec *s = ARENA_NEW(&w->run->arena, 1, struct pod_spec);

	*s = *from;
	s->container = ARENA_NEW(&w->run->arena, s->container_count, struct container);
	for (uint32_t i = 0; i < s->container_count; i++) {
		s->container[i] = from->container[i];
		if (image != 0 && (name == 0 || s->container[i].name == name))
			s->container[i].image = image;
	}
	return s;
}

static void change_template(struct world *w, const struct action *a)
{
	struct workload *o = &w->cluster.workload[a->workload];

	/* Pods of an older template are known by its address: a restart, too, makes another one. */
	o->spec = copy_template(w, o->spec, a->container, a->kind == ACTION_SET_IMAGE ? a->image : 0);
	o->revision++;
	api_notify(w, CHANGE_WORKLOAD, CHANGED_SPEC, a->workload);
}

/* Subject: action. */
void action_on_time(struct world *w, const struct event *e)
{
	const struct action *a = &w->scenario->action[e->subject];
	struct api_call call = api_call(API_CORDON);
	uint32_t pod = a->kind == ACTION_DELETE_POD ? find_pod(w, a->pod) : NONE;

	tell_action(w, e->subject, pod, api_up(w) ? ACTION_DONE : ACTION_UNREACHABLE);
	if (!api_up(w))
		return;
	call.node = a->node;
	call.workload = a->workload;
	call.pod = pod;
	switch ((enum action_kind)a->kind) {
	case ACTION_CORDON:
	case ACTION_DRAIN:
		call.number = 1;
		send(w, e->subject, call);
		break;
	case ACTION_UNCORDON:
		send(w, e->subject, call);
		break;
	case ACTION_SCALE:
		call.verb = API_SCALE;
		call.number = a->replicas;
		send(w, e->subject, call);
		break;
	case ACTION_DELETE_POD:
		call.verb = a->force ? API_FORCE_DELETE_POD : API_DELETE_POD;
		call.cause = DELETE_USER;
		if (pod != NONE)
			send(w, e->subject, call);
		break;
	case ACTION_SET_IMAGE:
	case ACTION_ROLLOUT_RESTART:
		change_template(w, a);
		break;
	}
}

static bool of_daemon_set(const struct world *w, uint32_t pod)
{
	uint32_t o = w->cluster.pod[pod].workload;

	return o != NONE && w->cluster.workload[o].kind == WORKLOAD_DAEMON_SET;
}

/* What kubectl refuses to evict unless told otherwise; it evicts nothing then. */
static enum action_refusal refused(const struct world *w, const struct action *a)
{
	for (uint32_t p = w->cluster.node[a->node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		if (of_daemon_set(w, p) && !a->ignore_daemonsets)
			return ACTION_DAEMON_PODS;
		if (w->cluster.pod[p].workload == NONE && !a->force)
			return ACTION_BARE_PODS;
	}
	return ACTION_DONE;
}

/* Whether a drain's --timeout is over. */
static bool gives_up(const struct world *w, const struct action *a)
{
	return a->timeout > 0 && w->run->now - a->at > a->timeout;
}

static void evict(struct world *w, uint32_t action, uint32_t pod)
{
	struct api_call call = api_call(API_EVICT_POD);

	call.pod = pod;
	send(w, action, call);
}

static void list_pods(struct world *w, uint32_t action)
{
	struct drain *d = &w->actions->drain[action];

	enum action_refusal refusal = refused(w, &w->scenario->action[action]);

	d->listed = true;
	if (refusal != ACTION_DONE) {
		tell_action(w, action, NONE, refusal);
		return;
	}
	for (uint32_t p = w->cluster.node[w->scenario->action[action].node].first_pod; p != NONE;
	     p = w->cluster.pod[p].next_on_node) {
		if (of_daemon_set(w, p))
			continue;
		ARENA_RESERVE(&w->run->arena, d->pod, d->capacity, d->pods + 1, uint32_t);
		d->pod[d->pods++] = p;
	}
	for (uint32_t i = 0; i < d->pods; i++)
		evict(w, action, d->pod[i]);
	world_schedule(w, w->run->now + DRAIN_POLL, EVENT_DRAIN, action, 0, NONE);
}

void action_answered(struct world *w, uint32_t action, const struct api_call *call, bool ok)
{
	if (w->scenario->action[action].kind != ACTION_DRAIN)
		return;
	if (call->verb == API_CORDON && ok && !w->actions->drain[action].listed)
		list_pods(w, action);
	else if (call->verb == API_EVICT_POD && !ok)
		world_schedule(w, w->run->now + DRAIN_RETRY, EVENT_DRAIN, action, 0, call->pod);
}

/* Subject: action; arg: the pod whose eviction is tried again, NONE to poll the deletions. */
void action_on_drain(struct world *w, const struct event *e)
{
	const struct drain *d = &w->actions->drain[e->subject];
	struct fact f = cluster_fact(&w->cluster, FACT_DRAIN_DONE);

	if (gives_up(w, &w->scenario->action[e->subject])) {
		if (e->arg == NONE)
			tell_action(w, e->subject, NONE, ACTION_TIMED_OUT);
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
	f.node = w->scenario->action[e->subject].node;
	cluster_tell(&w->cluster, f);
}
