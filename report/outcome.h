/*
 * outcome.h - the numbers of one run, folded from its facts: who was where, what failed, how long recovery took.
 *
 * Words: a *victim* is a pod bound to a node when a failure struck it; its *recovery* ends when the pod that replaces
 * it is Ready, or the victim itself is again. *Members* are the nodes whose machine is up; load is spread over members.
 */
#ifndef REPORT_OUTCOME_H
#define REPORT_OUTCOME_H

#include "models/facts.h"
#include "models/scenario.h"
#include "sim/text.h"
#include "sim/run.h"
#include "sim/queueing.h"
#include "sim/stats.h"

/* The instants of a recovery, in the order of the JSON keys. SIM_NEVER: not reached. */
enum recovery_time {
	RT_FAILED,
	RT_LAST_HEARTBEAT,
	RT_NODE_UNKNOWN,
	RT_NOSCHEDULE_TAINT,
	RT_POD_NOT_READY,
	RT_ENDPOINT_REMOVED,
	RT_NOEXECUTE_TAINT,
	RT_POD_DELETED,
	RT_REPLACEMENT_CREATED,
	RT_SCHEDULED,
	RT_SANDBOX_READY,
	RT_IMAGE_PULLED,
	RT_STARTED,
	RT_READY,
	RT_ENDPOINT_ADDED,
	RECOVERY_TIMES
};

/* The legs of a recovery: report/README.md defines each. LEG_TOTAL is the sum of the others when all were walked. */
enum leg {
	LEG_DETECTION,
	LEG_TAINT,
	LEG_TOLERATION,
	LEG_RECREATION,
	LEG_SCHEDULING,
	LEG_PULL,
	LEG_START,
	LEG_READINESS,
	LEG_TOTAL,
	LEGS
};
const char *recovery_time_name(enum recovery_time t); /* "failed", ... */
const char *leg_name(enum leg l);                     /* "detection", ... */

enum load_resource { LOAD_CPU, LOAD_MEMORY, LOAD_PODS, LOAD_RESOURCES };
/* "cpu_requested", "memory_requested" (shares of allocatable), "pods" (a count) */
const char *load_resource_name(enum load_resource r);

/* The measured period and its parts around the failures. Only LOAD_WHOLE is always there. */
enum load_window { LOAD_WHOLE, LOAD_BEFORE, LOAD_DURING, LOAD_AFTER, LOAD_WINDOWS };
const char *load_window_name(enum load_window w); /* "whole", "before", ... */

struct outcome_node {
	bool known;
	bool down;   /* truth: the machine is off (node-crash, reboot) */
	bool cut;    /* truth: a partition separates it from masters and clients */
	bool silent; /* truth: some failure holds */
	uint32_t name, zone;
	bool billed; /* its machine costs, since billed_since */
	sim_time billed_since;
	uint32_t no_execute;                   /* belief: not-ready and unreachable NoExecute taints it carries now */
	uint32_t first_pod, last_pod;          /* pods bound to it, in order of binding */
	int64_t cpu_milli, mem_bytes, pods;    /* allocatable */
	double load_cpu_milli, load_mem_bytes; /* requested now by its bound, unfinished pods */
	int64_t load_pods;
	/* Time-weighted means over the time it was a member in each window; NaN where it never was. */
	double mean[LOAD_WINDOWS][LOAD_RESOURCES];
};

struct outcome_pod {
	uint32_t name, owner;          /* name id; workload row or FACT_NONE */
	uint32_t node;                 /* bound to, or FACT_NONE */
	uint32_t next, previous;       /* in its node's list */
	uint32_t victim_of, replacing; /* rows of recovery, or FACT_NONE */
	uint32_t first_endpoint;       /* row of endpoint, or FACT_NONE */
	uint8_t phase, deleted_why;
	bool known, settled, ready, serving, deleted, removed, unschedulable, stopped;
	bool on_node;         /* in its node's list */
	bool counted_serving; /* serves as a client in the cluster sees it */
	bool counted;         /* adds to its node's load */
	uint8_t state;        /* enum pod_state */
	int64_t cpu_milli, mem_bytes;
	sim_time created;
};

