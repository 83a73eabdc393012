/* test_worker.c - the worker as a whole: how long a pod takes to start against the distribution that its steps give in
 * closed form, timing rules at their very bounds, and the states of a pod with an init container, a sidecar and a main
 * container, explored exhaustively: each has a way out. */
#include "tests/test.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_fft_halfcomplex.h>

#include "models/action.h"
#include "models/failure.h"
#include "models/kubelet.h"
#include "models/master.h"
#include "sim/stats.h"
#include "tests/seen.h"

/* ---- start-up ---- */

/* Seconds of the grid on which distributions are convolved: a step, and how many. */
#define GRID_STEP 0.001
#define GRID 16384
#define RUNS 3000

/* The steps of a pod's start from its binding to Ready, under containerd: medians and sigmas of data/runtimes.csv and
 * latencies.podSetup; the relist is uniform in 0..1 s, marked by sigma 0. */
static const struct start_step {
	const char *name;
	double median, sigma;
} steps[] = {
	{"podSetup", 1.2, 0.2}, {"sandbox", 0.09, 0.35}, {"cni", 0.08, 0.6}, {"start", 0.087, 0.35}, {"pleg", 1, 0}};
#define STEPS COUNT(steps)

static double step_cdf(const struct start_step *s, double x)
{
	if (x <= 0)
		return 0;
	return s->sigma > 0 ? gsl_cdf_lognormal_P(x, log(s->median), s->sigma) : fmin(x / s->median, 1);
}

static double step_mean(const struct start_step *s)
{
	return s->sigma > 0 ? s->median * exp(s->sigma * s->sigma / 2) : s->median / 2;
}

static double step_variance(const struct start_step *s)
{
	double m = exp(s->sigma * s->sigma);

	return s->sigma > 0 ? s->median * s->median * m * (m - 1) : s->median * s->median / 12;
}

/* The distribution function of the sum of all steps but `without` (STEPS: of all), at multiples of GRID_STEP: the
 * probabilities of each step in cells around the multiples, convolved by Fourier transform. */
