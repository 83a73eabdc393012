/* scenario_expect.c - expectations of a Scenario: "recovery_max < 6m", "availability(frontend) > 99%". */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_parts.h"

/* What a metric's value is. */
enum measure { MEASURE_TIME, MEASURE_SHARE, MEASURE_NUMBER };

static const struct metric {
	const char *name;
	enum measure measure;
	bool of_service; /* metric(SERVICE) is possible */
} metrics[] = {
	{"recovery_max", MEASURE_TIME, false},     {"recovery_mean", MEASURE_TIME, false},
	{"recovery_p95", MEASURE_TIME, false},     {"recoveries_unfinished", MEASURE_NUMBER, false},
	{"detection_max", MEASURE_TIME, false},    {"detection_mean", MEASURE_TIME, false},
	{"availability", MEASURE_SHARE, true},     {"lost_pod_seconds", MEASURE_NUMBER, true},
	{"errors", MEASURE_SHARE, true},           {"latency_mean", MEASURE_TIME, true},
	{"latency_p50", MEASURE_TIME, true},       {"latency_p95", MEASURE_TIME, true},
	{"latency_p99", MEASURE_TIME, true},       {"unschedulable_pods", MEASURE_NUMBER, false},
	{"jain_cpu", MEASURE_NUMBER, false},       {"nodes_max", MEASURE_NUMBER, false},
	{"nodes_end", MEASURE_NUMBER, false},      {"nodes_mean", MEASURE_NUMBER, false},
	{"cost_usd", MEASURE_NUMBER, false},       {"no_api_server", MEASURE_TIME, false},
	{"no_etcd_leader", MEASURE_TIME, false},   {"no_controller_manager", MEASURE_TIME, false},
	{"no_scheduler", MEASURE_TIME, false},     {"takeover_max", MEASURE_TIME, false},
	{"calls_refused", MEASURE_NUMBER, false},  {"restarts", MEASURE_NUMBER, false},
	{"oom_kills", MEASURE_NUMBER, false},      {"completed_pods", MEASURE_NUMBER, false},
	{"evicted_pods", MEASURE_NUMBER, false},   {"image_pulls", MEASURE_NUMBER, false},
	{"images_removed", MEASURE_NUMBER, false},
};

#define METRICS (sizeof(metrics) / sizeof(metrics[0]))
#define SUGGEST_MAX 1000

/* One line while it is read. */
struct reading {
	struct decoder *d;
	struct field_context *c;
	struct mark at;
	const char *rest;
	struct expectation *out;
};

static void skip_spaces(struct reading *r)
{
	r->rest += strspn(r->rest, " \t");
}

static char *take_word(struct reading *r, const char *allowed)
{
	size_t length = strspn(r->rest, allowed);
	char *word = arena_text(r->c->arena, r->rest, length);

	r->rest += length;
	skip_spaces(r);
	return word;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

static const struct metric *take_metric(struct reading *r)
{
	const char *known[METRICS], *word = take_word(r, LETTERS);

	for (size_t i = 0; i < METRICS; i++) {
		if (!strcmp(metrics[i].name, word)) {
			r->out->metric = names_intern(r->c->names, word);
			return &metrics[i];
		}
		known[i] = metrics[i].name;
	}
	diag_error(r->c->diag, r->at, "unknown metric \"%s\"", word);
	diag_suggest(r->c->diag, word, known, METRICS);
	return NULL;
}

static bool find_service(struct reading *r, const char *name)
{
	const struct objects *o = r->d->objects;
	const char *known[SUGGEST_MAX];
	uint32_t id = names_find(r->c->names, name), count = 0;

	for (uint32_t i = 0; i < o->service_count; i++) {
		if (id && o->service[i].meta.name == id) {
			r->out->subject = id;
			return true;
		}
		if (count < SUGGEST_MAX)
			known[count++] = names_text(r->c->names, o->service[i].meta.name);
	}
	if (r->d->incomplete)
		return false;
	diag_error(r->c->diag, r->at, "no service is called \"%s\"", name);
	diag_suggest(r->c->diag, name, known, count);
	return false;
}

static bool take_subject(struct reading *r, const struct metric *m)
{
	const char *name;

	if (*r->rest != '(')
		return true;
	r->rest++;
	skip_spaces(r);
	name = take_word(r, LETTERS);
	if (*r->rest != ')') {
		diag_error(r->c->diag, r->at, "a ) is missing after %s(%s", m->name, name);
		return false;
	}
	r->rest++;
	skip_spaces(r);
	if (m->of_service)
		return find_service(r, name);
	diag_error(r->c->diag, r->at, "%s is of the whole run, not of a service", m->name);
	return false;
}

static bool take_comparison(struct reading *r)
{
	const char *op = take_word(r, "<>=");

	if (!strcmp(op, "<") || !strcmp(op, ">") || !strcmp(op, "="))
		r->out->compare = (uint8_t)*op;
	else if (!strcmp(op, "=="))
		r->out->compare = '=';
	else if (!strcmp(op, "<="))
		r->out->compare = 'l';
	else if (!strcmp(op, ">="))
		r->out->compare = 'g';
	else {
		diag_error(r->c->diag, r->at, "expected one of < <= > >= = after the metric");
		return false;
	}
	return true;
}

static bool take_number(struct reading *r, const char *text, size_t length, double scale)
{
	static const struct field row = {.name = "value", .kind = FIELD_DOUBLE};
	double value;

	if (field_parse(r->c, &row, arena_text(r->c->arena, text, length), false, &value))
		return false;
	r->out->value = value / scale;
	return true;
}

static bool take_value(struct reading *r, const struct metric *m)
{
	size_t length = strlen(r->rest);
	const char *text;
	sim_time t;

	while (length && strchr(" \t", r->rest[length - 1]))
		length--;
	text = arena_text(r->c->arena, r->rest, length);
	switch (m->measure) {
	case MEASURE_TIME:
		r->out->is_time = true;
		if (time_parse(text, &t)) {
			r->out->value = time_seconds(t);
			return true;
		}
		diag_error(r->c->diag, r->at, "%s is compared with a duration such as 6m, not \"%s\"", m->name, text);
		return false;
	case MEASURE_SHARE:
		if (length && text[length - 1] == '%' ? take_number(r, text, length - 1, 100)
						      : take_number(r, text, length, 1))
			if (r->out->value >= 0 && r->out->value <= 1)
				return true;
		diag_error(r->c->diag, r->at, "%s is compared with a percentage such as 99.5%%, not \"%s\"", m->name,
			   text);
		return false;
	case MEASURE_NUMBER:
		if (take_number(r, text, length, 1))
			return true;
	}
	diag_error(r->c->diag, r->at, "%s is compared with a number, not \"%s\"", m->name, text);
	return false;
}

static bool read_expectation(struct decoder *d, struct field_context *c, const struct yaml_node *node,
			     struct expectation *out)
{
	struct reading r = {.d = d, .c = c, .at = yaml_mark(node), .out = out};
	const struct metric *m;

	r.rest = field_want_text(c, node, "an expectation");
	if (!r.rest)
		return false;
	*out = (struct expectation){.text = names_intern(c->names, r.rest), .mark = r.at};
	skip_spaces(&r);
	m = take_metric(&r);
	return m && take_subject(&r, m) && take_comparison(&r) && take_value(&r, m);
}

void scenario_expectations(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "expect"))
		return;
	s->expectation = ARENA_NEW(c->arena, list->count, struct expectation);
	for (uint32_t i = 0; i < list->count; i++)
		s->expectation_count += read_expectation(d, c, list->item[i], &s->expectation[s->expectation_count]);
}
