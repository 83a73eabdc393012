/* test_report_lines.c - jsonl, yaml, folded, wide and gnuplot say what the other formats say, in their own shapes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/fact_words.h"
#include "sim/yaml.h"
#include "tests/replay.h"

static const struct yaml_node *read_one(struct arena *a, const char *text, size_t length)
{
	struct yaml_docs docs = {0};
	struct diag d;

	diag_init(&d, a);
	assert_true(yaml_read(a, &d, "out", text, length, &docs));
	assert_int_equal(docs.count, 1);
	return docs.root[0];
}

/* Each line is a JSON object that names what it speaks of; ids count up, and causes come before. */
static void each_line_explains_itself(void **state)
{
	struct replay x;
	int64_t id = 0;
	(void)state;

	replay_lesson(&x, "drain-with-pdb");
	const struct text t = replay_print(&x, "jsonl");
	for (const char *line = t.data; *line != '\0'; id++) {
		const size_t length = strcspn(line, "\n");
		const struct yaml_node *n = read_one(&x.arena, line, length);
		const struct yaml_node *cause = yaml_get(n, "cause"), *node = yaml_get(n, "node"),
				       *pod = yaml_get(n, "pod");
		assert_int_equal(strtoll(yaml_get(n, "id")->text, NULL, 10), id);
		assert_non_null(yaml_get(n, "at_s"));
		assert_true(yaml_get(n, "kind")->quoted);
		assert_true(cause == NULL || strtoll(cause->text, NULL, 10) < id);
		assert_true(node == NULL || node->quoted);
		assert_true(pod == NULL || (pod->quoted && yaml_get(n, "namespace") != NULL));
		line += length + 1;
	}
	assert_int_equal(id, x.run.facts.count);
	replay_release(&x);
}

