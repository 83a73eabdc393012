/* volume_restrictions.c - disks that only one node may write, and ReadWriteOncePod claims; kube-scheduler.md 3.11.
 * Upstream: pkg/scheduler/framework/plugins/volumerestrictions. */
#include <stdio.h>
#include <string.h>

#include "models/sched_match.h"
#include "models/volume_match.h"

/* The gate ReadWriteOncePod: beta and on since 1.27 (recalled; alpha in 1.22). */
#define ONCE_POD_SINCE 27

struct state {
	uint32_t missing; /* name of a claim that does not exist; 0: none */
	bool disks;       /* the pod has volumes that conflict */
	bool once;        /* a ReadWriteOncePod claim of it is in use */
};

static bool is_disk(const struct pod_volume *v)
{
	return v->kind >= POD_VOLUME_GCE;
}

/* Whether the claim is used by a pod that has a node. */
static bool is_used(const struct sched_call *c, uint32_t claim)
{
	for (uint32_t p = 0; p < c->view->pod_count; p++) {
		const struct pod *other = &c->view->pod[p];

		if (other->claim == NULL || sched_place(c, p) == NONE)
			continue;
		for (uint32_t i = 0; i < other->spec->volume_count; i++)
			if (other->spec->volume[i].kind != POD_VOLUME_EPHEMERAL &&
			    volume_claim(c->view, other, i) == claim)
				return true;
	}
	return false;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	struct state *s = c->state;
	bool once = false;

	for (uint32_t i = 0; i < c->pod->spec->volume_count; i++) {
		const struct pod_volume *v = &c->pod->spec->volume[i];
		uint32_t claim;

		s->disks |= is_disk(v);
		if (is_disk(v) || v->kind == POD_VOLUME_EPHEMERAL || c->kubernetes < ONCE_POD_SINCE)
			continue;
		claim = volume_claim(c->view, c->pod, i);
		if (claim == NONE) {
			s->missing = c->pod->claim[i];
			return PRE_UNRESOLVABLE;
		}
		if (c->view->claim[claim].object->access & ACCESS_ONCE_POD) {
			once = true;
			s->once |= is_used(c, claim);
		}
	}
	return s->disks || once ? PRE_FILTER : PRE_SKIP;
}

static bool share_monitor(const struct pod_volume *a, const struct pod_volume *b)
{
	for (uint32_t i = 0; i < a->monitor_count; i++)
		for (uint32_t k = 0; k < b->monitor_count; k++)
			if (a->monitor[i] == b->monitor[k])
				return true;
	return false;
}

static bool conflict(const struct pod_volume *a, const struct pod_volume *b)
{
	if (a->kind != b->kind || a->id != b->id)
		return false;
	if (a->kind == POD_VOLUME_EBS)
		return true;
	if (a->kind == POD_VOLUME_RBD && (a->pool != b->pool || !share_monitor(a, b)))
		return false;
	return !(a->read_only && b->read_only);
}

static bool specs_conflict(const struct pod_spec *a, const struct pod_spec *b)
{
	for (uint32_t i = 0; i < a->volume_count; i++)
		for (uint32_t k = 0; is_disk(&a->volume[i]) && k < b->volume_count; k++)
			if (conflict(&a->volume[i], &b->volume[k]))
				return true;
	return false;
}

static bool disk_conflict(const struct sched_call *c, uint32_t node)
{
	const struct pod *pod = c->view->pod;

	if (!((struct state *)c->state)->disks)
		return false;
	for (uint32_t p = c->view->nodes.row[node].first_pod; p != NONE; p = pod[p].next_on_node)
		if (pod[p].phase != PHASE_SUCCEEDED && pod[p].phase != PHASE_FAILED &&
		    specs_conflict(c->pod->spec, pod[p].spec))
			return true;
	for (uint32_t p = c->first_assumed[node]; p != NONE; p = c->next_assumed[p])
		if (pod[p].exists && pod[p].node == NONE && specs_conflict(c->pod->spec, pod[p].spec))
			return true;
	return false;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct state *s = c->state;

	return s->once || disk_conflict(c, node) ? SCHED_UNSCHEDULABLE : SCHED_OK;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	const struct state *s = c->state;

	if (s->missing != 0)
		snprintf(text[0], SCHED_REASON_MAX, "persistentvolumeclaim \"%s\" not found",
			 names_text(c->view->names, s->missing));
	else if (node != NONE && disk_conflict(c, node))
		strcpy(text[0], "node(s) had no available disk");
	else
		strcpy(text[0], "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod "
				"access mode");
	return 1;
}

/* A pod that shared a disk or a ReadWriteOncePod claim has gone, or a claim of the pod has come. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	const struct pod *gone;

	if (e->kind == SCHED_VOLUME)
		return e->added && e->claim != NONE && volume_uses(c->view, c->pod, e->claim);
	gone = &c->view->pod[e->pod];
	if (specs_conflict(c->pod->spec, gone->spec))
		return true;
	for (uint32_t i = 0; i < gone->spec->volume_count; i++) {
		uint32_t claim = volume_claim(c->view, gone, i);

		if (claim != NONE && c->view->claim[claim].object->access & ACCESS_ONCE_POD &&
		    volume_uses(c->view, c->pod, claim))
			return true;
	}
	return false;
}

const struct sched_plugin sched_volume_restrictions = {
	.info = {"VolumeRestrictions", "Keeps pods apart that must not use the same disk or claim at once."},
	.state_size = sizeof(struct state),
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.events = SCHED_POD_DELETE | SCHED_NODE_ADD | SCHED_VOLUME,
	.hinted = SCHED_POD_DELETE | SCHED_VOLUME,
	.hint = hint,
};
