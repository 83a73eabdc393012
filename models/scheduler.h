/* scheduler.h - kube-scheduler: queue, one attempt at a time, bind. Framework: kube-scheduler.md section 1 and 2. */
#ifndef MODELS_SCHEDULER_H
#define MODELS_SCHEDULER_H

#include "models/state.h"

/* Memory from run->arena. */
void scheduler_init(struct world *w);

/* The process leads: queue every unbound, undeleted pod (no gates). Forgets all before. */
void scheduler_start(struct world *w);
/* The process is gone: nothing is scheduled until the next start; assumed pods are forgotten unless their bind is on
 * its way. */
void scheduler_stop(struct world *w);

/* A watch event. */
void scheduler_notice(struct world *w, const struct change *change);

/* How an attempt ended. */
struct sched_result {
	uint32_t node;     /* NONE when nothing fits */
	uint32_t feasible; /* nodes found feasible */
	uint32_t evaluated;
};

/* One scheduling cycle of pod on the current state, without assuming or binding: the one implementation that the run,
 * the settling of the initial state and later `nodefall schedule` use. */
struct sched_result scheduler_decide(struct world *w, uint32_t pod);

/* "0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {a: b}." for the last decide() of pod
 * that found no node; upstream's exact words (kube-scheduler.md 1.2 end) as if there were nobody to preempt. Appends to
 * out. */
void scheduler_explain(struct world *w, uint32_t pod, struct text *out);

/* Settling: decides and binds every pending pod at once (priority, then row order); those that do not fit stay pending.
 */
void scheduler_settle(struct world *w);

#endif
