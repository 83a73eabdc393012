/* master.c - the controller managers and schedulers of all masters: one of each leads while it can renew its lock.
 *
 * kubernetes-control-plane.md 4.5, 8.6 and 11.3 (measured): a leader that cannot renew for renewDeadline exits and is
 * restarted by its kubelet. Everybody else judges by its own clock: a lock that it has not seen change for
 * leaseDuration is free. A new process counts from its own first sight of the lock, however stale that is. While
 * nothing breaks, renewals and polls are no events.
 */
#include "models/master.h"

#include "models/api.h"
#include "models/control.h"
#include "models/etcd.h"
#include "models/plane.h"
#include "models/scheduler.h"

enum master_step { MASTER_LOSES, MASTER_ACQUIRES, MASTER_ACTS };

/* Jitter of the acquire loop: each retry after U(1, 2.2) retry periods (client-go tools/leaderelection). */
#define ACQUIRE_JITTER 1.2
#define STEP_BITS 2

/* One process that leads or wants to. */
struct instance {
	bool runs, reaches; /* as master_changed() found it last */
	bool fresh;         /* it has never seen the lock */
	bool late;          /* the lock changed since it saw it last */
	bool waits;         /* its next try at a stale lock is scheduled */
	sim_time seen;      /* when it saw the last change */
	uint32_t epoch;
	struct rng rng;
};

struct lock {
	uint32_t holder;  /* host, or NONE: stale */
	sim_time renewed; /* last renewal, once it is stale or about to be */
	bool acts;        /* the holder's informers are synced */
	struct instance instance[SCENARIO_MASTERS_MAX];
};

struct masters {
	struct lock lock[COMPONENT_SCHEDULER + 1];
	bool ready;
};

#define EACH_COMPONENT(c) (uint32_t c = COMPONENT_CONTROLLER_MANAGER; c <= COMPONENT_SCHEDULER; c++)

void master_init(struct world *w)
{
	w->masters = ARENA_NEW(&w->run->arena, 1, struct masters);
	for
		EACH_COMPONENT(c)
	for (uint32_t h = 0; h < w->scenario->masters; h++)
		w->masters->lock[c].instance[h] =
			(struct instance){.runs = true,
					  .reaches = true,
					  .rng = run_stream(w->run, STREAM_MASTER, c + h * (COMPONENT_SCHEDULER + 1))};
}

static void act(struct world *w, uint32_t component)
{
	w->masters->lock[component].acts = true;
	if (component == COMPONENT_CONTROLLER_MANAGER)
		control_start(w);
	else
		scheduler_start(w);
}

void master_lead(struct world *w)
{
	w->masters->ready = true;
	for
		EACH_COMPONENT(c)
		{
			w->masters->lock[c].holder = 0;
			act(w, c);
		}
}

uint32_t master_leader(const struct world *w, enum component component)
{
	return w->masters->lock[component].holder;
}

bool master_talks(const struct world *w, enum component component)
{
	const struct lock *l = &w->masters->lock[component];

	return l->holder != NONE && l->instance[l->holder].reaches;
}

static void step_at(struct world *w, uint32_t component, uint32_t host, enum master_step step, sim_time at)
{
	world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_MASTER, host,
		       w->masters->lock[component].instance[host].epoch, component << STEP_BITS | step);
}

static void sync_informers(struct world *w, uint32_t component)
{
	struct lock *l = &w->masters->lock[component];
	sim_time takes = dist_draw(&w->scenario->latencies.informer_sync, &l->instance[l->holder].rng);

	step_at(w, component, l->holder, MASTER_ACTS, time_add(w->run->now, takes));
}

static void tell(struct world *w, uint32_t component, uint32_t host, bool leads)
{
	struct fact f = cluster_fact(&w->cluster, FACT_LEADER);

	f.object = component;
	f.flag = leads;
	f.a = host;
	cluster_tell(&w->cluster, f);
}

/* ---- losing ---- */

static sim_time poll(const struct world *w, struct instance *i)
{
	double retry = (double)w->scenario->timers.leader_retry_period;

	return (sim_time)(retry * (1 + ACQUIRE_JITTER * rng_unit(&i->rng)));
}

/* The lock will not be renewed after l->renewed: standbys that watch see that renewal at their next poll. */
static void grows_stale(struct world *w, struct lock *l)
{
	for (uint32_t h = 0; h < w->scenario->masters; h++) {
		struct instance *i = &l->instance[h];

		if (h == l->holder || !i->runs || i->fresh)
			continue;
		i->late = !i->reaches;
		if (i->reaches)
			i->seen = l->renewed + (sim_time)(rng_unit(&i->rng) * (double)poll(w, i));
	}
}

/* The holder no longer leads. */
static void lose(struct world *w, uint32_t component)
{
	struct lock *l = &w->masters->lock[component];
	uint32_t host = l->holder;

	l->holder = NONE;
	l->acts = false;
	l->instance[host].epoch++;
	l->instance[host].fresh = true;
	if (component == COMPONENT_CONTROLLER_MANAGER)
		control_stop(w);
	else
		scheduler_stop(w);
	api_forget_missed(w, (enum component)component);
	tell(w, component, host, false);
}

