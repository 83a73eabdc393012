/* runs.h - many replications of one scenario, each reduced to its numbers, and what they say together. */
#ifndef REPORT_RUNS_H
#define REPORT_RUNS_H

#include <pthread.h>

#include "report/outcome.h"
#include "sim/interval.h"
#include "sim/sketch.h"

/* Up to so many values of a leg are kept as they are; of more there is a sketch, whose quantiles are off by at most
 * RUNS_ERROR of themselves, so that memory does not grow with the number of runs. */
#define RUNS_EXACT_MAX 65536
#define RUNS_ERROR 0.001

/* A run that ended, for formats that list them all: about 400 bytes, kept only for those. */
struct run_row {
	uint32_t replication;
	uint64_t digest;
	struct moments leg[LEGS]; /* over the run's recoveries that walked the leg, seconds */
};

struct leg_summary {
	uint64_t count;
	double mean, min, p50, p95, max; /* seconds, over all recoveries of all runs */
	struct interval mean_interval;   /* 95 %, over runs: what happens in one run is not independent */
	bool exact;                      /* else p50 and p95 are within RUNS_ERROR */
};

/* A leg while it is summed up. */
struct leg_values {
	double *value; /* up to RUNS_EXACT_MAX */
	uint32_t count, capacity;
	struct moments moments;
	struct ratio ratio;   /* of runs */
	struct sketch sketch; /* of all, once there are more */
};

struct run_result;

struct runs {
	uint32_t count;           /* asked for */
	uint64_t combined_digest; /* over the digests of all that ran to their end, in order */
	uint32_t done;
	uint64_t recoveries, unfinished;
	bool all_held;     /* every expectation, in every run that ended */
	uint32_t held[64]; /* in how many runs the first 64 expectations held */
	struct leg_summary leg[LEGS];
	struct run_row *row; /* rows of them, when listed */
	uint32_t rows, row_capacity;

	struct arena *arena;
	bool list;
	struct leg_values values[LEGS];
	struct run_result *window; /* results that wait for an earlier one */
	uint32_t next;             /* the replication that is added next */
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* Prepares for replications 0 .. count-1; memory comes from a. list: keep a row for each. */
void runs_init(struct runs *r, struct arena *a, uint32_t count, bool list);

/*
 * Adds a finished outcome as replication i; for any number of threads, each replication once and without gaps, begun in
 * their order. All are added in order, whatever the order in which they come; one that is far ahead waits here.
 */
void runs_take(struct runs *r, uint32_t i, const struct outcome *o);

/* Fills r->leg once all were taken. */
void runs_summarise(struct runs *r);

void runs_release(struct runs *r);

/* In how many of the runs that ended expectation i held. */
uint32_t runs_held(const struct runs *r, uint32_t i);

#endif
