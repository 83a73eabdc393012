/*
 * autoscaler_up.c - scale-up: packs the unschedulable pods, largest first, onto template nodes (rows of the group that
 * do not exist) with the scheduler's filters that look at one node alone; spreads and (anti-)affinity between pods are
 * left out, as are volumes.
 */
#include "policies/parts/autoscaler.h"

/* The pods of DaemonSets that a new node gets. */
static void place_daemons(const struct control_call *c, struct autoscaler_room *e)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++) {
		const struct workload *w = &c->view->workload[i];
		const struct pod like = {.spec = w->spec, .labels = w->pod_labels, .pinned_node = NONE};

		if (w->exists && w->kind == WORKLOAD_DAEMON_SET)
			autoscaler_place(c, &like, e);
	}
}

struct pending {
	uint32_t *pod;
	uint32_t count;
};

/* Whether pod a goes before b: the larger first. */
static bool is_before(const struct pod *pod, uint32_t a, uint32_t b)
{
	const struct resources *x = &pod[a].spec->request, *y = &pod[b].spec->request;

	if (x->cpu_milli != y->cpu_milli)
		return x->cpu_milli > y->cpu_milli;
	return x->mem_bytes != y->mem_bytes ? x->mem_bytes > y->mem_bytes : a < b;
}

/* Insertion of each pod behind larger ones. Unschedulable pods come in a few sizes, so it is near to linear. */
static void sort_pending(const struct control_call *c, struct pending *p)
{
	for (uint32_t i = 1; i < p->count; i++) {
		uint32_t pod = p->pod[i], k = i;

		for (; k > 0 && is_before(c->view->pod, pod, p->pod[k - 1]); k--)
			p->pod[k] = p->pod[k - 1];
		p->pod[k] = pod;
	}
}

/* The pods that the scheduler said fit nowhere, without those for which a node is coming already. */
static struct pending find_pending(struct control_call *c, struct arena *scratch)
{
	const struct view *v = c->view;
	const struct autoscaler_state *s = c->state;
	struct pending p = {.pod = ARENA_NEW(scratch, v->pod_count, uint32_t)};
	struct autoscaler_room *coming = ARENA_NEW(scratch, v->nodes.count, struct autoscaler_room);
	uint32_t nodes = 0, kept = 0;

	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *x = &v->pod[i];

		if (!pod_active(x) || x->node != NONE || !x->unschedulable || x->pinned_node != NONE)
			continue;
		if (c->now - x->created < autoscaler_flags(c)->new_pod_scale_up_delay)
			autoscaler_scan_at(c, x->created + autoscaler_flags(c)->new_pod_scale_up_delay);
		else
			p.pod[p.count++] = i;
	}
	if (p.count == 0)
		return p;
	sort_pending(c, &p);
	for (uint32_t i = 0; i < v->nodes.count; i++) {
		/* One that has just become Ready still counts: the scheduler has not come to it yet. */
		bool new = v->nodes.row[i].exists && !s->node[i].leaving &&
			   (!s->node[i].was_ready || c->now - s->node[i].ready_at < autoscaler_flags(c)->scan_interval);

		if (!s->node[i].asked && !new)
			continue;
		coming[nodes] = autoscaler_free(c, i);
		place_daemons(c, &coming[nodes++]);
	}
	for (uint32_t i = 0; i < p.count; i++) {
		uint32_t k = 0;

		while (k < nodes && !autoscaler_place(c, &v->pod[p.pod[i]], &coming[k]))
			k++;
		if (k == nodes)
			p.pod[kept++] = p.pod[i];
	}
	p.count = kept;
	return p;
}

/* What growing one group would do. */
struct option {
	uint32_t group, nodes, pods;
	double waste; /* share of cpu and memory left over on the new nodes */
	uint32_t *row;
};

static struct option estimate_group(struct control_call *c, struct arena *scratch, const struct pending *p, uint32_t g)
{
	const struct node_group_object *o = &c->view->scenario->group[g];
	struct option x = {.group = g};
	int64_t room = o->max - autoscaler_size(c, g), most = autoscaler_flags(c)->max_nodes_per_scaleup;
	uint32_t next = autoscaler_free_row(c, g, 0);
	struct autoscaler_room *node;
	double cpu = 0, mem = 0;

	room = room < most ? room : most;
	if (room <= 0 || next == NONE)
		return x;
	node = ARENA_NEW(scratch, (size_t)(room < p->count ? room : p->count), struct autoscaler_room);
	x.row = ARENA_NEW(scratch, (size_t)(room < p->count ? room : p->count), uint32_t);
	for (uint32_t i = 0; i < p->count; i++) {
		const struct pod *pod = &c->view->pod[p->pod[i]];
		uint32_t k = 0;

		while (k < x.nodes && !autoscaler_place(c, pod, &node[k]))
			k++;
		if (k == x.nodes && x.nodes < room && next != NONE) {
			node[k] = autoscaler_free(c, next);
			place_daemons(c, &node[k]);
			if (!autoscaler_place(c, pod, &node[k]))
				continue;
			x.row[x.nodes++] = next;
			next = autoscaler_free_row(c, g, next + 1);
		} else if (k == x.nodes) {
			continue;
		}
		x.pods++;
	}
	for (uint32_t k = 0; k < x.nodes; k++) {
		cpu += (double)node[k].cpu / (double)(c->view->nodes.cpu_alloc[node[k].node] + 1);
		mem += (double)node[k].mem / (double)(c->view->nodes.mem_alloc[node[k].node] + 1);
	}
	x.waste = x.nodes > 0 ? (cpu + mem) / 2 / x.nodes : 0;
	return x;
}

