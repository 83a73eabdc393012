/* scenario_arrivals.c - "arrivals:" and "growth:" of a Scenario: Jobs that come at random, workloads that grow by the
 * month. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/scenario_parts.h"

#define DAY 86400.0
#define YEAR (365 * DAY)

/* Jobs that may arrive in a run: each stays in memory. */
#define EXPECTED_MAX 200000.0
#define TRACE_LINES_MAX 1000000

struct arrival_draft {
	struct arrival arrival;
	uint32_t from, namespace, file;
};

#define AT(member) offsetof(struct arrival_draft, member)

const struct field arrival_fields[] = {
	{.name = "id",
	 .kind = FIELD_NAME,
	 .offset = AT(arrival.id),
	 .meaning = "name of the stream, and of the Jobs: "
		    "<id>-<n>; by default the CronJob's"},
	{.name = "from",
	 .kind = FIELD_NAME,
	 .offset = AT(from),
	 .meaning = "cronjob/NAME whose template the Jobs have, as in kubectl create job --from; suspend it unless it "
		    "runs by "
		    "its schedule too. How long pods live is their annotation nodefall.io/run-for"},
	{.name = "namespace",
	 .kind = FIELD_NAME,
	 .offset = AT(namespace),
	 .fallback = "default",
	 .meaning = "its namespace"},
	{.name = "rate",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(arrival.rate),
	 .low = 0,
	 .high = 1e6,
	 .unit = "Jobs per hour",
	 .meaning = "of a Poisson process; in bursts: while one is on"},
	{.name = "on",
	 .kind = FIELD_DIST,
	 .offset = AT(arrival.on),
	 .low = 0,
	 .high = YEAR,
	 .meaning = "bursts: how long each is on; with off, a Markov-modulated Poisson process where both are "
		    "exponential"},
	{.name = "off",
	 .kind = FIELD_DIST,
	 .offset = AT(arrival.off),
	 .low = 0,
	 .high = YEAR,
	 .meaning = "and how long off"},
	{.name = "rateOff",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(arrival.rate_off),
	 .fallback = "0",
	 .low = 0,
	 .high = 1e6,
	 .unit = "Jobs per hour",
	 .meaning = "the rate while no burst is on"},
	{.name = "swing",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(arrival.swing),
	 .fallback = "0",
	 .low = 0,
	 .high = 1,
	 .meaning = "daily curve: rates go from 1 - swing to 1 + swing times theirs, as a cosine"},
	{.name = "peak",
	 .kind = FIELD_TIME,
	 .offset = AT(arrival.peak),
	 .fallback = "14h",
	 .low = 0,
	 .high = DAY,
	 .meaning = "when they are highest, since midnight of the run's time 0"},
	{.name = "growth",
	 .kind = FIELD_DOUBLE,
	 .offset = AT(arrival.growth),
	 .fallback = "0",
	 .low = -1,
	 .high = 100,
	 .meaning = "of the rates in 30 days: 0.05 is 5 % more, compounded"},
	{.name = "file",
	 .kind = FIELD_NAME,
	 .offset = AT(file),
	 .meaning =
		 "instead of a rate: arrival times, one a line, in seconds or with a unit, not falling; what follows a "
		 "comma is not read, nor a first line that is no time; beside the scenario, may be gzipped"},
	{.name = "firstAt",
	 .kind = FIELD_TIME,
	 .offset = AT(arrival.begin),
	 .fallback = "0s",
	 .low = 0,
	 .high = 10 * YEAR,
	 .meaning = "nothing arrives before"},
	{.name = "until",
	 .kind = FIELD_TIME,
	 .offset = AT(arrival.end),
	 .low = 0,
	 .high = 10 * YEAR,
	 .meaning = "nothing arrives from here on"},
	{.name = NULL}};

static bool has(const struct yaml_node *node, const char *key)
{
	return !yaml_is_null(yaml_get(node, key));
}

/* ---- traces ---- */

static bool read_time(const char *text, sim_time *out)
{
	char *end;

	if (time_parse(text, out))
		return true;
	if (!*text || strspn(text, "0123456789.") != strlen(text))
		return false;
	*out = time_from_seconds(strtod(text, &end));
	return !*end;
}

