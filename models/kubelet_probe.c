/* kubelet_probe.c - startup, liveness and readiness probes as arithmetic (kubernetes-control-plane.md 5.5; upstream
 * pkg/kubelet/prober/worker.go). A probe that goes on giving the same verdict costs no event: the ticks are counted
 * when the application's answers change, and one event waits for the tick that changes the verdict. */
#include "models/kubelet_steps.h"
#include "models/versions.h"

#define TICKS_MAX (UINT32_MAX / 2)

static sim_time first_tick(const struct probe *p, sim_time from, sim_time started)
{
	sim_time earliest = time_add(started, p->initial_delay);

	if (earliest <= from)
		return from;
	sim_time behind = (earliest - from) % p->period;
	return behind == 0 ? earliest : time_add(earliest, p->period - behind);
}

sim_time probe_tick(const struct probe *p, sim_time from, sim_time started, sim_time after, uint32_t n)
{
	sim_time tick = first_tick(p, from, started), more;

	if (tick <= after)
		tick = time_add(tick, (after - tick) / p->period * p->period + p->period);
	if (__builtin_mul_overflow(p->period, (sim_time)n - 1, &more))
		return SIM_NEVER - 1;
	tick = time_add(tick, more);
	return tick < SIM_NEVER ? tick : SIM_NEVER - 1;
}

uint32_t probe_ticks(const struct probe *p, sim_time from, sim_time started, sim_time after, sim_time until)
{
	sim_time tick = probe_tick(p, from, started, after, 1);

	if (tick > until)
		return 0;
	sim_time more = (until - tick) / p->period;
	return more < TICKS_MAX ? (uint32_t)more + 1 : TICKS_MAX;
}

static const struct probe *probe_of(const struct container *k, int kind)
{
	return kind == PROBE_STARTUP ? &k->startup : kind == PROBE_LIVENESS ? &k->liveness : &k->readiness;
}

static const struct container *spec_of(const struct world *w, uint32_t pod, uint32_t i)
{
	return spec_container(w->cluster.pod[pod].spec, i);
}

/* While a startup probe has not passed the others are suspended. */
static bool probed(const struct container *k, const struct container_truth *c, int kind)
{
	return probe_of(k, kind)->present && c->seen && !c->dying && (kind == PROBE_STARTUP) == !c->started;
}

static bool failing(const struct container_truth *c, int kind)
{
	return c->answers != ANSWERS_WELL && (c->answers != ANSWERS_UNREADY || kind == PROBE_READINESS);
}

/* Nobody answers a hanging container's probe: its failure is known only after the timeout. */
static sim_time delay_of(const struct container_truth *c, const struct probe *p)
{
	return c->answers == ANSWERS_NOT ? p->timeout : 0;
}

static uint32_t grow(uint32_t count, uint32_t by)
{
	return count < TICKS_MAX ? count + by : count;
}

static void count_until(const struct container *k, struct container_truth *c, sim_time until)
{
	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		struct probe_run *r = &c->probe[kind];
		uint32_t n;

		if (!probed(k, c, kind) || until <= r->counted)
			continue;
		n = probe_ticks(probe_of(k, kind), r->from, c->started_at, r->counted, until);
		r->counted = until;
		if (n == 0)
			continue;
		r->fails = failing(c, kind) ? grow(r->fails, n) : 0;
		r->oks = failing(c, kind) ? 0 : grow(r->oks, n);
	}
}

void probe_count(struct world *w, uint32_t pod, uint32_t i)
{
	count_until(spec_of(w, pod, i), &w->cluster.pod_truth[pod].container[i], w->run->now);
}

static void tell_unhealthy(struct world *w, uint32_t pod, uint32_t i, int kind, bool killed)
{
	struct fact f = pod_fact(w, FACT_CONTAINER_UNHEALTHY, pod);

	f.object = spec_of(w, pod, i)->name;
	f.flag = (uint16_t)kind;
	f.a = killed;
	f.b = w->cluster.pod_truth[pod].container[i].changed_at;
	f.c = i;
	cluster_tell(&w->cluster, f);
}

/* The probe's own grace period counts since 1.25 (ProbeTerminationGracePeriod on by default; version recalled). */
static void kill_container(struct world *w, uint32_t pod, uint32_t i, int kind)
{
	const struct probe *p = probe_of(spec_of(w, pod, i), kind);
	sim_time grace = p->grace >= 0 && version_probe_grace(w->scenario->kubernetes)
				 ? p->grace
				 : w->cluster.pod[pod].spec->grace;
	uint8_t code;

	tell_unhealthy(w, pod, i, kind, true);
	sim_time takes = container_stop_takes(w, pod, i, grace, &code);
	container_signal(w, pod, i, takes, code, REASON_ERROR);
}

