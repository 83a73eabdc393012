/* csv.c - the numbers in long (tidy) form: one value a row, so that any tool can filter, pivot and plot them. */
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/runs.h"
#include "sim/text.h"

/* Quotes a field where RFC 4180 asks for it. */
static void field(struct text *t, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		text_add(t, s);
		return;
	}
	text_add(t, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"')
			text_add(t, "\"");
		text_add_n(t, s, 1);
	}
	text_add(t, "\"");
}

static void head(struct text *t, uint32_t run, const char *section, const char *subject, const char *name)
{
	text_printf(t, "%" PRIu32 ",%s,", run, section);
	field(t, subject);
	text_printf(t, ",%s,", name);
}

/* A missing value is an empty field. */
static void number(struct text *t, uint32_t run, const char *section, const char *subject, const char *name, double x,
		   const char *unit)
{
	head(t, run, section, subject, name);
	if (isfinite(x))
		print_number(t, x);
	text_printf(t, ",%s\n", unit);
}

static void seconds(struct text *t, uint32_t run, const char *section, const char *subject, const char *name,
		    sim_time x)
{
	head(t, run, section, subject, name);
	if (x != SIM_NEVER)
		print_seconds(t, x);
	text_add(t, ",s\n");
}

static void word(struct text *t, uint32_t run, const char *section, const char *subject, const char *name,
		 const char *value)
{
	head(t, run, section, subject, name);
	field(t, value);
	text_add(t, ",\n");
}

static const char *unit_of(int resource)
{
	return resource == LOAD_PODS ? "pods" : "share";
}

static void loads(const struct outcome *o, struct text *t, uint32_t run, struct arena *a)
{
	for (int w = 0; w < LOAD_WINDOWS; w++)
		for (int r = 0; r < LOAD_RESOURCES; r++) {
			const struct spread *s = &o->load[w].of[r];
			const double none = o->load[w].measured ? 0 : NAN;
			const char *subject = load_window_name((enum load_window)w);
			const char *name = load_resource_name((enum load_resource)r);
			number(t, run, "load", subject, text_format(a, "%s.mean", name), s->mean + none, unit_of(r));
			number(t, run, "load", subject, text_format(a, "%s.cv", name), s->cv + none, "1");
			number(t, run, "load", subject, text_format(a, "%s.max_over_mean", name),
			       s->max_over_mean + none, "1");
			number(t, run, "load", subject, text_format(a, "%s.jain", name), s->jain + none, "1");
			number(t, run, "load", subject, text_format(a, "%s.gini", name), s->gini + none, "1");
		}
	for (uint32_t i = 0; i < o->nodes; i++)
		for (int w = 0; w < LOAD_WINDOWS && o->node[i].known; w++)
			for (int r = 0; r < LOAD_RESOURCES; r++)
				number(t, run, "node", outcome_name(o, o->node[i].name),
				       text_format(a, "%s.%s", load_window_name((enum load_window)w),
						   load_resource_name((enum load_resource)r)),
				       o->node[i].mean[w][r], unit_of(r));
}

static void recoveries(const struct outcome *o, struct text *t, uint32_t run, struct arena *a)
{
	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		/* The same pod may be lost twice, so the failure belongs to its name. */
		const char *subject = text_format(a, "%s:%s/%s", outcome_failure_name(o, r->failure),
						  outcome_pod_namespace(o, r->pod), outcome_pod_name(o, r->pod));
		word(t, run, "recovery", subject, "owner", outcome_owner_text(o, r->pod, a));
		word(t, run, "recovery", subject, "node", outcome_node_name(o, r->node));
		word(t, run, "recovery", subject, "replacement",
		     r->replacement != FACT_NONE ? outcome_pod_name(o, r->replacement) : "");
		word(t, run, "recovery", subject, "replacement_node",
		     r->replacement_node != FACT_NONE ? outcome_node_name(o, r->replacement_node) : "");
		for (int k = 0; k < RECOVERY_TIMES; k++)
			seconds(t, run, "recovery", subject,
				text_format(a, "time.%s", recovery_time_name((enum recovery_time)k)), r->time[k]);
		for (int k = 0; k < LEGS; k++)
			seconds(t, run, "recovery", subject, text_format(a, "leg.%s", leg_name((enum leg)k)),
				r->leg[k]);
	}
}

