/* test_file.c - files, gzip, folders, and writing without half-written results. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "sim/file.h"
#include "sim/text.h"

struct bed {
	struct arena arena;
	struct file_set set;
	char folder[200];
};

static int set_up(void **state)
{
	struct bed *b = test_calloc(1, sizeof(*b));
	const char *base = getenv("TMPDIR");

	snprintf(b->folder, sizeof(b->folder), "%s/test_file.XXXXXX", base && *base ? base : "/tmp");
	*state = b;
	return mkdtemp(b->folder) ? 0 : -1;
}

static const char *path(struct bed *b, const char *name)
{
	return text_format(&b->arena, "%s/%s", b->folder, name);
}

static int tear_down(void **state)
{
	struct bed *b = *state;
	int status = system(text_format(&b->arena, "rm -rf '%s'", b->folder));

	arena_release(&b->arena);
	test_free(b);
	return status;
}

static void put(struct bed *b, const char *name, const void *bytes, size_t length)
{
	FILE *f = fopen(path(b, name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static void put_gzip(struct bed *b, const char *name, const char *mode, const char *text, size_t times)
{
	gzFile f = gzopen(path(b, name), mode);

	assert_non_null(f);
	for (size_t i = 0; i < times; i++)
		assert_int_equal(gzwrite(f, text, (unsigned)strlen(text)), strlen(text));
	assert_int_equal(gzclose(f), Z_OK);
}

static void assert_file(const struct file_bytes *f, const char *name, const char *bytes)
{
	assert_string_equal(f->name, name);
	assert_int_equal(f->length, strlen(bytes));
	assert_string_equal(f->bytes, bytes);
}

static void assert_fails(struct bed *b, const char *name, const char *cause)
{
	const char *error = file_add(&b->arena, &b->set, path(b, name));

	assert_non_null(error);
	assert_string_equal(error, text_format(&b->arena, "cannot read %s: %s", path(b, name), cause));
	assert_int_equal(b->set.count, 0);
}

static void reads_plain_files(void **state)
{
	struct bed *b = *state;

	put(b, "a", "a: 1\n", 5);
	put(b, "empty", "", 0);
	put(b, "zero", "x\0y", 3);
	assert_null(file_add(&b->arena, &b->set, path(b, "a")));
	assert_null(file_add(&b->arena, &b->set, path(b, "empty")));
	assert_null(file_add(&b->arena, &b->set, path(b, "zero")));
	assert_int_equal(b->set.count, 3);
	assert_file(&b->set.file[0], path(b, "a"), "a: 1\n");
	assert_file(&b->set.file[1], path(b, "empty"), "");
	assert_int_equal(b->set.file[2].length, 3);
	assert_memory_equal(b->set.file[2].bytes, "x\0y", 4);
}

static void reads_large_files(void **state)
{
	struct bed *b = *state;
	size_t length = 3000001;
	char *bytes = arena_alloc(&b->arena, length, 1, 1);

	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)('a' + i % 23);
	put(b, "large", bytes, length);
	assert_null(file_add(&b->arena, &b->set, path(b, "large")));
	assert_int_equal(b->set.file[0].length, length);
	assert_memory_equal(b->set.file[0].bytes, bytes, length);
	assert_int_equal(b->set.file[0].bytes[length], 0);
}

static void unpacks_gzip(void **state)
{
	struct bed *b = *state;

	put_gzip(b, "one.txt", "wb", "abc", 1);
	put_gzip(b, "many.gz", "wb", "0123456789", 100000);
	put_gzip(b, "none.gz", "wb", "", 1);
	put_gzip(b, "two.gz", "wb", "first", 1);
	put_gzip(b, "two.gz", "ab", "second", 1);
	put(b, "plain.gz", "not packed", 10);
	assert_null(file_add(&b->arena, &b->set, path(b, "one.txt")));
	assert_null(file_add(&b->arena, &b->set, path(b, "two.gz")));
	assert_null(file_add(&b->arena, &b->set, path(b, "plain.gz")));
	assert_null(file_add(&b->arena, &b->set, path(b, "none.gz")));
	assert_null(file_add(&b->arena, &b->set, path(b, "many.gz")));
	assert_file(&b->set.file[0], path(b, "one.txt"), "abc");
	assert_file(&b->set.file[1], path(b, "two.gz"), "firstsecond");
	assert_file(&b->set.file[2], path(b, "plain.gz"), "not packed");
	assert_file(&b->set.file[3], path(b, "none.gz"), "");
	assert_int_equal(b->set.file[4].length, 1000000);
	assert_memory_equal(b->set.file[4].bytes + 999990, "0123456789", 11);
}

static void refuses_damaged_gzip(void **state)
{
	struct bed *b = *state;
	unsigned char raw[200];
	size_t length;
	FILE *f;

	put_gzip(b, "good.gz", "wb", "some text to pack", 1);
	f = fopen(path(b, "good.gz"), "rb");
	length = fread(raw, 1, sizeof(raw), f);
	fclose(f);
	put(b, "cut.gz", raw, length - 1);
	put(b, "header.gz", raw, 2);
	memset(raw + length, 'x', 20);
	put(b, "more.gz", raw, length + 20);
	raw[length - 6] ^= 1; /* in the checksum */
	put(b, "sum.gz", raw, length);
	assert_fails(b, "cut.gz", "damaged gzip data");
	assert_fails(b, "header.gz", "damaged gzip data");
	assert_fails(b, "more.gz", "damaged gzip data");
	assert_fails(b, "sum.gz", "damaged gzip data");
	assert_null(file_add(&b->arena, &b->set, path(b, "good.gz")));
	assert_file(&b->set.file[0], path(b, "good.gz"), "some text to pack");
}

