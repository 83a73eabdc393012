/* test_taint_eviction.c - taint eviction in the lab: how often a deletion that fails is tried. */
#include "tests/lab.h"

extern const struct controller control_taint_eviction;

/* One reconcile whose calls all fail: nothing happens to the pod. Returns how many there were. */
static uint32_t fail_once(struct lab *l)
{
	struct control_call c = calling(l, 0);

	control_taint_eviction.reconcile(&c, 0);
	return l->decisions.calls;
}

static struct lab *lab_with_tainted_pod(void)
{
	static struct taint taint = {.effect = EFFECT_NO_EXECUTE};
	struct lab *l = lab_new();

	taint.key = names_intern(&l->names, "k");
	add_workload(l, WORKLOAD_REPLICA_SET, 1);
	put_pod(l, 0, -1, NONE);
	l->pod[0].node = 0;
	l->node[0].first_pod = 0;
	l->node[0].taint = &taint;
	l->node[0].taint_count = 1;
	use(l, &control_taint_eviction);
	assert_true(l->queued[0][0]); /* not tolerated: at once */
	return l;
}

/* Five tries, 10 ms apart, then it is given up, until something about its node changes. */
static void five_tries(void **unused)
{
	struct lab *l = lab_with_tainted_pod();

	(void)unused;
	assert_int_equal(control_taint_eviction.retry_after, MILLIS(10));
	for (int i = 0; i < 5; i++)
		assert_int_equal(fail_once(l), 3); /* GET, PATCH, DELETE */
	assert_int_equal(fail_once(l), 0);
	assert_int_equal(fail_once(l), 0);
	l->queued[0][0] = false;
	changed(l, CHANGE_NODE, CHANGED_TAINTS, 0);
	assert_true(l->queued[0][0]);
	assert_int_equal(fail_once(l), 3);
	lab_free(l);
}

/* One call before 1.26, three since. */
static void calls_by_version(void **unused)
{
	for (int version = 25; version <= 26; version++) {
		struct lab *l = lab_with_tainted_pod();

		l->scenario.kubernetes = version;
		assert_int_equal(fail_once(l), version == 25 ? 1 : 3);
		lab_free(l);
	}
	(void)unused;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(five_tries), cmocka_unit_test(calls_by_version)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
