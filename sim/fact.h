/* fact.h - facts: what happened, as plain data; the only way out of a run. */
#ifndef SIM_FACT_H
#define SIM_FACT_H

#include "sim/arena.h"
#include "sim/time.h"

/* What the columns mean is a row of the model's table of facts. FACT_NONE in node, pod, object: no such thing. */
struct fact {
	sim_time at;
	uint16_t kind;
	uint16_t flag;
	uint32_t node, pod, object;
	int64_t a, b, c;
};
_Static_assert(sizeof(struct fact) == 48, "no hidden padding: facts are hashed and saved as they are");

#define FACT_NONE UINT32_MAX
#define FACT_CHUNK 4096

struct fact_chunk;

/* A subscriber: see() gets facts in order, a chunk at a time; they are valid during the call only. */
struct fact_reader {
	void (*see)(void *state, const struct fact *facts, size_t count);
	void *state;
};

/* The stream of a run. Times never decrease. The digest covers every column of every fact in order, but for remarks.
 */
struct facts {
	struct arena *arena;
	struct fact_chunk *first, *last; /* all chunks when kept, else one that is used again */
	uint64_t count;
	uint64_t digest;
	bool keep; /* keep all chunks for fact_each() */
	struct fact_reader *reader;
	uint32_t readers, reader_capacity;
};

void facts_init(struct facts *f, struct arena *a, bool keep);

/* Adds a subscriber; before the first fact. */
void facts_subscribe(struct facts *f, struct fact_reader reader);

/* Appends one fact; fact.at must not be before the last. */
void fact_tell(struct facts *f, const struct fact *fact);

/* The same for a remark, which somebody asked for and without which the run would be the same: it is not in the digest.
 */
void fact_remark(struct facts *f, const struct fact *fact);

/* Delivers the facts not yet delivered: at the end of a run, or whenever somebody wants to look. */
void facts_finish(struct facts *f);

/* Calls see() on every kept chunk in order (keep must be set; after facts_finish()). */
void facts_each(const struct facts *f, struct fact_reader reader);

#endif
