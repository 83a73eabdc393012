/* factor.c - lists and ranges of values. */
#include "report/factor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"
#include "sim/time.h"

#define EVENLY 5
#define NAME_MAX_LENGTH 30

enum unit { UNIT_NONE, UNIT_PERCENT, UNIT_TIME };

/* A number with its unit: 3, 50%, 1m30s. */
static bool read_number(const char *text, double *value, enum unit *unit)
{
	char *end;
	sim_time t;

	*value = strtod(text, &end);
	if (end != text && isfinite(*value) && (*end == '\0' || strcmp(end, "%") == 0)) {
		*unit = *end == '%' ? UNIT_PERCENT : UNIT_NONE;
		*value = *end == '%' ? *value / 100 : *value;
		return strpbrk(text, "xXnN") == NULL;
	}
	if (!time_parse(text, &t))
		return false;
	*unit = UNIT_TIME;
	*value = time_seconds(t);
	return true;
}

static const char *print_number(struct arena *a, double value, enum unit unit)
{
	char text[TIME_TEXT_MAX];

	if (unit == UNIT_TIME)
		return text_format(a, "%s", time_print(time_from_seconds(value), text));
	/* Twelve digits: 0.1 + 0.2 is 0.3. */
	return text_format(a, unit == UNIT_PERCENT ? "%.12g%%" : "%.12g", unit == UNIT_PERCENT ? value * 100 : value);
}

static const char *add_level(struct factor *f, struct arena *a, const char *text)
{
	for (uint32_t i = 0; i < f->levels; i++)
		if (strcmp(f->level[i], text) == 0)
			return text_format(a, "the value \"%s\" stands twice", text);
	if (f->levels == FACTOR_LEVELS_MAX)
		return text_format(a, "more than %d values", FACTOR_LEVELS_MAX);
	f->level[f->levels++] = text;
	return NULL;
}

