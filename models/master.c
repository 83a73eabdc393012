/* master.c - the controller manager and the scheduler: they lead while they can renew their lock, and come back as new
 * processes.
 *
 * kubernetes-control-plane.md 4.5, 8.6 and 11.3 (measured): a leader that cannot renew for renewDeadline exits; the
 * process that follows judges expiry from its own first sight of the lock, so it waits a whole leaseDuration and one
 * retry, however stale the lock is.
 */
#include "models/master.h"

#include "models/control.h"
#include "models/scheduler.h"

enum master_step { MASTER_LOSES, MASTER_ACQUIRES, MASTER_ACTS };

/* Jitter of the acquire loop: each retry after U(1, 2.2) retry periods (client-go tools/leaderelection). */
#define ACQUIRE_JITTER 1.2

struct component_state {
	bool leads, acts; /* acts: its informers are synced */
	uint32_t epoch;
	struct rng rng;
};

struct masters {
	struct component_state component[COMPONENT_SCHEDULER + 1];
};

void master_init(struct world *w)
{
	w->masters = ARENA_NEW(&w->run->arena, 1, struct masters);
	for (uint32_t i = COMPONENT_CONTROLLER_MANAGER; i <= COMPONENT_SCHEDULER; i++)
		w->masters->component[i].rng = run_stream(w->run, STREAM_MASTER, i);
}

static void act(struct world *w, uint32_t component)
{
	w->masters->component[component].acts = true;
	if (component == COMPONENT_CONTROLLER_MANAGER)
		control_start(w);
	else
		scheduler_start(w);
}

void master_lead(struct world *w)
{
	for (uint32_t i = COMPONENT_CONTROLLER_MANAGER; i <= COMPONENT_SCHEDULER; i++) {
		w->masters->component[i].leads = true;
		act(w, i);
	}
}

static void step_at(struct world *w, uint32_t component, enum master_step step, sim_time at)
{
	world_schedule(w, at, EVENT_MASTER, component, w->masters->component[component].epoch, step);
}

static void sync_informers(struct world *w, uint32_t component)
{
	sim_time takes = dist_draw(&w->scenario->latencies.informer_sync, &w->masters->component[component].rng);

	step_at(w, component, MASTER_ACTS, time_add(w->run->now, takes));
}

void master_api_down(struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	for (uint32_t i = COMPONENT_CONTROLLER_MANAGER; i <= COMPONENT_SCHEDULER; i++) {
		struct component_state *c = &w->masters->component[i];
		/* The lock was renewed last within one retry period before. */
		sim_time renewed = w->run->now - (sim_time)(rng_unit(&c->rng) * (double)t->leader_retry_period);
		sim_time at = renewed + t->leader_renew_deadline;

		c->epoch++;
		if (c->leads)
			step_at(w, i, MASTER_LOSES, at > w->run->now ? at : w->run->now);
	}
}

void master_api_up(struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	for (uint32_t i = COMPONENT_CONTROLLER_MANAGER; i <= COMPONENT_SCHEDULER; i++) {
		struct component_state *c = &w->masters->component[i];
		double retry = (double)t->leader_retry_period;

		c->epoch++;
		if (c->leads) {
			/* It renews in time; informers that were cut off while they synced begin anew. */
			if (!c->acts)
				sync_informers(w, i);
			continue;
		}
		/* First sight of the lock at the process's next attempt, then retries until it has been unchanged for
		 * long enough. */
		sim_time seen = w->run->now + (sim_time)(rng_unit(&c->rng) * retry), at = seen;
		while (at - seen < t->leader_lease_duration)
			at += (sim_time)(retry * (1 + ACQUIRE_JITTER * rng_unit(&c->rng)));
		step_at(w, i, MASTER_ACQUIRES, at);
	}
}

static void tell(struct world *w, uint32_t component, bool leads)
{
	struct fact f = cluster_fact(&w->cluster, FACT_LEADER);

	f.object = component;
	f.flag = leads;
	cluster_tell(&w->cluster, f);
}

/* Subject: enum component; arg: enum master_step. */
void master_on_timer(struct world *w, const struct event *e)
{
	struct component_state *c = &w->masters->component[e->subject];

	if (e->epoch != c->epoch)
		return;
	switch ((enum master_step)e->arg) {
	case MASTER_LOSES:
		c->leads = c->acts = false;
		if (e->subject == COMPONENT_CONTROLLER_MANAGER)
			control_stop(w);
		else
			scheduler_stop(w);
		tell(w, e->subject, false);
		break;
	case MASTER_ACQUIRES:
		c->leads = true;
		tell(w, e->subject, true);
		sync_informers(w, e->subject);
		break;
	case MASTER_ACTS:
		act(w, e->subject);
		break;
	}
}
