/*
 * trace.c - the run as trace events for Perfetto (ui.perfetto.dev) and chrome://tracing: a process for each node, with
 * a lane for its machine (truth), one for its Ready condition (belief) and one for each pod at a time.
 *
 * Format: "Trace Event Format", docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
 */
#include "report/format.h"

#include <inttypes.h>

#include "report/fact_words.h"

/*
 * Process 1 is the cluster as a whole; node i is process i + NODE_PROCESS. A lane is a thread, and its number belongs
 * to one process only: Perfetto looks threads up by their number alone when it names them (ProcessTracker, issue
 * google/perfetto#363). The first lane of a process has the process's own number, which makes it the main thread.
 */
enum { CLUSTER = 1, NODE_PROCESS = 2 };

/* A slice that is open: what it is called, since when; NULL when none is. */
struct slice {
	const char *name;
	sim_time since;
};

struct pod_lane {
	uint32_t node, lane; /* FACT_NONE: on no node */
	sim_time bound;
	struct slice step;
	bool started;
};

struct node_lanes {
	struct slice machine, ready;
	uint32_t believed; /* number of the lane of its Ready condition; the machine's is that of the process */
	uint64_t *taken;   /* bits of the pods' lanes */
	uint32_t words;
	uint32_t *tid; /* of the pods' lanes named so far */
	uint32_t lanes, lane_capacity;
};

struct trace {
	const struct outcome *o;
	const struct fact_dictionary *dictionary;
	struct arena arena, scratch;
	struct text *t;
	struct pod_lane *pod;
	struct node_lanes *node;
	uint32_t next_tid;
	bool more;
};

/* The members that every event has, with the object left open. */
static void open_event(struct trace *x, char phase, const char *name, uint32_t pid, uint32_t tid)
{
	text_add(x->t, x->more ? ",\n" : "\n");
	x->more = true;
	text_printf(x->t, "{\"ph\":\"%c\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"name\":", phase, pid, tid);
	text_add_json(x->t, name);
}

/* In microseconds. */
static void stamp(struct trace *x, const char *key, sim_time t)
{
	text_printf(x->t, ",\"%s\":%" PRId64 ".%03d", key, t / 1000, (int)(t % 1000));
}

static void name_it(struct trace *x, const char *what, uint32_t pid, uint32_t tid, const char *name)
{
	open_event(x, 'M', what, pid, tid);
	text_add(x->t, ",\"args\":{\"name\":");
	text_add_json(x->t, name);
	text_add(x->t, "}}");
}

/* Slices of no length would only be lines on top of each other. */
static void slice(struct trace *x, const char *name, const char *category, uint32_t pid, uint32_t tid, sim_time from,
		  sim_time to)
{
	if (to <= from)
		return;
	open_event(x, 'X', name, pid, tid);
	text_printf(x->t, ",\"cat\":\"%s\"", category);
	stamp(x, "ts", from);
	stamp(x, "dur", to - from);
	text_add(x->t, "}");
}

static void arguments(struct trace *x, const struct fact *f)
{
	struct fact_word words[FACT_WORDS_MAX];
	const uint32_t n = fact_words(x->dictionary, x->o, f, &x->scratch, words);

	text_add(x->t, ",\"args\":{");
	for (uint32_t i = 0; i < n; i++) {
		text_printf(x->t, "%s\"%s\":", i > 0 ? "," : "", words[i].key);
		if (words[i].kind == WORD_TEXT)
			text_add_json(x->t, words[i].text);
		else if (words[i].kind == WORD_SECONDS)
			print_seconds(x->t, words[i].number);
		else
			text_printf(x->t, "%" PRId64, words[i].number);
	}
	text_add(x->t, "}");
	arena_empty(&x->scratch);
}

/* scope: g everywhere, p on the process, t on the lane. */
static void instant(struct trace *x, const struct fact *f, const char *name, char scope, uint32_t pid, uint32_t tid)
{
	open_event(x, 'i', name, pid, tid);
	text_printf(x->t, ",\"cat\":\"%s\",\"s\":\"%c\"", fact_kind_name(f->kind), scope);
	stamp(x, "ts", f->at);
	arguments(x, f);
	text_add(x->t, "}");
}

