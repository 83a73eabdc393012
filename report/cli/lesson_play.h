/* lesson_play.h - a lesson as a dialogue: on a terminal, through a pipe, or read from beginning to end. */
#ifndef REPORT_CLI_LESSON_PLAY_H
#define REPORT_CLI_LESSON_PLAY_H

#include "report/lesson/lesson_run.h"
#include "report/lesson/quiz.h"

struct lesson_play {
	const struct lesson *lesson;
	const struct scenario *scenario;
	const struct scenario_input *input;
	uint64_t seed;
	bool show;         /* nothing is asked */
	struct quiz *quiz; /* its digest and right are filled; NULL: no quiz */
	const char *student;
	struct arena *arena;
};

/*
 * Plays the lesson on standard input and output. Ends early when the input of a terminal ends (exit code 0, of a quiz
 * 1) or at SIGINT (130); when other input ends, the rest of a lesson is shown without asking. Returns an exit code.
 */
int lesson_play(const struct lesson_play *p);

/* The digest over all runs of the lesson, for its quiz. Returns false when interrupted. */
bool lesson_play_digest(const struct lesson_play *p, uint64_t *digest);

#endif
