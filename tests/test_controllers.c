/* test_controllers.c - the workload controllers in a small world of the test's own, where every call succeeds at once. */
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
	d->call[d->calls++] = (struct call_of){ .call = call, .group = d->group };
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

static void later(struct lab *l, sim_time at, enum event_type type, uint32_t who, uint32_t key, uint32_t arg)
{
	assert_true(l->events < EVENTS);
	l->event[l->events++] = (struct event_of){ at, type, who, key, arg, false };
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

static struct lab *lab_new(void)
{
	struct lab *l = calloc(1, sizeof(*l));

	names_init(&l->names, &l->arena, NULL);
	l->scenario.kubernetes = 34;
	l->view = (struct view){ .scenario = &l->scenario, .names = &l->names, .pod = l->pod, .workload = l->workload,
				 .pdb = l->pdb, .nodes = { .count = NODES, .row = l->node } };
	for (uint32_t i = 0; i < NODES; i++) {
		l->node[i].object = &l->node_object[i];
		l->node[i].first_pod = NONE;
	}
	l->ready_after = SECONDS(4);
	l->gone_after = SECONDS(2);
	l->bind = true;
	l->now = SECONDS(1000);
	return l;
}

static void lab_free(struct lab *l)
{
	arena_release(&l->arena);
	free(l);
}

static uint32_t add_workload(struct lab *l, enum workload_kind kind, int32_t replicas)
{
	uint32_t i = l->view.workload_count++;
	struct workload_object *o = &l->object[i];

	*o = (struct workload_object){ .kind = (uint8_t)kind, .spec = &l->spec[i], .replicas = replicas,
				       .max_surge = { 25, true }, .max_unavailable = { 25, true },
				       .progress_deadline = SECONDS(600), .completions = -1, .parallelism = 1,
				       .backoff_limit = 6 };
	l->workload[i] = (struct workload){ .kind = (uint8_t)kind, .exists = true, .object = o, .spec = o->spec,
					    .pod_labels = &o->pod_labels, .revision = 1, .owner = NONE,
					    .first_child = NONE, .next_sibling = NONE, .replicas = replicas,
					    .first_pod = NONE };
	return i;
}

static struct control_call calling(struct lab *l, uint32_t who)
{
	l->decisions.lab = l;
	l->decisions.who = who;
	l->decisions.calls = 0;
	l->decisions.group = 0;
	return (struct control_call){ .view = &l->view, .now = l->now, .state = l->state[who], .arena = &l->arena,
				      .rng = &l->rng[who], .out = &l->decisions };
}

static void changed(struct lab *l, uint8_t kind, uint16_t what, uint32_t row)
{
	struct change change = { kind, what, row };
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

static uint32_t put_pod(struct lab *l, uint32_t workload, int32_t ordinal, uint32_t node)
{
	uint32_t i = l->view.pod_count++;
	struct workload *w = &l->workload[workload];

	assert_true(i < PODS);
	l->pod[i] = (struct pod){ .spec = w->spec, .labels = w->pod_labels, .workload = workload, .exists = true,
				  .next_of_workload = w->first_pod, .prev_of_workload = NONE, .node = NONE,
				  .next_on_node = NONE, .prev_on_node = NONE, .pinned_node = node, .ordinal = ordinal,
				  .created = l->now };
	if (w->first_pod != NONE)
		l->pod[w->first_pod].prev_of_workload = i;
	w->first_pod = i;
	return i;
}

static void remove_pod(struct lab *l, uint32_t row)
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

static void delete_pod(struct lab *l, uint32_t row)
{
	struct pod *p = &l->pod[row];

	if (!p->exists || p->deleting)
		return;
	p->deleting = true;
	p->deleted_at = l->now;
	changed(l, CHANGE_POD, CHANGED_DELETING, row);
	if (p->node == NONE || p->phase == PHASE_FAILED || p->phase == PHASE_SUCCEEDED)
		remove_pod(l, row);
	else if (l->gone_after != SIM_NEVER)
		later(l, l->now + l->gone_after, EVENT_GONE, 0, row, 0);
}

static void set_phase(struct lab *l, uint32_t row, enum pod_phase phase)
{
	struct pod *p = &l->pod[row];

	p->phase = (uint8_t)phase;
	p->ready = false;
	l->workload[p->workload].succeeded += phase == PHASE_SUCCEEDED;
	l->workload[p->workload].failed += phase == PHASE_FAILED;
	changed(l, CHANGE_POD, CHANGED_PHASE | CHANGED_READY, row);
}

static void set_ready(struct lab *l, uint32_t row, bool ready)
{
	l->pod[row].phase = PHASE_RUNNING;
	l->pod[row].ready = ready;
	l->pod[row].ready_since = l->now;
	changed(l, CHANGE_POD, CHANGED_READY | CHANGED_PHASE, row);
}

static void create_pod(struct lab *l, const struct api_call *call)
{
	uint32_t i = put_pod(l, call->workload, call->ordinal, call->node);

	if (l->bind) {
		l->pod[i].node = call->node != NONE ? call->node : i % NODES;
		if (l->ready_after != SIM_NEVER)
			later(l, l->now + l->ready_after, EVENT_READY, 0, i, 0);
	}
	changed(l, CHANGE_POD, CHANGED_ADDED, i);
}

static void create_set(struct lab *l, const struct api_call *call)
{
	struct workload *d = &l->workload[call->workload];
	uint32_t i = l->view.workload_count++;

	assert_true(i < ROWS);
	l->workload[i] = (struct workload){ .kind = WORKLOAD_REPLICA_SET, .exists = true, .object = d->object,
					    .spec = d->spec, .pod_labels = d->pod_labels, .revision = d->revision,
					    .owner = call->workload, .first_child = NONE, .first_pod = NONE,
					    .next_sibling = d->first_child, .replicas = (int32_t)call->number };
	d->first_child = i;
	changed(l, CHANGE_WORKLOAD, CHANGED_ADDED, i);
}

static void apply(struct lab *l, const struct api_call *call)
{
	switch ((enum api_verb)call->verb) {
	case API_CREATE_POD:
		create_pod(l, call);
		break;
	case API_DELETE_POD:
		delete_pod(l, call->pod);
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
static uint32_t work(struct lab *l, uint32_t who, uint32_t key)
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
static void settle(struct lab *l)
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

static void happen(struct lab *l, struct event_of e)
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

static void run_until(struct lab *l, sim_time until)
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

static void use(struct lab *l, const struct controller *policy)
{
	uint32_t i = l->policies++;

	l->policy[i] = policy;
	l->rng[i] = rng_stream(1, 0, 0, i);
	l->state[i] = arena_alloc(&l->arena, 1, policy->state_size, _Alignof(max_align_t));
	struct control_call c = calling(l, i);
	policy->start(&c);
}

static int64_t active(const struct lab *l, uint32_t workload)
{
	int64_t n = 0;

	for (uint32_t i = l->workload[workload].first_pod; i != NONE; i = l->pod[i].next_of_workload)
		n += pod_active(&l->pod[i]);
	return n;
}

static int64_t logged(const struct lab *l, enum api_verb verb, sim_time since)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->logged; i++)
		n += l->log[i].call.verb == verb && l->log[i].at >= since;
	return n;
}

/* ---- ReplicaSet ---- */

static void creates_in_growing_batches(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 12);
	const uint32_t expected[] = { 1, 2, 4, 5, 1 }; /* the last is the status */
	uint32_t sizes[8] = { 0 }, groups = 0;

	(void)unused;
	use(l, &control_replica_set);
	uint32_t n = work(l, 0, set);
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && l->log[i].group != l->log[i - 1].group)
			groups++;
		sizes[groups]++;
	}
	assert_int_equal(groups + 1, COUNT(expected));
	for (uint32_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(sizes[i], expected[i]);
	settle(l);
	assert_int_equal(active(l, set), 12);
	lab_free(l);
}

