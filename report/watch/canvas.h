/* canvas.h - a grid of characters with styles, drawn by the views and shown by terminal.c or compared by tests. */
#ifndef REPORT_WATCH_CANVAS_H
#define REPORT_WATCH_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"

/* What a thing means, not how it looks: terminal.c gives colours, or bold and underlined without. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,
	STYLE_BOLD,
	STYLE_BAR, /* title and key lines */
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
	STYLE_NOTE,     /* times, the strip's cursor */
	STYLE_SELECTED, /* the row that keys act on */
	STYLES
};

struct cell {
	uint32_t code; /* Unicode */
	uint8_t style;
};

struct canvas {
	int width, height;
	bool ascii; /* what is not ASCII is put as something that is */
	struct cell *cell;
};

/* An empty grid in a. Sizes below 1 are taken as 1. */
void canvas_init(struct canvas *c, struct arena *a, int width, int height, bool ascii);

/* One character; outside of the grid: nothing. */
void canvas_put(struct canvas *c, int y, int x, uint32_t code, enum style style);

/* UTF-8 text from x on, at most `room` columns; longer ones end in "…". Returns the column after it. */
int canvas_text(struct canvas *c, int y, int x, int room, enum style style, const char *text);
int canvas_format(struct canvas *c, int y, int x, int room, enum style style, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* A row of one character. */
void canvas_fill(struct canvas *c, int y, int x, int room, uint32_t code, enum style style);

/* A bar of `room` columns that is full by share (0..1). */
void canvas_meter(struct canvas *c, int y, int x, int room, double share, enum style style);

/* Gives a row another style and keeps its characters. */
void canvas_mark(struct canvas *c, int y, int x, int room, enum style style);

#endif
