/* why.c - nodefall why: the chain of causes of what an object is. */
#include <stdio.h>
#include <string.h>

#include "report/cli/look.h"
#include "report/why.h"
#include "sim/diag.h"

/* The words before the slash, those of kubectl and those of nodefall; and the kind of a workload. */
static const struct {
	const char *word;
	enum why_kind kind;
	const char *group;
} words[] = {
	{"pod", WHY_POD, NULL},
	{"pods", WHY_POD, NULL},
	{"po", WHY_POD, NULL},
	{"node", WHY_NODE, NULL},
	{"nodes", WHY_NODE, NULL},
	{"no", WHY_NODE, NULL},
	{"service", WHY_SERVICE, NULL},
	{"services", WHY_SERVICE, NULL},
	{"svc", WHY_SERVICE, NULL},
	{"workload", WHY_WORKLOAD, NULL},
	{"deployment", WHY_WORKLOAD, "Deployment"},
	{"deploy", WHY_WORKLOAD, "Deployment"},
	{"replicaset", WHY_WORKLOAD, "ReplicaSet"},
	{"rs", WHY_WORKLOAD, "ReplicaSet"},
	{"statefulset", WHY_WORKLOAD, "StatefulSet"},
	{"sts", WHY_WORKLOAD, "StatefulSet"},
	{"daemonset", WHY_WORKLOAD, "DaemonSet"},
	{"ds", WHY_WORKLOAD, "DaemonSet"},
	{"job", WHY_WORKLOAD, "Job"},
	{"cronjob", WHY_WORKLOAD, "CronJob"},
	{"cj", WHY_WORKLOAD, "CronJob"},
	{"failure", WHY_FAILURE, NULL},
	{"persistentvolume", WHY_VOLUME, NULL},
	{"pv", WHY_VOLUME, NULL},
	{"persistentvolumeclaim", WHY_CLAIM, NULL},
	{"pvc", WHY_CLAIM, NULL},
	{"zone", WHY_ZONE, NULL},
	{"master", WHY_HOST, NULL},
	{"component", WHY_COMPONENT, NULL},
	{"group", WHY_GROUP, NULL},
	{"fact", WHY_FACT, NULL},
};

/* "pod/NAME" and its like. */
static bool read_object(const char *word, struct why_object *object)
{
	const char *slash = strchr(word, '/');

	if (slash == NULL || slash[1] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != (size_t)(slash - word) ||
		    strncmp(words[i].word, word, (size_t)(slash - word)) != 0)
			continue;
		object->kind = words[i].kind;
		object->group = words[i].group;
		object->name = slash + 1;
		return true;
	}
	return false;
}

/* What is wrong with a word that names no object. */
static void misuse(const char *word)
{
	const char *known[sizeof(words) / sizeof(words[0])], *near;
	char kind[32];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known[i] = words[i].word;
	snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(word, "/"), word);
	near = strchr(word, '/') != NULL ? diag_nearest(kind, known, sizeof(words) / sizeof(words[0])) : NULL;
	fputs("nodefall why: one of pod/NAME, node/NAME, service/NAME, deployment/NAME (and the other workloads), "
	      "failure/NAME, pv/NAME, pvc/NAME, zone/NAME, master/NAME, component/NAME, group/NAME or fact/ID is "
	      "needed\n",
	      stderr);
	if (near != NULL && strcmp(near, kind) != 0)
		fprintf(stderr, "help: did you mean \"%s/\"?\n", near);
}

static int use(const struct options *o, const struct kubectl *k)
{
	struct why_object object = {.namespace = o->namespace};
	struct arena scratch = {0};
	struct causes causes;

	read_object(o->operand[0], &object);
	causes_find(&causes, k->outcome, &scratch);
	const char *wrong = why_print(k->outcome, &causes, &object, k->arena, k->out);
	if (wrong != NULL)
		text_printf(k->errors, "nodefall why: %s\n", wrong);
	arena_release(&scratch);
	return wrong == NULL ? EXIT_HELD : EXIT_NOT_HELD;
}

int cli_why(const struct options *o)
{
	struct why_object object;

	if (o->operands != 1 || !read_object(o->operand[0], &object)) {
		misuse(o->operands == 1 ? o->operand[0] : "");
		return EXIT_MISUSE;
	}
	return look_at(o, "why", use);
}
