/* image_locality.c - prefers nodes that have the pod's images already; kube-scheduler.md 3.12 and section 10. */
#include "models/sched_match.h"

#define MIB INT64_C(1048576)
#define LEAST (23 * MIB)
#define MOST_EACH (1000 * MIB)

/* How many nodes list an image; kept while no node comes or goes. */
struct spread {
	uint32_t generation;
	uint32_t count, capacity;
	struct {
		uint32_t name, nodes;
	} * image;
};

static int64_t size_on(const struct node_object *o, uint32_t name, bool *present)
{
	for (uint32_t i = 0; i < o->sized_count; i++) {
		if (o->sized[i].name == name) {
			*present = true;
			return o->sized[i].bytes;
		}
	}
	*present = false;
	return 0;
}

static uint32_t nodes_having(struct sched_call *c, uint32_t name)
{
	struct arena *a = c->shared->arena;
	struct spread *s = c->kept;
	uint32_t nodes = 0;

	if (s == NULL)
		c->kept = s = ARENA_NEW(a, 1, struct spread);
	if (s->generation != c->shared->generation)
		s->count = 0;
	s->generation = c->shared->generation;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->image[i].name == name)
			return s->image[i].nodes;
	for (uint32_t n = 0; n < c->view->nodes.count; n++) {
		bool present;

		size_on(c->view->nodes.row[n].object, name, &present);
		nodes += present && c->view->nodes.row[n].exists;
	}
	if (s->count == s->capacity) {
		uint32_t more = s->capacity > 0 ? 2 * s->capacity : 16;

		s->image = arena_grow(a, s->image, s->capacity, more, sizeof(*s->image), _Alignof(uint32_t));
		s->capacity = more;
	}
	s->image[s->count].name = name;
	s->image[s->count++].nodes = nodes;
	return nodes;
}

/* 2^50: more than any clamp below, less than what thousands of containers could overflow. */
#define HUGE (INT64_C(1) << 50)

static void add_containers(struct sched_call *c, const struct container *list, uint32_t count, int64_t sum[])
{
	for (uint32_t i = 0; i < count; i++) {
		double share = (double)nodes_having(c, list[i].image) / (double)c->view->nodes.existing;

		for (uint32_t k = 0; share > 0 && k < c->count; k++) {
			bool present;
			int64_t bytes = size_on(c->view->nodes.row[c->node[k]].object, list[i].image, &present);

			/* Far beyond what counts, so that a sum cannot overflow. */
			sum[k] += bytes >= HUGE ? HUGE : (int64_t)((double)bytes * share);
		}
	}
}

/* Init containers count since 1.30 at the latest, not yet in 1.29 (table 0.1). */
static void score(struct sched_call *c, int64_t raw[])
{
	const struct pod_spec *spec = c->pod->spec;
	uint32_t inits = c->kubernetes >= 30 ? spec->init_count : 0;
	int64_t most = (int64_t)(spec->container_count + inits) * MOST_EACH;

	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = 0;
	if (!c->shared->has_images)
		return;
	add_containers(c, spec->container, spec->container_count, raw);
	add_containers(c, spec->init, inits, raw);
	for (uint32_t k = 0; k < c->count; k++) {
		int64_t sum = raw[k] < LEAST ? LEAST : raw[k] > most ? most : raw[k];

		raw[k] = SCORE_MAX * (sum - LEAST) / (most - LEAST);
	}
}

const struct sched_plugin sched_image_locality = {
	.info = {"ImageLocality", "Prefers nodes that have the pod's images already."},
	.score = score,
};
