/* test_nodes.c - nodes that come and go, actions about them, and the cluster autoscaler: at the bounds of their rules.
 */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/view.h"
#include "models/world.h"
#include "tests/load.h"

/* The facts of one run. */
struct told {
	struct loaded l;
	struct run run;
	struct fact *fact;
	size_t count, capacity;
	struct arena arena;
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct told *t = state;

	for (size_t i = 0; i < count; i++) {
		ARENA_RESERVE(&t->arena, t->fact, t->capacity, t->count + 1, struct fact);
		t->fact[t->count++] = facts[i];
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){see, context});
}

#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: t}\nspec:\n  prePulled: true\n"

static void play(struct told *t, const char *text, uint64_t seed)
{
	memset(t, 0, sizeof(*t));
	load_text(&t->l, text, NULL, 0);
	if (t->l.result != 0)
		fail_msg("%s", t->l.said.data);
	assert_true(world_run(&t->run, &t->l.scenario, seed, 0, false, subscribe, t, NULL));
}

static void end(struct told *t)
{
	run_release(&t->run);
	unload(&t->l);
	arena_release(&t->arena);
}

/* The first fact of a kind at or after `from`, of node and pod unless NONE, with flag unless -1. */
static const struct fact *find(const struct told *t, enum fact_kind kind, sim_time from, uint32_t node, int flag)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct fact *f = &t->fact[i];

		if (f->kind == kind && f->at >= from && (node == NONE || f->node == node) &&
		    (flag < 0 || f->flag == flag))
			return f;
	}
	return NULL;
}

static uint32_t count_of(const struct told *t, enum fact_kind kind, int flag)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += t->fact[i].kind == kind && t->fact[i].at > 0 && (flag < 0 || t->fact[i].flag == flag);
	return n;
}

static sim_time when(const struct fact *f)
{
	assert_non_null(f);
	return f->at;
}

#define WEB(replicas, cpu, more)                                                                                       \
	"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: " replicas              \
	"\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n" more   \
	"      containers: [{name: c, image: i, resources: {requests: {cpu: " cpu ", memory: 100Mi}}}]\n"

/* ---- nodes ---- */

/* The orphan rule: quarantine of 40 s from the sweep that finds the pod, a sweep every 20 s (2.8). */
static void orphans_go_after_their_quarantine(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct told t;

		play(&t,
		     HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2}]\n"
			  "  actions: [{at: 2m, kubectl: delete node n-1}]\n" WEB("2", "100m", ""),
		     seed);
		sim_time gone = when(find(&t, FACT_NODE_REMOVED, 0, 1, -1));
		sim_time pod = when(find(&t, FACT_POD_REMOVED, gone, 1, -1)) - gone;
		assert_in_range(pod, SECONDS(40), SECONDS(61));
		/* Nothing is bound to it after the scheduler has seen that it is gone. */
		const struct fact *late = find(&t, FACT_POD_BOUND, gone + MILLIS(20), 1, -1);
		assert_null(late);
		end(&t);
	}
}

/* A kubelet registers its node when it starts, and only then. */
static void a_kubelet_registers_once_it_starts(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2}]\n"
		  "  failures: [{at: 5m, kind: kubelet-stop, node: n-1, for: 10s}]\n"
		  "  actions: [{at: 2m, kubectl: delete node n-1}]\n",
	     1);
	sim_time back = when(find(&t, FACT_NODE_ADDED, SECONDS(1), 1, -1));
	assert_in_range(back, SECONDS(310), SECONDS(313));
	/* Admission's taint stays until the kubelet reports. */
	sim_time ready = when(find(&t, FACT_NODE_READY, back, 1, READY_TRUE));
	assert_true(when(find(&t, FACT_TAINT_ADDED, back, 1, EFFECT_NO_SCHEDULE)) == back);
	assert_true(when(find(&t, FACT_TAINT_REMOVED, back, 1, EFFECT_NO_SCHEDULE)) >= ready);
	end(&t);
}

