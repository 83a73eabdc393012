/* cause_reason.h - why a step of a chain of causes took as long as it did. */
#ifndef REPORT_CAUSE_REASON_H
#define REPORT_CAUSE_REASON_H

#include "report/causes.h"

/*
 * Names the timer or constant behind the leg of e, whose cause was told at `since`, with its value in this run: "the
 * node lifecycle controller waits for nodeMonitorGracePeriod (50s) ...". Returns false, adding nothing, for a leg that
 * took less than a second, or as long as the machines and the API server were busy. Keys are those of `nodefall explain
 * KEY`, which tells defaults and sources.
 */
bool cause_reason(const struct outcome *o, const struct cause *e, sim_time since, struct text *out);

#endif
