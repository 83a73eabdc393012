/* sched_config.c - reads KubeSchedulerConfiguration v1; kube-scheduler.md 1.7. */
#include "models/sched_config.h"

#include <stdlib.h>
#include <string.h>

#include "models/decode.h"
#include "models/sched_internal.h"

/* Largest number in any argument that is read here; larger ones are mistakes and could overflow sums. */
#define NUMBER_MAX 1000000

static void wrong(struct decoder *d, const struct yaml_node *at, const char *what)
{
	diag_error(d->fields.diag, yaml_mark(at), "%s", what);
}

static const char *text_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *v = yaml_get(map, key);

	return v != NULL && v->kind == YAML_SCALAR ? v->text : "";
}

static int64_t number_of(struct decoder *d, const struct yaml_node *map, const char *key, int64_t fallback,
			 int64_t high)
{
	const struct yaml_node *v = yaml_get(map, key);
	char *end;

	if (yaml_is_null(v))
		return fallback;
	if (v->kind == YAML_SCALAR) {
		long long n = strtoll(v->text, &end, 10);

		if (end != v->text && *end == '\0' && n >= 0 && n <= high)
			return n;
	}
	diag_error(d->fields.diag, yaml_mark(v), "%s must be a whole number from 0 to %lld", key, (long long)high);
	return fallback;
}

/* An array of at least one element for each item of a list; 0 items when it is absent or no list. */
static uint32_t items(struct decoder *d, const struct yaml_node *list)
{
	if (yaml_is_null(list))
		return 0;
	if (list->kind == YAML_LIST)
		return list->count;
	wrong(d, list, "expected a list");
	return 0;
}

static uint32_t read_resources(struct decoder *d, const struct yaml_node *list, struct sched_resource **out)
{
	uint32_t n = items(d, list);

	*out = ARENA_NEW(d->fields.arena, n, struct sched_resource);
	for (uint32_t i = 0; i < n; i++) {
		const char *name = text_of(list->item[i], "name");
		struct sched_resource *r = &(*out)[i];

		r->weight = number_of(d, list->item[i], "weight", 1, 100);
		r->weight = r->weight == 0 ? 1 : r->weight;
		r->kind = strcmp(name, "cpu") == 0                 ? SCHED_CPU
			  : strcmp(name, "memory") == 0            ? SCHED_MEMORY
			  : strcmp(name, "ephemeral-storage") == 0 ? SCHED_DISK
								   : SCHED_SCALAR;
		r->name = names_intern(d->fields.names, name);
		if (*name == '\0')
			wrong(d, list->item[i], "a resource needs a name");
	}
	return n;
}

static uint32_t read_names(struct decoder *d, const struct yaml_node *list, uint32_t **out)
{
	uint32_t n = items(d, list);

	*out = ARENA_NEW(d->fields.arena, n, uint32_t);
	for (uint32_t i = 0; i < n; i++) {
		if (list->item[i]->kind == YAML_SCALAR)
			(*out)[i] = names_intern(d->fields.names, list->item[i]->text);
		else
			wrong(d, list->item[i], "expected a name");
	}
	return n;
}

static void read_fit(struct decoder *d, const struct yaml_node *args, struct sched_config *out)
{
	const struct yaml_node *strategy = yaml_get(args, "scoringStrategy");
	const struct yaml_node *shape = yaml_get(yaml_get(strategy, "requestedToCapacityRatio"), "shape");
	const char *type = text_of(strategy, "type");

	if (strcmp(type, "MostAllocated") == 0)
		out->strategy = FIT_MOST_ALLOCATED;
	else if (strcmp(type, "RequestedToCapacityRatio") == 0)
		out->strategy = FIT_RATIO;
	else if (*type != '\0' && strcmp(type, "LeastAllocated") != 0)
		wrong(d, yaml_get(strategy, "type"),
		      "the type is LeastAllocated, MostAllocated or RequestedToCapacityRatio");
	out->fit_count = read_resources(d, yaml_get(strategy, "resources"), &out->fit);
	out->ignored_count = read_names(d, yaml_get(args, "ignoredResources"), &out->ignored);
	out->ignored_group_count = read_names(d, yaml_get(args, "ignoredResourceGroups"), &out->ignored_group);
	out->shape_count = items(d, shape);
	out->shape = ARENA_NEW(d->fields.arena, out->shape_count, struct sched_point);
	for (uint32_t i = 0; i < out->shape_count; i++) {
		out->shape[i].utilization = number_of(d, shape->item[i], "utilization", 0, 100);
		/* Configured 0..10, computed 0..100 (3.3). */
		out->shape[i].score = number_of(d, shape->item[i], "score", 0, 10) * 10;
		if (i > 0 && out->shape[i].utilization <= out->shape[i - 1].utilization)
			wrong(d, shape->item[i], "utilization must increase from point to point");
	}
	if (out->strategy == FIT_RATIO && out->shape_count == 0)
		wrong(d, args, "RequestedToCapacityRatio needs a shape of at least one point");
}

static void read_spread(struct decoder *d, const struct yaml_node *args, struct sched_config *out)
{
	const struct yaml_node *list = yaml_get(args, "defaultConstraints");
	struct pod_spec spec = {0};

	out->spread_list = strcmp(text_of(args, "defaultingType"), "List") == 0;
	if (items(d, list) > 0) {
		if (!out->spread_list)
			wrong(d, list, "defaultConstraints need defaultingType: List");
		decode_spread(&d->fields, list, &spec);
	}
	out->spread_count = spec.spread_count;
	out->spread = spec.spread;
}

