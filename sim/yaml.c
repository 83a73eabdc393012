/* yaml.c - builds trees from libyaml's events, with bounds on everything an input can blow up. */
#include "sim/yaml.h"

#include <string.h>
#include <yaml.h>

#include "sim/json.h"
#include "sim/names.h"

/* Most pairs that merge keys may copy, in one input: 64 MB of them. */
#define MERGED_MAX 4000000

/* Lists and maps under construction, and what is known of a value besides its node. */
struct entry {
	struct yaml_node *node;
	uint32_t size;   /* nodes in it, aliases expanded */
	uint32_t height; /* levels of lists and maps in it */
	uint32_t key;    /* id of a scalar where a map expects a key */
};

struct frame {
	struct yaml_node *node;
	size_t first; /* its children are the entries from here on */
	uint32_t size, height;
	uint32_t anchor; /* id, or 0 */
};

struct anchor {
	struct entry entry;
	uint32_t document;
	bool open; /* its list or map has not ended yet */
};

/* The last map in which a key was seen, and the pair it has there. */
struct seen {
	uint32_t map, pair;
};

struct reader {
	struct arena *arena, scratch;
	struct diag *diag;
	const char *file;
	struct yaml_docs *docs;
	bool failed, stop;
	uint32_t document, map;
	uint64_t total, merged;

	struct frame frame[YAML_MAX_DEPTH];
	uint32_t depth;
	struct entry *entry;
	size_t entries, entry_capacity;

	struct names keys; /* in arena: all pairs of a tree share the text of their keys */
	struct seen *seen;
	uint32_t seen_capacity;
	struct names anchor_names;
	struct anchor *anchor;
	uint32_t anchor_capacity;
	struct yaml_pair *pair; /* of the map that is ending */
	size_t pairs, pair_capacity;

	struct json_text text;
};

static struct mark place(const struct reader *r, const yaml_mark_t *at)
{
	size_t column = at->column + json_shortened(&r->text, at->index - at->column, at->index);

	return (struct mark){.file = r->file, .line = (uint32_t)at->line + 1, .column = (uint32_t)column + 1};
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind, const yaml_mark_t *at)
{
	struct yaml_node *node = ARENA_NEW(r->arena, 1, struct yaml_node);
	struct mark mark = place(r, at);

	node->kind = (uint8_t)kind;
	node->line = mark.line;
	node->column = mark.column;
	node->file = r->file;
	return node;
}

/* Whether the next value of the innermost map is a key. */
static bool expects_key(const struct reader *r)
{
	const struct frame *f = r->depth ? &r->frame[r->depth - 1] : NULL;

	return f && f->node->kind == YAML_MAP && !((r->entries - f->first) & 1);
}

static uint32_t key_id(struct reader *r, const struct yaml_node *node)
{
	return node->kind == YAML_SCALAR ? names_intern_n(&r->keys, node->text, node->count) : 0;
}

static void limit(struct reader *r, struct mark at, const char *what, uint32_t most)
{
	diag_error(r->diag, at, "%s (at most %u are read)", what, (unsigned)most);
	r->failed = r->stop = true;
}

static struct anchor *anchor_of(struct reader *r, const yaml_char_t *name)
{
	uint32_t id = names_intern(&r->anchor_names, (const char *)name);

	ARENA_RESERVE(&r->scratch, r->anchor, r->anchor_capacity, id + 1, struct anchor);
	return &r->anchor[id];
}

/* Adds a finished value to what encloses it. */
static void add_entry(struct reader *r, struct entry e)
{
	struct frame *f;

	if (!r->depth) {
		if (e.node->kind == YAML_SCALAR && !e.node->quoted && !e.node->count)
			return;
		ARENA_RESERVE(r->arena, r->docs->root, r->docs->capacity, r->docs->count + 1, struct yaml_node *);
		r->docs->root[r->docs->count++] = e.node;
		return;
	}
	f = &r->frame[r->depth - 1];
	f->size += e.size;
	if (f->height <= e.height)
		f->height = e.height + 1;
	ARENA_RESERVE(&r->scratch, r->entry, r->entry_capacity, r->entries + 1, struct entry);
	r->entry[r->entries++] = e;
}

