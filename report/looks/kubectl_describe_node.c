/* kubectl_describe_node.c - kubectl describe node, in the order of describeNode() (orchestrators-runtimes-costs.md
 * section 4). */
#include <inttypes.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

static const char *date(const struct kubectl *k, sim_time at)
{
	return human_date(k->arena, k->look->scenario->start_time, at);
}

static void write_taints(const struct kubectl *k, const struct node *n, struct text *out)
{
	text_add(out, "Taints:\t");
	if (n->taint_count == 0)
		text_add(out, "<none>\n");
	for (uint32_t i = 0; i < n->taint_count; i++) {
		const struct taint *t = &n->taint[i];

		text_printf(out, "%s%s%s%s:%s\n", i > 0 ? "\t" : "", kubectl_text(k, t->key), t->value != 0 ? "=" : "",
			    kubectl_text(k, t->value), kubectl_effect(t->effect));
	}
}

static void write_lease(const struct kubectl *k, uint32_t node, const char *name, struct text *out)
{
	text_printf(out, "Lease:\n  HolderIdentity:\t%s\n  AcquireTime:\t<unset>\n  RenewTime:\t%s\n", name,
		    date(k, k->look->node[node].lease_renewed));
}

static void write_conditions(const struct kubectl *k, uint32_t node, struct text *out)
{
	struct kubectl_condition c[KUBECTL_CONDITIONS];
	const uint32_t count = kubectl_node_conditions(k, node, c);

	if (count > 0)
		text_add(out, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n"
			      "  ----\t------\t-----------------\t------------------\t------\t-------\n");
	for (uint32_t i = 0; i < count; i++)
		text_printf(out, "  %s \t%s \t%s \t%s \t%s \t%s\n", c[i].type, c[i].status, date(k, c[i].beat),
			    date(k, c[i].since), c[i].reason, c[i].message);
}

static void write_amounts(const struct kubectl *k, const char *title, const struct resources *r, struct text *out)
{
	struct kubectl_amount *a;
	const uint32_t count = kubectl_node_amounts(k, r, &a);

	text_printf(out, "%s:\n", title);
	for (uint32_t i = 0; i < count; i++)
		text_printf(out, "  %s:\t%s\n", a[i].name, a[i].text);
}

static void write_system(const struct kubectl *k, uint32_t node, struct text *out)
{
	const struct runtime *r = k->look->node[node].runtime;

	/* Machine ID, kernel and the rest of nodeInfo are nowhere in a scenario. */
	text_printf(
		out,
		"System Info:\n  Machine ID:\t\n  System UUID:\t\n  Boot ID:\t\n  Kernel Version:\t\n  OS Image:\t\n"
		"  Operating System:\tlinux\n  Architecture:\tamd64\n  Container Runtime Version:\t%s://%s\n"
		"  Kubelet Version:\t%s\n",
		identity_runtime_name(r), identity_runtime_version(k->arena, k->look, r), kubectl_version(k));
	/* kubeProxyVersion was deprecated in 1.29 and ceased to be set in 1.33 (KEP-4004, recalled). */
	text_printf(out, "  Kube-Proxy Version:\t%s\n", k->look->scenario->kubernetes < 33 ? kubectl_version(k) : "");
}

/* ---- pods ---- */

static struct resources limits_of(const struct pod_spec *s)
{
	struct resources sum = {0};

	for (uint32_t i = 0; i < s->container_count; i++) {
		sum.cpu_milli += s->container[i].cpu_limit;
		sum.mem_bytes += s->container[i].mem_limit;
		sum.disk_bytes += s->container[i].disk_limit;
	}
	return sum;
}

/* "250m (6%)", of allocatable, cut to a whole number. */
static const char *part(const struct kubectl *k, const char *text, int64_t value, int64_t of)
{
	return text_format(k->arena, "%s (%" PRId64 "%%)", text,
			   of > 0 ? (int64_t)((double)value * 100 / (double)of) : 0);
}

static const char *cpu(const struct kubectl *k, int64_t value, const struct resources *alloc)
{
	return part(k, human_cpu(k->arena, value), value, alloc->cpu_milli);
}

static const char *memory(const struct kubectl *k, int64_t value, const struct resources *alloc)
{
	return part(k, human_memory(k->arena, value), value, alloc->mem_bytes);
}

