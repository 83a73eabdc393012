/* lesson.c - nodefall lesson: finds and lists lessons, plays one, and checks the codes of its quiz. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/cli/lesson_play.h"
#include "sim/file.h"

#define FOLDER "scenarios/lessons"
#define PATH_MAX_BYTES 4096

/* ---- where lessons are ---- */

/* The folder of this program's file, in the arena; "." when nobody knows. */
static const char *program_folder(struct arena *a)
{
	char path[PATH_MAX_BYTES];
	const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length <= 0)
		return ".";
	path[length] = '\0';
	*strrchr(path, '/') = '\0';
	return arena_text(a, path, strlen(path));
}

/* The places in which lessons are looked for, in order: here, beside the program, installed. NULL after the last. */
static const char *place(struct arena *a, uint32_t i)
{
	switch (i) {
	case 0:
		return FOLDER;
	case 1:
		return text_format(a, "%s/" FOLDER, program_folder(a));
	case 2:
		return text_format(a, "%s/../share/nodefall/" FOLDER, program_folder(a));
	default:
		return NULL;
	}
}

/* ---- the list ---- */

struct entry {
	const char *name, *title, *path;
	uint32_t number, questions;
};

struct list {
	struct arena *arena;
	struct entry *entry;
	uint32_t entries, capacity;
};

static uint32_t questions(const struct yaml_node *steps)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < yaml_length(steps); i++) {
		count += yaml_get(steps->item[i], "ask") != NULL;
		count += yaml_get(yaml_get(steps->item[i], "knob"), "ask") != NULL;
	}
	return count;
}

static const char *stem(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

	return arena_text(a, name, strcspn(name, "."));
}

/* Adds the lesson of a file, if it can be read and holds one: the list is no place for mistakes. */
static void add(struct list *l, const struct file_bytes *file)
{
	struct yaml_docs docs = {0};
	struct diag d = {0};

	if (strstr(file->bytes, "Lesson") == NULL)
		return;
	diag_init(&d, l->arena);
	yaml_read(l->arena, &d, file->name, file->bytes, file->length, &docs);
	for (uint32_t i = 0; i < docs.count; i++) {
		const struct yaml_node *spec = yaml_get(docs.root[i], "spec");
		if (strcmp(yaml_text(yaml_get(docs.root[i], "kind")), "Lesson") != 0)
			continue;
		const char *name = yaml_text(yaml_get(yaml_get(docs.root[i], "metadata"), "name"));
		const unsigned long number = strtoul(yaml_text(yaml_get(spec, "number")), NULL, 10);
		ARENA_RESERVE(l->arena, l->entry, l->capacity, l->entries + 1, struct entry);
		l->entry[l->entries++] = (struct entry){name[0] != '\0' ? name : stem(l->arena, file->name),
							yaml_text(yaml_get(spec, "title")), file->name,
							number > 0 && number < 10000 ? (uint32_t)number : 10000,
							questions(yaml_get(spec, "steps"))};
		return;
	}
}

static int by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->number != y->number ? (x->number < y->number ? -1 : 1) : strcmp(x->name, y->name);
}

static struct list find_all(struct arena *a)
{
	struct list l = {.arena = a};
	const char *folder;

	for (uint32_t i = 0; l.entries == 0 && (folder = place(a, i)) != NULL; i++) {
		struct file_set files = {0};

		if (access(folder, R_OK) != 0 || file_add(a, &files, folder) != NULL)
			continue;
		for (uint32_t f = 0; f < files.count; f++)
			add(&l, &files.file[f]);
	}
	if (l.entries > 0)
		qsort(l.entry, l.entries, sizeof(struct entry), by_number);
	return l;
}

