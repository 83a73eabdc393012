/* fold.c - lines broken for narrow terminals. */
#include "report/fold.h"

#include <string.h>

/* Narrower than this nothing is folded: one would read columns of single words. */
#define NARROWEST 20

/* Where the text of a line begins that stands after leading blanks or in the last column of a table: after the last two
 * blanks in its first half. */
static size_t hanging(const char *line, size_t length, size_t columns)
{
	size_t indent = 0;

	for (size_t i = 0; i < length && i <= columns / 2; i++)
		if (line[i] != ' ' && (i == 0 || line[i - 1] == ' ') && (i < 2 || line[i - 2] == ' '))
			indent = i;
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
		text_printf(out, "%*s%.*s", used > 0 ? (int)indent : 0, "", (int)cut, line + used);
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

void fold_lines(const char *text, int columns, struct text *out)
{
	while (*text != '\0') {
		const size_t length = strcspn(text, "\n");

		if (columns < NARROWEST)
			text_add_n(out, text, length);
		else
			fold_line(text, length, (size_t)columns, out);
		text += length;
		if (*text == '\n') {
			text_add(out, "\n");
			text++;
		}
	}
}
