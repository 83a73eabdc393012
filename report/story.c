/*
 * story.c - from facts to sentences.
 *
 * A line stands for one fact or for several of the same kind, flag and group (the pods of one owner, the endpoints of
 * one service, nodes) that follow each other within TOGETHER. It is worded only when printed, from its first fact and
 * the range of one number of all of them.
 */
#include "report/failures.h"
#include "report/story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/story_controllers.h"
#include "report/story_parts.h"

/* Above the 10 s between two nodes tainted at the default eviction rate of 0.1/s, so that a zone's taints are one line.
 */
#define TOGETHER SECONDS(15)
#define LOOK_BACK 48
#define INDENT 22

/* How much a fact matters to the reader; 0xff: not told. */
static uint8_t rank_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
	case FACT_NODE_NOTICE:
	case FACT_MAINTENANCE:
	case FACT_NODE_READY:
	case FACT_ZONE_STATE:
	case FACT_ACTION:
	case FACT_DRAIN_DONE:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_WORKLOAD_SCALED:
	case FACT_NODE_ADDED:
	case FACT_NODE_REMOVED:
	case FACT_WORKLOAD_REMOVED:
	case FACT_SCALE_UP:
	case FACT_SCALE_DOWN:
	case FACT_SCALE_HELD:
		return 0;
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
	case FACT_NODE_LABELLED:
	case FACT_API_SERVER:
	case FACT_NODE_BACK:
	case FACT_NODE_CORDONED:
	case FACT_POD_DELETED:
	case FACT_POD_UNSCHEDULABLE:
	case FACT_EVICTION_REFUSED:
	case FACT_POD_CREATED:
	case FACT_VOLUME_PROVISIONED:
	case FACT_IMAGE_REMOVED:
	case FACT_IMAGE_GC_FAILED:
		return 1;
	case FACT_TAINT_ADDED:
		return f->flag == EFFECT_NO_EXECUTE ? 0 : 2;
	case FACT_POD_READY:
		return f->flag ? 1 : 2;
	case FACT_TOLERATION_CANCELLED:
	case FACT_TAINT_REMOVED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_POD_REMOVED:
		return 2;
	case FACT_CONTAINER_UNHEALTHY:
		return 1;
	case FACT_CONTAINER_EXITED:
		/* 143: it was asked to end */
		return f->flag == REASON_COMPLETED || f->a == 143 ? 4 : 1;
	case FACT_CONTAINER_WAITS:
		return 2;
	case FACT_CONTAINER_STARTED:
		return f->flag > 0 ? 2 : 0xff;
	case FACT_POD_BOUND:
	case FACT_TOLERATION_STARTED:
	case FACT_HEARTBEAT_BACK:
	case FACT_CLAIM_BOUND:
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
	case FACT_VOLUME_MOUNTED:
	case FACT_VOLUME_HELD:
		return 3;
	case FACT_POD_STARTED:
	case FACT_POD_STOPPED:
		return 4;
	case FACT_POD_PULLED:
		return f->flag ? 4 : 0xff;
	case FACT_POD_PHASE:
		return f->flag == PHASE_SUCCEEDED || f->flag == PHASE_FAILED ? 3 : 0xff;
	default:
		return story_worker_rank(f) != 0xff ? story_worker_rank(f) : story_controllers_rank(f);
	}
}

