/* failure.h - breaks and mends nodes, links and the control plane as the scenario's script says. */
#ifndef MODELS_FAILURE_H
#define MODELS_FAILURE_H

#include "models/state.h"

/* Schedules every failure of the scenario. */
void failure_init(struct world *w);

/* A subject of a source without a process fails now, for a draw of its repair; over is told `who` when it is repaired.
 */
void failure_order(struct world *w, uint32_t source, uint32_t subject, void (*over)(struct world *w, uint32_t who),
		   uint32_t who);

/* Another machine has taken the name: what struck the one before does not concern it. */
void failure_forget(struct world *w, uint32_t node);

/* The node stops sending now, if it still did: its last heartbeat is remembered. */
void failure_silence(struct world *w, uint32_t node);

/* When the last heartbeat of a silenced node was sent. */
sim_time failure_last_beat(const struct world *w, uint32_t node);

/* The kind of the failure that struck a node last; node_truth.failure tells whether one did. */
enum failure_kind failure_last_kind(const struct world *w, uint32_t node);

/* When a node that does not reach the API server was last cut off. */
sim_time failure_silent_since(const struct world *w, uint32_t node);

/* A machine that failure (a row) shut down in order has ended its pods: it is off now. */
void failure_power_off(struct world *w, uint32_t node, uint32_t failure);

#endif
