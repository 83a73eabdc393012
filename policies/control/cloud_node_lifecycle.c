/* cloud_node_lifecycle.c - deletes the Node objects of machines that the cloud no longer has.
 * Upstream: cloud-controller-manager, k8s.io/cloud-provider/controllers/nodelifecycle/node_lifecycle_controller.go: every
 * nodeMonitorPeriod each Node whose Ready is not True is looked up at the cloud (recalled). The taint of machines that
 * are only shut down is left out. It shares the life and the rate limit of the node lifecycle controller (a
 * simplification: upstream it is a process of its own). */
#include "models/policy.h"

struct state {
	sim_time phase; /* of the passes */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

static sim_time next_pass(const struct control_call *c)
{
	const struct state *s = c->state;
	const sim_time period = c->view->scenario->timers.node_monitor_period;

	return c->now + period - (c->now + period - s->phase) % period;
}

static bool is_gone(const struct control_call *c, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];

	return n->exists && n->ready != READY_TRUE && c->view->machine_gone(c->view->model, node);
}

static void start(struct control_call *c)
{
	struct state *s = c->state;

	s->phase = (sim_time)(rng_unit(c->rng) * (double)c->view->scenario->timers.node_monitor_period);
	for (uint32_t i = 0; i < c->view->nodes.count && !c->settling; i++)
		if (is_gone(c, i))
			decide_queue_at(c->out, i, next_pass(c));
}

/* A Node that leaves Ready is looked up in the next pass; whether its machine is gone cannot change before. */
static void notice(struct control_call *c, const struct change *change)
{
	if ((change->what & CHANGED_READY) && is_gone(c, change->row))
		decide_queue_at(c->out, change->row, next_pass(c));
}

static void reconcile(struct control_call *c, uint32_t node)
{
	struct api_call call = api_call(API_DELETE_NODE);

	if (!is_gone(c, node))
		return;
	call.node = node;
	decide_call(c->out, call);
}

const struct controller control_cloud_node_lifecycle = {
	.info = {.name = "cloud-node-lifecycle", .summary = "deletes Nodes whose machines the cloud has taken away"},
	.optional = true, /* turned on where spot machines are interrupted: nowhere else are machines gone with Nodes left */
	.client = "node-controller",
	.watches = CHANGE_NODE,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
