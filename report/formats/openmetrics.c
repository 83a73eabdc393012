/* openmetrics.c - OpenMetrics text exposition 1.0 with timestamps: series over simulated time, and the final numbers.
 */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* Points of each series over time, evenly spaced: a scrape of a long run rather than every change of it. */
#define SCRAPES 240
/* More nodes would be more series than a reader wants; then only the distribution over nodes is told. */
#define NODES_MAX 200

struct page {
	const struct outcome *o;
	struct text *t;
	struct arena arena;
};

/* A label's value: backslash, quote and line end are escaped (OpenMetrics, ABNF "escaped-string"). */
static void label(struct text *t, const char *before, const char *key, const char *value)
{
	text_printf(t, "%s%s=\"", before, key);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			text_add(t, "\\");
		if (*value == '\n')
			text_add(t, "\\n");
		else
			text_add_n(t, value, 1);
	}
	text_add(t, "\"");
}

static void family(struct page *p, const char *name, const char *type, const char *unit, const char *help)
{
	text_printf(p->t, "# TYPE %s %s\n", name, type);
	if (unit != NULL)
		text_printf(p->t, "# UNIT %s %s\n", name, unit);
	text_printf(p->t, "# HELP %s %s\n", name, help);
}

static void value_at(struct page *p, double value, sim_time at)
{
	text_add(p->t, " ");
	if (isfinite(value))
		print_number(p->t, value);
	else
		text_add(p->t, "NaN");
	text_add(p->t, " ");
	print_seconds(p->t, at);
	text_add(p->t, "\n");
}

/* One sample without labels, at the end of the run. */
static void total(struct page *p, const char *name, const char *help, double value)
{
	family(p, name, "counter", NULL, help);
	text_printf(p->t, "%s_total", name);
	value_at(p, value, p->o->end);
}

static void pods_by_state(struct page *p)
{
	static const char *const name[POD_STATES] = {"", "ready", "not_ready", "pending", "terminating"};
	const struct outcome *o = p->o;
	const sim_time spacing = o->end / SCRAPES + 1;

	family(p, "nodefall_pods", "gauge", NULL, "Pods by state, as the API server believes.");
	for (int s = STATE_READY; s < POD_STATES && o->pod_states > 0; s++) {
		uint32_t next = 0;
		for (sim_time at = 0; at <= o->end; at += spacing) {
			while (next + 1 < o->pod_states && o->pod_state[next + 1].at <= at)
				next++;
			text_printf(p->t, "nodefall_pods{state=\"%s\"}", name[s]);
			value_at(p, o->pod_state[next].at <= at ? o->pod_state[next].count[s] : 0, at);
		}
	}
}

/* What one node carries now; NaN while it is down. */
struct carried {
	bool member;
	double of[LOAD_RESOURCES];
};

static void step(const struct outcome *o, struct carried *c, const struct load_step *s)
{
	const struct outcome_node *n = &o->node[s->node];

	if (s->member != 0)
		c->member = s->member > 0;
	if (n->cpu_milli > 0)
		c->of[LOAD_CPU] += s->cpu_milli / (double)n->cpu_milli;
	if (n->mem_bytes > 0)
		c->of[LOAD_MEMORY] += s->mem_bytes / (double)n->mem_bytes;
	c->of[LOAD_PODS] += s->pods;
}

/* Samples of a series must stand together, so the steps are walked once for each node and resource. */
static void load_series(struct page *p, uint32_t node, int resource)
{
	static const char *const family_of[LOAD_RESOURCES] = {
		"nodefall_node_cpu_requested_ratio", "nodefall_node_memory_requested_ratio", "nodefall_node_pods"};
	const struct outcome *o = p->o;
	struct carried c = {0};
	const sim_time spacing = o->end / SCRAPES + 1;
	size_t next = 0;

	for (sim_time at = 0; at <= o->end; at += spacing) {
		for (; next < o->load_steps && o->load_step[next].at <= at; next++)
			if (o->load_step[next].node == node)
				step(o, &c, &o->load_step[next]);
		if (!c.member)
			continue; /* a series that is not there has no sample */
		text_add(p->t, family_of[resource]);
		label(p->t, "{", "node", outcome_name(o, o->node[node].name));
		text_add(p->t, "}");
		/* Sums of shares may end a rounding error beside zero. */
		value_at(p, fabs(c.of[resource]) < 1e-12 ? 0 : c.of[resource], at);
	}
}

static void load_by_node(struct page *p)
{
	static const struct {
		const char *name, *unit, *help;
	} of[LOAD_RESOURCES] = {
		{"nodefall_node_cpu_requested_ratio", "ratio", "Requested cpu over allocatable; no sample while down."},
		{"nodefall_node_memory_requested_ratio", "ratio", "Requested memory over allocatable."},
		{"nodefall_node_pods", NULL, "Pods that weigh on the node."},
	};

	if (p->o->nodes > NODES_MAX)
		return;
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		family(p, of[r].name, "gauge", of[r].unit, of[r].help);
		for (uint32_t i = 0; i < p->o->nodes; i++)
			if (p->o->node[i].known)
				load_series(p, i, r);
	}
}

static int by_value(const void *a, const void *b)
{
	const sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
	return (x > y) - (x < y);
}

