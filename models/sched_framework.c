/* sched_framework.c - one scheduling cycle: which nodes are looked at, which fit, which is best; kube-scheduler.md
 * section 1. */
#include "models/sched_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* The node tree's list: node 0 of every zone, node 1 of every zone, ... without exhausted zones (1.3). */
static void init_order(struct sched_framework *fw)
{
	const struct view *v = &fw->world->cluster.view;
	struct arena *a = &fw->world->run->arena;
	uint32_t n = fw->node_count, zones = v->zone_count, placed = 0;
	uint32_t *start = ARENA_NEW(a, zones + 1, uint32_t), *next = ARENA_NEW(a, zones, uint32_t);
	uint32_t *by_zone = ARENA_NEW(a, n, uint32_t), *live = ARENA_NEW(a, zones, uint32_t);

	for (uint32_t i = 0; i < n; i++)
		start[v->nodes.row[i].zone + 1]++;
	for (uint32_t z = 0; z < zones; z++) {
		start[z + 1] += start[z];
		next[z] = start[z];
		live[z] = z;
	}
	for (uint32_t i = 0; i < n; i++)
		by_zone[next[v->nodes.row[i].zone]++] = i;
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
}

static void init_slots(struct sched_framework *fw)
{
	size_t offset[SCHED_PLUGINS_MAX] = {0};

	for (const struct sched_entry *e = sched_profile; e->name != NULL; e++) {
		const struct sched_plugin *p = sched_plugin_find(e->name);

		if (p == NULL)
			continue;
		assert(fw->slots < SCHED_PLUGINS_MAX);
		offset[fw->slots] = fw->state_size;
		fw->state_size += (p->state_size + 15) / 16 * 16;
		fw->slot[fw->slots++] = (struct sched_slot){.plugin = p, .entry = e};
	}
	fw->state = arena_alloc(&fw->world->run->arena, fw->state_size, 1, 16);
	for (uint32_t i = 0; i < fw->slots; i++)
		fw->slot[i].call = (struct sched_call){
			.view = &fw->world->cluster.view,
			.kubernetes = fw->kubernetes,
			.state = fw->state + offset[i],
			.first_assumed = fw->first_assumed,
			.config = fw->config,
			.shared = &fw->shared,
		};
}

void framework_configure(struct sched_framework *fw, const struct sched_config *config)
{
	fw->config = config;
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_slot *s = &fw->slot[i];
		uint32_t row = (uint32_t)(s->entry - sched_profile);

		s->call.config = config;
		s->filters = s->plugin->filter != NULL && !(config->filters_off >> row & 1);
		s->weight = config->weight[row] != 0 ? config->weight[row] : sched_weight(s->entry, fw->kubernetes);
		if (config->scores_off >> row & 1)
			s->weight = 0;
	}
}

void framework_init(struct sched_framework *fw, struct world *w)
{
	struct arena *a = &w->run->arena;
	uint32_t n = w->cluster.node_count;

	*fw = (struct sched_framework){.world = w,
				       .kubernetes = w->scenario->kubernetes,
				       .node_count = n,
				       .last_pod = NONE,
				       .set_by = NONE,
				       .lowest_priority = INT32_MAX};
	fw->pick = run_stream(w->run, STREAM_SCHEDULER, 0);
	fw->order = ARENA_NEW(a, n, uint32_t);
	fw->set = ARENA_NEW(a, n, uint32_t);
	fw->feasible = ARENA_NEW(a, n, uint32_t);
	fw->rejected = ARENA_NEW(a, n, uint32_t);
	fw->rejected_by = ARENA_NEW(a, n, uint8_t);
	fw->rejected_status = ARENA_NEW(a, n, uint8_t);
	fw->total = ARENA_NEW(a, n, int64_t);
	fw->raw = ARENA_NEW(a, n, int64_t);
	fw->first_assumed = ARENA_NEW(a, n, uint32_t);
	for (uint32_t i = 0; i < n; i++)
		fw->first_assumed[i] = NONE;
	init_order(fw);
	fw->shared.arena = a;
	for (uint32_t i = 0; i < n; i++)
		fw->shared.has_images |= w->cluster.node[i].object->sized_count > 0;
	fw->config = &sched_config_default;
	init_slots(fw);
	framework_configure(fw, fw->config);
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
		const struct pod_spec *spec = fw->world->cluster.pod[fw->pods_seen].spec;
		struct sched_shared *sh = &fw->shared;

		fw->lowest_priority = spec->priority < fw->lowest_priority ? spec->priority : fw->lowest_priority;
		sh->anti += spec->anti_count > 0;
		if (spec->affinity_count + spec->affinity_preferred_count + spec->anti_count +
			    spec->anti_preferred_count ==
		    0)
			continue;
		ARENA_RESERVE(a, sh->bearer, sh->bearer_capacity, sh->bearers + 1, uint32_t);
		sh->bearer[sh->bearers++] = fw->pods_seen;
	}
}

