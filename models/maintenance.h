/* maintenance.h - planned work on nodes: cordon, drain, reboot, uncordon, some nodes at a time. */
#ifndef MODELS_MAINTENANCE_H
#define MODELS_MAINTENANCE_H

#include "models/state.h"

/* Schedules the first window of each maintenance of the scenario. */
void maintenance_init(struct world *w);

#endif
