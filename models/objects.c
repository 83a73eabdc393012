/* objects.c - from documents to objects: which kinds exist, and what holds between objects once all are read. */
#include "models/decode.h"

#include <stdlib.h>
#include <string.h>

/* More pods than this in all are refused: memory. */
#define TOTAL_PODS_MAX 5000000
/* More nodes than this are refused: memory. */
#define TOTAL_NODES_MAX 200000

/* The API server's own classes: kubernetes-control-plane.md 3.11. */
#define CLUSTER_CRITICAL 2000000000
#define NODE_CRITICAL 2000001000

static void decode_deployment(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_DEPLOYMENT);
}

static void decode_replica_set(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_REPLICA_SET);
}

static void decode_stateful_set(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_STATEFUL_SET);
}

static void decode_daemon_set(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_DAEMON_SET);
}

static void decode_job(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_JOB);
}

static void decode_cron_job(struct decoder *d, const struct yaml_node *root)
{
	decode_workload(d, root, WORKLOAD_CRON_JOB);
}

static void decode_namespace(struct decoder *d, const struct yaml_node *root)
{
	struct objects *o = d->objects;
	struct meta meta;

	if (!decode_meta(d, root, "Namespace", false, &meta) ||
	    !decode_register(d, "Namespace", &meta, o->namespace_count))
		return;
	ARENA_RESERVE(o->arena, o->namespace, o->namespace_capacity, o->namespace_count + 1, struct namespace_object);
	o->namespace[o->namespace_count++] = (struct namespace_object){meta.name, meta.labels};
}

static void decode_scheduling(struct decoder *d, const struct yaml_node *root)
{
	if (d->scheduling == NULL) {
		d->scheduling = root;
		return;
	}
	diag_error(d->fields.diag, yaml_mark(root), "a second KubeSchedulerConfiguration");
	diag_help(d->fields.diag, "the first is at %s:%u; put all profiles into one", d->scheduling->file,
		  d->scheduling->line);
}

static const struct kind {
	const char *kind;
	const char *groups[2]; /* "" is the core group; older groups of the same kind are read alike */
	void (*decode)(struct decoder *d, const struct yaml_node *root);
} kinds[] = {
	{"Node", {""}, decode_node},
	{"Pod", {""}, decode_pod},
	{"Service", {""}, decode_service},
	{"Namespace", {""}, decode_namespace},
	{"PriorityClass", {"scheduling.k8s.io"}, decode_priority_class},
	{"Deployment", {"apps", "extensions"}, decode_deployment},
	{"ReplicaSet", {"apps", "extensions"}, decode_replica_set},
	{"StatefulSet", {"apps"}, decode_stateful_set},
	{"DaemonSet", {"apps", "extensions"}, decode_daemon_set},
	{"Job", {"batch"}, decode_job},
	{"CronJob", {"batch"}, decode_cron_job},
	{"PodDisruptionBudget", {"policy"}, decode_pdb},
	{"HorizontalPodAutoscaler", {"autoscaling"}, decode_hpa},
	{"KubeSchedulerConfiguration", {"kubescheduler.config.k8s.io"}, decode_scheduling},
	{"PersistentVolumeClaim", {""}, decode_claim},
	{"PersistentVolume", {""}, decode_volume},
	{"StorageClass", {"storage.k8s.io"}, decode_class},
	{"CSINode", {"storage.k8s.io"}, decode_csi_node},
	{"CSIDriver", {"storage.k8s.io"}, decode_csi_driver},
	{"CSIStorageCapacity", {"storage.k8s.io"}, decode_capacity},
	{"VolumeAttachment", {"storage.k8s.io"}, decode_attachment},
	{"LimitRange", {""}, decode_limit_range},
	{"ResourceQuota", {""}, decode_quota},
};

static bool is_group(const char *group, const char *version)
{
	const char *slash = strchr(version, '/');
	size_t length = slash ? (size_t)(slash - version) : 0;

	return strlen(group) == length && !strncmp(group, version, length);
}

