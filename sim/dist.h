/* dist.h - distributions of durations: "lognormal(2s, 0.5)" in a scenario, a draw in a run. */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include "sim/rng.h"
#include "sim/time.h"

enum dist_kind { DIST_CONSTANT, DIST_UNIFORM, DIST_EXPONENTIAL, DIST_LOGNORMAL };

/* Zero is the constant 0. Draws are never negative and at most SIM_NEVER - 1. */
struct dist {
	enum dist_kind kind;
	sim_time a;   /* constant: value; uniform: low; exponential: mean; lognormal: median */
	sim_time b;   /* uniform: high */
	double sigma; /* lognormal: standard deviation of the logarithm */
};

/*
 * Reads "2s", "uniform(1s, 3s)", "exponential(40s)" or "lognormal(2s, 0.5)"; spaces are free. Limits: uniform low <=
 * high, sigma 0..10. Returns NULL, or a constant sentence saying what is wrong, leaving *out alone.
 */
const char *dist_parse(const char *text, struct dist *out);

/* The text dist_parse() reads back to the same distribution (to a millisecond's rounding of its times). Returns buffer.
 */
#define DIST_TEXT_MAX 96
const char *dist_print(const struct dist *d, char buffer[DIST_TEXT_MAX]);

/* One draw. A constant draws nothing from the stream. */
sim_time dist_draw(const struct dist *d, struct rng *r);

/* The mean, and the cumulative probability of a value <= t (for tests against theory). */
sim_time dist_mean(const struct dist *d);
double dist_cdf(const struct dist *d, sim_time t);

#endif
