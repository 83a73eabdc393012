/* test_kubelet.c - the life of a pod's containers against the rules of kubernetes-control-plane.md section 5, at their
 * bounds and on both sides of their version switches. */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#include "models/kubelet_steps.h"
#include "sim/stats.h"
#include "tests/seen.h"

/* A pod called p on a node called n-0, with images there; what follows "spec:" of the Scenario and of the Pod. */
static void run_pod(struct seen *s, struct arena *a, uint64_t seed, const char *scenario, const char *annotations,
		    const char *pod)
{
	run_text(s, a, seed,
		 text_format(a,
			     "{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, "
			     "nodeGroups: [{name: n, count: 1}], %s}}\n---\n"
			     "{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {%s}}, spec: {%s}}\n",
			     scenario, annotations, pod));
}

/* One create and start takes at most this long, with the default lognormals (10 sigma). */
#define CREATE_MAX 7.0

/* ---- restarts ---- */

/* Delay before restart n: 0, 10, 20, ... up to cap from the container's finish, then the next sync (5.6). */
static void crash_loop(const char *version, const char *timers, double first, double cap, bool at_expiry)
{
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct arena a = {0};
		struct seen s;
		double back_off = 0;

		run_pod(&s, &a, seed,
			text_format(&a, "kubernetes: \"%s\", duration: 1h, timers: {%s}", version, timers),
			"nodefall.io/run-for: 1s, nodefall.io/exit-code: \"3\"", "containers: [{name: c, image: i}]");
		for (uint32_t n = 0; nth(&s, FACT_CONTAINER_STARTED, 0, n) != NULL; n++) {
			const struct fact *end = nth(&s, FACT_CONTAINER_EXITED, 0, n),
					  *start = nth(&s, FACT_CONTAINER_STARTED, 0, n);
			double slack = at_expiry ? 0.5 * fmin(back_off, 60) + 1 : 15;

			/* In the initial state the first run was not told. */
			assert_int_equal(end->a, 3);
			assert_int_equal(start->flag, n + 1);
			within("restart", at(start) - at(end), back_off,
			       back_off + (back_off > 0 ? slack : 0) + 1 + CREATE_MAX);
			if (n > 0) {
				const struct fact *wait = nth(&s, FACT_CONTAINER_WAITS, 0, n - 1);

				assert_int_equal(wait->flag, REASON_CRASH_LOOP_BACK_OFF);
				within("back-off", time_seconds(wait->b), back_off, back_off);
			}
			back_off = back_off == 0 ? first : fmin(2 * back_off, cap);
		}
		assert_true(back_off >= cap);
		arena_release(&a);
	}
}

static void crash_loop_backs_off(void **state)
{
	(void)state;
	crash_loop("1.20", "", 10, 300, false);
	crash_loop("1.34", "", 10, 300, false);
	crash_loop("1.35", "", 10, 300, true);
	crash_loop("1.32", "maxContainerRestartPeriod: 45s", 10, 45, false);
	crash_loop("1.34", "maxContainerRestartPeriod: 5s", 5, 5, false);
	crash_loop("1.33", "reduceDefaultCrashLoopBackoffDecay: true", 1, 60, false);
}

/* A run of more than 10 min since the last back-off lets it begin anew (5.6). */
static void ten_minutes_reset_the_back_off(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, 1, "duration: 3h", "nodefall.io/run-for: 602s", "containers: [{name: c, image: i}]");
	assert_null(nth(&s, FACT_CONTAINER_WAITS, 0, 0));
	assert_non_null(nth(&s, FACT_CONTAINER_STARTED, 0, 10));
	/* Back-off counts from the finish, however long it ran, while it ran less than 10 min. */
	run_pod(&s, &a, 1, "duration: 3h, latencies: {containerStart: 0s, containerCreate: 0s}",
		"nodefall.io/run-for: 599s", "containers: [{name: c, image: i}]");
	for (uint32_t n = 0; n < 5; n++)
		within("back-off", time_seconds(nth(&s, FACT_CONTAINER_WAITS, 0, n)->b), 10 << n, 10 << n);
	arena_release(&a);
}

