/* decode_node.c - Node objects, Services, PodDisruptionBudgets and PriorityClasses. */
#include "models/decode.h"

#include <stdlib.h>
#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}

/* kubelet --max-pods (pkg/kubelet/apis/config/v1beta1/defaults.go), where a node does not say. */
#define DEFAULT_PODS 110

/* Larger images are taken to be of unknown size: so no sum overflows. */
#define IMAGE_MAX (INT64_C(1) << 50)

struct node_draft {
	bool unschedulable, has_capacity;
	struct taint_list taints;
	struct amounts capacity, allocatable;
	uint32_t image_count, image_capacity;
	uint32_t *image;
	uint32_t sized_count, sized_capacity;
	struct node_image *sized;
};

static bool read_images(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct node_draft *draft = object;

	if (!field_want_list(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct yaml_node *list = yaml_get(value->item[i], "names");
		const struct yaml_node *size = yaml_get(value->item[i], "sizeBytes");
		int64_t bytes = size && size->kind == YAML_SCALAR ? strtoll(size->text, NULL, 10) : 0;

		for (uint32_t k = 0; list && list->kind == YAML_LIST && k < list->count; k++) {
			if (list->item[k]->kind != YAML_SCALAR)
				continue;
			ARENA_RESERVE(c->arena, draft->image, draft->image_capacity, draft->image_count + 1, uint32_t);
			draft->image[draft->image_count++] = image_normalise(DECODER(c), list->item[k]->text);
			ARENA_RESERVE(c->arena, draft->sized, draft->sized_capacity, draft->sized_count + 1,
				      struct node_image);
			draft->sized[draft->sized_count++] =
				(struct node_image){names_intern(c->names, list->item[k]->text),
						    bytes > 0 && bytes < IMAGE_MAX ? bytes : 0, k > 0};
		}
	}
	return true;
}

static bool read_conditions(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)object;
	if (!field_want_list(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct yaml_node *type = yaml_get(value->item[i], "type"),
				       *status = yaml_get(value->item[i], "status");

		if (type && status && type->kind == YAML_SCALAR && status->kind == YAML_SCALAR &&
		    !strcmp(type->text, "Ready") && strcmp(status->text, "True"))
			diag_note(c->diag, yaml_mark(status),
				  "a node that was not Ready when the objects were taken "
				  "starts healthy here");
	}
	return true;
}

#define AT(member) offsetof(struct node_draft, member)
static const struct field node_spec_fields[] = {
	{.name = "unschedulable", .kind = FIELD_BOOL, .offset = AT(unschedulable)},
	{.name = "taints", .kind = FIELD_CUSTOM, .offset = AT(taints), .read = read_taints},
	SKIP("podCIDR"),
	SKIP("podCIDRs"),
	SKIP("providerID"),
	SKIP("externalID"),
	{.name = NULL}};

static const struct field node_status_fields[] = {
	{.name = "capacity", .kind = FIELD_CUSTOM, .offset = AT(capacity), .read = read_amounts},
	{.name = "allocatable", .kind = FIELD_CUSTOM, .offset = AT(allocatable), .read = read_amounts},
	{.name = "images", .kind = FIELD_CUSTOM, .read = read_images},
	{.name = "conditions", .kind = FIELD_CUSTOM, .read = read_conditions},
	SKIP("addresses"),
	SKIP("nodeInfo"),
	SKIP("daemonEndpoints"),
	SKIP("config"),
	SKIP("volumesInUse"),
	SKIP("volumesAttached"),
	SKIP("phase"),
	SKIP("runtimeHandlers"),
	SKIP("features"),
	SKIP("declaredFeatures"),
	{.name = NULL}};

static bool read_spec(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)f;
	return field_read_map(c, node_spec_fields, value, object, "Node spec");
}

static bool read_status(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)f;
	return field_read_map(c, node_status_fields, value, object, "Node status");
}

