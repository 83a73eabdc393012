/* ui.c - the screen put together: the instant that is shown, lists, prompts, pages. */
#include "report/watch/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "report/watch/keys.h"
#include "report/watch/terminal.h"

/* From so many nodes on, the map is what one sees first. */
#define MAP_FROM 500
/* Simulated seconds in one real second. */
static const double speeds[UI_SPEEDS] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};
#define SPEED_FIRST 6
/* Of a frame's 33 ms, so much is for simulating. */
#define FRAME_WORK ((int64_t)11 * 1000 * 1000)
/* On the way to a time far off there is nothing else to do; a key is still answered within 50 ms. */
#define TRAVEL_WORK ((int64_t)18 * 1000 * 1000)

double ui_speed(const struct ui *u)
{
	return speeds[u->speed];
}

const struct pane *ui_view(enum view_id v)
{
	static const struct pane *const views[VIEWS] = {&view_nodes, &view_pods,  &view_plane,
							&view_story, &view_facts, &view_map};

	return views[v];
}

void ui_say(struct ui *u, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(u->message, sizeof(u->message), format, args);
	va_end(args);
}

void ui_page(struct ui *u, const char *title, const char *text, bool fold)
{
	u->page_folds = fold;
	u->page = text;
	u->page_title = title;
	u->page_top = 0;
}

const char *ui_name(const struct ui *u, uint32_t name)
{
	return names_text(&u->player->run.names, name);
}

const char *ui_node_name(const struct ui *u, uint32_t node)
{
	return ui_name(u, u->player->scenario->objects.node[node].meta.name);
}

/* ---- the run ---- */

/* Loads into the scenario that does not play. */
static int load(struct ui *u, struct text *errors)
{
	struct scenario *s = &u->scenario[1 - u->playing];
	struct arena scratch = {0};
	const char **set = ARENA_NEW(&scratch, u->deeds, const char *);

	for (uint32_t i = 0; i < u->deeds; i++)
		set[i] = u->deed[i].set;
	const int code = u->setup.load(u->setup.context, s, set, u->deeds, errors);
	if (code != 0) {
		scenario_release(s);
		*s = (struct scenario){0};
	}
	arena_release(&scratch);
	return code;
}

static void drop(struct ui *u, int which)
{
	player_release(&u->players[which]);
	scenario_release(&u->scenario[which]);
	u->scenario[which] = (struct scenario){0};
}

/* Builds the run of the scenario that was loaded; only when it is there does it take the place of the one that plays.
 */
static bool begin(struct ui *u)
{
	const int next = 1 - u->playing;
	struct scenario *s = &u->scenario[next];
	const uint64_t seed = u->setup.has_seed ? u->setup.seed : s->seed;

	if (!player_open(&u->players[next], s, seed, u->deeds == 0 ? u->setup.recorded : NULL, u->progress)) {
		drop(u, next);
		return false;
	}
	if (u->player != NULL)
		drop(u, u->playing);
	u->playing = next;
	u->player = &u->players[next];
	u->instant_taken = false;
	return true;
}

bool ui_reload(struct ui *u, sim_time at)
{
	struct arena scratch = {0};
	struct text errors;

	text_init(&errors, &scratch);
	const bool loaded = load(u, &errors) == 0, good = loaded && begin(u);
	if (good)
		ui_go(u, at);
	else if (loaded)
		ui_say(u, "not done");
	else
		ui_say(u, "that cannot be: %.*s", (int)strcspn(errors.data, "\n"), errors.data);
	arena_release(&scratch);
	return good;
}

int ui_open(struct ui *u, const struct watch_setup *setup)
{
	struct arena scratch = {0};
	struct text errors;

	*u = (struct ui){.setup = *setup, .speed = SPEED_FIRST, .travel = SIM_NEVER};
	text_init(&errors, &scratch);
	const int code = load(u, &errors);
	fputs(errors.data, stderr);
	arena_release(&scratch);
	return code;
}

bool ui_begin(struct ui *u, const struct world_progress *progress)
{
	u->progress = progress;
	if (!begin(u))
		return false;
	u->running = !u->setup.paused && u->setup.at == SIM_NEVER;
	if (u->setup.at != SIM_NEVER)
		ui_go(u, u->setup.at);
	u->view = u->player->scenario->objects.node_count >= MAP_FROM ? VIEW_MAP : VIEW_NODES;
	return true;
}

void ui_close(struct ui *u)
{
	if (u->player != NULL)
		drop(u, u->playing);
	arena_release(&u->instant);
	arena_release(&u->paint);
	arena_release(&u->page_memory);
	arena_release(&u->deed_memory);
}

void ui_go(struct ui *u, sim_time at)
{
	struct player *p = u->player;

	at = at < 0 ? 0 : at > p->end ? p->end : at;
	player_back(p, at);
	u->travel = player_play(p, at, TRAVEL_WORK) ? SIM_NEVER : at;
}

