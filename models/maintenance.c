/* maintenance.c - planned work on nodes, as kops' rolling update does it: cordon, drain with budgets, reboot, wait
 * until Ready, uncordon, a pause, the next.
 *
 * Once, or in windows that a schedule opens: then nodes are taken in turn, and a window goes on where the last one
 * stopped. A node whose machine is not there or without power is passed over.
 */
#include "models/maintenance.h"

#include "models/action.h"
#include "models/api.h"
#include "models/failure.h"

/* Between two looks whether a node is Ready: kops' validation interval is 10 s (recalled). */
#define LOOK SECONDS(10)

enum step { STEP_NEXT, STEP_LOOK };

/* One maintenance under way. */
struct work {
	uint32_t next; /* row of the subject that is next */
	uint32_t left; /* subjects that this window may still begin */
	uint32_t active;
	sim_time closes;
};

struct maintenances {
	struct work *work;
	uint32_t *first; /* run of each maintenance's first subject */
	struct site {
		uint32_t maintenance, subject;
		sim_time deadline;
	} * site; /* by run */
};

static const struct maintenance *asked(const struct world *w, uint32_t m)
{
	return &w->scenario->maintenance[m];
}

static uint32_t node_of(const struct world *w, const struct site *site)
{
	return w->scenario->source[asked(w, site->maintenance)->source].subject[site->subject].node[0];
}

static void tell(struct world *w, uint32_t m, uint32_t node, enum maintenance_event what, int64_t left)
{
	struct fact f = cluster_fact(&w->cluster, FACT_MAINTENANCE);

	f.node = node;
	f.object = w->scenario->source[asked(w, m)->source].id;
	f.flag = what;
	f.a = left;
	cluster_tell(&w->cluster, f);
}

/* The next window after `after`, by the clock; SIM_NEVER if there is none. */
static sim_time next_window(const struct world *w, const struct maintenance *m, sim_time after)
{
	const int64_t now = w->scenario->start_time + after / SECONDS(1), next = cron_next(&m->schedule, now);

	if (next == INT64_MAX || next - w->scenario->start_time > SIM_NEVER / SECONDS(1))
		return SIM_NEVER;
	return SECONDS(next - w->scenario->start_time);
}

void maintenance_init(struct world *w)
{
	const struct scenario *s = w->scenario;
	struct arena *a = &w->run->arena;
	struct maintenances *all = ARENA_NEW(a, 1, struct maintenances);
	uint32_t runs = 0;

	w->maintenances = all;
	all->work = ARENA_NEW(a, s->maintenance_count, struct work);
	all->first = ARENA_NEW(a, s->maintenance_count, uint32_t);
	for (uint32_t m = 0; m < s->maintenance_count; m++) {
		all->first[m] = runs;
		runs += s->source[s->maintenance[m].source].subject_count;
	}
	all->site = ARENA_NEW(a, runs, struct site);
	for (uint32_t m = 0; m < s->maintenance_count; m++) {
		for (uint32_t k = 0; k < s->source[s->maintenance[m].source].subject_count; k++)
			all->site[all->first[m] + k] = (struct site){.maintenance = m, .subject = k};
		world_schedule(w, asked(w, m)->scheduled ? next_window(w, asked(w, m), -1) : asked(w, m)->at,
			       EVENT_MAINTENANCE_WINDOW, m, 0, 0);
	}
}

/* ---- one node ---- */

/* The node is done with, one way or the other. */
static void leave(struct world *w, uint32_t run)
{
	const uint32_t m = w->maintenances->site[run].maintenance;

	w->maintenances->work[m].active--;
	world_schedule(w, time_add(w->run->now, asked(w, m)->pause), EVENT_MAINTENANCE_STEP, m, 0, STEP_NEXT);
}

static void uncordon(struct world *w, uint32_t node)
{
	struct api_call call = api_call(API_CORDON);

	call.node = node;
	call.number = 0;
	api_send(w, CLIENT_UNLIMITED, &call, &w->scenario->latencies.api_write, CALLER_NOBODY, 0);
}

