/* terminal.c - cells to ncurses, and its keys to ours. */
#include "report/watch/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* Rows of the colour table; 0 is the terminal's own. */
enum { PAIR_GOOD = 1, PAIR_BAD, PAIR_WARN, PAIR_NOTE, PAIR_BAR };

static void colours(struct terminal *t)
{
	const char *no = getenv("NO_COLOR");

	t->colour = (no == NULL || *no == '\0') && has_colors();
	if (!t->colour)
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
	init_pair(PAIR_WARN, COLOR_YELLOW, -1);
	init_pair(PAIR_NOTE, COLOR_CYAN, -1);
	init_pair(PAIR_BAR, COLOR_WHITE, COLOR_BLUE);
}

/* Appends a string of terminfo without its padding, $<...>, which terminals of today do not need. */
static void add_capability(struct terminal *t, const char *name)
{
	const char *s = tigetstr(name);

	if (s == NULL || s == (const char *)-1)
		return;
	while (*s != '\0' && t->leave_length < sizeof(t->leave)) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>') != NULL)
			s = strchr(s, '>') + 1;
		else
			t->leave[t->leave_length++] = *s++;
	}
}

/* Whether text can be put anywhere on the screen. */
static bool can_address(void)
{
	const char *place = tigetstr("cup");

	return place != NULL && place != (const char *)-1;
}

const char *terminal_open(struct terminal *t)
{
	*t = (struct terminal){0};
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "standard input and output must be a terminal";
	setlocale(LC_CTYPE, "");
	t->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	SCREEN *screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		return "the terminal is of no kind that ncurses knows; is TERM set?";
	set_term(screen);
	if (!can_address()) {
		endwin();
		delscreen(screen);
		return "the terminal cannot place its cursor (TERM=dumb?)";
	}
	t->screen = screen;
	static const char *const leave[] = {"sgr0", "cnorm", "rmcup"};
	for (size_t i = 0; i < sizeof(leave) / sizeof(leave[0]); i++)
		add_capability(t, leave[i]);
	colours(t);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	getmaxyx(stdscr, t->height, t->width);
	return NULL;
}

void terminal_close(struct terminal *t)
{
	if (t->screen == NULL)
		return;
	endwin();
	delscreen(t->screen);
	t->screen = NULL;
}

static attr_t attributes(const struct terminal *t, enum style style, short *pair)
{
	static const struct {
		attr_t with, without;
		short pair;
	} look[STYLES] = {
		[STYLE_DIM] = {A_DIM, A_NORMAL, 0},
		[STYLE_BOLD] = {A_BOLD, A_BOLD, 0},
		[STYLE_BAR] = {A_BOLD, A_REVERSE, PAIR_BAR},
		[STYLE_GOOD] = {A_NORMAL, A_NORMAL, PAIR_GOOD},
		[STYLE_BAD] = {A_BOLD, A_BOLD, PAIR_BAD},
		[STYLE_WARN] = {A_NORMAL, A_UNDERLINE, PAIR_WARN},
		[STYLE_NOTE] = {A_NORMAL, A_NORMAL, PAIR_NOTE},
		[STYLE_SELECTED] = {A_REVERSE, A_REVERSE, 0},
	};

	*pair = t->colour ? look[style].pair : 0;
	return t->colour ? look[style].with : look[style].without;
}

void terminal_show(struct terminal *t, const struct canvas *c)
{
	for (int y = 0; y < c->height; y++) {
		for (int x = 0; x < c->width; x++) {
			const struct cell *cell = &c->cell[y * c->width + x];
			const wchar_t text[2] = {(wchar_t)cell->code, 0};
			short pair;
			cchar_t out;
			const attr_t a = attributes(t, cell->style, &pair);

			setcchar(&out, text, a, pair, NULL);
			mvadd_wch(y, x, &out);
		}
	}
	refresh();
}

static bool hung_up(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) > 0 && (in.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int terminal_key(struct terminal *t, int wait_ms)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{KEY_UP, KEY_UPWARD},        {KEY_DOWN, KEY_DOWNWARD},
		{KEY_LEFT, KEY_LEFTWARD},    {KEY_RIGHT, KEY_RIGHTWARD},
		{KEY_PPAGE, KEY_PAGE_UP},    {KEY_NPAGE, KEY_PAGE_DOWN},
		{KEY_HOME, KEY_FIRST},       {KEY_END, KEY_LAST},
		{KEY_BACKSPACE, KEY_DELETE}, {KEY_DC, KEY_DELETE},
		{0x7f, KEY_DELETE},          {0x08, KEY_DELETE},
		{KEY_ENTER, '\n'},           {'\r', '\n'},
	};

	timeout(wait_ms);
	const int key = getch();
	if (key == ERR)
		return hung_up() ? KEY_GONE : KEY_NOTHING;
	if (key == KEY_RESIZE) {
		getmaxyx(stdscr, t->height, t->width);
		return KEY_SIZE_CHANGED;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].theirs == key)
			return keys[i].ours;
	return key < 0x7f ? key : KEY_NOTHING;
}
