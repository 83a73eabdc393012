/* chart_sweep.c - every metric against the first factor that is a number, a curve for each combination of the others.
 */
#include "report/charts_experiment.h"

#include <inttypes.h>
#include <math.h>

#define PANELS_MAX 12

struct sweep {
	const struct experiment *e;
	uint32_t axis;   /* factor */
	uint32_t curves; /* combinations of the others */
	double low, high, unit;
	const char *unit_name;
};

/* Where candidate i lies: its curve, counted over the other factors. */
static uint32_t curve_of(const struct sweep *s, const struct candidate *k)
{
	uint32_t curve = 0;

	for (uint32_t f = 0; f < s->e->factors; f++)
		if (f != s->axis)
			curve = curve * s->e->factor[f].levels + k->level[f];
	return curve;
}

static const char *curve_label(const struct chart *c, const struct sweep *s, const struct candidate *k)
{
	struct text t;

	text_init(&t, c->arena);
	for (uint32_t f = 0; f < s->e->factors; f++)
		if (f != s->axis)
			text_printf(&t, "%s%s", t.length > 0 ? " / " : "", s->e->factor[f].level[k->level[f]]);
	return chart_safe(c, t.data);
}

/* What tells the curves apart, as a line of the title; "" where there is one curve only. */
static const char *curve_keys(const struct chart *c, const struct sweep *s)
{
	struct text t;

	text_init(&t, c->arena);
	for (uint32_t f = 0; f < s->e->factors && s->curves > 1; f++)
		if (f != s->axis)
			text_printf(&t, "%s%s",
				    t.length > 0 ? " / " : "\\ncurves: ", chart_safe(c, s->e->factor[f].key));
	return t.data;
}

/* Rows of one curve; false, and nothing written, when none of its candidates has a value. */
static bool curve_rows(struct chart *c, const struct findings *f, const struct sweep *s, uint32_t m, uint32_t curve)
{
	bool any = false;

	for (uint32_t k = 0; k < s->e->candidates; k++) {
		const struct candidate *d = &s->e->candidate[k];
		const struct estimate *x = &f->metric[m].of[k];
		if (curve_of(s, d) != curve || x->count == 0)
			continue;
		any = true;
		text_printf(&c->data, "%.10g %.10g %.10g %.10g\n",
			    s->e->factor[s->axis].number[d->level[s->axis]] / s->unit, x->mean,
			    x->count > 1 ? x->mean_interval.low : x->mean,
			    x->count > 1 ? x->mean_interval.high : x->mean);
	}
	text_add(&c->data, any ? "\n\n" : "");
	return any;
}

/*
 * The y axis. What has no values below 0 has no axis there either, and one whose values are all within a third of 0
 * begins at 0; others show the range of the values, which the numbers at the axis say.
 */
static void y_axis(struct chart *c, const struct findings *f, uint32_t m)
{
	double low, high;

	chart_interval_ends(f, m, &low, &high);
	if (low < high / 3)
		text_add(&c->script, "set offsets 0,0,graph 0.05,0\nset yrange [0:*]\n");
	else
		text_add(&c->script, "set offsets 0,0,graph 0.05,graph 0.05\nset yrange [*:*]\n");
}

static void panel(struct chart *c, const struct findings *f, const struct sweep *s, uint32_t m, uint32_t *block)
{
	uint32_t at[CHART_CURVES_MAX];
	const char *before = "plot ";

	y_axis(c, f, m);
	text_printf(&c->script, "set title '%s (%s is better)' offset 0,-0.6\n",
		    chart_metric_label(c, &s->e->metric[m]),
		    metric_more_is_better(s->e->metric[m].name) ? "more" : "less");
	for (uint32_t k = 0; k < s->curves; k++) {
		at[k] = curve_rows(c, f, s, m, k) ? (*block)++ : UINT32_MAX;
		if (at[k] == UINT32_MAX)
			continue;
		text_printf(&c->script,
			    "%s'sweep.dat' index %" PRIu32
			    " using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.2 "
			    "noborder notitle",
			    before, at[k], chart_colour_of(k));
		before = ", \\\n     ";
	}
	for (uint32_t k = 0; k < s->curves; k++)
		if (at[k] != UINT32_MAX)
			text_printf(&c->script,
				    "%s'sweep.dat' index %" PRIu32
				    " using 1:2 with linespoints pt %d ps 0.9 lw 2 dt %d lc rgb "
				    "'%s' notitle",
				    before, at[k], chart_point_of(k), chart_dash_of(k), chart_colour_of(k));
	text_add(&c->script, "\nunset label\n");
}

