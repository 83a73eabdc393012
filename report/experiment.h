/* experiment.h - candidates that meet the same failures, replication by replication, and what they come to. */
#ifndef REPORT_EXPERIMENT_H
#define REPORT_EXPERIMENT_H

#include "report/factor.h"
#include "report/journal.h"
#include "report/trial.h"
#include "sim/stats.h"

#define EXPERIMENT_CONFIDENCE 0.95
#define EXPERIMENT_POWER 0.8

/* One combination of levels, and its replications 0 .. runs-1. */
struct candidate {
	const char *label; /* "random", or with several factors "scheduler=random masters=3" */
	uint32_t *level;   /* of each factor */
	struct scenario *scenario;
	double *value[TRIAL_METRICS_MAX]; /* by replication; NaN: the metric had no value */
	uint32_t value_capacity[TRIAL_METRICS_MAX];
	struct moments moments[TRIAL_METRICS_MAX]; /* of those that are no NaN, in order */
	uint64_t censored[TRIAL_METRICS_MAX];      /* recoveries whose end the end of the run hides */
	uint32_t runs_censored[TRIAL_METRICS_MAX]; /* runs with any */
	struct sketch leg[LEGS];                   /* seconds, all recoveries of replaced pods in all runs */
	uint64_t unended[LEGS];
	struct sketch cv[LOAD_SERIES]; /* over runs */
	struct moments mean[LOAD_SERIES];
	uint64_t recoveries, unfinished, failures;
	uint32_t runs_without_failure, runs_like_first; /* like the first candidate's, fact by fact */
	sim_time queue_wait;                            /* largest of all runs */
	uint64_t digest;                                /* over the digests of all runs, in order */
};

struct experiment {
	struct arena *arena;
	const char *command; /* "compare" or "sweep" */
	bool is_sweep;
	const char *name; /* of the first candidate's scenario */
	uint32_t factors, metrics, candidates;
	struct factor factor[FACTORS_MAX];
	struct trial_metric metric[TRIAL_METRICS_MAX];
	struct candidate *candidate;
	uint64_t seed;
	bool independent; /* random streams of their own for each candidate */
	uint32_t runs_asked;
	double precision; /* 0: all runs that were asked for; else those it takes for metric 0, at most runs_asked */
	uint32_t runs;    /* that count */
	bool precise;     /* the precision was reached */
	bool interrupted;
	const char *notes; /* about the input */
	uint64_t input;    /* checksum of all input */
	sim_time horizon;  /* the longest duration of a candidate */
};

/* Where the work is done. */
struct experiment_work {
	uint32_t threads;
	const volatile int *stop;
	struct journal *journal;     /* NULL: none */
	struct journal_lines *known; /* replications done before; sorted here; NULL: none */
	void (*progress)(void *context, uint64_t finished, uint64_t all);
	void *context;
};

/* The metric's name and subject out of "availability(web)". NULL, or what is wrong, in the arena. */
const char *experiment_metric(struct experiment *e, const char *text);

/* What identifies the experiment in a journal: a line. Neither threads nor runs nor formats are in it. */
const char *experiment_identity(const struct experiment *e);

/*
 * Runs every candidate until `runs_asked` or the precision is reached, in rounds; every result is folded in the order
 * of replications, so neither threads nor ranks nor interruptions change it. Returns NULL, or what went wrong with the
 * journal; *bad_input tells what it says from that it cannot be written.
 */
const char *experiment_run(struct experiment *e, const struct experiment_work *w, bool *bad_input);

void experiment_release(struct experiment *e);

/* The keys that vary, in the order of the labels: "scheduler / masters". */
const char *experiment_keys(const struct experiment *e);

/* Facts about metrics: "s" or ""; whether more is better; a share of 1, such as availability. */
const char *metric_unit(const char *name);
bool metric_more_is_better(const char *name);

#endif
