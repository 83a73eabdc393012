/* test_failures.c - random failures against theory, their independence of everything else, and mistakes in asking for
 * them.
 *
 * Bounds: a mean over replications must lie within 4.5 of its standard errors of the theory (probability of a false
 * alarm 7e-6 each), and the standard error must be small against what is measured, so that a wrong model shows.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/policy.h"
#include "models/world.h"
#include "tests/load.h"
#include "tests/test.h"

#define HOUR MINUTES(60)
#define DAY (24 * HOUR)
#define FACTS_MAX 400000
#define RUNS 20

#define HEAD "apiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: f}\nspec:\n  prePulled: true\n"
/* Failures come at the same times whatever Kubernetes does about them: slow timers make long runs quick. */
#define SLOW                                                                                                           \
	HEAD "  timers: {nodeLeaseDurationSeconds: 1h, nodeStatusUpdateFrequency: 15m, nodeStatusReportFrequency: "    \
	     "15m, "                                                                                                   \
	     "nodeMonitorPeriod: 5m, nodeMonitorGracePeriod: 2h}\n"
#define GROUP(count) "  nodeGroups: [{name: n, count: " #count ", zones: [a], rack: r}]\n"
#define WEB(replicas)                                                                                                  \
	"---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {replicas: " #replicas                \
	", selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, " \
	"image: i}]}}}}\n"

struct told {
	struct fact *fact; /* of the kinds that matter here */
	size_t facts;
};

static bool matters(uint16_t kind)
{
	return kind == FACT_FAILURE_STRUCK || kind == FACT_FAILURE_HEALED || kind == FACT_NODE_FAILED ||
	       kind == FACT_NODE_BACK || kind == FACT_NODE_NOTICE || kind == FACT_MACHINE_OFF ||
	       kind == FACT_NODE_REMOVED || kind == FACT_MAINTENANCE || kind == FACT_CONTAINER_EXITED ||
	       kind == FACT_NODE_CORDONED || kind == FACT_API_SERVER;
}

static void collect(void *state, const struct fact *f, size_t count)
{
	struct told *t = state;

	for (size_t i = 0; i < count; i++) {
		if (!matters(f[i].kind))
			continue;
		assert_true(t->facts < FACTS_MAX);
		t->fact[t->facts++] = f[i];
	}
}

static void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){collect, context});
}

/* Runs a text as replication 0 .. runs-1 and lets look() measure each. */
static void each(const char *text, uint32_t runs, double (*look)(const struct scenario *s, const struct told *t),
		 double measured[])
{
	struct told t = {.fact = calloc(FACTS_MAX, sizeof(struct fact))};
	struct loaded l;

	load_text(&l, text, NULL, 0);
	if (l.result != 0)
		fail_msg("%s", l.said.data);
	for (uint32_t i = 0; i < runs; i++) {
		struct run r;

		t.facts = 0;
		assert_true(world_run(&r, &l.scenario, 7, i, false, subscribe, &t, NULL));
		measured[i] = look(&l.scenario, &t);
		run_release(&r);
	}
	unload(&l);
	free(t.fact);
}

/* The mean of measured is `theory`, with a standard error of at most `sharp` of it. */
static void agrees(const char *what, const double *measured, uint32_t runs, double theory, double sharp)
{
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < runs; i++)
		sum += measured[i];
	const double mean = sum / runs;
	for (uint32_t i = 0; i < runs; i++)
		squares += (measured[i] - mean) * (measured[i] - mean);
	const double error = sqrt(squares / (runs - 1) / runs);
	if (fabs(mean - theory) > 4.5 * error || error > sharp * theory)
		fail_msg("%s: %g +- %g, theory %g", what, mean, error, theory);
}

static double struck(const struct scenario *s, const struct told *t)
{
	double n = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++)
		n += t->fact[i].kind == FACT_FAILURE_STRUCK;
	return n;
}

/* Share of the time in which at least `least` failures are under way. */
static double share(const struct scenario *s, const struct told *t, int least)
{
	sim_time since = 0, sum = 0;
	int down = 0;

	for (size_t i = 0; i <= t->facts; i++) {
		const sim_time at = i < t->facts ? t->fact[i].at : s->duration;

		sum += down >= least ? at - since : 0;
		since = at;
		if (i == t->facts)
			break;
		down += t->fact[i].kind == FACT_FAILURE_STRUCK;
		down -= t->fact[i].kind == FACT_FAILURE_HEALED;
	}
	return (double)sum / (double)s->duration;
}