static void refuses_gzip_bombs(void **state)
{
	struct bed *b = *state;
	char *megabyte = arena_alloc(&b->arena, (1 << 20) + 1, 1, 1);
	size_t before;

	memset(megabyte, 'a', 1 << 20);
	put_gzip(b, "bomb.gz", "wb1", megabyte, 1025);
	before = b->arena.used_bytes;
	assert_fails(b, "bomb.gz", "larger than 1024 MiB");
	assert_true(b->arena.used_bytes - before < 10000);
}

static void refuses_large_files(void **state)
{
	struct bed *b = *state;

	put(b, "sparse", "", 0);
	assert_int_equal(truncate(path(b, "sparse"), (off_t)FILE_MAX_BYTES + 1), 0);
	assert_fails(b, "sparse", "larger than 1024 MiB");
}

static void says_what_is_missing(void **state)
{
	struct bed *b = *state;

	assert_fails(b, "missing", "No such file or directory");
	put(b, "a", "x", 1);
	assert_fails(b, "a/b", "Not a directory");
	assert_int_equal(mkdir(path(b, "empty"), 0777), 0);
	assert_fails(b, "empty", "no *.yaml, *.yml or *.json file in this folder");
	assert_string_equal(file_add(&b->arena, &b->set, ""), "cannot read a file without a name");
}

