/* sched_vectors.c - builds the cluster of a conformance case, asks the scheduler of the simulation, and prints its
 * answer. */
#include "models/sched_vectors.h"

#include <stdlib.h>
#include <string.h>

#include "models/decode.h"
#include "models/sched_answer.h"
#include "models/versions.h"

/* Resized containers count with what they have been given since 1.33 (3.1). */
#define RESIZE_SINCE 33

struct vector {
	struct arena arena;
	struct scenario scenario;
	struct decoder decoder;
	struct run run;
	struct world world;
	struct sched_framework fw;
	struct sched_question question;
};

int sched_vector_version(const char *text)
{
	char *end;
	long minor;

	if (strncmp(text, "1.", 2) != 0 || text[2] < '0' || text[2] > '9')
		return -1;
	minor = strtol(text + 2, &end, 10);
	/* A patch level makes no difference. */
	if (*end == '.' && end[1] >= '0' && end[1] <= '9')
		end += 1 + strspn(end + 1, "0123456789");
	if (*end != '\0' || minor < KUBERNETES_MIN || minor > KUBERNETES_MAX)
		return -1;
	return (int)minor;
}

static const struct yaml_node *path(const struct yaml_node *n, const char *a, const char *b)
{
	return yaml_get(yaml_get(n, a), b);
}

/* ---- resized containers ---- */

static struct yaml_node *new_map(struct arena *a, const struct yaml_node *like, uint32_t count)
{
	struct yaml_node *n = ARENA_NEW(a, 1, struct yaml_node);

	*n = (struct yaml_node){.kind = YAML_MAP, .line = like->line, .column = like->column, .file = like->file};
	n->pair = ARENA_NEW(a, count, struct yaml_pair);
	return n;
}

/* A copy of map with key -> value added or replaced. */
static struct yaml_node *with_pair(struct arena *a, const struct yaml_node *map, const char *key,
				   const struct yaml_node *value)
{
	struct yaml_node *out = new_map(a, map, map->count + 1), *name = ARENA_NEW(a, 1, struct yaml_node);

	*name = (struct yaml_node){.kind = YAML_SCALAR,
				   .count = (uint32_t)strlen(key),
				   .text = key,
				   .line = map->line,
				   .column = map->column,
				   .file = map->file};
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->pair[i].key->text, key) != 0)
			out->pair[out->count++] = map->pair[i];
	out->pair[out->count++] = (struct yaml_pair){name, value};
	return out;
}

/* The larger amount of each resource in two maps of requests. */
static const struct yaml_node *larger(struct arena *a, const struct yaml_node *x, const struct yaml_node *y)
{
	if (y == NULL || y->kind != YAML_MAP)
		return x;
	if (x == NULL || x->kind != YAML_MAP)
		return y;
	for (uint32_t i = 0; i < y->count; i++) {
		const char *key = y->pair[i].key->text;
		const struct yaml_node *known = yaml_get(x, key);
		struct quantity p, q;

		if (known != NULL && quantity_parse(yaml_text(known), &p) == NULL &&
		    quantity_parse(yaml_text(y->pair[i].value), &q) == NULL && quantity_compare(p, q) >= 0)
			continue;
		x = with_pair(a, x, key, y->pair[i].value);
	}
	return x;
}

static bool infeasible(const struct yaml_node *pod)
{
	const struct yaml_node *list = path(pod, "status", "conditions");

	for (uint32_t i = 0; i < yaml_length(list); i++)
		if (strcmp(yaml_text(yaml_get(list->item[i], "type")), "PodResizePending") == 0 &&
		    strcmp(yaml_text(yaml_get(list->item[i], "reason")), "Infeasible") == 0)
			return true;
	return strcmp(yaml_text(path(pod, "status", "resize")), "Infeasible") == 0;
}

static const struct yaml_node *resized_container(struct arena *a, const struct yaml_node *container,
						 const struct yaml_node *status, bool without_spec)
{
	const struct yaml_node *own = path(container, "resources", "requests"), *requests;
	const struct yaml_node *resources = yaml_get(container, "resources");

	requests = larger(a, without_spec ? NULL : own, path(status, "resources", "requests"));
	requests = larger(a, requests, yaml_get(status, "allocatedResources"));
	if (container->kind != YAML_MAP || requests == NULL || requests == own)
		return container;
	if (resources == NULL || resources->kind != YAML_MAP)
		resources = new_map(a, container, 0);
	return with_pair(a, container, "resources", with_pair(a, resources, "requests", requests));
}

