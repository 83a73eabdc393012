/* finding_effects.c - what each of several keys does by itself: levels averaged over all combinations of the others. */
#include "report/finding.h"

#include <math.h>

/* The mean over all candidates with this level in one run; NaN when one of them has no value. */
static double level_mean(const struct experiment *e, uint32_t metric, uint32_t factor, uint32_t level, uint32_t run)
{
	double sum = 0;
	uint32_t count = 0;

	for (uint32_t c = 0; c < e->candidates; c++) {
		if (e->candidate[c].level[factor] != level)
			continue;
		sum += e->candidate[c].value[metric][run];
		count++;
	}
	return sum / count;
}

static bool is_censored(const struct experiment *e, uint32_t metric)
{
	for (uint32_t c = 0; c < e->candidates; c++)
		if (e->candidate[c].runs_censored[metric] > 0)
			return true;
	return false;
}

static struct effect effect_of(const struct experiment *e, uint32_t metric, uint32_t factor, uint32_t level, double *d)
{
	struct effect x = {.metric = metric, .factor = factor, .level = level, .equal = true};
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->runs; i++) {
		const double first = level_mean(e, metric, factor, 0, i),
			     mine = level_mean(e, metric, factor, level, i);
		if (isnan(first) || isnan(mine))
			continue;
		d[n] = fabs(mine - first) <= 1e-12 * fmax(fabs(mine), fabs(first)) ? 0 : mine - first;
		x.equal = x.equal && d[n] == 0;
		n++;
		moments_add(&x.moments, mine);
	}
	x.difference = paired_t(d, n, EXPERIMENT_CONFIDENCE);
	return x;
}

void findings_effects(struct findings *f)
{
	const struct experiment *e = f->e;
	struct arena scratch = {0};
	double *d, *p, *adjusted;
	uint32_t levels = 0;

	if (e->factors < 2)
		return;
	d = ARENA_NEW(&scratch, e->runs, double);
	for (uint32_t k = 0; k < e->factors; k++)
		levels += e->factor[k].levels;
	f->effect = ARENA_NEW(e->arena, (size_t)levels * e->metrics, struct effect);
	for (uint32_t m = 0; m < e->metrics; m++)
		for (uint32_t k = 0; k < e->factors; k++)
			for (uint32_t l = 0; l < e->factor[k].levels; l++)
				f->effect[f->effects++] = effect_of(e, m, k, l, d);
	p = ARENA_NEW(&scratch, f->effects, double);
	adjusted = ARENA_NEW(&scratch, f->effects, double);
	for (uint32_t i = 0; i < f->effects; i++)
		p[i] = f->effect[i].level == 0 || f->effect[i].equal ? (double)NAN : f->effect[i].difference.p;
	holm_adjust(p, f->effects, adjusted);
	for (uint32_t i = 0; i < f->effects; i++) {
		f->effect[i].p_adjusted = adjusted[i];
		f->effect[i].real = adjusted[i] <= 1 - EXPERIMENT_CONFIDENCE && !is_censored(e, f->effect[i].metric);
	}
	arena_release(&scratch);
}
