/* finding.c - estimates and comparisons from the values of all runs. */
#include "report/finding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA (1 - EXPERIMENT_CONFIDENCE)
#define RARE 0.9

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double findings_best_possible(const struct experiment *e, uint32_t metric)
{
	return strcmp(e->metric[metric].name, "availability") == 0 ? 1 : 0;
}

static struct estimate estimate(const struct experiment *e, uint32_t metric, const struct candidate *c, double *scratch)
{
	struct estimate s = {.median = NAN};

	for (uint32_t i = 0; i < e->runs; i++)
		if (!isnan(c->value[metric][i]))
			scratch[s.count++] = c->value[metric][i];
	const struct moments *m = &c->moments[metric];
	s.mean = s.count > 0 ? m->mean : (double)NAN;
	s.sd = moments_sd(m);
	s.mean_interval = mean_interval(m, EXPERIMENT_CONFIDENCE);
	s.skewness = skewness_of(scratch, s.count);
	for (uint32_t i = 0; i < s.count; i++)
		s.unlike_best += scratch[i] != findings_best_possible(e, metric);
	qsort(scratch, s.count, sizeof(scratch[0]), by_value);
	s.median = s.count > 0 ? quantile_sorted(scratch, s.count, 0.5) : (double)NAN;
	s.median_interval = quantile_interval(scratch, s.count, 0.5, EXPERIMENT_CONFIDENCE);
	return s;
}

/* Inserts candidates in the order of their means; of equal ones the first that was named comes first. */
static void rank(const struct experiment *e, uint32_t metric, struct metric_finding *f)
{
	const double sign = metric_more_is_better(e->metric[metric].name) ? -1 : 1;

	for (uint32_t c = 0; c < e->candidates; c++) {
		uint32_t at = c;
		for (; at > 0; at--) {
			const double before = f->of[f->ranked[at - 1]].mean, mine = f->of[c].mean;
			if (isnan(mine) || (!isnan(before) && sign * before <= sign * mine))
				break;
			f->ranked[at] = f->ranked[at - 1];
		}
		f->ranked[at] = c;
	}
}

static void find_metric(const struct experiment *e, uint32_t metric, struct metric_finding *f, double *scratch)
{
	double least = INFINITY, most = -INFINITY;
	uint64_t count = 0, unlike = 0;

	f->of = ARENA_NEW(e->arena, e->candidates, struct estimate);
	f->ranked = ARENA_NEW(e->arena, e->candidates, uint32_t);
	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct moments *m = &e->candidate[c].moments[metric];
		f->of[c] = estimate(e, metric, &e->candidate[c], scratch);
		count += f->of[c].count;
		unlike += f->of[c].unlike_best;
		if (f->of[c].count == 0)
			continue;
		least = fmin(least, m->min);
		most = fmax(most, m->max);
	}
	f->has_value = count > 0;
	f->all_equal = count > 0 && least == most;
	f->is_rare = count > 0 && (double)unlike <= (1 - RARE) * (double)count;
	rank(e, metric, f);
}

static struct comparison compare(const struct experiment *e, uint32_t metric, uint32_t a, uint32_t b, double *scratch)
{
	struct comparison c = {.metric = metric, .a = a, .b = b, .equal = true};
	double *d = scratch, *x = scratch + e->runs, *y = x + e->runs, *spare = y + e->runs;
	struct moments m = {0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->runs; i++) {
		const double va = e->candidate[a].value[metric][i], vb = e->candidate[b].value[metric][i];
		if (isnan(va) || isnan(vb))
			continue;
		x[n] = va;
		y[n] = vb;
		/* What rounding leaves of equal values, summed up in another order, is no difference. */
		d[n] = fabs(vb - va) <= 1e-12 * fmax(fabs(va), fabs(vb)) ? 0 : vb - va;
		c.equal = c.equal && d[n] == 0;
		moments_add(&m, d[n++]);
	}
	c.sd = moments_sd(&m);
	c.t = paired_t(d, n, EXPERIMENT_CONFIDENCE);
	c.ranks = paired_ranks(d, n, EXPERIMENT_CONFIDENCE, spare);
	c.reduction = variance_reduction(x, y, n);
	c.equal = c.equal && n > 0;
	return c;
}

/* Corrects for the number of tests, and says what more runs would do at the level that is left to each. */
static void judge(struct findings *f)
{
	struct arena *a = f->e->arena;
	double *p = ARENA_NEW(a, f->comparisons, double), *adjusted = ARENA_NEW(a, f->comparisons, double);

	for (uint32_t i = 0; i < f->comparisons; i++) {
		p[i] = f->comparison[i].equal ? (double)NAN : f->comparison[i].t.p;
		f->tested += !isnan(p[i]);
	}
	holm_adjust(p, f->comparisons, adjusted);
	for (uint32_t i = 0; i < f->comparisons; i++) {
		struct comparison *c = &f->comparison[i];
		c->p_adjusted = adjusted[i];
		c->hidden = f->e->candidate[c->t.centre > 0 ? c->a : c->b].runs_censored[c->metric] > 0;
		c->real = adjusted[i] <= ALPHA && !c->hidden;
		p[i] = isnan(p[i]) ? (double)NAN : c->ranks.p;
	}
	holm_adjust(p, f->comparisons, adjusted);
	for (uint32_t i = 0; i < f->comparisons; i++) {
		struct comparison *c = &f->comparison[i];
		const double level = ALPHA / (f->tested > 0 ? f->tested : 1);
		c->ranks_adjusted = adjusted[i];
		c->runs_needed = paired_count_needed(c->t.centre, c->sd, level, EXPERIMENT_POWER);
		c->least = paired_least(c->sd, c->t.count, level, EXPERIMENT_POWER);
	}
}

void findings_make(struct findings *f, const struct experiment *e)
{
	const uint32_t n = e->candidates, pairs = n <= ALL_PAIRS_MAX ? n * (n - 1) / 2 : n - 1;
	struct arena scratch = {0};
	double *numbers = ARENA_NEW(&scratch, (size_t)e->runs * 5, double);

	*f = (struct findings){.e = e};
	f->metric = ARENA_NEW(e->arena, e->metrics, struct metric_finding);
	f->comparison = ARENA_NEW(e->arena, (size_t)pairs * e->metrics, struct comparison);
	for (uint32_t m = 0; m < e->metrics; m++) {
		const uint32_t first = f->comparisons;
		find_metric(e, m, &f->metric[m], numbers);
		for (uint32_t a = 0; a < (n <= ALL_PAIRS_MAX ? n : 1); a++)
			for (uint32_t b = a + 1; b < n; b++)
				f->comparison[f->comparisons++] = compare(e, m, a, b, numbers);
		f->metric[m].no_difference = f->comparisons > first;
		for (uint32_t i = first; i < f->comparisons; i++)
			f->metric[m].no_difference = f->metric[m].no_difference && f->comparison[i].equal;
	}
	arena_release(&scratch);
	judge(f);
	findings_effects(f);
	findings_warn(f);
}

const struct comparison *findings_between(const struct findings *f, uint32_t metric, uint32_t a, uint32_t b, int *sign)
{
	*sign = a < b ? 1 : -1;
	for (uint32_t i = 0; i < f->comparisons; i++) {
		const struct comparison *c = &f->comparison[i];
		if (c->metric == metric && c->a == (a < b ? a : b) && c->b == (a < b ? b : a))
			return c;
	}
	return NULL;
}
