/* sched_framework.c - what a scheduler keeps between its cycles: plugins, order of nodes, assumed and nominated pods.
 */
#include "models/sched_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* ---- the node tree (1.3) ---- */

/* The list: node 0 of every zone, node 1 of every zone, ... without exhausted zones; zones in the order of their
 * arrival, nodes of a zone in that of theirs. */
static void list_tree(struct sched_framework *fw)
{
	const struct view *v = &fw->world->cluster.view;
	struct arena scratch = {0};
	uint32_t n = fw->node_count, zones = fw->tree_zones, placed = 0;
	uint32_t *place = ARENA_NEW(&scratch, v->zone_count, uint32_t), *by_zone = ARENA_NEW(&scratch, n, uint32_t);
	uint32_t *start = ARENA_NEW(&scratch, zones + 1, uint32_t), *next = ARENA_NEW(&scratch, zones, uint32_t);
	uint32_t *live = ARENA_NEW(&scratch, zones, uint32_t);

	for (uint32_t k = 0; k < zones; k++)
		place[fw->tree_zone[k]] = k;
	for (uint32_t i = 0; i < n; i++)
		start[place[fw->in_zone[fw->tree[i]]] + 1]++;
	for (uint32_t k = 0; k < zones; k++) {
		start[k + 1] += start[k];
		next[k] = start[k];
		live[k] = k;
	}
	for (uint32_t i = 0; i < n; i++)
		by_zone[next[place[fw->in_zone[fw->tree[i]]]]++] = fw->tree[i];
	if (zones > 0)
		memcpy(next, start, zones * sizeof(*next));
	while (placed < n) {
		uint32_t left = 0;

		for (uint32_t k = 0; k < zones; k++) {
			uint32_t z = live[k];

			if (next[z] == start[z + 1])
				continue;
			fw->order[placed++] = by_zone[next[z]++];
			live[left++] = z;
		}
		zones = left;
	}
	arena_release(&scratch);
}

static void tree_add(struct sched_framework *fw, uint32_t node)
{
	uint32_t zone = fw->world->cluster.node[node].zone, k = 0;

	while (k < fw->tree_zones && fw->tree_zone[k] != zone)
		k++;
	if (k == fw->tree_zones) {
		ARENA_RESERVE(&fw->world->run->arena, fw->tree_zone, fw->tree_zone_capacity, k + 1, uint32_t);
		fw->tree_zone[fw->tree_zones++] = zone;
	}
	fw->in_zone[node] = zone;
	fw->tree[fw->node_count++] = node;
}

static void tree_remove(struct sched_framework *fw, uint32_t node)
{
	uint32_t zone = fw->in_zone[node], kept = 0, others = 0;

	for (uint32_t i = 0; i < fw->node_count; i++) {
		others += fw->tree[i] != node && fw->in_zone[fw->tree[i]] == zone;
		if (fw->tree[i] != node)
			fw->tree[kept++] = fw->tree[i];
	}
	fw->node_count = kept;
	fw->in_zone[node] = NONE;
	kept = 0;
	for (uint32_t k = 0; k < fw->tree_zones && others == 0; k++)
		if (fw->tree_zone[k] != zone)
			fw->tree_zone[kept++] = fw->tree_zone[k];
	fw->tree_zones = others == 0 ? kept : fw->tree_zones;
}

void framework_node_changed(struct sched_framework *fw, uint32_t node)
{
	const struct node *n = &fw->world->cluster.node[node];

	fw->shared.generation++;
	if (fw->in_zone[node] == (n->exists ? n->zone : NONE))
		return;
	if (fw->in_zone[node] != NONE)
		tree_remove(fw, node);
	if (n->exists)
		tree_add(fw, node);
	list_tree(fw);
}

/* The list of a new process: nodes in the order of their rows. */
static void init_order(struct sched_framework *fw)
{
	fw->node_count = fw->tree_zones = 0;
	for (uint32_t i = 0; i < fw->rows; i++) {
		fw->in_zone[i] = NONE;
		if (fw->world->cluster.node[i].exists)
			tree_add(fw, i);
	}
	fw->shared.generation++;
	list_tree(fw);
}

/* A plugin's stream is told by its name, so that another plugin shifts nothing: FNV-1a. */
static uint32_t hash_of(const char *name)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * UINT32_C(16777619);
	return h;
}

static void init_slots(struct sched_framework *fw)
{
	size_t offset[SCHED_PLUGINS_MAX] = {0};

	for (const struct sched_plugin *const *p = sched_plugins; *p != NULL; p++) {
		assert(fw->slots < SCHED_PLUGINS_MAX);
		offset[fw->slots] = fw->state_size;
		fw->state_size += ((*p)->state_size + 15) / 16 * 16;
		fw->slot[fw->slots++] = (struct sched_slot){
			.plugin = *p, .rng = run_stream(fw->world->run, STREAM_SCHED_PLUGIN, hash_of((*p)->info.name))};
	}
	fw->state = arena_alloc(&fw->world->run->arena, fw->state_size, 1, 16);
	for (uint32_t i = 0; i < fw->slots; i++)
		fw->slot[i].call = (struct sched_call){
			.view = &fw->world->cluster.view,
			.kubernetes = fw->kubernetes,
			.state = fw->state + offset[i],
			.first_assumed = fw->first_assumed,
			.shared = &fw->shared,
			.rng = &fw->slot[i].rng,
		};
}

/* Without a configuration one profile takes every pod. */
static void init_profiles(struct sched_framework *fw)
{
	fw->scheduling = fw->world->scenario->scheduling;
	if (fw->scheduling.count > 0)
		return;
	sched_profile_default(&fw->own, fw->kubernetes);
	fw->scheduling = (struct scheduling){.profile = &fw->own, .count = 1};
}

