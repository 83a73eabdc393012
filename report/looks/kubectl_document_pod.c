/* kubectl_document_pod.c - a Pod as -o json and -o yaml show it: metadata, what is kept of its spec, and its status. */
#include <string.h>

#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

static const char *stamp(const struct kubectl *k, sim_time at)
{
	return human_stamp(k->arena, k->look->scenario->start_time, at, false);
}

static void set_owner(const struct kubectl *k, struct doc *metadata, const struct pod *p)
{
	if (p->workload == NONE)
		return;
	const struct workload *w = &k->look->view->workload[p->workload];
	const char *name = kubectl_text(k, w->name);
	struct doc *o = doc_add(doc_set_list(metadata, "ownerReferences"), doc_map(k->arena));

	doc_set_text(o, "apiVersion", w->kind == WORKLOAD_JOB ? "batch/v1" : "apps/v1");
	doc_set_bool(o, "blockOwnerDeletion", true);
	doc_set_bool(o, "controller", true);
	doc_set_text(o, "kind", workload_kind_name((enum workload_kind)w->kind));
	doc_set_text(o, "name", name);
	doc_set_text(o, "uid", identity_uid(k->arena, kubectl_text(k, w->namespace), name, p->workload));
}

static void set_amounts(const struct kubectl *k, struct doc *map, const char *key, int64_t cpu, int64_t memory)
{
	if (cpu == 0 && memory == 0)
		return;
	struct doc *m = doc_set_map(map, key);
	if (cpu > 0)
		doc_set_text(m, "cpu", human_cpu(k->arena, cpu));
	if (memory > 0)
		doc_set_text(m, "memory", human_memory(k->arena, memory));
}

static void add_container(const struct kubectl *k, struct doc *list, const struct container *c)
{
	static const char *const pull[] = {"IfNotPresent", "Always", "Never"};
	struct doc *d = doc_add(list, doc_map(k->arena)), *resources;

	doc_set_text(d, "image", kubectl_text(k, c->image));
	doc_set_text(d, "imagePullPolicy", pull[c->pull]);
	doc_set_text(d, "name", kubectl_text(k, c->name));
	resources = doc_set_map(d, "resources");
	set_amounts(k, resources, "requests", c->request.cpu_milli, c->request.mem_bytes);
	set_amounts(k, resources, "limits", c->cpu_limit, c->mem_limit);
	if (c->sidecar)
		doc_set_text(d, "restartPolicy", "Always");
}

static void set_spec(const struct kubectl *k, struct doc *root, const struct pod *p)
{
	static const char *const restart[] = {"Always", "OnFailure", "Never"};
	const struct pod_spec *s = p->spec;
	struct doc *d = doc_set_map(root, "spec"), *list = doc_set_list(d, "containers");

	for (uint32_t i = 0; i < s->container_count; i++)
		add_container(k, list, &s->container[i]);
	if (s->init_count > 0)
		list = doc_set_list(d, "initContainers");
	for (uint32_t i = 0; i < s->init_count; i++)
		add_container(k, list, &s->init[i]);
	if (s->host_network)
		doc_set_bool(d, "hostNetwork", true);
	if (p->node != NONE)
		doc_set_text(d, "nodeName", kubectl_text(k, k->look->view->nodes.row[p->node].object->meta.name));
	doc_set_number(d, "priority", s->priority);
	doc_set_text(d, "restartPolicy", restart[s->restart]);
	if (s->scheduler_name != 0)
		doc_set_text(d, "schedulerName", kubectl_text(k, s->scheduler_name));
	doc_set_number(d, "terminationGracePeriodSeconds", s->grace / SECONDS(1));
}

static void set_end(const struct kubectl *k, struct doc *state, uint32_t pod, uint32_t i, const struct look_end *e)
{
	struct doc *t = doc_set_map(state, "terminated");

	doc_set_text(t, "containerID", kubectl_container_id(k, pod, i, e->attempt));
	doc_set_number(t, "exitCode", e->lost ? 255 : e->exit_code);
	doc_set_text(t, "finishedAt", stamp(k, e->finished_at));
	doc_set_text(t, "reason", e->lost ? "Unknown" : container_reason_name(e->reason));
	doc_set_text(t, "startedAt", stamp(k, e->started_at));
}