static const struct field node_fields[] = {SKIP("apiVersion"),
					   SKIP("kind"),
					   SKIP("metadata"),
					   {.name = "spec", .kind = FIELD_CUSTOM, .read = read_spec},
					   {.name = "status", .kind = FIELD_CUSTOM, .read = read_status},
					   {.name = NULL}};

/* Taints that the control plane places by itself from what it believes of the node: kubernetes-control-plane.md 2.3. */
static bool is_lifecycle_taint(const char *key)
{
	static const char *const own[] = {
		"not-ready",    "unreachable",         "memory-pressure", "disk-pressure",
		"pid-pressure", "network-unavailable", "unschedulable",
	};

	if (!strcmp(key, "node.cloudprovider.kubernetes.io/uninitialized"))
		return true;
	if (strncmp(key, "node.kubernetes.io/", 19))
		return false;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(key + 19, own[i]))
			return true;
	return false;
}

static void keep_taints(struct decoder *d, struct node_object *n, const struct taint_list *list)
{
	n->taint = list->item;
	for (uint32_t i = 0; i < list->count; i++)
		if (d->snapshot || !is_lifecycle_taint(names_text(d->fields.names, list->item[i].key)))
			n->taint[n->taint_count++] = list->item[i];
}

static uint32_t either_label(const struct labels *l, uint32_t key, uint32_t old_key)
{
	bool present;
	uint32_t value = labels_get(l, key, &present);

	return present ? value : labels_get(l, old_key, NULL);
}

bool decode_add_node(struct decoder *d, struct node_object *n)
{
	struct objects *o = d->objects;

	if (!decode_register(d, "Node", &n->meta, o->node_count))
		return false;
	n->zone = either_label(&n->meta.labels, d->zone, d->zone_beta);
	n->region = either_label(&n->meta.labels, d->region, d->region_beta);
	n->instance_type = either_label(&n->meta.labels, d->instance, d->instance_beta);
	n->rack = labels_get(&n->meta.labels, d->rack, NULL);
	ARENA_RESERVE(o->arena, o->node, o->node_capacity, o->node_count + 1, struct node_object);
	o->node[o->node_count++] = *n;
	return true;
}

/* A node without capacity is what a hand-written list of names gives; it gets that of the default node group. */
static void settle_capacity(struct decoder *d, struct node_object *n, struct node_draft *draft, struct mark at)
{
	bool any = draft->capacity.has[AMOUNT_CPU] || draft->allocatable.has[AMOUNT_CPU];

	if (!any && !d->snapshot) {
		diag_note(d->fields.diag, at, "a Node without capacity counts as 4 CPUs, 16Gi, 110 pods");
		quantity_parse("4", &draft->capacity.fixed[AMOUNT_CPU]);
		quantity_parse("16Gi", &draft->capacity.fixed[AMOUNT_MEMORY]);
		draft->capacity.has[AMOUNT_CPU] = draft->capacity.has[AMOUNT_MEMORY] = true;
	}
	if (d->snapshot) {
		n->allocatable = amounts_round(d, &draft->allocatable);
		n->capacity = n->allocatable;
		return;
	}
	/* One of the two given stands for both. */
	if (!draft->allocatable.has[AMOUNT_CPU] && !draft->allocatable.has[AMOUNT_MEMORY])
		amounts_fill(d->fields.arena, &draft->allocatable, &draft->capacity);
	if (!draft->capacity.has[AMOUNT_CPU] && !draft->capacity.has[AMOUNT_MEMORY])
		amounts_fill(d->fields.arena, &draft->capacity, &draft->allocatable);
	n->capacity = amounts_round(d, &draft->capacity);
	n->allocatable = amounts_round(d, &draft->allocatable);
	if (!draft->capacity.has[AMOUNT_PODS])
		n->capacity.pods = DEFAULT_PODS;
	if (!draft->allocatable.has[AMOUNT_PODS])
		n->allocatable.pods = n->capacity.pods;
}

