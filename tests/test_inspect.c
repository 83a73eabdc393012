/* test_inspect.c - a look at a run changes nothing, belief is what kubelets wrote, and all tools tell of the same
 * containers. */
#include "tests/test.h"

#include <glob.h>
#include <string.h>

#include "models/inspect.h"
#include "models/world.h"
#include "report/looks/cri.h"
#include "report/looks/identity.h"
#include "report/looks/tool.h"

/* Instants of a lesson that are looked at. */
#define LOOKS 12

struct hashed {
	uint64_t hash, count;
};

/* All facts but those that a run tells when it is over. */
static void hash_facts(void *state, const struct fact *facts, size_t count)
{
	struct hashed *h = state;

	for (size_t i = 0; i < count; i++) {
		const unsigned char *byte = (const unsigned char *)&facts[i];

		if (facts[i].kind == FACT_API_LOAD)
			continue;
		for (size_t k = 0; k < sizeof(facts[i]); k++)
			h->hash = (h->hash ^ byte[k]) * 1099511628211u;
		h->count++;
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){hash_facts, context});
}

static void load(struct scenario *s, const char *path, const char *set)
{
	struct scenario_input in = {.paths = &path, .path_count = 1, .sets = &set, .set_count = set != NULL};
	struct diag d = {0};

	*s = (struct scenario){0};
	if (scenario_load(s, &in, &d) != 0)
		fail_msg("%s does not load with %s", path, set != NULL ? set : "nothing set");
}

static void each_lesson(void (*look)(const char *path, const struct scenario *s))
{
	glob_t found;
	struct scenario s;

	assert_int_equal(glob("scenarios/lessons/*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 30);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		load(&s, found.gl_pathv[i], NULL);
		look(found.gl_pathv[i], &s);
		scenario_release(&s);
	}
	globfree(&found);
}

/* ---- nothing moves ---- */

static void compare(const char *path, const struct scenario *s)
{
	struct hashed plain = {0}, inspected = {0};
	struct run r;

	assert_true(world_run(&r, s, 7, 0, false, subscribe, &plain, NULL));
	run_release(&r);
	struct world *w = world_at(&r, s, 7, s->duration, subscribe, &inspected, NULL);
	assert_non_null(w);
	inspect_look(w);
	run_release(&r);
	if (plain.hash != inspected.hash || plain.count != inspected.count)
		fail_msg("%s: a run that is looked at is another", path);
}

static void test_run_is_the_same(void **state)
{
	(void)state;
	each_lesson(compare);
}

/* ---- belief ---- */

/* What of the kubelet's report is in the pod as well must agree; that a pod was made not Ready by the node lifecycle
 * controller is no matter of its containers. */
static void check_pod(const char *path, const struct look *l, uint32_t pod)
{
	const struct pod *p = &l->view->pod[pod];
	const struct container_look *c = l->pod[pod].believed;
	bool ready = c != NULL;
	uint32_t restarts = 0;

	if (!p->exists || p->node == NONE || p->phase >= PHASE_SUCCEEDED)
		return;
	if (c == NULL) {
		if (p->phase == PHASE_RUNNING || p->ready)
			fail_msg("%s at %.3f: a running pod without container statuses", path, time_seconds(l->at));
		return;
	}
	for (uint32_t i = 0; i < spec_containers(p->spec); i++) {
		restarts += c[i].restarts;
		if (i >= p->spec->init_count)
			ready &= c[i].state == LOOK_RUNNING && c[i].ready;
	}
	if (p->ready && !ready)
		fail_msg("%s at %.3f: %s is Ready, its containers are not", path, time_seconds(l->at),
			 names_text(l->names, p->name));
	if (restarts < p->restarts)
		fail_msg("%s at %.3f: %s has %u restarts, its containers %u", path, time_seconds(l->at),
			 names_text(l->names, p->name), p->restarts, restarts);
}

static void check_belief(const char *path, const struct scenario *s)
{
	for (int i = 1; i <= LOOKS; i++) {
		struct hashed unused = {0};
		struct run r;
		struct world *w = world_at(&r, s, 3, s->duration / LOOKS * i, subscribe, &unused, NULL);

		assert_non_null(w);
		const struct look l = inspect_look(w);
		for (uint32_t p = 0; p < l.view->pod_count; p++)
			check_pod(path, &l, p);
		run_release(&r);
	}
}

static void test_belief(void **state)
{
	(void)state;
	each_lesson(check_belief);
}

/* A status that is written before the pod watch is back is believed at once. */
static void test_belief_after_partition(void **state)
{
	struct scenario s;

	(void)state;
	load(&s, "scenarios/lessons/crash-loop.yaml",
	     "failures=[{at: 130s, kind: partition, node: worker-0, for: 100s}]");
	for (int i = 0; i < 120; i++) {
		struct hashed unused = {0};
		struct run r;
		struct world *w =
			world_at(&r, &s, (uint64_t)i % 8, SECONDS(228 + 2 * (i / 8)), subscribe, &unused, NULL);
		const struct look l = inspect_look(w);

		for (uint32_t p = 0; p < l.view->pod_count; p++)
			check_pod("after a partition", &l, p);
		run_release(&r);
	}
	scenario_release(&s);
}

/* Two containers, of which one is never ready: the model writes nothing when the other one changes, a kubelet does. */
static const char two[] =
	"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  duration: 10m\n  start: empty\n  nodeGroups: [{name: n, "
	"count: 1}]\n"
	"  failures: [{at: 4m, kind: node-crash, node: n-0}]\n"
	"---\n"
	"apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {nodefall.io/ready-after.a: 1h, "
	"nodefall.io/ready-after.b: 30s}}\n"
	"spec:\n  containers:\n"
	"  - {name: a, image: x, readinessProbe: {httpGet: {port: 80}}}\n"
	"  - {name: b, image: x, readinessProbe: {httpGet: {port: 80}}}\n";

static void test_belief_of_each_container(void **state)
{
	struct file_bytes file = {.name = "two.yaml", .bytes = two, .length = sizeof(two) - 1};
	struct file_set files = {.file = &file, .count = 1};
	struct scenario s = {0};
	struct diag d = {0};
	struct hashed unused = {0};
	struct run r;

	(void)state;
	assert_int_equal(scenario_load_files(&s, &files, NULL, 0, &d), 0);
	struct world *w = world_at(&r, &s, 1, SECONDS(270), subscribe, &unused, NULL);
	const struct look l = inspect_look(w);
	assert_false(l.pod[0].believed[0].ready);
	assert_true(l.pod[0].believed[1].ready);
	assert_int_equal(l.pod[0].believed[1].state, LOOK_RUNNING);
	assert_int_equal(l.pod[0].truth[1].state, LOOK_TERMINATED);
	run_release(&r);
	scenario_release(&s);
}

/* ---- tools ---- */

static int tool(const struct look *l, uint32_t node, const char *words, struct arena *a, struct text *out)
{
	const char *word[8];
	uint32_t count = 0;
	struct text errors;

	for (const char *w = words; *w != '\0'; w += strspn(w, " ")) {
		word[count++] = arena_text(a, w, strcspn(w, " "));
		w += strcspn(w, " ");
	}
	text_init(out, a);
	text_init(&errors, a);
	return tool_exec(l, node, word, count, a, out, &errors);
}

static uint32_t lines(const struct text *t)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->length; i++)
		n += t->data[i] == '\n';
	return n;
}

