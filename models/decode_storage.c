/* decode_storage.c - StorageClasses, CSI objects and VolumeAttachments; and what holds between pods, claims and classes
 * once all are read. */
#include "models/decode.h"

#include <stdlib.h>
#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}
#define END                                                                                                            \
	{                                                                                                              \
		.name = NULL                                                                                           \
	}

/* Adds item to a list of struct objects. */
#define APPEND(o, list, count, capacity, type, value)                                                                  \
	do {                                                                                                           \
		ARENA_RESERVE((o)->arena, list, capacity, (count) + 1, type);                                          \
		(list)[(count)++] = (value);                                                                           \
	} while (0)

/* ---- StorageClass ---- */

struct class_draft {
	struct class_object class;
	uint8_t reclaim, mode; /* positions in the lists below */
};

static bool read_label_expressions(struct field_context *c, const struct field *f, const struct yaml_node *value,
				   void *object)
{
	struct node_term *t = object;

	if (!field_want_list(c, value, f->name))
		return false;
	t->expression = ARENA_NEW(c->arena, value->count, struct requirement);
	for (uint32_t i = 0; i < value->count; i++) {
		const struct yaml_node *key = yaml_get(value->item[i], "key"),
				       *values = yaml_get(value->item[i], "values");
		struct requirement *r = &t->expression[t->expression_count++];

		if (yaml_is_null(key) || key->kind != YAML_SCALAR || yaml_is_null(values) ||
		    !field_want_list(c, values, "values")) {
			diag_error(c->diag, yaml_mark(value->item[i]), "an expression needs a key and values");
			return false;
		}
		r->key = names_intern(c->names, key->text);
		r->op = OP_IN;
		r->value = ARENA_NEW(c->arena, values->count, uint32_t);
		for (uint32_t k = 0; k < values->count; k++) {
			const char *text = field_want_text(c, values->item[k], "values");

			if (!text)
				return false;
			r->value[r->count++] = names_intern(c->names, text);
		}
	}
	return true;
}

static bool read_topologies(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {
		{.name = "matchLabelExpressions", .kind = FIELD_CUSTOM, .read = read_label_expressions}, END};
	struct class_object *class = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	class->term = ARENA_NEW(c->arena, value->count, struct node_term);
	for (uint32_t i = 0; i < value->count; i++)
		fine &= field_read_map(c, rows, value->item[i], &class->term[class->term_count++], f->name);
	return fine;
}

static const char *const binding_choices[] = {"Immediate", "WaitForFirstConsumer", NULL};
static const char *const reclaim_choices[] = {"Delete", "Retain", "Recycle", NULL};

static const struct field class_fields[] = {
	SKIP("apiVersion"),
	SKIP("kind"),
	SKIP("metadata"),
	{.name = "provisioner", .kind = FIELD_NAME, .offset = offsetof(struct class_draft, class.provisioner)},
	{.name = "volumeBindingMode",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct class_draft, mode),
	 .choices = binding_choices},
	{.name = "reclaimPolicy",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct class_draft, reclaim),
	 .choices = reclaim_choices},
	{.name = "allowedTopologies", .kind = FIELD_CUSTOM, .read = read_topologies},
	SKIP("parameters"),
	SKIP("mountOptions"),
	SKIP("allowVolumeExpansion"),
	END};

static bool has_default_annotation(struct decoder *d, const struct meta *m)
{
	static const char *const keys[] = {"storageclass.kubernetes.io/is-default-class",
					   "storageclass.beta.kubernetes.io/is-default-class"};
	bool found = false;

	for (int i = 0; i < 2; i++) {
		uint32_t value = labels_get(&m->annotations, names_intern(d->fields.names, keys[i]), NULL);

		found |= !strcmp(names_text(d->fields.names, value), "true");
	}
	return found;
}

/* In-tree provisioners and the CSI drivers they migrated to (csi-translation-lib). */
static uint32_t driver_of(struct decoder *d, uint32_t provisioner)
{
	static const char *const migrated[][2] = {{"kubernetes.io/aws-ebs", "ebs.csi.aws.com"},
						  {"kubernetes.io/gce-pd", "pd.csi.storage.gke.io"}};

	for (int i = 0; i < 2; i++)
		if (!strcmp(names_text(d->fields.names, provisioner), migrated[i][0]))
			return names_intern(d->fields.names, migrated[i][1]);
	return provisioner;
}

void decode_class(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct class_draft draft = {0};

	if (!decode_meta(d, root, "StorageClass", false, &draft.class.meta) ||
	    !decode_register(d, "StorageClass", &draft.class.meta, o->class_count))
		return;
	if (field_read_map(&d->fields, class_fields, root, &draft, "StorageClass") && !draft.class.provisioner) {
		diag_error(d->fields.diag, draft.class.meta.at, "StorageClass without provisioner");
		diag_help(d->fields.diag, "kubernetes.io/no-provisioner is for volumes made by hand");
	}
	draft.class.driver = driver_of(d, draft.class.provisioner);
	draft.class.waits = draft.mode == 1;
	draft.class.retains = draft.reclaim == 1;
	draft.class.is_default = has_default_annotation(d, &draft.class.meta);
	APPEND(o, o->class, o->class_count, o->class_capacity, struct class_object, draft.class);
}

