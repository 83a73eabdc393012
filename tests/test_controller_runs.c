/* test_controller_runs.c - controllers switched off, replaced and turned on, in whole runs; and what is refused at
 * load. */
#include "tests/test.h"

#include "models/facts.h"
#include "models/world.h"
#include "tests/load.h"

#define SEEDS 40

#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: t}\nspec:\n"
#define WEB(replicas, more)                                                                                            \
	"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: " replicas              \
	"\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n" more   \
	"      containers: [{name: c, image: i, resources: {requests: {cpu: 500m}}}]\n"

/* How often each kind of fact was told after the initial state, and when first and last. */
struct tally {
	bool settled;
	uint64_t count[FACT_KINDS];
	sim_time first[FACT_KINDS], last[FACT_KINDS];
	uint64_t deleted_why[32], evicted_by[DESCHEDULINGS], bound_to[64];
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct tally *t = state;

	for (size_t i = 0; i < count; i++) {
		const struct fact *f = &facts[i];

		t->settled |= f->kind == FACT_SETTLED;
		if (!t->settled)
			continue;
		if (t->count[f->kind]++ == 0)
			t->first[f->kind] = f->at;
		t->last[f->kind] = f->at;
		if (f->kind == FACT_POD_DELETED)
			t->deleted_why[f->flag]++;
		if (f->kind == FACT_DESCHEDULED)
			t->evicted_by[f->flag]++;
		if (f->kind == FACT_POD_BOUND)
			t->bound_to[f->node]++;
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){see, context});
}

static struct tally run_text(const char *text, const char *const sets[], uint32_t set_count, uint64_t seed)
{
	struct tally t = {0};
	struct loaded l;
	struct run r;

	load_text(&l, text, sets, set_count);
	if (l.result != 0)
		fail_msg("%s", l.said.data);
	assert_true(world_run(&r, &l.scenario, seed, 0, false, subscribe, &t, NULL));
	run_release(&r);
	unload(&l);
	return t;
}

static struct tally run_set(const char *text, const char *set, uint64_t seed)
{
	return run_text(text, &set, set != NULL, seed);
}

static void refused(const char *controllers, const char *message)
{
	struct loaded l;
	const char *sets[] = {controllers};

	load_text(&l, HEAD "  nodeGroups: [{name: w, count: 1}]\n", sets, 1);
	assert_int_equal(l.result, 3);
	if (strstr(l.said.data, message) == NULL)
		fail_msg("%s: \"%s\" is not in:\n%s", controllers, message, l.said.data);
	unload(&l);
}

static void mistakes(void **unused)
{
	(void)unused;
	refused("controllers={taint-evicton: off}", "did you mean \"taint-eviction\"?");
	refused("controllers={phi-accrual: on}", "write node-lifecycle: phi-accrual");
	refused("controllers={node-lifecycle: phi-acrual}", "did you mean \"phi-accrual\"?");
	refused("controllers={job: evict-if-fits}", "job must be one of on, off, job");
	refused("controllers={job: {use: off, x: 1}, statefulset: {x: 1}}", "statefulset has no options");
	refused("controllers={node-lifecycle: {use: phi-accrual, treshold: 4}}", "did you mean \"threshold\"?");
	refused("controllers={node-lifecycle: {use: phi-accrual, threshold: 0}}", "out of its range");
	refused("controllers={descheduler: {strategies: [LowNodeUtilization]}}", "LowNodeUtilization needs thresholds");
	refused("controllers={descheduler: {strategies: [{name: PodLifeTim}]}}", "did you mean \"PodLifeTime\"?");
	refused("controllers={descheduler: {strategies: [{restarts: 1}]}}", "unknown key");
	refused("controllers=[job]", "must be a map");
	refused("startTime=yesterday", "must be an instant");
	refused("load=[{cpu: 1}]", "a load without a workload");
	refused("load=[{workload: web, cpu: 1}]", "must be like Deployment/web");
	refused("load=[{workload: Deployment/web, cpu: 1}]", "no Deployment is called \"web\"");
}