/* The holder's process or its API server went. Its lock was renewed last within one retry period before. */
static void holder_fails(struct world *w, uint32_t component, bool runs)
{
	const struct timers *t = &w->scenario->timers;
	struct lock *l = &w->masters->lock[component];
	struct instance *i = &l->instance[l->holder];

	l->renewed = w->run->now - (sim_time)(rng_unit(&i->rng) * (double)t->leader_retry_period);
	grows_stale(w, l);
	i->epoch++;
	if (runs)
		step_at(w, component, l->holder, MASTER_LOSES, l->renewed + t->leader_renew_deadline);
	else
		lose(w, component);
}

/* It renews in time; informers that were cut off while they synced begin anew. Standbys see the lock change. */
static void holder_returns(struct world *w, uint32_t component)
{
	struct lock *l = &w->masters->lock[component];

	l->instance[l->holder].epoch++;
	if (l->acts)
		api_watch_resumes(w, (enum component)component);
	else
		sync_informers(w, component);
	for (uint32_t h = 0; h < w->scenario->masters; h++) {
		struct instance *i = &l->instance[h];

		if (h == l->holder)
			continue;
		i->epoch++;
		i->waits = false;
	}
}

/* ---- acquiring ---- */

/* When host's instance first finds the lock unchanged for long enough. */
static sim_time expiry(struct world *w, struct lock *l, struct instance *i)
{
	const struct timers *t = &w->scenario->timers;
	sim_time at;

	if (i->fresh || i->late)
		i->seen = w->run->now + (sim_time)(rng_unit(&i->rng) * (double)t->leader_retry_period);
	i->fresh = i->late = false;
	if (w->run->now - i->seen >= t->leader_lease_duration)
		return w->run->now + (sim_time)(rng_unit(&i->rng) * (double)poll(w, i));
	at = i->seen;
	while (at - i->seen < t->leader_lease_duration || at < w->run->now)
		at += poll(w, i);
	(void)l;
	return at;
}

static bool stale(const struct lock *l)
{
	return l->holder == NONE || !l->instance[l->holder].reaches;
}

static void try_later(struct world *w, uint32_t component, uint32_t host)
{
	struct lock *l = &w->masters->lock[component];
	struct instance *i = &l->instance[host];

	i->waits = true;
	step_at(w, component, host, MASTER_ACQUIRES, expiry(w, l, i));
}

static void change_instance(struct world *w, uint32_t component, uint32_t host)
{
	struct lock *l = &w->masters->lock[component];
	struct instance *i = &l->instance[host];
	bool runs = plane_process(w, host, (enum component)component);
	bool reaches = plane_reaches(w, (enum component)component, host);

	if (host == l->holder && i->reaches != reaches) {
		i->reaches = reaches;
		if (reaches)
			holder_returns(w, component);
		else
			holder_fails(w, component, runs);
	} else if (host == l->holder && !runs && i->runs) {
		lose(w, component); /* it was cut off before */
	}
	if (host != l->holder && i->runs && !runs) {
		i->fresh = true;
		i->late = false;
	}
	if (host != l->holder && i->waits && (!reaches || !runs)) {
		i->epoch++;
		i->waits = false;
	}
	i->runs = runs;
	i->reaches = reaches;
}

void master_changed(struct world *w)
{
	if (!w->masters->ready)
		return;
	for
		EACH_COMPONENT(c)
		{
			struct lock *l = &w->masters->lock[c];

			for (uint32_t h = 0; h < w->scenario->masters; h++)
				change_instance(w, c, h);
			for (uint32_t h = 0; h < w->scenario->masters && stale(l); h++)
				if (h != l->holder && l->instance[h].reaches && !l->instance[h].waits)
					try_later(w, c, h);
		}
}

static void acquire(struct world *w, uint32_t component, uint32_t host)
{
	struct lock *l = &w->masters->lock[component];

	l->instance[host].waits = false;
	/* Nothing is written during an election of etcd; the next poll tries again. */
	if (etcd_leader_host(w) == NONE) {
		l->instance[host].waits = true;
		step_at(w, component, host, MASTER_ACQUIRES, w->run->now + poll(w, &l->instance[host]));
		return;
	}
	/* A former holder that has not yet noticed would be one that was cut off for longer than its lease. */
	if (l->holder != NONE)
		lose(w, component);
	l->holder = host;
	for (uint32_t h = 0; h < w->scenario->masters; h++) {
		l->instance[h].epoch++;
		l->instance[h].waits = false;
	}
	tell(w, component, host, true);
	sync_informers(w, component);
}

/* Subject: host; arg: component and enum master_step. */
void master_on_timer(struct world *w, const struct event *e)
{
	uint32_t component = e->arg >> STEP_BITS;

	if (e->epoch != w->masters->lock[component].instance[e->subject].epoch)
		return;
	switch ((enum master_step)(e->arg & ((1u << STEP_BITS) - 1))) {
	case MASTER_LOSES:
		lose(w, component);
		plane_crash(w, e->subject, (enum component)component);
		break;
	case MASTER_ACQUIRES:
		acquire(w, component, e->subject);
		break;
	case MASTER_ACTS:
		act(w, component);
		break;
	}
}