/* The smaller the better, by the expander. */
static double badness(const struct control_call *c, const struct option *x)
{
	const struct node_group_object *o = &c->view->scenario->group[x->group];

	switch ((enum expander)autoscaler_flags(c)->expander) {
	case EXPANDER_LEAST_WASTE:
		return x->waste;
	case EXPANDER_MOST_PODS:
		return -(double)x->pods;
	case EXPANDER_PRICE: /* upstream weighs in a preferred size of node as well */
		return o->usd_per_hour * x->nodes / x->pods;
	case EXPANDER_PRIORITY:
		return -(double)o->priority;
	case EXPANDER_RANDOM:
		break;
	}
	return 0;
}

/* Ties are drawn. */
static void choose(struct control_call *c, struct option *best, const struct option *x, uint32_t *equal)
{
	double a = badness(c, x), b = *equal > 0 ? badness(c, best) : 0;

	if (*equal == 0 || a < b) {
		*best = *x;
		*equal = 1;
	} else if (!(a > b) && rng_below(c->rng, ++*equal) == 0) {
		*best = *x;
	}
}

void autoscaler_scale_up(struct control_call *c)
{
	struct autoscaler_state *s = c->state;
	struct arena scratch = {0};
	struct pending p = find_pending(c, &scratch);
	struct option best = {0};
	uint32_t equal = 0;

	for (uint32_t g = 0; p.count > 0 && g < c->view->scenario->group_count; g++) {
		if (s->group[g].backoff_until > c->now) {
			autoscaler_scan_at(c, s->group[g].backoff_until);
			continue;
		}
		struct option x = estimate_group(c, &scratch, &p, g);

		if (x.pods > 0)
			choose(c, &best, &x, &equal);
		else if (c->view->scenario->group[g].max > c->view->scenario->group[g].count &&
			 autoscaler_size(c, g) >= c->view->scenario->group[g].max)
			autoscaler_hold(c, g, SCALE_HELD_MAX, 0);
	}
	for (uint32_t i = 0; i < best.nodes; i++) {
		struct autoscaler_machine *m = &s->node[best.row[i]];

		*m = (struct autoscaler_machine){.asked = true, .asked_at = c->now, .unneeded = -1};
		autoscaler_machine(c, API_MACHINE_ON, best.row[i]);
		autoscaler_scan_at(c, c->now + autoscaler_flags(c)->max_node_provision_time);
	}
	if (best.nodes > 0) {
		s->last_add = c->now;
		s->group[best.group].told = 0;
		autoscaler_tell(c, FACT_SCALE_UP, best.group, FACT_NONE, 0, best.nodes, autoscaler_size(c, best.group),
				best.pods);
		autoscaler_scan_at(c, c->now + 1);
	}
	arena_release(&scratch);
}

/* ---- machines that do not come ---- */

/* A machine of the group has not come: it backs off for 5 min, doubling to 30 min. */
static void back_off(struct control_call *c, uint32_t g)
{
	const struct autoscaler *f = autoscaler_flags(c);
	struct autoscaler_group *x = &((struct autoscaler_state *)c->state)->group[g];

	if (x->backoff_until > c->now)
		return; /* machines of one decision fail once */
	if (x->backoff == 0 || c->now - x->failed_at > f->backoff_reset)
		x->backoff = f->backoff_initial;
	else
		x->backoff = x->backoff * 2 < f->backoff_max ? x->backoff * 2 : f->backoff_max;
	x->failed_at = c->now;
	x->backoff_until = c->now + x->backoff;
	x->told = 0;
	autoscaler_hold(c, g, SCALE_HELD_BACKOFF, x->backoff_until);
}

void autoscaler_look_at_orders(struct control_call *c)
{
	struct autoscaler_state *s = c->state;
	const struct scenario *sc = c->view->scenario;

	for (uint32_t g = 0; g < sc->group_count; g++)
		for (uint32_t i = sc->group[g].first; i < sc->group[g].first + sc->group[g].rows; i++) {
			struct autoscaler_machine *m = &s->node[i];

			if (c->view->nodes.row[i].exists)
				m->asked = false;
			if (!m->asked)
				continue;
			if (c->now - m->asked_at < autoscaler_flags(c)->max_node_provision_time) {
				autoscaler_scan_at(c, m->asked_at + autoscaler_flags(c)->max_node_provision_time);
				continue;
			}
			m->asked = false;
			autoscaler_tell(c, FACT_SCALE_DOWN, g, i, SCALE_DOWN_UNREGISTERED, 0, 0, 0);
			autoscaler_machine(c, API_MACHINE_OFF, i);
			back_off(c, g);
		}
}
