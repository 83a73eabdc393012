/* test_rng.c - randomness within and between streams; the same tests must reject generators known to be bad. */
#include "tests/test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>

#include "sim/rng.h"

#define DRAWS 200000

/*
 * A sequence of 64-bit words is judged by p-values that are uniform for true random numbers. About 60 of them are
 * looked at below; with this bound a perfect generator fails once in some 10^5 choices of seeds, and ours are fixed.
 */
#define P_MIN 1e-7

/* The n-th word of a sequence under test. */
typedef uint64_t sequence(uint64_t n);

/* Probability of a chi-square at least, or at most, as extreme, whichever is smaller: too even is bad as well. */
static double chi_square_p(const uint32_t *cell, uint32_t cells, double expected)
{
	double chi = 0;
	for (uint32_t i = 0; i < cells; i++)
		chi += (cell[i] - expected) * (cell[i] - expected) / expected;
	return fmin(gsl_cdf_chisq_Q(chi, cells - 1), gsl_cdf_chisq_P(chi, cells - 1));
}

static double byte_frequency_p(sequence *next, int shift)
{
	uint32_t cell[256] = {0};
	for (uint64_t n = 0; n < DRAWS; n++)
		cell[next(n) >> shift & 255]++;
	return chi_square_p(cell, 256, DRAWS / 256.0);
}

/* Pairs of the same four bits of words that follow each other at `lag`. */
static double serial_p(sequence *next, int shift, uint64_t lag)
{
	uint32_t cell[256] = {0};
	for (uint64_t n = 0; n < DRAWS; n++)
		cell[(next(2 * lag * n) >> shift & 15) << 4 | (next(2 * lag * n + lag) >> shift & 15)]++;
	return chi_square_p(cell, 256, DRAWS / 256.0);
}

/* Correlation of a word with the one after it, as a two-sided normal probability. */
static double correlation_p(sequence *next)
{
	double *x = malloc((DRAWS + 1) * sizeof(*x));
	assert_non_null(x);
	for (uint64_t n = 0; n <= DRAWS; n++)
		x[n] = (double)(next(n) >> 11) * 0x1p-53;
	const double r = gsl_stats_correlation(x, 1, x + 1, 1, DRAWS);
	free(x);
	return 2 * gsl_cdf_ugaussian_Q(fabs(r) * sqrt(DRAWS));
}

/* Hamming weight of the difference of neighbours: binomial with 64 halves. */
static double difference_p(sequence *next)
{
	double sum = 0;
	for (uint64_t n = 0; n < DRAWS; n++)
		sum += __builtin_popcountll(next(n) ^ next(n + 1));
	return 2 * gsl_cdf_ugaussian_Q(fabs(sum - 32.0 * DRAWS) / sqrt(16.0 * DRAWS));
}

static double worst_p(sequence *next)
{
	double worst = fmin(correlation_p(next), difference_p(next));
	for (int shift = 0; shift < 64; shift += 8)
		worst = fmin(worst, byte_frequency_p(next, shift));
	for (uint64_t lag = 1; lag <= 16; lag *= 4)
		for (int shift = 0; shift < 64; shift += 20)
			worst = fmin(worst, serial_p(next, shift, lag));
	return worst;
}

/* Good: draws of one stream, and the first draws of neighbouring streams in each of the four names. */
static uint64_t within(uint64_t n)
{
	const struct rng r = rng_stream(1, 0, 0, 0);
	return rng_at(&r, n);
}

static uint64_t across_seeds(uint64_t n)
{
	struct rng r = rng_stream(n, 0, 0, 0);
	return rng_next(&r);
}

static uint64_t across_replications(uint64_t n)
{
	struct rng r = rng_stream(1, (uint32_t)n, 0, 0);
	return rng_next(&r);
}

static uint64_t across_purposes(uint64_t n)
{
	struct rng r = rng_stream(1, 0, (uint32_t)n, 0);
	return rng_next(&r);
}

static uint64_t across_subjects(uint64_t n)
{
	struct rng r = rng_stream(1, 0, 0, (uint32_t)n);
	return rng_next(&r);
}

/* Two neighbouring streams taken in turns. */
static uint64_t interleaved(uint64_t n)
{
	const struct rng r = rng_stream(1, 2, 3, (uint32_t)(n & 1));
	return rng_at(&r, n / 2);
}

static void good_sequences_pass(void **state)
{
	(void)state;
	static sequence *const good[] = {within,          across_seeds,    across_replications,
					 across_purposes, across_subjects, interleaved};
	for (size_t i = 0; i < COUNT(good); i++) {
		const double p = worst_p(good[i]);
		if (p < P_MIN)
			print_message("sequence %zu: p = %g\n", i, p);
		assert_true(p >= P_MIN);
	}
}

/* Bad: a counter; a linear congruential generator, whose low bits cycle; a Weyl sequence; one multiply only. */
static uint64_t counter(uint64_t n)
{
	return n;
}

static uint64_t congruential(uint64_t n)
{
	uint64_t x = 1, factor = UINT64_C(6364136223846793005), add = UINT64_C(1442695040888963407);
	for (; n > 0; n >>= 1) { /* jumps to the n-th number by repeated squaring */
		if (n & 1)
			x = x * factor + add;
		add *= factor + 1;
		factor *= factor;
	}
	return x;
}

