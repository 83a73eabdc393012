/* scenario_maintenance.c - "maintenance:" of a Scenario: planned work on nodes, some at a time, once or in windows. */
#include <string.h>

#include "models/scenario_parts.h"

#define DAY 86400.0
#define YEAR (365 * DAY)
#define KOPS "defaults of kops rolling-update cluster"

struct maintenance_draft {
	struct process_draft whom; /* id, node, nodes, zone, rack, nodeGroup, selector */
	sim_time at, window, drain_timeout, pause, validation;
	uint32_t schedule, parallel;
	bool drain;
	struct dist takes;
};

#define AT(member) offsetof(struct maintenance_draft, member)

const struct field maintenance_fields[] = {
	{.name = "id", .kind = FIELD_NAME, .offset = AT(whom.place.id), .meaning = "name in reports; maintenance-<n>"},
	{.name = "at",
	 .kind = FIELD_TIME,
	 .offset = AT(at),
	 .low = 0,
	 .high = 10 * YEAR,
	 .meaning = "when it begins, once: a rolling upgrade"},
	{.name = "schedule",
	 .kind = FIELD_NAME,
	 .offset = AT(schedule),
	 .meaning =
		 "instead of at: when windows begin, as cron writes it (0 2 * * 6), by startTime; nodes that a window "
		 "leaves over are next in the following one"},
	{.name = "window",
	 .kind = FIELD_TIME,
	 .offset = AT(window),
	 .low = 1,
	 .high = YEAR,
	 .meaning = "no node is begun so long after the window began; without it, all are"},
	{.name = "node", .kind = FIELD_NAME, .offset = AT(whom.place.node), .meaning = "only this node"},
	{.name = "nodes",
	 .kind = FIELD_CUSTOM,
	 .offset = AT(whom.place.nodes),
	 .read = scenario_keep,
	 .type = "list of texts",
	 .meaning = "only these nodes"},
	{.name = "zone", .kind = FIELD_NAME, .offset = AT(whom.place.zone), .meaning = "only nodes of this zone"},
	{.name = "rack", .kind = FIELD_NAME, .offset = AT(whom.place.rack), .meaning = "only nodes of this rack"},
	{.name = "nodeGroup", .kind = FIELD_NAME, .offset = AT(whom.node_group), .meaning = "only nodes of this group"},
	{.name = "selector",
	 .kind = FIELD_CUSTOM,
	 .offset = AT(whom.selector),
	 .read = read_selector,
	 .type = "label selector",
	 .meaning = "only nodes that it matches"},
	{.name = "parallel",
	 .kind = FIELD_UINT32,
	 .offset = AT(parallel),
	 .fallback = "1",
	 .low = 1,
	 .high = 100000,
	 .unit = "nodes",
	 .meaning = "nodes under work at once",
	 .source = KOPS ": one at a time"},
	{.name = "drain",
	 .kind = FIELD_BOOL,
	 .offset = AT(drain),
	 .fallback = "true",
	 .meaning = "cordon and drain first, heeding disruption budgets; bare pods are evicted, DaemonSets' are not"},
	{.name = "drainTimeout",
	 .kind = FIELD_TIME,
	 .offset = AT(drain_timeout),
	 .fallback = "15m",
	 .low = 1,
	 .high = YEAR,
	 .meaning = "the node goes down after this, drained or not",
	 .source = KOPS ": --drain-timeout 15m"},
	{.name = "takes",
	 .kind = FIELD_DIST,
	 .offset = AT(takes),
	 .fallback = "lognormal(6m, 0.5)",
	 .low = 0,
	 .high = YEAR,
	 .meaning = "how long the node is down",
	 .source = "guess: 3 to 10 minutes of POST and boot of a server (recalled)"},
	{.name = "validation",
	 .kind = FIELD_TIME,
	 .offset = AT(validation),
	 .fallback = "15m",
	 .low = 1,
	 .high = YEAR,
	 .meaning = "a node that is not Ready so long after its return is left cordoned, and the work goes on",
	 .source = KOPS ": --validation-timeout 15m, where it would stop"},
	{.name = "pause",
	 .kind = FIELD_TIME,
	 .offset = AT(pause),
	 .fallback = "15s",
	 .low = 0,
	 .high = YEAR,
	 .meaning = "between the end of one node and the begin of the next",
	 .source = KOPS ": --node-interval 15s"},
	{.name = NULL}};

static bool has(const struct yaml_node *node, const char *key)
{
	return !yaml_is_null(yaml_get(node, key));
}

static bool read_schedule(struct field_context *c, const struct maintenance_draft *m, const struct yaml_node *node,
			  struct maintenance *out)
{
	const char *wrong;

	if (has(node, "at") == has(node, "schedule")) {
		diag_error(c->diag, yaml_mark(node),
			   "a maintenance begins at a time or by a schedule: give one of them");
		return false;
	}
	out->scheduled = has(node, "schedule");
	wrong = out->scheduled ? cron_parse(names_text(c->names, m->schedule), &out->schedule) : NULL;
	if (wrong != NULL)
		diag_error(c->diag, yaml_mark(yaml_get(node, "schedule")), "schedule: %s", wrong);
	return wrong == NULL;
}

/* The reboot of each node is a failure of a source without a process. */
static bool add_source(struct decoder *d, struct field_context *c, const struct maintenance_draft *m,
		       const struct yaml_node *node, struct maintenance *out)
{
	struct failure_source source = {.id = m->whom.place.id,
					.kind = FAILURE_REBOOT,
					.heals = true,
					.repair = m->takes,
					.until = SIM_NEVER,
					.mark = yaml_mark(node)};
	const struct cascade_draft none = {0};

	if (!scenario_source_id(d, c, &source) || !scenario_subjects(d, c, &m->whom, &none, node, &source))
		return false;
	out->source = scenario_add_source(d, c, &source);
	return true;
}

static bool read_one(struct decoder *d, struct field_context *c, const struct yaml_node *node, uint32_t number,
		     struct maintenance *out)
{
	struct maintenance_draft m = {0};

	field_defaults(c, maintenance_fields, &m);
	if (!field_read_map(c, maintenance_fields, node, &m, "a maintenance"))
		return false;
	m.whom.of = OF_NODE;
	m.whom.place.kind = FAILURE_REBOOT;
	if (m.whom.place.id == 0)
		m.whom.place.id = names_intern(c->names, text_format(c->arena, "maintenance-%u", number));
	*out = (struct maintenance){.at = m.at,
				    .window = has(node, "window") ? m.window : SIM_NEVER,
				    .drain_timeout = m.drain_timeout,
				    .pause = m.pause,
				    .validation = m.validation,
				    .parallel = m.parallel,
				    .drain = m.drain};
	return read_schedule(c, &m, node, out) && add_source(d, c, &m, node, out);
}

void scenario_maintenance(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "maintenance"))
		return;
	s->maintenance = ARENA_NEW(c->arena, list->count, struct maintenance);
	for (uint32_t i = 0; i < list->count; i++)
		s->maintenance_count += read_one(d, c, list->item[i], i + 1, &s->maintenance[s->maintenance_count]);
}