/* The pod with what its containers have been given in place of what they ask, where that is more. */
static const struct yaml_node *resized(struct arena *a, const struct yaml_node *pod, const char *containers,
				       const char *statuses)
{
	const struct yaml_node *list = path(pod, "spec", containers), *status = path(pod, "status", statuses);
	struct yaml_node *copy;

	/* A list of containers is found in maps only. */
	if (yaml_length(list) == 0 || yaml_length(status) == 0)
		return pod;
	copy = ARENA_NEW(a, 1, struct yaml_node);
	*copy = *list;
	copy->item = ARENA_NEW(a, list->count, struct yaml_node *);
	memcpy(copy->item, list->item, list->count * sizeof(list->item[0]));
	for (uint32_t i = 0; i < list->count; i++)
		for (uint32_t k = 0; k < status->count; k++)
			if (strcmp(yaml_text(yaml_get(list->item[i], "name")),
				   yaml_text(yaml_get(status->item[k], "name"))) == 0)
				copy->item[i] = (struct yaml_node *)(uintptr_t)resized_container(
					a, list->item[i], status->item[k], infeasible(pod));
	return with_pair(a, pod, "spec", with_pair(a, yaml_get(pod, "spec"), containers, copy));
}

/* ---- the cluster of a case ---- */

static void each(struct vector *v, const struct yaml_node *list,
		 void (*decode)(struct decoder *d, const struct yaml_node *))
{
	for (uint32_t i = 0; i < yaml_length(list); i++)
		decode(&v->decoder, list->item[i]);
}

static void decode_replica_set(struct decoder *d, const struct yaml_node *root)
{
	struct yaml_node *version = ARENA_NEW(&d->scratch, 1, struct yaml_node);

	*version = (struct yaml_node){.kind = YAML_SCALAR,
				      .count = 7,
				      .text = "apps/v1",
				      .line = root->line,
				      .column = root->column,
				      .file = root->file};
	if (root->kind == YAML_MAP)
		root = with_pair(&d->scratch, root, "apiVersion", version);
	decode_workload(d, root, WORKLOAD_REPLICA_SET);
}

static void decode_one_namespace(struct decoder *d, const struct yaml_node *root)
{
	struct meta meta;
	struct objects *o = d->objects;

	if (!decode_meta(d, root, "Namespace", false, &meta))
		return;
	ARENA_RESERVE(o->arena, o->namespace, o->namespace_capacity, o->namespace_count + 1, struct namespace_object);
	o->namespace[o->namespace_count++] = (struct namespace_object){meta.name, meta.labels};
}

/* The profile that the pod asks for; a case has one, whatever its name. */
static void choose_profile(struct scenario *s, const struct yaml_node *pod)
{
	const char *name = yaml_text(path(pod, "spec", "schedulerName"));

	s->scheduling.default_name = names_intern(&s->names, *name != '\0' ? name : SCHED_DEFAULT_NAME);
	for (uint32_t i = 0; i < s->scheduling.count; i++)
		if (*name != '\0' && strcmp(names_text(&s->names, s->scheduling.profile[i].name), name) == 0)
			s->scheduling.by_default = i;
}

