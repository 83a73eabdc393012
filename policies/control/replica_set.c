/* replica_set.c - the ReplicaSet controller: creates missing pods in growing batches and chooses whom to delete.
 * Upstream: pkg/controller/replicaset/replica_set.go, pkg/controller/controller_utils.go
 * (kubernetes-control-plane.md 3.1). Expectations hold by themselves: a key is not worked on while its calls travel. */
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "models/versions.h"
#include "sim/order.h"

/* BurstReplicas: creates or deletes of one sync. */
#define BURST 500

/* What a pod was last counted as. */
enum counted { COUNT_ACTIVE = 1, COUNT_READY = 2, COUNT_AVAILABLE = 4 };

struct numbers {
	int64_t active, ready, available;
};

struct set {
	struct numbers now;
	struct numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status;
	uint32_t next; /* pods of this row and later have not been counted */
};

/* A candidate for deletion; the columns in upstream's order of comparison. */
struct victim {
	uint32_t pod;
	uint8_t bound, phase, ready;
	int32_t cost;    /* annotation pod-deletion-cost */
	uint32_t beside; /* active pods of the same owner's ReplicaSets on its node */
	int64_t ready_age, restarts, age;
	uint64_t uid;
};

struct state {
	uint8_t *pod; /* enum counted, or'ed, by pod row */
	uint32_t pod_capacity;
	struct set *set; /* by workload row */
	uint32_t set_capacity;
	struct victim *victim;
	uint32_t victim_capacity;
	uint32_t *on_node; /* scratch, all zero between uses */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_replicaset_syncs;
}

static struct set *set_of(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->set, s->set_capacity, c->view->workload_count, struct set);
	return &s->set[row];
}

/* When a ready pod has been so for minReadySeconds. Time 0 is the initial state, whose pods are old. */
static sim_time available_at(const struct view *v, const struct pod *p)
{
	return p->ready_since == 0 ? 0 : time_add(p->ready_since, v->workload[p->workload].object->min_ready);
}

/* Counts a pod as it is now in place of what it was. Returns whether anything differs. */
static bool look(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	struct numbers *n = &set_of(c, p->workload)->now;
	uint8_t now = 0;

	ARENA_RESERVE(c->arena, s->pod, s->pod_capacity, c->view->pod_count, uint8_t);
	uint8_t was = s->pod[row];
	if (pod_active(p))
		now = p->ready ? COUNT_ACTIVE | COUNT_READY : COUNT_ACTIVE;
	if (now & COUNT_READY) {
		if (available_at(c->view, p) <= c->now)
			now |= COUNT_AVAILABLE;
		else if (!(was & COUNT_READY))
			decide_timer(c->out, available_at(c->view, p), row, 0);
	}
	n->active += !!(now & COUNT_ACTIVE) - !!(was & COUNT_ACTIVE);
	n->ready += !!(now & COUNT_READY) - !!(was & COUNT_READY);
	n->available += !!(now & COUNT_AVAILABLE) - !!(was & COUNT_AVAILABLE);
	s->pod[row] = now;
	return now != was;
}

/* Counts pods whose creation has not been noticed yet: they are at the head of the list. */
static void look_at_new(struct control_call *c, uint32_t row)
{
	const struct view *v = c->view;
	uint32_t first = v->workload[row].first_pod, next = set_of(c, row)->next;

	for (uint32_t i = first; i != NONE && i >= next; i = v->pod[i].next_of_workload)
		look(c, i);
	if (first != NONE && first >= next)
		set_of(c, row)->next = first + 1;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++) {
		if (c->view->workload[i].kind != WORKLOAD_REPLICA_SET)
			continue;
		look_at_new(c, i);
		decide_queue(c->out, i);
	}
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;

	if (change->kind == CHANGE_POD) {
		uint32_t owner = v->pod[change->row].workload;

		if (owner != NONE && v->workload[owner].kind == WORKLOAD_REPLICA_SET && look(c, change->row))
			decide_queue(c->out, owner);
		return;
	}
	if (v->workload[change->row].kind != WORKLOAD_REPLICA_SET)
		return;
	if (change->what & CHANGED_STATUS) {
		struct set *set = set_of(c, change->row);

		set->written = set->sent;
		set->has_status = true;
	}
	if (change->what & (CHANGED_SPEC | CHANGED_ADDED))
		decide_queue(c->out, change->row);
}

/* A ready pod may have become available; when it was unready in between, its wait has begun anew. */
static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	const struct pod *p = &c->view->pod[key];

	(void)arg;
	if (look(c, key))
		decide_queue(c->out, p->workload);
	else if (pod_active(p) && p->ready && available_at(c->view, p) > c->now)
		decide_timer(c->out, available_at(c->view, p), key, 0);
}

static void create(struct control_call *c, uint32_t row, int64_t count)
{
	struct api_call call = api_call(API_CREATE_POD);
	struct slow_start slow = {0};

	call.workload = row;
	for (int64_t i = 0; i < count && i < BURST; i++)
		decide_slowly(c->out, &slow, call);
	decide_then(c->out);
}

