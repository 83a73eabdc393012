/* scenario_actions.c - actions of a Scenario: the words after "kubectl", understood. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "models/scenario_parts.h"

#define WORDS_MAX 32
#define SUGGEST_MAX 1000

/* One command while it is read. Flags are taken out of the words. */
struct command {
	struct decoder *d;
	struct field_context *c;
	const struct yaml_node *node;
	const char *word[WORDS_MAX];
	uint32_t count;
	const char *namespace, *replicas;
	struct action *out;
};

const char *action_kind_name(enum action_kind kind)
{
	static const char *const name[] = {"cordon",     "uncordon",  "drain",          "scale",
					   "delete-pod", "set-image", "rollout-restart"};

	return name[kind];
}

static struct diag *diag_of(const struct command *cmd)
{
	return cmd->c->diag;
}

/* Flags that change nothing of what is simulated: volumes are not, and grace periods are the pods' own. */
static const char *const harmless_flags[] = {"--delete-emptydir-data", "--delete-local-data", "--now", "--wait",
					     "--record"};
static const char *const harmless_with_value[] = {"--grace-period"};
static const char *const known_flags[] = {"--replicas", "--namespace", "--ignore-daemonsets", "--delete-emptydir-data",
					  "--force",    "--timeout"};

static bool is_one_of(const char *const known[], size_t count, const char *flag, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(known[i]) == length && !strncmp(known[i], flag, length))
			return true;
	return false;
}
#define IS_ONE_OF(known, flag, length) is_one_of(known, sizeof(known) / sizeof(known[0]), flag, length)

/* The value of "--name=value" or of "--name value", moving *i on. */
static const char *flag_value(struct command *cmd, char **words, uint32_t count, uint32_t *i)
{
	const char *equals = strchr(words[*i], '=');

	if (equals)
		return equals + 1;
	if (*i + 1 < count)
		return words[++*i];
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "%s needs a value", words[*i]);
	return NULL;
}

static bool timeout_flag(struct command *cmd, const char *value)
{
	if (!value)
		return false;
	if (time_parse(value, &cmd->out->timeout))
		return true;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "--timeout must be a duration such as 60s, not \"%s\"", value);
	return false;
}

static bool take_flag(struct command *cmd, char **words, uint32_t count, uint32_t *i)
{
	const char *flag = words[*i];
	size_t length = strcspn(flag, "=");

	if (!strcmp(flag, "-n") || (length == strlen("--namespace") && !strncmp(flag, "--namespace", length)))
		return (cmd->namespace = flag_value(cmd, words, count, i)) != NULL;
	if (length == strlen("--replicas") && !strncmp(flag, "--replicas", length))
		return (cmd->replicas = flag_value(cmd, words, count, i)) != NULL;
	if (!strcmp(flag, "--force"))
		return cmd->out->force = true;
	if (!strcmp(flag, "--ignore-daemonsets") || !strcmp(flag, "--ignore-daemonsets=true"))
		return cmd->out->ignore_daemonsets = true;
	if (length == strlen("--timeout") && !strncmp(flag, "--timeout", length))
		return timeout_flag(cmd, flag_value(cmd, words, count, i));
	if (IS_ONE_OF(harmless_with_value, flag, length))
		return flag_value(cmd, words, count, i) != NULL;
	if (IS_ONE_OF(harmless_flags, flag, length))
		return true;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "unknown flag %s", flag);
	diag_suggest(diag_of(cmd), arena_text(cmd->c->arena, flag, length), known_flags,
		     sizeof(known_flags) / sizeof(known_flags[0]));
	return false;
}

static bool split_words(struct command *cmd, const char *text)
{
	char *words[WORDS_MAX];
	uint32_t count = 0;

	for (;;) {
		size_t length;

		text += strspn(text, " \t\r\n");
		length = strcspn(text, " \t\r\n");
		if (!length)
			break;
		if (count == WORDS_MAX) {
			diag_error(diag_of(cmd), yaml_mark(cmd->node), "a command of more than %d words", WORDS_MAX);
			return false;
		}
		words[count++] = arena_text(cmd->c->arena, text, length);
		text += length;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (i == 0 && !strcmp(words[0], "kubectl"))
			continue;
		if (words[i][0] != '-')
			cmd->word[cmd->count++] = words[i];
		else if (!take_flag(cmd, words, count, &i))
			return false;
	}
	return true;
}

static uint32_t namespace_of(const struct command *cmd)
{
	return cmd->namespace ? names_find(cmd->c->names, cmd->namespace) : cmd->d->default_namespace;
}

static bool on_node(struct command *cmd, uint8_t kind)
{
	const char *name = cmd->count == 2 ? cmd->word[1] : "";
	uint32_t id;

	cmd->out->kind = kind;
	if (cmd->count != 2) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "%s needs the name of one node", cmd->word[0]);
		return false;
	}
	name += !strncmp(name, "node/", 5) ? 5 : 0;
	id = names_find(cmd->c->names, name);
	cmd->out->node = id ? decode_find(cmd->d, "Node", 0, id) : NO_ROW;
	if (cmd->out->node != NO_ROW || cmd->d->incomplete)
		return cmd->out->node != NO_ROW;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "no node is called \"%s\"", name);
	suggest_node(cmd->d, name);
	return false;
}