static void read_added(struct decoder *d, const struct yaml_node *args, struct sched_config *out)
{
	const struct yaml_node *affinity = yaml_get(args, "addedAffinity");
	struct pod_spec *spec = ARENA_NEW(d->fields.arena, 1, struct pod_spec);

	if (yaml_is_null(affinity))
		return;
	/* decode_affinity() wants it under its key in a pod. */
	struct yaml_node *key = ARENA_NEW(d->fields.arena, 1, struct yaml_node),
			 *map = ARENA_NEW(d->fields.arena, 1, struct yaml_node);

	*key = *map = *affinity;
	key->kind = YAML_SCALAR;
	key->text = "nodeAffinity";
	key->count = 12;
	map->kind = YAML_MAP;
	map->count = 1;
	map->pair = ARENA_NEW(d->fields.arena, 1, struct yaml_pair);
	map->pair[0] = (struct yaml_pair){key, affinity};
	decode_affinity(&d->fields, map, spec);
	out->added = spec;
}

static void read_args(struct decoder *d, const struct yaml_node *item, struct sched_config *out)
{
	const struct yaml_node *args = yaml_get(item, "args");
	const char *name = text_of(item, "name");

	if (strcmp(name, "NodeResourcesFit") == 0) {
		read_fit(d, args, out);
	} else if (strcmp(name, "NodeResourcesBalancedAllocation") == 0) {
		out->balanced_count = read_resources(d, yaml_get(args, "resources"), &out->balanced);
	} else if (strcmp(name, "NodeAffinity") == 0) {
		read_added(d, args, out);
	} else if (strcmp(name, "InterPodAffinity") == 0) {
		out->hard_weight = number_of(d, args, "hardPodAffinityWeight", 1, 100);
		out->ignore_preferred = strcmp(text_of(args, "ignorePreferredTermsOfExistingPods"), "true") == 0;
	} else if (strcmp(name, "PodTopologySpread") == 0) {
		read_spread(d, args, out);
	} else if (strcmp(name, "DefaultPreemption") != 0 && strcmp(name, "VolumeBinding") != 0) {
		wrong(d, item, "no plugin of this name takes arguments");
	}
}

/* The bits of a plugin in sched_profile[]; all for "*". 0 for a plugin without a filter or score here. */
static uint32_t plugin_bits(struct decoder *d, const struct yaml_node *item)
{
	static const char *const others[] = {"SchedulingGates", "PrioritySort", "DefaultPreemption", "DefaultBinder",
					     "DynamicResources"};
	const char *name = text_of(item, "name");

	if (strcmp(name, "*") == 0)
		return UINT32_MAX;
	for (uint32_t i = 0; sched_profile[i].name != NULL; i++)
		if (strcmp(sched_profile[i].name, name) == 0)
			return UINT32_C(1) << i;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], name) == 0)
			return 0;
	diag_error(d->fields.diag, yaml_mark(item), "unknown scheduler plugin \"%s\"", name);
	return 0;
}

static void read_point(struct decoder *d, const struct yaml_node *point, bool filters, bool scores,
		       struct sched_config *out)
{
	const struct yaml_node *off = yaml_get(point, "disabled"), *on = yaml_get(point, "enabled");

	for (uint32_t i = 0; i < items(d, off); i++) {
		uint32_t bits = plugin_bits(d, off->item[i]);

		out->filters_off |= filters ? bits : 0;
		out->scores_off |= scores ? bits : 0;
	}
	for (uint32_t i = 0; i < items(d, on); i++) {
		uint32_t bits = plugin_bits(d, on->item[i]);
		int64_t weight = number_of(d, on->item[i], "weight", 0, NUMBER_MAX);

		out->filters_off &= filters ? ~bits : UINT32_MAX;
		if (!scores)
			continue;
		out->scores_off &= ~bits;
		for (uint32_t k = 0; k < 32; k++)
			/* Weight 0 means 1 at the score point and for MultiPoint (1.2). */
			if (bits >> k & 1)
				out->weight[k] = weight > 0 ? weight : 1;
	}
}

static void read_plugins(struct decoder *d, const struct yaml_node *plugins, struct sched_config *out)
{
	static const char *const other[] = {"preEnqueue", "queueSort", "preFilter", "postFilter", "preScore",
					    "reserve",    "permit",    "preBind",   "bind",       "postBind"};

	read_point(d, yaml_get(plugins, "multiPoint"), true, true, out);
	read_point(d, yaml_get(plugins, "filter"), true, false, out);
	read_point(d, yaml_get(plugins, "score"), false, true, out);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (yaml_get(plugins, other[i]) != NULL)
			diag_note(d->fields.diag, yaml_mark(plugins), "plugins.%s is not simulated", other[i]);
}

void sched_config_read(struct decoder *d, const struct yaml_node *root, struct sched_config *out)
{
	const struct yaml_node *profiles = yaml_get(root, "profiles"), *args;

	*out = sched_config_default;
	if (items(d, profiles) > 1)
		wrong(d, profiles, "one profile can be simulated at a time");
	if (items(d, profiles) != 1)
		return;
	read_plugins(d, yaml_get(profiles->item[0], "plugins"), out);
	args = yaml_get(profiles->item[0], "pluginConfig");
	for (uint32_t i = 0; i < items(d, args); i++)
		read_args(d, args->item[i], out);
}
