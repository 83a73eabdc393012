/* sched_groups.c - pods by template, so that a selector is asked once for all pods that are alike. */
#include "models/sched_match.h"

/* Mixes the addresses that a template is known by; they choose a slot and never the order of anything. */
static uint32_t slot_of(const struct sched_groups *g, const struct pod *p)
{
	uint64_t h = (uint64_t)(uintptr_t)p->labels * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (uint64_t)(uintptr_t)p->spec ^ p->namespace) * UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(h >> 32) & (g->slots - 1);
}

static bool is_of(const struct sched_group *g, const struct pod *p)
{
	return g->labels == p->labels && g->spec == p->spec && g->namespace == p->namespace;
}

/* Twice the slots, and every group in its place. */
static void rehash(struct sched_groups *g, struct arena *a)
{
	g->slots = g->slots == 0 ? 64 : 2 * g->slots;
	g->slot = ARENA_NEW(a, g->slots, uint32_t);
	for (uint32_t i = 0; i < g->count; i++) {
		const struct pod like = {
			.labels = g->item[i].labels, .spec = g->item[i].spec, .namespace = g->item[i].namespace};
		uint32_t at = slot_of(g, &like);

		while (g->slot[at] != 0)
			at = (at + 1) & (g->slots - 1);
		g->slot[at] = i + 1;
	}
}

static struct sched_group *group_of(struct sched_groups *g, struct arena *a, const struct pod *p)
{
	uint32_t at;

	if (2 * g->count >= g->slots)
		rehash(g, a);
	for (at = slot_of(g, p); g->slot[at] != 0; at = (at + 1) & (g->slots - 1))
		if (is_of(&g->item[g->slot[at] - 1], p))
			return &g->item[g->slot[at] - 1];
	ARENA_RESERVE(a, g->item, g->capacity, g->count + 1, struct sched_group);
	g->item[g->count] = (struct sched_group){p->labels, p->spec, p->namespace, NONE};
	g->slot[at] = g->count + 1;
	return &g->item[g->count++];
}

static bool bears_terms(const struct pod_spec *s)
{
	return s->affinity_count + s->affinity_preferred_count + s->anti_count + s->anti_preferred_count > 0;
}

void sched_groups_add(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row)
{
	uint32_t had = g->count;
	struct sched_group *of = group_of(g, a, p);

	ARENA_RESERVE(a, g->next, g->next_capacity, row + 1, uint32_t);
	g->next[row] = of->first;
	of->first = row;
	if (g->count == had || !bears_terms(p->spec))
		return;
	ARENA_RESERVE(a, g->bearer, g->bearer_capacity, g->bearers + 1, uint32_t);
	g->bearer[g->bearers++] = g->count - 1;
	g->anti += p->spec->anti_count > 0;
}

uint32_t sched_group_step(const struct sched_call *c, uint32_t **link, uint32_t *node)
{
	struct sched_groups *g = &c->shared->groups;

	while (**link != NONE) {
		uint32_t row = **link;
		const struct pod *p = &c->view->pod[row];

		if (!p->exists || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED) {
			/* It is gone for ever. */
			**link = g->next[row];
			continue;
		}
		*link = &g->next[row];
		*node = p->node != NONE ? p->node : c->assumed_on[row];
		if (*node != NONE)
			return row;
	}
	return NONE;
}

const struct labels *sched_groups_move(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row)
{
	for (uint32_t i = 0; i < g->count; i++)
		for (uint32_t *link = &g->item[i].first; *link != NONE; link = &g->next[*link]) {
			const struct labels *was = g->item[i].labels;

			if (*link != row)
				continue;
			*link = g->next[row];
			sched_groups_add(g, a, p, row);
			return was;
		}
	return NULL;
}
