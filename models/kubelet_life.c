/* kubelet_life.c - the life of a pod on a node, in time order from top to bottom
 * (kubernetes-control-plane.md 5.2, 5.3, 5.5, 5.8). */
#include "models/image.h"
#include "models/kubelet_steps.h"
#include "models/versions.h"

static struct fact pod_fact(const struct world *w, enum fact_kind kind, uint32_t pod)
{
	struct fact f = cluster_fact(&w->cluster, kind);

	f.node = w->cluster.pod[pod].node;
	f.pod = pod;
	return f;
}

void step_in(struct world *w, uint32_t pod, enum pod_step step, sim_time after)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool of_application = step >= STEP_SERVE;

	world_schedule(w, time_add(w->run->now, w->settling ? 0 : after), EVENT_POD_STEP, pod,
		       of_application ? t->life : t->epoch, step);
}

/* A draw for pod from one of the scenario's latencies. Each pod has a stream of its own. */
static sim_time draw(struct world *w, uint32_t pod, const struct dist *d)
{
	return w->settling ? 0 : dist_draw(d, &w->cluster.pod_truth[pod].rng);
}

/* ---- start ---- */

void life_begin(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->stage = STAGE_SETUP;
	t->epoch++;
	step_in(w, pod, STEP_SETUP, draw(w, pod, &w->scenario->latencies.pod_setup));
}

/* The i-th image of a pod, init containers first; 0 after the last. */
static uint32_t image_of(const struct pod_spec *s, uint32_t i)
{
	if (i < s->init_count)
		return s->init[i].image;
	return i - s->init_count < s->container_count ? s->container[i - s->init_count].image : 0;
}

static void create_containers(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	sim_time sum = 0;

	w->cluster.pod_truth[pod].stage = STAGE_CREATE;
	for (uint32_t i = 0; i < s->container_count; i++) {
		sum = time_add(sum, draw(w, pod, &w->scenario->latencies.container_create));
		sum = time_add(sum, draw(w, pod, &w->scenario->latencies.container_start));
	}
	step_in(w, pod, STEP_START, sum);
}

/* Init containers run one after another; a sidecar (restartable) only has to start. */
static void run_inits(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	sim_time sum = 0;

	w->cluster.pod_truth[pod].stage = STAGE_INIT;
	for (uint32_t i = 0; i < s->init_count; i++) {
		sum = time_add(sum, draw(w, pod, &w->scenario->latencies.container_create));
		sum = time_add(sum, draw(w, pod, &w->scenario->latencies.container_start));
		if (!s->init[i].sidecar)
			sum = time_add(sum, draw(w, pod, &w->scenario->latencies.init_run));
	}
	if (s->init_count == 0)
		create_containers(w, pod);
	else
		step_in(w, pod, STEP_INIT, sum);
}

/* Pulls what is missing, one image after the other; then the containers can be made. All images are pulled before the
 * first container is created, where a real kubelet interleaves the two: the sum is the same. */
static void next_image(struct world *w, uint32_t pod)
{
	struct cluster *c = &w->cluster;
	struct pod_truth *t = &c->pod_truth[pod];
	uint32_t image;

	while ((image = image_of(c->pod[pod].spec, t->next_image)) != 0 && image_present(w, c->pod[pod].node, image))
		t->next_image++;
	if (image != 0) {
		t->pulled = true;
		t->pull_asked = w->run->now;
		image_pull(w, pod, image);
		return;
	}
	struct fact f = pod_fact(w, FACT_POD_PULLED, pod);
	f.object = image_of(c->pod[pod].spec, c->pod[pod].spec->init_count);
	f.flag = t->pulled;
	f.a = t->pull_took;
	f.b = t->pull_waited;
	cluster_tell(c, f);
	run_inits(w, pod);
}

void kubelet_pulled(struct world *w, uint32_t pod, uint32_t image, sim_time began)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	sim_time own = began > t->pull_asked ? began : t->pull_asked;

	if (t->stage != STAGE_PULL || image_of(w->cluster.pod[pod].spec, t->next_image) != image)
		return;
	t->pull_took += w->run->now - own;
	t->pull_waited += own - t->pull_asked;
	t->next_image++;
	next_image(w, pod);
}

static void sandbox_ready(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	t->stage = STAGE_PULL;
	t->next_image = 0;
	t->pulled = false;
	t->pull_took = t->pull_waited = 0;
	cluster_tell(&w->cluster, pod_fact(w, FACT_POD_SANDBOX, pod));
	next_image(w, pod);
}

static void started(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct fact f = pod_fact(w, FACT_POD_STARTED, pod);

	t->stage = STAGE_NOTICE;
	t->running = true;
	t->life++;
	f.flag = (uint16_t)w->cluster.pod[pod].restarts;
	cluster_tell(&w->cluster, f);
	t->serves_at = time_add(w->run->now,
				draw(w, pod, s->has_app_ready ? &s->app_ready : &w->scenario->latencies.app_ready));
	step_in(w, pod, STEP_SERVE, t->serves_at - w->run->now);
	/* Restarted for ever under Always, which a later model of restarts will show. */
	if (s->has_run_time && s->restart != RESTART_ALWAYS)
		world_schedule(w, time_add(w->run->now, dist_draw(&s->run_time, &t->rng)), EVENT_POD_STEP, pod, t->life,
			       STEP_COMPLETE);
	step_in(w, pod, STEP_NOTICE, draw(w, pod, &w->scenario->latencies.pleg));
}