void decode_node(struct decoder *d, const struct yaml_node *root)
{
	struct node_draft draft = {0};
	struct node_object n = {0};

	if (!decode_meta(d, root, "Node", false, &n.meta))
		return;
	field_read_map(&d->fields, node_fields, root, &draft, "Node");
	settle_capacity(d, &n, &draft, n.meta.at);
	keep_taints(d, &n, &draft.taints);
	n.unschedulable = draft.unschedulable;
	n.image_count = draft.image_count;
	n.image = draft.image;
	n.sized_count = draft.sized_count;
	n.sized = draft.sized;
	if (!n.meta.labels.item)
		n.meta.labels.item = ARENA_NEW(d->fields.arena, 1, struct label);
	if (!d->snapshot && !labels_get(&n.meta.labels, d->hostname, NULL))
		labels_set(&n.meta.labels, d->hostname, n.meta.name);
	decode_add_node(d, &n);
}

/* --- Service --- */

struct service_draft {
	struct service_object service;
	uint32_t cluster_ip;
};

static bool read_service_selector(struct field_context *c, const struct field *f, const struct yaml_node *value,
				  void *object)
{
	struct service_draft *draft = object;

	if (!read_labels(c, f, value, object))
		return false;
	draft->service.has_selector = draft->service.selector.count > 0;
	return true;
}

/* A scalar of map as text, or NULL. */
static const char *scalar_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *value = yaml_get(map, key);

	return value != NULL && value->kind == YAML_SCALAR ? value->text : NULL;
}

/* As kubectl prints them; nothing else of a port has an effect here, so nothing is refused. */
static bool read_ports(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct service_draft *draft = object;
	struct text ports;

	(void)f;
	text_init(&ports, c->arena);
	for (uint32_t i = 0; value->kind == YAML_LIST && i < value->count; i++) {
		const char *port = scalar_of(value->item[i], "port"), *node = scalar_of(value->item[i], "nodePort"),
			   *protocol = scalar_of(value->item[i], "protocol");

		text_printf(&ports, "%s%s%s%s/%s", i > 0 ? "," : "", port != NULL ? port : "", node != NULL ? ":" : "",
			    node != NULL ? node : "", protocol != NULL ? protocol : "TCP");
	}
	draft->service.ports = ports.length > 0 ? ports.data : NULL;
	return true;
}

static bool read_type(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct service_draft *draft = object;

	(void)f;
	if (value->kind == YAML_SCALAR)
		draft->service.type = arena_text(c->arena, value->text, strlen(value->text));
	return true;
}

static const struct field service_spec_fields[] = {
	{.name = "selector",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct service_draft, service.selector),
	 .read = read_service_selector},
	{.name = "clusterIP", .kind = FIELD_NAME, .offset = offsetof(struct service_draft, cluster_ip)},
	{.name = "publishNotReadyAddresses",
	 .kind = FIELD_BOOL,
	 .offset = offsetof(struct service_draft, service.publish_not_ready)},
	{.name = "type", .kind = FIELD_CUSTOM, .read = read_type},
	{.name = "ports", .kind = FIELD_CUSTOM, .read = read_ports},
	SKIP("clusterIPs"),
	SKIP("ipFamilies"),
	SKIP("ipFamilyPolicy"),
	SKIP("externalIPs"),
	SKIP("externalName"),
	SKIP("externalTrafficPolicy"),
	SKIP("internalTrafficPolicy"),
	SKIP("sessionAffinity"),
	SKIP("sessionAffinityConfig"),
	SKIP("loadBalancerIP"),
	SKIP("loadBalancerClass"),
	SKIP("loadBalancerSourceRanges"),
	SKIP("allocateLoadBalancerNodePorts"),
	SKIP("healthCheckNodePort"),
	SKIP("trafficDistribution"),
	{.name = NULL}};

