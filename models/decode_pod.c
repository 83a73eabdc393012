/* decode_pod.c - pod specs and Pod objects, defaulted as the API server and its admission plugins would. */
#include "models/decode.h"

#include <string.h>

#define SKIP(key)                                                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_SKIP                                                                        \
	}

/* What the scheduler's scores take where a container mentions no request: kube-scheduler.md 3.1. */
#define SCORE_CPU "100m"
#define SCORE_MEMORY "200Mi"

/* Pod-level resources count since 1.34: kube-scheduler.md 3.1. */
#define POD_RESOURCES_SINCE 34

/* More containers in one pod are refused, so that its sums fit 64 bits; real pods have a handful. */
#define CONTAINERS_MAX 1000

struct spec_draft {
	struct pod_spec spec;
	struct amounts *containers, *inits;
	struct amounts overhead, request, limit;
};

static bool read_container_list(struct field_context *c, const struct field *f, const struct yaml_node *value,
				void *object)
{
	struct spec_draft *draft = object;
	bool init = !strcmp(f->name, "initContainers"), fine = true;
	struct container *out;
	struct amounts *amounts;

	if (!field_want_list(c, value, f->name))
		return false;
	if (value->count > CONTAINERS_MAX) {
		diag_error(c->diag, yaml_mark(value), "more than %d %s in one pod", CONTAINERS_MAX, f->name);
		return false;
	}
	out = ARENA_NEW(c->arena, value->count, struct container);
	amounts = ARENA_NEW(&DECODER(c)->scratch, value->count, struct amounts);
	for (uint32_t i = 0; i < value->count; i++)
		fine &= decode_container(c, value->item[i], init, &out[i], &amounts[i]);
	if (init) {
		draft->spec.init = out;
		draft->spec.init_count = value->count;
		draft->inits = amounts;
	} else {
		draft->spec.container = out;
		draft->spec.container_count = value->count;
		draft->containers = amounts;
	}
	return fine;
}

static bool read_affinity(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)f;
	return decode_affinity(c, value, &((struct spec_draft *)object)->spec);
}

static bool read_spread(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)f;
	return decode_spread(c, value, &((struct spec_draft *)object)->spec);
}

static bool read_tolerations(struct field_context *c, const struct field *f, const struct yaml_node *value,
			     void *object)
{
	(void)f;
	return decode_tolerations(c, value, &((struct spec_draft *)object)->spec);
}

static bool read_gates(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	if (!field_want_list(c, value, f->name))
		return false;
	((struct spec_draft *)object)->spec.gate_count = value->count;
	return true;
}

static bool read_readiness_gates(struct field_context *c, const struct field *f, const struct yaml_node *value,
				 void *object)
{
	if (!field_want_list(c, value, f->name))
		return false;
	((struct spec_draft *)object)->spec.readiness_gate_count = value->count;
	return true;
}

static const struct field pod_resource_fields[] = {
	{.name = "requests",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct spec_draft, request),
	 .read = read_amounts},
	{.name = "limits", .kind = FIELD_CUSTOM, .offset = offsetof(struct spec_draft, limit), .read = read_amounts},
	SKIP("claims"),
	{.name = NULL}};

static bool read_pod_resources(struct field_context *c, const struct field *f, const struct yaml_node *value,
			       void *object)
{
	return field_read_map(c, pod_resource_fields, value, object, f->name);
}

static bool read_volumes(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	(void)f;
	return decode_pod_volumes(c, value, &((struct spec_draft *)object)->spec);
}

/* The order is that of enum restart_policy; of preemption, the value of `preempts`. */
static const char *const restart_choices[] = {"Always", "OnFailure", "Never", NULL};
static const char *const preempt_choices[] = {"Never", "PreemptLowerPriority", NULL};

