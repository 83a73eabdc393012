/* image_manifest.c - images as the OCI image specification has them: an ordered list of layers, each a compressed blob
 * with a digest (orchestrators-runtimes-costs.md 3.3, 3.5).
 *
 * A manifest is made when somebody asks for it. Blobs that a scenario names are shared by their names; what nobody
 * gives is drawn from the image's name alone, so an image is the same in every run. Digests are computed for tools
 * only: the model compares rows.
 */
#include <inttypes.h>
#include <string.h>

#include "models/image_parts.h"
#include "sim/text.h"

/* Compressed sizes of images that nobody gives: lognormal with median 60 MiB and sigma 1.2, guesses (3.5). */
#define SIZE_MEDIAN (60 << 20)
#define SIZE_SIGMA 1.2
/* Bytes of an unpacked image to its compressed ones, a guess (3.5). */
#define UNPACKED 2.5
/* Layers of an image that nobody gives: 6 to 10 (3.5); of one on a base 1 to 4; both guesses. */
#define LAYERS_MIN 6
#define LAYERS_KINDS 5
#define LAYERS_ON_BASE 4

static struct rng stream_of(const struct world *w, uint32_t image, bool layers)
{
	uint32_t hash = 2166136261u;

	for (const char *c = names_text(&w->run->names, image); *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return rng_stream(0, 0, layers ? STREAM_IMAGE_LAYERS : STREAM_IMAGE, hash);
}

static int64_t drawn_size(const struct world *w, uint32_t image)
{
	const struct dist d = {.kind = DIST_LOGNORMAL, .a = SIZE_MEDIAN, .shape = SIZE_SIGMA};
	struct rng r = stream_of(w, image, false);

	return dist_draw(&d, &r) + 1;
}

static const struct image_spec *spec_of(const struct world *w, uint32_t image)
{
	for (uint32_t i = 0; i < w->scenario->image_count; i++)
		if (w->scenario->image[i].name == image)
			return &w->scenario->image[i];
	return NULL;
}

int64_t image_size(struct world *w, uint32_t image)
{
	const struct objects *o = &w->scenario->objects;
	const struct image_spec *spec;
	struct images *im = w->images;

	ARENA_RESERVE(&w->run->arena, im->size, im->size_capacity, image + 1, int64_t);
	if (im->size[image] != 0)
		return im->size[image];
	spec = spec_of(w, image);
	if (spec != NULL)
		return im->size[image] = spec->bytes;
	for (uint32_t n = 0; n < o->node_count; n++)
		for (uint32_t i = 0; i < o->node[n].sized_count; i++)
			if (o->node[n].sized[i].name == image && o->node[n].sized[i].bytes > 0)
				return im->size[image] = o->node[n].sized[i].bytes;
	return im->size[image] = drawn_size(w, image);
}

int64_t image_at_most(struct world *w, uint32_t image)
{
	return (int64_t)((double)image_size(w, image) * (1 + UNPACKED));
}

/* ---- rows ---- */

static uint32_t new_blob(struct world *w, struct blob b)
{
	struct images *im = w->images;

	b.unpacked = (int64_t)((double)b.size * UNPACKED);
	b.first_chain = NONE;
	ARENA_RESERVE(&w->run->arena, im->blob, im->blob_capacity, im->blobs + 1, struct blob);
	im->blob[im->blobs] = b;
	return im->blobs++;
}

static uint32_t named_blob(struct world *w, const struct image_layer *l)
{
	for (uint32_t i = 0; i < w->images->blobs; i++)
		if (w->images->blob[i].name == l->name)
			return i;
	return new_blob(w, (struct blob){.name = l->name, .size = l->bytes});
}

static uint32_t chain_of(struct world *w, uint32_t parent, uint32_t blob)
{
	struct images *im = w->images;

	for (uint32_t c = im->blob[blob].first_chain; c != NONE; c = im->chain[c].next)
		if (im->chain[c].parent == parent)
			return c;
	ARENA_RESERVE(&w->run->arena, im->chain, im->chain_capacity, im->chains + 1, struct chain);
	im->chain[im->chains] = (struct chain){.parent = parent, .blob = blob, .next = im->blob[blob].first_chain};
	im->blob[blob].first_chain = im->chains;
	return im->chains++;
}

/* ---- manifests ---- */

static void put(struct world *w, struct manifest *m, uint32_t blob)
{
	const struct blob *b = &w->images->blob[blob];

	m->blob[m->count] = blob;
	m->chain[m->count] = chain_of(w, m->count > 0 ? m->chain[m->count - 1] : NONE, blob);
	m->count++;
	m->size += b->size;
	m->unpacked += b->unpacked;
}

/* Splits bytes into drawn layers: weights are cubes, so that few layers are large and many small (a guess). */
static void put_drawn(struct world *w, struct manifest *m, uint32_t image, int64_t bytes, uint32_t count, struct rng *r)
{
	double weight[LAYERS_MIN + LAYERS_KINDS], sum = 0;
	int64_t left = bytes;

	for (uint32_t i = 0; i < count; i++) {
		double u = rng_unit(r);

		weight[i] = u * u * u + 0.01;
		sum += weight[i];
	}
	for (uint32_t i = 0; i < count && left > 0; i++) {
		int64_t size = (int64_t)((double)bytes * weight[i] / sum);

		if (size < 1)
			size = 1;
		if (size > left || i + 1 == count)
			size = left;
		put(w, m, new_blob(w, (struct blob){.image = image, .index = i, .size = size}));
		left -= size;
	}
}

static struct manifest *make(struct world *w, uint32_t image)
{
	struct arena *a = &w->run->arena;
	const struct image_spec *spec = spec_of(w, image);
	const struct manifest *base =
		spec != NULL && spec->base != 0 ? image_manifest(w, w->scenario->image[spec->base - 1].name) : NULL;
	uint32_t below = base != NULL ? base->count : 0, own = spec != NULL ? spec->layer_count : 0;
	struct manifest *m = ARENA_NEW(a, 1, struct manifest);
	struct rng r = stream_of(w, image, true);
	uint32_t drawn = base != NULL ? 1 + rng_below(&r, LAYERS_ON_BASE) : LAYERS_MIN + rng_below(&r, LAYERS_KINDS);

