/* chart_recovery.c - one bar for each lost pod, cut into the legs of its recovery, and the end of it enlarged. */
#include "report/charts.h"

#include <inttypes.h>
#include <math.h>
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
/* After the pieces: a recovery that waited for its node and then needed nothing new, and one that is not over. */
enum { RETURNED = PIECES, NOT_OVER, BLOCKS };
#define RETURNED_TITLE "until its node was back"
#define RETURNED_COLOUR "#56B4E9"
/* The legs a victim whose node comes back still walks: detection, taint. */
#define BEFORE_RETURN 2

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

static bool returned(const struct recovery *r)
{
	return r->replacement == FACT_NONE && r->time[RT_READY] != SIM_NEVER;
}

/* Where block p of a bar begins and ends, in time since the failure; false when it has none. */
static bool stretch(const struct recovery *r, size_t p, sim_time longest, sim_time *from, sim_time *to)
{
	const sim_time zero = r->time[RT_FAILED];

	if (p == RETURNED && returned(r)) {
		*from = r->time[RT_NOEXECUTE_TAINT] != SIM_NEVER ? r->time[RT_NOEXECUTE_TAINT]
			: r->time[RT_NODE_UNKNOWN] != SIM_NEVER  ? r->time[RT_NODE_UNKNOWN]
								 : zero;
		*to = r->time[RT_READY];
	} else if (p == NOT_OVER && r->time[RT_READY] == SIM_NEVER) {
		*from = last_reached(r);
		*to = zero + longest;
	} else if (p < PIECES && !(returned(r) && p >= BEFORE_RETURN)) {
		*from = r->time[pieces[p].from];
		*to = r->time[pieces[p].to];
	} else {
		return false;
	}
	if (*from == SIM_NEVER || *to == SIM_NEVER || *to <= *from)
		return false;
	*from -= zero;
	*to -= zero;
	return true;
}

static void write_data(struct chart *c, const struct recovery *const row[], uint32_t count, sim_time longest)
{
	text_add(&c->data,
		 "# blocks: one for each leg; columns: row, from, to (s since the failure), offset of the deletion\n");
	for (size_t p = 0; p < BLOCKS; p++) {
		text_printf(&c->data, "# %s\n",
			    p == NOT_OVER             ? "not over"
			    : p == RETURNED           ? RETURNED_TITLE
			    : pieces[p].title != NULL ? pieces[p].title
						      : "start");
		/* A block must not be empty, or the numbers of those after it would shift. */
		text_add(&c->data, "-9 0 0 0\n");
		for (uint32_t i = 0; i < count; i++) {
			const sim_time deleted = row[i]->time[RT_POD_DELETED];
			const sim_time offset = deleted != SIM_NEVER ? deleted - row[i]->time[RT_FAILED] : 0;
			sim_time from, to;
			/* Without a deletion there is nothing to enlarge: far to the left of the second picture. */
			if (stretch(row[i], p, longest, &from, &to))
				text_printf(&c->data, "%" PRIu32 " %.9g %.9g %.9g\n", i, time_seconds(from),
					    time_seconds(to), deleted != SIM_NEVER ? time_seconds(offset) : 1e9);
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
		    "plot [0:1][0:1] ",
		    1 - 34.0 / c->height);
	for (size_t p = 0; p < PIECES; p++)
		if (pieces[p].title != NULL)
			text_printf(&c->script, "NaN with boxes fs solid noborder fc rgb '%s' title '%s', \\\n    ",
				    pieces[p].colour, pieces[p].title);
	text_printf(&c->script, "NaN with boxes fs solid noborder fc rgb '%s' title '%s', \\\n    ", RETURNED_COLOUR,
		    RETURNED_TITLE);
	text_add(&c->script, "NaN with boxes fs pattern 4 border lc rgb '#999999' fc rgb '#999999' title 'not over'\n");
}

static void plot(struct chart *c, bool zoomed)
{
	const char *shift = zoomed ? "-$4" : "";

	for (size_t p = 0; p < BLOCKS; p++) {
		const bool waiting = p == NOT_OVER;
		text_printf(
			&c->script,
			"%s 'recovery.dat' index %zu using ($2%s):1:($2%s):($3%s):($1-0.36):($1+0.36) with boxxyerror "
			"fs %s lw 0.4 fc rgb '%s' notitle",
			p == 0 ? "plot" : ", \\\n    ", p, shift, shift, shift,
			waiting ? "pattern 4 border lc rgb '#999999'" : "solid noborder",
			waiting         ? "#999999"
			: p == RETURNED ? RETURNED_COLOUR
					: pieces[p].colour);
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
	sim_time end = 0;
	double longest = 0, tail = 0;

	if (count == 0)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const sim_time last = last_reached(row[i]);
		end = last - row[i]->time[RT_FAILED] > end ? last - row[i]->time[RT_FAILED] : end;
		if (row[i]->time[RT_POD_DELETED] != SIM_NEVER && row[i]->replacement != FACT_NONE)
			tail = fmax(tail, time_seconds(last - row[i]->time[RT_POD_DELETED]));
	}
	longest = end > 0 ? time_seconds(end) * 1.06 : 1;
	write_data(c, row, count, time_from_seconds(longest));

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
