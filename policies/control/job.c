/* job.c - the Job controller: runs pods until enough have succeeded, or too many have failed.
 * Upstream: pkg/controller/job/{job_controller,backoff_utils,indexed_job_utils}.go (kubernetes-control-plane.md 3.5).
 * For restartPolicy OnFailure the limit on container restarts is left out: only failed pods count. */
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "sim/order.h"

/* MaxPodCreateDeletePerSync. */
#define BURST 500
/* DefaultJobPodFailureBackOff, doubling. */
#define BACKOFF_FIRST SECONDS(10)
/* syncJobBatchPeriod (recalled): pod changes are looked at together. */
#define BATCH SECONDS(1)

/* MaxJobPodFailureBackOff is 10 min; it was 360 s in 1.20 (MaxJobBackOff). The version of the change is recalled: 1.27,
 * when the back-off came to be reckoned from the pods' finish times. */
static sim_time backoff_max(int kubernetes)
{
	return kubernetes >= 27 ? MINUTES(10) : SECONDS(360);
}

/* Deleted pods count as failed since pods are tracked by finalizers (1.26 for all Jobs). */
static bool deleted_counts(int kubernetes)
{
	return kubernetes >= 26;
}

/* Batching came with JobReadyPods, on by default in 1.24 (recalled). */
static bool batches(int kubernetes)
{
	return kubernetes >= 24;
}

/* What a pod was last counted as. */
enum counted { COUNT_ACTIVE = 1, COUNT_SUCCEEDED = 2, COUNT_FAILED = 4, COUNT_DROPPED = 8 };

struct numbers {
	int64_t active, succeeded, failed;
};

struct job {
	struct numbers now;
	int64_t deleted; /* failures by deletion, which the API does not count by itself */
	uint32_t streak; /* failures since the last success */
	sim_time last_failure;
	sim_time batch;               /* a sync is asked for at this time */
	struct numbers sent, written; /* status: as decided last, as seen in the watch */
	bool has_status, over;
	uint32_t next;                        /* pods of this row and later have not been counted */
	bool *index;                          /* Indexed: completion index has an active or succeeded pod */
	uint32_t index_capacity, index_first; /* no index below index_first is free */
};

struct victim {
	uint32_t pod;
	uint8_t bound, phase, ready;
	sim_time since, created;
};

struct state {
	uint8_t *pod; /* enum counted, or'ed, by pod row */
	uint32_t pod_capacity;
	struct job *job; /* by workload row */
	uint32_t job_capacity;
	struct victim *victim;
	uint32_t victim_capacity;
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_job_syncs;
}

static struct job *job_of(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->job, s->job_capacity, c->view->workload_count, struct job);
	return &s->job[row];
}

/* ---- pods ---- */

static void mark_index(struct control_call *c, struct job *j, int32_t index, bool taken)
{
	if (index < 0)
		return;
	ARENA_RESERVE(c->arena, j->index, j->index_capacity, (uint32_t)index + 1, bool);
	j->index[index] = taken;
	if (!taken && (uint32_t)index < j->index_first)
		j->index_first = (uint32_t)index;
}

/* When a pod failed: when it ended; for a deleted one when it ceased to be ready, else its deletion. */
static sim_time failed_at(const struct control_call *c, const struct pod *p)
{
	if (p->phase == PHASE_FAILED)
		return c->now;
	return !p->ready && p->ready_since > 0 ? p->ready_since : p->deleted_at;
}

static void count_failure(const struct control_call *c, struct job *j, const struct pod *p)
{
	sim_time at = failed_at(c, p);

	j->streak += j->streak < 64;
	if (at > j->last_failure)
		j->last_failure = at;
	j->now.failed++;
	j->deleted += p->phase != PHASE_FAILED;
}

