/*
 * lesson.h - a document of kind Lesson: a scenario's story that stops, asks, goes on and explains.
 *
 * It stands among the documents of a Scenario; scenarios/lessons/README.md says how to write one. Nothing in it is a
 * result: each answer is computed from a run by its expression, so that it stays right under another seed or knob.
 */
#ifndef REPORT_LESSON_LESSON_H
#define REPORT_LESSON_LESSON_H

#include "report/lesson/answer.h"
#include "sim/field.h"

/* Strings are never NULL; "" where nothing was given. */
struct question {
	bool asked;
	const char *text, *why;
	const struct answer *answer;
	const char *unit; /* of plain numbers: "s", "min", "h"; "%"; else a noun such as "pods" */
	double tolerance; /* in seconds, shares or numbers, or a part of the answer */
	bool relative;    /* the tolerance is a part of the answer */
	bool has_bounds;  /* between: the answer is in low..high for every seed */
	double low, high; /* in seconds, shares or numbers; infinite: never */
};

struct knob {
	const char *set; /* KEY=VALUE as of --set; NULL: no knob */
	const char *text;
	struct question question;
};

struct lesson_step {
	sim_time at; /* the story is told as far as this instant, included */
	const char *text;
	struct question question;
	struct knob knob;
};

struct lesson {
	const char *name; /* of the lesson: metadata.name, else the scenario's */
	const char *title;
	uint32_t number; /* place in the list of lessons; 0: at its end */
	struct lesson_step *step;
	uint32_t steps, questions; /* questions: those of knobs included */
	const char **try;          /* commands for a real cluster */
	uint32_t tries;
};

/* The rows of the document's spec, for explain. */
extern const struct field lesson_fields[];

/* At most so many questions: a check code has a bit for each. */
#define LESSON_QUESTIONS_MAX 40

/*
 * Reads s->lesson (not NULL) of a scenario that was loaded from input with its --set. Everything is checked, knobs too,
 * which need the scenario once more. Returns false after reporting to d. l points into s, which must stay.
 */
bool lesson_read(struct lesson *l, struct scenario *s, const struct scenario_input *input, struct diag *d);

/* The question with this number (0 .. l->questions - 1) in the order of asking, and the setting of its knob in *set,
 * NULL for a question about the scenario itself. */
const struct question *lesson_question(const struct lesson *l, uint32_t i, const char **set);

#endif
