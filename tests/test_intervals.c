/* test_intervals.c - confidence intervals: table values, and how often they contain the true value. */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_double.h>

#include "sim/interval.h"
#include "sim/rng.h"

#define EXPERIMENTS 1000

static void close_to(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("got %.12g, want %.12g", got, want);
}

static struct moments moments_of(const double *x, uint32_t count)
{
	struct moments m = {0};

	for (uint32_t i = 0; i < count; i++)
		moments_add(&m, x[i]);
	return m;
}

static void student_by_the_table(void **state)
{
	(void)state;
	static const double x[] = {1, 2, 3, 4, 5};
	struct moments m = moments_of(x, 5);
	const struct interval i = mean_interval(&m, 0.95); /* t(4) = 2.776445 */

	close_to(i.low, 3 - 2.776445105 * sqrt(2.5 / 5), 1e-8);
	close_to(i.high, 3 + 2.776445105 * sqrt(2.5 / 5), 1e-8);
	m = moments_of(x, 1);
	assert_true(isnan(mean_interval(&m, 0.95).low));
}

/* Clopper and Pearson's values as in R's binom.test(). */
static void shares_by_the_table(void **state)
{
	(void)state;
	struct interval i = share_interval(1, 10, 0.95);

	close_to(i.low, 0.002528579, 1e-8);
	close_to(i.high, 0.4450161, 1e-7);
	i = share_interval(5, 10, 0.95);
	close_to(i.low, 0.1870860, 1e-7);
	close_to(i.high, 0.8129140, 1e-7);
	/* The rule of three: 3/n is the limit of the exact form. */
	i = share_interval(0, 30, 0.95);
	close_to(i.low, 0, 0);
	close_to(i.high, 1 - pow(0.05, 1 / 30.0), 1e-12);
	close_to(share_interval(0, 100000, 0.95).high, 3 / 100000.0, 1e-7);
	i = share_interval(30, 30, 0.95);
	close_to(i.low, pow(0.05, 1 / 30.0), 1e-12);
	close_to(i.high, 1, 0);
	assert_true(isnan(share_interval(0, 0, 0.95).low));
}

static void order_statistics_by_the_table(void **state)
{
	(void)state;
	double x[200];

	for (int i = 0; i < 200; i++)
		x[i] = i + 1;
	/* Conover 1999, table A3: the median of 10 lies between ranks 2 and 9 with 97.9 %. */
	struct interval i = quantile_interval(x, 10, 0.5, 0.95);
	close_to(i.low, 2, 0);
	close_to(i.high, 9, 0);
	/* 5 values: (1/2)^5 in each tail is more than 2.5 %. */
	i = quantile_interval(x, 5, 0.5, 0.95);
	assert_true(isinf(i.low) && i.low < 0 && isinf(i.high));
	i = quantile_interval(x, 6, 0.5, 0.95);
	close_to(i.low, 1, 0);
	close_to(i.high, 6, 0);
	/* The 95th percentile of 30 is not bounded above. */
	i = quantile_interval(x, 30, 0.95, 0.95);
	assert_true(isfinite(i.low) && isinf(i.high));
}

enum law { NORMAL, EXPONENTIAL, LOGNORMAL };

static double draw(enum law law, gsl_rng *g)
{
	switch (law) {
	case NORMAL:
		return 10 + 3 * gsl_ran_gaussian(g, 1);
	case EXPONENTIAL:
		return gsl_ran_exponential(g, 1);
	default:
		return gsl_ran_lognormal(g, 0, 1.5);
	}
}

/* Of 1,000 experiments, how many intervals of the mean (q = 0) or of the q-quantile contain `truth`. */
static uint32_t covered(enum law law, uint32_t n, double q, double truth, uint32_t purpose)
{
	double x[400];
	uint32_t hits = 0;

	assert_true(n <= COUNT(x));
	for (uint32_t e = 0; e < EXPERIMENTS; e++) {
		struct rng r = rng_stream(4711, e, purpose, 0);
		gsl_rng g = rng_gsl(&r);
		for (uint32_t i = 0; i < n; i++)
			x[i] = draw(law, &g);
		const struct moments m = moments_of(x, n);
		gsl_sort(x, 1, n);
		const struct interval i = q > 0 ? quantile_interval(x, n, q, 0.95) : mean_interval(&m, 0.95);
		hits += i.low <= truth && truth <= i.high;
	}
	return hits;
}

/* Three standard deviations of 1,000 trials with 95 % are 2 %: 930 to 970. */
static void intervals_contain_the_truth(void **state)
{
	(void)state;
	const struct {
		enum law law;
		uint32_t n;
		double q, truth;
	} cases[] = {
		{NORMAL, 5, 0, 10},
		{NORMAL, 30, 0, 10},
		{EXPONENTIAL, 400, 0, 1},
		{NORMAL, 100, 0.5, 10},
		{EXPONENTIAL, 100, 0.5, log(2)},
		{LOGNORMAL, 100, 0.5, 1},
		{EXPONENTIAL, 200, 0.95, -log(0.05)},
		{LOGNORMAL, 400, 0.9, exp(1.5 * 1.2815515655)},
	};

	for (uint32_t c = 0; c < COUNT(cases); c++) {
		const uint32_t hits = covered(cases[c].law, cases[c].n, cases[c].q, cases[c].truth, c);
		if (hits < 930 || hits > 970)
			fail_msg("case %u: %u of 1000 intervals contain the truth", c, hits);
	}
}

