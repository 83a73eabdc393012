/* exponential.c - failures at a constant rate: a subject that has worked for long fails neither sooner nor later than a
 * new one. */
#include "policies/parts/renewal.h"

static const struct field options[] = {RENEWAL_MTBF, RENEWAL_START, {.name = NULL}};

static bool prepare(struct field_context *c, const struct yaml_node *at, void *object,
		    const struct failure_subjects *subjects)
{
	(void)subjects;
	return renewal_prepare(c, at, object, DIST_EXPONENTIAL, "mtbf");
}

const struct failure_process failure_exponential = {
	.info = {.name = "exponential", .summary = "gaps without memory: a constant rate of failure"},
	.options = options,
	.options_size = sizeof(struct renewal),
	.prepare = prepare,
	.next = renewal_next,
	.expected = renewal_expected,
};