static void creates_500_at_most(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 1200);

	(void)unused;
	use(l, &control_replica_set);
	work(l, 0, set);
	assert_int_equal(active(l, set), 500);
	/* A change noticed late must not make it create twice: pods that nobody told of are seen. */
	settle(l);
	assert_int_equal(active(l, set), 1200);
	lab_free(l);
}

struct candidate {
	uint8_t bound, phase, ready;
	uint32_t node, restarts;
	int ready_for, age; /* seconds */
};

/* Each row: the second is the victim, by the rule named, in 1.20 and now. */
static void victims_in_order(void **unused)
{
	static const struct {
		struct candidate keep, victim;
		int versions[2]; /* the rule holds from .. to */
	} table[] = {
		/* 1 unassigned */
		{ { 1, PHASE_PENDING, 0, 0, 0, 0, 10 }, { 0, PHASE_PENDING, 0, 0, 9, 0, 90 }, { 20, 36 } },
		/* 2 pending before running */
		{ { 1, PHASE_RUNNING, 0, 0, 9, 0, 10 }, { 1, PHASE_PENDING, 0, 1, 0, 0, 90 }, { 20, 36 } },
		/* 3 not ready */
		{ { 1, PHASE_RUNNING, 1, 0, 9, 1, 1 }, { 1, PHASE_RUNNING, 0, 1, 0, 0, 90 }, { 20, 36 } },
		/* 6 ready for a shorter time: exactly in 1.20, by power of two since 1.22 */
		{ { 1, PHASE_RUNNING, 1, 0, 0, 70, 90 }, { 1, PHASE_RUNNING, 1, 1, 0, 65, 90 }, { 20, 21 } },
		{ { 1, PHASE_RUNNING, 1, 0, 0, 90, 90 }, { 1, PHASE_RUNNING, 1, 1, 0, 2, 90 }, { 20, 36 } },
		/* 7 more restarts */
		{ { 1, PHASE_RUNNING, 0, 0, 1, 0, 1 }, { 1, PHASE_RUNNING, 0, 1, 2, 0, 90 }, { 20, 36 } },
		/* 8 younger */
		{ { 1, PHASE_RUNNING, 0, 0, 1, 0, 90 }, { 1, PHASE_RUNNING, 0, 1, 1, 0, 2 }, { 20, 36 } },
	};

	(void)unused;
	for (uint32_t t = 0; t < 2 * COUNT(table); t++) {
		struct lab *l = lab_new();
		uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 1), victim = t % 2;

		for (uint32_t i = 0; i < 2; i++) {
			const struct candidate *k = i == victim ? &table[t / 2].victim : &table[t / 2].keep;
			struct pod *p = &l->pod[put_pod(l, set, -1, NONE)];

			p->node = k->bound ? k->node : NONE;
			p->phase = k->phase;
			p->ready = k->ready;
			p->restarts = k->restarts;
			p->ready_since = l->now - SECONDS(k->ready_for);
			p->created = l->now - SECONDS(k->age);
		}
		for (int version = table[t / 2].versions[0]; version <= table[t / 2].versions[1]; version += 1) {
			l->scenario.kubernetes = version;
			l->logged = 0;
			l->policies = 0;
			use(l, &control_replica_set);
			struct control_call c = calling(l, 0);
			control_replica_set.reconcile(&c, set);
			assert_int_equal(l->decisions.call[0].call.verb, API_DELETE_POD);
			assert_int_equal(l->decisions.call[0].call.pod, victim);
		}
		lab_free(l);
	}
}