	m->blob = ARENA_NEW(a, below + (own > 0 ? own : drawn), uint32_t);
	m->chain = ARENA_NEW(a, below + (own > 0 ? own : drawn), uint32_t);
	for (uint32_t i = 0; i < below; i++)
		put(w, m, base->blob[i]);
	for (uint32_t i = 0; i < own; i++)
		put(w, m, named_blob(w, &spec->layer[i]));
	if (own == 0)
		put_drawn(w, m, image, image_size(w, image) - m->size, drawn, &r);
	return m;
}

const struct manifest *image_manifest(struct world *w, uint32_t image)
{
	struct images *im = w->images;

	ARENA_RESERVE(&w->run->arena, im->manifest, im->manifest_capacity, image + 1, struct manifest *);
	if (im->manifest[image] == NULL) {
		struct manifest *m = make(w, image);

		im->manifest[image] = m;
	}
	return im->manifest[image];
}

const struct blob *image_blob(const struct world *w, uint32_t row)
{
	return &w->images->blob[row];
}

/* ---- digests ---- */

const char *image_blob_digest(const struct world *w, uint32_t row, char text[SHA256_TEXT_MAX])
{
	const struct blob *b = &w->images->blob[row];
	const char *name = names_text(&w->run->names, b->name != 0 ? b->name : b->image);
	struct arena a = {0};

	if (b->name != 0 && !strncmp(name, "sha256:", 7) && strlen(name) + 1 == SHA256_TEXT_MAX)
		return strcpy(text, name);
	const char *content = b->name != 0 ? name : text_format(&a, "layer %" PRIu32 " of %s", b->index, name);
	sha256_text(content, strlen(content), text);
	arena_release(&a);
	return text;
}

/* The configuration as the specification has it, as far as it tells images apart: the digests of the unpacked layers
 * (which are made from those of the compressed ones). */
static void configuration(struct world *w, uint32_t image, struct text *t)
{
	const struct manifest *m = image_manifest(w, image);
	char digest[SHA256_TEXT_MAX], unpacked[SHA256_TEXT_MAX];

	text_printf(
		t, "{\"architecture\":\"amd64\",\"os\":\"linux\",\"created_by\":\"%s\",\"rootfs\":{\"type\":\"layers\"",
		names_text(&w->run->names, image));
	for (uint32_t i = 0; i < m->count; i++) {
		image_blob_digest(w, m->blob[i], digest);
		text_printf(t, "%s\"%s\"", i > 0 ? "," : ",\"diff_ids\":[",
			    sha256_text(digest, strlen(digest), unpacked));
	}
	text_add(t, "]}}");
}

const char *image_id(struct world *w, uint32_t image, char text[SHA256_TEXT_MAX])
{
	struct arena a = {0};
	struct text t;

	text_init(&t, &a);
	configuration(w, image, &t);
	sha256_text(t.data, t.length, text);
	arena_release(&a);
	return text;
}

const char *image_digest(struct world *w, uint32_t image, char text[SHA256_TEXT_MAX])
{
	const struct manifest *m = image_manifest(w, image);
	const char *given = strstr(names_text(&w->run->names, image), "@sha256:");
	char digest[SHA256_TEXT_MAX];
	struct arena a = {0};
	struct text t;

	/* A name may pin it. */
	if (given != NULL && strlen(given + 1) + 1 == SHA256_TEXT_MAX)
		return strcpy(text, given + 1);
	text_init(&t, &a);
	text_printf(&t,
		    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{"
		    "\"digest\":\"%s\"},\"layers\":[",
		    image_id(w, image, digest));
	for (uint32_t i = 0; i < m->count; i++)
		text_printf(&t, "%s{\"digest\":\"%s\",\"size\":%" PRId64 "}", i > 0 ? "," : "",
			    image_blob_digest(w, m->blob[i], digest), w->images->blob[m->blob[i]].size);
	text_add(&t, "]}");
	sha256_text(t.data, t.length, text);
	arena_release(&a);
	return text;
}
