/* kubelet_admit.c - admission at the kubelet (upstream pkg/kubelet/lifecycle/predicate.go, handlers.go;
 * eviction_manager.go: Admit; preemption/preemption.go). */
#include "models/kubelet_admit.h"

#include <stdlib.h>

#include "models/kubelet.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_steps.h"
#include "models/kubelet_shutdown.h"
#include "models/sched_match.h"

/* Resources that are looked at, in upstream's order. */
enum wanted { WANT_PODS, WANT_CPU, WANT_MEMORY, WANT_DISK, WANTED };

/* What is missing for a pod, and of what. */
struct lack {
	enum pod_reason why;
	int64_t requested, used, allocatable;
};

bool kubelet_critical(const struct world *w, uint32_t pod)
{
	return w->cluster.pod[pod].spec->is_static || w->cluster.pod[pod].spec->priority >= CRITICAL_PRIORITY;
}

static bool active(const struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	return t->admitted && t->stage != STAGE_STOPPED;
}

static int64_t wants(const struct pod_spec *s, enum wanted r)
{
	return r == WANT_PODS     ? 1
	       : r == WANT_CPU    ? s->request.cpu_milli
	       : r == WANT_MEMORY ? s->request.mem_bytes
				  : s->request.disk_bytes;
}

static int64_t allocatable(const struct world *w, uint32_t node, enum wanted r)
{
	const struct cluster *c = &w->cluster;

	return r == WANT_PODS     ? c->pods_alloc[node]
	       : r == WANT_CPU    ? c->cpu_alloc[node]
	       : r == WANT_MEMORY ? c->mem_alloc[node]
				  : c->disk_alloc[node];
}

/* How much of each resource is missing for pod beside what is admitted on its node. Returns whether anything is, and
 * the first of it in *l. */
static bool lacks(const struct world *w, uint32_t pod, int64_t missing[WANTED], struct lack *l)
{
	static const uint8_t reason[WANTED] = {POD_OUT_OF_PODS, POD_OUT_OF_CPU, POD_OUT_OF_MEMORY, POD_OUT_OF_DISK};
	uint32_t node = w->cluster.pod[pod].node;
	int64_t used[WANTED] = {0};
	bool any = false;

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		for (int r = 0; r < WANTED && p != pod && active(w, p); r++)
			used[r] += wants(w->cluster.pod[p].spec, (enum wanted)r);
	for (int r = 0; r < WANTED; r++) {
		int64_t asked = wants(w->cluster.pod[pod].spec, (enum wanted)r), has = allocatable(w, node, r);

		missing[r] = asked > 0 && used[r] + asked > has ? used[r] + asked - has : 0;
		if (missing[r] > 0 && !any)
			*l = (struct lack){(enum pod_reason)reason[r], asked, used[r], has};
		any |= missing[r] > 0;
	}
	return any;
}

/* ---- what a critical pod takes ---- */

/* One class of pods that may be taken, and which of them are. */
struct takes {
	uint32_t *pod;
	uint32_t count, taken; /* those taken come first */
};

static void subtract(const struct world *w, int64_t missing[WANTED], uint32_t pod)
{
	for (int r = 0; r < WANTED; r++)
		missing[r] -= missing[r] > 0 ? wants(w->cluster.pod[pod].spec, (enum wanted)r) : 0;
}

static bool satisfied(const int64_t missing[WANTED])
{
	for (int r = 0; r < WANTED; r++)
		if (missing[r] > 0)
			return false;
	return true;
}

/* How far what pod gives falls short: sum of squared shares. */
static double distance(const struct world *w, const int64_t missing[WANTED], uint32_t pod)
{
	double sum = 0;

	for (int r = 0; r < WANTED; r++) {
		double lack =
			missing[r] > 0 ? (double)(missing[r] - wants(w->cluster.pod[pod].spec, (enum wanted)r)) : 0;

		if (lack > 0)
			sum += lack / (double)missing[r] * (lack / (double)missing[r]);
	}
	return sum;
}

static bool asks_less(const struct world *w, uint32_t a, uint32_t b)
{
	const struct resources *x = &w->cluster.pod[a].spec->request, *y = &w->cluster.pod[b].spec->request;

	return x->mem_bytes != y->mem_bytes ? x->mem_bytes < y->mem_bytes : x->cpu_milli < y->cpu_milli;
}

