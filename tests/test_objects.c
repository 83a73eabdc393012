/* test_objects.c - Kubernetes objects: decoding, the API server's defaults, dumps, and mistakes. */
#include "tests/test.h"

#include "tests/load.h"

#define POD_SPEC "spec: {containers: [{name: c, image: nginx}]}"
#define TEMPLATE(labels) "template: {metadata: {labels: " labels "}, " POD_SPEC "}"
#define DEPLOYMENT(name)                                                                                               \
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " name "}\n"                                          \
	"spec: {selector: {matchLabels: {app: " name "}}, " TEMPLATE("{app: " name "}") "}\n---\n"

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

static void a_deployment_gets_its_defaults(void **state)
{
	struct loaded l;
	const struct workload_object *w;

	(void)state;
	must_load(&l, DEPLOYMENT("web"));
	assert_int_equal(l.scenario.objects.workload_count, 1);
	w = &l.scenario.objects.workload[0];
	assert_int_equal(w->kind, WORKLOAD_DEPLOYMENT);
	assert_int_equal(w->meta.namespace, id(&l, "default"));
	assert_int_equal(w->replicas, 1);
	assert_true(w->max_surge.percent && w->max_surge.value == 25);
	assert_true(w->max_unavailable.percent && w->max_unavailable.value == 25);
	assert_int_equal(w->progress_deadline, SECONDS(600));
	assert_int_equal(w->spec->grace, SECONDS(30));
	assert_int_equal(w->spec->restart, RESTART_ALWAYS);
	assert_true(w->spec->preempts);
	assert_int_equal(w->spec->container[0].pull, PULL_ALWAYS);
	assert_int_equal(w->spec->container[0].image, id(&l, "nginx:latest"));
	assert_int_equal(w->spec->score_cpu_milli, 100);
	assert_int_equal(w->spec->score_mem_bytes, 200 << 20);
	assert_int_equal(w->spec->toleration_count, 2);
	assert_int_equal(w->spec->toleration[0].seconds, SECONDS(300));
	assert_int_equal(l.scenario.objects.node_count, 3);
	assert_non_null(strstr(l.said.data, "3 nodes of 4 CPUs"));
	unload(&l);
}

static void effective_requests_follow_the_scheduler(void **state)
{
	struct loaded l;
	const struct pod_spec *s;

	(void)state;
	/* Sum 0.5m + 0.5m is 1m exactly; the init container needs more memory; the sidecar counts to both. */
	must_load(
		&l,
		"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
		"  overhead: {cpu: 10m}\n"
		"  initContainers:\n"
		"  - {name: s, image: 'a:1', restartPolicy: Always, resources: {requests: {cpu: 100m, memory: 1Mi}}}\n"
		"  - {name: i, image: 'a:1', resources: {requests: {memory: 8Mi}}}\n"
		"  containers:\n"
		"  - {name: a, image: 'a:1', resources: {requests: {cpu: 0.5m}, limits: {memory: 2Mi, example.com/gpu: "
		"1}}}\n"
		"  - {name: b, image: 'registry:5000/a', resources: {requests: {cpu: 0.5m}}}\n");
	s = l.scenario.objects.pod[0].spec;
	assert_int_equal(s->request.cpu_milli, 111);
	assert_int_equal(s->request.mem_bytes, 9 << 20);
	assert_int_equal(s->request.scalar_count, 1);
	assert_int_equal(s->request.scalar[0].value, 1);
	assert_true(s->init[0].sidecar && !s->init[1].sidecar);
	assert_int_equal(s->container[0].pull, PULL_IF_NOT_PRESENT);
	assert_int_equal(s->container[1].image, id(&l, "registry:5000/a:latest"));
	/* Scores: sidecar 100m and the init container's default 100m against 101m running; memory 2Mi + 200Mi + 1Mi. */
	assert_int_equal(s->score_cpu_milli, 210);
	assert_int_equal(s->score_mem_bytes, 203 << 20);
	unload(&l);
}

