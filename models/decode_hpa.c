/* decode_hpa.c - HorizontalPodAutoscalers: autoscaling/v2 and its betas, and autoscaling/v1. */
#include <string.h>

#include "models/decode_workload.h"

/* Defaults: kubernetes-control-plane.md 3.7; v1's target: pkg/apis/autoscaling/v1/defaults.go (recalled). */
#define V1_TARGET 80
#define DEFAULT_PERIOD SECONDS(15)

struct hpa_draft {
	struct hpa_object hpa;
	const struct yaml_node *target, *metrics, *behavior;
	int32_t v1_target;
};

#define HPA_AT(member) offsetof(struct hpa_draft, hpa.member)
#define HPA_NODE(member) offsetof(struct hpa_draft, member)

static const struct field spec_fields[] = {
	{.name = "scaleTargetRef", .kind = FIELD_CUSTOM, .offset = HPA_NODE(target), .read = decode_keep_node},
	{.name = "minReplicas",
	 .kind = FIELD_INT32,
	 .offset = HPA_AT(min),
	 .fallback = "1",
	 .low = 0,
	 .high = REPLICAS_MAX},
	{.name = "maxReplicas", .kind = FIELD_INT32, .offset = HPA_AT(max), .low = 1, .high = REPLICAS_MAX},
	{.name = "targetCPUUtilizationPercentage",
	 .kind = FIELD_INT32,
	 .offset = HPA_NODE(v1_target),
	 .low = 1,
	 .high = INT32_MAX},
	{.name = "metrics", .kind = FIELD_CUSTOM, .offset = HPA_NODE(metrics), .read = decode_keep_node},
	{.name = "behavior", .kind = FIELD_CUSTOM, .offset = HPA_NODE(behavior), .read = decode_keep_node},
	END};

static const struct field target_fields[] = {SKIP("apiVersion"),
					     {.name = "kind", .kind = FIELD_NAME, .offset = HPA_AT(target_kind)},
					     {.name = "name", .kind = FIELD_NAME, .offset = HPA_AT(target_name)},
					     END};

/* ---- metrics ---- */

static void add_metric(struct decoder *d, struct hpa_object *h, uint8_t usage, bool utilization, int64_t target)
{
	struct hpa_metric *grown = ARENA_NEW(d->fields.arena, h->metric_count + 1, struct hpa_metric);

	if (h->metric_count > 0)
		memcpy(grown, h->metric, h->metric_count * sizeof(*grown));
	h->metric = grown;
	h->metric[h->metric_count++] =
		(struct hpa_metric){.usage = usage, .utilization = utilization, .target = target};
}

static const char *text_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = yaml_get(map, key);

	return !yaml_is_null(node) && node->kind == YAML_SCALAR ? node->text : "";
}

static void read_percent(struct decoder *d, struct hpa_object *h, uint8_t usage, const struct yaml_node *value)
{
	static const struct field row = {
		.name = "averageUtilization", .kind = FIELD_INT32, .low = 1, .high = INT32_MAX};
	int32_t percent = 0;

	if (field_read(&d->fields, &row, value, &percent))
		add_metric(d, h, usage, true, percent);
}

static void read_average(struct decoder *d, struct hpa_object *h, uint8_t usage, const struct yaml_node *value)
{
	struct quantity q;
	const char *wrong = value->kind == YAML_SCALAR ? quantity_parse(value->text, &q) : "not one value";
	int64_t target = wrong ? 0 : usage == USAGE_CPU ? quantity_milli(q) : quantity_value(q);

	if (target > 0)
		add_metric(d, h, usage, false, target);
	else
		diag_error(d->fields.diag, yaml_mark(value), "averageValue must be a quantity above 0%s%s",
			   wrong ? ": " : "", wrong ? wrong : "");
}

