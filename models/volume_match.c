/* volume_match.c - FindMatchingVolume and FindPodVolumes of upstream, on the API server's objects. */
#include "models/volume_match.h"

#include <string.h>

#include "models/sched_match.h"

#define NO_PROVISIONER "kubernetes.io/no-provisioner"

uint32_t volume_claim(const struct view *v, const struct pod *pod, uint32_t i)
{
	return pod->claim == NULL || pod->claim[i] == 0 ? NONE : view_claim(v, pod->namespace, pod->claim[i]);
}

bool volume_uses(const struct view *v, const struct pod *pod, uint32_t claim)
{
	for (uint32_t i = 0; pod->claim != NULL && i < pod->spec->volume_count; i++)
		if (pod->claim[i] == v->claim[claim].name && pod->namespace == v->claim[claim].namespace)
			return true;
	return false;
}

const struct class_object *volume_class(const struct view *v, uint32_t name)
{
	const struct objects *o = &v->scenario->objects;

	for (uint32_t i = 0; name != 0 && i < o->class_count; i++)
		if (o->class[i].meta.name == name)
			return &o->class[i];
	return NULL;
}

enum claim_state claim_state(const struct view *v, uint32_t claim)
{
	const struct claim *o = &v->claim[claim];
	const struct class_object *class;

	if (o->phase != CLAIM_PENDING)
		return CLAIM_IS_BOUND;
	class = volume_class(v, o->object->class);
	return class != NULL && class->waits && o->volume_name == 0 ? CLAIM_WAITS : CLAIM_IMMEDIATE;
}

static bool any_term(const struct node_term *term, uint32_t count, const struct node_object *node,
		     const struct names *names)
{
	for (uint32_t i = 0; i < count; i++)
		if (sched_term_matches(&term[i], node, names))
			return true;
	return false;
}

bool volume_reaches(const struct view *v, uint32_t volume, uint32_t node)
{
	const struct volume_object *o = v->volume[volume].object;

	return !o->has_affinity || any_term(o->term, o->term_count, v->nodes.row[node].object, v->names);
}

bool volume_is_for(const struct view *v, uint32_t volume, uint32_t claim)
{
	const struct volume *o = &v->volume[volume];

	return o->claim_name != 0 && o->claim_name == v->claim[claim].name &&
	       o->claim_namespace == v->claim[claim].namespace;
}

/* The claim that the scheduler reserved the volume for, or NONE. */
static uint32_t assumed_for(const struct volume_assumed *assumed, uint32_t volume)
{
	return assumed != NULL && volume < assumed->volumes ? assumed->claim_of[volume] - 1 : NONE;
}

static bool is_taken(const struct volume_assumed *assumed, uint32_t volume, uint32_t claim, const uint32_t taken[],
		     uint32_t count)
{
	uint32_t by = assumed_for(assumed, volume);

	for (uint32_t i = 0; i < count; i++)
		if (taken[i] == volume)
			return true;
	return by != NONE && by != claim;
}

static bool is_large_enough(const struct volume_object *o, const struct claim_object *asked)
{
	return o->bytes >= asked->bytes && o->block == asked->block;
}

/* What is asked of a volume that nobody has chosen for the claim. */
static bool suits(const struct view *v, uint32_t volume, const struct claim_object *asked)
{
	const struct volume_object *o = v->volume[volume].object;

	return v->volume[volume].phase == VOLUME_AVAILABLE && v->volume[volume].claim_name == 0 &&
	       o->class == asked->class && (o->access & asked->access) == asked->access &&
	       (!asked->selector.present || selector_matches(&asked->selector, &o->meta.labels, v->names));
}

uint32_t volume_match(const struct view *v, const struct volume_assumed *assumed, uint32_t claim, uint32_t node,
		      const uint32_t taken[], uint32_t count)
{
	const struct claim_object *asked = v->claim[claim].object;
	uint32_t best = NONE;

	for (uint32_t i = 0; i < v->loose_count; i++) {
		uint32_t volume = v->loose[i];
		const struct volume_object *o = v->volume[volume].object;

		if (is_taken(assumed, volume, claim, taken, count) || !is_large_enough(o, asked))
			continue;
		if (volume_is_for(v, volume, claim) || assumed_for(assumed, volume) == claim)
			return node == NONE || volume_reaches(v, volume, node) ? volume : NONE;
		if (!suits(v, volume, asked) || (node != NONE && !volume_reaches(v, volume, node)))
			continue;
		if (best == NONE || o->bytes < v->volume[best].object->bytes)
			best = volume;
	}
	return best;
}

