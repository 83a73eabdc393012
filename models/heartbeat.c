/* heartbeat.c - when each node renews its lease and reports its status (kubernetes-control-plane.md 1.1).
 *
 * Two series per node. Lease: the next renewal is sent 0.25 * nodeLeaseDuration, jittered by up to 4 %, after the
 * former one was answered. Status: computed every nodeStatusUpdateFrequency with the same jitter, written when
 * nodeStatusReportFrequency has passed since the last write. The k-th beat of a series is a function of (stream, k), so
 * a series moves forward only when somebody asks; with `heartbeats: explicit` each beat is an event instead, with
 * exactly the same times.
 */
#include "models/heartbeat.h"

#include "models/control.h"
#include "models/versions.h"

struct series {
	struct rng rng;
	uint64_t k;      /* number of the beat at `sent` */
	sim_time sent;   /* newest beat that has been computed */
	sim_time before; /* the one before it */
	sim_time wrote;  /* status: last write */
};

struct beats {
	struct series lease, status;
	bool silent, never; /* never: a machine that has sent nothing yet */
	sim_time cut;       /* nothing is sent after this while silent */
	sim_time last_seen; /* explicit: newest beat seen; lazy: newest of earlier lives */
	uint32_t epoch;
	struct series old_lease, old_status; /* where a look back begins: the start of this life, or later */
};

struct heartbeats {
	struct beats *node;
	sim_time lease_period, status_period, report;
	double lease_jitter;
	sim_time travel; /* sent -> seen by the controller manager */
	uint64_t idle_ticks;
};

/* Jitter of the kubelet's status loop, as the lease's since they were introduced together (pkg/kubelet/kubelet.go). */
#define STATUS_JITTER 0.04

static sim_time jittered(const struct series *s, sim_time period, double jitter)
{
	return period + (sim_time)((double)period * jitter * rng_unit_at(&s->rng, s->k));
}

/* The sum of so many jittered periods from the k-th on; moves k. Long silences of a node that nobody asked about are
 * walked through here, so nothing else is done in the loop. */
static sim_time add_up(struct series *s, sim_time period, double jitter, uint64_t count)
{
	const double width = (double)period * jitter;
	sim_time sum = period * (sim_time)count;

	for (uint64_t i = 0; i < count; i++)
		sum += (sim_time)(width * rng_unit_at(&s->rng, s->k + i));
	s->k += count;
	return sum;
}

static void lease_next(const struct heartbeats *h, struct series *s)
{
	s->before = s->sent;
	s->sent = time_add(s->sent, h->travel + jittered(s, h->lease_period, h->lease_jitter));
	s->k++;
}

/* Ticks until one writes. */
static void status_next(const struct heartbeats *h, struct series *s)
{
	sim_time tick = s->sent;

	s->before = s->sent;
	/* So many ticks are over before the report is due, whatever their jitter. */
	tick = time_add(tick, add_up(s, h->status_period, STATUS_JITTER, h->idle_ticks));
	do {
		tick = time_add(tick, jittered(s, h->status_period, STATUS_JITTER));
		s->k++;
	} while (tick - s->wrote < h->report);
	s->sent = s->wrote = tick;
}

#define BLOCK 64

/* Renewals long before `by`, a block at a time. */
static void lease_leap(const struct heartbeats *h, struct series *s, sim_time by)
{
	const sim_time most =
		BLOCK * (h->travel + h->lease_period + (sim_time)((double)h->lease_period * h->lease_jitter));

	while (s->sent < by - most) {
		s->sent += BLOCK * h->travel + add_up(s, h->lease_period, h->lease_jitter, BLOCK);
		s->before = s->sent; /* the next one sets it */
	}
}

/* The newest beat of s sent at or before `by`. */
static sim_time newest(const struct heartbeats *h, struct series *s, sim_time by,
		       void (*next)(const struct heartbeats *h, struct series *s))
{
	while (s->sent <= by)
		next(h, s);
	return s->before;
}

static sim_time newest_of_node(const struct heartbeats *h, struct beats *b, sim_time by)
{
	lease_leap(h, &b->lease, by);
	sim_time lease = newest(h, &b->lease, by, lease_next), status = newest(h, &b->status, by, status_next);

	return lease > status ? lease : status;
}

static sim_time seen_lazily(const struct heartbeats *h, struct beats *b, sim_time at)
{
	sim_time by = at - h->travel;

	if (b->silent && by > b->cut)
		by = b->cut;
	sim_time sent = newest_of_node(h, b, by);
	/* A life that has not been seen yet leaves what was seen of the one before. */
	return sent == INT64_MIN || sent + h->travel > at ? b->last_seen : sent + h->travel;
}