static void restart_policies(void **state)
{
	static const struct {
		const char *policy, *code;
		uint32_t restarts;
		int phase;
	} cases[] = {{"Never", "0", 0, PHASE_SUCCEEDED},
		     {"Never", "1", 0, PHASE_FAILED},
		     {"OnFailure", "0", 0, PHASE_SUCCEEDED},
		     {"OnFailure", "1", 2, PHASE_SUCCEEDED}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, 1, "duration: 10m",
			text_format(&a,
				    "nodefall.io/run-for: 5s, nodefall.io/exits: \"2\", nodefall.io/exit-code: \"%s\"",
				    cases[i].code),
			text_format(&a, "restartPolicy: %s, containers: [{name: c, image: i}]", cases[i].policy));
		const struct fact *phase = nth(&s, FACT_POD_PHASE, -1, 1);
		assert_non_null(phase);
		assert_int_equal(phase->flag, cases[i].phase);
		assert_true((nth(&s, FACT_CONTAINER_EXITED, 0, cases[i].restarts) != NULL));
		assert_null(nth(&s, FACT_CONTAINER_EXITED, 0, cases[i].restarts + 1));
		arena_release(&a);
	}
}

/* ---- init containers and sidecars ---- */

static void init_containers_come_in_order(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, 1, "duration: 5m, start: empty, latencies: {pleg: 500ms}",
		"nodefall.io/run-for.one: 10s, nodefall.io/run-for.two: 20s, nodefall.io/exit-code.two: \"1\", "
		"nodefall.io/exits.two: \"1\", nodefall.io/ready-after.side: 7s",
		"initContainers: [{name: one, image: i}, {name: side, image: i, restartPolicy: Always, startupProbe: "
		"{periodSeconds: 1, failureThreshold: 60}}, {name: two, image: i}], containers: [{name: c, image: i}, "
		"{name: d, "
		"image: i}]");
	double one = at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), side = at(nth(&s, FACT_CONTAINER_STARTED, 1, 0));
	double two = at(nth(&s, FACT_CONTAINER_STARTED, 2, 0)), failed = at(nth(&s, FACT_CONTAINER_EXITED, 2, 0));
	double again = at(nth(&s, FACT_CONTAINER_STARTED, 2, 1)), done = at(nth(&s, FACT_CONTAINER_EXITED, 2, 1));
	double c = at(nth(&s, FACT_CONTAINER_STARTED, 3, 0)), d = at(nth(&s, FACT_CONTAINER_STARTED, 4, 0));

	within("each must exit", one - at(nth(&s, FACT_CONTAINER_STARTED, 0, 0)), 10, 10);
	within("the next after a relist", side - one, 0.5, 0.5 + CREATE_MAX);
	within("a sidecar has started when its startup probe passes", two - side, 7, 8.5 + CREATE_MAX);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 2, 0)->a, 1);
	within("a failed one is run again", again - failed, 0.5, 0.5 + CREATE_MAX);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 2, 1)->a, 0);
	within("then the main ones", c - done, 0.5, 0.5 + CREATE_MAX);
	within("one after the other", d - c, 0.01, CREATE_MAX);
	assert_null(nth(&s, FACT_CONTAINER_STARTED, 0, 1));
	within("all started", at(nth(&s, FACT_POD_STARTED, -1, 0)), d, d);
	run_pod(&s, &a, 1, "duration: 5m, start: empty", "nodefall.io/exit-code.one: \"1\"",
		"restartPolicy: Never, initContainers: [{name: one, image: i}], containers: [{name: c, image: i}]");
	assert_int_equal(nth(&s, FACT_POD_PHASE, -1, 0)->flag, PHASE_FAILED);
	assert_null(nth(&s, FACT_POD_STARTED, -1, 0));
	arena_release(&a);
}

/* ---- probes ---- */

