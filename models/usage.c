/* usage.c - what containers use now, and when it will be more than their limit. */
#include "models/usage.h"

#include <math.h>

#include "models/kubelet_steps.h"

/* How many changes of a curve are looked at ahead when it is asked when it passes a limit. */
#define AHEAD 4096

bool usage_told(const struct world *w, enum usage u)
{
	return w->scenario->tells_use >> u & 1;
}

static const struct curve *curve_of(const struct world *w, uint32_t pod, uint32_t i, enum usage u)
{
	return spec_container(w->cluster.pod[pod].spec, i)->app.use[u];
}

/* The stream of a walk: another one in each life of the container. */
static struct rng stream_of(const struct world *w, uint32_t pod, uint32_t i, enum usage u)
{
	struct rng r = run_stream(w->run, STREAM_USAGE, pod);

	r.key += ((uint64_t)w->cluster.pod_truth[pod].container[i].runs << 16 | i << 3 | u) * 0x9e3779b97f4a7c15u;
	return r;
}

static struct curve_state *state_of(const struct world *w, uint32_t pod, uint32_t i, enum usage u)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	if (c->walk == NULL)
		c->walk = ARENA_NEW(&w->run->arena, 1, struct container_walk);
	if (c->walk->run != c->runs)
		*c->walk = (struct container_walk){.run = c->runs};
	return &c->walk->state[u];
}

/* What the curve is read at, and the instant at which that is 0. */
static sim_time age_of(const struct world *w, const struct curve *c, const struct container_truth *t, sim_time *origin)
{
	*origin = c->by_clock ? 0 : t->started_at;
	return w->run->now - *origin;
}

/* The workload that is given load, of a pod; a ReplicaSet's is its Deployment. */
static uint32_t loaded(const struct world *w, uint32_t pod)
{
	uint32_t owner = workload_maker(w->cluster.workload, w->cluster.pod[pod].workload);

	for (uint32_t i = 0; owner != NONE && i < w->scenario->load_count; i++)
		if (w->scenario->load[i].workload == owner)
			return owner;
	return NONE;
}

static double requested(const struct container *k, enum usage u)
{
	return u == USAGE_CPU      ? (double)k->request.cpu_milli
	       : u == USAGE_MEMORY ? (double)k->request.mem_bytes
	       : u == USAGE_PIDS   ? 1
				   : 0;
}

double usage_of_container(const struct world *w, uint32_t pod, uint32_t i, enum usage u)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	const struct curve *c = curve_of(w, pod, i, u);
	const struct container_truth *t = w->cluster.pod_truth[pod].container;
	struct curve_state none = {0};
	sim_time origin;

	if (t == NULL || t[i].state != CONTAINER_RUNNING)
		return 0;
	if (c != NULL) {
		struct rng r = stream_of(w, pod, i, u);

		return curve_at(c, age_of(w, c, &t[i], &origin), c->kind == CURVE_WALK ? state_of(w, pod, i, u) : &none,
				&r);
	}
	if (i == s->init_count && u <= USAGE_MEMORY && loaded(w, pod) != NONE)
		return (double)w->cluster.view.pod_usage(w, pod, u, w->run->now);
	return requested(spec_container(s, i), u);
}

bool usage_alive(const struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	return t->container != NULL && t->stage != STAGE_STOPPED && t->stage != STAGE_NONE;
}

double usage_of_pod(const struct world *w, uint32_t pod, enum usage u)
{
	double sum = 0;

	for (uint32_t i = 0; usage_alive(w, pod) && i < spec_containers(w->cluster.pod[pod].spec); i++)
		sum += usage_of_container(w, pod, i, u);
	return sum;
}

double usage_most(const struct world *w, uint32_t pod, enum usage u)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	double sum = 0;

	if (!usage_alive(w, pod))
		return 0;
	for (uint32_t i = 0; i < spec_containers(s); i++) {
		const struct curve *c = curve_of(w, pod, i, u);

		sum += c != NULL ? curve_most(c, w->scenario->duration) : requested(spec_container(s, i), u);
	}
	return u <= USAGE_MEMORY && loaded(w, pod) != NONE ? INFINITY : sum;
}

bool usage_varies(const struct world *w, uint32_t pod, enum usage u, double *growth)
{
	const struct container_truth *t = w->cluster.pod_truth[pod].container;
	bool varies;

	*growth = 0;
	if (!usage_alive(w, pod))
		return false;
	varies = u <= USAGE_MEMORY && loaded(w, pod) != NONE;
	for (uint32_t i = 0; t != NULL && i < spec_containers(w->cluster.pod[pod].spec); i++) {
		const struct curve *c = curve_of(w, pod, i, u);

		if (c == NULL || t[i].state != CONTAINER_RUNNING)
			continue;
		varies |= c->kind != CURVE_CONSTANT && !curve_is_constant(c);
		*growth += c->growth;
	}
	return varies;
}

/* ---- limits of memory ---- */

sim_time usage_passes(const struct world *w, uint32_t pod, uint32_t i, enum usage u, double level)
{
	const struct curve *c = curve_of(w, pod, i, u);
	const struct container_truth *t = w->cluster.pod_truth[pod].container;
	sim_time origin, until, at;

	if (c == NULL || t == NULL || t[i].state != CONTAINER_RUNNING)
		return SIM_NEVER;
	sim_time age = age_of(w, c, &t[i], &origin);
	struct rng r = stream_of(w, pod, i, u);
	bool walk = c->kind == CURVE_WALK;
	until = age + (w->scenario->duration - w->run->now);
	bool ahead = walk && until - age > AHEAD * c->period;
	if (ahead)
		until = age + AHEAD * c->period;
	at = curve_passes(c, age, until, level, walk ? *state_of(w, pod, i, u) : (struct curve_state){0}, &r);
	if (at == SIM_NEVER && (!ahead || c->high <= level))
		return SIM_NEVER;
	return origin + (at == SIM_NEVER ? until : at);
}

void usage_plan_oom(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_container(w->cluster.pod[pod].spec, i);
	sim_time at = k->mem_limit > 0 ? usage_passes(w, pod, i, USAGE_MEMORY, (double)k->mem_limit) : SIM_NEVER;

	if (at != SIM_NEVER)
		world_schedule(w, at, EVENT_POD_STEP, pod, w->cluster.pod_truth[pod].container[i].life,
			       STEP_OOM | i << STEP_BITS);
}

bool usage_oom(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_container(w->cluster.pod[pod].spec, i);

	/* Only a walk is looked at again before it passes: the others pass now. */
	if (k->app.use[USAGE_MEMORY]->kind != CURVE_WALK ||
	    usage_of_container(w, pod, i, USAGE_MEMORY) > (double)k->mem_limit)
		return true;
	if (w->run->now < w->scenario->duration)
		usage_plan_oom(w, pod, i);
	return false;
}

void usage_settled(struct world *w)
{
	for (uint32_t p = 0; usage_told(w, USAGE_MEMORY) && p < w->cluster.pod_count; p++)
		for (uint32_t i = 0; usage_alive(w, p) && i < spec_containers(w->cluster.pod[p].spec); i++)
			usage_plan_oom(w, p, i);
}
