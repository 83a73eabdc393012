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

/* A block of all nodes, whatever their zone. */
#define ANY_ZONE UINT32_MAX

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

/* Nodes of one zone, or all of a cluster that has at most one. */
struct block {
	uint32_t zone, nodes;
};

/* Columns of a zone's name, where there are several. */
#define NAME_WIDTH 10

static uint32_t rows_of(const struct block *b, uint32_t per_cell, uint32_t across)
{
	const uint32_t cells = (b->nodes + per_cell - 1) / per_cell;

	return (cells + across - 1) / across;
}

/* The blocks, those without nodes left out; nodes without a zone are the last. Returns how many. */
static uint32_t find_blocks(const struct ui *u, struct arena *a, struct block **out)
{
	const struct view *v = u->look.view;
	struct block *b = ARENA_NEW(a, v->zone_count + 1, struct block);
	uint32_t count = 0;

	for (uint32_t i = 0; i < v->nodes.count; i++)
		b[v->nodes.row[i].zone < v->zone_count ? v->nodes.row[i].zone : v->zone_count].nodes++;
	for (uint32_t z = 0; z <= v->zone_count; z++)
		if (b[z].nodes > 0)
			b[count++] = (struct block){z, b[z].nodes};
	*out = b;
	return count;
}

/* So many nodes in a cell that all blocks fit into `down` rows. */
static uint32_t fit(const struct block *b, uint32_t blocks, uint32_t across, uint32_t down)
{
	for (uint32_t per_cell = 1;; per_cell++) {
		uint32_t rows = 0;

		for (uint32_t i = 0; i < blocks; i++)
			rows += rows_of(&b[i], per_cell, across);
		if (rows <= down)
			return per_cell;
	}
}

static void draw_block(struct ui *u, struct canvas *c, int y, int x, const struct block *b, uint32_t per_cell)
{
	const struct view *v = u->look.view;
	const uint32_t across = (uint32_t)(c->width - x - 1);
	uint32_t seen = 0;
	enum node_state worst = NODE_ABSENT;

	for (uint32_t i = 0; i < v->nodes.count; i++) {
		const uint32_t zone = v->nodes.row[i].zone < v->zone_count ? v->nodes.row[i].zone : v->zone_count;
		if (b->zone != ANY_ZONE && zone != b->zone)
			continue;
		const enum node_state s = node_state(u, i);
		worst = s < worst ? s : worst;
		const uint32_t cell = seen++ / per_cell;
		if (seen % per_cell != 0 && seen != b->nodes)
			continue;
		canvas_put(c, y + (int)(cell / across), x + (int)(cell % across), look[worst].code, look[worst].style);
		worst = NODE_ABSENT;
	}
}

static void whole(struct ui *u, struct canvas *c, int y, int height)
{
	const struct view *v = u->look.view;
	const uint32_t down = height > 3 ? (uint32_t)height - 3 : 1;
	struct block *b;
	uint32_t blocks = find_blocks(u, &u->paint, &b);
	int x = 1 + NAME_WIDTH;

	if (blocks < 2 || blocks > down || c->width < 3 * NAME_WIDTH) {
		b[0] = (struct block){ANY_ZONE, v->nodes.count};
		blocks = v->nodes.count > 0;
		x = 1;
	}
	const uint32_t across = (uint32_t)(c->width > x + 1 ? c->width - x - 1 : 1);
	const uint32_t per_cell = fit(b, blocks, across, down);
	legend(u, c, y, per_cell);
	y += 2;
	for (uint32_t i = 0; i < blocks; i++) {
		if (b[i].zone != ANY_ZONE)
			canvas_text(c, y, 1, NAME_WIDTH - 1, STYLE_BOLD,
				    b[i].zone < v->zone_count && v->zone_name[b[i].zone] != 0
					    ? ui_name(u, v->zone_name[b[i].zone])
					    : "no zone");
		draw_block(u, c, y, x, &b[i], per_cell);
		y += (int)rows_of(&b[i], per_cell, across);
	}
}

static void list(struct ui *u)
{
	(void)u;
}

const struct pane view_map = {.name = "map", .list = list, .whole = whole};
