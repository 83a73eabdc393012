/* test_controllers_jobs.c - Jobs, CronJobs, TTL and garbage collection in the lab: the bounds of their rules. */
#include "tests/lab.h"

extern const struct controller control_cron_job, control_ttl_after_finished, control_garbage_collector;

/* ---- Job ---- */

static struct lab *lab_with_job(int32_t parallelism, int32_t completions, bool indexed)
{
	struct lab *l = lab_new();

	add_workload(l, WORKLOAD_JOB, 0);
	l->object[0].parallelism = parallelism;
	l->object[0].completions = completions;
	l->object[0].indexed = indexed;
	l->workload[0].started = l->now;
	l->ready_after = SIM_NEVER;
	use(l, &control_job);
	return l;
}

static void job_states(void **unused)
{
	struct lab *l = lab_with_job(2, 2, false);

	(void)unused;
	settle(l);
	assert_int_equal(l->workload[0].job_state, JOB_ACTIVE);
	set_phase(l, 0, PHASE_SUCCEEDED);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1002));
	assert_int_equal(l->workload[0].job_state, JOB_COMPLETE);
	assert_int_equal(l->workload[0].ended, SECONDS(1001)); /* the batch period of pod changes */
	lab_free(l);
}

/* Failed is written when the last pod has gone, since 1.31; before, at once. */
static void job_waits_for_its_pods(void **unused)
{
	for (int version = 30; version <= 31; version++) {
		struct lab *l = lab_with_job(2, 5, false);

		l->scenario.kubernetes = version;
		l->object[0].backoff_limit = 0;
		l->gone_after = SECONDS(100);
		settle(l);
		set_phase(l, 0, PHASE_FAILED);
		run_until(l, SECONDS(1050));
		assert_int_equal(total_active(l), 0);
		assert_int_equal(l->workload[0].job_state, version >= 31 ? JOB_ACTIVE : JOB_FAILED);
		run_until(l, SECONDS(1105));
		assert_int_equal(l->workload[0].job_state, JOB_FAILED);
		assert_int_equal(l->workload[0].job_reason, JOB_BACKOFF_LIMIT);
		lab_free(l);
	}
	(void)unused;
}

static void job_deadline(void **unused)
{
	struct lab *l = lab_with_job(2, 2, false);

	(void)unused;
	l->object[0].active_deadline = SECONDS(60);
	run_until(l, SECONDS(1060) - 1);
	assert_int_equal(total_active(l), 2);
	run_until(l, SECONDS(1060));
	assert_int_equal(total_active(l), 0);
	run_until(l, SECONDS(1063));
	assert_int_equal(l->workload[0].job_reason, JOB_DEADLINE);
	/* What the Job itself deleted has not failed. */
	assert_int_equal(l->view.pod_count, 2);
	lab_free(l);
}

static void job_suspended(void **unused)
{
	struct lab *l = lab_with_job(3, 3, false);

	(void)unused;
	l->object[0].active_deadline = SECONDS(100);
	settle(l);
	l->workload[0].suspended = true;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
	run_until(l, SECONDS(1500));
	assert_int_equal(total_active(l), 0);
	assert_int_equal(l->workload[0].job_state, JOB_SUSPENDED);
	/* Resumed, its deadline begins anew, and it has no failures. */
	l->workload[0].suspended = false;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
	run_until(l, SECONDS(1501));
	assert_int_equal(total_active(l), 3);
	assert_int_equal(l->workload[0].started, SECONDS(1500));
	run_until(l, SECONDS(1599));
	assert_int_equal(total_active(l), 3);
	run_until(l, SECONDS(1603));
	assert_int_equal(l->workload[0].job_reason, JOB_DEADLINE);
	lab_free(l);
}

