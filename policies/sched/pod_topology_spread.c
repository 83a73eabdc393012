/* pod_topology_spread.c - spreads pods over zones, hosts and other domains; kube-scheduler.md 3.9. */
#include "models/sched_match.h"

#include <math.h>
#include <string.h>

/* minDomains counts since 1.27 (recalled: beta and on), matchLabelKeys too (0.2). */
#define MIN_DOMAINS_SINCE 27
#define MATCH_KEYS_SINCE 27

struct item {
	const struct spread_constraint *c;
	const struct sched_topology *topology;
	int64_t *count; /* by domain; by node for hosts in scores */
	int64_t least;  /* the global minimum, for the filter */
	double weight;
	bool by_node, self, empty;
	bool anywhere; /* no node is left out for the pod's affinity or for its taints */
};

/* The constraints of one attempt; buffers are kept. */
struct spread {
	struct item *item;
	uint32_t count, capacity;
	uint32_t *service, services, service_capacity; /* whose selectors default constraints use */
	const struct selector *owner;
	uint32_t owner_row;
	bool owned_only; /* only pods of owner_row count: its ReplicaSet's hash label */
	bool defaults, require_all;
	bool *ignored; /* by node */
	struct spread_constraint system[2];
};

static struct spread *kept(struct sched_call *c)
{
	if (c->kept == NULL) {
		struct spread *s = c->kept = ARENA_NEW(c->shared->arena, 1, struct spread);

		s->ignored = ARENA_NEW(c->shared->arena, c->view->nodes.count, bool);
		/* Upstream's system defaults. */
		s->system[0] =
			(struct spread_constraint){.max_skew = 3,
						   .topology_key = names_find(c->view->names, "kubernetes.io/hostname"),
						   .honor_affinity = true};
		s->system[1] = (struct spread_constraint){
			.max_skew = 5,
			.topology_key = names_find(c->view->names, "topology.kubernetes.io/zone"),
			.honor_affinity = true};
	}
	return c->kept;
}

/* ---- selectors ---- */

static bool has_all(const struct labels *l, const struct labels *wanted)
{
	for (uint32_t i = 0; i < wanted->count; i++) {
		bool present;

		if (labels_get(l, wanted->item[i].key, &present) != wanted->item[i].value || !present)
			return false;
	}
	return true;
}

/* What selects the pod: its Services, and the ReplicaSet or StatefulSet that controls it. False when nothing does. */
static bool find_defaults(struct sched_call *c, struct spread *s)
{
	const struct view *v = c->view;
	const struct pod *pod = c->pod;

	s->services = 0;
	s->owner = NULL;
	s->owned_only = false;
	for (uint32_t i = 0; i < v->service_count; i++) {
		const struct service_object *o = v->service[i].object;

		if (v->service[i].exists && o->has_selector && o->meta.namespace == pod->namespace &&
		    has_all(pod->labels, &o->selector)) {
			ARENA_RESERVE(c->shared->arena, s->service, s->service_capacity, s->services + 1, uint32_t);
			s->service[s->services++] = i;
		}
	}
	if (pod->workload != NONE) {
		const struct workload *w = &v->workload[pod->workload];

		if (w->kind == WORKLOAD_REPLICA_SET || w->kind == WORKLOAD_STATEFUL_SET) {
			s->owner = &w->object->selector;
			s->owner_row = pod->workload;
			/* A ReplicaSet that a Deployment made selects by pod-template-hash too: just its own pods. */
			s->owned_only = w->owner != NONE;
		}
	}
	return s->services > 0 || s->owned_only || (s->owner != NULL && s->owner->count > 0);
}

static bool default_matches(const struct sched_call *c, const struct spread *s, const struct pod *p)
{
	if (s->owned_only && p->workload != s->owner_row)
		return false;
	for (uint32_t i = 0; i < s->services; i++)
		if (!has_all(p->labels, &c->view->service[s->service[i]].object->selector))
			return false;
	return s->owner == NULL || selector_matches(s->owner, p->labels, c->view->names);
}

static bool selects(const struct sched_call *c, const struct spread *s, const struct item *it, const struct pod *p)
{
	if (s->defaults)
		return default_matches(c, s, p);
	if (!selector_matches(&it->c->selector, p->labels, c->view->names))
		return false;
	for (uint32_t i = 0; c->kubernetes >= MATCH_KEYS_SINCE && i < it->c->match_key_count; i++) {
		bool wanted, present;
		uint32_t value = labels_get(c->pod->labels, it->c->match_key[i], &wanted);

		if (wanted && (labels_get(p->labels, it->c->match_key[i], &present) != value || !present))
			return false;
	}
	return true;
}