static bool load(struct vector *v, struct diag *d, const struct yaml_node *root, int kubernetes)
{
	const struct yaml_node *cluster = yaml_get(root, "cluster"), *pods = yaml_get(cluster, "pods");
	const struct yaml_node *config = yaml_get(root, "config"), *pod = yaml_get(root, "pod");

	v->scenario.kubernetes = kubernetes;
	names_init(&v->scenario.names, &v->scenario.arena, NULL);
	decoder_init(&v->decoder, &v->scenario, d);
	v->decoder.snapshot = true;
	v->decoder.fields.variant = kubernetes;
	if (!yaml_is_null(config))
		sched_config_read(&v->decoder, config, &v->scenario.scheduling);
	choose_profile(&v->scenario, pod);
	each(v, yaml_get(cluster, "nodes"), decode_node);
	each(v, yaml_get(cluster, "namespaces"), decode_one_namespace);
	each(v, yaml_get(cluster, "services"), decode_service);
	each(v, yaml_get(cluster, "replicasets"), decode_replica_set);
	each(v, yaml_get(cluster, "pdbs"), decode_pdb);
	for (uint32_t i = 0; i < yaml_length(pods); i++) {
		const struct yaml_node *p = pods->item[i];

		if (kubernetes >= RESIZE_SINCE) {
			p = resized(&v->arena, p, "containers", "containerStatuses");
			p = resized(&v->arena, p, "initContainers", "initContainerStatuses");
		}
		decode_pod(&v->decoder, p);
	}
	if (pod == NULL || pod->kind != YAML_MAP)
		diag_error(d, yaml_mark(root), "a case needs a pod");
	else
		decode_pod(&v->decoder, pod);
	if (!diag_failed(d) && v->scenario.objects.pod_count != yaml_length(pods) + 1)
		diag_error(d, yaml_mark(root), "a pod of the case could not be read");
	return !diag_failed(d);
}

/* "2025-01-01T04:01:00Z" as a number that sorts like it; a missing start is now, later than all. */
static sim_time start_time(const struct yaml_node *pod)
{
	const char *text = yaml_text(path(pod, "status", "startTime"));
	sim_time value = 0;

	if (*text == '\0')
		return SIM_NEVER;
	for (int digits = 0; *text != '\0' && digits < 14; text++)
		if (*text >= '0' && *text <= '9') {
			value = value * 10 + (*text - '0');
			digits++;
		}
	return value;
}

static uint32_t node_named(const struct vector *v, uint32_t name)
{
	const struct objects *o = &v->scenario.objects;

	for (uint32_t i = 0; name != 0 && i < o->node_count; i++)
		if (o->node[i].meta.name == name)
			return i;
	return NONE;
}

static bool terminating_by_preemption(const struct yaml_node *pod)
{
	const struct yaml_node *list = path(pod, "status", "conditions");

	for (uint32_t i = 0; i < yaml_length(list); i++)
		if (strcmp(yaml_text(yaml_get(list->item[i], "type")), "DisruptionTarget") == 0 &&
		    strcmp(yaml_text(yaml_get(list->item[i], "status")), "True") == 0 &&
		    strcmp(yaml_text(yaml_get(list->item[i], "reason")), "PreemptionByScheduler") == 0)
			return true;
	return false;
}

/* Its ReplicaSet: a case holds no other workloads, and an owner of another kind may have the same name. */
static uint32_t owner_of(const struct vector *v, const struct meta *m)
{
	const struct objects *o = &v->scenario.objects;

	if (strcmp(names_text(&v->scenario.names, m->owner_kind), "ReplicaSet") != 0)
		return NONE;
	for (uint32_t i = 0; m->owner_name != 0 && i < o->workload_count; i++)
		if (o->workload[i].meta.name == m->owner_name && o->workload[i].meta.namespace == m->namespace)
			return i;
	return NONE;
}

static void create_pods(struct vector *v, const struct yaml_node *root, bool preempted[])
{
	const struct objects *o = &v->scenario.objects;
	const struct yaml_node *list = path(root, "cluster", "pods");
	struct cluster *c = &v->world.cluster;

	for (uint32_t i = 0; i < o->pod_count; i++) {
		const struct pod_object *p = &o->pod[i];
		const struct yaml_node *from = i < yaml_length(list) ? list->item[i] : yaml_get(root, "pod");
		struct pod_new n = {.spec = p->spec,
				    .labels = &p->meta.labels,
				    .name = p->meta.name,
				    .namespace = p->meta.namespace,
				    .workload = owner_of(v, &p->meta),
				    .pinned_node = NONE,
				    .ordinal = -1};
		uint32_t row = cluster_pod_create(c, &n), node = node_named(v, p->spec->node_name);

		c->pod[row].created = start_time(from);
		c->pod[row].deleting = p->deleting;
		preempted[row] = terminating_by_preemption(from);
		v->question.pod = row;
		if (node != NONE && i < yaml_length(list))
			cluster_pod_bind(c, row, node, 0);
		if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
			cluster_pod_phase(c, row, p->phase, POD_REASON_NONE);
	}
}

