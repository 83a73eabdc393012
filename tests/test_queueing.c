/* test_queueing.c - waiting times against closed forms and against queues played out; requests to Services in a run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/world.h"
#include "report/outcome.h"
#include "sim/queueing.h"
#include "tests/load.h"
#include "tests/test.h"

#define MS(n) MILLIS(n)
#define NEAR(a, b, share)                                                                                              \
	do {                                                                                                           \
		if (!(fabs((a) - (b)) <= (share)*fabs(b)))                                                             \
			fail_msg("%s is %.9g, %s is %.9g", #a, (double)(a), #b, (double)(b));                          \
	} while (0)

static struct queueing queue(double rate, struct dist time, uint32_t servers, uint32_t room)
{
	return (struct queueing){.rate = rate, .time = time, .servers = servers, .room = room};
}

/* M/M/1: everything is known. */
static void one_server(void **state)
{
	const struct dist d = {.kind = DIST_EXPONENTIAL, .a = MS(10)};

	(void)state;
	for (double rate = 1; rate < 99.5; rate += 7) {
		const struct queueing q = queue(rate, d, 1, QUEUEING_ROOM_MAX);
		const struct queueing_result r = queueing_solve(&q);

		NEAR(r.waits, rate / 100, 1e-9);
		NEAR(r.mean_wait, rate / 100 / (100 - rate), 1e-9);
		NEAR(r.mean_stay, 1 / (100 - rate), 1e-9);
		assert_true(r.turned_away < 1e-9);
		for (double t = 0.001; t < 0.5; t *= 2)
			assert_true(fabs(queueing_stays_longer(&r, t) - exp(-(100 - rate) * t)) < 1e-6);
	}
}

/* Erlang's C by its recursion through Erlang's B. */
static double erlang_c(double offered, int servers)
{
	double b = 1;

	for (int n = 1; n <= servers; n++)
		b = offered * b / (n + offered * b);
	return b / (1 - offered / servers * (1 - b));
}

static void many_servers(void **state)
{
	const struct dist d = {.kind = DIST_EXPONENTIAL, .a = MS(100)};
	static const int servers[] = {1, 2, 3, 8, 50, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT(servers); i++)
		for (double load = 0.1; load < 0.98; load += 0.1) {
			const int c = servers[i];
			const struct queueing q = queue(load * c * 10, d, (uint32_t)c, QUEUEING_ROOM_MAX);
			const struct queueing_result r = queueing_solve(&q);
			const double wait = erlang_c(load * c, c) / (c * 10 * (1 - load));

			if (erlang_c(load * c, c) < 1e-15)
				continue;
			NEAR(r.waits, erlang_c(load * c, c), 1e-6);
			NEAR(r.mean_wait, wait, 1e-6);
			NEAR(r.mean_stay, wait + 0.1, 1e-9);
		}
}

/* Pollaczek-Khinchine: mean wait = rate E[S^2] / (2 (1 - load)). */
static void general_service(void **state)
{
	static const struct dist time[] = {{DIST_CONSTANT, MS(10), 0, 0},    {DIST_UNIFORM, MS(5), MS(15), 0},
					   {DIST_EXPONENTIAL, MS(10), 0, 0}, {DIST_LOGNORMAL, MS(8), 0, 0.7},
					   {DIST_WEIBULL, MS(8), 0, 0.7},    {DIST_GAMMA, MS(5), 0, 2}};

	(void)state;
	for (size_t i = 0; i < COUNT(time); i++) {
		const double mean = time_seconds(dist_mean(&time[i]));
		const double square = mean * mean * (1 + dist_cv2(&time[i]));

		for (double load = 0.1; load < 0.96; load += 0.2) {
			const struct queueing q = queue(load / mean, time[i], 1, QUEUEING_ROOM_MAX);
			const struct queueing_result r = queueing_solve(&q);
			NEAR(r.mean_wait, load / mean * square / (2 * (1 - load)), 1e-5);
		}
	}
}

/* M/M/c/K: the states one by one. */
static void bounded_room(void **state)
{
	const struct dist d = {.kind = DIST_EXPONENTIAL, .a = MS(100)};

	(void)state;
	for (int c = 1; c <= 4; c++)
		for (int room = 0; room <= 20; room += 5)
			for (double load = 0.3; load < 4; load *= 1.5) {
				double p[32] = {1}, sum = 1, waiting = 0;
				const struct queueing q = queue(load * c * 10, d, (uint32_t)c, (uint32_t)room);
				const struct queueing_result r = queueing_solve(&q);

				for (int n = 1; n <= c + room; n++) {
					p[n] = p[n - 1] * load * c / (n < c ? n : c);
					sum += p[n];
					waiting += n > c ? (n - c) * p[n] : 0;
				}
				NEAR(r.turned_away, p[c + room] / sum, 1e-9);
				/* Little's law. */
				const double admitted = q.rate * (1 - p[c + room] / sum);
				if (room > 0)
					NEAR(r.mean_wait, waiting / sum / admitted, 1e-9);
			}
	/* Far beyond what it can do, one in load gets through and waits for the whole room. */
	const struct queueing q = queue(500, d, 1, 1000);
	const struct queueing_result r = queueing_solve(&q);
	NEAR(r.turned_away, 1 - 10. / 500, 1e-6);
	NEAR(r.mean_wait, 1000 * 0.1, 0.01);
	assert_true(queueing_stays_longer(&r, 90) > 0.99 && queueing_stays_longer(&r, 115) < 0.01);
}

