/* next_fit.c - stays on a node until a pod does not fit there; kube-scheduler.md 7.1. */
#include "models/sched_match.h"

static void score(struct sched_call *c, int64_t raw[])
{
	sched_in_turn(c, raw);
}

static void reserve(struct sched_call *c, uint32_t node)
{
	*sched_turn(c) = node;
}

const struct sched_plugin sched_next_fit = {
	.info = {"next-fit", "The last node taken as long as it fits, then the next one, in a circle."},
	.baseline = true,
	.score = score,
	.normalize = sched_best,
	.reserve = reserve,
};
