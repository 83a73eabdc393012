/* test_timelines.c - the seven worked timelines of real Kubernetes, each held to its bounds over the seeds 1 to 200.
 *
 * Bounds in seconds since the failure, from kubernetes-control-plane.md section 8, with section 11 (measured on a real
 * control plane) where they differ. Where a bound speaks of the instant of an API write, SLACK allows for the write
 * itself.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/world.h"
#include "report/outcome.h"
#include "tests/test.h"

#define SEEDS 200
#define SLACK 0.1
#define FACTS_MAX 200000

/* One finished run. */
struct replay {
	const struct scenario *s;
	struct run *r;
	struct outcome o;
	struct fact *fact;
	size_t facts;
	double t0; /* when the first failure struck (or, without one, the first action), s */
};

static void collect(void *state, const struct fact *f, size_t count)
{
	struct replay *p = state;

	assert_true(p->facts + count < FACTS_MAX);
	memcpy(p->fact + p->facts, f, count * sizeof(*f));
	p->facts += count;
}

static void subscribe(struct run *r, void *context)
{
	struct replay *p = context;

	facts_subscribe(&r->facts, outcome_reader(&p->o));
	facts_subscribe(&r->facts, (struct fact_reader){collect, p});
}

static void load(struct scenario *s, struct arena *a, const char *lesson, const char *version)
{
	char path[200], set[40];
	const char *paths[] = {path}, *sets[] = {set};
	struct scenario_input in = {.paths = paths, .path_count = 1, .sets = sets, .set_count = version != NULL};
	struct diag d;
	struct text t;

	snprintf(path, sizeof(path), "scenarios/lessons/%s.yaml", lesson);
	snprintf(set, sizeof(set), "kubernetes=\"%s\"", version != NULL ? version : "");
	memset(s, 0, sizeof(*s));
	diag_init(&d, a);
	int status = scenario_load(s, &in, &d);
	text_init(&t, a);
	diag_print_errors(&d, &t);
	if (status != 0)
		print_error("%s: %s\n", path, t.data);
	assert_int_equal(status, 0);
}

/* Runs a lesson with SEEDS seeds and has each one looked at. */
static void replay_all(const char *lesson, const char *version, void (*look)(struct replay *p, void *context),
		       void *context)
{
	struct scenario s;
	struct arena errors = {0};

	load(&s, &errors, lesson, version);
	for (uint32_t i = 0; i < SEEDS; i++) {
		struct arena a = {0};
		struct run r;
		struct replay p = {.s = &s, .r = &r, .fact = ARENA_NEW(&a, FACTS_MAX, struct fact)};

		outcome_init(&p.o, &a, &s, &r, false);
		assert_true(world_run(&r, &s, 1 + i, 0, true, subscribe, &p, NULL));
		outcome_finish(&p.o, false);
		p.t0 = time_seconds(s.failure_count > 0 ? s.failure[0].at : s.action[0].at);
		look(&p, context);
		run_release(&r);
		arena_release(&a);
	}
	scenario_release(&s);
	arena_release(&errors);
}

static void within(const char *what, double x, double low, double high)
{
	if (!(x >= low && x <= high))
		print_error("%s: %.4f s is outside %.3f .. %.3f\n", what, x, low, high);
	assert_true(x >= low && x <= high);
}

/* Seconds since the failure at which a recovery reached t; fails the test when it did not. */
static double at(const struct replay *p, const struct recovery *v, enum recovery_time t)
{
	if (v->time[t] == SIM_NEVER)
		print_error("%s was not reached\n", recovery_time_name(t));
	assert_true(v->time[t] != SIM_NEVER);
	return time_seconds(v->time[t]) - p->t0;
}

/* The first fact of a kind since the failure, with matching flag, node and pod (FACT_NONE and -1: any); NULL if none.
 */
static const struct fact *first(const struct replay *p, enum fact_kind kind, int flag, uint32_t node, uint32_t pod)
{
	for (size_t i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind == kind && time_seconds(f->at) >= p->t0 && (flag < 0 || f->flag == flag) &&
		    (node == FACT_NONE || f->node == node) && (pod == FACT_NONE || f->pod == pod))
			return f;
	}
	return NULL;
}

static double since(const struct replay *p, const struct fact *f)
{
	assert_non_null(f);
	return time_seconds(f->at) - p->t0;
}

static uint32_t count(const struct replay *p, enum fact_kind kind, int flag)
{
	uint32_t n = 0;

	for (size_t i = 0; i < p->facts; i++)
		n += p->fact[i].kind == kind && time_seconds(p->fact[i].at) >= p->t0 &&
		     (flag < 0 || p->fact[i].flag == flag);
	return n;
}

