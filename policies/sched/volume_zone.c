/* volume_zone.c - volumes with zone or region labels are used in that zone; kube-scheduler.md 3.11.
 * Upstream: pkg/scheduler/framework/plugins/volumezone. */
#include <stdio.h>
#include <string.h>

#include "models/sched_match.h"
#include "models/volume_match.h"

#define LABELS 4

/* Old labels first, and what a node may have in their place. */
static const char *const label[LABELS] = {"failure-domain.beta.kubernetes.io/zone",
					  "failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/zone",
					  "topology.kubernetes.io/region"};

enum whole { WHOLE_FINE, WHOLE_NO_CLAIM, WHOLE_NO_CLASS_NAME, WHOLE_NO_CLASS, WHOLE_UNBOUND, WHOLE_NO_VOLUME };

struct state {
	uint8_t whole; /* enum whole */
	uint32_t name; /* of what is missing */
	uint32_t key[LABELS];
};

/* A claim without volume is fine when it waits for its first consumer. */
static enum whole check_unbound(const struct sched_call *c, const struct claim *claim, uint32_t *name)
{
	const struct class_object *class = volume_class(c->view, claim->object->class);

	*name = claim->object->class;
	if (claim->object->class == 0)
		return WHOLE_NO_CLASS_NAME;
	if (class == NULL)
		return WHOLE_NO_CLASS;
	return class->waits ? WHOLE_FINE : WHOLE_UNBOUND;
}

static enum whole check(const struct sched_call *c, uint32_t row, uint32_t *name)
{
	const struct claim *claim = &c->view->claim[row];

	if (claim->volume_name == 0)
		return check_unbound(c, claim, name);
	*name = claim->volume_name;
	return claim->phase == CLAIM_BOUND && claim->volume == NONE ? WHOLE_NO_VOLUME : WHOLE_FINE;
}

/* The volume of the i-th volume of the pod when it has a label of topology, else NONE. */
static uint32_t labelled(const struct sched_call *c, uint32_t i)
{
	const struct state *s = c->state;
	uint32_t claim = c->pod->spec->volume[i].kind == POD_VOLUME_EPHEMERAL ? NONE : volume_claim(c->view, c->pod, i);
	uint32_t volume = claim != NONE ? c->view->claim[claim].volume : NONE;
	bool present;

	for (uint32_t k = 0; volume != NONE && k < LABELS; k++) {
		labels_get(&c->view->volume[volume].object->meta.labels, s->key[k], &present);
		if (s->key[k] != 0 && present)
			return volume;
	}
	return NONE;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	struct state *s = c->state;
	bool any = false;

	if (c->pod->claim == NULL)
		return PRE_SKIP;
	for (uint32_t k = 0; k < LABELS; k++)
		s->key[k] = names_find(c->view->names, label[k]);
	for (uint32_t i = 0; i < c->pod->spec->volume_count; i++) {
		uint32_t claim = volume_claim(c->view, c->pod, i);

		if (c->pod->claim[i] == 0 || c->pod->spec->volume[i].kind == POD_VOLUME_EPHEMERAL)
			continue;
		s->name = c->pod->claim[i];
		s->whole = (uint8_t)(claim == NONE ? WHOLE_NO_CLAIM : check(c, claim, &s->name));
		if (s->whole != WHOLE_FINE)
			return PRE_UNRESOLVABLE;
		any |= labelled(c, i) != NONE;
	}
	return any ? PRE_FILTER : PRE_SKIP;
}

/* Whether value is one of a label's values: "a" or, of a volume in several zones, "a__b". */
static bool has_value(const struct names *names, uint32_t values, uint32_t value)
{
	const char *all = names_text(names, values), *one = names_text(names, value);
	size_t length = strlen(one);

	if (values == value)
		return true;
	for (const char *at = all; at != NULL; at = strstr(at, "__") != NULL ? strstr(at, "__") + 2 : NULL)
		if (strncmp(at, one, length) == 0 && (at[length] == '\0' || strncmp(at + length, "__", 2) == 0))
			return true;
	return false;
}

/* The node's value of a label, or of the new form where it lacks the old one. */
static uint32_t node_value(const struct labels *l, const struct state *s, uint32_t k, bool *present)
{
	uint32_t value = labels_get(l, s->key[k], present);

	return *present || k >= 2 ? value : labels_get(l, s->key[k + 2], present);
}

static bool zone_fits(const struct sched_call *c, const struct labels *node, uint32_t volume)
{
	const struct state *s = c->state;
	bool present;

	for (uint32_t k = 0; k < LABELS; k++) {
		uint32_t values = labels_get(&c->view->volume[volume].object->meta.labels, s->key[k], &present), value;

		if (s->key[k] == 0 || !present)
			continue;
		value = node_value(node, s, k, &present);
		if (!present || !has_value(c->view->names, values, value))
			return false;
	}
	return true;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct state *s = c->state;
	const struct labels *l = &c->view->nodes.row[node].object->meta.labels;
	bool zoned = false, present;

	for (uint32_t k = 0; k < LABELS; k++) {
		labels_get(l, s->key[k], &present);
		zoned |= s->key[k] != 0 && present;
	}
	for (uint32_t i = 0; zoned && i < c->pod->spec->volume_count; i++) {
		uint32_t volume = labelled(c, i);

		if (volume != NONE && !zone_fits(c, l, volume))
			return SCHED_UNRESOLVABLE;
	}
	return SCHED_OK;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	static const char *const format[] = {
		[WHOLE_FINE] = "node(s) had no available volume zone",
		[WHOLE_NO_CLAIM] = "persistentvolumeclaim \"%s\" not found",
		[WHOLE_NO_CLASS_NAME] = "PersistentVolumeClaim had no pv name and storageClass name",
		[WHOLE_NO_CLASS] = "storageclass.storage.k8s.io \"%s\" not found",
		[WHOLE_UNBOUND] = "PersistentVolume had no name",
		[WHOLE_NO_VOLUME] = "persistentvolume \"%s\" not found",
	};
	const struct state *s = c->state;
	const char *words = format[s->whole], *at = strstr(words, "%s");

	(void)node;
	if (at == NULL)
		strcpy(text[0], words);
	else
		snprintf(text[0], SCHED_REASON_MAX, "%.*s%s%s", (int)(at - words), words,
			 names_text(c->view->names, s->name), at + 2);
	return 1;
}

/* Any volume may help; of claims, the pod's own. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	return e->volume != NONE || volume_uses(c->view, c->pod, e->claim);
}

const struct sched_plugin sched_volume_zone = {
	.info = {"VolumeZone", "Keeps pods in the zones of their volumes."},
	.state_size = sizeof(struct state),
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.events = SCHED_NODE_ADD | SCHED_NODE_LABEL | SCHED_VOLUME,
	.hinted = SCHED_VOLUME,
	.hint = hint,
};
