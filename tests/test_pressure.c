/* test_pressure.c - node-pressure eviction, the kernel's own, admission at the kubelet, graceful shutdown and static
 * pods, against kubernetes-control-plane.md 5.10 to 5.13. */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#include "tests/seen.h"

#define MIB 1048576.0

/* One node n-0 of 4 cores and 8Gi; more of the Scenario's spec, and pods. */
static void run_node(struct seen *s, struct arena *a, uint64_t seed, const char *scenario, const char *pods)
{
	run_text(
		s, a, seed,
		text_format(
			a,
			"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, "
			"nodeGroups: [{name: n, count: 1, capacity: {cpu: 4, memory: 8Gi, ephemeral-storage: 100Gi}}], "
			"systemDiskShare: 0, %s}}\n%s",
			scenario, pods));
}

/* A bare pod with one container; resources and annotations as flow maps without braces. */
static const char *bare(struct arena *a, const char *name, const char *annotations, const char *resources,
			const char *more)
{
	return text_format(
		a,
		"---\n{apiVersion: v1, kind: Pod, metadata: {name: %s, annotations: {%s}}, spec: {%s nodeName: "
		"n-0, containers: [{name: c, image: i, resources: {%s}}]}}\n",
		name, annotations, more, resources);
}

static const char *together(struct arena *a, const char *const part[], size_t count)
{
	struct text t;

	text_init(&t, a);
	for (size_t i = 0; i < count; i++)
		text_add(&t, part[i]);
	return t.data;
}

/* ---- eviction ---- */

/* Who goes first (5.10): use above request, then priority, then most above it; critical pods and those below their
 * requests last or never. */
static void the_order_of_eviction(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {
		"---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 100}\n",
		("---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}, "
		 "value: 2000001000}\n"),
		/* Rows 0 to 5. */
		bare(&a, "guaranteed", "nodefall.io/memory: 1000Mi", "limits: {cpu: 1, memory: 1000Mi}", ""),
		bare(&a, "critical", "nodefall.io/memory: 900Mi", "", "priorityClassName: system-node-critical,"),
		bare(&a, "above-high", "nodefall.io/memory: 2000Mi", "requests: {memory: 100Mi}",
		     "priorityClassName: high,"),
		bare(&a, "above-little", "nodefall.io/memory: 700Mi", "requests: {memory: 600Mi}", ""),
		bare(&a, "best-effort", "nodefall.io/memory: 800Mi", "", ""),
		bare(&a, "grows", "nodefall.io/memory: 1Mi, nodefall.io/memory-growth: 600Mi",
		     "requests: {memory: 6000Mi}", ""),
	};
	static const uint32_t order[] = {4, 3, 2, 5};

	(void)state;
	run_node(&s, &a, 1, "duration: 40m", together(&a, part, COUNT(part)));
	for (uint32_t i = 0; i < COUNT(order); i++) {
		const struct fact *f = nth(&s, FACT_POD_EVICTED, -1, i);

		assert_non_null(f);
		assert_int_equal(f->pod, order[i]);
		assert_int_equal(f->flag, EVICTED_FOR_MEMORY);
		assert_true(f->c < 100 * MIB);
	}
	/* Guaranteed and critical pods stay: there is nothing left that grows. */
	assert_null(nth(&s, FACT_POD_EVICTED, -1, COUNT(order)));
	arena_release(&a);
}

/* The first tick of 10 s after the threshold; status Failed; MemoryPressure for 5 min after it was last met; the taint
 * with it. */
static void eviction_keeps_its_times(void **state)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct arena a = {0};
		struct seen s;
		/* 8Gi - 100Mi are used up after (8192 - 100 - 92) / 60 = 133.33 min. */
		const char *const part[] = {
			bare(&a, "p",
			     "nodefall.io/memory: 92Mi, nodefall.io/memory-growth: 60Mi, nodefall.io/stop-after: 1h",
			     "", "")};

		(void)state;
		run_node(&s, &a, seed, "duration: 3h", together(&a, part, 1));
		const struct fact *evicted = nth(&s, FACT_POD_EVICTED, -1, 0),
				  *ended = nth(&s, FACT_CONTAINER_EXITED, -1, 0),
				  *failed = nth(&s, FACT_POD_PHASE, -1, 1);
		within("evicted", at(evicted), 8000, 8010);
		/* 1 s of grace, then SIGKILL. */
		within("ended", at(ended) - at(evicted), 0.999, 1.001);
		assert_int_equal(ended->a, 137);
		assert_int_equal(failed->flag, PHASE_FAILED);
		assert_int_equal(failed->a, POD_EVICTED);
		within("failed", at(failed) - at(ended), 0, 1.1);
		const struct fact *on = nth(&s, FACT_NODE_CONDITION, -1, 0), *off = nth(&s, FACT_NODE_CONDITION, -1, 1);
		assert_true(on->a == 1 && on->flag == CONDITION_MEMORY && off->a == 0);
		within("condition", at(on) - at(evicted), 0, 10.1);
		/* Looks are 10 s apart, and the status loop takes up to 10 s. */
		within("transition", at(off) - at(evicted), 300, 321);
		const struct fact *taint = nth(&s, FACT_TAINT_ADDED, -1, 0);
		assert_non_null(taint);
		assert_int_equal(taint->flag, EFFECT_NO_SCHEDULE);
		assert_non_null(nth(&s, FACT_TAINT_REMOVED, -1, 0));
		arena_release(&a);
	}
}

