/* node_resources_fit.c - requests fit into what is free; prefers nodes with most left; kube-scheduler.md 3.2 and 3.3. */
#include "models/policy.h"

#include <stdio.h>
#include <string.h>

#define REASONS_MAX 16

struct state {
	int64_t cpu, mem; /* asked for; INT64_MIN for nothing, which is never lacking even where more than all is used */
	bool plain;       /* nothing but cpu, memory and a slot is asked for */
};

static bool pre_filter(struct sched_call *c)
{
	const struct resources *r = &c->pod->spec->request;
	struct state *s = c->state;

	s->cpu = r->cpu_milli > 0 ? r->cpu_milli : INT64_MIN;
	s->mem = r->mem_bytes > 0 ? r->mem_bytes : INT64_MIN;
	s->plain = r->disk_bytes == 0 && r->scalar_count == 0;
	return true;
}

/* Allocatable and used of a scalar resource; 0 and 0 when the node has none. */
static void scalar_on(const struct node *n, uint32_t name, int64_t *alloc, int64_t *used)
{
	const struct resources *r = &n->object->allocatable;

	*alloc = *used = 0;
	for (uint32_t i = 0; i < r->scalar_count; i++) {
		if (r->scalar[i].name == name) {
			*alloc = r->scalar[i].value;
			*used = n->scalar_used[i];
			return;
		}
	}
}

/* Upstream tells a request larger than the whole node apart since 1.34 (table 0.1). */
static enum sched_status rejection(const struct sched_call *c, bool hopeless)
{
	return hopeless && c->kubernetes >= 34 ? SCHED_UNRESOLVABLE : SCHED_UNSCHEDULABLE;
}

static enum sched_status filter_all(const struct sched_call *c, uint32_t node)
{
	const struct node_view *v = &c->view->nodes;
	const struct resources *r = &c->pod->spec->request;
	bool hopeless = r->cpu_milli > v->cpu_alloc[node] || r->mem_bytes > v->mem_alloc[node] ||
			r->disk_bytes > v->disk_alloc[node];
	bool lacking = v->pods_used[node] >= v->pods_alloc[node];

	lacking |= r->cpu_milli > 0 && r->cpu_milli > v->cpu_alloc[node] - v->cpu_used[node];
	lacking |= r->mem_bytes > 0 && r->mem_bytes > v->mem_alloc[node] - v->mem_used[node];
	lacking |= r->disk_bytes > 0 && r->disk_bytes > v->disk_alloc[node] - v->disk_used[node];
	for (uint32_t i = 0; i < r->scalar_count; i++) {
		int64_t alloc, used;

		scalar_on(&v->row[node], r->scalar[i].name, &alloc, &used);
		lacking |= r->scalar[i].value > 0 && r->scalar[i].value > alloc - used;
		hopeless |= r->scalar[i].value > alloc;
	}
	return lacking ? rejection(c, hopeless) : SCHED_OK;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct node_view *v = &c->view->nodes;
	const struct state *s = c->state;

	if (s->plain & (v->pods_used[node] < v->pods_alloc[node]) & (s->cpu <= v->cpu_alloc[node] - v->cpu_used[node]) &
	    (s->mem <= v->mem_alloc[node] - v->mem_used[node]))
		return SCHED_OK;
	return filter_all(c, node);
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	const struct node_view *v = &c->view->nodes;
	const struct resources *r = &c->pod->spec->request;
	uint32_t n = 0;

	if (v->pods_used[node] >= v->pods_alloc[node])
		strcpy(text[n++], "Too many pods");
	if (r->cpu_milli > 0 && r->cpu_milli > v->cpu_alloc[node] - v->cpu_used[node])
		strcpy(text[n++], "Insufficient cpu");
	if (r->mem_bytes > 0 && r->mem_bytes > v->mem_alloc[node] - v->mem_used[node])
		strcpy(text[n++], "Insufficient memory");
	if (r->disk_bytes > 0 && r->disk_bytes > v->disk_alloc[node] - v->disk_used[node])
		strcpy(text[n++], "Insufficient ephemeral-storage");
	for (uint32_t i = 0; i < r->scalar_count && n < REASONS_MAX; i++) {
		int64_t alloc, used;

		scalar_on(&v->row[node], r->scalar[i].name, &alloc, &used);
		if (r->scalar[i].value > 0 && r->scalar[i].value > alloc - used)
			snprintf(text[n++], SCHED_REASON_MAX, "Insufficient %s",
				 names_text(c->view->names, r->scalar[i].name));
	}
	return n;
}

/*
 * left * 100 / alloc for 0 <= left <= alloc, alloc > 0. Below 2^46 a division of doubles is exact after truncation: both
 * numbers are whole doubles, and a quotient of at most 100 that is not whole is further from the next whole one (1 / alloc)
 * than half the distance of two doubles there. It is several times faster than one of integers.
 */
static inline int64_t percent_left(int64_t left, int64_t alloc)
{
	if (alloc >= INT64_C(1) << 46)
		return (int64_t)((__int128)left * 100 / alloc);
	return (int64_t)((double)(left * 100) / (double)alloc);
}

static inline int64_t least_allocated(int64_t alloc, int64_t used, int64_t asked)
{
	int64_t left = alloc - used;

	return alloc <= 0 || left < asked ? 0 : percent_left(left - asked, alloc);
}

/* LeastAllocated over cpu and memory, weights 1 and 1. A resource the node has none of is left out, but counts as 0 in 1.20. */
static void score(struct sched_call *c, int64_t raw[])
{
	const struct node_view *v = &c->view->nodes;
	const int64_t cpu = c->pod->spec->score_cpu_milli, mem = c->pod->spec->score_mem_bytes;
	const bool old = c->kubernetes <= 20;

	for (uint32_t k = 0; k < c->count; k++) {
		uint32_t n = c->node[k];
		int64_t sum = least_allocated(v->cpu_alloc[n], v->score_cpu_used[n], cpu) +
			      least_allocated(v->mem_alloc[n], v->score_mem_used[n], mem);
		bool both = old || (v->cpu_alloc[n] != 0 && v->mem_alloc[n] != 0);

		raw[k] = both ? sum / 2 : sum;
	}
}

const struct sched_plugin sched_node_resources_fit = {
	.info = { "NodeResourcesFit", "Lets a pod fit where its requests are free; prefers nodes with more left (LeastAllocated)." },
	.state_size = sizeof(struct state),
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.score = score,
};
