/* sketch.c - logarithmic buckets. */
#include "sim/sketch.h"

#include <assert.h>
#include <math.h>

#define SMALLEST 1e-9
#define LARGEST 1e12

void sketch_init(struct sketch *s, struct arena *a, double error)
{
	assert(error >= 0.0001 && error <= 0.1);
	*s = (struct sketch){.arena = a, .log_gamma = log1p(error) - log1p(-error)};
}

int32_t sketch_bucket(const struct sketch *s, double x)
{
	if (!(x >= SMALLEST))
		return SKETCH_ZERO;
	return (int32_t)ceil(log(fmin(x, LARGEST)) / s->log_gamma);
}

/* 2 gamma^i / (gamma + 1): as far, in relation, from one end of the bucket as from the other. */
double sketch_value(const struct sketch *s, int32_t bucket)
{
	if (bucket == SKETCH_ZERO)
		return 0;
	return 2 * exp(s->log_gamma * bucket) / (exp(s->log_gamma) + 1);
}

/* Makes room for the bucket, with some to spare on its side. */
static void cover(struct sketch *s, int32_t bucket)
{
	const int32_t last = s->first + (int32_t)s->length - 1;

	if (s->length > 0 && bucket >= s->first && bucket <= last)
		return;
	const int32_t spare = (int32_t)(s->length / 2 + 16);
	const int32_t from = s->length == 0 ? bucket - spare : bucket < s->first ? bucket - spare : s->first;
	const int32_t to = s->length == 0 ? bucket + spare : bucket > last ? bucket + spare : last;
	uint64_t *wider = ARENA_NEW(s->arena, (size_t)(to - from) + 1, uint64_t);

	for (uint32_t i = 0; i < s->length; i++)
		wider[s->first - from + (int32_t)i] = s->bucket[i];
	s->bucket = wider;
	s->first = from;
	s->length = (uint32_t)(to - from) + 1;
}

void sketch_add_bucket(struct sketch *s, int32_t bucket, uint64_t count)
{
	s->count += count;
	if (bucket == SKETCH_ZERO) {
		s->zeros += count;
		return;
	}
	cover(s, bucket);
	s->bucket[bucket - s->first] += count;
}

void sketch_add(struct sketch *s, double x)
{
	sketch_add_bucket(s, sketch_bucket(s, x), 1);
}

double sketch_quantile(const struct sketch *s, uint64_t beyond, double q)
{
	const uint64_t all = s->count + beyond;

	if (all == 0)
		return 0;
	const uint64_t rank = (uint64_t)floor(fmin(fmax(q, 0), 1) * (double)(all - 1));
	uint64_t passed = s->zeros;

	if (rank >= s->count)
		return INFINITY;
	if (rank < passed)
		return 0;
	for (uint32_t i = 0; i < s->length; i++) {
		passed += s->bucket[i];
		if (rank < passed)
			return sketch_value(s, s->first + (int32_t)i);
	}
	return INFINITY;
}
