/* decode_volume.c - PersistentVolumes, PersistentVolumeClaims, and the volumes of pods. */
#include "models/decode.h"

#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}
#define END                                                                                                            \
	{                                                                                                              \
		.name = NULL                                                                                           \
	}

/* The CSI drivers that in-tree volumes belong to since their migration (csi-translation-lib). */
#define GCE_DRIVER "pd.csi.storage.gke.io"
#define EBS_DRIVER "ebs.csi.aws.com"

static bool read_modes(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const char *const known[] = {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"};
	uint8_t *out = (uint8_t *)object + f->offset;

	if (!field_want_list(c, value, f->name))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const char *text = field_want_text(c, value->item[i], f->name);
		uint32_t k = 0;

		while (text && k < 4 && strcmp(text, known[k]))
			k++;
		if (text && k == 4) {
			diag_error(c->diag, yaml_mark(value->item[i]), "unknown access mode \"%s\"", text);
			diag_suggest(c->diag, text, known, 4);
		}
		if (!text || k == 4)
			return false;
		*out |= (uint8_t)(1 << k);
	}
	return true;
}

/* "storage" of requests or capacity as whole bytes; *has tells whether it is there. */
static bool read_bytes(struct field_context *c, const struct yaml_node *value, const char *key, bool *has,
		       int64_t *bytes)
{
	const struct yaml_node *storage = key ? yaml_get(value, key) : value;
	struct quantity q;
	const char *text, *wrong;

	if (yaml_is_null(storage))
		return true;
	if (storage->kind != YAML_SCALAR) {
		diag_error(c->diag, yaml_mark(storage), "expected a quantity of storage such as 10Gi");
		return false;
	}
	text = storage->text;
	wrong = quantity_parse(text, &q);
	if (!wrong && quantity_value(q) < 0)
		wrong = "must not be negative";
	if (wrong) {
		diag_error(c->diag, yaml_mark(storage), "storage \"%s\": %s", text, wrong);
		return false;
	}
	*has = true;
	*bytes = quantity_value(q);
	return true;
}

static const char *const mode_choices[] = {"Filesystem", "Block", NULL}; /* stored in a bool */

/* ---- PersistentVolumeClaim ---- */

#define AT(member) offsetof(struct claim_object, member)

static bool read_requests(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct claim_object *claim = object;

	return field_want_map(c, value, f->name) &&
	       read_bytes(c, yaml_get(value, "requests"), "storage", &claim->has_request, &claim->bytes);
}

/* Unlike an absent class, "" asks for a volume without class. */
static bool read_class(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	const char *text = field_want_text(c, value, f->name);

	if (!text)
		return false;
	((struct claim_object *)object)->has_class = true;
	((struct claim_object *)object)->class = names_intern(c->names, text);
	return true;
}

static const struct field claim_fields[] = {
	{.name = "accessModes", .kind = FIELD_CUSTOM, .offset = AT(access), .read = read_modes},
	{.name = "resources", .kind = FIELD_CUSTOM, .read = read_requests},
	{.name = "storageClassName", .kind = FIELD_CUSTOM, .read = read_class},
	{.name = "volumeName", .kind = FIELD_NAME, .offset = AT(volume)},
	{.name = "volumeMode", .kind = FIELD_ENUM, .offset = AT(block), .choices = mode_choices},
	{.name = "selector", .kind = FIELD_CUSTOM, .offset = AT(selector), .read = read_selector},
	SKIP("volumeAttributesClassName"),
	END};

static uint32_t annotation(const struct field_context *c, const struct meta *m, const char *key, bool *present)
{
	return labels_get(&m->annotations, names_intern(c->names, key), present);
}

static void settle_claim(struct field_context *c, const struct yaml_node *root, struct claim_object *claim)
{
	const struct yaml_node *phase = yaml_get(yaml_get(root, "status"), "phase");
	bool present;

	annotation(c, &claim->meta, "pv.kubernetes.io/bind-completed", &present);
	if (present || (phase && phase->kind == YAML_SCALAR && !strcmp(phase->text, "Bound")))
		claim->phase = CLAIM_BOUND;
	if (phase && phase->kind == YAML_SCALAR && !strcmp(phase->text, "Lost"))
		claim->phase = CLAIM_LOST;
	if (claim->phase == CLAIM_BOUND && !claim->volume)
		claim->phase = CLAIM_PENDING;
	claim->node = annotation(c, &claim->meta, "volume.kubernetes.io/selected-node", NULL);
}

