/* arrival.c - Jobs arrive as a Poisson process whose rate follows bursts, the time of the day and growth, by thinning
 * (Lewis, Shedler 1979), or at the times of a trace; replicas grow by the month.
 *
 * Only the next arrival of a stream is an event. Each stream draws from its own random numbers, by its name.
 */
#include "models/arrival.h"

#include <math.h>

#include "models/api.h"
#include "models/etcd.h"

/* The highest rate is looked for so far ahead at a time; it need only not be exceeded. */
#define HORIZON (24 * MINUTES(60))
#define MONTH (30 * HORIZON)

struct stream_run {
	struct rng gaps, bursts;
	bool on;
	sim_time turns; /* the burst ends, or the next begins */
	uint32_t count; /* arrivals so far */
};

struct arrivals {
	struct stream_run *stream;
};

/* Since `at` the rate is at most this, until *until, when it has to be asked for again. */
static double bound(const struct arrival *a, const struct stream_run *r, sim_time at, sim_time *until)
{
	const sim_time far = time_add(at, HORIZON);
	const double grown =
		a->growth != 0 ? pow(1 + a->growth, (double)(a->growth > 0 ? far : at) / (double)MONTH) : 1;

	*until = r->turns < far ? r->turns : far;
	return (r->on ? a->rate : a->rate_off) / 3600 * (1 + a->swing) * grown;
}

static void turn(const struct arrival *a, struct stream_run *r)
{
	r->on = !r->on;
	r->turns = time_add(r->turns, dist_draw(r->on ? &a->on : &a->off, &r->bursts));
}

/* The next arrival after `at` by thinning, or SIM_NEVER. */
static sim_time thin(const struct arrival *a, struct stream_run *r, sim_time at, sim_time end)
{
	while (at < end) {
		sim_time until, next = SIM_NEVER;
		const double most = bound(a, r, at, &until);

		if (most > 0)
			next = time_add(at, time_from_seconds(-log1p(-rng_unit(&r->gaps)) / most));
		if (next >= until) {
			at = until;
			while (r->turns <= at)
				turn(a, r);
		} else if (rng_unit(&r->gaps) * most < scenario_arrival_rate(a, r->on, next)) {
			return next;
		} else {
			at = next;
		}
	}
	return SIM_NEVER;
}

static void schedule_next(struct world *w, uint32_t i, sim_time since)
{
	const struct arrival *a = &w->scenario->arrival[i];
	struct stream_run *r = &w->arrivals->stream[i];
	const sim_time end = a->end < w->scenario->duration ? a->end : time_add(w->scenario->duration, 1);
	sim_time at;

	if (a->times > 0)
		at = r->count < a->times ? time_add(a->begin, a->time[r->count]) : SIM_NEVER;
	else
		at = thin(a, r, since, end);
	if (at < end)
		world_schedule(w, at, EVENT_ARRIVAL, i, 0, 0);
}

/* ---- growth ---- */

static double replicas_at(const struct world *w, const struct growth *g, sim_time at)
{
	const double base = w->scenario->objects.workload[g->workload].replicas;

	return base * pow(1 + g->monthly, (double)at / (double)MONTH);
}

/* When the rounded number of replicas changes next: where it passes the middle between two whole numbers. */
static void schedule_growth(struct world *w, uint32_t i)
{
	const struct growth *g = &w->scenario->growth[i];
	const double base = w->scenario->objects.workload[g->workload].replicas;
	const double now = floor(replicas_at(w, g, w->run->now) + 0.5), next = g->monthly > 0 ? now + 0.5 : now - 0.5;

	if (base <= 0 || g->monthly == 0 || next <= 0)
		return;
	/* A nanosecond's rounding must not leave it on the near side. */
	const double months = log(next / base) / log1p(g->monthly);
	const sim_time at = time_from_seconds(months * time_seconds(MONTH));
	world_schedule(w, time_add(at > w->run->now ? at : w->run->now, MILLIS(1)), EVENT_GROWTH, i, 0, 0);
}

/* Subject: growth. */
void arrival_on_growth(struct world *w, const struct event *e)
{
	const struct growth *g = &w->scenario->growth[e->subject];
	struct api_call call = api_call(API_SCALE);

	call.workload = g->workload;
	call.number = (int64_t)floor(replicas_at(w, g, w->run->now) + 0.5);
	if (w->cluster.workload[g->workload].exists)
		api_send(w, CLIENT_UNLIMITED, &call, &w->scenario->latencies.api_write, CALLER_NOBODY, 0);
	schedule_growth(w, e->subject);
}

void arrival_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	w->arrivals = ARENA_NEW(&w->run->arena, 1, struct arrivals);
	w->arrivals->stream = ARENA_NEW(&w->run->arena, s->arrival_count, struct stream_run);
	for (uint32_t i = 0; i < s->arrival_count; i++) {
		const struct arrival *a = &s->arrival[i];
		struct stream_run *r = &w->arrivals->stream[i];

		*r = (struct stream_run){.gaps = run_stream(w->run, STREAM_ARRIVAL, a->stream),
					 .bursts = run_stream(w->run, STREAM_ARRIVAL, a->stream + 1),
					 .on = true,
					 .turns = SIM_NEVER};
		if (a->bursts) {
			/* As if it had gone on for ever: on with its share of the time, and the rest of that. */
			const double on = time_seconds(dist_mean(&a->on)), off = time_seconds(dist_mean(&a->off));

			r->on = rng_unit(&r->bursts) * (on + off) < on;
			r->turns = dist_draw_rest(r->on ? &a->on : &a->off, &r->bursts);
			while (r->turns <= a->begin)
				turn(a, r);
		}
		schedule_next(w, i, a->begin);
	}
	for (uint32_t i = 0; i < s->growth_count; i++)
		schedule_growth(w, i);
}

static void tell(struct world *w, uint32_t i, uint32_t job)
{
	struct fact f = cluster_fact(&w->cluster, FACT_ARRIVAL);

	f.object = job;
	f.flag = job == FACT_NONE;
	f.a = w->scenario->arrival[i].id;
	f.b = w->arrivals->stream[i].count;
	cluster_tell(&w->cluster, f);
}

/* Subject: arrival stream. The client does not try again when the API server refuses. */
void arrival_on_time(struct world *w, const struct event *e)
{
	const struct arrival *a = &w->scenario->arrival[e->subject];
	struct stream_run *r = &w->arrivals->stream[e->subject];
	uint32_t job;

	r->count++;
	if (api_up(w) && etcd_leader_host(w) != NONE && w->cluster.workload[a->template].exists) {
		job = cluster_job_arrive(&w->cluster, a->template, a->id, r->count);
		tell(w, e->subject, job);
		api_notify(w, CHANGE_WORKLOAD, CHANGED_ADDED, job);
	} else {
		tell(w, e->subject, FACT_NONE);
	}
	schedule_next(w, e->subject, w->run->now);
}
