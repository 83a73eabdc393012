/* lesson_run.c - runs a lesson's scenario, as it is and with a knob turned. */
#include "report/lesson/lesson_run.h"

#include <string.h>

#include "models/world.h"

struct subscription {
	struct lesson_run *x;
	const struct scenario *scenario;
};

static void subscribe(struct run *r, void *context)
{
	struct subscription *s = context;

	outcome_init(&s->x->outcome, &s->x->arena, s->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(&s->x->outcome));
}

bool lesson_run(struct lesson_run *x, const struct scenario *s, uint64_t seed, const volatile int *stop)
{
	struct subscription sub = {x, s};

	*x = (struct lesson_run){0};
	const bool ended = world_run(&x->run, s, seed, 0, true, subscribe, &sub, stop);
	outcome_finish(&x->outcome, !ended);
	return ended;
}

void lesson_run_release(struct lesson_run *x)
{
	run_release(&x->run);
	arena_release(&x->arena);
}

int lesson_turn(struct scenario *turned, const struct scenario_input *input, const char *set, struct diag *d)
{
	struct scenario_input with = *input;
	const char **sets = ARENA_NEW(&turned->arena, (size_t)input->set_count + 1, const char *);

	if (input->set_count > 0)
		memcpy(sets, input->sets, input->set_count * sizeof(sets[0]));
	sets[input->set_count] = set;
	with.sets = sets;
	with.set_count = input->set_count + 1;
	return scenario_load(turned, &with, d);
}
