/* experiment_text.c - an experiment for people: what is real, the ranked tables, recoveries, what was rare. */
#include "report/experiment_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/story.h"
#include "report/version.h"

/* Widest first column; where the keys need more, the column is headed "candidate". */
#define LABEL_MAX 34

/* Decimals that show two digits of a half-width; of a number without one, six digits of it. */
static int decimals(double half, double x)
{
	if (isfinite(half) && half > 1e-9 * fabs(x))
		return (int)fmin(9, fmax(0, 1 - floor(log10(half))));
	return x != 0 && isfinite(x) && x != floor(x) ? (int)fmin(9, fmax(0, 5 - floor(log10(fabs(x))))) : 0;
}

/* 19941 is "20000": such numbers are known to two digits at best. */
static double about(double x)
{
	const double unit = x > 100 ? pow(10, floor(log10(x)) - 1) : 1;

	return ceil(x / unit) * unit;
}

/* The head of the column of candidates: the keys that vary; where they do not fit, heading() has told them. */
static const char *label_head(const struct experiment *e)
{
	const char *keys = experiment_keys(e);

	return strlen(keys) <= LABEL_MAX ? keys : "candidate";
}

static int label_width(const struct experiment *e)
{
	size_t width = strlen(label_head(e));

	for (uint32_t c = 0; c < e->candidates; c++)
		width = strlen(e->candidate[c].label) > width ? strlen(e->candidate[c].label) : width;
	return (int)(width > LABEL_MAX ? LABEL_MAX : width);
}

const char *experiment_mean(char buffer[EXPERIMENT_TEXT_MAX], double x, double half, bool sign)
{
	const int digits = decimals(half, x);

	half = half > 1e-9 * fabs(x) || isnan(half) ? half : 0;
	if (isnan(x))
		snprintf(buffer, EXPERIMENT_TEXT_MAX, "-");
	else if (isfinite(half))
		snprintf(buffer, EXPERIMENT_TEXT_MAX, sign ? "%+.*f +-%.*f" : "%.*f +-%.*f", digits, x,
			 half > 0 ? digits : 0, half);
	else
		snprintf(buffer, EXPERIMENT_TEXT_MAX, sign ? "%+.*f +-?" : "%.*f +-?", digits, x);
	return buffer;
}

static const char *p_text(char buffer[EXPERIMENT_TEXT_MAX], double p)
{
	if (isnan(p))
		return "-";
	if (p < 0.001)
		return "<0.001";
	snprintf(buffer, EXPERIMENT_TEXT_MAX, "%.3f", p);
	return buffer;
}

static const char *reduction_text(char buffer[EXPERIMENT_TEXT_MAX], double r)
{
	if (isnan(r))
		return "-";
	if (isinf(r) || r > 9999)
		return ">9999";
	snprintf(buffer, EXPERIMENT_TEXT_MAX, r < 10 ? "%.2f" : "%.0f", r);
	return buffer;
}

const char *experiment_verdict(const struct comparison *c)
{
	if (c->equal)
		return "equal";
	if (isnan(c->p_adjusted))
		return "unknown";
	if (c->hidden)
		return "hidden";
	if (c->real)
		return c->ranks_adjusted <= 0.05 || c->t.count < 6 ? "real" : "real ~";
	return c->ranks_adjusted <= 0.05 ? "noise ~" : "noise";
}

uint32_t experiment_reference(const struct findings *f, uint32_t metric)
{
	return f->e->candidates <= ALL_PAIRS_MAX && !f->e->is_sweep ? f->metric[metric].ranked[0] : 0;
}

