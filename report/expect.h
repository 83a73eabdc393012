/* expect.h - judges the scenario's expectations by the numbers of a run. */
#ifndef REPORT_EXPECT_H
#define REPORT_EXPECT_H

#include "report/outcome.h"

/* Fills o->verdict, one for each expectation; o must be finished otherwise. */
void expect_judge(struct outcome *o);

/* An expectation's value as a reader wants it: "5m57s" for durations, else a plain number. */
#define EXPECT_TEXT_MAX 64
const char *expect_value_text(const struct expectation *e, double value, char buffer[EXPECT_TEXT_MAX]);

#endif
