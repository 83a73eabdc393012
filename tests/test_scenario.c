/* test_scenario.c - the Scenario document: groups, failures, actions, expectations, --set, explain, error texts. */
#include "tests/test.h"

#include "models/versions.h"
#include "tests/load.h"

#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: demo}\nspec:\n"
#define NODES "  nodeGroups: [{name: w, count: 4, zones: [a, b], rack: r}]\n"
#define WEB                                                                                                            \
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, " \
	"template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}\n"                        \
	"---\n{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {selector: {a: b}}}\n"

static uint32_t id(struct loaded *l, const char *text)
{
	return names_find(&l->scenario.names, text);
}

static void must_load(struct loaded *l, const char *text)
{
	load_text(l, text, NULL, 0);
	if (l->result)
		fail_msg("%s", l->said.data);
}

static void defaults_hold_without_a_scenario(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, "");
	assert_int_equal(l.scenario.name, id(&l, "in"));
	assert_int_equal(l.scenario.seed, 1);
	assert_int_equal(l.scenario.duration, MINUTES(30));
	assert_int_equal(l.scenario.kubernetes, KUBERNETES_DEFAULT);
	assert_true(l.scenario.settled);
	assert_int_equal(l.scenario.timers.node_monitor_grace_period, SECONDS(50));
	assert_int_equal(l.scenario.latencies.heartbeat.a, MILLIS(5));
	assert_int_equal(l.scenario.objects.node_count, 3);
	unload(&l);
}

static void the_version_sets_defaults(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, HEAD "  kubernetes: 1.20\n" NODES);
	assert_int_equal(l.scenario.kubernetes, 20);
	assert_int_equal(l.scenario.timers.node_monitor_grace_period, SECONDS(40));
	unload(&l);
	must_load(&l, HEAD "  kubernetes: v1.33.2\n  timers: {nodeMonitorGracePeriod: 41s, "
			   "defaultNotReadyTolerationSeconds: 60}\n" NODES WEB);
	assert_int_equal(l.scenario.kubernetes, 33);
	assert_int_equal(l.scenario.timers.node_monitor_grace_period, SECONDS(41));
	assert_int_equal(l.scenario.objects.workload[0].spec->toleration[0].seconds, SECONDS(60));
	unload(&l);
}

static void groups_become_nodes(void **state)
{
	struct loaded l;
	const struct node_object *n;

	(void)state;
	must_load(&l, HEAD
		  "  nodeGroups:\n"
		  "  - {name: w, count: 3, zones: [a, b], region: eu, rack: r1, reserved: {cpu: 100m, memory: 1Gi},\n"
		  "     instanceType: m5.large, labels: {x: y}, taints: [{key: k, effect: NoSchedule}]}\n"
		  "  - {name: g, capacity: {cpu: 8, memory: 2Gi, pods: 10, example.com/fpga: 2}}\n"
		  "---\n{apiVersion: v1, kind: Node, metadata: {name: own}, status: {capacity: {cpu: 1, memory: "
		  "1Gi}}}\n");
	n = l.scenario.objects.node;
	assert_int_equal(l.scenario.objects.node_count, 5);
	assert_int_equal(n[0].meta.name, id(&l, "own"));
	assert_int_equal(n[1].meta.name, id(&l, "w-0"));
	assert_int_equal(n[1].zone, id(&l, "a"));
	assert_int_equal(n[2].zone, id(&l, "b"));
	assert_int_equal(n[3].zone, id(&l, "a"));
	assert_int_equal(n[1].capacity.cpu_milli, 2000);
	assert_int_equal(n[1].allocatable.cpu_milli, 1900);
	assert_int_equal(n[1].allocatable.mem_bytes, (int64_t)7 << 30);
	assert_int_equal(n[1].allocatable.pods, 29);
	assert_int_equal(n[1].taint_count, 1);
	assert_int_equal(labels_get(&n[1].meta.labels, id(&l, "kubernetes.io/hostname"), NULL), id(&l, "w-0"));
	assert_int_equal(labels_get(&n[1].meta.labels, id(&l, "topology.kubernetes.io/region"), NULL), id(&l, "eu"));
	assert_int_equal(n[4].capacity.scalar[0].value, 2);
	unload(&l);
}

