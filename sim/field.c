/* field.c - parsing, defaulting and checking by option tables. */
#include "sim/field.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dist.h"
#include "sim/time.h"

const struct field *field_find(const struct field *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

const char *field_fallback(const struct field *f, int variant)
{
	return f->fallback_at ? f->fallback_at(variant) : f->fallback;
}

static bool has_range(const struct field *f)
{
	return f->low != 0 || f->high != 0;
}

static bool in_range(const struct field *f, double value)
{
	return !has_range(f) || (value >= f->low && value <= f->high);
}

static bool text_is_int(const char *text)
{
	size_t digits;

	if (*text == '-' || *text == '+')
		text++;
	digits = strspn(text, "0123456789");
	return digits > 0 && !text[digits];
}

/* strtod() also takes "inf", "nan" and hexadecimal; configuration files do not. */
static bool text_is_number(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole = strspn(p, "0123456789"), part = 0;

	p += whole;
	if (*p == '.') {
		part = strspn(p + 1, "0123456789");
		p += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		if (!strspn(p, "0123456789"))
			return false;
		p += strspn(p, "0123456789");
	}
	return !*p;
}

/* YAML 1.1 booleans, which kubectl accepts too. 1, 0, or -1 for no boolean. */
static int text_bool(const char *text)
{
	static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
	static const char *const no[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcmp(text, yes[i]))
			return 1;
		if (!strcmp(text, no[i]))
			return 0;
	}
	return -1;
}

static const char *parse_int(const struct field *f, const char *text, bool quoted, void *at)
{
	long long value;

	if (quoted || !text_is_int(text))
		return "a whole number";
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno)
		return "a smaller number";
	if (!in_range(f, (double)value))
		return "";
	switch (f->kind) {
	case FIELD_INT32:
		if (value < INT32_MIN || value > INT32_MAX)
			return "a number that fits 32 bits";
		*(int32_t *)at = (int32_t)value;
		break;
	case FIELD_UINT32:
		if (value < 0 || value > UINT32_MAX)
			return "a number from 0 to 4294967295";
		*(uint32_t *)at = (uint32_t)value;
		break;
	case FIELD_SECONDS:
		if (value > INT32_MAX || value < INT32_MIN)
			return "a number of seconds that fits 32 bits";
		*(sim_time *)at = SECONDS(value);
		break;
	default:
		*(int64_t *)at = value;
	}
	return NULL;
}

static const char *parse_uint64(const struct field *f, const char *text, bool quoted, void *at)
{
	unsigned long long value;

	if (quoted || !text_is_int(text) || *text == '-')
		return "a whole number of 0 or more";
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno)
		return "a number below 2^64";
	if (!in_range(f, (double)value))
		return "";
	*(uint64_t *)at = value;
	return NULL;
}

static const char *parse_double(const struct field *f, const char *text, bool quoted, void *at)
{
	double value;

	if (quoted || !text_is_number(text))
		return "a number";
	value = strtod(text, NULL);
	if (!isfinite(value))
		return "a smaller number";
	if (!in_range(f, value))
		return "";
	*(double *)at = value;
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length >= n && !strcmp(text + length - n, end);
}

static const char *parse_time(const struct field *f, const char *text, void *at)
{
	sim_time value;

	if (ends_with(f->name, "Seconds") && text_is_number(text) && *text != '-')
		value = time_from_seconds(strtod(text, NULL));
	else if (!time_parse(text, &value))
		return "a duration such as 40s or 1m30s";
	if (!in_range(f, time_seconds(value)))
		return "";
	*(sim_time *)at = value;
	return NULL;
}

static const char *parse_dist(const struct field *f, const char *text, void *at)
{
	struct dist value = {.kind = DIST_CONSTANT};
	const char *wrong = dist_parse(text, &value);

	if (wrong)
		return f->kind == FIELD_CONSTANT ? "a duration such as 5ms"
						 : "a duration or a distribution such as lognormal(2s, 0.5)";
	if (f->kind == FIELD_CONSTANT && value.kind != DIST_CONSTANT)
		return "a constant duration such as 5ms";
	if (!in_range(f, time_seconds(value.a)) || !in_range(f, time_seconds(value.b)))
		return "";
	*(struct dist *)at = value;
	return NULL;
}

static const char *parse_enum(const struct field *f, const char *text, void *at)
{
	for (uint8_t i = 0; f->choices[i]; i++)
		if (!strcmp(f->choices[i], text)) {
			*(uint8_t *)at = i;
			return NULL;
		}
	return "";
}

static bool text_is_typed(const char *text)
{
	return text_is_number(text) || text_bool(text) >= 0;
}

