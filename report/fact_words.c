/* fact_words.c - columns by their meaning, as models/facts.def names it. */
#include "report/fact_words.h"

#include <inttypes.h>
#include <string.h>

static bool ends_with(const char *label, const char *ending)
{
	const size_t n = strlen(label), m = strlen(ending);

	return n >= m && strcmp(label + n - m, ending) == 0;
}

static bool one_of(const char *label, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(label, words[i]) == 0)
			return true;
	return false;
}

static bool is_duration(const char *label)
{
	static const char *const words[] = {"took",
					    "waited",
					    "until",
					    "back-off",
					    "ran for",
					    "since",
					    "ready to boot at",
					    "tolerationSeconds",
					    "grace",
					    "pause",
					    "limit",
					    "since its begin",
					    "last used",
					    "last heartbeat"};

	return one_of(label, words, sizeof(words) / sizeof(words[0]));
}

/* The name of a row or an id, or NULL where the column is a plain number. */
static const char *name_of(const struct outcome *o, const char *label, uint64_t value)
{
	const uint32_t row = (uint32_t)value;

	if (value > UINT32_MAX)
		return NULL;
	if (ends_with(label, "node"))
		return outcome_node_name(o, row);
	if (ends_with(label, "pod"))
		return outcome_pod_name(o, row);
	if (strcmp(label, "workload") == 0)
		return row < o->workloads ? outcome_name(o, o->workload[row].name) : "?";
	if (strcmp(label, "service") == 0)
		return row < o->services ? outcome_name(o, o->service[row].name) : "?";
	if (strcmp(label, "failure") == 0)
		return outcome_failure_name(o, row);
	if (ends_with(label, "name") && row < o->run->names.first + o->run->names.count)
		return outcome_name(o, row);
	return NULL;
}

static void column(const struct outcome *o, const char *label, int64_t value, struct text *out)
{
	char time[TIME_TEXT_MAX];

	if (strcmp(label, "-") == 0 || value == FACT_NONE)
		return;
	const char *name = name_of(o, label, (uint64_t)value);
	text_printf(out, " %s=", label);
	if (name != NULL)
		text_add(out, name);
	else if (is_duration(label))
		text_add(out, time_print(value, time));
	else
		text_printf(out, "%" PRId64, value);
}

void fact_words(const struct outcome *o, const struct fact *f, struct text *out)
{
	const struct fact_columns *c = fact_columns(f->kind);

	text_add(out, c->name);
	column(o, c->node, f->node, out);
	column(o, c->pod, f->pod, out);
	column(o, c->object, f->object, out);
	column(o, c->flag, f->flag, out);
	column(o, c->a, f->a, out);
	column(o, c->b, f->b, out);
	column(o, c->c, f->c, out);
}
