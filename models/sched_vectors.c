/* sched_vectors.c - builds the cluster of a conformance case, asks the scheduler of the simulation, and prints its answer. */
#include "models/sched_vectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/decode.h"
#include "models/sched_preempt.h"
#include "models/versions.h"

/* Resized containers count with what they have been given since 1.33 (3.1). */
#define RESIZE_SINCE 33

struct vector {
	struct arena arena;
	struct scenario scenario;
	struct decoder decoder;
	struct sched_config config;
	struct run run;
	struct world world;
	struct sched_framework fw;
	uint32_t pod;
	struct sched_preemption preemption;
};

int sched_vector_version(const char *text)
{
	char *end;
	long minor;

	if (strncmp(text, "1.", 2) != 0)
		return -1;
	minor = strtol(text + 2, &end, 10);
	if (end == text + 2 || (*end != '\0' && *end != '.') || minor < KUBERNETES_MIN || minor > KUBERNETES_MAX)
		return -1;
	return (int)minor;
}

static const struct yaml_node *path(const struct yaml_node *n, const char *a, const char *b)
{
	return yaml_get(yaml_get(n, a), b);
}

static uint32_t length(const struct yaml_node *list)
{
	return list != NULL && list->kind == YAML_LIST ? list->count : 0;
}

static const char *text_of(const struct yaml_node *n)
{
	return n != NULL && n->kind == YAML_SCALAR ? n->text : "";
}

/* ---- resized containers ---- */

static struct yaml_node *new_map(struct arena *a, const struct yaml_node *like, uint32_t count)
{
	struct yaml_node *n = ARENA_NEW(a, 1, struct yaml_node);

	*n = (struct yaml_node){ .kind = YAML_MAP, .line = like->line, .column = like->column, .file = like->file };
	n->pair = ARENA_NEW(a, count, struct yaml_pair);
	return n;
}

/* A copy of map with key -> value added or replaced. */
static struct yaml_node *with_pair(struct arena *a, const struct yaml_node *map, const char *key,
				   const struct yaml_node *value)
{
	struct yaml_node *out = new_map(a, map, map->count + 1), *name = ARENA_NEW(a, 1, struct yaml_node);

	*name = (struct yaml_node){ .kind = YAML_SCALAR, .count = (uint32_t)strlen(key), .text = key, .line = map->line,
				    .column = map->column, .file = map->file };
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->pair[i].key->text, key) != 0)
			out->pair[out->count++] = map->pair[i];
	out->pair[out->count++] = (struct yaml_pair){ name, value };
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

		if (known != NULL && quantity_parse(text_of(known), &p) == NULL &&
		    quantity_parse(text_of(y->pair[i].value), &q) == NULL && quantity_compare(p, q) >= 0)
			continue;
		x = with_pair(a, x, key, y->pair[i].value);
	}
	return x;
}

static bool infeasible(const struct yaml_node *pod)
{
	const struct yaml_node *list = path(pod, "status", "conditions");

	for (uint32_t i = 0; i < length(list); i++)
		if (strcmp(text_of(yaml_get(list->item[i], "type")), "PodResizePending") == 0 &&
		    strcmp(text_of(yaml_get(list->item[i], "reason")), "Infeasible") == 0)
			return true;
	return strcmp(text_of(path(pod, "status", "resize")), "Infeasible") == 0;
}

static const struct yaml_node *resized_container(struct arena *a, const struct yaml_node *container,
						 const struct yaml_node *status, bool without_spec)
{
	const struct yaml_node *own = path(container, "resources", "requests"), *requests = own;
	const struct yaml_node *resources = yaml_get(container, "resources");

	requests = larger(a, without_spec ? NULL : own, path(status, "resources", "requests"));
	requests = larger(a, requests, yaml_get(status, "allocatedResources"));
	if (requests == NULL || requests == own)
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

	if (length(list) == 0 || length(status) == 0)
		return pod;
	copy = ARENA_NEW(a, 1, struct yaml_node);
	*copy = *list;
	copy->item = ARENA_NEW(a, list->count, struct yaml_node *);
	memcpy(copy->item, list->item, list->count * sizeof(list->item[0]));
	for (uint32_t i = 0; i < list->count; i++)
		for (uint32_t k = 0; k < status->count; k++)
			if (strcmp(text_of(yaml_get(list->item[i], "name")),
				   text_of(yaml_get(status->item[k], "name"))) == 0)
				copy->item[i] = (struct yaml_node *)(uintptr_t)resized_container(
					a, list->item[i], status->item[k], infeasible(pod));
	return with_pair(a, pod, "spec", with_pair(a, yaml_get(pod, "spec"), containers, copy));
}

