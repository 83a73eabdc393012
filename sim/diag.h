/* diag.h - a user's mistakes and our notes, each with its place, its line, a caret and a way out. */
#ifndef SIM_DIAG_H
#define SIM_DIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/arena.h"
#include "sim/text.h"

/* A place in an input. line and column count from 1, columns in characters; line 0 means "the file as a whole". */
struct mark {
	const char *file;
	uint32_t line, column;
	uint32_t length; /* characters to underline; 0 means 1 */
};

struct diag_message;
struct diag_notes;
struct diag_source;

/* Collects messages. At most DIAG_MAX errors are kept; the rest are counted. */
struct diag {
	struct arena *arena;
	struct diag_message *messages;
	uint32_t count, capacity, errors, dropped;
	struct diag_source *sources;
	struct diag_notes *notes;
};

#define DIAG_MAX 20

void diag_init(struct diag *d, struct arena *a);

/* Registers the text of a file so that messages can show its lines; bytes must stay alive. */
void diag_add_source(struct diag *d, const char *file, const char *bytes, size_t length);

/* A mistake in the input. */
void diag_error(struct diag *d, struct mark at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* How to mend it; belongs to the last error. Does nothing if that error was dropped. */
void diag_help(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Something accepted but not modelled. Each distinct text is kept once, with the first place and a count. */
void diag_note(struct diag *d, struct mark at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The candidate that is nearest to word, NULL if none is near (edit distance as below). */
const char *diag_nearest(const char *word, const char *const candidates[], uint32_t count);

/* Adds "did you mean "x"?" help if some candidate is close to word (edit distance <= 1/3 of its length, at least 1). */
void diag_suggest(struct diag *d, const char *word, const char *const candidates[], uint32_t count);

static inline bool diag_failed(const struct diag *d)
{
	return d->errors > 0;
}

/*
 * Prints errors (file order: as files were added, then line, column), each as
 *     lessons/node-dies.yaml:14:5: error: unknown key "replica" in a workload
 *        14 |     replica: 3
 *           |     ^^^^^^^
 *           = help: did you mean "replicas"?
 * and a count of dropped ones. Control characters of the input are shown as '?'; long lines are cut.
 */
void diag_print_errors(const struct diag *d, struct text *out);

/* Prints notes, one line each: "note: file:line: text (12 places)". */
void diag_print_notes(const struct diag *d, struct text *out);

#endif
