/* cron_job.c - the CronJob controller: makes a Job when its schedule says so.
 * Upstream: pkg/controller/cronjob/{cronjob_controllerv2,utils}.go (kubernetes-control-plane.md 3.6). v2 looks at a
 * CronJob 100 ms after each scheduled time; v1 (1.20) looked at all of them every 10 s. Runs that were missed while
 * nobody looked collapse to the most recent one. */
#include "models/policy.h"
#include "models/versions.h"

/* Workers (concurrent-cron-job-syncs; recalled). */
#define WORKERS 5
/* nextScheduleDelta. */
#define DELTA MILLIS(100)
#define POLL SECONDS(10)
/* More missed times than this made v1 refuse. */
#define MISSED_MAX 100

struct cron_of {
	sim_time armed;       /* a look is asked for then, if it lies ahead */
	int64_t skipped_told; /* the scheduled time whose skipping has been told */
};

struct state {
	struct cron_of *cron; /* by workload row */
	uint32_t crons;
	sim_time phase; /* of v1's polls */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static struct cron_of *cron_of(struct control_call *c, uint32_t row)
{
	struct state *s = c->state;

	ARENA_RESERVE(c->arena, s->cron, s->crons, c->view->workload_count, struct cron_of);
	return &s->cron[row];
}

/* ---- time ---- */

/* Seconds since 1970 at a time of the run, and back. */
static int64_t clock_at(const struct control_call *c, sim_time t)
{
	return c->view->scenario->start_time + t / SECONDS(1);
}

static sim_time time_of(const struct control_call *c, int64_t clock)
{
	return clock == INT64_MAX ? SIM_NEVER : SECONDS(clock - c->view->scenario->start_time);
}

/* Asks for a look at `at`, or at the first poll from then on. */
static void look_at(struct control_call *c, uint32_t row, sim_time at)
{
	const struct state *s = c->state;
	struct cron_of *x = cron_of(c, row);

	if (at == SIM_NEVER)
		return;
	if (version_cron_polls(c->view->scenario->kubernetes))
		at = s->phase + (at - s->phase + POLL - 1) / POLL * POLL;
	if (x->armed == at)
		return;
	x->armed = at;
	decide_queue_at(c->out, row, at);
}

static void look_at_next(struct control_call *c, uint32_t row)
{
	int64_t next = cron_next(&c->view->workload[row].object->schedule, clock_at(c, c->now));
	sim_time at = time_of(c, next);

	look_at(c, row, at == SIM_NEVER ? at : at + (version_cron_polls(c->view->scenario->kubernetes) ? 0 : DELTA));
}

/* ---- what has happened ---- */

static void start(struct control_call *c)
{
	struct state *s = c->state;

	s->phase = (sim_time)(rng_unit(c->rng) * (double)POLL);
	for (uint32_t i = 0; i < c->view->workload_count; i++)
		if (c->view->workload[i].kind == WORKLOAD_CRON_JOB)
			decide_queue(c->out, i);
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct workload *w = &c->view->workload[change->row];
	uint32_t row = w->kind == WORKLOAD_JOB ? w->owner : change->row;

	if (row == NONE || c->view->workload[row].kind != WORKLOAD_CRON_JOB || change->what & CHANGED_STATUS)
		return;
	if (version_cron_polls(c->view->scenario->kubernetes))
		look_at(c, row, c->now);
	else
		decide_queue(c->out, row);
}

/* ---- the sync ---- */

static uint32_t first_active(const struct view *v, const struct workload *cron)
{
	for (uint32_t i = cron->first_child; i != NONE; i = v->workload[i].next_sibling)
		if (v->workload[i].exists && !job_is_over(&v->workload[i]))
			return i;
	return NONE;
}

static void delete_job(struct control_call *c, uint32_t job)
{
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	call.workload = job;
	decide_call(c->out, call);
	decide_then(c->out);
}

/* The last scheduled time up to now that has had no Job, or 0; *missed: how many there were. */
static int64_t due(const struct control_call *c, const struct workload *w, int64_t *missed)
{
	const struct workload_object *o = w->object;
	int64_t now = clock_at(c, c->now), from = w->scheduled != 0 ? w->scheduled : clock_at(c, w->created), last = 0;

	if (o->starting_deadline != SIM_NEVER && now - o->starting_deadline / SECONDS(1) > from)
		from = now - o->starting_deadline / SECONDS(1);
	*missed = 0;
	for (int64_t t = cron_next(&o->schedule, from); t <= now; t = cron_next(&o->schedule, t)) {
		last = t;
		(*missed)++;
	}
	return last;
}

static void skip(struct control_call *c, uint32_t row, int64_t scheduled, enum cron_skip why)
{
	struct cron_of *x = cron_of(c, row);
	struct fact f = {.kind = FACT_CRON_SKIPPED,
			 .flag = (uint16_t)why,
			 .node = FACT_NONE,
			 .pod = FACT_NONE,
			 .object = row,
			 .a = scheduled};

	if (x->skipped_told != scheduled)
		decide_tell(c->out, f);
	x->skipped_told = scheduled;
}

static void start_job(struct control_call *c, uint32_t row, int64_t scheduled)
{
	const struct view *v = c->view;
	const struct workload *w = &v->workload[row];
	struct api_call call = api_call(API_CREATE_JOB);

	if (w->object->concurrency == CRON_FORBID && first_active(v, w) != NONE) {
		skip(c, row, scheduled, CRON_SKIP_ACTIVE);
		return;
	}
	for (uint32_t i = w->first_child; i != NONE && w->object->concurrency == CRON_REPLACE;
	     i = v->workload[i].next_sibling)
		if (v->workload[i].exists && !job_is_over(&v->workload[i]))
			delete_job(c, i);
	call.workload = row;
	call.number = scheduled;
	decide_call(c->out, call);
	decide_then(c->out);
	call = api_call(API_STATUS);
	call.workload = row;
	decide_call(c->out, call);
	decide_then(c->out);
}

/* Finished Jobs beyond the history go, those that were made first before others. Children are listed newest first. */
static void clean_history(struct control_call *c, const struct workload *cron, enum job_state state, int32_t limit)
{
	const struct workload *w = c->view->workload;
	int32_t kept = 0;

	for (uint32_t i = cron->first_child; i != NONE; i = w[i].next_sibling)
		if (w[i].exists && w[i].job_state == state && ++kept > limit)
			delete_job(c, i);
}

static void schedule(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];
	int64_t missed, scheduled = due(c, w, &missed);

	if (scheduled == 0)
		return;
	if (version_cron_polls(c->view->scenario->kubernetes) && missed > MISSED_MAX)
		skip(c, row, scheduled, CRON_SKIP_TOO_MANY);
	else
		start_job(c, row, scheduled);
}

static void reconcile(struct control_call *c, uint32_t row)
{
	const struct workload *w = &c->view->workload[row];

	if (!w->exists)
		return;
	if (!w->suspended) {
		schedule(c, row);
		look_at_next(c, row);
	}
	clean_history(c, w, JOB_COMPLETE, w->object->succeeded_history);
	clean_history(c, w, JOB_FAILED, w->object->failed_history);
}

const struct controller control_cron_job = {
	.info = {.name = "cronjob", .summary = "makes a Job at each scheduled time of a CronJob"},
	.client = "cronjob-controller",
	.watches = CHANGE_WORKLOAD,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
