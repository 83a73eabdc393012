/* node_volume_limits.c - how many volumes of a CSI driver a node can attach; kube-scheduler.md 3.11.
 * Upstream: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go. Limits of in-tree plugins (up to 1.30) are not
 * looked at: their disks count as those of the CSI drivers they migrated to. */
#include <string.h>

#include "models/sched_match.h"
#include "models/volume_match.h"

/* What tells one attached volume from another. */
enum key_kind { KEY_NONE, KEY_VOLUME, KEY_CLAIM, KEY_DISK };
struct key {
	uint8_t kind; /* enum key_kind */
	uint32_t row; /* of the volume or claim, or the disk's name */
	uint32_t driver;
};

/* Keys met in this look at a node: seen is `round`. */
struct marks {
	uint32_t round;
	uint32_t *volume, volumes, *claim, claims;
	uint32_t *disk, disks, disk_capacity;
};

struct state {
	uint32_t gce, ebs; /* name ids of the drivers of in-line disks, 0 where unknown */
};

static struct marks *marks_of(struct sched_call *c)
{
	struct marks *m;

	if (c->kept == NULL)
		c->kept = ARENA_NEW(c->shared->arena, 1, struct marks);
	m = c->kept;
	ARENA_RESERVE(c->shared->arena, m->volume, m->volumes, c->view->volume_count, uint32_t);
	ARENA_RESERVE(c->shared->arena, m->claim, m->claims, c->view->claim_count, uint32_t);
	return m;
}

/* The i-th volume of pod. A claim that has no volume yet counts as one of its class's driver. */
static struct key key_of(const struct sched_call *c, const struct pod *p, uint32_t i)
{
	const struct state *s = c->state;
	const struct pod_volume *v = &p->spec->volume[i];
	uint32_t claim = volume_claim(c->view, p, i);
	const struct class_object *class;

	if (v->kind == POD_VOLUME_GCE || v->kind == POD_VOLUME_EBS)
		return (struct key){KEY_DISK, v->id, v->kind == POD_VOLUME_GCE ? s->gce : s->ebs};
	if (claim == NONE)
		return (struct key){0};
	uint32_t volume = c->view->claim[claim].volume;
	if (volume != NONE)
		return (struct key){KEY_VOLUME, volume, c->view->volume[volume].object->driver};
	class = volume_class(c->view, c->view->claim[claim].object->class);
	return class != NULL ? (struct key){KEY_CLAIM, claim, class->driver} : (struct key){0};
}

/* True the first time in a round. */
static bool mark(struct sched_call *c, struct marks *m, const struct key *k)
{
	uint32_t *at = k->kind == KEY_VOLUME ? &m->volume[k->row] : &m->claim[k->row];

	if (k->kind == KEY_DISK) {
		for (uint32_t i = 0; i < m->disks; i++)
			if (m->disk[i] == k->row)
				return false;
		ARENA_RESERVE(c->shared->arena, m->disk, m->disk_capacity, m->disks + 1, uint32_t);
		m->disk[m->disks++] = k->row;
		return true;
	}
	if (*at == m->round)
		return false;
	*at = m->round;
	return true;
}

/* Volumes of the driver that the pod brings besides those marked. */
static int64_t count_pod(struct sched_call *c, struct marks *m, const struct pod *p, uint32_t driver)
{
	int64_t count = 0;

	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		struct key k = key_of(c, p, i);

		if (k.kind != KEY_NONE && k.driver == driver)
			count += mark(c, m, &k);
	}
	return count;
}

static bool uses(const struct sched_call *c, const struct pod *p, uint32_t volume)
{
	for (uint32_t i = 0; i < p->spec->volume_count; i++) {
		struct key k = key_of(c, p, i);

		if (k.kind == KEY_VOLUME && k.row == volume)
			return true;
	}
	return false;
}

/* In a dry run of preemption what a removed pod had attached is thought to be detached. */
static bool is_gone(const struct sched_call *c, uint32_t node, uint32_t volume)
{
	for (uint32_t i = 0; node == c->shared->gone_node && i < c->shared->gone_count; i++)
		if (uses(c, &c->view->pod[c->shared->gone[i]], volume))
			return true;
	return false;
}

static int64_t count_node(struct sched_call *c, struct marks *m, uint32_t node, uint32_t driver)
{
	const struct view *v = c->view;
	int64_t count = 0;

	for (uint32_t p = v->nodes.row[node].first_pod; p != NONE; p = v->pod[p].next_on_node)
		if (v->pod[p].phase != PHASE_SUCCEEDED && v->pod[p].phase != PHASE_FAILED)
			count += count_pod(c, m, &v->pod[p], driver);
	for (uint32_t p = c->first_assumed[node]; p != NONE; p = c->next_assumed[p])
		if (v->pod[p].exists && v->pod[p].node == NONE)
			count += count_pod(c, m, &v->pod[p], driver);
	for (uint32_t a = v->nodes.row[node].first_attachment; a != NONE; a = v->attachment[a].next_on_node) {
		struct key k = {KEY_VOLUME, v->attachment[a].volume, driver};

		if (v->volume[k.row].object->driver == driver && !is_gone(c, node, k.row))
			count += mark(c, m, &k);
	}
	return count;
}

static enum sched_pre pre_filter(struct sched_call *c)
{
	struct state *s = c->state;

	for (uint32_t i = 0; i < c->pod->spec->volume_count; i++) {
		if (c->pod->spec->volume[i].kind > POD_VOLUME_EBS)
			continue;
		s->gce = names_find(c->view->names, "pd.csi.storage.gke.io");
		s->ebs = names_find(c->view->names, "ebs.csi.aws.com");
		return PRE_FILTER;
	}
	return PRE_SKIP;
}

static enum sched_status filter(struct sched_call *c, uint32_t node)
{
	const struct csi_node_object *csi = c->view->nodes.row[node].csi;

	for (uint32_t i = 0; csi != NULL && i < csi->driver_count; i++) {
		const struct csi_driver_limit *l = &csi->driver[i];
		struct marks *m;

		if (l->count < 0)
			continue;
		m = marks_of(c);
		m->round++;
		m->disks = 0;
		int64_t had = count_node(c, m, node, l->driver), more = count_pod(c, m, c->pod, l->driver);

		if (more > 0 && had + more > l->count)
			return SCHED_UNSCHEDULABLE;
	}
	return SCHED_OK;
}

static uint32_t reasons(struct sched_call *c, uint32_t node, char text[][SCHED_REASON_MAX])
{
	(void)c;
	(void)node;
	strcpy(text[0], "node(s) exceed max volume count");
	return 1;
}

/* A pod with volumes has gone, and with it its attachments; or a claim of the pod has come. */
static bool hint(struct sched_call *c, const struct sched_event *e)
{
	if (e->kind == SCHED_VOLUME)
		return e->added && e->claim != NONE && volume_uses(c->view, c->pod, e->claim);
	for (uint32_t i = 0; i < c->view->pod[e->pod].spec->volume_count; i++)
		if (c->view->pod[e->pod].spec->volume[i].kind <= POD_VOLUME_EBS)
			return true;
	return false;
}

const struct sched_plugin sched_node_volume_limits = {
	.info = {"NodeVolumeLimits", "Attaches no more volumes to a node than its CSI drivers allow."},
	.state_size = sizeof(struct state),
	.pre_filter = pre_filter,
	.filter = filter,
	.reasons = reasons,
	.events = SCHED_POD_DELETE | SCHED_VOLUME,
	.hinted = SCHED_POD_DELETE | SCHED_VOLUME,
	.hint = hint,
};
