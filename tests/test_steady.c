/* test_steady.c - one long run: MSER-5 on known transients, batch means on AR(1); and the sketch's error bound. */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_double.h>

#include "sim/rng.h"
#include "sim/sketch.h"
#include "sim/steady.h"

/* Noise about a level that decays from 10 to 0 with the time constant 20: e^(-100/20) is 0.7 % of the beginning. */
static void mser_finds_the_end_of_a_transient(void **state)
{
	(void)state;
	double x[1000], scratch[200];
	uint32_t good = 0;

	for (uint32_t e = 0; e < 100; e++) {
		struct rng r = rng_stream(1, e, 0, 0);
		gsl_rng g = rng_gsl(&r);
		for (int i = 0; i < 1000; i++)
			x[i] = 10 * exp(-i / 20.0) + gsl_ran_gaussian(&g, 0.5);
		const struct warmup w = warmup_mser5(x, 1000, scratch);
		assert_int_equal(w.cut % 5, 0);
		assert_true(w.cut >= 30);
		good += w.cut >= 40 && w.cut <= 150 && w.settled;
	}
	if (good < 90)
		fail_msg("%u of 100 cuts are where the transient ends", good);
}

static void mser_of_steady_and_of_drifting(void **state)
{
	(void)state;
	double x[1000], scratch[200];

	for (int i = 0; i < 1000; i++)
		x[i] = 0.1;
	struct warmup w = warmup_mser5(x, 1000, scratch);
	assert_true(w.settled);
	assert_int_equal(w.cut, 0);

	/* A step: exactly what stands before it is cut. */
	for (int i = 0; i < 1000; i++)
		x[i] = i < 215 ? 5 : 1;
	w = warmup_mser5(x, 1000, scratch);
	assert_true(w.settled);
	assert_int_equal(w.cut, 215);

	/* Never settles: the mean moves to the end. */
	for (int i = 0; i < 1000; i++)
		x[i] = i < 800 ? 0 : i;
	assert_false(warmup_mser5(x, 1000, scratch).settled);
	assert_false(warmup_mser5(x, 49, scratch).settled);
}

/* AR(1) with coefficient phi about a mean of 3, from its stationary law on. */
static void autoregress(double *x, uint32_t count, double phi, uint32_t e)
{
	struct rng r = rng_stream(2, e, 0, 0);
	gsl_rng g = rng_gsl(&r);
	double z = gsl_ran_gaussian(&g, 1 / sqrt(1 - phi * phi));

	for (uint32_t i = 0; i < count; i++) {
		x[i] = 3 + z;
		z = phi * z + gsl_ran_gaussian(&g, 1);
	}
}

static void batch_means_cover_the_mean(void **state)
{
	(void)state;
	enum { N = 8000 };
	static double x[N];
	double scratch[BATCHES_MOST];
	uint32_t hits = 0, naive = 0;

	for (uint32_t e = 0; e < 1000; e++) {
		struct moments m = {0};
		autoregress(x, N, 0.8, e);
		const struct batch_means b = batch_means_of(x, N, 0.95, scratch);
		hits += b.interval.low <= 3 && 3 <= b.interval.high;
		for (int i = 0; i < N; i++)
			moments_add(&m, x[i]);
		const struct interval i = mean_interval(&m, 0.95);
		naive += i.low <= 3 && 3 <= i.high;
	}
	if (hits < 930 || hits > 970)
		fail_msg("%u of 1000 intervals contain the mean", hits);
	/* What batches are for: the variance of the mean is 9 times as large as independent values would have. */
	assert_true(naive < 600);
}

static void short_runs_are_recognised(void **state)
{
	(void)state;
	double x[400], scratch[BATCHES_MOST];
	uint32_t recognised = 0;

	for (uint32_t e = 0; e < 100; e++) {
		autoregress(x, 400, 0.995, e);
		const struct batch_means b = batch_means_of(x, 400, 0.95, scratch);
		recognised += !b.independent;
		assert_true(b.batches >= BATCHES_LEAST && b.batches * b.size <= 400);
	}
	assert_true(recognised > 70);
	assert_int_equal(batch_means_of(x, 19, 0.95, scratch).batches, 0);
}