static bool is_replaced(const struct replay *p, const struct recovery *v)
{
	enum workload_kind k = outcome_owner_kind(&p->o, v->pod);

	return k == WORKLOAD_DEPLOYMENT || k == WORKLOAD_REPLICA_SET;
}

/* ---- 8.1 ---- */

struct detection {
	double low, high; /* of row 2 */
	struct moments m;
};

/* Rows 2-12 for one lost pod of a Deployment. */
static void check_recovery(const struct replay *p, const struct recovery *v, const struct detection *d)
{
	double unknown = at(p, v, RT_NODE_UNKNOWN), execute = at(p, v, RT_NOEXECUTE_TAINT),
	       gone = at(p, v, RT_POD_DELETED);
	double made = at(p, v, RT_REPLACEMENT_CREATED), bound = at(p, v, RT_SCHEDULED), ready = at(p, v, RT_READY);

	within("1 last heartbeat", at(p, v, RT_LAST_HEARTBEAT), -10.41, 0);
	within("2 Ready=Unknown", unknown, d->low, d->high + SLACK);
	within("3 NoSchedule after Unknown", at(p, v, RT_NOSCHEDULE_TAINT) - unknown, 0, 1);
	within("4 pod not Ready after Unknown", at(p, v, RT_POD_NOT_READY) - unknown, 0, 4);
	within("5 endpoint removed after not Ready", at(p, v, RT_ENDPOINT_REMOVED) - at(p, v, RT_POD_NOT_READY), 0.01,
	       2.5);
	within("6 NoExecute", execute, d->low + 5, d->high + 5.1 + SLACK);
	within("6 NoExecute after Unknown (11.7)", execute - unknown, 5.0, 5.33);
	within("7 DELETE after NoExecute (11.7)", gone - execute, 300.0, 300.1);
	within("9 replacement created", made - gone, 0.001, 5);
	within("10 scheduled", bound - made, 0.001, 1);
	within("11 Ready after scheduled", ready - bound, 1.5, 8);
	within("12 capacity restored", at(p, v, RT_ENDPOINT_ADDED), d->low + 307, d->high + 319.7);
	within("legs add up", time_seconds(v->leg[LEG_TOTAL]), ready - 1e-6, ready + 1e-6);
}

static void look_node_dies(struct replay *p, void *context)
{
	struct detection *d = context;
	uint32_t replaced = 0;

	for (uint32_t i = 0; i < p->o.recoveries; i++) {
		const struct recovery *v = &p->o.recovery[i];
		enum workload_kind kind = outcome_owner_kind(&p->o, v->pod);

		if (is_replaced(p, v)) {
			check_recovery(p, v, d);
			replaced++;
		}
		/* A StatefulSet's ordinal, a bare pod and a daemon pod get no other pod while the node is dead. */
		if (kind == WORKLOAD_STATEFUL_SET || kind == WORKLOAD_NONE || kind == WORKLOAD_DAEMON_SET)
			assert_true(v->replacement == FACT_NONE);
		if (kind == WORKLOAD_DAEMON_SET)
			assert_true(v->time[RT_POD_DELETED] == SIM_NEVER);
	}
	assert_true(replaced > 0);
	moments_add(&d->m, since(p, first(p, FACT_NODE_READY, READY_UNKNOWN, FACT_NONE, FACT_NONE)));
	/* Row 13: the old objects stay Terminating. */
	assert_int_equal(count(p, FACT_POD_REMOVED, -1), 0);
}

static void node_dies_since_1_32(void **state)
{
	struct detection d = {.low = 40, .high = 55.3};

	(void)state;
	replay_all("node-dies", NULL, look_node_dies, &d);
	print_message("detection: mean %.2f s, min %.2f, max %.2f\n", d.m.mean, d.m.min, d.m.max);
	within("mean detection", d.m.mean, 47.2, 48.2);
}

static void node_dies_before_1_32(void **state)
{
	struct detection d = {.low = 30, .high = 45.2};

	(void)state;
	replay_all("node-dies", "1.31", look_node_dies, &d);
	print_message("detection: mean %.2f s, min %.2f, max %.2f\n", d.m.mean, d.m.min, d.m.max);
	within("mean detection", d.m.mean, 37.1, 38.1);
}

/* ---- 8.2 ---- */