/* The arithmetic against counting one by one. */
static void ticks_are_what_counting_gives(void **state)
{
	struct rng r = rng_stream(1, 0, 0, 0);

	(void)state;
	for (int k = 0; k < 3000; k++) {
		struct probe p = {.present = true, .initial_delay = rng_below(&r, 30), .period = 1 + rng_below(&r, 12)};
		sim_time from = (sim_time)rng_below(&r, 40) - 20, started = rng_below(&r, 20);
		sim_time after = started + rng_below(&r, 60) - 1, until = after + rng_below(&r, 60);
		uint32_t n = 1 + rng_below(&r, 5), count = 0, found = 0;
		sim_time tick = from, nth_tick = -1;

		for (; found < n || tick <= until; tick += p.period) {
			if (tick < from || tick < started + p.initial_delay || tick <= after)
				continue;
			count += tick <= until;
			if (++found == n)
				nth_tick = tick;
		}
		assert_int_equal(probe_ticks(&p, from, started, after, until), count);
		assert_int_equal(probe_tick(&p, from, started, after, n), nth_tick);
	}
}

/* Typical hang detection: U(0,10) + 2*10 + 1 s timeout = 21-31 s with defaults (5.5). */
static void a_hang_is_found_in_21_to_31_seconds(void **state)
{
	double sum = 0, low = 99, high = 0;
	const int runs = 300;

	(void)state;
	for (int seed = 1; seed <= runs; seed++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, (uint64_t)seed, "duration: 10m, actions: [{at: 2m, app: hang pod/p}]", "",
			"terminationGracePeriodSeconds: 7, containers: [{name: c, image: i, livenessProbe: {}}]");
		const struct fact *found = nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0);
		double took = at(found) - 120;

		within("detection", took, 21, 31);
		/* What hangs is killed after the whole grace period, then restarted at once and healthy. */
		within("killed", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)) - at(found), 7, 7);
		assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0)->a, 137);
		within("restarted",
		       at(nth(&s, FACT_CONTAINER_STARTED, 0, 0)) - at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 0,
		       1 + CREATE_MAX);
		assert_null(nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 1));
		sum += took;
		low = fmin(low, took);
		high = fmax(high, took);
		arena_release(&a);
	}
	within("mean detection", sum / runs, 26 - 4 * 10 / sqrt(12.0 * runs), 26 + 4 * 10 / sqrt(12.0 * runs));
	assert_true(low < 22 && high > 30);
}

/* Thresholds, and a recovery before the last failure is due. */
static void readiness_has_thresholds(void **state)
{
	static const char probe[] =
		"containers: [{name: c, image: i, readinessProbe: {periodSeconds: 5, failureThreshold: 4, "
		"successThreshold: 3}}]";
	struct arena a = {0};
	struct seen s;

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		run_pod(&s, &a, seed, "duration: 10m, actions: [{at: 2m, app: unready pod/p --for=2m}]", "", probe);
		within("unready", at(nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0)) - 120, 15, 20);
		within("Ready=False", at(nth(&s, FACT_POD_READY, -1, 1)) - 120, 15, 20.1);
		within("Ready again", at(nth(&s, FACT_POD_READY, -1, 2)) - 240, 10, 15.1);
		assert_null(nth(&s, FACT_CONTAINER_EXITED, 0, 0));
		/* Fewer failures than the threshold change nothing, even when they come again. */
		run_pod(&s, &a, seed,
			"duration: 10m, actions: [{at: 2m, app: unready pod/p --for=14s}, {at: 3m, app: unready pod/p "
			"--for=14s}]",
			"", probe);
		assert_null(nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0));
		assert_null(nth(&s, FACT_POD_READY, -1, 1));
	}
	arena_release(&a);
}

/* From its start until the pod is Ready, for a container that can serve at once: the first probe is made when the
 * kubelet has seen it, in 1.20 after U(0, period). */
static double readiness_delay(const char *version, const char *extra)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, seed,
			text_format(&a,
				    "kubernetes: \"%s\", duration: 10m, latencies: {pleg: 0s}, actions: [{at: 1m, app: "
				    "exit pod/p}]",
				    version),
			"", text_format(&a, "containers: [{name: c, image: i, readinessProbe: {%s}}]", extra));
		double took = at(nth(&s, FACT_POD_READY, -1, 2)) - at(nth(&s, FACT_CONTAINER_STARTED, 0, 0));
		sum += took;
		arena_release(&a);
	}
	return sum / 60;
}

