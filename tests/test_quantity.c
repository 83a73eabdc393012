/* test_quantity.c - resource quantities against values that apimachinery v0.32 and v0.34 print. */
#include "tests/test.h"

#include <string.h>

#include "models/quantity.h"

static struct quantity q(const char *text)
{
	struct quantity out = {0};
	const char *wrong = quantity_parse(text, &out);

	if (wrong)
		fail_msg("\"%s\": %s", text, wrong);
	return out;
}

static void rounds_as_upstream(void **state)
{
	static const struct {
		const char *text;
		int64_t value, milli;
	} cases[] = {
		{"100m", 1, 100},
		{"0.5m", 1, 1},
		{"1n", 1, 1},
		{"0.1n", 1, 1},
		{"1.5", 2, 1500},
		{"1.0001", 2, 1001},
		{"-1.5", -2, -1500},
		{"1E", 1000000000000000000, 0},
		{"1k", 1000, 1000000},
		{"1Ki", 1024, 1024000},
		{"0.1Gi", 107374183, 107374182400},
		{"1.5Gi", 1610612736, 1610612736000},
		{"1.1Ki", 1127, 1126400},
		{"0.3Ki", 308, 307200},
		{"129e6", 129000000, 129000000000},
		{"2E-2", 1, 20},
		{"8Ei", INT64_MAX, -1000},
		{"9Ei", INT64_MAX, -1000},
		{"123Mi", 128974848, 128974848000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(quantity_value(q(cases[i].text)), cases[i].value);
		assert_int_equal(quantity_milli(q(cases[i].text)), cases[i].milli);
	}
}

static void reads_every_form(void **state)
{
	static const struct {
		const char *text;
		int64_t value, milli;
	} cases[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"000", 0, 0},
		{"5.", 5, 5000},
		{".5", 1, 500},
		{"+3", 3, 3000},
		{"007", 7, 7000},
		{"1u", 1, 1},
		{"3M", 3000000, 3000000000},
		{"2G", 2000000000, 2000000000000},
		{"4T", 4000000000000, 4000000000000000},
		{"5P", 5000000000000000, 5000000000000000000},
		{"1E3", 1000, 1000000},
		{"1e+3", 1000, 1000000},
		{"1e-3", 1, 1},
		{"1.25e2", 125, 125000},
		{"1Ti", 1099511627776, 1099511627776000},
		{"1Pi", 1125899906842624, 1125899906842624000},
		{"1Ei", 1152921504606846976, -9223372036854775807 - 1},
		{"-1Ki", -1024, -1024000},
		{"0.000000000000001", 1, 1},
		{"-0.1n", -1, -1},
		{"1e-400", 1, 1},
		{"0e999", 0, 0},
		{"1e999", 0, 0},
		{"0.0000000000000000000000Ki", 0, 0},
		{"1.000000000000000000000001", 2, 1001},
		{"00000000000000000000000000000000000000000000000001", 1, 1000},
		{"9223372036854775807", INT64_MAX, -1000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(quantity_value(q(cases[i].text)), cases[i].value);
		assert_int_equal(quantity_milli(q(cases[i].text)), cases[i].milli);
	}
}

static void refuses(void **state)
{
	static const char *const texts[] = {
		"",      " ",     "K",         "1K",   "1ki",   "1mi",  "1Mb",  "1e",  "1e+", "1ee3",
		"1e3Ki", "1e3.5", "1 Ki",      " 1",   "1 ",    "1Kii", "1nu",  "m",   "Ki",  ".",
		"-",     "+",     "--1",       "+-1",  "1.1.1", "1,5",  "0x10", "nan", "inf", "1e99999999999999999999",
		"1i",    "ten",   "1\xc2\xb5", "1e3 ", "1Zi",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct quantity out = {.nano = 42};

		if (!quantity_parse(texts[i], &out))
			fail_msg("\"%s\" was accepted", texts[i]);
		assert_true(out.nano == 42);
	}
}

static void adds_exactly(void **state)
{
	struct quantity sum = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		sum = quantity_add(sum, q("0.1"));
	assert_int_equal(quantity_value(sum), 1);
	assert_int_equal(quantity_milli(sum), 1000);
	/* Rounded once, not for each part. */
	assert_int_equal(quantity_milli(quantity_add(q("0.5m"), q("0.5m"))), 1);
	assert_int_equal(quantity_value(quantity_add(q("1Gi"), q("500M"))), 1573741824);
	assert_int_equal(quantity_value(quantity_add(q("0.1Gi"), q("0.1Gi"))), 214748365);
	assert_int_equal(quantity_value(quantity_add(q("5"), q("-7"))), -2);
	assert_int_equal(quantity_value(quantity_add(q("1E"), q("0"))), 1000000000000000000);
}

static void overflows_as_upstream(void **state)
{
	(void)state;
	/* 10E is an int64 and a scale: what does not fit is 0. */
	assert_int_equal(quantity_value(q("10E")), 0);
	/* 5E + 5E is 10 at the scale of E, which fits. */
	assert_int_equal(quantity_value(quantity_add(q("5E"), q("5E"))), 0);
	/* 9E + 1 has to be written in units, and 9E + 9E + 1 no longer fits: a big decimal, of which 64 bits are kept.
	 */
	assert_int_equal(quantity_value(quantity_add(quantity_add(q("9E"), q("9E")), q("1"))), -446744073709551615);
	/* A big decimal makes the sum one too: the low 64 bits of 10^21. */
	assert_int_equal(quantity_milli(quantity_add(q("1E"), q("0.0Ki"))), 3875820019684212736);
}

static void compares(void **state)
{
	(void)state;
	assert_int_equal(quantity_compare(q("1000m"), q("1")), 0);
	assert_true(quantity_compare(q("1Ki"), q("1k")) > 0);
	assert_true(quantity_compare(q("-1"), q("0")) < 0);
	assert_true(quantity_compare(q("0.1n"), q("0")) > 0);
	assert_true(quantity_compare(q("1e999"), q("9Ei")) > 0);
	assert_int_equal(quantity_milli(quantity_max(q("1500m"), q("1"))), 1500);
	assert_int_equal(quantity_milli(quantity_max(q("-2"), q("-1"))), -1000);
}

static void saturates(void **state)
{
	struct quantity huge = q("1e999"), sum = quantity_add(huge, huge);

	(void)state;
	assert_int_equal(quantity_compare(sum, huge), 0);
	assert_int_equal(quantity_value(sum), 0);
	assert_int_equal(quantity_compare(quantity_add(q("-1e999"), q("-1")), q("-1e999")), 0);
	assert_int_equal(quantity_compare(quantity_add(q("1"), q("-1e999")), q("-1e999")), 0);
	assert_int_equal(quantity_compare(quantity_add(q("1e29"), q("1e29")), huge), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_as_upstream),
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(refuses),
		cmocka_unit_test(adds_exactly),
		cmocka_unit_test(overflows_as_upstream),
		cmocka_unit_test(compares),
		cmocka_unit_test(saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