#define CUSTOMERS 400000

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* A queue of `servers` played out, first come first served: who comes takes the server that is free first. */
static void play(const struct queueing *q, uint64_t seed, double *mean_wait, double *p95)
{
	struct rng r = rng_stream(seed, 0, 0, 0);
	double *stay = malloc(CUSTOMERS * sizeof(*stay)), free_at[8] = {0}, now = 0, sum = 0;

	assert_non_null(stay);
	for (int i = 0; i < CUSTOMERS; i++) {
		uint32_t first = 0;

		now += -log1p(-rng_unit(&r)) / q->rate;
		for (uint32_t s = 1; s < q->servers; s++)
			first = free_at[s] < free_at[first] ? s : first;
		const double begin = free_at[first] > now ? free_at[first] : now;
		free_at[first] = begin + time_seconds(dist_draw(&q->time, &r));
		stay[i] = free_at[first] - now;
		sum += begin - now;
	}
	*mean_wait = sum / CUSTOMERS;
	qsort(stay, CUSTOMERS, sizeof(*stay), by_value);
	*p95 = stay[CUSTOMERS / 100 * 95];
	free(stay);
}

static double quantile(const struct queueing_result *r, double p)
{
	double low = 0, high = 1000;

	for (int i = 0; i < 60; i++)
		*(queueing_stays_longer(r, (low + high) / 2) > 1 - p ? &low : &high) = (low + high) / 2;
	return low;
}

/*
 * Bounds: 400,000 customers of one busy queue are worth some thousand independent ones, so 5 % on means where the
 * theory is exact; 12 % where it is an approximation (several servers, general service; quantiles of general service).
 */
static void against_queues_played_out(void **state)
{
	static const struct {
		struct dist time;
		uint32_t servers;
		double load, mean_bound, p95_bound;
	} row[] = {
		{{DIST_EXPONENTIAL, MS(10), 0, 0}, 1, 0.7, 0.05, 0.05},
		{{DIST_EXPONENTIAL, MS(10), 0, 0}, 4, 0.8, 0.05, 0.05},
		{{DIST_CONSTANT, MS(10), 0, 0}, 1, 0.7, 0.05, 0.12},
		{{DIST_LOGNORMAL, MS(10), 0, 0.5}, 1, 0.7, 0.05, 0.12},
		{{DIST_GAMMA, MS(5), 0, 2}, 4, 0.8, 0.12, 0.12},
		{{DIST_LOGNORMAL, MS(10), 0, 0.7}, 4, 0.8, 0.12, 0.12},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		const double rate = row[i].load * row[i].servers / time_seconds(dist_mean(&row[i].time));
		const struct queueing q = queue(rate, row[i].time, row[i].servers, QUEUEING_ROOM_MAX);
		const struct queueing_result r = queueing_solve(&q);
		double wait, p95;

		play(&q, 5 + i, &wait, &p95);
		NEAR(r.mean_wait, wait, row[i].mean_bound);
		NEAR(quantile(&r, 0.95), p95, row[i].p95_bound);
	}
}

/* ---- in a run ---- */

#define WEB(replicas)                                                                                                  \
	"---\n{apiVersion: v1, kind: Service, metadata: {name: w}, spec: {selector: {app: w}}}\n"                      \
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {replicas: " #replicas                \
	", selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, " \
	"image: i}]}}}}\n"
#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: q}\nspec:\n  prePulled: true\n"

struct folded {
	struct arena arena;
	struct outcome outcome;
	const struct scenario *scenario;
};

static void fold(struct run *r, void *context)
{
	struct folded *f = context;

	outcome_init(&f->outcome, &f->arena, f->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(&f->outcome));
}

static struct outcome_requests run_text(const char *text)
{
	struct folded f = {0};
	struct outcome_requests out;
	struct loaded l;
	struct run r;

	load_text(&l, text, NULL, 0);
	if (l.result != 0)
		fail_msg("%s", l.said.data);
	f.scenario = &l.scenario;
	assert_true(world_run(&r, &l.scenario, 1, 0, false, fold, &f, NULL));
	outcome_finish(&f.outcome, false);
	assert_non_null(f.outcome.service[0].requests);
	out = *f.outcome.service[0].requests;
	run_release(&r);
	arena_release(&f.arena);
	unload(&l);
	return out;
}

/* Five pods, 60 of 100 requests a second each: five M/M/1 queues. */
static void steady_service(void **state)
{
	const struct outcome_requests r =
		run_text(HEAD "  duration: 10m\n  requests: [{service: w, rate: 300}]\n" WEB(5));

	(void)state;
	NEAR(r.all, 300. * 600, 1e-9);
	assert_true(r.error_share < 1e-9);
	NEAR(r.latency_mean, 1 / 40., 1e-6);
	NEAR(r.latency_p50, log(2) / 40, 0.01);
	NEAR(r.latency_p95, log(20) / 40, 0.01);
	NEAR(r.latency_p99, log(100) / 40, 0.01);
}