static void table_row(const struct findings *f, uint32_t metric, uint32_t place, int width, struct text *t)
{
	const struct experiment *e = f->e;
	const struct metric_finding *k = &f->metric[metric];
	const uint32_t c = e->is_sweep ? place : k->ranked[place], other = experiment_reference(f, metric);
	const struct estimate *s = &k->of[c];
	char mean[EXPERIMENT_TEXT_MAX], diff[EXPERIMENT_TEXT_MAX], p[EXPERIMENT_TEXT_MAX], crn[EXPERIMENT_TEXT_MAX];
	int sign;

	text_printf(t, "%3" PRIu32 "  %-*.*s %20s", place + 1, width, width, e->candidate[c].label,
		    experiment_mean(mean, s->mean, interval_half(s->mean_interval), false));
	const struct comparison *x = c == other ? NULL : findings_between(f, metric, other, c, &sign);
	if (x != NULL)
		text_printf(t, " %20s %6s %7s  %s",
			    experiment_mean(diff, sign * x->t.centre, interval_half(x->t.interval), true),
			    reduction_text(crn, x->equal ? (double)NAN : x->reduction), p_text(p, x->p_adjusted),
			    experiment_verdict(x));
	if (s->count < e->runs)
		text_printf(t, "  (in %" PRIu32 " runs)", s->count);
	if (e->candidate[c].runs_censored[metric] > 0)
		text_printf(t, "  (at least: not over in %" PRIu32 ")", e->candidate[c].runs_censored[metric]);
	text_add(t, "\n");
}

static const char *effect_verdict(const struct effect *x)
{
	if (x->equal)
		return "equal";
	return isnan(x->p_adjusted) ? "unknown" : x->real ? "real" : "noise";
}

/* What each key does by itself, beneath the table of a metric. */
static void effects(const struct findings *f, uint32_t metric, struct text *t)
{
	const struct experiment *e = f->e;
	const int width = label_width(e);
	char mean[EXPERIMENT_TEXT_MAX], diff[EXPERIMENT_TEXT_MAX], p[EXPERIMENT_TEXT_MAX];

	for (uint32_t i = 0; i < f->effects; i++) {
		const struct effect *x = &f->effect[i];
		if (x->metric != metric || e->factor[x->factor].levels < 2)
			continue;
		if (x->level == 0)
			text_printf(t, "  by %s, all others averaged\n", e->factor[x->factor].key);
		text_printf(t, "     %-*.*s %20s", width, width, e->factor[x->factor].level[x->level],
			    experiment_mean(mean, x->moments.count > 0 ? x->moments.mean : (double)NAN,
					    interval_half(mean_interval(&x->moments, EXPERIMENT_CONFIDENCE)), false));
		if (x->level > 0)
			text_printf(t, " %20s %6s %7s  %s",
				    experiment_mean(diff, x->difference.count > 0 ? x->difference.centre : (double)NAN,
						    interval_half(x->difference.interval), true),
				    "", p_text(p, x->p_adjusted), effect_verdict(x));
		text_add(t, "\n");
	}
}

static void table(const struct findings *f, uint32_t metric, struct text *t)
{
	const struct experiment *e = f->e;
	const int width = label_width(e);
	const char *unit = metric_unit(e->metric[metric].name);

	text_printf(t, "\n%s%s%s: %s is better\n", e->metric[metric].text, unit[0] != '\0' ? ", " : "", unit,
		    metric_more_is_better(e->metric[metric].name) ? "more" : "less");
	text_printf(t, "     %-*.*s %20s", width, width, label_head(e), "mean, 95 %");
	if (e->candidates > 1)
		text_printf(t, " %20s %6s %7s",
			    e->candidates <= ALL_PAIRS_MAX && !e->is_sweep ? "against the best" : "against the first",
			    "crn", "p");
	text_add(t, "\n");
	for (uint32_t i = 0; i < e->candidates; i++)
		table_row(f, metric, i, width, t);
	effects(f, metric, t);
}

/* Three digits of x, and its unit. */
static const char *amount(char buffer[EXPERIMENT_TEXT_MAX], const struct findings *f, uint32_t metric, double x)
{
	const char *unit = metric_unit(f->e->metric[metric].name);
	const int digits = x != 0 ? (int)fmin(9, fmax(0, 2 - floor(log10(fabs(x))))) : 0;

	snprintf(buffer, EXPERIMENT_TEXT_MAX, "%.*f%s%s", digits, x, unit[0] != '\0' ? " " : "", unit);
	return buffer;
}