static double share_1(const struct scenario *s, const struct told *t)
{
	return share(s, t, 1);
}

static double share_2(const struct scenario *s, const struct told *t)
{
	return share(s, t, 2);
}

static double share_3(const struct scenario *s, const struct told *t)
{
	return share(s, t, 3);
}

/* ---- renewal theory ---- */

/* A stationary renewal process has t / mean renewals in the mean, whatever the gaps (Cox 1962, 4.1). */
static void stationary_counts(void **state)
{
	static const char *const process[] = {
		"process: weibull, shape: 0.7, mtbf: 10d", "process: weibull, shape: 3, mtbf: 10d",
		"process: gamma, shape: 0.5, mtbf: 10d", "process: lognormal, sigma: 1, mtbf: 10d",
		"process: exponential, mtbf: 10d"};
	double n[RUNS];

	(void)state;
	for (size_t i = 0; i < COUNT(process); i++) {
		char text[1000];

		snprintf(text, sizeof(text), SLOW "  duration: 25d\n" GROUP(50) "  failures: [{%s, repair: 0s}]\n",
			 process[i]);
		each(text, RUNS, struck, n);
		agrees(process[i], n, RUNS, 50 * 2.5, 0.04);
	}
}

/* The renewal function m(t) = F(t) + integral of m(t - x) dF(x), by steps. */
static double renewals(const struct dist *d, double means)
{
	enum { STEPS = 2000 };
	static double m[STEPS + 1], f[STEPS + 1];
	const double step = means * (double)dist_mean(d) / STEPS;

	for (int i = 0; i <= STEPS; i++)
		f[i] = dist_cdf(d, (sim_time)(i * step));
	for (int i = 1; i <= STEPS; i++) {
		m[i] = f[i];
		for (int k = 1; k <= i; k++) /* the midpoint of m in each step */
			m[i] += (k < i ? (m[i - k] + m[i - k + 1]) / 2 : m[1] / 4) * (f[k] - f[k - 1]);
	}
	return m[STEPS];
}

static void counts_from_new(void **state)
{
	const struct dist early = dist_of_mean(DIST_WEIBULL, 10 * DAY, 0.7),
			  late = dist_of_mean(DIST_WEIBULL, 10 * DAY, 3);
	double n[RUNS];

	(void)state;
	/* New subjects with a falling rate fail more often than t / mean, with a rising one less often. */
	assert_true(renewals(&early, 2) > 2.1 && renewals(&late, 2) < 1.8);
	each(SLOW "  duration: 20d\n" GROUP(100) "  failures: [{process: weibull, shape: 0.7, mtbf: 10d, repair: 0s, "
						 "start: new}]\n",
	     RUNS, struck, n);
	agrees("shape 0.7", n, RUNS, 100 * renewals(&early, 2), 0.02);
	each(SLOW "  duration: 20d\n" GROUP(100) "  failures: [{process: weibull, shape: 3, mtbf: 10d, repair: 0s, "
						 "start: new}]\n",
	     RUNS, struck, n);
	agrees("shape 3", n, RUNS, 100 * renewals(&late, 2), 0.02);
}

static double in_first(const struct scenario *s, const struct told *t)
{
	double n = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++)
		n += t->fact[i].kind == FACT_FAILURE_STRUCK && t->fact[i].at < 10 * DAY;
	return n;
}

/* A bathtub: 10 days at 1/2d, 20 days without, then 1/5d; repaired at once, so counts are Poisson. */
static void bathtub(void **state)
{
#define TUB                                                                                                            \
	"  duration: 40d\n" GROUP(                                                                                     \
		20) "  failures: [{process: piecewise, repair: 0s, pieces: [{until: 10d, mtbf: 2d}, "                  \
		    "{until: 30d}, {mtbf: 5d}]"
	double n[RUNS];

	(void)state;
	each(SLOW TUB "}]\n", RUNS, struck, n);
	agrees("all", n, RUNS, 20 * (5 + 2), 0.03);
	each(SLOW TUB "}]\n", RUNS, in_first, n);
	agrees("youth", n, RUNS, 20 * 5, 0.03);
	/* Five days old at the start, half of youth is over; at the end it is 45 days. */
	each(SLOW TUB ", age: 5d}]\n", RUNS, struck, n);
	agrees("aged", n, RUNS, 20 * (2.5 + 3), 0.03);
}

