/* policy.h - the kinds of policy. A policy is one file in policies/KIND/; the folder is the registry. */
#ifndef MODELS_POLICY_H
#define MODELS_POLICY_H

#include "models/decide.h"
#include "models/sched_config.h"
#include "models/view.h"
#include "sim/rng.h"

struct policy_info {
	const char *name;    /* as users write it */
	const char *summary; /* one sentence */
};

/* ---- controllers: policies/control/NAME.c defines `const struct controller control_NAME` ---- */

enum change_kind {
	CHANGE_NODE = 1,
	CHANGE_POD = 2,
	CHANGE_WORKLOAD = 4,
	CHANGE_SERVICE = 8,
	CHANGE_PDB = 16,
	CHANGE_CLAIM = 32,
	CHANGE_VOLUME = 64
};

/* What about the row changed; a deletion of the object is CHANGED_REMOVED. */
enum change_what {
	CHANGED_ADDED = 1,
	CHANGED_REMOVED = 2,
	CHANGED_READY = 4, /* Ready condition of a node or pod */
	CHANGED_TAINTS = 8,
	CHANGED_CORDON = 16,
	CHANGED_BOUND = 32,
	CHANGED_PHASE = 64,
	CHANGED_DELETING = 128,
	CHANGED_SPEC = 256, /* replicas or template of a workload */
	CHANGED_STATUS = 512,
	CHANGED_LABELS = 1024,     /* of a node or pod */
	CHANGED_CONDITIONS = 2048, /* of a node, besides Ready */
};

/* A watch event. For removed pods the row still holds the object's last state (exists is false). */
struct change {
	uint8_t kind;  /* one enum change_kind */
	uint16_t what; /* enum change_what, or'ed */
	uint32_t row;
};

/* Passed to each function of a controller. */
struct control_call {
	const struct view *view;
	sim_time now;
	const void *options; /* as set by the scenario: what controller.options describes */
	void *state;         /* state_size zeroed bytes; RAM of the process: zeroed again when it restarts */
	struct arena *arena; /* for state that grows */
	struct rng *rng;     /* the controller's own stream */
	struct decisions *out;
	bool settling; /* building the initial state: calls take no time; timers and queue_at are ignored */
};

struct field;

struct controller {
	struct policy_info info;
	const char *role; /* of a replacement: the name of the controller whose work it does; else NULL */
	bool optional;    /* off unless the scenario turns it on */
	/* What the scenario may set: a table (sim/field.h) of a struct of this size, or NULL. */
	const struct field *options;
	size_t options_size;
	const char *client;   /* controllers naming the same client share one token bucket (kubeApiQps, kubeApiBurst) */
	uint8_t watches;      /* enum change_kind, or'ed */
	bool settles;         /* takes part in building the initial state (`start: settled`) */
	sim_time retry_after; /* a key whose calls failed comes back after this; 0: after 5 ms doubling to 1000 s */
	size_t state_size;
	/* How many keys are worked on at once. */
	int64_t (*workers)(const struct timers *t, int kubernetes);
	/* The informers are synced: queue what there is to look at. */
	void (*start)(struct control_call *c);
	/* A watch event has arrived; may be NULL when nothing is watched. */
	void (*notice)(struct control_call *c, const struct change *change);
	/* A worker takes key from the queue. The worker is busy until every decided call is answered. May be NULL. */
	void (*reconcile)(struct control_call *c, uint32_t key);
	/* A timer of decide_timer() fires. May be NULL. */
	void (*timer)(struct control_call *c, uint32_t key, uint32_t arg);
	/* The queue has become empty and every worker is idle. May be NULL. */
	void (*idle)(struct control_call *c);
	/* Lazy heartbeats only: the heartbeats of node row stopped or came back, or may have, so look at it in the
	 * coming passes. It carries no knowledge beyond "look"; with explicit heartbeats it is never called. May be
	 * NULL. */
	void (*alert)(struct control_call *c, uint32_t node);
};
/* The name under which scenarios speak of it. */
static inline const char *controller_role(const struct controller *p)
{
	return p->role != NULL ? p->role : p->info.name;
}
extern const struct controller *const controllers[]; /* sorted by file name, NULL-terminated; made by the build */

