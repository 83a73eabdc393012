/* sched_cycle.c - one scheduling cycle: which nodes are looked at, which fit, which is best; kube-scheduler.md
 * section 1.
 */
#include "models/sched_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* ---- filter ---- */

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
	uint32_t skipped;        /* bit i: slot i's PreFilter has nothing to filter */
	uint32_t set_by;         /* bit i: slot i restricted them */
	uint32_t whole_by;       /* slot that rejected the pod as a whole, or NONE */
	enum sched_pre whole_as; /* in that case */
};

/* Rows that are in both ascending lists stay in a; returns their number. */
static uint32_t intersect(uint32_t a[], uint32_t count, const uint32_t b[], uint32_t others)
{
	uint32_t kept = 0, k = 0;

	for (uint32_t i = 0; i < count; i++) {
		while (k < others && b[k] < a[i])
			k++;
		if (k < others && b[k] == a[i])
			a[kept++] = a[i];
	}
	return kept;
}

/* Restricts the search to the plugin's node set. The list of rejected nodes, empty at this time, is its scratch. */
static void add_set(struct sched_framework *fw, struct filters *f, uint32_t slot)
{
	struct sched_slot *s = &fw->slot[slot];
	uint32_t *rows = f->set_by == 0 ? fw->set : fw->rejected;
	uint32_t n = s->plugin->node_set(&s->call, rows);

	if (n == NONE)
		return;
	f->nodes = f->set_by == 0 ? n : intersect(fw->set, f->nodes, rows, n);
	f->set_by |= UINT32_C(1) << slot;
	f->list = fw->set;
}

/* Returns false when the pod is rejected as a whole and no further PreFilter is asked (1.1, step 4). */
static bool pre_filter(struct sched_framework *fw, struct filters *f, uint32_t slot, bool with_set)
{
	struct sched_slot *s = &fw->slot[slot];
	enum sched_pre p = PRE_FILTER;

	if (f->skipped >> slot & 1)
		return true;
	if (s->plugin->pre_filter != NULL)
		p = s->plugin->pre_filter(&s->call);
	if (p == PRE_SKIP) {
		f->skipped |= UINT32_C(1) << slot;
		return true;
	}
	if (p != PRE_FILTER && (f->whole_by == NONE || p == PRE_UNRESOLVABLE)) {
		f->whole_by = slot;
		f->whole_as = p;
	}
	if (p == PRE_FILTER && s->plugin->node_set != NULL && with_set)
		add_set(fw, f, slot);
	return p != PRE_UNRESOLVABLE && (f->set_by == 0 || f->nodes > 0);
}

/* Without a set the nodes to look at are known. skipped: what an earlier run in this attempt has skipped stays so. */
static void run_pre_filters(struct sched_framework *fw, struct filters *f, bool with_set, uint32_t skipped)
{
	const struct sched_profile *profile = fw->profile;

	f->skipped = skipped;
	f->list = fw->order;
	f->nodes = fw->node_count;
	f->count = f->set_by = 0;
	f->whole_by = NONE;
	for (uint32_t i = 0; i < profile->pre_filter.count; i++)
		if (!pre_filter(fw, f, profile->pre_filter.row[i], with_set))
			return;
	for (uint32_t i = 0; i < profile->filter.count; i++) {
		uint32_t slot = profile->filter.row[i];

		if (f->skipped >> slot & 1)
			continue;
		f->of[f->count].run = fw->slot[slot].plugin->filter;
		f->of[f->count].call = &fw->slot[slot].call;
		f->of[f->count++].slot = slot;
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
		if (sign > 0) {
			ARENA_RESERVE(fw->shared.arena, fw->shared.come, fw->shared.come_capacity,
				      fw->shared.come_count + 1, uint32_t);
			fw->shared.come[fw->shared.come_count++] = n->pod;
			fw->shared.come_node = node;
		}
	}
	if (sign < 0)
		fw->shared.come_count = 0;
	return any;
}

