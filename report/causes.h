/* causes.h - which fact brought about which: derived from the facts of a run, where the rule is certain. */
#ifndef REPORT_CAUSES_H
#define REPORT_CAUSES_H

#include "report/outcome.h"
#include "sim/text.h"

/* A fact's place in the order of the run, from 0; CAUSE_NONE: a first cause, or none that is certain. */
#define CAUSE_NONE UINT32_MAX

struct cause {
	struct fact fact;
	uint32_t by;     /* the fact that brought it about; always before it in order, or CAUSE_NONE */
	uint32_t rule;   /* row of cause_rules, where there is a cause */
	const char *leg; /* what passed since then, such as "detection" or "toleration"; "" without a name */
	bool settled;    /* what comes before is the initial state */
};

struct causes {
	struct cause *of;
	uint32_t count;
};

/* Derives the causes of all facts of o, which were kept, in the arena a: about 90 bytes a fact. */
void causes_find(struct causes *c, const struct outcome *o, struct arena *a);

/* One fact in words: as the story tells it, and otherwise, shorter, those which the story leaves out. */
void cause_sentence(const struct outcome *o, const struct fact *f, struct text *out);

/*
 * Why a fact like f may have no cause: "a failure of the scenario", ...; NULL for one that must have one. Where a cause
 * is told all the same (a failure that was announced, a Job made by a command), the fact is not a first cause.
 */
const char *cause_first(const struct fact *f);

#endif