const char *field_parse(const struct field_context *c, const struct field *f, const char *text, bool quoted,
			void *object)
{
	void *at = (char *)object + f->offset;

	switch (f->kind) {
	case FIELD_BOOL:
		if (quoted || text_bool(text) < 0)
			return "true or false";
		*(bool *)at = text_bool(text) == 1;
		return NULL;
	case FIELD_INT32:
	case FIELD_UINT32:
	case FIELD_INT64:
	case FIELD_SECONDS:
		return parse_int(f, text, quoted, at);
	case FIELD_UINT64:
		return parse_uint64(f, text, quoted, at);
	case FIELD_DOUBLE:
		return parse_double(f, text, quoted, at);
	case FIELD_TIME:
		return parse_time(f, text, at);
	case FIELD_DIST:
	case FIELD_CONSTANT:
		return parse_dist(f, text, at);
	case FIELD_NAME:
		if (c->typed_text && !quoted && text_is_typed(text))
			return "a text";
		*(uint32_t *)at = names_intern(c->names, text);
		return NULL;
	case FIELD_ENUM:
		return parse_enum(f, text, at);
	case FIELD_SKIP:
	case FIELD_CUSTOM:
		break;
	}
	return NULL;
}

void field_defaults(const struct field_context *c, const struct field *table, void *object)
{
	for (; table->name; table++) {
		const char *text = field_fallback(table, c->variant);
		const char *wrong;

		if (!text || table->kind == FIELD_SKIP || table->kind == FIELD_CUSTOM)
			continue;
		wrong = field_parse(c, table, text, table->kind == FIELD_NAME, object);
		assert(!wrong);
		(void)wrong;
	}
}

static const char *kind_in_words(const struct yaml_node *node)
{
	return node->kind == YAML_MAP ? "a map" : node->kind == YAML_LIST ? "a list" : "a plain value";
}

bool field_want_map(struct field_context *c, const struct yaml_node *node, const char *name)
{
	if (node->kind == YAML_MAP)
		return true;
	diag_error(c->diag, yaml_mark(node), "%s must be a map, not %s", name, kind_in_words(node));
	return false;
}

bool field_want_list(struct field_context *c, const struct yaml_node *node, const char *name)
{
	if (node->kind == YAML_LIST)
		return true;
	diag_error(c->diag, yaml_mark(node), "%s must be a list, not %s", name, kind_in_words(node));
	return false;
}

const char *field_want_text(struct field_context *c, const struct yaml_node *node, const char *name)
{
	if (node->kind != YAML_SCALAR) {
		diag_error(c->diag, yaml_mark(node), "%s must be a text, not %s", name, kind_in_words(node));
		return NULL;
	}
	if (c->typed_text && !node->quoted && text_is_typed(node->text)) {
		diag_error(c->diag, yaml_mark(node), "%s must be a text, not the %s %s", name,
			   text_bool(node->text) >= 0 ? "boolean" : "number", node->text);
		diag_help(c->diag, "put it in quotes: \"%s\"", node->text);
		return NULL;
	}
	return node->text;
}

static void report_choice(struct field_context *c, const struct field *f, const struct yaml_node *value)
{
	struct text list;
	uint32_t count = 0;

	text_init(&list, c->arena);
	for (; f->choices[count]; count++)
		text_printf(&list, "%s%s", count ? ", " : "", *f->choices[count] ? f->choices[count] : "\"\"");
	diag_error(c->diag, yaml_mark(value), "%s must be one of %s, not \"%s\"", f->name, list.data, value->text);
	diag_suggest(c->diag, value->text, f->choices, count);
}

static void report_value(struct field_context *c, const struct field *f, const struct yaml_node *value,
			 const char *want)
{
	if (f->kind == FIELD_ENUM) {
		report_choice(c, f, value);
		return;
	}
	if (!*want) {
		struct text range;

		text_init(&range, c->arena);
		field_print_range(f, &range);
		diag_error(c->diag, yaml_mark(value), "%s is %s, out of its range %s", f->name, value->text,
			   range.data);
		return;
	}
	diag_error(c->diag, yaml_mark(value), "%s must be %s, not %s\"%s\"", f->name, want,
		   value->quoted && f->kind <= FIELD_SECONDS ? "the text " : "", value->text);
	if (value->quoted && (text_is_int(value->text) || text_bool(value->text) >= 0) && f->kind <= FIELD_SECONDS)
		diag_help(c->diag, "leave the quotes out");
	else if (f->kind == FIELD_TIME && text_is_number(value->text))
		diag_help(c->diag, "durations need a unit: %ss", value->text);
}

