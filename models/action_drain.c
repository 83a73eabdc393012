/* action_drain.c - kubectl drain (kubectl pkg/drain/drain.go; kubernetes-control-plane.md 3.10): cordon, list the pods,
 * evict all in parallel; a refused eviction (429) is tried again every 5 s for ever; then each deletion is polled every
 * 1 s. DaemonSet pods are left alone. */
#include "models/action_parts.h"

#include "models/api.h"

#define DRAIN_RETRY SECONDS(5)
#define DRAIN_POLL SECONDS(1)

/* EVENT_DRAIN's arg: the deletions are polled; the cordon is tried again. Else a pod. */
#define POLLS NONE
#define CORDONS (NONE - 1)

/* A drain under way. */
struct drain {
	uint32_t node;
	uint32_t *pod;
	uint32_t pods, capacity;
	bool listed;
	/* Of one that no action asked for: */
	struct action own;
	struct drain_order order;
	uint32_t epoch; /* grows when it is over */
	uint32_t next_free;
};

/* By action; behind them those that no action asked for, whose rows are used again. */
struct actions {
	struct drain *drain;
	uint32_t drains, capacity, free;
};

void drain_init(struct world *w)
{
	struct actions *a = ARENA_NEW(&w->run->arena, 1, struct actions);

	w->actions = a;
	ARENA_RESERVE(&w->run->arena, a->drain, a->capacity, w->scenario->action_count, struct drain);
	a->drains = w->scenario->action_count;
	a->free = NONE;
}

static const struct action *options_of(const struct world *w, uint32_t i)
{
	return i < w->scenario->action_count ? &w->scenario->action[i] : &w->actions->drain[i].own;
}

static void again(struct world *w, uint32_t i, sim_time after, uint32_t what)
{
	world_schedule(w, time_add(w->run->now, after), EVENT_DRAIN, i, w->actions->drain[i].epoch, what);
}

/* One that no action asked for is over. */
static void finish(struct world *w, uint32_t i, bool emptied)
{
	struct drain *d = &w->actions->drain[i];
	const struct drain_order order = d->order;

	if (i < w->scenario->action_count)
		return;
	d->epoch++;
	d->pods = 0;
	d->listed = false;
	d->next_free = w->actions->free;
	w->actions->free = i;
	if (order.done != NULL)
		order.done(w, order.who, emptied);
}

void drain_begin(struct world *w, uint32_t i, uint32_t node)
{
	struct api_call call = api_call(API_CORDON);

	w->actions->drain[i].node = node;
	call.node = node;
	call.number = 1;
	action_send(w, i, call);
}

void drain_order(struct world *w, uint32_t node, const struct drain_order *order)
{
	struct actions *a = w->actions;
	uint32_t i = a->free;

	if (i == NONE) {
		i = a->drains++;
		ARENA_RESERVE(&w->run->arena, a->drain, a->capacity, a->drains, struct drain);
	} else {
		a->free = a->drain[i].next_free;
	}
	a->drain[i].order = *order;
	a->drain[i].own = (struct action){.kind = ACTION_DRAIN,
					  .at = w->run->now,
					  .force = order->force,
					  .ignore_daemonsets = true,
					  .timeout = order->timeout};
	drain_begin(w, i, node);
	if (order->timeout > 0)
		again(w, i, order->timeout + 1, POLLS);
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
	const struct action *a = options_of(w, i);
	struct api_call call = api_call(a->disable_eviction ? API_DELETE_POD : API_EVICT_POD);

	call.pod = pod;
	call.cause = DELETE_USER;
	call.number = a->has_grace ? a->grace + 1 : 0;
	action_send(w, i, call);
}

static void list_pods(struct world *w, uint32_t i)
{
	struct drain *d = &w->actions->drain[i];
	enum action_refusal refusal = refused(w, options_of(w, i), d->node);

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
	again(w, i, DRAIN_POLL, POLLS);
}

void drain_answered(struct world *w, uint32_t i, const struct api_call *call, bool ok)
{
	if (call->node == w->actions->drain[i].node && call->verb == API_CORDON && !w->actions->drain[i].listed) {
		if (ok)
			list_pods(w, i);
		else if (i >= w->scenario->action_count)
			again(w, i, DRAIN_RETRY, CORDONS);
	} else if (call->verb == API_EVICT_POD && !ok && w->cluster.pod[call->pod].node == w->actions->drain[i].node) {
		again(w, i, DRAIN_RETRY, call->pod);
	}
}

static void give_up(struct world *w, uint32_t i, uint32_t what)
{
	if (what == POLLS && i < w->scenario->action_count)
		action_tell(w, i, w->actions->drain[i].node, NONE, ACTION_TIMED_OUT);
	finish(w, i, false);
}

/* Whether every pod that was listed is gone. */
static bool is_empty(const struct world *w, const struct drain *d)
{
	for (uint32_t i = 0; i < d->pods; i++)
		if (w->cluster.pod[d->pod[i]].exists)
			return false;
	return true;
}

/* Subject: drain; epoch: its own; arg: the pod whose eviction is tried again, POLLS or CORDONS. */
void action_on_drain(struct world *w, const struct event *e)
{
	const struct drain *d = &w->actions->drain[e->subject];
	struct fact f = cluster_fact(&w->cluster, FACT_DRAIN_DONE);

	if (e->epoch != d->epoch)
		return;
	if (gives_up(w, options_of(w, e->subject))) {
		give_up(w, e->subject, e->arg);
		return;
	}
	if (e->arg == CORDONS)
		drain_begin(w, e->subject, d->node);
	else if (e->arg != POLLS)
		evict(w, e->subject, e->arg);
	else if (!is_empty(w, d))
		again(w, e->subject, DRAIN_POLL, POLLS);
	if (e->arg != POLLS || !is_empty(w, d))
		return;
	f.node = d->node;
	cluster_tell(&w->cluster, f);
	finish(w, e->subject, true);
}
