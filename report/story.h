/* story.h - a run told in time order: similar facts of many pods or nodes become one line, each with its reason. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/outcome.h"
#include "sim/text.h"

/* Longest story; what matters least is left out and counted. */
#define STORY_LINES 60

/* Prints the story; the facts of o must have been kept. */
void story_print(const struct outcome *o, struct text *out);

/* Words one fact as a line of the story would, without its time. Returns false, adding nothing, for a fact that the
 * story does not tell. */
bool story_fact(const struct outcome *o, const struct fact *f, struct text *out);

/* Prints what happened after `from` and up to `until`, in at most `most` lines; nothing if nothing did. -1: also what
 * happened at the instant 0. */
void story_print_between(const struct outcome *o, sim_time from, sim_time until, uint32_t most, struct text *out);

/* A story that grows with its run: story_reader() must see each fact after the outcome's reader has. */
struct story;
struct story_line {
	sim_time at;
	uint8_t rank; /* 0 matters most */
	bool failure; /* a failure strikes */
	const char *text;
	struct fact fact; /* the first that it tells */
};
struct story *story_begin(const struct outcome *o, struct arena *a);
struct fact_reader story_reader(struct story *s);
uint32_t story_lines(const struct story *s);
/* Line i < story_lines(s) as it is worded now, in a. */
struct story_line story_line(const struct story *s, uint32_t i, struct arena *a);

/* t to a tenth of a second (a hundredth below ten seconds), as time_print(); "-" for SIM_NEVER. */
const char *story_time(sim_time t, char buffer[TIME_TEXT_MAX]);

/* Prints s and a line end, broken at spaces so that lines end within out->columns or, without that, 100 columns; those
 * after the first are indented. */
void story_wrap(struct text *out, const char *s, int indent);

/* The masters that a failure strikes, as the subject of a sentence: "master-0 and master-1", "the etcd-leader". */
void failure_hosts(const struct scenario *s, const struct failure *f, struct text *out);

#endif