static const struct kind *find_kind(const char *kind, const char *version)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind))
			continue;
		if (is_group(kinds[i].groups[0], version) ||
		    (kinds[i].groups[1] && is_group(kinds[i].groups[1], version)))
			return &kinds[i];
	}
	return NULL;
}

/* A List, or a typed one such as PodList. */
static bool is_list(const struct yaml_node *root, const char *kind)
{
	size_t length = strlen(kind);

	return length >= 4 && !strcmp(kind + length - 4, "List") && yaml_get(root, "items");
}

void decode_document(struct decoder *d, const struct yaml_node *root)
{
	const struct yaml_node *kind = yaml_get(root, "kind"), *version = yaml_get(root, "apiVersion"), *items;
	const struct kind *row;

	/* The first pass: whatever is wrong with other objects is told in the second. */
	if (d->limits_only && (root->kind != YAML_MAP || yaml_is_null(kind) || yaml_is_null(version) ||
			       kind->kind != YAML_SCALAR || version->kind != YAML_SCALAR))
		return;
	if (root->kind != YAML_MAP) {
		diag_error(d->fields.diag, yaml_mark(root), "expected a Kubernetes object or a Scenario");
		return;
	}
	if (yaml_is_null(kind) || yaml_is_null(version) || kind->kind != YAML_SCALAR || version->kind != YAML_SCALAR) {
		diag_error(d->fields.diag, yaml_mark(root), "an object needs apiVersion and kind");
		return;
	}
	if (is_list(root, kind->text)) {
		items = yaml_get(root, "items");
		if (yaml_is_null(items) || (d->limits_only && items->kind != YAML_LIST) ||
		    !field_want_list(&d->fields, items, "items"))
			return;
		for (uint32_t i = 0; i < items->count; i++)
			decode_document(d, items->item[i]);
		return;
	}
	row = find_kind(kind->text, version->text);
	if (d->limits_only != (row && row->decode == decode_limit_range))
		return;
	if (row)
		row->decode(d, root);
	else if (!strcmp(version->text, "v1") || !strchr(version->text, '.'))
		diag_note(d->fields.diag, yaml_mark(kind), "%s is not simulated", kind->text);
	else
		diag_note(d->fields.diag, yaml_mark(kind), "%s (%s) is not simulated", kind->text, version->text);
}

void decoder_init(struct decoder *d, struct scenario *s, struct diag *diag)
{
	struct names *n = &s->names;

	*d = (struct decoder){.scenario = s, .objects = &s->objects};
	d->fields = (struct field_context){.arena = &s->arena,
					   .names = n,
					   .diag = diag,
					   .variant = s->kubernetes,
					   .lenient = true,
					   .typed_text = true,
					   .user = d};
	names_init(&d->keys, &d->scratch, NULL);
	s->objects.arena = &s->arena;
	s->objects.names = n;
	d->default_namespace = names_intern(n, "default");
	d->hostname = names_intern(n, "kubernetes.io/hostname");
	d->zone = names_intern(n, "topology.kubernetes.io/zone");
	d->zone_beta = names_intern(n, "failure-domain.beta.kubernetes.io/zone");
	d->region = names_intern(n, "topology.kubernetes.io/region");
	d->region_beta = names_intern(n, "failure-domain.beta.kubernetes.io/region");
	d->rack = names_intern(n, "nodefall.io/rack");
	d->instance = names_intern(n, "node.kubernetes.io/instance-type");
	d->instance_beta = names_intern(n, "beta.kubernetes.io/instance-type");
}

void decoder_release(struct decoder *d)
{
	arena_release(&d->scratch);
}

/* --- after all documents --- */

/* The name id of the Deployment of the load that owns workload row, or 0. */
static uint32_t owning_deployment(struct decoder *d, const struct meta *m, uint32_t deployment_kind)
{
	if (m->owner_kind != deployment_kind || decode_find(d, "Deployment", m->namespace, m->owner_name) == NO_ROW)
		return 0;
	return m->owner_name;
}

