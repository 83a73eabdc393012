/* run.c - nodefall run: loads, simulates one or many replications, and reports. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "models/world.h"
#include "report/charts.h"
#include "report/cli/terminal.h"
#include "report/format.h"
#include "report/recording.h"
#include "report/runs.h"
#include "sim/batch.h"

/* How often a progress line is drawn anew. */
#define PROGRESS_EVERY_MS 200

struct progress {
	bool shown; /* standard error is a terminal that obeys, and not --quiet */
	bool drawn;
	int64_t last_ms;
	uint32_t runs;
	sim_time duration;
};

/* The replication that is reported in full, and what the others come to. */
struct work {
	const struct options *options;
	const struct scenario *scenario;
	uint64_t seed;
	bool keep_facts, keep_series;
	struct arena arena; /* of the first outcome */
	struct run run;
	struct outcome outcome;
	bool first_done;
	struct runs runs;
	struct progress progress;
};

struct fold {
	struct work *work;
	struct arena *arena;
	struct outcome *outcome;
	bool first;
};

static bool due(struct progress *p)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (!p->shown || ms - p->last_ms < PROGRESS_EVERY_MS)
		return false;
	p->drawn |= p->last_ms != 0; /* nothing is drawn for work that ends at once */
	p->last_ms = ms;
	return p->drawn;
}

static void see_progress(void *state, const struct fact *facts, size_t count)
{
	struct progress *p = state;
	char at[TIME_TEXT_MAX], all[TIME_TEXT_MAX];

	if (due(p))
		fprintf(stderr, "\r\033[Ksimulated %s of %s",
			time_print(facts[count - 1].at / SECONDS(1) * SECONDS(1), at), time_print(p->duration, all));
}

static void runs_progress(void *context, uint32_t finished)
{
	struct progress *p = &((struct work *)context)->progress;

	if (due(p))
		fprintf(stderr, "\r\033[K%" PRIu32 " of %" PRIu32 " runs", finished, p->runs);
}

static void end_progress(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
}

static void subscribe(struct run *r, void *context)
{
	struct fold *f = context;
	struct work *w = f->work;

	outcome_init(f->outcome, f->arena, w->scenario, r, f->first && w->keep_series);
	facts_subscribe(&r->facts, outcome_reader(f->outcome));
	if (f->first && w->runs.count <= 1)
		facts_subscribe(&r->facts, (struct fact_reader){see_progress, &w->progress});
}

/* One replication. The first is kept; of the others only numbers remain. */
static void job(void *context, uint32_t i)
{
	struct work *w = context;
	struct arena arena = {0};
	struct run run = {0};
	struct outcome outcome;
	struct fold f = {w, &arena, &outcome, i == 0};

	if (f.first) {
		f.arena = &w->arena;
		f.outcome = &w->outcome;
	}
	struct run *r = f.first ? &w->run : &run;
	const bool ended = world_run(r, w->scenario, w->seed, i, f.first && w->keep_facts, subscribe, &f, cli_stop());
	outcome_finish(f.outcome, !ended);
	if (w->runs.count > 1)
		runs_take(&w->runs, i, f.outcome);
	if (f.first) {
		w->first_done = true;
		return;
	}
	run_release(&run);
	arena_release(&arena);
}

static bool notes_are_printed(const struct options *o)
{
	for (uint32_t i = 0; i < o->outputs; i++)
		if (o->output[i].path == NULL && o->output[i].format->has_notes)
			return true;
	return false;
}

static int write_outputs(const struct options *o, const struct outcome *outcome)
{
	int code = 0;

	for (uint32_t i = 0; i < o->outputs; i++) {
		struct arena scratch = {0};
		struct text out;
		const bool for_people = o->output[i].path == NULL && o->output[i].format->has_notes;
		if (for_people)
			cli_text(&out, &scratch);
		else
			text_init(&out, &scratch);
		o->output[i].format->write(outcome, &out);
		const int wrong = for_people ? cli_print(&out) : cli_write(&out, o->output[i].path);
		code = wrong != 0 ? wrong : code;
		arena_release(&scratch);
	}
	return code;
}

