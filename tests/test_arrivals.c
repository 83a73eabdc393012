/* test_arrivals.c - Jobs that arrive against the theory of Poisson processes; workloads that grow.
 *
 * Bounds as in test_failures.c: a mean over replications within 4.5 of its standard errors, which must be small.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/world.h"
#include "tests/load.h"
#include "tests/test.h"

#define HOUR MINUTES(60)
#define RUNS 40
#define TIMES_MAX 100000

#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: a}\nspec:\n  prePulled: true\n"
/* Suspended Jobs have no pods: only their arrival costs time here. */
#define CRON                                                                                                           \
	"---\n{apiVersion: batch/v1, kind: CronJob, metadata: {name: b}, spec: {suspend: true, schedule: \"0 0 1 1 "   \
	"*\", jobTemplate: {spec: {suspend: true, ttlSecondsAfterFinished: 60, template: {spec: {restartPolicy: "      \
	"Never, "                                                                                                      \
	"containers: [{name: c, image: i}]}}}}}}\n"
#define WEB                                                                                                            \
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {replicas: 10, selector: "            \
	"{matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: "      \
	"i}]}}}}\n"

struct told {
	sim_time *at;
	int64_t *value;
	uint32_t count, refused;
	uint16_t kind;
};

static void collect(void *state, const struct fact *f, size_t count)
{
	struct told *t = state;

	for (size_t i = 0; i < count; i++) {
		if (f[i].kind != t->kind)
			continue;
		assert_true(t->count < TIMES_MAX);
		t->at[t->count] = f[i].at;
		t->value[t->count++] = f[i].a;
		t->refused += f[i].kind == FACT_ARRIVAL && f[i].flag;
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){collect, context});
}

static void play(const char *text, const char *const sets[], uint32_t count, uint32_t replication, struct told *t)
{
	struct loaded l;
	struct run r;

	t->count = t->refused = 0;
	load_text(&l, text, sets, count);
	if (l.result != 0)
		fail_msg("%s", l.said.data);
	assert_true(world_run(&r, &l.scenario, 11, replication, false, subscribe, t, NULL));
	run_release(&r);
	unload(&l);
}

static struct told new_told(uint16_t kind)
{
	return (struct told){
		.at = calloc(TIMES_MAX, sizeof(sim_time)), .value = calloc(TIMES_MAX, sizeof(int64_t)), .kind = kind};
}

static void free_told(struct told *t)
{
	free(t->at);
	free(t->value);
}

/* Arrivals in [from, to) over all replications: their mean, and variance / mean. */
static void count(const char *text, sim_time from, sim_time to, double theory, double *dispersion)
{
	struct told t = new_told(FACT_ARRIVAL);
	double n[RUNS], sum = 0, squares = 0;

	for (uint32_t i = 0; i < RUNS; i++) {
		play(text, NULL, 0, i, &t);
		n[i] = 0;
		for (uint32_t k = 0; k < t.count; k++)
			n[i] += t.at[k] >= from && t.at[k] < to;
		sum += n[i];
	}
	const double mean = sum / RUNS;
	for (uint32_t i = 0; i < RUNS; i++)
		squares += (n[i] - mean) * (n[i] - mean);
	const double variance = squares / (RUNS - 1), error = sqrt(variance / RUNS);
	if (fabs(mean - theory) > 4.5 * error || error > 0.05 * theory)
		fail_msg("%g +- %g, theory %g", mean, error, theory);
	*dispersion = variance / mean;
	free_told(&t);
}

/* Variance over mean of a Poisson count is 1; over 40 runs its standard error is sqrt(2/39) = 0.23. */
static void poisson(void **state)
{
	double d;

	(void)state;
	count(HEAD "  duration: 5h\n  arrivals: [{from: cronjob/b, rate: 30}]\n" CRON, 0, 5 * HOUR, 150, &d);
	assert_true(d > 0.3 && d < 2);
}

/* The integral of 1 + 0.9 cos(2 pi (t - 14h) / 24h) from a to b, in hours. */
static double area(double a, double b)
{
	const double w = 2 * M_PI / 24;

	return b - a + 0.9 / w * (sin(w * (b - 14)) - sin(w * (a - 14)));
}

static void daily_curve(void **state)
{
#define CURVE HEAD "  duration: 24h\n  arrivals: [{from: cronjob/b, rate: 20, swing: 0.9, peak: 14h}]\n" CRON
	double d;

	(void)state;
	count(CURVE, 0, 24 * HOUR, 20 * 24, &d);
	count(CURVE, 11 * HOUR, 17 * HOUR, 20 * area(11, 17), &d);
	assert_true(d > 0.3 && d < 2);
	count(CURVE, 0, 6 * HOUR, 20 * area(0, 6), &d);
}

static void growth_of_rates(void **state)
{
	double d;

	(void)state;
	count(HEAD "  duration: 60d\n  arrivals: [{from: cronjob/b, rate: 0.2, growth: 1}]\n" CRON, 0, 60 * 24 * HOUR,
	      0.2 * 24 * 30 * 3 / log(2), &d);
	count(HEAD "  duration: 60d\n  arrivals: [{from: cronjob/b, rate: 0.8, growth: -0.5}]\n" CRON, 0,
	      60 * 24 * HOUR, 0.8 * 24 * 30 * 0.75 / log(2), &d);
}

/*
 * An interrupted Poisson process: on a quarter of the time. With exponential times of rates 1/1h and 1/3h the index of
 * dispersion of counts tends to 1 + 2 rate b / (a + b)^2 (Fischer, Meier-Hellstern 1993), a from off to on, b back:
 * with 40 an hour, 1 + 2 * 40 * 1 / (4/3)^2 = 46.
 */
