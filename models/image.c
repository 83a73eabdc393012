/* image.c - each node's image store and its pulls (kubernetes-control-plane.md 5.9,
 * orchestrators-runtimes-costs.md 3.5).
 *
 * A pull waits for its turn (serializeImagePulls, maxParallelImagePulls). Without `registry:` it takes a draw of
 * latencies.imagePull. With it, it asks for the manifest, downloads what the image's size says, at the node's bandwidth
 * and an even share of the registry's, and unpacks; so pulls that come together slow each other.
 */
#include "models/image.h"

#include "models/kubelet.h"

#define MIB (1024.0 * 1024.0)
/* Compressed sizes of images that nobody gives: lognormal with median 60 MiB and sigma 1.2, guesses (3.5). */
#define SIZE_MEDIAN (60 << 20)
#define SIZE_SIGMA 1.2
/* Bytes of an unpacked image to its compressed ones, a guess (3.5). */
#define UNPACKED 2.5
/* registryPullQPS and registryBurst (pkg/kubelet/apis/config/v1beta1/defaults.go): beyond them a pull fails at once. */
#define PULL_QPS 5.0
#define PULL_BURST 10.0

enum pull_state { PULL_WAITS, PULL_TAKES, PULL_ASKS, PULL_LOADS, PULL_UNPACKS, PULL_REFUSED };

struct pull {
	uint32_t image;
	uint32_t first_pod; /* waiting pods, through pod_truth.next_puller */
	sim_time began;
	uint32_t serial; /* of its event */
	uint8_t state;   /* enum pull_state */
	double left;     /* bytes to download */
};

/* One node's store. */
struct store {
	uint32_t *image;
	uint32_t count, capacity;
	struct pull *pull; /* in order of asking; those that do not wait come first */
	uint32_t pulls, pull_capacity, loading;
	double rate; /* of each of its downloads, bytes/s */
	double tokens;
	sim_time tokens_at;
	struct rng rng;
};

struct images {
	struct store *node;
	uint32_t *busy; /* nodes that download, each once; in order of beginning */
	uint32_t busy_count, loading, serial, flow;
	sim_time flowed; /* downloads are computed up to here */
	int64_t *size;   /* by name id; 0: not asked for yet */
	uint32_t size_capacity;
	bool all; /* prePulled */
};

void image_init(struct world *w)
{
	const struct objects *o = &w->scenario->objects;
	struct images *im = ARENA_NEW(&w->run->arena, 1, struct images);

	w->images = im;
	im->all = w->scenario->prepulled;
	im->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct store);
	im->busy = ARENA_NEW(&w->run->arena, w->cluster.node_count, uint32_t);
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		im->node[n].rng = run_stream(w->run, STREAM_IMAGE, n);
		im->node[n].tokens = PULL_BURST;
		for (uint32_t i = 0; i < o->node[n].image_count; i++)
			image_add(w, n, o->node[n].image[i]);
	}
}

/* ---- what is there ---- */

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

/* The same in every run, whatever its seed: an image has its size. */
static int64_t drawn_size(const char *name)
{
	const struct dist d = {.kind = DIST_LOGNORMAL, .a = SIZE_MEDIAN, .shape = SIZE_SIGMA};
	uint32_t hash = 2166136261u;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	struct rng r = rng_stream(0, 0, STREAM_IMAGE, hash);
	return dist_draw(&d, &r) + 1;
}

int64_t image_size(struct world *w, uint32_t image)
{
	const struct scenario *s = w->scenario;
	struct images *im = w->images;

	ARENA_RESERVE(&w->run->arena, im->size, im->size_capacity, image + 1, int64_t);
	if (im->size[image] != 0)
		return im->size[image];
	for (uint32_t i = 0; i < s->image_count; i++)
		if (s->image[i].name == image)
			return im->size[image] = s->image[i].bytes;
	for (uint32_t n = 0; n < s->objects.node_count; n++)
		for (uint32_t i = 0; i < s->objects.node[n].sized_count; i++)
			if (s->objects.node[n].sized[i].name == image && s->objects.node[n].sized[i].bytes > 0)
				return im->size[image] = s->objects.node[n].sized[i].bytes;
	return im->size[image] = drawn_size(names_text(&w->run->names, image));
}

/* ---- downloads share ---- */

static void pull_event(struct world *w, uint32_t node, struct pull *p, enum pull_state state, sim_time takes)
{
	p->state = (uint8_t)state;
	p->serial = ++w->images->serial;
	world_schedule(w, time_add(w->run->now, takes), EVENT_PULL_DONE, node, p->serial, p->image);
}

/* Brings all downloads up to now at the rates that held; those that have ended are unpacked. */
static void flow(struct world *w)
{
	struct images *im = w->images;
	double passed = time_seconds(w->run->now - im->flowed);
	uint32_t kept = 0;

	im->flowed = w->run->now;
	for (uint32_t b = 0; b < im->busy_count; b++) {
		struct store *s = &im->node[im->busy[b]];

		for (uint32_t i = 0; i < s->pulls; i++) {
			struct pull *p = &s->pull[i];

			if (p->state != PULL_LOADS)
				continue;
			p->left -= s->rate * passed;
			if (p->left > 0.5)
				continue;
			s->loading--;
			im->loading--;
			pull_event(w, im->busy[b], p, PULL_UNPACKS,
				   time_from_seconds((double)image_size(w, p->image) * UNPACKED /
						     (w->scenario->registry.unpack_mib * MIB)));
		}
		if (s->loading > 0)
			im->busy[kept++] = im->busy[b];
	}
	im->busy_count = kept;
}

