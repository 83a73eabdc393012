/* sched_queue.c - the scheduling queue: active, backing off, unschedulable; kube-scheduler.md section 2. */
#include "models/sched_internal.h"

#include "models/versions.h"

/* Period of the back-off flush and of the flush of unschedulable pods (2.2). */
#define BACKOFF_TICK SECONDS(1)
#define FLUSH_TICK SECONDS(30)

/* Pods that back off after a rejection are taken when nothing else is there, and expiries are cut to whole seconds,
 * since 1.33 (2.3, 2.4: SchedulerPopFromBackoffQ). */
static bool pops_from_backoff(const struct sched_queue *q)
{
	return q->kubernetes >= 33;
}

/* ---- heaps ---- */

static bool queue_sort(const struct sched_queue *q, uint32_t a, uint32_t b)
{
	const struct sched_item *x = &q->item[a], *y = &q->item[b];

	if (x->priority != y->priority)
		return x->priority > y->priority;
	if (x->timestamp != y->timestamp)
		return x->timestamp < y->timestamp;
	return a < b;
}

static bool heap_before(const struct sched_queue *q, uint8_t place, uint32_t a, uint32_t b)
{
	if (place != PLACE_ACTIVE && q->item[a].expiry != q->item[b].expiry)
		return q->item[a].expiry < q->item[b].expiry;
	return place == PLACE_ERROR ? a < b : queue_sort(q, a, b);
}

static void heap_put(struct sched_queue *q, struct sched_heap *h, uint32_t at, uint32_t pod)
{
	h->row[at] = pod;
	q->item[pod].at = at;
}