static void bursts(void **state)
{
	double d;

	(void)state;
	count(HEAD "  duration: 200h\n  arrivals: [{from: cronjob/b, rate: 40, on: exponential(1h), off: "
		   "exponential(3h)}]\n" CRON,
	      0, 200 * HOUR, 200 * 10, &d);
	assert_true(d > 46 * 0.4 && d < 46 * 2);
	count(HEAD "  duration: 50h\n  arrivals: [{from: cronjob/b, rate: 40, rateOff: 8, on: 1h, off: 3h}]\n" CRON, 0,
	      50 * HOUR, 50 * 16, &d);
}

static void traces(void **state)
{
	char path[1000], text[3000];
	struct told t = new_told(FACT_ARRIVAL);
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/arrivals.csv", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(f = fopen(path, "w"));
	fputs("creation_time,name\n60,a\n60,b\r\n# remark\n1h30m,c\n\n7200.5,d\n", f);
	fclose(f);
	snprintf(text, sizeof(text), HEAD "  duration: 5h\n  arrivals: [{from: cronjob/b, file: %s}]\n" CRON, path);
	play(text, NULL, 0, 0, &t);
	assert_int_equal(t.count, 4);
	assert_true(t.at[0] == MINUTES(1) && t.at[1] == MINUTES(1) && t.at[2] == MINUTES(90));
	assert_true(t.at[3] == MILLIS(7200500));
	remove(path);
	free_told(&t);
}

/* Every candidate meets the same arrivals; nobody retries when the masters are out of reach. */
static void same_arrivals(void **state)
{
#define MANY "  arrivals: [{from: cronjob/b, rate: 30, on: exponential(1h), off: exponential(1h)}]\n"
	static const char *const sets[] = {"scheduler=random"};
	struct told first = new_told(FACT_ARRIVAL), t = new_told(FACT_ARRIVAL);

	(void)state;
	play(HEAD "  duration: 20h\n" MANY CRON WEB, NULL, 0, 0, &first);
	assert_true(first.count > 50 && first.refused == 0);
	play(HEAD "  duration: 20h\n  failures: [{at: 5h, kind: control-plane-outage, for: 5h}, {process: exponential, "
		  "mtbf: 2h, repair: 10m}]\n" MANY CRON WEB,
	     sets, 1, 0, &t);
	assert_int_equal(t.count, first.count);
	assert_memory_equal(t.at, first.at, t.count * sizeof(t.at[0]));
	uint32_t outage = 0;
	for (uint32_t i = 0; i < t.count; i++)
		outage += t.at[i] >= 5 * HOUR && t.at[i] < 10 * HOUR;
	assert_int_equal(t.refused, outage);
	free_told(&first);
	free_told(&t);
}

/* 10 replicas that double in 30 days: each whole number from 11 to 20 in turn, when it is nearest. */
static void growth_of_replicas(void **state)
{
	struct told t = new_told(FACT_WORKLOAD_SCALED);

	(void)state;
	play(HEAD "  duration: 30d\n  growth: [{workload: Deployment/w, monthly: 1}]\n" WEB, NULL, 0, 0, &t);
	uint32_t steps = 0;
	for (uint32_t i = 0; i < t.count; i++) {
		if (t.value[i] != 11 + steps)
			continue; /* of its ReplicaSet */
		const double due = log2((10.5 + steps) / 10) * 30 * 24 * 3600;
		assert_true(fabs(time_seconds(t.at[i]) - due) < 1);
		steps++;
	}
	assert_int_equal(steps, 10);
	free_told(&t);
}

static void mistakes(void **state)
{
	static const struct {
		const char *entry, *said;
	} row[] = {
		{"arrivals: [{rate: 5}]", "give from"},
		{"arrivals: [{from: cronjob/x, rate: 5}]", "no CronJob is called \"x\""},
		{"arrivals: [{from: job/b, rate: 5}]", "give from"},
		{"arrivals: [{from: cronjob/b}]", "give rate"},
		{"arrivals: [{from: cronjob/b, rate: 5, on: 1h}]", "both on and off"},
		{"arrivals: [{from: cronjob/b, rate: 5, on: 0s, off: 0s}]", "without any length"},
		{"arrivals: [{from: cronjob/b, rate: 1000000}]", "are the most"},
		{"arrivals: [{from: cronjob/b, file: nowhere.csv}]", "cannot read nowhere.csv"},
		{"arrivals: [{from: cronjob/b, rate: 5}, {from: cronjob/b, rate: 5}]", "a second stream"},
		{"arrivals: [{from: cronjob/b, rte: 5}]", "did you mean \"rate\""},
		{"growth: [{workload: Deployment/v, monthly: 1}]", "no Deployment is called"},
		{"growth: [{workload: Deployment/w}]", "needs workload and monthly"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[3000];
		struct loaded l;

		snprintf(text, sizeof(text), HEAD "  %s\n" CRON WEB, row[i].entry);
		load_text(&l, text, NULL, 0);
		if (l.result != 3 || strstr(l.said.data, row[i].said) == NULL)
			fail_msg("%s: %d, %s", row[i].entry, l.result, l.said.data);
		unload(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poisson),
		cmocka_unit_test(daily_curve),
		cmocka_unit_test(growth_of_rates),
		cmocka_unit_test(bursts),
		cmocka_unit_test(traces),
		cmocka_unit_test(same_arrivals),
		cmocka_unit_test(growth_of_replicas),
		cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
