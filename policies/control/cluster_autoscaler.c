/*
 * cluster_autoscaler.c - asks for machines when pods fit nowhere, and gives back those that nobody needs.
 * Upstream: kubernetes/autoscaler cluster-autoscaler (FAQ.md; kubernetes-control-plane.md 3.8).
 *
 * Upstream scans every 10 s. Here a scan is run only when something can have changed, at the times of that rhythm. A
 * scale-up packs the unschedulable pods, largest first, onto template nodes (rows of the group that do not exist) with
 * the scheduler's filters that look at one node alone; spreads and (anti-)affinity between pods are left out, as are
 * volumes. Scale-down is in parts of its own below.
 */
#include <string.h>

#include "models/policy.h"
#include "models/sched_match.h"

enum timer_kind { TIMER_SCAN, TIMER_DRAIN };

/* What the autoscaler knows of a row that belongs to a group. */
struct machine {
	bool asked;     /* for a machine, which has not registered yet */
	bool leaving;   /* being taken away */
	bool was_ready; /* has been Ready since it registered */
	sim_time asked_at, ready_at;
	sim_time unneeded; /* since when, -1 when it is needed */
	sim_time look_at;  /* unremovable: not before this */
	sim_time drain_until;
};

struct group {
	sim_time backoff_until, backoff, failed_at;
	uint8_t told; /* enum scale_held_cause + 1, told last */
};

/* What template nodes and nodes to come carry so far in one estimate. */
struct estimate {
	int64_t cpu, mem, disk, pods; /* free */
	uint32_t node;
};

struct state {
	struct machine *node;
	struct group *group;
	sim_time phase, armed, last_add, last_delete, last_failure;
	bool held;
	uint32_t to_be_deleted; /* name id of the taint's key */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

static const struct autoscaler *flags(const struct control_call *c)
{
	return &c->view->scenario->autoscaler;
}

/* A scan at the first time of the rhythm after `at`. */
static void want_scan(struct control_call *c, sim_time at)
{
	struct state *s = c->state;
	sim_time period = flags(c)->scan_interval, from = at > c->now ? at - 1 : c->now;
	sim_time next = s->phase + (from - s->phase + period) / period * period;

	if (s->armed > c->now && s->armed <= next)
		return;
	s->armed = next;
	decide_timer(c->out, next, 0, TIMER_SCAN);
}

static void tell(struct control_call *c, enum fact_kind kind, uint32_t group, uint32_t node, uint16_t flag, int64_t a,
		 int64_t b, int64_t n)
{
	struct fact f = {.kind = (uint16_t)kind, .flag = flag, .node = node, .pod = FACT_NONE, .a = a, .b = b, .c = n};

	f.object = group == FACT_NONE ? FACT_NONE : c->view->scenario->group[group].name;
	decide_tell(c->out, f);
}

static void machine_call(struct control_call *c, enum api_verb verb, uint32_t node)
{
	struct api_call call = api_call(verb);

	call.node = node;
	decide_call(c->out, call);
}

/* ---- groups ---- */

/* Nodes that the group has or has asked for. */
static int32_t size_of(const struct control_call *c, uint32_t g)
{
	const struct state *s = c->state;
	const struct node_group_object *o = &c->view->scenario->group[g];
	int32_t size = 0;

	for (uint32_t i = o->first; i < o->first + o->rows; i++)
		size += (c->view->nodes.row[i].exists || s->node[i].asked) && !s->node[i].leaving;
	return size;
}

static bool is_free(const struct control_call *c, uint32_t row)
{
	const struct state *s = c->state;

	return !c->view->nodes.row[row].exists && !s->node[row].asked && !s->node[row].leaving &&
	       c->view->nodes.row[row].first_pod == NONE;
}

/* The first row of the group that a machine could be asked for, from `from` on; NONE when there is none. */
static uint32_t free_row(const struct control_call *c, uint32_t g, uint32_t from)
{
	const struct node_group_object *o = &c->view->scenario->group[g];

	for (uint32_t i = from > o->first ? from : o->first; i < o->first + o->rows; i++)
		if (is_free(c, i))
			return i;
	return NONE;
}

static void hold(struct control_call *c, uint32_t g, enum scale_held_cause why, sim_time until)
{
	struct group *x = &((struct state *)c->state)->group[g];

	if (x->told == why + 1)
		return;
	x->told = (uint8_t)(why + 1);
	tell(c, FACT_SCALE_HELD, g, FACT_NONE, why, until, 0, 0);
}

/* A machine of the group has not come: it backs off for 5 min, doubling to 30 min. */
static void back_off(struct control_call *c, uint32_t g)
{
	const struct autoscaler *f = flags(c);
	struct group *x = &((struct state *)c->state)->group[g];

	if (x->backoff_until > c->now)
		return; /* machines of one decision fail once */
	if (x->backoff == 0 || c->now - x->failed_at > f->backoff_reset)
		x->backoff = f->backoff_initial;
	else
		x->backoff = x->backoff * 2 < f->backoff_max ? x->backoff * 2 : f->backoff_max;
	x->failed_at = c->now;
	x->backoff_until = c->now + x->backoff;
	x->told = 0;
	hold(c, g, SCALE_HELD_BACKOFF, x->backoff_until);
}

/* ---- would a pod fit? ---- */

/* The filters that look at one node alone: what NodeUnschedulable, TaintToleration, NodeAffinity and NodeResourcesFit
 * ask. Taints of a node that is not set up yet do not count: it is looked at as its template. */
static bool admits(const struct control_call *c, const struct pod *p, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	const struct node_object *o = n->object;
	const struct node as_new = {.object = o, .taint = o->taint, .taint_count = o->taint_count};
	bool fresh = !n->exists || n->ready == READY_UNSET;

	if (p->spec->node_name != 0 && p->spec->node_name != o->meta.name)
		return false;
	return !(fresh ? o->unschedulable : n->unschedulable) && sched_node_matches(c->view, p, node) &&
	       sched_untolerated(p->spec, fresh ? &as_new : n) == NULL;
}

static struct estimate free_on(const struct control_call *c, uint32_t node)
{
	const struct node_view *v = &c->view->nodes;