static void the_first_probe_waits_in_1_20_only(void **state)
{
	(void)state;
	within("1.20", readiness_delay("1.20", ""), 3.5, 6.5);
	within("1.21", readiness_delay("1.21", ""), 0, 0.1);
	within("initial delay, to the next tick", readiness_delay("1.34", "initialDelaySeconds: 13"), 13, 20.1);
}

static void a_startup_probe_kills_what_does_not_start(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	/* In the initial state all is well; the second run takes 100 s to answer, and 5 failures of 10 s are allowed.
	 */
	run_pod(&s, &a, 1, "duration: 5m, latencies: {pleg: 0s}, actions: [{at: 1m, app: exit pod/p}]",
		"nodefall.io/ready-after: 100s, nodefall.io/stop-after: 0s",
		"containers: [{name: c, image: i, startupProbe: {failureThreshold: 5}, livenessProbe: {periodSeconds: "
		"1, "
		"failureThreshold: 1}}]");
	const struct fact *bad = nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0);
	assert_int_equal(bad->flag, PROBE_STARTUP);
	within("killed at the fifth failure", at(bad) - at(nth(&s, FACT_CONTAINER_STARTED, 0, 0)), 40, 40.001);
	run_pod(&s, &a, 1, "duration: 5m, latencies: {pleg: 0s}, actions: [{at: 1m, app: exit pod/p}]",
		"nodefall.io/ready-after: 100s, nodefall.io/stop-after: 0s",
		"containers: [{name: c, image: i, startupProbe: {failureThreshold: 12}, livenessProbe: {periodSeconds: "
		"1, "
		"failureThreshold: 1}, readinessProbe: {periodSeconds: 60}}]");
	assert_null(nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0));
	within("ready with the startup probe",
	       at(nth(&s, FACT_POD_READY, -1, 2)) - at(nth(&s, FACT_CONTAINER_STARTED, 0, 0)), 100, 110.1);
	arena_release(&a);
}

static void probes_that_pass_cost_no_events(void **state)
{
	struct arena a = {0};
	struct seen plain, probed;

	(void)state;
	run_pod(&plain, &a, 1, "duration: 24h", "", "containers: [{name: c, image: i}]");
	run_pod(&probed, &a, 1, "duration: 24h", "",
		"containers: [{name: c, image: i, startupProbe: {}, livenessProbe: {}, readinessProbe: {periodSeconds: "
		"1}}]");
	assert_int_equal(plain.events, probed.events);
	arena_release(&a);
}

/* ---- termination ---- */

static void stop(struct seen *s, struct arena *a, const char *annotations, const char *pod)
{
	run_pod(s, a, 1,
		"duration: 10m, latencies: {apiWrite: 0s, watch: 0s}, actions: [{at: 1m, kubectl: delete pod p}]",
		annotations, pod);
}

static void termination_keeps_its_order(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	stop(&s, &a, "nodefall.io/stop-after: 3s", "containers: [{name: c, image: i}]");
	within("SIGTERM is heeded", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 63, 63);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0)->a, 143);
	stop(&s, &a, "nodefall.io/stop-after: 1h",
	     "terminationGracePeriodSeconds: 9, containers: [{name: c, image: i}]");
	within("SIGKILL", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 69, 69);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0)->a, 137);
	stop(&s, &a, "nodefall.io/stop-after: 1h",
	     "terminationGracePeriodSeconds: 0, containers: [{name: c, image: i}]");
	within("never less than 2 s", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 62, 62);
	/* preStop inside the grace period, then SIGTERM with the rest, at least 2 s. */
	stop(&s, &a, "nodefall.io/stop-after: 4s",
	     "containers: [{name: c, image: i, lifecycle: {preStop: {sleep: {seconds: 8}}}}]");
	within("preStop first", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 72, 72);
	stop(&s, &a, "nodefall.io/stop-after: 1h, nodefall.io/pre-stop-for: 1h",
	     "terminationGracePeriodSeconds: 20, containers: [{name: c, image: i, lifecycle: {preStop: {exec: "
	     "{command: [x]}}}}]");
	within("preStop cut", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 82, 82);
	/* Main containers in parallel, then sidecars in reverse order. */
	stop(&s, &a,
	     "nodefall.io/stop-after.c: 5s, nodefall.io/stop-after.d: 2s, nodefall.io/stop-after.a: 3s, "
	     "nodefall.io/stop-after.b: 4s",
	     "initContainers: [{name: a, image: i, restartPolicy: Always}, {name: b, image: i, restartPolicy: "
	     "Always}], "
	     "containers: [{name: c, image: i}, {name: d, image: i}]");
	within("main", at(nth(&s, FACT_CONTAINER_EXITED, 2, 0)), 65, 65);
	within("main", at(nth(&s, FACT_CONTAINER_EXITED, 3, 0)), 62, 62);
	within("second sidecar", at(nth(&s, FACT_CONTAINER_EXITED, 1, 0)), 69, 69);
	within("first sidecar", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 72, 72);
	within("removed", at(nth(&s, FACT_POD_REMOVED, -1, 0)), 72, 73);
	arena_release(&a);
}

