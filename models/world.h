/* world.h - the simulated cluster of one run: built from a scenario, driven by events, told as facts. */
#ifndef MODELS_WORLD_H
#define MODELS_WORLD_H

#include "models/scenario.h"
#include "sim/run.h"

/*
 * Simulates scenario s as replication `replication` (0 is the run a user sees; each has its own random streams) with
 * the given seed, in r, which it initialises; keep_facts as in facts_init(). subscribe, when not NULL, may add fact
 * readers before the first fact. stop: see run_loop(). Returns true, or false when interrupted (facts so far are
 * complete). The caller releases r with run_release(). s is only read, so runs may go on in parallel.
 */
bool world_run(struct run *r, const struct scenario *s, uint64_t seed, uint32_t replication, bool keep_facts,
	       void (*subscribe)(struct run *r, void *context), void *context, const volatile int *stop);

struct world;

/* The same as far as `at` (0 .. s->duration), noting what inspect_look() needs, with all facts kept and delivered.
 * NULL when interrupted. The caller releases r in any case. */
struct world *world_at(struct run *r, const struct scenario *s, uint64_t seed, sim_time at,
		       void (*subscribe)(struct run *r, void *context), void *context, const volatile int *stop);

/* Told every few milliseconds of real time while a world settles: how many of its pods have been placed. Returns
 * whether to go on. */
struct world_progress {
	bool (*tell)(void *context, uint32_t placed, uint32_t pods);
	void *context;
};

/* The same step by step, for somebody who watches: begin builds and settles it, the clock at 0. progress: NULL, or
 * stays until then. NULL when progress said so; the caller releases r in any case. */
struct world *world_begin(struct run *r, const struct scenario *s, uint64_t seed,
			  void (*subscribe)(struct run *r, void *context), void *context,
			  const struct world_progress *progress);

/* Handles events at or before `until`, at most `limit` of them, and delivers their facts. Returns whether all were; the
 * clock is at `until` then, else at the last event. */
bool world_advance(struct world *w, sim_time until, uint64_t limit);

/* When something happens next, SIM_NEVER if nothing does. */
sim_time world_next(const struct world *w);

/* The same as far as the initial state: built and settled, the clock at 0. asked: row of a pod of the scenario that the
 * scheduler leaves alone, or UINT32_MAX. The caller releases r. */
struct world *world_settled(struct run *r, const struct scenario *s, uint64_t seed, uint32_t asked);

#endif
