/* kubelet_runtime.c - the container runtime under each kubelet: how long its steps take, and what its daemon's absence
 * does (kubernetes-control-plane.md 1.2; orchestrators-runtimes-costs.md 3.4).
 *
 * While the daemon is down the kubelet starts, stops and sees nothing; probes are taken to rest as well, as those of
 * kind exec must. Containers that shims own run on; dockerd takes its own down with it unless live-restore is on.
 */
#include "models/image.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_steps.h"
#include "models/runtime.h"

/* The runtime counts as down 30 s after its last good check; checks come every 5 s (1.1). */
#define RUNTIME_DEADLINE SECONDS(30)
#define RUNTIME_CHECK SECONDS(5)
/* dockerd's shutdown timeout, after which it kills (3.4). */
#define DOCKER_STOP SECONDS(15)
/* A sync that fails is tried again after 10 s with jitter factor 0.5 (5.2). */
#define SYNC_RETRY SECONDS(10)

struct stack {
	const struct runtime *runtime;
	struct runtime_steps steps;
};

struct runtimes_of {
	struct stack stack[RUNTIMES_MAX];
	uint8_t *node; /* by node: row of stack */
	bool *asked;   /* the input says which: its steps count */
	uint32_t *epoch;
	struct rng *rng;
};

static uint8_t stack_of(const struct world *w, const struct node_object *o, bool *asked)
{
	uint32_t name = o->runtime != 0 ? o->runtime : w->scenario->runtime;
	const struct runtime *r =
		name != 0 ? runtime_find(names_text(&w->run->names, name)) : runtime_default(w->scenario->kubernetes);
	uint8_t i = 0;

	*asked = name != 0;
	while (runtimes[i] != r)
		i++;
	return i;
}

void kubelet_runtime_init(struct world *w)
{
	struct arena *a = &w->run->arena;
	uint32_t nodes = w->cluster.node_count;
	struct runtimes_of *r = ARENA_NEW(a, 1, struct runtimes_of);

	w->runtimes = r;
	for (int i = 0; runtimes[i] != NULL && i < RUNTIMES_MAX; i++)
		r->stack[i] = (struct stack){runtimes[i], runtime_steps(runtimes[i])};
	r->node = ARENA_NEW(a, nodes, uint8_t);
	r->asked = ARENA_NEW(a, nodes, bool);
	r->epoch = ARENA_NEW(a, nodes, uint32_t);
	r->rng = ARENA_NEW(a, nodes, struct rng);
	for (uint32_t n = 0; n < nodes; n++) {
		w->cluster.node_truth[n].runtime = true;
		r->node[n] = stack_of(w, w->cluster.node[n].object, &r->asked[n]);
		r->rng[n] = run_stream(w->run, STREAM_RUNTIME, n);
	}
}

static const struct stack *stack(const struct world *w, uint32_t node)
{
	return &w->runtimes->stack[w->runtimes->node[node]];
}

const struct runtime *kubelet_runtime_of(const struct world *w, uint32_t node)
{
	return stack(w, node)->runtime;
}

sim_time runtime_sandbox_takes(struct world *w, uint32_t pod)
{
	uint32_t node = w->cluster.pod[pod].node;

	if (!w->runtimes->asked[node])
		return life_draw(w, pod, &w->scenario->latencies.sandbox);
	return time_add(life_draw(w, pod, &stack(w, node)->steps.sandbox),
			life_draw(w, pod, &stack(w, node)->steps.cni));
}

sim_time runtime_start_takes(struct world *w, uint32_t pod)
{
	uint32_t node = w->cluster.pod[pod].node;
	const struct latencies *l = &w->scenario->latencies;

	if (w->runtimes->asked[node])
		return life_draw(w, pod, &stack(w, node)->steps.start);
	sim_time create = life_draw(w, pod, &l->container_create);
	return time_add(create, life_draw(w, pod, &l->container_start));
}

sim_time runtime_stop_takes(struct world *w, uint32_t pod)
{
	uint32_t node = w->cluster.pod[pod].node;

	return w->runtimes->asked[node] ? life_draw(w, pod, &stack(w, node)->steps.stop) : 0;
}

