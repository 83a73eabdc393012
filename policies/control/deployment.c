/* deployment.c - the Deployment controller: moves replicas between the ReplicaSets of old and new templates.
 * Upstream: pkg/controller/deployment/{sync,rolling,recreate,progress}.go, util/deployment_util.go
 * (kubernetes-control-plane.md 3.2). Replica counts are spec.replicas; availability is that of the pods noticed. */
#include <string.h>

#include "models/policy.h"

/* revisionHistoryLimit, default. */
#define HISTORY 10

/* What a pod was last counted as. */
enum counted { COUNT_ACTIVE = 1, COUNT_READY = 2, COUNT_AVAILABLE = 4 };

struct numbers {
	int64_t replicas, updated, ready, available;
};

/* Of a ReplicaSet: the pods counted, and the annotations desired-replicas and max-replicas. */
struct set {
	int64_t active, ready, available;
	int64_t desired, max, next_desired, next_max; /* next: as asked in a call that has not been seen yet */
	bool annotated;
};

/* Of a Deployment. */
struct rollout {
	struct numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status, late, late_sent;
	sim_time progress; /* when it last came nearer to its goal */
	int64_t made_desired, made_max;
	bool made; /* a ReplicaSet has been asked for with these annotations */
};

/* A ReplicaSet in a sync; replicas change as the sync decides. */
struct part {
	uint32_t row;
	int64_t replicas, was;
};

struct state {
	uint8_t *pod; /* enum counted, or'ed, by pod row */
	uint32_t pod_capacity;
	struct set *set; /* by workload row */
	uint32_t set_capacity;
	struct rollout *rollout; /* by workload row */
	uint32_t rollout_capacity;
	struct part *part;
	uint32_t part_capacity;
	struct part **sorted; /* scratch */
	uint32_t sorted_capacity;
};

/* One sync of a Deployment. */
struct sync {
	struct control_call *call;
	struct state *state;
	const struct workload *deployment;
	uint32_t row;
	struct part *old, *new; /* old ones newest first; new NULL when there is none */
	uint32_t old_count;
	int64_t replicas, surge, unavailable;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_deployment_syncs;
}

static void reserve(struct control_call *c)
{
	struct state *s = c->state;
	uint32_t count = c->view->workload_count;

	ARENA_RESERVE(c->arena, s->set, s->set_capacity, count, struct set);
	ARENA_RESERVE(c->arena, s->rollout, s->rollout_capacity, count, struct rollout);
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
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	uint8_t now = 0;

	reserve(c);
	struct set *set = &s->set[p->workload];
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
	struct state *s = c->state;
	uint32_t owner = change->kind == CHANGE_WORKLOAD ? owner_of(v, change->row) : NONE;

	if (change->kind == CHANGE_POD) {
		notice_pod(c, change);
		return;
	}
	reserve(c);
	if (owner != NONE) {
		struct set *set = &s->set[change->row];

		if ((change->what & CHANGED_SPEC) && set->next_max > 0) {
			set->desired = set->next_desired;
			set->max = set->next_max;
		}
		decide_queue(c->out, owner);
	} else if (v->workload[change->row].kind == WORKLOAD_DEPLOYMENT) {
		struct rollout *r = &s->rollout[change->row];

		if (change->what & CHANGED_STATUS) {
			r->written = r->sent;
			r->late = r->late_sent;
			r->has_status = true;
		}
		if (change->what & (CHANGED_SPEC | CHANGED_ADDED))
			decide_queue(c->out, change->row);
	}
}

/* ---- arithmetic ---- */

/* An int-or-percent of replicas; surge is rounded up, unavailable down. */
static int64_t resolve(struct int_or_percent x, int64_t replicas, bool up)
{
	return x.percent ? (x.value * replicas + (up ? 99 : 0)) / 100 : x.value;
}

/* ResolveFenceposts. */
static void resolve_limits(struct sync *y)
{
	const struct workload_object *o = y->deployment->object;

	y->replicas = y->deployment->replicas;
	if (o->recreate)
		return;
	y->surge = resolve(o->max_surge, y->replicas, true);
	y->unavailable = resolve(o->max_unavailable, y->replicas, false);
	if (y->surge == 0 && y->unavailable == 0)
		y->unavailable = 1;
	if (y->unavailable > y->replicas)
		y->unavailable = y->replicas;
}

