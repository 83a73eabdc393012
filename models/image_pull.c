/* image_pull.c - pulls (kubernetes-control-plane.md 5.9, orchestrators-runtimes-costs.md 3.5).
 *
 * A pull waits for its turn (serializeImagePulls, maxParallelImagePulls). Without `registry:` it takes a draw of
 * latencies.imagePull. With it, it asks for the manifest and downloads, in order and three at a time, the layers that
 * are not on the node and that no other pull there is downloading; meanwhile layers are unpacked in order, one at a
 * time on a node, unless their chain is unpacked already.
 *
 * Pulls share the links evenly, and a pull's three lanes share what the pull has. So a layer is there when the pull has
 * downloaded a number of bytes that depends on the manifest only, and the instants at which layers come and are
 * unpacked follow by arithmetic from the rate that held: there is an event when rates change, none for a layer.
 */
#include "models/image_parts.h"
#include "models/kubelet.h"
#include "models/kubelet_steps.h"

#define MIB (1024.0 * 1024.0)
/* registryPullQPS (pkg/kubelet/apis/config/v1beta1/defaults.go): beyond it and the burst a pull fails at once. */
#define PULL_QPS 5.0
/* Layers of a pull that are downloaded at the same time: containerd's and dockerd's default (3.5). */
#define LANES 3
/* Bytes that rounding may leave. */
#define ALMOST 0.5

static void pull_event(struct world *w, uint32_t node, struct pull *p, enum pull_state state, sim_time takes)
{
	p->state = (uint8_t)state;
	p->serial = ++w->images->serial;
	world_schedule(w, time_add(w->run->now, takes), EVENT_PULL_DONE, node, p->serial, p->image);
}

static struct pull *find(struct store *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->pulls; i++)
		if (s->pull[i].id == id)
			return &s->pull[i];
	return NULL;
}

static double unpack_seconds(const struct world *w, uint32_t blob)
{
	return (double)w->images->blob[blob].unpacked / (w->scenario->registry.unpack_mib * MIB);
}

/* ---- which layers are missing ---- */

/* The pull of the node, but for `but`, that downloads blob, with its layer in *layer; NULL if none does. */
static struct pull *loader_of(struct world *w, struct store *s, const struct pull *but, uint32_t blob, uint32_t *layer)
{
	for (uint32_t i = 0; i < s->pulls; i++) {
		struct pull *p = &s->pull[i];

		if (p == but || p->state < PULL_LOADS || p->state > PULL_UNPACKS)
			continue;
		const struct manifest *m = image_manifest(w, p->image);
		for (*layer = 0; *layer < m->count; ++*layer)
			if (m->blob[*layer] == blob && p->layer[*layer].from == p->id)
				return p;
	}
	return NULL;
}

/* The same layer again, above: it is there by its turn. */
static bool repeats(const struct manifest *m, uint32_t layer)
{
	for (uint32_t i = 0; i < layer; i++)
		if (m->blob[i] == m->blob[layer])
			return true;
	return false;
}

/* What has to be downloaded: what the content store lacks, or without one (docker, CRI-O) what is not unpacked on the
 * same layers. */
static void find_layers(struct world *w, uint32_t node, struct pull *p)
{
	struct images *im = w->images;
	struct store *s = &im->node[node];
	const struct manifest *m = image_manifest(w, p->image);
	uint32_t stamp = image_mark(w, node), k;
	bool blobs = kubelet_runtime_of(w, node)->content_store;

	ARENA_RESERVE(&w->run->arena, p->layer, p->layer_capacity, m->count, struct pull_layer);
	for (uint32_t i = 0; i < m->count; i++) {
		struct pull_layer *l = &p->layer[i];
		const struct pull *other;

		*l = (struct pull_layer){.ready = im->chain[m->chain[i]].mark == stamp};
		if (l->ready || repeats(m, i) || (blobs && im->blob[m->blob[i]].mark == stamp))
			continue;
		other = loader_of(w, s, p, m->blob[i], &k);
		l->from = other != NULL ? other->id : p->id;
		l->at = other != NULL ? other->layer[k].at : 0;
	}
}

