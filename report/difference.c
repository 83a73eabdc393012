/* difference.c - walks two streams of facts side by side up to the first that is not in both. */
#include "report/difference.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/causes.h"
#include "report/expect.h"
#include "report/fact_words.h"
#include "report/story.h"

/* All facts of a run as one array of pieces. */
struct stream {
	const struct fact **piece;
	size_t *count;
	uint32_t pieces, piece_capacity, count_capacity;
	uint32_t at; /* piece and place of the next fact */
	size_t place;
	uint64_t taken; /* facts that next() has passed, remarks included */
	struct arena *arena;
};

static void see(void *state, const struct fact *facts, size_t count)
{
	struct stream *s = state;

	ARENA_RESERVE(s->arena, s->piece, s->piece_capacity, s->pieces + 1, const struct fact *);
	ARENA_RESERVE(s->arena, s->count, s->count_capacity, s->pieces + 1, size_t);
	s->piece[s->pieces] = facts;
	s->count[s->pieces++] = count;
}

/* The next fact, remarks left out; NULL at the end. */
static const struct fact *next(struct stream *s)
{
	while (s->at < s->pieces) {
		if (s->place == s->count[s->at]) {
			s->at++;
			s->place = 0;
			continue;
		}
		const struct fact *f = &s->piece[s->at][s->place++];
		s->taken++;
		if (f->kind != FACT_POD_ATTEMPT)
			return f;
	}
	return NULL;
}

struct work {
	const struct two_runs *d;
	const struct fact_dictionary *dictionary;
};

/* A fact as it is compared. */
static void words_of(const struct work *w, int side, const struct fact *f, struct text *out)
{
	struct arena scratch = {0};

	out->length = 0;
	fact_line(w->dictionary, w->d->of[side], f, &scratch, out);
	arena_release(&scratch);
}

static bool same(const struct work *w, const struct fact *x, const struct fact *y, struct text *a, struct text *b)
{
	if (x == NULL || y == NULL)
		return x == y;
	if (x->at != y->at || x->kind != y->kind || x->flag != y->flag)
		return false;
	words_of(w, 0, x, a);
	words_of(w, 1, y, b);
	return strcmp(a->data, b->data) == 0;
}

/* The cause of the fact with this place in its run. */
static void print_cause(const struct outcome *o, uint64_t index, struct arena *scratch, struct text *out)
{
	char at[TIME_TEXT_MAX];
	struct causes c;

	causes_find(&c, o, scratch);
	const struct cause *e = &c.of[index];
	if (!e->settled)
		text_add(out, "    of the initial state\n");
	else if (e->by == CAUSE_NONE)
		text_printf(out, "    its cause: %s\n",
			    cause_first(&e->fact) != NULL ? cause_first(&e->fact) : "not certain");
	else {
		text_printf(out, "    its cause: at %s ", time_print(c.of[e->by].fact.at, at));
		cause_sentence(o, &c.of[e->by].fact, out);
		text_add(out, "\n");
	}
}

/* index: the fact's place in its run, remarks included. */
static void print_fact(const struct work *w, int side, const struct fact *f, uint64_t index, struct text *out)
{
	const struct outcome *o = w->d->of[side];
	const char *name = w->d->name[side];
	char at[TIME_TEXT_MAX];
	struct arena scratch = {0};
	struct text words;

	if (f == NULL) {
		text_printf(out, "  %s: nothing more until its end at %s\n", name, time_print(o->end, at));
		return;
	}
	text_init(&words, &scratch);
	text_printf(out, "  %s: at %s ", name, time_print(f->at, at));
	if (story_fact(o, f, &words))
		text_printf(out, "%s\n    ", words.data);
	words_of(w, side, f, &words);
	text_printf(out, "%s\n", words.data);
	print_cause(o, index, &scratch, out);
	arena_release(&scratch);
}

/* ---- numbers ---- */

struct number {
	const char *name;
	bool is_time;
	double (*of)(const struct outcome *o);
};

/* The largest, the mean, of leg l over recoveries of pods that are replaced; infinite where one is not over. */
static double leg(const struct outcome *o, enum leg l, bool mean)
{
	double sum = 0, most = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->recoveries; i++) {
		if (!outcome_is_replaced(o, o->recovery[i].pod))
			continue;
		const sim_time t = o->recovery[i].leg[l];
		const double s = t == SIM_NEVER ? (double)INFINITY : time_seconds(t);
		sum += s;
		most = s > most ? s : most;
		count++;
	}
	return count == 0 ? (double)NAN : mean ? sum / count : most;
}

