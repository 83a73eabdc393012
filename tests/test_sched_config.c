/* test_sched_config.c - KubeSchedulerConfiguration: profiles, extension points, weights, arguments; its mistakes. */
#include "tests/test.h"

#include "models/sched_internal.h"
#include "models/world.h"
#include "tests/load.h"

#define CONFIG "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
#define NODE(name, cpu)                                                                                                \
	"---\n{apiVersion: v1, kind: Node, metadata: {name: " name "}, status: {allocatable: {cpu: " cpu               \
	", memory: 8Gi, pods: 110}}}\n"
#define POD(name, more)                                                                                                \
	"---\n{apiVersion: v1, kind: Pod, metadata: {name: " name "}, spec: {" more                                    \
	", containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}]}}\n"
#define SCENARIO(spec) "---\napiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: s}\nspec: {" spec "}\n"
/* The plugins section of a profile, which begins in line 4. */
#define PLUGINS(text) CONFIG "profiles:\n- plugins: {" text "}\n"
#define ARGS(plugin, args) CONFIG "profiles:\n- pluginConfig: [{name: " plugin ", args: {" args "}}]\n"

static void must_load(struct loaded *l, const char *text)
{
	load_text(l, text, NULL, 0);
	if (l->result != 0)
		fail_msg("%s", l->said.data);
}

/* The first profile of a text. */
static const struct sched_profile *profile(struct loaded *l, const char *text)
{
	must_load(l, text);
	assert_true(l->scenario.scheduling.count > 0);
	return l->scenario.scheduling.profile;
}

static const struct sched_config *config(struct loaded *l, const char *text)
{
	return &profile(l, text)->config;
}

static int64_t weight(const struct sched_profile *p, const char *plugin)
{
	return p->weight[sched_plugin_row(plugin)];
}

static bool has(const struct sched_list *list, const char *plugin)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->row[i] == sched_plugin_row(plugin))
			return true;
	return false;
}

/* The plugins of a list begin with these, in this order; NULL ends. */
static void starts_with(const struct sched_list *list, const char *const want[])
{
	for (uint32_t i = 0; want[i] != NULL; i++) {
		assert_true(i < list->count);
		assert_string_equal(sched_plugins[list->row[i]]->info.name, want[i]);
	}
}
#define STARTS(list, ...) starts_with(list, (const char *const[]){__VA_ARGS__, NULL})
static void is_exactly(const struct sched_list *list, const char *const want[], uint32_t count)
{
	starts_with(list, want);
	assert_int_equal(list->count, count);
}
#define IS(list, ...)                                                                                                  \
	is_exactly(list, (const char *const[]){__VA_ARGS__, NULL}, COUNT(((const char *const[]){__VA_ARGS__})))

/* ---- profiles ---- */

static void defaults_by_version(void **state)
{
	struct loaded l;
	const struct sched_profile *p;

	(void)state;
	p = profile(&l, SCENARIO("kubernetes: \"1.34\""));
	assert_int_equal(l.scenario.scheduling.count, 1);
	assert_string_equal(names_text(&l.scenario.names, p->name), "default-scheduler");
	assert_int_equal(weight(p, "TaintToleration"), 3);
	assert_int_equal(weight(p, "NodeAffinity"), 2);
	assert_int_equal(weight(p, "PodTopologySpread"), 2);
	assert_int_equal(weight(p, "InterPodAffinity"), 2);
	assert_int_equal(weight(p, "NodeResourcesFit"), 1);
	assert_int_equal(weight(p, "NodeResourcesBalancedAllocation"), 1);
	assert_int_equal(weight(p, "ImageLocality"), 1);
	STARTS(&p->filter, "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts",
	       "NodeResourcesFit");
	assert_true(has(&p->filter, "PodTopologySpread") && has(&p->filter, "InterPodAffinity"));
	STARTS(&p->score, "TaintToleration", "NodeAffinity", "NodeResourcesFit");
	assert_string_equal(sched_plugins[p->score.row[p->score.count - 1]]->info.name, "ImageLocality");
	assert_int_equal(p->percent, -1);
	assert_true(p->gates && p->preempts);
	assert_int_equal(p->config.hard_weight, 1);
	assert_int_equal(p->config.candidates_percent, 10);
	assert_int_equal(p->config.candidates_min, 100);
	unload(&l);
	/* Also under a document that says nothing. */
	p = profile(&l, CONFIG SCENARIO("kubernetes: \"1.20\""));
	assert_int_equal(weight(p, "TaintToleration"), 1);
	assert_int_equal(weight(p, "NodeAffinity"), 1);
	assert_int_equal(weight(p, "PodTopologySpread"), 2);
	assert_int_equal(weight(p, "InterPodAffinity"), 1);
	unload(&l);
	/* And with a section of plugins that changes none. */
	p = profile(&l, PLUGINS("") SCENARIO("kubernetes: \"1.20\""));
	assert_int_equal(weight(p, "InterPodAffinity"), 1);
	unload(&l);
}

