/*
 * node_monitor.h - what controllers that watch over nodes share: monitor passes that look for silent nodes, and the
 * zones whose state sets the pace of NoExecute taints. A controller adds its detector: how long a silence may be.
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go; kubernetes-control-plane.md 2.1-2.5, 2.7 and
 * 11.1-11.6.
 */
#ifndef POLICIES_PARTS_NODE_MONITOR_H
#define POLICIES_PARTS_NODE_MONITOR_H

#include "models/policy.h"

#define MONITOR_RHYTHMS 8

/* RAM about one node. */
struct monitor_node {
	sim_time seen;    /* newest heartbeat that a pass has seen */
	sim_time probe;   /* when: probeTimestamp */
	sim_time from;    /* no silence before this counts: first seen, or the end of a master disruption */
	sim_time look_at; /* listed nodes: not before this */
	sim_time alerted;
	uint32_t zone;   /* row in which it is counted */
	uint32_t ticket; /* its valid entry in the taint queue; 0: none */
	bool known, listed, ready, counted, marks_pods;
};

struct monitor_entry {
	uint32_t node, ticket;
};

/* RAM about one zone. */
struct monitor_zone {
	uint8_t state; /* enum zone_state */
	uint32_t ready, not_ready;
	double rate;       /* taints per second */
	sim_time token_at; /* burst 1: when the next token is there */
	struct monitor_entry *queue;
	uint32_t head, count, capacity;
	sim_time timer_at; /* armed TIMER_QUEUE */
};

/* Passes at first, first + cycle, ..., last. The cycle of calm passes is broken by one that takes longer. */
struct monitor_rhythm {
	sim_time first, last;
};

struct monitor;

/* When a node counts as silent. */
struct monitor_detector {
	/* How long node may be silent now: counted from the arrival of its last heartbeat, or from the pass that
	 * noticed it. */
	sim_time (*limit)(struct control_call *c, struct monitor *s, uint32_t node);
	bool from_arrival;
	/* Whether even a healthy node's heartbeats may come after its deadline, so that no pass may be left out. */
	bool (*tight)(const struct control_call *c);
};

struct monitor {
	const struct monitor_detector *detector;
	struct monitor_node *node;
	struct monitor_zone *zone;
	uint32_t zones, zone_capacity;
	uint32_t *listed; /* rows that the next passes look at */
	uint32_t listed_count;
	bool unsorted;
	struct monitor_rhythm rhythm[MONITOR_RHYTHMS]; /* ring; newest last */
	uint32_t rhythms;
	sim_time next_pass; /* armed TIMER_PASS, or 0 */
	sim_time origin;    /* phase of the 100 ms poll */
	uint32_t next_ticket;
	bool in_pass, pass_due_end, working, zones_changed, changed_in_pass;
};

/* The time from one pass to the next when nothing is found. */
sim_time monitor_cycle(const struct control_call *c);

/* ---- hooks of the controller; its state is a struct monitor ---- */

int64_t monitor_workers(const struct timers *t, int kubernetes);
void monitor_start(struct control_call *c, const struct monitor_detector *detector);
void monitor_notice(struct control_call *c, const struct change *change);
void monitor_alert(struct control_call *c, uint32_t node);
void monitor_reconcile(struct control_call *c, uint32_t node);
void monitor_idle(struct control_call *c);
void monitor_timer(struct control_call *c, uint32_t key, uint32_t arg);

/* ---- between node_monitor.c and node_zones.c ---- */

enum monitor_timer { TIMER_PASS, TIMER_PASS_END, TIMER_QUEUE };

/* The next passes look at node, not before look_at. */
void monitor_list_node(struct monitor *s, uint32_t node, sim_time look_at);
/* Whether n has a NoExecute taint of this key; a call that adds, swaps or removes one; both node taints removed. */
bool monitor_tainted(const struct node *n, uint32_t key);
void monitor_taint(struct control_call *c, enum api_verb verb, uint32_t node, uint32_t key, uint32_t instead_of);
void monitor_untaint(struct control_call *c, uint32_t node);
/* Queues a node for its taint; takes the first when a token is there. */
void monitor_queue_taint(struct control_call *c, struct monitor *s, uint32_t node);
void monitor_serve_queue(struct control_call *c, struct monitor *s, uint32_t zone);
/* At the end of a pass: the states of zones and the rates that follow from them. */
void monitor_handle_zones(struct control_call *c, struct monitor *s);

#endif
