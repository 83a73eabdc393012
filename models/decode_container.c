/* decode_container.c - containers: image, pull policy, requests, probes, host ports. */
#include "models/scenario_parts.h"
#include "models/versions.h"

#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}

struct container_draft {
	struct container container;
	uint32_t image;
	uint8_t pull, restart; /* UNSET, or as written */
	struct amounts request, limit;
};

#define UNSET 255

uint32_t image_normalise(struct decoder *d, const char *image)
{
	const char *slash = strrchr(image, '/');

	if (strchr(slash ? slash : image, ':'))
		return names_intern(d->fields.names, image);
	return names_intern(d->fields.names, text_format(&d->scratch, "%s:latest", image));
}

/* IfNotPresent, or Always where the tag is :latest or missing: kubernetes-control-plane.md 5.9. */
static enum pull_policy default_pull(const char *image)
{
	size_t length = strlen(image);

	return length >= 7 && !strcmp(image + length - 7, ":latest") ? PULL_ALWAYS : PULL_IF_NOT_PRESENT;
}

/* Defaults and what 0 means: pkg/apis/core/v1/defaults.go, kubernetes-control-plane.md 5.5. */
#define PROBE_AT(member) offsetof(struct probe, member)
static const struct field probe_fields[] = {
	{.name = "initialDelaySeconds",
	 .kind = FIELD_SECONDS,
	 .offset = PROBE_AT(initial_delay),
	 .low = 0,
	 .high = INT32_MAX},
	{.name = "periodSeconds", .kind = FIELD_SECONDS, .offset = PROBE_AT(period), .low = 0, .high = INT32_MAX},
	{.name = "timeoutSeconds", .kind = FIELD_SECONDS, .offset = PROBE_AT(timeout), .low = 0, .high = INT32_MAX},
	{.name = "successThreshold",
	 .kind = FIELD_INT32,
	 .offset = PROBE_AT(success_threshold),
	 .low = 0,
	 .high = INT32_MAX},
	{.name = "failureThreshold",
	 .kind = FIELD_INT32,
	 .offset = PROBE_AT(failure_threshold),
	 .low = 0,
	 .high = INT32_MAX},
	SKIP("exec"),
	SKIP("httpGet"),
	SKIP("tcpSocket"),
	SKIP("grpc"),
	{.name = "terminationGracePeriodSeconds",
	 .kind = FIELD_SECONDS,
	 .offset = PROBE_AT(grace),
	 .low = 0,
	 .high = INT32_MAX},
	{.name = NULL}};

static bool read_probe(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct probe *p = (struct probe *)(void *)((char *)object + f->offset);

	p->grace = -1;
	if (!field_read_map(c, probe_fields, value, p, f->name))
		return false;
	p->present = true;
	p->period = p->period ? p->period : SECONDS(10);
	p->timeout = p->timeout ? p->timeout : SECONDS(1);
	p->success_threshold = p->success_threshold ? p->success_threshold : 1;
	p->failure_threshold = p->failure_threshold ? p->failure_threshold : 3;
	return true;
}

struct port_draft {
	uint32_t ip, protocol;
	int32_t host, container;
};

#define PORT_AT(member) offsetof(struct port_draft, member)
static const struct field port_fields[] = {
	{.name = "hostPort", .kind = FIELD_INT32, .offset = PORT_AT(host), .low = 0, .high = 65535},
	{.name = "containerPort", .kind = FIELD_INT32, .offset = PORT_AT(container), .low = 1, .high = 65535},
	{.name = "hostIP", .kind = FIELD_NAME, .offset = PORT_AT(ip), .fallback = "0.0.0.0"},
	{.name = "protocol", .kind = FIELD_NAME, .offset = PORT_AT(protocol), .fallback = "TCP"},
	SKIP("name"),
	{.name = NULL}};

/* All ports are kept here, those without hostPort as port 0; decode_pod_spec() knows whether the pod is on the host's
 * network, where containerPort is the host's, and drops the rest. */
static bool read_ports(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct container *out = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	out->port = ARENA_NEW(c->arena, (size_t)value->count * 2, struct host_port);
	for (uint32_t i = 0; i < value->count; i++) {
		struct port_draft p = {0};

		field_defaults(c, port_fields, &p);
		fine &= field_read_map(c, port_fields, value->item[i], &p, "ports[]");
		/* Pairs: the host's port, then the container's. */
		out->port[out->port_count++] = (struct host_port){p.ip, p.protocol, (uint16_t)p.host};
		out->port[out->port_count++] = (struct host_port){p.ip, p.protocol, (uint16_t)p.container};
	}
	return fine;
}

static const struct field resource_fields[] = {{.name = "requests",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct container_draft, request),
						.read = read_amounts},
					       {.name = "limits",
						.kind = FIELD_CUSTOM,
						.offset = offsetof(struct container_draft, limit),
						.read = read_amounts},
					       SKIP("claims"),
					       {.name = NULL}};

static bool read_resources(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, resource_fields, value, object, f->name);
}

/* sleep is the one handler whose length is known (beta 1.30); of the others it comes from annotations. */
struct hook_draft {
	const struct yaml_node *sleep;
	sim_time seconds;
};
static const struct field sleep_fields[] = {{.name = "seconds",
					     .kind = FIELD_SECONDS,
					     .offset = offsetof(struct hook_draft, seconds),
					     .low = 0,
					     .high = INT32_MAX},
					    {.name = NULL}};
