/* lab.h - a small world for tests of controllers: every call succeeds at once, pods become ready after a fixed time.
 * It takes the place of models/control.c, so a program that includes it must not need that. */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "models/policy.h"

extern const struct controller control_deployment, control_replica_set, control_stateful_set, control_daemon_set,
	control_job, control_disruption;

#define PODS 4096
#define ROWS 32
#define NODES 8
#define EVENTS 16384
#define CALLS 4096
#define CONTROLLERS 3

enum event_type { EVENT_QUEUE, EVENT_TIMER, EVENT_READY, EVENT_GONE };

struct event_of {
	sim_time at;
	enum event_type type;
	uint32_t who, key, arg; /* who: controller; key: pod for READY and GONE */
	bool used;
};

struct call_of {
	struct api_call call;
	uint32_t group;
	sim_time at;
};

struct decisions {
	struct lab *lab;
	uint32_t who, group, calls;
	struct call_of call[CALLS];
};

/* The world: belief, a clock, and the calls that were made. */
struct lab {
	struct arena arena;
	struct names names;
	struct scenario scenario;
	struct view view;
	struct pod pod[PODS];
	struct workload workload[ROWS];
	struct workload_object object[ROWS];
	struct pod_spec spec[ROWS];
	struct node node[NODES];
	struct node_object node_object[NODES];
	struct pdb pdb[2];
	struct pdb_object pdb_object[2];
	const struct controller *policy[CONTROLLERS];
	void *state[CONTROLLERS];
	struct rng rng[CONTROLLERS];
	bool queued[CONTROLLERS][ROWS];
	struct event_of event[EVENTS];
	uint32_t events;
	struct decisions decisions;
	struct call_of log[CALLS];
	uint32_t logged;
	uint32_t policies;
	sim_time now, ready_after, gone_after;
	bool bind;
	void (*check)(struct lab *l); /* after every call */
};

void decide_call(struct decisions *d, struct api_call call)
{
	assert_true(d->calls < CALLS);
	d->call[d->calls++] = (struct call_of){.call = call, .group = d->group};
}

void decide_then(struct decisions *d)
{
	d->group++;
}

void decide_queue(struct decisions *d, uint32_t key)
{
	assert_true(key < ROWS);
	d->lab->queued[d->who][key] = true;
}

static inline void later(struct lab *l, sim_time at, enum event_type type, uint32_t who, uint32_t key, uint32_t arg)
{
	assert_true(l->events < EVENTS);
	l->event[l->events++] = (struct event_of){at, type, who, key, arg, false};
}

void decide_queue_at(struct decisions *d, uint32_t key, sim_time at)
{
	later(d->lab, at, EVENT_QUEUE, d->who, key, 0);
}

void decide_timer(struct decisions *d, sim_time at, uint32_t key, uint32_t arg)
{
	later(d->lab, at, EVENT_TIMER, d->who, key, arg);
}

void decide_tell(struct decisions *d, struct fact f)
{
	(void)d;
	(void)f;
}

static inline struct lab *lab_new(void)
{
	struct lab *l = calloc(1, sizeof(*l));

	names_init(&l->names, &l->arena, NULL);
	l->scenario.kubernetes = 34;
	l->view = (struct view){.scenario = &l->scenario,
				.names = &l->names,
				.pod = l->pod,
				.workload = l->workload,
				.pdb = l->pdb,
				.nodes = {.count = NODES, .row = l->node}};
	for (uint32_t i = 0; i < NODES; i++) {
		l->node[i].object = &l->node_object[i];
		l->node[i].exists = true;
		l->node[i].first_pod = NONE;
	}
	l->ready_after = SECONDS(4);
	l->gone_after = SECONDS(2);
	l->bind = true;
	l->now = SECONDS(1000);
	return l;
}

static inline void lab_free(struct lab *l)
{
	arena_release(&l->arena);
	free(l);
}

