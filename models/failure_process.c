/* failure_process.c - random failures: when each subject of a process fails next, who repairs it, what follows of it.
 *
 * Each subject has two streams of its own: one for the gaps, one for repairs, reboots and cascades. So its failures
 * come at the same times whatever else the cluster does: other schedulers, more pods, other subjects. Only the next
 * failure of a subject is an event. A gap begins when the last failure of this process is repaired; other failures of
 * the same node are not looked at, and what they break adds up (failure.c).
 */
#include "models/failure_parts.h"

#include "models/kubelet.h"

/* A subject of a source. */
struct subject_run {
	struct rng gap, draw;
	uint32_t source, subject; /* rows */
	uint32_t failed;
	sim_time lasts; /* of its next failure; SIM_NEVER: a draw of `repair` */
};

/* A failure under way, announced, or about to follow another; its place is used again when it is over. */
struct occurrence {
	struct failure failure;
	uint32_t row, hosts, run; /* run: of the subject */
	uint32_t next;            /* of the free, or of those that wait for a repairer */
	bool renews;              /* the subject's next gap begins when it is over */
	bool numbered, repaired_by_crew;
	bool missed; /* there was no machine to strike: nothing is told, and the subject goes on as if there had been */
	void (*over)(struct world *w, uint32_t who); /* of one that was ordered, else NULL */
	uint32_t who;
};

struct crew {
	uint32_t busy, first, last; /* occurrences that wait */
};

struct failure_runs {
	struct subject_run *run;
	uint32_t *first; /* run of each source's first subject */
	struct crew *crew;
	struct occurrence *occurrence;
	uint32_t occurrences, capacity, free;
	uint32_t rows; /* numbers given to failures so far, those of the script included */
};

static const struct failure_source *source_of(const struct world *w, const struct subject_run *r)
{
	return &w->scenario->source[r->source];
}

static const struct failure_subject *subject_of(const struct world *w, const struct subject_run *r)
{
	return &source_of(w, r)->subject[r->subject];
}

/* ---- when ---- */

/* The subject works since `since`. Failures before `from` are as if repaired at once. */
static void schedule_next(struct world *w, uint32_t run, sim_time since)
{
	struct subject_run *r = &w->failure_runs->run[run];
	const struct failure_source *s = source_of(w, r);
	struct failure_next next;

	do {
		const struct failure_call call = {.options = s->options,
						  .subject = r->subject,
						  .failed = r->failed,
						  .now = since,
						  .rng = &r->gap};

		next = s->process->next(&call);
		r->failed++;
		/* Time goes on even where a gap is rounded to nothing. */
		since = next.at > since ? next.at : time_add(since, 1);
	} while (since < s->from);
	r->lasts = next.lasts;
	if (since < s->until)
		world_schedule(w, since, EVENT_FAILURE_DUE, run, 0, 0);
}

void failure_processes_init(struct world *w)
{
	const struct scenario *s = w->scenario;
	struct arena *a = &w->run->arena;
	struct failure_runs *f = ARENA_NEW(a, 1, struct failure_runs);
	uint32_t all = 0, at = 0;

	w->failure_runs = f;
	f->rows = s->failure_count;
	f->free = NONE;
	f->first = ARENA_NEW(a, s->source_count, uint32_t);
	f->crew = ARENA_NEW(a, s->source_count, struct crew);
	for (uint32_t i = 0; i < s->source_count; i++) {
		f->first[i] = all;
		f->crew[i] = (struct crew){.first = NONE, .last = NONE};
		all += s->source[i].subject_count;
	}
	f->run = ARENA_NEW(a, all, struct subject_run);
	for (uint32_t i = 0; i < s->source_count; i++) {
		for (uint32_t k = 0; k < s->source[i].subject_count; k++, at++) {
			const uint32_t stream = s->source[i].subject[k].stream;

			f->run[at] = (struct subject_run){.gap = run_stream(w->run, STREAM_FAILURE, stream),
							  .draw = run_stream(w->run, STREAM_FAILURE, stream + 1),
							  .source = i,
							  .subject = k};
			if (s->source[i].process != NULL)
				schedule_next(w, at, 0);
		}
	}
}

/* ---- occurrences ---- */

static uint32_t new_occurrence(struct failure_runs *f, struct arena *a)
{
	uint32_t slot = f->free;

	if (slot != NONE) {
		f->free = f->occurrence[slot].next;
		return slot;
	}
	ARENA_RESERVE(a, f->occurrence, f->capacity, f->occurrences + 1, struct occurrence);
	return f->occurrences++;
}

static void free_occurrence(struct failure_runs *f, uint32_t slot)
{
	f->occurrence[slot].next = f->free;
	f->free = slot;
}

