/* terminal.c - asks the terminal and the environment, and folds lines for narrow ones. */
#include "report/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Narrower than this nothing is folded: one would read columns of single words. */
#define NARROWEST 20

int terminal_columns(int fd)
{
	struct winsize size;

	if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col;
}

bool terminal_obeys(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

bool terminal_has_colour(int fd)
{
	const char *no = getenv("NO_COLOR");

	return terminal_obeys(fd) && (no == NULL || no[0] == '\0');
}

/* One line without its end. */
static void fold_line(const char *line, size_t length, size_t columns, struct text *out)
{
	size_t indent = 0, used = 0;

	while (indent < length && line[indent] == ' ')
		indent++;
	if (indent > columns / 2)
		indent = columns / 2;
	while (length - used > (used > 0 ? columns - indent : columns)) {
		const size_t room = used > 0 ? columns - indent : columns;
		size_t cut = room;
		while (cut > indent && line[used + cut] != ' ')
			cut--;
		if (cut <= indent) /* no blank to break at: the next one */
			for (cut = room; used + cut < length && line[used + cut] != ' ';)
				cut++;
		text_printf(out, "%*s%.*s", used > 0 ? (int)indent : 0, "", (int)cut, line + used);
		used += cut;
		while (used < length && line[used] == ' ')
			used++;
		if (used == length)
			return;
		text_add(out, "\n");
	}
	text_printf(out, "%*s%.*s", used > 0 ? (int)indent : 0, "", (int)(length - used), line + used);
}

void terminal_fold(const char *text, int columns, struct text *out)
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
