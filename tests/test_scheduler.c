/* test_scheduler.c - the queue against its rules, and the process: cycles, binds, what wakes a pod. */
#include "tests/sched_bench.h"

/* ---- queue ---- */

static struct sched_queue queue_of(struct bench *b, int kubernetes)
{
	struct sched_queue q;

	sched_queue_init(&q, &b->run.arena, &b->scenario.timers, kubernetes);
	sched_queue_reset(&q, MILLIS(250));
	sched_queue_reserve(&q, 64);
	return q;
}

static void test_queue_order(void **state)
{
	struct bench *b = make(34);

	(void)state;
	start(b);
	struct sched_queue q = queue_of(b, 34);
	sched_queue_add(&q, 5, 0, 10);
	sched_queue_add(&q, 4, 0, 10);
	sched_queue_add(&q, 3, 100, 30);
	sched_queue_add(&q, 2, 0, 5);
	sched_queue_add(&q, 1, 100, 40);
	sched_queue_remove(&q, 2);
	static const uint32_t want[] = {3, 1, 4, 5, NONE};
	for (size_t i = 0; i < COUNT(want); i++)
		assert_int_equal(sched_queue_pop(&q), want[i]);
	end(b);
}

static void test_backoff_times(void **state)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 10, 10};
	struct bench *b = make(32);

	(void)state;
	start(b);
	struct sched_queue q = queue_of(b, 32);
	sim_time now = MILLIS(300);
	sched_queue_add(&q, 1, 0, now);
	for (size_t i = 0; i < COUNT(seconds); i++) {
		assert_int_equal(sched_queue_pop(&q), 1);
		sched_queue_rejected(&q, 1, 1, now);
		assert_int_equal(q.item[1].expiry, now + SECONDS(seconds[i]));
		sched_queue_wake(&q, 1, now);
		assert_int_equal(q.item[1].place, PLACE_BACKOFF);
		assert_int_equal(sched_queue_pop(&q), NONE);
		/* Ticks come each second from the start at 0.25 s. */
		now = sched_queue_due(&q);
		assert_int_equal(now % SECONDS(1), MILLIS(250));
		assert_true(now >= q.item[1].expiry && now < q.item[1].expiry + SECONDS(1));
		sched_queue_flush(&q, now - 1);
		assert_int_equal(q.active.count, 0);
		sched_queue_flush(&q, now);
		assert_int_equal(q.active.count, 1);
	}
	/* Since 1.33: back at 0.3 s, expiry 1.0, released at 2.0; but taken at once when nothing else is there. */
	q = queue_of(b, 34);
	sched_queue_add(&q, 1, 0, MILLIS(300));
	sched_queue_pop(&q);
	sched_queue_rejected(&q, 1, 1, MILLIS(300));
	sched_queue_wake(&q, 1, MILLIS(500));
	assert_int_equal(q.item[1].expiry, SECONDS(1));
	assert_int_equal(sched_queue_due(&q), SECONDS(2));
	assert_int_equal(sched_queue_pop(&q), 1);
	/* One that failed by error waits. */
	sched_queue_failed(&q, 1, 0, MILLIS(900));
	assert_int_equal(sched_queue_pop(&q), NONE);
	sched_queue_flush(&q, SECONDS(2));
	assert_int_equal(sched_queue_pop(&q), 1);
	end(b);
}

static void test_flush(void **state)
{
	struct bench *b = make(34);

	(void)state;
	start(b);
	for (int k = 20; k <= 34; k += 14) {
		struct sched_queue q = queue_of(b, k);
		sim_time after = SECONDS(k == 20 ? 60 : 300);

		sched_queue_add(&q, 1, 0, MILLIS(250));
		sched_queue_pop(&q);
		sched_queue_rejected(&q, 1, 1, MILLIS(250));
		/* Longer than, not as long as: the tick at the very end is too early. */
		assert_int_equal(sched_queue_due(&q), MILLIS(250) + after + SECONDS(30));
		sched_queue_flush(&q, MILLIS(250) + after + SECONDS(30));
		assert_int_equal(sched_queue_pop(&q), 1);
		assert_int_equal(sched_queue_due(&q), SIM_NEVER);
	}
	end(b);
}

/* ---- the process ---- */

