/* kubelet_admit.h - which pods a kubelet lets run on its node (kubernetes-control-plane.md 5.11). */
#ifndef MODELS_KUBELET_ADMIT_H
#define MODELS_KUBELET_ADMIT_H

#include "models/state.h"

/* Priority from which a pod is critical: system-cluster-critical (pkg/apis/scheduling/types.go). */
#define CRITICAL_PRIORITY 2000000000

/* Static pods, and those of critical priority (kubelettypes.IsCriticalPod). */
bool kubelet_critical(const struct world *w, uint32_t pod);

/*
 * The kubelet of pod's node looks at a pod that is new to it: pressure, shutdown, resources beside those of the pods
 * that it has admitted, node selector and affinity, host ports, NoExecute taints. A critical pod that only lacks
 * resources takes those of lesser pods, and false is returned until they have ended. Returns true and counts it as
 * admitted; otherwise the pod has failed for good, with its reason in status, and is reported. Everything is admitted
 * while the initial state is built.
 */
bool kubelet_admit(struct world *w, uint32_t pod);

/* A pod on node has ended: one that waits for what it took may have room now. */
void kubelet_room(struct world *w, uint32_t node);

/* The same for all pods of a node whose kubelet has just started, in the order of their creation. */
void kubelet_admit_all(struct world *w, uint32_t node);

#endif
