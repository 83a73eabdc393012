/* doc.h - a JSON document as a tree, printed as JSON or YAML. */
#ifndef REPORT_LOOKS_DOC_H
#define REPORT_LOOKS_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/text.h"

enum doc_kind { DOC_MAP, DOC_LIST, DOC_TEXT, DOC_PLAIN }; /* plain: a number, true, false, null */

struct doc {
	struct arena *arena;
	enum doc_kind kind;
	const char *text;
	struct doc **child;
	const char **key; /* of a map's children */
	uint32_t count, capacity;
};

/* New nodes, in the arena. Texts are not copied. */
struct doc *doc_map(struct arena *a);
struct doc *doc_list(struct arena *a);
struct doc *doc_text(struct arena *a, const char *text);
struct doc *doc_number(struct arena *a, int64_t n);
struct doc *doc_bool(struct arena *a, bool b);

/* Adds a child to a map or list; the second forms make it first. Return the child. */
struct doc *doc_set(struct doc *map, const char *key, struct doc *value);
struct doc *doc_set_text(struct doc *map, const char *key, const char *text);
struct doc *doc_set_number(struct doc *map, const char *key, int64_t n);
struct doc *doc_set_bool(struct doc *map, const char *key, bool b);
struct doc *doc_set_map(struct doc *map, const char *key);
struct doc *doc_set_list(struct doc *map, const char *key);
struct doc *doc_add(struct doc *list, struct doc *value);

/* Sorts the keys of all maps below, as Go's encoding/json does with maps. */
void doc_sort(struct doc *d);

/* Indented by so many spaces a level, with a line break at the end. */
void doc_print_json(const struct doc *d, int indent, struct text *out);

/* As sigs.k8s.io/yaml prints it: two spaces a level, lists not indented. */
void doc_print_yaml(const struct doc *d, struct text *out);

#endif
