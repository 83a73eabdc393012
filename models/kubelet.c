/* kubelet.c - what a kubelet learns of its pods from the API server and tells it, in good times and after a silence. */
#include "models/kubelet.h"

#include "models/api.h"
#include "models/api_apply.h"
#include "models/failure.h"
#include "models/image.h"
#include "models/inspect.h"
#include "models/kubelet_admit.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"
#include "models/plane.h"
#include "models/versions.h"
#include "models/volume_attach.h"

/* The status manager's batch, after which a status that differs from the API's is written again (5.7). */
#define STATUS_BATCH SECONDS(10)

void kubelet_init(struct world *w)
{
	struct kubelets *k = ARENA_NEW(&w->run->arena, 1, struct kubelets);

	w->kubelets = k;
	kubelet_runtime_init(w);
	/* 50 qps and burst 100 of its own (5/10 before 1.27) do not bind in what is modelled: a node's pods are few. */
	k->client = CLIENT_UNLIMITED;
	k->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct rng);
	for (uint32_t i = 0; i < w->cluster.node_count; i++)
		k->node[i] = run_stream(w->run, STREAM_NODE_RETURN, i);
}

bool kubelet_talks(const struct world *w, uint32_t node)
{
	const struct node_truth *t = &w->cluster.node_truth[node];

	return t->powered && t->kubelet && t->linked && plane_node_served(w, node);
}

void kubelet_send(struct world *w, const struct api_call *call)
{
	api_send(w, w->kubelets->client, call, &w->scenario->latencies.api_write, CALLER_KUBELET, call->pod);
}

/* What the kubelet holds the pod's status to be, as the number of API_POD_STATUS. */
static int64_t status_of(const struct pod *p, const struct pod_truth *t)
{
	enum pod_phase phase = !t->completed ? t->was_running ? PHASE_RUNNING : PHASE_PENDING
			       : t->failed   ? PHASE_FAILED
					     : PHASE_SUCCEEDED;
	enum container_reason reason = REASON_NONE;

	/* The first container with something to tell, as kubectl's STATUS column has it. */
	for (uint32_t i = t->container != NULL ? spec_containers(p->spec) : 0; i-- > 0;) {
		const struct container_truth *c = &t->container[i];

		if (c->state == CONTAINER_WAITING && c->reason >= REASON_CRASH_LOOP_BACK_OFF)
			reason = (enum container_reason)c->reason;
		else if (c->state == CONTAINER_TERMINATED && c->seen && i >= p->spec->init_count)
			reason = (enum container_reason)c->last_reason;
	}
	return POD_STATUS_PHASE(phase) | (t->stage == STAGE_READY ? POD_STATUS_READY : 0) | POD_STATUS_REASON(reason) |
	       POD_STATUS_WHY(t->completed ? t->why : POD_REASON_NONE) | POD_STATUS_RESTARTS(t->restarts);
}

static int64_t believed(const struct pod *p)
{
	return POD_STATUS_PHASE(p->phase) | (p->ready ? POD_STATUS_READY : 0) | POD_STATUS_REASON(p->reason) |
	       POD_STATUS_WHY(p->status_reason) | POD_STATUS_RESTARTS(p->restarts);
}

/* One write of a pod at a time, so that an older status never overtakes a newer one. */
void kubelet_report(struct world *w, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct api_call call = api_call(API_POD_STATUS);

	if (!p->exists || p->node == NONE || !kubelet_talks(w, p->node))
		return;
	t->report_again = t->reporting;
	if (t->reporting)
		return;
	call.pod = pod;
	call.number = status_of(p, t);
	bool same = call.number == believed(p);
	/* A pod that ended by itself and was deleted before the API knew: first its phase, then the final delete (5.8).
	 */
	if (t->stage == STAGE_STOPPED && (!t->completed || (same && p->deleting)))
		call.verb = API_POD_GONE;
	else if (same)
		return;
	t->reporting = true;
	inspect_sent(w, pod);
	kubelet_send(w, &call);
}

/* The status that the API holds differs from the kubelet's own: the status manager patches it at its next batch. */
static void report_later(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	step_in(w, pod, STEP_REPORT, (sim_time)(rng_unit(&t->rng) * (double)STATUS_BATCH));
}

/* What failed is written again by the next batch, or by the status loop's next tick; without an API server, when the
 * kubelet reconnects. */