static double recoveries(const struct outcome *o)
{
	return o->recoveries;
}
static double recovery_max(const struct outcome *o)
{
	return leg(o, LEG_TOTAL, false);
}
static double recovery_mean(const struct outcome *o)
{
	return leg(o, LEG_TOTAL, true);
}
static double detection_mean(const struct outcome *o)
{
	return leg(o, LEG_DETECTION, true);
}
static double availability(const struct outcome *o)
{
	double least = NAN;

	for (uint32_t i = 0; i < o->services; i++)
		if (o->service[i].known && !isnan(o->service[i].availability))
			least = fmin(least, o->service[i].availability);
	return least;
}
static double lost_pod_seconds(const struct outcome *o)
{
	double sum = 0;

	for (uint32_t i = 0; i < o->services; i++)
		sum += o->service[i].lost_pod_seconds;
	return sum;
}
static double unschedulable(const struct outcome *o)
{
	return o->unschedulable;
}
static double restarts(const struct outcome *o)
{
	return o->restarts;
}
static double evictions(const struct outcome *o)
{
	return o->node_evictions;
}
static double jain(const struct outcome *o)
{
	return o->load[LOAD_WHOLE].of[LOAD_CPU].jain;
}
static double facts(const struct outcome *o)
{
	return (double)o->run->facts.count;
}

/* In the words of expectations where there is one. */
static const struct number numbers[] = {
	{"recoveries", false, recoveries},
	{"recovery_max", true, recovery_max},
	{"recovery_mean", true, recovery_mean},
	{"detection_mean", true, detection_mean},
	{"availability, least", false, availability},
	{"lost_pod_seconds", false, lost_pod_seconds},
	{"unschedulable_pods", false, unschedulable},
	{"restarts", false, restarts},
	{"evicted_pods", false, evictions},
	{"jain_cpu", false, jain},
	{"facts", false, facts},
};

static const char *value_text(const struct number *n, double v, struct arena *a)
{
	char time[TIME_TEXT_MAX];

	if (isnan(v))
		return "-";
	if (isinf(v))
		return "not over";
	return n->is_time ? text_format(a, "%s", story_time(time_from_seconds(v), time)) : text_format(a, "%.6g", v);
}

static void print_numbers(const struct two_runs *d, struct arena *a, struct text *out)
{
	text_printf(out, "\n%-22s %16s %16s  %s\n", "METRIC", d->name[0], d->name[1], "CHANGE");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number *n = &numbers[i];
		const double x = n->of(d->of[0]), y = n->of(d->of[1]);

		text_printf(out, "%-22s %16s %16s", n->name, value_text(n, x, a), value_text(n, y, a));
		if (isfinite(x) && isfinite(y) && x != y)
			text_printf(out, "  %s%s", y > x ? "+" : "-", value_text(n, fabs(y - x), a));
		text_add(out, "\n");
	}
}

/* Steps over what is left of the initial state. */
static void to_settled(struct stream *s, const struct fact *f)
{
	while (f != NULL && f->kind != FACT_SETTLED)
		f = next(s);
}

/* Where the initial states differ, names do, and so does every fact that holds one. The first difference in what
 * happens then: by time, kind and flag. */
static void print_first_event(const struct work *w, struct stream s[2], const struct fact *const at[2],
			      struct text *out)
{
	const struct fact *f[2];

	for (int i = 0; i < 2; i++)
		to_settled(&s[i], at[i]);
	do {
		f[0] = next(&s[0]);
		f[1] = next(&s[1]);
	} while (f[0] != NULL && f[1] != NULL && f[0]->at == f[1]->at && f[0]->kind == f[1]->kind &&
		 f[0]->flag == f[1]->flag);
	if (f[0] == NULL && f[1] == NULL)
		return;
	text_add(out, "The initial states differ. The first difference of what happens then, by time and kind:\n");
	for (int i = 0; i < 2; i++)
		print_fact(w, i, f[i], s[i].taken - 1, out);
}

static bool is_initial(const struct stream *s, const struct fact *f)
{
	struct stream rest = *s;

	while (f != NULL && f->kind != FACT_SETTLED)
		f = next(&rest);
	return f != NULL;
}

bool difference_print(const struct two_runs *d, struct arena *a, struct text *out)
{
	const struct work w = {d, fact_dictionary(a)};
	struct stream s[2] = {{.arena = a}, {.arena = a}};
	struct text words[2];
	const struct fact *f[2], *before = NULL;
	uint64_t common = 0;
	char at[TIME_TEXT_MAX];

	for (int i = 0; i < 2; i++) {
		facts_each(&d->of[i]->run->facts, (struct fact_reader){see, &s[i]});
		text_init(&words[i], a);
	}
	for (;; common++) {
		f[0] = next(&s[0]);
		f[1] = next(&s[1]);
		if (!same(&w, f[0], f[1], &words[0], &words[1]) || f[0] == NULL)
			break;
		before = f[0];
	}
	const bool differ = f[0] != NULL || f[1] != NULL;
	if (!differ) {
		text_printf(out, "The two runs are the same: %" PRIu64 " facts, each with the same time and meaning.\n",
			    common);
		return false;
	}
	text_printf(out, "%" PRIu64 " facts are the same", common);
	if (before != NULL)
		text_printf(out, ", the last at %s", time_print(before->at, at));
	text_add(out, ". Then they differ:\n");
	for (int i = 0; i < 2; i++)
		print_fact(&w, i, f[i], s[i].taken - 1, out);
	if (is_initial(&s[0], f[0]) && is_initial(&s[1], f[1]))
		print_first_event(&w, s, f, out);
	print_numbers(d, a, out);
	return true;
}
