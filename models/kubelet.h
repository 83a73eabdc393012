/* kubelet.h - a pod's life on a node, and what its kubelet learns and reports. */
#ifndef MODELS_KUBELET_H
#define MODELS_KUBELET_H

#include "models/state.h"

void kubelet_init(struct world *w);

/* A pod changed in the API: the kubelet of its node acts on it if its watch is there to see it. */
void kubelet_notice(struct world *w, const struct change *change);

/* The kubelet looks at pod anew. */
void kubelet_look(struct world *w, uint32_t pod);

/* Somebody changed a node's Ready condition: a kubelet that talks and finds it not True writes its own status. */
void kubelet_notice_node(struct world *w, uint32_t node);

/* An image that pod waits for is on its node; the pull itself began at `began`. */
void kubelet_pulled(struct world *w, uint32_t pod, uint32_t image, sim_time began);

/* The registry did not give it. */
void kubelet_pull_failed(struct world *w, uint32_t pod, uint32_t image);

/* Truth changed; the flags in node_truth are already set. */
void kubelet_node_died(struct world *w, uint32_t node);    /* no power: every container is gone */
void kubelet_stopped(struct world *w, uint32_t node);      /* the process: containers go on */
void kubelet_disconnected(struct world *w, uint32_t node); /* the link or the API server: the process goes on */

/* The container runtime's daemon stops, or runs again. */
void kubelet_runtime_init(struct world *w);
void kubelet_runtime_stopped(struct world *w, uint32_t node);
void kubelet_runtime_started(struct world *w, uint32_t node);
/* What is under the node's kubelet. */
const struct runtime *kubelet_runtime_of(const struct world *w, uint32_t node);
/* A kubelet that has just started finds it as it is. */
void kubelet_runtime_looked(struct world *w, uint32_t node);

/* Power or process is back: the kubelet starts, posts lease and status, relists its pods. */
void kubelet_started(struct world *w, uint32_t node, bool rebooted);

/* The link or the API server is back after an outage that began at `since`; hangs tells that calls hung (a partition
 * drops packets) rather than failed at once. Lease, status and pod watch come back as each one's retries have it. */
void kubelet_reconnected(struct world *w, uint32_t node, sim_time since, bool hangs);

/* The node has a new connection to another API server: its lease is renewed at once, and its pods are listed again
 * after one step of the reflector's back-off. */
void kubelet_redialed(struct world *w, uint32_t node);

/* An action app-*: the application in the containers of pod that it names exits, hangs or becomes unready. Returns
 * whether any of them runs. */
bool kubelet_application(struct world *w, uint32_t pod, const struct action *a);

/* A pod of the initial state that the input shows as placed and ready: it is running on its node already. */
void kubelet_settle(struct world *w, uint32_t pod);

#endif
