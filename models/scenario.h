/* scenario.h - what is asked: the Scenario document and the objects beside it, loaded, checked, immutable. */
#ifndef MODELS_SCENARIO_H
#define MODELS_SCENARIO_H

#include "models/facts.h"
#include "models/kubelet_settings.h"
#include "models/objects.h"
#include "models/sched_config.h"
#include "sim/file.h"

/* Timers by their upstream flag names; defaults may depend on the Kubernetes version. Times in ns, rates in 1/s. */
struct timers {
	/* kubelet */
	sim_time node_lease_duration;          /* nodeLeaseDurationSeconds 40s; renewed every quarter of it */
	sim_time node_status_update_frequency; /* nodeStatusUpdateFrequency 10s */
	sim_time node_status_report_frequency; /* nodeStatusReportFrequency 5m */
	bool serialize_image_pulls;            /* serializeImagePulls true */
	int64_t max_parallel_image_pulls;      /* maxParallelImagePulls 0: no limit */
	int64_t image_gc_high, image_gc_low;   /* imageGCHighThresholdPercent 85, imageGCLowThresholdPercent 80 */
	sim_time image_min_age;                /* imageMinimumGCAge 2m */
	sim_time crash_loop_max;               /* maxContainerRestartPeriod 300s */
	bool crash_loop_reduced;               /* ReduceDefaultCrashLoopBackoffDecay */
	/* node lifecycle controller */
	sim_time node_monitor_period; /* nodeMonitorPeriod 5s */
	sim_time node_startup_grace_period;
	sim_time node_monitor_grace_period;   /* nodeMonitorGracePeriod 50s (1.32+) or 40s */
	double node_eviction_rate;            /* nodeEvictionRate 0.1 nodes/s in a zone */
	double secondary_node_eviction_rate;  /* secondaryNodeEvictionRate 0.01 */
	int64_t large_cluster_size_threshold; /* largeClusterSizeThreshold 50 nodes of the zone */
	double unhealthy_zone_threshold;      /* unhealthyZoneThreshold 0.55 */
	/* API server admission */
	sim_time default_not_ready_toleration;   /* defaultNotReadyTolerationSeconds 300s */
	sim_time default_unreachable_toleration; /* defaultUnreachableTolerationSeconds 300s */
	/* clients: token buckets */
	double controller_qps;
	int64_t controller_burst; /* kubeApiQps 20, kubeApiBurst 30, one bucket per controller */
	double scheduler_qps;
	int64_t scheduler_burst; /* schedulerQps 50, schedulerBurst 100 */
	/* leader election of controller manager and scheduler */
	sim_time leader_lease_duration, leader_renew_deadline, leader_retry_period; /* 15s 10s 2s */
	/* etcd */
	sim_time etcd_heartbeat_interval, etcd_election_timeout; /* 100ms 1000ms */
	int64_t etcd_quota_bytes, etcd_object_bytes;             /* 2 GiB; a guess: 2 KiB */
	sim_time etcd_alarm_repair;                              /* 0: never */
	/* scheduler queue */
	sim_time pod_initial_backoff, pod_max_backoff; /* podInitialBackoffSeconds 1s, podMaxBackoffSeconds 10s */
	int64_t percentage_of_nodes_to_score;          /* percentageOfNodesToScore 0 = adaptive */
	/* kube-proxy */
	sim_time proxy_min_sync_period; /* iptablesMinSyncPeriod 1s, burst 2 */
	/* workers of the queues */
	/* horizontal pod autoscaler */
	sim_time hpa_sync_period, hpa_downscale_stabilization, hpa_cpu_initialization,
		hpa_initial_readiness_delay; /* 15s 5m 5m 30s */
	double hpa_tolerance;                /* 0.1 */
	int64_t concurrent_deployment_syncs, concurrent_replicaset_syncs, concurrent_statefulset_syncs,
		concurrent_daemonset_syncs, concurrent_job_syncs, concurrent_endpoint_syncs; /* 5 5 5 2 5 5 */
};

/* How long things take that upstream does not fix; each a distribution with the source of its default. */
/* A layer by its name or digest: the same one in every image that names it. */
struct image_layer {
	uint32_t name;
	int64_t bytes; /* compressed */
};

