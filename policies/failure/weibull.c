/* weibull.c - Weibull distributed gaps: Schroeder, Gibson: A large-scale study of failures in high-performance
 * computing systems, DSN 2006. */
#include "policies/parts/renewal.h"

static const struct field options[] = {
	RENEWAL_MTBF,
	RENEWAL_SCALE("scale of the Weibull distribution, instead of mtbf: 63 % of the gaps are shorter"),
	{.name = "shape",
	 .kind = FIELD_DOUBLE,
	 .offset = RENEWAL_AT(shape),
	 .fallback = "0.75",
	 .low = DIST_SHAPE_MIN,
	 .high = DIST_SHAPE_MAX,
	 .meaning = "below 1 failures of a subject come in clusters, above 1 it wears out",
	 .source = "0.7 to 0.8: Schroeder and Gibson, DSN 2006 (LANL); 0.75 is the middle"},
	RENEWAL_START,
	{.name = NULL}};

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	(void)subjects;
	return renewal_prepare(c, at, object, DIST_WEIBULL, "scale");
}

const struct failure_process failure_weibull = {
	.info = {.name = "weibull",
		 .summary = "gaps with a falling (shape below 1) or rising (above 1) rate of failure"},
	.options = options,
	.options_size = sizeof(struct renewal),
	.prepare = prepare,
	.next = renewal_next,
	.expected = renewal_expected,
};
