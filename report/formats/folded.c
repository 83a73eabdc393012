/* folded.c - the legs of recoveries as collapsed stacks (github.com/brendangregg/FlameGraph), weights in milliseconds.
 */
#include "report/format.h"

#include <inttypes.h>
#include <string.h>

#include "sim/text.h"

/* A frame: the separator of stacks and the space before the weight must not stand in it. */
static void frame(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		const char c = (unsigned char)*s <= ' ' ? '_' : *s == ';' ? ':' : *s;
		text_add_n(t, &c, 1);
	}
}

static void line(const struct outcome *o, const struct recovery *r, const char *leg, sim_time span, struct arena *a,
		 struct text *t)
{
	const char *owner = outcome_owner_text(o, r->pod, a);
	const int64_t ms = (span + MILLIS(1) / 2) / MILLIS(1);

	if (ms <= 0)
		return;
	frame(t, outcome_failure_name(o, r->failure));
	text_add(t, ";");
	frame(t, outcome_node_name(o, r->node));
	text_add(t, ";");
	frame(t, text_format(a, "%s/%s", outcome_pod_namespace(o, r->pod), owner[0] != '\0' ? owner : "(bare)"));
	text_add(t, ";");
	frame(t, outcome_pod_name(o, r->pod));
	text_printf(t, ";%s %" PRId64 "\n", leg, ms);
}

/* The legs add up to the total where all were walked; what they leave of it was waiting for the node. */
static void write(const struct outcome *o, struct text *t)
{
	struct arena scratch = {0};

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		sim_time rest = r->time[RT_READY] != SIM_NEVER ? r->leg[LEG_TOTAL] : o->end - r->time[RT_FAILED];
		for (int l = 0; l < LEG_TOTAL; l++) {
			if (r->leg[l] == SIM_NEVER)
				continue;
			line(o, r, leg_name((enum leg)l), r->leg[l], &scratch, t);
			rest -= r->leg[l];
		}
		line(o, r, r->time[RT_READY] != SIM_NEVER ? "until_its_node_was_back" : "not_over", rest, &scratch, t);
		arena_empty(&scratch);
	}
	arena_release(&scratch);
}

const struct format format_folded = {
	.name = "folded",
	.summary = "legs of recoveries as collapsed stacks for flame graphs, in ms",
	.write = write,
};
