/* experiment.c - rounds of replications, on threads and ranks, folded in order. */
#include "report/experiment.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "models/world.h"
#include "report/expect.h"
#include "report/ranks.h"
#include "sim/batch.h"
#include "sim/interval.h"

/* Replications of one thread in a round: many, so that threads seldom wait for the last; few when it may soon be over.
 */
#define ROUND_JOBS 64
#define ROUND_JOBS_PRECISE 4
#define SERIES_ERROR 0.01
/* Candidates that a journal names in its first line; the checksum of the input is about all. */
#define LABELS_MAX 12
/* Purpose of the stream that gives candidates seeds of their own; apart from the model's purposes. */
#define STREAM_INDEPENDENT UINT32_C(0x696e6470)

struct job {
	uint32_t candidate, replication;
	struct arena arena;
	struct text line;
	bool done;
};

/* A round: replications first .. first + count - 1 of all candidates. */
struct round {
	struct experiment *e;
	const struct experiment_work *work;
	uint32_t first, count;
	const char **line; /* of each replication and candidate; NULL: not there */
	struct job *job;   /* of this rank */
	uint32_t jobs;
	pthread_mutex_t lock; /* for the journal */
	int journal_error;
	uint64_t finished, all; /* for the progress */
};

static uint64_t seed_of(const struct experiment *e, uint32_t candidate)
{
	if (!e->independent || candidate == 0)
		return e->seed;
	return rng_stream(e->seed, candidate, STREAM_INDEPENDENT, 0).key;
}

struct subscription {
	struct outcome *outcome;
	struct arena *arena;
	const struct scenario *scenario;
};

static void subscribe(struct run *r, void *context)
{
	struct subscription *s = context;

	outcome_init(s->outcome, s->arena, s->scenario, r, false);
	facts_subscribe(&r->facts, outcome_reader(s->outcome));
}

/* One replication as a line in `out`; false when it was interrupted. */
static bool simulate(const struct experiment *e, uint32_t candidate, uint32_t replication, const volatile int *stop,
		     struct text *out)
{
	struct arena arena = {0};
	struct outcome outcome;
	struct run run = {0};
	struct trial trial = {.candidate = candidate};
	struct subscription s = {&outcome, &arena, e->candidate[candidate].scenario};
	const bool ended = world_run(&run, s.scenario, seed_of(e, candidate), replication, false, subscribe, &s, stop);

	outcome_finish(&outcome, !ended);
	if (ended) {
		trial_take(&trial, &outcome, e->metric, e->metrics, &arena);
		trial_print(&trial, e->metrics, out);
	}
	run_release(&run);
	arena_release(&arena);
	return ended;
}

