/* lesson_read.c - the Lesson document: one row for each key, and what the rows cannot say. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/lesson/guess.h"
#include "report/lesson/lesson.h"
#include "report/lesson/lesson_run.h"

#define YEAR (365 * 86400.0)

/* The document while it is read; texts are name ids of the scenario. */
struct question_draft {
	uint32_t question, answer, unit, tolerance, between, why;
};

struct knob_draft {
	uint32_t set, text;
	const struct yaml_node *ask;
};

struct step_draft {
	sim_time at;
	uint32_t text;
	const struct yaml_node *ask, *knob;
};

struct lesson_draft {
	uint32_t name, title, number;
	const struct yaml_node *steps, *try;
};

/* Where things are read from and to. */
struct reading {
	struct lesson *lesson;
	struct scenario *scenario;
	const struct scenario_input *input;
	struct field_context *c;
	sim_time last; /* of the steps so far */
};

static bool keep(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)c;
	memcpy((char *)object + f->offset, &value, sizeof(value));
	return true;
}

#define ASK(member) offsetof(struct question_draft, member)
static const struct field ask_fields[] = {
	{.name = "question", .kind = FIELD_NAME, .offset = ASK(question), .meaning = "what is asked"},
	{.name = "answer",
	 .kind = FIELD_NAME,
	 .offset = ASK(answer),
	 .meaning = "what is right, computed from the run: a metric of `expect`, first(), last() or count() of a fact, "
		    "sums and "
		    "differences of them, or a comparison, which is answered with yes or no"},
	{.name = "unit",
	 .kind = FIELD_NAME,
	 .offset = ASK(unit),
	 .meaning = "of a guess that is a plain number: s (the default of times), min, h; %; or a noun such as pods"},
	{.name = "tolerance",
	 .kind = FIELD_NAME,
	 .offset = ASK(tolerance),
	 .meaning = "how far a right guess may be off, such as 5s, 10% of the answer, or 1; by default 10% of times "
		    "and nothing "
		    "of the rest; of shares it is in points"},
	{.name = "between",
	 .kind = FIELD_NAME,
	 .offset = ASK(between),
	 .meaning = "LOW..HIGH, the bounds of the answer over all seeds: guesses in them are right as well; or never"},
	{.name = "why", .kind = FIELD_NAME, .offset = ASK(why), .meaning = "the reason, told with the answer"},
	{.name = NULL}};

#define KNOB(member) offsetof(struct knob_draft, member)
static const struct field knob_fields[] = {
	{.name = "set",
	 .kind = FIELD_NAME,
	 .offset = KNOB(set),
	 .meaning = "KEY=VALUE as of --set: the one thing that is changed"},
	{.name = "text", .kind = FIELD_NAME, .offset = KNOB(text), .meaning = "what is said before it is turned"},
	{.name = "ask",
	 .kind = FIELD_CUSTOM,
	 .offset = KNOB(ask),
	 .read = keep,
	 .rows = ask_fields,
	 .type = "a map",
	 .meaning = "a question about the run with the knob turned; answer, unit and tolerance are the step's unless "
		    "given"},
	{.name = NULL}};

#define STEP(member) offsetof(struct step_draft, member)
static const struct field step_fields[] = {
	{.name = "at",
	 .kind = FIELD_TIME,
	 .offset = STEP(at),
	 .low = 0,
	 .high = YEAR,
	 .meaning = "where the story stops; by default where it stopped before"},
	{.name = "text", .kind = FIELD_NAME, .offset = STEP(text), .meaning = "what is said there"},
	{.name = "ask",
	 .kind = FIELD_CUSTOM,
	 .offset = STEP(ask),
	 .read = keep,
	 .rows = ask_fields,
	 .type = "a map",
	 .meaning = "a question; the story then goes on as far as the next step before the answer is told"},
	{.name = "knob",
	 .kind = FIELD_CUSTOM,
	 .offset = STEP(knob),
	 .read = keep,
	 .rows = knob_fields,
	 .type = "a map",
	 .meaning = "one thing to turn, and what comes of it"},
	{.name = NULL}};

