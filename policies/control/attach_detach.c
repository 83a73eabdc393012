/*
 * attach_detach.c - the attach/detach controller: which CSI volume is to be attached to which node.
 * Upstream: pkg/controller/volume/attachdetach (kubernetes-control-plane.md 2.8).
 *
 * Upstream's reconciler compares the desired with the actual state every 100 ms. Here it looks only at what changed, at
 * the next of those ticks. Keys: 2 * pod for what to attach, 2 * attachment + 1 for what to detach.
 */
#include "models/policy.h"
#include "models/versions.h"
#include "sim/field.h"

/* reconcilerLoopPeriod, reconcilerMaxWaitForUnmountDuration (attach_detach_controller.go). */
#define TICK MILLIS(100)
#define MAX_WAIT_FOR_UNMOUNT SECONDS(360)

struct options {
	bool disable_force_detach;
};

/* The clocks are of the process: a restarted controller manager starts them anew. */
struct clock {
	sim_time since; /* no longer desired since; 0: desired */
	uint32_t epoch; /* of the attachment's row */
};

struct state {
	sim_time phase;
	struct clock *clock; /* by attachment */
	uint32_t clock_capacity;
	uint32_t *waiting; /* pods whose volume is attached elsewhere */
	uint32_t waits, waiting_capacity;
	uint32_t *unbound; /* pods of which some claim is not bound */
	uint32_t unbounds, unbound_capacity;
	bool *told; /* by pod: the event FailedAttachVolume has been written */
	uint32_t told_capacity;
	uint32_t out_of_service; /* name id of the taint's key */
};

/* Upstream has one reconciler, whose operations run side by side. */
static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

static void look_at(struct control_call *c, uint32_t key)
{
	const struct state *s = c->state;

	if (c->settling)
		decide_queue(c->out, key);
	else
		decide_queue_at(c->out, key, s->phase + (c->now - s->phase + TICK - 1) / TICK * TICK);
}

static bool is_over(const struct pod *p)
{
	return !p->exists || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;
}

static uint32_t find(const struct view *v, uint32_t node, uint32_t volume)
{
	uint32_t a = v->volume[volume].first_attachment;

	while (a != NONE && v->attachment[a].node != node)
		a = v->attachment[a].next_of_volume;
	return a;
}

/* What the pod would have attached, and what it leaves behind. */
static void look_at_pod(struct control_call *c, uint32_t pod)
{
	const struct view *v = c->view;
	const struct pod *p = &v->pod[pod];

	if (p->node == NONE || p->spec->volume_count == 0)
		return;
	if (!is_over(p)) {
		look_at(c, 2 * pod);
		return;
	}
	/* By node, for the claims of the pod may have gone with it. */
	for (uint32_t a = v->nodes.row[p->node].first_attachment; a != NONE; a = v->attachment[a].next_on_node)
		look_at(c, 2 * a + 1);
}

static void start(struct control_call *c)
{
	struct state *s = c->state;
	const struct view *v = c->view;

	s->phase = c->now;
	s->out_of_service = names_find(v->names, "node.kubernetes.io/out-of-service");
	for (uint32_t i = 0; i < v->pod_count; i++)
		if (!is_over(&v->pod[i]))
			look_at_pod(c, i);
	for (uint32_t n = 0; n < v->nodes.count; n++)
		for (uint32_t a = v->nodes.row[n].first_attachment; a != NONE; a = v->attachment[a].next_on_node)
			look_at(c, 2 * a + 1);
}

static void notice(struct control_call *c, const struct change *change)
{
	struct state *s = c->state;
	const struct view *v = c->view;

	if (change->kind == CHANGE_POD) {
		if (change->what & (CHANGED_ADDED | CHANGED_BOUND | CHANGED_PHASE | CHANGED_REMOVED))
			look_at_pod(c, change->row);
		return;
	}
	if (change->kind == CHANGE_NODE) {
		if (s->out_of_service == 0)
			s->out_of_service = names_find(v->names, "node.kubernetes.io/out-of-service");
		if (change->what & (CHANGED_TAINTS | CHANGED_READY | CHANGED_REMOVED))
			for (uint32_t a = v->nodes.row[change->row].first_attachment; a != NONE;
			     a = v->attachment[a].next_on_node)
				look_at(c, 2 * a + 1);
		return;
	}
	if (change->kind == CHANGE_CLAIM) {
		for (uint32_t i = 0; i < s->unbounds; i++)
			look_at(c, 2 * s->unbound[i]);
		s->unbounds = 0;
		return;
	}
	if (!(change->what & CHANGED_STATUS))
		return;
	for (uint32_t a = v->volume[change->row].first_attachment; a != NONE; a = v->attachment[a].next_of_volume)
		look_at(c, 2 * a + 1);
	for (uint32_t i = 0; i < s->waits; i++)
		look_at(c, 2 * s->waiting[i]);
	s->waits = 0;
}

/* ---- attach ---- */

static void wait_for(struct control_call *c, uint32_t pod, uint32_t volume, uint32_t other)
{
	struct state *s = c->state;
	struct fact f = {.kind = FACT_VOLUME_HELD,
			 .node = c->view->pod[pod].node,
			 .pod = pod,
			 .object = c->view->volume[volume].name,
			 .a = c->view->attachment[other].node};

	ARENA_RESERVE(c->arena, s->waiting, s->waiting_capacity, s->waits + 1, uint32_t);
	s->waiting[s->waits++] = pod;
	ARENA_RESERVE(c->arena, s->told, s->told_capacity, pod + 1, bool);
	if (!s->told[pod] && f.a != f.node && !c->settling)
		decide_tell(c->out, f);
	s->told[pod] = true;
}

