/* dist.c - reads, prints and draws distributions of durations; GSL knows their mathematics. */
#include "sim/dist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "sim/words.h"

#define SIGMA_MAX 10.0

static bool take_number(const char **text, double low, double high, double *out)
{
	char word[WORD_MAX], *end;
	if (!words_take(text, word))
		return false;
	/* strtod() would also read "inf", "nan" and hexadecimal numbers. */
	if (strspn(word, "0123456789.eE+-") != strlen(word) || strchr("eE+-", word[0]) != NULL)
		return false;
	const double value = strtod(word, &end);
	if (*end != '\0' || !(value >= low && value <= high))
		return false;
	*out = value;
	return true;
}

/* A scale, which has a unit, and a shape, which has none, in either order. */
static bool take_scale_and_shape(const char **text, struct dist *d)
{
	const char *start = *text;

	if (words_take_time(text, &d->a) && words_take_mark(text, ',') &&
	    take_number(text, DIST_SHAPE_MIN, DIST_SHAPE_MAX, &d->shape))
		return true;
	*text = start;
	return take_number(text, DIST_SHAPE_MIN, DIST_SHAPE_MAX, &d->shape) && words_take_mark(text, ',') &&
	       words_take_time(text, &d->a);
}

static const char *parse_arguments(const char *name, const char **text, struct dist *d)
{
	if (strcmp(name, "uniform") == 0) {
		d->kind = DIST_UNIFORM;
		if (!words_take_time(text, &d->a) || !words_take_mark(text, ',') || !words_take_time(text, &d->b))
			return "uniform needs two durations, as in uniform(1s, 3s)";
		return d->a <= d->b ? NULL : "the first duration of uniform must not be larger than the second";
	}
	if (strcmp(name, "exponential") == 0) {
		d->kind = DIST_EXPONENTIAL;
		return words_take_time(text, &d->a) ? NULL : "exponential needs its mean, as in exponential(40s)";
	}
	if (strcmp(name, "lognormal") == 0) {
		d->kind = DIST_LOGNORMAL;
		if (!words_take_time(text, &d->a) || !words_take_mark(text, ',') ||
		    !take_number(text, 0, SIGMA_MAX, &d->shape))
			return "lognormal needs its median and a sigma of 0 to 10, as in lognormal(2s, 0.5)";
		return NULL;
	}
	if (strcmp(name, "weibull") == 0) {
		d->kind = DIST_WEIBULL;
		return take_scale_and_shape(text, d)
			       ? NULL
			       : "weibull needs its scale and a shape of 0.1 to 100, as in weibull(40s, 0.7)";
	}
	if (strcmp(name, "gamma") == 0) {
		d->kind = DIST_GAMMA;
		return take_scale_and_shape(text, d)
			       ? NULL
			       : "gamma needs its scale and a shape of 0.1 to 100, as in gamma(40s, 1.5)";
	}
	return "the known distributions are uniform, exponential, lognormal, weibull and gamma";
}

const char *dist_parse(const char *text, struct dist *out)
{
	static const char *const bad =
		"expected a duration such as 2s, or uniform(...), exponential(...), lognormal(...), "
		"weibull(...), gamma(...)";
	struct dist d = {.kind = DIST_CONSTANT};
	char word[WORD_MAX];

	if (!words_take(&text, word))
		return bad;
	if (words_take_mark(&text, '(')) {
		const char *wrong = parse_arguments(word, &text, &d);
		if (wrong != NULL)
			return wrong;
		if (!words_take_mark(&text, ')'))
			return "expected ) after the last number of the distribution";
	} else if (!time_parse(word, &d.a)) {
		return bad;
	}
	if (*text != '\0')
		return "unexpected text after the distribution";
	*out = d;
	return NULL;
}

/* The shortest decimal number that reads back as x, up to DIST_SHAPE_MAX; fewer digits would print ten as 1e+01. */
static void print_exactly(double x, char buffer[32])
{
	for (int digits = x < 100 ? 2 : 3; digits <= 17; digits++) {
		snprintf(buffer, 32, "%.*g", digits, x);
		if (strtod(buffer, NULL) == x)
			return;
	}
}

