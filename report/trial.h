/* trial.h - what an experiment keeps of one replication of one candidate, and its line of text. */
#ifndef REPORT_TRIAL_H
#define REPORT_TRIAL_H

#include "report/load_series.h"
#include "report/outcome.h"
#include "sim/sketch.h"

#define TRIAL_METRICS_MAX 24

/* The relative error of the quantiles of legs. */
#define TRIAL_ERROR 0.001
/* Of the load's unevenness over time, and the unit in which both series are rounded. */
#define TRIAL_SERIES_UNIT 1e-4

/* A metric that was asked for. */
struct trial_metric {
	const char *text;    /* "availability(web)" */
	const char *name;    /* "availability" */
	const char *subject; /* "web"; "" for none */
};

/* Recoveries of one replaced pod each, in buckets of a sketch with TRIAL_ERROR. */
struct trial_leg {
	uint32_t buckets;
	uint32_t unended; /* recoveries that were in this leg when the run ended */
	struct trial_bucket {
		int32_t bucket;
		uint32_t count;
	} * bucket;
};

struct trial {
	uint32_t candidate, replication;
	uint64_t digest;
	uint32_t recoveries, unfinished; /* of replaced pods */
	uint32_t failures;               /* that struck */
	int64_t queue_wait;              /* the longest mean wait of a client's requests for its own rate limit, ns */
	double value[TRIAL_METRICS_MAX]; /* NaN: no value */
	uint32_t censored[TRIAL_METRICS_MAX];
	struct trial_leg leg[LEGS];
	bool has_series;
	int32_t mean[LOAD_SERIES], cv[LOAD_SERIES]; /* in TRIAL_SERIES_UNIT */
};

/* Reduces a finished outcome; what t points to is in the arena. */
void trial_take(struct trial *t, const struct outcome *o, const struct trial_metric *metric, uint32_t metrics,
		struct arena *a);

/* A line without its end. trial_read() gives the same trial back, bit by bit; false if it is no such line. */
void trial_print(const struct trial *t, uint32_t metrics, struct text *out);
bool trial_read(struct trial *t, uint32_t metrics, const char *line, struct arena *a);

/* The first two numbers of a line alone. */
bool trial_read_place(const char *line, uint32_t *candidate, uint32_t *replication);

#endif
