/* node_resources_balanced_allocation.c - prefers nodes where cpu and memory are used alike; kube-scheduler.md 3.4. */
#include "models/policy.h"

#include <math.h>

/* Pods that request neither cpu nor memory are not scored since 1.33. */
static bool pre_score(struct sched_call *c)
{
	const struct resources *r = &c->pod->spec->request;

	return c->kubernetes < 33 || r->cpu_milli != 0 || r->mem_bytes != 0;
}

/* (used + asked) / alloc, cut at 1; alloc > 0. */
static inline double fraction(int64_t alloc, int64_t used, int64_t asked)
{
	return asked >= alloc - used ? 1.0 : (double)(used + asked) / (double)alloc;
}

/* The operations in upstream's order: its truncations are part of the result. */
static inline int64_t balance(const struct node_view *v, uint32_t n, int64_t cpu, int64_t mem)
{
	double std = 0;

	if (v->cpu_alloc[n] > 0 && v->mem_alloc[n] > 0)
		std = fabs((fraction(v->cpu_alloc[n], v->cpu_used[n], cpu) -
			    fraction(v->mem_alloc[n], v->mem_used[n], mem)) / 2);
	return (int64_t)((1 - std) * SCORE_MAX);
}

/* 1.20: non-zero requests, nothing for a full node. */
static int64_t balance_old(const struct node_view *v, uint32_t n, int64_t cpu, int64_t mem)
{
	double c = v->cpu_alloc[n] > 0 ? fraction(v->cpu_alloc[n], v->score_cpu_used[n], cpu) : 1;
	double m = v->mem_alloc[n] > 0 ? fraction(v->mem_alloc[n], v->score_mem_used[n], mem) : 1;

	return c >= 1 || m >= 1 ? 0 : (int64_t)((1 - fabs(c - m)) * SCORE_MAX);
}

/* The formulas are read for 1.20, 1.32 to 1.34 and the change of 1.36; that the first ended with 1.21 is recalled. */
static void score(struct sched_call *c, int64_t raw[])
{
	const struct node_view *v = &c->view->nodes;
	const struct pod_spec *spec = c->pod->spec;
	const int64_t cpu = spec->request.cpu_milli, mem = spec->request.mem_bytes;

	if (c->kubernetes <= 21) {
		for (uint32_t k = 0; k < c->count; k++)
			raw[k] = balance_old(v, c->node[k], spec->score_cpu_milli, spec->score_mem_bytes);
		return;
	}
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = balance(v, c->node[k], cpu, mem);
	for (uint32_t k = 0; c->kubernetes >= 36 && k < c->count; k++)
		raw[k] = 50 + (50 + raw[k] - balance(v, c->node[k], 0, 0)) / 2;
}

const struct sched_plugin sched_node_resources_balanced_allocation = {
	.info = { "NodeResourcesBalancedAllocation", "Prefers nodes where the used shares of cpu and memory are alike." },
	.pre_score = pre_score,
	.score = score,
};
