/* terminal.h - the real screen and keyboard, by ncurses; only terminal.c includes it. */
#ifndef REPORT_WATCH_TERMINAL_H
#define REPORT_WATCH_TERMINAL_H

#include "report/watch/canvas.h"

struct terminal {
	void *screen; /* ncurses' own */
	int width, height;
	bool ascii, colour;
	/* What gives the terminal back when there is no time for ncurses: leaves the second screen, shows the cursor,
	 * forgets colours, as its terminfo has it. */
	char leave[128];
	size_t leave_length;
};

/* Keys beyond ASCII. */
enum {
	KEY_NOTHING = -1,
	KEY_UPWARD = 0x10000,
	KEY_DOWNWARD,
	KEY_LEFTWARD,
	KEY_RIGHTWARD,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_FIRST,
	KEY_LAST,
	KEY_DELETE,
	KEY_SIZE_CHANGED,
	KEY_GONE /* the terminal has hung up */
};

/* Takes the terminal of standard input and output; NULL, or why it cannot. Colour unless NO_COLOR is set or there is
 * none; ASCII unless the locale's characters are UTF-8. */
const char *terminal_open(struct terminal *t);

/* Gives it back as it was. Does nothing when it is not open. */
void terminal_close(struct terminal *t);

/* Shows c, of t's size. */
void terminal_show(struct terminal *t, const struct canvas *c);

/* Waits up to wait_ms (0: not at all) for a key. KEY_NOTHING when none came, KEY_SIZE_CHANGED after t's size was
 * brought up to date. */
int terminal_key(struct terminal *t, int wait_ms);

#endif
