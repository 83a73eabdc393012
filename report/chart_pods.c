/* chart_pods.c - pods by state over time: all of them stacked, and those that are not Ready enlarged below. */
#include "report/charts.h"

#include <inttypes.h>

#define INSTANTS 4000

/* From the bottom of the stack up. */
static const struct band {
	enum pod_state state;
	const char *title, *colour;
} bands[] = {
	{STATE_READY, "running, Ready", "#009E73"},
	{STATE_NOT_READY, "running, not Ready", "#D55E00"},
	{STATE_PENDING, "pending", "#E69F00"},
	{STATE_TERMINATING, "terminating", "#0072B2"},
};
#define BANDS (int)(sizeof(bands) / sizeof(bands[0]))

static void row(struct chart *c, sim_time at, const struct pod_state_step *s)
{
	int64_t stacked = 0;

	text_printf(&c->data, "%.9g", chart_time(c, at));
	for (int b = 0; b < BANDS; b++)
		text_printf(&c->data, " %" PRId32, s->count[bands[b].state]);
	for (int b = 0; b < BANDS; b++) {
		stacked += s->count[bands[b].state];
		text_printf(&c->data, " %" PRId64, stacked);
	}
	text_add(&c->data, "\n");
}

bool chart_pods(struct chart *c)
{
	const struct outcome *o = c->o;

	if (o->pod_states == 0 || o->end == 0)
		return false;
	text_printf(&c->data,
		    "# time in %s; running ready, running not ready, pending, terminating; the same stacked\n",
		    c->unit_name);
	const sim_time spacing = o->pod_states > INSTANTS ? o->end / INSTANTS : 0;
	sim_time due = 0;
	const struct pod_state_step *last = NULL;
	int32_t most = 0;
	for (uint32_t i = 0; i < o->pod_states; i++) {
		const struct pod_state_step *s = &o->pod_state[i];
		if (s->at < due && i + 1 < o->pod_states)
			continue;
		if (last != NULL)
			row(c, s->at, last); /* what held until now makes the step upright */
		row(c, s->at, s);
		last = s;
		due = s->at + spacing;
		for (int b = 1; b < BANDS; b++)
			most = s->count[bands[b].state] > most ? s->count[bands[b].state] : most;
	}
	row(c, o->end, last);

	text_printf(&c->script,
		    "set multiplot layout 2,1 title 'Pods by state, as the API server believes: %s' font ',14' "
		    "margins 0.08,0.97,0.08,0.86 spacing 0,0.09\n"
		    "set xrange [0:%.9g]\nset yrange [0:1<*]\nset grid ytics lc rgb '#dddddd' lt 1\nset tics nomirror\n"
		    "set border 3\nset format x ''\nset ylabel 'pods'\nset offsets 0,0,graph 0.04,0\n"
		    "set key at screen 0.97, screen 0.94 right top horizontal Left reverse samplen 2\n",
		    chart_safe(c, outcome_name(o, o->scenario->name)), chart_time(c, o->end));
	chart_failures(c, true);
	/* The highest of the stack first, so that the lower ones cover its foot. */
	for (int b = BANDS - 1; b >= 0; b--)
		text_printf(
			&c->script,
			"%s 'pods.dat' using 1:%d with filledcurves y1=0 fs solid noborder fc rgb '%s' title '%s'%s",
			b == BANDS - 1 ? "plot" : "    ", 2 + BANDS + b, bands[b].colour, bands[b].title,
			b > 0 ? ", \\\n" : "\n");
	chart_failures(c, false);
	text_printf(
		&c->script,
		"unset key\nset format x '%%g'\nset xlabel 'simulated time, %s'\nset ylabel 'pods that are not Ready'\n"
		"set yrange [0:%.4g]\nset ytics %s\n",
		c->unit_name, most > 0 ? most * 1.08 : 1, most < 9 ? "1" : "autofreq");
	for (int b = 1; b < BANDS; b++)
		text_printf(&c->script, "%s 'pods.dat' using 1:%d with lines lw 2.2 lc rgb '%s' title '%s'%s",
			    b == 1 ? "plot" : "    ", 2 + b, bands[b].colour, bands[b].title,
			    b < BANDS - 1 ? ", \\\n" : "\n");
	return true;
}
