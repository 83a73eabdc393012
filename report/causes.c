/*
 * causes.c - finds the cause of each fact: the latest earlier one that some row of cause_rules.c admits.
 *
 * What rules ask for is "the latest fact of this kind and flag about that subject". A table of these is kept while the
 * facts go by, so a fact costs as much in a long run as in a short one.
 */
#include "report/causes.h"

#include <stdio.h>
#include <string.h>

#include "report/cause_rules.h"

/* Facts of one subject stand in one of these; the row says which subject. */
enum thread {
	OF_POD,
	OF_NODE,
	OF_NODE_PODS,
	OF_FAILURE,
	OF_WORKLOAD,
	OF_OWNER_PODS,
	OF_ZONE,
	OF_NAME,
	OF_MASTERS,
	OF_ALL,
	THREADS
};

static const uint8_t thread_of[] = {
	[LINK_POD] = OF_POD,
	[LINK_NODE] = OF_NODE,
	[LINK_NODE_PODS] = OF_NODE_PODS,
	[LINK_FAILURE] = OF_FAILURE,
	[LINK_WORKLOAD] = OF_WORKLOAD,
	[LINK_OWNER] = OF_WORKLOAD,
	[LINK_OWNER_PODS] = OF_OWNER_PODS,
	[LINK_WORKLOAD_PODS] = OF_OWNER_PODS,
	[LINK_OLD_POD] = OF_POD,
	[LINK_PREEMPTOR] = OF_POD,
	[LINK_ZONE] = OF_ZONE,
	[LINK_NAME] = OF_NAME,
	[LINK_GROUP] = OF_NAME,
	[LINK_PLANNED] = OF_NODE,
	[LINK_MASTERS] = OF_MASTERS,
	[LINK_ALL] = OF_ALL,
};

/* The latest fact of a kind and flag on a thread of a row. */
struct slot {
	uint32_t row, fact; /* fact: 1 + its place; 0: the slot is free */
	uint16_t kind;
	int16_t flag; /* or RULE_ANY */
	uint8_t thread;
};

struct finder {
	const struct outcome *o;
	struct arena *arena;
	struct causes *c;
	uint32_t capacity;
	struct slot *slot;
	uint32_t slots, used;            /* slots: a power of two */
	uint32_t first_rule[FACT_KINDS]; /* rules stand in the order of the table, by kind */
	uint16_t *rule;                  /* rows of each kind, one kind after the other */
	uint16_t any[FACT_KINDS],
		one[FACT_KINDS];       /* bits of threads on which a rule looks for the kind, for its flag */
	uint32_t *job;                 /* of each pod, the Job that a CronJob made it for, or FACT_NONE */
	uint32_t *claimant, claimants; /* of each name, the pod that was made last of those that claim it */
	bool settled;
};

/* ---- what facts are about ---- */

static bool about_failure(uint16_t kind)
{
	return kind == FACT_FAILURE_STRUCK || kind == FACT_FAILURE_HEALED || kind == FACT_NODE_FAILED ||
	       kind == FACT_NODE_BACK || kind == FACT_NODE_NOTICE;
}

static bool about_workload(uint16_t kind)
{
	return kind == FACT_WORKLOAD_SCALED || kind == FACT_WORKLOAD_ADDED || kind == FACT_WORKLOAD_REMOVED ||
	       kind == FACT_ROLLOUT || kind == FACT_AUTOSCALED || kind == FACT_JOB_STATE || kind == FACT_ACTION;
}

static bool about_name(uint16_t kind)
{
	return kind == FACT_SCALE_UP || kind == FACT_MAINTENANCE || kind == FACT_VOLUME_PROVISIONED ||
	       kind == FACT_VOLUME_DETACHED;
}