#define AT(member) offsetof(struct spec_draft, spec.member)
static const struct field pod_spec_fields[] = {
	{.name = "containers", .kind = FIELD_CUSTOM, .read = read_container_list},
	{.name = "initContainers", .kind = FIELD_CUSTOM, .read = read_container_list},
	{.name = "nodeName", .kind = FIELD_NAME, .offset = AT(node_name)},
	{.name = "nodeSelector", .kind = FIELD_CUSTOM, .offset = AT(node_selector), .read = read_labels},
	{.name = "affinity", .kind = FIELD_CUSTOM, .read = read_affinity},
	{.name = "topologySpreadConstraints", .kind = FIELD_CUSTOM, .read = read_spread},
	{.name = "tolerations", .kind = FIELD_CUSTOM, .read = read_tolerations},
	{.name = "priorityClassName", .kind = FIELD_NAME, .offset = AT(priority_class)},
	{.name = "priority", .kind = FIELD_INT32, .offset = AT(priority)},
	{.name = "preemptionPolicy",
	 .kind = FIELD_ENUM,
	 .offset = AT(preempts),
	 .choices = preempt_choices,
	 .fallback = "PreemptLowerPriority"},
	{.name = "restartPolicy",
	 .kind = FIELD_ENUM,
	 .offset = AT(restart),
	 .choices = restart_choices,
	 .fallback = "Always"},
	{.name = "hostNetwork", .kind = FIELD_BOOL, .offset = AT(host_network)},
	{.name = "schedulerName", .kind = FIELD_NAME, .offset = AT(scheduler_name), .fallback = "default-scheduler"},
	{.name = "schedulingGates", .kind = FIELD_CUSTOM, .read = read_gates},
	{.name = "terminationGracePeriodSeconds",
	 .kind = FIELD_SECONDS,
	 .offset = AT(grace),
	 .fallback = "30",
	 .low = 0,
	 .high = INT32_MAX},
	{.name = "overhead",
	 .kind = FIELD_CUSTOM,
	 .offset = offsetof(struct spec_draft, overhead),
	 .read = read_amounts},
	{.name = "resources", .kind = FIELD_CUSTOM, .read = read_pod_resources},
	{.name = "volumes", .kind = FIELD_CUSTOM, .read = read_volumes},
	{.name = "readinessGates", .kind = FIELD_CUSTOM, .read = read_readiness_gates},
	SKIP("serviceAccountName"),
	SKIP("serviceAccount"),
	SKIP("automountServiceAccountToken"),
	SKIP("securityContext"),
	SKIP("imagePullSecrets"),
	SKIP("dnsPolicy"),
	SKIP("dnsConfig"),
	SKIP("hostname"),
	SKIP("subdomain"),
	SKIP("setHostnameAsFQDN"),
	SKIP("hostPID"),
	SKIP("hostIPC"),
	SKIP("hostUsers"),
	SKIP("hostAliases"),
	SKIP("shareProcessNamespace"),
	SKIP("enableServiceLinks"),
	SKIP("os"),
	{.name = NULL}};

/* --- effective requests --- */

enum score { REAL, SCORE, SCORE_SHARED };

static bool mentioned(const struct spec_draft *draft, int resource)
{
	for (uint32_t i = 0; i < draft->spec.container_count; i++)
		if (draft->containers[i].has[resource])
			return true;
	for (uint32_t i = 0; i < draft->spec.init_count; i++)
		if (draft->inits[i].has[resource])
			return true;
	return false;
}

/*
 * A container's amounts; for scores, with what a container without request is taken to want. With pod-level requests
 * (SCORE_SHARED) it wants that only where no container of the pod names the resource: section 10.
 */
static struct amounts container_amounts(struct decoder *d, const struct spec_draft *draft, const struct amounts *from,
					enum score score)
{
	struct amounts out = {0}, none = {0};

	amounts_add(&d->scratch, &out, from);
	if (score != REAL) {
		quantity_parse(SCORE_CPU, &none.fixed[AMOUNT_CPU]);
		quantity_parse(SCORE_MEMORY, &none.fixed[AMOUNT_MEMORY]);
		for (int i = 0; i <= AMOUNT_MEMORY; i++)
			none.has[i] = score == SCORE || !mentioned(draft, i);
		amounts_fill(&d->scratch, &out, &none);
	}
	return out;
}

/* kube-scheduler.md 3.1: the larger of the sum of all that runs and of each step of initialisation, plus overhead. */
static struct amounts effective(struct decoder *d, const struct spec_draft *draft, enum score score)
{
	struct amounts running = {0}, sidecars = {0}, init = {0};

