/* yaml.h - YAML and JSON (a subset of YAML) as trees whose every node knows its place. Only yaml.c includes libyaml. */
#ifndef SIM_YAML_H
#define SIM_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/diag.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

/* Aliases are shared, so a tree may be a DAG (never a cycle); the reader bounds the expanded size (YAML_MAX_NODES). */
struct yaml_node {
	uint8_t kind;   /* enum yaml_kind */
	bool quoted;    /* a scalar in quotes or block style: always a string */
	uint32_t count; /* pairs of a map, items of a list, bytes of a scalar */
	uint32_t line, column;
	const char *file;
	union {
		const char *text; /* zero-terminated; embedded zeros are refused by the reader */
		struct yaml_node **item;
		struct yaml_pair *pair; /* in file order; merge keys ("<<") already applied, explicit keys win */
	};
};

struct yaml_pair {
	const struct yaml_node *key; /* always a scalar */
	const struct yaml_node *value;
};

struct yaml_docs {
	struct yaml_node **root;
	uint32_t count, capacity;
};

/* Limits: deeper nesting or a larger expansion (aliases counted each time) is an error, not a crash. */
#define YAML_MAX_DEPTH 100
#define YAML_MAX_NODES 20000000

/*
 * Reads all documents of bytes into docs (appending), in arena a. Empty documents are left out. Duplicate keys, syntax
 * errors, unknown aliases, non-scalar keys and exceeded limits are reported to d with their place; documents read
 * before the error stay. file and bytes must stay alive as long as the tree. JSON surrogate pairs and tabs are
 * accepted. Returns false if anything was reported.
 */
bool yaml_read(struct arena *a, struct diag *d, const char *file, const char *bytes, size_t length,
	       struct yaml_docs *docs);

/* The value of key in a map, or NULL (also when node is NULL or no map). */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Null is the absent value: NULL itself, or an unquoted empty, ~, null, Null, NULL scalar. */
bool yaml_is_null(const struct yaml_node *node);

/* Items of a list, 0 for anything else; the text of a scalar, "" for anything else. node may be NULL. */
uint32_t yaml_length(const struct yaml_node *node);
const char *yaml_text(const struct yaml_node *node);

/* The place of a node, underlining its scalar text. */
struct mark yaml_mark(const struct yaml_node *node);

#endif