static bool about_masters(const struct outcome *o, const struct fact *f)
{
	if (f->kind == FACT_LEADER || f->kind == FACT_ETCD_LEADER || f->kind == FACT_API_SERVER)
		return true;
	if ((f->kind != FACT_FAILURE_STRUCK && f->kind != FACT_FAILURE_HEALED) || f->object >= o->failures)
		return false;
	const struct failure asked = outcome_failure_asked(o, f->object);
	return asked.masters != 0 || asked.leader != 0 || asked.kind == FAILURE_CONTROL_PLANE;
}

/* The workload that made the pod: of a CronJob's, the Job. */
static uint32_t owner_of(const struct finder *d, uint32_t pod)
{
	if (pod >= d->o->pods)
		return FACT_NONE;
	return d->job[pod] != FACT_NONE ? d->job[pod] : d->o->pod[pod].owner;
}

/* A pod that is drained away ends a drain; what else leaves a node does not. */
static bool leaves_unasked(const struct outcome *o, const struct fact *f)
{
	return f->kind == FACT_POD_REMOVED && f->pod < o->pods && o->pod[f->pod].deleted_why != DELETE_EVICTION &&
	       o->pod[f->pod].deleted_why != DELETE_USER;
}

static uint32_t claimant_of(const struct finder *d, const struct fact *f)
{
	if (f->kind != FACT_VOLUME_PROVISIONED && f->kind != FACT_CLAIM_BOUND)
		return f->pod;
	return f->object < d->claimants ? d->claimant[f->object] : FACT_NONE;
}

/* The row of the subject on a thread, or FACT_NONE when the fact does not belong to it. */
static uint32_t row_on(const struct finder *d, const struct fact *f, enum thread t)
{
	switch (t) {
	case OF_POD:
		return claimant_of(d, f);
	case OF_NODE: /* what happens to its pods is not about it */
		return f->pod == FACT_NONE || f->kind == FACT_EVICTION_SIGNAL ? f->node : FACT_NONE;
	case OF_NODE_PODS:
		return f->pod != FACT_NONE && !leaves_unasked(d->o, f) ? f->node : FACT_NONE;
	case OF_FAILURE:
		return about_failure(f->kind) ? f->object : FACT_NONE;
	case OF_WORKLOAD:
		return about_workload(f->kind) ? f->object : FACT_NONE;
	case OF_OWNER_PODS:
		return owner_of(d, f->pod);
	case OF_ZONE:
		if (f->kind == FACT_ZONE_STATE)
			return f->object;
		return f->pod == FACT_NONE && f->node < d->o->nodes ? d->o->node[f->node].zone : FACT_NONE;
	case OF_NAME:
		return about_name(f->kind) ? f->object : FACT_NONE;
	case OF_MASTERS:
		return about_masters(d->o, f) ? 0 : FACT_NONE;
	default:
		return 0;
	}
}

/* The node that a failure takes down on somebody's schedule: one of a maintenance. */
static uint32_t planned_node(const struct outcome *o, const struct fact *f)
{
	const uint32_t source = f->object < o->failures ? o->failure[f->object].source : FACT_NONE;

	for (uint32_t m = 0; m < o->scenario->maintenance_count; m++)
		if (o->scenario->maintenance[m].source == source)
			return outcome_failure_asked(o, f->object).node[0];
	return FACT_NONE;
}

/* The row on which the cause of f is looked for. */
static uint32_t row_of(const struct finder *d, const struct fact *f, enum cause_link link)
{
	const struct outcome *o = d->o;

	switch (link) {
	case LINK_OWNER:
		return f->pod < o->pods ? owner_of(d, f->pod) : f->object;
	case LINK_NODE: /* of a pod whose facts do not say where it is, where it was bound */
		return f->node == FACT_NONE && f->pod < o->pods ? o->pod[f->pod].node : f->node;
	case LINK_NODE_PODS:
		return f->node;
	case LINK_WORKLOAD_PODS:
	case LINK_WORKLOAD:
	case LINK_FAILURE:
	case LINK_NAME:
		return f->object;
	case LINK_OLD_POD:
		return (uint32_t)f->a;
	case LINK_PREEMPTOR:
		return f->b > 0 ? (uint32_t)f->b - 1 : FACT_NONE;
	case LINK_GROUP:
		return f->object < o->scenario->group_count ? o->scenario->group[f->object].name : FACT_NONE;
	case LINK_PLANNED:
		return planned_node(o, f);
	case LINK_MASTERS:
	case LINK_ALL:
		return 0;
	default:
		return row_on(d, f, (enum thread)thread_of[link]);
	}
}