void framework_reset(struct sched_framework *fw)
{
	fw->next_start = 0;
	fw->last_pod = NONE;
}

void framework_assumed_add(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	fw->assumed_on[pod] = node;
	fw->next_assumed[pod] = fw->first_assumed[node];
	fw->first_assumed[node] = pod;
}

void framework_assumed_remove(struct sched_framework *fw, uint32_t pod)
{
	uint32_t *link = &fw->first_assumed[fw->assumed_on[pod]];

	while (*link != pod)
		link = &fw->next_assumed[*link];
	*link = fw->next_assumed[pod];
	fw->next_assumed[pod] = fw->assumed_on[pod] = NONE;
}

uint32_t framework_wakes(const struct sched_framework *fw, uint8_t wakes)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < fw->slots; i++)
		if (fw->slot[i].entry->wakes & wakes)
			mask |= UINT32_C(1) << i;
	return mask;
}

/* ---- filter ---- */

static void prepare(struct sched_framework *fw, uint32_t pod)
{
	memset(fw->state, 0, fw->state_size);
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_call *c = &fw->slot[i].call;

		c->pod = &fw->world->cluster.pod[pod];
		c->pod_row = pod;
		c->next_assumed = fw->next_assumed;
		c->assumed_on = fw->assumed_on;
	}
}

bool framework_accepts(struct sched_framework *fw, uint32_t pod, uint32_t node, uint32_t slots)
{
	prepare(fw, pod);
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_slot *s = &fw->slot[i];

		if ((slots >> i & 1) == 0 || !s->filters)
			continue;
		if ((s->plugin->pre_filter != NULL && !s->plugin->pre_filter(&s->call)) ||
		    s->plugin->filter(&s->call, node) == SCHED_OK)
			return true;
	}
	return false;
}

/* The filters that PreFilter did not skip, packed for the loop over nodes. */
struct filters {
	struct {
		enum sched_status (*run)(struct sched_call *c, uint32_t node);
		struct sched_call *call;
		uint32_t slot;
	} of[SCHED_PLUGINS_MAX];
	uint32_t count;
	const uint32_t *list; /* nodes to search */
	uint32_t nodes;
};

/* set: room for the rows of a node set, or NULL when the nodes to look at are known. */
static void run_pre_filters(struct sched_framework *fw, struct filters *f, uint32_t *set)
{
	f->list = fw->order;
	f->nodes = fw->node_count;
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_slot *s = &fw->slot[i];

		if (s->plugin->filter == NULL)
			continue;
		if (s->plugin->pre_filter != NULL && !s->plugin->pre_filter(&s->call))
			continue;
		if (s->filters) {
			f->of[f->count].run = s->plugin->filter;
			f->of[f->count].call = &s->call;
			f->of[f->count++].slot = i;
		}
		if (s->plugin->node_set != NULL && set != NULL) {
			uint32_t n = s->plugin->node_set(&s->call, set);

			if (n == NONE)
				continue;
			fw->set_by = i;
			f->list = set;
			f->nodes = n;
		}
	}
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* While the state that led to the rejection still holds. */
static void record_reasons(struct sched_framework *fw, struct sched_slot *s, uint32_t node)
{
	char reason[16][SCHED_REASON_MAX];
	uint32_t n = s->plugin->reasons(&s->call, node, reason);
	struct text out;

	qsort(reason, n, sizeof(reason[0]), compare_texts);
	text_init(&out, fw->record->arena);
	for (uint32_t i = 0; i < n; i++) {
		text_add(&out, i == 0 ? "[" : ", ");
		text_add_json(&out, reason[i]);
	}
	text_add(&out, n == 0 ? "[]" : "]");
	fw->record->reasons[node] = out.data;
}

