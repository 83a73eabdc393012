/* charts_experiment.c - the pictures of compare and sweep, and the first of them: every metric with its intervals. */
#include "report/charts_experiment.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Yellow is hard to see on white, black is for what stands for all. */
#define COLOURS 7
#define PANELS_MAX 12

static const int order[COLOURS] = {0, 1, 2, 3, 4, 5, 7};

const char *chart_colour_of(uint32_t i)
{
	return chart_colour[order[i % COLOURS]];
}

int chart_dash_of(uint32_t i)
{
	return i / COLOURS % 2 == 0 ? 1 : 2;
}

int chart_point_of(uint32_t i)
{
	return i / COLOURS % 2 == 0 ? 7 : 6;
}

#define LEGEND_COLUMNS 4
#define LEGEND_ROW 20

int chart_legend_height(uint32_t count)
{
	return (int)((count + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS) * LEGEND_ROW + 8;
}

void chart_legend(struct chart *c, const char *const *label, uint32_t count)
{
	text_add(&c->script, "unset key\nunset label\n");
	for (uint32_t i = 0; i < count; i++) {
		const int from_top = (int)(i / LEGEND_COLUMNS) * LEGEND_ROW + LEGEND_ROW / 2;
		text_printf(&c->script,
			    "set label '%.30s' at screen %.4f, screen %.4f left offset 1.2,0 point pt %d ps 1.2 lc rgb "
			    "'%s'\n",
			    label[i], 0.08 + 0.23 * (i % LEGEND_COLUMNS),
			    (double)(chart_legend_height(count) - from_top) / c->height, chart_point_of(i),
			    chart_colour_of(i));
	}
}

void chart_tics(struct chart *c, double low, double high)
{
	const double rough = (high - low) / 5, unit = pow(10, floor(log10(rough)));
	const double step = rough > 5 * unit ? 10 * unit : rough > 2 * unit ? 5 * unit : rough > unit ? 2 * unit : unit;

	text_printf(&c->script, "set xtics %.10g\n", step);
}

const char *chart_metric_label(const struct chart *c, const struct trial_metric *m)
{
	const char *unit = metric_unit(m->name);

	return unit[0] != '\0' ? text_format(c->arena, "%s, %s", chart_safe(c, m->text), unit) : chart_safe(c, m->text);
}

/* Room for the longest label at the left, as a share of the picture. */
static double left_margin(const struct findings *f, const struct chart *c)
{
	size_t most = 8;

	for (uint32_t i = 0; i < f->e->candidates; i++)
		most = strlen(f->e->candidate[i].label) > most ? strlen(f->e->candidate[i].label) : most;
	return (40 + 7.5 * (double)(most > 40 ? 40 : most)) / c->width;
}

/* A block: mean, interval, place from the top. */
static void interval_row(struct chart *c, const struct findings *f, uint32_t m, uint32_t k)
{
	const struct estimate *s = &f->metric[m].of[k];
	const bool known = s->count > 1;

	text_printf(&c->data, "# %s of %s\n%.10g %.10g %.10g %" PRIu32 "\n\n\n", f->e->metric[m].text,
		    f->e->candidate[k].label, s->mean, known ? s->mean_interval.low : s->mean,
		    known ? s->mean_interval.high : s->mean, k);
}

/* Tic labels are formats to gnuplot. */
static void tic_label(struct chart *c, const char *label)
{
	for (size_t i = 0; i < 40 && label[i] != '\0'; i++)
		text_printf(&c->script, label[i] == '%' ? "%%%%" : "%c", label[i]);
}

void chart_interval_ends(const struct findings *f, uint32_t metric, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (uint32_t k = 0; k < f->e->candidates; k++) {
		const struct estimate *s = &f->metric[metric].of[k];
		if (s->count == 0)
			continue;
		*low = fmin(*low, s->count > 1 ? s->mean_interval.low : s->mean);
		*high = fmax(*high, s->count > 1 ? s->mean_interval.high : s->mean);
	}
}

/* The axis from the lowest to the highest end of an interval, with a little room. */
static void interval_axis(struct chart *c, const struct findings *f, uint32_t m)
{
	double low, high;

	chart_interval_ends(f, m, &low, &high);
	/* Ends that differ by rounding only are no range to gnuplot. */
	const bool wide = high - low > 1e-9 * fabs(high);
	const double room = wide ? 0.06 * (high - low) : fmax(1e-6, 0.01 * fabs(high));
	text_printf(&c->script, "set xrange [%.10g:%.10g]\n", low - room, high + room);
	chart_tics(c, low - room, high + room);
}

static void interval_panel(struct chart *c, const struct findings *f, uint32_t m, uint32_t *block, bool labels)
{
	const struct experiment *e = f->e;
	const char *before = "plot ";

	interval_axis(c, f, m);
	text_printf(&c->script, "set title '%s (%s is better)' offset 0,-0.6\nset yrange [%.1f:-0.5]\nset ytics (",
		    chart_metric_label(c, &e->metric[m]), metric_more_is_better(e->metric[m].name) ? "more" : "less",
		    e->candidates - 0.5);
	for (uint32_t k = 0; k < e->candidates; k++) {
		text_add(&c->script, k > 0 ? ",'" : "'");
		tic_label(c, labels ? chart_safe(c, e->candidate[k].label) : "");
		text_printf(&c->script, "' %" PRIu32, k);
	}
	text_add(&c->script, ")\n");
	for (uint32_t k = 0; k < e->candidates; k++) {
		if (f->metric[m].of[k].count == 0)
			continue;
		interval_row(c, f, m, k);
		text_printf(&c->script,
			    "%s'intervals.dat' index %" PRIu32
			    " using 1:4:2:3 with xerrorbars pt 7 ps 1.3 lw 2.5 lc rgb '%s' notitle",
			    before, (*block)++, chart_colour_of(k));
		before = ", \\\n     ";
	}
	text_add(&c->script, "\n");
}

bool chart_intervals(struct chart *c, const struct findings *f)
{
	const struct experiment *e = f->e;
	uint32_t panel[PANELS_MAX], panels = 0, block = 0;

	for (uint32_t m = 0; m < e->metrics && panels < PANELS_MAX; m++)
		if (f->metric[m].has_value && !f->metric[m].all_equal)
			panel[panels++] = m;
	if (panels == 0)
		return false;
	const uint32_t columns = panels > 1 ? 2 : 1, rows = (panels + columns - 1) / columns;
	const double left = left_margin(f, c);
	c->height = (int)(110 + rows * (90 + 24 * (e->candidates > 40 ? 40 : e->candidates)));
	text_add(&c->data,
		 "# mean, lower and upper end of its 95 % interval, place; a block for each metric and candidate\n");
	text_printf(
		&c->script,
		"set multiplot layout %" PRIu32 ",%" PRIu32 " title '%s: means of %" PRIu32
		" runs with their 95 %% intervals (Student)' font ',14' margins %.3f,0.97,%.3f,%.3f spacing 0.06,%.3f\n"
		"set grid xtics lc rgb '#dddddd' lt 1\nset border 3\nset tics nomirror\nset offsets 0,0,0,0\n",
		rows, columns, chart_safe(c, e->name), e->runs, left, 45.0 / c->height, 1 - 75.0 / c->height,
		70.0 / c->height);
	for (uint32_t i = 0; i < panels; i++)
		interval_panel(c, f, panel[i], &block, i % columns == 0);
	return true;
}

const char *charts_experiment(const struct findings *f, const char *dir, struct arena *a, struct text *notes)
{
	static const struct {
		const char *name;
		bool of_compare, of_sweep;
		bool (*make)(struct chart *c, const struct findings *f);
	} kind[] = {
		{"intervals", true, true, chart_intervals},
		{"recovery-cdf", true, true, chart_recovery_cdf},
		{"imbalance", true, true, chart_imbalance},
		{"sweep", false, true, chart_sweep},
	};
	const char *error = charts_folder(dir, a);
	bool missing = false;

	for (size_t i = 0; error == NULL && i < sizeof(kind) / sizeof(kind[0]); i++) {
		struct chart c;
		if (!(f->e->is_sweep ? kind[i].of_sweep : kind[i].of_compare))
			continue;
		chart_begin(&c, a, kind[i].name);
		if (kind[i].make(&c, f))
			error = chart_draw(&c, dir, &missing, notes);
		else
			text_printf(notes, "note: no picture \"%s\": there is nothing to show\n", c.name);
	}
	if (f->e->candidates > CHART_CURVES_MAX && error == NULL)
		text_printf(notes, "note: recovery-cdf and imbalance show the first %d candidates\n", CHART_CURVES_MAX);
	return error;
}
