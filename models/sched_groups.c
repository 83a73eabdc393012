/* sched_groups.c - pods by template, so that a selector is asked once for all pods that are alike; and how many of a
 * large group each node has, kept as pods move, so that counting them costs what nodes cost and not what pods do. */
#include "models/sched_match.h"

#include <assert.h>

#include "models/cluster.h"

/* From so many pods ever added on, and as many as a quarter of the nodes, a group counts by node: then that is quicker
 * than a walk over its pods, and what all counts of a run take is at most 16 bytes a pod. */
#define LARGE 64
#define NODES_PER_POD 4

/* Mixes the addresses that a template is known by; they choose a slot and never the order of anything. */
static uint32_t slot_of(const struct sched_groups *g, const struct pod *p)
{
	uint64_t h = (uint64_t)(uintptr_t)p->labels * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (uint64_t)(uintptr_t)p->spec ^ p->namespace ^ (uint64_t)p->workload << 32) *
	    UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(h >> 32) & (g->slots - 1);
}

static bool is_of(const struct sched_group *g, const struct pod *p)
{
	return g->labels == p->labels && g->spec == p->spec && g->namespace == p->namespace &&
	       g->workload == p->workload;
}

/* Twice the slots, and every group in its place. */
static void rehash(struct sched_groups *g, struct arena *a)
{
	g->slots = g->slots == 0 ? 64 : 2 * g->slots;
	g->slot = ARENA_NEW(a, g->slots, uint32_t);
	for (uint32_t i = 0; i < g->count; i++) {
		const struct pod like = {.labels = g->item[i].labels,
					 .spec = g->item[i].spec,
					 .namespace = g->item[i].namespace,
					 .workload = g->item[i].workload};
		uint32_t at = slot_of(g, &like);

		while (g->slot[at] != 0)
			at = (at + 1) & (g->slots - 1);
		g->slot[at] = i + 1;
	}
}

static void link_to_workload(struct sched_groups *g, struct arena *a, uint32_t group)
{
	struct sched_group *x = &g->item[group];

	if (x->workload == NONE)
		return;
	ARENA_RESERVE(a, g->of_workload, g->of_workload_capacity, x->workload + 1, uint32_t);
	x->next_of_workload = g->of_workload[x->workload];
	g->of_workload[x->workload] = group + 1;
}

static uint32_t group_of(struct sched_groups *g, struct arena *a, const struct pod *p)
{
	uint32_t at;

	if (2 * g->count >= g->slots)
		rehash(g, a);
	for (at = slot_of(g, p); g->slot[at] != 0; at = (at + 1) & (g->slots - 1))
		if (is_of(&g->item[g->slot[at] - 1], p))
			return g->slot[at] - 1;
	ARENA_RESERVE(a, g->item, g->capacity, g->count + 1, struct sched_group);
	g->item[g->count] = (struct sched_group){.labels = p->labels,
						 .spec = p->spec,
						 .namespace = p->namespace,
						 .workload = p->workload,
						 .first = NONE};
	g->slot[at] = g->count + 1;
	link_to_workload(g, a, g->count);
	return g->count++;
}

static bool bears_terms(const struct pod_spec *s)
{
	return s->affinity_count + s->affinity_preferred_count + s->anti_count + s->anti_preferred_count > 0;
}

static void note_terms(struct sched_groups *g, struct arena *a, uint32_t group)
{
	const struct pod_spec *spec = g->item[group].spec;

	if (!bears_terms(spec))
		return;
	ARENA_RESERVE(a, g->bearer, g->bearer_capacity, g->bearers + 1, uint32_t);
	g->bearer[g->bearers++] = group;
	g->anti += spec->anti_count > 0;
}

static void count_nodes(struct sched_groups *g, struct arena *a, struct sched_group *x)
{
	x->on_node = ARENA_NEW(a, g->nodes, int32_t);
	for (uint32_t row = x->first; row != NONE; row = g->next[row])
		if (g->counted[row] != NONE)
			x->on_node[g->counted[row]]++;
}

static void join(struct sched_groups *g, uint32_t group, uint32_t row)
{
	g->of[row] = group;
	g->next[row] = g->item[group].first;
	g->item[group].first = row;
}

