/* daemon_set.c - the DaemonSet controller: one pod on every node that is fit for it, pinned to it by node affinity.
 * Upstream: pkg/controller/daemon/{daemon_controller,update}.go (kubernetes-control-plane.md 3.4). The tolerations that
 * daemon pods get are in their spec already. */
#include <string.h>

#include "models/sched_match.h"
#include "models/versions.h"

/* burstReplicas: creates, and likewise deletes, of one sync. */
#define BURST 250
/* A failed pod is killed again after this much more time on its node: daemon.FailedPods back-off. */
#define BACKOFF_FIRST SECONDS(1)
#define BACKOFF_MAX MINUTES(15)

struct numbers {
	int64_t desired, current, ready, updated;
};

/* A node on which a pod of the set failed. */
struct backoff {
	uint32_t node;
	sim_time until, delay;
};

struct set {
	struct numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status;
	struct numbers now; /* as last counted; ready follows each change */
	bool settled;       /* nothing but readiness has changed since all pods were looked at */
	struct backoff *backoff;
	uint32_t backoff_count, backoff_capacity;
};

/* The set's pods on a node in a sync. */
struct place {
	uint32_t old, new; /* running pods of an older and of the newest template that were made first, or NONE */
	uint32_t pods;     /* objects of any state */
	uint32_t running;  /* neither terminating nor ended */
};

struct state {
	struct set *set; /* by workload row */
	uint32_t set_capacity;
	struct place *place; /* by node row: scratch */
	bool *ready;         /* by pod row: counted as ready */
	uint32_t ready_capacity;
};

/* One sync of a set. */
struct sync {
	struct control_call *call;
	const struct workload *daemon;
	uint32_t row;
	struct set *set;
	struct place *place;
	uint32_t deletes, creates;
	int64_t surge; /* pods that may run beside those they replace; 0: they go first */
	bool waits;    /* for a back-off */
	struct numbers now;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_daemonset_syncs;
}

static struct set *set_of(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->set, s->set_capacity, c->view->workload_count, struct set);
	return &s->set[row];
}

/* ---- which nodes ---- */

static bool selects(const struct view *v, const struct pod_spec *spec, uint32_t node)
{
	const struct pod pod = {.spec = spec, .pinned_node = NONE};

	if (spec->node_name != 0 && spec->node_name != v->nodes.row[node].object->meta.name)
		return false;
	return sched_node_matches(v, &pod, node);
}

static bool tolerates(const struct pod_spec *spec, const struct taint *taint)
{
	for (uint32_t i = 0; i < spec->toleration_count; i++)
		if (toleration_tolerates(&spec->toleration[i], taint))
			return true;
	return false;
}

enum fit { FIT_NO, FIT_KEEP, FIT_RUN };

/* NodeShouldRunDaemonPod: an untolerated NoSchedule taint keeps new pods away but lets a running one be. */
static enum fit fit(const struct view *v, const struct pod_spec *spec, uint32_t node)
{
	const struct node *n = &v->nodes.row[node];
	enum fit result = FIT_RUN;

	if (!n->exists || !selects(v, spec, node))
		return FIT_NO;
	for (uint32_t i = 0; i < n->taint_count; i++) {
		uint8_t effect = n->taint[i].effect;

		if (effect == EFFECT_PREFER_NO_SCHEDULE || tolerates(spec, &n->taint[i]))
			continue;
		if (effect == EFFECT_NO_EXECUTE)
			return FIT_NO;
		result = FIT_KEEP;
	}
	return result;
}

/* ---- what has happened ---- */

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++)
		if (c->view->workload[i].kind == WORKLOAD_DAEMON_SET)
			decide_queue(c->out, i);
}

