/*
 * test_report_trace.c - the format trace keeps the rules of the Trace Event Format, which Perfetto imports: every event
 * has ph, pid, tid and name; all but metadata have ts in microseconds; a complete event (X) has dur; an instant (i) has
 * the scope g, p or t; slices of one thread nest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/yaml.h"
#include "tests/replay.h"

struct slice {
	long pid, tid;
	double from, to;
};

/* A thread that a metadata event has named. */
struct thread {
	long pid, tid;
};

struct trace {
	struct replay x;
	const struct yaml_node *events;
	struct slice *slice;
	struct thread *thread;
	uint32_t slices, threads, processes;
};

static void read_trace(struct trace *t, const char *lesson)
{
	struct yaml_docs docs = {0};
	struct diag d;

	replay_lesson(&t->x, lesson);
	const struct text text = replay_print(&t->x, "trace");
	diag_init(&d, &t->x.arena);
	assert_true(yaml_read(&t->x.arena, &d, "trace.json", text.data, text.length, &docs));
	assert_int_equal(docs.count, 1);
	assert_string_equal(yaml_get(docs.root[0], "displayTimeUnit")->text, "ms");
	t->events = yaml_get(docs.root[0], "traceEvents");
	assert_non_null(t->events);
	assert_int_equal(t->events->kind, YAML_LIST);
	t->slice = ARENA_NEW(&t->x.arena, t->events->count, struct slice);
	t->thread = ARENA_NEW(&t->x.arena, t->events->count, struct thread);
	t->slices = t->threads = t->processes = 0;
}

static const char *text_of(const struct yaml_node *e, const char *key)
{
	const struct yaml_node *n = yaml_get(e, key);

	if (n == NULL || n->kind != YAML_SCALAR || !n->quoted)
		fail_msg("an event at line %u has no text %s", e->line, key);
	return n->text;
}

static double number_of(const struct yaml_node *e, const char *key)
{
	const struct yaml_node *n = yaml_get(e, key);
	char *end;

	if (n == NULL || n->kind != YAML_SCALAR || n->quoted)
		fail_msg("an event at line %u has no number %s", e->line, key);
	const double x = strtod(n->text, &end);
	assert_int_equal(*end, '\0');
	return x;
}

static long whole(const struct yaml_node *e, const char *key)
{
	const double x = number_of(e, key);

	assert_true(x >= 0 && x == (double)(long)x);
	return (long)x;
}

/*
 * Metadata. Without a timestamp: Perfetto takes them before all others then (docs/getting-started/other-formats.md,
 * issue #2048). A number of a thread belongs to one process: names are given by it alone (process_tracker.cc,
 * UpdateThreadName; issue #363), and 0 is kept for the idle thread.
 */
static void check_name(struct trace *t, const struct yaml_node *e, long pid, long tid)
{
	const char *name = text_of(e, "name");

	assert_true(text_of(yaml_get(e, "args"), "name")[0] != '\0');
	assert_null(yaml_get(e, "ts"));
	assert_true(pid > 0 && tid > 0 && tid <= UINT32_MAX);
	if (strcmp(name, "process_name") == 0) {
		t->processes++;
		return;
	}
	assert_string_equal(name, "thread_name");
	for (uint32_t i = 0; i < t->threads; i++)
		if (t->thread[i].tid == tid)
			fail_msg("thread %ld is named twice, in processes %ld and %ld", tid, t->thread[i].pid, pid);
	t->thread[t->threads++] = (struct thread){pid, tid};
}

static bool is_named(const struct trace *t, long pid, long tid)
{
	for (uint32_t i = 0; i < t->threads; i++)
		if (t->thread[i].pid == pid && t->thread[i].tid == tid)
			return true;
	return false;
}

/* The importer refuses an event with an array as the value of one of its keys (json_trace_tokenizer.cc,
 * ExtractValueForJsonKey). */
static void check_has_no_list(const struct yaml_node *e)
{
	for (uint32_t i = 0; i < e->count; i++)
		assert_int_not_equal(e->pair[i].value->kind, YAML_LIST);
}

/*
 * What the format asks of each phase that is used here: "Trace Event Format", sections "Event Descriptions" (ph, pid,
 * tid, ts in microseconds; strings and numbers), "Complete Events" (dur), "Instant Events" (scope g, p or t) and
 * "Metadata Events"; and what Perfetto's importer drops otherwise (json_trace_parser_impl.cc, ParseJsonPacket).
 */
