/* keys.h - what keys do, and the help that is made of it. */
#ifndef REPORT_WATCH_KEYS_H
#define REPORT_WATCH_KEYS_H

#include "report/watch/ui.h"

/* Does what key is bound to; false if it is bound to nothing. */
bool keys_do(struct ui *u, int key);

/* A line for each key. */
void keys_help(struct text *out);

/* The most useful ones, for the bottom line. */
void keys_line(struct text *out);

#endif
