/* test_dist.c - reading, printing and drawing distributions, the draws against theory. */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dist.h"

static const struct {
	const char *text;
	struct dist dist;
	const char *print;
} good[] = {
	{"2s", {DIST_CONSTANT, SECONDS(2), 0, 0}, "2s"},
	{"  250ms\t", {DIST_CONSTANT, MILLIS(250), 0, 0}, "250ms"},
	{"0", {DIST_CONSTANT, 0, 0, 0}, NULL},
	{"uniform(1s, 3s)", {DIST_UNIFORM, SECONDS(1), SECONDS(3), 0}, "uniform(1s, 3s)"},
	{"uniform(1s,1s)", {DIST_UNIFORM, SECONDS(1), SECONDS(1), 0}, "uniform(1s, 1s)"},
	{" uniform ( 0 , 1m30s ) ", {DIST_UNIFORM, 0, SECONDS(90), 0}, NULL},
	{"exponential(40s)", {DIST_EXPONENTIAL, SECONDS(40), 0, 0}, "exponential(40s)"},
	{"lognormal(2s, 0.5)", {DIST_LOGNORMAL, SECONDS(2), 0, 0.5}, "lognormal(2s, 0.5)"},
	{"lognormal(2s,0)", {DIST_LOGNORMAL, SECONDS(2), 0, 0}, "lognormal(2s, 0)"},
	{"lognormal(1h, 10)", {DIST_LOGNORMAL, MINUTES(60), 0, 10}, "lognormal(1h, 10)"},
	{"weibull(2s, 0.7)", {DIST_WEIBULL, SECONDS(2), 0, 0.7}, "weibull(2s, 0.7)"},
	{"weibull(0.7, 2s)", {DIST_WEIBULL, SECONDS(2), 0, 0.7}, "weibull(2s, 0.7)"},
	{"gamma(1.5, 40s)", {DIST_GAMMA, SECONDS(40), 0, 1.5}, "gamma(40s, 1.5)"},
	{"gamma( 40s , 100 )", {DIST_GAMMA, SECONDS(40), 0, 100}, "gamma(40s, 100)"},
	{"gamma(0, 1)", {DIST_GAMMA, 0, 0, 1}, "gamma(0s, 1)"},
	{"lognormal(2s, 1e-05)", {DIST_LOGNORMAL, SECONDS(2), 0, 1e-5}, "lognormal(2s, 1e-05)"},
};

static const char *const bad[] = {
	"",
	" ",
	"2",
	"s",
	"two",
	"-1s",
	"2s 3s",
	"2s,",
	"(2s)",
	"normal(2s, 1)",
	"Uniform(1s, 2s)",
	"uniform",
	"uniform(",
	"uniform()",
	"uniform(1s)",
	"uniform(1s,)",
	"uniform(1s 2s)",
	"uniform(3s, 1s)",
	"uniform(1s, 2s",
	"uniform(1s, 2s) x",
	"uniform(1s, 2s))",
	"uniform(1s, 2s, 3s)",
	"uniform(1, 2)",
	"exponential()",
	"exponential(5)",
	"exponential(1s, 2s)",
	"exponential(-1s)",
	"weibull(2s)",
	"weibull(2s, 0.09)",
	"weibull(2s, 100.1)",
	"weibull(2s, 3s)",
	"weibull(2, 3)",
	"gamma(0.5)",
	"gamma(2s, -1)",
	"gamma(2s, 0x1)",
	"lognormal(2s)",
	"lognormal(2s, )",
	"lognormal(2s, -1)",
	"lognormal(2s, 10.01)",
	"lognormal(2s, inf)",
	"lognormal(2s, nan)",
	"lognormal(2s, 0x1)",
	"lognormal(2s, 0.5s)",
	"lognormal(2s, 1e999)",
	"lognormal(2s, .)",
	"lognormal(2s, 1e)",
	"99999999999999999999s",
	"uniform(1s, 9999999d)",
	"1111111111111111111111111111111111111111111111111111111111111111111111111111111111s",
};

static void equal(const struct dist *a, const struct dist *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->a, b->a);
	assert_int_equal(a->b, b->b);
	assert_true(a->shape == b->shape);
}

static void good_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct dist d, again;
		char buffer[DIST_TEXT_MAX];
		const char *wrong = dist_parse(good[i].text, &d);
		if (wrong != NULL)
			fail_msg("%s: %s", good[i].text, wrong);
		equal(&d, &good[i].dist);
		assert_ptr_equal(dist_print(&d, buffer), buffer);
		if (good[i].print != NULL)
			assert_string_equal(buffer, good[i].print);
		assert_null(dist_parse(buffer, &again));
		equal(&d, &again);
	}
}

static void bad_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct dist before = {DIST_UNIFORM, 1, 2, 3};
		struct dist d = before;
		const char *wrong = dist_parse(bad[i], &d);
		if (wrong == NULL)
			fail_msg("accepted: %s", bad[i]);
		assert_true(strlen(wrong) > 10);
		equal(&d, &before);
	}
}

