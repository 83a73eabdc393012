/* load_series.h - requested cpu over time as a row of means, for pictures with bands and for the end of the warm-up. */
#ifndef REPORT_LOAD_SERIES_H
#define REPORT_LOAD_SERIES_H

#include "report/outcome.h"

/* Parts of equal length of the measured period. */
#define LOAD_SERIES 120

/* For each part the mean over time of the members' requested cpu (share of allocatable), and of its coefficient of
 * variation over the members. Returns false when there is no time or no node. */
bool load_series(const struct outcome *o, double mean[LOAD_SERIES], double cv[LOAD_SERIES]);

#endif
