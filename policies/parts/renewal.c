/* renewal.c - gaps of renewal processes, the first of them as the process has it that has gone on for ever. */
#include "policies/parts/renewal.h"

const char *const renewal_starts[] = {"stationary", "new", NULL};

bool renewal_prepare(struct field_context *c, const struct yaml_node *at, struct renewal *r, enum dist_kind kind,
		     const char *what)
{
	if (r->mtbf > 0 && r->scale > 0) {
		diag_error(c->diag, yaml_mark(at), "mtbf and %s say the same: give one of them", what);
		return false;
	}
	if (r->mtbf == 0 && r->scale == 0) {
		diag_error(c->diag, yaml_mark(at),
			   kind == DIST_EXPONENTIAL ? "how often? give mtbf" : "how often? give mtbf or %s", what);
		return false;
	}
	r->gap = r->mtbf > 0 ? dist_of_mean(kind, r->mtbf, r->shape)
			     : (struct dist){.kind = kind, .a = r->scale, .shape = r->shape};
	if (dist_mean(&r->gap) < 1 || r->gap.a < 1) {
		diag_error(c->diag, yaml_mark(at), "the gaps between failures are shorter than a nanosecond");
		return false;
	}
	return true;
}

struct failure_next renewal_next(const struct failure_call *c)
{
	const struct renewal *r = c->options;
	const bool rest = c->failed == 0 && r->start == RENEWAL_STATIONARY;

	return (struct failure_next){
		.at = time_add(c->now, rest ? dist_draw_rest(&r->gap, c->rng) : dist_draw(&r->gap, c->rng)),
		.lasts = SIM_NEVER};
}

/* Exact for a stationary process, whose renewals have the density 1 / mean at all times. */
double renewal_expected(const void *options, uint32_t subject, sim_time length)
{
	const struct renewal *r = options;

	(void)subject;
	return (double)length / (double)dist_mean(&r->gap);
}
