/* kubelet_settings.h - the Scenario's `kubelet:`: fields of KubeletConfiguration that the simulation knows. */
#ifndef MODELS_KUBELET_SETTINGS_H
#define MODELS_KUBELET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/time.h"

/* What the eviction manager watches. Inodes are not simulated. */
enum eviction_signal { SIGNAL_MEMORY, SIGNAL_NODEFS, SIGNAL_IMAGEFS, SIGNAL_PID, EVICTION_SIGNALS };
/* "memory.available", "nodefs.available", "imagefs.available", "pid.available" */
const char *eviction_signal_name(enum eviction_signal s);

/* Of what is there: an amount, or a share of the capacity. */
struct eviction_threshold {
	bool present, share;
	double value;
};

struct shutdown_priority {
	int32_t priority;
	sim_time grace;
};
#define SHUTDOWN_PRIORITIES_MAX 32

struct kubelet_settings {
	struct eviction_threshold hard[EVICTION_SIGNALS], soft[EVICTION_SIGNALS], reclaim[EVICTION_SIGNALS];
	sim_time soft_grace[EVICTION_SIGNALS]; /* -1: not given */
	sim_time pressure_transition;          /* evictionPressureTransitionPeriod */
	int64_t max_pod_grace;                 /* evictionMaxPodGracePeriod, seconds; negative: the pod's own */
	sim_time shutdown_grace, shutdown_grace_critical;
	uint32_t shutdown_priorities;
	struct shutdown_priority shutdown_priority[SHUTDOWN_PRIORITIES_MAX]; /* by priority, ascending */
	int64_t pid_max;                                                     /* processes on a node */
	bool merge_defaults;
};

#endif