/* Rule 5: on the node with more pods of the same Deployment, of whatever ReplicaSet. */
static void victim_has_company(void **unused)
{
	struct lab *l = lab_new();
	uint32_t d = add_workload(l, WORKLOAD_DEPLOYMENT, 2), old = 0, new = 0;
	struct api_call call = api_call(API_CREATE_REPLICA_SET);

	(void)unused;
	call.workload = d;
	create_set(l, &call);
	create_set(l, &call);
	old = 1;
	new = 2;
	l->workload[new].replicas = 1;
	for (uint32_t i = 0; i < 3; i++) {
		struct pod *p = &l->pod[put_pod(l, i < 2 ? new : old, -1, NONE)];

		p->node = i == 0 ? 3 : 5;
		p->phase = PHASE_RUNNING;
		p->ready = true;
		p->ready_since = i == 0 ? l->now - 1 : l->now - SECONDS(500);
	}
	use(l, &control_replica_set);
	struct control_call c = calling(l, 0);
	control_replica_set.reconcile(&c, new);
	assert_int_equal(l->decisions.call[0].call.pod, 1);
	lab_free(l);
}

static void status_is_written_when_it_changes(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 3);

	(void)unused;
	l->object[set].min_ready = SECONDS(30);
	use(l, &control_replica_set);
	run_until(l, SECONDS(1010)); /* created: replicas 0, then 3; ready at 1004, all in one instant */
	int64_t before = logged(l, API_STATUS, 0);
	run_until(l, SECONDS(1033));
	assert_int_equal(logged(l, API_STATUS, 0), before);
	run_until(l, SECONDS(1035)); /* available 30 s later */
	assert_true(logged(l, API_STATUS, 0) > before);
	before = logged(l, API_STATUS, 0);
	l->queued[0][set] = true;
	run_until(l, SECONDS(1100));
	assert_int_equal(logged(l, API_STATUS, 0), before);
	lab_free(l);
}