const char *dist_print(const struct dist *d, char buffer[DIST_TEXT_MAX])
{
	char a[TIME_TEXT_MAX], b[TIME_TEXT_MAX], shape[32];

	time_print(d->a, a);
	switch (d->kind) {
	case DIST_CONSTANT:
		snprintf(buffer, DIST_TEXT_MAX, "%s", a);
		break;
	case DIST_UNIFORM:
		snprintf(buffer, DIST_TEXT_MAX, "uniform(%s, %s)", a, time_print(d->b, b));
		break;
	case DIST_EXPONENTIAL:
		snprintf(buffer, DIST_TEXT_MAX, "exponential(%s)", a);
		break;
	case DIST_LOGNORMAL:
	case DIST_WEIBULL:
	case DIST_GAMMA:
		print_exactly(d->shape, shape);
		snprintf(buffer, DIST_TEXT_MAX, "%s(%s, %s)",
			 d->kind == DIST_LOGNORMAL ? "lognormal"
			 : d->kind == DIST_GAMMA   ? "gamma"
						   : "weibull",
			 a, shape);
		break;
	}
	return buffer;
}

/* Whether only one value can come; the densities below have no width then. */
static bool is_constant(const struct dist *d)
{
	switch (d->kind) {
	case DIST_UNIFORM:
		return d->a == d->b;
	case DIST_EXPONENTIAL:
	case DIST_WEIBULL:
	case DIST_GAMMA:
		return d->a == 0;
	case DIST_LOGNORMAL:
		return d->a == 0 || d->shape == 0;
	case DIST_CONSTANT:
		break;
	}
	return true;
}

/* Nanoseconds rounded to the nearest; NaN cannot occur. */
static sim_time to_time(double nanoseconds)
{
	if (nanoseconds <= 0)
		return 0;
	if (nanoseconds >= 0x1p63)
		return SIM_NEVER - 1;
	return (sim_time)(nanoseconds + 0.5 < 0x1p63 ? nanoseconds + 0.5 : nanoseconds);
}

/* Far from zero a double is coarser than a nanosecond, so a rounded draw could leave the bounds. */
static sim_time within(sim_time t, sim_time low, sim_time high)
{
	return t < low ? low : t > high ? high : t;
}

sim_time dist_draw(const struct dist *d, struct rng *r)
{
	if (is_constant(d))
		return d->a;

	const gsl_rng generator = rng_gsl(r);
	switch (d->kind) {
	case DIST_UNIFORM:
		return within(to_time(gsl_ran_flat(&generator, (double)d->a, (double)d->b)), d->a, d->b);
	case DIST_EXPONENTIAL:
		return to_time(gsl_ran_exponential(&generator, (double)d->a));
	case DIST_LOGNORMAL:
		return to_time(gsl_ran_lognormal(&generator, log((double)d->a), d->shape));
	case DIST_WEIBULL:
		return to_time(gsl_ran_weibull(&generator, (double)d->a, d->shape));
	case DIST_GAMMA:
		return to_time(gsl_ran_gamma(&generator, d->shape, (double)d->a));
	case DIST_CONSTANT:
		break;
	}
	return d->a;
}

/* An interval drawn with a probability proportional to its length, in nanoseconds. */
static double draw_long(const struct dist *d, const gsl_rng *g)
{
	const double a = (double)d->a, b = (double)d->b, k = d->shape;

	switch (d->kind) {
	case DIST_UNIFORM:
		return sqrt(a * a + gsl_ran_flat(g, 0, 1) * (b * b - a * a));
	case DIST_EXPONENTIAL:
		return gsl_ran_gamma(g, 2, a);
	case DIST_LOGNORMAL:
		return gsl_ran_lognormal(g, log(a) + k * k, k);
	case DIST_WEIBULL: /* (t/a)^k is then gamma distributed with shape 1 + 1/k */
		return a * pow(gsl_ran_gamma(g, 1 + 1 / k, 1), 1 / k);
	case DIST_GAMMA:
		return gsl_ran_gamma(g, k + 1, a);
	case DIST_CONSTANT:
		break;
	}
	return a;
}