/* Takes the pod nearest to what is missing until nothing is. */
static void take_nearest(const struct world *w, struct takes *t, int64_t missing[WANTED])
{
	t->taken = 0;
	while (!satisfied(missing) && t->taken < t->count) {
		uint32_t best = t->taken, pod;

		for (uint32_t i = best + 1; i < t->count; i++) {
			double a = distance(w, missing, t->pod[i]), b = distance(w, missing, t->pod[best]);

			if (a < b || (a == b && asks_less(w, t->pod[i], t->pod[best])))
				best = i;
		}
		pod = t->pod[best];
		t->pod[best] = t->pod[t->taken];
		t->pod[t->taken++] = pod;
		subtract(w, missing, pod);
	}
}

/* Preemptable (pkg/kubelet/types/pod_update.go): critical ones take others, and higher priorities lower ones. */
static bool preemptable(const struct world *w, uint32_t by, uint32_t pod)
{
	if (kubelet_critical(w, by) && !kubelet_critical(w, pod))
		return true;
	return w->cluster.pod[by].spec->priority > w->cluster.pod[pod].spec->priority;
}

/* What is still missing when all pods of `rest` classes have gone, taken ones or all of them. */
static void remaining(const struct world *w, const int64_t missing[WANTED], const struct takes *a, bool all_a,
		      const struct takes *b, bool all_b, int64_t out[WANTED])
{
	for (int r = 0; r < WANTED; r++)
		out[r] = missing[r];
	for (uint32_t i = 0; i < (all_a ? a->count : a->taken); i++)
		subtract(w, out, a->pod[i]);
	for (uint32_t i = 0; i < (all_b ? b->count : b->taken); i++)
		subtract(w, out, b->pod[i]);
}

/* Kills what a critical pod needs: Guaranteed pods only where the others do not suffice, then Burstable ones likewise.
 * False when even all of them do not. */
static bool preempt(struct world *w, uint32_t pod, const int64_t missing[WANTED])
{
	struct takes class[QOS_GUARANTEED + 1] = {{0}};
	struct takes *best_effort = &class[QOS_BEST_EFFORT], *burstable = &class[QOS_BURSTABLE],
		     *guaranteed = &class[QOS_GUARANTEED];
	uint32_t node = w->cluster.pod[pod].node;
	int64_t left[WANTED];

	uint32_t bound = 0;

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		bound++;
	for (int q = 0; q <= QOS_GUARANTEED; q++)
		class[q].pod = ARENA_NEW(&w->run->arena, bound, uint32_t);
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		struct takes *t = &class[w->cluster.pod[p].spec->qos];

		if (p != pod && active(w, p) && w->cluster.pod_truth[p].stage < STAGE_STOPPING && t->pod != NULL &&
		    preemptable(w, pod, p))
			t->pod[t->count++] = p;
	}
	remaining(w, missing, best_effort, true, burstable, true, left);
	take_nearest(w, guaranteed, left);
	if (!satisfied(left))
		return false;
	remaining(w, missing, best_effort, true, guaranteed, false, left);
	take_nearest(w, burstable, left);
	remaining(w, missing, burstable, false, guaranteed, false, left);
	take_nearest(w, best_effort, left);
	for (int q = 0; q <= QOS_GUARANTEED; q++)
		for (uint32_t i = 0; i < class[q].taken; i++)
			life_kill(w, class[q].pod[i], POD_PREEMPTING, w->cluster.pod[class[q].pod[i]].spec->grace,
				  false);
	return true;
}

/* ---- the checks ---- */

/* Whether two containers want the same port of the host. */
static bool port_taken(const struct container *a, const struct container *b, uint32_t any_ip)
{
	for (uint32_t i = 0; i < a->port_count; i++)
		for (uint32_t k = 0; k < b->port_count; k++)
			if (sched_port_taken(&a->port[i], &b->port[k], any_ip))
				return true;
	return false;
}

static bool share_port(const struct pod_spec *a, const struct pod_spec *b, uint32_t any_ip)
{
	for (uint32_t i = 0; i < spec_containers(a); i++)
		for (uint32_t k = 0; spec_container(a, i)->port_count > 0 && k < spec_containers(b); k++)
			if (port_taken(spec_container(a, i), spec_container(b, k), any_ip))
				return true;
	return false;
}

