/* sched_volume.c - AssumePodVolumes and BindPodVolumes of upstream's volume binder (volumebinding/binder.go). The calls
 * go out one after the other; then all claims must be bound, which is looked at once a second. */
#include "models/sched_volume.h"

#include <string.h>

#include "models/api.h"
#include "models/api_apply.h"

/* BindPodVolumes polls at this interval, the first time after one (binder.go, recalled). */
#define POLL SECONDS(1)

struct step {
	uint32_t claim, volume; /* volume NONE: to be provisioned */
};

/* A pod that waits for its volumes. */
struct cycle {
	bool used, ready; /* ready: the poll that ends it is scheduled */
	uint32_t pod, node, epoch;
	uint32_t sent, count, capacity;
	struct step *step;
	sim_time began; /* of the polls; SIM_NEVER while calls go out */
	sim_time timeout;
};

struct volumes {
	struct volume_assumed assumed;
	struct cycle *cycle;
	uint32_t cycles, capacity;
};

void sched_volume_init(struct world *w)
{
	w->volumes = ARENA_NEW(&w->run->arena, 1, struct volumes);
}

const struct volume_assumed *sched_volume_assumed(const struct world *w)
{
	return &w->volumes->assumed;
}

/* Reserves a cycle's volumes, or gives them back. */
static void assume(struct world *w, const struct cycle *k, bool on)
{
	struct volume_assumed *a = &w->volumes->assumed;

	ARENA_RESERVE(&w->run->arena, a->node_of, a->claims, w->cluster.claim_count, uint32_t);
	ARENA_RESERVE(&w->run->arena, a->claim_of, a->volumes, w->cluster.volume_count, uint32_t);
	for (uint32_t i = 0; i < k->count; i++) {
		if (k->step[i].volume != NONE)
			a->claim_of[k->step[i].volume] = on ? k->step[i].claim + 1 : 0;
		else
			a->node_of[k->step[i].claim] = on ? k->node + 1 : 0;
	}
}

static struct api_call call_of(const struct cycle *k, uint32_t i)
{
	struct api_call call = api_call(k->step[i].volume != NONE ? API_RESERVE_VOLUME : API_SELECT_NODE);

	call.object = k->step[i].claim;
	call.number = k->step[i].volume;
	call.node = k->node;
	return call;
}

static void send_next(struct world *w, uint32_t row)
{
	struct cycle *k = &w->volumes->cycle[row];
	struct api_call call = call_of(k, k->sent++);

	api_send(w, CLIENT_SCHEDULER, &call, &w->scenario->latencies.api_write, CALLER_VOLUMES, row);
}

static uint32_t cycle_take(struct world *w)
{
	struct volumes *v = w->volumes;
	uint32_t row = 0;

	while (row < v->cycles && v->cycle[row].used)
		row++;
	if (row == v->cycles) {
		ARENA_RESERVE(&w->run->arena, v->cycle, v->capacity, row + 1, struct cycle);
		v->cycles++;
	}
	return row;
}

bool sched_volume_bind(struct world *w, uint32_t pod, uint32_t node, sim_time timeout)
{
	struct volume_plan plan;

	if (w->cluster.pod[pod].claim == NULL)
		return false;
	volume_plan(&w->cluster.view, &w->volumes->assumed, pod, node, &plan);
	if (plan.count == 0)
		return false;
	uint32_t row = cycle_take(w);
	struct cycle *k = &w->volumes->cycle[row];

	ARENA_RESERVE(&w->run->arena, k->step, k->capacity, plan.count, struct step);
	for (uint32_t i = 0; i < plan.count; i++)
		k->step[i] = (struct step){plan.step[i].claim, plan.step[i].volume};
	k->used = true;
	k->ready = false;
	k->pod = pod;
	k->node = node;
	k->epoch++;
	k->sent = 0;
	k->count = plan.count;
	k->began = SIM_NEVER;
	k->timeout = timeout;
	assume(w, k, true);
	send_next(w, row);
	return true;
}

