/* text.c - builds text in an arena. */
#include "sim/text.h"

#include <stdio.h>
#include <string.h>

void text_init(struct text *t, struct arena *a)
{
	*t = (struct text){.arena = a};
	ARENA_RESERVE(a, t->data, t->capacity, 1, char);
}

void text_add_n(struct text *t, const char *s, size_t length)
{
	ARENA_RESERVE(t->arena, t->data, t->capacity, t->length + length + 1, char);
	if (length)
		memcpy(t->data + t->length, s, length);
	t->length += length;
	t->data[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_n(t, s, strlen(s));
}

void text_vprintf(struct text *t, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(t->data + t->length, t->capacity - t->length, format, args);
	if (length > 0) {
		if ((size_t)length >= t->capacity - t->length) {
			ARENA_RESERVE(t->arena, t->data, t->capacity, t->length + (size_t)length + 1, char);
			vsnprintf(t->data + t->length, t->capacity - t->length, format, again);
		}
		t->length += (size_t)length;
	}
	t->data[t->length] = '\0';
	va_end(again);
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(t, format, args);
	va_end(args);
}

uint32_t text_decode(const char *s, size_t left, size_t *length)
{
	/* Smallest code of each length: anything below is an overlong form. */
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)s[0];
	size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	uint32_t code = n == 1 ? first : n ? first & (0x7fu >> n) : 0;

	*length = 1;
	if (!n || n > left)
		return TEXT_INVALID;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return TEXT_INVALID;
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return TEXT_INVALID;
	*length = n;
	return code;
}

static void add_json_char(struct text *t, const char *s, size_t length, uint32_t code)
{
	static const char escaped[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
	const char *found;

	if (code == TEXT_INVALID) {
		text_add(t, "\xef\xbf\xbd");
	} else if (code < 0x80 && (found = strchr(escaped, (int)code))) {
		char pair[2] = {'\\', letter[found - escaped]};

		text_add_n(t, pair, 2);
	} else if (code < 0x20) {
		text_printf(t, "\\u%04x", (unsigned)code);
	} else {
		text_add_n(t, s, length);
	}
}

void text_add_json(struct text *t, const char *s)
{
	const char *end = s + strlen(s);
	size_t length;

	text_add_n(t, "\"", 1);
	for (; s < end; s += length) {
		uint32_t code = text_decode(s, (size_t)(end - s), &length);

		add_json_char(t, s, length, code);
	}
	text_add_n(t, "\"", 1);
}

char *text_format(struct arena *a, const char *format, ...)
{
	char small[256];
	char *result;
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(small, sizeof(small), format, args);
	if (length < 0) {
		result = arena_text(a, "", 0);
	} else if ((size_t)length < sizeof(small)) {
		result = arena_text(a, small, (size_t)length);
	} else {
		result = arena_alloc(a, (size_t)length + 1, 1, 1);
		vsnprintf(result, (size_t)length + 1, format, again);
	}
	va_end(again);
	va_end(args);
	return result;
}
