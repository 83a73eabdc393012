/* test_controllers.c - the controllers of Deployments, ReplicaSets and PodDisruptionBudgets in the lab. */
#include "tests/lab.h"

/* ---- ReplicaSet ---- */

static void creates_in_growing_batches(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 12);
	const uint32_t expected[] = {1, 2, 4, 5, 1}; /* the last is the status */
	uint32_t sizes[8] = {0}, groups = 0;

	(void)unused;
	use(l, &control_replica_set);
	uint32_t n = work(l, 0, set);
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0 && l->log[i].group != l->log[i - 1].group)
			groups++;
		sizes[groups]++;
	}
	assert_int_equal(groups + 1, COUNT(expected));
	for (uint32_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(sizes[i], expected[i]);
	settle(l);
	assert_int_equal(active(l, set), 12);
	lab_free(l);
}

static void creates_500_at_most(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 1200);

	(void)unused;
	use(l, &control_replica_set);
	work(l, 0, set);
	assert_int_equal(active(l, set), 500);
	/* A change noticed late must not make it create twice: pods that nobody told of are seen. */
	settle(l);
	assert_int_equal(active(l, set), 1200);
	lab_free(l);
}

struct candidate {
	uint8_t bound, phase, ready;
	uint32_t node, restarts;
	int ready_for, age; /* seconds */
};

/* Each row: the second is the victim, by the rule named, in 1.20 and now. */
static void victims_in_order(void **unused)
{
	static const struct {
		struct candidate keep, victim;
		int versions[2]; /* the rule holds from .. to */
	} table[] = {
		/* 1 unassigned */
		{{1, PHASE_PENDING, 0, 0, 0, 0, 10}, {0, PHASE_PENDING, 0, 0, 9, 0, 90}, {20, 36}},
		/* 2 pending before running */
		{{1, PHASE_RUNNING, 0, 0, 9, 0, 10}, {1, PHASE_PENDING, 0, 1, 0, 0, 90}, {20, 36}},
		/* 3 not ready */
		{{1, PHASE_RUNNING, 1, 0, 9, 1, 1}, {1, PHASE_RUNNING, 0, 1, 0, 0, 90}, {20, 36}},
		/* 6 ready for a shorter time: exactly in 1.20, by power of two since 1.22 */
		{{1, PHASE_RUNNING, 1, 0, 0, 70, 90}, {1, PHASE_RUNNING, 1, 1, 0, 65, 90}, {20, 21}},
		{{1, PHASE_RUNNING, 1, 0, 0, 90, 90}, {1, PHASE_RUNNING, 1, 1, 0, 2, 90}, {20, 36}},
		/* 7 more restarts */
		{{1, PHASE_RUNNING, 0, 0, 1, 0, 1}, {1, PHASE_RUNNING, 0, 1, 2, 0, 90}, {20, 36}},
		/* 8 younger */
		{{1, PHASE_RUNNING, 0, 0, 1, 0, 90}, {1, PHASE_RUNNING, 0, 1, 1, 0, 2}, {20, 36}},
	};

	(void)unused;
	for (uint32_t t = 0; t < 2 * COUNT(table); t++) {
		struct lab *l = lab_new();
		uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 1), victim = t % 2;

		for (uint32_t i = 0; i < 2; i++) {
			const struct candidate *k = i == victim ? &table[t / 2].victim : &table[t / 2].keep;
			struct pod *p = &l->pod[put_pod(l, set, -1, NONE)];

			p->node = k->bound ? k->node : NONE;
			p->phase = k->phase;
			p->ready = k->ready;
			p->restarts = k->restarts;
			p->ready_since = l->now - SECONDS(k->ready_for);
			p->created = l->now - SECONDS(k->age);
		}
		for (int version = table[t / 2].versions[0]; version <= table[t / 2].versions[1]; version += 1) {
			l->scenario.kubernetes = version;
			l->logged = 0;
			l->policies = 0;
			use(l, &control_replica_set);
			struct control_call c = calling(l, 0);
			control_replica_set.reconcile(&c, set);
			assert_int_equal(l->decisions.call[0].call.verb, API_DELETE_POD);
			assert_int_equal(l->decisions.call[0].call.pod, victim);
		}
		lab_free(l);
	}
}