/* A selector without requirements counts no pod, although it selects all. */
static bool is_empty(const struct sched_call *c, const struct spread *s, const struct spread_constraint *k)
{
	if (s->defaults)
		return false;
	for (uint32_t i = 0; c->kubernetes >= MATCH_KEYS_SINCE && i < k->match_key_count; i++) {
		bool present;

		labels_get(c->pod->labels, k->match_key[i], &present);
		if (present)
			return false;
	}
	return k->selector.count == 0;
}

/* ---- constraints ---- */

static void add_items(struct sched_call *c, struct spread *s, const struct spread_constraint *list, uint32_t count,
		      bool hard)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i].hard != hard)
			continue;
		ARENA_RESERVE(c->shared->arena, s->item, s->capacity, s->count + 1, struct item);
		struct item *it = &s->item[s->count];

		*it = (struct item){.c = &list[i],
				    .topology = sched_topology(c, list[i].topology_key),
				    .count = sched_numbers(c, s->count)};
		it->anywhere = !c->pod->spec->has_required_affinity && c->pod->spec->node_selector.count == 0 &&
			       c->pod->pinned_node == NONE && !list[i].honor_taints;
		it->empty = is_empty(c, s, &list[i]);
		it->self = selects(c, s, it, c->pod);
		it->by_node = !hard &&
			      strcmp(names_text(c->view->names, list[i].topology_key), "kubernetes.io/hostname") == 0;
		s->count++;
	}
}

/* The pod's constraints of one kind; false when there are none. */
static bool collect(struct sched_call *c, struct spread *s, bool hard)
{
	const struct pod_spec *spec = c->pod->spec;
	const struct sched_config *config = c->config;

	s->count = 0;
	s->defaults = spec->spread_count == 0;
	s->require_all = !s->defaults || config->spread_list;
	if (!s->defaults)
		add_items(c, s, spec->spread, spec->spread_count, hard);
	else if ((!hard || config->spread_count > 0) && find_defaults(c, s))
		add_items(c, s, config->spread_list ? config->spread : s->system,
			  config->spread_list ? config->spread_count : 2, hard);
	return s->count > 0;
}

static bool has_keys(const struct spread *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->item[i].topology->domain[node] == NONE)
			return false;
	return true;
}

/* Whether the node counts for the constraint, apart from its keys. */
static bool is_included(const struct sched_call *c, const struct spread_constraint *k, uint32_t node)
{
	/* Node inclusion policies are on since 1.26 (0.2): before, affinity was honoured and taints were not. */
	bool policies = c->kubernetes >= 26;

	if ((k->honor_affinity || !policies) && !sched_node_matches(c->view, c->pod, node))
		return false;
	return !k->honor_taints || !policies || sched_untolerated(c->pod->spec, &c->view->nodes.row[node]) == NULL;
}

static bool included(const struct sched_call *c, const struct item *it, uint32_t node)
{
	return it->anywhere || is_included(c, it->c, node);
}

/* n pods on node, if it is on a node that counts: those with all keys (unless all_keys is false) that are included. */
static void count_pods(const struct sched_call *c, const struct spread *s, struct item *it, uint32_t node, int64_t n,
		       bool all_keys)
{
	uint32_t domain = it->topology->domain[node];

	if (it->by_node)
		it->count[node] += n;
	else if (domain != NONE && (!all_keys || has_keys(s, node)) && included(c, it, node))
		it->count[domain] += n;
}

static void count_group(struct sched_call *c, struct spread *s, struct item *it, struct sched_group *g, bool all_keys)
{
	uint32_t *link = &g->first, node, row;

	for (node = 0; g->on_node != NULL && node < c->view->nodes.count; node++)
		if (g->on_node[node] > 0)
			count_pods(c, s, it, node, g->on_node[node], all_keys);
	while (g->on_node == NULL && (row = sched_group_step(c, &link, &node)) != NONE)
		if (!c->view->pod[row].deleting)
			count_pods(c, s, it, node, 1, all_keys);
}

static bool group_matters(const struct sched_call *c, const struct spread *s, const struct item *it,
			  const struct sched_group *g)
{
	const struct pod like = {.labels = g->labels, .workload = g->workload};

	return g->namespace == c->pod->namespace && selects(c, s, it, &like);
}

