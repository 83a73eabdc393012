/* watch.c - nodefall watch: the screen, and the promise that the terminal is given back whatever happens. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "report/cli/recorded.h"
#include "report/watch/terminal.h"
#include "report/watch/watch.h"

/* What the handlers below need; they can be given no argument. */
static struct termios before;
static struct terminal terminal;

/* What the program is watching. */
struct source {
	const struct options *options;
	struct file_set files;
	struct recorded recorded; /* of a recording */
	const char **set;
	uint32_t sets;
};

static int load(void *context, struct scenario *s, const char *const *set, uint32_t sets, struct text *errors)
{
	const struct source *from = context;
	struct arena scratch = {0};
	const char **all = ARENA_NEW(&scratch, (size_t)from->sets + sets, const char *);
	struct diag d;

	for (uint32_t i = 0; i < from->sets + sets; i++) {
		const char *one = i < from->sets ? from->set[i] : set[i - from->sets];
		all[i] = arena_text(&s->arena, one, strlen(one));
	}
	diag_init(&d, &s->arena);
	const int code = scenario_load_files(s, &from->files, all, from->sets + sets, &d);
	diag_print_errors(&d, errors);
	arena_release(&scratch);
	return code;
}

/* Only what a signal handler may do. */
static void give_back_now(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	if (write(STDOUT_FILENO, terminal.leave, terminal.leave_length) < 0 || write(STDOUT_FILENO, "\r\n", 2) < 0)
		return;
}

static void on_crash(int number)
{
	if (terminal.screen != NULL)
		give_back_now();
	signal(number, SIG_DFL);
	raise(number);
}

static void on_exit_of_program(void)
{
	terminal_close(&terminal);
}

static void guard(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGHUP};
	const struct sigaction crash = {.sa_handler = on_crash};

	tcgetattr(STDIN_FILENO, &before);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &crash, NULL);
	atexit(on_exit_of_program);
	cli_catch_signals();
}

static int open_source(struct source *from, const struct options *o)
{
	from->set = o->set;
	from->sets = o->sets;
	if (o->operands == 1 && recorded_is(o->operand[0])) {
		const int code = recorded_load(&from->recorded, o->operand[0], false);

		from->files = from->recorded.recording.files;
		from->sets = from->recorded.recording.sets + o->sets;
		from->set = ARENA_NEW(o->arena, from->sets, const char *);
		for (uint32_t i = 0; i < from->sets; i++)
			from->set[i] = i < from->recorded.recording.sets ? from->recorded.recording.set[i]
									 : o->set[i - from->recorded.recording.sets];
		return code;
	}
	for (uint32_t i = 0; i < o->operands; i++) {
		const char *wrong = file_add(o->arena, &from->files, o->operand[i]);

		if (wrong != NULL) {
			fprintf(stderr, "nodefall watch: %s\n", wrong);
			return EXIT_FILE;
		}
	}
	return 0;
}

static int watch(const struct options *o, struct source *from)
{
	const bool recorded = from->recorded.recording.name != NULL;
	const struct watch_setup setup = {
		.load = load,
		.context = from,
		.has_seed = o->has_seed || recorded,
		.seed = o->has_seed ? o->seed : from->recorded.recording.seed,
		.at = o->at,
		.paused = o->paused,
		.recorded = recorded && o->sets == 0 && !o->has_seed ? &from->recorded.run.facts : NULL,
		.stop = cli_stop(),
	};
	struct text by_hand, errors;

	text_init(&by_hand, o->arena);
	text_init(&errors, o->arena);
	guard();
	const int code = watch_run(&setup, &terminal, &by_hand, &errors);
	fputs(errors.data, stderr);
	const int wrong = by_hand.length > 0 ? cli_write(&by_hand, NULL) : 0;
	return *cli_stop() != 0 ? EXIT_INTERRUPTED : code != 0 ? code : wrong;
}

int cli_watch(const struct options *o)
{
	struct source from = {.options = o};

	if (o->operands == 0) {
		fputs("nodefall watch: name a recording, or files or folders with a scenario\n", stderr);
		return EXIT_MISUSE;
	}
	int code = open_source(&from, o);
	if (code == 0)
		code = watch(o, &from);
	recorded_release(&from.recorded);
	return code;
}
