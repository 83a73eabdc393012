/* cluster_nodes.c - belief: Node objects that come, go and get other labels. Rows are allocated at the start. */
#include "models/cluster_build.h"

#include <string.h>

#include "models/decode.h"

static struct fact node_fact(const struct cluster *c, enum fact_kind kind, uint32_t node)
{
	struct fact f = cluster_fact(c, kind);

	f.node = node;
	return f;
}

static void own_taints(struct cluster *c, struct node *n)
{
	ARENA_RESERVE(&c->run->arena, n->taint, n->taint_capacity, n->object->taint_count + 2, struct taint);
	n->taint_count = n->object->taint_count;
	if (n->taint_count > 0)
		memcpy(n->taint, n->object->taint, n->taint_count * sizeof(*n->taint));
}

void cluster_node_add(struct cluster *c, uint32_t node)
{
	struct node *n = &c->node[node];

	if (n->exists)
		return;
	n->exists = true;
	n->created = c->run->now;
	n->ready = READY_UNSET;
	n->unschedulable = n->object->unschedulable;
	n->change++;
	own_taints(c, n);
	c->zone_nodes[n->zone]++;
	c->nodes_existing++;
	cluster_view_refresh(c);
	cluster_tell_node(c, node);
	cluster_taint_add(c, node, c->view.key.not_ready, EFFECT_NO_SCHEDULE);
}

void cluster_node_remove(struct cluster *c, uint32_t node)
{
	struct node *n = &c->node[node];

	if (!n->exists)
		return;
	n->exists = false;
	n->ready = READY_UNSET;
	n->change++;
	/* What a controller may know of a node that does not exist is what it would be when it comes. */
	own_taints(c, n);
	n->unschedulable = n->object->unschedulable;
	c->zone_nodes[n->zone]--;
	c->nodes_existing--;
	cluster_view_refresh(c);
	cluster_tell(c, node_fact(c, FACT_NODE_REMOVED, node));
}

/* A copy of the object with labels of its own and room for one more. */
static struct node_object *own_object(struct cluster *c, const struct node_object *from)
{
	struct node_object *o = ARENA_NEW(&c->run->arena, 1, struct node_object);

	*o = *from;
	o->meta.labels.item = ARENA_NEW(&c->run->arena, from->meta.labels.count + 1, struct label);
	if (from->meta.labels.count > 0)
		memcpy(o->meta.labels.item, from->meta.labels.item, from->meta.labels.count * sizeof(struct label));
	return o;
}

static void labels_drop(struct labels *l, uint32_t key)
{
	for (uint32_t i = 0; i < l->count; i++) {
		if (l->item[i].key != key)
			continue;
		l->count--;
		memmove(&l->item[i], &l->item[i + 1], (l->count - i) * sizeof(struct label));
		return;
	}
}

static uint32_t label_of(struct cluster *c, const struct node_object *o, const char *key)
{
	return labels_get(&o->meta.labels, names_intern(&c->run->names, key), NULL);
}

static void move_zone(struct cluster *c, uint32_t node, struct node_object *o)
{
	struct node *n = &c->node[node];
	uint32_t zone;

	o->zone = label_of(c, o, "topology.kubernetes.io/zone");
	o->region = label_of(c, o, "topology.kubernetes.io/region");
	o->rack = label_of(c, o, "nodefall.io/rack");
	zone = cluster_zone(c, o->region, o->zone);
	if (zone == n->zone)
		return;
	if (n->exists) {
		struct fact f = node_fact(c, FACT_NODE_ZONE, node);

		c->zone_nodes[n->zone]--;
		c->zone_nodes[zone]++;
		f.object = o->zone;
		cluster_tell(c, f);
	}
	n->zone = zone;
}

void cluster_node_label(struct cluster *c, uint32_t node, uint32_t key, uint32_t value, bool remove)
{
	struct node *n = &c->node[node];
	struct node_object *o = own_object(c, n->object);
	struct fact f = node_fact(c, FACT_NODE_LABELLED, node);

	if (remove)
		labels_drop(&o->meta.labels, key);
	else
		labels_set(&o->meta.labels, key, value);
	n->object = o;
	n->change++;
	move_zone(c, node, o);
	f.object = key;
	f.flag = !remove;
	f.a = value;
	cluster_tell(c, f);
}

void cluster_node_apply(struct cluster *c, uint32_t node, const struct node_object *object)
{
	struct node *n = &c->node[node];
	struct node_object *o = own_object(c, object);

	/* Capacity is the machine's to say, not the manifest's. */
	o->capacity = n->object->capacity;
	o->allocatable = n->object->allocatable;
	for (uint32_t i = 0; i < n->object->meta.labels.count; i++) {
		const struct label *l = &n->object->meta.labels.item[i];
		bool present;

		labels_get(&o->meta.labels, l->key, &present);
		if (present)
			continue;
		o = own_object(c, o);
		labels_set(&o->meta.labels, l->key, l->value);
	}
	n->object = o;
	n->change++;
	move_zone(c, node, o);
	for (uint32_t i = 0; i < o->taint_count; i++)
		cluster_taint_set(c, node, &o->taint[i]);
}