/* Queues the sets that should have a pod on the node and have none bound there, or have one and should not. */
static void notice_node(struct control_call *c, uint32_t node)
{
	const struct view *v = c->view;

	for (uint32_t i = 0; i < v->workload_count; i++) {
		bool has = false;

		if (v->workload[i].kind != WORKLOAD_DAEMON_SET)
			continue;
		enum fit f = fit(v, v->workload[i].spec, node);
		for (uint32_t p = v->nodes.row[node].first_pod; p != NONE && !has; p = v->pod[p].next_on_node)
			has = v->pod[p].workload == i;
		if ((f == FIT_RUN && !has) || (f == FIT_NO && has)) {
			set_of(c, i)->settled = false;
			decide_queue(c->out, i);
		}
	}
}

/* Counts a pod as ready, or no longer. */
static void count_ready(struct control_call *c, uint32_t pod)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[pod];
	bool ready = pod_active(p) && p->ready;

	ARENA_RESERVE(c->arena, s->ready, s->ready_capacity, c->view->pod_count, bool);
	set_of(c, p->workload)->now.ready += ready - s->ready[pod];
	s->ready[pod] = ready;
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	uint32_t row = change->kind == CHANGE_POD ? v->pod[change->row].workload : change->row;

	if (change->kind == CHANGE_NODE) {
		if (change->what & (CHANGED_ADDED | CHANGED_REMOVED | CHANGED_TAINTS | CHANGED_CORDON | CHANGED_LABELS))
			notice_node(c, change->row);
		return;
	}
	if (row == NONE || v->workload[row].kind != WORKLOAD_DAEMON_SET)
		return;
	if (change->kind == CHANGE_WORKLOAD && (change->what & CHANGED_STATUS)) {
		struct set *set = set_of(c, row);

		set->written = set->sent;
		set->has_status = true;
		return;
	}
	if (change->kind == CHANGE_POD)
		count_ready(c, change->row);
	if (change->kind != CHANGE_POD || (change->what & ~(CHANGED_READY | CHANGED_BOUND)))
		set_of(c, row)->settled = false;
	decide_queue(c->out, row);
}

/* ---- the sync ---- */

static bool ended(const struct pod *p)
{
	return p->phase == PHASE_FAILED || p->phase == PHASE_SUCCEEDED;
}

static uint32_t node_of(const struct pod *p)
{
	return p->node != NONE ? p->node : p->pinned_node;
}

/* Only a template changed during the run makes pods outdated: pods of a dump have specs of their own. */
static bool outdated(const struct sync *y, const struct pod *p)
{
	return y->daemon->revision > 1 && p->spec != y->daemon->spec;
}

/* A ready pod that has been so for minReadySeconds. Time 0 is the initial state, whose pods are old. */
static bool available(const struct sync *y, const struct pod *p)
{
	sim_time at = p->ready_since == 0 ? 0 : time_add(p->ready_since, y->daemon->object->min_ready);

	if (!p->ready || p->deleting)
		return false;
	if (at > y->call->now)
		decide_queue_at(y->call->out, y->row, at);
	return at <= y->call->now;
}

static void delete (struct sync *y, uint32_t pod, enum delete_cause cause)
{
	struct api_call call = api_call(API_DELETE_POD);

	if (y->deletes++ >= BURST)
		return;
	call.pod = pod;
	call.cause = (uint8_t)cause;
	decide_call(y->call->out, call);
}

/* Whether a failed pod on node may be killed now; if not, the set is looked at again when it may. */
static bool past_backoff(struct sync *y, uint32_t node)
{
	struct set *s = y->set;
	uint32_t i = 0;

	while (i < s->backoff_count && s->backoff[i].node != node)
		i++;
	if (i == s->backoff_count) {
		ARENA_RESERVE(y->call->arena, s->backoff, s->backoff_capacity, i + 1, struct backoff);
		s->backoff[s->backoff_count++] = (struct backoff){.node = node};
	}
	struct backoff *b = &s->backoff[i];
	if (y->call->now < b->until) {
		decide_queue_at(y->call->out, y->row, b->until);
		y->waits = true;
		return false;
	}
	/* Forgotten after twice the longest back-off: client-go util/flowcontrol/backoff.go. */
	if (b->delay == 0 || y->call->now - b->until > 2 * BACKOFF_MAX)
		b->delay = BACKOFF_FIRST;
	else
		b->delay = b->delay * 2 < BACKOFF_MAX ? b->delay * 2 : BACKOFF_MAX;
	b->until = y->call->now + b->delay;
	return true;
}