static inline uint32_t add_workload(struct lab *l, enum workload_kind kind, int32_t replicas)
{
	uint32_t i = l->view.workload_count++;
	struct workload_object *o = &l->object[i];

	*o = (struct workload_object){.kind = (uint8_t)kind,
				      .spec = &l->spec[i],
				      .replicas = replicas,
				      .max_surge = {kind == WORKLOAD_DAEMON_SET ? 0 : 25, true},
				      .max_unavailable = {25, true},
				      .progress_deadline = SECONDS(600),
				      .completions = -1,
				      .parallelism = 1,
				      .backoff_limit = 6,
				      .index_limit = -1,
				      .max_failed_indexes = -1,
				      .active_deadline = SIM_NEVER,
				      .ttl = SIM_NEVER,
				      .starting_deadline = SIM_NEVER};
	l->workload[i] = (struct workload){.kind = (uint8_t)kind,
					   .exists = true,
					   .object = o,
					   .spec = o->spec,
					   .current = o->spec,
					   .pod_labels = &o->pod_labels,
					   .revision = 1,
					   .owner = NONE,
					   .first_child = NONE,
					   .next_sibling = NONE,
					   .replicas = replicas,
					   .first_pod = NONE};
	return i;
}

static inline struct control_call calling(struct lab *l, uint32_t who)
{
	l->decisions.lab = l;
	l->decisions.who = who;
	l->decisions.calls = 0;
	l->decisions.group = 0;
	return (struct control_call){.view = &l->view,
				     .now = l->now,
				     .state = l->state[who],
				     .arena = &l->arena,
				     .rng = &l->rng[who],
				     .out = &l->decisions};
}

static inline void changed(struct lab *l, uint8_t kind, uint16_t what, uint32_t row)
{
	struct change change = {kind, what, row};
	struct decisions *kept = malloc(sizeof(*kept));

	*kept = l->decisions;
	for (uint32_t i = 0; i < l->policies; i++) {
		struct control_call c = calling(l, i);

		if (l->policy[i]->watches & kind)
			l->policy[i]->notice(&c, &change);
	}
	l->decisions = *kept;
	free(kept);
}

static inline uint32_t put_pod(struct lab *l, uint32_t workload, int32_t ordinal, uint32_t node)
{
	uint32_t i = l->view.pod_count++;
	struct workload *w = &l->workload[workload];

	assert_true(i < PODS);
	l->pod[i] = (struct pod){.spec = w->spec,
				 .labels = w->pod_labels,
				 .workload = workload,
				 .exists = true,
				 .next_of_workload = w->first_pod,
				 .prev_of_workload = NONE,
				 .node = NONE,
				 .next_on_node = NONE,
				 .prev_on_node = NONE,
				 .pinned_node = node,
				 .ordinal = ordinal,
				 .created = l->now};
	if (w->first_pod != NONE)
		l->pod[w->first_pod].prev_of_workload = i;
	w->first_pod = i;
	return i;
}

static inline void remove_pod(struct lab *l, uint32_t row)
{
	struct pod *p = &l->pod[row];

	if (!p->exists)
		return;
	if (p->prev_of_workload != NONE)
		l->pod[p->prev_of_workload].next_of_workload = p->next_of_workload;
	else
		l->workload[p->workload].first_pod = p->next_of_workload;
	if (p->next_of_workload != NONE)
		l->pod[p->next_of_workload].prev_of_workload = p->prev_of_workload;
	p->exists = p->ready = false;
	changed(l, CHANGE_POD, CHANGED_REMOVED, row);
}

static inline void delete_pod_because(struct lab *l, uint32_t row, enum delete_cause cause)
{
	struct pod *p = &l->pod[row];

	if (!p->exists || p->deleting)
		return;
	p->deleting = true;
	p->cause = (uint8_t)cause;
	p->deleted_at = l->now;
	changed(l, CHANGE_POD, CHANGED_DELETING, row);
	if (p->node == NONE || p->phase == PHASE_FAILED || p->phase == PHASE_SUCCEEDED)
		remove_pod(l, row);
	else if (l->gone_after != SIM_NEVER)
		later(l, l->now + l->gone_after, EVENT_GONE, 0, row, 0);
}

static inline void delete_pod(struct lab *l, uint32_t row)
{
	delete_pod_because(l, row, DELETE_USER);
}

static inline void set_phase(struct lab *l, uint32_t row, enum pod_phase phase)
{
	struct pod *p = &l->pod[row];

	p->phase = (uint8_t)phase;
	p->ready = false;
	l->workload[p->workload].succeeded += phase == PHASE_SUCCEEDED;
	l->workload[p->workload].failed += phase == PHASE_FAILED;
	changed(l, CHANGE_POD, CHANGED_PHASE | CHANGED_READY, row);
}

