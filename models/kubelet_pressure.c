/* kubelet_pressure.c - the eviction manager (upstream pkg/kubelet/eviction/eviction_manager.go: synchronize).
 *
 * It looks every 10 s, or so the real one does; here only when something may have come of it: the first tick after the
 * instant before which no threshold can be passed, and each tick while one is passed or a condition is True.
 */
#include "models/kubelet_pressure.h"

#include <string.h>

#include "models/image.h"
#include "models/kubelet_admit.h"
#include "models/kubelet_signals.h"
#include "models/kubelet_steps.h"
#include "models/sched_match.h"
#include "models/usage.h"
#include "models/versions.h"

/* monitoringInterval (pkg/kubelet/kubelet.go: evictionMonitoringPeriod), podCleanupTimeout and podCleanupPollFreq. */
#define PERIOD SECONDS(10)
#define CLEANUP_MAX SECONDS(30)
#define CLEANUP_POLL SECONDS(1)

/* What a PRESSURE event is about. */
enum look { LOOK_TICK, LOOK_OUT_OF_MEMORY };

struct pressure {
	uint8_t conditions;
	/* At the last look: thresholds that were met, soft ones for their grace period; they are until the minimum
	 * reclaim. */
	bool hard[EVICTION_SIGNALS], soft[EVICTION_SIGNALS];
	bool told[EVICTION_SIGNALS];           /* to be beyond a threshold */
	bool seen[NODE_CONDITIONS];            /* the signal of a condition was met at met_at */
	sim_time met_at[NODE_CONDITIONS];      /* last */
	sim_time soft_since[EVICTION_SIGNALS]; /* SIM_NEVER: not passed */
	sim_time tick;                         /* a look; the others are whole periods away */
	uint32_t epoch;                        /* of the look that is scheduled */
	bool evicting;                         /* the end of evicted pods is waited for, until evicting_until */
	sim_time evicting_until;
};

struct pressures {
	struct pressure *node;
};

void pressure_init(struct world *w)
{
	w->pressures = ARENA_NEW(&w->run->arena, 1, struct pressures);
	w->pressures->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct pressure);
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		struct rng r = run_stream(w->run, STREAM_PRESSURE, n);

		w->pressures->node[n].tick = -(sim_time)(rng_unit(&r) * (double)PERIOD);
		pressure_forget(w, n);
	}
}

void pressure_forget(struct world *w, uint32_t node)
{
	struct pressure *p = &w->pressures->node[node];

	*p = (struct pressure){.tick = p->tick, .epoch = p->epoch + 1};
	for (int s = 0; s < EVICTION_SIGNALS; s++)
		p->soft_since[s] = SIM_NEVER;
}

uint8_t pressure_conditions(const struct world *w, uint32_t node)
{
	return w->pressures->node[node].conditions;
}

static enum node_condition condition_of(enum eviction_signal s)
{
	return s == SIGNAL_MEMORY ? CONDITION_MEMORY : s == SIGNAL_PID ? CONDITION_PID : CONDITION_DISK;
}

bool pressure_admits(const struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	uint8_t conditions = pressure_conditions(w, w->cluster.pod[pod].node);
	const struct taint memory = {.key = w->cluster.view.key.condition[CONDITION_MEMORY],
				     .effect = EFFECT_NO_SCHEDULE};

	if (conditions == 0 || kubelet_critical(w, pod))
		return true;
	if (conditions != 1u << CONDITION_MEMORY)
		return false;
	return s->qos != QOS_BEST_EFFORT || sched_tolerated(s, &memory);
}

/* ---- when to look ---- */

static bool watched(const struct world *w)
{
	return w->scenario->tells_use >> USAGE_MEMORY != 0 || w->cluster.view.key.condition[CONDITION_DISK] != 0;
}

/* Whether anything can move a signal towards its limit: what containers say, or images on the disk. */
static bool moves(const struct world *w, uint32_t node, enum eviction_signal s, double limit)
{
	return usage_told(w, signal_usage(s)) ||
	       (signal_usage(s) == USAGE_DISK && image_may_leave_less(w, node, limit));
}

