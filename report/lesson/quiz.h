/*
 * quiz.h - a student's own seed, and the code by which a teacher sees what the student answered.
 *
 * The code holds which questions were right, and a check sum over the student, the lesson, the digests of its runs and
 * that. It keeps anybody from taking over another's code, mistyping one, or solving another version of the lesson; it
 * is no signature: whoever reads this source can make one.
 */
#ifndef REPORT_LESSON_QUIZ_H
#define REPORT_LESSON_QUIZ_H

#include <stdbool.h>
#include <stdint.h>

#define QUIZ_NAME_MAX 128
#define QUIZ_CODE_MAX 32

/* The name as it counts: in small letters, with single blanks between words. False when it is empty or too long. */
bool quiz_name(const char *name, char out[QUIZ_NAME_MAX]);

/* The seed of a student (a name from quiz_name()) in a lesson: 1 .. 999,999,999. */
uint64_t quiz_seed(const char *name, const char *lesson);

struct quiz {
	const char *name, *lesson; /* name: from quiz_name() */
	uint64_t digest;           /* over all runs, quiz_digest() */
	uint32_t questions;        /* 1 .. LESSON_QUESTIONS_MAX */
	uint64_t right;            /* bit i: question i */
};

/* A digest of two. */
uint64_t quiz_digest(uint64_t a, uint64_t b);

/* "NF-7-0A1B2-C3D4E". Returns code. */
const char *quiz_code(const struct quiz *q, char code[QUIZ_CODE_MAX]);

/* Whether code is that of q for some set of right questions, which is then put into q->right. Letters may be small, and
 * O, I and L stand for 0 and 1. */
bool quiz_check(struct quiz *q, const char *code);

/* How many questions are right. */
uint32_t quiz_score(const struct quiz *q);

#endif