bool ui_moves(const struct ui *u)
{
	return u->running || u->travel != SIM_NEVER;
}

void ui_tick(struct ui *u, int64_t real_ns)
{
	struct player *p = u->player;

	if (u->travel != SIM_NEVER) {
		ui_go(u, u->travel);
		return;
	}
	if (!u->running)
		return;
	u->lag += (double)real_ns * ui_speed(u);
	/* What cannot be kept up with is not caught up with: at most a second's worth is due. */
	const double most = 1e9 * ui_speed(u);
	u->lag = u->lag > most ? most : u->lag;
	sim_time to = p->run.now + (sim_time)u->lag;
	to = to > p->end ? p->end : to;
	const sim_time from = p->run.now;
	player_play(p, to, FRAME_WORK);
	u->lag -= (double)(p->run.now - from);
	u->lag = u->lag < 0 ? 0 : u->lag;
	if (p->run.now >= p->end)
		u->running = false;
}

void ui_take_instant(struct ui *u)
{
	const struct run *r = &u->player->run;

	if (u->instant_taken && u->instant_events == r->events && u->instant_at == r->now)
		return;
	arena_empty(&u->instant);
	u->look = inspect_look_in(u->player->world, &u->instant);
	u->pending = inspect_pending(&u->look, &u->instant, PENDINGS, &u->pendings);
	u->player->outcome.end = r->now;
	text_init(&u->kubectl_out, &u->instant);
	text_init(&u->kubectl_errors, &u->instant);
	u->kubectl = (struct kubectl){&u->look, &u->player->outcome, &u->paint, &u->kubectl_out, &u->kubectl_errors};
	u->instant_events = r->events;
	u->instant_at = r->now;
	u->instant_taken = true;
}

/* ---- lists ---- */

bool ui_passes(const struct ui *u, const char *text)
{
	return u->filter[0] == '\0' || strcasestr(text, u->filter) != NULL;
}

void ui_row(struct ui *u, uint32_t id)
{
	ARENA_RESERVE(&u->paint, u->row, u->row_capacity, u->rows + 1, uint32_t);
	u->row[u->rows++] = id;
}

uint32_t ui_list(struct ui *u)
{
	ui_take_instant(u);
	u->row = NULL;
	u->rows = u->row_capacity = 0;
	const struct pane *v = ui_view(u->view);
	v->list(u);
	if (!u->moved[u->view] && u->rows > 0) {
		const uint32_t home = v->home != NULL ? v->home(u) : 0;
		u->selected[u->view] = u->row[home];
		return home;
	}
	for (uint32_t i = 0; i < u->rows; i++)
		if (u->row[i] == u->selected[u->view])
			return i;
	if (u->rows > 0)
		u->selected[u->view] = u->row[0];
	return 0;
}

static void draw_list(struct ui *u, struct canvas *c, int y, int height)
{
	const struct pane *v = ui_view(u->view);
	const uint32_t at = ui_list(u);
	uint32_t *top = &u->top[u->view];
	const uint32_t fit = height > 1 ? (uint32_t)height - 1 : 1;

	u->page_height = (int)fit;
	v->head(u, c, y);
	if (at < *top)
		*top = at;
	/* What happens is shown with some of what is to come below it. */
	const uint32_t below = v->home != NULL && !u->moved[u->view] ? fit / 3 : 0;
	if (at + below >= *top + fit)
		*top = at + below - fit + 1;
	if (*top + fit > u->rows)
		*top = u->rows > fit ? u->rows - fit : 0;
	for (uint32_t i = *top; i < u->rows && i < *top + fit; i++) {
		const int row = y + 1 + (int)(i - *top);
		v->draw(u, c, row, u->row[i]);
		if (i == at)
			canvas_mark(c, row, 0, c->width, STYLE_SELECTED);
	}
	if (u->rows == 0)
		canvas_text(c, y + 1, 1, c->width - 1, STYLE_DIM,
			    u->filter[0] != '\0' ? "nothing passes the filter" : "nothing");
}

/* The line with the views' names, and what filters them. */
static void draw_tabs(struct ui *u, struct canvas *c, int y)
{
	int x = 2;

	canvas_fill(c, y, 0, c->width, 0x2500, STYLE_DIM);
	if (u->page != NULL) {
		canvas_format(c, y, x, c->width - x, STYLE_BOLD, " %s (q or escape: back) ", u->page_title);
		return;
	}
	for (int v = 0; v < VIEWS; v++)
		x = canvas_format(c, y, x, c->width - x, (int)u->view == v ? STYLE_SELECTED : STYLE_PLAIN, " %d %s ",
				  v + 1, ui_view((enum view_id)v)->name);
	if (u->filter[0] != '\0')
		canvas_format(c, y, x + 1, c->width - x - 1, STYLE_WARN, " only \"%s\": %u ", u->filter, u->rows);
}

/* ---- prompts ---- */

