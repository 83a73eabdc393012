/* first_fit.c - the first node of the input that fits; kube-scheduler.md 7.1. */
#include "models/sched_match.h"

static void score(struct sched_call *c, int64_t raw[])
{
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = -(int64_t)c->node[k];
}

const struct sched_plugin sched_first_fit = {
	.info = {"first-fit", "The first node, in the order of the input, that fits."},
	.baseline = true,
	.score = score,
	.normalize = sched_best,
};