void kubelet_answered(struct world *w, uint32_t pod, const struct api_call *call, bool ok)
{
	struct pod_truth *t;

	if (call->verb == API_NODE_REGISTER)
		return;
	if (call->verb == API_NODE_STATUS) {
		if (!ok)
			kubelet_notice_node(w, call->node);
		return;
	}
	t = &w->cluster.pod_truth[pod];
	t->reporting = false;
	if (ok)
		t->reported = call->number;
	if (!ok && w->cluster.pod[pod].exists && w->cluster.pod[pod].node != NONE &&
	    kubelet_talks(w, w->cluster.pod[pod].node))
		report_later(w, pod);
	else if (t->report_again || (ok && t->stage == STAGE_STOPPED))
		kubelet_report(w, pod);
}

/* The kubelet looks at one of its pods. */
static void sync_pod(struct world *w, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (!p->exists || p->node == NONE)
		return;
	if (t->stage == STAGE_STOPPED) {
		kubelet_report(w, pod);
	} else if (!w->cluster.node_truth[p->node].runtime) {
		return; /* nothing can be started or stopped */
	} else if (p->deleting) {
		if (t->stage != STAGE_STOPPING)
			life_stop(w, pod);
	} else if (t->stage == STAGE_NONE) {
		if ((p->phase == PHASE_PENDING || p->phase == PHASE_RUNNING) && kubelet_admit(w, pod))
			life_begin(w, pod);
		if (p->ready)
			kubelet_report(w, pod); /* its containers are gone: not Ready until they run again */
	} else if (t->stage >= STAGE_RUNNING && (p->ready != (t->stage == STAGE_READY) || p->phase == PHASE_PENDING)) {
		report_later(w, pod);
	}
}

void kubelet_look(struct world *w, uint32_t pod)
{
	if (kubelet_works(w, w->cluster.pod[pod].node))
		sync_pod(w, pod);
}

/* Containers run or are about to, or volumes are still mounted. */
static bool lives(const struct pod_truth *t)
{
	return (t->stage != STAGE_NONE && t->stage != STAGE_STOPPED) || t->mounted;
}

void kubelet_notice(struct world *w, const struct change *change)
{
	const struct pod *p = &w->cluster.pod[change->row];
	const struct node_truth *n;

	if (p->node == NONE)
		return;
	n = &w->cluster.node_truth[p->node];
	if (!n->watching || !n->runtime || !kubelet_talks(w, p->node)) {
		if (change->what & CHANGED_REMOVED && lives(&w->cluster.pod_truth[change->row]))
			w->cluster.node_truth[p->node].ghosts++;
		return;
	}
	if (change->what & CHANGED_REMOVED) {
		/* Taken away by force: what still runs is killed, what was about to start is not. */
		life_gone(w, change->row, STOP_TERMINATED);
		w->cluster.pod_truth[change->row].stage = STAGE_STOPPED;
	} else if (change->what & (CHANGED_BOUND | CHANGED_DELETING)) {
		sync_pod(w, change->row);
	} else if (change->what & CHANGED_READY &&
		   p->ready != (w->cluster.pod_truth[change->row].stage == STAGE_READY)) {
		sync_pod(w, change->row); /* somebody else wrote the condition */
	}
}

/* ---- breaking ---- */

static void fall_silent(struct world *w, uint32_t node)
{
	inspect_silent(w, node);
	w->cluster.node_truth[node].watching = false;
	w->cluster.node_truth[node].epoch++;
}

/* Pods that are gone from the API and still run on node end now. */
static void end_ghosts(struct world *w, uint32_t node, enum stop_cause why)
{
	for (uint32_t p = 0; w->cluster.node_truth[node].ghosts > 0 && p < w->cluster.pod_count; p++) {
		if (w->cluster.pod[p].node != node || w->cluster.pod[p].exists || !lives(&w->cluster.pod_truth[p]))
			continue;
		life_gone(w, p, why);
		w->cluster.pod_truth[p].stage = STAGE_STOPPED;
		w->cluster.node_truth[node].ghosts--;
	}
	w->cluster.node_truth[node].ghosts = 0;
}

static bool struck_by(const struct world *w, uint32_t node, enum failure_kind kind)
{
	uint32_t failure = w->cluster.node_truth[node].failure;

	return failure != NONE && failure_last_kind(w, node) == kind;
}

void kubelet_node_died(struct world *w, uint32_t node)
{
	fall_silent(w, node);
	pressure_forget(w, node);
	shutdown_cancel(w, node);
	end_ghosts(w, node, STOP_NODE_DIED);
	image_abort(w, node);
	if (kubelet_runtime_of(w, node)->clears_images && struck_by(w, node, FAILURE_NODE_CRASH))
		image_clear(w, node);
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		struct pod_truth *t = &w->cluster.pod_truth[p];

		life_gone(w, p, STOP_NODE_DIED);
		if (t->stage != STAGE_STOPPED)
			t->stage = STAGE_NONE;
	}
}

