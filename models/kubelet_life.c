/* kubelet_life.c - the life of a pod on a node as a whole, in time order from top to bottom
 * (kubernetes-control-plane.md 5.1, 5.2, 5.3, 5.8). */
#include "models/image.h"
#include "models/inspect.h"
#include "models/kubelet_admit.h"
#include "models/kubelet_cpu.h"
#include "models/kubelet_pressure.h"
#include "models/kubelet_shutdown.h"
#include "models/kubelet_steps.h"
#include "models/versions.h"
#include "models/volume_attach.h"

struct fact pod_fact(const struct world *w, enum fact_kind kind, uint32_t pod)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.node = w->cluster.pod[pod].node;
	f.pod = pod;
	return f;
}

void step_in(struct world *w, uint32_t pod, enum pod_step step, sim_time after)
{
	world_schedule(w, time_add(w->run->now, w->settling ? 0 : after), EVENT_POD_STEP, pod,
		       w->cluster.pod_truth[pod].epoch, step);
}

void step_of(struct world *w, uint32_t pod, uint32_t i, enum pod_step step, sim_time after)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	world_schedule(w, time_add(w->run->now, w->settling ? 0 : after), EVENT_POD_STEP, pod,
		       step >= STEP_SERVE ? t->container[i].life : t->epoch, step | i << STEP_BITS);
}

sim_time life_draw(struct world *w, uint32_t pod, const struct dist *d)
{
	return w->settling ? 0 : dist_draw(d, &w->cluster.pod_truth[pod].rng);
}

static uint32_t containers_of(const struct world *w, uint32_t pod)
{
	return w->cluster.pod_truth[pod].container != NULL ? spec_containers(w->cluster.pod[pod].spec) : 0;
}

/* ---- start ---- */

void life_void(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->epoch++;
	t->noticing = false;
	t->working = NONE;
	for (uint32_t i = 0; i < containers_of(w, pod); i++) {
		t->container[i].probing++;
		if (t->container[i].state == CONTAINER_CREATING)
			t->container[i].state = CONTAINER_WAITING;
	}
}

void life_begin(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (t->container == NULL)
		t->container = ARENA_NEW(&w->run->arena, spec_containers(s), struct container_truth);
	for (uint32_t i = 0; i < spec_containers(s); i++) {
		struct container_truth *c = &t->container[i];

		c->state = CONTAINER_WAITING;
		c->reason = s->init_count > 0 ? REASON_POD_INITIALIZING : REASON_CONTAINER_CREATING;
		c->seen = c->once = c->done = c->dying = false;
		c->life++;
		c->due = 0;
	}
	life_void(w, pod);
	t->stage = STAGE_SETUP;
	t->admitted = true;
	t->initialized = s->init_count == 0;
	t->ending = t->gate_asked = t->gate_open = t->exact_grace = false;
	step_in(w, pod, STEP_SETUP, life_draw(w, pod, &w->scenario->latencies.pod_setup));
}

static void sandbox_ready(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->stage = STAGE_CONTAINERS;
	t->pulled = t->images_told = false;
	t->pull_took = t->pull_waited = 0;
	inspect_sandbox(w, pod);
	cluster_tell(&w->cluster, pod_fact(w, FACT_POD_SANDBOX, pod));
	sync_containers(w, pod);
}

void life_started(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct fact f = pod_fact(w, FACT_POD_STARTED, pod);

	if (t->running)
		return;
	for (uint32_t i = 0; i < spec_containers(s); i++)
		if (!t->container[i].once && (i >= s->init_count || s->init[i].sidecar))
			return;
	t->stage = STAGE_NOTICE;
	t->running = true;
	f.flag = (uint16_t)t->restarts;
	cluster_tell(&w->cluster, f);
}

void life_serving(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct fact f = pod_fact(w, FACT_POD_SERVING, pod);
	bool serves = t->running;

	for (uint32_t i = s->init_count; i < spec_containers(s) && serves; i++)
		serves = t->container[i].state == CONTAINER_RUNNING && t->container[i].answers == ANSWERS_WELL;
	if (serves == t->serving)
		return;
	t->serving = serves;
	f.flag = !serves;
	cluster_tell(&w->cluster, f);
}

/* ---- what the kubelet sees ---- */

void life_notice(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (t->noticing || !kubelet_works(w, w->cluster.pod[pod].node))
		return;
	/* One relist sees all that has happened; while containers are still being created there is nothing to decide.
	 */
	t->noticing = true;
	step_in(w, pod, STEP_NOTICE, life_draw(w, pod, &w->scenario->latencies.pleg));
}

