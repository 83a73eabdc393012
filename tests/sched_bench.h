/* sched_bench.h - a cluster by hand for the tests of the scheduler, with stand-ins for the API server. Included once.
 */
#ifndef TESTS_SCHED_BENCH_H
#define TESTS_SCHED_BENCH_H

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "models/api.h"
#include "models/api_apply.h"
#include "models/sched_internal.h"
#include "sim/text.h"

#define GI (INT64_C(1) << 30)
#define MI (INT64_C(1) << 20)
#define MAX_NODES 1000

/* A cluster by hand. The API server is the one below: calls are committed when the test says so. */
struct bench {
	struct run run;
	struct scenario scenario;
	struct world world;
	struct node_object node[MAX_NODES];
	struct api_call sent[16384];
	uint32_t sent_count;
	uint32_t deleted[16], deleted_count;
};

static inline struct bench *bench_of(struct world *w)
{
	return (struct bench *)((char *)w - offsetof(struct bench, world));
}

/* ---- stand-ins for api.c, api_apply.c and world.c ---- */

void api_send(struct world *w, uint32_t client, const struct api_call *call, const struct dist *latency,
	      enum api_caller caller, uint32_t who)
{
	struct bench *b = bench_of(w);

	(void)latency;
	assert_int_equal(client, CLIENT_SCHEDULER);
	if (call->verb == API_BIND) {
		assert_int_equal(caller, CALLER_SCHEDULER);
		assert_int_equal(who, call->pod);
		b->sent[b->sent_count++] = *call;
	} else if (call->verb == API_DELETE_POD) {
		assert_int_equal(call->cause, DELETE_PREEMPTED);
		b->deleted[b->deleted_count++ % COUNT(b->deleted)] = call->pod;
	}
}

void api_client_reset(struct world *w, uint32_t client)
{
	(void)client;
	bench_of(w)->sent_count = 0;
}

bool api_apply(struct world *w, const struct api_call *call)
{
	cluster_pod_bind(&w->cluster, call->pod, call->node, (uint32_t)call->number);
	return true;
}

void world_schedule(struct world *w, sim_time at, enum event_kind kind, uint32_t subject, uint32_t epoch, uint32_t arg)
{
	struct event e = {.at = at, .kind = (uint16_t)kind, .subject = subject, .epoch = epoch, .arg = arg};

	run_schedule(w->run, e, PHASE_SCHEDULER);
}

/* ---- making things ---- */

static inline struct bench *make(int kubernetes)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	names_init(&b->scenario.names, &b->scenario.arena, NULL);
	b->scenario.kubernetes = kubernetes;
	b->scenario.objects.node = b->node;
	b->scenario.timers.pod_initial_backoff = SECONDS(1);
	b->scenario.timers.pod_max_backoff = SECONDS(10);
	b->scenario.latencies.scheduling = (struct dist){.kind = DIST_CONSTANT, .a = MILLIS(3)};
	return b;
}

static inline uint32_t id(struct bench *b, const char *text)
{
	return names_intern(&b->scenario.names, text);
}

static inline struct node_object *node(struct bench *b, int64_t cpu, int64_t mem)
{
	struct node_object *n = &b->node[b->scenario.objects.node_count++];
	char name[16];

	snprintf(name, sizeof(name), "n%u", b->scenario.objects.node_count);
	n->meta.name = id(b, name);
	n->allocatable = (struct resources){.cpu_milli = cpu, .mem_bytes = mem, .pods = 110};
	return n;
}

static inline void label(struct bench *b, struct labels *l, const char *key, const char *value)
{
	uint32_t k = id(b, key), at = l->count;

	if (l->item == NULL)
		l->item = ARENA_NEW(&b->scenario.arena, 8, struct label);
	for (; at > 0 && l->item[at - 1].key > k; at--)
		l->item[at] = l->item[at - 1];
	l->item[at] = (struct label){k, id(b, value)};
	l->count++;
}

static inline void taint(struct bench *b, struct node_object *n, const char *key, const char *value,
			 enum taint_effect effect)
{
	if (n->taint == NULL)
		n->taint = ARENA_NEW(&b->scenario.arena, 8, struct taint);
	n->taint[n->taint_count++] = (struct taint){id(b, key), id(b, value), (uint8_t)effect};
}

/* A pod template; requests of 0 are "not mentioned": 100m and 200 MiB for scoring. */
static inline struct pod_spec *spec(struct bench *b, int64_t cpu, int64_t mem)
{
	struct pod_spec *s = ARENA_NEW(&b->scenario.arena, 1, struct pod_spec);

	s->request.cpu_milli = cpu;
	s->request.mem_bytes = mem;
	s->score_cpu_milli = cpu > 0 ? cpu : 100;
	s->score_mem_bytes = mem > 0 ? mem : 200 * MI;
	s->preempts = true;
	return s;
}

static inline struct requirement requirement(struct bench *b, const char *key, enum selector_op op, const char *value)
{
	struct requirement r = {.key = id(b, key), .op = (uint8_t)op};

	if (op == OP_IN || op == OP_NOT_IN) {
		r.value = ARENA_NEW(&b->scenario.arena, 1, uint32_t);
		r.value[0] = id(b, value);
		r.count = 1;
	} else if (value != NULL) {
		r.number = atoi(value);
	}
	return r;
}

static inline void start(struct bench *b)
{
	run_init(&b->run, 7, 0, &b->scenario.names, true);
	b->world.run = &b->run;
	b->world.scenario = &b->scenario;
	cluster_init(&b->world.cluster, &b->run, &b->scenario);
	scheduler_init(&b->world);
}

static inline uint32_t pod(struct bench *b, const struct pod_spec *s)
{
	static const struct labels none;
	struct pod_new n = {
		.spec = s, .labels = &none, .name = 1, .workload = NONE, .pinned_node = NONE, .ordinal = -1};

	return cluster_pod_create(&b->world.cluster, &n);
}

static inline void place(struct bench *b, const struct pod_spec *s, uint32_t on)
{
	cluster_pod_bind(&b->world.cluster, pod(b, s), on, 0);
}

static inline void end(struct bench *b)
{
	run_release(&b->run);
	arena_release(&b->scenario.arena);
	free(b);
}

static inline struct sched_framework *fw(struct bench *b)
{
	/* The framework is the first member of the scheduler. */
	return (struct sched_framework *)(void *)b->world.scheduler;
}

/* The total of a node in the last search; -1 when it was not feasible. */
static inline int64_t total(struct bench *b, uint32_t row)
{
	for (uint32_t i = 0; i < fw(b)->feasible_count; i++)
		if (fw(b)->feasible[i] == row)
			return fw(b)->total[i];
	return -1;
}

static inline void explain(struct bench *b, uint32_t row, const char *want)
{
	struct text t;

	text_init(&t, &b->run.arena);
	scheduler_explain(&b->world, row, &t);
	assert_string_equal(t.data, want);
}

static inline void handle(void *model, const struct event *e)
{
	if (e->kind == EVENT_SCHED_CYCLE)
		scheduler_on_cycle(model, e);
	else if (e->kind == EVENT_SCHED_WAKE)
		scheduler_on_wake(model, e);
}

static inline void until(struct bench *b, sim_time at)
{
	assert_true(run_loop(&b->run, at, handle, &b->world, NULL));
}

static inline void notice(struct bench *b, enum change_kind kind, uint16_t what, uint32_t row)
{
	struct change c = {.kind = (uint8_t)kind, .what = what, .row = row};

	scheduler_notice(&b->world, &c);
}

#endif