static void sum_cdf(double cdf[GRID], size_t without)
{
	static double factor[GRID];

	memset(cdf, 0, GRID * sizeof(*cdf));
	for (size_t i = 0; i < GRID; i++)
		cdf[i] = i == 0;
	gsl_fft_real_radix2_transform(cdf, 1, GRID);
	for (size_t k = 0; k < STEPS; k++) {
		if (k == without)
			continue;
		for (size_t i = 0; i < GRID; i++)
			factor[i] = step_cdf(&steps[k], ((double)i + 0.5) * GRID_STEP) -
				    step_cdf(&steps[k], ((double)i - 0.5) * GRID_STEP);
		gsl_fft_real_radix2_transform(factor, 1, GRID);
		cdf[0] *= factor[0];
		cdf[GRID / 2] *= factor[GRID / 2];
		for (size_t i = 1; i < GRID / 2; i++) {
			double re = cdf[i] * factor[i] - cdf[GRID - i] * factor[GRID - i];
			double im = cdf[i] * factor[GRID - i] + cdf[GRID - i] * factor[i];

			cdf[i] = re;
			cdf[GRID - i] = im;
		}
	}
	gsl_fft_halfcomplex_radix2_inverse(cdf, 1, GRID);
	for (size_t i = 1; i < GRID; i++)
		cdf[i] += cdf[i - 1];
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Largest distance of the empirical distribution of x, sorted, from cdf. */
static double kolmogorov_smirnov(const double *x, size_t count, const double cdf[GRID])
{
	double worst = 0;

	for (size_t i = 0; i < count; i++) {
		double place = x[i] / GRID_STEP - 0.5, share;
		size_t cell = (size_t)place;

		assert_true(place >= 0 && cell + 1 < GRID);
		share = cdf[cell] + (cdf[cell + 1] - cdf[cell]) * (place - (double)cell);
		worst = fmax(worst, fmax(fabs(share - (double)i / (double)count),
					 fabs(share - (double)(i + 1) / (double)count)));
	}
	return worst;
}

/* The empirical distribution is that of the sum of all steps, and not that of the sum without any one of them. */
static void start_up_has_the_distribution_of_its_steps(void **state)
{
	static double took[RUNS], cdf[GRID];
	const double limit = 1.63 / sqrt(RUNS); /* Kolmogorov's 1 % point */
	double mean = 0, var = 0;
	struct moments m = {0};

	(void)state;
	for (size_t k = 0; k < STEPS; k++) {
		mean += step_mean(&steps[k]);
		var += step_variance(&steps[k]);
	}
	for (int seed = 0; seed < RUNS; seed++) {
		struct arena a = {0};
		struct seen s;

		run_text(
			&s, &a, (uint64_t)seed + 1,
			"{apiVersion: nodefall/v1, kind: Scenario, spec: {start: empty, duration: 1m, prePulled: true, "
			"runtime: containerd, latencies: {watch: 0s, apiWrite: 0s}, nodeGroups: [{name: n, count: "
			"1}]}}\n"
			"---\n{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: "
			"i}]}}\n");
		took[seed] = at(nth(&s, FACT_POD_READY, -1, 0)) - at(nth(&s, FACT_POD_BOUND, -1, 0));
		moments_add(&m, took[seed]);
		arena_release(&a);
	}
	within("mean", m.mean, mean - 4 * sqrt(var / RUNS), mean + 4 * sqrt(var / RUNS));
	within("variance", moments_sd(&m) * moments_sd(&m), 0.9 * var, 1.1 * var);
	qsort(took, RUNS, sizeof(*took), ascending);
	sum_cdf(cdf, STEPS);
	within("total probability", cdf[GRID - 1], 1 - 1e-9, 1 + 1e-9);
	within("all steps", kolmogorov_smirnov(took, RUNS, cdf), 0, limit);
	for (size_t k = 0; k < STEPS; k++) {
		sum_cdf(cdf, k);
		within(steps[k].name, kolmogorov_smirnov(took, RUNS, cdf), 2 * limit, 1);
	}
}

/* ---- bounds ---- */

#define POD_TEXT "---\n{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {%s}}, spec: {%s}}\n"

static void run_pod(struct seen *s, struct arena *a, const char *scenario, const char *annotations, const char *pod)
{
	run_text(
		s, a, 1,
		text_format(
			a,
			"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {prePulled: true, "
			"nodeGroups: [{name: n, count: 1}], latencies: {containerCreate: 0s, containerStart: 0s, pleg: "
			"0s}, %s}}\n" POD_TEXT,
			scenario, annotations, pod));
}

/* The back-off is forgotten when the container ran for more than 10 min since it was last used, not for 10 min. */
static void ten_minutes_are_not_more_than_ten_minutes(void **state)
{
	struct arena a = {0};
	struct seen s;

	(void)state;
	run_pod(&s, &a, "duration: 3h", "nodefall.io/run-for: 600s", "containers: [{name: c, image: i}]");
	for (uint32_t n = 0; n < 4; n++)
		within("back-off", time_seconds(nth(&s, FACT_CONTAINER_WAITS, 0, n)->b), 10 << n, 10 << n);
	run_pod(&s, &a, "duration: 3h", "nodefall.io/run-for: 600001ms", "containers: [{name: c, image: i}]");
	assert_null(nth(&s, FACT_CONTAINER_WAITS, 0, 0));
	arena_release(&a);
}

/* The last failure that is allowed kills, one less does not: five seconds of silence against probes each second. */
static void a_probe_kills_at_its_threshold(void **state)
{
	(void)state;
	for (int threshold = 4; threshold <= 7; threshold++) {
		struct arena a = {0};
		struct seen s;

		run_pod(&s, &a, "duration: 5m, actions: [{at: 60500ms, app: hang pod/p --for=5s}]", "",
			text_format(&a,
				    "containers: [{name: c, image: i, livenessProbe: {periodSeconds: 1, "
				    "failureThreshold: %d}}]",
				    threshold));
		/* Five ticks fall into the silence. */
		assert_int_equal(nth(&s, FACT_CONTAINER_UNHEALTHY, 0, 0) != NULL, threshold <= 5);
		assert_int_equal(nth(&s, FACT_CONTAINER_EXITED, 0, 0) != NULL, threshold <= 5);
		arena_release(&a);
	}
}

/* What runs and is not probed, or is and passes, costs nothing: twice the time has as many events. */
static void running_pods_cost_no_events(void **state)
{
	static const char *const pod[] = {
		"containers: [{name: c, image: i}]",
		"containers: [{name: c, image: i, readinessProbe: {}, livenessProbe: {}, startupProbe: {}}]",
		("initContainers: [{name: a, image: i}, {name: b, image: i, restartPolicy: Always, livenessProbe: "
		 "{}}], "
		 "containers: [{name: c, image: i}, {name: d, image: i, readinessProbe: {}}]"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pod); i++) {
		struct arena a = {0};
		struct seen day, two;

		run_pod(&day, &a, "duration: 24h", "", pod[i]);
		run_pod(&two, &a, "duration: 48h", "", pod[i]);
		assert_int_equal(day.events, two.events);
		arena_release(&a);
	}
}

/* ---- states ---- */

/* What may happen to the pod and its node. The last three begin and, the next time, end. */
enum happening {
	EXIT_0, /* of containers 0 (init), 1 (sidecar), 2 (main) */
	EXIT_1 = EXIT_0 + 3,
	HANG = EXIT_1 + 3, /* of the main container; its probe kills it */
	DELETE,
	KUBELET,
	RUNTIME,
	POWER,
	HAPPENINGS
};
/* A path is happenings and steps: a step is the time until something about the pod changes. */
#define STEP HAPPENINGS
#define PATH_MAX_LENGTH 200
/* Happenings in a path: three are enough for each pair to meet what the other left. */
#define HAPPENINGS_MAX 3
#define STATES_MAX 10000
/* A pause longer than any in a pod's life: 5 min of back-off, retries and grace periods (5.2, 5.6, 5.8). */
#define BOUND MINUTES(15)

struct path {
	uint8_t step[PATH_MAX_LENGTH];
	uint8_t length, happenings;
};

struct exploration {
	struct loaded loaded;
	uint32_t init, sidecar, main;
	struct path *found;
	uint32_t count, done;
	uint64_t *seen; /* hash set of fingerprints; 0 is free */
	bool always;    /* restartPolicy */
};

struct attempt {
	struct run run;
	struct world *world;
	bool down[3];
};

static const char explored[] =
	"{apiVersion: nodefall/v1, kind: Scenario, metadata: {name: t}, spec: {start: empty, prePulled: true, "
	"nodeGroups: [{name: n, count: 1}], failures: [{at: 5000h, kind: kubelet-stop, node: n-0}, {at: 5000h, kind: "
	"runtime-stop, node: n-0}, {at: 5000h, kind: node-crash, node: n-0}], actions: [{at: 5000h, kubectl: delete "
	"pod "
	"p}], kubernetes: \"%s\", duration: 6000h}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: "
	"{restartPolicy: %s, terminationGracePeriodSeconds: 5, initContainers: [{name: init, image: i}, {name: side, "
	"image: "
	"i, restartPolicy: Always, livenessProbe: {}}], containers: [{name: main, image: i, livenessProbe: {}, "
	"readinessProbe: {}}]}}\n";

static void begin(struct exploration *x, struct attempt *t)
{
	memset(t, 0, sizeof(*t));
	t->world = world_settled(&t->run, &x->loaded.scenario, 7, UINT32_MAX);
	master_lead(t->world);
	failure_init(t->world);
	action_init(t->world);
}

static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * 0x100000001b3u;
	*hash ^= *hash >> 29;
}