/* Counts a pod as it is now in place of what it was; successes and failures once. Returns whether anything differs. */
static bool look(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;
	const struct pod *p = &c->view->pod[row];
	struct job *j = job_of(c, p->workload);
	const uint8_t once = COUNT_SUCCEEDED | COUNT_FAILED | COUNT_DROPPED;

	ARENA_RESERVE(c->arena, s->pod, s->pod_capacity, c->view->pod_count, uint8_t);
	uint8_t was = s->pod[row], now = was & once;
	if (pod_active(p))
		now |= COUNT_ACTIVE;
	if (!(now & once) && p->phase == PHASE_SUCCEEDED) {
		now |= COUNT_SUCCEEDED;
		j->now.succeeded++;
		j->streak = 0;
	} else if (!(now & once) &&
		   (p->phase == PHASE_FAILED || (p->deleting && deleted_counts(c->view->scenario->kubernetes)))) {
		now |= COUNT_FAILED;
		count_failure(c, j, p);
	}
	j->now.active += !!(now & COUNT_ACTIVE) - !!(was & COUNT_ACTIVE);
	if (now != was)
		mark_index(c, j, p->ordinal, now & (COUNT_ACTIVE | COUNT_SUCCEEDED));
	s->pod[row] = now;
	return now != was;
}

/* Counts pods whose creation has not been noticed yet: they are at the head of the list. */
static void look_at_new(struct control_call *c, uint32_t row)
{
	const struct view *v = c->view;
	uint32_t first = v->workload[row].first_pod, next = job_of(c, row)->next;

	for (uint32_t i = first; i != NONE && i >= next; i = v->pod[i].next_of_workload)
		look(c, i);
	if (first != NONE && first >= next)
		job_of(c, row)->next = first + 1;
}

static void start(struct control_call *c)
{
	for (uint32_t i = 0; i < c->view->workload_count; i++) {
		if (c->view->workload[i].kind != WORKLOAD_JOB)
			continue;
		look_at_new(c, i);
		/* The status in the API also knows pods that are gone. */
		job_of(c, i)->now.succeeded = c->view->workload[i].succeeded;
		job_of(c, i)->now.failed = c->view->workload[i].failed + job_of(c, i)->deleted;
		/* How old the failures before this start are is not known: they do not hold up new pods. */
		job_of(c, i)->streak = 0;
		decide_queue(c->out, i);
	}
}

static void notice_pod(struct control_call *c, uint32_t pod)
{
	const struct view *v = c->view;
	uint32_t row = v->pod[pod].workload;

	if (row == NONE || v->workload[row].kind != WORKLOAD_JOB || !look(c, pod))
		return;
	struct job *j = job_of(c, row);
	if (c->settling || !batches(v->scenario->kubernetes)) {
		decide_queue(c->out, row);
	} else if (j->batch <= c->now) {
		j->batch = c->now + BATCH;
		decide_queue_at(c->out, row, j->batch);
	}
}

static void notice(struct control_call *c, const struct change *change)
{
	if (change->kind == CHANGE_POD) {
		notice_pod(c, change->row);
		return;
	}
	if (c->view->workload[change->row].kind != WORKLOAD_JOB)
		return;
	if (change->what & CHANGED_STATUS) {
		struct job *j = job_of(c, change->row);

		j->written = j->sent;
		j->has_status = true;
	} else {
		decide_queue(c->out, change->row);
	}
}

/* ---- the sync ---- */

/* The time before which no pod is made: 10 s after the last failure, doubling with each since the last success. */
static sim_time backoff_until(const struct job *j, int kubernetes)
{
	sim_time delay = BACKOFF_FIRST, max = backoff_max(kubernetes);

	if (j->streak == 0)
		return 0;
	for (uint32_t i = 1; i < j->streak && delay < max; i++)
		delay *= 2;
	return j->last_failure + (delay < max ? delay : max);
}

/* The lowest completion index without an active or succeeded pod, from `from` on. */
static int64_t free_index(const struct job *j, int64_t from)
{
	while (from < j->index_capacity && j->index[from])
		from++;
	return from;
}

