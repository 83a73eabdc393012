/* test_conformance.c - the scheduler decides as the real one did, case by case: tests/conformance/. */
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/sched_vectors.h"
#include "sim/file.h"

/* At most this many differing cases are shown. */
#define SHOWN 5

struct tally {
	uint32_t versions, failed;
};

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
	t->versions++;
	if (sched_vector_compare(expect, docs.root[0], 5, &shown) > 0 && t->failed++ < SHOWN)
		print_message("%s (%s):\n%s", yaml_get(root, "id")->text, version, shown.data);
}

static void check_line(struct tally *t, const char *file, const char *line, size_t length)
{
	struct arena arena = {0};
	struct yaml_docs docs = {0};
	struct diag d = {0};

	diag_init(&d, &arena);
	assert_true(yaml_read(&arena, &d, file, line, length, &docs));
	assert_int_equal(docs.count, 1);
	const struct yaml_node *expect = yaml_get(docs.root[0], "expect");

	assert_non_null(expect);
	for (uint32_t i = 0; i < expect->count; i++)
		check_version(t, &d, docs.root[0], expect->pair[i].key->text, expect->pair[i].value);
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
		cmocka_unit_test(test_comparison_can_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
