/* tolerations.h - what controllers share that delete pods when a toleration of a NoExecute taint has run out. */
#ifndef POLICIES_PARTS_TOLERATIONS_H
#define POLICIES_PARTS_TOLERATIONS_H

#include "models/policy.h"

/* A failed try is repeated after this (taint_eviction.go, read in 1.20: 5 tries 10 ms apart). */
#define TOLERATION_RETRY MILLIS(10)

/* When a pod's timer fires, and how often its deletion was tried. */
struct toleration_timer {
	sim_time deadline;
	uint8_t tries;
};

/* The state of a controller begins with this. */
struct tolerations {
	struct toleration_timer *timer; /* by pod */
	uint32_t timers;
};

/* Every pod has a timed worker of its own; only the client's rate limits them. */
int64_t toleration_workers(const struct timers *t, int kubernetes);

/* Hooks; a pod whose timer has fired is put into the queue. */
void toleration_start(struct control_call *c);
void toleration_notice(struct control_call *c, const struct change *change);
void toleration_timer(struct control_call *c, uint32_t pod, uint32_t arg);

/* For reconcile: whether the pod is still to go; and the calls that delete it, nothing after the last try. */
bool toleration_is_due(struct control_call *c, uint32_t pod);
void toleration_delete(struct control_call *c, uint32_t pod);

#endif
