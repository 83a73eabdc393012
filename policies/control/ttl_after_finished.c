/* ttl_after_finished.c - the TTL-after-finished controller: deletes Jobs ttlSecondsAfterFinished after they ended.
 * Upstream: pkg/controller/ttlafterfinished (kubernetes-control-plane.md 3.0, 3.5). */
#include "models/policy.h"

#define WORKERS 5

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static void look(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];

	if (w->exists && w->kind == WORKLOAD_JOB && job_is_over(w) && w->object->ttl != SIM_NEVER)
		decide_queue_at(c->out, row, time_add(w->ended, w->object->ttl));
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++)
		look(c, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	if (change->what & CHANGED_PHASE)
		look(c, change->row);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	if (!w->exists || !job_is_over(w) || time_add(w->ended, w->object->ttl) > c->now)
		return;
	call.workload = row;
	decide_call(c->out, call);
}

const struct controller control_ttl_after_finished = {
	.info = {.name = "ttl-after-finished",
		 .summary = "deletes Jobs some time after they ended, where they ask for it"},
	.client = "ttl-after-finished-controller",
	.watches = CHANGE_WORKLOAD,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