/* ---- the cluster of a case ---- */

static void each(struct vector *v, const struct yaml_node *list, void (*decode)(struct decoder *d, const struct yaml_node *))
{
	for (uint32_t i = 0; i < length(list); i++)
		decode(&v->decoder, list->item[i]);
}

static void decode_replica_set(struct decoder *d, const struct yaml_node *root)
{
	struct yaml_node *version = ARENA_NEW(&d->scratch, 1, struct yaml_node);

	*version = (struct yaml_node){ .kind = YAML_SCALAR, .count = 7, .text = "apps/v1", .line = root->line,
				       .column = root->column, .file = root->file };
	decode_workload(d, with_pair(&d->scratch, root, "apiVersion", version), WORKLOAD_REPLICA_SET);
}

static void decode_one_namespace(struct decoder *d, const struct yaml_node *root)
{
	struct meta meta;
	struct objects *o = d->objects;

	if (!decode_meta(d, root, "Namespace", false, &meta))
		return;
	ARENA_RESERVE(o->arena, o->namespace, o->namespace_capacity, o->namespace_count + 1, struct namespace_object);
	o->namespace[o->namespace_count++] = (struct namespace_object){ meta.name, meta.labels };
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
	v->config = sched_config_default;
	if (!yaml_is_null(config))
		sched_config_read(&v->decoder, config, &v->config);
	each(v, yaml_get(cluster, "nodes"), decode_node);
	each(v, yaml_get(cluster, "namespaces"), decode_one_namespace);
	each(v, yaml_get(cluster, "services"), decode_service);
	each(v, yaml_get(cluster, "replicasets"), decode_replica_set);
	each(v, yaml_get(cluster, "pdbs"), decode_pdb);
	for (uint32_t i = 0; i < length(pods); i++) {
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
	if (!diag_failed(d) && v->scenario.objects.pod_count != length(pods) + 1)
		diag_error(d, yaml_mark(root), "a pod of the case could not be read");
	return !diag_failed(d);
}

/* "2025-01-01T04:01:00Z" as a number that sorts like it; a missing start is now, later than all. */
static sim_time start_time(const struct yaml_node *pod)
{
	const char *text = text_of(path(pod, "status", "startTime"));
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

	for (uint32_t i = 0; i < length(list); i++)
		if (strcmp(text_of(yaml_get(list->item[i], "type")), "DisruptionTarget") == 0 &&
		    strcmp(text_of(yaml_get(list->item[i], "status")), "True") == 0 &&
		    strcmp(text_of(yaml_get(list->item[i], "reason")), "PreemptionByScheduler") == 0)
			return true;
	return false;
}

static uint32_t owner_of(const struct vector *v, const struct meta *m)
{
	const struct objects *o = &v->scenario.objects;

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
		const struct yaml_node *from = i < length(list) ? list->item[i] : yaml_get(root, "pod");
		struct pod_new n = { .spec = p->spec, .labels = &p->meta.labels, .name = p->meta.name,
				     .namespace = p->meta.namespace, .workload = owner_of(v, &p->meta),
				     .pinned_node = NONE, .ordinal = -1 };
		uint32_t row = cluster_pod_create(c, &n), node = node_named(v, p->spec->node_name);

		c->pod[row].created = start_time(from);
		c->pod[row].deleting = p->deleting;
		preempted[row] = terminating_by_preemption(from);
		v->pod = row;
		if (node != NONE && i < length(list))
			cluster_pod_bind(c, row, node, 0);
		if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
			cluster_pod_phase(c, row, p->phase);
	}
}

static void nominate(struct vector *v, const struct yaml_node *root)
{
	const struct yaml_node *list = path(root, "cluster", "pods");

	v->preemption.nominated = NONE;
	for (uint32_t i = 0; i < v->world.cluster.pod_count; i++) {
		const struct yaml_node *pod = i < length(list) ? list->item[i] : yaml_get(root, "pod");
		uint32_t name = names_find(&v->run.names, text_of(path(pod, "status", "nominatedNodeName")));
		uint32_t node = node_named(v, name);

		if (node == NONE)
			continue;
		if (i == v->pod)
			v->preemption.nominated = node;
		else if (v->world.cluster.pod[i].node == NONE)
			framework_nominate(&v->fw, i, node);
	}
}

