/* sketch.h - a histogram of values >= 0 whose memory does not grow with their number, and whose quantiles are close. */
#ifndef SIM_SKETCH_H
#define SIM_SKETCH_H

#include <stdint.h>

#include "sim/arena.h"

/*
 * DDSketch (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
 * guarantees", VLDB 2019) with all buckets kept: bucket i counts values in (gamma^(i-1), gamma^i], gamma = (1 + error)
 * / (1 - error), so that every quantile is off by at most `error` of itself. Values below 1e-9 count as 0, those above
 * 1e12 as 1e12. Counts are whole numbers: adding and merging in any order gives the same sketch.
 */
struct sketch {
	struct arena *arena;
	double log_gamma;
	uint64_t count, zeros;
	int32_t first; /* index of bucket[0] */
	uint32_t length;
	uint64_t *bucket;
};

/* error: 0.0001 .. 0.1. At most 48 / (2 error) buckets, those between the smallest and the largest value. */
void sketch_init(struct sketch *s, struct arena *a, double error);

/* The bucket of x; SKETCH_ZERO for those that count as 0. */
#define SKETCH_ZERO INT32_MIN
int32_t sketch_bucket(const struct sketch *s, double x);
/* What stands for all values of a bucket. */
double sketch_value(const struct sketch *s, int32_t bucket);

void sketch_add(struct sketch *s, double x);
void sketch_add_bucket(struct sketch *s, int32_t bucket, uint64_t count);

/* The q-quantile (0..1), the value of rank floor(q (n - 1)) from 0. `beyond` further values are known to be larger than
 * all others only: a quantile among them is infinite. 0 when there is nothing. */
double sketch_quantile(const struct sketch *s, uint64_t beyond, double q);

#endif
