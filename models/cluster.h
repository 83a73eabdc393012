/* cluster.h - the state of a cluster in a run: belief (what the API server holds) and, apart from it, truth. */
#ifndef MODELS_CLUSTER_H
#define MODELS_CLUSTER_H

#include "models/policy.h"
#include "sim/run.h"

/* What a node really is. */
struct node_truth {
	bool machine;             /* there is a machine of that name, which has booted once */
	bool ordered;             /* one has been asked for and has not booted yet */
	bool registers;           /* its kubelet has started and not yet found or made the Node object */
	uint32_t order;           /* grows when a machine is asked for or given back */
	sim_time born;            /* when the machine booted; 0: there from the start */
	bool powered;             /* machine runs */
	bool kubelet;             /* kubelet process runs */
	bool runtime;             /* the container runtime's daemon runs */
	bool runtime_bad;         /* the kubelet holds its runtime to be down */
	bool linked;              /* it can reach the API server (the API server's own outage is apart) */
	bool watching;            /* its pod watch is established */
	uint32_t failure;         /* failure that struck it last, or NONE */
	uint32_t epoch;           /* grows at each failure and return: older events of the node are void */
	uint32_t ghosts;          /* pods removed by force while their containers run and the kubelet does not know */
	uint32_t cpu_epoch;       /* of the next look at how CPU is shared */
	bool restarted, rebooted; /* its kubelet starts and has not looked at its pods yet; after a loss of power */
};

enum container_state { CONTAINER_WAITING, CONTAINER_CREATING, CONTAINER_RUNNING, CONTAINER_TERMINATED };

/* What an application answers to probes and clients. */
enum answers { ANSWERS_NOTHING_YET, ANSWERS_WELL, ANSWERS_UNREADY, ANSWERS_NOT };

/* One probe of a running container: its ticks are from + k * period, and what they gave is counted when needed. */
struct probe_run {
	sim_time from;       /* a tick; the first that counts is not before the initial delay */
	sim_time counted;    /* ticks up to here are in the numbers below */
	uint32_t fails, oks; /* in a row, at last */
};

/* Where random walks of what a container uses have come to, in one of its runs. */
struct container_walk {
	uint32_t run;
	struct curve_state state[USAGES];
};

/* One container of a pod. The kubelet holds what it has seen. */
struct container_truth {
	uint8_t state, reason; /* enum container_state, container_reason */
	uint8_t answers;       /* enum answers; truth, while it runs */
	uint8_t last_reason;   /* of its last end */
	bool seen;             /* the kubelet's PLEG has seen its state */
	bool once;             /* has started since the sandbox was made */
	bool done;             /* an init container that has exited 0 since then */
	bool started, ready;   /* as the kubelet holds it: startup probe and readiness probe have passed */
	bool dying;            /* a signal is on its way to it */
	uint8_t exit_code;     /* of its last end, or of the one on its way */
	uint32_t restarts, runs, life, probing;
	sim_time started_at, finished_at;
	sim_time able_at;             /* when it can serve at the earliest */
	sim_time ends_at;             /* of one that is dying */
	float pace;                   /* share of the CPU that it asks for until then */
	sim_time changed_at;          /* of `answers` */
	sim_time due;                 /* it is not created before */
	sim_time pull_backoff;        /* of its image; in the kubelet's memory */
	sim_time backoff, backoff_at; /* restart back-off, and when it was last used; in the kubelet's memory */

	struct probe_run probe[PROBE_KINDS];
	struct container_walk *walk; /* NULL: none was asked for yet */
};

enum pod_stage {
	STAGE_NONE, /* the kubelet has not learned of it */
	STAGE_SETUP,
	STAGE_SANDBOX,
	STAGE_CONTAINERS, /* images are pulled, init containers run, containers are created */
	STAGE_NOTICE,     /* every container has started, not yet seen by the PLEG */
	STAGE_RUNNING,    /* running, not yet ready */
	STAGE_READY,      /* the kubelet holds it to be ready */
	STAGE_STOPPING,
	STAGE_STOPPED, /* containers gone */
};

