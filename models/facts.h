/* facts.h - the kinds of fact and the small enums in their columns. */
#ifndef MODELS_FACTS_H
#define MODELS_FACTS_H

#include "sim/fact.h"

enum fact_kind {
#define FACT(id, ...) FACT_##id,
#include "models/facts.def"
#undef FACT
	FACT_KINDS
};

/* READY_UNSET: its kubelet has registered it and not yet reported. */
enum node_ready { READY_FALSE, READY_TRUE, READY_UNKNOWN, READY_UNSET };
enum zone_state { ZONE_INITIAL, ZONE_NORMAL, ZONE_PARTIAL, ZONE_FULL };
enum stop_cause { STOP_NODE_DIED, STOP_TERMINATED, STOP_COMPLETED };
/* Why a kubelet deletes an image: the high threshold of its garbage collection, or disk pressure. */
enum image_removal { REMOVED_FOR_SPACE, REMOVED_FOR_PRESSURE };
/* Why a container waits or has ended, in upstream's words: container_reason_name(). */
enum container_reason {
	REASON_NONE,
	REASON_CONTAINER_CREATING,
	REASON_POD_INITIALIZING,
	REASON_CRASH_LOOP_BACK_OFF,
	REASON_ERR_IMAGE_PULL,
	REASON_IMAGE_PULL_BACK_OFF,
	REASON_ERR_IMAGE_NEVER_PULL,
	REASON_COMPLETED,
	REASON_ERROR,
	REASON_OOM_KILLED,
	CONTAINER_REASONS
};
/* "CrashLoopBackOff", ...; "" for REASON_NONE and out of range. */
const char *container_reason_name(uint32_t reason);
enum probe_kind { PROBE_STARTUP, PROBE_LIVENESS, PROBE_READINESS, PROBE_KINDS };
/* "Startup", "Liveness", "Readiness" */
const char *probe_kind_name(enum probe_kind kind);

/* status.reason of a Pod that its kubelet made Failed: pod_reason_name(). */
enum pod_reason {
	POD_REASON_NONE,
	POD_EVICTED,
	POD_OUT_OF_CPU,
	POD_OUT_OF_MEMORY,
	POD_OUT_OF_DISK,
	POD_OUT_OF_PODS,
	POD_NODE_PORTS,
	POD_NODE_AFFINITY,
	POD_TAINT_TOLERATION,
	POD_NODE_SHUTDOWN,
	POD_TERMINATED,           /* by a graceful node shutdown */
	POD_PREEMPTING,           /* for a critical pod, by the kubelet */
	POD_UNEXPECTED_ADMISSION, /* a critical pod for which nothing can be taken */
	POD_REASONS
};
/* "Evicted", "OutOfcpu", ...; "" for POD_REASON_NONE and out of range. */
const char *pod_reason_name(uint32_t reason);

/* Conditions of a Node besides Ready: node_condition_name(). */
enum node_condition { CONDITION_MEMORY, CONDITION_DISK, CONDITION_PID, NODE_CONDITIONS };
/* "MemoryPressure", "DiskPressure", "PIDPressure" */
const char *node_condition_name(uint32_t condition);

/* Why a kubelet evicts a pod: the signals' own numbers (enum eviction_signal), or a limit of local disk. */
enum { EVICTED_FOR_MEMORY, EVICTED_FOR_DISK, EVICTED_FOR_IMAGES, EVICTED_FOR_PIDS, EVICTED_OVER_LIMIT };

enum ready_by { BY_KUBELET, BY_NODE_CONTROLLER };
enum delete_cause {
	DELETE_TAINT,
	DELETE_SCALE_DOWN,
	DELETE_EVICTION,
	DELETE_USER,
	DELETE_ROLLOUT,
	DELETE_NO_NODE,
	DELETE_PREEMPTED,
	DELETE_OWNER_GONE, /* garbage collection */
	DELETE_JOB_OVER,   /* its Job has failed, was suspended or needs it no more */
	DELETE_POD_GC,
	DELETE_KUBELET, /* not deleted: made Failed by its kubelet */
	DELETE_FAILED   /* by its DaemonSet or StatefulSet, which makes another */
};
enum scale_down_cause { SCALE_DOWN_UNNEEDED, SCALE_DOWN_UNREADY, SCALE_DOWN_UNREGISTERED };
enum scale_held_cause { SCALE_HELD_BACKOFF, SCALE_HELD_MAX, SCALE_HELD_UNREADY };
enum job_state { JOB_ACTIVE, JOB_SUSPENDED, JOB_COMPLETE, JOB_FAILED };
/* Why a Job failed. */
enum job_reason {
	JOB_NO_REASON,
	JOB_BACKOFF_LIMIT,
	JOB_DEADLINE,
	JOB_FAILURE_POLICY,
	JOB_FAILED_INDEXES,
	JOB_MAX_FAILED_INDEXES
};
/* Flags of FACT_AUTOSCALED: limited by a rate or a bound; use is told in percent of the target, not of requests. */
enum { AUTOSCALED_LIMITED = 1, AUTOSCALED_BY_VALUE = 2 };
/* Strategies of the descheduler. */
enum descheduling {
	LOW_NODE_UTILIZATION,
	HIGH_NODE_UTILIZATION,
	REMOVE_DUPLICATES,
	VIOLATING_TOPOLOGY_SPREAD,
	VIOLATING_NODE_AFFINITY,
	VIOLATING_NODE_TAINTS,
	VIOLATING_ANTI_AFFINITY,
	POD_LIFE_TIME,
	TOO_MANY_RESTARTS,
	REMOVE_FAILED_PODS,
	DESCHEDULINGS
};
enum maintenance_event {
	MAINTENANCE_NODE_BEGUN,
	MAINTENANCE_DRAIN_LATE, /* the node goes down with pods on it */
	MAINTENANCE_NODE_DONE,
	MAINTENANCE_NOT_READY, /* it is not back in time, and stays cordoned */
	MAINTENANCE_OVER,
	MAINTENANCE_CLOSED, /* the window is over before all nodes were begun */
	MAINTENANCE_EVENTS
};
enum rollout_event { ROLLOUT_BEGUN, ROLLOUT_COMPLETE, ROLLOUT_LATE };
/* Why a CronJob did not start a Job that was due. */
enum cron_skip { CRON_SKIP_ACTIVE, CRON_SKIP_TOO_MANY };
/* Why an action came to nothing; ACTION_DONE when it did not. */
enum action_refusal {
	ACTION_DONE,
	ACTION_UNREACHABLE,
	ACTION_DAEMON_PODS,
	ACTION_BARE_PODS,
	ACTION_TIMED_OUT,
	ACTION_NOT_FOUND,  /* no such object at that time */
	ACTION_EXISTS,     /* a label or taint has another value, and --overwrite was not given */
	ACTION_NO_HISTORY, /* rollout undo: no such revision */
	ACTION_REFUSALS
};
enum component { COMPONENT_API_SERVER, COMPONENT_CONTROLLER_MANAGER, COMPONENT_SCHEDULER, COMPONENT_ETCD, COMPONENTS };
enum etcd_news { ETCD_LEADERLESS, ETCD_ELECTED, ETCD_NO_QUORUM, ETCD_NO_SPACE, ETCD_HAS_SPACE };

/* "node-added", ...; NULL when kind is out of range. */
const char *fact_kind_name(uint16_t kind);

/* The meaning of each column, as in facts.def: node, pod, object, flag, a, b, c. */
struct fact_columns {
	const char *name, *node, *pod, *object, *flag, *a, *b, *c, *summary;
};
const struct fact_columns *fact_columns(uint16_t kind);

#endif
