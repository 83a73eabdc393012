/* fold_table.c - squeezes tables, and cuts them where all of their lines have blanks. */
#include "report/fold_table.h"

#include <stdint.h>
#include <string.h>

/* More words than these in the last column are sentences, which fold_lines() folds within their column. */
#define WORDS_MAX 6

struct line {
	char *text;
	size_t length;
};

struct table {
	struct line *line;
	uint32_t lines, capacity;
	size_t width; /* of the longest line */
};

/* Where the last column begins: after the last two blanks that follow anything. 0: there is no second column. */
static size_t last_column(const char *s, size_t length)
{
	size_t i = length;

	while (i > 2 && !(s[i - 1] == ' ' && s[i - 2] == ' '))
		i--;
	return i > 2 && strspn(s, " ") < i ? i : 0;
}

static uint32_t words(const char *s, size_t length)
{
	uint32_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += s[i] != ' ' && (i == 0 || s[i - 1] == ' ');
	return count;
}

/* Copies the lines of the table; returns how many bytes they are. */
static size_t read_lines(struct table *t, struct arena *a, const char *text)
{
	size_t used = 0;

	while (text[used] != '\0') {
		const char *s = text + used;
		const size_t length = strcspn(s, "\n");
		if (last_column(s, length) == 0)
			break;
		ARENA_RESERVE(a, t->line, t->capacity, t->lines + 1, struct line);
		struct line *l = &t->line[t->lines++];
		l->text = ARENA_NEW(a, length + 1, char);
		memcpy(l->text, s, length);
		l->length = length;
		t->width = length > t->width ? length : t->width;
		used += length + (s[length] == '\n');
	}
	return used;
}

/* Of a table of numbers and names each long line has a column that begins past the middle, and it is short. */
static bool is_of_cells(const struct table *t, size_t columns)
{
	for (uint32_t i = 0; i < t->lines; i++) {
		const struct line *l = &t->line[i];
		const size_t last = last_column(l->text, l->length);
		if (words(l->text + last, l->length - last) > WORDS_MAX || (l->length > columns && last <= columns / 2))
			return false;
	}
	return true;
}

static bool is_blank_in(const struct line *l, size_t column)
{
	return column >= l->length || l->text[column] == ' ';
}

static bool is_blank(const struct table *t, size_t column)
{
	for (uint32_t i = 0; i < t->lines; i++)
		if (!is_blank_in(&t->line[i], column))
			return false;
	return true;
}

/* Leaves two of the blanks that all lines have in common. */
static void squeeze(struct table *t)
{
	size_t kept = 0, blanks = 0;

	for (size_t c = 0; c < t->width; c++) {
		blanks = is_blank(t, c) ? blanks + 1 : 0;
		if (blanks > 2)
			continue;
		for (uint32_t i = 0; i < t->lines; i++)
			if (c < t->line[i].length)
				t->line[i].text[kept] = t->line[i].text[c];
		kept++;
		for (uint32_t i = 0; i < t->lines; i++)
			if (c + 1 == t->line[i].length)
				t->line[i].length = kept;
	}
	/* A line that ended within blanks ends with what was kept of them. */
	for (uint32_t i = 0; i < t->lines; i++)
		t->line[i].length = t->line[i].length < kept ? t->line[i].length : kept;
	t->width = kept;
}

/* Two blanks in all rows, `gap` of them in the head, and something before in all rows, and in the head if it is named.
 */
static bool ends_names(const struct table *t, size_t column, size_t gap, bool named)
{
	for (uint32_t i = 0; i < t->lines; i++) {
		const struct line *l = &t->line[i];
		if (!is_blank_in(l, column) || ((i > 0 || gap == 2) && !is_blank_in(l, column + 1)))
			return false;
		if ((i > 0 || named) && strspn(l->text, " ") >= column)
			return false;
	}
	return true;
}

/* The end of the column that names the rows: with a name of its own, if need be one close to the next, else without
 * (where the head's first word stands farther right). 0: there is none before `most`. */
static size_t names_end(const struct table *t, size_t most)
{
	static const struct {
		size_t gap;
		bool named;
	} way[] = {{2, true}, {1, true}, {2, false}};

	for (size_t w = 0; w < sizeof(way) / sizeof(way[0]); w++)
		for (size_t c = 1; c < most; c++)
			if (ends_names(t, c, way[w].gap, way[w].named))
				return c;
	return 0;
}

/* Whether the columns before c are whole: a cell that begins right of the head's last word before c belongs to the
 * head's next word, which is set flush right. */
static bool is_between_columns(const struct table *t, size_t c)
{
	size_t head = c < t->line[0].length ? c : t->line[0].length;

	while (head > 0 && t->line[0].text[head - 1] == ' ')
		head--;
	for (uint32_t i = 1; i < t->lines; i++)
		for (size_t x = head > 0 ? head : 1; x < c && x < t->line[i].length; x++)
			if (!is_blank_in(&t->line[i], x) && is_blank_in(&t->line[i], x - 1))
				return false;
	return is_blank(t, c);
}

/* The last column from which on, and up to `to`, the part may end; two common blanks are a surer end of a cell. */
static size_t cut(const struct table *t, size_t from, size_t to)
{
	for (size_t c = to; c > from + (to - from) / 2; c--)
		if (is_blank(t, c + 1) && is_between_columns(t, c))
			return c;
	for (size_t c = to; c > from; c--)
		if (is_between_columns(t, c))
			return c;
	return from;
}

/* The bytes [from, to) of a line, as far as it goes. */
static void add_part(const struct line *l, size_t from, size_t to, struct text *out)
{
	if (from < l->length)
		text_add_n(out, l->text + from, (to < l->length ? to : l->length) - from);
}

static void trim(struct text *out, size_t start)
{
	while (out->length > start && out->data[out->length - 1] == ' ')
		out->data[--out->length] = '\0';
}

static void print_part(const struct table *t, size_t names, size_t from, size_t to, struct text *out)
{
	for (uint32_t i = 0; i < t->lines; i++) {
		const struct line *l = &t->line[i];
		const size_t start = out->length;
		add_part(l, 0, names, out);
		if (l->length < names)
			text_printf(out, "%*s", (int)(names - l->length), "");
		add_part(l, from, to, out);
		trim(out, start);
		text_add(out, "\n");
	}
}

bool fold_table(const char *text, size_t columns, struct text *out, size_t *used)
{
	struct table t = {0};

	*used = read_lines(&t, out->arena, text);
	if (t.width <= columns || !is_of_cells(&t, columns))
		return false;
	squeeze(&t);
	if (t.width <= columns) {
		print_part(&t, 0, 0, t.width, out);
		return true;
	}
	const size_t names = names_end(&t, columns * 2 / 3);
	for (size_t from = names, to; from < t.width; from = to) {
		to = t.width - from <= columns - names ? t.width : cut(&t, from, from + columns - names);
		if (names == 0 || to == from)
			return false;
	}
	for (size_t from = names, to; from < t.width; from = to) {
		to = t.width - from <= columns - names ? t.width : cut(&t, from, from + columns - names);
		print_part(&t, names, from, to, out);
	}
	return true;
}
