/* chart_distributions.c - each leg's recoveries as cumulative shares; the load's unevenness over time with bands. */
#include "report/charts_experiment.h"

#include <inttypes.h>
#include <math.h>

static uint32_t curves(const struct experiment *e)
{
	return e->candidates < CHART_CURVES_MAX ? e->candidates : CHART_CURVES_MAX;
}

/* The share of recoveries that had walked the leg within each value; the curve ends below 1 where some never did. */
static void cdf_rows(struct chart *c, const struct candidate *k, int leg, double most)
{
	const struct sketch *s = &k->leg[leg];
	const double all = (double)(s->count + k->unended[leg]);
	uint64_t passed = s->zeros;

	text_printf(&c->data, "# %s of %s: %" PRIu64 ", %" PRIu64 " not over\n", leg_name((enum leg)leg), k->label,
		    s->count + k->unended[leg], k->unended[leg]);
	text_printf(&c->data, "0 %.6g\n", (double)passed / all);
	for (uint32_t i = 0; i < s->length; i++) {
		if (s->bucket[i] == 0)
			continue;
		const double x = sketch_value(s, s->first + (int32_t)i);
		text_printf(&c->data, "%.6g %.6g\n", x, (double)passed / all);
		passed += s->bucket[i];
		text_printf(&c->data, "%.6g %.6g\n", x, (double)passed / all);
	}
	text_printf(&c->data, "%.6g %.6g\n\n\n", most, (double)passed / all);
}

/* From where to where a leg's axis goes. */
static bool cdf_range(const struct experiment *e, int leg, double *low, double *high)
{
	*low = INFINITY;
	*high = 0;
	for (uint32_t k = 0; k < curves(e); k++) {
		const struct candidate *d = &e->candidate[k];
		if (d->leg[leg].count == 0)
			continue;
		*low = fmin(*low, sketch_quantile(&d->leg[leg], 0, 0));
		*high = fmax(*high, sketch_quantile(&d->leg[leg], 0, 1));
	}
	const double margin = fmax(0.06 * (*high - *low), 0.001 * *high);
	*low = fmax(0, *low - margin);
	*high += margin;
	return *high > 0;
}

/* One leg: the curves of those candidates that have something to show. */
static void cdf_panel(struct chart *c, const struct experiment *e, int leg, uint32_t *block)
{
	bool any = false;
	double low, high;

	cdf_range(e, leg, &low, &high);
	text_printf(&c->script, "set title '%s' offset 0,-0.6\nset xrange [%.6g:%.6g]\n", leg_name((enum leg)leg), low,
		    high);
	chart_tics(c, low, high);
	text_add(&c->script, "plot ");
	for (uint32_t k = 0; k < curves(e); k++) {
		if (e->candidate[k].leg[leg].count + e->candidate[k].unended[leg] == 0)
			continue;
		cdf_rows(c, &e->candidate[k], leg, high);
		text_printf(&c->script,
			    "%s'recovery-cdf.dat' index %" PRIu32
			    " using 1:2 with lines lw %.1f dt %d lc rgb '%s' notitle",
			    any ? ", \\\n     " : "", (*block)++, 2.0 + 3.5 * (curves(e) - 1 - k) / curves(e),
			    chart_dash_of(k), chart_colour_of(k));
		any = true;
	}
	text_add(&c->script, "\nunset label\n");
}

static void candidates_legend(struct chart *c, const struct experiment *e)
{
	const char *label[CHART_CURVES_MAX];

	for (uint32_t k = 0; k < curves(e); k++)
		label[k] = chart_safe(c, e->candidate[k].label);
	chart_legend(c, label, curves(e));
}