/* A failure of a subject; reboot or repair and their length are drawn from `draw`. lasts: given by the process. */
static uint32_t draw_occurrence(struct world *w, uint32_t run, struct rng *draw, sim_time lasts)
{
	struct failure_runs *f = w->failure_runs;
	const struct failure_source *s = source_of(w, &f->run[run]);
	const struct failure_subject *subject = subject_of(w, &f->run[run]);
	const bool reboots = s->reboot_share > 0 && rng_unit(draw) < s->reboot_share;
	const uint32_t slot = new_occurrence(f, &w->run->arena);

	if (reboots)
		lasts = dist_draw(&s->reboot, draw);
	else if (lasts == SIM_NEVER && s->heals)
		lasts = dist_draw(&s->repair, draw);
	f->occurrence[slot] = (struct occurrence){
		.failure = {.id = s->id,
			    .kind = reboots ? FAILURE_REBOOT : s->kind,
			    .lasts = lasts,
			    .node_count = subject->node_count,
			    .node = subject->node,
			    .masters = subject->masters,
			    .component = s->component,
			    .factor = s->factor,
			    .notice = reboots ? 0 : s->notice,
			    .handler = s->handler},
		.run = run,
		.next = NONE,
		.repaired_by_crew = s->repairers > 0 && !reboots,
	};
	return slot;
}

static void number(struct world *w, struct occurrence *o)
{
	if (!o->numbered)
		o->row = w->failure_runs->rows++;
	o->numbered = true;
}

/* ---- repair ---- */

static void repair_begins(struct world *w, uint32_t slot)
{
	const struct occurrence *o = &w->failure_runs->occurrence[slot];

	world_schedule(w, time_add(w->run->now, o->failure.lasts), EVENT_FAILURE_REPAIRED, slot, 0, 0);
}

/* A repairer takes it, or it waits for one. */
static void ask_for_repair(struct world *w, uint32_t slot)
{
	struct failure_runs *f = w->failure_runs;
	const struct subject_run *r = &f->run[f->occurrence[slot].run];
	struct crew *c = &f->crew[r->source];

	if (!f->occurrence[slot].repaired_by_crew || c->busy < source_of(w, r)->repairers) {
		c->busy += f->occurrence[slot].repaired_by_crew;
		repair_begins(w, slot);
		return;
	}
	if (c->last != NONE)
		f->occurrence[c->last].next = slot;
	else
		c->first = slot;
	c->last = slot;
}

/* A repairer is free: whoever has waited longest is next. */
static void repairer_is_free(struct world *w, struct crew *c)
{
	struct failure_runs *f = w->failure_runs;
	const uint32_t slot = c->first;

	if (slot == NONE) {
		c->busy--;
		return;
	}
	c->first = f->occurrence[slot].next;
	if (c->first == NONE)
		c->last = NONE;
	f->occurrence[slot].next = NONE;
	repair_begins(w, slot);
}

/* Subject: occurrence. */
void failure_on_repaired(struct world *w, const struct event *e)
{
	struct failure_runs *f = w->failure_runs;
	const struct occurrence o = f->occurrence[e->subject];

	if (!o.missed)
		failure_end(w, &o.failure, o.row, o.hosts);
	free_occurrence(f, e->subject);
	if (o.repaired_by_crew)
		repairer_is_free(w, &f->crew[f->run[o.run].source]);
	if (o.renews)
		schedule_next(w, o.run, w->run->now);
	if (o.over != NULL)
		o.over(w, o.who);
}

/* ---- cascades ---- */

static void follow(struct world *w, uint32_t run, uint32_t peer, struct rng *draw)
{
	const struct failure_cascade *c = &source_of(w, &w->failure_runs->run[run])->cascade;
	const sim_time delay = dist_draw(&c->delay, draw);
	const uint32_t slot = draw_occurrence(w, peer, draw, SIM_NEVER);

	world_schedule(w, time_add(w->run->now, delay), EVENT_FAILURE_COMES, slot, 0, 0);
}

/* How many others follow: none with 1 - probability, then each brings one more with `more`. */
static uint32_t followers(const struct failure_cascade *c, struct rng *draw, uint32_t others)
{
	uint32_t count = 0;

	if (others == 0 || rng_unit(draw) >= c->probability)
		return 0;
	do
		count++;
	while (count < others && rng_unit(draw) < c->more);
	return count;
}

/* Others of the subject's group fail too, chosen evenly. */
static void cascade(struct world *w, uint32_t run)
{
	struct failure_runs *f = w->failure_runs;
	struct subject_run *r = &f->run[run];
	const struct failure_source *s = source_of(w, r);
	const uint32_t group = subject_of(w, r)->group;
	/* Numbers of the subject's nth failure alone, so that one that found nobody shifts nothing. */
	struct rng own = {.key = r->draw.key, .counter = (uint64_t)r->failed << 32}, *draw = &own;
	uint32_t *peer, count = 0, wanted;

	if (s->cascade.probability == 0 || group == NONE)
		return;
	wanted = followers(&s->cascade, draw, s->group[group].count - 1);
	if (wanted == 0)
		return;
	peer = ARENA_NEW(&w->run->scratch, s->group[group].count, uint32_t);
	for (uint32_t i = 0; i < s->group[group].count; i++)
		if (s->group[group].subject[i] != r->subject)
			peer[count++] = s->group[group].subject[i];
	for (uint32_t i = 0; i < wanted; i++) {
		const uint32_t k = i + rng_below(draw, count - i), chosen = peer[k];

		peer[k] = peer[i];
		follow(w, run, f->first[r->source] + chosen, draw);
	}
	arena_empty(&w->run->scratch);
}

