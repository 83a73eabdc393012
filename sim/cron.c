/* cron.c - schedules as cron writes them. */
#include "sim/cron.h"

#include <string.h>
#include <strings.h>

#include "sim/time.h"

#define DAY 86400
#define YEARS_AHEAD 5

/* ---- calendar ---- */

struct date {
	int64_t year;
	int month, day; /* 1-12, 1-31 */
};

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. The year is taken to begin in March, so that the leap day comes last; 400 years are one era.
 */
static int64_t days_of(struct date d)
{
	int64_t year = d.year - (d.month <= 2), era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(int64_t days)
{
	int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int64_t rest = shifted - era * 146097;
	int64_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	int64_t of_year = rest - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	return (struct date){.year = year + era * 400 + (month >= 10),
			     .month = (int)(month < 10 ? month + 3 : month - 9),
			     .day = (int)(of_year - (153 * month + 2) / 5 + 1)};
}

/* 1970-01-01 was a Thursday. */
static int weekday_of(int64_t days)
{
	return (int)(((days + 4) % 7 + 7) % 7);
}

/* A number of exactly n digits, or -1. */
static int digits(const char **text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + **text - '0';
	}
	return value;
}

bool cron_instant(const char *text, int64_t *seconds)
{
	static const char between[] = "--T::Z";
	int part[6];

	for (int i = 0; i < 6; i++) {
		part[i] = digits(&text, i == 0 ? 4 : 2);
		if (part[i] < 0 || *text++ != between[i])
			return false;
	}
	if (*text != '\0' || part[0] < 1970 || part[1] < 1 || part[1] > 12 || part[2] < 1 ||
	    part[2] > days_in(part[0], part[1]) || part[3] > 23 || part[4] > 59 || part[5] > 59)
		return false;
	*seconds = days_of((struct date){part[0], part[1], part[2]}) * DAY + part[3] * 3600 + part[4] * 60 + part[5];
	return true;
}

/* ---- reading ---- */

struct part {
	int low, high;
	const char *const *names; /* of low, low + 1, ...; or NULL */
};

/* A number, or a name of the part. */
static bool read_value(const char **text, const struct part *p, int *value)
{
	int n = 0, length = 0;

	for (int i = 0; p->names != NULL && p->names[i] != NULL; i++) {
		if (strncasecmp(*text, p->names[i], 3) != 0)
			continue;
		*text += 3;
		*value = p->low + i;
		return true;
	}
	for (; **text >= '0' && **text <= '9' && length < 4; (*text)++, length++)
		n = n * 10 + **text - '0';
	*value = n;
	return length > 0;
}

/* One item of a list: *, ?, n, a-b, each with /step. any: set for a star without steps. */
static const char *read_item(const char **text, const struct part *p, uint64_t *bits, bool *any)
{
	int from = p->low, to = p->high, step = 1;
	bool star = **text == '*' || **text == '?', range = star;

	if (star)
		(*text)++;
	else if (!read_value(text, p, &from))
		return "a number, a name or * is missing";
	else
		to = from;
	if (!star && **text == '-') {
		(*text)++;
		range = true;
		if (!read_value(text, p, &to))
			return "the end of a range is missing";
	}
	if (**text == '/') {
		(*text)++;
		static const struct part plain = {0, 0, NULL};
		if (!read_value(text, &plain, &step) || step == 0)
			return "a step must be a number above 0";
		if (!range)
			to = p->high; /* n/step goes on to the end */
		star = star && step == 1;
	}
	if (from < p->low || to > p->high)
		return "a number is out of its range";
	if (from > to)
		return "a range goes backwards";
	for (int i = from; i <= to; i += step)
		*bits |= UINT64_C(1) << i;
	*any |= star;
	return NULL;
}

static const char *read_part(const char **text, const struct part *p, uint64_t *bits, bool *any)
{
	const char *wrong;

	*bits = 0;
	*any = false;
	for (;;) {
		wrong = read_item(text, p, bits, any);
		if (wrong != NULL || **text != ',')
			return wrong;
		(*text)++;
	}
}

static const char *read_parts(const char *text, struct cron *c)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
					     "aug", "sep", "oct", "nov", "dec", NULL};
	static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
	static const struct part part[] = {{0, 59, NULL}, {0, 23, NULL}, {1, 31, NULL}, {1, 12, months}, {0, 6, days}};
	uint64_t bits[5];
	bool any[5];

	for (int i = 0; i < 5; i++) {
		text += strspn(text, " \t");
		if (*text == '\0')
			return "five fields are needed: minute hour day month weekday";
		const char *wrong = read_part(&text, &part[i], &bits[i], &any[i]);
		if (wrong != NULL)
			return wrong;
		if (*text != '\0' && *text != ' ' && *text != '\t')
			return "a field has more than numbers, names and , - / * ?";
	}
	if (text[strspn(text, " \t")] != '\0')
		return "more than five fields";
	*c = (struct cron){.minute = bits[0],
			   .hour = (uint32_t)bits[1],
			   .day = (uint32_t)bits[2],
			   .month = (uint32_t)bits[3],
			   .weekday = (uint8_t)bits[4],
			   .any_day = any[2],
			   .any_weekday = any[4]};
	return NULL;
}

const char *cron_parse(const char *text, struct cron *out)
{
	static const char *const word[][2] = {
		{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
		{"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
		{"@hourly", "0 * * * *"},
	};
	sim_time every;

	text += strspn(text, " \t");
	if (strncmp(text, "@every ", 7) == 0) {
		if (!time_parse(text + 7, &every))
			return "@every needs a duration such as 1h30m";
		/* Rounded down to seconds, at least one. */
		*out = (struct cron){.every = every >= SECONDS(1) ? every / SECONDS(1) : 1};
		return NULL;
	}
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcmp(text, word[i][0]) == 0)
			return read_parts(word[i][1], out);
	return *text == '@' ? "it is none of @yearly, @monthly, @weekly, @daily, @hourly and @every"
			    : read_parts(text, out);
}

/* ---- looking up ---- */

static bool day_matches(const struct cron *c, int day, int64_t days)
{
	bool by_day = c->day >> day & 1, by_weekday = c->weekday >> weekday_of(days) & 1;

	return c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* The first minute of the day that is at or after `from`, or -1. */
static int minute_of_day(const struct cron *c, int from)
{
	for (int hour = from / 60; hour < 24; hour++, from = hour * 60) {
		if (!(c->hour >> hour & 1))
			continue;
		for (int minute = from % 60; minute < 60; minute++)
			if (c->minute >> minute & 1)
				return hour * 60 + minute;
	}
	return -1;
}

int64_t cron_next(const struct cron *c, int64_t after)
{
	if (c->every > 0)
		return after + c->every;
	int64_t start = (after + 60) / 60, days = start / 1440;
	int from = (int)(start % 1440);
	struct date d = date_of(days);

	for (int64_t last = d.year + YEARS_AHEAD; d.year <= last; from = 0) {
		if (!(c->month >> d.month & 1)) {
			d = d.month == 12 ? (struct date){d.year + 1, 1, 1} : (struct date){d.year, d.month + 1, 1};
			days = days_of(d);
			continue;
		}
		int at = day_matches(c, d.day, days) ? minute_of_day(c, from) : -1;
		if (at >= 0)
			return (days * 1440 + at) * 60;
		d = date_of(++days);
	}
	return INT64_MAX;
}