static const char *disk(const struct kubectl *k, int64_t value, const struct resources *alloc)
{
	return part(k, human_memory(k->arena, value), value, alloc->disk_bytes);
}

struct totals {
	struct resources requests, limits;
	uint32_t pods;
};

static void add(struct resources *sum, const struct resources *r)
{
	sum->cpu_milli += r->cpu_milli;
	sum->mem_bytes += r->mem_bytes;
	sum->disk_bytes += r->disk_bytes;
}

static void write_pod(const struct kubectl *k, uint32_t pod, const struct resources *alloc, struct totals *t,
		      struct text *out)
{
	const struct pod *p = &k->look->view->pod[pod];
	const struct resources *r = &p->spec->request, limits = limits_of(p->spec);

	text_printf(out, "  %s\t%s\t\t%s\t%s\t%s\t%s\t%s\n", kubectl_text(k, p->namespace), kubectl_text(k, p->name),
		    cpu(k, r->cpu_milli, alloc), cpu(k, limits.cpu_milli, alloc), memory(k, r->mem_bytes, alloc),
		    memory(k, limits.mem_bytes, alloc), kubectl_age(k, p->created));
	add(&t->requests, r);
	add(&t->limits, &limits);
}

static void write_total(const struct kubectl *k, const struct resources *alloc, const struct totals *t,
			struct text *out)
{
	const struct resources *r = &t->requests, *l = &t->limits;

	text_add(out, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n"
		      "  Resource\tRequests\tLimits\n  --------\t--------\t------\n");
	text_printf(out, "  cpu\t%s\t%s\n", cpu(k, r->cpu_milli, alloc), cpu(k, l->cpu_milli, alloc));
	text_printf(out, "  memory\t%s\t%s\n", memory(k, r->mem_bytes, alloc), memory(k, l->mem_bytes, alloc));
	text_printf(out, "  ephemeral-storage\t%s\t%s\n", disk(k, r->disk_bytes, alloc), disk(k, l->disk_bytes, alloc));
}

static void write_pods(const struct kubectl *k, uint32_t node, struct text *out)
{
	const struct resources *alloc = &k->look->view->nodes.row[node].object->allocatable;
	struct kubectl_query all = {0};
	struct kubectl_list l = {.k = k, .query = &all};
	struct totals t = {0};

	kubectl_list_sorted(&l, &kubectl_kind_pods);
	for (uint32_t i = 0; i < l.rows; i++)
		t.pods += kubectl_pod_counts(k, l.row[i].row, node);
	text_printf(out, "Non-terminated Pods:\t(%" PRIu32 " in total)\n", t.pods);
	text_add(out, "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n"
		      "  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n");
	for (uint32_t i = 0; i < l.rows; i++)
		if (kubectl_pod_counts(k, l.row[i].row, node))
			write_pod(k, l.row[i].row, alloc, &t, out);
	write_total(k, alloc, &t, out);
}

void kubectl_describe_node(const struct kubectl *k, uint32_t node, struct text *out)
{
	const struct node *n = &k->look->view->nodes.row[node];
	const char *name = kubectl_text(k, n->object->meta.name);
	const char *cidr = identity_pod_cidr(k->arena, k->look, node);

	text_printf(out, "Name:\t%s\nRoles:\t%s\n", name, kubectl_node_roles(k, node));
	kubectl_describe_labels(k, "Labels:", &n->object->meta.labels, out);
	text_printf(out, "Annotations:\t<none>\nCreationTimestamp:\t%s\n", date(k, n->created));
	write_taints(k, n, out);
	text_printf(out, "Unschedulable:\t%s\n", n->unschedulable ? "true" : "false");
	write_lease(k, node, name, out);
	write_conditions(k, node, out);
	text_printf(out, "Addresses:\n  InternalIP:\t%s\n  Hostname:\t%s\n", identity_node_ip(k->arena, node), name);
	write_amounts(k, "Capacity", &n->object->capacity, out);
	write_amounts(k, "Allocatable", &n->object->allocatable, out);
	write_system(k, node, out);
	text_printf(out, "PodCIDR:\t%s\nPodCIDRs:\t%s\n", cidr, cidr);
	write_pods(k, node, out);
	kubectl_describe_events(k, text_format(k->arena, "node/%s", name), "default", out);
}
