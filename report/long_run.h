/* long_run.h - one long run as a sample: its warm-up cut off, and means with intervals by batch means. */
#ifndef REPORT_LONG_RUN_H
#define REPORT_LONG_RUN_H

#include "report/outcome.h"
#include "sim/steady.h"

enum long_series { LONG_LOAD, LONG_UNEVENNESS, LONG_NOT_READY, LONG_RECOVERY, LONG_SERIES };

/* One quantity over a run. */
struct long_row {
	const char *name, *what; /* "cpu_requested"; in words */
	bool has_series;         /* long enough: else nothing below holds */
	struct warmup warmup;    /* of values; without a settled end nothing is cut */
	uint32_t values;         /* before the cut */
	struct batch_means means;
};

/*
 * Fills the rows from a finished outcome with its series. The load's rows and the pods that are not Ready are means
 * over 120 equal parts of the measured time; recoveries are those that were over, in the order in which their failures
 * struck (the cut is then in recoveries).
 */
void long_run_rows(const struct outcome *o, struct long_row row[LONG_SERIES]);

void table_long_run(const struct outcome *o, struct text *out);

#endif
