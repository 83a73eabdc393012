/* view_map.c - all nodes at a glance: a cell for each, or for each group of neighbours that shows the worst of them. */
#include <inttypes.h>

#include "report/watch/ui.h"

static const struct {
	uint32_t code;
	enum style style;
	const char *words;
} look[] = {
	[NODE_UNNOTICED] = {0x2715, STYLE_BAD, "failed, not noticed"},
	[NODE_MISTAKEN] = {'?', STYLE_WARN, "well, believed not Ready"},
	[NODE_DOWN] = {'!', STYLE_BAD, "not Ready"},
	[NODE_HELD] = {0x25cb, STYLE_WARN, "cordoned or tainted"},
	[NODE_FINE] = {0x25cf, STYLE_GOOD, "Ready"},
	[NODE_ABSENT] = {0xb7, STYLE_DIM, "no machine"},
};

static void legend(struct ui *u, struct canvas *c, int y, uint32_t per_cell)
{
	uint32_t count[NODE_ABSENT + 1] = {0};
	int x = 1;

	for (uint32_t i = 0; i < u->look.view->nodes.count; i++)
		count[node_state(u, i)]++;
	for (int s = 0; s <= NODE_ABSENT; s++) {
		if (count[s] == 0)
			continue;
		canvas_put(c, y, x, look[s].code, look[s].style);
		x = canvas_format(c, y, x + 2, c->width - x - 2, STYLE_PLAIN, "%" PRIu32 " %s", count[s],
				  look[s].words) +
		    2;
	}
	if (per_cell > 1)
		canvas_format(c, y + 1, 1, c->width - 1, STYLE_DIM,
			      "a cell is %" PRIu32 " nodes and shows the worst of them", per_cell);
}

static void whole(struct ui *u, struct canvas *c, int y, int height)
{
	const uint32_t nodes = u->look.view->nodes.count, across = (uint32_t)(c->width > 2 ? c->width - 2 : 1);
	const uint32_t down = height > 3 ? (uint32_t)height - 3 : 1, cells = across * down;
	const uint32_t per_cell = (nodes + cells - 1) / cells;

	legend(u, c, y, per_cell);
	for (uint32_t i = 0; i * per_cell < nodes && i < cells; i++) {
		enum node_state worst = NODE_ABSENT;
		for (uint32_t n = i * per_cell; n < nodes && n < (i + 1) * per_cell; n++) {
			const enum node_state s = node_state(u, n);
			worst = s < worst ? s : worst;
		}
		canvas_put(c, y + 2 + (int)(i / across), 1 + (int)(i % across), look[worst].code, look[worst].style);
	}
}

static void list(struct ui *u)
{
	(void)u;
}

const struct pane view_map = {.name = "map", .list = list, .whole = whole};