static void add_status(const struct kubectl *k, struct doc *list, uint32_t pod, uint32_t i,
		       const struct container_look *c)
{
	const struct container *spec = spec_container(k->look->view->pod[pod].spec, i);
	const char *image = kubectl_text(k, spec->image);
	struct doc *d = doc_add(list, doc_map(k->arena)), *state;

	if (c->state != LOOK_WAITING || c->last.there)
		doc_set_text(d, "containerID", kubectl_container_id(k, pod, i, c->restarts));
	doc_set_text(d, "image", image);
	doc_set_text(d, "imageID", kubectl_image_id(k, image));
	state = doc_set_map(d, "lastState");
	if (c->last.there)
		set_end(k, state, pod, i, &c->last);
	doc_set_text(d, "name", kubectl_text(k, spec->name));
	doc_set_bool(d, "ready", kubectl_container_ready(k->look->view->pod[pod].spec, i, c));
	doc_set_number(d, "restartCount", c->restarts);
	doc_set_bool(d, "started", c->state == LOOK_RUNNING && c->started);
	state = doc_set_map(d, "state");
	if (c->state == LOOK_RUNNING)
		doc_set_text(doc_set_map(state, "running"), "startedAt", stamp(k, c->started_at));
	else if (c->state == LOOK_TERMINATED)
		set_end(k, state, pod, i, &c->end);
	else
		doc_set_text(doc_set_map(state, "waiting"), "reason", container_reason_name(c->reason));
}

static void set_conditions(const struct kubectl *k, struct doc *status, uint32_t pod)
{
	struct kubectl_condition c[KUBECTL_CONDITIONS];
	const uint32_t count = kubectl_pod_conditions(k, pod, c);
	struct doc *list = doc_set_list(status, "conditions");

	for (uint32_t i = 0; i < count; i++) {
		struct doc *d = doc_add(list, doc_map(k->arena));

		doc_set_text(d, "status", c[i].status);
		doc_set_text(d, "type", c[i].type);
		if (c[i].reason != NULL)
			doc_set_text(d, "reason", c[i].reason);
	}
}

static void set_status(const struct kubectl *k, struct doc *root, uint32_t pod)
{
	const struct pod *p = &k->look->view->pod[pod];
	const struct container_look *c = k->look->pod[pod].believed;
	struct doc *d = doc_set_map(root, "status"), *list;

	set_conditions(k, d, pod);
	doc_set_text(d, "phase", kubectl_pod_phase(p));
	if (p->status_reason != POD_REASON_NONE)
		doc_set_text(d, "reason", pod_reason_name(p->status_reason));
	doc_set_text(d, "qosClass", kubectl_pod_qos(k, pod));
	if (p->node == NONE || c == NULL)
		return;
	const char *ip = identity_pod_ip(k->arena, k->look, pod);
	doc_set_text(d, "hostIP", identity_node_ip(k->arena, p->node));
	if (*ip != '\0') {
		doc_set_text(d, "podIP", ip);
		doc_set_text(doc_add(doc_set_list(d, "podIPs"), doc_map(k->arena)), "ip", ip);
	}
	doc_set_text(d, "startTime", stamp(k, kubectl_pod_start(k, pod)));
	list = doc_set_list(d, "containerStatuses");
	for (uint32_t i = p->spec->init_count; i < spec_containers(p->spec); i++)
		add_status(k, list, pod, i, &c[i]);
	if (p->spec->init_count > 0)
		list = doc_set_list(d, "initContainerStatuses");
	for (uint32_t i = 0; i < p->spec->init_count; i++)
		add_status(k, list, pod, i, &c[i]);
}

struct doc *kubectl_pod_document(const struct kubectl *k, uint32_t pod)
{
	const struct pod *p = &k->look->view->pod[pod];
	struct doc *root = doc_map(k->arena), *metadata;

	doc_set_text(root, "apiVersion", "v1");
	doc_set_text(root, "kind", "Pod");
	metadata = kubectl_metadata(k, root, kubectl_text(k, p->namespace), kubectl_text(k, p->name),
				    identity_pod_uid(k->arena, k->look, pod), p->labels, p->created);
	if (p->deleting) {
		doc_set_text(metadata, "deletionTimestamp", stamp(k, time_add(p->deleted_at, p->grace)));
		doc_set_number(metadata, "deletionGracePeriodSeconds", p->grace / SECONDS(1));
	}
	set_owner(k, metadata, p);
	set_spec(k, root, p);
	set_status(k, root, pod);
	return root;
}
