/* test_sched_plugins.c - search, filters and scores against worked examples run on the real scheduler. */
#include "tests/sched_bench.h"

/* ---- worked examples of kube-scheduler.md section 8; ImageLocality adds 0 there ---- */

static struct bench *e1(int kubernetes)
{
	struct bench *b = make(kubernetes);

	node(b, 4000, 8 * GI);
	node(b, 8000, 16 * GI);
	node(b, 2000, 4 * GI);
	start(b);
	place(b, spec(b, 1000, 2 * GI), 0);
	place(b, spec(b, 6000, 4 * GI), 1);
	place(b, spec(b, 1500, 1 * GI), 2);
	return b;
}

static void test_e1_resources(void **state)
{
	(void)state;
	for (int k = 34; k <= 36; k += 2) {
		struct bench *b = e1(k);
		uint32_t p = pod(b, spec(b, 1000, 2 * GI));
		struct sched_result r = scheduler_decide(&b->world, p);

		assert_int_equal(r.node, 0);
		assert_int_equal(r.feasible, 2);
		assert_int_equal(r.evaluated, 3);
		assert_int_equal(total(b, 0), k == 34 ? 450 : 425);
		assert_int_equal(total(b, 1), 412);
		assert_int_equal(fw(b)->rejected[0], 2);
		end(b);
	}
}

static void test_e2_defaults(void **state)
{
	(void)state;
	for (int k = 32; k <= 34; k += 2) {
		struct bench *b = make(k);

		node(b, 2000, 4 * GI);
		node(b, 2000, 4 * GI);
		start(b);
		place(b, spec(b, 0, 0), 0);
		place(b, spec(b, 0, 0), 0);
		place(b, spec(b, 300, 100 * MI), 1);
		struct pod_spec *s = spec(b, 0, 0);
		s->score_mem_bytes = 400 * MI;
		struct sched_result r = scheduler_decide(&b->world, pod(b, s));
		assert_int_equal(r.node, k == 32 ? 0 : 1);
		assert_int_equal(total(b, 0), k == 32 ? 482 : 382);
		assert_int_equal(total(b, 1), k == 32 ? 476 : 383);
		end(b);
	}
}

static void test_e3_fits_exactly(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1700, 8 * GI);
	node(b, 4000, 8 * GI);
	node(b, 1750, 548 * MI);
	node(b, 2000, 512 * MI);
	start(b);
	place(b, spec(b, 2500, 0), 1);
	uint32_t p = pod(b, spec(b, 1750, 548 * MI));
	struct sched_result r = scheduler_decide(&b->world, p);
	assert_int_equal(r.node, 2);
	assert_int_equal(r.feasible, 1);
	/* n1 and n4 can never hold it, n2 only not now. */
	assert_int_equal(fw(b)->rejected_status[0], SCHED_UNRESOLVABLE);
	assert_int_equal(fw(b)->rejected_status[1], SCHED_UNSCHEDULABLE);
	assert_int_equal(fw(b)->rejected_status[2], SCHED_UNRESOLVABLE);
	place(b, spec(b, 100, 0), 2);
	assert_int_equal(scheduler_decide(&b->world, p).node, NONE);
	explain(b, p,
		"0/4 nodes are available: 1 Insufficient memory, 3 Insufficient cpu. no new claims to deallocate, "
		"preemption: 0/4 nodes are "
		"available: "
		"2 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.");
	end(b);
}

