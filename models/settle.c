/* settle.c - builds the initial state with the same controllers, scheduler and kubelets that run later, at time 0 and
 * without delays. */
#include "models/settle.h"

#include <stdlib.h>
#include <string.h>

#include "models/api.h"
#include "models/api_apply.h"
#include "models/api_volume.h"
#include "models/control.h"
#include "models/endpoint.h"
#include "models/image.h"
#include "models/kubelet.h"
#include "models/scheduler.h"

/* Rounds of controllers -> scheduler -> kubelets: a Deployment's pods run in the second. More only if they never agree.
 */
#define MAX_ROUNDS 20

static const char *name_of(const struct world *w, uint32_t id)
{
	return names_text(&w->run->names, id);
}

/* Rows of nodes by name, for placing the pods of a dump. */
struct node_index {
	uint32_t *row; /* by name id, + 1 */
	uint32_t count;
};

static struct node_index index_nodes(struct world *w)
{
	struct node_index x = {.count = w->run->names.first + w->run->names.count};

	x.row = ARENA_NEW(&w->run->arena, x.count, uint32_t);
	for (uint32_t i = 0; i < w->cluster.node_count; i++)
		if (w->cluster.node[i].exists)
			x.row[w->cluster.node[i].object->meta.name] = i + 1;
	return x;
}

/* The workload of the load that owns a given pod; NONE for bare pods and unknown owners. */
static uint32_t owner_of(struct world *w, const struct pod_object *p)
{
	const char *kind = name_of(w, p->meta.owner_kind);

	for (uint32_t i = 0; p->meta.owner_name != 0 && i < w->scenario->objects.workload_count; i++) {
		struct workload *o = &w->cluster.workload[i];

		if (!o->exists || o->name != p->meta.owner_name || o->namespace != p->meta.namespace ||
		    strcmp(workload_kind_name((enum workload_kind)o->kind), kind) != 0)
			continue;
		if (o->kind != WORKLOAD_DEPLOYMENT)
			return i;
		return o->first_child != NONE ? o->first_child
					      : cluster_replica_set_create(&w->cluster, i, o->replicas);
	}
	return NONE;
}

/* The number at the end of a StatefulSet pod's name. */
static int32_t ordinal_of(const char *name)
{
	const char *dash = strrchr(name, '-');
	char *end;
	long n = dash != NULL ? strtol(dash + 1, &end, 10) : -1;

	return dash != NULL && *end == '\0' && n >= 0 && n < INT32_MAX ? (int32_t)n : -1;
}

static void create_given(struct world *w, const struct pod_object *p, const struct node_index *x)
{
	uint32_t owner = owner_of(w, p), node = NONE;
	struct pod_new n = {.spec = p->spec,
			    .labels = &p->meta.labels,
			    .name = p->meta.name,
			    .namespace = p->meta.namespace,
			    .workload = owner,
			    .pinned_node = NONE,
			    .ordinal = -1,
			    .settled = true};

	if (p->spec->node_name != 0 && p->spec->node_name < x->count && x->row[p->spec->node_name] != 0)
		node = x->row[p->spec->node_name] - 1;
	if (owner != NONE && w->cluster.workload[owner].kind == WORKLOAD_DAEMON_SET)
		n.pinned_node = node;
	if (owner != NONE && w->cluster.workload[owner].kind == WORKLOAD_STATEFUL_SET)
		n.ordinal = ordinal_of(name_of(w, p->meta.name));
	uint32_t pod = api_pod_given(w, &n, node);
	if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		cluster_pod_phase(&w->cluster, pod, (enum pod_phase)p->phase, POD_REASON_NONE);
	if (p->deleting)
		cluster_pod_delete(&w->cluster, pod, DELETE_USER, p->spec->grace, NONE);
}

/* Pods that are bound and have not begun to live begin. Returns how many. */
static uint32_t start_bound(struct world *w)
{
	uint32_t started = 0;

	for (uint32_t i = 0; i < w->cluster.pod_count; i++) {
		const struct pod *p = &w->cluster.pod[i];

		if (!pod_active(p) || p->node == NONE || w->cluster.pod_truth[i].stage != STAGE_NONE)
			continue;
		kubelet_settle(w, i);
		started++;
	}
	return started;
}

static void drain_events(struct world *w)
{
	run_loop(w->run, 0, world_handle, w, NULL);
}

void settle(struct world *w)
{
	struct node_index x = index_nodes(w);
	uint32_t pods;

	w->settling = true;
	for (uint32_t i = 0; i < w->scenario->objects.pod_count; i++)
		if (!w->scenario->objects.pod[i].absent)
			create_given(w, &w->scenario->objects.pod[i], &x);
	for (uint32_t i = 0; i < w->scenario->objects.quota_count; i++)
		cluster_quota_recount(&w->cluster, i);
	start_bound(w);
	if (w->scenario->settled)
		control_start(w);
	drain_events(w);
	for (int round = 0; w->scenario->settled && round < MAX_ROUNDS && !w->abandoned; round++) {
		pods = w->cluster.pod_count;
		scheduler_settle(w);
		uint32_t started = start_bound(w);
		drain_events(w);
		if (started == 0 && pods == w->cluster.pod_count)
			break;
	}
	control_stop(w);
	w->settling = false;
	cluster_tell(&w->cluster, cluster_fact(&w->cluster, FACT_SETTLED));
	endpoint_tell_wants(w);
	image_settled(w);
	/* Pods given as terminating on a node: its kubelet sees to their end. */
	for (uint32_t i = 0; i < w->cluster.pod_count; i++)
		if (w->cluster.pod[i].exists && w->cluster.pod[i].deleting && w->cluster.pod[i].node != NONE)
			api_notify(w, CHANGE_POD, CHANGED_DELETING, i);
}
