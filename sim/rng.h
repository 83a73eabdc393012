/* rng.h - named random streams: a key and a counter, so adding a draw somewhere shifts nothing elsewhere. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdint.h>

#include <gsl/gsl_rng.h>

/*
 * A counter-based generator: the n-th number of a stream is a bijective 64-bit mix of (key, n), so any position can be
 * reached at once. Two streams with different names are independent for all purposes of simulation.
 */
struct rng {
	uint64_t key, counter;
};

/* The stream named by all four numbers; purpose is one of the model's enum of streams, subject a row number. */
struct rng rng_stream(uint64_t seed, uint32_t replication, uint32_t purpose, uint32_t subject);

/* 2^64 divided by the golden ratio, odd: counters become far-apart inputs (Steele, Lea, Flood 2014, "SplitMix"). */
#define RNG_GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* David Stafford's thirteenth variant of MurmurHash3's 64-bit finaliser ("Better Bit Mixing", 2011), a bijection. */
static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* The key enters both rounds, so that no two streams are shifted copies of one another. */
static inline uint64_t rng_draw(uint64_t key, uint64_t n)
{
	return rng_mix(rng_mix(key + n * RNG_GOLDEN) + key);
}

static inline double rng_to_unit(uint64_t bits)
{
	return (double)(bits >> 11) * 0x1p-53;
}

/* The next 64 random bits. */
uint64_t rng_next(struct rng *r);

/* The n-th 64 bits of the stream (n from 0), without moving it. */
static inline uint64_t rng_at(const struct rng *r, uint64_t n)
{
	return rng_draw(r->key, n);
}

/* Uniform in [0, 1) with 53 bits; rng_unit_at() for the n-th number. */
double rng_unit(struct rng *r);
static inline double rng_unit_at(const struct rng *r, uint64_t n)
{
	return rng_to_unit(rng_at(r, n));
}

/* Uniform in 0 .. n-1 without bias; n >= 1. */
uint32_t rng_below(struct rng *r, uint32_t n);

/* The stream as a generator for GSL's distributions; the gsl_rng must not outlive r. Moves r. */
gsl_rng rng_gsl(struct rng *r);

/* A subject for streams that belong to something with a name, so that no other's change when it comes or goes: FNV-1a,
 * even; the number after it is free for a second stream. */
static inline uint32_t rng_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash & ~1u;
}

#endif
