/* json.c - rewrites JSON's surrogate pairs. */
#include "sim/json.h"

#include <stdbool.h>
#include <string.h>

#include "sim/text.h"

/* The four digits behind "\u" at p, or -1. */
static long unicode_escape(const char *p, const char *end)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	long code = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		const char *found = memchr(digits, p[i], sizeof(digits) - 1);

		if (!found)
			return -1;
		code = code * 16 + (found - digits) % 16;
	}
	return code;
}

/* The character of the pair of escapes at p, or 0. */
static long surrogate_pair(const char *p, const char *end)
{
	long high = unicode_escape(p, end), low;

	if (high < 0xd800 || high > 0xdbff)
		return 0;
	low = unicode_escape(p + 6, end);
	return low < 0xdc00 || low > 0xdfff ? 0 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool may_have_pairs(const char *bytes, size_t length)
{
	size_t i = 0;

	while (i < length && is_space(bytes[i]))
		i++;
	return i < length && (bytes[i] == '{' || bytes[i] == '[') &&
	       (memmem(bytes, length, "\\ud", 3) || memmem(bytes, length, "\\uD", 3));
}

static size_t characters(const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

void json_join_surrogates(struct arena *a, const char *bytes, size_t length, struct json_text *out)
{
	const char *p = bytes, *end = bytes + length, *copied = bytes;
	size_t index = 0;
	bool quoted = false;
	struct text joined;

	*out = (struct json_text){.bytes = bytes, .length = length};
	if (!may_have_pairs(bytes, length))
		return;
	text_init(&joined, a);
	ARENA_RESERVE(a, joined.data, joined.capacity, length + 1, char);
	while (p < end) {
		long code = quoted ? surrogate_pair(p, end) : 0;

		if (code) {
			text_add_n(&joined, copied, (size_t)(p - copied));
			index += characters(copied, p);
			ARENA_RESERVE(a, out->cut, out->capacity, out->cuts + 1, size_t);
			out->cut[out->cuts++] = index;
			text_printf(&joined, "\\U%08lx", (unsigned long)code);
			index += 10;
			p += 12;
			copied = p;
			continue;
		}
		if (*p == '"')
			quoted = !quoted;
		/* What an escape begins is never the end of its string. */
		p += quoted && *p == '\\' && end - p > 1 ? 2 : 1;
	}
	text_add_n(&joined, copied, (size_t)(end - copied));
	out->bytes = joined.data;
	out->length = joined.length;
}

/* Cuts that lie before an index. */
static size_t cuts_before(const struct json_text *t, size_t index)
{
	size_t low = 0, high = t->cuts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->cut[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t json_shortened(const struct json_text *t, size_t from, size_t to)
{
	return t->cuts ? 2 * (cuts_before(t, to) - cuts_before(t, from)) : 0;
}
