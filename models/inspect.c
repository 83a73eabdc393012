/*
 * inspect.c - notes what a look at one instant needs: what kubelets wrote last, containers that have ended, sandboxes.
 *
 * The model keeps of a pod's status only what controllers act on. What its containers are believed to be is noted here
 * whenever a status is written. While a kubelet talks, what it holds is what the API server holds, but for the
 * milliseconds of a write; so the kubelet's view is taken at the moment of the look, or of its silence.
 */
#include "models/inspect.h"

#include <string.h>

#include "models/etcd.h"
#include "models/heartbeat.h"
#include "models/image.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"
#include "models/plane.h"
#include "models/runtime.h"
#include "models/usage.h"

/* Addresses in the PodCIDR of a node, a /24 without network, gateway and broadcast. */
#define ADDRESSES 253

struct noted {
	struct container_look *sent, *written; /* by container */
	bool has_written;
	struct look_end *end, *before; /* the last two runs that are over */
	uint32_t sandboxes, address;
	sim_time sandbox_at;
};

struct inspect {
	struct noted *pod;
	uint32_t pod_capacity;
	uint32_t *next_address; /* by node: host-local's IPAM goes round */
};

void inspect_init(struct world *w)
{
	struct inspect *n = ARENA_NEW(&w->run->arena, 1, struct inspect);

	n->next_address = ARENA_NEW(&w->run->arena, w->cluster.node_count, uint32_t);
	w->inspect = n;
}

static struct noted *noted(struct world *w, uint32_t pod)
{
	struct inspect *n = w->inspect;
	struct arena *a = &w->run->arena;
	uint32_t count = spec_containers(w->cluster.pod[pod].spec);

	ARENA_RESERVE(a, n->pod, n->pod_capacity, pod + 1, struct noted);
	if (n->pod[pod].sent == NULL) {
		n->pod[pod].sent = ARENA_NEW(a, count, struct container_look);
		n->pod[pod].written = ARENA_NEW(a, count, struct container_look);
		n->pod[pod].end = ARENA_NEW(a, count, struct look_end);
		n->pod[pod].before = ARENA_NEW(a, count, struct look_end);
	}
	return &n->pod[pod];
}

/* ---- what is noted ---- */

/* A pod holds its address while its sandbox lives. */
static bool address_is_free(const struct world *w, uint32_t node, uint32_t address)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		if (p < w->inspect->pod_capacity && w->inspect->pod[p].sandboxes > 0 &&
		    w->inspect->pod[p].address == address && w->cluster.pod_truth[p].stage != STAGE_STOPPED)
			return false;
	return true;
}

void inspect_sandbox(struct world *w, uint32_t pod)
{
	uint32_t node = w->cluster.pod[pod].node;

	if (w->inspect == NULL)
		return;
	struct noted *n = noted(w, pod);
	uint32_t *next = &w->inspect->next_address[node];
	for (int tries = 0; tries < ADDRESSES && !address_is_free(w, node, *next); tries++)
		*next = (*next + 1) % ADDRESSES;
	n->address = *next;
	*next = (*next + 1) % ADDRESSES;
	n->sandboxes++;
	n->sandbox_at = w->run->now;
}

void inspect_ended(struct world *w, uint32_t pod, uint32_t i, bool lost)
{
	const struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	if (w->inspect == NULL)
		return;
	struct noted *n = noted(w, pod);
	n->before[i] = n->end[i];
	n->end[i] = (struct look_end){
		.there = true,
		.lost = lost,
		.reason = lost ? REASON_ERROR : c->last_reason,
		.exit_code = c->exit_code,
		.attempt = c->restarts,
		.sandbox = n->sandboxes,
		.started_at = c->started_at,
		.finished_at = w->run->now,
	};
}

/* ---- views ---- */

static struct container_look running(const struct container_truth *c, const struct look_end *last)
{
	return (struct container_look){.state = LOOK_RUNNING,
				       .ready = c->ready,
				       .started = c->started,
				       .restarts = c->restarts,
				       .started_at = c->started_at,
				       .last = *last};
}

static struct container_look ended(const struct noted *n, uint32_t i)
{
	return (struct container_look){
		.state = LOOK_TERMINATED, .restarts = n->end[i].attempt, .end = n->end[i], .last = n->before[i]};
}

