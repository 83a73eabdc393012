/* why.c - finds the last fact that tells what an object is, and prints the chain that led to it. */
#include "report/why.h"

#include <inttypes.h>
#include <string.h>

#include "report/cause_reason.h"
#include "report/story.h"
#include "report/why_object.h"
#include "sim/diag.h"

uint32_t why_chain(const struct causes *c, uint32_t i, struct arena *a, const uint32_t **step)
{
	uint32_t count = 1;

	for (uint32_t k = i; c->of[k].by != CAUSE_NONE; k = c->of[k].by)
		count++;
	uint32_t *row = ARENA_NEW(a, count, uint32_t);
	for (uint32_t n = count; n > 0; i = c->of[i].by)
		row[--n] = i;
	*step = row;
	return count;
}

static void print_step(const struct outcome *o, const struct cause *e, sim_time before, struct arena *a,
		       struct text *out)
{
	char at[TIME_TEXT_MAX], passed[TIME_TEXT_MAX];
	struct text sentence;

	text_init(&sentence, a);
	cause_sentence(o, &e->fact, &sentence);
	text_printf(out, "%10s %9s  %-12s ", story_time(e->fact.at, at),
		    before == SIM_NEVER ? "" : text_format(a, "+%s", story_time(e->fact.at - before, passed)), e->leg);
	story_wrap(out, sentence.data, 35);
	sentence.length = 0;
	if (before != SIM_NEVER && cause_reason(o, e, before, &sentence)) {
		text_printf(out, "%35s", "");
		story_wrap(out, text_format(a, "(%s)", sentence.data), 35);
	}
}

/* Longest round of steps that is folded, and how many times it must be gone through. */
#define ROUND_MAX 8
#define ROUNDS_FOLDED 4

static bool alike(const struct causes *c, uint32_t i, uint32_t k)
{
	return c->of[i].fact.kind == c->of[k].fact.kind && c->of[i].fact.flag == c->of[k].fact.flag &&
	       strcmp(c->of[i].leg, c->of[k].leg) == 0;
}

/* From step k on the same round of *length steps is gone through again and again: how many times; 1: once. */
static uint32_t rounds(const struct causes *c, const uint32_t *step, uint32_t count, uint32_t k, uint32_t *length)
{
	for (*length = 1; *length <= ROUND_MAX; (*length)++) {
		uint32_t same = 0;

		while (k + *length + same < count && alike(c, step[k + same], step[k + *length + same]))
			same++;
		if (same / *length + 1 >= ROUNDS_FOLDED)
			return same / *length + 1;
	}
	return 1;
}

/* The first and the last round are told, what is between them is counted. Returns the step from which on to tell. */
static uint32_t skip(const struct causes *c, const uint32_t *step, uint32_t k, uint32_t length, uint32_t times,
		     struct text *out)
{
	const uint32_t from = k + length, to = k + length * (times - 1);
	const sim_time took = c->of[step[to - 1]].fact.at - c->of[step[from - 1]].fact.at;
	char passed[TIME_TEXT_MAX];

	text_printf(out, "%10s %9s  %-12s ", "...", "", "");
	story_wrap(out,
		   text_format(out->arena, "%" PRIu32 " times more the same %" PRIu32 " step%s, in %s", times - 2,
			       length, length > 1 ? "s" : "", story_time(took, passed)),
		   35);
	return to;
}

void why_of_fact(const struct outcome *o, const struct causes *c, uint32_t i, struct arena *a, struct text *out)
{
	const uint32_t *step;
	const uint32_t count = why_chain(c, i, a, &step);
	const struct cause *first = &c->of[step[0]];
	sim_time before = SIM_NEVER;

	uint32_t fold_at = CAUSE_NONE, length, times = 1;

	for (uint32_t k = 0; k < count; k++) {
		if (fold_at == CAUSE_NONE && (times = rounds(c, step, count, k, &length)) > 1)
			fold_at = k + length;
		if (k == fold_at) {
			k = skip(c, step, k - length, length, times, out);
			before = c->of[step[k - 1]].fact.at;
			fold_at = CAUSE_NONE;
		}
		print_step(o, &c->of[step[k]], before, a, out);
		before = c->of[step[k]].fact.at;
	}
	if (!first->settled)
		text_add(out, "That is how the run begins: nothing is known of what came before.\n");
	else if (cause_first(&first->fact) == NULL)
		text_add(out, "No cause of the first of these is certain from what was told.\n");
	else if (first->fact.kind != FACT_FAILURE_STRUCK && first->fact.kind != FACT_ACTION)
		text_printf(out, "The first of these is a first cause: %s.\n", cause_first(&first->fact));
}