void decode_service(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct service_draft draft = {0};
	struct service_object *s = &draft.service;
	uint32_t early = names_intern(d->fields.names, "service.alpha.kubernetes.io/tolerate-unready-endpoints");
	const struct yaml_node *spec = yaml_get(root, "spec");

	if (!decode_meta(d, root, "Service", true, &s->meta))
		return;
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, service_spec_fields, spec, &draft, "Service spec");
	s->headless = !strcmp(names_text(d->fields.names, draft.cluster_ip), "None");
	if (!strcmp(names_text(d->fields.names, labels_get(&s->meta.annotations, early, NULL)), "true"))
		s->publish_not_ready = true;
	if (!decode_register(d, "Service", &s->meta, o->service_count))
		return;
	ARENA_RESERVE(o->arena, o->service, o->service_capacity, o->service_count + 1, struct service_object);
	o->service[o->service_count++] = *s;
}

/* --- PodDisruptionBudget --- */

static const char *const eviction_choices[] = {"IfHealthyBudget", "AlwaysAllow", NULL}; /* stored in a bool */

static const struct field pdb_spec_fields[] = {{.name = "selector",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct pdb_object, selector),
						.read = read_selector},
					       {.name = "minAvailable",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct pdb_object, min_available),
						.read = read_int_or_percent},
					       {.name = "maxUnavailable",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct pdb_object, max_unavailable),
						.read = read_int_or_percent},
					       {.name = "unhealthyPodEvictionPolicy",
						.kind = FIELD_ENUM,
						.offset = offsetof(struct pdb_object, always_allow),
						.choices = eviction_choices},
					       {.name = NULL}};

void decode_pdb(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct pdb_object p = {0};
	const struct yaml_node *spec = yaml_get(root, "spec"), *version = yaml_get(root, "apiVersion");

	if (!decode_meta(d, root, "PodDisruptionBudget", true, &p.meta))
		return;
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, pdb_spec_fields, spec, &p, "PodDisruptionBudget spec");
	p.has_min = !yaml_is_null(yaml_get(spec, "minAvailable"));
	p.has_max = !yaml_is_null(yaml_get(spec, "maxUnavailable"));
	if (p.has_min && p.has_max)
		diag_error(d->fields.diag, yaml_mark(yaml_get(spec, "maxUnavailable")),
			   "a PodDisruptionBudget has minAvailable or maxUnavailable, not both");
	/* An empty selector is no pod in policy/v1beta1 and all pods in policy/v1 (kubernetes/api policy/v1/types.go).
	 */
	if (version && !strcmp(version->text, "policy/v1beta1") && !p.selector.count)
		p.selector.present = false;
	if (!decode_register(d, "PodDisruptionBudget", &p.meta, o->pdb_count))
		return;
	ARENA_RESERVE(o->arena, o->pdb, o->pdb_capacity, o->pdb_count + 1, struct pdb_object);
	o->pdb[o->pdb_count++] = p;
}

/* --- PriorityClass --- */

static const char *const preempt_choices[] = {"PreemptLowerPriority", "Never", NULL}; /* stored in a bool */

static const struct field priority_fields[] = {
	{.name = "value", .kind = FIELD_INT32, .offset = offsetof(struct priority_class, value)},
	{.name = "globalDefault", .kind = FIELD_BOOL, .offset = offsetof(struct priority_class, global_default)},
	{.name = "preemptionPolicy",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct priority_class, never_preempts),
	 .choices = preempt_choices},
	SKIP("apiVersion"),
	SKIP("kind"),
	SKIP("metadata"),
	SKIP("description"),
	{.name = NULL}};

void decode_priority_class(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct priority_class p = {0};
	struct meta meta;

	if (!decode_meta(d, root, "PriorityClass", false, &meta))
		return;
	field_read_map(&d->fields, priority_fields, root, &p, "PriorityClass");
	p.name = meta.name;
	if (!decode_register(d, "PriorityClass", &meta, o->priority_count))
		return;
	ARENA_RESERVE(o->arena, o->priority, o->priority_capacity, o->priority_count + 1, struct priority_class);
	o->priority[o->priority_count++] = p;
}
