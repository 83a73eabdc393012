/* test_controllers_other.c - the controllers of StatefulSets, DaemonSets and Jobs in the lab. */
#include "tests/lab.h"

/* ---- StatefulSet ---- */

static void one_for_each_ordinal(struct lab *l)
{
	for (uint32_t i = l->workload[0].first_pod; i != NONE; i = l->pod[i].next_of_workload)
		for (uint32_t k = l->pod[i].next_of_workload; k != NONE; k = l->pod[k].next_of_workload)
			assert_int_not_equal(l->pod[i].ordinal, l->pod[k].ordinal);
}

static struct lab *lab_with_set(int32_t replicas, bool parallel)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_STATEFUL_SET, replicas);
	l->object[0].parallel = parallel;
	l->check = one_for_each_ordinal;
	use(l, &control_stateful_set);
	return l;
}

static void ordered_set(void **unused)
{
	struct lab *l = lab_with_set(4, false);

	(void)unused;
	l->object[0].start_ordinal = 2;
	for (int i = 0; i < 4; i++) {
		run_until(l, SECONDS(1000 + 4 * i));
		assert_int_equal(total_active(l), i + 1);
		assert_int_equal(l->pod[i].ordinal, 2 + i);
	}
	run_until(l, SECONDS(1100));
	/* Downward, one at a time, each gone before the next. */
	ask_scale(l, 1);
	settle(l);
	assert_int_equal(total_active(l), 3);
	assert_true(l->pod[3].deleting);
	l->queued[0][0] = true;
	settle(l);
	assert_int_equal(logged(l, API_DELETE_POD, 0), 1); /* asked once */
	run_until(l, SECONDS(1102));
	assert_int_equal(total_active(l), 2);
	run_until(l, SECONDS(1200));
	assert_int_equal(total_active(l), 1);
	lab_free(l);
}

/* 3.3: a pod stuck in deletion keeps its ordinal; in an ordered set also those above it. */
static void at_most_one(void **unused)
{
	for (int parallel = 0; parallel < 2; parallel++) {
		struct lab *l = lab_with_set(3, parallel);

		run_until(l, SECONDS(1100));
		assert_int_equal(total_ready(l), 3);
		l->gone_after = SIM_NEVER;
		delete_pod(l, 1);
		delete_pod(l, 2);
		run_until(l, SECONDS(2000));
		assert_int_equal(l->view.pod_count, 3);
		remove_pod(l, 2);
		run_until(l, SECONDS(2100));
		assert_int_equal(l->view.pod_count, parallel ? 4 : 3);
		remove_pod(l, 1);
		run_until(l, SECONDS(2200));
		assert_int_equal(total_ready(l), 3);
		/* A failed pod is deleted and made anew. */
		set_phase(l, 0, PHASE_FAILED);
		run_until(l, SECONDS(2300));
		assert_false(l->pod[0].exists);
		assert_int_equal(total_ready(l), 3);
		lab_free(l);
	}
	(void)unused;
}

static void parallel_set(void **unused)
{
	struct lab *l = lab_with_set(4, true);

	(void)unused;
	settle(l);
	assert_int_equal(total_active(l), 4);
	ask_scale(l, 1);
	settle(l);
	assert_int_equal(total_active(l), 1);
	assert_int_equal(l->pod[0].deleting, false);
	lab_free(l);
}

static void set_rolls_downward(void **unused)
{
	struct lab *l = lab_with_set(4, false);

	(void)unused;
	run_until(l, SECONDS(1100));
	l->object[0].partition = 2;
	change_template(l);
	settle(l);
	assert_true(l->pod[3].deleting);
	assert_int_equal(total_active(l), 3);
	run_until(l, SECONDS(1103));
	assert_false(l->pod[2].deleting); /* waits until the new one is ready, at 1106 */
	run_until(l, SECONDS(1107));
	assert_true(l->pod[2].deleting);
	run_until(l, SECONDS(1200));
	assert_true(l->pod[0].exists && l->pod[1].exists);
	assert_int_equal(total_ready(l), 4);
	lab_free(l);
}

