/* help.c - nodefall help: the table of commands and its options as text; the manual page is in manual.c. */
#include "report/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "report/cli/manual.h"

static void print_all(struct text *out)
{
	const struct command *c;

	text_add(out,
		 "nodefall simulates how a Kubernetes cluster notices failures and recovers from them.\n\nusage:\n");
	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		text_printf(out, "  nodefall %-10s %-22s %s\n", c->name, c->operands, c->summary);
	text_add(out, "\nnodefall COMMAND --help tells more. Exit codes: 0 expectations held, 1 one failed, 2 misuse,\n"
		      "3 bad input, 4 file error, 70 an error of ours, 130 interrupted.\n");
}

void help_print(const struct command *c, struct text *out)
{
	if (c == NULL) {
		print_all(out);
		return;
	}
	text_printf(out, "usage: nodefall %s [OPTIONS] %s\n%s\n\n", c->name, c->operands, c->summary);
	options_help(c->bit, out);
}

static const struct command *find(const char *name)
{
	const struct command *c;

	for (uint32_t i = 0; (c = cli_command(i)) != NULL; i++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

int cli_help(const struct options *o)
{
	const struct command *c = o->operands > 0 ? find(o->operand[0]) : NULL;
	struct text out;

	if (o->operands > 1 || (o->man && o->operands > 0)) {
		fputs("nodefall help: one command at a time; the manual page is about all\n", stderr);
		return EXIT_MISUSE;
	}
	if (o->operands > 0 && c == NULL) {
		fprintf(stderr, "nodefall: no command \"%s\"; nodefall --help lists them\n", o->operand[0]);
		return EXIT_MISUSE;
	}
	text_init(&out, o->arena);
	if (o->man) {
		manual_print(&out);
		return cli_write(&out, NULL);
	}
	help_print(c, &out);
	return cli_print(&out);
}
