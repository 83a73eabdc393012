/* test_looks.c - columns, durations, sizes, documents and selectors as the tools have them, at their bounds. */
#include "tests/test.h"

#include <string.h>

#include "report/looks/doc.h"
#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/selector.h"
#include "report/looks/tabs.h"

/* ---- tabs ---- */

static void check_tabs(const char *source, struct tabs tabs, const char *want)
{
	struct arena a = {0};
	struct text out;

	text_init(&out, &a);
	tabs_align(&out, source, tabs);
	assert_string_equal(out.data, want);
	arena_release(&a);
}

static void test_tabs(void **state)
{
	(void)state;
	/* The widest cell and padding; what follows the last tab is no cell. */
	check_tabs("a\tb\tc\naaaa\tbb\tccccccccc\n", (struct tabs){0, 2}, "a     b   c\naaaa  bb  ccccccccc\n");
	/* The minimal width counts padding in. */
	check_tabs("ab\tx\n", (struct tabs){6, 3}, "ab    x\n");
	check_tabs("abcd\tx\n", (struct tabs){6, 3}, "abcd   x\n");
	check_tabs("abcd\tx\n", TABS_CRICTL, "abcd                x\n");
	check_tabs("abcdefghijklmnopq\tx\nabcdefghijklmnopqr\tx\n", TABS_CRICTL,
		   "abcdefghijklmnopq    x\nabcdefghijklmnopqr   x\n");
	/* A tab at the end makes the last text a cell. */
	check_tabs("TASK\tPID\t\nx\t1\t\n", TABS_CTR, "TASK    PID    \nx       1      \n");
	/* Only the first line has a third cell: ctr's header of tasks. */
	check_tabs("T\tP\tS\t\nx\t1\tRUNNING\n", TABS_CTR, "T    P    S    \nx    1    RUNNING\n");
	/* A line without the cell ends the block: widths below are their own. */
	check_tabs("long name\tb\nmiddle\nc\td\n", (struct tabs){0, 1}, "long name b\nmiddle\nc d\n");
	/* ... also of an inner column, while the outer one goes on. */
	check_tabs("a\tlong cell\tb\na\tend\na\tc\td\n", (struct tabs){0, 1}, "a long cell b\na end\na c d\n");
	/* An empty cell has the width of its column; characters count, not bytes. */
	check_tabs("K\tv\n\tw\n", (struct tabs){0, 2}, "K  v\n   w\n");
	check_tabs("é…\tx\nab\ty\n", (struct tabs){0, 1}, "é… x\nab y\n");
	check_tabs("", TABS_CTR, "");
	check_tabs("no end", TABS_CTR, "no end\n");
}

/* ---- words for time and size ---- */

#define HOURS(n) MINUTES((int64_t)60 * (n))
#define DAYS(n) HOURS(24 * (n))

static void test_age(void **state)
{
	static const struct {
		sim_time t;
		const char *want;
	} row[] = {
		{-SECONDS(2), "<invalid>"},
		{-SECONDS(1), "0s"},
		{0, "0s"},
		{SECONDS(1) - 1, "0s"},
		{SECONDS(119), "119s"},
		{SECONDS(120) - 1, "119s"},
		{SECONDS(120), "2m"},
		{SECONDS(121), "2m1s"},
		{SECONDS(599), "9m59s"},
		{MINUTES(10), "10m"},
		{MINUTES(180) - 1, "179m"},
		{MINUTES(180), "3h"},
		{MINUTES(181), "3h1m"},
		{HOURS(8) - 1, "7h59m"},
		{HOURS(8), "8h"},
		{HOURS(48) - 1, "47h"},
		{HOURS(48), "2d"},
		{HOURS(49), "2d1h"},
		{DAYS(8) - 1, "7d23h"},
		{DAYS(8), "8d"},
		{DAYS(730) - 1, "729d"},
		{DAYS(730), "2y"},
		{DAYS(731), "2y1d"},
		{DAYS(365 * 8) - 1, "7y364d"},
		{DAYS(365 * 8), "8y"},
		{DAYS(365 * 9 - 1), "8y"},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++)
		assert_string_equal(human_age(&a, row[i].t), row[i].want);
	arena_release(&a);
}

