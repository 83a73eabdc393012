/* run.h - one run: clock, queue, memory, streams, facts. A run is a value; any number live side by side on threads. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/arena.h"
#include "sim/fact.h"
#include "sim/names.h"
#include "sim/queue.h"
#include "sim/rng.h"

struct run {
	sim_time now;
	struct queue queue;
	struct arena arena;
	struct arena scratch; /* for one piece of work; arena_empty() when it is done */
	struct names names;   /* child of the scenario's table */
	struct names remarks; /* texts of remarks */
	struct facts facts;
	uint64_t seed;
	uint32_t replication;
	uint64_t events; /* handled so far */
};

/* Prepares a run in place; names may be NULL. Release with run_release(). */
void run_init(struct run *r, uint64_t seed, uint32_t replication, const struct names *names, bool keep_facts);
void run_release(struct run *r);

/* The run's stream for (purpose, subject). */
static inline struct rng run_stream(const struct run *r, uint32_t purpose, uint32_t subject)
{
	return rng_stream(r->seed, r->replication, purpose, subject);
}

/* Schedules an event; at >= r->now. An event at SIM_NEVER is dropped. */
void run_schedule(struct run *r, struct event e, uint8_t phase);

/*
 * Handles events in order until none is left at or before `until`, then sets the clock to `until`. stop, when not NULL,
 * is polled now and then; a non-zero value ends the loop early, leaving the clock at the last event. Returns false
 * then.
 */
bool run_loop(struct run *r, sim_time until, void (*handle)(void *model, const struct event *e), void *model,
	      const volatile int *stop);

/* The same for at most `limit` events; the clock is set to `until` only when none is left at or before it. Returns
 * whether that is so. */
bool run_some(struct run *r, sim_time until, uint64_t limit, void (*handle)(void *model, const struct event *e),
	      void *model);

#endif
