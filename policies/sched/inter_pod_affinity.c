/* inter_pod_affinity.c - keeps pods together or apart by the labels of other pods; kube-scheduler.md 3.10. */
#include "models/sched_match.h"

#include <string.h>

/* Counts, or weights, of one topology key by domain. */
struct tally {
	const struct sched_topology *topology;
	int64_t *count;
};
struct tallies {
	struct tally *item;
	uint32_t count, capacity;
};
/* Buffers that are kept from attempt to attempt. */
struct affinity {
	struct tallies existing, own, anti, score;
	uint32_t numbers;    /* arrays of sched_numbers() in use */
	bool together_empty; /* no pod anywhere meets the pod's required affinity */
	bool any;            /* something was added to score */
};

static struct affinity *kept(struct sched_call *c)
{
	if (c->kept == NULL)
		c->kept = ARENA_NEW(c->shared->arena, 1, struct affinity);
	return c->kept;
}

static struct tally *add_tally(struct sched_call *c, struct tallies *t, uint32_t key)
{
	ARENA_RESERVE(c->shared->arena, t->item, t->capacity, t->count + 1, struct tally);
	t->item[t->count] = (struct tally){sched_topology(c, key), sched_numbers(c, kept(c)->numbers++)};
	return &t->item[t->count++];
}

static struct tally *tally_of(struct sched_call *c, struct tallies *t, uint32_t key)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->item[i].topology->key == key)
			return &t->item[i];
	return add_tally(c, t, key);
}

/* Adds to the node's domain; false when the node lacks the key. */
static bool add(struct tally *t, uint32_t node, int64_t n)
{
	uint32_t domain = t->topology->domain[node];

	if (domain != NONE)
		t->count[domain] += n;
	return domain != NONE;
}

/* ---- terms ---- */

static bool in_namespaces(const struct pod_affinity_term *t, uint32_t namespace)
{
	for (uint32_t i = 0; i < t->namespace_count; i++)
		if (t->namespaces[i] == namespace)
			return true;
	return false;
}

/* known: only Namespaces that were given have labels; others have none, and are not found where they are looked up. */
static bool namespace_matches(const struct sched_call *c, const struct selector *s, uint32_t namespace, bool known)
{
	const struct objects *o = &c->view->scenario->objects;
	const struct labels none = {0};

	for (uint32_t i = 0; i < o->namespace_count; i++)
		if (o->namespace[i].name == namespace)
			return selector_matches(s, &o->namespace[i].labels, c->view->names);
	return !known && selector_matches(s, &none, c->view->names);
}

/*
 * Whether the incoming pod's term selects p. Its namespace selector is resolved to names first. Quirk upstream-141526
 * of 1.34 and later: the selector itself is kept and asked about no labels, so NotIn and DoesNotExist match every
 * namespace.
 */
static bool own_term_selects(const struct sched_call *c, const struct pod_affinity_term *t, const struct pod *p)
{
	const struct labels none = {0};
	bool here;

	if (t->namespace_count == 0 && !t->namespace_selector.present)
		here = p->namespace == c->pod->namespace;
	else
		here = in_namespaces(t, p->namespace) ||
		       (t->namespace_selector.present &&
			(t->namespace_selector.count == 0 ||
			 namespace_matches(c, &t->namespace_selector, p->namespace, true) ||
			 (c->kubernetes >= 34 && selector_matches(&t->namespace_selector, &none, c->view->names))));
	return here && selector_matches(&t->selector, p->labels, c->view->names);
}

/* Whether a term of the pod `owner` selects the incoming pod. */
static bool term_selects(const struct sched_call *c, const struct pod_affinity_term *t, const struct pod *owner)
{
	bool here;

	if (t->namespace_count == 0 && !t->namespace_selector.present)
		here = owner->namespace == c->pod->namespace;
	else
		here = in_namespaces(t, c->pod->namespace) ||
		       (t->namespace_selector.present &&
			namespace_matches(c, &t->namespace_selector, c->pod->namespace, false));
	return here && selector_matches(&t->selector, c->pod->labels, c->view->names);
}