/* ---- jobs, gates, the sum of the steps ---- */

static void sidecars_end_with_their_job(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, 1, "duration: 10m", "nodefall.io/run-for.c: 1m, nodefall.io/stop-after.side: 2s",
		"restartPolicy: Never, initContainers: [{name: side, image: i, restartPolicy: Always}], containers: "
		"[{name: c, "
		"image: i}]");
	within("succeeded", at(nth(&s, FACT_POD_PHASE, -1, 1)), 62, 64.1);
	run_pod(&s, &a, 1, "duration: 10m", "nodefall.io/run-for.c: 1m",
		"restartPolicy: Never, containers: [{name: c, image: i}, {name: side, image: i}]");
	assert_null(nth(&s, FACT_POD_PHASE, -1, 1));
	arena_release(&a);
}

static void readiness_gates_hold_readiness(void **state)
{
	static const char pod[] =
		"readinessGates: [{conditionType: example.com/ready}], containers: [{name: c, image: i}]";
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, 1, "duration: 5m, start: empty", "nodefall.io/gate-after: 20s", pod);
	within("gate", at(nth(&s, FACT_POD_READY, -1, 0)) - at(nth(&s, FACT_POD_STARTED, -1, 0)), 20, 21.1);
	run_pod(&s, &a, 1, "duration: 5m, start: empty", "", pod);
	assert_non_null(nth(&s, FACT_POD_STARTED, -1, 0));
	assert_null(nth(&s, FACT_POD_READY, -1, 0));
	arena_release(&a);
}

static double variance(double median, double sigma)
{
	double m = exp(sigma * sigma);

	return median * median * m * (m - 1);
}

/* From binding to the start of the last of three containers: the sum of the steps' distributions. */
static void start_up_is_the_sum_of_its_steps(void **state)
{
	const int runs = 2000;
	const double mean = exp(0.02) * (1.2 + 0.8 + 3 * (0.4 + 0.4)),
		     var = variance(1.2, 0.2) + variance(0.8, 0.2) + 6 * variance(0.4, 0.2);
	struct moments m = {0};

	(void)state;
	for (int seed = 1; seed <= runs; seed++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, (uint64_t)seed, "duration: 1m, start: empty, latencies: {watch: 0s}", "",
			"containers: [{name: a, image: i}, {name: b, image: i}, {name: c, image: i}]");
		moments_add(&m, at(nth(&s, FACT_POD_STARTED, -1, 0)) - at(nth(&s, FACT_POD_BOUND, -1, 0)));
		arena_release(&a);
	}
	within("mean", m.mean, mean - 4 * sqrt(var / runs), mean + 4 * sqrt(var / runs));
	within("variance", moments_sd(&m) * moments_sd(&m), 0.85 * var, 1.15 * var);
}

/* ---- the runtime ---- */

#define DOWN(seconds) "actions: [], failures: [{at: 2m, kind: runtime-stop, node: n-0, for: " #seconds "s}], "