static void requests(const struct outcome_requests *r, struct text *t, uint32_t run, const char *name)
{
	number(t, run, "service", name, "requests.sent", r->all, "");
	number(t, run, "service", name, "requests.error_share", r->error_share, "share");
	number(t, run, "service", name, "requests.no_endpoint", r->no_endpoint, "");
	number(t, run, "service", name, "requests.dead_endpoint", r->dead_endpoint, "");
	number(t, run, "service", name, "requests.backlog_full", r->shed, "");
	number(t, run, "service", name, "requests.too_late", r->timed_out, "");
	number(t, run, "service", name, "requests.latency_mean", r->latency_mean, "s");
	number(t, run, "service", name, "requests.latency_p50", r->latency_p50, "s");
	number(t, run, "service", name, "requests.latency_p95", r->latency_p95, "s");
	number(t, run, "service", name, "requests.latency_p99", r->latency_p99, "s");
}

static void rest(const struct outcome *o, struct text *t, uint32_t run)
{
	for (uint32_t i = 0; i < o->failures; i++) {
		const char *id = outcome_failure_name(o, i);
		if (!o->failure[i].struck)
			continue;
		word(t, run, "failure", id, "kind", failure_kind_name((enum failure_kind)o->failure[i].kind));
		seconds(t, run, "failure", id, "at", o->failure[i].at);
		seconds(t, run, "failure", id, "healed_at", o->failure[i].healed_at);
	}
	for (uint32_t i = 0; i < o->services; i++) {
		const char *name = outcome_name(o, o->service[i].name);
		if (!o->service[i].known)
			continue;
		number(t, run, "service", name, "availability", o->service[i].availability, "share");
		number(t, run, "service", name, "lost_pod_seconds", o->service[i].lost_pod_seconds, "pod.s");
		if (o->service[i].requests != NULL)
			requests(o->service[i].requests, t, run, name);
	}
	for (int i = 0; i < GAPS; i++)
		seconds(t, run, "control_plane", "", outcome_gap_name((enum outcome_gaps)i), o->plane.gap[i].total);
	number(t, run, "control_plane", "", "calls_refused", o->plane.refused, "calls");
	for (uint32_t i = 0; i < o->plane.clients; i++) {
		const struct outcome_client *c = &o->plane.client[i];
		number(t, run, "client", outcome_name(o, c->name), "requests", (double)c->requests, "requests");
		number(t, run, "client", outcome_name(o, c->name), "longest_queue", (double)c->longest_queue,
		       "requests");
		seconds(t, run, "client", outcome_name(o, c->name), "waited", c->waited);
	}
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		const char *text = outcome_name(o, o->scenario->expectation[i].text);
		const struct verdict *v = &o->verdict[i];
		number(t, run, "expectation", text, "value", v->has_value ? v->value : NAN,
		       o->scenario->expectation[i].is_time ? "s" : "1");
		number(t, run, "expectation", text, "held", v->held, "1");
	}
}

static void run_rows(const struct outcome *o, struct text *t, uint32_t run, uint64_t digest)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, digest);
	word(t, run, "run", outcome_name(o, o->scenario->name), "digest", text);
}

/* Of further replications only each leg's numbers are known. */
static void replications(const struct outcome *o, struct text *t)
{
	for (uint32_t i = 0; o->runs != NULL && i < o->runs->rows; i++) {
		const struct run_row *one = &o->runs->row[i];
		if (one->replication != o->run->replication)
			run_rows(o, t, one->replication, one->digest);
		for (int l = 0; l < LEGS; l++) {
			const struct moments *m = &one->leg[l];
			const double none = m->count > 0 ? 0 : NAN;
			number(t, one->replication, "leg", leg_name((enum leg)l), "count", (double)m->count, "1");
			number(t, one->replication, "leg", leg_name((enum leg)l), "mean", m->mean + none, "s");
			number(t, one->replication, "leg", leg_name((enum leg)l), "min", m->min + none, "s");
			number(t, one->replication, "leg", leg_name((enum leg)l), "max", m->max + none, "s");
		}
	}
}

static void write(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};
	const uint32_t run = o->run->replication;

	text_add(t, "run,section,subject,name,value,unit\n");
	run_rows(o, t, run, o->run->facts.digest);
	head(t, run, "run", outcome_name(o, o->scenario->name), "seed");
	text_printf(t, "%" PRIu64 ",\n", o->run->seed);
	seconds(t, run, "run", outcome_name(o, o->scenario->name), "duration", o->end);
	number(t, run, "run", outcome_name(o, o->scenario->name), "unschedulable_pods", o->unschedulable, "pods");
	loads(o, t, run, &scratch);
	rest(o, t, run);
	recoveries(o, t, run, &scratch);
	replications(o, t);
	arena_release(&scratch);
}

const struct format format_csv = {
	.name = "csv",
	.summary = "all numbers in long form: run,section,subject,name,value,unit",
	.lists_runs = true,
	.write = write,
};
