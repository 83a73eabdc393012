/* runs.c - replications: from outcomes to a few numbers each, and those added up in order. */
#include "report/runs.h"

#include <stdlib.h>

/* How far replications may be ahead of the slowest: their results wait in so many places. */
#define WINDOW 256

/* What is kept of one replication until its turn. */
struct run_result {
	struct arena arena; /* owns leg_seconds */
	bool taken;
	bool done; /* ran to its end */
	struct run_row row;
	uint32_t recoveries, unfinished;
	double *leg_seconds[LEGS]; /* each of row.leg[].count recoveries */
	uint64_t held;             /* bit i: expectation i held (the first 64) */
	bool all_held;
};

static void reduce(struct run_result *result, const struct outcome *o)
{
	result->done = !o->interrupted;
	result->row = (struct run_row){.replication = o->run->replication, .digest = o->run->facts.digest};
	result->recoveries = o->recoveries;
	result->all_held = true;
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		if (i < 64 && o->verdict[i].held)
			result->held |= UINT64_C(1) << i;
		result->all_held = result->all_held && o->verdict[i].held;
	}
	for (int l = 0; l < LEGS; l++) {
		result->leg_seconds[l] = ARENA_NEW(&result->arena, o->recoveries, double);
		for (uint32_t i = 0; i < o->recoveries; i++) {
			const sim_time t = o->recovery[i].leg[l];
			if (t == SIM_NEVER)
				continue;
			result->leg_seconds[l][result->row.leg[l].count] = time_seconds(t);
			moments_add(&result->row.leg[l], time_seconds(t));
		}
	}
	result->unfinished = o->recoveries - (uint32_t)result->row.leg[LEG_TOTAL].count;
}

static void add_value(struct leg_values *v, struct arena *a, double x)
{
	moments_add(&v->moments, x);
	if (v->count < RUNS_EXACT_MAX) {
		ARENA_RESERVE(a, v->value, v->capacity, v->count + 1, double);
		v->value[v->count++] = x;
		return;
	}
	for (uint32_t i = 0; v->sketch.count == 0 && i < v->count; i++)
		sketch_add_bucket(&v->sketch, sketch_bucket(&v->sketch, v->value[i]), 1);
	sketch_add(&v->sketch, x);
}

/* One step of a 64-bit mix (the finaliser of splitmix64) over the chain so far. */
static uint64_t mix(uint64_t chain, uint64_t digest)
{
	uint64_t z = (chain ^ digest) + UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void add(struct runs *r, const struct run_result *one)
{
	if (!one->done)
		return;
	r->done++;
	r->recoveries += one->recoveries;
	r->unfinished += one->unfinished;
	r->combined_digest = mix(r->combined_digest, one->row.digest);
	r->all_held = r->all_held && one->all_held;
	for (uint32_t i = 0; i < 64; i++)
		r->held[i] += one->held >> i & 1;
	for (int l = 0; l < LEGS; l++) {
		const struct moments *m = &one->row.leg[l];
		ratio_add(&r->values[l].ratio, m->mean * (double)m->count, (double)m->count);
		for (uint64_t k = 0; k < m->count; k++)
			add_value(&r->values[l], r->arena, one->leg_seconds[l][k]);
	}
	if (!r->list)
		return;
	ARENA_RESERVE(r->arena, r->row, r->row_capacity, r->rows + 1, struct run_row);
	r->row[r->rows++] = one->row;
}

void runs_init(struct runs *r, struct arena *a, uint32_t count, bool list)
{
	*r = (struct runs){.count = count, .all_held = true, .arena = a, .list = list};
	r->window = ARENA_NEW(a, WINDOW, struct run_result);
	for (int l = 0; l < LEGS; l++)
		sketch_init(&r->values[l].sketch, a, RUNS_ERROR);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->moved, NULL);
}

void runs_take(struct runs *r, uint32_t i, const struct outcome *o)
{
	struct run_result *mine = &r->window[i % WINDOW];

	pthread_mutex_lock(&r->lock);
	/* The thread that runs replication `next` never waits here. */
	while (i - r->next >= WINDOW)
		pthread_cond_wait(&r->moved, &r->lock);
	pthread_mutex_unlock(&r->lock);
	/* The place is this replication's alone now. */
	reduce(mine, o);
	pthread_mutex_lock(&r->lock);
	mine->taken = true;
	for (struct run_result *one; (one = &r->window[r->next % WINDOW])->taken; r->next++) {
		add(r, one);
		arena_release(&one->arena);
		*one = (struct run_result){.taken = false};
	}
	pthread_cond_broadcast(&r->moved);
	pthread_mutex_unlock(&r->lock);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct leg_summary summarise(struct leg_values *v)
{
	struct leg_summary s = {.count = v->moments.count,
				.mean = v->moments.mean,
				.min = v->moments.min,
				.max = v->moments.max,
				.mean_interval = ratio_interval(&v->ratio, 0.95),
				.exact = v->sketch.count == 0};
	double sum = 0;

	if (s.count == 0)
		return s;
	if (!s.exact) {
		s.p50 = sketch_quantile(&v->sketch, 0, 0.5);
		s.p95 = sketch_quantile(&v->sketch, 0, 0.95);
		return s;
	}
	qsort(v->value, v->count, sizeof(v->value[0]), by_value);
	for (uint32_t i = 0; i < v->count; i++)
		sum += v->value[i];
	s.mean = sum / v->count;
	s.p50 = quantile_sorted(v->value, v->count, 0.5);
	s.p95 = quantile_sorted(v->value, v->count, 0.95);
	return s;
}

void runs_summarise(struct runs *r)
{
	for (int l = 0; l < LEGS; l++)
		r->leg[l] = summarise(&r->values[l]);
}

void runs_release(struct runs *r)
{
	for (uint32_t i = 0; i < WINDOW; i++)
		arena_release(&r->window[i].arena);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->moved);
}

uint32_t runs_held(const struct runs *r, uint32_t i)
{
	return i < 64 ? r->held[i] : 0;
}
