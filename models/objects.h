/* objects.h - Kubernetes objects as loaded: checked, defaulted as the API server would, and then never written again.
 */
#ifndef MODELS_OBJECTS_H
#define MODELS_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "models/curve.h"
#include "sim/arena.h"
#include "sim/cron.h"
#include "sim/diag.h"
#include "sim/dist.h"
#include "sim/names.h"
#include "sim/time.h"

/* Every string below is a uint32_t id of the scenario's names table; 0 is the empty or absent string. */

struct label {
	uint32_t key, value;
};
struct labels {
	struct label *item; /* sorted by key id; keys unique */
	uint32_t count;
};
/* The value of key, or 0; *present (may be NULL) tells an empty value from an absent key. */
uint32_t labels_get(const struct labels *l, uint32_t key, bool *present);

enum selector_op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_DOES_NOT_EXIST, OP_GT, OP_LT };
struct requirement {
	uint32_t key;
	uint8_t op; /* enum selector_op */
	uint32_t count;
	uint32_t *value;
	int64_t number; /* operand of Gt and Lt */
};
/* Zero is the absent (nil) selector, which matches nothing; present with count 0 matches everything. */
struct selector {
	bool present;
	uint32_t count;
	struct requirement *item; /* matchLabels first, each as OP_IN with one value */
};
bool requirement_matches(const struct requirement *r, const struct labels *l, const struct names *names);
bool selector_matches(const struct selector *s, const struct labels *l, const struct names *names);

/* Extended and other resources than cpu, memory, ephemeral-storage and pods. Sorted by the name's text. */
struct scalar {
	uint32_t name;
	int64_t value;
};
struct resources {
	int64_t cpu_milli, mem_bytes, disk_bytes, pods; /* pods only on nodes */
	uint32_t scalar_count;
	struct scalar *scalar;
};

enum taint_effect { EFFECT_NONE, EFFECT_NO_SCHEDULE, EFFECT_PREFER_NO_SCHEDULE, EFFECT_NO_EXECUTE };
struct taint {
	uint32_t key, value;
	uint8_t effect;
};
struct toleration {
	uint32_t key, value; /* key 0: any */
	uint8_t effect;      /* EFFECT_NONE: any */
	bool exists;         /* operator Exists, else Equal */
	bool has_seconds;
	sim_time seconds; /* tolerationSeconds as a time; may be <= 0 */
};
bool toleration_tolerates(const struct toleration *t, const struct taint *taint);

struct meta {
	uint32_t name, namespace;
	struct labels labels, annotations;
	struct mark at;
	/* first controller ownerReference, 0 if none */
	uint32_t owner_kind, owner_name;
};

/* A term of node affinity: all expressions and fields must hold; empty matches nothing. */
struct node_term {
	uint32_t weight; /* preferred terms only */
	uint32_t expression_count, field_count;
	struct requirement *expression, *field; /* fields: metadata.name In/NotIn */
};

struct pod_affinity_term {
	uint32_t weight;
	uint32_t topology_key;
	struct selector selector, namespace_selector;
	uint32_t namespace_count;
	uint32_t *namespaces;
};

struct spread_constraint {
	int32_t max_skew, min_domains; /* min_domains 0: unset */
	uint32_t topology_key;
	bool hard; /* DoNotSchedule */
	struct selector selector;
	bool honor_affinity, honor_taints; /* nodeAffinityPolicy, nodeTaintsPolicy */
	uint32_t match_key_count;
	uint32_t *match_key;
};

struct probe {
	bool present;
	sim_time initial_delay, period, timeout;
	sim_time grace; /* terminationGracePeriodSeconds of the probe, -1: the pod's */
	int32_t success_threshold, failure_threshold;
};

struct host_port {
	uint32_t ip, protocol; /* ids: "0.0.0.0" when unset, "TCP" when unset */
	uint16_t port;
};

/* What containers use: millicores, bytes, bytes of local disk, processes. */
enum usage { USAGE_CPU, USAGE_MEMORY, USAGE_DISK, USAGE_PIDS, USAGES };

enum pull_policy { PULL_IF_NOT_PRESENT, PULL_ALWAYS, PULL_NEVER };
enum restart_policy { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };

/* What the application in a container does, which its manifest cannot say: from annotations, see scenarios/README.md.
 */
