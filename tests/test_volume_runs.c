/* test_volume_runs.c - claims get their volumes in a run: by the scheduler for the first pod, by the binder at once, or
 * late; and pods go back where their volumes are. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/facts.h"
#include "models/world.h"
#include "tests/load.h"

#define FACTS_MAX 20000

#define SCENARIO(more)                                                                                                 \
	"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  start: empty\n  prePulled: true\n  duration: 20m\n"         \
	"  nodeGroups: [{name: n, count: 4, zones: [a, b]}]\n" more "\n---\n"
#define CLASS(name, mode)                                                                                              \
	"{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: " name "}, provisioner: disk.csi, "      \
	"volumeBindingMode: " mode "}\n---\n"
#define CLAIM(name, class)                                                                                             \
	"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " name "}, spec: {accessModes: "               \
	"[ReadWriteOnce], resources: {requests: {storage: 10Gi}}, storageClassName: " class "}}\n---\n"
#define POD(name, volume)                                                                                              \
	"{apiVersion: v1, kind: Pod, metadata: {name: " name "}, spec: {containers: [{name: c, image: i}], volumes: "  \
	"[{name: v, " volume "}]}}\n---\n"
#define USES(claim) "persistentVolumeClaim: {claimName: " claim "}"
#define SET(name, replicas, class)                                                                                     \
	"{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: " name "}, spec: {replicas: " replicas              \
	", selector: {matchLabels: {app: " name "}}, template: {metadata: {labels: {app: " name "}}, spec: "           \
	"{containers: [{name: c, image: i}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: "   \
	"[ReadWriteOnce], resources: {requests: {storage: 1Gi}}, storageClassName: " class "}}]}}\n---\n"

/* A finished run and its facts. */
struct tape {
	struct loaded l;
	struct run run;
	struct fact *fact;
	size_t facts;
};

static void collect(void *state, const struct fact *f, size_t count)
{
	struct tape *t = state;

	for (size_t i = 0; i < count; i++) {
		assert_true(t->facts < FACTS_MAX);
		t->fact[t->facts++] = f[i];
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){collect, context});
}

static void play(struct tape *t, const char *text, uint64_t seed)
{
	memset(t, 0, sizeof(*t));
	load_text(&t->l, text, NULL, 0);
	if (t->l.result != 0)
		fail_msg("%s", t->l.said.data);
	t->fact = calloc(FACTS_MAX, sizeof(*t->fact));
	assert_non_null(t->fact);
	assert_true(world_run(&t->run, &t->l.scenario, seed, 0, true, subscribe, t, NULL));
}

static void rewind_tape(struct tape *t)
{
	free(t->fact);
	run_release(&t->run);
	unload(&t->l);
}

static const char *name(const struct tape *t, int64_t id)
{
	return names_text(&t->run.names, (uint32_t)id);
}

/* The row of the n-th pod called so, counting from 0. */
static uint32_t pod_row(const struct tape *t, const char *pod, int n)
{
	for (size_t i = 0; i < t->facts; i++)
		if (t->fact[i].kind == FACT_POD_CREATED && strcmp(name(t, t->fact[i].a), pod) == 0 && n-- == 0)
			return t->fact[i].pod;
	fail_msg("no pod %s", pod);
	return FACT_NONE;
}

/* The first fact of a kind about a pod, or about a claim; NULL when there is none. */
static const struct fact *about_pod(const struct tape *t, enum fact_kind kind, uint32_t pod)
{
	for (size_t i = 0; i < t->facts; i++)
		if (t->fact[i].kind == kind && t->fact[i].pod == pod)
			return &t->fact[i];
	return NULL;
}

static const struct fact *about_claim(const struct tape *t, enum fact_kind kind, const char *claim)
{
	for (size_t i = 0; i < t->facts; i++)
		if (t->fact[i].kind == kind && strcmp(name(t, t->fact[i].object), claim) == 0)
			return &t->fact[i];
	return NULL;
}

static size_t count_of(const struct tape *t, enum fact_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->facts; i++)
		n += t->fact[i].kind == kind;
	return n;
}

static const char *zone_of(const struct tape *t, uint32_t node)
{
	return names_text(&t->run.names, t->l.scenario.objects.node[node].zone);
}

/* ---- tests ---- */

/* The volume is made for the chosen node after the scheduler has chosen; the pod is bound at a poll, a whole number of
 * seconds after the scheduler's write; kube-scheduler.md 3.11. */
