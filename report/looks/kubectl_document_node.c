/* kubectl_document_node.c - a Node as -o json and -o yaml show it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct kubectl_amount *)a)->name, ((const struct kubectl_amount *)b)->name);
}

uint32_t kubectl_node_amounts(const struct kubectl *k, const struct resources *r, struct kubectl_amount **out)
{
	struct kubectl_amount *a = ARENA_NEW(k->arena, r->scalar_count + 4, struct kubectl_amount);
	uint32_t n = 0;

	a[n++] = (struct kubectl_amount){"cpu", human_cpu(k->arena, r->cpu_milli), r->cpu_milli};
	a[n++] = (struct kubectl_amount){"ephemeral-storage", human_memory(k->arena, r->disk_bytes), r->disk_bytes};
	a[n++] = (struct kubectl_amount){"memory", human_memory(k->arena, r->mem_bytes), r->mem_bytes};
	a[n++] = (struct kubectl_amount){"pods", text_format(k->arena, "%" PRId64, r->pods), r->pods};
	for (uint32_t i = 0; i < r->scalar_count; i++)
		a[n++] = (struct kubectl_amount){kubectl_text(k, r->scalar[i].name),
						 human_memory(k->arena, r->scalar[i].value), r->scalar[i].value};
	qsort(a, n, sizeof(*a), by_name);
	*out = a;
	return n;
}

static void set_amounts(const struct kubectl *k, struct doc *status, const char *key, const struct resources *r)
{
	struct kubectl_amount *a;
	const uint32_t count = kubectl_node_amounts(k, r, &a);
	struct doc *map = doc_set_map(status, key);

	for (uint32_t i = 0; i < count; i++)
		doc_set_text(map, a[i].name, a[i].text);
}

static void set_spec(const struct kubectl *k, struct doc *root, uint32_t node)
{
	const struct node *n = &k->look->view->nodes.row[node];
	struct doc *d = doc_set_map(root, "spec"), *taints = NULL;

	doc_set_text(d, "podCIDR", identity_pod_cidr(k->arena, k->look, node));
	doc_add(doc_set_list(d, "podCIDRs"), doc_text(k->arena, identity_pod_cidr(k->arena, k->look, node)));
	if (n->taint_count > 0)
		taints = doc_set_list(d, "taints");
	for (uint32_t i = 0; i < n->taint_count; i++) {
		struct doc *t = doc_add(taints, doc_map(k->arena));

		doc_set_text(t, "effect", kubectl_effect(n->taint[i].effect));
		doc_set_text(t, "key", kubectl_text(k, n->taint[i].key));
		if (n->taint[i].value != 0)
			doc_set_text(t, "value", kubectl_text(k, n->taint[i].value));
	}
	if (n->unschedulable)
		doc_set_bool(d, "unschedulable", true);
}

static void add_condition(const struct kubectl *k, struct doc *list, const struct kubectl_condition *c)
{
	const int64_t start = k->look->scenario->start_time;
	struct doc *d = doc_add(list, doc_map(k->arena));

	doc_set_text(d, "lastHeartbeatTime", human_stamp(k->arena, start, c->beat, false));
	doc_set_text(d, "lastTransitionTime", human_stamp(k->arena, start, c->since, false));
	doc_set_text(d, "message", c->message);
	doc_set_text(d, "reason", c->reason);
	doc_set_text(d, "status", c->status);
	doc_set_text(d, "type", c->type);
}

static void add_address(const struct kubectl *k, struct doc *list, const char *type, const char *address)
{
	struct doc *d = doc_add(list, doc_map(k->arena));

	doc_set_text(d, "address", address);
	doc_set_text(d, "type", type);
}

static void set_status(const struct kubectl *k, struct doc *root, uint32_t node)
{
	const struct node_object *o = k->look->view->nodes.row[node].object;
	const struct runtime *r = k->look->node[node].runtime;
	struct kubectl_condition c[KUBECTL_CONDITIONS];
	const uint32_t count = kubectl_node_conditions(k, node, c);
	struct doc *d = doc_set_map(root, "status"), *list = doc_set_list(d, "addresses");

	add_address(k, list, "InternalIP", identity_node_ip(k->arena, node));
	add_address(k, list, "Hostname", kubectl_text(k, o->meta.name));
	set_amounts(k, d, "allocatable", &o->allocatable);
	set_amounts(k, d, "capacity", &o->capacity);
	list = doc_set_list(d, "conditions");
	for (uint32_t i = 0; i < count; i++)
		add_condition(k, list, &c[i]);
	d = doc_set_map(d, "nodeInfo");
	doc_set_text(d, "containerRuntimeVersion",
		     text_format(k->arena, "%s://%s", identity_runtime_name(r),
				 identity_runtime_version(k->arena, k->look, r)));
	doc_set_text(d, "kubeletVersion", kubectl_version(k));
}

struct doc *kubectl_node_document(const struct kubectl *k, uint32_t node)
{
	const struct node *n = &k->look->view->nodes.row[node];
	const char *name = kubectl_text(k, n->object->meta.name);
	struct doc *root = doc_map(k->arena);

	doc_set_text(root, "apiVersion", "v1");
	doc_set_text(root, "kind", "Node");
	kubectl_metadata(k, root, "", name, identity_uid(k->arena, "node", name, (uint64_t)n->created),
			 &n->object->meta.labels, n->created);
	set_spec(k, root, node);
	set_status(k, root, node);
	return root;
}