/* The file of the lesson called name, or of the scenario; NULL if there is none. */
static const char *find(struct arena *a, const char *name)
{
	const struct list l = find_all(a);
	const char *folder;

	for (uint32_t i = 0; i < l.entries; i++)
		if (strcmp(l.entry[i].name, name) == 0)
			return l.entry[i].path;
	for (uint32_t i = 0; (folder = place(a, i)) != NULL; i++) {
		const char *path = text_format(a, "%s/%s.yaml", folder, name);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

static int list(const struct options *o)
{
	const struct list l = find_all(o->arena);
	struct text out;

	if (l.entries == 0) {
		fputs("nodefall lesson: no lessons in " FOLDER ", beside the program or in its share/nodefall\n",
		      stderr);
		return EXIT_FILE;
	}
	text_init(&out, o->arena);
	text_printf(&out, "%-24s %9s  %s\n", "LESSON", "QUESTIONS", "TITLE");
	for (uint32_t i = 0; i < l.entries; i++)
		text_printf(&out, "%-24s %9" PRIu32 "  %s\n", l.entry[i].name, l.entry[i].questions, l.entry[i].title);
	text_add(&out, "\nnodefall lesson NAME begins one; --quiz --name \"A. Student\" asks for a score.\n");
	return cli_print(&out);
}

static int unknown(const struct options *o, const char *name)
{
	const struct list l = find_all(o->arena);
	const char **known = ARENA_NEW(o->arena, l.entries, const char *);

	for (uint32_t i = 0; i < l.entries; i++)
		known[i] = l.entry[i].name;
	const char *near = diag_nearest(name, known, l.entries);
	fprintf(stderr, "nodefall lesson: no lesson and no file is called \"%s\"\n", name);
	if (near != NULL)
		fprintf(stderr, "help: did you mean \"%s\"?\n", near);
	fputs("nodefall lesson lists the lessons\n", stderr);
	return EXIT_FILE;
}

/* ---- one lesson ---- */

static int check_code(const struct options *o, const struct lesson_play *p)
{
	struct text out;

	if (!lesson_play_digest(p, &p->quiz->digest))
		return EXIT_INTERRUPTED;
	if (!quiz_check(p->quiz, o->code)) {
		fprintf(stderr,
			"nodefall lesson: %s is not a code of %s for %s, or another version of nodefall or of the "
			"lesson made it\n",
			o->code, o->student, p->lesson->name);
		return EXIT_NOT_HELD;
	}
	text_init(&out, o->arena);
	text_printf(&out, "%s, %s: %" PRIu32 " of %" PRIu32 " right\n", o->student, p->lesson->name,
		    quiz_score(p->quiz), p->quiz->questions);
	for (uint32_t i = 0; i < p->quiz->questions; i++) {
		const char *set;
		const struct question *q = lesson_question(p->lesson, i, &set);
		text_printf(&out, "  %-9s  %s%s%s%s\n", p->quiz->right >> i & 1 ? "right" : "not right", q->text,
			    set != NULL ? " (--set " : "", set != NULL ? set : "", set != NULL ? ")" : "");
	}
	return cli_print(&out);
}

static int play(const struct options *o, const struct lesson *l, const struct scenario *s,
		const struct scenario_input *input)
{
	char name[QUIZ_NAME_MAX];
	struct quiz quiz = {.name = name, .lesson = l->name, .questions = l->questions};
	struct lesson_play p = {.lesson = l, .scenario = s, .input = input, .show = o->show, .arena = o->arena};

	p.seed = o->has_seed ? o->seed : s->seed;
	p.student = o->student;
	if (!o->quiz && o->code == NULL)
		return lesson_play(&p);
	if (o->student == NULL || !quiz_name(o->student, name)) {
		fprintf(stderr,
			"nodefall lesson: a quiz is somebody's: --name \"A. Student\", in less than %d letters\n",
			QUIZ_NAME_MAX);
		return EXIT_MISUSE;
	}
	if (l->questions == 0) {
		fprintf(stderr, "nodefall lesson: %s asks nothing, so there is no quiz\n", l->name);
		return EXIT_MISUSE;
	}
	p.seed = quiz_seed(name, l->name);
	p.quiz = &quiz;
	return o->code != NULL ? check_code(o, &p) : lesson_play(&p);
}

static int load_and_play(const struct options *o, const char *const *paths, uint32_t count)
{
	const struct scenario_input input = {paths, count, o->set, o->sets};
	struct scenario s = {0};
	struct lesson l;
	struct diag d;
	struct text errors;

	diag_init(&d, o->arena);
	int code = scenario_load(&s, &input, &d);
	if (s.lesson != NULL && !lesson_read(&l, &s, &input, &d) && code == 0)
		code = EXIT_INPUT;
	text_init(&errors, o->arena);
	diag_print_errors(&d, &errors);
	fputs(errors.data, stderr);
	if (code == 0 && s.lesson == NULL) {
		fprintf(stderr,
			"nodefall lesson: %s holds no document of kind Lesson\nhelp: nodefall explain lesson tells "
			"what "
			"belongs into one\n",
			paths[0]);
		code = EXIT_INPUT;
	}
	if (code == 0)
		code = play(o, &l, &s, &input);
	scenario_release(&s);
	return code;
}

static const char *misuse(const struct options *o)
{
	if (o->show && (o->quiz || o->code != NULL))
		return "--show tells the answers, so it goes with neither --quiz nor --check";
	if (o->quiz && o->code != NULL)
		return "--quiz is for the student, --check for the teacher";
	if ((o->quiz || o->code != NULL) && (o->has_seed || o->sets > 0))
		return "in a quiz the seed follows from the name, and nothing is set";
	for (uint32_t i = 0; i < o->operands; i++)
		if (strcmp(o->operand[i], "-") == 0)
			return "the lesson cannot come from standard input, where the guesses come from";
	return NULL;
}

int cli_lesson(const struct options *o)
{
	const char *wrong = misuse(o);

	if (wrong != NULL) {
		fprintf(stderr, "nodefall lesson: %s\n", wrong);
		return EXIT_MISUSE;
	}
	if (o->operands == 0)
		return list(o);
	const char **paths = ARENA_NEW(o->arena, o->operands, const char *);
	for (uint32_t i = 0; i < o->operands; i++) {
		const bool is_name = strchr(o->operand[i], '/') == NULL && access(o->operand[i], F_OK) != 0;
		paths[i] = is_name ? find(o->arena, o->operand[i]) : o->operand[i];
		if (paths[i] == NULL)
			return unknown(o, o->operand[i]);
	}
	return load_and_play(o, paths, o->operands);
}
