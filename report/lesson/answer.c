/* answer.c - the small language of a lesson's answers: read with its mistakes, and evaluated over a run. */
#include "report/lesson/answer.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/expect.h"
#include "report/experiment.h"
#include "report/lesson/words.h"

#define WORD_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:%"
#define KNOWN_MAX 256

enum term_kind { TERM_CONSTANT, TERM_METRIC, TERM_FIRST, TERM_LAST, TERM_COUNT };

struct term {
	struct term *next;
	double sign; /* 1 or -1 */
	uint8_t kind;
	uint8_t unit;              /* enum answer_kind */
	double constant;           /* TERM_CONSTANT */
	const char *metric;        /* TERM_METRIC */
	const char *subject;       /* of the metric: a service's or workload's name; NULL: none */
	struct fact_filter filter; /* TERM_FIRST and on */
};

struct answer {
	struct term *term;
	uint8_t kind, compare; /* compare: 0, or one of < > l g = */
	struct term *with;     /* the other side of a comparison */
};

struct reader {
	struct arena *arena;
	struct diag *diag;
	struct mark at;
	const struct scenario *scenario;
	const char *rest;
	bool failed;
};

enum answer_kind answer_kind(const struct answer *x)
{
	return (enum answer_kind)x->kind;
}

static void skip(struct reader *r)
{
	while (isspace((unsigned char)*r->rest))
		r->rest++;
}

static void wrong(struct reader *r, const char *text)
{
	if (!r->failed)
		diag_error(r->diag, r->at, "%s", text);
	r->failed = true;
}

static char *word(struct reader *r)
{
	const size_t length = strspn(r->rest, WORD_CHARACTERS);
	char *w = arena_text(r->arena, r->rest, length);

	r->rest += length;
	skip(r);
	return w;
}

static bool take(struct reader *r, char c)
{
	if (*r->rest != c)
		return false;
	r->rest++;
	skip(r);
	return true;
}

/* ---- terms ---- */

static void metric_unknown(struct reader *r, const char *name)
{
	const char *known[KNOWN_MAX];
	uint32_t count = 0;

	wrong(r, text_format(r->arena, "\"%s\" is neither a metric, a fact's first(), last() or count(), nor a value",
			     name));
	while (count < KNOWN_MAX && (known[count] = expect_metric_name(count)) != NULL)
		count++;
	diag_suggest(r->diag, name, known, count);
}

static enum answer_kind metric_kind(const char *name)
{
	if (strcmp(metric_unit(name), "s") == 0)
		return ANSWER_TIME;
	return strcmp(name, "availability") == 0 ? ANSWER_SHARE : ANSWER_NUMBER;
}

static bool takes_service(const char *metric)
{
	return strcmp(metric, "availability") == 0 || strcmp(metric, "lost_pod_seconds") == 0;
}

/* Recoveries can be those of one workload. */
static bool takes_workload(const char *metric)
{
	return strncmp(metric, "recover", 7) == 0 || strncmp(metric, "detection", 9) == 0;
}

/* The id is that of the scenario at hand: with a knob turned, names may have others. */
static uint32_t subject_id(const struct term *t, const struct scenario *s)
{
	if (t->subject == NULL)
		return 0;
	return takes_service(t->metric) ? words_service(s, t->subject) : words_workload(s, t->subject);
}

static void read_subject(struct reader *r, struct term *t)
{
	const char *name = word(r);

	if (!take(r, ')')) {
		wrong(r, text_format(r->arena, "a ) is missing after %s(%s", t->metric, name));
		return;
	}
	const bool service = takes_service(t->metric);
	if (!service && !takes_workload(t->metric))
		wrong(r, text_format(r->arena, "%s is of the whole run, not of \"%s\"", t->metric, name));
	t->subject = name;
	if (r->failed || subject_id(t, r->scenario) != 0)
		return;
	wrong(r, text_format(r->arena, "no %s is called \"%s\"", service ? "service" : "workload", name));
	words_suggest(r->diag, r->scenario, service ? WORDS_SERVICE : WORDS_WORKLOAD, name);
}

static void read_metric(struct reader *r, struct term *t, const char *name)
{
	for (uint32_t i = 0; expect_metric_name(i) != NULL; i++)
		if (strcmp(expect_metric_name(i), name) == 0)
			t->metric = expect_metric_name(i);
	if (t->metric == NULL) {
		metric_unknown(r, name);
		return;
	}
	t->kind = TERM_METRIC;
	t->unit = metric_kind(name);
	if (take(r, '('))
		read_subject(r, t);
}

static void read_fact(struct reader *r, struct term *t, const char *how)
{
	t->kind = strcmp(how, "first") == 0 ? TERM_FIRST : strcmp(how, "last") == 0 ? TERM_LAST : TERM_COUNT;
	t->unit = t->kind == TERM_COUNT ? ANSWER_NUMBER : ANSWER_TIME;
	const char *kind = word(r);
	const char *why = words_fact(&t->filter, r->diag, r->at, kind);
	r->failed |= why != NULL;
	while (!r->failed && *r->rest != ')' && *r->rest != '\0') {
		const char *column = word(r);
		if (column[0] == '\0' || !take(r, '=')) {
			wrong(r, text_format(r->arena, "expected conditions such as node=NAME, or a ), at \"%s\"",
					     r->rest));
			return;
		}
		const char *value = word(r);
		r->failed |= !words_condition(&t->filter, r->arena, r->diag, r->at, r->scenario, column, value);
	}
	if (!r->failed && !take(r, ')'))
		wrong(r, text_format(r->arena, "a ) is missing after %s(%s", how, kind));
}

