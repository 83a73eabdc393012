/* control.c - runs the controller policies: a key waits in a queue, a worker thinks about it, its calls go out in
 * groups. */
#include "models/control.h"

#include <string.h>

#include "models/api.h"

/* Error re-queues: 5 ms doubling to 1000 s (client-go util/workqueue/default_rate_limiters.go). */
#define BACKOFF_BASE MILLIS(5)
#define BACKOFF_MAX SECONDS(1000)

enum key_state { KEY_QUEUED = 1, KEY_WORKING = 2, KEY_DIRTY = 4 };

struct key_info {
	uint8_t state; /* enum key_state, or'ed */
	uint8_t failures;
};

/* One controller in this run. */
struct ctl {
	const struct controller *policy;
	const void *options;
	uint32_t client;
	int64_t workers, busy;
	void *state;
	struct rng rng, think;
	uint32_t *ring; /* waiting keys */
	uint32_t head, waiting, ring_capacity;
	struct key_info *key;
	uint32_t key_capacity;
};

/* A worker with its key and the calls that it decided, in groups. Number 0 .. workers-1; used again when free. */
struct worker {
	uint32_t ctl, key;
	bool has_key; /* false: calls decided by a timer or a notice */
	bool failed;
	struct api_call *call;
	uint32_t *group; /* parallel: group number of each call */
	uint32_t calls, call_capacity, group_capacity, sent, outstanding;
	uint32_t next_free;
};

struct control {
	bool running;
	uint32_t generation; /* of the process; 24 bits travel in events */
	struct ctl *ctl;
	uint32_t ctls;
	struct worker *worker;
	uint32_t workers, worker_capacity, free;
};

struct decisions {
	struct world *world;
	uint32_t ctl, worker;
	uint32_t group;
};

static uint32_t worker_take(struct world *w, uint32_t ctl)
{
	struct control *c = w->control;
	uint32_t i = c->free;

	if (i != NONE) {
		c->free = c->worker[i].next_free;
	} else {
		ARENA_RESERVE(&w->run->arena, c->worker, c->worker_capacity, c->workers + 1, struct worker);
		i = c->workers++;
	}
	struct worker *k = &c->worker[i];
	k->ctl = ctl;
	k->has_key = k->failed = false;
	k->calls = k->sent = k->outstanding = 0;
	return i;
}

static void worker_free(struct control *c, uint32_t i)
{
	c->worker[i].next_free = c->free;
	c->free = i;
}

/* ---- decisions ---- */

void decide_call(struct decisions *d, struct api_call call)
{
	struct worker *k = &d->world->control->worker[d->worker];
	struct arena *a = &d->world->run->arena;

	ARENA_RESERVE(a, k->call, k->call_capacity, k->calls + 1, struct api_call);
	ARENA_RESERVE(a, k->group, k->group_capacity, k->calls + 1, uint32_t);
	k->call[k->calls] = call;
	k->group[k->calls++] = d->group;
}

void decide_then(struct decisions *d)
{
	d->group++;
}

static struct key_info *key_info(struct world *w, struct ctl *t, uint32_t key)
{
	if (key >= t->key_capacity)
		ARENA_RESERVE(&w->run->arena, t->key, t->key_capacity, key + 1, struct key_info);
	return &t->key[key];
}

static void enqueue(struct world *w, uint32_t ctl, uint32_t key)
{
	struct ctl *t = &w->control->ctl[ctl];
	struct key_info *k = key_info(w, t, key);

	if (k->state & KEY_QUEUED)
		return;
	if (k->state & KEY_WORKING) {
		k->state |= KEY_DIRTY;
		return;
	}
	k->state |= KEY_QUEUED;
	if (t->waiting == t->ring_capacity) {
		uint32_t size = t->ring_capacity > 0 ? 2 * t->ring_capacity : 16;
		uint32_t *ring = ARENA_NEW(&w->run->arena, size, uint32_t);

		for (uint32_t i = 0; i < t->waiting; i++)
			ring[i] = t->ring[(t->head + i) % t->ring_capacity];
		t->ring = ring;
		t->ring_capacity = size;
		t->head = 0;
	}
	t->ring[(t->head + t->waiting++) % t->ring_capacity] = key;
}

void decide_queue(struct decisions *d, uint32_t key)
{
	enqueue(d->world, d->ctl, key);
}

/* Controller and process in one number: a restarted process forgets its timers. */
static uint32_t stamp(const struct control *c, uint32_t ctl)
{
	return c->generation << 8 | ctl;
}

void decide_queue_at(struct decisions *d, uint32_t key, sim_time at)
{
	struct world *w = d->world;

	if (!w->settling && at != SIM_NEVER)
		world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_CONTROL_QUEUE, key,
			       stamp(w->control, d->ctl), 0);
}

void decide_timer(struct decisions *d, sim_time at, uint32_t key, uint32_t arg)
{
	struct world *w = d->world;

	if (!w->settling && at != SIM_NEVER)
		world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_CONTROL_TIMER, key,
			       stamp(w->control, d->ctl), arg);
}

