/* page.c - text over the view: what kubectl describe says of what is selected, and why it is so. */
#include <string.h>

#include "report/fold.h"
#include "report/watch/keys.h"
#include "report/watch/terminal.h"
#include "report/why.h"

void page_describe(struct ui *u)
{
	const uint32_t at = ui_list(u);
	const struct pane *v = ui_view(u->view);
	struct kubectl k = u->kubectl;
	struct kubectl_query query = {0};
	struct text out, errors;

	if ((v != &view_nodes && v != &view_pods) || u->rows == 0) {
		ui_say(u, "d describes the node or pod that is selected in its view");
		return;
	}
	const bool pods = v == &view_pods;
	const uint32_t row = u->row[at];
	const char *name = pods ? ui_name(u, u->look.view->pod[row].name) : ui_node_name(u, row);
	const char *const words[] = {pods ? "pods" : "nodes", name};
	arena_empty(&u->page_memory);
	text_init(&out, &u->page_memory);
	text_init(&errors, &u->page_memory);
	k.arena = &u->page_memory;
	k.out = &out;
	k.errors = &errors;
	query.namespace = pods ? ui_name(u, u->look.view->pod[row].namespace) : NULL;
	kubectl_describe(&k, words, 2, &query);
	text_add(&out, errors.data);
	ui_page(u, text_format(&u->page_memory, "kubectl describe %s %s", words[0], name), out.data, false);
}

/* The place of a fact in the order of the run; facts may be alike, the last is meant. */
static uint32_t place_of(const struct causes *c, const struct fact *f)
{
	for (uint32_t i = c->count; i-- > 0;)
		if (memcmp(&c->of[i].fact, f, sizeof(*f)) == 0)
			return i;
	return CAUSE_NONE;
}

/* The chain of causes of the selected row; false, having said nothing, where the row has none. */
static bool why(struct ui *u, const struct causes *c, uint32_t row, struct text *out)
{
	const struct outcome *o = &u->player->outcome;

	switch (u->view) {
	case VIEW_PODS:
		return why_of_pod(o, c, row, &u->page_memory, out);
	case VIEW_NODES:
		return why_of_node(o, c, row, &u->page_memory, out);
	case VIEW_FACTS:
		if (row < c->count)
			why_of_fact(o, c, row, &u->page_memory, out);
		return row < c->count;
	case VIEW_STORY: {
		if (row >= story_lines(u->player->story))
			return false; /* it has not happened */
		const struct story_line l = story_line(u->player->story, row, &u->page_memory);
		const uint32_t at = place_of(c, &l.fact);

		if (at != CAUSE_NONE)
			why_of_fact(o, c, at, &u->page_memory, out);
		return at != CAUSE_NONE;
	}
	default:
		return false;
	}
}

void page_why(struct ui *u)
{
	const uint32_t at = ui_list(u);
	struct arena scratch = {0};
	struct causes causes;
	struct text out;

	if (u->rows == 0 || u->view == VIEW_PLANE || u->view == VIEW_MAP) {
		ui_say(u, "w tells why: of a node, a pod, a line of the story or a fact, selected in its view");
		return;
	}
	arena_empty(&u->page_memory);
	text_init(&out, &u->page_memory);
	out.columns = u->width - 2;
	causes_find(&causes, &u->player->outcome, &scratch);
	if (why(u, &causes, u->row[at], &out))
		ui_page(u, "why", out.data, true);
	else
		ui_say(u, "nothing that happened led to it");
	arena_release(&scratch);
}

void page_help(struct ui *u)
{
	struct text out;

	arena_empty(&u->page_memory);
	text_init(&out, &u->page_memory);
	keys_help(&out);
	ui_page(u, "keys", out.data, true);
}

void page_draw(struct ui *u, struct canvas *c, int y, int height)
{
	struct text folded;
	uint32_t lines = 0;

	text_init(&folded, &u->paint);
	fold_lines(u->page, u->page_folds ? c->width - 2 : 0, &folded);
	const char *line = folded.data;
	for (const char *p = line; *p != '\0'; p++)
		lines += *p == '\n';
	if (u->page_top + (uint32_t)height > lines)
		u->page_top = lines > (uint32_t)height ? lines - (uint32_t)height : 0;
	for (uint32_t i = 0; *line != '\0' && (int)(i - u->page_top) < height; i++) {
		const size_t length = strcspn(line, "\n");
		if (i >= u->page_top)
			canvas_format(c, y + (int)(i - u->page_top), 1, c->width - 1, STYLE_PLAIN, "%.*s", (int)length,
				      line);
		line += length + (line[length] == '\n');
	}
	u->page_height = height;
}

void page_turn(struct ui *u, int key)
{
	const uint32_t page = u->page_height > 1 ? (uint32_t)u->page_height - 1 : 1;

	if (key == KEY_UPWARD || key == 'k')
		u->page_top -= u->page_top > 0;
	else if (key == KEY_DOWNWARD || key == 'j')
		u->page_top++;
	else if (key == KEY_PAGE_UP)
		u->page_top -= u->page_top > page ? page : u->page_top;
	else if (key == KEY_PAGE_DOWN || key == ' ')
		u->page_top += page;
	else
		u->page = NULL;
}
