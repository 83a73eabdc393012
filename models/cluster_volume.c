/* cluster_volume.c - belief about claims, volumes and attachments: the only code that writes them. */
#include "models/cluster_build.h"

#include <stdio.h>
#include <string.h>

#include "models/state.h"

/* ---- rows ---- */

static uint32_t add_claim(struct cluster *c, const struct claim *claim)
{
	struct arena *a = &c->run->arena;
	uint32_t row = c->claim_count;

	ARENA_RESERVE(a, c->claim, c->claim_capacity, row + 1, struct claim);
	ARENA_RESERVE(a, c->claim_named, c->claim_names, claim->name + 1, uint32_t);
	c->claim[row] = *claim;
	c->claim[row].next_named = c->claim_named[claim->name] == 0 ? NONE : c->claim_named[claim->name] - 1;
	c->claim_named[claim->name] = row + 1;
	c->claim_count++;
	cluster_view_refresh(c);
	return row;
}

static void set_loose(struct cluster *c, uint32_t volume, bool loose)
{
	uint32_t at = 0;

	while (at < c->loose_count && c->loose[at] < volume)
		at++;
	bool there = at < c->loose_count && c->loose[at] == volume;
	if (there == loose)
		return;
	if (loose) {
		ARENA_RESERVE(&c->run->arena, c->loose, c->loose_capacity, c->loose_count + 1, uint32_t);
		memmove(&c->loose[at + 1], &c->loose[at], (c->loose_count - at) * sizeof(*c->loose));
		c->loose[at] = volume;
		c->loose_count++;
	} else {
		c->loose_count--;
		memmove(&c->loose[at], &c->loose[at + 1], (c->loose_count - at) * sizeof(*c->loose));
	}
	cluster_view_refresh(c);
}

static uint32_t add_volume(struct cluster *c, const struct volume_object *o, bool provisioned)
{
	uint32_t row = c->volume_count;

	ARENA_RESERVE(&c->run->arena, c->volume, c->volume_capacity, row + 1, struct volume);
	c->volume[row] = (struct volume){.object = o,
					 .name = o->meta.name,
					 .claim_namespace = o->claim_namespace,
					 .claim_name = o->claim_name,
					 .phase = o->phase,
					 .exists = true,
					 .provisioned = provisioned,
					 .first_attachment = NONE};
	c->volume_count++;
	cluster_view_refresh(c);
	set_loose(c, row, o->phase == VOLUME_AVAILABLE || o->phase == VOLUME_PENDING);
	return row;
}

uint32_t cluster_volume_named(const struct cluster *c, uint32_t name)
{
	for (uint32_t i = c->volume_count; name != 0 && i-- > 0;)
		if (c->volume[i].name == name && c->volume[i].exists)
			return i;
	return NONE;
}

/* ---- the input ---- */

static uint32_t node_named(const uint32_t *row, uint32_t count, uint32_t name)
{
	return name != 0 && name < count && row[name] != 0 ? row[name] - 1 : NONE;
}

static void init_volumes(struct cluster *c)
{
	const struct objects *o = &c->scenario->objects;

	for (uint32_t i = 0; i < o->volume_count; i++)
		add_volume(c, &o->volume[i], false);
}

/* A claim bound to a volume that is nowhere is Lost (pv_controller.go, syncBoundClaim). */
static void init_claims(struct cluster *c, const uint32_t *node, uint32_t names)
{
	const struct objects *o = &c->scenario->objects;

	for (uint32_t i = 0; i < o->claim_count; i++) {
		const struct claim_object *from = &o->claim[i];
		struct claim claim = {.object = from,
				      .name = from->meta.name,
				      .namespace = from->meta.namespace,
				      .volume_name = from->volume,
				      .volume = NONE,
				      .selected = node_named(node, names, from->node),
				      .owner = NONE,
				      .phase = from->phase,
				      .exists = true};
		uint32_t volume = claim.phase == CLAIM_BOUND ? cluster_volume_named(c, claim.volume_name) : NONE;

		claim.volume = volume;
		add_claim(c, &claim);
		if (volume == NONE)
			continue;
		/* What a dump says of one of the two holds for both. */
		c->volume[volume].claim_namespace = claim.namespace;
		c->volume[volume].claim_name = claim.name;
		c->volume[volume].phase = VOLUME_BOUND;
		set_loose(c, volume, false);
	}
}

