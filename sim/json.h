/* json.h - makes JSON's escapes readable to libyaml. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stddef.h>

#include "sim/arena.h"

/* A text, and where, in characters from its start, a surrogate pair has become an escape 2 characters shorter. */
struct json_text {
	const char *bytes;
	size_t length;
	size_t *cut;
	size_t cuts, capacity;
};

/*
 * JSON writes a character above U+FFFF as two escapes, "\ud83d\ude00" (RFC 8259, section 7); YAML as one,
 * "\U0001f600". Rewrites the pairs in a text that begins as JSON, with '{' or '['; any other text, or one without
 * pairs, stays as it is and is not copied. A lone surrogate stays too, and is libyaml's to refuse.
 */
void json_join_surrogates(struct arena *a, const char *bytes, size_t length, struct json_text *out);

/* By how many characters the part between two indices of the rewritten text has become shorter. */
size_t json_shortened(const struct json_text *t, size_t from, size_t to);

#endif
