/* node_resources_balanced_allocation.c - prefers nodes where cpu and memory are used alike; kube-scheduler.md 3.4. */
#include "models/sched_match.h"

#include <math.h>

/* More resources than this in a profile are left out of account. */
#define RESOURCES_MAX 64

static int64_t asked_of(const struct resources *r, const struct sched_resource *of)
{
	switch ((enum sched_kind)of->kind) {
	case SCHED_CPU:
		return r->cpu_milli;
	case SCHED_MEMORY:
		return r->mem_bytes;
	case SCHED_DISK:
		return r->disk_bytes;
	case SCHED_SCALAR:
		return sched_scalar_asked(r, of->name);
	}
	return 0;
}

/* Pods that request neither cpu nor memory are not scored since 1.33. */
static bool pre_score(struct sched_call *c)
{
	const struct resources *r = &c->pod->spec->request;

	if (c->kubernetes >= 33 && c->config->balanced_count > 0) {
		for (uint32_t i = 0; i < c->config->balanced_count; i++)
			if (asked_of(r, &c->config->balanced[i]) != 0)
				return true;
		return false;
	}
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
			    fraction(v->mem_alloc[n], v->mem_used[n], mem)) /
			   2);
	return (int64_t)((1 - std) * SCORE_MAX);
}

/* The profile's own resources: the deviation of the used shares; with: the pod is counted. */
static int64_t balance_general(const struct sched_call *c, uint32_t n, bool with)
{
	const struct node_view *v = &c->view->nodes;
	double share[RESOURCES_MAX], sum = 0, std = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->config->balanced_count && count < RESOURCES_MAX; i++) {
		const struct sched_resource *r = &c->config->balanced[i];
		int64_t asked = asked_of(&c->pod->spec->request, r), alloc = 0, used = 0;

		if (r->kind == SCHED_CPU) {
			alloc = v->cpu_alloc[n];
			used = v->cpu_used[n];
		} else if (r->kind == SCHED_MEMORY) {
			alloc = v->mem_alloc[n];
			used = v->mem_used[n];
		} else if (r->kind == SCHED_DISK) {
			alloc = v->disk_alloc[n];
			used = v->disk_used[n];
		} else if (asked != 0) {
			sched_scalar(&v->row[n], r->name, &alloc, &used);
		}
		if (alloc > 0)
			share[count++] = fraction(alloc, used, with ? asked : 0);
	}
	if (count == 2)
		std = fabs((share[0] - share[1]) / 2);
	for (uint32_t i = 0; count > 2 && i < count; i++)
		sum += share[i];
	if (count > 2) {
		double mean = sum / (double)count;

		sum = 0;
		for (uint32_t i = 0; i < count; i++)
			sum += (share[i] - mean) * (share[i] - mean);
		std = sqrt(sum / (double)count);
	}
	return (int64_t)((1 - std) * SCORE_MAX);
}

static int64_t balance_with(const struct sched_call *c, uint32_t n)
{
	const struct resources *r = &c->pod->spec->request;

	return c->config->balanced_count > 0 ? balance_general(c, n, true)
					     : balance(&c->view->nodes, n, r->cpu_milli, r->mem_bytes);
}

static int64_t balance_without(const struct sched_call *c, uint32_t n)
{
	return c->config->balanced_count > 0 ? balance_general(c, n, false) : balance(&c->view->nodes, n, 0, 0);
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

	if (c->kubernetes <= 21) {
		for (uint32_t k = 0; k < c->count; k++)
			raw[k] = balance_old(v, c->node[k], spec->score_cpu_milli, spec->score_mem_bytes);
		return;
	}
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = balance_with(c, c->node[k]);
	for (uint32_t k = 0; c->kubernetes >= 36 && k < c->count; k++)
		raw[k] = 50 + (50 + raw[k] - balance_without(c, c->node[k])) / 2;
}

const struct sched_plugin sched_node_resources_balanced_allocation = {
	.info = {"NodeResourcesBalancedAllocation", "Prefers nodes where the used shares of cpu and memory are alike."},
	.pre_score = pre_score,
	.score = score,
};