static bool read_claim_spec(struct decoder *d, const struct yaml_node *root, const char *what,
			    struct claim_object *claim)
{
	const struct yaml_node *spec = yaml_get(root, "spec");
	bool fine = yaml_is_null(spec) || field_read_map(&d->fields, claim_fields, spec, claim, what), present;
	uint32_t old = annotation(&d->fields, &claim->meta, "volume.beta.kubernetes.io/storage-class", &present);

	/* The old form of storageClassName, which wins where both are given. */
	if (present) {
		claim->has_class = true;
		claim->class = old;
	}
	return fine;
}

void decode_claim(struct decoder *d, const struct yaml_node *root)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), END};
	struct objects *o = d->objects;
	struct claim_object claim = {0};

	field_read_map(&d->fields, top, root, NULL, "PersistentVolumeClaim");
	if (!decode_meta(d, root, "PersistentVolumeClaim", true, &claim.meta) ||
	    !decode_register(d, "PersistentVolumeClaim", &claim.meta, o->claim_count))
		return;
	claim.deleting = !yaml_is_null(yaml_get(yaml_get(root, "metadata"), "deletionTimestamp"));
	read_claim_spec(d, root, "PersistentVolumeClaim spec", &claim);
	settle_claim(&d->fields, root, &claim);
	ARENA_RESERVE(o->arena, o->claim, o->claim_capacity, o->claim_count + 1, struct claim_object);
	o->claim[o->claim_count++] = claim;
}

static bool read_claim_template(struct decoder *d, const struct yaml_node *root, struct claim_object *claim)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), END};

	return field_read_map(&d->fields, top, root, NULL, "a claim template") &&
	       read_claim_spec(d, root, "spec of a claim template", claim);
}

void decode_claim_templates(struct decoder *d, const struct yaml_node *list, struct workload_object *w)
{
	struct pod_spec *spec = w->spec;
	uint32_t kept = 0;

	if (!field_want_list(&d->fields, list, "volumeClaimTemplates"))
		return;
	if (list->count > POD_VOLUMES_MAX - spec->volume_count) {
		diag_error(d->fields.diag, yaml_mark(list), "more than %d volumes in one pod", POD_VOLUMES_MAX);
		return;
	}
	w->claim = ARENA_NEW(d->fields.arena, list->count, struct claim_object);
	for (uint32_t i = 0; i < list->count; i++) {
		struct claim_object *claim = &w->claim[w->claim_count];

		if (decode_meta(d, list->item[i], "a claim template", false, &claim->meta) &&
		    read_claim_template(d, list->item[i], claim))
			w->claim_count++;
	}
	/* A template takes the place of a volume of the same name (updateStorage in stateful_set_utils.go). */
	struct pod_volume *all =
		ARENA_NEW(d->fields.arena, (size_t)spec->volume_count + w->claim_count, struct pod_volume);
	for (uint32_t i = 0; i < spec->volume_count; i++) {
		uint32_t k = 0;

		while (k < w->claim_count && w->claim[k].meta.name != spec->volume[i].name)
			k++;
		if (k == w->claim_count)
			all[kept++] = spec->volume[i];
	}
	for (uint32_t k = 0; k < w->claim_count; k++)
		all[kept++] = (struct pod_volume){.name = w->claim[k].meta.name,
						  .kind = POD_VOLUME_TEMPLATE,
						  .template = &w->claim[k],
						  .at = w->claim[k].meta.at};
	spec->volume = all;
	spec->volume_count = kept;
}

/* ---- PersistentVolume ---- */

#define PV_AT(member) offsetof(struct volume_object, member)

static bool read_capacity(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	bool has;

	return field_want_map(c, value, f->name) &&
	       read_bytes(c, value, "storage", &has, &((struct volume_object *)object)->bytes);
}

static bool read_claim_ref(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field ref[] = {{.name = "name", .kind = FIELD_NAME, .offset = PV_AT(claim_name)},
					   {.name = "namespace", .kind = FIELD_NAME, .offset = PV_AT(claim_namespace)},
					   SKIP("apiVersion"),
					   SKIP("kind"),
					   SKIP("uid"),
					   SKIP("resourceVersion"),
					   END};

	return field_read_map(c, ref, value, object, f->name);
}

static bool read_required(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct volume_object *v = object;
	const struct yaml_node *terms = yaml_get(value, "nodeSelectorTerms");

	(void)f;
	v->has_affinity = true;
	return yaml_is_null(terms) || decode_node_terms(c, terms, &v->term_count, &v->term);
}

static bool read_affinity(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {{.name = "required", .kind = FIELD_CUSTOM, .read = read_required}, END};

	return field_read_map(c, rows, value, object, f->name);
}