enum workload_kind scenario_kind_word(const char *word, size_t length)
{
	static const struct {
		const char *word;
		enum workload_kind kind;
	} known[] = {
		{"deployment", WORKLOAD_DEPLOYMENT},    {"deployments", WORKLOAD_DEPLOYMENT},
		{"deploy", WORKLOAD_DEPLOYMENT},        {"replicaset", WORKLOAD_REPLICA_SET},
		{"replicasets", WORKLOAD_REPLICA_SET},  {"rs", WORKLOAD_REPLICA_SET},
		{"statefulset", WORKLOAD_STATEFUL_SET}, {"statefulsets", WORKLOAD_STATEFUL_SET},
		{"sts", WORKLOAD_STATEFUL_SET},         {"daemonset", WORKLOAD_DAEMON_SET},
		{"daemonsets", WORKLOAD_DAEMON_SET},    {"ds", WORKLOAD_DAEMON_SET},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].word) == length && !strncasecmp(known[i].word, word, length))
			return known[i].kind;
	return WORKLOAD_NONE;
}

static void suggest_workload(struct command *cmd, enum workload_kind kind, const char *word)
{
	const struct objects *o = cmd->d->objects;
	const char *name[SUGGEST_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->workload_count && count < SUGGEST_MAX; i++)
		if (o->workload[i].kind == kind)
			name[count++] = names_text(cmd->c->names, o->workload[i].meta.name);
	diag_suggest(diag_of(cmd), word, name, count);
}

/* "deployment/web" or "deployment web" at word `at`; *next is the word behind it. */
static bool find_workload(struct command *cmd, uint32_t at, uint32_t *next)
{
	const char *word = at < cmd->count ? cmd->word[at] : "", *name = strchr(word, '/');
	enum workload_kind kind = scenario_kind_word(word, strcspn(word, "/"));
	uint32_t id;

	*next = at + 1 + !name;
	name = name ? name + 1 : at + 1 < cmd->count ? cmd->word[at + 1] : "";
	if (kind == WORKLOAD_NONE || !*name) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node),
			   "expected a workload such as deployment/web after \"%s\"", cmd->word[at - 1]);
		return false;
	}
	id = names_find(cmd->c->names, name);
	cmd->out->workload = id ? decode_find(cmd->d, workload_kind_name(kind), namespace_of(cmd), id) : NO_ROW;
	if (cmd->out->workload != NO_ROW || cmd->d->incomplete)
		return cmd->out->workload != NO_ROW;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "no %s is called \"%s\" in namespace \"%s\"",
		   workload_kind_name(kind), name, cmd->namespace ? cmd->namespace : "default");
	suggest_workload(cmd, kind, name);
	return false;
}

static bool no_more(struct command *cmd, uint32_t next)
{
	if (next >= cmd->count)
		return true;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "unexpected word \"%s\"", cmd->word[next]);
	return false;
}

static bool scale(struct command *cmd)
{
	static const struct field row = {.name = "--replicas", .kind = FIELD_INT32, .low = 0, .high = 1000000};
	uint32_t next;

	cmd->out->kind = ACTION_SCALE;
	if (!find_workload(cmd, 1, &next) || !no_more(cmd, next))
		return false;
	if (cmd->d->objects->workload[cmd->out->workload].kind == WORKLOAD_DAEMON_SET) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "a DaemonSet cannot be scaled");
		return false;
	}
	if (cmd->replicas && !field_parse(cmd->c, &row, cmd->replicas, false, &cmd->out->replicas))
		return true;
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "scale needs --replicas=N with N from 0 to 1000000");
	return false;
}

static bool starts_with_name(const char *pod, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(pod, name, length) && pod[length] == '-' && pod[length + 1];
}

/* Pods of workloads get their names during the run, so "web-..." is taken on trust where a workload "web" exists. */
static bool delete_pod(struct command *cmd)
{
	const struct objects *o = cmd->d->objects;
	const char *name = cmd->count == 2 && !strncmp(cmd->word[1], "pod/", 4) ? cmd->word[1] + 4 : "";
	const char *known[SUGGEST_MAX];
	uint32_t count = 0, id;

	cmd->out->kind = ACTION_DELETE_POD;
	if (cmd->count == 3 &&
	    (!strcmp(cmd->word[1], "pod") || !strcmp(cmd->word[1], "pods") || !strcmp(cmd->word[1], "po")))
		name = cmd->word[2];
	if (!*name) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "only \"delete pod NAME\" can be simulated");
		return false;
	}
	id = names_find(cmd->c->names, name);
	cmd->out->pod = names_intern(cmd->c->names, name);
	if (id && decode_find(cmd->d, "Pod", namespace_of(cmd), id) != NO_ROW)
		return true;
	for (uint32_t i = 0; i < o->workload_count; i++)
		if (starts_with_name(name, names_text(cmd->c->names, o->workload[i].meta.name)))
			return true;
	if (cmd->d->incomplete)
		return false;
	for (uint32_t i = 0; i < o->pod_count && count < SUGGEST_MAX; i++)
		known[count++] = names_text(cmd->c->names, o->pod[i].meta.name);
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "no pod or workload can give a pod called \"%s\"", name);
	diag_suggest(diag_of(cmd), name, known, count);
	return false;
}