/* ---- Deployment ---- */

static int64_t total_active(const struct lab *l)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->view.pod_count; i++)
		n += pod_active(&l->pod[i]);
	return n;
}

static int64_t total_ready(const struct lab *l)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < l->view.pod_count; i++)
		n += pod_active(&l->pod[i]) && l->pod[i].ready;
	return n;
}

static struct lab *lab_with_deployment(int32_t replicas, bool recreate)
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

static void change_template(struct lab *l)
{
	l->workload[0].revision++;
	l->workload[0].spec = &l->spec[ROWS - 1];
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
}

static void within_limits_of_10(struct lab *l)
{
	assert_true(total_active(l) <= 13);
	assert_true(total_ready(l) >= 8);
}

/* kubernetes-control-plane.md 11.10: five new pods within the first instant, and two start-up times in all. */
static void rolls_10_as_measured(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);
	uint32_t pods = l->view.pod_count;

	(void)unused;
	l->check = within_limits_of_10;
	l->logged = 0;
	change_template(l);
	work(l, 0, 0);
	assert_int_equal(l->log[0].call.verb, API_CREATE_REPLICA_SET);
	assert_int_equal(l->log[0].call.number, 3);
	assert_int_equal(l->log[1].call.verb, API_SCALE);
	assert_int_equal(l->log[1].call.number, 8);
	settle(l);
	assert_int_equal(l->view.pod_count - pods, 5);
	run_until(l, l->now + l->ready_after);
	assert_int_equal(l->view.pod_count - pods, 10);
	run_until(l, l->now + l->ready_after);
	assert_int_equal(active(l, 2), 10);
	assert_int_equal(active(l, 1), 0);
	assert_int_equal(total_ready(l), 10);
	lab_free(l);
}

/* Sizes and roundings: the limits hold every second, also when the template changes once more, and the rollout ends. */
static void rollout_limits(void **unused)
{
	static const struct {
		int32_t replicas;
		struct int_or_percent surge, unavailable;
		int64_t ceiling, floor;
	} table[] = {
		{ 1, { 25, true }, { 25, true }, 2, 1 },   { 3, { 25, true }, { 25, true }, 4, 3 },
		{ 4, { 25, true }, { 25, true }, 5, 3 },   { 7, { 0, false }, { 1, false }, 7, 6 },
		{ 7, { 1, false }, { 0, false }, 8, 7 },   { 5, { 0, true }, { 10, true }, 5, 4 },
		{ 20, { 100, true }, { 50, true }, 40, 10 },
	};

	(void)unused;
	for (uint32_t t = 0; t < COUNT(table); t++) {
		struct lab *l = lab_with_deployment(table[t].replicas, false);

		l->object[0].max_surge = table[t].surge;
		l->object[0].max_unavailable = table[t].unavailable;
		change_template(l);
		for (int second = 0; second < 300; second++) {
			run_until(l, l->now + SECONDS(1));
			assert_true(total_active(l) <= table[t].ceiling);
			assert_true(total_ready(l) >= table[t].floor);
			if (second == 6)
				change_template(l); /* a third ReplicaSet */
		}
		assert_int_equal(active(l, l->workload[0].first_child), table[t].replicas);
		assert_int_equal(total_ready(l), table[t].replicas);
		assert_int_equal(total_active(l), table[t].replicas);
		lab_free(l);
	}
}

/* A template whose pods never become ready stops the rollout with the floor held, and is left by the next template. */
static void stuck_rollout(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	l->check = within_limits_of_10;
	l->ready_after = SIM_NEVER;
	change_template(l);
	run_until(l, l->now + SECONDS(2000));
	assert_int_equal(total_ready(l), 8);
	assert_int_equal(total_active(l), 13);
	l->ready_after = SECONDS(3);
	change_template(l);
	run_until(l, l->now + SECONDS(100));
	assert_int_equal(active(l, 3), 10);
	assert_int_equal(total_active(l), 10);
	lab_free(l);
}

static void old_and_new_never_meet(struct lab *l)
{
	uint32_t newest = l->workload[0].first_child;

	if (l->workload[newest].next_sibling == NONE || l->workload[newest].first_pod == NONE)
		return;
	assert_true(l->workload[l->workload[newest].next_sibling].first_pod == NONE);
}

