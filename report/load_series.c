/* load_series.c - replays the steps of the load into parts of equal length. */
#include "report/load_series.h"

#include <math.h>

struct replay {
	const struct outcome *o;
	double *milli;
	bool *member;
	double sum, squares; /* of the members' shares */
	uint32_t members;
};

static void count_node(struct replay *r, uint32_t node, int sign)
{
	const double capacity = (double)r->o->node[node].cpu_milli;
	const double share = capacity > 0 ? r->milli[node] / capacity : 0;

	if (!r->member[node])
		return;
	r->sum += sign * share;
	r->squares += sign * share * share;
}

static void apply(struct replay *r, const struct load_step *s)
{
	count_node(r, s->node, -1);
	r->milli[s->node] += s->cpu_milli;
	if (s->member != 0) {
		r->member[s->node] = s->member > 0;
		r->members = s->member > 0 ? r->members + 1 : r->members - 1;
	}
	count_node(r, s->node, 1);
}

/* What the present state adds to the parts between two instants. */
static void hold(const struct replay *r, sim_time from, sim_time to, double *mean, double *cv)
{
	const struct outcome *o = r->o;
	const double length = (double)(o->end - o->from) / LOAD_SERIES, n = r->members;
	const double level = r->members > 0 ? fmax(0, r->sum / n) : 0;
	const double variance = r->members > 0 ? r->squares / n - level * level : 0;
	/* Rounding is no unevenness. */
	const double uneven = level > 1e-12 && variance > 1e-12 * level * level ? sqrt(variance) / level : 0;

	from = from < o->from ? o->from : from;
	for (double at = (double)(from - o->from), end = (double)(to - o->from); at < end;) {
		const uint32_t part = (uint32_t)fmin(LOAD_SERIES - 1, floor(at / length));
		const double next = part + 1 < LOAD_SERIES ? fmin(end, (part + 1) * length) : end;
		if (next <= at)
			break;
		mean[part] += level * (next - at) / length;
		cv[part] += uneven * (next - at) / length;
		at = next;
	}
}

bool load_series(const struct outcome *o, double mean[LOAD_SERIES], double cv[LOAD_SERIES])
{
	struct arena scratch = {0};
	struct replay r = {
		.o = o, .milli = ARENA_NEW(&scratch, o->nodes, double), .member = ARENA_NEW(&scratch, o->nodes, bool)};
	const bool any = o->end > o->from && o->nodes > 0 && o->load_steps > 0;
	sim_time now = 0;

	for (int i = 0; i < LOAD_SERIES; i++)
		mean[i] = cv[i] = 0;
	for (size_t i = 0; any && i < o->load_steps && o->load_step[i].at < o->end; i++) {
		const struct load_step *s = &o->load_step[i];
		if (s->at > now && s->at > o->from)
			hold(&r, now, s->at, mean, cv);
		now = s->at;
		apply(&r, s);
	}
	if (any)
		hold(&r, now, o->end, mean, cv);
	arena_release(&scratch);
	return any;
}
