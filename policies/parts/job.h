/* job.h - what the files of the Job controller share: policies/control/job.c and job_pods.c. */
#ifndef POLICIES_PARTS_JOB_H
#define POLICIES_PARTS_JOB_H

#include "models/policy.h"
#include "models/versions.h"

struct job_numbers {
	int64_t active, terminating, succeeded, failed; /* terminating: deleting, still there, not ended */
};

/* A completion index. */
struct job_index {
	bool taken;        /* by a pod that is active or succeeded, or for good: it has failed too often */
	bool failed;       /* for good */
	uint32_t failures; /* counted against backoffLimitPerIndex */
	sim_time until;    /* no new pod before this: back-off of its own */
};

struct job {
	struct job_numbers now;
	uint32_t streak; /* failures since the last success */
	sim_time last_failure;
	sim_time batch;                   /* a sync is asked for at this time */
	struct job_numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status;
	bool ends, ends_well;                                 /* decided; its last pods may be on their way out */
	uint8_t reason;                                       /* enum job_reason */
	uint32_t next;                                        /* pods of this row and later have not been counted */
	struct job_index *index;                              /* Indexed */
	uint32_t index_capacity, index_first, failed_indexes; /* no index below index_first is free */
};

/* A candidate for deletion. */
struct job_victim {
	uint32_t pod;
	uint8_t bound, phase, ready;
	sim_time since, created;
};

struct job_state_of {
	uint8_t *pod; /* what it was last counted as, by pod row */
	uint32_t pod_capacity;
	struct job *job; /* by workload row */
	uint32_t job_capacity;
	struct job_victim *victim;
	uint32_t victim_capacity;
};

struct job *job_of(struct control_call *c, uint32_t row);

/* Whether a deleted pod is replaced only when it has ended. */
bool job_replaces_failed_only(const struct control_call *c, const struct workload_object *o);
/* Whether the Job counts failures by index. */
bool job_by_index(const struct control_call *c, const struct workload_object *o);

/* Counts a pod as it is now in place of what it was; successes and failures once. Returns whether anything differs. */
bool job_look(struct control_call *c, uint32_t pod);

/* The lowest free completion index from `from` on whose back-off is over; *at becomes the end of the first that is not.
 */
int64_t job_free_index(const struct control_call *c, const struct job *j, int64_t from, int64_t end, sim_time *at);

/* The time before which no pod is made: 10 s after the last failure, doubling with each since the last success. */
sim_time job_backoff_until(const struct job *j, int kubernetes);

/* Deletes count active pods of a Job, those that have done least first; they do not count as failed. */
void job_delete(struct control_call *c, uint32_t row, int64_t count, enum delete_cause cause);

#endif
