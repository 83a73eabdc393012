/* test_lessons_controllers.c - the lessons about controllers hold what they expect over many seeds, and the times that
 * their comments tell. */
#include <stdio.h>
#include <string.h>

#include "models/world.h"
#include "report/outcome.h"
#include "tests/test.h"

#define SEEDS 60

/* What the looks below need of one run. */
struct seen {
	const struct scenario *s;
	struct outcome o;
	bool settled;
	uint64_t count[FACT_KINDS];
	double first[FACT_KINDS], last[FACT_KINDS]; /* seconds */
	int64_t first_a[FACT_KINDS], first_b[FACT_KINDS], last_a[FACT_KINDS], last_b[FACT_KINDS], most_a[FACT_KINDS];
	double complete; /* the rollout */
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct seen *x = state;

	for (size_t i = 0; i < count; i++) {
		const struct fact *f = &facts[i];

		x->settled |= f->kind == FACT_SETTLED;
		if (!x->settled)
			continue;
		if (x->count[f->kind]++ == 0) {
			x->first[f->kind] = time_seconds(f->at);
			x->first_a[f->kind] = f->a;
			x->first_b[f->kind] = f->b;
		}
		x->last[f->kind] = time_seconds(f->at);
		x->last_a[f->kind] = f->a;
		x->last_b[f->kind] = f->b;
		if (f->a > x->most_a[f->kind])
			x->most_a[f->kind] = f->a;
		if (f->kind == FACT_ROLLOUT && f->flag == ROLLOUT_COMPLETE)
			x->complete = time_seconds(f->at);
	}
}

static void subscribe(struct run *r, void *context)
{
	struct seen *x = context;

	facts_subscribe(&r->facts, outcome_reader(&x->o));
	facts_subscribe(&r->facts, (struct fact_reader){see, x});
}

static void replay(const char *lesson, const char *set, void (*look)(const struct seen *x))
{
	char path[200];
	const char *paths[] = {path}, *sets[] = {set};
	struct scenario_input in = {.paths = paths, .path_count = 1, .sets = sets, .set_count = set != NULL};
	struct scenario s = {0};
	struct diag d = {0};

	snprintf(path, sizeof(path), "scenarios/lessons/%s.yaml", lesson);
	assert_int_equal(scenario_load(&s, &in, &d), 0);
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct arena a = {0};
		struct run r;
		struct seen *x = ARENA_NEW(&a, 1, struct seen);

		x->s = &s;
		outcome_init(&x->o, &a, &s, &r, false);
		assert_true(world_run(&r, &s, seed, 0, false, subscribe, x, NULL));
		outcome_finish(&x->o, false);
		if (set == NULL && !outcome_held(&x->o))
			fail_msg("%s: an expectation does not hold with seed %u", lesson, seed);
		look(x);
		run_release(&r);
		arena_release(&a);
	}
	scenario_release(&s);
}

static void within(const char *what, double x, double low, double high)
{
	if (!(x >= low && x <= high))
		fail_msg("%s: %.3f is outside %.3f .. %.3f", what, x, low, high);
}

/* Begins at 5 min; cannot end before the pods of the dead node are replaced (if it had any that count). */
static void look_at_rollout(const struct seen *x)
{
	within("rolled out", x->complete, 300, 300 + 20 + 55.5 + 5.2 + 300 + 60);
	within("fewest available", (double)x->last_b[FACT_ROLLOUT], 4, 8);
}

static void rollout(void **unused)
{
	(void)unused;
	replay("rollout-node-fails", NULL, look_at_rollout);
}

/* The first step within a scrape and a sync; never more than 12, however long the new pods are not Ready. */
static void look_at_autoscaler(const struct seen *x)
{
	within("first step", x->first[FACT_AUTOSCALED], 600, 600 + 30.2);
	within("most replicas", (double)x->most_a[FACT_AUTOSCALED], 12, 12);
	within("shrinks", x->last[FACT_AUTOSCALED], 2400 + 285, 2400 + 331);
	within("replicas in the end", (double)x->last_a[FACT_AUTOSCALED], 4, 4);
}

