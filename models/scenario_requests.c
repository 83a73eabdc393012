/* scenario_requests.c - "requests:" of a Scenario: what clients ask of Services over time, and what it takes to answer.
 */
#include <math.h>
#include <stdlib.h>

#include "models/scenario_parts.h"
#include "sim/order.h"

#define DAY 86400.0
#define YEAR (365 * DAY)
#define SUGGEST_MAX 1000

struct requests_draft {
	uint32_t service, namespace;
	struct request_load load;
};

#define AT(member) offsetof(struct requests_draft, member)

const struct field request_fields[] = {
	{.name = "at",
	 .kind = FIELD_TIME,
	 .offset = AT(load.at),
	 .fallback = "0s",
	 .low = 0,
	 .high = 10 * YEAR,
	 .meaning =
		 "from when on, until the service's next entry; keys that a later entry leaves out stay as they were"},
	{.name = "service", .kind = FIELD_NAME, .offset = AT(service), .meaning = "the Service that is asked"},
	{.name = "namespace",
	 .kind = FIELD_NAME,
	 .offset = AT(namespace),
	 .fallback = "default",
	 .meaning = "the Service's namespace"},
	{.name = "rate",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(load.rate),
	 .low = 0,
	 .high = 1e9,
	 .unit = "requests per second",
	 .meaning = "of all clients together, a Poisson process; each endpoint that gets traffic has an equal share"},
	{.name = "serviceTime",
	 .kind = FIELD_DIST,
	 .offset = AT(load.time),
	 .fallback = "exponential(10ms)",
	 .low = 0,
	 .high = 3600,
	 .meaning = "how long one worker of a pod is busy with a request",
	 .source = "guess: give your own"},
	{.name = "workers",
	 .kind = FIELD_UINT32,
	 .offset = AT(load.workers),
	 .fallback = "1",
	 .low = 1,
	 .high = 10000,
	 .meaning = "requests that a pod works on at once"},
	{.name = "backlog",
	 .kind = FIELD_UINT32,
	 .offset = AT(load.backlog),
	 .fallback = "1000",
	 .low = 0,
	 .high = 100000,
	 .meaning = "requests that may wait in a pod; what comes when it is full fails",
	 .source = "guess"},
	{.name = "timeout",
	 .kind = FIELD_TIME,
	 .offset = AT(load.timeout),
	 .fallback = "0s",
	 .low = 0,
	 .high = DAY,
	 .meaning = "clients give up after this, an error; 0: never"},
	{.name = "swing",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(load.swing),
	 .fallback = "0",
	 .low = 0,
	 .high = 1,
	 .meaning = "daily curve: the rate goes from 1 - swing to 1 + swing times `rate`, as a cosine"},
	{.name = "peak",
	 .kind = FIELD_TIME,
	 .offset = AT(load.peak),
	 .fallback = "14h",
	 .low = 0,
	 .high = DAY,
	 .meaning = "when it is highest, since midnight of the run's time 0"},
	{.name = "growth",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(load.growth),
	 .fallback = "0",
	 .low = -1,
	 .high = 100,
	 .meaning = "of the rate in 30 days: 0.05 is 5 % more, compounded"},
	{.name = NULL}};

static uint32_t find_service(struct decoder *d, struct field_context *c, const struct yaml_node *entry, uint32_t name,
			     uint32_t namespace)
{
	const struct objects *o = d->objects;
	const char *known[SUGGEST_MAX];
	uint32_t count = 0;
	const uint32_t row = decode_find(d, "Service", namespace, name);

	if (row != NO_ROW || d->incomplete)
		return row;
	for (uint32_t i = 0; i < o->service_count && count < SUGGEST_MAX; i++)
		if (o->service[i].meta.namespace == namespace)
			known[count++] = names_text(c->names, o->service[i].meta.name);
	diag_error(c->diag, yaml_mark(yaml_get(entry, "service")), "no Service is called \"%s\" in namespace \"%s\"",
		   names_text(c->names, name), names_text(c->names, namespace));
	diag_suggest(c->diag, names_text(c->names, name), known, count);
	return NO_ROW;
}

/* One entry in the order of the file; what it leaves out is as in the service's entry before. */
static bool read_entry(struct decoder *d, struct field_context *c, const struct yaml_node *entry,
		       struct request_load *out)
{
	struct scenario *s = d->scenario;
	struct requests_draft draft = {0};
	bool first = true;

	field_defaults(c, request_fields, &draft);
	if (!field_want_map(c, entry, "a requests entry"))
		return false;
	if (yaml_is_null(yaml_get(entry, "service"))) {
		diag_error(c->diag, yaml_mark(entry), "which service is asked? give service");
		return false;
	}
	if (!field_read_map(c, request_fields, entry, &draft, "a requests entry"))
		return false;
	const uint32_t service = find_service(d, c, entry, draft.service, draft.namespace);
	if (service == NO_ROW)
		return false;
	for (uint32_t i = 0; i < s->request_count; i++)
		if (s->request[i].service == service) {
			draft.load = s->request[i];
			first = false;
		}
	draft.load.at = 0;
	field_read_map(c, request_fields, entry, &draft, "a requests entry");
	if (first && yaml_is_null(yaml_get(entry, "rate"))) {
		diag_error(c->diag, yaml_mark(entry), "how many requests? give rate, in requests per second");
		return false;
	}
	draft.load.service = service;
	draft.load.mark = yaml_mark(entry);
	*out = draft.load;
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct request_load *a = left, *b = right;

	ORDER(a->service, b->service);
	ORDER(a->at, b->at);
	ORDER(a->mark.line, b->mark.line);
	ORDER(a->mark.column, b->mark.column);
	return 0;
}

void scenario_requests(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "requests"))
		return;
	s->request = ARENA_NEW(c->arena, list->count, struct request_load);
	for (uint32_t i = 0; i < list->count; i++)
		s->request_count += read_entry(d, c, list->item[i], &s->request[s->request_count]);
	if (s->request_count > 0)
		qsort(s->request, s->request_count, sizeof(*s->request), compare);
}

double scenario_request_rate(const struct request_load *l, sim_time at)
{
	const double days = time_seconds(at) / DAY, phase = time_seconds(at - l->peak) / DAY;

	return l->rate * (1 + l->swing * cos(2 * M_PI * phase)) * (l->growth != 0 ? pow(1 + l->growth, days / 30) : 1);
}