/* The reasons of a rejection that holds for the moment only, a line each, in the run's scratch memory. */
static const char *keep_reasons(struct sched_framework *fw, struct sched_slot *by, uint32_t node)
{
	char text[16][SCHED_REASON_MAX];
	uint32_t n = by->plugin->reasons(&by->call, node, text);
	struct text out;

	text_init(&out, &fw->world->run->scratch);
	for (uint32_t i = 0; i < n; i++) {
		text_add(&out, i > 0 ? "\n" : "");
		text_add(&out, text[i]);
	}
	return out.data;
}

/* The plugin that rejects node, or NULL; *why: its reasons, where nominated pods that are not there later led to them.
 */
static struct sched_slot *reject(struct sched_framework *fw, const struct filters *f, uint32_t pod, uint32_t node,
				 enum sched_status *status, const char **why)
{
	struct sched_slot *by;
	struct filters with;

	*why = NULL;
	if (fw->nominations == 0 || !count_nominated(fw, pod, node, 1))
		return first_rejection(fw, f, node, status);
	framework_prepare(fw, pod);
	run_pre_filters(fw, &with, false, f->skipped);
	by = first_rejection(fw, &with, node, status);
	if (by != NULL)
		*why = keep_reasons(fw, by, node);
	count_nominated(fw, pod, node, -1);
	framework_prepare(fw, pod);
	run_pre_filters(fw, &with, false, f->skipped);
	return by != NULL ? by : first_rejection(fw, f, node, status);
}

/* Whether node passes; records the first plugin that rejects it. */
static bool passes(struct sched_framework *fw, const struct filters *f, uint32_t pod, uint32_t node)
{
	enum sched_status status = SCHED_OK;
	const char *why;
	struct sched_slot *by = reject(fw, f, pod, node, &status, &why);

	if (by == NULL)
		return true;
	fw->rejected[fw->rejected_count] = node;
	fw->why[fw->rejected_count] = why;
	fw->rejected_by[fw->rejected_count] = (uint8_t)(by - fw->slot);
	fw->rejected_status[fw->rejected_count++] = (uint8_t)status;
	fw->rejectors |= UINT32_C(1) << (by - fw->slot);
	return false;
}

/* Who rejects pod on node as things are, or NULL; *about: the node, or NONE when the pod is rejected as a whole. */
static struct sched_slot *misfit(struct sched_framework *fw, uint32_t pod, uint32_t node, uint32_t *about,
				 const char **why)
{
	struct sched_record *record = fw->record;
	struct sched_slot *by;
	enum sched_status status;
	struct filters f;

	*why = NULL;
	fw->record = NULL;
	framework_prepare(fw, pod);
	run_pre_filters(fw, &f, false, fw->last_pod == pod ? fw->skipped : 0);
	*about = f.whole_by != NONE ? NONE : node;
	by = f.whole_by != NONE ? &fw->slot[f.whole_by] : reject(fw, &f, pod, node, &status, why);
	fw->record = record;
	return by;
}

bool framework_fits(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	const char *why;
	uint32_t about;

	return misfit(fw, pod, node, &about, &why) == NULL;
}

const char *framework_misfit(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	const char *why;
	uint32_t about;
	struct sched_slot *by = misfit(fw, pod, node, &about, &why);

	return by == NULL || why != NULL ? why : keep_reasons(fw, by, about);
}

/* Whether every node is wanted, as for a table or a recorded case. */
static bool is_full(const struct sched_framework *fw)
{
	return fw->record != NULL && fw->record->all;
}

/* Without a scorer the first feasible node is as good as any. */
static uint32_t node_limit(const struct sched_framework *fw, uint32_t nodes)
{
	int64_t percent = fw->profile->percent;

	if (is_full(fw))
		return nodes;
	if (fw->profile->score.count == 0)
		return 1;
	return sched_node_limit(nodes,
				percent >= 0 ? percent : fw->world->scenario->timers.percentage_of_nodes_to_score);
}

/* Visits nodes one after the other; the feasible node beyond the limit ends the search and is discarded (1.4). */
static void find_feasible(struct sched_framework *fw, const struct filters *f, uint32_t pod)
{
	uint32_t limit = node_limit(fw, f->nodes), at;

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
		(raw ? fw->record->raw : fw->record->norm)[slot * fw->rows + fw->feasible[k]] = fw->raw[k];
}