/* API times have whole seconds. Since LogarithmicScaleDown only the power of two of an age (in ns) counts; before, the
 * age itself. Younger is smaller. */
static int64_t age_rank(const struct control_call *c, sim_time since)
{
	sim_time age = c->now - since / SECONDS(1) * SECONDS(1);
	int64_t rank = -1;

	if (!version_log_scale_down(c->view->scenario->kubernetes))
		return age;
	for (; age > 0; age /= 2)
		rank++;
	return rank;
}

/*
 * ActivePodsWithRanks. Left out is, since 1.22, the comparison of restarts between pods that became ready in the same
 * second: with it upstream's order has cycles.
 */
static int compare_victims(const void *left, const void *right)
{
	const struct victim *a = left, *b = right;

	ORDER(a->bound, b->bound);
	ORDER(a->phase, b->phase);
	ORDER(a->ready, b->ready);
	ORDER(a->cost, b->cost);
	ORDER(b->beside, a->beside);
	ORDER(a->ready_age, b->ready_age);
	ORDER(b->restarts, a->restarts);
	ORDER(a->age, b->age);
	ORDER(a->uid, b->uid);
	ORDER(a->pod, b->pod);
	return 0;
}

static void count_on_nodes(struct control_call *c, uint32_t row, bool clear)
{
	struct state *s = c->state;
	const struct view *v = c->view;

	for (uint32_t i = v->workload[row].first_pod; i != NONE; i = v->pod[i].next_of_workload)
		if (pod_active(&v->pod[i]) && v->pod[i].node != NONE)
			s->on_node[v->pod[i].node] = clear ? 0 : s->on_node[v->pod[i].node] + 1;
}

/* The same over all ReplicaSets of its owner. */
static void count_related(struct control_call *c, uint32_t row, bool clear)
{
	struct state *s = c->state;
	const struct workload *w = c->view->workload;

	if (s->on_node == NULL)
		s->on_node = ARENA_NEW(c->arena, c->view->nodes.count, uint32_t);
	if (w[row].owner == NONE)
		count_on_nodes(c, row, clear);
	else
		for (uint32_t i = w[w[row].owner].first_child; i != NONE; i = w[i].next_sibling)
			count_on_nodes(c, i, clear);
}

static struct victim victim(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	bool log = version_log_scale_down(c->view->scenario->kubernetes);
	struct victim x = {.pod = row, .bound = p->node != NONE, .phase = p->phase, .ready = p->ready};

	x.cost = log ? p->deletion_cost : 0; /* since 1.22 as well */
	x.beside = p->node != NONE ? s->on_node[p->node] : 0;
	x.ready_age = p->ready ? age_rank(c, p->ready_since) : 0;
	/* Within a bucket of ready ages upstream goes straight to the UID, which is random. */
	if (!log || !p->ready) {
		x.restarts = p->restarts;
		x.age = age_rank(c, p->created);
	}
	if (log)
		x.uid = rng_at(c->rng, row);
	return x;
}

static void delete (struct control_call *c, uint32_t row, int64_t count)
{
	struct state *s = c->state;
	const struct view *v = c->view;
	struct api_call call = api_call(API_DELETE_POD);
	uint32_t n = 0;

	count_related(c, row, false);
	for (uint32_t i = v->workload[row].first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		if (!pod_active(&v->pod[i]))
			continue;
		ARENA_RESERVE(c->arena, s->victim, s->victim_capacity, n + 1, struct victim);
		s->victim[n++] = victim(c, i);
	}
	count_related(c, row, true);
	if (n > 0)
		qsort(s->victim, n, sizeof(*s->victim), compare_victims);
	call.cause = v->workload[row].owner != NONE &&
				     v->workload[row].revision != v->workload[v->workload[row].owner].revision
			     ? DELETE_ROLLOUT
			     : DELETE_SCALE_DOWN;
	for (uint32_t i = 0; i < n && i < BURST && i < count; i++) {
		call.pod = s->victim[i].pod;
		decide_call(c->out, call);
	}
	decide_then(c->out);
}

static void write_status(struct control_call *c, uint32_t row, const struct numbers *n)
{
	struct set *set = set_of(c, row);
	struct api_call call = api_call(API_STATUS);

	if (set->has_status && memcmp(n, &set->written, sizeof(*n)) == 0)
		return;
	set->sent = *n;
	call.workload = row;
	decide_call(c->out, call);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];

	if (!w->exists)
		return;
	look_at_new(c, row);
	/* Counts lag by what has not been noticed; before choosing victims all pods are looked at again. */
	if (set_of(c, row)->now.active > w->replicas)
		for (uint32_t i = w->first_pod; i != NONE; i = c->view->pod[i].next_of_workload)
			look(c, i);
	struct numbers n = set_of(c, row)->now;
	if (n.active < w->replicas)
		create(c, row, w->replicas - n.active);
	else if (n.active > w->replicas)
		delete (c, row, n.active - w->replicas);
	write_status(c, row, &n);
}

const struct controller control_replica_set = {
	.info = {.name = "replicaset", .summary = "keeps the asked number of pods of each ReplicaSet"},
	.client = "replicaset-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
};
