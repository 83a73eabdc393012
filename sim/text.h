/* text.h - a growing text buffer in an arena. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/arena.h"

/* data is always zero-terminated after text_init(). */
struct text {
	struct arena *arena;
	char *data;
	size_t length, capacity;
	int columns; /* for those that break lines: where; 0 after text_init(): as they like */
};

void text_init(struct text *t, struct arena *a);
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t length);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *t, const char *format, va_list args);

/* Appends s as a JSON string with its quotes; invalid UTF-8 bytes become U+FFFD. */
void text_add_json(struct text *t, const char *s);

/* What text_decode() returns for a byte that begins no UTF-8 character. */
#define TEXT_INVALID UINT32_MAX

/* The code of the UTF-8 character at s, with left >= 1 bytes to read; *length is its bytes, 1 if it is invalid. */
uint32_t text_decode(const char *s, size_t left, size_t *length);

/* A formatted string in the arena. */
char *text_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
