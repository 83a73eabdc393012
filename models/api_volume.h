/* api_volume.h - what calls about claims and volumes do to belief, and what pods that come and go do to their volumes.
 */
#ifndef MODELS_API_VOLUME_H
#define MODELS_API_VOLUME_H

#include "models/state.h"

/* Commits one of API_CREATE_CLAIM to API_DETACH: changes belief, tells facts, notifies watchers. False: refused. */
bool api_volume_apply(struct world *w, const struct api_call *call);

/* The pod's object is gone. */
void api_volume_pod_gone(struct world *w, uint32_t pod);

#endif