/* ---- Markov chains ---- */

/* N machines, each failing at rate 1/mtbf, and R repairers of rate 1/mttr: the share of time with >= least down. */
static double machine_repair(int machines, int repairers, double mtbf, double mttr, int least)
{
	double p[32] = {1}, sum = 1, tail = 0;

	for (int k = 1; k <= machines; k++) {
		p[k] = p[k - 1] * (machines - k + 1) / mtbf * mttr / (k < repairers ? k : repairers);
		sum += p[k];
	}
	for (int k = least; k <= machines; k++)
		tail += p[k] / sum;
	return tail;
}

static void machine_repair_model(void **state)
{
#define SHOP(crew)                                                                                                     \
	SLOW "  duration: 100d\n" GROUP(6) "  failures: [{process: exponential, mtbf: 20h, repair: exponential(3h), "  \
					   "repairers: " #crew "}]\n"
	double x[RUNS];

	(void)state;
	each(SHOP(1), RUNS, share_1, x);
	agrees("one repairer, one down", x, RUNS, machine_repair(6, 1, 20, 3, 1), 0.015);
	each(SHOP(1), RUNS, share_3, x);
	agrees("one repairer, three down", x, RUNS, machine_repair(6, 1, 20, 3, 3), 0.05);
	each(SHOP(2), RUNS, share_3, x);
	agrees("two repairers, three down", x, RUNS, machine_repair(6, 2, 20, 3, 3), 0.05);
}

/* Independent subjects: the number down is binomial with 1 - mtbf / (mtbf + mttr), whatever the distributions. */
static void k_out_of_n(void **state)
{
	const double mttr = exp(0.5), down = mttr / (10 + mttr), up = 1 - down;
	double x[RUNS];

	(void)state;
	each(SLOW "  duration: 300d\n" GROUP(5) "  failures: [{process: weibull, shape: 0.7, mtbf: 10h, repair: "
						"\"lognormal(1h, 1)\"}]\n",
	     RUNS, share_2, x);
	agrees("two of five down", x, RUNS, 1 - pow(up, 5) - 5 * down * pow(up, 4), 0.03);
}

/* ---- correlated failures ---- */

static void cascades(void **state)
{
	double n[RUNS];

	(void)state;
	/* Each primary failure brings probability / (1 - more) = 0.8 more; 19 others are enough not to cut that. */
	each(SLOW "  duration: 500d\n" GROUP(
		     20) "  failures: [{process: exponential, mtbf: 10d, repair: 1m, cascade: "
			 "{within: rack, probability: 0.4, more: 0.5, delay: \"uniform(0s, 2m)\"}}]\n",
	     RUNS, struck, n);
	agrees("cascade", n, RUNS, 20 * 50 * 1.8, 0.015);
	/* All of them: a batch. */
	each(SLOW "  duration: 50d\n" GROUP(20) "  failures: [{process: exponential, mtbf: 200d, repair: 1m, cascade: "
						"{within: zone, probability: 1, more: 1, delay: 1m}}]\n",
	     RUNS, struck, n);
	for (int i = 0; i < RUNS; i++)
		assert_true(fmod(n[i], 20) == 0);
	agrees("batch", n, RUNS, 20 * 5, 0.2);
}

static double rack_size(const struct scenario *s, const struct told *t)
{
	double n = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++) {
		if (t->fact[i].kind == FACT_FAILURE_STRUCK)
			assert_int_equal(t->fact[i].a, 4);
		n += t->fact[i].kind == FACT_NODE_FAILED;
	}
	assert_true(fmod(n, 4) == 0 && n > 0);
	return n / 4;
}

static void racks_fail_as_one(void **state)
{
	double n[RUNS];

	(void)state;
	each(SLOW "  duration: 50d\n  nodeGroups: [{name: n, count: 4, rack: r1}, {name: m, count: 4, rack: r2}]\n"
		  "  failures: [{process: exponential, of: rack, mtbf: 1d, repair: 1h}]\n",
	     RUNS, rack_size, n);
	agrees("racks", n, RUNS, 2 * 50 / (1 + 1 / 24.), 0.03);
}

/* ---- common random numbers ---- */