static void lag1(void **state)
{
	(void)state;
	static double x[50000];

	autoregress(x, 50000, 0.6, 0);
	assert_true(fabs(autocorrelation_lag1(x, 50000) - 0.6) < 0.02);
	static const double flip[] = {1, -1, 1, -1, 1, -1};
	assert_true(fabs(autocorrelation_lag1(flip, 6) + 5 / 6.0) < 1e-12);
	static const double same[] = {2, 2, 2};
	assert_true(autocorrelation_lag1(same, 3) == 0);
}

/* Over twelve decades, every quantile is as close as promised to the order statistic itself. */
static void sketch_keeps_its_error(void **state)
{
	(void)state;
	static const double errors[] = {0.0005, 0.001, 0.01};
	enum { N = 20000 };
	static double x[N];
	struct arena a = {0};

	for (size_t k = 0; k < COUNT(errors); k++) {
		struct rng r = rng_stream(3, 0, 0, 0);
		gsl_rng g = rng_gsl(&r);
		struct sketch s;
		sketch_init(&s, &a, errors[k]);
		for (int i = 0; i < N; i++) {
			x[i] = i % 100 == 0 ? 0 : gsl_ran_lognormal(&g, 0, 4);
			sketch_add(&s, x[i]);
		}
		gsl_sort(x, 1, N);
		assert_int_equal(s.count, N);
		for (int i = 0; i <= 1000; i++) {
			const double q = i / 1000.0, exact = x[(int)floor(q * (N - 1))];
			if (fabs(sketch_quantile(&s, 0, q) - exact) > errors[k] * exact * (1 + 1e-9))
				fail_msg("quantile %g is %.12g, not %.12g", q, sketch_quantile(&s, 0, q), exact);
		}
	}
	arena_release(&a);
}

static void sketch_memory_does_not_grow(void **state)
{
	(void)state;
	struct arena a = {0};
	struct sketch s;
	size_t used = 0;

	sketch_init(&s, &a, 0.001);
	for (uint32_t i = 0; i < 1000000; i++) {
		if (i == 10000)
			used = a.used_bytes;
		sketch_add(&s, 1 + i % 5000);
	}
	assert_int_equal(a.used_bytes, used);
	arena_release(&a);
}

static void sketch_does_not_drop_what_never_ended(void **state)
{
	(void)state;
	struct arena a = {0};
	struct sketch s, t;

	sketch_init(&s, &a, 0.001);
	assert_true(sketch_quantile(&s, 0, 0.5) == 0);
	assert_true(isinf(sketch_quantile(&s, 1, 0.5)));
	sketch_init(&t, &a, 0.001);
	for (int i = 1; i <= 90; i++) {
		sketch_add(&s, i);
		sketch_add(&t, 91 - i); /* the other way round: the same */
	}
	assert_true(fabs(sketch_quantile(&s, 10, 0.5) - 50) < 0.06);
	assert_true(isfinite(sketch_quantile(&s, 10, 0.89)));
	assert_true(isinf(sketch_quantile(&s, 10, 0.95)));
	for (int i = 0; i <= 100; i++)
		assert_true(sketch_quantile(&s, 0, i / 100.0) == sketch_quantile(&t, 0, i / 100.0));
	sketch_add(&s, 1e300);
	sketch_add(&s, -1);
	assert_true(sketch_quantile(&s, 0, 0) == 0);
	assert_true(fabs(sketch_quantile(&s, 0, 1) - 1e12) <= 1e9);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mser_finds_the_end_of_a_transient),
		cmocka_unit_test(mser_of_steady_and_of_drifting),
		cmocka_unit_test(batch_means_cover_the_mean),
		cmocka_unit_test(short_runs_are_recognised),
		cmocka_unit_test(lag1),
		cmocka_unit_test(sketch_keeps_its_error),
		cmocka_unit_test(sketch_memory_does_not_grow),
		cmocka_unit_test(sketch_does_not_drop_what_never_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
