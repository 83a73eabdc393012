/* json.c - one JSON document; report/README.md documents its keys, which are an interface. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>

#include "report/long_run.h"
#include "report/runs.h"
#include "report/version.h"
#include "sim/text.h"

static void key_text(struct text *t, const char *before, const char *key, const char *value)
{
	text_printf(t, "%s\"%s\":", before, key);
	if (value != NULL)
		text_add_json(t, value);
	else
		text_add(t, "null");
}

static void key_seconds(struct text *t, const char *before, const char *key, sim_time value)
{
	text_printf(t, "%s\"%s\":", before, key);
	print_seconds(t, value);
}

static void key_number(struct text *t, const char *before, const char *key, double value)
{
	text_printf(t, "%s\"%s\":", before, key);
	print_number(t, value);
}

static const char *comma(uint32_t i)
{
	return i > 0 ? ",\n  " : "\n  ";
}

static void spread(struct text *t, const struct spread *s)
{
	key_number(t, "{", "mean", s->mean);
	key_number(t, ",", "cv", s->cv);
	key_number(t, ",", "max_over_mean", s->max_over_mean);
	key_number(t, ",", "jain", s->jain);
	key_number(t, ",", "gini", s->gini);
	text_add(t, "}");
}

/* The three resources of a window, without the closing brace. */
static void window(struct text *t, const struct load_numbers *l)
{
	for (int r = 0; r < LOAD_RESOURCES; r++) {
		text_printf(t, "%s\"%s\":", r == 0 ? "{" : ",", load_resource_name((enum load_resource)r));
		if (l->measured)
			spread(t, &l->of[r]);
		else
			text_add(t, "null");
	}
}

static void load(const struct outcome *o, struct text *t)
{
	text_add(t, ",\n\"load\":");
	window(t, &o->load[LOAD_WHOLE]);
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++) {
		text_printf(t, ",\n  \"%s\":", load_window_name((enum load_window)w));
		if (!o->load[w].measured) {
			text_add(t, "null");
			continue;
		}
		window(t, &o->load[w]);
		key_seconds(t, ",", "from_s", o->load[w].from);
		key_seconds(t, ",", "to_s", o->load[w].to);
		text_add(t, "}");
	}
	text_add(t, "}");
}

static void node_means(struct text *t, const double mean[LOAD_RESOURCES], const char *open)
{
	for (int r = 0; r < LOAD_RESOURCES; r++)
		key_number(t, r == 0 ? open : ",", load_resource_name((enum load_resource)r), mean[r]);
}

