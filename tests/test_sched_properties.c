/* test_sched_properties.c - what must hold for the scheduler on any cluster: random nodes, pods and constraints.
 * NODEFALL_SWARM_COUNT=N draws so many of each. */
#include "tests/load.h"
#include "tests/test.h"

#include <stdlib.h>

#include "models/cluster.h"
#include "models/sched_answer.h"
#include "models/sched_vectors.h"
#include "models/scheduler.h"
#include "models/world.h"

#ifdef NODEFALL_CHECK
#define DEFAULT_COUNT 150
#else
#define DEFAULT_COUNT 600
#endif

#define NODES_MAX 9

static uint64_t count_of(void)
{
	const char *text = getenv("NODEFALL_SWARM_COUNT");

	return text != NULL ? strtoull(text, NULL, 10) : DEFAULT_COUNT;
}

/* ---- random clusters as text ---- */

struct draw {
	struct rng rng;
	struct arena arena;
	uint32_t nodes;
	char *node[NODES_MAX]; /* documents; the last one is the node that is added */
	bool new_zone;         /* the added node is in a zone of its own */
	bool spreads, chooses; /* the pod has a hard constraint; a node selector or affinity */
	char *others, *pod;
};

static uint64_t below(struct draw *d, uint64_t n)
{
	return rng_below(&d->rng, n);
}

static bool chance(struct draw *d, uint32_t percent)
{
	return below(d, 100) < percent;
}

static char letter(struct draw *d, uint32_t n)
{
	return (char)('a' + below(d, n));
}

static void draw_node(struct draw *d, uint32_t i, char zone)
{
	struct text t;

	text_init(&t, &d->arena);
	text_printf(&t,
		    "---\n{apiVersion: v1, kind: Node, metadata: {name: n%u, labels: {kubernetes.io/hostname: n%u, "
		    "topology.kubernetes.io/zone: %c, disk: %c}}, spec: {unschedulable: %s, taints: [",
		    i, i, zone, letter(d, 2), chance(d, 5) ? "true" : "false");
	if (chance(d, 20))
		text_printf(&t, "{key: t, value: %c, effect: %s}", letter(d, 2),
			    chance(d, 50) ? "NoSchedule" : "PreferNoSchedule");
	text_printf(&t, "]}, status: {allocatable: {cpu: %u, memory: %uGi, pods: %u}}}\n", 1 + (unsigned)below(d, 4),
		    2 + (unsigned)below(d, 8), 3 + (unsigned)below(d, 8));
	d->node[i] = t.data;
}

static void draw_terms(struct draw *d, struct text *t)
{
	static const char *const keys[] = {"kubernetes.io/hostname", "topology.kubernetes.io/zone"};

	if (chance(d, 25))
		text_printf(
			t,
			"affinity: {%s: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: %s, "
			"labelSelector: {matchLabels: {app: %c}}}], preferredDuringSchedulingIgnoredDuringExecution: "
			"[{weight: %u, podAffinityTerm: {topologyKey: %s, labelSelector: {matchLabels: {app: "
			"%c}}}}]}}, ",
			chance(d, 50) ? "podAffinity" : "podAntiAffinity", keys[below(d, 2)], letter(d, 3),
			1 + (unsigned)below(d, 100), keys[below(d, 2)], letter(d, 3));
}

static void draw_choice(struct draw *d, struct text *t)
{
	d->chooses = chance(d, 20);
	if (d->chooses)
		text_printf(t, "nodeSelector: {disk: %c}, ", letter(d, 2));
	if (chance(d, 30))
		text_printf(t, "tolerations: [{key: t, operator: Equal, value: %c}], ", letter(d, 2));
	d->spreads = chance(d, 40);
	if (d->spreads || chance(d, 20))
		text_printf(t,
			    "topologySpreadConstraints: [{maxSkew: %u, topologyKey: topology.kubernetes.io/zone, "
			    "whenUnsatisfiable: %s, labelSelector: {matchLabels: {app: %c}}}], ",
			    1 + (unsigned)below(d, 2), d->spreads ? "DoNotSchedule" : "ScheduleAnyway", letter(d, 3));
}

