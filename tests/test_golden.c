/* test_golden.c - the program prints what tests/golden/ says, byte by byte; NODEFALL_WRITE_GOLDEN=1 writes it anew. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sim/file.h"
#include "sim/text.h"

#define FOLDER "tests/golden/"

/* Appends what a stream holds. */
static void take(FILE *f, struct text *out)
{
	char part[4096];

	for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
		text_add_n(out, part, n);
}

/* Runs the program with these words: output, then errors, then the exit code. */
static void run(struct arena *a, const char *words, struct text *out)
{
	const char *program = getenv("NODEFALL"), *folder = getenv("TMPDIR");
	const char *errors = text_format(a, "%s/golden.err", folder != NULL ? folder : "build");
	FILE *pipe = popen(text_format(a, "%s %s 2> %s", program != NULL ? program : "./nodefall", words, errors), "r"),
	     *f;
	int status;

	assert_non_null(pipe);
	take(pipe, out);
	status = pclose(pipe);
	f = fopen(errors, "r");
	assert_non_null(f);
	take(f, out);
	fclose(f);
	assert_true(WIFEXITED(status));
	text_printf(out, "exit code %d\n", WEXITSTATUS(status));
}

static void write_file(const char *path, const struct text *t)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(t->data, 1, t->length, f), t->length);
	assert_int_equal(fclose(f), 0);
}

/* The first line that differs is shown. */
static bool is_same(const char *name, const struct text *got, const struct file_bytes *want)
{
	size_t at = 0, line = 0;

	while (at < got->length && at < want->length && got->data[at] == want->bytes[at])
		if (got->data[at++] == '\n')
			line = at;
	if (at == got->length && at == want->length)
		return true;
	print_message("%s: printed  %.*s\n", name, (int)strcspn(got->data + line, "\n"), got->data + line);
	print_message("%s: expected %.*s\n", name, (int)(want->length > line ? strcspn(want->bytes + line, "\n") : 0),
		      want->bytes + line);
	return false;
}

static bool check(const char *name, const char *words)
{
	struct arena a = {0};
	struct file_set files = {0};
	struct text got;
	const char *path = text_format(&a, FOLDER "%s.txt", name), *wrong;
	bool same = true;

	text_init(&got, &a);
	run(&a, words, &got);
	if (getenv("NODEFALL_WRITE_GOLDEN") != NULL) {
		write_file(path, &got);
	} else if ((wrong = file_add(&a, &files, path)) != NULL) {
		print_message("%s: %s\n", path, wrong);
		same = false;
	} else {
		same = is_same(name, &got, &files.file[0]);
	}
	arena_release(&a);
	return same;
}

static void test_commands(void **state)
{
	FILE *f = fopen(FOLDER "commands", "r");
	char line[512];
	uint32_t count = 0, wrong = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t length = strcspn(line, " #\n");

		line[strcspn(line, "\n")] = '\0';
		if (length == 0 || line[length] != ' ')
			continue;
		line[length] = '\0';
		count++;
		wrong += !check(line, line + length + 1 + strspn(line + length + 1, " "));
	}
	fclose(f);
	assert_true(count > 10);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