static void noticed(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->noticing = false;
	for (uint32_t i = 0; i < containers_of(w, pod); i++) {
		struct container_truth *c = &t->container[i];

		if (c->seen)
			continue;
		if (c->state == CONTAINER_RUNNING) {
			c->seen = true;
			probe_begin(w, pod, i, false, false);
		} else if (c->state == CONTAINER_TERMINATED) {
			c->seen = true;
			c->started = c->ready = false;
			sync_restart(w, pod, i);
		}
	}
	if (t->stage == STAGE_NOTICE) {
		t->stage = STAGE_RUNNING;
		t->was_running = true;
	}
	sync_containers(w, pod);
	life_refresh(w, pod);
}

/* ContainersReady (5.1): main containers and sidecars. One that has ended is ready until the kubelet sees it. */
static bool containers_ready(const struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	const struct container_truth *c = w->cluster.pod_truth[pod].container;

	for (uint32_t i = 0; i < spec_containers(s); i++)
		if ((i >= s->init_count || s->init[i].sidecar) &&
		    (!c[i].ready || c[i].seen != (c[i].state == CONTAINER_RUNNING)))
			return false;
	return true;
}

void life_refresh(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (t->stage == STAGE_RUNNING || t->stage == STAGE_READY) {
		bool ready = containers_ready(w, pod);

		if (ready && s->readiness_gate_count > 0 && !t->gate_asked) {
			t->gate_asked = true;
			if (s->has_gate_after)
				step_in(w, pod, STEP_GATE, life_draw(w, pod, &s->gate_after));
		}
		t->stage = ready && (s->readiness_gate_count == 0 || t->gate_open) ? STAGE_READY : STAGE_RUNNING;
	}
	kubelet_report(w, pod);
}

/* ---- end ---- */

void life_use_changed(struct world *w, uint32_t node)
{
	pressure_changed(w, node);
	cpu_changed(w, node);
}

void life_gone(struct world *w, uint32_t pod, enum stop_cause why)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct fact f = pod_fact(w, FACT_POD_STOPPED, pod);

	if (t->running) {
		f.flag = (uint16_t)why;
		cluster_tell(&w->cluster, f);
	}
	t->running = t->serving = false;
	volume_unmount(w, pod);
	image_released(w, pod);
	life_void(w, pod);
	for (uint32_t i = 0; i < containers_of(w, pod); i++) {
		struct container_truth *c = &t->container[i];

		c->life++;
		c->backoff = 0;
		c->started = c->ready = false;
		if (c->state != CONTAINER_RUNNING)
			continue;
		c->state = CONTAINER_TERMINATED;
		c->seen = true;
		c->finished_at = w->run->now;
		inspect_ended(w, pod, i, true);
	}
	if (t->container != NULL)
		life_use_changed(w, w->cluster.pod[pod].node);
}

/* Signals for all that runs (5.8): main containers in parallel; sidecars in reverse order after them, their preStop
 * hooks at once; when the grace period is over, the rest at once. Returns whether anything ran. */
static bool signal_all(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	sim_time mains = 0;
	bool any = false;
	uint8_t code;

	for (uint32_t k = containers_of(w, pod); k-- > 0;) {
		bool sidecar = k < s->init_count && s->init[k].sidecar;

		if (t->container[k].state != CONTAINER_RUNNING)
			continue;
		sim_time takes = container_stop_takes(w, pod, k, t->grace, &code);
		if (sidecar) {
			/* It waits for its turn inside the grace period; what is left of that is never less than 2 s.
			 */
			sim_time turn = mains < t->grace ? mains : t->grace;
			sim_time limit = t->grace > turn + SECONDS(2) ? t->grace : turn + SECONDS(2);

			takes = time_add(turn, takes) < limit ? time_add(turn, takes) : limit;
			mains = takes;
		} else if (takes > mains) {
			mains = takes;
		}
		container_signal(w, pod, k, takes, code, code == 0 ? REASON_COMPLETED : REASON_ERROR);
		any = true;
	}
	return any;
}

void life_stop(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	life_void(w, pod);
	t->stage = STAGE_STOPPING;
	t->ending = false;
	t->grace = w->cluster.pod[pod].deleting ? w->cluster.pod[pod].grace : w->cluster.pod[pod].spec->grace;
	if (!signal_all(w, pod))
		step_in(w, pod, STEP_STOP, 0);
}

/* One pod less on the node. */
static void room_made(struct world *w, uint32_t node)
{
	shutdown_pod_ended(w, node);
	kubelet_room(w, node);
}