/* That the tool shows the running container x, and how many running things it shows besides its heading. */
static void check_tool(const struct look *l, const struct cri *c, const char *words, size_t digits, uint32_t want,
		       struct arena *a)
{
	struct text out;

	assert_int_equal(tool(l, c->node, words, a, &out), TOOL_DONE);
	if (lines(&out) != want + 1)
		fail_msg("%s at %.3f shows %u lines instead of %u:\n%s", words, time_seconds(l->at), lines(&out),
			 want + 1, out.data);
	for (uint32_t i = 0; i < c->containers; i++)
		if (c->container[i].state == CRI_RUNNING)
			assert_non_null(strstr(out.data, arena_text(a, c->container[i].id, digits)));
}

static void check_inspect(const struct look *l, const struct cri *c, struct arena *a)
{
	struct text out;

	for (uint32_t i = 0; i < c->containers; i++) {
		assert_int_equal(tool(l, c->node, text_format(a, "crictl inspect %.13s", c->container[i].id), a, &out),
				 TOOL_DONE);
		assert_non_null(strstr(out.data, c->container[i].id));
		assert_non_null(strstr(out.data, c->container[i].sandbox));
	}
	for (uint32_t i = 0; i < c->sandboxes; i++) {
		assert_int_equal(tool(l, c->node, text_format(a, "crictl inspectp %.13s", c->sandbox[i].id), a, &out),
				 TOOL_DONE);
		assert_non_null(strstr(out.data, c->sandbox[i].id));
	}
}

/* Every pid of a machine is one process's. */
static void check_pids(const struct cri *c)
{
	for (uint32_t i = 0; i < c->containers; i++) {
		for (uint32_t k = 0; k < i; k++)
			assert_true(c->container[i].pid == 0 || c->container[i].pid != c->container[k].pid);
		for (uint32_t k = 0; k < c->sandboxes; k++)
			assert_true(c->container[i].pid == 0 || c->container[i].pid != c->sandbox[k].pid);
	}
}

