/* deployment.c - the Deployment controller: moves replicas between the ReplicaSets of old and new templates.
 * Upstream: pkg/controller/deployment/{sync,rolling,recreate,progress}.go, util/deployment_util.go
 * (kubernetes-control-plane.md 3.2). Replica counts are spec.replicas; availability is that of the pods noticed. */
#include <string.h>

#include "policies/parts/deployment.h"

/* revisionHistoryLimit, default. */
#define HISTORY 10

/* What a pod was last counted as. */
enum counted { COUNT_ACTIVE = 1, COUNT_READY = 2, COUNT_AVAILABLE = 4 };

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_deployment_syncs;
}

static void reserve(struct control_call *c)
{
	struct deployment_state *s = c->state;
	uint32_t count = c->view->workload_count;

	ARENA_RESERVE(c->arena, s->set, s->set_capacity, count, struct deployment_set);
	ARENA_RESERVE(c->arena, s->rollout, s->rollout_capacity, count, struct deployment_rollout);
	ARENA_RESERVE(c->arena, s->pod, s->pod_capacity, c->view->pod_count, uint8_t);
}

/* The Deployment of workload row, or NONE. */
static uint32_t owner_of(const struct view *v, uint32_t row)
{
	return row != NONE && v->workload[row].kind == WORKLOAD_REPLICA_SET ? v->workload[row].owner : NONE;
}

/* ---- pods ---- */

/* When a ready pod has been so for minReadySeconds. Time 0 is the initial state, whose pods are old. */
static sim_time available_at(const struct view *v, const struct pod *p)
{
	return p->ready_since == 0 ? 0 : time_add(p->ready_since, v->workload[p->workload].object->min_ready);
}

/* Counts a pod as it is now in place of what it was. Returns whether anything differs. */
static bool look(struct control_call *c, uint32_t row)
{
	struct deployment_state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	uint8_t now = 0;

	reserve(c);
	struct deployment_set *set = &s->set[p->workload];
	uint8_t was = s->pod[row];
	if (pod_active(p))
		now = p->ready ? COUNT_ACTIVE | COUNT_READY : COUNT_ACTIVE;
	if (now & COUNT_READY) {
		if (available_at(c->view, p) <= c->now)
			now |= COUNT_AVAILABLE;
		else if (!(was & COUNT_READY))
			decide_timer(c->out, available_at(c->view, p), row, 0);
	}
	set->active += !!(now & COUNT_ACTIVE) - !!(was & COUNT_ACTIVE);
	set->ready += !!(now & COUNT_READY) - !!(was & COUNT_READY);
	set->available += !!(now & COUNT_AVAILABLE) - !!(was & COUNT_AVAILABLE);
	s->pod[row] = now;
	return now != was;
}

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	const struct pod *p = &c->view->pod[key];

	(void)arg;
	if (look(c, key))
		decide_queue(c->out, owner_of(c->view, p->workload));
	else if (pod_active(p) && p->ready && available_at(c->view, p) > c->now)
		decide_timer(c->out, available_at(c->view, p), key, 0);
}

static void start(struct control_call *c)
{
	const struct view *v = c->view;

	reserve(c);
	for (uint32_t i = 0; i < v->workload_count; i++) {
		if (v->workload[i].kind == WORKLOAD_DEPLOYMENT)
			decide_queue(c->out, i);
		else if (owner_of(v, i) != NONE)
			for (uint32_t p = v->workload[i].first_pod; p != NONE; p = v->pod[p].next_of_workload)
				look(c, p);
	}
}

/* ReplicaSets carry the news of their pods in their status; only Recreate waits for pods themselves. */
static void notice_pod(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	uint32_t set = v->pod[change->row].workload, owner = owner_of(v, set);

	if (owner == NONE)
		return;
	look(c, change->row);
	if (v->workload[owner].object->recreate && (change->what & (CHANGED_REMOVED | CHANGED_PHASE)))
		decide_queue(c->out, owner);
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	struct deployment_state *s = c->state;
	uint32_t owner = change->kind == CHANGE_WORKLOAD ? owner_of(v, change->row) : NONE;

	if (change->kind == CHANGE_POD) {
		notice_pod(c, change);
		return;
	}
	reserve(c);
	if (owner != NONE) {
		struct deployment_set *set = &s->set[change->row];

		if ((change->what & CHANGED_SPEC) && set->next_max > 0) {
			set->desired = set->next_desired;
			set->max = set->next_max;
		}
		decide_queue(c->out, owner);
	} else if (v->workload[change->row].kind == WORKLOAD_DEPLOYMENT) {
		struct deployment_rollout *r = &s->rollout[change->row];

		if (change->what & CHANGED_STATUS) {
			r->written = r->sent;
			r->late = r->late_sent;
			r->has_status = true;
		}
		if (change->what & (CHANGED_SPEC | CHANGED_ADDED))
			decide_queue(c->out, change->row);
	}
}