static uint64_t weyl(uint64_t n)
{
	return n * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t weak_mix(uint64_t n)
{
	n *= UINT64_C(0xbf58476d1ce4e5b9);
	return n ^ n >> 31;
}

static void bad_sequences_fail(void **state)
{
	(void)state;
	static sequence *const bad[] = {counter, congruential, weyl, weak_mix};
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_true(worst_p(bad[i]) < P_MIN);
}

/* Kolmogorov-Smirnov of the unit draws: D * sqrt(n) above 2.7 has probability below 10^-6. */
static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void units_are_uniform(void **state)
{
	(void)state;
	static const int n = 100000;
	double *x = malloc((size_t)n * sizeof(*x)), distance = 0;
	struct rng r = rng_stream(5, 0, 1, 2);

	assert_non_null(x);
	for (int i = 0; i < n; i++) {
		x[i] = rng_unit(&r);
		assert_true(x[i] >= 0 && x[i] < 1);
	}
	qsort(x, (size_t)n, sizeof(*x), by_value);
	for (int i = 0; i < n; i++)
		distance = fmax(distance, fmax(x[i] - (double)i / n, (double)(i + 1) / n - x[i]));
	free(x);
	assert_true(distance * sqrt(n) < 2.7);
}

static void every_position_can_be_reached(void **state)
{
	(void)state;
	struct rng moving = rng_stream(11, 1, 2, 3), unit = moving;
	const struct rng still = moving;

	for (uint64_t n = 0; n < 1000; n++) {
		assert_int_equal(rng_next(&moving), rng_at(&still, n));
		assert_true(rng_unit(&unit) == rng_unit_at(&still, n));
	}
	assert_int_equal(moving.counter, 1000);
	assert_int_equal(still.counter, 0);
}

/* Results must be the same on every machine and with every compiler: some values are written down. */
static void streams_are_what_they_were(void **state)
{
	(void)state;
	struct rng r = rng_stream(42, 1, 2, 3);
	static const uint64_t want[] = {UINT64_C(0x5cdd4789fba0c0d4), UINT64_C(0x93f0be34ec1413df),
					UINT64_C(0x8f89c237bf41f516)};
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(rng_next(&r), want[i]);
}

static void names_are_not_mixed_up(void **state)
{
	(void)state;
	static const uint32_t name[][4] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1},
					   {1, 1, 0, 0}, {0, 1, 1, 0}, {0, 0, 1, 1}, {1, 0, 0, 1}, {1, 1, 1, 1}};
	for (size_t i = 0; i < COUNT(name); i++)
		for (size_t j = 0; j < i; j++)
			assert_true(rng_stream(name[i][0], name[i][1], name[i][2], name[i][3]).key !=
				    rng_stream(name[j][0], name[j][1], name[j][2], name[j][3]).key);
}

/* One flipped bit of any part of the name flips each bit of the draw with probability one half. */
static void names_avalanche(void **state)
{
	(void)state;
	for (int bit = 0; bit < 64 + 3 * 32; bit++) {
		uint32_t flips = 0;
		for (uint32_t i = 0; i < 400; i++) {
			uint64_t seed = i;
			uint32_t name[3] = {i, i * 7, i * 13};
			struct rng before = rng_stream(seed, name[0], name[1], name[2]);
			if (bit < 64)
				seed ^= UINT64_C(1) << bit;
			else
				name[(bit - 64) / 32] ^= UINT32_C(1) << (bit % 32);
			struct rng after = rng_stream(seed, name[0], name[1], name[2]);
			flips += (uint32_t)__builtin_popcountll(rng_next(&before) ^ rng_next(&after));
		}
		/* 25600 fair coins: mean 12800, standard deviation 80; 5.5 of them either way. */
		assert_in_range(flips, 12800 - 440, 12800 + 440);
	}
}

static void below_is_even_and_bounded(void **state)
{
	(void)state;
	static const uint32_t bound[] = {1, 2, 3, 7, 10, 100, 1000};
	struct rng r = rng_stream(3, 0, 0, 0);

	for (size_t b = 0; b < COUNT(bound); b++) {
		uint32_t cell[1000] = {0};
		for (int i = 0; i < DRAWS; i++) {
			const uint32_t x = rng_below(&r, bound[b]);
			assert_true(x < bound[b]);
			cell[x]++;
		}
		if (bound[b] > 1)
			assert_true(chi_square_p(cell, bound[b], (double)DRAWS / bound[b]) >= P_MIN);
	}
	/* A bound that does not divide 2^32: thirds must be even, where "next() % n" of 32 bits would favour the first.
	 */
	uint32_t third[3] = {0};
	for (int i = 0; i < DRAWS; i++)
		third[rng_below(&r, UINT32_C(3) << 30) >> 30]++;
	assert_true(chi_square_p(third, 3, DRAWS / 3.0) >= P_MIN);
}

static void gsl_sees_the_same_stream(void **state)
{
	(void)state;
	struct rng mine = rng_stream(9, 9, 9, 9), theirs = mine;
	const gsl_rng g = rng_gsl(&theirs);

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(gsl_rng_get(&g), rng_next(&mine));
		assert_true(gsl_rng_uniform(&g) == rng_unit(&mine));
	}
	assert_int_equal(theirs.counter, mine.counter);
	assert_int_equal(gsl_rng_max(&g), UINT64_MAX);
	assert_int_equal(gsl_rng_min(&g), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(gsl_rng_uniform_int(&g, 6) < 6);

	gsl_rng_set(&g, 5);
	const uint64_t first = gsl_rng_get(&g);
	gsl_rng_set(&g, 5);
	assert_int_equal(gsl_rng_get(&g), first);
	gsl_rng_set(&g, 6);
	assert_int_not_equal(gsl_rng_get(&g), first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sequences_pass),
		cmocka_unit_test(bad_sequences_fail),
		cmocka_unit_test(units_are_uniform),
		cmocka_unit_test(every_position_can_be_reached),
		cmocka_unit_test(streams_are_what_they_were),
		cmocka_unit_test(names_are_not_mixed_up),
		cmocka_unit_test(names_avalanche),
		cmocka_unit_test(below_is_even_and_bounded),
		cmocka_unit_test(gsl_sees_the_same_stream),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