struct outcome_workload {
	bool known;
	uint8_t kind; /* enum workload_kind */
	uint32_t name, namespace;
	uint32_t maker; /* row of the Deployment that made this ReplicaSet, or FACT_NONE */
	int64_t replicas;
};

/* A pod's membership in a service. */
struct outcome_endpoint {
	uint32_t pod, service, next_of_pod;
	bool proxied;
};

/* Requests to a service (report/metrics/requests.c): counts are expected values, times are seconds. */
#define REQUEST_BINS 310
struct outcome_requests {
	uint32_t first_load, loads; /* rows of scenario.request */
	sim_time since;
	int64_t proxied, serving; /* since then */
	double all, no_endpoint, dead_endpoint, shed, timed_out;
	double taken, stay; /* those that a pod answered, late ones too, and the sum of their latencies */
	double busiest;     /* highest offered load of a worker */
	double bin[REQUEST_BINS];
	const struct request_load *solved_for;
	double solved_rate, late, share[REQUEST_BINS];
	struct queueing_result solved;
	double errors, error_share, latency_mean, latency_p50, latency_p95, latency_p99; /* at the end; NaN: no value */
};

struct outcome_service {
	bool known;
	uint32_t name, namespace;
	int64_t wants, proxied, serving; /* now */
	sim_time since;                  /* the values hold since then */
	sim_time defined;                /* measured time with a defined availability */
	double up_area, lost_pod_seconds;
	double availability;               /* 0..1; NaN when never defined */
	struct outcome_requests *requests; /* NULL: none are asked for */
};

struct outcome_failure {
	bool struck;
	uint8_t kind;             /* enum failure_kind */
	sim_time at, healed_at;   /* SIM_NEVER: not healed within the run */
	const char *name;         /* its id */
	uint32_t source, subject; /* of a process: rows of scenario.source and of its subject; else FACT_NONE */
	uint32_t machines;        /* that were there to be struck */
};

struct recovery {
	uint32_t failure, pod, node;
	uint32_t replacement, replacement_node; /* FACT_NONE when there is none */
	sim_time time[RECOVERY_TIMES];
	sim_time leg[LEGS]; /* SIM_NEVER: not walked, or not to its end */
	bool was_ready;     /* Ready (belief) when the failure struck */
};

/* A change of the load of one node; a member joins (+1) or leaves (-1) with all it carries. */
struct load_step {
	sim_time at;
	uint32_t node;
	int32_t pods : 30, member : 2;
	double cpu_milli, mem_bytes;
};

struct load_numbers {
	bool measured; /* the window had any time with members */
	sim_time from, to;
	struct spread of[LOAD_RESOURCES];
};

enum pod_state { STATE_NONE, STATE_READY, STATE_NOT_READY, STATE_PENDING, STATE_TERMINATING, POD_STATES };

struct pod_state_step {
	sim_time at;
	int32_t count[POD_STATES];
};

/* Times in which part of the control plane was missing. */
enum outcome_gaps { GAP_API, GAP_ETCD, GAP_CONTROLLER_MANAGER, GAP_SCHEDULER, GAPS };
const char *outcome_gap_name(enum outcome_gaps g); /* "no_api_server", "no_etcd_leader", ... */

struct outcome_gap {
	bool open;
	sim_time since, total;
};

/* What one client asked of the API server; waited for its own rate limit, all requests together. */
struct outcome_client {
	uint32_t name;
	int64_t requests, longest_queue;
	sim_time waited;
};

struct outcome_plane {
	struct outcome_gap gap[GAPS];
	uint32_t silent; /* bits of the masters whose API server does not answer now */
	uint32_t elections, takeovers, refused;
	sim_time takeover_max; /* longest time from a lost lock of controller manager or scheduler to the next leader */
	struct outcome_client *client;
	uint32_t clients, client_capacity;
};

/* Times that a node became Ready=Unknown, and those at which its machine had power; pods that taint eviction deleted,
 * and those that could still serve then (report/metrics/suspicions.c). In the measured period. */
struct suspicions {
	uint32_t nodes, wrong, evictions, needless;
};

/* An expectation of the scenario, judged. */
struct verdict {
	bool held, has_value;
	double value;
	const char *why; /* NULL, or why there is no value */
};

