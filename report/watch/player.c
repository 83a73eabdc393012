/* player.c - keyframes, and simulating between them. */
#include "report/watch/player.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* So much simulating between two keyframes: with restoring one, it bounds a step back. */
#define KEYFRAME_WORK ((int64_t)50 * 1000 * 1000)
/* What all keyframes may hold. A guess at what a laptop can spare. */
#define KEYFRAME_BYTES ((size_t)768 << 20)
/* Events between two looks at the clock. */
#define EVENTS_AT_ONCE 256
/* Bytes of a keyframe that are kept between two looks at the clock: about a millisecond. */
#define KEEP_AT_ONCE ((size_t)1 << 20)

int64_t player_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- keyframes ---- */

static void drop(struct player *p, uint32_t i)
{
	p->key_bytes -= p->key[i].memory.used_bytes;
	arena_release(&p->key[i].memory);
	for (; i + 1 < p->keys; i++)
		p->key[i] = p->key[i + 1];
	p->keys--;
}

/* Forgets the one whose loss lengthens the way to what is near least: the gap it leaves, by its age in events. The
 * first, at time 0, stays. */
static void thin(struct player *p)
{
	double least = 0;
	uint32_t which = 0;

	for (uint32_t i = 1; i + 1 < p->keys; i++) {
		const double gap = (double)(p->key[i + 1].events - p->key[i - 1].events);
		const double age = (double)(p->run.events - p->key[i].events) + 1;
		if (which == 0 || gap / age < least) {
			least = gap / age;
			which = i;
		}
	}
	if (which != 0)
		drop(p, which);
}

void player_touched(struct player *p)
{
	if (p->keeping)
		arena_release(&p->key[p->keys].memory);
	p->keeping = false;
}

/* Begins a keyframe of now; the run must not go on until keep_some() has completed it. */
static void keep_begin(struct player *p)
{
	while (p->keys == KEYFRAMES_MAX || (p->keys > 2 && p->key_bytes > KEYFRAME_BYTES))
		thin(p);
	struct keyframe *k = &p->key[p->keys];
	const struct keyframe *first = p->keys > 0 ? &p->key[0] : NULL;
	*k = (struct keyframe){.at = p->run.now,
			       .events = p->run.events,
			       .run = p->run,
			       .outcome = p->outcome,
			       .seen = p->seen,
			       .differs_at = p->differs_at};
	arena_save_begin(&p->run_saving, &p->run.arena, &k->memory, &k->run_image,
			 first != NULL ? &first->run_image : NULL);
	arena_save_begin(&p->fold_saving, &p->fold, &k->memory, &k->fold_image,
			 first != NULL ? &first->fold_image : NULL);
	p->keeping = true;
}

static void keep_some(struct player *p, size_t bytes)
{
	if (!arena_save_some(&p->run_saving, bytes) || !arena_save_some(&p->fold_saving, bytes))
		return;
	p->key_bytes += p->key[p->keys++].memory.used_bytes;
	p->keeping = false;
	p->work_ns = 0;
}

/* Puts everything back to keyframe i, and forgets later ones. Scratch memory is between two events' work: it stays. */
static void restore(struct player *p, uint32_t i)
{
	const struct keyframe *k = &p->key[i];
	const struct arena scratch = p->run.scratch;
	const struct arena run = p->run.arena;

	player_touched(p);
	while (p->keys > i + 1)
		drop(p, p->keys - 1);
	p->run = k->run;
	p->run.scratch = scratch;
	p->run.arena = run;
	p->outcome = k->outcome;
	p->seen = k->seen;
	p->differs_at = k->differs_at;
	arena_restore(&p->run.arena, &k->run_image);
	arena_restore(&p->fold, &k->fold_image);
	p->work_ns = 0;
}

/* ---- time ---- */

struct nth {
	uint64_t left;
	const struct fact *found;
};

static void count_to(void *state, const struct fact *facts, size_t count)
{
	struct nth *n = state;

	if (n->found == NULL && n->left < count)
		n->found = &facts[n->left];
	if (n->found == NULL)
		n->left -= count;
}