static void failures_choose_nodes_and_are_sorted(void **state)
{
	struct loaded l;
	const struct failure *f;

	(void)state;
	must_load(&l, HEAD NODES "  failures:\n"
				 "  - {at: 40m, kind: reboot, count: 3, for: 1m}\n"
				 "  - {at: 5m, kind: node-crash, nodes: [w-3, w-1], for: 10m}\n"
				 "  - {at: 5m, kind: partition, zone: b, count: 1, id: cut}\n"
				 "  - {at: 1m, kind: control-plane-outage, for: 1m}\n");
	f = l.scenario.failure;
	assert_int_equal(l.scenario.failure_count, 4);
	assert_int_equal(f[0].kind, FAILURE_CONTROL_PLANE);
	assert_int_equal(f[0].node_count, 0);
	assert_int_equal(f[1].id, id(&l, "node-crash-2"));
	assert_int_equal(f[1].node_count, 2);
	assert_int_equal(f[1].node[0], 1);
	assert_int_equal(f[1].node[1], 3);
	assert_int_equal(f[1].lasts, MINUTES(10));
	assert_int_equal(f[2].id, id(&l, "cut"));
	assert_int_equal(f[2].node_count, 1);
	assert_int_equal(f[2].node[0], 1);
	assert_true(f[2].lasts == SIM_NEVER);
	assert_int_equal(f[3].node_count, 3);
	assert_int_equal(l.scenario.duration, MINUTES(61));
	unload(&l);
}

static void actions_are_understood(void **state)
{
	struct loaded l;
	const struct action *a;

	(void)state;
	must_load(&l, HEAD NODES "  actions:\n"
				 "  - {at: 7m, kubectl: rollout restart deploy web}\n"
				 "  - {at: 1m, kubectl: kubectl cordon w-1}\n"
				 "  - {at: 2m, kubectl: drain node/w-2 --ignore-daemonsets --timeout 5m}\n"
				 "  - {at: 3m, kubectl: scale deployment/web --replicas 5 -n default}\n"
				 "  - {at: 4m, kubectl: 'set image deployment/web c=nginx'}\n"
				 "  - {at: 5m, kubectl: delete pod web-x}\n"
				 "  - {at: 6m, kubectl: uncordon w-1}\n" WEB);
	a = l.scenario.action;
	assert_int_equal(l.scenario.action_count, 7);
	assert_true(a[0].kind == ACTION_CORDON && a[0].target == 1 && a[0].object == OBJECT_NODE);
	assert_true(a[1].kind == ACTION_DRAIN && a[1].target == 2);
	assert_true(a[2].kind == ACTION_SCALE && a[2].target == 0 && a[2].replicas == 5);
	assert_true(a[3].kind == ACTION_SET_IMAGE && a[3].image == id(&l, "nginx:latest"));
	assert_true(a[4].kind == ACTION_DELETE && a[4].target == id(&l, "web-x"));
	assert_true(a[5].kind == ACTION_UNCORDON);
	assert_true(a[6].kind == ACTION_ROLLOUT_RESTART && a[6].at == MINUTES(7));
	unload(&l);
}

static void expectations_are_understood(void **state)
{
	struct loaded l;
	const struct expectation *e;

	(void)state;
	must_load(&l, HEAD NODES "  expect: ['recovery_max <= 6m', availability(front) > 99.5%, 'availability>=0.9', "
				 "unschedulable_pods = 0]\n" WEB);
	e = l.scenario.expectation;
	assert_int_equal(l.scenario.expectation_count, 4);
	assert_true(e[0].metric == id(&l, "recovery_max") && e[0].compare == 'l' && e[0].is_time && e[0].value == 360);
	assert_true(e[1].subject == id(&l, "front") && e[1].compare == '>' && e[1].value == 0.995);
	assert_true(e[2].subject == 0 && e[2].compare == 'g' && e[2].value == 0.9);
	assert_true(e[3].compare == '=' && e[3].value == 0 && !e[3].is_time);
	unload(&l);
}

