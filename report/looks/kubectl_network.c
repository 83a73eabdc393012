/* kubectl_network.c - kubectl get services, endpoints, endpointslices, poddisruptionbudgets and autoscalers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

/* formatEndpoints() shows so many and counts the rest. */
#define ENDPOINTS_SHOWN 3
/* TARGETS begin with the resource's name since 1.30 (recalled). */
#define TARGET_NAMES_SINCE 30

/* ---- services ---- */

static sim_time service_created(const struct kubectl *k, uint32_t service)
{
	return kubectl_told(k,
			    (struct kubectl_told){.kind = FACT_SERVICE_ADDED,
						  .node = FACT_NONE,
						  .pod = FACT_NONE,
						  .object = service,
						  .last = true},
			    0);
}

/* The API's own Service, which every cluster has. */
static void list_own(struct kubectl_list *l)
{
	struct kubectl_row *r = kubectl_row_named(l, "default", "kubernetes", NULL, 0, 0);
	const char *const cell[] = {"ClusterIP", "10.96.0.1", "<none>", "443/TCP", kubectl_age(l->k, 0), "<none>"};

	if (r != NULL)
		memcpy(r->cell, cell, sizeof(cell));
}

static void list_services(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "TYPE|CLUSTER-IP|EXTERNAL-IP|PORT(S)|AGE", "SELECTOR");
	list_own(l);
	for (uint32_t i = 0; i < v->service_count; i++) {
		const struct service_object *o = v->service[i].object;
		struct kubectl_row *r = v->service[i].exists
						? kubectl_row(l, o->meta.namespace, o->meta.name, &o->meta.labels, i)
						: NULL;

		if (r == NULL)
			continue;
		const char *kind = o->type != NULL ? o->type : "ClusterIP";
		const char *cell[] = {kind,
				      identity_service_ip(k->arena, k->look, i),
				      strcmp(kind, "LoadBalancer") == 0 ? "<pending>" : "<none>",
				      o->ports != NULL ? o->ports : "<none>",
				      kubectl_age(k, service_created(k, i)),
				      kubectl_labels(k, &o->selector)};
		memcpy(r->cell, cell, sizeof(cell));
	}
}

/* ---- endpoints ---- */

/* Whether pod is a ready address in the slices of service. */
static bool is_endpoint(const struct kubectl *k, uint32_t pod, uint32_t service)
{
	const struct pod_look *p = &k->look->pod[pod];

	for (uint32_t b = 0; b < p->service_count; b++)
		if (p->service[b] == service)
			return p->endpoint_mask >> b & 1;
	return false;
}

/* The first port of a Service; that its pods listen on the same is a guess, for target ports are not kept. */
static const char *first_port(const struct kubectl *k, const struct service_object *o)
{
	return o->ports == NULL ? "" : arena_text(k->arena, o->ports, strcspn(o->ports, ":/,"));
}

/* Addresses in the order of the pods' rows, with `port` behind each. */
static const char *addresses(const struct kubectl *k, uint32_t service, const char *port)
{
	struct text out;
	uint32_t count = 0;

	text_init(&out, k->arena);
	for (uint32_t p = 0; p < k->look->view->pod_count; p++) {
		if (!is_endpoint(k, p, service))
			continue;
		if (count < ENDPOINTS_SHOWN)
			text_printf(&out, "%s%s%s%s", count > 0 ? "," : "", identity_pod_ip(k->arena, k->look, p),
				    *port != '\0' ? ":" : "", port);
		count++;
	}
	if (count > ENDPOINTS_SHOWN)
		text_printf(&out, " + %" PRIu32 " more...", count - ENDPOINTS_SHOWN);
	return out.data;
}

static void list_endpoints(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "ENDPOINTS|AGE", "");
	for (uint32_t i = 0; i < v->service_count; i++) {
		const struct service_object *o = v->service[i].object;
		struct kubectl_row *r = v->service[i].exists && o->has_selector
						? kubectl_row(l, o->meta.namespace, o->meta.name, &o->meta.labels, i)
						: NULL;

		if (r == NULL)
			continue;
		r->cell[0] = kubectl_or_none(addresses(k, i, first_port(k, o)));
		r->cell[1] = kubectl_age(k, service_created(k, i));
	}
}

/* One slice a Service is shown, with the ready addresses: upstream's hold a hundred each, and others too. */
static void list_slices(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "ADDRESSTYPE|PORTS|ENDPOINTS|AGE", "");
	for (uint32_t i = 0; i < v->service_count; i++) {
		const struct service_object *o = v->service[i].object;
		const char *name = kubectl_text(k, o->meta.name), *port = first_port(k, o), *shown;
		struct kubectl_row *r = NULL;

		if (v->service[i].exists && o->has_selector)
			r = kubectl_row_named(
				l, kubectl_text(k, o->meta.namespace),
				text_format(k->arena, "%s-%.5s", name, identity_hex(k->arena, "slice", name, i)),
				&o->meta.labels, i, 0);
		if (r == NULL)
			continue;
		shown = addresses(k, i, "");
		r->cell[0] = "IPv4";
		r->cell[1] = *port != '\0' ? port : "<unset>";
		r->cell[2] = *shown != '\0' ? shown : "<unset>";
		r->cell[3] = kubectl_age(k, service_created(k, i));
	}
}

