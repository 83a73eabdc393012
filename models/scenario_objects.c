/* scenario_objects.c - the objects that a command of kubectl speaks of: by kind and name, or by a selector. */
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

bool command_kind_at(struct command *cmd, uint32_t at, enum object_kind *object, enum workload_kind *workload)
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

bool command_no_more(struct command *cmd, uint32_t next)
{
	return next >= cmd->count || command_wrong(cmd, "unexpected word \"%s\"", cmd->word[next]);
}

bool command_workload_at(struct command *cmd, uint32_t at, uint32_t *next)
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

const struct workload_object *command_workload(const struct command *cmd)
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

bool command_steps(struct command *cmd, uint32_t at, uint32_t end, enum object_kind object, enum workload_kind workload)
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
