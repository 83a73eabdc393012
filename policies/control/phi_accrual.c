/*
 * phi_accrual.c - in the place of the node lifecycle controller's grace period: a node is silent when that has become
 * improbable. Hayashibara, Defago, Yared, Katayama: The phi accrual failure detector, SRDS 2004.
 *
 *     phi = -log10(P(the next heartbeat comes even later)), with a normal distribution fitted to the last intervals
 *
 * A node is held to be gone when phi reaches the threshold: with threshold 8, one wrong suspicion in 10^8 heartbeats if
 * the intervals were normal. Solved for the silence, so that nothing has to be computed while nothing happens. Zones,
 * taints and the period of passes are the node lifecycle controller's. Intervals count from the node's last return and
 * from the start of this process. Threshold 8, the smallest deviation and the estimate for the first heartbeats are
 * those of Akka's implementation in kind (recalled); its 100 ms is for heartbeats of 1 s.
 */
#include <math.h>

#include "models/versions.h"
#include "policies/parts/node_monitor.h"
#include "sim/field.h"

/* Fewer intervals than this tell nothing: a guess takes their place. */
#define ENOUGH 10
/* The deviation assumed then, as a share of the renew interval. */
#define FIRST_DEVIATION 0.25

struct options {
	double threshold;
	int64_t window;
	sim_time min_deviation;
};

/* The limit of a node as of its newest heartbeat. */
struct estimate {
	sim_time seen, limit;
};

struct state {
	struct monitor monitor;
	struct estimate *of; /* by node */
	sim_time *arrival;   /* scratch: window + 1 */
	double deviations;   /* so many above the mean is phi = threshold */
};

/* The silence, in standard deviations above the mean, at which phi is threshold: by halving, as it grows with it. */
static double deviations_at(double threshold)
{
	double low = -10, high = 40;

	for (int i = 0; i < 80; i++) {
		double z = (low + high) / 2;

		if (-log10(0.5 * erfc(z / sqrt(2))) < threshold)
			low = z;
		else
			high = z;
	}
	return low;
}

static sim_time renewal(const struct control_call *c)
{
	return c->view->scenario->timers.node_lease_duration / 4;
}

/* Mean and deviation of n intervals. */
static sim_time limit_of(const struct control_call *c, const struct state *s, uint32_t n)
{
	const struct options *o = c->options;
	double mean = (double)renewal(c), deviation = mean * FIRST_DEVIATION, sum = 0;

	if (n >= ENOUGH) {
		mean = (double)(s->arrival[n] - s->arrival[0]) / n;
		for (uint32_t i = 0; i < n; i++) {
			double off = (double)(s->arrival[i + 1] - s->arrival[i]) - mean;

			sum += off * off;
		}
		deviation = sqrt(sum / n);
	}
	if (deviation < (double)o->min_deviation)
		deviation = (double)o->min_deviation;
	double silence = mean + s->deviations * deviation;
	return silence > 0 ? (sim_time)silence : 0;
}

static sim_time limit(struct control_call *c, struct monitor *m, uint32_t node)
{
	const struct options *o = c->options;
	struct state *s = c->state;
	struct estimate *e = &s->of[node];
	sim_time seen = m->node[node].seen;

	if (e->limit != 0 && e->seen == seen)
		return e->limit;
	uint32_t n =
		c->view->heartbeat_history(c->view->model, node, m->origin, seen, (uint32_t)o->window + 1, s->arrival);
	*e = (struct estimate){.seen = seen, .limit = limit_of(c, s, n > 0 ? n - 1 : 0)};
	return e->limit;
}

/* Status reports between renewals make intervals uneven, which only allows a longer silence, unless they are frequent.
 */
static bool tight(const struct control_call *c)
{
	const struct options *o = c->options;
	const struct state *s = c->state;
	double jitter = version_lease_jitter(c->view->scenario->kubernetes), period = (double)renewal(c);
	double travel = (double)dist_mean(&c->view->scenario->latencies.heartbeat);
	double least = period * (1 + jitter / 2) + travel + s->deviations * (double)o->min_deviation;

	return c->view->scenario->timers.node_status_report_frequency < 10 * renewal(c) ||
	       least <= period * (1 + jitter) + travel;
}

static const struct monitor_detector phi_accrual = {.limit = limit, .from_arrival = true, .tight = tight};

static void start(struct control_call *c)
{
	const struct options *o = c->options;
	struct state *s = c->state;

	s->of = ARENA_NEW(c->arena, c->view->nodes.count, struct estimate);
	s->arrival = ARENA_NEW(c->arena, (size_t)o->window + 1, sim_time);
	s->deviations = deviations_at(o->threshold);
	monitor_start(c, &phi_accrual);
}

static const struct field fields[] = {
	{.name = "threshold",
	 .kind = FIELD_DOUBLE,
	 .offset = offsetof(struct options, threshold),
	 .fallback = "8",
	 .low = 0.1,
	 .high = 100,
	 .meaning = "phi from which a node is held to be gone; higher is slower and more often right",
	 .source = "Akka's default, recalled; Hayashibara et al. 2004 look at 0.5 to 16"},
	{.name = "window",
	 .kind = FIELD_INT64,
	 .offset = offsetof(struct options, window),
	 .fallback = "1000",
	 .low = ENOUGH,
	 .high = 10000,
	 .unit = "heartbeats",
	 .meaning = "so many of the last intervals are counted",
	 .source = "Hayashibara et al. 2004"},
	{.name = "minDeviation",
	 .kind = FIELD_TIME,
	 .offset = offsetof(struct options, min_deviation),
	 .fallback = "500ms",
	 .low = 0.001,
	 .high = 3600,
	 .meaning = "the standard deviation of intervals counts as at least this",
	 .source = "a guess: give your own"},
	{.name = NULL}};

const struct controller control_phi_accrual = {
	.info = {.name = "phi-accrual",
		 .summary = "marks nodes Unknown whose silence has become improbable, by the intervals before it"},
	.role = "node-lifecycle",
	.options = fields,
	.options_size = sizeof(struct options),
	.client = "node-controller",
	.watches = CHANGE_NODE,
	.state_size = sizeof(struct state),
	.workers = monitor_workers,
	.start = start,
	.notice = monitor_notice,
	.reconcile = monitor_reconcile,
	.timer = monitor_timer,
	.idle = monitor_idle,
	.alert = monitor_alert,
};
