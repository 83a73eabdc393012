/* descheduler_balance.c - strategies that compare nodes or domains: utilization, duplicates, topology spread
 * (kube-scheduler.md 7.6). */
#include <math.h>
#include <stdlib.h>

#include "models/sched_match.h"
#include "policies/parts/descheduler.h"
#include "policies/parts/fit.h"
#include "sim/order.h"

/* ---- utilization ---- */

/* A node's requests in percent of what it has; the rest in what can be counted. */
struct load_of {
	uint32_t node;
	double percent[USAGES_OF], capacity[USAGES_OF];
	bool under, over;
};

static double asked_by(const struct pod_spec *s, enum usage_of u)
{
	return u == USAGE_OF_CPU      ? (double)s->request.cpu_milli
	       : u == USAGE_OF_MEMORY ? (double)s->request.mem_bytes
				      : 1;
}

static struct load_of measure(const struct view *v, uint32_t i)
{
	const struct node_view *n = &v->nodes;
	const double used[] = {(double)n->cpu_used[i], (double)n->mem_used[i], n->pods_used[i]};
	struct load_of l = {.node = i,
			    .capacity = {(double)n->cpu_alloc[i], (double)n->mem_alloc[i], n->pods_alloc[i]}};

	for (int u = 0; u < USAGES_OF; u++)
		l.percent[u] = l.capacity[u] > 0 ? used[u] * 100 / l.capacity[u] : 0;
	return l;
}

/* The ready nodes; *count of them. */
static struct load_of *measure_all(struct descheduler *d, uint32_t *count)
{
	struct load_of *l = ARENA_NEW(d->scratch, d->view->nodes.count, struct load_of);

	*count = 0;
	for (uint32_t i = 0; i < d->view->nodes.count; i++)
		if (d->view->nodes.row[i].exists && d->view->nodes.row[i].ready == READY_TRUE)
			l[(*count)++] = measure(d->view, i);
	return l;
}

/* Limits in percent: as given, or that far below and above the mean; negative where none is given. */
static void limits(const struct strategy *s, const struct load_of *l, uint32_t n, double low[], double high[])
{
	for (int u = 0; u < USAGES_OF; u++) {
		double mean = 0;

		for (uint32_t i = 0; i < n; i++)
			mean += l[i].percent[u] / n;
		low[u] = s->threshold[u];
		high[u] = s->target[u];
		if (s->deviation && low[u] >= 0)
			low[u] = fmax(0, mean - low[u]);
		if (s->deviation && high[u] >= 0)
			high[u] = fmin(100, mean + high[u]);
	}
}

/* Underutilised: all resources below; overutilised: any above. Resources without a limit do not count. */
static uint32_t classify(const struct view *v, struct load_of *l, uint32_t n, const double low[], const double high[])
{
	uint32_t under = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool below = true, above = false;

		for (int u = 0; u < USAGES_OF; u++) {
			below &= low[u] < 0 || l[i].percent[u] < low[u];
			above |= high[u] >= 0 && l[i].percent[u] > high[u];
		}
		l[i].under = below && !v->nodes.row[l[i].node].unschedulable;
		l[i].over = above && !l[i].under;
		under += l[i].under;
	}
	return under;
}

static double sum_of(const struct load_of *l)
{
	return l->percent[USAGE_OF_CPU] + l->percent[USAGE_OF_MEMORY] + l->percent[USAGE_OF_PODS];
}

static int compare_loads(const void *left, const void *right)
{
	const struct load_of *a = left, *b = right;

	ORDER(sum_of(b), sum_of(a));
	ORDER(a->node, b->node);
	return 0;
}

struct candidate {
	int32_t priority;
	bool asks; /* Burstable or Guaranteed: limits are not known here; else BestEffort */
	uint32_t pod;
};

static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	ORDER(a->priority, b->priority);
	ORDER(a->asks, b->asks);
	ORDER(a->pod, b->pod);
	return 0;
}

static struct candidate *candidates(struct descheduler *d, uint32_t node, uint32_t *count)
{
	const struct view *v = d->view;
	struct candidate *list = ARENA_NEW(d->scratch, (size_t)v->nodes.pods_used[node] + 1, struct candidate);

	*count = 0;
	for (uint32_t i = v->nodes.row[node].first_pod; i != NONE; i = v->pod[i].next_on_node) {
		const struct pod_spec *s = v->pod[i].spec;

		if (pod_active(&v->pod[i]) && descheduler_may_evict(d, i))
			list[(*count)++] = (struct candidate){s->priority,
							      s->request.cpu_milli > 0 || s->request.mem_bytes > 0, i};
	}
	if (*count > 0)
		qsort(list, *count, sizeof(*list), compare_candidates);
	return list;
}