static bool all_select(const struct sched_call *c, const struct pod *p)
{
	const struct pod_spec *spec = c->pod->spec;

	for (uint32_t i = 0; i < spec->affinity_count; i++)
		if (!own_term_selects(c, &spec->affinity[i], p))
			return false;
	return spec->affinity_count > 0;
}

/* ---- filter ---- */

/* The pod of a group that its terms and labels are asked for. */
static struct pod like(const struct sched_group *g)
{
	return (struct pod){.labels = g->labels, .spec = g->spec, .namespace = g->namespace};
}

/* Counts all placed pods of a group, if there is any, in the tally of key. */
static void add_group(struct sched_call *c, struct sched_group *g, struct tallies *t, uint32_t key)
{
	uint32_t *link = &g->first, node;

	while (sched_group_step(c, &link, &node) != NONE)
		add(tally_of(c, t, key), node, 1);
}

static void count_existing(struct sched_call *c, struct affinity *a)
{
	struct sched_groups *all = &c->shared->groups;

	for (uint32_t i = 0; i < all->bearers; i++) {
		struct sched_group *g = &all->item[all->bearer[i]];
		struct pod owner = like(g);

		for (uint32_t k = 0; k < g->spec->anti_count; k++)
			if (term_selects(c, &g->spec->anti[k], &owner))
				add_group(c, g, &a->existing, g->spec->anti[k].topology_key);
	}
}

static void count_own(struct sched_call *c, struct affinity *a, const struct pod *p, uint32_t node)
{
	const struct pod_spec *spec = c->pod->spec;

	if (all_select(c, p))
		for (uint32_t i = 0; i < spec->affinity_count; i++)
			a->together_empty &= !add(&a->own.item[i], node, 1);
	for (uint32_t i = 0; i < spec->anti_count; i++)
		if (own_term_selects(c, &spec->anti[i], p))
			add(&a->anti.item[i], node, 1);
}

/* Whether one of the incoming pod's terms may select pods like p. */
static bool any_selects(const struct sched_call *c, const struct pod *p, const struct pod_affinity_term *t,
			uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (own_term_selects(c, &t[i], p))
			return true;
	return false;
}

/* Calls visit for each placed pod that one of the terms selects; groups without any are passed over. */
static void each_selected(struct sched_call *c, struct affinity *a, const struct pod_affinity_term *together,
			  uint32_t together_count, const struct pod_affinity_term *apart, uint32_t apart_count,
			  void (*visit)(struct sched_call *c, struct affinity *a, const struct pod *p, uint32_t node))
{
	struct sched_groups *all = &c->shared->groups;

	for (uint32_t i = 0; i < all->count; i++) {
		struct sched_group *g = &all->item[i];
		struct pod p = like(g);
		bool matter = any_selects(c, &p, together, together_count) || any_selects(c, &p, apart, apart_count);
		uint32_t *link = &g->first, node;

		while (matter && sched_group_step(c, &link, &node) != NONE)
			visit(c, a, &p, node);
	}
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	const struct pod_spec *spec = c->pod->spec;
	bool own = spec->affinity_count + spec->anti_count > 0;

	if (!own && c->shared->groups.anti == 0)
		return PRE_SKIP;
	struct affinity *a = kept(c);

	a->numbers = a->existing.count = a->own.count = a->anti.count = 0;
	a->together_empty = true;
	if (c->shared->groups.anti > 0)
		count_existing(c, a);
	if (!own)
		return a->existing.count > 0 ? PRE_FILTER : PRE_SKIP;
	for (uint32_t i = 0; i < spec->affinity_count; i++)
		add_tally(c, &a->own, spec->affinity[i].topology_key);
	for (uint32_t i = 0; i < spec->anti_count; i++)
		add_tally(c, &a->anti, spec->anti[i].topology_key);
	each_selected(c, a, spec->affinity, spec->affinity_count, spec->anti, spec->anti_count, count_own);
	return PRE_FILTER;
}

static bool positive(const struct tally *t, uint32_t node)
{
	uint32_t domain = t->topology->domain[node];

	return domain != NONE && t->count[domain] > 0;
}

