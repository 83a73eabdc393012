/* scenario_actions.c - actions of a Scenario: the words after "kubectl" are split, flags taken out, steps put in order.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/scenario_command.h"

bool command_wrong(struct command *cmd, const char *format, ...)
{
	char text[512];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	diag_error(cmd->c->diag, yaml_mark(cmd->node), "%s", text);
	return false;
}

void command_step(struct command *cmd)
{
	struct steps *s = cmd->out;

	ARENA_RESERVE(&cmd->d->scratch, s->item, s->capacity, s->count + 1, struct action);
	s->item[s->count++] = cmd->draft;
	cmd->draft.follows = true;
}

/* ---- flags ---- */

#define VERB(name) (1u << VERB_##name)

enum verb {
	VERB_CORDON,
	VERB_UNCORDON,
	VERB_DRAIN,
	VERB_SCALE,
	VERB_DELETE,
	VERB_SET,
	VERB_ROLLOUT,
	VERB_TAINT,
	VERB_LABEL,
	VERB_ANNOTATE,
	VERB_PATCH,
	VERB_CREATE,
	VERB_APPLY,
	VERBS
};

/* In the order of enum verb. */
static const char *const verbs[VERBS] = {"cordon", "uncordon", "drain",    "scale", "delete", "set",  "rollout",
					 "taint",  "label",    "annotate", "patch", "create", "apply"};

#define ANY UINT32_MAX