static void set_overrides_any_field(void **state)
{
	static const char *const good[] = {"seed=7",
					   "nodeMonitorGracePeriod=44s",
					   "nodeGroups.0.count=2",
					   "timers.kubeApiQps=5",
					   "failures.0.at=2m",
					   "failures.1={at: 3m, kind: partition, node: w-0}",
					   "imagePull=uniform(1s, 2s)",
					   "metadata.name=other"};
	static const char *const bad[] = {"seed", "seed=-1", "failures.5.at=1m", "sed=1", "seed.x=1", "timers={"};
	struct loaded l;

	(void)state;
	load_text(&l, HEAD NODES "  failures: [{at: 5m, kind: node-crash, node: w-1}]\n", good, COUNT(good));
	if (l.result)
		fail_msg("%s", l.said.data);
	assert_int_equal(l.scenario.seed, 7);
	assert_int_equal(l.scenario.timers.node_monitor_grace_period, SECONDS(44));
	assert_true(l.scenario.timers.controller_qps == 5);
	assert_int_equal(l.scenario.objects.node_count, 2);
	assert_int_equal(l.scenario.failure_count, 2);
	assert_int_equal(l.scenario.failure[0].at, MINUTES(2));
	assert_int_equal(l.scenario.latencies.image_pull.kind, DIST_UNIFORM);
	assert_int_equal(l.scenario.name, id(&l, "other"));
	unload(&l);
	for (size_t i = 0; i < COUNT(bad); i++) {
		load_text(&l, HEAD NODES, &bad[i], 1);
		assert_int_equal(l.result, 3);
		if (strncmp(l.said.data, "--set:", 6))
			fail_msg("%s gave\n%s", bad[i], l.said.data);
		unload(&l);
	}
	/* Without any Scenario, too. */
	load_text(&l, "", good, 1);
	assert_int_equal(l.scenario.seed, 7);
	unload(&l);
}

