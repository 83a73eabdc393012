/* crictl_inspect.c - crictl inspect, inspectp and info: JSON, "status" first, other keys sorted (cri-tools util.go). */
#include <inttypes.h>
#include <string.h>

#include "report/looks/crictl.h"
#include "report/looks/doc.h"
#include "report/looks/human.h"
#include "report/looks/identity.h"

/* The time that is none, in CRI. */
#define NO_TIME "0001-01-01T00:00:00Z"

static const char *stamp(const struct tool_call *c, sim_time at)
{
	return human_stamp(c->arena, c->look->scenario->start_time, at, true);
}

/* What both have in common: labels that the kubelet sets. */
static struct doc *set_labels(const struct tool_call *c, struct doc *status, uint32_t pod)
{
	struct doc *d = doc_set_map(status, "labels");

	doc_set_text(d, "io.kubernetes.pod.name", tool_pod_name(c, pod));
	doc_set_text(d, "io.kubernetes.pod.namespace", tool_pod_namespace(c, pod));
	doc_set_text(d, "io.kubernetes.pod.uid", identity_pod_uid(c->arena, c->look, pod));
	return d;
}

static void print(const struct tool_call *c, struct doc *status, struct doc *info)
{
	struct doc *root = doc_map(c->arena);

	doc_sort(status);
	doc_sort(info);
	doc_set(root, "status", status);
	doc_set(root, "info", info);
	doc_print_json(root, 2, c->out);
}

/* An id may be shortened as long as it is one object's only. */
static bool is_id(const char *id, const char *given)
{
	return *given != '\0' && strncmp(id, given, strlen(given)) == 0;
}

static int not_found(const struct tool_call *c, const char *what, bool container)
{
	text_printf(
		c->errors,
		"FATA[0000] getting the status of the %s \"%s\": rpc error: code = NotFound desc = an error occurred "
		"when try to find %s \"%s\": not found\n",
		what, c->word[1], container ? "container" : "sandbox", c->word[1]);
	return TOOL_FAILED;
}

/* ---- containers ---- */

static struct doc *container_status(const struct tool_call *c, const struct cri_container *x)
{
	static const char *const state[] = {"CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED"};
	struct doc *d = doc_map(c->arena), *m = doc_set_map(d, "metadata");
	const char *reference = identity_reference(c->arena, x->image);
	const bool exited = x->state == CRI_EXITED;

	doc_set_text(d, "id", x->id);
	doc_set_number(m, "attempt", x->attempt);
	doc_set_text(m, "name", x->name);
	doc_set_text(d, "state", state[x->state]);
	doc_set_text(d, "createdAt", stamp(c, x->created_at));
	doc_set_text(d, "startedAt", stamp(c, x->created_at));
	doc_set_text(d, "finishedAt", exited ? stamp(c, x->finished_at) : NO_TIME);
	doc_set_number(d, "exitCode", exited ? x->exit_code : 0);
	doc_set_text(doc_set_map(d, "image"), "image", reference);
	doc_set_text(d, "imageRef", identity_image(c->arena, c->look, x->image));
	doc_set_text(d, "reason", !exited ? "" : x->exit_code == 255 ? "Unknown" : container_reason_name(x->reason));
	doc_set_text(d, "message", "");
	doc_set_text(set_labels(c, d, x->pod), "io.kubernetes.container.name", x->name);
	doc_set_text(doc_set_map(d, "annotations"), "io.kubernetes.container.restartCount",
		     text_format(c->arena, "%" PRIu32, x->attempt));
	doc_set_list(d, "mounts");
	doc_set_text(d, "logPath",
		     text_format(c->arena, "/var/log/pods/%s_%s_%s/%s/%" PRIu32 ".log", tool_pod_namespace(c, x->pod),
				 tool_pod_name(c, x->pod), identity_pod_uid(c->arena, c->look, x->pod), x->name,
				 x->attempt));
	return d;
}

int crictl_inspect(const struct tool_call *c)
{
	if (c->words != 2)
		return tool_refuses(c, &tool_crictl);
	for (uint32_t i = 0; i < c->cri->containers; i++) {
		const struct cri_container *x = &c->cri->container[i];
		struct doc *info = doc_map(c->arena);

		if (!is_id(x->id, c->word[1]))
			continue;
		doc_set_text(info, "sandboxID", x->sandbox);
		doc_set_number(info, "pid", x->pid);
		print(c, container_status(c, x), info);
		return TOOL_DONE;
	}
	return not_found(c, "container", true);
}

/* ---- sandboxes ---- */

static struct doc *sandbox_status(const struct tool_call *c, const struct cri_sandbox *s)
{
	struct doc *d = doc_map(c->arena), *m = doc_set_map(d, "metadata"), *n;
	const bool host = c->look->view->pod[s->pod].spec->host_network;

	doc_set_text(d, "id", s->id);
	doc_set_number(m, "attempt", s->attempt);
	doc_set_text(m, "name", tool_pod_name(c, s->pod));
	doc_set_text(m, "namespace", tool_pod_namespace(c, s->pod));
	doc_set_text(m, "uid", identity_pod_uid(c->arena, c->look, s->pod));
	doc_set_text(d, "state", s->ready ? "SANDBOX_READY" : "SANDBOX_NOTREADY");
	doc_set_text(d, "createdAt", stamp(c, s->created_at));
	n = doc_set_map(d, "network");
	doc_set_list(n, "additionalIps");
	doc_set_text(n, "ip", s->ready && !host ? identity_pod_ip(c->arena, c->look, s->pod) : "");
	n = doc_set_map(doc_set_map(doc_set_map(d, "linux"), "namespaces"), "options");
	doc_set_text(n, "ipc", "POD");
	doc_set_text(n, "network", host ? "NODE" : "POD");
	doc_set_text(n, "pid", "CONTAINER");
	set_labels(c, d, s->pod);
	doc_set_map(d, "annotations");
	doc_set_text(d, "runtimeHandler", "");
	return d;
}

int crictl_inspect_pod(const struct tool_call *c)
{
	if (c->words != 2)
		return tool_refuses(c, &tool_crictl);
	for (uint32_t i = 0; i < c->cri->sandboxes; i++) {
		const struct cri_sandbox *s = &c->cri->sandbox[i];
		struct doc *info = doc_map(c->arena);

		if (!is_id(s->id, c->word[1]))
			continue;
		doc_set_text(info, "image", identity_pause(c->look));
		doc_set_number(info, "pid", s->pid);
		doc_set_text(info, "processStatus", s->ready ? "running" : "deleted");
		print(c, sandbox_status(c, s), info);
		return TOOL_DONE;
	}
	return not_found(c, "pod sandbox", false);
}

/* ---- info ---- */

static void add_condition(struct doc *list, const char *type)
{
	struct doc *d = doc_add(list, doc_map(list->arena));

	doc_set_text(d, "message", "");
	doc_set_text(d, "reason", "");
	doc_set_bool(d, "status", true);
	doc_set_text(d, "type", type);
}

/* The runtime's configuration, which real ones add, is nowhere in a scenario. */
int crictl_info(const struct tool_call *c)
{
	struct doc *root = doc_map(c->arena), *list = doc_set_list(doc_set_map(root, "status"), "conditions");

	if (c->words > 1)
		return tool_refuses(c, &tool_crictl);
	add_condition(list, "RuntimeReady");
	add_condition(list, "NetworkReady");
	doc_print_json(root, 2, c->out);
	return TOOL_DONE;
}
