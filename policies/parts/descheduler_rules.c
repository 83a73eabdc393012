/* descheduler_rules.c - strategies that look at one pod and its node: rules that no longer hold, age, restarts
 * (kube-scheduler.md 7.6). */
#include <stdlib.h>

#include "models/sched_match.h"
#include "policies/parts/descheduler.h"
#include "sim/order.h"

void deschedule_affinity(struct descheduler *d)
{
	for (uint32_t i = 0; i < d->view->pod_count; i++) {
		const struct pod *p = &d->view->pod[i];

		if (descheduler_may_evict(d, i) && !sched_node_matches(d->view, p, p->node) &&
		    descheduler_fits_elsewhere(d, i))
			descheduler_evict(d, i);
	}
}

/* NoSchedule taints; NoExecute ones are the taint eviction controller's. */
void deschedule_taints(struct descheduler *d)
{
	for (uint32_t i = 0; i < d->view->pod_count; i++) {
		if (!descheduler_may_evict(d, i))
			continue;
		const struct taint *t =
			sched_untolerated(d->view->pod[i].spec, &d->view->nodes.row[d->view->pod[i].node]);
		if (t != NULL && t->effect == EFFECT_NO_SCHEDULE)
			descheduler_evict(d, i);
	}
}

static bool in_namespaces(const struct pod_affinity_term *t, uint32_t own, uint32_t namespace)
{
	for (uint32_t i = 0; i < t->namespace_count; i++)
		if (t->namespaces[i] == namespace)
			return true;
	return t->namespace_count == 0 && own == namespace;
}

static bool same_domain(const struct view *v, uint32_t key, uint32_t a, uint32_t b)
{
	bool in_a, in_b;
	uint32_t x = labels_get(&v->nodes.row[a].object->meta.labels, key, &in_a);
	uint32_t y = labels_get(&v->nodes.row[b].object->meta.labels, key, &in_b);

	return in_a && in_b && x == y;
}

/* Whether another pod is where a term of this one forbids it. namespaceSelector is not looked at. */
static bool breaks_term(const struct descheduler *d, uint32_t pod, const struct pod_affinity_term *t)
{
	const struct view *v = d->view;
	const struct pod *p = &v->pod[pod];

	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *o = &v->pod[i];

		if (i != pod && pod_active(o) && !d->evicted[i] && o->node != NONE &&
		    in_namespaces(t, p->namespace, o->namespace) &&
		    selector_matches(&t->selector, o->labels, v->names) &&
		    same_domain(v, t->topology_key, p->node, o->node))
			return true;
	}
	return false;
}

struct by_priority {
	int32_t priority;
	uint32_t pod;
};

static int compare_priority(const void *left, const void *right)
{
	const struct by_priority *a = left, *b = right;

	ORDER(a->priority, b->priority);
	ORDER(a->pod, b->pod);
	return 0;
}

/* Lowest priority first, until no term is broken any more. */
void deschedule_anti_affinity(struct descheduler *d)
{
	const struct view *v = d->view;
	struct by_priority *list = ARENA_NEW(d->scratch, v->pod_count, struct by_priority);
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->pod_count; i++)
		if (pod_active(&v->pod[i]) && v->pod[i].node != NONE && v->pod[i].spec->anti_count > 0)
			list[n++] = (struct by_priority){v->pod[i].spec->priority, i};
	if (n > 0)
		qsort(list, n, sizeof(*list), compare_priority);
	for (uint32_t i = 0; i < n; i++) {
		const struct pod_spec *spec = v->pod[list[i].pod].spec;
		bool breaks = false;

		for (uint32_t t = 0; t < spec->anti_count && !breaks; t++)
			breaks = breaks_term(d, list[i].pod, &spec->anti[t]);
		if (breaks)
			descheduler_evict(d, list[i].pod);
	}
}

/* Pods of the initial state count from time 0: how old they are is not known. */
void deschedule_old(struct descheduler *d)
{
	for (uint32_t i = 0; i < d->view->pod_count; i++)
		if (d->call->now - d->view->pod[i].created > d->strategy->age)
			descheduler_evict(d, i);
}

void deschedule_restarted(struct descheduler *d)
{
	for (uint32_t i = 0; i < d->view->pod_count; i++)
		if (d->view->pod[i].restarts >= (uint32_t)d->strategy->restarts)
			descheduler_evict(d, i);
}

void deschedule_failed(struct descheduler *d)
{
	for (uint32_t i = 0; i < d->view->pod_count; i++)
		if (d->view->pod[i].phase == PHASE_FAILED && d->call->now - d->view->pod[i].created >= d->strategy->age)
			descheduler_evict(d, i);
}
