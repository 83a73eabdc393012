/* kubectl_describe_pod.c - kubectl describe pod (kubectl/pkg/describe/describe.go: describePod, describeContainers). */
#include <inttypes.h>
#include <string.h>

#include "models/versions.h"
#include "report/looks/human.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

/* "Service Account:" is a line since 1.24 (recalled). */
#define SERVICE_ACCOUNT_SINCE 24

static const char *date(const struct kubectl *k, sim_time at)
{
	return human_date(k->arena, k->look->scenario->start_time, at);
}

/* ---- containers ---- */

static void write_end(const struct kubectl *k, const char *title, const struct look_end *e, struct text *out)
{
	text_printf(out, "    %s:\tTerminated\n      Reason:\t%s\n      Exit Code:\t%d\n", title,
		    e->lost ? "Unknown" : container_reason_name(e->reason), e->lost ? 255 : e->exit_code);
	text_printf(out, "      Started:\t%s\n      Finished:\t%s\n", date(k, e->started_at), date(k, e->finished_at));
}

static void write_state(const struct kubectl *k, const struct container_look *c, bool ready, struct text *out)
{
	if (c->state == LOOK_RUNNING)
		text_printf(out, "    State:\tRunning\n      Started:\t%s\n", date(k, c->started_at));
	else if (c->state == LOOK_TERMINATED)
		write_end(k, "State", &c->end, out);
	else
		text_printf(out, "    State:\tWaiting\n      Reason:\t%s\n", container_reason_name(c->reason));
	if (c->last.there)
		write_end(k, "Last State", &c->last, out);
	text_printf(out, "    Ready:\t%s\n    Restart Count:\t%" PRIu32 "\n", ready ? "True" : "False", c->restarts);
}

static void write_amounts(const struct kubectl *k, const char *title, int64_t cpu, int64_t memory, struct text *out)
{
	if (cpu > 0 || memory > 0)
		text_printf(out, "    %s:\n", title);
	if (cpu > 0)
		text_printf(out, "      cpu:\t%s\n", human_cpu(k->arena, cpu));
	if (memory > 0)
		text_printf(out, "      memory:\t%s\n", human_memory(k->arena, memory));
}

void kubectl_describe_resources(const struct kubectl *k, const struct container *c, struct text *out)
{
	write_amounts(k, "Limits", c->cpu_limit, c->mem_limit, out);
	write_amounts(k, "Requests", c->request.cpu_milli, c->request.mem_bytes, out);
}

/* What a probe asks is not kept, only how often. */
static void write_probe(const char *title, const struct probe *p, struct text *out)
{
	if (p->present)
		text_printf(out,
			    "    %s:\tdelay=%" PRId64 "s timeout=%" PRId64 "s period=%" PRId64 "s #success=%" PRId32
			    " #failure=%" PRId32 "\n",
			    title, p->initial_delay / SECONDS(1), p->timeout / SECONDS(1), p->period / SECONDS(1),
			    p->success_threshold, p->failure_threshold);
}

static void write_ports(const struct container *c, struct text *out)
{
	if (c->port_count == 0)
		text_add(out, "    Port:\t<none>\n    Host Port:\t<none>\n");
	else
		text_printf(out, "    Port:\t%u/TCP\n    Host Port:\t%u/TCP\n", c->port[0].port, c->port[0].port);
}

static void write_container(const struct kubectl *k, uint32_t pod, uint32_t i, struct text *out)
{
	const struct container *spec = spec_container(k->look->view->pod[pod].spec, i);
	const struct container_look *c = k->look->pod[pod].believed;
	const char *image = kubectl_text(k, spec->image);
	bool has_run = c != NULL && (c[i].state != LOOK_WAITING || c[i].last.there);

	text_printf(out, "  %s:\n    Container ID:\t%s\n    Image:\t%s\n    Image ID:\t%s\n",
		    kubectl_text(k, spec->name), has_run ? kubectl_container_id(k, pod, i, c[i].restarts) : "", image,
		    has_run ? kubectl_image_id(k, image) : "");
	write_ports(spec, out);
	if (c != NULL)
		write_state(k, &c[i], kubectl_container_ready(k->look->view->pod[pod].spec, i, &c[i]), out);
	kubectl_describe_resources(k, spec, out);
	write_probe("Liveness", &spec->liveness, out);
	write_probe("Readiness", &spec->readiness, out);
	write_probe("Startup", &spec->startup, out);
	text_add(out, "    Environment:\t<none>\n    Mounts:\t<none>\n");
}

static void write_containers(const struct kubectl *k, uint32_t pod, struct text *out)
{
	const struct pod_spec *s = k->look->view->pod[pod].spec;

	if (s->init_count > 0)
		text_add(out, "Init Containers:\n");
	for (uint32_t i = 0; i < spec_containers(s); i++) {
		if (i == s->init_count)
			text_add(out, "Containers:\n");
		write_container(k, pod, i, out);
	}
}

/* ---- the pod ---- */

