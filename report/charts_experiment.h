/* charts_experiment.h - pictures of an experiment, drawn by gnuplot from files that stay beside them. */
#ifndef REPORT_CHARTS_EXPERIMENT_H
#define REPORT_CHARTS_EXPERIMENT_H

#include "report/charts.h"
#include "report/finding.h"

/*
 * Writes intervals, recovery-cdf and imbalance of compare, sweep of sweep, each as .gp, .dat, .png and .svg, into the
 * folder dir, made if missing. Notes and errors as charts_write(). A candidate has one colour in all of them.
 */
const char *charts_experiment(const struct findings *f, const char *dir, struct arena *a, struct text *notes);

/* For report/chart_*.c; as those of charts.h. */
bool chart_intervals(struct chart *c, const struct findings *f);
bool chart_recovery_cdf(struct chart *c, const struct findings *f);
bool chart_imbalance(struct chart *c, const struct findings *f);
bool chart_sweep(struct chart *c, const struct findings *f);

/* Colour and dash of a candidate or of a curve. */
const char *chart_colour_of(uint32_t i);
int chart_dash_of(uint32_t i);

/* Curves of more are not told apart: the first so many are drawn. */
#define CHART_CURVES_MAX 14

#endif