/* Shares the links anew and waits for the next download that ends. */
static void share(struct world *w)
{
	const struct registry *r = &w->scenario->registry;
	struct images *im = w->images;
	double next = -1;

	for (uint32_t b = 0; b < im->busy_count; b++) {
		struct store *s = &im->node[im->busy[b]];
		double own = r->node_mib * MIB / s->loading, even = r->mib * MIB / im->loading;

		s->rate = own < even ? own : even;
		for (uint32_t i = 0; i < s->pulls; i++) {
			double takes = s->pull[i].left / s->rate;

			if (s->pull[i].state == PULL_LOADS && (next < 0 || takes < next))
				next = takes;
		}
	}
	im->flow++;
	if (next >= 0)
		world_schedule(w, time_add(w->run->now, time_from_seconds(next) + 1), EVENT_PULL_FLOW, 0, im->flow, 0);
}

/* Subject: none; epoch: number of the sharing. */
void image_on_flow(struct world *w, const struct event *e)
{
	if (e->epoch != w->images->flow)
		return;
	flow(w);
	share(w);
}

static void load(struct world *w, uint32_t node, struct pull *p)
{
	struct images *im = w->images;

	flow(w);
	if (im->node[node].loading++ == 0)
		im->busy[im->busy_count++] = node;
	im->loading++;
	p->state = PULL_LOADS;
	p->left = (double)image_size(w, p->image);
	share(w);
}

/* ---- pulls ---- */

/* Takes pull i out of the node's list; for its pods see the caller. */
static struct pull take_out(struct world *w, uint32_t node, uint32_t i)
{
	struct store *s = &w->images->node[node];
	struct pull p = s->pull[i];

	s->pulls--;
	for (; i < s->pulls; i++)
		s->pull[i] = s->pull[i + 1];
	return p;
}

/* The kubelet's limit on the registry; only where a registry is modelled. */
static bool take_token(struct world *w, struct store *s)
{
	s->tokens += time_seconds(w->run->now - s->tokens_at) * PULL_QPS;
	s->tokens = s->tokens < PULL_BURST ? s->tokens : PULL_BURST;
	s->tokens_at = w->run->now;
	if (s->tokens < 1)
		return false;
	s->tokens--;
	return true;
}

static void fail(struct world *w, uint32_t node, uint32_t i)
{
	struct pull p = take_out(w, node, i);

	for (uint32_t pod = p.first_pod, next; pod != NONE; pod = next) {
		next = w->cluster.pod_truth[pod].next_puller;
		kubelet_pull_failed(w, pod, p.image);
	}
}

static uint32_t turns(const struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	if (t->serialize_image_pulls)
		return 1;
	return t->max_parallel_image_pulls > 0 ? (uint32_t)t->max_parallel_image_pulls : UINT32_MAX;
}

static void begin_next(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];
	uint32_t active = 0;

	for (uint32_t i = 0; i < s->pulls && active < turns(w); i++, active++) {
		struct pull *p = &s->pull[i];

		if (p->state != PULL_WAITS)
			continue;
		p->began = w->run->now;
		if (w->settling)
			pull_event(w, node, p, PULL_TAKES, 0);
		else if (!w->scenario->registry.present)
			pull_event(w, node, p, PULL_TAKES, dist_draw(&w->scenario->latencies.image_pull, &s->rng));
		else if (take_token(w, s))
			pull_event(w, node, p, PULL_ASKS, dist_draw(&w->scenario->registry.latency, &s->rng));
		else
			pull_event(w, node, p, PULL_REFUSED, 0);
	}
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
	begin_next(w, node);
}

static void finish(struct world *w, uint32_t node, uint32_t i)
{
	struct pull done = take_out(w, node, i);

	image_add(w, node, done.image);
	for (uint32_t pod = done.first_pod, next; pod != NONE; pod = next) {
		next = w->cluster.pod_truth[pod].next_puller;
		kubelet_pulled(w, pod, done.image, done.began);
	}
}

/* Subject: node; arg: image; epoch: the pull's serial. The manifest has come, or the image is there. */
void image_on_pulled(struct world *w, const struct event *e)
{
	struct store *s = &w->images->node[e->subject];
	uint32_t i = 0;

	while (i < s->pulls && s->pull[i].serial != e->epoch)
		i++;
	if (i == s->pulls)
		return;
	if (s->pull[i].state == PULL_ASKS && rng_unit(&s->rng) >= w->scenario->registry.failure_rate) {
		load(w, e->subject, &s->pull[i]);
		return;
	}
	if (s->pull[i].state == PULL_ASKS || s->pull[i].state == PULL_REFUSED)
		fail(w, e->subject, i);
	else
		finish(w, e->subject, i);
	begin_next(w, e->subject);
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
	struct store *s = &w->images->node[node];

	flow(w);
	w->images->loading -= s->loading;
	s->pulls = s->loading = 0;
	flow(w); /* drops the node from the list */
	share(w);
}
