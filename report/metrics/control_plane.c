/*
 * control_plane.c - how long nobody led or answered, what was refused, and what each client asked of the API server.
 *
 * Times count from the warm-up on; what never ended lasts until the run does.
 */
#include "report/metric.h"

/* A gap opens or closes; returns what it adds to its sum. */
static sim_time gap(const struct outcome *o, struct outcome_gap *g, sim_time at, bool open)
{
	sim_time from = g->since > o->from ? g->since : o->from, length = g->open && at > from ? at - from : 0;

	if (open && !g->open)
		g->since = at;
	g->total += open && g->open ? 0 : length;
	g->open = open;
	return length;
}

static void load_of(struct outcome *o, const struct fact *f)
{
	struct outcome_plane *p = &o->plane;

	ARENA_RESERVE(o->arena, p->client, p->client_capacity, p->clients + 1, struct outcome_client);
	p->client[p->clients++] = (struct outcome_client){f->object, f->a, f->c, f->b};
}

static void see(struct outcome *o, const struct fact *f)
{
	struct outcome_plane *p = &o->plane;

	switch (f->kind) {
	case FACT_ETCD_LEADER:
		p->elections += f->flag == ETCD_ELECTED;
		gap(o, &p->gap[GAP_ETCD], f->at, f->flag != ETCD_ELECTED && f->flag != ETCD_HAS_SPACE);
		break;
	case FACT_API_SERVER:
		if (f->flag)
			p->silent &= ~(1u << f->object);
		else
			p->silent |= 1u << f->object;
		gap(o, &p->gap[GAP_API], f->at, p->silent == (1u << o->scenario->masters) - 1);
		break;
	case FACT_LEADER: {
		sim_time took =
			gap(o, &p->gap[f->object == COMPONENT_SCHEDULER ? GAP_SCHEDULER : GAP_CONTROLLER_MANAGER],
			    f->at, !f->flag);
		p->takeovers += f->flag;
		if (f->flag && took > p->takeover_max)
			p->takeover_max = took;
		break;
	}
	case FACT_CALL_REFUSED:
		p->refused += f->at >= o->from;
		break;
	case FACT_API_LOAD:
		load_of(o, f);
		break;
	default:
		break;
	}
}

static void finish(struct outcome *o)
{
	for (int i = 0; i < GAPS; i++)
		if (o->plane.gap[i].open)
			gap(o, &o->plane.gap[i], o->end, false);
}

const struct metric metric_control_plane = {
	.name = "control_plane",
	.summary = "time without leaders, calls refused, requests of each client",
	.see = see,
	.finish = finish,
};
