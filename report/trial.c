/* trial.c - from an outcome to a few numbers, and those as text and back. */
#include "report/trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/expect.h"

/* What a line can say: 31 years. */
#define QUEUE_WAIT_MAX (INT64_C(1000000000000000000) - 1)

/* The leg in which a recovery was when the run ended: the one after the last that was walked. */
static enum leg present_leg(const struct recovery *r)
{
	enum leg present = LEG_DETECTION;

	for (int l = 0; l < LEG_TOTAL; l++)
		if (r->leg[l] != SIM_NEVER)
			present = (enum leg)(l + 1);
	return present < LEG_TOTAL ? present : LEG_READINESS;
}

static int by_number(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

/* Equal buckets become one with a count. */
static void take_leg(struct trial_leg *leg, int32_t *bucket, uint32_t count, struct arena *a)
{
	qsort(bucket, count, sizeof(bucket[0]), by_number);
	leg->bucket = ARENA_NEW(a, count, struct trial_bucket);
	for (uint32_t i = 0; i < count; i++) {
		if (leg->buckets == 0 || leg->bucket[leg->buckets - 1].bucket != bucket[i])
			leg->bucket[leg->buckets++].bucket = bucket[i];
		leg->bucket[leg->buckets - 1].count++;
	}
}

static void take_legs(struct trial *t, const struct outcome *o, struct arena *a)
{
	int32_t *bucket = ARENA_NEW(a, o->recoveries, int32_t);
	struct sketch rule;

	sketch_init(&rule, a, TRIAL_ERROR);
	for (int l = 0; l < LEGS; l++) {
		uint32_t count = 0;
		for (uint32_t i = 0; i < o->recoveries; i++) {
			const struct recovery *r = &o->recovery[i];
			if (!outcome_is_replaced(o, r->pod))
				continue;
			if (r->leg[l] != SIM_NEVER)
				bucket[count++] = sketch_bucket(&rule, time_seconds(r->leg[l]));
			else if (r->leg[LEG_TOTAL] == SIM_NEVER)
				t->leg[l].unended += l == LEG_TOTAL || present_leg(r) == (enum leg)l;
		}
		take_leg(&t->leg[l], bucket, count, a);
	}
	t->unfinished = t->leg[LEG_TOTAL].unended;
	for (uint32_t i = 0; i < o->recoveries; i++)
		t->recoveries += outcome_is_replaced(o, o->recovery[i].pod);
}

static void take_series(struct trial *t, const struct outcome *o)
{
	double mean[LOAD_SERIES], cv[LOAD_SERIES];

	t->has_series = load_series(o, mean, cv);
	for (int i = 0; i < LOAD_SERIES; i++) {
		t->mean[i] = (int32_t)lround(fmin(mean[i], 1000) / TRIAL_SERIES_UNIT);
		t->cv[i] = (int32_t)lround(fmin(cv[i], 1000) / TRIAL_SERIES_UNIT);
	}
}

void trial_take(struct trial *t, const struct outcome *o, const struct trial_metric *metric, uint32_t metrics,
		struct arena *a)
{
	t->replication = o->run->replication;
	t->digest = o->run->facts.digest;
	for (uint32_t i = 0; i < o->failures; i++)
		t->failures += o->failure[i].struck;
	for (uint32_t i = 0; i < o->plane.clients; i++) {
		const struct outcome_client *c = &o->plane.client[i];
		const sim_time wait = c->requests > 0 ? c->waited / c->requests : 0;
		if (wait > t->queue_wait)
			t->queue_wait = wait < QUEUE_WAIT_MAX ? wait : QUEUE_WAIT_MAX;
	}
	for (uint32_t i = 0; i < metrics; i++) {
		const uint32_t subject = names_find(&o->scenario->names, metric[i].subject);
		const struct measured m = expect_measure(o, metric[i].name, subject);
		t->value[i] = m.value;
		t->censored[i] = m.censored;
	}
	take_legs(t, o, a);
	take_series(t, o);
}

void trial_print(const struct trial *t, uint32_t metrics, struct text *out)
{
	text_printf(out, "%" PRIu32 " %" PRIu32 " %016" PRIx64 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRId64,
		    t->candidate, t->replication, t->digest, t->recoveries, t->unfinished, t->failures, t->queue_wait);
	for (uint32_t i = 0; i < metrics; i++)
		text_printf(out, " %a %" PRIu32, t->value[i], t->censored[i]);
	for (int l = 0; l < LEGS; l++) {
		text_printf(out, " %" PRIu32 " %" PRIu32, t->leg[l].unended, t->leg[l].buckets);
		for (uint32_t i = 0; i < t->leg[l].buckets; i++)
			text_printf(out, " %" PRId32 " %" PRIu32, t->leg[l].bucket[i].bucket,
				    t->leg[l].bucket[i].count);
	}
	text_printf(out, " %d", t->has_series);
	for (int i = 0; t->has_series && i < LOAD_SERIES; i++)
		text_printf(out, " %" PRId32 " %" PRId32, t->mean[i], t->cv[i]);
}

/* A line while it is read; ok becomes false at the first thing that does not belong there. */
struct cursor {
	const char *at;
	bool ok;
};

/* By hand, as a line has some 300 of them: up to 18 digits, so that nothing overflows. */
static int64_t take_whole(struct cursor *c, int64_t low, int64_t high)
{
	const char *p = c->at + (*c->at == '-'), *digits = p;
	int64_t value = 0;

	for (; *p >= '0' && *p <= '9' && p - digits < 18; p++)
		value = value * 10 + (*p - '0');
	value = *c->at == '-' ? -value : value;
	c->ok = c->ok && p != digits && (*p == ' ' || *p == '\0') && value >= low && value <= high;
	if (!c->ok)
		return low;
	c->at = *p == ' ' ? p + 1 : p;
	return value;
}

static double take_real(struct cursor *c)
{
	char *end;
	const double value = strtod(c->at, &end);

	c->ok = c->ok && end != c->at && (*end == ' ' || *end == '\0');
	if (c->ok)
		c->at = *end == ' ' ? end + 1 : end;
	return c->ok ? value : 0;
}

static uint64_t take_digest(struct cursor *c)
{
	char *end;
	const unsigned long long value = strtoull(c->at, &end, 16);

	c->ok = c->ok && end == c->at + 16 && *end == ' ';
	if (c->ok)
		c->at = end + 1;
	return value;
}

static void read_leg(struct trial_leg *leg, struct cursor *c, struct arena *a)
{
	leg->unended = (uint32_t)take_whole(c, 0, UINT32_MAX);
	leg->buckets = (uint32_t)take_whole(c, 0, UINT32_MAX);
	/* Each takes four bytes at least: no line asks for more memory than it is long. */
	if (c->ok && leg->buckets > strlen(c->at) / 4 + 1)
		c->ok = false;
	if (!c->ok)
		return;
	leg->bucket = ARENA_NEW(a, leg->buckets, struct trial_bucket);
	for (uint32_t i = 0; i < leg->buckets; i++) {
		const int64_t bucket = take_whole(c, INT32_MIN, 100000);
		c->ok = c->ok && (bucket == SKETCH_ZERO || bucket > -100000);
		leg->bucket[i].bucket = (int32_t)bucket;
		leg->bucket[i].count = (uint32_t)take_whole(c, 1, UINT32_MAX);
	}
}

bool trial_read_place(const char *line, uint32_t *candidate, uint32_t *replication)
{
	struct cursor c = {line, true};

	*candidate = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	*replication = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	return c.ok;
}

bool trial_read(struct trial *t, uint32_t metrics, const char *line, struct arena *a)
{
	struct cursor c = {line, true};

	*t = (struct trial){.candidate = (uint32_t)take_whole(&c, 0, UINT32_MAX)};
	t->replication = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	t->digest = take_digest(&c);
	t->recoveries = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	t->unfinished = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	t->failures = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	t->queue_wait = take_whole(&c, 0, QUEUE_WAIT_MAX);
	for (uint32_t i = 0; i < metrics; i++) {
		t->value[i] = take_real(&c);
		t->censored[i] = (uint32_t)take_whole(&c, 0, UINT32_MAX);
	}
	for (int l = 0; l < LEGS; l++)
		read_leg(&t->leg[l], &c, a);
	t->has_series = take_whole(&c, 0, 1) != 0;
	for (int i = 0; t->has_series && i < LOAD_SERIES; i++) {
		t->mean[i] = (int32_t)take_whole(&c, INT32_MIN, INT32_MAX);
		t->cv[i] = (int32_t)take_whole(&c, INT32_MIN, INT32_MAX);
	}
	return c.ok && *c.at == '\0';
}