/* A dump without ReplicaSets: their names are "<deployment>-<pod-template-hash>", pkg/controller/deployment/sync.go. */
static uint32_t deployment_by_hash(struct decoder *d, const struct meta *m, uint32_t hash_key)
{
	const char *owner = names_text(d->fields.names, m->owner_name), *dash = strrchr(owner, '-');
	uint32_t hash = labels_get(&m->labels, hash_key, NULL), name;

	if (!hash || !dash || strcmp(dash + 1, names_text(d->fields.names, hash)))
		return 0;
	name = names_find(d->fields.names, arena_text(&d->scratch, owner, (size_t)(dash - owner)));
	return name && decode_find(d, "Deployment", m->namespace, name) != NO_ROW ? name : 0;
}

static void resolve_pod_owners(struct decoder *d)
{
	struct objects *o = d->objects;
	uint32_t deployment = names_intern(d->fields.names, "Deployment");
	uint32_t replica_set = names_intern(d->fields.names, "ReplicaSet");
	uint32_t hash_key = names_intern(d->fields.names, "pod-template-hash");

	for (uint32_t i = 0; i < o->pod_count; i++) {
		struct meta *m = &o->pod[i].meta;
		uint32_t row, owner;

		if (m->owner_kind != replica_set)
			continue;
		row = decode_find(d, "ReplicaSet", m->namespace, m->owner_name);
		owner = row == NO_ROW ? deployment_by_hash(d, m, hash_key)
				      : owning_deployment(d, &o->workload[row].meta, deployment);
		if (owner) {
			m->owner_kind = deployment;
			m->owner_name = owner;
		}
	}
}

/* ReplicaSets of a Deployment of the load are its own business: the Deployment makes them anew. */
static void drop_owned_sets(struct decoder *d)
{
	struct objects *o = d->objects;
	uint32_t deployment = names_intern(d->fields.names, "Deployment"), kept = 0;

	for (uint32_t i = 0; i < o->workload_count; i++) {
		const struct workload_object *w = &o->workload[i];
		const char *kind = workload_kind_name(w->kind);
		bool drop = w->kind == WORKLOAD_REPLICA_SET && owning_deployment(d, &w->meta, deployment);
		uint32_t id = names_find(&d->keys, text_format(&d->scratch, "%s/%s/%s", kind,
							       names_text(d->fields.names, w->meta.namespace),
							       names_text(d->fields.names, w->meta.name)));

		d->row[id] = drop ? NO_ROW : kept;
		if (!drop)
			o->workload[kept++] = *w;
	}
	o->workload_count = kept;
}

static void resolve_priority(struct decoder *d, struct pod_spec *spec, struct mark at,
			     const struct priority_class *fallback)
{
	const char *name = names_text(d->fields.names, spec->priority_class);
	uint32_t row;

	if (!spec->priority_class) {
		if (fallback && !spec->priority) {
			spec->priority = fallback->value;
			spec->preempts = spec->preempts && !fallback->never_preempts;
		}
		return;
	}
	row = decode_find(d, "PriorityClass", 0, spec->priority_class);
	if (row != NO_ROW) {
		spec->priority = d->objects->priority[row].value;
		spec->preempts = spec->preempts && !d->objects->priority[row].never_preempts;
	} else if (!strcmp(name, "system-cluster-critical")) {
		spec->priority = CLUSTER_CRITICAL;
	} else if (!strcmp(name, "system-node-critical")) {
		spec->priority = NODE_CRITICAL;
	} else if (!spec->priority) {
		diag_note(d->fields.diag, at, "PriorityClass \"%s\" is not among the objects: priority 0", name);
	}
}

