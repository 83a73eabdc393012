/* kubelet_container.c - one container: its image is pulled, it is created, runs, and exits (kubernetes-control-plane.md
 * 5.1, 5.3, 5.8). */
#include "models/image.h"
#include "models/inspect.h"
#include "models/kubelet_steps.h"
#include "models/usage.h"

/* SIGKILL comes when the grace period is over, never less than 2 s after SIGTERM (5.8). */
#define GRACE_MIN SECONDS(2)
/* A server that cannot bind its port ends so long after its start: a guess. */
#define PORT_IN_USE_AFTER SECONDS(1)

static const struct container *spec_of(const struct world *w, uint32_t pod, uint32_t i)
{
	return spec_container(w->cluster.pod[pod].spec, i);
}

static bool is_init(const struct world *w, uint32_t pod, uint32_t i)
{
	return i < w->cluster.pod[pod].spec->init_count && !spec_of(w, pod, i)->sidecar;
}

/* ---- start ---- */

/* Told once in a life, as soon as no image is missing. */
static void tell_images(struct world *w, uint32_t pod)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct fact f = pod_fact(w, FACT_POD_PULLED, pod);

	if (t->images_told)
		return;
	for (uint32_t i = 0; i < spec_containers(s); i++)
		if (!image_present(w, w->cluster.pod[pod].node, spec_container(s, i)->image))
			return;
	t->images_told = true;
	f.object = s->container[0].image;
	f.flag = t->pulled;
	f.a = t->pull_took;
	f.b = t->pull_waited;
	cluster_tell(&w->cluster, f);
}

static void create(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_of(w, pod, i);
	sim_time takes = runtime_start_takes(w, pod);

	tell_images(w, pod);
	image_add(w, w->cluster.pod[pod].node, k->image); /* noted now where all are there (prePulled) */
	/* The container's Running waits for its postStart hook. */
	if (k->post_start && k->app.has & APP_POST_START)
		takes = time_add(takes, life_draw(w, pod, &k->app.post_start));
	/* Always: the registry is asked although the image is there. */
	if (k->pull == PULL_ALWAYS && w->scenario->registry.present && !w->scenario->prepulled)
		takes = time_add(takes, life_draw(w, pod, &w->scenario->registry.latency));
	w->cluster.pod_truth[pod].container[i].pull_backoff = 0;
	step_of(w, pod, i, STEP_CREATED, takes);
}

void container_start(struct world *w, uint32_t pod, uint32_t i)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];
	uint32_t image = spec_of(w, pod, i)->image;

	t->working = i;
	c->state = CONTAINER_CREATING;
	c->reason = i < w->cluster.pod[pod].spec->init_count ? REASON_POD_INITIALIZING : REASON_CONTAINER_CREATING;
	if (c->once && !w->settling)
		sync_back_off(w, c);
	if (image_present(w, w->cluster.pod[pod].node, image)) {
		create(w, pod, i);
		return;
	}
	if (spec_of(w, pod, i)->pull == PULL_NEVER && !w->settling) {
		sync_pull_failed(w, pod, i, REASON_ERR_IMAGE_NEVER_PULL);
		return;
	}
	t->pulled = true;
	t->pull_asked = w->run->now;
	image_pull(w, pod, image);
}

void kubelet_pulled(struct world *w, uint32_t pod, uint32_t image, sim_time began)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	sim_time own = began > t->pull_asked ? began : t->pull_asked;

	if (t->stage < STAGE_CONTAINERS || t->stage > STAGE_READY || t->working == NONE ||
	    spec_of(w, pod, t->working)->image != image)
		return;
	t->pull_took += w->run->now - own;
	t->pull_waited += own - t->pull_asked;
	create(w, pod, t->working);
}

void kubelet_pull_failed(struct world *w, uint32_t pod, uint32_t image)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	if (t->stage < STAGE_CONTAINERS || t->stage > STAGE_READY || t->working == NONE ||
	    spec_of(w, pod, t->working)->image != image)
		return;
	sync_pull_failed(w, pod, t->working, REASON_ERR_IMAGE_PULL);
}

