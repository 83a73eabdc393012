/* bench.c - how fast the simulator is: `make bench`. Wall time on one core; never part of the tests. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/cluster.h"
#include "models/scheduler.h"
#include "models/world.h"
#include "sim/queue.h"
#include "sim/yaml.h"

#define LESSON "scenarios/lessons/node-dies.yaml"
#define GOAL_SECONDS 0.5
#define GOAL_MB 100.0
#define MEGA 1e6
#define QUEUE_OPERATIONS 2000000
#define RNG_DRAWS 200000000
#define DIST_DRAWS 10000000
#define YAML_BYTES 20000000
#define REPEAT 5 /* of the large run; the fastest counts */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- a large cluster ---- */

static const char large[] = "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: bench}\nspec:\n"
			    "  prePulled: true\n  nodeGroups: [{name: n, count: 1000, zones: [a, b, c]}]\n";

/* 70 Deployments of 100 pods, one Service each. */
static void add_workloads(struct text *t)
{
	for (int i = 0; i < 70; i++)
		text_printf(
			t,
			"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w%d}, spec: {replicas: 100, "
			"selector: {matchLabels: {app: w%d}}, template: {metadata: {labels: {app: w%d}}, spec: "
			"{containers: [{name: c, image: i, resources: {requests: {cpu: 250m, memory: 512Mi}}}]}}}}\n"
			"---\n{apiVersion: v1, kind: Service, metadata: {name: s%d}, spec: {selector: {app: w%d}}}\n",
			i, i, i, i, i);
}

struct result {
	double seconds, megabytes;
	uint64_t events, facts;
};

/* The fastest of `times` runs. */
static struct result run_text(const char *text, int times)
{
	struct file_bytes file = {"bench.yaml", text, strlen(text)};
	struct file_set files = {.file = &file, .count = 1};
	struct scenario s = {0};
	struct diag d = {0};
	struct result best = {.seconds = 1e9};

	if (scenario_load_files(&s, &files, NULL, 0, &d) != 0) {
		fprintf(stderr, "bench: the scenario does not load\n");
		exit(1);
	}
	for (int i = 0; i < times; i++) {
		struct run r;
		double start = now(), took;

		world_run(&r, &s, 1, 0, false, NULL, NULL, NULL);
		took = now() - start;
		if (took < best.seconds)
			best = (struct result){took, (double)r.arena.used_bytes / MEGA, r.events, r.facts.count};
		run_release(&r);
	}
	scenario_release(&s);
	return best;
}

static void bench_large(void)
{
	struct arena a = {0};
	struct text settle, hour;
	struct result s, h;

	text_init(&settle, &a);
	text_init(&hour, &a);
	text_add(&settle, large);
	text_add(&settle, "  duration: 1ms\n");
	add_workloads(&settle);
	text_add(&hour, large);
	text_add(&hour, "  duration: 1h\n  failures: [{at: 5m, kind: node-crash, zone: a}]\n");
	add_workloads(&hour);
	s = run_text(settle.data, REPEAT);
	h = run_text(hour.data, REPEAT);
	printf("1,000 nodes, 7,000 pods, one zone of three lost, 1 h:\n"
	       "  %.3f s, %.1f MB, %" PRIu64 " events, %.2f million events/s, %" PRIu64 " facts\n"
	       "  goal: < %.1f s, < %.0f MB: %s\n",
	       h.seconds, h.megabytes, h.events, (double)h.events / h.seconds / MEGA, h.facts, GOAL_SECONDS, GOAL_MB,
	       h.seconds < GOAL_SECONDS && h.megabytes < GOAL_MB ? "met" : "MISSED");
	printf("settling these 7,000 pods (in the above): %.3f s, %.1f MB, %" PRIu64 " events\n", s.seconds,
	       s.megabytes, s.events);
	arena_release(&a);
}

/* Nothing happens for a day. */
static void bench_idle(void)
{
	struct result r = run_text("apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: idle}\nspec:\n"
				   "  masters: 3\n  duration: 24h\n  prePulled: true\n"
				   "  nodeGroups: [{name: n, count: 5000, zones: [a, b, c]}]\n",
				   REPEAT);

	printf("5,000 idle nodes and three masters, 24 h: %.3f s, %" PRIu64 " events; goal: < %.1f s: %s\n", r.seconds,
	       r.events, GOAL_SECONDS, r.seconds < GOAL_SECONDS ? "met" : "MISSED");
}

/* 150,000 pods of 500 Deployments, which run for a day; probes: what goes into each container. */
static struct result run_many(const char *probes)
{
	struct arena a = {0};
	struct text t;
	struct result r;