void kubelet_stopped(struct world *w, uint32_t node)
{
	fall_silent(w, node);
	pressure_forget(w, node);
	shutdown_cancel(w, node);
	image_abort(w, node);
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		struct pod_truth *t = &w->cluster.pod_truth[p];

		/* What has been started runs on; what the kubelet was about to do is not done. */
		life_void(w, p);
		if (!t->running && t->stage != STAGE_STOPPED && t->stage != STAGE_STOPPING)
			t->stage = STAGE_NONE;
	}
	pressure_changed(w, node); /* the kernel goes on */
}

void kubelet_disconnected(struct world *w, uint32_t node)
{
	fall_silent(w, node);
}

/* ---- returning ---- */

/* A kubelet that has just started admits its pods as if new: what ran through its absence is probed anew (1.2). */
static void readmit(struct world *w, uint32_t pod, bool rebooted)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool keeps = version_restart_keeps_ready(w->scenario->kubernetes);

	if (rebooted && !w->cluster.pod[pod].deleting && t->stage == STAGE_NONE &&
	    w->cluster.pod[pod].phase == PHASE_RUNNING) {
		if (w->cluster.pod[pod].spec->restart == RESTART_NEVER) {
			t->stage = STAGE_STOPPED; /* its containers are lost, and nobody may start them again */
			t->completed = t->failed = true;
		}
	}
	if (t->stage == STAGE_STOPPING) /* the termination starts again, with its full grace (5.8) */
		t->stage = t->running ? STAGE_RUNNING : STAGE_CONTAINERS;
	if (!t->running)
		return;
	bool kept = keeps && t->stage == STAGE_READY;
	t->ending = false;
	for (uint32_t i = 0; i < spec_containers(w->cluster.pod[pod].spec); i++) {
		struct container_truth *c = &t->container[i];

		/* Back-offs were in the lost process's memory (5.6). */
		c->backoff = c->due = 0;
		if (c->state == CONTAINER_RUNNING && c->seen && !w->cluster.pod[pod].deleting)
			probe_begin(w, pod, i, true, kept);
	}
	if (t->stage == STAGE_READY && !kept)
		t->stage = STAGE_RUNNING;
	if (w->cluster.pod[pod].deleting)
		return;
	life_refresh(w, pod);
	life_notice(w, pod);
}

/* Subject: node. The kubelet lists its pods and acts on what it finds. */
void kubelet_on_reconnect(struct world *w, const struct event *e)
{
	struct node_truth *n = &w->cluster.node_truth[e->subject];

	if (e->epoch != n->epoch || !kubelet_talks(w, e->subject))
		return;
	n->watching = true;
	if (!n->runtime)
		return; /* comes again when the runtime is back */
	end_ghosts(w, e->subject, STOP_TERMINATED);
	if (n->restarted)
		kubelet_admit_all(w, e->subject);
	for (uint32_t p = w->cluster.node[e->subject].first_pod, next; p != NONE; p = next) {
		next = w->cluster.pod[p].next_on_node;
		if (n->restarted)
			readmit(w, p, n->rebooted);
		sync_pod(w, p);
	}
	n->restarted = n->rebooted = false;
	life_use_changed(w, e->subject);
	volume_node_back(w, e->subject);
}

/* Subject: node. Static pods come from files: no API server is needed to start them (5.13). */
void kubelet_on_static(struct world *w, const struct event *e)
{
	if (e->epoch != w->cluster.node_truth[e->subject].epoch || !kubelet_works(w, e->subject))
		return;
	for (uint32_t p = w->cluster.node[e->subject].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		struct pod_truth *t = &w->cluster.pod_truth[p];

		if (!w->cluster.pod[p].spec->is_static || (t->stage != STAGE_NONE && t->stage != STAGE_STOPPED))
			continue;
		/* What a shutdown made of it is forgotten: the file knows no phase. */
		t->completed = t->failed = t->was_running = false;
		t->why = POD_REASON_NONE;
		life_begin(w, p);
	}
}

void kubelet_report_changes(struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct pod_truth *t = &w->cluster.pod_truth[p];

		if (t->stage == STAGE_STOPPED || (t->stage >= STAGE_RUNNING && t->stage < STAGE_STOPPING &&
						  status_of(&w->cluster.pod[p], t) != t->reported))
			report_later(w, p);
	}
}

void kubelet_settle(struct world *w, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];

	for (uint32_t i = 0; i < p->spec->init_count; i++)
		image_add(w, p->node, p->spec->init[i].image);
	for (uint32_t i = 0; i < p->spec->container_count; i++)
		image_add(w, p->node, p->spec->container[i].image);
	life_begin(w, pod);
}