/* Node objects over the measured time, and the price of their machines. */
struct fleet {
	int32_t now, least, most;
	double mean, area;
	sim_time since;
	bool changed;  /* some came or went */
	bool unpriced; /* some machine's price is unknown, and not in usd */
	double usd;
};

struct runs; /* report/runs.h: what further replications gave */

struct outcome {
	const struct scenario *scenario;
	const struct run *run; /* facts (for stories, when kept), names, seed, digest */
	struct arena *arena;
	bool series; /* keep pod_state for charts */
	bool interrupted;
	bool long_run; /* the text report shows means of this run alone, see long_run.h */
	sim_time from, end; /* the measured period: warm-up, last instant */
	struct outcome_node *node;
	struct outcome_pod *pod;
	struct outcome_workload *workload;
	struct outcome_service *service;
	struct outcome_endpoint *endpoint;
	struct outcome_failure *failure; /* rows of scenario.failure, then those of processes as they came */
	uint32_t *struck_of;             /* by source: how many of it have struck */
	struct recovery *recovery;
	struct load_step *load_step;
	struct pod_state_step *pod_state;
	uint32_t nodes, node_capacity, pods, pod_capacity, workloads, workload_capacity, services, service_capacity,
		endpoints, endpoint_capacity, failures, failure_capacity, recoveries, recovery_capacity, pod_states,
		pod_state_capacity;
	size_t load_steps, load_step_capacity;
	struct load_numbers load[LOAD_WINDOWS];
	int32_t state_count[POD_STATES];
	uint32_t image_pulls, images_removed; /* pods that had to wait for an image; images deleted; from the warm-up on */
	uint32_t restarts, oom_kills, completed; /* of containers, in the measured period; pods Succeeded at the end */
	uint32_t arrivals, arrivals_refused;     /* Jobs that came by themselves */
	uint32_t node_evictions;                 /* pods that kubelets evicted */
	struct fleet fleet;
	uint32_t unschedulable; /* pods that at the end wait because they fit on no node */
	struct outcome_plane plane;
	struct suspicions suspicions;
	struct verdict *verdict; /* scenario.expectation_count */
	const struct runs *runs; /* NULL for a single run */
	const char *notes;       /* what the reader of the input noted; "" if nothing */
};

/* Starts folding the facts of r, which must stay; memory comes from a. series: keep what charts need beyond the facts.
 */
void outcome_init(struct outcome *o, struct arena *a, const struct scenario *s, const struct run *r, bool series);

/* The subscriber that does the folding. */
struct fact_reader outcome_reader(struct outcome *o);

/* Ends the fold at r->now: closes the averages, judges the expectations. */
void outcome_finish(struct outcome *o, bool interrupted);

/* Whether every expectation held (in all runs, when there are several). */
bool outcome_held(const struct outcome *o);

/* Names, alive as long as the run. A pod's owner as "Deployment/web", in the arena a; "" for a bare pod. */
const char *outcome_name(const struct outcome *o, uint32_t name);
const char *outcome_node_name(const struct outcome *o, uint32_t node);
const char *outcome_pod_name(const struct outcome *o, uint32_t pod);
const char *outcome_pod_namespace(const struct outcome *o, uint32_t pod);
const char *outcome_owner_text(const struct outcome *o, uint32_t pod, struct arena *a);
const char *outcome_failure_name(const struct outcome *o, uint32_t failure);

/* Whom a failure strikes and how, of the script or of a process: its nodes, masters, component, ... */
struct failure outcome_failure_asked(const struct outcome *o, uint32_t failure);

/* A pod's owner is what the user wrote: the Deployment, where a ReplicaSet that it made owns the pod. */
uint32_t outcome_owner_name(const struct outcome *o, uint32_t pod); /* 0 for a bare pod */

/* enum workload_kind of a pod's owner, WORKLOAD_NONE for a bare pod. */
enum workload_kind outcome_owner_kind(const struct outcome *o, uint32_t pod);

/* Deployment, ReplicaSet, StatefulSet and Job put another pod in the place of a lost one. */
bool outcome_is_replaced(const struct outcome *o, uint32_t pod);

#endif