/* The factor of the axis and what its numbers are divided by. */
static bool choose_axis(const struct experiment *e, struct sweep *s)
{
	*s = (struct sweep){.e = e, .axis = UINT32_MAX, .curves = 1, .unit = 1, .unit_name = ""};
	for (uint32_t f = 0; f < e->factors && s->axis == UINT32_MAX; f++)
		s->axis = e->factor[f].is_number && e->factor[f].levels > 1 ? f : UINT32_MAX;
	if (s->axis == UINT32_MAX)
		return false;
	const struct factor *axis = &e->factor[s->axis];
	s->low = INFINITY;
	s->high = -INFINITY;
	for (uint32_t i = 0; i < axis->levels; i++) {
		s->low = fmin(s->low, axis->number[i]);
		s->high = fmax(s->high, axis->number[i]);
	}
	if (axis->is_percent) {
		s->unit = 0.01;
		s->unit_name = ", %";
	} else if (axis->is_time) {
		s->unit = s->high > 10800 ? 3600 : s->high > 600 ? 60 : 1;
		s->unit_name = s->high > 10800 ? ", h" : s->high > 600 ? ", min" : ", s";
	}
	for (uint32_t f = 0; f < e->factors; f++)
		s->curves *= f != s->axis ? e->factor[f].levels : 1;
	return s->curves <= CHART_CURVES_MAX;
}

/* The range of the axis with a little room, and what the colours mean. */
static void axis_and_legend(struct chart *c, const struct sweep *s)
{
	const double low = s->low / s->unit, high = s->high / s->unit, room = 0.03 * (high - low);
	const char *label[CHART_CURVES_MAX];

	text_printf(&c->script, "set xrange [%.10g:%.10g]\n", low - room, high + room);
	chart_tics(c, low, high);
	for (uint32_t k = 0; k < s->e->candidates; k++)
		label[curve_of(s, &s->e->candidate[k])] = curve_label(c, s, &s->e->candidate[k]);
	chart_legend(c, label, s->curves > 1 ? s->curves : 0);
}

bool chart_sweep(struct chart *c, const struct findings *f)
{
	const struct experiment *e = f->e;
	uint32_t block = 0, panels = 0, panel_of[PANELS_MAX];
	struct sweep s;

	for (uint32_t m = 0; m < e->metrics && panels < PANELS_MAX; m++)
		if (f->metric[m].has_value && !f->metric[m].all_equal)
			panel_of[panels++] = m;
	if (panels == 0 || !choose_axis(e, &s))
		return false;
	const uint32_t columns = panels > 1 ? 2 : 1, rows = (panels + columns - 1) / columns;
	const int legend = s.curves > 1 ? chart_legend_height(s.curves) : 0;
	c->height = (int)(130 + (panels > 1 ? 290 : 420) * rows) + legend;
	text_printf(&c->data,
		    "# %s%s; mean, lower and upper end of its 95 %% interval; a block for each metric and curve\n",
		    e->factor[s.axis].key, s.unit_name);
	text_printf(&c->script,
		    "set multiplot layout %" PRIu32 ",%" PRIu32 " title \"%s: means of %" PRIu32
		    " runs; bands: their 95 %% intervals (Student)%s\" font ',14' margins 0.09,0.97,%.3f,%.3f spacing "
		    "0.09,%.3f\n"
		    "set grid lc rgb '#dddddd' lt 1\nset border 3\nset tics nomirror\nset xlabel '%s%s' offset 0,0.3\n",
		    rows, columns, chart_safe(c, e->name), e->runs, curve_keys(c, &s), (62.0 + legend) / c->height,
		    1 - (s.curves > 1 ? 95.0 : 75.0) / c->height, 90.0 / c->height,
		    chart_safe(c, e->factor[s.axis].key), s.unit_name);
	axis_and_legend(c, &s);
	for (uint32_t i = 0; i < panels; i++)
		panel(c, f, &s, panel_of[i], &block);
	return true;
}