static void look_kubelet_short(struct replay *p, void *context)
{
	const struct failure *f = &p->s->failure[0];
	double back = time_seconds(f->lasts);
	const struct fact *unknown = first(p, FACT_NODE_READY, READY_UNKNOWN, FACT_NONE, FACT_NONE);

	(void)context;
	assert_int_equal(count(p, FACT_POD_DELETED, -1), 0);
	assert_int_equal(count(p, FACT_POD_STOPPED, -1), 0);
	if (back < 40) {
		assert_null(unknown);
		return;
	}
	within("Ready=Unknown", since(p, unknown), 40, 55.3 + SLACK);
	within("Ready=True after the kubelet's return",
	       since(p, first(p, FACT_NODE_READY, READY_TRUE, FACT_NONE, FACT_NONE)) - back, 0, 1.5);
	for (uint32_t i = 0; i < p->o.recoveries; i++)
		within("pod Ready again", at(p, &p->o.recovery[i], RT_READY) - back, 0, 12);
	within("NoExecute off", since(p, first(p, FACT_TAINT_REMOVED, EFFECT_NO_EXECUTE, FACT_NONE, FACT_NONE)) - back,
	       0, 6.6);
}

static void kubelet_crash_short(void **state)
{
	(void)state;
	replay_all("kubelet-crash-short", NULL, look_kubelet_short, NULL);
}

static void look_kubelet_long(struct replay *p, void *context)
{
	double back = time_seconds(p->s->failure[0].lasts);
	uint32_t stopped = 0;

	(void)context;
	assert_true(back > 365);
	for (size_t i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind != FACT_POD_STOPPED || time_seconds(f->at) < p->t0)
			continue;
		/* Until the kubelet is back, two copies run. */
		within("old copy killed", since(p, f) - back, 0, 32);
		stopped++;
	}
	assert_true(stopped > 0);
	assert_int_equal(count(p, FACT_POD_REMOVED, -1), stopped);
}

static void kubelet_crash_long(void **state)
{
	(void)state;
	replay_all("kubelet-crash-long", NULL, look_kubelet_long, NULL);
}

/* ---- 8.3, 8.4 ---- */

static void look_partition_180(struct replay *p, void *context)
{
	const struct fact *ready = first(p, FACT_NODE_READY, READY_TRUE, FACT_NONE, FACT_NONE);
	double gone = since(p, first(p, FACT_TAINT_REMOVED, EFFECT_NO_EXECUTE, FACT_NONE, FACT_NONE));

	(void)context;
	assert_int_equal(count(p, FACT_POD_DELETED, -1), 0);
	assert_int_equal(count(p, FACT_POD_STOPPED, -1), 0);
	within("heartbeat back", since(p, first(p, FACT_HEARTBEAT_BACK, -1, FACT_NONE, FACT_NONE)), 180, 197);
	within("Ready=True", since(p, ready), 180, 195 + SLACK);
	within("NoSchedule removed after",
	       since(p, first(p, FACT_TAINT_REMOVED, EFFECT_NO_SCHEDULE, FACT_NONE, FACT_NONE)) - since(p, ready), 0,
	       0.3);
	within("NoExecute removed after", gone - since(p, ready), 0, 5 + 2 * SLACK);
	for (uint32_t i = 0; i < p->o.recoveries; i++)
		within("pod Ready again", at(p, &p->o.recovery[i], RT_READY), 180, 260);
	assert_true(p->o.recoveries > 0);
}

static void partition_heals_at_180(void **state)
{
	(void)state;
	replay_all("partition-heals-180s", NULL, look_partition_180, NULL);
}

static void look_partition_600(struct replay *p, void *context)
{
	(void)context;
	within("Ready=True", since(p, first(p, FACT_NODE_READY, READY_TRUE, FACT_NONE, FACT_NONE)), 600, 615 + SLACK);
	for (uint32_t i = 0; i < p->o.recoveries; i++) {
		const struct recovery *v = &p->o.recovery[i];

		if (is_replaced(p, v))
			within("replacement Ready", at(p, v, RT_READY), 347, 375);
		else if (outcome_owner_kind(&p->o, v->pod) == WORKLOAD_STATEFUL_SET)
			within("ordinal recreated", at(p, v, RT_REPLACEMENT_CREATED), 600, 695);
	}
	for (size_t i = 0; i < p->facts; i++) {
		if (p->fact[i].kind == FACT_POD_STOPPED && time_seconds(p->fact[i].at) > p->t0)
			within("old copy stopped", since(p, &p->fact[i]), 600, 690);
		if (p->fact[i].kind == FACT_POD_REMOVED && time_seconds(p->fact[i].at) > p->t0)
			within("object removed", since(p, &p->fact[i]), 600, 692);
	}
	assert_true(count(p, FACT_POD_REMOVED, -1) > 0);
}