/* A pod of the input may run before its claims are bound: what upstream's populator finds within a minute. */
static void wait_for_claims(struct control_call *c, uint32_t pod)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[pod];
	bool unbound = false;

	for (uint32_t i = 0; p->claim != NULL && i < p->spec->volume_count; i++) {
		uint32_t claim = p->claim[i] != 0 ? view_claim(c->view, p->namespace, p->claim[i]) : NONE;

		unbound |= p->claim[i] != 0 && (claim == NONE || c->view->claim[claim].volume == NONE);
	}
	if (!unbound)
		return;
	ARENA_RESERVE(c->arena, s->unbound, s->unbound_capacity, s->unbounds + 1, uint32_t);
	s->unbound[s->unbounds++] = pod;
}

static void attach(struct control_call *c, uint32_t pod)
{
	const struct view *v = c->view;
	const struct pod *p = &v->pod[pod];

	if (is_over(p) || p->node == NONE)
		return;
	wait_for_claims(c, pod);
	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		uint32_t volume = view_pod_volume(v, pod, i), here, other;
		struct api_call call = api_call(API_ATTACH);

		if (volume == NONE)
			continue;
		here = find(v, p->node, volume);
		other = v->volume[volume].first_attachment;
		if (here != NONE && !v->attachment[here].leaving)
			continue;
		/* isMultiAttachForbidden (reconciler.go): one node at a time without ReadWriteMany or ReadOnlyMany. */
		if (here != NONE ||
		    (other != NONE && !(v->volume[volume].object->access & (ACCESS_READ_MANY | ACCESS_WRITE_MANY)))) {
			wait_for(c, pod, volume, here != NONE ? here : other);
			continue;
		}
		call.object = volume;
		call.node = p->node;
		call.pod = pod;
		decide_call(c->out, call);
	}
}

/* ---- detach ---- */

static bool is_desired(const struct view *v, const struct attachment *a)
{
	for (uint32_t p = v->nodes.row[a->node].first_pod; p != NONE; p = v->pod[p].next_on_node)
		for (uint32_t i = 0; !is_over(&v->pod[p]) && i < v->pod[p].spec->volume_count; i++)
			if (view_pod_volume(v, p, i) == a->volume)
				return true;
	return false;
}

/* The taint says that the node is off: nothing there can use the volume. */
static bool is_out_of_service(const struct control_call *c, uint32_t node)
{
	const struct state *s = c->state;
	const struct node *n = &c->view->nodes.row[node];

	for (uint32_t i = 0; version_out_of_service(c->view->scenario->kubernetes) && i < n->taint_count; i++)
		if (n->taint[i].key == s->out_of_service)
			return true;
	return false;
}

/* Whether the detach may be forced once the wait is over. */
static bool may_force(const struct control_call *c, uint32_t node)
{
	const struct options *o = c->options;
	const struct node *n = &c->view->nodes.row[node];
	int version = c->view->scenario->kubernetes;

	if (o->disable_force_detach && version_disable_force_detach(version))
		return false;
	return !version_force_detach_asks_node(version) || !n->exists || n->ready != READY_TRUE;
}

static void detach(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct attachment *a = &c->view->attachment[row];
	struct api_call call = api_call(API_DETACH);
	struct clock *k;

	ARENA_RESERVE(c->arena, s->clock, s->clock_capacity, row + 1, struct clock);
	k = &s->clock[row];
	if (!a->exists || k->epoch != a->epoch)
		*k = (struct clock){.epoch = a->epoch};
	if (!a->exists || !a->attached || a->leaving)
		return;
	if (is_desired(c->view, a)) {
		k->since = 0;
		return;
	}
	if (k->since == 0)
		k->since = c->now;
	call.number = a->in_use;
	if (a->in_use && !is_out_of_service(c, a->node)) {
		if (c->now - k->since < MAX_WAIT_FOR_UNMOUNT)
			decide_queue_at(c->out, 2 * row + 1, k->since + MAX_WAIT_FOR_UNMOUNT);
		if (c->now - k->since < MAX_WAIT_FOR_UNMOUNT || !may_force(c, a->node))
			return;
	}
	call.object = a->volume;
	call.node = a->node;
	decide_call(c->out, call);
}

static void reconcile(struct control_call *c, uint32_t key)
{
	if (key % 2 == 0)
		attach(c, key / 2);
	else
		detach(c, key / 2);
}

static const struct field fields[] = {
	{.name = "disableForceDetachOnTimeout",
	 .kind = FIELD_BOOL,
	 .offset = offsetof(struct options, disable_force_detach),
	 .fallback = "false",
	 .meaning = "no forced detach after 6 min (since 1.30)",
	 .source = "kubernetes cmd/kube-controller-manager, --disable-force-detach-on-timeout"},
	{.name = NULL}};

const struct controller control_attach_detach = {
	.info = {.name = "attach-detach",
		 .summary = "attaches CSI volumes to the nodes of their pods and detaches them after those"},
	.options = fields,
	.options_size = sizeof(struct options),
	.client = "attach-detach",
	.watches = CHANGE_NODE | CHANGE_POD | CHANGE_CLAIM | CHANGE_VOLUME,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
