/*
 * fake_run.h - a small run told by hand, with times a reader can check: for tests of reports.
 *
 * Two workers and, on each, pods of Deployment "web" behind Service "web"; worker-1 dies at 100 s.
 */
#ifndef TESTS_FAKE_RUN_H
#define TESTS_FAKE_RUN_H

#include "report/outcome.h"

#define GIB ((int64_t)1 << 30)
#define UNREACHABLE "node.kubernetes.io/unreachable"

struct fake {
	struct scenario scenario;
	struct run run;
	struct arena arena;
	struct outcome outcome;
	struct node_object node[64];
	struct failure failure[4];
	uint32_t failed_node[4][8];
	struct expectation expectation[8];
};

static inline uint32_t fake_name(struct fake *f, const char *text)
{
	return names_intern(&f->scenario.names, text);
}

/* Prepares a scenario without failures and a run that keeps its facts. Names must be interned before fake_begin(). */
static inline void fake_init(struct fake *f)
{
	*f = (struct fake){0};
	struct scenario *s = &f->scenario;
	names_init(&s->names, &s->arena, NULL);
	s->name = fake_name(f, "fake");
	s->seed = 7;
	s->kubernetes = 34;
	s->objects.names = &s->names;
	s->objects.node = f->node;
	s->failure = f->failure;
	s->expectation = f->expectation;
}

static inline void fake_failure(struct fake *f, const char *id, enum failure_kind kind, sim_time at, uint32_t node)
{
	const uint32_t i = f->scenario.failure_count++;

	f->failed_node[i][0] = node;
	f->failure[i] = (struct failure){.id = fake_name(f, id),
					 .kind = (uint8_t)kind,
					 .at = at,
					 .lasts = SIM_NEVER,
					 .node_count = 1,
					 .node = f->failed_node[i]};
}

static inline void fake_expect(struct fake *f, const char *metric, char compare, double value, bool is_time)
{
	f->expectation[f->scenario.expectation_count++] = (struct expectation){.metric = fake_name(f, metric),
									       .compare = (uint8_t)compare,
									       .value = value,
									       .is_time = is_time,
									       .text = fake_name(f, metric)};
}

static inline void fake_begin(struct fake *f)
{
	run_init(&f->run, 7, 0, &f->scenario.names, true);
	outcome_init(&f->outcome, &f->arena, &f->scenario, &f->run, true);
	facts_subscribe(&f->run.facts, outcome_reader(&f->outcome));
}

static inline void fake_end(struct fake *f, sim_time end)
{
	f->run.now = end;
	facts_finish(&f->run.facts);
	outcome_finish(&f->outcome, false);
}

static inline void fake_release(struct fake *f)
{
	run_release(&f->run);
	arena_release(&f->arena);
	arena_release(&f->scenario.arena);
}

static inline void tell(struct fake *f, double at, enum fact_kind kind, uint32_t node, uint32_t pod, uint32_t object,
			unsigned flag, int64_t a, int64_t b, int64_t c)
{
	const struct fact fact = {time_from_seconds(at), (uint16_t)kind, (uint16_t)flag, node, pod, object, a, b, c};
	fact_tell(&f->run.facts, &fact);
}

#define NONE FACT_NONE

static inline void tell_node(struct fake *f, uint32_t node, const char *name)
{
	tell(f, 0, FACT_NODE_ADDED, node, NONE, names_intern(&f->run.names, name), 0, 4000, 8 * GIB, 110);
}

static inline void tell_web(struct fake *f, int64_t wants)
{
	struct names *n = &f->run.names;

	tell(f, 0, FACT_WORKLOAD_ADDED, NONE, NONE, 0, WORKLOAD_DEPLOYMENT, names_intern(n, "web"),
	     names_intern(n, "default"), wants);
	tell(f, 0, FACT_SERVICE_ADDED, NONE, NONE, 0, 0, names_intern(n, "web"), names_intern(n, "default"), 0);
	tell(f, 0, FACT_SERVICE_WANTS, NONE, NONE, 0, 0, wants, 0, 0);
}

static inline void tell_created(struct fake *f, double at, uint32_t pod, uint32_t owner, const char *name, bool settled)
{
	tell(f, at, FACT_POD_CREATED, NONE, pod, owner, settled, names_intern(&f->run.names, name), 1000, 2 * GIB);
}