/* When the subject called name of the source called id fails. */
static uint32_t strikes_of(const char *text, const char *const sets[], uint32_t count, const char *id, const char *name,
			   sim_time at[], uint32_t room)
{
	struct told t = {.fact = calloc(FACTS_MAX, sizeof(struct fact))};
	struct loaded l;
	struct run r;
	uint32_t n = 0;

	load_text(&l, text, sets, count);
	if (l.result != 0)
		fail_msg("%s", l.said.data);
	assert_true(world_run(&r, &l.scenario, 3, 0, false, subscribe, &t, NULL));
	for (size_t i = 0; i < t.facts; i++) {
		const struct fact *f = &t.fact[i];

		if (f->kind != FACT_FAILURE_STRUCK || f->b == 0)
			continue;
		const struct failure_source *s = &l.scenario.source[f->b - 1];
		if (strcmp(names_text(&l.scenario.names, s->id), id) != 0 ||
		    strcmp(names_text(&l.scenario.names, s->subject[f->c].name), name) != 0)
			continue;
		assert_true(n < room);
		at[n++] = f->at;
	}
	run_release(&r);
	unload(&l);
	free(t.fact);
	return n;
}

static void same_failures_for_every_candidate(void **state)
{
#define CRASHES "{id: crash, process: weibull, mtbf: 3d, repair: \"lognormal(30m, 1)\", rebootShare: 0.5}"
	static const char base[] = HEAD "  duration: 60d\n" GROUP(5) "  failures: [" CRASHES "]\n" WEB(8);
	static const char more[] = HEAD
		"  duration: 60d\n  nodeGroups: [{name: a, count: 3}, {name: n, count: 5, rack: x}]\n"
		"  failures: [{id: zone, process: exponential, of: rack, mtbf: 9d, repair: 1h}, " CRASHES "]\n" WEB(20);
	static const char *const sets[][1] = {{"scheduler=random"}, {"scheduler=best-fit"}, {"kubernetes=\"1.24\""}};
	sim_time first[100], at[100];
	const uint32_t n = strikes_of(base, NULL, 0, "crash", "n-2", first, 100);

	(void)state;
	assert_true(n > 5);
	for (size_t i = 0; i < COUNT(sets); i++) {
		assert_int_equal(strikes_of(base, sets[i], 1, "crash", "n-2", at, 100), n);
		assert_memory_equal(first, at, n * sizeof(first[0]));
	}
	assert_int_equal(strikes_of(more, NULL, 0, "crash", "n-2", at, 100), n);
	assert_memory_equal(first, at, n * sizeof(first[0]));
	/* And no two subjects share a stream. */
	assert_true(strikes_of(base, NULL, 0, "crash", "n-3", at, 100) != n || first[0] != at[0]);
}

/* ---- what failures do ---- */

/* A node is back only when every failure that holds it is over; the machine and the runtime are apart. */
static double overlaps(const struct scenario *s, const struct told *t)
{
	uint32_t down[8] = {0}, together = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++) {
		const struct fact *f = &t->fact[i];

		if (f->kind == FACT_NODE_FAILED) {
			down[f->node]++;
			together += down[f->node] > 1;
		} else if (f->kind == FACT_NODE_BACK) {
			assert_true(down[f->node] > 0);
			down[f->node]--;
			assert_int_equal(f->flag, down[f->node] > 0);
		}
	}
	return together;
}

static void overlapping_failures(void **state)
{
	double n[3];

	(void)state;
	each(HEAD "  duration: 7d\n" GROUP(
		     4) "  failures:\n  - {process: exponential, mtbf: 10h, repair: exponential(3h)}\n"
			"  - {process: exponential, kind: partition, mtbf: 10h, repair: exponential(3h)}\n"
			"  - {process: exponential, of: kubelet, mtbf: 10h, repair: exponential(3h)}\n"
			"  - {process: exponential, of: disk, disks: 2, mtbf: 40h, repair: exponential(3h)}\n"
			"  - {process: exponential, of: zone, mtbf: 40h, repair: exponential(3h)}\n" WEB(6),
	     3, overlaps, n);
	assert_true(n[0] > 20 && n[1] > 20 && n[2] > 20);
}

static double spot(const struct scenario *s, const struct told *t)
{
	sim_time notice = -1;
	uint32_t gone = 0, removed = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++) {
		const struct fact *f = &t->fact[i];

		if (f->kind == FACT_NODE_NOTICE) {
			assert_int_equal(f->a - f->at, MINUTES(2));
			notice = f->a;
		} else if (f->kind == FACT_MACHINE_OFF) {
			assert_int_equal(f->at, notice);
			gone++;
		}
		removed += f->kind == FACT_NODE_REMOVED;
	}
	/* Detection takes 50 s and more, the cloud controller's pass up to 5 s: the Node goes before 10 min are over.
	 */
	assert_true(removed + 1 >= gone && removed <= gone);
	return gone;
}

