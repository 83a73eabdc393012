/* test_field.c - option tables: parsing, ranges, defaults, messages. */
#include "tests/test.h"

#include <string.h>

#include "sim/dist.h"
#include "sim/field.h"
#include "sim/time.h"

struct sample {
	bool flag;
	int32_t small;
	uint32_t positive, name;
	int64_t large;
	uint64_t seed;
	double share;
	sim_time grace, wait, lease;
	struct dist pull, beat;
	uint8_t colour;
};

static const char *const colours[] = {"red", "green", NULL};

static const char *wait_at(int variant)
{
	return variant >= 2 ? "50s" : "40s";
}

#define AT(member) offsetof(struct sample, member)
static const struct field rows[] = {
	{.name = "flag", .kind = FIELD_BOOL, .offset = AT(flag), .fallback = "true"},
	{.name = "small", .kind = FIELD_INT32, .offset = AT(small), .fallback = "3", .low = -5, .high = 5},
	{.name = "positive", .kind = FIELD_UINT32, .offset = AT(positive)},
	{.name = "large", .kind = FIELD_INT64, .offset = AT(large)},
	{.name = "seed", .kind = FIELD_UINT64, .offset = AT(seed)},
	{.name = "share", .kind = FIELD_DOUBLE, .offset = AT(share), .fallback = "0.5", .low = 0, .high = 1},
	{.name = "grace", .kind = FIELD_SECONDS, .offset = AT(grace), .fallback = "30"},
	{.name = "wait", .kind = FIELD_TIME, .offset = AT(wait), .fallback_at = wait_at, .low = 1, .high = 60},
	{.name = "leaseSeconds", .kind = FIELD_TIME, .offset = AT(lease)},
	{.name = "pull", .kind = FIELD_DIST, .offset = AT(pull), .fallback = "uniform(1s, 2s)"},
	{.name = "beat", .kind = FIELD_CONSTANT, .offset = AT(beat), .fallback = "5ms"},
	{.name = "name", .kind = FIELD_NAME, .offset = AT(name), .fallback = "nobody"},
	{.name = "colour", .kind = FIELD_ENUM, .offset = AT(colour), .choices = colours, .fallback = "green"},
	{.name = "ignored", .kind = FIELD_SKIP},
	{.name = NULL}};

struct bench {
	struct arena arena;
	struct names names;
	struct diag diag;
	struct field_context context;
	struct sample sample;
	struct text said;
};

static void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	names_init(&b->names, &b->arena, NULL);
	diag_init(&b->diag, &b->arena);
	b->context = (struct field_context){.arena = &b->arena, .names = &b->names, .diag = &b->diag};
}

static bool bench_read(struct bench *b, const char *text)
{
	struct yaml_docs docs = {0};
	bool fine;

	diag_add_source(&b->diag, "f", text, strlen(text));
	assert_true(yaml_read(&b->arena, &b->diag, "f", text, strlen(text), &docs));
	fine = field_read_map(&b->context, rows, docs.root[0], &b->sample, "a sample");
	text_init(&b->said, &b->arena);
	diag_print_errors(&b->diag, &b->said);
	diag_print_notes(&b->diag, &b->said);
	return fine;
}

static void defaults_are_parsed_by_the_rows(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.context.variant = 2;
	field_defaults(&b.context, rows, &b.sample);
	assert_true(b.sample.flag);
	assert_int_equal(b.sample.small, 3);
	assert_true(b.sample.share == 0.5);
	assert_int_equal(b.sample.grace, SECONDS(30));
	assert_int_equal(b.sample.wait, SECONDS(50));
	assert_int_equal(b.sample.pull.kind, DIST_UNIFORM);
	assert_int_equal(b.sample.beat.a, MILLIS(5));
	assert_string_equal(names_text(&b.names, b.sample.name), "nobody");
	assert_int_equal(b.sample.colour, 1);
	b.context.variant = 1;
	field_defaults(&b.context, rows, &b.sample);
	assert_int_equal(b.sample.wait, SECONDS(40));
	arena_release(&b.arena);
}

