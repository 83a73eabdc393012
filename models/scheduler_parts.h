/* scheduler_parts.h - what the scheduler's files share. Private to scheduler*.c. */
#ifndef MODELS_SCHEDULER_PARTS_H
#define MODELS_SCHEDULER_PARTS_H

#include "models/sched_internal.h"
#include "models/scheduler.h"

#include "sim/text.h"

/* What the scheduler saw last of a node. */
struct seen_node {
	bool unschedulable;
	uint32_t taint_count, capacity;
	struct taint *taint;
	const struct labels *labels;
};

struct scheduler {
	struct sched_framework fw;
	struct sched_queue queue;
	struct rng latency, victims;
	bool *preempted; /* by pod: deleted for another */
	uint32_t preempted_capacity;
	struct seen_node *seen; /* by node */
	bool leads;
	uint32_t epoch;   /* grows when a process starts or ends: older events are void */
	uint32_t busy;    /* pod whose scheduling cycle goes on, or NONE */
	sim_time wake_at; /* the pending SCHED_WAKE, or SIM_NEVER */
	struct text sentence;
};

/* ---- scheduler.c ---- */

/* Whether the pod is for the scheduler: its informer's filter, and upstream's skipPodSchedule. */
bool scheduler_wants(const struct scheduler *s, const struct cluster *c, uint32_t pod);
/* Begins the next cycle if none goes on, and sees to it that what waits is looked at in time. */
void scheduler_go_on(struct world *w);
/* Room for the pods of the cluster. */
void scheduler_reserve(struct world *w);

/* ---- scheduler_notice.c ---- */

/* Remembers the node's taints, to tell what its next event changed. */
void scheduler_see(struct world *w, uint32_t node);
/* Unschedulable pods that the event may help leave their place in the queue. */
void scheduler_wake(struct world *w, const struct sched_event *e);

#endif
