/* garbage_collector.c - the garbage collector: what an object owned is deleted after it. Upstream: pkg/controller/
 * garbagecollector, background propagation: the owner goes at once, its dependents follow (kubernetes-control-plane.md
 * 3.11). Foreground and orphan propagation are left out. */
#include "models/policy.h"

#define WORKERS 20

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static bool owns_something(const struct view *v, uint32_t row)
{
	bool owns = v->workload[row].first_pod != NONE;

	for (uint32_t i = v->workload[row].first_child; i != NONE; i = v->workload[i].next_sibling)
		owns |= v->workload[i].exists;
	return owns;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++)
		if (!c->view->workload[i].exists && owns_something(c->view, i))
			decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	if (change->what & CHANGED_REMOVED && owns_something(c->view, change->row))
		decide_queue(c->out, change->row);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct view *v = c->view;
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	if (v->workload[row].exists)
		return;
	for (uint32_t i = v->workload[row].first_child; i != NONE; i = v->workload[i].next_sibling) {
		if (!v->workload[i].exists)
			continue;
		call.workload = i;
		decide_call(c->out, call);
	}
	call = api_call(API_DELETE_POD);
	call.cause = DELETE_OWNER_GONE;
	for (uint32_t i = v->workload[row].first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		if (v->pod[i].deleting)
			continue;
		call.pod = i;
		decide_call(c->out, call);
	}
}

const struct controller control_garbage_collector = {
	.info = {.name = "garbage-collector", .summary = "deletes what a deleted object owned"},
	.client = "generic-garbage-collector",
	.watches = CHANGE_WORKLOAD,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
