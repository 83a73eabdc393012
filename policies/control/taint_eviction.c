/* taint_eviction.c - the taint eviction controller: pods leave a node with a NoExecute taint when their toleration runs
 * out, whatever that costs. Upstream: pkg/controller/tainteviction; kubernetes-control-plane.md 2.6. */
#include "policies/parts/tolerations.h"

static void reconcile(struct control_call *c, uint32_t pod)
{
	if (toleration_is_due(c, pod))
		toleration_delete(c, pod);
}

const struct controller control_taint_eviction = {
	.info = {.name = "taint-eviction", .summary = "deletes pods whose toleration of a NoExecute taint has run out"},
	.client = "taint-eviction-controller",
	.watches = CHANGE_NODE | CHANGE_POD,
	.retry_after = TOLERATION_RETRY,
	.state_size = sizeof(struct tolerations),
	.workers = toleration_workers,
	.start = toleration_start,
	.notice = toleration_notice,
	.reconcile = reconcile,
	.timer = toleration_timer,
};
