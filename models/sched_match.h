/* sched_match.h - what several scheduler plugins ask of nodes and pods. */
#ifndef MODELS_SCHED_MATCH_H
#define MODELS_SCHED_MATCH_H

#include "models/policy.h"

/* Whether one of the terms matches the node; kube-scheduler.md 3.7. */
bool sched_term_matches(const struct node_term *t, const struct node_object *node, const struct names *names);
/* nodeSelector, required node affinity and a daemon pod's pinned node. */
bool sched_node_matches(const struct view *v, const struct pod *pod, uint32_t node);
/* Whether one of the pod's tolerations tolerates the taint. */
bool sched_tolerated(const struct pod_spec *spec, const struct taint *taint);
/* Whether value is among those of the requirement. */
bool sched_has_value(const struct requirement *r, uint32_t value);
/* The first NoSchedule or NoExecute taint in the node's list that keeps the pod away, or NULL; 3.6. */
const struct taint *sched_untolerated(const struct pod_spec *spec, const struct node *node);

/* The same in a list of taints. */
const struct taint *sched_first_untolerated(const struct pod_spec *spec, const struct taint taint[], uint32_t count);
/* sched_node_matches() as if the node had these labels. */
bool sched_labels_match(const struct view *v, const struct pod *pod, uint32_t node, const struct labels *labels);

/* Allocatable and used of a scalar resource; 0 and 0 when the node has none. */
void sched_scalar(const struct node *n, uint32_t name, int64_t *alloc, int64_t *used);
/* How much of it is asked for; 0 when it is not named. */
int64_t sched_scalar_asked(const struct resources *r, uint32_t name);

/* One resource of a node as the pod meets it, in the resource's own unit: what the node has, what is left before the
 * pod comes, what the pod asks for. */
struct sched_amount {
	double has, left, asked;
};
/* The i-th resource: cpu, memory, then what else the pod asks for; false past the last. has may be 0. */
bool sched_amount(const struct sched_call *c, uint32_t node, uint32_t i, struct sched_amount *out);
/* The sum over the resources that the node has of (left - asked) / has: what would be left, in nodes. */
double sched_left_share(const struct sched_call *c, uint32_t node);

/* The row at which the search of schedulers that go round begins; kept in a run, 0 at first. */
uint32_t *sched_turn(struct sched_call *c);
/* Raw scores that prefer nodes near behind that row, in a circle of all nodes. */
void sched_in_turn(struct sched_call *c, int64_t raw[]);

/* A raw score from a real number, in billionths; cut where it would be huge. */
int64_t sched_raw(double x);
/* Normalises to 0..100 so that only the best have 100: for schedulers that take the best, whatever the distance. */
void sched_best(struct sched_call *c, int64_t score[]);

/* The node a pod is on or assumed to be on, or NONE; finished pods are nowhere for the scheduler. */
uint32_t sched_place(const struct sched_call *c, uint32_t pod);

/* The distinct values of one topology key among the nodes that exist. */
struct sched_topology {
	uint32_t key, domains;
	uint32_t generation; /* of the nodes it was made from */
	uint32_t *domain;    /* by node: 0 .. domains-1, or NONE without the key, or when there is no such node */
};
/* From c->shared, made when first asked for, and again when nodes have changed; stays where it is. */
const struct sched_topology *sched_topology(struct sched_call *c, uint32_t key);

/* The i-th of this plugin's arrays of one number for each node, all zero. */
int64_t *sched_numbers(struct sched_call *c, uint32_t i);

/* Pods made from one template, or a pod by itself: same labels, spec, namespace and workload. */
struct sched_group {
	const struct labels *labels;
	const struct pod_spec *spec;
	uint32_t namespace, workload;
	uint32_t first;            /* list through sched_groups.next, to NONE */
	uint32_t next_of_workload; /* index + 1 of another group with pods of the workload; 0: none */
	uint32_t added;            /* pods that were ever added */
	int32_t *on_node; /* by node: its pods there that are not being deleted; NULL while the list is short */
};
struct sched_groups {
	struct sched_group *item; /* as first seen */
	uint32_t count, capacity, nodes;
	uint32_t *slot, slots; /* open addressing: index + 1 */
	/* By pod row: the next of its group, or the pod itself when it is in no list; its group; the node that it
	 * counts on, or NONE. */
	uint32_t *next, *of, *counted;
	uint32_t pods, next_capacity, of_capacity, counted_capacity;
	uint32_t *of_workload; /* by workload row: index + 1 of a group with pods of it; 0: none */
	uint32_t of_workload_capacity;
	/* Groups that have any pod (anti-)affinity term, and how many of them a required anti-affinity. */
	uint32_t *bearer;
	uint32_t bearers, bearer_capacity, anti;
};
/* A pod row that was never added: the rows come one after the other. Where it is counts from the next catch-up on, if
 * it is listed as moved. */
void sched_groups_add(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row);
/* A pod has other labels or another owner now; returns the labels that its group had, or NULL when it is in no list. It
 * is to be listed as moved. */
const struct labels *sched_groups_move(struct sched_groups *g, struct arena *a, const struct pod *p, uint32_t row);
/* Brings on_node up to date with the pods that moved since the last call. */
void sched_groups_catch_up(struct sched_call *c);
/* Walks a group: from *link = &group.first to the next pod that is on a node or assumed there; its row, or NONE at the
 * end. */
uint32_t sched_group_step(const struct sched_call *c, uint32_t **link, uint32_t *node);

/* Lives as long as the framework. */
struct sched_shared {
	struct arena *arena;
	struct sched_topology **topology;
	uint32_t count, capacity;
	struct sched_groups groups;
	struct moved_pods *moved; /* see models/cluster.h */
	uint32_t generation;      /* grows when a node comes, goes or gets other labels */
	/* During a dry run of preemption: host ports that a removed pod had. Upstream keeps a set, so they are free
	 * then even where another pod of the node has them too (seen in the conformance cases). */
	struct host_port *freed;
	uint32_t freed_count, freed_capacity;
	/* And the pods that are off gone_node for now: PodTopologySpread takes a removed pod off its count without
	 * asking, as it does when it counts, whether the pod is terminating or the selector empty (seen in the same
	 * way). */
	uint32_t *gone, gone_count, gone_capacity, gone_node;
	/* The same of nominated pods that are added on trial, all on one node (1.4). */
	uint32_t *come, come_count, come_capacity, come_node;
	bool has_images;                      /* some node lists an image with its size */
	const struct volume_assumed *volumes; /* what the scheduler has reserved, or NULL; see volume_match.h */
};

/* Whether two host ports exclude each other on a node; any_ip: name id of "0.0.0.0". Port 0 is no host port. */
static inline bool sched_port_taken(const struct host_port *p, const struct host_port *q, uint32_t any_ip)
{
	return p->port != 0 && p->port == q->port && p->protocol == q->protocol &&
	       (p->ip == q->ip || p->ip == any_ip || q->ip == any_ip);
}

/* Host ports of sidecars are ignored by 1.32.2 and count in 1.34.1 (section 10); 1.33 is guessed to be like 1.32. */
static inline bool sched_sidecar_ports(int kubernetes)
{
	return kubernetes >= 34;
}

#endif
