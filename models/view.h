/* view.h - what policies may see: the cluster as the API server believes it to be, read-only. */
#ifndef MODELS_VIEW_H
#define MODELS_VIEW_H

#include "models/facts.h"
#include "models/objects.h"
#include "models/scenario.h"

#define NONE UINT32_MAX

/* One Node object, or room for one that may come. Rows are scenario.objects.node, in the same order, and never move. */
struct node {
	const struct node_object *object; /* labels as they are now: replaced as a whole when one changes */
	bool exists;                      /* the object is in the API; the rest holds only while it is */
	sim_time created;
	uint8_t ready;      /* enum node_ready: the Ready condition as written in the API */
	uint8_t conditions; /* those besides Ready that are True: bits of 1 << enum node_condition */
	bool unschedulable; /* spec.unschedulable */
	uint32_t zone;      /* row of a zone: nodes with equal (region, zone); zones are numbered as first seen */
	uint32_t taint_count, taint_capacity;
	struct taint *taint;               /* spec.taints; written by the model only */
	uint32_t first_pod;                /* list of bound pods through pod.next_on_node */
	int64_t *scalar_used;              /* parallel to object->allocatable.scalar */
	uint64_t change;                   /* grows when anything the scheduler looks at, except its pods, changes */
	const struct csi_node_object *csi; /* its CSINode, or NULL */
	uint32_t first_attachment;         /* list of VolumeAttachments through attachment.next_on_node */
};

/* The scheduler's columns: resources of nodes, index = row. used = requests of bound and assumed pods that have not
 * reached a terminal phase; terminating ones count. score_* use the non-zero defaults of kube-scheduler.md 3.1. */
struct node_view {
	uint32_t count;                                    /* rows, of which some may not exist */
	uint32_t existing;                                 /* Node objects there are */
	const int64_t *cpu_alloc, *mem_alloc, *disk_alloc; /* millicores, bytes, bytes */
	const int64_t *cpu_used, *mem_used, *disk_used;
	const int64_t *score_cpu_used, *score_mem_used;
	const int32_t *pods_alloc, *pods_used;
	const struct node *row;
};

/* One Pod object. Rows grow, are never moved to another number and never used again in a run. */
struct pod {
	const struct pod_spec *spec;
	const struct labels *labels;
	uint32_t name, namespace;
	uint32_t workload; /* row of the owning workload (a ReplicaSet rather than its Deployment), or NONE */
	uint32_t next_of_workload, prev_of_workload;
	uint32_t node; /* spec.nodeName as a row, or NONE */
	uint32_t next_on_node, prev_on_node;
	uint32_t pinned_node;  /* a daemon pod's node affinity on metadata.name, or NONE */
	int32_t ordinal;       /* StatefulSet ordinal or Job index, -1 if none */
	uint32_t restarts;     /* of its containers, as its status says */
	uint8_t reason;        /* enum container_reason of the container that waits or has ended, as its status says */
	uint8_t phase;         /* enum pod_phase */
	uint8_t status_reason; /* enum pod_reason, of one that its kubelet made Failed */
	bool exists;           /* the object is in the API */
	bool ready;            /* condition Ready */
	bool deleting;         /* deletionTimestamp is set */
	bool disrupted;        /* in its PDB's disruptedPods: evicted a moment ago */
	bool ungated;          /* its schedulingGates were taken away */
	int32_t deletion_cost; /* annotation controller.kubernetes.io/pod-deletion-cost */
	sim_time grace;        /* deletionGracePeriodSeconds, of one that is deleting */
	bool unschedulable;    /* condition PodScheduled=False, reason Unschedulable */
	bool target;           /* condition DisruptionTarget */
	uint8_t cause; /* enum delete_cause, of one that is deleting; removed finalizers and conditions tell as much */
	sim_time created, ready_since, deleted_at;
	const uint32_t *claim; /* name of the claim of each of spec->volume, 0 for those without; NULL: no claims */
};

