/* words.c - names of facts, of their columns and flags, and of the scenario's objects. */
#include "report/lesson/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX 1000

/* Flags with words, in the order of their enums. */
static const struct {
	uint16_t kind;
	const char *word[13];
} flags[] = {
	{FACT_NODE_READY, {"False", "True", "Unknown", "Unset"}},
	{FACT_TAINT_ADDED, {"None", "NoSchedule", "PreferNoSchedule", "NoExecute"}},
	{FACT_TAINT_REMOVED, {"None", "NoSchedule", "PreferNoSchedule", "NoExecute"}},
	{FACT_ZONE_STATE, {"Initial", "Normal", "PartialDisruption", "FullDisruption"}},
	{FACT_POD_READY, {"False", "True"}},
	{FACT_POD_PULLED, {"Present", "Pulled"}},
	{FACT_POD_DELETED,
	 {"taint", "scale-down", "eviction", "user", "rollout", "no-node", "preempted", "owner-gone", "job-over",
	  "pod-gc", "kubelet", "failed"}},
	{FACT_LEADER, {"lost", "leads"}},
	{FACT_ETCD_LEADER, {"leaderless", "elected", "no-quorum", "no-space", "has-space"}},
	{FACT_API_SERVER, {"silent", "answers"}},
};

static const char *const columns[] = {"node", "pod", "owner", "object", "flag", "a", "b", "c", "after", "before"};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

const char *words_fact(struct fact_filter *f, struct diag *d, struct mark at, const char *kind)
{
	const char *known[FACT_KINDS];

	*f = (struct fact_filter){.after = 0, .before = SIM_NEVER};
	for (uint32_t i = 0; i < FACT_KINDS; i++) {
		known[i] = fact_kind_name((uint16_t)i);
		if (strcmp(known[i], kind) != 0)
			continue;
		f->kind = (uint16_t)i;
		return NULL;
	}
	diag_error(d, at, "no fact is called \"%s\"", kind);
	diag_suggest(d, kind, known, FACT_KINDS);
	return kind;
}

/* ---- names of the scenario ---- */

static uint32_t collect(const struct scenario *s, enum words_of of, const char *known[KNOWN_MAX])
{
	const struct objects *o = &s->objects;
	const uint32_t all = of == WORDS_SERVICE ? o->service_count
			     : of == WORDS_NODE  ? o->node_count
						 : o->workload_count;
	uint32_t count = 0;

	for (uint32_t i = 0; i < all && count < KNOWN_MAX; i++)
		known[count++] = names_text(&s->names, of == WORDS_SERVICE ? o->service[i].meta.name
						       : of == WORDS_NODE  ? o->node[i].meta.name
									   : o->workload[i].meta.name);
	return count;
}

void words_suggest(struct diag *d, const struct scenario *s, enum words_of of, const char *name)
{
	const char *known[KNOWN_MAX];

	diag_suggest(d, name, known, collect(s, of, known));
}

uint32_t words_service(const struct scenario *s, const char *name)
{
	for (uint32_t i = 0; i < s->objects.service_count; i++)
		if (strcmp(names_text(&s->names, s->objects.service[i].meta.name), name) == 0)
			return s->objects.service[i].meta.name;
	return 0;
}

uint32_t words_workload(const struct scenario *s, const char *name)
{
	for (uint32_t i = 0; i < s->objects.workload_count; i++)
		if (strcmp(names_text(&s->names, s->objects.workload[i].meta.name), name) == 0)
			return s->objects.workload[i].meta.name;
	return 0;
}

static bool is_node(const struct scenario *s, const char *name)
{
	for (uint32_t i = 0; i < s->objects.node_count; i++)
		if (strcmp(names_text(&s->names, s->objects.node[i].meta.name), name) == 0)
			return true;
	return false;
}

/* ---- conditions ---- */

static bool read_number(const char *value, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(value, &end, 10);
	return end != value && *end == '\0' && errno == 0;
}

/* A flag's number from its word; the words that there are become the help of a mistake. */
static bool read_flag(struct fact_filter *f, struct arena *a, struct diag *d, struct mark at, const char *value,
		      int64_t *out)
{
	struct text known;

	if (read_number(value, out))
		return true;
	text_init(&known, a);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		for (uint32_t w = 0; flags[i].kind == f->kind && flags[i].word[w] != NULL; w++) {
			text_printf(&known, "%s, ", flags[i].word[w]);
			if (strcmp(flags[i].word[w], value) == 0) {
				*out = w;
				return true;
			}
		}
	diag_error(d, at, "flag of %s is not \"%s\"", fact_kind_name(f->kind), value);
	diag_help(d, "it is %sor a number: %s", known.data, fact_columns(f->kind)->flag);
	return false;
}

