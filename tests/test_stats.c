/* test_stats.c - statistics against closed forms. */
#include "tests/test.h"

#include <math.h>

#include "sim/stats.h"

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
		fail_msg("got %.17g, want %.17g", got, want);
}

static void moments_of_a_row(void **state)
{
	(void)state;
	struct moments m = {0};

	near(moments_sd(&m), 0);
	moments_add(&m, 5);
	near(m.mean, 5);
	near(moments_sd(&m), 0);
	m = (struct moments){0};
	/* 1 .. n: mean (n + 1) / 2, sample variance n (n + 1) / 12 */
	for (int i = 1000; i >= 1; i--)
		moments_add(&m, i);
	assert_int_equal(m.count, 1000);
	near(m.mean, 500.5);
	near(moments_sd(&m), sqrt(1000.0 * 1001 / 12));
	near(m.min, 1);
	near(m.max, 1000);
}

/* The textbook sum of squares would lose all digits here; Welford's does not. */
static void moments_far_from_zero(void **state)
{
	(void)state;
	struct moments m = {0};
	for (int i = 0; i < 1000; i++)
		moments_add(&m, 1e12 + (i % 2 == 0 ? 1 : -1));
	near(m.mean, 1e12);
	assert_true(fabs(moments_sd(&m) - sqrt(1000.0 / 999)) < 1e-6);
}

static void moments_keep_negative_extremes(void **state)
{
	(void)state;
	struct moments m = {0};
	moments_add(&m, -3);
	moments_add(&m, -1);
	near(m.min, -3);
	near(m.max, -1);
}

static void integral_of_steps(void **state)
{
	(void)state;
	struct integral i = {0};

	near(integral_mean(&i, 0), 0);
	integral_set(&i, 0, 2);
	integral_set(&i, SECONDS(10), 5);
	integral_set(&i, SECONDS(10), 1); /* held for no time */
	near(integral_mean(&i, SECONDS(40)), (2 * 10 + 1 * 30) / 40.0);
	near(i.area, 50);
	assert_int_equal(i.total_time, SECONDS(40));
	near(integral_mean(&i, SECONDS(40)), 1.25); /* closing twice changes nothing */
	near(integral_mean(&i, SECONDS(100)), 1.1); /* the value still holds */

	struct integral late = {.since = SECONDS(100)};
	integral_set(&late, SECONDS(110), 4);
	near(integral_mean(&late, SECONDS(120)), 2);
}

static void spread_of_equal_values(void **state)
{
	(void)state;
	double x[7], scratch[7];
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 0.3;
	const struct spread s = spread_of(x, COUNT(x), scratch);
	near(s.mean, 0.3);
	near(s.cv, 0);
	near(s.max_over_mean, 1);
	near(s.jain, 1);
	near(s.gini, 0);
}

/* One of n has everything: cv sqrt(n - 1), max/mean n, Jain 1/n, Gini (n - 1)/n. */
static void spread_of_one_owner(void **state)
{
	(void)state;
	double x[10] = {0}, scratch[10];
	x[4] = 20;
	const struct spread s = spread_of(x, 10, scratch);
	near(s.mean, 2);
	near(s.cv, 3);
	near(s.max_over_mean, 10);
	near(s.jain, 0.1);
	near(s.gini, 0.9);
	near(x[4], 20);
	near(x[0], 0);
}

/* 1 .. n: variance (n^2 - 1) / 12, Gini (n - 1) / 3n; the order of the values does not matter. */
static void spread_of_a_row(void **state)
{
	(void)state;
	double x[100], scratch[100];
	for (int i = 0; i < 100; i++)
		x[i * 37 % 100] = i + 1;
	const struct spread s = spread_of(x, 100, scratch);
	const double cv = sqrt(9999 / 12.0) / 50.5;
	near(s.mean, 50.5);
	near(s.cv, cv);
	near(s.max_over_mean, 100 / 50.5);
	near(s.jain, 1 / (1 + cv * cv));
	near(s.gini, 99 / 300.0);
}

static void spread_of_nothing_and_extremes(void **state)
{
	(void)state;
	double x[2] = {0, 0}, scratch[2];
	for (uint32_t count = 0; count <= 2; count++) {
		const struct spread s = spread_of(x, count, scratch);
		assert_true(s.mean == 0 && s.cv == 0 && s.max_over_mean == 1 && s.jain == 1 && s.gini == 0);
	}
	static const double scale[] = {1e300, 1, 1e-300};
	for (size_t i = 0; i < COUNT(scale); i++) {
		x[0] = scale[i];
		x[1] = 3 * scale[i];
		const struct spread s = spread_of(x, 2, scratch);
		near(s.mean / scale[i], 2);
		near(s.cv, 0.5);
		near(s.jain, 0.8);
		near(s.gini, 0.25);
	}
}

static void quantiles(void **state)
{
	(void)state;
	static const double x[] = {1, 2, 3, 4, 10};
	near(quantile_sorted(x, 5, 0), 1);
	near(quantile_sorted(x, 5, 0.5), 3);
	near(quantile_sorted(x, 5, 0.25), 2);
	near(quantile_sorted(x, 5, 0.95), 4 + 0.8 * 6);
	near(quantile_sorted(x, 5, 1), 10);
	near(quantile_sorted(x, 4, 0.5), 2.5);
	near(quantile_sorted(x, 1, 0.99), 1);
	near(quantile_sorted(x, 0, 0.5), 0);
	near(quantile_sorted(x, 5, 2), 10);
	near(quantile_sorted(x, 5, -1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_of_a_row),
		cmocka_unit_test(moments_far_from_zero),
		cmocka_unit_test(moments_keep_negative_extremes),
		cmocka_unit_test(integral_of_steps),
		cmocka_unit_test(spread_of_equal_values),
		cmocka_unit_test(spread_of_one_owner),
		cmocka_unit_test(spread_of_a_row),
		cmocka_unit_test(spread_of_nothing_and_extremes),
		cmocka_unit_test(quantiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
