/* exec.c - nodefall exec: a tool at the console of one machine. */
#include <stdio.h>
#include <string.h>

#include "report/cli/look.h"
#include "report/looks/tool.h"
#include "sim/diag.h"

/* Nodes named where the one asked for is unlike any. */
#define NODES_NAMED 5

/* The row of the Node or machine called name, NONE if there is none; rows for machines that never came are none. */
static uint32_t find(const struct look *l, const char *name)
{
	for (uint32_t i = 0; i < l->view->nodes.count; i++) {
		const bool known = l->view->nodes.row[i].exists || l->node[i].machine || l->node[i].booting;

		if (known && strcmp(names_text(l->names, l->view->nodes.row[i].object->meta.name), name) == 0)
			return i;
	}
	return NONE;
}

static int unknown(const struct kubectl *k, const char *name)
{
	const struct node_view *v = &k->look->view->nodes;
	const char **known = ARENA_NEW(k->arena, v->count, const char *), *near;

	for (uint32_t i = 0; i < v->count; i++)
		known[i] = names_text(k->look->names, v->row[i].object->meta.name);
	near = diag_nearest(name, known, v->count);
	text_printf(k->errors, "nodefall exec: there is no node \"%s\" at that time\n", name);
	if (near != NULL && strcmp(near, name) != 0) {
		text_printf(k->errors, "help: did you mean \"%s\"?\n", near);
		return EXIT_NOT_HELD;
	}
	text_add(k->errors, "help: there are");
	for (uint32_t i = 0; i < v->count && i < NODES_NAMED; i++)
		text_printf(k->errors, "%s %s", i > 0 ? "," : "", known[i]);
	text_add(k->errors, v->count > NODES_NAMED ? " and others\n" : "\n");
	return EXIT_NOT_HELD;
}

static int use(const struct options *o, const struct kubectl *k)
{
	const uint32_t node = find(k->look, o->operand[0]);

	if (node == NONE)
		return unknown(k, o->operand[0]);
	return tool_exec(k->look, node, o->operand + 1, o->operands - 1, k->arena, k->out, k->errors);
}

int cli_exec(const struct options *o)
{
	if (o->operands < 2) {
		fputs("nodefall exec: give a node, and after \"--\" a tool and its arguments, such as\n"
		      "  nodefall exec worker-1 -f scenario.yaml --at 6m -- crictl ps -a\n",
		      stderr);
		return EXIT_MISUSE;
	}
	return look_at(o, "exec", use);
}
