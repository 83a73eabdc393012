/* test_controllers_updates.c - rolling updates in the lab: what StatefulSets, DaemonSets and Deployments owe since
 * which version. */
#include "tests/lab.h"

/* ---- StatefulSet ---- */

static struct lab *lab_with_set(int32_t replicas, int version)
{
	struct lab *l = lab_new();

	l->scenario.kubernetes = version;
	add_workload(l, WORKLOAD_STATEFUL_SET, replicas);
	l->object[0].max_unavailable = (struct int_or_percent){1, false};
	use(l, &control_stateful_set);
	run_until(l, SECONDS(1100));
	assert_int_equal(total_ready(l), replicas);
	return l;
}

/* Below the partition pods are made anew of the old template. */
static void partition_keeps_the_old_template(void **unused)
{
	struct lab *l = lab_with_set(4, 34);

	(void)unused;
	l->object[0].partition = 2;
	change_template(l);
	run_until(l, SECONDS(1200));
	for (uint32_t i = 0; i < l->view.pod_count; i++)
		if (l->pod[i].exists)
			assert_true((l->pod[i].spec == &l->spec[ROWS - 1]) == (l->pod[i].ordinal >= 2));
	delete_pod(l, 0);
	run_until(l, SECONDS(1300));
	uint32_t young = l->view.pod_count - 1;
	assert_int_equal(l->pod[young].ordinal, 0);
	assert_ptr_equal(l->pod[young].spec, &l->spec[0]);
	/* Once everything is new, that is the template for all. */
	l->object[0].partition = 0;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
	run_until(l, SECONDS(1500));
	assert_ptr_equal(l->workload[0].current, &l->spec[ROWS - 1]);
	lab_free(l);
}

/* maxUnavailable counts since 1.35. */
static void set_updates_several(void **unused)
{
	for (int version = 34; version <= 35; version++) {
		struct lab *l = lab_with_set(6, version);

		l->object[0].max_unavailable = (struct int_or_percent){50, true};
		change_template(l);
		settle(l);
		assert_int_equal(total_active(l), version == 34 ? 5 : 3);
		for (int i = 0; i < 60; i++) {
			run_until(l, l->now + SECONDS(1));
			assert_true(total_ready(l) >= (version == 34 ? 5 : 3));
		}
		run_until(l, SECONDS(1400));
		assert_int_equal(total_ready(l), 6);
		lab_free(l);
	}
	(void)unused;
}

static void on_delete(void **unused)
{
	struct lab *l = lab_with_set(3, 34);

	(void)unused;
	l->object[0].on_delete = true;
	change_template(l);
	run_until(l, SECONDS(1200));
	assert_int_equal(l->view.pod_count, 3);
	lab_free(l);
}

static void set_waits_min_ready(void **unused)
{
	struct lab *l = lab_with_set(3, 34);

	(void)unused;
	l->object[0].min_ready = SECONDS(30);
	change_template(l);
	run_until(l, SECONDS(1106)); /* 2 s to go, 4 s to be ready */
	assert_int_equal(l->view.pod_count, 4);
	run_until(l, SECONDS(1136) - 1);
	assert_true(l->pod[1].exists && !l->pod[1].deleting);
	run_until(l, SECONDS(1136));
	assert_true(l->pod[1].deleting);
	lab_free(l);
}

/* ---- DaemonSet ---- */

static struct lab *lab_with_daemon(int version, struct int_or_percent surge)
{
	struct lab *l = lab_new();

	l->scenario.kubernetes = version;
	add_workload(l, WORKLOAD_DAEMON_SET, 0);
	l->object[0].max_surge = surge;
	l->object[0].max_unavailable = (struct int_or_percent){surge.value == 0, false};
	use(l, &control_daemon_set);
	run_until(l, SECONDS(1100));
	assert_int_equal(total_ready(l), NODES);
	return l;
}

static int64_t most_pods(const struct lab *l)
{
	int64_t most = 0;

	for (uint32_t n = 0; n < NODES; n++) {
		int64_t here = 0;

		for (uint32_t i = 0; i < l->view.pod_count; i++)
			here += pod_active(&l->pod[i]) && l->pod[i].pinned_node == n;
		most = here > most ? here : most;
	}
	return most;
}

/* With a surge no node is without its pod: the new one is there first. Two at a time of 8 are 25 %. */
static void daemon_surge(void **unused)
{
	struct lab *l = lab_with_daemon(34, (struct int_or_percent){25, true});

	(void)unused;
	change_template(l);
	settle(l);
	assert_int_equal(total_active(l), NODES + 2);
	for (int i = 0; i < 60; i++) {
		run_until(l, l->now + SECONDS(1));
		assert_true(total_ready(l) >= NODES);
		assert_true(total_active(l) <= NODES + 2);
		assert_true(most_pods(l) <= 2);
	}
	assert_int_equal(total_active(l), NODES);
	for (uint32_t i = 0; i < l->view.pod_count; i++)
		assert_true(!l->pod[i].exists || l->pod[i].spec == &l->spec[ROWS - 1]);
	lab_free(l);
}

/* 1.21 does not know maxSurge: old pods go first. An old pod that is not available gets a new one beside it at once. */
static void daemon_surge_bounds(void **unused)
{
	struct lab *l = lab_with_daemon(21, (struct int_or_percent){1, false});

	(void)unused;
	change_template(l);
	settle(l);
	assert_int_equal(total_active(l), NODES - 1);
	lab_free(l);

	l = lab_with_daemon(34, (struct int_or_percent){1, false});
	for (uint32_t i = 0; i < 3; i++)
		set_ready(l, i, false);
	settle(l);
	change_template(l);
	settle(l);
	assert_int_equal(total_active(l), NODES + 4);
	lab_free(l);
}

/* ---- Deployment ---- */

/* A template that has arrived everywhere is not late when pods are lost; a new one is, if it does not. */
static void progress_deadline(void **unused)
{
	struct lab *l = lab_with_deployment(4, false);
	int64_t status;

	(void)unused;
	l->ready_after = SIM_NEVER;
	status = logged(l, API_STATUS, 0);
	set_ready(l, 0, false);
	run_until(l, SECONDS(1101));
	assert_true(logged(l, API_STATUS, 0) > status);
	status = logged(l, API_STATUS, 0);
	run_until(l, SECONDS(3000));
	assert_int_equal(logged(l, API_STATUS, 0), status);
	change_template(l);
	run_until(l, SECONDS(3100));
	status = logged(l, API_STATUS, 0);
	run_until(l, SECONDS(3600) - 1);
	assert_int_equal(logged(l, API_STATUS, 0), status);
	run_until(l, SECONDS(3605)); /* the condition Progressing=False is written once */
	assert_int_equal(logged(l, API_STATUS, 0), status + 1);
	run_until(l, SECONDS(9000));
	assert_int_equal(logged(l, API_STATUS, 0), status + 1);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partition_keeps_the_old_template),
		cmocka_unit_test(set_updates_several),
		cmocka_unit_test(on_delete),
		cmocka_unit_test(set_waits_min_ready),
		cmocka_unit_test(daemon_surge),
		cmocka_unit_test(daemon_surge_bounds),
		cmocka_unit_test(progress_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
