/* why.h - the chain of causes of what an object is at the end of a run. */
#ifndef REPORT_WHY_H
#define REPORT_WHY_H

#include "report/causes.h"

enum why_kind {
	WHY_POD,
	WHY_NODE,
	WHY_SERVICE,
	WHY_WORKLOAD,
	WHY_FAILURE,
	WHY_VOLUME,
	WHY_CLAIM,
	WHY_ZONE,
	WHY_HOST,
	WHY_COMPONENT,
	WHY_GROUP, /* of nodes */
	WHY_FACT   /* the name is its id, as jsonl and sqlite have it */
};

/* Whom to ask about. namespace: NULL for any. */
struct why_object {
	enum why_kind kind;
	const char *namespace, *name;
	const char *group; /* of a workload: its kind, "Deployment"; NULL: any */
};

/*
 * Prints, first cause first, what brought about the last that was told of the object, each step with its instant, what
 * passed since the step before, the leg's name and the fact in words; o is a run that ended at the instant asked about.
 * Returns NULL, or in the arena a why the object is not found.
 */
const char *why_print(const struct outcome *o, const struct causes *c, const struct why_object *object, struct arena *a,
		      struct text *out);

/* The same for a row of o's pods or nodes; false when nothing was told of it. And the chain alone that ends with fact
 * i.
 */
bool why_of_pod(const struct outcome *o, const struct causes *c, uint32_t pod, struct arena *a, struct text *out);
bool why_of_node(const struct outcome *o, const struct causes *c, uint32_t node, struct arena *a, struct text *out);
void why_of_fact(const struct outcome *o, const struct causes *c, uint32_t i, struct arena *a, struct text *out);

/* The chain that ends with fact i: its steps in order, at most all of c, into step (in the arena a). Returns how many.
 */
uint32_t why_chain(const struct causes *c, uint32_t i, struct arena *a, const uint32_t **step);

#endif
