/* scheduler_notice.c - what the scheduler's watches tell it: who may be scheduled, and which unschedulable pods an
 * event may help. */
#include "models/scheduler_parts.h"

#include "models/sched_volume.h"

void scheduler_see(struct world *w, uint32_t node)
{
	struct seen_node *seen = &w->scheduler->seen[node];
	const struct node *n = &w->cluster.node[node];

	ARENA_RESERVE(&w->run->arena, seen->taint, seen->capacity, n->taint_count, struct taint);
	for (uint32_t i = 0; i < n->taint_count; i++)
		seen->taint[i] = n->taint[i];
	seen->taint_count = n->taint_count;
	seen->unschedulable = n->unschedulable;
	seen->labels = &n->object->meta.labels;
}

void scheduler_wake(struct world *w, const struct sched_event *e)
{
	struct scheduler *s = w->scheduler;
	uint32_t next;

	for (uint32_t pod = s->queue.first; pod != NONE; pod = next) {
		next = s->queue.item[pod].next;
		if (framework_helps(&s->fw, pod, s->queue.item[pod].rejectors, e))
			sched_queue_wake(&s->queue, pod, w->run->now);
	}
}

/* Upstream sends an event for each difference. */
static void notice_node(struct world *w, const struct change *change)
{
	const struct seen_node *seen = &w->scheduler->seen[change->row];
	struct sched_event e = {.node = change->row,
				.pod = NONE,
				.was_unschedulable = seen->unschedulable,
				.was_taint_count = seen->taint_count,
				.was_taint = seen->taint,
				.was_labels = seen->labels};
	uint8_t kinds = 0;

	if (change->what & CHANGED_ADDED)
		kinds = SCHED_NODE_ADD;
	else if (change->what & CHANGED_REMOVED)
		/* Upstream tells of deleted nodes since the queueing hints (recalled). */
		kinds = w->scenario->kubernetes >= 32 ? SCHED_NODE_DELETE : 0;
	else
		kinds = (uint8_t)((change->what & CHANGED_LABELS ? SCHED_NODE_LABEL : 0) |
				  (change->what & (CHANGED_TAINTS | CHANGED_CORDON) ? SCHED_NODE_TAINT : 0));
	for (unsigned kind = SCHED_NODE_ADD; kind <= SCHED_NODE_DELETE; kind *= 2) {
		e.kind = (uint8_t)kind;
		if (kinds & kind)
			scheduler_wake(w, &e);
	}
	/* Conditions wake pods up to 1.21: see framework_helps(). */
	e.kind = 0;
	if (kinds == 0 && change->what & CHANGED_READY && w->scenario->kubernetes <= 21)
		scheduler_wake(w, &e);
	scheduler_see(w, change->row);
}

/* What happened to a pod that is on a node, or, deleted, had been promised one; kind 0 for nothing that helps others.
 */
static struct sched_event pod_event(struct world *w, const struct change *change, const struct labels *was)
{
	const struct pod *p = &w->cluster.pod[change->row];
	bool finished = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;
	struct sched_event e = {.node = p->node, .pod = change->row, .was_labels = was};

	if (p->node == NONE && !pod_active(p))
		e.node = framework_nominated(&w->scheduler->fw, change->row);
	if (e.node == NONE)
		return e;
	if (p->node == NONE || change->what & CHANGED_REMOVED || (change->what & CHANGED_PHASE && finished))
		e.kind = SCHED_POD_DELETE;
	else if (change->what & CHANGED_BOUND)
		e.kind = SCHED_POD_ADD;
	else if (was != NULL)
		e.kind = SCHED_POD_LABEL;
	return e;
}

static void notice_pod(struct world *w, const struct change *change, const struct labels *was)
{
	struct scheduler *s = w->scheduler;
	const struct pod *p = &w->cluster.pod[change->row];
	const struct sched_event e = pod_event(w, change, was);

	if (!pod_active(p) || p->node != NONE)
		framework_denominate(&s->fw, change->row);
	if (change->row != s->busy && !scheduler_wants(s, &w->cluster, change->row))
		sched_queue_remove(&s->queue, change->row);
	else if (change->what & (CHANGED_ADDED | CHANGED_SPEC) && change->row != s->busy &&
		 s->queue.item[change->row].place == PLACE_NONE)
		sched_queue_add(&s->queue, change->row, p->spec->priority, w->run->now);
	if (e.kind != 0)
		scheduler_wake(w, &e);
}

static void notice_volume(struct world *w, const struct change *change)
{
	const struct sched_event e = {.kind = SCHED_VOLUME,
				      .node = NONE,
				      .pod = NONE,
				      .claim = change->kind == CHANGE_CLAIM ? change->row : NONE,
				      .volume = change->kind == CHANGE_VOLUME ? change->row : NONE,
				      .added = change->what & CHANGED_ADDED};

	scheduler_wake(w, &e);
}

void scheduler_notice(struct world *w, const struct change *change)
{
	struct scheduler *s = w->scheduler;
	const struct labels *was = NULL;

	/* Which pods are alike, and where nodes are, is kept up to date whether anybody leads or not. */
	if (change->kind == CHANGE_POD && change->what & CHANGED_LABELS) {
		was = sched_groups_move(&s->fw.shared.groups, &w->run->arena, &w->cluster.pod[change->row],
					change->row);
		cluster_pod_moved(&w->cluster, change->row);
	}
	if (change->kind == CHANGE_NODE && change->what & (CHANGED_ADDED | CHANGED_REMOVED | CHANGED_LABELS))
		framework_node_changed(&s->fw, change->row);
	if (!s->leads)
		return;
	scheduler_reserve(w);
	if (change->kind == CHANGE_NODE)
		notice_node(w, change);
	else if (change->kind == CHANGE_POD)
		notice_pod(w, change, was);
	else if (change->kind == CHANGE_CLAIM || change->kind == CHANGE_VOLUME)
		notice_volume(w, change);
	sched_volume_notice(w, change);
	scheduler_go_on(w);
}
