/* disruption.c - the disruption controller: reckons how many pods of each PodDisruptionBudget may be evicted now.
 * Upstream: pkg/controller/disruption/disruption.go (kubernetes-control-plane.md 3.10). */
#include "models/policy.h"

/* Workers (recalled). */
#define WORKERS 5

/* What a pod was last counted as. */
enum counted { COUNT_EXISTS = 1, COUNT_HEALTHY = 2 };

/* A workload whose template a budget selects: two lists through the same links. */
struct link {
	uint32_t pdb, workload;
	uint32_t next_of_pdb, next_of_workload;
};

struct tally {
	int64_t pods, healthy;
};

struct state {
	uint8_t *pod; /* enum counted, or'ed, by pod row */
	uint32_t pod_capacity;
	struct tally *tally;    /* pods by workload row */
	uint32_t *first_budget; /* by workload row: link, or NONE */
	uint32_t *stamp;        /* by workload row: last sync that counted its scale */
	uint32_t tally_capacity, budget_capacity, stamp_capacity, known;
	uint32_t *first_workload; /* by pdb row: link, or NONE */
	struct link *link;
	uint32_t links, link_capacity;
	uint32_t *bare; /* pods without a workload */
	uint32_t bares, bare_capacity, bare_known;
	uint32_t syncs;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static bool covers(const struct view *v, uint32_t pdb, uint32_t namespace, const struct labels *labels)
{
	const struct pdb_object *o = v->pdb[pdb].object;

	return o->meta.namespace == namespace && selector_matches(&o->selector, labels, v->names);
}

/* ---- what is known of workloads and pods ---- */

static void learn_workload(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct workload *w = &c->view->workload[row];

	s->first_budget[row] = NONE;
	/* A Deployment's pods are its ReplicaSets'. */
	for (uint32_t i = 0; i < c->view->pdb_count && w->kind != WORKLOAD_DEPLOYMENT; i++) {
		if (!covers(c->view, i, w->namespace, w->pod_labels))
			continue;
		ARENA_RESERVE(c->arena, s->link, s->link_capacity, s->links + 1, struct link);
		s->link[s->links] = (struct link){.pdb = i,
						  .workload = row,
						  .next_of_pdb = s->first_workload[i],
						  .next_of_workload = s->first_budget[row]};
		s->first_workload[i] = s->first_budget[row] = s->links++;
	}
}

/* Takes in workloads and bare pods that have come since. */
static void learn(struct control_call *c)
{
	struct state *s = c->state;
	const struct view *v = c->view;

	if (s->first_workload == NULL) {
		s->first_workload = ARENA_NEW(c->arena, v->pdb_count, uint32_t);
		for (uint32_t i = 0; i < v->pdb_count; i++)
			s->first_workload[i] = NONE;
	}
	ARENA_RESERVE(c->arena, s->tally, s->tally_capacity, v->workload_count, struct tally);
	ARENA_RESERVE(c->arena, s->first_budget, s->budget_capacity, v->workload_count, uint32_t);
	ARENA_RESERVE(c->arena, s->stamp, s->stamp_capacity, v->workload_count, uint32_t);
	ARENA_RESERVE(c->arena, s->pod, s->pod_capacity, v->pod_count, uint8_t);
	while (s->known < v->workload_count)
		learn_workload(c, s->known++);
	for (; s->bare_known < v->pod_count; s->bare_known++) {
		if (v->pod[s->bare_known].workload != NONE)
			continue;
		ARENA_RESERVE(c->arena, s->bare, s->bare_capacity, s->bares + 1, uint32_t);
		s->bare[s->bares++] = s->bare_known;
	}
}

static uint8_t class_of(const struct pod *p)
{
	if (!p->exists)
		return 0;
	return p->ready && !p->deleting && !p->disrupted ? COUNT_EXISTS | COUNT_HEALTHY : COUNT_EXISTS;
}

/* Counts a workload's pod as it is now in place of what it was. Returns whether anything differs. */
static bool look(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	uint8_t was = s->pod[row], now = class_of(p);
	struct tally *t = &s->tally[p->workload];

	t->pods += !!(now & COUNT_EXISTS) - !!(was & COUNT_EXISTS);
	t->healthy += !!(now & COUNT_HEALTHY) - !!(was & COUNT_HEALTHY);
	s->pod[row] = now;
	return now != was;
}

static void queue_budgets(struct control_call *c, uint32_t workload)
{
	const struct state *s = c->state;

	for (uint32_t i = s->first_budget[workload]; i != NONE; i = s->link[i].next_of_workload)
		decide_queue(c->out, s->link[i].pdb);
}

static void start(struct control_call *c)
{
	const struct view *v = c->view;

	learn(c);
	for (uint32_t i = 0; i < v->pod_count; i++)
		if (v->pod[i].workload != NONE)
			look(c, i);
	for (uint32_t i = 0; i < v->pdb_count; i++)
		decide_queue(c->out, i);
}

static void notice_pod(struct control_call *c, uint32_t row)
{
	const struct view *v = c->view;
	const struct pod *p = &v->pod[row];

	if (p->workload != NONE) {
		if (look(c, row))
			queue_budgets(c, p->workload);
		return;
	}
	for (uint32_t i = 0; i < v->pdb_count; i++)
		if (covers(v, i, p->namespace, p->labels))
			decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;

	if (v->pdb_count == 0)
		return;
	learn(c);
	if (change->kind == CHANGE_PDB) {
		decide_queue(c->out, change->row);
	} else if (change->kind == CHANGE_POD) {
		notice_pod(c, change->row);
	} else if (change->what & CHANGED_SPEC) {
		queue_budgets(c, change->row);
		for (uint32_t i = v->workload[change->row].first_child; i != NONE; i = v->workload[i].next_sibling)
			queue_budgets(c, i);
	}
}

/* ---- the sync ---- */

struct sum {
	int64_t pods, healthy, scale;
	bool unscalable; /* a matched pod's controller has no scale: upstream gives up and allows nothing */
};

/* Each controller counts once; a ReplicaSet's is its Deployment. */
static void add_scale(struct control_call *c, struct sum *sum, uint32_t row)
{
	struct state *s = c->state;
	const struct workload *w = &c->view->workload[row];
	uint32_t root = w->owner != NONE ? w->owner : row;

	sum->unscalable |= w->kind == WORKLOAD_DAEMON_SET || w->kind == WORKLOAD_JOB;
	if (s->stamp[root] == s->syncs)
		return;
	s->stamp[root] = s->syncs;
	sum->scale += c->view->workload[root].replicas;
}

static struct sum add_up(struct control_call *c, uint32_t pdb)
{
	struct state *s = c->state;
	const struct view *v = c->view;
	struct sum sum = {0};

