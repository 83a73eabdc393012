/* event.h - the 32-byte event, and the one comparison that orders a run. */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include "sim/time.h"

/*
 * Events at the same instant have a meaning for their order, the phase, in the top 8 bits of `order`: see
 * models/events.def. Within a phase they run in the order in which they were scheduled (a running number below).
 */
struct event {
	sim_time at;
	uint64_t order;   /* phase in the top 8 bits, then a running number */
	uint32_t subject; /* row of a node, pod, worker...: the kind says which */
	uint32_t epoch;   /* the subject's epoch when scheduled; an older one means cancelled */
	uint32_t arg;
	uint16_t kind; /* row of the model's table of events */
	uint16_t unused;
};
_Static_assert(sizeof(struct event) == 32, "two events to a cache line");

static inline bool event_before(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

#endif
