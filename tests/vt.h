/* vt.h - a terminal in memory: as much of xterm as ncurses makes use of, to see what a user would see. */
#ifndef TESTS_VT_H
#define TESTS_VT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VT_ROWS 100
#define VT_COLUMNS 200

struct vt {
	int rows, columns, y, x, top, bottom, saved_y, saved_x;
	bool alternate, hidden, coloured; /* the second screen is shown; the cursor is not; colours were asked for */
	uint32_t cell[VT_ROWS][VT_COLUMNS];
	uint32_t last;   /* character printed last, for REP */
	char escape[64]; /* what has come of an escape sequence */
	size_t escape_length;
	unsigned code, more; /* of a UTF-8 character */
};

static inline void vt_clear(struct vt *v, int y, int from, int to)
{
	for (int x = from; x < to && x < v->columns; x++)
		v->cell[y][x] = ' ';
}

static inline void vt_init(struct vt *v, int rows, int columns)
{
	memset(v, 0, sizeof(*v));
	v->rows = rows;
	v->columns = columns;
	v->bottom = rows - 1;
	for (int y = 0; y < VT_ROWS; y++)
		for (int x = 0; x < VT_COLUMNS; x++)
			v->cell[y][x] = ' ';
}

static inline void vt_size(struct vt *v, int rows, int columns)
{
	v->rows = rows;
	v->columns = columns;
	v->top = 0;
	v->bottom = rows - 1;
}

/* Moves rows from..to up by n, or down if n is negative. */
static inline void vt_scroll(struct vt *v, int from, int to, int n)
{
	for (; n > 0; n--) {
		memmove(v->cell[from], v->cell[from + 1], (size_t)(to - from) * sizeof(v->cell[0]));
		vt_clear(v, to, 0, v->columns);
	}
	for (; n < 0; n++) {
		memmove(v->cell[from + 1], v->cell[from], (size_t)(to - from) * sizeof(v->cell[0]));
		vt_clear(v, from, 0, v->columns);
	}
}

static inline void vt_line_feed(struct vt *v)
{
	if (v->y == v->bottom)
		vt_scroll(v, v->top, v->bottom, 1);
	else if (v->y < v->rows - 1)
		v->y++;
}

static inline void vt_print(struct vt *v, uint32_t code)
{
	if (v->x >= v->columns) {
		v->x = 0;
		vt_line_feed(v);
	}
	v->cell[v->y][v->x++] = code;
	v->last = code;
}

static inline int vt_within(int i, int count)
{
	return i < 0 ? 0 : i >= count ? count - 1 : i;
}

static inline void vt_private(struct vt *v, const char *numbers, bool on)
{
	for (const char *p = numbers; *p != '\0'; p += *p == ';') {
		char *end;
		const long n = strtol(p, &end, 10);

		if (n == 1049)
			v->alternate = on;
		if (n == 25)
			v->hidden = !on;
		p = end > p ? end : p + 1;
	}
}

static inline void vt_shift(struct vt *v, int n, bool insert)
{
	uint32_t *row = v->cell[v->y];
	const int left = v->columns - v->x;

	n = n > left ? left : n;
	if (insert) {
		memmove(row + v->x + n, row + v->x, (size_t)(left - n) * sizeof(*row));
		vt_clear(v, v->y, v->x, v->x + n);
	} else {
		memmove(row + v->x, row + v->x + n, (size_t)(left - n) * sizeof(*row));
		vt_clear(v, v->y, v->columns - n, v->columns);
	}
}

