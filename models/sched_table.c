/* sched_table.c - what the scheduler says of every node for one pod, for reading. */
#include "models/sched_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a table that are shown. */
#define ROWS_MAX 100
#define CELL_MAX 64

static int width_of(const struct sched_question *q, const uint32_t node[], uint32_t count, int least)
{
	for (uint32_t i = 0; i < count; i++) {
		int length = (int)strlen(sched_answer_node(q, node[i]));

		least = length > least ? length : least;
	}
	return least;
}

/* ---- rejected nodes ---- */

/* The reasons of a JSON list without its quotes and brackets. */
static void add_reasons(struct text *out, const char *json)
{
	for (const char *c = json + 1; *c != '\0' && c[1] != '\0'; c++) {
		if (*c == '\\')
			c++;
		else if (*c == '"')
			continue;
		text_add_n(out, c, 1);
	}
}

static void table_rejected(const struct sched_question *q, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	uint32_t shown = fw->rejected_count < ROWS_MAX ? fw->rejected_count : ROWS_MAX;
	int width = width_of(q, fw->rejected, shown, 13), plugin = 11;

	if (shown == 0)
		return;
	for (uint32_t i = 0; i < shown; i++) {
		int length = (int)strlen(fw->slot[fw->rejected_by[i]].plugin->info.name);

		plugin = length > plugin ? length : plugin;
	}
	text_printf(out, "%-*s  %-*s  WHY\n", width, "REJECTED NODE", plugin, "BY");
	for (uint32_t i = 0; i < shown; i++) {
		text_printf(out, "%-*s  %-*s  ", width, sched_answer_node(q, fw->rejected[i]), plugin,
			    fw->slot[fw->rejected_by[i]].plugin->info.name);
		add_reasons(out, fw->record->reasons[fw->rejected[i]]);
		text_add(out, fw->rejected_status[i] == SCHED_UNRESOLVABLE ? " (preemption cannot help)\n" : "\n");
	}
	if (shown < fw->rejected_count)
		text_printf(out, "... and %" PRIu32 " more\n", fw->rejected_count - shown);
}

/* ---- scores ---- */

struct scored {
	const struct sched_question *q;
	uint32_t *order; /* indexes into feasible, best first */
	uint32_t slot[SCHED_PLUGINS_MAX], slots;
	int width[SCHED_PLUGINS_MAX];
};

/* Totals descending, then the order of the search. */
struct ranked {
	int64_t total;
	uint32_t index;
};