static void heap_up(struct sched_queue *q, struct sched_heap *h, uint32_t at)
{
	uint32_t pod = h->row[at];

	while (at > 0 && heap_before(q, h->place, pod, h->row[(at - 1) / 2])) {
		heap_put(q, h, at, h->row[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(q, h, at, pod);
}

static void heap_down(struct sched_queue *q, struct sched_heap *h, uint32_t at)
{
	uint32_t pod = h->row[at], child;

	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count && heap_before(q, h->place, h->row[child + 1], h->row[child]))
			child++;
		if (!heap_before(q, h->place, h->row[child], pod))
			break;
		heap_put(q, h, at, h->row[child]);
		at = child;
	}
	heap_put(q, h, at, pod);
}

static void heap_add(struct sched_queue *q, struct sched_heap *h, uint32_t pod)
{
	ARENA_RESERVE(q->arena, h->row, h->capacity, h->count + 1, uint32_t);
	q->item[pod].place = h->place;
	h->row[h->count++] = pod;
	heap_up(q, h, h->count - 1);
}

static void heap_remove(struct sched_queue *q, struct sched_heap *h, uint32_t pod)
{
	uint32_t at = q->item[pod].at, moved = h->row[--h->count];

	q->item[pod].place = PLACE_NONE;
	if (moved == pod)
		return;
	heap_put(q, h, at, moved);
	heap_up(q, h, at);
	heap_down(q, h, q->item[moved].at);
}

/* ---- the list of unschedulable pods: appended at the time of their timestamp, so it is sorted by it ---- */

static void list_add(struct sched_queue *q, uint32_t pod)
{
	struct sched_item *i = &q->item[pod];

	i->place = PLACE_UNSCHEDULABLE;
	i->next = NONE;
	i->prev = q->last;
	if (q->last != NONE)
		q->item[q->last].next = pod;
	else
		q->first = pod;
	q->last = pod;
}

static void list_remove(struct sched_queue *q, uint32_t pod)
{
	struct sched_item *i = &q->item[pod];

	i->place = PLACE_NONE;
	if (i->prev != NONE)
		q->item[i->prev].next = i->next;
	else
		q->first = i->next;
	if (i->next != NONE)
		q->item[i->next].prev = i->prev;
	else
		q->last = i->prev;
}

/* ---- time ---- */

static sim_time floor_second(sim_time t)
{
	return t - t % SECONDS(1);
}

/* The first tick of `period` after the process's start that is at or after t. */
static sim_time tick_at(const struct sched_queue *q, sim_time t, sim_time period)
{
	sim_time since = t - q->base;

	if (since <= 0)
		return q->base;
	return time_add(q->base, time_add(since - 1, period) / period * period);
}

static void set_expiry(struct sched_queue *q, struct sched_item *i)
{
	uint32_t count = i->errors > 0 ? i->errors : i->rejections;
	sim_time d = 0;

	/* Attempts were counted up to 1.33 (table 0.1). */
	if (q->kubernetes <= 33)
		count = i->attempts;
	if (count > 0 && q->max_backoff > 0) {
		if (count > 62 || q->initial_backoff > q->max_backoff >> (count - 1))
			d = q->max_backoff;
		else
			d = q->initial_backoff << (count - 1);
	}
	i->expiry = time_add(i->timestamp, d);
	if (pops_from_backoff(q) && d > 0)
		i->expiry = floor_second(i->expiry);
}

static bool backing_off(const struct sched_queue *q, const struct sched_item *i, sim_time now)
{
	if (q->max_backoff == 0)
		return false;
	return pops_from_backoff(q) ? i->expiry >= floor_second(now) : i->expiry > now;
}

/* The tick that releases a pod backing off. */
static sim_time released_at(const struct sched_queue *q, const struct sched_item *i)
{
	return pops_from_backoff(q) ? time_add(floor_second(i->expiry), BACKOFF_TICK)
				    : tick_at(q, i->expiry, BACKOFF_TICK);
}

/* ---- the queue ---- */

void sched_queue_init(struct sched_queue *q, struct arena *a, const struct timers *t, int kubernetes)
{
	*q = (struct sched_queue){
		.arena = a,
		.kubernetes = kubernetes,
		.first = NONE,
		.last = NONE,
		.initial_backoff = t->pod_initial_backoff,
		.max_backoff = t->pod_max_backoff,
		.flush_after = SECONDS(version_unschedulable_flush_seconds(kubernetes)),
		.active.place = PLACE_ACTIVE,
		.backoff.place = PLACE_BACKOFF,
		.error.place = PLACE_ERROR,
	};
}

void sched_queue_reset(struct sched_queue *q, sim_time now)
{
	/* The condition PodScheduled=False with its message outlives the process: it is in the API. */
	for (uint32_t i = 0; i < q->capacity; i++)
		q->item[i] = (struct sched_item){.text = q->item[i].text};
	q->active.count = q->backoff.count = q->error.count = 0;
	q->first = q->last = NONE;
	q->base = now;
}

void sched_queue_reserve(struct sched_queue *q, uint32_t pods)
{
	ARENA_RESERVE(q->arena, q->item, q->capacity, pods, struct sched_item);
}

void sched_queue_add(struct sched_queue *q, uint32_t pod, int32_t priority, sim_time now)
{
	struct sched_item *i = &q->item[pod];

	*i = (struct sched_item){.timestamp = now, .priority = priority, .text = i->text};
	heap_add(q, &q->active, pod);
}

void sched_queue_remove(struct sched_queue *q, uint32_t pod)
{
	switch ((enum sched_place)q->item[pod].place) {
	case PLACE_NONE:
		break;
	case PLACE_ACTIVE:
		heap_remove(q, &q->active, pod);
		break;
	case PLACE_BACKOFF:
		heap_remove(q, &q->backoff, pod);
		break;
	case PLACE_ERROR:
		heap_remove(q, &q->error, pod);
		break;
	case PLACE_UNSCHEDULABLE:
		list_remove(q, pod);
		break;
	}
}

uint32_t sched_queue_pop(struct sched_queue *q)
{
	struct sched_heap *h = &q->active;
	uint32_t pod;

	if (h->count == 0 && pops_from_backoff(q))
		h = &q->backoff;
	if (h->count == 0)
		return NONE;
	pod = h->row[0];
	heap_remove(q, h, pod);
	q->item[pod].attempts++;
	return pod;
}

void sched_queue_rejected(struct sched_queue *q, uint32_t pod, uint32_t rejectors, sim_time now)
{
	struct sched_item *i = &q->item[pod];

	i->rejectors = rejectors;
	i->rejections++;
	i->errors = 0;
	i->timestamp = now;
	set_expiry(q, i);
	list_add(q, pod);
}

void sched_queue_failed(struct sched_queue *q, uint32_t pod, int32_t priority, sim_time now)
{
	struct sched_item *i = &q->item[pod];

	i->priority = priority;
	i->rejectors = 0;
	i->errors++;
	i->timestamp = now;
	set_expiry(q, i);
	heap_add(q, backing_off(q, i, now) ? &q->error : &q->active, pod);
}

void sched_queue_wake(struct sched_queue *q, uint32_t pod, sim_time now)
{
	list_remove(q, pod);
	heap_add(q, backing_off(q, &q->item[pod], now) ? &q->backoff : &q->active, pod);
}

static void release(struct sched_queue *q, struct sched_heap *h, sim_time now)
{
	while (h->count > 0 && released_at(q, &q->item[h->row[0]]) <= now) {
		uint32_t pod = h->row[0];

		heap_remove(q, h, pod);
		heap_add(q, &q->active, pod);
	}
}

/* The tick that finds the oldest unschedulable pod to be there for longer than allowed. */
static sim_time flush_due(const struct sched_queue *q)
{
	if (q->first == NONE)
		return SIM_NEVER;
	return tick_at(q, time_add(q->item[q->first].timestamp, q->flush_after + 1), FLUSH_TICK);
}

void sched_queue_flush(struct sched_queue *q, sim_time now)
{
	release(q, &q->backoff, now);
	release(q, &q->error, now);
	while (flush_due(q) <= now)
		sched_queue_wake(q, q->first, now);
}

sim_time sched_queue_due(const struct sched_queue *q)
{
	const struct sched_heap *heap[] = {&q->backoff, &q->error};
	sim_time due = flush_due(q);

	for (int k = 0; k < 2; k++) {
		if (heap[k]->count > 0) {
			sim_time at = released_at(q, &q->item[heap[k]->row[0]]);

			due = at < due ? at : due;
		}
	}
	return due;
}
