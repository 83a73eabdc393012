/* main.c - finds the command and hands it its options. */
#include "report/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "report/ranks.h"

static const struct command commands[] = {
	{"run", "FILE-OR-FOLDER...", "simulates, and reports what happened", COMMAND_RUN, cli_run},
	{"compare", "FILES --vary KEY=A,B", "candidates against the same failures: what is real, what is noise",
	 COMMAND_COMPARE, cli_compare},
	{"sweep", "FILES --vary KEY=A..B", "the same over a range of values, in their order", COMMAND_SWEEP, cli_sweep},
	{"watch", "FILE-OR-FOLDER...|RECORDING", "shows a run on the screen as it happens", COMMAND_WATCH, cli_watch},
	{"report", "RECORDING", "reports on a run that was recorded by run --record", COMMAND_REPORT, cli_report},
	{"diff", "A B", "tells where two runs, of recordings or scenarios, part ways", COMMAND_DIFF, cli_diff},
	{"check", "FILE-OR-FOLDER...", "only reads and checks the input", COMMAND_CHECK, cli_check},
	{"schedule", "[FILE-OR-FOLDER...]", "tells where a pod would go, and why", COMMAND_SCHEDULE, cli_schedule},
	{"get", "KIND [NAME...]", "prints what kubectl get would at one instant", COMMAND_GET, cli_get},
	{"describe", "KIND [NAME...]", "prints what kubectl describe would", COMMAND_DESCRIBE, cli_describe},
	{"exec", "NODE -- TOOL ARGUMENTS", "runs crictl, ctr, nerdctl or docker on a machine", COMMAND_EXEC, cli_exec},
	{"why", "KIND/NAME", "tells the chain of causes of what a pod, node, service or other object is", COMMAND_WHY, cli_why},
	{"lesson", "[NAME-OR-FILE...]", "a guided lesson: stops, asks, goes on, explains; or lists them",
	 COMMAND_LESSON, cli_lesson},
	{"explain", "[FIELD]", "tells what a field of the scenario means", COMMAND_EXPLAIN, cli_explain},
	{"help", "[COMMAND]", "tells more about a command; --man prints the manual page", COMMAND_HELP, cli_help},
	{"completion", "bash|zsh|fish", "prints a script that completes commands and options in a shell",
	 COMMAND_COMPLETION, cli_completion},
	{"version", "", "prints the version", COMMAND_VERSION, cli_version},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *cli_command(uint32_t i)
{
	return i < COMMANDS ? &commands[i] : NULL;
}

static int help(const struct command *c, struct arena *a)
{
	struct text out;

	text_init(&out, a);
	help_print(c, &out);
	return cli_print(&out);
}

static int run_command(const struct command *c, int argc, char **argv, struct arena *a)
{
	struct options o;
	const char *wrong = options_parse(&o, a, c->bit, argc, argv);

	if (wrong != NULL) {
		fprintf(stderr, "nodefall %s: %s\nnodefall %s --help lists the options\n", c->name, wrong, c->name);
		return EXIT_MISUSE;
	}
	return o.help ? help(c, a) : c->run(&o);
}

static int dispatch(int argc, char **argv, struct arena *a)
{
	if (argc < 2) {
		fputs("usage: nodefall COMMAND [OPTIONS] ...\nnodefall --help lists the commands\n", stderr);
		return EXIT_MISUSE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(NULL, a);
	const char *name = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return run_command(&commands[i], argc - 2, argv + 2, a);
	fprintf(stderr, "nodefall: no command \"%s\"; nodefall --help lists them\n", name);
	return EXIT_MISUSE;
}

int main(int argc, char **argv)
{
	struct arena arena = {0};

	ranks_begin(&argc, &argv);
	const int code = dispatch(argc, argv, &arena);
	ranks_end();
	arena_release(&arena);
	return code;
}