static void nominate(struct vector *v, const struct yaml_node *root)
{
	const struct yaml_node *list = path(root, "cluster", "pods");

	v->question.preemption.nominated = NONE;
	for (uint32_t i = 0; i < v->world.cluster.pod_count; i++) {
		const struct yaml_node *pod = i < yaml_length(list) ? list->item[i] : yaml_get(root, "pod");
		uint32_t name = names_find(&v->run.names, yaml_text(path(pod, "status", "nominatedNodeName")));
		uint32_t node = node_named(v, name);

		if (node == NONE)
			continue;
		if (i == v->question.pod)
			v->question.preemption.nominated = node;
		else if (v->world.cluster.pod[i].node == NONE)
			framework_nominate(&v->fw, i, node);
	}
}

/* A number, cut to 32 bits; 0 for anything else. */
static int32_t number_of(const struct yaml_node *n)
{
	long long value = strtoll(yaml_text(n), NULL, 10);

	return value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

static void read_budgets(struct vector *v, const struct yaml_node *root)
{
	const struct yaml_node *pdbs = path(root, "cluster", "pdbs");
	const struct objects *o = &v->scenario.objects;
	int32_t *allowed = ARENA_NEW(&v->arena, yaml_length(pdbs), int32_t);
	struct sched_free_pod *list = NULL;
	uint32_t capacity = 0, count = 0;

	for (uint32_t i = 0; i < yaml_length(pdbs); i++) {
		const struct yaml_node *spared = path(pdbs->item[i], "status", "disruptedPods");

		allowed[i] = number_of(path(pdbs->item[i], "status", "disruptionsAllowed"));
		for (uint32_t k = 0; spared != NULL && spared->kind == YAML_MAP && k < spared->count; k++)
			for (uint32_t p = 0; p < o->pod_count; p++) {
				if (o->pod[p].meta.name != names_find(&v->run.names, spared->pair[k].key->text))
					continue;
				ARENA_RESERVE(&v->arena, list, capacity, count + 1, struct sched_free_pod);
				list[count++] = (struct sched_free_pod){i, p};
			}
	}
	v->question.preemption.free_pod = list;
	v->question.preemption.free_pods = count;
	v->question.preemption.allowed = allowed;
}

static void build(struct vector *v, const struct yaml_node *root)
{
	bool *preempted = ARENA_NEW(&v->arena, v->scenario.objects.pod_count, bool);
	struct cluster *c = &v->world.cluster;

	run_init(&v->run, 1, 0, &v->scenario.names, false);
	v->world.run = &v->run;
	v->world.scenario = &v->scenario;
	cluster_init(c, &v->run, &v->scenario);
	/* The taint of a cordoned node is in the case or not: nobody adds it. */
	for (uint32_t i = 0; i < c->node_count; i++) {
		c->node[i].taint_count = c->node[i].object->taint_count;
		if (c->node[i].taint_count > 0)
			memcpy(c->node[i].taint, c->node[i].object->taint,
			       c->node[i].taint_count * sizeof(struct taint));
	}
	create_pods(v, root, preempted);
	framework_init(&v->fw, &v->world);
	nominate(v, root);
	read_budgets(v, root);
	v->question.preemption.preempted = preempted;
	v->question.preemption.arena = &v->arena;
	v->question.arena = &v->arena;
	v->question.fw = &v->fw;
}

bool sched_vector_compute(struct diag *d, const struct yaml_node *root, int kubernetes, struct text *out)
{
	struct arena arena = {0};
	struct vector *v = ARENA_NEW(&arena, 1, struct vector);
	const bool fine = load(v, d, root, kubernetes);

	if (fine) {
		build(v, root);
		sched_answer_json(&v->question, out);
		run_release(&v->run);
	}
	decoder_release(&v->decoder);
	arena_release(&v->scenario.arena);
	arena_release(&v->arena);
	arena_release(&arena);
	return fine;
}