/* Everything about the pod and its node but times and counts. */
static uint64_t fingerprint(const struct attempt *a)
{
	const struct cluster *c = &a->world->cluster;
	const struct pod *p = &c->pod[0];
	const struct pod_truth *t = &c->pod_truth[0];
	const struct node_truth *n = &c->node_truth[0];
	uint64_t hash = 0xcbf29ce484222325u;

	mix(&hash, (uint64_t)p->exists | (uint64_t)p->deleting << 1 | (uint64_t)p->ready << 2 |
			   (uint64_t)p->phase << 3 | (uint64_t)(p->node != NONE) << 6 | (uint64_t)t->stage << 8);
	mix(&hash, (uint64_t)t->running | (uint64_t)t->reporting << 1 | (uint64_t)t->completed << 2 |
			   (uint64_t)t->failed << 3 | (uint64_t)t->ending << 4 | (uint64_t)t->initialized << 5 |
			   (uint64_t)t->noticing << 6 | (uint64_t)t->was_running << 7 |
			   (uint64_t)(t->working != NONE) << 8);
	mix(&hash, (uint64_t)n->powered | (uint64_t)n->kubelet << 1 | (uint64_t)n->runtime << 2 |
			   (uint64_t)n->watching << 3 | (uint64_t)n->restarted << 4 | (uint64_t)n->rebooted << 5);
	for (uint32_t i = 0; t->container != NULL && i < 3; i++) {
		const struct container_truth *k = &t->container[i];

		mix(&hash, (uint64_t)k->state | (uint64_t)k->answers << 2 | (uint64_t)k->seen << 4 |
				   (uint64_t)k->once << 5 | (uint64_t)k->done << 6 | (uint64_t)k->started << 7 |
				   (uint64_t)k->ready << 8 | (uint64_t)k->dying << 9 |
				   (uint64_t)(k->exit_code != 0) << 10 |
				   (uint64_t)(k->state == CONTAINER_WAITING && k->due > a->run.now) << 11);
	}
	return hash != 0 ? hash : 1;
}

