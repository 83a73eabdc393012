/* page_slider.c - the cluster at an instant: what changed, and when, as data for the script of the page. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/format.h"
#include "report/page.h"

/* More would make the page too big to send and too slow to draw. */
#define NODES_MAX 2000
#define PODS_MAX 3000
#define CHANGES_MAX 24000
#define INSTANTS_MAX 4000

static const char script[] =
#include "build/page_js.inc"
	;

/* What a pod is drawn as; in page.js as well. */
enum shown { SHOWN_NOT, SHOWN_STARTING, SHOWN_READY, SHOWN_NOT_READY, SHOWN_GONE };
enum { NODE_DOWN, NODE_UP, NODE_NOT_THERE };

struct pod_now {
	bool ready, started, stopped, removed;
	uint32_t node;
};

struct node_now {
	bool failed, removed;
	uint8_t ready; /* enum node_ready */
	uint32_t taints;
};

/* Of a node: whether it works, what is believed, whether it is tainted. Of a pod: its node or -1, what is shown. */
struct change {
	sim_time at;
	uint32_t subject, order;
	int32_t a, b, c;
};

struct changes {
	struct change *of;
	uint32_t count, capacity;
};

struct slider {
	const struct outcome *o;
	struct arena *arena;
	struct pod_now *pod;
	struct node_now *node;
	struct changes pods, nodes;
};

static void note(struct slider *s, struct changes *c, struct change now)
{
	ARENA_RESERVE(s->arena, c->of, c->capacity, c->count + 1, struct change);
	now.order = c->count;
	c->of[c->count++] = now;
}

static void see_pod(struct slider *s, const struct fact *f)
{
	struct pod_now *p = &s->pod[f->pod];

	switch (f->kind) {
	case FACT_POD_CREATED:
		*p = (struct pod_now){.node = FACT_NONE};
		break;
	case FACT_POD_BOUND:
		p->node = f->node;
		break;
	case FACT_POD_SANDBOX:
		p->stopped = false;
		break;
	case FACT_POD_STARTED:
		p->started = true;
		p->stopped = false;
		break;
	case FACT_POD_READY:
		p->ready = f->flag != 0;
		break;
	case FACT_POD_STOPPED:
		p->stopped = true;
		p->started = false;
		break;
	case FACT_POD_REMOVED:
		p->removed = true;
		break;
	default:
		return;
	}
	const enum shown shown = p->removed    ? SHOWN_NOT
				 : p->stopped  ? SHOWN_GONE
				 : !p->started ? SHOWN_STARTING
				 : p->ready    ? SHOWN_READY
					       : SHOWN_NOT_READY;
	note(s, &s->pods,
	     (struct change){.at = f->at,
			     .subject = f->pod,
			     .a = p->node != FACT_NONE ? (int32_t)p->node : -1,
			     .b = (int32_t)shown});
}

static void see_node(struct slider *s, const struct fact *f)
{
	struct node_now *n = &s->node[f->node];

	switch (f->kind) {
	case FACT_NODE_ADDED:
		n->removed = false;
		n->ready = s->o->from == 0 && f->at == 0 ? READY_TRUE : READY_UNSET;
		break;
	case FACT_NODE_REMOVED:
		n->removed = true;
		break;
	case FACT_NODE_FAILED:
		n->failed = true;
		break;
	case FACT_NODE_BACK:
		n->failed = f->flag != 0;
		break;
	case FACT_NODE_READY:
		n->ready = (uint8_t)f->flag;
		break;
	case FACT_TAINT_ADDED:
		n->taints++;
		break;
	case FACT_TAINT_REMOVED:
		n->taints -= n->taints > 0;
		break;
	default:
		return;
	}
	note(s, &s->nodes,
	     (struct change){.at = f->at,
			     .subject = f->node,
			     .a = n->removed  ? NODE_NOT_THERE
				  : n->failed ? NODE_DOWN
					      : NODE_UP,
			     .b = n->ready,
			     .c = n->taints > 0});
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct slider *s = state;

	for (size_t i = 0; i < count; i++) {
		if (facts[i].pod < s->o->pods)
			see_pod(s, &facts[i]);
		else if (facts[i].node < s->o->nodes)
			see_node(s, &facts[i]);
	}
}