/* An image. */
struct image_spec {
	uint32_t name;        /* normalised */
	int64_t bytes;        /* compressed, all layers */
	uint32_t base;        /* row of scenario.image + 1 whose layers are below its own, or 0 */
	uint32_t layer_count; /* its own; 0: they are drawn */
	struct image_layer *layer;
};

/* Where images come from; present false: latencies.imagePull stands for it all. */
struct registry {
	bool present;
	double mib, node_mib, unpack_mib; /* MiB/s: all downloads together, those of one node, unpacking on a node */
	double failure_rate;              /* share of pulls that fail */
	struct dist latency;              /* until the manifest is there */
};

struct latencies {
	struct dist api_write;    /* request sent -> committed and answered: lognormal(4ms, 0.43), measured (11.9) */
	struct dist api_read;     /* lognormal(1.7ms, 0.48), measured */
	struct dist watch;        /* committed -> seen by a watcher: 1ms, measured */
	struct dist heartbeat;    /* lease renewal sent -> seen by the controller manager; constant only: 5ms, from the
				     above */
	struct dist monitor_pass; /* a node monitor pass in which nothing changes; constant only: 20ms, the drift of
				     section 2.2's Monte-Carlo (guess) */
	struct dist controller_sync; /* a controller's work on one key: lognormal(14ms, 0.5), fitted to 11.7 */
	struct dist scheduling;      /* scheduling cycle of one pod: lognormal(3ms, 0.5), fitted to 11.7 */
	struct dist binding;         /* bind call: lognormal(8ms, 0.5), fitted to 11.7 */
	struct dist pod_setup; /* kubelet sees pod -> sandbox starts (cgroups, volumes): lognormal(1.2s, 0.2) guess */
	struct dist volume_attach, volume_detach, volume_mount;
	struct dist sandbox;          /* lognormal(800ms, 0.2), section 5.3 range 0.3-1 s, recalled */
	struct dist image_pull;       /* one image onto one node without it: lognormal(5s, 0.5) guess */
	struct dist container_create; /* lognormal(400ms, 0.2), 5.3 recalled */
	struct dist container_start;  /* lognormal(400ms, 0.2) */
	struct dist pleg;             /* started -> noticed by the kubelet's relist: uniform(0s, 1s), section 5.2 */
	struct dist init_run;         /* an init container's run: lognormal(1s, 0.5) guess */
	struct dist app_ready;        /* started -> application able to serve: 0s */
	struct dist app_stop;    /* SIGTERM -> application exits: lognormal(1s, 0.5) guess, cut at the grace period */
	struct dist proxy_write; /* kube-proxy writing its rules: lognormal(100ms, 0.5) guess */
	struct dist
		kubelet_start; /* process start -> first status: lognormal(500ms, 0.3) guess; section 8.2 says <= 1 s */
	struct dist volume_provision;  /* a claim's volume is asked for -> it exists: lognormal(3s, 0.5) guess */
	struct dist etcd_fsync;        /* a write to the disk under an etcd member: lognormal(1ms, 0.5) guess */
	struct dist master_rtt;        /* between two masters and back: 500us guess, machines of one region */
	struct dist component_start;   /* static pod of a master started until it works: lognormal(2s, 0.3) guess */
	struct dist informer_sync;     /* new leader -> first action: uniform(1s, 10s), section 4.5 recalled */
	struct dist node_provisioning; /* machine asked for -> boots: lognormal(180s, 0.15), from "3-4 min" of 3.8 */
	struct dist machine_halt; /* a machine that shuts down in order is let go -> off: lognormal(3s, 0.3) guess */
	struct dist node_ready;   /* kubelet registered -> Ready=True: lognormal(15s, 0.4) guess */
};

enum failure_kind {
	FAILURE_NODE_CRASH,
	FAILURE_KUBELET_STOP,
	FAILURE_PARTITION,
	FAILURE_REBOOT,
	FAILURE_RUNTIME_STOP,
	FAILURE_CONTROL_PLANE,
	FAILURE_MASTER_CRASH,
	FAILURE_COMPONENT_CRASH,
	FAILURE_COMPONENT_STOP,
	FAILURE_ETCD_SLOW_DISK,
	FAILURE_NODE_SHUTDOWN,
	FAILURE_DISK,              /* of a node: power, and what it had pulled */
	FAILURE_SPOT_INTERRUPTION, /* the cloud takes the machine away, after a notice */
	FAILURE_CONTAINER_CRASH,
	FAILURE_KINDS
};

