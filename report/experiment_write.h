/* experiment_write.h - an experiment in words, as JSON, as CSV and as a page. */
#ifndef REPORT_EXPERIMENT_WRITE_H
#define REPORT_EXPERIMENT_WRITE_H

#include "report/finding.h"
#include "sim/text.h"

void experiment_text(const struct findings *f, struct text *out);
void experiment_json(const struct findings *f, struct text *out);
void experiment_csv(const struct findings *f, struct text *out);
void experiment_html(const struct findings *f, struct text *out);

/* One metric in a sentence, added to s: who is better, and what is not known. */
void experiment_answer(const struct findings *f, uint32_t metric, struct text *s);

/* The candidate that the others of a metric's table are compared with: the best, or the first. */
uint32_t experiment_reference(const struct findings *f, uint32_t metric);

/* "353.61 +-0.41", in as many digits as the half-width deserves; unknown or infinite it is a "?". sign: "+" too. */
#define EXPERIMENT_TEXT_MAX 64
const char *experiment_mean(char buffer[EXPERIMENT_TEXT_MAX], double x, double half, bool sign);

/* "real", "noise", "equal", "hidden" or "unknown"; with " ~" where rank tests disagree. */
const char *experiment_verdict(const struct comparison *c);

#endif