/* A mean; of a share near 1, three digits of what is missing. */
static const char *level(char buffer[EXPERIMENT_TEXT_MAX], const struct findings *f, uint32_t metric, double x)
{
	if (findings_best_possible(f->e, metric) != 1 || !(x > 0.9) || x >= 1)
		return amount(buffer, f, metric, x);
	snprintf(buffer, EXPERIMENT_TEXT_MAX, "%.*f", (int)fmin(12, 2 - floor(log10(1 - x))), x);
	return buffer;
}

/* What these runs cannot tell, and how many could. */
static void sentence_noise(const struct findings *f, uint32_t best, uint32_t other, const struct comparison *c,
			   struct text *s)
{
	const struct experiment *e = f->e;
	char seen[EXPERIMENT_TEXT_MAX], least[EXPERIMENT_TEXT_MAX];

	text_printf(s, "%s and %s are not told apart (%s", e->candidate[best].label, e->candidate[other].label,
		    amount(seen, f, c->metric, fabs(c->t.centre)));
	if (isfinite(c->least))
		text_printf(s, "; %" PRIu32 " runs find %s", c->t.count, amount(least, f, c->metric, c->least));
	if (isfinite(c->runs_needed) && c->runs_needed < 1e6)
		text_printf(s, ", about %.0f would find this)", about(c->runs_needed));
	else
		text_add(s, ", no foreseeable number would find this)");
}

static void sentence_real(const struct findings *f, uint32_t metric, uint32_t best, uint32_t other, struct text *s)
{
	const struct experiment *e = f->e;
	char centre[EXPERIMENT_TEXT_MAX], low[EXPERIMENT_TEXT_MAX], high[EXPERIMENT_TEXT_MAX];
	int sign;
	const struct comparison *c = findings_between(f, metric, best, other, &sign);
	const double one = fabs(c->t.interval.low), two = fabs(c->t.interval.high);

	text_printf(s, "%s beats %s by %s (interval %s to %s)", e->candidate[best].label, e->candidate[other].label,
		    amount(centre, f, metric, fabs(c->t.centre)), amount(low, f, metric, fmin(one, two)),
		    amount(high, f, metric, fmax(one, two)));
}

/* One metric in a sentence: who is better, and what is not known. */
static void answer_metric(const struct findings *f, uint32_t metric, struct text *s)
{
	const struct experiment *e = f->e;
	const struct metric_finding *k = &f->metric[metric];
	uint32_t told = 0, best = k->ranked[0];
	char mean[EXPERIMENT_TEXT_MAX];
	int sign;

	text_printf(s, "%s: ", e->metric[metric].text);
	if (!k->has_value)
		text_add(s, "no value in any run");
	else if (k->all_equal)
		text_printf(s, "%.6g in every run of every candidate", k->of[best].mean);
	else if (k->no_difference)
		text_printf(s, "the same for all candidates in every run, %s in the mean",
			    level(mean, f, metric, k->of[best].mean));
	for (uint32_t i = 1; i < e->candidates && k->has_value && !k->all_equal && !k->no_difference; i++) {
		const struct comparison *c = findings_between(f, metric, best, k->ranked[i], &sign);
		if (c == NULL)
			continue;
		text_add(s, told++ > 0 ? "; " : "");
		if (c->real)
			sentence_real(f, metric, best, k->ranked[i], s);
		else if (c->equal)
			text_printf(s, "%s equals %s in every run", e->candidate[k->ranked[i]].label,
				    e->candidate[best].label);
		else if (c->hidden)
			text_printf(s, "%s and %s cannot be told apart before recoveries with %s are over",
				    e->candidate[best].label, e->candidate[k->ranked[i]].label,
				    e->candidate[sign * c->t.centre > 0 ? best : k->ranked[i]].label);
		else if (isnan(c->p_adjusted))
			text_printf(s, "%s and %s cannot be compared", e->candidate[best].label,
				    e->candidate[k->ranked[i]].label);
		else
			sentence_noise(f, best, k->ranked[i], c, s);
	}
	text_add(s, ".");
}

