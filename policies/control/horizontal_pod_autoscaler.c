/*
 * horizontal_pod_autoscaler.c - the HPA controller: sizes workloads so that their pods' use comes near to a target.
 * Upstream: pkg/controller/podautoscaler/horizontal.go (kubernetes-control-plane.md 3.7).
 *
 * Each autoscaler is looked at every --horizontal-pod-autoscaler-sync-period. While its target has the size that its
 * metrics ask for and every pod counts, nothing can change by itself: then it sleeps until a pod or the load changes,
 * and goes on in its rhythm. A pod's start is taken to be its creation.
 */
#include "models/versions.h"
#include "policies/parts/hpa.h"

/* Workers (concurrent-horizontal-pod-autoscaler-syncs; recalled). */
#define WORKERS 5
/* The longest period of a rate policy. */
#define CHANGES_KEPT SECONDS(1800)

struct scaler {
	struct hpa_history recommended, changes;
	sim_time synced; /* the last sync */
	int64_t asked;   /* what its metrics asked for then */
	sim_time next;   /* the next one, SIM_NEVER while it sleeps without a date */
	bool sleeps;     /* syncs have been left out since `synced` */
};

struct state {
	struct scaler *scaler; /* by row of objects.hpa */
};

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return WORKERS;
}

static const struct hpa_object *object_of(const struct control_call *c, uint32_t hpa)
{
	return &c->view->scenario->objects.hpa[hpa];
}

static sim_time period(const struct control_call *c)
{
	return c->view->scenario->timers.hpa_sync_period;
}

/* ---- when to look ---- */

static void look_at(struct control_call *c, uint32_t hpa, sim_time at)
{
	struct scaler *x = &((struct state *)c->state)->scaler[hpa];

	if (x->next == at)
		return;
	x->next = at;
	decide_queue_at(c->out, hpa, at);
}

/* The first sync of the rhythm that is not before t. */
static sim_time in_rhythm(const struct control_call *c, const struct scaler *x, sim_time t)
{
	sim_time p = period(c), from = x->synced;

	return t <= from ? from : from + (t - from + p - 1) / p * p;
}

static void start(struct control_call *c)
{
	const struct objects *o = &c->view->scenario->objects;
	struct state *s = c->state;

	s->scaler = ARENA_NEW(c->arena, o->hpa_count, struct scaler);
	for (uint32_t i = 0; i < o->hpa_count; i++) {
		if (o->hpa[i].target == NONE)
			continue;
		/* recordInitialRecommendation: a new process scales down only after a whole window. */
		hpa_remember(c->arena, &s->scaler[i].recommended, c->now, c->view->workload[o->hpa[i].target].replicas,
			     0);
		look_at(c, i, c->now + (sim_time)(rng_unit(c->rng) * (double)period(c)));
	}
}

static void notice(struct control_call *c, const struct change *change)
{
	const struct view *v = c->view;
	struct state *s = c->state;
	uint32_t row = change->kind == CHANGE_POD ? v->pod[change->row].workload : change->row;

	row = workload_maker(v->workload, row);
	for (uint32_t i = 0; i < v->scenario->objects.hpa_count; i++)
		if (row != NONE && object_of(c, i)->target == row && s->scaler[i].sleeps)
			look_at(c, i, in_rhythm(c, &s->scaler[i], c->now));
}

/* ---- samples ---- */

static int64_t request_of(const struct pod_spec *spec, enum usage usage)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < spec->container_count; i++) {
		const struct resources *r = &spec->container[i].request;

		sum += usage == USAGE_CPU ? r->cpu_milli : r->mem_bytes;
	}
	return sum;
}

/* CPU of a pod that starts, or has never been ready, says nothing (groupPods). */
static bool counts_as_unready(const struct control_call *c, const struct pod *p, enum usage usage)
{
	const struct timers *t = &c->view->scenario->timers;
	sim_time sample = c->view->metrics_at(c->view->model, c->now), window = SECONDS(15);

	if (p->phase == PHASE_PENDING)
		return true;
	/* Pods of the initial state have been ready for long. */
	if (usage != USAGE_CPU || (p->ready && p->ready_since == 0))
		return false;
	if (time_add(p->created, t->hpa_cpu_initialization) > c->now)
		return !p->ready || sample < time_add(p->ready_since, window);
	return !p->ready && time_add(p->created, t->hpa_initial_readiness_delay) > p->ready_since;
}

static void add_pod(const struct control_call *c, struct hpa_pods *sum, uint32_t row, enum usage usage)
{
	const struct pod *p = &c->view->pod[row];
	int64_t used = c->view->pod_usage(c->view->model, row, usage, c->now);
	int64_t request = request_of(p->spec, usage);

	if (p->deleting || p->phase == PHASE_FAILED)
		return;
	sum->no_request |= request == 0;
	if (p->phase == PHASE_PENDING || (used >= 0 && counts_as_unready(c, p, usage))) {
		sum->unready++;
		sum->unready_request += request;
	} else if (used < 0) {
		sum->missing++;
		sum->missing_request += request;
	} else {
		sum->ready++;
		sum->usage += used;
		sum->request += request;
	}
}

static struct hpa_pods gather(const struct control_call *c, uint32_t target, enum usage usage)
{
	const struct view *v = c->view;
	struct hpa_pods sum = {0};

	for (uint32_t i = v->workload[target].first_pod; i != NONE; i = v->pod[i].next_of_workload)
		add_pod(c, &sum, i, usage);
	for (uint32_t set = v->workload[target].first_child; set != NONE; set = v->workload[set].next_sibling)
		for (uint32_t i = v->workload[set].first_pod; i != NONE; i = v->pod[i].next_of_workload)
			add_pod(c, &sum, i, usage);
	return sum;
}