static const struct flag {
	const char *name, *brief;
	bool value;
	uint8_t id;     /* enum flag_id */
	uint32_t verbs; /* that take it */
} flags[] = {
	{"--namespace", "-n", true, FLAG_NAMESPACE, ANY},
	{"--replicas", NULL, true, FLAG_REPLICAS, VERB(SCALE)},
	{"--force", NULL, false, FLAG_FORCE, VERB(DRAIN) | VERB(DELETE) | VERB(APPLY)},
	{"--ignore-daemonsets", NULL, false, FLAG_IGNORE_DAEMONSETS, VERB(DRAIN)},
	{"--disable-eviction", NULL, false, FLAG_DISABLE_EVICTION, VERB(DRAIN)},
	{"--timeout", NULL, true, FLAG_TIMEOUT, VERB(DRAIN) | VERB(DELETE) | VERB(ROLLOUT) | VERB(SCALE)},
	{"--grace-period", NULL, true, FLAG_GRACE_PERIOD, VERB(DRAIN) | VERB(DELETE)},
	{"--now", NULL, false, FLAG_NOW, VERB(DELETE)},
	{"--selector", "-l", true, FLAG_SELECTOR,
	 VERB(DELETE) | VERB(TAINT) | VERB(LABEL) | VERB(CORDON) | VERB(UNCORDON)},
	{"--all", NULL, false, FLAG_ALL, VERB(DELETE) | VERB(TAINT) | VERB(LABEL)},
	{"--cascade", NULL, true, FLAG_CASCADE, VERB(DELETE)},
	{"--overwrite", NULL, false, FLAG_OVERWRITE, VERB(TAINT) | VERB(LABEL) | VERB(ANNOTATE)},
	{"--filename", "-f", true, FLAG_FILENAME, VERB(APPLY)},
	{"--patch", "-p", true, FLAG_PATCH, VERB(PATCH)},
	{"--from", NULL, true, FLAG_FROM, VERB(CREATE)},
	{"--to-revision", NULL, true, FLAG_TO_REVISION, VERB(ROLLOUT)},
	/* Volumes are not simulated, and nobody waits at the prompt. */
	{"--delete-emptydir-data", NULL, false, FLAG_HARMLESS, VERB(DRAIN)},
	{"--delete-local-data", NULL, false, FLAG_HARMLESS, VERB(DRAIN)},
	{"--wait", NULL, false, FLAG_HARMLESS, VERB(DELETE) | VERB(APPLY)},
	{"--ignore-not-found", NULL, false, FLAG_HARMLESS, VERB(DELETE)},
	{"--record", NULL, false, FLAG_HARMLESS, ANY},
	{"--type", NULL, true, FLAG_HARMLESS, VERB(PATCH)},
	{"--server-side", NULL, false, FLAG_HARMLESS, VERB(APPLY)},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static const struct flag *find_flag(const char *word, size_t length)
{
	for (size_t i = 0; i < FLAGS; i++)
		if ((strlen(flags[i].name) == length && !strncmp(flags[i].name, word, length)) ||
		    (flags[i].brief && strlen(flags[i].brief) == length && !strncmp(flags[i].brief, word, length)))
			return &flags[i];
	return NULL;
}

static uint32_t verb_of(const char *word)
{
	uint32_t verb = 0;

	while (verb < VERBS && strcmp(verbs[verb], word))
		verb++;
	return verb;
}

/* Takes the flag at words[*i], moving *i over its value. */
static bool take_flag(struct command *cmd, uint32_t verb, char **words, uint32_t count, uint32_t *i)
{
	const char *word = words[*i], *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct flag *f = find_flag(word, length);
	const char *known[FLAGS], *value = equals ? equals + 1 : NULL;

	if (!f) {
		for (size_t k = 0; k < FLAGS; k++)
			known[k] = flags[k].name;
		command_wrong(cmd, "unknown flag %s", word);
		diag_suggest(cmd->c->diag, arena_text(cmd->c->arena, word, length), known, FLAGS);
		return false;
	}
	if (f->value && !value) {
		if (*i + 1 == count)
			return command_wrong(cmd, "%s needs a value", word);
		value = words[++*i];
	}
	if (verb < VERBS && !(f->verbs >> verb & 1))
		return command_wrong(cmd, "kubectl %s takes no %s", verbs[verb], f->name);
	if (!f->value && value && strcmp(value, "true") && strcmp(value, "false"))
		return command_wrong(cmd, "%s must be true or false, not \"%s\"", f->name, value);
	if (f->id != FLAG_HARMLESS && (f->value || !value || !strcmp(value, "true")))
		cmd->flag[f->id] = value ? value : "true";
	return true;
}

/* ---- words ---- */

/* The next word of *text, quotes taken off, or NULL at the end. */
static char *next_word(struct command *cmd, const char **text)
{
	const char *at = *text + strspn(*text, " \t\r\n");
	char *word = arena_alloc(cmd->c->arena, strlen(at) + 1, 1, 1), quote = 0;
	size_t length = 0;

	if (!*at)
		return NULL;
	for (; *at && (quote || !strchr(" \t\r\n", *at)); at++) {
		if (quote ? *at == quote : *at == '\'' || *at == '"')
			quote = quote ? 0 : *at;
		else
			word[length++] = *at;
	}
	word[length] = '\0';
	*text = at;
	if (quote)
		command_wrong(cmd, "a quote that does not end");
	return word;
}

/* Splits the text; all wrong flags are told at once. */
static bool split_words(struct command *cmd, const char *text)
{
	char *words[WORDS_MAX], *word;
	uint32_t count = 0, first = 0, verb = VERBS, errors = cmd->c->diag->errors;

	while ((word = next_word(cmd, &text))) {
		if (count == WORDS_MAX)
			return command_wrong(cmd, "a command of more than %d words", WORDS_MAX);
		words[count++] = word;
	}
	if (count > 0 && !strcmp(words[0], "kubectl"))
		first = 1;
	if (first < count)
		verb = verb_of(words[first]);
	for (uint32_t i = first; i < count; i++) {
		if (words[i][0] != '-' || !words[i][1])
			cmd->word[cmd->count++] = words[i];
		else
			take_flag(cmd, verb, words, count, &i);
	}
	return cmd->c->diag->errors == errors;
}

static bool seconds_flag(struct command *cmd)
{
	static const struct field row = {.name = "--grace-period", .kind = FIELD_INT32, .low = -1, .high = 1000000};
	const char *text = cmd->flag[FLAG_GRACE_PERIOD];
	int32_t seconds = -1;

	if (cmd->flag[FLAG_TIMEOUT] && !time_parse(cmd->flag[FLAG_TIMEOUT], &cmd->draft.timeout))
		return command_wrong(cmd, "--timeout must be a duration such as 60s, not \"%s\"",
				     cmd->flag[FLAG_TIMEOUT]);
	if (cmd->flag[FLAG_NOW])
		seconds = 1;
	else if (text && field_parse(cmd->c, &row, text, false, &seconds))
		return command_wrong(cmd, "--grace-period must be a whole number of seconds, not \"%s\"", text);
	/* kubectl makes it 1 s unless --force is there too (kubectl pkg/cmd/delete). */
	if (seconds == 0 && !cmd->flag[FLAG_FORCE])
		seconds = 1;
	cmd->draft.has_grace = seconds >= 0;
	cmd->draft.grace = seconds >= 0 ? SECONDS((sim_time)seconds) : 0;
	return true;
}

static bool read_action(struct decoder *d, struct field_context *c, const struct yaml_node *node, struct steps *out)
{
	struct action_draft draft = {0};
	struct command cmd = {.d = d, .c = c, .out = out};
	const char *text;

	if (!field_read_map(c, action_fields, node, &draft, "an action"))
		return false;
	if (!draft.kubectl == !draft.app || yaml_is_null(yaml_get(node, "at"))) {
		diag_error(c->diag, yaml_mark(node), "an action needs at, and either kubectl or app");
		return false;
	}
	cmd.node = draft.app ? draft.app : draft.kubectl;
	text = field_want_text(c, cmd.node, draft.app ? "app" : "kubectl");
	if (text && draft.app) {
		cmd.draft = (struct action){.at = draft.at,
					    .target = UINT32_MAX,
					    .text = names_intern(c->names, text_format(c->arena, "app %s", text)),
					    .mark = yaml_mark(node)};
		return command_app(&cmd, text);
	}
	if (!text || !split_words(&cmd, text) || !seconds_flag(&cmd))
		return false;
	text += strspn(text, " ");
	text += !strncmp(text, "kubectl ", 8) ? 8 : 0;
	cmd.draft.at = draft.at;
	cmd.draft.target = UINT32_MAX;
	cmd.draft.text = names_intern(c->names, text);
	cmd.draft.mark = yaml_mark(node);
	cmd.draft.force = cmd.flag[FLAG_FORCE] != NULL;
	cmd.draft.ignore_daemonsets = cmd.flag[FLAG_IGNORE_DAEMONSETS] != NULL;
	cmd.draft.disable_eviction = cmd.flag[FLAG_DISABLE_EVICTION] != NULL;
	cmd.draft.overwrite = cmd.flag[FLAG_OVERWRITE] != NULL;
	if (cmd.count > 0 && verb_of(cmd.word[0]) == VERBS) {
		command_wrong(&cmd, "kubectl %s cannot be simulated", cmd.word[0]);
		diag_suggest(c->diag, cmd.word[0], verbs, VERBS);
		return false;
	}
	return command_understand(&cmd);
}

/* ---- the list ---- */

struct placed {
	struct action action;
	uint32_t place;
};

static int by_time(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->action.at != y->action.at)
		return x->action.at < y->action.at ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

void scenario_actions(struct decoder *d, struct field_context *c, const struct yaml_node *list)
{
	struct scenario *s = d->scenario;
	struct steps steps = {0};
	struct placed *placed;

	if (!list || !field_want_list(c, list, "actions"))
		return;
	for (uint32_t i = 0; i < list->count; i++)
		read_action(d, c, list->item[i], &steps);
	placed = ARENA_NEW(&d->scratch, steps.count, struct placed);
	for (uint32_t i = 0; i < steps.count; i++)
		placed[i] = (struct placed){steps.item[i], i};
	if (steps.count)
		qsort(placed, steps.count, sizeof(*placed), by_time);
	s->action = ARENA_NEW(c->arena, steps.count, struct action);
	for (uint32_t i = 0; i < steps.count; i++)
		s->action[i] = placed[i].action;
	s->action_count = steps.count;
}