/* ---- container runtimes: policies/runtime/NAME.c defines `const struct runtime runtime_NAME` ---- */

/* What becomes of the containers of a node when the runtime's daemon is stopped. */
enum runtime_stop {
	RUNTIME_LEAVES_CONTAINERS, /* shims own them */
	RUNTIME_STOPS_CONTAINERS,  /* unless live-restore is on */
	RUNTIME_HAS_NO_DAEMON
};

/* A stack below the kubelet's container runtime interface. How long its steps take is in data/runtimes.csv. */
struct runtime {
	struct policy_info info;
	const char *path;              /* who calls whom */
	int min, max;                  /* minor versions of Kubernetes that accept it */
	const char *refusal, *way_out; /* why others do not, and what to do */
	enum runtime_stop on_stop;
	bool clears_images; /* of a machine that lost power, as its daemon finds no sign of a clean shutdown */
	bool content_store; /* keeps the compressed layers of its images beside the unpacked ones */
};
extern const struct runtime *const runtimes[]; /* sorted by file name, NULL-terminated; made by the build */

/* ---- failure processes: policies/failure/NAME.c defines `const struct failure_process failure_NAME` ---- */

struct field_context;
struct yaml_node;

/* Those whom an entry of `failures` strikes, by the names they have in reports; in input order. */
struct failure_subjects {
	uint32_t count;
	const uint32_t *name; /* ids in the scenario's names */
};

/* Passed to next(). */
struct failure_call {
	const void *options;
	uint32_t subject; /* row in failure_subjects */
	uint32_t failed;  /* how many times it has failed in this run */
	sim_time now;     /* it works since then: 0 at the start of the run, later the end of its last repair */
	struct rng *rng;  /* the subject's own stream, for nothing else */
};

/* When a subject that works fails next, and for how long; SIM_NEVER in `lasts` leaves that to the entry's `repair`. */
struct failure_next {
	sim_time at; /* >= now; SIM_NEVER: not any more */
	sim_time lasts;
};

struct failure_process {
	struct policy_info info;
	const struct field *options; /* what an entry may set: a table (sim/field.h) of a struct of this size */
	size_t options_size;
	/* Completes and checks the options when the scenario is loaded; mistakes go to c->diag, then it returns false.
	 * `at` is the entry in the file. Memory that options point to comes from c->arena. */
	bool (*prepare)(struct field_context *c, const struct yaml_node *at, void *options,
			const struct failure_subjects *subjects);
	/* What it returns depends on the call alone, so that a subject fails at the same times whatever else is
	 * simulated. */
	struct failure_next (*next)(const struct failure_call *c);
	/* How many failures one subject that works all the time has in `length` from the start, in the mean; for notes.
	 */
	double (*expected)(const void *options, uint32_t subject, sim_time length);
	bool brings_repair; /* next() says how long failures last */
};
extern const struct failure_process *const failure_processes[]; /* sorted by file name, NULL-terminated */

/* ---- scheduler plugins: policies/sched/NAME.c defines `const struct sched_plugin sched_NAME` ---- */

#define SCORE_MAX 100
/* Longest text of a rejection: "node(s) had untolerated taint {key: value}". */
#define SCHED_REASON_MAX 256

enum sched_status { SCHED_OK, SCHED_UNSCHEDULABLE, SCHED_UNRESOLVABLE };

/* What PreFilter says of the pod: nothing to filter (upstream's Skip), filter the nodes, or no node can take it. */
enum sched_pre { PRE_SKIP, PRE_FILTER, PRE_UNSCHEDULABLE, PRE_UNRESOLVABLE };

/* Changes that may help a pod which was rejected; kube-scheduler.md 2.6. */
enum sched_event_kind {
	SCHED_NODE_ADD = 1,
	SCHED_NODE_TAINT = 2, /* taints or spec.unschedulable changed */
	SCHED_NODE_LABEL = 4,
	SCHED_NODE_DELETE = 8,
	SCHED_POD_ADD = 16,    /* a pod was bound */
	SCHED_POD_DELETE = 32, /* a pod left its node */
	SCHED_POD_LABEL = 64,  /* labels of a bound pod changed */
	SCHED_VOLUME = 128,    /* a claim or volume was added, changed or removed */
};