/* Node of a pod of the input once everything is settled, NONE when it is pending. */
static uint32_t place_of(const struct loaded *l, uint32_t pod)
{
	struct run r;
	struct world *w = world_settled(&r, &l->scenario, 1, NONE);
	uint32_t node = w->cluster.pod[pod].node;

	run_release(&r);
	return node;
}

/* The same two nodes, one half full: who packs takes it, who spreads the other one. */
#define TWO_NODES NODE("full", "4") NODE("free", "4") POD("there", "nodeName: full")
#define PACKS                                                                                                          \
	"  pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}]\n"                 \
	"  plugins: {score: {disabled: [{name: NodeResourcesBalancedAllocation}]}}\n"

static void pods_choose_by_name(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, CONFIG "profiles:\n"
			     "- schedulerName: default-scheduler\n"
			     "- schedulerName: packer\n" PACKS TWO_NODES POD("a", "schedulerName: packer")
				     POD("b", "priority: 0"));
	assert_int_equal(l.scenario.scheduling.count, 2);
	assert_int_equal(place_of(&l, 1), 0);
	assert_int_equal(place_of(&l, 2), 1);
	unload(&l);
	/* `scheduler: packer` makes it the scheduler of pods that do not say. */
	must_load(&l, CONFIG "profiles:\n"
			     "- schedulerName: default-scheduler\n"
			     "- schedulerName: packer\n" PACKS TWO_NODES POD("b", "priority: 0")
				     SCENARIO("scheduler: packer"));
	assert_int_equal(l.scenario.scheduling.by_default, 1);
	assert_int_equal(place_of(&l, 1), 0);
	unload(&l);
}

static void without_its_scheduler_a_pod_waits(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, CONFIG "profiles: [{schedulerName: packer}]\n" TWO_NODES POD("a", "schedulerName: packer")
			      POD("b", "priority: 0") POD("c", "schedulerName: nobody"));
	assert_int_not_equal(place_of(&l, 1), NONE);
	assert_int_equal(place_of(&l, 2), NONE);
	assert_int_equal(place_of(&l, 3), NONE);
	assert_non_null(strstr(l.said.data, "no scheduler called \"default-scheduler\" runs: pods that ask for it stay "
					    "Pending"));
	assert_non_null(strstr(l.said.data, "no scheduler called \"nobody\" runs"));
	assert_null(strstr(l.said.data, "called \"packer\""));
	unload(&l);
}

/* ---- points ---- */

