/* guess.h - guesses of a student: read in the unit of the question, judged, and printed with the answer. */
#ifndef REPORT_LESSON_GUESS_H
#define REPORT_LESSON_GUESS_H

#include "report/lesson/lesson.h"

/* Longest text of a value. */
#define GUESS_TEXT_MAX 64

/* Whether a plain number can be of this unit: "s", "min" and "h" are of times, "%" of shares, no unit or any noun of
 * numbers, none of yes and no. */
bool guess_unit_fits(enum answer_kind kind, const char *unit);

/*
 * Reads text, blanks around it left out: a time ("45s", "1m30s", a plain number in the unit), a share in percent, a
 * number, yes or no; "never" for a time is infinite. *value is in seconds, a share of 1, a number, or 0 and 1. Returns
 * NULL, or what was expected.
 */
const char *guess_read(enum answer_kind kind, const char *unit, const char *text, double *value);

/* Whether a guess is right: within the tolerance of the answer, or, as nobody can know the seed, within the bounds. */
bool guess_is_right(const struct question *q, double guess, double answer);

/* "44.5s", "99.4%", "3 pods", "yes", "never". Returns buffer. */
const char *guess_print(const struct question *q, double value, char buffer[GUESS_TEXT_MAX]);

#endif
