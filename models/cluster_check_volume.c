/* cluster_check_volume.c - invariants of claims, volumes and attachments. */
#include <stdio.h>
#include <stdlib.h>

#include "models/cluster.h"
#include "models/volume_match.h"

#define EXIT_OUR_BUG 70

static void broken(const struct cluster *c, const char *what, uint32_t row)
{
	char at[TIME_TEXT_MAX];

	fprintf(stderr, "nodefall: broken invariant at %s (seed %llu): %s, row %u\n", time_print(c->run->now, at),
		(unsigned long long)c->run->seed, what, row);
	exit(EXIT_OUR_BUG);
}

/* A bound claim has exactly one volume, and that volume is its. */
static void check_pairs(const struct cluster *c)
{
	struct arena scratch = {0};
	uint32_t *claim_of = ARENA_NEW(&scratch, c->volume_count, uint32_t);

	for (uint32_t i = 0; i < c->claim_count; i++) {
		uint32_t volume = c->claim[i].volume;

		if (!c->claim[i].exists || volume == NONE)
			continue;
		if (claim_of[volume]++ > 0)
			broken(c, "two claims have one volume", volume);
		if (c->claim[i].phase != CLAIM_BOUND || !volume_is_for(&c->view, volume, i))
			broken(c, "a claim's volume is not bound to it", i);
	}
	for (uint32_t i = 0; i < c->volume_count; i++)
		if (c->volume[i].provisioned && c->volume[i].phase == VOLUME_BOUND && claim_of[i] != 1)
			broken(c, "a bound volume has no claim", i);
	arena_release(&scratch);
}

/* Pods that came with their node were never asked. */
static bool was_scheduled(const struct pod *p)
{
	return p->exists && p->node != NONE && p->spec->node_name == 0;
}

static bool is_over(const struct pod *p)
{
	return p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;
}

static void check_placement(const struct cluster *c, uint32_t pod)
{
	const struct pod *p = &c->pod[pod];

	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		uint32_t claim = p->claim[i] != 0 ? cluster_pod_claim(c, pod, i) : NONE;

		if (p->claim[i] == 0)
			continue;
		if (claim == NONE || c->claim[claim].phase != CLAIM_BOUND)
			broken(c, "a pod has a node and an unbound claim", pod);
		/* Labels that changed later are not asked about again. */
		if (c->node[p->node].object != &c->scenario->objects.node[p->node])
			continue;
		if (c->claim[claim].volume != NONE && !volume_reaches(&c->view, c->claim[claim].volume, p->node))
			broken(c, "a pod is where its volume cannot be used", pod);
	}
}

/* A ReadWriteOncePod claim is used by one pod only (since 1.27). */
static void check_once(const struct cluster *c)
{
	struct arena scratch = {0};
	uint32_t *users = ARENA_NEW(&scratch, c->claim_count, uint32_t);

	for (uint32_t pod = 0; pod < c->pod_count; pod++) {
		const struct pod *p = &c->pod[pod];

		for (uint32_t i = 0; was_scheduled(p) && !is_over(p) && i < p->spec->volume_count; i++) {
			uint32_t claim = cluster_pod_claim(c, pod, i);

			if (claim != NONE && c->claim[claim].object->access & ACCESS_ONCE_POD && users[claim]++ > 0)
				broken(c, "a ReadWriteOncePod claim is used by two pods", claim);
		}
	}
	arena_release(&scratch);
}

/* Whether attachments or pods of the input may have filled the node above the limits of the input: what such a pod
 * brought, others may go on using. */
static bool was_filled(const struct cluster *c, uint32_t node)
{
	for (uint32_t p = 0; p < c->pod_count; p++)
		if (c->pod[p].spec->node_name == c->node[node].object->meta.name)
			return true;
	return c->scenario->objects.attachment_count > 0;
}

static void check_limits(const struct cluster *c, uint32_t node)
{
	const struct csi_node_object *csi = c->node[node].csi;

	for (uint32_t i = 0; csi != NULL && i < csi->driver_count; i++) {
		int32_t count = 0;

		for (uint32_t a = c->node[node].first_attachment; a != NONE; a = c->attachment[a].next_on_node)
			count += c->volume[c->attachment[a].volume].object->driver == csi->driver[i].driver;
		if (csi->driver[i].count >= 0 && count > csi->driver[i].count && !was_filled(c, node))
			broken(c, "more volumes are attached to a node than its limit", node);
	}
}

/* A volume for one node is attached to one node at a time; the input may say otherwise. */
static void check_attached(const struct cluster *c, uint32_t volume)
{
	const struct volume *v = &c->volume[volume];

	if (c->scenario->objects.attachment_count == 0 && v->first_attachment != NONE &&
	    c->attachment[v->first_attachment].next_of_volume != NONE &&
	    !(v->object->access & (ACCESS_READ_MANY | ACCESS_WRITE_MANY)))
		broken(c, "a volume for one node is attached to two", volume);
}

/* No container runs before the pod's CSI volumes are mounted. */
static void check_mounted(const struct cluster *c, uint32_t pod)
{
	for (uint32_t i = 0;
	     was_scheduled(&c->pod[pod]) && c->pod_truth[pod].running && i < c->pod[pod].spec->volume_count; i++)
		if (view_pod_volume(&c->view, pod, i) != NONE && !c->pod_truth[pod].mounted)
			broken(c, "containers run without their volumes", pod);
}

void cluster_check_volumes(const struct cluster *c)
{
	if (c->claim_count == 0)
		return;
	check_pairs(c);
	for (uint32_t i = 0; i < c->pod_count; i++)
		if (was_scheduled(&c->pod[i]) && c->pod[i].claim != NULL && !c->pod[i].deleting && !is_over(&c->pod[i]))
			check_placement(c, i);
	if (c->scenario->kubernetes >= 27)
		check_once(c);
	for (uint32_t i = 0; i < c->volume_count; i++)
		check_attached(c, i);
	for (uint32_t i = 0; i < c->pod_count; i++)
		check_mounted(c, i);
	for (uint32_t n = 0; n < c->node_count; n++)
		check_limits(c, n);
}
