/* volume_attach.c - what attaches, mounts and detaches CSI volumes: the CSI attacher and the kubelets' volume managers.
 */
#include "models/volume_attach.h"

#include "models/kubelet_steps.h"

/* podAttachAndMountTimeout (pkg/kubelet/volumemanager/volume_manager.go) and the pause before the next try,
 * backOffPeriod with jitter factor 0.5 (pkg/kubelet/kubelet.go). */
#define MOUNT_TRY SECONDS(123)
#define TRY_AGAIN SECONDS(10)

static sim_time draw(struct world *w, const struct dist *d)
{
	struct rng r;

	if (w->settling)
		return 0;
	r = run_stream(w->run, STREAM_ATTACH, w->cluster.attach_draws++);
	return dist_draw(d, &r);
}

static uint32_t find(const struct cluster *c, uint32_t node, uint32_t volume)
{
	uint32_t row = c->node[node].first_attachment;

	while (row != NONE && c->attachment[row].volume != volume)
		row = c->attachment[row].next_on_node;
	return row;
}

/* An ephemeral claim may have gone with its pod's object while the pod still runs. */
static uint32_t volume_of(const struct cluster *c, uint32_t pod, uint32_t i)
{
	const struct pod *p = &c->pod[pod];
	uint32_t volume = view_pod_volume(&c->view, pod, i), row;

	if (volume != NONE || p->exists || p->claim == NULL || p->claim[i] == 0 || p->claim[i] >= c->claim_names)
		return volume;
	row = c->claim_named[p->claim[i]];
	while (row != 0 && c->claim[row - 1].owner != pod)
		row = c->claim[row - 1].next_named + 1;
	volume = row != 0 ? c->claim[row - 1].volume : NONE;
	return volume != NONE && c->volume[volume].object->driver != 0 ? volume : NONE;
}

/* ---- the CSI attacher ---- */

static struct fact volume_fact(const struct world *w, enum fact_kind kind, uint32_t row)
{
	const struct attachment *a = &w->cluster.attachment[row];
	struct fact f = cluster_fact(&w->cluster, kind);

	f.node = a->node;
	f.pod = a->pod;
	f.object = w->cluster.volume[a->volume].name;
	return f;
}

static void look_again(struct world *w, uint32_t node)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		if (w->cluster.pod_truth[p].wants_volumes && w->cluster.pod_truth[p].stage == STAGE_SETUP)
			volume_mount(w, p);
}

static void moved(struct world *w, uint32_t row)
{
	struct cluster *c = &w->cluster;
	struct attachment *a = &c->attachment[row];
	uint32_t volume = a->volume, node = a->node;
	struct fact f = volume_fact(w, a->leaving ? FACT_VOLUME_DETACHED : FACT_VOLUME_ATTACHED, row);

	f.flag = a->forced;
	f.a = w->run->now - a->since;
	cluster_tell(c, f);
	if (a->leaving)
		cluster_detach(c, volume, node);
	else
		a->attached = true;
	api_notify(w, CHANGE_VOLUME, CHANGED_STATUS, volume);
	look_again(w, node);
}

/* Subject: attachment; epoch: its use of the row and what it was asked. */
void volume_on_moved(struct world *w, const struct event *e)
{
	if (e->epoch == w->cluster.attachment[e->subject].epoch)
		moved(w, e->subject);
}

static void move(struct world *w, uint32_t row, const struct dist *takes)
{
	struct attachment *a = &w->cluster.attachment[row];

	a->since = w->run->now;
	a->epoch++;
	if (w->settling)
		moved(w, row);
	else
		world_schedule(w, time_add(w->run->now, draw(w, takes)), EVENT_VOLUME_MOVED, row, a->epoch, 0);
}

bool volume_attach_apply(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;
	uint32_t row = find(c, call->node, call->object);

	if (call->verb == API_ATTACH) {
		if (row != NONE || !c->node[call->node].exists)
			return row != NONE && !c->attachment[row].leaving;
		cluster_attach(c, call->object, call->node);
		c->attachment[c->node[call->node].first_attachment].pod = call->pod;
		move(w, c->node[call->node].first_attachment, &w->scenario->latencies.volume_attach);
		return true;
	}
	if (row == NONE || c->attachment[row].leaving)
		return row != NONE;
	c->attachment[row].leaving = true;
	c->attachment[row].forced = call->number == 1;
	move(w, row, &w->scenario->latencies.volume_detach);
	return true;
}