static void look_at(struct world *w, uint32_t node, sim_time at, enum look what)
{
	world_schedule(w, at, EVENT_PRESSURE, node, w->pressures->node[node].epoch, what);
}

/* The first tick at or after `at`, and after now. */
static sim_time tick_after(const struct world *w, const struct pressure *p, sim_time at)
{
	sim_time least = at > w->run->now ? at : w->run->now + 1;

	return p->tick + (least - p->tick + PERIOD - 1) / PERIOD * PERIOD;
}

/* The limit of a signal that is passed first: of its hard and soft thresholds the larger; negative when it has none. */
static double first_limit(struct world *w, uint32_t node, enum eviction_signal s)
{
	const struct kubelet_settings *k = &w->scenario->kubelet;
	double capacity = signal_capacity(w, node, s), hard = -1, soft = -1;

	if (k->hard[s].present)
		hard = signal_limit(&k->hard[s], capacity);
	if (k->soft[s].present)
		soft = signal_limit(&k->soft[s], capacity);
	return hard > soft ? hard : soft;
}

/* The kernel kills when memory is used up: at the instant, where use grows evenly or steps; else at the next look. */
static void plan_out_of_memory(struct world *w, uint32_t node, sim_time next_tick)
{
	sim_time at;

	if (!usage_told(w, USAGE_MEMORY) || !w->cluster.node_truth[node].powered)
		return;
	if (signal_observe(w, node, SIGNAL_MEMORY).available <= 0)
		at = w->run->now;
	else if (!signal_may_fall(w, node, SIGNAL_MEMORY, 0, &at))
		return;
	else if (at <= w->run->now)
		at = signal_first_step(w, node);
	if (at == SIM_NEVER)
		at = time_add(w->run->now, PERIOD); /* several containers that vary: it is looked at again */
	if (at < next_tick && at < w->scenario->duration)
		look_at(w, node, at, LOOK_OUT_OF_MEMORY);
}

/* When the manager may have something to do, and whether at all. */
static bool first_look(struct world *w, uint32_t node, sim_time *first)
{
	*first = SIM_NEVER;
	for (uint32_t s = 0; s < EVICTION_SIGNALS; s++) {
		double limit = first_limit(w, node, s);
		sim_time at;

		if (!moves(w, node, s, limit))
			continue;
		if (signal_usage(s) == USAGE_DISK && signal_over_disk_possible(w, node, &at))
			*first = at < *first ? at : *first;
		if (limit >= 0 && signal_may_fall(w, node, s, limit, &at))
			*first = at < *first ? at : *first;
	}
	return *first < w->scenario->duration;
}

static void plan(struct world *w, uint32_t node)
{
	struct pressure *p = &w->pressures->node[node];
	sim_time first = w->run->now, next = SIM_NEVER;

	p->epoch++;
	if (kubelet_works(w, node) && (p->conditions != 0 || p->evicting || first_look(w, node, &first))) {
		next = p->evicting ? w->run->now + CLEANUP_POLL : tick_after(w, p, first);
		look_at(w, node, next, LOOK_TICK);
	}
	plan_out_of_memory(w, node, next);
}

void pressure_changed(struct world *w, uint32_t node)
{
	if (watched(w) && !w->settling && !w->pressures->node[node].evicting)
		plan(w, node);
}

void pressure_settled(struct world *w)
{
	for (uint32_t n = 0; watched(w) && n < w->cluster.node_count; n++)
		pressure_changed(w, n);
}

/* ---- looking ---- */

/* Whether a threshold is met: below its limit or, once it was, below limit and minimum reclaim. */
static bool meets(const struct world *w, enum eviction_signal s, const struct eviction_threshold *t,
		  struct signal_value v, bool before)
{
	const struct eviction_threshold *more = &w->scenario->kubelet.reclaim[s];
	double limit = signal_limit(t, v.capacity);

	if (before && more->present)
		limit += signal_limit(more, v.capacity);
	return t->present && v.capacity > 0 && v.available < limit;
}

