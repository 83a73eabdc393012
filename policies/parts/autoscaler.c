/* autoscaler.c - the cluster autoscaler's groups, and whether a pod would fit on one of their nodes. */
#include "policies/parts/autoscaler.h"

#include "models/sched_match.h"

void autoscaler_scan_at(struct control_call *c, sim_time at)
{
	struct autoscaler_state *s = c->state;
	sim_time period = autoscaler_flags(c)->scan_interval, from = at > c->now ? at - 1 : c->now;
	sim_time next = s->phase + (from - s->phase + period) / period * period;

	if (s->armed > c->now && s->armed <= next)
		return;
	s->armed = next;
	decide_timer(c->out, next, 0, AUTOSCALER_SCAN);
}

void autoscaler_tell(struct control_call *c, enum fact_kind kind, uint32_t group, uint32_t node, uint16_t flag,
		     int64_t a, int64_t b, int64_t n)
{
	struct fact f = {.kind = (uint16_t)kind, .flag = flag, .node = node, .pod = FACT_NONE, .a = a, .b = b, .c = n};

	f.object = group == FACT_NONE ? FACT_NONE : c->view->scenario->group[group].name;
	decide_tell(c->out, f);
}

void autoscaler_machine(struct control_call *c, enum api_verb verb, uint32_t node)
{
	struct api_call call = api_call(verb);

	call.node = node;
	decide_call(c->out, call);
}

/* ---- groups ---- */

int32_t autoscaler_size(const struct control_call *c, uint32_t g)
{
	const struct autoscaler_state *s = c->state;
	const struct node_group_object *o = &c->view->scenario->group[g];
	int32_t size = 0;

	for (uint32_t i = o->first; i < o->first + o->rows; i++)
		size += (c->view->nodes.row[i].exists || s->node[i].asked) && !s->node[i].leaving;
	return size;
}

static bool is_free(const struct control_call *c, uint32_t row)
{
	const struct autoscaler_state *s = c->state;

	return !c->view->nodes.row[row].exists && !s->node[row].asked && !s->node[row].leaving &&
	       c->view->nodes.row[row].first_pod == NONE;
}

uint32_t autoscaler_free_row(const struct control_call *c, uint32_t g, uint32_t from)
{
	const struct node_group_object *o = &c->view->scenario->group[g];

	for (uint32_t i = from > o->first ? from : o->first; i < o->first + o->rows; i++)
		if (is_free(c, i))
			return i;
	return NONE;
}

void autoscaler_hold(struct control_call *c, uint32_t g, enum scale_held_cause why, sim_time until)
{
	struct autoscaler_group *x = &((struct autoscaler_state *)c->state)->group[g];

	if (x->told == why + 1)
		return;
	x->told = (uint8_t)(why + 1);
	autoscaler_tell(c, FACT_SCALE_HELD, g, FACT_NONE, why, until, 0, 0);
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

struct autoscaler_room autoscaler_free(const struct control_call *c, uint32_t node)
{
	const struct node_view *v = &c->view->nodes;

	return (struct autoscaler_room){.node = node,
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

bool autoscaler_place(const struct control_call *c, const struct pod *p, struct autoscaler_room *e)
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
