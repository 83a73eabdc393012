/* wide.c - the text report, then every recovery, node and service with all columns, as wide as they need. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>

#include "report/looks/tabs.h"
#include "report/story.h"
#include "report/tables.h"

#define TABS_WIDE ((struct tabs){0, 2})

struct wide {
	const struct outcome *o;
	struct text *out;
	struct arena arena;
	struct text table;
};

static void begin(struct wide *w, const char *title)
{
	text_printf(w->out, "\n%s\n", title);
	text_init(&w->table, &w->arena);
}

/* The last cell of a line needs no padding. */
static void end(struct wide *w)
{
	char *to = w->table.data;

	for (const char *from = to; *from != '\0'; from++)
		if (*from != '\t' || from[1] != '\n')
			*to++ = *from;
	*to = '\0';
	tabs_align(w->out, w->table.data, TABS_WIDE);
	arena_empty(&w->arena);
}

/* A time since the failure, or "-". */
static void since(struct wide *w, const struct recovery *r, enum recovery_time t)
{
	char text[TIME_TEXT_MAX];

	if (r->time[t] == SIM_NEVER)
		text_add(&w->table, "-\t");
	else
		text_printf(&w->table, "%s%s\t", r->time[t] >= r->time[RT_FAILED] ? "+" : "",
			    time_print(r->time[t] - r->time[RT_FAILED], text));
}

static void recovery(struct wide *w, const struct recovery *r)
{
	const struct outcome *o = w->o;
	const char *owner = outcome_owner_text(o, r->pod, &w->arena);
	char text[TIME_TEXT_MAX];

	text_printf(&w->table, "%s\t%s\t%s/%s\t%s\t%s\t%s\t%s\t", outcome_failure_name(o, r->failure),
		    time_print(r->time[RT_FAILED], text), outcome_pod_namespace(o, r->pod), outcome_pod_name(o, r->pod),
		    owner[0] != '\0' ? owner : "-", outcome_node_name(o, r->node),
		    r->replacement != FACT_NONE ? outcome_pod_name(o, r->replacement) : "-",
		    r->replacement_node != FACT_NONE ? outcome_node_name(o, r->replacement_node) : "-");
	for (int t = RT_LAST_HEARTBEAT; t < RECOVERY_TIMES; t++)
		since(w, r, (enum recovery_time)t);
	text_add(&w->table, "\n");
}

static void recoveries(struct wide *w)
{
	struct arena scratch = {0};
	const uint32_t *rows = recoveries_slowest(w->o, &scratch);

	if (w->o->recoveries > 0) {
		begin(w, "EVERY RECOVERY, each instant since the failure (-: not reached)");
		text_add(&w->table, "failure\tat\tlost pod\towner\tnode\treplacement\tback on\t");
		for (int t = RT_LAST_HEARTBEAT; t < RECOVERY_TIMES; t++)
			text_printf(&w->table, "%s\t", recovery_time_name((enum recovery_time)t));
		text_add(&w->table, "\n");
		for (uint32_t i = 0; i < w->o->recoveries; i++)
			recovery(w, &w->o->recovery[rows[i]]);
		end(w);
	}
	arena_release(&scratch);
}

static void mean(struct wide *w, double value, int resource)
{
	if (isnan(value))
		text_add(&w->table, "-\t");
	else if (resource == LOAD_PODS)
		text_printf(&w->table, "%.1f\t", value);
	else
		text_printf(&w->table, "%.1f%%\t", value * 100);
}

static void nodes(struct wide *w)
{
	static const char *const short_name[LOAD_RESOURCES] = {"cpu", "memory", "pods"};
	const struct outcome *o = w->o;

	begin(w, "EVERY NODE, requested of allocatable, means over each part of the run (-: it was down)");
	text_add(&w->table, "node\tzone\tcpu, milli\tmemory, MiB\tpods at most\t");
	for (int part = LOAD_BEFORE; part <= LOAD_AFTER; part++)
		for (int r = 0; r < LOAD_RESOURCES && o->load[part].measured; r++)
			text_printf(&w->table, "%s %s\t", load_window_name((enum load_window)part), short_name[r]);
	text_add(&w->table, "\n");
	for (uint32_t i = 0; i < o->nodes; i++) {
		const struct outcome_node *n = &o->node[i];
		if (!n->known)
			continue;
		text_printf(&w->table, "%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t", outcome_name(o, n->name),
			    n->zone != 0 ? outcome_name(o, n->zone) : "-", n->cpu_milli, n->mem_bytes >> 20, n->pods);
		for (int part = LOAD_BEFORE; part <= LOAD_AFTER; part++)
			for (int r = 0; r < LOAD_RESOURCES && o->load[part].measured; r++)
				mean(w, n->mean[part][r], r);
		text_add(&w->table, "\n");
	}
	end(w);
}

static void services(struct wide *w)
{
	const struct outcome *o = w->o;

	if (o->services == 0)
		return;
	begin(w, "EVERY SERVICE");
	text_add(&w->table,
		 "namespace\tservice\tpods asked for\tendpoints\tserving\tavailability\tlost pod-seconds\t\n");
	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_service *s = &o->service[i];
		if (!s->known)
			continue;
		text_printf(&w->table, "%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t", outcome_name(o, s->namespace),
			    outcome_name(o, s->name), s->wants, s->proxied, s->serving);
		if (isnan(s->availability))
			text_add(&w->table, "-\t");
		else
			text_printf(&w->table, "%.6f%%\t", s->availability * 100);
		text_printf(&w->table, "%.3f\t\n", s->lost_pod_seconds);
	}
	end(w);
}

static void write(const struct outcome *o, struct text *t)
{
	struct wide w = {.o = o, .out = t};

	format_find("text")->write(o, t);
	recoveries(&w);
	nodes(&w);
	services(&w);
	arena_release(&w.arena);
}

const struct format format_wide = {
	.name = "wide",
	.summary = "text, then every recovery, node and service with all columns",
	.needs_facts = true,
	.has_notes = true,
	.write = write,
};