static bool read_csi(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct field rows[] = {{.name = "driver", .kind = FIELD_NAME, .offset = PV_AT(driver)},
					    {.name = "volumeHandle", .kind = FIELD_NAME, .offset = PV_AT(handle)},
					    SKIP("fsType"),
					    SKIP("readOnly"),
					    SKIP("volumeAttributes"),
					    SKIP("controllerPublishSecretRef"),
					    SKIP("controllerExpandSecretRef"),
					    SKIP("nodeStageSecretRef"),
					    SKIP("nodePublishSecretRef"),
					    SKIP("nodeExpandSecretRef"),
					    END};

	return field_read_map(c, rows, value, object, f->name);
}

static bool read_in_tree(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct volume_object *v = object;
	bool gce = f->name[0] == 'g';
	const struct yaml_node *id = yaml_get(value, gce ? "pdName" : "volumeID");

	if (!field_want_map(c, value, f->name))
		return false;
	v->driver = names_intern(c->names, gce ? GCE_DRIVER : EBS_DRIVER);
	if (id && id->kind == YAML_SCALAR)
		v->handle = names_intern(c->names, id->text);
	return true;
}

static const char *const reclaim_choices[] = {"Retain", "Delete", "Recycle", NULL};
static const char *const phase_choices[] = {"Pending", "Available", "Bound", "Released", "Failed", NULL};

struct volume_draft {
	struct volume_object volume; /* first: the rows above point into it */
	uint8_t reclaim;
};

static const struct field volume_fields[] = {
	{.name = "capacity", .kind = FIELD_CUSTOM, .read = read_capacity},
	{.name = "accessModes", .kind = FIELD_CUSTOM, .offset = PV_AT(access), .read = read_modes},
	{.name = "storageClassName", .kind = FIELD_NAME, .offset = PV_AT(class)},
	{.name = "volumeMode", .kind = FIELD_ENUM, .offset = PV_AT(block), .choices = mode_choices},
	{.name = "claimRef", .kind = FIELD_CUSTOM, .read = read_claim_ref},
	{.name = "nodeAffinity", .kind = FIELD_CUSTOM, .read = read_affinity},
	{.name = "persistentVolumeReclaimPolicy",
	 .kind = FIELD_ENUM,
	 .offset = offsetof(struct volume_draft, reclaim),
	 .choices = reclaim_choices},
	{.name = "csi", .kind = FIELD_CUSTOM, .read = read_csi},
	{.name = "gcePersistentDisk", .kind = FIELD_CUSTOM, .read = read_in_tree},
	{.name = "awsElasticBlockStore", .kind = FIELD_CUSTOM, .read = read_in_tree},
	SKIP("local"),
	SKIP("hostPath"),
	SKIP("nfs"),
	SKIP("iscsi"),
	SKIP("rbd"),
	SKIP("cephfs"),
	SKIP("fc"),
	SKIP("azureDisk"),
	SKIP("azureFile"),
	SKIP("flexVolume"),
	SKIP("vsphereVolume"),
	SKIP("mountOptions"),
	SKIP("volumeAttributesClassName"),
	END};

void decode_volume(struct decoder *d, const struct yaml_node *root)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), END};
	static const struct field status[] = {
		{.name = "phase", .kind = FIELD_ENUM, .offset = PV_AT(phase), .choices = phase_choices},
		SKIP("lastPhaseTransitionTime"),
		SKIP("message"),
		SKIP("reason"),
		END};
	struct objects *o = d->objects;
	struct volume_draft draft = {.volume = {.phase = VOLUME_AVAILABLE}};
	const struct yaml_node *spec = yaml_get(root, "spec"), *state = yaml_get(root, "status");

	field_read_map(&d->fields, top, root, NULL, "PersistentVolume");
	if (!decode_meta(d, root, "PersistentVolume", false, &draft.volume.meta) ||
	    !decode_register(d, "PersistentVolume", &draft.volume.meta, o->volume_count))
		return;
	if (!yaml_is_null(spec))
		field_read_map(&d->fields, volume_fields, spec, &draft, "PersistentVolume spec");
	if (!yaml_is_null(state))
		field_read_map(&d->fields, status, state, &draft.volume, "PersistentVolume status");
	draft.volume.deletes = draft.reclaim == 1;
	if (draft.volume.claim_name && !draft.volume.claim_namespace)
		draft.volume.claim_namespace = d->default_namespace;
	ARENA_RESERVE(o->arena, o->volume, o->volume_capacity, o->volume_count + 1, struct volume_object);
	o->volume[o->volume_count++] = draft.volume;
}

/* ---- volumes of a pod ---- */

#define POD_AT(member) offsetof(struct pod_volume, member)

