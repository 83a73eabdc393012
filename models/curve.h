/* curve.h - what a container uses over time: a constant, growth, steps, a wave, a random walk, or a file of samples. */
#ifndef MODELS_CURVE_H
#define MODELS_CURVE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/rng.h"
#include "sim/time.h"

enum curve_kind { CURVE_CONSTANT, CURVE_STEPS, CURVE_WAVE, CURVE_WALK };

struct curve_point {
	sim_time at;
	double value;
};

/* Values are millicores, bytes or a count, never negative. Zero is the constant 0. */
struct curve {
	uint8_t kind;  /* enum curve_kind */
	bool by_clock; /* read at the time of the run rather than at the container's age: at, waves and files */
	double low, high;
	double growth;   /* more of it each second, of a constant */
	double step;     /* walk: standard deviation of one step */
	sim_time period; /* wave: one swing; walk: between steps */
	uint32_t count;  /* steps: at least one, in time order */
	struct curve_point *point;
};

/* Where a walk has come to; zero is its start. Other curves need none. */
struct curve_state {
	uint64_t steps;
	double value;
};

/*
 * Reads "200Mi", "steps(0s 100Mi, 5m 300Mi)", "at(...)" likewise, "wave(LOW, HIGH, PERIOD)" or "walk(LOW, HIGH, STEP,
 * EVERY)"; amounts are quantities, read as millicores when milli. Times of steps count from the container's start,
 * those of at from the begin of the run. A wave starts at LOW at time 0 of the run and is a sine; a walk starts in the
 * middle of LOW and HIGH, moves by normal steps and is reflected at both. Points come from a. Returns NULL, or a
 * constant sentence saying what is wrong, leaving *out alone.
 */
const char *curve_parse(struct arena *a, const char *text, bool milli, struct curve *out);

/*
 * Reads samples, one "SECONDS,AMOUNT" a line (seconds since the run began, ascending; lines that begin with '#' and a
 * heading without digits are left out), as steps by the clock. At most 100,000. Returns NULL or what is wrong, and
 * *line where.
 */
const char *curve_parse_samples(struct arena *a, const char *text, bool milli, struct curve *out, uint32_t *line);

/* The value at `age` (>= 0), or at the time of the run when by_clock. A walk moves *state on; ages never go back. */
double curve_at(const struct curve *c, sim_time age, struct curve_state *state, const struct rng *r);

/* No value until `until` is larger. */
double curve_most(const struct curve *c, sim_time until);

/* Whether it never changes. */
bool curve_is_constant(const struct curve *c);

/* The first age at or after `age`, and not after `until`, at which the value is above `level`; SIM_NEVER if none is.
 * state as curve_at(), which is left alone. Exact but for waves, which are looked at 64 times a swing. */
sim_time curve_passes(const struct curve *c, sim_time age, sim_time until, double level, struct curve_state state,
		      const struct rng *r);

#endif