/* ---- DaemonSet ---- */

static void daemon_nodes(void **unused)
{
	struct lab *l = lab_new();
	uint32_t ds = add_workload(l, WORKLOAD_DAEMON_SET, 0), disk = names_intern(&l->names, "disk");
	uint32_t ssd = names_intern(&l->names, "ssd"), key = names_intern(&l->names, "team");
	struct label label = {disk, ssd};
	struct taint no_schedule = {key, 0, EFFECT_NO_SCHEDULE}, no_execute = {key, 0, EFFECT_NO_EXECUTE};
	struct taint prefer = {key, 0, EFFECT_PREFER_NO_SCHEDULE};
	struct taint unreachable = {names_intern(&l->names, "unreachable"), 0, EFFECT_NO_EXECUTE};
	struct toleration forever = {.key = unreachable.key, .effect = EFFECT_NO_EXECUTE, .exists = true};

	(void)unused;
	for (uint32_t i = 0; i < NODES; i++) /* node 7 has no such label */
		l->node_object[i].meta.labels = (struct labels){&label, i < 7};
	l->spec[ds].node_selector = (struct labels){&label, 1};
	l->spec[ds].toleration = &forever;
	l->spec[ds].toleration_count = 1;
	l->node[0].taint = &no_schedule;
	l->node[1].taint = &no_execute;
	l->node[2].taint = &prefer;
	l->node[3].taint = &unreachable;
	for (uint32_t i = 0; i < 4; i++)
		l->node[i].taint_count = 1;
	use(l, &control_daemon_set);
	run_until(l, SECONDS(1100));
	for (uint32_t i = 0; i < NODES; i++) {
		uint32_t has = 0;

		for (uint32_t p = 0; p < l->view.pod_count; p++)
			has += l->pod[p].exists && l->pod[p].pinned_node == i;
		assert_int_equal(has, i >= 2 && i <= 6);
	}
	/* NoSchedule lets the running pod be, NoExecute does not; a removed taint brings a pod. */
	l->node[5].taint = &no_schedule;
	l->node[6].taint = &no_execute;
	l->node[5].taint_count = l->node[6].taint_count = 1;
	l->node[1].taint_count = 0;
	for (uint32_t i = 0; i < NODES; i++) {
		for (uint32_t p = 0; p < l->view.pod_count; p++)
			if (l->pod[p].node == i)
				l->node[i].first_pod = p;
		changed(l, CHANGE_NODE, CHANGED_TAINTS, i);
	}
	run_until(l, SECONDS(1200));
	for (uint32_t p = 0; p < l->view.pod_count; p++)
		assert_int_equal(l->pod[p].exists, l->pod[p].pinned_node != 6);
	assert_int_equal(total_ready(l), 5);
	lab_free(l);
}

static void daemon_replacement(void **unused)
{
	struct lab *l = lab_new();

	(void)unused;
	add_workload(l, WORKLOAD_DAEMON_SET, 0);
	l->object[0].max_unavailable = (struct int_or_percent){1, false};
	use(l, &control_daemon_set);
	run_until(l, SECONDS(1100));
	assert_int_equal(total_ready(l), NODES);
	/* A terminating pod keeps its place. */
	delete_pod(l, 0);
	settle(l);
	assert_int_equal(l->view.pod_count, NODES);
	run_until(l, SECONDS(1200));
	assert_int_equal(total_ready(l), NODES);
	/* Failed pods are killed: at once, then after 1 s, then after 2 s. */
	set_phase(l, 1, PHASE_FAILED);
	settle(l);
	set_phase(l, l->view.pod_count - 1, PHASE_FAILED);
	settle(l);
	assert_int_equal(total_active(l), NODES - 1);
	run_until(l, l->now + SECONDS(1));
	assert_int_equal(total_active(l), NODES);
	run_until(l, l->now + SECONDS(100));
	/* One pod unavailable at a time. */
	change_template(l);
	for (int i = 0; i < 200; i++) {
		run_until(l, l->now + SECONDS(1));
		assert_true(total_ready(l) >= NODES - 1);
	}
	assert_int_equal(total_ready(l), NODES);
	for (uint32_t i = 0; i < l->view.pod_count; i++)
		assert_true(!l->pod[i].exists || l->pod[i].spec == &l->spec[ROWS - 1]);
	lab_free(l);
}