enum app_word { APP_READY = 1, APP_STOP = 2, APP_RUN = 4, APP_HANG = 8, APP_PRE_STOP = 16, APP_POST_START = 32 };
struct app {
	struct dist ready;         /* from start until it can serve */
	struct dist stop;          /* from SIGTERM until it exits */
	struct dist run;           /* from start until it ends by itself; else it runs for ever */
	struct dist hang;          /* from start until it answers nobody any more */
	struct dist pre_stop;      /* length of its preStop hook */
	struct dist post_start;    /* length of its postStart hook */
	struct curve *use[USAGES]; /* NULL: nothing is said */
	uint8_t has;               /* enum app_word, or'ed */
	uint8_t exit_code;         /* with which its runs end; 0 by default */
	uint32_t exits;            /* only so many first runs end by themselves; UINT32_MAX: every one */
};

struct container {
	uint32_t name, image;      /* image normalised: ":latest" added when neither tag nor digest */
	uint8_t pull;              /* enum pull_policy */
	bool sidecar;              /* an init container with restartPolicy Always */
	bool post_start, pre_stop; /* has such a hook */
	bool port_in_use;          /* a container that starts before it in the pod listens on the same port */
	struct resources request;
	int64_t cpu_limit, mem_limit, disk_limit; /* millicores, bytes, bytes of local disk; 0: none */
	struct probe readiness, liveness, startup;
	struct app app;
	uint32_t port_count;
	struct host_port *port; /* host ports only */
};

/* ---- volumes; kube-scheduler.md 3.11 ---- */

/* accessModes, or'ed. */
enum access_mode { ACCESS_ONCE = 1, ACCESS_READ_MANY = 2, ACCESS_WRITE_MANY = 4, ACCESS_ONCE_POD = 8 };
enum claim_phase { CLAIM_PENDING, CLAIM_BOUND, CLAIM_LOST };
enum volume_phase { VOLUME_PENDING, VOLUME_AVAILABLE, VOLUME_BOUND, VOLUME_RELEASED, VOLUME_FAILED };

/* PersistentVolumeClaim, or the template of one. */
struct claim_object {
	struct meta meta;
	uint32_t class; /* storageClassName; 0: none, also after the default class was looked for */
	bool has_class; /* it is named, perhaps as "" */
	bool has_request, block, deleting;
	int64_t bytes;   /* resources.requests.storage */
	uint8_t access;  /* enum access_mode, or'ed */
	uint8_t phase;   /* enum claim_phase, from status or from annotation pv.kubernetes.io/bind-completed */
	uint32_t volume; /* volumeName */
	uint32_t node;   /* name in annotation volume.kubernetes.io/selected-node */
	struct selector selector;
};

/* PersistentVolume: of the input, or provisioned in a run. */
struct volume_object {
	struct meta meta;
	uint32_t class;
	int64_t bytes;
	uint8_t access;
	uint8_t phase;                        /* enum volume_phase, Available if absent */
	bool block, has_affinity;             /* nodeAffinity.required is there */
	bool deletes;                         /* persistentVolumeReclaimPolicy Delete */
	uint32_t claim_namespace, claim_name; /* claimRef; 0: none */
	uint32_t term_count;
	struct node_term *term;  /* nodeAffinity.required: one must match */
	uint32_t driver, handle; /* CSI; 0: not attachable by CSI */
};

struct class_object {
	struct meta meta;
	uint32_t provisioner, driver; /* driver: of CSI, also where the provisioner is of an in-tree plugin */
	bool waits;                   /* volumeBindingMode WaitForFirstConsumer */
	bool is_default;              /* annotation storageclass.kubernetes.io/is-default-class */
	bool retains;                 /* reclaimPolicy Retain */
	uint32_t term_count;
	struct node_term *term; /* allowedTopologies */
};

/* One driver of a CSINode. */
struct csi_driver_limit {
	uint32_t driver;
	int32_t count; /* allocatable.count; -1: no limit */
	uint32_t key_count;
	uint32_t *key; /* topologyKeys */
};
struct csi_node_object {
	struct meta meta; /* the node's name */
	uint32_t driver_count;
	struct csi_driver_limit *driver;
};
struct csi_driver_object {
	struct meta meta;
	bool capacity; /* storageCapacity: CSIStorageCapacity objects count */
};
struct capacity_object {
	struct meta meta;
	uint32_t class;
	struct selector topology; /* of node labels; absent: no node */
	bool has_bytes;
	int64_t bytes; /* maximumVolumeSize, else capacity */
};
struct attachment_object {
	struct meta meta;
	uint32_t driver, node, volume; /* attacher, nodeName, source.persistentVolumeName */
};