/* ESC [ numbers, final byte `what`. */
static inline void vt_csi(struct vt *v, const char *text, char what)
{
	const int a = atoi(text), n = a > 0 ? a : 1;
	const char *semicolon = strchr(text, ';');
	const int b = semicolon != NULL && atoi(semicolon + 1) > 0 ? atoi(semicolon + 1) : 1;

	switch (what) {
	case 'H':
	case 'f':
		v->y = vt_within(n - 1, v->rows);
		v->x = vt_within(b - 1, v->columns);
		break;
	case 'A':
		v->y = vt_within(v->y - n, v->rows);
		break;
	case 'B':
		v->y = vt_within(v->y + n, v->rows);
		break;
	case 'C':
		v->x = vt_within(v->x + n, v->columns);
		break;
	case 'D':
		v->x = vt_within(v->x - n, v->columns);
		break;
	case 'd':
		v->y = vt_within(n - 1, v->rows);
		break;
	case 'G':
		v->x = vt_within(n - 1, v->columns);
		break;
	case 'J':
		for (int y = a >= 2 ? 0 : v->y + 1; a != 1 && y < v->rows; y++)
			vt_clear(v, y, 0, v->columns);
		for (int y = 0; a == 1 && y < v->y; y++)
			vt_clear(v, y, 0, v->columns);
		if (a < 2)
			vt_clear(v, v->y, a == 1 ? 0 : v->x, a == 1 ? v->x + 1 : v->columns);
		break;
	case 'K':
		vt_clear(v, v->y, a == 0 ? v->x : 0, a == 1 ? v->x + 1 : v->columns);
		break;
	case 'X':
		vt_clear(v, v->y, v->x, v->x + n);
		break;
	case '@':
	case 'P':
		vt_shift(v, n, what == '@');
		break;
	case 'L':
	case 'M':
		vt_scroll(v, v->y, v->bottom, what == 'L' ? -n : n);
		break;
	case 'S':
	case 'T':
		vt_scroll(v, v->top, v->bottom, what == 'S' ? n : -n);
		break;
	case 'b':
		for (int i = 0; i < n; i++)
			vt_print(v, v->last);
		break;
	case 'r':
		v->top = vt_within(n - 1, v->rows);
		v->bottom = semicolon != NULL ? vt_within(b - 1, v->rows) : v->rows - 1;
		v->y = v->x = 0;
		break;
	case 'm':
		v->coloured |= strstr(text, "3") != NULL || strstr(text, "4") != NULL;
		break;
	default:
		break;
	}
}

/* One byte of an escape sequence; ends it where it is whole. */
static inline void vt_escape(struct vt *v, char byte)
{
	char *e = v->escape;

	if (v->escape_length + 1 < sizeof(v->escape))
		e[v->escape_length++] = byte;
	e[v->escape_length] = '\0';
	if (e[0] == '[') {
		if (v->escape_length == 1 || byte < 0x40 || byte > 0x7e)
			return;
		e[v->escape_length - 1] = '\0';
		if (e[1] == '?')
			vt_private(v, e + 2, byte == 'h');
		else if (e[1] != '>')
			vt_csi(v, e + 1, byte);
	} else if (strchr("()", e[0]) != NULL) {
		if (v->escape_length < 2)
			return;
	} else if (e[0] == '7') {
		v->saved_y = v->y;
		v->saved_x = v->x;
	} else if (e[0] == '8') {
		v->y = v->saved_y;
		v->x = v->saved_x;
	} else if (e[0] == 'M') {
		if (v->y == v->top)
			vt_scroll(v, v->top, v->bottom, -1);
		else if (v->y > 0)
			v->y--;
	}
	e[0] = '\0';
	v->escape_length = SIZE_MAX;
}

static inline void vt_byte(struct vt *v, unsigned char byte)
{
	if (v->escape_length == SIZE_MAX)
		v->escape_length = 0;
	if (v->escape[sizeof(v->escape) - 1] != 0) {
		vt_escape(v, (char)byte);
		if (v->escape_length == SIZE_MAX)
			v->escape[sizeof(v->escape) - 1] = 0;
		return;
	}
	if (byte == 0x1b) {
		v->escape_length = 0;
		v->escape[sizeof(v->escape) - 1] = 1; /* within a sequence */
	} else if (byte == '\r') {
		v->x = 0;
	} else if (byte == '\n') {
		vt_line_feed(v);
	} else if (byte == '\b') {
		v->x -= v->x > 0;
	} else if (byte >= 0xc0) {
		v->more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
		v->code = byte & (0x3fu >> v->more);
	} else if (byte >= 0x80) {
		v->code = v->code << 6 | (byte & 0x3f);
		if (v->more > 0 && --v->more == 0)
			vt_print(v, v->code);
	} else if (byte >= ' ') {
		vt_print(v, byte);
	}
}

/* The screen as UTF-8 text, without spaces at the ends of lines. */
static inline void vt_text(const struct vt *v, char *out)
{
	for (int y = 0; y < v->rows; y++) {
		int end = v->columns;

		while (end > 0 && v->cell[y][end - 1] == ' ')
			end--;
		for (int x = 0; x < end; x++) {
			const uint32_t c = v->cell[y][x];
			if (c < 0x80) {
				*out++ = (char)c;
			} else if (c < 0x800) {
				*out++ = (char)(0xc0 | c >> 6);
				*out++ = (char)(0x80 | (c & 0x3f));
			} else {
				*out++ = (char)(0xe0 | c >> 12);
				*out++ = (char)(0x80 | (c >> 6 & 0x3f));
				*out++ = (char)(0x80 | (c & 0x3f));
			}
		}
		*out++ = '\n';
	}
	*out = '\0';
}

#endif