/* ---- the kubelet's volume manager ---- */

/* Whether every attachable volume of pod is attached to its node; *any: it has such volumes. */
static bool attached(const struct cluster *c, uint32_t pod, bool *any)
{
	*any = false;
	for (uint32_t i = 0; i < c->pod[pod].spec->volume_count; i++) {
		uint32_t volume = view_pod_volume(&c->view, pod, i), row;

		if (volume == NONE)
			continue;
		*any = true;
		row = find(c, c->pod[pod].node, volume);
		if (row == NONE || !c->attachment[row].attached || c->attachment[row].leaving)
			return false;
	}
	return true;
}

/* Of a try that has timed out the pod learns nothing until the next one begins. */
static sim_time until_next_try(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	sim_time at = t->mount_asked;

	while (at + MOUNT_TRY < w->run->now)
		at += MOUNT_TRY + TRY_AGAIN + (sim_time)(rng_unit(&t->rng) * 0.5 * (double)TRY_AGAIN);
	return at > w->run->now ? at - w->run->now : 0;
}

bool volume_mount(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	struct pod_truth *t = &c->pod_truth[pod];
	bool any, all = attached(c, pod, &any);

	if (!any || t->mounted)
		return true;
	if (!t->wants_volumes)
		t->mount_asked = w->run->now;
	t->wants_volumes = true;
	/* It asks the API server whether the volume is attached. */
	if (!all || !kubelet_talks(w, c->pod[pod].node))
		return false;
	t->wants_volumes = false;
	step_in(w, pod, STEP_MOUNT, time_add(until_next_try(w, pod), draw(w, &w->scenario->latencies.volume_mount)));
	return false;
}

bool volume_mounted(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	struct fact f = cluster_fact(c, FACT_VOLUME_MOUNTED);
	bool any;

	if (!attached(c, pod, &any)) {
		c->pod_truth[pod].wants_volumes = true;
		return false;
	}
	for (uint32_t i = 0; i < c->pod[pod].spec->volume_count; i++) {
		uint32_t volume = view_pod_volume(&c->view, pod, i);

		if (volume == NONE)
			continue;
		struct attachment *a = &c->attachment[find(c, c->pod[pod].node, volume)];
		c->attachment_mounts[a - c->attachment]++;
		a->pod = pod;
		a->in_use = true;
	}
	c->pod_truth[pod].mounted = true;
	f.node = c->pod[pod].node;
	f.pod = pod;
	f.a = w->run->now - c->pod_truth[pod].mount_asked;
	cluster_tell(c, f);
	return true;
}

/* status.volumesInUse says what is mounted. */
static void report(struct world *w, uint32_t row)
{
	struct attachment *a = &w->cluster.attachment[row];

	if (a->in_use == (w->cluster.attachment_mounts[row] > 0))
		return;
	a->in_use = !a->in_use;
	api_notify(w, CHANGE_VOLUME, CHANGED_STATUS, a->volume);
}

void volume_unmount(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	uint32_t node = c->pod[pod].node;

	c->pod_truth[pod].wants_volumes = false;
	if (!c->pod_truth[pod].mounted)
		return;
	c->pod_truth[pod].mounted = false;
	for (uint32_t i = 0; i < c->pod[pod].spec->volume_count; i++) {
		uint32_t volume = volume_of(c, pod, i), row = volume != NONE ? find(c, node, volume) : NONE;

		/* After a forced detach there is nothing left to count. */
		if (row == NONE || c->attachment_mounts[row] == 0)
			continue;
		c->attachment_mounts[row]--;
		if (kubelet_talks(w, node))
			report(w, row);
	}
}

void volume_node_back(struct world *w, uint32_t node)
{
	for (uint32_t a = w->cluster.node[node].first_attachment; a != NONE; a = w->cluster.attachment[a].next_on_node)
		report(w, a);
	look_again(w, node);
}