static void points_merge_in_upstreams_order(void **state)
{
	struct loaded l;
	const struct sched_profile *p;

	(void)state;
	/* Named at the point: first, in the order of the point. */
	p = profile(&l,
		    PLUGINS("score: {enabled: [{name: ImageLocality, weight: 5}, {name: NodeAffinity, weight: 7}]}"));
	STARTS(&p->score, "ImageLocality", "NodeAffinity", "TaintToleration", "NodeResourcesFit");
	assert_int_equal(p->score.count, 7);
	assert_int_equal(weight(p, "ImageLocality"), 5);
	assert_int_equal(weight(p, "NodeAffinity"), 7);
	assert_int_equal(weight(p, "TaintToleration"), 3);
	unload(&l);
	/* Disabled and enabled at the point: no override, so last. */
	p = profile(&l, PLUGINS("filter: {disabled: [{name: TaintToleration}], enabled: [{name: TaintToleration}]}"));
	assert_string_equal(sched_plugins[p->filter.row[p->filter.count - 1]]->info.name, "TaintToleration");
	assert_string_equal(sched_plugins[p->filter.row[0]]->info.name, "NodeUnschedulable");
	unload(&l);
	/* A filter keeps the PreFilter that it cannot do without. */
	p = profile(&l, PLUGINS("preFilter: {disabled: [{name: \"*\"}]}"));
	assert_true(has(&p->pre_filter, "PodTopologySpread") && has(&p->pre_filter, "InterPodAffinity") &&
		    has(&p->pre_filter, "NodePorts") && has(&p->pre_filter, "VolumeBinding"));
	unload(&l);
	/* Points at which upstream's plugins do something and ours need not. */
	p = profile(&l, PLUGINS("preScore: {enabled: [{name: TaintToleration}, {name: NodeResourcesFit}, {name: "
				"VolumeBinding}]}, reserve: {enabled: [{name: VolumeBinding}]}, preBind: {enabled: "
				"[{name: VolumeBinding}]}, score: {enabled: [{name: VolumeBinding}]}"));
	assert_false(has(&p->score, "VolumeBinding"));
	unload(&l);
	/* What MultiPoint does not have comes last. */
	p = profile(&l, PLUGINS("multiPoint: {disabled: [{name: TaintToleration}]}, "
				"score: {enabled: [{name: TaintToleration, weight: 4}]}"));
	assert_int_equal(p->score.count, 7);
	assert_string_equal(sched_plugins[p->score.row[6]]->info.name, "TaintToleration");
	assert_int_equal(weight(p, "TaintToleration"), 4);
	assert_false(has(&p->filter, "TaintToleration"));
	unload(&l);
	/* A star takes all away but what the same section names, in its own order. */
	p = profile(&l, PLUGINS("score: {disabled: [{name: \"*\"}], "
				"enabled: [{name: ImageLocality}, {name: NodeResourcesFit, weight: 9}]}"));
	IS(&p->score, "ImageLocality", "NodeResourcesFit");
	assert_true(has(&p->filter, "NodeResourcesFit") && has(&p->filter, "TaintToleration"));
	unload(&l);
	p = profile(&l, PLUGINS("multiPoint: {disabled: [{name: \"*\"}], "
				"enabled: [{name: PrioritySort}, {name: DefaultBinder}, {name: NodeResourcesFit}, "
				"{name: NodeUnschedulable}]}"));
	IS(&p->filter, "NodeResourcesFit", "NodeUnschedulable");
	IS(&p->score, "NodeResourcesFit");
	assert_false(p->gates || p->preempts);
	unload(&l);
	p = profile(&l, PLUGINS("filter: {disabled: [{name: NodeResourcesFit}]}"));
	assert_false(has(&p->filter, "NodeResourcesFit"));
	assert_true(has(&p->score, "NodeResourcesFit"));
	unload(&l);
}

static void weights_at_points_win(void **state)
{
	struct loaded l;
	const struct sched_profile *p;

	(void)state;
	/* Configured anew in MultiPoint, a default keeps its place. */
	p = profile(&l, PLUGINS("multiPoint: {enabled: [{name: NodeAffinity, weight: 50}]}"));
	STARTS(&p->score, "TaintToleration", "NodeAffinity", "NodeResourcesFit");
	assert_int_equal(weight(p, "NodeAffinity"), 50);
	unload(&l);
	p = profile(&l, PLUGINS("multiPoint: {enabled: [{name: NodeAffinity, weight: 50}]}, "
				"score: {enabled: [{name: NodeAffinity, weight: 8}]}"));
	assert_int_equal(weight(p, "NodeAffinity"), 8);
	unload(&l);
	/* 0 and nothing are 1, and not the default. */
	p = profile(&l, PLUGINS("score: {enabled: [{name: NodeAffinity, weight: 0}, {name: TaintToleration}]}"));
	assert_int_equal(weight(p, "NodeAffinity"), 1);
	assert_int_equal(weight(p, "TaintToleration"), 1);
	unload(&l);
}

/* ---- arguments ---- */