static void read_budgets(struct vector *v, const struct yaml_node *root)
{
	const struct yaml_node *pdbs = path(root, "cluster", "pdbs");
	const struct objects *o = &v->scenario.objects;
	int32_t *allowed = ARENA_NEW(&v->arena, length(pdbs), int32_t);
	struct sched_free_pod *list = NULL;
	uint32_t capacity = 0;

	for (uint32_t i = 0; i < length(pdbs); i++) {
		const struct yaml_node *spared = path(pdbs->item[i], "status", "disruptedPods");

		allowed[i] = atoi(text_of(path(pdbs->item[i], "status", "disruptionsAllowed")));
		for (uint32_t k = 0; spared != NULL && spared->kind == YAML_MAP && k < spared->count; k++)
			for (uint32_t p = 0; p < o->pod_count; p++) {
				if (o->pod[p].meta.name != names_find(&v->run.names, spared->pair[k].key->text))
					continue;
				ARENA_RESERVE(&v->arena, list, capacity, v->preemption.free_pods + 1,
					      struct sched_free_pod);
				list[v->preemption.free_pods++] = (struct sched_free_pod){ i, p };
			}
	}
	v->preemption.free_pod = list;
	v->preemption.allowed = allowed;
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
	framework_configure(&v->fw, &v->config);
	nominate(v, root);
	read_budgets(v, root);
	v->preemption.preempted = preempted;
	v->preemption.arena = &v->arena;
}

/* ---- the answer ---- */

static const char *node_name(const struct vector *v, uint32_t node)
{
	return names_text(&v->run.names, v->scenario.objects.node[node].meta.name);
}

static void add_name(struct text *out, bool *first, const char *name)
{
	text_add(out, *first ? "" : ", ");
	*first = false;
	text_add_json(out, name);
}

static void print_filter(const struct vector *v, struct text *out)
{
	static const char *const codes[] = { "Success", "Unschedulable", "UnschedulableAndUnresolvable" };
	const struct sched_framework *fw = &v->fw;
	uint32_t n = fw->node_count;
	uint32_t *at = ARENA_NEW(out->arena, n, uint32_t); /* 0: not in the set, 1: passes, else 2 + index of rejection */
	bool first = true;

	for (uint32_t i = 0; i < fw->feasible_count; i++)
		at[fw->feasible[i]] = 1;
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		at[fw->rejected[i]] = 2 + i;
	text_add(out, "{");
	for (uint32_t i = 0; i < n; i++) {
		add_name(out, &first, node_name(v, i));
		if (at[i] < 2) {
			text_printf(out, ": {\"code\": \"%s\"}", at[i] == 0 ? "NotInNodeSet" : codes[0]);
			continue;
		}
		text_printf(out, ": {\"code\": \"%s\", \"plugin\": \"%s\", \"reasons\": %s}",
			    codes[fw->rejected_status[at[i] - 2]],
			    fw->slot[fw->rejected_by[at[i] - 2]].plugin->info.name, fw->record->reasons[i]);
	}
	text_add(out, "}");
}

static void print_scores(const struct vector *v, struct text *out)
{
	const struct sched_framework *fw = &v->fw;
	const struct sched_record *r = fw->record;

	text_add(out, "{");
	for (uint32_t k = 0; k < fw->feasible_count; k++) {
		const char *comma = "";

		text_add(out, k == 0 ? "" : ", ");
		text_add_json(out, node_name(v, fw->feasible[k]));
		text_printf(out, ": {\"total\": %" PRId64 ", \"plugins\": {", fw->total[k]);
		for (uint32_t s = 0; s < fw->slots; s++) {
			size_t at = (size_t)s * fw->node_count + fw->feasible[k];

			if (!(r->scored >> s & 1))
				continue;
			text_printf(out, "%s\"%s\": {\"raw\": %" PRId64 ", \"norm\": %" PRId64 ", \"weighted\": %" PRId64 "}",
				    comma, fw->slot[s].plugin->info.name, r->raw[at], r->norm[at],
				    r->norm[at] * fw->slot[s].weight);
			comma = ", ";
		}
		text_add(out, "}}");
	}
	text_add(out, "}");
}