static void test_duration(void **state)
{
	static const struct {
		sim_time t;
		const char *want;
	} row[] = {
		{0, "Less than a second"},
		{SECONDS(1) - 1, "Less than a second"},
		{SECONDS(1), "1 second"},
		{SECONDS(2), "2 seconds"},
		{SECONDS(60) - 1, "59 seconds"},
		{SECONDS(60), "About a minute"},
		{SECONDS(120) - 1, "About a minute"},
		{SECONDS(120), "2 minutes"},
		{HOURS(1) - 1, "59 minutes"},
		{HOURS(1), "About an hour"},
		{MINUTES(90) - 1, "About an hour"},
		{MINUTES(90), "2 hours"},
		{HOURS(47) + MINUTES(30) - 1, "47 hours"},
		{HOURS(47) + MINUTES(30), "2 days"},
		{DAYS(14) - MINUTES(31), "13 days"},
		{DAYS(14), "2 weeks"},
		{DAYS(60) - HOURS(1), "8 weeks"},
		{DAYS(60), "2 months"},
		{DAYS(730) - HOURS(1), "24 months"},
		{DAYS(730), "2 years"},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++)
		assert_string_equal(human_duration(&a, row[i].t), row[i].want);
	arena_release(&a);
}

static void test_sizes(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_string_equal(human_size(&a, 0, 3), "0B");
	assert_string_equal(human_size(&a, 999, 3), "999B");
	assert_string_equal(human_size(&a, 1000, 3), "1kB");
	assert_string_equal(human_size(&a, 742000, 3), "742kB");
	assert_string_equal(human_size(&a, 1146369, 3), "1.15MB");
	assert_string_equal(human_size(&a, 1e9, 4), "1GB");
	/* go-units rounds after it has chosen the unit. */
	assert_string_equal(human_size(&a, 999900, 3), "1e+03kB");
	assert_string_equal(human_bytes(&a, 0), "0.0 B");
	assert_string_equal(human_bytes(&a, 1023), "1023.0 B");
	assert_string_equal(human_bytes(&a, 1024), "1.0 KiB");
	assert_string_equal(human_bytes(&a, 1.1 * 1024 * 1024), "1.1 MiB");
	assert_string_equal(human_cpu(&a, 0), "0");
	assert_string_equal(human_cpu(&a, 250), "250m");
	assert_string_equal(human_cpu(&a, 2000), "2");
	assert_string_equal(human_memory(&a, 0), "0");
	assert_string_equal(human_memory(&a, 1000), "1000");
	assert_string_equal(human_memory(&a, INT64_C(256) << 20), "256Mi");
	assert_string_equal(human_memory(&a, INT64_C(1536) << 20), "1536Mi");
	arena_release(&a);
}

static void test_dates(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_string_equal(human_date(&a, 0, SECONDS(59)), "Thu, 01 Jan 1970 00:00:59 +0000");
	assert_string_equal(human_date(&a, 1767225600, -1), "Wed, 31 Dec 2025 23:59:59 +0000");
	assert_string_equal(human_stamp(&a, 1767225600, MILLIS(1500), false), "2026-01-01T00:00:01Z");
	assert_string_equal(human_stamp(&a, 1767225600, MILLIS(1500), true), "2026-01-01T00:00:01.5Z");
	assert_string_equal(human_stamp(&a, 1767225600, SECONDS(1), true), "2026-01-01T00:00:01Z");
	assert_string_equal(human_stamp(&a, 1767225600, 1, true), "2026-01-01T00:00:00.000000001Z");
	arena_release(&a);
}

/* ---- names of images ---- */

static void test_references(void **state)
{
	static const struct {
		const char *image, *full, *repository, *tag, *command;
	} row[] = {
		{"nginx:1.25", "docker.io/library/nginx:1.25", "docker.io/library/nginx", "1.25", "/nginx"},
		{"org/app:2", "docker.io/org/app:2", "docker.io/org/app", "2", "/app"},
		{"localhost/app:2", "localhost/app:2", "localhost/app", "2", "/app"},
		{"r.example:5000/a/b:3", "r.example:5000/a/b:3", "r.example:5000/a/b", "3", "/b"},
		{"r.example/b@sha256:01", "r.example/b@sha256:01", "r.example/b", "<none>", "/b"},
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		const char *full = identity_reference(&a, row[i].image);

		assert_string_equal(full, row[i].full);
		assert_string_equal(identity_repository(&a, full), row[i].repository);
		assert_string_equal(identity_tag(&a, full), row[i].tag);
		assert_string_equal(identity_command(&a, row[i].image), row[i].command);
	}
	arena_release(&a);
}