static void change(struct trace *x, struct slice *s, const char *name, const char *category, uint32_t pid, uint32_t tid,
		   sim_time at)
{
	if (s->name != NULL)
		slice(x, s->name, category, pid, tid, s->since, at);
	*s = (struct slice){name, at};
}

/* The lowest lane of the node that is free. */
static uint32_t take_lane(struct trace *x, uint32_t node)
{
	struct node_lanes *n = &x->node[node];
	uint32_t word = 0;

	while (word < n->words && n->taken[word] == UINT64_MAX)
		word++;
	if (word == n->words) {
		n->taken =
			arena_grow(&x->arena, n->taken, n->words, n->words + 1, sizeof(uint64_t), _Alignof(uint64_t));
		n->words++;
	}
	const uint32_t lane = word * 64 + (uint32_t)__builtin_ctzll(~n->taken[word]);
	n->taken[word] |= UINT64_C(1) << lane % 64;
	ARENA_RESERVE(&x->arena, n->tid, n->lane_capacity, lane + 1, uint32_t);
	for (; n->lanes <= lane; n->lanes++) {
		n->tid[n->lanes] = x->next_tid++;
		name_it(x, "thread_name", node + NODE_PROCESS, n->tid[n->lanes],
			text_format(&x->scratch, "pods %" PRIu32, n->lanes + 1));
	}
	return lane;
}

/* Process and thread of a pod's lane. */
static uint32_t pod_process(const struct pod_lane *p)
{
	return p->node + NODE_PROCESS;
}

static uint32_t pod_thread(const struct trace *x, const struct pod_lane *p)
{
	return x->node[p->node].tid[p->lane];
}

static void step(struct trace *x, uint32_t pod, const char *name, sim_time at)
{
	struct pod_lane *p = &x->pod[pod];

	if (p->node != FACT_NONE)
		change(x, &p->step, name, "pod", pod_process(p), pod_thread(x, p), at);
}

/* The Pod object leaves the node; its slice spans what it did there. */
static void leave(struct trace *x, uint32_t pod, sim_time at)
{
	struct pod_lane *p = &x->pod[pod];

	if (p->node == FACT_NONE)
		return;
	step(x, pod, NULL, at);
	slice(x, outcome_pod_name(x->o, pod), "pod", pod_process(p), pod_thread(x, p), p->bound, at);
	x->node[p->node].taken[p->lane / 64] &= ~(UINT64_C(1) << p->lane % 64);
	p->node = FACT_NONE;
}

static void bind(struct trace *x, const struct fact *f)
{
	struct pod_lane *p = &x->pod[f->pod];

	leave(x, f->pod, f->at);
	p->node = f->node;
	p->bound = f->at;
	p->lane = take_lane(x, f->node);
	step(x, f->pod, "sandbox", f->at);
}

static void see_pod(struct trace *x, const struct fact *f)
{
	struct pod_lane *p = &x->pod[f->pod];

	switch (f->kind) {
	case FACT_POD_BOUND:
		bind(x, f);
		break;
	case FACT_POD_SANDBOX:
		step(x, f->pod, "pull", f->at);
		break;
	case FACT_POD_PULLED:
		step(x, f->pod, "start", f->at);
		break;
	case FACT_POD_STARTED:
		p->started = true;
		step(x, f->pod, "readiness", f->at);
		break;
	case FACT_POD_READY:
		if (p->started)
			step(x, f->pod, f->flag ? "run" : "run, not Ready", f->at);
		break;
	case FACT_POD_STOPPED:
		p->started = false;
		step(x, f->pod, "containers gone", f->at);
		break;
	case FACT_POD_DELETED:
		if (p->node != FACT_NONE)
			instant(x, f, "deletionTimestamp", 't', pod_process(p), pod_thread(x, p));
		break;
	case FACT_POD_REMOVED:
		leave(x, f->pod, f->at);
		break;
	default:
		break;
	}
}