#define LESSON(member) offsetof(struct lesson_draft, member)
const struct field lesson_fields[] = {
	{.name = "title", .kind = FIELD_NAME, .offset = LESSON(title), .meaning = "the lesson in a few words"},
	{.name = "number",
	 .kind = FIELD_UINT32,
	 .offset = LESSON(number),
	 .low = 1,
	 .high = 9999,
	 .meaning = "its place in the list of lessons"},
	{.name = "steps",
	 .kind = FIELD_CUSTOM,
	 .offset = LESSON(steps),
	 .read = keep,
	 .rows = step_fields,
	 .type = "a list",
	 .meaning = "where the story stops, what is said and asked there"},
	{.name = "try",
	 .kind = FIELD_CUSTOM,
	 .offset = LESSON(try),
	 .read = keep,
	 .type = "a list of texts",
	 .meaning = "commands to try on a real cluster, told at the end"},
	{.name = NULL}};

static const struct field document_fields[] = {{.name = "apiVersion", .kind = FIELD_SKIP},
					       {.name = "kind", .kind = FIELD_SKIP},
					       {.name = "metadata", .kind = FIELD_SKIP},
					       {.name = "spec", .kind = FIELD_SKIP},
					       {.name = NULL}};

static const struct field metadata_rows[] = {{.name = "name", .kind = FIELD_NAME, .offset = LESSON(name)},
					     {.name = "labels", .kind = FIELD_SKIP},
					     {.name = "annotations", .kind = FIELD_SKIP},
					     {.name = NULL}};

/* The text of an id without blanks at its ends, where block scalars have them. */
static const char *text_of(const struct reading *r, uint32_t id)
{
	const char *text = names_text(r->c->names, id);
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_text(r->c->arena, text, length);
}

static struct mark place(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *value = yaml_get(map, key);

	return yaml_mark(value != NULL ? value : map);
}

/* ---- questions ---- */

static void read_unit(struct reading *r, struct question *q, const struct yaml_node *node, uint32_t unit)
{
	const enum answer_kind kind = answer_kind(q->answer);

	q->unit = unit != 0 ? text_of(r, unit) : kind == ANSWER_TIME ? "s" : kind == ANSWER_SHARE ? "%" : "";
	if (guess_unit_fits(kind, q->unit))
		return;
	diag_error(r->c->diag, place(node, "unit"), "\"%s\" is no unit of this answer", q->unit);
	diag_help(r->c->diag, kind == ANSWER_TIME     ? "it is a time: s, min or h"
			      : kind == ANSWER_SHARE  ? "it is a share: %%"
			      : kind == ANSWER_YES_NO ? "it is yes or no: leave the unit out"
						      : "it is a number: a noun such as pods");
}

static void read_tolerance(struct reading *r, struct question *q, const struct yaml_node *node, uint32_t id)
{
	const enum answer_kind kind = answer_kind(q->answer);
	const char *text = text_of(r, id);
	char *end;
	const double part = strtod(text, &end);

	q->tolerance = kind == ANSWER_TIME ? 0.1 : 0;
	q->relative = kind == ANSWER_TIME;
	if (id == 0)
		return;
	q->relative = kind != ANSWER_SHARE && end != text && strcmp(end, "%") == 0;
	if (q->relative && part >= 0 && part <= 100)
		q->tolerance = part / 100;
	else if (q->relative || guess_read(kind, q->unit, text, &q->tolerance) != NULL || isinf(q->tolerance))
		diag_error(r->c->diag, place(node, "tolerance"), "tolerance must be %s, not \"%s\"",
			   kind == ANSWER_TIME    ? "a time such as 5s, or a part such as 10%"
			   : kind == ANSWER_SHARE ? "in points such as 0.5%"
						  : "a number, or a part such as 10%",
			   text);
}

