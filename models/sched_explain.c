/* sched_explain.c - why no node fits, in upstream's words; kube-scheduler.md 1.2 (end) and 3.13. */
#include "models/sched_preempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

/* Most reasons of one plugin for one node, as struct sched_plugin promises. */
#define REASONS_MAX 16
/* The distinct reasons of a sentence, in memory of its own. */
struct reason {
	const char *text;
	uint32_t nodes;
};
struct histogram {
	struct arena *arena;
	struct reason *item;
	uint32_t count, capacity;
};

static void histogram_add(struct histogram *h, const char *text, size_t length, uint32_t nodes)
{
	for (uint32_t i = 0; i < h->count; i++) {
		if (strlen(h->item[i].text) == length && strncmp(h->item[i].text, text, length) == 0) {
			h->item[i].nodes += nodes;
			return;
		}
	}
	ARENA_RESERVE(h->arena, h->item, h->capacity, h->count + 1, struct reason);
	h->item[h->count++] = (struct reason){arena_text(h->arena, text, length), nodes};
}

/* Reasons with a line each. */
static void histogram_add_lines(struct histogram *h, const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n");

		histogram_add(h, lines, length, 1);
		lines += length + (lines[length] == '\n');
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* " 1 a, 2 b." sorted by its lines as texts. */
static void histogram_print(const struct histogram *h, struct text *out)
{
	const char **line = ARENA_NEW(h->arena, h->count, const char *);

	if (h->count == 0)
		return;
	for (uint32_t i = 0; i < h->count; i++)
		line[i] = text_format(h->arena, "%u %s", h->item[i].nodes, h->item[i].text);
	qsort(line, h->count, sizeof(line[0]), compare_lines);
	for (uint32_t i = 0; i < h->count; i++) {
		text_add(out, i == 0 ? " " : ", ");
		text_add(out, line[i]);
	}
	text_add(out, ".");
}

static void add_rejections(struct sched_framework *fw, struct histogram *h)
{
	char text[REASONS_MAX][SCHED_REASON_MAX];

	for (uint32_t i = 0; i < fw->rejected_count; i++) {
		struct sched_slot *s = &fw->slot[fw->rejected_by[i]];

		if (fw->why[i] != NULL) {
			histogram_add_lines(h, fw->why[i]);
			continue;
		}
		uint32_t n = s->plugin->reasons(&s->call, fw->rejected[i], text);

		for (uint32_t k = 0; k < n; k++)
			histogram_add(h, text[k], strlen(text[k]), 1);
	}
	if (fw->set_by != 0 && fw->rejected_count < fw->node_count) {
		framework_set_names(fw, "node(s) didn't satisfy plugin(s) [", "]", text[0]);
		histogram_add(h, text[0], strlen(text[0]), fw->node_count - fw->rejected_count);
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

static const char unhelpful[] = "Preemption is not helpful for scheduling";
static const char no_victims[] = "No preemption victims found for incoming pod";

/* What was found at each node: by the dry runs, or, where none was made, that there is nobody to evict. */
static void add_misfits(const struct sched_framework *fw, const struct sched_preemption *p, struct histogram *h)
{
	uint32_t unresolvable = fw->node_count - fw->rejected_count;

	for (uint32_t i = 0; i < fw->rejected_count; i++)
		unresolvable += fw->rejected_status[i] == SCHED_UNRESOLVABLE;
	if (fw->whole_by != NONE && fw->whole_status == SCHED_UNSCHEDULABLE)
		unresolvable = 0;
	if (unresolvable > 0)
		histogram_add(h, unhelpful, strlen(unhelpful), unresolvable);
	if (p->misfits == 0 && unresolvable < fw->node_count)
		histogram_add(h, no_victims, strlen(no_victims), fw->node_count - unresolvable);
	for (uint32_t i = 0; i < p->misfits; i++)
		histogram_add_lines(h, p->misfit[i].why != NULL ? p->misfit[i].why : no_victims);
}

/* That the text exists since 1.24 is recalled; since 1.34 dynamic resources have their say before (README of the
 * recorded cases). */
void framework_explain_preemption(struct sched_framework *fw, uint32_t pod, const struct sched_preemption *p,
				  struct text *out)
{
	struct arena scratch = {0};
	struct histogram h = {.arena = &scratch};

	if (fw->kubernetes < 24 || p == NULL || p->bests > 0)
		return;
	text_add(out, fw->kubernetes >= 34 ? "no new claims to deallocate, preemption: " : "preemption: ");
	if (!fw->world->cluster.pod[pod].spec->preempts) {
		text_add(out, "not eligible due to preemptionPolicy=Never.");
	} else if (p->ineligible) {
		text_add(out, "not eligible due to a terminating pod on the nominated node.");
	} else {
		add_misfits(fw, p, &h);
		text_printf(out, "0/%u nodes are available:", fw->node_count);
		histogram_print(&h, out);
	}
	arena_release(&scratch);
}

void framework_explain(struct sched_framework *fw, uint32_t pod, const struct sched_preemption *p, struct text *out)
{
	struct arena scratch = {0};
	struct histogram h = {.arena = &scratch};
	size_t length;

	if (fw->last_pod != pod)
		return;
	if (fw->node_count == 0) {
		text_add(out, "no nodes available to schedule pods");
		return;
	}
	text_printf(out, "0/%u nodes are available:", fw->node_count);
	if (!add_whole(fw, out)) {
		add_rejections(fw, &h);
		histogram_print(&h, out);
	}
	arena_release(&scratch);
	length = out->length;
	text_add(out, " ");
	framework_explain_preemption(fw, pod, p, out);
	if (out->length == length + 1) {
		out->length = length;
		out->data[length] = '\0';
	}
}