/* What a pod really is. Row numbers as struct pod. */
struct pod_truth {
	bool mounted;       /* its CSI volumes are mounted */
	bool wants_volumes; /* it waits for them to be attached, since mount_asked */
	sim_time mount_asked;
	uint8_t stage;                     /* enum pod_stage */
	bool serving;                      /* containers run and the application can serve */
	bool running;                      /* containers run */
	bool reporting;                    /* a status of it is on its way to the API server */
	bool report_again;                 /* and it has changed since */
	bool completed;                    /* its containers ended and are not started again */
	bool failed;                       /* and not with exit code 0 */
	bool admitted;                     /* by its kubelet */
	bool waits_for_room;               /* a critical pod, until those whose resources it takes have ended */
	bool exact_grace;                  /* its grace overrides all others, however short */
	uint8_t why;                       /* enum pod_reason, when the kubelet made it fail */
	bool ending;                       /* its main containers have ended for good, its sidecars have not */
	bool initialized;                  /* its init containers are done */
	bool noticing;                     /* a relist that will see its containers is on its way */
	bool was_running;                  /* all its containers have started once */
	bool gate_asked, gate_open;        /* readiness gates */
	uint32_t working;                  /* container that the kubelet is about to create, or NONE */
	struct container_truth *container; /* init containers first; NULL before it begins to live */
	uint32_t restarts;                 /* of its containers */
	int64_t reported;                  /* the status that the kubelet wrote last, as the number of API_POD_STATUS */
	struct rng rng;                    /* what is drawn for it on its node */
	sim_time grace;                    /* with which it is being stopped */
	uint32_t epoch;                    /* older POD_STEP events of the kubelet's own doing are void */
	uint32_t life;    /* incarnation of its containers: older POD_STEP events of the application's doing are void */
	bool pulled;      /* some image had to be pulled */
	bool images_told; /* the fact that all its images are there */
	sim_time pull_asked, pull_took, pull_waited;
	uint32_t next_unreplaced;        /* list of deleted pods whose replacement has not been created, or NONE */
	uint32_t next_puller;            /* list of pods that wait for the same pull, or NONE */
	uint32_t counted_on;             /* node on which its requests are counted (assumed or bound), or NONE */
	uint32_t slice_mask, proxy_mask; /* endpoints: bit i = i-th Service of service_list */
	const struct service_list *services;
	bool relabelled; /* has had other labels: some of the Services may no longer select it */
};

/* Book-keeping about a workload that no policy may see. Row numbers as struct workload. */
struct workload_truth {
	uint32_t first_unreplaced, last_unreplaced; /* see replace.h; last is void when first is NONE */
	const struct service_list *services;        /* of its pods; NULL until first asked */
	uint32_t refused_by; /* name of the quota or limit range that refused its last pod, or 0 */
};

/* The Services that select a pod: shared by all pods of a template. At most 32. */
struct service_list {
	uint32_t count;
	uint32_t service[32];
};

/* Pods whose place the scheduler has to look at again (bound, ended, going, gone, orphaned), each once. */
struct moved_pods {
	uint32_t *row;
	bool *listed; /* by pod row */
	uint32_t count, capacity, listed_capacity;
	const void *reader; /* who read it last: another one has to look at all pods first */
};

struct cluster {
	struct run *run;
	const struct scenario *scenario;
	struct view view; /* refreshed whenever an array moves */

	struct node *node;
	struct node_truth *node_truth;
	int64_t *cpu_alloc, *mem_alloc, *disk_alloc, *cpu_used, *mem_used, *disk_used, *score_cpu_used, *score_mem_used;
	int32_t *pods_alloc, *pods_used;
	uint32_t node_count, nodes_existing;

	struct pod *pod;
	struct pod_truth *pod_truth;
	uint32_t pod_count, pod_capacity, pod_truth_capacity;
	struct moved_pods moved;

	struct workload *workload;
	struct workload_truth *workload_truth;
	uint32_t workload_count, workload_capacity, workload_truth_capacity;

	struct service *service;
	struct pdb *pdb;
	struct quota *quota; /* rows of objects.quota */

