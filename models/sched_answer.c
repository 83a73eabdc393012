/* sched_answer.c - what the scheduler says of every node for one pod: as JSON in the shape of conformance cases, and as
 * a table. */
#include "models/sched_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_off(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];

	if (c->pod_truth[pod].counted_on != NONE)
		cluster_count(c, pod, c->pod_truth[pod].counted_on, -1);
	if (p->node == NONE)
		return;
	if (p->prev_on_node != NONE)
		c->pod[p->prev_on_node].next_on_node = p->next_on_node;
	else
		c->node[p->node].first_pod = p->next_on_node;
	if (p->next_on_node != NONE)
		c->pod[p->next_on_node].prev_on_node = p->prev_on_node;
	p->node = p->next_on_node = p->prev_on_node = NONE;
	cluster_pod_moved(c, pod);
}

bool sched_question_init(struct sched_question *q, struct world *w, struct arena *a, uint32_t pod)
{
	int32_t *allowed = ARENA_NEW(a, w->cluster.view.pdb_count, int32_t);
	struct pod_spec *spec = ARENA_NEW(a, 1, struct pod_spec);

	take_off(&w->cluster, pod);
	/* As if it had never been bound: without spec.nodeName. */
	*spec = *w->cluster.pod[pod].spec;
	spec->node_name = 0;
	w->cluster.pod[pod].spec = spec;
	for (uint32_t i = 0; i < w->cluster.view.pdb_count; i++)
		allowed[i] = w->cluster.pdb[i].allowed;
	*q = (struct sched_question){.fw = ARENA_NEW(a, 1, struct sched_framework),
				     .arena = a,
				     .pod = pod,
				     .preemption = {.arena = a, .allowed = allowed, .nominated = NONE}};
	framework_init(q->fw, w);
	return framework_profile(q->fw, pod) != NULL;
}

const char *sched_answer_node(const struct sched_question *q, uint32_t node)
{
	return names_text(&q->fw->world->run->names, q->fw->world->scenario->objects.node[node].meta.name);
}

static void add_name(struct text *out, bool *first, const char *name)
{
	text_add(out, *first ? "" : ", ");
	*first = false;
	text_add_json(out, name);
}

static void print_filter(const struct sched_question *q, struct text *out)
{
	static const char *const codes[] = {"Success", "Unschedulable", "UnschedulableAndUnresolvable"};
	const struct sched_framework *fw = q->fw;
	uint32_t n = fw->rows;
	uint32_t *at =
		ARENA_NEW(out->arena, n, uint32_t); /* 0: not in the set, 1: passes, else 2 + index of rejection */
	bool first = true;

	for (uint32_t i = 0; i < fw->feasible_count; i++)
		at[fw->feasible[i]] = 1;
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		at[fw->rejected[i]] = 2 + i;
	text_add(out, "{");
	for (uint32_t i = 0; i < n; i++) {
		if (!fw->world->cluster.node[i].exists)
			continue;
		add_name(out, &first, sched_answer_node(q, i));
		if (at[i] < 2) {
			text_printf(out, ": {\"code\": \"%s\"}", at[i] == 0 ? "NotInNodeSet" : codes[0]);
			continue;
		}
		text_printf(out, ": {\"code\": \"%s\", \"plugin\": \"%s\", \"reasons\": %s}",
			    codes[fw->rejected_status[at[i] - 2]],
			    fw->slot[fw->rejected_by[at[i] - 2]].plugin->info.name, fw->record->reasons[i]);
	}
	text_add(out, "}");
}

static void print_scores(const struct sched_question *q, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	const struct sched_record *r = fw->record;

	text_add(out, "{");
	for (uint32_t k = 0; k < fw->feasible_count; k++) {
		const char *comma = "";

		text_add(out, k == 0 ? "" : ", ");
		text_add_json(out, sched_answer_node(q, fw->feasible[k]));
		text_printf(out, ": {\"total\": %" PRId64 ", \"plugins\": {", fw->total[k]);
		for (uint32_t s = 0; s < fw->slots; s++) {
			size_t at = (size_t)s * fw->rows + fw->feasible[k];

			if (!(r->scored >> s & 1))
				continue;
			text_printf(out,
				    "%s\"%s\": {\"raw\": %" PRId64 ", \"norm\": %" PRId64 ", \"weighted\": %" PRId64
				    "}",
				    comma, fw->slot[s].plugin->info.name, r->raw[at], r->norm[at],
				    r->norm[at] * fw->profile->weight[s]);
			comma = ", ";
		}
		text_add(out, "}}");
	}
	text_add(out, "}");
}