static void test_ids(void **state)
{
	struct arena a = {0};
	const char *id = identity_hex(&a, "a", "bc", 1), *uid = identity_uid(&a, "Pod", "web-0", 7);

	(void)state;
	assert_int_equal(strlen(id), ID_LENGTH);
	assert_int_equal(strspn(id, "0123456789abcdef"), ID_LENGTH);
	assert_string_equal(id, identity_hex(&a, "a", "bc", 1));
	assert_string_not_equal(id, identity_hex(&a, "ab", "c", 1));
	assert_string_not_equal(id, identity_hex(&a, "a", "bc", 2));
	assert_int_equal(strlen(uid), 36);
	assert_int_equal(uid[8] + uid[13] + uid[18] + uid[23], 4 * '-');
	assert_int_equal(uid[14], '4');
	assert_non_null(strchr("89ab", uid[19]));
	assert_string_not_equal(uid, identity_uid(&a, "Pod", "web-0", 8));
	arena_release(&a);
}

/* ---- documents ---- */

static void test_documents(void **state)
{
	struct arena a = {0};
	struct doc *d = doc_map(&a), *list;
	struct text out;

	(void)state;
	doc_set_text(d, "plain", "a value");
	doc_set_text(d, "boolean", "true");
	doc_set_text(d, "number", "1e3");
	doc_set_text(d, "address", "10.244.0.2");
	doc_set_text(d, "empty", "");
	doc_set_text(d, "date", "2026-01-01T00:00:00Z");
	doc_set_text(d, "special", "it's: so");
	doc_set_number(d, "count", -3);
	doc_set_text(d, "n", "n");
	doc_set_map(d, "map");
	list = doc_set_list(d, "list");
	doc_add(list, doc_text(&a, "x"));
	doc_set_text(doc_add(list, doc_map(&a)), "k", "v");
	doc_set_bool(list->child[1], "b", false);
	doc_sort(d);
	text_init(&out, &a);
	doc_print_yaml(d, &out);
	assert_string_equal(out.data,
			    "address: 10.244.0.2\nboolean: \"true\"\ncount: -3\ndate: \"2026-01-01T00:00:00Z\"\n"
			    "empty: \"\"\nlist:\n- x\n- b: false\n  k: v\nmap: {}\n\"n\": \"n\"\nnumber: \"1e3\"\n"
			    "plain: a value\nspecial: 'it''s: so'\n");
	text_init(&out, &a);
	doc_print_json(list, 2, &out);
	assert_string_equal(out.data, "[\n  \"x\",\n  {\n    \"b\": false,\n    \"k\": \"v\"\n  }\n]\n");
	arena_release(&a);
}

/* ---- selectors ---- */

static void test_selectors(void **state)
{
	static const struct {
		const char *text;
		bool fine, web, none;
	} row[] = {
		{"app=web", true, true, false},
		{"app==web,tier=front", true, true, false},
		{"app=db", true, false, false},
		{"app!=db", true, true, true},
		{"app", true, true, false},
		{"!app", true, false, true},
		{"! gpu , app in (db, web)", true, true, false},
		{"app notin (db)", true, true, true},
		{"app notin (web,db)", true, false, true},
		{"app=", true, false, false},
		{"", false, false, false},
		{"app in", false, false, false},
		{"app in (a", false, false, false},
		{"app~web", false, false, false},
		{"app=web,", false, false, false},
		{"app=web tier=front", false, false, false},
	};
	struct arena a = {0};
	struct names names;
	struct label item[2];
	struct labels labels = {item, 2};

	(void)state;
	names_init(&names, &a, NULL);
	item[0] = (struct label){names_intern(&names, "app"), names_intern(&names, "web")};
	item[1] = (struct label){names_intern(&names, "tier"), names_intern(&names, "front")};
	for (size_t i = 0; i < COUNT(row); i++) {
		struct label_query q;
		const char *wrong = label_query_parse(&q, &a, row[i].text);

		if ((wrong == NULL) != row[i].fine)
			fail_msg("\"%s\": %s", row[i].text, wrong != NULL ? wrong : "accepted");
		if (wrong != NULL)
			continue;
		if (label_query_matches(&q, &labels, &names) != row[i].web)
			fail_msg("\"%s\" and app=web,tier=front", row[i].text);
		if (label_query_matches(&q, NULL, &names) != row[i].none)
			fail_msg("\"%s\" and no labels", row[i].text);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tabs),  cmocka_unit_test(test_age),       cmocka_unit_test(test_duration),
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_dates),     cmocka_unit_test(test_references),
		cmocka_unit_test(test_ids),   cmocka_unit_test(test_documents), cmocka_unit_test(test_selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
