/*
 * test_report_openmetrics.c - a strict reader of the OpenMetrics text format 1.0 (openmetrics.io) accepts what the
 * format prints, and refuses what is wrong: metadata before samples, families and series in one piece, suffixes by
 * type, timestamps that do not go back, histograms that add up, and "# EOF" as the last line.
 */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/file.h"
#include "tests/replay.h"

#define NAME_MAX_LENGTH 120
#define LABELS_MAX_LENGTH 400
#define FAMILIES_MAX 64

struct reader {
	struct arena *arena;
	char family[NAME_MAX_LENGTH], type[20], unit[40];
	char known[FAMILIES_MAX][NAME_MAX_LENGTH];
	uint32_t families, samples_of_family, samples;
	char series[NAME_MAX_LENGTH + LABELS_MAX_LENGTH]; /* name and labels of the last sample */
	char **ended;                                     /* series that have been left */
	uint32_t ended_count, ended_capacity;
	double last_at, last_bucket, infinite_bucket;
	bool eof;
};

static const char *const types[] = {"gauge", "counter", "histogram", "info"};

static const char *take_name(const char **at, char *name)
{
	size_t n = 0;

	while (isalnum((unsigned char)(*at)[n]) || (*at)[n] == '_' || (*at)[n] == ':')
		n++;
	if (n == 0 || n >= NAME_MAX_LENGTH || isdigit((unsigned char)(*at)[0]))
		return "bad name";
	memcpy(name, *at, n);
	name[n] = '\0';
	*at += n;
	return NULL;
}

static const char *new_family(struct reader *r, const char *name)
{
	for (uint32_t i = 0; i < r->families; i++)
		if (strcmp(r->known[i], name) == 0)
			return "a family comes twice";
	if (r->families == FAMILIES_MAX)
		return "too many families";
	strcpy(r->known[r->families++], name);
	strcpy(r->family, name);
	r->type[0] = r->unit[0] = '\0';
	r->samples_of_family = 0;
	return NULL;
}

