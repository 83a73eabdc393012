/* node_name.c - a pod that names its node goes nowhere else; kube-scheduler.md 3.5. */
#include "models/policy.h"

#include <string.h>

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	uint32_t name = c->pod->spec->node_name;

	return name == 0 || name == c->view->nodes.row[node].object->meta.name ? SCHED_OK : SCHED_UNRESOLVABLE;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	(void)c;
	(void)node;
	strcpy(text[0], "node(s) didn't match the requested node name");
	return 1;
}

const struct sched_plugin sched_node_name = {
	.info = {"NodeName", "Lets a pod with spec.nodeName fit that node only."},
	.events = SCHED_NODE_ADD,
	.filter = filter,
	.reasons = reasons,
};
