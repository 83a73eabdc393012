/* explain.c - nodefall explain: prints what the table of fields knows. */
#include "report/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "report/lesson/lesson.h"

int cli_explain(const struct options *o)
{
	struct text out;

	text_init(&out, o->arena);
	if (o->operands > 1) {
		fputs("nodefall explain: one field at a time\n", stderr);
		return EXIT_MISUSE;
	}
	if (o->operands > 0 && strncmp(o->operand[0], "lesson", 6) == 0 &&
	    fields_explain(lesson_fields, "lesson", o->operand[0], &out))
		return cli_print(&out);
	if (!scenario_explain(o->operands > 0 ? o->operand[0] : NULL, &out)) {
		fputs(out.data, stderr);
		return EXIT_MISUSE;
	}
	return cli_print(&out);
}
