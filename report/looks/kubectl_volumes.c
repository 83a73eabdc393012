/* kubectl_volumes.c - kubectl get persistentvolumeclaims, persistentvolumes and storageclasses. */
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

/* VOLUMEATTRIBUTESCLASS, empty here, since 1.29 (recalled). */
#define ATTRIBUTES_SINCE 29

/* storage/v1 util.GetAccessModesAsString. */
static const char *access_modes(const struct kubectl *k, uint8_t access)
{
	static const char *const name[] = {"RWO", "ROX", "RWX", "RWOP"};
	struct text out;

	text_init(&out, k->arena);
	for (int i = 0; i < 4; i++)
		if (access >> i & 1)
			text_printf(&out, "%s%s", out.length > 0 ? "," : "", name[i]);
	return out.data;
}

static bool has_attributes(const struct kubectl *k)
{
	return k->look->scenario->kubernetes >= ATTRIBUTES_SINCE;
}

static void list_claims(struct kubectl_list *l)
{
	static const char *const phase[] = {"Pending", "Bound", "Lost"};
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l,
			has_attributes(k) ? "STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|VOLUMEATTRIBUTESCLASS|AGE"
					  : "STATUS|VOLUME|CAPACITY|ACCESS MODES|STORAGECLASS|AGE",
			"VOLUMEMODE");
	for (uint32_t i = 0; i < v->claim_count; i++) {
		const struct claim *c = &v->claim[i];
		struct kubectl_row *r =
			c->exists ? kubectl_row(l, c->namespace, c->name, &c->object->meta.labels, i) : NULL;
		const struct volume *volume = c->volume != NONE ? &v->volume[c->volume] : NULL;
		uint32_t n = 0;

		if (r == NULL)
			continue;
		/* Capacity and access modes are of the volume, once there is one. */
		r->cell[n++] = phase[c->phase];
		r->cell[n++] = kubectl_text(k, c->volume_name);
		r->cell[n++] = volume != NULL ? human_memory(k->arena, volume->object->bytes) : "";
		r->cell[n++] = volume != NULL ? access_modes(k, volume->object->access) : "";
		r->cell[n++] = kubectl_text(k, c->object->class);
		if (has_attributes(k))
			r->cell[n++] = "<unset>";
		r->cell[n++] = kubectl_age(k, c->created);
		r->cell[n++] = c->object->block ? "Block" : "Filesystem";
	}
}

static sim_time volume_created(const struct kubectl *k, const struct volume *volume)
{
	struct kubectl_told made = {
		.kind = FACT_VOLUME_PROVISIONED, .node = FACT_NONE, .pod = FACT_NONE, .object = volume->claim_name};

	return volume->provisioned ? kubectl_told(k, made, 0) : 0;
}

static void list_volumes(struct kubectl_list *l)
{
	static const char *const phase[] = {"Pending", "Available", "Bound", "Released", "Failed"};
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l,
			has_attributes(k) ? "CAPACITY|ACCESS MODES|RECLAIM "
					    "POLICY|STATUS|CLAIM|STORAGECLASS|VOLUMEATTRIBUTESCLASS|REASON|AGE"
					  : "CAPACITY|ACCESS MODES|RECLAIM POLICY|STATUS|CLAIM|STORAGECLASS|REASON|AGE",
			"VOLUMEMODE");
	for (uint32_t i = 0; i < v->volume_count; i++) {
		const struct volume *x = &v->volume[i];
		struct kubectl_row *r = x->exists ? kubectl_row(l, 0, x->name, &x->object->meta.labels, i) : NULL;
		uint32_t n = 0;

		if (r == NULL)
			continue;
		r->cell[n++] = human_memory(k->arena, x->object->bytes);
		r->cell[n++] = access_modes(k, x->object->access);
		r->cell[n++] = x->object->deletes ? "Delete" : "Retain";
		r->cell[n++] = phase[x->phase];
		r->cell[n++] = x->claim_name == 0 ? ""
						  : text_format(k->arena, "%s/%s", kubectl_text(k, x->claim_namespace),
								kubectl_text(k, x->claim_name));
		r->cell[n++] = kubectl_text(k, x->object->class);
		if (has_attributes(k))
			r->cell[n++] = "<unset>";
		r->cell[n++] = "";
		r->cell[n++] = kubectl_age(k, volume_created(k, x));
		r->cell[n++] = x->object->block ? "Block" : "Filesystem";
	}
}

/* Whether volumes may be expanded is not kept: the field's default is shown. */
static void list_classes(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct objects *o = &k->look->scenario->objects;

	kubectl_columns(l, "PROVISIONER|RECLAIMPOLICY|VOLUMEBINDINGMODE|ALLOWVOLUMEEXPANSION|AGE", "");
	for (uint32_t i = 0; i < o->class_count; i++) {
		const struct class_object *c = &o->class[i];
		struct kubectl_row *r = kubectl_row(l, 0, c->meta.name, &c->meta.labels, i);

		if (r == NULL)
			continue;
		r->suffix = c->is_default ? " (default)" : NULL;
		r->cell[0] = kubectl_text(k, c->provisioner);
		r->cell[1] = c->retains ? "Retain" : "Delete";
		r->cell[2] = c->waits ? "WaitForFirstConsumer" : "Immediate";
		r->cell[3] = "false";
		r->cell[4] = kubectl_age(k, 0);
	}
}

const struct kubectl_kind kubectl_kind_claims = {
	.name = "persistentvolumeclaims",
	.singular = "persistentvolumeclaim",
	.group = "",
	.aliases = "pvc",
	.namespaced = true,
	.list = list_claims,
};

const struct kubectl_kind kubectl_kind_volumes = {
	.name = "persistentvolumes",
	.singular = "persistentvolume",
	.group = "",
	.aliases = "pv",
	.list = list_volumes,
};

const struct kubectl_kind kubectl_kind_classes = {
	.name = "storageclasses",
	.singular = "storageclass",
	.group = "storage.k8s.io",
	.aliases = "sc",
	.list = list_classes,
};
