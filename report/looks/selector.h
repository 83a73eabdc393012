/* selector.h - label selectors of the command line: "app=web,tier!=db,zone in (a,b),!gpu". */
#ifndef REPORT_LOOKS_SELECTOR_H
#define REPORT_LOOKS_SELECTOR_H

#include "models/objects.h"

struct label_term {
	const char *key;
	enum selector_op op;
	const char **value;
	uint32_t count;
};

/* All terms must hold; none: everything does. */
struct label_query {
	struct label_term *term;
	uint32_t terms, capacity;
};

/* Reads text; the result is in the arena. Returns NULL or what is wrong. */
const char *label_query_parse(struct label_query *q, struct arena *a, const char *text);

/* labels may be NULL: none. */
bool label_query_matches(const struct label_query *q, const struct labels *labels, const struct names *names);

#endif