static void longest_print_fits(void **state)
{
	(void)state;
	const struct dist d[] = {{DIST_UNIFORM, SIM_NEVER - 2, SIM_NEVER - 1, 0},
				 {DIST_LOGNORMAL, SIM_NEVER - 1, 0, 1.0 / 3.0 + 1e-16}};
	for (size_t i = 0; i < COUNT(d); i++) {
		char buffer[DIST_TEXT_MAX];
		dist_print(&d[i], buffer);
		assert_int_equal(buffer[strlen(buffer) - 1], ')');
	}
}

#define DRAWS 50000

static int by_time(const void *a, const void *b)
{
	const sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
	return (x > y) - (x < y);
}

/* The Kolmogorov-Smirnov distance of sorted draws from d's cumulative distribution, times sqrt(n). */
static double distance(const sim_time *draw, const struct dist *d)
{
	double worst = 0;
	for (int i = 0; i < DRAWS; i++) {
		const double p = dist_cdf(d, draw[i]);
		worst = fmax(worst, fmax(p - (double)i / DRAWS, (double)(i + 1) / DRAWS - p));
	}
	return worst * sqrt(DRAWS);
}

static void draws_follow_theory(void **state)
{
	(void)state;
	static const struct dist d[] = {
		{DIST_UNIFORM, SECONDS(1), SECONDS(3), 0},
		{DIST_UNIFORM, 0, MILLIS(1), 0},
		{DIST_EXPONENTIAL, SECONDS(40), 0, 0},
		{DIST_EXPONENTIAL, MICROS(50), 0, 0},
		{DIST_LOGNORMAL, SECONDS(2), 0, 0.5},
		{DIST_LOGNORMAL, MINUTES(10), 0, 1.2},
		{DIST_LOGNORMAL, SECONDS(2), 0, 0.01},
		{DIST_WEIBULL, MINUTES(60), 0, 0.7},
		{DIST_WEIBULL, SECONDS(2), 0, 3},
		{DIST_GAMMA, MINUTES(60), 0, 0.5},
		{DIST_GAMMA, SECONDS(2), 0, 4},
	};
	sim_time *draw = malloc(DRAWS * sizeof(*draw));

	assert_non_null(draw);
	for (size_t i = 0; i < COUNT(d); i++) {
		struct rng r = rng_stream(2, 0, 0, (uint32_t)i);
		double sum = 0, squares = 0;
		for (int j = 0; j < DRAWS; j++) {
			draw[j] = dist_draw(&d[i], &r);
			sum += (double)draw[j];
			squares += (double)draw[j] * (double)draw[j];
		}
		const double mean = sum / DRAWS, error = sqrt((squares / DRAWS - mean * mean) / DRAWS);
		assert_true(fabs(mean - (double)dist_mean(&d[i])) < 4.5 * error + 1);

		qsort(draw, DRAWS, sizeof(*draw), by_time);
		/* Above 2.5 has probability 7e-6; a distribution 7 % off in scale must show. */
		assert_true(distance(draw, &d[i]) < 2.5);
		struct dist off = d[i];
		off.a += off.a / 15 + 1;
		off.b += off.b / 15;
		assert_true(distance(draw, &off) > 2.5);
	}
	free(draw);
}

static void constants_draw_nothing(void **state)
{
	(void)state;
	static const struct dist d[] = {
		{DIST_CONSTANT, SECONDS(7), 0, 0},
		{DIST_CONSTANT, 0, 0, 0},
		{DIST_UNIFORM, SECONDS(7), SECONDS(7), 0},
		{DIST_LOGNORMAL, SECONDS(7), 0, 0},
		{DIST_EXPONENTIAL, 0, 0, 0},
		{DIST_LOGNORMAL, 0, 0, 2},
		{DIST_WEIBULL, 0, 0, 2},
		{DIST_GAMMA, 0, 0, 2},
	};
	struct rng r = rng_stream(1, 1, 1, 1);
	for (size_t i = 0; i < COUNT(d); i++) {
		assert_int_equal(dist_draw(&d[i], &r), d[i].a);
		assert_int_equal(dist_mean(&d[i]), d[i].a);
		assert_int_equal(dist_quantile(&d[i], 0.3), d[i].a);
		assert_true(dist_cdf(&d[i], d[i].a) == 1);
		assert_true(dist_cdf(&d[i], d[i].a - 1) == 0);
	}
	assert_int_equal(r.counter, 0);
}

static void extremes_stay_in_range(void **state)
{
	(void)state;
	static const struct dist d[] = {
		{DIST_LOGNORMAL, SIM_NEVER - 1, 0, 10},  {DIST_LOGNORMAL, 1, 0, 10},
		{DIST_EXPONENTIAL, SIM_NEVER - 1, 0, 0}, {DIST_UNIFORM, SIM_NEVER - 3, SIM_NEVER - 1, 0},
		{DIST_UNIFORM, 0, SIM_NEVER - 1, 0},     {DIST_WEIBULL, SIM_NEVER - 1, 0, 0.1},
		{DIST_GAMMA, SIM_NEVER - 1, 0, 0.1},     {DIST_GAMMA, 1, 0, 100},
	};
	struct rng r = rng_stream(1, 1, 1, 1);
	for (size_t i = 0; i < COUNT(d); i++) {
		for (int j = 0; j < 10000; j++) {
			const sim_time t = dist_draw(&d[i], &r);
			assert_true(t >= 0 && t < SIM_NEVER);
			if (d[i].kind == DIST_UNIFORM)
				assert_true(t >= d[i].a && t <= d[i].b);
		}
		assert_true(dist_mean(&d[i]) >= 0 && dist_mean(&d[i]) < SIM_NEVER);
	}
}

