/* scenario_kubectl.c - what each verb of kubectl means for the simulation. */
#include <string.h>

#include "models/scenario_command.h"

static bool on_nodes(struct command *cmd, enum action_kind kind)
{
	cmd->draft.kind = (uint8_t)kind;
	if (kind == ACTION_DRAIN && cmd->count > 2)
		return command_wrong(cmd, "drain can be simulated for one node a command");
	return command_steps(cmd, 1, cmd->count, OBJECT_NODE, WORKLOAD_NONE);
}

static bool scale(struct command *cmd)
{
	static const struct field row = {.name = "--replicas", .kind = FIELD_INT32, .low = 0, .high = 1000000};
	uint32_t next;

	cmd->draft.kind = ACTION_SCALE;
	if (!command_workload_at(cmd, 1, &next) || !command_no_more(cmd, next))
		return false;
	if (command_workload(cmd)->kind >= WORKLOAD_DAEMON_SET)
		return command_wrong(cmd, "a %s cannot be scaled", workload_kind_name(command_workload(cmd)->kind));
	if (!cmd->flag[FLAG_REPLICAS] ||
	    field_parse(cmd->c, &row, cmd->flag[FLAG_REPLICAS], false, &cmd->draft.replicas))
		return command_wrong(cmd, "scale needs --replicas=N with N from 0 to 1000000");
	command_step(cmd);
	return true;
}

static bool delete_objects(struct command *cmd)
{
	static const char *const cascades[] = {"background", "orphan", "foreground"};
	const char *cascade = cmd->flag[FLAG_CASCADE];
	enum object_kind object;
	enum workload_kind workload;
	bool fine = true;

	cmd->draft.kind = ACTION_DELETE;
	while (cascade && cmd->draft.cascade < 3 && strcmp(cascade, cascades[cmd->draft.cascade]))
		cmd->draft.cascade++;
	if (cmd->draft.cascade == 3)
		return command_wrong(cmd, "--cascade must be background, orphan or foreground, not \"%s\"", cascade);
	if (!command_kind_at(cmd, 1, &object, &workload))
		return false;
	if (!strchr(cmd->word[1], '/'))
		return command_steps(cmd, 2, cmd->count, object, workload);
	for (uint32_t i = 1; i < cmd->count; i++)
		fine &= command_kind_at(cmd, i, &object, &workload) && command_steps(cmd, i, i + 1, object, workload);
	return fine;
}

static bool set_image(struct command *cmd)
{
	const struct pod_spec *spec;
	const char *equals, *known[SUGGEST_MAX], *name;
	uint32_t next, count = 0, container;

	cmd->draft.kind = ACTION_SET_IMAGE;
	if (cmd->count < 2 || strcmp(cmd->word[1], "image"))
		return command_wrong(cmd, "only \"set image\" can be simulated");
	if (!command_workload_at(cmd, 2, &next) || !command_no_more(cmd, next + 1))
		return false;
	equals = next < cmd->count ? strchr(cmd->word[next], '=') : NULL;
	if (!equals || !equals[1])
		return command_wrong(cmd, "set image needs container=image");
	cmd->draft.image = image_normalise(cmd->d, equals + 1);
	name = arena_text(cmd->c->arena, cmd->word[next], (size_t)(equals - cmd->word[next]));
	container = names_find(cmd->c->names, name);
	spec = command_workload(cmd)->spec;
	for (uint32_t i = 0; i < spec->container_count; i++) {
		if ((container && spec->container[i].name == container) || !strcmp(name, "*")) {
			cmd->draft.container = strcmp(name, "*") ? container : 0;
			command_step(cmd);
			return true;
		}
		if (count < SUGGEST_MAX)
			known[count++] = names_text(cmd->c->names, spec->container[i].name);
	}
	command_wrong(cmd, "no container is called \"%s\"", name);
	diag_suggest(cmd->c->diag, name, known, count);
	return false;
}

