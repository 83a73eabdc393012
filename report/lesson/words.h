/* words.h - the words of a lesson's answers: facts by their names, and conditions on their columns. */
#ifndef REPORT_LESSON_WORDS_H
#define REPORT_LESSON_WORDS_H

#include "report/outcome.h"
#include "sim/diag.h"

enum fact_column { COLUMN_NODE, COLUMN_POD, COLUMN_OWNER, COLUMN_OBJECT, COLUMN_FLAG, COLUMN_A, COLUMN_B, COLUMN_C };

struct fact_condition {
	struct fact_condition *next;
	uint8_t column;   /* enum fact_column */
	const char *name; /* what node, pod, owner or a named object is called; NULL: `number` */
	int64_t number;
};

struct fact_filter {
	uint16_t kind;
	sim_time after, before; /* after <= at < before */
	struct fact_condition *conditions;
};

/* A filter for facts called kind ("node-ready") without conditions. Returns NULL, or the name after reporting. */
const char *words_fact(struct fact_filter *f, struct diag *d, struct mark at, const char *kind);

/* Adds column=value, whose names must be in s. Returns false after reporting. */
bool words_condition(struct fact_filter *f, struct arena *a, struct diag *d, struct mark at, const struct scenario *s,
		     const char *column, const char *value);

bool words_match(const struct fact_filter *f, const struct outcome *o, const struct fact *fact);

/* The name's id when a Service (a workload) of the scenario is called so, else 0. */
uint32_t words_service(const struct scenario *s, const char *name);
uint32_t words_workload(const struct scenario *s, const char *name);

/* Adds the nearest name of this kind to the last error. */
enum words_of { WORDS_SERVICE, WORDS_WORKLOAD, WORDS_NODE };
void words_suggest(struct diag *d, const struct scenario *s, enum words_of of, const char *name);

#endif