static const char crash[] = HEAD "  duration: 20m\n  nodeGroups: [{name: w, count: 4}]\n"
				 "  failures: [{at: 5m, kind: node-crash, node: w-1}]\n" WEB("8", "");

static void switched_off(void **unused)
{
	(void)unused;
	assert_true(run_set(crash, NULL, 1).deleted_why[DELETE_TAINT] > 0);
	assert_int_equal(run_set(crash, "controllers={taint-eviction: off}", 1).deleted_why[DELETE_TAINT], 0);
	struct tally t = run_set(crash, "controllers={node-lifecycle: off}", 1);
	assert_int_equal(t.count[FACT_NODE_READY], 0);
	assert_int_equal(t.count[FACT_TAINT_ADDED], 0);
	/* What is off draws no random numbers of others: the rest happens at the same times. */
	assert_int_equal(run_set(crash, "controllers={taint-eviction: off}", 1).first[FACT_NODE_READY],
			 run_set(crash, NULL, 1).first[FACT_NODE_READY]);
}

/* The lease time-out notices after 40 to 55.5 s; phi accrual with threshold 8 when a silence of more than 12 s has
 * become improbable, and later with a higher threshold. */
static void detectors(void **unused)
{
	double sum[2] = {0};

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		double lease = time_seconds(run_set(crash, NULL, seed).first[FACT_NODE_READY]) - 300;
		double phi8 = time_seconds(run_set(crash, "controllers={node-lifecycle: phi-accrual}", seed)
						   .first[FACT_NODE_READY]) -
			      300;
		double phi100 =
			time_seconds(
				run_set(crash, "controllers={node-lifecycle: {use: phi-accrual, threshold: 100}}", seed)
					.first[FACT_NODE_READY]) -
			300;

		assert_true(lease >= 39.9 && lease <= 55.5);
		/* 10 s of silence at most have passed when it dies; a pass comes every 5 s. */
		assert_true(phi8 >= 12.4 - 10.4 && phi8 <= 31);
		assert_true(phi100 >= phi8);
		sum[0] += phi8;
		sum[1] += phi100;
	}
	assert_true(sum[1] / SEEDS > sum[0] / SEEDS + 5);
}