static void the_first_pod_brings_its_volume(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct tape t;

		play(&t,
		     SCENARIO("  latencies: {volumeProvision: 4200ms}") CLASS("wait", "WaitForFirstConsumer")
			     CLAIM("c", "wait") POD("p", USES("c")),
		     seed);
		const struct fact *made = about_claim(&t, FACT_VOLUME_PROVISIONED, "c"),
				  *claim = about_claim(&t, FACT_CLAIM_BOUND, "c"),
				  *pod = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0));

		assert_non_null(made);
		assert_non_null(claim);
		assert_non_null(pod);
		assert_int_equal(made->node, pod->node);
		assert_string_equal(name(&t, made->b), zone_of(&t, pod->node));
		assert_true(made->at >= MILLIS(4200) && made->at < MILLIS(4500));
		assert_true(claim->at > made->at && claim->at < made->at + MILLIS(300));
		/* The poll after 5 s, but after 4.5 s of provisioning and binding at the soonest. */
		assert_true(pod->at >= SECONDS(5) && pod->at < MILLIS(5300));
		rewind_tape(&t);
	}
}

/* A class that does not wait: the claim is bound with no pod there; zones take turns by the claim's name and ordinal.
 */
static void immediate_claims_are_bound_at_once(void **state)
{
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("  latencies: {volumeProvision: 2s}") CLASS("now", "Immediate") CLAIM("d-0", "now")
		     CLAIM("d-1", "now") POD("p", USES("d-0")),
	     1);
	const struct fact *first = about_claim(&t, FACT_VOLUME_PROVISIONED, "d-0"),
			  *second = about_claim(&t, FACT_VOLUME_PROVISIONED, "d-1"),
			  *said = about_pod(&t, FACT_POD_UNSCHEDULABLE, pod_row(&t, "p", 0)),
			  *pod = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0));

	assert_non_null(first);
	assert_non_null(second);
	assert_int_not_equal(first->b, second->b);
	assert_non_null(said);
	assert_string_equal(name(&t, said->object),
			    "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. no new claims "
			    "to deallocate, preemption: 0/4 "
			    "nodes are available: 4 Preemption is not helpful for scheduling.");
	assert_non_null(pod);
	assert_true(pod->at > about_claim(&t, FACT_CLAIM_BOUND, "d-0")->at);
	assert_string_equal(zone_of(&t, pod->node), name(&t, first->b));
	rewind_tape(&t);
}

/* Nothing is provisioned where a volume of the input fits: the smallest that does. */
static void volumes_by_hand_come_first(void **state)
{
#define VOLUME(name, size, zone)                                                                                       \
	"{apiVersion: v1, kind: PersistentVolume, metadata: {name: " name "}, spec: {accessModes: [ReadWriteOnce], "   \
	"capacity: {storage: " size "}, storageClassName: wait, nodeAffinity: {required: {nodeSelectorTerms: "         \
	"[{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [" zone "]}]}]}}}}\n---\n"
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("") CLASS("wait", "WaitForFirstConsumer") CLAIM("c", "wait") VOLUME("large", "30Gi", "\"a\", b")
		     VOLUME("small", "9Gi", "\"a\", b") VOLUME("right", "20Gi", "\"a\", b") POD("p", USES("c")),
	     1);
	assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 0);
	assert_string_equal(name(&t, about_claim(&t, FACT_CLAIM_BOUND, "c")->a), "right");
	assert_int_equal(about_claim(&t, FACT_CLAIM_BOUND, "c")->flag, 0);
	assert_non_null(about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0)));
	rewind_tape(&t);
}

/* A volume that is reserved for the claim and too small does not do, in the initial state as later. */
static void small_reserved_volumes_are_left(void **state)
{
#define RESERVED                                                                                                       \
	"{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {accessModes: [ReadWriteOnce], "          \
	"capacity: "                                                                                                   \
	"{storage: 1Gi}, storageClassName: wait, claimRef: {name: c, namespace: default}}}\n---\n"
	static const char *const starts[] = {"settled", "empty"};

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		char text[2000];
		struct tape t;

		snprintf(text, sizeof(text), "%s%s%s",
			 "apiVersion: nodefall/v1\nkind: Scenario\nspec: {nodeGroups: [{name: n, count: 2}], start: ",
			 starts[i],
			 "}\n---\n" CLASS("wait", "WaitForFirstConsumer") CLAIM("c", "wait")
				 RESERVED POD("p", USES("c")));
		play(&t, text, 1);
		assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 1);
		assert_int_equal(about_claim(&t, FACT_CLAIM_BOUND, "c")->flag, 1);
		assert_non_null(about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0)));
		rewind_tape(&t);
	}
}

