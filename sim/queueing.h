/* queueing.h - queues in their steady state: how long one waits, how often one is turned away. */
#ifndef SIM_QUEUEING_H
#define SIM_QUEUEING_H

#include <stdint.h>

#include "sim/dist.h"

/*
 * Customers arrive as a Poisson process at `rate` (1/s), are served one each by `servers` (>= 1) servers, first come
 * first served, and find at most `room` places to wait: who finds them taken is turned away. Service takes `time`.
 */
struct queueing {
	double rate;
	struct dist time;
	uint32_t servers, room;
};

/* What comes of it; times in seconds, of customers that are not turned away. */
struct queueing_result {
	double busy;         /* offered load of each server, rate * mean / servers */
	double turned_away;  /* share of all customers */
	double waits;        /* share of the others that wait at all */
	double mean_wait;    /* of those others, the ones that do not wait included */
	double mean_stay;    /* wait and service */
	double shape, scale; /* of the gamma distribution that stands for the wait of those that wait */
	double service;      /* mean service */
	struct dist time;
};

/* Room beyond this is refused: the sums below go through it. */
#define QUEUEING_ROOM_MAX 100000

/*
 * Exact for exponential service (M/M/c/K; Erlang C and M/M/1 where room is large); exact in the mean for one server
 * with much room and any service (M/G/1, Pollaczek and Khinchine); else the wait of M/M/c/K times (1 + cv^2) / 2 (Lee
 * and Longton 1959, also as Allen and Cunneen), and M/M/c/K's share turned away.
 */
struct queueing_result queueing_solve(const struct queueing *q);

/* The probability that a customer who is not turned away stays longer than t seconds. Exact for exponential service
 * with much room; else the wait is that of struct queueing_result and service is taken at 40 quantiles. */
double queueing_stays_longer(const struct queueing_result *r, double t);

#endif