/* --node-startup-grace-period: 60 s for a node whose kubelet has not reported; then Unknown within a pass. */
static void a_node_that_never_reports_becomes_unknown(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct told t;

		play(&t,
		     HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2}]\n  latencies: {nodeReady: 30m}\n"
			  "  failures:\n  - {at: 5m, kind: kubelet-stop, node: n-1, for: 10s}\n"
			  "  - {at: 330s, kind: kubelet-stop, node: n-1}\n"
			  "  actions: [{at: 2m, kubectl: delete node n-1}]\n",
		     seed);
		sim_time back = when(find(&t, FACT_NODE_ADDED, SECONDS(1), 1, -1));
		sim_time unknown = when(find(&t, FACT_NODE_READY, back, 1, READY_UNKNOWN)) - back;
		assert_in_range(unknown, SECONDS(60), SECONDS(90));
		end(&t);
	}
}

/* ---- actions ---- */

static void labels_decide_placement(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2}]\n"
		  "  actions: [{at: 2m, kubectl: label node n-1 disk=ssd}]\n" WEB("1", "100m",
										  "      nodeSelector: {disk: ssd}\n"),
	     1);
	const struct fact *bound = find(&t, FACT_POD_BOUND, 0, NONE, -1);
	assert_in_range(when(bound), MINUTES(2), MINUTES(2) + SECONDS(12));
	assert_int_equal(bound->node, 1);
	end(&t);
}

/* A label or taint that has another value is refused as a whole without --overwrite. */
static void another_value_needs_overwrite(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2, labels: {a: x}}]\n  actions:\n"
		  "  - {at: 1m, kubectl: label node n-0 b=2 a=y}\n"
		  "  - {at: 2m, kubectl: label node n-0 b=2 a=y --overwrite}\n"
		  "  - {at: 3m, kubectl: 'taint nodes n-0 k=1:NoSchedule'}\n"
		  "  - {at: 4m, kubectl: 'taint nodes n-0 k=2:NoSchedule'}\n"
		  "  - {at: 5m, kubectl: 'taint nodes n-0 k-'}\n"
		  "  - {at: 6m, kubectl: delete node n-1}\n  - {at: 7m, kubectl: cordon n-1}\n",
	     1);
	uint32_t refused = 0, not_found = 0;
	for (size_t i = 0; i < t.count; i++) {
		refused += t.fact[i].kind == FACT_ACTION && t.fact[i].b == ACTION_EXISTS;
		not_found += t.fact[i].kind == FACT_ACTION && t.fact[i].b == ACTION_NOT_FOUND;
	}
	assert_int_equal(refused, 2);
	assert_int_equal(not_found, 1);
	assert_true(when(find(&t, FACT_NODE_LABELLED, 0, 0, -1)) == MINUTES(2));
	assert_int_equal(count_of(&t, FACT_TAINT_ADDED, -1), 1);
	assert_int_equal(count_of(&t, FACT_TAINT_REMOVED, -1), 1);
	end(&t);
}

/* Background: what it owned is deleted after it; orphan: nothing is. */
static void deletion_cascades(void **state)
{
	const char *const cascade[] = {"", " --cascade=orphan"};

	(void)state;
	for (int orphan = 0; orphan < 2; orphan++) {
		char text[2000];
		struct told t;

		snprintf(text, sizeof(text),
			 HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 2}]\n"
			      "  actions: [{at: 2m, kubectl: delete deployment web%s}]\n" WEB("3", "100m", ""),
			 cascade[orphan]);
		play(&t, text, 1);
		assert_int_equal(count_of(&t, FACT_POD_DELETED, DELETE_OWNER_GONE), orphan ? 0 : 3);
		assert_int_equal(count_of(&t, FACT_POD_CREATED, -1), 0);
		end(&t);
	}
}

/* rollout undo in the middle scales the old ReplicaSet up again: no pod of its template is made that was still there.
 */