const struct sched_profile *framework_profile(const struct sched_framework *fw, uint32_t pod)
{
	const struct scheduling *s = &fw->scheduling;
	uint32_t name = fw->world->cluster.pod[pod].spec->scheduler_name;

	if (s->profile == &fw->own)
		return s->profile;
	if (name == s->default_name)
		return s->by_default < s->count ? &s->profile[s->by_default] : NULL;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->profile[i].name == name)
			return &s->profile[i];
	return NULL;
}

void framework_prepare(struct sched_framework *fw, uint32_t pod)
{
	const struct sched_profile *profile = framework_profile(fw, pod);

	memset(fw->state, 0, fw->state_size);
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_call *c = &fw->slot[i].call;

		c->pod = &fw->world->cluster.pod[pod];
		c->pod_row = pod;
		c->next_assumed = fw->next_assumed;
		c->assumed_on = fw->assumed_on;
		c->config = &profile->config;
	}
	fw->profile = profile;
}

void framework_init(struct sched_framework *fw, struct world *w)
{
	struct arena *a = &w->run->arena;
	uint32_t n = w->cluster.node_count;

	*fw = (struct sched_framework){.world = w,
				       .kubernetes = w->scenario->kubernetes,
				       .rows = n,
				       .last_pod = NONE,
				       .whole_by = NONE,
				       .lowest_priority = INT32_MAX};
	fw->pick = run_stream(w->run, STREAM_SCHEDULER, 0);
	fw->order = ARENA_NEW(a, n, uint32_t);
	fw->tree = ARENA_NEW(a, n, uint32_t);
	fw->in_zone = ARENA_NEW(a, n, uint32_t);
	fw->set = ARENA_NEW(a, n, uint32_t);
	fw->feasible = ARENA_NEW(a, n, uint32_t);
	fw->rejected = ARENA_NEW(a, n, uint32_t);
	fw->why = ARENA_NEW(a, n, const char *);
	fw->rejected_by = ARENA_NEW(a, n, uint8_t);
	fw->rejected_status = ARENA_NEW(a, n, uint8_t);
	fw->total = ARENA_NEW(a, n, int64_t);
	fw->raw = ARENA_NEW(a, n, int64_t);
	fw->first_assumed = ARENA_NEW(a, n, uint32_t);
	for (uint32_t i = 0; i < n; i++)
		fw->first_assumed[i] = NONE;
	init_order(fw);
	fw->shared.arena = a;
	fw->shared.groups.nodes = n;
	fw->shared.moved = &w->cluster.moved;
	for (uint32_t i = 0; i < n; i++)
		fw->shared.has_images |= w->cluster.node[i].object->sized_count > 0;
	init_profiles(fw);
	init_slots(fw);
	framework_reserve(fw);
}

void framework_reserve(struct sched_framework *fw)
{
	struct arena *a = &fw->world->run->arena;
	uint32_t had = fw->assumed_capacity;

	ARENA_RESERVE(a, fw->next_assumed, fw->assumed_capacity, fw->world->cluster.pod_count, uint32_t);
	ARENA_RESERVE(a, fw->assumed_on, fw->assumed_on_capacity, fw->world->cluster.pod_count, uint32_t);
	for (uint32_t i = had; i < fw->assumed_capacity; i++)
		fw->next_assumed[i] = fw->assumed_on[i] = NONE;
	for (; fw->pods_seen < fw->world->cluster.pod_count; fw->pods_seen++) {
		const struct pod *p = &fw->world->cluster.pod[fw->pods_seen];

		fw->lowest_priority = p->spec->priority < fw->lowest_priority ? p->spec->priority : fw->lowest_priority;
		sched_groups_add(&fw->shared.groups, a, p, fw->pods_seen);
		if (p->node != NONE)
			cluster_pod_moved(&fw->world->cluster, fw->pods_seen);
	}
}

void framework_reset(struct sched_framework *fw)
{
	fw->next_start = 0;
	fw->last_pod = NONE;
	init_order(fw);
}

void framework_assumed_add(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	fw->assumed_on[pod] = node;
	fw->next_assumed[pod] = fw->first_assumed[node];
	fw->first_assumed[node] = pod;
	cluster_pod_moved(&fw->world->cluster, pod);
}

void framework_assumed_remove(struct sched_framework *fw, uint32_t pod)
{
	uint32_t *link = &fw->first_assumed[fw->assumed_on[pod]];

	while (*link != pod)
		link = &fw->next_assumed[*link];
	*link = fw->next_assumed[pod];
	fw->next_assumed[pod] = fw->assumed_on[pod] = NONE;
	cluster_pod_moved(&fw->world->cluster, pod);
}

/* ---- nominated pods ---- */

void framework_nominate(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	framework_denominate(fw, pod);
	ARENA_RESERVE(&fw->world->run->arena, fw->nomination, fw->nomination_capacity, fw->nominations + 1,
		      struct sched_nomination);
	fw->nomination[fw->nominations++] = (struct sched_nomination){pod, node};
}

void framework_denominate(struct sched_framework *fw, uint32_t pod)
{
	for (uint32_t i = 0; i < fw->nominations; i++) {
		if (fw->nomination[i].pod != pod)
			continue;
		fw->nominations--;
		memmove(&fw->nomination[i], &fw->nomination[i + 1], (fw->nominations - i) * sizeof(fw->nomination[0]));
		return;
	}
}

uint32_t framework_nominated(const struct sched_framework *fw, uint32_t pod)
{
	for (uint32_t i = 0; i < fw->nominations; i++)
		if (fw->nomination[i].pod == pod)
			return fw->nomination[i].node;
	return NONE;
}
