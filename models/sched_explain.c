/* sched_explain.c - why no node fits, in upstream's words; kube-scheduler.md 1.2 (end) and 3.13. */
#include "models/sched_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* Most reasons of one plugin for one node, as struct sched_plugin promises. */
#define REASONS_MAX 16
/* Distinct reasons in a sentence; taints with many different values are the only way to have more. */
#define HISTOGRAM_MAX 128

struct histogram {
	uint32_t count;
	uint32_t nodes[HISTOGRAM_MAX];
	char text[HISTOGRAM_MAX][SCHED_REASON_MAX];
};

static void histogram_add(struct histogram *h, const char *text, uint32_t nodes)
{
	for (uint32_t i = 0; i < h->count; i++) {
		if (strcmp(h->text[i], text) == 0) {
			h->nodes[i] += nodes;
			return;
		}
	}
	if (h->count == HISTOGRAM_MAX)
		return;
	snprintf(h->text[h->count], sizeof(h->text[0]), "%s", text);
	h->nodes[h->count++] = nodes;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* " 1 a, 2 b." sorted by its lines as texts. */
static void histogram_print(const struct histogram *h, struct text *out)
{
	char line[HISTOGRAM_MAX][SCHED_REASON_MAX + 12];

	for (uint32_t i = 0; i < h->count; i++)
		snprintf(line[i], sizeof(line[i]), "%u %s", h->nodes[i], h->text[i]);
	qsort(line, h->count, sizeof(line[0]), compare_lines);
	for (uint32_t i = 0; i < h->count; i++) {
		text_add(out, i == 0 ? " " : ", ");
		text_add(out, line[i]);
	}
	if (h->count > 0)
		text_add(out, ".");
}

static void add_rejections(struct sched_framework *fw, struct histogram *h)
{
	char text[REASONS_MAX][SCHED_REASON_MAX];

	for (uint32_t i = 0; i < fw->rejected_count; i++) {
		struct sched_slot *s = &fw->slot[fw->rejected_by[i]];
		uint32_t n = s->plugin->reasons != NULL ? s->plugin->reasons(&s->call, fw->rejected[i], text) : 0;

		for (uint32_t k = 0; k < n; k++)
			histogram_add(h, text[k], 1);
	}
	if (fw->set_by != 0 && fw->rejected_count < fw->node_count) {
		framework_set_names(fw, "node(s) didn't satisfy plugin(s) [", "]", text[0]);
		histogram_add(h, text[0], fw->node_count - fw->rejected_count);
	}
}

void framework_set_names(const struct sched_framework *fw, const char *before, const char *after,
			 char text[SCHED_REASON_MAX])
{
	const char *name[SCHED_PLUGINS_MAX];
	uint32_t count = 0;
	int length = snprintf(text, SCHED_REASON_MAX, "%s", before);

	for (uint32_t i = 0; i < fw->slots; i++) {
		uint32_t at = count;

		if ((fw->set_by >> i & 1) == 0)
			continue;
		for (; at > 0 && strcmp(fw->slot[i].plugin->info.name, name[at - 1]) < 0; at--)
			name[at] = name[at - 1];
		name[at] = fw->slot[i].plugin->info.name;
		count++;
	}
	for (uint32_t i = 0; i < count && length < SCHED_REASON_MAX; i++)
		length += snprintf(text + length, (size_t)(SCHED_REASON_MAX - length), "%s%s", i == 0 ? "" : " ",
				   name[i]);
	if (length < SCHED_REASON_MAX)
		snprintf(text + length, (size_t)(SCHED_REASON_MAX - length), "%s", after);
}

uint32_t framework_whole(struct sched_framework *fw, char text[][SCHED_REASON_MAX], uint32_t *by)
{
	uint32_t sets = (uint32_t)__builtin_popcount(fw->set_by);

	*by = fw->whole_by;
	if (fw->whole_by == NONE) {
		if (sets == 0 || fw->feasible_count + fw->rejected_count > 0)
			return 0;
		*by = (uint32_t)__builtin_ctz(fw->set_by);
		if (sets > 1) {
			framework_set_names(fw, "node(s) didn't satisfy plugin(s) [", "] simultaneously", text[0]);
			return 1;
		}
	}
	return fw->slot[*by].plugin->reasons(&fw->slot[*by].call, NONE, text);
}

/* The reasons for rejecting the pod as a whole, joined as upstream does; false when there is none. */
static bool add_whole(struct sched_framework *fw, struct text *out)
{
	char text[REASONS_MAX][SCHED_REASON_MAX];
	uint32_t by, n = framework_whole(fw, text, &by);

	for (uint32_t i = 0; i < n; i++) {
		text_add(out, i == 0 ? " " : ", ");
		text_add(out, text[i]);
	}
	if (n > 0)
		text_add(out, ".");
	return n > 0;
}

/* Whether a pod of lower priority is or will be on node. */
static bool has_victims(const struct sched_framework *fw, uint32_t node, int32_t priority)
{
	const struct pod *pod = fw->world->cluster.pod;

	if (priority <= fw->lowest_priority)
		return false;
	for (uint32_t p = fw->world->cluster.node[node].first_pod; p != NONE; p = pod[p].next_on_node)
		if (pod[p].spec->priority < priority && pod[p].phase != PHASE_SUCCEEDED && pod[p].phase != PHASE_FAILED)
			return true;
	for (uint32_t p = fw->first_assumed[node]; p != NONE; p = fw->next_assumed[p])
		if (pod[p].spec->priority < priority)
			return true;
	return false;
}

/*
 * What DefaultPreemption adds when it has nothing to offer. This is told before its dry runs: where there are pods of
 * lower priority nothing is said. That the text exists since 1.24 is recalled.
 */
static void add_preemption(struct sched_framework *fw, uint32_t pod, struct histogram *h, struct text *out)
{
	const struct pod_spec *spec = fw->world->cluster.pod[pod].spec;
	uint32_t helpless = fw->node_count - fw->rejected_count;

	if (fw->kubernetes < 24)
		return;
	if (!fw->profile->preempts)
		return;
	if (!spec->preempts) {
		text_add(out, " preemption: not eligible due to preemptionPolicy=Never.");
		return;
	}
	for (uint32_t i = 0; i < fw->rejected_count; i++) {
		if (fw->rejected_status[i] == SCHED_UNRESOLVABLE)
			helpless++;
		else if (has_victims(fw, fw->rejected[i], spec->priority))
			return;
	}
	h->count = 0;
	if (helpless > 0)
		histogram_add(h, "Preemption is not helpful for scheduling", helpless);
	if (helpless < fw->node_count)
		histogram_add(h, "No preemption victims found for incoming pod", fw->node_count - helpless);
	text_printf(out, " preemption: 0/%u nodes are available:", fw->node_count);
	histogram_print(h, out);
}

void framework_explain(struct sched_framework *fw, uint32_t pod, struct text *out)
{
	struct histogram h;

	if (fw->last_pod != pod)
		return;
	if (fw->node_count == 0) {
		text_add(out, "no nodes available to schedule pods");
		return;
	}
	h.count = 0;
	text_printf(out, "0/%u nodes are available:", fw->node_count);
	if (!add_whole(fw, out)) {
		add_rejections(fw, &h);
		histogram_print(&h, out);
	}
	add_preemption(fw, pod, &h, out);
}