/* ---- rolling update ---- */

/* cleanupUnhealthyReplicas: at most limit replicas that are not available go first, of the oldest ReplicaSets first. */
static int64_t drop_unhealthy(struct deployment_sync *y, int64_t limit)
{
	int64_t dropped = 0;

	for (uint32_t i = y->old_count; i-- > 0 && dropped < limit;) {
		int64_t unhealthy = y->old[i].replicas - deployment_available_of(y, &y->old[i]);

		if (unhealthy <= 0)
			continue;
		unhealthy = int64_min(unhealthy, limit - dropped);
		y->old[i].replicas -= unhealthy;
		dropped += unhealthy;
	}
	return dropped;
}

/* reconcileOldReplicaSets; new_size is what the new ReplicaSet has after this sync's first step. */
static void shrink_old(struct deployment_sync *y, int64_t new_size)
{
	int64_t floor = y->replicas - y->unavailable;
	int64_t total = deployment_old_replicas(y) + new_size;
	int64_t limit = total - floor - (new_size - deployment_available_of(y, y->new));

	if (deployment_old_replicas(y) == 0 || limit <= 0)
		return;
	drop_unhealthy(y, limit);
	int64_t spare = deployment_available(y) - floor;
	for (uint32_t i = y->old_count; i-- > 0 && spare > 0;) {
		int64_t count = int64_min(y->old[i].replicas, spare);

		y->old[i].replicas -= count;
		spare -= count;
	}
	deployment_send_old(y);
}

static void roll(struct deployment_sync *y)
{
	if (y->new == NULL) {
		int64_t size = deployment_new_replicas(y);

		deployment_send_new(y);
		shrink_old(y, size);
		return;
	}
	y->new->replicas = y->new->replicas > y->replicas ? y->replicas : deployment_new_replicas(y);
	if (y->new->replicas != y->new->was)
		deployment_send_scale(y, y->new);
	else
		shrink_old(y, y->new->replicas);
}

/* ---- Recreate ---- */

/* Whether a pod of an old ReplicaSet has not ended, terminating ones included. */
static bool old_pods_left(const struct deployment_sync *y)
{
	const struct view *v = y->call->view;

	for (uint32_t i = 0; i < y->old_count; i++)
		for (uint32_t p = v->workload[y->old[i].row].first_pod; p != NONE; p = v->pod[p].next_of_workload)
			if (v->pod[p].phase != PHASE_SUCCEEDED && v->pod[p].phase != PHASE_FAILED)
				return true;
	return false;
}

static void recreate(struct deployment_sync *y)
{
	if (deployment_old_replicas(y) > 0) {
		for (uint32_t i = 0; i < y->old_count; i++)
			y->old[i].replicas = 0;
		deployment_send_old(y);
	} else if (!old_pods_left(y)) {
		if (y->new == NULL) {
			deployment_send_new(y);
			return;
		}
		y->new->replicas = y->replicas;
		if (y->new->replicas != y->new->was)
			deployment_send_scale(y, y->new);
	}
}

/* ---- after the work: history, status ---- */

static bool complete(const struct deployment_sync *y, const struct deployment_numbers *n)
{
	return n->updated == y->replicas && n->replicas == y->replicas && n->available == y->replicas;
}

/* Old ReplicaSets without pods beyond the history are deleted, the oldest first. */
static void clean_up(struct deployment_sync *y)
{
	const struct view *v = y->call->view;
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	for (uint32_t i = y->old_count; i-- > HISTORY;) {
		if (y->old[i].replicas > 0 || v->workload[y->old[i].row].first_pod != NONE)
			continue;
		call.workload = y->old[i].row;
		decide_call(y->call->out, call);
		decide_then(y->call->out);
	}
}

static struct deployment_numbers count(const struct deployment_sync *y)
{
	struct deployment_numbers n = {0};

	for (uint32_t i = 0; i <= y->old_count; i++) {
		const struct deployment_part *p = i == 0 ? y->new : &y->old[i - 1];
		const struct deployment_set *set = p != NULL ? &y->state->set[p->row] : NULL;

		if (set == NULL)
			continue;
		n.replicas += set->active;
		n.ready += set->ready;
		n.available += set->available;
		if (i == 0)
			n.updated = set->active;
	}
	return n;
}

