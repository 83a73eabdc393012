/* runs.c - replications: from outcomes to a few numbers each, and from those to a summary. */
#include "report/runs.h"

#include <stdlib.h>

void run_result_take(struct run_result *result, const struct outcome *o)
{
	result->done = !o->interrupted;
	result->replication = o->run->replication;
	result->digest = o->run->facts.digest;
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
			result->leg_seconds[l][result->leg[l].count] = time_seconds(t);
			moments_add(&result->leg[l], time_seconds(t));
		}
	}
	result->unfinished = o->recoveries - (uint32_t)result->leg[LEG_TOTAL].count;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct leg_summary summarise(const struct runs *r, int leg, struct arena *a)
{
	struct leg_summary s = {0};
	double sum = 0;

	for (uint32_t i = 0; i < r->count; i++)
		s.count += r->result[i].done ? r->result[i].leg[leg].count : 0;
	if (s.count == 0)
		return s;

	double *all = ARENA_NEW(a, s.count, double);
	size_t n = 0;
	for (uint32_t i = 0; i < r->count; i++)
		for (uint64_t k = 0; r->result[i].done && k < r->result[i].leg[leg].count; k++)
			all[n++] = r->result[i].leg_seconds[leg][k];
	qsort(all, n, sizeof(all[0]), by_value);
	for (size_t i = 0; i < n; i++)
		sum += all[i];
	s.mean = sum / (double)n;
	s.min = all[0];
	s.max = all[n - 1];
	s.p50 = quantile_sorted(all, (uint32_t)n, 0.5);
	s.p95 = quantile_sorted(all, (uint32_t)n, 0.95);
	return s;
}

/* One step of a 64-bit mix (the finaliser of splitmix64) over the chain so far. */
static uint64_t mix(uint64_t chain, uint64_t digest)
{
	uint64_t z = (chain ^ digest) + UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void runs_summarise(struct runs *r, struct arena *a)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct run_result *one = &r->result[i];
		if (!one->done)
			continue;
		r->done++;
		r->recoveries += one->recoveries;
		r->unfinished += one->unfinished;
		r->combined_digest = mix(r->combined_digest, one->digest);
	}
	for (int l = 0; l < LEGS; l++)
		r->leg[l] = summarise(r, l, a);
}

void runs_release(struct runs *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		arena_release(&r->result[i].arena);
}

uint32_t runs_held(const struct runs *r, uint32_t i)
{
	uint32_t held = 0;

	for (uint32_t k = 0; k < r->count; k++)
		held += r->result[k].done && i < 64 && (r->result[k].held >> i & 1);
	return held;
}
