/* api.c - calls to the API server: token buckets, travel time, answers; and the watch that tells others what changed.
 */
#include "models/api.h"

#include "models/api_apply.h"
#include "models/control.h"
#include "models/kubelet.h"
#include "models/scheduler.h"

/* A token bucket as its theoretical arrival time: exact in integers, and waiting callers are served in order. */
struct bucket {
	sim_time interval; /* 1 / qps; 0: unlimited */
	sim_time slack;    /* (burst - 1) intervals may be used ahead */
	sim_time due;      /* when the next token would fall in an unused bucket */
	uint32_t generation;
	struct rng rng; /* latencies of this client's calls */
};

struct slot {
	struct api_call call;
	struct dist latency;
	uint32_t client, generation, who;
	uint8_t caller; /* enum api_caller */
	bool refused;   /* the server was down when it was sent */
	uint32_t next_free;
};

struct api {
	bool up;
	struct bucket *bucket;
	uint32_t buckets, bucket_capacity;
	struct slot *slot;
	uint32_t slots, slot_capacity, free;
	struct rng watch_rng;
};

uint32_t api_client_add(struct world *w, uint32_t stream, double qps, int64_t burst)
{
	struct api *a = w->api;
	struct bucket b = {.rng = run_stream(w->run, STREAM_API, stream)};

	if (qps > 0) {
		b.interval = time_from_seconds(1.0 / qps);
		b.slack = b.interval * ((burst > 1 ? burst : 1) - 1);
	}
	ARENA_RESERVE(&w->run->arena, a->bucket, a->bucket_capacity, a->buckets + 1, struct bucket);
	a->bucket[a->buckets] = b;
	return a->buckets++;
}

void api_client_reset(struct world *w, uint32_t client)
{
	w->api->bucket[client].due = w->run->now;
	w->api->bucket[client].generation++;
}

void api_init(struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	w->api = ARENA_NEW(&w->run->arena, 1, struct api);
	w->api->up = true;
	w->api->free = NONE;
	w->api->watch_rng = run_stream(w->run, STREAM_WATCH, 0);
	api_client_add(w, CLIENT_UNLIMITED, 0, 0);
	api_client_add(w, CLIENT_SCHEDULER, t->scheduler_qps, t->scheduler_burst);
}

bool api_up(const struct world *w)
{
	return w->api->up;
}

void api_set_up(struct world *w, bool up)
{
	w->api->up = up;
}

/* Takes a token; returns when it may be used. */
static sim_time bucket_take(struct bucket *b, sim_time now)
{
	sim_time at = b->due - b->slack > now ? b->due - b->slack : now;

	if (b->interval == 0)
		return now;
	b->due = (b->due > now ? b->due : now) + b->interval;
	return at;
}

static uint32_t slot_take(struct world *w)
{
	struct api *a = w->api;
	uint32_t i = a->free;

	if (i != NONE) {
		a->free = a->slot[i].next_free;
		return i;
	}
	ARENA_RESERVE(&w->run->arena, a->slot, a->slot_capacity, a->slots + 1, struct slot);
	return a->slots++;
}

/* The call leaves its client. */
static void issue(struct world *w, uint32_t i)
{
	struct slot *s = &w->api->slot[i];
	sim_time took = w->settling ? 0 : dist_draw(&s->latency, &w->api->bucket[s->client].rng);

	s->refused = !w->api->up;
	world_schedule(w, time_add(w->run->now, took), EVENT_API_COMMIT, i, 0, 0);
}

void api_send(struct world *w, uint32_t client, const struct api_call *call, const struct dist *latency,
	      enum api_caller caller, uint32_t who)
{
	uint32_t i = slot_take(w);
	struct bucket *b = &w->api->bucket[client];
	sim_time at = w->settling ? w->run->now : bucket_take(b, w->run->now);

	w->api->slot[i] = (struct slot){.call = *call,
					.latency = *latency,
					.client = client,
					.who = who,
					.generation = b->generation,
					.caller = (uint8_t)caller};
	if (at > w->run->now)
		world_schedule(w, at, EVENT_API_ISSUE, i, 0, 0);
	else
		issue(w, i);
}

static void release(struct world *w, uint32_t i)
{
	w->api->slot[i].next_free = w->api->free;
	w->api->free = i;
}

/* Subject: slot. A process that died while its call waited for a token never sends it. */
void api_on_issue(struct world *w, const struct event *e)
{
	const struct slot *s = &w->api->slot[e->subject];

	if (s->generation != w->api->bucket[s->client].generation)
		release(w, e->subject);
	else
		issue(w, e->subject);
}

/* Subject: slot. */
void api_on_commit(struct world *w, const struct event *e)
{
	struct slot s = w->api->slot[e->subject];
	bool ok = w->api->up && !s.refused && api_apply(w, &s.call);
	bool alive = s.generation == w->api->bucket[s.client].generation;

	release(w, e->subject);
	if (s.caller == CALLER_CONTROLLER && alive)
		control_answered(w, s.who, ok);
	else if (s.caller == CALLER_SCHEDULER && alive)
		scheduler_answered(w, s.who, ok);
	else if (s.caller == CALLER_VOLUMES && alive)
		volumes_answered(w, s.who, ok);
	else if (s.caller == CALLER_KUBELET)
		kubelet_answered(w, s.who, &s.call, ok);
	else if (s.caller == CALLER_ACTION)
		action_answered(w, s.who, &s.call, ok);
}

void api_notify(struct world *w, enum change_kind kind, uint16_t what, uint32_t row)
{
	sim_time delay = w->settling ? 0 : dist_draw(&w->scenario->latencies.watch, &w->api->watch_rng);

	world_schedule(w, time_add(w->run->now, delay), EVENT_WATCH, row, kind, what);
}

/* Subject: row; epoch: enum change_kind; arg: enum change_what. */
void watch_on_event(struct world *w, const struct event *e)
{
	struct change c = {.kind = (uint8_t)e->epoch, .what = (uint16_t)e->arg, .row = e->subject};

	if (c.kind == CHANGE_POD)
		kubelet_notice(w, &c);
	else if (c.kind == CHANGE_NODE && c.what & CHANGED_READY)
		kubelet_notice_node(w, c.row);
	control_notice(w, &c);
	if (!w->settling)
		scheduler_notice(w, &c);
}