sim_time dist_draw_rest(const struct dist *d, struct rng *r)
{
	const gsl_rng generator = rng_gsl(r);

	if (is_constant(d))
		return d->a == 0 ? 0 : to_time(gsl_ran_flat(&generator, 0, (double)d->a));
	const double length = draw_long(d, &generator);
	return to_time(length * rng_unit(r));
}

/* The mean of a weibull or gamma distribution of scale 1. */
static double unit_mean(enum dist_kind kind, double shape)
{
	return kind == DIST_WEIBULL ? gsl_sf_gamma(1 + 1 / shape) : shape;
}

sim_time dist_mean(const struct dist *d)
{
	switch (d->kind) {
	case DIST_UNIFORM:
		return d->a + (d->b - d->a) / 2;
	case DIST_LOGNORMAL:
		return is_constant(d) ? d->a : to_time((double)d->a * exp(d->shape * d->shape / 2));
	case DIST_WEIBULL:
	case DIST_GAMMA:
		return to_time((double)d->a * unit_mean(d->kind, d->shape));
	case DIST_CONSTANT:
	case DIST_EXPONENTIAL:
		break;
	}
	return d->a;
}

struct dist dist_of_mean(enum dist_kind kind, sim_time mean, double shape)
{
	struct dist d = {.kind = kind, .a = mean, .shape = kind == DIST_EXPONENTIAL ? 0 : shape};

	if (kind == DIST_LOGNORMAL)
		d.a = to_time((double)mean * exp(-shape * shape / 2));
	else if (kind == DIST_WEIBULL || kind == DIST_GAMMA)
		d.a = to_time((double)mean / unit_mean(kind, shape));
	return d;
}

double dist_cdf(const struct dist *d, sim_time t)
{
	const double a = (double)d->a;

	if (is_constant(d))
		return t >= d->a ? 1 : 0;
	if (t <= 0 && d->kind != DIST_UNIFORM)
		return 0;
	switch (d->kind) {
	case DIST_UNIFORM:
		return gsl_cdf_flat_P((double)t, a, (double)d->b);
	case DIST_EXPONENTIAL:
		return gsl_cdf_exponential_P((double)t, a);
	case DIST_LOGNORMAL:
		return gsl_cdf_lognormal_P((double)t, log(a), d->shape);
	case DIST_WEIBULL:
		return gsl_cdf_weibull_P((double)t, a, d->shape);
	case DIST_GAMMA:
		return gsl_cdf_gamma_P((double)t, d->shape, a);
	case DIST_CONSTANT:
		break;
	}
	return 0;
}

sim_time dist_quantile(const struct dist *d, double p)
{
	const double a = (double)d->a;

	if (is_constant(d))
		return d->a;
	switch (d->kind) {
	case DIST_UNIFORM:
		return within(to_time(gsl_cdf_flat_Pinv(p, a, (double)d->b)), d->a, d->b);
	case DIST_EXPONENTIAL:
		return to_time(gsl_cdf_exponential_Pinv(p, a));
	case DIST_LOGNORMAL:
		return to_time(gsl_cdf_lognormal_Pinv(p, log(a), d->shape));
	case DIST_WEIBULL:
		return to_time(gsl_cdf_weibull_Pinv(p, a, d->shape));
	case DIST_GAMMA:
		return to_time(gsl_cdf_gamma_Pinv(p, d->shape, a));
	case DIST_CONSTANT:
		break;
	}
	return d->a;
}

double dist_cv2(const struct dist *d)
{
	const double a = (double)d->a, b = (double)d->b, k = d->shape;

	if (is_constant(d))
		return 0;
	switch (d->kind) {
	case DIST_UNIFORM:
		return (b - a) * (b - a) / 3 / ((a + b) * (a + b));
	case DIST_EXPONENTIAL:
		return 1;
	case DIST_LOGNORMAL:
		return expm1(k * k);
	case DIST_WEIBULL:
		return gsl_sf_gamma(1 + 2 / k) / (gsl_sf_gamma(1 + 1 / k) * gsl_sf_gamma(1 + 1 / k)) - 1;
	case DIST_GAMMA:
		return 1 / k;
	case DIST_CONSTANT:
		break;
	}
	return 0;
}
