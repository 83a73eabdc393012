/* check.c - nodefall check: reads and checks the input, and says what it holds. */
#include "report/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

static void count(struct text *t, uint32_t n, const char *one, const char *many)
{
	if (n > 0)
		text_printf(t, ", %" PRIu32 " %s", n, n == 1 ? one : many);
}

int cli_check(const struct options *o)
{
	struct scenario s = {0};
	struct text notes, out;

	text_init(&notes, o->arena);
	text_init(&out, o->arena);
	if (o->operands == 0) {
		fputs("nodefall check: name at least one file or folder\n", stderr);
		return EXIT_MISUSE;
	}
	int code = cli_load(&s, o, &notes);
	if (!o->quiet)
		fputs(notes.data, stderr);
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
		text_add(&out, "\n");
		code = cli_write(&out, NULL);
	}
	scenario_release(&s);
	return code;
}