static bool count_nodes(struct reader *r, uint32_t nodes, const yaml_mark_t *at)
{
	r->total += nodes;
	if (r->total > YAML_MAX_NODES)
		limit(r, place(r, at), "too many values, counting those behind aliases each time", YAML_MAX_NODES);
	return !r->stop;
}

static void read_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value, *tag = (const char *)event->data.scalar.tag;
	size_t length = event->data.scalar.length;
	struct entry e = {.size = 1};

	if (!count_nodes(r, 1, &event->start_mark))
		return;
	if (length >= UINT32_MAX || memchr(value, '\0', length)) {
		diag_error(r->diag, place(r, &event->start_mark), "a text with a zero character in it");
		r->failed = true;
		length = 0;
	}
	e.node = new_node(r, YAML_SCALAR, &event->start_mark);
	e.node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || (tag && !strcmp(tag, YAML_STR_TAG));
	e.node->count = (uint32_t)length;
	if (expects_key(r)) {
		e.key = names_intern_n(&r->keys, value, length);
		e.node->text = names_text(&r->keys, e.key);
	} else {
		e.node->text = length ? arena_text(r->arena, value, length) : "";
	}
	if (event->data.scalar.anchor)
		*anchor_of(r, event->data.scalar.anchor) = (struct anchor){.entry = e, .document = r->document};
	add_entry(r, e);
}

static void read_alias(struct reader *r, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct anchor *a = anchor_of(r, event->data.alias.anchor);
	struct mark at = place(r, &event->start_mark);
	struct entry e = a->entry;

	at.length = (uint32_t)strnlen(name, 1000) + 1;
	if (a->document != r->document || a->open) {
		if (a->document == r->document)
			diag_error(r->diag, at, "alias \"*%s\" stands within its own anchor", name);
		else
			diag_error(r->diag, at, "alias \"*%s\" has no anchor \"&%s\" before it", name, name);
		r->failed = true;
		/* What stands in for it must not lead to a second error. */
		e = (struct entry){.node = new_node(r, expects_key(r) ? YAML_SCALAR : YAML_MAP, &event->start_mark)};
		e.size = 1;
		if (e.node->kind == YAML_SCALAR)
			e.node->text = "";
	}
	if (!count_nodes(r, e.size, &event->start_mark))
		return;
	if (r->depth + e.height > YAML_MAX_DEPTH) {
		limit(r, at, "too many levels of lists and maps behind aliases", YAML_MAX_DEPTH);
		return;
	}
	if (expects_key(r))
		e.key = key_id(r, e.node);
	add_entry(r, e);
}

static void open_frame(struct reader *r, enum yaml_kind kind, const yaml_event_t *event, const yaml_char_t *anchor)
{
	struct frame f = {.first = r->entries, .size = 1, .height = 1};

	if (!count_nodes(r, 1, &event->start_mark))
		return;
	if (r->depth == YAML_MAX_DEPTH) {
		limit(r, place(r, &event->start_mark), "too many levels of lists and maps", YAML_MAX_DEPTH);
		return;
	}
	f.node = new_node(r, kind, &event->start_mark);
	if (anchor) {
		struct anchor *a = anchor_of(r, anchor);

		*a = (struct anchor){.document = r->document, .open = true};
		f.anchor = (uint32_t)(a - r->anchor);
	}
	r->frame[r->depth++] = f;
}

static void close_frame(struct reader *r)
{
	struct frame f = r->frame[--r->depth];
	struct entry e = {.node = f.node, .size = f.size, .height = f.height};

	r->entries = f.first;
	if (f.anchor)
		r->anchor[f.anchor] = (struct anchor){.entry = e, .document = r->document};
	add_entry(r, e);
}

static void end_list(struct reader *r)
{
	struct frame *f = &r->frame[r->depth - 1];
	size_t count = r->entries - f->first;

	f->node->item = ARENA_NEW(r->arena, count, struct yaml_node *);
	f->node->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		f->node->item[i] = r->entry[f->first + i].node;
	close_frame(r);
}

