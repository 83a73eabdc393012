/* chart_load.c - requested cpu, memory and pods over time: a line for each node, or bands where there are too many. */
#include "report/charts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define LINES_MAX 12
#define INSTANTS_LINES 2000
#define INSTANTS_BANDS 400
#define BANDS 5

struct replay {
	const struct outcome *o;
	bool *member;
	double *milli, *bytes, *pods;
};

static void apply(struct replay *r, const struct load_step *s)
{
	if (s->member != 0)
		r->member[s->node] = s->member > 0;
	r->milli[s->node] += s->cpu_milli;
	r->bytes[s->node] += s->mem_bytes;
	r->pods[s->node] += s->pods;
}

/* Node i's share in percent, or its pods; NaN while it is down. */
static double value(const struct replay *r, int resource, uint32_t i)
{
	const struct outcome_node *n = &r->o->node[i];

	if (!r->member[i])
		return NAN;
	switch (resource) {
	case LOAD_CPU:
		return n->cpu_milli > 0 ? r->milli[i] / (double)n->cpu_milli * 100 : 0;
	case LOAD_MEMORY:
		return n->mem_bytes > 0 ? r->bytes[i] / (double)n->mem_bytes * 100 : 0;
	default:
		return r->pods[i];
	}
}

static void row_of_lines(struct chart *c, const struct replay *r, sim_time at)
{
	text_printf(&c->data, "%.9g", chart_time(c, at));
	for (int k = 0; k < LOAD_RESOURCES; k++)
		for (uint32_t i = 0; i < r->o->nodes; i++) {
			const double v = value(r, k, i);
			if (isnan(v))
				text_add(&c->data, " NaN");
			else
				text_printf(&c->data, " %.6g", v);
		}
	text_add(&c->data, "\n");
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void row_of_bands(struct chart *c, const struct replay *r, double *sorted, sim_time at)
{
	text_printf(&c->data, "%.9g", chart_time(c, at));
	for (int k = 0; k < LOAD_RESOURCES; k++) {
		uint32_t count = 0;
		for (uint32_t i = 0; i < r->o->nodes; i++)
			if (r->member[i])
				sorted[count++] = value(r, k, i);
		qsort(sorted, count, sizeof(sorted[0]), by_value);
		for (int q = 0; q < BANDS; q++)
			text_printf(&c->data, " %.6g", quantile_sorted(sorted, count, q / (double)(BANDS - 1)));
	}
	text_add(&c->data, "\n");
}

/* A row for every instant of change, or evenly spaced ones where there are more than `most`. */
static void write_rows(struct chart *c, bool lines, uint32_t most, double *most_pods)
{
	const struct outcome *o = c->o;
	struct replay r = {o, ARENA_NEW(c->arena, o->nodes, bool), ARENA_NEW(c->arena, o->nodes, double),
			   ARENA_NEW(c->arena, o->nodes, double), ARENA_NEW(c->arena, o->nodes, double)};
	double *sorted = ARENA_NEW(c->arena, o->nodes, double);
	size_t next = 0, instants = 0;
	sim_time at = 0;

	for (size_t i = 0; i < o->load_steps; i++)
		instants += i == 0 || o->load_step[i].at != o->load_step[i - 1].at;
	const sim_time spacing = instants > most ? o->end / most + 1 : 0;
	for (;;) {
		/* Drawn as curves: what held until now makes the step upright. */
		if (at > 0 && lines)
			row_of_lines(c, &r, at);
		else if (at > 0)
			row_of_bands(c, &r, sorted, at);
		while (next < o->load_steps && o->load_step[next].at <= at) {
			apply(&r, &o->load_step[next]);
			*most_pods = fmax(*most_pods, r.pods[o->load_step[next++].node]);
		}
		if (lines)
			row_of_lines(c, &r, at);
		else
			row_of_bands(c, &r, sorted, at);
		if (at >= o->end)
			return;
		const sim_time to = spacing > 0 ? at + spacing : next < o->load_steps ? o->load_step[next].at : o->end;
		at = to < o->end ? to : o->end;
	}
}

static void plot_lines(struct chart *c, int resource)
{
	const uint32_t n = c->o->nodes;

	text_add(&c->script, "plot ");
	for (uint32_t i = 0; i < n; i++)
		/* Thick ones first: where nodes are equal, each still shows beside the next. */
		text_printf(&c->script, "%s'load.dat' using 1:%u with lines lw %.1f dt %u lc rgb '%s' title '%s'",
			    i > 0 ? ", \\\n     " : "", 2 + (unsigned)resource * n + i,
			    1.5 + (n > 1 ? 5.5 * (n - 1 - i) / (n - 1) : 0), i < 6 ? 1u : 2u, chart_colour[i % 6],
			    resource == 0 ? chart_safe(c, outcome_node_name(c->o, i)) : "");
	text_add(&c->script, "\n");
}

static void plot_bands(struct chart *c, int resource)
{
	const int first = 2 + resource * BANDS;
	const char *title = resource == 0 ? "" : "no";

	text_printf(
		&c->script,
		"plot 'load.dat' using 1:%d:%d with filledcurves fc rgb '#56B4E9' fs transparent solid 0.25 noborder "
		"%stitle%s, \\\n",
		first, first + 4, title, resource == 0 ? " 'all nodes (min - max)'" : "");
	text_printf(&c->script,
		    "     '' using 1:%d:%d with filledcurves fc rgb '#0072B2' fs transparent solid 0.35 noborder "
		    "%stitle%s, \\\n",
		    first + 1, first + 3, title, resource == 0 ? " 'middle half (quartiles)'" : "");
	text_printf(&c->script, "     '' using 1:%d with lines lw 2 lc rgb '#000000' %stitle%s\n", first + 2, title,
		    resource == 0 ? " 'median'" : "");
}

bool chart_load(struct chart *c)
{
	static const char *const label[LOAD_RESOURCES] = {"CPU requested, % of allocatable",
							  "memory requested, % of allocatable", "pods"};
	const bool lines = c->o->nodes <= LINES_MAX;
	double most_pods = 0;

	if (c->o->load_steps == 0 || c->o->end == 0)
		return false;
	c->height = 950;
	text_printf(&c->data, "# time in %s; then for cpu %%, memory %%, pods: %s\n", c->unit_name,
		    lines ? "one column for each node" : "min, lower quartile, median, upper quartile, max over nodes");
	write_rows(c, lines, lines ? INSTANTS_LINES : INSTANTS_BANDS, &most_pods);

	text_printf(
		&c->script,
		"set multiplot layout 3,1 title 'Load on the nodes that are up: %s' font ',14' offset 0,0.3 margins "
		"0.085,%s,0.07,0.89 "
		"spacing 0,0.035\n"
		"set xrange [0:%.9g]\nset yrange [0:1<*]\nset grid ytics lc rgb '#dddddd' lt 1\nset tics nomirror\n"
		"set border 3\nset offsets 0,0,graph 0.05,0\n",
		chart_safe(c, outcome_name(c->o, c->o->scenario->name)), lines ? "0.82" : "0.98",
		chart_time(c, c->o->end));
	for (int k = 0; k < LOAD_RESOURCES; k++) {
		chart_failures(c, k == 0);
		text_printf(&c->script, "set ylabel '%s'\n", label[k]);
		if (k == LOAD_PODS)
			text_add(&c->script, most_pods < 9 ? "set ytics 1\n" : "set ytics autofreq\n");
		if (k == LOAD_RESOURCES - 1)
			text_printf(&c->script, "set xlabel 'simulated time, %s'\nset format x '%%g'\n", c->unit_name);
		else
			text_add(&c->script, "set format x ''\n");
		if (k > 0)
			text_add(&c->script, "unset key\n");
		else if (lines)
			text_add(&c->script, "set key at graph 1.02, graph 1 left top Left reverse samplen 2\n");
		else
			text_add(&c->script,
				 "set key at screen 0.98, screen 0.975 right top horizontal Left reverse\n");
		if (lines)
			plot_lines(c, k);
		else
			plot_bands(c, k);
	}
	return true;
}
