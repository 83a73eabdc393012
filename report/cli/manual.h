/* manual.h - the manual page, in the man(7) macros, from the tables of commands, options and formats. */
#ifndef REPORT_CLI_MANUAL_H
#define REPORT_CLI_MANUAL_H

#include "sim/text.h"

/* Appends nodefall.1. */
void manual_print(struct text *out);

#endif