/* Evicts pods of a node until it is no longer over its limits (high; NULL: until it is empty) or the room is spent. */
static void unload(struct descheduler *d, struct load_of *l, const double *high, double room[])
{
	uint32_t count;
	const struct candidate *list = candidates(d, l->node, &count);

	for (uint32_t i = 0; i < count; i++) {
		bool go = high == NULL;

		for (int u = 0; u < USAGES_OF; u++) {
			go |= high != NULL && high[u] >= 0 && l->percent[u] > high[u];
			if (room[u] <= 0 && (high == NULL || high[u] >= 0))
				return;
		}
		if (!go)
			return;
		if (!descheduler_evict(d, list[i].pod))
			continue;
		for (int u = 0; u < USAGES_OF; u++) {
			double asked = asked_by(d->view->pod[list[i].pod].spec, (enum usage_of)u);

			room[u] -= asked;
			if (l->capacity[u] > 0)
				l->percent[u] -= asked * 100 / l->capacity[u];
		}
	}
}

void deschedule_low_utilization(struct descheduler *d)
{
	double low[USAGES_OF], high[USAGES_OF], room[USAGES_OF] = {0};
	uint32_t n, over = 0;
	struct load_of *l = measure_all(d, &n);

	limits(d->strategy, l, n, low, high);
	uint32_t under = classify(d->view, l, n, low, high);
	for (uint32_t i = 0; i < n; i++) {
		over += l[i].over;
		for (int u = 0; u < USAGES_OF && l[i].under; u++)
			room[u] += (fmax(high[u], 0) - l[i].percent[u]) * l[i].capacity[u] / 100;
	}
	if (under == 0 || over == 0 || under <= (uint32_t)d->strategy->nodes || under == n)
		return;
	qsort(l, n, sizeof(*l), compare_loads);
	for (uint32_t i = 0; i < n; i++)
		if (l[i].over)
			unload(d, &l[i], high, room);
}

/* Empties nodes that are little used, so that they can be removed, as far as the others have room. */
void deschedule_high_utilization(struct descheduler *d)
{
	double low[USAGES_OF], high[USAGES_OF], room[USAGES_OF] = {0};
	uint32_t n;
	struct load_of *l = measure_all(d, &n);

	limits(d->strategy, l, n, low, high);
	uint32_t under = classify(d->view, l, n, low, high);
	if (under == 0 || under <= (uint32_t)d->strategy->nodes || under == n)
		return;
	for (uint32_t i = 0; i < n; i++)
		for (int u = 0; u < USAGES_OF && !l[i].under; u++)
			room[u] += (100 - l[i].percent[u]) * l[i].capacity[u] / 100;
	qsort(l, n, sizeof(*l), compare_loads);
	for (uint32_t i = n; i-- > 0;)
		if (l[i].under)
			unload(d, &l[i], NULL, room);
}

/* ---- duplicates ---- */

/* Pods of one owner, and of one template of it, beyond an even share of the nodes they could run on. */
static void thin_out(struct descheduler *d, uint32_t workload, int64_t *on_node)
{
	const struct view *v = d->view;
	int64_t total = 0, targets = 0;
	uint32_t any = NONE;

	for (uint32_t i = v->workload[workload].first_pod; i != NONE; i = v->pod[i].next_of_workload)
		if (pod_active(&v->pod[i]) && v->pod[i].node != NONE) {
			total++;
			any = i;
		}
	for (uint32_t n = 0; n < v->nodes.count && any != NONE; n++) {
		targets += fit_is_allowed(v, &v->pod[any], n);
		on_node[n] = 0;
	}
	if (targets < 2)
		return;
	int64_t upper = (total + targets - 1) / targets;
	for (uint32_t i = v->workload[workload].first_pod; i != NONE; i = v->pod[i].next_of_workload)
		if (pod_active(&v->pod[i]) && v->pod[i].node != NONE && v->pod[i].spec == v->workload[workload].spec &&
		    ++on_node[v->pod[i].node] > upper)
			descheduler_evict(d, i);
}

void deschedule_duplicates(struct descheduler *d)
{
	int64_t *on_node = ARENA_NEW(d->scratch, d->view->nodes.count, int64_t);

	for (uint32_t i = 0; i < d->view->workload_count; i++)
		if (d->view->workload[i].exists && d->view->workload[i].kind != WORKLOAD_DAEMON_SET)
			thin_out(d, i, on_node);
}

