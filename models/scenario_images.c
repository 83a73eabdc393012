/* scenario_images.c - images of a Scenario: their sizes, and the registry that gives them. */
#include "models/scenario_parts.h"

struct image_draft {
	uint32_t name, size;
};

#define IMAGE(member) offsetof(struct image_draft, member)
const struct field image_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = IMAGE(name), .meaning = "the image as pods name it"},
	{.name = "size",
	 .kind = FIELD_NAME,
	 .offset = IMAGE(size),
	 .meaning = "compressed, as downloaded, such as 200Mi"},
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
	 .meaning = "unpacked bytes a node writes, 2.5 times the compressed ones, after the download (SSD; HDD 40)",
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

static void read_image(struct decoder *d, struct field_context *c, const struct yaml_node *node)
{
	struct scenario *s = d->scenario;
	struct image_draft draft = {0};
	struct quantity q;

	if (!field_read_map(c, image_fields, node, &draft, "an image"))
		return;
	if (!draft.name || !draft.size || quantity_parse(names_text(c->names, draft.size), &q) ||
	    quantity_value(q) <= 0) {
		diag_error(c->diag, yaml_mark(node), "an image needs a name, and a size such as 200Mi");
		return;
	}
	s->image[s->image_count++] = (struct image_size){.name = image_normalise(d, names_text(c->names, draft.name)),
							 .bytes = quantity_value(q)};
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
	s->image = ARENA_NEW(c->arena, images->count, struct image_size);
	for (uint32_t i = 0; i < images->count; i++)
		read_image(d, c, images->item[i]);
}