/* Whether the fact tells what its pod is, rather than a step on the way. */
static bool tells_state(const struct fact *f)
{
	switch (f->kind) {
	case FACT_POD_ATTEMPT:
	case FACT_POD_REPLACES:
	case FACT_POD_PHASE:
		return f->kind == FACT_POD_PHASE && f->flag >= PHASE_SUCCEEDED;
	case FACT_ENDPOINT_ADDED:
	case FACT_ENDPOINT_REMOVED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_ACTION:
	case FACT_POD_SERVING:
	case FACT_DESCHEDULED:
		return false;
	default:
		return true;
	}
}

/* The last fact of pod (or, with pod FACT_NONE, of the node itself). */
static uint32_t last_fact(const struct causes *c, uint32_t pod, uint32_t node)
{
	for (uint32_t i = c->count; i-- > 0;) {
		const struct fact *f = &c->of[i].fact;
		if (pod != FACT_NONE ? f->pod == pod && tells_state(f)
				     : f->pod == FACT_NONE && f->node == node && f->kind != FACT_ACTION)
			return i;
	}
	return CAUSE_NONE;
}

static const char *not_found(const struct outcome *o, const struct why_object *object, struct arena *a)
{
	static const char *const word[] = {"pod", "node", "service"};
	const uint32_t count = object->kind == WHY_POD ? o->pods : object->kind == WHY_NODE ? o->nodes : o->services;
	const char **names = ARENA_NEW(a, count, const char *);

	for (uint32_t i = 0; i < count; i++)
		names[i] = object->kind == WHY_POD    ? outcome_pod_name(o, i)
			   : object->kind == WHY_NODE ? outcome_node_name(o, i)
						      : outcome_name(o, o->service[i].name);
	const char *near = diag_nearest(object->name, names, count);
	return text_format(a, "no %s \"%s\"%s%s until then%s%s%s", word[object->kind], object->name,
			   object->namespace != NULL ? " in namespace " : "",
			   object->namespace != NULL ? object->namespace : "", near != NULL ? "; did you mean \"" : "",
			   near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static bool named(const struct why_object *object, const char *name, const char *namespace)
{
	return strcmp(name, object->name) == 0 &&
	       (object->namespace == NULL || strcmp(namespace, object->namespace) == 0);
}

static void time_of(const struct outcome *o, struct text *out)
{
	char at[TIME_TEXT_MAX];
	text_printf(out, " at %s", time_print(o->end, at));
}

bool why_of_pod(const struct outcome *o, const struct causes *c, uint32_t pod, struct arena *a, struct text *out)
{
	const uint32_t last = last_fact(c, pod, FACT_NONE);

	if (last == CAUSE_NONE)
		return false;
	text_printf(out, "pod/%s in namespace %s", outcome_pod_name(o, pod), outcome_pod_namespace(o, pod));
	time_of(o, out);
	text_add(out, ", first cause first:\n\n");
	why_of_fact(o, c, last, a, out);
	for (uint32_t i = 0; i < c->count; i++)
		if (c->of[i].fact.kind == FACT_POD_REPLACES && (uint32_t)c->of[i].fact.a == pod)
			text_printf(out, "In its place came pod/%s.\n", outcome_pod_name(o, c->of[i].fact.pod));
	return true;
}

static const char *why_pod(const struct outcome *o, const struct causes *c, const struct why_object *object,
			   struct arena *a, struct text *out)
{
	uint32_t pod = FACT_NONE;

	/* A StatefulSet's pods come again under the same name: the last is meant. */
	for (uint32_t i = 0; i < o->pods; i++)
		if (o->pod[i].known && named(object, outcome_pod_name(o, i), outcome_pod_namespace(o, i)))
			pod = i;
	return pod != FACT_NONE && why_of_pod(o, c, pod, a, out) ? NULL : not_found(o, object, a);
}

bool why_of_node(const struct outcome *o, const struct causes *c, uint32_t node, struct arena *a, struct text *out)
{
	const uint32_t last = last_fact(c, FACT_NONE, node);

	if (last == CAUSE_NONE)
		return false;
	text_printf(out, "node/%s", outcome_node_name(o, node));
	time_of(o, out);
	text_add(out, ", first cause first:\n\n");
	why_of_fact(o, c, last, a, out);
	return true;
}

static const char *why_node(const struct outcome *o, const struct causes *c, const struct why_object *object,
			    struct arena *a, struct text *out)
{
	for (uint32_t i = 0; i < o->nodes; i++)
		if (o->node[i].known && strcmp(outcome_node_name(o, i), object->name) == 0 &&
		    why_of_node(o, c, i, a, out))
			return NULL;
	return not_found(o, object, a);
}

/* The first cause of fact i. */
static uint32_t root(const struct causes *c, uint32_t i)
{
	while (c->of[i].by != CAUSE_NONE)
		i = c->of[i].by;
	return i;
}

/* The last change of a service's endpoints, and how many others had the same first cause. */
static void endpoint_changes(const struct outcome *o, const struct causes *c, uint32_t service, struct arena *a,
			     struct text *out)
{
	uint32_t last = CAUSE_NONE, same = 0;

	for (uint32_t i = c->count; i-- > 0;) {
		const struct fact *f = &c->of[i].fact;
		if ((f->kind != FACT_PROXY_ADDED && f->kind != FACT_PROXY_REMOVED) || f->object != service)
			continue;
		if (last == CAUSE_NONE) {
			last = i;
			continue;
		}
		same += c->of[i].settled && root(c, i) == root(c, last);
	}
	if (last == CAUSE_NONE) {
		text_add(out, "No pod was ever behind it.\n");
		return;
	}
	why_of_fact(o, c, last, a, out);
	if (same > 0)
		text_printf(out, "%" PRIu32 " more change%s of its endpoints had the same first cause.\n", same,
			    same > 1 ? "s" : "");
}

static const char *why_service(const struct outcome *o, const struct causes *c, const struct why_object *object,
			       struct arena *a, struct text *out)
{
	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_service *s = &o->service[i];
		if (!s->known || !named(object, outcome_name(o, s->name), outcome_name(o, s->namespace)))
			continue;
		text_printf(out, "service/%s in namespace %s", object->name, outcome_name(o, s->namespace));
		time_of(o, out);
		text_printf(out,
			    ": %" PRId64 " pods asked for, traffic goes to %" PRId64 ", %" PRId64
			    " of these serve.\nThe last change of its endpoints, first cause first:\n\n",
			    s->wants, s->proxied, s->serving);
		endpoint_changes(o, c, i, a, out);
		return NULL;
	}
	return not_found(o, object, a);
}

static const char *why_other(const struct outcome *o, const struct causes *c, const struct why_object *object,
			     struct arena *a, struct text *out)
{
	const char *hint, *what = why_object_text(object, a);
	const uint32_t last = why_object_fact(o, c, object, a, &hint);

	if (last == CAUSE_NONE)
		return text_format(a, "nothing is told of %s until then%s%s", what, hint != NULL ? "; " : "",
				   hint != NULL ? hint : "");
	text_add(out, what);
	time_of(o, out);
	text_add(out, ", first cause first:\n\n");
	why_of_fact(o, c, last, a, out);
	return NULL;
}

const char *why_print(const struct outcome *o, const struct causes *c, const struct why_object *object, struct arena *a,
		      struct text *out)
{
	switch (object->kind) {
	case WHY_POD:
		return why_pod(o, c, object, a, out);
	case WHY_NODE:
		return why_node(o, c, object, a, out);
	case WHY_SERVICE:
		return why_service(o, c, object, a, out);
	default:
		return why_other(o, c, object, a, out);
	}
}