static void tell_started(struct world *w, uint32_t pod, uint32_t i)
{
	struct fact f = pod_fact(w, FACT_CONTAINER_STARTED, pod);

	f.object = spec_of(w, pod, i)->name;
	f.flag = (uint16_t)(w->cluster.pod_truth[pod].container[i].restarts);
	f.a = i;
	if (!w->settling)
		cluster_tell(&w->cluster, f);
}

/* It ends by itself after `takes`; not at once while the initial state is built, which has to come to its end. */
static void plan_end(struct world *w, uint32_t pod, uint32_t i, sim_time takes)
{
	if (w->settling && takes == 0)
		takes = 1;
	world_schedule(w, time_add(w->run->now, takes), EVENT_POD_STEP, pod,
		       w->cluster.pod_truth[pod].container[i].life, STEP_EXIT | i << STEP_BITS);
}

/* Its port is in use: it says so and exits before it can serve. */
static void plan_port_in_use(struct world *w, uint32_t pod, uint32_t i)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	c->exit_code = 1;
	c->last_reason = REASON_ERROR;
	c->able_at = SIM_NEVER;
	c->pace = 1;
	c->answers = ANSWERS_NOTHING_YET;
	plan_end(w, pod, i, PORT_IN_USE_AFTER);
}

/* What the application will do by itself in this run. In the initial state init containers have succeeded. */
static void plan_application(struct world *w, uint32_t pod, uint32_t i)
{
	const struct app *a = &spec_of(w, pod, i)->app;
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];
	if (spec_of(w, pod, i)->port_in_use) {
		plan_port_in_use(w, pod, i);
		return;
	}
	bool fails = c->runs <= a->exits && !(w->settling && is_init(w, pod, i));
	bool ends = is_init(w, pod, i) ||
		    (a->has & APP_RUN && (fails || w->cluster.pod[pod].spec->restart != RESTART_ALWAYS));

	c->exit_code = fails ? a->exit_code : 0;
	c->last_reason = c->exit_code == 0 ? REASON_COMPLETED : REASON_ERROR;
	c->able_at = w->run->now;
	if (!is_init(w, pod, i))
		c->able_at =
			time_add(w->run->now,
				 life_draw(w, pod, a->has & APP_READY ? &a->ready : &w->scenario->latencies.app_ready));
	c->pace = 1;
	c->answers = c->able_at > w->run->now ? ANSWERS_NOTHING_YET : ANSWERS_WELL;
	if (c->answers != ANSWERS_WELL)
		step_of(w, pod, i, STEP_SERVE, c->able_at - w->run->now);
	if (is_init(w, pod, i) && w->settling)
		step_of(w, pod, i, STEP_EXIT, 0);
	else if (ends)
		plan_end(w, pod, i, dist_draw(a->has & APP_RUN ? &a->run : &w->scenario->latencies.init_run, &t->rng));
	if (a->has & APP_HANG)
		world_schedule(w, time_add(w->run->now, dist_draw(&a->hang, &t->rng)), EVENT_POD_STEP, pod, c->life,
			       STEP_HANG | i << STEP_BITS);
}

void container_created(struct world *w, uint32_t pod, uint32_t i)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];

	c->restarts += c->runs > 0;
	t->restarts += c->runs > 0;
	c->runs++;
	c->life++;
	c->state = CONTAINER_RUNNING;
	c->reason = REASON_NONE;
	c->once = true;
	c->seen = c->started = c->ready = c->dying = false;
	c->started_at = c->changed_at = w->run->now;
	t->working = NONE;
	tell_started(w, pod, i);
	plan_application(w, pod, i);
	if (!w->settling)
		usage_plan_oom(w, pod, i);
	life_use_changed(w, w->cluster.pod[pod].node);
	life_started(w, pod);
	life_serving(w, pod);
	life_notice(w, pod);
	sync_containers(w, pod);
}

/* ---- answers ---- */

