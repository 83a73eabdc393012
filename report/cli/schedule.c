/* schedule.c - nodefall schedule: what would the scheduler do with a pod, or with the cases of a conformance file. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/sched_vectors.h"
#include "models/versions.h"
#include "sim/file.h"
#include "sim/yaml.h"

/* Differences shown of one case, and cases of which any are shown. */
#define DIFFERENCES 5
#define CASES_SHOWN 10

struct tally {
	const struct options *o;
	uint32_t passed, failed;
};

/* One version of one case. Returns false when the case cannot be read. */
static bool one_version(struct tally *t, struct diag *d, const struct yaml_node *root, const char *version,
			const struct yaml_node *expect)
{
	const struct yaml_node *id = yaml_get(root, "id");
	const char *name = id != NULL && id->kind == YAML_SCALAR ? id->text : "?";
	struct yaml_docs docs = { 0 };
	struct text computed, shown;

	text_init(&computed, d->arena);
	text_init(&shown, d->arena);
	if (!sched_vector_compute(d, root, sched_vector_version(version), &computed))
		return false;
	if (expect == NULL) {
		text_add(&shown, "{\"id\": ");
		text_add_json(&shown, name);
		printf("%s, \"computed\": %s}\n", shown.data, computed.data);
		return true;
	}
	if (!yaml_read(d->arena, d, "computed", computed.data, computed.length, &docs) || docs.count != 1)
		return false;
	if (sched_vector_compare(expect, docs.root[0], DIFFERENCES, &shown) == 0) {
		t->passed++;
		return true;
	}
	if (t->failed++ < CASES_SHOWN)
		printf("%s (%s):\n%s", name, version, shown.data);
	return true;
}

static bool one_case(struct tally *t, struct diag *d, const struct yaml_node *root)
{
	const struct yaml_node *expect = yaml_get(root, "expect");
	const char *version = t->o->kubernetes;
	bool fine = true;

	if (!t->o->check)
		return one_version(t, d, root, version != NULL ? version : "1.34", NULL);
	for (uint32_t i = 0; expect != NULL && expect->kind == YAML_MAP && i < expect->count; i++) {
		const char *key = expect->pair[i].key->text;

		if (sched_vector_version(key) >= 0 &&
		    (version == NULL || sched_vector_version(version) == sched_vector_version(key)))
			fine &= one_version(t, d, root, key, expect->pair[i].value);
	}
	return fine;
}

static bool one_line(struct tally *t, const char *file, const char *line, size_t length)
{
	struct arena arena = { 0 };
	struct yaml_docs docs = { 0 };
	struct text errors;
	struct diag d = { 0 };
	bool fine;

	diag_init(&d, &arena);
	diag_add_source(&d, file, line, length);
	fine = yaml_read(&arena, &d, file, line, length, &docs);
	for (uint32_t i = 0; fine && i < docs.count; i++)
		fine = one_case(t, &d, docs.root[i]);
	text_init(&errors, &arena);
	diag_print_errors(&d, &errors);
	fputs(errors.data, stderr);
	arena_release(&arena);
	return fine;
}

static int vectors(const struct options *o)
{
	struct tally t = { .o = o };
	struct file_set files = { 0 };
	const char *wrong = file_add(o->arena, &files, o->vectors);
	bool fine = true;

	if (wrong != NULL) {
		fprintf(stderr, "nodefall: %s\n", wrong);
		return EXIT_FILE;
	}
	for (uint32_t i = 0; i < files.count; i++) {
		const struct file_bytes *f = &files.file[i];

		for (size_t at = 0, end; at < f->length; at = end + 1) {
			const char *line = f->bytes + at, *stop = memchr(line, '\n', f->length - at);

			end = stop != NULL ? (size_t)(stop - f->bytes) : f->length;
			if (end > at)
				fine &= one_line(&t, f->name, line, end - at);
		}
	}
	if (o->check)
		printf("%" PRIu32 " passed, %" PRIu32 " failed\n", t.passed, t.failed);
	return !fine ? EXIT_INPUT : t.failed > 0 ? EXIT_NOT_HELD : EXIT_HELD;
}

int cli_schedule(const struct options *o)
{
	if (o->kubernetes != NULL && sched_vector_version(o->kubernetes) < 0) {
		fprintf(stderr, "nodefall schedule: --kubernetes: a version from 1.%d to 1.%d\n", KUBERNETES_MIN,
			KUBERNETES_MAX);
		return EXIT_MISUSE;
	}
	if (o->vectors == NULL) {
		fputs("nodefall schedule: give --vectors FILE\n", stderr);
		return EXIT_MISUSE;
	}
	return vectors(o);
}