/* Lets time pass until the state changes; false when nothing changes within the bound. */
static bool step(struct attempt *t)
{
	uint64_t before = fingerprint(t);
	sim_time until = t->run.now + BOUND;
	const struct event *first;

	while ((first = queue_first(&t->run.queue)) != NULL && first->at <= until) {
		const struct event e = queue_pop(&t->run.queue);

		t->run.now = e.at;
		world_handle(t->world, &e);
		if (fingerprint(t) != before)
			return true;
	}
	return false;
}

static void application(struct exploration *x, struct attempt *t, enum action_kind kind, uint32_t container,
			uint8_t code)
{
	const uint32_t name[] = {x->init, x->sidecar, x->main};
	struct action a = {.kind = kind, .container = name[container], .code = code, .lasts = SIM_NEVER};

	if (t->world->cluster.pod[0].node != NONE && t->world->cluster.pod_truth[0].container != NULL)
		kubelet_application(t->world, 0, &a);
}

static void happen(struct exploration *x, struct attempt *t, uint8_t what)
{
	if (what < EXIT_1) {
		application(x, t, ACTION_APP_EXIT, what - EXIT_0, 0);
	} else if (what < HANG) {
		application(x, t, ACTION_APP_EXIT, what - EXIT_1, 1);
	} else if (what == HANG) {
		application(x, t, ACTION_APP_HANG, 2, 0);
	} else {
		bool ends = what != DELETE && t->down[what - KUBELET];
		uint32_t row = what == DELETE ? 0 : what - KUBELET;

		if (what != DELETE)
			t->down[row] = !ends;
		world_schedule(t->world, t->run.now,
			       what == DELETE ? EVENT_ACTION
			       : ends         ? EVENT_FAILURE_HEALS
					      : EVENT_FAILURE_STRIKES,
			       row, 0, 0);
		run_loop(&t->run, t->run.now, world_handle, t->world, NULL);
	}
}

static void walk(struct exploration *x, struct attempt *t, const struct path *p)
{
	begin(x, t);
	for (uint8_t i = 0; i < p->length; i++)
		if (p->step[i] == STEP)
			step(t);
		else
			happen(x, t, p->step[i]);
}

