/* metric.h - the kinds of number folded from facts: one file each in report/metrics/, run in the order of the table. */
#ifndef REPORT_METRIC_H
#define REPORT_METRIC_H

#include "report/outcome.h"

/* see() runs for each fact after the tables of nodes, pods and services were brought up to date by it. */
struct metric {
	const char *name, *summary;
	void (*see)(struct outcome *o, const struct fact *f); /* may be NULL */
	void (*finish)(struct outcome *o);                    /* may be NULL */
};

extern const struct metric metric_recovery_time, metric_load_balance, metric_availability, metric_requests,
	metric_pod_states, metric_fleet, metric_control_plane, metric_suspicions;

/* The load of node changes at `at`: told by the tables, folded by metric_load_balance. */
void load_balance_step(struct outcome *o, struct load_step step);

/* Whether a recovery will be listed: something was lost, and not given up on purpose. */
bool recovery_is_listed(const struct outcome *o, const struct recovery *r);

#endif
