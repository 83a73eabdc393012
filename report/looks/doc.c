/* doc.c - a JSON document as a tree, printed as JSON or YAML. */
#include "report/looks/doc.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct doc *make(struct arena *a, enum doc_kind kind, const char *text)
{
	struct doc *d = ARENA_NEW(a, 1, struct doc);

	*d = (struct doc){.arena = a, .kind = kind, .text = text};
	return d;
}

struct doc *doc_map(struct arena *a)
{
	return make(a, DOC_MAP, NULL);
}

struct doc *doc_list(struct arena *a)
{
	return make(a, DOC_LIST, NULL);
}

struct doc *doc_text(struct arena *a, const char *text)
{
	return make(a, DOC_TEXT, text);
}

struct doc *doc_number(struct arena *a, int64_t n)
{
	return make(a, DOC_PLAIN, text_format(a, "%" PRId64, n));
}

struct doc *doc_bool(struct arena *a, bool b)
{
	return make(a, DOC_PLAIN, b ? "true" : "false");
}

struct doc *doc_set(struct doc *map, const char *key, struct doc *value)
{
	uint32_t capacity = map->capacity;

	ARENA_RESERVE(map->arena, map->child, capacity, map->count + 1, struct doc *);
	ARENA_RESERVE(map->arena, map->key, map->capacity, map->count + 1, const char *);
	map->key[map->count] = key;
	map->child[map->count++] = value;
	return value;
}

struct doc *doc_set_text(struct doc *map, const char *key, const char *text)
{
	return doc_set(map, key, doc_text(map->arena, text));
}

struct doc *doc_set_number(struct doc *map, const char *key, int64_t n)
{
	return doc_set(map, key, doc_number(map->arena, n));
}

struct doc *doc_set_bool(struct doc *map, const char *key, bool b)
{
	return doc_set(map, key, doc_bool(map->arena, b));
}

struct doc *doc_set_map(struct doc *map, const char *key)
{
	return doc_set(map, key, doc_map(map->arena));
}

struct doc *doc_set_list(struct doc *map, const char *key)
{
	return doc_set(map, key, doc_list(map->arena));
}

struct doc *doc_add(struct doc *list, struct doc *value)
{
	return doc_set(list, NULL, value);
}

/* ---- order ---- */

struct pair {
	const char *key;
	struct doc *value;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* Depth: that of the document. */
void doc_sort(struct doc *d)
{
	struct pair *pair = ARENA_NEW(d->arena, d->count, struct pair);

	for (uint32_t i = 0; i < d->count; i++) {
		doc_sort(d->child[i]);
		pair[i] = (struct pair){d->kind == DOC_MAP ? d->key[i] : NULL, d->child[i]};
	}
	if (d->kind != DOC_MAP || d->count == 0)
		return;
	qsort(pair, d->count, sizeof(*pair), by_key);
	for (uint32_t i = 0; i < d->count; i++) {
		d->key[i] = pair[i].key;
		d->child[i] = pair[i].value;
	}
}

/* ---- JSON ---- */

static void spaces(struct text *out, int count)
{
	text_printf(out, "%*s", count, "");
}

static void json(const struct doc *d, int indent, int depth, struct text *out)
{
	const bool map = d->kind == DOC_MAP;

	if (d->kind == DOC_PLAIN)
		text_add(out, d->text);
	if (d->kind == DOC_TEXT)
		text_add_json(out, d->text);
	if (d->kind == DOC_PLAIN || d->kind == DOC_TEXT)
		return;
	if (d->count == 0) {
		text_add(out, map ? "{}" : "[]");
		return;
	}
	text_add(out, map ? "{\n" : "[\n");
	for (uint32_t i = 0; i < d->count; i++) {
		spaces(out, indent * (depth + 1));
		if (map) {
			text_add_json(out, d->key[i]);
			text_add(out, ": ");
		}
		json(d->child[i], indent, depth + 1, out);
		text_add(out, i + 1 < d->count ? ",\n" : "\n");
	}
	spaces(out, indent * depth);
	text_add(out, map ? "}" : "]");
}

void doc_print_json(const struct doc *d, int indent, struct text *out)
{
	json(d, indent, 0, out);
	text_add(out, "\n");
}

/* ---- YAML ---- */

/* Whether a reader would take the text for something else: a number, a date, true, null and the like. */
static bool reads_otherwise(const char *s)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"};
	char *end;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	if (strlen(s) >= 10 && isdigit((unsigned char)s[0]) && s[4] == '-' && s[7] == '-')
		return true;
	if (isdigit((unsigned char)s[0]) || s[0] == '.' || s[0] == '-' || s[0] == '+') {
		strtod(s, &end);
		return *end == '\0';
	}
	return false;
}

static bool is_plain(const char *s)
{
	const size_t length = strlen(s);

	if (strchr("-?:,[]{}#&*!|>'\"%@` ", s[0]) != NULL || s[length - 1] == ' ' || s[length - 1] == ':')
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)s[i] < ' ')
			return false;
	return strstr(s, ": ") == NULL && strstr(s, " #") == NULL;
}

static void yaml_text(const char *s, struct text *out)
{
	if (*s == '\0' || reads_otherwise(s) || strchr(s, '\n') != NULL) {
		text_add_json(out, s);
	} else if (is_plain(s)) {
		text_add(out, s);
	} else {
		text_add(out, "'");
		for (; *s != '\0'; s++)
			text_printf(out, *s == '\'' ? "''" : "%c", *s);
		text_add(out, "'");
	}
}

static bool is_leaf(const struct doc *d)
{
	return d->kind == DOC_PLAIN || d->kind == DOC_TEXT || d->count == 0;
}

static void yaml_leaf(const struct doc *d, struct text *out)
{
	if (d->kind == DOC_TEXT)
		yaml_text(d->text, out);
	else
		text_add(out, d->kind == DOC_PLAIN ? d->text : d->kind == DOC_MAP ? "{}" : "[]");
	text_add(out, "\n");
}

/* The first line is not indented: it follows a dash, or the caller has indented it. */
static void yaml(const struct doc *d, int depth, struct text *out)
{
	for (uint32_t i = 0; i < d->count; i++) {
		const struct doc *c = d->child[i];

		if (i > 0)
			spaces(out, depth);
		if (d->kind == DOC_LIST)
			text_add(out, "- ");
		else
			yaml_text(d->key[i], out);
		if (d->kind == DOC_MAP)
			text_add(out, is_leaf(c) ? ": " : ":\n");
		if (is_leaf(c)) {
			yaml_leaf(c, out);
			continue;
		}
		const int inside = d->kind == DOC_LIST || c->kind == DOC_MAP ? depth + 2 : depth;
		if (d->kind == DOC_MAP)
			spaces(out, inside);
		yaml(c, inside, out);
	}
}

void doc_print_yaml(const struct doc *d, struct text *out)
{
	if (is_leaf(d))
		yaml_leaf(d, out);
	else
		yaml(d, 0, out);
}
