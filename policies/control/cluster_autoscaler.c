/*
 * cluster_autoscaler.c - asks for machines when pods fit nowhere, and gives back those that nobody needs.
 * Upstream: kubernetes/autoscaler cluster-autoscaler (FAQ.md; kubernetes-control-plane.md 3.8).
 *
 * Upstream scans every 10 s. Here a scan is run only when something can have changed, at the times of that rhythm. What
 * it does is in policies/parts/autoscaler_up.c and autoscaler_down.c.
 */
#include "policies/parts/autoscaler.h"

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

/* Too many nodes are not Ready: whatever it is, machines will not help. */
static bool is_halted(struct control_call *c)
{
	struct autoscaler_state *s = c->state;
	int64_t unready = 0, all = 0;
	bool halted;

	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		const struct node *n = &c->view->nodes.row[i];

		all += n->exists;
		unready += n->exists && s->node[i].was_ready && n->ready != READY_TRUE;
	}
	halted = unready > autoscaler_flags(c)->ok_total_unready_count &&
		 (double)unready > autoscaler_flags(c)->max_total_unready_percentage / 100 * (double)all;
	if (halted && !s->held)
		autoscaler_tell(c, FACT_SCALE_HELD, FACT_NONE, FACT_NONE, SCALE_HELD_UNREADY, unready, all, 0);
	s->held = halted;
	return halted;
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	struct autoscaler_state *s = c->state;

	if (arg == AUTOSCALER_DRAIN) {
		autoscaler_drain(c, key);
		return;
	}
	if (s->armed != c->now)
		return;
	autoscaler_look_at_orders(c);
	if (is_halted(c))
		return;
	autoscaler_scale_up(c);
	if (autoscaler_flags(c)->scale_down_enabled)
		autoscaler_scale_down(c);
}

static void start(struct control_call *c)
{
	struct autoscaler_state *s = c->state;
	const struct scenario *sc = c->view->scenario;

	if (!autoscaler_flags(c)->on)
		return;
	s->node = ARENA_NEW(c->arena, c->view->nodes.count, struct autoscaler_machine);
	s->group = ARENA_NEW(c->arena, sc->group_count, struct autoscaler_group);
	s->to_be_deleted = names_find(c->view->names, "ToBeDeletedByClusterAutoscaler");
	s->phase = c->now == 0 ? -(sim_time)(rng_unit(c->rng) * (double)autoscaler_flags(c)->scan_interval) : c->now;
	s->last_add = s->last_delete = s->last_failure = -1;
	/* A new process finds machines in the cloud that have not registered, and waits for them as for its own. */
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		s->node[i].unneeded = -1;
		s->node[i].ready_at = -autoscaler_flags(c)->scan_interval;
		s->node[i].was_ready = c->view->nodes.row[i].exists && c->view->nodes.row[i].ready == READY_TRUE;
		s->node[i].asked = c->view->machine_ordered(c->view->model, i);
		s->node[i].asked_at = c->now;
	}
	autoscaler_scan_at(c, c->now);
}

static void notice(struct control_call *c, const struct change *change)
{
	struct autoscaler_state *s = c->state;
	bool looks = false;

	if (!autoscaler_flags(c)->on)
		return;
	if (change->kind == CHANGE_NODE) {
		struct autoscaler_machine *m = &s->node[change->row];

		if (change->what & CHANGED_ADDED)
			m->asked = m->was_ready = false;
		if (change->what & CHANGED_REMOVED)
			m->leaving = m->was_ready = false;
		if (change->what & CHANGED_READY) {
			if (!m->was_ready)
				m->ready_at = c->now;
			m->was_ready |= c->view->nodes.row[change->row].ready == READY_TRUE;
			m->unneeded = -1; /* another time is waited for now */
		}
		looks = true;
	} else {
		/* A pod that fits nowhere, or a node that carries less. */
		looks = (change->what & (CHANGED_STATUS | CHANGED_REMOVED | CHANGED_BOUND | CHANGED_PHASE)) != 0;
	}
	if (looks)
		autoscaler_scan_at(c, c->now);
}

const struct controller control_cluster_autoscaler = {
	.info = {.name = "cluster-autoscaler",
		 .summary = "asks for machines when pods fit nowhere, and gives back those that nobody needs"},
	.client = "cluster-autoscaler",
	.watches = CHANGE_NODE | CHANGE_POD,
	.state_size = sizeof(struct autoscaler_state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.timer = timer,
};
