/* failure.c - truth: what a failure does to machines, processes and links. Overlapping failures of a node add up.
 *
 * | kind                 | machine | kubelet | link | containers            |
 * | node-crash, reboot   | off     | off     | -    | gone                  |
 * | kubelet-stop         | on      | off     | -    | go on                 |
 * | partition            | on      | on      | cut  | go on                 |
 * | control-plane-outage | on      | on      | no API server | go on        |
 * Kubernetes-control-plane.md 1.2.
 */
#include "models/failure.h"

#include "models/api.h"
#include "models/heartbeat.h"
#include "models/kubelet.h"
#include "models/kubelet_steps.h"
#include "models/master.h"

/* How many failures hold each part of a node down, and since when it has not reached the API server. */
struct damage {
	uint32_t power, kubelet, link;
	bool rebooted; /* power was lost since the kubelet last ran */
	sim_time silent_since, last_beat;
};

struct failures {
	struct damage *node;
	sim_time api_down_since;
	uint32_t api_down;
};

void failure_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	w->failures = ARENA_NEW(&w->run->arena, 1, struct failures);
	w->failures->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct damage);
	for (uint32_t i = 0; i < s->failure_count; i++)
		world_schedule(w, s->failure[i].at, EVENT_FAILURE_STRIKES, i, 0, 0);
}

void failure_forget(struct world *w, uint32_t node)
{
	w->failures->node[node] = (struct damage){.silent_since = w->run->now, .last_beat = w->run->now};
}

static void tell(struct world *w, enum fact_kind kind, uint32_t failure, uint32_t node, int64_t a)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.object = failure;
	f.node = node;
	if (kind != FACT_NODE_BACK)
		f.flag = w->scenario->failure[failure].kind;
	else
		f.flag =
			w->failures->node[node].power + w->failures->node[node].kubelet + w->failures->node[node].link >
			0;
	f.a = a;
	cluster_tell(&w->cluster, f);
}

/* The node stops sending, if it still did. */
static void silence(struct world *w, uint32_t node, bool talked)
{
	struct damage *d = &w->failures->node[node];

	if (!talked)
		return;
	d->silent_since = w->run->now;
	d->last_beat = heartbeat_stop(w, node);
}

static void break_node(struct world *w, uint32_t failure, uint32_t node)
{
	enum failure_kind kind = (enum failure_kind)w->scenario->failure[failure].kind;
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	bool talked = kubelet_talks(w, node), ran = t->powered && t->kubelet, had_power = t->powered;

	if (!t->machine)
		return;
	d->power += kind == FAILURE_NODE_CRASH || kind == FAILURE_REBOOT;
	d->kubelet += kind == FAILURE_KUBELET_STOP;
	d->link += kind == FAILURE_PARTITION;
	t->powered = d->power == 0;
	t->kubelet = t->powered && d->kubelet == 0;
	t->linked = d->link == 0;
	t->failure = failure;
	d->rebooted |= !t->powered;
	silence(w, node, talked);
	tell(w, FACT_NODE_FAILED, failure, node, d->last_beat);
	if (had_power && !t->powered)
		kubelet_node_died(w, node);
	else if (ran && !t->kubelet)
		kubelet_stopped(w, node);
	else if (talked && !t->linked)
		kubelet_disconnected(w, node);
}

static void mend_node(struct world *w, uint32_t failure, uint32_t node)
{
	enum failure_kind kind = (enum failure_kind)w->scenario->failure[failure].kind;
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	bool ran = t->kubelet, was_linked = t->linked;

	if (!t->machine || t->born > w->scenario->failure[failure].at)
		return;
	d->power -= kind == FAILURE_NODE_CRASH || kind == FAILURE_REBOOT;
	d->kubelet -= kind == FAILURE_KUBELET_STOP;
	d->link -= kind == FAILURE_PARTITION;
	t->powered = d->power == 0;
	t->kubelet = t->powered && d->kubelet == 0;
	t->linked = d->link == 0;
	tell(w, FACT_NODE_BACK, failure, node, 0);
	if (t->kubelet && !ran) {
		kubelet_started(w, node, d->rebooted);
		d->rebooted = false;
	} else if (t->kubelet && t->linked && !was_linked && api_up(w)) {
		kubelet_reconnected(w, node, d->silent_since, true);
	}
}

static void stop_control_plane(struct world *w)
{
	struct failures *f = w->failures;

	if (f->api_down++ > 0)
		return;
	f->api_down_since = w->run->now;
	for (uint32_t n = 0; n < w->cluster.node_count; n++) {
		silence(w, n, kubelet_talks(w, n));
		kubelet_disconnected(w, n);
	}
	api_set_up(w, false);
	master_api_down(w);
}

static void restore_control_plane(struct world *w)
{
	struct failures *f = w->failures;

	if (--f->api_down > 0)
		return;
	api_set_up(w, true);
	master_api_up(w);
	for (uint32_t n = 0; n < w->cluster.node_count; n++)
		if (kubelet_talks(w, n))
			kubelet_reconnected(w, n, f->node[n].silent_since, false);
}

/* Subject: failure. */
void failure_on_strike(struct world *w, const struct event *e)
{
	const struct failure *f = &w->scenario->failure[e->subject];
	uint32_t machines = 0;

	for (uint32_t i = 0; i < f->node_count; i++)
		machines += w->cluster.node_truth[f->node[i]].machine;
	tell(w, FACT_FAILURE_STRUCK, e->subject, FACT_NONE, machines);
	if (f->kind == FAILURE_CONTROL_PLANE)
		stop_control_plane(w);
	for (uint32_t i = 0; i < f->node_count; i++)
		break_node(w, e->subject, f->node[i]);
	if (f->lasts != SIM_NEVER)
		world_schedule(w, time_add(w->run->now, f->lasts), EVENT_FAILURE_HEALS, e->subject, 0, 0);
}

/* Subject: failure. */
void failure_on_heal(struct world *w, const struct event *e)
{
	const struct failure *f = &w->scenario->failure[e->subject];

	tell(w, FACT_FAILURE_HEALED, e->subject, FACT_NONE, 0);
	if (f->kind == FAILURE_CONTROL_PLANE)
		restore_control_plane(w);
	for (uint32_t i = 0; i < f->node_count; i++)
		mend_node(w, e->subject, f->node[i]);
}
