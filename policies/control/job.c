/* job.c - the Job controller: runs pods until enough have succeeded, or too many have failed.
 * Upstream: pkg/controller/job/job_controller.go (kubernetes-control-plane.md 3.5). successPolicy and managedBy are
 * left out; so are the exit codes of containers, which end well here unless they are killed. */
#include <string.h>

#include "policies/parts/job.h"

/* MaxPodCreateDeletePerSync. */
#define BURST 500
/* syncJobBatchPeriod (recalled): pod changes are looked at together. */
#define BATCH SECONDS(1)

/* Batching came with JobReadyPods, on by default in 1.24 (recalled). */
static bool batches(int kubernetes)
{
	return kubernetes >= 24;
}

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)kubernetes;
	return t->concurrent_job_syncs;
}

/* Counts pods whose creation has not been noticed yet: they are at the head of the list. */
static void look_at_new(struct control_call *c, uint32_t row)
{
	const struct view *v = c->view;
	uint32_t first = v->workload[row].first_pod, next = job_of(c, row)->next;

	for (uint32_t i = first; i != NONE && i >= next; i = v->pod[i].next_of_workload)
		job_look(c, i);
	if (first != NONE && first >= next)
		job_of(c, row)->next = first + 1;
}

/* A Job's status in the API tells what has become of all its pods, also of those that are gone. */
static void start(struct control_call *c)
{
	const struct view *v = c->view;

	for (uint32_t i = 0; i < v->pod_count; i++)
		if (v->pod[i].workload != NONE && v->workload[v->pod[i].workload].kind == WORKLOAD_JOB)
			job_look(c, i);
	for (uint32_t i = 0; i < v->workload_count; i++) {
		if (v->workload[i].kind != WORKLOAD_JOB)
			continue;
		/* How old the failures before this start are is not known: they do not hold up new pods. */
		job_of(c, i)->streak = 0;
		decide_queue(c->out, i);
	}
}

