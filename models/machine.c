/* machine.c - machines that a cloud gives and takes while the run goes on (kubernetes-control-plane.md 3.8).
 *
 * An order takes a draw of latencies.nodeProvisioning until the machine boots; then its kubelet starts and registers
 * the Node (2.3), which becomes Ready after a draw of latencies.nodeReady. A name that was given back may be given
 * again: that is another machine, with no images but those its object lists.
 */
#include "models/machine.h"

#include "models/failure.h"
#include "models/heartbeat.h"
#include "models/image.h"
#include "models/kubelet.h"

struct machines {
	struct rng *node;
};

static bool machine_ordered(const void *model, uint32_t node)
{
	const struct world *w = model;
	const struct node_truth *t = &w->cluster.node_truth[node];

	return t->ordered || (t->machine && t->born > 0 && !w->cluster.node[node].exists);
}

static bool machine_gone(const void *model, uint32_t node)
{
	const struct world *w = model;

	return !w->cluster.node_truth[node].machine;
}

void machine_init(struct world *w)
{
	w->cluster.view.machine_gone = machine_gone;
	w->cluster.view.machine_ordered = machine_ordered;
	w->machines = ARENA_NEW(&w->run->arena, 1, struct machines);
	w->machines->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct rng);
	for (uint32_t i = 0; i < w->cluster.node_count; i++)
		w->machines->node[i] = run_stream(w->run, STREAM_MACHINE, i);
}

static void tell(struct world *w, enum fact_kind kind, uint32_t node, sim_time ready)
{
	const struct node_object *o = w->cluster.node[node].object;
	struct fact f = cluster_fact(&w->cluster, kind);

	f.node = node;
	f.object = o->group - 1; /* FACT_NONE without a group */
	f.a = ready;
	cluster_tell(&w->cluster, f);
}

void machine_on(struct world *w, uint32_t node)
{
	struct node_truth *t = &w->cluster.node_truth[node];
	sim_time boots;

	if (t->machine || t->ordered)
		return;
	boots = time_add(w->run->now, dist_draw(&w->scenario->latencies.node_provisioning, &w->machines->node[node]));
	t->ordered = true;
	t->order++;
	tell(w, FACT_MACHINE_ON, node, boots);
	world_schedule(w, boots, EVENT_MACHINE_BOOTS, node, t->order, 0);
}

void machine_off(struct world *w, uint32_t node)
{
	struct node_truth *t = &w->cluster.node_truth[node];

	if (!t->machine && !t->ordered)
		return;
	t->order++; /* what was ordered does not come */
	tell(w, FACT_MACHINE_OFF, node, 0);
	if (t->machine) {
		if (!heartbeat_silent(w, node))
			heartbeat_stop(w, node);
		t->machine = t->powered = t->kubelet = t->registers = false;
		kubelet_node_died(w, node);
	}
	t->ordered = false;
}

static void boot(struct world *w, uint32_t node)
{
	struct node_truth *t = &w->cluster.node_truth[node];

	t->ordered = false;
	t->machine = t->powered = t->kubelet = t->linked = true;
	t->born = w->run->now;
	t->failure = NONE;
	t->epoch++;
	failure_forget(w, node);
	image_forget(w, node);
	heartbeat_forget(w, node);
	kubelet_started(w, node, false);
}

/* Subject: node; epoch: the order. */
void machine_on_boot(struct world *w, const struct event *e)
{
	const struct node_truth *t = &w->cluster.node_truth[e->subject];

	if (e->epoch == t->order && t->ordered)
		boot(w, e->subject);
}

void machine_join(struct world *w, uint32_t node)
{
	struct node_truth *t = &w->cluster.node_truth[node];

	if (!t->machine) {
		t->order++;
		tell(w, FACT_MACHINE_ON, node, w->run->now);
		boot(w, node);
	} else if (t->kubelet && !w->cluster.node[node].exists) {
		/* Somebody makes the object of a kubelet that runs: its next status finds it. */
		t->registers = true;
		kubelet_notice_node(w, node);
	}
}