/* ---- the table of latest facts ---- */

static uint32_t hash(enum thread t, uint32_t row, uint16_t kind, int flag)
{
	uint64_t x = (uint64_t)row << 32 | (uint64_t)kind << 20 | (uint64_t)t << 16 | (uint16_t)flag;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(x >> 32);
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *slot_at(const struct finder *d, enum thread t, uint32_t row, uint16_t kind, int flag)
{
	uint32_t i = hash(t, row, kind, flag);

	for (;; i++) {
		struct slot *s = &d->slot[i & (d->slots - 1)];
		if (s->fact == 0 || (s->row == row && s->kind == kind && s->flag == (int16_t)flag && s->thread == t))
			return s;
	}
}

static void grow(struct finder *d)
{
	const struct slot *old = d->slot;
	const uint32_t count = d->slots;

	d->slots = count == 0 ? 1024 : count * 2;
	d->slot = ARENA_NEW(d->arena, d->slots, struct slot);
	for (uint32_t i = 0; i < count; i++)
		if (old[i].fact != 0)
			*slot_at(d, (enum thread)old[i].thread, old[i].row, old[i].kind, old[i].flag) = old[i];
}

static void put(struct finder *d, enum thread t, uint32_t row, uint16_t kind, int flag, uint32_t fact)
{
	struct slot *s;

	if (d->used * 2 >= d->slots)
		grow(d);
	s = slot_at(d, t, row, kind, flag);
	d->used += s->fact == 0;
	*s = (struct slot){row, fact + 1, kind, (int16_t)flag, (uint8_t)t};
}

static uint32_t latest(const struct finder *d, enum thread t, uint32_t row, uint16_t kind, int flag)
{
	const struct slot *s = row != FACT_NONE && d->slots > 0 ? slot_at(d, t, row, kind, flag) : NULL;
	return s != NULL && s->fact != 0 ? s->fact - 1 : CAUSE_NONE;
}

static void thread_in(struct finder *d, uint32_t i, const struct fact *f)
{
	for (int t = 0; t < THREADS; t++) {
		const uint16_t bit = (uint16_t)(1u << t);
		const uint32_t row =
			(d->any[f->kind] | d->one[f->kind]) & bit ? row_on(d, f, (enum thread)t) : FACT_NONE;

		if (row == FACT_NONE)
			continue;
		if (d->any[f->kind] & bit)
			put(d, (enum thread)t, row, f->kind, RULE_ANY, i);
		if (d->one[f->kind] & bit)
			put(d, (enum thread)t, row, f->kind, rule_flag(f), i);
	}
}

/* ---- rules ---- */

/* Both the workload itself and the one that made it. */
static uint32_t of_owner(const struct finder *d, const struct fact *f, const struct cause_rule *r)
{
	const struct outcome *o = d->o;
	const uint32_t owner = row_of(d, f, LINK_OWNER);
	const uint32_t maker = owner < o->workloads ? o->workload[owner].maker : FACT_NONE;
	const uint32_t one = f->kind == FACT_WORKLOAD_ADDED || f->kind == FACT_WORKLOAD_REMOVED
				     ? CAUSE_NONE
				     : latest(d, OF_WORKLOAD, owner, r->cause, r->cause_flag);
	const uint32_t other = latest(d, OF_WORKLOAD, maker, r->cause, r->cause_flag);

	if (one == CAUSE_NONE || other == CAUSE_NONE)
		return one == CAUSE_NONE ? other : one;
	return one > other ? one : other;
}

static uint32_t apply(const struct finder *d, const struct fact *f, const struct cause_rule *r)
{
	const enum thread t = (enum thread)thread_of[r->link];
	const uint32_t row = row_of(d, f, (enum cause_link)r->link);
	const uint32_t by = r->link == LINK_OWNER ? of_owner(d, f, r) : latest(d, t, row, r->cause, r->cause_flag);
	uint32_t third;

	if (by == CAUSE_NONE)
		return by;
	switch ((enum cause_when)r->when) {
	case WHEN_AT_ONCE:
		return d->c->of[by].fact.at == f->at ? by : CAUSE_NONE;
	case WHEN_AFTER:
		third = latest(d, OF_POD, f->pod, r->third, RULE_ANY);
		return third != CAUSE_NONE && third < by ? by : CAUSE_NONE;
	case WHEN_LASTS:
		third = latest(d, t, row, r->third, RULE_ANY);
		return third == CAUSE_NONE || third < by ? by : CAUSE_NONE;
	default:
		return by;
	}
}

static void find_cause(struct finder *d, struct cause *e)
{
	const struct fact *f = &e->fact;
	const uint16_t flag = rule_flag(f);
	const int64_t a = rule_a(d->o, f);
	const uint32_t end = f->kind + 1u < FACT_KINDS ? d->first_rule[f->kind + 1] : cause_rule_count;

	for (uint32_t i = d->first_rule[f->kind]; i < end; i++) {
		const struct cause_rule *r = &cause_rules[d->rule[i]];
		if ((r->flag != RULE_ANY && r->flag != flag) || (r->a != RULE_ANY && r->a != a) ||
		    (r->when == WHEN_NOTHING_ELSE && e->by != CAUSE_NONE))
			continue;
		const uint32_t by = apply(d, f, r);
		if (by == CAUSE_NONE || (e->by != CAUSE_NONE && by < e->by))
			continue;
		e->by = by;
		e->rule = d->rule[i];
		e->leg = r->leg;
	}
}

/* A pod that stands in for another came for its sake: told right after its creation. */
static void place_taken(struct finder *d, const struct cause *e)
{
	const uint32_t created = latest(d, OF_POD, e->fact.pod, FACT_POD_CREATED, RULE_ANY);

	if (created == CAUSE_NONE || e->by == CAUSE_NONE || e->by >= created)
		return;
	d->c->of[created].by = e->by;
	d->c->of[created].rule = e->rule;
	d->c->of[created].leg = e->leg;
}

/* ---- what names tell ---- */

/* The Job of a CronJob's pod: the pod's name is the Job's and a suffix. */
static void find_job(struct finder *d, const struct fact *f)
{
	const char *name = outcome_pod_name(d->o, f->pod), *dash = strrchr(name, '-');
	const size_t length = dash != NULL ? (size_t)(dash - name) : 0;

	for (uint32_t i = d->o->workloads; length > 0 && i-- > 0;) {
		const struct outcome_workload *w = &d->o->workload[i];
		const char *job = w->known && w->kind == WORKLOAD_JOB ? outcome_name(d->o, w->name) : "";
		if (strncmp(job, name, length) != 0 || job[length] != '\0')
			continue;
		d->job[f->pod] = i;
		return;
	}
}

/* What the input asks of a pod, or of all of its owner; NULL: it came with an action. */
static const struct pod_spec *spec_of(const struct outcome *o, uint32_t pod)
{
	const struct objects *all = &o->scenario->objects;
	const uint32_t owner = o->pod[pod].owner;

	if (owner != FACT_NONE)
		return owner < all->workload_count ? all->workload[owner].spec : NULL;
	for (uint32_t i = 0; i < all->pod_count; i++)
		if (all->pod[i].meta.name == o->pod[pod].name)
			return all->pod[i].spec;
	return NULL;
}

/* A claim of a pod: its own name, or, of a template, that and the pod's. */
static void claims_of(struct finder *d, const struct fact *f)
{
	const struct outcome *o = d->o;
	const struct pod_spec *spec = spec_of(o, f->pod);

	for (uint32_t i = 0; spec != NULL && i < spec->volume_count; i++) {
		const struct pod_volume *v = &spec->volume[i];
		char name[512];
		uint32_t id = v->id;

		if (v->kind != POD_VOLUME_CLAIM && v->template == NULL)
			continue;
		if (v->template != NULL) {
			const bool set = v->kind == POD_VOLUME_TEMPLATE;
			snprintf(name, sizeof(name), "%s-%s",
				 set ? outcome_name(o, v->name) : outcome_pod_name(o, f->pod),
				 set ? outcome_pod_name(o, f->pod) : outcome_name(o, v->name));
			id = names_find(&o->run->names, name);
		}
		if (id != 0 && id < d->claimants)
			d->claimant[id] = f->pod;
	}
}

static void learn(struct finder *d, const struct fact *f)
{
	if (f->kind != FACT_POD_CREATED || f->pod >= d->o->pods)
		return;
	if (outcome_owner_kind(d->o, f->pod) == WORKLOAD_CRON_JOB)
		find_job(d, f);
	claims_of(d, f);
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct finder *d = state;
	struct causes *c = d->c;

	for (size_t k = 0; k < count; k++) {
		const uint32_t i = c->count;
		ARENA_RESERVE(d->arena, c->of, d->capacity, (size_t)i + 1, struct cause);
		d->settled |= facts[k].kind == FACT_SETTLED;
		c->of[i] = (struct cause){
			.fact = facts[k], .by = CAUSE_NONE, .rule = UINT32_MAX, .leg = "", .settled = d->settled};
		learn(d, &facts[k]);
		if (d->settled)
			find_cause(d, &c->of[i]);
		if (d->settled && facts[k].kind == FACT_POD_REPLACES)
			place_taken(d, &c->of[i]);
		thread_in(d, i, &facts[k]);
		c->count++;
	}
}

/* The rules by kind, and what they look for. */
static void sort_rules(struct finder *d)
{
	uint32_t count = 0;

	d->rule = ARENA_NEW(d->arena, cause_rule_count, uint16_t);
	for (uint32_t k = 0; k < FACT_KINDS; k++) {
		d->first_rule[k] = count;
		for (uint32_t i = 0; i < cause_rule_count; i++)
			if (cause_rules[i].kind == k)
				d->rule[count++] = (uint16_t)i;
	}
	for (uint32_t i = 0; i < cause_rule_count; i++) {
		const struct cause_rule *r = &cause_rules[i];
		const uint16_t bit = (uint16_t)(1u << thread_of[r->link]);
		uint16_t *wanted = r->cause_flag == RULE_ANY ? d->any : d->one;

		wanted[r->cause] |= bit;
		if (r->third != RULE_NO_KIND)
			d->any[r->third] |= r->when == WHEN_AFTER ? 1u << OF_POD : bit;
	}
}

void causes_find(struct causes *c, const struct outcome *o, struct arena *a)
{
	struct finder d = {.o = o, .arena = a, .c = c};

	*c = (struct causes){0};
	sort_rules(&d);
	d.job = ARENA_NEW(a, o->pods, uint32_t);
	d.claimants = o->run->names.first + o->run->names.count;
	d.claimant = ARENA_NEW(a, d.claimants, uint32_t);
	for (uint32_t i = 0; i < o->pods; i++)
		d.job[i] = FACT_NONE;
	for (uint32_t i = 0; i < d.claimants; i++)
		d.claimant[i] = FACT_NONE;
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &d});
}