	for (uint32_t i = 0; i < draft->spec.container_count; i++) {
		struct amounts a = container_amounts(d, draft, &draft->containers[i], score);

		amounts_add(&d->scratch, &running, &a);
	}
	for (uint32_t i = 0; i < draft->spec.init_count; i++) {
		struct amounts a = container_amounts(d, draft, &draft->inits[i], score), step = {0};

		if (draft->spec.init[i].sidecar) {
			amounts_add(&d->scratch, &running, &a);
			amounts_add(&d->scratch, &sidecars, &a);
			amounts_max(&d->scratch, &init, &sidecars);
		} else {
			amounts_add(&d->scratch, &step, &a);
			amounts_add(&d->scratch, &step, &sidecars);
			amounts_max(&d->scratch, &init, &step);
		}
	}
	amounts_max(&d->scratch, &running, &init);
	return running;
}

/* Pod-level requests replace what the containers sum up to: cpu, memory and huge pages. False when there are none. */
static bool apply_pod_level(struct decoder *d, const struct amounts *pod, struct amounts *sum)
{
	bool any = false;

	for (int i = 0; i <= AMOUNT_MEMORY; i++)
		if (pod->has[i]) {
			sum->has[i] = any = true;
			sum->fixed[i] = pod->fixed[i];
		}
	for (uint32_t i = 0; i < pod->count; i++) {
		uint32_t k = 0;

		if (strncmp(names_text(d->fields.names, pod->scalar[i].name), "hugepages-", 10))
			continue;
		any = true;
		while (k < sum->count && sum->scalar[k].name != pod->scalar[i].name)
			k++;
		if (k < sum->count) {
			sum->scalar[k] = pod->scalar[i];
		} else {
			struct amounts one = {.count = 1, .scalar = &pod->scalar[i]};

			amounts_add(&d->scratch, sum, &one);
		}
	}
	return any;
}

static void fill_requests(struct decoder *d, struct spec_draft *draft)
{
	struct amounts real = effective(d, draft, REAL), score = effective(d, draft, SCORE);
	struct resources rounded;

	amounts_fill(&d->scratch, &draft->request, &draft->limit);
	if (d->fields.variant >= POD_RESOURCES_SINCE && apply_pod_level(d, &draft->request, &real)) {
		amounts_add(&d->scratch, &score, &draft->overhead);
		rounded = amounts_round(d, &score);
		draft->spec.pod_level = true;
		draft->spec.fit_cpu_milli = rounded.cpu_milli;
		draft->spec.fit_mem_bytes = rounded.mem_bytes;
		score = effective(d, draft, SCORE_SHARED);
		apply_pod_level(d, &draft->request, &score);
	}
	amounts_add(&d->scratch, &real, &draft->overhead);
	amounts_add(&d->scratch, &score, &draft->overhead);
	draft->spec.request = amounts_round(d, &real);
	draft->spec.request.pods = 0;
	rounded = amounts_round(d, &score);
	draft->spec.score_cpu_milli = rounded.cpu_milli;
	draft->spec.score_mem_bytes = rounded.mem_bytes;
}

/* Guaranteed: every container has limits of CPU and memory that equal its requests; BestEffort: none asks for anything
 * of either. Pod-level resources take their place where they are given (kubernetes-control-plane.md 5.10). */
static enum qos qos_of(const struct spec_draft *draft)
{
	const struct pod_spec *s = &draft->spec;
	bool guaranteed = true, anything = false, pod_level = s->pod_level;

	for (int i = 0; i <= AMOUNT_MEMORY && pod_level; i++) {
		bool limited = draft->limit.has[i] && quantity_value(draft->limit.fixed[i]) > 0;

		guaranteed &= limited && draft->request.has[i] &&
			      quantity_compare(draft->request.fixed[i], draft->limit.fixed[i]) == 0;
	}
	for (uint32_t i = 0; i < spec_containers(s) && !pod_level; i++) {
		const struct container *k = spec_container(s, i);

		anything |=
			k->cpu_limit > 0 || k->mem_limit > 0 || k->request.cpu_milli > 0 || k->request.mem_bytes > 0;
		guaranteed &= k->cpu_limit > 0 && k->mem_limit > 0 && k->request.cpu_milli == k->cpu_limit &&
			      k->request.mem_bytes == k->mem_limit;
	}
	return guaranteed ? QOS_GUARANTEED : anything || pod_level ? QOS_BURSTABLE : QOS_BEST_EFFORT;
}

/* --- admission --- */