static void read_bounds(struct reading *r, struct question *q, const struct yaml_node *node, uint32_t id)
{
	const enum answer_kind kind = answer_kind(q->answer);
	const char *text = text_of(r, id), *dots = strstr(text, "..");
	bool read;

	if (id == 0)
		return;
	q->has_bounds = true;
	if (dots == NULL) {
		read = guess_read(kind, q->unit, text, &q->low) == NULL;
		q->high = q->low;
	} else {
		const char *low = arena_text(r->c->arena, text, (size_t)(dots - text));
		read = guess_read(kind, q->unit, low, &q->low) == NULL &&
		       guess_read(kind, q->unit, dots + 2, &q->high) == NULL;
	}
	if (read && q->low <= q->high)
		return;
	diag_error(r->c->diag, place(node, "between"), "between must be LOW..HIGH of what the answer is, not \"%s\"",
		   text);
	diag_help(r->c->diag, "for example %s",
		  kind == ANSWER_TIME     ? "40s..55s"
		  : kind == ANSWER_SHARE  ? "98%..100%"
		  : kind == ANSWER_YES_NO ? "yes"
					  : "2..4");
}

/* base: the step's question, whose answer and unit a knob's question takes over; or NULL. */
static void read_question(struct reading *r, struct question *q, const struct yaml_node *node,
			  const struct question *base)
{
	struct question_draft draft = {0};

	if (!field_want_map(r->c, node, "ask"))
		return;
	const bool known = field_read_map(r->c, ask_fields, node, &draft, "a question");
	*q = (struct question){.asked = true, .text = text_of(r, draft.question), .why = text_of(r, draft.why)};
	if (draft.question == 0 && known)
		diag_error(r->c->diag, yaml_mark(node), "a question without `question`");
	if (draft.answer != 0)
		q->answer = answer_parse(r->c->arena, r->c->diag, place(node, "answer"), r->scenario,
					 text_of(r, draft.answer));
	else if (base != NULL && base->asked)
		q->answer = base->answer;
	else if (known)
		diag_error(r->c->diag, yaml_mark(node), "a question without `answer`");
	if (q->answer == NULL)
		return;
	const bool inherits = draft.answer == 0;
	read_unit(r, q, node, draft.unit);
	if (inherits && draft.unit == 0)
		q->unit = base->unit;
	read_tolerance(r, q, node, draft.tolerance);
	if (inherits && draft.tolerance == 0) {
		q->tolerance = base->tolerance;
		q->relative = base->relative;
	}
	read_bounds(r, q, node, draft.between);
	r->lesson->questions++;
}

/* ---- knobs ---- */

/* Whether the scenario can be loaded with the knob turned; what is wrong is told at the knob's place. */
static void check_knob(struct reading *r, const char *set, struct mark at)
{
	struct scenario turned = {0};
	struct diag d = {0};
	struct text text;

	if (lesson_turn(&turned, r->input, set, &d) != 0) {
		text_init(&text, r->c->arena);
		diag_print_errors(&d, &text);
		const char *first = strstr(text.data, "error: ");
		first = first != NULL ? first + 7 : text.data;
		diag_error(r->c->diag, at, "the knob does not fit the scenario: %.*s", (int)strcspn(first, "\n"),
			   first);
		const char *help = strstr(first, "= help: ");
		if (help != NULL)
			diag_help(r->c->diag, "%.*s", (int)strcspn(help + 8, "\n"), help + 8);
	}
	scenario_release(&turned);
}

static void read_knob(struct reading *r, struct lesson_step *step, const struct yaml_node *node)
{
	struct knob_draft draft = {0};

	if (!field_want_map(r->c, node, "knob"))
		return;
	const bool known = field_read_map(r->c, knob_fields, node, &draft, "a knob");
	step->knob.text = text_of(r, draft.text);
	step->knob.set = text_of(r, draft.set);
	if (draft.set == 0 && known)
		diag_error(r->c->diag, yaml_mark(node), "a knob without `set`");
	else if (draft.set != 0 && (strchr(step->knob.set, '=') == NULL || step->knob.set[0] == '='))
		diag_error(r->c->diag, place(node, "set"), "set must be KEY=VALUE, as of --set, not \"%s\"",
			   step->knob.set);
	else if (draft.set != 0 && !diag_failed(r->c->diag))
		check_knob(r, step->knob.set, place(node, "set"));
	if (draft.ask != NULL)
		read_question(r, &step->knob.question, draft.ask, &step->question);
	else if (!step->question.asked && known)
		diag_error(r->c->diag, yaml_mark(node), "a knob without `ask`, in a step without `ask`");
}

