/* job_pods.c - what a Job's pods count for: successes, failures and what its podFailurePolicy makes of them, indexes.
 * Upstream: pkg/controller/job/{job_controller,backoff_utils,indexed_job_utils,pod_failure_policy}.go
 * (kubernetes-control-plane.md 3.5). */
#include <stdlib.h>

#include "policies/parts/job.h"
#include "sim/order.h"

/* MaxPodCreateDeletePerSync. */
#define BURST 500
/* DefaultJobPodFailureBackOff, doubling. */
#define BACKOFF_FIRST SECONDS(10)
/* The exit code of containers that were lost with their node or killed; nothing else fails here. */
#define EXIT_KILLED 137

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

/* What a pod was last counted as. */
enum counted {
	COUNT_ACTIVE = 1,
	COUNT_TERMINATING = 2,
	COUNT_SUCCEEDED = 4,
	COUNT_FAILED = 8,
	COUNT_DROPPED = 16, /* deleted by this controller */
	COUNT_IGNORED = 32  /* failed, which its podFailurePolicy overlooks */
};

struct job *job_of(struct control_call *c, uint32_t row)
{
	struct job_state_of *s = c->state;

	ARENA_RESERVE(c->arena, s->job, s->job_capacity, c->view->workload_count, struct job);
	return &s->job[row];
}

bool job_replaces_failed_only(const struct control_call *c, const struct workload_object *o)
{
	if (!version_pod_replacement_policy(c->view->scenario->kubernetes))
		return false;
	return o->replacement == REPLACE_FAILED || (o->replacement == REPLACE_DEFAULT && o->rule_count > 0);
}

bool job_by_index(const struct control_call *c, const struct workload_object *o)
{
	return o->indexed && o->index_limit >= 0 && version_backoff_per_index(c->view->scenario->kubernetes);
}

/* ---- indexes ---- */

static struct job_index *index_of(struct control_call *c, struct job *j, int32_t index)
{
	ARENA_RESERVE(c->arena, j->index, j->index_capacity, (uint32_t)index + 1, struct job_index);
	return &j->index[index];
}

static void mark_index(struct control_call *c, struct job *j, int32_t index, bool taken)
{
	if (index < 0)
		return;
	struct job_index *x = index_of(c, j, index);
	x->taken = taken || x->failed;
	if (!x->taken && (uint32_t)index < j->index_first)
		j->index_first = (uint32_t)index;
}

int64_t job_free_index(const struct control_call *c, const struct job *j, int64_t from, int64_t end, sim_time *at)
{
	for (; from < end; from++) {
		if (from >= j->index_capacity)
			return from;
		if (j->index[from].taken)
			continue;
		if (j->index[from].until <= c->now)
			return from;
		if (j->index[from].until < *at)
			*at = j->index[from].until;
	}
	return end;
}

static void fail_index(struct job *j, struct job_index *x)
{
	j->failed_indexes += !x->failed;
	x->failed = x->taken = true;
}

/* ---- failures ---- */

/* When a pod failed: when it ended; for a deleted one when it ceased to be ready, else its deletion. */
static sim_time failed_at(const struct control_call *c, const struct pod *p)
{
	if (p->phase == PHASE_FAILED)
		return c->now;
	return !p->ready && p->ready_since > 0 ? p->ready_since : p->deleted_at;
}

static sim_time backoff(uint32_t failures, int kubernetes)
{
	sim_time delay = BACKOFF_FIRST, max = backoff_max(kubernetes);

	for (uint32_t i = 1; i < failures && delay < max; i++)
		delay *= 2;
	return delay < max ? delay : max;
}

sim_time job_backoff_until(const struct job *j, int kubernetes)
{
	return j->streak == 0 ? 0 : j->last_failure + backoff(j->streak, kubernetes);
}

static bool rule_matches(const struct job_rule *r, const struct pod *p)
{
	bool listed = false;

	if (r->on_disruption)
		return p->target;
	if (!r->on_codes || p->phase != PHASE_FAILED)
		return false;
	for (uint32_t i = 0; i < r->code_count; i++)
		listed |= r->code[i] == EXIT_KILLED;
	return listed != r->not_in;
}

/* What the first rule that matches says; a pod that none matches counts. */
static enum job_rule_action verdict(const struct control_call *c, const struct workload_object *o, const struct pod *p)
{
	if (version_pod_failure_policy(c->view->scenario->kubernetes))
		for (uint32_t i = 0; i < o->rule_count; i++)
			if (rule_matches(&o->rule[i], p))
				return (enum job_rule_action)o->rule[i].action;
	return RULE_COUNT;
}

static void count_of_index(struct control_call *c, const struct workload_object *o, struct job *j, const struct pod *p,
			   sim_time at)
{
	struct job_index *x = index_of(c, j, p->ordinal);

	x->failures++;
	x->until = at + backoff(x->failures, c->view->scenario->kubernetes);
	if (x->failures > (uint32_t)o->index_limit)
		fail_index(j, x);
}

