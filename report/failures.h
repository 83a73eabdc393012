/* failures.h - many failures in few lines: which of them are told one by one, and what is said of them all. */
#ifndef REPORT_FAILURES_H
#define REPORT_FAILURES_H

#include "report/outcome.h"

/* Failures that are told one by one. */
#define FAILURES_TOLD 5

/*
 * Writes the rows of those that are: all, in their order, when no more than FAILURES_TOLD have struck; else the worst,
 * by pods that were lost, then by the longest recovery, in order of time. Returns how many.
 */
uint32_t failures_told(const struct outcome *o, uint32_t row[FAILURES_TOLD]);

/* One line for each process: how many failures, how many were expected, what they cost. Nothing without processes. */
void failures_summary(const struct outcome *o, struct text *t);

/* Whether an instant belongs to a failure that is told: none struck before, or the last one that did is one of rows. */
bool failures_about(const struct outcome *o, const uint32_t *row, uint32_t rows, sim_time at);

#endif
