/* test_time.c - durations read and printed. */
#include "tests/test.h"

#include <math.h>
#include <string.h>

#include "sim/time.h"

static void reads(void **state)
{
	static const struct {
		const char *text;
		sim_time want;
	} cases[] = {
		{"0", 0},
		{"0s", 0},
		{"40s", SECONDS(40)},
		{"1m30s", SECONDS(90)},
		{"250ms", MILLIS(250)},
		{"1.5h", MINUTES(90)},
		{"2d", MINUTES(2880)},
		{"1ns", 1},
		{"7us", MICROS(7)},
		{"1d1h1m1s1ms1us1ns", 90061001001001},
		{"0.1s", MILLIS(100)},
		{"1.5h30m", MINUTES(120)},
		{"0.9999999999s", 999999999},
		{"0.5ns", 0},
		{"1h1ms", MINUTES(60) + MILLIS(1)},
		{"007s", SECONDS(7)},
		{"9223372036.854775806s", SIM_NEVER - 1},
		{"106751d23h47m16.854775806s", SIM_NEVER - 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		sim_time t = -1;

		assert_true(time_parse(cases[i].text, &t));
		assert_int_equal(t, cases[i].want);
	}
}

static void refuses(void **state)
{
	static const char *const texts[] = {
		"",
		"1",
		"00",
		"0.0",
		"-1s",
		"+1s",
		" 1s",
		"1s ",
		"1 s",
		"1x",
		"s",
		".",
		".5s",
		"1.s",
		"1.5",
		"1s1m",
		"1s1s",
		"1ms1s",
		"1S",
		"1e3s",
		"1s5",
		"1.2.3s",
		"9223372036.854775807s",
		"9223372037s",
		"106752d",
		"1sec",
		"99999999999999999999ns",
		"99999999999999999999d",
		"1h-5m",
		"nan",
		"inf",
		"never",
		"1m\xc2\xb5s",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		sim_time t = 77;

		if (time_parse(texts[i], &t))
			fail_msg("\"%s\" was read as %lld", texts[i], (long long)t);
		assert_int_equal(t, 77);
	}
}

static void prints(void **state)
{
	static const struct {
		sim_time t;
		const char *want;
	} cases[] = {
		{0, "0s"},
		{MILLIS(47700), "47.7s"},
		{SECONDS(90), "1m30s"},
		{MILLIS(360250), "6m0.25s"},
		{SIM_NEVER, "never"},
		{MILLIS(5), "5ms"},
		{MILLIS(250), "250ms"},
		{499999, "0s"},
		{500000, "1ms"},
		{999499999, "999ms"},
		{999500000, "1s"},
		{MILLIS(59999) + 500000, "1m"},
		{MINUTES(60), "1h"},
		{MINUTES(1440), "1d"},
		{MINUTES(1500) + SECONDS(5), "1d1h5s"},
		{-SECONDS(90), "-1m30s"},
		{-MILLIS(20), "-20ms"},
		{-1, "0s"},
		{MILLIS(1001), "1.001s"},
		{MILLIS(1010), "1.01s"},
		{SIM_NEVER - 1, "106751d23h47m16.855s"},
		{INT64_MIN, "-106751d23h47m16.855s"},
	};
	char buffer[TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ptr_equal(time_print(cases[i].t, buffer), buffer);
		assert_string_equal(buffer, cases[i].want);
	}
}

static void prints_what_it_reads(void **state)
{
	char buffer[TIME_TEXT_MAX];
	sim_time again;

	(void)state;
	for (sim_time t = 0; t < MINUTES(3000000); t = t * 3 + MILLIS(7)) {
		assert_true(time_parse(time_print(t, buffer), &again));
		assert_int_equal(again, t);
	}
}

static void converts_seconds(void **state)
{
	(void)state;
	assert_int_equal(time_from_seconds(1.5), MILLIS(1500));
	assert_int_equal(time_from_seconds(1.4e-9), 1);
	assert_int_equal(time_from_seconds(0.5e-9), 1);
	assert_int_equal(time_from_seconds(0.4e-9), 0);
	assert_int_equal(time_from_seconds(-3), 0);
	assert_int_equal(time_from_seconds((double)NAN), 0);
	assert_int_equal(time_from_seconds((double)INFINITY), SIM_NEVER - 1);
	assert_int_equal(time_from_seconds(1e300), SIM_NEVER - 1);
	assert_int_equal(time_from_seconds(9223372036.0), SECONDS(9223372036));
	assert_true(time_seconds(MILLIS(2500)) == 2.5);
}

static void adds(void **state)
{
	(void)state;
	assert_int_equal(time_add(1, 2), 3);
	assert_int_equal(time_add(SIM_NEVER, 0), SIM_NEVER);
	assert_int_equal(time_add(0, SIM_NEVER), SIM_NEVER);
	assert_int_equal(time_add(SIM_NEVER - 5, 6), SIM_NEVER);
	assert_int_equal(time_add(SIM_NEVER - 5, 4), SIM_NEVER - 1);
	assert_int_equal(time_add(SIM_NEVER, SIM_NEVER), SIM_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(prints),
		cmocka_unit_test(prints_what_it_reads),
		cmocka_unit_test(converts_seconds),
		cmocka_unit_test(adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
