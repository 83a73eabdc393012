/* scheduler.c - the scheduler process: takes pods from its queue one at a time, decides, assumes, binds in the
 * background. */
#include "models/scheduler_parts.h"

#include "models/api.h"
#include "models/api_apply.h"
#include "models/sched_answer.h"
#include "models/sched_volume.h"
#include "models/world.h"

/* Pods placed, a few milliseconds of work, between two words to who waits for a world. */
#define PROGRESS_EVERY 64

void scheduler_init(struct world *w)
{
	struct scheduler *s = ARENA_NEW(&w->run->arena, 1, struct scheduler);

	w->scheduler = s;
	framework_init(&s->fw, w);
	sched_volume_init(w);
	s->fw.shared.volumes = sched_volume_assumed(w);
	sched_queue_init(&s->queue, &w->run->arena, &w->scenario->timers, w->scenario->kubernetes);
	s->seen = ARENA_NEW(&w->run->arena, w->cluster.node_count, struct seen_node);
	s->latency = run_stream(w->run, STREAM_SCHEDULER, 1);
	s->victims = run_stream(w->run, STREAM_SCHEDULER, 2);
	s->busy = NONE;
	s->wake_at = SIM_NEVER;
	text_init(&s->sentence, &w->run->arena);
}

bool scheduler_wants(const struct scheduler *s, const struct cluster *c, uint32_t pod)
{
	const struct pod *p = &c->pod[pod];
	const struct sched_profile *profile;

	if (!pod_active(p) || p->node != NONE || s->fw.assumed_on[pod] != NONE)
		return false;
	if (pod + 1 == s->fw.world->asked)
		return false;
	profile = framework_profile(&s->fw, pod);
	return profile != NULL && (p->spec->gate_count == 0 || p->ungated || !profile->gates);
}

void scheduler_go_on(struct world *w)
{
	struct scheduler *s = w->scheduler;
	sim_time now = w->run->now, due;

	while (s->busy == NONE) {
		uint32_t pod = sched_queue_pop(&s->queue);

		if (pod == NONE)
			break;
		if (!scheduler_wants(s, &w->cluster, pod))
			continue;
		s->busy = pod;
		world_schedule(w, time_add(now, dist_draw(&w->scenario->latencies.scheduling, &s->latency)),
			       EVENT_SCHED_CYCLE, pod, s->epoch, 0);
	}
	due = sched_queue_due(&s->queue);
	if (due < s->wake_at) {
		s->wake_at = due > now ? due : now;
		world_schedule(w, s->wake_at, EVENT_SCHED_WAKE, NONE, s->epoch, 0);
	}
}

void scheduler_reserve(struct world *w)
{
	framework_reserve(&w->scheduler->fw);
	sched_queue_reserve(&w->scheduler->queue, w->cluster.pod_count);
	ARENA_RESERVE(&w->run->arena, w->scheduler->preempted, w->scheduler->preempted_capacity, w->cluster.pod_count,
		      bool);
}

void scheduler_start(struct world *w)
{
	struct scheduler *s = w->scheduler;

	scheduler_stop(w);
	s->leads = true;
	framework_reset(&s->fw);
	scheduler_reserve(w);
	for (uint32_t node = 0; node < w->cluster.node_count; node++)
		scheduler_see(w, node);
	for (uint32_t pod = 0; pod < w->cluster.pod_count; pod++)
		if (scheduler_wants(s, &w->cluster, pod))
			sched_queue_add(&s->queue, pod, w->cluster.pod[pod].spec->priority, w->run->now);
	scheduler_go_on(w);
}

void scheduler_stop(struct world *w)
{
	struct scheduler *s = w->scheduler;

	s->leads = false;
	s->epoch++;
	s->busy = NONE;
	s->wake_at = SIM_NEVER;
	/* Binds that wait for a token are never sent, and those on their way are answered to nobody: committing one
	 * counts its pod anew. */
	api_client_reset(w, CLIENT_SCHEDULER);
	sched_volume_reset(w);
	for (uint32_t pod = 0; pod < s->fw.assumed_capacity; pod++) {
		if (s->fw.assumed_on[pod] == NONE)
			continue;
		framework_assumed_remove(&s->fw, pod);
		cluster_forget(&w->cluster, pod);
	}
	sched_queue_reset(&s->queue, w->run->now);
}

/* ---- attempts ---- */

struct sched_result scheduler_decide(struct world *w, uint32_t pod)
{
	scheduler_reserve(w);
	return framework_decide(&w->scheduler->fw, pod);
}

void scheduler_explain(struct world *w, uint32_t pod, struct text *out)
{
	const struct sched_preemption nobody = {.tried = true};

	framework_explain(&w->scheduler->fw, pod, &nobody, out);
}

static struct api_call bind_call(const struct scheduler *s, uint32_t pod, uint32_t node)
{
	struct api_call call = api_call(API_BIND);

	call.pod = pod;
	call.node = node;
	call.number = s->queue.item[pod].attempts;
	return call;
}

