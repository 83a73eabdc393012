/* failure.c - truth: what a failure does to machines, processes and links. Overlapping failures of a node add up.
 *
 * | kind                 | machine | kubelet | link | containers            |
 * | node-crash, reboot   | off     | off     | -    | gone                  |
 * | kubelet-stop         | on      | off     | -    | go on                 |
 * | partition            | on      | on      | cut  | go on                 |
 * | node-shutdown        | off, after the kubelet's graceful node shutdown where it is set up, as reboot is then |
 * | runtime-stop         | on      | on      | -    | by runtime            |
 * | disk-failure         | off     | off     | -    | gone, pulled images too |
 * | spot-interruption    | taken by the cloud | | | gone                   |
 * | control-plane-outage | on      | on      | no API server | go on        |
 * | master-crash, component-crash, component-stop, etcd-slow-disk: see failure_masters.c |
 * Kubernetes-control-plane.md 1.2.
 */
#include "models/failure_parts.h"

#include "models/action.h"
#include "models/api.h"
#include "models/heartbeat.h"
#include "models/kubelet.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"
#include "models/image.h"
#include "models/machine.h"
#include "models/plane.h"

/* How many failures hold each part of a node down, and since when it has not reached the API server. */
struct damage {
	uint32_t power, kubelet, link, runtime;
	bool rebooted; /* power was lost since the kubelet last ran */
	uint8_t kind;  /* enum failure_kind of the failure that struck it last */
	sim_time silent_since, last_beat;
	/* A reboot whose time was over before the machine was down: it is off for that time all the same. */
	struct {
		bool on;
		uint32_t row;
		sim_time at, lasts;
	} late;
};

struct failures {
	struct damage *node;
	uint32_t *host; /* of each failure of the script: mask of the hosts that it struck */
};

void failure_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	w->failures = ARENA_NEW(&w->run->arena, 1, struct failures);
	w->failures->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct damage);
	w->failures->host = ARENA_NEW(&w->run->arena, s->failure_count, uint32_t);
	failure_masters_init(w);
	for (uint32_t i = 0; i < s->failure_count; i++)
		world_schedule(w, s->failure[i].at, EVENT_FAILURE_STRIKES, i, 0, 0);
	failure_processes_init(w);
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

static void tell(struct world *w, enum fact_kind kind, const struct failure *failure, uint32_t row, uint32_t node,
		 int64_t a)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.object = row;
	f.node = node;
	if (kind == FACT_NODE_FAILED && in_order(w, (enum failure_kind)failure->kind))
		f.flag = FAILURE_NODE_SHUTDOWN;
	else if (kind != FACT_NODE_BACK)
		f.flag = failure->kind;
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

enum failure_kind failure_last_kind(const struct world *w, uint32_t node)
{
	return (enum failure_kind)w->failures->node[node].kind;
}

sim_time failure_silent_since(const struct world *w, uint32_t node)
{
	return w->failures->node[node].silent_since;
}

static void break_runtime(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	tell(w, FACT_NODE_FAILED, f, row, node, w->run->now);
	if (w->failures->node[node].runtime++ > 0)
		return;
	w->cluster.node_truth[node].runtime = false;
	kubelet_runtime_stopped(w, node);
}

static void mend_runtime(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	bool back = --w->failures->node[node].runtime == 0;

	tell(w, FACT_NODE_BACK, f, row, node, 0);
	if (!back)
		return;
	w->cluster.node_truth[node].runtime = true;
	kubelet_runtime_started(w, node);
}

/* Counts a failure in, or out with sign -1, and what follows of it all. */
static void count(struct world *w, const struct failure *f, uint32_t node, int sign)
{
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];

	if (f->kind == FAILURE_KUBELET_STOP)
		d->kubelet += (uint32_t)sign;
	else if (f->kind == FAILURE_PARTITION)
		d->link += (uint32_t)sign;
	else if (failure_takes_power(f->kind) || f->kind == FAILURE_NODE_SHUTDOWN)
		d->power += (uint32_t)sign;
	t->powered = d->power == 0;
	t->kubelet = t->powered && d->kubelet == 0;
	t->linked = d->link == 0;
}

static void struck(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	w->cluster.node_truth[node].failure = row;
	w->failures->node[node].kind = f->kind;
}

/* The cloud takes the machine; what else had struck it goes with it. */
static void take_machine(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	silence(w, node, kubelet_talks(w, node));
	struck(w, f, row, node);
	tell(w, FACT_NODE_FAILED, f, row, node, w->failures->node[node].last_beat);
	machine_off(w, node);
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
	tell(w, FACT_NODE_OFF, &(struct failure){.kind = d->kind}, failure, node, 0);
	if (had_power)
		kubelet_node_died(w, node);
	if (d->late.on)
		world_schedule(w, time_add(w->run->now, d->late.lasts), EVENT_NODE_RETURNS, node, d->late.row, 0);
}

/* The machine goes down in order: its kubelet may hold it up until the pods have ended. */
static void shut_down(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	struck(w, f, row, node);
	tell(w, FACT_NODE_FAILED, f, row, node, w->run->now);
	if (!shutdown_begin(w, node, row))
		failure_power_off(w, node, row);
}

