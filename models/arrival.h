/* arrival.h - Jobs that arrive, and workloads that grow, as time goes on. */
#ifndef MODELS_ARRIVAL_H
#define MODELS_ARRIVAL_H

#include "models/state.h"

/* Schedules the first arrival of each stream, and the first step of what grows. */
void arrival_init(struct world *w);

#endif