static int64_t old_replicas(const struct sync *y)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < y->old_count; i++)
		sum += y->old[i].replicas;
	return sum;
}

static int64_t available_of(const struct sync *y, const struct part *p)
{
	return p != NULL ? y->state->set[p->row].available : 0;
}

static int64_t available_replicas(const struct sync *y)
{
	int64_t sum = available_of(y, y->new);

	for (uint32_t i = 0; i < y->old_count; i++)
		sum += available_of(y, &y->old[i]);
	return sum;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* NewRSNewReplicas: how many replicas the new ReplicaSet may have now. */
static int64_t new_replicas(const struct sync *y)
{
	int64_t own = y->new != NULL ? y->new->replicas : 0, total = old_replicas(y) + own;

	if (y->deployment->object->recreate)
		return y->replicas;
	if (total >= y->replicas + y->surge)
		return own;
	return own + smaller(y->replicas + y->surge - total, y->replicas - own);
}

/* ---- calls ---- */

/* Sends a ReplicaSet's new size; its annotations count as written when the change is seen. */
static void send_scale(struct sync *y, const struct part *p)
{
	struct set *set = &y->state->set[p->row];
	struct api_call call = api_call(API_SCALE);

	set->next_desired = y->replicas;
	set->next_max = y->replicas + y->surge;
	if (p->replicas == p->was) {
		set->desired = set->next_desired;
		set->max = set->next_max;
		return;
	}
	call.workload = p->row;
	call.number = p->replicas;
	decide_call(y->call->out, call);
	decide_then(y->call->out);
}

static void send_changed_old(struct sync *y)
{
	for (uint32_t i = y->old_count; i-- > 0;)
		if (y->old[i].replicas != y->old[i].was)
			send_scale(y, &y->old[i]);
}

static void send_new_set(struct sync *y)
{
	struct api_call call = api_call(API_CREATE_REPLICA_SET);
	struct rollout *r = &y->state->rollout[y->row];

	call.workload = y->row;
	call.number = new_replicas(y);
	r->made = true;
	r->made_desired = y->replicas;
	r->made_max = y->replicas + y->surge;
	decide_call(y->call->out, call);
	decide_then(y->call->out);
}

/* ---- rolling update ---- */

/* cleanupUnhealthyReplicas: at most limit replicas that are not available go first, of the oldest ReplicaSets first. */
static int64_t drop_unhealthy(struct sync *y, int64_t limit)
{
	int64_t dropped = 0;

	for (uint32_t i = y->old_count; i-- > 0 && dropped < limit;) {
		int64_t unhealthy = y->old[i].replicas - available_of(y, &y->old[i]);

		if (unhealthy <= 0)
			continue;
		unhealthy = smaller(unhealthy, limit - dropped);
		y->old[i].replicas -= unhealthy;
		dropped += unhealthy;
	}
	return dropped;
}

/* reconcileOldReplicaSets; new_size is what the new ReplicaSet has after this sync's first step. */
static void shrink_old(struct sync *y, int64_t new_size)
{
	int64_t floor = y->replicas - y->unavailable;
	int64_t total = old_replicas(y) + new_size;
	int64_t limit = total - floor - (new_size - available_of(y, y->new));

	if (old_replicas(y) == 0 || limit <= 0)
		return;
	drop_unhealthy(y, limit);
	int64_t spare = available_replicas(y) - floor;
	for (uint32_t i = y->old_count; i-- > 0 && spare > 0;) {
		int64_t count = smaller(y->old[i].replicas, spare);

		y->old[i].replicas -= count;
		spare -= count;
	}
	send_changed_old(y);
}

static void roll(struct sync *y)
{
	if (y->new == NULL) {
		int64_t size = new_replicas(y);

		send_new_set(y);
		shrink_old(y, size);
		return;
	}
	y->new->replicas = y->new->replicas > y->replicas ? y->replicas : new_replicas(y);
	if (y->new->replicas != y->new->was)
		send_scale(y, y->new);
	else
		shrink_old(y, y->new->replicas);
}

/* ---- Recreate ---- */

/* Whether a pod of an old ReplicaSet has not ended, terminating ones included. */
static bool old_pods_left(const struct sync *y)
{
	const struct view *v = y->call->view;

	for (uint32_t i = 0; i < y->old_count; i++)
		for (uint32_t p = v->workload[y->old[i].row].first_pod; p != NONE; p = v->pod[p].next_of_workload)
			if (v->pod[p].phase != PHASE_SUCCEEDED && v->pod[p].phase != PHASE_FAILED)
				return true;
	return false;
}

static void recreate(struct sync *y)
{
	if (old_replicas(y) > 0) {
		for (uint32_t i = 0; i < y->old_count; i++)
			y->old[i].replicas = 0;
		send_changed_old(y);
	} else if (!old_pods_left(y)) {
		if (y->new == NULL) {
			send_new_set(y);
			return;
		}
		y->new->replicas = y->replicas;
		if (y->new->replicas != y->new->was)
			send_scale(y, y->new);
	}
}

/* ---- scaling ---- */

/* isScalingEvent: a ReplicaSet was last sized for another number of replicas. */
static bool scaling(const struct sync *y)
{
	for (uint32_t i = 0; i < y->old_count; i++)
		if (y->old[i].replicas > 0 && y->state->set[y->old[i].row].desired != y->replicas)
			return true;
	return y->new != NULL && y->new->replicas > 0 && y->state->set[y->new->row].desired != y->replicas;
}

/* FindActiveOrLatest: the only ReplicaSet with replicas, or the newest; NULL when several have some. */
static struct part *active_or_latest(struct sync *y)
{
	struct part *found = y->new != NULL && y->new->replicas > 0 ? y->new : NULL;

	for (uint32_t i = 0; i < y->old_count; i++) {
		if (y->old[i].replicas == 0)
			continue;
		if (found != NULL)
			return NULL;
		found = &y->old[i];
	}
	if (found == NULL)
		found = y->new != NULL ? y->new : y->old_count > 0 ? y->old : NULL;
	return found;
}

/* getReplicaSetFraction: what p gains when the Deployment's size changes, rounded to nearest, halves away from zero. */
static int64_t fraction(const struct sync *y, const struct part *p)
{
	int64_t max = y->state->set[p->row].max;

	if (y->replicas == 0)
		return -p->replicas;
	if (max <= 0)
		return 0;
	return (2 * p->replicas * (y->replicas + y->surge) + max) / (2 * max) - p->replicas;
}

/* The active ReplicaSets in the order of shares: larger first; of equal ones the newer when growing, else the older. */
static uint32_t sort_parts(struct sync *y, struct part *sorted[], bool growing)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i <= y->old_count; i++) {
		/* Newest first when growing, oldest first when shrinking; insertion is stable. */
		uint32_t k = growing ? i : y->old_count - i;
		struct part *p = k == 0 ? y->new : &y->old[k - 1];

		if (p == NULL || p->replicas == 0)
			continue;
		uint32_t at = n++;
		for (; at > 0 && sorted[at - 1]->replicas < p->replicas; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = p;
	}
	return n;
}

