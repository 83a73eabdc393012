/* image.c - each node's image store and its one pull at a time. */
#include "models/image.h"

#include "models/kubelet.h"

struct pull {
	uint32_t image;
	uint32_t first_pod; /* waiting pods, through pod_truth.next_puller */
	sim_time began;     /* SIM_NEVER while it waits for its turn */
};

/* One node's store. */
struct store {
	uint32_t *image;
	uint32_t count, capacity;
	struct pull *pull; /* in order; the first one runs */
	uint32_t pulls, pull_capacity;
	uint32_t epoch;
	struct rng rng;
};

struct images {
	struct store *node;
	bool all; /* prePulled */
};

void image_init(struct world *w)
{
	const struct objects *o = &w->scenario->objects;
	struct images *im = ARENA_NEW(&w->run->arena, 1, struct images);

	w->images = im;
	im->all = w->scenario->prepulled;
	im->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct store);
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		im->node[n].rng = run_stream(w->run, STREAM_IMAGE, n);
		for (uint32_t i = 0; i < o->node[n].image_count; i++)
			image_add(w, n, o->node[n].image[i]);
	}
}

bool image_present(const struct world *w, uint32_t node, uint32_t image)
{
	const struct store *s = &w->images->node[node];

	if (w->images->all)
		return true;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->image[i] == image)
			return true;
	return false;
}

void image_add(struct world *w, uint32_t node, uint32_t image)
{
	struct store *s = &w->images->node[node];

	if (image_present(w, node, image))
		return;
	ARENA_RESERVE(&w->run->arena, s->image, s->capacity, s->count + 1, uint32_t);
	s->image[s->count++] = image;
}

static void begin_first(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];
	sim_time took;

	if (s->pulls == 0 || s->pull[0].began != SIM_NEVER)
		return;
	took = w->settling ? 0 : dist_draw(&w->scenario->latencies.image_pull, &s->rng);
	s->pull[0].began = w->run->now;
	world_schedule(w, time_add(w->run->now, took), EVENT_PULL_DONE, node, s->epoch, 0);
}

void image_pull(struct world *w, uint32_t pod, uint32_t image)
{
	uint32_t node = w->cluster.pod[pod].node, i = 0;
	struct store *s = &w->images->node[node];

	while (i < s->pulls && s->pull[i].image != image)
		i++;
	if (i == s->pulls) {
		ARENA_RESERVE(&w->run->arena, s->pull, s->pull_capacity, s->pulls + 1, struct pull);
		s->pull[s->pulls++] = (struct pull){.image = image, .first_pod = NONE, .began = SIM_NEVER};
	}
	w->cluster.pod_truth[pod].next_puller = s->pull[i].first_pod;
	s->pull[i].first_pod = pod;
	begin_first(w, node);
}

/* Subject: node. */
void image_on_pulled(struct world *w, const struct event *e)
{
	struct store *s = &w->images->node[e->subject];

	if (e->epoch != s->epoch)
		return;
	struct pull done = s->pull[0];
	s->pulls--;
	for (uint32_t i = 0; i < s->pulls; i++)
		s->pull[i] = s->pull[i + 1];
	image_add(w, e->subject, done.image);
	for (uint32_t pod = done.first_pod, next; pod != NONE; pod = next) {
		next = w->cluster.pod_truth[pod].next_puller;
		kubelet_pulled(w, pod, done.image, done.began);
	}
	begin_first(w, e->subject);
}

void image_forget(struct world *w, uint32_t node)
{
	const struct node_object *o = w->cluster.node[node].object;

	w->images->node[node].count = 0;
	for (uint32_t i = 0; i < o->image_count; i++)
		image_add(w, node, o->image[i]);
}

void image_abort(struct world *w, uint32_t node)
{
	w->images->node[node].epoch++;
	w->images->node[node].pulls = 0;
}
