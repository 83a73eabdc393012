/*
 * evict_if_fits.c - in the place of taint eviction: a pod whose toleration has run out is deleted only when another
 * node has room for the one that replaces it. Not of Kubernetes: for comparison.
 *
 * A pod on an unreachable node may well be running. Where there is no room for another, deleting it only turns a pod
 * that may serve into one that is Pending, and takes away what could be Ready again when the node returns. Pods that no
 * other node may have (daemons, bare pods that nobody replaces) are never deleted.
 *
 * Room found for a pod is kept for its replacement until a pod of the same workload is bound, at most for a while. Pods
 * without room are looked at again when room may have come: a pod went, a node changed.
 */
#include "policies/parts/fit.h"
#include "policies/parts/tolerations.h"
#include "sim/field.h"

/* Room is looked for this long after it may have come, once for all changes until then (a guess). */
#define LOOK_AFTER SECONDS(1)
/* timer(): arg of those that look for room. */
#define TIMER_LOOK 1

struct options {
	sim_time keep_room;
};

/* Room on node for a pod of workload. */
struct promise {
	uint32_t node, workload;
	const struct pod_spec *spec;
	sim_time until;
};

struct state {
	struct tolerations tolerations;
	struct promise *promise;
	uint32_t promises, promise_capacity;
	uint32_t *held; /* pods without room elsewhere */
	bool *is_held;  /* by pod */
	uint32_t helds, held_capacity, is_held_capacity;
	sim_time look_at; /* TIMER_LOOK armed, or 0 */
};

static uint32_t root_of(const struct view *v, uint32_t workload)
{
	return v->workload[workload].owner != NONE ? v->workload[workload].owner : workload;
}

/* ---- room ---- */

static void drop_promise(struct state *s, uint32_t i)
{
	s->promise[i] = s->promise[--s->promises];
}

static struct fit_kept kept_on(const struct state *s, uint32_t node)
{
	struct fit_kept kept = {0};

	for (uint32_t i = 0; i < s->promises; i++)
		if (s->promise[i].node == node)
			fit_keep(&kept, s->promise[i].spec);
	return kept;
}

/* The first node with room for the replacement of a pod, or NONE. */
static uint32_t find_room(const struct control_call *c, const struct pod *p)
{
	const struct view *v = c->view;

	for (uint32_t i = 0; i < v->nodes.count; i++) {
		if (i == p->node || !fit_is_allowed(v, p, i))
			continue;
		struct fit_kept kept = kept_on(c->state, i);
		if (fit_has_room(v, p->spec, i, &kept))
			return i;
	}
	return NONE;
}

static void promise_room(struct control_call *c, const struct pod *p, uint32_t node)
{
	const struct options *o = c->options;
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->promise, s->promise_capacity, s->promises + 1, struct promise);
	s->promise[s->promises++] = (struct promise){.node = node,
						     .workload = root_of(c->view, p->workload),
						     .spec = p->spec,
						     .until = time_add(c->now, o->keep_room)};
}

/* A pod of the workload is counted where it is bound now: its promise is kept. */
static void redeem(struct control_call *c, uint32_t workload)
{
	struct state *s = c->state;

	for (uint32_t i = 0; i < s->promises; i++) {
		if (s->promise[i].workload != workload)
			continue;
		drop_promise(s, i);
		return;
	}
}

static void forget_old_promises(struct control_call *c)
{
	struct state *s = c->state;

	for (uint32_t i = s->promises; i-- > 0;)
		if (s->promise[i].until <= c->now)
			drop_promise(s, i);
}

/* ---- what waits ---- */

static void look_later(struct control_call *c, sim_time at)
{
	struct state *s = c->state;

	if (s->helds == 0 || (s->look_at > c->now && s->look_at <= at))
		return;
	s->look_at = at;
	decide_timer(c->out, at, 0, TIMER_LOOK);
}

static void hold(struct control_call *c, uint32_t pod)
{
	struct state *s = c->state;
	struct fact f = {.kind = FACT_EVICTION_HELD, .node = c->view->pod[pod].node, .pod = pod, .object = FACT_NONE};

	ARENA_RESERVE(c->arena, s->is_held, s->is_held_capacity, pod + 1, bool);
	ARENA_RESERVE(c->arena, s->held, s->held_capacity, s->helds + 1, uint32_t);
	s->held[s->helds++] = pod;
	if (!s->is_held[pod])
		decide_tell(c->out, f);
	s->is_held[pod] = true;
	for (uint32_t i = 0; i < s->promises; i++)
		look_later(c, s->promise[i].until);
}

static void look_again(struct control_call *c)
{
	struct state *s = c->state;

	s->look_at = 0;
	for (uint32_t i = 0; i < s->helds; i++)
		decide_queue(c->out, s->held[i]);
	s->helds = 0;
}

/* Whether a node is Ready again and only the node lifecycle controller's taints have not been taken off yet. */
static bool is_back(const struct view *v, uint32_t node)
{
	const struct node *n = &v->nodes.row[node];

	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE && n->taint[i].key != v->key.not_ready &&
		    n->taint[i].key != v->key.unreachable)
			return false;
	return n->ready == READY_TRUE;
}

/* ---- the controller ---- */

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;

	toleration_notice(c, change);
	if (change->kind == CHANGE_POD && change->what & CHANGED_BOUND && v->pod[change->row].workload != NONE)
		redeem(c, root_of(v, v->pod[change->row].workload));
	if (change->kind == CHANGE_NODE || change->what & (CHANGED_REMOVED | CHANGED_PHASE))
		look_later(c, c->now + LOOK_AFTER);
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	const struct state *s = c->state;

	if (arg != TIMER_LOOK)
		toleration_timer(c, key, arg);
	else if (s->look_at == c->now)
		look_again(c);
}

static void reconcile(struct control_call *c, uint32_t pod)
{
	const struct pod *p = &c->view->pod[pod];

	if (!toleration_is_due(c, pod) || p->workload == NONE)
		return;
	forget_old_promises(c);
	uint32_t node = is_back(c->view, p->node) ? NONE : find_room(c, p);
	if (node == NONE) {
		hold(c, pod);
		return;
	}
	promise_room(c, p, node);
	toleration_delete(c, pod);
}

static const struct field fields[] = {
	{.name = "keepRoom",
	 .kind = FIELD_TIME,
	 .offset = offsetof(struct options, keep_room),
	 .fallback = "1m",
	 .low = 0,
	 .high = 86400,
	 .meaning = "how long the room found for a pod is kept for the one that replaces it",
	 .source = "a guess: give your own"},
	{.name = NULL}};

const struct controller control_evict_if_fits = {
	.info = {.name = "evict-if-fits",
		 .summary = "deletes pods whose toleration has run out only when they would fit on another node"},
	.role = "taint-eviction",
	.options = fields,
	.options_size = sizeof(struct options),
	.client = "taint-eviction-controller",
	.watches = CHANGE_NODE | CHANGE_POD,
	.retry_after = TOLERATION_RETRY,
	.state_size = sizeof(struct state),
	.workers = toleration_workers,
	.start = toleration_start,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
};
