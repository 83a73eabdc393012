/*
 * causes.c - one row for each way in which a fact of one kind brings about a fact of another.
 *
 * A fact's cause is the latest earlier fact that some row of its kind admits: about the same pod, the same node, and so
 * on. Facts of one subject are threaded backwards, so finding a cause looks at few of them.
 */
#include "report/causes.h"

#include <inttypes.h>
#include <string.h>

#include "report/story.h"

/* What cause and effect have in common. */
enum link { LINK_POD, LINK_NODE, LINK_OBJECT, LINK_OWNER, LINK_MASTERS, LINK_OLD_POD };

#define ANY (-1)

static const struct rule {
	uint16_t kind;
	int16_t flag, a; /* of the effect; ANY */
	enum link link;
	uint16_t cause;
	int16_t cause_flag;
	const char *leg;
} rules[] = {
	/* truth of machines */
	{FACT_FAILURE_HEALED, ANY, ANY, LINK_OBJECT, FACT_FAILURE_STRUCK, ANY, "repair"},
	{FACT_NODE_FAILED, ANY, ANY, LINK_OBJECT, FACT_FAILURE_STRUCK, ANY, ""},
	{FACT_NODE_BACK, ANY, ANY, LINK_OBJECT, FACT_FAILURE_HEALED, ANY, ""},
	{FACT_NODE_BACK, ANY, ANY, LINK_NODE, FACT_NODE_FAILED, ANY, "repair"},
	{FACT_NODE_OFF, ANY, ANY, LINK_NODE, FACT_NODE_FAILED, ANY, "shutdown"},
	{FACT_HEARTBEAT_BACK, ANY, ANY, LINK_NODE, FACT_NODE_BACK, ANY, "heartbeat"},
	{FACT_HEARTBEAT_BACK, ANY, ANY, LINK_MASTERS, FACT_FAILURE_HEALED, ANY, "heartbeat"},
	{FACT_HEARTBEAT_BACK, ANY, ANY, LINK_MASTERS, FACT_API_SERVER, 1, "heartbeat"},
	/* belief about nodes */
	{FACT_NODE_READY, READY_UNKNOWN, ANY, LINK_NODE, FACT_NODE_FAILED, ANY, "detection"},
	{FACT_NODE_READY, READY_FALSE, ANY, LINK_NODE, FACT_NODE_FAILED, ANY, "detection"},
	{FACT_NODE_READY, READY_TRUE, ANY, LINK_NODE, FACT_HEARTBEAT_BACK, ANY, "report"},
	{FACT_NODE_READY, READY_TRUE, ANY, LINK_NODE, FACT_NODE_BACK, ANY, "report"},
	{FACT_NODE_READY, READY_TRUE, ANY, LINK_NODE, FACT_NODE_ADDED, ANY, "report"},
	{FACT_NODE_ADDED, ANY, ANY, LINK_NODE, FACT_MACHINE_ON, ANY, "boot"},
	{FACT_NODE_REMOVED, ANY, ANY, LINK_NODE, FACT_MACHINE_OFF, ANY, ""},
	{FACT_NODE_REMOVED, ANY, ANY, LINK_NODE, FACT_ACTION, ANY, ""},
	{FACT_NODE_REMOVED, ANY, ANY, LINK_NODE, FACT_SCALE_DOWN, ANY, ""},
	{FACT_MACHINE_OFF, ANY, ANY, LINK_NODE, FACT_SCALE_DOWN, ANY, ""},
	{FACT_NODE_CORDONED, ANY, ANY, LINK_NODE, FACT_ACTION, ANY, ""},
	{FACT_DRAIN_DONE, ANY, ANY, LINK_NODE, FACT_ACTION, ANY, "drain"},
	{FACT_TAINT_REMOVED, ANY, ANY, LINK_NODE, FACT_NODE_READY, READY_TRUE, "taint"},
	/* pods that are lost */
	{FACT_TOLERATION_STARTED, ANY, ANY, LINK_NODE, FACT_TAINT_ADDED, EFFECT_NO_EXECUTE, ""},
	{FACT_TOLERATION_CANCELLED, ANY, ANY, LINK_NODE, FACT_TAINT_REMOVED, EFFECT_NO_EXECUTE, ""},
	{FACT_EVICTION_HELD, ANY, ANY, LINK_POD, FACT_TOLERATION_STARTED, ANY, "toleration"},
	{FACT_POD_STOPPED, STOP_NODE_DIED, ANY, LINK_NODE, FACT_NODE_FAILED, ANY, ""},
	{FACT_POD_STOPPED, STOP_NODE_DIED, ANY, LINK_NODE, FACT_NODE_OFF, ANY, ""},
	{FACT_POD_STOPPED, STOP_NODE_DIED, ANY, LINK_NODE, FACT_MACHINE_OFF, ANY, ""},
	{FACT_POD_STOPPED, STOP_TERMINATED, ANY, LINK_POD, FACT_POD_DELETED, ANY, "termination"},
	{FACT_POD_STOPPED, STOP_TERMINATED, ANY, LINK_POD, FACT_POD_EVICTED, ANY, "termination"},
	{FACT_POD_STOPPED, STOP_COMPLETED, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, ""},
	{FACT_POD_STOPPED, STOP_COMPLETED, ANY, LINK_POD, FACT_POD_STARTED, ANY, "run"},
	{FACT_POD_SERVING, 1, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, ""},
	{FACT_POD_SERVING, 1, ANY, LINK_POD, FACT_CONTAINER_UNHEALTHY, ANY, ""},
	{FACT_POD_SERVING, 1, ANY, LINK_POD, FACT_ACTION, ANY, ""},
	{FACT_POD_READY, 0, BY_NODE_CONTROLLER, LINK_NODE, FACT_NODE_READY, ANY, ""},
	{FACT_POD_READY, 0, BY_KUBELET, LINK_POD, FACT_POD_SERVING, 1, "report"},
	{FACT_POD_READY, 0, BY_KUBELET, LINK_POD, FACT_CONTAINER_EXITED, ANY, "report"},
	{FACT_POD_READY, 0, BY_KUBELET, LINK_POD, FACT_CONTAINER_UNHEALTHY, ANY, "report"},
	{FACT_POD_READY, 0, BY_KUBELET, LINK_POD, FACT_POD_STOPPED, ANY, "report"},
	{FACT_POD_DELETED, DELETE_TAINT, ANY, LINK_POD, FACT_TOLERATION_STARTED, ANY, "toleration"},
	{FACT_POD_DELETED, DELETE_TAINT, ANY, LINK_NODE, FACT_TAINT_ADDED, EFFECT_NO_EXECUTE, "toleration"},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_POD, FACT_DESCHEDULED, ANY, ""},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_POD, FACT_EVICTION_REFUSED, ANY, "retry"},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_NODE, FACT_ACTION, ACTION_DRAIN, "drain"},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_NODE, FACT_SCALE_DOWN, ANY, "drain"},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_NODE, FACT_MAINTENANCE, MAINTENANCE_NODE_BEGUN, "drain"},
	{FACT_POD_DELETED, DELETE_EVICTION, ANY, LINK_NODE, FACT_NODE_NOTICE, ANY, "drain"},
	{FACT_NODE_CORDONED, ANY, ANY, LINK_NODE, FACT_MAINTENANCE, ANY, ""},
	{FACT_NODE_CORDONED, ANY, ANY, LINK_NODE, FACT_NODE_NOTICE, ANY, ""},
	{FACT_EVICTION_REFUSED, ANY, ANY, LINK_NODE, FACT_ACTION, ACTION_DRAIN, "drain"},
	{FACT_POD_DELETED, DELETE_USER, ANY, LINK_POD, FACT_ACTION, ANY, ""},
	{FACT_POD_DELETED, DELETE_USER, ANY, LINK_NODE, FACT_ACTION, ACTION_DRAIN, "drain"},
	{FACT_POD_DELETED, DELETE_SCALE_DOWN, ANY, LINK_OWNER, FACT_WORKLOAD_SCALED, ANY, ""},
	{FACT_POD_DELETED, DELETE_ROLLOUT, ANY, LINK_OWNER, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	{FACT_POD_DELETED, DELETE_OWNER_GONE, ANY, LINK_OWNER, FACT_WORKLOAD_REMOVED, ANY, ""},
	{FACT_POD_DELETED, DELETE_JOB_OVER, ANY, LINK_OWNER, FACT_JOB_STATE, ANY, ""},
	{FACT_POD_DELETED, DELETE_NO_NODE, ANY, LINK_NODE, FACT_NODE_REMOVED, ANY, ""},
	{FACT_POD_DELETED, DELETE_POD_GC, ANY, LINK_NODE, FACT_NODE_REMOVED, ANY, ""},
	{FACT_POD_DELETED, DELETE_POD_GC, ANY, LINK_NODE, FACT_ACTION, ACTION_TAINT, ""},
	{FACT_POD_DELETED, DELETE_FAILED, ANY, LINK_POD, FACT_POD_PHASE, PHASE_FAILED, ""},
	{FACT_POD_PHASE, PHASE_FAILED, ANY, LINK_POD, FACT_POD_EVICTED, ANY, ""},
	{FACT_POD_PHASE, PHASE_FAILED, ANY, LINK_POD, FACT_POD_REJECTED, ANY, ""},
	{FACT_POD_PHASE, PHASE_FAILED, ANY, LINK_POD, FACT_POD_STOPPED, ANY, "report"},
	{FACT_POD_PHASE, PHASE_FAILED, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, "report"},
	{FACT_POD_PHASE, PHASE_SUCCEEDED, ANY, LINK_POD, FACT_POD_STOPPED, ANY, "report"},
	{FACT_POD_PHASE, PHASE_RUNNING, ANY, LINK_POD, FACT_POD_STARTED, ANY, "report"},
	{FACT_POD_REJECTED, ANY, ANY, LINK_POD, FACT_POD_BOUND, ANY, ""},
	{FACT_POD_REMOVED, ANY, ANY, LINK_POD, FACT_POD_STOPPED, STOP_TERMINATED, ""},
	{FACT_POD_REMOVED, ANY, ANY, LINK_POD, FACT_POD_DELETED, ANY, "termination"},
	/* pods that come in their place */
	{FACT_POD_REPLACES, ANY, ANY, LINK_OLD_POD, FACT_POD_DELETED, ANY, "recreation"},
	{FACT_POD_REPLACES, ANY, ANY, LINK_OLD_POD, FACT_POD_PHASE, PHASE_FAILED, "recreation"},
	{FACT_POD_CREATED, ANY, ANY, LINK_OWNER, FACT_WORKLOAD_SCALED, ANY, "creation"},
	{FACT_POD_CREATED, ANY, ANY, LINK_OWNER, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	{FACT_POD_CREATED, ANY, ANY, LINK_OWNER, FACT_WORKLOAD_ADDED, ANY, "creation"},
	{FACT_POD_BOUND, ANY, ANY, LINK_POD, FACT_POD_CREATED, ANY, "scheduling"},
	{FACT_POD_BOUND, ANY, ANY, LINK_POD, FACT_POD_UNSCHEDULABLE, ANY, "waiting for a node"},
	{FACT_POD_UNSCHEDULABLE, ANY, ANY, LINK_POD, FACT_POD_CREATED, ANY, "scheduling"},
	{FACT_VOLUME_HELD, ANY, ANY, LINK_POD, FACT_POD_BOUND, ANY, ""},
	{FACT_VOLUME_MOUNTED, ANY, ANY, LINK_POD, FACT_VOLUME_HELD, ANY, "volumes"},
	{FACT_VOLUME_MOUNTED, ANY, ANY, LINK_POD, FACT_POD_BOUND, ANY, "volumes"},
	{FACT_POD_SANDBOX, ANY, ANY, LINK_POD, FACT_POD_BOUND, ANY, "start"},
	{FACT_POD_SANDBOX, ANY, ANY, LINK_POD, FACT_VOLUME_MOUNTED, ANY, "start"},
	{FACT_POD_SANDBOX, ANY, ANY, LINK_NODE, FACT_NODE_BACK, ANY, "start"},
	{FACT_POD_PULLED, ANY, ANY, LINK_POD, FACT_POD_SANDBOX, ANY, "pull"},
	{FACT_CONTAINER_STARTED, ANY, ANY, LINK_POD, FACT_POD_PULLED, ANY, "start"},
	{FACT_CONTAINER_STARTED, ANY, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, "restart"},
	{FACT_CONTAINER_STARTED, ANY, ANY, LINK_POD, FACT_CONTAINER_WAITS, ANY, "back-off"},
	{FACT_CONTAINER_WAITS, ANY, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, ""},
	{FACT_CONTAINER_EXITED, ANY, ANY, LINK_POD, FACT_CONTAINER_UNHEALTHY, ANY, "termination"},
	{FACT_CONTAINER_EXITED, ANY, ANY, LINK_POD, FACT_POD_DELETED, ANY, "termination"},
	{FACT_CONTAINER_EXITED, ANY, ANY, LINK_POD, FACT_ACTION, ANY, ""},
	{FACT_CONTAINER_EXITED, ANY, ANY, LINK_POD, FACT_CONTAINER_STARTED, ANY, "run"},
	{FACT_CONTAINER_UNHEALTHY, ANY, ANY, LINK_POD, FACT_ACTION, ANY, "probes"},
	{FACT_POD_STARTED, ANY, ANY, LINK_POD, FACT_POD_PULLED, ANY, "start"},
	{FACT_POD_STARTED, ANY, ANY, LINK_POD, FACT_CONTAINER_EXITED, ANY, "restart"},
	{FACT_POD_STARTED, ANY, ANY, LINK_POD, FACT_CONTAINER_WAITS, ANY, "back-off"},
	{FACT_POD_SERVING, 0, ANY, LINK_POD, FACT_POD_STARTED, ANY, "warm-up"},
	{FACT_POD_READY, 1, ANY, LINK_POD, FACT_POD_STARTED, ANY, "readiness"},
	{FACT_POD_READY, 1, ANY, LINK_POD, FACT_POD_SERVING, 0, "readiness"},
	{FACT_POD_READY, 1, ANY, LINK_NODE, FACT_NODE_BACK, ANY, "report"},
	/* traffic */
	{FACT_ENDPOINT_ADDED, ANY, ANY, LINK_POD, FACT_POD_READY, 1, "endpoints"},
	{FACT_ENDPOINT_REMOVED, ANY, ANY, LINK_POD, FACT_POD_READY, 0, "endpoints"},
	{FACT_ENDPOINT_REMOVED, ANY, ANY, LINK_POD, FACT_POD_DELETED, ANY, "endpoints"},
	{FACT_ENDPOINT_REMOVED, ANY, ANY, LINK_POD, FACT_POD_PHASE, PHASE_FAILED, "endpoints"},
	{FACT_PROXY_ADDED, ANY, ANY, LINK_POD, FACT_ENDPOINT_ADDED, ANY, "proxies"},
	{FACT_PROXY_REMOVED, ANY, ANY, LINK_POD, FACT_ENDPOINT_REMOVED, ANY, "proxies"},
	/* workloads */
	{FACT_WORKLOAD_SCALED, ANY, ANY, LINK_OBJECT, FACT_ACTION, ACTION_SCALE, ""},
	{FACT_WORKLOAD_SCALED, ANY, ANY, LINK_OBJECT, FACT_AUTOSCALED, ANY, ""},
	{FACT_WORKLOAD_SCALED, ANY, ANY, LINK_OWNER, FACT_WORKLOAD_SCALED, ANY, ""},
	{FACT_WORKLOAD_SCALED, ANY, ANY, LINK_OWNER, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	{FACT_WORKLOAD_ADDED, ANY, ANY, LINK_OWNER, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	{FACT_WORKLOAD_REMOVED, ANY, ANY, LINK_OBJECT, FACT_ACTION, ACTION_DELETE, ""},
	{FACT_ROLLOUT, ROLLOUT_BEGUN, ANY, LINK_OBJECT, FACT_ACTION, ANY, ""},
	{FACT_ROLLOUT, ROLLOUT_COMPLETE, ANY, LINK_OBJECT, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	{FACT_ROLLOUT, ROLLOUT_LATE, ANY, LINK_OBJECT, FACT_ROLLOUT, ROLLOUT_BEGUN, "rollout"},
	/* masters */
	{FACT_ETCD_LEADER, ANY, ANY, LINK_MASTERS, FACT_FAILURE_STRUCK, ANY, ""},
	{FACT_ETCD_LEADER, ANY, ANY, LINK_MASTERS, FACT_FAILURE_HEALED, ANY, ""},
	{FACT_ETCD_LEADER, ETCD_ELECTED, ANY, LINK_MASTERS, FACT_ETCD_LEADER, ETCD_LEADERLESS, "election"},
	{FACT_API_SERVER, ANY, ANY, LINK_MASTERS, FACT_ETCD_LEADER, ANY, ""},
	{FACT_API_SERVER, ANY, ANY, LINK_MASTERS, FACT_FAILURE_STRUCK, ANY, ""},
	{FACT_API_SERVER, ANY, ANY, LINK_MASTERS, FACT_FAILURE_HEALED, ANY, ""},
	{FACT_LEADER, 0, ANY, LINK_MASTERS, FACT_API_SERVER, 0, "lease"},
	{FACT_LEADER, 0, ANY, LINK_MASTERS, FACT_FAILURE_STRUCK, ANY, "lease"},
	{FACT_LEADER, 1, ANY, LINK_MASTERS, FACT_LEADER, 0, "take-over"},
	{FACT_LEADER, 1, ANY, LINK_MASTERS, FACT_API_SERVER, 1, "take-over"},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

/* Threads of facts about one subject, and where the latest of each stands. */
enum thread { OF_POD, OF_NODE, OF_FAILURE, OF_WORKLOAD, OF_MASTERS, THREADS };

struct before {
	uint32_t on[THREADS];
};

struct finder {
	const struct outcome *o;
	struct arena *arena;
	struct causes *c;
	struct before *previous; /* of each fact, the ones before it on its threads */
	uint32_t capacity, previous_capacity;
	uint32_t *last[THREADS];
	uint32_t rows[THREADS];
	uint32_t first_rule[FACT_KINDS];
	bool settled;
};

static bool about_failure(uint16_t kind)
{
	return kind == FACT_FAILURE_STRUCK || kind == FACT_FAILURE_HEALED || kind == FACT_NODE_FAILED ||
	       kind == FACT_NODE_BACK;
}

static bool about_workload(uint16_t kind)
{
	return kind == FACT_WORKLOAD_SCALED || kind == FACT_WORKLOAD_ADDED || kind == FACT_WORKLOAD_REMOVED ||
	       kind == FACT_ROLLOUT || kind == FACT_AUTOSCALED || kind == FACT_JOB_STATE || kind == FACT_ACTION;
}

static bool about_masters(const struct outcome *o, const struct fact *f)
{
	if (f->kind == FACT_LEADER || f->kind == FACT_ETCD_LEADER || f->kind == FACT_API_SERVER)
		return true;
	if ((f->kind != FACT_FAILURE_STRUCK && f->kind != FACT_FAILURE_HEALED) || f->object >= o->failures)
		return false;
	const struct failure asked = outcome_failure_asked(o, f->object);
	return asked.masters != 0 || asked.leader != 0 || asked.kind == FAILURE_CONTROL_PLANE;
}

/* The row of the subject on a thread, or FACT_NONE when the fact does not belong to it. */
static uint32_t row_on(const struct finder *d, const struct fact *f, enum thread t)
{
	switch (t) {
	case OF_POD:
		return f->pod;
	case OF_NODE: /* what happens to its pods is on theirs */
		return f->pod == FACT_NONE ? f->node : FACT_NONE;
	case OF_FAILURE:
		return about_failure(f->kind) ? f->object : FACT_NONE;
	case OF_WORKLOAD:
		return about_workload(f->kind) ? f->object : FACT_NONE;
	default:
		return about_masters(d->o, f) ? 0 : FACT_NONE;
	}
}

/* The latest fact of the kind on a thread; the flag ANY or equal. */
static uint32_t latest(const struct finder *d, enum thread t, uint32_t row, uint16_t kind, int flag)
{
	uint32_t i = row < d->rows[t] ? d->last[t][row] : CAUSE_NONE;

	while (i != CAUSE_NONE &&
	       (d->c->of[i].fact.kind != kind || (flag != ANY && d->c->of[i].fact.flag != (uint16_t)flag)))
		i = d->previous[i].on[t];
	return i;
}

/* Both the ReplicaSet that owns a pod and the Deployment that made it; or a workload and its maker. */
static uint32_t of_owner(const struct finder *d, const struct fact *f, const struct rule *r)
{
	const uint32_t owner = f->pod < d->o->pods ? d->o->pod[f->pod].owner : f->object;
	const uint32_t maker = owner < d->o->workloads ? d->o->workload[owner].maker : FACT_NONE;
	const uint32_t one = latest(d, OF_WORKLOAD, owner, r->cause, r->cause_flag);
	const uint32_t other = latest(d, OF_WORKLOAD, maker, r->cause, r->cause_flag);

	if (one == CAUSE_NONE || other == CAUSE_NONE)
		return one == CAUSE_NONE ? other : one;
	return one > other ? one : other;
}

static uint32_t apply(const struct finder *d, const struct fact *f, const struct rule *r)
{
	switch (r->link) {
	case LINK_POD:
		return latest(d, OF_POD, f->pod, r->cause, r->cause_flag);
	case LINK_NODE:
		return latest(d, OF_NODE, f->node, r->cause, r->cause_flag);
	case LINK_OBJECT:
		return latest(d, about_failure(f->kind) ? OF_FAILURE : OF_WORKLOAD, f->object, r->cause, r->cause_flag);
	case LINK_OWNER:
		return of_owner(d, f, r);
	case LINK_OLD_POD:
		return latest(d, OF_POD, (uint32_t)f->a, r->cause, r->cause_flag);
	default:
		return latest(d, OF_MASTERS, 0, r->cause, r->cause_flag);
	}
}

/* Whose taint it is tells what brought it: a Node's condition, its being unschedulable, or somebody's command. */
static struct rule taint_rule(const struct outcome *o, const struct fact *f)
{
	const char *key = outcome_name(o, f->object);
	struct rule r = {.link = LINK_NODE, .cause = FACT_ACTION, .cause_flag = ACTION_TAINT, .leg = ""};

	if (strcmp(key, "node.kubernetes.io/unreachable") == 0 || strcmp(key, "node.kubernetes.io/not-ready") == 0) {
		r.cause = FACT_NODE_READY;
		r.cause_flag = ANY;
		r.leg = "taint";
	} else if (strcmp(key, "node.kubernetes.io/unschedulable") == 0) {
		r.cause = FACT_NODE_CORDONED;
		r.cause_flag = 1;
	} else if (strstr(key, "-pressure") != NULL) {
		r.cause = FACT_NODE_CONDITION;
		r.cause_flag = ANY;
	}
	return r;
}

static void consider(struct finder *d, struct cause *e, const struct rule *r)
{
	const uint32_t by = apply(d, &e->fact, r);

	if (by == CAUSE_NONE || (e->by != CAUSE_NONE && by < e->by))
		return;
	e->by = by;
	e->leg = r->leg;
}

static void find_cause(struct finder *d, struct cause *e)
{
	const struct fact *f = &e->fact;

	if (f->kind == FACT_TAINT_ADDED) {
		const struct rule r = taint_rule(d->o, f);
		consider(d, e, &r);
	}
	for (uint32_t i = d->first_rule[f->kind]; i < RULES; i++) {
		const struct rule *r = &rules[i];
		if (r->kind == f->kind && (r->flag == ANY || r->flag == f->flag) && (r->a == ANY || r->a == f->a))
			consider(d, e, r);
	}
}

/* A pod that stands in for another came for its sake: told right after its creation. */
static void place_taken(struct finder *d, const struct cause *e)
{
	const uint32_t created = latest(d, OF_POD, e->fact.pod, FACT_POD_CREATED, ANY);

	if (created == CAUSE_NONE || e->by == CAUSE_NONE || e->by > created)
		return;
	d->c->of[created].by = e->by;
	d->c->of[created].leg = e->leg;
}

static void thread_in(struct finder *d, uint32_t i, const struct fact *f)
{
	for (int t = 0; t < THREADS; t++) {
		const uint32_t row = row_on(d, f, (enum thread)t);
		d->previous[i].on[t] = CAUSE_NONE;
		if (row >= d->rows[t])
			continue;
		d->previous[i].on[t] = d->last[t][row];
		d->last[t][row] = i;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct finder *d = state;
	struct causes *c = d->c;

	for (size_t k = 0; k < count; k++) {
		const uint32_t i = c->count;
		ARENA_RESERVE(d->arena, c->of, d->capacity, (size_t)i + 1, struct cause);
		ARENA_RESERVE(d->arena, d->previous, d->previous_capacity, (size_t)i + 1, struct before);
		d->settled |= facts[k].kind == FACT_SETTLED;
		c->of[i] = (struct cause){.fact = facts[k], .by = CAUSE_NONE, .leg = "", .settled = d->settled};
		if (d->settled)
			find_cause(d, &c->of[i]);
		if (d->settled && facts[k].kind == FACT_POD_REPLACES)
			place_taken(d, &c->of[i]);
		thread_in(d, i, &facts[k]);
		c->count++;
	}
}

void causes_find(struct causes *c, const struct outcome *o, struct arena *a)
{
	struct finder d = {.o = o, .arena = a, .c = c};
	const uint32_t rows[THREADS] = {o->pods, o->nodes, o->failures, o->workloads, 1};

	*c = (struct causes){0};
	for (int t = 0; t < THREADS; t++) {
		d.rows[t] = rows[t];
		d.last[t] = ARENA_NEW(a, rows[t], uint32_t);
		for (uint32_t i = 0; i < rows[t]; i++)
			d.last[t][i] = CAUSE_NONE;
	}
	for (uint32_t k = 0; k < FACT_KINDS; k++)
		d.first_rule[k] = RULES;
	for (uint32_t i = RULES; i-- > 0;)
		d.first_rule[rules[i].kind] = i;
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &d});
}

void cause_sentence(const struct outcome *o, const struct fact *f, struct text *out)
{
	static const struct {
		uint16_t kind;
		int flag;
		const char *words;
	} said[] = {
		{FACT_NODE_FAILED, ANY, "is struck"},
		{FACT_POD_REPLACES, ANY, "takes the place of the old one"},
		{FACT_POD_SANDBOX, ANY, ": sandbox ready, on the network"},
		{FACT_POD_PULLED, 0, ": all images are there already"},
		{FACT_POD_SERVING, 0, " can serve"},
		{FACT_POD_SERVING, 1, " cannot serve any more"},
		{FACT_POD_PHASE, PHASE_RUNNING, " is Running"},
		{FACT_POD_PHASE, PHASE_PENDING, " is Pending"},
		{FACT_ENDPOINT_ADDED, ANY, " becomes a ready endpoint of its service"},
		{FACT_ENDPOINT_REMOVED, ANY, " is no ready endpoint of its service any more"},
		{FACT_CONTAINER_STARTED, 0, ": a container starts"},
		{FACT_WORKLOAD_ADDED, ANY, "the workload is created"},
		{FACT_SETTLED, ANY, "the initial state is complete"},
	};

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (said[i].kind != f->kind || (said[i].flag != ANY && said[i].flag != f->flag))
			continue;
		if (f->pod < o->pods)
			text_add(out, outcome_pod_name(o, f->pod));
		else if (f->node < o->nodes)
			text_printf(out, "%s ", outcome_node_name(o, f->node));
		text_add(out, said[i].words);
		return;
	}
	if (!story_fact(o, f, out))
		text_add(out, fact_columns(f->kind)->summary);
}
