/* decode_workload.c - Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs. */
#include "models/decode_workload.h"

#include <string.h>

bool decode_keep_node(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)c;
	*(const struct yaml_node **)(void *)((char *)object + f->offset) = value;
	return true;
}

const char *workload_kind_name(enum workload_kind kind)
{
	static const char *const name[] = {"",          "Deployment", "ReplicaSet", "StatefulSet",
					   "DaemonSet", "Job",        "CronJob"};

	return name[kind];
}

/* maxSurge and maxUnavailable; 25 % each by default: kubernetes-control-plane.md 3.2. */
static const struct field rolling_fields[] = {
	{.name = "maxSurge", .kind = FIELD_CUSTOM, .offset = AT(max_surge), .read = read_int_or_percent},
	{.name = "maxUnavailable", .kind = FIELD_CUSTOM, .offset = AT(max_unavailable), .read = read_int_or_percent},
	{.name = "partition", .kind = FIELD_INT32, .offset = AT(partition), .low = 0, .high = INT32_MAX},
	{.name = NULL}};

static bool read_rolling(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, rolling_fields, value, object, f->name);
}

static const char *const strategy_choices[] = {"RollingUpdate", "Recreate", "OnDelete", NULL};
static const struct field strategy_fields[] = {
	{.name = "type", .kind = FIELD_ENUM, .offset = NODE_AT(strategy), .choices = strategy_choices},
	{.name = "rollingUpdate", .kind = FIELD_CUSTOM, .read = read_rolling},
	{.name = NULL}};

static bool read_strategy(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct workload_draft *draft = object;

	if (!field_read_map(c, strategy_fields, value, object, f->name))
		return false;
	draft->w.recreate = draft->strategy == 1;
	draft->w.on_delete = draft->strategy == 2;
	return true;
}

static const struct field ordinal_fields[] = {
	{.name = "start", .kind = FIELD_INT32, .offset = AT(start_ordinal), .low = 0, .high = 1000000000},
	{.name = NULL}};

static bool read_ordinals(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, ordinal_fields, value, object, f->name);
}

static const char *const management_choices[] = {"OrderedReady", "Parallel", NULL};
/* One row of every kind of workload. */
#define REPLICAS                                                                                                       \
	{                                                                                                              \
		.name = "replicas", .kind = FIELD_INT32, .offset = AT(replicas), .fallback = "1", .low = 0,            \
		.high = REPLICAS_MAX                                                                                   \
	}
#define SELECTOR                                                                                                       \
	{                                                                                                              \
		.name = "selector", .kind = FIELD_CUSTOM, .offset = AT(selector), .read = read_selector                \
	}
#define MIN_READY                                                                                                      \
	{                                                                                                              \
		.name = "minReadySeconds", .kind = FIELD_SECONDS, .offset = AT(min_ready), .low = 0, .high = INT32_MAX \
	}
#define HISTORY SKIP("revisionHistoryLimit")
#define UPDATE(key)                                                                                                    \
	{                                                                                                              \
		.name = key, .kind = FIELD_CUSTOM, .read = read_strategy                                               \
	}
static const struct field deployment_fields[] = {REPLICAS,
						 SELECTOR,
						 TEMPLATE,
						 MIN_READY,
						 HISTORY,
						 UPDATE("strategy"),
						 {.name = "paused", .kind = FIELD_BOOL, .offset = AT(paused)},
						 {.name = "progressDeadlineSeconds",
						  .kind = FIELD_SECONDS,
						  .offset = AT(progress_deadline),
						  .fallback = "600",
						  .low = 0,
						  .high = INT32_MAX},
						 END};
static const struct field replica_set_fields[] = {REPLICAS, SELECTOR, TEMPLATE, MIN_READY, END};
static const struct field stateful_set_fields[] = {
	REPLICAS,
	SELECTOR,
	TEMPLATE,
	MIN_READY,
	HISTORY,
	UPDATE("updateStrategy"),
	{.name = "serviceName", .kind = FIELD_NAME, .offset = AT(service_name)},
	{.name = "podManagementPolicy",
	 .kind = FIELD_ENUM,
	 .offset = NODE_AT(management),
	 .choices = management_choices},
	{.name = "ordinals", .kind = FIELD_CUSTOM, .read = read_ordinals},
	{.name = "volumeClaimTemplates", .kind = FIELD_CUSTOM, .offset = NODE_AT(claims), .read = decode_keep_node},
	SKIP("persistentVolumeClaimRetentionPolicy"),
	END};
static const struct field daemon_set_fields[] = {SELECTOR, TEMPLATE, MIN_READY, HISTORY, UPDATE("updateStrategy"), END};

static const struct field *const spec_tables[] = {
	NULL,       deployment_fields, replica_set_fields, stateful_set_fields, daemon_set_fields,
	job_fields, cron_job_fields};

static const struct field template_fields[] = {SKIP("metadata"), SKIP("spec"), END};

struct template_meta {
	struct labels labels, annotations;
};

static const struct field template_meta_fields[] = {
	{.name = "labels", .kind = FIELD_CUSTOM, .offset = offsetof(struct template_meta, labels), .read = read_labels},
	{.name = "annotations",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct template_meta, annotations),
	 .read = read_labels},
	SKIP("name"),
	SKIP("namespace"),
	SKIP("creationTimestamp"),
	SKIP("generateName"),
	SKIP("finalizers"),
	END};

