/* human.c - durations, sizes, amounts and dates in the words of the tools. */
#include "report/looks/human.h"

#include <inttypes.h>
#include <time.h>

#include "sim/text.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* Two units, the second left out when it is 0. */
static const char *pair(struct arena *a, int64_t big, char big_unit, int64_t small, char small_unit)
{
	return small == 0 ? text_format(a, "%" PRId64 "%c", big, big_unit)
			  : text_format(a, "%" PRId64 "%c%" PRId64 "%c", big, big_unit, small, small_unit);
}

const char *human_age(struct arena *a, sim_time t)
{
	const int64_t s = t / SECONDS(1);

	if (s < -1)
		return "<invalid>";
	if (s < 0)
		return "0s";
	if (s < 2 * MINUTE)
		return pair(a, s, 's', 0, 's');
	if (s < 10 * MINUTE)
		return pair(a, s / MINUTE, 'm', s % MINUTE, 's');
	if (s < 3 * HOUR)
		return pair(a, s / MINUTE, 'm', 0, 's');
	if (s < 8 * HOUR)
		return pair(a, s / HOUR, 'h', s / MINUTE % 60, 'm');
	if (s < 2 * DAY)
		return pair(a, s / HOUR, 'h', 0, 'm');
	if (s < 8 * DAY)
		return pair(a, s / DAY, 'd', s / HOUR % 24, 'h');
	if (s < 2 * YEAR)
		return pair(a, s / DAY, 'd', 0, 'h');
	if (s < 8 * YEAR)
		return pair(a, s / YEAR, 'y', s / DAY % 365, 'd');
	return pair(a, s / YEAR, 'y', 0, 'd');
}

const char *human_duration(struct arena *a, sim_time t)
{
	const int64_t s = t / SECONDS(1), hours = (t + 30 * SECONDS(MINUTE)) / SECONDS(HOUR);

	if (s < 1)
		return "Less than a second";
	if (s == 1)
		return "1 second";
	if (s < MINUTE)
		return text_format(a, "%" PRId64 " seconds", s);
	if (s < 2 * MINUTE)
		return "About a minute";
	if (s < HOUR)
		return text_format(a, "%" PRId64 " minutes", s / MINUTE);
	if (hours == 1)
		return "About an hour";
	if (hours < 48)
		return text_format(a, "%" PRId64 " hours", hours);
	if (hours < 24 * 7 * 2)
		return text_format(a, "%" PRId64 " days", hours / 24);
	if (hours < 24 * 30 * 2)
		return text_format(a, "%" PRId64 " weeks", hours / 24 / 7);
	if (hours < 24 * 365 * 2)
		return text_format(a, "%" PRId64 " months", hours / 24 / 30);
	return text_format(a, "%" PRId64 " years", s / YEAR);
}

/* Divides by base until less than that is left; *unit counts how often, at most 8 times. */
static double scaled(double x, double base, int *unit)
{
	for (*unit = 0; x >= base && *unit < 8; ++*unit)
		x /= base;
	return x;
}

const char *human_size(struct arena *a, double bytes, int digits)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
	int unit;
	const double x = scaled(bytes, 1000, &unit);

	return text_format(a, "%.*g%s", digits, x, units[unit]);
}

const char *human_bytes(struct arena *a, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
	int unit;
	const double x = scaled(bytes, 1024, &unit);

	return text_format(a, "%.1f %s", x, units[unit]);
}

const char *human_cpu(struct arena *a, int64_t milli)
{
	return milli % 1000 == 0 ? text_format(a, "%" PRId64, milli / 1000) : text_format(a, "%" PRId64 "m", milli);
}

const char *human_memory(struct arena *a, int64_t bytes)
{
	static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
	int unit = 0;

	while (bytes != 0 && bytes % 1024 == 0 && unit < 6) {
		bytes /= 1024;
		unit++;
	}
	return text_format(a, "%" PRId64 "%s", bytes, units[unit]);
}

/* Broken down in UTC; whole seconds, rounded down. */
static struct tm broken_down(int64_t start, sim_time at, int64_t *nanoseconds)
{
	int64_t s = at / SECONDS(1), ns = at % SECONDS(1);
	struct tm tm = {0};

	if (ns < 0) {
		s--;
		ns += SECONDS(1);
	}
	const time_t t = (time_t)(start + s);
	gmtime_r(&t, &tm);
	*nanoseconds = ns;
	return tm;
}

const char *human_date(struct arena *a, int64_t start, sim_time at)
{
	static const char *const day[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t ns;
	const struct tm t = broken_down(start, at, &ns);

	return text_format(a, "%s, %02d %s %d %02d:%02d:%02d +0000", day[t.tm_wday], t.tm_mday, month[t.tm_mon],
			   t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

const char *human_stamp(struct arena *a, int64_t start, sim_time at, bool exact)
{
	int64_t ns;
	const struct tm t = broken_down(start, at, &ns);
	const char *to_seconds = text_format(a, "%04d-%02d-%02dT%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1,
					     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);

	if (!exact || ns == 0)
		return text_format(a, "%sZ", to_seconds);
	int digits = 9;
	for (; ns % 10 == 0; ns /= 10)
		digits--;
	return text_format(a, "%s.%0*" PRId64 "Z", to_seconds, digits, ns);
}