static bool rollout(struct command *cmd)
{
	static const struct field row = {.name = "--to-revision", .kind = FIELD_UINT32, .low = 0, .high = 1000000};
	static const char *const words[] = {"restart", "undo", "pause", "resume"};
	const char *word = cmd->count > 1 ? cmd->word[1] : "";
	uint32_t next, i = 0;

	while (i < 4 && strcmp(words[i], word))
		i++;
	if (i == 4) {
		command_wrong(cmd, "only rollout restart, undo, pause and resume can be simulated");
		diag_suggest(cmd->c->diag, word, words, 4);
		return false;
	}
	cmd->draft.kind = (uint8_t)(ACTION_ROLLOUT_RESTART + i);
	if (cmd->flag[FLAG_TO_REVISION] &&
	    (i != 1 || field_parse(cmd->c, &row, cmd->flag[FLAG_TO_REVISION], false, &cmd->draft.revision)))
		return command_wrong(cmd, "--to-revision is a whole number, for rollout undo");
	if (!command_workload_at(cmd, 2, &next) || !command_no_more(cmd, next))
		return false;
	enum workload_kind kind = command_workload(cmd)->kind;
	if (i >= 2 && kind != WORKLOAD_DEPLOYMENT)
		return command_wrong(cmd, "only a Deployment's rollout can be paused, not a %s's",
				     workload_kind_name(kind));
	if (kind != WORKLOAD_DEPLOYMENT && kind != WORKLOAD_STATEFUL_SET && kind != WORKLOAD_DAEMON_SET)
		return command_wrong(cmd, "a %s has no rollout", workload_kind_name(kind));
	command_step(cmd);
	return true;
}

/* ---- labels, annotations, taints ---- */

static uint8_t effect_of(const char *text)
{
	static const char *const effect[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};

	for (uint8_t i = 1; i < 4; i++)
		if (!strcmp(effect[i], text))
			return i;
	return EFFECT_NONE;
}

/* "key=value:effect", "key:effect", "key:effect-" or "key-". */
static bool read_taint(struct command *cmd, char *text, struct action_change *out)
{
	size_t length = strlen(text);
	char *colon, *equals;

	out->remove = length > 0 && text[length - 1] == '-';
	if (out->remove)
		text[length - 1] = '\0';
	colon = strrchr(text, ':');
	equals = strchr(text, '=');
	if (colon)
		*colon = '\0';
	if (equals)
		*equals = '\0';
	if (colon)
		out->effect = effect_of(colon + 1);
	if (!*text || (colon && !out->effect) || (!out->remove && !colon))
		return command_wrong(cmd, "a taint is key=value:NoSchedule, PreferNoSchedule or NoExecute, or key- to "
					  "take it away");
	out->key = names_intern(cmd->c->names, text);
	out->value = equals ? names_intern(cmd->c->names, equals + 1) : 0;
	return true;
}

#define DELETION_COST "controller.kubernetes.io/pod-deletion-cost"

/* "key=value" or "key-". */
static bool read_pair(struct command *cmd, char *text, struct action_change *out)
{
	static const struct field row = {.name = DELETION_COST, .kind = FIELD_INT32};
	size_t length = strlen(text);
	char *equals = strchr(text, '=');
	int32_t cost = 0;

	out->remove = !equals && length > 1 && text[length - 1] == '-';
	if (out->remove)
		text[length - 1] = '\0';
	else if (!equals || equals == text)
		return command_wrong(cmd, "expected key=value, or key- to take it away, not \"%s\"", text);
	else
		*equals = '\0';
	out->key = names_intern(cmd->c->names, text);
	if (equals)
		out->value = names_intern(cmd->c->names, equals + 1);
	if (cmd->draft.kind != ACTION_ANNOTATE)
		return true;
	if (strcmp(text, DELETION_COST)) {
		diag_note(cmd->c->diag, yaml_mark(cmd->node), "annotation %s has no effect on what is simulated", text);
		return true;
	}
	if (equals && field_parse(cmd->c, &row, equals + 1, false, &cost))
		return command_wrong(cmd, "%s must be a whole number, not \"%s\"", text, equals + 1);
	out->number = cost;
	return true;
}

/* The words from the first with '=', or '-' at its end, on are changes; those before are names. */
static bool is_change(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '=') || strchr(word, ':') || (length > 1 && word[length - 1] == '-');
}

