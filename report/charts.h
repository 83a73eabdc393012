/* charts.h - pictures of a run, drawn by gnuplot from files that stay beside them. */
#ifndef REPORT_CHARTS_H
#define REPORT_CHARTS_H

#include "report/outcome.h"
#include "sim/text.h"

/*
 * Writes load, recovery and pods, each as .gp, .dat, .png and .svg, into the folder dir, made if missing. o needs its
 * series. What went wrong without being an error (no gnuplot, nothing to recover) is added to notes, a line each.
 * Returns NULL, or why a file could not be written, in the arena.
 */
const char *charts_write(const struct outcome *o, const char *dir, struct arena *a, struct text *notes);

/* A chart being made: its script and its data. For report/chart_*.c. */
struct chart {
	const struct outcome *o; /* of a run */
	struct arena *arena;
	const char *name;      /* "load" */
	int width, height;     /* pixels */
	double unit;           /* seconds in one unit of the time axis */
	const char *unit_name; /* "s", "min", "h" or "d" */
	struct text script, data;
};

/* Makes the folder, and those above it. NULL, or what is wrong. */
const char *charts_folder(const char *dir, struct arena *a);

/* An empty chart of the usual size; and its files and pictures in dir. *missing becomes true, with a note, when there
 * is no gnuplot; it is then not asked again. Returns NULL, or why a file could not be written. */
void chart_begin(struct chart *c, struct arena *a, const char *name);
const char *chart_draw(struct chart *c, const char *dir, bool *missing, struct text *notes);

/* The first CHARTS are those of --charts; the page has two more. */
enum chart_kind { CHART_LOAD, CHART_RECOVERY, CHART_PODS, CHARTS, CHART_DISTRIBUTION = CHARTS, CHART_HEAT, CHARTS_ALL };

/* Makes one picture of o (with its series) in memory from a; false, with c named all the same, when there is nothing to
 * draw. */
bool chart_make(struct chart *c, enum chart_kind kind, const struct outcome *o, struct arena *a);

/* Adds a whole script to out: data inside, terminal and output chosen by the gnuplot variable `kind`, png or svg. */
void chart_inline(const struct chart *c, struct text *out);

/*
 * Adds the picture to out as one <svg> element for a page: without XML heading and background, every id beginning with
 * the chart's name, with role and label for readers who do not see it. Returns NULL, or in the chart's arena why
 * gnuplot did not draw it.
 */
const char *chart_svg(struct chart *c, const char *label, struct text *out);

/* The Okabe-Ito palette (jfly.uni-koeln.de/color), which most colour-blind people tell apart; 8 colours, black last. */
#define CHART_COLOURS 8
extern const char *const chart_colour[CHART_COLOURS];

/* Each fills script and data; false when there is nothing to draw. The script plots "$NAME.dat" and must not set
 * terminal or output. */
bool chart_load(struct chart *c);
bool chart_recovery(struct chart *c);
bool chart_pods(struct chart *c);
/* How many recoveries were over after how long: of this run, or of all runs. */
bool chart_distribution(struct chart *c);
/* Requested cpu of each node over time, as colours. */
bool chart_heat(struct chart *c);

/* The script with its data in a block of its own instead of a file, without terminal and output. */
void chart_body(const struct chart *c, struct text *out);

/* Chooses seconds, minutes, hours or days for an axis of so many seconds. */
void chart_time_unit(struct chart *c, double seconds);

/* Time in units of the axis. */
double chart_time(const struct chart *c, sim_time t);

/* s with every character that means something to gnuplot replaced by '?', in the chart's arena. */
const char *chart_safe(const struct chart *c, const char *s);

/* Shades the time each failure held; with label, names it above the plot. */
void chart_failures(struct chart *c, bool label);

#endif
