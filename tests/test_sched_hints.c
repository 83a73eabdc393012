/* test_sched_hints.c - which event wakes which rejected pod: kube-scheduler.md 2.5 and 2.6, both sides of each hint. */
#include "tests/sched_bench.h"

#define ZONE "topology.kubernetes.io/zone"

static bool helps(struct bench *b, const char *plugin, uint32_t pod_row, struct sched_event e)
{
	uint32_t row = sched_plugin_row(plugin);

	assert_true(row != NONE);
	framework_reserve(fw(b));
	return framework_helps(fw(b), pod_row, UINT32_C(1) << row, &e);
}

static struct sched_event on_node(uint8_t kind, uint32_t row)
{
	return (struct sched_event){.kind = kind, .node = row, .pod = NONE};
}

static struct sched_event on_pod(uint8_t kind, uint32_t row)
{
	return (struct sched_event){.kind = kind, .node = 0, .pod = row};
}

static struct labels *labels_of(struct bench *b, const char *key, const char *value)
{
	struct labels *l = ARENA_NEW(&b->scenario.arena, 1, struct labels);

	label(b, l, key, value);
	return l;
}

static uint32_t labelled(struct bench *b, const struct pod_spec *s, const char *key, const char *value)
{
	uint32_t p = pod(b, s);

	b->world.cluster.pod[p].labels = labels_of(b, key, value);
	return p;
}

static struct selector selects(struct bench *b, const char *key, const char *value)
{
	struct selector s = {.present = true, .count = 1, .item = ARENA_NEW(&b->scenario.arena, 1, struct requirement)};

	s.item[0] = requirement(b, key, OP_IN, value);
	return s;
}

/* ---- nodes ---- */

static void test_cordon(void **state)
{
	struct bench *b = make(34);
	struct sched_event e = on_node(SCHED_NODE_TAINT, 0);

	(void)state;
	node(b, 1000, GI);
	start(b);
	uint32_t p = pod(b, spec(b, 1, 1));
	assert_false(helps(b, "NodeUnschedulable", p, e)); /* was free, is free */
	e.was_unschedulable = true;
	assert_true(helps(b, "NodeUnschedulable", p, e));
	assert_true(helps(b, "NodeUnschedulable", p, on_node(SCHED_NODE_ADD, 0)));
	cluster_cordon(&b->world.cluster, 0, true);
	assert_false(helps(b, "NodeUnschedulable", p, e));
	assert_false(helps(b, "NodeUnschedulable", p, on_node(SCHED_NODE_ADD, 0)));
	assert_false(helps(b, "NodeUnschedulable", p, on_node(SCHED_NODE_LABEL, 0)));
	end(b);
}

static void test_taints(void **state)
{
	struct bench *b = make(34);
	struct sched_event e = on_node(SCHED_NODE_TAINT, 0);

	(void)state;
	node(b, 1000, GI);
	start(b);
	uint32_t p = pod(b, spec(b, 1, 1));
	struct cluster *c = &b->world.cluster;
	const struct taint was = {.key = c->view.key.unreachable, .effect = EFFECT_NO_SCHEDULE};
	assert_false(helps(b, "TaintToleration", p, e));
	e.was_taint = &was;
	e.was_taint_count = 1;
	assert_true(helps(b, "TaintToleration", p, e));
	assert_true(helps(b, "TaintToleration", p, on_node(SCHED_NODE_ADD, 0)));
	cluster_taint_add(c, 0, c->view.key.not_ready, EFFECT_NO_EXECUTE);
	assert_false(helps(b, "TaintToleration", p, e));
	assert_false(helps(b, "TaintToleration", p, on_node(SCHED_NODE_ADD, 0)));
	end(b);
}

