/* replace.h - which new pod takes the place of which old one. */
#ifndef MODELS_REPLACE_H
#define MODELS_REPLACE_H

#include "models/state.h"

/* pod got its deletionTimestamp. Scale-down and rollout pods are not waited for. */
void replace_deleted(struct world *w, uint32_t pod, enum delete_cause cause);

/* pod was created by its workload: tells FACT_POD_REPLACES when an older one waits: of a StatefulSet the one with its
 * ordinal, else the oldest deleted of the same Deployment or workload. */
void replace_created(struct world *w, uint32_t pod);

#endif
