/* chart_distribution.c - the empirical distribution of recovery times, of one run or of all runs together. */
#include "report/charts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/runs.h"

/* Steps that are drawn; of more values these many quantiles, evenly spaced. */
#define STEPS 500
/* Of fewer the table tells more than a curve. */
#define FEWEST 5

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorted values that stand for all totals in seconds: each of them, or, of very many runs, evenly spaced quantiles. */
static double *totals(const struct chart *c, uint32_t *count)
{
	const struct outcome *o = c->o;
	const struct leg_values *all = o->runs != NULL ? &o->runs->values[LEG_TOTAL] : NULL;
	const bool exact = all == NULL || o->runs->leg[LEG_TOTAL].exact;
	const uint32_t most = !exact ? STEPS : all != NULL ? all->count : o->recoveries;
	double *value = ARENA_NEW(c->arena, most, double);
	uint32_t n = 0;

	for (uint32_t i = 0; i < most; i++) {
		if (!exact)
			value[n++] = sketch_quantile(&all->sketch, 0, (i + 0.5) / STEPS);
		else if (all != NULL)
			value[n++] = all->value[i];
		else if (o->recovery[i].leg[LEG_TOTAL] != SIM_NEVER)
			value[n++] = time_seconds(o->recovery[i].leg[LEG_TOTAL]);
	}
	qsort(value, n, sizeof(value[0]), by_value);
	*count = n;
	return value;
}

bool chart_distribution(struct chart *c)
{
	const struct runs *r = c->o->runs;
	uint32_t count;
	const double *value = totals(c, &count);
	const double back = r != NULL ? (double)r->leg[LEG_TOTAL].count : count;

	if (count < FEWEST || value[count - 1] - value[0] < 1e-3)
		return false;
	c->height = 440;
	const double all = r != NULL ? (double)r->recoveries : c->o->recoveries,
		     room = (value[count - 1] - value[0]) * 0.04;
	text_printf(&c->data, "# total recovery time, s; share of all lost pods, %%\n%.9g 0\n", value[0] - room);
	const uint32_t steps = count < STEPS ? count : STEPS;
	for (uint32_t k = 0; k < steps; k++) {
		const uint32_t i = (uint32_t)((uint64_t)(k + 1) * count / steps) - 1;
		text_printf(&c->data, "%.9g %.6g\n", value[i], (i + 1.0) / count * back / all * 100);
	}
	text_printf(&c->data, "%.9g %.6g\n", value[count - 1] + room, back / all * 100);
	text_printf(&c->script,
		    "set title 'Share of lost pods that were back, %.0f of %.0f%s' font ',14' offset 0,1.4\n"
		    "set lmargin 10\nset tmargin 6\nset border 3\nset tics nomirror\nset grid lc rgb '#dddddd' lt 1\n"
		    "set yrange [0:105]\nset xrange [%.9g:%.9g]\nset xlabel 'time since the failure, s'\n"
		    "set ylabel '%% of lost pods'\nunset key\n",
		    back, all, r != NULL ? ", all runs" : "", value[0] - room, value[count - 1] + room);
	/* The labels stand above the curve, one over the other, on the side of their line where there is more room. */
	const double q[] = {0.5, 0.95};
	for (int k = 0; k < 2; k++) {
		const double x = quantile_sorted(value, count, q[k]);
		const bool left = x - value[0] > value[count - 1] - x;
		text_printf(&c->script,
			    "set arrow from %.9g, graph 0 to %.9g, graph 1.04 nohead dt 2 lc rgb '#D55E00'\n"
			    "set label '%s %.1f s' at %.9g, graph 1 %s offset %s,%s tc rgb '#B03A00'\n",
			    x, x, k == 0 ? "median of these" : "p95", x, x, left ? "right" : "left",
			    left ? "-0.3" : "0.3", k == 0 ? "1.6" : "0.5");
	}
	text_add(&c->script, "plot 'distribution.dat' using 1:2 with steps lw 2.5 lc rgb '#0072B2'\n");
	return true;
}
