/* tabs.c - the algorithm of Go's text/tabwriter, for cells aligned to the left and padded with spaces. */
#include "report/looks/tabs.h"

#include <stdbool.h>
#include <string.h>

struct cell {
	const char *at;
	size_t length, width; /* bytes, characters */
};

struct line {
	uint32_t first, cells; /* the last cell is not ended by a tab */
};

struct table {
	struct tabs tabs;
	struct arena arena;
	struct cell *cell;
	struct line *line;
	uint32_t cells, cell_capacity, lines, line_capacity;
	size_t *width; /* of the columns whose block is being formatted */
	uint32_t widths, width_capacity;
	struct text *out;
};

static size_t characters(const char *s, size_t length)
{
	size_t count = 0, step;

	for (size_t i = 0; i < length; i += step, count++)
		text_decode(s + i, length - i, &step);
	return count;
}

static void split(struct table *t, const char *source)
{
	while (*source != '\0') {
		ARENA_RESERVE(&t->arena, t->line, t->line_capacity, t->lines + 1, struct line);
		struct line *l = &t->line[t->lines++];

		*l = (struct line){.first = t->cells};
		for (char end = '\t'; end == '\t'; source += end != '\0') {
			size_t length = strcspn(source, "\t\n");

			ARENA_RESERVE(&t->arena, t->cell, t->cell_capacity, t->cells + 1, struct cell);
			t->cell[t->cells++] = (struct cell){source, length, characters(source, length)};
			l->cells++;
			source += length;
			end = *source;
		}
	}
}

static void write_lines(struct table *t, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		const struct line *l = &t->line[i];

		for (uint32_t k = 0; k < l->cells; k++) {
			const struct cell *c = &t->cell[l->first + k];

			text_add_n(t->out, c->at, c->length);
			if (k < t->widths)
				text_printf(t->out, "%*s", (int)(t->width[k] - c->width), "");
		}
		text_add(t->out, "\n");
	}
}

static bool has_column(const struct table *t, uint32_t line, uint32_t column)
{
	return column + 1 < t->line[line].cells;
}

/* Lines from .. to - 1, whose first t->widths columns have their widths. Each block of the next column is measured and
 * formatted with what is right of it; lines between blocks are written as they are. Depth: the columns of a line. */
static void format(struct table *t, uint32_t from, uint32_t to)
{
	uint32_t column = t->widths;

	for (uint32_t i = from; i < to; i++) {
		size_t width = t->tabs.minwidth;

		if (!has_column(t, i, column))
			continue;
		write_lines(t, from, i);
		from = i;
		for (; i < to && has_column(t, i, column); i++) {
			size_t w = t->cell[t->line[i].first + column].width + t->tabs.padding;

			width = w > width ? w : width;
		}
		ARENA_RESERVE(&t->arena, t->width, t->width_capacity, t->widths + 1, size_t);
		t->width[t->widths++] = width;
		format(t, from, i);
		t->widths--;
		from = i;
	}
	write_lines(t, from, to);
}

void tabs_align(struct text *out, const char *source, struct tabs tabs)
{
	struct table t = {.tabs = tabs, .out = out};

	split(&t, source);
	format(&t, 0, t.lines);
	arena_release(&t.arena);
}