struct seen {
	struct signal_value value[EVICTION_SIGNALS];
	bool acts[EVICTION_SIGNALS], hard[EVICTION_SIGNALS];
};

/* What changes is told, with whose use it is that grows. */
static void tell_signal(struct world *w, uint32_t node, uint32_t s, const struct signal_value *v, bool passed)
{
	struct pressure *p = &w->pressures->node[node];
	struct fact f = cluster_fact(&w->cluster, FACT_EVICTION_SIGNAL);

	if (p->told[s] == passed)
		return;
	p->told[s] = passed;
	f.node = node;
	f.pod = passed ? signal_grower(w, node, s) : NONE;
	f.flag = (uint16_t)s;
	f.a = passed;
	f.b = (int64_t)v->available;
	f.c = (int64_t)first_limit(w, node, s);
	cluster_tell(&w->cluster, f);
}

/* What is met now, and for which signals something has to be done. */
static void observe(struct world *w, uint32_t node, struct seen *seen)
{
	const struct kubelet_settings *k = &w->scenario->kubelet;
	struct pressure *p = &w->pressures->node[node];

	for (uint32_t s = 0; s < EVICTION_SIGNALS; s++) {
		struct signal_value v = seen->value[s] = signal_observe(w, node, s);
		bool hard = meets(w, s, &k->hard[s], v, p->hard[s]), soft = meets(w, s, &k->soft[s], v, p->soft[s]);

		if (!soft)
			p->soft_since[s] = SIM_NEVER;
		else if (p->soft_since[s] == SIM_NEVER)
			p->soft_since[s] = w->run->now;
		tell_signal(w, node, s, &v, hard || soft);
		p->hard[s] = seen->hard[s] = hard;
		p->soft[s] = soft && w->run->now - p->soft_since[s] >= k->soft_grace[s];
		seen->acts[s] = hard || p->soft[s];
		if (hard || soft) {
			p->met_at[condition_of(s)] = w->run->now;
			p->seen[condition_of(s)] = true;
		}
	}
}

static void hold_conditions(struct world *w, uint32_t node)
{
	struct pressure *p = &w->pressures->node[node];
	uint8_t before = p->conditions;

	p->conditions = 0;
	for (int c = 0; c < NODE_CONDITIONS; c++)
		if (p->seen[c] && (p->met_at[c] == w->run->now ||
				   w->run->now - p->met_at[c] < w->scenario->kubelet.pressure_transition))
			p->conditions |= (uint8_t)(1u << c);
	if (p->conditions != before)
		kubelet_notice_node(w, node);
}

/* The grace with which a pod is killed. Hard thresholds: at once until 1.21; the pod's own until 1.30, as an override
 * of 0 counted as none; 1 s since (kubernetes PR 124063). */
static sim_time grace_of(const struct world *w, uint32_t pod, bool hard, bool *exact)
{
	sim_time own = w->cluster.pod[pod].spec->grace, most;
	int64_t max = w->scenario->kubelet.max_pod_grace;
	int minor = w->scenario->kubernetes;

	*exact = true;
	if (version_eviction_grace_ignored(minor) && (hard || max == 0)) {
		*exact = false;
		return own;
	}
	if (hard)
		return version_eviction_grace_second(minor) ? SECONDS(1) : 0;
	if (max < 0)
		return own;
	most = SECONDS(max);
	return version_eviction_grace_second(minor) && own < most ? own : most;
}

static void evict(struct world *w, uint32_t pod, struct fact why, bool hard)
{
	uint32_t node = w->cluster.pod[pod].node;
	struct pressure *p = &w->pressures->node[node];
	bool exact;
	sim_time grace = grace_of(w, pod, hard, &exact);

	why.node = node;
	why.pod = pod;
	cluster_tell(&w->cluster, why);
	p->evicting = true;
	p->evicting_until = w->run->now + CLEANUP_MAX;
	life_kill(w, pod, POD_EVICTED, grace, exact);
}

