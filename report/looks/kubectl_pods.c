/* kubectl_pods.c - kubectl get pods: STATUS, READY and RESTARTS as printPod() makes them of container statuses. */
#include <inttypes.h>
#include <string.h>

#include "models/versions.h"
#include "report/looks/identity.h"
#include "report/looks/kubectl.h"

/* RESTARTS tells when the last one was since 1.22 (recalled). */
#define TELLS_LAST_RESTART 22

static const char *const phase_name[] = {"Pending", "Running", "Succeeded", "Failed"};

const char *kubectl_pod_phase(const struct pod *p)
{
	return phase_name[p->phase];
}

const char *kubectl_pod_owner(const struct kubectl *k, uint32_t pod)
{
	const struct pod *p = &k->look->view->pod[pod];

	if (p->spec->is_static && p->node != NONE)
		return text_format(k->arena, "Node/%s",
				   kubectl_text(k, k->look->view->nodes.row[p->node].object->meta.name));
	if (p->workload == NONE)
		return "";
	const struct workload *w = &k->look->view->workload[p->workload];
	return text_format(k->arena, "%s/%s", workload_kind_name((enum workload_kind)w->kind),
			   kubectl_text(k, w->name));
}

const char *kubectl_pod_qos(const struct kubectl *k, uint32_t pod)
{
	static const char *const name[] = {"BestEffort", "Burstable", "Guaranteed"};

	return name[k->look->view->pod[pod].spec->qos];
}

bool kubectl_container_ready(const struct pod_spec *s, uint32_t i, const struct container_look *c)
{
	if (i < s->init_count && !s->init[i].sidecar)
		return c->state == LOOK_TERMINATED && c->end.exit_code == 0;
	return c->state == LOOK_RUNNING && c->ready;
}

bool kubectl_pod_counts(const struct kubectl *k, uint32_t pod, uint32_t node)
{
	const struct pod *p = &k->look->view->pod[pod];

	return p->exists && p->node == node && p->phase != PHASE_SUCCEEDED && p->phase != PHASE_FAILED;
}

/* ---- STATUS ---- */

/* What printPod() looks at, and what it makes of it. */
struct pod_print {
	const struct kubectl *k;
	const struct pod_spec *spec;
	const struct container_look *container; /* or NULL */
	const char *reason;
	uint32_t ready, total, restarts;
	sim_time last_restart; /* 0: never */
	bool initializing;
};

static bool is_sidecar(const struct pod_print *p, uint32_t i)
{
	return p->spec->init[i].sidecar && version_sidecars(p->k->look->scenario->kubernetes);
}

static void count_restarts(struct pod_print *p, const struct container_look *c)
{
	p->restarts += c->restarts;
	if (c->last.there && c->last.finished_at > p->last_restart)
		p->last_restart = c->last.finished_at;
}

/* The init containers, until one that is not done. */
static void print_init(struct pod_print *p)
{
	const struct kubectl *k = p->k;

	for (uint32_t i = 0; i < p->spec->init_count; i++) {
		const struct container_look *c = &p->container[i];

		count_restarts(p, c);
		if (c->state == LOOK_TERMINATED && c->end.exit_code == 0)
			continue;
		if (is_sidecar(p, i) && c->started) {
			p->ready += c->ready;
			continue;
		}
		p->initializing = true;
		if (c->state == LOOK_TERMINATED)
			p->reason = text_format(k->arena, "Init:%s", container_reason_name(c->end.reason));
		else if (c->state == LOOK_WAITING && c->reason != REASON_NONE && c->reason != REASON_POD_INITIALIZING)
			p->reason = text_format(k->arena, "Init:%s", container_reason_name(c->reason));
		else
			p->reason = text_format(k->arena, "Init:%" PRIu32 "/%" PRIu32, i, p->spec->init_count);
		return;
	}
}