static int by_subject(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_time(const void *a, const void *b)
{
	const sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
	return (x > y) - (x < y);
}

/* Every instant at which something changed, once; the script steps from one to the next. */
static void instants(struct page *p, const struct slider *s)
{
	const uint32_t count = s->nodes.count + s->pods.count;
	sim_time *at = ARENA_NEW(&p->scratch, count, sim_time);
	uint32_t printed = 0;

	for (uint32_t i = 0; i < s->nodes.count; i++)
		at[i] = s->nodes.of[i].at;
	for (uint32_t i = 0; i < s->pods.count; i++)
		at[s->nodes.count + i] = s->pods.of[i].at;
	qsort(at, count, sizeof(at[0]), by_time);
	text_add(p->t, "\"instants\":[");
	for (uint32_t i = 0; i < count && printed < INSTANTS_MAX; i++) {
		if (i > 0 && at[i] / MILLIS(1) == at[i - 1] / MILLIS(1))
			continue;
		text_printf(p->t, "%s%.3f", printed++ > 0 ? "," : "", time_seconds(at[i]));
	}
	text_add(p->t, "],\n");
}

/* A name in JSON, safe within a script element. */
static void name(struct text *t, const char *s)
{
	struct arena scratch = {0};
	struct text quoted;

	text_init(&quoted, &scratch);
	text_add_json(&quoted, s);
	for (const char *c = quoted.data; *c != '\0'; c++)
		if (*c == '<')
			text_add(t, "\\u003c");
		else
			text_add_n(t, c, 1);
	arena_release(&scratch);
}

/* One subject's changes; of several at one instant the last. */
static void list(struct text *t, const struct change *c, uint32_t count, bool of_node)
{
	bool more = false;

	for (uint32_t i = 0; i < count; i++) {
		if (i + 1 < count && c[i + 1].at == c[i].at)
			continue;
		text_printf(t, "%s[%.3f,%d,%d", more ? "," : "", time_seconds(c[i].at), (int)c[i].a, (int)c[i].b);
		if (of_node)
			text_printf(t, ",%d", (int)c[i].c);
		text_add(t, "]");
		more = true;
	}
}

static void subjects(struct page *p, const char *key, struct changes *c, bool of_node)
{
	uint32_t first = 0;

	qsort(c->of, c->count, sizeof(c->of[0]), by_subject);
	text_printf(p->t, "\"%s\":[", key);
	for (uint32_t row = 0; row < (of_node ? p->o->nodes : p->o->pods) && c->count > 0; row++) {
		uint32_t last = first;
		while (last < c->count && c->of[last].subject == row)
			last++;
		text_add(p->t, row > 0 ? ",\n{\"n\":" : "\n{\"n\":");
		name(p->t, of_node ? outcome_node_name(p->o, row) : outcome_pod_name(p->o, row));
		text_add(p->t, ",\"e\":[");
		list(p->t, c->of + first, last - first, of_node);
		text_add(p->t, "]}");
		first = last;
	}
	text_add(p->t, "]");
}

/* Where the slider stands at first: half a minute after the first failure that cost pods, else after the first. */
static sim_time start(const struct outcome *o)
{
	sim_time first = SIM_NEVER, costly = SIM_NEVER;

	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck && o->failure[i].at < first)
			first = o->failure[i].at;
	for (uint32_t i = 0; i < o->recoveries; i++)
		if (o->failure[o->recovery[i].failure].at < costly)
			costly = o->failure[o->recovery[i].failure].at;
	first = costly != SIM_NEVER ? costly : first;
	return first == SIM_NEVER ? 0 : first + SECONDS(30) < o->end ? first + SECONDS(30) : o->end;
}

static void controls(struct page *p)
{
	text_printf(
		p->t,
		"<div id=\"slider\" hidden><div class=\"slider\">\n"
		"<button type=\"button\" id=\"back\" aria-label=\"previous change\">&#9664;</button>\n"
		"<button type=\"button\" id=\"play\">Play</button>\n"
		"<button type=\"button\" id=\"forward\" aria-label=\"next change\">&#9654;</button>\n"
		"<input type=\"range\" id=\"instant\" min=\"0\" max=\"%.3f\" step=\"any\" value=\"%.3f\" "
		"aria-label=\"simulated time\">\n"
		"<output id=\"instant-text\" for=\"instant\"></output></div>\n"
		"<p id=\"instant-summary\" aria-live=\"polite\"></p>\n"
		"<p class=\"key\"><span><i class=\"pod ready\"></i> Ready</span> <span><i class=\"pod notready\"></i> "
		"running, not Ready</span> <span><i class=\"pod starting\"></i> starting</span> <span><i class=\"pod "
		"gone\"></i> containers gone</span> <span>dashed: the node has failed (truth)</span> <span>hatched: "
		"Kubernetes does not believe it Ready</span></p>\n"
		"<div id=\"cluster\" role=\"list\" tabindex=\"0\" aria-label=\"nodes and their pods\"></div></div>\n",
		time_seconds(p->o->end), time_seconds(start(p->o)));
}

void page_slider(struct page *p)
{
	const struct outcome *o = p->o;
	struct slider s = {.o = o, .arena = &p->arena};

	text_add(p->t, "<section id=\"moment\" aria-labelledby=\"h-moment\"><h2 id=\"h-moment\">The cluster at an "
		       "instant</h2>\n");
	s.pod = ARENA_NEW(&p->arena, o->pods, struct pod_now);
	s.node = ARENA_NEW(&p->arena, o->nodes, struct node_now);
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &s});
	if (o->nodes > NODES_MAX || s.nodes.count > CHANGES_MAX) {
		text_add(p->t,
			 "<p>This cluster is too large to be shown node by node here; the pictures below tell how "
			 "it fared, and <code>-o sqlite</code> or <code>-o trace</code> hold every "
			 "detail.</p></section>\n");
		return;
	}
	if (o->pods > PODS_MAX || s.pods.count > CHANGES_MAX) {
		s.pods.count = 0;
		text_add(p->t, "<p>There are too many pods to show each; the nodes are.</p>\n");
	}
	text_add(p->t, "<noscript><p>Without scripts there is no slider; the story tells the same in "
		       "words.</p></noscript>\n");
	controls(p);
	text_printf(p->t, "<script type=\"application/json\" id=\"cluster-data\">{\"end\":%.3f,\n",
		    time_seconds(o->end));
	instants(p, &s);
	subjects(p, "nodes", &s.nodes, true);
	text_add(p->t, ",\n");
	subjects(p, "pods", &s.pods, false);
	text_add(p->t, "}</script>\n<script>\n");
	text_add(p->t, script);
	text_add(p->t, "</script></section>\n");
	arena_empty(&p->scratch);
}