/* Pods of all templates that the constraint selects; where only those of one workload count, the others are not asked.
 */
static void count_groups(struct sched_call *c, struct spread *s, struct item *it, bool all_keys)
{
	struct sched_groups *all = &c->shared->groups;
	const bool owned = s->defaults && s->owned_only;

	for (uint32_t i = 0; !owned && i < all->count; i++)
		if (group_matters(c, s, it, &all->item[i]))
			count_group(c, s, it, &all->item[i], all_keys);
	if (!owned || s->owner_row >= all->of_workload_capacity)
		return;
	for (uint32_t i = all->of_workload[s->owner_row]; i != 0; i = all->item[i - 1].next_of_workload)
		if (group_matters(c, s, it, &all->item[i - 1]))
			count_group(c, s, it, &all->item[i - 1], all_keys);
}

/* Matching pods, bound and assumed ones, into it->count. */
static void count_matching(struct sched_call *c, struct spread *s, struct item *it, bool all_keys)
{
	const struct sched_shared *sh = c->shared;

	sched_groups_catch_up(c);
	if (!it->empty)
		count_groups(c, s, it, all_keys);
	/* What preemption takes away on trial without asking; others are simply not met above. */
	for (uint32_t i = 0; i < sh->gone_count; i++) {
		const struct pod *p = &c->view->pod[sh->gone[i]];

		if ((it->empty || p->deleting) && p->namespace == c->pod->namespace && selects(c, s, it, p))
			count_pods(c, s, it, sh->gone_node, -1, all_keys);
	}
	/* And what nominated pods add on trial. */
	for (uint32_t i = 0; i < sh->come_count; i++) {
		const struct pod *p = &c->view->pod[sh->come[i]];

		if ((it->empty || p->deleting) && p->namespace == c->pod->namespace && selects(c, s, it, p))
			count_pods(c, s, it, sh->come_node, 1, all_keys);
	}
}

/* ---- filter ---- */

/* NONE marks a domain that no eligible node has: it takes no part in the minimum. */
static void find_least(struct item *it, const bool seen[], int kubernetes)
{
	uint32_t domains = 0;

	it->least = INT32_MAX;
	for (uint32_t i = 0; i < it->topology->domains; i++) {
		if (!seen[i])
			continue;
		domains++;
		it->least = it->count[i] < it->least ? it->count[i] : it->least;
	}
	if (domains < (uint32_t)(it->c->min_domains > 0 && kubernetes >= MIN_DOMAINS_SINCE ? it->c->min_domains : 1))
		it->least = 0;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	if (c->pod->spec->spread_count == 0 && c->config->spread_count == 0)
		return PRE_SKIP;
	struct spread *s = kept(c);

	if (!collect(c, s, true))
		return PRE_SKIP;
	for (uint32_t i = 0; i < s->count; i++) {
		struct item *it = &s->item[i];
		bool *seen = s->ignored;

		memset(seen, 0, c->view->nodes.count * sizeof(*seen));
		for (uint32_t n = 0; n < c->view->nodes.count; n++) {
			if (!c->view->nodes.row[n].exists || !has_keys(s, n) || !included(c, it, n))
				continue;
			seen[it->topology->domain[n]] = true;
		}
		count_matching(c, s, it, true);
		find_least(it, seen, c->kubernetes);
	}
	return PRE_FILTER;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct spread *s = c->kept;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct item *it = &s->item[i];
		uint32_t domain = it->topology->domain[node];

		if (domain == NONE)
			return SCHED_UNRESOLVABLE;
		if (it->count[domain] + it->self - it->least > it->c->max_skew)
			return SCHED_UNSCHEDULABLE;
	}
	return SCHED_OK;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	bool lacks = filter(c, node) == SCHED_UNRESOLVABLE;

	strcpy(text[0], "node(s) didn't match pod topology spread constraints");
	if (lacks)
		strcat(text[0], " (missing required label)");
	return 1;
}

/* ---- score ---- */

/* Over the feasible nodes that take part: how many there are, and distinct values of each key; then the weights. */
static void weigh(struct sched_call *c, struct spread *s)
{
	uint32_t taking = 0;

	for (uint32_t k = 0; k < c->count; k++) {
		s->ignored[c->node[k]] = s->require_all && !has_keys(s, c->node[k]);
		taking += !s->ignored[c->node[k]];
	}
	for (uint32_t i = 0; i < s->count; i++) {
		struct item *it = &s->item[i];
		uint32_t size = 0;
		bool unlabelled = false;

		for (uint32_t k = 0; !it->by_node && k < c->count; k++) {
			uint32_t domain = it->topology->domain[c->node[k]];

			if (s->ignored[c->node[k]])
				continue;
			if (domain == NONE) {
				/* Without its own constraints the empty value counts as one. */
				size += !unlabelled;
				unlabelled = true;
			} else if (it->count[domain] == 0) {
				it->count[domain] = 1;
				size++;
			}
		}
		it->weight = log((double)(it->by_node ? taking : size) + 2);
	}
}