/* Every column of every kind has a key of its own, in snake case. */
static void keys_are_unique(void **state)
{
	struct replay x;
	(void)state;

	replay_lesson(&x, "node-dies");
	const struct fact_dictionary *d = fact_dictionary(&x.arena);
	for (uint32_t kind = 0; kind < FACT_KINDS; kind++) {
		const struct fact_columns *c = fact_columns((uint16_t)kind);
		const struct fact f = {.kind = (uint16_t)kind,
				       .node = strcmp(c->node, "-") != 0 ? 0 : FACT_NONE,
				       .pod = strcmp(c->pod, "-") != 0 ? 0 : FACT_NONE,
				       .flag = 1,
				       .a = 1,
				       .b = 1,
				       .c = 1};
		struct fact_word w[FACT_WORDS_MAX];
		const uint32_t n = fact_words(d, &x.outcome, &f, &x.arena, w);
		for (uint32_t i = 0; i < n; i++) {
			if (w[i].key[0] == '\0' ||
			    w[i].key[strspn(w[i].key, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
				fail_msg("%s has the key \"%s\"", fact_kind_name((uint16_t)kind), w[i].key);
			for (uint32_t k = 0; k < i; k++)
				if (strcmp(w[i].key, w[k].key) == 0)
					fail_msg("%s has \"%s\" twice", fact_kind_name((uint16_t)kind), w[i].key);
		}
	}
	replay_release(&x);
}

static bool equal(const struct yaml_node *a, const struct yaml_node *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == YAML_SCALAR)
		return a->quoted == b->quoted && strcmp(a->text, b->text) == 0;
	for (uint32_t i = 0; i < a->count; i++)
		if (a->kind == YAML_LIST ? !equal(a->item[i], b->item[i])
					 : strcmp(a->pair[i].key->text, b->pair[i].key->text) != 0 ||
						   !equal(a->pair[i].value, b->pair[i].value))
			return false;
	return true;
}

static void yaml_is_the_json(void **state)
{
	static const char *const lessons[] = {"node-dies", "etcd-two-of-three", "crash-loop"};
	(void)state;

	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct replay x;
		replay_lesson(&x, lessons[i]);
		const struct text json = replay_print(&x, "json"), yaml = replay_print(&x, "yaml");
		assert_true(
			equal(read_one(&x.arena, json.data, json.length), read_one(&x.arena, yaml.data, yaml.length)));
		assert_null(strchr(yaml.data, '{'));
		replay_release(&x);
	}
}

/* Five frames and a weight; the weights of a pod add up to its recovery, to a millisecond for each line. */
static void stacks_add_up(void **state)
{
	struct replay x;
	(void)state;

	replay_lesson(&x, "partition-heals-600s");
	const struct text t = replay_print(&x, "folded");
	for (uint32_t i = 0; i < x.outcome.recoveries; i++) {
		const struct recovery *r = &x.outcome.recovery[i];
		const char *pod = text_format(&x.arena, ";%s;", outcome_pod_name(&x.outcome, r->pod));
		int64_t sum = 0, lines = 0;
		for (const char *at = t.data; (at = strstr(at, pod)) != NULL; lines++) {
			at += strcspn(at, " ");
			sum += strtoll(at, NULL, 10);
		}
		const sim_time want =
			r->time[RT_READY] != SIM_NEVER ? r->leg[LEG_TOTAL] : x.outcome.end - r->time[RT_FAILED];
		assert_true(lines > 0);
		assert_true(llabs(sum - want / MILLIS(1)) <= lines);
	}
	for (const char *line = t.data; *line != '\0'; line = strchr(line, '\n') + 1) {
		uint32_t frames = 1, spaces = 0;
		for (const char *c = line; *c != '\n'; c++) {
			frames += *c == ';';
			spaces += *c == ' ';
		}
		assert_int_equal(frames, 5);
		assert_int_equal(spaces, 1);
	}
	replay_release(&x);
}

static void wide_is_the_text_and_more(void **state)
{
	struct replay x;
	(void)state;

	replay_lesson(&x, "node-dies");
	const struct text text = replay_print(&x, "text"), wide = replay_print(&x, "wide");
	assert_int_equal(strncmp(text.data, wide.data, text.length), 0);
	const char *more = wide.data + text.length;
	for (int k = RT_LAST_HEARTBEAT; k < RECOVERY_TIMES; k++)
		assert_non_null(strstr(more, recovery_time_name((enum recovery_time)k)));
	for (uint32_t i = 0; i < x.outcome.recoveries; i++)
		assert_non_null(strstr(more, outcome_pod_name(&x.outcome, x.outcome.recovery[i].pod)));
	assert_null(strstr(more, " \n"));
	replay_release(&x);
}

/* The script needs no file beside it, and gnuplot, where there is one, takes it. */
static void script_holds_its_data(void **state)
{
	struct replay x;
	(void)state;

	replay_lesson(&x, "node-dies");
	const struct text t = replay_print(&x, "gnuplot");
	assert_null(strstr(t.data, ".dat'"));
	assert_non_null(strstr(t.data, "$load << END_OF_DATA"));
	assert_non_null(strstr(t.data, "$recovery << END_OF_DATA"));
	assert_non_null(strstr(t.data, "$pods << END_OF_DATA"));
	if (system("command -v gnuplot > /dev/null 2>&1") == 0) {
		const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
		FILE *p =
			popen(text_format(&x.arena, "cd '%s' && gnuplot -e \"kind='svg'\" - > /dev/null", folder), "w");
		assert_non_null(p);
		assert_int_equal(fwrite(t.data, 1, t.length, p), t.length);
		assert_int_equal(pclose(p), 0);
	}
	replay_release(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_explains_itself), cmocka_unit_test(keys_are_unique),
		cmocka_unit_test(yaml_is_the_json),          cmocka_unit_test(stacks_add_up),
		cmocka_unit_test(wide_is_the_text_and_more), cmocka_unit_test(script_holds_its_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