void decide_tell(struct decisions *d, struct fact f)
{
	f.at = d->world->run->now;
	cluster_tell(&d->world->cluster, f);
}

/* ---- workers ---- */

static void dispatch(struct world *w, uint32_t ctl);
static void advance(struct world *w, uint32_t worker);

/* A call to ctl's policy on behalf of a worker that collects what it decides. */
static struct control_call begin(struct world *w, uint32_t ctl, struct decisions *d, uint32_t worker)
{
	struct ctl *t = &w->control->ctl[ctl];

	*d = (struct decisions){.world = w, .ctl = ctl, .worker = worker};
	return (struct control_call){.view = &w->cluster.view,
				     .now = w->run->now,
				     .options = t->options,
				     .state = t->state,
				     .arena = &w->run->arena,
				     .rng = &t->rng,
				     .out = d,
				     .settling = w->settling};
}

enum hook { HOOK_START, HOOK_TIMER, HOOK_IDLE, HOOK_ALERT };

/* Calls a hook outside of any key; what it decides is sent by a worker of its own. */
static void call_hook(struct world *w, uint32_t ctl, enum hook hook, uint32_t key, uint32_t arg)
{
	const struct controller *p = w->control->ctl[ctl].policy;
	uint32_t worker = worker_take(w, ctl);
	struct decisions d;
	struct control_call c = begin(w, ctl, &d, worker);

	if (hook == HOOK_START && p->start != NULL)
		p->start(&c);
	else if (hook == HOOK_TIMER && p->timer != NULL)
		p->timer(&c, key, arg);
	else if (hook == HOOK_IDLE && p->idle != NULL)
		p->idle(&c);
	else if (hook == HOOK_ALERT && p->alert != NULL)
		p->alert(&c, key);
	advance(w, worker);
	dispatch(w, ctl);
}

static sim_time backoff(uint8_t failures)
{
	sim_time d = BACKOFF_BASE;

	for (uint8_t i = 1; i < failures && d < BACKOFF_MAX; i++)
		d *= 2;
	return d < BACKOFF_MAX ? d : BACKOFF_MAX;
}

static void finish(struct world *w, uint32_t worker)
{
	struct control *c = w->control;
	struct worker k = c->worker[worker];
	struct ctl *t = &c->ctl[k.ctl];

	worker_free(c, worker);
	if (!k.has_key)
		return;
	struct key_info *info = key_info(w, t, k.key);
	bool dirty = info->state & KEY_DIRTY;
	info->state = 0;
	t->busy--;
	if (k.failed) {
		if (info->failures < UINT8_MAX)
			info->failures++;
		sim_time wait = t->policy->retry_after > 0 ? t->policy->retry_after : backoff(info->failures);

		world_schedule(w, w->run->now + wait, EVENT_CONTROL_QUEUE, k.key, stamp(c, k.ctl), 0);
	} else {
		info->failures = 0;
	}
	if (dirty)
		enqueue(w, k.ctl, k.key);
	dispatch(w, k.ctl);
	if (t->waiting == 0 && t->busy == 0 && t->policy->idle != NULL)
		call_hook(w, k.ctl, HOOK_IDLE, 0, 0);
}

/* Sends the next group of calls, or ends the worker's task. */
static void advance(struct world *w, uint32_t worker)
{
	struct control *c = w->control;
	struct worker *k = &c->worker[worker];

	if (k->sent == k->calls || k->failed) {
		finish(w, worker);
		return;
	}
	uint32_t first = k->sent, end = first;
	while (end < k->calls && k->group[end] == k->group[first])
		end++;
	k->sent = end;
	k->outstanding = end - first;
	for (uint32_t i = first; i < end; i++) {
		const struct api_call *call = &k->call[i];
		bool reads = call->verb == API_READ;

		api_send(w, c->ctl[k->ctl].client, call,
			 reads ? &w->scenario->latencies.api_read : &w->scenario->latencies.api_write,
			 CALLER_CONTROLLER, worker);
	}
}

void control_answered(struct world *w, uint32_t worker, bool ok)
{
	struct worker *k = &w->control->worker[worker];

	k->failed |= !ok;
	if (--k->outstanding == 0)
		advance(w, worker);
}

/* Gives waiting keys to free workers; tells the policy when there is nothing left to do. */
static void dispatch(struct world *w, uint32_t ctl)
{
	struct ctl *t = &w->control->ctl[ctl];

	while (t->waiting > 0 && t->busy < t->workers) {
		uint32_t key = t->ring[t->head], worker = worker_take(w, ctl);
		sim_time think = w->settling ? 0 : dist_draw(&w->scenario->latencies.controller_sync, &t->think);

		t->head = (t->head + 1) % t->ring_capacity;
		t->waiting--;
		t->busy++;
		key_info(w, t, key)->state = KEY_WORKING;
		w->control->worker[worker].key = key;
		w->control->worker[worker].has_key = true;
		world_schedule(w, time_add(w->run->now, think), EVENT_CONTROL_WORK, worker, stamp(w->control, ctl), 0);
	}
}