static void autoscaler(void **unused)
{
	(void)unused;
	replay("hpa-slow-start", NULL, look_at_autoscaler);
}

/* The rate is 0 from the end of the pass that makes the third node Unknown: at most what was queued before is tainted.
 */
static void look_at_partial(const struct seen *x)
{
	uint64_t deleted = x->count[FACT_POD_DELETED];

	within("pods deleted", (double)deleted, 0, 4);
}

static void look_at_two_of_five(const struct seen *x)
{
	/* Both nodes have pods, and all of them go: 10 pods on 5 nodes, as even as scores make them. */
	within("pods deleted", (double)x->count[FACT_POD_DELETED], 2, 8);
}

static void partial(void **unused)
{
	(void)unused;
	replay("partial-disruption", NULL, look_at_partial);
	replay("partial-disruption", "failures.0.nodes=[worker-0, worker-1]", look_at_two_of_five);
}

/* The first round after the return at 20 min; never more than the budget lets go at a time. */
static void look_at_descheduler(const struct seen *x)
{
	within("descheduled", x->last[FACT_DESCHEDULED], 1200, 1200 + 601);
	within("refused", (double)x->count[FACT_EVICTION_REFUSED], 1, 4);
}

static void look_at_none(const struct seen *x)
{
	within("descheduled", (double)x->count[FACT_DESCHEDULED], 0, 0);
}

static void descheduler(void **unused)
{
	(void)unused;
	replay("descheduler-after-return", NULL, look_at_descheduler);
	replay("descheduler-after-return", "controllers.descheduler=off", look_at_none);
}

/* Both nodes are noticed; with the lease time-out only the one that died is. */
static void look_at_phi(const struct seen *x)
{
	/* worker-1 Unknown; worker-3 Unknown and True again, unless its last heartbeat was young enough. */
	within("changes of Ready", (double)x->count[FACT_NODE_READY], 1, 3);
	within("noticed", x->first[FACT_NODE_READY], 600, 635);
	/* By the first pass after the limit, which counts from the heartbeat itself. */
	within("silence beyond the limit", time_seconds(x->first_a[FACT_NODE_READY] - x->first_b[FACT_NODE_READY]), 0,
	       5.3);
}

static void look_at_lease(const struct seen *x)
{
	within("changes of Ready", (double)x->count[FACT_NODE_READY], 1, 1);
	within("noticed", x->first[FACT_NODE_READY], 600 + 39.9, 600 + 55.5);
}

static void phi(void **unused)
{
	(void)unused;
	replay("phi-accrual", NULL, look_at_phi);
	replay("phi-accrual", "controllers.node-lifecycle=on", look_at_lease);
}

static void look_at_kept(const struct seen *x)
{
	within("unschedulable", (double)x->count[FACT_POD_UNSCHEDULABLE], 0, 0);
	within("kept", (double)x->count[FACT_EVICTION_HELD], 4, 8);
	/* The room that comes with the return of their own nodes is not for others. */
	within("last deleted", x->last[FACT_POD_DELETED], 0, 1199);
}

static void look_at_evicted(const struct seen *x)
{
	within("unschedulable", (double)x->count[FACT_POD_UNSCHEDULABLE], 4, 30);
}

static void room(void **unused)
{
	(void)unused;
	replay("evict-if-fits", NULL, look_at_kept);
	replay("evict-if-fits", "controllers.taint-eviction=on", look_at_evicted);
}

/* check at 5, 35, 40, 45, 50, 55; report at 30 (made up for), 40 and 50. */
static void look_at_cron(const struct seen *x)
{
	within("Jobs", (double)x->count[FACT_WORKLOAD_ADDED], 9, 9);
}

static void cron(void **unused)
{
	(void)unused;
	replay("cron-missed-runs", NULL, look_at_cron);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rollout),     cmocka_unit_test(autoscaler), cmocka_unit_test(partial),
		cmocka_unit_test(descheduler), cmocka_unit_test(phi),        cmocka_unit_test(room),
		cmocka_unit_test(cron),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