/* Pods above a limit of local disk go first, whatever the node has left. */
static bool evict_over_limit(struct world *w, uint32_t node)
{
	bool any = false;
	double used, limit;
	uint32_t pod;

	while (usage_told(w, USAGE_DISK) && (pod = signal_over_disk_limit(w, node, &used, &limit)) != NONE) {
		struct fact f = cluster_fact(&w->cluster, FACT_POD_EVICTED);

		f.flag = EVICTED_OVER_LIMIT;
		f.a = (int64_t)used;
		f.b = (int64_t)limit;
		evict(w, pod, f, true);
		any = true;
	}
	return any;
}

/* Images that nobody uses are deleted first; whether that was enough. */
static bool reclaim_disk(struct world *w, uint32_t node, enum eviction_signal s, struct seen *seen)
{
	if (signal_usage(s) != USAGE_DISK)
		return false;
	image_reclaim(w, node, INT64_MAX);
	observe(w, node, seen);
	return !seen->acts[SIGNAL_NODEFS] && !seen->acts[SIGNAL_IMAGEFS];
}

static void act(struct world *w, uint32_t node, struct seen *seen)
{
	struct fact f = cluster_fact(&w->cluster, FACT_POD_EVICTED);
	uint32_t s = 0, pod;

	while (s < EVICTION_SIGNALS && !seen->acts[s])
		s++;
	if (s == EVICTION_SIGNALS || reclaim_disk(w, node, s, seen))
		return;
	pod = signal_victim(w, node, s);
	if (pod == NONE)
		return;
	f.flag = (uint16_t)(s == SIGNAL_IMAGEFS ? SIGNAL_NODEFS : s);
	f.a = (int64_t)usage_of_pod(w, pod, signal_usage(s));
	f.b = (int64_t)signal_request(w->cluster.pod[pod].spec, s);
	f.c = (int64_t)seen->value[s].available;
	evict(w, pod, f, seen->hard[s]);
}

/* The collector of images learns what pods keep on the disk. */
static void tell_disk(struct world *w, uint32_t node)
{
	double sum = 0;

	if (!usage_told(w, USAGE_DISK))
		return;
	for (uint32_t i = w->cluster.node[node].first_pod; i != NONE; i = w->cluster.pod[i].next_on_node)
		sum += usage_of_pod(w, i, USAGE_DISK);
	image_pods_disk(w, node, (int64_t)sum);
}

/* Somebody is killed, whose exit lets this be looked at again; or nobody, and it is looked at again all the same. */
static void out_of_memory(struct world *w, uint32_t node)
{
	uint32_t pod, i = NONE;

	if (signal_observe(w, node, SIGNAL_MEMORY).available <= 1)
		i = signal_oom_victim(w, node, &pod);
	if (i != NONE)
		container_signal(w, pod, i, 0, EXIT_SIGKILL, REASON_OOM_KILLED);
	else
		plan(w, node);
}

/* Whether a pod that was evicted has not ended yet. */
static bool evicted_end(const struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		if (w->cluster.pod_truth[p].why == POD_EVICTED && w->cluster.pod_truth[p].stage == STAGE_STOPPING)
			return true;
	return false;
}

/* Subject: node; arg: enum look. */
void pressure_on_look(struct world *w, const struct event *e)
{
	struct pressure *p = &w->pressures->node[e->subject];
	struct seen seen = {0};

	if (e->epoch != p->epoch || !w->cluster.node_truth[e->subject].powered)
		return;
	if (e->arg == LOOK_OUT_OF_MEMORY) {
		out_of_memory(w, e->subject);
		return;
	}
	if (!kubelet_works(w, e->subject))
		return;
	if (p->evicting && w->run->now < p->evicting_until && evicted_end(w, e->subject)) {
		plan(w, e->subject);
		return;
	}
	p->evicting = false;
	p->tick = w->run->now;
	tell_disk(w, e->subject);
	observe(w, e->subject, &seen);
	hold_conditions(w, e->subject);
	if (!evict_over_limit(w, e->subject))
		act(w, e->subject, &seen);
	plan(w, e->subject);
}