static void pod_document(struct draw *d, struct text *t, const char *name, const char *where, uint32_t priority)
{
	text_printf(
		t,
		"---\n{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: %c}}, spec: {%s priority: %u, "
		"containers: [{name: c, image: i, resources: {requests: {cpu: %um, memory: %uMi}}, ports: [%s]}]}}\n",
		name, letter(d, 3), where, priority, 100 * (unsigned)below(d, 15), 128 * (unsigned)below(d, 12),
		chance(d, 15) ? "{containerPort: 80, hostPort: 80}" : "");
}

static void draw_pods(struct draw *d)
{
	struct text t, where;
	uint32_t count = (uint32_t)below(d, 14);

	text_init(&t, &d->arena);
	for (uint32_t i = 0; i < count; i++) {
		text_init(&where, &d->arena);
		text_printf(&where, "nodeName: n%u, ", (unsigned)below(d, d->nodes));
		draw_terms(d, &where);
		pod_document(d, &t, text_format(&d->arena, "p%u", i), where.data, 0);
	}
	d->others = t.data;
	text_init(&t, &d->arena);
	text_init(&where, &d->arena);
	draw_terms(d, &where);
	draw_choice(d, &where);
	pod_document(d, &t, "asked", where.data, chance(d, 50) ? 10 : 0);
	d->pod = t.data;
}

static void draw_all(struct draw *d, uint64_t seed)
{
	*d = (struct draw){.rng = rng_stream(seed, 0, 0, 0)};
	d->nodes = 2 + (uint32_t)below(d, NODES_MAX - 3);
	for (uint32_t i = 0; i < d->nodes; i++)
		draw_node(d, i, letter(d, 3));
	d->new_zone = chance(d, 50);
	/* Zones of the others may be missing one of a, b, c, so take the first node's where it must be known. */
	draw_node(d, d->nodes, 'z');
	draw_pods(d);
}

/* The input with its nodes in the given order. */
static char *input_of(struct draw *d, const uint32_t order[], uint32_t count)
{
	struct text t;

	text_init(&t, &d->arena);
	text_add(&t, "apiVersion: nodefall/v1\nkind: Scenario\nspec: {duration: 10m}\n");
	for (uint32_t i = 0; i < count; i++)
		text_add(&t, d->node[order[i]]);
	text_add(&t, d->others);
	text_add(&t, d->pod);
	return t.data;
}

/* ---- asking ---- */

struct asked {
	struct loaded loaded;
	struct run run;
	struct world *world;
	struct sched_question question;
	uint32_t pod;
	struct text json;
	struct yaml_docs docs;
};

static void ask(struct asked *a, const char *input)
{
	struct scenario *s = &a->loaded.scenario;

	memset(a, 0, sizeof(*a));
	load_text(&a->loaded, input, NULL, 0);
	if (a->loaded.result != 0)
		fail_msg("%s\n%s", a->loaded.said.data, input);
	a->pod = s->objects.pod_count - 1;
	a->world = world_settled(&a->run, s, 1, a->pod);
	assert_true(sched_question_init(&a->question, a->world, &a->run.arena, a->pod));
	text_init(&a->json, &a->run.arena);
	sched_answer_json(&a->question, &a->json);
	assert_true(yaml_read(&a->run.arena, &a->loaded.diag, "answer", a->json.data, a->json.length, &a->docs));
}

static void drop(struct asked *a)
{
	run_release(&a->run);
	unload(&a->loaded);
}

static const char *code_of(const struct asked *a, const char *node)
{
	const struct yaml_node *code = yaml_get(yaml_get(yaml_get(a->docs.root[0], "filter"), node), "code");

	return code != NULL ? code->text : "";
}

/* ---- properties ---- */

/* Of nodes that preemption holds to be equally good the first is named, which the order decides. */
static bool is_tie(const struct asked *a, const char *shown)
{
	const struct yaml_node *any = yaml_get(yaml_get(a->docs.root[0], "postfilter"), "nominatedAny");

	for (; *shown != '\0'; shown = strchr(shown, '\n') + 1)
		if (strncmp(shown, "  postfilter.nominated:", 23) != 0 &&
		    strncmp(shown, "  postfilter.victims:", 21) != 0)
			return false;
	return any != NULL && any->kind == YAML_LIST && any->count > 1;
}

