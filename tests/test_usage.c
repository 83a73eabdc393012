/* test_usage.c - what containers use over time, QoS classes, and how CPU that is short slows a start. */
#include "tests/test.h"

#include <math.h>

#include "models/curve.h"
#include "tests/seen.h"

#define MIB 1048576.0

/* ---- curves ---- */

static struct curve parsed(struct arena *a, const char *text, bool milli)
{
	struct curve c;
	const char *wrong = curve_parse(a, text, milli, &c);

	if (wrong != NULL)
		fail_msg("%s: %s", text, wrong);
	return c;
}

static double value(const struct curve *c, double seconds)
{
	struct curve_state s = {0};
	struct rng r = rng_stream(1, 0, 0, 0);

	return curve_at(c, time_from_seconds(seconds), &s, &r);
}

static void curves_are_read(void **state)
{
	struct arena a = {0};
	struct curve c = parsed(&a, "200Mi", false);

	(void)state;
	assert_true(value(&c, 1e6) == 200 * MIB);
	c = parsed(&a, "1500m", true);
	assert_true(value(&c, 0) == 1500);
	c = parsed(&a, " steps( 0s 100Mi , 5m 300Mi,10m 50Mi ) ", false);
	assert_true(value(&c, 0) == 100 * MIB && value(&c, 299.999) == 100 * MIB && value(&c, 300) == 300 * MIB &&
		    value(&c, 1e5) == 50 * MIB);
	c = parsed(&a, "wave(100, 300, 10m)", false);
	assert_true(c.by_clock && fabs(value(&c, 0) - 100) < 1e-9 && fabs(value(&c, 150) - 200) < 1e-9 &&
		    fabs(value(&c, 300) - 300) < 1e-9 && fabs(value(&c, 1500) - 300) < 1e-9);
	arena_release(&a);
}

static void wrong_curves_are_refused(void **state)
{
	static const char *const wrong[] = {"",
					    "many",
					    "-5",
					    "steps()",
					    "steps(5m 1, 5m 2)",
					    "steps(5m 1, 1m 2)",
					    "steps(0s 1",
					    "wave(3, 1, 10m)",
					    "wave(1, 3)",
					    "wave(1, 3, 0s)",
					    "walk(1, 3, 1)",
					    "walk(1, 3, 1, 1ms)",
					    "ramp(1, 2)",
					    "5 6",
					    "1e30"};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct curve c = {.low = 7};

		assert_non_null(curve_parse(&a, wrong[i], false, &c));
		assert_true(c.low == 7);
	}
	arena_release(&a);
}

static void samples_are_read(void **state)
{
	struct arena a = {0};
	struct curve c;
	uint32_t line;

	(void)state;
	assert_null(curve_parse_samples(&a, "time,bytes\n# a remark\n0,1Mi\r\n10.5,2Mi\n\n20,0\n", false, &c, &line));
	assert_true(c.by_clock && c.count == 3);
	assert_true(value(&c, 10.4) == MIB && value(&c, 10.5) == 2 * MIB && value(&c, 99) == 0);
	assert_non_null(curve_parse_samples(&a, "0,1\n0,2\n", false, &c, &line));
	assert_int_equal(line, 2);
	assert_non_null(curve_parse_samples(&a, "0,1\nx,2\n", false, &c, &line));
	assert_non_null(curve_parse_samples(&a, "0,1,2\n", false, &c, &line));
	assert_non_null(curve_parse_samples(&a, "\n", false, &c, &line));
	arena_release(&a);
}

/* Reflected steps stay within bounds, look uniform over them in the long run, and do not depend on how often one looks.
 */
static void walks_stay_within_bounds(void **state)
{
	struct arena a = {0};
	struct curve c = parsed(&a, "walk(100, 300, 40, 1s)", false);
	struct rng r = rng_stream(3, 0, 0, 0);
	struct curve_state often = {0}, seldom = {0};
	double sum = 0, squares = 0;
	int n = 200000;

	(void)state;
	for (int i = 0; i < n; i++) {
		double x = curve_at(&c, SECONDS(i), &often, &r);

		assert_true(x >= 100 && x <= 300);
		sum += x;
		squares += (x - 200) * (x - 200);
		if (i % 1000 == 999)
			assert_true(x == curve_at(&c, SECONDS(i), &seldom, &r));
	}
	/* Uniform: mean 200, variance 200^2 / 12; the walk forgets within some 30 steps. */
	within("mean", sum / n, 198, 202);
	within("variance", squares / n, 0.95 * 40000 / 12, 1.05 * 40000 / 12);
	arena_release(&a);
}

