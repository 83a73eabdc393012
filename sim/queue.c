/* queue.c - a binary heap of events; siftings move a hole instead of swapping. */
#include "sim/queue.h"

#include <assert.h>

#define NUMBER_BITS 56

void queue_init(struct queue *q, struct arena *a)
{
	*q = (struct queue){.arena = a};
}

uint64_t queue_push(struct queue *q, struct event e, uint8_t phase)
{
	ARENA_RESERVE(q->arena, q->heap, q->capacity, q->count + 1, struct event);
	assert(q->next_number >> NUMBER_BITS == 0);
	e.order = (uint64_t)phase << NUMBER_BITS | q->next_number++;

	struct event *heap = q->heap;
	size_t hole = q->count++;
	while (hole > 0) {
		size_t parent = (hole - 1) / 2;
		if (!event_before(&e, &heap[parent]))
			break;
		heap[hole] = heap[parent];
		hole = parent;
	}
	heap[hole] = e;
	return e.order;
}

const struct event *queue_first(const struct queue *q)
{
	return q->count > 0 ? &q->heap[0] : NULL;
}

/*
 * The hole left by the first event goes all the way down along the earlier children, and the last event then rises from
 * there. The last event nearly always belongs near the bottom, so this saves one comparison per level (Wegener 1993,
 * "Bottom-up heapsort").
 */
struct event queue_pop(struct queue *q)
{
	assert(q->count > 0);
	struct event *heap = q->heap;
	const struct event result = heap[0];
	const size_t count = --q->count;
	const struct event e = heap[count];
	size_t hole = 0;

	for (size_t child = 1; child < count; child = 2 * hole + 1) {
		if (child + 1 < count)
			child += event_before(&heap[child + 1], &heap[child]);
		heap[hole] = heap[child];
		hole = child;
	}
	while (hole > 0) {
		size_t parent = (hole - 1) / 2;
		if (!event_before(&e, &heap[parent]))
			break;
		heap[hole] = heap[parent];
		hole = parent;
	}
	heap[hole] = e;
	return result;
}
