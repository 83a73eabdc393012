/* test_yaml.c - trees, places, merge keys, aliases, JSON, and everything the reader refuses. */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "sim/text.h"
#include "sim/yaml.h"

struct bed {
	struct arena arena;
	struct diag diag;
	struct yaml_docs docs;
	struct text out;
};

static int set_up(void **state)
{
	struct bed *b = test_calloc(1, sizeof(*b));

	diag_init(&b->diag, &b->arena);
	text_init(&b->out, &b->arena);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *b = *state;

	arena_release(&b->arena);
	test_free(b);
	return 0;
}

static bool read_n(struct bed *b, const char *bytes, size_t length)
{
	diag_add_source(&b->diag, "f", bytes, length);
	return yaml_read(&b->arena, &b->diag, "f", bytes, length, &b->docs);
}

/* Prints a tree in one line: {k:v,...} [x,...] and 'quoted'. */
static void show(struct text *out, const struct yaml_node *node)
{
	const char *open = node->kind == YAML_MAP ? "{" : "[", *close = node->kind == YAML_MAP ? "}" : "]";

	assert_string_equal(node->file, "f");
	if (node->kind == YAML_SCALAR) {
		assert_int_equal(strlen(node->text), node->count);
		text_printf(out, node->quoted ? "'%s'" : "%s", node->text);
		return;
	}
	text_add(out, open);
	for (uint32_t i = 0; i < node->count; i++) {
		text_add(out, i ? "," : "");
		if (node->kind == YAML_MAP) {
			show(out, node->pair[i].key);
			text_add(out, ":");
		}
		show(out, node->kind == YAML_MAP ? node->pair[i].value : node->item[i]);
	}
	text_add(out, close);
}

/* What all documents of bytes look like, one a line; the text stays valid until the next call. */
static const char *shown(struct bed *b, const char *bytes)
{
	b->docs = (struct yaml_docs){0};
	diag_init(&b->diag, &b->arena);
	b->out.length = 0;
	b->out.data[0] = '\0';
	if (!read_n(b, bytes, strlen(bytes))) {
		diag_print_errors(&b->diag, &b->out);
		fail_msg("%s", b->out.data);
	}
	assert_false(diag_failed(&b->diag));
	for (uint32_t i = 0; i < b->docs.count; i++) {
		text_add(&b->out, i ? "\n" : "");
		show(&b->out, b->docs.root[i]);
	}
	return b->out.data;
}

/* Asserts that reading bytes fails with just this first line of its first error. */
static void expect_error_n(struct bed *b, const char *bytes, size_t length, const char *want)
{
	char *end;

	b->docs = (struct yaml_docs){0};
	diag_init(&b->diag, &b->arena);
	b->out.length = 0;
	b->out.data[0] = '\0';
	assert_false(read_n(b, bytes, length));
	assert_true(diag_failed(&b->diag));
	diag_print_errors(&b->diag, &b->out);
	end = strchr(b->out.data, '\n');
	*end = '\0';
	assert_string_equal(b->out.data, want);
}

static void expect_error(struct bed *b, const char *bytes, const char *want)
{
	expect_error_n(b, bytes, strlen(bytes), want);
}