/* Once initialized, restarts are those of main containers and sidecars; the first container has the last word. */
static void print_main(struct pod_print *p, bool pod_ready)
{
	bool has_running = false;

	p->restarts = 0;
	p->last_restart = 0;
	for (uint32_t i = 0; i < p->spec->init_count; i++)
		if (is_sidecar(p, i))
			count_restarts(p, &p->container[i]);
	for (uint32_t i = spec_containers(p->spec); i-- > p->spec->init_count;) {
		const struct container_look *c = &p->container[i];

		count_restarts(p, c);
		if (c->state == LOOK_WAITING && c->reason != REASON_NONE) {
			p->reason = container_reason_name(c->reason);
		} else if (c->state == LOOK_TERMINATED) {
			p->reason = container_reason_name(c->end.reason);
		} else if (c->ready && c->state == LOOK_RUNNING) {
			has_running = true;
			p->ready++;
		}
	}
	if (has_running && strcmp(p->reason, "Completed") == 0)
		p->reason = pod_ready ? "Running" : "NotReady";
}

/* The condition Initialized, once a main container has been started: a sidecar that ends later changes nothing. */
static bool is_initialized(const struct pod *p, const struct container_look *c)
{
	bool initialized = p->phase >= PHASE_SUCCEEDED;

	for (uint32_t i = p->spec->init_count; i < spec_containers(p->spec); i++)
		initialized |= c[i].state != LOOK_WAITING || c[i].last.there;
	return initialized;
}

static struct pod_print print_pod(const struct kubectl *k, uint32_t pod, const struct container_look *c,
				  const char *phase, bool ready)
{
	const struct pod *p = &k->look->view->pod[pod];
	struct pod_print out = {
		.k = k, .spec = p->spec, .container = c, .reason = phase, .total = p->spec->container_count};

	for (uint32_t i = 0; i < p->spec->init_count; i++)
		out.total += is_sidecar(&out, i);
	/* Gated pods: since 1.27, when the gate was on (recalled). */
	if (p->node == NONE && p->spec->gate_count > 0 && !p->ungated && k->look->scenario->kubernetes >= 27)
		out.reason = "SchedulingGated";
	if (c == NULL) {
		/* A dump of a pod that has ended says so without its containers. */
		if (p->phase >= PHASE_SUCCEEDED && p->status_reason == POD_REASON_NONE)
			out.reason = p->phase == PHASE_SUCCEEDED ? "Completed" : "Error";
		return out;
	}
	print_init(&out);
	if (!out.initializing || is_initialized(p, c))
		print_main(&out, ready);
	return out;
}

/* A kubelet that evicted a pod left out its containers' statuses before 1.22 (recalled). */
#define EVICTED_KEEPS_STATUSES 22

static struct pod_print print_belief(const struct kubectl *k, uint32_t pod)
{
	const struct pod *p = &k->look->view->pod[pod];
	const bool bare = p->status_reason == POD_EVICTED && k->look->scenario->kubernetes < EVICTED_KEEPS_STATUSES;
	const char *reason =
		p->status_reason != POD_REASON_NONE ? pod_reason_name(p->status_reason) : kubectl_pod_phase(p);
	struct pod_print out = print_pod(k, pod, bare ? NULL : k->look->pod[pod].believed, reason, p->ready);

	/* Phases that last are shown since 1.27 instead of Terminating (recalled). */
	if (p->deleting && (k->look->scenario->kubernetes < 27 || p->phase < PHASE_SUCCEEDED))
		out.reason = "Terminating";
	return out;
}

/* The same words for what is so, and "Lost" for containers that went with their machine. */
static struct pod_print print_truth(const struct kubectl *k, uint32_t pod)
{
	const struct pod *p = &k->look->view->pod[pod];
	const struct pod_look *l = &k->look->pod[pod];
	const char *phase = p->phase >= PHASE_SUCCEEDED ? kubectl_pod_phase(p) : l->runs ? "Running" : "Pending";
	struct pod_print out = print_pod(k, pod, l->truth, phase, l->runs);

