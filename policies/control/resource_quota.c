/* resource_quota.c - the ResourceQuota controller: reckons anew what a namespace uses when pods have gone or ended.
 * What is created is counted at once, by the API server. Upstream: pkg/controller/resourcequota
 * (kubernetes-control-plane.md 3.11); its full resync every 5 min changes nothing here. */
#include "models/policy.h"

#define WORKERS 5

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->scenario->objects.quota_count; i++)
		decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct objects *o = &c->view->scenario->objects;
	const struct pod *p = &c->view->pod[change->row];

	if (p->exists && p->phase != PHASE_SUCCEEDED && p->phase != PHASE_FAILED)
		return;
	for (uint32_t i = 0; i < o->quota_count; i++)
		if (o->quota[i].meta.namespace == p->namespace)
			decide_queue(c->out, i);
}

static void reconcile(struct control_call *c, uint32_t quota)
{
	struct api_call call = api_call(API_QUOTA);

	call.object = quota;
	decide_call(c->out, call);
}

const struct controller control_resource_quota = {
	.info = {.name = "resourcequota", .summary = "reckons what the pods of a namespace with a ResourceQuota use"},
	.client = "resourcequota-controller",
	.watches = CHANGE_POD,
	.settles = true,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
