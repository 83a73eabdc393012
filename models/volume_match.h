/* volume_match.h - which volumes a pod's claims could use on a node: one answer for the scheduler's plugins, its
 * reservations and the volume binder. kube-scheduler.md 3.11. */
#ifndef MODELS_VOLUME_MATCH_H
#define MODELS_VOLUME_MATCH_H

#include "models/view.h"

/* What the scheduler has decided and not yet written: upstream's assume caches. All NULL is nothing. */
struct volume_assumed {
	uint32_t *node_of;        /* by claim row: the node on which it is to be provisioned, plus 1; 0: none */
	uint32_t *claim_of;       /* by volume row: its claim to be, plus 1; 0: none */
	uint32_t claims, volumes; /* lengths; rows beyond are not assumed */
};

/* What a claim waits for. */
enum claim_state {
	CLAIM_IS_BOUND,
	CLAIM_WAITS,    /* for its first consumer: the scheduler chooses */
	CLAIM_IMMEDIATE /* for the volume binder: not for the scheduler to decide */
};
enum claim_state claim_state(const struct view *v, uint32_t claim);

/* The StorageClass called name, or NULL. */
const struct class_object *volume_class(const struct view *v, uint32_t name);

/* Whether node affinity allows the volume on the node (component-helpers CheckNodeAffinity). */
bool volume_reaches(const struct view *v, uint32_t volume, uint32_t node);

/* Whether the volume's claimRef is this claim. */
bool volume_is_for(const struct view *v, uint32_t volume, uint32_t claim);

/*
 * FindMatchingVolume of component-helpers/storage/volume: the volume that is reserved for claim, else the smallest free
 * one that will do, the lowest row among equals (upstream: any). node NONE: any topology, as the binder asks. taken:
 * rows of `count` volumes that are not to be had. NONE when there is none.
 */
uint32_t volume_match(const struct view *v, const struct volume_assumed *assumed, uint32_t claim, uint32_t node,
		      const uint32_t taken[], uint32_t count);

/* What has to happen so that a pod can use its claims on a node. */
struct volume_plan {
	uint32_t count;
	struct {
		uint32_t claim, volume; /* volume NONE: to be provisioned */
	} step[POD_VOLUMES_MAX];
	/* Why it cannot; all false when it can. */
	bool elsewhere, unmatched, no_space, no_volume;
};
/* No claim of the pod may be missing or CLAIM_IMMEDIATE. */
void volume_plan(const struct view *v, const struct volume_assumed *assumed, uint32_t pod, uint32_t node,
		 struct volume_plan *out);

/* The claim of the i-th volume of pod, or NONE. */
uint32_t volume_claim(const struct view *v, const struct pod *pod, uint32_t i);

/* Whether one of the pod's volumes is the claim (row), which may be gone by now. */
bool volume_uses(const struct view *v, const struct pod *pod, uint32_t claim);

#endif