/* What facts of one kind and flag must share to become one line. */
static uint32_t group_of(const struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_ZONE_STATE:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_API_SERVER:
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
	case FACT_EVICTION_REFUSED:
		return f->object;
	case FACT_POD_UNSCHEDULABLE: /* one owner and one reason */
		return (f->pod < o->pods ? o->pod[f->pod].owner : FACT_NONE) * 31 + f->object;
	case FACT_ACTION:
		return (uint32_t)f->c;
	case FACT_WORKLOAD_REMOVED:
	case FACT_SCALE_UP:
	case FACT_SCALE_HELD:
	case FACT_MACHINE_ON:
	case FACT_NODE_LABELLED:
		return f->object;
	case FACT_DRAIN_DONE:
	case FACT_IMAGE_REMOVED:
	case FACT_NODE_CONDITION:
		return f->node;
	case FACT_EVICTION_SIGNAL:
		return f->node * 2 + (f->a != 0);
	case FACT_CONTAINER_UNHEALTHY:
	case FACT_CONTAINER_EXITED:
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_STARTED: /* one owner and one container */
		return (f->pod < o->pods ? o->pod[f->pod].owner != FACT_NONE ? o->pod[f->pod].owner : f->pod + 1000003
					 : FACT_NONE) *
			       31 +
		       f->object;
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
		return f->node;
	case FACT_VOLUME_PROVISIONED: /* one zone */
		return (uint32_t)f->b;
	default:
		if (story_controllers_by_object(f))
			return f->object;
		return f->pod < o->pods ? o->pod[f->pod].owner : FACT_NONE;
	}
}

/* The number whose range a line tells. */
static int64_t number_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_NODE_CONDITION:
		return 0;
	case FACT_TAINT_ADDED:
		return f->a > 0 && f->a <= f->at ? f->at - f->a : 0;
	case FACT_POD_PULLED:
		return f->a + f->b;
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_EXITED:
		return f->b;
	case FACT_VOLUME_PROVISIONED:
	case FACT_CLAIM_BOUND:
		return f->c;
	default:
		return f->a;
	}
}

/* How far apart facts of one line may be: what alternates with its refusal, or changes step by step, is told step by
 * step. */
static sim_time together(const struct fact *f)
{
	if (f->kind == FACT_WORKLOAD_SCALED || f->kind == FACT_AUTOSCALED)
		return -1;
	return f->kind == FACT_POD_DELETED && f->flag == DELETE_EVICTION ? SECONDS(1) : TOGETHER;
}

/* What happens to one pod again and again is told each time. */
static bool repeats(const struct fact *f)
{
	return f->kind == FACT_POD_READY || f->kind == FACT_CONTAINER_STARTED || f->kind == FACT_CONTAINER_EXITED ||
	       f->kind == FACT_CONTAINER_WAITS || f->kind == FACT_CONTAINER_UNHEALTHY;
}

static void add(struct story *s, const struct fact *f)
{
	const uint8_t rank = rank_of(f);
	const uint32_t group = group_of(s->o, f);
	const int64_t number = number_of(f);

	if (rank == 0xff)
		return;
	for (uint32_t back = 1; back <= LOOK_BACK && back <= s->lines; back++) {
		struct line *l = &s->line[s->lines - back];
		if (l->first.kind == FACT_FAILURE_STRUCK && f->kind != FACT_FAILURE_STRUCK)
			break; /* what came before a failure is not told with what came after it */
		if (l->first.kind != f->kind || l->first.flag != f->flag || l->group != group ||
		    f->at - l->until > together(f))
			continue;
		if (repeats(f) && l->first.pod == f->pod)
			break;
		l->until = f->at;
		l->count++;
		l->low = number < l->low ? number : l->low;
		l->high = number > l->high ? number : l->high;
		return;
	}
	ARENA_RESERVE(s->lines_in != NULL ? s->lines_in : &s->arena, s->line, s->capacity, s->lines + 1, struct line);
	s->line[s->lines++] = (struct line){*f, f->at, group, 1, number, number, rank};
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct story *s = state;

	for (size_t i = 0; i < count; i++) {
		if (facts[i].kind == FACT_SETTLED)
			s->settled = true;
		else if (s->settled && facts[i].at > s->from && facts[i].at <= s->until)
			add(s, &facts[i]);
	}
}

void story_pods(struct story *s, const struct line *l, struct text *t)
{
	if (l->count == 1) {
		text_add(t, outcome_pod_name(s->o, l->first.pod));
		return;
	}
	const char *owner = outcome_owner_text(s->o, l->first.pod, &s->arena);
	text_printf(t, "%" PRIu32 " pods%s%s", l->count, owner[0] != '\0' ? " of " : "", owner);
}

