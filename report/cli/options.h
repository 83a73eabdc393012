/* options.h - the command line, read by a table whose rows also print the help. */
#ifndef REPORT_CLI_OPTIONS_H
#define REPORT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "report/experiment_write.h"
#include "sim/arena.h"
#include "sim/text.h"
#include "sim/time.h"

enum {
	COMMAND_RUN = 1,
	COMMAND_CHECK = 2,
	COMMAND_EXPLAIN = 4,
	COMMAND_VERSION = 8,
	COMMAND_SCHEDULE = 64,
	COMMAND_GET = 256,
	COMMAND_DESCRIBE = 512,
	COMMAND_EXEC = 1024,
	COMMAND_COMPARE = 128,
	COMMAND_SWEEP = 2048,
	COMMAND_WHY = 8192,
	COMMAND_REPORT = 1 << 16,
	COMMAND_DIFF = 1 << 17,
	COMMAND_WATCH = 1 << 18,
	COMMAND_LESSON = 1 << 19,
	COMMAND_HELP = 1 << 20,
	COMMAND_COMPLETION = 1 << 21,
	COMMAND_EXPERIMENT = COMMAND_COMPARE | COMMAND_SWEEP
};
#define COMMAND_LOOKS (COMMAND_GET | COMMAND_DESCRIBE | COMMAND_EXEC | COMMAND_WHY)

struct output {
	const struct format *format;
	const char *path; /* NULL: standard output */
};

/* Of compare and sweep. */
struct findings_output {
	const char *name, *summary;
	void (*write)(const struct findings *f, struct text *out);
	const char *path; /* NULL: standard output */
};

/* The formats of compare and sweep; a row without a name ends them. */
extern const struct findings_output findings_formats[];

struct options {
	struct arena *arena;
	const char **operand; /* files and folders, or a field's name */
	uint32_t operands, operand_capacity;
	const char **set; /* key=value */
	uint32_t sets, set_capacity;
	struct output *output;
	uint32_t outputs, output_capacity;
	const char *vectors, *kubernetes, *pod; /* of schedule; or NULL */
	const char *explain;                    /* of run; or NULL */
	const char **file;                      /* of get, describe and exec */
	uint32_t files, file_capacity;
	sim_time at;                             /* SIM_NEVER: not given */
	const char *namespace, *selector, *look; /* of get and describe; look: its -o; or NULL */
	bool all_namespaces, truth;
	bool check, json;
	const char *charts; /* folder, or NULL */
	const char *record; /* file, or NULL */
	bool paused;        /* of watch */
	bool has_seed, quiet, help, long_run;
	uint64_t seed;
	uint32_t runs, threads; /* runs 1..1000000; threads 1..256 */
	bool has_runs;
	const char **vary, **metric; /* of compare and sweep, as written */
	uint32_t varies, vary_capacity, metrics, metric_capacity;
	struct findings_output *finding;
	uint32_t findings, finding_capacity;
	double precision;    /* 0: none; 0.05 is 5 % */
	const char *journal; /* or NULL */
	bool independent, resume;
	const char *student, *code; /* of lesson: --name, --check; or NULL */
	bool quiz, show;
	bool man; /* of help */
};

/* Reads argv[0 .. argc-1] (without program and command) for the command with this bit. Returns NULL, or what is wrong,
 * in the arena. o is filled with defaults first. */
const char *options_parse(struct options *o, struct arena *a, uint32_t command, int argc, char **argv);

/* The options a command takes, one line each. */
void options_help(uint32_t command, struct text *out);

/* One option of the commands in `commands` (COMMAND_ bits): the row reads it, helps, and is in the manual page and in
 * the completions of shells. */
struct option_row {
	const char *name;     /* after "--" */
	char letter;          /* after "-"; 0: none */
	const char *argument; /* NULL: a flag */
	uint32_t commands;
	const char *help;
	/* Returns NULL or what is wrong with value. */
	const char *(*read)(struct options *o, const char *value);
};

/* The next row after i (UINT32_MAX: the first) that command takes; NULL after the last. *i becomes its number. */
const struct option_row *option_next(uint32_t command, uint32_t *i);

/* Appends the values that the row's argument can have, separated by blanks; nothing where they are not to be listed. */
void option_values(const struct option_row *row, struct text *out);

/* Appends the names of the formats of -o of a command with their meanings; returns whether it has any. */
bool options_formats(uint32_t command, void (*each)(void *to, const char *name, const char *meaning), void *to);

#endif
