/* view_story.c - the timeline in words: what has happened, and dotted what is already scheduled. */
#include <inttypes.h>

#include "report/watch/ui.h"

static bool passes_line(struct ui *u, uint32_t i)
{
	return u->filter[0] == '\0' || ui_passes(u, story_line(u->player->story, i, &u->paint).text);
}

/* Ids from this on are of what is scheduled. */
#define PENDING_FROM UINT32_C(0x80000000)

static void list(struct ui *u)
{
	for (uint32_t i = 0; i < story_lines(u->player->story); i++)
		if (passes_line(u, i))
			ui_row(u, i);
	for (uint32_t i = 0; i < u->pendings; i++)
		if (ui_passes(u, pending_words(u, &u->pending[i], &u->paint)))
			ui_row(u, PENDING_FROM + i);
}

/* Now: the last line of what has happened. */
static uint32_t home(const struct ui *u)
{
	uint32_t at = 0;

	while (at + 1 < u->rows && u->row[at + 1] < PENDING_FROM)
		at++;
	return at;
}

static void head(struct ui *u, struct canvas *c, int y)
{
	(void)u;
	canvas_text(c, y, 1, 11, STYLE_BOLD, "      TIME");
	canvas_text(c, y, 13, c->width - 13, STYLE_BOLD, "WHAT HAPPENED, AND (dotted) WHAT IS SCHEDULED");
}

static void draw(struct ui *u, struct canvas *c, int y, uint32_t id)
{
	char at[TIME_TEXT_MAX];

	if (id >= PENDING_FROM) {
		const struct pending *p = &u->pending[id - PENDING_FROM];
		canvas_format(c, y, 1, 11, STYLE_DIM, "%10s", story_time(p->at, at));
		canvas_put(c, y, 12, 0xb7, STYLE_DIM);
		canvas_text(c, y, 14, c->width - 14, STYLE_DIM, pending_words(u, p, &u->paint));
		return;
	}
	const struct story_line l = story_line(u->player->story, id, &u->paint);
	const enum style style = l.failure ? STYLE_BAD : l.rank == 0 ? STYLE_BOLD : STYLE_PLAIN;
	canvas_format(c, y, 1, 11, STYLE_NOTE, "%10s", story_time(l.at, at));
	canvas_put(c, y, 12, 0x2502, STYLE_NOTE);
	canvas_text(c, y, 14, c->width - 14, style, l.text);
}

const struct pane view_story = {.name = "story", .list = list, .home = home, .head = head, .draw = draw};
