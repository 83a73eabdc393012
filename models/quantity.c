/* quantity.c - reads, adds and rounds resource quantities as apimachinery's pkg/api/resource does. */
#include "models/quantity.h"

#include <stddef.h>
#include <string.h>

#define NANO_MAX ((quantity_nano)(~(unsigned __int128)0 >> 1))
#define UNIT 1000000000

/* maxInt64Factors of amount.go: any number of so many digits fits an int64. */
#define INT64_DIGITS 18

/* Exponents further out than this all mean the same: too large, or less than one nano-unit. */
#define EXPONENT_FAR 100000

struct suffix {
	int exponent; /* of 10, or of 2 if binary */
	bool binary;
};

/* The parts of a quantity's text. */
struct number {
	bool negative;
	const char *whole, *fraction; /* leading zeros of the whole part are skipped */
	size_t whole_digits, fraction_digits;
	struct suffix suffix;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* a * factor + more for values >= 0, stopping at NANO_MAX. */
static quantity_nano scale_add(quantity_nano a, quantity_nano factor, quantity_nano more)
{
	quantity_nano result;

	if (__builtin_mul_overflow(a, factor, &result) || __builtin_add_overflow(result, more, &result))
		return NANO_MAX;
	return result;
}

/* The integer behind an 'e'; one that does not fit an int64 is refused, as upstream does. */
static bool read_exponent(const char *p, int *exponent)
{
	bool negative = *p == '-';
	int64_t n = 0;

	if (*p == '-' || *p == '+')
		p++;
	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return false;
	if (n > EXPONENT_FAR)
		n = EXPONENT_FAR;
	*exponent = (int)(negative ? -n : n);
	return !*p;
}

static bool read_suffix(const char *p, struct suffix *suffix)
{
	/* Each letter stands for 3 more decimal digits, or 10 more binary ones, than the one before. */
	static const char decimal[] = "num kMGTPE", binary[] = "KMGTPE";
	const char *found;

	*suffix = (struct suffix){0, false};
	if (!*p)
		return true;
	if (p[1] == 'i' && !p[2] && (found = strchr(binary, *p))) {
		*suffix = (struct suffix){(int)(found - binary + 1) * 10, true};
		return true;
	}
	if (!p[1] && *p != ' ' && (found = strchr(decimal, *p))) {
		*suffix = (struct suffix){(int)(found - decimal - 3) * 3, false};
		return true;
	}
	return (*p == 'e' || *p == 'E') && read_exponent(p + 1, &suffix->exponent);
}

/* Returns NULL or what is wrong. */
static const char *split(const char *p, struct number *n)
{
	const char *start;

	n->negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	start = p;
	while (*p == '0')
		p++;
	n->whole = p;
	while (is_digit(*p))
		p++;
	n->whole_digits = (size_t)(p - n->whole);
	n->fraction = p;
	n->fraction_digits = 0;
	if (p == start && !(*p == '.' && is_digit(p[1])))
		return "it must begin with a number";
	if (*p == '.') {
		n->fraction = ++p;
		while (is_digit(*p))
			p++;
		n->fraction_digits = (size_t)(p - n->fraction);
	}
	if (!read_suffix(p, &n->suffix))
		return "the number may be followed by n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei or an exponent";
	return NULL;
}

/* Whether ParseQuantity keeps this text as an int64 and a scale. */
static bool is_fast(const struct number *n)
{
	size_t whole = n->whole_digits ? n->whole_digits : 1; /* upstream's numerator is then "0" */

	if (n->suffix.binary)
		return !n->fraction_digits && (int)whole <= 14 - n->suffix.exponent * 3 / 10 && whole <= 14;
	return whole + n->fraction_digits <= INT64_DIGITS && n->suffix.exponent - (int)n->fraction_digits >= -9;
}

/* Digit i of whole and fraction together. */
static int digit(const struct number *n, size_t i)
{
	return (i < n->whole_digits ? n->whole[i] : n->fraction[i - n->whole_digits]) - '0';
}

/* Moves the decimal point and rounds up what is left behind it. */
static quantity_nano decimal_nano(const struct number *n)
{
	size_t digits = n->whole_digits + n->fraction_digits, i = 0;
	int64_t point = (int64_t)n->whole_digits + n->suffix.exponent + 9;
	quantity_nano result = 0;

	for (; i < digits && (int64_t)i < point; i++)
		result = scale_add(result, 10, digit(n, i));
	for (int64_t zeros = (int64_t)i; result && result < NANO_MAX && zeros < point; zeros++)
		result = scale_add(result, 10, 0);
	for (; i < digits; i++)
		if (digit(n, i))
			return scale_add(result, 1, 1);
	return result;
}

static quantity_nano binary_nano(const struct number *n)
{
	quantity_nano factor = ((quantity_nano)1 << n->suffix.exponent) * UNIT;
	quantity_nano cap = (quantity_nano)INT64_MAX * UNIT, whole = 0, below = 0;

	for (size_t i = 0; i < n->whole_digits; i++)
		whole = scale_add(whole, 10, digit(n, i));
	/* From the last digit up: rounding up at every step gives the same as rounding up once. */
	for (size_t i = n->fraction_digits; i-- > 0;)
		below = (below + (n->fraction[i] - '0') * factor + 9) / 10;
	whole = scale_add(whole, factor, below);
	return whole < cap ? whole : cap;
}

const char *quantity_parse(const char *text, struct quantity *out)
{
	struct number n;
	struct quantity q = {0};
	const char *wrong = split(text, &n);

	if (wrong)
		return wrong;
	q.nano = n.suffix.binary ? binary_nano(&n) : decimal_nano(&n);
	if (n.negative)
		q.nano = -q.nano;
	if (!is_fast(&n))
		q.wide = true;
	else if (!n.suffix.binary)
		q.scale = n.suffix.exponent - (int)n.fraction_digits;
	*out = q;
	return NULL;
}

static bool is_saturated(quantity_nano nano)
{
	return nano >= NANO_MAX || nano <= -NANO_MAX;
}

/* Whether nano, a multiple of 10^scale units, is an int64 of them. */
static bool fits(quantity_nano nano, int32_t scale)
{
	if (is_saturated(nano))
		return false;
	/* Stops by the 20th round: nano is then 0. */
	for (; scale > -9 && nano; scale--)
		nano /= 10;
	return nano >= INT64_MIN && nano <= INT64_MAX;
}

struct quantity quantity_add(struct quantity a, struct quantity b)
{
	struct quantity sum = {.wide = true};