static void look(struct world *w, uint32_t run)
{
	const struct site *site = &w->maintenances->site[run];
	const uint32_t node = node_of(w, site);
	const struct node *n = &w->cluster.node[node];

	if (n->exists && n->ready == READY_TRUE && api_up(w)) {
		if (asked(w, site->maintenance)->drain)
			uncordon(w, node);
		tell(w, site->maintenance, node, MAINTENANCE_NODE_DONE, 0);
		leave(w, run);
	} else if (w->run->now >= site->deadline) {
		tell(w, site->maintenance, node, MAINTENANCE_NOT_READY, 0);
		leave(w, run);
	} else {
		world_schedule(w, time_add(w->run->now, LOOK), EVENT_MAINTENANCE_STEP, run, 0, STEP_LOOK);
	}
}

static void rebooted(struct world *w, uint32_t run)
{
	struct site *site = &w->maintenances->site[run];

	site->deadline = time_add(w->run->now, asked(w, site->maintenance)->validation);
	world_schedule(w, time_add(w->run->now, LOOK), EVENT_MAINTENANCE_STEP, run, 0, STEP_LOOK);
}

static void reboot(struct world *w, uint32_t run)
{
	const struct site *site = &w->maintenances->site[run];

	failure_order(w, asked(w, site->maintenance)->source, site->subject, rebooted, run);
}

static void drained(struct world *w, uint32_t run, bool emptied)
{
	const struct site *site = &w->maintenances->site[run];

	if (!emptied)
		tell(w, site->maintenance, node_of(w, site), MAINTENANCE_DRAIN_LATE, 0);
	reboot(w, run);
}

/* Whether there was anything to begin: a machine that runs. */
static bool begin(struct world *w, uint32_t run)
{
	const struct site *site = &w->maintenances->site[run];
	const struct maintenance *m = asked(w, site->maintenance);
	const uint32_t node = node_of(w, site);
	const struct node_truth *t = &w->cluster.node_truth[node];

	if (!t->machine || !t->powered || !w->cluster.node[node].exists)
		return false;
	tell(w, site->maintenance, node, MAINTENANCE_NODE_BEGUN, 0);
	if (m->drain)
		drain_order(
			w, node,
			&(struct drain_order){.force = true, .timeout = m->drain_timeout, .done = drained, .who = run});
	else
		reboot(w, run);
	return true;
}

/* ---- all of them ---- */

static void begin_more(struct world *w, uint32_t m)
{
	struct work *work = &w->maintenances->work[m];
	const uint32_t count = w->scenario->source[asked(w, m)->source].subject_count;
	const bool open = w->run->now < work->closes;

	while (open && work->left > 0 && work->active < asked(w, m)->parallel) {
		const uint32_t run = w->maintenances->first[m] + work->next;

		work->next = (work->next + 1) % count;
		work->left--;
		work->active += begin(w, run);
	}
	if (work->active == 0 && work->closes != 0) {
		tell(w, m, FACT_NONE, work->left == 0 ? MAINTENANCE_OVER : MAINTENANCE_CLOSED, work->left);
		work->closes = 0;
	}
}

/* Subject: maintenance. */
void maintenance_on_window(struct world *w, const struct event *e)
{
	const struct maintenance *m = asked(w, e->subject);
	struct work *work = &w->maintenances->work[e->subject];

	if (m->scheduled)
		world_schedule(w, next_window(w, m, w->run->now), EVENT_MAINTENANCE_WINDOW, e->subject, 0, 0);
	if (work->closes != 0)
		return; /* the last one is still under way */
	work->left = w->scenario->source[m->source].subject_count;
	work->closes = time_add(w->run->now, m->window);
	begin_more(w, e->subject);
}

/* Subject: run of a node, or with STEP_NEXT the maintenance; arg: enum step. */
void maintenance_on_step(struct world *w, const struct event *e)
{
	if (e->arg == STEP_LOOK)
		look(w, e->subject);
	else
		begin_more(w, e->subject);
}