static void recreates(void **unused)
{
	struct lab *l = lab_with_deployment(5, true);

	(void)unused;
	l->check = old_and_new_never_meet;
	change_template(l);
	run_until(l, l->now + SECONDS(1));
	assert_int_equal(total_active(l), 0);
	run_until(l, l->now + SECONDS(60));
	assert_int_equal(active(l, 2), 5);
	assert_int_equal(total_ready(l), 5);
	lab_free(l);
}

static void ask_scale(struct lab *l, int32_t replicas)
{
	l->workload[0].replicas = replicas;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
}

static void scales(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	ask_scale(l, 40);
	run_until(l, l->now + SECONDS(10));
	assert_int_equal(total_ready(l), 40);
	ask_scale(l, 3);
	settle(l);
	assert_int_equal(total_active(l), 3);
	ask_scale(l, 0);
	settle(l);
	assert_int_equal(total_active(l), 0);
	ask_scale(l, 4);
	settle(l);
	assert_int_equal(total_active(l), 4);
	assert_int_equal(l->view.workload_count, 2);
	lab_free(l);
}

/* In a rollout 8 + 5 with a size of 10 (13 with surge), growing to 20 (25): shares of 15.38 and 9.62. */
static void scales_in_proportion(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	l->ready_after = SIM_NEVER;
	change_template(l);
	settle(l);
	assert_int_equal(l->workload[1].replicas, 8);
	assert_int_equal(l->workload[2].replicas, 5);
	l->workload[0].replicas = 20;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
	work(l, 0, 0);
	assert_int_equal(l->workload[1].replicas, 15);
	assert_int_equal(l->workload[2].replicas, 10);
	lab_free(l);
}

static void old_sets_are_forgotten(void **unused)
{
	struct lab *l = lab_with_deployment(2, false);
	uint32_t left = 0;

	(void)unused;
	for (int i = 0; i < 14; i++) {
		change_template(l);
		run_until(l, l->now + SECONDS(60));
	}
	for (uint32_t i = 1; i < l->view.workload_count; i++)
		left += l->workload[i].exists;
	assert_int_equal(l->view.workload_count, 16);
	assert_int_equal(left, 11);
	assert_int_equal(total_ready(l), 2);
	lab_free(l);
}

/* ---- StatefulSet ---- */

static void one_for_each_ordinal(struct lab *l)
{
	for (uint32_t i = l->workload[0].first_pod; i != NONE; i = l->pod[i].next_of_workload)
		for (uint32_t k = l->pod[i].next_of_workload; k != NONE; k = l->pod[k].next_of_workload)
			assert_int_not_equal(l->pod[i].ordinal, l->pod[k].ordinal);
}

static struct lab *lab_with_set(int32_t replicas, bool parallel)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_STATEFUL_SET, replicas);
	l->object[0].parallel = parallel;
	l->check = one_for_each_ordinal;
	use(l, &control_stateful_set);
	return l;
}

static void ordered_set(void **unused)
{
	struct lab *l = lab_with_set(4, false);

	(void)unused;
	l->object[0].start_ordinal = 2;
	for (int i = 0; i < 4; i++) {
		run_until(l, SECONDS(1000 + 4 * i));
		assert_int_equal(total_active(l), i + 1);
		assert_int_equal(l->pod[i].ordinal, 2 + i);
	}
	run_until(l, SECONDS(1100));
	/* Downward, one at a time, each gone before the next. */
	ask_scale(l, 1);
	settle(l);
	assert_int_equal(total_active(l), 3);
	assert_true(l->pod[3].deleting);
	run_until(l, SECONDS(1102));
	assert_int_equal(total_active(l), 2);
	run_until(l, SECONDS(1200));
	assert_int_equal(total_active(l), 1);
	lab_free(l);
}

