/* kubectl_nodes.c - kubectl get nodes, leases and namespaces. */
#include <string.h>

#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

const char *kubectl_node_status(const struct kubectl *k, uint32_t node)
{
	const struct node *n = &k->look->view->nodes.row[node];
	/* Any status but True is NotReady; without a condition it is Unknown. */
	const char *ready = n->ready == READY_TRUE ? "Ready" : n->ready == READY_UNSET ? "Unknown" : "NotReady";

	return n->unschedulable ? text_format(k->arena, "%s,SchedulingDisabled", ready) : ready;
}

const char *kubectl_node_roles(const struct kubectl *k, uint32_t node)
{
	static const char prefix[] = "node-role.kubernetes.io/";
	const struct labels *l = &k->look->view->nodes.row[node].object->meta.labels;
	struct text out;

	text_init(&out, k->arena);
	for (uint32_t i = 0; i < l->count; i++) {
		const char *key = kubectl_text(k, l->item[i].key), *role = NULL;

		if (strncmp(key, prefix, sizeof(prefix) - 1) == 0)
			role = key + sizeof(prefix) - 1;
		else if (strcmp(key, "kubernetes.io/role") == 0)
			role = kubectl_text(k, l->item[i].value);
		if (role != NULL && *role != '\0')
			text_printf(&out, "%s%s", out.length > 0 ? "," : "", role);
	}
	return kubectl_or_none(out.data);
}

static void add_word(struct text *out, const char *word)
{
	text_printf(out, "%s%s", out->length > 0 ? "," : "", word);
}

/* What is so, in words of its own: kubectl has none for it. */
const char *kubectl_node_truth(const struct kubectl *k, uint32_t node)
{
	const struct node_look *n = &k->look->node[node];
	struct text out;

	text_init(&out, k->arena);
	if (!n->machine)
		return n->booting ? "Booting" : "NoMachine";
	if (!n->powered)
		return "PowerOff";
	if (!n->kubelet)
		add_word(&out, "KubeletDown");
	if (!n->runtime_up)
		add_word(&out, "RuntimeDown");
	if (!n->linked)
		add_word(&out, "CutOff");
	else if (!n->served)
		add_word(&out, "NoAPIServer");
	return out.length > 0 ? out.data : "Up";
}

static const char *runtime(const struct kubectl *k, uint32_t node)
{
	const struct runtime *r = k->look->node[node].runtime;

	return text_format(k->arena, "%s://%s", identity_runtime_name(r),
			   identity_runtime_version(k->arena, k->look, r));
}

static void list_nodes(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct node_view *v = &k->look->view->nodes;
	const bool truth = l->query->truth;

	if (truth)
		kubectl_columns(l, "STATUS|BELIEVED", "");
	else
		kubectl_columns(l, "STATUS|ROLES|AGE|VERSION",
				"INTERNAL-IP|EXTERNAL-IP|OS-IMAGE|KERNEL-VERSION|CONTAINER-RUNTIME");
	for (uint32_t i = 0; i < v->count; i++) {
		const struct node_object *o = v->row[i].object;
		const bool there = v->row[i].exists || (truth && k->look->node[i].machine);
		struct kubectl_row *r = there ? kubectl_row(l, 0, o->meta.name, &o->meta.labels, i) : NULL;

		if (r == NULL)
			continue;
		r->cell[0] = truth ? kubectl_node_truth(k, i) : kubectl_node_status(k, i);
		r->cell[1] = !truth             ? kubectl_node_roles(k, i)
			     : v->row[i].exists ? kubectl_node_status(k, i)
						: "<none>";
		/* What no manifest and no scenario says is "<unknown>" or "<none>" to kubectl as well. */
		const char *rest[] = {kubectl_age(k, v->row[i].created),
				      kubectl_version(k),
				      identity_node_ip(k->arena, i),
				      "<none>",
				      "<unknown>",
				      "<unknown>",
				      runtime(k, i)};
		memcpy(&r->cell[2], rest, sizeof(rest));
	}
}

static void list_leases(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct node_view *v = &k->look->view->nodes;

	kubectl_columns(l, "HOLDER|AGE", "");
	for (uint32_t i = 0; i < v->count; i++) {
		const char *name = kubectl_text(k, v->row[i].object->meta.name);
		struct kubectl_row *r =
			v->row[i].exists ? kubectl_row_named(l, "kube-node-lease", name, NULL, i, 0) : NULL;

		if (r == NULL)
			continue;
		r->cell[0] = name;
		r->cell[1] = kubectl_age(k, v->row[i].created);
	}
}

/* ---- namespaces ---- */

struct seen {
	const char **name;
	uint32_t count, capacity;
};

static void add_namespace(struct kubectl_list *l, struct seen *s, const char *name, const struct labels *labels)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (strcmp(s->name[i], name) == 0)
			return;
	ARENA_RESERVE(l->k->arena, s->name, s->capacity, s->count + 1, const char *);
	s->name[s->count++] = name;
	struct kubectl_row *r = kubectl_row_named(l, "", name, labels, 0, 0);
	if (r == NULL)
		return;
	r->cell[0] = "Active";
	r->cell[1] = kubectl_age(l->k, 0);
}

/* Those that every cluster has, those of the input, and those that its objects are in. */
static void list_namespaces(struct kubectl_list *l)
{
	static const char *const always[] = {"default", "kube-node-lease", "kube-public", "kube-system"};
	const struct kubectl *k = l->k;
	const struct objects *o = &k->look->scenario->objects;
	struct seen s = {0};

	kubectl_columns(l, "STATUS|AGE", "");
	for (uint32_t i = 0; i < o->namespace_count; i++)
		add_namespace(l, &s, kubectl_text(k, o->namespace[i].name), &o->namespace[i].labels);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add_namespace(l, &s, always[i], NULL);
	for (uint32_t i = 0; i < k->look->view->workload_count; i++)
		add_namespace(l, &s, kubectl_text(k, k->look->view->workload[i].namespace), NULL);
	for (uint32_t i = 0; i < k->look->view->pod_count; i++)
		add_namespace(l, &s, kubectl_text(k, k->look->view->pod[i].namespace), NULL);
}

const struct kubectl_kind kubectl_kind_nodes = {
	.name = "nodes",
	.singular = "node",
	.group = "",
	.aliases = "no",
	.has_truth = true,
	.list = list_nodes,
	.document = kubectl_node_document,
	.describe = kubectl_describe_node,
};

const struct kubectl_kind kubectl_kind_leases = {
	.name = "leases",
	.singular = "lease",
	.group = "coordination.k8s.io",
	.aliases = "",
	.namespaced = true,
	.list = list_leases,
};

const struct kubectl_kind kubectl_kind_namespaces = {
	.name = "namespaces",
	.singular = "namespace",
	.group = "",
	.aliases = "ns",
	.list = list_namespaces,
};