/* FNV-1a over what a tree says, in its order. */
static uint64_t hash_tree(uint64_t hash, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR) {
		for (uint32_t i = 0; i <= node->count; i++)
			hash = (hash ^ (uint8_t)node->text[i]) * UINT64_C(1099511628211);
		return hash;
	}
	hash = (hash ^ (node->kind + 256u)) * UINT64_C(1099511628211);
	for (uint32_t i = 0; i < node->count; i++) {
		if (node->kind == YAML_MAP)
			hash = hash_tree(hash, node->pair[i].key);
		hash = hash_tree(hash, node->kind == YAML_MAP ? node->pair[i].value : node->item[i]);
	}
	return hash;
}

static void read_template(struct decoder *d, struct workload_draft *draft, const char *kind)
{
	const struct yaml_node *node = draft->template, *meta = yaml_get(node, "metadata");
	struct template_meta m = {0};

	if (yaml_is_null(node)) {
		diag_error(d->fields.diag, draft->w.meta.at, "%s without spec.template", kind);
		draft->w.spec = ARENA_NEW(d->fields.arena, 1, struct pod_spec);
		return;
	}
	field_read_map(&d->fields, template_fields, node, NULL, "template");
	if (!yaml_is_null(meta))
		field_read_map(&d->fields, template_meta_fields, meta, &m, "template.metadata");
	draft->w.template_hash = hash_tree(UINT64_C(14695981039346656037), node);
	draft->w.pod_labels = m.labels;
	draft->w.pod_annotations = m.annotations;
	draft->w.spec = decode_pod_spec(d, yaml_get(node, "spec"), yaml_mark(node), &m.annotations,
					draft->w.kind == WORKLOAD_DAEMON_SET);
}

/* Old API groups defaulted the selector to the template's labels; apps/v1 requires it. */
static void settle_selector(struct decoder *d, struct workload_object *w, const struct yaml_node *root)
{
	const char *version = yaml_get(root, "apiVersion")->text;
	const struct yaml_node *selector = yaml_get(yaml_get(root, "spec"), "selector");
	const char *kind = workload_kind_name(w->kind);

	if (!w->selector.present && yaml_is_null(selector)) {
		if (!strcmp(version, "apps/v1")) {
			diag_error(d->fields.diag, w->meta.at, "%s without spec.selector", kind);
			return;
		}
		w->selector.present = true;
		w->selector.item = ARENA_NEW(d->fields.arena, w->pod_labels.count, struct requirement);
		for (uint32_t i = 0; i < w->pod_labels.count; i++)
			w->selector.item[w->selector.count++] =
				(struct requirement){.key = w->pod_labels.item[i].key,
						     .op = OP_IN,
						     .count = 1,
						     .value = &w->pod_labels.item[i].value};
		return;
	}
	if (w->selector.present && !selector_matches(&w->selector, &w->pod_labels, d->fields.names)) {
		diag_error(d->fields.diag, yaml_mark(selector),
			   "the selector of %s \"%s\" does not match the labels of its template", kind,
			   names_text(d->fields.names, w->meta.name));
		diag_help(d->fields.diag,
			  "give spec.template.metadata.labels the same labels as spec.selector.matchLabels");
	}
}

static void read_workload_spec(struct decoder *d, const struct yaml_node *root, struct workload_draft *draft)
{
	enum workload_kind kind = draft->w.kind;
	const char *name = workload_kind_name(kind);
	const struct yaml_node *spec = yaml_get(root, "spec");
	char *what = text_format(&d->scratch, "%s spec", name);

	field_defaults(&d->fields, spec_tables[kind], draft);
	if (kind == WORKLOAD_DAEMON_SET) {
		draft->w.max_surge = (struct int_or_percent){0, false};
		draft->w.max_unavailable = (struct int_or_percent){1, false};
	} else {
		draft->w.max_surge = (struct int_or_percent){25, true};
		draft->w.max_unavailable = (struct int_or_percent){25, true};
		if (kind == WORKLOAD_STATEFUL_SET)
			draft->w.max_unavailable = (struct int_or_percent){1, false};
	}
	decode_job_defaults(&draft->w);
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, spec_tables[kind], spec, draft, what);
	if (kind == WORKLOAD_CRON_JOB)
		decode_cron_job(d, draft);
	if (kind == WORKLOAD_JOB || kind == WORKLOAD_CRON_JOB)
		decode_job_check(d, draft, kind == WORKLOAD_JOB ? spec : yaml_get(draft->job, "spec"));
	draft->w.parallel = draft->management == 1;
}

void decode_workload(struct decoder *d, const struct yaml_node *root, enum workload_kind kind)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), END};
	struct objects *o = d->objects;
	struct workload_draft draft = {.w = {.kind = kind}};
	const char *name = workload_kind_name(kind);

	field_read_map(&d->fields, top, root, NULL, name);
	if (!decode_meta(d, root, name, true, &draft.w.meta) ||
	    !decode_register(d, name, &draft.w.meta, o->workload_count))
		return;
	read_workload_spec(d, root, &draft);
	d->namespace = draft.w.meta.namespace;
	read_template(d, &draft, name);
	if (draft.claims)
		decode_claim_templates(d, draft.claims, &draft.w);
	if (kind != WORKLOAD_JOB && kind != WORKLOAD_CRON_JOB)
		settle_selector(d, &draft.w, root);
	ARENA_RESERVE(o->arena, o->workload, o->workload_capacity, o->workload_count + 1, struct workload_object);
	o->workload[o->workload_count++] = draft.w;
}