/* ---- the document ---- */

static void read_step(struct reading *r, struct lesson_step *step, const struct yaml_node *node)
{
	struct step_draft draft = {.at = r->last};

	step->at = r->last;
	step->text = "";
	if (!field_want_map(r->c, node, "a step"))
		return;
	field_read_map(r->c, step_fields, node, &draft, "a step");
	step->at = draft.at;
	step->text = text_of(r, draft.text);
	if (draft.at < r->last)
		diag_error(r->c->diag, place(node, "at"), "the story goes on: this is before the step above");
	else if (draft.at > r->scenario->duration && yaml_get(node, "at") != NULL)
		diag_error(r->c->diag, place(node, "at"), "this is after the end of the run");
	r->last = draft.at > r->last ? draft.at : r->last;
	if (draft.ask != NULL)
		read_question(r, &step->question, draft.ask, NULL);
	if (draft.knob != NULL)
		read_knob(r, step, draft.knob);
}

static void read_steps(struct reading *r, const struct yaml_node *list, struct mark whole)
{
	struct lesson *l = r->lesson;

	if (list == NULL || (list->kind == YAML_LIST && list->count == 0))
		diag_error(r->c->diag, list != NULL ? yaml_mark(list) : whole, "a lesson needs at least one step");
	if (list == NULL || !field_want_list(r->c, list, "steps"))
		return;
	l->step = ARENA_NEW(r->c->arena, list->count, struct lesson_step);
	for (uint32_t i = 0; i < list->count; i++)
		read_step(r, &l->step[l->steps++], list->item[i]);
	if (l->questions > LESSON_QUESTIONS_MAX)
		diag_error(r->c->diag, yaml_mark(list), "%u questions; at most %d can be checked", l->questions,
			   LESSON_QUESTIONS_MAX);
}

static void read_try(struct reading *r, const struct yaml_node *list)
{
	struct lesson *l = r->lesson;

	if (list == NULL || !field_want_list(r->c, list, "try"))
		return;
	l->try = ARENA_NEW(r->c->arena, list->count, const char *);
	for (uint32_t i = 0; i < list->count; i++) {
		const char *text = field_want_text(r->c, list->item[i], "a command to try");
		if (text != NULL)
			l->try[l->tries++] = text;
	}
}

bool lesson_read(struct lesson *l, struct scenario *s, const struct scenario_input *input, struct diag *d)
{
	struct field_context c = {.arena = &s->arena, .names = &s->names, .diag = d, .variant = s->kubernetes};
	struct reading r = {.lesson = l, .scenario = s, .input = input, .c = &c};
	const struct yaml_node *root = s->lesson, *spec = yaml_get(root, "spec"),
			       *metadata = yaml_get(root, "metadata");
	struct lesson_draft draft = {0};

	*l = (struct lesson){.title = ""};
	field_read_map(&c, document_fields, root, NULL, "the Lesson document");
	if (!yaml_is_null(metadata) && field_want_map(&c, metadata, "metadata"))
		field_read_map(&c, metadata_rows, metadata, &draft, "metadata");
	if (!yaml_is_null(spec) && field_want_map(&c, spec, "spec"))
		field_read_map(&c, lesson_fields, spec, &draft, "spec of the Lesson");
	l->name = names_text(&s->names, draft.name != 0 ? draft.name : s->name);
	l->title = text_of(&r, draft.title);
	l->number = draft.number;
	read_steps(&r, draft.steps, yaml_mark(root));
	read_try(&r, draft.try);
	return !diag_failed(d);
}

const struct question *lesson_question(const struct lesson *l, uint32_t i, const char **set)
{
	for (uint32_t s = 0; s < l->steps; s++) {
		const struct lesson_step *step = &l->step[s];
		*set = NULL;
		if (step->question.asked && i-- == 0)
			return &step->question;
		*set = step->knob.set;
		if (step->knob.question.asked && i-- == 0)
			return &step->knob.question;
	}
	return NULL;
}