/* The grace of a hard eviction by version: kubernetes PR 124063. */
static void graces_by_version(void **state)
{
	static const struct {
		const char *version;
		double grace;
	} cases[] = {{"1.20", 0}, {"1.21", 0}, {"1.22", 30}, {"1.30", 30}, {"1.31", 1}, {"1.36", 1}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct seen s;
		const char *const part[] = {bare(
			&a, "p", "nodefall.io/memory: 'steps(0s 1Gi, 5m 8150Mi)', nodefall.io/stop-after: 1h", "", "")};

		run_node(&s, &a, 1, text_format(&a, "kubernetes: \"%s\", duration: 10m", cases[i].version),
			 together(&a, part, 1));
		within("grace", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)) - at(nth(&s, FACT_POD_EVICTED, -1, 0)),
		       cases[i].grace - 0.001, cases[i].grace + 0.001);
		arena_release(&a);
	}
}

/* A soft threshold waits for its grace period, and starts again when it was not met in between. */
static void soft_thresholds_wait(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {
		bare(&a, "p",
		     "nodefall.io/memory: 'steps(0s 1Gi, 2m 7500Mi, 3m 1Gi, 5m 7500Mi)', nodefall.io/stop-after: 5s",
		     "", "")};

	(void)state;
	run_node(&s, &a, 1,
		 "duration: 20m, kubelet: {evictionSoft: {memory.available: 1Gi}, evictionSoftGracePeriod: "
		 "{memory.available: 90s}, evictionMaxPodGracePeriod: 60}",
		 together(&a, part, 1));
	within("evicted", at(nth(&s, FACT_POD_EVICTED, -1, 0)), 300 + 90, 300 + 110);
	within("condition", at(nth(&s, FACT_NODE_CONDITION, -1, 0)), 120, 140);
	/* It ends by itself within its grace of min(60, 30) s. */
	within("ended", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)) - at(nth(&s, FACT_POD_EVICTED, -1, 0)), 4.99, 5.01);
	arena_release(&a);
}

/* The minimum reclaim of a hard threshold does not make the soft one act before its grace, nor hard. */
static void soft_thresholds_stay_soft(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {
		bare(&a, "p", "nodefall.io/memory: 'steps(0s 1Gi, 5m 6500Mi)', nodefall.io/stop-after: 1h", "", "")};

	(void)state;
	run_node(&s, &a, 1,
		 "duration: 30m, kubelet: {evictionHard: {memory.available: 1Gi}, evictionSoft: {memory.available: "
		 "2Gi}, "
		 "evictionSoftGracePeriod: {memory.available: 10m}, evictionMinimumReclaim: {memory.available: 1Gi}, "
		 "evictionMaxPodGracePeriod: 20}",
		 together(&a, part, 1));
	const struct fact *f = nth(&s, FACT_POD_EVICTED, -1, 0);
	within("evicted", at(f), 900, 920);
	within("grace", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)) - at(f), 19.99, 20.01);
	arena_release(&a);
}

/* 0 % and 100 % switch a threshold off. */
static void thresholds_can_be_off(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {bare(&a, "p", "nodefall.io/disk: 99Gi", "", "")};

	(void)state;
	run_node(
		&s, &a, 1,
		"duration: 10m, kubelet: {evictionHard: {imagefs.available: 100%, nodefs.available: 0%}, evictionSoft: "
		"{imagefs.available: 100%}, evictionSoftGracePeriod: {imagefs.available: 1s}}",
		together(&a, part, 1));
	assert_null(nth(&s, FACT_POD_EVICTED, -1, 0));
	arena_release(&a);
}