/* curve_passes() against looking at every moment. */
static void passing_a_level_is_found(void **state)
{
	static const char *const text[] = {"100", "steps(0s 10, 7s 90, 20s 40, 33s 120)", "wave(10, 200, 40s)",
					   "walk(10, 200, 30, 1s)"};
	struct arena a = {0};
	struct rng r = rng_stream(5, 0, 0, 0);

	(void)state;
	for (size_t i = 0; i < COUNT(text); i++)
		for (double level = 5; level < 220; level += 5)
			for (int from = 0; from < 50; from += 7) {
				struct curve c = parsed(&a, text[i], false);
				struct curve_state s = {0}, look = {0};
				sim_time end = SECONDS(100), first = SIM_NEVER, step = MILLIS(25);
				sim_time found = curve_passes(&c, SECONDS(from), end, level, s, &r);

				for (sim_time t = SECONDS(from); t <= end && first == SIM_NEVER; t += step)
					if (curve_at(&c, t, &look, &r) > level)
						first = t;
				/* A wave that only touches the level between two looks may be missed. */
				if (c.kind == CURVE_WAVE && level >= 199)
					continue;
				assert_true((found == SIM_NEVER) == (first == SIM_NEVER));
				if (first != SIM_NEVER)
					within("passes", time_seconds(found), time_seconds(first) - 0.65,
					       time_seconds(first) + 0.65);
			}
	arena_release(&a);
}

static void growth_passes_its_limit_exactly(void **state)
{
	struct curve c = {.low = 100, .high = 100, .growth = 0.5};
	struct curve_state s = {0};
	struct rng r = rng_stream(1, 0, 0, 0);

	(void)state;
	assert_true(curve_passes(&c, 0, SECONDS(1000), 200, s, &r) == SECONDS(200) + 1);
	assert_true(curve_passes(&c, 0, SECONDS(199), 200, s, &r) == SIM_NEVER);
	assert_true(curve_passes(&c, SECONDS(300), SECONDS(1000), 200, s, &r) == SECONDS(300));
}

/* ---- QoS ---- */

