/* volume_ephemeral.c - makes the claims of pods' generic ephemeral volumes.
 * Upstream: pkg/controller/volume/ephemeral/controller.go; 5 workers (kubernetes-control-plane.md 3.x). */
#include "models/policy.h"

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 5;
}

/* Whether the i-th volume of pod needs a claim that is not there. */
static bool lacks(const struct view *v, const struct pod *p, uint32_t i)
{
	return p->spec->volume[i].kind == POD_VOLUME_EPHEMERAL && view_claim(v, p->namespace, p->claim[i]) == NONE;
}

static void look(struct control_call *c, uint32_t row)
{
	const struct pod *p = &c->view->pod[row];

	for (uint32_t i = 0; pod_active(p) && i < p->spec->volume_count; i++) {
		if (!lacks(c->view, p, i))
			continue;
		decide_queue(c->out, row);
		return;
	}
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->pod_count; i++)
		look(c, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	if (change->what & CHANGED_ADDED)
		look(c, change->row);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct pod *p = &c->view->pod[row];
	struct api_call call = api_call(API_CREATE_CLAIM);

	call.pod = row;
	for (uint32_t i = 0; pod_active(p) && i < p->spec->volume_count; i++) {
		call.number = i;
		if (lacks(c->view, p, i))
			decide_call(c->out, call);
	}
}

const struct controller control_volume_ephemeral = {
	.info = {.name = "ephemeral-volume", .summary = "makes the claims of pods' ephemeral volumes"},
	.client = "ephemeral-volume-controller",
	.watches = CHANGE_POD,
	.settles = true,
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