/* Subject: worker. */
void control_on_work(struct world *w, const struct event *e)
{
	struct control *c = w->control;
	uint32_t ctl = e->epoch & 0xff;
	struct decisions d;

	if (e->epoch != stamp(c, ctl))
		return;
	struct control_call call = begin(w, ctl, &d, e->subject);
	/* What changed until now is seen by this reconcile, so it needs no second one. */
	key_info(w, &c->ctl[ctl], c->worker[e->subject].key)->state &= (uint8_t)~KEY_DIRTY;
	if (c->ctl[ctl].policy->reconcile != NULL)
		c->ctl[ctl].policy->reconcile(&call, c->worker[e->subject].key);
	advance(w, e->subject);
}

/* Subject: key; epoch: stamp. */
void control_on_queue(struct world *w, const struct event *e)
{
	uint32_t ctl = e->epoch & 0xff;

	if (e->epoch != stamp(w->control, ctl))
		return;
	enqueue(w, ctl, e->subject);
	dispatch(w, ctl);
}

/* Subject: key; arg as given; epoch: stamp. */
void control_on_timer(struct world *w, const struct event *e)
{
	uint32_t ctl = e->epoch & 0xff;

	if (e->epoch == stamp(w->control, ctl))
		call_hook(w, ctl, HOOK_TIMER, e->subject, e->arg);
}

/* ---- the process ---- */

static uint32_t client_of(struct world *w, const char *name, uint32_t before)
{
	struct control *c = w->control;

	for (uint32_t i = 0; i < before; i++)
		if (strcmp(c->ctl[i].policy->client, name) == 0)
			return c->ctl[i].client;
	return api_client_add(w, name, w->scenario->timers.controller_qps, w->scenario->timers.controller_burst);
}

void control_init(struct world *w)
{
	struct control *c = ARENA_NEW(&w->run->arena, 1, struct control);

	w->control = c;
	c->free = NONE;
	for (uint32_t i = 0; controllers[i] != NULL; i++)
		c->ctls += w->scenario->control[i].runs;
	c->ctl = ARENA_NEW(&w->run->arena, c->ctls, struct ctl);
	for (uint32_t i = 0, k = 0; controllers[i] != NULL; i++) {
		const struct controller *p = controllers[i];

		if (!w->scenario->control[i].runs)
			continue;
		c->ctl[k] = (struct ctl){
			.policy = p,
			.options = w->scenario->control[i].options,
			.client = client_of(w, p->client, k),
			.workers = p->workers(&w->scenario->timers, w->scenario->kubernetes),
			.state = arena_alloc(&w->run->arena, 1, p->state_size, _Alignof(max_align_t)),
			.rng = run_stream(w->run, STREAM_CONTROLLER, rng_name(controller_role(p))),
			.think = run_stream(w->run, STREAM_CONTROLLER, rng_name(controller_role(p)) + 1),
		};
		k++;
	}
}

void control_start(struct world *w)
{
	struct control *c = w->control;

	c->running = true;
	c->generation = (c->generation + 1) & 0xffffff;
	for (uint32_t i = 0; i < c->ctls; i++) {
		struct ctl *t = &c->ctl[i];

		if (t->policy->state_size > 0)
			memset(t->state, 0, t->policy->state_size);
		if (!w->settling || t->policy->settles)
			call_hook(w, i, HOOK_START, 0, 0);
	}
}

void control_stop(struct world *w)
{
	struct control *c = w->control;

	c->running = false;
	c->generation = (c->generation + 1) & 0xffffff;
	c->free = NONE;
	c->workers = 0;
	for (uint32_t i = 0; i < c->ctls; i++) {
		struct ctl *t = &c->ctl[i];

		api_client_reset(w, t->client);
		t->waiting = 0;
		t->busy = 0;
		if (t->key_capacity > 0)
			memset(t->key, 0, t->key_capacity * sizeof(*t->key));
	}
}

void control_notice(struct world *w, const struct change *change)
{
	struct control *c = w->control;

	if (!c->running)
		return;
	for (uint32_t i = 0; i < c->ctls; i++) {
		const struct controller *p = c->ctl[i].policy;
		struct decisions d;

		if (!(p->watches & change->kind) || (w->settling && !p->settles))
			continue;
		uint32_t worker = worker_take(w, i);
		struct control_call call = begin(w, i, &d, worker);
		p->notice(&call, change);
		advance(w, worker);
		dispatch(w, i);
	}
}

void control_alert(struct world *w, uint32_t node)
{
	if (!w->control->running || w->settling)
		return;
	for (uint32_t i = 0; i < w->control->ctls; i++)
		if (w->control->ctl[i].policy->alert != NULL)
			call_hook(w, i, HOOK_ALERT, node, 0);
}

const char *control_timer_of(const struct world *w, uint32_t epoch)
{
	const struct control *c = w->control;
	const uint32_t ctl = epoch & 0xff;

	if (!c->running || epoch >> 8 != (c->generation & 0xffffff) || ctl >= c->ctls)
		return NULL;
	return controller_role(c->ctl[ctl].policy);
}
