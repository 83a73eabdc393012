/* volume_binder.c - gives claims their volumes: binds those that match or are reserved, and has others provisioned.
 * Upstream: pkg/controller/volume/persistentvolume/pv_controller.go, and a CSI external-provisioner, which here is a
 * part of the same process. */
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "models/sched_match.h"
#include "models/volume_match.h"

#define NO_PROVISIONER "kubernetes.io/no-provisioner"

struct state {
	bool *making; /* by claim: its volume is being made */
	uint32_t capacity;
};

/* A zone's first node, and the zone's name for sorting. */
struct topology {
	const char *name;
	uint32_t node, zone;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1; /* one for claims, one for volumes */
}

static bool is_pending(const struct view *v, uint32_t claim)
{
	return v->claim[claim].exists && v->claim[claim].phase == CLAIM_PENDING;
}

static void queue_pending(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->claim_count; i++)
		if (is_pending(c->view, i))
			decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	uint32_t claim;

	if (change->kind == CHANGE_CLAIM) {
		decide_queue(c->out, change->row);
		return;
	}
	if (v->volume[change->row].claim_name == 0) {
		queue_pending(c);
		return;
	}
	claim = view_claim(v, v->volume[change->row].claim_namespace, v->volume[change->row].claim_name);
	if (claim != NONE)
		decide_queue(c->out, claim);
}

/* The volume that the claim names, or that is reserved for it, or, without a scheduler to choose, that matches. */
static uint32_t find_volume(const struct view *v, uint32_t claim)
{
	const struct claim *o = &v->claim[claim];
	uint32_t volume;

	for (uint32_t i = 0; o->volume_name != 0 && i < v->loose_count; i++) {
		const struct volume *named = &v->volume[v->loose[i]];

		if (named->name == o->volume_name && named->object->bytes >= o->object->bytes &&
		    (named->claim_name == 0 || volume_is_for(v, v->loose[i], claim)))
			return v->loose[i];
	}
	if (o->volume_name != 0)
		return NONE;
	volume = volume_match(v, NULL, claim, NONE, NULL, 0);
	return volume != NONE && claim_state(v, claim) == CLAIM_WAITS && !volume_is_for(v, volume, claim) ? NONE
													  : volume;
}

/* bind(): spec and status of the volume, spec and status of the claim, each a call. */
static void bind(struct control_call *c, uint32_t claim, uint32_t volume)
{
	struct api_call call = api_call(API_RESERVE_VOLUME);

	call.object = claim;
	call.number = volume;
	decide_call(c->out, call);
	for (int i = 0; i < 2; i++) {
		decide_then(c->out);
		decide_call(c->out, api_call(API_STATUS));
	}
	decide_then(c->out);
	call.verb = API_BIND_CLAIM;
	decide_call(c->out, call);
}

/* ---- provisioning ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct topology *)a)->name, ((const struct topology *)b)->name);
}

/* FNV-1 of 32 bits. */
static uint32_t hash(const char *text, size_t length)
{
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < length; i++)
		h = h * UINT32_C(16777619) ^ (unsigned char)text[i];
	return h;
}

/* Where the round of zones begins for a claim: neighbours in a StatefulSet begin in neighbouring zones
 * (external-provisioner, getPVCNameHashAndIndexOffset, recalled). */
static uint32_t offset(const char *name)
{
	const char *dash = strrchr(name, '-');
	char *end;
	unsigned long ordinal = dash != NULL && dash[1] != '\0' ? strtoul(dash + 1, &end, 10) : 0;

	if (dash == NULL || dash[1] == '\0' || *end != '\0')
		return hash(name, strlen(name));
	return hash(name, (size_t)(dash - name)) + (uint32_t)ordinal;
}

static bool allowed(const struct view *v, const struct class_object *class, uint32_t node)
{
	for (uint32_t i = 0; i < class->term_count; i++)
		if (sched_term_matches(&class->term[i], v->nodes.row[node].object, v->names))
			return true;
	return class->term_count == 0;
}

/* Without a pod to ask, zones take turns. Returns a node of the zone, NONE when no node is allowed. */
static uint32_t choose_node(struct control_call *c, uint32_t claim, const struct class_object *class)
{
	const struct view *v = c->view;
	struct arena scratch = {0};
	struct topology *t = ARENA_NEW(&scratch, v->zone_count, struct topology);
	uint32_t count = 0, node = NONE;

	for (uint32_t i = 0; i < v->nodes.count; i++) {
		uint32_t zone = v->nodes.row[i].zone, k = 0;

		while (k < count && t[k].zone != zone)
			k++;
		if (k == count && allowed(v, class, i))
			t[count++] = (struct topology){names_text(v->names, v->zone_name[zone]), i, zone};
	}
	if (count > 0) {
		qsort(t, count, sizeof(*t), by_name);
		node = t[offset(names_text(v->names, v->claim[claim].name)) % count].node;
	}
	arena_release(&scratch);
	return node;
}

static void provision(struct control_call *c, uint32_t claim)
{
	const struct class_object *class = volume_class(c->view, c->view->claim[claim].object->class);
	struct api_call call = api_call(API_PROVISION);

	call.object = claim;
	call.node = c->view->claim[claim].selected;
	if (call.node == NONE)
		call.node = choose_node(c, claim, class);
	decide_call(c->out, call);
}

static bool can_provision(const struct view *v, uint32_t claim)
{
	const struct class_object *class = volume_class(v, v->claim[claim].object->class);

	return class != NULL && v->claim[claim].volume_name == 0 &&
	       strcmp(names_text(v->names, class->provisioner), NO_PROVISIONER) != 0 &&
	       (!class->waits || v->claim[claim].selected != NONE);
}

static void reconcile(struct control_call *c, uint32_t claim)
{
	struct state *s = c->state;
	uint32_t volume;

	if (!is_pending(c->view, claim))
		return;
	ARENA_RESERVE(c->arena, s->making, s->capacity, c->view->claim_count, bool);
	volume = find_volume(c->view, claim);
	if (volume != NONE) {
		bind(c, claim, volume);
		return;
	}
	if (!can_provision(c->view, claim) || s->making[claim])
		return;
	if (c->settling) {
		provision(c, claim);
		return;
	}
	s->making[claim] = true;
	decide_timer(c->out, time_add(c->now, dist_draw(&c->view->scenario->latencies.volume_provision, c->rng)), claim,
		     0);
}

static void timer(struct control_call *c, uint32_t claim, uint32_t arg)
{
	struct state *s = c->state;

	(void)arg;
	s->making[claim] = false;
	if (is_pending(c->view, claim) && can_provision(c->view, claim) && find_volume(c->view, claim) == NONE)
		provision(c, claim);
}

const struct controller control_volume_binder = {
	.info = {.name = "persistent-volume-binder",
		 .summary = "gives claims their volumes, made anew where none fits"},
	.client = "persistent-volume-binder",
	.watches = CHANGE_CLAIM | CHANGE_VOLUME,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = queue_pending,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
};