/* The record of a key in the map that is ending. */
static struct seen *seen_in_map(struct reader *r, uint32_t key, bool *before)
{
	struct seen *s;

	ARENA_RESERVE(&r->scratch, r->seen, r->seen_capacity, key + 1, struct seen);
	s = &r->seen[key];
	*before = s->map == r->map;
	s->map = r->map;
	return s;
}

static void add_pair(struct reader *r, const struct yaml_node *key, const struct yaml_node *value)
{
	ARENA_RESERVE(&r->scratch, r->pair, r->pair_capacity, r->pairs + 1, struct yaml_pair);
	r->pair[r->pairs++] = (struct yaml_pair){key, value};
}

static bool is_merge(const struct entry *e)
{
	return e->node->kind == YAML_SCALAR && !e->node->quoted && !strcmp(e->node->text, "<<");
}

static void add_explicit(struct reader *r, const struct entry *key, const struct yaml_node *value)
{
	struct seen *s;
	bool before;

	if (key->node->kind != YAML_SCALAR) {
		diag_error(r->diag, yaml_mark(key->node), "a list or map cannot be a key");
		r->failed = true;
		return;
	}
	s = seen_in_map(r, key->key, &before);
	if (before) {
		diag_error(r->diag, yaml_mark(key->node), "key \"%s\" occurs twice in this map, first on line %u",
			   key->node->text, (unsigned)r->pair[s->pair].key->line);
		r->failed = true;
		return;
	}
	s->pair = (uint32_t)r->pairs;
	add_pair(r, key->node, is_merge(key) ? NULL : value);
}

/* Adds the pairs of one map that are not there yet. */
static void merge_map(struct reader *r, const struct yaml_node *from, const struct yaml_node *key)
{
	bool before;

	r->merged += from->count;
	if (r->merged > MERGED_MAX) {
		limit(r, yaml_mark(key), "too many pairs copied by merge keys", MERGED_MAX);
		return;
	}
	for (uint32_t i = 0; i < from->count; i++) {
		seen_in_map(r, key_id(r, from->pair[i].key), &before);
		if (!before)
			add_pair(r, from->pair[i].key, from->pair[i].value);
	}
}

static void merge(struct reader *r, const struct yaml_node *key, const struct yaml_node *value)
{
	bool valid = value->kind != YAML_SCALAR;

	for (uint32_t i = 0; value->kind == YAML_LIST && i < value->count; i++)
		valid = valid && value->item[i]->kind == YAML_MAP;
	if (!valid) {
		diag_error(r->diag, yaml_mark(key), "a merge key needs a map or a list of maps");
		r->failed = true;
		return;
	}
	if (value->kind == YAML_MAP)
		merge_map(r, value, key);
	else
		for (uint32_t i = 0; i < value->count && !r->stop; i++)
			merge_map(r, value->item[i], key);
}

/* Leaves out the merge keys themselves, whose pairs have no value. */
static void store_pairs(struct reader *r, struct yaml_node *map)
{
	uint32_t kept = 0;

	map->pair = ARENA_NEW(r->arena, r->pairs, struct yaml_pair);
	for (size_t i = 0; i < r->pairs; i++)
		if (r->pair[i].value)
			map->pair[kept++] = r->pair[i];
	map->count = kept;
}

static void end_map(struct reader *r)
{
	struct frame *f = &r->frame[r->depth - 1];

	r->pairs = 0;
	r->map++;
	for (size_t i = f->first; i + 1 < r->entries; i += 2)
		add_explicit(r, &r->entry[i], r->entry[i + 1].node);
	for (size_t i = f->first; i + 1 < r->entries && !r->stop; i += 2)
		if (is_merge(&r->entry[i]))
			merge(r, r->entry[i].node, r->entry[i + 1].node);
	store_pairs(r, f->node);
	close_frame(r);
}

static void read_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		r->document++;
		break;
	case YAML_SCALAR_EVENT:
		read_scalar(r, event);
		break;
	case YAML_ALIAS_EVENT:
		read_alias(r, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		open_frame(r, YAML_LIST, event, event->data.sequence_start.anchor);
		break;
	case YAML_MAPPING_START_EVENT:
		open_frame(r, YAML_MAP, event, event->data.mapping_start.anchor);
		break;
	case YAML_SEQUENCE_END_EVENT:
		end_list(r);
		break;
	case YAML_MAPPING_END_EVENT:
		end_map(r);
		break;
	case YAML_STREAM_END_EVENT:
		r->stop = true;
		break;
	default:
		break;
	}
}

