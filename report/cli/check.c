/* check.c - nodefall check: reads and checks the input, and says what it holds. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/lesson/lesson.h"

static void count(struct text *t, uint32_t n, const char *one, const char *many)
{
	if (n > 0)
		text_printf(t, ", %" PRIu32 " %s", n, n == 1 ? one : many);
}

/* Reads the scenario and, where there is one, its lesson; all mistakes of both are told. Returns an exit code. */
static int load(const struct options *o, struct scenario *s, struct lesson *l, struct text *notes)
{
	const struct scenario_input input = {o->operand, o->operands, o->set, o->sets};
	struct text errors;
	struct diag d;

	diag_init(&d, o->arena);
	int code = scenario_load(s, &input, &d);
	if (s->lesson != NULL && !lesson_read(l, s, &input, &d) && code == 0)
		code = EXIT_INPUT;
	text_init(&errors, o->arena);
	diag_print_errors(&d, &errors);
	cli_tell(&errors);
	diag_print_notes(&d, notes);
	return code;
}

int cli_check(const struct options *o)
{
	struct scenario s = {0};
	struct lesson lesson = {0};
	struct text notes, out;

	text_init(&notes, o->arena);
	text_init(&out, o->arena);
	if (o->operands == 0) {
		fputs("nodefall check: name at least one file or folder\n", stderr);
		return EXIT_MISUSE;
	}
	int code = load(o, &s, &lesson, &notes);
	if (!o->quiet)
		cli_tell(&notes);
	if (code == 0) {
		uint32_t later = 0;

		for (uint32_t i = 0; i < s.objects.node_count; i++)
			later += s.objects.node[i].absent;
		text_printf(&out, "ok: %" PRIu32 " node%s", s.objects.node_count - later,
			    s.objects.node_count - later == 1 ? "" : "s");
		count(&out, later, "node that may come", "nodes that may come");
		count(&out, s.objects.workload_count, "workload", "workloads");
		count(&out, s.objects.pod_count, "pod", "pods");
		count(&out, s.objects.service_count, "service", "services");
		count(&out, s.objects.pdb_count, "disruption budget", "disruption budgets");
		count(&out, s.failure_count, "failure", "failures");
		count(&out, s.source_count - s.maintenance_count, "failure process", "failure processes");
		count(&out, s.action_count, "action", "actions");
		count(&out, s.expectation_count, "expectation", "expectations");
		count(&out, lesson.questions, "question of its lesson", "questions of its lesson");
		text_add(&out, "\n");
		code = cli_print(&out);
	}
	scenario_release(&s);
	return code;
}