	return (struct estimate){.node = node,
				 .cpu = v->cpu_alloc[node] - v->cpu_used[node],
				 .mem = v->mem_alloc[node] - v->mem_used[node],
				 .disk = v->disk_alloc[node] - v->disk_used[node],
				 .pods = v->pods_alloc[node] - v->pods_used[node]};
}

/* Whether every extended resource is there at all; how much of it others took is left out. */
static bool has_scalars(const struct control_call *c, const struct resources *r, uint32_t node)
{
	for (uint32_t i = 0; i < r->scalar_count; i++) {
		int64_t alloc, used;

		sched_scalar(&c->view->nodes.row[node], r->scalar[i].name, &alloc, &used);
		if (r->scalar[i].value > alloc - used)
			return false;
	}
	return true;
}

/* Puts the pod there if it fits. */
static bool place(const struct control_call *c, const struct pod *p, struct estimate *e)
{
	const struct resources *r = &p->spec->request;

	if (e->pods < 1 || r->cpu_milli > e->cpu || r->mem_bytes > e->mem || r->disk_bytes > e->disk ||
	    !has_scalars(c, r, e->node) || !admits(c, p, e->node))
		return false;
	e->pods--;
	e->cpu -= r->cpu_milli;
	e->mem -= r->mem_bytes;
	e->disk -= r->disk_bytes;
	return true;
}

/* The pods of DaemonSets that a new node gets. */
static void place_daemons(const struct control_call *c, struct estimate *e)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++) {
		const struct workload *w = &c->view->workload[i];
		const struct pod like = {.spec = w->spec, .labels = w->pod_labels, .pinned_node = NONE};

		if (w->exists && w->kind == WORKLOAD_DAEMON_SET)
			place(c, &like, e);
	}
}

