/* master.h - leader election of the controller manager and the scheduler through an outage of the API server. */
#ifndef MODELS_MASTER_H
#define MODELS_MASTER_H

#include "models/state.h"

void master_init(struct world *w);

/* Both have led for long and act from now on. */
void master_lead(struct world *w);

/* The API server stopped answering, or answers again. */
void master_api_down(struct world *w);
void master_api_up(struct world *w);

#endif
