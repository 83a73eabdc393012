/* failure_masters.c - truth: what a failure does to the masters, their processes and the links between them. */
#include "models/failure_parts.h"

#include "models/etcd.h"
#include "models/master.h"
#include "models/plane.h"

/* Failures that hold each host's disk slow. */
struct master_failures {
	uint32_t slow[SCENARIO_HOSTS_MAX];
};

void failure_masters_init(struct world *w)
{
	w->master_failures = ARENA_NEW(&w->run->arena, 1, struct master_failures);
}

/* Whom a failure of masters strikes: those named, or who leads now. */
static uint32_t hosts_of(const struct world *w, const struct failure *f)
{
	uint32_t leader;

	if (f->leader == 0)
		return f->masters;
	leader = f->leader - 1 == COMPONENT_ETCD ? etcd_leader_host(w)
						 : master_leader(w, (enum component)(f->leader - 1));
	return leader == NONE ? 0 : 1u << leader;
}

static void slow_disk(struct world *w, uint32_t mask, double factor)
{
	for (uint32_t h = 0; h < scenario_hosts(w->scenario); h++) {
		if (!(mask >> h & 1))
			continue;
		w->master_failures->slow[h] += factor > 1 ? 1 : UINT32_MAX;
		/* Of several at once the last one's factor counts until all are over. */
		if (factor > 1 || w->master_failures->slow[h] == 0)
			etcd_disk(w, h, factor);
	}
	plane_changed(w);
}

/* Breaks or mends what a failure does to masters. */
void failure_strike_masters(struct world *w, const struct failure *f, uint32_t *mask, bool down)
{
	if (down)
		*mask = hosts_of(w, f);
	switch ((enum failure_kind)f->kind) {
	case FAILURE_CONTROL_PLANE:
		plane_outage(w, down);
		break;
	case FAILURE_MASTER_CRASH:
		plane_power(w, *mask, down);
		break;
	case FAILURE_COMPONENT_STOP:
		plane_stop(w, *mask, (enum component)f->component, down);
		break;
	case FAILURE_COMPONENT_CRASH:
		for (uint32_t h = 0; down && h < SCENARIO_HOSTS_MAX; h++)
			if (*mask >> h & 1)
				plane_crash(w, h, (enum component)f->component);
		break;
	case FAILURE_ETCD_SLOW_DISK:
		slow_disk(w, *mask, down ? f->factor : 1);
		break;
	case FAILURE_PARTITION:
		if (f->masters != 0 && f->node_count > 0)
			plane_cut_nodes(w, *mask, f->node, f->node_count, down);
		else if (f->masters != 0)
			plane_cut_masters(w, *mask, down);
		break;
	default:
		break;
	}
}
