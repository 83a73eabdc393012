/* attempts.h - what run --explain NAME recorded: each attempt to schedule a pod. */
#ifndef REPORT_ATTEMPTS_H
#define REPORT_ATTEMPTS_H

#include "report/outcome.h"

/* Appends a heading and a table for each attempt; says so when there was none. Nothing without --explain. Needs the
 * facts of the run. */
void attempts_print(const struct outcome *o, struct text *out);

#endif