static void break_node(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	if (!t->machine)
		return;
	/* Whatever else strikes ends its way down. */
	if (shutdown_goes_on(w, node) && f->kind != FAILURE_PARTITION && f->kind != FAILURE_RUNTIME_STOP)
		failure_power_off(w, node, shutdown_failure(w, node));
	bool ran = t->powered && t->kubelet, had_power = t->powered;
	if (f->kind == FAILURE_SPOT_INTERRUPTION) {
		take_machine(w, f, row, node);
		return;
	}
	if (in_order(w, (enum failure_kind)f->kind)) {
		shut_down(w, f, row, node);
		return;
	}
	bool talked = kubelet_talks(w, node);
	count(w, f, node, 1);
	struck(w, f, row, node);
	d->rebooted |= !t->powered;
	if (f->kind == FAILURE_RUNTIME_STOP) {
		break_runtime(w, f, row, node);
		return;
	}
	silence(w, node, talked);
	tell(w, FACT_NODE_FAILED, f, row, node, d->last_beat);
	if (had_power && !t->powered)
		kubelet_node_died(w, node);
	else if (ran && !t->kubelet)
		kubelet_stopped(w, node);
	else if (talked && !t->linked)
		kubelet_disconnected(w, node);
}

/* Its time is over before the machine is down: a shutdown is called off, a reboot goes on. */
static void heal_early(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	struct damage *d = &w->failures->node[node];

	if (f->kind == FAILURE_REBOOT) {
		d->late.on = true;
		d->late.row = row;
		d->late.at = f->at;
		d->late.lasts = f->lasts;
		return;
	}
	shutdown_cancel(w, node);
	tell(w, FACT_NODE_BACK, f, row, node, 0);
	kubelet_notice_node(w, node);
}

static void mend_node(struct world *w, const struct failure *f, uint32_t row, uint32_t node)
{
	struct damage *d = &w->failures->node[node];
	struct node_truth *t = &w->cluster.node_truth[node];
	bool ran = t->kubelet, was_linked = t->linked;

	if (f->kind == FAILURE_SPOT_INTERRUPTION && !t->machine && t->failure == row) {
		machine_join(w, node);
		tell(w, FACT_NODE_BACK, f, row, node, 0);
		return;
	}
	if (!t->machine || t->born > f->at || f->kind == FAILURE_SPOT_INTERRUPTION)
		return;
	if (f->kind == FAILURE_RUNTIME_STOP) {
		mend_runtime(w, f, row, node);
		return;
	}
	if (shutdown_goes_on(w, node) && shutdown_failure(w, node) == row) {
		heal_early(w, f, row, node);
		return;
	}
	count(w, f, node, -1);
	if (f->kind == FAILURE_DISK)
		image_forget(w, node);
	tell(w, FACT_NODE_BACK, f, row, node, 0);
	if (t->kubelet && !ran) {
		kubelet_started(w, node, d->rebooted);
		d->rebooted = false;
	} else if (t->kubelet && t->linked && !was_linked && plane_node_served(w, node)) {
		kubelet_reconnected(w, node, d->silent_since, true);
	}
}

/* A partition from some masters only leaves the nodes' own links alone. */
static uint32_t nodes_of(const struct failure *f)
{
	return f->masters != 0 ? 0 : f->node_count;
}

void failure_begin(struct world *w, const struct failure *f, uint32_t row, uint32_t *hosts, uint32_t origin,
		   uint32_t subject)
{
	struct fact fact = cluster_fact(&w->cluster, FACT_FAILURE_STRUCK);

	fact.object = row;
	fact.flag = f->kind;
	for (uint32_t i = 0; i < f->node_count; i++)
		fact.a += w->cluster.node_truth[f->node[i]].machine;
	fact.b = origin;
	fact.c = subject;
	cluster_tell(&w->cluster, fact);
	failure_strike_masters(w, f, hosts, true);
	for (uint32_t i = 0; i < nodes_of(f); i++)
		break_node(w, f, row, f->node[i]);
}

void failure_end(struct world *w, const struct failure *f, uint32_t row, uint32_t hosts)
{
	tell(w, FACT_FAILURE_HEALED, f, row, FACT_NONE, 0);
	failure_strike_masters(w, f, &hosts, false);
	for (uint32_t i = 0; i < nodes_of(f); i++)
		mend_node(w, f, row, f->node[i]);
}

void failure_announce(struct world *w, const struct failure *f, uint32_t row, sim_time at)
{
	static const struct drain_order order = {.force = true};

	for (uint32_t i = 0; i < f->node_count; i++) {
		if (!w->cluster.node_truth[f->node[i]].machine)
			continue;
		tell(w, FACT_NODE_NOTICE, f, row, f->node[i], at);
		if (f->handler == HANDLER_DRAIN)
			drain_order(w, f->node[i], &order);
	}
}

/* Subject: failure of the script; arg: 1 when it was announced and the machine goes now. */
void failure_on_strike(struct world *w, const struct event *e)
{
	const struct failure *f = &w->scenario->failure[e->subject];

	if (f->notice > 0 && e->arg == 0) {
		const sim_time at = time_add(w->run->now, f->notice);

		failure_announce(w, f, e->subject, at);
		world_schedule(w, at, EVENT_FAILURE_STRIKES, e->subject, 0, 1);
		return;
	}
	failure_begin(w, f, e->subject, &w->failures->host[e->subject], 0, 0);
	if (f->lasts != SIM_NEVER)
		world_schedule(w, time_add(w->run->now, f->lasts), EVENT_FAILURE_HEALS, e->subject, 0, 0);
}

/* Subject: failure of the script. */
void failure_on_heal(struct world *w, const struct event *e)
{
	failure_end(w, &w->scenario->failure[e->subject], e->subject, w->failures->host[e->subject]);
}

/* Subject: node; epoch: row of the reboot that came late. */
void failure_on_return(struct world *w, const struct event *e)
{
	struct damage *d = &w->failures->node[e->subject];
	const struct failure f = {.kind = FAILURE_REBOOT, .at = d->late.at};

	if (!d->late.on || d->late.row != e->epoch)
		return;
	d->late.on = false;
	mend_node(w, &f, e->epoch, e->subject);
}