static void daemon_pods_tolerate_what_the_controller_adds(void **state)
{
	struct loaded l;
	const struct pod_spec *s;
	struct taint unreachable;

	(void)state;
	must_load(&l, "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\n"
		      "spec: {selector: {matchLabels: {a: b}}, " TEMPLATE("{a: b}") "}\n");
	s = l.scenario.objects.workload[0].spec;
	unreachable = (struct taint){id(&l, "node.kubernetes.io/unreachable"), 0, EFFECT_NO_EXECUTE};
	assert_int_equal(s->toleration_count, 6);
	for (uint32_t i = 0; i < s->toleration_count; i++)
		if (toleration_tolerates(&s->toleration[i], &unreachable))
			assert_false(s->toleration[i].has_seconds);
	unload(&l);
}

static void scheduling_rules_are_decoded(void **state)
{
	struct loaded l;
	const struct pod_spec *s;

	(void)state;
	must_load(&l,
		  "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {nodefall.io/run-for: 5s}}\nspec:\n"
		  "  hostNetwork: true\n"
		  "  nodeSelector: {disk: ssd}\n"
		  "  tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, "
		  "tolerationSeconds: 5}]\n"
		  "  topologySpreadConstraints:\n"
		  "  - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: "
		  "{a: b}}}\n"
		  "  affinity:\n"
		  "    nodeAffinity:\n"
		  "      requiredDuringSchedulingIgnoredDuringExecution:\n"
		  "        nodeSelectorTerms:\n"
		  "        - {matchExpressions: [{key: cores, operator: Gt, values: ['4']}]}\n"
		  "      preferredDuringSchedulingIgnoredDuringExecution:\n"
		  "      - {weight: 7, preference: {matchFields: [{key: metadata.name, operator: In, values: [n]}]}}\n"
		  "    podAntiAffinity:\n"
		  "      requiredDuringSchedulingIgnoredDuringExecution:\n"
		  "      - {topologyKey: host, labelSelector: {}, namespaces: [x, y]}\n"
		  "  containers:\n"
		  "  - {name: a, image: a, ports: [{containerPort: 80}, {containerPort: 81, hostPort: 8081, protocol: "
		  "UDP}]}\n");
	s = l.scenario.objects.pod[0].spec;
	assert_int_equal(s->required_count, 1);
	assert_int_equal(s->required[0].expression[0].op, OP_GT);
	assert_int_equal(s->required[0].expression[0].number, 4);
	assert_int_equal(s->preferred[0].weight, 7);
	assert_int_equal(s->preferred[0].field_count, 1);
	assert_int_equal(s->anti_count, 1);
	assert_true(s->anti[0].selector.present && !s->anti[0].selector.count);
	assert_false(s->anti[0].namespace_selector.present);
	assert_int_equal(s->anti[0].namespace_count, 2);
	assert_int_equal(s->spread_count, 1);
	assert_true(!s->spread[0].hard && s->spread[0].honor_affinity && !s->spread[0].honor_taints);
	assert_int_equal(s->container[0].port_count, 2);
	assert_int_equal(s->container[0].port[0].port, 80);
	assert_int_equal(s->container[0].port[1].port, 8081);
	/* not-ready was tolerated already; only unreachable is added. */
	assert_int_equal(s->toleration_count, 2);
	assert_int_equal(s->toleration[0].seconds, SECONDS(5));
	assert_true((s->container[0].app.has & APP_RUN) && s->container[0].app.run.a == SECONDS(5));
	unload(&l);
}