static inline void set_ready(struct lab *l, uint32_t row, bool ready)
{
	l->pod[row].phase = PHASE_RUNNING;
	l->pod[row].ready = ready;
	l->pod[row].ready_since = l->now;
	changed(l, CHANGE_POD, CHANGED_READY | CHANGED_PHASE, row);
}

static inline void create_pod(struct lab *l, const struct api_call *call)
{
	uint32_t i = put_pod(l, call->workload, call->ordinal, call->node);

	if (call->number == 1)
		l->pod[i].spec = l->workload[call->workload].current;
	if (l->bind) {
		l->pod[i].node = call->node != NONE ? call->node : i % NODES;
		if (l->ready_after != SIM_NEVER)
			later(l, l->now + l->ready_after, EVENT_READY, 0, i, 0);
	}
	changed(l, CHANGE_POD, CHANGED_ADDED, i);
}

static inline void create_set(struct lab *l, const struct api_call *call)
{
	struct workload *d = &l->workload[call->workload];
	uint32_t i = l->view.workload_count++;

	assert_true(i < ROWS);
	l->workload[i] = (struct workload){.kind = WORKLOAD_REPLICA_SET,
					   .exists = true,
					   .object = d->object,
					   .spec = d->spec,
					   .pod_labels = d->pod_labels,
					   .revision = d->revision,
					   .owner = call->workload,
					   .first_child = NONE,
					   .first_pod = NONE,
					   .next_sibling = d->first_child,
					   .replicas = (int32_t)call->number};
	d->first_child = i;
	changed(l, CHANGE_WORKLOAD, CHANGED_ADDED, i);
}

static inline void create_job(struct lab *l, const struct api_call *call)
{
	struct workload *cron = &l->workload[call->workload];
	uint32_t i = l->view.workload_count++;

	assert_true(i < ROWS);
	l->workload[i] = (struct workload){.kind = WORKLOAD_JOB,
					   .exists = true,
					   .object = cron->object,
					   .spec = cron->spec,
					   .pod_labels = cron->pod_labels,
					   .revision = 1,
					   .owner = call->workload,
					   .first_child = NONE,
					   .first_pod = NONE,
					   .next_sibling = cron->first_child,
					   .created = l->now,
					   .started = l->now,
					   .scheduled = call->number};
	cron->first_child = i;
	cron->scheduled = call->number;
	changed(l, CHANGE_WORKLOAD, CHANGED_ADDED, i);
}

static inline void set_job_state(struct lab *l, const struct api_call *call)
{
	struct workload *w = &l->workload[call->workload];

	w->job_state = (uint8_t)call->number;
	w->job_reason = (uint8_t)call->ordinal;
	if (w->job_state == JOB_ACTIVE)
		w->started = l->now;
	if (job_is_over(w))
		w->ended = l->now;
	changed(l, CHANGE_WORKLOAD, CHANGED_PHASE, call->workload);
}

static inline void apply(struct lab *l, const struct api_call *call)
{
	switch ((enum api_verb)call->verb) {
	case API_CREATE_POD:
		create_pod(l, call);
		break;
	case API_DELETE_POD:
		delete_pod_because(l, call->pod, (enum delete_cause)call->cause);
		break;
	case API_FORCE_DELETE_POD:
		delete_pod_because(l, call->pod, (enum delete_cause)call->cause);
		remove_pod(l, call->pod);
		break;
	case API_SET_CURRENT:
		l->workload[call->workload].current = l->workload[call->workload].spec;
		break;
	case API_CREATE_JOB:
		create_job(l, call);
		break;
	case API_JOB_STATE:
		set_job_state(l, call);
		break;
	case API_SCALE:
		l->workload[call->workload].replicas = (int32_t)call->number;
		changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, call->workload);
		break;
	case API_CREATE_REPLICA_SET:
		create_set(l, call);
		break;
	case API_DELETE_WORKLOAD:
		l->workload[call->workload].exists = false;
		changed(l, CHANGE_WORKLOAD, CHANGED_REMOVED, call->workload);
		break;
	case API_BUDGET:
		l->pdb[call->object].allowed = (int32_t)call->number;
		break;
	case API_STATUS:
		if (call->workload != NONE)
			changed(l, CHANGE_WORKLOAD, CHANGED_STATUS, call->workload);
		break;
	default:
		fail_msg("unexpected verb %d", call->verb);
	}
	if (l->check != NULL)
		l->check(l);
}

