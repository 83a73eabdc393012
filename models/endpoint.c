/* endpoint.c - pods' addresses on their way from a Ready condition through EndpointSlices to the rules on every node.
 *
 * kube-proxies are modelled as one: all nodes see a slice at the same time and coalesce changes alike, minSyncPeriod 1
 * s with burst 2 (kubernetes-control-plane.md 3.9), so the first change is written at once and a stream of changes once
 * a second.
 */
#include "models/endpoint.h"

#include <string.h>

#include "models/api.h"

/* Changes of one (service, pod) that wait to be written. */
struct touched {
	uint32_t pod, bit;
	bool add;
};

struct pending {
	struct touched *item;
	uint32_t count, capacity;
};

struct endpoints {
	struct pending *slice; /* by service */
	struct pending proxy;  /* in slices, not yet in rules; bit indexes pod_truth.services */
	bool proxy_busy;
	uint32_t proxy_taken; /* what the run under way writes: the first so many of proxy */
	sim_time proxy_due;   /* token bucket of kube-proxy's runner, as a theoretical arrival time */
	int32_t *wants;       /* by service: last told */
	struct rng rng;
};

void endpoint_init(struct world *w)
{
	uint32_t n = w->scenario->objects.service_count;
	struct endpoints *e = ARENA_NEW(&w->run->arena, 1, struct endpoints);

	w->endpoints = e;
	e->slice = ARENA_NEW(&w->run->arena, n, struct pending);
	e->wants = ARENA_NEW(&w->run->arena, n, int32_t);
	e->rng = run_stream(w->run, STREAM_PROXY, 0);
}

/* An equality map: every pair present and equal. */
static bool service_selects(const struct service_object *s, uint32_t namespace, const struct labels *l)
{
	if (!s->has_selector || s->meta.namespace != namespace)
		return false;
	for (uint32_t i = 0; i < s->selector.count; i++) {
		bool present;

		if (labels_get(l, s->selector.item[i].key, &present) != s->selector.item[i].value || !present)
			return false;
	}
	return true;
}

static const struct service_list *find_services(struct world *w, uint32_t namespace, const struct labels *l)
{
	struct service_list *list = ARENA_NEW(&w->run->arena, 1, struct service_list);

	for (uint32_t i = 0; i < w->scenario->objects.service_count && list->count < 32; i++)
		if (w->cluster.service[i].exists && service_selects(w->cluster.service[i].object, namespace, l))
			list->service[list->count++] = i;
	return list;
}

void endpoint_select(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	const struct pod *p = &c->pod[pod];
	const struct service_list **kept = p->workload != NONE ? &c->workload_truth[p->workload].services : NULL;

	if (kept != NULL && *kept == NULL && p->labels == c->workload[p->workload].pod_labels)
		*kept = find_services(w, p->namespace, p->labels);
	if (kept != NULL && *kept != NULL && p->labels == c->workload[p->workload].pod_labels)
		c->pod_truth[pod].services = *kept;
	else
		c->pod_truth[pod].services = find_services(w, p->namespace, p->labels);
}

static void add_pending(struct world *w, struct pending *p, struct touched t)
{
	ARENA_RESERVE(&w->run->arena, p->item, p->capacity, p->count + 1, struct touched);
	p->item[p->count++] = t;
}

/* Whether pod is to be a ready address of a Service: Ready and not terminating (3.9). */
static bool wanted(const struct cluster *c, uint32_t pod, uint32_t service)
{
	const struct pod *p = &c->pod[pod];
	const struct service_object *s = c->service[service].object;
	bool finished = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;

	/* Only relabelled pods are in lists of Services that do not select them. */
	if (!c->service[service].exists ||
	    (c->pod_truth[pod].relabelled && !service_selects(s, p->namespace, p->labels)))
		return false;
	return p->exists && p->node != NONE && !p->deleting && !finished && (p->ready || s->publish_not_ready);
}

void endpoint_touch(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	const struct service_list *l = c->pod_truth[pod].services;

	for (uint32_t b = 0; b < l->count; b++) {
		uint32_t s = l->service[b];
		bool in = c->pod_truth[pod].slice_mask >> b & 1;

		if (in == wanted(c, pod, s))
			continue;
		add_pending(w, &w->endpoints->slice[s], (struct touched){.pod = pod, .bit = b});
		c->service[s].pending++;
		if (c->service[s].pending == 1)
			api_notify(w, CHANGE_SERVICE, CHANGED_STATUS, s);
	}
}

static void tell_address(struct world *w, enum fact_kind kind, uint32_t service, uint32_t pod)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.object = service;
	f.pod = pod;
	cluster_tell(&w->cluster, f);
}

/* Arms kube-proxy's next run unless one is on its way. */
static void proxy_arm(struct world *w)
{
	struct endpoints *e = w->endpoints;
	sim_time period = w->scenario->timers.proxy_min_sync_period, now = w->run->now, start = now;

	if (e->proxy_busy || e->proxy.count == 0)
		return;
	e->proxy_busy = true;
	e->proxy_taken = e->proxy.count;
	if (w->settling) {
		world_schedule(w, now, EVENT_PROXY_SYNC, 0, 0, 0);
		return;
	}
	if (e->proxy_due - period > now) /* burst 2: one period may be used ahead */
		start = e->proxy_due - period;
	e->proxy_due = (e->proxy_due > now ? e->proxy_due : now) + period;
	start = time_add(start, dist_draw(&w->scenario->latencies.watch, &e->rng));
	world_schedule(w, time_add(start, dist_draw(&w->scenario->latencies.proxy_write, &e->rng)), EVENT_PROXY_SYNC, 0,
		       0, 0);
}