static void cdf_at_known_points(void **state)
{
	(void)state;
	const struct dist u = {DIST_UNIFORM, SECONDS(1), SECONDS(3), 0}, e = {DIST_EXPONENTIAL, SECONDS(40), 0, 0},
			  l = {DIST_LOGNORMAL, SECONDS(2), 0, 0.5};
	assert_true(dist_cdf(&u, SECONDS(1)) == 0);
	assert_true(fabs(dist_cdf(&u, SECONDS(2)) - 0.5) < 1e-12);
	assert_true(dist_cdf(&u, SECONDS(3)) == 1);
	assert_true(dist_cdf(&e, -1) == 0);
	assert_true(fabs(dist_cdf(&e, SECONDS(40)) - (1 - exp(-1))) < 1e-12);
	assert_true(dist_cdf(&l, 0) == 0);
	assert_true(fabs(dist_cdf(&l, SECONDS(2)) - 0.5) < 1e-12);
	assert_true(fabs((double)dist_mean(&l) - 2e9 * exp(0.125)) < 1);
}

/* The rest of an interval under way has density (1 - F(t)) / mean, whatever the distribution (Cox 1962, 5.2). */
static double rest_cdf(const struct dist *d, sim_time t)
{
	double area = 0;
	const int steps = 4000;

	for (int i = 0; i < steps; i++)
		area += 1 - dist_cdf(d, (sim_time)((double)t * (i + 0.5) / steps));
	return area * (double)t / steps / (double)dist_mean(d);
}

static void rests_follow_renewal_theory(void **state)
{
	(void)state;
	static const struct dist d[] = {
		{DIST_CONSTANT, SECONDS(3), 0, 0},     {DIST_UNIFORM, SECONDS(1), SECONDS(3), 0},
		{DIST_EXPONENTIAL, SECONDS(40), 0, 0}, {DIST_LOGNORMAL, SECONDS(2), 0, 0.5},
		{DIST_WEIBULL, SECONDS(40), 0, 0.7},   {DIST_WEIBULL, SECONDS(2), 0, 3},
		{DIST_GAMMA, SECONDS(40), 0, 0.5},     {DIST_GAMMA, SECONDS(2), 0, 4},
	};
	for (size_t i = 0; i < COUNT(d); i++) {
		struct rng r = rng_stream(3, 0, 0, (uint32_t)i);
		const sim_time point[] = {dist_mean(&d[i]) / 4, dist_mean(&d[i]) / 2, dist_mean(&d[i])};
		int below[3] = {0};

		for (int j = 0; j < DRAWS; j++) {
			const sim_time t = dist_draw_rest(&d[i], &r);
			for (int k = 0; k < 3; k++)
				below[k] += t <= point[k];
		}
		/* Five standard errors of a share of 50,000 draws are at most 0.0112. */
		for (int k = 0; k < 3; k++)
			if (fabs((double)below[k] / DRAWS - rest_cdf(&d[i], point[k])) > 0.0112)
				fail_msg("distribution %zu, point %d: %g, theory %g", i, k, (double)below[k] / DRAWS,
					 rest_cdf(&d[i], point[k]));
	}
}

static void quantiles_invert(void **state)
{
	(void)state;
	static const enum dist_kind kind[] = {DIST_EXPONENTIAL, DIST_LOGNORMAL, DIST_WEIBULL, DIST_GAMMA};

	for (size_t i = 0; i < COUNT(kind); i++) {
		const struct dist d = dist_of_mean(kind[i], MINUTES(600), 0.75);
		assert_true(llabs(dist_mean(&d) - MINUTES(600)) < MICROS(1));
		for (double p = 0.05; p < 1; p += 0.15)
			assert_true(fabs(dist_cdf(&d, dist_quantile(&d, p)) - p) < 1e-9);
	}
	/* Gamma(1 + 1/0.7) = 1.2658: a Weibull scale for a mean. */
	const struct dist w = dist_of_mean(DIST_WEIBULL, SECONDS(12658), 0.7);
	assert_true(llabs(w.a - SECONDS(10000)) < SECONDS(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(longest_print_fits),
		cmocka_unit_test(draws_follow_theory),
		cmocka_unit_test(constants_draw_nothing),
		cmocka_unit_test(extremes_stay_in_range),
		cmocka_unit_test(cdf_at_known_points),
		cmocka_unit_test(rests_follow_renewal_theory),
		cmocka_unit_test(quantiles_invert),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