static void test_name_and_affinity(void **state)
{
	struct bench *b = make(34);
	struct sched_event e = on_node(SCHED_NODE_LABEL, 0);

	(void)state;
	label(b, &node(b, 1000, GI)->meta.labels, "disk", "ssd");
	node(b, 1000, GI);
	start(b);
	struct pod_spec *s = spec(b, 1, 1);
	label(b, &s->node_selector, "disk", "ssd");
	uint32_t p = pod(b, s);
	assert_true(helps(b, "NodeAffinity", p, on_node(SCHED_NODE_ADD, 0)));
	assert_false(helps(b, "NodeAffinity", p, on_node(SCHED_NODE_ADD, 1)));
	e.was_labels = labels_of(b, "disk", "hdd");
	assert_true(helps(b, "NodeAffinity", p, e));
	e.was_labels = labels_of(b, "disk", "ssd"); /* something else changed */
	assert_false(helps(b, "NodeAffinity", p, e));
	/* Both register new nodes but not taints: upstream then wakes them for every change of taints. */
	assert_true(helps(b, "NodeAffinity", p, on_node(SCHED_NODE_TAINT, 1)));
	assert_true(helps(b, "NodeName", p, on_node(SCHED_NODE_TAINT, 1)));
	assert_true(helps(b, "NodeName", p, on_node(SCHED_NODE_ADD, 1)));
	assert_false(helps(b, "NodeName", p, e));
	end(b);
}

static void test_fit(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, GI);
	node(b, 100, GI);
	start(b);
	place(b, spec(b, 1000, GI), 0);
	uint32_t p = pod(b, spec(b, 500, 1));
	assert_true(helps(b, "NodeResourcesFit", p, on_pod(SCHED_POD_DELETE, 0)));
	assert_false(helps(b, "NodeResourcesFit", p, on_pod(SCHED_POD_ADD, 0)));
	/* A node that would fit it empty, whatever is on it now. */
	assert_true(helps(b, "NodeResourcesFit", p, on_node(SCHED_NODE_ADD, 0)));
	assert_false(helps(b, "NodeResourcesFit", p, on_node(SCHED_NODE_ADD, 1)));
	assert_true(helps(b, "NodeResourcesFit", p, on_node(SCHED_NODE_TAINT, 1)));
	assert_false(helps(b, "NodeResourcesFit", p, on_node(SCHED_NODE_LABEL, 0)));
	end(b);
}

static struct pod_spec *with_port(struct bench *b, uint16_t port)
{
	struct pod_spec *s = spec(b, 1, 1);

	s->container_count = 1;
	s->container = ARENA_NEW(&b->scenario.arena, 1, struct container);
	s->container[0].port_count = 1;
	s->container[0].port = ARENA_NEW(&b->scenario.arena, 1, struct host_port);
	s->container[0].port[0] = (struct host_port){id(b, "0.0.0.0"), id(b, "TCP"), port};
	return s;
}

static void test_ports(void **state)
{
	struct bench *b = make(34);

	(void)state;
	node(b, 1000, GI);
	start(b);
	struct pod_spec *web = with_port(b, 80), *db = with_port(b, 5432);
	place(b, web, 0);
	place(b, db, 0);
	uint32_t p = pod(b, web);
	assert_true(helps(b, "NodePorts", p, on_pod(SCHED_POD_DELETE, 0)));
	assert_false(helps(b, "NodePorts", p, on_pod(SCHED_POD_DELETE, 1)));
	assert_true(helps(b, "NodePorts", p, on_node(SCHED_NODE_ADD, 0)));
	end(b);
}

/* ---- pods that look at other pods ---- */