/* The first filter that rejects node, or NULL. */
static struct sched_slot *first_rejection(struct sched_framework *fw, const struct filters *f, uint32_t node,
					  enum sched_status *status)
{
	for (uint32_t k = 0; k < f->count; k++) {
		*status = f->of[k].run(f->of[k].call, node);
		if (*status == SCHED_OK)
			continue;
		if (fw->record != NULL)
			record_reasons(fw, &fw->slot[f->of[k].slot], node);
		return &fw->slot[f->of[k].slot];
	}
	return NULL;
}

/* Adds (sign 1) or takes back the pods nominated to node that pod must respect; returns whether there are any (1.4). */
static bool count_nominated(struct sched_framework *fw, uint32_t pod, uint32_t node, int sign)
{
	struct cluster *c = &fw->world->cluster;
	bool any = false;

	for (uint32_t i = 0; i < fw->nominations; i++) {
		const struct sched_nomination *n = &fw->nomination[i];

		if (n->node != node || n->pod == pod || !c->pod[n->pod].exists || c->pod[n->pod].node != NONE ||
		    c->pod[n->pod].spec->priority < c->pod[pod].spec->priority)
			continue;
		any = true;
		cluster_count(c, n->pod, node, sign);
		if (sign > 0)
			framework_assumed_add(fw, n->pod, node);
		else
			framework_assumed_remove(fw, n->pod);
	}
	return any;
}

static struct sched_slot *reject(struct sched_framework *fw, const struct filters *f, uint32_t pod, uint32_t node,
				 enum sched_status *status)
{
	struct sched_slot *by;

	if (fw->nominations == 0 || !count_nominated(fw, pod, node, 1))
		return first_rejection(fw, f, node, status);
	struct filters with = {.count = 0};

	prepare(fw, pod);
	run_pre_filters(fw, &with, NULL);
	by = first_rejection(fw, &with, node, status);
	count_nominated(fw, pod, node, -1);
	with.count = 0;
	prepare(fw, pod);
	run_pre_filters(fw, &with, NULL);
	return by != NULL ? by : first_rejection(fw, f, node, status);
}

/* Whether node passes; records the first plugin that rejects it. */
static bool passes(struct sched_framework *fw, const struct filters *f, uint32_t pod, uint32_t node)
{
	enum sched_status status = SCHED_OK;
	struct sched_slot *by = reject(fw, f, pod, node, &status);

	if (by == NULL)
		return true;
	fw->rejected[fw->rejected_count] = node;
	fw->rejected_by[fw->rejected_count] = (uint8_t)(by - fw->slot);
	fw->rejected_status[fw->rejected_count++] = (uint8_t)status;
	fw->rejectors |= UINT32_C(1) << (by - fw->slot);
	return false;
}

bool framework_fits(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	struct sched_record *record = fw->record;
	enum sched_status status;
	struct filters f = {.count = 0};
	bool fits;

	fw->record = NULL;
	prepare(fw, pod);
	run_pre_filters(fw, &f, NULL);
	fits = reject(fw, &f, pod, node, &status) == NULL;
	fw->record = record;
	return fits;
}

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