static void print_winners(const struct sched_question *q, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	int64_t best = INT64_MIN;
	bool first = true;

	for (uint32_t k = 0; k < fw->feasible_count; k++)
		best = fw->total[k] > best ? fw->total[k] : best;
	text_add(out, "[");
	for (uint32_t k = 0; k < fw->feasible_count; k++)
		if (fw->total[k] == best)
			add_name(out, &first, sched_answer_node(q, fw->feasible[k]));
	text_add(out, "]");
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_victims(const struct sched_question *q, const struct sched_candidate *k, struct text *out)
{
	const char **name = ARENA_NEW(out->arena, k->victims, const char *);
	bool first = true;

	for (uint32_t i = 0; i < k->victims; i++) {
		const struct pod *p = &q->fw->world->cluster.pod[k->victim[i]];

		name[i] = text_format(out->arena, "%s/%s", names_text(&q->fw->world->run->names, p->namespace),
				      names_text(&q->fw->world->run->names, p->name));
	}
	if (k->victims > 0)
		qsort(name, k->victims, sizeof(*name), compare_words);
	text_add(out, "[");
	for (uint32_t i = 0; i < k->victims; i++)
		add_name(out, &first, name[i]);
	text_add(out, "]");
}

static void print_preemption(const struct sched_question *q, struct text *out)
{
	const struct sched_preemption *p = &q->preemption;
	struct text message;
	bool first = true;

	if (p->count == 0) {
		text_printf(out,
			    "{\"code\": \"Unschedulable\", \"nominated\": \"\", \"nominatedAny\": null, "
			    "\"victims\": null, \"candidates\": %s, \"message\": ",
			    p->candidate == NULL ? "null" : "{}");
		text_init(&message, out->arena);
		framework_explain_preemption(q->fw, q->pod, p, &message);
		text_add_json(out, message.data);
		text_add(out, "}");
		return;
	}
	text_add(out, "{\"code\": \"Success\", \"nominated\": ");
	text_add_json(out, sched_answer_node(q, p->candidate[p->best[0]].node));
	text_add(out, ", \"nominatedAny\": [");
	for (uint32_t i = 0; i < p->bests; i++)
		add_name(out, &first, sched_answer_node(q, p->candidate[p->best[i]].node));
	text_add(out, "], \"victims\": ");
	print_victims(q, &p->candidate[p->best[0]], out);
	text_add(out, ", \"candidates\": {");
	first = true;
	for (uint32_t i = 0; i < p->count; i++) {
		add_name(out, &first, sched_answer_node(q, p->candidate[i].node));
		text_add(out, ": {\"victims\": ");
		print_victims(q, &p->candidate[i], out);
		text_printf(out, ", \"pdbViolations\": %" PRIu32 "}", p->candidate[i].violations);
	}
	text_add(out, "}}");
}

/* PreFilter's rejection of the pod as a whole. */
static bool print_whole(struct sched_question *q, struct text *out)
{
	struct sched_framework *fw = q->fw;
	char text[16][SCHED_REASON_MAX];
	uint32_t by, n = framework_whole(fw, text, &by);
	bool hopeless = fw->whole_by == NONE || fw->whole_status == SCHED_UNRESOLVABLE;

	if (n == 0)
		return false;
	text_printf(out, "{\"prefilter\": {\"code\": \"Unschedulable%s\", \"plugin\": \"%s\", \"reasons\": [",
		    hopeless ? "AndUnresolvable" : "", fw->slot[by].plugin->info.name);
	for (uint32_t i = 0; i < n; i++) {
		text_add(out, i == 0 ? "" : ", ");
		text_add_json(out, text[i]);
	}
	text_add(out,
		 "]}, \"nodeSet\": null, \"filter\": null, \"score\": null, \"winners\": null, \"postfilter\": null}");
	return true;
}

static void print_set(const struct sched_question *q, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	bool first = true;

	if (fw->set_by == 0) {
		text_add(out, "null");
		return;
	}
	text_add(out, "[");
	for (uint32_t i = 0; i < fw->feasible_count; i++)
		add_name(out, &first, sched_answer_node(q, fw->feasible[i]));
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		add_name(out, &first, sched_answer_node(q, fw->rejected[i]));
	text_add(out, "]");
}

void sched_record_init(struct sched_record *r, const struct sched_framework *fw, struct arena *a, bool all)
{
	size_t cells = (size_t)fw->slots * fw->rows;

	*r = (struct sched_record){.arena = a,
				   .all = all,
				   .raw = ARENA_NEW(a, cells, int64_t),
				   .norm = ARENA_NEW(a, cells, int64_t),
				   .reasons = ARENA_NEW(a, fw->rows, const char *)};
}

void sched_ask(struct sched_question *q, struct sched_record *record)
{
	struct sched_framework *fw = q->fw;

	sched_record_init(record, fw, q->arena, true);
	fw->record = record;
	framework_decide(fw, q->pod);
	if (fw->feasible_count == 0 && fw->profile->preempts)
		sched_preempt(fw, q->pod, &q->preemption);
}

void sched_answer_json(struct sched_question *q, struct text *out)
{
	struct sched_framework *fw = q->fw;
	struct sched_record record;

	sched_ask(q, &record);
	if (print_whole(q, out)) {
		fw->record = NULL;
		return;
	}
	text_add(out, "{\"prefilter\": null, \"nodeSet\": ");
	print_set(q, out);
	text_add(out, ", \"filter\": ");
	print_filter(q, out);
	text_add(out, ", \"score\": ");
	if (fw->feasible_count > 0)
		print_scores(q, out);
	else
		text_add(out, "null");
	text_add(out, ", \"winners\": ");
	if (fw->feasible_count > 0)
		print_winners(q, out);
	else
		text_add(out, "null");
	text_add(out, ", \"postfilter\": ");
	if (fw->feasible_count == 0 && q->preemption.tried) {
		print_preemption(q, out);
	} else {
		text_add(out, "null");
	}
	text_add(out, "}");
	fw->record = NULL;
}
