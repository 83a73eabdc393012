/* paired.c - paired t, signed ranks, Holm, and how many pairs it takes. */
#include "sim/paired.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort_double.h>

#define EXACT_MAX 50
#define RANK_SUM_MAX (EXACT_MAX * (EXACT_MAX + 1) / 2)
#define COUNT_MAX 1e9

/* Equal numbers whose spread is only rounding count as equal. */
static bool no_spread(const struct moments *m)
{
	return moments_sd(m) <= 1e-12 * fmax(fabs(m->min), fabs(m->max));
}

struct difference paired_t(const double *d, uint32_t count, double confidence)
{
	struct moments m = {0};
	double p = NAN;

	for (uint32_t i = 0; i < count; i++)
		moments_add(&m, d[i]);
	if (count >= 2 && no_spread(&m))
		p = m.mean == 0 ? 1 : 0;
	else if (count >= 2)
		p = 2 * gsl_cdf_tdist_Q(fabs(m.mean) / (moments_sd(&m) / sqrt(count)), count - 1.0);
	return (struct difference){count, m.mean, mean_interval(&m, confidence), p};
}

/* P(W <= w) for the signed-rank sum of n ranks without ties: ways[s] of reaching the sum s, over 2^n. */
struct rank_sums {
	double below[RANK_SUM_MAX + 1]; /* cumulative */
	uint32_t most;
};

static void rank_sums_init(struct rank_sums *r, uint32_t n)
{
	r->most = n * (n + 1) / 2;
	memset(r->below, 0, sizeof(r->below));
	r->below[0] = 1;
	for (uint32_t rank = 1; rank <= n; rank++)
		for (uint32_t s = r->most; s + 1 > rank; s--)
			r->below[s] += r->below[s - rank];
	for (uint32_t s = 0; s <= r->most; s++)
		r->below[s] = ldexp(r->below[s], -(int)n) + (s > 0 ? r->below[s - 1] : 0);
}

/* The sum of the ranks of positive differences among those that are not 0, and what ties do to its variance. */
struct signed_ranks {
	uint32_t count;
	double positive, tie_term;
	bool tied;
};

/* size: |differences|, sorted, without zeros; sign: +1 or -1 of each. */
static struct signed_ranks rank(const double *size, const double *sign, uint32_t count)
{
	struct signed_ranks r = {.count = count};

	for (uint32_t i = 0, to; i < count; i = to) {
		for (to = i + 1; to < count && size[to] == size[i];)
			to++;
		const double ties = to - i;
		for (uint32_t k = i; k < to; k++)
			r.positive += sign[k] > 0 ? (i + 1 + to) / 2.0 : 0;
		r.tie_term += ties * (ties * ties - 1) / 48;
		r.tied = r.tied || ties > 1;
	}
	return r;
}

static double ranks_p(const struct signed_ranks *r)
{
	const double n = r->count, mean = n * (n + 1) / 4;

	if (r->count == 0)
		return 1;
	if (r->count <= EXACT_MAX && !r->tied) {
		struct rank_sums sums;
		rank_sums_init(&sums, r->count);
		const double smaller = fmin(r->positive, 2 * mean - r->positive);
		return fmin(1, 2 * sums.below[(uint32_t)smaller]);
	}
	const double sd = sqrt(n * (n + 1) * (2 * n + 1) / 24 - r->tie_term);
	return fmin(1, 2 * gsl_cdf_ugaussian_Q(fmax(0, fabs(r->positive - mean) - 0.5) / sd));
}