/* How far the values move over a sweep, where candidates are too many for sentences about each. */
static void answer_sweep(const struct findings *f, uint32_t metric, struct text *s)
{
	const struct experiment *e = f->e;
	const struct metric_finding *k = &f->metric[metric];
	char least[EXPERIMENT_TEXT_MAX], most[EXPERIMENT_TEXT_MAX];
	uint32_t real = 0, compared = 0, last = e->candidates - 1;

	for (uint32_t i = 0; i < f->comparisons; i++) {
		compared += f->comparison[i].metric == metric;
		real += f->comparison[i].metric == metric && f->comparison[i].real;
	}
	while (last > 0 && isnan(k->of[k->ranked[last]].mean))
		last--;
	text_printf(s, "%s: ", e->metric[metric].text);
	if (!k->has_value)
		text_add(s, "no value in any run.");
	else if (k->all_equal)
		text_printf(s, "%.6g in every run of every candidate.", k->of[0].mean);
	else
		text_printf(s,
			    "best with %s (%s), worst with %s (%s); %" PRIu32 " of %" PRIu32 " comparisons are real.",
			    e->candidate[k->ranked[0]].label, level(least, f, metric, k->of[k->ranked[0]].mean),
			    e->candidate[k->ranked[last]].label, level(most, f, metric, k->of[k->ranked[last]].mean),
			    real, compared);
}

void experiment_answer(const struct findings *f, uint32_t metric, struct text *s)
{
	if (f->e->is_sweep || f->e->candidates > ALL_PAIRS_MAX)
		answer_sweep(f, metric, s);
	else
		answer_metric(f, metric, s);
}

static void answer(const struct findings *f, uint32_t metric, struct text *t)
{
	struct arena scratch = {0};
	struct text s;

	text_init(&s, &scratch);
	experiment_answer(f, metric, &s);
	story_wrap(t, s.data, 0);
	arena_release(&scratch);
}

static void quantile(const struct sketch *s, uint64_t unended, double q, struct text *t)
{
	const double x = sketch_quantile(s, unended, q);

	if (s->count + unended == 0)
		text_printf(t, " %8s", "-");
	else if (isinf(x))
		text_printf(t, " %8s", "> end");
	else
		text_printf(t, " %8.2f", x);
}

static void recoveries(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;
	const int width = label_width(e);
	uint64_t all = 0;

	for (uint32_t c = 0; c < e->candidates; c++)
		all += e->candidate[c].recoveries + e->candidate[c].failures;
	if (all == 0)
		return;
	text_printf(t,
		    "\nRECOVERIES of all runs together, seconds from the failure to Ready\n"
		    "     %-*.*s %8s %10s %8s %8s %8s %8s %8s\n",
		    width, width, label_head(e), "failures", "recoveries", "not over", "p50", "p95", "p99", "slowest");
	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct candidate *k = &e->candidate[c];
		text_printf(t, "     %-*.*s %8" PRIu64 " %10" PRIu64 " %8" PRIu64, width, width, k->label, k->failures,
			    k->recoveries, k->unfinished);
		quantile(&k->leg[LEG_TOTAL], k->unended[LEG_TOTAL], 0.5, t);
		quantile(&k->leg[LEG_TOTAL], k->unended[LEG_TOTAL], 0.95, t);
		quantile(&k->leg[LEG_TOTAL], k->unended[LEG_TOTAL], 0.99, t);
		quantile(&k->leg[LEG_TOTAL], k->unended[LEG_TOTAL], 1, t);
		text_add(t, "\n");
	}
}