/* Returns what is wrong with line *line, or NULL. */
static const char *read_times(struct arena *a, const char *text, struct arrival *out, uint32_t *line)
{
	uint32_t capacity = 0;
	sim_time last = 0;

	for (*line = 1; *text; (*line)++) {
		const size_t length = strcspn(text, "\r\n"), cell = strcspn(text, ",\r\n");
		char word[64] = "";
		sim_time at;

		memcpy(word, text, cell < sizeof(word) ? cell : 0);
		text += length + (text[length] == '\r');
		text += *text == '\n';
		if (!cell || word[0] == '#' || (!read_time(word, &at) && *line == 1))
			continue;
		if (!read_time(word, &at))
			return "expected a time: a number of seconds, or a duration such as 3h";
		if (at < last)
			return "times must not fall";
		last = at;
		if (out->times >= TRACE_LINES_MAX)
			return "more than a million arrivals";
		ARENA_RESERVE(a, out->time, capacity, out->times + 1, sim_time);
		out->time[out->times++] = at;
	}
	return out->times > 0 ? NULL : "no arrivals";
}

static bool read_file(struct field_context *c, const struct yaml_node *entry, const char *name, struct arrival *out)
{
	const char *path, *wrong;
	struct file_bytes file = {.bytes = ""};
	uint32_t line;

	wrong = file_read_beside(c->arena, entry->file, name, &path, &file);
	if (!wrong && (wrong = read_times(c->arena, file.bytes, out, &line)) != NULL)
		wrong = text_format(c->arena, "%s:%u: %s", path, line, wrong);
	if (wrong)
		diag_error(c->diag, yaml_mark(yaml_get(entry, "file")), "%s", wrong);
	return !wrong;
}

/* ---- entries ---- */

static bool find_template(struct decoder *d, struct field_context *c, const struct yaml_node *entry,
			  const struct arrival_draft *draft, struct arrival *out)
{
	const char *from = draft->from ? names_text(c->names, draft->from) : "";
	const char *name = !strncmp(from, "cronjob/", 8) ? from + 8 : NULL;
	const uint32_t id = name ? names_find(c->names, name) : 0;

	if (!name || !*name) {
		diag_error(c->diag, yaml_mark(has(entry, "from") ? yaml_get(entry, "from") : entry),
			   "what arrives? give from: cronjob/NAME, whose template the Jobs have");
		return false;
	}
	out->template = id ? decode_find(d, "CronJob", draft->namespace, id) : NO_ROW;
	if (out->template == NO_ROW) {
		if (!d->incomplete)
			diag_error(c->diag, yaml_mark(yaml_get(entry, "from")),
				   "no CronJob is called \"%s\" in namespace \"%s\"", name,
				   names_text(c->names, draft->namespace));
		return false;
	}
	if (d->objects->workload[out->template].ttl == SIM_NEVER)
		diag_note(c->diag, yaml_mark(entry), "Jobs of cronjob/%s have no ttlSecondsAfterFinished: they stay",
			  name);
	if (!out->id)
		out->id = id;
	return true;
}

static const char *nonsense(const struct arrival *a, const struct yaml_node *entry)
{
	if (has(entry, "file") == has(entry, "rate"))
		return "how often? give rate, in Jobs per hour, or file";
	if (has(entry, "on") != has(entry, "off"))
		return "bursts need both on and off";
	if (has(entry, "on") && dist_mean(&a->on) + dist_mean(&a->off) <= 0)
		return "bursts without any length";
	if (a->end <= a->begin)
		return "until must come after firstAt";
	return NULL;
}

double scenario_arrival_rate(const struct arrival *a, bool on, sim_time at)
{
	const double days = time_seconds(at) / DAY, phase = time_seconds(at - a->peak) / DAY;

	return (on ? a->rate : a->rate_off) / 3600 * (1 + a->swing * cos(2 * M_PI * phase)) *
	       (a->growth != 0 ? pow(1 + a->growth, days / 30) : 1);
}

