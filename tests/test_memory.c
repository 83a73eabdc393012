/* test_memory.c - arenas, names and text. */
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/arena.h"
#include "sim/names.h"
#include "sim/text.h"

static void arena_is_zeroed_and_aligned(void **state)
{
	struct arena a = {0};

	(void)state;
	for (size_t align = 1; align <= 64; align *= 2)
		for (size_t size = 0; size < 3000; size = size * 2 + 1) {
			unsigned char *p = arena_alloc(&a, size, 1, align);

			assert_int_equal((uintptr_t)p % align, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			if (size)
				memset(p, 0xff, size);
		}
	assert_true(a.used_bytes > 0);
	arena_release(&a);
	assert_int_equal(a.used_bytes, 0);
	assert_null(a.chunks);
	assert_string_equal(arena_text(&a, "again", 3), "aga");
	arena_release(&a);
}

static void arena_mixes_large_and_small(void **state)
{
	struct arena a = {0};
	int *first = ARENA_NEW(&a, 1, int), *big, *last;

	(void)state;
	*first = 1;
	big = ARENA_NEW(&a, 1 << 20, int);
	big[(1 << 20) - 1] = 2;
	last = ARENA_NEW(&a, 1, int);
	/* The large block has memory of its own: small ones stay together. */
	assert_ptr_equal(last, first + 1);
	assert_int_equal(*first, 1);
	assert_int_equal(a.used_bytes, 2 * sizeof(int) + ((size_t)4 << 20));
	arena_release(&a);
}

static void arena_grows(void **state)
{
	struct arena a = {0};
	int *p = arena_grow(&a, NULL, 0, 4, sizeof(int), _Alignof(int)), *q;

	(void)state;
	for (int i = 0; i < 4; i++)
		p[i] = i + 1;
	q = arena_grow(&a, p, 4, 8, sizeof(int), _Alignof(int));
	assert_ptr_equal(p, q); /* in place: it was the last block */
	ARENA_NEW(&a, 1, char);
	q = arena_grow(&a, p, 8, 100000, sizeof(int), _Alignof(int));
	assert_ptr_not_equal(p, q);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(q[i], i < 4 ? i + 1 : 0);
	arena_release(&a);
}

static void arena_reserve_doubles(void **state)
{
	struct arena a = {0};
	uint32_t capacity = 0, *data = NULL;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		ARENA_RESERVE(&a, data, capacity, i + 1, uint32_t);
		data[i] = i;
	}
	assert_int_equal(capacity, 1024);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(data[i], i);
	arena_release(&a);
}

