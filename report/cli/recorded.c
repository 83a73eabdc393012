/* recorded.c - loads a recording, or simulates a scenario in its place. */
#include "report/cli/recorded.h"

#include <stdio.h>

#include "models/world.h"

bool recorded_is(const char *path)
{
	char begin[32];
	bool is = false;

	if (!file_is_plain(path))
		return false;
	FILE *f = fopen(path, "rbe");
	if (f != NULL) {
		const size_t n = fread(begin, 1, sizeof(begin), f);
		is = recording_is(begin, n);
		fclose(f);
	}
	return is;
}

static int complain(const char *wrong, int code)
{
	fprintf(stderr, "nodefall: %s\n", wrong);
	return code;
}

static int load_scenario(struct recorded *r)
{
	const struct recording *rec = &r->recording;
	struct text errors;
	struct diag d;

	diag_init(&d, &r->arena);
	const int code = scenario_load_files(&r->scenario, &rec->files, rec->set, rec->sets, &d);
	text_init(&errors, &r->arena);
	diag_print_errors(&d, &errors);
	diag_print_notes(&d, &r->notes);
	fputs(errors.data, stderr);
	if (code != 0)
		return complain(text_format(&r->arena, "%s: this nodefall cannot read the scenario in it", rec->name),
				code);
	scenario_explain_pod(&r->scenario, rec->explain);
	return 0;
}

int recorded_open(struct recorded *r, const char *path)
{
	struct file_set set = {0};

	text_init(&r->notes, &r->arena);
	const char *wrong = file_add(&r->arena, &set, path);
	if (wrong != NULL || set.count != 1)
		return complain(wrong != NULL ? wrong : "a folder is no recording", EXIT_FILE);
	wrong = recording_read(&r->recording, &r->arena, path, set.file[0].bytes, set.file[0].length);
	return wrong != NULL ? complain(wrong, EXIT_INPUT) : load_scenario(r);
}

struct folding {
	struct recorded *recorded;
	bool series;
};

static void subscribe(struct run *run, void *context)
{
	const struct folding *f = context;
	struct recorded *r = f->recorded;

	outcome_init(&r->outcome, &r->arena, &r->scenario, run, f->series);
	facts_subscribe(&run->facts, outcome_reader(&r->outcome));
}

int recorded_load(struct recorded *r, const char *path, bool series)
{
	struct folding f = {r, series};
	const int code = recorded_open(r, path);

	if (code != 0)
		return code;
	const char *wrong = recording_replay(&r->recording, &r->scenario, &r->run, &r->arena, subscribe, &f);
	if (wrong != NULL)
		return complain(wrong, EXIT_INPUT);
	outcome_finish(&r->outcome, r->recording.interrupted);
	return 0;
}

int recorded_simulate(struct recorded *r, const struct options *o, const char *path)
{
	struct options one = *o;
	struct folding f = {r, false};

	one.operand = &path;
	one.operands = 1;
	text_init(&r->notes, &r->arena);
	const int code = cli_load(&r->scenario, &one, &r->notes);
	if (code != 0)
		return code;
	cli_catch_signals();
	const bool whole = world_run(&r->run, &r->scenario, o->has_seed ? o->seed : r->scenario.seed, 0, true,
				     subscribe, &f, cli_stop());
	outcome_finish(&r->outcome, !whole);
	return whole ? 0 : EXIT_INTERRUPTED;
}

void recorded_release(struct recorded *r)
{
	run_release(&r->run);
	scenario_release(&r->scenario);
	arena_release(&r->arena);
}
