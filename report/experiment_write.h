/* experiment_write.h - an experiment in words, as JSON and as CSV. */
#ifndef REPORT_EXPERIMENT_WRITE_H
#define REPORT_EXPERIMENT_WRITE_H

#include "report/finding.h"
#include "sim/text.h"

void experiment_text(const struct findings *f, struct text *out);
void experiment_json(const struct findings *f, struct text *out);
void experiment_csv(const struct findings *f, struct text *out);

#endif