/* The limit that mean_runs_for_skew() is about: ten lognormal values with a long tail. */
static void skewed_means_of_few_are_too_sure(void **state)
{
	(void)state;
	double x[100];
	struct rng r = rng_stream(1, 0, 99, 0);
	gsl_rng g = rng_gsl(&r);

	assert_true(covered(LOGNORMAL, 10, 0, exp(1.125), 50) < 900);
	for (uint32_t i = 0; i < 100; i++)
		x[i] = draw(LOGNORMAL, &g);
	assert_true(mean_runs_for_skew(skewness_of(x, 100)) > 100);
	/* 1, 1, 1, 1, 6: m2 = 4, m3 = 12, g1 = 1.5, G1 = 1.5 sqrt(20) / 3. */
	close_to(skewness_of((const double[]){1, 1, 1, 1, 6}, 5), 1.5 * sqrt(20) / 3, 1e-12);
	close_to(skewness_of((const double[]){2, 2, 2}, 3), 0, 0);
}

/* Clusters of 0 to 6 values that share a common part: the interval of their overall mean covers it; one that takes all
 * values for independent does not. */
static void clusters_are_no_independent_values(void **state)
{
	(void)state;
	uint32_t hits = 0, naive = 0;

	for (uint32_t e = 0; e < EXPERIMENTS; e++) {
		struct rng r = rng_stream(12, e, 0, 0);
		gsl_rng g = rng_gsl(&r);
		struct ratio ratio = {0};
		struct moments m = {0};
		for (int c = 0; c < 100; c++) {
			const double common = 1000 + gsl_ran_gaussian(&g, 2);
			const uint32_t count = rng_below(&r, 7);
			double sum = 0;
			for (uint32_t i = 0; i < count; i++) {
				const double x = common + gsl_ran_gaussian(&g, 1);
				moments_add(&m, x);
				sum += x;
			}
			ratio_add(&ratio, sum, count);
		}
		close_to(ratio_mean(&ratio), m.mean, 1e-9);
		struct interval i = ratio_interval(&ratio, 0.95);
		hits += i.low <= 1000 && 1000 <= i.high;
		i = mean_interval(&m, 0.95);
		naive += i.low <= 1000 && 1000 <= i.high;
	}
	if (hits < 930 || hits > 970)
		fail_msg("%u of 1000 intervals contain the mean", hits);
	assert_true(naive < 800);
	struct ratio none = {0};
	ratio_add(&none, 0, 0);
	ratio_add(&none, 0, 0);
	assert_true(isnan(ratio_mean(&none)) && isnan(ratio_interval(&none, 0.95).low));
}

/* The rule stops by itself, and its means are then within the precision about as often as promised. */
static void sampling_stops_when_precise(void **state)
{
	(void)state;
	uint32_t within = 0, longest = 0;

	for (uint32_t e = 0; e < EXPERIMENTS; e++) {
		struct rng r = rng_stream(99, e, 0, 0);
		gsl_rng g = rng_gsl(&r);
		struct moments m = {0};
		while (!precision_reached(&m, 0.05, 0.95) && m.count < 100000)
			moments_add(&m, draw(NORMAL, &g));
		assert_true(m.count >= PRECISION_COUNT_MIN);
		within += fabs(m.mean - 10) <= 0.05 * 10;
		longest = m.count > longest ? (uint32_t)m.count : longest;
	}
	/* (1.96 * 3 / 10 / (0.05 / 1.05))^2 is 152. */
	assert_true(longest > 152 && longest < 400);
	if (within < 930 || within > 985)
		fail_msg("%u of 1000 means are as precise as promised", within);
}

static void sampling_does_not_stop_too_soon(void **state)
{
	(void)state;
	struct moments m = {0};

	for (int i = 0; i < 19; i++)
		moments_add(&m, 7);
	assert_false(precision_reached(&m, 0.05, 0.95));
	moments_add(&m, 7);
	assert_true(precision_reached(&m, 0.05, 0.95));
	m = (struct moments){0};
	for (int i = 0; i < 1000; i++)
		moments_add(&m, i % 2 == 0 ? 1 : -1);
	assert_false(precision_reached(&m, 0.05, 0.95));
	assert_true(precision_count_needed(&m, 0.05, 0.95) > 1e9);
	for (int i = 0; i < 1000; i++)
		moments_add(&m, i % 2 == 0 ? 11 : 9);
	const double more = precision_count_needed(&m, 0.01, 0.95);
	assert_true(more > 2000 && isfinite(more));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(student_by_the_table),
		cmocka_unit_test(shares_by_the_table),
		cmocka_unit_test(order_statistics_by_the_table),
		cmocka_unit_test(intervals_contain_the_truth),
		cmocka_unit_test(skewed_means_of_few_are_too_sure),
		cmocka_unit_test(clusters_are_no_independent_values),
		cmocka_unit_test(sampling_stops_when_precise),
		cmocka_unit_test(sampling_does_not_stop_too_soon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
