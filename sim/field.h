/* field.h - option tables: one row describes a key completely; it parses, defaults, checks and explains. */
#ifndef SIM_FIELD_H
#define SIM_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/diag.h"
#include "sim/names.h"
#include "sim/text.h"
#include "sim/yaml.h"

/* What a key holds, and the C type that `offset` points to. */
enum field_kind {
	FIELD_SKIP,     /* known and without effect: accepted whatever it holds; nothing is stored */
	FIELD_BOOL,     /* bool */
	FIELD_INT32,    /* int32_t */
	FIELD_UINT32,   /* uint32_t */
	FIELD_INT64,    /* int64_t */
	FIELD_UINT64,   /* uint64_t */
	FIELD_DOUBLE,   /* double */
	FIELD_SECONDS,  /* sim_time; a whole number of seconds, as in Kubernetes objects */
	FIELD_TIME,     /* sim_time; a duration with its unit; when the name ends in "Seconds", also a plain number */
	FIELD_DIST,     /* struct dist */
	FIELD_CONSTANT, /* struct dist that may only be a constant */
	FIELD_NAME,     /* uint32_t, id of a text */
	FIELD_ENUM,     /* uint8_t, position in `choices` */
	FIELD_CUSTOM,   /* whatever read() makes of it */
};

struct field_context;

/* A table ends with a row without a name. */
struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	const char *fallback;                    /* default as text; NULL: leave the object alone */
	const char *(*fallback_at)(int variant); /* instead of fallback, where the default depends on a version */
	double low, high;                        /* inclusive range, in seconds for times; both 0: that of the type */
	const char *const *choices;              /* FIELD_ENUM: ends with NULL */
	bool (*read)(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);
	const struct field *rows; /* table of the maps below this key, for explain */
	const char *type;         /* FIELD_CUSTOM: what to write, for explain and messages */
	const char *unit, *meaning, *source;
};

/* Who reads, where mistakes go, and how strict to be. */
struct field_context {
	struct arena *arena;
	struct names *names;
	struct diag *diag;
	int variant;     /* passed to fallback_at() */
	bool lenient;    /* an unknown key is noted as not simulated instead of refused */
	bool typed_text; /* a plain number or boolean is not a text, as in the Kubernetes API */
	void *user;      /* for read() */
};

/* The row called name, or NULL. */
const struct field *field_find(const struct field *table, const char *name);

/* Writes the default of every row that has one. Defaults that do not parse are a defect: asserted, and tested. */
void field_defaults(const struct field_context *c, const struct field *table, void *object);

/*
 * Reads the value of one key into object. A null value counts as absent. Returns false if anything was reported:
 * wrong type, out of range, or what read() found.
 */
bool field_read(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object);

/*
 * Reads all pairs of map. what names the map in messages: "a failure" (strict) or "Pod spec" (lenient). An unknown key
 * is an error with the nearest known key as help, or a note. Returns false if anything was reported as an error.
 */
bool field_read_map(struct field_context *c, const struct field *table, const struct yaml_node *map, void *object,
		    const char *what);

/*
 * Parses text as the value of f into object: for defaults and tests. quoted as in struct yaml_node. Returns NULL, or
 * what the value should have been ("a whole number"), leaving object alone. Not for FIELD_SKIP and FIELD_CUSTOM.
 */
const char *field_parse(const struct field_context *c, const struct field *f, const char *text, bool quoted,
			void *object);

/* Type, range and choices in words: "duration, 1s to 1h"; for explain. */
void field_print_type(const struct field *f, struct text *out);
void field_print_range(const struct field *f, struct text *out);

/* The default as text in this variant, or NULL. */
const char *field_fallback(const struct field *f, int variant);

/* Helpers for read(): report and return false unless node is of the kind; `name` is the key. */
bool field_want_map(struct field_context *c, const struct yaml_node *node, const char *name);
bool field_want_list(struct field_context *c, const struct yaml_node *node, const char *name);
/* The text of a scalar, or NULL after reporting. Applies typed_text. */
const char *field_want_text(struct field_context *c, const struct yaml_node *node, const char *name);
/* A list of texts as an array of name ids, of c->arena. Reports and returns false unless it is one. */
bool field_read_names(struct field_context *c, const struct yaml_node *list, const char *name, uint32_t *count,
		      uint32_t **out);
/* "Adds did you mean" from the names of the table. */
void field_suggest(struct diag *d, const struct field *table, const char *word);

#endif