void container_answers(struct world *w, uint32_t pod, uint32_t i, enum answers a)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	if (c->state != CONTAINER_RUNNING || c->answers == a)
		return;
	probe_count(w, pod, i);
	c->answers = (uint8_t)a;
	c->changed_at = w->run->now;
	life_serving(w, pod);
	if (!c->seen || c->dying || !kubelet_works(w, w->cluster.pod[pod].node))
		return;
	probe_look(w, pod, i);
	life_refresh(w, pod);
}

bool kubelet_application(struct world *w, uint32_t pod, const struct action *a)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	bool any = false;

	for (uint32_t i = 0; i < spec_containers(s); i++) {
		if (t->container[i].state != CONTAINER_RUNNING ||
		    (a->container != 0 && spec_of(w, pod, i)->name != a->container))
			continue;
		any = true;
		if (a->kind == ACTION_APP_EXIT || a->kind == ACTION_APP_OOM) {
			bool oom = a->kind == ACTION_APP_OOM;

			container_signal(w, pod, i, 0, oom ? EXIT_SIGKILL : a->code,
					 oom           ? REASON_OOM_KILLED
					 : a->code > 0 ? REASON_ERROR
						       : REASON_COMPLETED);
			continue;
		}
		container_answers(w, pod, i, a->kind == ACTION_APP_HANG ? ANSWERS_NOT : ANSWERS_UNREADY);
		if (a->lasts != SIM_NEVER)
			step_of(w, pod, i, STEP_RECOVER, a->lasts);
	}
	return any;
}

/* ---- end ---- */

sim_time container_stop_takes(struct world *w, uint32_t pod, uint32_t i, sim_time grace, uint8_t *code)
{
	const struct container *k = spec_of(w, pod, i);
	const struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	sim_time takes = life_draw(w, pod, k->app.has & APP_STOP ? &k->app.stop : &w->scenario->latencies.app_stop);
	sim_time hook = k->pre_stop && k->app.has & APP_PRE_STOP ? life_draw(w, pod, &k->app.pre_stop) : 0;

	hook = hook < grace ? hook : grace;
	sim_time least = w->cluster.pod_truth[pod].exact_grace ? 0 : GRACE_MIN;
	sim_time left = grace - hook > least ? grace - hook : least;
	/* What hangs does not heed SIGTERM either (a guess). */
	bool killed = takes >= left || c->answers == ANSWERS_NOT;
	*code = killed ? EXIT_SIGKILL : EXIT_SIGTERM;
	return time_add(time_add(hook, killed ? left : takes), runtime_stop_takes(w, pod));
}

void container_signal(struct world *w, uint32_t pod, uint32_t i, sim_time after, uint8_t code,
		      enum container_reason why)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	c->life++;
	c->probing++;
	c->dying = true;
	c->exit_code = code;
	c->last_reason = (uint8_t)why;
	c->ends_at = time_add(w->run->now, after);
	step_of(w, pod, i, STEP_EXIT, after);
}

void container_oom(struct world *w, uint32_t pod, uint32_t i)
{
	if (usage_oom(w, pod, i))
		container_signal(w, pod, i, 0, EXIT_SIGKILL, REASON_OOM_KILLED);
}

void container_exited(struct world *w, uint32_t pod, uint32_t i)
{
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];
	struct fact f = pod_fact(w, FACT_CONTAINER_EXITED, pod);

	c->state = CONTAINER_TERMINATED;
	c->seen = false;
	c->finished_at = w->run->now;
	inspect_ended(w, pod, i, false);
	c->life++;
	life_use_changed(w, w->cluster.pod[pod].node);
	c->probing++;
	f.object = spec_of(w, pod, i)->name;
	f.flag = c->last_reason;
	f.a = c->exit_code;
	f.b = w->run->now - c->started_at;
	f.c = i;
	if (!w->settling)
		cluster_tell(&w->cluster, f);
	life_serving(w, pod);
	if (t->stage == STAGE_STOPPING)
		life_ended(w, pod);
	else
		life_notice(w, pod);
}