	text_init(&t, &a);
	text_add(&t, "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: bench}\nspec:\n  prePulled: true\n"
		     "  duration: 24h\n  nodeGroups: [{name: n, count: 5000, capacity: {cpu: 16, memory: 64Gi}}]\n");
	for (int i = 0; i < 500; i++)
		text_printf(
			&t,
			"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w%d}, spec: {replicas: 300, "
			"selector: {matchLabels: {app: w%d}}, template: {metadata: {labels: {app: w%d}}, spec: "
			"{containers: [{name: c, image: i, %sresources: {requests: {cpu: 250m, memory: 512Mi}}}]}}}}\n",
			i, i, i, probes);
	r = run_text(t.data, 1);
	arena_release(&a);
	return r;
}

/* Probes that pass are arithmetic. */
static void bench_probes(void)
{
	struct result plain = run_many(""), probed = run_many("readinessProbe: {httpGet: {port: 80}}, livenessProbe: "
							      "{httpGet: {port: 80}}, ");

	printf("150,000 pods on 5,000 nodes, 24 h, with their settling: %.1f s, %" PRIu64 " events; with readiness and "
	       "liveness probes %.1f s, %" PRIu64 " events; goal: less than twice as much: %s\n",
	       plain.seconds, plain.events, probed.seconds, probed.events,
	       probed.seconds < 2 * plain.seconds && probed.events < 2 * plain.events ? "met" : "MISSED");
}

/* ---- parts ---- */

/* The hold model: the first event is taken out and put back a random time later, at a constant number of events. */
static void bench_queue(void)
{
	for (size_t size = 1000; size <= 1000000; size *= 10) {
		struct arena a = {0};
		struct queue q;
		struct rng r = rng_stream(1, 0, 0, 0);
		double start;

		queue_init(&q, &a);
		for (size_t i = 0; i < size; i++)
			queue_push(&q, (struct event){.at = (sim_time)rng_below(&r, 1000000000)}, 1);
		start = now();
		for (int i = 0; i < QUEUE_OPERATIONS; i++) {
			struct event e = queue_pop(&q);

			e.at += (sim_time)rng_below(&r, 2000000000);
			queue_push(&q, e, 1);
		}
		printf("queue of %7zu events: %.0f ns for one out and in\n", size,
		       (now() - start) / QUEUE_OPERATIONS * 1e9);
		arena_release(&a);
	}
}

static void bench_rng(void)
{
	struct rng r = rng_stream(1, 0, 0, 0);
	struct dist d = {.kind = DIST_LOGNORMAL, .a = SECONDS(1), .shape = 0.5};
	uint64_t sum = 0;
	double start = now();

	for (int i = 0; i < RNG_DRAWS; i++)
		sum += rng_next(&r);
	double plain = now() - start;

	start = now();
	for (int i = 0; i < DIST_DRAWS; i++)
		sum += (uint64_t)dist_draw(&d, &r);
	double lognormal = now() - start;
	/* The sum is printed so that nothing is left out by the compiler. */
	printf("random numbers: %.0f million/s, lognormal: %.1f million/s (sum %" PRIx64 ")\n",
	       RNG_DRAWS / plain / MEGA, DIST_DRAWS / lognormal / MEGA, sum);
}

static void bench_yaml(void)
{
	struct arena a = {0};
	struct text t;
	struct diag d;
	struct yaml_docs docs = {0};

	text_init(&t, &a);
	for (int i = 0; t.length < YAML_BYTES; i++)
		text_printf(&t,
			    "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-%d\n  labels:\n    app: web\n    "
			    "tier: front\n"
			    "spec:\n  nodeName: worker-%d\n  containers:\n  - name: main\n    image: "
			    "registry.example/web:1.%d\n"
			    "    resources:\n      requests: {cpu: 250m, memory: 256Mi}\nstatus:\n  phase: Running\n",
			    i, i % 1000, i % 7);
	diag_init(&d, &a);
	double start = now();
	bool fine = yaml_read(&a, &d, "bench.yaml", t.data, t.length, &docs);
	double took = now() - start;

	printf("YAML: %.1f MB/s (%" PRIu32 " documents%s)\n", (double)t.length / took / MEGA, docs.count,
	       fine ? "" : ", NOT READ");
	arena_release(&a);
}

/* ---- the scheduler ---- */

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

/* ---- a lesson ---- */

static void bench_lesson(void)
{
	static const char *const path[] = {LESSON};
	struct scenario_input input = {.paths = path, .path_count = 1};
	struct scenario s = {0};
	struct diag d = {0};
	uint32_t runs = 0;
	double start, took;

	if (scenario_load(&s, &input, &d) != 0) {
		printf("%s: cannot be loaded from here\n", LESSON);
		scenario_release(&s);
		return;
	}
	start = now();
	do {
		struct run r;

		world_run(&r, &s, 1, runs++, false, NULL, NULL, NULL);
		run_release(&r);
		took = now() - start;
	} while (took < 2);
	printf("%s: %.0f replications/s\n", LESSON, runs / took);
	scenario_release(&s);
}

int main(void)
{
	bench_large();
	bench_idle();
	bench_probes();
	bench_queue();
	bench_rng();
	bench_yaml();
	bench_lesson();
	bench_scheduler();
	return 0;
}