/* Values at commas that are outside of brackets and quotes. */
static const char *read_list(struct factor *f, struct arena *a, const char *text)
{
	const char *from = text, *wrong = NULL;
	int depth = 0;
	char quote = 0;

	for (const char *p = text; wrong == NULL; p++) {
		if (*p == '\0' || (*p == ',' && depth <= 0 && quote == 0)) {
			if (p == from)
				return "a value is missing";
			wrong = add_level(f, a, arena_text(a, from, (size_t)(p - from)));
			from = p + 1;
			if (*p == '\0')
				break;
		} else if (quote != 0) {
			quote = *p == quote ? 0 : quote;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else {
			depth += strchr("([{", *p) != NULL;
			depth -= strchr(")]}", *p) != NULL;
		}
	}
	return wrong;
}

struct range {
	double low, high, step; /* step 0: evenly spaced */
	bool ratio;
	enum unit unit;
};

static const char *read_step(struct range *r, const char *text)
{
	enum unit unit;

	r->ratio = text[0] == 'x';
	if (r->ratio) {
		if (!read_number(text + 1, &r->step, &unit) || unit != UNIT_NONE || !(r->step > 1) || !(r->low > 0))
			return "a ratio is a number above 1, such as x2, and the range begins above 0";
		return NULL;
	}
	if (!read_number(text, &r->step, &unit) || !(r->step > 0))
		return "the step is no number or duration above 0";
	return unit == r->unit ? NULL : "the step has another unit than the range";
}

/* Whether text is lo..hi or lo..hi..step; *wrong says what is wrong with one. */
static bool read_range(struct range *r, struct arena *a, const char *text, const char **wrong)
{
	const char *dots = strstr(text, "..");
	enum unit unit;

	if (dots == NULL || strchr(text, ',') != NULL)
		return false;
	const char *more = strstr(dots + 2, "..");
	const size_t length = more != NULL ? (size_t)(more - dots) - 2 : strlen(dots + 2);
	if (!read_number(arena_text(a, text, (size_t)(dots - text)), &r->low, &r->unit))
		return false;
	if (!read_number(arena_text(a, dots + 2, length), &r->high, &unit))
		*wrong = "the end of the range is no number or duration";
	else if (unit != r->unit)
		*wrong = r->low == 0 && r->unit == UNIT_NONE ? "write the beginning with its unit too, such as 0s or 0%"
							     : "both ends of a range need the same unit";
	else if (!(r->high > r->low))
		*wrong = "the range does not rise";
	else
		*wrong = more != NULL ? read_step(r, more + 2) : NULL;
	return true;
}

static const char *fill_range(struct factor *f, struct arena *a, const struct range *r)
{
	const bool whole = r->unit == UNIT_NONE && r->low == floor(r->low) && r->high == floor(r->high);
	const double slack = 1e-9 * fabs(r->high);
	const char *wrong = NULL;

	if (r->step == 0) {
		for (int i = 0; i < EVENLY && wrong == NULL; i++) {
			const double x = r->low + (r->high - r->low) * i / (EVENLY - 1);
			const char *text = print_number(a, whole ? round(x) : x, r->unit);
			if (f->levels == 0 || strcmp(f->level[f->levels - 1], text) != 0)
				wrong = add_level(f, a, text);
		}
		return wrong;
	}
	for (uint32_t i = 0; wrong == NULL; i++) {
		const double x = r->ratio ? r->low * pow(r->step, i) : r->low + r->step * i;
		if (x > r->high + slack)
			break;
		wrong = add_level(f, a, print_number(a, x, r->unit));
	}
	return wrong;
}

/* Levels that are all numbers of one unit can be drawn on an axis. */
static void find_numbers(struct factor *f, struct arena *a)
{
	f->number = ARENA_NEW(a, f->levels, double);
	f->is_number = true;
	for (uint32_t i = 0; i < f->levels && f->is_number; i++) {
		enum unit unit = UNIT_NONE;
		f->is_number =
			read_number(f->level[i], &f->number[i], &unit) &&
			(i == 0 || (f->is_time == (unit == UNIT_TIME) && f->is_percent == (unit == UNIT_PERCENT)));
		f->is_time = unit == UNIT_TIME;
		f->is_percent = unit == UNIT_PERCENT;
	}
}

const char *factor_read(struct factor *f, struct arena *a, const char *text)
{
	const char *equals = strchr(text, '='), *wrong = NULL;
	struct range r = {0};

	if (equals == NULL || equals == text || equals[1] == '\0')
		return text_format(a, "\"%s\" is not of the form key=value,value or key=lo..hi..step", text);
	*f = (struct factor){.key = arena_text(a, text, (size_t)(equals - text)),
			     .level = ARENA_NEW(a, FACTOR_LEVELS_MAX, const char *)};
	if (strcmp(f->key, "seed") == 0)
		return "the seed is what replications vary (--runs)";
	if (!read_range(&r, a, equals + 1, &wrong))
		wrong = read_list(f, a, equals + 1);
	else if (wrong == NULL)
		wrong = fill_range(f, a, &r);
	if (wrong == NULL)
		find_numbers(f, a);
	return wrong == NULL ? NULL : text_format(a, "%s: %s", f->key, wrong);
}

bool factor_has_numbers(const struct factor *f)
{
	for (uint32_t i = 0; i < f->levels && strcmp(f->key, "file") != 0; i++)
		if (strlen(f->level[i]) > NAME_MAX_LENGTH)
			return true;
	return false;
}

uint32_t factor_combinations(const struct factor *factor, uint32_t factors)
{
	uint32_t all = 1;

	for (uint32_t f = 0; f < factors && all <= CANDIDATES_MAX; f++)
		all *= factor[f].levels;
	return all > CANDIDATES_MAX ? CANDIDATES_MAX + 1 : all;
}

uint32_t factor_level(const struct factor *factor, uint32_t factors, uint32_t f, uint32_t i)
{
	for (uint32_t k = factors; --k > f;)
		i /= factor[k].levels;
	return i % factor[f].levels;
}