/* "50s", "99%", "3" */
static bool read_constant(struct term *t, const char *text)
{
	sim_time time;
	char *end;
	const double value = strtod(text, &end);

	t->kind = TERM_CONSTANT;
	if (end != text && (*end == '\0' || strcmp(end, "%") == 0)) {
		t->unit = *end == '\0' ? ANSWER_NUMBER : ANSWER_SHARE;
		t->constant = *end == '\0' ? value : value / 100;
		return true;
	}
	t->unit = ANSWER_TIME;
	if (!time_parse(text, &time))
		return false;
	t->constant = time_seconds(time);
	return true;
}

static struct term *read_term(struct reader *r, double sign)
{
	struct term *t = ARENA_NEW(r->arena, 1, struct term);
	const char *w = word(r);

	t->sign = sign;
	if (w[0] == '\0') {
		wrong(r, r->rest[0] != '\0' ? text_format(r->arena, "expected a metric or a fact at \"%s\"", r->rest)
					    : "expected a metric or a fact at the end of the answer");
	} else if ((strcmp(w, "first") == 0 || strcmp(w, "last") == 0 || strcmp(w, "count") == 0) && take(r, '(')) {
		read_fact(r, t, w);
	} else if (!isdigit((unsigned char)w[0]) || !read_constant(t, w)) {
		read_metric(r, t, w);
	}
	return t;
}

/* Terms with + and -; all of one unit. The difference of two instants is a time as well. */
static struct term *read_sum(struct reader *r)
{
	struct term *first = read_term(r, 1), *last = first;

	while (!r->failed && (*r->rest == '+' || *r->rest == '-')) {
		const double sign = take(r, '+') ? 1 : -1;
		if (sign < 0)
			take(r, '-');
		last = last->next = read_term(r, sign);
		if (!r->failed && last->unit != first->unit)
			wrong(r, "times, shares and numbers are not added to each other");
	}
	return first;
}

static uint8_t read_compare(struct reader *r)
{
	static const struct {
		const char *text;
		uint8_t how;
	} known[] = {{"<=", 'l'}, {">=", 'g'}, {"==", '='}, {"<", '<'}, {">", '>'}, {"=", '='}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const size_t length = strlen(known[i].text);
		if (strncmp(r->rest, known[i].text, length) != 0)
			continue;
		r->rest += length;
		skip(r);
		return known[i].how;
	}
	return 0;
}

struct answer *answer_parse(struct arena *a, struct diag *d, struct mark at, const struct scenario *s, const char *text)
{
	struct reader r = {a, d, at, s, text, false};
	struct answer *x = ARENA_NEW(a, 1, struct answer);

	skip(&r);
	x->term = read_sum(&r);
	x->kind = x->term->unit;
	x->compare = r.failed ? 0 : read_compare(&r);
	if (x->compare != 0) {
		x->with = read_sum(&r);
		if (!r.failed && x->with->unit != x->term->unit)
			wrong(&r, "both sides of a comparison must be times, shares or numbers");
		x->kind = ANSWER_YES_NO;
	}
	if (!r.failed && *r.rest != '\0')
		wrong(&r, text_format(a, "expected the end of the answer, + or - at \"%s\"", r.rest));
	return r.failed ? NULL : x;
}

/* ---- values ---- */

/* One walk over the facts. */
struct walk {
	const struct outcome *o;
	const struct fact_filter *filter;
	bool settled;
	double count, first, last;
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct walk *w = state;

	for (size_t i = 0; i < count; i++) {
		if (facts[i].kind == FACT_SETTLED)
			w->settled = true;
		if (!w->settled || !words_match(w->filter, w->o, &facts[i]))
			continue;
		w->last = time_seconds(facts[i].at);
		if (w->count++ == 0)
			w->first = w->last;
	}
}

static double term_value(const struct term *t, const struct outcome *o)
{
	struct walk w = {.o = o, .filter = &t->filter, .first = (double)INFINITY, .last = (double)INFINITY};

	if (t->kind == TERM_CONSTANT)
		return t->constant;
	if (t->kind == TERM_METRIC) {
		const struct measured m = expect_measure(o, t->metric, subject_id(t, o->scenario));
		return m.censored > 0 ? (double)INFINITY : m.value;
	}
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &w});
	return t->kind == TERM_COUNT ? w.count : t->kind == TERM_FIRST ? w.first : w.last;
}

static double sum_value(const struct term *t, const struct outcome *o)
{
	double sum = 0;

	for (; t != NULL; t = t->next)
		sum += t->sign * term_value(t, o);
	return sum;
}

double answer_value(const struct answer *x, const struct outcome *o)
{
	const double value = sum_value(x->term, o);

	if (x->compare == 0 || isnan(value))
		return value;
	return expect_compare(value, x->compare, sum_value(x->with, o));
}