/* The first pod of a group that wants to be together may go anywhere where all keys are. */
static bool together(const struct sched_call *c, const struct affinity *a, uint32_t node)
{
	bool met = true;

	for (uint32_t i = 0; i < a->own.count; i++) {
		if (a->own.item[i].topology->domain[node] == NONE)
			return false;
		met &= positive(&a->own.item[i], node);
	}
	return met || (a->together_empty && all_select(c, c->pod));
}

enum verdict { FITS, NOT_TOGETHER, OWN_ANTI, EXISTING_ANTI };

static enum verdict judge(const struct sched_call *c, uint32_t node)
{
	const struct affinity *a = c->kept;

	if (!together(c, a, node))
		return NOT_TOGETHER;
	for (uint32_t i = 0; i < a->anti.count; i++)
		if (positive(&a->anti.item[i], node))
			return OWN_ANTI;
	for (uint32_t i = 0; i < a->existing.count; i++)
		if (positive(&a->existing.item[i], node))
			return EXISTING_ANTI;
	return FITS;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	switch (judge(c, node)) {
	case FITS:
		return SCHED_OK;
	case NOT_TOGETHER:
		return SCHED_UNRESOLVABLE;
	default:
		return SCHED_UNSCHEDULABLE;
	}
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	static const char *const words[] = {
		[NOT_TOGETHER] = "node(s) didn't match pod affinity rules",
		[OWN_ANTI] = "node(s) didn't match pod anti-affinity rules",
		[EXISTING_ANTI] = "node(s) didn't satisfy existing pods anti-affinity rules",
	};
	enum verdict verdict = judge(c, node);

	if (verdict == FITS)
		return 0;
	strcpy(text[0], words[verdict]);
	return 1;
}

/* ---- score ---- */

static void weigh(struct sched_call *c, struct affinity *a, const struct pod_affinity_term *t, uint32_t node,
		  int64_t weight)
{
	a->any |= add(tally_of(c, &a->score, t->topology_key), node, weight);
}

static void weigh_own(struct sched_call *c, struct affinity *a, const struct pod *p, uint32_t node)
{
	const struct pod_spec *spec = c->pod->spec;

	for (uint32_t i = 0; i < spec->affinity_preferred_count; i++)
		if (own_term_selects(c, &spec->affinity_preferred[i], p))
			weigh(c, a, &spec->affinity_preferred[i], node, spec->affinity_preferred[i].weight);
	for (uint32_t i = 0; i < spec->anti_preferred_count; i++)
		if (own_term_selects(c, &spec->anti_preferred[i], p))
			weigh(c, a, &spec->anti_preferred[i], node, -(int64_t)spec->anti_preferred[i].weight);
}

static void weigh_group(struct sched_call *c, struct affinity *a, struct sched_group *g,
			const struct pod_affinity_term *t, uint32_t count, int64_t sign, int64_t weight)
{
	struct pod owner = like(g);
	uint32_t *link, node;

	for (uint32_t i = 0; i < count; i++) {
		if (!term_selects(c, &t[i], &owner))
			continue;
		link = &g->first;
		while (sched_group_step(c, &link, &node) != NONE)
			weigh(c, a, &t[i], node, sign * (weight != 0 ? weight : (int64_t)t[i].weight));
	}
}

static void weigh_existing(struct sched_call *c, struct affinity *a, struct sched_group *g)
{
	const struct pod_spec *spec = g->spec;

	if (c->config->hard_weight > 0)
		weigh_group(c, a, g, spec->affinity, spec->affinity_count, 1, c->config->hard_weight);
	weigh_group(c, a, g, spec->affinity_preferred, spec->affinity_preferred_count, 1, 0);
	weigh_group(c, a, g, spec->anti_preferred, spec->anti_preferred_count, -1, 0);
}

