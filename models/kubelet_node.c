/* kubelet_node.c - what a kubelet tells of its node: registration, conditions, and lease, status and pod watch as they
 * come back after a silence. */
#include "models/kubelet.h"

#include "models/api.h"
#include "models/heartbeat.h"
#include "models/image.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"

/* Lease renewals that fail are tried again after 200 ms doubling to 7 s; a call that hangs ends after 10 s (1.1). */
#define LEASE_RETRY_FIRST MILLIS(200)
#define LEASE_RETRY_MAX SECONDS(7)
#define CALL_HANGS SECONDS(10)
/* client-go reflector: 0.8 s doubling to 30 s, each with jitter factor 1.0 (tools/cache/reflector.go). */
#define WATCH_RETRY_FIRST MILLIS(800)
#define WATCH_RETRY_MAX SECONDS(30)

enum report { REPORT_LEASE, REPORT_STATUS };

static void report_at(struct world *w, uint32_t node, enum report what, sim_time at)
{
	world_schedule(w, at, EVENT_NODE_REPORTS, node, w->cluster.node_truth[node].epoch, what);
}

static enum node_ready ready_of(const struct world *w, uint32_t node)
{
	return w->cluster.node_truth[node].runtime_bad || shutdown_goes_on(w, node) ? READY_FALSE : READY_TRUE;
}

/* The conditions as the kubelet holds them, as the number of API_NODE_STATUS. */
static int64_t conditions_of(const struct world *w, uint32_t node)
{
	return ready_of(w, node) | pressure_conditions(w, node) << 8 | shutdown_goes_on(w, node) << 16;
}

static bool conditions_known(const struct world *w, uint32_t node)
{
	const struct node *n = &w->cluster.node[node];

	return (n->ready | n->conditions << 8) == (conditions_of(w, node) & 0xffff);
}

void kubelet_report_node(struct world *w, uint32_t node)
{
	struct api_call call = api_call(API_NODE_STATUS);

	call.node = node;
	call.number = conditions_of(w, node);
	if (!conditions_known(w, node) && kubelet_talks(w, node) && !heartbeat_silent(w, node))
		kubelet_send(w, &call);
}

/* The status loop compares the Node in the API with its own view and writes at its next tick (1.1). One that is on its
 * way back from a silence has its report scheduled already. */
void kubelet_notice_node(struct world *w, uint32_t node)
{
	double period = (double)w->scenario->timers.node_status_update_frequency;

	if (conditions_known(w, node) || !kubelet_talks(w, node) || heartbeat_silent(w, node))
		return;
	report_at(w, node, REPORT_STATUS, w->run->now + (sim_time)(rng_unit(&w->kubelets->node[node]) * period));
}

/*
 * Whether the kubelet has to make its Node object: only once after its start (registerWithAPIServer in
 * pkg/kubelet/kubelet_node_status.go), so a Node deleted under a kubelet that runs stays away, and its status updates
 * fail, until the kubelet starts again. Ready follows after a draw of nodeReady.
 */
static bool registers(struct world *w, uint32_t node)
{
	struct node_truth *t = &w->cluster.node_truth[node];

	if (!t->registers)
		return false;
	if (w->cluster.node[node].exists) {
		t->registers = false;
		return false;
	}
	/* A little later than the answer comes, at least. */
	report_at(w, node, REPORT_STATUS,
		  time_add(w->run->now + MILLIS(100),
			   dist_draw(&w->scenario->latencies.node_ready, &w->kubelets->node[node])));
	return true;
}

/* Subject: node; arg: enum report. */
void kubelet_on_report(struct world *w, const struct event *e)
{
	struct api_call call = api_call(API_NODE_STATUS);

	if (e->epoch != w->cluster.node_truth[e->subject].epoch || !kubelet_talks(w, e->subject))
		return;
	heartbeat_resume(w, e->subject);
	call.node = e->subject;
	if (e->arg == REPORT_STATUS && registers(w, e->subject))
		call.verb = API_NODE_REGISTER;
	call.number = conditions_of(w, e->subject);
	if (e->arg == REPORT_STATUS)
		kubelet_send(w, &call);
}

static bool has_static_pods(const struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		if (w->cluster.pod[p].spec->is_static)
			return true;
	return false;
}

void kubelet_started(struct world *w, uint32_t node, bool rebooted)
{
	struct node_truth *n = &w->cluster.node_truth[node];
	sim_time up = time_add(w->run->now, dist_draw(&w->scenario->latencies.kubelet_start, &w->kubelets->node[node]));

	n->restarted = n->registers = true;
	n->rebooted |= rebooted;
	kubelet_runtime_looked(w, node);
	image_kubelet_started(w, node);
	if (has_static_pods(w, node))
		world_schedule(w, up, EVENT_NODE_STATIC, node, n->epoch, 0);
	report_at(w, node, REPORT_STATUS, up);
	world_schedule(w, up, EVENT_NODE_RECONNECTS, node, n->epoch, 0);
}

/* The first attempt that begins at or after now, of attempts that began at `since`, each failing after `hang` and
 * followed by a pause from `first` doubling to `max`, jittered by up to `jitter`. One under way when the way opens
 * still hangs to its end. */
static sim_time next_attempt(struct world *w, uint32_t node, sim_time since, sim_time hang, sim_time first,
			     sim_time max, double jitter)
{
	sim_time at = since, pause = first;

	while (at < w->run->now) {
		at = time_add(at,
			      hang + pause + (sim_time)((double)pause * jitter * rng_unit(&w->kubelets->node[node])));
		pause = pause * 2 < max ? pause * 2 : max;
	}
	return at;
}

void kubelet_reconnected(struct world *w, uint32_t node, sim_time since, bool hangs)
{
	struct rng *r = &w->kubelets->node[node];
	const struct timers *t = &w->scenario->timers;
	sim_time hang = hangs ? CALL_HANGS : 0, renew = t->node_lease_duration / 4;
	/* The renewal that first failed came due within one renew interval after the break. */
	sim_time renewal = since + (sim_time)(rng_unit(r) * (double)renew);
	sim_time lease = next_attempt(w, node, renewal, hang, LEASE_RETRY_FIRST, LEASE_RETRY_MAX, 0);
	/* The status loop goes on at its own period; a call of its may hang across the moment of return (guess: up to
	 * half of it). */
	sim_time status = w->run->now + (sim_time)(rng_unit(r) * (double)t->node_status_update_frequency) +
			  (sim_time)(rng_unit(r) * (double)hang / 2);
	sim_time watch = next_attempt(w, node, since, 0, WATCH_RETRY_FIRST, WATCH_RETRY_MAX, 1.0);

	if (!w->cluster.node_truth[node].restarted)
		kubelet_report_changes(w, node);
	report_at(w, node, REPORT_LEASE, lease);
	report_at(w, node, REPORT_STATUS, status);
	world_schedule(w, watch, EVENT_NODE_RECONNECTS, node, w->cluster.node_truth[node].epoch, 0);
}

void kubelet_redialed(struct world *w, uint32_t node)
{
	sim_time before = w->run->now - 1;

	kubelet_report_changes(w, node);
	report_at(w, node, REPORT_LEASE, w->run->now);
	report_at(w, node, REPORT_STATUS,
		  w->run->now + (sim_time)(rng_unit(&w->kubelets->node[node]) *
					   (double)w->scenario->timers.node_status_update_frequency));
	world_schedule(w, next_attempt(w, node, before, 0, WATCH_RETRY_FIRST, WATCH_RETRY_MAX, 1.0),
		       EVENT_NODE_RECONNECTS, node, w->cluster.node_truth[node].epoch, 0);
}