static bool change_objects(struct command *cmd, enum action_kind kind)
{
	enum object_kind object;
	enum workload_kind workload;
	uint32_t first = 2, at = 2, errors = cmd->c->diag->errors;

	cmd->draft.kind = (uint8_t)kind;
	if (!command_kind_at(cmd, 1, &object, &workload))
		return false;
	if (object != OBJECT_NODE && (object != OBJECT_POD || kind == ACTION_TAINT) &&
	    !(kind == ACTION_ANNOTATE && object != OBJECT_POD))
		return command_wrong(cmd, kind == ACTION_TAINT ? "only nodes can be tainted"
							       : "only nodes and pods can be labelled");
	if (strchr(cmd->word[1], '/'))
		at = 1;
	while (first < cmd->count && !is_change(cmd->word[first]))
		first++;
	if (first == cmd->count)
		return command_wrong(cmd, kind == ACTION_TAINT ? "which taint? such as key=value:NoSchedule"
							       : "what is to be set? such as key=value");
	cmd->draft.change_count = cmd->count - first;
	cmd->draft.change = ARENA_NEW(cmd->c->arena, cmd->draft.change_count, struct action_change);
	for (uint32_t i = 0; i < cmd->draft.change_count; i++) {
		if (kind == ACTION_TAINT)
			read_taint(cmd, cmd->word[first + i], &cmd->draft.change[i]);
		else
			read_pair(cmd, cmd->word[first + i], &cmd->draft.change[i]);
	}
	if (cmd->c->diag->errors > errors)
		return false;
	if (kind == ACTION_ANNOTATE && object != OBJECT_POD)
		return true; /* noted: nothing of it matters */
	return command_steps(cmd, at, first, object, workload);
}

/* create job NAME --from=cronjob/NAME: a Job of the template, which appears then. */
static bool create_job(struct command *cmd)
{
	const char *from = cmd->flag[FLAG_FROM];
	struct objects *o = cmd->d->objects;
	struct workload_object job;

	cmd->draft.kind = ACTION_CREATE_JOB;
	if (cmd->count < 3 || strcmp(cmd->word[1], "job") || !from || strncmp(from, "cronjob/", 8))
		return command_wrong(cmd, "only \"create job NAME --from=cronjob/NAME\" can be simulated");
	if (!command_no_more(cmd, 3) || !command_target(cmd, "cronjob", from + 8))
		return false;
	job = *command_workload(cmd);
	job.kind = WORKLOAD_JOB;
	job.absent = true;
	job.meta.name = names_intern(cmd->c->names, cmd->word[2]);
	job.meta.at = yaml_mark(cmd->node);
	if (!decode_register(cmd->d, "Job", &job.meta, o->workload_count))
		return false;
	ARENA_RESERVE(o->arena, o->workload, o->workload_capacity, o->workload_count + 1, struct workload_object);
	cmd->draft.target = o->workload_count;
	o->workload[o->workload_count++] = job;
	command_step(cmd);
	return true;
}

bool command_understand(struct command *cmd)
{
	static const struct {
		const char *word;
		bool (*read)(struct command *cmd);
	} with_own[] = {{"scale", scale},        {"delete", delete_objects}, {"set", set_image},
			{"rollout", rollout},    {"patch", command_patch},   {"create", create_job},
			{"apply", command_apply}};
	static const struct {
		const char *word;
		enum action_kind kind;
		bool nodes;
	} alike[] = {{"cordon", ACTION_CORDON, true}, {"uncordon", ACTION_UNCORDON, true},
		     {"drain", ACTION_DRAIN, true},   {"taint", ACTION_TAINT, false},
		     {"label", ACTION_LABEL, false},  {"annotate", ACTION_ANNOTATE, false}};

	if (!cmd->count)
		return command_wrong(cmd, "kubectl without a command");
	for (size_t i = 0; i < sizeof(with_own) / sizeof(with_own[0]); i++)
		if (!strcmp(with_own[i].word, cmd->word[0]))
			return with_own[i].read(cmd);
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
		if (!strcmp(alike[i].word, cmd->word[0]))
			return alike[i].nodes ? on_nodes(cmd, alike[i].kind) : change_objects(cmd, alike[i].kind);
	return false;
}
