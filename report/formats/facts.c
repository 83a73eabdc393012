/* facts.c - every fact of the run as one line of JSON, in order: for tests, other tools and the curious. */
#include "report/format.h"

#include <inttypes.h>

#include "sim/text.h"

static void see(void *state, const struct fact *facts, size_t count)
{
	struct text *t = state;

	for (size_t i = 0; i < count; i++) {
		const struct fact *f = &facts[i];
		text_printf(t, "{\"at_ns\":%" PRId64 ",\"kind\":\"%s\"", f->at, fact_kind_name(f->kind));
		if (f->node != FACT_NONE)
			text_printf(t, ",\"node\":%" PRIu32, f->node);
		if (f->pod != FACT_NONE)
			text_printf(t, ",\"pod\":%" PRIu32, f->pod);
		if (f->object != FACT_NONE)
			text_printf(t, ",\"object\":%" PRIu32, f->object);
		text_printf(t, ",\"flag\":%u,\"a\":%" PRId64 ",\"b\":%" PRId64 ",\"c\":%" PRId64, f->flag, f->a, f->b,
			    f->c);
		text_add(t, "}\n");
	}
}

static void write(const struct outcome *o, struct text *out)
{
	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = out});
}

const struct format format_facts = {
	.name = "facts",
	.summary = "every fact of the run, one line of JSON each (columns as in models/facts.def)",
	.needs_facts = true,
	.write = write,
};