/* Each ReplicaSet gets its share of the change; what rounding leaves goes to the largest. */
static void scale_in_proportion(struct sync *y)
{
	int64_t allowed = y->replicas > 0 ? y->replicas + y->surge : 0;
	int64_t change = allowed - old_replicas(y) - (y->new != NULL ? y->new->replicas : 0), given = 0;
	struct state *s = y->state;

	ARENA_RESERVE(y->call->arena, s->sorted, s->sorted_capacity, y->old_count + 1, struct part *);
	struct part **sorted = s->sorted;
	uint32_t n = sort_parts(y, sorted, change > 0);

	for (uint32_t i = 0; i < n && change != given; i++) {
		int64_t share = fraction(y, sorted[i]), left = change - given;

		share = (change > 0) == (share < left) ? share : left;
		sorted[i]->replicas += share;
		given += share;
	}
	if (n > 0 && change != 0) {
		sorted[0]->replicas += change - given;
		if (sorted[0]->replicas < 0)
			sorted[0]->replicas = 0;
	}
	for (uint32_t i = 0; i < n; i++)
		send_scale(y, sorted[i]);
}

static void scale(struct sync *y)
{
	struct part *only = active_or_latest(y);

	if (only != NULL) {
		only->replicas = y->replicas;
		send_scale(y, only);
	} else if (y->new != NULL && y->new->replicas == y->replicas &&
		   y->state->set[y->new->row].desired == y->replicas &&available_of(y, y->new) == y->replicas) {
		for (uint32_t i = 0; i < y->old_count; i++)
			y->old[i].replicas = 0;
		send_changed_old(y);
	} else if (!y->deployment->object->recreate) {
		scale_in_proportion(y);
	}
}

