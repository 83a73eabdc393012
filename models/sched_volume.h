/* sched_volume.h - VolumeBinding's Reserve and PreBind: a pod's claims get their volumes before the pod gets its node.
 */
#ifndef MODELS_SCHED_VOLUME_H
#define MODELS_SCHED_VOLUME_H

#include "models/state.h"
#include "models/volume_match.h"

/* Memory from run->arena. */
void sched_volume_init(struct world *w);

/* What is reserved now; the pointer stays valid. */
const struct volume_assumed *sched_volume_assumed(const struct world *w);

/*
 * The scheduler has chosen node for pod. False: all its claims are bound, so the pod can be bound at once. True:
 * volumes are reserved or asked for, and scheduler_volumes_bound() is called when they are bound, or cannot be, or have
 * not been for timeout (bindTimeoutSeconds).
 */
bool sched_volume_bind(struct world *w, uint32_t pod, uint32_t node, sim_time timeout);

/* The same while the world settles: at once. */
void sched_volume_settle(struct world *w, uint32_t pod, uint32_t node);

/* The process is gone, with all it had reserved. */
void sched_volume_reset(struct world *w);

/* A watch event. */
void sched_volume_notice(struct world *w, const struct change *change);

/* Implemented by the scheduler. */
void scheduler_volumes_bound(struct world *w, uint32_t pod, uint32_t node, bool ok);

#endif