/* 3.3: a pod stuck in deletion keeps its ordinal; in an ordered set also those above it. */
static void at_most_one(void **unused)
{
	for (int parallel = 0; parallel < 2; parallel++) {
		struct lab *l = lab_with_set(3, parallel);

		run_until(l, SECONDS(1100));
		assert_int_equal(total_ready(l), 3);
		l->gone_after = SIM_NEVER;
		delete_pod(l, 1);
		delete_pod(l, 2);
		run_until(l, SECONDS(2000));
		assert_int_equal(l->view.pod_count, 3);
		remove_pod(l, 2);
		run_until(l, SECONDS(2100));
		assert_int_equal(l->view.pod_count, parallel ? 4 : 3);
		remove_pod(l, 1);
		run_until(l, SECONDS(2200));
		assert_int_equal(total_ready(l), 3);
		/* A failed pod is deleted and made anew. */
		set_phase(l, 0, PHASE_FAILED);
		run_until(l, SECONDS(2300));
		assert_false(l->pod[0].exists);
		assert_int_equal(total_ready(l), 3);
		lab_free(l);
	}
	(void)unused;
}

static void parallel_set(void **unused)
{
	struct lab *l = lab_with_set(4, true);

	(void)unused;
	settle(l);
	assert_int_equal(total_active(l), 4);
	ask_scale(l, 1);
	settle(l);
	assert_int_equal(total_active(l), 1);
	assert_int_equal(l->pod[0].deleting, false);
	lab_free(l);
}

static void set_rolls_downward(void **unused)
{
	struct lab *l = lab_with_set(4, false);

	(void)unused;
	run_until(l, SECONDS(1100));
	l->object[0].partition = 2;
	change_template(l);
	settle(l);
	assert_true(l->pod[3].deleting);
	assert_int_equal(total_active(l), 3);
	run_until(l, SECONDS(1103));
	assert_false(l->pod[2].deleting); /* waits until the new one is ready, at 1106 */
	run_until(l, SECONDS(1107));
	assert_true(l->pod[2].deleting);
	run_until(l, SECONDS(1200));
	assert_true(l->pod[0].exists && l->pod[1].exists);
	assert_int_equal(total_ready(l), 4);
	lab_free(l);
}

/* ---- DaemonSet ---- */

static void daemon_nodes(void **unused)
{
	struct lab *l = lab_new();
	uint32_t ds = add_workload(l, WORKLOAD_DAEMON_SET, 0), disk = names_intern(&l->names, "disk");
	uint32_t ssd = names_intern(&l->names, "ssd"), key = names_intern(&l->names, "team");
	struct label label = { disk, ssd };
	struct taint no_schedule = { key, 0, EFFECT_NO_SCHEDULE }, no_execute = { key, 0, EFFECT_NO_EXECUTE };
	struct taint prefer = { key, 0, EFFECT_PREFER_NO_SCHEDULE };
	struct taint unreachable = { names_intern(&l->names, "unreachable"), 0, EFFECT_NO_EXECUTE };
	struct toleration forever = { .key = unreachable.key, .effect = EFFECT_NO_EXECUTE, .exists = true };

	(void)unused;
	for (uint32_t i = 0; i < NODES; i++) /* node 7 has no such label */
		l->node_object[i].meta.labels = (struct labels){ &label, i < 7 };
	l->spec[ds].node_selector = (struct labels){ &label, 1 };
	l->spec[ds].toleration = &forever;
	l->spec[ds].toleration_count = 1;
	l->node[0].taint = &no_schedule;
	l->node[1].taint = &no_execute;
	l->node[2].taint = &prefer;
	l->node[3].taint = &unreachable;
	for (uint32_t i = 0; i < 4; i++)
		l->node[i].taint_count = 1;
	use(l, &control_daemon_set);
	run_until(l, SECONDS(1100));
	for (uint32_t i = 0; i < NODES; i++) {
		uint32_t has = 0;

		for (uint32_t p = 0; p < l->view.pod_count; p++)
			has += l->pod[p].exists && l->pod[p].pinned_node == i;
		assert_int_equal(has, i >= 2 && i <= 6);
	}
	/* NoSchedule lets the running pod be, NoExecute does not; a removed taint brings a pod. */
	l->node[5].taint = &no_schedule;
	l->node[6].taint = &no_execute;
	l->node[5].taint_count = l->node[6].taint_count = 1;
	l->node[1].taint_count = 0;
	for (uint32_t i = 0; i < NODES; i++) {
		for (uint32_t p = 0; p < l->view.pod_count; p++)
			if (l->pod[p].node == i)
				l->node[i].first_pod = p;
		changed(l, CHANGE_NODE, CHANGED_TAINTS, i);
	}
	run_until(l, SECONDS(1200));
	for (uint32_t p = 0; p < l->view.pod_count; p++)
		assert_int_equal(l->pod[p].exists, l->pod[p].pinned_node != 6);
	assert_int_equal(total_ready(l), 5);
	lab_free(l);
}

