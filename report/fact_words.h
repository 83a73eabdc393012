/* fact_words.h - one fact with every number in its columns said as what it stands for. */
#ifndef REPORT_FACT_WORDS_H
#define REPORT_FACT_WORDS_H

#include "report/outcome.h"

/* "pod-bound node=worker-1 pod=web-1 attempts=1": rows and name ids as names, times as durations. Two runs' facts mean
 * the same if and only if these texts and the times are equal. */
void fact_words(const struct outcome *o, const struct fact *f, struct text *out);

#endif