/* The place of a byte, for the errors of libyaml's decoder, which come without one. */
static struct mark place_of_byte(const struct reader *r, size_t offset)
{
	const char *bytes = r->text.bytes;
	yaml_mark_t at = {0, 0, 0};

	for (size_t i = 0; i < offset; i++) {
		if (((unsigned char)bytes[i] & 0xc0) == 0x80)
			continue;
		at.index++;
		at.column++;
		if (bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1] != '\n')) {
			at.line++;
			at.column = 0;
		}
	}
	return place(r, &at);
}

static void report(struct reader *r, const yaml_parser_t *parser)
{
	const char *problem = parser->problem ? parser->problem : "out of memory";
	struct mark at = place(r, &parser->problem_mark);
	size_t offset = parser->problem_offset < r->text.length ? parser->problem_offset : r->text.length;

	r->failed = true;
	if (parser->error == YAML_READER_ERROR) {
		diag_error(r->diag, place_of_byte(r, offset), "%s", problem);
		diag_help(r->diag, "the file must be UTF-8 text");
		return;
	}
	if (!parser->context)
		diag_error(r->diag, at, "%s", problem);
	else if (parser->context_mark.line == parser->problem_mark.line)
		diag_error(r->diag, at, "%s, %s", problem, parser->context);
	else
		diag_error(r->diag, at, "%s, %s that begins on line %zu", problem, parser->context,
			   parser->context_mark.line + 1);
	if (strstr(problem, "tab character"))
		diag_help(r->diag, "indent with spaces");
	if (!strcmp(problem, "found character that cannot start any token"))
		diag_help(r->diag, "indent with spaces, not tabs; put a text that begins with @, ` or %% in quotes");
}

/*
 * libyaml compares each %TAG line with all others, and copies its prefix into every tag that uses it, so a long list or
 * a long prefix would take time squared. No cluster's files have any.
 */
static bool has_tag_lines(struct reader *r)
{
	/* The last byte of any line break of YAML: LF, CR, U+0085, U+2028, U+2029. */
	static const char last_of_break[] = {'\n', '\r', '\x85', '\xa8', '\xa9'};
	const char *start = r->text.bytes, *end = start + r->text.length, *p = start;

	for (; (p = memmem(p, (size_t)(end - p), "%TAG", 4)); p += 4) {
		if (p > start && !memchr(last_of_break, p[-1], sizeof(last_of_break)))
			continue;
		diag_error(r->diag, place_of_byte(r, (size_t)(p - start)), "%%TAG directives are not supported");
		return true;
	}
	return false;
}

static void parse(struct reader *r)
{
	yaml_parser_t parser;
	yaml_event_t event;

	if (!yaml_parser_initialize(&parser)) {
		diag_error(r->diag, (struct mark){.file = r->file}, "out of memory");
		r->failed = true;
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)r->text.bytes, r->text.length);
	while (!r->stop) {
		if (!yaml_parser_parse(&parser, &event)) {
			report(r, &parser);
			break;
		}
		read_event(r, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

bool yaml_read(struct arena *a, struct diag *d, const char *file, const char *bytes, size_t length,
	       struct yaml_docs *docs)
{
	struct reader r = {.arena = a, .diag = d, .file = file, .docs = docs};

	if (length >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2))) {
		diag_error(d, (struct mark){.file = file}, "this is UTF-16 text; only UTF-8 is read");
		return false;
	}
	if (length >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		bytes += 3;
		length -= 3;
	}
	names_init(&r.keys, a, NULL);
	names_init(&r.anchor_names, &r.scratch, NULL);
	json_join_surrogates(&r.scratch, bytes, length, &r.text);
	r.failed = has_tag_lines(&r);
	if (!r.failed)
		parse(&r);
	arena_release(&r.scratch);
	return !r.failed;
}