static void daemon_replacement(void **unused)
{
	struct lab *l = lab_new();

	(void)unused;
	add_workload(l, WORKLOAD_DAEMON_SET, 0);
	l->object[0].max_unavailable = (struct int_or_percent){ 1, false };
	use(l, &control_daemon_set);
	run_until(l, SECONDS(1100));
	assert_int_equal(total_ready(l), NODES);
	/* A terminating pod keeps its place. */
	delete_pod(l, 0);
	settle(l);
	assert_int_equal(l->view.pod_count, NODES);
	run_until(l, SECONDS(1200));
	assert_int_equal(total_ready(l), NODES);
	/* Failed pods are killed: at once, then after 1 s, then after 2 s. */
	set_phase(l, 1, PHASE_FAILED);
	settle(l);
	set_phase(l, l->view.pod_count - 1, PHASE_FAILED);
	settle(l);
	assert_int_equal(total_active(l), NODES - 1);
	run_until(l, l->now + SECONDS(1));
	assert_int_equal(total_active(l), NODES);
	run_until(l, l->now + SECONDS(100));
	/* One pod unavailable at a time. */
	change_template(l);
	for (int i = 0; i < 200; i++) {
		run_until(l, l->now + SECONDS(1));
		assert_true(total_ready(l) >= NODES - 1);
	}
	assert_int_equal(total_ready(l), NODES);
	for (uint32_t i = 0; i < l->view.pod_count; i++)
		assert_true(!l->pod[i].exists || l->pod[i].spec == &l->spec[ROWS - 1]);
	lab_free(l);
}

/* ---- Job ---- */

static struct lab *lab_with_job(int32_t parallelism, int32_t completions, bool indexed)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_JOB, 0);
	l->object[0].parallelism = parallelism;
	l->object[0].completions = completions;
	l->object[0].indexed = indexed;
	l->ready_after = SIM_NEVER;
	use(l, &control_job);
	settle(l);
	return l;
}

static void job_backs_off(void **unused)
{
	static const int current[] = { 10, 20, 40, 80, 160, 320, 600, 600 }, old[] = { 10, 20, 40, 80, 160, 320, 360, 360 };

	for (int version = 20; version <= 34; version += 14) {
		struct lab *l = lab_with_job(1, 1, false);

		l->scenario.kubernetes = version;
		l->object[0].backoff_limit = 100;
		for (uint32_t i = 0; i < COUNT(current); i++) {
			int wait = version == 20 ? old[i] : current[i];

			assert_int_equal(l->view.pod_count, i + 1);
			set_phase(l, i, PHASE_FAILED);
			run_until(l, l->now + SECONDS(wait) - 1);
			assert_int_equal(l->view.pod_count, i + 1);
			run_until(l, l->now + 1);
			assert_int_equal(l->view.pod_count, i + 2);
		}
		lab_free(l);
	}
	(void)unused;
}

static void job_ends(void **unused)
{
	struct lab *l = lab_with_job(3, 5, true);

	(void)unused;
	assert_int_equal(l->view.pod_count, 3);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1001));
	assert_int_equal(l->view.pod_count, 4);
	assert_int_equal(l->pod[3].ordinal, 3);
	/* Index 0 fails and is tried again, after its back-off. */
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 5);
	assert_int_equal(l->pod[4].ordinal, 0);
	for (uint32_t i = 2; i < 5; i++)
		set_phase(l, i, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1100));
	assert_int_equal(l->pod[5].ordinal, 4);
	set_phase(l, 5, PHASE_SUCCEEDED);
	run_until(l, SECONDS(2000));
	assert_int_equal(l->view.pod_count, 6);
	lab_free(l);
}

static void job_gives_up(void **unused)
{
	struct lab *l = lab_with_job(2, 4, false);

	(void)unused;
	l->object[0].backoff_limit = 1;
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 3);
	set_phase(l, 1, PHASE_FAILED);
	run_until(l, SECONDS(3000));
	assert_int_equal(l->view.pod_count, 3);
	assert_int_equal(total_active(l), 0);
	lab_free(l);
}