enum pod_volume_kind {
	POD_VOLUME_CLAIM,     /* persistentVolumeClaim; id is the claim's name */
	POD_VOLUME_EPHEMERAL, /* its own claim POD-VOLUME */
	POD_VOLUME_TEMPLATE,  /* of a StatefulSet: claim TEMPLATE-SET-ORDINAL */
	POD_VOLUME_GCE,       /* id: pdName */
	POD_VOLUME_EBS,       /* id: volumeID */
	POD_VOLUME_ISCSI,     /* id: iqn */
	POD_VOLUME_RBD        /* id: image */
};
/* A volume of a pod that matters for placing it; others are not kept. */
struct pod_volume {
	uint32_t name, id;
	uint8_t kind; /* enum pod_volume_kind */
	bool read_only;
	uint32_t pool, monitor_count; /* RBD */
	uint32_t *monitor;
	struct claim_object *template; /* EPHEMERAL and TEMPLATE */
	struct mark at;
};
/* More volumes in one pod are refused; a node takes 128 at most. */
#define POD_VOLUMES_MAX 256

/* PodQOSClass (pkg/apis/core/v1/helper/qos/qos.go). */
enum qos { QOS_BEST_EFFORT, QOS_BURSTABLE, QOS_GUARANTEED };

/* What a pod template asks; shared by all pods made from it. */
struct pod_spec {
	uint32_t container_count, init_count;
	struct container *container, *init;
	struct resources request;                 /* effective: max(init, sum) + overhead; kube-scheduler.md 3.1 */
	int64_t score_cpu_milli, score_mem_bytes; /* the same with the scheduler's non-zero defaults 100m and 200Mi */
	bool pod_level; /* spec.resources counts: its own score in NodeResourcesFit is then these two, without it */
	int64_t fit_cpu_milli, fit_mem_bytes;
	uint32_t forbidden; /* name of a LimitRange that does not let such a pod be created, or 0 */
	uint32_t node_name; /* spec.nodeName: bound already */
	struct labels node_selector;
	bool has_required_affinity;
	uint32_t required_count, preferred_count;
	struct node_term *required, *preferred;
	uint32_t affinity_count, affinity_preferred_count, anti_count, anti_preferred_count;
	struct pod_affinity_term *affinity, *affinity_preferred, *anti, *anti_preferred;
	uint32_t spread_count;
	struct spread_constraint *spread;
	uint32_t toleration_count; /* default tolerations of 300 s already added (DefaultTolerationSeconds admission) */
	struct toleration *toleration;
	uint32_t priority_class;
	int32_t priority; /* resolved from priorityClassName by objects_resolve() */
	bool preempts;    /* preemptionPolicy is not Never */
	uint8_t restart;  /* enum restart_policy */
	uint8_t qos;      /* enum qos */
	bool host_network;
	bool is_static; /* of a static pod's mirror: annotation kubernetes.io/config.source is not "api" */
	uint32_t scheduler_name;
	uint32_t gate_count; /* schedulingGates */
	uint32_t volume_count;
	struct pod_volume *volume;
	sim_time grace; /* terminationGracePeriodSeconds, default 30 s */
	uint32_t readiness_gate_count;
	bool has_gate_after; /* nodefall.io/gate-after: from ContainersReady until the gates' conditions are True; else
				never */
	struct dist gate_after;
};

/* The i-th container of a pod: init containers first, in their order. */
static inline const struct container *spec_container(const struct pod_spec *s, uint32_t i)
{
	return i < s->init_count ? &s->init[i] : &s->container[i - s->init_count];
}
static inline uint32_t spec_containers(const struct pod_spec *s)
{
	return s->init_count + s->container_count;
}

/* An image as a node reports it, by one of its names. */
struct node_image {
	uint32_t name; /* as written */
	int64_t bytes;
	bool again; /* another name of the image before it */
};

