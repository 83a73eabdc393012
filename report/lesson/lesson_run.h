/* lesson_run.h - a run whose facts are kept, for stories and answers; and the scenario with a knob turned. */
#ifndef REPORT_LESSON_LESSON_RUN_H
#define REPORT_LESSON_LESSON_RUN_H

#include "report/lesson/lesson.h"

struct lesson_run {
	struct arena arena;
	struct run run;
	struct outcome outcome;
};

/* Simulates s. Returns false when interrupted by stop (which may be NULL); to be released in any case. */
bool lesson_run(struct lesson_run *x, const struct scenario *s, uint64_t seed, const volatile int *stop);
void lesson_run_release(struct lesson_run *x);

/* Loads the scenario of input once more with set ("KEY=VALUE") after its own. As scenario_load(). */
int lesson_turn(struct scenario *turned, const struct scenario_input *input, const char *set, struct diag *d);

#endif
