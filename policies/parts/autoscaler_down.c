/* autoscaler_down.c - scale-down: which nodes nobody needs, and how they go. */
#include <string.h>

#include "policies/parts/autoscaler.h"

static bool of_daemon_set(const struct view *v, const struct pod *p)
{
	return p->workload != NONE && v->workload[p->workload].kind == WORKLOAD_DAEMON_SET;
}

/* A budget covers the pod; *forbids when it allows nothing. */
static bool covered(const struct view *v, const struct pod *p, bool *forbids)
{
	bool any = false;

	for (uint32_t i = 0; i < v->pdb_count; i++) {
		const struct pdb_object *o = v->pdb[i].object;

		if (!v->pdb[i].exists || o->meta.namespace != p->namespace ||
		    !selector_matches(&o->selector, p->labels, v->names))
			continue;
		any = true;
		*forbids |= v->pdb[i].allowed <= 0;
	}
	return any;
}

/* What has to move when the node goes: neither of a DaemonSet, nor ended, nor terminating already. */
static bool moves(const struct view *v, const struct pod *p)
{
	return pod_active(p) && !of_daemon_set(v, p);
}

/* The rules of a drain: unreplicated pods, pods of kube-system and budgets keep the node. */
static bool may_drain(const struct control_call *c, uint32_t node, bool *empty)
{
	const struct view *v = c->view;
	bool fine = true;

	*empty = true;
	for (uint32_t i = v->nodes.row[node].first_pod; i != NONE; i = v->pod[i].next_on_node) {
		const struct pod *p = &v->pod[i];
		bool forbids = false, budget;

		if (!moves(v, p))
			continue;
		*empty = false;
		budget = covered(v, p, &forbids);
		if (p->workload == NONE || forbids)
			fine = false;
		if (autoscaler_flags(c)->skip_nodes_with_system_pods && !budget &&
		    !strcmp(names_text(v->names, p->namespace), "kube-system"))
			fine = false;
	}
	return fine;
}

/* Whether all pods of the node would fit on others that stay. */
static bool pods_fit_elsewhere(const struct control_call *c, struct arena *scratch, uint32_t node)
{
	const struct view *v = c->view;
	const struct autoscaler_state *s = c->state;
	struct autoscaler_room *other = ARENA_NEW(scratch, v->nodes.count, struct autoscaler_room);
	uint32_t others = 0, from = 0;

	for (uint32_t i = 0; i < v->nodes.count; i++)
		if (i != node && v->nodes.row[i].exists && v->nodes.row[i].ready == READY_TRUE && !s->node[i].leaving)
			other[others++] = autoscaler_free(c, i);
	for (uint32_t p = v->nodes.row[node].first_pod; p != NONE; p = v->pod[p].next_on_node) {
		struct pod like = v->pod[p];
		uint32_t k = 0;

		if (!moves(v, &like))
			continue;
		/* From where the last one fitted on, so that a large cluster is not searched anew for each pod. */
		while (k < others && !autoscaler_place(c, &like, &other[(from + k) % others]))
			k++;
		if (k == others)
			return false;
		from = (from + k) % others;
	}
	return true;
}

static double utilization(const struct control_call *c, uint32_t node)
{
	const struct node_view *v = &c->view->nodes;
	double cpu = v->cpu_alloc[node] > 0 ? (double)v->cpu_used[node] / (double)v->cpu_alloc[node] : 0;
	double mem = v->mem_alloc[node] > 0 ? (double)v->mem_used[node] / (double)v->mem_alloc[node] : 0;

	return cpu > mem ? cpu : mem;
}

/* Begins to take the node away: the taint first, then, after a while, evictions. */
static void take_away(struct control_call *c, uint32_t g, uint32_t node, enum scale_down_cause why)
{
	struct autoscaler_state *s = c->state;
	struct api_call call = api_call(API_ADD_TAINT);

	s->node[node].leaving = true;
	s->node[node].drain_until = c->now + autoscaler_flags(c)->node_delete_delay_after_taint +
				    autoscaler_flags(c)->max_pod_eviction_time;
	autoscaler_tell(c, FACT_SCALE_DOWN, g, node, why, 0, 0, 0);
	call.node = node;
	call.key = s->to_be_deleted;
	call.effect = EFFECT_NO_SCHEDULE;
	decide_call(c->out, call);
	decide_timer(c->out, c->now + autoscaler_flags(c)->node_delete_delay_after_taint, node, AUTOSCALER_DRAIN);
}

