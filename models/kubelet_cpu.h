/* kubelet_cpu.h - containers that start share the node's CPU, and are ready later where it is short. */
#ifndef MODELS_KUBELET_CPU_H
#define MODELS_KUBELET_CPU_H

#include "models/state.h"

/* The set of containers on node, or what they ask of its CPU, has changed: those that are not ready yet go on at
 * another pace. Costs nothing where no container says what CPU it uses. */
void cpu_changed(struct world *w, uint32_t node);

/* The share of what it asks for that container i of pod is given now, 0..1: weighted max-min by requests (CFS shares),
 * within its limit (CFS quota). */
double cpu_pace(struct world *w, uint32_t pod, uint32_t i);

#endif