/* The condition PodScheduled=False is written only when its message changes; that write takes a token of the
 * scheduler's. */
static void tell_unschedulable(struct world *w, uint32_t pod, const struct sched_preemption *p)
{
	struct scheduler *s = w->scheduler;
	struct api_call call = api_call(API_UNSCHEDULABLE);
	struct fact f = cluster_fact(&w->cluster, FACT_POD_UNSCHEDULABLE);

	s->sentence.length = 0;
	s->sentence.data[0] = '\0';
	framework_explain(&s->fw, pod, p->tried ? p : NULL, &s->sentence);
	f.object = names_intern_n(&w->run->names, s->sentence.data, s->sentence.length);
	if (f.object == s->queue.item[pod].text)
		return;
	s->queue.item[pod].text = f.object;
	f.pod = pod;
	f.a = s->queue.item[pod].attempts;
	cluster_tell(&w->cluster, f);
	call.pod = pod;
	api_send(w, CLIENT_SCHEDULER, &call, &w->scenario->latencies.api_write, CALLER_NOBODY, NONE);
}

/* `--explain NAME`: the pod, or one of a workload's. */
static bool is_explained(const struct world *w, uint32_t pod)
{
	uint32_t name = w->scenario->explain;
	const struct pod *p = &w->cluster.pod[pod];

	if (name == 0 || p->name == name)
		return name != 0;
	for (uint32_t o = p->workload; o != NONE; o = w->cluster.workload[o].owner)
		if (w->cluster.workload[o].name == name)
			return true;
	return false;
}

/* One cycle, with a record when somebody asked for it; tell_attempt() must follow. */
static struct sched_result decide(struct world *w, const struct sched_question *q, struct sched_record *record)
{
	if (is_explained(w, q->pod)) {
		sched_record_init(record, q->fw, q->arena, false);
		q->fw->record = record;
	}
	return framework_decide(q->fw, q->pod);
}

/* What was found at every node, and where the pod goes, if that was recorded. Ends the use of the scratch memory. */
static void tell_attempt(struct world *w, const struct sched_question *q, uint32_t node)
{
	struct scheduler *s = w->scheduler;
	struct fact f = cluster_fact(&w->cluster, FACT_POD_ATTEMPT);
	struct text table;

	if (s->fw.record == NULL) {
		arena_empty(&w->run->scratch);
		return;
	}
	text_init(&table, q->arena);
	sched_table(q, node, &table);
	s->fw.record = NULL;
	f.pod = q->pod;
	f.node = node;
	f.object = names_intern_n(&w->run->remarks, table.data, table.length);
	f.a = s->queue.item[q->pod].attempts;
	fact_remark(&w->run->facts, &f);
	arena_empty(&w->run->scratch);
}

/* Nominates the candidate's node and deletes its victims; pods of lower priority lose their nomination to it. */
static void make_room(struct world *w, uint32_t pod, const struct sched_candidate *best)
{
	struct scheduler *s = w->scheduler;
	const struct pod *row = w->cluster.pod;

	for (uint32_t i = s->fw.nominations; i-- > 0;) {
		const struct sched_nomination *n = &s->fw.nomination[i];

		if (n->node == best->node && row[n->pod].spec->priority < row[pod].spec->priority)
			framework_denominate(&s->fw, n->pod);
	}
	framework_nominate(&s->fw, pod, best->node);
	for (uint32_t i = 0; i < best->victims; i++) {
		struct api_call call = api_call(API_DELETE_POD);

		call.pod = best->victim[i];
		call.cause = DELETE_PREEMPTED;
		call.object = pod;
		s->preempted[call.pod] = true;
		if (!row[call.pod].deleting)
			api_send(w, CLIENT_SCHEDULER, &call, &w->scenario->latencies.api_write, CALLER_NOBODY, NONE);
	}
}

/* PostFilter: kube-scheduler.md 3.13. A tie among the best nodes is drawn, as upstream's order of nodes is random. */
static void preempt(struct world *w, uint32_t pod, struct sched_preemption *p)
{
	struct scheduler *s = w->scheduler;
	uint32_t pdbs = w->cluster.view.pdb_count;
	int32_t *allowed;

	*p = (struct sched_preemption){.arena = &w->run->scratch,
				       .offset = &s->victims,
				       .preempted = s->preempted,
				       .nominated = framework_nominated(&s->fw, pod)};
	/* Pods of the lowest priority have no victims. */
	p->tried = true;
	if (w->cluster.pod[pod].spec->priority <= s->fw.lowest_priority)
		return;
	allowed = ARENA_NEW(p->arena, pdbs, int32_t);
	for (uint32_t i = 0; i < pdbs; i++)
		allowed[i] = w->cluster.pdb[i].allowed;
	p->allowed = allowed;
	sched_preempt(&s->fw, pod, p);
	if (p->bests > 0)
		make_room(w, pod, &p->candidate[p->best[p->bests > 1 ? rng_below(&s->victims, p->bests) : 0]]);
	else if (!p->ineligible)
		framework_denominate(&s->fw, pod);
}