/* A Resource metric on CPU or memory; the others have no source in a simulation. v2beta1 has the target in place. */
static void read_metric(struct decoder *d, struct hpa_object *h, const struct yaml_node *metric)
{
	const struct yaml_node *resource = yaml_get(metric, "resource"), *target = yaml_get(resource, "target");
	const char *name = text_of(resource, "name"), *type = text_of(metric, "type");
	const struct yaml_node *percent, *average;

	if (strcmp(type, "Resource") != 0 || (strcmp(name, "cpu") != 0 && strcmp(name, "memory") != 0)) {
		diag_note(d->fields.diag, yaml_mark(metric),
			  "HorizontalPodAutoscaler metrics other than Resource cpu and memory are not simulated");
		return;
	}
	uint8_t usage = strcmp(name, "cpu") == 0 ? USAGE_CPU : USAGE_MEMORY;
	percent = target ? yaml_get(target, "averageUtilization") : yaml_get(resource, "targetAverageUtilization");
	average = target ? yaml_get(target, "averageValue") : yaml_get(resource, "targetAverageValue");
	if (!yaml_is_null(percent))
		read_percent(d, h, usage, percent);
	else if (!yaml_is_null(average))
		read_average(d, h, usage, average);
	else
		diag_error(d->fields.diag, yaml_mark(metric),
			   "a Resource metric needs averageUtilization or averageValue");
}

/* ---- behaviour ---- */

struct rules_draft {
	struct hpa_rules rules;
	const struct yaml_node *policies, *tolerance;
};

struct policy_draft {
	uint8_t type;
	int32_t value;
	sim_time period;
};

/* In the order of enum hpa_select. */
static const char *const select_choices[] = {"Max", "Min", "Disabled", NULL};
static const char *const type_choices[] = {"Pods", "Percent", NULL};

static const struct field rules_fields[] = {{.name = "stabilizationWindowSeconds",
					     .kind = FIELD_SECONDS,
					     .offset = offsetof(struct rules_draft, rules.window),
					     .low = 0,
					     .high = 3600},
					    {.name = "selectPolicy",
					     .kind = FIELD_ENUM,
					     .offset = offsetof(struct rules_draft, rules.select),
					     .choices = select_choices},
					    {.name = "policies",
					     .kind = FIELD_CUSTOM,
					     .offset = offsetof(struct rules_draft, policies),
					     .read = decode_keep_node},
					    {.name = "tolerance",
					     .kind = FIELD_CUSTOM,
					     .offset = offsetof(struct rules_draft, tolerance),
					     .read = decode_keep_node},
					    END};

static const struct field policy_fields[] = {
	{.name = "type", .kind = FIELD_ENUM, .offset = offsetof(struct policy_draft, type), .choices = type_choices},
	{.name = "value",
	 .kind = FIELD_INT32,
	 .offset = offsetof(struct policy_draft, value),
	 .low = 1,
	 .high = REPLICAS_MAX},
	{.name = "periodSeconds",
	 .kind = FIELD_SECONDS,
	 .offset = offsetof(struct policy_draft, period),
	 .fallback = "15",
	 .low = 1,
	 .high = 1800},
	END};

static void read_policies(struct decoder *d, struct hpa_rules *r, const struct yaml_node *list)
{
	if (!field_want_list(&d->fields, list, "policies"))
		return;
	r->policy = ARENA_NEW(d->fields.arena, list->count, struct hpa_policy);
	r->policy_count = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		struct policy_draft p = {0};

		field_defaults(&d->fields, policy_fields, &p);
		if (!field_read_map(&d->fields, policy_fields, list->item[i], &p, "a scaling policy"))
			continue;
		if (p.value == 0)
			diag_error(d->fields.diag, yaml_mark(list->item[i]), "a scaling policy needs a value");
		r->policy[r->policy_count++] = (struct hpa_policy){p.type == 1, p.value, p.period};
	}
}

/* A quantity such as 0.05 or 50m. */
static void read_tolerance(struct decoder *d, struct hpa_rules *r, const struct yaml_node *value)
{
	struct quantity q;
	const char *wrong = value->kind == YAML_SCALAR ? quantity_parse(value->text, &q) : "not one value";

	if (!wrong && quantity_milli(q) >= 0)
		r->tolerance = (double)quantity_milli(q) / 1000;
	else
		diag_error(d->fields.diag, yaml_mark(value), "tolerance must be a quantity of 0 or more");
}

static void read_rules(struct decoder *d, struct hpa_rules *r, const struct yaml_node *node)
{
	struct rules_draft draft = {.rules = *r};

	if (yaml_is_null(node))
		return;
	field_read_map(&d->fields, rules_fields, node, &draft, "behavior");
	*r = draft.rules;
	if (!yaml_is_null(draft.policies))
		read_policies(d, r, draft.policies);
	if (!yaml_is_null(draft.tolerance))
		read_tolerance(d, r, draft.tolerance);
}

