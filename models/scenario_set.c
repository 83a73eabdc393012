/* scenario_set.c - "--set key=value": edits the tree of the Scenario before it is read, copying what it changes. */
#include <string.h>

#include "models/scenario_parts.h"

#define SET_FILE "--set"
#define SEGMENTS_MAX 16

/* One override: where its path and value are, and what the tree around a new node says of its place. */
struct override {
	struct arena *arena;
	struct diag *diag;
	struct mark at;
	char *segment[SEGMENTS_MAX];
	uint32_t segments;
	const struct yaml_node *value;
};

static struct yaml_node *new_node(const struct override *o, uint8_t kind)
{
	struct yaml_node *n = ARENA_NEW(o->arena, 1, struct yaml_node);

	n->kind = kind;
	n->file = SET_FILE;
	n->line = o->at.line;
	n->column = o->at.column;
	return n;
}

static struct yaml_node *new_text(const struct override *o, const char *text)
{
	struct yaml_node *n = new_node(o, YAML_SCALAR);

	n->text = text;
	n->count = (uint32_t)strlen(text);
	return n;
}

static bool is_index(const char *segment)
{
	return *segment && strspn(segment, "0123456789") == strlen(segment) && strlen(segment) <= 9;
}

static const struct yaml_node *edit(const struct override *o, const struct yaml_node *node, uint32_t at);

static const struct yaml_node *edit_map(const struct override *o, const struct yaml_node *node, uint32_t at)
{
	struct yaml_node *copy = new_node(o, YAML_MAP);
	uint32_t i = 0;

	if (node)
		*copy = *node;
	copy->pair = ARENA_NEW(o->arena, (size_t)copy->count + 1, struct yaml_pair);
	if (node && copy->count)
		memcpy(copy->pair, node->pair, copy->count * sizeof(*copy->pair));
	while (i < copy->count && strcmp(copy->pair[i].key->text, o->segment[at]))
		i++;
	if (i == copy->count) {
		copy->pair[i] = (struct yaml_pair){new_text(o, o->segment[at]), NULL};
		copy->count++;
	}
	copy->pair[i].value = edit(o, copy->pair[i].value, at + 1);
	return copy->pair[i].value ? copy : NULL;
}

static const struct yaml_node *edit_list(const struct override *o, const struct yaml_node *node, uint32_t at)
{
	struct yaml_node *copy = new_node(o, YAML_LIST);
	const struct yaml_node *item;
	uint32_t index = 0;

	if (node)
		*copy = *node;
	if (!is_index(o->segment[at])) {
		diag_error(o->diag, o->at, "\"%s\" is not a position in a list", o->segment[at]);
		diag_help(o->diag, "count from 0: failures.0.at=2m");
		return NULL;
	}
	for (const char *p = o->segment[at]; *p; p++)
		index = index * 10 + (uint32_t)(*p - '0');
	if (index > copy->count) {
		diag_error(o->diag, o->at, "position %u is beyond the end of a list of %u", index, copy->count);
		return NULL;
	}
	copy->item = ARENA_NEW(o->arena, (size_t)copy->count + 1, struct yaml_node *);
	if (node && copy->count)
		memcpy(copy->item, node->item, copy->count * sizeof(*copy->item));
	item = edit(o, index < copy->count ? copy->item[index] : NULL, at + 1);
	copy->count += index == copy->count;
	copy->item[index] = ARENA_NEW(o->arena, 1, struct yaml_node);
	if (item)
		*copy->item[index] = *item;
	return item ? copy : NULL;
}

/* A copy of node in which segments at.. lead to the value, or NULL after reporting. */
static const struct yaml_node *edit(const struct override *o, const struct yaml_node *node, uint32_t at)
{
	if (at == o->segments)
		return o->value;
	if (!node || yaml_is_null(node))
		return is_index(o->segment[at]) ? edit_list(o, NULL, at) : edit_map(o, NULL, at);
	if (node->kind == YAML_MAP)
		return edit_map(o, node, at);
	if (node->kind == YAML_LIST)
		return edit_list(o, node, at);
	diag_error(o->diag, o->at, "\"%s\" goes below a plain value", o->segment[at]);
	return NULL;
}