/* ---- CSI ---- */

static bool read_count(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {{.name = "count",
					     .kind = FIELD_INT32,
					     .offset = offsetof(struct csi_driver_limit, count),
					     .low = 0,
					     .high = INT32_MAX},
					    END};

	return field_read_map(c, rows, value, object, f->name);
}

static bool read_keys(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct csi_driver_limit *out = object;

	return field_read_names(c, value, f->name, &out->key_count, &out->key);
}

static bool read_drivers(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {
		{.name = "name", .kind = FIELD_NAME, .offset = offsetof(struct csi_driver_limit, driver)},
		{.name = "allocatable", .kind = FIELD_CUSTOM, .read = read_count},
		{.name = "topologyKeys", .kind = FIELD_CUSTOM, .read = read_keys},
		SKIP("nodeID"),
		END};
	struct csi_node_object *n = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	n->driver = ARENA_NEW(c->arena, value->count, struct csi_driver_limit);
	for (uint32_t i = 0; i < value->count; i++) {
		struct csi_driver_limit *l = &n->driver[n->driver_count++];

		l->count = -1;
		fine &= field_read_map(c, rows, value->item[i], l, "CSINode spec.drivers[]");
	}
	return fine;
}

/* Reads spec of root with rows. */
static void read_spec(struct decoder *d, const struct yaml_node *root, const struct field *rows, void *object,
		      const char *what)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), END};
	const struct yaml_node *spec = yaml_get(root, "spec");

	field_read_map(&d->fields, top, root, NULL, what);
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, rows, spec, object, what);
}

void decode_csi_node(struct decoder *d, const struct yaml_node *root)
{
	static const struct field rows[] = {{.name = "drivers", .kind = FIELD_CUSTOM, .read = read_drivers}, END};
	struct objects *o = d->objects;
	struct csi_node_object n = {0};

	if (!decode_meta(d, root, "CSINode", false, &n.meta) ||
	    !decode_register(d, "CSINode", &n.meta, o->csi_node_count))
		return;
	read_spec(d, root, rows, &n, "CSINode");
	APPEND(o, o->csi_node, o->csi_node_count, o->csi_node_capacity, struct csi_node_object, n);
}

void decode_csi_driver(struct decoder *d, const struct yaml_node *root)
{
	static const struct field rows[] = {
		{.name = "storageCapacity", .kind = FIELD_BOOL, .offset = offsetof(struct csi_driver_object, capacity)},
		SKIP("attachRequired"),
		SKIP("podInfoOnMount"),
		SKIP("volumeLifecycleModes"),
		SKIP("fsGroupPolicy"),
		SKIP("requiresRepublish"),
		SKIP("seLinuxMount"),
		SKIP("tokenRequests"),
		SKIP("nodeAllocatableUpdatePeriodSeconds"),
		SKIP("serviceAccountTokenInSecrets"),
		END};
	struct objects *o = d->objects;
	struct csi_driver_object n = {0};

	if (!decode_meta(d, root, "CSIDriver", false, &n.meta) ||
	    !decode_register(d, "CSIDriver", &n.meta, o->csi_driver_count))
		return;
	read_spec(d, root, rows, &n, "CSIDriver");
	APPEND(o, o->csi_driver, o->csi_driver_count, o->csi_driver_capacity, struct csi_driver_object, n);
}

static int64_t size_at(struct decoder *d, const struct yaml_node *root, const char *key, bool *has)
{
	const struct yaml_node *node = yaml_get(root, key);
	const char *wrong;
	struct quantity q;

	if (yaml_is_null(node) || node->kind != YAML_SCALAR)
		return 0;
	wrong = quantity_parse(node->text, &q);
	if (wrong)
		diag_error(d->fields.diag, yaml_mark(node), "%s \"%s\": %s", key, node->text, wrong);
	*has = !wrong;
	return wrong ? 0 : quantity_value(q);
}

void decode_capacity(struct decoder *d, const struct yaml_node *root)
{
	static const struct field rows[] = {
		SKIP("apiVersion"),
		SKIP("kind"),
		SKIP("metadata"),
		{.name = "storageClassName", .kind = FIELD_NAME, .offset = offsetof(struct capacity_object, class)},
		{.name = "nodeTopology",
		 .kind = FIELD_CUSTOM,
		 .offset = offsetof(struct capacity_object, topology),
		 .read = read_selector},
		SKIP("capacity"),
		SKIP("maximumVolumeSize"),
		END};
	struct objects *o = d->objects;
	struct capacity_object n = {0};

	if (!decode_meta(d, root, "CSIStorageCapacity", true, &n.meta) ||
	    !decode_register(d, "CSIStorageCapacity", &n.meta, o->capacity_count))
		return;
	field_read_map(&d->fields, rows, root, &n, "CSIStorageCapacity");
	n.bytes = size_at(d, root, "maximumVolumeSize", &n.has_bytes);
	if (!n.has_bytes)
		n.bytes = size_at(d, root, "capacity", &n.has_bytes);
	APPEND(o, o->capacity, o->capacity_count, o->capacity_capacity, struct capacity_object, n);
}

