/* action_apply.c - kubectl apply and create: objects whose rows were made when the scenario was loaded appear, others
 * change. */
#include "models/action_parts.h"

#include "models/api.h"
#include "models/api_apply.h"
#include "models/cluster_build.h"
#include "models/endpoint.h"
#include "models/machine.h"

/* A new Node is a machine that somebody switches on: its kubelet registers it. */
static void apply_node(struct world *w, const struct applied *x)
{
	if (!w->cluster.node[x->row].exists) {
		machine_join(w, x->row);
		return;
	}
	cluster_node_apply(&w->cluster, x->row, x->version);
	api_notify(w, CHANGE_NODE, CHANGED_LABELS | CHANGED_TAINTS, x->row);
}

/* Of a workload that is there: replicas, strategy, and the template where it is written otherwise. */
static void change_workload(struct world *w, uint32_t row, const struct workload_object *v)
{
	struct workload *o = &w->cluster.workload[row];
	const struct workload_object *was = o->object;

	o->object = v;
	if (o->kind == WORKLOAD_DEPLOYMENT || o->kind == WORKLOAD_REPLICA_SET || o->kind == WORKLOAD_STATEFUL_SET)
		cluster_scale(&w->cluster, row, v->replicas);
	if (v->template_hash != was->template_hash)
		rollout_template(w, row, v->spec, &v->pod_labels);
	else
		api_notify(w, CHANGE_WORKLOAD, CHANGED_SPEC, row);
}

static void apply_workload(struct world *w, uint32_t row, const struct workload_object *version)
{
	struct workload *o = &w->cluster.workload[row];

	if (o->exists) {
		change_workload(w, row, version);
	} else {
		cluster_workload_appear(&w->cluster, row, version);
		api_notify(w, CHANGE_WORKLOAD, CHANGED_ADDED, row);
	}
	endpoint_tell_wants(w);
}

static uint32_t find_pod(const struct world *w, const struct meta *m)
{
	for (uint32_t i = w->cluster.pod_count; i-- > 0;)
		if (w->cluster.pod[i].exists && w->cluster.pod[i].name == m->name &&
		    w->cluster.pod[i].namespace == m->namespace)
			return i;
	return NONE;
}

static void apply_pod(struct world *w, const struct pod_object *p)
{
	struct pod_new n = {.spec = p->spec,
			    .labels = &p->meta.labels,
			    .name = p->meta.name,
			    .namespace = p->meta.namespace,
			    .workload = NONE,
			    .pinned_node = NONE,
			    .ordinal = -1};
	uint32_t pod = find_pod(w, &p->meta), node = NONE;

	if (pod != NONE) {
		w->cluster.pod[pod].ungated |= p->spec->gate_count == 0;
		for (uint32_t i = 0; i < p->meta.labels.count; i++)
			cluster_pod_label(&w->cluster, pod, p->meta.labels.item[i].key, p->meta.labels.item[i].value,
					  false);
		endpoint_relabel(w, pod);
		api_notify(w, CHANGE_POD, CHANGED_LABELS | CHANGED_SPEC, pod);
		return;
	}
	for (uint32_t i = 0; p->spec->node_name != 0 && i < w->cluster.node_count; i++)
		if (w->cluster.node[i].exists && w->cluster.node[i].object->meta.name == p->spec->node_name)
			node = i;
	pod = api_pod_given(w, &n, node);
	api_notify(w, CHANGE_POD, (uint16_t)(CHANGED_ADDED | (node != NONE ? CHANGED_BOUND : 0)), pod);
	endpoint_tell_wants(w);
}

static void apply_pdb(struct world *w, const struct applied *x)
{
	struct pdb *p = &w->cluster.pdb[x->row];

	p->exists = true;
	p->object = x->version;
	p->version++;
	api_notify(w, CHANGE_PDB, CHANGED_SPEC, x->row);
}

static void apply_one(struct world *w, const struct applied *x)
{
	switch ((enum object_kind)x->object) {
	case OBJECT_NODE:
		apply_node(w, x);
		break;
	case OBJECT_WORKLOAD:
		apply_workload(w, x->row, x->version);
		break;
	case OBJECT_POD:
		apply_pod(w, x->version);
		break;
	case OBJECT_SERVICE:
		if (!w->cluster.service[x->row].exists) {
			cluster_service_appear(&w->cluster, x->row);
			endpoint_service_appears(w, x->row);
		}
		break;
	case OBJECT_PDB:
		apply_pdb(w, x);
		break;
	}
}

void action_apply(struct world *w, uint32_t i)
{
	const struct action *a = &w->scenario->action[i];

	if (a->kind == ACTION_CREATE_JOB)
		apply_workload(w, a->target, &w->scenario->objects.workload[a->target]);
	for (uint32_t k = 0; k < a->applied_count; k++)
		apply_one(w, &a->applied[k]);
}