static void spot_machines(void **state)
{
	double n[RUNS];

	(void)state;
	each(HEAD
	     "  duration: 40d\n" GROUP(1) "  failures: [{process: exponential, kind: spot-interruption, notice: 2m, "
					  "mtbf: 1d, repair: 10m}]\n" WEB(2),
	     RUNS, spot, n);
	/* A cycle is a gap, the notice and the replacement. */
	agrees("interruptions", n, RUNS, 40. / (1 + 12. / 1440), 0.06);
}

static double exits(const struct scenario *s, const struct told *t)
{
	double n = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++)
		n += t->fact[i].kind == FACT_CONTAINER_EXITED && t->fact[i].a == 1;
	return n;
}

static void containers_crash(void **state)
{
	double n[RUNS];

	(void)state;
	/* In back-off there is no container to crash: 10 s and the start, of 10 h. */
	each(HEAD
	     "  duration: 10d\n" GROUP(3) "  failures: [{process: exponential, of: container, mtbf: 10h}]\n" WEB(6),
	     RUNS, exits, n);
	agrees("crashes", n, RUNS, 6 * 24, 0.03);
}

static double api_down(const struct scenario *s, const struct told *t)
{
	double n = 0;

	(void)s;
	for (size_t i = 0; i < t->facts; i++)
		n += t->fact[i].kind == FACT_API_SERVER && t->fact[i].flag == 0;
	return n;
}

static void masters_fail(void **state)
{
	double n[RUNS];

	(void)state;
	each(HEAD "  duration: 20d\n  masters: 3\n" GROUP(
		     2) "  failures: [{process: exponential, of: master, mtbf: 2d, repair: 10m}]\n",
	     RUNS, struck, n);
	agrees("masters", n, RUNS, 3 * 20 / (2 + 10. / 1440), 0.06);
	each(HEAD "  duration: 20d\n  masters: 3\n" GROUP(
		     2) "  failures: [{process: exponential, kind: component-crash, component: apiserver, mtbf: 1d}]\n",
	     RUNS, api_down, n);
	agrees("API servers", n, RUNS, 3 * 20, 0.06);
}

static uint64_t digest_of(const char *path, const char *set, uint32_t replication)
{
	const char *const paths[] = {path}, *const sets[] = {set};
	const struct scenario_input input = {paths, 1, sets, 1};
	struct scenario s = {0};
	struct diag d = {0};
	struct run r;

	assert_int_equal(scenario_load(&s, &input, &d), 0);
	assert_true(world_run(&r, &s, 1, replication, false, NULL, NULL, NULL));
	const uint64_t digest = r.facts.digest;
	run_release(&r);
	scenario_release(&s);
	return digest;
}

/* Every kind of failure at once: heartbeats as arithmetic give the same run as heartbeats as events. */
static void lazy_heartbeats(void **state)
{
	static const char path[] = "tests/corpus/scenario/failures.yaml";

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		assert_true(digest_of(path, "heartbeats=lazy", i) == digest_of(path, "heartbeats=explicit", i));
}

/* ---- maintenance ---- */

static double upgraded(const struct scenario *s, const struct told *t)
{
	int working = 0, done = 0, cordoned = 0;

	for (size_t i = 0; i < t->facts; i++) {
		const struct fact *f = &t->fact[i];

		if (f->kind == FACT_NODE_CORDONED)
			cordoned += f->flag ? 1 : -1;
		if (f->kind != FACT_MAINTENANCE)
			continue;
		working += f->flag == MAINTENANCE_NODE_BEGUN;
		working -= f->flag == MAINTENANCE_NODE_DONE;
		done += f->flag == MAINTENANCE_NODE_DONE;
		assert_true(working <= (int)s->maintenance[0].parallel);
	}
	assert_int_equal(working, 0);
	assert_int_equal(cordoned, 0);
	return done;
}

