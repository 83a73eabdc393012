/* deployment.h - what the files of the Deployment controller share: policies/control/deployment.c and
 * deployment_size.c. */
#ifndef POLICIES_PARTS_DEPLOYMENT_H
#define POLICIES_PARTS_DEPLOYMENT_H

#include "models/policy.h"

struct deployment_numbers {
	int64_t replicas, updated, ready, available;
};

/* Of a ReplicaSet: the pods counted, and the annotations desired-replicas and max-replicas. */
struct deployment_set {
	int64_t active, ready, available;
	int64_t desired, max, next_desired, next_max; /* next: as asked in a call that has not been seen yet */
	bool annotated;
};

/* Of a Deployment. */
struct deployment_rollout {
	struct deployment_numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status, late, late_sent;
	sim_time progress; /* when it last came nearer to its goal */
	int64_t made_desired, made_max;
	uint32_t revision;        /* of the template that is followed */
	bool arrived;             /* all pods have been of it, and available */
	bool rolling;             /* it has not arrived everywhere */
	sim_time began, deadline; /* deadline: a sync is asked for then */
	int64_t lowest;           /* fewest available pods since */
	bool made;                /* a ReplicaSet has been asked for with these annotations */
};

/* A ReplicaSet in a sync; replicas change as the sync decides. */
struct deployment_part {
	uint32_t row;
	int64_t replicas, was;
};

struct deployment_state {
	uint8_t *pod; /* enum counted, or'ed, by pod row */
	uint32_t pod_capacity;
	struct deployment_set *set; /* by workload row */
	uint32_t set_capacity;
	struct deployment_rollout *rollout; /* by workload row */
	uint32_t rollout_capacity;
	struct deployment_part *part;
	uint32_t part_capacity;
	struct deployment_part **sorted; /* scratch */
	uint32_t sorted_capacity;
};

/* One sync of a Deployment. */
struct deployment_sync {
	struct control_call *call;
	struct deployment_state *state;
	const struct workload *deployment;
	uint32_t row;
	struct deployment_part *old, *new; /* old ones newest first; new NULL when there is none */
	uint32_t old_count;
	int64_t replicas, surge, unavailable;
};

static inline int64_t int64_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Fills replicas, surge and unavailable of y. */
void deployment_limits(struct deployment_sync *y);

/* Sums over the ReplicaSets of the sync: replicas of the old ones; available pods of one (NULL: 0), of all. */
int64_t deployment_old_replicas(const struct deployment_sync *y);
int64_t deployment_available_of(const struct deployment_sync *y, const struct deployment_part *p);
int64_t deployment_available(const struct deployment_sync *y);
/* NewRSNewReplicas: how many replicas the new ReplicaSet may have now. */
int64_t deployment_new_replicas(const struct deployment_sync *y);

/* Calls: the new size of one ReplicaSet, of all old ones that changed; a ReplicaSet for the current template. */
void deployment_send_scale(struct deployment_sync *y, const struct deployment_part *p);
void deployment_send_old(struct deployment_sync *y);
void deployment_send_new(struct deployment_sync *y);

/* Whether a ReplicaSet was last sized for another number of replicas, and what follows from it (sync.go: scale). */
bool deployment_scaling(const struct deployment_sync *y);
void deployment_scale(struct deployment_sync *y);

#endif