static void a_dump_loads_as_its_deployments(void **state)
{
	struct loaded l;
	const struct objects *o;

	(void)state;
	must_load(
		&l,
		DEPLOYMENT(
			"web") "apiVersion: v1\nkind: List\nitems:\n"
			       "- apiVersion: v1\n  kind: Node\n  metadata: {name: n1, uid: x, managedFields: [], "
			       "labels: {topology.kubernetes.io/zone: z}}\n"
			       "  spec: {unschedulable: true, taints: [{key: node.kubernetes.io/unreachable, effect: "
			       "NoExecute}, {key: k, effect: NoSchedule}]}\n"
			       "  status: {capacity: {cpu: 2, memory: 4Gi}, allocatable: {cpu: 1900m, memory: 3Gi}, "
			       "images: [{names: [nginx, 'b@sha256:1']}],\n"
			       "    conditions: [{type: Ready, status: Unknown}]}\n"
			       "- apiVersion: apps/v1\n  kind: ReplicaSet\n"
			       "  metadata: {name: web-1, ownerReferences: [{kind: Deployment, name: web, controller: "
			       "true}]}\n"
			       "  spec: {replicas: 1, selector: {matchLabels: {app: web}}, " TEMPLATE(
				       "{app: web}") "}\n"
						     "- apiVersion: v1\n  kind: Pod\n"
						     "  metadata: {name: web-1-x, ownerReferences: [{kind: ReplicaSet, "
						     "name: web-1, controller: true}]}\n"
						     "  spec: {nodeName: n1, containers: [{name: c, image: nginx}]}\n"
						     "  status: {phase: Running, conditions: [{type: Ready, status: "
						     "'True'}]}\n"
						     "- apiVersion: v1\n  kind: Pod\n"
						     "  metadata: {name: web-2-y, labels: {pod-template-hash: '2'}, "
						     "ownerReferences: [{kind: ReplicaSet, name: web-2, controller: "
						     "true}]}\n"
						     "  spec: {containers: [{name: c, image: nginx}]}\n"
						     "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: cm}\n"
						     "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: cm2}\n");
	o = &l.scenario.objects;
	assert_int_equal(o->workload_count, 1);
	assert_int_equal(o->pod_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(o->pod[i].meta.owner_kind, id(&l, "Deployment"));
		assert_int_equal(o->pod[i].meta.owner_name, id(&l, "web"));
	}
	assert_true(o->pod[0].ready && o->pod[0].phase == PHASE_RUNNING);
	assert_int_equal(o->pod[0].spec->node_name, id(&l, "n1"));
	assert_int_equal(o->node_count, 1);
	assert_true(o->node[0].unschedulable);
	assert_int_equal(o->node[0].taint_count, 1);
	assert_int_equal(o->node[0].allocatable.cpu_milli, 1900);
	assert_int_equal(o->node[0].allocatable.pods, 110);
	assert_int_equal(o->node[0].zone, id(&l, "z"));
	assert_int_equal(o->node[0].image_count, 2);
	assert_int_equal(o->node[0].image[0], id(&l, "nginx:latest"));
	assert_non_null(strstr(l.said.data, "ConfigMap is not simulated (2 places)"));
	assert_non_null(strstr(l.said.data, "starts healthy here"));
	unload(&l);
}

static void priorities_are_resolved(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {priorityClassName: high, containers: "
		      "[{name: c, image: i}]}}\n---\n"
		      "{apiVersion: v1, kind: Pod, metadata: {name: b}, " POD_SPEC "}\n---\n"
		      "{apiVersion: v1, kind: Pod, metadata: {name: c}, spec: {priorityClassName: "
		      "system-node-critical, containers: [{name: c, image: i}]}}\n---\n"
		      "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 1000, "
		      "preemptionPolicy: Never}\n---\n"
		      "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: low}, value: 5, "
		      "globalDefault: true}\n");
	assert_int_equal(l.scenario.objects.pod[0].spec->priority, 1000);
	assert_false(l.scenario.objects.pod[0].spec->preempts);
	assert_int_equal(l.scenario.objects.pod[1].spec->priority, 5);
	assert_int_equal(l.scenario.objects.pod[2].spec->priority, 2000001000);
	unload(&l);
}

