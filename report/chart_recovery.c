/* chart_recovery.c - one bar for each lost pod, cut into the legs of its recovery, and the end of it enlarged. */
#include "report/charts.h"

#include <inttypes.h>
#include <string.h>

#include "report/tables.h"

#define ROWS 30

/* A stretch of a bar; the start sequence has two, around the pull. */
static const struct piece {
	const char *title;
	enum recovery_time from, to;
	const char *colour;
} pieces[] = {
	{"detection", RT_FAILED, RT_NODE_UNKNOWN, "#D55E00"},
	{"NoExecute taint", RT_NODE_UNKNOWN, RT_NOEXECUTE_TAINT, "#E69F00"},
	{"toleration", RT_NOEXECUTE_TAINT, RT_POD_DELETED, "#BBBBBB"},
	{"recreation", RT_POD_DELETED, RT_REPLACEMENT_CREATED, "#F0E442"},
	{"scheduling", RT_REPLACEMENT_CREATED, RT_SCHEDULED, "#000000"},
	{"start", RT_SCHEDULED, RT_SANDBOX_READY, "#0072B2"},
	{"image pull", RT_SANDBOX_READY, RT_IMAGE_PULLED, "#CC79A7"},
	{NULL, RT_IMAGE_PULLED, RT_STARTED, "#0072B2"},
	{"readiness", RT_STARTED, RT_READY, "#009E73"},
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static sim_time last_reached(const struct recovery *r)
{
	sim_time last = r->time[RT_FAILED];

	for (size_t p = 0; p < PIECES; p++)
		if (r->time[pieces[p].to] != SIM_NEVER && r->time[pieces[p].to] > last)
			last = r->time[pieces[p].to];
	return last;
}

/* The rows to draw: at most ROWS, evenly spaced from the slowest to the fastest. */
static uint32_t choose(const struct chart *c, const struct recovery *row[ROWS])
{
	const struct outcome *o = c->o;
	const uint32_t *order = recoveries_slowest(o, c->arena);
	const uint32_t count = o->recoveries < ROWS ? o->recoveries : ROWS;

	for (uint32_t i = 0; i < count; i++)
		row[i] = &o->recovery[order[count > 1 ? (uint64_t)i * (o->recoveries - 1) / (count - 1) : 0]];
	return count;
}

/* Block p holds piece p of all bars: row, from, to in seconds since the failure; then from the deletion on. */
static void write_data(struct chart *c, const struct recovery *const row[], uint32_t count, double longest)
{
	text_add(&c->data, "# blocks: one for each leg; columns: row, from, to (s since the failure), offset of the deletion\n");
	for (size_t p = 0; p <= PIECES; p++) {
		text_printf(&c->data, "# %s\n", p == PIECES ? "not over" : pieces[p].title != NULL ? pieces[p].title : "start");
		/* A block must not be empty, or the numbers of those after it would shift. */
		text_add(&c->data, "-9 0 0 0\n");
		for (uint32_t i = 0; i < count; i++) {
			const struct recovery *r = row[i];
			const sim_time zero = r->time[RT_FAILED], deleted = r->time[RT_POD_DELETED];
			const double offset = deleted != SIM_NEVER ? time_seconds(deleted - zero) : 0;
			if (p == PIECES) {
				if (r->time[RT_READY] == SIM_NEVER)
					text_printf(&c->data, "%" PRIu32 " %.9g %.9g %.9g\n", i,
						    time_seconds(last_reached(r) - zero), longest, offset);
				continue;
			}
			const sim_time from = r->time[pieces[p].from], to = r->time[pieces[p].to];
			if (from != SIM_NEVER && to != SIM_NEVER && to > from)
				text_printf(&c->data, "%" PRIu32 " %.9g %.9g %.9g\n", i, time_seconds(from - zero),
					    time_seconds(to - zero), offset);
		}
		text_add(&c->data, "\n\n");
	}
}

/* The legend is a plot of its own, as wide as the picture. */
static void legend(struct chart *c)
{
	text_printf(&c->script,
		    "unset border\nunset tics\nset lmargin at screen 0.02\nset rmargin at screen 0.98\n"
		    "set tmargin at screen 0.99\nset bmargin at screen 0.01\n"
		    "set key at screen 0.5, screen %.4f center top horizontal Left reverse samplen 1.5 maxcols 5\n"
		    "plot [0:1][0:1] ", 1 - 34.0 / c->height);
	for (size_t p = 0; p < PIECES; p++)
		if (pieces[p].title != NULL)
			text_printf(&c->script, "NaN with boxes fs solid noborder fc rgb '%s' title '%s', \\\n    ",
				    pieces[p].colour, pieces[p].title);
	text_add(&c->script, "NaN with boxes fs pattern 4 border lc rgb '#999999' fc rgb '#999999' title 'not over'\n");
}

static void plot(struct chart *c, bool zoomed)
{
	const char *shift = zoomed ? "-$4" : "";

	for (size_t p = 0; p <= PIECES; p++) {
		const bool waiting = p == PIECES;
		text_printf(&c->script,
			    "%s 'recovery.dat' index %zu using ($2%s):1:($2%s):($3%s):($1-0.36):($1+0.36) with boxxyerror "
			    "fs %s lw 0.4 fc rgb '%s' notitle",
			    p == 0 ? "plot" : ", \\\n    ", p, shift, shift, shift,
			    waiting ? "pattern 4 border lc rgb '#999999'" : "solid noborder",
			    waiting ? "#999999" : pieces[p].colour);
	}
	text_add(&c->script, "\n");
}

static void y_labels(struct chart *c, const struct recovery *const row[], uint32_t count)
{
	text_add(&c->script, "set ytics scale 0 nomirror (");
	for (uint32_t i = 0; i < count; i++) {
		const char *name = outcome_pod_name(c->o, row[i]->pod);
		const size_t length = strlen(name);
		/* The end of a long name tells pods apart. */
		text_printf(&c->script, "%s'%s%s' %" PRIu32, i > 0 ? ", " : "", length > 28 ? ".." : "",
			    chart_safe(c, length > 28 ? name + length - 26 : name), i);
	}
	text_add(&c->script, ")\n");
}

bool chart_recovery(struct chart *c)
{
	const struct recovery *row[ROWS];
	const uint32_t count = choose(c, row);
	double longest = 0, tail = 0;

	if (count == 0)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const sim_time last = last_reached(row[i]);
		const double all = time_seconds(last - row[i]->time[RT_FAILED]);
		longest = all > longest ? all : longest;
		if (row[i]->time[RT_POD_DELETED] == SIM_NEVER)
			continue;
		const double end = time_seconds(last - row[i]->time[RT_POD_DELETED]);
		tail = end > tail ? end : tail;
	}
	longest = (longest > 0 ? longest : 1) * 1.06;
	write_data(c, row, count, longest);

	c->height = 220 + (int)count * 26;
	text_printf(&c->script, "set multiplot title 'Recovery of lost pods, leg by leg: %s' font ',14'\n",
		    chart_safe(c, outcome_name(c->o, c->o->scenario->name)));
	legend(c);
	text_printf(&c->script,
		    "unset key\nset border 1\nset xtics nomirror\nset grid xtics lc rgb '#dddddd' lt 1\n"
		    "set yrange [%.2f:-0.6]\nset bmargin at screen %.4f\nset tmargin at screen %.4f\n",
		    count - 0.4, 75.0 / c->height, 1 - 110.0 / c->height);
	y_labels(c, row, count);
	text_printf(&c->script,
		    "set lmargin at screen 0.23\nset rmargin at screen %s\nset xrange [0:%.9g]\n"
		    "set xlabel 'time since the failure, s'\n",
		    tail > 0 ? "0.60" : "0.97", longest);
	plot(c, false);
	if (tail > 0) {
		text_printf(&c->script,
			    "set lmargin at screen 0.64\nset rmargin at screen 0.97\nunset ytics\nset xrange [0:%.9g]\n"
			    "set xlabel 'time since the pod was deleted, s (enlarged)'\n",
			    tail * 1.06);
		plot(c, true);
	}
	return true;
}