static void score(struct sched_framework *fw)
{
	uint32_t n = fw->feasible_count;

	memset(fw->total, 0, n * sizeof(*fw->total));
	for (uint32_t i = 0; i < fw->profile->score.count; i++) {
		uint32_t slot = fw->profile->score.row[i];
		struct sched_slot *s = &fw->slot[slot];
		int64_t weight = fw->profile->weight[slot];
		uint64_t largest = 0; /* or more; a negative score is a huge number here */

		s->call.node = fw->feasible;
		s->call.count = n;
		if (s->plugin->pre_score != NULL && !s->plugin->pre_score(&s->call))
			continue;
		s->plugin->score(&s->call, fw->raw);
		record_scores(fw, slot, true);
		if (s->plugin->normalize != NULL)
			s->plugin->normalize(&s->call, fw->raw);
		record_scores(fw, slot, false);
		for (uint32_t k = 0; k < n; k++) {
			largest |= (uint64_t)fw->raw[k];
			fw->total[k] += fw->raw[k] * weight;
		}
		assert(largest < 128);
	}
}

/* The nominated fast path (1.1, step 5): the node that was made free for the pod, if it passes, is the only one. */
static bool try_nominated(struct sched_framework *fw, const struct filters *f, uint32_t pod)
{
	uint32_t node = fw->nominations > 0 && !is_full(fw) ? framework_nominated(fw, pod) : NONE;
	const char *why;
	enum sched_status status;

	if (node == NONE || !fw->world->cluster.node[node].exists || reject(fw, f, pod, node, &status, &why) != NULL)
		return false;
	fw->feasible[fw->feasible_count++] = node;
	return true;
}

/* PreFilters; false when no node needs to be looked at. */
static bool begin(struct sched_framework *fw, struct filters *f, uint32_t pod)
{
	fw->feasible_count = fw->rejected_count = 0;
	fw->fast = false;
	fw->rejectors = fw->set_by = 0;
	fw->whole_by = NONE;
	fw->last_pod = pod;
	fw->profile = framework_profile(fw, pod);
	if (fw->node_count == 0)
		return false;
	framework_prepare(fw, pod);
	run_pre_filters(fw, f, true, 0);
	fw->skipped = f->skipped;
	fw->set_by = f->set_by;
	if (f->whole_by == NONE)
		return true;
	fw->whole_by = f->whole_by;
	fw->whole_status = f->whole_as == PRE_UNRESOLVABLE ? SCHED_UNRESOLVABLE : SCHED_UNSCHEDULABLE;
	fw->rejectors = UINT32_C(1) << f->whole_by;
	return false;
}

struct sched_result framework_decide(struct sched_framework *fw, uint32_t pod)
{
	struct filters f;
	struct sched_result result = {.node = NONE};

	if (!begin(fw, &f, pod))
		return result;
	fw->fast = try_nominated(fw, &f, pod);
	if (!fw->fast)
		find_feasible(fw, &f, pod);
	result.feasible = fw->feasible_count;
	result.evaluated = fw->feasible_count + fw->rejected_count;
	/* A node outside the set counts as rejected by the plugins that made the set. */
	if (f.nodes < fw->node_count)
		fw->rejectors |= fw->set_by;
	if (fw->feasible_count == 0)
		return result;
	fw->last_pod = NONE;
	if (fw->feasible_count == 1 && !is_full(fw)) {
		result.node = fw->feasible[0];
		return result;
	}
	score(fw);
	result.node = fw->feasible[sched_pick(fw->kubernetes, fw->total, fw->feasible_count, fw->set, &fw->pick)];
	return result;
}

void framework_reserved(struct sched_framework *fw, uint32_t pod, uint32_t node)
{
	const struct sched_list *l = &framework_profile(fw, pod)->reserve;

	if (l->count == 0)
		return;
	framework_prepare(fw, pod);
	for (uint32_t i = 0; i < l->count; i++)
		fw->slot[l->row[i]].plugin->reserve(&fw->slot[l->row[i]].call, node);
}
