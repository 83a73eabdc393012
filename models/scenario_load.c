/* scenario_load.c - "load:" of a Scenario: what the work given to each workload uses over time. */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_command.h"
#include "sim/order.h"

/* Of more than this no pod could use its share. */
#define CPU_MAX 1e12
#define MEMORY_MAX 1e18

bool read_amount_row(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct quantity zero = {0};
	struct quantity q;
	const char *wrong;

	if (value->kind != YAML_SCALAR) {
		diag_error(c->diag, yaml_mark(value), "%s must be one quantity such as 500m or 2Gi", f->name);
		return false;
	}
	wrong = quantity_parse(value->text, &q);
	if (!wrong && quantity_compare(q, zero) < 0)
		wrong = "it is negative";
	if (wrong) {
		diag_error(c->diag, yaml_mark(value), "%s: \"%s\" is no quantity: %s", f->name, value->text, wrong);
		return false;
	}
	*(struct quantity *)(void *)((char *)object + f->offset) = q;
	return true;
}

/* kubectl's words, and the kinds as manifests write them. */
static enum workload_kind kind_of(struct decoder *d, const char *word, size_t length)
{
	char *lower = arena_text(&d->scratch, word, length);
	enum workload_kind kind = WORKLOAD_NONE;
	enum object_kind object;

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return command_kind(lower, length, &object, &kind) ? kind : WORKLOAD_NONE;
}

uint32_t scenario_find_workload(struct decoder *d, const struct yaml_node *at, const char *text, uint32_t namespace)
{
	const char *slash = strchr(text, '/');
	enum workload_kind kind = slash ? kind_of(d, text, (size_t)(slash - text)) : WORKLOAD_NONE;
	uint32_t id, row;

	if (kind == WORKLOAD_NONE || !slash[1]) {
		diag_error(d->fields.diag, yaml_mark(at), "workload must be like Deployment/web, not \"%s\"", text);
		return NO_ROW;
	}
	id = names_find(d->fields.names, slash + 1);
	row = id ? decode_find(d, workload_kind_name(kind), namespace, id) : NO_ROW;
	if (row == NO_ROW && !d->incomplete)
		diag_error(d->fields.diag, yaml_mark(at), "no %s is called \"%s\" in namespace \"%s\"",
			   workload_kind_name(kind), slash + 1, names_text(d->fields.names, namespace));
	return row;
}

static int64_t amount(const struct yaml_node *node, const char *key, int64_t value)
{
	return yaml_is_null(yaml_get(node, key)) ? -1 : value;
}

static bool read_load(struct decoder *d, struct field_context *c, const struct yaml_node *node, struct load *out)
{
	struct load_draft draft = {0};
	const struct yaml_node *workload = yaml_get(node, "workload");

	field_defaults(c, load_fields, &draft);
	if (!field_read_map(c, load_fields, node, &draft, "a load"))
		return false;
	if (yaml_is_null(workload)) {
		diag_error(c->diag, yaml_mark(node), "a load without a workload");
		return false;
	}
	*out = (struct load){
		.at = draft.at,
		.workload = scenario_find_workload(d, workload, names_text(c->names, draft.workload), draft.namespace),
		.cpu_milli = amount(node, "cpu", quantity_milli(draft.cpu)),
		.mem_bytes = amount(node, "memory", quantity_value(draft.memory)),
		.mark = yaml_mark(node)};
	if (out->cpu_milli < 0 && out->mem_bytes < 0)
		diag_error(c->diag, out->mark, "a load needs cpu or memory");
	if ((double)out->cpu_milli > CPU_MAX || (double)out->mem_bytes > MEMORY_MAX)
		diag_error(c->diag, out->mark, "a load of more than 10^9 cores or 10^18 bytes");
	return out->workload != NO_ROW;
}

static int compare_loads(const void *left, const void *right)
{
	const struct load *a = left, *b = right;

	ORDER(a->at, b->at);
	ORDER(a->mark.line, b->mark.line);
	ORDER(a->mark.column, b->mark.column);
	return 0;
}

void scenario_loads(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;

	if (!list || !field_want_list(c, list, "load"))
		return;
	s->load = ARENA_NEW(c->arena, list->count, struct load);
	for (uint32_t i = 0; i < list->count; i++)
		s->load_count += read_load(d, c, list->item[i], &s->load[s->load_count]);
	if (s->load_count > 0)
		qsort(s->load, s->load_count, sizeof(*s->load), compare_loads);
	for (uint32_t i = 0; i < s->load_count; i++)
		s->tells_use |= (uint8_t)((s->load[i].cpu_milli >= 0) << USAGE_CPU | (s->load[i].mem_bytes >= 0)
											     << USAGE_MEMORY);
}

int64_t scenario_load_at(const struct scenario *s, uint32_t workload, enum usage usage, sim_time at)
{
	int64_t value = 0;

	for (uint32_t i = 0; i < s->load_count && s->load[i].at <= at; i++) {
		const struct load *l = &s->load[i];
		int64_t given = usage == USAGE_CPU ? l->cpu_milli : l->mem_bytes;

		if (l->workload == workload && given >= 0)
			value = given;
	}
	return value;
}

sim_time scenario_load_changes(const struct scenario *s, uint32_t workload, sim_time after)
{
	for (uint32_t i = 0; i < s->load_count; i++)
		if (s->load[i].workload == workload && s->load[i].at > after)
			return s->load[i].at;
	return SIM_NEVER;
}
