/* test_report_page.c - the HTML report is one sound file: well-formed, small, without a network, accessible, and safe
 * whatever names it shows; in a browser its slider shows the cluster. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "sim/file.h"
#include "tests/fake_run.h"
#include "tests/replay.h"

#define DEPTH_MAX 64
#define TAG_MAX 24

static bool is_void(const char *tag)
{
	static const char *const voids[] = {"meta", "input", "br", "link", "img"};

	for (size_t i = 0; i < COUNT(voids); i++)
		if (strcmp(voids[i], tag) == 0)
			return true;
	return false;
}

/* The end of a tag that begins at s: past its attributes, whose values may hold '>'. */
static const char *tag_end(const char *s)
{
	char quote = 0;

	for (; *s != '\0' && (quote != 0 || *s != '>'); s++)
		if (quote != 0)
			quote = *s == quote ? 0 : quote;
		else if (*s == '"' || *s == '\'')
			quote = *s;
	assert_int_equal(*s, '>');
	return s;
}

static void check_tags(const char *s)
{
	char open[DEPTH_MAX][TAG_MAX];
	uint32_t depth = 0;

	assert_int_equal(strncmp(s, "<!DOCTYPE html>", 15), 0);
	for (s += 15; (s = strchr(s, '<')) != NULL;) {
		char tag[TAG_MAX];
		const bool closes = s[1] == '/';
		size_t n = 0;
		for (s += 1 + closes; isalnum((unsigned char)s[n]); n++)
			assert_true(n < TAG_MAX - 1);
		assert_true(n > 0);
		memcpy(tag, s, n);
		tag[n] = '\0';
		s = tag_end(s);
		if (closes) {
			if (depth == 0 || strcmp(open[depth - 1], tag) != 0)
				fail_msg("</%s> closes <%s>", tag, depth > 0 ? open[depth - 1] : "");
			depth--;
		} else if (s[-1] != '/' && !is_void(tag)) {
			assert_true(depth < DEPTH_MAX);
			strcpy(open[depth++], tag);
			if (strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0)
				s = strstr(s, strcmp(tag, "script") == 0 ? "</script>" : "</style>");
			assert_non_null(s);
		}
	}
	if (depth != 0)
		fail_msg("<%s> is not closed", open[depth - 1]);
}

/* How often an attribute with this value stands in the page. */
static uint32_t with_attribute(const char *page, const char *name, const char *value, size_t length)
{
	struct arena a = {0};
	const char *one = text_format(&a, " %s=\"%.*s\"", name, (int)length, value);
	const char *other = text_format(&a, " %s='%.*s'", name, (int)length, value);
	uint32_t count = 0;

	for (const char *s = page; (s = strstr(s, one)) != NULL; s++)
		count++;
	for (const char *s = page; (s = strstr(s, other)) != NULL; s++)
		count++;
	arena_release(&a);
	return count;
}

/* Calls check with the value of each attribute of this name. */
static void each_value(const char *page, const char *attribute,
		       void (*check)(const char *page, const char *v, size_t n))
{
	for (const char *s = page; (s = strstr(s, attribute)) != NULL;) {
		s += strlen(attribute);
		const char quote = *s++;
		const size_t n = strcspn(s, quote == '"' ? "\"" : "'");
		check(page, s, n);
	}
}

static void id_is_unique(const char *page, const char *v, size_t n)
{
	if (with_attribute(page, "id", v, n) != 1)
		fail_msg("id %.*s is not unique", (int)n, v);
}

static void label_is_there(const char *page, const char *v, size_t n)
{
	if (with_attribute(page, "id", v, n) != 1)
		fail_msg("no id %.*s", (int)n, v);
}

static void target_is_there(const char *page, const char *v, size_t n)
{
	assert_true(n > 1 && v[0] == '#');
	label_is_there(page, v + 1, n - 1);
}

static void needs_no_network(const char *page)
{
	static const char *const forbidden[] = {" src=",  "<link",          "@import", "url(http",
						"fetch(", "XMLHttpRequest", "<iframe", "<img"};

	for (size_t i = 0; i < COUNT(forbidden); i++)
		if (strstr(page, forbidden[i]) != NULL)
			fail_msg("the page has %s", forbidden[i]);
	/* Addresses stand there as names of XML vocabularies only. */
	for (const char *s = page; (s = strstr(s, "http")) != NULL; s++)
		assert_int_equal(strncmp(s, "http://www.w3.org/", 18), 0);
}

static void is_accessible(const char *page)
{
	uint32_t pictures = 0, labelled = 0;

	for (const char *s = page; (s = strstr(s, "<svg ")) != NULL; s++, pictures++) {
		const char *end = tag_end(s), *label = strstr(s, "role=\"img\" aria-label=\"");
		labelled += label != NULL && label < end;
	}
	assert_int_equal(pictures, labelled);
	assert_non_null(strstr(page, "<html lang=\"en\">"));
	assert_non_null(strstr(page, "<main id=\"content\">"));
	assert_non_null(strstr(page, "<nav aria-label="));
	assert_non_null(strstr(page, "<noscript>"));
}

static void pages_are_sound(void **state)
{
	static const char *const lessons[] = {"node-dies", "zone-outage", "etcd-two-of-three", "crash-loop",
					      "autoscaler-replaces-node"};
	(void)state;

	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct replay x;
		replay_lesson(&x, lessons[i]);
		const struct text t = replay_print(&x, "html");
		assert_true(t.length < 2000000);
		check_tags(t.data);
		each_value(t.data, " id=", id_is_unique);
		each_value(t.data, " aria-labelledby=", label_is_there);
		each_value(t.data, "<a href=", target_is_there);
		needs_no_network(t.data);
		is_accessible(t.data);
		replay_release(&x);
	}
}