/* Rule 5: on the node with more pods of the same Deployment, of whatever ReplicaSet. */
static void victim_has_company(void **unused)
{
	struct lab *l = lab_new();
	uint32_t d = add_workload(l, WORKLOAD_DEPLOYMENT, 2), old = 0, new = 0;
	struct api_call call = api_call(API_CREATE_REPLICA_SET);

	(void)unused;
	call.workload = d;
	create_set(l, &call);
	create_set(l, &call);
	old = 1;
	new = 2;
	l->workload[new].replicas = 1;
	for (uint32_t i = 0; i < 3; i++) {
		struct pod *p = &l->pod[put_pod(l, i < 2 ? new : old, -1, NONE)];

		p->node = i == 0 ? 3 : 5;
		p->phase = PHASE_RUNNING;
		p->ready = true;
		p->ready_since = i == 0 ? l->now - 1 : l->now - SECONDS(500);
	}
	use(l, &control_replica_set);
	struct control_call c = calling(l, 0);
	control_replica_set.reconcile(&c, new);
	assert_int_equal(l->decisions.call[0].call.pod, 1);
	lab_free(l);
}

static void status_is_written_when_it_changes(void **unused)
{
	struct lab *l = lab_new();
	uint32_t set = add_workload(l, WORKLOAD_REPLICA_SET, 3);

	(void)unused;
	l->object[set].min_ready = SECONDS(30);
	use(l, &control_replica_set);
	run_until(l, SECONDS(1010)); /* created: replicas 0, then 3; ready at 1004, all in one instant */
	int64_t before = logged(l, API_STATUS, 0);
	run_until(l, SECONDS(1033));
	assert_int_equal(logged(l, API_STATUS, 0), before);
	run_until(l, SECONDS(1035)); /* available 30 s later */
	assert_true(logged(l, API_STATUS, 0) > before);
	before = logged(l, API_STATUS, 0);
	l->queued[0][set] = true;
	run_until(l, SECONDS(1100));
	assert_int_equal(logged(l, API_STATUS, 0), before);
	lab_free(l);
}

/* ---- Deployment ---- */

static void within_limits_of_10(struct lab *l)
{
	assert_true(total_active(l) <= 13);
	assert_true(total_ready(l) >= 8);
}

/* kubernetes-control-plane.md 11.10: five new pods within the first instant, and two start-up times in all. */
static void rolls_10_as_measured(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);
	uint32_t pods = l->view.pod_count;

	(void)unused;
	l->check = within_limits_of_10;
	l->logged = 0;
	change_template(l);
	work(l, 0, 0);
	assert_int_equal(l->log[0].call.verb, API_CREATE_REPLICA_SET);
	assert_int_equal(l->log[0].call.number, 3);
	assert_int_equal(l->log[1].call.verb, API_SCALE);
	assert_int_equal(l->log[1].call.number, 8);
	settle(l);
	assert_int_equal(l->view.pod_count - pods, 5);
	run_until(l, l->now + l->ready_after);
	assert_int_equal(l->view.pod_count - pods, 10);
	run_until(l, l->now + l->ready_after);
	assert_int_equal(active(l, 2), 10);
	assert_int_equal(active(l, 1), 0);
	assert_int_equal(total_ready(l), 10);
	lab_free(l);
}

/* Sizes and roundings: the limits hold every second, also when the template changes once more, and the rollout ends. */
static void rollout_limits(void **unused)
{
	static const struct {
		int32_t replicas;
		struct int_or_percent surge, unavailable;
		int64_t ceiling, floor;
	} table[] = {
		{1, {25, true}, {25, true}, 2, 1},     {3, {25, true}, {25, true}, 4, 3},
		{4, {25, true}, {25, true}, 5, 3},     {7, {0, false}, {1, false}, 7, 6},
		{7, {1, false}, {0, false}, 8, 7},     {5, {0, true}, {10, true}, 5, 4},
		{20, {100, true}, {50, true}, 40, 10},
	};

	(void)unused;
	for (uint32_t t = 0; t < COUNT(table); t++) {
		struct lab *l = lab_with_deployment(table[t].replicas, false);

		l->object[0].max_surge = table[t].surge;
		l->object[0].max_unavailable = table[t].unavailable;
		change_template(l);
		for (int second = 0; second < 300; second++) {
			run_until(l, l->now + SECONDS(1));
			assert_true(total_active(l) <= table[t].ceiling);
			assert_true(total_ready(l) >= table[t].floor);
			if (second == 6)
				change_template(l); /* a third ReplicaSet */
		}
		assert_int_equal(active(l, l->workload[0].first_child), table[t].replicas);
		assert_int_equal(total_ready(l), table[t].replicas);
		assert_int_equal(total_active(l), table[t].replicas);
		lab_free(l);
	}
}