/* Whether the fact's object is a name or a row with one. */
static bool object_has_name(uint16_t kind)
{
	const char *what = fact_columns(kind)->object;

	return strstr(what, "name") != NULL || strcmp(what, "workload") == 0 || strcmp(what, "service") == 0 ||
	       strcmp(what, "component") == 0 || strcmp(what, "failure") == 0;
}

static bool check_name(struct diag *d, struct mark at, const struct scenario *s, const char *column, const char *value)
{
	const bool node = strcmp(column, "node") == 0;

	if ((node && is_node(s, value)) || (!node && words_workload(s, value) != 0))
		return true;
	diag_error(d, at, "no %s is called \"%s\"", node ? "node" : "workload", value);
	words_suggest(d, s, node ? WORDS_NODE : WORDS_WORKLOAD, value);
	return false;
}

static bool read_instant(struct fact_filter *f, struct diag *d, struct mark at, const char *column, const char *value)
{
	if (time_parse(value, strcmp(column, "after") == 0 ? &f->after : &f->before))
		return true;
	diag_error(d, at, "%s wants a time such as 5m, not \"%s\"", column, value);
	return false;
}

bool words_condition(struct fact_filter *f, struct arena *a, struct diag *d, struct mark at, const struct scenario *s,
		     const char *column, const char *value)
{
	struct fact_condition *c = ARENA_NEW(a, 1, struct fact_condition);
	uint8_t i = 0;

	while (i < COLUMNS && strcmp(columns[i], column) != 0)
		i++;
	if (i == COLUMNS) {
		diag_error(d, at, "facts have no \"%s\"", column);
		diag_help(d, "there are node, pod, owner, object, flag, a, b, c, after and before");
		return false;
	}
	if (i > COLUMN_C)
		return read_instant(f, d, at, column, value);
	*c = (struct fact_condition){.next = f->conditions, .column = i, .name = arena_text(a, value, strlen(value))};
	f->conditions = c;
	if (i == COLUMN_NODE || i == COLUMN_OWNER)
		return check_name(d, at, s, column, value);
	if (i == COLUMN_POD || (i == COLUMN_OBJECT && object_has_name(f->kind)))
		return true;
	c->name = NULL;
	if (i == COLUMN_FLAG)
		return read_flag(f, a, d, at, value, &c->number);
	if (read_number(value, &c->number))
		return true;
	diag_error(d, at, "%s wants a whole number, not \"%s\"", column, value);
	return false;
}

static const char *object_name(const struct outcome *o, const struct fact *f)
{
	const char *what = fact_columns(f->kind)->object;

	if (strcmp(what, "workload") == 0)
		return f->object < o->workloads ? outcome_name(o, o->workload[f->object].name) : "";
	if (strcmp(what, "service") == 0)
		return f->object < o->services ? outcome_name(o, o->service[f->object].name) : "";
	if (strcmp(what, "component") == 0)
		return f->object < COMPONENTS ? component_name((enum component)f->object) : "";
	if (strcmp(what, "failure") == 0)
		return f->object < o->failures ? outcome_failure_name(o, f->object) : "";
	return f->object != FACT_NONE ? outcome_name(o, f->object) : "";
}

static bool holds(const struct fact_condition *c, const struct outcome *o, const struct fact *f)
{
	switch (c->column) {
	case COLUMN_NODE:
		return f->node != FACT_NONE && strcmp(outcome_node_name(o, f->node), c->name) == 0;
	case COLUMN_POD:
		return f->pod != FACT_NONE && strcmp(outcome_pod_name(o, f->pod), c->name) == 0;
	case COLUMN_OWNER:
		return f->pod != FACT_NONE && strcmp(outcome_name(o, outcome_owner_name(o, f->pod)), c->name) == 0;
	case COLUMN_OBJECT:
		return c->name != NULL ? strcmp(object_name(o, f), c->name) == 0 : f->object == c->number;
	case COLUMN_FLAG:
		return f->flag == c->number;
	case COLUMN_A:
		return f->a == c->number;
	case COLUMN_B:
		return f->b == c->number;
	default:
		return f->c == c->number;
	}
}

bool words_match(const struct fact_filter *f, const struct outcome *o, const struct fact *fact)
{
	if (fact->kind != f->kind || fact->at < f->after || fact->at >= f->before)
		return false;
	for (const struct fact_condition *c = f->conditions; c != NULL; c = c->next)
		if (!holds(c, o, fact))
			return false;
	return true;
}