/* 30 s, a check every 5 s, the status loop of 10 s (1.2); the containers' fate is the runtime's. */
static void a_runtime_that_is_down(void **state)
{
	static const char pod[] = "containers: [{name: c, image: i}]";
	struct arena a = {0};
	struct seen s;

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		run_pod(&s, &a, seed, DOWN(29) "duration: 10m", "", pod);
		assert_null(nth(&s, FACT_NODE_READY, -1, 0));
		assert_null(nth(&s, FACT_CONTAINER_EXITED, -1, 0));
		run_pod(&s, &a, seed, DOWN(60) "duration: 10m, latencies: {apiWrite: 0s}", "", pod);
		within("Ready=False", at(nth(&s, FACT_NODE_READY, -1, 0)) - 120, 30, 45);
		within("Ready=True", at(nth(&s, FACT_NODE_READY, -1, 1)) - 180, 0, 15);
		assert_null(nth(&s, FACT_CONTAINER_EXITED, -1, 0));
		run_pod(&s, &a, seed, DOWN(60) "duration: 10m, kubernetes: \"1.23\", runtime: dockershim", "", pod);
		within("dockerd takes its containers down", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)) - 120, 0, 15.6);
		within("and they start when it is back", at(nth(&s, FACT_CONTAINER_STARTED, -1, 0)) - 180, 0, 15);
		run_pod(&s, &a, seed,
			DOWN(60) "duration: 10m, kubernetes: \"1.23\", runtime: dockershim, liveRestore: true", "",
			pod);
		assert_null(nth(&s, FACT_CONTAINER_EXITED, -1, 0));
	}
	/* Nothing is noticed or started meanwhile: a crash waits. */
	run_pod(&s, &a, 1,
		"failures: [{at: 2m, kind: runtime-stop, node: n-0, for: 60s}], actions: [{at: 130s, app: exit pod/p}]",
		"", pod);
	within("restart", at(nth(&s, FACT_CONTAINER_STARTED, -1, 0)), 180, 184);
	arena_release(&a);
}

static void runtimes_are_accepted_as_history_was(void **state)
{
	static const struct {
		const char *runtime;
		int from, to;
	} rule[] = {{"dockershim", 20, 23},
		    {"cri-dockerd", 20, 36},
		    {"containerd", 20, 36},
		    {"cri-o", 20, 36},
		    {"rkt", 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++)
		for (int minor = 20; minor <= 36; minor++) {
			struct loaded l;
			char text[200];

			snprintf(text, sizeof(text),
				 "{apiVersion: nodefall/v1, kind: Scenario, spec: {kubernetes: \"1.%d\", nodeGroups: "
				 "[{name: n, "
				 "count: 1, runtime: %s}]}}",
				 minor, rule[i].runtime);
			load_text(&l, text, NULL, 0);
			assert_int_equal(l.result == 0, minor >= rule[i].from && minor <= rule[i].to);
			if (minor == 24 && i == 0)
				assert_non_null(strstr(l.said.data, "use containerd, or cri-dockerd"));
			unload(&l);
		}
}

/* Start-up with a runtime's own steps: setup, sandbox, CNI, create and start. */
static void runtimes_differ_by_their_steps(void **state)
{
	static const char *const name[] = {"containerd", "cri-o", "cri-dockerd"};
	static const double median[][3] = {{0.09, 0.08, 0.087}, {0.095, 0.08, 0.095}, {0.175, 0.08, 0.16}};
	static const double sigma[][3] = {{0.35, 0.6, 0.35}, {0.35, 0.6, 0.35}, {0.4, 0.6, 0.4}};

	(void)state;
	for (int k = 0; k < 3; k++) {
		struct moments m = {0};
		double mean = 0, var = 0;

		for (int i = 0; i < 3; i++) {
			mean += median[k][i] * exp(sigma[k][i] * sigma[k][i] / 2);
			var += variance(median[k][i], sigma[k][i]);
		}
		for (int seed = 1; seed <= 1000; seed++) {
			struct arena a = {0};
			struct seen s;

			run_pod(&s, &a, (uint64_t)seed,
				text_format(
					&a,
					"duration: 1m, start: empty, runtime: %s, latencies: {watch: 0s, podSetup: 0s}",
					name[k]),
				"", "containers: [{name: a, image: i}]");
			moments_add(&m, at(nth(&s, FACT_POD_STARTED, -1, 0)) - at(nth(&s, FACT_POD_BOUND, -1, 0)));
			arena_release(&a);
		}
		within(name[k], m.mean, mean - 4 * sqrt(var / 1000), mean + 4 * sqrt(var / 1000));
	}
}

/* A container's limit is its own (5.10): killed when its memory passes it, its neighbour runs on. */
static void memory_beyond_the_limit_kills_one_container(void **state)
{
	static const char pod[] =
		"containers: [{name: c, image: i, resources: {limits: {memory: 300Mi}}}, {name: d, image: i}]";
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, 1, "duration: 15m", "nodefall.io/memory.c: 100Mi, nodefall.io/memory-growth.c: 20Mi", pod);
	within("OOM kill", at(nth(&s, FACT_CONTAINER_EXITED, 0, 0)), 600, 600.001);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0)->a, 137);
	assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0)->flag, REASON_OOM_KILLED);
	within("restart", at(nth(&s, FACT_CONTAINER_STARTED, 0, 0)), 600, 602 + CREATE_MAX);
	assert_null(nth(&s, FACT_CONTAINER_EXITED, 1, 0));
	run_pod(&s, &a, 1, "duration: 15m", "nodefall.io/memory.c: 300Mi", pod);
	assert_null(nth(&s, FACT_CONTAINER_EXITED, -1, 0));
	arena_release(&a);
}