static bool pre_score(struct sched_call *c)
{
	const struct pod_spec *spec = c->pod->spec;
	struct sched_groups *all = &c->shared->groups;
	bool own = spec->affinity_preferred_count + spec->anti_preferred_count > 0;

	if (!own && (all->bearers == 0 || c->config->ignore_preferred))
		return false;
	struct affinity *a = kept(c);

	a->numbers = a->score.count = 0;
	a->any = false;
	if (own)
		each_selected(c, a, spec->affinity_preferred, spec->affinity_preferred_count, spec->anti_preferred,
			      spec->anti_preferred_count, weigh_own);
	for (uint32_t i = 0; i < all->bearers; i++)
		weigh_existing(c, a, &all->item[all->bearer[i]]);
	return a->any;
}

static void score(struct sched_call *c, int64_t raw[])
{
	const struct affinity *a = c->kept;

	memset(raw, 0, c->count * sizeof(*raw));
	for (uint32_t i = 0; i < a->score.count; i++) {
		const struct tally *t = &a->score.item[i];

		for (uint32_t k = 0; k < c->count; k++) {
			uint32_t domain = t->topology->domain[c->node[k]];

			raw[k] += domain != NONE ? t->count[domain] : 0;
		}
	}
}

/* 1.20 lets the range begin at 0 (table 0.1). */
static void normalize(struct sched_call *c, int64_t raw[])
{
	int64_t least = c->kubernetes <= 20 ? 0 : INT64_MAX, most = c->kubernetes <= 20 ? 0 : INT64_MIN;

	for (uint32_t k = 0; k < c->count; k++) {
		least = raw[k] < least ? raw[k] : least;
		most = raw[k] > most ? raw[k] : most;
	}
	for (uint32_t k = 0; k < c->count; k++)
		raw[k] = most == least ? 0 : (int64_t)(100.0 * ((double)(raw[k] - least) / (double)(most - least)));
}

/* ---- hints: kube-scheduler.md 2.6 ---- */

/* All of them, although the filter rejects for any: a pod with two terms may wait for the flush. */
static bool all_anti_select(const struct sched_call *c, const struct pod *p)
{
	const struct pod_spec *spec = c->pod->spec;

	for (uint32_t i = 0; i < spec->anti_count; i++)
		if (!own_term_selects(c, &spec->anti[i], p))
			return false;
	return spec->anti_count > 0;
}

static bool pod_hint(const struct sched_call *c, const struct sched_event *e)
{
	const struct pod *p = &c->view->pod[e->pod];
	struct pod was = *p;

	if (e->kind == SCHED_POD_ADD)
		return all_select(c, p);
	if (e->kind == SCHED_POD_DELETE)
		return all_anti_select(c, p);
	was.labels = e->was_labels;
	return (all_select(c, p) && !all_select(c, &was)) || (!all_anti_select(c, p) && all_anti_select(c, &was));
}

/* Whether one of the terms has its key on the new node, or its value changed. */
static bool key_hint(const struct sched_call *c, const struct pod_affinity_term *t, uint32_t count,
		     const struct sched_event *e)
{
	const struct labels *now = &c->view->nodes.row[e->node].object->meta.labels;

	for (uint32_t i = 0; i < count; i++) {
		bool has, had = false;
		uint32_t value = labels_get(now, t[i].topology_key, &has), was = 0;

		if (e->kind == SCHED_NODE_LABEL)
			was = labels_get(e->was_labels, t[i].topology_key, &had);
		if (has != had || value != was)
			return true;
	}
	return false;
}

static bool hint(struct sched_call *c, const struct sched_event *e)
{
	const struct pod_spec *spec = c->pod->spec;

	if (e->kind & (SCHED_POD_ADD | SCHED_POD_DELETE | SCHED_POD_LABEL))
		return pod_hint(c, e);
	return key_hint(c, spec->affinity, spec->affinity_count, e) ||
	       (e->kind == SCHED_NODE_ADD ? spec->anti_count > 0 : key_hint(c, spec->anti, spec->anti_count, e));
}

#define EVENTS (SCHED_NODE_ADD | SCHED_NODE_LABEL | SCHED_POD_ADD | SCHED_POD_DELETE | SCHED_POD_LABEL)

const struct sched_plugin sched_inter_pod_affinity = {
	.info = {"InterPodAffinity", "Keeps pods together or apart by the labels of the pods already there."},
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