static bool pre_score(struct sched_call *c)
{
	struct spread *s = kept(c);

	if (!collect(c, s, false))
		return false;
	weigh(c, s);
	for (uint32_t i = 0; i < s->count; i++) {
		memset(s->item[i].count, 0, c->view->nodes.count * sizeof(int64_t));
		count_matching(c, s, &s->item[i], s->require_all);
	}
	return true;
}

static void score(struct sched_call *c, int64_t raw[])
{
	const struct spread *s = c->kept;

	for (uint32_t k = 0; k < c->count; k++) {
		uint32_t node = c->node[k];
		double sum = 0;

		for (uint32_t i = 0; !s->ignored[node] && i < s->count; i++) {
			const struct item *it = &s->item[i];
			uint32_t domain = it->topology->domain[node];

			if (domain == NONE)
				continue;
			sum += (double)it->count[it->by_node ? node : domain] * it->weight +
			       (double)(it->c->max_skew - 1);
		}
		/* Rounded since some version after 1.20 (table 0.1). */
		raw[k] = (int64_t)(c->kubernetes <= 20 ? sum : round(sum));
	}
}

static void normalize(struct sched_call *c, int64_t raw[])
{
	const struct spread *s = c->kept;
	int64_t least = INT64_MAX, most = 0;

	for (uint32_t k = 0; k < c->count; k++) {
		if (s->ignored[c->node[k]])
			continue;
		least = raw[k] < least ? raw[k] : least;
		most = raw[k] > most ? raw[k] : most;
	}
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = s->ignored[c->node[k]] ? 0
			 : most == 0            ? SCORE_MAX
						: SCORE_MAX * (most + least - raw[k]) / most;
}

/* ---- hints: kube-scheduler.md 2.6 ---- */

static bool any_selects(struct sched_call *c, const struct spread *s, const struct pod *p)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (selects(c, s, &s->item[i], p))
			return true;
	return false;
}

static bool pod_hint(struct sched_call *c, const struct spread *s, const struct sched_event *e)
{
	const struct pod *p = &c->view->pod[e->pod];
	struct pod was = *p;

	if (p->namespace != c->pod->namespace)
		return false;
	if (e->kind != SCHED_POD_LABEL)
		return any_selects(c, s, p);
	was.labels = e->was_labels;
	return any_selects(c, s, p) != any_selects(c, s, &was);
}

/* A node with all keys comes, goes, or changes its taints; or its labels change a domain that counts. */
static bool node_hint(struct sched_call *c, const struct spread *s, const struct sched_event *e)
{
	bool had = true, changed = false;

	if (e->kind != SCHED_NODE_LABEL)
		return has_keys(s, e->node);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct labels *now = &c->view->nodes.row[e->node].object->meta.labels;
		uint32_t key = s->item[i].c->topology_key;
		bool was;
		uint32_t value = labels_get(e->was_labels, key, &was);

		had &= was;
		changed |= value != labels_get(now, key, NULL);
	}
	return had != has_keys(s, e->node) || (had && changed);
}

static bool hint(struct sched_call *c, const struct sched_event *e)
{
	struct spread *s = kept(c);

	if (!collect(c, s, true))
		return false;
	return e->kind & (SCHED_POD_ADD | SCHED_POD_DELETE | SCHED_POD_LABEL) ? pod_hint(c, s, e) : node_hint(c, s, e);
}

#define EVENTS                                                                                                         \
	(SCHED_NODE_ADD | SCHED_NODE_DELETE | SCHED_NODE_TAINT | SCHED_NODE_LABEL | SCHED_POD_ADD | SCHED_POD_DELETE | \
	 SCHED_POD_LABEL)

const struct sched_plugin sched_pod_topology_spread = {
	.info = {"PodTopologySpread", "Spreads the pods of a group evenly over zones, hosts or other domains."},
	.events = EVENTS,
	.hinted = EVENTS,
	.hint = hint,
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.pre_score = pre_score,
	.score = score,
	.normalize = normalize,
};
