/* node_taint.c - the NoSchedule half of the node lifecycle controller: taints follow a Node's conditions at once.
 * Upstream: doNoScheduleTaintingPass in pkg/controller/nodelifecycle/node_lifecycle_controller.go; 8 workers on every
 * Node event (kubernetes-control-plane.md 2.3). */
#include "models/policy.h"

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 8;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->nodes.count; i++) {
		const struct node *n = &c->view->nodes.row[i];

		if (!n->exists)
			continue;
		if (n->ready != READY_TRUE || n->unschedulable || n->taint_count > 0)
			decide_queue(c->out, i);
	}
}

static void notice(struct control_call *c, const struct change *change)
{
	if (change->what & (CHANGED_READY | CHANGED_CONDITIONS | CHANGED_CORDON | CHANGED_ADDED))
		decide_queue(c->out, change->row);
}

/* Adds or removes the NoSchedule taint `key` of node so that it is there exactly when wanted. */
static void follow(struct control_call *c, uint32_t node, uint32_t key, bool wanted)
{
	const struct node *n = &c->view->nodes.row[node];
	struct api_call call = api_call(wanted ? API_ADD_TAINT : API_REMOVE_TAINT);
	bool there = false;

	for (uint32_t i = 0; i < n->taint_count; i++)
		there |= n->taint[i].key == key && n->taint[i].effect == EFFECT_NO_SCHEDULE;
	if (there == wanted)
		return;
	call.node = node;
	call.key = key;
	call.effect = EFFECT_NO_SCHEDULE;
	decide_call(c->out, call);
}

static void reconcile(struct control_call *c, uint32_t node)
{
	const struct node *n = &c->view->nodes.row[node];
	const struct taint_keys *k = &c->view->key;

	if (!n->exists)
		return;
	/* Ready unset: the taint that admission gave the node stays until its kubelet reports. */
	follow(c, node, k->not_ready, n->ready == READY_FALSE || n->ready == READY_UNSET);
	follow(c, node, k->unreachable, n->ready == READY_UNKNOWN);
	follow(c, node, k->unschedulable, n->unschedulable);
	for (int i = 0; i < NODE_CONDITIONS; i++)
		if (k->condition[i] != 0)
			follow(c, node, k->condition[i], n->conditions >> i & 1);
}

const struct controller control_node_taint = {
	.info = {.name = "node-taint", .summary = "keeps NoSchedule taints in step with Nodes' conditions and cordons"},
	.client = "node-controller",
	.watches = CHANGE_NODE,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
