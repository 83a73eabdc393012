/*
 * pod_gc.c - the pod garbage collector: removes Pod objects that nobody else will.
 * Upstream: pkg/controller/podgc/gc_controller.go (kubernetes-control-plane.md 2.8).
 *
 * Upstream sweeps every 20 s. Here a sweep is run only when something may be there to remove; its times are those of
 * the rhythm. In a sweep: pods that ended, beyond a number; pods terminating on a node that is out of service; pods of
 * a node that is gone, after a quarantine of 40 s; pods that were deleted before they were bound.
 */
#include <stdlib.h>

#include "models/policy.h"
#include "models/versions.h"
#include "sim/field.h"
#include "sim/order.h"

/* gcCheckPeriod, quarantineTime. */
#define PERIOD SECONDS(20)
#define QUARANTINE SECONDS(40)

struct options {
	int64_t threshold;
};

struct ended {
	bool evicted;
	sim_time created;
	uint32_t pod;
};

struct state {
	sim_time phase, armed; /* of the sweeps; the next one, if it lies ahead */
	sim_time *gone_since;  /* by node: quarantined since, 0 if not */
	bool *is_ended;        /* by pod: counted in `ended` */
	uint32_t is_ended_capacity;
	int64_t ended;           /* Succeeded and Failed pods in the API */
	uint32_t out_of_service; /* name id of the taint's key */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

/* ---- what there is to remove ---- */

static bool node_is_gone(const struct view *v, uint32_t node)
{
	return !v->nodes.row[node].exists;
}

/* Not Ready, and somebody has said that it will not come back by itself. */
static bool is_out_of_service(const struct control_call *c, uint32_t node)
{
	const struct state *s = c->state;
	const struct node *n = &c->view->nodes.row[node];

	if (!version_out_of_service(c->view->scenario->kubernetes) || n->ready == READY_TRUE)
		return false;
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].key == s->out_of_service)
			return true;
	return false;
}

static void count_ended(struct control_call *c, uint32_t pod)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[pod];
	bool now = p->exists && (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED);

	ARENA_RESERVE(c->arena, s->is_ended, s->is_ended_capacity, pod + 1, bool);
	s->ended += now - s->is_ended[pod];
	s->is_ended[pod] = now;
}

static bool is_stuck(const struct control_call *c, const struct pod *p)
{
	if (!p->exists)
		return false;
	if (p->node == NONE)
		return p->deleting;
	return node_is_gone(c->view, p->node) || (p->deleting && is_out_of_service(c, p->node));
}

static void want_sweep(struct control_call *c)
{
	struct state *s = c->state;
	sim_time at = s->phase + (c->now - s->phase + PERIOD) / PERIOD * PERIOD;

	if (s->armed == at)
		return;
	s->armed = at;
	decide_timer(c->out, at, 0, 0);
}

static bool too_many_ended(const struct control_call *c)
{
	const struct options *o = c->options;

	return o->threshold > 0 && ((const struct state *)c->state)->ended > o->threshold;
}

static void look_at_pod(struct control_call *c, uint32_t pod)
{
	count_ended(c, pod);
	if (too_many_ended(c) || is_stuck(c, &c->view->pod[pod]))
		want_sweep(c);
}

