/* stateful_set.c - the StatefulSet controller: one pod for each ordinal, in order, and never two of the same name.
 * Upstream: pkg/controller/statefulset/stateful_set_control.go (kubernetes-control-plane.md 3.3). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "models/versions.h"

/* Creates of one sync of a Parallel set, as the ReplicaSet controller's burst (a guess: upstream has no limit). */
#define BURST 500

struct numbers {
	int64_t replicas, ready, updated;
};

struct status {
	struct numbers sent, written; /* as decided last, as seen in the watch */
	bool has_status;
};

struct member {
	int32_t ordinal;
	uint32_t pod;
};

struct state {
	struct status *status; /* by workload row */
	uint32_t status_capacity;
	struct member *member; /* scratch: the set's pods by ordinal */
	uint32_t member_capacity;
};

/* One sync of a set. */
struct sync {
	struct control_call *call;
	const struct workload *set;
	uint32_t row, count;
	const struct member *member;
	int64_t first, end; /* ordinals wanted: first .. end - 1 */
	bool ordered;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_statefulset_syncs;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++)
		if (c->view->workload[i].kind == WORKLOAD_STATEFUL_SET)
			decide_queue(c->out, i);
}

static struct status *status_of(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->status, s->status_capacity, c->view->workload_count, struct status);
	return &s->status[row];
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	uint32_t row = change->kind == CHANGE_POD ? v->pod[change->row].workload : change->row;

	if (row == NONE || v->workload[row].kind != WORKLOAD_STATEFUL_SET)
		return;
	if (change->kind == CHANGE_WORKLOAD && (change->what & CHANGED_STATUS)) {
		struct status *st = status_of(c, row);

		st->written = st->sent;
		st->has_status = true;
		return;
	}
	decide_queue(c->out, row);
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? -1 : 1;
	return a->pod < b->pod ? -1 : a->pod > b->pod;
}

static void gather(struct sync *y)
{
	struct state *s = y->call->state;
	const struct pod *pod = y->call->view->pod;

	for (uint32_t i = y->set->first_pod; i != NONE; i = pod[i].next_of_workload) {
		ARENA_RESERVE(y->call->arena, s->member, s->member_capacity, y->count + 1, struct member);
		s->member[y->count++] = (struct member){.ordinal = pod[i].ordinal, .pod = i};
	}
	if (y->count > 0)
		qsort(s->member, y->count, sizeof(*s->member), compare_members);
	y->member = s->member;
}

static bool wanted(const struct sync *y, const struct member *m)
{
	return m->ordinal >= y->first && m->ordinal < y->end;
}

static const struct pod *pod_of(const struct sync *y, const struct member *m)
{
	return &y->call->view->pod[m->pod];
}

static bool failed(const struct pod *p)
{
	return p->phase == PHASE_FAILED || p->phase == PHASE_SUCCEEDED;
}

/* Running, Ready for minReadySeconds, and not terminating. Time 0 is the initial state, whose pods are old. */
static bool healthy(const struct sync *y, const struct pod *p)
{
	sim_time at = p->ready_since == 0 ? 0 : time_add(p->ready_since, y->set->object->min_ready);

	if (p->phase != PHASE_RUNNING || !p->ready || p->deleting)
		return false;
	if (at > y->call->now)
		decide_queue_at(y->call->out, y->row, at);
	return at <= y->call->now;
}

/* Only a template changed during the run makes pods outdated: pods of a dump have specs of their own. */
static bool outdated(const struct sync *y, const struct pod *p)
{
	return y->set->revision > 1 && p->spec != y->set->spec;
}

static bool has_claim(const struct sync *y, uint32_t template, int64_t ordinal)
{
	const struct view *v = y->call->view;
	char name[800];

	snprintf(name, sizeof(name), "%.253s-%.253s-%" PRId64,
		 names_text(v->names, y->set->object->claim[template].meta.name), names_text(v->names, y->set->name),
		 ordinal);
	uint32_t id = names_find(v->names, name);
	return id != 0 && view_claim(v, y->set->namespace, id) != NONE;
}

/* Claims come before their pod, and stay when it goes. */
static void create_claims(struct sync *y, int64_t ordinal)
{
	struct api_call call = api_call(API_CREATE_CLAIM);
	bool any = false;

	call.workload = y->row;
	call.ordinal = (int32_t)ordinal;
	for (uint32_t i = 0; i < y->set->object->claim_count; i++) {
		if (has_claim(y, i, ordinal))
			continue;
		call.number = i;
		decide_call(y->call->out, call);
		any = true;
	}
	if (any)
		decide_then(y->call->out);
}

/* Below the partition pods are made anew as they were (newVersionedStatefulSetPod). */
static void create(struct sync *y, int64_t ordinal)
{
	struct api_call call = api_call(API_CREATE_POD);

	create_claims(y, ordinal);
	call.number = ordinal < y->first + y->set->object->partition;
	call.workload = y->row;
	call.ordinal = (int32_t)ordinal;
	decide_call(y->call->out, call);
}

static void delete (struct sync *y, const struct member *m, enum delete_cause cause)
{
	struct api_call call = api_call(API_DELETE_POD);

	call.pod = m->pod;
	call.cause = (uint8_t)cause;
	decide_call(y->call->out, call);
}

