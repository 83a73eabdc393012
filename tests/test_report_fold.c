/* test_report_fold.c - tables and sentences on narrow terminals: whole cells, every word once, nothing beyond the edge.
 */
#include <string.h>

#include "report/fold.h"
#include "report/fold_table.h"
#include "tests/test.h"

static const char *fold(struct arena *a, const char *text, int columns)
{
	struct text out;

	text_init(&out, a);
	fold_lines(text, columns, &out);
	return out.data;
}

static void blanks_shrink(void **state)
{
	struct arena a = {0};
	(void)state;

	assert_string_equal(fold(&a, "NAME      STATUS      AGE\nworker-0  Ready       5m\n", 24),
			    "NAME      STATUS  AGE\nworker-0  Ready   5m\n");
	/* What fits stays. */
	assert_string_equal(fold(&a, "NAME      STATUS      AGE\nworker-0  Ready       5m\n", 25),
			    "NAME      STATUS      AGE\nworker-0  Ready       5m\n");
	arena_release(&a);
}

static void parts_repeat_the_names(void **state)
{
	struct arena a = {0};
	(void)state;

	assert_string_equal(fold(&a,
				 "pod      detection  taint  toleration  total\n"
				 "web-1        44.53   5.11      300.02  353.7\n"
				 "tool             -      -           -      -\n"
				 "\nafter\n",
				 30),
			    "pod    detection  taint\n"
			    "web-1      44.53   5.11\n"
			    "tool           -      -\n"
			    "pod    toleration  total\n"
			    "web-1      300.02  353.7\n"
			    "tool            -      -\n"
			    "\nafter\n");
	arena_release(&a);
}

/* Two numbers under one word are not torn from it, and a rank alone names no row. */
static void heads_keep_their_cells(void **state)
{
	struct arena a = {0};
	(void)state;

	assert_string_equal(fold(&a,
				 "node            before         after\n"
				 "worker-0   13.8%   3.0   20.0%   4.0\n"
				 "worker-1   13.8%   4.0          down\n",
				 30),
			    "node           before\n"
			    "worker-0  13.8%   3.0\n"
			    "worker-1  13.8%   4.0\n"
			    "node            after\n"
			    "worker-0  20.0%   4.0\n"
			    "worker-1         down\n");
	const char *ranked = fold(&a,
				  "     scheduler         mean, 95 %     against the best        p\n"
				  "  1  most-allocated  402.6 +-7.4\n"
				  "  2  default         429.6 +-2.5        +27.0 +-7.5  <0.001  real\n",
				  46);
	assert_non_null(strstr(ranked, "2  default         "));
	assert_non_null(strstr(ranked, "against the best"));
	assert_non_null(strstr(ranked, "+27.0 +-7.5"));
	arena_release(&a);
}

static void sentences_stay_in_their_column(void **state)
{
	struct arena a = {0};
	size_t used;
	struct text out;
	const char *story = "   5m  +0s  worker-1 dead: power is lost, its containers are gone\n"
			    "   6m  +1m  worker-1 Ready=Unknown: no heartbeat for all this time\n";
	(void)state;

	text_init(&out, &a);
	assert_false(fold_table(story, 40, &out, &used));
	assert_int_equal(out.length, 0);
	assert_int_equal(used, strlen(story));
	assert_non_null(strstr(fold(&a, story, 40), "\n            "));
	arena_release(&a);
}

/* Whatever the width: each word of a table of numbers is there, none is broken, and no line is too long. */
static void nothing_is_lost(void **state)
{
	static const char table[] = "lost pod              back on       detect  taint  toler recrea   TOTAL\n"
				    "tool                  (not back)     44.53   5.11 300.03      -       -\n"
				    "web-7ndknvx7kv-58tfm  worker-2       44.54   5.12 300.02   0.02  353.69\n";
	(void)state;

	for (int columns = 45; columns < 75; columns++) {
		struct arena a = {0};
		const char *folded = fold(&a, table, columns);
		char copy[sizeof(table)];
		memcpy(copy, table, sizeof(table));
		for (char *save, *w = strtok_r(copy, " \n", &save); w != NULL; w = strtok_r(NULL, " \n", &save))
			if (strstr(folded, w) == NULL)
				fail_msg("%d columns: %s is lost", columns, w);
		for (const char *s = folded; *s != '\0'; s += strcspn(s, "\n") + 1)
			if (strcspn(s, "\n") > (size_t)columns)
				fail_msg("%d columns: %s", columns, s);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_shrink),          cmocka_unit_test(parts_repeat_the_names),
		cmocka_unit_test(heads_keep_their_cells), cmocka_unit_test(sentences_stay_in_their_column),
		cmocka_unit_test(nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
