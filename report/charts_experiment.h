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

/* "recovery_mean, s" */
const char *chart_metric_label(const struct chart *c, const struct trial_metric *m);

/* Colour, dash and filled or open point of a candidate or of a curve. */
const char *chart_colour_of(uint32_t i);
int chart_dash_of(uint32_t i);
int chart_point_of(uint32_t i);

/* A legend at the foot of the picture, in rows of four: label[i] in its colour; and its height in pixels. */
void chart_legend(struct chart *c, const char *const *label, uint32_t count);
int chart_legend_height(uint32_t count);

/* The lowest and the highest end of the candidates' intervals of a metric (the mean where one run has no interval);
 * INFINITY and -INFINITY when no candidate has a value. */
void chart_interval_ends(const struct findings *f, uint32_t metric, double *low, double *high);

/* "set xtics" with a round step that puts about five labels between the two. */
void chart_tics(struct chart *c, double low, double high);

/* Curves of more are not told apart: the first so many are drawn. */
#define CHART_CURVES_MAX 14

#endif
