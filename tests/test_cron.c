/* test_cron.c - schedules: grammar, calendar, next times. */
#include "tests/test.h"

#include <stdio.h>

#include "sim/cron.h"

static int64_t at(const char *text)
{
	int64_t s = -1;

	assert_true(cron_instant(text, &s));
	return s;
}

static void next_is(const char *schedule, const char *after, const char *expected)
{
	struct cron c;
	const char *wrong = cron_parse(schedule, &c);

	if (wrong != NULL)
		fail_msg("%s: %s", schedule, wrong);
	int64_t next = cron_next(&c, at(after));
	if (expected == NULL)
		assert_true(next == INT64_MAX);
	else if (next != at(expected))
		fail_msg("%s after %s: %lld, not %s", schedule, after, (long long)next, expected);
}

static void instants(void **unused)
{
	int64_t s;

	(void)unused;
	assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(at("2000-03-01T00:00:00Z"), 951868800);
	assert_int_equal(at("2026-01-01T00:00:00Z"), 1767225600);
	assert_int_equal(at("2024-02-29T23:59:59Z"), 1709251199);
	const char *const wrong[] = {
		"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",  "2026-01-01T24:00:00Z", "2026-01-01",
		"1969-12-31T00:00:00Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:60:00Z", "",
		"2026-04-31T00:00:00Z"};
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(cron_instant(wrong[i], &s));
}

static void fields(void **unused)
{
	(void)unused;
	next_is("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"); /* strictly after */
	next_is("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z");
	next_is("*/15 * * * *", "2026-01-01T00:46:00Z", "2026-01-01T01:00:00Z");
	next_is("5/20 * * * *", "2026-01-01T00:06:00Z", "2026-01-01T00:25:00Z");
	next_is("0 9-17/4 * * *", "2026-01-01T09:00:00Z", "2026-01-01T13:00:00Z");
	next_is("0 9-17/4 * * *", "2026-01-01T17:00:00Z", "2026-01-02T09:00:00Z");
	next_is("1,2,50-52 3 * * *", "2026-01-01T03:02:00Z", "2026-01-01T03:50:00Z");
	next_is("0 0 1 jan ?", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
	next_is("30 6 * FEB-apr *", "2026-01-01T00:00:00Z", "2026-02-01T06:30:00Z");
	next_is("0 0 29 2 *", "2025-01-01T00:00:00Z", "2028-02-29T00:00:00Z");
	next_is("0 0 31 4 *", "2026-01-01T00:00:00Z", NULL);
	next_is("0 12 31 * *", "2026-01-31T12:00:00Z", "2026-03-31T12:00:00Z");
	/* 2026-01-01 is a Thursday. */
	next_is("0 8 * * mon-fri", "2026-01-02T08:00:00Z", "2026-01-05T08:00:00Z");
	next_is("0 8 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T08:00:00Z");
}

/* With both restricted either day will do; a star in one leaves the other; but not a star with a step (robfig/cron). */
static void days(void **unused)
{
	(void)unused;
	next_is("0 0 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
	next_is("0 0 13 * fri", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z");
	next_is("0 0 13 * *", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z");
	next_is("0 0 */10 * mon", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z");
	next_is("0 0 */10 * mon", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z");
}

static void words(void **unused)
{
	(void)unused;
	next_is("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
	next_is("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
	next_is("@midnight", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
	next_is("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z");
	next_is("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
	next_is("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
	next_is("@annually", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
	next_is("@every 90s", "2026-01-01T00:00:07Z", "2026-01-01T00:01:37Z");
	next_is("@every 1ms", "2026-01-01T00:00:07Z", "2026-01-01T00:00:08Z");
}

static void mistakes(void **unused)
{
	const char *const wrong[] = {
		"",           "* * * *",       "* * * * * *",  "60 * * * *",   "* 24 * * *",  "* * 0 * *",
		"* * 32 * *", "* * * 13 *",    "* * * * 7",    "* * * foo *",  "*/0 * * * *", "5-1 * * * *",
		"1- * * * *", "a * * * *",     "1,,2 * * * *", "@noon",        "@every",      "@every 5",
		"*x * * * *", "99999 * * * *", "1/ * * * *",   "1-2-3 * * * *"};
	struct cron c;

	(void)unused;
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (cron_parse(wrong[i], &c) == NULL)
			fail_msg("\"%s\" was accepted", wrong[i]);
}

/* Against a search minute by minute. */
static void by_force(void **unused)
{
	const char *const schedule[] = {"17 */7 * * 2", "*/13 5 1-7 * sat", "0 0 28-31 feb,mar *", "59 23 * 12 ?"};

	(void)unused;
	for (size_t i = 0; i < COUNT(schedule); i++) {
		struct cron c;
		int64_t t = at("2027-12-01T00:00:00Z"), end = t + 200 * 86400, next;

		assert_null(cron_parse(schedule[i], &c));
		for (next = cron_next(&c, t); t < end; t += 60) {
			assert_true(next > t);
			assert_int_equal(cron_next(&c, t), next);
			if (t + 60 == next)
				next = cron_next(&c, next);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants), cmocka_unit_test(fields),   cmocka_unit_test(days),
		cmocka_unit_test(words),    cmocka_unit_test(mistakes), cmocka_unit_test(by_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