/* Whether a node struck by it has no power. */
static inline bool failure_takes_power(uint32_t kind)
{
	return kind == FAILURE_NODE_CRASH || kind == FAILURE_REBOOT || kind == FAILURE_DISK ||
	       kind == FAILURE_SPOT_INTERRUPTION;
}

/* What a termination handler does when a notice comes. */
enum notice_handler { HANDLER_DRAIN, HANDLER_NONE };

/* Hosts of the control plane at most: masters, and members of an external etcd. */
#define SCENARIO_MASTERS_MAX 9
#define SCENARIO_HOSTS_MAX (2 * SCENARIO_MASTERS_MAX)
/* "node-crash", "kubelet-stop", "partition", "reboot", "control-plane-outage" */
const char *failure_kind_name(enum failure_kind kind);
/* "apiserver", "controller-manager", "scheduler", "etcd" */
const char *component_name(enum component component);

struct failure {
	uint32_t id;  /* name: given, or "<kind>-<n>" */
	uint8_t kind; /* enum failure_kind */
	sim_time at;
	sim_time lasts; /* `for:`; SIM_NEVER: does not heal */
	uint32_t node_count;
	uint32_t *node;    /* rows of scenario.objects.node, ascending; empty for failures of masters alone */
	uint32_t masters;  /* bits of hosts, see scenario_host_name() */
	uint8_t component; /* enum component, of component-crash and component-stop */
	uint8_t leader;    /* 1 + enum component: of the host that leads this when it strikes, instead of `masters` */
	double factor;     /* of etcd-slow-disk */
	sim_time notice;   /* of spot-interruption: announced so long before the machine goes */
	uint8_t handler;   /* enum notice_handler */
	struct mark mark;
};

/* Whom one failure of a process strikes. */
struct failure_subject {
	uint32_t name;          /* of the node, rack, zone, ..., as reports say it */
	uint32_t stream;        /* its random streams: this number and the next */
	uint32_t node_count;    /* nodes struck at once */
	uint32_t *node;         /* rows of objects.node, ascending */
	uint32_t masters;       /* bits of hosts */
	uint32_t workload, nth; /* of containers: in the workload's nth oldest running pod */
	uint32_t group;         /* row of failure_source.group, or NONE: no cascade from it */
};

/* Failures that follow a failure. */
struct failure_cascade {
	double probability; /* that one follows at all; 0: no cascade */
	double more;        /* that another follows one that has */
	struct dist delay;  /* of each, from the first failure on */
};

/* Subjects among which failures spread: those of one rack, zone or value of a label. */
struct failure_group {
	uint32_t count;
	uint32_t *subject; /* rows */
};

struct failure_process;

/* An entry of `failures` with a process: random failures of subjects, each with streams of its own. Without one, the
 * reboots of a maintenance. */
struct failure_source {
	uint32_t id; /* name */
	const struct failure_process *process;
	const void *options;
	uint8_t kind, component; /* as in struct failure */
	double factor;
	bool heals; /* false: what has failed stays so */
	struct dist repair;
	double reboot_share; /* of the failures of kind node-crash, those that are a reboot and take `reboot` */
	struct dist reboot;
	uint32_t repairers; /* repairs under way at once, at most; 0: any number */
	sim_time from, until;
	sim_time notice;
	uint8_t handler;
	struct failure_cascade cascade;
	uint32_t group_count;
	struct failure_group *group;
	uint32_t subject_count;
	struct failure_subject *subject;
	double expected; /* failures in the run, when nothing else happens */
	struct mark mark;
};

/* Planned work on nodes. */
struct maintenance {
	uint32_t source; /* row of scenario.source: the reboots of its nodes */
	sim_time at;
	bool scheduled; /* by `schedule`, not at `at` */
	struct cron schedule;
	sim_time window; /* no node is begun later in it; SIM_NEVER: all are */
	uint32_t parallel;
	bool drain;
	sim_time drain_timeout, validation, pause;
};

