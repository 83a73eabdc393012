/* control.h - the controller manager: work queues, workers, timers and clients of every controller policy. */
#ifndef MODELS_CONTROL_H
#define MODELS_CONTROL_H

#include "models/state.h"

/* Prepares all controllers of the registry, not yet acting. Memory from run->arena. */
void control_init(struct world *w);

/* The process leads and its informers are synced: RAM state is zeroed, then start() of every controller (while the
 * world settles: of those that settle). */
void control_start(struct world *w);

/* The process is gone: queues, workers, timers and waiting calls with it. */
void control_stop(struct world *w);

/* A watch event. */
void control_notice(struct world *w, const struct change *change);

/* The heartbeats of node stopped or came back (lazy heartbeats). */
void control_alert(struct world *w, uint32_t node);

/* The role of the controller whose timer an event with this epoch is; NULL if the timer is void. */
const char *control_timer_of(const struct world *w, uint32_t epoch);

#endif
