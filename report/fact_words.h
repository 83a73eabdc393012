/* fact_words.h - a fact with names instead of numbers: what each of its columns holds, decoded as facts.def says. */
#ifndef REPORT_FACT_WORDS_H
#define REPORT_FACT_WORDS_H

#include "report/outcome.h"
#include "sim/text.h"

/* SECONDS: number is in nanoseconds, and the key ends in "_s"; SIM_NEVER means "never". */
enum word_kind { WORD_TEXT, WORD_NUMBER, WORD_SECONDS, WORD_BOOL };

struct fact_word {
	const char *key;
	enum word_kind kind;
	const char *text; /* WORD_TEXT */
	int64_t number;   /* the others */
};

/* Node, pod and its namespace, object, flag, a, b, c. */
#define FACT_WORDS_MAX 8

/* What the columns of every kind are called and hold; made once, in an arena. */
struct fact_dictionary;
const struct fact_dictionary *fact_dictionary(struct arena *a);

/*
 * The words of f, those of unused columns left out. A key is the column's meaning in facts.def in snake case. Texts
 * live as long as the run, or in a. Returns how many there are.
 */
uint32_t fact_words(const struct fact_dictionary *d, const struct outcome *o, const struct fact *f, struct arena *a,
		    struct fact_word out[FACT_WORDS_MAX]);

/* The same as one line: "pod-bound node=worker-1 pod=web-1 attempts=1", durations as such. Scratch memory from a. */
void fact_line(const struct fact_dictionary *d, const struct outcome *o, const struct fact *f, struct arena *a,
	       struct text *out);

#endif
