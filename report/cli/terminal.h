/* terminal.h - what a stream can show: width, movement, colour. */
#ifndef REPORT_CLI_TERMINAL_H
#define REPORT_CLI_TERMINAL_H

#include <stdbool.h>

/* Columns of the terminal behind the descriptor; 0 when it is none, or does not say. */
int terminal_columns(int fd);

/* Whether it is a terminal that obeys control sequences (TERM is set and not dumb). */
bool terminal_obeys(int fd);

/* The same, and colours and bold are wanted: NO_COLOR is unset or empty (no-color.org). */
bool terminal_has_colour(int fd);

#endif
