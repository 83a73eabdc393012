/* dist.c - reads, prints and draws distributions of durations; GSL knows their mathematics. */
#include "sim/dist.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#define SIGMA_MAX 10.0
#define WORD_MAX 64

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t");
}

/* Copies the word at *text, up to a space or one of "(),", moves *text past it and the spaces behind. */
static bool take_word(const char **text, char word[WORD_MAX])
{
	const char *start = skip_spaces(*text);
	const size_t length = strcspn(start, " \t(),");
	if (length == 0 || length >= WORD_MAX)
		return false;
	memcpy(word, start, length);
	word[length] = '\0';
	*text = skip_spaces(start + length);
	return true;
}

static bool take_mark(const char **text, char mark)
{
	if (**text != mark)
		return false;
	*text = skip_spaces(*text + 1);
	return true;
}

static bool take_time(const char **text, sim_time *out)
{
	char word[WORD_MAX];
	return take_word(text, word) && time_parse(word, out);
}

static bool take_sigma(const char **text, double *out)
{
	char word[WORD_MAX], *end;
	if (!take_word(text, word))
		return false;
	/* strtod() would also read "inf", "nan" and hexadecimal numbers. */
	if (strspn(word, "0123456789.eE+-") != strlen(word) || strchr("eE+-", word[0]) != NULL)
		return false;
	const double value = strtod(word, &end);
	if (*end != '\0' || !(value >= 0 && value <= SIGMA_MAX))
		return false;
	*out = value;
	return true;
}

static const char *parse_arguments(const char *name, const char **text, struct dist *d)
{
	if (strcmp(name, "uniform") == 0) {
		d->kind = DIST_UNIFORM;
		if (!take_time(text, &d->a) || !take_mark(text, ',') || !take_time(text, &d->b))
			return "uniform needs two durations, as in uniform(1s, 3s)";
		return d->a <= d->b ? NULL : "the first duration of uniform must not be larger than the second";
	}
	if (strcmp(name, "exponential") == 0) {
		d->kind = DIST_EXPONENTIAL;
		return take_time(text, &d->a) ? NULL : "exponential needs its mean, as in exponential(40s)";
	}
	if (strcmp(name, "lognormal") == 0) {
		d->kind = DIST_LOGNORMAL;
		if (!take_time(text, &d->a) || !take_mark(text, ',') || !take_sigma(text, &d->sigma))
			return "lognormal needs its median and a sigma of 0 to 10, as in lognormal(2s, 0.5)";
		return NULL;
	}
	return "the known distributions are uniform, exponential and lognormal";
}

const char *dist_parse(const char *text, struct dist *out)
{
	static const char *const bad =
		"expected a duration such as 2s, or uniform(...), exponential(...), lognormal(...)";
	struct dist d = {.kind = DIST_CONSTANT};
	char word[WORD_MAX];

	if (!take_word(&text, word))
		return bad;
	if (take_mark(&text, '(')) {
		const char *wrong = parse_arguments(word, &text, &d);
		if (wrong != NULL)
			return wrong;
		if (!take_mark(&text, ')'))
			return "expected ) after the last number of the distribution";
	} else if (!time_parse(word, &d.a)) {
		return bad;
	}
	if (*text != '\0')
		return "unexpected text after the distribution";
	*out = d;
	return NULL;
}

/* The shortest decimal number that reads back as x, up to SIGMA_MAX; one digit would print ten as 1e+01. */
static void print_exactly(double x, char buffer[32])
{
	for (int digits = 2; digits <= 17; digits++) {
		snprintf(buffer, 32, "%.*g", digits, x);
		if (strtod(buffer, NULL) == x)
			return;
	}
}

const char *dist_print(const struct dist *d, char buffer[DIST_TEXT_MAX])
{
	char a[TIME_TEXT_MAX], b[TIME_TEXT_MAX], sigma[32];

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
		print_exactly(d->sigma, sigma);
		snprintf(buffer, DIST_TEXT_MAX, "lognormal(%s, %s)", a, sigma);
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
		return d->a == 0;
	case DIST_LOGNORMAL:
		return d->a == 0 || d->sigma == 0;
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

sim_time dist_draw(const struct dist *d, struct rng *r)
{
	if (is_constant(d))
		return d->a;

	const gsl_rng generator = rng_gsl(r);
	sim_time t;
	switch (d->kind) {
	case DIST_UNIFORM:
		/* Far from zero a double is coarser than a nanosecond, so a rounded draw could leave the bounds. */
		t = to_time(gsl_ran_flat(&generator, (double)d->a, (double)d->b));
		return t < d->a ? d->a : t > d->b ? d->b : t;
	case DIST_EXPONENTIAL:
		return to_time(gsl_ran_exponential(&generator, (double)d->a));
	case DIST_LOGNORMAL:
		return to_time(gsl_ran_lognormal(&generator, log((double)d->a), d->sigma));
	case DIST_CONSTANT:
		break;
	}
	return d->a;
}

sim_time dist_mean(const struct dist *d)
{
	switch (d->kind) {
	case DIST_UNIFORM:
		return d->a + (d->b - d->a) / 2;
	case DIST_LOGNORMAL:
		return is_constant(d) ? d->a : to_time((double)d->a * exp(d->sigma * d->sigma / 2));
	case DIST_CONSTANT:
	case DIST_EXPONENTIAL:
		break;
	}
	return d->a;
}

double dist_cdf(const struct dist *d, sim_time t)
{
	if (is_constant(d))
		return t >= d->a ? 1 : 0;
	switch (d->kind) {
	case DIST_UNIFORM:
		return gsl_cdf_flat_P((double)t, (double)d->a, (double)d->b);
	case DIST_EXPONENTIAL:
		return t <= 0 ? 0 : gsl_cdf_exponential_P((double)t, (double)d->a);
	case DIST_LOGNORMAL:
		return t <= 0 ? 0 : gsl_cdf_lognormal_P((double)t, log((double)d->a), d->sigma);
	case DIST_CONSTANT:
		break;
	}
	return 0;
}
