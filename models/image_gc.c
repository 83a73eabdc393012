/* image_gc.c - a node's disk, and the kubelet's garbage collection of images (kubernetes-control-plane.md 5.9, 5.10;
 * upstream pkg/kubelet/images/image_gc_manager.go).
 *
 * A kubelet looks every 5 minutes, the first time when it starts. Here a pass is an event only when the disk is at or
 * above the high threshold: use changes with pulls and pods, and whoever changes it says so. The kubelet sees use of an
 * image at its passes only, so "last used" is the last of those times before its last container went. It counts what it
 * frees by the sizes that the runtime tells (compressed under containerd), which is not what the disk gains.
 */
#include <stdlib.h>

#include "models/image_parts.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet.h"
#include "models/kubelet_steps.h"

/* ImageGCPeriod, pkg/kubelet/kubelet.go. */
#define PERIOD MINUTES(5)

/* ---- the disk ---- */

uint32_t image_mark(struct world *w, uint32_t node)
{
	struct images *im = w->images;
	const struct store *s = &im->node[node];
	uint32_t stamp = ++im->stamp;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct manifest *m;

		if (s->image[i].image != s->image[i].same)
			continue;
		m = image_manifest(w, s->image[i].image);
		for (uint32_t k = 0; k < m->count; k++)
			im->blob[m->blob[k]].mark = im->chain[m->chain[k]].mark = stamp;
	}
	return stamp;
}

/* Bytes of what is not marked yet, which is marked. */
static int64_t bytes_of(struct world *w, const struct manifest *m, uint32_t stamp, bool blobs)
{
	struct images *im = w->images;
	int64_t bytes = 0;

	for (uint32_t k = 0; k < m->count; k++) {
		struct blob *b = &im->blob[m->blob[k]];
		struct chain *c = &im->chain[m->chain[k]];

		bytes += c->mark != stamp ? b->unpacked : 0;
		bytes += blobs && b->mark != stamp ? b->size : 0;
		b->mark = c->mark = stamp;
	}
	return bytes;
}

int64_t image_bytes(struct world *w, uint32_t node)
{
	const struct store *s = &w->images->node[node];
	bool blobs = kubelet_runtime_of(w, node)->content_store;
	int64_t bytes = 0;
	uint32_t stamp;

	if (w->images->all)
		return 0;
	/* Manifests are made first: their rows begin unmarked. */
	for (uint32_t i = 0; i < s->count; i++)
		image_manifest(w, s->image[i].same);
	stamp = ++w->images->stamp;
	for (uint32_t i = 0; i < s->count; i++)
		if (s->image[i].image == s->image[i].same)
			bytes += bytes_of(w, image_manifest(w, s->image[i].image), stamp, blobs);
	return bytes;
}

int64_t image_disk_capacity(const struct world *w, uint32_t node)
{
	return w->cluster.node[node].object->capacity.disk_bytes;
}

static int64_t system_bytes(const struct world *w, uint32_t node)
{
	return (int64_t)((double)image_disk_capacity(w, node) * w->scenario->system_disk_share);
}

int64_t image_disk_beside_pods(struct world *w, uint32_t node)
{
	return system_bytes(w, node) + image_bytes(w, node);
}

int64_t image_disk_used(struct world *w, uint32_t node)
{
	int64_t used = image_disk_beside_pods(w, node) + w->images->node[node].pods_bytes;
	int64_t capacity = image_disk_capacity(w, node);

	return used < capacity ? used : capacity;
}

/* As upstream rounds it. */
static int64_t percent(const struct world *w, uint32_t node, int64_t used)
{
	double capacity = (double)image_disk_capacity(w, node);

	return 100 - (int64_t)((capacity - (double)used) * 100 / capacity);
}

/* ---- when ---- */

/* The first pass at or after t, and the last at or before it. */
static sim_time tick_from(const struct store *s, sim_time t)
{
	sim_time k = (t - s->gc_from) / PERIOD;

	while (s->gc_from + k * PERIOD < t)
		k++;
	while (s->gc_from + (k - 1) * PERIOD >= t)
		k--;
	return s->gc_from + k * PERIOD;
}

static sim_time tick_until(const struct store *s, sim_time t)
{
	sim_time tick = tick_from(s, t);

	return tick > t ? tick - PERIOD : tick;
}

void image_gc_init(struct world *w)
{
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		struct rng r = run_stream(w->run, STREAM_IMAGE_GC, n);

		w->images->node[n].gc_from = -(sim_time)(rng_unit(&r) * (double)PERIOD);
	}
}

bool image_may_leave_less(const struct world *w, uint32_t node, double bytes)
{
	const struct store *s = &w->images->node[node];
	int64_t capacity = image_disk_capacity(w, node);

	return capacity > 0 && !w->images->all &&
	       (double)(capacity - system_bytes(w, node) - s->pods_bytes - s->at_most) < bytes;
}

void image_disk_changed(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];
	int64_t capacity = image_disk_capacity(w, node), high = w->scenario->timers.image_gc_high;

	if (capacity == 0 || w->settling || w->images->all)
		return;
	pressure_changed(w, node);
	if (s->gc_due || percent(w, node, system_bytes(w, node) + s->pods_bytes + s->at_most) < high ||
	    percent(w, node, image_disk_used(w, node)) < high)
		return;
	s->gc_due = true;
	world_schedule(w, tick_from(s, w->run->now + 1), EVENT_IMAGE_GC, node, s->gc_epoch, 0);
}

void image_pods_disk(struct world *w, uint32_t node, int64_t bytes)
{
	bool more = bytes > w->images->node[node].pods_bytes;

	w->images->node[node].pods_bytes = bytes;
	if (more)
		image_disk_changed(w, node);
}

