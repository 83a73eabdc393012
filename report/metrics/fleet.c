/* fleet.c - how many nodes there are over time, and what their machines cost. */
#include "report/metric.h"

/* What the scenario says of the node; NULL for facts without one. */
static const struct node_object *object(const struct outcome *o, uint32_t node)
{
	return node < o->scenario->objects.node_count ? &o->scenario->objects.node[node] : NULL;
}

/* Machine of node goes on or off; those of the start cost from the beginning of the measured period. */
static void bill(struct outcome *o, sim_time at, uint32_t node, bool on)
{
	struct outcome_node *n = &o->node[node];
	double usd = object(o, node) != NULL ? object(o, node)->usd_per_hour : 0;

	if (n->billed == on)
		return;
	n->billed = on;
	if (on) {
		n->billed_since = at > o->from ? at : o->from;
		o->fleet.unpriced |= usd <= 0;
	} else if (at > n->billed_since) {
		o->fleet.usd += usd * time_seconds(at - n->billed_since) / 3600;
	}
}

static void count(struct outcome *o, sim_time at, int change)
{
	struct fleet *f = &o->fleet;

	if (at > o->from) {
		f->area += (double)f->now * time_seconds(at - (f->since > o->from ? f->since : o->from));
		f->changed = true;
	}
	f->since = at;
	f->now += change;
	if (at <= o->from)
		f->least = f->most = f->now;
	f->least = f->now < f->least ? f->now : f->least;
	f->most = f->now > f->most ? f->now : f->most;
}

static void see(struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_NODE_ADDED:
		count(o, f->at, 1);
		if (object(o, f->node) == NULL || !object(o, f->node)->absent)
			bill(o, f->at, f->node, true);
		break;
	case FACT_NODE_REMOVED:
		count(o, f->at, -1);
		break;
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
		bill(o, f->at, f->node, f->kind == FACT_MACHINE_ON);
		break;
	default:
		break;
	}
}

static void finish(struct outcome *o)
{
	struct fleet *f = &o->fleet;
	bool changed = f->changed;

	count(o, o->end, 0);
	f->changed = changed;
	for (uint32_t i = 0; i < o->nodes; i++)
		bill(o, o->end, i, false);
	f->mean = o->end > o->from ? f->area / time_seconds(o->end - o->from) : f->now;
}

const struct metric metric_fleet = {
	.name = "fleet",
	.summary = "nodes over time, and the price of their machines",
	.see = see,
	.finish = finish,
};
