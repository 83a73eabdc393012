/* test_engine.c - the engine proved on queues whose theory is known: M/M/1 and M/M/c; and the loop's edges. */
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#include "sim/dist.h"
#include "sim/run.h"
#include "sim/stats.h"

enum { ARRIVAL, DEPARTURE };
enum { STREAM_ARRIVALS, STREAM_SERVICE };

/* Customers come singly, wait in one line and are served by the first free of `servers`. */
struct station {
	struct run *run;
	struct rng arrivals, service;
	struct dist gap, work;
	uint32_t servers, busy;
	sim_time *waiting; /* when each arrived: a ring of CAPACITY */
	uint32_t head, length;
	struct integral in_system, empty;
	struct moments wait;
};

#define CAPACITY 65536

static void tell_size(struct station *s)
{
	const uint32_t size = s->busy + s->length;
	integral_set(&s->in_system, s->run->now, size);
	integral_set(&s->empty, s->run->now, size == 0);
}

static void serve(struct station *s, sim_time arrived)
{
	moments_add(&s->wait, time_seconds(s->run->now - arrived));
	s->busy++;
	run_schedule(s->run, (struct event){.at = s->run->now + dist_draw(&s->work, &s->service), .kind = DEPARTURE},
		     0);
}

static void handle(void *model, const struct event *e)
{
	struct station *s = model;
	const struct fact fact = {.at = s->run->now, .kind = e->kind, .a = s->busy + s->length};

	fact_tell(&s->run->facts, &fact);
	if (e->kind == ARRIVAL) {
		run_schedule(s->run, (struct event){.at = s->run->now + dist_draw(&s->gap, &s->arrivals)}, 1);
		if (s->busy < s->servers) {
			serve(s, s->run->now);
		} else {
			assert_true(s->length < CAPACITY);
			s->waiting[(s->head + s->length++) % CAPACITY] = s->run->now;
		}
	} else {
		s->busy--;
		if (s->length > 0) {
			const sim_time arrived = s->waiting[s->head];
			s->head = (s->head + 1) % CAPACITY;
			s->length--;
			serve(s, arrived);
		}
	}
	tell_size(s);
}

struct outcome {
	double wait, in_system, empty, arrivals_per_second;
	uint64_t digest, events;
};

/* One run over `hours`: arrivals every second on average, service `work` seconds on average. */
static struct outcome simulate(uint32_t replication, uint32_t servers, double work, int hours)
{
	struct run run;

	run_init(&run, 2026, replication, NULL, false);
	struct station s = {
		.run = &run,
		.arrivals = run_stream(&run, STREAM_ARRIVALS, 0),
		.service = run_stream(&run, STREAM_SERVICE, 0),
		.gap = {.kind = DIST_EXPONENTIAL, .a = SECONDS(1)},
		.work = {.kind = DIST_EXPONENTIAL, .a = time_from_seconds(work)},
		.servers = servers,
		.waiting = ARENA_NEW(&run.arena, CAPACITY, sim_time),
	};
	tell_size(&s);
	run_schedule(&run, (struct event){.at = dist_draw(&s.gap, &s.arrivals)}, 1);
	assert_true(run_loop(&run, MINUTES(60) * hours, handle, &s, NULL));
	facts_finish(&run.facts);
	assert_int_equal(run.facts.count, run.events);

	const struct outcome o = {
		.wait = s.wait.mean,
		.in_system = integral_mean(&s.in_system, run.now),
		.empty = integral_mean(&s.empty, run.now),
		.arrivals_per_second = (double)s.wait.count / time_seconds(run.now),
		.digest = run.facts.digest,
		.events = run.events,
	};
	run_release(&run);
	return o;
}

/*
 * Replications are independent, so their mean lies within 4 standard errors of the truth but for one case in 10^4; the
 * standard error itself must be small enough (1.5 % of the value) that an engine some percent off would be seen.
 */
static void near_theory(const char *what, const struct moments *m, double theory)
{
	const double error = moments_sd(m) / sqrt((double)m->count);
	if (!(fabs(m->mean - theory) < 4 * error) || !(error < 0.015 * theory))
		fail_msg("%s: %g +- %g, theory %g", what, m->mean, error, theory);
}

/* Erlang's C: the probability that an arrival has to wait, offered load a = arrivals x service time on c servers. */
static double erlang_c(uint32_t c, double a, double *empty)
{
	double term = 1, sum = 0;
	for (uint32_t k = 0; k < c; k++) {
		sum += term;
		term *= a / (k + 1);
	}
	const double waits = term * c / (c - a);
	*empty = 1 / (sum + waits);
	return waits * *empty;
}

