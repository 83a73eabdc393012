/* schedule.c - nodefall schedule: what would the scheduler do with a pod, or with the cases of a conformance file. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "models/sched_answer.h"
#include "models/sched_vectors.h"
#include "models/versions.h"
#include "models/world.h"
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
	struct yaml_docs docs = {0};
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
	struct arena arena = {0};
	struct yaml_docs docs = {0};
	struct text errors;
	struct diag d = {0};
	bool fine;

	diag_init(&d, &arena);
	diag_add_source(&d, file, line, length);
	fine = yaml_read(&arena, &d, file, line, length, &docs);
	for (uint32_t i = 0; fine && i < docs.count; i++)
		fine = one_case(t, &d, docs.root[i]);
	text_init(&errors, &arena);
	diag_print_errors(&d, &errors);
	cli_tell(&errors);
	arena_release(&arena);
	return fine;
}

static int vectors(const struct options *o)
{
	struct tally t = {.o = o};
	struct file_set files = {0};
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
	if (fine && o->check && t.passed + t.failed == 0) {
		fprintf(stderr, "nodefall schedule: nothing to compare in %s: no case expects a result%s%s\n",
			o->vectors, o->kubernetes != NULL ? " of " : "", o->kubernetes != NULL ? o->kubernetes : "");
		return EXIT_INPUT;
	}
	return !fine ? EXIT_INPUT : t.failed > 0 ? EXIT_NOT_HELD : EXIT_HELD;
}

/* What --pod names: NAME or NAMESPACE/NAME. */
struct pod_name {
	const char *own, *space;
	size_t space_length;
};

static struct pod_name split_name(const char *name)
{
	const char *slash = strchr(name, '/');

	if (slash == NULL)
		return (struct pod_name){.own = name};
	return (struct pod_name){slash + 1, name, (size_t)(slash - name)};
}

static bool in_namespace(const struct pod_name *n, const char *namespace)
{
	return n->space == NULL ||
	       (strlen(namespace) == n->space_length && strncmp(namespace, n->space, n->space_length) == 0);
}

/* A pod called name or NAMESPACE/NAME, else the first pod of a workload called so; NONE when there is neither. */
static uint32_t find_pod(const struct cluster *c, const char *name)
{
	const struct names *names = &c->run->names;
	const struct pod_name asked = split_name(name);

	for (int by_workload = 0; by_workload <= 1; by_workload++) {
		for (uint32_t i = 0; i < c->pod_count; i++) {
			const struct pod *p = &c->pod[i];
			uint32_t owner = workload_maker(c->workload, p->workload);

			if (!p->exists || !in_namespace(&asked, names_text(names, p->namespace)))
				continue;
			if (!by_workload && strcmp(names_text(names, p->name), asked.own) == 0)
				return i;
			if (by_workload && owner != NONE &&
			    strcmp(names_text(names, c->workload[owner].name), asked.own) == 0)
				return i;
		}
	}
	return NONE;
}

/* The row of the pod of the input that is asked for: the first one of the file --pod, or one called so; NONE for
 * others, such as those that controllers will make. */
static uint32_t find_given(const struct scenario *s, const char *name, bool is_file)
{
	const struct pod_name asked = split_name(name);

	for (uint32_t i = 0; i < s->objects.pod_count; i++) {
		const struct meta *m = &s->objects.pod[i].meta;

		if (is_file ? strcmp(m->at.file, name) == 0
			    : strcmp(names_text(&s->names, m->name), asked.own) == 0 &&
				      in_namespace(&asked, names_text(&s->names, m->namespace)))
			return i;
	}
	return NONE;
}

static void print_answer(const struct options *o, struct sched_question *q, struct text *out)
{
	const struct world *w = q->fw->world;
	const struct pod *p = &w->cluster.pod[q->pod];
	const struct names *names = &w->run->names;
	struct sched_record record;

	if (o->json) {
		sched_answer_json(q, out);
		text_add(out, "\n");
		return;
	}
	text_printf(out, "%s/%s, priority %" PRId32 ", Kubernetes 1.%d, scheduler %s\n\n",
		    names_text(names, p->namespace), names_text(names, p->name), p->spec->priority,
		    w->scenario->kubernetes, names_text(names, w->scenario->scheduling.name));
	if (p->spec->gate_count > 0 && framework_profile(q->fw, q->pod)->gates)
		text_add(out, "It has scheduling gates and stays Pending until they are removed. Without them:\n\n");
	sched_ask(q, &record);
	sched_table(q, NONE, out);
	q->fw->record = NULL;
}

/* Where the pod would go in the settled initial state. */
static int ask(const struct options *o, const struct scenario *s, bool is_file)
{
	struct run run;
	uint32_t given = find_given(s, o->pod, is_file);
	struct world *w = world_settled(&run, s, s->seed, given);
	uint32_t pod = given != NONE || is_file ? given : find_pod(&w->cluster, o->pod);
	struct sched_question question;
	struct text out;
	int code = EXIT_INPUT;

	text_init(&out, o->arena);
	if (pod == NONE) {
		fprintf(stderr,
			is_file ? "nodefall schedule: no pod is in \"%s\"\n"
				: "nodefall schedule: no pod and no workload with pods is called \"%s\"\n",
			o->pod);
	} else if (!sched_question_init(&question, w, &run.arena, pod)) {
		fprintf(stderr, "nodefall schedule: no scheduler called \"%s\" runs, so the pod stays Pending\n",
			names_text(&run.names, w->cluster.pod[pod].spec->scheduler_name));
	} else {
		print_answer(o, &question, &out);
		code = o->json ? cli_write(&out, NULL) : cli_print(&out);
	}
	run_release(&run);
	return code;
}

/* A name has no ending like that of a file; a folder is no pod. */
static bool looks_like_file(const char *pod)
{
	const char *dot = strrchr(pod, '.');

	return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 || strcmp(dot, ".json") == 0) &&
	       access(pod, F_OK) == 0;
}

static int place(const struct options *o)
{
	struct options all = *o;
	struct scenario s = {0};
	struct text notes;
	bool is_file = looks_like_file(o->pod);
	int code;

	text_init(&notes, o->arena);
	all.operand = ARENA_NEW(o->arena, o->operands + 1, const char *);
	memcpy(all.operand, o->operand, o->operands * sizeof(*all.operand));
	if (is_file)
		all.operand[all.operands++] = o->pod;
	all.set = ARENA_NEW(o->arena, o->sets + 1, const char *);
	if (o->sets > 0)
		memcpy(all.set, o->set, o->sets * sizeof(*all.set));
	if (o->kubernetes != NULL)
		all.set[all.sets++] = text_format(o->arena, "kubernetes=\"1.%d\"", sched_vector_version(o->kubernetes));
	code = cli_load(&s, &all, &notes);
	if (!o->quiet)
		fputs(notes.data, stderr);
	if (code == 0)
		code = ask(o, &s, is_file);
	scenario_release(&s);
	return code;
}

int cli_schedule(const struct options *o)
{
	if (o->kubernetes != NULL && sched_vector_version(o->kubernetes) < 0) {
		fprintf(stderr, "nodefall schedule: --kubernetes: a version from 1.%d to 1.%d\n", KUBERNETES_MIN,
			KUBERNETES_MAX);
		return EXIT_MISUSE;
	}
	if (o->vectors != NULL)
		return vectors(o);
	if (o->pod == NULL || o->operands == 0) {
		fputs("nodefall schedule: give files and --pod NAME, or --vectors FILE\n", stderr);
		return EXIT_MISUSE;
	}
	return place(o);
}