bool kubelet_works(const struct world *w, uint32_t node)
{
	return w->cluster.node_truth[node].kubelet && w->cluster.node_truth[node].runtime;
}

/* The kubelet's view changes, and its status loop writes it. */
static void judge_at(struct world *w, uint32_t node, sim_time after, bool good)
{
	struct rng *r = &w->runtimes->rng[node];
	double loop = (double)w->scenario->timers.node_status_update_frequency;

	after += (sim_time)(rng_unit(r) * (double)RUNTIME_CHECK) + (sim_time)(rng_unit(r) * loop);
	world_schedule(w, w->run->now + after, EVENT_NODE_RUNTIME, node, ++w->runtimes->epoch[node], good);
}

/* Subject: node; arg: 1 when the kubelet finds its runtime again. */
void kubelet_on_runtime(struct world *w, const struct event *e)
{
	struct node_truth *n = &w->cluster.node_truth[e->subject];

	if (e->epoch != w->runtimes->epoch[e->subject] || !n->kubelet)
		return;
	n->runtime_bad = e->arg == 0;
	kubelet_report_node(w, e->subject);
}

void kubelet_runtime_looked(struct world *w, uint32_t node)
{
	w->runtimes->epoch[node]++;
	w->cluster.node_truth[node].runtime_bad = !w->cluster.node_truth[node].runtime;
}

static void docker_stops(struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	for (uint32_t i = 0; t->container != NULL && i < spec_containers(w->cluster.pod[pod].spec); i++) {
		uint8_t code;

		if (t->container[i].state != CONTAINER_RUNNING)
			continue;
		sim_time takes = container_stop_takes(w, pod, i, DOCKER_STOP, &code);
		container_signal(w, pod, i, takes, code, REASON_ERROR);
	}
}

void kubelet_runtime_stopped(struct world *w, uint32_t node)
{
	bool stops = stack(w, node)->runtime->on_stop == RUNTIME_STOPS_CONTAINERS && !w->scenario->live_restore;

	image_abort(w, node);
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		life_void(w, p);
		if (stops)
			docker_stops(w, p);
	}
	if (w->cluster.node_truth[node].kubelet)
		judge_at(w, node, RUNTIME_DEADLINE, false);
	pressure_changed(w, node); /* the kernel goes on */
}

/* What a pod's kubelet takes up again. */
static void resume(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	double retry = (double)SYNC_RETRY * (1 + 0.5 * rng_unit(&t->rng)) * rng_unit(&t->rng);

	if (t->stage == STAGE_NONE || t->stage == STAGE_STOPPED)
		return;
	if (t->stage == STAGE_SETUP || t->stage == STAGE_SANDBOX)
		t->stage = STAGE_NONE;
	else if (t->stage == STAGE_STOPPING && !t->ending)
		t->stage = t->running ? STAGE_RUNNING : STAGE_CONTAINERS; /* it is stopped again */
	else if (t->ending)
		life_finish(w, pod, t->failed);
	if (t->stage < STAGE_CONTAINERS || t->stage > STAGE_READY)
		return;
	for (uint32_t i = 0; i < spec_containers(w->cluster.pod[pod].spec); i++) {
		probe_resume(w, pod, i);
		if (t->container[i].state == CONTAINER_WAITING && t->container[i].due > w->run->now)
			step_in(w, pod, STEP_WAKE, t->container[i].due - w->run->now); /* its back-off goes on */
	}
	life_notice(w, pod);
	step_in(w, pod, STEP_WAKE, (sim_time)retry);
}

void kubelet_runtime_started(struct world *w, uint32_t node)
{
	struct node_truth *n = &w->cluster.node_truth[node];

	if (!n->kubelet)
		return;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		resume(w, p);
	judge_at(w, node, 0, true);
	image_runtime_started(w, node);
	life_use_changed(w, node);
	/* What the kubelet has learned meanwhile it does now. */
	if (n->watching)
		world_schedule(w, w->run->now, EVENT_NODE_RECONNECTS, node, n->epoch, 0);
}