static void arguments_of_fit(void **state)
{
	struct loaded l;
	const struct sched_config *c;

	(void)state;
	c = config(&l,
		   ARGS("NodeResourcesFit",
			"ignoredResources: [example.com/foo], ignoredResourceGroups: [example.org], scoringStrategy: "
			"{type: RequestedToCapacityRatio, resources: [{name: cpu, weight: 100}, {name: memory, weight: "
			"0}, {name: nvidia.com/gpu}], requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, "
			"{utilization: 100, score: 10}]}}"));
	assert_int_equal(c->strategy, FIT_RATIO);
	assert_int_equal(c->ignored_count, 1);
	assert_int_equal(c->ignored_group_count, 1);
	assert_int_equal(c->fit_count, 3);
	assert_int_equal(c->fit[0].weight, 100);
	assert_int_equal(c->fit[1].weight, 1);
	assert_int_equal(c->fit[2].weight, 1);
	assert_int_equal(c->fit[2].kind, SCHED_SCALAR);
	assert_int_equal(c->shape_count, 2);
	assert_int_equal(c->shape[1].score, 100);
	unload(&l);
	c = config(&l, ARGS("NodeResourcesFit", "scoringStrategy: {type: MostAllocated}"));
	assert_int_equal(c->strategy, FIT_MOST_ALLOCATED);
	assert_int_equal(c->fit_count, 0);
	unload(&l);
	c = config(&l, ARGS("NodeResourcesBalancedAllocation",
			    "resources: [{name: cpu, weight: 1}, {name: example.com/x}]"));
	assert_int_equal(c->balanced_count, 2);
	assert_int_equal(c->balanced[1].weight, 1);
	unload(&l);
}

static void arguments_of_the_others(void **state)
{
	struct loaded l;
	const struct sched_config *c;

	(void)state;
	for (int weight_of = 0; weight_of <= 100; weight_of += 100) {
		c = config(&l, weight_of == 0 ? ARGS("InterPodAffinity", "hardPodAffinityWeight: 0")
					      : ARGS("InterPodAffinity", "hardPodAffinityWeight: 100, "
									 "ignorePreferredTermsOfExistingPods: true"));
		assert_int_equal(c->hard_weight, weight_of);
		assert_int_equal(c->ignore_preferred, weight_of == 100);
		unload(&l);
	}
	c = config(&l, ARGS("DefaultPreemption", "minCandidateNodesPercentage: 100, minCandidateNodesAbsolute: 0"));
	assert_int_equal(c->candidates_percent, 100);
	assert_int_equal(c->candidates_min, 0);
	unload(&l);
	c = config(&l, ARGS("PodTopologySpread",
			    "defaultingType: List, defaultConstraints: [{maxSkew: 3, topologyKey: zone, "
			    "whenUnsatisfiable: ScheduleAnyway}]"));
	assert_true(c->spread_list);
	assert_int_equal(c->spread_count, 1);
	assert_int_equal(c->spread[0].max_skew, 3);
	assert_false(c->spread[0].hard);
	unload(&l);
	c = config(&l, ARGS("NodeAffinity",
			    "addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
			    "[{matchExpressions: [{key: a, operator: Exists}]}]}}"));
	assert_non_null(c->added);
	assert_int_equal(c->added->required_count, 1);
	unload(&l);
}

/* Arguments reach the plugins: an added affinity keeps every pod of the profile off unlabelled nodes. */
static void arguments_decide(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, ARGS("NodeAffinity",
			   "addedAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
			   "[{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [full]}]}]}}")
			      TWO_NODES POD("a", "priority: 0"));
	assert_int_equal(place_of(&l, 1), 0);
	unload(&l);
}

/* ---- what holds for the process ---- */

static void timers_of_the_document_and_the_scenario(void **state)
{
	static const char document[] = CONFIG "podInitialBackoffSeconds: 3\npodMaxBackoffSeconds: 40\n"
					      "percentageOfNodesToScore: 30\nclientConnection: {qps: 7, burst: 9}\n";
	struct loaded l;
	char both[sizeof(document) + 400];

	(void)state;
	must_load(&l, document);
	assert_int_equal(l.scenario.timers.pod_initial_backoff, SECONDS(3));
	assert_int_equal(l.scenario.timers.pod_max_backoff, SECONDS(40));
	assert_int_equal(l.scenario.timers.percentage_of_nodes_to_score, 30);
	assert_true(l.scenario.timers.scheduler_qps == 7);
	assert_int_equal(l.scenario.timers.scheduler_burst, 9);
	unload(&l);
	snprintf(both, sizeof(both), "%s%s", document,
		 SCENARIO("timers: {podInitialBackoffSeconds: 2s, percentageOfNodesToScore: 50, schedulerQps: 11}"));
	must_load(&l, both);
	assert_int_equal(l.scenario.timers.pod_initial_backoff, SECONDS(2));
	assert_int_equal(l.scenario.timers.pod_max_backoff, SECONDS(40));
	assert_int_equal(l.scenario.timers.percentage_of_nodes_to_score, 50);
	assert_true(l.scenario.timers.scheduler_qps == 11);
	assert_int_equal(l.scenario.timers.scheduler_burst, 9);
	unload(&l);
}