	s->syncs++;
	for (uint32_t i = s->first_workload[pdb]; i != NONE; i = s->link[i].next_of_pdb) {
		uint32_t row = s->link[i].workload;

		if (s->tally[row].pods == 0)
			continue;
		sum.pods += s->tally[row].pods;
		sum.healthy += s->tally[row].healthy;
		add_scale(c, &sum, row);
	}
	/* Pods without a controller are healthy or not, but expected by nobody. */
	for (uint32_t i = 0; i < s->bares; i++) {
		const struct pod *p = &v->pod[s->bare[i]];

		if (!p->exists || !covers(v, pdb, p->namespace, p->labels))
			continue;
		sum.pods++;
		sum.healthy += class_of(p) == (COUNT_EXISTS | COUNT_HEALTHY);
	}
	return sum;
}

/* disruptionsAllowed; *healthy tells whether the budget holds already, so that unready pods may go besides. */
static int64_t allowed(const struct pdb_object *o, const struct sum *sum, bool *healthy)
{
	bool by_scale = o->has_max || o->min_available.percent;
	int64_t expected = by_scale ? sum->scale : sum->pods;
	int64_t desired = o->has_max ? expected - int_or_percent_of(o->max_unavailable, expected, true)
				     : int_or_percent_of(o->min_available, expected, true);

	if (desired < 0)
		desired = 0;
	*healthy = desired > 0 && sum->healthy >= desired;
	if ((!o->has_max && !o->has_min) || (by_scale && sum->unscalable) || expected <= 0 || sum->healthy <= desired)
		return 0;
	return sum->healthy - desired;
}

static void reconcile(struct control_call *c, uint32_t pdb)
{
	struct sum sum = add_up(c, pdb);
	struct api_call call = api_call(API_BUDGET);
	const struct pdb *p = &c->view->pdb[pdb];
	bool healthy;

	if (!p->exists)
		return;
	call.object = pdb;
	call.key = p->version;
	call.number = allowed(p->object, &sum, &healthy);
	call.ordinal = healthy;
	if (call.number != p->allowed || healthy != p->healthy)
		decide_call(c->out, call);
}

const struct controller control_disruption = {
	.info = {.name = "disruption", .summary = "reckons how many evictions each PodDisruptionBudget allows"},
	.client = "disruption-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD | CHANGE_PDB,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