/* No more than so many arrive in the run, in the mean. */
static double expected(const struct arrival *a, sim_time duration)
{
	const double hours = time_seconds(duration) / 3600, most = a->rate > a->rate_off ? a->rate : a->rate_off;

	if (a->times > 0)
		return a->times;
	return most * hours * (a->growth > 0 ? pow(1 + a->growth, hours / 24 / 30) : 1);
}

static bool read_entry(struct decoder *d, struct field_context *c, const struct yaml_node *entry, struct arrival *out)
{
	struct arrival_draft draft = {0};
	const char *wrong;

	field_defaults(c, arrival_fields, &draft);
	draft.arrival.end = SIM_NEVER;
	if (!field_read_map(c, arrival_fields, entry, &draft, "an arrivals entry"))
		return false;
	*out = draft.arrival;
	out->bursts = has(entry, "on");
	wrong = nonsense(out, entry);
	if (wrong) {
		diag_error(c->diag, yaml_mark(entry), "%s", wrong);
		return false;
	}
	if (!find_template(d, c, entry, &draft, out) ||
	    (draft.file && !read_file(c, entry, names_text(c->names, draft.file), out)))
		return false;
	out->stream = rng_name(names_text(c->names, out->id));
	out->mark = yaml_mark(entry);
	for (uint32_t i = 0; i < d->scenario->arrival_count; i++)
		if (d->scenario->arrival[i].id == out->id) {
			diag_error(c->diag, out->mark, "a second stream of arrivals with the id \"%s\"",
				   names_text(c->names, out->id));
			return false;
		}
	return true;
}

void scenario_arrivals(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "arrivals"))
		return;
	s->arrival = ARENA_NEW(c->arena, list->count, struct arrival);
	for (uint32_t i = 0; i < list->count; i++)
		s->arrival_count += read_entry(d, c, list->item[i], &s->arrival[s->arrival_count]);
}

void scenario_arrivals_check(struct decoder *d, struct field_context *c)
{
	const struct scenario *s = d->scenario;

	for (uint32_t i = 0; i < s->arrival_count; i++)
		if (!(expected(&s->arrival[i], s->duration) <= EXPECTED_MAX)) {
			diag_error(c->diag, s->arrival[i].mark, "%.3g Jobs may arrive in the run, %.0f are the most",
				   expected(&s->arrival[i], s->duration), EXPECTED_MAX);
			diag_help(c->diag, "shorten duration, or lower rate");
		}
}

/* ---- growth ---- */

struct growth_draft {
	uint32_t workload, namespace;
	struct growth growth;
};

const struct field growth_fields[] = {
	{.name = "workload",
	 .kind = FIELD_NAME,
	 .offset = offsetof(struct growth_draft, workload),
	 .meaning = "such as Deployment/web: somebody scales it as time goes on"},
	{.name = "namespace",
	 .kind = FIELD_NAME,
	 .offset = offsetof(struct growth_draft, namespace),
	 .fallback = "default",
	 .meaning = "its namespace"},
	{.name = "monthly",
	 .kind = FIELD_DOUBLE,
	 .offset = offsetof(struct growth_draft, growth.monthly),
	 .low = -0.99,
	 .high = 100,
	 .meaning = "of its replicas in 30 days: 0.05 is 5 % more, compounded, rounded to whole replicas"},
	{.name = NULL}};

void scenario_growth(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "growth"))
		return;
	s->growth = ARENA_NEW(c->arena, list->count, struct growth);
	for (uint32_t i = 0; i < list->count; i++) {
		struct growth_draft draft = {0};

		field_defaults(c, growth_fields, &draft);
		if (!field_read_map(c, growth_fields, list->item[i], &draft, "growth"))
			continue;
		if (!has(list->item[i], "workload") || !has(list->item[i], "monthly")) {
			diag_error(c->diag, yaml_mark(list->item[i]), "growth needs workload and monthly");
			continue;
		}
		draft.growth.workload = scenario_find_workload(d, yaml_get(list->item[i], "workload"),
							       names_text(c->names, draft.workload), draft.namespace);
		if (draft.growth.workload != NO_ROW)
			s->growth[s->growth_count++] = draft.growth;
	}
}
