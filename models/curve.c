/* curve.c - reads and evaluates what containers use over time. */
#include "models/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "models/quantity.h"
#include "sim/words.h"

#define POINTS_MAX 100000
/* A wave is looked at so often in a swing when it is asked when it passes a level. */
#define LOOKS 64
/* Larger amounts are refused, as sums of them would lose bytes (2^53). */
#define AMOUNT_LARGEST 9e15

/* ---- reading ---- */

static bool take_amount(const char **text, bool milli, double *out)
{
	char word[WORD_MAX];
	struct quantity q;

	if (!words_take(text, word) || quantity_parse(word, &q) != NULL)
		return false;
	*out = (double)q.nano / (milli ? 1e6 : 1e9);
	return *out >= 0 && *out <= AMOUNT_LARGEST;
}

static const char *add_point(struct arena *a, struct curve *c, uint32_t *capacity, struct curve_point p)
{
	if (c->count > 0 && p.at <= c->point[c->count - 1].at)
		return "times must ascend";
	if (c->count == POINTS_MAX)
		return "more than 100000 points";
	ARENA_RESERVE(a, c->point, *capacity, c->count + 1, struct curve_point);
	c->point[c->count++] = p;
	return NULL;
}

static const char *parse_steps(struct arena *a, const char **text, bool milli, struct curve *c)
{
	uint32_t capacity = 0;
	const char *wrong;

	c->kind = CURVE_STEPS;
	do {
		struct curve_point p;

		if (!words_take_time(text, &p.at) || !take_amount(text, milli, &p.value))
			return "steps are written steps(0s 100Mi, 5m 300Mi)";
		wrong = add_point(a, c, &capacity, p);
		if (wrong != NULL)
			return wrong;
	} while (words_take_mark(text, ','));
	return NULL;
}

static const char *parse_between(const char **text, bool milli, bool walk, struct curve *c)
{
	bool fine = take_amount(text, milli, &c->low) && words_take_mark(text, ',') &&
		    take_amount(text, milli, &c->high) && words_take_mark(text, ',');

	c->kind = walk ? CURVE_WALK : CURVE_WAVE;
	c->by_clock = !walk;
	fine = fine && (!walk || (take_amount(text, milli, &c->step) && words_take_mark(text, ',')));
	if (!fine || !words_take_time(text, &c->period))
		return walk ? "a walk is written walk(100Mi, 300Mi, 10Mi, 30s): low, high, step, every"
			    : "a wave is written wave(100Mi, 300Mi, 10m): low, high, period";
	if (c->low > c->high)
		return "low is above high";
	return c->period >= SECONDS(1) ? NULL : "the period must be 1s at least";
}

const char *curve_parse(struct arena *a, const char *text, bool milli, struct curve *out)
{
	struct curve c = {0};
	const char *rest = text, *wrong = NULL;
	char word[WORD_MAX];

	if (take_amount(&rest, milli, &c.low)) {
		c.high = c.low;
	} else {
		rest = text;
		if (!words_take(&rest, word) || !words_take_mark(&rest, '('))
			return "neither an amount nor steps(...), at(...), wave(...), walk(...) or file(...)";
		if (!strcmp(word, "steps") || !strcmp(word, "at"))
			wrong = parse_steps(a, &rest, milli, &c);
		else if (!strcmp(word, "wave") || !strcmp(word, "walk"))
			wrong = parse_between(&rest, milli, !strcmp(word, "walk"), &c);
		else
			return "only steps(...), at(...), wave(...), walk(...) and file(...) are known";
		c.by_clock |= !strcmp(word, "at");
		if (wrong == NULL && !words_take_mark(&rest, ')'))
			wrong = "a closing parenthesis is missing";
	}
	if (wrong == NULL && *rest != '\0')
		wrong = "something follows the amount";
	if (wrong == NULL)
		*out = c;
	return wrong;
}

/* One line of samples; *used tells whether it held one. */
static const char *parse_sample(const char *text, bool milli, struct curve_point *p, bool first, bool *used)
{
	char word[WORD_MAX], *end;
	const char *rest = words_skip(text);

	*used = *rest != '\0' && *rest != '#' && *rest != '\r' && *rest != '\n';
	if (!*used)
		return NULL;
	if (first && strpbrk(rest, "0123456789") == NULL) {
		*used = false; /* a heading */
		return NULL;
	}
	if (!words_take(&rest, word))
		return "a line is written SECONDS,AMOUNT";
	double seconds = strtod(word, &end);
	if (*end != '\0' || !(seconds >= 0 && seconds <= 3e9) || !words_take_mark(&rest, ',') ||
	    !take_amount(&rest, milli, &p->value))
		return "a line is written SECONDS,AMOUNT";
	p->at = time_from_seconds(seconds);
	return *rest == '\0' || *rest == '\r' ? NULL : "something follows the amount";
}