static void test_spread(void **state)
{
	struct bench *b = make(34);
	struct sched_event e = on_node(SCHED_NODE_LABEL, 0);

	(void)state;
	label(b, &node(b, 1000, GI)->meta.labels, ZONE, "a");
	node(b, 1000, GI);
	start(b);
	struct pod_spec *s = spec(b, 1, 1), *plain = spec(b, 1, 1);
	s->spread_count = 1;
	s->spread = ARENA_NEW(&b->scenario.arena, 1, struct spread_constraint);
	s->spread[0] = (struct spread_constraint){
		.max_skew = 1, .topology_key = id(b, ZONE), .hard = true, .selector = selects(b, "app", "a")};
	uint32_t p = labelled(b, s, "app", "a"), a = labelled(b, plain, "app", "a"), o = labelled(b, plain, "app", "b");
	static const uint8_t kinds[] = {SCHED_POD_ADD, SCHED_POD_DELETE};
	for (int i = 0; i < 2; i++) {
		assert_true(helps(b, "PodTopologySpread", p, on_pod(kinds[i], a)));
		assert_false(helps(b, "PodTopologySpread", p, on_pod(kinds[i], o)));
	}
	b->world.cluster.pod[a].namespace = 99;
	assert_false(helps(b, "PodTopologySpread", p, on_pod(SCHED_POD_ADD, a)));
	b->world.cluster.pod[a].namespace = b->world.cluster.pod[p].namespace;
	struct sched_event relabel = on_pod(SCHED_POD_LABEL, a);
	relabel.was_labels = labels_of(b, "app", "b");
	assert_true(helps(b, "PodTopologySpread", p, relabel));
	relabel.was_labels = labels_of(b, "app", "a");
	assert_false(helps(b, "PodTopologySpread", p, relabel));
	for (int i = 0; i < 3; i++) {
		static const uint8_t on[] = {SCHED_NODE_ADD, SCHED_NODE_DELETE, SCHED_NODE_TAINT};

		assert_true(helps(b, "PodTopologySpread", p, on_node(on[i], 0)));
		assert_false(helps(b, "PodTopologySpread", p, on_node(on[i], 1)));
	}
	e.was_labels = labels_of(b, ZONE, "b");
	assert_true(helps(b, "PodTopologySpread", p, e));
	e.was_labels = labels_of(b, "x", "y");
	assert_true(helps(b, "PodTopologySpread", p, e));
	e.was_labels = labels_of(b, ZONE, "a");
	assert_false(helps(b, "PodTopologySpread", p, e));
	end(b);
}

static struct pod_affinity_term *terms(struct bench *b, uint32_t count, const char *const values[])
{
	struct pod_affinity_term *t = ARENA_NEW(&b->scenario.arena, count, struct pod_affinity_term);

	for (uint32_t i = 0; i < count; i++) {
		t[i].topology_key = id(b, ZONE);
		t[i].selector = selects(b, i == 0 ? "app" : "tier", values[i]);
	}
	return t;
}

static void test_pod_affinity(void **state)
{
	static const char *const values[] = {"db", "back"};
	struct bench *b = make(34);

	(void)state;
	label(b, &node(b, 1000, GI)->meta.labels, ZONE, "a");
	node(b, 1000, GI);
	start(b);
	struct pod_spec *near = spec(b, 1, 1), *apart = spec(b, 1, 1), *plain = spec(b, 1, 1);
	near->affinity_count = 1;
	near->affinity = terms(b, 1, values);
	apart->anti_count = 2;
	apart->anti = terms(b, 2, values);
	uint32_t n = pod(b, near), x = pod(b, apart), db = labelled(b, plain, "app", "db");
	uint32_t both = labelled(b, plain, "app", "db"), other = labelled(b, plain, "app", "web");
	label(b, (struct labels *)(uintptr_t)b->world.cluster.pod[both].labels, "tier", "back");
	assert_true(helps(b, "InterPodAffinity", n, on_pod(SCHED_POD_ADD, db)));
	assert_false(helps(b, "InterPodAffinity", n, on_pod(SCHED_POD_ADD, other)));
	assert_false(helps(b, "InterPodAffinity", n, on_pod(SCHED_POD_DELETE, db)));
	/* All anti-affinity terms must select the pod that goes, although one is enough to reject. */
	assert_true(helps(b, "InterPodAffinity", x, on_pod(SCHED_POD_DELETE, both)));
	assert_false(helps(b, "InterPodAffinity", x, on_pod(SCHED_POD_DELETE, db)));
	assert_true(helps(b, "InterPodAffinity", n, on_node(SCHED_NODE_ADD, 0)));
	assert_false(helps(b, "InterPodAffinity", n, on_node(SCHED_NODE_ADD, 1)));
	assert_true(helps(b, "InterPodAffinity", x, on_node(SCHED_NODE_ADD, 1)));
	struct sched_event e = on_node(SCHED_NODE_LABEL, 0);
	e.was_labels = labels_of(b, ZONE, "b");
	assert_true(helps(b, "InterPodAffinity", n, e) && helps(b, "InterPodAffinity", x, e));
	e.was_labels = labels_of(b, ZONE, "a");
	assert_false(helps(b, "InterPodAffinity", n, e) || helps(b, "InterPodAffinity", x, e));
	struct sched_event relabel = on_pod(SCHED_POD_LABEL, db);
	relabel.was_labels = labels_of(b, "app", "web");
	assert_true(helps(b, "InterPodAffinity", n, relabel));
	relabel.was_labels = labels_of(b, "app", "db");
	assert_false(helps(b, "InterPodAffinity", n, relabel));
	end(b);
}