/* A container that is above its limit from the start crash-loops; building the initial state comes to an end. */
static void too_much_from_the_start(void **state)
{
	static const char *const use[] = {"nodefall.io/memory: 1Gi", "nodefall.io/memory: 'at(0s 1Gi)'",
					  "nodefall.io/memory: 'walk(600Mi, 700Mi, 1Mi, 1s)'",
					  "nodefall.io/run-for: 0s"};

	(void)state;
	for (size_t i = 0; i < COUNT(use); i++) {
		struct arena a = {0};
		struct seen s;
		const char *const part[] = {bare(&a, "p", use[i], "limits: {memory: 512Mi}", "")};

		run_node(&s, &a, 1, "duration: 10m", together(&a, part, 1));
		within("first", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 0, 0.001);
		assert_non_null(nth(&s, FACT_CONTAINER_WAITS, -1, 3));
		arena_release(&a);
	}
}

/* Memory that is used up is the kernel's affair, with a kubelet or without. */
static void the_kernel_needs_no_kubelet(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const grows[] = {bare(&a, "p", "nodefall.io/memory: 1Gi, nodefall.io/memory-growth: 1Gi", "", "")};
	const char *const full[] = {bare(&a, "p", "nodefall.io/memory: 4Gi", "", ""),
				    bare(&a, "q", "nodefall.io/memory: 4Gi", "", ""),
				    bare(&a, "r", "nodefall.io/memory: 4Gi", "requests: {memory: 4Gi}", "")};

	(void)state;
	run_node(&s, &a, 1, "duration: 20m, failures: [{at: 1m, kind: kubelet-stop, node: n-0}]",
		 together(&a, grows, 1));
	within("killed", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 420, 420.001);
	run_node(&s, &a, 1, "duration: 20m, kubelet: {evictionHard: {memory.available: 0%}}", together(&a, full, 3));
	within("killed", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 0, 0.001);
	assert_int_not_equal(nth(&s, FACT_CONTAINER_EXITED, -1, 0)->pod, 2);
	arena_release(&a);
}

/* A pod's containers share the sum of their limits of local disk. */
static void a_pod_has_a_limit_of_disk(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_node(&s, &a, 1, "duration: 30m",
		 "---\n{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {nodefall.io/disk.a: 10Mi, "
		 "nodefall.io/disk.b: 1Gi, nodefall.io/disk-growth.b: 1Gi}}, spec: {nodeName: n-0, containers: [{name: "
		 "a, "
		 "image: i, resources: {limits: {ephemeral-storage: 5Gi}}}, {name: b, image: i}]}}\n");
	within("evicted", at(nth(&s, FACT_POD_EVICTED, -1, 0)), 239, 250.1);
	arena_release(&a);
}

/* A minimum reclaim keeps a threshold met until so much more is free: two pods go instead of one. */
static void minimum_reclaim_takes_more(void **state)
{
	for (int reclaim = 0; reclaim < 2; reclaim++) {
		struct arena a = {0};
		struct seen s;
		const char *const part[] = {bare(&a, "p", "nodefall.io/memory: 'steps(0s 1Gi, 5m 4096Mi)'", "", ""),
					    bare(&a, "q", "nodefall.io/memory: 3072Mi", "", ""),
					    bare(&a, "r", "nodefall.io/memory: 1000Mi", "", "")};

		(void)state;
		run_node(&s, &a, 1,
			 reclaim ? "duration: 10m, kubelet: {evictionMinimumReclaim: {memory.available: 4500Mi}}"
				 : "duration: 10m",
			 together(&a, part, 3));
		assert_non_null(nth(&s, FACT_POD_EVICTED, -1, 0));
		assert_int_equal(nth(&s, FACT_POD_EVICTED, -1, 1) != NULL, reclaim);
		arena_release(&a);
	}
}

