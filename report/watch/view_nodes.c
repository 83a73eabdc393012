/* view_nodes.c - nodes: what the API server believes beside what is so; those in trouble first. */
#include "report/watch/ui.h"

enum node_state node_state(const struct ui *u, uint32_t node)
{
	const struct node *n = &u->look.view->nodes.row[node];
	const struct node_look *l = &u->look.node[node];
	const bool well = l->machine && l->powered && l->kubelet && l->runtime_up && l->linked && l->served;

	if (!n->exists && !l->machine)
		return NODE_ABSENT;
	if (n->exists && n->ready == READY_TRUE)
		return !well ? NODE_UNNOTICED : n->unschedulable || n->taint_count > 0 ? NODE_HELD : NODE_FINE;
	return well && n->exists ? NODE_MISTAKEN : NODE_DOWN;
}

enum style node_style(enum node_state s)
{
	static const enum style style[] = {STYLE_BAD, STYLE_WARN, STYLE_BAD, STYLE_WARN, STYLE_PLAIN, STYLE_DIM};

	return style[s];
}

static void list(struct ui *u)
{
	const uint32_t count = u->look.view->nodes.count;

	for (int pass = NODE_UNNOTICED; pass < NODE_ABSENT; pass++)
		for (uint32_t i = 0; i < count; i++)
			if ((int)node_state(u, i) == pass && ui_passes(u, ui_node_name(u, i)))
				ui_row(u, i);
}

/* The width of the first column. */
static int name_width(const struct canvas *c)
{
	return c->width >= 120 ? 34 : 18;
}

static void head(struct ui *u, struct canvas *c, int y)
{
	const int w = name_width(c);

	(void)u;
	canvas_text(c, y, 1, w, STYLE_BOLD, "NODE");
	canvas_text(c, y, 1 + w, 20, STYLE_BOLD, "BELIEVED");
	canvas_text(c, y, 21 + w, 12, STYLE_BOLD, "TRUTH");
	canvas_text(c, y, 34 + w, 14, STYLE_BOLD, "CPU");
	canvas_text(c, y, 49 + w, 5, STYLE_BOLD, "PODS");
	canvas_text(c, y, 55 + w, 24, STYLE_BOLD, c->width >= 100 ? "SILENT FOR" : "SILENT");
	canvas_text(c, y, 68 + w, c->width - 69 - w, STYLE_BOLD, "TAINTS");
}

static void taints(const struct ui *u, const struct node *n, struct text *t)
{
	static const char *const effect[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};

	for (uint32_t i = 0; i < n->taint_count; i++) {
		const char *key = ui_name(u, n->taint[i].key), *slash = key;
		for (const char *p = key; *p != '\0'; p++)
			slash = *p == '/' ? p + 1 : slash;
		text_printf(t, "%s%s:%s", i > 0 ? ", " : "", slash,
			    n->taint[i].effect < 4 ? effect[n->taint[i].effect] : "");
	}
}

static void draw(struct ui *u, struct canvas *c, int y, uint32_t node)
{
	const struct node_view *v = &u->look.view->nodes;
	const struct node_look *l = &u->look.node[node];
	const enum node_state state = node_state(u, node);
	const enum style style = node_style(state);
	const int w = name_width(c);
	char since[TIME_TEXT_MAX];
	struct text t;

	text_init(&t, &u->paint);
	canvas_text(c, y, 1, w - 1, style, ui_node_name(u, node));
	canvas_text(c, y, 1 + w, 18, style,
		    v->row[node].exists ? kubectl_node_status(&u->kubectl, node) : "(no object)");
	if (state <= NODE_MISTAKEN)
		canvas_put(c, y, 19 + w, 0x2260, STYLE_BAD);
	canvas_text(c, y, 21 + w, 12, style, kubectl_node_truth(&u->kubectl, node));
	if (v->row[node].exists && v->cpu_alloc[node] > 0) {
		const double share = (double)v->cpu_used[node] / (double)v->cpu_alloc[node];
		canvas_meter(c, y, 34 + w, 8, share, share > 0.9 ? STYLE_WARN : STYLE_GOOD);
		canvas_format(c, y, 43 + w, 5, STYLE_PLAIN, "%3.0f%%", share * 100);
		canvas_format(c, y, 49 + w, 5, STYLE_PLAIN, "%4d", (int)v->pods_used[node]);
	}
	const sim_time silent = u->look.at - l->lease_renewed;
	canvas_text(c, y, 55 + w, 12,
		    silent > u->player->scenario->timers.node_lease_duration ? STYLE_BAD : STYLE_PLAIN,
		    l->lease_renewed < 0 && silent > MINUTES(60) ? "-" : story_time(silent, since));
	taints(u, &v->row[node], &t);
	canvas_text(c, y, 68 + w, c->width - 69 - w, STYLE_WARN, t.data);
}

const struct pane view_nodes = {.name = "nodes", .list = list, .head = head, .draw = draw};