/* ---- the sync ---- */

/* What the metrics ask for, and how sure that is. */
struct answer {
	int64_t replicas, percent;    /* of the metric that decides */
	bool valid, by_value, steady; /* steady: every pod counts */
};

static double tolerance(const struct control_call *c, const struct hpa_rules *r)
{
	return r->tolerance >= 0 && version_hpa_tolerance(c->view->scenario->kubernetes)
		       ? r->tolerance
		       : c->view->scenario->timers.hpa_tolerance;
}

/* The most that any metric asks for; one that cannot tell only forbids scaling down. */
static struct answer ask(const struct control_call *c, const struct hpa_object *h, int64_t current)
{
	struct answer a = {.replicas = -1, .steady = true};
	bool invalid = false;

	for (uint32_t i = 0; i < h->metric_count; i++) {
		struct hpa_pods pods = gather(c, h->target, (enum usage)h->metric[i].usage);
		int64_t percent = 0, n = hpa_replicas(&h->metric[i], &pods, current, tolerance(c, &h->up),
						      tolerance(c, &h->down), &percent);

		a.steady &= pods.unready == 0 && pods.missing == 0;
		invalid |= n < 0;
		if (n > a.replicas) {
			a.replicas = n;
			a.percent = percent;
			a.by_value = !h->metric[i].utilization;
		}
	}
	a.valid = a.replicas >= 0 && (!invalid || a.replicas >= current);
	return a;
}

static void send_scale(struct control_call *c, struct scaler *x, const struct hpa_object *h, int64_t current,
		       int64_t to, const struct answer *a)
{
	struct api_call call = api_call(API_SCALE);
	struct fact f = {.kind = FACT_AUTOSCALED,
			 .flag = (uint16_t)((a->replicas != to ? AUTOSCALED_LIMITED : 0) |
					    (a->by_value ? AUTOSCALED_BY_VALUE : 0)),
			 .node = FACT_NONE,
			 .pod = FACT_NONE,
			 .object = h->target,
			 .a = to,
			 .b = a->percent,
			 .c = a->replicas};

	hpa_remember(c->arena, &x->changes, c->now, to - current, CHANGES_KEPT);
	decide_tell(c->out, f);
	decide_then(c->out);
	call.workload = h->target;
	call.number = to;
	decide_call(c->out, call);
}

/* The size that the target should have now; a->replicas is -1 where the metrics were not asked or cannot tell. */
static int64_t desired(struct control_call *c, struct scaler *x, const struct hpa_object *h, int64_t current,
		       struct answer *a)
{
	sim_time window =
		h->down.window == SIM_NEVER ? c->view->scenario->timers.hpa_downscale_stabilization : h->down.window;
	sim_time keep = window > h->up.window ? window : h->up.window;

	if (current > h->max || current < h->min) {
		*a = (struct answer){.replicas = -1};
		return current > h->max ? h->max : h->min;
	}
	*a = ask(c, h, current);
	if (!a->valid)
		return current;
	/* Looks that were left out would have recommended the same. */
	if (x->sleeps && c->now - period(c) > x->synced)
		hpa_remember(c->arena, &x->recommended, c->now - period(c), x->asked, keep);
	hpa_remember(c->arena, &x->recommended, c->now, a->replicas, keep);
	return hpa_limit(h, &x->changes, c->now, current,
			 hpa_stabilize(h, &x->recommended, c->now, window, current, a->replicas));
}

static int64_t within(const struct hpa_object *h, int64_t replicas)
{
	return replicas < h->min ? h->min : replicas > h->max ? h->max : replicas;
}

static void reconcile(struct control_call *c, uint32_t hpa)
{
	const struct hpa_object *h = object_of(c, hpa);
	const struct workload *w = &c->view->workload[h->target];
	struct scaler *x = &((struct state *)c->state)->scaler[hpa];
	struct api_call call = api_call(API_READ);
	struct answer a;

	if (!w->exists)
		return;
	/* A target of size 0 is not scaled, unless it may have that size. */
	if (w->replicas == 0 && h->min != 0) {
		x->sleeps = true;
		return;
	}
	decide_call(c->out, call);
	int64_t to = desired(c, x, h, w->replicas, &a);
	if (to != w->replicas)
		send_scale(c, x, h, w->replicas, to, &a);
	x->synced = c->now;
	x->asked = a.replicas;
	x->sleeps = a.valid && a.steady && to == w->replicas && within(h, a.replicas) == w->replicas;
	if (!x->sleeps) {
		look_at(c, hpa, c->now + period(c));
		return;
	}
	/* The load is seen at the next scrape. */
	sim_time change =
		scenario_load_changes(c->view->scenario, h->target, c->view->metrics_at(c->view->model, c->now));
	x->next = SIM_NEVER;
	if (change != SIM_NEVER)
		look_at(c, hpa, in_rhythm(c, x, change > c->now ? change : c->now + 1));
}

const struct controller control_horizontal_pod_autoscaler = {
	.info = {.name = "horizontal-pod-autoscaler",
		 .summary = "sizes workloads so that the use of their pods comes near to a target"},
	.client = "horizontal-pod-autoscaler",
	.watches = CHANGE_POD | CHANGE_WORKLOAD,
	.state_size = sizeof(struct state),
	.workers = workers,
	.start = start,
	.notice = notice,
	.reconcile = reconcile,
};
