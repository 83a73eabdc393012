/* test_sha256.c - the examples of FIPS 180-4, and texts whose padding fills a block. */
#include "tests/test.h"

#include <string.h>

#include "sim/sha256.h"

static void examples(void **state)
{
	static const char *const row[][2] = {
		{"abc", "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	char text[SHA256_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++)
		assert_string_equal(sha256_text(row[i][0], strlen(row[i][0]), text), row[i][1]);
}

static void a_million_letters(void **state)
{
	static char data[1000000];
	char text[SHA256_TEXT_MAX];

	(void)state;
	memset(data, 'a', sizeof(data));
	assert_string_equal(sha256_text(data, sizeof(data), text),
			    "sha256:cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(a_million_letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
