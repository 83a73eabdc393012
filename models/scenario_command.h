/* scenario_command.h - one kubectl command while it is understood. Private to the loader of actions. */
#ifndef MODELS_SCENARIO_COMMAND_H
#define MODELS_SCENARIO_COMMAND_H

#include "models/scenario_parts.h"

#define WORDS_MAX 64
/* Names offered as "did you mean". */
#define SUGGEST_MAX 1000

enum flag_id {
	FLAG_NAMESPACE,
	FLAG_REPLICAS,
	FLAG_FORCE,
	FLAG_IGNORE_DAEMONSETS,
	FLAG_DISABLE_EVICTION,
	FLAG_TIMEOUT,
	FLAG_GRACE_PERIOD,
	FLAG_NOW,
	FLAG_SELECTOR,
	FLAG_ALL,
	FLAG_CASCADE,
	FLAG_OVERWRITE,
	FLAG_FILENAME,
	FLAG_PATCH,
	FLAG_FROM,
	FLAG_TO_REVISION,
	FLAG_HARMLESS, /* changes nothing of what is simulated */
};

/* A list of steps that grows. */
struct steps {
	struct action *item;
	uint32_t count, capacity;
};

/* One command. Flags are taken out of the words; a flag that was not given is NULL. */
struct command {
	struct decoder *d;
	struct field_context *c;
	const struct yaml_node *node; /* the words */
	char *word[WORDS_MAX];
	uint32_t count;
	const char *flag[FLAG_HARMLESS];
	struct action draft; /* what its steps have in common */
	struct steps *out;
};

/* A mistake in the command. Returns false. */
bool command_wrong(struct command *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a step: the draft, now. */
void command_step(struct command *cmd);

/* The namespace that the command speaks of. */
uint32_t command_namespace(const struct command *cmd);

/* Understands the words and adds the steps. Mistakes are reported; returns whether there were none. */
bool command_understand(struct command *cmd);

/* apply -f: reads the file beside the scenario, and fills draft.applied. */
bool command_apply(struct command *cmd);

/* patch: the merge patches that have an effect here become other steps. Names begin at word `at`. */
bool command_patch(struct command *cmd);

/* Understands the words of an action of applications, such as "hang deployment/web --count=1", and adds the step. */
bool command_app(struct command *cmd, const char *text);

/* Fills draft.object and draft.target from "kind/name", or from a kind (then `name`); of_workloads: only those. */
bool command_target(struct command *cmd, const char *kind, const char *name);

/* The kind of "deploy", "po", ...; false when it is none that can be simulated. */
bool command_kind(const char *word, size_t length, enum object_kind *object, enum workload_kind *workload);

/* ---- scenario_objects.c ---- */

/* The kind at word `at`, alone or before a slash. */
bool command_kind_at(struct command *cmd, uint32_t at, enum object_kind *object, enum workload_kind *workload);

/* Whether no word follows from `next` on; a mistake is reported. */
bool command_no_more(struct command *cmd, uint32_t next);

/* "deployment/web" or "deployment web" at word `at`; *next is the word behind it. */
bool command_workload_at(struct command *cmd, uint32_t at, uint32_t *next);

/* The workload that draft.target names. */
const struct workload_object *command_workload(const struct command *cmd);

/* Adds a step for each object named from word `at` on (up to the first with a mark of a change), or one for all that a
 * selector will match. */
bool command_steps(struct command *cmd, uint32_t at, uint32_t end, enum object_kind object,
		   enum workload_kind workload);

#endif