static struct container_look waiting(const struct noted *n, uint32_t i, uint8_t reason)
{
	return (struct container_look){.state = LOOK_WAITING,
				       .reason = reason,
				       .restarts = n->end[i].there ? n->end[i].attempt : 0,
				       .last = n->end[i]};
}

/* Container i as its kubelet holds it: what its last relist has seen (kubernetes-control-plane.md 5.1, 5.2). */
static struct container_look as_kubelet(const struct world *w, uint32_t pod, uint32_t i, const struct noted *n)
{
	const struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	bool back_off = c->reason >= REASON_CRASH_LOOP_BACK_OFF;
	/* What the kubelet has stopped it need not look for. */
	bool seen = c->seen || w->cluster.pod_truth[pod].stage == STAGE_STOPPED;

	switch ((enum container_state)c->state) {
	case CONTAINER_RUNNING:
		if (c->seen)
			return running(c, &n->end[i]);
		break;
	case CONTAINER_TERMINATED:
		if (!seen)
			return running(c, &n->before[i]);
		if (n->end[i].there)
			return ended(n, i);
		break;
	default:
		if (back_off)
			return waiting(n, i, c->reason);
		break;
	}
	/* Not started yet, or started and not seen: one that ran before in this sandbox is still the one that ended. */
	if (c->once && n->end[i].there && n->end[i].sandbox == n->sandboxes)
		return ended(n, i);
	return waiting(n, i,
		       w->cluster.pod[pod].spec->init_count > 0 ? REASON_POD_INITIALIZING : REASON_CONTAINER_CREATING);
}

static struct container_look as_it_is(const struct world *w, uint32_t pod, uint32_t i, const struct noted *n)
{
	const struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	struct container_look l;

	if (c->state == CONTAINER_RUNNING) {
		l = running(c, &n->end[i]);
		l.ready = c->answers == ANSWERS_WELL;
		return l;
	}
	if (c->state == CONTAINER_TERMINATED && n->end[i].there)
		return ended(n, i);
	return waiting(n, i, c->reason);
}

static void take_view(struct world *w, uint32_t pod, struct container_look *into)
{
	const struct noted *n = noted(w, pod);

	if (w->cluster.pod_truth[pod].container == NULL)
		return;
	for (uint32_t i = 0; i < spec_containers(w->cluster.pod[pod].spec); i++)
		into[i] = as_kubelet(w, pod, i, n);
}

void inspect_sent(struct world *w, uint32_t pod)
{
	if (w->inspect != NULL)
		take_view(w, pod, noted(w, pod)->sent);
}

void inspect_written(struct world *w, uint32_t pod)
{
	if (w->inspect == NULL || w->cluster.pod_truth[pod].container == NULL)
		return;
	struct noted *n = noted(w, pod);
	memcpy(n->written, n->sent, spec_containers(w->cluster.pod[pod].spec) * sizeof(*n->written));
	n->has_written = true;
}

/* What the kubelet holds is what it has written, unless a write is under way. */
static void freeze(struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct noted *n = noted(w, pod);

	if (t->container == NULL || t->reporting)
		return;
	take_view(w, pod, n->written);
	n->has_written = true;
}

void inspect_silent(struct world *w, uint32_t node)
{
	if (w->inspect == NULL || !w->cluster.node_truth[node].watching)
		return;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		freeze(w, p);
}

/* ---- the look ---- */

static void look_at_pod(struct world *w, struct arena *a, uint32_t pod, struct pod_look *out)
{
	const struct pod *p = &w->cluster.pod[pod];
	const struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool any = false;

	if (p->exists && p->node != NONE && kubelet_talks(w, p->node) && w->cluster.node_truth[p->node].watching)
		freeze(w, pod);
	const struct noted *n = noted(w, pod);
	struct container_look *truth = ARENA_NEW(a, spec_containers(p->spec), struct container_look);
	for (uint32_t i = 0; t->container != NULL && i < spec_containers(p->spec); i++) {
		truth[i] = as_it_is(w, pod, i, n);
		any |= truth[i].state == LOOK_RUNNING;
	}
	*out = (struct pod_look){
		.believed = n->has_written ? n->written : NULL,
		.truth = t->container != NULL ? truth : NULL,
		.here = n->sandboxes > 0 && (p->exists || any || (t->stage != STAGE_NONE && t->stage != STAGE_STOPPED)),
		.runs = t->running,
		.sandbox_ready = any || (t->stage >= STAGE_CONTAINERS && t->stage <= STAGE_STOPPING),
		.gate_open = t->gate_open,
		.sandboxes = n->sandboxes,
		.sandbox_at = n->sandbox_at,
		.address = n->address,
		.service = t->services->service,
		.service_count = t->services->count,
		.endpoint_mask = t->slice_mask,
	};
}

