/* attempts.c - each attempt to schedule the pods that the user asked about. */
#include "report/attempts.h"

#include <inttypes.h>

#include "report/story.h"

/* Attempts that are shown. */
#define SHOWN_MAX 50

struct attempts {
	const struct outcome *o;
	struct text *out;
	uint32_t count;
};

static void print(struct attempts *a, const struct fact *f)
{
	char at[TIME_TEXT_MAX];

	text_printf(a->out, "\n%s/%s, attempt %" PRId64 " at %s: ", outcome_pod_namespace(a->o, f->pod),
		    outcome_pod_name(a->o, f->pod), f->a, story_time(f->at, at));
	if (f->node != FACT_NONE)
		text_printf(a->out, "goes to %s\n", outcome_node_name(a->o, f->node));
	else
		text_add(a->out, "fits nowhere\n");
	text_add(a->out, names_text(&a->o->run->remarks, f->object));
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct attempts *a = state;

	for (size_t i = 0; i < count; i++)
		if (facts[i].kind == FACT_POD_ATTEMPT && a->count++ < SHOWN_MAX)
			print(a, &facts[i]);
}

void attempts_print(const struct outcome *o, struct text *out)
{
	struct attempts a = {.o = o, .out = out};

	if (o->scenario->explain == 0)
		return;
	text_printf(out, "\nWHY THERE: attempts to schedule %s\n", outcome_name(o, o->scenario->explain));
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &a});
	if (a.count == 0)
		text_add(out,
			 "none: no pod of this name, and none of a workload of this name, was scheduled in the run\n");
	if (a.count > SHOWN_MAX)
		text_printf(out, "\n... and %" PRIu32 " more attempts\n", a.count - SHOWN_MAX);
}