/* A healthy cluster is never suspected at the default threshold; always looking or not gives the same. */
static void phi_is_calm(void **unused)
{
	static const char calm[] = HEAD "  duration: 6h\n  nodeGroups: [{name: w, count: 8}]\n" WEB("4", "");
	const char *low = "controllers={node-lifecycle: {use: phi-accrual, threshold: 0.2, minDeviation: 1ms}}";

	(void)unused;
	for (uint64_t seed = 1; seed <= 5; seed++)
		assert_int_equal(
			run_set(calm, "controllers={node-lifecycle: phi-accrual}", seed).count[FACT_NODE_READY], 0);
	assert_true(run_set(calm, low, 1).count[FACT_NODE_READY] > 0);
	const char *lazy[] = {low, "heartbeats=lazy", "duration=30m"};
	const char *explicit[] = {low, "heartbeats=explicit", "duration=30m"};
	struct tally a = run_text(calm, lazy, 3, 1), b = run_text(calm, explicit, 3, 1);
	assert_true(a.count[FACT_NODE_READY] > 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void eviction_without_room(void **unused)
{
	static const char full[] =
		HEAD "  duration: 30m\n  nodeGroups: [{name: w, count: 3, capacity: {cpu: 2}}]\n"
		     "  failures: [{at: 5m, kind: kubelet-stop, node: w-1, for: 15m}]\n" WEB("11", "");

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct tally t = run_set(full, NULL, seed);
		uint64_t lost = t.deleted_why[DELETE_TAINT];

		assert_true(lost >= 3 && t.count[FACT_POD_UNSCHEDULABLE] > 0);
		t = run_set(full, "controllers={taint-eviction: evict-if-fits}", seed);
		assert_int_equal(t.count[FACT_POD_UNSCHEDULABLE], 0);
		assert_int_equal(t.deleted_why[DELETE_TAINT] + t.count[FACT_EVICTION_HELD], lost);
		assert_true(t.deleted_why[DELETE_TAINT] <= 1); /* 12 places for 11 pods */
	}
}

/* 2 cores of quota: 4 pods of 500m; what goes makes room for others, later. */
static void quota(void **unused)
{
	static const char text[] = HEAD "  duration: 40m\n  nodeGroups: [{name: w, count: 3}]\n"
					"  actions: [{at: 1m, kubectl: scale deployment/web --replicas=6}, "
					"{at: 10m, kubectl: scale deployment/web --replicas=1}, "
					"{at: 20m, kubectl: scale deployment/web --replicas=4}]\n" WEB(
						"2", "") "---\n"
							 "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, "
							 "spec: {hard: {requests.cpu: 2}}}\n";
	struct tally t = run_set(text, NULL, 1);

	(void)unused;
	assert_int_equal(t.count[FACT_POD_CREATED], 2 + 3);
	assert_int_equal(t.count[FACT_CREATE_REFUSED], 1);
	assert_int_equal(t.deleted_why[DELETE_SCALE_DOWN], 3);
}

static void limit_range(void **unused)
{
	static const char text[] = HEAD
		"  nodeGroups: [{name: w, count: 1}]\n---\n"
		"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}\n---\n"
		"{apiVersion: v1, kind: Pod, metadata: {name: q, namespace: other}, "
		"spec: {containers: [{name: c, image: i}]}}\n---\n"
		"{apiVersion: v1, kind: Pod, metadata: {name: r}, spec: {containers: [{name: c, image: i, "
		"resources: {requests: {cpu: 3}}}]}}\n---\n"
		"{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: Container, "
		"defaultRequest: {cpu: 300m}, default: {memory: 1Gi}, max: {cpu: 2}, min: {cpu: 100m}}]}}\n";
	struct loaded l;

	(void)unused;
	load_text(&l, text, NULL, 0);
	assert_int_equal(l.result, 0);
	const struct pod_object *p = l.scenario.objects.pod;
	assert_int_equal(p[0].spec->request.cpu_milli, 300);
	assert_int_equal(p[0].spec->request.mem_bytes, 1 << 30);
	assert_int_equal(p[0].spec->forbidden, 0);
	assert_int_equal(p[1].spec->request.cpu_milli, 0);
	assert_int_not_equal(p[2].spec->forbidden, 0);
	unload(&l);
}

#define HPA(more)                                                                                                      \
	"---\napiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"                      \
	"spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 12, "                      \
	"targetCPUUtilizationPercentage: 60" more "}\n"

static void autoscaler(void **unused)
{
	static const char text[] = HEAD
		"  duration: 60m\n  nodeGroups: [{name: w, count: 6}]\n"
		"  load: [{workload: Deployment/web, cpu: 1200m}, {at: 10m, workload: deployment/web, cpu: 3m}]\n" WEB(
			"4", "") HPA("");

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct tally t = run_set(text, NULL, seed);

		/* Down to the minimum, 300 s after the last recommendation of more: a sync and a scrape may lie
		 * between. */
		assert_int_equal(t.count[FACT_AUTOSCALED], 1);
		assert_true(t.first[FACT_AUTOSCALED] >= SECONDS(600 + 285) - MILLIS(100));
		assert_true(t.first[FACT_AUTOSCALED] <= SECONDS(600 + 331));
	}
	/* What idles costs no events: a day of it is as much as an hour. */
	struct loaded l;
	const char *day[] = {"duration=24h"};
	struct run r;
	load_text(&l, text, day, 1);
	assert_true(world_run(&r, &l.scenario, 1, 0, false, NULL, NULL, NULL));
	assert_true(r.events < 3000);
	run_release(&r);
	unload(&l);
}

