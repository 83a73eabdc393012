/* why.c - nodefall why: the chain of causes of what a pod, node or service is. */
#include <stdio.h>
#include <string.h>

#include "report/cli/look.h"
#include "report/why.h"

/* "pod/NAME", with the short words of kubectl. */
static bool read_object(const char *word, struct why_object *object)
{
	static const struct {
		const char *word;
		enum why_kind kind;
	} kind[] = {
		{"pod", WHY_POD},         {"pods", WHY_POD},         {"po", WHY_POD},
		{"node", WHY_NODE},       {"nodes", WHY_NODE},       {"no", WHY_NODE},
		{"service", WHY_SERVICE}, {"services", WHY_SERVICE}, {"svc", WHY_SERVICE},
	};
	const char *slash = strchr(word, '/');

	if (slash == NULL || slash[1] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++) {
		if (strlen(kind[i].word) != (size_t)(slash - word) ||
		    strncmp(kind[i].word, word, (size_t)(slash - word)) != 0)
			continue;
		object->kind = kind[i].kind;
		object->name = slash + 1;
		return true;
	}
	return false;
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
		fputs("nodefall why: one of pod/NAME, node/NAME or service/NAME is needed\n", stderr);
		return EXIT_MISUSE;
	}
	return look_at(o, "why", use);
}
