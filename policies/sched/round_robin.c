/* round_robin.c - the next node that fits after the last one taken; kube-scheduler.md 7.1. */
#include "models/sched_match.h"

static void score(struct sched_call *c, int64_t raw[])
{
	sched_in_turn(c, raw);
}

static void reserve(struct sched_call *c, uint32_t node)
{
	*sched_turn(c) = (node + 1) % c->view->nodes.count;
}

const struct sched_plugin sched_round_robin = {
	.info = {"round-robin", "The next node that fits after the last one taken, in a circle."},
	.baseline = true,
	.score = score,
	.normalize = sched_best,
	.reserve = reserve,
};