static void undo_takes_the_old_template(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 20m\n  nodeGroups: [{name: n, count: 3}]\n  actions:\n"
		  "  - {at: 2m, kubectl: set image deployment/web c=other}\n"
		  "  - {at: 10m, kubectl: rollout undo deployment/web}\n"
		  "  - {at: 15m, kubectl: rollout undo deployment/web --to-revision=9}\n" WEB("4", "100m", ""),
	     1);
	uint32_t sets = 0, no_history = 0;
	for (size_t i = 0; i < t.count; i++) {
		sets += t.fact[i].kind == FACT_WORKLOAD_ADDED && t.fact[i].flag == WORKLOAD_REPLICA_SET;
		no_history += t.fact[i].kind == FACT_ACTION && t.fact[i].b == ACTION_NO_HISTORY;
	}
	assert_int_equal(sets, 2);
	assert_int_equal(no_history, 1);
	assert_int_equal(count_of(&t, FACT_POD_CREATED, -1), 8);
	end(&t);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* apply brings a node, a Service and a Deployment; the same template again changes nothing, another one rolls. */
static void apply_brings_and_changes(void **state)
{
	const char *folder = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	char path[600], text[2000];
	struct told t;

	(void)state;
	snprintf(path, sizeof(path), "%s/applied.yaml", folder);
	write_file(path,
		   "{apiVersion: v1, kind: Node, metadata: {name: extra, labels: {disk: ssd}}, "
		   "status: {capacity: {cpu: 4, memory: 8Gi, pods: 10}}}\n"
		   "---\n{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}}}\n" WEB(
			   "2", "100m", "      nodeSelector: {disk: ssd}\n"));
	snprintf(text, sizeof(text),
		 HEAD "  duration: 10m\n  nodeGroups: [{name: n, count: 1}]\n  actions:\n"
		      "  - {at: 2m, kubectl: 'apply -f %s'}\n  - {at: 5m, kubectl: 'apply -f %s'}\n",
		 path, path);
	play(&t, text, 1);
	assert_int_equal(count_of(&t, FACT_NODE_ADDED, -1), 1);
	assert_int_equal(count_of(&t, FACT_SERVICE_ADDED, -1), 1);
	assert_int_equal(count_of(&t, FACT_POD_CREATED, -1), 2);
	assert_int_equal(count_of(&t, FACT_POD_BOUND, -1), 2);
	assert_int_equal(count_of(&t, FACT_PROXY_ADDED, -1), 2);
	assert_int_equal(find(&t, FACT_POD_BOUND, 0, NONE, -1)->node, 1);
	end(&t);
	remove(path);
}

/* Every mistake of a command is told, and what to write instead. */
static void mistakes_of_commands(void **state)
{
	static const char *const wrong[][2] = {
		{"taint nodes n-0 k=1:NoWay", "a taint is key=value:NoSchedule"},
		{"taint pods web k=1:NoSchedule", "only nodes can be tainted"},
		{"label node n-0", "what is to be set?"},
		{"label node n-7 a=b", "no node is called \"n-7\""},
		{"delete deployment webb", "did you mean \"web\"?"},
		{"delete namespace x", "is no kind of object"},
		{"delete pod -l app=web --cascade=often", "--cascade must be"},
		{"scale deployment/web --replicas=2 --grace-period=1", "kubectl scale takes no --grace-period"},
		{"rollout undo deployment/web --to-revision=x", "--to-revision is a whole number"},
		{"rollout status deployment/web", "only rollout restart, undo, pause and resume"},
		{"apply -f nowhere.yaml", "cannot read nowhere.yaml"},
		{"apply web.yaml", "apply needs -f FILE"},
		{"patch deployment web -p {spec", "--patch:2"},
		{"patch deployment web -p '{\"spec\": {\"selector\": 1}}'",
		 "a patch of spec.selector cannot be simulated"},
		{"create job a --from=deployment/web", "only \"create job NAME --from=cronjob/NAME\""},
		{"delete pod --force=perhaps web-1", "--force must be true or false"},
		{"cordon 'n-0", "a quote that does not end"},
		{"tain nodes n-0 k-", "did you mean \"taint\"?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[2000];
		struct loaded l;

		snprintf(text, sizeof(text),
			 HEAD
			 "  nodeGroups: [{name: n, count: 2}]\n  actions:\n  - at: 1m\n    kubectl: |-\n      %s\n" WEB(
				 "1", "1m", ""),
			 wrong[i][0]);
		load_text(&l, text, NULL, 0);
		assert_int_equal(l.result, 3);
		if (strstr(l.said.data, wrong[i][1]) == NULL)
			fail_msg("%s: %s", wrong[i][0], l.said.data);
		unload(&l);
	}
}

/* ---- the autoscaler ---- */

#define GROUPS(min, count, max, more)                                                                                  \
	"  nodeGroups: [{name: n, min: " min ", count: " count ", max: " max                                           \
	", capacity: {cpu: 2, memory: 4Gi, pods: 20}" more "}]\n"

/* Asked for within a scan interval of the scheduler's verdict; no more machines than the pods need; never above max. */
static void grows_as_needed(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct told t;

		play(&t,
		     HEAD
		     "  duration: 30m\n" GROUPS("1", "1", "4", "") "  actions: [{at: 5m, kubectl: scale deployment/web "
								   "--replicas=12}]\n" WEB("2", "500m", ""),
		     seed);
		sim_time verdict = when(find(&t, FACT_POD_UNSCHEDULABLE, 0, NONE, -1));
		const struct fact *up = find(&t, FACT_SCALE_UP, 0, NONE, -1);
		assert_in_range(when(up) - verdict, 0, SECONDS(10) + MILLIS(100));
		/* Four of 500m fit on a node of 2 CPUs: 12 pods need 3 nodes. */
		assert_int_equal(count_of(&t, FACT_MACHINE_ON, -1), 2);
		assert_int_equal(count_of(&t, FACT_NODE_ADDED, -1), 2);
		end(&t);
	}
}

