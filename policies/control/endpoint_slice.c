/* endpoint_slice.c - the EndpointSlice controller: writes a Service's slices when addresses have to come or go.
 * Upstream: pkg/controller/endpointslice; 5 workers, no batching by default (kubernetes-control-plane.md 3.9). */
#include "models/policy.h"

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_endpoint_syncs;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->service_count; i++)
		if (c->view->service[i].pending > 0)
			decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	decide_queue(c->out, change->row);
}

static void reconcile(struct control_call *c, uint32_t service)
{
	struct api_call call = api_call(API_ENDPOINTS);

	if (c->view->service[service].pending == 0)
		return;
	call.object = service;
	decide_call(c->out, call);
}

const struct controller control_endpoint_slice = {
	.info = {.name = "endpointslice", .summary = "keeps the addresses of Services' ready pods"},
	.client = "endpointslice-controller",
	.watches = CHANGE_SERVICE,
	.settles = true,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