/* Phase Succeeded or Failed, or deleting, is inactive (ReplicaSet, Deployment, Job). */
static inline bool pod_active(const struct pod *p)
{
	return p->exists && !p->deleting && p->phase != PHASE_SUCCEEDED && p->phase != PHASE_FAILED;
}

/* One workload object: those of the input first (same rows), then ReplicaSets made for Deployments. */
struct workload {
	uint8_t kind; /* enum workload_kind */
	bool exists;
	const struct workload_object *object; /* for a made ReplicaSet: its Deployment's */
	uint32_t name, namespace;
	const struct pod_spec *spec; /* the template; rollouts give a Deployment another one */
	const struct labels *pod_labels;
	uint32_t revision;                  /* grows with each template change; a ReplicaSet carries its template's */
	uint32_t owner;                     /* a ReplicaSet's Deployment, or NONE */
	uint32_t first_child, next_sibling; /* a Deployment's ReplicaSets, newest first */
	int32_t replicas;                   /* spec.replicas as asked now */
	uint32_t first_pod;                 /* list of existing pods through pod.next_of_workload, newest first */
	uint32_t succeeded, failed;         /* pods that finished, whatever their Job counts */
	sim_time created;
	/* Job: status. CronJob: scheduled is status.lastScheduleTime, of its Jobs the time they were made for; in
	 * seconds since 1970, 0 if none. */
	uint8_t job_state, job_reason;  /* enum job_state, enum job_reason */
	bool suspended;                 /* spec.suspend, of Jobs and CronJobs; spec.paused of Deployments */
	const struct pod_spec *current; /* StatefulSet: the template that is rolled out everywhere (currentRevision) */
	sim_time started, ended;        /* startTime, and when it became complete or failed */
	int64_t scheduled;
};

/* Who made the workload in row: a ReplicaSet's Deployment, a Job's CronJob; row itself when nobody did, or it is NONE.
 */
static inline uint32_t workload_maker(const struct workload *all, uint32_t row)
{
	return row != NONE && all[row].owner != NONE ? all[row].owner : row;
}

/* One PersistentVolumeClaim. Rows grow; those of the input come first. */
struct claim {
	const struct claim_object *object; /* or the template it was made from */
	uint32_t name, namespace;
	uint32_t volume_name; /* spec.volumeName; 0: none */
	uint32_t volume;      /* the volume it is bound to, or NONE: not bound, or that volume does not exist */
	uint32_t selected;    /* annotation selected-node as a row, or NONE */
	uint32_t next_named;  /* claims of the same name in other namespaces, and removed ones */
	uint32_t owner;       /* the pod of an ephemeral claim, or NONE */
	uint8_t phase;        /* enum claim_phase */
	bool exists;
	sim_time created;
};

/* One PersistentVolume. Rows grow; those of the input come first. */
struct volume {
	const struct volume_object *object;
	uint32_t name;
	uint32_t claim_namespace, claim_name; /* spec.claimRef; 0: none */
	uint8_t phase;                        /* enum volume_phase */
	bool exists;
	bool provisioned;          /* made in the run */
	uint32_t first_attachment; /* list of its VolumeAttachments through attachment.next_of_volume */
};

/* One VolumeAttachment: a CSI volume attached to a node, or on its way there or back. Rows are used again. */
struct attachment {
	uint32_t volume; /* row */
	uint32_t node, next_on_node, next_of_volume;
	uint32_t pod; /* the last that wanted it there, or NONE */
	bool exists;
	bool attached; /* status.attached */
	bool leaving;  /* deletionTimestamp is set: it is being detached */
	bool forced;   /* and that although the node has not said that it is unmounted */
	bool in_use;   /* in the node's status.volumesInUse as last reported */
	uint32_t epoch;
	sim_time since; /* when the attach or detach was asked for */
};

static inline bool job_is_over(const struct workload *w)
{
	return w->job_state == JOB_COMPLETE || w->job_state == JOB_FAILED;
}

