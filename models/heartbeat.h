/* heartbeat.h - node leases and status reports: periodic work that changes nothing, so it is computed, not run. */
#ifndef MODELS_HEARTBEAT_H
#define MODELS_HEARTBEAT_H

#include "models/state.h"

/* Every node beats from before time 0 on, in its steady rhythm. Installs view.heartbeat_seen. */
void heartbeat_init(struct world *w);

/* The node falls silent now: nothing is sent after this instant. Returns when the last beat was sent. */
sim_time heartbeat_stop(struct world *w, uint32_t node);

/* The node's kubelet sends lease and status now, and goes on in its rhythm. */
void heartbeat_resume(struct world *w, uint32_t node);

/* Another machine has taken the name: nothing has been heard of it yet. */
void heartbeat_forget(struct world *w, uint32_t node);

/* When the newest status report that has arrived was sent; with `heartbeats: explicit`, the newest beat. */
sim_time heartbeat_status(const struct world *w, uint32_t node);

/* Whether a node has been stopped and has not resumed. */
bool heartbeat_silent(const struct world *w, uint32_t node);

#endif
