/* api.c - calls to the API server: token buckets, travel time, answers; and the watch that tells others what changed.
 */
#include "models/api.h"

#include "models/api_apply.h"
#include "models/control.h"
#include "models/etcd.h"
#include "models/kubelet.h"
#include "models/master.h"
#include "models/plane.h"
#include "models/scheduler.h"

/* A token bucket as its theoretical arrival time: exact in integers, and waiting callers are served in order. */
struct bucket {
	sim_time interval; /* 1 / qps; 0: unlimited */
	sim_time slack;    /* (burst - 1) intervals may be used ahead */
	sim_time due;      /* when the next token would fall in an unused bucket */
	uint32_t generation;
	struct rng rng; /* latencies of this client's calls */
	const char *name;
	int64_t requests, waiting, longest;
	sim_time waited; /* for tokens, all requests together */
};

struct slot {
	struct api_call call;
	struct dist latency;
	uint32_t client, generation, who;
	uint8_t caller;  /* enum api_caller */
	bool refused;    /* the server was down when it was sent */
	bool parked;     /* it waits in a line of the server */
	bool seated;     /* it counts as in flight */
	uint32_t ticket; /* events of older tickets are void */
	uint32_t next_free;
};

/* Where calls wait inside the server: priority levels, and for a leader of etcd. */
enum line_kind { LINE_HEARTBEAT, LINE_CONTROL_PLANE, LINE_WORKLOAD, LINE_ETCD, LINES };

/* First come, first served; who has left has another ticket. */
struct line {
	struct place {
		uint32_t slot, ticket;
	} * place;
	uint32_t head, count, capacity;
	uint32_t in_flight;
};

/* What a component that was cut off has not been told. */
struct missed {
	struct change *change;
	uint32_t count, capacity, epoch;
	bool blind;
};

/* Seats of the levels node-high, workload-high and workload-low on one API server: ceil(600 * shares / 245)
 * (kubernetes-control-plane.md 4.2; kubernetes/apiserver pkg/apis/flowcontrol/bootstrap/default.go). */
static const uint32_t seats[LINE_ETCD] = {98, 98, 245};
/* A quarter of --request-timeout: then 429. */
#define QUEUE_WAIT SECONDS(15)
/* The reflector's first pause, with jitter factor 1.0 (client-go tools/cache/reflector.go). */
#define WATCH_RETRY MILLIS(800)

struct api {
	struct line line[LINES];
	struct missed missed[COMPONENTS];
	struct bucket *bucket;
	uint32_t buckets, bucket_capacity;
	struct slot *slot;
	uint32_t slots, slot_capacity, free;
	struct rng watch_rng;
};

uint32_t api_client_add(struct world *w, const char *name, double qps, int64_t burst)
{
	struct api *a = w->api;
	struct bucket b = {.name = name, .rng = run_stream(w->run, STREAM_API, rng_name(name))};

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
	w->api->bucket[client].waiting = 0;
}

void api_init(struct world *w)
{
	const struct timers *t = &w->scenario->timers;

	w->api = ARENA_NEW(&w->run->arena, 1, struct api);
	w->api->free = NONE;
	w->api->watch_rng = run_stream(w->run, STREAM_WATCH, 0);
	api_client_add(w, "kubelets, volumes and users", 0, 0);
	api_client_add(w, "scheduler", t->scheduler_qps, t->scheduler_burst);
}