static void qos_follows_requests_and_limits(void **state)
{
	static const struct {
		const char *containers;
		enum qos qos;
	} cases[] = {
		{"containers: [{name: c, image: i}]", QOS_BEST_EFFORT},
		{"containers: [{name: c, image: i, resources: {requests: {ephemeral-storage: 1Gi}}}]", QOS_BEST_EFFORT},
		{"containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}]", QOS_BURSTABLE},
		{"containers: [{name: c, image: i, resources: {limits: {cpu: 1}}}]", QOS_BURSTABLE},
		{"containers: [{name: c, image: i, resources: {limits: {cpu: 1, memory: 1Gi}}}]", QOS_GUARANTEED},
		{"containers: [{name: c, image: i, resources: {requests: {cpu: 500m}, limits: {cpu: 1, memory: 1Gi}}}]",
		 QOS_BURSTABLE},
		{"containers: [{name: c, image: i, resources: {limits: {cpu: 1, memory: 1Gi}}}, {name: d, image: i}]",
		 QOS_BURSTABLE},
		{"initContainers: [{name: n, image: i}], containers: [{name: c, image: i, resources: {limits: {cpu: 1, "
		 "memory: 1Gi}}}]",
		 QOS_BURSTABLE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct loaded l;

		load_text(&l,
			  text_format(&a, "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {%s}}\n",
				      cases[i].containers),
			  NULL, 0);
		assert_int_equal(l.result, 0);
		assert_int_equal(l.scenario.objects.pod[0].spec->qos, cases[i].qos);
		unload(&l);
		arena_release(&a);
	}
}

/* ---- CPU ---- */

/* Two pods on a node of one core, which both need 10 s of what they ask for to be ready; rolled out from nothing with
 * all latencies fixed. Returns the time from the last start until each can serve. */
static void start_two(const char *first, const char *second, double ready[2])
{
	struct arena a = {0};
	struct seen s;
	double begun = 0;

	run_text(
		&s, &a, 1,
		text_format(
			&a,
			"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, start: "
			"empty, duration: 10m, nodeGroups: [{name: n, count: 1, capacity: {cpu: 1, memory: 4Gi}}], "
			"latencies: {podSetup: 0s, sandbox: 0s, containerCreate: 0s, containerStart: 0s, scheduling: "
			"0s, binding: 0s, watch: 0s, apiWrite: 0s, appReady: 10s}}}\n---\n"
			"{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {%s}}, spec: {containers: "
			"[{name: c, image: i, resources: {requests: {cpu: 300m}}}]}}\n---\n"
			"{apiVersion: v1, kind: Pod, metadata: {name: q, annotations: {%s}}, spec: {containers: "
			"[{name: c, image: i, resources: {requests: {cpu: 100m}}}]}}\n",
			first, second));
	for (uint32_t i = 0; i < 2; i++)
		begun = fmax(begun, at(nth(&s, FACT_POD_STARTED, -1, i)));
	for (uint32_t i = 0; i < 2; i++) {
		const struct fact *f = nth(&s, FACT_POD_SERVING, -1, i);

		assert_non_null(f);
		ready[f->pod] = at(f) - begun;
	}
	arena_release(&a);
}

/* What p and q are given is known in closed form: shares 3 : 1 of one core. */
static void short_cpu_slows_starts(void **state)
{
	double ready[2];

	(void)state;
	start_two("nodefall.io/cpu: 400m", "nodefall.io/cpu: 400m", ready); /* there is enough */
	within("p", ready[0], 9.99, 10.01);
	within("q", ready[1], 9.99, 10.01);
	/* p: 750m of 1500m, ready after 20 s; q: 250m of 500m, likewise. */
	start_two("nodefall.io/cpu: 1500m", "nodefall.io/cpu: 500m", ready);
	within("p", ready[0], 19.9, 20.1);
	within("q", ready[1], 19.9, 20.1);
	/* p asks for less than its share: 500m; q has the other 500m of 1000m. */
	start_two("nodefall.io/cpu: 500m", "nodefall.io/cpu: '1'", ready);
	within("p", ready[0], 9.9, 10.1);
	within("q", ready[1], 19.9, 20.1);
	/* q is alone from 20 s on: p burns 3 cores for 20 s, 750m are left to ... q has a quarter of its 1 until then:
	 * 5 s of work done, the other 5 s at full pace. */
	start_two("nodefall.io/cpu: 'steps(0s 3, 20s 0)', nodefall.io/ready-after: 1s", "nodefall.io/cpu: '1'", ready);
	within("q", ready[1], 24.0, 26.1);
}

/* A limit below what is asked for slows a start on an idle node too (CFS quota). */
static void limits_throttle(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_text(&s, &a, 1,
		 "{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, start: empty, "
		 "duration: 10m, nodeGroups: [{name: n, count: 1}], latencies: {appReady: 10s}}}\n---\n"
		 "{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {nodefall.io/cpu: '2'}}, spec: "
		 "{containers: "
		 "[{name: c, image: i, resources: {limits: {cpu: 500m}}}]}}\n");
	within("ready", at(nth(&s, FACT_POD_SERVING, -1, 0)) - at(nth(&s, FACT_POD_STARTED, -1, 0)), 39.99, 40.01);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curves_are_read),
		cmocka_unit_test(wrong_curves_are_refused),
		cmocka_unit_test(samples_are_read),
		cmocka_unit_test(walks_stay_within_bounds),
		cmocka_unit_test(passing_a_level_is_found),
		cmocka_unit_test(growth_passes_its_limit_exactly),
		cmocka_unit_test(qos_follows_requests_and_limits),
		cmocka_unit_test(short_cpu_slows_starts),
		cmocka_unit_test(limits_throttle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