static void create(struct control_call *c, uint32_t row, int64_t count)
{
	const struct workload_object *o = c->view->workload[row].object;
	struct job *j = job_of(c, row);
	struct api_call call = api_call(API_CREATE_POD);
	sim_time at = backoff_until(j, c->view->scenario->kubernetes);
	int64_t index = free_index(j, j->index_first);
	struct slow_start slow = {0};

	if (at > c->now) {
		decide_queue_at(c->out, row, at);
		return;
	}
	j->index_first = (uint32_t)index;
	call.workload = row;
	for (int64_t i = 0; i < count && i < BURST; i++) {
		if (o->indexed && o->completions >= 0) {
			if (index >= o->completions)
				break;
			call.ordinal = (int32_t)index;
			index = free_index(j, index + 1);
		}
		decide_slowly(c->out, &slow, call);
	}
	decide_then(c->out);
	if (count > BURST)
		decide_queue(c->out, row);
}

/* ActivePods in pkg/controller/controller_utils.go: who has done least goes first. */
static int compare_victims(const void *left, const void *right)
{
	const struct victim *a = left, *b = right;

	ORDER(a->bound, b->bound);
	ORDER(a->phase, b->phase);
	ORDER(a->ready, b->ready);
	ORDER(b->since, a->since);
	ORDER(b->created, a->created);
	ORDER(a->pod, b->pod);
	return 0;
}

/* Pods that the controller deletes itself do not count as failed. */
static void delete (struct control_call *c, uint32_t row, int64_t count)
{
	struct state *s = c->state;
	const struct pod *pod = c->view->pod;
	struct api_call call = api_call(API_DELETE_POD);
	uint32_t n = 0;

	for (uint32_t i = c->view->workload[row].first_pod; i != NONE; i = pod[i].next_of_workload) {
		if (!pod_active(&pod[i]))
			continue;
		ARENA_RESERVE(c->arena, s->victim, s->victim_capacity, n + 1, struct victim);
		s->victim[n++] = (struct victim){.pod = i,
						 .bound = pod[i].node != NONE,
						 .phase = pod[i].phase,
						 .ready = pod[i].ready,
						 .created = pod[i].created,
						 .since = pod[i].ready ? pod[i].ready_since : 0};
	}
	if (n > 0)
		qsort(s->victim, n, sizeof(*s->victim), compare_victims);
	call.cause = DELETE_SCALE_DOWN;
	for (uint32_t i = 0; i < n && i < count && i < BURST; i++) {
		call.pod = s->victim[i].pod;
		s->pod[call.pod] |= COUNT_DROPPED;
		decide_call(c->out, call);
	}
	decide_then(c->out);
}

static void write_status(struct control_call *c, uint32_t row, const struct numbers *n)
{
	struct job *j = job_of(c, row);
	struct api_call call = api_call(API_STATUS);

	if (j->has_status && memcmp(n, &j->written, sizeof(*n)) == 0)
		return;
	j->sent = *n;
	call.workload = row;
	decide_call(c->out, call);
}

/* How many pods should be active now. */
static int64_t wanted(const struct workload_object *o, const struct numbers *n, bool failed)
{
	int64_t left = o->completions - n->succeeded;

	if (failed)
		return 0;
	if (o->completions < 0)
		return n->succeeded > 0 && n->active < o->parallelism ? n->active : o->parallelism;
	return left < o->parallelism ? left : o->parallelism;
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];
	const struct workload_object *o = w->object;
	struct job *j = job_of(c, row);

	if (!w->exists)
		return;
	look_at_new(c, row);
	struct numbers n = j->now;
	j->over |= n.failed > o->backoff_limit;
	int64_t want = wanted(o, &n, j->over);
	if (n.active > want)
		delete (c, row, n.active - want);
	else if (n.active < want)
		create(c, row, want - n.active);
	write_status(c, row, &n);
}

const struct controller control_job = {
	.info = {.name = "job", .summary = "runs the pods of Jobs to their completion, with back-off after failures"},
	.client = "job-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
