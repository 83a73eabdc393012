/* view_facts.c - every fact, the newest first. */
#include "report/fact_words.h"
#include "report/watch/ui.h"

/* With a filter, so many of the last facts are looked through. */
#define SEARCHED 20000
#define SHOWN 200000

static const char *words(struct ui *u, const struct fact *f)
{
	struct text t;

	text_init(&t, &u->paint);
	if (u->dictionary == NULL)
		u->dictionary = fact_dictionary(&u->deed_memory);
	fact_line(u->dictionary, &u->player->outcome, f, &u->paint, &t);
	return t.data;
}

/* Rows are numbers of facts from the first on, so that they stay while more are told. */
static void list(struct ui *u)
{
	const uint64_t count = u->player->run.facts.count;
	const uint64_t most = u->filter[0] != '\0' ? SEARCHED : SHOWN;

	for (uint64_t n = 0; n < count && n < most; n++)
		if (u->filter[0] == '\0' || ui_passes(u, words(u, player_fact(u->player, n))))
			ui_row(u, (uint32_t)(count - 1 - n));
}

static void head(struct ui *u, struct canvas *c, int y)
{
	(void)u;
	canvas_text(c, y, 1, 14, STYLE_BOLD, "         TIME");
	canvas_text(c, y, 16, c->width - 16, STYLE_BOLD, "FACT");
}

static void draw(struct ui *u, struct canvas *c, int y, uint32_t id)
{
	const struct fact *f = player_fact(u->player, u->player->run.facts.count - 1 - id);
	char at[TIME_TEXT_MAX];

	if (f == NULL)
		return;
	canvas_format(c, y, 1, 14, STYLE_NOTE, "%13s", time_print(f->at, at));
	canvas_text(c, y, 16, c->width - 16, f->kind == FACT_FAILURE_STRUCK ? STYLE_BAD : STYLE_PLAIN, words(u, f));
}

const struct pane view_facts = {.name = "facts", .list = list, .head = head, .draw = draw};