/* Local disk: a container's limit, whatever the node has; then the node's own threshold. */
static void disk_limits_and_pressure(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const limit[] = {bare(&a, "p", "nodefall.io/disk: 1Gi, nodefall.io/disk-growth: 1Gi",
					  "limits: {ephemeral-storage: 5Gi}", "")};
	const char *const full[] = {bare(&a, "p", "nodefall.io/disk: 80Gi", "requests: {ephemeral-storage: 85Gi}", ""),
				    bare(&a, "q", "nodefall.io/disk: 1Gi, nodefall.io/disk-growth: 1Gi", "", "")};

	(void)state;
	run_node(&s, &a, 1, "duration: 30m", together(&a, limit, 1));
	within("limit", at(nth(&s, FACT_POD_EVICTED, -1, 0)), 240, 250.1);
	assert_int_equal(nth(&s, FACT_POD_EVICTED, -1, 0)->flag, EVICTED_OVER_LIMIT);
	assert_null(nth(&s, FACT_NODE_CONDITION, -1, 0));
	/* imagefs.available below 15 %: 85 Gi used after 4 min. */
	run_node(&s, &a, 1, "duration: 30m", together(&a, full, 2));
	within("pressure", at(nth(&s, FACT_POD_EVICTED, -1, 0)), 240, 250.1);
	assert_int_equal(nth(&s, FACT_POD_EVICTED, -1, 0)->pod, 1);
	assert_int_equal(nth(&s, FACT_NODE_CONDITION, -1, 0)->flag, CONDITION_DISK);
	arena_release(&a);
}

static void process_ids_run_out(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {bare(&a, "p", "nodefall.io/pids: 'steps(0s 10, 3m 900)'", "", ""),
				    bare(&a, "q", "nodefall.io/pids: '50'", "", "")};

	(void)state;
	run_node(&s, &a, 1, "duration: 20m, kubelet: {pidMax: 1200, evictionHard: {pid.available: 10%}}",
		 together(&a, part, 2));
	within("evicted", at(nth(&s, FACT_POD_EVICTED, -1, 0)), 180, 190.1);
	assert_int_equal(nth(&s, FACT_POD_EVICTED, -1, 0)->pod, 0);
	assert_int_equal(nth(&s, FACT_NODE_CONDITION, -1, 0)->flag, CONDITION_PID);
	arena_release(&a);
}

/* What grows faster than the manager looks is the kernel's: the worst oom score dies, and no pod is evicted. */
static void the_kernel_kills_first(void **state)
{
	struct arena a = {0};
	struct seen s;
	/* Scores: best-effort 1000 + 61, burstable 1000 - 623 + 625, guaranteed -997 + 342. */
	const char *const part[] = {
		bare(&a, "guaranteed", "nodefall.io/memory: 2800Mi", "limits: {cpu: 1, memory: 2900Mi}", ""),
		bare(&a, "burstable", "nodefall.io/memory: 'steps(0s 1Gi, 125s 5Gi)'", "requests: {memory: 5100Mi}",
		     ""),
		bare(&a, "best-effort", "nodefall.io/memory: 500Mi", "", "")};

	(void)state;
	/* The step is known, so it is at that instant. */
	run_node(&s, &a, 1, "duration: 10m, kubelet: {evictionHard: {memory.available: 0%}}", together(&a, part, 3));
	const struct fact *f = nth(&s, FACT_CONTAINER_EXITED, -1, 0);
	within("killed", at(f), 125, 125);
	assert_int_equal(f->flag, REASON_OOM_KILLED);
	assert_int_equal(f->pod, 2);
	assert_null(nth(&s, FACT_POD_EVICTED, -1, 0));
	arena_release(&a);
}

/* Nothing is looked at while nothing can come of it. */
static void calm_nodes_cost_no_events(void **state)
{
	struct arena a = {0};
	struct seen shorter, longer;
	const char *const part[] = {bare(&a, "p", "nodefall.io/memory: 1Gi, nodefall.io/memory-growth: 1Mi", "", ""),
				    bare(&a, "q", "nodefall.io/memory: 'wave(1Gi, 2Gi, 1h)'", "", "")};

	(void)state;
	run_node(&shorter, &a, 1, "duration: 1h", together(&a, part, 2));
	run_node(&longer, &a, 1, "duration: 24h", together(&a, part, 2));
	assert_int_equal(shorter.events, longer.events);
	arena_release(&a);
}

/* ---- admission ---- */

/* Runs the node with pods that are there, and has others applied one after the other from 5 min on: bound by hand, as a
 * second scheduler that knows nothing of the first would. */
static void apply_to_node(struct seen *s, struct arena *a, const char *pods, const char *applied)
{
	const char *folder = getenv("TMPDIR"),
		   *path = text_format(a, "%s/applied.yaml", folder != NULL ? folder : "/tmp");

	assert_null(file_write(a, path, applied, strlen(applied)));
	run_node(s, a, 1, text_format(a, "duration: 10m, actions: [{at: 5m, kubectl: apply -f %s}]", path), pods);
}