static void values_are_read(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	assert_true(bench_read(&b, "{flag: no, small: -5, positive: 4294967295, large: -9223372036854775808, "
				   "seed: 18446744073709551615, share: 1e-1, grace: 7, wait: 1m, leaseSeconds: 2.5, "
				   "pull: 2s, beat: 1ms, name: x, colour: red, ignored: [1]}"));
	assert_false(b.sample.flag);
	assert_int_equal(b.sample.small, -5);
	assert_int_equal(b.sample.positive, UINT32_MAX);
	assert_true(b.sample.large == INT64_MIN);
	assert_true(b.sample.seed == UINT64_MAX);
	assert_true(b.sample.share == 0.1);
	assert_int_equal(b.sample.grace, SECONDS(7));
	assert_int_equal(b.sample.wait, SECONDS(60));
	assert_int_equal(b.sample.lease, MILLIS(2500));
	assert_int_equal(b.sample.pull.kind, DIST_CONSTANT);
	assert_int_equal(b.sample.colour, 0);
	arena_release(&b.arena);
}

static void mistakes_are_explained(void **state)
{
	static const struct {
		const char *yaml, *error;
	} row[] = {
		{"flag: maybe", "f:1:7: error: flag must be true or false, not \"maybe\""},
		{"flag: \"true\"", "help: leave the quotes out"},
		{"small: 6", "small is 6, out of its range -5 to 5"},
		{"small: 1.5", "small must be a whole number, not \"1.5\""},
		{"positive: -1", "positive must be a number from 0 to 4294967295"},
		{"large: 9223372036854775808", "large must be a smaller number"},
		{"seed: -1", "seed must be a whole number of 0 or more"},
		{"share: nan", "share must be a number"},
		{"share: 0x1p-1", "share must be a number"},
		{"grace: 30s", "grace must be a whole number"},
		{"wait: 40", "help: durations need a unit: 40s"},
		{"wait: 61s", "wait is 61s, out of its range 1s to 1m"},
		{"pull: normal(1s)", "pull must be a duration or a distribution"},
		{"beat: uniform(1s, 2s)", "beat must be a constant duration"},
		{"colour: gren", "help: did you mean \"green\"?"},
		{"name: [x]", "name must be one value (text), not a list"},
		{"smal: 1", "unknown key \"smal\" in a sample"},
		{"smal: 1", "help: did you mean \"small\"?"},
		{"[1]", "a sample must be a map, not a list"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct bench b;

		bench_init(&b);
		assert_false(bench_read(&b, row[i].yaml));
		if (!strstr(b.said.data, row[i].error))
			fail_msg("%s gave\n%s", row[i].yaml, b.said.data);
		arena_release(&b.arena);
	}
}

static void a_lenient_reader_notes_what_it_does_not_know(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.context.lenient = true;
	assert_true(bench_read(&b, "{smal: 1, other: 2, small: null}"));
	assert_non_null(strstr(b.said.data, "a sample.smal is not simulated; is small meant?"));
	assert_non_null(strstr(b.said.data, "a sample.other is not simulated"));
	assert_int_equal(b.sample.small, 0);
	arena_release(&b.arena);
}

static void typed_text_refuses_numbers(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.context.typed_text = true;
	assert_false(bench_read(&b, "name: 1.0"));
	assert_non_null(strstr(b.said.data, "put it in quotes: \"1.0\""));
	arena_release(&b.arena);
	bench_init(&b);
	b.context.typed_text = true;
	assert_true(bench_read(&b, "name: \"1.0\""));
	arena_release(&b.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_parsed_by_the_rows),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(a_lenient_reader_notes_what_it_does_not_know),
		cmocka_unit_test(typed_text_refuses_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
