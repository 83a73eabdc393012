/* autoscaler.h - what the files of the cluster autoscaler share: policies/control/cluster_autoscaler.c and
 * autoscaler_*.c here. Upstream: kubernetes/autoscaler cluster-autoscaler (FAQ.md; kubernetes-control-plane.md 3.8). */
#ifndef POLICIES_PARTS_AUTOSCALER_H
#define POLICIES_PARTS_AUTOSCALER_H

#include "models/policy.h"

/* arg of the timers; a drain's key is the node's row. */
enum autoscaler_timer { AUTOSCALER_SCAN, AUTOSCALER_DRAIN };

/* What the autoscaler knows of a row that belongs to a group. */
struct autoscaler_machine {
	bool asked;     /* for a machine, which has not registered yet */
	bool leaving;   /* being taken away */
	bool was_ready; /* has been Ready since it registered */
	sim_time asked_at, ready_at;
	sim_time unneeded; /* since when, -1 when it is needed */
	sim_time look_at;  /* unremovable: not before this */
	sim_time drain_until;
};

struct autoscaler_group {
	sim_time backoff_until, backoff, failed_at;
	uint8_t told; /* enum scale_held_cause + 1, told last */
};

/* What a template node, or one to come, has free in one estimate. */
struct autoscaler_room {
	int64_t cpu, mem, disk, pods; /* free */
	uint32_t node;
};

struct autoscaler_state {
	struct autoscaler_machine *node;
	struct autoscaler_group *group;
	sim_time phase, armed, last_add, last_delete, last_failure;
	bool held;
	uint32_t to_be_deleted; /* name id of the taint's key */
};

/* The scenario's settings. */
static inline const struct autoscaler *autoscaler_flags(const struct control_call *c)
{
	return &c->view->scenario->autoscaler;
}

/* ---- autoscaler.c ---- */

/* Asks for a scan at the first time of the rhythm after `at`. */
void autoscaler_scan_at(struct control_call *c, sim_time at);
/* A fact about a group (row, or FACT_NONE) or a node of it; flag, a, b and n as in models/facts.def. */
void autoscaler_tell(struct control_call *c, enum fact_kind kind, uint32_t group, uint32_t node, uint16_t flag,
		     int64_t a, int64_t b, int64_t n);
/* API_MACHINE_ON or API_MACHINE_OFF. */
void autoscaler_machine(struct control_call *c, enum api_verb verb, uint32_t node);
/* Nodes that the group has or has asked for. */
int32_t autoscaler_size(const struct control_call *c, uint32_t g);
/* The first row of the group that a machine could be asked for, from `from` on; NONE when there is none. */
uint32_t autoscaler_free_row(const struct control_call *c, uint32_t g, uint32_t from);
/* Tells once why the group does not grow; until: 0 or when that ends. */
void autoscaler_hold(struct control_call *c, uint32_t g, enum scale_held_cause why, sim_time until);
/* What is free on the node, as it is or as its template. */
struct autoscaler_room autoscaler_free(const struct control_call *c, uint32_t node);
/* Takes the pod's requests from e if they fit and the node's taints, labels and cordon admit it; false when not. */
bool autoscaler_place(const struct control_call *c, const struct pod *p, struct autoscaler_room *e);

/* ---- autoscaler_up.c, autoscaler_down.c ---- */

/* Machines that have not registered in time are given back (or never came), and their group backs off. */
void autoscaler_look_at_orders(struct control_call *c);
/* Grows one group; others follow in later scans, when the pods that are left are looked at again. */
void autoscaler_scale_up(struct control_call *c);
/* Begins to take away the nodes that have been unneeded for long enough. */
void autoscaler_scale_down(struct control_call *c);
/* A node on its way out: evicts, waits, gives the machine back, or lets it stay after all. */
void autoscaler_drain(struct control_call *c, uint32_t node);

#endif
