/* lognormal.c - lognormally distributed gaps. */
#include "policies/parts/renewal.h"

static const struct field options[] = {RENEWAL_MTBF,
				       {.name = "median",
					.kind = FIELD_TIME,
					.offset = RENEWAL_AT(scale),
					.low = 0.001,
					.high = RENEWAL_MEAN_MAX,
					.meaning = "median of the gaps, instead of mtbf"},
				       {.name = "sigma",
					.kind = FIELD_DOUBLE,
					.offset = RENEWAL_AT(shape),
					.fallback = "1",
					.low = 0,
					.high = 5,
					.meaning = "standard deviation of the logarithm of the gaps",
					.source = "guess"},
				       RENEWAL_START,
				       {.name = NULL}};

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	(void)subjects;
	return renewal_prepare(c, at, object, DIST_LOGNORMAL, "median");
}

const struct failure_process failure_lognormal = {
	.info = {.name = "lognormal", .summary = "lognormal gaps: the rate of failure first rises, then falls"},
	.options = options,
	.options_size = sizeof(struct renewal),
	.prepare = prepare,
	.next = renewal_next,
	.expected = renewal_expected,
};