struct service {
	const struct service_object *object;
	bool exists;
	uint32_t endpoints; /* ready addresses in its EndpointSlices */
	uint32_t pending;   /* pods whose address has to be added, removed or changed in them */
};

struct pdb {
	const struct pdb_object *object;
	bool exists;
	int32_t allowed;  /* status.disruptionsAllowed as last written */
	bool healthy;     /* its currentHealthy >= desiredHealthy > 0: unready pods may go (IfHealthyBudget) */
	uint32_t version; /* grows with each eviction: a status computed before one is refused (conflict) */
};

struct quota {
	const struct quota_object *object;
	int64_t used[QUOTAS_OF];
};

/* Name ids of the taint keys of the node lifecycle controller. */
struct taint_keys {
	uint32_t not_ready, unreachable, unschedulable;
	uint32_t condition[NODE_CONDITIONS];
};

struct view {
	const struct scenario *scenario;
	struct taint_keys key;
	const struct names *names;
	struct node_view nodes;
	const struct pod *pod;
	uint32_t pod_count;
	const struct workload *workload;
	uint32_t workload_count;
	const struct service *service;
	uint32_t service_count;
	const struct pdb *pdb;
	uint32_t pdb_count;
	const struct claim *claim;
	uint32_t claim_count;
	const uint32_t *claim_named; /* by name id: the newest claim row so called, plus 1; 0: none */
	uint32_t claim_names;        /* length of claim_named */
	const struct volume *volume;
	uint32_t volume_count;
	const uint32_t *loose; /* rows of the volumes that exist and are not bound, ascending */
	uint32_t loose_count;
	const struct attachment *attachment;
	uint32_t zone_count;
	const uint32_t *zone_name;  /* zone row -> name id; 0 for nodes without labels */
	const uint32_t *zone_nodes; /* zone row -> number of existing nodes */
	const void *model;
	/* When the controller manager saw the newest heartbeat (lease or status) of a node that it had seen by `at`. */
	sim_time (*heartbeat_seen)(const void *model, uint32_t node, sim_time at);
	/* When it saw the last ones, at most `count`, in [since, at] and since the node's last silence; ascending.
	 * Returns how many. `at` never goes back; with the same count each time the cost is O(count). */
	uint32_t (*heartbeat_history)(const void *model, uint32_t node, sim_time since, sim_time at, uint32_t count,
				      sim_time seen[]);
	/* The metrics API: when the samples that it has at `at` were taken, and a pod's use, -1 if there is no sample.
	 */
	sim_time (*metrics_at)(const void *model, sim_time at);
	int64_t (*pod_usage)(const void *model, uint32_t pod, enum usage usage, sim_time at);
	/* The cloud's answer: a machine of that name has been asked for and has not booted, or not registered yet. */
	bool (*machine_ordered)(const void *model, uint32_t node);
	/* The cloud's answer: there is no machine of that name. */
	bool (*machine_gone)(const void *model, uint32_t node);
};

/* The existing claim called name, or NONE. */
static inline uint32_t view_claim(const struct view *v, uint32_t namespace, uint32_t name)
{
	uint32_t row = name < v->claim_names && v->claim_named[name] != 0 ? v->claim_named[name] - 1 : NONE;

	while (row != NONE && (!v->claim[row].exists || v->claim[row].namespace != namespace))
		row = v->claim[row].next_named;
	return row;
}

/* The CSI volume, which has to be attached, of the i-th volume of pod, or NONE. */
static inline uint32_t view_pod_volume(const struct view *v, uint32_t pod, uint32_t i)
{
	const struct pod *p = &v->pod[pod];
	uint32_t claim = p->claim == NULL || p->claim[i] == 0 ? NONE : view_claim(v, p->namespace, p->claim[i]);
	uint32_t volume = claim != NONE ? v->claim[claim].volume : NONE;

	return volume != NONE && v->volume[volume].object->driver != 0 ? volume : NONE;
}

#endif
