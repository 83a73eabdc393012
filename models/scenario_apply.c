/* scenario_apply.c - `apply -f FILE` and `patch`: manifests that come into force while the run goes on. They are read,
 * and all their mistakes told, when the scenario is loaded. */
#include <string.h>

#include "models/scenario_command.h"
#include "sim/file.h"

/* The file's path, relative to the folder of the scenario. */
static const char *path_of(struct command *cmd, const char *name)
{
	const char *scenario = cmd->node->file, *slash = strrchr(scenario, '/');

	if (name[0] == '/' || !slash)
		return name;
	return text_format(cmd->c->arena, "%.*s/%s", (int)(slash - scenario), scenario, name);
}

/* Reads the objects of a file apart from those of the load. */
static bool read_file(struct command *cmd, const char *path, struct decoder *apart, struct objects *objects)
{
	struct file_set files = {0};
	struct yaml_docs docs = {0};
	struct diag *diag = cmd->c->diag;
	const char *wrong;

	if (!file_is_plain(path))
		return command_wrong(cmd, "cannot read %s: no such file, or not a plain one", path);
	wrong = file_add(cmd->c->arena, &files, path);
	if (wrong)
		return command_wrong(cmd, "%s", wrong);
	decoder_init(apart, cmd->d->scenario, diag);
	*objects = (struct objects){.arena = cmd->c->arena, .names = cmd->c->names};
	apart->objects = objects;
	apart->whole.file = files.file[0].name;
	diag_add_source(diag, files.file[0].name, files.file[0].bytes, files.file[0].length);
	yaml_read(cmd->c->arena, diag, files.file[0].name, files.file[0].bytes, files.file[0].length, &docs);
	for (uint32_t i = 0; i < docs.count; i++)
		decode_document(apart, docs.root[i]);
	decode_finish_apart(apart, cmd->d);
	if (objects->claim_count + objects->volume_count + objects->priority_count > 0)
		diag_note(diag, yaml_mark(cmd->node),
			  "claims, volumes and PriorityClasses are not applied: give them from the start");
	return true;
}

static void add(struct command *cmd, enum object_kind object, bool is_new, uint32_t row, const void *version)
{
	cmd->draft.applied[cmd->draft.applied_count++] =
		(struct applied){.object = (uint8_t)object, .is_new = is_new, .row = row, .version = version};
}

/* The row of an object of the same name, or a new one at the end, which is registered. *is_new tells which. */
static uint32_t row_of(struct command *cmd, const char *kind, const struct meta *m, uint32_t end, bool *is_new)
{
	uint32_t row = decode_find(cmd->d, kind, m->namespace, m->name);

	*is_new = row == NO_ROW;
	if (*is_new)
		decode_register(cmd->d, kind, m, end);
	return *is_new ? end : row;
}