static void rolling_upgrade(void **state)
{
	double n[5];

	(void)state;
	each(HEAD "  duration: 5h\n" GROUP(7) "  maintenance: [{at: 10m, parallel: 2, takes: 5m}]\n" WEB(20), 5,
	     upgraded, n);
	for (int i = 0; i < 5; i++)
		assert_true(n[i] == 7);
	/* Nightly windows of 30 minutes, each node takes 12 with its return and pause: all are done in the third night.
	 */
	each(HEAD "  duration: 71h\n" GROUP(7) "  maintenance: [{schedule: \"0 2 * * *\", window: 30m, takes: 12m}]\n",
	     5, upgraded, n);
	for (int i = 0; i < 5; i++)
		assert_true(n[i] == 9);
}

/* ---- traces, profiles, mistakes ---- */

static void traces(void **state)
{
	char path[1000], text[2000];
	sim_time at[10];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/trace.csv", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(f = fopen(path, "w"));
	fputs("time,machine,event,duration\n3600,n-1,down,10m\n2h,n-0,fail,\n2h30m,n-0,repair,\n3h,n-1,down,\n", f);
	fclose(f);
	snprintf(text, sizeof(text), HEAD "  duration: 1d\n" GROUP(2) "  failures: [{process: trace, file: %s}]\n",
		 path);
	assert_int_equal(strikes_of(text, NULL, 0, "trace-node", "n-1", at, 10), 2);
	assert_true(at[0] == HOUR && at[1] == 3 * HOUR);
	assert_int_equal(strikes_of(text, NULL, 0, "trace-node", "n-0", at, 10), 1);
	assert_true(at[0] == 2 * HOUR);
	/* Google 2011: microseconds from 600 s before the window; machines in order of appearance. */
	assert_non_null(f = fopen(path, "w"));
	fputs("0,5,0,X,0.5,0.25\n0,6,0,X,0.5,0.25\n4200000000,6,1,X,0.5,0.25\n4800000000,6,0,X,0.5,0.25\n"
	      "7800000000,5,1,X,,\n",
	      f);
	fclose(f);
	snprintf(text, sizeof(text),
		 HEAD "  duration: 1d\n" GROUP(2) "  failures: [{process: trace, file: %s, format: google-2011}]\n",
		 path);
	assert_int_equal(strikes_of(text, NULL, 0, "trace-node", "n-1", at, 10), 1);
	assert_true(at[0] == HOUR);
	assert_int_equal(strikes_of(text, NULL, 0, "trace-node", "n-0", at, 10), 1);
	assert_true(at[0] == 2 * HOUR);
	remove(path);
}

/* Every profile loads, and says where it comes from. */
static void profiles(void **state)
{
	struct arena a = {0};
	struct text list;
	char text[2000], name[64];
	uint32_t known = 0;

	(void)state;
	text_init(&list, &a);
	scenario_explain("profiles", &list);
	for (const char *line = strchr(list.data, '\n'); line != NULL && line[1] != '\0';
	     line = strchr(line + 1, '\n')) {
		struct loaded l;

		if (line[1] == ' ' || line[1] == '\n' || sscanf(line + 1, "%63[a-z-]", name) != 1)
			continue;
		snprintf(text, sizeof(text),
			 HEAD "  nodeGroups: [{name: n, count: 4, zones: [a], rack: r, labels: {nodefall.io/switch: "
			      "s, nodefall.io/power-domain: p}}]\n  failures: [{profile: %s}]\n",
			 name);
		load_text(&l, text, NULL, 0);
		if (l.result != 0)
			fail_msg("%s: %s", name, l.said.data);
		assert_true(l.scenario.source_count >= 1 && l.scenario.profile_count == 1);
		assert_true(strlen(l.scenario.profile[0].source) > 3);
		unload(&l);
		known++;
	}
	assert_true(known >= 15);
	arena_release(&a);
}

/* Every key can be explained, by its name alone. */
static void explanations(void **state)
{
	static const char *const name[] = {
		"process",      "of",          "rebootShare", "repairers",      "cascade",     "cascade.probability",
		"more",         "mtbf",        "shape",       "median",         "pieces",      "offset",
		"drainTimeout", "maintenance", "parallel",    "backlog",        "serviceTime", "requests",
		"arrivals",     "rateOff",     "monthly",     "failures",       "notice",      "weibull",
		"cloud",        "profiles",    "processes",   "failures.repair"};
	struct arena a = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(name); i++) {
		struct text out;

		text_init(&out, &a);
		if (!scenario_explain(name[i], &out) || strlen(out.data) < 20)
			fail_msg("%s: %s", name[i], out.data);
	}
	arena_release(&a);
}