	if (p->node != NONE && !k->look->node[p->node].powered && p->phase < PHASE_SUCCEEDED)
		out.reason = "Lost";
	return out;
}

const char *kubectl_pod_status(const struct kubectl *k, uint32_t pod, bool truth)
{
	return truth ? print_truth(k, pod).reason : print_belief(k, pod).reason;
}

/* ---- the table ---- */

static const char *restarts(const struct pod_print *p)
{
	const struct kubectl *k = p->k;

	if (p->restarts == 0 || p->last_restart == 0 || k->look->scenario->kubernetes < TELLS_LAST_RESTART)
		return text_format(k->arena, "%" PRIu32, p->restarts);
	return text_format(k->arena, "%" PRIu32 " (%s ago)", p->restarts, kubectl_age(k, p->last_restart));
}

static const char *ready(const struct pod_print *p)
{
	return text_format(p->k->arena, "%" PRIu32 "/%" PRIu32, p->ready, p->total);
}

static const char *node_of(const struct kubectl *k, const struct pod *p)
{
	return p->node == NONE ? "<none>" : kubectl_text(k, k->look->view->nodes.row[p->node].object->meta.name);
}

static const char *gates(const struct kubectl *k, uint32_t pod)
{
	const uint32_t count = k->look->view->pod[pod].spec->readiness_gate_count;

	if (count == 0)
		return "<none>";
	return text_format(k->arena, "%" PRIu32 "/%" PRIu32, k->look->pod[pod].gate_open ? count : 0, count);
}

static void list_belief(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "READY|STATUS|RESTARTS|AGE", "IP|NODE|NOMINATED NODE|READINESS GATES");
	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *p = &v->pod[i];
		struct kubectl_row *r = p->exists ? kubectl_row(l, p->namespace, p->name, p->labels, i) : NULL;

		if (r == NULL)
			continue;
		const struct pod_print print = print_belief(k, i);
		const char *cell[] = {ready(&print),
				      print.reason,
				      restarts(&print),
				      kubectl_age(k, p->created),
				      k->look->pod[i].believed != NULL
					      ? kubectl_or_none(identity_pod_ip(k->arena, k->look, i))
					      : "<none>",
				      node_of(k, p),
				      "<none>",
				      gates(k, i)};
		memcpy(r->cell, cell, sizeof(cell));
	}
}

/* What the API server holds of a pod, in one cell. */
static const char *believed(const struct kubectl *k, uint32_t pod)
{
	const struct pod_print print = print_belief(k, pod);

	return k->look->view->pod[pod].exists ? text_format(k->arena, "%s %s", ready(&print), print.reason) : "<none>";
}

/* With those that are gone from the API and still on their machines. */
static void list_truth(struct kubectl_list *l)
{
	const struct kubectl *k = l->k;
	const struct view *v = k->look->view;

	kubectl_columns(l, "READY|STATUS|RESTARTS|AGE|NODE|BELIEVED", "");
	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *p = &v->pod[i];
		struct kubectl_row *r = NULL;

		if (p->exists || k->look->pod[i].here)
			r = kubectl_row(l, p->namespace, p->name, p->labels, i);
		if (r == NULL)
			continue;
		const struct pod_print print = print_truth(k, i);
		const char *cell[] = {ready(&print), print.reason,  restarts(&print), kubectl_age(k, p->created),
				      node_of(k, p), believed(k, i)};
		memcpy(r->cell, cell, sizeof(cell));
	}
}

static void list(struct kubectl_list *l)
{
	if (l->query->truth)
		list_truth(l);
	else
		list_belief(l);
}

const struct kubectl_kind kubectl_kind_pods = {
	.name = "pods",
	.singular = "pod",
	.group = "",
	.aliases = "po",
	.namespaced = true,
	.has_truth = true,
	.list = list,
	.document = kubectl_pod_document,
	.describe = kubectl_describe_pod,
};
