/* rng.c - the counter-based generator and its adapter for GSL. */
#include "sim/rng.h"

#include <limits.h>

struct rng rng_stream(uint64_t seed, uint32_t replication, uint32_t purpose, uint32_t subject)
{
	uint64_t key = rng_mix(seed + RNG_GOLDEN);
	key = rng_mix(key ^ ((uint64_t)replication << 32 | purpose)) + RNG_GOLDEN;
	key = rng_mix(rng_mix(key ^ subject) + RNG_GOLDEN);
	return (struct rng){.key = key};
}

uint64_t rng_next(struct rng *r)
{
	return rng_draw(r->key, r->counter++);
}

double rng_unit(struct rng *r)
{
	return rng_to_unit(rng_next(r));
}

/* Lemire 2019, "Fast random integer generation in an interval", with 64 random bits. */
uint32_t rng_below(struct rng *r, uint32_t n)
{
	unsigned __int128 product = (unsigned __int128)rng_next(r) * n;
	if ((uint64_t)product < n) {
		const uint64_t threshold = (0 - (uint64_t)n) % n;
		while ((uint64_t)product < threshold)
			product = (unsigned __int128)rng_next(r) * n;
	}
	return (uint32_t)(product >> 64);
}

static void gsl_set(void *state, unsigned long seed)
{
	*(struct rng *)state = rng_stream(seed, 0, 0, 0);
}

static unsigned long gsl_get(void *state)
{
	return (unsigned long)rng_next(state);
}

static double gsl_get_double(void *state)
{
	return rng_unit(state);
}

static const gsl_rng_type gsl_type = {
	.name = "nodefall",
	.max = ULONG_MAX,
	.min = 0,
	.size = sizeof(struct rng),
	.set = gsl_set,
	.get = gsl_get,
	.get_double = gsl_get_double,
};

gsl_rng rng_gsl(struct rng *r)
{
	return (gsl_rng){.type = &gsl_type, .state = r};
}
