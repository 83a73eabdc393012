/* pending.c - what is already sure to come: the events of the queue that are still valid, told apart by their subjects.
 */
#include <stdlib.h>
#include <string.h>

#include "models/control.h"
#include "models/inspect.h"
#include "models/kubelet_steps.h"
#include "models/etcd.h"
#include "models/master.h"
#include "models/plane.h"

/* Whether a toleration that was begun still runs: the pod is there, and so is a taint that evicts. */
static bool still_evicted(const struct world *w, uint32_t pod)
{
	const struct pod *p = pod < w->cluster.view.pod_count ? &w->cluster.pod[pod] : NULL;

	if (p == NULL || !p->exists || p->deleting || p->node == NONE)
		return false;
	const struct node *n = &w->cluster.node[p->node];
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE)
			return true;
	return false;
}

static bool timer(const struct world *w, const struct event *e, struct pending *out)
{
	const char *role = control_timer_of(w, e->epoch);

	if (role == NULL)
		return false;
	out->kind = strcmp(role, "node-lifecycle") == 0 ? PENDING_MONITOR : PENDING_EVICTION;
	/* arg 0: a pass of its monitor begins */
	return (out->kind == PENDING_MONITOR && e->arg == 0) ||
	       (strcmp(role, "taint-eviction") == 0 && still_evicted(w, e->subject));
}

/* Whether e tells something that a reader understands, and still holds. */
static bool worth_telling(const struct world *w, const struct event *e, struct pending *out)
{
	*out = (struct pending){.at = e->at, .subject = e->subject};
	switch (e->kind) {
	case EVENT_FAILURE_STRIKES:
		out->kind = PENDING_FAILURE;
		return true;
	case EVENT_FAILURE_HEALS:
		out->kind = PENDING_HEALED;
		return true;
	case EVENT_ACTION:
		out->kind = PENDING_ACTION;
		return e->epoch == 0 && e->arg == 0 && !w->scenario->action[e->subject].follows;
	case EVENT_CONTROL_TIMER:
		return timer(w, e, out);
	case EVENT_POD_STEP:
		out->kind = PENDING_POD;
		return (e->arg & ((1U << STEP_BITS) - 1)) < STEP_SERVE &&
		       e->epoch == w->cluster.pod_truth[e->subject].epoch;
	case EVENT_NODE_REPORTS:
	case EVENT_NODE_RECONNECTS:
		out->kind = PENDING_NODE;
		return e->epoch == w->cluster.node_truth[e->subject].epoch;
	case EVENT_MACHINE_BOOTS:
		out->kind = PENDING_MACHINE;
		return w->cluster.node_truth[e->subject].ordered && e->epoch == w->cluster.node_truth[e->subject].order;
	case EVENT_COMPONENT_STARTS:
		out->kind = PENDING_COMPONENT;
		return plane_powered(w, e->subject);
	default:
		return false;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->subject < y->subject ? -1 : x->subject > y->subject;
}

const struct pending *inspect_pending(const struct look *l, struct arena *a, uint32_t max, uint32_t *count)
{
	const struct world *w = l->world;
	const struct queue *q = &w->run->queue;
	struct pending *out = NULL, one;
	size_t found = 0, capacity = 0;

	for (size_t i = 0; i < q->count; i++) {
		if (!worth_telling(w, &q->heap[i], &one))
			continue;
		ARENA_RESERVE(a, out, capacity, found + 1, struct pending);
		out[found++] = one;
	}
	if (found > 0)
		qsort(out, found, sizeof(*out), by_time);
	*count = found > max ? max : (uint32_t)found;
	return out;
}

const struct host_look *inspect_hosts(const struct look *l, struct arena *a)
{
	const struct world *w = l->world;
	const uint32_t hosts = scenario_hosts(w->scenario);
	struct host_look *out = ARENA_NEW(a, hosts > 0 ? hosts : 1, struct host_look);

	for (uint32_t h = 0; h < hosts; h++) {
		for (int c = 0; c < COMPONENTS; c++)
			out[h].process[c] = plane_process(w, h, (enum component)c);
		out[h].powered = plane_powered(w, h);
		out[h].leads[COMPONENT_ETCD] = etcd_leader_host(w) == h;
		out[h].leads[COMPONENT_CONTROLLER_MANAGER] = master_leader(w, COMPONENT_CONTROLLER_MANAGER) == h;
		out[h].leads[COMPONENT_SCHEDULER] = master_leader(w, COMPONENT_SCHEDULER) == h;
	}
	return out;
}