/* Appends a copy of *from, marked absent, to one of the arrays of the load. */
#define APPEND(o, array, from)                                                                                         \
	do {                                                                                                           \
		ARENA_RESERVE((o)->arena, (o)->array, (o)->array##_capacity, (o)->array##_count + 1,                   \
			      __typeof__(*(o)->array));                                                                \
		(o)->array[(o)->array##_count] = *(from);                                                              \
		(o)->array[(o)->array##_count++].absent = true;                                                        \
	} while (0)

static void take_nodes(struct command *cmd, struct objects *o, struct objects *from)
{
	for (uint32_t i = 0; i < from->node_count; i++) {
		bool is_new;
		uint32_t row = row_of(cmd, "Node", &from->node[i].meta, o->node_count, &is_new);

		if (is_new)
			APPEND(o, node, &from->node[i]);
		add(cmd, OBJECT_NODE, is_new, row, &from->node[i]);
	}
}

static void take_workloads(struct command *cmd, struct objects *o, struct objects *from)
{
	for (uint32_t i = 0; i < from->workload_count; i++) {
		const char *kind = workload_kind_name(from->workload[i].kind);
		bool is_new;
		uint32_t row = row_of(cmd, kind, &from->workload[i].meta, o->workload_count, &is_new);

		if (is_new)
			APPEND(o, workload, &from->workload[i]);
		add(cmd, OBJECT_WORKLOAD, is_new, row, &from->workload[i]);
	}
}

static void take_pods(struct command *cmd, struct objects *o, struct objects *from)
{
	for (uint32_t i = 0; i < from->pod_count; i++) {
		bool is_new;
		uint32_t row = row_of(cmd, "Pod", &from->pod[i].meta, o->pod_count, &is_new);

		if (is_new)
			APPEND(o, pod, &from->pod[i]);
		else
			diag_note(cmd->c->diag, from->pod[i].meta.at,
				  "of a pod that is there, apply changes labels and schedulingGates only");
		add(cmd, OBJECT_POD, is_new, row, &from->pod[i]);
	}
}

static void take_services(struct command *cmd, struct objects *o, struct objects *from)
{
	for (uint32_t i = 0; i < from->service_count; i++) {
		bool is_new;
		uint32_t row = row_of(cmd, "Service", &from->service[i].meta, o->service_count, &is_new);

		if (is_new)
			APPEND(o, service, &from->service[i]);
		else
			diag_note(cmd->c->diag, from->service[i].meta.at,
				  "a Service that is there is not changed by apply: delete it first");
		if (is_new)
			add(cmd, OBJECT_SERVICE, true, row, &from->service[i]);
	}
	for (uint32_t i = 0; i < from->pdb_count; i++) {
		bool is_new;
		uint32_t row = row_of(cmd, "PodDisruptionBudget", &from->pdb[i].meta, o->pdb_count, &is_new);

		if (is_new)
			APPEND(o, pdb, &from->pdb[i]);
		add(cmd, OBJECT_PDB, is_new, row, &from->pdb[i]);
	}
}

bool command_apply(struct command *cmd)
{
	const char *name = cmd->flag[FLAG_FILENAME];
	struct objects *o = cmd->d->objects, *from = ARENA_NEW(cmd->c->arena, 1, struct objects);
	uint32_t errors = cmd->c->diag->errors;
	struct decoder apart;

	cmd->draft.kind = ACTION_APPLY;
	if (!name || cmd->count > 1)
		return command_wrong(cmd, "apply needs -f FILE, and nothing else");
	if (!read_file(cmd, path_of(cmd, name), &apart, from))
		return false;
	decoder_release(&apart);
	cmd->draft.applied = ARENA_NEW(cmd->c->arena,
				       (size_t)from->node_count + from->workload_count + from->pod_count +
					       from->service_count + from->pdb_count,
				       struct applied);
	take_nodes(cmd, o, from);
	take_services(cmd, o, from);
	take_workloads(cmd, o, from);
	take_pods(cmd, o, from);
	if (cmd->c->diag->errors > errors)
		return false;
	if (!cmd->draft.applied_count)
		return command_wrong(cmd, "%s holds no object that can be simulated", name);
	command_step(cmd);
	return true;
}

/* ---- patch ---- */

/* One value of a merge patch becomes a step; false when it is nothing that can be simulated. */
static bool patch_spec(struct command *cmd, const char *key, const struct yaml_node *value)
{
	static const struct field replicas = {.name = "replicas", .kind = FIELD_INT32, .low = 0, .high = 1000000};
	const char *text = value->kind == YAML_SCALAR ? value->text : "";
	bool on = !strcmp(text, "true");

	if (cmd->draft.object == OBJECT_POD && !strcmp(key, "schedulingGates") &&
	    (yaml_is_null(value) || (value->kind == YAML_LIST && !value->count)))
		cmd->draft.kind = ACTION_UNGATE;
	else if (cmd->draft.object == OBJECT_NODE && !strcmp(key, "unschedulable"))
		cmd->draft.kind = on ? ACTION_CORDON : ACTION_UNCORDON;
	else if (cmd->draft.object == OBJECT_WORKLOAD && !strcmp(key, "paused"))
		cmd->draft.kind = on ? ACTION_ROLLOUT_PAUSE : ACTION_ROLLOUT_RESUME;
	else if (cmd->draft.object == OBJECT_WORKLOAD && !strcmp(key, "replicas") &&
		 !field_parse(cmd->c, &replicas, text, false, &cmd->draft.replicas))
		cmd->draft.kind = ACTION_SCALE;
	else
		return command_wrong(cmd, "a patch of spec.%s cannot be simulated for this object", key);
	command_step(cmd);
	return true;
}

static bool patch_labels(struct command *cmd, const struct yaml_node *labels)
{
	if (cmd->draft.object != OBJECT_POD && cmd->draft.object != OBJECT_NODE)
		return command_wrong(cmd, "only labels of nodes and pods can be patched");
	cmd->draft.kind = ACTION_LABEL;
	cmd->draft.overwrite = true;
	cmd->draft.change_count = labels->count;
	cmd->draft.change = ARENA_NEW(cmd->c->arena, labels->count, struct action_change);
	for (uint32_t i = 0; i < labels->count; i++) {
		const struct yaml_node *value = labels->pair[i].value;

		cmd->draft.change[i].key = names_intern(cmd->c->names, labels->pair[i].key->text);
		cmd->draft.change[i].remove = yaml_is_null(value);
		if (!yaml_is_null(value) && value->kind == YAML_SCALAR)
			cmd->draft.change[i].value = names_intern(cmd->c->names, value->text);
	}
	command_step(cmd);
	return true;
}

static bool patch_part(struct command *cmd, const char *key, const struct yaml_node *part)
{
	bool fine = true;

	if (part->kind != YAML_MAP)
		return command_wrong(cmd, "%s of a patch must be a map", key);
	for (uint32_t i = 0; i < part->count; i++) {
		const char *name = part->pair[i].key->text;

		if (!strcmp(key, "spec"))
			fine &= patch_spec(cmd, name, part->pair[i].value);
		else if (!strcmp(key, "metadata") && !strcmp(name, "labels") && part->pair[i].value->kind == YAML_MAP)
			fine &= patch_labels(cmd, part->pair[i].value);
		else
			fine = command_wrong(cmd, "a patch of %s.%s cannot be simulated", key, name);
	}
	return fine;
}

bool command_patch(struct command *cmd)
{
	const char *text = cmd->flag[FLAG_PATCH], *slash = cmd->count > 1 ? strchr(cmd->word[1], '/') : NULL;
	struct yaml_docs docs = {0};
	const char *kind, *name;
	enum object_kind object;
	enum workload_kind workload;
	bool fine = true;

	if (cmd->count != (slash ? 2u : 3u) || !text)
		return command_wrong(cmd, "patch needs a kind, a name and -p PATCH");
	kind = slash ? arena_text(cmd->c->arena, cmd->word[1], (size_t)(slash - cmd->word[1])) : cmd->word[1];
	name = slash ? slash + 1 : cmd->word[2];
	if (!command_kind(kind, strlen(kind), &object, &workload))
		return command_wrong(cmd, "\"%s\" is no kind of object that patch can be simulated for", kind);
	if (!command_target(cmd, kind, name))
		return false;
	diag_add_source(cmd->c->diag, "--patch", text, strlen(text));
	if (!yaml_read(cmd->c->arena, cmd->c->diag, "--patch", text, strlen(text), &docs))
		return false;
	if (docs.count != 1 || docs.root[0]->kind != YAML_MAP)
		return command_wrong(cmd, "a patch is a map, such as {\"spec\": {\"replicas\": 3}}");
	for (uint32_t i = 0; i < docs.root[0]->count; i++)
		fine &= patch_part(cmd, docs.root[0]->pair[i].key->text, docs.root[0]->pair[i].value);
	return fine;
}
