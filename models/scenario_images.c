/* scenario_images.c - images of a Scenario: their layers and sizes, and the registry that gives them. */
#include <string.h>

#include "models/scenario_parts.h"

/* Larger ones are mistakes. */
#define IMAGE_MAX (INT64_C(1) << 50)
#define LAYERS_MAX 127 /* of overlay file systems, as docker and containerd have them */

struct image_draft {
	uint32_t name, size, base;
	const struct yaml_node *layers;
};

struct layer_draft {
	uint32_t name, digest, size;
};

#define LAYER(member) offsetof(struct layer_draft, member)
static const struct field layer_fields[] = {
	{.name = "name",
	 .kind = FIELD_NAME,
	 .offset = LAYER(name),
	 .meaning = "the same layer in every image that names it"},
	{.name = "digest",
	 .kind = FIELD_NAME,
	 .offset = LAYER(digest),
	 .meaning = "instead of a name: sha256: and 64 hexadecimal digits"},
	{.name = "size", .kind = FIELD_NAME, .offset = LAYER(size), .meaning = "compressed, such as 30Mi"},
	{.name = NULL}};

#define IMAGE(member) offsetof(struct image_draft, member)
const struct field image_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = IMAGE(name), .meaning = "the image as pods name it"},
	{.name = "size",
	 .kind = FIELD_NAME,
	 .offset = IMAGE(size),
	 .meaning = "compressed, as downloaded, with its base, such as 200Mi; its layers are drawn"},
	{.name = "base",
	 .kind = FIELD_NAME,
	 .offset = IMAGE(base),
	 .meaning = "another image of the list, whose layers are below this one's own"},
	{.name = "layers",
	 .kind = FIELD_CUSTOM,
	 .offset = IMAGE(layers),
	 .read = scenario_keep,
	 .rows = layer_fields,
	 .type = "list",
	 .meaning =
		 "its own layers from the lowest up, instead of size; without them 6 to 10 are drawn, 1 to 4 on a base",
	 .source = "the numbers of layers are guesses: give your own"},
	{.name = NULL}};

#define REGISTRY(member) offsetof(struct registry, member)
#define GUESS "a guess: give your own"
const struct field registry_fields[] = {
	{.name = "bandwidth",
	 .kind = FIELD_DOUBLE,
	 .offset = REGISTRY(mib),
	 .fallback = "1192",
	 .low = 0.001,
	 .high = 1e6,
	 .unit = "MiB/s",
	 .meaning = "all downloads of the cluster together, shared evenly (10 Gbit/s)",
	 .source = GUESS},
	{.name = "nodeBandwidth",
	 .kind = FIELD_DOUBLE,
	 .offset = REGISTRY(node_mib),
	 .fallback = "119",
	 .low = 0.001,
	 .high = 1e6,
	 .unit = "MiB/s",
	 .meaning = "downloads of one node (1 Gbit/s)",
	 .source = GUESS},
	{.name = "unpack",
	 .kind = FIELD_DOUBLE,
	 .offset = REGISTRY(unpack_mib),
	 .fallback = "100",
	 .low = 0.001,
	 .high = 1e6,
	 .unit = "MiB/s",
	 .meaning = "unpacked bytes a node writes, 2.5 times the compressed ones, one layer at a time (SSD; HDD 40)",
	 .source = GUESS},
	{.name = "latency",
	 .kind = FIELD_DIST,
	 .offset = REGISTRY(latency),
	 .fallback = "lognormal(300ms, 0.5)",
	 .low = 0,
	 .high = 86400,
	 .meaning = "until the manifest is there",
	 .source = GUESS},
	{.name = "failureRate",
	 .kind = FIELD_DOUBLE,
	 .offset = REGISTRY(failure_rate),
	 .fallback = "0",
	 .low = 0,
	 .high = 1,
	 .unit = "share",
	 .meaning = "pulls that fail: ErrImagePull, then ImagePullBackOff of 10s doubling to 5m"},
	{.name = NULL}};

/* Bytes of a size, or 0 after a mistake. */
static int64_t size_of(struct field_context *c, const struct yaml_node *at, uint32_t size, const char *what)
{
	struct quantity q;

	if (size && !quantity_parse(names_text(c->names, size), &q) && quantity_value(q) > 0 &&
	    quantity_value(q) <= IMAGE_MAX)
		return quantity_value(q);
	diag_error(c->diag, yaml_mark(at), "%s needs a size such as 200Mi", what);
	return 0;
}

static bool is_digest(const char *text)
{
	return strlen(text) == 71 && !strncmp(text, "sha256:", 7) && strspn(text + 7, "0123456789abcdef") == 64;
}

static bool read_layer(struct field_context *c, const struct yaml_node *node, struct image_layer *out)
{
	struct layer_draft draft = {0};

	if (!field_read_map(c, layer_fields, node, &draft, "a layer"))
		return false;
	if (!draft.name == !draft.digest) {
		diag_error(c->diag, yaml_mark(node), "a layer needs either a name or a digest");
		return false;
	}
	if (draft.digest && !is_digest(names_text(c->names, draft.digest))) {
		diag_error(c->diag, yaml_mark(node), "a digest is sha256: and 64 hexadecimal digits, not \"%s\"",
			   names_text(c->names, draft.digest));
		return false;
	}
	*out = (struct image_layer){draft.name ? draft.name : draft.digest, size_of(c, node, draft.size, "a layer")};
	return out->bytes > 0;
}

/* A layer is the same everywhere: so is its size. */
static bool known_size(const struct scenario *s, struct field_context *c, const struct yaml_node *at,
		       const struct image_layer *l)
{
	for (uint32_t i = 0; i <= s->image_count; i++)
		for (uint32_t k = 0; k < s->image[i].layer_count; k++)
			if (s->image[i].layer[k].name == l->name && s->image[i].layer[k].bytes != l->bytes) {
				diag_error(c->diag, yaml_mark(at), "layer %s has another size elsewhere",
					   names_text(c->names, l->name));
				return false;
			}
	return true;
}