/* What one pod has reserved and not yet written, another one does not choose: two volumes, two pods, one attempt each.
 */
static void reservations_are_seen_before_they_are_written(void **state)
{
#define RESERVING                                                                                                      \
	SCENARIO("  latencies: {apiWrite: 200ms, scheduling: 1ms, volumeProvision: 1s}")                               \
	CLASS("wait", "WaitForFirstConsumer")
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct tape t;

		play(&t,
		     RESERVING CLAIM("c", "wait") CLAIM("d", "wait") VOLUME("v", "20Gi", "\"a\", b")
			     VOLUME("w", "20Gi", "\"a\", b") POD("p", USES("c")) POD("q", USES("d")),
		     seed);
		const struct fact *p = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0)),
				  *q = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "q", 0));

		assert_non_null(p);
		assert_non_null(q);
		assert_int_equal(p->a, 1);
		assert_int_equal(q->a, 1);
		assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 0);
		rewind_tape(&t);
		/* Pods that share a claim follow the first one's choice of a node. */
		play(&t, RESERVING CLAIM("c", "wait") POD("p", USES("c")) POD("q", USES("c")), seed);
		p = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0));
		q = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "q", 0));
		assert_non_null(p);
		assert_non_null(q);
		assert_int_equal(q->node, p->node);
		assert_int_equal(p->a, 1);
		assert_int_equal(q->a, 1);
		rewind_tape(&t);
	}
}

/* bindTimeoutSeconds ends the wait with an error: the pod backs off and is tried again, and in the end has one volume.
 */
static void slow_volumes_cost_attempts(void **state)
{
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("  latencies: {volumeProvision: 35s}") "{apiVersion: kubescheduler.config.k8s.io/v1, kind: "
							     "KubeSchedulerConfiguration, profiles: [{pluginConfig: "
							     "[{name: VolumeBinding, args: {bindTimeoutSeconds: "
							     "10}}]}]}\n---\n" CLASS("wait", "WaitForFirstConsumer")
								     CLAIM("c", "wait") POD("p", USES("c")),
	     1);
	const struct fact *pod = about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0));

	assert_non_null(pod);
	assert_true(pod->a >= 3 && pod->a <= 5);
	assert_true(pod->at > SECONDS(35) && pod->at < SECONDS(60));
	assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 1);
	rewind_tape(&t);
}

/* One claim for each ordinal, made once; after a scale-down and -up the pod finds its claim and its zone again. */
static void sets_keep_their_claims(void **state)
{
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("  actions: [{at: 5m, kubectl: scale statefulset/db --replicas=1}, {at: 10m, kubectl: scale "
		      "statefulset/db --replicas=3}]") CLASS("wait", "WaitForFirstConsumer") SET("db", "3", "wait"),
	     3);
	assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 3);
	assert_int_equal(count_of(&t, FACT_CLAIM_BOUND), 3);
	for (int i = 0; i < 3; i++) {
		char pod[16], claim[16];

		snprintf(pod, sizeof(pod), "db-%d", i);
		snprintf(claim, sizeof(claim), "data-db-%d", i);
		assert_non_null(about_claim(&t, FACT_CLAIM_BOUND, claim));
		if (i == 0)
			continue;
		const struct fact *again = about_pod(&t, FACT_POD_BOUND, pod_row(&t, pod, 1));
		assert_non_null(again);
		assert_string_equal(zone_of(&t, again->node),
				    name(&t, about_claim(&t, FACT_VOLUME_PROVISIONED, claim)->b));
	}
	rewind_tape(&t);
}

static void ephemeral_claims_live_with_their_pod(void **state)
{
#define SCRATCH                                                                                                        \
	"ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], storageClassName: wait, resources: "   \
	"{requests: {storage: 1Gi}}}}}"
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("  actions: [{at: 5m, kubectl: delete pod p}]") CLASS("wait", "WaitForFirstConsumer")
		     POD("p", SCRATCH) POD("q", USES("p-v")),
	     1);
	assert_non_null(about_claim(&t, FACT_CLAIM_BOUND, "p-v"));
	assert_non_null(about_pod(&t, FACT_POD_BOUND, pod_row(&t, "p", 0)));
	/* Another pod may use it too. */
	assert_non_null(about_pod(&t, FACT_POD_BOUND, pod_row(&t, "q", 0)));
	rewind_tape(&t);
}