static void mistakes(void **state)
{
	static const struct {
		const char *entry, *said;
	} row[] = {
		{"{process: weibul, mtbf: 1d}", "did you mean \"weibull\""},
		{"{process: weibull}", "give mtbf or scale"},
		{"{process: weibull, mtbf: 1d, scale: 1d}", "say the same"},
		{"{process: exponential, scale: 1d}", "unknown key \"scale\""},
		{"{process: exponential, mtbf: 1d, at: 5m}", "unknown key \"at\""},
		{"{process: exponential, mtbf: 1d, of: rack, kind: container-crash}", "does not happen"},
		{"{process: exponential, mtbf: 1d, of: switch}", "nodefall.io/switch"},
		{"{process: exponential, mtbf: 1d, of: label}", "which label"},
		{"{process: exponential, mtbf: 1d, node: n-9}", "no node is called"},
		{"{process: exponential, mtbf: 1d, nodeGroup: m}", "no node group"},
		{"{process: exponential, mtbf: 1d, selector: {matchLabels: {a: b}}}", "no node is left"},
		{"{process: exponential, mtbf: 1d, kind: reboot}", "needs repair"},
		{"{process: exponential, mtbf: 1d, notice: 2m}", "spot-interruption"},
		{"{process: exponential, mtbf: 1d, of: container}", "no Deployment"},
		{"{process: exponential, mtbf: 1d, from: 5m, until: 5m}", "after from"},
		{"{process: exponential, mtbf: 1d, kind: component-crash}", "give component"},
		{"{process: exponential, mtbf: 1d, cascade: {within: label}}", "belong together"},
		{"{process: exponential, mtbf: 1d, cascade: {within: switch}}", "in a switch"},
		{"{process: exponential, mtbf: 1d, cascade: 3}", "must be a map"},
		{"{process: exponential, mtbf: 1ms}", "are the most"},
		{"{process: piecewise}", "needs pieces"},
		{"{process: piecewise, pieces: [{mtbf: 1d}, {mtbf: 1d}]}", "needs an until"},
		{"{process: piecewise, pieces: [{until: 1d, mtbf: 1d}]}", "goes on for ever"},
		{"{process: trace}", "give file"},
		{"{process: trace, file: nowhere.csv}", "cannot read nowhere.csv"},
		{"{profile: clod}", "did you mean \"cloud\""},
		{"{profile: cloud, mtb: 1d}", "did you mean \"mtbf\""},
		{"{profile: cloud, id: x}, {profile: gpu, id: x}", "a second process with the id"},
		{"{at: 5m, kind: container-crash, node: n-0}", "are actions"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		char text[2000];
		struct loaded l;

		snprintf(text, sizeof(text), HEAD GROUP(2) "  failures: [%s]\n", row[i].entry);
		load_text(&l, text, NULL, 0);
		if (l.result != 3 || strstr(l.said.data, row[i].said) == NULL)
			fail_msg("%s: %d, %s", row[i].entry, l.result, l.said.data);
		unload(&l);
	}
}

/* What a profile says gives way to what the entry says. */
static void overrides(void **state)
{
	struct loaded l;

	(void)state;
	load_text(&l, HEAD GROUP(2) "  failures: [{profile: hpc, scale: 9h, repair: 5m, node: n-1}]\n", NULL, 0);
	assert_int_equal(l.result, 0);
	assert_int_equal(l.scenario.source_count, 1);
	assert_int_equal(l.scenario.source[0].subject_count, 1);
	assert_int_equal(l.scenario.source[0].repair.a, MINUTES(5));
	assert_string_equal(names_text(&l.scenario.names, l.scenario.source[0].id), "hpc-node");
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stationary_counts),
		cmocka_unit_test(counts_from_new),
		cmocka_unit_test(bathtub),
		cmocka_unit_test(machine_repair_model),
		cmocka_unit_test(k_out_of_n),
		cmocka_unit_test(cascades),
		cmocka_unit_test(racks_fail_as_one),
		cmocka_unit_test(same_failures_for_every_candidate),
		cmocka_unit_test(overlapping_failures),
		cmocka_unit_test(spot_machines),
		cmocka_unit_test(containers_crash),
		cmocka_unit_test(masters_fail),
		cmocka_unit_test(lazy_heartbeats),
		cmocka_unit_test(rolling_upgrade),
		cmocka_unit_test(traces),
		cmocka_unit_test(profiles),
		cmocka_unit_test(explanations),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(overrides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
