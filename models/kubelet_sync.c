/* kubelet_sync.c - which container of a pod the kubelet starts next (kubernetes-control-plane.md 5.3, 5.4, 5.6;
 * upstream pkg/kubelet/kuberuntime/kuberuntime_manager.go: computePodActions, SyncPod, doBackOff). */
#include "models/kubelet_steps.h"
#include "models/versions.h"

/* A back-off entry is forgotten when the container ran this long after it was last used (5.6). */
#define BACK_OFF_FORGOTTEN MINUTES(10)
#define BACK_OFF_FIRST SECONDS(10)
/* Of images: 10 s doubling to 5 min (5.9). */
#define PULL_BACK_OFF_MAX MINUTES(5)
#define BACK_OFF_FIRST_REDUCED SECONDS(1)
#define BACK_OFF_MAX_REDUCED SECONDS(60)
/* pod_workers.go: backOffPeriod, with jitter factor 0.5. */
#define RETRY SECONDS(10)
#define RETRY_AT_EXPIRY_MAX SECONDS(60)

static bool restarts_always(const struct pod_spec *s, uint32_t i)
{
	return i < s->init_count ? s->init[i].sidecar : s->restart == RESTART_ALWAYS;
}

/* Whether the kubelet starts container i again after it has ended. A regular init container that succeeded is done. */
static bool restartable(const struct pod_spec *s, uint32_t i, uint8_t exit_code)
{
	if (restarts_always(s, i))
		return true;
	return exit_code != 0 && s->restart != RESTART_NEVER;
}

static sim_time back_off_max(const struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	return t->crash_loop_reduced && t->crash_loop_max > BACK_OFF_MAX_REDUCED ? BACK_OFF_MAX_REDUCED
										 : t->crash_loop_max;
}

void sync_back_off(struct world *w, struct container_truth *c)
{
	sim_time max = back_off_max(w),
		 first = w->scenario->timers.crash_loop_reduced ? BACK_OFF_FIRST_REDUCED : BACK_OFF_FIRST;

	if (c->backoff == 0 || c->finished_at - c->backoff_at > BACK_OFF_FORGOTTEN)
		c->backoff = first;
	else
		c->backoff *= 2;
	c->backoff = c->backoff < max ? c->backoff : max;
	c->backoff_at = w->run->now;
}

/* The sync after which a container whose back-off ends at `until` is started: failed syncs are tried again. */
sim_time sync_retry_after(struct world *w, uint32_t pod, sim_time until)
{
	struct rng *r = &w->cluster.pod_truth[pod].rng;
	bool at_expiry = version_retry_at_expiry(w->scenario->kubernetes);
	sim_time at = w->run->now;

	while (at < until) {
		sim_time wait = RETRY;

		if (at_expiry)
			wait = until - at < RETRY_AT_EXPIRY_MAX ? until - at : RETRY_AT_EXPIRY_MAX;
		at += (sim_time)((double)wait * (1 + 0.5 * rng_unit(r))) + 1;
	}
	return at;
}

void sync_restart(struct world *w, uint32_t pod, uint32_t i)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	sim_time until = time_add(c->finished_at, c->backoff);
	struct fact f = pod_fact(w, FACT_CONTAINER_WAITS, pod);

	if (i < s->init_count && !s->init[i].sidecar && c->exit_code == 0)
		c->done = true;
	if (!restartable(s, i, c->exit_code))
		return;
	c->state = CONTAINER_WAITING;
	c->due = w->run->now;
	if (c->backoff == 0 || c->finished_at - c->backoff_at > BACK_OFF_FORGOTTEN || until <= w->run->now)
		return;
	c->due = sync_retry_after(w, pod, until);
	c->reason = REASON_CRASH_LOOP_BACK_OFF;
	f.object = spec_container(s, i)->name;
	f.flag = c->reason;
	f.a = c->due;
	f.b = c->backoff;
	f.c = i;
	cluster_tell(&w->cluster, f);
	step_in(w, pod, STEP_WAKE, c->due - w->run->now);
}

void sync_pull_failed(struct world *w, uint32_t pod, uint32_t i, enum container_reason why)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];
	struct fact f = pod_fact(w, FACT_CONTAINER_WAITS, pod);

	c->pull_backoff = c->pull_backoff == 0                      ? BACK_OFF_FIRST
			  : c->pull_backoff * 2 < PULL_BACK_OFF_MAX ? c->pull_backoff * 2
								    : PULL_BACK_OFF_MAX;
	c->due = sync_retry_after(w, pod, w->run->now + (why == REASON_ERR_IMAGE_NEVER_PULL ? 1 : c->pull_backoff));
	c->state = CONTAINER_WAITING;
	c->reason = (uint8_t)(why == REASON_ERR_IMAGE_PULL ? REASON_IMAGE_PULL_BACK_OFF : why);
	t->working = NONE;
	f.object = spec_container(w->cluster.pod[pod].spec, i)->name;
	f.flag = (uint16_t)why;
	f.a = c->due;
	f.b = why == REASON_ERR_IMAGE_NEVER_PULL ? 0 : c->pull_backoff;
	f.c = i;
	cluster_tell(&w->cluster, f);
	step_in(w, pod, STEP_WAKE, c->due - w->run->now);
	kubelet_report(w, pod);
	sync_containers(w, pod);
}

/* What the kubelet makes of container i in a sync. */
enum verdict { LEAVE, START, WAIT, FAIL };

static enum verdict look_at(const struct world *w, uint32_t pod, uint32_t i)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	const struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct container_truth *c = &t->container[i];
	bool sidecar = i < s->init_count && s->init[i].sidecar;

	if (i < s->init_count && !sidecar && (t->initialized || c->done))
		return LEAVE;
	switch ((enum container_state)c->state) {
	case CONTAINER_WAITING:
		return c->due <= w->run->now ? START : WAIT;
	case CONTAINER_CREATING:
		return WAIT;
	case CONTAINER_RUNNING:
		/* The next container starts once a sidecar has started; a regular init container has to end. */
		return i >= s->init_count || (sidecar && c->seen && c->started) ? LEAVE : WAIT;
	case CONTAINER_TERMINATED:
		return i < s->init_count ? (c->seen ? FAIL : WAIT) : LEAVE;
	}
	return LEAVE;
}

/* Whether every main container has ended for good, as the kubelet has seen; *failed when one with another code than 0.
 */
static bool all_ended(const struct pod_spec *s, const struct pod_truth *t, bool *failed)
{
	*failed = false;
	for (uint32_t i = s->init_count; i < spec_containers(s); i++) {
		if (t->container[i].state != CONTAINER_TERMINATED || !t->container[i].seen)
			return false;
		*failed |= t->container[i].exit_code != 0;
	}
	return true;
}

void sync_containers(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool failed;

	if (t->working != NONE || t->stage < STAGE_CONTAINERS || t->stage > STAGE_READY)
		return;
	for (uint32_t i = 0; i < spec_containers(s); i++) {
		t->initialized |= i == s->init_count;
		enum verdict v = look_at(w, pod, i);
		if (v == FAIL) {
			life_finish(w, pod, true);
			return;
		}
		if (v == START) {
			container_start(w, pod, i);
			return;
		}
		/* Init containers come one after another. */
		if (v == WAIT && !t->initialized)
			return;
	}
	if (all_ended(s, t, &failed))
		life_finish(w, pod, failed);
}
