/* node_unschedulable.c - keeps pods off cordoned nodes; kube-scheduler.md 3.5. */
#include "models/policy.h"
#include "models/sched_match.h"

#include <string.h>

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct taint taint = {.key = c->view->key.unschedulable, .effect = EFFECT_NO_SCHEDULE};

	if (!c->view->nodes.row[node].unschedulable || sched_tolerated(c->pod->spec, &taint))
		return SCHED_OK;
	return SCHED_UNRESOLVABLE;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	(void)c;
	(void)node;
	strcpy(text[0], "node(s) were unschedulable");
	return 1;
}

static bool hint(struct sched_call *c, const struct sched_event *e)
{
	bool was = e->kind == SCHED_NODE_ADD || e->was_unschedulable;

	return was && !c->view->nodes.row[e->node].unschedulable;
}

const struct sched_plugin sched_node_unschedulable = {
	.info = {"NodeUnschedulable", "Keeps pods off cordoned nodes unless they tolerate it."},
	.events = SCHED_NODE_ADD | SCHED_NODE_TAINT,
	.hinted = SCHED_NODE_ADD | SCHED_NODE_TAINT,
	.hint = hint,
	.filter = filter,
	.reasons = reasons,
};
