/* scenario_app.c - actions of applications: the words after "app:". */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_command.h"

static const char *const verbs[] = {"exit", "oom", "hang", "unready"};
#define VERBS 4
static const char *const flags[] = {"--container", "--count", "--for", "--code", "--namespace"};
enum { APP_CONTAINER, APP_COUNT, APP_FOR, APP_CODE, APP_NAMESPACE, FLAGS };

/* One action: its words, and the values of its flags. */
struct app_words {
	char *word[WORDS_MAX];
	uint32_t count;
	const char *value[FLAGS];
};

static bool take_flag(struct command *cmd, struct app_words *a, char *word)
{
	size_t length = strcspn(word, "=");

	for (int i = 0; i < FLAGS; i++)
		if (strlen(flags[i]) == length && !strncmp(word, flags[i], length) && word[length] == '=') {
			a->value[i] = word + length + 1;
			return true;
		}
	command_wrong(cmd, "unknown flag %s, or one without =value", word);
	diag_suggest(cmd->c->diag, arena_text(cmd->c->arena, word, length), flags, FLAGS);
	return false;
}

static bool split(struct command *cmd, struct app_words *a, const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		size_t length = strcspn(text, " \t\r\n");
		char *word = arena_text(cmd->c->arena, text, length);

		if (length == 0)
			return true;
		if (word[0] == '-' && !take_flag(cmd, a, word))
			return false;
		if (word[0] != '-' && a->count == WORDS_MAX)
			return command_wrong(cmd, "more than %d words", WORDS_MAX);
		if (word[0] != '-')
			a->word[a->count++] = word;
		text += length;
	}
}

/* A flag's number; an absent flag leaves *out alone. */
static bool number(struct command *cmd, const struct app_words *a, int flag, double low, double high, uint32_t *out)
{
	const struct field row = {.name = flags[flag], .kind = FIELD_UINT32, .low = low, .high = high};

	if (!a->value[flag] || !field_parse(cmd->c, &row, a->value[flag], false, out))
		return true;
	return command_wrong(cmd, "%s must be a number from %.0f to %.0f, not \"%s\"", flags[flag], low, high,
			     a->value[flag]);
}

/* What runs in the pods; NULL for a kind without pods, after reporting, and for a pod that the run will make. */
static const struct pod_spec *spec_of(struct command *cmd)
{
	const struct objects *o = cmd->d->objects;
	uint32_t row;

	if (cmd->draft.object == OBJECT_WORKLOAD)
		return o->workload[cmd->draft.target].spec;
	row = decode_find(cmd->d, "Pod", cmd->draft.namespace, cmd->draft.target);
	return row != NO_ROW ? o->pod[row].spec : NULL;
}

static bool find_container(struct command *cmd, const char *name)
{
	const struct pod_spec *spec = spec_of(cmd);
	const char *known[SUGGEST_MAX];
	uint32_t count = 0;

	if (!name)
		return true;
	for (uint32_t i = 0; spec && i < spec_containers(spec) && count < SUGGEST_MAX; i++) {
		known[count] = names_text(cmd->c->names, spec_container(spec, i)->name);
		if (!strcmp(known[count++], name)) {
			cmd->draft.container = spec_container(spec, i)->name;
			return true;
		}
	}
	command_wrong(cmd, "no container is called \"%s\"", name);
	diag_suggest(cmd->c->diag, name, known, count);
	return false;
}

bool command_app(struct command *cmd, const char *text)
{
	struct app_words a = {0};
	uint32_t verb = 0, code = 1;
	enum object_kind object;
	enum workload_kind workload;
	const char *slash;

	if (!split(cmd, &a, text))
		return false;
	while (a.count && verb < VERBS && strcmp(verbs[verb], a.word[0]))
		verb++;
	if (a.count != 2 || verb == VERBS) {
		command_wrong(cmd,
			      "app needs exit, oom, hang or unready, and one workload or pod such as deployment/web");
		if (a.count)
			diag_suggest(cmd->c->diag, a.word[0], verbs, VERBS);
		return false;
	}
	cmd->draft.kind = (uint8_t)(ACTION_APP_EXIT + verb);
	cmd->flag[FLAG_NAMESPACE] = a.value[APP_NAMESPACE];
	cmd->draft.namespace = command_namespace(cmd);
	slash = strchr(a.word[1], '/');
	if (!slash || !command_kind(a.word[1], (size_t)(slash - a.word[1]), &object, &workload))
		return command_wrong(cmd, "expected a workload or pod such as deployment/web, not \"%s\"", a.word[1]);
	if (!command_target(cmd, arena_text(cmd->c->arena, a.word[1], (size_t)(slash - a.word[1])), slash + 1))
		return false;
	if (cmd->draft.object != OBJECT_WORKLOAD && cmd->draft.object != OBJECT_POD)
		return command_wrong(cmd, "%s has no containers", a.word[1]);
	if (!find_container(cmd, a.value[APP_CONTAINER]) || !number(cmd, &a, APP_COUNT, 1, 1e6, &cmd->draft.count) ||
	    !number(cmd, &a, APP_CODE, 0, 255, &code))
		return false;
	cmd->draft.code = (uint8_t)code;
	cmd->draft.lasts = SIM_NEVER;
	if (a.value[APP_FOR] && (!time_parse(a.value[APP_FOR], &cmd->draft.lasts) || cmd->draft.lasts <= 0))
		return command_wrong(cmd, "--for must be a duration such as 30s, not \"%s\"", a.value[APP_FOR]);
	command_step(cmd);
	return true;
}
