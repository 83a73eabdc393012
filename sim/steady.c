/* steady.c - MSER-5 and batch means. */
#include "sim/steady.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#define GROUP 5
#define WARMUP_LEAST 50

struct warmup warmup_mser5(const double *x, uint32_t count, double *scratch)
{
	const uint32_t groups = count / GROUP;
	struct moments rest = {0};
	struct warmup w = {.settled = false};
	double least = INFINITY;
	uint32_t cut = 0;

	if (count < WARMUP_LEAST)
		return w;
	for (uint32_t g = 0; g < groups; g++) {
		scratch[g] = 0;
		for (uint32_t k = 0; k < GROUP; k++)
			scratch[g] += x[g * GROUP + k] / GROUP;
	}
	for (uint32_t g = groups; g-- > 0;) {
		moments_add(&rest, scratch[g]);
		if (rest.count < GROUP)
			continue;
		/* Going to the front: of equal values the longer rest wins. Rounding is no spread. */
		const double squares = rest.m2 > 1e-20 * rest.mean * rest.mean * (double)rest.count ? rest.m2 : 0;
		const double mser = squares / ((double)rest.count * (double)rest.count);
		if (mser <= least) {
			least = mser;
			cut = g;
		}
	}
	w.cut = cut * GROUP;
	w.settled = cut <= groups / 2;
	return w;
}

double autocorrelation_lag1(const double *x, uint32_t count)
{
	struct moments m = {0};
	double products = 0;

	for (uint32_t i = 0; i < count; i++)
		moments_add(&m, x[i]);
	if (!(m.m2 > 1e-24 * m.mean * m.mean))
		return 0;
	for (uint32_t i = 0; i + 1 < count; i++)
		products += (x[i] - m.mean) * (x[i + 1] - m.mean);
	return products / m.m2;
}

static struct batch_means with_batches(const double *x, uint32_t count, uint32_t batches, double confidence,
				       double *scratch)
{
	struct batch_means b = {.batches = batches, .size = count / batches};
	const double *from = x + (count - b.batches * b.size);

	for (uint32_t i = 0; i < batches; i++) {
		scratch[i] = 0;
		for (uint32_t k = 0; k < b.size; k++)
			scratch[i] += from[i * b.size + k] / b.size;
		moments_add(&b.mean, scratch[i]);
	}
	b.interval = mean_interval(&b.mean, confidence);
	b.lag1 = autocorrelation_lag1(scratch, batches);
	/* Von Neumann's C = r1 + (ends' squares) / (2 sum of squares) has variance (n - 2) / (n^2 - 1) (Fishman 1978).
	 */
	const double n = batches, first = scratch[0] - b.mean.mean, last = scratch[batches - 1] - b.mean.mean;
	const double c = b.mean.m2 > 0 ? b.lag1 + (first * first + last * last) / (2 * b.mean.m2) : 0;
	b.independent = c <= gsl_cdf_ugaussian_Pinv(0.95) * sqrt((n - 2) / (n * n - 1));
	return b;
}

struct batch_means batch_means_of(const double *x, uint32_t count, double confidence, double *scratch)
{
	struct batch_means b = {0};

	if (count < 2 * BATCHES_LEAST)
		return b;
	for (uint32_t batches = BATCHES_MOST; batches >= BATCHES_LEAST; batches = batches * 3 / 4) {
		const bool last = batches * 3 / 4 < BATCHES_LEAST;
		if (count < 2 * batches && !last)
			continue;
		b = with_batches(x, count, last ? BATCHES_LEAST : batches, confidence, scratch);
		if (b.independent || last)
			break;
	}
	return b;
}
