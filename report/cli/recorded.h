/* recorded.h - a run that the command line names: a recording, or a scenario that is simulated now. */
#ifndef REPORT_CLI_RECORDED_H
#define REPORT_CLI_RECORDED_H

#include "report/cli/cli.h"
#include "report/outcome.h"
#include "report/recording.h"

struct recorded {
	struct arena arena;
	struct recording recording;
	struct scenario scenario;
	struct run run;
	struct outcome outcome; /* finished */
	struct text notes;      /* of loading */
};

/* Whether path is a file that begins as a recording does. */
bool recorded_is(const char *path);

/* Reads the recording's head and loads its scenario. Mistakes go to standard error. Returns an exit code; the caller
 * releases in any case. */
int recorded_open(struct recorded *r, const char *path);

/* The same, and replays its facts; `series` as in outcome_init(). */
int recorded_load(struct recorded *r, const char *path, bool series);

/* Loads the scenario of one file or folder, with o's --set and --seed, and simulates it, facts kept. */
int recorded_simulate(struct recorded *r, const struct options *o, const char *path);

void recorded_release(struct recorded *r);

#endif
