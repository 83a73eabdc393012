/* selector.c - label selectors of the command line (apimachinery pkg/labels/selector.go). */
#include "report/looks/selector.h"

#include <string.h>

#include "sim/text.h"

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"

static const char *skip(const char *s)
{
	return s + strspn(s, " ");
}

/* A word at *s, which moves past it and what blanks follow; "" where there is none. */
static const char *word(struct arena *a, const char **s)
{
	const size_t length = strspn(*s, WORD);
	const char *w = arena_text(a, *s, length);

	*s = skip(*s + length);
	return w;
}

static void add_value(struct label_term *t, struct arena *a, const char *value)
{
	t->value = (const char **)arena_grow(a, t->value, t->count, t->count + 1, sizeof(char *), _Alignof(char *));
	t->value[t->count++] = value;
}

/* "(a,b)" after in and notin. */
static bool values(struct label_term *t, struct arena *a, const char **s)
{
	if (**s != '(')
		return false;
	do {
		*s = skip(*s + 1);
		add_value(t, a, word(a, s));
	} while (**s == ',');
	if (**s != ')')
		return false;
	*s = skip(*s + 1);
	return true;
}

/* What follows the key. */
static bool rest(struct label_term *t, struct arena *a, const char **s)
{
	t->op = OP_EXISTS;
	if (**s == '=' || (**s == '!' && (*s)[1] == '=')) {
		t->op = **s == '=' ? OP_IN : OP_NOT_IN;
		*s = skip(*s + ((*s)[1] == '=' ? 2 : 1));
		add_value(t, a, word(a, s));
		return true;
	}
	if (**s == ',' || **s == '\0')
		return true;
	const char *op = word(a, s);
	if (strcmp(op, "in") != 0 && strcmp(op, "notin") != 0)
		return false;
	t->op = op[0] == 'i' ? OP_IN : OP_NOT_IN;
	return values(t, a, s);
}

const char *label_query_parse(struct label_query *q, struct arena *a, const char *text)
{
	const char *s = skip(text);

	*q = (struct label_query){0};
	for (bool more = true; more; s = more ? skip(s + 1) : s) {
		struct label_term t = {0};
		const bool absent = *s == '!';

		s = absent ? skip(s + 1) : s;
		t.key = word(a, &s);
		if (*t.key == '\0' || (!absent && !rest(&t, a, &s)) || (*s != '\0' && *s != ','))
			return text_format(a, "\"%s\" is no selector such as app=web,tier!=db,zone in (a,b)", text);
		if (absent)
			t.op = OP_DOES_NOT_EXIST;
		ARENA_RESERVE(a, q->term, q->capacity, q->terms + 1, struct label_term);
		q->term[q->terms++] = t;
		more = *s == ',';
	}
	return NULL;
}

static bool holds(const struct label_term *t, const char *value)
{
	if (t->op == OP_EXISTS || t->op == OP_DOES_NOT_EXIST)
		return (value != NULL) == (t->op == OP_EXISTS);
	for (uint32_t i = 0; value != NULL && i < t->count; i++)
		if (strcmp(t->value[i], value) == 0)
			return t->op == OP_IN;
	return t->op == OP_NOT_IN;
}

bool label_query_matches(const struct label_query *q, const struct labels *labels, const struct names *names)
{
	for (uint32_t i = 0; i < q->terms; i++) {
		const char *value = NULL;

		for (uint32_t k = 0; labels != NULL && k < labels->count; k++)
			if (strcmp(names_text(names, labels->item[k].key), q->term[i].key) == 0)
				value = names_text(names, labels->item[k].value);
		if (!holds(&q->term[i], value))
			return false;
	}
	return true;
}