static sim_time heartbeat_seen(const void *model, uint32_t node, sim_time at)
{
	const struct world *w = model;
	struct beats *b = &w->heartbeats->node[node];

	return w->scenario->explicit_heartbeats ? b->last_seen : seen_lazily(w->heartbeats, b, at);
}

static void reverse(sim_time *x, uint32_t count)
{
	for (uint32_t i = 0; i < count / 2; i++) {
		sim_time other = x[count - 1 - i];

		x[count - 1 - i] = x[i];
		x[i] = other;
	}
}

/* Moves x[first] to the front, and what was before it to the end. */
static void rotate(sim_time *x, uint32_t count, uint32_t first)
{
	reverse(x, first);
	reverse(x + first, count - first);
	reverse(x, count);
}

/* Goes through the beats of both series in the order of their sending. The place where the next look back begins moves
 * on, staying at least `count` beats behind. */
static uint32_t heartbeat_history(const void *model, uint32_t node, sim_time since, sim_time at, uint32_t count,
				  sim_time seen[])
{
	const struct world *w = model;
	const struct heartbeats *h = w->heartbeats;
	struct beats *b = &h->node[node];
	struct series lease = b->old_lease, status = b->old_status, marked[2] = {lease, status};
	uint32_t beats = 0, kept = 0;

	for (;;) {
		bool next_is_lease = lease.sent <= status.sent;
		sim_time sent = next_is_lease ? lease.sent : status.sent;

		if (sent + h->travel > at || (b->silent && sent > b->cut))
			break;
		if (sent + h->travel >= since)
			seen[kept++ % count] = sent + h->travel;
		if (next_is_lease)
			lease_next(h, &lease);
		else
			status_next(h, &status);
		if (++beats % count == 0) {
			b->old_lease = marked[0];
			b->old_status = marked[1];
			marked[0] = lease;
			marked[1] = status;
		}
	}
	if (kept <= count)
		return kept;
	rotate(seen, count, kept % count);
	return count;
}

/* Explicit heartbeats: the next beat of a series as an event. */
static void schedule(struct world *w, uint32_t node, bool status)
{
	struct beats *b = &w->heartbeats->node[node];
	struct series *s = status ? &b->status : &b->lease;
	sim_time at = time_add(s->sent, w->heartbeats->travel);

	if (w->scenario->explicit_heartbeats)
		world_schedule(w, at > w->run->now ? at : w->run->now, EVENT_HEARTBEAT, node, b->epoch, status);
}

/* Subject: node; arg: 1 for a status. */
void heartbeat_on_beat(struct world *w, const struct event *e)
{
	struct beats *b = &w->heartbeats->node[e->subject];
	struct series *s = e->arg ? &b->status : &b->lease;

	/* What was on its way when the node fell silent still arrives; the rest was never sent. */
	if (e->epoch != b->epoch || (b->silent && e->at - w->heartbeats->travel > b->cut))
		return;
	if (s->sent + w->heartbeats->travel > b->last_seen)
		b->last_seen = s->sent + w->heartbeats->travel;
	if (e->arg)
		status_next(w->heartbeats, s);
	else
		lease_next(w->heartbeats, s);
	schedule(w, e->subject, e->arg != 0);
}

/* The newest beat at or before time 0 in a rhythm that has gone on for long. */
static void start_steady(struct world *w, uint32_t node)
{
	struct heartbeats *h = w->heartbeats;
	struct beats *b = &h->node[node];
	struct rng phase = run_stream(w->run, STREAM_HEARTBEAT, 2 * node + 1);
	double lease_cycle = (double)h->lease_period * (1 + h->lease_jitter / 2) + (double)h->travel;

	b->lease.rng = run_stream(w->run, STREAM_HEARTBEAT, 2 * node);
	b->status.rng = run_stream(w->run, STREAM_STATUS, node);
	b->lease.sent = -(sim_time)(lease_cycle * rng_unit(&phase));
	b->status.sent = -(sim_time)((double)h->report * rng_unit(&phase));
	b->status.wrote = b->status.sent;
	b->lease.before = b->status.before = INT64_MIN;
	b->old_lease = b->lease;
	b->old_status = b->status;
	b->last_seen = (b->lease.sent > b->status.sent ? b->lease.sent : b->status.sent);
	if (!w->cluster.node[node].exists) {
		heartbeat_forget(w, node);
		return;
	}
	schedule(w, node, false);
	schedule(w, node, true);
}

