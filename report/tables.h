/* tables.h - the tables of the text report, each under its heading, at most 100 columns wide. */
#ifndef REPORT_TABLES_H
#define REPORT_TABLES_H

#include "report/outcome.h"
#include "sim/text.h"

/* Rows of a recovery table; of more recoveries the slowest are shown, and the quantiles of all. */
#define TABLE_ROWS 20

/* Nothing is printed where there is nothing to tell. */
void table_recoveries(const struct outcome *o, struct text *out);
void table_waterfall(const struct outcome *o, struct text *out);
void table_load(const struct outcome *o, struct text *out);
/* Requests to services, those with the most errors first; nothing when none are asked for. */
void table_requests(const struct outcome *o, struct text *out);
void table_services(const struct outcome *o, struct text *out);
/* Only when something of the control plane was missing or requests waited. */
void table_control_plane(const struct outcome *o, struct text *out);
void table_runs(const struct outcome *o, struct text *out);

/* The rows of o->recovery in the order a reader wants: unfinished first, then slowest first. */
const uint32_t *recoveries_slowest(const struct outcome *o, struct arena *a);

#endif