	if (!b.nano && (!b.wide || a.wide))
		return a;
	if (!a.nano && (!a.wide || b.wide))
		return b;
	if (is_saturated(a.nano))
		sum.nano = a.nano;
	else if (is_saturated(b.nano))
		sum.nano = b.nano;
	else if (__builtin_add_overflow(a.nano, b.nano, &sum.nano))
		sum.nano = a.nano > 0 ? NANO_MAX : -NANO_MAX;
	if (!a.wide && !b.wide) {
		int32_t scale = a.scale < b.scale ? a.scale : b.scale;

		if (fits(a.nano, scale) && fits(b.nano, scale) && fits(sum.nano, scale)) {
			sum.scale = scale;
			sum.wide = false;
		}
	}
	return sum;
}

int quantity_compare(struct quantity a, struct quantity b)
{
	return (a.nano > b.nano) - (a.nano < b.nano);
}

struct quantity quantity_max(struct quantity a, struct quantity b)
{
	return quantity_compare(a, b) < 0 ? b : a;
}

/* The count of parts of `size` nano-units in q, rounded away from zero. */
static int64_t count(struct quantity q, quantity_nano size)
{
	quantity_nano n = q.nano / size;

	if (is_saturated(q.nano))
		return 0;
	if (q.nano % size)
		n += q.nano < 0 ? -1 : 1;
	if (!q.wide && (n > INT64_MAX || n < INT64_MIN))
		return 0;
	return (int64_t)(uint64_t)n;
}

int64_t quantity_value(struct quantity q)
{
	return count(q, UNIT);
}

int64_t quantity_milli(struct quantity q)
{
	return count(q, UNIT / 1000);
}