static void never_above_max(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 30m\n" GROUPS("1", "1", "3", "") "  actions: [{at: 5m, kubectl: scale deployment/web "
								"--replicas=40}]\n" WEB("2", "500m", ""),
	     1);
	assert_int_equal(count_of(&t, FACT_MACHINE_ON, -1), 2);
	assert_non_null(find(&t, FACT_SCALE_HELD, 0, NONE, SCALE_HELD_MAX));
	end(&t);
}

/* max-node-provision-time: 15 min, then the machine is given back and the group backs off for 5 min. */
static void a_machine_that_does_not_come(void **state)
{
	struct told t;

	(void)state;
	play(&t,
	     HEAD "  duration: 60m\n  latencies: {nodeProvisioning: 1h}\n" GROUPS(
		     "1", "1", "2",
		     "") "  actions: [{at: 5m, kubectl: scale deployment/web --replicas=8}]\n" WEB("2", "500m", ""),
	     1);
	sim_time asked = when(find(&t, FACT_MACHINE_ON, 0, NONE, -1)),
		 off = when(find(&t, FACT_MACHINE_OFF, 0, NONE, -1));
	assert_in_range(off - asked, MINUTES(15) - MILLIS(100), MINUTES(15) + SECONDS(11));
	assert_non_null(find(&t, FACT_SCALE_HELD, 0, NONE, SCALE_HELD_BACKOFF));
	sim_time again = when(find(&t, FACT_MACHINE_ON, off, NONE, -1));
	assert_in_range(again - off, MINUTES(5) - SECONDS(1), MINUTES(5) + SECONDS(11));
	end(&t);
}

/* Unneeded for 10 min, and 10 min after the last growth; then the taint, 5 s, and the machine is given back. */
static void gives_back_what_nobody_needs(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct told t;

		play(&t, HEAD "  duration: 40m\n" GROUPS("1", "3", "3", "") WEB("2", "300m", ""), seed);
		const struct fact *down = find(&t, FACT_SCALE_DOWN, 0, NONE, SCALE_DOWN_UNNEEDED);
		assert_in_range(when(down), MINUTES(10), MINUTES(10) + SECONDS(21));
		sim_time off = when(find(&t, FACT_MACHINE_OFF, 0, down->node, -1));
		assert_in_range(off - down->at, SECONDS(5), SECONDS(60));
		assert_int_equal(count_of(&t, FACT_NODE_REMOVED, -1), 2);
		end(&t);
	}
}

#define PREFERS_N                                                                                                      \
	"      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, preference: " \
	"{matchExpressions: [{key: pool, operator: In, values: [n]}]}}]}}\n"
#define BUDGET                                                                                                         \
	"---\n{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: {minAvailable: 1, "        \
	"selector: {matchLabels: {app: web}}}}\n"

