/* failure.c - truth: what a failure does to machines, processes and links. Overlapping failures of a node add up.
 *
 * | kind                 | machine | kubelet | link | containers            |
 * | node-crash, reboot   | off     | off     | -    | gone                  |
 * | kubelet-stop         | on      | off     | -    | go on                 |
 * | partition            | on      | on      | cut  | go on                 |
 * | node-shutdown        | off, after the kubelet's graceful node shutdown where it is set up, as reboot is then |
 * | runtime-stop         | on      | on      | -    | by runtime            |
 * | control-plane-outage | on      | on      | no API server | go on        |
 * | master-crash, component-crash, component-stop, etcd-slow-disk: see plane.c and etcd.c |
 * Kubernetes-control-plane.md 1.2.
 */
#include "models/failure.h"

#include "models/api.h"
#include "models/heartbeat.h"
#include "models/kubelet.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"
#include "models/etcd.h"
#include "models/master.h"
#include "models/plane.h"

/* How many failures hold each part of a node down, and since when it has not reached the API server. */
struct damage {
	uint32_t power, kubelet, link, runtime;
	bool rebooted; /* power was lost since the kubelet last ran */
	sim_time silent_since, last_beat;
};

struct failures {
	struct damage *node;
	uint32_t *host; /* of each failure: mask of the hosts that it struck */
	uint32_t slow[SCENARIO_HOSTS_MAX];
};

void failure_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	w->failures = ARENA_NEW(&w->run->arena, 1, struct failures);
	w->failures->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct damage);
	w->failures->host = ARENA_NEW(&w->run->arena, s->failure_count, uint32_t);
	for (uint32_t i = 0; i < s->failure_count; i++)
		world_schedule(w, s->failure[i].at, EVENT_FAILURE_STRIKES, i, 0, 0);
}

void failure_forget(struct world *w, uint32_t node)
{
	shutdown_cancel(w, node);
	w->failures->node[node] = (struct damage){.silent_since = w->run->now, .last_beat = w->run->now};
	w->cluster.node_truth[node].runtime = true;
	w->cluster.node_truth[node].runtime_bad = false;
}

/* Whether the machine is asked to go down, rather than losing its power. */
static bool in_order(const struct world *w, enum failure_kind kind)
{
	const struct kubelet_settings *k = &w->scenario->kubelet;

	return kind == FAILURE_NODE_SHUTDOWN ||
	       (kind == FAILURE_REBOOT && (k->shutdown_grace > 0 || k->shutdown_priorities > 0));
}

static void tell(struct world *w, enum fact_kind kind, uint32_t failure, uint32_t node, int64_t a)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.object = failure;
	f.node = node;
	if (kind == FACT_NODE_FAILED && in_order(w, (enum failure_kind)w->scenario->failure[failure].kind))
		f.flag = FAILURE_NODE_SHUTDOWN;
	else if (kind != FACT_NODE_BACK)
		f.flag = w->scenario->failure[failure].kind;
	else
		f.flag = w->failures->node[node].power + w->failures->node[node].kubelet +
				 w->failures->node[node].link + w->failures->node[node].runtime >
			 0;
	f.a = a;
	cluster_tell(&w->cluster, f);
}

static void silence(struct world *w, uint32_t node, bool talked)
{
	struct damage *d = &w->failures->node[node];

	if (!talked)
		return;
	d->silent_since = w->run->now;
	d->last_beat = heartbeat_stop(w, node);
}

void failure_silence(struct world *w, uint32_t node)
{
	silence(w, node, kubelet_talks(w, node));
}

sim_time failure_last_beat(const struct world *w, uint32_t node)
{
	return w->failures->node[node].last_beat;
}

sim_time failure_silent_since(const struct world *w, uint32_t node)
{
	return w->failures->node[node].silent_since;
}

static void break_runtime(struct world *w, uint32_t failure, uint32_t node)
{
	tell(w, FACT_NODE_FAILED, failure, node, w->run->now);
	if (w->failures->node[node].runtime++ > 0)
		return;
	w->cluster.node_truth[node].runtime = false;
	kubelet_runtime_stopped(w, node);
}

static void mend_runtime(struct world *w, uint32_t failure, uint32_t node)
{
	bool back = --w->failures->node[node].runtime == 0;

	tell(w, FACT_NODE_BACK, failure, node, 0);
	if (!back)
		return;
	w->cluster.node_truth[node].runtime = true;
	kubelet_runtime_started(w, node);
}

void failure_power_off(struct world *w, uint32_t node, uint32_t failure)
{
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	bool talked = kubelet_talks(w, node), had_power = t->powered;

	d->power++;
	t->powered = t->kubelet = false;
	d->rebooted = true;
	silence(w, node, talked);
	tell(w, FACT_NODE_OFF, failure, node, 0);
	if (had_power)
		kubelet_node_died(w, node);
}

/* The machine goes down in order: its kubelet may hold it up until the pods have ended. */
static void shut_down(struct world *w, uint32_t failure, uint32_t node)
{
	w->cluster.node_truth[node].failure = failure;
	tell(w, FACT_NODE_FAILED, failure, node, w->run->now);
	if (!shutdown_begin(w, node, failure))
		failure_power_off(w, node, failure);
}

