/* watch.h - the screen of nodefall watch: a run to look at, go through and break by hand. */
#ifndef REPORT_WATCH_WATCH_H
#define REPORT_WATCH_WATCH_H

#include "models/scenario.h"
#include "sim/fact.h"
#include "sim/text.h"

struct terminal;

struct watch_setup {
	/* Loads the scenario with further overrides (--set) after those of the command line; mistakes into errors.
	 * Returns an exit code. */
	int (*load)(void *context, struct scenario *s, const char *const *set, uint32_t sets, struct text *errors);
	void *context;
	bool has_seed;
	uint64_t seed;
	sim_time at; /* where to begin; SIM_NEVER: at 0, running */
	bool paused;
	const struct facts *recorded; /* of a recording, or NULL */
	const volatile int *stop;     /* ends the loop when not 0 */
};

/* Runs the screen in t until the user quits. Afterwards, what was done by hand is appended to `by_hand` as YAML, if
 * anything was. Returns an exit code. Mistakes in the input go to errors. */
int watch_run(const struct watch_setup *setup, struct terminal *t, struct text *by_hand, struct text *errors);

#endif
