/* cron.h - schedules as cron writes them, and a calendar to look them up in. UTC; no leap seconds, as in Unix time. */
#ifndef SIM_CRON_H
#define SIM_CRON_H

#include <stdbool.h>
#include <stdint.h>

/* Sets of bits; bit n is the value n. */
struct cron {
	uint64_t minute;           /* 0-59 */
	uint32_t hour, day, month; /* 0-23, 1-31, 1-12 */
	uint8_t weekday;           /* 0-6, Sunday is 0 */
	bool any_day, any_weekday; /* written as * or ?: then only the other decides; else either may */
	int64_t every;             /* @every: seconds from one to the next; 0: the sets count */
};

/*
 * Reads five fields, "minute hour day-of-month month day-of-week", each a list of *, ?, n, a-b, with /step; names
 * (jan-dec, sun-sat) in any case; or @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every
 * DURATION. The grammar is that of github.com/robfig/cron v3 ParseStandard, which Kubernetes uses (recalled). Returns
 * NULL, or what is wrong with it in words.
 */
const char *cron_parse(const char *text, struct cron *out);

/* The first time after `after`, in seconds since 1970; INT64_MAX when there is none within five years (as robfig/cron).
 */
int64_t cron_next(const struct cron *c, int64_t after);

/* "2026-01-31T08:30:00Z" (RFC 3339 in UTC, whole seconds) to seconds since 1970; false when it is none of 1970-9999. */
bool cron_instant(const char *text, int64_t *seconds);

#endif
