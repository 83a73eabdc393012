/* bench_scheduler.h - pods placed in a second, for the three kinds of pods that cost differently. Included by bench.c.
 */
#ifndef TESTS_BENCH_SCHEDULER_H
#define TESTS_BENCH_SCHEDULER_H

#include "models/cluster.h"
#include "models/scheduler.h"

/* Pods that are there before the measured ones: two a node; and the measured ones, at most. */
#define FILLERS 2
#define MEASURED 1000

static const struct {
	const char *name, *spec;
} pod_kinds[] = {
	{"plain", ""},
	{"spread",
	 "topologySpreadConstraints: [{maxSkew: 5, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: "
	 "DoNotSchedule, labelSelector: {matchLabels: {app: a}}}, {maxSkew: 1, topologyKey: "
	 "kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: a}}}], "},
	{"anti-affinity",
	 "affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 10, podAffinityTerm: "
	 "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: a}}}}], "
	 "requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: "
	 "{matchLabels: {app: a}}}]}}, "},
};

static void pod_text(struct text *t, const char *name, const char *app, const char *spec)
{
	text_printf(
		t,
		"---\n{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: %s}}, spec: {schedulerName: none, "
		"%scontainers: [{name: c, image: i, resources: {requests: {cpu: 10m, memory: 16Mi}}}]}}\n",
		name, app, spec);
}

/* One more pod like the given one, placed at once; false when it fits nowhere. */
static bool place_like(struct world *w, uint32_t row)
{
	const struct pod_object *o = &w->scenario->objects.pod[row];
	struct pod_new n = {.spec = o->spec,
			    .labels = &o->meta.labels,
			    .name = o->meta.name,
			    .namespace = o->meta.namespace,
			    .workload = NONE,
			    .pinned_node = NONE,
			    .ordinal = -1};
	uint32_t pod = cluster_pod_create(&w->cluster, &n), node = scheduler_decide(w, pod).node;

	if (node != NONE)
		cluster_pod_bind(&w->cluster, pod, node, 1);
	return node != NONE;
}

static double pods_per_second(const char *text)
{
	struct file_bytes file = {"bench.yaml", text, strlen(text)};
	struct file_set files = {.file = &file, .count = 1};
	struct scenario s = {0};
	struct diag d = {0};
	struct run r;
	uint32_t placed = 0, wanted;
	double start, took;

	if (scenario_load_files(&s, &files, NULL, 0, &d) != 0) {
		fprintf(stderr, "bench: the scenario does not load\n");
		exit(1);
	}
	/* Pods of schedulers that do not run stay where they are: the two are patterns. */
	s.scheduling.count = 0;
	struct world *w = world_settled(&r, &s, 1, NONE);

	for (uint32_t i = 0; i < FILLERS * w->cluster.node_count; i++)
		place_like(w, 0);
	/* Pods that keep off each other need nodes of their own. */
	wanted = w->cluster.node_count / 2 < MEASURED ? w->cluster.node_count / 2 : MEASURED;
	start = now();
	for (uint32_t i = 0; i < wanted; i++)
		placed += place_like(w, 1);
	took = now() - start;
	run_release(&r);
	scenario_release(&s);
	return placed / took;
}

static void bench_scheduler(void)
{
	printf("pods placed in a second:");
	for (size_t k = 0; k < sizeof(pod_kinds) / sizeof(pod_kinds[0]); k++)
		printf(" %14s", pod_kinds[k].name);
	printf("\n");
	for (int nodes = 100; nodes <= 5000; nodes *= nodes == 100 ? 10 : 5) {
		printf("%17d nodes:", nodes);
		for (size_t k = 0; k < sizeof(pod_kinds) / sizeof(pod_kinds[0]); k++) {
			struct arena a = {0};
			struct text t;

			text_init(&t, &a);
			text_printf(
				&t,
				"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  nodeGroups: [{name: n, count: %d, "
				"zones: [a, b, c], capacity: {pods: 2000, cpu: 16, memory: 64Gi}}]\n",
				nodes);
			pod_text(&t, "filler", "filler", "");
			pod_text(&t, "measured", "a", pod_kinds[k].spec);
			printf(" %14.0f", pods_per_second(t.data));
			arena_release(&a);
		}
		printf("\n");
	}
}

#endif