/* Of pods in `of`, by the classes of d. */
static void resolve_priorities(struct decoder *d, const struct objects *of)
{
	const struct objects *o = d->objects;
	const struct priority_class *fallback = NULL;

	for (uint32_t i = 0; i < o->priority_count; i++)
		if (o->priority[i].global_default && !fallback)
			fallback = &o->priority[i];
	for (uint32_t i = 0; i < of->pod_count; i++)
		resolve_priority(d, of->pod[i].spec, of->pod[i].meta.at, fallback);
	for (uint32_t i = 0; i < of->workload_count; i++)
		resolve_priority(d, of->workload[i].spec, of->workload[i].meta.at, fallback);
}

/* Sums over all pods or nodes must fit 64 bits with room to spare. */
#define TOTAL_AMOUNT_MAX 4e18

struct total {
	double cpu, mem, disk, scalar;
};

static bool add_total(struct total *t, const struct resources *r, double times)
{
	t->cpu += (double)r->cpu_milli * times;
	t->mem += (double)r->mem_bytes * times;
	t->disk += (double)r->disk_bytes * times;
	for (uint32_t i = 0; i < r->scalar_count; i++)
		t->scalar += (double)r->scalar[i].value * times;
	return t->cpu < TOTAL_AMOUNT_MAX && t->mem < TOTAL_AMOUNT_MAX && t->disk < TOTAL_AMOUNT_MAX &&
	       t->scalar < TOTAL_AMOUNT_MAX;
}

static double wanted_pods(const struct objects *o, const struct workload_object *w)
{
	if (w->kind == WORKLOAD_DAEMON_SET)
		return o->node_count;
	return w->kind == WORKLOAD_JOB || w->kind == WORKLOAD_CRON_JOB ? w->parallelism : w->replicas;
}

static void check_amounts(struct decoder *d)
{
	const struct objects *o = d->objects;
	struct total nodes = {0}, pods = {0};
	struct mark at = d->whole;
	bool fine = true;

	for (uint32_t i = 0; i < o->node_count && fine; i++) {
		fine = add_total(&nodes, &o->node[i].capacity, 1) && add_total(&nodes, &o->node[i].allocatable, 1);
		at = o->node[i].meta.at;
	}
	for (uint32_t i = 0; i < o->pod_count && fine; i++) {
		fine = add_total(&pods, &o->pod[i].spec->request, 1);
		at = o->pod[i].meta.at;
	}
	for (uint32_t i = 0; i < o->workload_count && fine; i++) {
		fine = add_total(&pods, &o->workload[i].spec->request, wanted_pods(o, &o->workload[i]));
		at = o->workload[i].meta.at;
	}
	if (!fine)
		diag_error(d->fields.diag, at,
			   "the resources of all objects up to here are more than can be simulated");
}

static void check_counts(struct decoder *d)
{
	const struct objects *o = d->objects;
	double pods = o->pod_count;

	if (o->node_count > TOTAL_NODES_MAX)
		diag_error(d->fields.diag, o->node[TOTAL_NODES_MAX].meta.at, "%u nodes; at most %d can be simulated",
			   o->node_count, TOTAL_NODES_MAX);
	for (uint32_t i = 0; i < o->workload_count; i++) {
		const struct workload_object *w = &o->workload[i];

		pods += wanted_pods(o, w);
		if (pods > TOTAL_PODS_MAX) {
			diag_error(d->fields.diag, w->meta.at,
				   "more than %d pods in all from here on; that is the limit", TOTAL_PODS_MAX);
			return;
		}
	}
}

void decode_finish(struct decoder *d)
{
	resolve_pod_owners(d);
	drop_owned_sets(d);
	resolve_priorities(d, d->objects);
	decode_resolve_volumes(d);
	decode_hpa_targets(d);
	decode_limits(d);
}

void decode_finish_apart(struct decoder *apart, struct decoder *whole)
{
	drop_owned_sets(apart);
	resolve_priorities(whole, apart->objects);
	decode_limits(apart);
}

void decode_limits(struct decoder *d)
{
	check_counts(d);
	check_amounts(d);
}
