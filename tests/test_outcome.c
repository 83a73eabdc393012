/* test_outcome.c - the numbers of runs whose facts were written by hand, against answers worked out by hand. */
#include "tests/test.h"

#include <math.h>

#include "tests/fake_run.h"

static void assert_near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void assert_leg(const struct recovery *r, enum leg leg, double seconds)
{
	if (seconds < 0 && r->leg[leg] == SIM_NEVER)
		return;
	if (r->leg[leg] == SIM_NEVER || time_from_seconds(seconds) != r->leg[leg])
		fail_msg("leg %s: got %.9g, want %.9g", leg_name(leg),
			 r->leg[leg] == SIM_NEVER ? -1 : time_seconds(r->leg[leg]), seconds);
}

/* worker-1 with pod 0, worker-2 with pod 1; worker-1 dies at 100 s; pod 2 replaces pod 0 on worker-2, Ready at 463. */
static void tell_one_death(struct fake *f)
{
	fake_init(f);
	fake_failure(f, "boom", FAILURE_NODE_CRASH, SECONDS(100), 0);
}

static void tell_one_death_facts(struct fake *f)
{
	fake_begin(f);
	tell_node(f, 0, "worker-1");
	tell_node(f, 1, "worker-2");
	tell_web(f, 2);
	tell_running(f, 0, 0, 0, "web-a", 0);
	tell_running(f, 0, 1, 0, "web-b", 1);
	tell_settled(f);
	tell_crash(f, 100, 0, 0, 0, 0);
	tell_eviction(f, 100, 0, 0);
	tell_replacement(f, 455, 2, 0, "web-c", 1);
}

static void every_leg_is_measured(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	tell_one_death_facts(&f);
	fake_end(&f, SECONDS(1000));

	assert_int_equal(f.outcome.recoveries, 1);
	const struct recovery *r = &f.outcome.recovery[0];
	assert_int_equal(r->pod, 0);
	assert_int_equal(r->replacement, 2);
	assert_int_equal(r->replacement_node, 1);
	static const double want[LEGS] = {50, 5, 300, 0.5, 0.25, 4, 1.75, 1.5, 363};
	sim_time sum = 0;
	for (int l = 0; l < LEGS; l++) {
		assert_leg(r, (enum leg)l, want[l]);
		sum += l < LEG_TOTAL ? r->leg[l] : 0;
	}
	assert_true(sum == r->leg[LEG_TOTAL]);
	assert_true(r->time[RT_LAST_HEARTBEAT] == SECONDS(95));
	assert_true(r->time[RT_ENDPOINT_REMOVED] == SECONDS(151));
	assert_true(r->time[RT_ENDPOINT_ADDED] == SECONDS(464));
	assert_true(r->time[RT_NOSCHEDULE_TAINT] == MILLIS(150250));
	fake_release(&f);
}

static void legs_not_reached_are_never(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_web(&f, 1);
	tell_running(&f, 0, 0, 0, "web-a", 0);
	tell_settled(&f);
	tell_crash(&f, 100, 0, 0, 0, 0);
	tell_eviction(&f, 100, 0, 0);
	tell_created(&f, 456, 1, 0, "web-b", false);
	tell(&f, 456, FACT_POD_REPLACES, NONE, 1, NONE, 0, 0, 0, 0);
	tell(&f, 456, FACT_POD_UNSCHEDULABLE, NONE, 1, names_intern(&f.run.names, "0/1 nodes"), 0, 1, 0, 0);
	fake_end(&f, SECONDS(1000));

	assert_int_equal(f.outcome.recoveries, 1);
	assert_int_equal(f.outcome.unschedulable, 1);
	assert_leg(&f.outcome.recovery[0], LEG_RECREATION, 1);
	assert_leg(&f.outcome.recovery[0], LEG_SCHEDULING, -1);
	assert_leg(&f.outcome.recovery[0], LEG_TOTAL, -1);
	fake_release(&f);
}

