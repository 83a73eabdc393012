/* names.h - strings as small numbers: equal strings have equal ids, and id 0 is the empty string. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"

/*
 * An interning table. A child (names_init with a parent) sees all of its parent's ids and adds its own after them; the
 * parent must not grow while a child lives, so that many runs can share one loaded scenario on several threads.
 */
struct names {
	struct arena *arena;
	const struct names *parent;
	uint32_t first;           /* ids below this belong to the parent */
	uint32_t count, capacity; /* own strings */
	const char **text;
	uint32_t *slot; /* open-addressing hash of own ids; 0 = free */
	uint32_t slots;
};

/* Prepares an empty table; parent may be NULL. */
void names_init(struct names *n, struct arena *a, const struct names *parent);

/* The id of text, new or known. NULL counts as the empty string. */
uint32_t names_intern(struct names *n, const char *text);
uint32_t names_intern_n(struct names *n, const char *text, size_t length);

/* The id of text if it is known, else 0 (also the id of ""). Never writes. */
uint32_t names_find(const struct names *n, const char *text);

/* The string of id, alive as long as the table; id must come from this table or its parents. */
const char *names_text(const struct names *n, uint32_t id);

#endif
