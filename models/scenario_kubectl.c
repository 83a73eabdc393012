/* scenario_kubectl.c - what each verb of kubectl means for the simulation. */
#include <stdlib.h>
#include <string.h>

#include "models/scenario_command.h"

uint32_t command_namespace(const struct command *cmd)
{
	const char *name = cmd->flag[FLAG_NAMESPACE];

	return name ? names_intern(cmd->c->names, name) : cmd->d->default_namespace;
}

/* ---- objects by name ---- */

static const struct kind_word {
	const char *word[4];
	enum object_kind object;
	enum workload_kind workload;
} kind_words[] = {
	{{"node", "nodes", "no"}, OBJECT_NODE, WORKLOAD_NONE},
	{{"pod", "pods", "po"}, OBJECT_POD, WORKLOAD_NONE},
	{{"service", "services", "svc"}, OBJECT_SERVICE, WORKLOAD_NONE},
	{{"poddisruptionbudget", "poddisruptionbudgets", "pdb"}, OBJECT_PDB, WORKLOAD_NONE},
	{{"deployment", "deployments", "deploy", "deployment.apps"}, OBJECT_WORKLOAD, WORKLOAD_DEPLOYMENT},
	{{"replicaset", "replicasets", "rs"}, OBJECT_WORKLOAD, WORKLOAD_REPLICA_SET},
	{{"statefulset", "statefulsets", "sts", "statefulset.apps"}, OBJECT_WORKLOAD, WORKLOAD_STATEFUL_SET},
	{{"daemonset", "daemonsets", "ds", "daemonset.apps"}, OBJECT_WORKLOAD, WORKLOAD_DAEMON_SET},
	{{"job", "jobs", "job.batch"}, OBJECT_WORKLOAD, WORKLOAD_JOB},
	{{"cronjob", "cronjobs", "cj"}, OBJECT_WORKLOAD, WORKLOAD_CRON_JOB},
};
#define KIND_WORDS (sizeof(kind_words) / sizeof(kind_words[0]))

bool command_kind(const char *word, size_t length, enum object_kind *object, enum workload_kind *workload)
{
	for (size_t i = 0; i < KIND_WORDS; i++)
		for (int k = 0; k < 4 && kind_words[i].word[k]; k++)
			if (strlen(kind_words[i].word[k]) == length && !strncmp(kind_words[i].word[k], word, length)) {
				*object = kind_words[i].object;
				*workload = kind_words[i].workload;
				return true;
			}
	return false;
}

static const char *kind_name(enum object_kind object, enum workload_kind workload)
{
	static const char *const name[] = {"Node", "Pod", "", "Service", "PodDisruptionBudget"};

	return object == OBJECT_WORKLOAD ? workload_kind_name(workload) : name[object];
}

/* The name of row i of the objects of a kind, or NULL behind the last. */
static const char *name_at(struct command *cmd, enum object_kind object, enum workload_kind workload, uint32_t i)
{
	const struct objects *o = cmd->d->objects;
	uint32_t name = 0;

	if (object == OBJECT_NODE && i < o->node_count)
		name = o->node[i].meta.name;
	else if (object == OBJECT_POD && i < o->pod_count)
		name = o->pod[i].meta.name;
	else if (object == OBJECT_SERVICE && i < o->service_count)
		name = o->service[i].meta.name;
	else if (object == OBJECT_PDB && i < o->pdb_count)
		name = o->pdb[i].meta.name;
	else if (object == OBJECT_WORKLOAD && i < o->workload_count)
		return o->workload[i].kind == workload ? names_text(cmd->c->names, o->workload[i].meta.name) : "";
	return name ? names_text(cmd->c->names, name) : NULL;
}

static void suggest_object(struct command *cmd, enum object_kind object, enum workload_kind workload, const char *word)
{
	const char **known = ARENA_NEW(&cmd->d->scratch, SUGGEST_MAX, const char *), *name;
	uint32_t count = 0;

	for (uint32_t i = 0; count < SUGGEST_MAX && (name = name_at(cmd, object, workload, i)); i++)
		if (*name)
			known[count++] = name;
	diag_suggest(cmd->c->diag, word, known, count);
}

static bool starts_with_name(const char *pod, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(pod, name, length) && pod[length] == '-' && pod[length + 1];
}