/* Each index has its own back-off and its own limit; since 1.29. */
static void job_limit_by_index(void **unused)
{
	struct lab *l = lab_with_job(2, 2, true);

	(void)unused;
	l->object[0].index_limit = 1;
	l->object[0].backoff_limit = INT32_MAX;
	settle(l);
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1009));
	assert_int_equal(l->view.pod_count, 2);
	run_until(l, SECONDS(1010));
	assert_int_equal(l->view.pod_count, 3);
	assert_int_equal(l->pod[2].ordinal, 0);
	set_phase(l, 2, PHASE_FAILED);
	run_until(l, SECONDS(1200));
	assert_int_equal(l->view.pod_count, 3); /* failed for good */
	assert_int_equal(l->workload[0].job_state, JOB_ACTIVE);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1202));
	assert_int_equal(l->workload[0].job_state, JOB_FAILED);
	assert_int_equal(l->workload[0].job_reason, JOB_FAILED_INDEXES);
	lab_free(l);

	/* An older API server knows no such limit. */
	l = lab_with_job(2, 2, true);
	l->object[0].index_limit = 0;
	l->scenario.kubernetes = 28;
	settle(l);
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 3);
	lab_free(l);
}

static void job_max_failed_indexes(void **unused)
{
	struct lab *l = lab_with_job(3, 6, true);

	(void)unused;
	l->object[0].index_limit = 0;
	l->object[0].max_failed_indexes = 1;
	l->object[0].backoff_limit = INT32_MAX;
	settle(l);
	set_phase(l, 0, PHASE_FAILED);
	run_until(l, SECONDS(1010));
	assert_int_equal(l->workload[0].job_state, JOB_ACTIVE);
	assert_int_equal(l->pod[3].ordinal, 3);
	set_phase(l, 1, PHASE_FAILED);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->workload[0].job_reason, JOB_MAX_FAILED_INDEXES);
	assert_int_equal(total_active(l), 0);
	lab_free(l);
}

/* A rule on DisruptionTarget overlooks evicted pods; others count. FailJob ends all. */
static void job_failure_policy(void **unused)
{
	static int32_t killed[] = {137};
	static struct job_rule ignore = {.action = RULE_IGNORE, .on_disruption = true};
	static struct job_rule end = {.action = RULE_FAIL_JOB, .on_codes = true, .code_count = 1, .code = killed};
	static struct job_rule not = {
		.action = RULE_FAIL_JOB, .on_codes = true, .not_in = true, .code_count = 1, .code = killed};

	(void)unused;
	for (int version = 25; version <= 34; version += 9) {
		struct lab *l = lab_with_job(1, 1, false);

		l->scenario.kubernetes = version;
		l->object[0].rule = &ignore;
		l->object[0].rule_count = 1;
		l->object[0].backoff_limit = 0;
		settle(l);
		l->pod[0].target = true;
		set_phase(l, 0, PHASE_FAILED);
		run_until(l, SECONDS(1400));
		/* 1.25 does not know the field: its limit is used up. */
		assert_int_equal(l->view.pod_count, version == 34 ? 2 : 1);
		assert_int_equal(l->workload[0].job_state, version == 34 ? JOB_ACTIVE : JOB_FAILED);
		lab_free(l);
	}
	for (int k = 0; k < 2; k++) {
		struct lab *l = lab_with_job(2, 2, false);

		l->object[0].rule = k == 0 ? &end : &not ;
		l->object[0].rule_count = 1;
		settle(l);
		set_phase(l, 0, PHASE_FAILED);
		run_until(l, SECONDS(1400));
		assert_int_equal(l->workload[0].job_state, k == 0 ? JOB_FAILED : JOB_ACTIVE);
		assert_int_equal(l->workload[0].job_reason, k == 0 ? JOB_FAILURE_POLICY : JOB_NO_REASON);
		lab_free(l);
	}
}

/* podReplacementPolicy Failed waits until the deleted pod has gone; TerminatingOrFailed, and 1.28, do not. */
static void job_replacement(void **unused)
{
	for (int k = 0; k < 3; k++) {
		struct lab *l = lab_with_job(1, 1, false);

		l->object[0].replacement = k == 1 ? REPLACE_TERMINATING_OR_FAILED : REPLACE_FAILED;
		l->scenario.kubernetes = k == 2 ? 28 : 34;
		l->gone_after = SECONDS(300);
		settle(l);
		set_ready(l, 0, true);
		set_ready(l, 0, false);
		run_until(l, SECONDS(1100)); /* long unready: no back-off */
		delete_pod(l, 0);
		run_until(l, SECONDS(1110));
		assert_int_equal(l->view.pod_count, k == 0 ? 1 : 2);
		run_until(l, SECONDS(1399));
		assert_int_equal(l->view.pod_count, k == 0 ? 1 : 2);
		run_until(l, SECONDS(1420));
		assert_int_equal(l->view.pod_count, 2);
		lab_free(l);
	}
	(void)unused;
}