static void nodes(const struct outcome *o, struct text *t)
{
	uint32_t printed = 0;

	text_add(t, ",\n\"nodes\":[");
	for (uint32_t i = 0; i < o->nodes; i++) {
		const struct outcome_node *n = &o->node[i];
		if (!n->known)
			continue;
		text_add(t, comma(printed++));
		key_text(t, "{", "name", outcome_name(o, n->name));
		key_text(t, ",", "zone", n->zone != 0 ? outcome_name(o, n->zone) : NULL);
		text_printf(t, ",\"cpu_milli\":%" PRId64 ",\"memory_bytes\":%" PRId64 ",\"pods_max\":%" PRId64,
			    n->cpu_milli, n->mem_bytes, n->pods);
		node_means(t, n->mean[LOAD_WHOLE], ",");
		for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++) {
			text_printf(t, ",\"%s\":", load_window_name((enum load_window)w));
			node_means(t, n->mean[w], "{");
			text_add(t, "}");
		}
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void fleet(const struct outcome *o, struct text *t)
{
	const struct fleet *f = &o->fleet;

	text_printf(t, ",\n\"fleet\":{\"nodes_min\":%d,\"nodes_max\":%d,\"nodes_end\":%d", (int)f->least, (int)f->most,
		    (int)f->now);
	key_number(t, ",", "nodes_mean", f->mean);
	key_number(t, ",", "cost_usd", f->usd);
	text_printf(t, ",\"cost_is_complete\":%s}", f->unpriced ? "false" : "true");
}

static void failures(const struct outcome *o, struct text *t)
{
	uint32_t printed = 0;

	text_add(t, ",\n\"failures\":[");
	for (uint32_t i = 0; i < o->failures; i++) {
		const struct outcome_failure *f = &o->failure[i];
		const struct failure asked = outcome_failure_asked(o, i);
		if (!f->struck)
			continue;
		text_add(t, comma(printed++));
		key_text(t, "{", "id", outcome_failure_name(o, i));
		key_seconds(t, ",", "at_s", f->at);
		key_text(t, ",", "kind", failure_kind_name((enum failure_kind)f->kind));
		text_add(t, ",\"nodes\":[");
		for (uint32_t n = 0; n < asked.node_count; n++) {
			text_add(t, n > 0 ? "," : "");
			text_add_json(t, outcome_node_name(o, asked.node[n]));
		}
		key_seconds(t, "],", "healed_at_s", f->healed_at);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void recoveries(const struct outcome *o, struct text *t, struct arena *a)
{
	text_add(t, ",\n\"recoveries\":[");
	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		const char *owner = outcome_owner_text(o, r->pod, a);
		text_add(t, comma(i));
		key_text(t, "{", "failure", outcome_failure_name(o, r->failure));
		key_text(t, ",", "pod", outcome_pod_name(o, r->pod));
		key_text(t, ",", "namespace", outcome_pod_namespace(o, r->pod));
		key_text(t, ",", "owner", owner[0] != '\0' ? owner : NULL);
		key_text(t, ",", "node", outcome_node_name(o, r->node));
		key_text(t, ",", "replacement",
			 r->replacement != FACT_NONE ? outcome_pod_name(o, r->replacement) : NULL);
		key_text(t, ",", "replacement_node",
			 r->replacement_node != FACT_NONE ? outcome_node_name(o, r->replacement_node) : NULL);
		text_add(t, ",\n   \"times_s\":");
		for (int k = 0; k < RECOVERY_TIMES; k++)
			key_seconds(t, k == 0 ? "{" : ",", recovery_time_name((enum recovery_time)k), r->time[k]);
		text_add(t, "},\n   \"legs_s\":");
		for (int k = 0; k < LEGS; k++)
			key_seconds(t, k == 0 ? "{" : ",", leg_name((enum leg)k), r->leg[k]);
		text_add(t, "}}");
	}
	text_add(t, "]");
}

static void requests(const struct outcome_requests *r, struct text *t)
{
	key_number(t, ",\"requests\":{", "sent", r->all);
	key_number(t, ",", "error_share", r->error_share);
	key_number(t, ",", "no_endpoint", r->no_endpoint);
	key_number(t, ",", "dead_endpoint", r->dead_endpoint);
	key_number(t, ",", "backlog_full", r->shed);
	key_number(t, ",", "too_late", r->timed_out);
	key_number(t, ",", "latency_mean_s", r->latency_mean);
	key_number(t, ",", "latency_p50_s", r->latency_p50);
	key_number(t, ",", "latency_p95_s", r->latency_p95);
	key_number(t, ",", "latency_p99_s", r->latency_p99);
	key_number(t, ",", "highest_load", r->busiest);
	text_add(t, "}");
}

static void services(const struct outcome *o, struct text *t)
{
	uint32_t printed = 0;

	text_add(t, ",\n\"services\":[");
	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_service *s = &o->service[i];
		if (!s->known)
			continue;
		text_add(t, comma(printed++));
		key_text(t, "{", "name", outcome_name(o, s->name));
		key_text(t, ",", "namespace", outcome_name(o, s->namespace));
		key_number(t, ",", "availability", s->availability);
		key_number(t, ",", "lost_pod_seconds", s->lost_pod_seconds);
		if (s->requests != NULL)
			requests(s->requests, t);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void control_plane(const struct outcome *o, struct text *t)
{
	const struct outcome_plane *p = &o->plane;

	text_printf(t,
		    ",\n\"control_plane\":{\"elections\":%" PRIu32 ",\"takeovers\":%" PRIu32
		    ",\"calls_refused\":%" PRIu32,
		    p->elections, p->takeovers, p->refused);
	key_seconds(t, ",", "takeover_max_s", p->takeovers > 0 ? p->takeover_max : SIM_NEVER);
	for (int i = 0; i < GAPS; i++) {
		text_printf(t, ",\"%s_s\":", outcome_gap_name((enum outcome_gaps)i));
		print_seconds(t, p->gap[i].total);
	}
	text_add(t, ",\"clients\":[");
	for (uint32_t i = 0; i < p->clients; i++) {
		text_add(t, comma(i));
		key_text(t, "{", "client", outcome_name(o, p->client[i].name));
		text_printf(t, ",\"requests\":%" PRId64 ",\"longest_queue\":%" PRId64, p->client[i].requests,
			    p->client[i].longest_queue);
		key_seconds(t, ",", "waited_s", p->client[i].waited);
		text_add(t, "}");
	}
	text_add(t, "]}");
}

static void expectations(const struct outcome *o, struct text *t)
{
	text_add(t, ",\n\"expectations\":[");
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		const struct expectation *e = &o->scenario->expectation[i];
		const struct verdict *v = &o->verdict[i];
		text_add(t, comma(i));
		key_text(t, "{", "text", outcome_name(o, e->text));
		key_text(t, ",", "metric", outcome_name(o, e->metric));
		key_text(t, ",", "subject", e->subject != 0 ? outcome_name(o, e->subject) : NULL);
		key_number(t, ",", "value", v->has_value ? v->value : NAN);
		text_printf(t, ",\"held\":%s", v->held ? "true" : "false");
		key_text(t, ",", "why", v->why);
		if (o->runs != NULL)
			text_printf(t, ",\"held_in_runs\":%" PRIu32, runs_held(o->runs, i));
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void long_run(const struct outcome *o, struct text *t)
{
	struct long_row row[LONG_SERIES];

	long_run_rows(o, row);
	text_add(t, ",\n\"long_run\":{");
	for (int i = 0; i < LONG_SERIES; i++) {
		const struct batch_means *b = &row[i].means;
		const double none = row[i].has_series ? 0 : NAN;
		text_printf(
			t, "%s\"%s\":{\"values\":%" PRIu32 ",\"cut\":%" PRIu32 ",\"settled\":%s,\"batches\":%" PRIu32,
			comma((uint32_t)i), row[i].name, row[i].values, row[i].warmup.settled ? row[i].warmup.cut : 0,
			row[i].warmup.settled ? "true" : "false", b->batches);
		key_number(t, ",", "mean", b->mean.mean + none);
		key_number(t, ",", "low", b->interval.low + none);
		key_number(t, ",", "high", b->interval.high + none);
		key_number(t, ",", "lag1", b->lag1 + none);
		text_printf(t, ",\"independent\":%s}", row[i].has_series && b->independent ? "true" : "false");
	}
	text_add(t, "}");
}

static void runs(const struct runs *r, struct text *t)
{
	text_printf(t, ",\n\"runs_asked\":%" PRIu32 ",\n\"combined_digest\":\"%016" PRIx64 "\",\n\"runs\":[", r->count,
		    r->combined_digest);
	for (uint32_t i = 0; i < r->rows; i++)
		text_printf(t, "%s{\"replication\":%" PRIu32 ",\"digest\":\"%016" PRIx64 "\"}", comma(i),
			    r->row[i].replication, r->row[i].digest);
	text_add(t, "],\n\"legs\":");
	for (int l = 0; l < LEGS; l++) {
		const struct leg_summary *s = &r->leg[l];
		const double none = s->count > 0 ? 0 : NAN;
		text_printf(t, "%s\"%s\":{\"count\":%" PRIu64, l == 0 ? "{" : ",", leg_name((enum leg)l), s->count);
		key_number(t, ",", "mean_s", s->mean + none);
		key_number(t, ",", "mean_low_s", s->mean_interval.low + none);
		key_number(t, ",", "mean_high_s", s->mean_interval.high + none);
		key_number(t, ",", "min_s", s->min + none);
		key_number(t, ",", "p50_s", s->p50 + none);
		key_number(t, ",", "p95_s", s->p95 + none);
		key_number(t, ",", "max_s", s->max + none);
		key_number(t, ",", "quantile_error", s->exact ? 0 : RUNS_ERROR);
		text_add(t, "}");
	}
	text_add(t, "}");
}

static void write(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};

	key_text(t, "{", "nodefall", NODEFALL_VERSION);
	key_text(t, ",\n", "scenario", outcome_name(o, o->scenario->name));
	text_printf(t, ",\n\"seed\":%" PRIu64 ",\n\"replication\":%" PRIu32, o->run->seed, o->run->replication);
	text_printf(t, ",\n\"kubernetes\":\"1.%d\"", o->scenario->kubernetes);
	key_seconds(t, ",\n", "duration_s", o->end);
	key_seconds(t, ",\n", "warmup_s", o->from);
	key_seconds(t, ",\n", "interrupted_at_s", o->interrupted ? o->end : SIM_NEVER);
	text_printf(t, ",\n\"digest\":\"%016" PRIx64 "\",\n\"facts\":%" PRIu64 ",\n\"events\":%" PRIu64,
		    o->run->facts.digest, o->run->facts.count, o->run->events);
	text_printf(t, ",\n\"unschedulable_pods\":%" PRIu32, o->unschedulable);
	nodes(o, t);
	fleet(o, t);
	load(o, t);
	failures(o, t);
	recoveries(o, t, &scratch);
	services(o, t);
	control_plane(o, t);
	expectations(o, t);
	if (o->long_run)
		long_run(o, t);
	if (o->runs != NULL)
		runs(o->runs, t);
	text_add(t, "}\n");
	arena_release(&scratch);
}

const struct format format_json = {
	.name = "json",
	.summary = "one JSON document with all numbers",
	.lists_runs = true,
	.write = write,
};
