/* scenario_groups.c - node groups of a Scenario, expanded into nodes. */
#include <inttypes.h>
#include <string.h>

#include "models/instance_types.h"
#include "models/scenario_parts.h"

/* Nodes in all, of objects and groups. */
#define NODES_MAX 200000

/* Ephemeral storage of a node that does not say: a guess, a common root disk. */
#define DEFAULT_DISK "100Gi"

static void default_amount(struct amounts *a, int which, const char *text)
{
	if (a->has[which])
		return;
	a->has[which] = true;
	quantity_parse(text, &a->fixed[which]);
}

static void scalar_default(struct decoder *d, struct amounts *a, const char *name, uint32_t count)
{
	struct scalar_amount one = {.name = names_intern(d->fields.names, name)};
	struct amounts add = {.count = 1, .capacity = 1, .scalar = &one};

	quantity_parse(text_format(d->fields.arena, "%u", count), &one.amount);
	amounts_fill(d->fields.arena, a, &add);
}

/* Fills what capacity leaves open from the instance type. */
static bool use_instance_type(struct decoder *d, struct node_group *g, struct mark at)
{
	struct instance_type type;
	struct arena *a = d->fields.arena;
	const char *name = names_text(d->fields.names, g->instance_type);

	if (!g->instance_type)
		return true;
	switch (instance_type_find(a, name, &type)) {
	case INSTANCE_UNKNOWN:
		diag_error(d->fields.diag, at, "unknown instance type \"%s\"", name);
		instance_type_suggest(a, d->fields.diag, name);
		return false;
	case INSTANCE_AMBIGUOUS:
		diag_error(d->fields.diag, at, "instance type \"%s\" exists at several providers", name);
		diag_help(d->fields.diag, "write the provider too, such as \"aws/%s\"", name);
		return false;
	case INSTANCE_FOUND:
		break;
	}
	if (g->usd_per_hour < 0)
		g->usd_per_hour = type.usd_per_hour;
	g->instance_type = names_intern(d->fields.names, type.name);
	default_amount(&g->capacity, AMOUNT_CPU, text_format(a, "%.0fm", type.vcpus * 1000));
	default_amount(&g->capacity, AMOUNT_MEMORY, text_format(a, "%.0fMi", type.memory_gib * 1024));
	default_amount(&g->capacity, AMOUNT_PODS, text_format(a, "%u", type.max_pods));
	if (type.gpus)
		scalar_default(d, &g->capacity, "nvidia.com/gpu", type.gpus);
	return true;
}

/* capacity - reserved, or false where it would be negative. */
static bool subtract(int64_t *from, int64_t what)
{
	*from -= what;
	return *from >= 0;
}

static bool allocatable_of(struct decoder *d, const struct node_group *g, struct resources *capacity,
			   struct resources *left)
{
	struct resources reserved = amounts_round(d, &g->reserved);
	bool fine;

	*capacity = amounts_round(d, &g->capacity);
	*left = amounts_round(d, &g->capacity);
	fine = subtract(&left->cpu_milli, reserved.cpu_milli) && subtract(&left->mem_bytes, reserved.mem_bytes) &&
	       subtract(&left->disk_bytes, reserved.disk_bytes) && subtract(&left->pods, reserved.pods);
	for (uint32_t i = 0; i < reserved.scalar_count; i++) {
		bool found = false;

		for (uint32_t k = 0; k < left->scalar_count; k++)
			if (left->scalar[k].name == reserved.scalar[i].name) {
				fine &= subtract(&left->scalar[k].value, reserved.scalar[i].value);
				found = true;
			}
		fine &= found || reserved.scalar[i].value == 0;
	}
	return fine;
}

/* The zones of the list as ids. */
static bool read_zones(struct field_context *c, const struct yaml_node *list, uint32_t **zone, uint32_t *count)
{
	if (!list || yaml_is_null(list))
		return true;
	if (!field_want_list(c, list, "zones"))
		return false;
	*zone = ARENA_NEW(c->arena, list->count, uint32_t);
	for (uint32_t i = 0; i < list->count; i++) {
		const char *text = field_want_text(c, list->item[i], "zones");

		if (!text)
			return false;
		(*zone)[(*count)++] = names_intern(c->names, text);
	}
	return true;
}

static void set_label(struct labels *l, uint32_t key, uint32_t value)
{
	if (value)
		labels_set(l, key, value);
}

#define GROUP_LABELS 5