/* worker-2 comes back empty; the descheduler moves pods there, others do not. */
static void descheduler(void **unused)
{
	static const char text[] = HEAD "  duration: 60m\n  nodeGroups: [{name: w, count: 3}]\n"
					"  failures: [{at: 5m, kind: node-crash, node: w-2, for: 15m}]\n" WEB("9", "");
	const char *low = "controllers={descheduler: {strategies: [{name: LowNodeUtilization, "
			  "thresholds: {cpu: 20, pods: 20}, targetThresholds: {cpu: 50}}]}}";
	const char *duplicates = "controllers={descheduler: {strategies: [RemoveDuplicates]}}";

	(void)unused;
	assert_int_equal(run_set(text, NULL, 1).deleted_why[DELETE_EVICTION], 0);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct tally t = run_set(text, low, seed);

		/* 4500m on two nodes of 4: 56 % each but for the odd one; one pod less brings each below 50 %. */
		assert_true(t.evicted_by[LOW_NODE_UTILIZATION] >= 1 && t.evicted_by[LOW_NODE_UTILIZATION] <= 2);
		assert_true(t.first[FACT_DESCHEDULED] > SECONDS(1200));
		t = run_set(text, duplicates, seed);
		/* 9 pods on 3 nodes: those beyond 3 on a node, which are 3; and 1 more while two nodes were left (5
		 * of 4.5). */
		assert_true(t.evicted_by[REMOVE_DUPLICATES] >= 3);
		assert_true(t.last[FACT_DESCHEDULED] < SECONDS(1200 + 301)); /* then it is even */
	}
	/* Budgets hold. */
	static const char budget[] =
		HEAD "  duration: 60m\n  nodeGroups: [{name: w, count: 3}]\n"
		     "  failures: [{at: 5m, kind: node-crash, node: w-2, for: 15m}]\n" WEB(
			     "9", "") "---\n"
				      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, "
				      "spec: {minAvailable: 9, selector: {matchLabels: {app: web}}}}\n";
	struct tally t = run_set(budget, duplicates, 1);
	assert_int_equal(t.deleted_why[DELETE_EVICTION], 0);
	assert_true(t.count[FACT_EVICTION_REFUSED] > 0);
}

static void descheduler_rules(void **unused)
{
	static const char old[] = HEAD "  duration: 30m\n  nodeGroups: [{name: w, count: 3}]\n" WEB("3", "");
	static const char daemon[] =
		HEAD "  duration: 30m\n  nodeGroups: [{name: w, count: 3}]\n---\n"
		     "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: web}\nspec:\n"
		     "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n"
		     "    spec: {containers: [{name: c, image: i}]}\n";
	const char *life = "controllers={descheduler: {strategies: [{name: PodLifeTime, maxPodLifeTimeSeconds: 600}]}}";
	struct tally t = run_set(old, life, 1);

	(void)unused;
	assert_true(t.evicted_by[POD_LIFE_TIME] >= 3);
	assert_true(t.first[FACT_DESCHEDULED] > SECONDS(600));
	assert_int_equal(run_set(daemon, life, 1).count[FACT_DESCHEDULED], 0);
	/* Pods on a node that got a NoSchedule taint by a cordon. */
	static const char cordon[] = HEAD "  duration: 30m\n  nodeGroups: [{name: w, count: 3}]\n"
					  "  actions: [{at: 5m, kubectl: cordon w-0}]\n" WEB("3", "");
	t = run_set(cordon, "controllers={descheduler: {strategies: [RemovePodsViolatingNodeTaints]}}", 1);
	assert_int_equal(t.evicted_by[VIOLATING_NODE_TAINTS], 1);
	/* Spread: with w-0 away for a while, the others have its share; it gets it back. */
	static const char spread[] =
		HEAD "  duration: 60m\n  nodeGroups: [{name: w, count: 3}]\n"
		     "  failures: [{at: 5m, kind: node-crash, node: w-0, for: 15m}]\n" WEB(
			     "6", "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, "
				  "whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}, "
				  "nodeTaintsPolicy: Honor}]\n");
	t = run_set(spread, "controllers={descheduler: {strategies: [RemovePodsViolatingTopologySpreadConstraint]}}",
		    1);
	assert_int_equal(t.evicted_by[VIOLATING_TOPOLOGY_SPREAD], 2);
}