	struct claim *claim;
	uint32_t claim_count, claim_capacity;
	uint32_t *claim_named; /* by name id, see view.h */
	uint32_t claim_names;
	struct volume *volume;
	uint32_t volume_count, volume_capacity;
	uint32_t *loose;
	uint32_t loose_count, loose_capacity;
	struct attachment *attachment;
	uint32_t *attachment_mounts; /* truth: pods of the node that have it mounted, by attachment */
	uint32_t mounts_capacity, attach_draws;
	uint32_t attachment_count, attachment_capacity, free_attachment;
	uint32_t *zone_name, *zone_region, *zone_nodes;
	uint32_t zone_count;
	size_t zone_capacity[3];
};

/* Builds nodes, workloads and services of the scenario; no pods yet. Memory from run->arena. */
void cluster_init(struct cluster *c, struct run *run, const struct scenario *s);

/* Belief writers: the only code that changes belief. Each tells its fact; none of them notifies watchers (api.c does).
 */

/* A new Pod object; workload NONE for a bare pod. name 0 makes one from the workload's. Returns its row. */
struct pod_new {
	const struct pod_spec *spec;
	const struct labels *labels;
	uint32_t name, namespace, workload, pinned_node;
	int32_t ordinal;
	bool settled; /* part of the initial state */
};
uint32_t cluster_pod_create(struct cluster *c, const struct pod_new *n);
/* Lists the pod in c->moved; for those that change what a pod's place depends on by themselves. */
void cluster_pod_moved(struct cluster *c, uint32_t pod);
void cluster_pod_bind(struct cluster *c, uint32_t pod, uint32_t node, uint32_t attempts);
void cluster_pod_ready(struct cluster *c, uint32_t pod, bool ready, enum ready_by by);
void cluster_pod_containers(struct cluster *c, uint32_t pod, uint32_t restarts, enum container_reason reason);
void cluster_pod_phase(struct cluster *c, uint32_t pod, enum pod_phase phase, enum pod_reason why);
/* The mirror of a static pod that had ended is made anew: Pending, under the same row. Does nothing to others. */
void cluster_pod_renew(struct cluster *c, uint32_t pod);
/* preemptor: the pod that is to have the room, or NONE. */
void cluster_pod_delete(struct cluster *c, uint32_t pod, enum delete_cause cause, sim_time grace, uint32_t preemptor);
void cluster_pod_remove(struct cluster *c, uint32_t pod);

/* Resources of a pod counted on a node (sign +1) or given back (-1); the scheduler's assume and forget use it too.
 * cluster_pod_bind() counts nothing when the pod was assumed on that very node before. */
void cluster_count(struct cluster *c, uint32_t pod, uint32_t node, int sign);
/* Where the scheduler assumes a not yet bound pod to be; NONE when nowhere. cluster_assume counts, cluster_forget gives
 * back. */
void cluster_assume(struct cluster *c, uint32_t pod, uint32_t node);
void cluster_forget(struct cluster *c, uint32_t pod);

/* shutting: Ready=False as the machine shuts down, rather than for its runtime. */
void cluster_node_ready(struct cluster *c, uint32_t node, enum node_ready ready, bool shutting, sim_time silence,
			sim_time limit);
/* Conditions besides Ready that are True: bits of 1 << enum node_condition; unknown: the others are not False, but
 * Unknown.
 */
void cluster_node_conditions(struct cluster *c, uint32_t node, uint8_t conditions, bool unknown);
/* Adding a taint that is there, or removing one that is not, does nothing and returns false. */
bool cluster_taint_add(struct cluster *c, uint32_t node, uint32_t key, enum taint_effect effect);
/* The same with a value, which replaces another one. */
bool cluster_taint_set(struct cluster *c, uint32_t node, const struct taint *taint);
bool cluster_taint_remove(struct cluster *c, uint32_t node, uint32_t key, enum taint_effect effect);
void cluster_cordon(struct cluster *c, uint32_t node, bool on);
/* A Node object appears: Ready unset, tainted not-ready:NoSchedule as by admission (kubernetes-control-plane.md 2.3).
 */