bool api_up(const struct world *w)
{
	return plane_answers(w);
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

/* Whether the one who calls reaches an API server. */
static bool reaches(const struct world *w, const struct slot *s)
{
	uint32_t node;

	if (w->settling)
		return true;
	switch ((enum api_caller)s->caller) {
	case CALLER_CONTROLLER:
		return master_talks(w, COMPONENT_CONTROLLER_MANAGER);
	case CALLER_SCHEDULER:
	case CALLER_VOLUMES:
	case CALLER_NOBODY:
		return master_talks(w, COMPONENT_SCHEDULER);
	case CALLER_KUBELET:
		node = s->call.pod != NONE ? w->cluster.pod[s->call.pod].node : s->call.node;
		return node == NONE || plane_node_served(w, node);
	default:
		return plane_answers(w);
	}
}

static enum line_kind line_of(const struct slot *s)
{
	if (s->caller == CALLER_KUBELET)
		return LINE_HEARTBEAT;
	return s->caller == CALLER_ACTION ? LINE_WORKLOAD : LINE_CONTROL_PLANE;
}

/* Waits in a line until it is served, or fails when `limit` is over. */
static void park(struct world *w, enum line_kind kind, uint32_t i, sim_time limit)
{
	struct line *l = &w->api->line[kind];
	struct slot *s = &w->api->slot[i];

	if (l->count == l->capacity) {
		uint32_t size = l->capacity > 0 ? 2 * l->capacity : 16;
		struct place *grown = ARENA_NEW(&w->run->arena, size, struct place);

		for (uint32_t k = 0; k < l->count; k++)
			grown[k] = l->place[(l->head + k) % l->capacity];
		l->place = grown;
		l->capacity = size;
		l->head = 0;
	}
	s->parked = true;
	s->ticket++;
	l->place[(l->head + l->count++) % l->capacity] = (struct place){i, s->ticket};
	world_schedule(w, time_add(w->run->now, limit), EVENT_API_COMMIT, i, s->ticket, 0);
}

/* The next slot that still waits in a line, or NONE. */
static uint32_t unpark(struct api *a, enum line_kind kind)
{
	struct line *l = &a->line[kind];

	while (l->count > 0) {
		struct place p = l->place[l->head];

		l->head = (l->head + 1) % l->capacity;
		l->count--;
		if (a->slot[p.slot].ticket == p.ticket && a->slot[p.slot].parked) {
			a->slot[p.slot].parked = false;
			return p.slot;
		}
	}
	return NONE;
}

/* The server works on it. */
static void serve(struct world *w, uint32_t i)
{
	struct slot *s = &w->api->slot[i];
	sim_time limit = etcd_request_timeout(w), took = 0;

	if (!w->settling) {
		took = dist_draw(&s->latency, &w->api->bucket[s->client].rng);
		if (s->call.verb != API_READ)
			took = time_add(took, etcd_commit_extra(w));
	}
	if (took > limit && s->call.verb != API_READ) {
		took = limit;
		s->refused = true;
	}
	s->seated = true;
	w->api->line[line_of(s)].in_flight++;
	s->ticket++;
	world_schedule(w, time_add(w->run->now, took), EVENT_API_COMMIT, i, s->ticket, 0);
}

/* The call leaves its client. */
static void issue(struct world *w, uint32_t i)
{
	struct slot *s = &w->api->slot[i];
	enum line_kind kind = line_of(s);

	w->api->bucket[s->client].requests += !w->settling;
	s->refused = !reaches(w, s);
	if (!w->settling && !s->refused && w->api->line[kind].in_flight >= seats[kind] * plane_servers(w))
		park(w, kind, i, QUEUE_WAIT);
	else
		serve(w, i);
}

void api_send(struct world *w, uint32_t client, const struct api_call *call, const struct dist *latency,
	      enum api_caller caller, uint32_t who)
{
	uint32_t i = slot_take(w);
	struct bucket *b = &w->api->bucket[client];
	sim_time at = w->settling ? w->run->now : bucket_take(b, w->run->now);

	uint32_t ticket = w->api->slot[i].ticket;

	w->api->slot[i] = (struct slot){.ticket = ticket,
					.call = *call,
					.latency = *latency,
					.client = client,
					.who = who,
					.generation = b->generation,
					.caller = (uint8_t)caller};
	if (at > w->run->now) {
		b->waited += at - w->run->now;
		if (++b->waiting > b->longest)
			b->longest = b->waiting;
		world_schedule(w, at, EVENT_API_ISSUE, i, 0, 0);
	} else
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
	else {
		w->api->bucket[s->client].waiting--;
		issue(w, e->subject);
	}
}

static void tell_refused(struct world *w, enum api_caller caller)
{
	struct fact f = cluster_fact(&w->cluster, FACT_CALL_REFUSED);

	f.object = caller;
	cluster_tell(&w->cluster, f);
}

/* Gives up its seat to who waits for one. */
static void leave_seat(struct world *w, uint32_t i)
{
	enum line_kind kind = line_of(&w->api->slot[i]);
	uint32_t next;

	if (!w->api->slot[i].seated)
		return;
	w->api->slot[i].seated = false;
	w->api->line[kind].in_flight--;
	next = unpark(w->api, kind);
	if (next != NONE)
		serve(w, next);
}

void api_commits_again(struct world *w)
{
	uint32_t i;

	while ((i = unpark(w->api, LINE_ETCD)) != NONE)
		serve(w, i);
}

/* Subject: slot; epoch: its ticket. */
void api_on_commit(struct world *w, const struct event *e)
{
	struct slot *place = &w->api->slot[e->subject];
	bool answers;

	if (e->epoch != place->ticket)
		return;
	answers = !place->parked && !place->refused && reaches(w, place);
	leave_seat(w, e->subject);
	place = &w->api->slot[e->subject];
	if (answers && !w->settling && etcd_leader_host(w) == NONE) {
		park(w, LINE_ETCD, e->subject, etcd_request_timeout(w));
		return;
	}
	struct slot s = *place;
	bool alive = s.generation == w->api->bucket[s.client].generation;
	if (!answers)
		tell_refused(w, (enum api_caller)s.caller);
	bool ok = answers && api_apply(w, &s.call);
	if (ok && s.call.verb != API_READ && !w->settling)
		etcd_wrote(w);

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

	etcd_holds(w, ((what & CHANGED_ADDED) != 0) - ((what & CHANGED_REMOVED) != 0));
	world_schedule(w, time_add(w->run->now, delay), EVENT_WATCH, row, kind, what);
}

/* Keeps a change for a leader that is cut off, or that has not listed anew since. */
static bool missed(struct world *w, enum component component, const struct change *c)
{
	struct missed *m = &w->api->missed[component];

	if (!m->blind && (master_talks(w, component) || master_leader(w, component) == NONE))
		return false;
	m->blind = true;
	ARENA_RESERVE(&w->run->arena, m->change, m->capacity, m->count + 1, struct change);
	m->change[m->count++] = *c;
	return true;
}

/* Subject: row; epoch: enum change_kind; arg: enum change_what. */
void watch_on_event(struct world *w, const struct event *e)
{
	struct change c = {.kind = (uint8_t)e->epoch, .what = (uint16_t)e->arg, .row = e->subject};

	if (c.kind == CHANGE_POD)
		kubelet_notice(w, &c);
	else if (c.kind == CHANGE_NODE && c.what & CHANGED_READY)
		kubelet_notice_node(w, c.row);
	if (!missed(w, COMPONENT_CONTROLLER_MANAGER, &c))
		control_notice(w, &c);
	if (!w->settling && !missed(w, COMPONENT_SCHEDULER, &c))
		scheduler_notice(w, &c);
}

void api_watch_resumes(struct world *w, enum component component)
{
	struct missed *m = &w->api->missed[component];
	double pause = (double)WATCH_RETRY * (1 + rng_unit(&w->api->watch_rng));

	if (m->blind)
		world_schedule(w, w->run->now + (sim_time)pause, EVENT_WATCH_RESUMES, component, ++m->epoch, 0);
}

void api_forget_missed(struct world *w, enum component component)
{
	struct missed *m = &w->api->missed[component];

	m->blind = false;
	m->count = 0;
	m->epoch++;
}

/* Subject: component. Its reflectors have listed everything anew. */
void watch_on_resume(struct world *w, const struct event *e)
{
	struct missed *m = &w->api->missed[e->subject];

	if (e->epoch != m->epoch || !master_talks(w, (enum component)e->subject))
		return;
	m->blind = false;
	for (uint32_t i = 0; i < m->count; i++) {
		struct change c = m->change[i];

		if (e->subject == COMPONENT_CONTROLLER_MANAGER)
			control_notice(w, &c);
		else
			scheduler_notice(w, &c);
	}
	m->count = 0;
}

/* What one client asked: `waited` is the sum over its requests. */
void api_tell_load(struct world *w)
{
	for (uint32_t i = 0; i < w->api->buckets; i++) {
		const struct bucket *b = &w->api->bucket[i];
		struct fact f = cluster_fact(&w->cluster, FACT_API_LOAD);

		if (b->requests == 0)
			continue;
		f.object = names_intern(&w->run->names, b->name);
		f.a = b->requests;
		f.b = b->waited;
		f.c = b->longest;
		cluster_tell(&w->cluster, f);
	}
}