/* ---- images ---- */

/* Pods with an image of one layer each on `nodes` nodes, all from nothing; 100 MiB, manifest 1 s, 50 MiB/s a node,
 * unpacking 2.5 s. */
static void pull(struct seen *s, struct arena *a, int nodes, int pods, const char *registry, const char *timers,
		 const char *policy)
{
	struct text t;

	text_init(&t, a);
	text_printf(
		&t,
		"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {start: empty, duration: 1h, "
		"registry: {nodeBandwidth: 50, latency: 1s, %s}, timers: {%s}, latencies: {podSetup: 0s, sandbox: 0s, "
		"containerCreate: 0s, containerStart: 0s}, nodeGroups: [{name: n, count: %d, capacity: {pods: %d}}], "
		"images: [",
		registry, timers, nodes, pods / nodes);
	for (int i = 0; i < pods; i++)
		text_printf(&t, "%s{name: i%d, layers: [{name: l%d, size: 100Mi}]}", i > 0 ? ", " : "", i, i);
	text_add(&t, "]}}\n");
	for (int i = 0; i < pods; i++)
		text_printf(&t,
			    "---\n{apiVersion: v1, kind: Pod, metadata: {name: p%d}, spec: {containers: [{name: c, "
			    "image: i%d, "
			    "imagePullPolicy: %s}]}}\n",
			    i, i, policy);
	run_text(s, a, 1, t.data);
}

/* When the k-th pod (from 0) had its image, counted from the first sandbox. */
static double pulled(const struct seen *s, uint32_t k)
{
	return at(nth(s, FACT_POD_PULLED, -1, k)) - at(nth(s, FACT_POD_SANDBOX, -1, 0));
}

static void pulls_share_their_links(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	pull(&s, &a, 1, 1, "bandwidth: 1000", "", "IfNotPresent");
	within("1 + 100/50 + 250/100", pulled(&s, 0), 5.5, 5.501);
	pull(&s, &a, 1, 2, "bandwidth: 1000", "", "IfNotPresent");
	within("one after the other", pulled(&s, 1), 11, 11.1);
	pull(&s, &a, 1, 2, "bandwidth: 1000", "serializeImagePulls: false", "IfNotPresent");
	within("two at a time share the node's link", pulled(&s, 0), 7.4, 7.6);
	within("and its disk", pulled(&s, 1), 9.9, 10.1);
	pull(&s, &a, 1, 3, "bandwidth: 1000", "serializeImagePulls: false, maxParallelImagePulls: 2", "IfNotPresent");
	within("the third waits for its turn", pulled(&s, 2), 7.4 + 5.4, 13.1);
	/* Ten nodes, a registry of 100 MiB/s: 10 MiB/s each. */
	pull(&s, &a, 10, 10, "bandwidth: 100", "", "IfNotPresent");
	within("the registry's link is shared", pulled(&s, 9), 13.4, 13.8);
	/* 20 pulls at once on a node: a burst of 10 and 5 a second, the others fail at once and are tried again 10 s
	 * later. */
	pull(&s, &a, 1, 20, "bandwidth: 1000", "serializeImagePulls: false", "IfNotPresent");
	assert_non_null(nth(&s, FACT_CONTAINER_WAITS, -1, 5));
	assert_int_equal(nth(&s, FACT_CONTAINER_WAITS, -1, 0)->flag, REASON_ERR_IMAGE_PULL);
	assert_non_null(nth(&s, FACT_POD_STARTED, -1, 19));
	arena_release(&a);
}

