/* endpoint.h - addresses of Services: what the EndpointSlices hold and what the nodes' kube-proxies have written. */
#ifndef MODELS_ENDPOINT_H
#define MODELS_ENDPOINT_H

#include "models/state.h"

void endpoint_init(struct world *w);

/* Finds the Services that select a new pod. */
void endpoint_select(struct world *w, uint32_t pod);

/* Something changed that may add or remove pod's addresses. The endpoint controller is what will write them. */
void endpoint_touch(struct world *w, uint32_t pod);

/* The controller's write of service's slices is committed. */
void endpoint_write(struct world *w, uint32_t service);

/* Tells how many pods each Service's workloads ask for, where that changed. */
void endpoint_tell_wants(struct world *w);

/* A pod has other labels: it becomes or ceases to be an address of Services. */
void endpoint_relabel(struct world *w, uint32_t pod);

/* A Service appears, or goes. */
void endpoint_service_appears(struct world *w, uint32_t service);
void endpoint_service_goes(struct world *w, uint32_t service);

#endif