void life_hasten(struct world *w, uint32_t pod, sim_time most)
{
	for (uint32_t i = 0; i < containers_of(w, pod); i++) {
		const struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

		if (c->state == CONTAINER_RUNNING && c->dying && c->ends_at > time_add(w->run->now, most))
			container_signal(w, pod, i, most, EXIT_SIGKILL, REASON_ERROR);
	}
}

static void complete(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	life_gone(w, pod, t->why != POD_REASON_NONE ? STOP_TERMINATED : STOP_COMPLETED);
	t->stage = STAGE_STOPPED;
	t->completed = true;
	room_made(w, w->cluster.pod[pod].node);
	kubelet_report(w, pod);
}

static void end(struct world *w, uint32_t pod, bool failed, sim_time grace)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	life_void(w, pod);
	t->failed = failed;
	t->stage = STAGE_STOPPING;
	t->ending = true;
	t->grace = grace;
	if (!signal_all(w, pod))
		complete(w, pod);
}

void life_finish(struct world *w, uint32_t pod, bool failed)
{
	end(w, pod, failed, w->cluster.pod[pod].spec->grace);
}

void life_kill(struct world *w, uint32_t pod, enum pod_reason why, sim_time grace, bool exact)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->why = (uint8_t)why;
	t->exact_grace = exact;
	end(w, pod, true, grace);
}

void life_ended(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	for (uint32_t i = 0; i < containers_of(w, pod); i++)
		if (t->container[i].state == CONTAINER_RUNNING)
			return;
	life_gone(w, pod, t->ending && t->why == POD_REASON_NONE ? STOP_COMPLETED : STOP_TERMINATED);
	t->stage = STAGE_STOPPED;
	t->completed |= t->ending;
	room_made(w, w->cluster.pod[pod].node);
	/* Noticed by the next relist, then cleaned up and confirmed. */
	step_in(w, pod, STEP_REPORT, life_draw(w, pod, &w->scenario->latencies.pleg));
}

/* ---- events ---- */

/* The epoch that an event of a step belongs to. */
static uint32_t epoch_of(const struct pod_truth *t, uint32_t i, enum pod_step step)
{
	if (step < STEP_PROBE)
		return t->epoch;
	return step == STEP_PROBE ? t->container[i].probing : t->container[i].life;
}

static void kubelet_step(struct world *w, uint32_t pod, uint32_t i, enum pod_step step)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	switch (step) {
	case STEP_MOUNT:
		if (!volume_mounted(w, pod))
			break;
		t->stage = STAGE_SANDBOX;
		step_in(w, pod, STEP_SANDBOX, runtime_sandbox_takes(w, pod));
		break;
	case STEP_SETUP:
		if (!volume_mount(w, pod))
			break;
		t->stage = STAGE_SANDBOX;
		step_in(w, pod, STEP_SANDBOX, runtime_sandbox_takes(w, pod));
		break;
	case STEP_SANDBOX:
		sandbox_ready(w, pod);
		break;
	case STEP_CREATED:
		container_created(w, pod, i);
		break;
	case STEP_NOTICE:
		noticed(w, pod);
		break;
	case STEP_WAKE:
		sync_containers(w, pod);
		break;
	case STEP_GATE:
		t->gate_open = true;
		life_refresh(w, pod);
		break;
	case STEP_STOP:
		life_ended(w, pod);
		break;
	case STEP_REPORT:
		kubelet_report(w, pod);
		break;
	default:
		/* A sidecar that has started lets the next container start. */
		probe_look(w, pod, i);
		sync_containers(w, pod);
		life_refresh(w, pod);
		break;
	}
}

/* Subject: pod; arg: enum pod_step and container; epoch: of the kubelet's doing, or of the container's life. */
void kubelet_on_step(struct world *w, const struct event *e)
{
	enum pod_step step = (enum pod_step)(e->arg & ((1U << STEP_BITS) - 1));
	uint32_t i = e->arg >> STEP_BITS;

	if (e->epoch != epoch_of(&w->cluster.pod_truth[e->subject], i, step))
		return;
	switch (step) {
	case STEP_SERVE:
		/* Unless CPU was short, or came back, since this was said. */
		if (w->cluster.pod_truth[e->subject].container[i].able_at == w->run->now)
			container_answers(w, e->subject, i, ANSWERS_WELL);
		break;
	case STEP_RECOVER:
		container_answers(w, e->subject, i, ANSWERS_WELL);
		break;
	case STEP_HANG:
		container_answers(w, e->subject, i, ANSWERS_NOT);
		break;
	case STEP_OOM:
		container_oom(w, e->subject, i);
		break;
	case STEP_EXIT:
		container_exited(w, e->subject, i);
		break;
	default:
		kubelet_step(w, e->subject, i, step);
		break;
	}
}