static void test_e4_taints(void **state)
{
	struct bench *b = make(34);
	struct node_object *n[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		n[i] = node(b, 4000, 8 * GI);
	taint(b, n[1], "a", "", EFFECT_PREFER_NO_SCHEDULE);
	taint(b, n[2], "a", "", EFFECT_PREFER_NO_SCHEDULE);
	taint(b, n[2], "b", "", EFFECT_PREFER_NO_SCHEDULE);
	taint(b, n[2], "c", "1", EFFECT_PREFER_NO_SCHEDULE);
	taint(b, n[3], "x", "y", EFFECT_NO_SCHEDULE);
	n[4]->unschedulable = true;
	struct pod_spec *s = spec(b, 1000, GI);
	struct toleration t[] = {{.key = id(b, "b"), .exists = true, .effect = EFFECT_PREFER_NO_SCHEDULE},
				 {.key = id(b, "c"), .value = id(b, "1"), .effect = EFFECT_NO_SCHEDULE}};
	s->toleration = t;
	s->toleration_count = 2;
	start(b);
	struct sched_result r = scheduler_decide(&b->world, pod(b, s));
	assert_int_equal(r.node, 0);
	assert_int_equal(total(b, 0), 474);
	assert_int_equal(total(b, 1), 324);
	assert_int_equal(total(b, 2), 174);
	/* A pod too large for the rest: the first plugin that rejects a node gives its reason. */
	uint32_t p = pod(b, spec(b, 5000, GI));
	assert_int_equal(scheduler_decide(&b->world, p).node, NONE);
	explain(b, p,
		"0/5 nodes are available: 1 node(s) had untolerated taint {x: y}, 1 node(s) were unschedulable, "
		"3 Insufficient cpu. no new claims to deallocate, preemption: 0/5 nodes are available: 5 Preemption is "
		"not helpful for scheduling.");
	end(b);
}

static void test_e5_node_affinity(void **state)
{
	struct bench *b = make(34);
	struct node_object *n[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		n[i] = node(b, 4000, 8 * GI);
	label(b, &n[0]->meta.labels, "disk", "ssd");
	label(b, &n[0]->meta.labels, "gen", "5");
	label(b, &n[0]->meta.labels, "zone", "a");
	label(b, &n[1]->meta.labels, "disk", "hdd");
	label(b, &n[1]->meta.labels, "gen", "7");
	label(b, &n[2]->meta.labels, "gen", "07");
	label(b, &n[3]->meta.labels, "gen", "abc");
	struct requirement must[] = {requirement(b, "gen", OP_GT, "4"), requirement(b, "disk", OP_NOT_IN, "hdd")};
	struct requirement want[] = {requirement(b, "disk", OP_IN, "ssd"), requirement(b, "gen", OP_LT, "6"),
				     requirement(b, "zone", OP_DOES_NOT_EXIST, NULL)};
	struct node_term required = {.expression = must, .expression_count = 2};
	struct node_term preferred[] = {{.weight = 30, .expression = &want[0], .expression_count = 1},
					{.weight = 20, .expression = &want[1], .expression_count = 1},
					{.weight = 25, .expression = &want[2], .expression_count = 1}};
	struct pod_spec *s = spec(b, 1000, GI);
	s->has_required_affinity = true;
	s->required = &required;
	s->required_count = 1;
	s->preferred = preferred;
	s->preferred_count = 3;
	start(b);
	struct sched_result r = scheduler_decide(&b->world, pod(b, s));
	assert_int_equal(r.node, 0);
	assert_int_equal(r.feasible, 2);
	assert_int_equal(total(b, 0), 674);
	assert_int_equal(total(b, 2), 574);
	/* A present but empty list of terms matches nothing. */
	s->required_count = 0;
	assert_int_equal(scheduler_decide(&b->world, pod(b, s)).feasible, 0);
	end(b);
}

static void test_node_set(void **state)
{
	struct bench *b = make(34);

	(void)state;
	for (int i = 0; i < 5; i++)
		node(b, 4000, 8 * GI);
	struct requirement name[] = {requirement(b, "metadata.name", OP_IN, "n1"),
				     requirement(b, "metadata.name", OP_IN, "n2")};
	struct node_term terms[] = {{.field = &name[0], .field_count = 1}, {.field = &name[1], .field_count = 1}};
	struct pod_spec *s = spec(b, 1000, GI);
	s->has_required_affinity = true;
	s->required = terms;
	s->required_count = 2;
	start(b);
	place(b, spec(b, 3500, GI), 0);
	uint32_t p = pod(b, s);
	struct sched_result r = scheduler_decide(&b->world, p);
	assert_int_equal(r.node, 1);
	assert_int_equal(r.evaluated, 2);
	place(b, spec(b, 3500, GI), 1);
	assert_int_equal(scheduler_decide(&b->world, p).node, NONE);
	explain(b, p,
		"0/5 nodes are available: 2 Insufficient cpu, 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
		"no new claims to deallocate, preemption: "
		"0/5 nodes are available: 2 No preemption victims found for incoming pod, 3 Preemption is not helpful "
		"for "
		"scheduling.");
	/* Both names at once: no node can have both. */
	terms[0].field_count = 2;
	s->required_count = 1;
	assert_int_equal(scheduler_decide(&b->world, p).node, NONE);
	assert_true(fw(b)->rejectors != 0);
	explain(b, p,
		"0/5 nodes are available: pod affinity terms conflict. no new claims to deallocate, preemption: 0/5 "
		"nodes are available: 5 "
		"Preemption is "
		"not helpful for scheduling.");
	/* A daemon's pod: its own node and no other, full or not. */
	uint32_t d = pod(b, spec(b, 100, 0));
	b->world.cluster.pod[d].pinned_node = 3;
	assert_int_equal(scheduler_decide(&b->world, d).node, 3);
	end(b);
}

static void test_ports(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 4000, 8 * GI);
	node(b, 4000, 8 * GI);
	struct host_port local = {id(b, "127.0.0.1"), id(b, "TCP"), 8080}, all = {id(b, "0.0.0.0"), id(b, "TCP"), 8080};
	struct container c[] = {{.port = &local, .port_count = 1}, {.port = &all, .port_count = 1}};
	struct pod_spec *has = spec(b, 0, 0), *wants = spec(b, 0, 0);
	has->container = &c[0];
	wants->container = &c[1];
	has->container_count = wants->container_count = 1;
	start(b);
	place(b, has, 0);
	uint32_t p = pod(b, wants), q = pod(b, wants);
	assert_int_equal(scheduler_decide(&b->world, p).node, 1);
	/* An assumed pod holds its port before it is bound. */
	framework_reserve(fw(b));
	cluster_assume(&b->world.cluster, p, 1);
	framework_assumed_add(fw(b), p, 1);
	assert_int_equal(scheduler_decide(&b->world, q).node, NONE);
	explain(b, q,
		"0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. no new claims "
		"to deallocate, preemption: "
		"0/2 nodes "
		"are available: 2 No preemption victims found for incoming pod.");
	framework_assumed_remove(fw(b), p);
	cluster_forget(&b->world.cluster, p);
	assert_int_equal(scheduler_decide(&b->world, q).node, 1);
	end(b);
}

/* Fractions 0 and 0.68 give 65: the truncation of a binary double. */
static void test_balance_truncates(void **state)
{
	struct bench *b = make(34);
	const struct sched_plugin *p = sched_plugins[sched_plugin_row("NodeResourcesBalancedAllocation")];
	uint32_t row = 0;
	int64_t raw = -1;

	(void)state;
	node(b, 100, 8 * GI);
	start(b);
	uint32_t i = pod(b, spec(b, 68, 0));
	struct sched_call c = {.config = &sched_config_default,
			       .view = &b->world.cluster.view,
			       .kubernetes = 34,
			       .pod = &b->world.cluster.pod[i],
			       .count = 1,
			       .node = &row};
	p->score(&c, &raw);
	assert_int_equal(raw, 65);
	c.kubernetes = 20; /* 68 %, and 200 MiB of 8 GiB */
	p->score(&c, &raw);
	assert_int_equal(raw, 34);
	end(b);
}

static void test_least_allocated_exact(void **state)
{
	struct bench *b = make(34);
	const struct sched_plugin *p = sched_plugins[sched_plugin_row("NodeResourcesFit")];
	struct rng r = rng_stream(1, 2, 3, 4);
	uint32_t row = 0;

	(void)state;
	node(b, 1, 1);
	start(b);
	uint32_t i = pod(b, spec(b, 1, 1));
	struct pod_spec *s = (struct pod_spec *)b->world.cluster.pod[i].spec;
	struct sched_call c = {.config = &sched_config_default,
			       .view = &b->world.cluster.view,
			       .kubernetes = 34,
			       .pod = &b->world.cluster.pod[i],
			       .count = 1,
			       .node = &row};
	b->world.cluster.mem_alloc[0] = 0;
	for (int k = 0; k < 200000; k++) {
		int64_t alloc = 1 + (int64_t)(rng_next(&r) >> (1 + rng_below(&r, 62))), raw;
		/* Exact quotients and their neighbours are the hard cases. */
		int64_t left = k % 2 ? (int64_t)(rng_next(&r) % ((uint64_t)alloc + 1))
				     : (int64_t)((__int128)alloc * (k % 101) / 100);

		b->world.cluster.cpu_alloc[0] = alloc;
		s->score_cpu_milli = alloc - left;
		p->score(&c, &raw);
		assert_int_equal(raw, (int64_t)((__int128)left * 100 / alloc));
	}
	end(b);
}

/* ---- search and pick ---- */

static void test_limits(void **state)
{
	static const uint32_t table[][2] = {{99, 99},    {100, 100},   {200, 100},  {250, 120},
					    {500, 230},  {1000, 420},  {2000, 680}, {5000, 500},
					    {5625, 281}, {10000, 500}, {15000, 750}};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(sched_node_limit(table[i][0], 0), table[i][1]);
	assert_int_equal(sched_node_limit(1000, 100), 1000);
	assert_int_equal(sched_node_limit(1000, 20), 200);
}

static void test_order_and_sampling(void **state)
{
	struct bench *b = make(34);

	(void)state;
	/* Zones a a b b b a ... : 300 nodes, the first two of each first. */
	for (int i = 0; i < 300; i++)
		node(b, 4000, 8 * GI)->zone = id(b, i % 5 < 2 ? "a" : i % 5 < 4 ? "b" : "c");
	start(b);
	static const uint32_t first[] = {0, 2, 4, 1, 3, 9, 5, 7, 14};
	for (size_t i = 0; i < COUNT(first); i++)
		assert_int_equal(fw(b)->order[i], first[i]);
	struct sched_result r = scheduler_decide(&b->world, pod(b, spec(b, 100, MI)));
	/* 300 nodes: 48 %. */
	assert_int_equal(r.feasible, 144);
	assert_int_equal(fw(b)->next_start, 144);
	scheduler_decide(&b->world, pod(b, spec(b, 100, MI)));
	assert_int_equal(fw(b)->feasible[0], fw(b)->order[144]);
	assert_int_equal(fw(b)->next_start, 288);
	/* Nothing fits: all are looked at, and the start is where it was. */
	r = scheduler_decide(&b->world, pod(b, spec(b, 9000, MI)));
	assert_int_equal(r.evaluated, 300);
	assert_int_equal(fw(b)->next_start, 288);
	end(b);
}

static void test_pick_is_uniform(void **state)
{
	static const int64_t totals[] = {5, 9, 3, 9, 9, 8, 9, 1, 9};
	struct rng r = rng_stream(3, 1, 4, 1);
	uint32_t scratch[COUNT(totals)], seen[COUNT(totals)] = {0};
	double chi = 0;

	(void)state;
	for (int i = 0; i < 50000; i++)
		seen[sched_pick(34, totals, COUNT(totals), scratch, &r)]++;
	for (size_t i = 0; i < COUNT(totals); i++) {
		if (totals[i] == 9)
			chi += (seen[i] - 10000.0) * (seen[i] - 10000.0) / 10000.0;
		else
			assert_int_equal(seen[i], 0);
	}
	assert_true(chi < 18.47); /* 4 degrees of freedom, 0.1 % */
	/* Since 1.35 the root of the heap: sifting 9 (index 3) over 9 (index 1) does not happen, 9 (1) over 5 does. */
	assert_int_equal(sched_pick(35, totals, COUNT(totals), scratch, &r), 1);
	static const int64_t late[] = {1, 2, 3, 4, 5, 5, 5};
	assert_int_equal(sched_pick(35, late, COUNT(late), scratch, &r), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_e1_resources),
		cmocka_unit_test(test_e2_defaults),
		cmocka_unit_test(test_e3_fits_exactly),
		cmocka_unit_test(test_e4_taints),
		cmocka_unit_test(test_e5_node_affinity),
		cmocka_unit_test(test_node_set),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_balance_truncates),
		cmocka_unit_test(test_least_allocated_exact),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_order_and_sampling),
		cmocka_unit_test(test_pick_is_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