void story_nodes(const struct story *s, const struct line *l, struct text *t)
{
	text_add(t, outcome_node_name(s->o, l->first.node));
	if (l->count > 1)
		text_printf(t, " and %" PRIu32 " more node%s", l->count - 1, l->count > 2 ? "s" : "");
}

void story_range(const struct line *l, struct text *t)
{
	char low[TIME_TEXT_MAX], high[TIME_TEXT_MAX];

	story_time(l->low, low);
	story_time(l->high, high);
	text_printf(t, strcmp(low, high) == 0 ? "%s" : "%s to %s", low, high);
}

static void say(struct story *s, const struct line *l, struct text *t)
{
	switch (l->first.kind) {
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
		story_failure(s, l, t);
		break;
	case FACT_NODE_READY:
		story_node_ready(s, l, t);
		break;
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
		story_taint(s, l, t);
		break;
	case FACT_ZONE_STATE:
		story_zone(s, l, t);
		break;
	case FACT_POD_DELETED:
		story_pod_deleted(s, l, t);
		break;
	case FACT_POD_CREATED:
		story_pod_created(s, l, t);
		break;
	case FACT_VOLUME_PROVISIONED:
	case FACT_CLAIM_BOUND:
		story_volume(s, l, t);
		break;
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
	case FACT_VOLUME_HELD:
	case FACT_VOLUME_MOUNTED:
		story_attachment(s, l, t);
		break;
	case FACT_NODE_NOTICE:
	case FACT_MAINTENANCE:
	case FACT_NODE_BACK:
	case FACT_HEARTBEAT_BACK:
	case FACT_NODE_CORDONED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_API_SERVER:
	case FACT_WORKLOAD_SCALED:
	case FACT_ACTION:
	case FACT_DRAIN_DONE:
	case FACT_WORKLOAD_REMOVED:
	case FACT_NODE_ADDED:
	case FACT_NODE_REMOVED:
	case FACT_NODE_LABELLED:
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
	case FACT_SCALE_UP:
	case FACT_SCALE_DOWN:
	case FACT_SCALE_HELD:
		story_other(s, l, t);
		break;
	case FACT_IMAGE_REMOVED:
	case FACT_IMAGE_GC_FAILED:
		story_image(s, l, t);
		break;
	case FACT_CONTAINER_STARTED:
	case FACT_CONTAINER_EXITED:
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_UNHEALTHY:
		story_container(s, l, t);
		break;
	case FACT_NODE_CONDITION:
	case FACT_NODE_OFF:
	case FACT_POD_EVICTED:
	case FACT_POD_REJECTED:
	case FACT_EVICTION_SIGNAL:
		story_worker(s, l, t);
		break;
	default:
		if (story_controllers_rank(&l->first) != 0xff) {
			struct text who;

			text_init(&who, &s->arena);
			if (l->first.pod < s->o->pods)
				story_pods(s, l, &who);
			story_controllers_say(s->o, &l->first, who.data, t);
			break;
		}
		story_pod(s, l, t);
		break;
	}
}

bool story_fact(const struct outcome *o, const struct fact *f, struct text *out)
{
	struct story s = {.o = o};
	const uint8_t rank = rank_of(f);
	const int64_t number = number_of(f);
	const struct line l = {*f, f->at, group_of(o, f), 1, number, number, rank};

	if (rank != 0xff)
		say(&s, &l, out);
	arena_release(&s.arena);
	return rank != 0xff;
}

/* The failure a reader thinks of at the instant `at`: the last that had struck; SIM_NEVER if none had. */
static sim_time reference(const struct outcome *o, sim_time at)
{
	sim_time last = SIM_NEVER;

	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck && o->failure[i].at <= at && (last == SIM_NEVER || o->failure[i].at > last))
			last = o->failure[i].at;
	return last;
}

