/* cli.h - the commands of the program and what they share. */
#ifndef REPORT_CLI_CLI_H
#define REPORT_CLI_CLI_H

#include "models/scenario.h"
#include "report/cli/options.h"

/* Exit codes: documented in report/cli/README.md. */
enum { EXIT_HELD = 0, EXIT_NOT_HELD = 1, EXIT_MISUSE = 2, EXIT_INPUT = 3, EXIT_FILE = 4, EXIT_INTERRUPTED = 130 };

struct command {
	const char *name, *operands, *summary;
	uint32_t bit; /* one of COMMAND_: which options it takes */
	int (*run)(const struct options *o);
};

/* Row i of the commands; NULL after the last. */
const struct command *cli_command(uint32_t i);

int cli_run(const struct options *o);
int cli_compare(const struct options *o);
int cli_sweep(const struct options *o);
int cli_check(const struct options *o);
int cli_schedule(const struct options *o);
int cli_get(const struct options *o);
int cli_describe(const struct options *o);
int cli_exec(const struct options *o);
int cli_why(const struct options *o);
int cli_lesson(const struct options *o);
int cli_explain(const struct options *o);
int cli_help(const struct options *o);
int cli_completion(const struct options *o);
int cli_report(const struct options *o);
int cli_diff(const struct options *o);
int cli_watch(const struct options *o);
int cli_version(const struct options *o);

/* What a command is for and what it takes; NULL: all commands. In full, as --help prints it. */
void help_print(const struct command *c, struct text *out);

/* Set by SIGINT and SIGTERM once cli_catch_signals() was called. */
const volatile int *cli_stop(void);
void cli_catch_signals(void);

/* Loads what the command line names. Mistakes are printed to stderr, notes into notes. Returns an exit code; s must be
 * released in any case. */
int cli_load(struct scenario *s, const struct options *o, struct text *notes);

/* The outputs of o, text on standard output where it names none. */
struct options cli_outputs(const struct options *o);

/* Prints a finished outcome as o wants it: outputs, charts, and the notes of loading. Returns an exit code. */
struct outcome;
int cli_outcome(const struct options *o, struct outcome *outcome, const char *notes);

/* Writes text to a file, or to standard output when path is NULL. Returns an exit code, after saying what went wrong.
 */
int cli_write(const struct text *text, const char *path);

/* The same to standard output, for people: on a terminal that is narrower than the text, lines are folded at blanks. */
int cli_print(const struct text *text);

/* Notes and mistakes to standard error, folded likewise. */
void cli_tell(const struct text *text);

/* text_init() for what is printed to standard output: what breaks lines does so for the terminal there. */
void cli_text(struct text *text, struct arena *a);

#endif
