/* kubelet_shutdown.c - pods end before their machine does (upstream
 * pkg/kubelet/nodeshutdown/nodeshutdown_manager_linux.go: processShutdownEvent, groupByPriority, migrateConfig).
 *
 * Groups by priority end one after another, the lowest first; each has so long at most, and is over when its last pod
 * has ended. A pod has its own grace or its group's, whichever is shorter.
 */
#include "models/kubelet_shutdown.h"

#include "models/control.h"
#include "models/failure.h"
#include "models/kubelet_admit.h"
#include "models/kubelet_steps.h"

struct shutdown {
	bool on;
	uint32_t failure, epoch;
	uint32_t group; /* that is ending; all groups: the machine halts */
	struct rng rng;
};

struct shutdowns {
	struct shutdown *node;
	uint32_t groups;
	struct shutdown_priority
		group[SHUTDOWN_PRIORITIES_MAX]; /* pods from `priority` on; the first one's: all others */
};

void shutdown_init(struct world *w)
{
	const struct kubelet_settings *k = &w->scenario->kubelet;
	struct shutdowns *s = w->shutdowns = ARENA_NEW(&w->run->arena, 1, struct shutdowns);

	s->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct shutdown);
	for (uint32_t n = 0; n < w->cluster.node_count; n++)
		s->node[n].rng = run_stream(w->run, STREAM_SHUTDOWN, n);
	s->groups = k->shutdown_priorities;
	for (uint32_t i = 0; i < s->groups; i++)
		s->group[i] = k->shutdown_priority[i];
	if (s->groups > 0 || k->shutdown_grace == 0)
		return;
	s->group[s->groups++] = (struct shutdown_priority){0, k->shutdown_grace - k->shutdown_grace_critical};
	s->group[s->groups++] = (struct shutdown_priority){CRITICAL_PRIORITY, k->shutdown_grace_critical};
}

bool shutdown_goes_on(const struct world *w, uint32_t node)
{
	return w->shutdowns->node[node].on;
}

uint32_t shutdown_failure(const struct world *w, uint32_t node)
{
	return w->shutdowns->node[node].failure;
}

static uint32_t group_of(const struct world *w, uint32_t pod)
{
	const struct shutdowns *s = w->shutdowns;
	uint32_t group = 0;

	for (uint32_t i = 1; i < s->groups; i++)
		if (w->cluster.pod[pod].spec->priority >= s->group[i].priority)
			group = i;
	return group;
}

/* Whether the kubelet still has something of pod to end. */
static bool alive(const struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	return t->stage != STAGE_NONE && t->stage != STAGE_STOPPED;
}

/* How many pods of the group are alive; those not yet ending are made to. */
static uint32_t end_group(struct world *w, uint32_t node, uint32_t group, bool kill)
{
	sim_time most = w->shutdowns->group[group].grace;
	uint32_t count = 0;

	for (uint32_t p = w->cluster.node[node].first_pod, next; p != NONE; p = next) {
		sim_time own = w->cluster.pod[p].spec->grace;

		next = w->cluster.pod[p].next_on_node;
		if (group_of(w, p) != group || !alive(w, p))
			continue;
		if (kill && w->cluster.pod_truth[p].stage == STAGE_STOPPING)
			life_hasten(w, p, most);
		else if (kill)
			life_kill(w, p, POD_TERMINATED, own < most ? own : most, true);
		count += alive(w, p);
	}
	return count;
}

static void go_on(struct world *w, uint32_t node)
{
	struct shutdowns *s = w->shutdowns;
	struct shutdown *n = &s->node[node];

	while (n->group < s->groups && end_group(w, node, n->group, true) == 0)
		n->group++;
	n->epoch++; /* what pods that ended at once have scheduled is void */
	/* The kubelet lets go of the machine, whose system takes its time to halt. */
	world_schedule(w,
		       time_add(w->run->now, n->group < s->groups
						     ? s->group[n->group].grace
						     : dist_draw(&w->scenario->latencies.machine_halt, &n->rng)),
		       EVENT_SHUTDOWN, node, n->epoch, 0);
}

bool shutdown_begin(struct world *w, uint32_t node, uint32_t failure)
{
	struct shutdown *n = &w->shutdowns->node[node];

	if (w->shutdowns->groups == 0 || !kubelet_works(w, node) || n->on)
		return false;
	n->on = true;
	n->failure = failure;
	n->group = 0;
	control_alert(w, node);       /* its passes see a node that is not Ready */
	kubelet_report_node(w, node); /* at once */
	go_on(w, node);
	return true;
}

void shutdown_cancel(struct world *w, uint32_t node)
{
	struct shutdown *n = &w->shutdowns->node[node];

	n->on = false;
	n->epoch++;
}

void shutdown_pod_ended(struct world *w, uint32_t node)
{
	struct shutdown *n = &w->shutdowns->node[node];

	if (!n->on || n->group >= w->shutdowns->groups || end_group(w, node, n->group, false) > 0)
		return;
	n->epoch++;
	world_schedule(w, w->run->now, EVENT_SHUTDOWN, node, n->epoch, 0);
}

/* Subject: node. The group has had its time, or its last pod has ended. */
void shutdown_on_group(struct world *w, const struct event *e)
{
	struct shutdown *n = &w->shutdowns->node[e->subject];

	if (e->epoch != n->epoch || !n->on)
		return;
	if (n->group < w->shutdowns->groups) {
		n->group++;
		go_on(w, e->subject);
		return;
	}
	shutdown_cancel(w, e->subject);
	failure_power_off(w, e->subject, n->failure);
}