/* The lesson's sentence, in the words of the version, over many seeds; and the pods are back with their zone. */
static void a_lost_zone_keeps_its_pods(void **state)
{
	static const char *const versions[] = {"1.32", "1.34"};
	static const char *const words[] = {"had volume node affinity conflict",
					    "didn't match PersistentVolume's node affinity"};

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		const int v = seed % 2 == 0;
		char set[40], want[440];
		const char *paths[] = {"scenarios/lessons/zone-outage-volumes.yaml"}, *sets[] = {set};
		struct scenario_input in = {.paths = paths, .path_count = 1, .sets = sets, .set_count = 1};
		struct tape t = {.fact = calloc(FACTS_MAX, sizeof(struct fact))};

		snprintf(set, sizeof(set), "kubernetes=\"%s\"", versions[v]);
		snprintf(want, sizeof(want),
			 "0/6 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, "
			 "4 "
			 "node(s) %s. %spreemption: 0/6 nodes are available: 6 Preemption is not helpful for "
			 "scheduling.",
			 words[v], v == 1 ? "no new claims to deallocate, " : "");
		assert_int_equal(scenario_load(&t.l.scenario, &in, &t.l.diag), 0);
		assert_true(world_run(&t.run, &t.l.scenario, seed, 0, true, subscribe, &t, NULL));
		for (int i = 0; i < 2; i++) {
			uint32_t pod = pod_row(&t, i == 0 ? "db-0" : "db-1", 1);
			const struct fact *said = about_pod(&t, FACT_POD_UNSCHEDULABLE, pod),
					  *bound = about_pod(&t, FACT_POD_BOUND, pod);

			assert_non_null(said);
			assert_string_equal(name(&t, said->object), want);
			assert_true(said->at > SECONDS(720) && said->at < SECONDS(722));
			assert_non_null(bound);
			assert_true(bound->at > SECONDS(1200) && bound->at < SECONDS(1220));
			assert_string_equal(zone_of(&t, bound->node), "b");
		}
		rewind_tape(&t);
	}
}

/* More claims than slots: a node's limit holds pods back until others go. */
static void limits_hold_pods_back(void **state)
{
#define CSI_NODE(node)                                                                                                 \
	"{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: " node                                        \
	"}, spec: {drivers: [{name: disk.csi, "                                                                        \
	"nodeID: x, topologyKeys: [kubernetes.io/hostname], allocatable: {count: 1}}]}}\n---\n"
	struct tape t;

	(void)state;
	play(&t,
	     SCENARIO("") CSI_NODE("n-0") CSI_NODE("n-1") CSI_NODE("n-2") CSI_NODE("n-3")
		     CLASS("wait", "WaitForFirstConsumer") SET("db", "5", "wait"),
	     1);
	assert_int_equal(count_of(&t, FACT_VOLUME_PROVISIONED), 4);
	const struct fact *said = about_pod(&t, FACT_POD_UNSCHEDULABLE, pod_row(&t, "db-4", 0));
	assert_non_null(said);
	assert_string_equal(name(&t, said->object), "0/4 nodes are available: 4 node(s) exceed max volume count. no "
						    "new claims to deallocate, preemption: 0/4 nodes are "
						    "available: 4 No preemption victims found for incoming pod.");
	rewind_tape(&t);
}

/* ---- attaching and detaching ---- */

/* The pod db-0 on n-0, whose kubelet or power fails at 2 min; it is deleted by force at 4 min. */
#define HELD(version, failure, more)                                                                                   \
	"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  prePulled: true\n  duration: 30m\n  kubernetes: \"" version \
	"\"\n  latencies: {volumeAttach: 2s, volumeDetach: 3s}\n  nodeGroups: [{name: n, count: 2}]\n"                 \
	"  failures:\n  - {at: 2m, id: f, kind: " failure ", node: n-0}\n" more "\n---\n" CLASS(                       \
		"wait", "WaitForFirstConsumer") "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, "      \
						"spec: {replicas: 1, selector: {matchLabels: "                         \
						"{app: db}}, template: {metadata: {labels: {app: db}}, spec: "         \
						"{containers: [{name: c, image: i}], affinity: "                       \
						"{nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: "    \
						"[{weight: 100, preference: "                                          \
						"{matchExpressions: [{key: kubernetes.io/hostname, operator: In, "     \
						"values: [n-0]}]}}]}}}}, "                                             \
						"volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: " \
						"[ReadWriteOnce], resources: {requests: "                              \
						"{storage: 1Gi}}, storageClassName: wait}}]}}\n"
