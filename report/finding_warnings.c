/* finding_warnings.c - what would lead to wrong conclusions, in sentences. */
#include "report/finding.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "sim/steady.h"
#include "sim/text.h"

#define RUNS_FEW 10
/* A client whose requests wait longer than this for its own rate limit is no longer free in its timing: a guess. */
#define QUEUE_LONG SECONDS(1)
/* One failure is a transient of its own: a warm-up is looked for without any, or with so many a run. */
#define FAILURES_MANY 5

static void warn(struct findings *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct findings *f, const char *format, ...)
{
	struct text t;
	va_list args;

	text_init(&t, f->e->arena);
	va_start(args, format);
	text_vprintf(&t, format, args);
	va_end(args);
	ARENA_RESERVE(f->e->arena, f->warning, f->warning_capacity, f->warnings + 1, const char *);
	f->warning[f->warnings++] = t.data;
}

static void few_runs(struct findings *f)
{
	const struct experiment *e = f->e;

	if (e->runs < 2)
		warn(f, "%" PRIu32 " run says nothing about chance: no interval can be given. Use --runs 30 or more.",
		     e->runs);
	else if (e->runs < RUNS_FEW)
		warn(f,
		     "Only %" PRIu32 " runs: the intervals hold only if the values are normally distributed, and small "
		     "differences stay hidden.",
		     e->runs);
}

static void not_precise(struct findings *f)
{
	const struct experiment *e = f->e;
	double most = 0;

	if (e->precision == 0 || e->precise || e->runs < 2)
		return;
	for (uint32_t c = 0; c < e->candidates; c++)
		if (e->candidate[c].moments[0].count >= 2)
			most = fmax(most, precision_count_needed(&e->candidate[c].moments[0], e->precision,
								 EXPERIMENT_CONFIDENCE));
	if (most == 0)
		warn(f, "%s has too few values for a precision.", e->metric[0].text);
	else if (isfinite(most))
		warn(f, "%s is not known within %g %%: that would take about %.0f runs (--runs).", e->metric[0].text,
		     e->precision * 100, most);
	else
		warn(f, "%s will not be known within %g %% of a mean of 0, whatever the runs.", e->metric[0].text,
		     e->precision * 100);
}

/* In how many runs a metric has a value, for the candidate that has it least often. */
static void selected(struct findings *f)
{
	const struct experiment *e = f->e;

	for (uint32_t m = 0; m < e->metrics; m++) {
		uint32_t least = 0;
		for (uint32_t c = 1; c < e->candidates; c++)
			least = f->metric[m].of[c].count < f->metric[m].of[least].count ? c : least;
		const uint32_t count = e->runs > 0 ? f->metric[m].of[least].count : 0;
		if (f->metric[m].has_value && count < e->runs)
			warn(f,
			     "%s has a value in %" PRIu32 " of %" PRIu32
			     " runs of %s: differences are over the runs in which both "
			     "have one, which may be special ones.",
			     e->metric[m].text, count, e->runs, e->candidate[least].label);
	}
}

static void skewed(struct findings *f)
{
	struct text names;
	double worst = 0;

	text_init(&names, f->e->arena);
	for (uint32_t m = 0; m < f->e->metrics && f->e->runs >= RUNS_FEW; m++) {
		double most = 0;
		for (uint32_t c = 0; c < f->e->candidates && f->metric[m].has_value; c++)
			most = fmax(most, fabs(f->metric[m].of[c].skewness));
		if (f->metric[m].is_rare || mean_runs_for_skew(most) <= f->e->runs)
			continue;
		text_printf(&names, "%s%s (%.1f)", names.length > 0 ? ", " : "", f->e->metric[m].text, most);
		worst = fmax(worst, most);
	}
	if (worst > 0)
		warn(f,
		     "Skewed: %s. Up to %.0f runs (Cochran's 25 g^2) before intervals of means are as sure as they "
		     "say.",
		     names.data, ceil(mean_runs_for_skew(worst)));
}

static void too_short(struct findings *f)
{
	const struct experiment *e = f->e;
	uint64_t unfinished = 0, recoveries = 0;
	char time[TIME_TEXT_MAX];

	for (uint32_t c = 0; c < e->candidates; c++) {
		unfinished += e->candidate[c].unfinished;
		recoveries += e->candidate[c].recoveries;
	}
	if (unfinished > 0)
		warn(f,
		     "%" PRIu64 " of %" PRIu64
		     " recoveries were not over when their run ended (%s at most): each counts as "
		     "if it had ended then, so the truth is larger. A longer duration would tell (--set duration=...).",
		     unfinished, recoveries, time_print(e->horizon, time));
}