/* A node with room for one more pod: the kubelet takes the first, the second has failed for good. */
static void the_kubelet_refuses_what_does_not_fit(void **state)
{
	static const struct {
		const char *resources, *more;
		enum pod_reason why;
	} cases[] = {
		{"requests: {cpu: 3}", "", POD_OUT_OF_CPU},
		{"requests: {memory: 5Gi}", "", POD_OUT_OF_MEMORY},
		{"requests: {ephemeral-storage: 60Gi}", "", POD_OUT_OF_DISK},
		{"", "nodeSelector: {disk: ssd},", POD_NODE_AFFINITY},
		{"requests: {cpu: 1}", "", POD_REASON_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct seen s;

		apply_to_node(&s, &a, bare(&a, "p", "", cases[i].resources, ""),
			      bare(&a, "q", "", cases[i].resources, cases[i].more));
		const struct fact *f = nth(&s, FACT_POD_REJECTED, -1, 0);
		if (cases[i].why == POD_REASON_NONE) {
			assert_null(f);
			assert_non_null(nth(&s, FACT_POD_STARTED, -1, 1));
			arena_release(&a);
			continue;
		}
		assert_non_null(f);
		assert_int_equal(f->flag, cases[i].why);
		assert_int_equal(f->pod, 1);
		assert_null(nth(&s, FACT_POD_REJECTED, -1, 1));
		const struct fact *phase = nth(&s, FACT_POD_PHASE, -1, 1);
		assert_non_null(phase);
		assert_true(phase->pod == 1 && phase->flag == PHASE_FAILED && phase->a == cases[i].why);
		assert_null(nth(&s, FACT_POD_STARTED, -1, 1));
		arena_release(&a);
	}
}

/* A kubelet that starts admits its pods anew: one whose node no longer suits it is killed. */
static void a_restarted_kubelet_admits_again(void **state)
{
	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		struct arena a = {0};
		struct seen s;

		run_text(
			&s, &a, 1,
			text_format(
				&a,
				"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: "
				"true, "
				"nodeGroups: [{name: n, count: 1, labels: {disk: ssd}}], duration: 20m, actions: [{at: "
				"5m, kubectl: label nodes n-0 disk-}], failures: [%s]}}\n---\n{apiVersion: v1, kind: "
				"Pod, "
				"metadata: {name: p}, spec: {nodeSelector: {disk: ssd}, containers: [{name: c, image: "
				"i}]}}\n",
				restart ? "{at: 6m, kind: kubelet-stop, node: n-0, for: 20s}" : ""));
		const struct fact *f = nth(&s, FACT_POD_REJECTED, -1, 0);
		assert_int_equal(f != NULL, restart);
		if (restart) {
			assert_int_equal(f->flag, POD_NODE_AFFINITY);
			within("ended", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 380, 412);
		}
		arena_release(&a);
	}
}

/* A critical pod takes what it lacks: of those that suffice the nearest, and Guaranteed ones last. */
static void critical_pods_preempt(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const there[] = {
		("---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}, "
		 "value: 2000001000}\n"),
		bare(&a, "guaranteed", "", "limits: {cpu: 1500m, memory: 1Gi}", ""),
		bare(&a, "large", "", "requests: {cpu: 1500m}", ""),
		bare(&a, "small", "nodefall.io/stop-after: 7s", "requests: {cpu: 600m}", ""),
	};
	uint32_t preempted = 0;

	(void)state;
	apply_to_node(&s, &a, together(&a, there, COUNT(there)),
		      bare(&a, "crit", "", "requests: {cpu: 900m}", "priorityClassName: system-node-critical,"));
	assert_null(nth(&s, FACT_POD_REJECTED, -1, 0));
	for (size_t i = 0; i < s.count; i++)
		if (s.fact[i].kind == FACT_POD_PHASE && s.fact[i].a == POD_PREEMPTING) {
			assert_int_equal(s.fact[i].pod, 2); /* 600m suffice for the 500m that are missing */
			preempted++;
		}
	assert_int_equal(preempted, 1);
	/* It starts when that has ended, within its own grace. */
	const struct fact *stopped = nth(&s, FACT_POD_STOPPED, -1, 0);
	assert_int_equal(stopped->pod, 2);
	within("ended", at(stopped), 307, 308);
	for (size_t i = 0; i < s.count; i++)
		if (s.fact[i].kind == FACT_POD_SANDBOX && s.fact[i].pod == 3)
			assert_true(s.fact[i].at > stopped->at);
	/* Where nothing suffices it fails like any other, and nobody has died for it. */
	apply_to_node(&s, &a, together(&a, there, COUNT(there)),
		      bare(&a, "crit", "", "requests: {cpu: 5}", "priorityClassName: system-node-critical,"));
	assert_int_equal(nth(&s, FACT_POD_REJECTED, -1, 0)->flag, POD_UNEXPECTED_ADMISSION);
	assert_null(nth(&s, FACT_POD_STOPPED, -1, 0));
	arena_release(&a);
}

