/* power_of_two_choices.c - of two nodes drawn at random the less loaded one: Mitzenmacher 2001; kube-scheduler.md 7.4.
 */
#include "models/sched_match.h"

#include <string.h>

/* The second is another one than the first, where there is another. */
static uint32_t second(struct sched_call *c, uint32_t first)
{
	uint32_t b;

	if (c->count == 1)
		return first;
	b = (uint32_t)rng_below(c->rng, c->count - 1);
	return b + (b >= first);
}

static void score(struct sched_call *c, int64_t raw[])
{
	uint32_t a = (uint32_t)rng_below(c->rng, c->count), b = second(c, a);

	memset(raw, 0, c->count * sizeof(*raw));
	raw[sched_left_share(c, c->node[b]) > sched_left_share(c, c->node[a]) ? b : a] = SCORE_MAX;
}

const struct sched_plugin sched_power_of_two_choices = {
	.info = {"power-of-two-choices", "Of two nodes drawn at random among those that fit, the one with more left."},
	.baseline = true,
	.score = score,
};