void cluster_node_add(struct cluster *c, uint32_t node);
/* It goes; pods stay bound to its name. */
void cluster_node_remove(struct cluster *c, uint32_t node);
/* Sets a label (value 0 is the empty text) or removes it. Zone, region and rack follow. */
void cluster_node_label(struct cluster *c, uint32_t node, uint32_t key, uint32_t value, bool remove);
/* Labels and taints of a manifest are added to the node, or overwrite its own. */
void cluster_node_apply(struct cluster *c, uint32_t node, const struct node_object *object);

/* Sets or removes a label of a pod, which has labels of its own from then on. */
void cluster_pod_label(struct cluster *c, uint32_t pod, uint32_t key, uint32_t value, bool remove);
/* A workload whose row was made for it appears. */
void cluster_workload_appear(struct cluster *c, uint32_t workload, const struct workload_object *object);
/* It goes; its pods and ReplicaSets keep its row as their owner's, or none when they become orphans. */
void cluster_workload_remove(struct cluster *c, uint32_t workload, bool orphan);
void cluster_service_appear(struct cluster *c, uint32_t service);
void cluster_scale(struct cluster *c, uint32_t workload, int32_t replicas);
/* A ReplicaSet of deployment's current template. Returns its row. */
uint32_t cluster_replica_set_create(struct cluster *c, uint32_t deployment, int32_t replicas);

/* ---- volumes (cluster_volume.c) ---- */

/* The claims, volumes and attachments of the input. */
void cluster_volumes_init(struct cluster *c);
/* Names the claims of a new pod. */
void cluster_pod_claims(struct cluster *c, uint32_t pod);
/* The claim of the i-th volume of pod, or NONE. */
uint32_t cluster_pod_claim(const struct cluster *c, uint32_t pod, uint32_t i);
/* A new claim; owner: the pod of an ephemeral volume, or NONE. Returns its row. */
uint32_t cluster_claim_create(struct cluster *c, const struct claim_object *from, uint32_t namespace, uint32_t name,
			      uint32_t owner);
/* The claim's object is gone; a bound volume is released, or goes too when its policy says so. */
void cluster_claim_remove(struct cluster *c, uint32_t claim);
void cluster_claim_select(struct cluster *c, uint32_t claim, uint32_t node);
/* False when the volume belongs to another claim already. */
bool cluster_volume_reserve(struct cluster *c, uint32_t volume, uint32_t claim);
/* A new volume for claim, of the topology of node (NONE: of none). Returns its row. */
uint32_t cluster_volume_provision(struct cluster *c, uint32_t claim, uint32_t node);
/* False when one of the two is bound otherwise. */
bool cluster_claim_bind(struct cluster *c, uint32_t claim, uint32_t volume);
/* The attachment of volume to node, which may be there already; and its end. */
void cluster_attach(struct cluster *c, uint32_t volume, uint32_t node);
void cluster_detach(struct cluster *c, uint32_t volume, uint32_t node);
/* A volume by its name, or NONE. */
uint32_t cluster_volume_named(const struct cluster *c, uint32_t name);
void cluster_check_volumes(const struct cluster *c);

/* A Job of a CronJob for a scheduled time, in seconds since 1970. Returns its row. */
uint32_t cluster_job_create(struct cluster *c, uint32_t cron_job, int64_t scheduled);
/* A Job of its template that comes by itself, called "<id>-<number>". Returns its row. */
uint32_t cluster_job_arrive(struct cluster *c, uint32_t cron_job, uint32_t id, uint32_t number);
void cluster_job_state(struct cluster *c, uint32_t job, enum job_state state, enum job_reason reason);

/* Counts a pod that is about to be created in the quotas of its namespace; or returns the name of one that forbids it,
 * counting nothing. 0: created. */
uint32_t cluster_quota_admit(struct cluster *c, uint32_t namespace, const struct pod_spec *s);
void cluster_quota_recount(struct cluster *c, uint32_t quota);

/* Invariants; ends the program with a message naming what broke and the simulated time. Costs O(everything). */
void cluster_check(const struct cluster *c);

/* Fills a fact at the run's clock with all columns unused, and tells one. */
struct fact cluster_fact(const struct cluster *c, enum fact_kind kind);
void cluster_tell(struct cluster *c, struct fact f);

#endif
