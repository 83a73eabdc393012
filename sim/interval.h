/* interval.h - how sure a mean, a quantile or a share is: confidence intervals and when to stop sampling. GSL below. */
#ifndef SIM_INTERVAL_H
#define SIM_INTERVAL_H

#include "sim/stats.h"

/* Both ends belong to it. NaN where there are too few values to say; infinite where an end is not bounded by them. */
struct interval {
	double low, high;
};

static inline double interval_half(struct interval i)
{
	return (i.high - i.low) / 2;
}

/*
 * Student's t interval of the mean at `confidence` (0..1), for independent values (Law, "Simulation Modeling and
 * Analysis", 5th ed. 2015, 4.5). Exact for normal values; too narrow for few and skewed ones: see mean_runs_for_skew().
 * NaN below two values.
 */
struct interval mean_interval(const struct moments *m, double confidence);

/*
 * The mean over everything that independent clusters (runs) hold, when a cluster's values depend on one another and
 * their number differs: sum of sums / sum of counts, a ratio (Cochran, "Sampling Techniques", 3rd ed. 1977, 6.3 and 9A;
 * Law 2015, 9.5.3 on regenerative cycles). Zero is empty. A cluster without values counts.
 */
struct ratio {
	uint64_t clusters;
	double shift; /* the first cluster's mean: sums are kept relative to it, so that no digits are lost */
	bool has_shift;
	double n, nn, d, dd, dn; /* sums over clusters: count, its square, sum - shift * count, its square, product */
};
void ratio_add(struct ratio *r, double sum, double count);
double ratio_mean(const struct ratio *r); /* NaN without values */
/* By Student's t with clusters - 1 degrees of freedom; right for many clusters. NaN below two, or without values. */
struct interval ratio_interval(const struct ratio *r, double confidence);

/*
 * How many values a t interval of the mean needs so that a sample skewness g does not spoil it: 25 g^2 (Cochran,
 * "Sampling Techniques", 3rd ed. 1977, 2.15).
 */
double mean_runs_for_skew(double skewness);

/* Sample skewness (adjusted Fisher-Pearson, G1); 0 below three values or without spread. */
double skewness_of(const double *x, uint32_t count);

/*
 * Interval of the q-quantile (0 < q < 1) between two order statistics of `count` sorted values, whatever their
 * distribution (David and Nagaraja, "Order Statistics", 3rd ed. 2003, 7.1): each tail of the binomial is at most half
 * of 1 - confidence, so it covers at least as often as asked. An end that so few values do not bound is infinite.
 */
struct interval quantile_interval(const double *sorted, uint32_t count, double q, double confidence);

/*
 * Interval of a probability of which k of n trials showed the event (Clopper and Pearson 1934, "exact": it covers at
 * least as often as asked). With k = 0 the upper end is one-sided, 1 - (1 - confidence)^(1/n), the exact form of the
 * "rule of three" (Hanley and Lippman-Hand 1983), and likewise the lower end with k = n. NaN without trials.
 */
struct interval share_interval(uint64_t k, uint64_t n, double confidence);

/* Values that must be there before the rule below may stop: earlier a chance small spread stops it too soon. */
#define PRECISION_COUNT_MIN 20

/*
 * Whether sampling may stop because the half-width of the mean's interval is at most `precision` of the mean: the
 * sequential rule of Chow and Robbins (1965) for relative precision, with precision / (1 + precision) against the
 * estimated mean (Law 2015, 9.4.1) and at least PRECISION_COUNT_MIN values. Its coverage is right in the limit of small
 * precision; for skewed values it falls a few percent short. A mean of 0 with spread never stops it, values that are
 * all equal do.
 */
bool precision_reached(const struct moments *m, double precision, double confidence);

/* How many values it will take in all by the spread seen so far; infinite if the mean is 0, NaN below two values. */
double precision_count_needed(const struct moments *m, double precision, double confidence);

#endif
