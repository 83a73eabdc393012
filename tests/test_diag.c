/* test_diag.c - the exact text of errors and notes. */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "sim/diag.h"

struct bed {
	struct arena arena;
	struct diag diag;
	struct text out;
};

static int set_up(void **state)
{
	struct bed *b = test_calloc(1, sizeof(*b));

	diag_init(&b->diag, &b->arena);
	text_init(&b->out, &b->arena);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	arena_release(&b->arena);
	test_free(b);
	return 0;
}

static void source(struct bed *b, const char *file, const char *bytes)
{
	diag_add_source(&b->diag, file, bytes, strlen(bytes));
}

static struct mark at(const char *file, uint32_t line, uint32_t column, uint32_t length)
{
	return (struct mark){file, line, column, length};
}

static void expect_errors(struct bed *b, const char *want)
{
	diag_print_errors(&b->diag, &b->out);
	assert_string_equal(b->out.data, want);
}

static void shows_line_caret_and_help(void **state)
{
	static const char *const keys[] = {"name", "replicas", "cpu"};
	struct bed *b = *state;

	source(b, "f.yaml", "a: 1\nw:\n    replica: 3\n");
	assert_false(diag_failed(&b->diag));
	diag_error(&b->diag, at("f.yaml", 3, 5, 7), "unknown key \"%s\" in a workload", "replica");
	diag_suggest(&b->diag, "replica", keys, COUNT(keys));
	diag_help(&b->diag, "or leave it %s", "out");
	assert_true(diag_failed(&b->diag));
	expect_errors(b, "f.yaml:3:5: error: unknown key \"replica\" in a workload\n"
			 "    3 |     replica: 3\n"
			 "      |     ^^^^^^^\n"
			 "      = help: did you mean \"replicas\"?\n"
			 "      = help: or leave it out\n");
}

static void prints_in_order_of_files_and_places(void **state)
{
	struct bed *b = *state;

	source(b, "z", "one\ntwo");
	source(b, "a", "three\r\nfour\r\n");
	diag_error(&b->diag, at("unknown", 7, 1, 0), "last");
	diag_error(&b->diag, at("a", 2, 1, 4), "fifth");
	diag_error(&b->diag, at("z", 2, 2, 0), "second");
	diag_error(&b->diag, at("z", 2, 2, 2), "third");
	diag_error(&b->diag, at("z", 1, 1, 99), "first");
	diag_error(&b->diag, at("a", 0, 0, 0), "fourth");
	diag_error(&b->diag, at(NULL, 0, 0, 0), "nowhere");
	expect_errors(b, "z:1:1: error: first\n"
			 "    1 | one\n"
			 "      | ^^^\n"
			 "z:2:2: error: second\n"
			 "    2 | two\n"
			 "      |  ^\n"
			 "z:2:2: error: third\n"
			 "    2 | two\n"
			 "      |  ^^\n"
			 "a: error: fourth\n"
			 "a:2:1: error: fifth\n"
			 "    2 | four\n"
			 "      | ^^^^\n"
			 "error: nowhere\n"
			 "unknown:7:1: error: last\n");
}

static void counts_what_it_drops(void **state)
{
	struct bed *b = *state;
	char want[4096] = "";
	size_t n = 0;

	for (int i = 0; i < DIAG_MAX + 1; i++)
		diag_error(&b->diag, at("f", 1, 1, 0), "error %d", i);
	diag_help(&b->diag, "of a dropped error");
	for (int i = 0; i < DIAG_MAX; i++)
		n += (size_t)snprintf(want + n, sizeof(want) - n, "f:1:1: error: error %d\n", i);
	snprintf(want + n, sizeof(want) - n, "and 1 more error\n");
	expect_errors(b, want);
	for (int i = 0; i < 9; i++)
		diag_error(&b->diag, at("f", 1, 1, 0), "more");
	assert_int_equal(b->diag.dropped, 10);
	b->out.length = 0;
	snprintf(want + n, sizeof(want) - n, "and 10 more errors\n");
	expect_errors(b, want);
}

static void shows_control_characters_as_question_marks(void **state)
{
	struct bed *b = *state;

	source(b, "f\x1b", "\xef\xbb\xbf\tk\x1b[31m\xff\xe2\x80\xae\xc3\xa9: x\n");
	diag_error(&b->diag, at("f\x1b", 1, 10, 1), "bad \x1b[2J\n\xff\xc3\xa9");
	expect_errors(b, "f?:1:10: error: bad ?[2J??\xc3\xa9\n"
			 "    1 |  k?[31m??\xc3\xa9: x\n"
			 "      |          ^\n");
}

