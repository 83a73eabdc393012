/* test_manifests.c - manifests that other projects wrote must load as they are; skipped where they are not at hand. */
#include "tests/test.h"

#include <stdio.h>
#include <unistd.h>

#include "models/scenario.h"

#define FOLDER "../shared/manifests"

static const struct {
	const char *path[2];
	uint32_t paths, nodes, pods, workloads, services;
} sets[] = {
	{{FOLDER "/guestbook"}, 1, 3, 0, 3, 3},
	{{FOLDER "/online-boutique"}, 1, 3, 0, 12, 12},
	{{FOLDER "/stateful"}, 1, 3, 0, 2, 3},
	{{FOLDER "/k8s-sims/nodes-100.yaml", FOLDER "/k8s-sims/pods-100.yaml"}, 2, 100, 1067, 0, 0},
	{{FOLDER "/k8s-sims/nodes-500.yaml.gz", FOLDER "/k8s-sims/pods-500.yaml.gz"}, 2, 500, 4774, 0, 0},
	{{FOLDER "/k8s-sims/nodes-1000.yaml.gz", FOLDER "/k8s-sims/pods-1000.yaml.gz"}, 2, 1000, 7064, 0, 0},
};

static void others_manifests_load(void **state)
{
	(void)state;
	if (access(FOLDER, R_OK)) {
		printf("skipped: no " FOLDER "\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(sets); i++) {
		struct scenario s = {0};
		struct diag d = {0};
		struct scenario_input input = {.paths = sets[i].path, .path_count = sets[i].paths};
		int result = scenario_load(&s, &input, &d);
		struct text said;

		text_init(&said, &s.arena);
		diag_print_errors(&d, &said);
		if (result)
			fail_msg("%s", said.data);
		assert_int_equal(s.objects.node_count, sets[i].nodes);
		assert_int_equal(s.objects.pod_count, sets[i].pods);
		assert_int_equal(s.objects.workload_count, sets[i].workloads);
		assert_int_equal(s.objects.service_count, sets[i].services);
		scenario_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(others_manifests_load)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