static void test_cycles_and_binds(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, 8 * GI);
	start(b);
	struct pod_spec *s = spec(b, 600, GI), *gated = spec(b, 1, 1);
	gated->gate_count = 1;
	uint32_t p = pod(b, s), q = pod(b, s), g = pod(b, gated);
	scheduler_start(&b->world);
	until(b, MILLIS(3));
	assert_int_equal(b->sent_count, 1);
	assert_int_equal(b->sent[0].pod, p);
	assert_int_equal(b->world.cluster.cpu_used[0], 600); /* assumed */
	until(b, SECONDS(1));
	assert_int_equal(b->sent_count, 1);
	/* q waits, and nothing happens until it has waited for too long. */
	assert_true(queue_first(&b->run.queue)->at > SECONDS(300));
	/* The bind fails: p gives its room back, and q, woken by that, takes it at once. p backs off as one that met an
	 * error. */
	scheduler_answered(&b->world, p, false);
	assert_int_equal(b->world.cluster.cpu_used[0], 0);
	until(b, SECONDS(1) + MILLIS(3));
	assert_int_equal(b->sent_count, 2);
	assert_int_equal(b->sent[1].pod, q);
	assert_int_equal(b->sent[1].number, 2);
	cluster_pod_bind(&b->world.cluster, q, 0, 2);
	scheduler_answered(&b->world, q, true);
	until(b, SECONDS(10));
	assert_int_equal(b->sent_count, 2);
	/* q finishes. */
	cluster_pod_phase(&b->world.cluster, q, PHASE_SUCCEEDED, POD_REASON_NONE);
	notice(b, CHANGE_POD, CHANGED_PHASE, q);
	until(b, SECONDS(20));
	assert_int_equal(b->sent_count, 3);
	assert_int_equal(b->sent[2].pod, p);
	assert_int_equal(b->world.cluster.pod[g].node, NONE);
	/* The process dies: what was not bound is forgotten, and the next one begins anew. */
	scheduler_stop(&b->world);
	assert_int_equal(b->world.cluster.cpu_used[0], 0);
	until(b, SECONDS(30));
	assert_int_equal(b->sent_count, 0);
	scheduler_start(&b->world);
	until(b, SECONDS(31));
	assert_int_equal(b->sent_count, 1);
	assert_int_equal(b->sent[0].number, 1);
	end(b);
}

static void count_unschedulable(void *state, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*(uint32_t *)state += facts[i].kind == FACT_POD_UNSCHEDULABLE;
}

static uint32_t told(struct bench *b)
{
	uint32_t n = 0;

	facts_finish(&b->run.facts);
	facts_each(&b->run.facts, (struct fact_reader){count_unschedulable, &n});
	return n;
}

static void test_wake_by_taints(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, 8 * GI);
	node(b, 1000, 8 * GI);
	start(b);
	struct cluster *c = &b->world.cluster;
	cluster_taint_add(c, 0, c->view.key.unreachable, EFFECT_NO_SCHEDULE);
	cluster_taint_add(c, 1, c->view.key.unreachable, EFFECT_NO_SCHEDULE);
	uint32_t p = pod(b, spec(b, 600, GI));
	notice(b, CHANGE_POD, CHANGED_ADDED, p); /* nobody leads: not seen */
	scheduler_start(&b->world);
	until(b, SECONDS(1));
	/* A taint more helps nobody; the other node's taint going does. */
	cluster_taint_add(c, 0, c->view.key.not_ready, EFFECT_NO_EXECUTE);
	notice(b, CHANGE_NODE, CHANGED_TAINTS, 0);
	assert_true(queue_first(&b->run.queue)->at > SECONDS(300));
	cluster_taint_remove(c, 1, c->view.key.unreachable, EFFECT_NO_SCHEDULE);
	notice(b, CHANGE_NODE, CHANGED_TAINTS, 1);
	until(b, SECONDS(2));
	assert_int_equal(b->sent_count, 1);
	assert_int_equal(b->sent[0].node, 1);
	end(b);
}

static void test_told_once(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, 8 * GI);
	start(b);
	pod(b, spec(b, 2000, GI));
	scheduler_start(&b->world);
	until(b, SECONDS(2000)); /* flushed and tried again several times, for the same reason */
	assert_true(fw(b)->rejected_count == 1);
	assert_int_equal(told(b), 1);
	end(b);
}

static void test_deleted_pods_leave(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, 8 * GI);
	start(b);
	scheduler_start(&b->world);
	uint32_t p = pod(b, spec(b, 100, GI)), q = pod(b, spec(b, 100, GI)), r = pod(b, spec(b, 9000, GI));
	for (uint32_t i = p; i <= r; i++)
		notice(b, CHANGE_POD, CHANGED_ADDED, i);
	cluster_pod_remove(&b->world.cluster, p); /* in its cycle */
	notice(b, CHANGE_POD, CHANGED_REMOVED, p);
	cluster_pod_remove(&b->world.cluster, q);
	notice(b, CHANGE_POD, CHANGED_REMOVED, q);
	until(b, SECONDS(1));
	assert_int_equal(b->sent_count, 0);
	cluster_pod_remove(&b->world.cluster, r);
	notice(b, CHANGE_POD, CHANGED_REMOVED, r);
	until(b, SECONDS(1000));
	assert_null(queue_first(&b->run.queue));
	end(b);
}

static int compare_rows(const void *a, const void *b)
{
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : *(const uint32_t *)a > *(const uint32_t *)b;
}

