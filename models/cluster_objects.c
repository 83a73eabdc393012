/* cluster_objects.c - belief: workloads and Services that appear and go while the run goes on, and labels of pods. */
#include <string.h>

#include "models/cluster_build.h"
#include "models/decode.h"

void cluster_pod_label(struct cluster *c, uint32_t pod, uint32_t key, uint32_t value, bool remove)
{
	struct pod *p = &c->pod[pod];
	struct labels *own = ARENA_NEW(&c->run->arena, 1, struct labels);

	own->item = ARENA_NEW(&c->run->arena, p->labels->count + 1, struct label);
	for (uint32_t i = 0; i < p->labels->count; i++)
		if (!remove || p->labels->item[i].key != key)
			own->item[own->count++] = p->labels->item[i];
	if (!remove)
		labels_set(own, key, value);
	p->labels = own;
}

void cluster_workload_appear(struct cluster *c, uint32_t workload, const struct workload_object *object)
{
	struct workload *w = &c->workload[workload];

	w->exists = true;
	w->object = object;
	w->spec = w->current = object->spec;
	w->created = w->started = c->run->now;
	w->suspended = (object->kind == WORKLOAD_JOB ? object->job_suspend : object->cron_suspend) || object->paused;
	w->job_state = JOB_ACTIVE;
	w->scheduled = 0;
	w->pod_labels = &object->pod_labels;
	w->replicas = object->replicas;
	w->revision++; /* what an older life of that name made is of another template */
	cluster_tell_workload(c, workload);
}

/* Nobody owns the pods of the list any more. */
static void orphan_pods(struct cluster *c, uint32_t workload)
{
	for (uint32_t p = c->workload[workload].first_pod, next; p != NONE; p = next) {
		next = c->pod[p].next_of_workload;
		c->pod[p].workload = NONE;
		cluster_pod_moved(c, p);
		c->pod[p].next_of_workload = c->pod[p].prev_of_workload = NONE;
	}
	c->workload[workload].first_pod = NONE;
}

void cluster_workload_remove(struct cluster *c, uint32_t workload, bool orphan)
{
	struct workload *w = &c->workload[workload];
	struct fact f = cluster_fact(c, FACT_WORKLOAD_REMOVED);

	if (!w->exists)
		return;
	w->exists = false;
	f.object = workload;
	f.flag = orphan;
	/* A ReplicaSet that its Deployment has emptied and takes away is no news. */
	if (w->owner == NONE || w->kind != WORKLOAD_REPLICA_SET)
		cluster_tell(c, f);
	if (!orphan)
		return;
	for (uint32_t i = w->first_child; i != NONE; i = c->workload[i].next_sibling)
		c->workload[i].owner = NONE;
	w->first_child = NONE;
	orphan_pods(c, workload);
}

void cluster_service_appear(struct cluster *c, uint32_t service)
{
	const struct service_object *o = c->service[service].object;
	struct fact f = cluster_fact(c, FACT_SERVICE_ADDED);

	c->service[service].exists = true;
	f.object = service;
	f.a = o->meta.name;
	f.b = o->meta.namespace;
	if (o->has_selector)
		cluster_tell(c, f);
}