static void test_order_does_not_matter(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= count_of(); seed++) {
		uint32_t order[NODES_MAX], mixed[NODES_MAX];
		struct asked a, b;
		struct text shown;
		struct draw d;

		draw_all(&d, seed);
		for (uint32_t i = 0; i < d.nodes; i++)
			order[i] = mixed[i] = i;
		for (uint32_t i = d.nodes; i > 1; i--) {
			uint32_t k = (uint32_t)below(&d, i), swap = mixed[k];

			mixed[k] = mixed[i - 1];
			mixed[i - 1] = swap;
		}
		ask(&a, input_of(&d, order, d.nodes));
		ask(&b, input_of(&d, mixed, d.nodes));
		text_init(&shown, &d.arena);
		if (sched_vector_compare(a.docs.root[0], b.docs.root[0], 50, &shown) > 0 && !is_tie(&a, shown.data))
			fail_msg("seed %u: %s", (unsigned)seed, shown.data);
		drop(&a);
		drop(&b);
		arena_release(&d.arena);
	}
}

/* Whether one more node may take the feasibility of others: as a new domain of a spread constraint, with no pods. */
static bool may_take(const struct draw *d)
{
	return d->spreads && (d->new_zone || d->chooses);
}

static void test_a_node_more_takes_nothing(void **state)
{
	uint32_t taken = 0, fitting = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= count_of(); seed++) {
		uint32_t order[NODES_MAX];
		struct asked a, b;
		struct draw d;

		draw_all(&d, seed);
		for (uint32_t i = 0; i <= d.nodes; i++)
			order[i] = i;
		if (!d.new_zone) {
			/* A second node like the first one, so no new domain. */
			d.node[d.nodes] = text_format(&d.arena, "%s", d.node[0]);
			for (char *c = d.node[d.nodes]; (c = strstr(c, "n0")) != NULL;)
				*++c = (char)('0' + d.nodes);
		}
		ask(&a, input_of(&d, order, d.nodes));
		ask(&b, input_of(&d, order, d.nodes + 1));
		for (uint32_t i = 0; i < d.nodes; i++) {
			char name[16];

			snprintf(name, sizeof(name), "n%u", i);
			if (strcmp(code_of(&a, name), "Success") != 0)
				continue;
			fitting++;
			if (strcmp(code_of(&b, name), "Success") == 0)
				continue;
			taken++;
			if (!may_take(&d))
				fail_msg("seed %u: %s no longer fits: %s", (unsigned)seed, name, b.json.data);
		}
		drop(&a);
		drop(&b);
		arena_release(&d.arena);
	}
	/* The exception happens, and not all the time. */
	assert_true(taken > 0 && fitting > 10 * taken);
}

struct columns {
	int64_t *number[5];
	int32_t *pods;
	uint32_t *first, nodes;
};

static struct columns copy_columns(const struct cluster *c, struct arena *a)
{
	int64_t *from[] = {c->cpu_used, c->mem_used, c->disk_used, c->score_cpu_used, c->score_mem_used};
	struct columns out = {.nodes = c->node_count};

	for (int i = 0; i < 5; i++) {
		out.number[i] = ARENA_NEW(a, c->node_count, int64_t);
		memcpy(out.number[i], from[i], c->node_count * sizeof(int64_t));
	}
	out.pods = ARENA_NEW(a, c->node_count, int32_t);
	memcpy(out.pods, c->pods_used, c->node_count * sizeof(int32_t));
	out.first = ARENA_NEW(a, c->node_count, uint32_t);
	for (uint32_t i = 0; i < c->node_count; i++)
		out.first[i] = c->node[i].first_pod;
	return out;
}

static bool same_columns(const struct columns *a, const struct columns *b)
{
	bool same = memcmp(a->pods, b->pods, a->nodes * sizeof(int32_t)) == 0 &&
		    memcmp(a->first, b->first, a->nodes * sizeof(uint32_t)) == 0;

	for (int i = 0; i < 5; i++)
		same &= memcmp(a->number[i], b->number[i], a->nodes * sizeof(int64_t)) == 0;
	return same;
}