static int by_total(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static void rank(struct scored *s)
{
	const struct sched_framework *fw = s->q->fw;
	struct ranked *r = ARENA_NEW(s->q->arena, fw->feasible_count, struct ranked);

	for (uint32_t i = 0; i < fw->feasible_count; i++)
		r[i] = (struct ranked){fw->total[i], i};
	qsort(r, fw->feasible_count, sizeof(*r), by_total);
	s->order = ARENA_NEW(s->q->arena, fw->feasible_count, uint32_t);
	for (uint32_t i = 0; i < fw->feasible_count; i++)
		s->order[i] = r[i].index;
}

static int cell(const struct scored *s, uint32_t column, uint32_t node, char text[CELL_MAX])
{
	const struct sched_framework *fw = s->q->fw;
	uint32_t slot = s->slot[column];
	size_t at = (size_t)slot * fw->rows + node;

	return snprintf(text, CELL_MAX, "%" PRId64 "/%" PRId64 "/%" PRId64, fw->record->raw[at], fw->record->norm[at],
			fw->record->norm[at] * fw->profile->weight[slot]);
}

static void find_columns(struct scored *s, uint32_t shown)
{
	const struct sched_framework *fw = s->q->fw;
	char text[CELL_MAX];

	for (uint32_t i = 0; i < fw->profile->score.count; i++) {
		uint32_t slot = fw->profile->score.row[i];

		if ((fw->record->scored >> slot & 1) == 0)
			continue;
		s->slot[s->slots] = slot;
		s->width[s->slots] = (int)strlen(sched_plugin_column(fw->slot[slot].plugin)) + 3;
		for (uint32_t k = 0; k < shown; k++) {
			int length = cell(s, s->slots, fw->feasible[s->order[k]], text);

			s->width[s->slots] = length > s->width[s->slots] ? length : s->width[s->slots];
		}
		s->slots++;
	}
}

static void heading(const struct scored *s, int width, struct text *out)
{
	const struct sched_framework *fw = s->q->fw;
	char text[CELL_MAX];

	text_printf(out, "  %-*s  %6s", width, "NODE", "TOTAL");
	for (uint32_t i = 0; i < s->slots; i++) {
		snprintf(text, sizeof(text), "%s x%" PRId64, sched_plugin_column(fw->slot[s->slot[i]].plugin),
			 fw->profile->weight[s->slot[i]]);
		text_printf(out, "  %*s", s->width[i], text);
	}
	text_add(out, "\n");
}

/* `>` marks the node taken, `*` those that could be. */
static void table_scores(const struct sched_question *q, uint32_t chosen, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	uint32_t shown = fw->feasible_count < ROWS_MAX ? fw->feasible_count : ROWS_MAX;
	struct scored s = {.q = q};
	char text[CELL_MAX];
	int width;

	rank(&s);
	find_columns(&s, shown);
	text_add(out, "scores: raw/normalised/weighted\n");
	width = width_of(q, fw->feasible, fw->feasible_count, 4);
	heading(&s, width, out);
	for (uint32_t k = 0; k < shown; k++) {
		uint32_t node = fw->feasible[s.order[k]];
		bool best = fw->total[s.order[k]] == fw->total[s.order[0]];

		text_printf(out, "%c %-*s  %6" PRId64,
			    node == chosen ? '>'
			    : best         ? '*'
					   : ' ',
			    width, sched_answer_node(q, node), fw->total[s.order[k]]);
		for (uint32_t i = 0; i < s.slots; i++) {
			cell(&s, i, node, text);
			text_printf(out, "  %*s", s.width[i], text);
		}
		text_add(out, "\n");
	}
	if (shown < fw->feasible_count)
		text_printf(out, "... and %" PRIu32 " more\n", fw->feasible_count - shown);
}

static void winners(const struct sched_question *q, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	int64_t best = INT64_MIN;
	uint32_t count = 0;

	for (uint32_t k = 0; k < fw->feasible_count; k++)
		best = fw->total[k] > best ? fw->total[k] : best;
	text_add(out, "winners:");
	for (uint32_t k = 0; k < fw->feasible_count && count < ROWS_MAX; k++)
		if (fw->total[k] == best)
			text_printf(out, "%s %s", count++ > 0 ? "," : "", sched_answer_node(q, fw->feasible[k]));
	if (count > 1)
		text_add(out,
			 fw->kubernetes >= 35 ? " (a tie, decided by their order)" : " (a tie, decided by a draw)");
	text_add(out, "\n");
}

/* ---- preemption ---- */

static void table_preemption(const struct sched_question *q, struct text *out)
{
	const struct sched_preemption *p = &q->preemption;
	const struct cluster *c = &q->fw->world->cluster;
	const struct names *names = &q->fw->world->run->names;

	for (uint32_t i = 0; i < p->count && i < ROWS_MAX; i++) {
		const struct sched_candidate *k = &p->candidate[i];

		text_printf(out, "preemption could free %s by deleting", sched_answer_node(q, k->node));
		for (uint32_t v = 0; v < k->victims; v++)
			text_printf(out, "%s %s/%s", v > 0 ? "," : "",
				    names_text(names, c->pod[k->victim[v]].namespace),
				    names_text(names, c->pod[k->victim[v]].name));
		if (k->violations > 0)
			text_printf(out, " (%" PRIu32 " against their budgets)", k->violations);
		text_add(out, "\n");
	}
	for (uint32_t i = 0; i < p->bests; i++)
		text_printf(out, "%s %s\n", i == 0 ? "preemption would choose" : "or",
			    sched_answer_node(q, p->candidate[p->best[i]].node));
}

void sched_table(const struct sched_question *q, uint32_t chosen, struct text *out)
{
	const struct sched_framework *fw = q->fw;
	uint32_t looked = fw->feasible_count + fw->rejected_count;

	table_rejected(q, out);
	if (fw->feasible_count == 0) {
		framework_explain(q->fw, q->pod, q->preemption.tried ? &q->preemption : NULL, out);
		text_add(out, "\n");
		table_preemption(q, out);
		return;
	}
	if (fw->fast)
		text_add(out, "nominated by an earlier attempt, so it is looked at first and taken\n");
	else if (fw->set_by == 0 && looked < fw->node_count)
		text_printf(out, "%" PRIu32 " of %" PRIu32 " nodes were not looked at: enough fit\n",
			    fw->node_count - looked, fw->node_count);
	if (fw->feasible_count == 1 && !fw->record->all) {
		text_printf(out, "> %s is the only one that fits: no scores are computed\n",
			    sched_answer_node(q, fw->feasible[0]));
		return;
	}
	table_scores(q, chosen, out);
	winners(q, out);
}
