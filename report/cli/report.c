/* report.c - nodefall report: any report on a run that was recorded, as the run itself would have printed it. */
#include <stdio.h>

#include "report/cli/recorded.h"
#include "report/format.h"

/* Whether an output reads what an outcome keeps beyond the facts. */
static bool needs_series(const struct options *o)
{
	bool needed = o->charts != NULL || o->long_run;

	for (uint32_t i = 0; i < o->outputs; i++)
		needed |= o->output[i].format->needs_series;
	return needed;
}

int cli_report(const struct options *o)
{
	const struct options chosen = cli_outputs(o);
	struct recorded r = {0};

	if (o->operands != 1) {
		fputs("nodefall report: name one recording; nodefall run --record FILE makes it\n", stderr);
		return EXIT_MISUSE;
	}
	int code = recorded_load(&r, o->operand[0], needs_series(&chosen));
	if (code == 0)
		code = cli_outcome(&chosen, &r.outcome, r.notes.data);
	recorded_release(&r);
	return code;
}
