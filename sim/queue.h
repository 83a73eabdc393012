/* queue.h - the pending events of a run, behind an interface narrow enough to change what lies behind it. */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include "sim/arena.h"
#include "sim/event.h"

/* A binary heap today. Memory comes from the arena and is kept until the arena goes. */
struct queue {
	struct arena *arena;
	struct event *heap;
	size_t count, capacity;
	uint64_t next_number; /* running number, below 2^56 */
};

void queue_init(struct queue *q, struct arena *a);

/* Adds e at e->at in `phase`; fills e.order. Returns the order, unique within the queue's life. */
uint64_t queue_push(struct queue *q, struct event e, uint8_t phase);

/* The first event without removing it, or NULL when empty; valid until the next call. */
const struct event *queue_first(const struct queue *q);

/* Removes and returns the first event; the queue must not be empty. */
struct event queue_pop(struct queue *q);

#endif