/* A pod that could move is moved, and its node goes. A budget that allows nothing keeps the node; so do a bare pod and
 * a use of half and more. */
static void what_keeps_a_node(void **state)
{
	static const struct {
		const char *objects;
		uint32_t removed;
	} cases[] = {
		{WEB("1", "100m", PREFERS_N), 1},
		{WEB("1", "100m", PREFERS_N) BUDGET, 0},
		{WEB("1", "1000m", PREFERS_N), 0},
		{WEB("1", "990m", PREFERS_N), 1},
		{"---\n{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {nodeName: n-0, containers: [{name: "
		 "c, "
		 "image: i}]}}\n",
		 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[3000];
		struct told t;

		snprintf(text, sizeof(text),
			 HEAD "  duration: 40m\n  nodeGroups:\n  - {name: base, count: 1, capacity: {cpu: 4}}\n"
			      "  - {name: n, min: 0, count: 1, max: 1, labels: {pool: n}, capacity: {cpu: 2}}\n%s",
			 cases[i].objects);
		play(&t, text, 1);
		if (i < 4)
			assert_int_equal(find(&t, FACT_POD_BOUND, 0, NONE, -1)->node, 1);
		if (count_of(&t, FACT_NODE_REMOVED, -1) != cases[i].removed)
			fail_msg("case %d", (int)i);
		assert_int_equal(count_of(&t, FACT_POD_DELETED, DELETE_EVICTION), cases[i].removed);
		/* What may not be drained is not even tried. */
		assert_int_equal(count_of(&t, FACT_SCALE_DOWN, -1), cases[i].removed);
		end(&t);
	}
}

/* price takes the cheaper group, priority the one of the highest number. */
static void expanders(void **state)
{
	static const struct {
		const char *name;
		uint32_t row;
	} want[] = {{"price", 2}, {"priority", 1}, {"least-waste", 2}, {"most-pods", 1}};

	(void)state;
	for (int i = 0; i < 4; i++) {
		char text[2000];
		struct told t;

		snprintf(text, sizeof(text),
			 HEAD
			 "  duration: 20m\n  autoscaler: {expander: %s}\n  nodeGroups:\n"
			 "  - {name: base, count: 1, capacity: {cpu: 1}}\n"
			 "  - {name: big, min: 0, count: 0, max: 1, priority: 5, pricePerHour: 9, capacity: {cpu: 8}}\n"
			 "  - {name: small, min: 0, count: 0, max: 1, pricePerHour: 0.5, capacity: {cpu: 2, memory: "
			 "1Gi}}\n"
			 "%s",
			 want[i].name, i == 3 ? WEB("6", "900m", "") : WEB("2", "900m", ""));
		play(&t, text, 1);
		assert_int_equal(find(&t, FACT_MACHINE_ON, 0, NONE, -1)->node, want[i].row);
		end(&t);
	}
}

/* An idle cluster that may grow costs nothing: no scan is run when nothing changes. */
static void no_scan_without_a_change(void **state)
{
	struct told t;

	(void)state;
	play(&t, HEAD "  duration: 1000h\n" GROUPS("2", "2", "20", "") WEB("2", "500m", ""), 1);
	assert_true(t.run.events < 5000);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orphans_go_after_their_quarantine),
		cmocka_unit_test(a_kubelet_registers_once_it_starts),
		cmocka_unit_test(a_node_that_never_reports_becomes_unknown),
		cmocka_unit_test(labels_decide_placement),
		cmocka_unit_test(another_value_needs_overwrite),
		cmocka_unit_test(deletion_cascades),
		cmocka_unit_test(undo_takes_the_old_template),
		cmocka_unit_test(apply_brings_and_changes),
		cmocka_unit_test(mistakes_of_commands),
		cmocka_unit_test(grows_as_needed),
		cmocka_unit_test(never_above_max),
		cmocka_unit_test(a_machine_that_does_not_come),
		cmocka_unit_test(gives_back_what_nobody_needs),
		cmocka_unit_test(what_keeps_a_node),
		cmocka_unit_test(expanders),
		cmocka_unit_test(no_scan_without_a_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