static bool ends_in(const char *s, const char *end)
{
	return strlen(s) > strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

static const char *metadata(struct reader *r, const char *line)
{
	char what[8], name[NAME_MAX_LENGTH];
	const char *at = line + 2;

	if (sscanf(at, "%7[A-Z]", what) != 1 || at[strlen(what)] != ' ')
		return "a comment that is no metadata";
	at += strlen(what) + 1;
	const char *wrong = take_name(&at, name);
	if (wrong != NULL || *at++ != ' ')
		return "metadata without a name";
	if (strcmp(name, r->family) != 0 && (wrong = new_family(r, name)) != NULL)
		return wrong;
	if (r->samples_of_family > 0)
		return "metadata after samples";
	if (strcmp(what, "TYPE") == 0) {
		for (size_t i = 0; i < COUNT(types); i++)
			if (strcmp(at, types[i]) == 0 && r->type[0] == '\0')
				return strcpy(r->type, at), NULL;
		return "bad or second type";
	}
	if (strcmp(what, "UNIT") == 0) {
		snprintf(r->unit, sizeof(r->unit), "_%s", at);
		return ends_in(name, r->unit) ? NULL : "the name does not end in its unit";
	}
	return strcmp(what, "HELP") == 0 && *at != '\0' ? NULL : "bad metadata";
}

/* name="value" pairs; le is told apart for histograms. */
static const char *take_labels(const char **at, char *labels, double *le)
{
	const char *from = *at;
	char name[NAME_MAX_LENGTH];

	labels[0] = '\0';
	*le = NAN;
	if (**at != '{')
		return NULL;
	do {
		(*at)++;
		if (take_name(at, name) != NULL || (*at)[0] != '=' || (*at)[1] != '"')
			return "bad label";
		*at += 2;
		const char *value = *at;
		for (; **at != '"'; (*at)++) {
			if (**at == '\0')
				return "a label's value does not end";
			if (**at == '\\' && strchr("\\\"n", (*at)[1]) == NULL)
				return "bad escape";
			*at += **at == '\\';
		}
		if (strcmp(name, "le") == 0)
			*le = strncmp(value, "+Inf", 4) == 0 ? INFINITY : strtod(value, NULL);
		else
			strncat(labels, value - strlen(name) - 2, (size_t)(*at - value) + strlen(name) + 3);
		(*at)++;
	} while (**at == ',');
	if (**at != '}' || (size_t)(*at - from) >= LABELS_MAX_LENGTH)
		return "labels do not end";
	(*at)++;
	return NULL;
}

static const char *take_number(const char **at, double *x)
{
	char *end;

	if (strncmp(*at, "NaN", 3) != 0 && !isdigit((unsigned char)**at) && **at != '-')
		return "bad number";
	*x = strtod(*at, &end);
	if (end == *at)
		return "bad number";
	*at = end;
	return NULL;
}

static const char *suffix_wrong(const struct reader *r, const char *name)
{
	const char *suffix = name + strlen(r->family);

	if (r->family[0] == '\0' || strncmp(name, r->family, strlen(r->family)) != 0)
		return "a sample outside of its family";
	if (strcmp(r->type, "gauge") == 0)
		return *suffix == '\0' ? NULL : "a gauge with a suffix";
	if (strcmp(r->type, "counter") == 0)
		return strcmp(suffix, "_total") == 0 ? NULL : "a counter without _total";
	if (strcmp(r->type, "info") == 0)
		return strcmp(suffix, "_info") == 0 ? NULL : "an info without _info";
	if (strcmp(r->type, "histogram") == 0)
		return strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_count") == 0 || strcmp(suffix, "_sum") == 0
			       ? NULL
			       : "bad suffix of a histogram";
	return "a sample without a type";
}

static const char *next_series(struct reader *r, const char *series)
{
	if (strcmp(series, r->series) == 0)
		return NULL;
	for (uint32_t i = 0; i < r->ended_count; i++)
		if (strcmp(r->ended[i], series) == 0)
			return "a series in two pieces";
	ARENA_RESERVE(r->arena, r->ended, r->ended_capacity, r->ended_count + 1, char *);
	r->ended[r->ended_count++] = arena_text(r->arena, series, strlen(series));
	strcpy(r->series, series);
	r->last_at = -1;
	r->last_bucket = -1;
	return NULL;
}

static const char *histogram(struct reader *r, const char *name, double le, double value)
{
	if (ends_in(name, "_bucket")) {
		if (isnan(le) || value < r->last_bucket)
			return "buckets do not add up";
		r->last_bucket = r->infinite_bucket = value;
	}
	if (ends_in(name, "_count") && value != r->infinite_bucket)
		return "the count is not the last bucket";
	return NULL;
}

static const char *sample(struct reader *r, const char *line)
{
	char name[NAME_MAX_LENGTH], labels[LABELS_MAX_LENGTH], series[NAME_MAX_LENGTH + LABELS_MAX_LENGTH];
	double le, value, at;
	const char *wrong = take_name(&line, name);

	if (wrong == NULL)
		wrong = suffix_wrong(r, name);
	if (wrong == NULL)
		wrong = take_labels(&line, labels, &le);
	if (wrong == NULL && *line++ != ' ')
		wrong = "no space before the value";
	if (wrong == NULL)
		wrong = take_number(&line, &value);
	if (wrong == NULL && *line++ != ' ')
		wrong = "no timestamp";
	if (wrong == NULL)
		wrong = take_number(&line, &at);
	if (wrong == NULL && *line != '\0')
		wrong = "more than a timestamp";
	if (wrong != NULL)
		return wrong;
	snprintf(series, sizeof(series), "%s%s", name, labels);
	if ((wrong = next_series(r, series)) != NULL)
		return wrong;
	if (at < r->last_at || (at == r->last_at && isnan(le)))
		return "time does not go on";
	if (strcmp(r->type, "counter") == 0 && !(value >= 0))
		return "a counter below 0";
	if (strcmp(r->type, "info") == 0 && value != 1)
		return "an info that is not 1";
	r->last_at = at;
	r->samples_of_family++;
	r->samples++;
	return histogram(r, name, le, value);
}

/* NULL, or what is wrong with the whole text. */
static const char *read_all(struct reader *r, const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');
		if (end == NULL)
			return "the last line does not end";
		if (r->eof)
			return "text after # EOF";
		const char *line = arena_text(r->arena, text, (size_t)(end - text));
		const char *wrong = NULL;
		if (strcmp(line, "# EOF") == 0)
			r->eof = true;
		else
			wrong = line[0] == '#' ? metadata(r, line) : sample(r, line);
		if (wrong != NULL)
			return text_format(r->arena, "%s: %s", wrong, line);
		text = end + 1;
	}
	return r->eof ? NULL : "no # EOF";
}