static void send_bind(struct world *w, uint32_t pod, uint32_t node)
{
	struct api_call call = bind_call(w->scheduler, pod, node);

	api_send(w, CLIENT_SCHEDULER, &call, &w->scenario->latencies.binding, CALLER_SCHEDULER, pod);
}

void scheduler_volumes_bound(struct world *w, uint32_t pod, uint32_t node, bool ok)
{
	if (ok)
		send_bind(w, pod, node);
	else
		scheduler_answered(w, pod, false);
}

/* Reserve, PreBind and Bind. */
static void bind(struct world *w, uint32_t pod, uint32_t node)
{
	struct scheduler *s = w->scheduler;

	framework_denominate(&s->fw, pod);
	cluster_assume(&w->cluster, pod, node);
	framework_assumed_add(&s->fw, pod, node);
	framework_reserved(&s->fw, pod, node);
	if (!sched_volume_bind(w, pod, node, s->fw.profile->config.bind_timeout))
		send_bind(w, pod, node);
}

static void attempt(struct world *w, uint32_t pod)
{
	struct scheduler *s = w->scheduler;
	struct sched_question q = {.fw = &s->fw, .arena = &w->run->scratch, .pod = pod};
	struct sched_record record;
	struct sched_result r = decide(w, &q, &record);
	uint32_t rejectors = s->fw.rejectors;

	if (r.node == NONE) {
		if (rejectors != 0 && s->fw.profile->preempts)
			preempt(w, pod, &q.preemption);
		tell_unschedulable(w, pod, &q.preemption);
	}
	tell_attempt(w, &q, r.node);
	if (r.node != NONE)
		bind(w, pod, r.node);
	else if (rejectors != 0)
		sched_queue_rejected(&s->queue, pod, rejectors, w->run->now);
	else
		/* No node at all is nobody's rejection: the back-off of errors (1.1, step 3). */
		sched_queue_failed(&s->queue, pod, w->cluster.pod[pod].spec->priority, w->run->now);
}

/* Subject: the pod. The decision is made on the state of this moment, the end of the cycle. */
void scheduler_on_cycle(struct world *w, const struct event *e)
{
	struct scheduler *s = w->scheduler;

	if (e->epoch != s->epoch)
		return;
	s->busy = NONE;
	scheduler_reserve(w);
	if (scheduler_wants(s, &w->cluster, e->subject))
		attempt(w, e->subject);
	scheduler_go_on(w);
}

void scheduler_on_wake(struct world *w, const struct event *e)
{
	struct scheduler *s = w->scheduler;

	if (e->epoch != s->epoch || e->at != s->wake_at)
		return;
	s->wake_at = SIM_NEVER;
	sched_queue_flush(&s->queue, w->run->now);
	scheduler_go_on(w);
}

void scheduler_answered(struct world *w, uint32_t pod, bool ok)
{
	struct scheduler *s = w->scheduler;

	if (pod >= s->fw.assumed_capacity || s->fw.assumed_on[pod] == NONE)
		return;
	const struct sched_event e = {.kind = SCHED_POD_DELETE, .node = s->fw.assumed_on[pod], .pod = pod};

	framework_assumed_remove(&s->fw, pod);
	if (ok)
		return;
	cluster_forget(&w->cluster, pod);
	/* Upstream moves others as if an assigned pod had gone (1.1, step 13). */
	scheduler_wake(w, &e);
	if (scheduler_wants(s, &w->cluster, pod))
		sched_queue_failed(&s->queue, pod, w->cluster.pod[pod].spec->priority, w->run->now);
	scheduler_go_on(w);
}

/* Tells whoever waits for the world; false when it is not wanted any more. */
static bool goes_on(struct world *w, uint32_t placed)
{
	const struct world_progress *p = w->progress;

	if (p != NULL && placed % PROGRESS_EVERY == 0 && !p->tell(p->context, placed, w->cluster.pod_count))
		w->abandoned = true;
	return !w->abandoned;
}

void scheduler_settle(struct world *w)
{
	struct scheduler *s = w->scheduler;
	uint32_t pod, placed = 0;

	scheduler_reserve(w);
	sched_queue_reset(&s->queue, w->run->now);
	for (pod = 0; pod < w->cluster.pod_count; pod++)
		if (scheduler_wants(s, &w->cluster, pod))
			sched_queue_add(&s->queue, pod, w->cluster.pod[pod].spec->priority, 0);
	while ((pod = sched_queue_pop(&s->queue)) != NONE && goes_on(w, placed++)) {
		struct sched_question q = {.fw = &s->fw, .arena = &w->run->scratch, .pod = pod};
		struct sched_record record;
		struct sched_result r = decide(w, &q, &record);
		struct api_call call = bind_call(s, pod, r.node);

		tell_attempt(w, &q, r.node);

		if (r.node == NONE)
			continue;
		framework_reserved(&s->fw, pod, r.node);
		sched_volume_settle(w, pod, r.node);
		api_apply(w, &call);
	}
}