/* OnFailure: restarts of containers count instead. */
static void job_restarts(void **unused)
{
	struct lab *l = lab_with_job(2, 2, false);

	(void)unused;
	l->spec[0].restart = RESTART_ON_FAILURE;
	l->object[0].backoff_limit = 3;
	settle(l);
	l->pod[0].restarts = 1;
	l->pod[1].restarts = 1;
	l->queued[0][0] = true;
	run_until(l, SECONDS(1010));
	assert_int_equal(total_active(l), 2);
	l->pod[1].restarts = 2;
	l->queued[0][0] = true;
	run_until(l, SECONDS(1020));
	assert_int_equal(l->workload[0].job_reason, JOB_BACKOFF_LIMIT);
	lab_free(l);
}

/* A new process knows from the pods what has happened, also from those that are gone. */
static void job_after_a_restart(void **unused)
{
	struct lab *l = lab_with_job(2, 4, false);

	(void)unused;
	settle(l);
	set_phase(l, 0, PHASE_SUCCEEDED);
	set_phase(l, 1, PHASE_SUCCEEDED);
	run_until(l, SECONDS(1010));
	remove_pod(l, 0);
	l->policies = 0;
	memset(l->event, 0, sizeof(l->event));
	l->events = 0;
	use(l, &control_job);
	run_until(l, SECONDS(1020));
	assert_int_equal(l->view.pod_count, 4);
	lab_free(l);
}

/* ---- CronJob ---- */

static struct lab *lab_with_cron(const char *schedule, uint8_t concurrency)
{
	struct lab *l = lab_new();

	/* The lab begins at 1000 s: 00:16:40. */
	l->scenario.start_time = 1767225600;
	add_workload(l, WORKLOAD_CRON_JOB, 0);
	assert_null(cron_parse(schedule, &l->object[0].schedule));
	l->object[0].concurrency = concurrency;
	l->object[0].completions = 1;
	l->object[0].succeeded_history = 3;
	l->object[0].failed_history = 1;
	l->workload[0].created = l->now;
	use(l, &control_cron_job);
	return l;
}

static uint32_t jobs(const struct lab *l, bool existing)
{
	uint32_t n = 0;

	for (uint32_t i = 1; i < l->view.workload_count; i++)
		n += l->workload[i].exists || !existing;
	return n;
}

static void finish_job(struct lab *l, uint32_t row, enum job_state state)
{
	struct api_call call = api_call(API_JOB_STATE);

	call.workload = row;
	call.number = state;
	set_job_state(l, &call);
}

/* v2: 100 ms after each time; v1 of 1.20: at a poll within 10 s. */
static void cron_times(void **unused)
{
	struct lab *l = lab_with_cron("*/5 * * * *", CRON_ALLOW);

	(void)unused;
	run_until(l, SECONDS(1200) + MILLIS(100) - 1);
	assert_int_equal(jobs(l, true), 0);
	run_until(l, SECONDS(1200) + MILLIS(100));
	assert_int_equal(jobs(l, true), 1);
	assert_int_equal(l->workload[1].scheduled, 1767225600 + 1200);
	run_until(l, SECONDS(1801));
	assert_int_equal(jobs(l, true), 3);
	lab_free(l);

	l = lab_new();
	l->scenario.kubernetes = 20;
	add_workload(l, WORKLOAD_CRON_JOB, 0);
	assert_null(cron_parse("*/5 * * * *", &l->object[0].schedule));
	l->workload[0].created = l->now;
	use(l, &control_cron_job);
	run_until(l, SECONDS(1200) - 1);
	assert_int_equal(jobs(l, true), 0);
	run_until(l, SECONDS(1210));
	assert_int_equal(jobs(l, true), 1);
	lab_free(l);
}

