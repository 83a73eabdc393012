/* words.h - takes apart short texts such as "lognormal(2s, 0.5)": words, marks, durations. */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include <stdbool.h>

#include "sim/time.h"

#define WORD_MAX 64

/* text behind its spaces and tabs. */
const char *words_skip(const char *text);

/* Each takes what *text begins with and moves it past that and the spaces behind; false, when it is something else,
 * with *text anywhere. A word ends at a space, the end of a line, or one of "(),". */
bool words_take(const char **text, char word[WORD_MAX]);
bool words_take_mark(const char **text, char mark);
bool words_take_time(const char **text, sim_time *out);

#endif
