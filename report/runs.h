/* runs.h - many replications of one scenario, each reduced to its numbers, and what they say together. */
#ifndef REPORT_RUNS_H
#define REPORT_RUNS_H

#include "report/outcome.h"

/* What is kept of one replication. Zero is "not run". */
struct run_result {
	struct arena arena; /* owns what the pointers below show */
	bool done;          /* ran to its end */
	uint32_t replication;
	uint64_t digest;
	uint32_t recoveries, unfinished;
	struct moments leg[LEGS];  /* over the run's recoveries that walked the leg, seconds */
	double *leg_seconds[LEGS]; /* each of them; leg[].count long */
	uint64_t held;             /* bit i: expectation i held (the first 64) */
	bool all_held;
};

struct leg_summary {
	uint64_t count;
	double mean, min, p50, p95, max; /* seconds, over all recoveries of all runs */
};

struct runs {
	uint32_t count; /* results 0 .. count-1 */
	struct run_result *result;
	uint64_t combined_digest; /* over the digests of all results that ran to their end, in order */
	uint32_t done, recoveries, unfinished;
	struct leg_summary leg[LEGS];
};

/* Reduces a finished outcome; result is zeroed. */
void run_result_take(struct run_result *result, const struct outcome *o);

/* Fills the rest of r from its results, with scratch memory from a. */
void runs_summarise(struct runs *r, struct arena *a);

void runs_release(struct runs *r);

/* In how many of the runs that ended expectation i held. */
uint32_t runs_held(const struct runs *r, uint32_t i);

#endif