/* Pods of workloads get their names during the run, so "web-..." is taken on trust where a workload "web" exists. */
static bool find_pod(struct command *cmd, const char *name)
{
	const struct objects *o = cmd->d->objects;
	uint32_t id = names_intern(cmd->c->names, name), namespace = command_namespace(cmd);

	cmd->draft.target = id;
	cmd->draft.namespace = namespace;
	if (decode_find(cmd->d, "Pod", namespace, id) != NO_ROW)
		return true;
	for (uint32_t i = 0; i < o->workload_count; i++)
		if (starts_with_name(name, names_text(cmd->c->names, o->workload[i].meta.name)))
			return true;
	if (cmd->d->incomplete)
		return false;
	command_wrong(cmd, "no pod or workload can give a pod called \"%s\"", name);
	suggest_object(cmd, OBJECT_POD, WORKLOAD_NONE, name);
	return false;
}

static bool find_object(struct command *cmd, enum object_kind object, enum workload_kind workload, const char *name)
{
	uint32_t id = names_find(cmd->c->names, name), namespace = object == OBJECT_NODE ? 0 : command_namespace(cmd);

	cmd->draft.object = (uint8_t)object;
	if (object == OBJECT_POD)
		return find_pod(cmd, name);
	cmd->draft.target = id ? decode_find(cmd->d, kind_name(object, workload), namespace, id) : NO_ROW;
	if (cmd->draft.target != NO_ROW || cmd->d->incomplete)
		return cmd->draft.target != NO_ROW;
	if (object == OBJECT_NODE)
		command_wrong(cmd, "no node is called \"%s\"", name);
	else
		command_wrong(cmd, "no %s is called \"%s\" in namespace \"%s\"", kind_name(object, workload), name,
			      names_text(cmd->c->names, namespace));
	suggest_object(cmd, object, workload, name);
	return false;
}

/* The kind at word `at`, alone or before a slash. */
static bool kind_at(struct command *cmd, uint32_t at, enum object_kind *object, enum workload_kind *workload)
{
	static const char *const example[] = {"node", "pod", "deployment", "service", "pdb", "statefulset", "job"};
	const char *word = at < cmd->count ? cmd->word[at] : "";

	if (command_kind(word, strcspn(word, "/"), object, workload))
		return true;
	if (at >= cmd->count)
		return command_wrong(cmd, "%s needs a kind and a name, such as deployment/web", cmd->word[0]);
	command_wrong(cmd, "\"%.*s\" is no kind of object that %s can be simulated for", (int)strcspn(word, "/"), word,
		      cmd->word[0]);
	diag_suggest(cmd->c->diag, arena_text(cmd->c->arena, word, strcspn(word, "/")), example, 7);
	return false;
}

bool command_target(struct command *cmd, const char *kind, const char *name)
{
	enum object_kind object;
	enum workload_kind workload;

	return command_kind(kind, strlen(kind), &object, &workload) && find_object(cmd, object, workload, name);
}

static bool no_more(struct command *cmd, uint32_t next)
{
	return next >= cmd->count || command_wrong(cmd, "unexpected word \"%s\"", cmd->word[next]);
}

/* "deployment/web" or "deployment web" at word `at`; *next is the word behind it. */
static bool workload_at(struct command *cmd, uint32_t at, uint32_t *next)
{
	const char *word = at < cmd->count ? cmd->word[at] : "", *slash = strchr(word, '/'), *name;
	enum object_kind object = OBJECT_NODE;
	enum workload_kind workload = WORKLOAD_NONE;

	*next = at + 1 + !slash;
	name = slash ? slash + 1 : at + 1 < cmd->count ? cmd->word[at + 1] : "";
	if (!command_kind(word, strcspn(word, "/"), &object, &workload) || object != OBJECT_WORKLOAD || !*name)
		return command_wrong(cmd, "expected a workload such as deployment/web after \"%s\"", cmd->word[at - 1]);
	return find_object(cmd, object, workload, name);
}

static const struct workload_object *workload_of(const struct command *cmd)
{
	return &cmd->d->objects->workload[cmd->draft.target];
}

/* ---- selectors ---- */

