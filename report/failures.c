/* failures.c - the worst of many failures, and sums over those of each process. */
#include "report/failures.h"

#include <inttypes.h>
#include <stdlib.h>

#include "models/policy.h"
#include "report/story.h"

/* How bad a failure was. */
struct badness {
	uint32_t row, lost;
	sim_time longest;
};

static int by_badness(const void *a, const void *b)
{
	const struct badness *x = a, *y = b;

	if (x->lost != y->lost)
		return x->lost > y->lost ? -1 : 1;
	if (x->longest != y->longest)
		return x->longest > y->longest ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static int by_row(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of every failure; its recoveries in one pass. */
static struct badness *weigh(const struct outcome *o, struct arena *a)
{
	struct badness *bad = ARENA_NEW(a, o->failures, struct badness);

	for (uint32_t i = 0; i < o->failures; i++)
		bad[i].row = i;
	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];

		if (r->failure >= o->failures)
			continue;
		bad[r->failure].lost++;
		if (r->leg[LEG_TOTAL] > bad[r->failure].longest) /* one that is not over lasts for ever */
			bad[r->failure].longest = r->leg[LEG_TOTAL];
	}
	return bad;
}

uint32_t failures_told(const struct outcome *o, uint32_t row[FAILURES_TOLD])
{
	struct arena a = {0};
	struct badness *bad;
	uint32_t struck = 0;

	for (uint32_t i = 0; i < o->failures; i++) {
		if (o->failure[i].struck && struck < FAILURES_TOLD)
			row[struck] = i;
		struck += o->failure[i].struck;
	}
	if (struck <= FAILURES_TOLD || o->scenario->source_count == 0)
		return struck < FAILURES_TOLD ? struck : FAILURES_TOLD;
	bad = weigh(o, &a);
	struck = 0;
	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck)
			bad[struck++] = bad[i];
	qsort(bad, struck, sizeof(*bad), by_badness);
	for (uint32_t i = 0; i < FAILURES_TOLD; i++)
		row[i] = bad[i].row;
	qsort(row, FAILURES_TOLD, sizeof(*row), by_row);
	arena_release(&a);
	return FAILURES_TOLD;
}

bool failures_about(const struct outcome *o, const uint32_t *row, uint32_t rows, sim_time at)
{
	sim_time last = SIM_NEVER;
	bool told = true;

	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck && o->failure[i].at <= at && (last == SIM_NEVER || o->failure[i].at > last)) {
			last = o->failure[i].at;
			told = false;
			for (uint32_t k = 0; k < rows; k++)
				told |= row[k] == i;
		}
	return told;
}

/* Sums over the failures of one process. */
struct sums {
	uint32_t struck, healed, lost, back;
	double down; /* seconds, of those that healed */
	sim_time longest;
};

static struct sums *add_up(const struct outcome *o, struct arena *a)
{
	struct sums *sum = ARENA_NEW(a, o->scenario->source_count, struct sums);

	for (uint32_t i = 0; i < o->failures; i++) {
		const struct outcome_failure *f = &o->failure[i];

		if (!f->struck || f->source == FACT_NONE)
			continue;
		sum[f->source].struck++;
		if (f->healed_at == SIM_NEVER)
			continue;
		sum[f->source].healed++;
		sum[f->source].down += time_seconds(f->healed_at - f->at);
	}
	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		const uint32_t source = r->failure < o->failures ? o->failure[r->failure].source : FACT_NONE;

		if (source == FACT_NONE || !outcome_is_replaced(o, r->pod))
			continue;
		sum[source].lost++;
		if (r->leg[LEG_TOTAL] == SIM_NEVER)
			continue;
		sum[source].back++;
		if (r->leg[LEG_TOTAL] > sum[source].longest)
			sum[source].longest = r->leg[LEG_TOTAL];
	}
	return sum;
}

void failures_summary(const struct outcome *o, struct text *t)
{
	const struct scenario *s = o->scenario;
	struct arena a = {0};
	const struct sums *sum = add_up(o, &a);
	char text[TIME_TEXT_MAX];
	struct text line;

	for (uint32_t i = 0; i < s->source_count; i++) {
		const struct failure_source *source = &s->source[i];
		const struct sums *x = &sum[i];

		text_init(&line, &a);
		text_printf(&line, "%s: %" PRIu32 " %s%s (%s) of %" PRIu32 " subject%s", outcome_name(o, source->id),
			    x->struck, source->process != NULL ? "failure" : "planned outage",
			    x->struck == 1 ? "" : "s", failure_kind_name((enum failure_kind)source->kind),
			    source->subject_count, source->subject_count == 1 ? "" : "s");
		if (source->process != NULL)
			text_printf(&line, "; %.3g were expected", source->expected);
		if (x->healed > 0)
			text_printf(&line, "; they lasted %s in the mean",
				    story_time(time_from_seconds(x->down / x->healed), text));
		if (x->lost > 0)
			text_printf(&line, "; %" PRIu32 " of %" PRIu32 " lost pods were back, the slowest after %s",
				    x->back, x->lost, x->back > 0 ? story_time(x->longest, text) : "-");
		text_add(&line, ".");
		story_wrap(t, line.data, 0);
	}
	arena_release(&a);
}