static void init_nodes(struct cluster *c, const uint32_t *node, uint32_t names)
{
	const struct objects *o = &c->scenario->objects;

	for (uint32_t i = 0; i < o->csi_node_count; i++) {
		uint32_t row = node_named(node, names, o->csi_node[i].meta.name);

		if (row != NONE)
			c->node[row].csi = &o->csi_node[i];
	}
	for (uint32_t i = 0; i < o->attachment_count; i++) {
		uint32_t row = node_named(node, names, o->attachment[i].node);
		uint32_t volume = cluster_volume_named(c, o->attachment[i].volume);

		if (row != NONE && volume != NONE) {
			cluster_attach(c, volume, row);
			c->attachment[c->node[row].first_attachment].attached = true;
		}
	}
}

void cluster_volumes_init(struct cluster *c)
{
	const struct objects *o = &c->scenario->objects;
	struct arena scratch = {0};
	uint32_t names = c->run->names.first + c->run->names.count, *node;

	c->free_attachment = NONE;
	if (o->claim_count + o->volume_count + o->csi_node_count + o->attachment_count == 0)
		return;
	node = ARENA_NEW(&scratch, names, uint32_t);
	for (uint32_t i = 0; i < o->node_count; i++)
		node[o->node[i].meta.name] = i + 1;
	init_volumes(c);
	init_claims(c, node, names);
	init_nodes(c, node, names);
	arena_release(&scratch);
}

/* ---- claims of pods ---- */

static uint32_t claim_name(struct cluster *c, const struct pod *p, const struct pod_volume *v)
{
	struct names *n = &c->run->names;
	char buffer[800];

	switch ((enum pod_volume_kind)v->kind) {
	case POD_VOLUME_CLAIM:
		return v->id;
	case POD_VOLUME_EPHEMERAL:
		snprintf(buffer, sizeof(buffer), "%.253s-%.253s", names_text(n, p->name), names_text(n, v->name));
		return names_intern(n, buffer);
	case POD_VOLUME_TEMPLATE:
		snprintf(buffer, sizeof(buffer), "%.253s-%.253s-%d", names_text(n, v->name),
			 names_text(n, c->workload[p->workload].name), p->ordinal);
		return names_intern(n, buffer);
	default:
		return 0;
	}
}

void cluster_pod_claims(struct cluster *c, uint32_t pod)
{
	struct pod *p = &c->pod[pod];
	uint32_t *name;

	if (p->spec->volume_count == 0)
		return;
	name = ARENA_NEW(&c->run->arena, p->spec->volume_count, uint32_t);
	for (uint32_t i = 0; i < p->spec->volume_count; i++)
		name[i] = claim_name(c, p, &p->spec->volume[i]);
	p->claim = name;
}

uint32_t cluster_pod_claim(const struct cluster *c, uint32_t pod, uint32_t i)
{
	const struct pod *p = &c->pod[pod];

	return p->claim == NULL || p->claim[i] == 0 ? NONE : view_claim(&c->view, p->namespace, p->claim[i]);
}

uint32_t cluster_claim_create(struct cluster *c, const struct claim_object *from, uint32_t namespace, uint32_t name,
			      uint32_t owner)
{
	struct claim claim = {.object = from,
			      .name = name,
			      .namespace = namespace,
			      .volume_name = from->volume,
			      .volume = NONE,
			      .selected = NONE,
			      .owner = owner,
			      .phase = CLAIM_PENDING,
			      .exists = true,
			      .created = c->run->now};

	return add_claim(c, &claim);
}

