/* master.h - leader election of the controller manager and the scheduler on the masters. */
#ifndef MODELS_MASTER_H
#define MODELS_MASTER_H

#include "models/state.h"

void master_init(struct world *w);

/* Both have led for long, on the first master, and act from now on. */
void master_lead(struct world *w);

/* Processes, machines or API servers came or went: locks may be lost or found stale. */
void master_changed(struct world *w);

/* Host whose instance of component holds the lock, NONE if none does. */
uint32_t master_leader(const struct world *w, enum component component);

/* Whether component's leader reaches an API server now: it learns and writes only then. */
bool master_talks(const struct world *w, enum component component);

#endif