/* The excess of ended pods goes at a sweep, within 20 s. */
static void pod_gc(void **unused)
{
	static const char text[] =
		HEAD "  duration: 20m\n  nodeGroups: [{name: w, count: 2}]\n---\n"
		     "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  completions: 8\n  parallelism: 8\n"
		     "  template:\n    metadata: {annotations: {nodefall.io/run-for: 60s}}\n"
		     "    spec: {restartPolicy: Never, containers: [{name: c, image: i}]}\n";
	const char *few = "controllers={pod-garbage-collector: {terminatedPodGCThreshold: 3}}";

	(void)unused;
	assert_int_equal(run_set(text, NULL, 1).count[FACT_POD_REMOVED], 0);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct tally t = run_set(text, few, seed);

		assert_int_equal(t.count[FACT_POD_REMOVED], 5);
		assert_int_equal(t.deleted_why[DELETE_POD_GC], 5);
		assert_true(t.first[FACT_POD_REMOVED] > SECONDS(60) && t.last[FACT_POD_REMOVED] < SECONDS(60 + 42));
	}
}

/* Pods stuck on a node that is out of service go; in 1.25 they do not, nor where it is Ready. */
static void out_of_service(void **unused)
{
	static const char text[] =
		HEAD "  duration: 20m\n  failures: [{at: 5m, kind: node-crash, node: w-0}]\n---\n"
		     "{apiVersion: v1, kind: Node, metadata: {name: w-0}, spec: {taints: "
		     "[{key: node.kubernetes.io/out-of-service, value: nodeshutdown, effect: NoSchedule}]}, "
		     "status: {capacity: {cpu: 4, memory: 8Gi, pods: 110}}}\n---\n"
		     "{apiVersion: v1, kind: Node, metadata: {name: w-1}, status: {capacity: {cpu: 4, memory: 8Gi, "
		     "pods: 110}}}\n"
		     "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  replicas: 1\n"
		     "  serviceName: db\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: "
		     "{app: db}}\n"
		     "    spec:\n      tolerations: [{key: node.kubernetes.io/out-of-service, operator: Exists}]\n"
		     "      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, "
		     "preference: {matchFields: [{key: metadata.name, operator: In, values: [w-0]}]}}]}}\n"
		     "      containers: [{name: c, image: i}]\n";

	(void)unused;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct tally t = run_set(text, NULL, seed);

		assert_int_equal(t.count[FACT_POD_REMOVED], 1);
		/* Within a sweep of the deletion. */
		assert_true(t.last[FACT_POD_REMOVED] - t.last[FACT_POD_DELETED] <= SECONDS(21));
		assert_int_equal(t.count[FACT_POD_CREATED], 1);
	}
	assert_int_equal(run_set(text, "kubernetes=\"1.25\"", 1).count[FACT_POD_REMOVED], 0);
	assert_int_equal(run_set(text, "controllers={pod-garbage-collector: off}", 1).count[FACT_POD_REMOVED], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes),
		cmocka_unit_test(switched_off),
		cmocka_unit_test(detectors),
		cmocka_unit_test(phi_is_calm),
		cmocka_unit_test(eviction_without_room),
		cmocka_unit_test(quota),
		cmocka_unit_test(limit_range),
		cmocka_unit_test(autoscaler),
		cmocka_unit_test(descheduler),
		cmocka_unit_test(descheduler_rules),
		cmocka_unit_test(pod_gc),
		cmocka_unit_test(out_of_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
