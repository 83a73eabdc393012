/*
 * player.h - a run as something one can go to and fro in.
 *
 * Forward is simulating. Back is putting the whole run into the state of a keyframe (its arenas' bytes, in place: all
 * that a run owns lives in them) and simulating from there: a run is deterministic, so what comes again is the same.
 * The first keyframe, at time 0, has all bytes, later ones what differs from it. Keyframes are taken while new ground
 * is covered, every KEYFRAME_WORK of simulating, and thinned when they fill their memory.
 */
#ifndef REPORT_WATCH_PLAYER_H
#define REPORT_WATCH_PLAYER_H

#include "models/inspect.h"
#include "models/world.h"
#include "report/outcome.h"
#include "report/recording.h"
#include "report/story.h"

struct keyframe {
	struct arena memory; /* of the copies */
	sim_time at;
	uint64_t events;
	struct arena_image run_image, fold_image;
	struct run run;
	struct outcome outcome;
	uint64_t seen;
	sim_time differs_at;
};

#define KEYFRAMES_MAX 64

struct player {
	struct scenario *scenario;
	uint64_t seed;
	struct run run;
	struct world *world;
	struct arena fold; /* of outcome and story */
	struct outcome outcome;
	struct story *story;
	struct keyframe key[KEYFRAMES_MAX];
	uint32_t keys;
	size_t key_bytes;
	bool keeping; /* key[keys] is being taken, a slice at a time: screens go on meanwhile, the run does not */
	struct arena_saving run_saving, fold_saving;
	int64_t work_ns; /* real time spent on simulating since the last keyframe */
	sim_time end;    /* of the run */
	/* What a recording says that is to come: the run is compared with it as it goes. */
	const struct facts *recorded; /* NULL: nothing to compare with */
	uint64_t seen;                /* facts so far */
	sim_time differs_at;          /* SIM_NEVER: it does not */
};

/* Begins the run of s, which must stay, at time 0. p must not be moved from then on. recorded: facts to compare it
 * with, or NULL; progress: who is told while the cluster is built, or NULL. False when that said no; p is to be
 * released in any case. */
bool player_open(struct player *p, struct scenario *s, uint64_t seed, const struct facts *recorded,
		 const struct world_progress *progress);
void player_release(struct player *p);

/* Simulates towards `at` (>= now) for at most about budget_ns of real time; returns whether it is there. */
bool player_play(struct player *p, sim_time at, int64_t budget_ns);

/* To be called before the run is looked at otherwise than at the last look: looking brings lazily known things up to
 * date, so a keyframe that is only half taken is forgotten, and taken later. */
void player_touched(struct player *p);

/* Puts the run into the state of the last keyframe at or before `at`, if now is after it. */
void player_back(struct player *p, sim_time at);

/* Goes to `at`, in 0 .. end, back or forth. */
void player_seek(struct player *p, sim_time at);

/* Goes to the next instant at which something is told, to the end if there is none. */
void player_step(struct player *p);
/* The last such instant before now; 0 if there is none. */
sim_time player_instant_before(const struct player *p);

/* The last fact told at or before now; NULL if there is none. n: how many before it. */
const struct fact *player_fact(const struct player *p, uint64_t n);

/* A real clock, in nanoseconds. */
int64_t player_clock(void);

#endif