/* ---- shutdown ---- */

#define WEB                                                                                                            \
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3, selector: "           \
	"{matchLabels: {app: web}}, template: {metadata: {labels: {app: web}, annotations: {nodefall.io/stop-after: "  \
	"%s}}, spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 500m}}}]}}}}\n"
#define CRITICAL                                                                                                       \
	"---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}, value: " \
	"2000001000}\n---\n{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: "          \
	"{matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}, annotations: "                       \
	"{nodefall.io/stop-after: 1h}}, spec: {priorityClassName: system-node-critical, containers: [{name: d, "       \
	"image: "                                                                                                      \
	"i}]}}}}\n"

static void shut_down(struct seen *s, struct arena *a, const char *kubelet, const char *stop, const char *failures)
{
	run_text(s, a, 1,
		 text_format(a,
			     "{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, "
			     "duration: "
			     "30m, nodeGroups: [{name: n, count: 3, capacity: {cpu: 4, memory: 8Gi}}], latencies: "
			     "{machineHalt: 2s}, kubelet: {%s}, failures: [%s]}}\n" WEB CRITICAL,
			     kubelet, failures, stop));
}

#define AT_5M "{at: 5m, kind: node-shutdown, node: n-1, for: 10m}"

/* Normal pods have period - critical part, then critical ones the rest; each group ends early when its pods do. */
static void shutdown_ends_pods_in_order(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	shut_down(&s, &a, "shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s", "12s", AT_5M);
	const struct fact *web = nth(&s, FACT_CONTAINER_EXITED, -1, 0), *agent = nth(&s, FACT_CONTAINER_EXITED, -1, 1),
			  *off = nth(&s, FACT_NODE_OFF, -1, 0);
	within("web", at(web), 312, 312.01);
	within("agent", at(agent) - at(web), 10, 11.1); /* killed when its 10 s are over */
	within("off", at(off) - at(agent), 1.9, 3.1);
	within("NotReady", at(nth(&s, FACT_NODE_READY, -1, 0)), 300, 300.1);
	assert_int_equal(nth(&s, FACT_NODE_READY, -1, 0)->flag, READY_FALSE);
	/* Replaced when it has failed, not after five minutes. */
	within("created", at(nth(&s, FACT_POD_REPLACES, -1, 0)), 312, 314);
	/* What does not heed SIGTERM is killed when its group's 20 s are over. */
	shut_down(&s, &a, "shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s", "1h", AT_5M);
	within("killed", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 320, 320.01);
	within("off", at(nth(&s, FACT_NODE_OFF, -1, 0)), 332, 334);
	arena_release(&a);
}

static void shutdown_groups_by_priority(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	shut_down(&s, &a,
		  "shutdownGracePeriodByPodPriority: [{priority: 100000, shutdownGracePeriodSeconds: 5}, {priority: 0, "
		  "shutdownGracePeriodSeconds: 15}]",
		  "1h", AT_5M);
	within("web", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 315, 315.01);
	within("agent", at(nth(&s, FACT_CONTAINER_EXITED, -1, 1)), 320, 321.1);
	arena_release(&a);
}

/* A pod that ends already has no new grace, and its exit does not come later than it was to come. */
static void shutdown_shortens_what_is_ending(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {
		bare(&a, "p", "nodefall.io/stop-after: 1h", "", "terminationGracePeriodSeconds: 60,")};

	(void)state;
	run_node(&s, &a, 1,
		 "duration: 20m, kubelet: {shutdownGracePeriod: 2m}, actions: [{at: 4m30s, kubectl: delete pod p}], "
		 "failures: "
		 "[{at: 5m, kind: node-shutdown, node: n-0, for: 5m}]",
		 together(&a, part, 1));
	within("killed", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 330, 330.1);
	run_node(&s, &a, 1,
		 "duration: 20m, kubelet: {shutdownGracePeriod: 10s}, actions: [{at: 4m30s, kubectl: delete pod p}], "
		 "failures: "
		 "[{at: 5m, kind: node-shutdown, node: n-0, for: 5m}]",
		 together(&a, part, 1));
	within("hastened", at(nth(&s, FACT_CONTAINER_EXITED, -1, 0)), 310, 310.1);
	arena_release(&a);
}