/* How many of 300 free nodes a pod of the profile is scored on. */
static uint32_t scored(const struct loaded *l, uint32_t pod)
{
	struct run r;
	struct world *w = world_settled(&r, &l->scenario, 1, pod);
	uint32_t found = scheduler_decide(w, pod).feasible;

	run_release(&r);
	return found;
}

static void each_profile_has_its_percentage(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, CONFIG "percentageOfNodesToScore: 40\n"
			     "profiles:\n"
			     "- {schedulerName: default-scheduler}\n"
			     "- {schedulerName: most, percentageOfNodesToScore: 80}\n"
			     "- {schedulerName: all, percentageOfNodesToScore: 100}\n"
			     "- {schedulerName: adaptive, percentageOfNodesToScore: 0}\n" POD("a", "priority: 0")
				     POD("b", "schedulerName: most") POD("c", "schedulerName: all")
					     POD("d", "schedulerName: adaptive")
						     SCENARIO("nodeGroups: [{name: w, count: 300}]"));
	assert_int_equal(scored(&l, 0), 120);
	assert_int_equal(scored(&l, 1), 240);
	assert_int_equal(scored(&l, 2), 300);
	assert_int_equal(scored(&l, 3), 144); /* 50 - 300 div 125 = 48 % */
	unload(&l);
}

static void see_deletions(void *state, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		*(uint32_t *)state += facts[i].kind == FACT_POD_DELETED && facts[i].flag == DELETE_PREEMPTED;
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){see_deletions, context});
}

static uint32_t preempted(const struct loaded *l)
{
	uint32_t count = 0;
	struct run r;

	assert_true(world_run(&r, &l->scenario, 1, 0, false, subscribe, &count, NULL));
	run_release(&r);
	return count;
}

#define CROWDED                                                                                                        \
	NODE("n", "1")                                                                                                 \
	POD("there", "nodeName: n")                                                                                    \
	"---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: "                               \
	"high}, value: 100}\n" POD("a", "priorityClassName: high")

static void preemption_can_be_disabled(void **state)
{
	struct loaded l;

	(void)state;
	assert_true(profile(&l, CONFIG CROWDED)->preempts);
	assert_int_equal(preempted(&l), 1);
	unload(&l);
	assert_false(profile(&l, PLUGINS("postFilter: {disabled: [{name: DefaultPreemption}]}") CROWDED)->preempts);
	assert_int_equal(preempted(&l), 0);
	unload(&l);
}

static void gates_can_be_disabled(void **state)
{
	struct loaded l;

	(void)state;
	must_load(&l, CONFIG NODE("n", "4") POD("a", "schedulingGates: [{name: x}]"));
	assert_int_equal(place_of(&l, 0), NONE);
	unload(&l);
	must_load(&l, PLUGINS("preEnqueue: {disabled: [{name: SchedulingGates}]}") NODE("n", "4")
			      POD("a", "schedulingGates: [{name: x}]"));
	assert_int_equal(place_of(&l, 0), 0);
	unload(&l);
}

/* ---- mistakes ---- */