/* A pod that runs, is Ready and gets traffic since `at`. */
static inline void tell_running(struct fake *f, double at, uint32_t pod, uint32_t owner, const char *name,
				uint32_t node)
{
	tell_created(f, at, pod, owner, name, true);
	tell(f, at, FACT_POD_BOUND, node, pod, NONE, 0, 1, 0, 0);
	tell(f, at, FACT_POD_STARTED, node, pod, NONE, 0, 0, 0, 0);
	tell(f, at, FACT_POD_SERVING, node, pod, NONE, 0, 0, 0, 0);
	tell(f, at, FACT_POD_PHASE, NONE, pod, NONE, PHASE_RUNNING, 0, 0, 0);
	tell(f, at, FACT_POD_READY, node, pod, NONE, 1, BY_KUBELET, 0, 0);
	if (owner == 0)
		tell(f, at, FACT_PROXY_ADDED, NONE, pod, 0, 0, 0, 0, 0);
}

static inline void tell_settled(struct fake *f)
{
	tell(f, 0, FACT_SETTLED, NONE, NONE, NONE, 0, 0, 0, 0);
}

/* Failure `row` strikes node at `at`: a node-crash stops its pods `first` to `last`. */
static inline void tell_crash(struct fake *f, double at, uint32_t row, uint32_t node, uint32_t first, uint32_t last)
{
	tell(f, at, FACT_FAILURE_STRUCK, NONE, NONE, row, FAILURE_NODE_CRASH, 1, 0, 0);
	tell(f, at, FACT_NODE_FAILED, node, NONE, row, FAILURE_NODE_CRASH, time_from_seconds(at - 5), 0, 0);
	for (uint32_t p = first; p <= last; p++)
		tell(f, at, FACT_POD_STOPPED, node, p, NONE, STOP_NODE_DIED, 0, 0, 0);
}

/* What the control plane does about a silent node until its pod is deleted: 50 + 5 + 300 s. */
static inline void tell_eviction(struct fake *f, double at, uint32_t node, uint32_t pod)
{
	const uint32_t key = names_intern(&f->run.names, UNREACHABLE);

	tell(f, at + 50, FACT_NODE_READY, node, NONE, NONE, READY_UNKNOWN, SECONDS(50), SECONDS(50), 0);
	tell(f, at + 50.25, FACT_TAINT_ADDED, node, NONE, key, EFFECT_NO_SCHEDULE, 0, 0, 0);
	tell(f, at + 50.5, FACT_POD_READY, node, pod, NONE, 0, BY_NODE_CONTROLLER, 0, 0);
	tell(f, at + 51, FACT_PROXY_REMOVED, NONE, pod, 0, 0, 0, 0, 0);
	tell(f, at + 55, FACT_TAINT_ADDED, node, NONE, key, EFFECT_NO_EXECUTE, time_from_seconds(at + 55), 0, 0);
	tell(f, at + 55, FACT_TOLERATION_STARTED, node, pod, NONE, 0, SECONDS(300), 0, 0);
	tell(f, at + 355, FACT_POD_DELETED, node, pod, NONE, DELETE_TAINT, SECONDS(30), 0, 0);
}

/* The replacement: created 0.5 s after `at`, then 0.25 to schedule, 1 sandbox, 4 pull, 0.75 start, 1.5 readiness. */
static inline void tell_replacement(struct fake *f, double at, uint32_t pod, uint32_t old, const char *name,
				    uint32_t node)
{
	const uint32_t image = names_intern(&f->run.names, "nginx:1.27");

	tell_created(f, at + 0.5, pod, 0, name, false);
	tell(f, at + 0.5, FACT_POD_REPLACES, NONE, pod, NONE, 0, old, 0, 0);
	tell(f, at + 0.75, FACT_POD_BOUND, node, pod, NONE, 0, 1, 0, 0);
	tell(f, at + 1.75, FACT_POD_SANDBOX, node, pod, NONE, 0, 0, 0, 0);
	tell(f, at + 5.75, FACT_POD_PULLED, node, pod, image, 1, SECONDS(4), 0, 0);
	tell(f, at + 6.5, FACT_POD_STARTED, node, pod, NONE, 0, 0, 0, 0);
	tell(f, at + 6.5, FACT_POD_SERVING, node, pod, NONE, 0, 0, 0, 0);
	tell(f, at + 6.5, FACT_POD_PHASE, NONE, pod, NONE, PHASE_RUNNING, 0, 0, 0);
	tell(f, at + 8, FACT_POD_READY, node, pod, NONE, 1, BY_KUBELET, 0, 0);
	tell(f, at + 9, FACT_PROXY_ADDED, NONE, pod, 0, 0, 0, 0, 0);
}

#endif
