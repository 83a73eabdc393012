/* action.h - timed actions: what somebody types into kubectl during the run. */
#ifndef MODELS_ACTION_H
#define MODELS_ACTION_H

#include "models/state.h"

/* Schedules every action of the scenario. */
void action_init(struct world *w);

#endif
