/*
 * test_detection.c - how long nodes stay unnoticed, against theory: one node, and the last of several that die
 * together.
 *
 * The controller manager looks at all nodes every P = 5.02 s; the phase of its looks is uniform. It counts the grace
 * period from the look that saw the last heartbeat, so a node that sent its last one A before it died is noticed at the
 * first look after -A, plus as many looks as cover the grace. A is the age of a renewal process whose cycles are 10 s
 * and up to 4 % more, uniformly: its density is P(cycle > a) / mean cycle. Given the phase, nodes are independent; so
 * the largest of m has the distribution F(x | phase)^m, averaged over the phase.
 */
#include "tests/test.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_sort_double.h>

#include "models/world.h"
#include "report/outcome.h"

#define RUNS 1500
#define PASS 5.02
#define GRACE_PASSES 10 /* 50.2 s is the first multiple beyond 50 s */
#define CYCLE 10.005    /* with 5 ms of travel */
#define CYCLE_MORE 0.4

/* P(A <= a). */
static double age_cdf(double a)
{
	const double mean = CYCLE + CYCLE_MORE / 2;

	if (a <= 0)
		return 0;
	if (a <= CYCLE)
		return a / mean;
	const double u = fmin(1, (a - CYCLE) / CYCLE_MORE);
	return (CYCLE + CYCLE_MORE * (u - u * u / 2)) / mean;
}

/* P(the slowest of m detections <= x). */
static double slowest_cdf(double x, int m)
{
	enum { PHASES = 500 };
	double sum = 0;

	for (int i = 0; i < PHASES; i++) {
		const double phase = PASS * (i + 0.5) / PHASES;
		/* The last look at or before x - grace: heartbeats before it were seen by then. */
		const double look = phase + PASS * floor((x - GRACE_PASSES * PASS - phase) / PASS);
		sum += pow(1 - age_cdf(-look), m);
	}
	return sum / PHASES;
}

struct fold {
	struct outcome *outcome;
	struct arena *arena;
	const struct scenario *scenario;
};

static void subscribe(struct run *r, void *context)
{
	struct fold *f = context;

	outcome_init(f->outcome, f->arena, f->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(f->outcome));
}

/* Crashes `nodes` nodes at once, again and again, and collects the slowest detection of each run, sorted. */
static void simulate(int nodes, double *slowest)
{
	static const char text[] =
		"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  duration: 4m\n"
		"  timers: {nodeStatusReportFrequency: 1h, nodeMonitorGracePeriod: 50s}\n"
		"  nodeGroups: [{name: n, count: 12, instanceType: m5.large}]\n"
		"  failures: [{at: 150s, kind: node-crash, nodes: [%s]}]\n---\n"
		"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec:\n"
		"  selector: {matchLabels: {app: d}}\n  template:\n    metadata: {labels: {app: d}}\n"
		"    spec: {containers: [{name: c, image: i}]}\n";
	struct arena a = {0};
	struct scenario s = {0};
	struct diag d;
	struct text errors;

	diag_init(&d, &a);
	text_init(&errors, &a);
	const char *bytes = text_format(&a, text, nodes == 1 ? "n-0" : "n-0, n-1, n-2, n-3, n-4");
	struct file_bytes file = {"test.yaml", bytes, strlen(bytes)};
	const struct file_set files = {&file, 1, 1};
	const int status = scenario_load_files(&s, &files, NULL, 0, &d);
	diag_print_errors(&d, &errors);
	if (status != 0)
		fail_msg("%s", errors.data);
	for (uint32_t i = 0; i < RUNS; i++) {
		struct outcome o;
		struct run r = {0};
		struct arena arena = {0};
		struct fold f = {&o, &arena, &s};
		world_run(&r, &s, 1, i, false, subscribe, &f, NULL);
		outcome_finish(&o, false);
		assert_int_equal(o.recoveries, nodes);
		slowest[i] = 0;
		for (uint32_t k = 0; k < o.recoveries; k++) {
			assert_true(o.recovery[k].leg[LEG_DETECTION] != SIM_NEVER);
			slowest[i] = fmax(slowest[i], time_seconds(o.recovery[k].leg[LEG_DETECTION]));
		}
		run_release(&r);
		arena_release(&arena);
	}
	gsl_sort(slowest, 1, RUNS);
	scenario_release(&s);
	arena_release(&a);
}

/* Kolmogorov and Smirnov at 1 %: 1.63 / sqrt(n), plus 0.005 for what the theory leaves out (milliseconds of API calls,
 * and looks that are not exactly 5.02 s apart). */
static void follows_theory(int nodes)
{
	static double x[RUNS];
	double worst = 0, at = 0;

	simulate(nodes, x);
	for (int i = 0; i < RUNS; i++) {
		const double f = slowest_cdf(x[i] - 0.03, nodes);
		const double off = fmax(fabs(f - (double)i / RUNS), fabs(f - (i + 1.0) / RUNS));
		at = off > worst ? x[i] : at;
		worst = fmax(worst, off);
	}
	if (worst > 1.63 / sqrt(RUNS) + 0.005)
		fail_msg("%d nodes: the distributions differ by %.4f at %.3f s", nodes, worst, at);
	print_message("%d nodes: largest difference of the distributions %.4f at %.2f s\n", nodes, worst, at);
}

static void one_node(void **state)
{
	(void)state;
	follows_theory(1);
}

static void the_last_of_five(void **state)
{
	(void)state;
	follows_theory(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_node),
		cmocka_unit_test(the_last_of_five),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
