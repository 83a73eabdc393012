/*
 * test_report_cli.c - reports as the command line makes them: a recording gives the bytes that the run itself gave, in
 * every format, and the page of an experiment says what its other formats say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "sim/file.h"
#include "tests/test.h"

static const char *program(void)
{
	const char *path = getenv("NODEFALL");

	return path != NULL ? path : "./nodefall";
}

static const char *folder(void)
{
	const char *path = getenv("TMPDIR");

	return path != NULL ? path : "/tmp";
}

/* Every format into PREFIX.NAME. */
static const char *all_formats(struct arena *a, const char *prefix)
{
	struct text t;

	text_init(&t, a);
	for (size_t i = 0; formats[i] != NULL; i++)
		text_printf(&t, " -o %s='%s/%s.%s'", formats[i]->name, folder(), prefix, formats[i]->name);
	return t.data;
}

static const struct file_bytes *read_output(struct arena *a, struct file_set *set, const char *prefix, const char *name)
{
	assert_null(file_add(a, set, text_format(a, "%s/%s.%s", folder(), prefix, name)));
	return &set->file[set->count - 1];
}

static void recordings_give_the_same_bytes(void **state)
{
	struct arena a = {0};
	(void)state;

	const char *run =
		text_format(&a, "%s run --quiet scenarios/lessons/node-dies.yaml --long-run --record '%s/x.rec'%s",
			    program(), folder(), all_formats(&a, "run"));
	const char *report = text_format(&a, "%s report --quiet '%s/x.rec' --long-run%s", program(), folder(),
					 all_formats(&a, "report"));
	assert_int_equal(system(run), 0);
	assert_int_equal(system(report), 0);
	for (size_t i = 0; formats[i] != NULL; i++) {
		struct file_set one = {0}, two = {0};
		const struct file_bytes *x = read_output(&a, &one, "run", formats[i]->name);
		const struct file_bytes *y = read_output(&a, &two, "report", formats[i]->name);
		if (x->length != y->length || memcmp(x->bytes, y->bytes, x->length) != 0)
			fail_msg("-o %s of the recording is another than that of the run", formats[i]->name);
	}
	arena_release(&a);
}

static uint32_t count(const char *s, const char *what)
{
	uint32_t n = 0;

	for (; (s = strstr(s, what)) != NULL; s += strlen(what))
		n++;
	return n;
}

static void experiments_have_a_page(void **state)
{
	struct arena a = {0};
	struct file_set set = {0};
	(void)state;

	const char *command =
		text_format(&a,
			    "%s sweep scenarios/lessons/node-dies.yaml --quiet --runs 4 --metric recovery_max "
			    "--metric availability --vary nodeMonitorGracePeriod=20s,40s --vary "
			    "defaultUnreachableTolerationSeconds=30s,300s -o html='%s/sweep.html' -o "
			    "json='%s/sweep.json'",
			    program(), folder(), folder());
	assert_int_equal(system(command), 0);
	const char *page = read_output(&a, &set, "sweep", "html")->bytes;
	assert_non_null(strstr(page, "<p class=\"answer\">recovery_max: best with 20s / 30s"));
	assert_non_null(strstr(page, "<caption>recovery_max, s: less is better</caption>"));
	assert_non_null(strstr(page, "<td>real</td>"));
	assert_non_null(strstr(page, "--vary 'nodeMonitorGracePeriod=20s,40s'"));
	assert_int_equal(count(page, "<table>"), count(page, "<caption>"));
	assert_int_equal(count(page, "<section "), count(page, "</section>"));
	assert_int_equal(count(page, "http"), count(page, "http://www.w3.org/"));
	/* Its digests are those of the JSON. */
	const char *json = read_output(&a, &set, "sweep", "json")->bytes;
	const char *digest = strstr(json, "\"digest\":");
	assert_non_null(digest);
	digest = strchr(digest + strlen("\"digest\":"), '"') + 1;
	assert_non_null(strstr(page, arena_text(&a, digest, 16)));
	if (system("command -v gnuplot > /dev/null 2>&1") == 0) {
		assert_int_equal(count(page, "<svg "), 4);
		assert_null(strstr(page, "No picture"));
	}
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_give_the_same_bytes),
		cmocka_unit_test(experiments_have_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