/* What strikes besides does not confuse it: all is well when both are over. A reboot lasts as long as it was to. */
static void shutdown_among_other_failures(void **state)
{
	static const char *const periods = "shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s";
	static const char *const others[] = {"partition", "runtime-stop", "kubelet-stop"};
	struct arena a = {0};
	struct seen s;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		bool ready = true;

		shut_down(&s, &a, periods, "12s",
			  text_format(&a,
				      "{at: 5m, kind: node-shutdown, node: n-1, for: 8s}, {at: 5m3s, kind: %s, node: "
				      "n-1, for: 30s}",
				      others[i]));
		for (size_t k = 0; k < s.count; k++)
			if (s.fact[k].kind == FACT_NODE_READY && s.fact[k].node == 1)
				ready = s.fact[k].flag == READY_TRUE;
		assert_true(ready);
	}
	shut_down(&s, &a, periods, "12s", "{at: 5m, kind: reboot, node: n-1, for: 5s}");
	const struct fact *off = nth(&s, FACT_NODE_OFF, -1, 0);
	assert_non_null(off);
	within("back", at(nth(&s, FACT_NODE_BACK, -1, 0)) - at(off), 5, 5);
	arena_release(&a);
}

/* A group without anything to stop does not cost the next one its time. */
static void shutdown_skips_no_group(void **state)
{
	struct arena a = {0};
	struct seen s;
	const char *const part[] = {
		("---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}, "
		 "value: 2000001000}\n"),
		bare(&a, "crit", "nodefall.io/stop-after: 25s", "", "priorityClassName: system-node-critical,"),
		"---\n{apiVersion: v1, kind: Pod, metadata: {name: idle}, spec: {nodeName: n-0, restartPolicy: Always, "
		"initContainers: [{name: i, image: i}], containers: [{name: c, image: gone, imagePullPolicy: "
		"Never}]}}\n"};

	(void)state;
	run_node(&s, &a, 1,
		 "duration: 20m, kubelet: {shutdownGracePeriod: 90s, shutdownGracePeriodCriticalPods: 60s}, failures: "
		 "[{at: "
		 "5m, kind: node-shutdown, node: n-0, for: 5m}]",
		 together(&a, part, 3));
	assert_int_equal(nth(&s, FACT_POD_STOPPED, -1, 0)->flag, STOP_TERMINATED);
	arena_release(&a);
}

/* Without a period, or without a kubelet, the machine goes down at once; a crash ends what had begun. */
static void shutdown_that_nothing_holds(void **state)
{
	static const char *const periods = "shutdownGracePeriod: 30s, shutdownGracePeriodCriticalPods: 10s";
	struct arena a = {0};
	struct seen s;

	(void)state;
	shut_down(&s, &a, "", "12s", AT_5M);
	within("off", at(nth(&s, FACT_NODE_OFF, -1, 0)), 300, 300);
	shut_down(&s, &a, periods, "12s", "{at: 4m50s, kind: kubelet-stop, node: n-1, for: 5m}, " AT_5M);
	within("off", at(nth(&s, FACT_NODE_OFF, -1, 0)), 300, 300);
	shut_down(&s, &a, periods, "12s", AT_5M ", {at: 5m5s, kind: node-crash, node: n-1, for: 20m}");
	within("off", at(nth(&s, FACT_NODE_OFF, -1, 0)), 305, 305);
	assert_int_equal(nth(&s, FACT_POD_STOPPED, -1, 0)->flag, STOP_NODE_DIED);
	/* Both are over at 25 min 5 s, not before. */
	within("heartbeat", at(nth(&s, FACT_HEARTBEAT_BACK, -1, 0)), 1505, 1512);
	/* Called off after 3 s: the node is Ready again, its pods go on ending. */
	shut_down(&s, &a, periods, "12s", "{at: 5m, kind: node-shutdown, node: n-1, for: 3s}");
	assert_null(nth(&s, FACT_NODE_OFF, -1, 0));
	within("Ready", at(nth(&s, FACT_NODE_READY, -1, 1)), 303, 313.1);
	/* A reboot is held up likewise where periods are set, and only there. */
	shut_down(&s, &a, periods, "12s", "{at: 5m, kind: reboot, node: n-1, for: 5m}");
	assert_non_null(nth(&s, FACT_NODE_OFF, -1, 0));
	shut_down(&s, &a, "", "12s", "{at: 5m, kind: reboot, node: n-1, for: 5m}");
	assert_null(nth(&s, FACT_NODE_OFF, -1, 0));
	arena_release(&a);
}

/* ---- static pods ---- */

