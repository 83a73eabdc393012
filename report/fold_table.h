/* fold_table.h - tables on terminals that are narrower than they. */
#ifndef REPORT_FOLD_TABLE_H
#define REPORT_FOLD_TABLE_H

#include <stdbool.h>

#include "sim/text.h"

/*
 * Looks at the lines that text begins with and that are one table: each has columns, set apart by two blanks; *used is
 * their bytes, the last line's end included, 0 where no table begins. If some are longer than `columns` bytes, they are
 * appended to out and the result is true: blanks that all lines have in common shrink to two, and if that is not
 * enough, the table comes in parts with whole columns in each, and with the first one repeated. false, and nothing is
 * appended: all lines fit, the last column is sentences, or the first leaves no room for others. Memory is taken from
 * out's arena.
 */
bool fold_table(const char *text, size_t columns, struct text *out, size_t *used);

#endif
