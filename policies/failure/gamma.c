/* gamma.c - gamma distributed gaps: Birke et al.: Failure analysis of virtual and physical machines, DSN 2014. */
#include "policies/parts/renewal.h"

static const struct field options[] = {RENEWAL_MTBF,
				       RENEWAL_SCALE("scale of the gamma distribution, instead of mtbf"),
				       {.name = "shape",
					.kind = FIELD_DOUBLE,
					.offset = RENEWAL_AT(shape),
					.fallback = "0.5",
					.low = DIST_SHAPE_MIN,
					.high = DIST_SHAPE_MAX,
					.meaning = "below 1 failures of a subject come in clusters",
					.source = "gamma gaps: Birke et al., DSN 2014; the shape is a guess"},
				       RENEWAL_START,
				       {.name = NULL}};

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	(void)subjects;
	return renewal_prepare(c, at, object, DIST_GAMMA, "scale");
}

const struct failure_process failure_gamma = {
	.info = {.name = "gamma", .summary = "gamma distributed gaps"},
	.options = options,
	.options_size = sizeof(struct renewal),
	.prepare = prepare,
	.next = renewal_next,
	.expected = renewal_expected,
};
