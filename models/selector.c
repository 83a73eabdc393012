/* selector.c - matching: labels, selectors, tolerations. Rules: kube-scheduler.md 3.6, 3.7 and 5. */
#include "models/objects.h"

#include <stdlib.h>
#include <string.h>

uint32_t labels_get(const struct labels *l, uint32_t key, bool *present)
{
	uint32_t low = 0, high = l->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (l->item[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < l->count && l->item[low].key == key) {
		if (present)
			*present = true;
		return l->item[low].value;
	}
	if (present)
		*present = false;
	return 0;
}

/* Base-10 int64 with sign and leading zeros, as strconv.ParseInt reads it; false otherwise. */
static bool parse_int64(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;

	if (*text == '-' || *text == '+')
		text++;
	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

static bool contains(const struct requirement *r, uint32_t value)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->value[i] == value)
			return true;
	return false;
}

bool requirement_matches(const struct requirement *r, const struct labels *l, const struct names *names)
{
	bool present;
	uint32_t value = labels_get(l, r->key, &present);
	int64_t number;

	switch ((enum selector_op)r->op) {
	case OP_IN:
		return present && contains(r, value);
	case OP_NOT_IN:
		return !present || !contains(r, value);
	case OP_EXISTS:
		return present;
	case OP_DOES_NOT_EXIST:
		return !present;
	case OP_GT:
		return present && parse_int64(names_text(names, value), &number) && number > r->number;
	case OP_LT:
		return present && parse_int64(names_text(names, value), &number) && number < r->number;
	}
	return false;
}

bool selector_matches(const struct selector *s, const struct labels *l, const struct names *names)
{
	if (!s->present)
		return false;
	for (uint32_t i = 0; i < s->count; i++)
		if (!requirement_matches(&s->item[i], l, names))
			return false;
	return true;
}

bool toleration_tolerates(const struct toleration *t, const struct taint *taint)
{
	if (t->effect != EFFECT_NONE && t->effect != taint->effect)
		return false;
	if (t->key && t->key != taint->key)
		return false;
	return t->exists || t->value == taint->value;
}