bool field_read(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	const char *want;

	if (f->kind == FIELD_SKIP || yaml_is_null(value))
		return true;
	if (f->kind == FIELD_CUSTOM)
		return f->read(c, f, value, object);
	if (value->kind != YAML_SCALAR) {
		struct text type;

		text_init(&type, c->arena);
		field_print_type(f, &type);
		diag_error(c->diag, yaml_mark(value), "%s must be one value (%s), not %s", f->name, type.data,
			   kind_in_words(value));
		return false;
	}
	if (f->kind == FIELD_NAME && !field_want_text(c, value, f->name))
		return false;
	want = field_parse(c, f, value->text, value->quoted, object);
	if (want)
		report_value(c, f, value, want);
	return !want;
}

bool field_read_names(struct field_context *c, const struct yaml_node *list, const char *name, uint32_t *count,
		      uint32_t **out)
{
	bool fine = true;

	*count = 0;
	if (!field_want_list(c, list, name))
		return false;
	*out = ARENA_NEW(c->arena, list->count, uint32_t);
	for (uint32_t i = 0; i < list->count; i++) {
		const char *text = field_want_text(c, list->item[i], name);

		fine &= text != NULL;
		if (text != NULL)
			(*out)[(*count)++] = names_intern(c->names, text);
	}
	return fine;
}

void field_suggest(struct diag *d, const struct field *table, const char *word)
{
	const char *known[128];
	uint32_t count = 0;

	for (; table->name && count < 128; table++)
		known[count++] = table->name;
	diag_suggest(d, word, known, count);
}

/* True when one character more, less or other makes a of b. */
static bool one_apart(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return !strcmp(*a ? a + 1 : a, *b ? b + 1 : b) || (*a && !strcmp(a + 1, b)) || (*b && !strcmp(a, b + 1));
}

/* A foreign schema has more keys than the table, so an unknown one is only noted; a typing slip is pointed out. */
static void note_unknown(struct field_context *c, const struct field *table, const struct yaml_node *key,
			 const char *what)
{
	for (const struct field *f = table; f->name; f++)
		if (one_apart(f->name, key->text)) {
			diag_note(c->diag, yaml_mark(key), "%s.%s is not simulated; is %s meant?", what, key->text,
				  f->name);
			return;
		}
	diag_note(c->diag, yaml_mark(key), "%s.%s is not simulated", what, key->text);
}

bool field_read_map(struct field_context *c, const struct field *table, const struct yaml_node *map, void *object,
		    const char *what)
{
	bool fine = true;

	if (!field_want_map(c, map, what))
		return false;
	for (uint32_t i = 0; i < map->count; i++) {
		const struct yaml_node *key = map->pair[i].key;
		const struct field *f = field_find(table, key->text);

		if (f) {
			fine &= field_read(c, f, map->pair[i].value, object);
		} else if (c->lenient) {
			note_unknown(c, table, key, what);
		} else {
			diag_error(c->diag, yaml_mark(key), "unknown key \"%s\" in %s", key->text, what);
			field_suggest(c->diag, table, key->text);
			fine = false;
		}
	}
	return fine;
}

void field_print_type(const struct field *f, struct text *out)
{
	static const char *const words[] = {
		[FIELD_SKIP] = "anything, without effect",
		[FIELD_BOOL] = "true or false",
		[FIELD_INT32] = "whole number",
		[FIELD_UINT32] = "whole number",
		[FIELD_INT64] = "whole number",
		[FIELD_UINT64] = "whole number",
		[FIELD_DOUBLE] = "number",
		[FIELD_SECONDS] = "whole number of seconds",
		[FIELD_TIME] = "duration",
		[FIELD_DIST] = "distribution",
		[FIELD_CONSTANT] = "constant duration",
		[FIELD_NAME] = "text",
		[FIELD_ENUM] = "one of ",
		[FIELD_CUSTOM] = "",
	};

	text_add(out, words[f->kind]);
	if (f->kind == FIELD_CUSTOM)
		text_add(out, f->type ? f->type : "map or list");
	if (f->kind == FIELD_TIME && ends_with(f->name, "Seconds"))
		text_add(out, " or number of seconds");
	if (f->kind == FIELD_ENUM)
		for (uint32_t i = 0; f->choices[i]; i++)
			text_printf(out, "%s%s", i ? ", " : "", f->choices[i]);
}

void field_print_range(const struct field *f, struct text *out)
{
	char low[TIME_TEXT_MAX], high[TIME_TEXT_MAX];

	if (!has_range(f))
		return;
	switch (f->kind) {
	case FIELD_TIME:
	case FIELD_DIST:
	case FIELD_CONSTANT:
		time_print(time_from_seconds(f->low), low);
		time_print(time_from_seconds(f->high), high);
		text_printf(out, "%s to %s", low, high);
		break;
	default:
		text_printf(out, "%.15g to %.15g", f->low, f->high);
	}
}