static void reads_trees(void **state)
{
	static const char *const cases[][2] = {
		{"a: 1\nb:\n- x\n- y: z\n", "{a:1,b:[x,{y:z}]}"},
		{"{a: 'x', b: \"y\"}", "{a:'x',b:'y'}"},
		{"c: |\n  z\nd: >-\n  z\n", "{c:'z\n',d:'z'}"},
		{"a: !!str 5\nb: !foo 6\n", "{a:'5',b:6}"},
		{"- {}\n- []\n- \n- ''\n", "[{},[],,'']"},
		{"", ""},
		{"\n# nothing\n", ""},
		{"---\n---\n", ""},
		{"--- a\n---\n--- b\n...\n", "a\nb"},
		{"--- ''\n", "''"},
		{"\xef\xbb\xbf"
		 "a: 1",
		 "{a:1}"},
		{"a: 1\r\nb: 2\r\n", "{a:1,b:2}"},
		{"a: x\n  y\n", "{a:x y}"},
		{"? a\n: b\n", "{a:b}"},
		{"'': 1\n", "{'':1}"},
		{"b: 1\na: 2\n", "{b:1,a:2}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(shown(*state, cases[i][0]), cases[i][1]);
}

static void reads_json(void **state)
{
	static const char *const cases[][2] = {
		{"{\"a\":1,\"b\":[true,null,\"x\\/y\"]}", "{'a':1,'b':[true,null,'x/y']}"},
		{"{\n\t\"a\":\t1,\n\t\"b\":\t[\n\t\t2\n\t]\n}\n", "{'a':1,'b':[2]}"},
		{"{\"a\":\"\\uD83D\\uDE00\"}", "{'a':'\xf0\x9f\x98\x80'}"},
		{" [\"\\ud83d\\ude00\\uD83D\\uDE00\\u00e9\"]", "['\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xc3\xa9']"},
		{"[\"\\\\ud83d\\\\ude00\"]", "['\\ud83d\\ude00']"},
		{"[\"\\\"\", \"\\ud800\\udc00\", 1]", "['\"','\xf0\x90\x80\x80',1]"},
		{"[\"\\udbff\\udfff\"]", "['\xf4\x8f\xbf\xbf']"},
		{"[\\ud83d\\ude00, x]", "[\\ud83d\\ude00,x]"}, /* no string: YAML, and as it is */
		{"a: \\ud83d\\ude00", "{a:\\ud83d\\ude00}"},
		{"{\"a\":{\"b\":{\"c\":[]}}}", "{'a':{'b':{'c':[]}}}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(shown(*state, cases[i][0]), cases[i][1]);
}

static void shares_aliases(void **state)
{
	struct bed *b = *state;
	const struct yaml_node *root;

	assert_string_equal(shown(b, "a: &x [1, 2]\nb: *x\nc: &y z\n*y : *x\n"), "{a:[1,2],b:[1,2],c:z,z:[1,2]}");
	root = b->docs.root[0];
	assert_ptr_equal(yaml_get(root, "a"), yaml_get(root, "b"));
	assert_string_equal(shown(b, "- &a 1\n- *a\n- &a 2\n- *a\n"), "[1,1,2,2]");
	assert_string_equal(shown(b, "&a [&a x, *a]"), "[x,x]");
}

static void applies_merge_keys(void **state)
{
	static const char *const cases[][2] = {
		{"a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "{a:{x:1,y:2},b:{y:3,x:1}}"},
		{"a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}\n",
		 "{a:{x:1},b:{x:2,y:2},c:{z:3,x:1,y:2}}"},
		{"{<<: {x: 1}, y: 2}", "{y:2,x:1}"},
		{"a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n", "{a:{x:1},b:{y:2,x:1},c:{y:2,x:1}}"},
		{"{\"<<\": {x: 1}}", "{'<<':{x:1}}"},
		{"{<<: []}", "{}"},
		{"{<<: {}}", "{}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(shown(*state, cases[i][0]), cases[i][1]);
}

static void assert_place(const struct yaml_node *node, uint32_t line, uint32_t column, uint32_t length)
{
	struct mark m = yaml_mark(node);

	assert_string_equal(m.file, "f");
	assert_int_equal(m.line, line);
	assert_int_equal(m.column, column);
	assert_int_equal(m.length, length);
}

static void knows_places(void **state)
{
	struct bed *b = *state;
	const struct yaml_node *root, *list;

	shown(b, "\xef\xbb\xbf# \xc3\xa9\nk\xc3\xa9y: \"v\xc3\xa9\"\nlist:\n  - one\n  - {a: 1}\n--- \nx: y");
	root = b->docs.root[0];
	assert_place(root, 2, 1, 0);
	assert_place(root->pair[0].key, 2, 1, 3);
	assert_place(root->pair[0].value, 2, 6, 4);
	list = yaml_get(root, "list");
	assert_place(list, 4, 3, 0);
	assert_place(list->item[0], 4, 5, 3);
	assert_place(list->item[1], 5, 5, 0);
	assert_place(yaml_get(list->item[1], "a"), 5, 9, 1);
	assert_place(b->docs.root[1]->pair[0].value, 7, 4, 1);
	/* Columns count what the file has, not what libyaml was given. */
	shown(b, "[\"\\ud83d\\ude00\", a, \"\\ud83d\\ude00\", b,\n  \"\\ud83d\\ude00\", c]");
	assert_place(b->docs.root[0]->item[1], 1, 18, 1);
	assert_place(b->docs.root[0]->item[3], 1, 37, 1);
	assert_place(b->docs.root[0]->item[5], 2, 19, 1);
}

static void finds_values(void **state)
{
	struct bed *b = *state;
	const struct yaml_node *root;

	shown(b, "a: 1\nab: ~\nn: null\ne:\nq: ''\ns: 'null'\nl: []\nN: NULL\nm: Null\n");
	root = b->docs.root[0];
	assert_string_equal(yaml_get(root, "a")->text, "1");
	assert_null(yaml_get(root, "b"));
	assert_null(yaml_get(NULL, "a"));
	assert_null(yaml_get(yaml_get(root, "a"), "a"));
	assert_null(yaml_get(yaml_get(root, "l"), "a"));
	assert_true(yaml_is_null(NULL));
	assert_true(yaml_is_null(yaml_get(root, "ab")));
	assert_true(yaml_is_null(yaml_get(root, "n")));
	assert_true(yaml_is_null(yaml_get(root, "e")));
	assert_true(yaml_is_null(yaml_get(root, "N")));
	assert_true(yaml_is_null(yaml_get(root, "m")));
	assert_false(yaml_is_null(yaml_get(root, "q")));
	assert_false(yaml_is_null(yaml_get(root, "s")));
	assert_false(yaml_is_null(yaml_get(root, "l")));
	assert_false(yaml_is_null(yaml_get(root, "a")));
}

static void refuses(void **state)
{
	static const char *const cases[][2] = {
		{"a: 1\nb: 2\na: 3\n", "f:3:1: error: key \"a\" occurs twice in this map, first on line 1"},
		{"{\"a\": 1, a: 2}", "f:1:10: error: key \"a\" occurs twice in this map, first on line 1"},
		{"<<: {a: 1}\n<<: {b: 1}\n", "f:2:1: error: key \"<<\" occurs twice in this map, first on line 1"},
		{"'': 1\n'': 2\n", "f:2:1: error: key \"\" occurs twice in this map, first on line 1"},
		{"x:\n  ? [a]\n  : b\n", "f:2:5: error: a list or map cannot be a key"},
		{"{{a: 1}: b}", "f:1:2: error: a list or map cannot be a key"},
		{"<<: 5\n", "f:1:1: error: a merge key needs a map or a list of maps"},
		{"{<<: [{a: 1}, 5]}", "f:1:2: error: a merge key needs a map or a list of maps"},
		{"a: *b\n", "f:1:4: error: alias \"*b\" has no anchor \"&b\" before it"},
		{"--- &b x\n--- *b\n", "f:2:5: error: alias \"*b\" has no anchor \"&b\" before it"},
		{"a: &b [1, *b]\n", "f:1:11: error: alias \"*b\" stands within its own anchor"},
		{"&b {a: {<<: *b}}\n", "f:1:13: error: alias \"*b\" stands within its own anchor"},
		{"- \"a\\0b\"\n", "f:1:3: error: a text with a zero character in it"},
		{"a: [1, 2\n",
		 "f:2:1: error: did not find expected ',' or ']', while parsing a flow sequence that begins on line 1"},
		{"a: b: c\n", "f:1:5: error: mapping values are not allowed in this context"},
		{"a:\n\tb: 1\n",
		 "f:2:1: error: found character that cannot start any token, while scanning for the next token"},
		{"[\"\\ud83d\"]",
		 "f:1:5: error: found invalid Unicode character escape code, while parsing a quoted scalar"},
		{"[\"\\ud83d\\u0041\"]",
		 "f:1:5: error: found invalid Unicode character escape code, while parsing a quoted scalar"},
		{"a: 1\nb: \xff\n", "f:2:4: error: invalid leading UTF-8 octet"},
		{"a: \x01\n", "f:1:4: error: control characters are not allowed"},
		{"\xff\xfe"
		 "a",
		 "f: error: this is UTF-16 text; only UTF-8 is read"},
		{"%TAG ! tag:x,2000:\n--- a\n", "f:1:1: error: %TAG directives are not supported"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_error(*state, cases[i][0], cases[i][1]);
	expect_error_n(*state, "a: \0", 4, "f:1:4: error: control characters are not allowed");
}

static void keeps_what_came_before_an_error(void **state)
{
	struct bed *b = *state;

	expect_error(b, "--- a\n--- [\n",
		     "f:3:1: error: did not find expected node content, while parsing a flow node");
	assert_int_equal(b->docs.count, 1);
	assert_string_equal(b->docs.root[0]->text, "a");
	assert_string_equal(shown(b, "100% of %TAG: x"), "{100% of %TAG:x}");
}

static void reports_all_duplicates(void **state)
{
	struct bed *b = *state;

	expect_error(b, "{a: 1, a: 2, b: {c: 1, c: 2}, d: *x}",
		     "f:1:8: error: key \"a\" occurs twice in this map, first on line 1");
	assert_int_equal(b->diag.errors, 3);
}

/* `count` copies of s, in the bed's arena. */
static const char *repeat(struct bed *b, const char *s, size_t count)
{
	struct text all;

	text_init(&all, &b->arena);
	for (size_t i = 0; i < count; i++)
		text_add(&all, s);
	return all.data;
}

static void limits_depth(void **state)
{
	struct bed *b = *state;
	struct text chain;

	assert_true(*shown(b, text_format(&b->arena, "%s%s", repeat(b, "[", 100), repeat(b, "]", 100))));
	expect_error(b, text_format(&b->arena, "%s%s", repeat(b, "[", 101), repeat(b, "]", 101)),
		     "f:1:101: error: too many levels of lists and maps (at most 100 are read)");
	expect_error(b, repeat(b, "[", 1 << 20),
		     "f:1:101: error: too many levels of lists and maps (at most 100 are read)");
	expect_error(b, repeat(b, "- ", 1 << 19),
		     "f:1:201: error: too many levels of lists and maps (at most 100 are read)");
	/* Each anchor is one level deeper than the one before. */
	text_init(&chain, &b->arena);
	text_add(&chain, "- &a0 []\n");
	for (int i = 1; i < 100; i++)
		text_printf(&chain, "- &a%d [*a%d]\n", i, i - 1);
	expect_error(b, chain.data,
		     "f:100:9: error: too many levels of lists and maps behind aliases (at most 100 are read)");
}

static void limits_expansion(void **state)
{
	struct bed *b = *state;
	struct text laugh;

	text_init(&laugh, &b->arena);
	text_add(&laugh, "- &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 50; i++) {
		text_printf(&laugh, "- &a%d [", i);
		for (int j = 0; j < 10; j++)
			text_printf(&laugh, "*a%d,", i - 1);
		text_add(&laugh, "]\n");
	}
	expect_error(
		b, laugh.data,
		"f:8:8: error: too many values, counting those behind aliases each time (at most 20000000 are read)");
	assert_true(b->arena.used_bytes < 1 << 20);
}

static void limits_merged_pairs(void **state)
{
	struct bed *b = *state;
	struct text t;

	text_init(&t, &b->arena);
	text_add(&t, "a: &a {");
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "k%d: 1,", i);
	text_add(&t, "}\n");
	for (int i = 0; i < 4001; i++)
		text_printf(&t, "b%d: {<<: *a}\n", i);
	expect_error(b, t.data, "f:4002:9: error: too many pairs copied by merge keys (at most 4000000 are read)");
}

static void reads_large_maps(void **state)
{
	struct bed *b = *state;
	struct text t;

	text_init(&t, &b->arena);
	for (int i = 0; i < 200000; i++)
		text_printf(&t, "k%d: 1\n", i);
	assert_true(read_n(b, t.data, t.length));
	assert_int_equal(b->docs.root[0]->count, 200000);
	text_add(&t, "k77: 1\n");
	expect_error(b, t.data, "f:200001:1: error: key \"k77\" occurs twice in this map, first on line 78");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_trees),
		TEST(reads_json),
		TEST(shares_aliases),
		TEST(applies_merge_keys),
		TEST(knows_places),
		TEST(finds_values),
		TEST(refuses),
		TEST(keeps_what_came_before_an_error),
		TEST(reports_all_duplicates),
		TEST(limits_depth),
		TEST(limits_expansion),
		TEST(limits_merged_pairs),
		TEST(reads_large_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
