/* stats.h - numbers about numbers: moments, quantiles, time-weighted means, inequality. GSL below. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include "sim/time.h"

/* Count, mean and spread of a sample, kept in one pass (Welford). Zero is an empty sample. */
struct moments {
	uint64_t count;
	double mean, m2, min, max;
};
void moments_add(struct moments *m, double x);
double moments_sd(const struct moments *m); /* sample standard deviation; 0 below two values */

/* The integral of a step function over time. Zero is empty: value 0 from time 0 on; value holds from `since` on. */
struct integral {
	sim_time since, total_time;
	double value;
	double area; /* value times seconds */
};
void integral_set(struct integral *i, sim_time at, double value); /* the function becomes value at `at` */
double integral_mean(struct integral *i, sim_time at);            /* closes at `at`; 0 over no time */

/* How unevenly `count` values >= 0 are spread. All zero or empty: cv 0, max_over_mean 1, jain 1, gini 0. */
struct spread {
	double mean;
	double cv; /* population standard deviation / mean */
	double max_over_mean;
	double jain; /* (sum x)^2 / (n sum x^2), 1/n .. 1 */
	double gini; /* 0 .. 1 */
};
/* Sorts scratch copies: scratch must hold count doubles. */
struct spread spread_of(const double *x, uint32_t count, double *scratch);

/* The q-quantile (0..1) of sorted values, linear between order statistics (GSL's gsl_stats_quantile_from_sorted_data).
 */
double quantile_sorted(const double *sorted, uint32_t count, double q);

#endif
