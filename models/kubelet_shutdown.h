/* kubelet_shutdown.h - graceful node shutdown (kubernetes-control-plane.md 5.12). */
#ifndef MODELS_KUBELET_SHUTDOWN_H
#define MODELS_KUBELET_SHUTDOWN_H

#include "models/state.h"

void shutdown_init(struct world *w);

/*
 * The machine of node is asked to shut down in an orderly way, by failure (a row). Where the kubelet runs, has its
 * runtime and is set up for it, it holds the machine up: the node becomes NotReady, pods end group by group, and
 * failure_power_off() follows. Returns false when nothing holds the machine: it goes down at once.
 */
bool shutdown_begin(struct world *w, uint32_t node, uint32_t failure);

/* The machine's way down is over or called off: its kubelet forgets it. */
void shutdown_cancel(struct world *w, uint32_t node);

/* Whether it is going on: the node reports NotReady and admits nothing. */
bool shutdown_goes_on(const struct world *w, uint32_t node);

/* The failure that it was begun by; while it goes on. */
uint32_t shutdown_failure(const struct world *w, uint32_t node);

/* A pod on node has ended: the next group may be due. */
void shutdown_pod_ended(struct world *w, uint32_t node);

#endif