/* The volume that was just made for claim. */
static uint32_t made_for(const struct cluster *c, uint32_t claim)
{
	uint32_t i = c->loose_count;

	while (i > 0 && !(c->volume[c->loose[i - 1]].provisioned && volume_is_for(&c->view, c->loose[i - 1], claim)))
		i--;
	return i > 0 ? c->loose[i - 1] : NONE;
}

void sched_volume_settle(struct world *w, uint32_t pod, uint32_t node)
{
	struct volume_plan plan;

	if (w->cluster.pod[pod].claim == NULL)
		return;
	volume_plan(&w->cluster.view, NULL, pod, node, &plan);
	for (uint32_t i = 0; i < plan.count; i++) {
		struct api_call call = api_call(API_PROVISION);

		call.object = plan.step[i].claim;
		call.node = node;
		call.number = plan.step[i].volume;
		if (plan.step[i].volume == NONE) {
			cluster_claim_select(&w->cluster, call.object, node);
			api_apply(w, &call);
			call.number = made_for(&w->cluster, call.object);
		}
		call.verb = API_BIND_CLAIM;
		if (call.number != NONE)
			api_apply(w, &call);
	}
}

void sched_volume_reset(struct world *w)
{
	struct volumes *v = w->volumes;

	for (uint32_t i = 0; i < v->cycles; i++) {
		if (!v->cycle[i].used)
			continue;
		assume(w, &v->cycle[i], false);
		v->cycle[i].used = false;
	}
}

static void end(struct world *w, uint32_t row, bool ok)
{
	struct cycle *k = &w->volumes->cycle[row];

	assume(w, k, false);
	k->used = false;
	scheduler_volumes_bound(w, k->pod, k->node, ok);
}

static bool all_bound(const struct world *w, const struct cycle *k)
{
	for (uint32_t i = 0; i < k->count; i++)
		if (w->cluster.claim[k->step[i].claim].phase != CLAIM_BOUND)
			return false;
	return true;
}

/* The next poll sees that the wait is over. */
static void poll_soon(struct world *w, uint32_t row)
{
	struct cycle *k = &w->volumes->cycle[row];
	sim_time now = w->run->now, polls = (now - k->began + POLL - 1) / POLL;

	k->ready = true;
	world_schedule(w, k->began + (polls > 1 ? polls : 1) * POLL, EVENT_VOLUME_POLL, row, k->epoch, 0);
}

void volumes_answered(struct world *w, uint32_t row, bool ok)
{
	struct cycle *k = &w->volumes->cycle[row];

	if (!ok) {
		end(w, row, false);
		return;
	}
	if (k->sent < k->count) {
		send_next(w, row);
		return;
	}
	k->began = w->run->now;
	world_schedule(w, time_add(k->began, k->timeout), EVENT_VOLUME_POLL, row, k->epoch, 1);
	if (all_bound(w, k))
		poll_soon(w, row);
}

void sched_volume_notice(struct world *w, const struct change *change)
{
	struct volumes *v = w->volumes;

	for (uint32_t i = 0; i < v->cycles; i++) {
		const struct cycle *k = &v->cycle[i];

		if (!k->used || k->ready || k->began == SIM_NEVER)
			continue;
		if ((change->kind == CHANGE_CLAIM && all_bound(w, k)) ||
		    (change->kind == CHANGE_POD && change->row == k->pod && !w->cluster.pod[k->pod].exists))
			poll_soon(w, i);
	}
}

/* Subject: cycle; arg: 1 when its time is up. */
void sched_volume_on_poll(struct world *w, const struct event *e)
{
	const struct cycle *k = &w->volumes->cycle[e->subject];

	if (k->used && k->epoch == e->epoch)
		end(w, e->subject, all_bound(w, k) && w->cluster.pod[k->pod].exists);
}