static bool set_kind(struct field_context *c, const struct yaml_node *value, struct pod_volume *v,
		     enum pod_volume_kind kind, const char *id)
{
	const struct yaml_node *node = yaml_get(value, id), *only = yaml_get(value, "readOnly");

	v->kind = (uint8_t)kind;
	v->read_only = only && only->kind == YAML_SCALAR && !strcmp(only->text, "true");
	if (yaml_is_null(node) || node->kind != YAML_SCALAR || !node->count) {
		diag_error(c->diag, yaml_mark(value), "a volume of this kind needs %s", id);
		return false;
	}
	v->id = names_intern(c->names, node->text);
	return true;
}

static bool read_source(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	static const struct {
		const char *name, *id;
		enum pod_volume_kind kind;
	} known[] = {{"persistentVolumeClaim", "claimName", POD_VOLUME_CLAIM},
		     {"gcePersistentDisk", "pdName", POD_VOLUME_GCE},
		     {"awsElasticBlockStore", "volumeID", POD_VOLUME_EBS},
		     {"iscsi", "iqn", POD_VOLUME_ISCSI}};

	if (!field_want_map(c, value, f->name))
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(f->name, known[i].name))
			return set_kind(c, value, object, known[i].kind, known[i].id);
	return false;
}

static bool read_rbd(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct pod_volume *v = object;
	const struct yaml_node *monitors = yaml_get(value, "monitors"), *pool = yaml_get(value, "pool");

	if (!field_want_map(c, value, f->name) || !set_kind(c, value, v, POD_VOLUME_RBD, "image"))
		return false;
	v->pool = names_intern(c->names, pool && pool->kind == YAML_SCALAR ? pool->text : "rbd");
	return yaml_is_null(monitors) || field_read_names(c, monitors, "monitors", &v->monitor_count, &v->monitor);
}

/* "volumeClaimTemplate" of an ephemeral volume: a claim without a name of its own. */
static bool read_ephemeral(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct pod_volume *v = object;
	const struct yaml_node *template = yaml_get(value, "volumeClaimTemplate");
	struct claim_object *claim = ARENA_NEW(c->arena, 1, struct claim_object);

	if (yaml_is_null(template)) {
		diag_error(c->diag, yaml_mark(value), "%s without volumeClaimTemplate", f->name);
		return false;
	}
	claim->meta.at = yaml_mark(template);
	v->kind = POD_VOLUME_EPHEMERAL;
	v->template = claim;
	return field_want_map(c, template, "volumeClaimTemplate") && read_claim_template(DECODER(c), template, claim);
}

#define SOURCE(key)                                                                                                    \
	{                                                                                                              \
		.name = key, .kind = FIELD_CUSTOM, .read = read_source                                                 \
	}
#define NO_KIND UINT8_MAX

/* Volumes that only bring files have no effect on anything simulated; neither have CSI volumes of a pod's own, which no
 * filter looks at. */
static const struct field pod_volume_fields[] = {{.name = "name", .kind = FIELD_NAME, .offset = POD_AT(name)},
						 SOURCE("persistentVolumeClaim"),
						 SOURCE("gcePersistentDisk"),
						 SOURCE("awsElasticBlockStore"),
						 SOURCE("iscsi"),
						 {.name = "rbd", .kind = FIELD_CUSTOM, .read = read_rbd},
						 {.name = "ephemeral", .kind = FIELD_CUSTOM, .read = read_ephemeral},
						 SKIP("emptyDir"),
						 SKIP("configMap"),
						 SKIP("secret"),
						 SKIP("projected"),
						 SKIP("downwardAPI"),
						 SKIP("hostPath"),
						 SKIP("csi"),
						 SKIP("nfs"),
						 SKIP("image"),
						 END};

bool decode_pod_volumes(struct field_context *c, const struct yaml_node *value, struct pod_spec *spec)
{
	bool fine = true;

	if (!field_want_list(c, value, "volumes"))
		return false;
	if (value->count > POD_VOLUMES_MAX) {
		diag_error(c->diag, yaml_mark(value), "more than %d volumes in one pod", POD_VOLUMES_MAX);
		return false;
	}
	spec->volume = ARENA_NEW(c->arena, value->count, struct pod_volume);
	for (uint32_t i = 0; i < value->count; i++) {
		struct pod_volume v = {.kind = NO_KIND, .at = yaml_mark(value->item[i])};

		fine &= field_read_map(c, pod_volume_fields, value->item[i], &v, "Pod spec.volumes[]");
		if (v.kind != NO_KIND)
			spec->volume[spec->volume_count++] = v;
	}
	return fine;
}