/* The answer comes before everything else, and every part is there. */
static void answers_first(void **state)
{
	static const char *const parts[] = {"class=\"answer\">worker-1 failed at 5m (node-crash)",
					    "noticed after 44.5s and all 2 lost pods were back after 5m53.7s.",
					    "What was expected",
					    "What was asked",
					    "The cluster at an instant",
					    ">Recovery</h2>",
					    "Load over time",
					    "Waiting",
					    "The worst moments",
					    "Doubts",
					    "How to get the same again",
					    "digest <code>"};
	struct replay x;
	(void)state;

	replay_lesson(&x, "node-dies");
	const struct text t = replay_print(&x, "html");
	const char *at = t.data;
	for (size_t i = 0; i < COUNT(parts); i++) {
		at = strstr(at, parts[i]);
		if (at == NULL)
			fail_msg("no \"%s\", or not in this order", parts[i]);
	}
	replay_release(&x);
}

/* Names come from the user's files: none of them may become markup or script. */
static void names_are_escaped(void **state)
{
	struct fake f;
	struct text t;
	(void)state;

	fake_init(&f);
	f.scenario.name = fake_name(&f, "<b>\"&</title>");
	fake_failure(&f, "</script><script>alert(1)</script>", FAILURE_NODE_CRASH, SECONDS(100), 0);
	fake_begin(&f);
	tell_node(&f, 0, "</script><i>worker");
	tell_web(&f, 2);
	tell_running(&f, 0, 0, 0, "web-\"<img>", 0);
	tell_settled(&f);
	tell_crash(&f, 100, 0, 0, 0, 0);
	tell_eviction(&f, 100, 0, 0);
	fake_end(&f, SECONDS(700));
	text_init(&t, &f.arena);
	format_find("html")->write(&f.outcome, &t);
	check_tags(t.data);
	assert_null(strstr(t.data, "<img"));
	assert_null(strstr(t.data, "<i>worker"));
	assert_null(strstr(t.data, "<script>alert"));
	assert_non_null(strstr(t.data, "\\u003c/script>\\u003ci>worker"));
	fake_release(&f);
}

/* Relative luminance of "#rrggbb" and contrast, as WCAG 2.1 defines them. */
static double luminance(const char *colour)
{
	static const double weight[] = {0.2126, 0.7152, 0.0722};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		const char hex[] = {colour[1 + 2 * i], colour[2 + 2 * i], '\0'};
		const double c = (double)strtol(hex, NULL, 16) / 255;
		sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(const char *block, const char *a, const char *b)
{
	const char *x = strstr(block, a), *y = strstr(block, b);

	assert_non_null(x);
	assert_non_null(y);
	const double p = luminance(x + strlen(a)), q = luminance(y + strlen(b));
	return (fmax(p, q) + 0.05) / (fmin(p, q) + 0.05);
}

/* Text has 4.5 to 1 (WCAG AA), marks 3 to 1, in the light and in the dark. */
static void contrasts_suffice(void **state)
{
	static const char *const text[] = {"--ink: ", "--soft: ", "--good: ", "--bad: ", "--accent: "};
	static const char *const mark[] = {"--ready: ", "--not-ready: ", "--gone: "};
	struct file_set files = {0};
	struct arena a = {0};
	(void)state;

	assert_null(file_add(&a, &files, "report/page.css"));
	const char *light = files.file[0].bytes, *dark = strstr(light, "prefers-color-scheme: dark");
	assert_non_null(dark);
	for (int k = 0; k < 2; k++) {
		const char *block = k == 0 ? light : dark;
		for (size_t i = 0; i < COUNT(text); i++) {
			assert_true(contrast(block, text[i], "--paper: ") >= 4.5);
			assert_true(contrast(block, text[i], "--card: ") >= 4.5);
		}
		for (size_t i = 0; i < COUNT(mark); i++)
			assert_true(contrast(block, mark[i], "--card: ") >= 3);
	}
	arena_release(&a);
}

/* In a browser, if there is one: the script draws the nodes at the instant that the slider shows. */
static void slider_works_in_chromium(void **state)
{
	const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	struct replay x;
	char line[512];
	bool summary = false, failed = false;
	(void)state;

	if (system("command -v chromium > /dev/null 2>&1") != 0)
		skip();
	replay_lesson(&x, "node-dies");
	const struct text t = replay_print(&x, "html");
	const char *path = text_format(&x.arena, "%s/page.html", folder);
	assert_null(file_write(&x.arena, path, t.data, t.length));
	FILE *dom = popen(
		text_format(
			&x.arena,
			"cd '%s' && HOME=. timeout 60 chromium --headless --no-sandbox --disable-gpu "
			"--user-data-dir=profile --virtual-time-budget=2000 --dump-dom \"file://$PWD/page.html\" 2> "
			"/dev/null || true",
			folder),
		"r");
	assert_non_null(dom);
	while (fgets(line, sizeof(line), dom) != NULL) {
		summary |= strstr(line, "3 of 4 nodes work; Kubernetes believes 4 to be Ready. Pods: 9 Ready") != NULL;
		failed |= strstr(line, "<div class=\"node down\" role=\"listitem\">") != NULL;
	}
	pclose(dom);
	assert_true(summary);
	assert_true(failed);
	replay_release(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_sound),          cmocka_unit_test(answers_first),
		cmocka_unit_test(names_are_escaped),        cmocka_unit_test(contrasts_suffice),
		cmocka_unit_test(slider_works_in_chromium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