static bool read_layers(struct scenario *s, struct field_context *c, const struct yaml_node *list,
			struct image_spec *out)
{
	if (yaml_is_null(list))
		return true;
	if (!field_want_list(c, list, "layers"))
		return false;
	if (list->count == 0 || list->count > LAYERS_MAX) {
		diag_error(c->diag, yaml_mark(list), "an image has 1 to %d layers", LAYERS_MAX);
		return false;
	}
	out->layer = ARENA_NEW(c->arena, list->count, struct image_layer);
	for (uint32_t i = 0; i < list->count; i++) {
		if (!read_layer(c, list->item[i], &out->layer[i]) || !known_size(s, c, list->item[i], &out->layer[i]))
			return false;
		out->layer_count++;
		out->bytes += out->layer[i].bytes;
	}
	return true;
}

/* Everything but its base. */
static void read_image(struct decoder *d, struct field_context *c, const struct yaml_node *node)
{
	struct scenario *s = d->scenario;
	struct image_spec *out = &s->image[s->image_count];
	struct image_draft draft = {0};

	if (!field_read_map(c, image_fields, node, &draft, "an image"))
		return;
	if (!draft.name) {
		diag_error(c->diag, yaml_mark(node), "an image needs a name");
		return;
	}
	*out = (struct image_spec){.name = image_normalise(d, names_text(c->names, draft.name))};
	if (!read_layers(s, c, draft.layers, out))
		return;
	if (out->layer_count > 0 && draft.size) {
		diag_error(c->diag, yaml_mark(node), "an image has a size or layers: the layers' sizes are its own");
		return;
	}
	if (out->layer_count == 0)
		out->bytes = size_of(c, node, draft.size, "an image without layers");
	for (uint32_t i = 0; i < s->image_count; i++)
		if (s->image[i].name == out->name) {
			diag_error(c->diag, yaml_mark(node), "image %s is there already",
				   names_text(c->names, out->name));
			return;
		}
	if (out->bytes > 0)
		s->image_count++;
}

/* ---- bases ---- */

static bool find_base(struct decoder *d, struct field_context *c, struct image_spec *image, const struct yaml_node *at)
{
	struct scenario *s = d->scenario;
	uint32_t name = image_normalise(d, at->text);

	for (uint32_t i = 0; i < s->image_count; i++)
		if (s->image[i].name == name)
			image->base = i + 1;
	if (image->base == 0)
		diag_error(c->diag, yaml_mark(at), "base %s is not among the images", at->text);
	return image->base != 0;
}

/* Whether the bases of image lead back to it or are too many: each has at least one layer. */
static bool too_deep(const struct scenario *s, const struct image_spec *image)
{
	uint32_t below = 0;

	for (uint32_t b = image->base; b != 0 && below <= LAYERS_MAX; b = s->image[b - 1].base)
		below += s->image[b - 1].layer_count > 0 ? s->image[b - 1].layer_count : 1;
	return below > LAYERS_MAX;
}

/* With the whole sizes of the bases: layers of its own add to its base's size, a size of its own includes it. */
static bool add_bases(const struct scenario *s, struct image_spec *image, bool *done)
{
	struct image_spec *base = image->base != 0 ? &s->image[image->base - 1] : NULL;
	uint32_t row = (uint32_t)(image - s->image);

	if (done[row] || base == NULL)
		return true;
	done[row] = true;
	if (!add_bases(s, base, done))
		return false;
	if (image->layer_count == 0)
		return image->bytes > base->bytes;
	image->bytes += base->bytes;
	return image->bytes <= IMAGE_MAX;
}

static void read_bases(struct decoder *d, struct field_context *c, const struct yaml_node *images)
{
	struct scenario *s = d->scenario;
	bool *done = ARENA_NEW(c->arena, s->image_count, bool), fine = true;

	for (uint32_t i = 0; i < s->image_count; i++) {
		const struct yaml_node *base = yaml_get(images->item[i], "base");

		if (!yaml_is_null(base))
			fine &= find_base(d, c, &s->image[i], base);
	}
	for (uint32_t i = 0; i < s->image_count && fine; i++)
		if (too_deep(s, &s->image[i])) {
			diag_error(c->diag, yaml_mark(images->item[i]),
				   "the bases of %s lead back to it, or are more than %d layers",
				   names_text(c->names, s->image[i].name), LAYERS_MAX);
			return;
		}
	for (uint32_t i = 0; i < s->image_count && fine; i++)
		if (!add_bases(s, &s->image[i], done)) {
			diag_error(c->diag, yaml_mark(images->item[i]), "%s is not larger than its base, or too large",
				   names_text(c->names, s->image[i].name));
			return;
		}
}

void scenario_images(struct decoder *d, struct field_context *c, const struct yaml_node *images,
		     const struct yaml_node *registry)
{
	struct scenario *s = d->scenario;

	if (!yaml_is_null(registry)) {
		field_defaults(c, registry_fields, &s->registry);
		s->registry.present = field_read_map(c, registry_fields, registry, &s->registry, "registry");
	}
	if (yaml_is_null(images) || !field_want_list(c, images, "images"))
		return;
	s->image = ARENA_NEW(c->arena, images->count + 1, struct image_spec);
	for (uint32_t i = 0; i < images->count; i++)
		read_image(d, c, images->item[i]);
	/* Rows of the list and of the scenario are the same only when none was refused. */
	if (s->image_count == images->count)
		read_bases(d, c, images);
}
