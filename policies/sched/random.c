/* random.c - any node that fits, each as likely; kube-scheduler.md 7.1. */
#include "models/sched_match.h"

#include <string.h>

static void score(struct sched_call *c, int64_t raw[])
{
	memset(raw, 0, c->count * sizeof(*raw));
	raw[rng_below(c->rng, c->count)] = SCORE_MAX;
}

const struct sched_plugin sched_random = {
	.info = {"random", "Any node that fits, each as likely as any other."},
	.baseline = true,
	.score = score,
};