static void check_event(struct trace *t, const struct yaml_node *e)
{
	const char *ph = text_of(e, "ph");
	const long pid = whole(e, "pid"), tid = whole(e, "tid");
	const double end = time_seconds(t->x.outcome.end) * 1e6;

	assert_int_equal(strlen(ph), 1);
	assert_true(text_of(e, "name")[0] != '\0');
	check_has_no_list(e);
	if (ph[0] == 'M') {
		check_name(t, e, pid, tid);
		return;
	}
	if (!is_named(t, pid, tid))
		fail_msg("an event at line %u is in a lane without a name", e->line);
	const double ts = number_of(e, "ts");
	assert_true(ts >= 0 && ts <= end);
	text_of(e, "cat");
	if (ph[0] == 'i') {
		const char *scope = text_of(e, "s");
		assert_true(strlen(scope) == 1 && strchr("gpt", scope[0]) != NULL);
		assert_int_equal(yaml_get(e, "args")->kind, YAML_MAP);
		return;
	}
	assert_int_equal(ph[0], 'X');
	const double dur = number_of(e, "dur");
	assert_true(dur > 0 && ts + dur <= end + 0.001);
	t->slice[t->slices++] = (struct slice){pid, tid, ts, ts + dur};
}

static int by_lane(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to > y->to ? -1 : x->to < y->to;
}

/* Two slices of a lane are apart or one within the other ("Complete Events"; Perfetto's FAQ, issue #4280). */
static void check_nesting(struct trace *t)
{
	double open[64];
	uint32_t depth = 0;

	qsort(t->slice, t->slices, sizeof(t->slice[0]), by_lane);
	for (uint32_t i = 0; i < t->slices; i++) {
		const struct slice *s = &t->slice[i];
		if (i > 0 && (s->pid != s[-1].pid || s->tid != s[-1].tid))
			depth = 0;
		while (depth > 0 && open[depth - 1] <= s->from + 0.0005)
			depth--;
		if (depth > 0 && s->to > open[depth - 1] + 0.0005)
			fail_msg("slices overlap in process %ld, lane %ld at %.3f us", s->pid, s->tid, s->from);
		assert_true(depth < COUNT(open));
		open[depth++] = s->to;
	}
}

static void keeps_the_rules(void **state)
{
	static const char *const lesson[] = {"node-dies",
					     "crash-loop",
					     "image-pull-storm",
					     "node-dies-stateful",
					     "partition-heals-600s",
					     "etcd-two-of-three",
					     "descheduler-after-return",
					     "autoscaler-replaces-node"};
	(void)state;

	for (size_t i = 0; i < COUNT(lesson); i++) {
		struct trace t;
		read_trace(&t, lesson[i]);
		for (uint32_t k = 0; k < t.events->count; k++)
			check_event(&t, t.events->item[k]);
		assert_true(t.slices > 0);
		assert_int_equal(t.processes, 1 + t.x.outcome.nodes);
		assert_true(t.threads >= 1 + 2 * t.x.outcome.nodes);
		check_nesting(&t);
		replay_release(&t.x);
	}
}

static uint32_t named(const struct trace *t, const char *ph, const char *name)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < t->events->count; k++)
		count += strcmp(text_of(t->events->item[k], "ph"), ph) == 0 &&
			 strcmp(text_of(t->events->item[k], "name"), name) == 0;
	return count;
}

/* A process for each node and one for the cluster; what each pod did; the failure and what was believed of it. */
static void shows_what_happened(void **state)
{
	struct trace t;
	(void)state;

	read_trace(&t, "image-pull-storm");
	assert_int_equal(named(&t, "M", "process_name"), 1 + 4);
	assert_int_equal(named(&t, "X", "pull"), 32);
	assert_int_equal(named(&t, "X", "start"), 32);
	assert_int_equal(named(&t, "X", "readiness"), 32);
	assert_int_equal(named(&t, "X", "run"), 64);
	assert_int_equal(named(&t, "X", "node-crash"), 2);
	assert_int_equal(named(&t, "X", "Ready=Unknown"), 2);
	assert_int_equal(named(&t, "i", "Ready=Unknown"), 2);
	assert_int_equal(named(&t, "i", "zone-a strikes"), 1);
	replay_release(&t.x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_rules),
		cmocka_unit_test(shows_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