/* ---- scale-up ---- */

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
	const struct state *s = c->state;
	struct pending p = {.pod = ARENA_NEW(scratch, v->pod_count, uint32_t)};
	struct estimate *coming = ARENA_NEW(scratch, v->nodes.count, struct estimate);
	uint32_t nodes = 0, kept = 0;

	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *x = &v->pod[i];

		if (!pod_active(x) || x->node != NONE || !x->unschedulable || x->pinned_node != NONE)
			continue;
		if (c->now - x->created < flags(c)->new_pod_scale_up_delay)
			want_scan(c, x->created + flags(c)->new_pod_scale_up_delay);
		else
			p.pod[p.count++] = i;
	}
	if (p.count == 0)
		return p;
	sort_pending(c, &p);
	for (uint32_t i = 0; i < v->nodes.count; i++) {
		/* One that has just become Ready still counts: the scheduler has not come to it yet. */
		bool new = v->nodes.row[i].exists && !s->node[i].leaving &&
			   (!s->node[i].was_ready || c->now - s->node[i].ready_at < flags(c)->scan_interval);

		if (!s->node[i].asked && !new)
			continue;
		coming[nodes] = free_on(c, i);
		place_daemons(c, &coming[nodes++]);
	}
	for (uint32_t i = 0; i < p.count; i++) {
		uint32_t k = 0;

		while (k < nodes && !place(c, &v->pod[p.pod[i]], &coming[k]))
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
	int64_t room = o->max - size_of(c, g), most = flags(c)->max_nodes_per_scaleup;
	uint32_t next = free_row(c, g, 0);
	struct estimate *node;
	double cpu = 0, mem = 0;

	room = room < most ? room : most;
	if (room <= 0 || next == NONE)
		return x;
	node = ARENA_NEW(scratch, (size_t)(room < p->count ? room : p->count), struct estimate);
	x.row = ARENA_NEW(scratch, (size_t)(room < p->count ? room : p->count), uint32_t);
	for (uint32_t i = 0; i < p->count; i++) {
		const struct pod *pod = &c->view->pod[p->pod[i]];
		uint32_t k = 0;

		while (k < x.nodes && !place(c, pod, &node[k]))
			k++;
		if (k == x.nodes && x.nodes < room && next != NONE) {
			node[k] = free_on(c, next);
			place_daemons(c, &node[k]);
			if (!place(c, pod, &node[k]))
				continue;
			x.row[x.nodes++] = next;
			next = free_row(c, g, next + 1);
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

	switch ((enum expander)flags(c)->expander) {
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

/* Grows one group; others follow in later scans, when the pods that are left are looked at again. */
static void scale_up(struct control_call *c)
{
	struct state *s = c->state;
	struct arena scratch = {0};
	struct pending p = find_pending(c, &scratch);
	struct option best = {0};
	uint32_t equal = 0;

	for (uint32_t g = 0; p.count > 0 && g < c->view->scenario->group_count; g++) {
		if (s->group[g].backoff_until > c->now) {
			want_scan(c, s->group[g].backoff_until);
			continue;
		}
		struct option x = estimate_group(c, &scratch, &p, g);

		if (x.pods > 0)
			choose(c, &best, &x, &equal);
		else if (c->view->scenario->group[g].max > c->view->scenario->group[g].count &&
			 size_of(c, g) >= c->view->scenario->group[g].max)
			hold(c, g, SCALE_HELD_MAX, 0);
	}
	for (uint32_t i = 0; i < best.nodes; i++) {
		struct machine *m = &s->node[best.row[i]];

		*m = (struct machine){.asked = true, .asked_at = c->now, .unneeded = -1};
		machine_call(c, API_MACHINE_ON, best.row[i]);
		want_scan(c, c->now + flags(c)->max_node_provision_time);
	}
	if (best.nodes > 0) {
		s->last_add = c->now;
		s->group[best.group].told = 0;
		tell(c, FACT_SCALE_UP, best.group, FACT_NONE, 0, best.nodes, size_of(c, best.group), best.pods);
		want_scan(c, c->now + 1);
	}
	arena_release(&scratch);
}

/* Machines that have not registered in time are given back (or never came). */
static void look_at_orders(struct control_call *c)
{
	struct state *s = c->state;
	const struct scenario *sc = c->view->scenario;

	for (uint32_t g = 0; g < sc->group_count; g++)
		for (uint32_t i = sc->group[g].first; i < sc->group[g].first + sc->group[g].rows; i++) {
			struct machine *m = &s->node[i];

			if (c->view->nodes.row[i].exists)
				m->asked = false;
			if (!m->asked)
				continue;
			if (c->now - m->asked_at < flags(c)->max_node_provision_time) {
				want_scan(c, m->asked_at + flags(c)->max_node_provision_time);
				continue;
			}
			m->asked = false;
			tell(c, FACT_SCALE_DOWN, g, i, SCALE_DOWN_UNREGISTERED, 0, 0, 0);
			machine_call(c, API_MACHINE_OFF, i);
			back_off(c, g);
		}
}

/* ---- scale-down ---- */

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
		if (flags(c)->skip_nodes_with_system_pods && !budget &&
		    !strcmp(names_text(v->names, p->namespace), "kube-system"))
			fine = false;
	}
	return fine;
}

/* Whether all pods of the node would fit on others that stay. */
static bool pods_fit_elsewhere(const struct control_call *c, struct arena *scratch, uint32_t node)
{
	const struct view *v = c->view;
	const struct state *s = c->state;
	struct estimate *other = ARENA_NEW(scratch, v->nodes.count, struct estimate);
	uint32_t others = 0, from = 0;

	for (uint32_t i = 0; i < v->nodes.count; i++)
		if (i != node && v->nodes.row[i].exists && v->nodes.row[i].ready == READY_TRUE && !s->node[i].leaving)
			other[others++] = free_on(c, i);
	for (uint32_t p = v->nodes.row[node].first_pod; p != NONE; p = v->pod[p].next_on_node) {
		struct pod like = v->pod[p];
		uint32_t k = 0;

		if (!moves(v, &like))
			continue;
		/* From where the last one fitted on, so that a large cluster is not searched anew for each pod. */
		while (k < others && !place(c, &like, &other[(from + k) % others]))
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
	struct state *s = c->state;
	struct api_call call = api_call(API_ADD_TAINT);

	s->node[node].leaving = true;
	s->node[node].drain_until = c->now + flags(c)->node_delete_delay_after_taint + flags(c)->max_pod_eviction_time;
	tell(c, FACT_SCALE_DOWN, g, node, why, 0, 0, 0);
	call.node = node;
	call.key = s->to_be_deleted;
	call.effect = EFFECT_NO_SCHEDULE;
	decide_call(c->out, call);
	decide_timer(c->out, c->now + flags(c)->node_delete_delay_after_taint, node, TIMER_DRAIN);
}

/* Whether the node is unneeded now, and, if so, whether it has been for long enough. */
static bool is_ripe(struct control_call *c, struct arena *scratch, uint32_t node, bool *empty)
{
	const struct autoscaler *f = flags(c);
	struct machine *m = &((struct state *)c->state)->node[node];
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
		want_scan(c, due);
	return c->now >= due;
}

/* When nodes may be taken away again after what happened last. */
static sim_time scale_down_from(const struct control_call *c)
{
	const struct autoscaler *f = flags(c);
	const struct state *s = c->state;
	sim_time at = s->last_add >= 0 ? s->last_add + f->scale_down_delay_after_add : 0;

	if (s->last_delete >= 0 && s->last_delete + f->scale_down_delay_after_delete > at)
		at = s->last_delete + f->scale_down_delay_after_delete;
	if (s->last_failure >= 0 && s->last_failure + f->scale_down_delay_after_failure > at)
		at = s->last_failure + f->scale_down_delay_after_failure;
	return at;
}

static void scale_down(struct control_call *c)
{
	struct state *s = c->state;
	const struct scenario *sc = c->view->scenario;
	struct arena scratch = {0};
	int64_t leaving = 0, draining = 0;
	sim_time from = scale_down_from(c);

	for (uint32_t i = 0; i < c->view->nodes.count; i++)
		leaving += s->node[i].leaving;
	draining = leaving;
	for (uint32_t g = 0; g < sc->group_count; g++) {
		const struct node_group_object *o = &sc->group[g];
		int32_t size = size_of(c, g);

		for (uint32_t i = o->first; i < o->first + o->rows && size > o->min; i++) {
			bool empty = true;

			if (!c->view->nodes.row[i].exists || s->node[i].leaving || !is_ripe(c, &scratch, i, &empty))
				continue;
			if (c->now < from) {
				want_scan(c, from);
				continue;
			}
			if (leaving >= flags(c)->max_scale_down_parallelism ||
			    (!empty && draining >= flags(c)->max_drain_parallelism))
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

/* The pods are gone, or their time is over: the machine goes, or stays after all. */
static void drain(struct control_call *c, uint32_t node)
{
	struct state *s = c->state;
	struct machine *m = &s->node[node];
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
			m->look_at = c->now + flags(c)->unremovable_node_recheck_timeout;
			s->last_failure = c->now;
			call = api_call(API_REMOVE_TAINT);
			call.node = node;
			call.key = s->to_be_deleted;
			call.effect = EFFECT_NO_SCHEDULE;
			decide_call(c->out, call);
			want_scan(c, m->look_at);
			return;
		} else if (alive && v->pod[p].deleting && !of_daemon_set(v, &v->pod[p]) &&
			   c->now < v->pod[p].deleted_at + flags(c)->max_graceful_termination) {
			waits = true;
		}
	}
	/* Upstream tries evictions again every 10 s and looks at deletions every 5 s (core/scaledown/actuation). */
	if (waits) {
		decide_timer(c->out, c->now + SECONDS(5), node, TIMER_DRAIN);
		return;
	}
	m->leaving = false;
	m->unneeded = -1;
	s->last_delete = c->now;
	machine_call(c, API_MACHINE_OFF, node);
	want_scan(c, c->now + 1);
}

/* ---- the scan ---- */

/* Too many nodes are not Ready: whatever it is, machines will not help. */
static bool is_halted(struct control_call *c)
{
	struct state *s = c->state;
	int64_t unready = 0, all = 0;
	bool halted;

	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		const struct node *n = &c->view->nodes.row[i];

		all += n->exists;
		unready += n->exists && s->node[i].was_ready && n->ready != READY_TRUE;
	}
	halted = unready > flags(c)->ok_total_unready_count &&
		 (double)unready > flags(c)->max_total_unready_percentage / 100 * (double)all;
	if (halted && !s->held)
		tell(c, FACT_SCALE_HELD, FACT_NONE, FACT_NONE, SCALE_HELD_UNREADY, unready, all, 0);
	s->held = halted;
	return halted;
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	struct state *s = c->state;

	if (arg == TIMER_DRAIN) {
		drain(c, key);
		return;
	}
	if (s->armed != c->now)
		return;
	look_at_orders(c);
	if (is_halted(c))
		return;
	scale_up(c);
	if (flags(c)->scale_down_enabled)
		scale_down(c);
}

static void start(struct control_call *c)
{
	struct state *s = c->state;
	const struct scenario *sc = c->view->scenario;

	if (!flags(c)->on)
		return;
	s->node = ARENA_NEW(c->arena, c->view->nodes.count, struct machine);
	s->group = ARENA_NEW(c->arena, sc->group_count, struct group);
	s->to_be_deleted = names_find(c->view->names, "ToBeDeletedByClusterAutoscaler");
	s->phase = c->now == 0 ? -(sim_time)(rng_unit(c->rng) * (double)flags(c)->scan_interval) : c->now;
	s->last_add = s->last_delete = s->last_failure = -1;
	/* A new process finds machines in the cloud that have not registered, and waits for them as for its own. */
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		s->node[i].unneeded = -1;
		s->node[i].ready_at = -flags(c)->scan_interval;
		s->node[i].was_ready = c->view->nodes.row[i].exists && c->view->nodes.row[i].ready == READY_TRUE;
		s->node[i].asked = c->view->machine_ordered(c->view->model, i);
		s->node[i].asked_at = c->now;
	}
	want_scan(c, c->now);
}

static void notice(struct control_call *c, const struct change *change)
{
	struct state *s = c->state;
	bool looks = false;

	if (!flags(c)->on)
		return;
	if (change->kind == CHANGE_NODE) {
		struct machine *m = &s->node[change->row];

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
		want_scan(c, c->now);
}

const struct controller control_cluster_autoscaler = {
	.info = {.name = "cluster-autoscaler",
		 .summary = "asks for machines when pods fit nowhere, and gives back those that nobody needs"},
	.client = "cluster-autoscaler",
	.watches = CHANGE_NODE | CHANGE_POD,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.timer = timer,
};
