/* test_autoscaler.c - the arithmetic of the horizontal pod autoscaler: kubernetes-control-plane.md 3.7. */
#include "tests/test.h"

#include "policies/parts/hpa.h"

static const struct hpa_metric cpu60 = {.usage = USAGE_CPU, .utilization = true, .target = 60};

static int64_t ask(struct hpa_pods p, int64_t current)
{
	int64_t percent;

	return hpa_replicas(&cpu60, &p, current, 0.1, 0.1, &percent);
}

/* Pods that ask for 1000m each. */
static struct hpa_pods pods(int64_t ready, int64_t use_of_each, int64_t unready, int64_t missing)
{
	return (struct hpa_pods){.ready = ready,
				 .unready = unready,
				 .missing = missing,
				 .usage = ready * use_of_each,
				 .request = ready * 1000,
				 .unready_request = unready * 1000,
				 .missing_request = missing * 1000};
}

static void formula(void **unused)
{
	(void)unused;
	assert_int_equal(ask(pods(4, 600, 0, 0), 4), 4);
	assert_int_equal(ask(pods(4, 660, 0, 0), 4), 4); /* 1.1 is tolerated */
	assert_int_equal(ask(pods(4, 670, 0, 0), 4), 5); /* 67 / 60 * 4 = 4.47 */
	assert_int_equal(ask(pods(4, 540, 0, 0), 4), 4); /* 0.9 is tolerated */
	assert_int_equal(ask(pods(4, 530, 0, 0), 4), 4); /* 3.53 */
	assert_int_equal(ask(pods(4, 440, 0, 0), 4), 3);
	assert_int_equal(ask(pods(4, 1800, 0, 0), 4), 12);
	assert_int_equal(ask(pods(4, 0, 0, 0), 4), 0);
	assert_int_equal(ask(pods(0, 0, 4, 0), 4), -1); /* no sample: cannot tell */
	struct hpa_pods none = pods(4, 600, 0, 0);
	none.no_request = true;
	assert_int_equal(ask(none, 4), -1);
}

static void unready_pods(void **unused)
{
	(void)unused;
	/* 4 use 180 %; with 8 that use nothing it is 60 %: keep what there is. */
	assert_int_equal(ask(pods(4, 1800, 8, 0), 12), 12);
	assert_int_equal(ask(pods(4, 1800, 4, 0), 8), 12);
	/* On the way down they do not count at all. */
	assert_int_equal(ask(pods(4, 300, 4, 0), 8), 2);
}

static void missing_pods(void **unused)
{
	(void)unused;
	/* Down: a missing pod uses all that it asks for: (4 * 30 + 2 * 100) / 6 = 53 %. */
	assert_int_equal(ask(pods(4, 300, 0, 1), 5), 4); /* 44 % of 5 */
	assert_int_equal(ask(pods(4, 300, 0, 2), 6), 6); /* 53 % of 6 is 5.3 */
	assert_int_equal(ask(pods(4, 300, 0, 4), 8), 8); /* 65 %: the other way, so keep */
	/* Up: it uses nothing: 5 * 120 / 6 = 100 % */
	assert_int_equal(ask(pods(5, 1200, 0, 1), 6), 10);
	assert_int_equal(ask(pods(5, 660, 0, 5), 10), 10); /* 33 %: the other way */
}

static void average_value(void **unused)
{
	const struct hpa_metric m = {.usage = USAGE_CPU, .target = 500};
	struct hpa_pods p = pods(3, 1000, 0, 0);
	int64_t percent;

	(void)unused;
	p.no_request = true; /* does not matter */
	assert_int_equal(hpa_replicas(&m, &p, 3, 0.1, 0.1, &percent), 6);
	assert_int_equal(percent, 200);
	/* Tolerances apart. */
	p = pods(10, 540, 0, 0);
	assert_int_equal(hpa_replicas(&m, &p, 10, 0.05, 0.1, &percent), 11);
	assert_int_equal(hpa_replicas(&m, &p, 10, 0.1, 0.05, &percent), 10);
}

static void stabilisation(void **unused)
{
	struct arena a = {0};
	struct hpa_history h = {0};
	struct hpa_object o = {.up = {.window = 0}, .down = {.window = SIM_NEVER}};

	(void)unused;
	hpa_remember(&a, &h, SECONDS(0), 10, SECONDS(300));
	hpa_remember(&a, &h, SECONDS(200), 4, SECONDS(300));
	assert_int_equal(hpa_stabilize(&o, &h, SECONDS(299), SECONDS(300), 10, 4), 10);
	assert_int_equal(hpa_stabilize(&o, &h, SECONDS(300), SECONDS(300), 10, 4), 4);
	assert_int_equal(hpa_stabilize(&o, &h, SECONDS(200), SECONDS(300), 10, 15), 15);
	/* An up window: the lowest of it. */
	o.up.window = SECONDS(60);
	hpa_remember(&a, &h, SECONDS(250), 15, SECONDS(300));
	assert_int_equal(hpa_stabilize(&o, &h, SECONDS(259), SECONDS(300), 4, 15), 4);
	assert_int_equal(hpa_stabilize(&o, &h, SECONDS(260), SECONDS(300), 4, 15), 15);
	arena_release(&a);
}

static void rates(void **unused)
{
	struct arena a = {0};
	struct hpa_history h = {0};
	struct hpa_policy up[] = {{false, 4, SECONDS(15)}, {true, 100, SECONDS(15)}},
			  down[] = {{true, 100, SECONDS(15)}};
	struct hpa_object o = {.min = 2,
			       .max = 30,
			       .up = {.policy_count = 2, .policy = up},
			       .down = {.policy_count = 1, .policy = down}};

	(void)unused;
	assert_int_equal(hpa_limit(&o, &h, SECONDS(100), 3, 25), 7);   /* 4 pods are more than 100 % */
	assert_int_equal(hpa_limit(&o, &h, SECONDS(100), 10, 50), 20); /* 100 % are more */
	assert_int_equal(hpa_limit(&o, &h, SECONDS(100), 20, 50), 30); /* the maximum */
	assert_int_equal(hpa_limit(&o, &h, SECONDS(100), 20, 1), 2);   /* the minimum */
	/* What was added within the period counts: 10 came 10 s ago. */
	hpa_remember(&a, &h, SECONDS(90), 10, SECONDS(1800));
	assert_int_equal(hpa_limit(&o, &h, SECONDS(100), 20, 50), 20);
	assert_int_equal(hpa_limit(&o, &h, SECONDS(105), 20, 29), 29);
	o.up.select = HPA_MIN;
	assert_int_equal(hpa_limit(&o, &h, SECONDS(200), 10, 25), 14);
	o.up.select = HPA_DISABLED;
	assert_int_equal(hpa_limit(&o, &h, SECONDS(200), 10, 25), 10);
	down[0] = (struct hpa_policy){true, 10, SECONDS(60)};
	assert_int_equal(hpa_limit(&o, &h, SECONDS(300), 25, 2), 22); /* 22.5, cut */
	down[0] = (struct hpa_policy){false, 3, SECONDS(60)};
	hpa_remember(&a, &h, SECONDS(290), -2, SECONDS(1800));
	assert_int_equal(hpa_limit(&o, &h, SECONDS(300), 25, 2), 24);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formula),       cmocka_unit_test(unready_pods),  cmocka_unit_test(missing_pods),
		cmocka_unit_test(average_value), cmocka_unit_test(stabilisation), cmocka_unit_test(rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