/* ---- provisioning ---- */

/* hasEnoughCapacity: only drivers that say so publish what they have left. */
static bool has_space(const struct view *v, const struct class_object *class, const struct claim_object *asked,
		      uint32_t node)
{
	const struct objects *o = &v->scenario->objects;
	bool told = false;

	for (uint32_t i = 0; i < o->csi_driver_count; i++)
		told |= o->csi_driver[i].meta.name == class->provisioner && o->csi_driver[i].capacity;
	if (!told || !asked->has_request)
		return true;
	for (uint32_t i = 0; i < o->capacity_count; i++) {
		const struct capacity_object *k = &o->capacity[i];

		if (k->class == class->meta.name && k->has_bytes && k->bytes >= asked->bytes && k->topology.present &&
		    selector_matches(&k->topology, &v->nodes.row[node].object->meta.labels, v->names))
			return true;
	}
	return false;
}

static void provision(const struct view *v, uint32_t claim, uint32_t node, struct volume_plan *out)
{
	const struct claim_object *asked = v->claim[claim].object;
	const struct class_object *class = volume_class(v, asked->class);

	if (class == NULL || strcmp(names_text(v->names, class->provisioner), NO_PROVISIONER) == 0 ||
	    (class->term_count > 0 && !any_term(class->term, class->term_count, v->nodes.row[node].object, v->names)))
		out->unmatched = true;
	else if (!has_space(v, class, asked, node))
		out->no_space = true;
	else
		out->step[out->count++].claim = claim;
}

static bool has_step(const struct volume_plan *out, uint32_t claim)
{
	for (uint32_t i = 0; i < out->count; i++)
		if (out->step[i].claim == claim)
			return true;
	return false;
}

/* The claims that wait, by size (upstream's byPVCSize), each once. Returns their number. */
static uint32_t waiting(const struct view *v, const struct pod *p, uint32_t claim[POD_VOLUMES_MAX])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		uint32_t row = volume_claim(v, p, i), at = count;

		if (row == NONE || claim_state(v, row) != CLAIM_WAITS)
			continue;
		while (at > 0 && v->claim[claim[at - 1]].object->bytes > v->claim[row].object->bytes) {
			claim[at] = claim[at - 1];
			at--;
		}
		claim[at] = row;
		count++;
	}
	return count;
}

static uint32_t selected_node(const struct view *v, const struct volume_assumed *assumed, uint32_t claim)
{
	if (assumed != NULL && claim < assumed->claims && assumed->node_of[claim] != 0)
		return assumed->node_of[claim] - 1;
	return v->claim[claim].selected;
}

static void plan_bound(const struct view *v, const struct pod *p, uint32_t node, struct volume_plan *out)
{
	for (uint32_t i = 0; i < p->spec->volume_count && !out->elsewhere && !out->no_volume; i++) {
		uint32_t claim = volume_claim(v, p, i);

		if (claim == NONE || claim_state(v, claim) != CLAIM_IS_BOUND)
			continue;
		if (v->claim[claim].volume == NONE)
			out->no_volume = true;
		else if (!volume_reaches(v, v->claim[claim].volume, node))
			out->elsewhere = true;
	}
}

void volume_plan(const struct view *v, const struct volume_assumed *assumed, uint32_t pod, uint32_t node,
		 struct volume_plan *out)
{
	const struct pod *p = &v->pod[pod];
	uint32_t claim[POD_VOLUMES_MAX], taken[POD_VOLUMES_MAX], count = waiting(v, p, claim), matched = 0, left = 0;

	out->count = 0;
	out->elsewhere = out->unmatched = out->no_space = out->no_volume = false;
	plan_bound(v, p, node, out);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t selected = selected_node(v, assumed, claim[i]);

		if (selected != NONE && selected != node) {
			out->unmatched = true;
			return;
		}
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t volume = NONE;

		if (has_step(out, claim[i]))
			continue;
		if (selected_node(v, assumed, claim[i]) == NONE)
			volume = volume_match(v, assumed, claim[i], node, taken, matched);
		if (volume == NONE) {
			claim[left++] = claim[i];
			continue;
		}
		taken[matched++] = volume;
		out->step[out->count].claim = claim[i];
		out->step[out->count++].volume = volume;
	}
	for (uint32_t i = 0; i < left && !out->unmatched && !out->no_space; i++) {
		out->step[out->count].volume = NONE;
		if (!has_step(out, claim[i]))
			provision(v, claim[i], node, out);
	}
}
