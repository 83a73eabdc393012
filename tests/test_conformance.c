/* test_conformance.c - the scheduler decides as the real one did, case by case: tests/conformance/. */
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/sched_vectors.h"
#include "sim/file.h"

/* At most this many differing cases are shown. */
#define SHOWN 5

struct tally {
	uint32_t versions, failed;
	bool examples; /* the worked examples: what preemption does is written in an older shape, and left out */
};

/* The map without a key, in memory of a. */
static const struct yaml_node *without(struct arena *a, const struct yaml_node *map, const char *key)
{
	struct yaml_node *copy = ARENA_NEW(a, 1, struct yaml_node);

	*copy = *map;
	copy->pair = ARENA_NEW(a, map->count, struct yaml_pair);
	copy->count = 0;
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->pair[i].key->text, key) != 0)
			copy->pair[copy->count++] = map->pair[i];
	return copy;
}

/* What the event says of preemption that failed, without the space at its end. */
static bool same_message(const struct yaml_node *expect, const struct yaml_node *computed)
{
	const struct yaml_node *e = yaml_get(yaml_get(expect, "postfilter"), "message");
	const struct yaml_node *m = yaml_get(yaml_get(computed, "postfilter"), "message");
	size_t length;

	if (e == NULL || e->kind != YAML_SCALAR)
		return true;
	length = strlen(e->text);
	length -= length > 0 && e->text[length - 1] == ' ';
	return m != NULL && strlen(m->text) == length && strncmp(e->text, m->text, length) == 0;
}

static void check_version(struct tally *t, struct diag *d, const struct yaml_node *root, const char *version,
			  const struct yaml_node *expect)
{
	struct yaml_docs docs = {0};
	struct text computed, shown;
	int minor = sched_vector_version(version);

	assert_true(minor > 0);
	text_init(&computed, d->arena);
	text_init(&shown, d->arena);
	assert_true(sched_vector_compute(d, root, minor, &computed));
	assert_true(yaml_read(d->arena, d, "computed", computed.data, computed.length, &docs));
	assert_int_equal(docs.count, 1);
	const struct yaml_node *got = docs.root[0];

	if (t->examples) {
		expect = without(d->arena, expect, "postfilter");
		got = without(d->arena, got, "postfilter");
	}
	t->versions++;
	if (sched_vector_compare(expect, got, 5, &shown) > 0 && t->failed++ < SHOWN)
		print_message("%s (%s):\n%s", yaml_get(root, "id")->text, version, shown.data);
	if (same_message(expect, got))
		return;
	t->failed++;
	print_message("%s (%s): another message of preemption\n", yaml_get(root, "id")->text, version);
}

static void check_case(struct tally *t, struct diag *d, const struct yaml_node *root)
{
	const struct yaml_node *expect = yaml_get(root, "expect");

	assert_non_null(expect);
	for (uint32_t i = 0; i < expect->count; i++)
		check_version(t, d, root, expect->pair[i].key->text, expect->pair[i].value);
}

static void check_line(struct tally *t, const char *file, const char *line, size_t length)
{
	struct arena arena = {0};
	struct yaml_docs docs = {0};
	struct diag d = {0};

	diag_init(&d, &arena);
	assert_true(yaml_read(&arena, &d, file, line, length, &docs));
	assert_int_equal(docs.count, 1);
	check_case(t, &d, docs.root[0]);
	arena_release(&arena);
}

static struct tally check_folder(const char *folder)
{
	struct arena arena = {0};
	struct tally t = {0};
	DIR *dir = opendir(folder);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		struct file_set files = {0};
		size_t length = strlen(e->d_name), at = 0;

		if (length < 9 || strcmp(e->d_name + length - 9, ".jsonl.gz") != 0)
			continue;
		assert_null(file_add(&arena, &files, text_format(&arena, "%s/%s", folder, e->d_name)));
		for (size_t end; at < files.file[0].length; at = end + 1) {
			const char *line = files.file[0].bytes + at,
				   *stop = memchr(line, '\n', files.file[0].length - at);

			end = stop != NULL ? (size_t)(stop - files.file[0].bytes) : files.file[0].length;
			if (end > at)
				check_line(&t, files.file[0].name, line, end - at);
		}
	}
	if (dir != NULL)
		closedir(dir);
	arena_release(&arena);
	return t;
}

/* The shared material, beside the project or above it; NULL when it is not there. */
static const char *shared(const char *name, struct arena *a)
{
	static const char *const places[] = {"../shared", "../../shared"};

	for (size_t i = 0; i < COUNT(places); i++) {
		const char *path = text_format(a, "%s/%s", places[i], name);

		if (access(path, R_OK) == 0)
			return path;
	}
	print_message("skipped: no ../shared/%s here\n", name);
	return NULL;
}

static void test_all_cases(void **state)
{
	struct arena arena = {0};
	const char *folder = shared("conformance/scheduler", &arena);

	(void)state;
	if (folder != NULL) {
		struct tally t = check_folder(folder);

		print_message("%u decisions\n", t.versions);
		assert_true(t.versions > 1000);
		assert_int_equal(t.failed, 0);
	}
	arena_release(&arena);
}

/* The worked examples of kube-scheduler.md section 8: a list of cases in one document. */
static void test_worked_examples(void **state)
{
	struct arena arena = {0};
	const char *path = shared("reference/kube-scheduler-vectors.json", &arena);
	struct file_set files = {0};
	struct yaml_docs docs = {0};
	struct diag d = {0};
	struct tally t = {.examples = true};

	(void)state;
	diag_init(&d, &arena);
	if (path != NULL) {
		assert_null(file_add(&arena, &files, path));
		assert_true(yaml_read(&arena, &d, path, files.file[0].bytes, files.file[0].length, &docs));
		assert_int_equal(docs.count, 1);
		assert_int_equal(docs.root[0]->count, 20);
		for (uint32_t i = 0; i < docs.root[0]->count; i++)
			check_case(&t, &d, docs.root[0]->item[i]);
		assert_true(t.versions >= 20);
		assert_int_equal(t.failed, 0);
	}
	arena_release(&arena);
}

static void test_own_cases(void **state)
{
	struct tally t = check_folder("tests/conformance");

	(void)state;
	print_message("%u decisions\n", t.versions);
	assert_true(t.versions > 1000);
	assert_int_equal(t.failed, 0);
}

/* One changed number, one missing entry: the comparison sees both. */
static void test_comparison_can_fail(void **state)
{
	static const char a[] = "{\"score\": {\"n\": {\"total\": 5}}, \"winners\": [\"n\"]}";
	static const char b[] = "{\"score\": {\"n\": {\"total\": 6}}, \"winners\": [\"n\", \"m\"]}";
	struct arena arena = {0};
	struct yaml_docs docs = {0};
	struct diag d = {0};
	struct text out;

	(void)state;
	diag_init(&d, &arena);
	text_init(&out, &arena);
	assert_true(yaml_read(&arena, &d, "a", a, sizeof(a) - 1, &docs));
	assert_true(yaml_read(&arena, &d, "b", b, sizeof(b) - 1, &docs));
	assert_int_equal(sched_vector_compare(docs.root[0], docs.root[0], 5, &out), 0);
	assert_int_equal(sched_vector_compare(docs.root[0], docs.root[1], 5, &out), 2);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_cases),
		cmocka_unit_test(test_all_cases),
		cmocka_unit_test(test_worked_examples),
		cmocka_unit_test(test_comparison_can_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