static bool read_attached(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {{.name = "persistentVolumeName",
					     .kind = FIELD_NAME,
					     .offset = offsetof(struct attachment_object, volume)},
					    SKIP("inlineVolumeSpec"),
					    END};

	return field_read_map(c, rows, value, object, f->name);
}

void decode_attachment(struct decoder *d, const struct yaml_node *root)
{
	static const struct field rows[] = {
		{.name = "attacher", .kind = FIELD_NAME, .offset = offsetof(struct attachment_object, driver)},
		{.name = "nodeName", .kind = FIELD_NAME, .offset = offsetof(struct attachment_object, node)},
		{.name = "source", .kind = FIELD_CUSTOM, .read = read_attached},
		END};
	struct objects *o = d->objects;
	struct attachment_object n = {0};

	if (!decode_meta(d, root, "VolumeAttachment", false, &n.meta) ||
	    !decode_register(d, "VolumeAttachment", &n.meta, o->attachment_count))
		return;
	read_spec(d, root, rows, &n, "VolumeAttachment");
	APPEND(o, o->attachment, o->attachment_count, o->attachment_capacity, struct attachment_object, n);
}

/* ---- after all documents ---- */

/* The default class: of several the first by name (upstream: the newest, then by name; a manifest has no age). */
static uint32_t default_class(const struct decoder *d)
{
	const struct objects *o = d->objects;
	uint32_t found = 0;

	for (uint32_t i = 0; i < o->class_count; i++)
		if (o->class[i].is_default && (!found || strcmp(names_text(d->fields.names, o->class[i].meta.name),
								names_text(d->fields.names, found)) < 0))
			found = o->class[i].meta.name;
	return found;
}

/* Admission gives a claim without class the default one; a class that is nowhere is noted. */
static void resolve_claim(struct decoder *d, struct claim_object *claim, uint32_t fallback, const char *whose)
{
	const char *help = "add a StorageClass, or the objects of: kubectl get sc,pv,pvc,csinode -A -o yaml";

	if (!claim->has_class && !d->snapshot && !claim->volume)
		claim->class = fallback;
	if (claim->phase == CLAIM_BOUND)
		return;
	if (claim->class && decode_find(d, "StorageClass", 0, claim->class) == NO_ROW)
		diag_note(d->fields.diag, claim->meta.at,
			  "StorageClass \"%s\" is not among the objects: %s is bound to volumes of the input or never "
			  "(%s)",
			  names_text(d->fields.names, claim->class), whose, help);
	else if (!claim->class && !claim->volume && !d->objects->volume_count)
		diag_note(d->fields.diag, claim->meta.at,
			  "no class and no default StorageClass: %s is never bound (%s)", whose, help);
}

/* Claims that pods name and that are nowhere: such pods stay Pending, as they would. gets: somebody makes them. */
static void check_pod_claims(struct decoder *d, const struct pod_spec *spec, uint32_t namespace, uint32_t fallback,
			     bool gets)
{
	for (uint32_t i = 0; i < spec->volume_count; i++) {
		const struct pod_volume *v = &spec->volume[i];

		if (v->kind == POD_VOLUME_EPHEMERAL)
			resolve_claim(d, v->template, fallback, "the claim of an ephemeral volume");
		if (gets || v->kind != POD_VOLUME_CLAIM ||
		    decode_find(d, "PersistentVolumeClaim", namespace, v->id) != NO_ROW)
			continue;
		diag_note(d->fields.diag, v->at,
			  "PersistentVolumeClaim \"%s\" is not among the objects: its pods cannot be scheduled (add "
			  "the objects of: kubectl get sc,pv,pvc,csinode -A -o yaml)",
			  names_text(d->fields.names, v->id));
	}
}

/* The pod's StatefulSet, which is there, makes the claims that it lacks. */
static bool gets_claims(struct decoder *d, const struct meta *pod)
{
	uint32_t row = NO_ROW;

	if (!strcmp(names_text(d->fields.names, pod->owner_kind), "StatefulSet"))
		row = decode_find(d, "StatefulSet", pod->namespace, pod->owner_name);
	return row != NO_ROW && d->objects->workload[row].claim_count > 0;
}

void decode_resolve_volumes(struct decoder *d)
{
	struct objects *o = d->objects;
	uint32_t fallback = default_class(d);

	for (uint32_t i = 0; i < o->claim_count; i++)
		resolve_claim(d, &o->claim[i], fallback, "a claim");
	for (uint32_t i = 0; i < o->pod_count; i++)
		check_pod_claims(d, o->pod[i].spec, o->pod[i].meta.namespace, fallback,
				 gets_claims(d, &o->pod[i].meta));
	for (uint32_t i = 0; i < o->workload_count; i++) {
		const struct workload_object *w = &o->workload[i];

		check_pod_claims(d, w->spec, w->meta.namespace, fallback, false);
		for (uint32_t k = 0; k < w->claim_count; k++)
			resolve_claim(d, &w->claim[k], fallback, "a claim of a template");
	}
}