/* Whether the node is unneeded now, and, if so, whether it has been for long enough. */
static bool is_ripe(struct control_call *c, struct arena *scratch, uint32_t node, bool *empty)
{
	const struct autoscaler *f = autoscaler_flags(c);
	struct autoscaler_machine *m = &((struct autoscaler_state *)c->state)->node[node];
	bool ready = c->view->nodes.row[node].ready == READY_TRUE, idle;
	sim_time due;

	idle = (!ready || utilization(c, node) < f->scale_down_utilization_threshold) && may_drain(c, node, empty) &&
	       (*empty || pods_fit_elsewhere(c, scratch, node));
	if (!idle) {
		m->unneeded = -1;
		return false;
	}
	m->unneeded = m->unneeded < 0 ? c->now : m->unneeded;
	due = m->unneeded + (ready ? f->scale_down_unneeded_time : f->scale_down_unready_time);
	if (due < m->look_at)
		due = m->look_at;
	if (c->now < due)
		autoscaler_scan_at(c, due);
	return c->now >= due;
}

/* When nodes may be taken away again after what happened last. */
static sim_time scale_down_from(const struct control_call *c)
{
	const struct autoscaler *f = autoscaler_flags(c);
	const struct autoscaler_state *s = c->state;
	sim_time at = s->last_add >= 0 ? s->last_add + f->scale_down_delay_after_add : 0;

	if (s->last_delete >= 0 && s->last_delete + f->scale_down_delay_after_delete > at)
		at = s->last_delete + f->scale_down_delay_after_delete;
	if (s->last_failure >= 0 && s->last_failure + f->scale_down_delay_after_failure > at)
		at = s->last_failure + f->scale_down_delay_after_failure;
	return at;
}

void autoscaler_scale_down(struct control_call *c)
{
	struct autoscaler_state *s = c->state;
	const struct scenario *sc = c->view->scenario;
	struct arena scratch = {0};
	int64_t leaving = 0, draining = 0;
	sim_time from = scale_down_from(c);

	for (uint32_t i = 0; i < c->view->nodes.count; i++)
		leaving += s->node[i].leaving;
	draining = leaving;
	for (uint32_t g = 0; g < sc->group_count; g++) {
		const struct node_group_object *o = &sc->group[g];
		int32_t size = autoscaler_size(c, g);

		for (uint32_t i = o->first; i < o->first + o->rows && size > o->min; i++) {
			bool empty = true;

			if (!c->view->nodes.row[i].exists || s->node[i].leaving || !is_ripe(c, &scratch, i, &empty))
				continue;
			if (c->now < from) {
				autoscaler_scan_at(c, from);
				continue;
			}
			if (leaving >= autoscaler_flags(c)->max_scale_down_parallelism ||
			    (!empty && draining >= autoscaler_flags(c)->max_drain_parallelism))
				continue;
			leaving++;
			draining += !empty;
			size--;
			take_away(c, g, i,
				  c->view->nodes.row[i].ready == READY_TRUE ? SCALE_DOWN_UNNEEDED : SCALE_DOWN_UNREADY);
		}
	}
	arena_release(&scratch);
}

void autoscaler_drain(struct control_call *c, uint32_t node)
{
	struct autoscaler_state *s = c->state;
	struct autoscaler_machine *m = &s->node[node];
	const struct view *v = c->view;
	struct api_call call = api_call(API_EVICT_POD);
	bool waits = false, alive = v->nodes.row[node].ready == READY_TRUE;

	if (!m->leaving)
		return;
	for (uint32_t p = v->nodes.row[node].first_pod; p != NONE; p = v->pod[p].next_on_node) {
		if (moves(v, &v->pod[p]) && c->now < m->drain_until) {
			call.pod = p;
			decide_call(c->out, call);
			waits = true;
		} else if (moves(v, &v->pod[p])) {
			/* Refused for too long: the node stays. */
			m->leaving = false;
			m->unneeded = -1;
			m->look_at = c->now + autoscaler_flags(c)->unremovable_node_recheck_timeout;
			s->last_failure = c->now;
			call = api_call(API_REMOVE_TAINT);
			call.node = node;
			call.key = s->to_be_deleted;
			call.effect = EFFECT_NO_SCHEDULE;
			decide_call(c->out, call);
			autoscaler_scan_at(c, m->look_at);
			return;
		} else if (alive && v->pod[p].deleting && !of_daemon_set(v, &v->pod[p]) &&
			   c->now < v->pod[p].deleted_at + autoscaler_flags(c)->max_graceful_termination) {
			waits = true;
		}
	}
	/* Upstream tries evictions again every 10 s and looks at deletions every 5 s (core/scaledown/actuation). */
	if (waits) {
		decide_timer(c->out, c->now + SECONDS(5), node, AUTOSCALER_DRAIN);
		return;
	}
	m->leaving = false;
	m->unneeded = -1;
	s->last_delete = c->now;
	autoscaler_machine(c, API_MACHINE_OFF, node);
	autoscaler_scan_at(c, c->now + 1);
}