static bool ports_conflict(const struct world *w, uint32_t pod)
{
	uint32_t node = w->cluster.pod[pod].node, any_ip = names_find(&w->run->names, "0.0.0.0");

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		if (p != pod && active(w, p) && share_port(w->cluster.pod[pod].spec, w->cluster.pod[p].spec, any_ip))
			return true;
	return false;
}

static bool tolerates_no_execute(const struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	const struct node *n = &w->cluster.node[w->cluster.pod[pod].node];

	for (uint32_t i = 0; i < n->taint_count && !s->is_static; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE && !sched_tolerated(s, &n->taint[i]))
			return false;
	return true;
}

/* What keeps pod away besides resources: of several the first in upstream's order. */
static enum pod_reason unfit(const struct world *w, uint32_t pod)
{
	if (!sched_node_matches(&w->cluster.view, &w->cluster.pod[pod], w->cluster.pod[pod].node))
		return POD_NODE_AFFINITY;
	if (ports_conflict(w, pod))
		return POD_NODE_PORTS;
	return tolerates_no_execute(w, pod) ? POD_REASON_NONE : POD_TAINT_TOLERATION;
}

/* Eviction manager, then the predicates, then the shutdown manager (the order of the kubelet's admit handlers). Of the
 * predicates resources come first, but for critical pods, which take them. */
static enum pod_reason refusal(struct world *w, uint32_t pod, struct lack *l)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool critical = kubelet_critical(w, pod), lacking;
	int64_t missing[WANTED];
	enum pod_reason other;

	if (!pressure_admits(w, pod))
		return POD_EVICTED;
	lacking = lacks(w, pod, missing, l);
	if (lacking && !critical)
		return l->why;
	other = unfit(w, pod);
	if (other != POD_REASON_NONE)
		return other;
	if (shutdown_goes_on(w, w->cluster.pod[pod].node))
		return POD_NODE_SHUTDOWN;
	if (lacking && !t->waits_for_room && !preempt(w, pod, missing))
		return POD_UNEXPECTED_ADMISSION;
	t->waits_for_room = lacking;
	return POD_REASON_NONE;
}

bool kubelet_admit(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct fact f = pod_fact(w, FACT_POD_REJECTED, pod);
	struct lack l = {0};
	enum pod_reason why = w->settling || t->admitted ? POD_REASON_NONE : refusal(w, pod, &l);

	if (why == POD_REASON_NONE && t->waits_for_room)
		return false;
	t->waits_for_room = false;
	t->admitted = true;
	if (why == POD_REASON_NONE)
		return true;
	f.flag = (uint16_t)why;
	f.a = l.requested;
	f.b = l.used;
	f.c = l.allocatable;
	cluster_tell(&w->cluster, f);
	life_kill(w, pod, why, w->cluster.pod[pod].spec->grace, false);
	return false;
}

void kubelet_room(struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod, next; p != NONE; p = next) {
		next = w->cluster.pod[p].next_on_node;
		if (w->cluster.pod_truth[p].waits_for_room)
			kubelet_look(w, p);
	}
}

struct started {
	sim_time created;
	uint32_t pod;
};

/* Scratch, used again and again. */
struct admissions {
	struct started *list;
	uint32_t count, capacity;
};

static int by_creation(const void *a, const void *b)
{
	const struct started *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return (x->pod > y->pod) - (x->pod < y->pod);
}

void kubelet_admit_all(struct world *w, uint32_t node)
{
	struct admissions *all;

	if (w->admissions == NULL)
		w->admissions = ARENA_NEW(&w->run->arena, 1, struct admissions);
	all = w->admissions;
	all->count = 0;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		bool looked_at = w->cluster.pod[p].phase <= PHASE_RUNNING &&
				 w->cluster.pod_truth[p].stage != STAGE_STOPPED && !w->cluster.pod[p].deleting;

		if (!looked_at)
			continue;
		w->cluster.pod_truth[p].admitted = w->cluster.pod_truth[p].waits_for_room = false;
		ARENA_RESERVE(&w->run->arena, all->list, all->capacity, all->count + 1, struct started);
		all->list[all->count++] = (struct started){w->cluster.pod[p].created, p};
	}
	if (all->count > 1)
		qsort(all->list, all->count, sizeof(*all->list), by_creation);
	for (uint32_t i = 0; i < all->count; i++)
		kubelet_admit(w, all->list[i].pod);
}
