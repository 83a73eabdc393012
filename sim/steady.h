/* steady.h - one long run: where its beginning ends, and how sure its mean is though its values depend on each other.
 */
#ifndef SIM_STEADY_H
#define SIM_STEADY_H

#include "sim/interval.h"

/* Where to begin counting. */
struct warmup {
	uint32_t cut; /* values to leave out at the front */
	bool settled; /* false: the cut lies beyond the middle, so the series is too short to tell, or still moving */
};

/*
 * MSER-5 (White 1997; White, Cobb and Spratt 2000): of the means of five values each, as many are left out as minimise
 * the half-width of the rest's mean, sum of squares / (rest)^2. The last five means are never a rest of their own.
 * Below 50 values nothing is cut and settled is false; values that are all equal are settled. scratch holds count / 5
 * doubles.
 */
struct warmup warmup_mser5(const double *x, uint32_t count, double *scratch);

/* The mean of a long series by means of batches. */
struct batch_means {
	uint32_t batches, size; /* values in each; the rest, at the front, is left out */
	struct moments mean;    /* over the means of the batches */
	struct interval interval;
	double lag1;      /* autocorrelation of successive means */
	bool independent; /* lag1 is no more than chance: one-sided von Neumann test at 5 % */
};

#define BATCHES_MOST 40
#define BATCHES_LEAST 10

/*
 * Batch means (Conway 1963; Law 2015, 9.5.3) with batches that grow until their means look independent, as Fishman
 * (1978) does: 40 batches, then fewer and longer ones down to 10. If those 10 are still correlated, independent is
 * false and the interval is too narrow: the run is too short. Needs 2 * BATCHES_LEAST values, else batches is 0.
 * scratch holds BATCHES_MOST doubles.
 */
struct batch_means batch_means_of(const double *x, uint32_t count, double confidence, double *scratch);

/* Lag-1 autocorrelation; 0 without spread. */
double autocorrelation_lag1(const double *x, uint32_t count);

#endif