static uint8_t count_failure(struct control_call *c, struct job *j, const struct pod *p)
{
	const struct workload_object *o = c->view->workload[p->workload].object;
	enum job_rule_action action = verdict(c, o, p);
	sim_time at = failed_at(c, p);

	if (action == RULE_IGNORE)
		return COUNT_IGNORED;
	if (action == RULE_FAIL_JOB && !j->ends) {
		j->ends = true;
		j->reason = JOB_FAILURE_POLICY;
	}
	j->now.failed++;
	if (job_by_index(c, o) && p->ordinal >= 0) {
		count_of_index(c, o, j, p, at);
		if (action == RULE_FAIL_INDEX)
			fail_index(j, index_of(c, j, p->ordinal));
		return COUNT_FAILED;
	}
	j->streak += j->streak < 64;
	if (at > j->last_failure)
		j->last_failure = at;
	return COUNT_FAILED;
}

static bool has_failed(const struct control_call *c, const struct pod *p)
{
	if (p->phase == PHASE_FAILED)
		return true;
	if (!p->deleting || !deleted_counts(c->view->scenario->kubernetes))
		return false;
	return !p->exists || !job_replaces_failed_only(c, c->view->workload[p->workload].object);
}

static uint8_t judge(struct control_call *c, struct job *j, const struct pod *p)
{
	if (p->phase == PHASE_SUCCEEDED) {
		j->now.succeeded++;
		j->streak = 0;
		return COUNT_SUCCEEDED;
	}
	/* Their finalizers are taken off first, so they are not counted. */
	if (p->deleting && (p->cause == DELETE_SCALE_DOWN || p->cause == DELETE_JOB_OVER))
		return COUNT_DROPPED;
	return has_failed(c, p) ? count_failure(c, j, p) : 0;
}

bool job_look(struct control_call *c, uint32_t row)
{
	struct job_state_of *s = c->state;
	const struct pod *p = &c->view->pod[row];
	struct job *j = job_of(c, p->workload);
	const uint8_t once = COUNT_SUCCEEDED | COUNT_FAILED | COUNT_DROPPED | COUNT_IGNORED;
	bool ended = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;

	ARENA_RESERVE(c->arena, s->pod, s->pod_capacity, c->view->pod_count, uint8_t);
	uint8_t was = s->pod[row], now = was & once;
	if (pod_active(p))
		now |= COUNT_ACTIVE;
	if (p->exists && p->deleting && !ended)
		now |= COUNT_TERMINATING;
	if (!(now & once))
		now |= judge(c, j, p);
	j->now.active += !!(now & COUNT_ACTIVE) - !!(was & COUNT_ACTIVE);
	j->now.terminating += !!(now & COUNT_TERMINATING) - !!(was & COUNT_TERMINATING);
	if (now != was) {
		bool holds =
			now & COUNT_TERMINATING && job_replaces_failed_only(c, c->view->workload[p->workload].object);

		mark_index(c, j, p->ordinal, holds || now & (COUNT_ACTIVE | COUNT_SUCCEEDED));
	}
	s->pod[row] = now;
	return now != was;
}

/* ---- deletion ---- */

/* ActivePods in pkg/controller/controller_utils.go: who has done least goes first. */
static int compare_victims(const void *left, const void *right)
{
	const struct job_victim *a = left, *b = right;

	ORDER(a->bound, b->bound);
	ORDER(a->phase, b->phase);
	ORDER(a->ready, b->ready);
	ORDER(b->since, a->since);
	ORDER(b->created, a->created);
	ORDER(a->pod, b->pod);
	return 0;
}

void job_delete(struct control_call *c, uint32_t row, int64_t count, enum delete_cause cause)
{
	struct job_state_of *s = c->state;
	const struct pod *pod = c->view->pod;
	struct api_call call = api_call(API_DELETE_POD);
	uint32_t n = 0;

	for (uint32_t i = c->view->workload[row].first_pod; i != NONE; i = pod[i].next_of_workload) {
		if (!pod_active(&pod[i]))
			continue;
		ARENA_RESERVE(c->arena, s->victim, s->victim_capacity, n + 1, struct job_victim);
		s->victim[n++] = (struct job_victim){.pod = i,
						     .bound = pod[i].node != NONE,
						     .phase = pod[i].phase,
						     .ready = pod[i].ready,
						     .created = pod[i].created,
						     .since = pod[i].ready ? pod[i].ready_since : 0};
	}
	if (n > 0)
		qsort(s->victim, n, sizeof(*s->victim), compare_victims);
	call.cause = (uint8_t)cause;
	for (uint32_t i = 0; i < n && i < count && i < BURST; i++) {
		call.pod = s->victim[i].pod;
		s->pod[call.pod] |= COUNT_DROPPED;
		decide_call(c->out, call);
	}
	decide_then(c->out);
}
