/* sched_pick.c - how many feasible nodes are enough, and which of the best wins; kube-scheduler.md 1.4 and 1.6. */
#include "models/sched_internal.h"

/* Fewest nodes found feasible before a search may end, and the least share in percent (1.4). */
#define LIMIT_MIN 100
#define PERCENT_MIN 5
#define PERCENT_MAX 50
#define NODES_PER_PERCENT 125

uint32_t sched_node_limit(uint32_t nodes, int64_t percent)
{
	uint64_t limit;

	if (nodes < LIMIT_MIN || percent >= 100)
		return nodes;
	if (percent <= 0) {
		percent = PERCENT_MAX - (int64_t)(nodes / NODES_PER_PERCENT);
		if (percent < PERCENT_MIN)
			percent = PERCENT_MIN;
	}
	limit = (uint64_t)nodes * (uint64_t)percent / 100;
	return limit < LIMIT_MIN ? LIMIT_MIN : (uint32_t)limit;
}

/* The root of upstream's heap over the list: container/heap's Init, where equal totals never swap. */
static uint32_t heap_root(const int64_t total[], uint32_t count, uint32_t heap[])
{
	for (uint32_t i = 0; i < count; i++)
		heap[i] = i;
	for (uint32_t start = count / 2; start-- > 0;) {
		uint32_t i = start, child;

		while ((child = 2 * i + 1) < count) {
			uint32_t moved = heap[i];

			if (child + 1 < count && total[heap[child + 1]] > total[heap[child]])
				child++;
			if (total[heap[child]] <= total[moved])
				break;
			heap[i] = heap[child];
			heap[child] = moved;
			i = child;
		}
	}
	return heap[0];
}

uint32_t sched_pick(int kubernetes, const int64_t total[], uint32_t count, uint32_t scratch[], struct rng *r)
{
	int64_t best = total[0];
	uint32_t ties = 0;

	/* The random key of the heap is set only when extenders run, since 1.35 (table 0.1). */
	if (kubernetes >= 35)
		return heap_root(total, count, scratch);
	/* Both older ways, a reservoir over the list and one over a heap, are uniform over the best: so is one draw. */
	for (uint32_t i = 0; i < count; i++) {
		if (total[i] > best) {
			best = total[i];
			ties = 0;
		}
		if (total[i] == best)
			scratch[ties++] = i;
	}
	return scratch[ties > 1 ? rng_below(r, ties) : 0];
}
