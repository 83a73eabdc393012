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
 * one. Memory from a. */
void sched_question_init(struct sched_question *q, struct world *w, struct arena *a, uint32_t pod);

/* Appends verdicts, scores, winners and preemption as one JSON object, in the shape of "expect" of a ksv/1 case
 * (kube-scheduler.md 6.2). Every node is searched; nothing is assumed or bound. */
void sched_answer_json(struct sched_question *q, struct text *out);

/* The same for reading: a line for each node, the winners, or upstream's sentence and what preemption would do. */
void sched_answer_table(struct sched_question *q, struct text *out);

#endif
