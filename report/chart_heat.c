/* chart_heat.c - requested cpu of each node over time as colours; a node that is down is grey. */
#include "report/charts.h"

#include <inttypes.h>
#include <math.h>

/* Of more nodes these many, evenly spaced. Where nodes times changes exceed EXACT, the state at INSTANTS is drawn. */
#define ROWS 60
#define INSTANTS 240
#define EXACT 20000000
/* Shares are told apart in steps of this many percent, so that what looks alike is one rectangle. */
#define PERCENT_STEP 2

struct row {
	bool member;
	double milli;
	int shown; /* percent, or -1 while down */
	sim_time since;
};

static int percent(const struct outcome_node *n, const struct row *r)
{
	if (!r->member)
		return -1;
	if (n->cpu_milli <= 0)
		return 0;
	const int p = (int)(r->milli / (double)n->cpu_milli * 100 / PERCENT_STEP + 0.5) * PERCENT_STEP;
	return p > 100 ? 100 : p;
}

/* The rectangle that ends now. Times before 0 do not show. */
static void flush(struct chart *c, struct row *r, uint32_t y, sim_time at, int next)
{
	if (at > r->since)
		text_printf(&c->data, "%" PRIu32 " %.9g %.9g %d\n", y, chart_time(c, r->since), chart_time(c, at),
			    r->shown);
	r->since = at;
	r->shown = next;
}

/* Node i is drawn in row i * rows / nodes if it is the first that falls there. */
static bool is_drawn(uint32_t i, uint32_t nodes, uint32_t rows, uint32_t *y)
{
	*y = (uint32_t)((uint64_t)i * rows / nodes);
	return i == 0 || (uint64_t)(i - 1) * rows / nodes != *y;
}

static void write_data(struct chart *c, uint32_t rows)
{
	const struct outcome *o = c->o;
	struct row *row = ARENA_NEW(c->arena, o->nodes, struct row);
	const sim_time spacing = o->load_steps * o->nodes > EXACT ? o->end / INSTANTS + 1 : 0;
	size_t next = 0;
	uint32_t y;

	text_printf(&c->data, "# row, from, to in %s, %% of cpu requested (-1: down)\n-9 0 0 0\n", c->unit_name);
	for (uint32_t i = 0; i < o->nodes; i++)
		row[i].shown = -1;
	for (sim_time at = 0; next < o->load_steps;) {
		for (; next < o->load_steps && o->load_step[next].at <= at; next++) {
			const struct load_step *s = &o->load_step[next];
			row[s->node].milli += s->cpu_milli;
			if (s->member != 0)
				row[s->node].member = s->member > 0;
		}
		for (uint32_t i = 0; i < o->nodes; i++) {
			const int now = percent(&o->node[i], &row[i]);
			if (is_drawn(i, o->nodes, rows, &y) && now != row[i].shown)
				flush(c, &row[i], y, at, now);
		}
		if (next < o->load_steps)
			at = spacing > 0 ? at + spacing : o->load_step[next].at;
	}
	for (uint32_t i = 0; i < o->nodes; i++)
		if (is_drawn(i, o->nodes, rows, &y))
			flush(c, &row[i], y, o->end, -1);
}

static void y_labels(struct chart *c, uint32_t rows)
{
	const uint32_t every = rows > 20 ? rows / 10 : 1;
	uint32_t y;

	text_add(&c->script, "set ytics scale 0 nomirror (");
	for (uint32_t i = 0, printed = 0; i < c->o->nodes; i++)
		if (is_drawn(i, c->o->nodes, rows, &y) && y % every == 0)
			text_printf(&c->script, "%s'%.24s' %" PRIu32, printed++ > 0 ? ", " : "",
				    chart_safe(c, outcome_node_name(c->o, i)), y);
	text_add(&c->script, ")\n");
}

bool chart_heat(struct chart *c)
{
	const struct outcome *o = c->o;
	const uint32_t rows = o->nodes < ROWS ? o->nodes : ROWS;

	if (o->load_steps == 0 || o->end == 0 || rows == 0)
		return false;
	c->height = 150 + (int)rows * (rows > 20 ? 9 : 20);
	write_data(c, rows);
	text_printf(&c->script,
		    "set title 'Requested cpu of %s over time, %% of allocatable (grey: down)' font ',14'\n"
		    "set lmargin at screen 0.17\nset rmargin at screen 0.90\nset border 1\nunset key\n"
		    "set xrange [0:%.9g]\nset yrange [%.2f:-0.6]\nset xtics nomirror\n"
		    "set xlabel 'simulated time, %s'\nset cbrange [0:100]\n"
		    /* Viridis, from matplotlib (CC0): even steps for the eye, also without colours. */
		    "set palette defined (0 '#440154', 25 '#3b528b', 50 '#21918c', 75 '#5ec962', 100 '#fde725')\n",
		    rows < o->nodes ? text_format(c->arena, "%" PRIu32 " of %" PRIu32 " nodes", rows, o->nodes)
				    : "every node",
		    chart_time(c, o->end), rows - 0.4, c->unit_name);
	y_labels(c, rows);
	chart_failures(c, false);
	text_add(&c->script,
		 "plot 'heat.dat' using 2:1:2:3:($1-0.42):($1+0.42):($4 < 0 ? NaN : $4) with boxxyerror fs solid "
		 "noborder fc palette, \\\n"
		 "     'heat.dat' using ($4 < 0 ? $2 : NaN):1:2:3:($1-0.42):($1+0.42) with boxxyerror fs solid "
		 "noborder fc rgb '#999999'\n");
	return true;
}