static void enter(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row)
{
	const uint32_t had = g->count, group = group_of(g, a, p);
	struct sched_group *x = &g->item[group];

	g->counted[row] = NONE;
	join(g, group, row);
	if (g->count > had)
		note_terms(g, a, group);
	x->added++;
	if (x->on_node == NULL && x->added >= LARGE && x->added >= g->nodes / NODES_PER_POD)
		count_nodes(g, a, x);
}

void sched_groups_add(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row)
{
	assert(row == g->pods);
	ARENA_RESERVE(a, g->next, g->next_capacity, row + 1, uint32_t);
	ARENA_RESERVE(a, g->of, g->of_capacity, row + 1, uint32_t);
	ARENA_RESERVE(a, g->counted, g->counted_capacity, row + 1, uint32_t);
	g->pods++;
	enter(g, a, p, row);
}

uint32_t sched_group_step(const struct sched_call *c, uint32_t **link, uint32_t *node)
{
	struct sched_groups *g = &c->shared->groups;

	while (**link != NONE) {
		uint32_t row = **link;
		const struct pod *p = &c->view->pod[row];

		if (!p->exists || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED) {
			/* It has ended; a static pod may begin anew. */
			**link = g->next[row];
			g->next[row] = row;
			continue;
		}
		*link = &g->next[row];
		*node = p->node != NONE ? p->node : c->assumed_on[row];
		if (*node != NONE)
			return row;
	}
	return NONE;
}

static void count(struct sched_groups *g, uint32_t row, uint32_t node)
{
	struct sched_group *x = &g->item[g->of[row]];

	if (x->on_node != NULL && g->counted[row] != NONE)
		x->on_node[g->counted[row]]--;
	if (x->on_node != NULL && node != NONE)
		x->on_node[node]++;
	g->counted[row] = node;
}

const struct labels *sched_groups_move(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row)
{
	if (row >= g->pods || g->next[row] == row)
		return NULL;
	const struct labels *was = g->item[g->of[row]].labels;
	uint32_t *link = &g->item[g->of[row]].first;

	count(g, row, NONE);
	while (*link != row)
		link = &g->next[*link];
	*link = g->next[row];
	enter(g, a, p, row);
	return was;
}

#ifdef NODEFALL_CHECK
static void check(const struct sched_call *c)
{
	const struct sched_groups *g = &c->shared->groups;

	for (uint32_t i = 0; i < g->count; i++) {
		int64_t all = 0, on = 0;

		for (uint32_t n = 0; g->item[i].on_node != NULL && n < g->nodes; n++)
			all += g->item[i].on_node[n];
		for (uint32_t row = g->item[i].first; row != NONE; row = g->next[row]) {
			const uint32_t node = c->view->pod[row].deleting ? NONE : sched_place(c, row);

			assert(g->counted[row] == node);
			on += node != NONE;
		}
		assert(g->item[i].on_node == NULL || all == on);
	}
}
#endif

static void look_at(struct sched_call *c, uint32_t row)
{
	struct sched_groups *g = &c->shared->groups;
	const struct pod *p = &c->view->pod[row];
	const uint32_t node = p->deleting ? NONE : sched_place(c, row);

	if (node != NONE && g->next[row] == row)
		join(g, g->of[row], row);
	if (node != NONE && g->item[g->of[row]].workload != p->workload)
		sched_groups_move(g, c->shared->arena, p, row);
	count(g, row, node);
}

void sched_groups_catch_up(struct sched_call *c)
{
	struct moved_pods *m = c->shared->moved;
	struct sched_groups *g = &c->shared->groups;

	for (uint32_t row = 0; m->reader != g && row < g->pods; row++)
		look_at(c, row);
	m->reader = g;
	for (uint32_t i = 0; i < m->count; i++) {
		m->listed[m->row[i]] = false;
		/* A pod that is not known yet is listed again when it is added. */
		if (m->row[i] < g->pods)
			look_at(c, m->row[i]);
	}
	m->count = 0;
#ifdef NODEFALL_CHECK
	check(c);
#endif
}
