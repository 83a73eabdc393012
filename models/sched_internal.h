/* sched_internal.h - the parts of the scheduler among themselves: profile, framework, queue. */
#ifndef MODELS_SCHED_INTERNAL_H
#define MODELS_SCHED_INTERNAL_H

#include "models/sched_match.h"
#include "models/scheduler.h"

/* ---- profile ---- */

/* The profile that pods are in when they do not say. */
#define SCHED_DEFAULT_NAME "default-scheduler"
/* One plugin of the default profile. */
struct sched_entry {
	const char *name;
	const char *column;         /* heading in tables */
	uint8_t weight_old, weight; /* up to 1.22, and since; 0: no score */
};
/* Upstream's order; ends with a NULL name. */
extern const struct sched_entry sched_defaults[];

/* The weight of e in minor version `kubernetes`. */
int64_t sched_weight(const struct sched_entry *e, int kubernetes);

/* The row of the plugin called name in sched_plugins[], or NONE. */
uint32_t sched_plugin_row(const char *name);
/* The row, or SCHED_PLUGINS_MAX and more for plugins that are a part of the scheduler; NONE after reporting that there
 * is no such plugin. */
uint32_t sched_plugin_known(struct diag *d, const struct yaml_node *at, const char *name);
/* Whether a version has schedulingGates: on since 1.27 (0.2). */
static inline bool sched_has_gates(int kubernetes)
{
	return kubernetes >= 27;
}

/* A short heading for tables. */
const char *sched_plugin_column(const struct sched_plugin *p);

/* ---- framework ---- */

/* A plugin that is compiled in; slots are rows of sched_plugins[]. */
struct sched_slot {
	const struct sched_plugin *plugin;
	struct sched_call call;
	struct rng rng;
};

/* A pending pod that preemption made room for, or that says so in its status. */
struct sched_nomination {
	uint32_t pod, node;
};

/* What one search says of every node: for tables and conformance cases. Index [slot * rows + node] for the scores. */
struct sched_record {
	struct arena *arena;
	bool all; /* search all nodes and score a single one too; else the search goes as it would without the record */
	int64_t *raw, *norm;
	uint32_t scored;      /* bit i: slot i scored */
	const char **reasons; /* by node: JSON list of its reasons, sorted; NULL where it was not rejected */
};

/* One search and what it found, in buffers that are made once. */
struct sched_framework {
	struct world *world;
	struct sched_slot slot[SCHED_PLUGINS_MAX];
	uint32_t slots;
	int kubernetes;
	struct scheduling scheduling; /* the profiles */
	struct sched_profile own;     /* where the scenario has none */
	const struct sched_profile *profile;
	struct sched_shared shared;
	uint8_t *state; /* the states of all plugins in one block */
	size_t state_size;
	struct rng pick;

	uint32_t rows;                                       /* of nodes; those that exist are in the list */
	uint32_t node_count;                                 /* nodes in the list */
	uint32_t *order;                                     /* the node tree's list, kube-scheduler.md 1.3 */
	uint32_t *tree;                                      /* the same nodes as they arrived */
	uint32_t *in_zone;                                   /* by row: the zone in the tree, or NONE */
	uint32_t *tree_zone, tree_zones, tree_zone_capacity; /* zones as they arrived */
	uint32_t next_start;

	uint32_t *set; /* PreFilter's node set */
	uint32_t *feasible;
	uint32_t feasible_count;
	uint32_t *rejected;                     /* rows, in order of visit */
	uint8_t *rejected_by, *rejected_status; /* slot and enum sched_status of rejected[i] */
	const char **why; /* of rejected[i]: reasons that would be others now, a line each; or NULL */
	uint32_t rejected_count;
	bool fast;            /* the last search looked at the nominated node alone */
	uint32_t skipped;     /* bit i: slot i had nothing to filter in the last search */
	uint32_t rejectors;   /* bit i: slot i rejected some node */
	uint32_t set_by;      /* bit i: slot i restricted the search */
	uint32_t whole_by;    /* slot whose PreFilter rejected the pod as a whole, or NONE */
	uint8_t whole_status; /* enum sched_status of that */
	uint32_t last_pod;    /* pod of the last search if nothing was found, else NONE */
	int64_t *total, *raw;
	struct sched_record *record; /* or NULL */
	struct sched_nomination *nomination;
	uint32_t nominations, nomination_capacity;

	uint32_t *first_assumed;             /* by node */
	uint32_t *next_assumed, *assumed_on; /* by pod */
	uint32_t assumed_capacity, assumed_on_capacity;
	uint32_t pods_seen;
	int32_t lowest_priority; /* of the pods seen: those of no higher priority have no victims */
};

void framework_init(struct sched_framework *fw, struct world *w);
/* The profile that the pod asks for, or NULL: then no scheduler here takes it. */
const struct sched_profile *framework_profile(const struct sched_framework *fw, uint32_t pod);
/* The nominated pods: one node a pod; later nominations replace earlier ones. */
void framework_nominate(struct sched_framework *fw, uint32_t pod, uint32_t node);
void framework_denominate(struct sched_framework *fw, uint32_t pod);
uint32_t framework_nominated(const struct sched_framework *fw, uint32_t pod);
/* Whether pod would pass all filters on node as things are, nominated pods included. */
bool framework_fits(struct sched_framework *fw, uint32_t pod, uint32_t node);
/* A node came, went or got other labels: the tree and the topologies follow. */
void framework_node_changed(struct sched_framework *fw, uint32_t node);
/* The same; NULL when it would, else the reasons, a line each, in the run's scratch memory. */
const char *framework_misfit(struct sched_framework *fw, uint32_t pod, uint32_t node);
/* Room for the pods of the cluster. */
void framework_reserve(struct sched_framework *fw);
/* A new process: the search starts at the first node again. */
void framework_reset(struct sched_framework *fw);
/* One scheduling cycle of a pod that has a profile; nothing is assumed. */
struct sched_result framework_decide(struct sched_framework *fw, uint32_t pod);
/* "0/5 nodes are available: ..." of the last search, if it found nothing for pod. p: what preemption found since then,
 * or NULL when it was not tried. */