static void add_toleration(struct decoder *d, struct pod_spec *spec, const char *key, uint8_t effect, bool limited,
			   sim_time seconds)
{
	struct toleration *grown =
		arena_grow(d->fields.arena, spec->toleration, spec->toleration_count,
			   (size_t)spec->toleration_count + 1, sizeof(*grown), _Alignof(struct toleration));

	spec->toleration = grown;
	grown[spec->toleration_count++] = (struct toleration){.key = names_intern(d->fields.names, key),
							      .exists = true,
							      .effect = effect,
							      .has_seconds = limited,
							      .seconds = limited ? seconds : 0};
}

/* The DaemonSet controller's own: kubernetes-control-plane.md 3.4. */
static void add_daemon_tolerations(struct decoder *d, struct pod_spec *spec)
{
	add_toleration(d, spec, "node.kubernetes.io/not-ready", EFFECT_NO_EXECUTE, false, 0);
	add_toleration(d, spec, "node.kubernetes.io/unreachable", EFFECT_NO_EXECUTE, false, 0);
	add_toleration(d, spec, "node.kubernetes.io/disk-pressure", EFFECT_NO_SCHEDULE, false, 0);
	add_toleration(d, spec, "node.kubernetes.io/memory-pressure", EFFECT_NO_SCHEDULE, false, 0);
	add_toleration(d, spec, "node.kubernetes.io/pid-pressure", EFFECT_NO_SCHEDULE, false, 0);
	add_toleration(d, spec, "node.kubernetes.io/unschedulable", EFFECT_NO_SCHEDULE, false, 0);
	if (spec->host_network)
		add_toleration(d, spec, "node.kubernetes.io/network-unavailable", EFFECT_NO_SCHEDULE, false, 0);
}

/* DefaultTolerationSeconds admission: kubernetes-control-plane.md 2.6. */
static void add_default_toleration(struct decoder *d, struct pod_spec *spec, const char *key, sim_time seconds)
{
	uint32_t id = names_intern(d->fields.names, key);

	for (uint32_t i = 0; i < spec->toleration_count; i++) {
		const struct toleration *t = &spec->toleration[i];

		if ((!t->key || t->key == id) && (t->effect == EFFECT_NONE || t->effect == EFFECT_NO_EXECUTE))
			return;
	}
	add_toleration(d, spec, key, EFFECT_NO_EXECUTE, true, seconds);
}

/* Whether b listens on a port that a, which starts before it, has taken: pairs as read_ports() left them. */
static bool same_port(const struct container *a, const struct container *b)
{
	for (uint32_t i = 1; i < a->port_count; i += 2)
		for (uint32_t k = 1; k < b->port_count; k += 2)
			if (a->port[i].port != 0 && a->port[i].port == b->port[k].port &&
			    a->port[i].protocol == b->port[k].protocol)
				return true;
	return false;
}

/* The containers of a pod share one network namespace (kubernetes-control-plane.md 5.3): of two that listen on the same
 * port the second finds it in use. */
static void find_shared_ports(struct decoder *d, struct mark at, struct pod_spec *s)
{
	for (uint32_t k = 0; k < spec_containers(s); k++) {
		struct container *b = k < s->init_count ? &s->init[k] : &s->container[k - s->init_count];

		for (uint32_t i = 0; i < k && !b->port_in_use; i++) {
			const struct container *a = spec_container(s, i);
			bool meet = (i >= s->init_count || a->sidecar) && (k >= s->init_count || b->sidecar);

			b->port_in_use = meet && !a->port_in_use && same_port(a, b);
			if (b->port_in_use)
				diag_note(d->fields.diag, at,
					  "container %s finds its port in use by %s, for they share the pod's network: "
					  "it "
					  "exits with code 1",
					  names_text(d->fields.names, b->name), names_text(d->fields.names, a->name));
		}
	}
}

/* read_ports() left pairs of the host's and the container's port: keep what occupies the node. */
static void settle_ports(const struct pod_spec *spec, struct container *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t kept = 0;

		for (uint32_t k = 0; k < list[i].port_count; k += 2) {
			struct host_port p = list[i].port[k];

			if (!p.port && spec->host_network)
				p = list[i].port[k + 1];
			if (p.port)
				list[i].port[kept++] = p;
		}
		list[i].port_count = kept;
	}
}