static void is_accepted(void **state)
{
	static const char *const lessons[] = {"node-dies", "zone-outage", "etcd-two-of-three", "crash-loop"};
	(void)state;

	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct replay x;
		replay_lesson(&x, lessons[i]);
		struct reader *r = ARENA_NEW(&x.arena, 1, struct reader);
		const struct text t = replay_print(&x, "openmetrics");
		r->arena = &x.arena;
		const char *wrong = read_all(r, t.data);
		if (wrong != NULL)
			fail_msg("%s: %s", lessons[i], wrong);
		assert_true(r->samples > 500);
		assert_true(r->families >= 10);
		replay_release(&x);
	}
}

/* The reader is worth something only if it refuses. */
static void mistakes_are_refused(void **state)
{
	static const char *const wrong[] = {
		"a 1 1\n# EOF\n",
		"# TYPE a gauge\na 1 1\n",
		"# TYPE a gauge\na 1 1\n# EOF\na 1 2\n# EOF\n",
		"# TYPE a counter\na 1 1\n# EOF\n",
		"# TYPE a counter\na_total -1 1\n# EOF\n",
		"# TYPE a gauge\na 1 2\na 1 1\n# EOF\n",
		"# TYPE a gauge\na 1 2\na 1 2\n# EOF\n",
		"# TYPE a gauge\na{b=\"x\"} 1 1\na{b=\"y\"} 1 1\na{b=\"x\"} 1 2\n# EOF\n",
		"# TYPE a gauge\n# UNIT a seconds\na 1 1\n# EOF\n",
		"# TYPE a gauge\na 1 1\n# HELP a late\n# EOF\n",
		"# TYPE a gauge\na{b=\"\\x\"} 1 1\n# EOF\n",
		"# TYPE a gauge\na{b=x} 1 1\n# EOF\n",
		"# TYPE a gauge\na null 1\n# EOF\n",
		"# TYPE a gauge\n# TYPE b gauge\nb 1 1\n# TYPE a gauge\n# EOF\n",
		"# TYPE a histogram\na_bucket{le=\"1.0\"} 2 1\na_bucket{le=\"+Inf\"} 1 1\n# EOF\n",
		"# TYPE a histogram\na_bucket{le=\"+Inf\"} 1 1\na_count 2 1\n# EOF\n",
	};
	(void)state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct arena a = {0};
		struct reader *r = ARENA_NEW(&a, 1, struct reader);
		r->arena = &a;
		if (read_all(r, wrong[i]) == NULL)
			fail_msg("accepted: %s", wrong[i]);
		arena_release(&a);
	}
}

/* Prometheus' own reader, where it is installed (Debian: package prometheus): it makes blocks of a database of what it
 * accepts, and refuses the whole file otherwise. */
static void promtool_accepts(void **state)
{
	const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	static const char *const lessons[] = {"node-dies"};
	(void)state;

	if (system("command -v promtool > /dev/null 2>&1") != 0) {
		print_message("there is no promtool: skipped\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(lessons); i++) {
		struct replay x;
		replay_lesson(&x, lessons[i]);
		const struct text t = replay_print(&x, "openmetrics");
		const char *path = text_format(&x.arena, "%s/%s.om", folder, lessons[i]);
		assert_null(file_write(&x.arena, path, t.data, t.length));
		const char *command = text_format(
			&x.arena, "promtool tsdb create-blocks-from openmetrics '%s' '%s.tsdb' > /dev/null 2>&1", path,
			path);
		assert_int_equal(system(command), 0);
		/* It must be able to refuse. */
		assert_null(file_write(&x.arena, path, t.data, t.length - strlen("# EOF\n")));
		assert_int_not_equal(system(command), 0);
		assert_int_equal(system(text_format(&x.arena, "rm -rf '%s' '%s.tsdb'", path, path)), 0);
		replay_release(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_accepted),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(promtool_accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