/* Notes where the pods are; pods that ended are killed where their back-off allows it. */
static void gather(struct sync *y)
{
	const struct view *v = y->call->view;

	for (uint32_t i = 0; i < v->nodes.count; i++)
		y->place[i] = (struct place){.old = NONE, .new = NONE};
	for (uint32_t i = y->daemon->first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		const struct pod *p = &v->pod[i];

		count_ready(y->call, i);
		if (node_of(p) == NONE)
			continue;
		struct place *at = &y->place[node_of(p)];
		at->pods++;
		if (p->deleting)
			continue;
		if (ended(p)) {
			if (past_backoff(y, node_of(p)))
				delete (y, i, DELETE_FAILED);
			continue;
		}
		at->running++;
		*(outdated(y, p) ? &at->old : &at->new) = i; /* the list goes from young to old */
		y->now.updated += !outdated(y, p);
	}
}

/* The running pod of a node that was made first, or NONE. */
static uint32_t oldest(const struct place *at)
{
	if (at->old == NONE || at->new == NONE)
		return at->old == NONE ? at->new : at->old;
	return at->old < at->new ? at->old : at->new;
}

/* One pod stays on each node; with a surge, one of each template. */
static bool stays(const struct sync *y, uint32_t pod, uint32_t node)
{
	const struct place *at = &y->place[node];

	return y->surge > 0 ? pod == at->old || pod == at->new : pod == oldest(at);
}

/* Deletes pods from nodes that must not have one, and those that are too many. */
static void delete_misplaced(struct sync *y)
{
	const struct view *v = y->call->view;

	for (uint32_t i = y->daemon->first_pod; i != NONE; i = v->pod[i].next_of_workload) {
		const struct pod *p = &v->pod[i];
		uint32_t node = node_of(p);

		if (node == NONE || p->deleting || ended(p))
			continue;
		if (!stays(y, i, node))
			delete (y, i, DELETE_SCALE_DOWN);
		else if (fit(v, y->daemon->spec, node) == FIT_NO)
			delete (y, i, DELETE_NO_NODE);
	}
}

/* Creates where a pod is missing: a terminating one has to be gone first. */
static void create_missing(struct sync *y)
{
	const struct view *v = y->call->view;
	struct api_call call = api_call(API_CREATE_POD);
	struct slow_start slow = {0};

	call.workload = y->row;
	for (uint32_t i = 0; i < v->nodes.count; i++) {
		if (fit(v, y->daemon->spec, i) != FIT_RUN)
			continue;
		y->now.desired++;
		y->now.current += y->place[i].running > 0;
		if (y->place[i].pods > 0 || y->creates++ >= BURST)
			continue;
		call.node = i;
		decide_slowly(y->call->out, &slow, call);
	}
	decide_then(y->call->out);
}

/* Rolling update: outdated pods that are not available go at once, others as far as maxUnavailable lets them. */
static void replace_in_place(struct sync *y)
{
	const struct view *v = y->call->view;
	int64_t limit = int_or_percent_of(y->daemon->object->max_unavailable, y->now.desired, true), unavailable = 0;

	for (uint32_t i = 0; i < v->nodes.count; i++) {
		uint32_t pod = oldest(&y->place[i]);

		if (fit(v, y->daemon->spec, i) != FIT_RUN || (pod != NONE && available(y, &v->pod[pod])))
			continue;
		unavailable++;
		if (pod != NONE && outdated(y, &v->pod[pod]))
			delete (y, pod, DELETE_ROLLOUT);
	}
	for (uint32_t i = 0; i < v->nodes.count && unavailable < (limit > 0 ? limit : 1); i++) {
		uint32_t pod = oldest(&y->place[i]);

		if (pod == NONE || !outdated(y, &v->pod[pod]) || !available(y, &v->pod[pod]) ||
		    fit(v, y->daemon->spec, i) != FIT_RUN)
			continue;
		delete (y, pod, DELETE_ROLLOUT);
		unavailable++;
	}
}