static void break_node(struct world *w, uint32_t failure, uint32_t node)
{
	enum failure_kind kind = (enum failure_kind)w->scenario->failure[failure].kind;
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	bool ran = t->powered && t->kubelet, had_power = t->powered;

	if (!t->machine)
		return;
	if (shutdown_goes_on(w, node) && kind != FAILURE_PARTITION && kind != FAILURE_RUNTIME_STOP)
		failure_power_off(w, node, t->failure); /* whatever else strikes ends its way down */
	if (in_order(w, kind)) {
		shut_down(w, failure, node);
		return;
	}
	bool talked = kubelet_talks(w, node);
	d->power += kind == FAILURE_NODE_CRASH || kind == FAILURE_REBOOT;
	d->kubelet += kind == FAILURE_KUBELET_STOP;
	d->link += kind == FAILURE_PARTITION;
	t->powered = d->power == 0;
	t->kubelet = t->powered && d->kubelet == 0;
	t->linked = d->link == 0;
	t->failure = failure;
	d->rebooted |= !t->powered;
	if (kind == FAILURE_RUNTIME_STOP) {
		break_runtime(w, failure, node);
		return;
	}
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
	if (kind == FAILURE_RUNTIME_STOP) {
		mend_runtime(w, failure, node);
		return;
	}

	if (shutdown_goes_on(w, node) && t->failure == failure) { /* called off before it was down */
		shutdown_cancel(w, node);
		tell(w, FACT_NODE_BACK, failure, node, 0);
		kubelet_notice_node(w, node);
		return;
	}
	d->power -= kind == FAILURE_NODE_CRASH || kind == FAILURE_REBOOT || kind == FAILURE_NODE_SHUTDOWN;
	d->kubelet -= kind == FAILURE_KUBELET_STOP;
	d->link -= kind == FAILURE_PARTITION;
	t->powered = d->power == 0;
	t->kubelet = t->powered && d->kubelet == 0;
	t->linked = d->link == 0;
	tell(w, FACT_NODE_BACK, failure, node, 0);
	if (t->kubelet && !ran) {
		kubelet_started(w, node, d->rebooted);
		d->rebooted = false;
	} else if (t->kubelet && t->linked && !was_linked && plane_node_served(w, node)) {
		kubelet_reconnected(w, node, d->silent_since, true);
	}
}

/* Whom a failure of masters strikes: those named, or who leads now. */
static uint32_t hosts_of(const struct world *w, const struct failure *f)
{
	uint32_t leader;

	if (f->leader == 0)
		return f->masters;
	leader = f->leader - 1 == COMPONENT_ETCD ? etcd_leader_host(w)
						 : master_leader(w, (enum component)(f->leader - 1));
	return leader == NONE ? 0 : 1u << leader;
}

static void slow_disk(struct world *w, uint32_t mask, double factor)
{
	for (uint32_t h = 0; h < scenario_hosts(w->scenario); h++) {
		if (!(mask >> h & 1))
			continue;
		w->failures->slow[h] += factor > 1 ? 1 : UINT32_MAX;
		/* Of several at once the last one's factor counts until all are over. */
		if (factor > 1 || w->failures->slow[h] == 0)
			etcd_disk(w, h, factor);
	}
	plane_changed(w);
}

/* Breaks or mends what a failure does to masters. */
static void strike_masters(struct world *w, uint32_t failure, bool down)
{
	const struct failure *f = &w->scenario->failure[failure];
	uint32_t *mask = &w->failures->host[failure];

	if (down)
		*mask = hosts_of(w, f);
	switch ((enum failure_kind)f->kind) {
	case FAILURE_CONTROL_PLANE:
		plane_outage(w, down);
		break;
	case FAILURE_MASTER_CRASH:
		plane_power(w, *mask, down);
		break;
	case FAILURE_COMPONENT_STOP:
		plane_stop(w, *mask, (enum component)f->component, down);
		break;
	case FAILURE_COMPONENT_CRASH:
		for (uint32_t h = 0; down && h < SCENARIO_HOSTS_MAX; h++)
			if (*mask >> h & 1)
				plane_crash(w, h, (enum component)f->component);
		break;
	case FAILURE_ETCD_SLOW_DISK:
		slow_disk(w, *mask, down ? f->factor : 1);
		break;
	case FAILURE_PARTITION:
		if (f->masters != 0 && f->node_count > 0)
			plane_cut_nodes(w, *mask, f->node, f->node_count, down);
		else if (f->masters != 0)
			plane_cut_masters(w, *mask, down);
		break;
	default:
		break;
	}
}

/* A partition from some masters only leaves the nodes' own links alone. */
static uint32_t nodes_of(const struct failure *f)
{
	return f->masters != 0 ? 0 : f->node_count;
}

/* Subject: failure. */
void failure_on_strike(struct world *w, const struct event *e)
{
	const struct failure *f = &w->scenario->failure[e->subject];
	uint32_t machines = 0;

	for (uint32_t i = 0; i < f->node_count; i++)
		machines += w->cluster.node_truth[f->node[i]].machine;
	tell(w, FACT_FAILURE_STRUCK, e->subject, FACT_NONE, machines);
	strike_masters(w, e->subject, true);
	for (uint32_t i = 0; i < nodes_of(f); i++)
		break_node(w, e->subject, f->node[i]);
	if (f->lasts != SIM_NEVER)
		world_schedule(w, time_add(w->run->now, f->lasts), EVENT_FAILURE_HEALS, e->subject, 0, 0);
}

/* Subject: failure. */
void failure_on_heal(struct world *w, const struct event *e)
{
	const struct failure *f = &w->scenario->failure[e->subject];

	tell(w, FACT_FAILURE_HEALED, e->subject, FACT_NONE, 0);
	strike_masters(w, e->subject, false);
	for (uint32_t i = 0; i < nodes_of(f); i++)
		mend_node(w, e->subject, f->node[i]);
}