static struct node_look look_at_node(struct world *w, uint32_t node)
{
	const struct node_truth *t = &w->cluster.node_truth[node];
	const struct view *v = &w->cluster.view;
	const struct node_object *o = w->cluster.node[node].object;

	return (struct node_look){
		.machine = t->machine,
		.powered = t->powered,
		.booting = t->ordered,
		.kubelet = t->kubelet,
		.runtime_up = t->runtime,
		.linked = t->linked,
		.shutting_down = shutdown_goes_on(w, node),
		.served = plane_node_served(w, node),
		.runtime_said = o->runtime != 0 || w->scenario->runtime != 0,
		.runtime = kubelet_runtime_of(w, node),
		.lease_renewed = v->heartbeat_seen(v->model, node, w->run->now),
		.status_written = heartbeat_status(w, node),
	};
}

static enum look_api look_at_api(const struct world *w)
{
	bool runs = false, stored = false;

	if (plane_answers(w) && etcd_leader_host(w) != NONE)
		return LOOK_API_ANSWERS;
	for (uint32_t h = 0; h < w->scenario->masters; h++) {
		bool up = plane_process(w, h, COMPONENT_API_SERVER);

		runs |= up;
		stored |= up && etcd_serves(w, h) && etcd_leader_host(w) != NONE;
	}
	return !runs ? LOOK_API_DOWN : !stored ? LOOK_API_NO_ETCD : LOOK_API_UNREACHABLE;
}

struct look inspect_look(struct world *w)
{
	return inspect_look_in(w, &w->run->arena);
}

struct look inspect_look_in(struct world *w, struct arena *a)
{
	const struct view *v = &w->cluster.view;
	struct node_look *node = ARENA_NEW(a, v->nodes.count, struct node_look);
	struct pod_look *pod = ARENA_NEW(a, v->pod_count, struct pod_look);

	for (uint32_t n = 0; n < v->nodes.count; n++)
		node[n] = look_at_node(w, n);
	for (uint32_t p = 0; p < v->pod_count; p++)
		look_at_pod(w, a, p, &pod[p]);
	return (struct look){
		.at = w->run->now,
		.scenario = w->scenario,
		.view = v,
		.names = &w->run->names,
		.node = node,
		.pod = pod,
		.api = look_at_api(w),
		.world = w,
	};
}

/* ---- images and use ---- */

const struct image_look *inspect_images(const struct look *l, uint32_t node, struct arena *a, uint32_t *count)
{
	*count = image_list(l->world, node, NULL, 0);
	struct image_on_node *list = ARENA_NEW(a, *count, struct image_on_node);
	struct image_look *out = ARENA_NEW(a, *count, struct image_look);

	image_list(l->world, node, list, *count);
	for (uint32_t i = 0; i < *count; i++)
		out[i] = (struct image_look){list[i].image, list[i].size, list[i].unpacked, list[i].since};
	return out;
}

const char *inspect_image_id(const struct look *l, uint32_t image, struct arena *a)
{
	char text[SHA256_TEXT_MAX];

	image_id(l->world, image, text);
	return arena_text(a, text, strlen(text));
}

const char *inspect_image_digest(const struct look *l, uint32_t image, struct arena *a)
{
	char text[SHA256_TEXT_MAX];

	image_digest(l->world, image, text);
	return arena_text(a, text, strlen(text));
}

double inspect_usage(const struct look *l, uint32_t pod, uint32_t i, enum usage u)
{
	return usage_of_container(l->world, pod, i, u);
}