static const struct mistake {
	const char *text, *want;
} mistakes[] = {
	{PLUGINS("multiPoint: {enabled: [{name: NodeResourceFit}]}"),
	 "in.yaml:4:36: error: no scheduler plugin is called \"NodeResourceFit\""},
	{PLUGINS("filter: {disabled: [{name: NodePort}]}"), "help: did you mean \"NodePorts\"?"},
	{PLUGINS("score: {enabled: [{name: NodeName}]}"), "in.yaml:4:31: error: NodeName has nothing to do at score"},
	{PLUGINS("postFilter: {enabled: [{name: NodePorts}]}"), "NodePorts has nothing to do at postFilter"},
	{PLUGINS("score: {enabled: [{name: ImageLocality}, {name: ImageLocality, weight: 2}]}"),
	 "in.yaml:4:54: error: ImageLocality is enabled twice"},
	{PLUGINS("score: {enabled: [{weight: 2}]}"), "error: a plugin needs a name"},
	{PLUGINS("score: {enabled: [{name: ImageLocality, weight: -1}]}"), "weight is -1, out of its range 0 to"},
	{PLUGINS("scores: {}"), "in.yaml:4:13: error: unknown key \"scores\" in plugins"},
	{PLUGINS("queueSort: {disabled: [{name: \"*\"}]}"),
	 "error: a profile needs exactly one queueSort plugin, such as PrioritySort"},
	{PLUGINS("bind: {disabled: [{name: DefaultBinder}]}"),
	 "error: a profile needs a bind plugin, such as DefaultBinder"},
	{CONFIG "---\n" CONFIG, "in.yaml:4:1: error: a second KubeSchedulerConfiguration"},
	{CONFIG "---\n" CONFIG, "help: the first is at in.yaml:1; put all profiles into one"},
	{"apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration\n",
	 "in.yaml:1:13: error: of KubeSchedulerConfiguration only kubescheduler.config.k8s.io/v1 can be read"},
	{"apiVersion: kubescheduler.config.k8s.io/v1beta3\nkind: KubeSchedulerConfiguration\n", "help: "},
	{CONFIG "profiles:\n- {schedulerName: a}\n- {percentageOfNodesToScore: 5}\n",
	 "in.yaml:5:3: error: a profile needs a schedulerName"},
	{CONFIG "profiles:\n- {schedulerName: a}\n- {schedulerName: a}\n",
	 "in.yaml:5:3: error: a second profile of this schedulerName"},
	{CONFIG "profiles:\n- {schedulerName: a, percentageOfNodesToScore: 101}\n",
	 "in.yaml:4:48: error: percentageOfNodesToScore is 101, out of its range 0 to 100"},
	{CONFIG "percentageOfNodesToScore: -1\n", "in.yaml:3:27: error: percentageOfNodesToScore is -1"},
	{CONFIG "podInitialBackoffSeconds: 0\n",
	 "in.yaml:3:27: error: podInitialBackoffSeconds is 0, out of its range"},
	{CONFIG "podInitialBackoffSeconds: 20\n", "podMaxBackoffSeconds must not be below podInitialBackoffSeconds"},
	{CONFIG "podMaxBackoffSecond: 1\n", "help: did you mean \"podMaxBackoffSeconds\"?"},
	{CONFIG "clientConnection: {qps: 0}\n", "qps is 0, out of its range"},
	{CONFIG "parallelism: 0\n", "parallelism is 0, out of its range"},
	{ARGS("NodeResourcesFit", "ignoredResource: []"),
	 "in.yaml:4:50: error: unknown key \"ignoredResource\" in the arguments of NodeResourcesFit"},
	{ARGS("NodeResourcesFit", "ignoredResource: []"), "help: did you mean \"ignoredResources\"?"},
	{ARGS("NodeResourcesFit", "scoringStrategy: {type: LeastAllocate}"), "help: did you mean \"LeastAllocated\"?"},
	{ARGS("NodeResourcesFit", "scoringStrategy: {resources: [{name: cpu, weight: 101}]}"),
	 "weight is 101, out of its range 0 to 100"},
	{ARGS("NodeResourcesFit", "scoringStrategy: {resources: [{weight: 1}]}"), "a resource needs a name"},
	{ARGS("NodeResourcesFit", "scoringStrategy: {type: RequestedToCapacityRatio}"),
	 "shape with at least one point"},
	{ARGS("NodeResourcesFit", "scoringStrategy: {requestedToCapacityRatio: {shape: [{utilization: 9, score: 1}, "
				  "{utilization: 9, score: 2}]}}"),
	 "utilization must increase from point to point"},
	{ARGS("NodeResourcesFit",
	      "scoringStrategy: {requestedToCapacityRatio: {shape: [{utilization: 101, score: 11}]}}"),
	 "utilization is 101, out of its range 0 to 100"},
	{ARGS("NodeResourcesFit",
	      "scoringStrategy: {requestedToCapacityRatio: {shape: [{utilization: 101, score: 11}]}}"),
	 "score is 11, out of its range 0 to 10"},
	{ARGS("NodeResourcesBalancedAllocation", "resources: [{name: cpu, weight: 2}]"),
	 "the weight of a balanced resource must be 1"},
	{ARGS("NodeResourcesBalancedAllocation", "resources: [{name: cpu}, {name: cpu}]"), "cpu is named twice"},
	{ARGS("InterPodAffinity", "hardPodAffinityWeight: 101"),
	 "hardPodAffinityWeight is 101, out of its range 0 to 100"},
	{ARGS("InterPodAffinity", "hardPodAffinityWeight: -1"),
	 "hardPodAffinityWeight is -1, out of its range 0 to 100"},
	{ARGS("DefaultPreemption", "minCandidateNodesPercentage: 101"),
	 "minCandidateNodesPercentage is 101, out of its range 0 to 100"},
	{ARGS("DefaultPreemption", "minCandidateNodesAbsolute: -1"), "minCandidateNodesAbsolute is -1"},
	{ARGS("DefaultPreemption", "minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0"),
	 "error: of both least numbers of candidates one must be above 0"},
	{ARGS("PodTopologySpread",
	      "defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: ScheduleAnyway}]"),
	 "error: defaultConstraints need defaultingType: List"},
	{ARGS("PodTopologySpread",
	      "defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: "
	      "ScheduleAnyway, labelSelector: {}}]"),
	 "a default constraint has no labelSelector"},
	{ARGS("PodTopologySpread", "defaultingType: List, defaultConstraints: [{maxSkew: 0, topologyKey: z, "
				   "whenUnsatisfiable: ScheduleAnyway}]"),
	 "maxSkew is 0, out of its range 1 to"},
	{ARGS("NodeAffinity", "addedAffinity: {foo: 1}"), "unknown key \"foo\""},
	{ARGS("NodeName", "a: b"), "NodeName takes no arguments"},
	{ARGS("NodeAfinity", ""), "in.yaml:4:25: error: no scheduler plugin is called \"NodeAfinity\""},
	{CONFIG "profiles:\n- pluginConfig: [{args: {}}]\n", "pluginConfig needs the name of a plugin"},
	{CONFIG "profiles:\n- pluginConfig: [{name: NodeAffinity}, {name: NodeAffinity}]\n",
	 "in.yaml:4:47: error: a second pluginConfig of NodeAffinity"},
};

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		struct loaded l;

		load_text(&l, mistakes[i].text, NULL, 0);
		if (l.result == 0 || strstr(l.said.data, mistakes[i].want) == NULL)
			fail_msg("%s\nwanted %s\nsaid %s", mistakes[i].text, mistakes[i].want, l.said.data);
		unload(&l);
	}
}

