/* image.c - each node's image store: what is there, since when, and who uses it (kubernetes-control-plane.md 5.9). */
#include <assert.h>
#include <string.h>

#include "models/image_parts.h"

struct stored *image_stored(const struct world *w, uint32_t node, uint32_t image)
{
	const struct store *s = &w->images->node[node];

	for (uint32_t i = 0; i < s->count; i++)
		if (s->image[i].image == image)
			return &s->image[i];
	return NULL;
}

bool image_present(const struct world *w, uint32_t node, uint32_t image)
{
	return w->images->all || image_stored(w, node, image) != NULL;
}

/* An entry for image, which counts under the name `same`. */
static void add(struct world *w, uint32_t node, uint32_t image, uint32_t same)
{
	struct store *s = &w->images->node[node];
	const struct stored *whole = image_stored(w, node, same);
	bool old = w->settling || w->run->now == 0;

	if (image_stored(w, node, image) != NULL)
		return;
	if (whole != NULL)
		same = whole->same; /* a name that two images of the list claim is the first one's */
	ARENA_RESERVE(&w->run->arena, s->image, s->capacity, s->count + 1, struct stored);
	s->image[s->count++] = (struct stored){.image = image,
					       .same = same,
					       .since = w->run->now,
					       .detected = old ? LONG_AGO : SIM_NEVER,
					       .used = NEVER_USED};
	if (image == same)
		s->at_most += image_at_most(w, image);
}

void image_add(struct world *w, uint32_t node, uint32_t image)
{
	add(w, node, image, image);
}

/* A name with a tag stands for an image rather than one with a digest. */
static bool tagged(const struct world *w, uint32_t image)
{
	return strchr(names_text(&w->run->names, image), '@') == NULL;
}

/* The images that the Node object lists, each with all its names. */
static void add_listed(struct world *w, uint32_t node)
{
	const struct node_object *o = w->cluster.node[node].object;

	for (uint32_t i = 0, end; i < o->image_count; i = end) {
		uint32_t same = o->image[i];

		for (end = i + 1; end < o->image_count && o->sized[end].again; end++)
			if (!tagged(w, same) && tagged(w, o->image[end]))
				same = o->image[end];
		add(w, node, same, same);
		for (uint32_t k = i; k < end; k++)
			add(w, node, o->image[k], same);
	}
}

void image_init(struct world *w)
{
	struct images *im = ARENA_NEW(&w->run->arena, 1, struct images);

	w->images = im;
	im->all = w->scenario->prepulled;
	im->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct store);
	im->busy = ARENA_NEW(&w->run->arena, w->cluster.node_count, uint32_t);
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		im->node[n].rng = run_stream(w->run, STREAM_IMAGE, n);
		im->node[n].tokens = IMAGE_PULL_BURST;
		add_listed(w, n);
	}
	image_gc_init(w);
}

void image_clear(struct world *w, uint32_t node)
{
	w->images->node[node].count = 0;
	w->images->node[node].at_most = 0;
}

void image_forget(struct world *w, uint32_t node)
{
	image_clear(w, node);
	add_listed(w, node);
}

void image_take_away(struct world *w, uint32_t node, uint32_t image)
{
	struct store *s = &w->images->node[node];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->image[i].same != image)
			s->image[kept++] = s->image[i];
	s->count = kept;
	s->at_most -= image_at_most(w, image);
}

/* ---- use ---- */

/* A container that is about to be created, runs, or has run and is not removed yet. */
static bool uses(const struct container_truth *c)
{
	return c->state != CONTAINER_WAITING || c->runs > 0;
}

static void mark_pod(struct world *w, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	for (uint32_t i = 0; t->container != NULL && i < spec_containers(p->spec); i++) {
		struct stored *e = image_stored(w, p->node, spec_container(p->spec, i)->image);

		if (e == NULL || !uses(&t->container[i]))
			continue;
		e->in_use = true;
		image_stored(w, p->node, e->same)->in_use = true;
	}
}

void image_look(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];
	uint32_t ghosts = w->cluster.node_truth[node].ghosts;

	for (uint32_t i = 0; i < s->count; i++)
		s->image[i].in_use = false;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		mark_pod(w, p);
	/* Removed by force, and its kubelet does not know yet. */
	for (uint32_t p = 0; ghosts > 0 && p < w->cluster.pod_count; p++)
		if (w->cluster.pod[p].node == node && !w->cluster.pod[p].exists && w->cluster.pod_truth[p].running)
			mark_pod(w, p);
}

void image_released(struct world *w, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (p->node == NONE)
		return;
	for (uint32_t i = 0; t->container != NULL && i < spec_containers(p->spec); i++) {
		struct stored *e = image_stored(w, p->node, spec_container(p->spec, i)->image);

		if (e != NULL && t->container[i].runs > 0)
			image_stored(w, p->node, e->same)->used = w->run->now;
	}
}

void image_check(const struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct pod_truth *t = &w->cluster.pod_truth[p];
		const struct pod_spec *s = w->cluster.pod[p].spec;

		for (uint32_t i = 0; t->container != NULL && i < spec_containers(s); i++)
			assert(t->container[i].state != CONTAINER_RUNNING ||
			       image_present(w, node, spec_container(s, i)->image));
	}
}

uint32_t image_list(struct world *w, uint32_t node, struct image_on_node out[], uint32_t max)
{
	const struct store *s = &w->images->node[node];
	uint32_t count = 0;

	image_look(w, node);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct stored *e = &s->image[i];
		const struct manifest *m;

		if (e->image != e->same)
			continue;
		m = image_manifest(w, e->image);
		if (count < max)
			out[count] = (struct image_on_node){.image = e->image,
							    .size = m->size,
							    .unpacked = m->unpacked,
							    .since = e->since,
							    .used = e->in_use ? w->run->now : e->used,
							    .in_use = e->in_use};
		count++;
	}
	return count;
}