/* A template whose pods never become ready stops the rollout with the floor held, and is left by the next template. */
static void stuck_rollout(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	l->check = within_limits_of_10;
	l->ready_after = SIM_NEVER;
	change_template(l);
	run_until(l, l->now + SECONDS(2000));
	assert_int_equal(total_ready(l), 8);
	assert_int_equal(total_active(l), 13);
	l->ready_after = SECONDS(3);
	change_template(l);
	run_until(l, l->now + SECONDS(100));
	assert_int_equal(active(l, 3), 10);
	assert_int_equal(total_active(l), 10);
	lab_free(l);
}

static void old_and_new_never_meet(struct lab *l)
{
	uint32_t newest = l->workload[0].first_child;

	if (l->workload[newest].next_sibling == NONE || l->workload[newest].first_pod == NONE)
		return;
	assert_true(l->workload[l->workload[newest].next_sibling].first_pod == NONE);
}

static void recreates(void **unused)
{
	struct lab *l = lab_with_deployment(5, true);

	(void)unused;
	l->check = old_and_new_never_meet;
	change_template(l);
	run_until(l, l->now + SECONDS(1));
	assert_int_equal(total_active(l), 0);
	run_until(l, l->now + SECONDS(60));
	assert_int_equal(active(l, 2), 5);
	assert_int_equal(total_ready(l), 5);
	lab_free(l);
}

static void scales(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	ask_scale(l, 40);
	run_until(l, l->now + SECONDS(10));
	assert_int_equal(total_ready(l), 40);
	ask_scale(l, 3);
	settle(l);
	assert_int_equal(total_active(l), 3);
	ask_scale(l, 0);
	settle(l);
	assert_int_equal(total_active(l), 0);
	ask_scale(l, 4);
	settle(l);
	assert_int_equal(total_active(l), 4);
	assert_int_equal(l->view.workload_count, 2);
	lab_free(l);
}

/* In a rollout 8 + 5 with a size of 10 (13 with surge), growing to 20 (25): shares of 15.38 and 9.62. */
static void scales_in_proportion(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);

	(void)unused;
	l->ready_after = SIM_NEVER;
	change_template(l);
	settle(l);
	assert_int_equal(l->workload[1].replicas, 8);
	assert_int_equal(l->workload[2].replicas, 5);
	l->workload[0].replicas = 20;
	changed(l, CHANGE_WORKLOAD, CHANGED_SPEC, 0);
	work(l, 0, 0);
	assert_int_equal(l->workload[1].replicas, 15);
	assert_int_equal(l->workload[2].replicas, 10);
	lab_free(l);
}

static void old_sets_are_forgotten(void **unused)
{
	struct lab *l = lab_with_deployment(2, false);
	uint32_t left = 0;

	(void)unused;
	for (int i = 0; i < 14; i++) {
		change_template(l);
		run_until(l, l->now + SECONDS(60));
	}
	for (uint32_t i = 1; i < l->view.workload_count; i++)
		left += l->workload[i].exists;
	assert_int_equal(l->view.workload_count, 16);
	assert_int_equal(left, 11);
	assert_int_equal(total_ready(l), 2);
	lab_free(l);
}

/* ---- PodDisruptionBudget ---- */