/* A profile of data/failures.yaml that the scenario uses. */
struct profile_use {
	uint32_t name;
	const char *guess, *source; /* what in it is a guess; NULL: nothing */
};

enum action_kind {
	ACTION_CORDON,
	ACTION_UNCORDON,
	ACTION_DRAIN,
	ACTION_SCALE,
	ACTION_DELETE,
	ACTION_SET_IMAGE,
	ACTION_ROLLOUT_RESTART,
	ACTION_ROLLOUT_UNDO,
	ACTION_ROLLOUT_PAUSE,
	ACTION_ROLLOUT_RESUME,
	ACTION_TAINT,
	ACTION_LABEL,
	ACTION_ANNOTATE, /* pods: controller.kubernetes.io/pod-deletion-cost */
	ACTION_UNGATE,   /* pods: schedulingGates are taken away */
	ACTION_CREATE_JOB,
	ACTION_APPLY,
	ACTION_APP_EXIT, /* what applications do, rather than an operator */
	ACTION_APP_OOM,
	ACTION_APP_HANG,
	ACTION_APP_UNREADY
};

/* What an action is about. */
enum object_kind { OBJECT_NODE, OBJECT_POD, OBJECT_WORKLOAD, OBJECT_SERVICE, OBJECT_PDB };

enum cascade { CASCADE_BACKGROUND, CASCADE_ORPHAN, CASCADE_FOREGROUND };

/* A label, annotation or taint to set or, with remove, to take away. */
struct action_change {
	uint32_t key, value; /* name ids; of an annotation, value is unused */
	int64_t number;      /* annotation: the value */
	uint8_t effect;      /* taint; EFFECT_NONE removes those of every effect */
	bool remove;
};

/* An object of a file that is applied. */
struct applied {
	uint8_t object;      /* enum object_kind */
	bool is_new;         /* not there at the start: its row was made for it */
	uint32_t row;        /* in scenario.objects */
	const void *version; /* the struct ..._object as the file has it; same type */
};

/* One step of what somebody types into kubectl; a command may be several. */
struct action {
	uint8_t kind;   /* enum action_kind */
	uint8_t object; /* enum object_kind */
	sim_time at;
	bool follows;       /* not the first step of its command */
	uint32_t text;      /* the command as written */
	uint32_t target;    /* row in scenario.objects; of a pod, its name id; UINT32_MAX with a selector or --all */
	uint32_t namespace; /* of pods */
	bool selects;       /* all objects that match, at that time */
	struct selector selector;
	int32_t replicas;   /* scale */
	uint32_t image;     /* set-image */
	uint32_t container; /* set-image, app-*: name id of the container, 0 for all ("*") */
	uint32_t revision;  /* rollout undo: --to-revision; 0: the one before */
	uint32_t change_count;
	struct action_change *change;
	uint32_t applied_count;
	struct applied *applied;
	bool force; /* drain evicts bare pods too; delete pod does not wait for the kubelet */
	bool ignore_daemonsets;
	bool disable_eviction; /* drain deletes, so budgets do not bind */
	bool overwrite;        /* taint, label */
	bool has_grace;
	sim_time grace;   /* --grace-period */
	uint8_t cascade;  /* enum cascade */
	uint32_t count;   /* app-*: so many of the workload's pods, oldest first; 0: all */
	uint8_t code;     /* app-exit */
	sim_time lasts;   /* app-hang, app-unready; SIM_NEVER: until the container ends */
	sim_time timeout; /* drain: gives up after this; 0: never */
	struct mark mark;
};

/* From `at` on, what the work given to a workload uses in all; its ready pods share it equally. -1: as before. */
struct load {
	sim_time at;
	uint32_t workload; /* row of objects.workload */
	int64_t cpu_milli, mem_bytes;
	struct mark mark;
};

/* Jobs that arrive. */
struct arrival {
	uint32_t id, stream;   /* stream: of its random numbers, this and the next */
	uint32_t template;     /* row of a CronJob in objects.workload */
	double rate, rate_off; /* per hour; without bursts `rate` always */
	bool bursts;
	struct dist on, off;
	double swing, growth;
	sim_time peak, begin, end;
	uint32_t times; /* of a trace; 0: by the rates */
	sim_time *time;
	struct mark mark;
};