static void compare(uint32_t servers, double work, int hours)
{
	struct moments wait = {0}, in_system = {0}, empty = {0}, arrivals = {0};
	double p_empty;

	for (uint32_t i = 0; i < 30; i++) {
		const struct outcome o = simulate(i, servers, work, hours);
		moments_add(&wait, o.wait);
		moments_add(&in_system, o.in_system);
		moments_add(&empty, o.empty);
		moments_add(&arrivals, o.arrivals_per_second);
		/* Little's law holds for each run, but for those still in line at the end. */
		assert_true(fabs(o.in_system - o.arrivals_per_second * (o.wait + work)) < 0.05 * o.in_system);
	}
	const double w = erlang_c(servers, work, &p_empty) * work / (servers - work);
	near_theory("arrivals per second", &arrivals, 1);
	near_theory("wait", &wait, w);
	near_theory("customers in the system", &in_system, w + work);
	near_theory("probability of none", &empty, p_empty);
}

static void mm1_half_loaded(void **state)
{
	(void)state;
	double empty;
	/* The general formula must give the well-known special case: P(wait) = load, W = load / (mu - lambda). */
	assert_true(fabs(erlang_c(1, 0.5, &empty) - 0.5) < 1e-12 && fabs(empty - 0.5) < 1e-12);
	compare(1, 0.5, 8);
}

static void mm1_busy(void **state)
{
	(void)state;
	compare(1, 0.8, 24);
}

static void mmc_busy(void **state)
{
	(void)state;
	compare(4, 3.0, 12);
}

static void same_seed_same_run(void **state)
{
	(void)state;
	const struct outcome a = simulate(3, 2, 1.5, 1), b = simulate(3, 2, 1.5, 1), c = simulate(4, 2, 1.5, 1);
	assert_int_equal(a.digest, b.digest);
	assert_int_equal(a.events, b.events);
	assert_true(a.digest != c.digest);
}

/* The loop's edges, with a model that counts and may set a flag. */
struct counter {
	struct run *run;
	uint64_t calls;
	int stop;
	uint64_t stop_at;
	sim_time period;
};

static void count(void *model, const struct event *e)
{
	struct counter *c = model;
	assert_int_equal(c->run->now, e->at);
	if (++c->calls == c->stop_at)
		c->stop = 1;
	if (c->period > 0)
		run_schedule(c->run, (struct event){.at = time_add(e->at, c->period)}, 0);
}

static void loop_ends_at_until(void **state)
{
	(void)state;
	struct run run;
	struct counter c = {.run = &run};

	run_init(&run, 1, 0, NULL, false);
	assert_true(run_loop(&run, 50, count, &c, NULL));
	assert_int_equal(run.now, 50);
	run_schedule(&run, (struct event){.at = 50}, 0);
	run_schedule(&run, (struct event){.at = 100}, 0);
	run_schedule(&run, (struct event){.at = 101}, 0);
	run_schedule(&run, (struct event){.at = SIM_NEVER}, 0);
	assert_true(run_loop(&run, 100, count, &c, NULL));
	assert_int_equal(c.calls, 2);
	assert_int_equal(run.now, 100);
	assert_int_equal(run.queue.count, 1);
	assert_true(run_loop(&run, SIM_NEVER, count, &c, NULL));
	assert_int_equal(c.calls, 3);
	assert_int_equal(run.events, 3);
	assert_null(queue_first(&run.queue));
	run_release(&run);
}

static void loop_stops_when_told(void **state)
{
	(void)state;
	struct run run;
	struct counter c = {.run = &run, .period = 10, .stop_at = 5000};

	run_init(&run, 1, 0, NULL, false);
	run_schedule(&run, (struct event){.at = 0}, 0);
	assert_false(run_loop(&run, SIM_NEVER, count, &c, &c.stop));
	assert_in_range(c.calls, 5000, 5000 + 1024);
	assert_int_equal(run.now, (sim_time)(c.calls - 1) * 10);
	const uint64_t before = c.calls;
	c.stop = 0;
	assert_true(run_loop(&run, run.now + 100, count, &c, &c.stop)); /* and goes on */
	assert_int_equal(c.calls, before + 10);
	run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mm1_half_loaded),    cmocka_unit_test(mm1_busy),
		cmocka_unit_test(mmc_busy),           cmocka_unit_test(same_seed_same_run),
		cmocka_unit_test(loop_ends_at_until), cmocka_unit_test(loop_stops_when_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