/* Lets the lanes run over the missing layers: each gets the same share of the bytes while it has something to do. */
static void plan_lanes(struct world *w, struct pull *p)
{
	const struct manifest *m = image_manifest(w, p->image);
	uint32_t lane[LANES], busy = 0, next = 0;
	double left[LANES], loaded = 0;

	for (;;) {
		double least;

		for (; next < m->count && busy < LANES; next++) {
			if (p->layer[next].from != p->id)
				continue;
			lane[busy] = next;
			left[busy++] = (double)w->images->blob[m->blob[next]].size;
		}
		if (busy == 0)
			break;
		least = left[0];
		for (uint32_t i = 1; i < busy; i++)
			least = left[i] < least ? left[i] : least;
		loaded += least * busy;
		for (uint32_t i = busy; i-- > 0;) {
			left[i] -= least;
			if (left[i] > ALMOST)
				continue;
			p->layer[lane[i]].at = loaded;
			busy--;
			lane[i] = lane[busy];
			left[i] = left[busy];
		}
	}
	p->need = loaded;
}

/* ---- layers come and are unpacked ---- */

/* When layer i of p is on the node, if that was before now; at the rate that held since `from`. */
static bool layer_came(struct world *w, struct store *s, const struct pull *p, uint32_t i, sim_time from,
		       sim_time *when)
{
	const struct pull_layer *l = &p->layer[i];
	const struct pull *loader = l->from == 0 ? NULL : l->from == p->id ? p : find(s, l->from);
	double passed = time_seconds(w->run->now - from);

	*when = from;
	if (loader == NULL || loader->state != PULL_LOADS || loader->loaded >= l->at - ALMOST)
		return true;
	double takes = (l->at - loader->loaded) / s->rate;
	if (takes > passed && loader->loaded + s->rate * passed < l->at - ALMOST)
		return false;
	*when = from + time_from_seconds(takes < passed ? takes : passed);
	return true;
}

/* When another pull of the node has unpacked chain, or will have; false if none has begun. Pulls that have ended do not
 * matter: what they shared with others was decided for these when it came. */
static bool unpacked_by_other(struct world *w, const struct store *s, const struct pull *p, uint32_t chain,
			      sim_time *when)
{
	for (uint32_t i = 0; i < s->pulls; i++) {
		const struct pull *q = &s->pull[i];

		if (q == p || q->state < PULL_LOADS || q->state > PULL_UNPACKS)
			continue;
		const struct manifest *m = image_manifest(w, q->image);
		for (uint32_t k = 0; k < q->next; k++)
			if (m->chain[k] == chain) {
				*when = q->layer[k].done;
				return true;
			}
	}
	return false;
}

/* Decides when layer p->next, which came at `came`, is unpacked. */
static void unpack_next(struct world *w, struct store *s, struct pull *p, sim_time came)
{
	const struct manifest *m = image_manifest(w, p->image);
	struct pull_layer *l = &p->layer[p->next];
	sim_time done = came > p->unpacked ? came : p->unpacked, other;

	if (!l->ready && unpacked_by_other(w, s, p, m->chain[p->next], &other)) {
		done = other > done ? other : done;
	} else if (!l->ready) {
		done = done > s->unpacks_until ? done : s->unpacks_until;
		done = time_add(done, time_from_seconds(unpack_seconds(w, m->blob[p->next])));
		s->unpacks_until = done;
	}
	l->done = p->unpacked = done;
	p->next++;
}

/* All layers that have come to the node since `from`, in the order of their coming. */
static void unpack(struct world *w, uint32_t node, sim_time from)
{
	struct store *s = &w->images->node[node];

	for (;;) {
		struct pull *first = NULL;
		sim_time least = SIM_NEVER, when;

		for (uint32_t i = 0; i < s->pulls; i++) {
			struct pull *p = &s->pull[i];

			if ((p->state != PULL_LOADS && p->state != PULL_LAYERS) ||
			    p->next == image_manifest(w, p->image)->count ||
			    !layer_came(w, s, p, p->next, from, &when) || when >= least)
				continue;
			least = when;
			first = p;
		}
		if (first == NULL)
			return;
		unpack_next(w, s, first, least);
	}
}

