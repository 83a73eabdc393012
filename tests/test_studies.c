/* test_studies.c - the studies of scenarios/studies with few runs: the main finding of each has its direction. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sim/arena.h"
#include "sim/text.h"

#define STUDIES "scenarios/studies/"
#define SIZES STUDIES "node-sizes/"
#define DETECTORS STUDIES "detectors/"

static const char *run(struct arena *a, const char *words)
{
	const char *program = getenv("NODEFALL");
	FILE *pipe = popen(text_format(a, "%s %s -q -o csv", program != NULL ? program : "./nodefall", words), "r");
	char part[4096];
	struct text out;

	assert_non_null(pipe);
	text_init(&out, a);
	for (size_t n; (n = fread(part, 1, sizeof(part), pipe)) > 0;)
		text_add_n(&out, part, n);
	const int status = pclose(pipe);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return out.data;
}

/* The mean of a metric of a candidate in the CSV of an experiment. */
static double mean(struct arena *a, const char *csv, const char *candidate, const char *metric)
{
	const char *row = text_format(a, "\nestimate,%s,,%s,mean,", candidate, metric);
	const char *found = strstr(csv, row);

	if (found == NULL)
		fail_msg("no row %s", row + 1);
	return strtod(found + strlen(row), NULL);
}

static void services_kept_apart_bear_failures(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *csv = run(&a, "compare " STUDIES "schedulers.yaml --vary scheduler=default,most-allocated,best-fit "
				  "--runs 6 --metric 'availability(web)' --metric jain_cpu");

	assert_true(mean(&a, csv, "best-fit", "availability(web)") < mean(&a, csv, "default", "availability(web)"));
	assert_true(mean(&a, csv, "most-allocated", "jain_cpu") + 0.2 < mean(&a, csv, "default", "jain_cpu"));
	arena_release(&a);
}

static void tolerance_trades_capacity_for_evictions(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *csv =
		run(&a, "sweep " STUDIES "tolerations.yaml --vary defaultUnreachableTolerationSeconds=15s,16m "
			"--runs 4 --metric 'lost_pod_seconds(web)' --metric needless_evictions");

	assert_true(mean(&a, csv, "15s", "lost_pod_seconds(web)") * 3 < mean(&a, csv, "16m", "lost_pod_seconds(web)"));
	assert_true(mean(&a, csv, "15s", "needless_evictions") > mean(&a, csv, "16m", "needless_evictions") * 3);
	arena_release(&a);
}

static void large_nodes_fail_in_large_pieces(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *csv = run(&a, "compare " SIZES "shop.yaml --vary file=" SIZES "large.yaml," SIZES "small.yaml "
				  "--runs 4 --metric 'errors(web)' --metric cost_usd");

	assert_true(mean(&a, csv, "large", "errors(web)") > mean(&a, csv, "small", "errors(web)") * 1.2);
	assert_float_equal(mean(&a, csv, "large", "cost_usd"), mean(&a, csv, "small", "cost_usd"), 1);
	arena_release(&a);
}

static void three_masters_have_no_gap(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *csv = run(&a, "compare " STUDIES "masters.yaml --vary masters=1,3 --runs 6 --metric no_api_server "
				  "--metric recovery_mean");

	assert_true(mean(&a, csv, "1", "no_api_server") > 0);
	assert_true(mean(&a, csv, "3", "no_api_server") == 0);
	arena_release(&a);
}

static void quick_detectors_suspect_wrongly(void **state)
{
	(void)state;
	static const char *const quicker[] = {"phi-8", "phi-16", "lease-25s", "lease-50s"};
	struct arena a = {0};
	const char *csv = run(&a, "compare " DETECTORS "cluster.yaml --vary file=" DETECTORS "lease-50s.yaml," DETECTORS
				  "lease-25s.yaml," DETECTORS "phi-8.yaml," DETECTORS "phi-16.yaml --runs 4 "
				  "--metric detection_mean --metric wrong_suspicions");

	for (size_t i = 1; i < COUNT(quicker); i++) {
		assert_true(mean(&a, csv, quicker[i - 1], "detection_mean") <
			    mean(&a, csv, quicker[i], "detection_mean"));
		assert_true(mean(&a, csv, quicker[i - 1], "wrong_suspicions") >
			    mean(&a, csv, quicker[i], "wrong_suspicions"));
	}
	arena_release(&a);
}

/* A dead machine is suspected rightly; one whose kubelet is away is not, and its pods are evicted in good health. */
static void suspicions_know_the_truth(void **state)
{
	(void)state;
	struct arena a = {0};
	const char *metrics = "--vary scheduler=default --runs 3 --metric suspicions --metric wrong_suspicions "
			      "--metric taint_evictions --metric needless_evictions";
	const char *crash = run(&a, text_format(&a, "compare scenarios/lessons/node-dies.yaml %s", metrics));
	const char *kubelet = run(&a, text_format(&a, "compare scenarios/lessons/kubelet-crash-long.yaml %s", metrics));

	assert_true(mean(&a, crash, "default", "suspicions") == 1);
	assert_true(mean(&a, crash, "default", "wrong_suspicions") == 0);
	assert_true(mean(&a, crash, "default", "taint_evictions") == 3);
	assert_true(mean(&a, crash, "default", "needless_evictions") == 0);
	assert_true(mean(&a, kubelet, "default", "wrong_suspicions") == 1);
	const double evictions = mean(&a, kubelet, "default", "taint_evictions");
	assert_true(evictions > 0 && mean(&a, kubelet, "default", "needless_evictions") == evictions);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_kept_apart_bear_failures),
		cmocka_unit_test(tolerance_trades_capacity_for_evictions),
		cmocka_unit_test(large_nodes_fail_in_large_pieces),
		cmocka_unit_test(three_masters_have_no_gap),
		cmocka_unit_test(quick_detectors_suspect_wrongly),
		cmocka_unit_test(suspicions_know_the_truth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