/* ---- budgets ---- */

static const char *amount(const struct kubectl *k, bool there, struct int_or_percent x)
{
	return there ? text_format(k->arena, "%" PRId32 "%s", x.value, x.percent ? "%" : "") : "N/A";
}

static void list_budgets(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "MIN AVAILABLE|MAX UNAVAILABLE|ALLOWED DISRUPTIONS|AGE", "");
	for (uint32_t i = 0; i < v->pdb_count; i++) {
		const struct pdb_object *o = v->pdb[i].object;
		struct kubectl_row *r =
			v->pdb[i].exists ? kubectl_row(l, o->meta.namespace, o->meta.name, &o->meta.labels, i) : NULL;

		if (r == NULL)
			continue;
		r->cell[0] = amount(k, o->has_min, o->min_available);
		r->cell[1] = amount(k, o->has_max, o->max_unavailable);
		r->cell[2] = text_format(k->arena, "%" PRId32, v->pdb[i].allowed);
		r->cell[3] = kubectl_age(k, 0);
	}
}

/* ---- autoscalers ---- */

/* What the pods of a workload use and request, of those that have a sample. */
struct use {
	int64_t usage, request, pods;
};

static void add_use(const struct kubectl *k, uint32_t workload, enum usage usage, struct use *u)
{
	const struct view *v = k->look->view;

	for (uint32_t i = v->workload[workload].first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		const int64_t used = v->pod_usage(v->model, i, usage, k->look->at);

		if (!pod_active(&v->pod[i]) || used < 0)
			continue;
		u->usage += used;
		u->request +=
			usage == USAGE_CPU ? v->pod[i].spec->request.cpu_milli : v->pod[i].spec->request.mem_bytes;
		u->pods++;
	}
	for (uint32_t i = v->workload[workload].first_child; i != NONE; i = v->workload[i].next_sibling)
		add_use(k, i, usage, u);
}

static const char *quantity(const struct kubectl *k, enum usage usage, int64_t x)
{
	return usage == USAGE_CPU ? human_cpu(k->arena, x) : human_memory(k->arena, x);
}

static void add_target(const struct kubectl *k, const struct hpa_object *h, const struct hpa_metric *m,
		       struct text *out)
{
	const enum usage usage = (enum usage)m->usage;
	struct use u = {0};

	if (h->target != UINT32_MAX)
		add_use(k, h->target, usage, &u);
	text_add(out, out->length > 0 ? ", " : "");
	if (k->look->scenario->kubernetes >= TARGET_NAMES_SINCE)
		text_add(out, usage == USAGE_CPU ? "cpu: " : "memory: ");
	if (u.pods == 0 || (m->utilization && u.request == 0))
		text_add(out, "<unknown>");
	else if (m->utilization)
		text_printf(out, "%" PRId64 "%%", u.usage * 100 / u.request);
	else
		text_add(out, quantity(k, usage, u.usage / u.pods));
	if (m->utilization)
		text_printf(out, "/%" PRId64 "%%", m->target);
	else
		text_printf(out, "/%s", quantity(k, usage, m->target));
}

static void list_autoscalers(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct objects *o = &k->look->scenario->objects;

	kubectl_columns(l, "REFERENCE|TARGETS|MINPODS|MAXPODS|REPLICAS|AGE", "");
	for (uint32_t i = 0; i < o->hpa_count; i++) {
		const struct hpa_object *h = &o->hpa[i];
		struct kubectl_row *r = kubectl_row(l, h->meta.namespace, h->meta.name, &h->meta.labels, i);
		struct text targets;

		if (r == NULL)
			continue;
		text_init(&targets, k->arena);
		for (uint32_t m = 0; m < h->metric_count; m++)
			add_target(k, h, &h->metric[m], &targets);
		r->cell[0] = text_format(k->arena, "%s/%s", kubectl_text(k, h->target_kind),
					 kubectl_text(k, h->target_name));
		r->cell[1] = kubectl_or_none(targets.data);
		r->cell[2] = text_format(k->arena, "%" PRId32, h->min);
		r->cell[3] = text_format(k->arena, "%" PRId32, h->max);
		r->cell[4] = text_format(k->arena, "%" PRId32,
					 h->target != UINT32_MAX ? k->look->view->workload[h->target].replicas : 0);
		r->cell[5] = kubectl_age(k, 0);
	}
}

KUBECTL_KIND(kubectl_kind_services, "services", "service", "", "svc", list_services, NULL);
KUBECTL_KIND(kubectl_kind_endpoints, "endpoints", "endpoints", "", "ep", list_endpoints, NULL);
KUBECTL_KIND(kubectl_kind_slices, "endpointslices", "endpointslice", "discovery.k8s.io", "", list_slices, NULL);
KUBECTL_KIND(kubectl_kind_budgets, "poddisruptionbudgets", "poddisruptionbudget", "policy", "pdb", list_budgets, NULL);
KUBECTL_KIND(kubectl_kind_autoscalers, "horizontalpodautoscalers", "horizontalpodautoscaler", "autoscaling", "hpa",
	     list_autoscalers, NULL);