const char *curve_parse_samples(struct arena *a, const char *text, bool milli, struct curve *out, uint32_t *line)
{
	struct curve c = {.kind = CURVE_STEPS, .by_clock = true};
	uint32_t capacity = 0;
	char copy[4 * WORD_MAX];

	*line = 0;
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");
		struct curve_point p;
		const char *wrong;
		bool used;

		++*line;
		if (length >= sizeof(copy))
			return "the line is too long";
		memcpy(copy, text, length);
		copy[length] = '\0';
		wrong = parse_sample(copy, milli, &p, c.count == 0, &used);
		if (wrong == NULL && used)
			wrong = add_point(a, &c, &capacity, p);
		if (wrong != NULL)
			return wrong;
		text += length + (text[length] == '\n');
	}
	if (c.count == 0)
		return "there are no samples";
	*out = c;
	return NULL;
}

/* ---- evaluating ---- */

/* Of the last point at or before `age`; before the first one its value holds. */
static uint32_t step_at(const struct curve *c, sim_time age)
{
	uint32_t low = 0, high = c->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (c->point[middle].at <= age)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static double wave_at(const struct curve *c, sim_time age)
{
	double turn = fmod((double)age / (double)c->period, 1.0);

	return c->low + (c->high - c->low) * 0.5 * (1 - cos(2 * M_PI * turn));
}

/* The walk after its next step: normal, reflected at its bounds. */
static void walk_on(const struct curve *c, struct curve_state *s, const struct rng *r)
{
	double width = c->high - c->low, u = rng_unit_at(r, s->steps), moved;

	if (s->steps++ == 0)
		s->value = c->low + width / 2;
	moved = s->value - c->low + gsl_cdf_ugaussian_Pinv(u > 0 ? u : 1e-17) * c->step;
	if (width <= 0)
		return;
	moved = fabs(fmod(moved, 2 * width));
	s->value = c->low + (moved > width ? 2 * width - moved : moved);
}

static double walk_at(const struct curve *c, sim_time age, struct curve_state *s, const struct rng *r)
{
	uint64_t steps = (uint64_t)(age / c->period);

	while (s->steps < steps)
		walk_on(c, s, r);
	return s->steps == 0 ? (c->low + c->high) / 2 : s->value;
}

double curve_at(const struct curve *c, sim_time age, struct curve_state *state, const struct rng *r)
{
	switch ((enum curve_kind)c->kind) {
	case CURVE_CONSTANT:
		return c->low + c->growth * time_seconds(age);
	case CURVE_STEPS:
		return c->point[step_at(c, age)].value;
	case CURVE_WAVE:
		return wave_at(c, age);
	case CURVE_WALK:
		return walk_at(c, age, state, r);
	}
	return 0;
}

double curve_most(const struct curve *c, sim_time until)
{
	double most = c->kind == CURVE_CONSTANT ? c->low + c->growth * time_seconds(until) : c->high;

	for (uint32_t i = 0; i < c->count; i++)
		most = c->point[i].value > most ? c->point[i].value : most;
	return most;
}

bool curve_is_constant(const struct curve *c)
{
	return (c->kind == CURVE_CONSTANT && c->growth == 0) || (c->kind == CURVE_STEPS && c->count == 1);
}

/* ---- when a level is passed ---- */

static sim_time constant_passes(const struct curve *c, sim_time age, sim_time until, double level)
{
	double seconds;

	if (c->low + c->growth * time_seconds(age) > level)
		return age;
	if (c->growth <= 0)
		return SIM_NEVER;
	seconds = (level - c->low) / c->growth;
	if (seconds >= time_seconds(until))
		return SIM_NEVER;
	return time_from_seconds(seconds) + 1;
}

static sim_time steps_pass(const struct curve *c, sim_time age, sim_time until, double level)
{
	uint32_t i = step_at(c, age);

	if (c->point[i].value > level)
		return age;
	for (i++; i < c->count && c->point[i].at <= until; i++)
		if (c->point[i].value > level)
			return c->point[i].at > age ? c->point[i].at : age;
	return SIM_NEVER;
}

static sim_time moves_pass(const struct curve *c, sim_time age, sim_time until, double level, struct curve_state state,
			   const struct rng *r)
{
	bool walk = c->kind == CURVE_WALK;
	sim_time step = walk ? c->period : c->period / LOOKS;
	sim_time end = !walk && until - age > c->period ? age + c->period : until;

	if (c->high <= level)
		return SIM_NEVER;
	for (sim_time at = age; at <= end; at = walk ? (at / step + 1) * step : at + step)
		if (curve_at(c, at, &state, r) > level)
			return at;
	return SIM_NEVER;
}

sim_time curve_passes(const struct curve *c, sim_time age, sim_time until, double level, struct curve_state state,
		      const struct rng *r)
{
	if (c->kind == CURVE_CONSTANT)
		return constant_passes(c, age, until, level);
	if (c->kind == CURVE_STEPS)
		return steps_pass(c, age, until, level);
	return moves_pass(c, age, until, level, state, r);
}