struct node_object {
	struct meta meta;
	struct resources capacity, allocatable; /* pods 110 when unset */
	uint32_t taint_count;
	struct taint *taint; /* spec.taints without the node lifecycle controller's own (not-ready, unreachable...) */
	bool unschedulable;
	uint32_t zone, region, rack; /* from labels topology.kubernetes.io/zone|region (or the old failure-domain ones);
					rack: nodefall.io/rack */
	uint32_t image_count;
	uint32_t *image; /* names in status.images, normalised: already on the node */
	uint32_t sized_count;
	struct node_image *sized; /* the same images with their sizes, names not normalised */
	uint32_t instance_type;
	bool absent;         /* not there at the start: a node group may grow to it, or an action brings it */
	uint32_t group;      /* row of scenario.group + 1, or 0 */
	double usd_per_hour; /* 0: unknown */
	uint32_t runtime;    /* name of its container runtime; 0: nobody says */
};

struct namespace_object {
	uint32_t name;
	struct labels labels;
};

enum pod_phase { PHASE_PENDING, PHASE_RUNNING, PHASE_SUCCEEDED, PHASE_FAILED };

/* A pod given as such: bare, or as a dump shows it with its owner. */
struct pod_object {
	struct meta meta;
	struct pod_spec *spec;
	uint8_t phase; /* from status, Pending if absent */
	bool ready;    /* from status */
	bool deleting; /* metadata.deletionTimestamp present */
	bool absent;   /* not there at the start: an action brings it */
};

enum workload_kind {
	WORKLOAD_NONE,
	WORKLOAD_DEPLOYMENT,
	WORKLOAD_REPLICA_SET,
	WORKLOAD_STATEFUL_SET,
	WORKLOAD_DAEMON_SET,
	WORKLOAD_JOB,
	WORKLOAD_CRON_JOB
};
/* "Deployment", ... */
const char *workload_kind_name(enum workload_kind kind);

/* An int-or-percent; percent when `percent`. */
struct int_or_percent {
	int32_t value;
	bool percent;
};
/* As a number; a percentage is of `total`, rounded up or down (intstr.GetScaledValueFromIntOrPercent). */
static inline int64_t int_or_percent_of(struct int_or_percent x, int64_t total, bool up)
{
	return x.percent ? (x.value * total + (up ? 99 : 0)) / 100 : x.value;
}

/* podReplacementPolicy; the default depends on whether there is a podFailurePolicy. */
enum job_replacement { REPLACE_DEFAULT, REPLACE_TERMINATING_OR_FAILED, REPLACE_FAILED };

/* A rule of podFailurePolicy: what follows when it is the first that matches a failed pod. */
enum job_rule_action { RULE_FAIL_JOB, RULE_FAIL_INDEX, RULE_IGNORE, RULE_COUNT };
struct job_rule {
	uint8_t action;     /* enum job_rule_action */
	bool on_disruption; /* condition DisruptionTarget=True */
	bool on_codes, not_in;
	uint32_t code_count;
	int32_t *code;
};

enum cron_concurrency { CRON_ALLOW, CRON_FORBID, CRON_REPLACE };

struct workload_object {
	uint8_t kind; /* enum workload_kind */
	struct meta meta;
	struct selector selector;
	struct labels pod_labels, pod_annotations;
	struct pod_spec *spec;  /* template */
	uint64_t template_hash; /* equal for templates that are written alike */
	int32_t replicas;       /* Deployment, ReplicaSet, StatefulSet: default 1 */
	sim_time min_ready;
	bool recreate;  /* Deployment strategy Recreate */
	bool on_delete; /* StatefulSet, DaemonSet updateStrategy OnDelete */
	struct int_or_percent max_surge, max_unavailable;
	sim_time progress_deadline;
	bool paused;
	bool parallel; /* StatefulSet podManagementPolicy Parallel */
	int32_t start_ordinal, partition;
	uint32_t service_name; /* StatefulSet */
	uint32_t claim_count;  /* StatefulSet volumeClaimTemplates */
	struct claim_object *claim;
	int32_t parallelism, completions; /* Job; completions -1: unset */
	int32_t backoff_limit;
	bool indexed;
	int32_t index_limit, max_failed_indexes; /* backoffLimitPerIndex, maxFailedIndexes; -1: unset */
	bool job_suspend;
	sim_time active_deadline, ttl; /* SIM_NEVER: unset */
	uint8_t replacement;           /* enum job_replacement */
	uint32_t rule_count;
	struct job_rule *rule; /* podFailurePolicy */
	/* CronJob; its Jobs are as the members above say */
	bool has_schedule, cron_suspend;
	struct cron schedule;
	const char *schedule_text;  /* as written */
	uint8_t concurrency;        /* enum cron_concurrency */
	sim_time starting_deadline; /* SIM_NEVER: unset */
	int32_t succeeded_history, failed_history;
	bool absent; /* not there at the start: an action brings it */
};

