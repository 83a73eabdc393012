/* descheduler.h - what the files of the descheduler share: policies/control/descheduler.c, descheduler_balance.c and
 * descheduler_rules.c. */
#ifndef POLICIES_PARTS_DESCHEDULER_H
#define POLICIES_PARTS_DESCHEDULER_H

#include "models/policy.h"

enum usage_of { USAGE_OF_CPU, USAGE_OF_MEMORY, USAGE_OF_PODS, USAGES_OF };

/* A strategy and its parameters, by upstream's names. Percentages below 0: not given. */
struct strategy {
	uint8_t kind; /* enum descheduling */
	double threshold[USAGES_OF], target[USAGES_OF];
	bool deviation; /* useDeviationThresholds: around the mean */
	int32_t nodes;  /* numberOfNodes */
	sim_time age;   /* maxPodLifeTimeSeconds, minPodLifetimeSeconds */
	int32_t restarts;
	bool soft; /* constraints of ScheduleAnyway too */
};

#define STRATEGIES_MAX 16

struct descheduler_options {
	sim_time interval;
	bool node_fit;
	int32_t max_per_node, max_total; /* 0: no limit */
	uint32_t count;
	struct strategy strategy[STRATEGIES_MAX];
};

/* One round. */
struct descheduler {
	struct control_call *call;
	const struct view *view;
	const struct descheduler_options *options;
	const struct strategy *strategy; /* at work */
	bool *evicted;                   /* by pod: in this round */
	int32_t *on_node, total;         /* evictions by node, in all */
	struct arena *scratch;           /* of the round */
};

/* DefaultEvictor: whether the pod may be evicted at all. */
bool descheduler_may_evict(const struct descheduler *d, uint32_t pod);
/* Evicts it; false when it may not be, or a limit is reached. */
bool descheduler_evict(struct descheduler *d, uint32_t pod);
/* Whether the pod could run on some other node than its own, as far as that node's rules and room go. */
bool descheduler_fits_elsewhere(const struct descheduler *d, uint32_t pod);

/* The strategies. */
void deschedule_low_utilization(struct descheduler *d);
void deschedule_high_utilization(struct descheduler *d);
void deschedule_duplicates(struct descheduler *d);
void deschedule_spread(struct descheduler *d);
void deschedule_affinity(struct descheduler *d);
void deschedule_taints(struct descheduler *d);
void deschedule_anti_affinity(struct descheduler *d);
void deschedule_old(struct descheduler *d);
void deschedule_restarted(struct descheduler *d);
void deschedule_failed(struct descheduler *d);

#endif
