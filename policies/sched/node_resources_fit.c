/* node_resources_fit.c - requests fit into what is free; prefers nodes with most left; kube-scheduler.md 3.2 and 3.3.
 */
#include "models/sched_match.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REASONS_MAX 16

struct state {
	int64_t cpu,
		mem; /* asked for; INT64_MIN for nothing, which is never lacking even where more than all is used */
	bool plain;  /* nothing but cpu, memory and a slot is asked for */
};

static enum sched_pre pre_filter(struct sched_call *c)
{
	const struct resources *r = &c->pod->spec->request;
	struct state *s = c->state;

	s->cpu = r->cpu_milli > 0 ? r->cpu_milli : INT64_MIN;
	s->mem = r->mem_bytes > 0 ? r->mem_bytes : INT64_MIN;
	s->plain = r->disk_bytes == 0 && r->scalar_count == 0;
	return PRE_FILTER;
}

/* Resources that the profile tells Fit to leave alone: extended ones only, by name or by what is before the slash. */
static bool is_ignored(const struct sched_call *c, uint32_t name)
{
	const struct sched_config *config = c->config;
	const char *text, *slash;

	if (config->ignored_count + config->ignored_group_count == 0)
		return false;
	text = names_text(c->view->names, name);
	slash = strchr(text, '/');
	if (slash == NULL || strstr(text, "kubernetes.io/") != NULL)
		return false;
	for (uint32_t i = 0; i < config->ignored_count; i++)
		if (config->ignored[i] == name)
			return true;
	for (uint32_t i = 0; i < config->ignored_group_count; i++) {
		const char *group = names_text(c->view->names, config->ignored_group[i]);

		if (strlen(group) == (size_t)(slash - text) && strncmp(group, text, strlen(group)) == 0)
			return true;
	}
	return false;
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

		if (is_ignored(c, r->scalar[i].name))
			continue;
		sched_scalar(&v->row[node], r->scalar[i].name, &alloc, &used);
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

		sched_scalar(&v->row[node], r->scalar[i].name, &alloc, &used);
		if (r->scalar[i].value > 0 && r->scalar[i].value > alloc - used && !is_ignored(c, r->scalar[i].name))
			snprintf(text[n++], SCHED_REASON_MAX, "Insufficient %s",
				 names_text(c->view->names, r->scalar[i].name));
	}
	return n;
}

/*
 * left * 100 / alloc for 0 <= left <= alloc, alloc > 0. Below 2^46 a division of doubles is exact after truncation:
 * both numbers are whole doubles, and a quotient of at most 100 that is not whole is further from the next whole one (1
 * / alloc) than half the distance of two doubles there. It is several times faster than one of integers.
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

/* ---- other strategies and resources than the default ---- */

static const struct sched_resource cpu_and_memory[] = {{SCHED_CPU, 0, 1}, {SCHED_MEMORY, 0, 1}};

static void pod_amounts(const struct sched_call *c, int64_t *cpu, int64_t *mem)
{
	const struct pod_spec *spec = c->pod->spec;

	/* Fit's scorer does not see pod-level requests (3.3). */
	*cpu = spec->pod_level ? spec->fit_cpu_milli : spec->score_cpu_milli;
	*mem = spec->pod_level ? spec->fit_mem_bytes : spec->score_mem_bytes;
}

/* What the node has, and what would be used of it with the pod. */
static void usage(const struct sched_call *c, uint32_t node, const struct sched_resource *r, int64_t *alloc,
		  int64_t *used)
{
	const struct node_view *v = &c->view->nodes;
	int64_t cpu, mem, asked;

	pod_amounts(c, &cpu, &mem);
	switch ((enum sched_kind)r->kind) {
	case SCHED_CPU:
		*alloc = v->cpu_alloc[node];
		*used = v->score_cpu_used[node] + cpu;
		return;
	case SCHED_MEMORY:
		*alloc = v->mem_alloc[node];
		*used = v->score_mem_used[node] + mem;
		return;
	case SCHED_DISK:
		*alloc = v->disk_alloc[node];
		*used = v->disk_used[node] + c->pod->spec->request.disk_bytes;
		return;
	case SCHED_SCALAR:
		asked = sched_scalar_asked(&c->pod->spec->request, r->name);
		sched_scalar(&v->row[node], r->name, alloc, used);
		*used += asked;
		*alloc = asked == 0 ? 0 : *alloc;
		return;
	}
}