static void failed_pulls_back_off(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	pull(&s, &a, 1, 1, "failureRate: 1", "", "IfNotPresent");
	for (uint32_t n = 0; n < 7; n++) {
		const struct fact *f = nth(&s, FACT_CONTAINER_WAITS, -1, n);
		double back_off = fmin(10 << n, 300);

		within("back-off", time_seconds(f->b), back_off, back_off);
		assert_int_equal(f->flag, REASON_ERR_IMAGE_PULL);
		within("again", at(nth(&s, FACT_CONTAINER_WAITS, -1, n + 1)) - at(f), back_off + 1, back_off + 16.1);
	}
	assert_null(nth(&s, FACT_POD_STARTED, -1, 0));
	pull(&s, &a, 1, 1, "bandwidth: 1000", "", "Never");
	assert_int_equal(nth(&s, FACT_CONTAINER_WAITS, -1, 0)->flag, REASON_ERR_IMAGE_NEVER_PULL);
	assert_null(nth(&s, FACT_POD_STARTED, -1, 0));
	arena_release(&a);
}

/* Two containers of a pod that listen on one port: they share the network namespace, so the second crash-loops and the
 * pod is never Ready; on different ports, or protocols, both run. */
static void containers_share_their_ports(void **state)
{
	static const struct {
		const char *first, *second;
		bool clash;
	} cases[] = {{"{containerPort: 80}", "{containerPort: 80}", true},
		     {"{containerPort: 80}", "{containerPort: 81}", false},
		     {"{containerPort: 53, protocol: UDP}", "{containerPort: 53}", false}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, 1, "duration: 5m", "",
			text_format(&a,
				    "containers: [{name: a, image: i, ports: [%s]}, {name: b, image: i, ports: [%s]}]",
				    cases[i].first, cases[i].second));
		const struct fact *end = nth(&s, FACT_CONTAINER_EXITED, 1, 0);
		assert_int_equal(end != NULL, cases[i].clash);
		assert_null(nth(&s, FACT_CONTAINER_EXITED, 0, 0));
		if (cases[i].clash) {
			assert_int_equal(end->a, 1);
			assert_non_null(nth(&s, FACT_CONTAINER_WAITS, 1, 1));
		}
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash_loop_backs_off),
		cmocka_unit_test(ten_minutes_reset_the_back_off),
		cmocka_unit_test(restart_policies),
		cmocka_unit_test(containers_share_their_ports),
		cmocka_unit_test(init_containers_come_in_order),
		cmocka_unit_test(ticks_are_what_counting_gives),
		cmocka_unit_test(a_hang_is_found_in_21_to_31_seconds),
		cmocka_unit_test(readiness_has_thresholds),
		cmocka_unit_test(the_first_probe_waits_in_1_20_only),
		cmocka_unit_test(a_startup_probe_kills_what_does_not_start),
		cmocka_unit_test(probes_that_pass_cost_no_events),
		cmocka_unit_test(termination_keeps_its_order),
		cmocka_unit_test(sidecars_end_with_their_job),
		cmocka_unit_test(readiness_gates_hold_readiness),
		cmocka_unit_test(start_up_is_the_sum_of_its_steps),
		cmocka_unit_test(memory_beyond_the_limit_kills_one_container),
		cmocka_unit_test(pulls_share_their_links),
		cmocka_unit_test(failed_pulls_back_off),
		cmocka_unit_test(a_runtime_that_is_down),
		cmocka_unit_test(runtimes_are_accepted_as_history_was),
		cmocka_unit_test(runtimes_differ_by_their_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