static void no_failures(struct findings *f)
{
	const struct experiment *e = f->e;
	uint64_t failures = 0;
	uint32_t without = 0;

	for (uint32_t c = 0; c < e->candidates; c++) {
		failures += e->candidate[c].failures;
		without += e->candidate[c].runs_without_failure;
	}
	const struct interval i = share_interval(0, e->runs, EXPERIMENT_CONFIDENCE);
	if (failures == 0 && e->runs > 0)
		warn(f,
		     "No failure struck in any run. With 95 %% confidence at most %.2g %% of all runs would see one "
		     "(exact rule of three).",
		     i.high * 100);
	else if (without > 0)
		warn(f, "No failure struck in %" PRIu32 " of %" PRIu64 " runs: they have no recovery to measure.",
		     without, (uint64_t)e->runs * e->candidates);
}

static void still_warming(struct findings *f)
{
	const struct experiment *e = f->e;
	double x[LOAD_SERIES], scratch[LOAD_SERIES];
	char time[TIME_TEXT_MAX];

	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct candidate *k = &e->candidate[c];
		const bool steady = k->failures == 0 || k->failures >= (uint64_t)FAILURES_MANY * e->runs;
		for (int i = 0; i < LOAD_SERIES; i++)
			x[i] = k->mean[i].mean;
		const struct warmup w = warmup_mser5(x, LOAD_SERIES, scratch);
		if (e->runs == 0 || k->mean[0].count == 0 || !steady)
			continue;
		if (!w.settled) {
			warn(f,
			     "The load of candidate %s is still moving: MSER-5 would cut more than half of the run. "
			     "Means over "
			     "time are not those of a long run; a longer duration and a warmup would tell.",
			     k->label);
			return;
		}
		if (w.cut > LOAD_SERIES / 10) {
			const sim_time part = (k->scenario->duration - k->scenario->warmup) / LOAD_SERIES;
			const sim_time from = k->scenario->warmup + part * w.cut;
			warn(f,
			     "The load of candidate %s warms up in the first %u %% of the measured period (MSER-5): "
			     "means "
			     "over time are those of a long run only with --set warmup=%s.",
			     k->label, w.cut * 100 / LOAD_SERIES, time_print(from / SECONDS(1) * SECONDS(1), time));
			return;
		}
	}
}

static void saturated(struct findings *f)
{
	char time[TIME_TEXT_MAX];

	for (uint32_t c = 0; c < f->e->candidates; c++) {
		const struct candidate *k = &f->e->candidate[c];
		if (k->queue_wait > QUEUE_LONG)
			warn(f,
			     "The control plane is saturated with candidate %s: requests of a client waited up to %s "
			     "in the "
			     "mean of a run for its own rate limit.",
			     k->label, time_print(k->queue_wait, time));
	}
}

static void nothing_differs(struct findings *f)
{
	const struct experiment *e = f->e;
	uint32_t like = 0;

	for (uint32_t c = 1; c < e->candidates && e->runs > 0; c++)
		like += e->candidate[c].runs_like_first == e->runs;
	if (like > 0 && like == e->candidates - 1)
		warn(f, "All candidates did exactly the same in every run: what varies has no effect here.");
	for (uint32_t c = 1; c < e->candidates && like > 0 && like < e->candidates - 1; c++)
		if (e->candidate[c].runs_like_first == e->runs)
			warn(f, "Candidate %s did in every run exactly what %s did.", e->candidate[c].label,
			     e->candidate[0].label);
	for (uint32_t m = 0; m < e->metrics; m++)
		if (!f->metric[m].has_value && e->runs > 0)
			warn(f, "%s has no value in any run.", e->metric[m].text);
}

void findings_warn(struct findings *f)
{
	if (f->e->interrupted)
		warn(f, "Interrupted after %" PRIu32 " of %" PRIu32 " runs of each candidate.", f->e->runs,
		     f->e->runs_asked);
	few_runs(f);
	not_precise(f);
	nothing_differs(f);
	no_failures(f);
	too_short(f);
	still_warming(f);
	saturated(f);
	selected(f);
	skewed(f);
}
