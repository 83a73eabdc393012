/* run.c - one run: its parts put together, and the loop. */
#include "sim/run.h"

#include <assert.h>

/* Events between two looks at the stop flag; a power of two. */
#define POLL_EVERY 1024

void run_init(struct run *r, uint64_t seed, uint32_t replication, const struct names *names, bool keep_facts)
{
	*r = (struct run){.seed = seed, .replication = replication};
	queue_init(&r->queue, &r->arena);
	names_init(&r->names, &r->arena, names);
	names_init(&r->remarks, &r->arena, NULL);
	facts_init(&r->facts, &r->arena, keep_facts);
}

void run_release(struct run *r)
{
	arena_release(&r->arena);
	arena_release(&r->scratch);
	*r = (struct run){0};
}

void run_schedule(struct run *r, struct event e, uint8_t phase)
{
	assert(e.at >= r->now);
	if (e.at != SIM_NEVER)
		queue_push(&r->queue, e, phase);
}

/* The first event is handled; there is one. */
static inline void next(struct run *r, void (*handle)(void *model, const struct event *e), void *model)
{
	const struct event e = queue_pop(&r->queue);

	r->now = e.at;
	r->events++;
	handle(model, &e);
}

bool run_loop(struct run *r, sim_time until, void (*handle)(void *model, const struct event *e), void *model,
	      const volatile int *stop)
{
	const struct event *first;

	while ((first = queue_first(&r->queue)) != NULL && first->at <= until) {
		if (stop != NULL && r->events % POLL_EVERY == 0 && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0)
			return false;
		next(r, handle, model);
	}
	if (r->now < until)
		r->now = until;
	return true;
}

bool run_some(struct run *r, sim_time until, uint64_t limit, void (*handle)(void *model, const struct event *e),
	      void *model)
{
	const struct event *first;

	while ((first = queue_first(&r->queue)) != NULL && first->at <= until) {
		if (limit-- == 0)
			return false;
		next(r, handle, model);
	}
	if (r->now < until)
		r->now = until;
	return true;
}