static void reads_folders_in_order(void **state)
{
	static const char *const names[] = {"z.yaml",   "b.yml",     "B.json",         "sub/a.yaml",
					    "sub.yaml", "c.yaml.gz", "sub/deep/x.json"};
	static const char *const order[] = {"B.json",     "b.yml",           "c.yaml.gz", "sub.yaml",
					    "sub/a.yaml", "sub/deep/x.json", "z.yaml"};
	static const char *const others[] = {"readme.md", "yaml", ".yaml", ".hidden.yaml", "x.gz", "a.yaml.bak"};
	struct bed *b = *state;

	mkdir(path(b, "sub"), 0777);
	mkdir(path(b, "sub/deep"), 0777);
	mkdir(path(b, "folder.yaml"), 0777);
	for (size_t i = 0; i < COUNT(names); i++)
		put(b, names[i], "x", 1);
	for (size_t i = 0; i < COUNT(others); i++)
		put(b, others[i], "x", 1);
	/* A linked folder, here one that would never end, is not followed. */
	assert_int_equal(symlink(b->folder, path(b, "sub/loop")), 0);
	assert_int_equal(symlink(b->folder, path(b, "sub/loop.yaml")), 0);
	assert_int_equal(mkfifo(path(b, "pipe.yaml"), 0666), 0);
	assert_null(file_add(&b->arena, &b->set, text_format(&b->arena, "%s//", b->folder)));
	assert_int_equal(b->set.count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(b->set.file[i].name, path(b, order[i]));
}

static void limits_folder_depth(void **state)
{
	struct bed *b = *state;
	const char *folder = b->folder;

	for (int i = 1; i < 16; i++) {
		folder = text_format(&b->arena, "%s/d", folder);
		assert_int_equal(mkdir(folder, 0777), 0);
	}
	put(b, text_format(&b->arena, "%s/x.yaml", folder + strlen(b->folder) + 1), "x", 1);
	assert_null(file_add(&b->arena, &b->set, b->folder));
	assert_int_equal(b->set.count, 1);
	folder = text_format(&b->arena, "%s/d", folder);
	assert_int_equal(mkdir(folder, 0777), 0);
	assert_string_equal(file_add(&b->arena, &b->set, b->folder),
			    text_format(&b->arena, "cannot read %s: more than 16 folders deep", folder));
}

static void reads_standard_input(void **state)
{
	struct bed *b = *state;
	int pipes[2], saved = dup(STDIN_FILENO);

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "in: 1", 5), 5);
	close(pipes[1]);
	assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
	close(pipes[0]);
	assert_null(file_add(&b->arena, &b->set, "-"));
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	}
	assert_file(&b->set.file[0], "<stdin>", "in: 1");
}

static void writes_whole_files(void **state)
{
	struct bed *b = *state;
	struct stat before, after;

	assert_null(file_write(&b->arena, path(b, "out.yaml"), "one", 3));
	assert_int_equal(stat(path(b, "out.yaml"), &before), 0);
	assert_null(file_write(&b->arena, path(b, "out.yaml"), "second", 6));
	assert_int_equal(stat(path(b, "out.yaml"), &after), 0);
	/* A new file took the old one's place: a reader of the old one sees no mixture. */
	assert_true(before.st_ino != after.st_ino);
	assert_null(file_write(&b->arena, path(b, "none.yaml"), "", 0));
	assert_null(file_add(&b->arena, &b->set, b->folder));
	assert_int_equal(b->set.count, 2);
	assert_file(&b->set.file[0], path(b, "none.yaml"), "");
	assert_file(&b->set.file[1], path(b, "out.yaml"), "second");
}

static void leaves_nothing_behind_when_writing_fails(void **state)
{
	struct bed *b = *state;

	assert_string_equal(file_write(&b->arena, path(b, "no/x"), "x", 1),
			    text_format(&b->arena, "cannot write %s: No such file or directory", path(b, "no/x")));
	mkdir(path(b, "dir"), 0777);
	assert_string_equal(file_write(&b->arena, path(b, "dir"), "x", 1),
			    text_format(&b->arena, "cannot write %s: Is a directory", path(b, "dir")));
	assert_string_equal(file_write(&b->arena, "/dev/full", "x", 1),
			    "cannot write /dev/full: No space left on device");
	assert_null(file_write(&b->arena, "/dev/null", "x", 1));
	/* The folder itself goes only if nothing else is in it. */
	assert_int_equal(rmdir(path(b, "dir")), 0);
	assert_int_equal(rmdir(b->folder), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_plain_files),    TEST(reads_large_files),
		TEST(unpacks_gzip),         TEST(refuses_damaged_gzip),
		TEST(refuses_gzip_bombs),   TEST(refuses_large_files),
		TEST(says_what_is_missing), TEST(reads_folders_in_order),
		TEST(limits_folder_depth),  TEST(reads_standard_input),
		TEST(writes_whole_files),   TEST(leaves_nothing_behind_when_writing_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
