/* long_run.c - series of a run, MSER-5, batch means. */
#include "report/long_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/load_series.h"
#include "report/story.h"

/* Pods that are not Ready or not running, as means over the parts of the measured time. */
static uint32_t not_ready_series(const struct outcome *o, double x[LOAD_SERIES])
{
	const double length = (double)(o->end - o->from) / LOAD_SERIES;
	uint32_t next = 0;
	double level = 0;

	if (o->pod_states == 0 || o->end <= o->from)
		return 0;
	for (int i = 0; i < LOAD_SERIES; i++) {
		const double end = (double)o->from + (i + 1) * length;
		double at = (double)o->from + i * length;
		x[i] = 0;
		while (at < end) {
			for (; next < o->pod_states && (double)o->pod_state[next].at <= at; next++)
				level = o->pod_state[next].count[STATE_NOT_READY] +
					o->pod_state[next].count[STATE_PENDING];
			const double to = next < o->pod_states ? fmin(end, (double)o->pod_state[next].at) : end;
			x[i] += level * (to - at) / length;
			at = to;
		}
	}
	return LOAD_SERIES;
}

static uint32_t recovery_series(const struct outcome *o, double *x)
{
	uint32_t count = 0;

	for (uint32_t f = 0; f < o->failures; f++)
		for (uint32_t i = 0; i < o->recoveries && o->failure[f].struck; i++) {
			const struct recovery *r = &o->recovery[i];
			if (r->failure == f && outcome_is_replaced(o, r->pod) && r->leg[LEG_TOTAL] != SIM_NEVER)
				x[count++] = time_seconds(r->leg[LEG_TOTAL]);
		}
	return count;
}

static struct long_row long_row(const char *name, const char *what, const double *x, uint32_t count, struct arena *a)
{
	struct long_row row = {.name = name, .what = what, .values = count};
	double batch[BATCHES_MOST];

	row.warmup = warmup_mser5(x, count, ARENA_NEW(a, count / 5 + 1, double));
	const uint32_t cut = row.warmup.settled ? row.warmup.cut : 0;
	row.means = batch_means_of(x + cut, count - cut, 0.95, batch);
	row.has_series = row.means.batches > 0;
	return row;
}

void long_run_rows(const struct outcome *o, struct long_row row[LONG_SERIES])
{
	double mean[LOAD_SERIES], cv[LOAD_SERIES], not_ready[LOAD_SERIES];
	struct arena scratch = {0};
	double *recovery = ARENA_NEW(&scratch, o->recoveries, double);
	const uint32_t load = load_series(o, mean, cv) ? LOAD_SERIES : 0;

	row[LONG_LOAD] = long_row("cpu_requested", "cpu requested, share of the nodes", mean, load, &scratch);
	row[LONG_UNEVENNESS] = long_row("cpu_cv", "its standard deviation / mean", cv, load, &scratch);
	row[LONG_NOT_READY] = long_row("pods_not_ready", "pods pending or not Ready", not_ready,
				       not_ready_series(o, not_ready), &scratch);
	row[LONG_RECOVERY] =
		long_row("recovery", "recoveries, seconds", recovery, recovery_series(o, recovery), &scratch);
	arena_release(&scratch);
}

void table_long_run(const struct outcome *o, struct text *out)
{
	struct long_row row[LONG_SERIES];
	bool correlated = false, moving = false;

	long_run_rows(o, row);
	text_printf(out,
		    "\nONE LONG RUN: means after the warm-up (MSER-5), 95 %% by batch means\n%-34s %10s %12s %10s %8s "
		    "%8s\n",
		    "", "cut", "mean", "+-", "batches", "lag-1");
	for (int i = 0; i < LONG_SERIES; i++) {
		const struct long_row *r = &row[i];
		char cut[32];
		if (!r->has_series) {
			text_printf(out, "%-34s %10s\n", r->what, "too few");
			continue;
		}
		snprintf(cut, sizeof(cut), "%.0f %%", r->warmup.cut * 100.0 / r->values);
		text_printf(out, "%-34s %10s %12.6g %10.2g %8" PRIu32 " %8.2f%s\n", r->what,
			    r->warmup.settled ? cut : "?", r->means.mean.mean, interval_half(r->means.interval),
			    r->means.batches, r->means.lag1, r->means.independent ? "" : " *");
		correlated |= !r->means.independent;
		moving |= !r->warmup.settled;
	}
	if (correlated)
		story_wrap(
			out,
			"*: even ten batches depend on each other: the run is too short, and the interval too narrow.",
			0);
	if (moving)
		story_wrap(out,
			   "?: MSER-5 would cut more than half, or has too few values to tell: still warming up, or "
			   "too short. "
			   "Nothing was cut.",
			   0);
}