static void write_place(const struct kubectl *k, uint32_t pod, struct text *out)
{
	const struct pod *p = &k->look->view->pod[pod];

	if (p->node == NONE) {
		text_add(out, "Node:\t<none>\n");
		return;
	}
	text_printf(out, "Node:\t%s/%s\n", kubectl_text(k, k->look->view->nodes.row[p->node].object->meta.name),
		    identity_node_ip(k->arena, p->node));
	if (k->look->pod[pod].believed != NULL)
		text_printf(out, "Start Time:\t%s\n", date(k, kubectl_pod_start(k, pod)));
}

static void write_status(const struct kubectl *k, uint32_t pod, struct text *out)
{
	const struct pod *p = &k->look->view->pod[pod];
	const char *ip = k->look->pod[pod].believed != NULL ? identity_pod_ip(k->arena, k->look, pod) : "";

	if (p->deleting && p->phase < PHASE_SUCCEEDED)
		text_printf(out, "Status:\tTerminating (lasts %s)\nTermination Grace Period:\t%" PRId64 "s\n",
			    kubectl_age(k, time_add(p->deleted_at, p->grace)), p->grace / SECONDS(1));
	else
		text_printf(out, "Status:\t%s\n", kubectl_pod_phase(p));
	if (p->status_reason != POD_REASON_NONE)
		text_printf(out, "Reason:\t%s\n", pod_reason_name(p->status_reason));
	text_printf(out, "IP:\t%s\n", ip);
	if (*ip == '\0')
		text_add(out, "IPs:\t<none>\n");
	else
		text_printf(out, "IPs:\n  IP:\t%s\n", ip);
	if (*kubectl_pod_owner(k, pod) != '\0')
		text_printf(out, "Controlled By:\t%s\n", kubectl_pod_owner(k, pod));
}

static void write_conditions(const struct kubectl *k, uint32_t pod, struct text *out)
{
	struct kubectl_condition c[KUBECTL_CONDITIONS];
	const uint32_t count = kubectl_pod_conditions(k, pod, c);

	if (count > 0)
		text_add(out, "Conditions:\n  Type\tStatus\n");
	for (uint32_t i = 0; i < count; i++)
		text_printf(out, "  %s \t%s \n", c[i].type, c[i].status);
}

static void write_tolerations(const struct kubectl *k, const struct pod_spec *s, struct text *out)
{
	text_add(out, "Tolerations:\t");
	if (s->toleration_count == 0)
		text_add(out, "<none>\n");
	for (uint32_t i = 0; i < s->toleration_count; i++) {
		const struct toleration *t = &s->toleration[i];

		text_printf(out, "%s%s", i > 0 ? "\t" : "", kubectl_text(k, t->key));
		if (!t->exists && t->value != 0)
			text_printf(out, "=%s", kubectl_text(k, t->value));
		if (t->effect != EFFECT_NONE)
			text_printf(out, ":%s", kubectl_effect(t->effect));
		if (t->exists)
			text_printf(out, "%sop=Exists", t->key == 0 && t->effect == EFFECT_NONE ? "" : " ");
		if (t->has_seconds)
			text_printf(out, " for %" PRId64 "s", t->seconds / SECONDS(1));
		text_add(out, "\n");
	}
}

static void write_volumes(const struct kubectl *k, uint32_t pod, struct text *out)
{
	const struct pod *p = &k->look->view->pod[pod];
	bool any = false;

	for (uint32_t i = 0; p->claim != NULL && i < p->spec->volume_count; i++) {
		if (p->claim[i] == 0)
			continue;
		text_printf(out,
			    "%s  %s:\n    Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the "
			    "same namespace)\n    ClaimName:\t%s\n    ReadOnly:\t%s\n",
			    any ? "" : "Volumes:\n", kubectl_text(k, p->spec->volume[i].name),
			    kubectl_text(k, p->claim[i]), p->spec->volume[i].read_only ? "true" : "false");
		any = true;
	}
	if (!any)
		text_add(out, "Volumes:\t<none>\n");
}

void kubectl_describe_pod(const struct kubectl *k, uint32_t pod, struct text *out)
{
	const struct pod *p = &k->look->view->pod[pod];
	const char *name = kubectl_text(k, p->name), *namespace = kubectl_text(k, p->namespace);

	text_printf(out, "Name:\t%s\nNamespace:\t%s\nPriority:\t%" PRId32 "\n", name, namespace, p->spec->priority);
	if (p->spec->priority_class != 0)
		text_printf(out, "Priority Class Name:\t%s\n", kubectl_text(k, p->spec->priority_class));
	if (k->look->scenario->kubernetes >= SERVICE_ACCOUNT_SINCE)
		text_add(out, "Service Account:\tdefault\n");
	write_place(k, pod, out);
	kubectl_describe_labels(k, "Labels:", p->labels, out);
	text_add(out, "Annotations:\t<none>\n");
	write_status(k, pod, out);
	write_containers(k, pod, out);
	write_conditions(k, pod, out);
	write_volumes(k, pod, out);
	text_printf(out, "QoS Class:\t%s\n", kubectl_pod_qos(k, pod));
	kubectl_describe_labels(k, "Node-Selectors:", &p->spec->node_selector, out);
	write_tolerations(k, p->spec, out);
	kubectl_describe_events(k, text_format(k->arena, "pod/%s", name), namespace, out);
}
