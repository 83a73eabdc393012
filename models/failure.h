/* failure.h - breaks and mends nodes, links and the control plane as the scenario's script says. */
#ifndef MODELS_FAILURE_H
#define MODELS_FAILURE_H

#include "models/state.h"

/* Schedules every failure of the scenario. */
void failure_init(struct world *w);

#endif
