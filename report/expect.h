/* expect.h - judges the scenario's expectations by the numbers of a run. */
#ifndef REPORT_EXPECT_H
#define REPORT_EXPECT_H

#include "report/outcome.h"

/* Fills o->verdict, one for each expectation; o must be finished otherwise. */
void expect_judge(struct outcome *o);

/* Whether value is `how` with: '<', '>', 'l' (<=), 'g' (>=), else equal to a billionth. False where value is NaN. */
bool expect_compare(double value, uint8_t how, double with);

/* The names of all metrics, in the order of the table; NULL after the last. */
const char *expect_metric_name(uint32_t i);

/*
 * A metric of a finished outcome, as an observation for statistics. subject: name id of a service or workload, 0 for
 * none. Of `censored` recoveries only the beginning was seen: each counts with the time from its failure to the end of
 * the run, so that the value is at least as large as said. NaN where there is no value.
 */
struct measured {
	double value;
	uint32_t censored;
};
struct measured expect_measure(const struct outcome *o, const char *metric, uint32_t subject);

/* An expectation's value as a reader wants it: "5m57s" for durations, else a plain number. */
#define EXPECT_TEXT_MAX 64
const char *expect_value_text(const struct expectation *e, double value, char buffer[EXPECT_TEXT_MAX]);

#endif