/* Notes the state that t is in if it is new. */
static void note(struct exploration *x, const struct attempt *t, const struct path *from, uint8_t last)
{
	uint64_t hash = fingerprint(t);
	size_t slot = hash % (2 * STATES_MAX);

	for (; x->seen[slot] != 0; slot = (slot + 1) % (2 * STATES_MAX))
		if (x->seen[slot] == hash)
			return;
	x->seen[slot] = hash;
	assert_true(x->count < STATES_MAX && from->length < PATH_MAX_LENGTH);
	struct path *p = &x->found[x->count++];
	*p = *from;
	p->step[p->length++] = last;
	p->happenings = (uint8_t)(p->happenings + (last != STEP));
}

/* Whether the pod has come to rest where it should: gone, Ready, or ended for good and known to be unless it is always
 * restarted. */
static bool at_rest(const struct exploration *x, const struct attempt *t)
{
	const struct pod *p = &t->world->cluster.pod[0];

	if (!p->exists)
		return true;
	if (p->deleting)
		return false;
	if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		return !x->always;
	return p->ready && t->world->cluster.pod_truth[0].stage == STAGE_READY;
}

/* From the state at the end of p, all failures over: it comes to rest within the bound. */
static void has_an_exit(struct exploration *x, const struct path *p, const char *policy)
{
	struct attempt t;

	walk(x, &t, p);
	for (uint8_t i = 0; i < 3; i++)
		if (t.down[i])
			happen(x, &t, KUBELET + i);
	run_loop(&t.run, t.run.now + BOUND, world_handle, t.world, NULL);
	if (!at_rest(x, &t)) {
		print_error("%s, no exit after:", policy);
		for (uint8_t i = 0; i < p->length; i++)
			print_error(" %d", p->step[i]);
		print_error("\n");
	}
	assert_true(at_rest(x, &t));
	run_release(&t.run);
}

static uint32_t explore(const char *version, const char *policy)
{
	struct exploration x = {.always = policy[0] == 'A'};
	struct arena a = {0};
	struct attempt t;
	struct path none = {0};

	load_text(&x.loaded, text_format(&a, explored, version, policy), NULL, 0);
	if (x.loaded.result != 0)
		fail_msg("%s", x.loaded.said.data);
	x.init = names_find(&x.loaded.scenario.names, "init");
	x.sidecar = names_find(&x.loaded.scenario.names, "side");
	x.main = names_find(&x.loaded.scenario.names, "main");
	x.found = ARENA_NEW(&a, STATES_MAX, struct path);
	x.seen = ARENA_NEW(&a, 2 * STATES_MAX, uint64_t);
	begin(&x, &t);
	step(&t);
	note(&x, &t, &none, STEP);
	run_release(&t.run);
	for (; x.done < x.count; x.done++) {
		struct path p = x.found[x.done];

		for (int what = 0; what <= STEP; what++) {
			if (what != STEP && p.happenings == HAPPENINGS_MAX)
				continue;
			walk(&x, &t, &p);
			if (what != STEP)
				happen(&x, &t, (uint8_t)what);
			if (what != STEP || step(&t))
				note(&x, &t, &p, (uint8_t)what);
			run_release(&t.run);
		}
		has_an_exit(&x, &p, policy);
	}
	uint32_t count = x.count;
	unload(&x.loaded);
	arena_release(&a);
	return count;
}

static void every_state_has_an_exit(void **state)
{
	static const char *const policy[] = {"Always", "OnFailure", "Never"};

	(void)state;
	for (size_t i = 0; i < COUNT(policy); i++)
		assert_true(explore("1.34", policy[i]) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_up_has_the_distribution_of_its_steps),
		cmocka_unit_test(ten_minutes_are_not_more_than_ten_minutes),
		cmocka_unit_test(a_probe_kills_at_its_threshold),
		cmocka_unit_test(running_pods_cost_no_events),
		cmocka_unit_test(every_state_has_an_exit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
