/* tool.c - finds the tool, the machine's answer to a login, and what the tools share. */
#include "report/looks/tool.h"

#include <stdlib.h>
#include <string.h>

#include "report/looks/identity.h"
#include "sim/diag.h"

static const struct tool *const tools[] = {&tool_crictl, &tool_ctr, &tool_nerdctl, &tool_docker};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

/* ---- words ---- */

bool tool_is(const struct tool_call *c, uint32_t i, const char *any)
{
	if (i >= c->words)
		return false;
	while (*any != '\0') {
		const size_t n = strcspn(any, " ");

		if (strlen(c->word[i]) == n && strncmp(any, c->word[i], n) == 0)
			return true;
		any += n + (any[n] == ' ');
	}
	return false;
}

/* The position of word in names, or -1. */
static int position(const char *names, const char *word)
{
	for (int i = 0; *names != '\0'; i++) {
		const size_t n = strcspn(names, " ");

		if (strlen(word) == n && strncmp(names, word, n) == 0)
			return i;
		names += n + (names[n] == ' ');
	}
	return -1;
}

uint32_t tool_flags(const struct tool_call *c, uint32_t i, const char *flags, const char *names, bool *fine)
{
	uint32_t given = 0;

	*fine = true;
	for (; i < c->words; i++) {
		const char *w = c->word[i];

		if (w[0] == '-' && w[1] == '-') {
			const int at = position(names, w + 2);

			*fine &= at >= 0;
			given |= at >= 0 ? 1U << at : 0;
			continue;
		}
		*fine &= w[0] == '-' && w[1] != '\0';
		for (const char *letter = w + 1; *fine && *letter != '\0'; letter++) {
			const char *at = strchr(flags, *letter);

			*fine &= at != NULL;
			given |= at != NULL ? 1U << (at - flags) : 0;
		}
	}
	return given;
}

const char *tool_namespace(struct tool_call *c, const char *otherwise)
{
	static const char name[] = "--namespace=";
	const char *found = otherwise;
	uint32_t taken = 0;

	if (c->words > 1 && (tool_is(c, 0, "-n --namespace --n"))) {
		found = c->word[1];
		taken = 2;
	} else if (c->words > 0 && strncmp(c->word[0], name, sizeof(name) - 1) == 0) {
		found = c->word[0] + sizeof(name) - 1;
		taken = 1;
	}
	c->word += taken;
	c->words -= taken;
	return found;
}

int tool_refuses(const struct tool_call *c, const struct tool *t)
{
	struct text given;

	text_init(&given, c->arena);
	for (uint32_t i = 0; i < c->words; i++)
		text_printf(&given, " %s", c->word[i]);
	text_printf(c->errors, "error: of %s there is %s; not \"%s%s\"\n", t->name, t->can, t->name, given.data);
	return TOOL_MISUSE;
}

/* ---- the machine ---- */

static const char *node_name(const struct look *l, uint32_t node)
{
	return names_text(l->names, l->view->nodes.row[node].object->meta.name);
}

void tool_explains(const struct tool_call *c, const char *what)
{
	text_printf(c->errors, "help: %s runs %s (%s): %s\n", node_name(c->look, c->node), c->cri->runtime->info.name,
		    c->cri->runtime->path, what);
}

bool tool_has_docker(const struct tool_call *c)
{
	return strcmp(identity_runtime_name(c->cri->runtime), "docker") == 0;
}

bool tool_has_containerd(const struct tool_call *c)
{
	return tool_has_docker(c) || strcmp(c->cri->runtime->info.name, "containerd") == 0;
}

/* Docker's containerd is a service of its own, which dockerd's end leaves alone. */
bool tool_containerd_runs(const struct tool_call *c)
{
	return tool_has_containerd(c) && (tool_has_docker(c) || c->look->node[c->node].runtime_up);
}

const char *tool_own_namespace(const struct tool_call *c)
{
	return tool_has_docker(c) ? "moby" : "k8s.io";
}

const char *tool_pod_name(const struct tool_call *c, uint32_t pod)
{
	return names_text(c->look->names, c->look->view->pod[pod].name);
}

const char *tool_pod_namespace(const struct tool_call *c, uint32_t pod)
{
	return names_text(c->look->names, c->look->view->pod[pod].namespace);
}

double tool_image_bytes(const struct tool_call *c, const struct tool_image *image)
{
	return (double)(c->cri->runtime->content_store ? image->size : image->unpacked);
}

static int by_reference(const void *a, const void *b)
{
	return strcmp(((const struct tool_image *)a)->reference, ((const struct tool_image *)b)->reference);
}

const struct tool_image *tool_images(const struct tool_call *c, uint32_t *count)
{
	const struct image_look *own = inspect_images(c->look, c->node, c->arena, count);
	struct tool_image *image = ARENA_NEW(c->arena, *count + 1, struct tool_image);
	const char *pause = identity_pause(c->look);

	for (uint32_t i = 0; i < *count; i++) {
		const char *name = names_text(c->look->names, own[i].name);

		image[i] = (struct tool_image){.name = name,
					       .reference = identity_reference(c->arena, name),
					       .size = own[i].size,
					       .unpacked = own[i].unpacked,
					       .since = own[i].since > 0 ? own[i].since : 0};
	}
	image[(*count)++] = (struct tool_image){
		.name = pause, .reference = pause, .size = IDENTITY_PAUSE_BYTES, .unpacked = IDENTITY_PAUSE_BYTES};
	qsort(image, *count, sizeof(*image), by_reference);
	return image;
}

/* ---- exec ---- */

static int no_tool(const char *word, struct text *errors)
{
	const char *name[TOOLS], *near;

	for (size_t i = 0; i < TOOLS; i++)
		name[i] = tools[i]->name;
	near = diag_nearest(word, name, TOOLS);
	text_printf(errors, "error: no tool \"%s\"; there are crictl, ctr, nerdctl and docker\n", word);
	if (near != NULL)
		text_printf(errors, "help: did you mean \"%s\"?\n", near);
	return TOOL_MISUSE;
}

/* A login at the console: ssh's words, as that is what people try. */
static int no_login(const struct look *l, uint32_t node, struct arena *a, struct text *errors)
{
	const struct node_look *n = &l->node[node];

	text_printf(errors, "ssh: connect to host %s port 22: No route to host\n", identity_node_ip(a, node));
	text_printf(errors, "help: %s %s, so nothing on it answers\n", node_name(l, node),
		    n->machine   ? "has no power"
		    : n->booting ? "has not booted yet"
				 : "has no machine");
	return TOOL_FAILED;
}

int tool_exec(const struct look *l, uint32_t node, const char *const word[], uint32_t words, struct arena *a,
	      struct text *out, struct text *errors)
{
	const struct tool *t = NULL;

	for (size_t i = 0; i < TOOLS && t == NULL; i++)
		if (strcmp(tools[i]->name, word[0]) == 0)
			t = tools[i];
	if (t == NULL)
		return no_tool(word[0], errors);
	if (!l->node[node].machine || !l->node[node].powered)
		return no_login(l, node, a, errors);
	const struct cri cri = cri_list(l, node, a);
	const struct tool_call call = {.look = l,
				       .cri = &cri,
				       .node = node,
				       .word = word + 1,
				       .words = words - 1,
				       .arena = a,
				       .out = out,
				       .errors = errors};
	return t->run(&call);
}