void cluster_claim_remove(struct cluster *c, uint32_t claim)
{
	struct claim *o = &c->claim[claim];
	uint32_t volume = o->volume;

	o->exists = false;
	if (volume == NONE)
		return;
	c->volume[volume].phase = VOLUME_RELEASED;
	c->volume[volume].exists = !c->volume[volume].object->deletes;
}

void cluster_claim_select(struct cluster *c, uint32_t claim, uint32_t node)
{
	c->claim[claim].selected = node;
}

/* ---- volumes ---- */

bool cluster_volume_reserve(struct cluster *c, uint32_t volume, uint32_t claim)
{
	struct volume *v = &c->volume[volume];
	const struct claim *o = &c->claim[claim];

	if (!v->exists || v->phase > VOLUME_AVAILABLE)
		return false;
	if (v->claim_name != 0)
		return v->claim_name == o->name && v->claim_namespace == o->namespace;
	v->claim_name = o->name;
	v->claim_namespace = o->namespace;
	return true;
}

/* Provisioners that make volumes of a node's own disks; known by name, as their CSINodes may not be among the objects.
 */
static bool is_local(const char *provisioner)
{
	return strcmp(provisioner, "rancher.io/local-path") == 0 || strcmp(provisioner, "openebs.io/local") == 0;
}

static const struct csi_driver_limit *driver_on(const struct node *n, uint32_t driver)
{
	for (uint32_t i = 0; n->csi != NULL && i < n->csi->driver_count; i++)
		if (n->csi->driver[i].driver == driver)
			return &n->csi->driver[i];
	return NULL;
}

static void require(struct cluster *c, struct volume_object *v, uint32_t key, uint32_t value)
{
	struct node_term *t = v->term;
	struct requirement *r = &t->expression[t->expression_count++];

	*r = (struct requirement){.key = key, .op = OP_IN, .count = 1, .value = ARENA_NEW(&c->run->arena, 1, uint32_t)};
	r->value[0] = value;
}

/* Room for the labels of a topology. */
#define KEYS_MAX 16

/* The node's topology for the driver: the keys that its CSINode names, else hostname or zone. Returns the zone. */
static uint32_t set_topology(struct cluster *c, struct volume_object *v, uint32_t provisioner, uint32_t node)
{
	const struct node *n = &c->node[node];
	const struct csi_driver_limit *driver = driver_on(n, provisioner);
	uint32_t key[KEYS_MAX], keys = 0;
	bool present;

	for (uint32_t i = 0; driver != NULL && i < driver->key_count && keys < KEYS_MAX; i++)
		key[keys++] = driver->key[i];
	if (driver == NULL)
		key[keys++] = names_intern(&c->run->names, is_local(names_text(&c->run->names, provisioner))
								   ? "kubernetes.io/hostname"
								   : "topology.kubernetes.io/zone");
	v->term = ARENA_NEW(&c->run->arena, 1, struct node_term);
	v->term->expression = ARENA_NEW(&c->run->arena, KEYS_MAX, struct requirement);
	for (uint32_t i = 0; i < keys; i++) {
		uint32_t value = labels_get(&n->object->meta.labels, key[i], &present);

		if (present)
			require(c, v, key[i], value);
	}
	v->has_affinity = v->term->expression_count > 0;
	v->term_count = v->has_affinity;
	return v->has_affinity ? n->object->zone : 0;
}

static uint32_t volume_name(struct cluster *c, uint32_t row)
{
	struct rng r = run_stream(c->run, STREAM_VOLUME, row);
	char buffer[48];

	/* Upstream: "pvc-" and the claim's uid. */
	snprintf(buffer, sizeof(buffer), "pvc-%08x-%04x", (unsigned)rng_below(&r, UINT32_MAX),
		 (unsigned)rng_below(&r, 1 << 16));
	return names_intern(&c->run->names, buffer);
}