/* Splits at dots; a dot in quotes or after a backslash is not needed by any key of a Scenario. */
static bool split_path(struct override *o, char *path)
{
	for (char *p = path;; p++) {
		if (p == path || p[-1] == '\0') {
			if (o->segments == SEGMENTS_MAX) {
				diag_error(o->diag, o->at, "more than %d parts", SEGMENTS_MAX);
				return false;
			}
			o->segment[o->segments++] = p;
		}
		if (!*p)
			return true;
		if (*p == '.')
			*p = '\0';
	}
}

/* A last name alone will do where only one table has it: nodeMonitorGracePeriod for timers.nodeMonitorGracePeriod. */
static void complete_path(struct override *o)
{
	bool timer = field_find(timer_fields, o->segment[0]) != NULL;
	bool latency = field_find(latency_fields, o->segment[0]) != NULL;
	uint32_t skip = o->segments > 1 && !strcmp(o->segment[0], "spec");
	uint32_t prefix = 1;
	char *table = NULL;

	if (!strcmp(o->segment[0], "metadata"))
		return;
	if (o->segments == 1 && timer != latency && !field_find(scenario_fields, o->segment[0]))
		table = arena_text(o->arena, timer ? "timers" : "latencies", timer ? 6 : 9);
	prefix += table != NULL;
	if (skip)
		return;
	if (o->segments + prefix > SEGMENTS_MAX)
		o->segments = SEGMENTS_MAX - prefix;
	memmove(o->segment + prefix, o->segment, o->segments * sizeof(*o->segment));
	o->segments += prefix;
	o->segment[0] = arena_text(o->arena, "spec", 4);
	if (table)
		o->segment[1] = table;
}

/* The value of line `line` of the --set file, read as YAML at its own place. */
static const struct yaml_node *read_value(struct override *o, const char *value, uint32_t column)
{
	struct yaml_docs docs = {0};
	struct text bytes;

	text_init(&bytes, o->arena);
	for (uint32_t i = 1; i < o->at.line; i++)
		text_add(&bytes, "\n");
	for (uint32_t i = 1; i < column; i++)
		text_add(&bytes, " ");
	text_add(&bytes, value);
	if (!yaml_read(o->arena, o->diag, SET_FILE, bytes.data, bytes.length, &docs))
		return NULL;
	if (docs.count > 1) {
		diag_error(o->diag, o->at, "one value is needed");
		return NULL;
	}
	return docs.count ? docs.root[0] : new_text(o, "");
}

static const struct yaml_node *apply(struct arena *a, struct diag *d, const struct yaml_node *root, const char *set,
				     uint32_t line)
{
	const char *equals = strchr(set, '=');
	struct override o = {.arena = a, .diag = d, .at = {.file = SET_FILE, .line = line, .column = 1}};
	const struct yaml_node *edited;

	if (!equals || equals == set) {
		diag_error(d, o.at, "\"%s\" is not of the form key=value", set);
		return root;
	}
	o.at.length = (uint32_t)(equals - set);
	if (!split_path(&o, arena_text(a, set, (size_t)(equals - set))))
		return root;
	complete_path(&o);
	o.value = read_value(&o, equals + 1, (uint32_t)(equals - set) + 2);
	if (!o.value)
		return root;
	edited = edit(&o, root, 0);
	return edited ? edited : root;
}

const struct yaml_node *scenario_set(struct arena *a, struct diag *d, const struct yaml_node *root,
				     const char *const sets[], uint32_t count)
{
	struct text lines;

	if (!count)
		return root;
	text_init(&lines, a);
	for (uint32_t i = 0; i < count; i++) {
		size_t start = lines.length;

		text_printf(&lines, "%s\n", sets[i]);
		/* One line each, whatever the shell passed on. */
		for (size_t k = start; k + 1 < lines.length; k++)
			if (lines.data[k] == '\n' || lines.data[k] == '\r')
				lines.data[k] = ' ';
	}
	diag_add_source(d, SET_FILE, lines.data, lines.length);
	for (uint32_t i = 0; i < count; i++)
		root = apply(a, d, root, sets[i], i + 1);
	return root;
}
