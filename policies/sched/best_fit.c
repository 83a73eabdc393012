/* best_fit.c - the node with the least left once the pod is on it; kube-scheduler.md 7.1 (BestFit-sum). */
#include "models/sched_match.h"

static void score(struct sched_call *c, int64_t raw[])
{
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = sched_raw(-sched_left_share(c, c->node[k]));
}

const struct sched_plugin sched_best_fit = {
	.info = {"best-fit", "The node with the least left of cpu, memory and what else is asked for: packs."},
	.baseline = true,
	.score = score,
	.normalize = sched_best,
};