static void create_beside(struct sync *y, uint32_t node)
{
	struct api_call call = api_call(API_CREATE_POD);

	if (y->creates++ >= BURST)
		return;
	call.workload = y->row;
	call.node = node;
	decide_call(y->call->out, call);
}

/* With a surge, a new pod is made beside the old one, which goes when the new one is available (update.go). Beside an
 * old pod that is not available one is made at once; of the others as many at a time as the surge allows. */
static void replace_beside(struct sync *y)
{
	const struct view *v = y->call->view;
	int64_t left = y->surge;

	for (uint32_t i = 0; i < v->nodes.count; i++) {
		const struct place *at = &y->place[i];

		if (at->new == NONE)
			left -= at->old == NONE && fit(v, y->daemon->spec, i) == FIT_RUN;
		else if (at->old != NONE && available(y, &v->pod[at->new]))
			delete (y, at->old, DELETE_ROLLOUT);
		else if (at->old != NONE)
			left--;
	}
	decide_then(y->call->out);
	for (uint32_t i = 0; i < v->nodes.count; i++) {
		const struct place *at = &y->place[i];

		if (at->new != NONE || at->old == NONE || fit(v, y->daemon->spec, i) != FIT_RUN)
			continue;
		if (!available(y, &v->pod[at->old]))
			create_beside(y, i);
		else if (left-- > 0)
			create_beside(y, i);
	}
}

static void update(struct sync *y)
{
	if (y->daemon->object->on_delete)
		return;
	if (y->surge > 0)
		replace_beside(y);
	else
		replace_in_place(y);
}

static void write_status(struct sync *y)
{
	struct api_call call = api_call(API_STATUS);
	struct set *set = y->set;

	if (set->has_status && memcmp(&set->now, &set->written, sizeof(set->now)) == 0)
		return;
	set->sent = set->now;
	call.workload = y->row;
	decide_call(y->call->out, call);
}

static int64_t count_desired(const struct sync *y)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < y->call->view->nodes.count; i++)
		n += fit(y->call->view, y->daemon->spec, i) == FIT_RUN;
	return n;
}

/* Looks at all nodes and pods of the set. */
static void sync_all(struct sync *y)
{
	struct control_call *c = y->call;
	struct state *s = c->state;

	if (s->place == NULL)
		s->place = ARENA_NEW(c->arena, c->view->nodes.count, struct place);
	y->place = s->place;
	if (version_daemon_surge(c->view->scenario->kubernetes) && !y->daemon->object->on_delete)
		y->surge = int_or_percent_of(y->daemon->object->max_surge, count_desired(y), true);
	gather(y);
	delete_misplaced(y);
	decide_then(c->out);
	create_missing(y);
	y->now.ready = y->set->now.ready;
	y->set->now = y->now;
	/* The update follows when nothing is out of place, as its own sync upstream. */
	if (y->daemon->revision > 1 && y->creates == 0 && y->deletes == 0)
		update(y);
	decide_then(c->out);
	if (y->creates > BURST || y->deletes > BURST)
		decide_queue(c->out, y->row);
	/* An update waits for readiness; calls that fail have to be decided again. */
	y->set->settled = y->daemon->revision == 1 && y->creates == 0 && y->deletes == 0 && !y->waits;
}

static void reconcile(struct control_call *c, uint32_t row)
{
	struct sync y = {.call = c, .daemon = &c->view->workload[row], .row = row, .set = set_of(c, row)};

	if (!y.daemon->exists)
		return;
	if (!y.set->settled)
		sync_all(&y);
	write_status(&y);
}

const struct controller control_daemon_set = {
	.info = {.name = "daemonset", .summary = "keeps one pod of each DaemonSet on every node fit for it"},
	.client = "daemon-set-controller",
	.watches = CHANGE_NODE | CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
