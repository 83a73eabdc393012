/* stats.c - moments, time integrals, spreads and quantiles. */
#include "sim/stats.h"

#include <math.h>

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>

void moments_add(struct moments *m, double x)
{
	const double before = x - m->mean;

	m->min = m->count == 0 || x < m->min ? x : m->min;
	m->max = m->count == 0 || x > m->max ? x : m->max;
	m->count++;
	m->mean += before / (double)m->count;
	m->m2 += before * (x - m->mean);
}

double moments_sd(const struct moments *m)
{
	return m->count < 2 ? 0 : sqrt(m->m2 / (double)(m->count - 1));
}

static void integral_advance(struct integral *i, sim_time at)
{
	i->area += i->value * time_seconds(at - i->since);
	i->total_time += at - i->since;
	i->since = at;
}

void integral_set(struct integral *i, sim_time at, double value)
{
	integral_advance(i, at);
	i->value = value;
}

double integral_mean(struct integral *i, sim_time at)
{
	integral_advance(i, at);
	return i->total_time > 0 ? i->area / time_seconds(i->total_time) : 0;
}

struct spread spread_of(const double *x, uint32_t count, double *scratch)
{
	struct spread s = {.max_over_mean = 1, .jain = 1};
	const double max = count > 0 ? gsl_stats_max(x, 1, count) : 0;

	if (!(max > 0))
		return s;
	/* Every measure but the mean is free of scale; against the largest value no sum or square can overflow. */
	for (uint32_t i = 0; i < count; i++)
		scratch[i] = x[i] / max;
	gsl_sort(scratch, 1, count);

	const double n = count;
	const double mean = gsl_stats_mean(scratch, 1, count);
	const double variance = gsl_stats_variance_with_fixed_mean(scratch, 1, count, mean);
	double ranked = 0;
	for (uint32_t i = 0; i < count; i++)
		ranked += (2.0 * i + 1 - n) * scratch[i];

	s.mean = mean * max;
	s.cv = sqrt(variance) / mean;
	s.max_over_mean = 1 / mean;
	s.jain = 1 / (1 + s.cv * s.cv); /* mean^2 / mean square = mean^2 / (mean^2 + variance) */
	s.gini = fmax(0, ranked / (n * n * mean));
	return s;
}

double quantile_sorted(const double *sorted, uint32_t count, double q)
{
	if (count == 0)
		return 0;
	return gsl_stats_quantile_from_sorted_data(sorted, 1, count, fmin(fmax(q, 0), 1));
}