static void notice_pod(struct control_call *c, uint32_t pod)
{
	const struct view *v = c->view;
	uint32_t row = v->pod[pod].workload;

	if (row == NONE || v->workload[row].kind != WORKLOAD_JOB || !job_look(c, pod))
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

static void create(struct control_call *c, uint32_t row, int64_t count)
{
	const struct workload_object *o = c->view->workload[row].object;
	struct job *j = job_of(c, row);
	struct api_call call = api_call(API_CREATE_POD);
	sim_time at = job_backoff_until(j, c->view->scenario->kubernetes);
	int64_t from = j->index_first;
	struct slow_start slow = {0};

	if (at > c->now) {
		decide_queue_at(c->out, row, at);
		return;
	}
	at = SIM_NEVER;
	call.workload = row;
	for (int64_t i = 0; i < count && i < BURST; i++) {
		if (o->indexed) {
			int64_t index = job_free_index(c, j, from, o->completions, &at);

			if (index >= o->completions)
				break;
			call.ordinal = (int32_t)index;
			from = index + 1;
		}
		decide_slowly(c->out, &slow, call);
	}
	decide_then(c->out);
	if (at != SIM_NEVER)
		decide_queue_at(c->out, row, at);
	if (count > BURST)
		decide_queue(c->out, row);
}

static void write_status(struct control_call *c, uint32_t row, const struct job_numbers *n)
{
	struct job *j = job_of(c, row);
	struct api_call call = api_call(API_STATUS);

	if (j->has_status && memcmp(n, &j->written, sizeof(*n)) == 0)
		return;
	j->sent = *n;
	call.workload = row;
	decide_call(c->out, call);
}

static void write_state(struct control_call *c, uint32_t row, enum job_state state, enum job_reason reason)
{
	struct api_call call = api_call(API_JOB_STATE);

	if (c->view->workload[row].job_state == state)
		return;
	call.workload = row;
	call.number = state;
	call.ordinal = (int32_t)reason;
	decide_call(c->out, call);
	decide_then(c->out);
}

/* restartPolicy OnFailure: the restarts of its pods' containers (pastBackoffLimitOnFailure). */
static bool too_many_restarts(const struct control_call *c, const struct workload *w)
{
	int64_t restarts = 0;

	if (w->spec->restart != RESTART_ON_FAILURE)
		return false;
	for (uint32_t i = w->first_pod; i != NONE; i = c->view->pod[i].next_of_workload)
		restarts += c->view->pod[i].restarts;
	return restarts > 0 && restarts >= w->object->backoff_limit;
}

/* Whether, and how, the Job ends now; the reasons in upstream's order. */
static void find_end(struct control_call *c, uint32_t row, struct job *j)
{
	const struct workload *w = &c->view->workload[row];
	const struct workload_object *o = w->object;
	const struct job_numbers *n = &j->now;
	sim_time deadline = time_add(w->started, o->active_deadline);
	bool by_index = job_by_index(c, o);

	/* Suspended, or resumed a moment ago: no time counts. */
	if (w->suspended || w->job_state == JOB_SUSPENDED)
		deadline = SIM_NEVER;
	if (j->ends)
		return;
	if (n->failed > o->backoff_limit || too_many_restarts(c, w))
		j->reason = JOB_BACKOFF_LIMIT;
	else if (deadline <= c->now)
		j->reason = JOB_DEADLINE;
	else if (by_index && o->max_failed_indexes >= 0 && j->failed_indexes > (uint32_t)o->max_failed_indexes)
		j->reason = JOB_MAX_FAILED_INDEXES;
	else if (by_index && j->failed_indexes > 0 && n->succeeded + j->failed_indexes >= o->completions)
		j->reason = JOB_FAILED_INDEXES;
	else if (o->completions >= 0)
		j->ends_well = n->succeeded >= o->completions;
	else
		j->ends_well = n->succeeded > 0 && n->active == 0;
	j->ends = j->ends_well || j->reason != JOB_NO_REASON;
	if (!j->ends && deadline != SIM_NEVER)
		decide_queue_at(c->out, row, deadline);
}

/* What is active is deleted, then the condition is written. */
static void end(struct control_call *c, uint32_t row, const struct job *j)
{
	const struct job_numbers *n = &j->now;

	if (n->active > 0)
		job_delete(c, row, n->active, DELETE_JOB_OVER);
	if (n->active + n->terminating == 0 || !version_job_waits_for_pods(c->view->scenario->kubernetes))
		write_state(c, row, j->ends_well ? JOB_COMPLETE : JOB_FAILED, (enum job_reason)j->reason);
}

/* How many pods should be active now. */
static int64_t wanted(const struct workload_object *o, const struct job *j)
{
	const struct job_numbers *n = &j->now;
	int64_t left = o->completions - n->succeeded - j->failed_indexes;

	if (o->completions < 0)
		return n->succeeded > 0 && n->active < o->parallelism ? n->active : o->parallelism;
	return left < o->parallelism ? left : o->parallelism;
}

static void go_on(struct control_call *c, uint32_t row, const struct job *j)
{
	const struct workload_object *o = c->view->workload[row].object;
	int64_t want = wanted(o, j), there = j->now.active;

	if (there > want) {
		job_delete(c, row, there - want, DELETE_SCALE_DOWN);
		return;
	}
	if (job_replaces_failed_only(c, o))
		there += j->now.terminating;
	if (there < want)
		create(c, row, want - there);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];
	struct job *j = job_of(c, row);

	if (!w->exists || job_is_over(w))
		return;
	look_at_new(c, row);
	find_end(c, row, j);
	struct job_numbers n = j->now;
	if (j->ends) {
		end(c, row, j);
	} else if (w->suspended) {
		job_delete(c, row, n.active, DELETE_JOB_OVER);
		write_state(c, row, JOB_SUSPENDED, JOB_NO_REASON);
	} else {
		/* Resumed: its time begins anew. */
		write_state(c, row, JOB_ACTIVE, JOB_NO_REASON);
		go_on(c, row, j);
	}
	write_status(c, row, &n);
}

const struct controller control_job = {
	.info = {.name = "job", .summary = "runs the pods of Jobs to their completion, with back-off after failures"},
	.client = "job-controller",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.settles = true,
	.state_size = sizeof(struct job_state_of),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