bool chart_recovery_cdf(struct chart *c, const struct findings *f)
{
	const struct experiment *e = f->e;
	uint32_t block = 0, panels = 0;
	double low, high;

	for (int l = 0; l < LEGS; l++)
		panels += cdf_range(e, l, &low, &high);
	if (panels == 0)
		return false;
	const uint32_t columns = panels < 3 ? panels : 3, rows = (panels + 2) / 3;
	const int legend = chart_legend_height(curves(e));
	c->height = (int)(120 + 260 * rows) + legend;
	text_add(&c->data, "# seconds, share of recoveries within them; a block for each leg and candidate\n");
	text_printf(&c->script,
		    "set multiplot layout %" PRIu32 ",%" PRIu32 " title '%s: recoveries of all %" PRIu32
		    " runs, share that was over within so many seconds' font ',14' margins 0.06,0.98,%.3f,%.3f spacing "
		    "0.05,%.3f\nset yrange [0:1.02]\nset grid lc rgb '#dddddd' lt 1\nset border 3\nset tics nomirror\n"
		    "set xlabel 'seconds' offset 0,0.5\n",
		    rows, columns, chart_safe(c, e->name), e->runs, (50.0 + legend) / c->height, 1 - 70.0 / c->height,
		    85.0 / c->height);
	candidates_legend(c, e);
	for (int l = 0; l < LEGS; l++)
		if (cdf_range(e, l, &low, &high))
			cdf_panel(c, e, l, &block);
	return true;
}

/* Time, median, and the middle 80 % of the runs. */
static void imbalance_rows(struct chart *c, const struct candidate *k)
{
	const struct scenario *s = k->scenario;
	const double from = time_seconds(s->warmup) / c->unit,
		     part = time_seconds(s->duration - s->warmup) / c->unit / LOAD_SERIES;

	text_printf(&c->data, "# %s\n", k->label);
	for (int i = 0; i < LOAD_SERIES; i++)
		if (k->cv[i].count > 0)
			text_printf(&c->data, "%.6g %.6g %.6g %.6g\n", from + (i + 0.5) * part,
				    sketch_quantile(&k->cv[i], 0, 0.5), sketch_quantile(&k->cv[i], 0, 0.1),
				    sketch_quantile(&k->cv[i], 0, 0.9));
	text_add(&c->data, "\n\n");
}

bool chart_imbalance(struct chart *c, const struct findings *f)
{
	const struct experiment *e = f->e;

	/* Without time or nodes there is nothing to lie unevenly, whatever the candidate. */
	for (uint32_t k = 0; k < curves(e); k++)
		if (e->candidate[k].cv[0].count == 0)
			return false;
	chart_time_unit(c, time_seconds(e->horizon));
	c->height = 590 + chart_legend_height(curves(e));
	text_printf(&c->data, "# time in %s, median over runs, 10 and 90 %% quantile\n", c->unit_name);
	text_printf(&c->script,
		    "set title \"%s: how unevenly requested cpu lies on the nodes\\nlines: median of %" PRIu32
		    " runs; bands: the middle 80 %% of them\" font ',13'\n",
		    chart_safe(c, e->name), e->runs);
	text_printf(
		&c->script,
		"set xlabel 'simulated time, %s'\nset ylabel 'standard deviation / mean over the nodes that are up'\n"
		"set yrange [0:0.01<*]\nset offsets 0,0,graph 0.05,0\nset grid lc rgb '#dddddd' lt 1\nset border 3\n"
		"set tics nomirror\nset bmargin at screen %.3f\n",
		c->unit_name, (60.0 + chart_legend_height(curves(e))) / c->height);
	candidates_legend(c, e);
	text_add(&c->script, "plot ");
	for (uint32_t k = 0; k < curves(e); k++) {
		imbalance_rows(c, &e->candidate[k]);
		text_printf(&c->script,
			    "%s'imbalance.dat' index %" PRIu32
			    " using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.15 noborder notitle",
			    k > 0 ? ", \\\n     " : "", k, chart_colour_of(k));
	}
	for (uint32_t k = 0; k < curves(e); k++)
		text_printf(&c->script,
			    ", \\\n     'imbalance.dat' index %" PRIu32
			    " using 1:2 with lines lw %.1f dt %d lc rgb '%s' notitle",
			    k, 2.0 + 3.5 * (curves(e) - 1 - k) / curves(e), chart_dash_of(k), chart_colour_of(k));
	text_add(&c->script, "\n");
	return true;
}
