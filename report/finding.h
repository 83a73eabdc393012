/* finding.h - what an experiment says: estimates, ranks, which differences are real, what never happened, what to
 * doubt. */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H

#include "report/experiment.h"
#include "sim/paired.h"

/* Up to so many candidates each is compared with each, beyond all with the first. */
#define ALL_PAIRS_MAX 12

/* A metric of a candidate over its runs; count is the runs in which it had a value. */
struct estimate {
	uint32_t count;
	double mean, sd, skewness, median;
	struct interval mean_interval, median_interval;
	/* The values are counts or shares that are at their best in most runs: how often they were not. */
	uint32_t unlike_best;
};

/* Candidate b against candidate a: differences b - a of the runs in which both have a value. */
struct comparison {
	uint32_t metric, a, b;
	struct difference t, ranks;
	double sd;        /* of the differences */
	double reduction; /* of their variance by common random numbers */
	double p_adjusted,
		ranks_adjusted; /* after Holm, over all comparisons of the experiment; NaN: nothing to test */
	bool real;              /* p_adjusted <= 0.05, and not hidden */
	bool hidden;            /* the smaller one's recoveries were not all over: it may be the larger one */
	bool equal;             /* in every run */
	double runs_needed;     /* in all, to find a difference as large as the one seen */
	double least;           /* the smallest difference that so many runs find with the power of 80 % */
};

struct metric_finding {
	struct estimate *of; /* by candidate */
	uint32_t *ranked;    /* candidates, best first; those without a value last */
	bool has_value;      /* in any run */
	bool no_difference;  /* every comparison is between equal values */
	bool all_equal;      /* the same value in every run of every candidate */
	bool is_rare;        /* nine of ten runs or more have the best possible value: 0, or a share of 1 */
};

/* A level of one of several factors against its first level, both averaged over all combinations of the others, run by
 * run. Of runs in which every one of them has a value. */
struct effect {
	uint32_t metric, factor, level;
	struct moments moments; /* of the level's means */
	struct difference difference;
	bool equal;
	double p_adjusted; /* after Holm, over all effects; NaN: nothing to test */
	bool real;
};

struct findings {
	const struct experiment *e;
	struct metric_finding *metric;
	struct comparison *comparison;
	uint32_t comparisons, tested;
	struct effect *effect; /* with two factors and more: by metric, factor and level */
	uint32_t effects;
	const char **warning;
	uint32_t warnings, warning_capacity;
};

/* All in the experiment's arena. */
void findings_make(struct findings *f, const struct experiment *e);

/* The value that a metric has when nothing bad happened: 1 for availability, else 0. */
double findings_best_possible(const struct experiment *e, uint32_t metric);

/* The comparison of two candidates for a metric, or NULL; *sign is -1 when it is the other way round. */
const struct comparison *findings_between(const struct findings *f, uint32_t metric, uint32_t a, uint32_t b, int *sign);

/* Parts of findings_make(), in files of their own. */
void findings_effects(struct findings *f);
void findings_warn(struct findings *f);

#endif