static bool set_image(struct command *cmd)
{
	const struct pod_spec *spec;
	const char *equals, *known[SUGGEST_MAX];
	uint32_t next, container, count = 0;

	cmd->out->kind = ACTION_SET_IMAGE;
	if (cmd->count < 2 || strcmp(cmd->word[1], "image")) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "only \"set image\" can be simulated");
		return false;
	}
	if (!find_workload(cmd, 2, &next) || !no_more(cmd, next + 1))
		return false;
	equals = next < cmd->count ? strchr(cmd->word[next], '=') : NULL;
	if (!equals || !equals[1]) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "set image needs container=image");
		return false;
	}
	cmd->out->image = image_normalise(cmd->d, equals + 1);
	if (!strncmp(cmd->word[next], "*=", 2))
		return true;
	container = names_find(cmd->c->names,
			       arena_text(cmd->c->arena, cmd->word[next], (size_t)(equals - cmd->word[next])));
	spec = cmd->d->objects->workload[cmd->out->workload].spec;
	for (uint32_t i = 0; i < spec->container_count; i++) {
		if (container && spec->container[i].name == container) {
			cmd->out->container = container;
			return true;
		}
		if (count < SUGGEST_MAX)
			known[count++] = names_text(cmd->c->names, spec->container[i].name);
	}
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "no container is called \"%.*s\"",
		   (int)(equals - cmd->word[next]), cmd->word[next]);
	diag_suggest(diag_of(cmd), arena_text(cmd->c->arena, cmd->word[next], (size_t)(equals - cmd->word[next])),
		     known, count);
	return false;
}

static bool rollout(struct command *cmd)
{
	uint32_t next;

	cmd->out->kind = ACTION_ROLLOUT_RESTART;
	if (cmd->count < 2 || strcmp(cmd->word[1], "restart")) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "only \"rollout restart\" can be simulated");
		return false;
	}
	return find_workload(cmd, 2, &next) && no_more(cmd, next);
}

static bool understand(struct command *cmd)
{
	static const char *const verbs[] = {"cordon", "uncordon", "drain", "scale", "delete", "set", "rollout"};
	uint32_t verb = 0;

	if (!cmd->count) {
		diag_error(diag_of(cmd), yaml_mark(cmd->node), "kubectl without a command");
		return false;
	}
	while (verb < 7 && strcmp(verbs[verb], cmd->word[0]))
		verb++;
	switch (verb) {
	case 0:
	case 1:
	case 2:
		return on_node(cmd, (uint8_t)verb);
	case 3:
		return scale(cmd);
	case 4:
		return delete_pod(cmd);
	case 5:
		return set_image(cmd);
	case 6:
		return rollout(cmd);
	}
	diag_error(diag_of(cmd), yaml_mark(cmd->node), "kubectl %s cannot be simulated", cmd->word[0]);
	diag_suggest(diag_of(cmd), cmd->word[0], verbs, 7);
	return false;
}
_Static_assert(ACTION_CORDON == 0 && ACTION_UNCORDON == 1 && ACTION_DRAIN == 2, "the first verbs are their kinds");

static bool read_action(struct decoder *d, struct field_context *c, const struct yaml_node *node, struct action *out)
{
	struct action_draft draft = {0};
	struct command cmd = {.d = d, .c = c, .out = out};
	const char *text;

	if (!field_read_map(c, action_fields, node, &draft, "an action"))
		return false;
	if (!draft.kubectl || yaml_is_null(yaml_get(node, "at"))) {
		diag_error(c->diag, yaml_mark(node), "an action needs at and kubectl");
		return false;
	}
	*out = (struct action){.at = draft.at, .node = UINT32_MAX, .workload = UINT32_MAX, .mark = yaml_mark(node)};
	cmd.node = draft.kubectl;
	text = field_want_text(c, draft.kubectl, "kubectl");
	return text && split_words(&cmd, text) && understand(&cmd);
}

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
	struct placed *placed;
	uint32_t count = 0;

	if (!list || !field_want_list(c, list, "actions"))
		return;
	placed = ARENA_NEW(&d->scratch, list->count, struct placed);
	for (uint32_t i = 0; i < list->count; i++) {
		placed[count].place = i;
		count += read_action(d, c, list->item[i], &placed[count].action);
	}
	if (count)
		qsort(placed, count, sizeof(*placed), by_time);
	s->action = ARENA_NEW(c->arena, count, struct action);
	for (uint32_t i = 0; i < count; i++)
		s->action[i] = placed[i].action;
	s->action_count = count;
}
