/* sched_args.c - pluginConfig: the arguments of scheduler plugins; kube-scheduler.md 1.7. */
#include "models/sched_config.h"

#include <string.h>

#include "models/decode.h"
#include "models/sched_internal.h"

#define AT(member) offsetof(struct sched_config, member)
#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}
/* What every object of arguments may carry. */
#define OBJECT SKIP("apiVersion"), SKIP("kind")

/* ---- resources ---- */

struct resource_item {
	uint32_t name;
	int64_t weight;
};
static const struct field resource_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = offsetof(struct resource_item, name)},
	{.name = "weight",
	 .kind = FIELD_INT64,
	 .offset = offsetof(struct resource_item, weight),
	 .low = 0,
	 .high = 100},
	{.name = NULL}};

static struct sched_resource resource(const struct field_context *c, const struct resource_item *item)
{
	const char *name = names_text(c->names, item->name);

	return (struct sched_resource){
		.kind = strcmp(name, "cpu") == 0                 ? SCHED_CPU
			: strcmp(name, "memory") == 0            ? SCHED_MEMORY
			: strcmp(name, "ephemeral-storage") == 0 ? SCHED_DISK
								 : SCHED_SCALAR,
		.name = item->name,
		.weight = item->weight == 0 ? 1 : item->weight,
	};
}

static bool read_resources(struct field_context *c, const struct yaml_node *list, const char *key, uint32_t *count,
			   struct sched_resource **out)
{
	if (!field_want_list(c, list, key))
		return false;
	*out = ARENA_NEW(c->arena, list->count, struct sched_resource);
	for (uint32_t i = 0; i < list->count; i++) {
		struct resource_item item = {.weight = 1};

		if (!field_read_map(c, resource_fields, list->item[i], &item, "a resource"))
			continue;
		if (item.name == 0) {
			diag_error(c->diag, yaml_mark(list->item[i]), "a resource needs a name");
			continue;
		}
		(*out)[(*count)++] = resource(c, &item);
	}
	return true;
}

static bool read_fit_resources(struct field_context *c, const struct field *f, const struct yaml_node *value,
			       void *object)
{
	struct sched_config *config = object;

	return read_resources(c, value, f->name, &config->fit_count, &config->fit);
}

static bool read_balanced(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct sched_config *config = object;

	if (!read_resources(c, value, f->name, &config->balanced_count, &config->balanced))
		return false;
	for (uint32_t i = 0; i < config->balanced_count; i++) {
		if (config->balanced[i].weight != 1)
			diag_error(c->diag, yaml_mark(value), "the weight of a balanced resource must be 1");
		for (uint32_t k = 0; k < i; k++)
			if (config->balanced[k].name == config->balanced[i].name)
				diag_error(c->diag, yaml_mark(value), "%s is named twice",
					   names_text(c->names, config->balanced[i].name));
	}
	return true;
}

static bool read_ignored(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct sched_config *config = object;

	return field_read_names(c, value, f->name, &config->ignored_count, &config->ignored);
}

static bool read_ignored_groups(struct field_context *c, const struct field *f, const struct yaml_node *value,
				void *object)
{
	struct sched_config *config = object;

	return field_read_names(c, value, f->name, &config->ignored_group_count, &config->ignored_group);
}

/* ---- NodeResourcesFit ---- */

static const struct field point_fields[] = {
	{.name = "utilization",
	 .kind = FIELD_INT64,
	 .offset = offsetof(struct sched_point, utilization),
	 .low = 0,
	 .high = 100},
	{.name = "score", .kind = FIELD_INT64, .offset = offsetof(struct sched_point, score), .low = 0, .high = 10},
	{.name = NULL}};

static bool read_shape(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct sched_config *config = object;

	if (!field_want_list(c, value, f->name))
		return false;
	config->shape = ARENA_NEW(c->arena, value->count, struct sched_point);
	for (uint32_t i = 0; i < value->count; i++) {
		struct sched_point *p = &config->shape[config->shape_count];

		if (!field_read_map(c, point_fields, value->item[i], p, "a point of the shape"))
			continue;
		/* Configured 0..10, computed 0..100 (3.3). */
		p->score *= 10;
		if (config->shape_count > 0 && p->utilization <= p[-1].utilization)
			diag_error(c->diag, yaml_mark(value->item[i]), "utilization must increase from point to point");
		config->shape_count++;
	}
	return true;
}

static const struct field ratio_fields[] = {{.name = "shape", .kind = FIELD_CUSTOM, .read = read_shape},
					    {.name = NULL}};

static bool read_ratio(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, ratio_fields, value, object, f->name);
}

/* In the order of enum sched_strategy. */
static const char *const strategies[] = {"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio", NULL};

static const struct field strategy_fields[] = {
	{.name = "type", .kind = FIELD_ENUM, .offset = AT(strategy), .choices = strategies},
	{.name = "resources", .kind = FIELD_CUSTOM, .read = read_fit_resources},
	{.name = "requestedToCapacityRatio", .kind = FIELD_CUSTOM, .read = read_ratio},
	{.name = NULL}};

static bool read_strategy(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	const struct sched_config *config = object;
	bool fine = field_read_map(c, strategy_fields, value, object, f->name);

	if (fine && config->strategy == FIT_RATIO && config->shape_count == 0)
		diag_error(c->diag, yaml_mark(value),
			   "RequestedToCapacityRatio needs requestedToCapacityRatio.shape with at least one point");
	return fine;
}

static const struct field fit_fields[] = {
	OBJECT,
	{.name = "ignoredResources", .kind = FIELD_CUSTOM, .read = read_ignored},
	{.name = "ignoredResourceGroups", .kind = FIELD_CUSTOM, .read = read_ignored_groups},
	{.name = "scoringStrategy", .kind = FIELD_CUSTOM, .read = read_strategy},
	{.name = NULL}};