/* ---- strikes ---- */

/* The container in the nth oldest running pod of a workload, its ReplicaSets' pods included; NONE if there are fewer.
 */
static uint32_t nth_running(const struct world *w, const struct failure_subject *s)
{
	const struct cluster *c = &w->cluster;
	uint32_t seen = 0;

	for (uint32_t p = 0; p < c->pod_count; p++) {
		const uint32_t owner = c->pod[p].workload;

		if (owner == NONE || !c->pod_truth[p].running ||
		    (owner != s->workload && c->workload[owner].owner != s->workload))
			continue;
		if (seen++ == s->nth)
			return p;
	}
	return NONE;
}

/* Whether it is over as soon as it has struck: a kubelet restarts what crashed, or a node group replaces the machine.
 */
static bool is_momentary(const struct failure *f)
{
	return f->kind == FAILURE_CONTAINER_CRASH || f->kind == FAILURE_COMPONENT_CRASH ||
	       (f->kind == FAILURE_SPOT_INTERRUPTION && f->lasts == SIM_NEVER);
}

/* Whether it strikes nodes, none of which has a machine now. */
static bool finds_nobody(const struct world *w, const struct failure *f)
{
	for (uint32_t i = 0; i < f->node_count; i++)
		if (w->cluster.node_truth[f->node[i]].machine)
			return false;
	return f->node_count > 0;
}

static void crash_containers(struct world *w, struct occurrence *o, const struct subject_run *r)
{
	static const struct action exits = {.kind = ACTION_APP_EXIT, .code = 1};
	const uint32_t pod = nth_running(w, subject_of(w, r));

	if (pod == NONE)
		return; /* there is nobody whom it could strike */
	number(w, o);
	failure_begin(w, &o->failure, o->row, &o->hosts, r->source + 1, r->subject);
	kubelet_application(w, pod, &exits);
}

static void strike(struct world *w, uint32_t slot)
{
	struct failure_runs *f = w->failure_runs;
	struct occurrence *o = &f->occurrence[slot];
	const struct subject_run *r = &f->run[o->run];
	const bool renews = o->renews;
	bool missed = false;
	const uint32_t run = o->run;

	o->failure.at = w->run->now;
	if (o->failure.kind == FAILURE_CONTAINER_CRASH) {
		crash_containers(w, o, r);
	} else if (finds_nobody(w, &o->failure)) {
		o->missed = missed = true;
		o->repaired_by_crew = false;
	} else {
		number(w, o);
		failure_begin(w, &o->failure, o->row, &o->hosts, r->source + 1, r->subject);
	}
	if (is_momentary(&o->failure)) {
		free_occurrence(f, slot);
		if (renews)
			schedule_next(w, run, w->run->now);
	} else if (o->failure.lasts != SIM_NEVER) {
		ask_for_repair(w, slot);
	}
	if (renews && !missed)
		cascade(w, run);
}

/* Announces a failure that comes with a notice, else it strikes. */
static void come(struct world *w, uint32_t slot, bool announced)
{
	struct occurrence *o = &w->failure_runs->occurrence[slot];
	const sim_time at = time_add(w->run->now, o->failure.notice);

	if (o->failure.notice == 0 || announced) {
		strike(w, slot);
		return;
	}
	number(w, o);
	failure_announce(w, &o->failure, o->row, at);
	world_schedule(w, at, EVENT_FAILURE_COMES, slot, 0, 1);
}

/* Subject: run of a subject. */
void failure_on_due(struct world *w, const struct event *e)
{
	struct subject_run *r = &w->failure_runs->run[e->subject];
	const uint32_t slot = draw_occurrence(w, e->subject, &r->draw, r->lasts);

	w->failure_runs->occurrence[slot].renews = true;
	come(w, slot, false);
}

/* Subject: occurrence; arg: 1 when it was announced. */
void failure_on_come(struct world *w, const struct event *e)
{
	come(w, e->subject, e->arg == 1);
}

void failure_order(struct world *w, uint32_t source, uint32_t subject, void (*over)(struct world *w, uint32_t who),
		   uint32_t who)
{
	struct failure_runs *f = w->failure_runs;
	const uint32_t run = f->first[source] + subject, slot = draw_occurrence(w, run, &f->run[run].draw, SIM_NEVER);

	f->occurrence[slot].over = over;
	f->occurrence[slot].who = who;
	strike(w, slot);
}
