/* fold.h - lines broken for narrow terminals. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include "sim/text.h"

/* Appends text with lines of more than `columns` bytes broken at blanks; what follows is indented as the line's own
 * text is, after leading blanks or in the last column of a table; tables of numbers and names keep their columns
 * (fold_table.h). Words that are too long stay whole. columns 0 (and a few, where nothing can be read any more): as it
 * is. */
void fold_lines(const char *text, int columns, struct text *out);

#endif
