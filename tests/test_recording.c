/* test_recording.c - a recording gives every report that its run gave, and one that is torn or damaged says so. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/world.h"
#include "report/difference.h"
#include "report/format.h"
#include "report/recording.h"

struct played {
	struct arena arena;
	struct scenario scenario;
	struct run run;
	struct outcome outcome;
	struct recording recording;
	const char *wrong;
};

static void subscribe(struct run *r, void *context)
{
	struct played *p = context;

	outcome_init(&p->outcome, &p->arena, &p->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(&p->outcome));
}

static void simulate(struct played *p, const char *path, const char *const *set, uint32_t sets, const char *explain)
{
	const struct scenario_input in = {&path, 1, set, sets};
	struct diag d = {0};

	assert_int_equal(scenario_load(&p->scenario, &in, &d), 0);
	scenario_explain_pod(&p->scenario, explain);
	world_run(&p->run, &p->scenario, p->scenario.seed, 0, true, subscribe, p, NULL);
	outcome_finish(&p->outcome, false);
}

static void replay(struct played *p, const struct text *bytes)
{
	struct diag d = {0};

	p->wrong = recording_read(&p->recording, &p->arena, "x.rec", bytes->data, bytes->length);
	if (p->wrong != NULL)
		return;
	diag_init(&d, &p->scenario.arena);
	assert_int_equal(
		scenario_load_files(&p->scenario, &p->recording.files, p->recording.set, p->recording.sets, &d), 0);
	scenario_explain_pod(&p->scenario, p->recording.explain);
	p->wrong = recording_replay(&p->recording, &p->scenario, &p->run, &p->arena, subscribe, p);
	if (p->wrong == NULL)
		outcome_finish(&p->outcome, p->recording.interrupted);
}

static void release(struct played *p)
{
	run_release(&p->run);
	scenario_release(&p->scenario);
	arena_release(&p->arena);
}

static void same_reports(const struct outcome *a, const struct outcome *b)
{
	for (size_t i = 0; formats[i] != NULL; i++) {
		struct arena scratch = {0};
		struct text x, y;

		text_init(&x, &scratch);
		text_init(&y, &scratch);
		formats[i]->write(a, &x);
		formats[i]->write(b, &y);
		assert_int_equal(x.length, y.length);
		assert_memory_equal(x.data, y.data, x.length);
		arena_release(&scratch);
	}
}

static void one(const char *path, const char *const *set, uint32_t sets, const char *explain)
{
	struct played a = {0}, b = {0};
	struct text bytes;

	simulate(&a, path, set, sets, explain);
	text_init(&bytes, &a.arena);
	recording_write(&a.run, &a.scenario, set, sets, explain, false, &bytes);
	replay(&b, &bytes);
	assert_null(b.wrong);
	same_reports(&a.outcome, &b.outcome);
	release(&a);
	release(&b);
}

static void reports_are_those_of_the_run(void **state)
{
	static const char *const set[] = {"seed=7", "nodeMonitorGracePeriod=20s"};

	(void)state;
	one("scenarios/lessons/node-dies.yaml", set, 2, "web");
	one("scenarios/lessons/etcd-one-of-three.yaml", NULL, 0, NULL);
	one("scenarios/lessons/image-pull-storm.yaml", NULL, 0, NULL);
	one("scenarios/lessons/zone-outage-volumes.yaml", set, 1, NULL);
	one("scenarios/lessons/autoscaler-replaces-node.yaml", NULL, 0, NULL);
}

static void make(struct played *a, struct text *bytes)
{
	simulate(a, "scenarios/lessons/node-dies.yaml", NULL, 0, NULL);
	text_init(bytes, &a->arena);
	recording_write(&a->run, &a->scenario, NULL, 0, NULL, false, bytes);
}

static void every_torn_file_is_told(void **state)
{
	struct played a = {0};
	struct text bytes;

	(void)state;
	make(&a, &bytes);
	for (size_t length = 0; length < bytes.length; length++) {
		struct arena scratch = {0};
		struct recording rec;
		const char *wrong = recording_read(&rec, &scratch, "x.rec", bytes.data, length);

		assert_non_null(wrong);
		assert_non_null(strstr(wrong, length < 22 ? "recording" : "torn"));
		arena_release(&scratch);
	}
	release(&a);
}

static void every_changed_byte_is_told(void **state)
{
	struct played a = {0};
	struct text bytes;

	(void)state;
	make(&a, &bytes);
	for (size_t at = 0; at < bytes.length; at++) {
		struct arena scratch = {0};
		struct recording rec;

		bytes.data[at] ^= 0x20;
		assert_non_null(recording_read(&rec, &scratch, "x.rec", bytes.data, bytes.length));
		bytes.data[at] ^= 0x20;
		arena_release(&scratch);
	}
	release(&a);
}

static void the_first_difference_is_named(void **state)
{
	static const char *const set[] = {"nodeMonitorGracePeriod=20s"};
	struct played a = {0}, b = {0}, c = {0};
	struct text out;

	(void)state;
	simulate(&a, "scenarios/lessons/node-dies.yaml", NULL, 0, NULL);
	simulate(&b, "scenarios/lessons/node-dies.yaml", set, 1, NULL);
	simulate(&c, "scenarios/lessons/node-dies.yaml", NULL, 0, NULL);
	text_init(&out, &a.arena);
	assert_false(difference_print(&(struct two_runs){{&a.outcome, &c.outcome}, {"A", "B"}}, &a.arena, &out));
	out.length = 0;
	assert_true(difference_print(&(struct two_runs){{&a.outcome, &b.outcome}, {"A", "B"}}, &a.arena, &out));
	assert_non_null(strstr(out.data, "B: at 5m14.414s worker-1 Ready=Unknown: no heartbeat for 22.2s, limit 20s"));
	assert_non_null(strstr(out.data, "A: at 5m44.534s worker-1 Ready=Unknown"));
	assert_non_null(strstr(out.data, "recovery_max"));
	release(&a);
	release(&b);
	release(&c);
}

/* The commands' exit codes. */
static void commands_say_what_is_wrong(void **state)
{
	static const struct {
		const char *words;
		int code;
	} row[] = {
		{"run scenarios/lessons/node-dies.yaml -q -o json=/dev/null --record \"$TMPDIR/a.rec\"", 0},
		{"report \"$TMPDIR/a.rec\" -q -o json=/dev/null", 0},
		{"diff \"$TMPDIR/a.rec\" scenarios/lessons/node-dies.yaml > /dev/null", 0},
		{"diff \"$TMPDIR/a.rec\" scenarios/lessons/zone-outage.yaml > /dev/null", 1},
		{"run scenarios/lessons/node-dies.yaml --runs 2 --record x 2> /dev/null", 2},
		{"report 2> /dev/null", 2},
		{"report README.md 2> /dev/null", 3},
		{"report no-such.rec 2> /dev/null", 4},
		{"watch no-such.yaml 2> /dev/null", 4},
		{"watch scenarios/lessons/node-dies.yaml < /dev/null 2> /dev/null", 2},
	};
	const char *program = getenv("NODEFALL");
	char command[512];

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		snprintf(command, sizeof(command), "TMPDIR=${TMPDIR:-build}; %s %s",
			 program != NULL ? program : "./nodefall", row[i].words);
		const int status = system(command);
		if (status != row[i].code << 8)
			fail_msg("%s: status %d, not %d", command, status >> 8, row[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_those_of_the_run), cmocka_unit_test(every_torn_file_is_told),
		cmocka_unit_test(every_changed_byte_is_told),   cmocka_unit_test(the_first_difference_is_named),
		cmocka_unit_test(commands_say_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
