/* node_lifecycle.c - the node lifecycle controller: notices silent nodes, taints them NoExecute at each zone's pace.
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go; kubernetes-control-plane.md 2.2. A node is
 * silent when the grace period has passed since a pass noticed its last heartbeat. */
#include "policies/parts/node_monitor.h"

/* Whether even a healthy node's heartbeats may come too late for the grace period, so that no pass may be left out: two
 * renewals with their jitter and a pass between them. */
static bool tight(const struct control_call *c)
{
	const struct timers *t = &c->view->scenario->timers;
	sim_time renewal = t->node_lease_duration / 4;

	renewal += renewal / 16 + dist_mean(&c->view->scenario->latencies.heartbeat);
	return t->node_monitor_grace_period < 2 * renewal + monitor_cycle(c);
}

static sim_time limit(struct control_call *c, struct monitor *s, uint32_t node)
{
	(void)s;
	(void)node;
	return c->view->scenario->timers.node_monitor_grace_period;
}

static const struct monitor_detector grace_period = {.limit = limit, .tight = tight};

static void start(struct control_call *c)
{
	monitor_start(c, &grace_period);
}

const struct controller control_node_lifecycle = {
	.info = {.name = "node-lifecycle", .summary = "marks silent nodes Unknown and taints them at each zone's pace"},
	.client = "node-controller",
	.watches = CHANGE_NODE,
	.state_size = sizeof(struct monitor),
	.workers = monitor_workers,
	.start = start,
	.notice = monitor_notice,
	.reconcile = monitor_reconcile,
	.timer = monitor_timer,
	.idle = monitor_idle,
	.alert = monitor_alert,
};