/* A work queue: after the first success nobody new; a deleted pod is replaced at once when it was unready for long. */
static void job_work_queue(void **unused)
{
	struct lab *l = lab_with_job(3, -1, false);

	(void)unused;
	l->gone_after = SIM_NEVER;
	set_ready(l, 0, true);
	set_ready(l, 0, false);
	run_until(l, SECONDS(1300));
	delete_pod(l, 0);
	run_until(l, SECONDS(1301));
	assert_int_equal(l->view.pod_count, 4);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1400));
	assert_int_equal(l->view.pod_count, 4);
	lab_free(l);
}

/* ---- PodDisruptionBudget ---- */

static void budgets(void **unused)
{
	static const struct {
		int32_t replicas, ready;
		bool has_min, has_max;
		struct int_or_percent limit;
		int32_t allowed;
	} table[] = {
		{ 4, 4, true, false, { 3, false }, 1 },  { 4, 3, true, false, { 3, false }, 0 },
		{ 4, 2, true, false, { 3, false }, 0 },  { 4, 4, false, true, { 1, false }, 1 },
		{ 4, 4, false, true, { 0, false }, 0 },  { 10, 10, false, true, { 25, true }, 3 },
		{ 10, 9, true, false, { 75, true }, 1 }, { 4, 4, true, false, { 4, false }, 0 },
		{ 3, 3, false, true, { 200, true }, 3 }, { 0, 0, true, false, { 0, false }, 0 },
		{ 2, 2, false, false, { 0, false }, 0 },
	};

	(void)unused;
	for (uint32_t t = 0; t < COUNT(table); t++) {
		struct lab *l = lab_with_deployment(table[t].replicas, false);
		struct pdb_object *o = &l->pdb_object[0];

		o->selector.present = true;
		o->has_min = table[t].has_min;
		o->has_max = table[t].has_max;
		o->min_available = o->max_unavailable = table[t].limit;
		l->pdb[0].object = o;
		l->view.pdb_count = 1;
		use(l, &control_disruption);
		for (int32_t i = table[t].ready; i < table[t].replicas; i++)
			set_ready(l, (uint32_t)i, false);
		settle(l);
		assert_int_equal(l->pdb[0].allowed, table[t].allowed);
		lab_free(l);
	}
}

/* 8.7: the evicted pod counts no more; its successor does when it is ready. Another workload's pods never count. */
static void budget_follows(void **unused)
{
	struct lab *l = lab_with_deployment(4, false);
	struct pdb_object *o = &l->pdb_object[0];
	uint32_t other = add_workload(l, WORKLOAD_REPLICA_SET, 5);

	(void)unused;
	o->meta.namespace = names_intern(&l->names, "here");
	l->workload[0].namespace = l->workload[1].namespace = o->meta.namespace;
	o->selector.present = o->has_min = true;
	o->min_available = (struct int_or_percent){ 3, false };
	l->pdb[0].object = o;
	l->view.pdb_count = 1;
	use(l, &control_disruption);
	changed(l, CHANGE_WORKLOAD, CHANGED_ADDED, other);
	run_until(l, l->now + SECONDS(10));
	assert_int_equal(l->pdb[0].allowed, 1);
	delete_pod(l, 0);
	settle(l);
	assert_int_equal(l->pdb[0].allowed, 0);
	run_until(l, l->now + SECONDS(3));
	assert_int_equal(l->pdb[0].allowed, 0);
	run_until(l, l->now + SECONDS(2));
	assert_int_equal(l->pdb[0].allowed, 1);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_in_growing_batches), cmocka_unit_test(creates_500_at_most),
		cmocka_unit_test(victims_in_order), cmocka_unit_test(victim_has_company),
		cmocka_unit_test(status_is_written_when_it_changes), cmocka_unit_test(rolls_10_as_measured),
		cmocka_unit_test(rollout_limits), cmocka_unit_test(stuck_rollout), cmocka_unit_test(recreates),
		cmocka_unit_test(scales), cmocka_unit_test(scales_in_proportion),
		cmocka_unit_test(old_sets_are_forgotten), cmocka_unit_test(ordered_set), cmocka_unit_test(at_most_one),
		cmocka_unit_test(parallel_set), cmocka_unit_test(set_rolls_downward), cmocka_unit_test(daemon_nodes),
		cmocka_unit_test(daemon_replacement), cmocka_unit_test(job_backs_off), cmocka_unit_test(job_ends),
		cmocka_unit_test(job_gives_up), cmocka_unit_test(job_work_queue), cmocka_unit_test(budgets),
		cmocka_unit_test(budget_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