struct service_object {
	struct meta meta;
	bool has_selector;
	struct labels selector; /* equality map */
	bool headless;
	bool publish_not_ready;
	const char *type, *ports; /* "NodePort", "80:30080/TCP,443/TCP", only to be shown; NULL: ClusterIP, none */
	bool absent;              /* not there at the start: an action brings it */
};

struct pdb_object {
	struct meta meta;
	struct selector selector;
	bool has_min, has_max;
	struct int_or_percent min_available, max_unavailable;
	bool always_allow; /* unhealthyPodEvictionPolicy AlwaysAllow */
	bool absent;       /* not there at the start: an action brings it */
};

/* HorizontalPodAutoscaler, in the words of autoscaling/v2. */
struct hpa_metric {
	uint8_t usage;    /* enum usage */
	bool utilization; /* target is in percent of the requests, else a value for each pod */
	int64_t target;
};
struct hpa_policy {
	bool percent;
	int32_t value;
	sim_time period;
};
enum hpa_select { HPA_MAX, HPA_MIN, HPA_DISABLED };
struct hpa_rules {
	sim_time window; /* stabilizationWindowSeconds; SIM_NEVER: unset */
	uint8_t select;  /* enum hpa_select */
	uint32_t policy_count;
	struct hpa_policy *policy;
	double tolerance; /* negative: unset */
};
struct hpa_object {
	struct meta meta;
	uint32_t target_kind, target_name; /* name ids */
	uint32_t target;                   /* row of workload, UINT32_MAX if it is not among the objects */
	int32_t min, max;
	uint32_t metric_count;
	struct hpa_metric *metric;
	struct hpa_rules up, down;
};

/* ResourceQuota: millicores, bytes, bytes, a count. */
enum quota_of { QUOTA_CPU, QUOTA_MEMORY, QUOTA_DISK, QUOTA_PODS, QUOTAS_OF };
struct quota_object {
	struct meta meta;
	bool has[QUOTAS_OF];
	int64_t hard[QUOTAS_OF];
};

struct priority_class {
	uint32_t name;
	int32_t value;
	bool global_default, never_preempts;
};

/* All objects of a load, in input order. Growing arrays in one arena. */
struct objects {
	struct arena *arena;
	struct names *names;
	struct node_object *node;
	uint32_t node_count, node_capacity;
	struct pod_object *pod;
	uint32_t pod_count, pod_capacity;
	struct workload_object *workload; /* a ReplicaSet owned by a Deployment of the load is left out, and pods owned
					     by it count as the Deployment's */
	uint32_t workload_count, workload_capacity;
	struct service_object *service;
	uint32_t service_count, service_capacity;
	struct pdb_object *pdb;
	uint32_t pdb_count, pdb_capacity;
	struct quota_object *quota;
	uint32_t quota_count, quota_capacity;
	struct hpa_object *hpa;
	uint32_t hpa_count, hpa_capacity;
	struct priority_class *priority;
	uint32_t priority_count, priority_capacity;
	struct namespace_object *namespace;
	uint32_t namespace_count, namespace_capacity;
	struct claim_object *claim;
	uint32_t claim_count, claim_capacity;
	struct volume_object *volume;
	uint32_t volume_count, volume_capacity;
	struct class_object *class;
	uint32_t class_count, class_capacity;
	struct csi_node_object *csi_node;
	uint32_t csi_node_count, csi_node_capacity;
	struct csi_driver_object *csi_driver;
	uint32_t csi_driver_count, csi_driver_capacity;
	struct capacity_object *capacity;
	uint32_t capacity_count, capacity_capacity;
	struct attachment_object *attachment;
	uint32_t attachment_count, attachment_capacity;
};

#endif