static void see_node(struct trace *x, const struct fact *f)
{
	static const char *const status[] = {"Ready=False", "Ready=True", "Ready=Unknown", "Ready unset"};
	struct node_lanes *n = &x->node[f->node];
	const uint32_t pid = f->node + NODE_PROCESS;

	switch (f->kind) {
	case FACT_NODE_ADDED:
		if (n->believed != 0)
			break; /* the same Node again, after it had been deleted */
		n->believed = x->next_tid++;
		name_it(x, "process_name", pid, pid, outcome_node_name(x->o, f->node));
		name_it(x, "thread_name", pid, pid, "machine (truth)");
		name_it(x, "thread_name", pid, n->believed, "Node (belief)");
		break;
	case FACT_NODE_FAILED:
		change(x, &n->machine, failure_kind_name((enum failure_kind)f->flag), "failure", pid, pid, f->at);
		break;
	case FACT_NODE_BACK:
		if (f->flag == 0)
			change(x, &n->machine, NULL, "failure", pid, pid, f->at);
		break;
	case FACT_NODE_READY:
		change(x, &n->ready, f->flag == READY_TRUE ? NULL : status[f->flag & 3], "condition", pid, n->believed,
		       f->at);
		instant(x, f, status[f->flag & 3], 'p', pid, n->believed);
		break;
	case FACT_NODE_CONDITION:
		instant(x, f,
			text_format(&x->scratch, "%s=%s", node_condition_name(f->flag),
				    f->a == 1   ? "True"
				    : f->a == 0 ? "False"
						: "Unknown"),
			'p', pid, n->believed);
		break;
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
		instant(x, f, f->kind == FACT_TAINT_ADDED ? "taint added" : "taint removed", 't', pid, n->believed);
		break;
	case FACT_NODE_CORDONED:
		instant(x, f, f->flag ? "cordoned" : "uncordoned", 't', pid, n->believed);
		break;
	default:
		break;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct trace *x = state;

	for (size_t i = 0; i < count; i++) {
		const struct fact *f = &facts[i];
		if (f->kind == FACT_FAILURE_STRUCK || f->kind == FACT_FAILURE_HEALED)
			instant(x, f,
				text_format(&x->scratch, "%s %s", outcome_failure_name(x->o, f->object),
					    f->kind == FACT_FAILURE_STRUCK ? "strikes" : "is over"),
				'g', CLUSTER, CLUSTER);
		else if (f->kind == FACT_LEADER || f->kind == FACT_ETCD_LEADER || f->kind == FACT_API_SERVER ||
			 f->kind == FACT_ZONE_STATE || f->kind == FACT_ACTION)
			instant(x, f, fact_kind_name(f->kind), 'p', CLUSTER, CLUSTER);
		else if (f->pod < x->o->pods)
			see_pod(x, f);
		else if (f->node < x->o->nodes)
			see_node(x, f);
	}
}

static void close_all(struct trace *x)
{
	const sim_time end = x->o->end;

	for (uint32_t i = 0; i < x->o->pods; i++)
		leave(x, i, end);
	for (uint32_t i = 0; i < x->o->nodes; i++) {
		change(x, &x->node[i].machine, NULL, "failure", i + NODE_PROCESS, i + NODE_PROCESS, end);
		change(x, &x->node[i].ready, NULL, "condition", i + NODE_PROCESS, x->node[i].believed, end);
	}
}

static void write(const struct outcome *o, struct text *t)
{
	struct trace x = {.o = o, .t = t, .next_tid = NODE_PROCESS + o->nodes};

	x.dictionary = fact_dictionary(&x.arena);
	x.pod = ARENA_NEW(&x.arena, o->pods, struct pod_lane);
	x.node = ARENA_NEW(&x.arena, o->nodes, struct node_lanes);
	for (uint32_t i = 0; i < o->pods; i++)
		x.pod[i].node = FACT_NONE;
	text_add(t, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"scenario\":");
	text_add_json(t, outcome_name(o, o->scenario->name));
	text_printf(t, ",\"seed\":\"%" PRIu64 "\",\"digest\":\"%016" PRIx64 "\"},\n\"traceEvents\":[", o->run->seed,
		    o->run->facts.digest);
	name_it(&x, "process_name", CLUSTER, CLUSTER, "cluster");
	name_it(&x, "thread_name", CLUSTER, CLUSTER, "failures, masters and actions");
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &x});
	close_all(&x);
	text_add(t, "\n]}\n");
	arena_release(&x.scratch);
	arena_release(&x.arena);
}

const struct format format_trace = {
	.name = "trace",
	.summary = "trace events for ui.perfetto.dev and chrome://tracing: a process for each node",
	.needs_facts = true,
	.write = write,
};
