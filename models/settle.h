/* settle.h - the initial state: as if the cluster had been left alone for long. */
#ifndef MODELS_SETTLE_H
#define MODELS_SETTLE_H

#include "models/state.h"

/* Creates the pods of the input and, with `start: settled`, lets controllers, scheduler and kubelets do their work in
 * no time. */
void settle(struct world *w);

#endif
