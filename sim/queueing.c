/* queueing.c - M/M/c/K by its balance equations, and corrections for other service times. */
#include "sim/queueing.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

/* Terms of a geometric sum smaller than this against the first no longer matter. */
#define NEGLIGIBLE 1e-18

/* Points at which a distribution of service times is taken. */
#define POINTS 40

/* Sums over the states in which all servers are busy and j = 0 .. room wait, in units of the most likely one. */
struct sums {
	double all;    /* p(c + j) */
	double last;   /* p(c + room) */
	double first;  /* p(c) */
	double queue;  /* j p(c + j) */
	double wait;   /* (j + 1) p(c + j), j < room: the wait of an arrival is the end of j + 1 services */
	double square; /* (j + 1)(j + 2) p(c + j), j < room */
};

static struct sums sum_up(double load, uint32_t room)
{
	const bool falls = load <= 1;
	const double factor = falls ? load : 1 / load;
	struct sums s = {0};
	double p = 1;

	for (uint32_t i = 0; i <= room && p > NEGLIGIBLE; i++, p *= factor) {
		const uint32_t j = falls ? i : room - i;
		const double n = j;

		s.all += p;
		s.queue += n * p;
		s.first = j == 0 ? p : s.first;
		s.last = j == room ? p : s.last;
		if (j == room)
			continue;
		s.wait += (n + 1) * p;
		s.square += (n + 1) * (n + 2) * p;
	}
	return s;
}

/* The states in which a server is idle, in units of p(c): p(n - 1) = p(n) n / a, where a is the offered load of all. */
static double idle_states(double offered, uint32_t servers)
{
	double p = 1, sum = 0;

	for (uint32_t n = servers; n > 0 && p > NEGLIGIBLE * sum; n--) {
		p *= n / offered;
		sum += p;
	}
	return sum;
}

struct queueing_result queueing_solve(const struct queueing *q)
{
	const double service = time_seconds(dist_mean(&q->time)), c = q->servers;
	const double offered = q->rate * service, variation = (1 + dist_cv2(&q->time)) / 2;
	struct queueing_result r = {
		.busy = offered / c, .service = service, .mean_stay = service, .shape = 1, .time = q->time};

	if (offered <= 0)
		return r;
	const struct sums s = sum_up(r.busy, q->room);
	const double idle = s.first > 0 ? idle_states(offered, q->servers) * s.first : 0;
	const double all = s.all + idle, admitted = 1 - s.last / all;
	/* One wait is the end of j + 1 services of c servers. */
	const double step = service / c * variation;

	r.turned_away = s.last / all;
	if (admitted <= 0)
		return r;
	r.waits = (s.all - s.last) / all / admitted;
	r.mean_wait = s.wait / all / admitted * step;
	r.mean_stay = service + r.mean_wait;
	if (r.waits <= 0)
		return r;
	const double mean = s.wait / (s.all - s.last), square = s.square / (s.all - s.last);
	r.shape = mean * mean / (square - mean * mean);
	r.scale = mean * step / r.shape;
	return r;
}

/* P(wait > t) of those that wait. */
static double waits_longer(const struct queueing_result *r, double t)
{
	if (t <= 0)
		return 1;
	if (fabs(r->shape - 1) < 1e-6)
		return exp(-t / r->scale);
	return gsl_cdf_gamma_Q(t, r->shape, r->scale);
}

/* Exponential service and wait: their sum, by convolution. */
static double both_exponential(const struct queueing_result *r, double t)
{
	const double mu = 1 / r->service, nu = 1 / r->scale;

	if (fabs(mu - nu) < 1e-9 * mu)
		return exp(-mu * t) * (1 + mu * t);
	return (mu * exp(-nu * t) - nu * exp(-mu * t)) / (mu - nu);
}

double queueing_stays_longer(const struct queueing_result *r, double t)
{
	const bool exponential = r->time.kind == DIST_EXPONENTIAL;
	const double longer = 1 - dist_cdf(&r->time, time_from_seconds(t));
	double sum = 0;

	if (t <= 0)
		return 1;
	if (r->waits <= 0)
		return longer;
	if (exponential && fabs(r->shape - 1) < 1e-6)
		return (1 - r->waits) * longer + r->waits * both_exponential(r, t);
	for (int i = 0; i < POINTS; i++)
		sum += waits_longer(r, t - time_seconds(dist_quantile(&r->time, (i + 0.5) / POINTS)));
	return (1 - r->waits) * longer + r->waits * sum / POINTS;
}