/* They start without an API server, and deletion or drain do nothing to them. */
static void static_pods_need_no_masters(void **state)
{
	static const char *const pods = "---\n{apiVersion: v1, kind: Pod, metadata: {name: etcd-n-0, annotations: "
					"{kubernetes.io/config.source: "
					"file}}, spec: {nodeName: n-0, containers: [{name: c, image: "
					"i}]}}\n---\n{apiVersion: v1, kind: Pod, metadata: "
					"{name: plain}, spec: {nodeName: n-0, containers: [{name: c, image: i}]}}\n";
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_node(&s, &a, 1,
		 "duration: 20m, failures: [{at: 4m, kind: control-plane-outage, for: 10m}, {at: 5m, kind: reboot, "
		 "node: "
		 "n-0, for: 1m}]",
		 pods);
	for (size_t i = 0; i < s.count; i++)
		if (s.fact[i].kind == FACT_POD_STARTED && s.fact[i].at > MINUTES(5)) {
			if (s.fact[i].pod == 0)
				within("static", at(&s.fact[i]), 360, 380);
			else
				within("plain", at(&s.fact[i]), 840, 900);
		}
	run_node(&s, &a, 1,
		 "duration: 20m, actions: [{at: 5m, kubectl: delete pod etcd-n-0}, {at: 6m, kubectl: drain n-0 "
		 "--force}]",
		 pods);
	for (size_t i = 0; i < s.count; i++)
		assert_true(s.fact[i].kind != FACT_POD_STOPPED || s.fact[i].pod == 1);
	assert_non_null(nth(&s, FACT_POD_STOPPED, -1, 0));
	assert_non_null(nth(&s, FACT_DRAIN_DONE, -1, 0));
	arena_release(&a);
}

/* ---- mistakes ---- */

static void wrong_settings_are_told(void **state)
{
	static const struct {
		const char *spec, *said;
	} cases[] = {
		{"kubelet: {evictionHard: {memory.avail: 1Gi}}", "unknown eviction signal"},
		{"kubelet: {evictionHard: {memory.available: lots}}", "neither a quantity"},
		{"kubelet: {evictionHard: {memory.available: 120%}}", "neither a quantity"},
		{"kubelet: {evictionSoft: {memory.available: 1Gi}}", "no grace period"},
		{"kubelet: {shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 20s}", "longer than it"},
		{"kubelet: {shutdownGracePeriod: 10s, shutdownGracePeriodByPodPriority: [{priority: 0, "
		 "shutdownGracePeriodSeconds: 5}]}",
		 "exclude each other"},
		{"kubernetes: \"1.20\", kubelet: {shutdownGracePeriod: 10s}", "since Kubernetes 1.21"},
		{"kubelet: {evictHard: {}}", "unknown key"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = {0};
		struct loaded l;

		load_text(&l,
			  text_format(&a,
				      "{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {%s}}\n",
				      cases[i].spec),
			  NULL, 0);
		assert_int_equal(l.result, 3);
		if (strstr(l.said.data, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].spec, l.said.data);
		unload(&l);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_eviction),
		cmocka_unit_test(eviction_keeps_its_times),
		cmocka_unit_test(graces_by_version),
		cmocka_unit_test(soft_thresholds_wait),
		cmocka_unit_test(soft_thresholds_stay_soft),
		cmocka_unit_test(thresholds_can_be_off),
		cmocka_unit_test(too_much_from_the_start),
		cmocka_unit_test(the_kernel_needs_no_kubelet),
		cmocka_unit_test(a_pod_has_a_limit_of_disk),
		cmocka_unit_test(minimum_reclaim_takes_more),
		cmocka_unit_test(disk_limits_and_pressure),
		cmocka_unit_test(process_ids_run_out),
		cmocka_unit_test(the_kernel_kills_first),
		cmocka_unit_test(calm_nodes_cost_no_events),
		cmocka_unit_test(the_kubelet_refuses_what_does_not_fit),
		cmocka_unit_test(a_restarted_kubelet_admits_again),
		cmocka_unit_test(critical_pods_preempt),
		cmocka_unit_test(shutdown_ends_pods_in_order),
		cmocka_unit_test(shutdown_groups_by_priority),
		cmocka_unit_test(shutdown_that_nothing_holds),
		cmocka_unit_test(shutdown_shortens_what_is_ending),
		cmocka_unit_test(shutdown_among_other_failures),
		cmocka_unit_test(shutdown_skips_no_group),
		cmocka_unit_test(static_pods_need_no_masters),
		cmocka_unit_test(wrong_settings_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