#define FORCED "  actions:\n  - {at: 210s, kubectl: cordon n-0}\n  - {at: 4m, kubectl: delete pod db-0 --force}\n"

/* When the detach from n-0 ended, after the object of the first db-0 was gone, or SIM_NEVER; forced is checked. */
static sim_time held_for(const char *scenario, uint64_t seed)
{
	struct tape t;
	sim_time gone = SIM_NEVER, after = SIM_NEVER;

	play(&t, scenario, seed);
	for (size_t i = 0; i < t.facts; i++) {
		if (t.fact[i].kind == FACT_POD_REMOVED && gone == SIM_NEVER)
			gone = t.fact[i].at;
		if (t.fact[i].kind == FACT_VOLUME_DETACHED && after == SIM_NEVER) {
			assert_int_equal(t.fact[i].flag, 1);
			after = t.fact[i].at - gone;
		}
	}
	assert_int_equal(count_of(&t, FACT_VOLUME_HELD), 1);
	rewind_tape(&t);
	return after;
}

static void forced(const char *scenario)
{
	for (uint64_t seed = 1; seed <= 20; seed++)
		assert_in_range(held_for(scenario, seed), SECONDS(363), SECONDS(363) + MILLIS(400));
}

/* kubernetes-control-plane.md 2.8: 6 min, on both sides of each switch. */
static void a_detach_is_forced_after_six_minutes(void **state)
{
	(void)state;
	forced(HELD("1.20", "node-crash", FORCED));
	forced(HELD("1.34", "node-crash", FORCED));
	/* A kubelet that is dead while its node counts as Ready. */
	forced(HELD("1.20", "kubelet-stop", "  timers: {nodeMonitorGracePeriod: 50m}\n" FORCED));
	assert_true(held_for(HELD("1.29", "kubelet-stop", "  timers: {nodeMonitorGracePeriod: 50m}\n" FORCED), 1) ==
		    SIM_NEVER);
	forced(HELD("1.29", "node-crash",
		    "  controllers: {attach-detach: {disableForceDetachOnTimeout: true}}\n" FORCED));
	assert_true(held_for(HELD("1.30", "node-crash",
				  "  controllers: {attach-detach: {disableForceDetachOnTimeout: true}}\n" FORCED),
			     1) == SIM_NEVER);
}

/* The taint gives the volume free at once, since 1.26. */
static void out_of_service_needs_no_wait(void **state)
{
#define TAINTED                                                                                                        \
	"  actions:\n  - {at: 210s, kubectl: taint nodes n-0 node.kubernetes.io/out-of-service=x:NoExecute}\n"         \
	"  - {at: 4m, kubectl: delete pod db-0 --force}\n"
	(void)state;
	assert_in_range(held_for(HELD("1.29", "node-crash", TAINTED), 1), SECONDS(3), SECONDS(3) + MILLIS(400));
	assert_in_range(held_for(HELD("1.25", "node-crash", TAINTED), 1), SECONDS(363), SECONDS(363) + MILLIS(400));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_pod_brings_its_volume),
		cmocka_unit_test(immediate_claims_are_bound_at_once),
		cmocka_unit_test(volumes_by_hand_come_first),
		cmocka_unit_test(small_reserved_volumes_are_left),
		cmocka_unit_test(reservations_are_seen_before_they_are_written),
		cmocka_unit_test(slow_volumes_cost_attempts),
		cmocka_unit_test(sets_keep_their_claims),
		cmocka_unit_test(ephemeral_claims_live_with_their_pod),
		cmocka_unit_test(a_lost_zone_keeps_its_pods),
		cmocka_unit_test(limits_hold_pods_back),
		cmocka_unit_test(a_detach_is_forced_after_six_minutes),
		cmocka_unit_test(out_of_service_needs_no_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