static void cron_forbid(void **unused)
{
	struct lab *l = lab_with_cron("*/5 * * * *", CRON_FORBID);

	(void)unused;
	run_until(l, SECONDS(2000)); /* 1200, and not 1500 and 1800 */
	assert_int_equal(jobs(l, true), 1);
	/* The last missed one is made up for when the first ends. */
	finish_job(l, 1, JOB_COMPLETE);
	run_until(l, SECONDS(2001));
	assert_int_equal(jobs(l, true), 2);
	assert_int_equal(l->workload[2].scheduled, 1767225600 + 1800);
	lab_free(l);

	/* Unless it is too late by then. */
	l = lab_with_cron("*/5 * * * *", CRON_FORBID);
	l->object[0].starting_deadline = SECONDS(60);
	run_until(l, SECONDS(2000));
	finish_job(l, 1, JOB_COMPLETE);
	run_until(l, SECONDS(2050));
	assert_int_equal(jobs(l, true), 1);
	run_until(l, SECONDS(2101));
	assert_int_equal(jobs(l, true), 2);
	lab_free(l);
}

static void cron_replace(void **unused)
{
	struct lab *l = lab_with_cron("*/5 * * * *", CRON_REPLACE);

	(void)unused;
	run_until(l, SECONDS(1801));
	assert_int_equal(jobs(l, false), 3);
	assert_int_equal(jobs(l, true), 1);
	assert_true(l->workload[3].exists);
	lab_free(l);
}

static void cron_suspend_and_history(void **unused)
{
	struct lab *l = lab_with_cron("* * * * *", CRON_ALLOW);

	(void)unused;
	for (uint32_t i = 1; i <= 8; i++) {
		run_until(l, SECONDS(1020 + 60 * (i - 1) + 1));
		assert_int_equal(l->view.workload_count, i + 1);
		finish_job(l, i, i % 4 == 0 ? JOB_FAILED : JOB_COMPLETE);
		settle(l);
	}
	/* Complete are 1 2 3 5 6 7, of which three are kept; failed 4 and 8, of which one is. */
	for (uint32_t i = 1; i <= 8; i++)
		assert_int_equal(l->workload[i].exists, i >= 5);
	l->workload[0].suspended = true;
	run_until(l, SECONDS(3000));
	assert_int_equal(l->view.workload_count, 9);
	lab_free(l);
}

/* ---- what finished Jobs and owners leave ---- */

static void ttl(void **unused)
{
	struct lab *l = lab_new();

	(void)unused;
	add_workload(l, WORKLOAD_JOB, 0);
	l->object[0].ttl = SECONDS(100);
	use(l, &control_ttl_after_finished);
	finish_job(l, 0, JOB_COMPLETE);
	run_until(l, SECONDS(1100) - 1);
	assert_true(l->workload[0].exists);
	run_until(l, SECONDS(1100));
	assert_false(l->workload[0].exists);
	lab_free(l);
}

static void garbage(void **unused)
{
	struct lab *l = lab_with_deployment(5, false);
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	(void)unused;
	use(l, &control_garbage_collector);
	call.workload = 0;
	apply(l, &call);
	settle(l);
	for (uint32_t i = 0; i < l->view.workload_count; i++)
		assert_false(l->workload[i].exists);
	assert_int_equal(total_active(l), 0);
	for (uint32_t i = 0; i < l->view.pod_count; i++)
		assert_int_equal(l->pod[i].cause, DELETE_OWNER_GONE);
	run_until(l, SECONDS(2000));
	assert_int_equal(l->view.pod_count, 5);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(job_states),
		cmocka_unit_test(job_waits_for_its_pods),
		cmocka_unit_test(job_deadline),
		cmocka_unit_test(job_suspended),
		cmocka_unit_test(job_limit_by_index),
		cmocka_unit_test(job_max_failed_indexes),
		cmocka_unit_test(job_failure_policy),
		cmocka_unit_test(job_replacement),
		cmocka_unit_test(job_restarts),
		cmocka_unit_test(job_after_a_restart),
		cmocka_unit_test(cron_times),
		cmocka_unit_test(cron_forbid),
		cmocka_unit_test(cron_replace),
		cmocka_unit_test(cron_suspend_and_history),
		cmocka_unit_test(ttl),
		cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
