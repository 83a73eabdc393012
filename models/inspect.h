/*
 * inspect.h - one instant of a run, read-only: what the API server believes, and what is so; for report/looks/.
 *
 * Belief is view.h, and the containers' states that kubelets wrote last. Truth is what a look at the machines finds.
 */
#ifndef MODELS_INSPECT_H
#define MODELS_INSPECT_H

#include "models/policy.h"

/* Incomplete on purpose: whoever looks cannot reach into the model. */
struct world;

enum look_state { LOOK_WAITING, LOOK_RUNNING, LOOK_TERMINATED };

/* A run of a container that is over. lost: nobody saw it end, as with a node without power. */
struct look_end {
	bool there, lost;
	uint8_t reason, exit_code; /* enum container_reason */
	uint32_t attempt, sandbox; /* its number, from 0; that of its sandbox, from 1 */
	sim_time started_at, finished_at;
};

/* One container. Where it has ended, `end` tells how; `last` is the run before. */
struct container_look {
	uint8_t state;  /* enum look_state */
	uint8_t reason; /* enum container_reason: why it waits */
	bool ready, started;
	uint32_t restarts;   /* restartCount, which is the number of the run that `state` speaks of */
	sim_time started_at; /* while it runs */
	struct look_end end, last;
};

/* One pod; row numbers as view.pod. The arrays hold init containers first, as spec_container(). */
struct pod_look {
	const struct container_look *believed; /* status.containerStatuses; NULL: none yet */
	const struct container_look *truth;    /* NULL: the kubelet has never taken it up */
	bool here;                             /* truth: sandbox and containers, dead ones too, are on the machine */
	bool runs, sandbox_ready;              /* truth: all its containers have started; its sandbox lives */
	bool gate_open;                        /* its readiness gates' conditions are True */
	uint32_t sandboxes;                    /* made for it so far */
	sim_time sandbox_at;                   /* when the last of them was ready */
	uint32_t address;                      /* of the last: number among those of its node, from 0 */
	const uint32_t *service;               /* rows of the Services that select it */
	uint32_t service_count;
	uint32_t endpoint_mask; /* bit i: a ready address in the slices of service[i] */
};

struct node_look {
	bool machine, powered, booting, kubelet, runtime_up, linked;
	bool shutting_down; /* in an orderly way */
	bool served;        /* some API server is there for it */
	bool runtime_said;  /* the input says which runtime; else it is the version's default */
	const struct runtime *runtime;
	sim_time lease_renewed, status_written; /* as the API server has them */
};

/* An image on a node. */
struct image_look {
	uint32_t name;          /* normalised, name id */
	int64_t size, unpacked; /* bytes, compressed and not */
	sim_time since;         /* when it came; at most 0: there from the start */
};

/* Whether the API answers, and if not, why: no process runs; etcd cannot be read; nobody reaches the masters. */
enum look_api { LOOK_API_ANSWERS, LOOK_API_DOWN, LOOK_API_NO_ETCD, LOOK_API_UNREACHABLE };

struct look {
	sim_time at;
	const struct scenario *scenario;
	const struct view *view;
	const struct names *names;
	const struct node_look *node; /* by row of view.nodes */
	const struct pod_look *pod;   /* by row of view.pod */
	enum look_api api;
	struct world *world; /* for the functions below */
};

/* Begins to note, from the building of a world on, what struct look needs and no run else keeps. */
void inspect_init(struct world *w);

/* The world as it is now. Memory from run->arena; nothing in it changes, and the run must not go on. */
struct look inspect_look(struct world *w);

/* The same with memory from a, for somebody who looks again and again. */
struct look inspect_look_in(struct world *w, struct arena *a);

/* The hosts of the control plane: masters first, then an external etcd's. */
struct host_look {
	bool powered, process[COMPONENTS];
	bool leads[COMPONENTS]; /* etcd's leader; holder of the lock of controller manager and scheduler */
};
/* Their looks, scenario_hosts() long or 1 where the scenario has one master; in a. */
const struct host_look *inspect_hosts(const struct look *l, struct arena *a);

/* What is already sure to come, unless something else comes before it. */
enum pending_kind {
	PENDING_FAILURE,  /* subject: row of a failure that strikes */
	PENDING_HEALED,   /* that ends */
	PENDING_ACTION,   /* row of an action */
	PENDING_EVICTION, /* pod whose toleration of NoExecute taints runs out */
	PENDING_MONITOR,  /* the node lifecycle controller looks at the nodes, as it may have to act */
	PENDING_POD,      /* pod of which a step on its node ends */
	PENDING_NODE,     /* node whose kubelet reports or connects again */
	PENDING_MACHINE,  /* node whose machine boots */
	PENDING_COMPONENT /* host on which a process of the control plane starts */
};
struct pending {
	sim_time at;
	uint8_t kind; /* enum pending_kind */
	uint32_t subject;
};
/* The first of them, at most max, in order of time; in a. */
const struct pending *inspect_pending(const struct look *l, struct arena *a, uint32_t max, uint32_t *count);

/* The images on a node in the order of their coming; memory from a. */
const struct image_look *inspect_images(const struct look *l, uint32_t node, struct arena *a, uint32_t *count);

/* "sha256:...": the id of an image, and the digest of its manifest; in a. */
const char *inspect_image_id(const struct look *l, uint32_t image, struct arena *a);
const char *inspect_image_digest(const struct look *l, uint32_t image, struct arena *a);

/* What container i of pod uses: millicores, bytes, bytes of local disk, processes. */
double inspect_usage(const struct look *l, uint32_t pod, uint32_t i, enum usage u);

/* ---- what the model tells; nothing happens unless inspect_init() was called ---- */

void inspect_sandbox(struct world *w, uint32_t pod);                      /* a sandbox is ready */
void inspect_ended(struct world *w, uint32_t pod, uint32_t i, bool lost); /* container i has ended */
void inspect_sent(struct world *w, uint32_t pod);                         /* a status of it is sent ... */
void inspect_written(struct world *w, uint32_t pod);                      /* ... and committed */
void inspect_silent(struct world *w,
		    uint32_t node); /* its kubelet can tell nothing from now on; before truth changes */

#endif