/* ---- Job ---- */

static struct lab *lab_with_job(int32_t parallelism, int32_t completions, bool indexed)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_JOB, 0);
	l->object[0].parallelism = parallelism;
	l->object[0].completions = completions;
	l->object[0].indexed = indexed;
	l->ready_after = SIM_NEVER;
	use(l, &control_job);
	settle(l);
	return l;
}

static void job_backs_off(void **unused)
{
	static const int current[] = {10, 20, 40, 80, 160, 320, 600, 600};
	static const int old[] = {10, 20, 40, 80, 160, 320, 360, 360};

	for (int version = 20; version <= 34; version += 14) {
		struct lab *l = lab_with_job(1, 1, false);

		l->scenario.kubernetes = version;
		l->object[0].backoff_limit = 100;
		for (uint32_t i = 0; i < COUNT(current); i++) {
			int wait = version == 20 ? old[i] : current[i];

			assert_int_equal(l->view.pod_count, i + 1);
			set_phase(l, i, PHASE_FAILED);
			run_until(l, l->now + SECONDS(wait) - 1);
			assert_int_equal(l->view.pod_count, i + 1);
			run_until(l, l->now + 1);
			assert_int_equal(l->view.pod_count, i + 2);
		}
		lab_free(l);
	}
	(void)unused;
}

static void job_ends(void **unused)
{
	struct lab *l = lab_with_job(3, 5, true);

	(void)unused;
	assert_int_equal(l->view.pod_count, 3);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1001));
	assert_int_equal(l->view.pod_count, 4);
	assert_int_equal(l->pod[3].ordinal, 3);
	/* Index 0 fails and is tried again, after its back-off. */
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 5);
	assert_int_equal(l->pod[4].ordinal, 0);
	for (uint32_t i = 2; i < 5; i++)
		set_phase(l, i, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1100));
	assert_int_equal(l->pod[5].ordinal, 4);
	set_phase(l, 5, PHASE_SUCCEEDED);
	run_until(l, SECONDS(2000));
	assert_int_equal(l->view.pod_count, 6);
	lab_free(l);
}

static void job_gives_up(void **unused)
{
	struct lab *l = lab_with_job(2, 4, false);

	(void)unused;
	l->object[0].backoff_limit = 1;
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 3);
	set_phase(l, 1, PHASE_FAILED);
	run_until(l, SECONDS(3000));
	assert_int_equal(l->view.pod_count, 3);
	assert_int_equal(total_active(l), 0);
	lab_free(l);
}

/* A work queue: after the first success nobody new; a deleted pod is replaced at once when it was unready for long. */
static void job_work_queue(void **unused)
{
	struct lab *l = lab_with_job(3, -1, false);

	(void)unused;
	l->gone_after = SIM_NEVER;
	set_ready(l, 0, true);
	set_ready(l, 0, false);
	run_until(l, SECONDS(1300));
	delete_pod(l, 0);
	run_until(l, SECONDS(1301));
	assert_int_equal(l->view.pod_count, 4);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1400));
	assert_int_equal(l->view.pod_count, 4);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordered_set),   cmocka_unit_test(at_most_one),
		cmocka_unit_test(parallel_set),  cmocka_unit_test(set_rolls_downward),
		cmocka_unit_test(daemon_nodes),  cmocka_unit_test(daemon_replacement),
		cmocka_unit_test(job_backs_off), cmocka_unit_test(job_ends),
		cmocka_unit_test(job_gives_up),  cmocka_unit_test(job_work_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