/* The whole text of what is said, as the user sees it. */
static void errors_look_like_this(void **state)
{
	static const struct {
		const char *yaml, *said;
	} row[] = {
		{HEAD "  duratoin: 5m\n" NODES, "in.yaml:5:3: error: unknown key \"duratoin\" in spec of the Scenario\n"
						"    5 |   duratoin: 5m\n"
						"      |   ^^^^^^^^\n"
						"      = help: did you mean \"duration\"?\n"},
		{HEAD NODES "  failures: [{at: 5m, kind: node-crash, node: w-11}]\n",
		 "in.yaml:6:47: error: no node is called \"w-11\"\n"
		 "    6 |   failures: [{at: 5m, kind: node-crash, node: w-11}]\n"
		 "      |                                               ^^^^\n"
		 "      = help: did you mean \"w-1\"?\n"},
		{HEAD "  nodeGroups: [{name: w, count: 1000000000}]\n",
		 "in.yaml:5:33: error: count is 1000000000, out of its range 0 to 200000\n"
		 "    5 |   nodeGroups: [{name: w, count: 1000000000}]\n"
		 "      |                                 ^^^^^^^^^^\n"},
		{HEAD "  kubernetes: 1.2\n" NODES,
		 "in.yaml:5:15: error: kubernetes must be a version from 1.20 to 1.36\n"
		 "    5 |   kubernetes: 1.2\n"
		 "      |               ^^^\n"
		 "      = help: for 1.20 write the zero too: \"1.20\"\n"},
		{HEAD NODES "  expect:\n  - availability(frnt) > 99%\n" WEB,
		 "in.yaml:7:5: error: no service is called \"frnt\"\n"
		 "    7 |   - availability(frnt) > 99%\n"
		 "      |     ^^^^^^^^^^^^^^^^^^^^^^^^\n"
		 "      = help: did you mean \"front\"?\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct loaded l;

		load_text(&l, row[i].yaml, NULL, 0);
		assert_int_equal(l.result, 3);
		assert_string_equal(l.said.data, row[i].said);
		unload(&l);
	}
}

static void mistakes_are_found(void **state)
{
	static const struct {
		const char *spec, *error;
	} row[] = {
		{"  failures: [{at: 1m, kind: reboot, count: 1}]\n", "a reboot needs for"},
		{"  failures: [{at: 1m, kind: node-crash}]\n", "which nodes fail?"},
		{"  failures: [{at: 1m, kind: node-crash, node: w-1, zone: a}]\n", "in one way"},
		{"  failures: [{at: 1m, kind: node-crash, zone: c}]\n", "no node is in zone \"c\""},
		{"  failures: [{at: 1m, kind: node-crash, count: 5}]\n", "only 4 nodes"},
		{"  failures: [{at: 1m, kind: control-plane-outage, count: 5}]\n", "all masters"},
		{"  failures: [{kind: node-crash, count: 1}]\n", "a failure needs at and kind"},
		{"  failures: [{at: 1m, kind: node-crash, count: 1, id: x}, {at: 1m, kind: node-crash, count: 1, id: "
		 "x}]\n",
		 "a second failure with the id \"x\""},
		{"  actions: [{at: 1m, kubectl: cordon w-9}]\n", "no node is called \"w-9\""},
		{"  actions: [{at: 1m, kubectl: top w-1}]\n", "kubectl top cannot be simulated"},
		{"  actions: [{at: 1m, kubectl: scale deployment/webb --replicas=1}]\n", "did you mean \"web\"?"},
		{"  actions: [{at: 1m, kubectl: scale deployment/web}]\n", "scale needs --replicas=N"},
		{"  actions: [{at: 1m, kubectl: scale deployment/web --replica=2}]\n", "unknown flag --replica=2"},
		{"  actions: [{at: 1m, kubectl: set image deployment/web d=x}]\n", "no container is called \"d\""},
		{"  actions: [{at: 1m, kubectl: delete pod other}]\n",
		 "no pod or workload can give a pod called \"other\""},
		{"  expect: [recovery_mx < 1m]\n", "did you mean \"recovery_max\"?"},
		{"  expect: [recovery_max < 1]\n", "is compared with a duration"},
		{"  expect: [recovery_max 1m]\n", "expected one of < <= > >= ="},
		{"  expect: [availability > 120%]\n", "is compared with a percentage"},
		{"  expect: [jain_cpu(front) > 1]\n", "not of a service"},
		{"  warmUp: 1h\n", "warmUp must end before the run does"},
		{"  timers: {nodeMonitorPeriod: 0s}\n", "nodeMonitorPeriod is 0s, out of its range 100ms to 1d"},
		{"  masters: 3\n---\napiVersion: nodefall/v1\nkind: Scenario\nspec: {}\n", "a second Scenario"},
		{"  masters: 3\n---\napiVersion: nodefall/v2\nkind: Scenario\nspec: {}\n",
		 "only apiVersion: nodefall/v1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct loaded l;
		struct arena a = {0};
		char *text = text_format(&a, HEAD NODES "%s" WEB, row[i].spec);

		load_text(&l, text, NULL, 0);
		if (l.result != 3 || !strstr(l.said.data, row[i].error))
			fail_msg("%s gave\n%s", row[i].spec, l.said.data);
		unload(&l);
		arena_release(&a);
	}
}

static void explain_knows_every_field(void **state)
{
	struct arena a = {0};
	struct text out;

	(void)state;
	text_init(&out, &a);
	assert_true(scenario_explain("nodeMonitorGracePeriod", &out));
	assert_non_null(strstr(out.data, "50s since 1.32, 40s before"));
	assert_non_null(strstr(out.data, "126287"));
	text_init(&out, &a);
	assert_true(scenario_explain("spec.failures.at", &out));
	assert_non_null(strstr(out.data, "failures.at\n"));
	text_init(&out, &a);
	assert_true(scenario_explain(NULL, &out));
	assert_non_null(strstr(out.data, "latencies.imagePull"));
	text_init(&out, &a);
	assert_false(scenario_explain("imagePul", &out));
	assert_non_null(strstr(out.data, "did you mean \"imagePull\"?"));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_hold_without_a_scenario),
		cmocka_unit_test(the_version_sets_defaults),
		cmocka_unit_test(groups_become_nodes),
		cmocka_unit_test(failures_choose_nodes_and_are_sorted),
		cmocka_unit_test(actions_are_understood),
		cmocka_unit_test(expectations_are_understood),
		cmocka_unit_test(set_overrides_any_field),
		cmocka_unit_test(errors_look_like_this),
		cmocka_unit_test(mistakes_are_found),
		cmocka_unit_test(explain_knows_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
