/* test_formats.c - what each format prints of a run told by hand, read back or compared word by word. */
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/runs.h"
#include "sim/yaml.h"
#include "tests/fake_run.h"

struct printed {
	struct fake fake;
	struct arena arena;
	struct text text;
};

static void tell_all(struct fake *f)
{
	tell_node(f, 0, "worker-1");
	tell_node(f, 1, "worker-2");
	tell_web(f, 2);
	tell_running(f, 0, 0, 0, "web-5c9-aaaaa", 0);
	tell_running(f, 0, 1, 0, "web-5c9-bbbbb", 1);
	tell_running(f, 0, 3, FACT_NONE, "bare", 0);
	tell_settled(f);
	tell_crash(f, 100, 0, 0, 0, 0);
	tell_eviction(f, 100, 0, 0);
	tell_replacement(f, 455, 2, 0, "web-5c9-ccccc", 1);
	tell(f, 470, FACT_POD_READY, 0, 3, NONE, 0, BY_NODE_CONTROLLER, 0, 0);
}

/* The run in the named format. */
static void print(struct printed *p, const char *format)
{
	struct fake *f = &p->fake;

	memset(&p->arena, 0, sizeof(p->arena));
	fake_init(f);
	fake_failure(f, "boom", FAILURE_NODE_CRASH, SECONDS(100), 0);
	fake_expect(f, "recovery_max", '<', 360, true);
	fake_begin(f);
	tell_all(f);
	fake_end(f, SECONDS(700));
	text_init(&p->text, &p->arena);
	const struct format *found = format_find(format);
	assert_non_null(found);
	found->write(&f->outcome, &p->text);
}

static void release(struct printed *p)
{
	arena_release(&p->arena);
	fake_release(&p->fake);
}

static const struct yaml_node *read_back(struct printed *p)
{
	struct yaml_docs docs = {0};
	struct diag d;

	diag_init(&d, &p->arena);
	assert_true(yaml_read(&p->arena, &d, "out.json", p->text.data, p->text.length, &docs));
	assert_int_equal(docs.count, 1);
	return docs.root[0];
}

static const struct yaml_node *need(const struct yaml_node *n, const char *key)
{
	const struct yaml_node *value = yaml_get(n, key);

	if (value == NULL)
		fail_msg("no key %s", key);
	return value;
}

static void assert_value(const struct yaml_node *n, const char *key, const char *want)
{
	const struct yaml_node *value = need(n, key);

	if (want == NULL) {
		assert_true(yaml_is_null(value));
		return;
	}
	assert_int_equal(value->kind, YAML_SCALAR);
	assert_string_equal(value->text, want);
}

static void json_has_every_key(void **state)
{
	static const char *const keys[] = {"nodefall",   "scenario",   "seed",     "kubernetes",
					   "duration_s", "digest",     "nodes",    "load",
					   "failures",   "recoveries", "services", "expectations"};
	static const char *const spreads[] = {"mean", "cv", "max_over_mean", "jain", "gini"};
	struct printed p;
	(void)state;

	print(&p, "json");
	const struct yaml_node *root = read_back(&p);
	for (size_t i = 0; i < COUNT(keys); i++)
		need(root, keys[i]);
	for (int r = 0; r < LOAD_RESOURCES; r++)
		for (size_t i = 0; i < COUNT(spreads); i++) {
			const char *resource = load_resource_name((enum load_resource)r);
			need(need(need(root, "load"), resource), spreads[i]);
			need(need(need(need(root, "load"), "before"), resource), spreads[i]);
		}
	assert_value(root, "kubernetes", "1.34");
	assert_value(root, "duration_s", "700");
	assert_value(root, "interrupted_at_s", NULL);
	assert_int_equal(strlen(need(root, "digest")->text), 16);
	const struct yaml_node *failure = need(root, "failures")->item[0];
	assert_value(failure, "id", "boom");
	assert_value(failure, "kind", "node-crash");
	assert_value(failure, "healed_at_s", NULL);
	assert_string_equal(need(failure, "nodes")->item[0]->text, "worker-1");
	assert_value(need(root, "services")->item[0], "lost_pod_seconds", "364");
	release(&p);
}

