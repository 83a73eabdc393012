/* api_apply.h - what each call does to belief once the API server commits it. */
#ifndef MODELS_API_APPLY_H
#define MODELS_API_APPLY_H

#include "models/state.h"

/* The kubelet's report in the number of API_POD_STATUS. */
#define POD_STATUS_READY 1
#define POD_STATUS_REASON(reason) ((int64_t)(reason) << 16)
#define POD_STATUS_WHY(why) ((int64_t)(why) << 24)
#define POD_STATUS_RESTARTS(restarts) ((int64_t)(restarts) << 32)
#define POD_STATUS_PHASE(phase) ((int64_t)(phase) << 8)

/* Commits call: changes belief, tells facts, notifies watchers. False: refused (gone, conflict, 429). */
bool api_apply(struct world *w, const struct api_call *call);

/* A Pod object of the input appears while the world is settling; bound at once when node is not NONE. Returns its row.
 */
uint32_t api_pod_given(struct world *w, const struct pod_new *n, uint32_t node);

#endif
