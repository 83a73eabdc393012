/* api_volume.c - claims and volumes in the API, and what goes with a pod. */
#include "models/api_volume.h"

#include <stdio.h>

#include "models/api.h"
#include "models/volume_attach.h"

static bool create_claim(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;
	const struct claim_object *from;
	uint32_t namespace, name, row;
	char buffer[800];

	if (call->pod != NONE) {
		const struct pod *p = &c->pod[call->pod];

		if (!p->exists)
			return false;
		from = p->spec->volume[call->number].template;
		namespace = p->namespace;
		name = p->claim[call->number];
	} else {
		const struct workload *o = &c->workload[call->workload];

		from = &o->object->claim[call->number];
		namespace = o->namespace;
		snprintf(buffer, sizeof(buffer), "%.253s-%.253s-%d", names_text(&w->run->names, from->meta.name),
			 names_text(&w->run->names, o->name), call->ordinal);
		name = names_intern(&w->run->names, buffer);
	}
	if (view_claim(&c->view, namespace, name) != NONE)
		return false; /* 409 AlreadyExists */
	row = cluster_claim_create(c, from, namespace, name, call->pod);
	api_notify(w, CHANGE_CLAIM, CHANGED_ADDED, row);
	return true;
}

static bool bind_claim(struct world *w, uint32_t claim, uint32_t volume)
{
	if (!cluster_claim_bind(&w->cluster, claim, volume))
		return false;
	api_notify(w, CHANGE_VOLUME, CHANGED_BOUND, volume);
	api_notify(w, CHANGE_CLAIM, CHANGED_BOUND, claim);
	return true;
}

bool api_volume_apply(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;

	if (call->verb == API_ATTACH || call->verb == API_DETACH)
		return volume_attach_apply(w, call);
	if (call->verb == API_CREATE_CLAIM)
		return create_claim(w, call);
	if (!c->claim[call->object].exists)
		return false;
	switch ((enum api_verb)call->verb) {
	case API_SELECT_NODE:
		cluster_claim_select(c, call->object, call->node);
		api_notify(w, CHANGE_CLAIM, CHANGED_SPEC, call->object);
		return true;
	case API_RESERVE_VOLUME:
		if (!cluster_volume_reserve(c, (uint32_t)call->number, call->object))
			return false;
		api_notify(w, CHANGE_VOLUME, CHANGED_SPEC, (uint32_t)call->number);
		return true;
	case API_PROVISION:
		if (c->claim[call->object].phase != CLAIM_PENDING)
			return false;
		/* A provisioner that starts anew finds what it made before. */
		for (uint32_t i = 0; i < c->loose_count; i++)
			if (c->volume[c->loose[i]].provisioned &&
			    c->volume[c->loose[i]].claim_name == c->claim[call->object].name &&
			    c->volume[c->loose[i]].claim_namespace == c->claim[call->object].namespace)
				return true;
		api_notify(w, CHANGE_VOLUME, CHANGED_ADDED, cluster_volume_provision(c, call->object, call->node));
		return true;
	case API_BIND_CLAIM:
		return bind_claim(w, call->object, (uint32_t)call->number);
	default:
		return false;
	}
}

/* Whether an existing pod that has a node uses the claim: such a claim is protected (pvc-protection controller). */
static bool is_protected(const struct cluster *c, uint32_t claim)
{
	for (uint32_t p = 0; p < c->pod_count; p++)
		for (uint32_t i = 0; c->pod[p].exists && c->pod[p].node != NONE && i < c->pod[p].spec->volume_count;
		     i++)
			if (cluster_pod_claim(c, p, i) == claim)
				return true;
	return false;
}

/* The garbage collector takes an ephemeral claim with its pod, or with the last pod that uses it after that: at once
 * here. */
void api_volume_pod_gone(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	const struct pod *p = &c->pod[pod];

	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		uint32_t claim = cluster_pod_claim(c, pod, i);

		if (claim == NONE || c->claim[claim].owner == NONE || c->pod[c->claim[claim].owner].exists ||
		    is_protected(c, claim))
			continue;
		cluster_claim_remove(c, claim);
		api_notify(w, CHANGE_CLAIM, CHANGED_REMOVED, claim);
	}
}
