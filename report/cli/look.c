/* look.c - runs a cluster to the instant that get, describe and exec look at. */
#include "report/cli/look.h"

#include <stdio.h>
#include <string.h>

#include "models/inspect.h"
#include "models/world.h"

struct work {
	const struct scenario *scenario;
	struct outcome outcome;
	struct arena arena;
};

static void subscribe(struct run *r, void *context)
{
	struct work *w = context;

	outcome_init(&w->outcome, &w->arena, w->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(&w->outcome));
}

/* Output first, as on a terminal where both are shown; errors are told apart by their stream. */
static int print(const struct kubectl *k, bool for_people, int code)
{
	const int wrong = k->out->length == 0 ? 0 : for_people ? cli_print(k->out) : cli_write(k->out, NULL);

	fputs(k->errors->data, stderr);
	return wrong != 0 ? wrong : code;
}

/* What another program reads, or another program's tool prints on a machine, is never folded. */
static bool is_for_people(const struct options *o, const char *command)
{
	return strcmp(command, "exec") != 0 && (o->look == NULL || strcmp(o->look, "wide") == 0);
}

static int run_to(const struct options *o, const struct scenario *s, sim_time at, bool for_people,
		  int (*use)(const struct options *o, const struct kubectl *k))
{
	struct work w = {.scenario = s};
	struct run run;
	struct text out, errors;
	int code = EXIT_INTERRUPTED;

	cli_catch_signals();
	struct world *world = world_at(&run, s, o->has_seed ? o->seed : s->seed, at, subscribe, &w, cli_stop());
	if (world != NULL) {
		const struct look look = inspect_look(world);
		const struct kubectl k = {&look, &w.outcome, o->arena, &out, &errors};

		outcome_finish(&w.outcome, false);
		cli_text(&out, o->arena);
		text_init(&errors, o->arena);
		code = print(&k, for_people, use(o, &k));
	}
	run_release(&run);
	arena_release(&w.arena);
	return code;
}

static int too_late(const struct options *o, const struct scenario *s, const char *command)
{
	char at[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	fprintf(stderr, "nodefall %s: --at %s is after the end of the run, %s; --set duration=%s makes it longer\n",
		command, time_print(o->at, at), time_print(s->duration, end), at);
	return EXIT_MISUSE;
}

int look_at(const struct options *o, const char *command, int (*use)(const struct options *o, const struct kubectl *k))
{
	struct options files = *o;
	struct scenario s = {0};
	struct text notes;

	if (o->files == 0) {
		fprintf(stderr, "nodefall %s: which cluster? give its files with -f FILE\n", command);
		return EXIT_MISUSE;
	}
	files.operand = o->file;
	files.operands = o->files;
	text_init(&notes, o->arena);
	int code = cli_load(&s, &files, &notes);
	if (!o->quiet)
		fputs(notes.data, stderr);
	if (code == 0 && o->at != SIM_NEVER && o->at > s.duration)
		code = too_late(o, &s, command);
	else if (code == 0)
		code = run_to(o, &s, o->at != SIM_NEVER ? o->at : s.duration, is_for_people(o, command), use);
	scenario_release(&s);
	return code;
}

static const char *read_output(const struct options *o, enum kubectl_output *out)
{
	static const char *const name[] = {"", "wide", "name", "json", "yaml"};

	for (int i = 0; i < 5; i++) {
		if (o->look != NULL && strcmp(o->look, name[i]) != 0)
			continue;
		*out = (enum kubectl_output)i;
		return NULL;
	}
	return text_format(o->arena, "no output format \"%s\"; there are wide, name, json and yaml", o->look);
}

const char *look_query(const struct options *o, struct kubectl_query *query)
{
	const char *wrong = o->selector != NULL ? label_query_parse(&query->labels, o->arena, o->selector) : NULL;

	query->namespace = o->all_namespaces ? NULL : o->namespace != NULL ? o->namespace : "default";
	query->truth = o->truth;
	return wrong != NULL ? wrong : read_output(o, &query->output);
}
