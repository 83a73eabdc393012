/* test_paired.c - paired differences against table values and brute force; Holm; how many pairs it takes. */
#include "tests/test.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort_double.h>

#include "sim/paired.h"
#include "sim/rng.h"

static void close_to(double got, double want, double error)
{
	if (!(fabs(got - want) <= error))
		fail_msg("got %.12g, want %.12g", got, want);
}

/* Hollander, Wolfe and Chicken, example 3.1: Hamilton's depression scale before and after; T+ = 40 (or 5), P = 0.0195
 * one-sided; the estimate is -0.46, the interval (-0.786, -0.010). */
static void wilcoxon_of_the_textbook(void **state)
{
	(void)state;
	static const double before[] = {1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
	static const double after[] = {.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
	double d[9], scratch[18];

	for (int i = 0; i < 9; i++)
		d[i] = after[i] - before[i];
	const struct difference r = paired_ranks(d, 9, 0.95, scratch);
	close_to(r.p, 2 * 10 / 512.0, 1e-12);
	close_to(r.centre, -0.46, 1e-9);
	close_to(r.interval.low, -0.786, 1e-9);
	close_to(r.interval.high, -0.010, 1e-9);
}

/* n = 10 without ties: 25 of 1024 sign patterns have a rank sum of 8 or less (every table of the test has 8 at 5 %). */
static void wilcoxon_of_the_table(void **state)
{
	(void)state;
	double scratch[20];
	/* Ranks 1, 3 and 4 are negative: 8. */
	static const double d[] = {-1, 2, -3, -4, 5, 6, 7, 8, 9, 10};
	close_to(paired_ranks(d, 10, 0.95, scratch).p, 2 * 25 / 1024.0, 1e-12);

	static const double none[] = {0, 0, 0};
	const struct difference r = paired_ranks(none, 3, 0.95, scratch);
	close_to(r.p, 1, 0);
	close_to(r.centre, 0, 0);
	/* 5 pairs never allow 95 %: 2/32. */
	assert_true(isinf(paired_ranks(d, 5, 0.95, scratch).interval.low));
}

/* All 2^12 signs by hand, and all Walsh averages. */
static void wilcoxon_by_brute_force(void **state)
{
	(void)state;
	enum { N = 12, ALL = N * (N + 1) / 2 };
	double d[N], scratch[2 * N], averages[ALL];
	uint32_t extreme = 0, k = 0;
	double w = 0;

	for (int i = 0; i < N; i++) {
		d[i] = (i + 1.25 + 0.01 * i * i) * (i % 3 == 0 ? -1 : 1);
		w += d[i] > 0 ? i + 1 : 0;
	}
	for (uint32_t signs = 0; signs < 1u << N; signs++) {
		double sum = 0;
		for (int i = 0; i < N; i++)
			sum += signs >> i & 1 ? i + 1 : 0;
		extreme += fabs(sum - ALL / 2.0) >= fabs(w - ALL / 2.0);
	}
	for (int i = 0; i < N; i++)
		for (int j = i; j < N; j++)
			averages[k++] = (d[i] + d[j]) / 2;
	gsl_sort(averages, 1, ALL);
	const struct difference r = paired_ranks(d, N, 0.95, scratch);
	close_to(r.p, extreme / 4096.0, 1e-12);
	close_to(r.centre, (averages[38] + averages[39]) / 2, 1e-12);
	/* P(W <= 13) = 0.0212, P(W <= 14) = 0.0261: 14 from either end. */
	close_to(r.interval.low, averages[13], 1e-12);
	close_to(r.interval.high, averages[ALL - 14], 1e-12);
}

/* Exact at 50, approximate at 51: no step between them; and the ranks' interval of 95 % holds what it says. */
static void ranks_of_many(void **state)
{
	(void)state;
	double d[51], scratch[102];
	uint32_t hits = 0, by_t = 0;

	for (uint32_t e = 0; e < 1000; e++) {
		struct rng r = rng_stream(7, e, 0, 0);
		gsl_rng g = rng_gsl(&r);
		for (int i = 0; i < 51; i++)
			d[i] = 2 + gsl_ran_laplace(&g, 1);
		const struct difference a = paired_ranks(d, 50, 0.95, scratch), b = paired_ranks(d, 51, 0.95, scratch);
		const struct difference t = paired_t(d, 51, 0.95);
		assert_true(fabs(a.interval.low - b.interval.low) < 0.3);
		hits += b.interval.low <= 2 && 2 <= b.interval.high;
		by_t += t.interval.low <= 2 && 2 <= t.interval.high;
	}
	if (hits < 930 || hits > 970 || by_t < 930 || by_t > 970)
		fail_msg("of 1000 intervals %u (ranks) and %u (t) contain the truth", hits, by_t);
}

/* Without any difference, p is below 5 % in 5 % of the experiments. */
static void p_is_uniform_without_a_difference(void **state)
{
	(void)state;
	double d[30], scratch[60];
	uint32_t t = 0, ranks = 0;

	for (uint32_t e = 0; e < 1000; e++) {
		struct rng r = rng_stream(8, e, 0, 0);
		gsl_rng g = rng_gsl(&r);
		for (int i = 0; i < 30; i++)
			d[i] = gsl_ran_gaussian(&g, 1);
		t += paired_t(d, 30, 0.95).p < 0.05;
		ranks += paired_ranks(d, 30, 0.95, scratch).p < 0.05;
	}
	assert_true(t > 30 && t < 70);
	assert_true(ranks > 30 && ranks < 70);
}

static void t_of_pairs(void **state)
{
	(void)state;
	/* Student 1908: sleep gained with two drugs; mean difference 1.58, t = 4.0621, p = 0.002833 (R: t.test(sleep)).
	 */
	static const double d[] = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
	const struct difference t = paired_t(d, 10, 0.95);

	close_to(t.centre, 1.58, 1e-12);
	close_to(t.p, 0.002833, 5e-7);
	close_to(t.interval.low, 0.7001142, 5e-7);
	close_to(t.interval.high, 2.4598858, 5e-7);

	static const double same[] = {3, 3, 3}, none[] = {0, 0};
	close_to(paired_t(same, 3, 0.95).p, 0, 0);
	close_to(paired_t(none, 2, 0.95).p, 1, 0);
	assert_true(isnan(paired_t(same, 1, 0.95).p));
}

static void holm_by_hand(void **state)
{
	(void)state;
	static const double p[] = {0.01, 0.04, 0.03, 0.005, NAN};
	double adjusted[5];

	holm_adjust(p, 5, adjusted);
	close_to(adjusted[0], 0.03, 1e-12);
	close_to(adjusted[1], 0.06, 1e-12);
	close_to(adjusted[2], 0.06, 1e-12);
	close_to(adjusted[3], 0.02, 1e-12);
	assert_true(isnan(adjusted[4]));
	static const double large[] = {0.5, 0.9};
	holm_adjust(large, 2, adjusted);
	close_to(adjusted[0], 1, 0);
	close_to(adjusted[1], 1, 0);
}

/* Cohen 1988 and R's power.t.test(type = "paired", power = 0.8): 10 pairs for a difference of one standard deviation,
 * 34 for half of it, 199 for a fifth. */
static void pairs_needed(void **state)
{
	(void)state;
	close_to(paired_count_needed(1, 1, 0.05, 0.8), 10, 0);
	close_to(paired_count_needed(-0.5, 1, 0.05, 0.8), 34, 0);
	close_to(paired_count_needed(0.2, 1, 0.05, 0.8), 199, 0);
	assert_true(isinf(paired_count_needed(0, 1, 0.05, 0.8)));
	assert_true(isinf(paired_count_needed(1e-9, 1, 0.05, 0.8)));
	close_to(paired_count_needed(1, 0, 0.05, 0.8), 2, 0);
	/* The smallest difference that n pairs find needs n pairs. */
	close_to(paired_count_needed(paired_least(3, 40, 0.01, 0.8) * 1.0001, 3, 0.01, 0.8), 40, 0);
}

/* x = common + own noise: var 2 each, var 2 of the difference: factor 2; independent: 1. */
static void pairing_reduces_variance(void **state)
{
	(void)state;
	enum { N = 20000 };
	static double x[N], y[N], z[N];
	struct rng r = rng_stream(9, 0, 0, 0);
	gsl_rng g = rng_gsl(&r);

	for (int i = 0; i < N; i++) {
		const double common = gsl_ran_gaussian(&g, 1);
		x[i] = common + gsl_ran_gaussian(&g, 1);
		y[i] = common + gsl_ran_gaussian(&g, 1);
		z[i] = gsl_ran_gaussian(&g, sqrt(2));
	}
	close_to(variance_reduction(x, y, N), 2, 0.06);
	close_to(variance_reduction(x, z, N), 1, 0.03);
	assert_true(isinf(variance_reduction(x, x, N)));
	static const double same[] = {1, 1};
	assert_true(isnan(variance_reduction(same, same, 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wilcoxon_of_the_textbook),
		cmocka_unit_test(wilcoxon_of_the_table),
		cmocka_unit_test(wilcoxon_by_brute_force),
		cmocka_unit_test(ranks_of_many),
		cmocka_unit_test(p_is_uniform_without_a_difference),
		cmocka_unit_test(t_of_pairs),
		cmocka_unit_test(holm_by_hand),
		cmocka_unit_test(pairs_needed),
		cmocka_unit_test(pairing_reduces_variance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
