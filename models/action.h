/* action.h - timed actions: what somebody types into kubectl during the run. */
#ifndef MODELS_ACTION_H
#define MODELS_ACTION_H

#include "models/state.h"

/* Schedules every action of the scenario. */
void action_init(struct world *w);

/* A drain that no action of the scenario asks for: by a termination handler, or in maintenance. DaemonSet pods are left
 * alone, bare pods evicted if `force`. done, when not NULL, is told `who` when the node is empty of what is evicted, or
 * (emptied false) the timeout is over; what is evicted by then stays so. */
struct drain_order {
	bool force;
	sim_time timeout; /* 0: never gives up */
	void (*done)(struct world *w, uint32_t who, bool emptied);
	uint32_t who;
};
void drain_order(struct world *w, uint32_t node, const struct drain_order *order);

#endif