/* A silence that ends in time: the same pod is Ready again and nothing was replaced. */
static void a_returning_pod_recovers_itself(void **state)
{
	struct fake f;
	(void)state;

	fake_init(&f);
	fake_failure(&f, "cut", FAILURE_PARTITION, SECONDS(100), 0);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_web(&f, 1);
	tell_running(&f, 0, 0, 0, "web-a", 0);
	tell_settled(&f);
	tell(&f, 100, FACT_FAILURE_STRUCK, NONE, NONE, 0, FAILURE_PARTITION, 1, 0, 0);
	tell(&f, 100, FACT_NODE_FAILED, 0, NONE, 0, FAILURE_PARTITION, SECONDS(99), 0, 0);
	tell(&f, 148, FACT_NODE_READY, 0, NONE, NONE, READY_UNKNOWN, SECONDS(50), SECONDS(50), 0);
	tell(&f, 149, FACT_POD_READY, 0, 0, NONE, 0, BY_NODE_CONTROLLER, 0, 0);
	tell(&f, 150, FACT_PROXY_REMOVED, NONE, 0, 0, 0, 0, 0, 0);
	tell(&f, 200, FACT_NODE_BACK, 0, NONE, 0, 0, 0, 0, 0);
	tell(&f, 210, FACT_POD_READY, 0, 0, NONE, 1, BY_KUBELET, 0, 0);
	tell(&f, 211, FACT_PROXY_ADDED, NONE, 0, 0, 0, 0, 0, 0);
	fake_end(&f, SECONDS(300));

	assert_int_equal(f.outcome.recoveries, 1);
	const struct recovery *r = &f.outcome.recovery[0];
	assert_int_equal(r->replacement, FACT_NONE);
	assert_leg(r, LEG_DETECTION, 48);
	assert_leg(r, LEG_TOLERATION, -1);
	assert_leg(r, LEG_RECREATION, -1);
	assert_leg(r, LEG_TOTAL, 110);
	assert_true(r->time[RT_ENDPOINT_ADDED] == SECONDS(211));
	/* Out of reach 100 - 200, but in the proxies' tables only until 150: nothing serves 100 - 211. */
	assert_near(f.outcome.service[0].lost_pod_seconds, 111);
	assert_near(f.outcome.service[0].availability, 189.0 / 300);
	fake_release(&f);
}

static void an_unnoticed_silence_is_no_recovery(void **state)
{
	struct fake f;
	(void)state;

	fake_init(&f);
	fake_failure(&f, "nap", FAILURE_KUBELET_STOP, SECONDS(100), 0);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_web(&f, 1);
	tell_running(&f, 0, 0, 0, "web-a", 0);
	tell_running(&f, 0, 1, FACT_NONE, "bare", 0);
	tell_settled(&f);
	tell(&f, 100, FACT_NODE_FAILED, 0, NONE, 0, FAILURE_KUBELET_STOP, SECONDS(99), 0, 0);
	tell(&f, 110, FACT_NODE_BACK, 0, NONE, 0, 0, 0, 0, 0);
	fake_end(&f, SECONDS(300));
	assert_int_equal(f.outcome.recoveries, 0);
	assert_near(f.outcome.service[0].availability, 1);
	fake_release(&f);
}

/* The last failure that struck counts; a replacement lost in a second failure is a recovery of its own. */
static void second_failures(void **state)
{
	struct fake f;
	(void)state;

	fake_init(&f);
	fake_failure(&f, "first", FAILURE_KUBELET_STOP, SECONDS(90), 0);
	fake_failure(&f, "second", FAILURE_NODE_CRASH, SECONDS(100), 0);
	fake_failure(&f, "third", FAILURE_NODE_CRASH, SECONDS(500), 1);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_node(&f, 1, "worker-2");
	tell_node(&f, 2, "worker-3");
	tell_web(&f, 1);
	tell_running(&f, 0, 0, 0, "web-a", 0);
	tell_settled(&f);
	tell(&f, 90, FACT_NODE_FAILED, 0, NONE, 0, FAILURE_KUBELET_STOP, SECONDS(89), 0, 0);
	tell_crash(&f, 100, 1, 0, 0, 0);
	tell_eviction(&f, 100, 0, 0);
	tell_replacement(&f, 455, 1, 0, "web-b", 1);
	tell_crash(&f, 500, 2, 1, 1, 1);
	tell_eviction(&f, 500, 1, 1);
	tell_replacement(&f, 855, 2, 1, "web-c", 2);
	fake_end(&f, SECONDS(1000));

	assert_int_equal(f.outcome.recoveries, 2);
	assert_int_equal(f.outcome.recovery[0].failure, 1);
	assert_leg(&f.outcome.recovery[0], LEG_TOTAL, 363);
	assert_int_equal(f.outcome.recovery[1].failure, 2);
	assert_int_equal(f.outcome.recovery[1].pod, 1);
	assert_int_equal(f.outcome.recovery[1].replacement, 2);
	assert_leg(&f.outcome.recovery[1], LEG_TOTAL, 363);
	fake_release(&f);
}