/* ---- readiness ---- */

/* When a probe that ticks from `from` on first passes, successThreshold times in a row, for an application that can
 * answer from `able` on. */
static sim_time probe_passes(const struct probe *p, sim_time from, sim_time able)
{
	sim_time first = time_add(from, p->initial_delay);
	/* Ticks come every period from the worker's start; the first one not before the initial delay. */
	sim_time tick = from + (first - from + p->period - 1) / p->period * p->period;

	if (able > tick)
		tick += (able - tick + p->period - 1) / p->period * p->period;
	sim_time more;
	bool never = __builtin_mul_overflow(p->period, (sim_time)p->success_threshold - 1, &more);

	return never ? SIM_NEVER - 1 : time_add(tick, more);
}

static sim_time container_ready(const struct container *k, sim_time from, sim_time able)
{
	sim_time at = from;

	/* The others wait for the startup probe, and readiness is probed at once when it succeeds. */
	if (k->startup.present)
		at = probe_passes(&k->startup, from, able);
	if (k->readiness.present)
		at = k->startup.present ? (at > able ? at : able) : probe_passes(&k->readiness, from, able);
	return at;
}

void life_check_readiness(struct world *w, uint32_t pod, bool fresh_kubelet)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	sim_time ready = w->run->now;

	t->stage = STAGE_RUNNING;
	for (uint32_t i = 0; i < s->container_count; i++) {
		const struct probe *p = &s->container[i].readiness;
		sim_time from = w->run->now;

		/* A probe worker first waits U(0, period) when its kubelet has just started; in 1.20 always. */
		if (p->present && !w->settling &&
		    (fresh_kubelet || version_probe_initial_wait(w->scenario->kubernetes)))
			from += (sim_time)(rng_unit(&t->rng) * (double)p->period);
		sim_time at = container_ready(&s->container[i], from, t->serves_at);
		if (at > ready)
			ready = at;
	}
	if (ready == w->run->now || w->settling)
		t->stage = STAGE_READY;
	else
		step_in(w, pod, STEP_READY, ready - w->run->now);
	kubelet_report(w, pod);
}

/* ---- end ---- */

void life_gone(struct world *w, uint32_t pod, enum stop_cause why)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct fact f = pod_fact(w, FACT_POD_STOPPED, pod);

	if (t->running) {
		f.flag = (uint16_t)why;
		cluster_tell(&w->cluster, f);
	}
	t->running = t->serving = false;
	t->epoch++;
	t->life++;
}

void life_stop(struct world *w, uint32_t pod)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	sim_time takes = draw(w, pod, s->has_app_stop ? &s->app_stop : &w->scenario->latencies.app_stop);

	t->epoch++;
	t->stage = STAGE_STOPPING;
	if (!t->running)
		takes = 0;
	/* SIGKILL when the grace period is over; never less than 2 s (5.8). */
	sim_time grace = w->cluster.pod[pod].deleting ? w->cluster.pod[pod].grace : s->grace;
	sim_time limit = grace > SECONDS(2) ? grace : SECONDS(2);
	step_in(w, pod, STEP_STOP, takes < limit ? takes : limit);
}

static void stopped(struct world *w, uint32_t pod)
{
	life_gone(w, pod, STOP_TERMINATED);
	w->cluster.pod_truth[pod].stage = STAGE_STOPPED;
	/* Noticed by the next relist, then cleaned up and confirmed. */
	step_in(w, pod, STEP_REPORT, draw(w, pod, &w->scenario->latencies.pleg));
}

static void completed(struct world *w, uint32_t pod)
{
	life_gone(w, pod, STOP_COMPLETED);
	w->cluster.pod_truth[pod].stage = STAGE_STOPPED;
	w->cluster.pod_truth[pod].completed = true;
	step_in(w, pod, STEP_REPORT, draw(w, pod, &w->scenario->latencies.pleg));
}

/* Subject: pod; arg: enum pod_step; epoch: of the kubelet's doing, or of the application's life. */
void kubelet_on_step(struct world *w, const struct event *e)
{
	uint32_t pod = e->subject;
	struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (e->epoch != (e->arg >= STEP_SERVE ? t->life : t->epoch))
		return;
	switch ((enum pod_step)e->arg) {
	case STEP_SETUP:
		t->stage = STAGE_SANDBOX;
		step_in(w, pod, STEP_SANDBOX, draw(w, pod, &w->scenario->latencies.sandbox));
		break;
	case STEP_SANDBOX:
		sandbox_ready(w, pod);
		break;
	case STEP_INIT:
		create_containers(w, pod);
		break;
	case STEP_START:
		started(w, pod);
		break;
	case STEP_NOTICE:
		life_check_readiness(w, pod, false);
		break;
	case STEP_READY:
		t->stage = STAGE_READY;
		kubelet_report(w, pod);
		break;
	case STEP_STOP:
		stopped(w, pod);
		break;
	case STEP_REPORT:
		kubelet_report(w, pod);
		break;
	case STEP_SERVE:
		t->serving = true;
		cluster_tell(&w->cluster, pod_fact(w, FACT_POD_SERVING, pod));
		break;
	case STEP_COMPLETE:
		completed(w, pod);
		break;
	}
}