static void start(struct control_call *c)
{
	struct state *s = c->state;

	s->phase = c->now + (c->now == 0 ? (sim_time)(rng_unit(c->rng) * (double)PERIOD) - PERIOD : 0);
	s->gone_since = ARENA_NEW(c->arena, c->view->nodes.count, sim_time);
	s->out_of_service = names_find(c->view->names, "node.kubernetes.io/out-of-service");
	for (uint32_t i = 0; i < c->view->pod_count; i++)
		look_at_pod(c, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	struct state *s = c->state;

	if (change->kind == CHANGE_POD) {
		if (change->what & (CHANGED_PHASE | CHANGED_DELETING | CHANGED_REMOVED | CHANGED_BOUND))
			look_at_pod(c, change->row);
		return;
	}
	/* The key may have come with this very taint. */
	if (s->out_of_service == 0)
		s->out_of_service = names_find(c->view->names, "node.kubernetes.io/out-of-service");
	if (change->what & (CHANGED_TAINTS | CHANGED_READY | CHANGED_REMOVED))
		for (uint32_t p = c->view->nodes.row[change->row].first_pod; p != NONE;
		     p = c->view->pod[p].next_on_node)
			look_at_pod(c, p);
}

/* ---- the sweep ---- */

/* Its status is patched (Failed; DisruptionTarget for pods of a node that is gone), then it goes at once. */
static void remove_pod(struct control_call *c, uint32_t pod, bool disrupted)
{
	struct api_call call =
		api_call(disrupted && version_disruption_target(c->view->scenario->kubernetes) ? API_MARK_DISRUPTED
											       : API_STATUS);

	call.pod = pod;
	decide_call(c->out, call);
	decide_then(c->out);
	call = api_call(API_FORCE_DELETE_POD);
	call.pod = pod;
	call.cause = DELETE_POD_GC;
	decide_call(c->out, call);
	decide_then(c->out);
}

static int compare_ended(const void *left, const void *right)
{
	const struct ended *a = left, *b = right;

	ORDER(b->evicted, a->evicted);
	ORDER(a->created, b->created);
	ORDER(a->pod, b->pod);
	return 0;
}

/* The excess, evicted ones first, then the oldest. */
static void remove_ended(struct control_call *c)
{
	const struct options *o = c->options;
	const struct state *s = c->state;
	struct arena scratch = {0};
	struct ended *list = ARENA_NEW(&scratch, (size_t)s->ended, struct ended);
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->view->pod_count && n < s->ended; i++)
		if (i < s->is_ended_capacity && s->is_ended[i])
			list[n++] = (struct ended){c->view->pod[i].target, c->view->pod[i].created, i};
	qsort(list, n, sizeof(*list), compare_ended);
	for (uint32_t i = 0; i + o->threshold < n; i++)
		remove_pod(c, list[i].pod, false);
	arena_release(&scratch);
}

/* Whether a node that is gone has been so for the whole quarantine. */
static bool is_out_of_quarantine(struct control_call *c, uint32_t node)
{
	sim_time *since = &((struct state *)c->state)->gone_since[node];

	if (*since == 0)
		*since = c->now;
	return c->now - *since >= QUARANTINE;
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	const struct view *v = c->view;
	struct state *s = c->state;
	bool more = too_many_ended(c);

	(void)key;
	(void)arg;
	if (more)
		remove_ended(c);
	for (uint32_t i = 0; i < v->nodes.count; i++)
		if (!node_is_gone(v, i))
			s->gone_since[i] = 0;
	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *p = &v->pod[i];
		bool orphan = p->exists && p->node != NONE && node_is_gone(v, p->node);

		if (!is_stuck(c, p))
			continue;
		more = true;
		if (!orphan || is_out_of_quarantine(c, p->node))
			remove_pod(c, i, orphan);
	}
	/* Until a sweep finds nothing: a call may have failed. */
	if (more)
		want_sweep(c);
}

static const struct field fields[] = {
	{.name = "terminatedPodGCThreshold",
	 .kind = FIELD_INT64,
	 .offset = offsetof(struct options, threshold),
	 .fallback = "12500",
	 .low = 0,
	 .high = 1e9,
	 .unit = "pods",
	 .meaning = "so many pods that have ended are kept; 0: all",
	 .source = "kubernetes cmd/kube-controller-manager, --terminated-pod-gc-threshold"},
	{.name = NULL}};

const struct controller control_pod_gc = {
	.info = {.name = "pod-garbage-collector",
		 .summary = "removes pods that have ended, too many of them, and pods stuck on nodes that are gone"},
	.options = fields,
	.options_size = sizeof(struct options),
	.client = "pod-garbage-collector",
	.watches = CHANGE_NODE | CHANGE_POD,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.timer = timer,
};
