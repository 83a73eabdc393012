/* cri.c - sandboxes and containers of one machine, from the truth about its pods. */
#include "report/looks/cri.h"

#include <stdlib.h>
#include <string.h>

#include "report/looks/identity.h"

/* What docker and containerd say of a container whose end nobody saw: orchestrators-runtimes-costs.md 3.4. */
#define EXIT_UNKNOWN 255

/* An older sandbox is there for the sake of its dead container, and as old as that. */
static void add_sandbox(struct cri *c, uint32_t pod, uint32_t number, sim_time at)
{
	const struct pod_look *p = &c->look->pod[pod];
	const char *id = identity_sandbox(c->arena, c->look, pod, number);
	const bool ready = number == p->sandboxes && p->sandbox_ready;

	for (uint32_t i = 0; i < c->sandboxes; i++)
		if (strcmp(c->sandbox[i].id, id) == 0)
			return;
	ARENA_RESERVE(c->arena, c->sandbox, c->sandbox_capacity, c->sandboxes + 1, struct cri_sandbox);
	c->sandbox[c->sandboxes++] = (struct cri_sandbox){
		.pod = pod,
		.attempt = number - 1,
		.id = id,
		.ready = ready,
		.created_at = number == p->sandboxes ? p->sandbox_at : at,
		.pid = ready ? identity_pid(pod, IDENTITY_PAUSE, number) : 0,
		.ended_at = number == p->sandboxes ? p->sandbox_at : at,
	};
}

static struct cri_container *add_container(struct cri *c, uint32_t pod, uint32_t i, uint32_t attempt, uint32_t sandbox,
					   sim_time at)
{
	const struct container *spec = spec_container(c->look->view->pod[pod].spec, i);

	add_sandbox(c, pod, sandbox, at);
	ARENA_RESERVE(c->arena, c->container, c->container_capacity, c->containers + 1, struct cri_container);
	struct cri_container *x = &c->container[c->containers++];
	*x = (struct cri_container){
		.pod = pod,
		.index = i,
		.attempt = attempt,
		.id = identity_container(c->arena, c->look, pod, i, attempt),
		.name = names_text(c->look->names, spec->name),
		.image = names_text(c->look->names, spec->image),
		.sandbox = identity_sandbox(c->arena, c->look, pod, sandbox),
		.created_at = at,
	};
	return x;
}

static void add_running(struct cri *c, uint32_t pod, uint32_t i, const struct container_look *l)
{
	struct cri_container *x = add_container(c, pod, i, l->restarts, c->look->pod[pod].sandboxes, l->started_at);

	x->state = CRI_RUNNING;
	x->pid = identity_pid(pod, i, l->restarts);
}

static void add_dead(struct cri *c, uint32_t pod, uint32_t i, const struct look_end *e)
{
	/* CRI-O removes what was there before a boot (3.4). */
	if (!e->there || (e->lost && strcmp(c->runtime->info.name, "cri-o") == 0))
		return;
	struct cri_container *x = add_container(c, pod, i, e->attempt, e->sandbox, e->started_at);
	x->state = CRI_EXITED;
	x->finished_at = e->finished_at;
	x->exit_code = e->lost ? EXIT_UNKNOWN : e->exit_code;
	x->reason = e->reason;
}

/* A sandbox that is over was so no earlier than its containers. */
static void end_sandboxes(struct cri *c)
{
	for (uint32_t i = 0; i < c->containers; i++) {
		const struct cri_container *x = &c->container[i];

		for (uint32_t s = 0; s < c->sandboxes; s++) {
			struct cri_sandbox *sandbox = &c->sandbox[s];

			if (sandbox->ready || strcmp(sandbox->id, x->sandbox) != 0)
				continue;
			sandbox->lost |= x->exit_code == EXIT_UNKNOWN;
			sandbox->ended_at = x->finished_at > sandbox->ended_at ? x->finished_at : sandbox->ended_at;
		}
	}
}

static void add_pod(struct cri *c, uint32_t pod)
{
	const struct pod_look *p = &c->look->pod[pod];

	add_sandbox(c, pod, p->sandboxes, p->sandbox_at);
	for (uint32_t i = 0; p->truth != NULL && i < spec_containers(c->look->view->pod[pod].spec); i++) {
		const struct container_look *l = &p->truth[i];

		if (l->state == LOOK_RUNNING)
			add_running(c, pod, i, l);
		add_dead(c, pod, i, l->state == LOOK_TERMINATED ? &l->end : &l->last);
	}
}

static int sandbox_order(const void *a, const void *b)
{
	const struct cri_sandbox *x = a, *y = b;

	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? 1 : -1;
	if (x->pod != y->pod)
		return x->pod < y->pod ? -1 : 1;
	return x->attempt < y->attempt ? 1 : x->attempt > y->attempt ? -1 : 0;
}

static int container_order(const void *a, const void *b)
{
	const struct cri_container *x = a, *y = b;

	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? 1 : -1;
	if (x->pod != y->pod)
		return x->pod < y->pod ? -1 : 1;
	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->attempt < y->attempt ? 1 : x->attempt > y->attempt ? -1 : 0;
}

struct cri cri_list(const struct look *l, uint32_t node, struct arena *a)
{
	struct cri c = {.look = l, .arena = a, .node = node, .runtime = l->node[node].runtime};

	for (uint32_t p = 0; p < l->view->pod_count; p++)
		if (l->view->pod[p].node == node && l->pod[p].here)
			add_pod(&c, p);
	end_sandboxes(&c);
	if (c.sandboxes > 0)
		qsort(c.sandbox, c.sandboxes, sizeof(*c.sandbox), sandbox_order);
	if (c.containers > 0)
		qsort(c.container, c.containers, sizeof(*c.container), container_order);
	return c;
}

const char *cri_image_id(const struct cri *c, const char *image)
{
	return strchr(identity_image(c->arena, c->look, image), ':') + 1;
}
