/* view_pods.c - pods: STATUS as kubectl would print it beside what is so; those in trouble first. */
#include "report/watch/ui.h"

enum pod_look_state { POD_UNNOTICED, POD_WAITS, POD_ENDING, POD_FINE, POD_OVER };

/* Whether what is believed to run does not, or the machine that it is on is lost. */
static enum pod_look_state state_of(const struct ui *u, uint32_t pod)
{
	const struct pod *p = &u->look.view->pod[pod];
	const bool alive = p->node != NONE && u->look.node[p->node].powered && u->look.pod[pod].runs;

	if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		return POD_OVER;
	if (p->deleting || !p->exists)
		return POD_ENDING;
	if (p->ready && !alive)
		return POD_UNNOTICED;
	return p->ready ? POD_FINE : POD_WAITS;
}

static enum style style_of(enum pod_look_state s)
{
	static const enum style style[] = {STYLE_BAD, STYLE_WARN, STYLE_WARN, STYLE_PLAIN, STYLE_DIM};

	return style[s];
}

static bool passes(const struct ui *u, uint32_t pod)
{
	const struct pod *p = &u->look.view->pod[pod];

	return ui_passes(u, ui_name(u, p->name)) || (p->node != NONE && ui_passes(u, ui_node_name(u, p->node)));
}

static void list(struct ui *u)
{
	for (int pass = POD_UNNOTICED; pass <= POD_OVER; pass++)
		for (uint32_t i = 0; i < u->look.view->pod_count; i++)
			if ((u->look.view->pod[i].exists || u->look.pod[i].runs) && (int)state_of(u, i) == pass &&
			    passes(u, i))
				ui_row(u, i);
}

/* The widths of name, believed, truth and node. */
static void widths(const struct canvas *c, int w[4])
{
	const int spare = c->width > 80 ? c->width - 80 : 0;

	w[0] = 24 + spare / 2;
	w[1] = 16 + spare / 6;
	w[2] = 12 + spare / 6;
	w[3] = c->width - 12 - w[0] - w[1] - w[2];
}

static void head(struct ui *u, struct canvas *c, int y)
{
	static const char *const title[] = {"POD", "BELIEVED", "TRUTH", "NODE"};
	int w[4], x = 1;

	(void)u;
	widths(c, w);
	for (int i = 0; i < 4; x += w[i++])
		canvas_text(c, y, x, w[i] - 1, STYLE_BOLD, title[i]);
	canvas_text(c, y, x, c->width - x, STYLE_BOLD, "AGE");
}

static void draw(struct ui *u, struct canvas *c, int y, uint32_t pod)
{
	const struct pod *p = &u->look.view->pod[pod];
	const enum pod_look_state state = state_of(u, pod);
	const enum style style = style_of(state);
	int w[4];

	widths(c, w);
	int x = 1;
	canvas_text(c, y, x, w[0] - 1, style, ui_name(u, p->name));
	x += w[0];
	canvas_format(c, y, x, w[1] - 2, style, "%s%s",
		      p->exists ? kubectl_pod_status(&u->kubectl, pod, false) : "(no object)",
		      p->exists && p->ready ? " ready" : "");
	if (state == POD_UNNOTICED)
		canvas_put(c, y, x + w[1] - 2, 0x2260, STYLE_BAD);
	x += w[1];
	canvas_text(c, y, x, w[2] - 1, style, kubectl_pod_status(&u->kubectl, pod, true));
	x += w[2];
	canvas_text(c, y, x, w[3] - 1, style, p->node != NONE ? ui_node_name(u, p->node) : "-");
	x += w[3];
	canvas_text(c, y, x, c->width - x, STYLE_PLAIN, kubectl_age(&u->kubectl, p->created));
}

const struct pane view_pods = {.name = "pods", .list = list, .head = head, .draw = draw};