/* Up by 4 pods or 100 % in 15 s, whichever is more; down by 100 % in 15 s. */
static void default_rules(struct decoder *d, struct hpa_object *h)
{
	h->up = (struct hpa_rules){.window = 0, .policy_count = 2, .tolerance = -1};
	h->up.policy = ARENA_NEW(d->fields.arena, 2, struct hpa_policy);
	h->up.policy[0] = (struct hpa_policy){false, 4, DEFAULT_PERIOD};
	h->up.policy[1] = (struct hpa_policy){true, 100, DEFAULT_PERIOD};
	h->down = (struct hpa_rules){.window = SIM_NEVER, .policy_count = 1, .tolerance = -1};
	h->down.policy = ARENA_NEW(d->fields.arena, 1, struct hpa_policy);
	h->down.policy[0] = (struct hpa_policy){true, 100, DEFAULT_PERIOD};
}

/* ---- the object ---- */

static void read_metrics(struct decoder *d, struct hpa_draft *draft)
{
	if (draft->v1_target > 0)
		add_metric(d, &draft->hpa, USAGE_CPU, true, draft->v1_target);
	else if (yaml_is_null(draft->metrics))
		add_metric(d, &draft->hpa, USAGE_CPU, true, V1_TARGET);
	else if (field_want_list(&d->fields, draft->metrics, "metrics"))
		for (uint32_t i = 0; i < draft->metrics->count; i++)
			read_metric(d, &draft->hpa, draft->metrics->item[i]);
}

static void read_spec(struct decoder *d, const struct yaml_node *spec, struct hpa_draft *draft)
{
	struct hpa_object *h = &draft->hpa;

	field_defaults(&d->fields, spec_fields, draft);
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, spec_fields, spec, draft, "HorizontalPodAutoscaler spec");
	if (!yaml_is_null(draft->target))
		field_read_map(&d->fields, target_fields, draft->target, draft, "scaleTargetRef");
	if (h->target_kind == 0 || h->target_name == 0)
		diag_error(d->fields.diag, h->meta.at, "HorizontalPodAutoscaler without scaleTargetRef kind and name");
	if (h->max == 0)
		diag_error(d->fields.diag, h->meta.at, "HorizontalPodAutoscaler without maxReplicas");
	else if (h->max < h->min)
		diag_error(d->fields.diag, h->meta.at, "maxReplicas %d is below minReplicas %d", h->max, h->min);
	read_metrics(d, draft);
	default_rules(d, h);
	read_rules(d, &h->up, yaml_get(draft->behavior, "scaleUp"));
	read_rules(d, &h->down, yaml_get(draft->behavior, "scaleDown"));
}

void decode_hpa(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct hpa_draft draft = {.hpa = {.target = NO_ROW}};

	if (!decode_meta(d, root, "HorizontalPodAutoscaler", true, &draft.hpa.meta) ||
	    !decode_register(d, "HorizontalPodAutoscaler", &draft.hpa.meta, o->hpa_count))
		return;
	read_spec(d, yaml_get(root, "spec"), &draft);
	ARENA_RESERVE(o->arena, o->hpa, o->hpa_capacity, o->hpa_count + 1, struct hpa_object);
	o->hpa[o->hpa_count++] = draft.hpa;
}

void decode_hpa_targets(struct decoder *d)
{
	for (uint32_t i = 0; i < d->objects->hpa_count; i++) {
		struct hpa_object *h = &d->objects->hpa[i];
		const char *kind = names_text(d->fields.names, h->target_kind);

		if (!strcmp(kind, "Deployment") || !strcmp(kind, "ReplicaSet") || !strcmp(kind, "StatefulSet"))
			h->target = decode_find(d, kind, h->meta.namespace, h->target_name);
		if (h->target == NO_ROW)
			diag_note(d->fields.diag, h->meta.at,
				  "HorizontalPodAutoscaler: its target %s/%s is not among the objects", kind,
				  names_text(d->fields.names, h->target_name));
	}
}