static void all_mistakes_at_once(void **state)
{
	static const char *const want[] = {"in.yaml:3:27: ", "in.yaml:6:", "in.yaml:7:", "in.yaml:8:3: "};
	struct loaded l;

	(void)state;
	load_text(&l,
		  CONFIG "percentageOfNodesToScore: 200\n"
			 "profiles:\n"
			 "- schedulerName: a\n"
			 "  plugins: {filter: {enabled: [{name: Nothing}]}}\n"
			 "  pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 500}}]\n"
			 "- {schedulerName: a}\n",
		  NULL, 0);
	assert_int_not_equal(l.result, 0);
	for (size_t i = 0; i < COUNT(want); i++)
		assert_non_null(strstr(l.said.data, want[i]));
	unload(&l);
}

static void a_wrong_choice_is_told(void **state)
{
	static const char *const set[] = {"scheduler=best-fi"}, *const good[] = {"scheduler=best-fit"};
	struct loaded l;

	(void)state;
	load_text(&l, NODE("n", "1"), set, 1);
	assert_int_not_equal(l.result, 0);
	assert_non_null(strstr(l.said.data, "--set:1:11: error: no scheduler is called \"best-fi\""));
	assert_non_null(strstr(l.said.data, "did you mean \"best-fit\"?"));
	assert_non_null(strstr(l.said.data, "there are default, least-allocated, most-allocated, best-fit, "));
	assert_non_null(strstr(l.said.data, "worst-fit"));
	unload(&l);
	load_text(&l, NODE("n", "1"), good, 1);
	assert_int_equal(l.result, 0);
	IS(&l.scenario.scheduling.profile[l.scenario.scheduling.by_default].score, "best-fit");
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_by_version),
		cmocka_unit_test(pods_choose_by_name),
		cmocka_unit_test(without_its_scheduler_a_pod_waits),
		cmocka_unit_test(points_merge_in_upstreams_order),
		cmocka_unit_test(weights_at_points_win),
		cmocka_unit_test(arguments_of_fit),
		cmocka_unit_test(arguments_of_the_others),
		cmocka_unit_test(arguments_decide),
		cmocka_unit_test(timers_of_the_document_and_the_scenario),
		cmocka_unit_test(each_profile_has_its_percentage),
		cmocka_unit_test(preemption_can_be_disabled),
		cmocka_unit_test(gates_can_be_disabled),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(all_mistakes_at_once),
		cmocka_unit_test(a_wrong_choice_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
