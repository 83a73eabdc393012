/* kubelet_pressure.h - the eviction manager of each kubelet (kubernetes-control-plane.md 5.10). */
#ifndef MODELS_KUBELET_PRESSURE_H
#define MODELS_KUBELET_PRESSURE_H

#include "models/state.h"

void pressure_init(struct world *w);

/* The initial state is there: its nodes are watched from now on. */
void pressure_settled(struct world *w);

/* What the containers of node use has changed, or its kubelet runs again: when the manager must look next is found
 * anew. Costs nothing where no container says what it uses. */
void pressure_changed(struct world *w, uint32_t node);

/* The kubelet process stops: what it held is forgotten. */
void pressure_forget(struct world *w, uint32_t node);

/* The conditions as the kubelet holds them: bits of 1 << enum node_condition. */
uint8_t pressure_conditions(const struct world *w, uint32_t node);

/* Whether the manager lets a new pod in: MemoryPressure keeps BestEffort pods out that do not tolerate its taint,
 * DiskPressure and PIDPressure all that are not critical. */
bool pressure_admits(const struct world *w, uint32_t pod);

/* Disk of the node's one filesystem in bytes: capacity (0: unknown) and what is free of it; images, pods, system. */
double pressure_disk(struct world *w, uint32_t node, double *available);

#endif
