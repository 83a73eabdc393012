/* watch.c - the loop: keys as soon as they come, thirty frames a second while the run plays. */
#include "report/watch/watch.h"

#include <inttypes.h>

#include "report/watch/terminal.h"
#include "report/watch/ui.h"

#define FRAME_NS ((int64_t)33333333)
/* What is built within this is not worth a screen of its own. */
#define PATIENCE_NS ((int64_t)150000000)

static void show(struct ui *u, struct terminal *t)
{
	struct canvas c;

	arena_empty(&u->paint);
	canvas_init(&c, &u->paint, t->width, t->height, t->ascii);
	ui_draw(u, &c);
	terminal_show(t, &c);
}

/* All keys that wait are done before the next frame. */
static void take_keys(struct ui *u, struct terminal *t, int wait_ms)
{
	for (int key = terminal_key(t, wait_ms); key != KEY_NOTHING && !u->quit; key = terminal_key(t, 0)) {
		arena_empty(&u->paint);
		player_touched(u->player);
		if (key == KEY_GONE)
			u->quit = true;
		else if (key != KEY_SIZE_CHANGED)
			ui_key(u, key);
	}
}

/* How long to wait for keys when so much of the frame is left. Nothing moves by itself while paused; the wait is only
 * for signals that came between two looks. On the way to another time there is work to do. */
static int wait_ms(const struct ui *u, int64_t left_ns)
{
	if (!ui_moves(u))
		return 250;
	return u->travel == SIM_NEVER && left_ns > 1000000 ? (int)(left_ns / 1000000) : 0;
}

static void loop(struct ui *u, struct terminal *t)
{
	int64_t last = player_clock();

	while (!u->quit && (u->setup.stop == NULL || *u->setup.stop == 0)) {
		show(u, t);
		take_keys(u, t, wait_ms(u, FRAME_NS - (player_clock() - last)));
		const int64_t now = player_clock();
		ui_tick(u, now - last);
		last = now;
	}
}

static void print_deeds(const struct ui *u, bool failures, struct text *out)
{
	bool any = false;

	for (uint32_t i = 0; i < u->deeds; i++) {
		if (u->deed[i].failure != failures)
			continue;
		if (!any)
			text_printf(out, "  %s:\n", failures ? "failures" : "actions");
		text_printf(out, "  - %s\n", u->deed[i].yaml);
		any = true;
	}
}

/* ---- while a cluster is built ---- */

struct building {
	struct ui *ui;
	struct terminal *terminal;
	int64_t begun, shown;
};

static void show_building(const struct building *b, uint32_t placed, uint32_t pods)
{
	const int width = b->terminal->width, bar = width > 40 ? 30 : width / 2;
	const int done = pods > 0 ? (int)((int64_t)bar * placed / pods) : 0;
	struct arena *a = &b->ui->paint;
	struct canvas c;

	arena_empty(a);
	canvas_init(&c, a, b->terminal->width, b->terminal->height, b->terminal->ascii);
	const int y = b->terminal->height > 4 ? b->terminal->height / 3 : 0;
	canvas_format(&c, y, 2, width - 2, STYLE_BOLD, "Settling: pods are scheduled and started before time 0.");
	canvas_fill(&c, y + 1, 2, bar, 0x2591, STYLE_DIM);
	canvas_fill(&c, y + 1, 2, done, 0x2588, STYLE_GOOD);
	canvas_format(&c, y + 1, bar + 4, width - bar - 4, STYLE_PLAIN, "%" PRIu32 " of %" PRIu32 " pods are placed",
		      placed, pods);
	canvas_format(&c, y + 3, 2, width - 2, STYLE_DIM,
		      b->ui->player != NULL ? "escape: leave it as it was   q: quit" : "escape, q: quit");
	terminal_show(b->terminal, &c);
}

/* The screen and the keys, while there is nothing else to look at. */
static bool build_goes_on(void *context, uint32_t placed, uint32_t pods)
{
	struct building *b = context;
	const int64_t now = player_clock();

	if (placed == 0)
		b->begun = now;
	if (now - b->begun < PATIENCE_NS || now - b->shown < FRAME_NS)
		return true;
	b->shown = now;
	show_building(b, placed, pods);
	for (int key = terminal_key(b->terminal, 0); key != KEY_NOTHING; key = terminal_key(b->terminal, 0)) {
		b->ui->quit |= key == 'q' || key == KEY_GONE;
		if (b->ui->quit || key == 27)
			return false;
	}
	return b->ui->setup.stop == NULL || *b->ui->setup.stop == 0;
}

int watch_run(const struct watch_setup *setup, struct terminal *t, struct text *by_hand, struct text *errors)
{
	struct arena memory = {0};
	struct ui *u = ARENA_NEW(&memory, 1, struct ui);
	int code = ui_open(u, setup);

	if (code == 0) {
		const char *wrong = terminal_open(t);
		if (wrong != NULL) {
			text_printf(errors, "nodefall watch: %s\n", wrong);
			code = 2;
		} else {
			struct building b = {.ui = u, .terminal = t};
			const struct world_progress progress = {build_goes_on, &b};
			if (ui_begin(u, &progress))
				loop(u, t);
			terminal_close(t);
		}
	}
	if (u->deeds > 0)
		text_add(by_hand, "Done by hand; these lines in the spec of the Scenario do it again:\n");
	print_deeds(u, true, by_hand);
	print_deeds(u, false, by_hand);
	ui_close(u);
	arena_release(&memory);
	return code;
}
