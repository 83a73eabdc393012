/* test_sched_baselines.c - the schedulers to compare with do what their names say; kube-scheduler.md 7. */
#include "tests/sched_bench.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* A cluster of `nodes` equal nodes under the scheduler called name. */
static struct bench *under(const char *name, uint32_t nodes)
{
	struct bench *b = make(34);
	struct sched_profile *p = ARENA_NEW(&b->scenario.arena, 1, struct sched_profile);

	assert_true(sched_profile_named(p, name, 34));
	b->scenario.scheduling = (struct scheduling){.profile = p, .count = 1};
	for (uint32_t i = 0; i < nodes; i++)
		node(b, 10000, 100 * GI);
	start(b);
	return b;
}

/* Decides, reserves and binds one more pod; its node or NONE. */
static uint32_t go(struct bench *b, const struct pod_spec *s)
{
	uint32_t p = pod(b, s), to = scheduler_decide(&b->world, p).node;

	if (to == NONE)
		return NONE;
	framework_reserved(fw(b), p, to);
	cluster_pod_bind(&b->world.cluster, p, to, 1);
	return to;
}

static void test_first_fit(void **state)
{
	struct bench *b = under("first-fit", 4);

	(void)state;
	place(b, spec(b, 9500, GI), 0);
	assert_int_equal(go(b, spec(b, 1000, GI)), 1);
	assert_int_equal(go(b, spec(b, 1000, GI)), 1);
	assert_int_equal(go(b, spec(b, 500, GI)), 0);
	assert_int_equal(go(b, spec(b, 9000, GI)), 2);
	assert_int_equal(go(b, spec(b, 10001, GI)), NONE);
	end(b);
}

static void test_round_robin(void **state)
{
	static const uint32_t want[] = {0, 2, 3, 0, 2, 3, 0};
	struct bench *b = under("round-robin", 4);

	(void)state;
	place(b, spec(b, 10000, GI), 1); /* full, so passed over */
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(go(b, spec(b, 100, GI)), want[i]);
	end(b);
}

static void test_next_fit(void **state)
{
	struct bench *b = under("next-fit", 3);

	(void)state;
	assert_int_equal(go(b, spec(b, 6000, GI)), 0);
	assert_int_equal(go(b, spec(b, 3000, GI)), 0);
	assert_int_equal(go(b, spec(b, 3000, GI)), 1); /* 1000 left on 0 */
	assert_int_equal(go(b, spec(b, 500, GI)), 1);  /* first-fit would go back */
	assert_int_equal(go(b, spec(b, 9000, GI)), 2);
	assert_int_equal(go(b, spec(b, 1000, GI)), 2);
	assert_int_equal(go(b, spec(b, 1000, GI)), 0); /* in a circle */
	end(b);
}

/* Left after the pod, in shares of cpu and memory: 0.4 + 0.8, 0.7 + 0.4, 0.5 + 0.55. */
static void three_loads(struct bench *b)
{
	place(b, spec(b, 5000, 10 * GI), 0);
	place(b, spec(b, 2000, 50 * GI), 1);
	place(b, spec(b, 4000, 35 * GI), 2);
}

static void test_best_and_worst_fit(void **state)
{
	struct bench *best = under("best-fit", 3), *worst = under("worst-fit", 3);

	(void)state;
	three_loads(best);
	three_loads(worst);
	assert_int_equal(go(best, spec(best, 1000, 10 * GI)), 2);
	assert_int_equal(go(worst, spec(worst, 1000, 10 * GI)), 0);
	end(best);
	end(worst);
}

/* One thousandth of a core decides, whatever the scale of scores. */
static void test_tiny_differences_decide(void **state)
{
	struct bench *b = under("worst-fit", 50);

	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		if (i != 37)
			place(b, spec(b, 1, 0), i);
	assert_int_equal(go(b, spec(b, 100, GI)), 37);
	end(b);
}

/* Free shares 0.5/0.9, 0.8/0.5, 0.6/0.65 against a pod of 0.4/0.1: 0.29, 0.37, 0.305. */
static void test_dot_product(void **state)
{
	struct bench *b = under("dot-product", 3);

	(void)state;
	three_loads(b);
	assert_int_equal(go(b, spec(b, 4000, 10 * GI)), 1);
	end(b);
}

static void test_random_is_uniform(void **state)
{
	enum { NODES = 20, DRAWS = 20000 };
	struct bench *b = under("random", NODES);
	uint32_t hits[NODES] = {0};
	double chi = 0;

	(void)state;
	uint32_t p = pod(b, spec(b, 100, GI));
	for (int i = 0; i < DRAWS; i++)
		hits[scheduler_decide(&b->world, p).node]++;
	for (int i = 0; i < NODES; i++)
		chi += pow((double)hits[i] - (double)DRAWS / NODES, 2) / ((double)DRAWS / NODES);
	/* The seed is fixed: this says once that nothing is wrong, at an error of one in a thousand. */
	assert_true(gsl_cdf_chisq_Q(chi, NODES - 1) > 0.001);
	assert_true(gsl_cdf_chisq_P(chi, NODES - 1) > 0.001); /* nor too even to be random */
	end(b);
}

static uint32_t fullest(const char *name)
{
	struct bench *b = under(name, 100);
	struct pod_spec *s = spec(b, 10, GI);
	uint32_t most = 0, on[100] = {0};

	for (int i = 0; i < 1000; i++) {
		uint32_t to = go(b, s);

		most = ++on[to] > most ? on[to] : most;
	}
	end(b);
	return most;
}

/* Ten pods a node on average: one choice leaves about ten more on the fullest, two choices one or two (Mitzenmacher).
 */
static void test_two_choices(void **state)
{
	(void)state;
	assert_in_range(fullest("power-of-two-choices"), 11, 13);
	assert_in_range(fullest("random"), 16, 25);
	assert_int_equal(fullest("worst-fit"), 10);
	assert_int_equal(fullest("round-robin"), 10);
}

/* Equal nodes are drawn, not taken in order. */
static void test_ties_are_drawn(void **state)
{
	struct bench *b = under("best-fit", 10);
	uint32_t seen = 0;

	(void)state;
	uint32_t p = pod(b, spec(b, 100, GI));
	for (int i = 0; i < 200; i++)
		seen |= UINT32_C(1) << scheduler_decide(&b->world, p).node;
	assert_int_equal(seen, (1 << 10) - 1);
	end(b);
}

/* Every name that is offered is known, and an unknown one is not. */
static void test_names(void **state)
{
	struct sched_profile p;
	const char *name, *summary;
	uint32_t count = 0;

	(void)state;
	for (; (name = sched_profile_choice(count, &summary)) != NULL; count++) {
		assert_true(sched_profile_named(&p, name, 34));
		assert_true(strlen(summary) > 10);
		assert_true(p.filter.count >= 10);
	}
	assert_true(count >= 11);
	assert_false(sched_profile_named(&p, "NodeName", 34));
	assert_false(sched_profile_named(&p, "best", 34));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_round_robin),
		cmocka_unit_test(test_next_fit),
		cmocka_unit_test(test_best_and_worst_fit),
		cmocka_unit_test(test_tiny_differences_decide),
		cmocka_unit_test(test_dot_product),
		cmocka_unit_test(test_random_is_uniform),
		cmocka_unit_test(test_two_choices),
		cmocka_unit_test(test_ties_are_drawn),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