/* Creates what is missing and removes what has failed, ordinals upward. False: an ordered set has to wait. */
static bool fill(struct sync *y)
{
	uint32_t at = 0, made = 0;

	for (int64_t ordinal = y->first; ordinal < y->end && made < BURST; ordinal++) {
		while (at < y->count && y->member[at].ordinal < ordinal)
			at++;
		if (at == y->count || y->member[at].ordinal != ordinal) {
			create(y, ordinal);
			made++;
			if (y->ordered)
				return false;
			continue;
		}
		const struct pod *p = pod_of(y, &y->member[at]);
		/* The replacement is made when the failed pod's object has gone. */
		if (failed(p) && !p->deleting)
			delete (y, &y->member[at], DELETE_FAILED);
		if (y->ordered && !healthy(y, p))
			return false;
	}
	if (made == BURST)
		decide_queue(y->call->out, y->row);
	return true;
}

/* The unwanted pod of the lowest ordinal that is not healthy: the only such one that an ordered set may delete. Those
 * wanted are all healthy when this is asked. */
static const struct member *first_unhealthy(const struct sync *y)
{
	for (uint32_t i = 0; i < y->count; i++)
		if (!healthy(y, pod_of(y, &y->member[i])))
			return &y->member[i];
	return NULL;
}

/* Deletes unwanted pods from the highest ordinal down. Returns false when an ordered set has to wait. */
static bool shrink(struct sync *y)
{
	for (uint32_t i = y->count; i-- > 0;) {
		const struct member *m = &y->member[i];
		const struct pod *p = pod_of(y, m);

		if (wanted(y, m))
			continue;
		if (p->deleting) {
			if (y->ordered)
				return false;
			continue;
		}
		if (y->ordered && !healthy(y, p) && m != first_unhealthy(y))
			return false;
		delete (y, m, DELETE_SCALE_DOWN);
		if (y->ordered)
			return false;
	}
	return true;
}

/* maxUnavailable of the rolling update counts since 1.35; it was 1. */
static int64_t max_unavailable(const struct sync *y)
{
	int64_t n = int_or_percent_of(y->set->object->max_unavailable, y->end - y->first, true);

	return n < 1 || !version_stateful_max_unavailable(y->call->view->scenario->kubernetes) ? 1 : n;
}

static int64_t count_unavailable(struct sync *y)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < y->count; i++)
		n += wanted(y, &y->member[i]) && !healthy(y, pod_of(y, &y->member[i]));
	return n;
}

/* Rolling update with more than one pod at a time: from the highest ordinal down, as many as may be unavailable. */
static void update_many(struct sync *y, int64_t max)
{
	int64_t unavailable = count_unavailable(y);

	for (uint32_t i = y->count; i-- > 0 && unavailable < max;) {
		const struct member *m = &y->member[i];
		const struct pod *p = pod_of(y, m);

		if (!wanted(y, m))
			continue;
		if (m->ordinal < y->first + y->set->object->partition)
			return;
		if (!outdated(y, p) || p->deleting || failed(p))
			continue;
		unavailable += healthy(y, p);
		delete (y, m, DELETE_ROLLOUT);
	}
}

/* One at a time: the outdated pod of the highest ordinal goes, when all above it are healthy. */
static void update_one(struct sync *y)
{
	for (uint32_t i = y->count; i-- > 0;) {
		const struct member *m = &y->member[i];
		const struct pod *p = pod_of(y, m);

		if (!wanted(y, m))
			continue;
		if (m->ordinal < y->first + y->set->object->partition)
			return;
		if (outdated(y, p) && !p->deleting) {
			if (!failed(p))
				delete (y, m, DELETE_ROLLOUT);
			return;
		}
		if (!healthy(y, p))
			return;
	}
}

static void update(struct sync *y)
{
	int64_t max = max_unavailable(y);

	if (y->set->object->on_delete)
		return;
	if (max > 1)
		update_many(y, max);
	else
		update_one(y);
}

/* completeRollingUpdate: once every pod is new and ready, pods below the partition are made of the new template too. */
static void complete(struct sync *y, const struct numbers *n)
{
	struct api_call call = api_call(API_SET_CURRENT);

	if (y->set->current == y->set->spec || n->updated != y->end - y->first || n->ready != n->updated ||
	    n->replicas != n->updated)
		return;
	call.workload = y->row;
	decide_then(y->call->out);
	decide_call(y->call->out, call);
}

static void write_status(struct sync *y)
{
	struct status *st = status_of(y->call, y->row);
	struct api_call call = api_call(API_STATUS);
	struct numbers n = {.replicas = y->count};

	for (uint32_t i = 0; i < y->count; i++) {
		const struct pod *p = pod_of(y, &y->member[i]);

		n.ready += p->ready && p->phase == PHASE_RUNNING;
		n.updated += !outdated(y, p);
	}
	complete(y, &n);
	if (st->has_status && memcmp(&n, &st->written, sizeof(n)) == 0)
		return;
	st->sent = n;
	call.workload = y->row;
	decide_then(y->call->out);
	decide_call(y->call->out, call);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	struct sync y = {.call = c, .set = &c->view->workload[row], .row = row};

	if (!y.set->exists)
		return;
	y.first = y.set->object->start_ordinal;
	y.end = y.first + y.set->replicas;
	y.ordered = !y.set->object->parallel;
	gather(&y);
	if (fill(&y) && shrink(&y))
		update(&y);
	write_status(&y);
}

const struct controller control_stateful_set = {
	.info = {.name = "statefulset", .summary = "keeps one pod for each ordinal of a StatefulSet, in order"},
	.client = "statefulset-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
