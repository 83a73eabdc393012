/* interval.c - confidence intervals by Student, by order statistics and by Clopper and Pearson. */
#include "sim/interval.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

static const struct interval unknown = {NAN, NAN};

struct interval mean_interval(const struct moments *m, double confidence)
{
	if (m->count < 2)
		return unknown;
	const double n = (double)m->count;
	const double half = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, n - 1) * moments_sd(m) / sqrt(n);

	return (struct interval){m->mean - half, m->mean + half};
}

void ratio_add(struct ratio *r, double sum, double count)
{
	if (!r->has_shift && count > 0) {
		r->shift = sum / count;
		r->has_shift = true;
	}
	const double d = sum - r->shift * count;

	r->clusters++;
	r->n += count;
	r->nn += count * count;
	r->d += d;
	r->dd += d * d;
	r->dn += d * count;
}

double ratio_mean(const struct ratio *r)
{
	return r->n > 0 ? r->shift + r->d / r->n : (double)NAN;
}

struct interval ratio_interval(const struct ratio *r, double confidence)
{
	const double k = (double)r->clusters, over = r->d / r->n, size = r->n / k;

	if (r->clusters < 2 || !(r->n > 0))
		return unknown;
	/* What is left of each cluster's sum after the mean is taken away count times. */
	const double residual = fmax(0, r->dd - 2 * over * r->dn + over * over * r->nn) / (k - 1);
	const double half = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, k - 1) * sqrt(residual / k) / size;

	return (struct interval){ratio_mean(r) - half, ratio_mean(r) + half};
}

double mean_runs_for_skew(double skewness)
{
	return 25 * skewness * skewness;
}

double skewness_of(const double *x, uint32_t count)
{
	const double n = count;
	double mean = 0, m2 = 0, m3 = 0;

	if (count < 3)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		mean += x[i] / n;
	for (uint32_t i = 0; i < count; i++) {
		const double d = x[i] - mean;
		m2 += d * d / n;
		m3 += d * d * d / n;
	}
	/* What rounding leaves of equal values has no shape. */
	if (!(m2 > 1e-24 * mean * mean))
		return 0;
	return sqrt(n * (n - 1)) / (n - 2) * m3 / (m2 * sqrt(m2));
}

struct interval quantile_interval(const double *sorted, uint32_t count, double q, double confidence)
{
	const double tail = (1 - confidence) / 2;
	/* Ranks count from 1: low is the largest with P(B < low) <= tail, high the smallest with P(B >= high) <= tail.
	 */
	uint32_t low = 0, high = count + 1;

	if (count == 0)
		return unknown;
	while (low < count && gsl_cdf_binomial_P(low, q, count) <= tail)
		low++;
	while (high > 1 && gsl_cdf_binomial_Q(high - 2, q, count) <= tail)
		high--;
	return (struct interval){low > 0 ? sorted[low - 1] : -(double)INFINITY,
				 high <= count ? sorted[high - 1] : (double)INFINITY};
}

/* The x at which the beta distribution reaches p. Bisection: GSL's own inverse may end the program. */
static double beta_at(double p, double a, double b)
{
	double low = 0, high = 1;

	for (int i = 0; i < 200 && high > low; i++) {
		const double middle = low + (high - low) / 2;
		if (middle <= low || middle >= high)
			break;
		if (gsl_cdf_beta_P(middle, a, b) < p)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct interval share_interval(uint64_t k, uint64_t n, double confidence)
{
	const double tail = (1 - confidence) / 2, seen = (double)k, missed = (double)(n - k);

	if (n == 0)
		return unknown;
	if (k == 0)
		return (struct interval){0, -expm1(log1p(-confidence) / (double)n)};
	if (k == n)
		return (struct interval){exp(log1p(-confidence) / (double)n), 1};
	return (struct interval){beta_at(tail, seen, missed + 1), beta_at(1 - tail, seen + 1, missed)};
}

/* The largest half-width that serves. */
static double allowed(const struct moments *m, double precision)
{
	return precision / (1 + precision) * fabs(m->mean);
}

bool precision_reached(const struct moments *m, double precision, double confidence)
{
	return m->count >= PRECISION_COUNT_MIN && interval_half(mean_interval(m, confidence)) <= allowed(m, precision);
}

double precision_count_needed(const struct moments *m, double precision, double confidence)
{
	if (m->count < 2)
		return NAN;
	const double half = interval_half(mean_interval(m, confidence)), want = allowed(m, precision);

	if (half == 0)
		return fmax(PRECISION_COUNT_MIN, (double)m->count);
	if (want == 0)
		return INFINITY;
	return fmax(PRECISION_COUNT_MIN, ceil((double)m->count * (half / want) * (half / want)));
}
