/* sched_answer.h - what the scheduler says of every node for one pod. */
#ifndef MODELS_SCHED_ANSWER_H
#define MODELS_SCHED_ANSWER_H

#include "models/sched_preempt.h"

struct sched_question {
	struct sched_framework *fw;
	struct arena *arena;                /* for what the answer needs */
	uint32_t pod;                       /* not bound */
	struct sched_preemption preemption; /* its inputs */
};

/* Prepares the question where pod of a settled world would go if it were pending: takes it off its node if it is on
 * one. Memory from a. False when no scheduler takes the pod. */
bool sched_question_init(struct sched_question *q, struct world *w, struct arena *a, uint32_t pod);

/* Appends verdicts, scores, winners and preemption as one JSON object, in the shape of "expect" of a ksv/1 case
 * (kube-scheduler.md 6.2). Every node is searched; nothing is assumed or bound. */
void sched_answer_json(struct sched_question *q, struct text *out);

/* Asks: the framework then holds the search with its record, and q->preemption what preemption would do if nothing
 * fits. The caller sets q->fw->record to NULL when done. */
void sched_ask(struct sched_question *q, struct sched_record *record);

/* The name of a node of the question's world; owned by the run's names. */
const char *sched_answer_node(const struct sched_question *q, uint32_t node);

/* An empty record of a search among all nodes or as the search would go anyway; memory from a. */
void sched_record_init(struct sched_record *r, const struct sched_framework *fw, struct arena *a, bool all);

/*
 * The search that q->fw holds with its record, for reading: the nodes that were rejected, by which plugin and why; the
 * scores of the others; the winners; or upstream's sentence and what preemption would do. chosen: the node taken in a
 * run, or NONE. At most a hundred nodes of each kind are shown, the best first.
 */
void sched_table(const struct sched_question *q, uint32_t chosen, struct text *out);

#endif