/* Segments between the points; a division truncates towards zero as Go's does (3.3). */
static int64_t shape(const struct sched_config *config, int64_t u)
{
	const struct sched_point *p = config->shape;

	if (u <= p[0].utilization)
		return p[0].score;
	for (uint32_t i = 1; i < config->shape_count; i++)
		if (u <= p[i].utilization)
			return p[i - 1].score + (p[i].score - p[i - 1].score) * (u - p[i - 1].utilization) /
							(p[i].utilization - p[i - 1].utilization);
	return p[config->shape_count - 1].score;
}

static int64_t one_score(const struct sched_call *c, int64_t alloc, int64_t used)
{
	switch ((enum sched_strategy)c->config->strategy) {
	case FIT_LEAST_ALLOCATED:
		return used > alloc ? 0 : percent_left(alloc - used, alloc);
	case FIT_MOST_ALLOCATED:
		return used > alloc ? SCORE_MAX : percent_left(used, alloc);
	case FIT_RATIO:
		/* 1.20 takes it from what is left, so it rounds up (table 0.1). */
		if (c->kubernetes <= 20)
			return shape(c->config, used > alloc ? 100 : 100 - percent_left(alloc - used, alloc));
		return shape(c->config, used > alloc ? 100 : percent_left(used, alloc));
	}
	return 0;
}

static void score_general(struct sched_call *c, int64_t raw[])
{
	const struct sched_config *config = c->config;
	const struct sched_resource *r = config->fit_count > 0 ? config->fit : cpu_and_memory;
	uint32_t count = config->fit_count > 0 ? config->fit_count : 2;
	bool ratio = config->strategy == FIT_RATIO;

	for (uint32_t k = 0; k < c->count; k++) {
		int64_t sum = 0, weights = 0;

		for (uint32_t i = 0; i < count; i++) {
			int64_t alloc = 0, used = 0, one;

			usage(c, c->node[k], &r[i], &alloc, &used);
			/* 1.20 counts a resource the node has none of, as 0 (table 0.1). */
			if (alloc == 0 && c->kubernetes <= 20 && r[i].kind != SCHED_SCALAR && !ratio)
				weights += r[i].weight;
			if (alloc == 0)
				continue;
			one = one_score(c, alloc, used);
			/* A resource whose shape gives nothing is left out altogether. */
			if (ratio && one <= 0)
				continue;
			sum += one * r[i].weight;
			weights += r[i].weight;
		}
		raw[k] = weights == 0 ? 0 : ratio ? (int64_t)round((double)sum / (double)weights) : sum / weights;
	}
}

/* LeastAllocated over cpu and memory, weights 1 and 1. A resource the node has none of is left out, but counts as 0
 * in 1.20. */
static void score(struct sched_call *c, int64_t raw[])
{
	const struct node_view *v = &c->view->nodes;
	const bool old = c->kubernetes <= 20;
	int64_t cpu, mem;

	if (c->config->fit_count > 0 || c->config->strategy != FIT_LEAST_ALLOCATED) {
		score_general(c, raw);
		return;
	}
	pod_amounts(c, &cpu, &mem);
	for (uint32_t k = 0; k < c->count; k++) {
		uint32_t n = c->node[k];
		int64_t sum = least_allocated(v->cpu_alloc[n], v->score_cpu_used[n], cpu) +
			      least_allocated(v->mem_alloc[n], v->score_mem_used[n], mem);
		bool both = old || (v->cpu_alloc[n] != 0 && v->mem_alloc[n] != 0);

		raw[k] = both ? sum / 2 : sum;
	}
}

/* A new node helps when the pod would fit it while it is empty. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	const struct node_view *v = &c->view->nodes;
	const struct resources *r = &c->pod->spec->request;
	uint32_t n = e->node;

	if (v->pods_alloc[n] < 1 || r->cpu_milli > v->cpu_alloc[n] || r->mem_bytes > v->mem_alloc[n] ||
	    r->disk_bytes > v->disk_alloc[n])
		return false;
	for (uint32_t i = 0; i < r->scalar_count; i++) {
		int64_t alloc, used;

		sched_scalar(&v->row[n], r->scalar[i].name, &alloc, &used);
		if (r->scalar[i].value > alloc && !is_ignored(c, r->scalar[i].name))
			return false;
	}
	return true;
}

const struct sched_plugin sched_node_resources_fit = {
	.info = {"NodeResourcesFit",
		 "Lets a pod fit where its requests are free; prefers nodes with more left (LeastAllocated)."},
	.state_size = sizeof(struct state),
	.events = SCHED_POD_DELETE | SCHED_NODE_ADD,
	.hinted = SCHED_NODE_ADD,
	.hint = hint,
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.score = score,
};
