/* fold.c - lines broken for narrow terminals. */
#include "report/fold.h"

#include <string.h>

#include "report/fold_table.h"

/* Narrower than this nothing is folded: one would read columns of single words. */
#define NARROWEST 20

/* How far the rest is indented where the last column of a table begins past the middle. */
#define BEYOND_MIDDLE 8

/* No table: nothing is set apart by two blanks. */
static bool is_prose(const char *line, size_t length)
{
	for (size_t i = 1; i < length; i++)
		if (line[i] == ' ' && line[i - 1] == ' ')
			return false;
	return true;
}

/* Where the text of a line begins that stands after leading blanks or in the last column of a table: after the last two
 * blanks in its first half. */
static size_t hanging(const char *line, size_t length, size_t columns)
{
	size_t indent = 0;

	for (size_t i = 0; i < length && i <= columns / 2; i++)
		if (line[i] != ' ' && (i == 0 || line[i - 1] == ' ') && (i < 2 || line[i - 2] == ' '))
			indent = i;
	if (indent == 0 && length > columns && !is_prose(line, length))
		indent = BEYOND_MIDDLE;
	return indent;
}

/* How many bytes of a line's rest fit into room, broken at a blank after `least`, else at the next blank. */
static size_t cut_at(const char *rest, size_t length, size_t room, size_t least)
{
	size_t cut = room;

	while (cut > least && rest[cut] != ' ')
		cut--;
	if (cut > least)
		return cut;
	for (cut = room; cut < length && rest[cut] != ' ';)
		cut++;
	return cut;
}

/* One line without its end. */
static void fold_line(const char *line, size_t length, size_t columns, struct text *out)
{
	const size_t indent = hanging(line, length, columns);
	size_t used = 0, room = columns, least = indent;

	while (length - used > room) {
		const size_t cut = cut_at(line + used, length - used, room, least);
		size_t shown = cut;
		while (shown > 0 && line[used + shown - 1] == ' ')
			shown--;
		text_printf(out, "%*s%.*s", used > 0 ? (int)indent : 0, "", (int)shown, line + used);
		used += cut;
		while (used < length && line[used] == ' ')
			used++;
		if (used == length)
			return;
		text_add(out, "\n");
		room = columns - indent;
		least = 0;
	}
	text_printf(out, "%*s%.*s", used > 0 ? (int)indent : 0, "", (int)(length - used), line + used);
}

/* The lines from text to end. */
static void fold_each(const char *text, const char *end, size_t columns, struct text *out)
{
	while (text < end) {
		const size_t length = strcspn(text, "\n");

		fold_line(text, length, columns, out);
		text += length;
		if (*text == '\n') {
			text_add(out, "\n");
			text++;
		}
	}
}

void fold_lines(const char *text, int columns, struct text *out)
{
	if (columns < NARROWEST) {
		text_add(out, text);
		return;
	}
	while (*text != '\0') {
		size_t used;
		const bool folded = fold_table(text, (size_t)columns, out, &used);

		if (used == 0)
			used = strcspn(text, "\n") + (strchr(text, '\n') != NULL);
		if (!folded)
			fold_each(text, text + used, (size_t)columns, out);
		text += used;
	}
}