/* ---- topology spread ---- */

struct domain {
	uint32_t value, pods;
};

static int compare_domains(const void *left, const void *right)
{
	const struct domain *a = left, *b = right;

	ORDER(a->pods, b->pods);
	ORDER(a->value, b->value);
	return 0;
}

/* The number of a node's domain, or NONE when the pods of the constraint may not be there. */
static uint32_t domain_of(const struct descheduler *d, const struct spread_constraint *k, const struct pod *pod,
			  uint32_t node, const struct domain *list, uint32_t count)
{
	const struct node *n = &d->view->nodes.row[node];
	bool present;
	uint32_t value = labels_get(&n->object->meta.labels, k->topology_key, &present), at = 0;

	if (!n->exists || !present || (k->honor_affinity && !sched_node_matches(d->view, pod, node)) ||
	    (k->honor_taints && sched_untolerated(pod->spec, n) != NULL))
		return NONE;
	while (at < count && list[at].value != value)
		at++;
	return at;
}

static uint32_t find_domains(const struct descheduler *d, const struct spread_constraint *k, const struct pod *pod,
			     struct domain *list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < d->view->nodes.count; i++) {
		uint32_t at = domain_of(d, k, pod, i, list, count);

		if (!d->view->nodes.row[i].exists || d->view->nodes.row[i].ready != READY_TRUE || at != count)
			continue;
		list[count++].value = labels_get(&d->view->nodes.row[i].object->meta.labels, k->topology_key, NULL);
	}
	return count;
}

static bool is_counted(const struct descheduler *d, const struct spread_constraint *k, const struct pod *like,
		       uint32_t i)
{
	const struct pod *p = &d->view->pod[i];

	return pod_active(p) && p->node != NONE && !d->evicted[i] && p->namespace == like->namespace &&
	       selector_matches(&k->selector, p->labels, d->view->names);
}

/* Evicts `count` pods of a domain, those that were made last first. */
static void shrink(struct descheduler *d, const struct spread_constraint *k, const struct pod *like, uint32_t value,
		   uint32_t count)
{
	for (uint32_t i = d->view->pod_count; i-- > 0 && count > 0;) {
		if (!is_counted(d, k, like, i))
			continue;
		const struct labels *l = &d->view->nodes.row[d->view->pod[i].node].object->meta.labels;
		bool present;
		if (labels_get(l, k->topology_key, &present) == value && present)
			count -= descheduler_evict(d, i);
	}
}

/* The least number of pods is moved from the fullest to the emptiest domains until they differ by at most maxSkew, no
 * domain crossing the mean (balanceDomains, recalled). */
static void balance(struct descheduler *d, const struct spread_constraint *k, const struct pod *like)
{
	struct domain *list = ARENA_NEW(d->scratch, d->view->nodes.count, struct domain);
	uint32_t count = find_domains(d, k, like, list), i = 0, j;
	double mean = 0;

	for (uint32_t p = 0; p < d->view->pod_count; p++) {
		uint32_t at =
			is_counted(d, k, like, p) ? domain_of(d, k, like, d->view->pod[p].node, list, count) : NONE;

		if (at >= count)
			continue;
		list[at].pods++;
		mean += 1.0 / count;
	}
	if (count < 2)
		return;
	qsort(list, count, sizeof(*list), compare_domains);
	for (j = count - 1; i < j;) {
		if (list[j].pods <= mean + 1e-9) {
			j--;
			continue;
		}
		double skew = (double)list[j].pods - list[i].pods;
		double above = ceil(list[j].pods - mean - 1e-9), below = ceil(mean - list[i].pods - 1e-9);
		double half = ceil((skew - k->max_skew) / 2), move = fmin(fmin(above, below), half);
		if (skew <= k->max_skew || move < 1) {
			i++;
			continue;
		}
		shrink(d, k, like, list[j].value, (uint32_t)move);
		list[j].pods -= (uint32_t)move;
		list[i].pods += (uint32_t)move;
	}
}

void deschedule_spread(struct descheduler *d)
{
	const struct view *v = d->view;

	for (uint32_t w = 0; w < v->workload_count; w++) {
		uint32_t any = v->workload[w].first_pod;

		if (any == NONE)
			continue;
		for (uint32_t i = 0; i < v->pod[any].spec->spread_count; i++) {
			const struct spread_constraint *k = &v->pod[any].spec->spread[i];

			if (k->hard || d->strategy->soft)
				balance(d, k, &v->pod[any]);
		}
	}
}