static void add_nodes(struct decoder *d, const struct node_group *g, struct mark at, const uint32_t *zone,
		      uint32_t zones, const struct resources *capacity, const struct resources *allocatable)
{
	for (int32_t i = 0; i < g->max; i++) {
		char *name = text_format(&d->scratch, "%s-%d", names_text(d->fields.names, g->name), i);
		struct node_object n = {.meta = {.name = names_intern(d->fields.names, name), .at = at},
					.capacity = *capacity,
					.allocatable = *allocatable,
					.absent = i >= g->count,
					.group = d->scenario->group_count,
					.usd_per_hour = g->usd_per_hour > 0 ? g->usd_per_hour : 0,
					.taint_count = g->taints.count,
					.taint = g->taints.item,
					.runtime = g->runtime};
		struct labels *l = &n.meta.labels;

		l->item = ARENA_NEW(d->fields.arena, (size_t)g->labels.count + GROUP_LABELS, struct label);
		l->count = g->labels.count;
		if (l->count)
			memcpy(l->item, g->labels.item, l->count * sizeof(*l->item));
		labels_set(l, d->hostname, n.meta.name);
		set_label(l, d->zone, zones ? zone[(uint32_t)i % zones] : g->zone);
		set_label(l, d->region, g->region);
		set_label(l, d->rack, g->rack);
		set_label(l, d->instance, g->instance_type);
		if (!decode_add_node(d, &n))
			return;
	}
}

/* min <= count <= max; what is not given is the count. */
static bool check_sizes(struct decoder *d, struct node_group *g, const struct yaml_node *node)
{
	g->min = g->min < 0 ? g->count : g->min;
	g->max = g->max < 0 ? g->count : g->max;
	if (g->min <= g->count && g->count <= g->max)
		return true;
	diag_error(d->fields.diag, node ? yaml_mark(node) : d->whole, "count %d is not from min %d to max %d", g->count,
		   g->min, g->max);
	return false;
}

static void add_group(struct decoder *d, const struct node_group *g)
{
	struct scenario *s = d->scenario;

	ARENA_RESERVE(d->fields.arena, s->group, s->group_capacity, s->group_count + 1, struct node_group_object);
	s->group[s->group_count++] =
		(struct node_group_object){.name = g->name,
					   .first = d->objects->node_count,
					   .rows = (uint32_t)g->max,
					   .count = g->count,
					   .min = g->min,
					   .max = g->max,
					   .priority = g->priority,
					   .usd_per_hour = g->usd_per_hour > 0 ? g->usd_per_hour : 0};
	s->autoscaler.on |= g->max > g->count || g->min < g->count;
}

static void expand_group(struct decoder *d, struct field_context *c, struct node_group *g, const struct yaml_node *node)
{
	const struct yaml_node *type = yaml_get(node, "instanceType");
	struct resources capacity, allocatable;
	uint32_t *zone = NULL, zones = 0;
	struct mark at = node ? yaml_mark(node) : d->whole;

	if (!scenario_runtime(c, node ? yaml_get(node, "runtime") : NULL, g->runtime, d->scenario->kubernetes))
		return;
	if (!use_instance_type(d, g, type ? yaml_mark(type) : at) || !read_zones(c, g->zones, &zone, &zones))
		return;
	default_amount(&g->capacity, AMOUNT_CPU, "4");
	default_amount(&g->capacity, AMOUNT_MEMORY, "16Gi");
	default_amount(&g->capacity, AMOUNT_DISK, DEFAULT_DISK);
	default_amount(&g->capacity, AMOUNT_PODS, "110");
	if (!allocatable_of(d, g, &capacity, &allocatable)) {
		diag_error(c->diag, yaml_mark(yaml_get(node, "reserved")), "reserved is more than the capacity");
		return;
	}
	if (!check_sizes(d, g, node))
		return;
	if (d->objects->node_count + (uint64_t)g->max > NODES_MAX) {
		const struct yaml_node *count = yaml_get(node, "count");

		diag_error(c->diag, count ? yaml_mark(count) : at,
			   "%" PRIu64 " nodes in all; at most %d can be simulated",
			   d->objects->node_count + (uint64_t)g->max, NODES_MAX);
		return;
	}
	add_group(d, g);
	add_nodes(d, g, at, zone, zones, &capacity, &allocatable);
}

static void default_group(struct decoder *d, struct field_context *c)
{
	struct node_group g = {
		.name = names_intern(c->names, "node"), .count = 3, .min = 3, .max = 3, .usd_per_hour = -1};

	diag_note(c->diag, d->whole,
		  "no Node objects and no nodeGroups: 3 nodes of 4 CPUs, 16Gi and 110 pods are used");
	expand_group(d, c, &g, NULL);
}

void scenario_groups(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	if (list && !field_want_list(c, list, "nodeGroups"))
		return;
	for (uint32_t i = 0; list && i < list->count; i++) {
		struct node_group g = {0};

		field_defaults(c, node_group_fields, &g);
		if (!field_read_map(c, node_group_fields, list->item[i], &g, "a node group"))
			continue;
		if (!g.name)
			diag_error(c->diag, yaml_mark(list->item[i]), "a node group needs a name");
		else
			expand_group(d, c, &g, list->item[i]);
	}
	if (!list && !d->objects->node_count && !diag_failed(c->diag))
		default_group(d, c);
}