/* A workload whose replicas grow. */
struct growth {
	uint32_t workload; /* row of objects.workload */
	double monthly;
};

/* What clients ask of a Service from `at` on. */
struct request_load {
	sim_time at;
	uint32_t service; /* row of objects.service */
	double rate;      /* per second */
	struct dist time; /* a worker's, for one request */
	uint32_t workers, backlog;
	sim_time timeout; /* 0: clients wait for ever */
	double swing, growth;
	sim_time peak;
	struct mark mark;
};

/* A node group, as far as it can grow or shrink. Its nodes are rows first .. first + rows - 1 of objects.node. */
struct node_group_object {
	uint32_t name;
	uint32_t first, rows; /* rows: the largest size */
	int32_t count, min, max;
	int32_t priority; /* expander priority: the highest wins */
	double usd_per_hour;
};

enum expander { EXPANDER_LEAST_WASTE, EXPANDER_RANDOM, EXPANDER_MOST_PODS, EXPANDER_PRICE, EXPANDER_PRIORITY };

/* Flags of the cluster autoscaler (kubernetes-control-plane.md 3.8). */
struct autoscaler {
	bool on; /* some group may grow or shrink */
	sim_time scan_interval;
	uint8_t expander; /* enum expander */
	sim_time max_node_provision_time, new_pod_scale_up_delay;
	int64_t max_nodes_per_scaleup;
	sim_time backoff_initial, backoff_max, backoff_reset;
	double max_total_unready_percentage;
	int64_t ok_total_unready_count;
	bool scale_down_enabled, skip_nodes_with_system_pods;
	sim_time scale_down_unneeded_time, scale_down_unready_time;
	double scale_down_utilization_threshold;
	sim_time scale_down_delay_after_add, scale_down_delay_after_delete, scale_down_delay_after_failure;
	int64_t max_scale_down_parallelism, max_drain_parallelism;
	sim_time max_graceful_termination, max_pod_eviction_time;
	sim_time unremovable_node_recheck_timeout, node_delete_delay_after_taint;
};

/* What an expectation can speak of: one number of the outcome. See report/README.md. */
struct expectation {
	uint32_t metric;  /* name id, such as "recovery_max" */
	uint32_t subject; /* name id of a service or workload in metric(subject), 0 if none */
	uint8_t compare;  /* '<' '>' 'l' (<=) 'g' (>=) '=' */
	double value;     /* seconds for durations, plain otherwise (percentages as 0..1) */
	bool is_time;
	uint32_t text; /* as written */
	struct mark mark;
};

/* How a controller of the registry is used. */
struct controller_use {
	bool runs;
	void *options; /* of the policy's options_size; defaults where nothing was said */
};

struct scenario {
	struct scheduling scheduling; /* count 0: only in tests; one default profile for all pods */
	struct arena arena;
	struct file_set input; /* the files as they were read */
	struct names names;
	struct objects objects; /* nodes: those of the input first, then those of node groups, in order */
	uint32_t name;          /* metadata.name, else the first file's stem */
	uint64_t seed;          /* 1 */
	sim_time duration;      /* 30m, or as long as failures need: see explain */
	sim_time warmup;        /* 0: measured from here on */
	int64_t start_time;     /* startTime: what time 0 is on the clocks, in seconds since 1970; for schedules */
	int kubernetes;         /* minor version */
	uint32_t masters;       /* 1 */
	bool etcd_external;     /* members on machines of their own */
	uint32_t etcd_members;  /* of an external etcd; 0: as many as masters */
	bool components_use_balancer; /* controller manager and scheduler talk to the load balancer, not to their own */
	bool settled; /* start: settled (pods of the input already placed, Ready) or empty (rolled out from nothing) */
	uint32_t runtime;  /* name of the container runtime of all nodes that do not say; 0: nobody says */
	bool live_restore; /* docker: containers outlive their daemon */
	struct registry registry;
	uint32_t image_count;
	struct image_spec *image;
	double system_disk_share; /* of a node's disk, used by what is neither pod nor image */
	bool prepulled;           /* images: present on all nodes (prePulled: true), or pulled where missing */
	uint8_t tells_use;        /* bit u: some container says what it uses of enum usage u, or a workload has load */
	bool explicit_heartbeats; /* run every heartbeat and monitor pass as an event: slow, same result; for tests */
	struct timers timers;
	struct latencies latencies;
	struct kubelet_settings kubelet;
	struct controller_use *control; /* by row of controllers[] */
	uint32_t failure_count;
	struct failure *failure; /* sorted by time, then input order; rows beyond are failures of `source`, in a run */
	uint32_t source_count;
	struct failure_source *source;
	uint32_t maintenance_count;
	struct maintenance *maintenance;
	uint32_t profile_count;
	struct profile_use *profile;
	uint32_t group_count, group_capacity;
	struct node_group_object *group;
	struct autoscaler autoscaler;
	uint32_t action_count;
	struct action *action; /* sorted likewise */
	uint32_t explain;      /* name of a pod or workload whose scheduling is told attempt by attempt; 0: none */
	uint32_t load_count;
	struct load *load; /* sorted likewise */
	uint32_t arrival_count;
	struct arrival *arrival;
	uint32_t growth_count;
	struct growth *growth;
	uint32_t request_count;
	struct request_load *request; /* by service, then time */
	uint32_t expectation_count;
	struct expectation *expectation;
	const struct yaml_node *lesson; /* the document of kind Lesson, unread; NULL: none */
};