/* One of them, for the hints. What the scheduler knew before is in was_*. */
struct sched_event {
	uint8_t kind;  /* one enum sched_event_kind */
	uint32_t node; /* SCHED_NODE_*: the node; SCHED_POD_*: the pod's node */
	uint32_t pod;  /* SCHED_POD_*: the pod */
	bool was_unschedulable;
	uint32_t was_taint_count;
	const struct taint *was_taint;
	const struct labels *was_labels; /* SCHED_NODE_LABEL, SCHED_POD_LABEL */
	uint32_t claim, volume;          /* SCHED_VOLUME: one of them, the other is NONE */
	bool added;                      /* SCHED_VOLUME: it is new */
};

struct sched_shared;
/* Arrays of a plugin: see sched_numbers() in models/sched_match.h. */
struct sched_numbers {
	int64_t **row;
	uint32_t count, capacity;
};

/* One attempt. Plugins keep what PreFilter and PreScore compute in their state, zeroed for each attempt. */
struct sched_call {
	const struct view *view;
	int kubernetes; /* minor version */
	const struct pod *pod;
	uint32_t pod_row;
	void *state;          /* state_size bytes, zeroed before pre_filter; no allocation during a cycle */
	uint32_t count;       /* score: number of candidates */
	const uint32_t *node; /* score: candidate rows */
	/* Pods assumed on a node whose bind is on its way: first_assumed[node], then next_assumed[pod], to NONE. They
	 * count like those of node.first_pod; skip any that is bound or gone by now. */
	const uint32_t *first_assumed, *next_assumed;
	const uint32_t *assumed_on;        /* by pod: the node, or NONE */
	const struct sched_config *config; /* never NULL */
	struct sched_shared *shared;       /* see models/sched_match.h */
	struct sched_numbers numbers;      /* the plugin's own, kept from attempt to attempt */
	void *kept;                        /* the same: for buffers from shared->arena that grow; NULL at first */
	struct rng *rng;                   /* the plugin's own stream */
};

struct sched_plugin {
	struct policy_info info; /* upstream's name: "NodeResourcesFit" */
	size_t state_size;       /* may be 0 */
	bool baseline;           /* not upstream's: a scheduler to compare with, usable by its name */
	/* NULL: always filters if filter is set. After a rejection of the pod as a whole, reasons(c, NONE, text) tells
	 * why. */
	enum sched_pre (*pre_filter)(struct sched_call *c);
	/* After pre_filter, PreFilter's node set: writes the rows the search is restricted to, ascending, at most as
	 * many as there are nodes, and returns their number, or NONE for all nodes. With 0, reasons(c, NONE, text)
	 * tells why the pod as a whole is rejected, if it is more than that no such node exists. The sets of several
	 * plugins are intersected. May be NULL. */
	uint32_t (*node_set)(struct sched_call *c, uint32_t row[]);
	/* SCHED_OK or a rejection of node. NULL: no filter. */
	enum sched_status (*filter)(struct sched_call *c, uint32_t node);
	/* After a rejection by this plugin, the texts of its reasons for node, upstream's words, in upstream's order;
	 * returns the number of reasons, at most 16. Called off the hot path only. */
	uint32_t (*reasons)(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX]);
	/* False: no score from this plugin for this pod (Skip). NULL: always scores if score is set. */
	bool (*pre_score)(struct sched_call *c);
	/* Raw scores of c->node[0 .. count-1]. */
	void (*score)(struct sched_call *c, int64_t score[]);
	/* NormalizeScore in place, or NULL. */
	void (*normalize)(struct sched_call *c, int64_t score[]);
	/* Reserve: the pod goes to node. May be NULL. */
	void (*reserve)(struct sched_call *c, uint32_t node);
	/* The events that may help a pod this plugin rejected (enum sched_event_kind, or'ed): upstream's
	 * EventsToRegister. */
	uint8_t events;
	/* Of those, the ones the hint is asked about; any other one helps. */
	uint8_t hinted;
	/* QueueingHint, since 1.32: whether the event may make c->pod schedulable. c->state holds nothing. */
	bool (*hint)(struct sched_call *c, const struct sched_event *e);
};
extern const struct sched_plugin *const sched_plugins[]; /* sorted by file name, NULL-terminated; made by the build */

#endif