/* ---- the others ---- */

static const struct field balanced_fields[] = {
	OBJECT, {.name = "resources", .kind = FIELD_CUSTOM, .read = read_balanced}, {.name = NULL}};

static const struct field pods_fields[] = {
	OBJECT,
	{.name = "hardPodAffinityWeight", .kind = FIELD_INT64, .offset = AT(hard_weight), .low = 0, .high = 100},
	{.name = "ignorePreferredTermsOfExistingPods", .kind = FIELD_BOOL, .offset = AT(ignore_preferred)},
	{.name = NULL}};

static bool read_added(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct sched_config *config = object;
	struct pod_spec *spec = ARENA_NEW(c->arena, 1, struct pod_spec);
	struct yaml_node *key = ARENA_NEW(c->arena, 1, struct yaml_node),
			 *map = ARENA_NEW(c->arena, 1, struct yaml_node);

	/* decode_affinity() wants it under its key in a pod. */
	(void)f;
	*key = *map = *value;
	key->kind = YAML_SCALAR;
	key->text = "nodeAffinity";
	key->count = 12;
	map->kind = YAML_MAP;
	map->count = 1;
	map->pair = ARENA_NEW(c->arena, 1, struct yaml_pair);
	map->pair[0] = (struct yaml_pair){key, value};
	config->added = spec;
	return decode_affinity(c, map, spec);
}

static const struct field affinity_fields[] = {
	OBJECT, {.name = "addedAffinity", .kind = FIELD_CUSTOM, .read = read_added}, {.name = NULL}};

static bool read_spread(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct sched_config *config = object;
	struct pod_spec spec = {0};

	if (!field_want_list(c, value, f->name) || !decode_spread(c, value, &spec))
		return false;
	for (uint32_t i = 0; i < value->count; i++)
		if (!yaml_is_null(yaml_get(value->item[i], "labelSelector"))) {
			diag_error(c->diag, yaml_mark(value->item[i]), "a default constraint has no labelSelector");
			diag_help(c->diag, "Services, ReplicaSets and StatefulSets of the pod select for it");
		}
	config->spread_count = spec.spread_count;
	config->spread = spec.spread;
	return true;
}

static const char *const defaulting[] = {"System", "List", NULL};
_Static_assert(sizeof(bool) == sizeof(uint8_t), "spread_list is the position in defaulting[]");

static const struct field spread_fields[] = {
	OBJECT,
	{.name = "defaultConstraints", .kind = FIELD_CUSTOM, .read = read_spread},
	{.name = "defaultingType", .kind = FIELD_ENUM, .offset = AT(spread_list), .choices = defaulting},
	{.name = NULL}};

static const struct field preemption_fields[] = {OBJECT,
						 {.name = "minCandidateNodesPercentage",
						  .kind = FIELD_INT64,
						  .offset = AT(candidates_percent),
						  .low = 0,
						  .high = 100},
						 {.name = "minCandidateNodesAbsolute",
						  .kind = FIELD_INT64,
						  .offset = AT(candidates_min),
						  .low = 0,
						  .high = INT32_MAX},
						 {.name = NULL}};

static const struct field volume_fields[] = {
	OBJECT,
	{.name = "bindTimeoutSeconds", .kind = FIELD_SECONDS, .offset = AT(bind_timeout), .low = 0, .high = 86400},
	SKIP("shape"),
	{.name = NULL}};

static const struct field claims_fields[] = {OBJECT, SKIP("filterTimeout"), SKIP("bindingTimeout"), {.name = NULL}};

static const struct args {
	const char *plugin;
	const struct field *fields;
} all_args[] = {
	{"NodeResourcesFit", fit_fields},     {"NodeResourcesBalancedAllocation", balanced_fields},
	{"NodeAffinity", affinity_fields},    {"InterPodAffinity", pods_fields},
	{"PodTopologySpread", spread_fields}, {"DefaultPreemption", preemption_fields},
	{"VolumeBinding", volume_fields},     {"DynamicResources", claims_fields},
};
#define ARGS (sizeof(all_args) / sizeof(all_args[0]))

/* What holds between arguments. */
static void check_together(struct diag *d, const struct yaml_node *args, const struct sched_config *config)
{
	const struct yaml_node *list = yaml_get(args, "defaultConstraints");

	if (list != NULL && config->spread_count > 0 && !config->spread_list) {
		diag_error(d, yaml_mark(list), "defaultConstraints need defaultingType: List");
	}
	if (yaml_get(args, "minCandidateNodesAbsolute") != NULL && config->candidates_percent == 0 &&
	    config->candidates_min == 0)
		diag_error(d, yaml_mark(args), "of both least numbers of candidates one must be above 0");
}

void sched_args_read(struct decoder *d, const struct yaml_node *item, struct sched_config *config)
{
	const struct yaml_node *name = yaml_get(item, "name"), *args = yaml_get(item, "args");
	struct field_context c = d->fields;

	c.lenient = false;
	if (yaml_is_null(name) || name->kind != YAML_SCALAR) {
		diag_error(c.diag, yaml_mark(item), "pluginConfig needs the name of a plugin");
		return;
	}
	if (sched_plugin_known(c.diag, name, name->text) == NONE || yaml_is_null(args))
		return;
	for (size_t i = 0; i < ARGS; i++) {
		if (strcmp(all_args[i].plugin, name->text) != 0)
			continue;
		field_read_map(&c, all_args[i].fields, args, config,
			       text_format(c.arena, "the arguments of %s", name->text));
		check_together(c.diag, args, config);
		return;
	}
	diag_error(c.diag, yaml_mark(item), "%s takes no arguments", name->text);
}