void heartbeat_forget(struct world *w, uint32_t node)
{
	struct beats *b = &w->heartbeats->node[node];

	b->silent = b->never = true;
	b->cut = w->run->now;
	/* What the machine before would have sent since it fell silent was never sent. */
	b->lease.before = b->status.before = INT64_MIN;
	b->lease.sent = b->status.sent = w->run->now + 1;
	b->last_seen = w->run->now;
	b->epoch++;
}

void heartbeat_init(struct world *w)
{
	const struct timers *t = &w->scenario->timers;
	struct heartbeats *h = ARENA_NEW(&w->run->arena, 1, struct heartbeats);

	w->heartbeats = h;
	h->node = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct beats);
	h->lease_period = t->node_lease_duration / 4; /* renewed at 0.25 of the duration: pkg/kubelet/kubelet.go */
	h->status_period = t->node_status_update_frequency;
	h->report = t->node_status_report_frequency;
	h->idle_ticks = (uint64_t)((double)(h->report - 1) / ((double)h->status_period * (1 + STATUS_JITTER)));
	h->lease_jitter = version_lease_jitter(w->scenario->kubernetes);
	h->travel = dist_mean(&w->scenario->latencies.heartbeat);
	w->cluster.view.model = w;
	w->cluster.view.heartbeat_seen = heartbeat_seen;
	w->cluster.view.heartbeat_history = heartbeat_history;
	for (uint32_t i = 0; i < w->cluster.node_count; i++)
		start_steady(w, i);
}

/* Explicit beats and passes need no hint where to look. */
static void alert(struct world *w, uint32_t node)
{
	if (!w->scenario->explicit_heartbeats)
		control_alert(w, node);
}

sim_time heartbeat_stop(struct world *w, uint32_t node)
{
	struct heartbeats *h = w->heartbeats;
	struct beats *b = &h->node[node];

	/* Struck again before it came back: it has sent nothing since the first time. */
	if (!b->silent)
		b->cut = w->run->now;
	/* What was sent so long ago that it has been seen is computed once, not in the copy below and again. */
	if (!w->scenario->explicit_heartbeats && !b->silent)
		seen_lazily(h, b, w->run->now);
	b->silent = true;
	alert(w, node);
	/* Copies, so that looking ahead moves nothing. */
	struct beats copy = *b;
	sim_time sent;
	if (w->scenario->explicit_heartbeats) {
		/* The series stand at the next beat to be seen; it may be on its way already. */
		sent = copy.last_seen - h->travel;
		if (copy.lease.sent <= b->cut && copy.lease.sent > sent)
			sent = copy.lease.sent;
		if (copy.status.sent <= b->cut && copy.status.sent > sent)
			sent = copy.status.sent;
		return sent;
	}
	sent = newest_of_node(h, &copy, b->cut);
	return sent == INT64_MIN ? copy.last_seen - h->travel : sent;
}

sim_time heartbeat_status(const struct world *w, uint32_t node)
{
	const struct heartbeats *h = w->heartbeats;
	struct series status = h->node[node].status; /* a copy, so that looking moves nothing */
	sim_time by = w->run->now - h->travel;

	if (w->scenario->explicit_heartbeats || h->node[node].never)
		return h->node[node].last_seen;
	if (h->node[node].silent && by > h->node[node].cut)
		by = h->node[node].cut;
	sim_time sent = newest(h, &status, by, status_next);
	return sent == INT64_MIN ? h->node[node].last_seen : sent;
}

bool heartbeat_silent(const struct world *w, uint32_t node)
{
	return w->heartbeats->node[node].silent;
}

static void restart(struct series *s, sim_time now)
{
	s->k = (s->k | 0xffff) + 1; /* numbers of another life */
	s->before = INT64_MIN;
	s->sent = s->wrote = now;
}

void heartbeat_resume(struct world *w, uint32_t node)
{
	struct beats *b = &w->heartbeats->node[node];
	struct fact f = cluster_fact(&w->cluster, FACT_HEARTBEAT_BACK);

	if (!b->silent)
		return;
	b->last_seen = heartbeat_seen(w, node, w->run->now);
	b->silent = false;
	b->epoch++;
	restart(&b->lease, w->run->now);
	restart(&b->status, w->run->now);
	b->old_lease = b->lease;
	b->old_status = b->status;
	schedule(w, node, false);
	schedule(w, node, true);
	alert(w, node);
	f.node = node;
	if (!b->never)
		cluster_tell(&w->cluster, f);
	b->never = false;
}