/* ---- versions ---- */

static void test_versions(void **state)
{
	(void)state;
	for (int k = 20; k <= 32; k += k == 20 ? 11 : 1) {
		struct bench *b = make(k);

		node(b, 1000, GI);
		node(b, 1000, GI);
		start(b);
		struct pod_spec *web = with_port(b, 80);
		place(b, spec(b, 1, 1), 0);
		place(b, web, 1);
		uint32_t p = pod(b, web);
		/* The pod that leaves has no port: a hint sees that, older versions wake for each that leaves. */
		assert_int_equal(helps(b, "NodePorts", p, on_pod(SCHED_POD_DELETE, 0)), k < 32);
		/* Nobody registered it: only 1.20 wakes for everything. */
		assert_int_equal(helps(b, "NodePorts", p, on_pod(SCHED_POD_ADD, 0)), k == 20);
		/* Before hints a node that does not fit anyway wakes nobody. */
		assert_true(helps(b, "NodePorts", p, on_node(SCHED_NODE_ADD, 0)));
		assert_int_equal(helps(b, "NodePorts", p, on_node(SCHED_NODE_ADD, 1)), k != 31);
		end(b);
	}
}

/* Quirk anti-affinity-hint: both pods that keep it away go, one after the other, and it waits for the flush. */
static void test_two_terms_wait_for_flush(void **state)
{
	static const char *const values[] = {"db", "back"};
	struct bench *b = make(34);

	(void)state;
	label(b, &node(b, 1000, GI)->meta.labels, ZONE, "a");
	start(b);
	struct pod_spec *apart = spec(b, 1, 1), *plain = spec(b, 1, 1);
	apart->anti_count = 2;
	apart->anti = terms(b, 2, values);
	uint32_t db = labelled(b, plain, "app", "db"), back = labelled(b, plain, "tier", "back");
	cluster_pod_bind(&b->world.cluster, db, 0, 0);
	cluster_pod_bind(&b->world.cluster, back, 0, 0);
	scheduler_start(&b->world);
	uint32_t p = pod(b, apart);
	notice(b, CHANGE_POD, CHANGED_ADDED, p);
	until(b, SECONDS(10));
	assert_int_equal(b->sent_count, 0);
	cluster_pod_remove(&b->world.cluster, db);
	notice(b, CHANGE_POD, CHANGED_REMOVED, db);
	cluster_pod_remove(&b->world.cluster, back);
	notice(b, CHANGE_POD, CHANGED_REMOVED, back);
	until(b, SECONDS(300));
	assert_int_equal(b->sent_count, 0);
	until(b, SECONDS(331));
	assert_int_equal(b->sent_count, 1);
	end(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cordon),
		cmocka_unit_test(test_taints),
		cmocka_unit_test(test_name_and_affinity),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_pod_affinity),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_two_terms_wait_for_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