/* A bare pod is told of only when its readiness was lost, and then has no replacement. */
static void bare_pods_are_listed_when_lost(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	fake_expect(&f, "recoveries_unfinished", '=', 0, false);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_running(&f, 0, 0, FACT_NONE, "bare", 0);
	tell_settled(&f);
	tell_crash(&f, 100, 0, 0, 0, 0);
	tell_eviction(&f, 100, 0, 0);
	fake_end(&f, SECONDS(1000));
	assert_int_equal(f.outcome.recoveries, 1);
	assert_int_equal(f.outcome.recovery[0].replacement, FACT_NONE);
	assert_leg(&f.outcome.recovery[0], LEG_TOLERATION, 300);
	assert_leg(&f.outcome.recovery[0], LEG_TOTAL, -1);
	assert_true(f.outcome.verdict[0].held);
	fake_release(&f);
}

static void availability_is_weighted_by_time(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	f.scenario.warmup = SECONDS(50);
	tell_one_death_facts(&f);
	fake_end(&f, SECONDS(1050));
	/* 100 - 151: one of two serves (0.5); later all that get traffic serve. Missing: one pod, 100 - 464. */
	assert_near(f.outcome.service[0].availability, (1000 - 51 * 0.5) / 1000);
	assert_near(f.outcome.service[0].lost_pod_seconds, 364);
	fake_release(&f);
}

static void load_is_split_at_the_failure(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	tell_one_death_facts(&f);
	fake_end(&f, SECONDS(1000));
	const struct load_numbers *l = f.outcome.load;

	assert_true(l[LOAD_BEFORE].from == 0 && l[LOAD_BEFORE].to == SECONDS(100));
	assert_true(l[LOAD_DURING].to == SECONDS(463) && l[LOAD_AFTER].to == SECONDS(1000));
	/* Before: one pod of 1000m on each of two nodes of 4000m. */
	assert_near(l[LOAD_BEFORE].of[LOAD_CPU].mean, 0.25);
	assert_near(l[LOAD_BEFORE].of[LOAD_CPU].cv, 0);
	assert_near(l[LOAD_BEFORE].of[LOAD_CPU].jain, 1);
	/* After: only worker-2 is up, with two pods. */
	assert_near(l[LOAD_AFTER].of[LOAD_CPU].mean, 0.5);
	assert_near(l[LOAD_AFTER].of[LOAD_MEMORY].mean, 0.5);
	assert_near(l[LOAD_AFTER].of[LOAD_PODS].mean, 2);
	/* During: the second pod is bound at 455.75. */
	assert_near(l[LOAD_DURING].of[LOAD_PODS].mean, (355.75 + 2 * 7.25) / 363);
	assert_near(l[LOAD_WHOLE].of[LOAD_PODS].mean, (100 + 355.75 + 2 * 544.25) / 1000);
	assert_near(f.outcome.node[0].mean[LOAD_BEFORE][LOAD_CPU], 0.25);
	assert_true(isnan(f.outcome.node[0].mean[LOAD_AFTER][LOAD_CPU]));
	assert_near(f.outcome.node[0].mean[LOAD_WHOLE][LOAD_CPU], 0.25);
	assert_near(f.outcome.node[1].mean[LOAD_WHOLE][LOAD_PODS], (455.75 + 2 * 544.25) / 1000);
	fake_release(&f);
}

