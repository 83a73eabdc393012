/* seen.h - runs a text as a scenario and keeps its facts, for tests of the worker. */
#ifndef TESTS_SEEN_H
#define TESTS_SEEN_H

#include "tests/test.h"

#include "models/world.h"
#include "tests/load.h"

#define FACTS_MAX 20000

struct seen {
	struct fact *fact;
	size_t count;
	uint64_t events;
};

static inline void collect(void *state, const struct fact *f, size_t count)
{
	struct seen *s = state;

	assert_true(s->count + count < FACTS_MAX);
	memcpy(s->fact + s->count, f, count * sizeof(*f));
	s->count += count;
}

static inline void subscribe(struct run *r, void *context)
{
	facts_subscribe(&r->facts, (struct fact_reader){collect, context});
}

static inline void run_text(struct seen *s, struct arena *a, uint64_t seed, const char *text)
{
	struct loaded l;
	struct run r;

	load_text(&l, text, NULL, 0);
	if (l.result != 0)
		fail_msg("%s\n%s", text, l.said.data);
	s->fact = ARENA_NEW(a, FACTS_MAX, struct fact);
	s->count = 0;
	assert_true(world_run(&r, &l.scenario, seed, 0, false, subscribe, s, NULL));
	s->events = r.events;
	run_release(&r);
	unload(&l);
}

/* The n-th (from 0) fact of a kind about container i (-1: of any, or of none); NULL when there are fewer. */
static inline const struct fact *nth(const struct seen *s, enum fact_kind kind, int i, uint32_t n)
{
	for (size_t k = 0; k < s->count; k++) {
		const struct fact *f = &s->fact[k];
		int64_t index = kind == FACT_CONTAINER_STARTED ? f->a : f->c;

		if (f->kind == kind && (i < 0 || index == i) && n-- == 0)
			return f;
	}
	return NULL;
}

static inline double at(const struct fact *f)
{
	assert_non_null(f);
	return time_seconds(f->at);
}

static inline void within(const char *what, double x, double low, double high)
{
	if (!(x >= low && x <= high))
		print_error("%s: %.6f is outside %.6f .. %.6f\n", what, x, low, high);
	assert_true(x >= low && x <= high);
}

#endif
