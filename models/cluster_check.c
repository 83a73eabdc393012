/* cluster_check.c - invariants of the cluster, checked after every event in debug builds and by the random tests. */
#include "models/cluster.h"

#include <stdio.h>
#include <stdlib.h>

#define EXIT_OUR_BUG 70

static void broken(const struct cluster *c, const char *what, uint32_t row)
{
	char at[TIME_TEXT_MAX];

	fprintf(stderr, "nodefall: broken invariant at %s (seed %llu): %s, row %u\n", time_print(c->run->now, at),
		(unsigned long long)c->run->seed, what, row);
	exit(EXIT_OUR_BUG);
}

/* Sums of requests over the pods counted on each node equal the node's columns. */
static void check_resources(const struct cluster *c)
{
	struct arena scratch = { 0 };
	int64_t *cpu = ARENA_NEW(&scratch, c->node_count, int64_t), *mem = ARENA_NEW(&scratch, c->node_count, int64_t);
	int32_t *pods = ARENA_NEW(&scratch, c->node_count, int32_t);

	for (uint32_t i = 0; i < c->pod_count; i++) {
		uint32_t node = c->pod_truth[i].counted_on;

		if (node == NONE)
			continue;
		cpu[node] += c->pod[i].spec->request.cpu_milli;
		mem[node] += c->pod[i].spec->request.mem_bytes;
		pods[node]++;
	}
	for (uint32_t i = 0; i < c->node_count; i++)
		if (cpu[i] != c->cpu_used[i] || mem[i] != c->mem_used[i] || pods[i] != c->pods_used[i])
			broken(c, "resources are not conserved on a node", i);
	arena_release(&scratch);
}

static void check_pod(const struct cluster *c, uint32_t i)
{
	const struct pod *p = &c->pod[i];
	const struct pod_truth *t = &c->pod_truth[i];
	bool terminal = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;

	if (!p->exists && (p->ready || t->counted_on != NONE))
		broken(c, "a removed pod is still ready or counted", i);
	if (p->exists && p->node != NONE && !terminal && t->counted_on != p->node)
		broken(c, "a bound pod is not counted on its node", i);
	if (p->ready && p->node == NONE)
		broken(c, "a pod is Ready without a node", i);
	if (t->running && (p->node == NONE || !c->node_truth[p->node].powered))
		broken(c, "containers run on a machine without power", i);
	if (t->serving && !t->running)
		broken(c, "a pod serves without running containers", i);
	if (p->created > c->run->now || p->ready_since > c->run->now || p->deleted_at > c->run->now)
		broken(c, "a time lies in the future", i);
}

/* Each bound pod is in the list of exactly its node. */
static void check_lists(const struct cluster *c)
{
	uint64_t bound = 0, listed = 0;

	for (uint32_t i = 0; i < c->pod_count; i++)
		bound += c->pod[i].exists && c->pod[i].node != NONE;
	for (uint32_t n = 0; n < c->node_count; n++) {
		for (uint32_t i = c->node[n].first_pod; i != NONE; i = c->pod[i].next_on_node) {
			if (c->pod[i].node != n || !c->pod[i].exists)
				broken(c, "a pod is listed on a node that is not its own", i);
			if (++listed > bound)
				broken(c, "a node's list of pods does not end", n);
		}
	}
	if (listed != bound)
		broken(c, "a bound pod is in no node's list", NONE);
}

void cluster_check(const struct cluster *c)
{
	check_resources(c);
	for (uint32_t i = 0; i < c->pod_count; i++)
		check_pod(c, i);
	check_lists(c);
}
