/* replay.h - runs a lesson with everything kept that a report may want, for the tests of formats. */
#ifndef TESTS_REPLAY_H
#define TESTS_REPLAY_H

#include "models/world.h"
#include "report/format.h"
#include "tests/test.h"

/* Zeroed by replay_lesson(), emptied by replay_release(). */
struct replay {
	struct scenario scenario;
	struct run run;
	struct arena arena;
	struct outcome outcome;
};

static inline void replay_subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, outcome_reader(&((struct replay *)context)->outcome));
}

static inline void replay_lesson(struct replay *x, const char *lesson)
{
	char path[200];
	const char *paths[] = {path};
	struct scenario_input in = {.paths = paths, .path_count = 1};
	struct diag d = {0};

	*x = (struct replay){0};
	snprintf(path, sizeof(path), "scenarios/lessons/%s.yaml", lesson);
	assert_int_equal(scenario_load(&x->scenario, &in, &d), 0);
	outcome_init(&x->outcome, &x->arena, &x->scenario, &x->run, true);
	assert_true(world_run(&x->run, &x->scenario, x->scenario.seed, 0, true, replay_subscribe, x, NULL));
	outcome_finish(&x->outcome, false);
}

/* The run in the named format, in the replay's arena. */
static inline struct text replay_print(struct replay *x, const char *format)
{
	struct text t;
	const struct format *f = format_find(format);

	assert_non_null(f);
	text_init(&t, &x->arena);
	f->write(&x->outcome, &t);
	return t;
}

static inline void replay_release(struct replay *x)
{
	run_release(&x->run);
	arena_release(&x->arena);
	scenario_release(&x->scenario);
}

#endif
