/* kubelet_cpu.h - containers that start share the node's CPU, and are ready later where it is short. */
#ifndef MODELS_KUBELET_CPU_H
#define MODELS_KUBELET_CPU_H

#include "models/state.h"

/* The set of containers on node, or what they ask of its CPU, has changed: those that are not ready yet go on at
 * another pace: shares are weighted max-min by requests (CFS shares), within limits (CFS quota). Costs nothing where no
 * container says what CPU it uses. */
void cpu_changed(struct world *w, uint32_t node);

#endif