/* Fact i of those that were kept; NULL beyond the last. */
static const struct fact *fact_at(const struct facts *f, uint64_t i)
{
	struct nth search = {i, NULL};

	if (i >= f->count)
		return NULL;
	facts_each(f, (struct fact_reader){count_to, &search});
	return search.found;
}

static void compare(void *state, const struct fact *facts, size_t count)
{
	struct player *p = state;

	for (size_t i = 0; p->recorded != NULL && p->differs_at == SIM_NEVER && i < count; i++) {
		const struct fact *f = fact_at(p->recorded, p->seen + i);
		if (f == NULL || memcmp(f, &facts[i], sizeof(*f)) != 0)
			p->differs_at = facts[i].at;
	}
	p->seen += count;
}

static void subscribe(struct run *r, void *context)
{
	struct player *p = context;

	outcome_init(&p->outcome, &p->fold, p->scenario, r, false);
	p->story = story_begin(&p->outcome, &p->fold);
	facts_subscribe(&r->facts, outcome_reader(&p->outcome));
	facts_subscribe(&r->facts, story_reader(p->story));
	facts_subscribe(&r->facts, (struct fact_reader){compare, p});
}

bool player_open(struct player *p, struct scenario *s, uint64_t seed, const struct facts *recorded,
		 const struct world_progress *progress)
{
	*p = (struct player){
		.scenario = s, .seed = seed, .end = s->duration, .recorded = recorded, .differs_at = SIM_NEVER};
	p->world = world_begin(&p->run, s, seed, subscribe, p, progress);
	if (p->world == NULL)
		return false;
	world_advance(p->world, 0, 0);
	keep_begin(p);
	keep_some(p, SIZE_MAX / 2);
	return true;
}

void player_release(struct player *p)
{
	player_touched(p);
	while (p->keys > 0)
		drop(p, p->keys - 1);
	run_release(&p->run);
	arena_release(&p->fold);
	*p = (struct player){0};
}

static bool keyframe_due(const struct player *p)
{
	return !p->keeping && p->work_ns > KEYFRAME_WORK;
}

/* A piece of what the way to `at` takes: simulating, or keeping a keyframe. Returns whether it is there. */
static bool play_some(struct player *p, sim_time at)
{
	const int64_t begin = player_clock();

	if (p->keeping) {
		keep_some(p, KEEP_AT_ONCE);
		return false;
	}
	const bool there = world_advance(p->world, at, EVENTS_AT_ONCE);
	p->work_ns += player_clock() - begin;
	return there;
}

bool player_play(struct player *p, sim_time at, int64_t budget_ns)
{
	const int64_t begin = player_clock();
	bool there = false;

	assert(at >= p->run.now);
	/* Not before somebody has looked at this instant: looking may bring lazily known things up to date, once. */
	if (keyframe_due(p))
		keep_begin(p);
	while (!there && !keyframe_due(p) && player_clock() - begin <= budget_ns)
		there = play_some(p, at);
	return there;
}

void player_back(struct player *p, sim_time at)
{
	uint32_t i = p->keys - 1;

	if (at >= p->run.now)
		return;
	while (i > 0 && p->key[i].at > at)
		i--;
	restore(p, i);
}

void player_seek(struct player *p, sim_time at)
{
	at = at < 0 ? 0 : at > p->end ? p->end : at;
	player_back(p, at);
	while (!player_play(p, at, INT64_MAX / 2))
		continue;
}

void player_step(struct player *p)
{
	const uint64_t told = p->run.facts.count;

	while (p->run.facts.count == told) {
		const sim_time next = world_next(p->world);
		if (next > p->end) {
			player_seek(p, p->end);
			return;
		}
		player_seek(p, next);
	}
}

struct search {
	sim_time before, found;
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct search *s = state;

	for (size_t i = 0; i < count && facts[i].at < s->before; i++)
		s->found = facts[i].at;
}

sim_time player_instant_before(const struct player *p)
{
	struct search s = {p->run.now, 0};

	facts_each(&p->run.facts, (struct fact_reader){see, &s});
	return s.found;
}

const struct fact *player_fact(const struct player *p, uint64_t n)
{
	return n < p->run.facts.count ? fact_at(&p->run.facts, p->run.facts.count - 1 - n) : NULL;
}