/* One reconcile with all its calls. Returns how many calls it made. */
static inline uint32_t work(struct lab *l, uint32_t who, uint32_t key)
{
	struct call_of *call = malloc(sizeof(l->decisions.call));
	struct control_call c = calling(l, who);

	l->queued[who][key] = false;
	l->policy[who]->reconcile(&c, key);
	uint32_t n = l->decisions.calls;
	memcpy(call, l->decisions.call, n * sizeof(*call));
	for (uint32_t i = 0; i < n; i++) {
		assert_true(l->logged < CALLS);
		call[i].at = l->now;
		l->log[l->logged++] = call[i];
		apply(l, &call[i].call);
	}
	free(call);
	return n;
}

/* Works until no key waits; a controller that never comes to rest fails. */
static inline void settle(struct lab *l)
{
	bool again = true;

	for (int round = 0; again; round++) {
		assert_true(round < 2000);
		again = false;
		for (uint32_t i = 0; i < l->policies; i++)
			for (uint32_t k = 0; k < ROWS; k++)
				if (l->queued[i][k]) {
					work(l, i, k);
					again = true;
				}
	}
}

static inline void happen(struct lab *l, struct event_of e)
{
	struct control_call c;

	if (e.type == EVENT_QUEUE) {
		l->queued[e.who][e.key] = true;
	} else if (e.type == EVENT_TIMER) {
		c = calling(l, e.who);
		l->policy[e.who]->timer(&c, e.key, e.arg);
	} else if (e.type == EVENT_GONE) {
		remove_pod(l, e.key);
	} else if (l->pod[e.key].exists && !l->pod[e.key].deleting && l->pod[e.key].phase == PHASE_PENDING) {
		set_ready(l, e.key, true);
	}
}

static inline void run_until(struct lab *l, sim_time until)
{
	settle(l);
	for (;;) {
		uint32_t first = NONE;

		for (uint32_t i = 0; i < l->events; i++)
			if (!l->event[i].used && (first == NONE || l->event[i].at < l->event[first].at))
				first = i;
		if (first == NONE || l->event[first].at > until)
			break;
		l->event[first].used = true;
		l->now = l->event[first].at > l->now ? l->event[first].at : l->now;
		happen(l, l->event[first]);
		settle(l);
	}
	l->now = until;
}

static inline void use(struct lab *l, const struct controller *policy)
{
	uint32_t i = l->policies++;

	l->policy[i] = policy;
	l->rng[i] = rng_stream(1, 0, 0, i);
	l->state[i] = arena_alloc(&l->arena, 1, policy->state_size, _Alignof(max_align_t));
	struct control_call c = calling(l, i);
	policy->start(&c);
}

static inline int64_t active(const struct lab *l, uint32_t workload)
{
	int64_t n = 0;

	for (uint32_t i = l->workload[workload].first_pod; i != NONE; i = l->pod[i].next_of_workload)
		n += pod_active(&l->pod[i]);
	return n;
}

static inline int64_t logged(const struct lab *l, enum api_verb verb, sim_time since)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->logged; i++)
		n += l->log[i].call.verb == verb && l->log[i].at >= since;
	return n;
}

/* ---- what tests ask and do ---- */

static inline int64_t total_active(const struct lab *l)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->view.pod_count; i++)
		n += pod_active(&l->pod[i]);
	return n;
}

static inline int64_t total_ready(const struct lab *l)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->view.pod_count; i++)
		n += pod_active(&l->pod[i]) && l->pod[i].ready;
	return n;
}

static inline struct lab *lab_with_deployment(int32_t replicas, bool recreate)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_DEPLOYMENT, replicas);
	l->object[0].recreate = recreate;
	use(l, &control_deployment);
	use(l, &control_replica_set);
	run_until(l, SECONDS(1100));
	assert_int_equal(total_ready(l), replicas);
	return l;
}

static inline void change_template(struct lab *l)
{
	l->workload[0].revision++;
	l->workload[0].spec = &l->spec[ROWS - 1];
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
}

static inline void ask_scale(struct lab *l, int32_t replicas)
{
	l->workload[0].replicas = replicas;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
}

#endif
