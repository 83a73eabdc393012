/* decide.h - what a controller may decide: API calls, keys to look at later, timers. The model carries them out. */
#ifndef MODELS_DECIDE_H
#define MODELS_DECIDE_H

#include "models/view.h"

enum api_verb {
	API_READ,        /* a GET: costs a token and time, changes nothing */
	API_STATUS,      /* a status write that nothing in the model depends on: costs a token and time */
	API_CREATE_POD,  /* workload, ordinal (or -1), node = pinned node (or NONE), number = 1: of the template that
			    is rolled out (StatefulSet), not of the newest */
	API_SET_CURRENT, /* workload: a StatefulSet's newest template is rolled out everywhere */
	API_DELETE_POD,  /* pod, cause; number: 0 with the pod's own grace period, else a grace period + 1; object: the
			    pod for which it is preempted */
	API_FORCE_DELETE_POD, /* pod, cause; the object goes at once */
	API_EVICT_POD,        /* pod; number: grace as above: the eviction API; fails (429) when a budget forbids it */
	API_MARK_DISRUPTED,   /* pod: condition DisruptionTarget */
	API_POD_NOT_READY,    /* pod: condition Ready=False, written by the node lifecycle controller */
	API_SCALE,            /* workload, number = replicas */
	API_CREATE_REPLICA_SET, /* workload = Deployment, number = replicas: a ReplicaSet for its current template */
	API_CREATE_JOB,         /* workload = CronJob, number = the scheduled time, seconds since 1970 */
	API_JOB_STATE,          /* workload = Job, number = enum job_state, ordinal = enum job_reason */
	API_DELETE_WORKLOAD,    /* workload; number 1 makes orphans of what it owns, else that is left to the garbage
				   collector */
	API_NODE_READY,   /* node, number = enum node_ready, object = the silence allowed, in ms (for the story) */
	API_ADD_TAINT,    /* node, key, effect */
	API_REMOVE_TAINT, /* node, key, effect */
	API_SWAP_TAINT,   /* node, key -> number (name id of the key to remove), effect */
	API_CORDON,       /* node, number = 1 on, 0 off */
	API_ENDPOINTS,    /* service, number = handle known to the endpoint controller */
	API_BUDGET, /* object = pdb row, number = disruptionsAllowed, ordinal = 1 when healthy, key = the pdb's version
		       it was computed at */
	API_QUOTA,  /* object = quota row: its use is reckoned anew */
	API_CREATE_CLAIM,   /* number = volume of the pod, or template of the workload with ordinal */
	API_SELECT_NODE,    /* object = claim, node: annotation selected-node, which asks for a volume there */
	API_RESERVE_VOLUME, /* object = claim, number = volume row: the volume's claimRef */
	API_PROVISION,   /* object = claim, node whose topology it gets (or NONE): a new volume with a claimRef to it */
	API_BIND_CLAIM,  /* object = claim, number = volume row: both become Bound */
	API_ATTACH,      /* object = volume row, node, pod that wants it: a VolumeAttachment */
	API_DETACH,      /* object = volume row, node; number 1: forced, the node has not said that it is unmounted */
	API_BIND,        /* pod, node: the scheduler's bind call */
	API_POD_STATUS,  /* pod, number: the kubelet's report; see models/kubelet.c */
	API_POD_GONE,    /* pod: the kubelet's final delete of a cleaned up pod */
	API_NODE_STATUS, /* node, number = enum node_ready | conditions << 8 | 1 << 16 when it shuts down: the kubelet's
			    own */
	API_NODE_REGISTER,  /* node: its kubelet, or kubectl, makes the Node object */
	API_DELETE_NODE,    /* node: the object; its machine goes on */
	API_DELETE_SERVICE, /* object: the service row */
	API_DELETE_PDB,     /* object: the pdb row */
	API_MACHINE_ON,     /* node: the cloud is asked for a machine of that name, which boots and registers */
	API_MACHINE_OFF,    /* node: the cloud takes the machine back, and the Node object goes with it */
	API_UNSCHEDULABLE,  /* pod: condition PodScheduled=False, written by the scheduler */
};

struct api_call {
	uint8_t verb;                         /* enum api_verb */
	uint8_t effect;                       /* enum taint_effect */
	uint8_t cause;                        /* enum delete_cause */
	uint32_t node, pod, workload, object; /* NONE when unused; object: service or pdb row */
	uint32_t key;                         /* name id */
	int32_t ordinal;
	int64_t number;
};

/* A call with all columns unused. */
static inline struct api_call api_call(enum api_verb verb)
{
	return (struct api_call){
		.verb = (uint8_t)verb, .node = NONE, .pod = NONE, .workload = NONE, .object = NONE, .ordinal = -1};
}

struct decisions;

/* Adds a call to the current group. Calls of one group are sent together; the next group is sent when all of them are
 * answered. When one fails, later groups are dropped and the key is queued again with back-off. */
void decide_call(struct decisions *d, struct api_call call);

/* What is decided from here on belongs to a new group. */
void decide_then(struct decisions *d);

/* slowStartBatch (pkg/controller/controller_utils.go): calls in groups of 1, 2, 4, 8, ..., so that one that fails stops
 * all that would follow. Starts zeroed; end with decide_then() when other calls come after. */
struct slow_start {
	uint32_t size, in_group;
};
static inline void decide_slowly(struct decisions *d, struct slow_start *s, struct api_call call)
{
	if (s->size == 0)
		s->size = 1;
	decide_call(d, call);
	if (++s->in_group < s->size)
		return;
	decide_then(d);
	s->size *= 2;
	s->in_group = 0;
}

/* Puts key into the controller's work queue now (set semantics), or at `at` (AddAfter; earliest wins is not promised).
 */
void decide_queue(struct decisions *d, uint32_t key);
void decide_queue_at(struct decisions *d, uint32_t key, sim_time at);

/* Calls the controller's timer() with key and arg at `at`. There is no cancelling: compare with the state when it
 * fires. */
void decide_timer(struct decisions *d, sim_time at, uint32_t key, uint32_t arg);

/* A fact that only the controller knows (toleration timers, zone states). */
void decide_tell(struct decisions *d, struct fact f);

#endif