struct sched_preemption;
void framework_explain(struct sched_framework *fw, uint32_t pod, const struct sched_preemption *p, struct text *out);
/* The part of it about preemption; nothing where it found a way. */
void framework_explain_preemption(struct sched_framework *fw, uint32_t pod, const struct sched_preemption *p,
				  struct text *out);
/* The reasons, at most 16, for rejecting the pod of the last search as a whole, and the slot that gave them; 0 when it
 * was not. */
uint32_t framework_whole(struct sched_framework *fw, char text[][SCHED_REASON_MAX], uint32_t *by);
/* before, the names of the plugins that restricted the search, after. */
void framework_set_names(const struct sched_framework *fw, const char *before, const char *after,
			 char text[SCHED_REASON_MAX]);
/* Reserve: the pod goes to node. */
void framework_reserved(struct sched_framework *fw, uint32_t pod, uint32_t node);
/* Whether the event may help the pod, which the slots of the mask rejected. Spoils what framework_explain() needs. */
bool framework_helps(struct sched_framework *fw, uint32_t pod, uint32_t rejectors, const struct sched_event *e);
/* Calls of the plugins for pod, its profile in use; their states are zeroed. */
void framework_prepare(struct sched_framework *fw, uint32_t pod);
/* The lists of assumed pods; pod must (not) be in one. */
void framework_assumed_add(struct sched_framework *fw, uint32_t pod, uint32_t node);
void framework_assumed_remove(struct sched_framework *fw, uint32_t pod);

/* How many feasible nodes end a search among `nodes`; percent 0 is adaptive. kube-scheduler.md 1.4. */
uint32_t sched_node_limit(uint32_t nodes, int64_t percent);
/* The winner among count totals, kube-scheduler.md 1.6; scratch has the same length. */
uint32_t sched_pick(int kubernetes, const int64_t total[], uint32_t count, uint32_t scratch[], struct rng *r);

/* ---- queue ---- */

enum sched_place { PLACE_NONE, PLACE_ACTIVE, PLACE_BACKOFF, PLACE_ERROR, PLACE_UNSCHEDULABLE };

/* What the queue knows of a pod. Zero is a pod it has never seen. */
struct sched_item {
	sim_time timestamp; /* creation seen, or end of the last attempt */
	sim_time expiry;    /* end of the back-off */
	int32_t priority;
	uint32_t attempts, rejections, errors; /* errors: consecutive */
	uint32_t rejectors;                    /* slots that rejected it last */
	uint32_t text;                         /* name id of the reason told last */
	uint32_t at;                           /* index in its heap */
	uint32_t next, prev;                   /* list of unschedulable pods */
	uint8_t place;                         /* enum sched_place */
};

struct sched_heap {
	uint32_t *row;
	uint32_t count, capacity;
	uint8_t place; /* which order it has */
};

/* Active, backing off (rejected, failed by error) and unschedulable pods; kube-scheduler.md section 2. */
struct sched_queue {
	struct arena *arena;
	struct sched_item *item; /* by pod row */
	uint32_t capacity;
	struct sched_heap active, backoff, error;
	uint32_t first, last; /* unschedulable, oldest timestamp first */
	sim_time base;        /* start of the process, to which tickers are aligned */
	sim_time initial_backoff, max_backoff, flush_after;
	int kubernetes;
};

void sched_queue_init(struct sched_queue *q, struct arena *a, const struct timers *t, int kubernetes);
/* A new process at `now`: nothing is queued, counters are zero. */
void sched_queue_reset(struct sched_queue *q, sim_time now);
/* Room for pods 0 .. pods-1. */
void sched_queue_reserve(struct sched_queue *q, uint32_t pods);
/* A pod that was never queued in this process. */
void sched_queue_add(struct sched_queue *q, uint32_t pod, int32_t priority, sim_time now);
/* Takes pod out, wherever it is. */
void sched_queue_remove(struct sched_queue *q, uint32_t pod);
/* The next pod to try, now one attempt older, or NONE. */
uint32_t sched_queue_pop(struct sched_queue *q);
/* The attempt of a pod that is not queued ended: rejected by these slots (not 0), or failed by an error (such as its
 * bind call, which may belong to a process before this one: so priority is given again). */
void sched_queue_rejected(struct sched_queue *q, uint32_t pod, uint32_t rejectors, sim_time now);
void sched_queue_failed(struct sched_queue *q, uint32_t pod, int32_t priority, sim_time now);
/* An event helps this unschedulable pod: to back-off or active. */
void sched_queue_wake(struct sched_queue *q, uint32_t pod, sim_time now);
/* Moves what is due: ended back-offs and pods that were unschedulable for too long. */
void sched_queue_flush(struct sched_queue *q, sim_time now);
/* When sched_queue_flush() next has something to do; SIM_NEVER when nothing waits. */
sim_time sched_queue_due(const struct sched_queue *q);

#endif
