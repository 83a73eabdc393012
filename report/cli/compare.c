/* compare.c - nodefall compare and nodefall sweep: candidates against the same failures. */
#include "report/cli/candidates.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report/charts_experiment.h"
#include "report/cli/terminal.h"
#include "report/ranks.h"

/* How often a progress line is drawn anew. */
#define PROGRESS_EVERY_MS 200

struct progress {
	bool drawn;
	int64_t last_ms;
};

static void see_progress(void *context, uint64_t finished, uint64_t all)
{
	struct progress *p = context;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	const int64_t ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (ms - p->last_ms < PROGRESS_EVERY_MS)
		return;
	p->drawn |= p->last_ms != 0; /* nothing is drawn for work that ends at once */
	p->last_ms = ms;
	if (p->drawn)
		fprintf(stderr, "\r\033[K%" PRIu64 " of %" PRIu64 " runs", finished, all);
}

/* This rank's journal: FILE of the first, FILE.1 and so on of the others. */
static const char *journal_path(const struct options *o, uint32_t rank)
{
	return rank == 0 ? o->journal : text_format(o->arena, "%s.%" PRIu32, o->journal, rank);
}

/* Journals of ranks that there were and are no more. */
static const char *read_left_over(const struct experiment *e, const struct options *o, struct text *lines,
				  bool *bad_input)
{
	const char *wrong = NULL;

	for (uint32_t r = ranks_count(); wrong == NULL && ranks_number() == 0 && o->resume; r++) {
		struct journal_lines more;
		struct journal j;
		if (access(journal_path(o, r), F_OK) != 0)
			break;
		wrong = journal_open(&j, e->arena, journal_path(o, r), experiment_identity(e), true, &more, bad_input);
		for (uint32_t i = 0; wrong == NULL && i < more.count; i++)
			text_printf(lines, "%s\n", more.line[i]);
		journal_close(&j);
	}
	return wrong;
}

/* Opens the journals; what all of them know is in `known` on every rank. Returns an exit code. */
static int open_journals(const struct experiment *e, const struct options *o, struct journal *j,
			 struct journal_lines *known)
{
	struct journal_lines mine;
	struct text lines, all;
	bool bad_input = false;
	const char *wrong = journal_open(j, e->arena, journal_path(o, ranks_number()), experiment_identity(e),
					 o->resume, &mine, &bad_input);

	text_init(&lines, e->arena);
	text_init(&all, e->arena);
	for (uint32_t i = 0; wrong == NULL && i < mine.count; i++)
		text_printf(&lines, "%s\n", mine.line[i]);
	if (wrong == NULL)
		wrong = read_left_over(e, o, &lines, &bad_input);
	if (wrong != NULL)
		fprintf(stderr, "nodefall %s: %s\n", e->command, wrong);
	if (ranks_any(wrong != NULL))
		return bad_input ? EXIT_INPUT : EXIT_FILE;
	ranks_share(&lines, &all);
	for (char *line = all.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		ARENA_RESERVE(e->arena, known->line, known->capacity, known->count + 1, const char *);
		known->line[known->count++] = line;
	}
	return 0;
}

static int write_outputs(const struct options *o, const struct findings *f)
{
	int code = 0;

	for (uint32_t i = 0; i < o->findings; i++) {
		struct arena scratch = {0};
		struct text out;
		const bool for_people = o->finding[i].path == NULL && o->finding[i].write == experiment_text;
		if (for_people)
			cli_text(&out, &scratch);
		else
			text_init(&out, &scratch);
		o->finding[i].write(f, &out);
		const int wrong = for_people ? cli_print(&out) : cli_write(&out, o->finding[i].path);
		code = wrong != 0 ? wrong : code;
		arena_release(&scratch);
	}
	return code;
}

static int report(struct experiment *e, const struct options *o)
{
	struct findings f;
	struct text notes;
	int code;

	findings_make(&f, e);
	code = write_outputs(o, &f);
	if (o->charts == NULL || e->runs == 0)
		return code;
	text_init(&notes, e->arena);
	const char *wrong = charts_experiment(&f, o->charts, e->arena, &notes);
	fputs(notes.data, stderr);
	if (wrong != NULL)
		fprintf(stderr, "nodefall: %s\n", wrong);
	return wrong != NULL ? EXIT_FILE : code;
}

static int simulate(struct experiment *e, const struct options *o)
{
	struct progress progress = {0};
	bool bad_input = false;
	struct journal journal = {.file = -1};
	struct journal_lines known = {0};
	struct experiment_work w = {.threads = o->threads,
				    .stop = cli_stop(),
				    .journal = o->journal != NULL ? &journal : NULL,
				    .known = &known,
				    .context = &progress};

	if (!o->quiet && terminal_obeys(STDERR_FILENO) && ranks_number() == 0)
		w.progress = see_progress;
	int code = o->journal != NULL ? open_journals(e, o, &journal, &known) : 0;
	if (code != 0) {
		journal_close(&journal);
		return code;
	}
	cli_catch_signals();
	const char *wrong = experiment_run(e, &w, &bad_input);
	if (!journal_close(&journal) && wrong == NULL) {
		wrong = "cannot write the journal";
		bad_input = false;
	}
	if (progress.drawn)
		fputs("\r\033[K", stderr);
	if (wrong != NULL) {
		if (ranks_number() == 0)
			fprintf(stderr, "nodefall %s: %s\n", e->command, wrong);
		return bad_input ? EXIT_INPUT : EXIT_FILE;
	}
	code = ranks_number() == 0 ? report(e, o) : 0;
	return e->interrupted ? EXIT_INTERRUPTED : code;
}

static bool notes_are_printed(const struct options *o)
{
	for (uint32_t i = 0; i < o->findings; i++)
		if (o->finding[i].path == NULL && o->finding[i].write == experiment_text)
			return true;
	return false;
}

static int experiment(const struct options *o, const char *command, bool is_sweep)
{
	struct experiment e = {
		.arena = o->arena, .command = command, .is_sweep = is_sweep, .input = 14695981039346656037u};
	struct options chosen = *o;
	struct text notes;

	text_init(&notes, o->arena);
	for (size_t i = 0; o->findings == 0 && findings_formats[i].name != NULL; i++)
		if (strcmp(findings_formats[i].name, "text") == 0) {
			chosen.finding = ARENA_NEW(o->arena, 1, struct findings_output);
			chosen.finding[chosen.findings++] = findings_formats[i];
		}
	if (o->resume && o->journal == NULL) {
		fprintf(stderr, "nodefall %s: --resume needs --journal FILE\n", command);
		return EXIT_MISUSE;
	}
	if (ranks_wrong() != NULL) {
		fprintf(stderr, "nodefall %s: %s\n", command, ranks_wrong());
		return EXIT_MISUSE;
	}
	int code = candidates_load(&e, &chosen, &notes);
	e.notes = o->quiet ? "" : notes.data;
	if ((code != 0 || !notes_are_printed(&chosen)) && ranks_number() == 0)
		fputs(e.notes, stderr);
	if (code == 0)
		code = simulate(&e, &chosen);
	experiment_release(&e);
	return code;
}

int cli_compare(const struct options *o)
{
	return experiment(o, "compare", false);
}

int cli_sweep(const struct options *o)
{
	return experiment(o, "sweep", true);
}