static void print_line(struct story *s, const struct line *l, struct text *out)
{
	char at[TIME_TEXT_MAX], relative[TIME_TEXT_MAX] = "", until[TIME_TEXT_MAX];
	const sim_time since = reference(s->o, l->first.at);
	struct text t;

	text_init(&t, &s->arena);
	say(s, l, &t);
	if (l->until - l->first.at >= MILLIS(10))
		text_printf(&t, " (within %s)", story_time(l->until - l->first.at, until));
	if (since != SIM_NEVER)
		story_time(l->first.at - since, relative);
	text_printf(out, "%10s %9s  ", story_time(l->first.at, at),
		    since != SIM_NEVER ? text_format(&s->arena, "+%s", relative) : "");
	story_wrap(out, t.data, INDENT);
}

static int by_rank(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x < y ? -1 : x > y; /* lines are in time order */
}

static int by_time(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;
	return x < y ? -1 : x > y;
}

/* Of many random failures the worst are told, and what comes before the first. */
static void leave_out(struct story *s)
{
	uint32_t row[FAILURES_TOLD];
	const uint32_t told = failures_told(s->o, row);
	const struct line *last = NULL;
	bool about = true;

	if (s->o->scenario->source_count == 0)
		return;
	for (uint32_t i = 0; i < s->lines; i++) {
		struct line *l = &s->line[i];

		/* Only a failure changes what lines are about. */
		if (last == NULL || l->first.kind == FACT_FAILURE_STRUCK)
			about = failures_about(s->o, row, told, l->first.at);
		last = l;
		if (!about)
			l->rank = 0xfe;
	}
}

/* The most important lines in time order. */
static void print_lines(struct story *s, uint32_t most, struct text *out)
{
	facts_each(&s->o->run->facts, (struct fact_reader){.see = see, .state = s});
	const struct line **kept = ARENA_NEW(&s->arena, s->lines, const struct line *);
	for (uint32_t i = 0; i < s->lines; i++)
		kept[i] = &s->line[i];
	const uint32_t count = s->lines > most ? most : s->lines;
	if (s->lines > most) {
		leave_out(s);
		qsort(kept, s->lines, sizeof(kept[0]), by_rank);
	}
	qsort(kept, count, sizeof(kept[0]), by_time);
	for (uint32_t i = 0; i < count; i++)
		print_line(s, kept[i], out);
	if (s->lines > count)
		text_printf(out, "%*s(%" PRIu32 " less important lines left out; -o events shows everything)\n", INDENT,
			    "", s->lines - count);
}

void story_print(const struct outcome *o, struct text *out)
{
	struct story s = {.o = o, .from = -1, .until = SIM_NEVER};

	print_lines(&s, STORY_LINES, out);
	if (s.lines == 0)
		text_printf(out, "%*sNothing happened.\n", INDENT, "");
	arena_release(&s.arena);
}

void story_print_between(const struct outcome *o, sim_time from, sim_time until, uint32_t most, struct text *out)
{
	struct story s = {.o = o, .from = from, .until = until};

	print_lines(&s, most, out);
	arena_release(&s.arena);
}

struct story *story_begin(const struct outcome *o, struct arena *a)
{
	struct story *s = ARENA_NEW(a, 1, struct story);

	s->o = o;
	s->from = -1;
	s->until = SIM_NEVER;
	s->lines_in = a;
	return s;
}

struct fact_reader story_reader(struct story *s)
{
	return (struct fact_reader){see, s};
}

uint32_t story_lines(const struct story *s)
{
	return s->lines;
}

struct story_line story_line(const struct story *s, uint32_t i, struct arena *a)
{
	const struct line *l = &s->line[i];
	struct story words = *s; /* words look back at other lines */
	char until[TIME_TEXT_MAX];
	struct text t;

	words.arena = (struct arena){0};
	text_init(&t, a);
	say(&words, l, &t);
	if (l->until - l->first.at >= MILLIS(10))
		text_printf(&t, " (within %s)", story_time(l->until - l->first.at, until));
	arena_release(&words.arena);
	return (struct story_line){l->first.at, l->rank, l->first.kind == FACT_FAILURE_STRUCK, t.data, l->first};
}