/* A node dies with two of six pods: a third of the requests fails until the endpoints are gone (44.5 s and about a
 * second in this run), then four pods share what six had, until the others are back. */
static void lost_replicas(void **state)
{
	const struct outcome_requests r =
		run_text(HEAD "  duration: 30m\n  failures: [{at: 5m, kind: node-crash, node: node-1}]\n"
			      "  requests: [{service: w, rate: 300}]\n" WEB(6));
	const double dead = r.dead_endpoint / 100; /* seconds in which a third, 100/s, was lost */

	(void)state;
	assert_true(dead > 40 && dead < 58);
	assert_true(r.no_endpoint == 0 && r.shed < 1);
	/* 50/s each give a mean of 20 ms; with four pods 75/s, 40 ms, for about five minutes of thirty. */
	assert_true(r.latency_mean > 0.0225 && r.latency_mean < 0.0245);
	NEAR(r.busiest, 0.75, 1e-9);
	/* As long as the proxies know of no failure, those that serve get no more than before. */
	const struct outcome_requests unnoticed =
		run_text(HEAD "  duration: 330s\n  failures: [{at: 5m, kind: node-crash, node: node-1}]\n"
			      "  requests: [{service: w, rate: 300}]\n" WEB(6));
	NEAR(unnoticed.busiest, 0.5, 1e-9);
	NEAR(unnoticed.dead_endpoint, 30. * 100, 1e-6);
}

static void no_pods(void **state)
{
	const struct outcome_requests r =
		run_text(HEAD "  duration: 10m\n  requests: [{service: w, rate: 7}]\n"
			      "  actions: [{at: 5m, kubectl: scale deployment/w --replicas=0}]\n" WEB(2));

	(void)state;
	/* All of the second half; the proxies learn of it within about 2 s. */
	assert_true(r.no_endpoint > 7 * 290 && r.no_endpoint < 7 * 300);
	assert_true(isfinite(r.latency_p95));
}

/* The sum over a day of the curve is that of its mean; in a month it grows; an entry holds until the next. */
static void curves(void **state)
{
	struct outcome_requests r;

	(void)state;
	r = run_text(HEAD "  duration: 1d\n  requests: [{service: w, rate: 10, swing: 0.9, peak: 3h}]\n" WEB(3));
	NEAR(r.all, 10. * 86400, 1e-6);
	NEAR(r.busiest, 10 * 1.9 / 3 * 0.01, 0.001);
	r = run_text(HEAD "  duration: 60d\n  requests: [{service: w, rate: 10, growth: 0.5}]\n" WEB(3));
	NEAR(r.all, 10. * 86400 * 30 * (1.5 * 1.5 - 1) / log(1.5), 1e-5);
	r = run_text(HEAD
		     "  duration: 10m\n  requests: [{service: w, rate: 10, workers: 2}, {at: 4m, service: w, rate: "
		     "20}]\n" WEB(3));
	NEAR(r.all, 10. * 240 + 20. * 360, 1e-9);
	NEAR(r.busiest, 20. / 3 * 0.01 / 2, 1e-9);
}

/* Overload: what cannot be done is turned away, and nobody waits for ever. */
static void overload(void **state)
{
	const struct outcome_requests r = run_text(
		HEAD "  duration: 10m\n  requests: [{service: w, rate: 500, backlog: 50, timeout: 2s}]\n" WEB(2));

	(void)state;
	NEAR(r.error_share, 1 - 200. / 500, 0.001);
	NEAR(r.latency_mean, 51 * 0.01, 0.03);
	assert_true(r.timed_out < 1e-3 * r.all);
}

static void mistakes(void **state)
{
	static const struct {
		const char *entry, *said;
	} row[] = {
		{"{rate: 5}", "give service"},
		{"{service: v, rate: 5}", "no Service is called \"v\""},
		{"{service: w}", "give rate"},
		{"{service: w, rate: -1}", "rate"},
		{"{service: w, rate: 5, worker: 3}", "did you mean \"workers\""},
		{"{service: w, rate: 5, backlog: 1000000}", "backlog"},
		{"7", "must be a map"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[2000];
		struct loaded l;

		snprintf(text, sizeof(text), HEAD "  requests: [%s]\n" WEB(2), row[i].entry);
		load_text(&l, text, NULL, 0);
		if (l.result != 3 || strstr(l.said.data, row[i].said) == NULL)
			fail_msg("%s: %d, %s", row[i].entry, l.result, l.said.data);
		unload(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_server),
		cmocka_unit_test(many_servers),
		cmocka_unit_test(general_service),
		cmocka_unit_test(bounded_room),
		cmocka_unit_test(against_queues_played_out),
		cmocka_unit_test(steady_service),
		cmocka_unit_test(lost_replicas),
		cmocka_unit_test(no_pods),
		cmocka_unit_test(curves),
		cmocka_unit_test(overload),
		cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
