/* time.c - reads and prints virtual time. */
#include "sim/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	sim_time length;
};

/* Largest first, the order in which a duration must name them. */
static const struct unit units[] = {
	{"d", MINUTES(24 * 60)}, {"h", MINUTES(60)}, {"m", MINUTES(1)}, {"s", SECONDS(1)},
	{"ms", MILLIS(1)},       {"us", MICROS(1)},  {"ns", 1},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Index of the unit that is exactly the letters at text, or UNITS. */
static size_t find_unit(const char *text, size_t length)
{
	for (size_t i = 0; i < UNITS; i++)
		if (strlen(units[i].name) == length && !memcmp(units[i].name, text, length))
			return i;
	return UNITS;
}

/* Sums one "12.5s" into *sum; parts below a nanosecond are cut off. Returns what follows, or NULL. */
static const char *read_part(const char *p, size_t *next_unit, sim_time *sum)
{
	const char *whole = p, *fraction, *fraction_end, *letters;
	sim_time part = 0, below = 0;
	size_t u;

	while (is_digit(*p))
		p++;
	fraction = fraction_end = p;
	if (*p == '.') {
		fraction = ++p;
		while (is_digit(*p))
			p++;
		fraction_end = p;
		if (fraction == fraction_end)
			return NULL;
	}
	if (!is_digit(*whole))
		return NULL;
	letters = p;
	while (*p >= 'a' && *p <= 'z')
		p++;
	u = find_unit(letters, (size_t)(p - letters));
	if (u == UNITS || u < *next_unit)
		return NULL;
	*next_unit = u + 1;
	for (; is_digit(*whole); whole++)
		if (__builtin_mul_overflow(part, 10, &part) || __builtin_add_overflow(part, *whole - '0', &part))
			return NULL;
	if (__builtin_mul_overflow(part, units[u].length, &part))
		return NULL;
	/* From the last digit up, so that 0.d1d2.. of the unit is formed without a power of ten. */
	while (fraction_end > fraction)
		below = (below + (sim_time)(*--fraction_end - '0') * units[u].length) / 10;
	if (__builtin_add_overflow(part, below, &part) || __builtin_add_overflow(*sum, part, sum))
		return NULL;
	return p;
}

bool time_parse(const char *text, sim_time *out)
{
	sim_time sum = 0;
	size_t next_unit = 0;
	const char *p = text;

	if (!strcmp(text, "0")) {
		*out = 0;
		return true;
	}
	do
		p = read_part(p, &next_unit, &sum);
	while (p && *p);
	if (!p || sum == SIM_NEVER)
		return false;
	*out = sum;
	return true;
}

/* Appends formatted text behind *length; the buffer is always large enough for the parts of one time. */
static void add_part(char buffer[TIME_TEXT_MAX], size_t *length, uint64_t number, const char *unit)
{
	*length += (size_t)snprintf(buffer + *length, TIME_TEXT_MAX - *length, "%" PRIu64 "%s", number, unit);
}

static void add_seconds(char buffer[TIME_TEXT_MAX], size_t *length, uint64_t millis)
{
	char digits[8];
	size_t n;

	add_part(buffer, length, millis / 1000, "");
	if (millis % 1000) {
		snprintf(digits, sizeof(digits), ".%03u", (unsigned)(millis % 1000));
		for (n = 4; digits[n - 1] == '0'; n--)
			;
		digits[n] = '\0';
		*length += (size_t)snprintf(buffer + *length, TIME_TEXT_MAX - *length, "%s", digits);
	}
	*length += (size_t)snprintf(buffer + *length, TIME_TEXT_MAX - *length, "s");
}

const char *time_print(sim_time t, char buffer[TIME_TEXT_MAX])
{
	uint64_t size = t < 0 ? 0 - (uint64_t)t : (uint64_t)t;
	uint64_t millis = (size + 500000) / 1000000;
	size_t length = 0;

	if (t == SIM_NEVER)
		return strcpy(buffer, "never");
	if (!millis)
		return strcpy(buffer, "0s");
	if (t < 0)
		buffer[length++] = '-';
	if (millis < 1000) {
		add_part(buffer, &length, millis, "ms");
		return buffer;
	}
	for (size_t u = 0; u < 3; u++) {
		uint64_t unit = (uint64_t)units[u].length / 1000000;

		if (millis >= unit)
			add_part(buffer, &length, millis / unit, units[u].name);
		millis %= unit;
	}
	if (millis)
		add_seconds(buffer, &length, millis);
	return buffer;
}

sim_time time_from_seconds(double seconds)
{
	double nanos = seconds * 1e9;

	if (!(nanos > 0))
		return 0;
	/* 2^63: the nearest double to SIM_NEVER, and the first that no longer fits. */
	if (nanos >= 9223372036854775808.0)
		return SIM_NEVER - 1;
	return (sim_time)round(nanos);
}