static void cuts_long_lines(void **state)
{
	struct bed *b = *state;
	char line[1001], want[600];

	for (size_t i = 0; i < 1000; i++)
		line[i] = (char)('a' + i % 26);
	line[1000] = '\0';
	source(b, "f", line);
	diag_error(&b->diag, at("f", 1, 3, 5), "near");
	diag_error(&b->diag, at("f", 1, 501, 500), "far");
	diag_error(&b->diag, at("f", 1, 1001, 3), "end");
	snprintf(want, sizeof(want),
		 "f:1:3: error: near\n"
		 "    1 | %.110s...\n"
		 "      |   ^^^^^\n"
		 "f:1:501: error: far\n"
		 "    1 | ...%.110s...\n"
		 "      | %43s^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
		 "f:1:1001: error: end\n"
		 "    1 | ...%s\n"
		 "      | %43s^\n",
		 line, line + 460, "", line + 960, "");
	expect_errors(b, want);
}

static void survives_places_outside_the_source(void **state)
{
	struct bed *b = *state;

	source(b, "f", "ab\n");
	source(b, "empty", "");
	diag_error(&b->diag, at("f", 1, 0, 0), "no column");
	diag_error(&b->diag, at("f", 1, 90, 9), "past the line");
	diag_error(&b->diag, at("f", 2, 1, 1), "after the end");
	diag_error(&b->diag, at("f", 3, 1, 1), "past the end");
	diag_error(&b->diag, at("empty", 1, 1, 1), "nothing");
	diag_error(&b->diag, at("f", UINT32_MAX, UINT32_MAX, UINT32_MAX), "far out");
	expect_errors(b, "f:1:0: error: no column\n    1 | ab\n      | ^\n"
			 "f:1:90: error: past the line\n    1 | ...\n      |    ^\n"
			 "f:2:1: error: after the end\n    2 | \n      | ^\n"
			 "f:3:1: error: past the end\n"
			 "f:4294967295:4294967295: error: far out\n"
			 "empty:1:1: error: nothing\n    1 | \n      | ^\n");
}

static void cuts_long_messages(void **state)
{
	struct bed *b = *state;

	diag_error(&b->diag, at(NULL, 0, 0, 0), "%0*d", 5000, 1);
	diag_print_errors(&b->diag, &b->out);
	assert_int_equal(b->out.length, strlen("error: ") + 600 + strlen("...\n"));
}

static void helps_only_errors(void **state)
{
	struct bed *b = *state;

	diag_help(&b->diag, "nothing to help");
	expect_errors(b, "");
}

static void suggests_only_what_is_close(void **state)
{
	static const char *const keys[] = {"replicas", "image", "cpu", "tolerationSeconds"};
	static const struct {
		const char *word, *want;
	} cases[] = {
		{"repilcas", "replicas"},
		{"imag", "image"},
		{"cp", "cpu"},
		{"gpu", "cpu"},
		{"xyz", NULL},
		{"im", NULL},
		{"tolerationSecnds", "tolerationSeconds"},
		{"zzzzzzzz", NULL},
		{"", NULL},
		{"Image", "image"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
	};
	struct bed *b = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char want[200];
		struct diag d;

		diag_init(&d, &b->arena);
		diag_error(&d, at(NULL, 0, 0, 0), "x");
		diag_suggest(&d, cases[i].word, keys, COUNT(keys));
		snprintf(want, sizeof(want),
			 cases[i].want ? "error: x\n      = help: did you mean \"%s\"?\n" : "error: x\n",
			 cases[i].want ? cases[i].want : "");
		b->out.length = 0;
		b->out.data[0] = '\0';
		diag_print_errors(&d, &b->out);
		assert_string_equal(b->out.data, want);
	}
}

static void counts_notes(void **state)
{
	struct bed *b = *state;

	for (uint32_t i = 1; i <= 12; i++)
		diag_note(&b->diag, at("f", i, 5, 0), "%s is not modelled", "gpu");
	diag_note(&b->diag, at("g", 0, 0, 0), "once");
	diag_note(&b->diag, at(NULL, 0, 0, 0), "nowhere");
	diag_note(&b->diag, at("f", 1, 1, 0), "%s", "");
	diag_note(&b->diag, at("h", 3, 1, 0), "nowhere");
	assert_false(diag_failed(&b->diag));
	diag_print_notes(&b->diag, &b->out);
	assert_string_equal(b->out.data, "note: f:1: gpu is not modelled (12 places)\n"
					 "note: g: once\n"
					 "note: nowhere (2 places)\n");
	b->out.length = 0;
	b->out.data[0] = '\0';
	expect_errors(b, "");
}

static void keeps_many_notes(void **state)
{
	struct bed *b = *state;

	/* Twice over: finding a known note must not take longer the more there are. */
	for (int i = 0; i < 100000; i++)
		diag_note(&b->diag, at("f", 1, 1, 0), "note %d", i % 50000);
	diag_print_notes(&b->diag, &b->out);
	assert_non_null(strstr(b->out.data, "note: f:1: note 49999 (2 places)\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shows_line_caret_and_help),
		TEST(prints_in_order_of_files_and_places),
		TEST(counts_what_it_drops),
		TEST(shows_control_characters_as_question_marks),
		TEST(cuts_long_lines),
		TEST(survives_places_outside_the_source),
		TEST(cuts_long_messages),
		TEST(helps_only_errors),
		TEST(suggests_only_what_is_close),
		TEST(counts_notes),
		TEST(keeps_many_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