/* ---- after the work: history, status ---- */

static bool complete(const struct sync *y, const struct numbers *n)
{
	return n->updated == y->replicas && n->replicas == y->replicas && n->available == y->replicas;
}

/* Old ReplicaSets without pods beyond the history are deleted, the oldest first. */
static void clean_up(struct sync *y)
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

static struct numbers count(const struct sync *y)
{
	struct numbers n = {0};

	for (uint32_t i = 0; i <= y->old_count; i++) {
		const struct part *p = i == 0 ? y->new : &y->old[i - 1];
		const struct set *set = p != NULL ? &y->state->set[p->row] : NULL;

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
static bool too_late(struct sync *y, struct rollout *r, const struct numbers *n)
{
	const struct numbers *was = &r->sent;
	sim_time deadline;

	if (complete(y, n) || y->deployment->object->paused || n->updated > was->updated || n->ready > was->ready ||
	    n->available > was->available || n->replicas - n->updated < was->replicas - was->updated) {
		r->progress = y->call->now;
		return false;
	}
	deadline = time_add(r->progress, y->deployment->object->progress_deadline);
	if (y->call->now >= deadline)
		return true;
	decide_queue_at(y->call->out, y->row, deadline);
	return false;
}

static void write_status(struct sync *y, const struct numbers *n)
{
	struct rollout *r = &y->state->rollout[y->row];
	struct api_call call = api_call(API_STATUS);
	bool late = too_late(y, r, n);

	if (r->has_status && late == r->late && memcmp(n, &r->written, sizeof(*n)) == 0)
		return;
	r->sent = *n;
	r->late_sent = late;
	call.workload = y->row;
	decide_call(y->call->out, call);
}

/* ---- the sync ---- */

/* A ReplicaSet seen for the first time has the annotations that it was made with. */
static void annotate(struct sync *y, uint32_t row)
{
	struct set *set = &y->state->set[row];
	const struct rollout *r = &y->state->rollout[y->row];

	if (set->annotated)
		return;
	set->annotated = true;
	set->desired = r->made ? r->made_desired : y->replicas;
	set->max = r->made ? r->made_max : y->replicas + y->surge;
}

static void gather(struct sync *y)
{
	const struct workload *w = y->call->view->workload;
	struct state *s = y->state;
	uint32_t n = 0;
	bool has_new = false;

	for (uint32_t i = y->deployment->first_child; i != NONE; i = w[i].next_sibling) {
		if (!w[i].exists)
			continue;
		annotate(y, i);
		ARENA_RESERVE(y->call->arena, s->part, s->part_capacity, n + 1, struct part);
		s->part[n++] = (struct part){.row = i, .replicas = w[i].replicas, .was = w[i].replicas};
		has_new |= w[i].revision == y->deployment->revision;
	}
	/* Children are listed newest first and the newest template is the current one. */
	y->new = has_new ? s->part : NULL;
	y->old = has_new ? s->part + 1 : s->part;
	y->old_count = has_new ? n - 1 : n;
}

static void reconcile(struct control_call *c, uint32_t row)
{
	struct sync y = {.call = c, .state = c->state, .deployment = &c->view->workload[row], .row = row};

	if (!y.deployment->exists)
		return;
	reserve(c);
	resolve_limits(&y);
	gather(&y);
	struct numbers n = count(&y);
	if (y.deployment->object->paused || scaling(&y))
		scale(&y);
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
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
	.timer = timer,
};