/* Without progress for progressDeadlineSeconds the condition Progressing becomes False; nothing else follows. */
static bool too_late(struct deployment_sync *y, struct deployment_rollout *r, const struct deployment_numbers *n)
{
	const struct deployment_numbers *was = &r->sent;
	const sim_time now = y->call->now;
	/* A template that has arrived everywhere is not late, whatever becomes of its pods (reason NewRSAvailable). */
	const bool rests = r->arrived || complete(y, n) || y->deployment->suspended;

	if (rests || n->updated > was->updated || n->ready > was->ready || n->available > was->available ||
	    n->replicas - n->updated < was->replicas - was->updated)
		r->progress = now;
	const sim_time deadline = time_add(r->progress, y->deployment->object->progress_deadline);
	if (rests || now >= deadline)
		return !rests;
	/* One look ahead is enough: if there is progress until then, it looks ahead anew. */
	if (r->deadline <= now) {
		decide_queue_at(y->call->out, y->row, deadline);
		r->deadline = deadline;
	}
	return false;
}

static void tell(struct deployment_sync *y, const struct deployment_rollout *r, enum rollout_event what)
{
	struct fact f = {.kind = FACT_ROLLOUT,
			 .flag = (uint16_t)what,
			 .node = FACT_NONE,
			 .pod = FACT_NONE,
			 .object = y->row,
			 .a = y->call->now - r->began,
			 .b = r->lowest,
			 .c = y->replicas};

	decide_tell(y->call->out, f);
}

/* Follows a rollout of a changed template from its first sync to its last, with the fewest available pods seen. */
static void follow(struct deployment_sync *y, const struct deployment_numbers *n)
{
	struct deployment_rollout *r = &y->state->rollout[y->row];
	bool done = complete(y, n) && y->new != NULL;

	if (r->revision != y->deployment->revision) {
		/* A process that has just started takes the one under way for new. */
		bool begins = y->deployment->revision > 1 && !(r->revision == 0 && done);

		r->revision = y->deployment->revision;
		r->arrived = false;
		r->rolling = begins;
		r->began = r->progress = y->call->now; /* NewReplicaSetCreated */
		r->lowest = n->available;
		if (begins)
			tell(y, r, ROLLOUT_BEGUN);
	}
	r->arrived |= done;
	if (n->available < r->lowest)
		r->lowest = n->available;
	if (!r->rolling || !done)
		return;
	r->rolling = false;
	tell(y, r, ROLLOUT_COMPLETE);
}

static void write_status(struct deployment_sync *y, const struct deployment_numbers *n)
{
	struct deployment_rollout *r = &y->state->rollout[y->row];
	struct api_call call = api_call(API_STATUS);
	bool late = too_late(y, r, n);

	if (r->has_status && late == r->late && memcmp(n, &r->written, sizeof(*n)) == 0)
		return;
	r->sent = *n;
	if (late && !r->late_sent)
		tell(y, r, ROLLOUT_LATE);
	r->late_sent = late;
	call.workload = y->row;
	decide_call(y->call->out, call);
}

/* ---- the sync ---- */

/* A ReplicaSet seen for the first time has the annotations that it was made with. */
static void annotate(struct deployment_sync *y, uint32_t row)
{
	struct deployment_set *set = &y->state->set[row];
	const struct deployment_rollout *r = &y->state->rollout[y->row];

	if (set->annotated)
		return;
	set->annotated = true;
	set->desired = r->made ? r->made_desired : y->replicas;
	set->max = r->made ? r->made_max : y->replicas + y->surge;
}

static void gather(struct deployment_sync *y)
{
	const struct workload *w = y->call->view->workload;
	struct deployment_state *s = y->state;
	uint32_t n = 0;
	bool has_new = false;

	for (uint32_t i = y->deployment->first_child; i != NONE; i = w[i].next_sibling) {
		if (!w[i].exists)
			continue;
		annotate(y, i);
		ARENA_RESERVE(y->call->arena, s->part, s->part_capacity, n + 1, struct deployment_part);
		s->part[n++] = (struct deployment_part){.row = i, .replicas = w[i].replicas, .was = w[i].replicas};
		has_new |= w[i].revision == y->deployment->revision;
	}
	/* Children are listed newest first and the newest template is the current one. */
	y->new = has_new ? s->part : NULL;
	y->old = has_new ? s->part + 1 : s->part;
	y->old_count = has_new ? n - 1 : n;
}

static void reconcile(struct control_call *c, uint32_t row)
{
	struct deployment_sync y = {.call = c, .state = c->state, .deployment = &c->view->workload[row], .row = row};

	if (!y.deployment->exists)
		return;
	reserve(c);
	deployment_limits(&y);
	gather(&y);
	struct deployment_numbers n = count(&y);
	follow(&y, &n);
	if (y.deployment->suspended || deployment_scaling(&y))
		deployment_scale(&y);
	else if (y.deployment->object->recreate)
		recreate(&y);
	else
		roll(&y);
	if (complete(&y, &n))
		clean_up(&y);
	write_status(&y, &n);
}

const struct controller control_deployment = {
	.info = {.name = "deployment", .summary = "rolls Deployments out through their ReplicaSets and scales them"},
	.client = "deployment-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct deployment_state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
};