static void budgets(void **unused)
{
	static const struct {
		int32_t replicas, ready;
		bool has_min, has_max;
		struct int_or_percent limit;
		int32_t allowed;
	} table[] = {
		{4, 4, true, false, {3, false}, 1},  {4, 3, true, false, {3, false}, 0},
		{4, 2, true, false, {3, false}, 0},  {4, 4, false, true, {1, false}, 1},
		{4, 4, false, true, {0, false}, 0},  {10, 10, false, true, {25, true}, 3},
		{10, 9, true, false, {75, true}, 1}, {4, 4, true, false, {4, false}, 0},
		{3, 3, false, true, {200, true}, 3}, {0, 0, true, false, {0, false}, 0},
		{2, 2, false, false, {0, false}, 0},
	};

	(void)unused;
	for (uint32_t t = 0; t < COUNT(table); t++) {
		struct lab *l = lab_with_deployment(table[t].replicas, false);
		struct pdb_object *o = &l->pdb_object[0];

		o->selector.present = true;
		o->has_min = table[t].has_min;
		o->has_max = table[t].has_max;
		o->min_available = o->max_unavailable = table[t].limit;
		l->pdb[0] = (struct pdb){.object = o, .exists = true};
		l->view.pdb_count = 1;
		use(l, &control_disruption);
		for (int32_t i = table[t].ready; i < table[t].replicas; i++)
			set_ready(l, (uint32_t)i, false);
		settle(l);
		assert_int_equal(l->pdb[0].allowed, table[t].allowed);
		lab_free(l);
	}
}

/* 8.7: the evicted pod counts no more; its successor does when it is ready. Another workload's pods never count. */
static void budget_follows(void **unused)
{
	struct lab *l = lab_with_deployment(4, false);
	struct pdb_object *o = &l->pdb_object[0];
	uint32_t other = add_workload(l, WORKLOAD_REPLICA_SET, 5);

	(void)unused;
	o->meta.namespace = names_intern(&l->names, "here");
	l->workload[0].namespace = l->workload[1].namespace = o->meta.namespace;
	o->selector.present = o->has_min = true;
	o->min_available = (struct int_or_percent){3, false};
	l->pdb[0] = (struct pdb){.object = o, .exists = true};
	l->view.pdb_count = 1;
	use(l, &control_disruption);
	changed(l, CHANGE_WORKLOAD, CHANGED_ADDED, other);
	run_until(l, l->now + SECONDS(10));
	assert_int_equal(l->pdb[0].allowed, 1);
	delete_pod(l, 0);
	settle(l);
	assert_int_equal(l->pdb[0].allowed, 0);
	run_until(l, l->now + SECONDS(3));
	assert_int_equal(l->pdb[0].allowed, 0);
	run_until(l, l->now + SECONDS(2));
	assert_int_equal(l->pdb[0].allowed, 1);
	lab_free(l);
}

/* In a rollout a Deployment's scale counts once, whatever the number of its ReplicaSets. */
static void budget_in_a_rollout(void **unused)
{
	struct lab *l = lab_with_deployment(10, false);
	struct pdb_object *o = &l->pdb_object[0];

	(void)unused;
	o->selector.present = o->has_max = true;
	o->max_unavailable = (struct int_or_percent){5, false};
	l->pdb[0] = (struct pdb){.object = o, .exists = true};
	l->view.pdb_count = 1;
	l->ready_after = SIM_NEVER;
	use(l, &control_disruption);
	change_template(l);
	settle(l);
	assert_int_equal(total_ready(l), 8); /* and five new ones that are not */
	assert_int_equal(l->pdb[0].allowed, 3);
	lab_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_in_growing_batches),
		cmocka_unit_test(creates_500_at_most),
		cmocka_unit_test(victims_in_order),
		cmocka_unit_test(victim_has_company),
		cmocka_unit_test(status_is_written_when_it_changes),
		cmocka_unit_test(rolls_10_as_measured),
		cmocka_unit_test(rollout_limits),
		cmocka_unit_test(stuck_rollout),
		cmocka_unit_test(recreates),
		cmocka_unit_test(scales),
		cmocka_unit_test(scales_in_proportion),
		cmocka_unit_test(old_sets_are_forgotten),
		cmocka_unit_test(budgets),
		cmocka_unit_test(budget_follows),
		cmocka_unit_test(budget_in_a_rollout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