static void rare(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;
	const int width = label_width(e);
	bool told = false;

	for (uint32_t m = 0; m < e->metrics; m++) {
		if (!f->metric[m].is_rare)
			continue;
		if (!told)
			text_printf(t,
				    "\nRARE: share of runs in which it happened, 95 %% (Clopper and Pearson)\n     "
				    "%-*.*s %-24s "
				    "%14s %20s\n",
				    width, width, label_head(e), "metric is not at its best", "seen", "share of runs");
		told = true;
		for (uint32_t c = 0; c < e->candidates; c++) {
			const struct estimate *s = &f->metric[m].of[c];
			const struct interval i = share_interval(s->unlike_best, s->count, EXPERIMENT_CONFIDENCE);
			char seen[EXPERIMENT_TEXT_MAX], share[EXPERIMENT_TEXT_MAX];
			if (s->count == 0)
				continue;
			snprintf(seen, sizeof(seen), "%" PRIu32 " of %" PRIu32, s->unlike_best, s->count);
			if (s->unlike_best == 0)
				snprintf(share, sizeof(share), "below %.3g %%", i.high * 100);
			else
				snprintf(share, sizeof(share), "%.3g to %.3g %%", i.low * 100, i.high * 100);
			text_printf(t, "     %-*.*s %-24s %15s %20s\n", width, width, e->candidate[c].label,
				    e->metric[m].text, seen, share);
		}
	}
}

static void how(const struct findings *f, struct text *t)
{
	struct arena scratch = {0};
	struct text s;

	text_init(&s, &scratch);
	text_printf(
		&s,
		"How: each run of a candidate is one value. Intervals of means: Student's t. Differences: paired t; p "
		"after Holm over %" PRIu32 " comparisons; real: p <= 0.05, noise: may be chance; hidden: the better "
		"one's recoveries were not all over. ~: Wilcoxon's signed ranks "
		"say otherwise, look at the picture. crn: factor by which %s reduced the variance of the difference%s. "
		"Power "
		"80 %%. Quantiles of recoveries are within 0.1 %% of themselves; \"> end\": beyond the end of the run.",
		f->tested, f->e->independent ? "the pairing" : "common random numbers",
		f->e->independent ? " (streams are independent: about 1)" : "");
	text_add(t, "\n");
	story_wrap(t, s.data, 0);
	arena_release(&scratch);
}

static void heading(const struct experiment *e, struct text *t)
{
	text_printf(t, "%s: %" PRIu32 " candidate%s, %" PRIu32 " run%s each, %s (seed %" PRIu64 ")\n", e->name,
		    e->candidates, e->candidates == 1 ? "" : "s", e->runs, e->runs == 1 ? "" : "s",
		    e->independent ? "random numbers of their own" : "the same failures and arrivals for all", e->seed);
	for (uint32_t f = 0; f < e->factors; f++) {
		const struct factor *k = &e->factor[f];
		const bool numbers = factor_has_numbers(k);
		text_printf(t, "  %s:%s", k->key, numbers ? "\n" : "");
		for (uint32_t i = 0; i < k->levels; i++)
			if (numbers)
				text_printf(t, "    #%" PRIu32 "  %s\n", i + 1, k->level[i]);
			else
				text_printf(t, "%s %s", i > 0 ? "," : "", k->level[i]);
		text_add(t, numbers ? "" : "\n");
	}
	if (e->precise)
		text_printf(t, "Stopped when %s was known within %g %% for all (Chow and Robbins).\n",
			    e->metric[0].text, e->precision * 100);
}

void experiment_text(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;

	heading(e, t);
	text_add(t, "\n");
	for (uint32_t m = 0; m < e->metrics && e->runs > 0 && e->candidates > 1; m++)
		answer(f, m, t);
	if (f->warnings > 0)
		text_add(t, "\nBEFORE YOU BELIEVE IT\n");
	for (uint32_t i = 0; i < f->warnings; i++)
		story_wrap(t, text_format(e->arena, "- %s", f->warning[i]), 2);
	for (uint32_t m = 0; m < e->metrics; m++)
		if (f->metric[m].has_value && !f->metric[m].all_equal && !f->metric[m].no_difference)
			table(f, m, t);
	recoveries(f, t);
	if (e->runs > 0)
		rare(f, t);
	how(f, t);
	if (e->notes[0] != '\0')
		text_printf(t, "\nNOTES\n%s", e->notes);
	text_add(t, "\ndigests");
	for (uint32_t c = 0; c < e->candidates && c < 8; c++)
		text_printf(t, " %016" PRIx64, e->candidate[c].digest);
	text_printf(t, "%s, nodefall %s\n", e->candidates > 8 ? " ..." : "", NODEFALL_VERSION);
}