/* How many more ticks change the verdict of a probe; 0: none will. */
static uint32_t needed(const struct container_truth *c, const struct probe *p, int kind)
{
	const struct probe_run *r = &c->probe[kind];
	bool fails = failing(c, kind);
	int32_t threshold = fails ? p->failure_threshold : p->success_threshold;
	uint32_t have = fails ? r->fails : r->oks;

	if ((kind == PROBE_READINESS && fails == !c->ready) || (kind == PROBE_LIVENESS && !fails))
		return 0;
	return (uint32_t)threshold > have ? (uint32_t)threshold - have : 1;
}

static void wait_for_verdict(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_of(w, pod, i);
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	sim_time at = SIM_NEVER;

	c->probing++;
	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		const struct probe *p = probe_of(k, kind);
		uint32_t n = probed(k, c, kind) ? needed(c, p, kind) : 0;

		if (n == 0)
			continue;
		sim_time t = time_add(probe_tick(p, c->probe[kind].from, c->started_at, c->probe[kind].counted, n),
				      delay_of(c, p));
		at = t < at ? t : at;
	}
	if (at < SIM_NEVER - 1)
		world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_POD_STEP, pod, c->probing,
			       STEP_PROBE | i << STEP_BITS);
}

/* The readiness probe is triggered by hand when the startup probe passes, to avoid a wait. */
static void pass_startup(const struct container *k, struct container_truth *c, sim_time now)
{
	c->started = true;
	for (int kind = PROBE_LIVENESS; kind < PROBE_KINDS; kind++)
		c->probe[kind].counted = now;
	c->ready = !k->readiness.present;
	c->probe[PROBE_READINESS].oks = !failing(c, PROBE_READINESS);
}

/* Returns false when the container is killed. */
static bool judge(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_of(w, pod, i);
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		const struct probe *p = probe_of(k, kind);
		const struct probe_run *r = &c->probe[kind];

		if (!probed(k, c, kind))
			continue;
		if (kind == PROBE_STARTUP && r->oks >= (uint32_t)p->success_threshold) {
			pass_startup(k, c, w->run->now);
		} else if (kind != PROBE_READINESS && r->fails >= (uint32_t)p->failure_threshold) {
			kill_container(w, pod, i, kind);
			return false;
		} else if (kind == PROBE_READINESS && !c->ready && r->oks >= (uint32_t)p->success_threshold) {
			c->ready = true;
		} else if (kind == PROBE_READINESS && c->ready && r->fails >= (uint32_t)p->failure_threshold) {
			c->ready = false;
			tell_unhealthy(w, pod, i, kind, false);
		}
	}
	return true;
}

void probe_look(struct world *w, uint32_t pod, uint32_t i)
{
	const struct container *k = spec_of(w, pod, i);
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];
	sim_time late = 0;

	/* Probes that still wait for their timeout have not failed yet. */
	for (int kind = 0; kind < PROBE_KINDS; kind++)
		if (probed(k, c, kind) && delay_of(c, probe_of(k, kind)) > late)
			late = delay_of(c, probe_of(k, kind));
	count_until(k, c, w->run->now - late);
	if (judge(w, pod, i))
		wait_for_verdict(w, pod, i);
}

void probe_resume(struct world *w, uint32_t pod, uint32_t i)
{
	struct container_truth *c = &w->cluster.pod_truth[pod].container[i];

	if (c->state != CONTAINER_RUNNING || !c->seen || c->dying)
		return;
	for (int kind = 0; kind < PROBE_KINDS; kind++)
		c->probe[kind].counted = w->run->now;
	probe_look(w, pod, i);
}

void probe_begin(struct world *w, uint32_t pod, uint32_t i, bool fresh, bool kept)
{
	const struct container *k = spec_of(w, pod, i);
	struct pod_truth *t = &w->cluster.pod_truth[pod];
	struct container_truth *c = &t->container[i];

	if (!kept)
		c->started = !k->startup.present;
	if (!kept || !c->started)
		c->ready = c->started && !k->readiness.present;
	for (int kind = 0; kind < PROBE_KINDS; kind++) {
		const struct probe *p = probe_of(k, kind);
		sim_time from = w->run->now;

		if (!p->present)
			continue;
		/* A worker first waits U(0, period) when its kubelet has just started; in 1.20 always. In the initial
		 * state the workers have ticked for long. */
		if (w->settling)
			from -= (sim_time)(rng_unit(&t->rng) * (double)p->period);
		else if (fresh || version_probe_initial_wait(w->scenario->kubernetes))
			from += (sim_time)(rng_unit(&t->rng) * (double)p->period);
		c->probe[kind] = (struct probe_run){.from = from, .counted = w->run->now - 1};
	}
	if (w->settling)
		c->started = c->ready = true;
	if (!k->startup.present && !k->readiness.present && !k->liveness.present)
		return;
	probe_look(w, pod, i);
}
