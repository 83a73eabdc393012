/* test_report_sqlite.c - the database is sound and complete, and the queries of report/README.md answer their
 * questions. */
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/runs.h"
#include "sim/file.h"
#include "tests/replay.h"

#define QUERIES 5

struct database {
	struct replay x;
	sqlite3 *db;
};

static void load(struct database *d, const char *lesson)
{
	struct text bytes;

	replay_lesson(&d->x, lesson);
	bytes = replay_print(&d->x, "sqlite");
	assert_int_equal(sqlite3_open(":memory:", &d->db), SQLITE_OK);
	assert_int_equal(sqlite3_deserialize(d->db, "main", (unsigned char *)bytes.data, (sqlite3_int64)bytes.length,
					     (sqlite3_int64)bytes.length, SQLITE_DESERIALIZE_READONLY),
			 SQLITE_OK);
}

static void unload(struct database *d)
{
	assert_int_equal(sqlite3_close(d->db), SQLITE_OK);
	replay_release(&d->x);
}

static sqlite3_stmt *ask(struct database *d, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(d->db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(d->db), sql);
	return s;
}

static int64_t count(struct database *d, const char *sql)
{
	sqlite3_stmt *s = ask(d, sql);

	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	const int64_t n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static const char *column(sqlite3_stmt *s, int i)
{
	const unsigned char *text = sqlite3_column_text(s, i);
	return text != NULL ? (const char *)text : "";
}

/* The query of the README's n-th block of SQL. */
static const char *query(struct arena *a, int n)
{
	struct file_set files = {0};
	const char *at;

	assert_null(file_add(a, &files, "report/README.md"));
	at = files.file[0].bytes;
	for (int i = 0; i <= n; i++) {
		at = strstr(at, "```sql\n");
		assert_non_null(at);
		at += strlen("```sql\n");
	}
	return arena_text(a, at, (size_t)(strstr(at, "```") - at));
}

static void is_sound_and_complete(void **state)
{
	static const char *const lessons[] = {"node-dies", "attach-partition", "etcd-two-of-three", "cron-missed-runs"};
	(void)state;

	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct database d;
		load(&d, lessons[i]);
		sqlite3_stmt *s = ask(&d, "PRAGMA integrity_check");
		assert_int_equal(sqlite3_step(s), SQLITE_ROW);
		assert_string_equal(column(s, 0), "ok");
		sqlite3_finalize(s);
		assert_int_equal(count(&d, "SELECT COUNT(*) FROM pragma_foreign_key_check"), 0);
		assert_int_equal(count(&d, "SELECT COUNT(*) FROM facts"), d.x.run.facts.count);
		assert_int_equal(count(&d, "SELECT COUNT(*) FROM recoveries"), d.x.outcome.recoveries);
		assert_int_equal(count(&d, "SELECT COUNT(*) FROM runs"), 1);
		assert_int_equal(
			count(&d, "SELECT COUNT(*) FROM facts WHERE detail IS NOT NULL AND NOT json_valid(detail)"), 0);
		assert_int_equal(
			count(&d, "SELECT COUNT(*) FROM facts f JOIN facts c ON f.cause = c.id WHERE c.id >= f.id"), 0);
		unload(&d);
	}
}

/* Every run gives the same bytes. */
static void is_reproducible(void **state)
{
	struct replay x;
	(void)state;

	replay_lesson(&x, "node-dies");
	const struct text a = replay_print(&x, "sqlite"), b = replay_print(&x, "sqlite");
	assert_int_equal(a.length, b.length);
	assert_memory_equal(a.data, b.data, a.length);
	replay_release(&x);
}

static void slowest_first(struct database *d, sqlite3_stmt *s)
{
	double last = INFINITY;
	uint32_t rows = 0;

	for (; sqlite3_step(s) == SQLITE_ROW; rows++) {
		assert_true(sqlite3_column_double(s, 1) <= last);
		last = sqlite3_column_double(s, 1);
		assert_string_equal(column(s, 2), "toleration");
	}
	for (uint32_t i = 0; i < d->x.outcome.recoveries; i++)
		rows -= d->x.outcome.recovery[i].leg[LEG_TOTAL] != SIM_NEVER;
	assert_int_equal(rows, 0);
}

static void noticed_after(struct database *d, sqlite3_stmt *s)
{
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal(column(s, 0), "worker-1");
	assert_true(fabs(sqlite3_column_double(s, 1) - time_seconds(d->x.outcome.recovery[0].leg[LEG_DETECTION])) <
		    1e-6);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
}