struct pod_spec *decode_pod_spec(struct decoder *d, const struct yaml_node *node, struct mark at,
				 const struct labels *annotations, bool daemon)
{
	const struct timers *timers = &d->scenario->timers;
	struct spec_draft draft = {0};
	struct pod_spec *spec = ARENA_NEW(d->fields.arena, 1, struct pod_spec);
	bool fine = true;

	d->forbidden = 0;
	field_defaults(&d->fields, pod_spec_fields, &draft);
	if (!yaml_is_null(node))
		fine = field_read_map(&d->fields, pod_spec_fields, node, &draft, "Pod spec");
	if (fine && !draft.spec.container_count)
		diag_error(d->fields.diag, yaml_is_null(node) ? at : yaml_mark(node),
			   "a pod needs at least one container");
	if (fine) {
		fill_requests(d, &draft);
		draft.spec.qos = (uint8_t)qos_of(&draft);
	}
	*spec = draft.spec;
	spec->forbidden = d->forbidden;
	find_shared_ports(d, yaml_is_null(node) ? at : yaml_mark(node), spec);
	settle_ports(spec, spec->container, spec->container_count);
	settle_ports(spec, spec->init, spec->init_count);
	if (daemon)
		add_daemon_tolerations(d, spec);
	if (!d->snapshot) {
		add_default_toleration(d, spec, "node.kubernetes.io/not-ready", timers->default_not_ready_toleration);
		add_default_toleration(d, spec, "node.kubernetes.io/unreachable",
				       timers->default_unreachable_toleration);
	}
	decode_app(d, at, annotations, spec);
	return spec;
}

/* --- Pod objects --- */

/* status as a dump shows it; anything odd there only means that the pod is not known to be running. */
static void read_status(const struct yaml_node *status, struct pod_object *p)
{
	static const char *const phases[] = {"Pending", "Running", "Succeeded", "Failed"};
	const struct yaml_node *phase = yaml_get(status, "phase"), *conditions = yaml_get(status, "conditions");

	for (uint8_t i = 0; phase && phase->kind == YAML_SCALAR && i < 4; i++)
		if (!strcmp(phase->text, phases[i]))
			p->phase = i;
	for (uint32_t i = 0; conditions && conditions->kind == YAML_LIST && i < conditions->count; i++) {
		const struct yaml_node *type = yaml_get(conditions->item[i], "type");
		const struct yaml_node *value = yaml_get(conditions->item[i], "status");

		if (type && value && type->kind == YAML_SCALAR && value->kind == YAML_SCALAR &&
		    !strcmp(type->text, "Ready"))
			p->ready = !strcmp(value->text, "True");
	}
}

/* A mirror pod shows a pod that the kubelet has from a file or URL (pkg/kubelet/types/pod_update.go). */
static bool is_static(const struct decoder *d, const struct labels *annotations)
{
	uint32_t key = names_find(d->fields.names, "kubernetes.io/config.source");
	const char *source = key != 0 ? names_text(d->fields.names, labels_get(annotations, key, NULL)) : "";

	return !strcmp(source, "file") || !strcmp(source, "http");
}

void decode_pod(struct decoder *d, const struct yaml_node *root)
{
	static const struct field top[] = {SKIP("apiVersion"), SKIP("kind"),   SKIP("metadata"),
					   SKIP("spec"),       SKIP("status"), {.name = NULL}};
	struct objects *o = d->objects;
	struct pod_object p = {.phase = PHASE_PENDING};

	field_read_map(&d->fields, top, root, NULL, "Pod");
	if (!decode_meta(d, root, "Pod", true, &p.meta) || !decode_register(d, "Pod", &p.meta, o->pod_count))
		return;
	p.deleting = !yaml_is_null(yaml_get(yaml_get(root, "metadata"), "deletionTimestamp"));
	d->namespace = p.meta.namespace;
	p.spec = decode_pod_spec(d, yaml_get(root, "spec"), p.meta.at, &p.meta.annotations, false);
	p.spec->is_static = is_static(d, &p.meta.annotations);
	read_status(yaml_get(root, "status"), &p);
	ARENA_RESERVE(o->arena, o->pod, o->pod_capacity, o->pod_count + 1, struct pod_object);
	o->pod[o->pod_count++] = p;
}
