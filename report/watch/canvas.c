/* canvas.c - puts characters into the grid; nothing here knows a terminal. */
#include "report/watch/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/text.h"

#define ELLIPSIS 0x2026
#define TEXT_MAX 512

void canvas_init(struct canvas *c, struct arena *a, int width, int height, bool ascii)
{
	*c = (struct canvas){.width = width < 1 ? 1 : width, .height = height < 1 ? 1 : height, .ascii = ascii};
	c->cell = ARENA_NEW(a, (size_t)c->width * (size_t)c->height, struct cell);
	for (int i = 0; i < c->width * c->height; i++)
		c->cell[i].code = ' ';
}

/* What stands for a character where only ASCII is sure to be shown. */
static uint32_t plain(uint32_t code)
{
	static const struct {
		uint32_t code;
		char ascii;
	} instead[] = {
		{0x2500, '-'}, {0x2502, '|'}, {0x2588, '#'}, {0x2591, '.'}, {0x00b7, '.'},
		{0x25b6, '>'}, {0x2016, '|'}, {0x2260, '!'}, {0x2715, 'X'}, {0x25b2, '^'},
		{0x2713, '+'}, {0x25cf, '*'}, {0x25cb, 'o'}, {0x2192, '>'}, {ELLIPSIS, '~'},
	};

	for (size_t i = 0; i < sizeof(instead) / sizeof(instead[0]); i++)
		if (instead[i].code == code)
			return (unsigned char)instead[i].ascii;
	return '?';
}

void canvas_put(struct canvas *c, int y, int x, uint32_t code, enum style style)
{
	if (y < 0 || y >= c->height || x < 0 || x >= c->width)
		return;
	if (code < ' ' || code == 0x7f || code == TEXT_INVALID)
		code = '?';
	c->cell[y * c->width + x] = (struct cell){c->ascii && code > 0x7e ? plain(code) : code, (uint8_t)style};
}

int canvas_text(struct canvas *c, int y, int x, int room, enum style style, const char *text)
{
	size_t left = strlen(text), length;
	const int end = x + room;

	for (; left > 0 && x < end; x++) {
		const uint32_t code = text_decode(text, left, &length);
		text += length;
		left -= length;
		canvas_put(c, y, x, left > 0 && x + 1 == end ? ELLIPSIS : code, style);
	}
	return x;
}

int canvas_format(struct canvas *c, int y, int x, int room, enum style style, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return canvas_text(c, y, x, room, style, text);
}

void canvas_fill(struct canvas *c, int y, int x, int room, uint32_t code, enum style style)
{
	for (int i = 0; i < room; i++)
		canvas_put(c, y, x + i, code, style);
}

void canvas_meter(struct canvas *c, int y, int x, int room, double share, enum style style)
{
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	const int full = share > 0 && share < 1 ? 1 + (int)(share * (room - 2) + 0.5) : (int)(share * room);

	canvas_fill(c, y, x, full < room ? full : room, 0x2588, style);
	canvas_fill(c, y, x + full, room - full, 0x2591, STYLE_DIM);
}

void canvas_mark(struct canvas *c, int y, int x, int room, enum style style)
{
	for (int i = x; i < x + room && i < c->width; i++)
		if (y >= 0 && y < c->height && i >= 0)
			c->cell[y * c->width + i].style = (uint8_t)style;
}
