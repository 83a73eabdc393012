/* diff.c - nodefall diff: two runs, each of a recording or of a scenario that is simulated now. */
#include <stdio.h>

#include "report/cli/recorded.h"
#include "report/difference.h"

static int load(struct recorded *r, const struct options *o, const char *path)
{
	const bool recorded = recorded_is(path);
	const int code = recorded ? recorded_load(r, path, false) : recorded_simulate(r, o, path);

	if (!o->quiet)
		fputs(r->notes.data, stderr);
	return code;
}

int cli_diff(const struct options *o)
{
	struct recorded r[2] = {0};
	struct text out;

	if (o->operands != 2) {
		fputs("nodefall diff: name two recordings, or files or folders with a scenario\n", stderr);
		return EXIT_MISUSE;
	}
	int code = load(&r[0], o, o->operand[0]);
	if (code == 0)
		code = load(&r[1], o, o->operand[1]);
	if (code == 0) {
		const struct two_runs d = {{&r[0].outcome, &r[1].outcome}, {"A", "B"}};
		cli_text(&out, o->arena);
		text_printf(&out, "A: %s\nB: %s\n", o->operand[0], o->operand[1]);
		const bool differ = difference_print(&d, o->arena, &out);
		const int wrong = cli_write(&out, NULL);
		code = wrong != 0 ? wrong : differ ? EXIT_NOT_HELD : EXIT_HELD;
	}
	for (int i = 0; i < 2; i++)
		recorded_release(&r[i]);
	return code;
}
