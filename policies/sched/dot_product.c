/* dot_product.c - the node whose free resources align best with the request: Grandl et al., Multi-resource packing for
 * cluster schedulers (Tetris), SIGCOMM 2014; kube-scheduler.md 7.2.
 */
#include "models/sched_match.h"

/* Both vectors in shares of the machine. */
static double alignment(const struct sched_call *c, uint32_t node)
{
	struct sched_amount a;
	double sum = 0;

	for (uint32_t i = 0; sched_amount(c, node, i, &a); i++)
		if (a.has > 0)
			sum += (a.left / a.has) * (a.asked / a.has);
	return sum;
}

static void score(struct sched_call *c, int64_t raw[])
{
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = sched_raw(alignment(c, c->node[k]));
}

const struct sched_plugin sched_dot_product = {
	.info = {"dot-product", "The node whose free resources align best with the request (Tetris)."},
	.baseline = true,
	.score = score,
	.normalize = sched_best,
};
