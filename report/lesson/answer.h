/*
 * answer.h - what a lesson asks for, computed from a run: sums and differences of metrics and of facts.
 *
 *     detection_max                                      a metric of the expectations, or availability(web)
 *     first(node-ready node=worker-1 flag=Unknown) - first(failure-struck)
 *     count(pod-deleted owner=web) > 0                   yes or no
 *
 * first(), last() and count() look at the facts (models/facts.def) after the initial state that fit all conditions:
 * node=NAME, pod=NAME, owner=NAME (of a workload), object=NAME or number, flag=WORD or number, a=, b=, c=NUMBER,
 * after=TIME, before=TIME. first() and last() are times of the run; never where no fact fits.
 */
#ifndef REPORT_LESSON_ANSWER_H
#define REPORT_LESSON_ANSWER_H

#include "report/outcome.h"
#include "sim/diag.h"

enum answer_kind { ANSWER_TIME, ANSWER_SHARE, ANSWER_NUMBER, ANSWER_YES_NO };

struct answer;

/* Parses text, which stands at `at`, against the names in s; memory comes from a. NULL after reporting a mistake. */
struct answer *answer_parse(struct arena *a, struct diag *d, struct mark at, const struct scenario *s,
			    const char *text);

enum answer_kind answer_kind(const struct answer *x);

/*
 * Its value in a finished outcome whose facts were kept: seconds, a share 0..1, a number, or 0 and 1 for no and yes.
 * Infinity: never (a recovery that was not over, a fact that did not happen). NaN: there is no such value in this run.
 */
double answer_value(const struct answer *x, const struct outcome *o);

#endif
