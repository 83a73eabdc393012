/* look.h - get, describe and exec look at one instant of a run, which is made first. */
#ifndef REPORT_CLI_LOOK_H
#define REPORT_CLI_LOOK_H

#include "report/cli/cli.h"
#include "report/looks/kubectl.h"

/* Runs the cluster of o->file to o->at, hands it to use() and prints what that leaves in k->out and k->errors. Returns
 * an exit code: use()'s, or that of what went wrong. */
int look_at(const struct options *o, const char *command, int (*use)(const struct options *o, const struct kubectl *k));

/* What get and describe have in common. Returns NULL or what is wrong. */
const char *look_query(const struct options *o, struct kubectl_query *query);

#endif