/* Uneven load against spread_of() itself, with so many changes that max and Gini are sampled. */
static void load_spread_agrees_with_its_definition(void **state)
{
	struct fake f;
	(void)state;

	fake_init(&f);
	fake_begin(&f);
	tell_node(&f, 0, "a");
	tell_node(&f, 1, "b");
	tell_web(&f, 0);
	uint32_t pod = 0;
	for (; pod < 3; pod++)
		tell_running(&f, 0, pod, 0, "p", 0);
	tell_running(&f, 0, pod++, 0, "p", 1);
	tell_settled(&f);
	/* Short-lived pods that leave the averages alone: bound and gone in the same instant. */
	for (int i = 0; i < 2000; i++, pod++) {
		tell_created(&f, 1 + i * 0.1, pod, FACT_NONE, "x", false);
		tell(&f, 1 + i * 0.1, FACT_POD_BOUND, 1, pod, NONE, 0, 1, 0, 0);
		tell(&f, 1 + i * 0.1, FACT_POD_REMOVED, 1, pod, NONE, 0, 0, 0, 0);
	}
	fake_end(&f, SECONDS(400));
	const double pods[] = {3, 1};
	double scratch[2];
	const struct spread want = spread_of(pods, 2, scratch), got = f.outcome.load[LOAD_WHOLE].of[LOAD_PODS];
	assert_near(got.mean, want.mean);
	assert_near(got.cv, want.cv);
	assert_near(got.max_over_mean, want.max_over_mean);
	assert_near(got.jain, want.jain);
	assert_near(got.gini, want.gini);
	fake_release(&f);
}

static void expectations_are_judged(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	fake_expect(&f, "recovery_max", '<', 360, true);
	fake_expect(&f, "recovery_max", 'l', 363, true);
	fake_expect(&f, "detection_mean", '=', 50, true);
	fake_expect(&f, "lost_pod_seconds", '<', 400, false);
	fake_expect(&f, "no_such_thing", '<', 1, false);
	tell_one_death_facts(&f);
	fake_end(&f, SECONDS(1000));
	static const bool want[] = {false, true, true, true, false};
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(f.outcome.verdict[i].held, want[i]);
	assert_near(f.outcome.verdict[0].value, 363);
	assert_false(outcome_held(&f.outcome));
	fake_release(&f);
}

static void expectations_without_a_value_fail(void **state)
{
	struct fake f;
	(void)state;

	fake_init(&f);
	fake_expect(&f, "recovery_max", '<', 1e9, true);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_settled(&f);
	fake_end(&f, SECONDS(10));
	assert_false(f.outcome.verdict[0].held);
	assert_false(f.outcome.verdict[0].has_value);
	assert_string_equal(f.outcome.verdict[0].why, "no pod had to recover");
	fake_release(&f);

	tell_one_death(&f);
	fake_expect(&f, "recovery_max", '<', 1e9, true);
	fake_expect(&f, "recovery_max", '>', 1, true);
	fake_begin(&f);
	tell_node(&f, 0, "worker-1");
	tell_web(&f, 1);
	tell_running(&f, 0, 0, 0, "web-a", 0);
	tell_settled(&f);
	tell_crash(&f, 100, 0, 0, 0, 0);
	fake_end(&f, SECONDS(110));
	assert_int_equal(f.outcome.recoveries, 1);
	assert_false(f.outcome.verdict[0].held);
	assert_true(f.outcome.verdict[1].held);
	fake_release(&f);
}

static void pods_are_counted_by_state(void **state)
{
	struct fake f;
	(void)state;

	tell_one_death(&f);
	tell_one_death_facts(&f);
	fake_end(&f, SECONDS(1000));
	const struct outcome *o = &f.outcome;
	const struct pod_state_step *last = &o->pod_state[o->pod_states - 1];
	assert_int_equal(o->pod_state[0].at, 0);
	assert_int_equal(o->pod_state[0].count[STATE_READY], 2);
	assert_int_equal(last->count[STATE_READY], 2);
	assert_int_equal(last->count[STATE_TERMINATING], 1);
	fake_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_leg_is_measured),
		cmocka_unit_test(legs_not_reached_are_never),
		cmocka_unit_test(a_returning_pod_recovers_itself),
		cmocka_unit_test(an_unnoticed_silence_is_no_recovery),
		cmocka_unit_test(second_failures),
		cmocka_unit_test(bare_pods_are_listed_when_lost),
		cmocka_unit_test(availability_is_weighted_by_time),
		cmocka_unit_test(load_is_split_at_the_failure),
		cmocka_unit_test(load_spread_agrees_with_its_definition),
		cmocka_unit_test(expectations_are_judged),
		cmocka_unit_test(expectations_without_a_value_fail),
		cmocka_unit_test(pods_are_counted_by_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