/* Returns how many containers there are. */
static uint32_t check_node(const struct look *l, uint32_t node)
{
	struct arena a = {0};
	const struct cri c = cri_list(l, node, &a);
	uint32_t running = 0, ready = 0;

	for (uint32_t i = 0; i < c.containers; i++)
		running += c.container[i].state == CRI_RUNNING;
	for (uint32_t i = 0; i < c.sandboxes; i++)
		ready += c.sandbox[i].ready;
	check_tool(l, &c, "crictl ps", 13, running, &a);
	check_tool(l, &c, "crictl ps -a", 13, c.containers, &a);
	check_inspect(l, &c, &a);
	check_pids(&c);
	if (strcmp(c.runtime->info.name, "containerd") == 0) {
		check_tool(l, &c, "ctr -n k8s.io tasks ls", ID_LENGTH, running + ready, &a);
		check_tool(l, &c, "ctr -n k8s.io containers ls", ID_LENGTH, c.containers + c.sandboxes, &a);
		check_tool(l, &c, "nerdctl -n k8s.io ps", 12, running + ready, &a);
		check_tool(l, &c, "nerdctl -n k8s.io ps -a", 12, c.containers + c.sandboxes, &a);
	} else if (strstr(c.runtime->path, "dockerd") != NULL) {
		check_tool(l, &c, "docker ps", 12, running + ready, &a);
		check_tool(l, &c, "docker ps -a", 12, c.containers + c.sandboxes, &a);
		check_tool(l, &c, "ctr -n moby tasks ls", ID_LENGTH, running + ready, &a);
	}
	arena_release(&a);
	return c.containers;
}

static void check_tools(const char *path, const char *set)
{
	struct scenario s;
	uint32_t containers = 0;

	load(&s, path, set);
	for (int i = 1; i <= LOOKS; i++) {
		struct hashed unused = {0};
		struct run r;
		struct world *w = world_at(&r, &s, 5, s.duration / LOOKS * i, subscribe, &unused, NULL);

		assert_non_null(w);
		const struct look l = inspect_look(w);
		for (uint32_t n = 0; n < l.view->nodes.count; n++)
			if (l.node[n].powered && l.node[n].kubelet && l.node[n].runtime_up)
				containers += check_node(&l, n);
		run_release(&r);
	}
	assert_true(containers > LOOKS / 2);
	scenario_release(&s);
}

static void test_tools_agree(void **state)
{
	static const char *const reboot = "failures=[{at: 2m, kind: reboot, node: worker-1, for: 60s}]";

	(void)state;
	check_tools("scenarios/lessons/docker-1-23.yaml", NULL);
	check_tools("scenarios/lessons/docker-1-23.yaml", reboot);
	check_tools("scenarios/lessons/containerd-1-24.yaml", NULL);
	check_tools("scenarios/lessons/containerd-1-24.yaml", reboot);
	check_tools("scenarios/lessons/containerd-1-24.yaml", "runtime=cri-o");
	check_tools("scenarios/lessons/containerd-1-24.yaml", "runtime=cri-dockerd");
	check_tools("scenarios/lessons/crash-loop.yaml", NULL);
	check_tools("scenarios/lessons/oom-one-container.yaml", NULL);
	check_tools("scenarios/lessons/sidecar-job.yaml", NULL);
	check_tools("scenarios/lessons/partition-heals-600s.yaml", NULL);
	check_tools("scenarios/lessons/kubelet-crash-long.yaml", NULL);
}

/* ---- belief and truth of one node that dies ---- */

static void test_dead_node(void **state)
{
	struct scenario s;
	struct hashed unused = {0};
	struct run r;

	(void)state;
	load(&s, "scenarios/lessons/node-dies.yaml", NULL);
	struct world *w = world_at(&r, &s, 1, SECONDS(330), subscribe, &unused, NULL);
	const struct look l = inspect_look(w);
	uint32_t on_it = 0;

	for (uint32_t p = 0; p < l.view->pod_count; p++) {
		if (l.view->pod[p].node != 1)
			continue;
		on_it++;
		assert_int_equal(l.pod[p].believed[0].state, LOOK_RUNNING);
		assert_true(l.pod[p].believed[0].ready);
		assert_int_equal(l.pod[p].truth[0].state, LOOK_TERMINATED);
		assert_true(l.pod[p].truth[0].end.lost);
		assert_int_equal(l.pod[p].truth[0].end.finished_at, SECONDS(300));
	}
	assert_int_equal(on_it, 4);
	assert_false(l.node[1].powered);
	assert_true(l.node[1].lease_renewed < SECONDS(301));
	assert_int_equal(l.view->nodes.row[1].ready, READY_TRUE);
	run_release(&r);
	scenario_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_is_the_same),
		cmocka_unit_test(test_belief),
		cmocka_unit_test(test_belief_after_partition),
		cmocka_unit_test(test_belief_of_each_container),
		cmocka_unit_test(test_tools_agree),
		cmocka_unit_test(test_dead_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