static const struct field hook_fields[] = {
	SKIP("exec"),
	SKIP("httpGet"),
	SKIP("tcpSocket"),
	{.name = "sleep", .kind = FIELD_CUSTOM, .offset = offsetof(struct hook_draft, sleep), .read = scenario_keep},
	{.name = NULL}};

static bool read_hook(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct container_draft *draft = object;
	struct hook_draft hook = {0};
	bool stop = !strcmp(f->name, "preStop");

	if (!field_read_map(c, hook_fields, value, &hook, f->name))
		return false;
	*(stop ? &draft->container.pre_stop : &draft->container.post_start) = true;
	if (yaml_is_null(hook.sleep))
		return true;
	if (!field_read_map(c, sleep_fields, hook.sleep, &hook, "sleep"))
		return false;
	*(stop ? &draft->container.app.pre_stop : &draft->container.app.post_start) = (struct dist){.a = hook.seconds};
	draft->container.app.has |= stop ? APP_PRE_STOP : APP_POST_START;
	return true;
}

static const struct field lifecycle_fields[] = {{.name = "preStop", .kind = FIELD_CUSTOM, .read = read_hook},
						{.name = "postStart", .kind = FIELD_CUSTOM, .read = read_hook},
						SKIP("stopSignal"),
						{.name = NULL}};

static bool read_lifecycle(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, lifecycle_fields, value, object, f->name);
}

static const char *const pull_choices[] = {"IfNotPresent", "Always", "Never", NULL};
static const char *const restart_choices[] = {"Always", "OnFailure", "Never", NULL};

#define AT(member) offsetof(struct container_draft, member)
static const struct field container_fields[] = {
	{.name = "name", .kind = FIELD_NAME, .offset = AT(container.name)},
	{.name = "image", .kind = FIELD_NAME, .offset = AT(image)},
	{.name = "imagePullPolicy", .kind = FIELD_ENUM, .offset = AT(pull), .choices = pull_choices},
	{.name = "restartPolicy", .kind = FIELD_ENUM, .offset = AT(restart), .choices = restart_choices},
	{.name = "resources", .kind = FIELD_CUSTOM, .read = read_resources},
	{.name = "ports", .kind = FIELD_CUSTOM, .read = read_ports},
	{.name = "readinessProbe", .kind = FIELD_CUSTOM, .offset = AT(container.readiness), .read = read_probe},
	{.name = "livenessProbe", .kind = FIELD_CUSTOM, .offset = AT(container.liveness), .read = read_probe},
	{.name = "startupProbe", .kind = FIELD_CUSTOM, .offset = AT(container.startup), .read = read_probe},
	{.name = "lifecycle", .kind = FIELD_CUSTOM, .read = read_lifecycle},
	SKIP("command"),
	SKIP("args"),
	SKIP("env"),
	SKIP("envFrom"),
	SKIP("workingDir"),
	SKIP("volumeMounts"),
	SKIP("volumeDevices"),
	SKIP("securityContext"),
	SKIP("stdin"),
	SKIP("stdinOnce"),
	SKIP("tty"),
	SKIP("terminationMessagePath"),
	SKIP("terminationMessagePolicy"),
	SKIP("resizePolicy"),
	{.name = NULL}};

bool decode_container(struct field_context *c, const struct yaml_node *value, bool init, struct container *out,
		      struct amounts *request)
{
	struct container_draft draft = {.pull = UNSET, .restart = UNSET};

	if (!field_read_map(c, container_fields, value, &draft,
			    init ? "Pod spec.initContainers[]" : "Pod spec.containers[]"))
		return false;
	if (!draft.container.name || !draft.image) {
		diag_error(c->diag, yaml_mark(value), "a container needs a name and an image");
		return false;
	}
	amounts_fill(c->arena, &draft.request, &draft.limit);
	decode_apply_limits(DECODER(c), &draft.request, &draft.limit);
	*request = draft.request;
	*out = draft.container;
	out->image = image_normalise(DECODER(c), names_text(c->names, draft.image));
	out->pull = draft.pull != UNSET ? draft.pull : default_pull(names_text(c->names, out->image));
	out->sidecar = init && draft.restart == RESTART_ALWAYS;
	out->app.exits = UINT32_MAX;
	if (draft.limit.has[AMOUNT_CPU])
		out->cpu_limit = quantity_milli(draft.limit.fixed[AMOUNT_CPU]);
	if (draft.limit.has[AMOUNT_MEMORY])
		out->mem_limit = quantity_value(draft.limit.fixed[AMOUNT_MEMORY]);
	if (draft.limit.has[AMOUNT_DISK])
		out->disk_limit = quantity_value(draft.limit.fixed[AMOUNT_DISK]);
	if (out->sidecar && !version_sidecars(c->variant)) {
		diag_error(c->diag, yaml_mark(yaml_get(value, "restartPolicy")),
			   "sidecars (init containers with restartPolicy: Always) exist since Kubernetes 1.29, not in "
			   "1.%d",
			   c->variant);
		return false;
	}
	out->request = amounts_round(DECODER(c), request);
	return true;
}