uint32_t cluster_volume_provision(struct cluster *c, uint32_t claim, uint32_t node)
{
	const struct claim *o = &c->claim[claim];
	const struct objects *all = &c->scenario->objects;
	struct volume_object *v = ARENA_NEW(&c->run->arena, 1, struct volume_object);
	struct fact f = cluster_fact(c, FACT_VOLUME_PROVISIONED);

	v->meta.name = volume_name(c, c->volume_count);
	v->class = o->object->class;
	v->bytes = o->object->bytes;
	v->access = o->object->access;
	v->block = o->object->block;
	v->phase = VOLUME_AVAILABLE;
	v->claim_name = o->name;
	v->claim_namespace = o->namespace;
	v->deletes = true;
	for (uint32_t i = 0; i < all->class_count; i++) {
		if (all->class[i].meta.name != v->class)
			continue;
		v->driver = all->class[i].driver;
		v->deletes = !all->class[i].retains;
	}
	v->handle = v->meta.name;
	if (node != NONE)
		f.b = set_topology(c, v, v->driver, node);
	f.node = node;
	f.object = o->name;
	f.a = v->meta.name;
	f.c = c->run->now - o->created;
	cluster_tell(c, f);
	return add_volume(c, v, true);
}

bool cluster_claim_bind(struct cluster *c, uint32_t claim, uint32_t volume)
{
	struct claim *o = &c->claim[claim];
	struct volume *v = &c->volume[volume];
	struct fact f = cluster_fact(c, FACT_CLAIM_BOUND);

	if (!o->exists || o->phase != CLAIM_PENDING || (o->volume_name != 0 && o->volume_name != v->name) ||
	    !cluster_volume_reserve(c, volume, claim))
		return false;
	o->phase = CLAIM_BOUND;
	o->volume_name = v->name;
	o->volume = volume;
	v->phase = VOLUME_BOUND;
	set_loose(c, volume, false);
	f.object = o->name;
	f.flag = v->provisioned;
	f.a = v->name;
	f.b = o->namespace;
	f.c = c->run->now - o->created;
	cluster_tell(c, f);
	return true;
}

/* ---- attachments ---- */

void cluster_attach(struct cluster *c, uint32_t volume, uint32_t node)
{
	uint32_t row = c->node[node].first_attachment;

	while (row != NONE && c->attachment[row].volume != volume)
		row = c->attachment[row].next_on_node;
	if (row != NONE)
		return;
	row = c->free_attachment;
	if (row != NONE) {
		c->free_attachment = c->attachment[row].next_on_node;
	} else {
		ARENA_RESERVE(&c->run->arena, c->attachment, c->attachment_capacity, c->attachment_count + 1,
			      struct attachment);
		row = c->attachment_count++;
		ARENA_RESERVE(&c->run->arena, c->attachment_mounts, c->mounts_capacity, c->attachment_count, uint32_t);
		c->attachment[row].epoch = 0;
		cluster_view_refresh(c);
	}
	c->attachment[row] = (struct attachment){.volume = volume,
						 .node = node,
						 .pod = NONE,
						 .next_on_node = c->node[node].first_attachment,
						 .next_of_volume = c->volume[volume].first_attachment,
						 .exists = true,
						 .epoch = c->attachment[row].epoch + 1};
	c->attachment_mounts[row] = 0;
	c->node[node].first_attachment = row;
	c->volume[volume].first_attachment = row;
}

void cluster_detach(struct cluster *c, uint32_t volume, uint32_t node)
{
	uint32_t *link = &c->node[node].first_attachment;

	while (*link != NONE && c->attachment[*link].volume != volume)
		link = &c->attachment[*link].next_on_node;
	if (*link == NONE)
		return;
	uint32_t row = *link;

	*link = c->attachment[row].next_on_node;
	link = &c->volume[volume].first_attachment;
	while (*link != row)
		link = &c->attachment[*link].next_of_volume;
	*link = c->attachment[row].next_of_volume;
	c->attachment[row].epoch++;
	c->attachment[row].exists = false;
	c->attachment[row].next_on_node = c->free_attachment;
	c->free_attachment = row;
}