static int write_charts(const struct options *o, const struct outcome *outcome)
{
	struct text notes;

	text_init(&notes, o->arena);
	const char *wrong = charts_write(outcome, o->charts, o->arena, &notes);
	fputs(notes.data, stderr);
	if (wrong != NULL)
		fprintf(stderr, "nodefall: %s\n", wrong);
	return wrong != NULL ? EXIT_FILE : 0;
}

int cli_outcome(const struct options *o, struct outcome *outcome, const char *notes)
{
	outcome->notes = notes;
	outcome->long_run = o->long_run;
	if (!o->quiet && !notes_are_printed(o))
		fputs(notes, stderr);
	int code = write_outputs(o, outcome);
	if (o->charts != NULL) {
		const int wrong = write_charts(o, outcome);
		code = wrong != 0 ? wrong : code;
	}
	return code != 0 ? code : outcome_held(outcome) ? EXIT_HELD : EXIT_NOT_HELD;
}

static int record(const struct options *o, const struct work *w)
{
	struct arena scratch = {0};
	struct text out;

	text_init(&out, &scratch);
	recording_write(&w->run, w->scenario, o->set, o->sets, o->explain, w->outcome.interrupted, &out);
	const int code = cli_write(&out, o->record);
	arena_release(&scratch);
	return code;
}

static int report(struct work *w, const char *notes)
{
	const struct options *o = w->options;

	if (w->runs.count > 1) {
		runs_summarise(&w->runs);
		w->outcome.runs = &w->runs;
	}
	const int wrong = o->record != NULL ? record(o, w) : 0;
	const int code = cli_outcome(o, &w->outcome, notes);
	if (*cli_stop() != 0)
		return EXIT_INTERRUPTED;
	return wrong != 0 ? wrong : code;
}

static int simulate(const struct options *o, const struct scenario *s, const char *notes)
{
	struct work w = {.options = o, .scenario = s, .seed = o->has_seed ? o->seed : s->seed};
	int code = EXIT_INTERRUPTED;
	bool list = false;

	w.progress = (struct progress){
		.shown = !o->quiet && terminal_obeys(STDERR_FILENO), .runs = o->runs, .duration = s->duration};
	w.keep_series = o->charts != NULL || o->long_run;
	w.keep_facts = o->record != NULL;
	for (uint32_t i = 0; i < o->outputs; i++) {
		w.keep_facts |= o->output[i].format->needs_facts;
		w.keep_series |= o->output[i].format->needs_series;
		list |= o->output[i].format->lists_runs;
	}
	if (o->runs > 1)
		runs_init(&w.runs, o->arena, o->runs, list);
	cli_catch_signals();
	batch_run(job, &w, o->runs, o->threads, runs_progress, cli_stop());
	end_progress(&w.progress);
	if (w.first_done) {
		code = report(&w, notes);
		run_release(&w.run);
	}
	if (o->runs > 1)
		runs_release(&w.runs);
	arena_release(&w.arena);
	return code;
}

struct options cli_outputs(const struct options *o)
{
	struct options chosen = *o;

	if (o->outputs == 0) {
		chosen.output = ARENA_NEW(o->arena, 1, struct output);
		chosen.output[0] = (struct output){format_find("text"), NULL};
		chosen.outputs = 1;
	}
	return chosen;
}

int cli_run(const struct options *o)
{
	struct scenario s = {0};
	struct text notes;

	if (o->operands == 0 || (o->record != NULL && o->runs > 1)) {
		fputs(o->operands == 0
			      ? "nodefall run: name at least one file or folder\n"
			      : "nodefall run: a recording holds one run; --record and --runs do not go together\n",
		      stderr);
		return EXIT_MISUSE;
	}
	const struct options chosen = cli_outputs(o);
	text_init(&notes, o->arena);
	int code = cli_load(&s, &chosen, &notes);
	if (code == 0)
		scenario_explain_pod(&s, o->explain);
	if (code == 0)
		code = simulate(&chosen, &s, notes.data);
	else if (!o->quiet)
		fputs(notes.data, stderr);
	scenario_release(&s);
	return code;
}
