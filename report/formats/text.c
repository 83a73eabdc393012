/* text.c - for people: the answer first, then the story, the tables, the doubts, and how to get the same again. */
#include "report/format.h"

#include <inttypes.h>
#include <string.h>

#include "report/answer.h"
#include "report/attempts.h"
#include "report/expect.h"
#include "report/failures.h"
#include "report/long_run.h"
#include "report/runs.h"
#include "report/story.h"
#include "report/tables.h"
#include "report/version.h"

static void expectations(const struct outcome *o, struct text *t)
{
	char value[EXPECT_TEXT_MAX];

	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		const struct expectation *e = &o->scenario->expectation[i];
		const struct verdict *v = &o->verdict[i];
		const uint32_t held = o->runs != NULL ? runs_held(o->runs, i) : 0;
		const bool all = v->held && (o->runs == NULL || held == o->runs->done);
		text_printf(t, "%-6s  %s: %s", all ? "held" : "FAILED", outcome_name(o, e->text),
			    v->has_value ? expect_value_text(e, v->value, value) : v->why);
		if (o->runs != NULL)
			text_printf(t, " in the first run; held in %" PRIu32 " of %" PRIu32, held, o->runs->done);
		text_add(t, "\n");
	}
	if (o->scenario->expectation_count > 0)
		text_add(t, "\n");
}

static void answer(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};
	struct text sentence;
	char text[TIME_TEXT_MAX];
	uint32_t struck = 0, row[FAILURES_TOLD];
	const uint32_t told = failures_told(o, row);

	if (o->interrupted)
		text_printf(t, "INTERRUPTED at %s of simulated time; what follows is what was computed so far.\n\n",
			    story_time(o->end, text));
	expectations(o, t);
	failures_summary(o, t);
	for (uint32_t i = 0; i < o->failures; i++)
		struck += o->failure[i].struck;
	for (uint32_t i = 0; i < told; i++) {
		text_init(&sentence, &scratch);
		answer_failure(o, row[i], &sentence);
		story_wrap(t, sentence.data, 0);
	}
	arena_release(&scratch);
	if (struck > told)
		text_printf(t, "(%" PRIu32 " more failures%s)\n", struck - told,
			    o->scenario->source_count > 0 ? ", none worse" : "");
	if (struck == 0)
		text_printf(t, "Nothing failed in %s.\n", story_time(o->end, text));
	if (o->fleet.changed)
		text_printf(t, "Nodes: %d at the end, %d to %d in between, %.1f in the mean.\n", (int)o->fleet.now,
			    (int)o->fleet.least, (int)o->fleet.most, o->fleet.mean);
	if (o->fleet.usd > 0)
		text_printf(t, "The machines cost %.2f USD%s.\n", o->fleet.usd,
			    o->fleet.unpriced ? ", without those whose price is not known" : "");
	if (o->arrivals > 0)
		text_printf(t, "%" PRIu32 " Jobs arrived, %" PRIu32 " were refused; %" PRIu32 " pods completed.\n",
			    o->arrivals, o->arrivals_refused, o->completed);
	if (o->unschedulable > 0)
		text_printf(t, "%" PRIu32 " pod%s fit%s on no node at the end.\n", o->unschedulable,
			    o->unschedulable == 1 ? "" : "s", o->unschedulable == 1 ? "s" : "");
}

static void doubts(const struct outcome *o, struct text *t)
{
	struct guess guess[GUESSES_MAX];
	const uint32_t count = answer_guesses(o, guess);
	char text[DIST_TEXT_MAX];
	size_t column = 0;

	text_add(t, "\nNOTES\n");
	text_add(t, o->notes);
	text_add(t, "Upstream does not say how long these take; unless set, they are guesses:\n ");
	for (uint32_t i = 0; i < count; i++) {
		dist_print(guess[i].dist, text);
		const size_t width = strlen(guess[i].name) + strlen(text) + 3;
		if (column + width > 98) {
			text_add(t, "\n ");
			column = 0;
		}
		column += width;
		text_printf(t, " %s %s%s", guess[i].name, text, i + 1 < count ? "," : "\n");
	}
	for (uint32_t i = 0; i < o->scenario->profile_count; i++)
		if (o->scenario->profile[i].guess != NULL) {
			struct text line;

			text_init(&line, t->arena);
			text_printf(&line, "Of the failure profile %s is a guess: %s.",
				    outcome_name(o, o->scenario->profile[i].name), o->scenario->profile[i].guess);
			story_wrap(t, line.data, 2);
		}
	if (o->scenario->request_count > 0)
		text_add(t,
			 "Requests see queues in their steady state between changes; backlogs, and service times not "
			 "given, are guesses.\n");
	if (o->scenario->registry.present)
		text_add(t, "Bandwidths, latency and unpacking of the registry are guesses, and so are sizes and "
			    "layers of images\n"
			    "that nobody gives, and the share of the disks that the system uses.\n");
	if (o->scenario->runtime != 0)
		text_printf(t,
			    "The steps of %s are those of data/runtimes.csv: sandbox, network and stop are guesses.\n",
			    outcome_name(o, o->scenario->runtime));
}

static void write(const struct outcome *o, struct text *t)
{
	answer(o, t);
	text_add(t, "\nWHAT HAPPENED (time, and since the last failure)\n");
	story_print(o, t);
	table_recoveries(o, t);
	table_waterfall(o, t);
	table_load(o, t);
	table_services(o, t);
	table_requests(o, t);
	table_control_plane(o, t);
	if (o->long_run)
		table_long_run(o, t);
	table_runs(o, t);
	attempts_print(o, t);
	doubts(o, t);
	text_printf(t, "\n%s: seed %" PRIu64 ", kubernetes 1.%d, digest %016" PRIx64 ", nodefall %s\n",
		    outcome_name(o, o->scenario->name), o->run->seed, o->scenario->kubernetes, o->run->facts.digest,
		    NODEFALL_VERSION);
}

const struct format format_text = {
	.name = "text",
	.summary = "for people: the answer, the story, the tables",
	.needs_facts = true,
	.has_notes = true,
	.write = write,
};