/* "app=web,tier!=db,zone" as kubectl -l has it: equality, inequality, presence, absence. */
static bool read_selector_flag(struct command *cmd)
{
	char *text = arena_text(cmd->c->arena, cmd->flag[FLAG_SELECTOR], strlen(cmd->flag[FLAG_SELECTOR]));
	struct selector *s = &cmd->draft.selector;

	s->present = true;
	s->item = ARENA_NEW(cmd->c->arena, strlen(text) + 1, struct requirement);
	for (char *part = text, *next; part; part = next) {
		struct requirement *r = &s->item[s->count++];
		char *equals;
		bool absent = *part == '!';

		next = strchr(part, ',');
		if (next)
			*next++ = '\0';
		part += absent;
		equals = strchr(part, '=');
		if (!*part || equals == part || strpbrk(part, " ()"))
			return command_wrong(cmd, "--selector must be such as app=web,tier!=db, not \"%s\"",
					     cmd->flag[FLAG_SELECTOR]);
		r->op = absent ? OP_DOES_NOT_EXIST : OP_EXISTS;
		if (equals) {
			bool not = equals > part && equals[-1] == '!';

			r->op = not ? OP_NOT_IN : OP_IN;
			r->count = 1;
			r->value = ARENA_NEW(cmd->c->arena, 1, uint32_t);
			*(not ? equals - 1 : equals) = '\0';
			r->value[0] = names_intern(cmd->c->names, equals + 1 + (equals[1] == '='));
		}
		r->key = names_intern(cmd->c->names, part);
	}
	return true;
}

/* Adds a step for each object named from word `at` on (up to the first with a mark of a change), or one for all that a
 * selector will match. */
static bool steps_for(struct command *cmd, uint32_t at, uint32_t end, enum object_kind object,
		      enum workload_kind workload)
{
	bool fine = true, all = cmd->flag[FLAG_ALL] != NULL;

	cmd->draft.object = (uint8_t)object;
	if (all || cmd->flag[FLAG_SELECTOR]) {
		if (at < end)
			return command_wrong(cmd, "names and a selector cannot be given together");
		if (object != OBJECT_POD && object != OBJECT_NODE)
			return command_wrong(cmd, "a selector can be simulated for pods and nodes only");
		cmd->draft.selects = true;
		cmd->draft.target = UINT32_MAX;
		cmd->draft.namespace = command_namespace(cmd);
		if (!all && !read_selector_flag(cmd))
			return false;
		if (all)
			cmd->draft.selector = (struct selector){.present = true};
		command_step(cmd);
		return true;
	}
	if (at >= end)
		return command_wrong(cmd, "%s needs the name of %s", cmd->word[0],
				     object == OBJECT_NODE ? "a node" : "an object");
	for (uint32_t i = at; i < end; i++) {
		const char *slash = strchr(cmd->word[i], '/');

		if (find_object(cmd, object, workload, slash ? slash + 1 : cmd->word[i]))
			command_step(cmd);
		else
			fine = false;
	}
	return fine;
}

/* ---- verbs ---- */

static bool on_nodes(struct command *cmd, enum action_kind kind)
{
	cmd->draft.kind = (uint8_t)kind;
	if (kind == ACTION_DRAIN && cmd->count > 2)
		return command_wrong(cmd, "drain can be simulated for one node a command");
	return steps_for(cmd, 1, cmd->count, OBJECT_NODE, WORKLOAD_NONE);
}

static bool scale(struct command *cmd)
{
	static const struct field row = {.name = "--replicas", .kind = FIELD_INT32, .low = 0, .high = 1000000};
	uint32_t next;

	cmd->draft.kind = ACTION_SCALE;
	if (!workload_at(cmd, 1, &next) || !no_more(cmd, next))
		return false;
	if (workload_of(cmd)->kind >= WORKLOAD_DAEMON_SET)
		return command_wrong(cmd, "a %s cannot be scaled", workload_kind_name(workload_of(cmd)->kind));
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
	if (!kind_at(cmd, 1, &object, &workload))
		return false;
	if (!strchr(cmd->word[1], '/'))
		return steps_for(cmd, 2, cmd->count, object, workload);
	for (uint32_t i = 1; i < cmd->count; i++)
		fine &= kind_at(cmd, i, &object, &workload) && steps_for(cmd, i, i + 1, object, workload);
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
	if (!workload_at(cmd, 2, &next) || !no_more(cmd, next + 1))
		return false;
	equals = next < cmd->count ? strchr(cmd->word[next], '=') : NULL;
	if (!equals || !equals[1])
		return command_wrong(cmd, "set image needs container=image");
	cmd->draft.image = image_normalise(cmd->d, equals + 1);
	name = arena_text(cmd->c->arena, cmd->word[next], (size_t)(equals - cmd->word[next]));
	container = names_find(cmd->c->names, name);
	spec = workload_of(cmd)->spec;
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
	if (!workload_at(cmd, 2, &next) || !no_more(cmd, next))
		return false;
	enum workload_kind kind = workload_of(cmd)->kind;
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
	if (!kind_at(cmd, 1, &object, &workload))
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
	return steps_for(cmd, at, first, object, workload);
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
	if (!no_more(cmd, 3) || !command_target(cmd, "cronjob", from + 8))
		return false;
	job = *workload_of(cmd);
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
