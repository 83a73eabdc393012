/* ranks.h - several processes on several machines that work as one (MPI), or just this one. */
#ifndef REPORT_RANKS_H
#define REPORT_RANKS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/text.h"

/*
 * Built with NODEFALL_MPI (make MPI=1), `mpirun -n N` makes N ranks, numbered from 0; all must call the functions below
 * in the same order, from the thread that called ranks_begin(). Without, there is one rank and nothing to share.
 */
void ranks_begin(int *argc, char ***argv);
void ranks_end(void);
uint32_t ranks_count(void);
uint32_t ranks_number(void);

/* Whether any rank says so; every rank gets the same answer. */
bool ranks_any(bool mine);

/* Every rank's text, one after the other by number, appended to `all` on every rank. */
void ranks_share(const struct text *mine, struct text *all);

/* NULL, or why this process cannot work as one of several: it was started by mpirun and built without MPI. */
const char *ranks_wrong(void);

#endif