static void json_tells_recoveries_with_nulls(void **state)
{
	struct printed p;
	(void)state;

	print(&p, "json");
	const struct yaml_node *list = need(read_back(&p), "recoveries");
	assert_int_equal(list->count, 2);
	const struct yaml_node *web = list->item[0], *bare = list->item[1];
	assert_value(web, "pod", "web-5c9-aaaaa");
	assert_value(web, "owner", "Deployment/web");
	assert_value(web, "replacement", "web-5c9-ccccc");
	assert_value(web, "replacement_node", "worker-2");
	static const char *const want[LEGS] = {"50", "5", "300", "0.5", "0.25", "4", "1.75", "1.5", "363"};
	for (int l = 0; l < LEGS; l++)
		assert_value(need(web, "legs_s"), leg_name((enum leg)l), want[l]);
	for (int t = 0; t < RECOVERY_TIMES; t++)
		assert_false(yaml_is_null(need(need(web, "times_s"), recovery_time_name((enum recovery_time)t))));
	assert_value(bare, "owner", NULL);
	assert_value(bare, "replacement", NULL);
	assert_value(need(bare, "legs_s"), "detection", "50");
	assert_value(need(bare, "legs_s"), "toleration", NULL);
	assert_value(need(bare, "legs_s"), "total", NULL);
	assert_value(need(bare, "times_s"), "ready", NULL);
	release(&p);
}

static void csv_has_one_value_a_row(void **state)
{
	struct printed p;
	uint32_t rows = 0;
	(void)state;

	print(&p, "csv");
	assert_true(strncmp(p.text.data, "run,section,subject,name,value,unit\n", 36) == 0);
	for (const char *line = p.text.data; *line != '\0'; line = strchr(line, '\n') + 1, rows++) {
		uint32_t commas = 0;
		for (const char *c = line; *c != '\n'; c++)
			commas += *c == ',';
		assert_int_equal(commas, 5);
	}
	assert_true(rows > 100);
	assert_non_null(strstr(p.text.data, "\n0,recovery,boom:default/web-5c9-aaaaa,leg.total,363,s\n"));
	assert_non_null(strstr(p.text.data, "\n0,recovery,boom:default/bare,leg.total,,s\n"));
	assert_non_null(strstr(p.text.data, "\n0,load,after,pods.mean,2,pods\n"));
	release(&p);
}

static void events_are_those_of_kubectl(void **state)
{
	static const char want[] =
		"NAMESPACE   LAST SEEN   TYPE      REASON                 OBJECT               MESSAGE\n"
		"default     9m10s       Normal    NodeNotReady           node/worker-1        Node worker-1 status is "
		"now: NodeNotReady\n"
		"default     9m9s        Warning   NodeNotReady           pod/web-5c9-aaaaa    Node is not ready\n"
		"default     4m5s        Normal    TaintManagerEviction   pod/web-5c9-aaaaa    Marking for deletion "
		"Pod default/web-5c9-aaaaa\n"
		"default     4m4s        Normal    SuccessfulCreate       replicaset/web-5c9   Created pod: "
		"web-5c9-ccccc\n"
		"default     4m4s        Normal    Scheduled              pod/web-5c9-ccccc    Successfully assigned "
		"default/web-5c9-ccccc to worker-2\n"
		"default     4m3s        Normal    Pulling                pod/web-5c9-ccccc    Pulling image "
		"\"nginx:1.27\"\n"
		"default     3m59s       Normal    Pulled                 pod/web-5c9-ccccc    Successfully pulled "
		"image \"nginx:1.27\" in 4s (4s including waiting)\n"
		"default     3m58s       Normal    Created                pod/web-5c9-ccccc    Created container:\n"
		"default     3m58s       Normal    Started                pod/web-5c9-ccccc    Started container\n"
		"default     3m50s       Warning   NodeNotReady           pod/bare             Node is not ready\n";
	struct printed p;
	(void)state;

	print(&p, "events");
	assert_string_equal(p.text.data, want);
	release(&p);
}

