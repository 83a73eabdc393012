/* answer.h - what every report says first, and the guesses that it rests on. */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "report/outcome.h"
#include "sim/dist.h"
#include "sim/text.h"

/* What a failure struck, as the subject of a sentence: "worker-1", "zone b (10 nodes)", "the control plane". */
void answer_subject(const struct outcome *o, uint32_t failure, struct text *t);

/* One failure that struck, in sentences: when it was noticed, and when capacity was back. */
void answer_failure(const struct outcome *o, uint32_t failure, struct text *t);

/* A latency that upstream does not state. */
struct guess {
	const char *name; /* of the scenario's field under latencies */
	const struct dist *dist;
};
#define GUESSES_MAX 16

/* Those that matter to this scenario; returns how many. */
uint32_t answer_guesses(const struct outcome *o, struct guess out[GUESSES_MAX]);

#endif
