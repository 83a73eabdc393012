/* time.h - virtual time: signed 64-bit nanoseconds since the run began. */
#ifndef SIM_TIME_H
#define SIM_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t sim_time;

#define SIM_NEVER INT64_MAX
#define MICROS(n) ((sim_time)(n)*1000)
#define MILLIS(n) ((sim_time)(n)*1000000)
#define SECONDS(n) ((sim_time)(n)*1000000000)
#define MINUTES(n) (SECONDS(n) * 60)

/* Longest printed time with its terminating zero. */
#define TIME_TEXT_MAX 40

/*
 * Reads a duration such as "40s", "1m30s", "250ms", "1.5h", "2d"; units ns us ms s m h d, each at most once and largest
 * first. A plain "0" is zero; any other number without a unit is refused. Returns false, leaving *out alone, when text
 * is no duration or exceeds about 292 years. A leading '-' is refused.
 */
bool time_parse(const char *text, sim_time *out);

/*
 * Prints t as the shortest exact-enough reading, at millisecond precision: "47.7s", "1m30s", "6m0.25s"; "never" for
 * SIM_NEVER. Negative values get a leading '-'. Returns buffer.
 */
const char *time_print(sim_time t, char buffer[TIME_TEXT_MAX]);

/* t in seconds, for statistics and printing. */
static inline double time_seconds(sim_time t)
{
	return (double)t / 1e9;
}

/* Seconds to time, rounded to the nearest nanosecond; saturates at 0 below and at SIM_NEVER - 1 above. NaN gives 0. */
sim_time time_from_seconds(double seconds);

/* a + b without overflow: SIM_NEVER absorbs, and sums past it saturate. Both must be >= 0. */
static inline sim_time time_add(sim_time a, sim_time b)
{
	return a >= SIM_NEVER - b ? SIM_NEVER : a + b;
}

#endif