static void draw_bottom(struct ui *u, struct canvas *c, int y)
{
	static const char *const ask[] = {
		[PROMPT_FILTER] = "filter: ",
		[PROMPT_JUMP] = "view (nodes, pods, plane, story, facts, map): ",
		[PROMPT_TIME] = "go to (5m, +30s, -1m, end): ",
		[PROMPT_FOR] = "for how long (30s, 2m; empty: for good): ",
		[PROMPT_REPLICAS] = "how many replicas: ",
		[PROMPT_BREAK] = "the letter of what is to happen (escape: nothing): ",
	};
	char at[TIME_TEXT_MAX];
	struct text t;

	text_init(&t, &u->paint);
	canvas_fill(c, y, 0, c->width, ' ', STYLE_BAR);
	if (u->prompt != PROMPT_NONE)
		text_printf(&t, "%s%s_", ask[u->prompt], u->input);
	else if (u->message[0] != '\0')
		text_add(&t, u->message);
	else if (u->player->differs_at != SIM_NEVER)
		text_printf(&t, "from %s on, this nodefall plays it otherwise than it was recorded",
			    story_time(u->player->differs_at, at));
	else
		keys_line(&t);
	canvas_text(c, y, 1, c->width - 2, STYLE_BAR, t.data);
}

static void jump(struct ui *u)
{
	const size_t word = strcspn(u->input, " ");

	for (int v = 0; word > 0 && v < VIEWS; v++) {
		if (strncmp(ui_view((enum view_id)v)->name, u->input, word) != 0)
			continue;
		u->view = (enum view_id)v;
		snprintf(u->filter, sizeof(u->filter), "%s", u->input[word] == ' ' ? u->input + word + 1 : "");
		return;
	}
	ui_say(u, "no view \"%.*s\"", (int)word, u->input);
}

static void go_to(struct ui *u)
{
	const char sign = u->input[0];
	sim_time at;

	u->running = false;
	if (strcmp(u->input, "end") == 0) {
		ui_go(u, u->player->end);
		return;
	}
	if (!time_parse(u->input + (sign == '+' || sign == '-'), &at)) {
		ui_say(u, "\"%s\" is no time such as 5m or +30s", u->input);
		return;
	}
	if (sign == '+')
		at = time_add(u->player->run.now, at);
	else if (sign == '-')
		at = u->player->run.now - (at > u->player->run.now ? u->player->run.now : at);
	ui_go(u, at);
}

static void answer(struct ui *u)
{
	const enum prompt prompt = u->prompt;

	u->prompt = PROMPT_NONE;
	if (prompt == PROMPT_FILTER)
		snprintf(u->filter, sizeof(u->filter), "%s", u->input);
	else if (prompt == PROMPT_JUMP)
		jump(u);
	else if (prompt == PROMPT_TIME)
		go_to(u);
	else
		deeds_answer(u);
}

static void type(struct ui *u, int key)
{
	if (key == 27) {
		u->prompt = PROMPT_NONE;
	} else if (key == '\n') {
		answer(u);
	} else if (key == KEY_DELETE) {
		u->input[u->input_length -= u->input_length > 0] = '\0';
	} else if (key >= ' ' && key < 0x7f && u->input_length + 1 < INPUT_MAX) {
		u->input[u->input_length++] = (char)key;
		u->input[u->input_length] = '\0';
	}
}

void ui_key(struct ui *u, int key)
{
	u->message[0] = '\0';
	if (u->travel != SIM_NEVER && u->prompt == PROMPT_NONE) {
		u->travel = SIM_NEVER; /* whatever else the key does, it ends the way there */
		u->running = false;
		if (key == ' ' || key == 27)
			return;
	}
	ui_take_instant(u);
	if (u->prompt == PROMPT_BREAK) {
		ui_list(u);
		deeds_choose(u, key);
	} else if (u->prompt != PROMPT_NONE) {
		type(u, key);
	} else if (u->page != NULL) {
		page_turn(u, key);
	} else if (key == 27) {
		u->filter[0] = '\0';
	} else if (!keys_do(u, key)) {
		ui_say(u, "this key does nothing; ? lists those that do");
	}
}

void ui_draw(struct ui *u, struct canvas *c)
{
	/* The story has it all already. */
	const int room = u->view == VIEW_STORY ? 0 : c->height;
	const int tail = room >= 40 ? 12 : room >= 20 ? 7 : room >= 14 ? 4 : 0;

	u->width = c->width;
	ui_take_instant(u);
	int y = header_draw(u, c);
	draw_tabs(u, c, y++);
	const int height = c->height - y - tail - 1;
	if (u->page != NULL)
		page_draw(u, c, y, height + tail);
	else if (ui_view(u->view)->whole != NULL)
		ui_view(u->view)->whole(u, c, y, height);
	else
		draw_list(u, c, y, height);
	if (u->page == NULL && tail > 0)
		tail_draw(u, c, c->height - tail - 1, tail);
	draw_bottom(u, c, c->height - 1);
}
