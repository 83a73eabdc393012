/* difference.h - where two runs part ways, and what their numbers come to. */
#ifndef REPORT_DIFFERENCE_H
#define REPORT_DIFFERENCE_H

#include "report/outcome.h"

/* Two finished outcomes with all facts, and what to call them. */
/* Two runs that have ended, with their facts, and what to call them. */
struct two_runs {
	const struct outcome *of[2];
	const char *name[2];
};

/* Prints the first fact in which the two differ, in words, and their metrics side by side. Facts are compared by
 * meaning: names rather than rows, so that scenarios whose objects are numbered differently can be the same run.
 * Returns whether they differ. Work memory from a. */
bool difference_print(const struct two_runs *d, struct arena *a, struct text *out);

#endif