static void run_job(void *context, uint32_t i)
{
	struct round *r = context;
	struct job *j = &r->job[i];

	text_init(&j->line, &j->arena);
	if (__atomic_load_n(&r->journal_error, __ATOMIC_RELAXED) != 0)
		return;
	j->done = simulate(r->e, j->candidate, j->replication, r->work->stop, &j->line);
	if (!j->done || r->work->journal == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	if (r->journal_error == 0 && !journal_add(r->work->journal, j->line.data, &j->arena))
		__atomic_store_n(&r->journal_error, errno, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&r->lock);
}

static void jobs_progress(void *context, uint32_t finished)
{
	const struct round *r = context;

	if (r->work->progress != NULL)
		r->work->progress(r->work->context, r->finished + (uint64_t)finished * ranks_count(), r->all);
}

/* Deals what is still to do among the ranks, in order. */
static void deal(struct round *r, struct arena *a)
{
	const uint32_t candidates = r->e->candidates;
	uint32_t next = 0;

	r->job = ARENA_NEW(a, (size_t)r->count * candidates / ranks_count() + 1, struct job);
	for (uint32_t i = 0; i < r->count * candidates; i++)
		if (r->line[i] == NULL && next++ % ranks_count() == ranks_number())
			r->job[r->jobs++] =
				(struct job){.candidate = i % candidates, .replication = r->first + i / candidates};
}

/* Puts a line where it belongs in this round. */
static void place(struct round *r, const char *line)
{
	uint32_t candidate, replication;

	if (trial_read_place(line, &candidate, &replication) && candidate < r->e->candidates &&
	    replication >= r->first && replication - r->first < r->count)
		r->line[(replication - r->first) * r->e->candidates + candidate] = line;
}

/* Runs what is not known yet; lines of all ranks are in `all` afterwards. */
static void work_round(struct round *r, struct text *all)
{
	struct text mine;

	deal(r, all->arena);
	batch_run(run_job, r, r->jobs, r->work->threads, jobs_progress, r->work->stop);
	text_init(&mine, all->arena);
	for (uint32_t i = 0; i < r->jobs; i++) {
		if (r->job[i].done) {
			text_add(&mine, r->job[i].line.data);
			text_add(&mine, "\n");
		}
		arena_release(&r->job[i].arena);
	}
	ranks_share(&mine, all);
	for (char *line = all->data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		place(r, line);
	}
}

/* One step of a 64-bit mix (the finaliser of splitmix64) over the chain so far. */
static uint64_t mix(uint64_t chain, uint64_t digest)
{
	uint64_t z = (chain ^ digest) + UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fold_metrics(struct experiment *e, struct candidate *c, const struct trial *t)
{
	for (uint32_t m = 0; m < e->metrics; m++) {
		ARENA_RESERVE(e->arena, c->value[m], c->value_capacity[m], t->replication + 1, double);
		c->value[m][t->replication] = t->value[m];
		if (isnan(t->value[m]))
			continue;
		moments_add(&c->moments[m], t->value[m]);
		c->censored[m] += t->censored[m];
		c->runs_censored[m] += t->censored[m] > 0;
	}
}

static void fold(struct experiment *e, const struct trial *t, uint64_t digest_of_first)
{
	struct candidate *c = &e->candidate[t->candidate];

	fold_metrics(e, c, t);
	for (int l = 0; l < LEGS; l++) {
		c->unended[l] += t->leg[l].unended;
		for (uint32_t i = 0; i < t->leg[l].buckets; i++)
			sketch_add_bucket(&c->leg[l], t->leg[l].bucket[i].bucket, t->leg[l].bucket[i].count);
	}
	for (int i = 0; t->has_series && i < LOAD_SERIES; i++) {
		sketch_add(&c->cv[i], t->cv[i] * TRIAL_SERIES_UNIT);
		moments_add(&c->mean[i], t->mean[i] * TRIAL_SERIES_UNIT);
	}
	c->recoveries += t->recoveries;
	c->unfinished += t->unfinished;
	c->failures += t->failures;
	c->runs_without_failure += t->failures == 0;
	c->runs_like_first += t->digest == digest_of_first;
	c->queue_wait = t->queue_wait > c->queue_wait ? t->queue_wait : c->queue_wait;
	c->digest = mix(c->digest, t->digest);
}

static bool precise(const struct experiment *e)
{
	for (uint32_t c = 0; c < e->candidates; c++)
		if (!precision_reached(&e->candidate[c].moments[0], e->precision, EXPERIMENT_CONFIDENCE))
			return false;
	return true;
}

/* Takes one replication if all candidates have it. Returns false, and sets *broken for a line that makes no sense. */
static bool fold_replication(struct round *r, uint32_t replication, bool *broken)
{
	struct experiment *e = r->e;
	struct arena scratch = {0};
	struct trial *t = ARENA_NEW(&scratch, e->candidates, struct trial);
	bool all = true;

	for (uint32_t c = 0; c < e->candidates && all; c++) {
		const char *line = r->line[(replication - r->first) * e->candidates + c];
		all = line != NULL && trial_read(&t[c], e->metrics, line, &scratch);
		*broken = line != NULL && !all;
	}
	for (uint32_t c = 0; c < e->candidates && all; c++)
		fold(e, &t[c], t[0].digest);
	arena_release(&scratch);
	return all;
}

/* By replication, then candidate. */
static int by_place(const void *a, const void *b)
{
	uint32_t ca = 0, ra = 0, cb = 0, rb = 0;

	trial_read_place(*(const char *const *)a, &ca, &ra);
	trial_read_place(*(const char *const *)b, &cb, &rb);
	return ra != rb ? (ra > rb) - (ra < rb) : (ca > cb) - (ca < cb);
}

/* The first replication known from a journal is run again: a journal of another program, or of files that have changed,
 * which the checksum of the input did not see, would spoil everything. */
static const char *check_known(const struct experiment *e, const struct experiment_work *w)
{
	struct text again;
	uint32_t candidate, replication;

	if (w->known == NULL || w->known->count == 0)
		return NULL;
	qsort(w->known->line, w->known->count, sizeof(w->known->line[0]), by_place);
	text_init(&again, e->arena);
	if (!trial_read_place(w->known->line[0], &candidate, &replication) || candidate >= e->candidates)
		return "a line of the journal is no replication";
	if (!simulate(e, candidate, replication, w->stop, &again) || strcmp(again.data, w->known->line[0]) == 0)
		return NULL;
	return text_format(e->arena,
			   "replication %" PRIu32
			   " of candidate %s is not what the journal says: another version of the "
			   "program, or of a file that the input names",
			   replication, e->candidate[candidate].label);
}

static uint32_t round_length(const struct experiment *e, const struct experiment_work *w)
{
	assert(e->candidates > 0);
	const uint32_t each = e->precision > 0 ? ROUND_JOBS_PRECISE : ROUND_JOBS;
	const uint32_t length = each * w->threads * ranks_count() / e->candidates;
	const uint32_t left = e->runs_asked - e->runs;
	/* Before this many the precision is not looked at. */
	const uint32_t least = e->precision > 0 && e->runs < PRECISION_COUNT_MIN ? PRECISION_COUNT_MIN - e->runs : 1;
	const uint32_t want = length > least ? length : least;

	return want < left ? want : left;
}

/* Runs the next round; false when nothing more is to come. *next: the first journal line not looked at. */
static const char *one_round(struct experiment *e, const struct experiment_work *w, uint32_t *next, bool *more,
			     bool *bad_input)
{
	struct arena scratch = {0};
	struct round r = {.e = e,
			  .work = w,
			  .first = e->runs,
			  .count = round_length(e, w),
			  .lock = PTHREAD_MUTEX_INITIALIZER,
			  .finished = (uint64_t)e->runs * e->candidates,
			  .all = (uint64_t)e->runs_asked * e->candidates};
	struct text all;
	bool broken = false;

	r.line = ARENA_NEW(&scratch, (size_t)r.count * e->candidates, const char *);
	for (uint32_t candidate, replication; w->known != NULL && *next < w->known->count; ++*next) {
		if (!trial_read_place(w->known->line[*next], &candidate, &replication) ||
		    replication >= r.first + r.count)
			break;
		place(&r, w->known->line[*next]);
	}
	text_init(&all, &scratch);
	work_round(&r, &all);
	*more = true;
	for (uint32_t i = 0; i < r.count && *more; i++) {
		*more = fold_replication(&r, r.first + i, &broken);
		e->runs += *more;
		e->interrupted = !*more;
		e->precise = *more && e->precision > 0 && e->runs >= PRECISION_COUNT_MIN && precise(e);
		*more = *more && !e->precise && e->runs < e->runs_asked;
	}
	arena_release(&scratch);
	*bad_input = !ranks_any(r.journal_error != 0);
	if (!*bad_input)
		return text_format(e->arena, "cannot write the journal: %s",
				   r.journal_error != 0 ? strerror(r.journal_error) : "another rank's");
	return broken ? "a line of the journal is no replication" : NULL;
}

const char *experiment_run(struct experiment *e, const struct experiment_work *w, bool *bad_input)
{
	const char *wrong = check_known(e, w);
	uint32_t next = 0;
	bool more = wrong == NULL;

	*bad_input = true;
	for (uint32_t c = 0; c < e->candidates; c++) {
		for (int l = 0; l < LEGS; l++)
			sketch_init(&e->candidate[c].leg[l], e->arena, TRIAL_ERROR);
		for (int i = 0; i < LOAD_SERIES; i++)
			sketch_init(&e->candidate[c].cv[i], e->arena, SERIES_ERROR);
	}
	while (more && wrong == NULL)
		wrong = one_round(e, w, &next, &more, bad_input);
	return wrong;
}

void experiment_release(struct experiment *e)
{
	for (uint32_t c = 0; c < e->candidates; c++)
		if (e->candidate[c].scenario != NULL)
			scenario_release(e->candidate[c].scenario);
}

const char *experiment_metric(struct experiment *e, const char *text)
{
	const size_t length = strcspn(text, "(");
	const size_t subject = text[length] == '(' ? strcspn(text + length + 1, "()") : 0;
	struct trial_metric m = {text, arena_text(e->arena, text, length), ""};
	struct text known;

	if (text[length] == '(' && (subject == 0 || strcmp(text + length + 1 + subject, ")") != 0))
		return text_format(e->arena, "\"%s\" is not of the form metric or metric(SUBJECT)", text);
	if (text[length] == '(')
		m.subject = arena_text(e->arena, text + length + 1, subject);
	text_init(&known, e->arena);
	for (uint32_t i = 0; expect_metric_name(i) != NULL; i++) {
		if (strcmp(expect_metric_name(i), m.name) != 0) {
			text_printf(&known, "%s%s", i > 0 ? ", " : "", expect_metric_name(i));
			continue;
		}
		for (uint32_t k = 0; k < e->metrics; k++)
			if (strcmp(e->metric[k].text, text) == 0)
				return text_format(e->arena, "%s is asked for twice", text);
		if (e->metrics == TRIAL_METRICS_MAX)
			return text_format(e->arena, "more than %d metrics", TRIAL_METRICS_MAX);
		e->metric[e->metrics++] = m;
		return NULL;
	}
	return text_format(e->arena, "no metric \"%s\"; there are %s", m.name, known.data);
}

const char *experiment_identity(const struct experiment *e)
{
	struct text t;

	text_init(&t, e->arena);
	text_printf(&t, "input %016" PRIx64 ", seed %" PRIu64 ", %s streams, candidates", e->input, e->seed,
		    e->independent ? "independent" : "common");
	for (uint32_t c = 0; c < e->candidates && c < LABELS_MAX; c++)
		text_printf(&t, " %s", e->candidate[c].label);
	if (e->candidates > LABELS_MAX)
		text_printf(&t, " and %" PRIu32 " more", e->candidates - LABELS_MAX);
	text_add(&t, ", metrics");
	for (uint32_t m = 0; m < e->metrics; m++)
		text_printf(&t, " %s", e->metric[m].text);
	for (char *p = t.data; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return t.data;
}

const char *experiment_keys(const struct experiment *e)
{
	struct text t;

	text_init(&t, e->arena);
	for (uint32_t f = 0; f < e->factors; f++)
		text_printf(&t, "%s%s", f > 0 ? " / " : "", e->factor[f].key);
	return t.data;
}

static bool is_among(const char *name, const char *const list[])
{
	for (size_t i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

const char *metric_unit(const char *name)
{
	static const char *const times[] = {
		"recovery_max",   "recovery_mean",         "recovery_p95", "detection_max", "detection_mean",
		"latency_mean",   "latency_p50",           "latency_p95",  "latency_p99",   "no_api_server",
		"no_etcd_leader", "no_controller_manager", "no_scheduler", "takeover_max",  NULL};

	if (is_among(name, times))
		return "s";
	return strcmp(name, "lost_pod_seconds") == 0 ? "pod s" : strcmp(name, "cost_usd") == 0 ? "USD" : "";
}

bool metric_more_is_better(const char *name)
{
	static const char *const more[] = {"availability", "jain_cpu", "completed_pods", NULL};

	return is_among(name, more);
}
