/* shared.c - what the commands share: loading, writing, and being interrupted. */
#include "report/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/cli/terminal.h"
#include "report/fold.h"
#include "sim/file.h"

static volatile sig_atomic_t stop_flag;
_Static_assert(sizeof(sig_atomic_t) == sizeof(int), "run_loop() polls an int");

static void on_signal(int number)
{
	(void)number;
	stop_flag = 1;
}

const volatile int *cli_stop(void)
{
	return &stop_flag;
}

void cli_catch_signals(void)
{
	/* A second signal ends the program as usual. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int cli_load(struct scenario *s, const struct options *o, struct text *notes)
{
	const struct scenario_input input = {o->operand, o->operands, o->set, o->sets};
	struct text errors;
	struct diag d;

	diag_init(&d, o->arena);
	const int code = scenario_load(s, &input, &d);
	text_init(&errors, o->arena);
	diag_print_errors(&d, &errors);
	cli_tell(&errors);
	diag_print_notes(&d, notes);
	return code;
}

int cli_write(const struct text *text, const char *path)
{
	if (path != NULL) {
		const char *wrong = file_write(text->arena, path, text->data, text->length);
		if (wrong != NULL)
			fprintf(stderr, "nodefall: %s\n", wrong);
		return wrong == NULL ? 0 : EXIT_FILE;
	}
	if (fwrite(text->data, 1, text->length, stdout) != text->length || fflush(stdout) != 0) {
		fprintf(stderr, "nodefall: cannot write to standard output: %s\n", strerror(errno));
		return EXIT_FILE;
	}
	return 0;
}

void cli_text(struct text *text, struct arena *a)
{
	text_init(text, a);
	text->columns = terminal_columns(STDOUT_FILENO);
}

int cli_print(const struct text *text)
{
	struct text folded;

	text_init(&folded, text->arena);
	fold_lines(text->data, terminal_columns(STDOUT_FILENO), &folded);
	return cli_write(&folded, NULL);
}

void cli_tell(const struct text *text)
{
	struct text folded;

	text_init(&folded, text->arena);
	fold_lines(text->data, terminal_columns(STDERR_FILENO), &folded);
	fputs(folded.data, stderr);
}