/* Pods come, are bound, fail to be bound and go in any order; in the end the columns are what they were. */
static void test_columns_come_back(void **state)
{
	struct bench *b = make(34);
	struct rng r = rng_stream(9, 9, 9, 9);
	uint32_t live[4000], count = 0;

	(void)state;
	for (int i = 0; i < 30; i++)
		node(b, 4000, 8 * GI);
	start(b);
	scheduler_start(&b->world);
	struct cluster *c = &b->world.cluster;
	for (int step = 0; step < 4000; step++) {
		until(b, b->run.now + MILLIS(2));
		if (rng_below(&r, 3) > 0) {
			live[count] = pod(b, spec(b, 1 + rng_below(&r, 900), 1 + (int64_t)rng_below(&r, 1 << 30)));
			notice(b, CHANGE_POD, CHANGED_ADDED, live[count++]);
		} else if (count > 0) {
			uint32_t at = rng_below(&r, count), p = live[at];

			live[at] = live[--count];
			cluster_pod_remove(c, p);
			notice(b, CHANGE_POD, CHANGED_REMOVED, p);
		}
		if (b->sent_count > 0 && rng_below(&r, 2) == 0) {
			struct api_call call = b->sent[--b->sent_count];
			bool ok = c->pod[call.pod].exists && rng_below(&r, 5) > 0;

			if (ok)
				cluster_pod_bind(c, call.pod, call.node, 1);
			scheduler_answered(&b->world, call.pod, ok);
		}
		cluster_check(c);
		for (uint32_t n = 0; n < c->node_count; n++)
			assert_true(c->cpu_used[n] <= c->cpu_alloc[n] && c->mem_used[n] <= c->mem_alloc[n]);
	}
	qsort(live, count, sizeof(live[0]), compare_rows);
	while (count > 0)
		cluster_pod_remove(c, live[--count]);
	for (uint32_t n = 0; n < c->node_count; n++)
		assert_int_equal(c->cpu_used[n] + c->mem_used[n] + c->score_cpu_used[n] + c->score_mem_used[n] +
					 c->pods_used[n],
				 0);
	end(b);
}

static void test_settle(void **state)
{
	struct bench *b = make(34);
	uint32_t bound = 0;

	(void)state;
	for (int i = 0; i < 10; i++)
		node(b, 1000, 8 * GI);
	start(b);
	struct pod_spec *low = spec(b, 500, 0), *high = spec(b, 500, 0);
	high->priority = 10;
	for (int i = 0; i < 15; i++)
		pod(b, low);
	for (int i = 0; i < 10; i++)
		pod(b, high);
	scheduler_settle(&b->world);
	for (uint32_t i = 0; i < 25; i++) {
		bound += b->world.cluster.pod[i].node != NONE;
		/* The last five of low priority wait. */
		assert_int_equal(b->world.cluster.pod[i].node == NONE, i >= 10 && i < 15);
	}
	assert_int_equal(bound, 20);
	end(b);
}

/* The node whose victim matters least is freed; its columns are as before; the pod gets that very node once it is free.
 */
static void test_preemption(void **state)
{
	struct bench *b = make(34);
	struct pod_spec *low = NULL, *middle = NULL, *high = NULL;

	(void)state;
	node(b, 2000, 8 * GI);
	node(b, 2000, 8 * GI);
	start(b);
	middle = spec(b, 1500, GI);
	middle->priority = 5;
	low = spec(b, 1500, GI);
	high = spec(b, 1000, GI);
	high->priority = 10;
	place(b, middle, 0);
	place(b, low, 1);
	scheduler_start(&b->world);
	uint32_t p = pod(b, high);
	notice(b, CHANGE_POD, CHANGED_ADDED, p);
	until(b, MILLIS(100));
	assert_int_equal(b->sent_count, 0);
	assert_int_equal(b->deleted_count, 1);
	assert_int_equal(b->deleted[0], 1);
	assert_int_equal(framework_nominated(fw(b), p), 1);
	assert_int_equal(b->world.cluster.cpu_used[1], 1500);
	assert_int_equal(b->world.cluster.node[1].first_pod, 1);
	/* Another pod of the same priority respects the nomination; one of a higher priority does not. */
	cluster_pod_remove(&b->world.cluster, 1);
	uint32_t same = pod(b, high);
	assert_int_equal(scheduler_decide(&b->world, p).node, 1);
	b->world.cluster.pod[same].spec = spec(b, 1500, GI);
	((struct pod_spec *)(uintptr_t)b->world.cluster.pod[same].spec)->priority = 10;
	assert_int_equal(scheduler_decide(&b->world, same).node, NONE);
	((struct pod_spec *)(uintptr_t)b->world.cluster.pod[same].spec)->priority = 11;
	assert_int_equal(scheduler_decide(&b->world, same).node, 1);
	assert_int_equal(b->world.cluster.cpu_used[1], 0);
	end(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_order),
		cmocka_unit_test(test_backoff_times),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_cycles_and_binds),
		cmocka_unit_test(test_wake_by_taints),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_deleted_pods_leave),
		cmocka_unit_test(test_columns_come_back),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_preemption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