static void print_winners(const struct vector *v, struct text *out)
{
	const struct sched_framework *fw = &v->fw;
	int64_t best = INT64_MIN;
	bool first = true;

	for (uint32_t k = 0; k < fw->feasible_count; k++)
		best = fw->total[k] > best ? fw->total[k] : best;
	text_add(out, "[");
	for (uint32_t k = 0; k < fw->feasible_count; k++)
		if (fw->total[k] == best)
			add_name(out, &first, node_name(v, fw->feasible[k]));
	text_add(out, "]");
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_victims(const struct vector *v, const struct sched_candidate *k, struct text *out)
{
	const char **name = ARENA_NEW(out->arena, k->victims, const char *);
	bool first = true;

	for (uint32_t i = 0; i < k->victims; i++) {
		const struct pod *p = &v->world.cluster.pod[k->victim[i]];

		name[i] = text_format(out->arena, "%s/%s", names_text(&v->run.names, p->namespace),
				      names_text(&v->run.names, p->name));
	}
	if (k->victims > 0)
		qsort(name, k->victims, sizeof(*name), compare_words);
	text_add(out, "[");
	for (uint32_t i = 0; i < k->victims; i++)
		add_name(out, &first, name[i]);
	text_add(out, "]");
}

static void print_preemption(const struct vector *v, struct text *out)
{
	const struct sched_preemption *p = &v->preemption;
	bool first = true;

	if (p->count == 0) {
		text_printf(out, "{\"code\": \"Unschedulable\", \"nominated\": \"\", \"nominatedAny\": null, "
			    "\"victims\": null, \"candidates\": %s}", p->candidate == NULL ? "null" : "{}");
		return;
	}
	text_add(out, "{\"code\": \"Success\", \"nominated\": ");
	text_add_json(out, node_name(v, p->candidate[p->best[0]].node));
	text_add(out, ", \"nominatedAny\": [");
	for (uint32_t i = 0; i < p->bests; i++)
		add_name(out, &first, node_name(v, p->candidate[p->best[i]].node));
	text_add(out, "], \"victims\": ");
	print_victims(v, &p->candidate[p->best[0]], out);
	text_add(out, ", \"candidates\": {");
	first = true;
	for (uint32_t i = 0; i < p->count; i++) {
		add_name(out, &first, node_name(v, p->candidate[i].node));
		text_add(out, ": {\"victims\": ");
		print_victims(v, &p->candidate[i], out);
		text_printf(out, ", \"pdbViolations\": %" PRIu32 "}", p->candidate[i].violations);
	}
	text_add(out, "}}");
}

/* PreFilter's rejection of the pod as a whole: a node set without nodes. */
static bool print_whole(struct vector *v, struct text *out)
{
	struct sched_framework *fw = &v->fw;
	char text[16][SCHED_REASON_MAX];
	uint32_t n = 0;

	if (fw->set_by != NONE && fw->feasible_count + fw->rejected_count == 0)
		n = fw->slot[fw->set_by].plugin->reasons(&fw->slot[fw->set_by].call, NONE, text);
	if (n == 0)
		return false;
	text_printf(out, "{\"prefilter\": {\"code\": \"UnschedulableAndUnresolvable\", \"plugin\": \"%s\", \"reasons\": [",
		    fw->slot[fw->set_by].plugin->info.name);
	for (uint32_t i = 0; i < n; i++) {
		text_add(out, i == 0 ? "" : ", ");
		text_add_json(out, text[i]);
	}
	text_add(out, "]}, \"nodeSet\": null, \"filter\": null, \"score\": null, \"winners\": null, \"postfilter\": null}");
	return true;
}

static void print_set(const struct vector *v, struct text *out)
{
	const struct sched_framework *fw = &v->fw;
	bool first = true;

	if (fw->set_by == NONE) {
		text_add(out, "null");
		return;
	}
	text_add(out, "[");
	for (uint32_t i = 0; i < fw->feasible_count; i++)
		add_name(out, &first, node_name(v, fw->feasible[i]));
	for (uint32_t i = 0; i < fw->rejected_count; i++)
		add_name(out, &first, node_name(v, fw->rejected[i]));
	text_add(out, "]");
}

static void answer(struct vector *v, struct text *out)
{
	struct sched_framework *fw = &v->fw;
	size_t cells = (size_t)fw->slots * fw->node_count;
	struct sched_record record = { .arena = &v->arena, .raw = ARENA_NEW(&v->arena, cells, int64_t),
				       .norm = ARENA_NEW(&v->arena, cells, int64_t),
				       .reasons = ARENA_NEW(&v->arena, fw->node_count, const char *) };

	fw->record = &record;
	framework_decide(fw, v->pod);
	if (print_whole(v, out))
		return;
	text_add(out, "{\"prefilter\": null, \"nodeSet\": ");
	print_set(v, out);
	text_add(out, ", \"filter\": ");
	print_filter(v, out);
	text_add(out, ", \"score\": ");
	if (fw->feasible_count > 0)
		print_scores(v, out);
	else
		text_add(out, "null");
	text_add(out, ", \"winners\": ");
	if (fw->feasible_count > 0)
		print_winners(v, out);
	else
		text_add(out, "null");
	text_add(out, ", \"postfilter\": ");
	if (fw->feasible_count == 0) {
		sched_preempt(fw, v->pod, &v->preemption);
		print_preemption(v, out);
	} else {
		text_add(out, "null");
	}
	text_add(out, "}");
}

bool sched_vector_compute(struct diag *d, const struct yaml_node *root, int kubernetes, struct text *out)
{
	struct arena arena = { 0 };
	struct vector *v = ARENA_NEW(&arena, 1, struct vector);
	const bool fine = load(v, d, root, kubernetes);

	if (fine) {
		build(v, root);
		answer(v, out);
		run_release(&v->run);
	}
	decoder_release(&v->decoder);
	arena_release(&v->scenario.arena);
	arena_release(&v->arena);
	arena_release(&arena);
	return fine;
}

/* ---- comparing ---- */

struct comparison {
	struct text *out;
	uint32_t count, most;
};

static const char *shown(const struct yaml_node *n)
{
	return n == NULL ? "nothing" : n->kind == YAML_MAP ? "{...}" : n->kind == YAML_LIST ? "[...]" : n->text;
}

static void differs(struct comparison *c, const char *where, const struct yaml_node *expected,
		    const struct yaml_node *computed)
{
	if (c->count++ < c->most)
		text_printf(c->out, "  %s: expected %s, computed %s\n", where, shown(expected), shown(computed));
}

static bool holds(const struct yaml_node *list, const char *word)
{
	for (uint32_t i = 0; i < length(list); i++)
		if (strcmp(text_of(list->item[i]), word) == 0)
			return true;
	return false;
}

static void compare_nodes(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m);

static void compare_maps(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	for (uint32_t i = 0; i < e->count; i++) {
		const char *key = e->pair[i].key->text;

		if (strncmp(key, "skipped", 7) == 0 || strcmp(key, "message") == 0)
			continue;
		compare_nodes(c, text_format(c->out->arena, "%s%s%s", where, *where ? "." : "", key), e->pair[i].value,
			      yaml_get(m, key));
	}
	for (uint32_t i = 0; i < m->count; i++)
		if (yaml_get(e, m->pair[i].key->text) == NULL)
			differs(c, text_format(c->out->arena, "%s.%s", where, m->pair[i].key->text), NULL,
				m->pair[i].value);
}

/* Both as sets of texts. */
static void compare_lists(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	for (uint32_t i = 0; i < e->count; i++)
		if (!holds(m, text_of(e->item[i])))
			differs(c, where, e->item[i], NULL);
	for (uint32_t i = 0; i < m->count; i++)
		if (!holds(e, text_of(m->item[i])))
			differs(c, where, NULL, m->item[i]);
}

static void compare_nodes(struct comparison *c, const char *where, const struct yaml_node *e, const struct yaml_node *m)
{
	const bool none = yaml_is_null(e) && !(e != NULL && e->quoted);

	if (none != (yaml_is_null(m) && !(m != NULL && m->quoted)))
		differs(c, where, e, m);
	else if (none)
		return;
	else if (e->kind != m->kind)
		differs(c, where, e, m);
	else if (e->kind == YAML_MAP)
		compare_maps(c, where, e, m);
	else if (e->kind == YAML_LIST)
		compare_lists(c, where, e, m);
	else if (strcmp(e->text, m->text) != 0)
		differs(c, where, e, m);
}

uint32_t sched_vector_compare(const struct yaml_node *expected, const struct yaml_node *computed, uint32_t most,
			      struct text *out)
{
	struct comparison c = { .out = out, .most = most };

	compare_nodes(&c, "", expected, computed);
	return c.count;
}
