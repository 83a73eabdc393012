/* failure.h - breaks and mends nodes, links and the control plane as the scenario's script says. */
#ifndef MODELS_FAILURE_H
#define MODELS_FAILURE_H

#include "models/state.h"

/* Schedules every failure of the scenario. */
void failure_init(struct world *w);

/* Another machine has taken the name: what struck the one before does not concern it. */
void failure_forget(struct world *w, uint32_t node);

#endif