/* Once warm, neither a search, with its scores and the pick, nor preemption's dry runs ask for more memory. */
static uint32_t takes_no_memory(struct asked *a)
{
	struct sched_preemption *p = &a->question.preemption;
	struct sched_framework *fw = a->question.fw;
	size_t used = 0, scratch = 0;

	fw->record = NULL;
	for (int i = 0; i < 200; i++) {
		bool found = framework_decide(fw, a->pod).node != NONE;

		p->arena = &a->run.scratch;
		if (!found)
			sched_preempt(fw, a->pod, p);
		if (i == 1) {
			used = a->run.arena.used_bytes;
			scratch = a->run.scratch.used_bytes;
		} else if (i > 1) {
			assert_int_equal(a->run.arena.used_bytes, used);
			assert_int_equal(a->run.scratch.used_bytes, scratch);
		}
		arena_empty(&a->run.scratch);
	}
	return 1;
}

/* Decided in the run as the question answers it; bound and removed again, everything is as before; and asking a
 * thousand times takes no memory. */
static void test_run_agrees_and_restores(void **state)
{
	uint32_t placed = 0, repeated[2] = {0, 0};

	(void)state;
	for (uint64_t seed = 1; seed <= count_of(); seed++) {
		uint32_t order[NODES_MAX];
		struct asked a;
		struct draw d;

		draw_all(&d, seed);
		for (uint32_t i = 0; i < d.nodes; i++)
			order[i] = i;
		ask(&a, input_of(&d, order, d.nodes));
		struct cluster *c = &a.world->cluster;
		const struct columns before = copy_columns(c, &d.arena);
		const struct yaml_node *winners = yaml_get(a.docs.root[0], "winners");
		struct sched_result r = scheduler_decide(a.world, a.pod);
		struct columns after = copy_columns(c, &d.arena);
		bool won = false;

		assert_true(same_columns(&before, &after));
		if (seed % 8 == 0)
			repeated[r.node != NONE] += takes_no_memory(&a);
		for (uint32_t i = 0; r.node != NONE && i < winners->count; i++)
			won |= strcmp(winners->item[i]->text,
				      names_text(&a.run.names, c->node[r.node].object->meta.name)) == 0;
		assert_int_equal(won, r.node != NONE);
		assert_int_equal(r.node == NONE, winners == NULL || yaml_is_null(winners));
		if (r.node != NONE) {
			placed++;
			cluster_pod_bind(c, a.pod, r.node, 1);
			after = copy_columns(c, &d.arena);
			assert_false(same_columns(&before, &after));
			cluster_pod_remove(c, a.pod);
			after = copy_columns(c, &d.arena);
			assert_true(same_columns(&before, &after));
		}
		drop(&a);
		arena_release(&d.arena);
	}
	assert_true(placed > count_of() / 3 && repeated[0] > 0 && repeated[1] > 0);
}

/* ---- whole runs ---- */

static const char busy[] =
	"apiVersion: nodefall/v1\nkind: Scenario\nspec:\n  duration: 20m\n  nodeGroups: [{name: n, count: 12, zones: "
	"[a, b, c]}]\n"
	"  failures: [{at: 5m, kind: node-crash, zone: a}]\n"
	"---\n{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 100}\n"
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 30, selector: "
	"{matchLabels: "
	"{app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i, resources: "
	"{requests: "
	"{cpu: 1}}}]}}}}\n"
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: top}, spec: {replicas: 6, selector: "
	"{matchLabels: "
	"{app: top}}, template: {metadata: {labels: {app: top}}, spec: {priorityClassName: high, containers: [{name: "
	"c, image: "
	"i, resources: {requests: {cpu: 2}}}]}}}}\n";

static uint64_t digest_of(struct loaded *l, uint64_t *facts)
{
	struct run r;
	uint64_t digest;

	world_run(&r, &l->scenario, 3, 0, true, NULL, NULL, NULL);
	digest = r.facts.digest;
	*facts = r.facts.count;
	run_release(&r);
	return digest;
}

static void test_explain_changes_nothing(void **state)
{
	struct loaded l;
	uint64_t plain, told, more;

	(void)state;
	load_text(&l, busy, NULL, 0);
	assert_int_equal(l.result, 0);
	const uint64_t digest = digest_of(&l, &plain);
	l.scenario.explain = names_intern(&l.scenario.names, "web");
	assert_true(digest_of(&l, &told) == digest);
	assert_true(told > plain);
	l.scenario.explain = names_intern(&l.scenario.names, "top");
	assert_true(digest_of(&l, &more) == digest);
	assert_true(more > plain);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_a_node_more_takes_nothing),
		cmocka_unit_test(test_run_agrees_and_restores),
		cmocka_unit_test(test_explain_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
