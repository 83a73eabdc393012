/* dist.h - distributions of durations: "lognormal(2s, 0.5)" in a scenario, a draw in a run. */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include "sim/rng.h"
#include "sim/time.h"

enum dist_kind { DIST_CONSTANT, DIST_UNIFORM, DIST_EXPONENTIAL, DIST_LOGNORMAL, DIST_WEIBULL, DIST_GAMMA };

/* Zero is the constant 0. Draws are never negative and at most SIM_NEVER - 1. */
struct dist {
	enum dist_kind kind;
	sim_time a;   /* constant: value; uniform: low; exponential: mean; lognormal: median; weibull, gamma: scale */
	sim_time b;   /* uniform: high */
	double shape; /* lognormal: standard deviation of the logarithm; weibull, gamma: shape */
};

/*
 * Reads "2s", "uniform(1s, 3s)", "exponential(40s)", "lognormal(2s, 0.5)", "weibull(2s, 0.7)" or "gamma(2s, 1.5)", the
 * last two with scale and shape in either order; spaces are free. Limits: uniform low <= high, sigma 0..10, shapes
 * DIST_SHAPE_MIN..DIST_SHAPE_MAX. Returns NULL, or a constant sentence saying what is wrong, leaving *out alone.
 */
const char *dist_parse(const char *text, struct dist *out);

/* The text dist_parse() reads back to the same distribution (to a millisecond's rounding of its times). Returns buffer.
 */
#define DIST_SHAPE_MIN 0.1
#define DIST_SHAPE_MAX 100.0
#define DIST_TEXT_MAX 96
const char *dist_print(const struct dist *d, char buffer[DIST_TEXT_MAX]);

/* One draw. A constant draws nothing from the stream. */
sim_time dist_draw(const struct dist *d, struct rng *r);

/*
 * One draw of what is left, at an instant chosen without regard to it, of an interval whose length is distributed as d:
 * the first gap of a renewal process that has gone on for ever. It is uniform on an interval drawn with a probability
 * proportional to its length (Cox, Renewal Theory, 1962, section 5.2). A constant 0 gives 0 and draws nothing.
 */
sim_time dist_draw_rest(const struct dist *d, struct rng *r);

/* The mean; the cumulative probability of a value <= t; the time below which a share p (0 < p < 1) of the values lies.
 */
sim_time dist_mean(const struct dist *d);
double dist_cdf(const struct dist *d, sim_time t);
sim_time dist_quantile(const struct dist *d, double p);

/* The squared coefficient of variation, variance / mean^2; 0 for a constant. */
double dist_cv2(const struct dist *d);

/* A distribution of kind exponential, lognormal, weibull or gamma with this mean; shape as in struct dist (unused for
 * exponential). */
struct dist dist_of_mean(enum dist_kind kind, sim_time mean, double shape);

#endif