static void partition_heals_at_600(void **state)
{
	(void)state;
	replay_all("partition-heals-600s", NULL, look_partition_600, NULL);
}

/* ---- 8.5 ---- */

static void look_zone(struct replay *p, void *context)
{
	uint32_t nodes = p->s->failure[0].node_count, tainted = 0;
	double before = 0;

	(void)context;
	within("first Unknown", since(p, first(p, FACT_NODE_READY, READY_UNKNOWN, FACT_NONE, FACT_NONE)), 40,
	       55.3 + SLACK);
	for (size_t i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind != FACT_TAINT_ADDED || f->flag != EFFECT_NO_EXECUTE)
			continue;
		double t = since(p, f);
		if (tainted == 0)
			within("first NoExecute", t, 45, 70);
		else
			/* A write may wait for the client's 20/s after a mass of status writes, so the one after it is
			 * closer. */
			within("NoExecute spacing", t - before, 9.4, 10.3 + 10);
		before = t;
		tainted++;
	}
	assert_int_equal(tainted, nodes);
	within("last NoExecute", before, 45 + 10.0 * (nodes - 1), 80 + 10.0 * nodes);
	for (uint32_t i = 0; i < p->o.recoveries; i++)
		if (is_replaced(p, &p->o.recovery[i]))
			within("pod back", at(p, &p->o.recovery[i], RT_READY), 345, 390 + 10.0 * nodes);
}

static void zone_outage(void **state)
{
	(void)state;
	replay_all("zone-outage", NULL, look_zone, NULL);
}

/* ---- 8.6 ---- */

/* A node that dies unseen in the outage is found after 11.3's 15-20 s, 1-10 s of informer sync and a fresh grace
 * period. */
static void look_control_plane(struct replay *p, void *context)
{
	double back = time_seconds(p->s->failure[0].lasts);
	uint32_t dead = p->s->failure[1].node[0];

	(void)context;
	assert_int_equal(count(p, FACT_NODE_READY, READY_UNKNOWN), 1);
	within("unseen death found", since(p, first(p, FACT_NODE_READY, READY_UNKNOWN, dead, FACT_NONE)), back + 65,
	       back + 90);
	for (size_t i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind == FACT_LEADER && f->flag == 0)
			within("lock lost", since(p, f), 8, 10);
		if (f->kind == FACT_LEADER && f->flag == 1)
			within("lock acquired (11.3)", since(p, f) - back, 15, 22);
		if (f->kind == FACT_HEARTBEAT_BACK)
			within("lease renewed", since(p, f) - back, 0, 17);
		/* Nobody but the dead node's pods is touched. */
		if (f->kind == FACT_POD_DELETED || (f->kind == FACT_POD_STOPPED && since(p, f) > 0))
			assert_int_equal(f->node, dead);
		if (f->kind == FACT_POD_DELETED)
			within("evicted after", since(p, f), back + 65 + 305, back + 90 + 306);
	}
	assert_int_equal(count(p, FACT_LEADER, 1), 2);
}

static void control_plane_outage(void **state)
{
	(void)state;
	replay_all("control-plane-outage", NULL, look_control_plane, NULL);
}

/* ---- 8.7 ---- */

static void look_drain(struct replay *p, void *context)
{
	int32_t ready = 0;

	(void)context;
	within("drain returns", since(p, first(p, FACT_DRAIN_DONE, -1, FACT_NONE, FACT_NONE)), 5, 41);
	assert_true(count(p, FACT_EVICTION_REFUSED, -1) > 0);
	/* Never fewer than 3 pods both Ready and not deleting: those of the lesson's only Deployment. */
	for (size_t i = 0; i < p->facts; i++) {
		const struct fact *f = &p->fact[i];

		if (f->kind == FACT_POD_READY)
			ready += f->flag ? 1 : -1;
		if (f->kind == FACT_POD_REMOVED)
			continue; /* its readiness went with its deletion below */
		if (time_seconds(f->at) > p->t0)
			assert_true(ready >= 3);
	}
}

static void drain_with_pdb(void **state)
{
	(void)state;
	replay_all("drain-with-pdb", NULL, look_drain, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(node_dies_since_1_32),
		cmocka_unit_test(node_dies_before_1_32),
		cmocka_unit_test(kubelet_crash_short),
		cmocka_unit_test(kubelet_crash_long),
		cmocka_unit_test(partition_heals_at_180),
		cmocka_unit_test(partition_heals_at_600),
		cmocka_unit_test(zone_outage),
		cmocka_unit_test(control_plane_outage),
		cmocka_unit_test(drain_with_pdb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