static void text_answers_first_and_fits(void **state)
{
	struct printed p;
	(void)state;

	print(&p, "text");
	assert_true(strncmp(p.text.data, "FAILED  recovery_max: 6m3s\n", 27) == 0);
	assert_non_null(strstr(p.text.data, "worker-1 Ready=Unknown: no heartbeat for 50s, limit 50s"));
	assert_non_null(strstr(p.text.data, "+5m55s  web-5c9-aaaaa deleted: the NoExecute taint was tolerated for 5m"));
	assert_non_null(strstr(p.text.data, "web-5c9-ccccc created by the ReplicaSet controller in the place of"));
	assert_non_null(strstr(p.text.data, "seed 7, kubernetes 1.34, digest "));
	for (const char *line = p.text.data; *line != '\0';) {
		const char *end = strchr(line, '\n');
		if (end - line > 100)
			fail_msg("%ld columns: %.*s", (long)(end - line), (int)(end - line), line);
		line = end + 1;
	}
	release(&p);
}

static void facts_are_lines_of_json(void **state)
{
	struct printed p;
	(void)state;

	print(&p, "facts");
	static const char first[] = "{\"at_ns\":0,\"kind\":\"node-added\",\"node\":0,";
	assert_true(strncmp(p.text.data, first, sizeof(first) - 1) == 0);
	uint64_t lines = 0;
	for (const char *c = p.text.data; *c != '\0'; c++)
		lines += *c == '\n';
	assert_true(lines == p.fake.run.facts.count);
	release(&p);
}

static void replications_are_summed_up(void **state)
{
	struct printed p;
	struct runs runs, swapped;
	(void)state;

	print(&p, "json");
	runs_init(&runs, &p.arena, 3, true);
	runs_take(&runs, 0, &p.fake.outcome);
	p.fake.run.replication = 1;
	runs_take(&runs, 1, &p.fake.outcome);
	p.fake.run.replication = 0;
	runs_summarise(&runs);
	assert_int_equal(runs.done, 2);
	assert_int_equal(runs.leg[LEG_DETECTION].count, 4);
	assert_true(runs.leg[LEG_TOTAL].count == 2 && runs.leg[LEG_TOTAL].max == 363);
	assert_int_equal(runs.unfinished, 2);
	assert_int_equal(runs_held(&runs, 0), 0);

	p.fake.outcome.runs = &runs;
	text_init(&p.text, &p.arena);
	format_find("json")->write(&p.fake.outcome, &p.text);
	const struct yaml_node *root = read_back(&p);
	assert_int_equal(need(root, "runs")->count, 2);
	assert_value(need(need(root, "legs"), "total"), "p95_s", "363");

	const uint64_t digest = runs.combined_digest;
	runs_init(&swapped, &p.arena, 2, false);
	/* Whoever comes first waits for its turn. */
	p.fake.run.facts.digest++;
	runs_take(&swapped, 1, &p.fake.outcome);
	assert_int_equal(swapped.done, 0);
	p.fake.run.facts.digest--;
	runs_take(&swapped, 0, &p.fake.outcome);
	assert_int_equal(swapped.done, 2);
	assert_int_equal(swapped.rows, 0);
	assert_true(swapped.combined_digest != digest);
	runs_release(&swapped);
	runs_release(&runs);
	release(&p);
}

static void seconds_are_printed_exactly(void **state)
{
	static const struct {
		sim_time t;
		const char *want;
	} row[] = {
		{0, "0"},
		{1, "0.000000001"},
		{SECONDS(47) + MILLIS(700), "47.7"},
		{-MILLIS(250), "-0.25"},
		{SIM_NEVER, "null"},
		{SECONDS(360), "360"},
		{SECONDS(1) + 123456789, "1.123456789"},
	};
	struct arena a = {0};
	(void)state;

	for (size_t i = 0; i < COUNT(row); i++) {
		struct text t;
		text_init(&t, &a);
		print_seconds(&t, row[i].t);
		assert_string_equal(t.data, row[i].want);
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_has_every_key),          cmocka_unit_test(json_tells_recoveries_with_nulls),
		cmocka_unit_test(csv_has_one_value_a_row),     cmocka_unit_test(events_are_those_of_kubectl),
		cmocka_unit_test(text_answers_first_and_fits), cmocka_unit_test(facts_are_lines_of_json),
		cmocka_unit_test(replications_are_summed_up),  cmocka_unit_test(seconds_are_printed_exactly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