/* Doubles in an order of whole numbers, so that bisection finds one exactly. */
static uint64_t ordered(double x)
{
	uint64_t bits;

	x += 0.0; /* -0 is 0 */
	memcpy(&bits, &x, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double from_ordered(uint64_t o)
{
	const uint64_t bits = o >> 63 ? o & ~(UINT64_C(1) << 63) : ~o;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static double walsh(double a, double b)
{
	return a / 2 + b / 2;
}

/* How many means of two of the sorted values, each with itself too, are at most t. One walk along the staircase. */
static uint64_t walsh_until(const double *sorted, uint32_t count, double t)
{
	uint64_t n = 0;
	uint32_t j = count; /* partners 0 .. j-1 of i qualify */

	for (uint32_t i = 0; i < count; i++) {
		while (j > 0 && walsh(sorted[i], sorted[j - 1]) > t)
			j--;
		if (j <= i)
			break;
		n += j - i;
	}
	return n;
}

/* The k-th smallest (from 1) of these means, without making them all. */
static double walsh_select(const double *sorted, uint32_t count, uint64_t k)
{
	uint64_t low = ordered(sorted[0]), high = ordered(sorted[count - 1]);

	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (walsh_until(sorted, count, from_ordered(middle)) >= k)
			high = middle;
		else
			low = middle + 1;
	}
	return from_ordered(low);
}

/* The number of means to leave out at either end, plus 1; 0 when there are too few for this confidence. */
static uint64_t tukey_rank(uint32_t count, double confidence)
{
	const double tail = (1 - confidence) / 2, n = count;

	if (count <= EXACT_MAX) {
		struct rank_sums sums;
		uint32_t c = 0;
		rank_sums_init(&sums, count);
		while (c <= sums.most && sums.below[c] <= tail)
			c++;
		return c;
	}
	const double half = gsl_cdf_ugaussian_Qinv(tail) * sqrt(n * (n + 1) * (2 * n + 1) / 24);
	return (uint64_t)fmax(1, floor(n * (n + 1) / 4 - half));
}

static struct interval tukey_interval(const double *sorted, uint32_t count, double confidence)
{
	const uint64_t all = (uint64_t)count * (count + 1) / 2, c = tukey_rank(count, confidence);

	if (c == 0)
		return (struct interval){-(double)INFINITY, (double)INFINITY};
	return (struct interval){walsh_select(sorted, count, c), walsh_select(sorted, count, all + 1 - c)};
}

struct difference paired_ranks(const double *d, uint32_t count, double confidence, double *scratch)
{
	double *size = scratch, *sign = scratch + count;
	uint32_t nonzero = 0;

	if (count < 2)
		return (struct difference){count, count ? d[0] : 0, {NAN, NAN}, NAN};
	for (uint32_t i = 0; i < count; i++) {
		if (d[i] == 0)
			continue;
		size[nonzero] = fabs(d[i]);
		sign[nonzero++] = d[i];
	}
	gsl_sort2(size, 1, sign, 1, nonzero);
	const struct signed_ranks ranks = rank(size, sign, nonzero);

	struct difference out = {.count = count, .p = ranks_p(&ranks)};
	const uint64_t all = (uint64_t)count * (count + 1) / 2;
	memcpy(size, d, count * sizeof(*d));
	gsl_sort(size, 1, count);
	out.centre = walsh(walsh_select(size, count, (all + 1) / 2), walsh_select(size, count, all / 2 + 1));
	out.interval = tukey_interval(size, count, confidence);
	return out;
}

void holm_adjust(const double *p, uint32_t count, double *adjusted)
{
	uint32_t left = 0;
	double floor_ = 0;

	for (uint32_t i = 0; i < count; i++) {
		adjusted[i] = -1;
		left += !isnan(p[i]);
	}
	/* Smallest first; a row is done when it is no longer negative. */
	for (; left > 0; left--) {
		uint32_t next = UINT32_MAX;
		for (uint32_t i = 0; i < count; i++)
			if (adjusted[i] < 0 && !isnan(p[i]) && (next == UINT32_MAX || p[i] < p[next]))
				next = i;
		floor_ = fmax(floor_, fmin(1, p[next] * left));
		adjusted[next] = floor_;
	}
	for (uint32_t i = 0; i < count; i++)
		adjusted[i] = isnan(p[i]) ? (double)NAN : adjusted[i];
}

/* The t quantiles of level and power that add up, with n - 1 degrees of freedom. */
static double both_tails(double n, double alpha, double power)
{
	return gsl_cdf_tdist_Qinv(alpha / 2, n - 1) + gsl_cdf_tdist_Pinv(power, n - 1);
}

double paired_count_needed(double d, double sd, double alpha, double power)
{
	const double ratio = sd / fabs(d);
	double low = 2, high = 2;

	if (!(fabs(d) > 0) || !(ratio < 1e6))
		return INFINITY;
	while (high < COUNT_MAX && high < pow(both_tails(high, alpha, power) * ratio, 2))
		high *= 2;
	if (high >= COUNT_MAX)
		return INFINITY;
	while (low < high) {
		const double middle = floor((low + high) / 2);
		if (middle < pow(both_tails(middle, alpha, power) * ratio, 2))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

double paired_least(double sd, uint32_t count, double alpha, double power)
{
	return count < 2 ? (double)NAN : both_tails(count, alpha, power) * sd / sqrt(count);
}

double variance_reduction(const double *x, const double *y, uint32_t count)
{
	struct moments mx = {0}, my = {0}, md = {0};

	for (uint32_t i = 0; i < count; i++) {
		moments_add(&mx, x[i]);
		moments_add(&my, y[i]);
		moments_add(&md, x[i] - y[i]);
	}
	const double apart = pow(moments_sd(&mx), 2) + pow(moments_sd(&my), 2);
	const double together = md.count < 2 || no_spread(&md) ? 0 : pow(moments_sd(&md), 2);

	if (together > 0)
		return apart / together;
	return no_spread(&mx) && no_spread(&my) ? (double)NAN : (double)INFINITY;
}