static void arena_ends_the_program_without_memory(void **state)
{
	int status;
	pid_t child;

	(void)state;
	fflush(stdout);
	child = fork();
	if (!child) {
		struct arena a = {0};

		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		arena_alloc(&a, SIZE_MAX / 2, 16, 1);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
}

static void names_are_small_numbers(void **state)
{
	struct arena a = {0};
	struct names n;
	char word[16];

	(void)state;
	names_init(&n, &a, NULL);
	assert_int_equal(names_find(&n, "x"), 0);
	assert_int_equal(names_intern(&n, ""), 0);
	assert_int_equal(names_intern(&n, NULL), 0);
	assert_string_equal(names_text(&n, 0), "");
	for (uint32_t i = 1; i <= 5000; i++) {
		snprintf(word, sizeof(word), "n%u", (unsigned)i);
		assert_int_equal(names_intern(&n, word), i);
	}
	for (uint32_t i = 1; i <= 5000; i++) {
		snprintf(word, sizeof(word), "n%u", (unsigned)i);
		assert_int_equal(names_intern(&n, word), i);
		assert_int_equal(names_find(&n, word), i);
		assert_string_equal(names_text(&n, i), word);
	}
	assert_int_equal(names_intern_n(&n, "n12345", 3), 12);
	assert_int_equal(names_intern_n(&n, "n1\0x", 4), 1);
	assert_int_equal(names_find(&n, "n"), 0);
	assert_int_equal(names_find(&n, NULL), 0);
	arena_release(&a);
}

static void names_have_children(void **state)
{
	struct arena a = {0}, b = {0};
	struct names parent, child, other, grandchild;
	uint32_t red, blue;

	(void)state;
	names_init(&parent, &a, NULL);
	red = names_intern(&parent, "red");
	names_init(&child, &b, &parent);
	names_init(&other, &b, &parent);
	assert_int_equal(names_intern(&child, "red"), red);
	assert_int_equal(names_intern(&child, ""), 0);
	blue = names_intern(&child, "blue");
	assert_int_equal(blue, red + 1);
	assert_int_equal(names_intern(&other, "green"), red + 1);
	assert_string_equal(names_text(&child, red), "red");
	assert_string_equal(names_text(&child, blue), "blue");
	assert_string_equal(names_text(&child, 0), "");
	assert_int_equal(names_find(&parent, "blue"), 0);
	assert_int_equal(names_find(&other, "blue"), 0);
	names_init(&grandchild, &b, &child);
	assert_int_equal(names_find(&grandchild, "red"), red);
	assert_int_equal(names_find(&grandchild, "blue"), blue);
	assert_int_equal(names_intern(&grandchild, "pink"), blue + 1);
	assert_string_equal(names_text(&grandchild, blue), "blue");
	assert_string_equal(names_text(&grandchild, blue + 1), "pink");
	arena_release(&b);
	assert_int_equal(names_find(&parent, "red"), red);
	arena_release(&a);
}

static void text_grows(void **state)
{
	struct arena a = {0};
	struct text t;

	(void)state;
	text_init(&t, &a);
	assert_string_equal(t.data, "");
	text_printf(&t, "%s-%d", "a", 5);
	text_add(&t, "");
	text_add_n(&t, "xyz", 2);
	assert_string_equal(t.data, "a-5xy");
	assert_int_equal(t.length, 5);
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%05d", i);
	assert_int_equal(t.length, 5005);
	assert_int_equal(strlen(t.data), 5005);
	assert_memory_equal(t.data + 5000, "00999", 5);
	text_printf(&t, "%0*d", 20000, 7);
	assert_int_equal(t.length, 25005);
	assert_int_equal(strlen(t.data), 25005);
	arena_release(&a);
}

static void text_writes_json(void **state)
{
	static const char *const cases[][2] = {
		{"", "\"\""},
		{"a\"b\\c/", "\"a\\\"b\\\\c/\""},
		{"\n\t\r\b\f\x01\x1f\x7f", "\"\\n\\t\\r\\b\\f\\u0001\\u001f\x7f\""},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"a\xff"
		 "b",
		 "\"a\xef\xbf\xbd"
		 "b\""},
		{"\xc3", "\"\xef\xbf\xbd\""},
		{"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                                 /* overlong */
		{"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},                 /* a surrogate */
		{"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* above U+10FFFF */
	};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text t;

		text_init(&t, &a);
		text_add_json(&t, cases[i][0]);
		assert_string_equal(t.data, cases[i][1]);
	}
	arena_release(&a);
}

static void text_formats(void **state)
{
	struct arena a = {0};
	char *s = text_format(&a, "%d of %s", 3, "four");
	char *big = text_format(&a, "%0*d", 3000, 1);

	(void)state;
	assert_string_equal(s, "3 of four");
	assert_int_equal(strlen(big), 3000);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_is_zeroed_and_aligned),
		cmocka_unit_test(arena_mixes_large_and_small),
		cmocka_unit_test(arena_grows),
		cmocka_unit_test(arena_reserve_doubles),
		cmocka_unit_test(arena_ends_the_program_without_memory),
		cmocka_unit_test(names_are_small_numbers),
		cmocka_unit_test(names_have_children),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(text_writes_json),
		cmocka_unit_test(text_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