/* Upper bounds in seconds around what the legs of a default cluster take. */
static const int bound[] = {1, 5, 10, 30, 60, 120, 300, 330, 360, 420, 600, 1800, 3600};
#define BOUNDS (sizeof(bound) / sizeof(bound[0]))

static void leg_histogram(struct page *p, int leg)
{
	const struct outcome *o = p->o;
	sim_time *span = ARENA_NEW(&p->arena, o->recoveries, sim_time);
	uint32_t n = 0, below = 0;
	double sum = 0;

	for (uint32_t i = 0; i < o->recoveries; i++)
		if (o->recovery[i].leg[leg] != SIM_NEVER)
			span[n++] = o->recovery[i].leg[leg];
	qsort(span, n, sizeof(span[0]), by_value);
	for (uint32_t i = 0; i < n; i++)
		sum += time_seconds(span[i]);
	for (size_t b = 0; b < BOUNDS; b++) {
		while (below < n && span[below] <= SECONDS(bound[b]))
			below++;
		text_printf(p->t, "nodefall_recovery_leg_seconds_bucket{leg=\"%s\",le=\"%d.0\"} %" PRIu32 " ",
			    leg_name((enum leg)leg), bound[b], below);
		print_seconds(p->t, o->end);
		text_add(p->t, "\n");
	}
	text_printf(p->t, "nodefall_recovery_leg_seconds_bucket{leg=\"%s\",le=\"+Inf\"} %" PRIu32 " ",
		    leg_name((enum leg)leg), n);
	print_seconds(p->t, o->end);
	text_printf(p->t, "\nnodefall_recovery_leg_seconds_count{leg=\"%s\"}", leg_name((enum leg)leg));
	value_at(p, n, o->end);
	text_printf(p->t, "nodefall_recovery_leg_seconds_sum{leg=\"%s\"}", leg_name((enum leg)leg));
	value_at(p, sum, o->end);
	arena_empty(&p->arena);
}

static void services(struct page *p)
{
	const struct outcome *o = p->o;

	family(p, "nodefall_service_availability_ratio", "gauge", "ratio",
	       "Share of the endpoints that get traffic and serve, mean over time.");
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			family(p, "nodefall_service_lost_pod_seconds", "counter", "seconds",
			       "Pods asked for and not serving, times seconds.");
		for (uint32_t i = 0; i < o->services; i++) {
			const struct outcome_service *s = &o->service[i];
			if (!s->known)
				continue;
			text_add(p->t, pass == 0 ? "nodefall_service_availability_ratio"
						 : "nodefall_service_lost_pod_seconds_total");
			label(p->t, "{", "namespace", outcome_name(o, s->namespace));
			label(p->t, ",", "service", outcome_name(o, s->name));
			text_add(p->t, "}");
			value_at(p, pass == 0 ? s->availability : s->lost_pod_seconds, o->end);
		}
	}
}

static void totals(struct page *p)
{
	const struct outcome *o = p->o;
	uint32_t struck = 0, over = 0;

	for (uint32_t i = 0; i < o->failures; i++)
		struck += o->failure[i].struck;
	for (uint32_t i = 0; i < o->recoveries; i++)
		over += o->recovery[i].time[RT_READY] != SIM_NEVER;
	total(p, "nodefall_failures", "Failures of the scenario that struck.", struck);
	total(p, "nodefall_recoveries", "Lost pods whose place is Ready again.", over);
	total(p, "nodefall_recoveries_unfinished", "Lost pods whose place is not Ready.", o->recoveries - over);
	total(p, "nodefall_container_restarts", "Restarts of containers in the measured period.", o->restarts);
	total(p, "nodefall_container_oom_kills", "Containers killed for lack of memory.", o->oom_kills);
	total(p, "nodefall_pods_evicted", "Pods that kubelets evicted.", o->node_evictions);
	total(p, "nodefall_image_pulls", "Pods that had to wait for an image.", o->image_pulls);
	total(p, "nodefall_etcd_elections", "Elections of an etcd leader.", o->plane.elections);
	total(p, "nodefall_api_calls_refused", "Calls that found no API server or no etcd leader.", o->plane.refused);
}

static void write(const struct outcome *o, struct text *t)
{
	struct page p = {.o = o, .t = t};

	family(&p, "nodefall_run", "info", NULL, "What was run.");
	text_add(t, "nodefall_run_info");
	label(t, "{", "scenario", outcome_name(o, o->scenario->name));
	text_printf(t, ",seed=\"%" PRIu64 "\",kubernetes=\"1.%d\",digest=\"%016" PRIx64 "\"} 1 ", o->run->seed,
		    o->scenario->kubernetes, o->run->facts.digest);
	print_seconds(t, o->end);
	text_add(t, "\n");
	pods_by_state(&p);
	load_by_node(&p);
	family(&p, "nodefall_recovery_leg_seconds", "histogram", "seconds", "How long each leg of recoveries took.");
	for (int l = 0; l < LEGS; l++)
		leg_histogram(&p, l);
	services(&p);
	totals(&p);
	text_add(t, "# EOF\n");
	arena_release(&p.arena);
}

const struct format format_openmetrics = {
	.name = "openmetrics",
	.summary = "OpenMetrics text with timestamps in simulated seconds",
	.needs_series = true,
	.write = write,
};
