/*
 * requests.c - what clients of a Service see: latency and errors, by queueing theory between the changes of its
 * endpoints.
 *
 * Each endpoint that the proxies send traffic to gets an equal share of the requests, a Poisson process again, and is a
 * queue of its own (sim/queueing.h), in its steady state at once. Requests to endpoints that do not serve fail, as do
 * those without any endpoint, those that find a full backlog, and those answered after the clients' time-out.
 */
#include "report/metric.h"

#include <math.h>

#include "sim/queueing.h"

/* A rate that changes all the time is held for so long. */
#define GRID MINUTES(15)

/* Bins of latency grow by 8 % from 10 us: the last ends beyond a day. */
#define LOWEST 1e-5
#define GROWTH 1.08

static double bin_end(int i)
{
	return LOWEST * pow(GROWTH, i);
}

/* The entry that holds at `at`, or NULL before the first; *until: how long. */
static const struct request_load *load_at(const struct outcome *o, const struct outcome_requests *r, sim_time at,
					  sim_time *until)
{
	const struct request_load *found = NULL;

	for (uint32_t i = 0; i < r->loads; i++) {
		const struct request_load *l = &o->scenario->request[r->first_load + i];

		if (l->at > at) {
			*until = l->at < *until ? l->at : *until;
			return found;
		}
		found = l;
	}
	return found;
}

/* How the answers of one endpoint at this rate are distributed; kept until another is asked for. */
static void solve(struct outcome_requests *r, const struct request_load *l, double rate)
{
	const struct queueing q = {.rate = rate, .time = l->time, .servers = l->workers, .room = l->backlog};
	double above = 1;

	if (r->solved_for == l && r->solved_rate == rate)
		return;
	r->solved_for = l;
	r->solved_rate = rate;
	r->solved = queueing_solve(&q);
	r->late = l->timeout > 0 ? queueing_stays_longer(&r->solved, time_seconds(l->timeout)) : 0;
	for (int i = 0; i < REQUEST_BINS; i++) {
		const double longer =
			above > 1e-9 && i + 1 < REQUEST_BINS ? queueing_stays_longer(&r->solved, bin_end(i)) : 0;

		r->share[i] = above > longer ? above - longer : 0;
		above = longer < above ? longer : above;
	}
}

/* `seconds` of requests at one rate with the endpoints as they were. */
static void add(struct outcome_requests *r, const struct request_load *l, double rate, double seconds)
{
	const double all = rate * seconds;

	r->all += all;
	if (r->proxied <= 0) {
		r->no_endpoint += all;
		return;
	}
	const double reached = all * (double)r->serving / (double)r->proxied;
	r->dead_endpoint += all * (double)(r->proxied - r->serving) / (double)r->proxied;
	if (reached <= 0)
		return;
	solve(r, l, rate / (double)r->proxied);
	const double taken = reached * (1 - r->solved.turned_away), late = taken * r->late;
	r->shed += reached - taken;
	r->timed_out += late;
	r->stay += taken * r->solved.mean_stay;
	r->taken += taken;
	r->busiest = r->solved.busy > r->busiest ? r->solved.busy : r->busiest;
	for (int i = 0; i < REQUEST_BINS; i++)
		r->bin[i] += taken * r->share[i];
}

static void settle(struct outcome *o, struct outcome_requests *r, sim_time at)
{
	sim_time from = r->since > o->from ? r->since : o->from;

	r->since = at;
	while (from < at) {
		sim_time until = at;
		const struct request_load *l = load_at(o, r, from, &until);

		if (l != NULL && (l->swing > 0 || l->growth != 0)) {
			const sim_time grid = (from / GRID + 1) * GRID;
			until = grid < until ? grid : until;
		}
		if (l != NULL)
			add(r, l, scenario_request_rate(l, from + (until - from) / 2), time_seconds(until - from));
		from = until;
	}
}

static void begin(struct outcome *o, uint32_t service)
{
	const struct scenario *s = o->scenario;
	struct outcome_requests *r = ARENA_NEW(o->arena, 1, struct outcome_requests);

	o->service[service].requests = r;
	while (r->first_load < s->request_count && s->request[r->first_load].service != service)
		r->first_load++;
	while (r->first_load + r->loads < s->request_count && s->request[r->first_load + r->loads].service == service)
		r->loads++;
}

/* Of each service whose endpoints have changed, what was until now. */
static void look(struct outcome *o, sim_time at)
{
	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_service *s = &o->service[i];
		struct outcome_requests *r = s->requests;

		if (r == NULL || (r->proxied == s->proxied && r->serving == s->serving))
			continue;
		settle(o, r, at);
		r->proxied = s->proxied;
		r->serving = s->serving;
	}
}

static void see(struct outcome *o, const struct fact *f)
{
	if (o->scenario->request_count == 0)
		return;
	switch (f->kind) {
	case FACT_SERVICE_ADDED:
		for (uint32_t i = 0; i < o->scenario->request_count; i++)
			if (o->scenario->request[i].service == f->object && o->service[f->object].requests == NULL)
				begin(o, f->object);
		break;
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_POD_SERVING:
	case FACT_POD_STOPPED:
	case FACT_POD_REMOVED:
	case FACT_NODE_FAILED:
	case FACT_NODE_BACK:
		look(o, f->at);
		break;
	default:
		break;
	}
}

/* The latency that a share p of the answers is not above, between the bins as if evenly spread. */
static double quantile(const struct outcome_requests *r, double p)
{
	double below = 0;

	for (int i = 0; i < REQUEST_BINS; i++) {
		if (r->bin[i] > 0 && below + r->bin[i] >= p * r->taken) {
			const double low = i > 0 ? bin_end(i - 1) : 0, part = (p * r->taken - below) / r->bin[i];
			return low + (bin_end(i) - low) * part;
		}
		below += r->bin[i];
	}
	return NAN;
}

static void finish(struct outcome *o)
{
	for (uint32_t i = 0; i < o->services; i++) {
		struct outcome_requests *r = o->service[i].requests;

		if (r == NULL)
			continue;
		settle(o, r, o->end);
		r->errors = r->no_endpoint + r->dead_endpoint + r->shed + r->timed_out;
		r->error_share = r->all > 0 ? r->errors / r->all : NAN;
		r->latency_mean = r->taken > 0 ? r->stay / r->taken : NAN;
		r->latency_p50 = quantile(r, 0.5);
		r->latency_p95 = quantile(r, 0.95);
		r->latency_p99 = quantile(r, 0.99);
	}
}

const struct metric metric_requests = {
	.name = "requests",
	.summary = "latency and errors of the requests to each service, by queueing theory",
	.see = see,
	.finish = finish,
};