static void selectors_match_as_upstream(void **state)
{
	struct loaded l;
	const struct objects *o;
	struct labels none = {0};

	(void)state;
	must_load(&l, DEPLOYMENT("web") "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: all}, "
					"spec: {selector: {}, maxUnavailable: 10%}}\n---\n"
					"{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: "
					"none}, spec: {selector: {}, minAvailable: 1}}\n---\n"
					"{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: not}, "
					"spec: {minAvailable: 1, selector: {matchExpressions: "
					"[{key: app, operator: NotIn, values: [web]}]}}}\n");
	o = &l.scenario.objects;
	assert_true(selector_matches(&o->pdb[0].selector, &none, &l.scenario.names));
	assert_true(o->pdb[0].has_max && o->pdb[0].max_unavailable.percent && o->pdb[0].max_unavailable.value == 10);
	assert_false(selector_matches(&o->pdb[1].selector, &o->workload[0].pod_labels, &l.scenario.names));
	assert_false(selector_matches(&o->pdb[2].selector, &o->workload[0].pod_labels, &l.scenario.names));
	assert_true(selector_matches(&o->pdb[2].selector, &none, &l.scenario.names));
	unload(&l);
}

static void mistakes_name_their_place(void **state)
{
	static const struct {
		const char *yaml, *error;
	} row[] = {
		{"{apiVersion: v1, kind: Service, metadata: {}}", "in.yaml:1:43: error: Service without metadata.name"},
		{DEPLOYMENT("a") DEPLOYMENT("a"),
		 "in.yaml:8:18: error: second Deployment called \"a\" in namespace default"},
		{"{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: r}, spec: {selector: {matchLabels: {a: "
		 "b}}, " TEMPLATE("{a: c}") "}}",
		 "the selector of ReplicaSet \"r\" does not match the labels of its template"},
		{"{apiVersion: apps/v1, kind: Deployment, metadata: {name: r}, spec: {" TEMPLATE("{a: c}") "}}",
		 "Deployment without spec.selector"},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i, resources: "
		 "{requests: {cpu: 5x}}}]}}",
		 "in.yaml:1:118: error: cpu: \"5x\" is no quantity"},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i, resources: "
		 "{requests: {cpu: 9Ei}}}]}}",
		 "cpu: 9Ei is more than can be simulated"},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i, resources: "
		 "{requests: {memory: -1}}}]}}",
		 "memory must not be negative"},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: {name: c}}}",
		 "containers must be a list, not a map"},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {nodefall.io/ready: 5s}}, " POD_SPEC "}",
		 "unknown annotation \"nodefall.io/ready\""},
		{"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {v: 1.0}}, " POD_SPEC "}",
		 "put it in quotes: \"1.0\""},
		{"{apiVersion: apps/v1, kind: Deployment, metadata: {name: r}, spec: {replicas: 2000000, selector: "
		 "{matchLabels: {a: b}}, " TEMPLATE("{a: b}") "}}",
		 "replicas is 2000000, out of its range 0 to 1000000"},
		{"{apiVersion: v1, kind: Node, metadata: {name: n}, spec: {taints: [{key: k}]}}",
		 "a taint needs a key and an effect"},
		{"[]", "expected a Kubernetes object or a Scenario"},
		{"{kind: Pod}", "an object needs apiVersion and kind"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		struct loaded l;

		load_text(&l, row[i].yaml, NULL, 0);
		assert_int_equal(l.result, 3);
		if (!strstr(l.said.data, row[i].error))
			fail_msg("%s gave\n%s", row[i].yaml, l.said.data);
		unload(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deployment_gets_its_defaults),
		cmocka_unit_test(effective_requests_follow_the_scheduler),
		cmocka_unit_test(daemon_pods_tolerate_what_the_controller_adds),
		cmocka_unit_test(scheduling_rules_are_decoded),
		cmocka_unit_test(a_dump_loads_as_its_deployments),
		cmocka_unit_test(priorities_are_resolved),
		cmocka_unit_test(selectors_match_as_upstream),
		cmocka_unit_test(mistakes_name_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
