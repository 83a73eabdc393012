/* replace.c - pairs deleted pods with the pods that replace them, so that a recovery can be followed from one to the
 * other. */
#include "models/replace.h"

/* Deployments count as one whatever ReplicaSet a pod belongs to. */
static uint32_t root_of(const struct cluster *c, uint32_t workload)
{
	return c->workload[workload].owner != NONE ? c->workload[workload].owner : workload;
}

void replace_deleted(struct world *w, uint32_t pod, enum delete_cause cause)
{
	struct cluster *c = &w->cluster;
	uint32_t workload = c->pod[pod].workload;

	if (workload == NONE || c->pod[pod].phase == PHASE_SUCCEEDED || c->pod[pod].phase == PHASE_FAILED ||
	    cause == DELETE_SCALE_DOWN || cause == DELETE_OWNER_GONE || cause == DELETE_ROLLOUT)
		return;
	struct workload_truth *t = &c->workload_truth[root_of(c, workload)];
	c->pod_truth[pod].next_unreplaced = NONE;
	if (t->first_unreplaced == NONE)
		t->first_unreplaced = pod;
	else
		c->pod_truth[t->last_unreplaced].next_unreplaced = pod;
	t->last_unreplaced = pod;
}

/* Takes the first waiting pod that fits out of the list; NONE if none. */
static uint32_t take(struct cluster *c, struct workload_truth *t, int32_t ordinal)
{
	uint32_t before = NONE;

	for (uint32_t i = t->first_unreplaced; i != NONE; before = i, i = c->pod_truth[i].next_unreplaced) {
		uint32_t next = c->pod_truth[i].next_unreplaced;

		if (ordinal >= 0 && c->pod[i].ordinal != ordinal)
			continue;
		if (before == NONE)
			t->first_unreplaced = next;
		else
			c->pod_truth[before].next_unreplaced = next;
		if (t->last_unreplaced == i)
			t->last_unreplaced = before;
		return i;
	}
	return NONE;
}

void replace_created(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	const struct pod *p = &c->pod[pod];

	if (p->workload == NONE)
		return;
	uint32_t old = take(c, &c->workload_truth[root_of(c, p->workload)], p->ordinal);
	if (old == NONE)
		return;
	struct fact f = cluster_fact(c, FACT_POD_REPLACES);
	f.pod = pod;
	f.a = old;
	cluster_tell(c, f);
}
