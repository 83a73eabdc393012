/* candidates.h - from the command line of compare and sweep to scenarios that differ in what varies. */
#ifndef REPORT_CLI_CANDIDATES_H
#define REPORT_CLI_CANDIDATES_H

#include "report/cli/cli.h"
#include "report/experiment.h"

/*
 * Reads --vary and --metric, loads one scenario for each combination, and fills e; mistakes of all of them are printed
 * to stderr, notes go into `notes`. Returns an exit code; e must be released in any case.
 */
int candidates_load(struct experiment *e, const struct options *o, struct text *notes);

#endif