/* Pulls whose end is known now. */
static void tell_ends(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];

	for (uint32_t i = 0; i < s->pulls; i++) {
		struct pull *p = &s->pull[i];

		if (p->state == PULL_LAYERS && p->next == image_manifest(w, p->image)->count)
			pull_event(w, node, p, PULL_UNPACKS, p->unpacked > w->run->now ? p->unpacked - w->run->now : 0);
	}
}

/* ---- downloads share ---- */

/* Brings all downloads up to now at the rates that held. */
static void flow(struct world *w)
{
	struct images *im = w->images;
	sim_time from = im->flowed;
	uint32_t kept = 0;

	im->flowed = w->run->now;
	for (uint32_t b = 0; b < im->busy_count; b++) {
		struct store *s = &im->node[im->busy[b]];

		unpack(w, im->busy[b], from);
		for (uint32_t i = 0; i < s->pulls; i++) {
			struct pull *p = &s->pull[i];

			if (p->state != PULL_LOADS)
				continue;
			p->loaded += s->rate * time_seconds(w->run->now - from);
			if (p->loaded < p->need - ALMOST)
				continue;
			s->loading--;
			im->loading--;
			p->state = PULL_LAYERS;
		}
		tell_ends(w, im->busy[b]);
		if (s->loading > 0)
			im->busy[kept++] = im->busy[b];
	}
	im->busy_count = kept;
}

/* Seconds until pull p's downloads change, or until the last layer that it waits for has come; -1: never. */
static double changes_in(struct store *s, const struct pull *p, uint32_t layers)
{
	double last = -1;

	if (p->state == PULL_LOADS)
		return (p->need - p->loaded) / s->rate;
	if (p->state != PULL_LAYERS)
		return -1;
	for (uint32_t i = p->next; i < layers; i++) {
		const struct pull *loader = p->layer[i].from != 0 ? find(s, p->layer[i].from) : NULL;

		if (loader == NULL || loader->state != PULL_LOADS)
			continue;
		double takes = (p->layer[i].at - loader->loaded) / s->rate;
		last = takes > last ? takes : last;
	}
	return last;
}

/* Shares the links anew and waits for the next change. */
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
			const struct pull *p = &s->pull[i];
			double takes =
				p->state < PULL_LOADS ? -1 : changes_in(s, p, image_manifest(w, p->image)->count);

			if (takes >= 0 && (next < 0 || takes < next))
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
	struct store *s = &im->node[node];

	flow(w);
	find_layers(w, node, p);
	plan_lanes(w, p);
	p->next = 0;
	p->loaded = 0;
	p->unpacked = w->run->now;
	p->state = PULL_LAYERS;
	if (p->need > 0) {
		p->state = PULL_LOADS;
		im->loading++;
		if (s->loading++ == 0)
			im->busy[im->busy_count++] = node;
	}
	unpack(w, node, w->run->now);
	tell_ends(w, node);
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
	s->pull[s->pulls] = (struct pull){.layer = p.layer, .layer_capacity = p.layer_capacity};
	return p;
}

/* The kubelet's limit on the registry; only where a registry is modelled. */
static bool take_token(struct world *w, struct store *s)
{
	s->tokens += time_seconds(w->run->now - s->tokens_at) * PULL_QPS;
	s->tokens = s->tokens < IMAGE_PULL_BURST ? s->tokens : IMAGE_PULL_BURST;
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
		struct pull *p = &s->pull[s->pulls++];
		*p = (struct pull){.image = image,
				   .first_pod = NONE,
				   .began = SIM_NEVER,
				   .id = ++w->images->id,
				   .layer = p->layer,
				   .layer_capacity = p->layer_capacity};
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
	image_disk_changed(w, node);
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

void image_abort(struct world *w, uint32_t node)
{
	struct store *s = &w->images->node[node];

	flow(w);
	w->images->loading -= s->loading;
	s->pulls = s->loading = 0;
	s->unpacks_until = w->run->now;
	flow(w); /* drops the node from the list */
	share(w);
}