void image_settled(struct world *w)
{
	for (uint32_t n = 0; n < w->cluster.node_count; n++)
		image_disk_changed(w, n);
}

void image_runtime_started(struct world *w, uint32_t node)
{
	image_disk_changed(w, node);
}

void image_kubelet_started(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];

	for (uint32_t i = 0; i < s->count; i++) {
		s->image[i].detected = LONG_AGO;
		s->image[i].used = NEVER_USED;
	}
	s->gc_from = w->run->now;
	s->gc_due = false;
	s->gc_failed = 0;
	s->gc_epoch++;
	image_disk_changed(w, node);
}

/* ---- a pass ---- */

/* An image that may go, as the kubelet knows it. */
struct candidate {
	sim_time used, detected;
	uint32_t image, place;
};

static int by_use(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	if (x->detected != y->detected)
		return x->detected < y->detected ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* When the kubelet last saw the image used. */
static sim_time seen_used(const struct store *s, const struct stored *e)
{
	sim_time seen = e->used == NEVER_USED ? NEVER_USED : tick_until(s, e->used);

	return seen >= e->since ? seen : NEVER_USED;
}

/* Unused images older than the minimum age, in the order of deletion; in the run's scratch. */
static struct candidate *candidates(struct world *w, uint32_t node, uint32_t *count)
{
	struct store *s = &w->images->node[node];
	struct candidate *list = ARENA_NEW(&w->run->scratch, s->count, struct candidate);

	*count = 0;
	image_look(w, node);
	for (uint32_t i = 0; i < s->count; i++) {
		struct stored *e = &s->image[i];

		if (e->detected == SIM_NEVER) {
			sim_time tick = tick_from(s, e->since);

			e->detected = tick < w->run->now ? tick : w->run->now;
		}
		if (e->image != e->same || e->in_use || w->run->now - e->detected < w->scenario->timers.image_min_age)
			continue;
		list[(*count)++] = (struct candidate){seen_used(s, e), e->detected, e->image, i};
	}
	qsort(list, *count, sizeof(*list), by_use);
	return list;
}

static void tell_removed(struct world *w, uint32_t node, const struct candidate *c, enum image_removal why,
			 int64_t bytes)
{
	struct fact f = cluster_fact(&w->cluster, FACT_IMAGE_REMOVED);

	f.node = node;
	f.object = c->image;
	f.flag = (uint16_t)why;
	f.a = bytes;
	f.b = c->used == NEVER_USED ? -1 : c->used;
	f.c = percent(w, node, image_disk_used(w, node));
	cluster_tell(&w->cluster, f);
}

/* Deletes until the runtime says that `want` bytes are free. Returns what it says; *freed: what the disk gained. */
static int64_t free_space(struct world *w, uint32_t node, int64_t want, enum image_removal why, int64_t *freed)
{
	bool blobs = kubelet_runtime_of(w, node)->content_store;
	int64_t told = 0, before;
	uint32_t count;
	struct candidate *list = candidates(w, node, &count);

	*freed = 0;
	for (uint32_t i = 0; i < count && told < want; i++) {
		const struct manifest *m = image_manifest(w, list[i].image);

		before = image_bytes(w, node);
		image_take_away(w, node, list[i].image);
		int64_t gained = before - image_bytes(w, node);
		*freed += gained;
		told += blobs ? m->size : m->unpacked;
		tell_removed(w, node, &list[i], why, gained);
	}
	arena_empty(&w->run->scratch);
	return told;
}

int64_t image_reclaim(struct world *w, uint32_t node, int64_t bytes)
{
	int64_t freed = 0;

	if (!w->images->all && image_disk_capacity(w, node) > 0)
		free_space(w, node, bytes, REMOVED_FOR_PRESSURE, &freed);
	return freed;
}

/* The kubelet's warnings; the second in a row and what changes are told, repetitions are not. */
static void tell_failed(struct world *w, uint32_t node, int64_t want, int64_t told)
{
	struct store *s = &w->images->node[node];
	struct fact f = cluster_fact(&w->cluster, FACT_IMAGE_GC_FAILED);
	bool same = s->gc_failed > 1 && want == s->gc_wanted && told == s->gc_freed;

	s->gc_failed++;
	s->gc_wanted = want;
	s->gc_freed = told;
	if (same)
		return;
	f.node = node;
	f.flag = s->gc_failed > 1;
	f.a = want;
	f.b = told;
	f.c = percent(w, node, image_disk_used(w, node));
	cluster_tell(&w->cluster, f);
}

/* Subject: node; epoch: of its kubelet's ticks. */
void image_on_gc(struct world *w, const struct event *e)
{
	struct store *s = &w->images->node[e->subject];
	const struct timers *t = &w->scenario->timers;
	int64_t used = image_disk_used(w, e->subject), capacity = image_disk_capacity(w, e->subject), freed;

	if (e->epoch != s->gc_epoch)
		return;
	s->gc_due = false;
	if (!kubelet_works(w, e->subject))
		return; /* looked at again when it does */
	if (percent(w, e->subject, used) < t->image_gc_high) {
		s->gc_failed = 0;
		return;
	}
	int64_t want = (int64_t)((double)capacity * (double)(100 - t->image_gc_low) / 100) - (capacity - used);
	int64_t told = free_space(w, e->subject, want, REMOVED_FOR_SPACE, &freed);
	if (told < want)
		tell_failed(w, e->subject, want, told);
	else
		s->gc_failed = 0;
	image_disk_changed(w, e->subject);
}