static void legs_of_all(struct database *d, sqlite3_stmt *s)
{
	struct moments want[LEGS] = {0};
	int rows = 0;

	for (uint32_t i = 0; i < d->x.outcome.recoveries; i++)
		for (int l = 0; l < LEGS; l++)
			if (d->x.outcome.recovery[i].leg[l] != SIM_NEVER)
				moments_add(&want[l], time_seconds(d->x.outcome.recovery[i].leg[l]));
	for (; sqlite3_step(s) == SQLITE_ROW; rows++)
		for (int l = 0; l < LEGS; l++) {
			if (strcmp(column(s, 0), leg_name((enum leg)l)) != 0)
				continue;
			assert_int_equal(sqlite3_column_int64(s, 1), want[l].count);
			assert_true(fabs(sqlite3_column_double(s, 2) - want[l].mean) < 1e-9);
			assert_true(fabs(sqlite3_column_double(s, 3) - want[l].max) < 1e-9);
		}
	assert_int_equal(rows, LEGS);
}

static void takers(struct database *d, sqlite3_stmt *s)
{
	int64_t pods = 0;

	while (sqlite3_step(s) == SQLITE_ROW) {
		pods += sqlite3_column_int64(s, 1);
		assert_true(fabs(sqlite3_column_double(s, 2) - 0.2) < 1e-9);
	}
	for (uint32_t i = 0; i < d->x.outcome.recoveries; i++)
		pods -= d->x.outcome.recovery[i].replacement != FACT_NONE;
	assert_int_equal(pods, 0);
}

static void chain(struct database *d, sqlite3_stmt *s)
{
	static const char *const legs[] = {"detection",  "taint", "toleration", "recreation",
					   "scheduling", "pull",  "start",      "readiness"};
	bool seen[COUNT(legs)] = {false};
	(void)d;

	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_true(sqlite3_column_double(s, 0) == 300);
	assert_non_null(strstr(column(s, 2), "worker-1 dead"));
	while (sqlite3_step(s) == SQLITE_ROW) {
		/* Each link is told in words, those that the story leaves out too. */
		assert_true(column(s, 2)[0] != '\0');
		for (size_t i = 0; i < COUNT(legs); i++)
			seen[i] |= strcmp(column(s, 1), legs[i]) == 0;
	}
	for (size_t i = 0; i < COUNT(legs); i++)
		if (!seen[i])
			fail_msg("the chain has no %s", legs[i]);
}

static void questions_are_answered(void **state)
{
	static void (*const check[QUERIES])(struct database * d, sqlite3_stmt * s) = {slowest_first, noticed_after,
										      legs_of_all, takers, chain};
	struct database d;
	(void)state;

	load(&d, "node-dies");
	for (int i = 0; i < QUERIES; i++) {
		sqlite3_stmt *s = ask(&d, query(&d.x.arena, i));
		check[i](&d, s);
		sqlite3_finalize(s);
	}
	unload(&d);
}

/* What services, clients and masters have to say, and legs as columns. */
static void others_have_tables(void **state)
{
	struct database d;
	(void)state;

	load(&d, "month-of-failures");
	sqlite3_stmt *s =
		ask(&d, "SELECT q.sent, q.error_share, q.dead_endpoint, q.highest_load, (SELECT COUNT(*) FROM "
			"recovery_legs v JOIN recoveries r ON r.id = v.recovery WHERE v.total = r.total_s), "
			"(SELECT COUNT(*) FROM recoveries WHERE total_s IS NOT NULL), (SELECT COUNT(*) FROM "
			"clients), (SELECT SUM(total_s) FROM gaps) FROM requests q");
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	const struct outcome_requests *r = d.x.outcome.service[0].requests;
	assert_true(sqlite3_column_double(s, 0) == r->all);
	assert_true(sqlite3_column_double(s, 1) == r->error_share);
	assert_true(sqlite3_column_double(s, 2) == r->dead_endpoint);
	assert_true(sqlite3_column_double(s, 3) == r->busiest);
	assert_true(sqlite3_column_int(s, 4) > 0);
	assert_int_equal(sqlite3_column_int(s, 4), sqlite3_column_int(s, 5));
	assert_int_equal(sqlite3_column_int(s, 6), d.x.outcome.plane.clients);
	assert_true(sqlite3_column_double(s, 7) == 0);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	unload(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_sound_and_complete),
		cmocka_unit_test(is_reproducible),
		cmocka_unit_test(questions_are_answered),
		cmocka_unit_test(others_have_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