void endpoint_write(struct world *w, uint32_t service)
{
	struct cluster *c = &w->cluster;
	struct pending *p = &w->endpoints->slice[service];

	for (uint32_t i = 0; i < p->count; i++) {
		struct touched t = p->item[i];
		uint32_t *mask = &c->pod_truth[t.pod].slice_mask;

		t.add = wanted(c, t.pod, service);
		if (t.add == (*mask >> t.bit & 1))
			continue;
		*mask ^= 1u << t.bit;
		c->service[service].endpoints += t.add ? 1 : UINT32_MAX;
		tell_address(w, t.add ? FACT_ENDPOINT_ADDED : FACT_ENDPOINT_REMOVED, service, t.pod);
		add_pending(w, &w->endpoints->proxy, t);
	}
	p->count = 0;
	c->service[service].pending = 0;
	proxy_arm(w);
}

/* kube-proxies have written what was in the slices when they began; later changes make the next run. */
void endpoint_on_proxy_sync(struct world *w, const struct event *e)
{
	struct cluster *c = &w->cluster;
	struct pending *p = &w->endpoints->proxy;
	uint32_t taken = w->endpoints->proxy_taken;

	(void)e;
	for (uint32_t i = 0; i < taken; i++) {
		struct touched t = p->item[i];
		uint32_t *mask = &c->pod_truth[t.pod].proxy_mask;

		if (t.add == (*mask >> t.bit & 1))
			continue;
		*mask ^= 1u << t.bit;
		tell_address(w, t.add ? FACT_PROXY_ADDED : FACT_PROXY_REMOVED,
			     c->pod_truth[t.pod].services->service[t.bit], t.pod);
	}
	memmove(p->item, p->item + taken, (p->count - taken) * sizeof(*p->item));
	p->count -= taken;
	w->endpoints->proxy_busy = false;
	proxy_arm(w);
}

/* Pods that service's workloads ask for: of replicated kinds their replicas, of others their present active pods. */
static int32_t wants_of(const struct world *w, uint32_t service)
{
	const struct cluster *c = &w->cluster;
	const struct service_object *s = &w->scenario->objects.service[service];
	int32_t sum = 0;

	for (uint32_t i = 0; i < c->workload_count; i++) {
		const struct workload *o = &c->workload[i];

		if (!o->exists || o->owner != NONE || !service_selects(s, o->namespace, o->pod_labels))
			continue;
		if (o->kind == WORKLOAD_DEPLOYMENT || o->kind == WORKLOAD_REPLICA_SET ||
		    o->kind == WORKLOAD_STATEFUL_SET) {
			sum += o->replicas;
			continue;
		}
		for (uint32_t p = o->first_pod; p != NONE; p = c->pod[p].next_of_workload)
			sum += pod_active(&c->pod[p]);
	}
	for (uint32_t i = 0; i < c->pod_count; i++)
		if (c->pod[i].workload == NONE && c->pod[i].exists &&
		    service_selects(s, c->pod[i].namespace, c->pod[i].labels))
			sum++;
	return sum;
}

void endpoint_tell_wants(struct world *w)
{
	for (uint32_t i = 0; i < w->scenario->objects.service_count; i++) {
		bool counts = w->cluster.service[i].exists && w->scenario->objects.service[i].has_selector;
		int32_t wants = counts ? wants_of(w, i) : 0;
		struct fact f = cluster_fact(&w->cluster, FACT_SERVICE_WANTS);

		if (wants == w->endpoints->wants[i])
			continue;
		w->endpoints->wants[i] = wants;
		f.object = i;
		f.a = wants;
		cluster_tell(&w->cluster, f);
	}
}

static bool has_service(const struct service_list *l, uint32_t service)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->service[i] == service)
			return true;
	return false;
}

/* A list of the pod's own: bits of those it had stay what they are. */
static void add_services(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod *p = &w->cluster.pod[pod];
	struct service_list *own = ARENA_NEW(&w->run->arena, 1, struct service_list);

	*own = *t->services;
	for (uint32_t i = 0; i < w->scenario->objects.service_count && own->count < 32; i++)
		if (w->cluster.service[i].exists && !has_service(own, i) &&
		    service_selects(w->cluster.service[i].object, p->namespace, p->labels))
			own->service[own->count++] = i;
	t->services = own;
}

void endpoint_relabel(struct world *w, uint32_t pod)
{
	w->cluster.pod_truth[pod].relabelled = true;
	add_services(w, pod);
	endpoint_touch(w, pod);
}

void endpoint_service_appears(struct world *w, uint32_t service)
{
	struct cluster *c = &w->cluster;

	/* Workloads ask again for the pods that they make from now on. */
	for (uint32_t i = 0; i < c->workload_count; i++)
		c->workload_truth[i].services = NULL;
	for (uint32_t i = 0; i < c->pod_count; i++) {
		if (!c->pod[i].exists ||
		    !service_selects(c->service[service].object, c->pod[i].namespace, c->pod[i].labels))
			continue;
		add_services(w, i);
		endpoint_touch(w, i);
	}
	endpoint_tell_wants(w);
}

/* Its slices go with it, owned as they are by the Service. */
void endpoint_service_goes(struct world *w, uint32_t service)
{
	const struct cluster *c = &w->cluster;

	for (uint32_t i = 0; i < c->pod_count; i++)
		if (c->pod_truth[i].slice_mask != 0 && has_service(c->pod_truth[i].services, service))
			endpoint_touch(w, i);
	endpoint_tell_wants(w);
}