/* Visits nodes one after the other; the feasible node beyond the limit ends the search and is discarded (1.4). */
static void find_feasible(struct sched_framework *fw, const struct filters *f, uint32_t pod)
{
	int64_t percent = fw->record != NULL ? 100 : fw->world->scenario->timers.percentage_of_nodes_to_score;
	uint32_t limit = sched_node_limit(f->nodes, percent);
	uint32_t at;

	if (f->nodes == 0)
		return;
	at = fw->next_start % f->nodes;
	for (uint32_t i = 0; i < f->nodes; i++) {
		uint32_t node = f->list[at];

		at = at + 1 == f->nodes ? 0 : at + 1;
		if (!passes(fw, f, pod, node))
			continue;
		if (fw->feasible_count == limit)
			break;
		fw->feasible[fw->feasible_count++] = node;
	}
	fw->next_start =
		(uint32_t)(((uint64_t)fw->next_start + fw->feasible_count + fw->rejected_count) % fw->node_count);
}

/* ---- score ---- */

static void record_scores(struct sched_framework *fw, uint32_t slot, bool raw)
{
	if (fw->record == NULL)
		return;
	fw->record->scored |= UINT32_C(1) << slot;
	for (uint32_t k = 0; k < fw->feasible_count; k++)
		(raw ? fw->record->raw : fw->record->norm)[slot * fw->node_count + fw->feasible[k]] = fw->raw[k];
}

static void score(struct sched_framework *fw)
{
	uint32_t n = fw->feasible_count;

	memset(fw->total, 0, n * sizeof(*fw->total));
	for (uint32_t i = 0; i < fw->slots; i++) {
		struct sched_slot *s = &fw->slot[i];

		if (s->plugin->score == NULL || s->weight == 0)
			continue;
		s->call.node = fw->feasible;
		s->call.count = n;
		if (s->plugin->pre_score != NULL && !s->plugin->pre_score(&s->call))
			continue;
		s->plugin->score(&s->call, fw->raw);
		record_scores(fw, i, true);
		if (s->plugin->normalize != NULL)
			s->plugin->normalize(&s->call, fw->raw);
		record_scores(fw, i, false);
		uint64_t largest = 0; /* or more; a negative score is a huge number here */
		for (uint32_t k = 0; k < n; k++) {
			largest |= (uint64_t)fw->raw[k];
			fw->total[k] += fw->raw[k] * s->weight;
		}
		assert(largest < 128);
	}
}

/* The nominated fast path (1.1, step 5): the node that was made free for the pod, if it passes, is the only one. */
static bool try_nominated(struct sched_framework *fw, const struct filters *f, uint32_t pod)
{
	uint32_t node = fw->nominations > 0 && fw->record == NULL ? framework_nominated(fw, pod) : NONE;
	enum sched_status status;

	if (node == NONE || reject(fw, f, pod, node, &status) != NULL)
		return false;
	fw->feasible[fw->feasible_count++] = node;
	return true;
}

struct sched_result framework_decide(struct sched_framework *fw, uint32_t pod)
{
	struct filters f;
	struct sched_result result = {.node = NONE};

	fw->feasible_count = fw->rejected_count = 0;
	fw->rejectors = 0;
	fw->last_pod = pod;
	fw->set_by = NONE;
	if (fw->node_count == 0)
		return result;
	f.count = 0;
	prepare(fw, pod);
	fw->set_by = NONE;
	run_pre_filters(fw, &f, fw->set);
	if (!try_nominated(fw, &f, pod))
		find_feasible(fw, &f, pod);
	result.feasible = fw->feasible_count;
	result.evaluated = fw->feasible_count + fw->rejected_count;
	/* A node outside the set counts as rejected by the plugin that made the set. */
	if (fw->set_by != NONE && f.nodes < fw->node_count)
		fw->rejectors |= UINT32_C(1) << fw->set_by;
	if (fw->feasible_count == 0)
		return result;
	fw->last_pod = NONE;
	if (fw->feasible_count == 1 && fw->record == NULL) {
		result.node = fw->feasible[0];
		return result;
	}
	score(fw);
	result.node = fw->feasible[sched_pick(fw->kubernetes, fw->total, fw->feasible_count, fw->set, &fw->pick)];
	return result;
}
