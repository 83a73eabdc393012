/* paired.h - is one better than the other? Differences of pairs, by mean and by rank; many comparisons; more runs. */
#ifndef SIM_PAIRED_H
#define SIM_PAIRED_H

#include "sim/interval.h"

/* What `count` differences say: a centre, its interval, and the probability of so much if there were none. */
struct difference {
	uint32_t count;
	double centre;
	struct interval interval;
	double p; /* two-sided; 1 when all are 0; NaN when there are too few */
};

/*
 * Paired t: the mean of the differences (Law 2015, 10.2.1). Also for observations that are correlated through common
 * random numbers, which make the differences' spread smaller. Differences that are all equal but not 0 have p 0. NaN
 * below two.
 */
struct difference paired_t(const double *d, uint32_t count, double confidence);

/*
 * Wilcoxon's signed-rank test with the Hodges-Lehmann estimate (the median of all means of two differences, each with
 * itself too) and Tukey's interval (Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd ed. 2014,
 * 3.1-3.3): robust against outliers, for differences that are symmetric about their centre. p is exact up to 50
 * differences without ties and zeros, otherwise by the normal approximation with correction for ties and continuity;
 * zeros are left out of the test, as Wilcoxon did, not of the estimate. The interval is the exact one up to 50 and the
 * approximate beyond; where so few differences do not allow the confidence, its ends are infinite. scratch holds
 * 2 * count doubles.
 */
struct difference paired_ranks(const double *d, uint32_t count, double confidence, double *scratch);

/* Holm's step-down correction (1979): adjusted[i] <= alpha for those to reject with the chance of any error at most
 * alpha, however the tests depend on one another. NaN stays and does not count. adjusted may not be p. */
void holm_adjust(const double *p, uint32_t count, double *adjusted);

/*
 * Pairs a paired t test at level alpha needs to find a mean difference d with probability `power`, when their standard
 * deviation is sd (the usual n = ((t + t') sd / d)^2 with t of n - 1 degrees of freedom, iterated; Lenth 2001 on its
 * limits: d and sd are estimates themselves). 2 or more; infinite beyond 1e9 or for d = 0.
 */
double paired_count_needed(double d, double sd, double alpha, double power);

/* The smallest difference that `count` pairs find so. NaN below two. */
double paired_least(double sd, uint32_t count, double alpha, double power);

/*
 * By what factor pairing reduced the variance of the difference: (variance of x + variance of y) / variance of x - y,
 * 1 for independent pairs. NaN when there is no variance at all, infinite when only the differences have none.
 */
double variance_reduction(const double *x, const double *y, uint32_t count);

#endif