/* Members of etcd; hosts in all: masters first, then the machines of an external etcd. */
static inline uint32_t scenario_etcd_members(const struct scenario *s)
{
	return s->etcd_external && s->etcd_members > 0 ? s->etcd_members : s->masters;
}
static inline uint32_t scenario_hosts(const struct scenario *s)
{
	return s->masters + (s->etcd_external ? scenario_etcd_members(s) : 0);
}

/* "master-0", ... or "etcd-0", ... of a row of hosts. */
#define HOST_NAME_MAX_LENGTH 24
const char *scenario_host_name(const struct scenario *s, uint32_t host, char buffer[HOST_NAME_MAX_LENGTH]);

/* Arrivals per second at an instant, while a burst is on or off. */
double scenario_arrival_rate(const struct arrival *a, bool on, sim_time at);

/* Requests per second of an entry at an instant, by its daily curve and growth. */
double scenario_request_rate(const struct request_load *l, sim_time at);

/* What the command line adds. */
struct scenario_input {
	const char *const *paths;
	uint32_t path_count;
	const char *const *sets; /* "key=value" of --set, in order */
	uint32_t set_count;
};

/* The load of a workload at an instant, in millicores or bytes, 0 before the first; and when it changes next after it,
 * SIM_NEVER if it does not. */
int64_t scenario_load_at(const struct scenario *s, uint32_t workload, enum usage usage, sim_time at);
sim_time scenario_load_changes(const struct scenario *s, uint32_t workload, sim_time after);

/*
 * Reads, checks and defaults everything. s is zeroed by the caller; its arena owns all that it points to, also what d
 * prints: d is zeroed too (it is then initialised with that arena), or initialised by the caller. Mistakes go to d.
 * Returns 0 when the scenario can run, 3 for bad input, 4 when a file could not be read.
 */
int scenario_load(struct scenario *s, const struct scenario_input *input, struct diag *d);
void scenario_release(struct scenario *s);

/* Lets every attempt to schedule the pod or workload called name (or NAMESPACE/NAME) be told as a remark. NULL or "":
 * of none. */
void scenario_explain_pod(struct scenario *s, const char *name);

/* The part of scenario_load() that works on files already in memory, for tests and fuzzing; their bytes must outlive s.
 */
int scenario_load_files(struct scenario *s, const struct file_set *files, const char *const sets[], uint32_t set_count,
			struct diag *d);

/*
 * Prints what is known of the field called name ("nodeMonitorGracePeriod", "failures.at", ...): type, unit, default
 * (for each version where it differs), range, meaning, source of the default. name NULL prints a table of all fields.
 * "schedulers" and "quirks" print what there is of those. Returns false and suggests near names when there is no such
 * field.
 */
bool scenario_explain(const char *name, struct text *out);

/* The same for another table of fields, all of whose paths begin with prefix ("lesson"). Says nothing and returns false
 * when there is no such field. */
struct field;
bool fields_explain(const struct field *table, const char *prefix, const char *name, struct text *out);

#endif
