/* rng.c - the counter-based generator and its adapter for GSL. */
#include "sim/rng.h"

#include <limits.h>

/* 2^64 divided by the golden ratio, odd: counters become far-apart inputs (Steele, Lea, Flood 2014, "SplitMix"). */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* David Stafford's thirteenth variant of MurmurHash3's 64-bit finaliser ("Better Bit Mixing", 2011), a bijection. */
static inline uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* The key enters both rounds, so that no two streams are shifted copies of one another. */
static inline uint64_t draw(uint64_t key, uint64_t n)
{
	return mix(mix(key + n * GOLDEN) + key);
}

static inline double unit(uint64_t bits)
{
	return (double)(bits >> 11) * 0x1p-53;
}

struct rng rng_stream(uint64_t seed, uint32_t replication, uint32_t purpose, uint32_t subject)
{
	uint64_t key = mix(seed + GOLDEN);
	key = mix(key ^ ((uint64_t)replication << 32 | purpose)) + GOLDEN;
	key = mix(mix(key ^ subject) + GOLDEN);
	return (struct rng){.key = key};
}

uint64_t rng_next(struct rng *r)
{
	return draw(r->key, r->counter++);
}

uint64_t rng_at(const struct rng *r, uint64_t n)
{
	return draw(r->key, n);
}

double rng_unit(struct rng *r)
{
	return unit(rng_next(r));
}

double rng_unit_at(const struct rng *r, uint64_t n)
{
	return unit(rng_at(r, n));
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
