/* keys.c - one row for each key: what it does, and what help says of it. */
#include "report/watch/keys.h"

#include <string.h>

#include "report/watch/terminal.h"

static void run_or_pause(struct ui *u)
{
	u->running = !u->running && u->player->run.now < u->player->end;
	u->lag = 0;
}

static void step(struct ui *u)
{
	u->running = false;
	player_step(u->player);
}

static void step_back(struct ui *u)
{
	u->running = false;
	ui_go(u, player_instant_before(u->player));
}

static void jump_by(struct ui *u, sim_time by)
{
	u->running = false;
	ui_go(u, u->player->run.now + by);
}
static void later(struct ui *u)
{
	jump_by(u, SECONDS(10));
}
static void earlier(struct ui *u)
{
	jump_by(u, -SECONDS(10));
}
static void much_later(struct ui *u)
{
	jump_by(u, MINUTES(1));
}
static void much_earlier(struct ui *u)
{
	jump_by(u, -MINUTES(1));
}

/* The first failure or action after now, as the scenario has it. */
static void next_failure(struct ui *u)
{
	const struct scenario *s = u->player->scenario;
	sim_time at = SIM_NEVER;

	for (uint32_t i = 0; i < s->failure_count; i++)
		if (s->failure[i].at > u->player->run.now && s->failure[i].at < at)
			at = s->failure[i].at;
	for (uint32_t i = 0; i < s->action_count; i++)
		if (s->action[i].at > u->player->run.now && s->action[i].at < at)
			at = s->action[i].at;
	u->running = false;
	if (at == SIM_NEVER || at > u->player->end)
		ui_say(u, "no failure or action is left in the scenario");
	else
		ui_go(u, at);
}

static void slower(struct ui *u)
{
	u->speed -= u->speed > 0;
}
static void faster(struct ui *u)
{
	u->speed += u->speed < UI_SPEEDS - 1;
}

static void ask(struct ui *u, enum prompt prompt)
{
	u->prompt = prompt;
	u->input[u->input_length = 0] = '\0';
}
static void go_to(struct ui *u)
{
	ask(u, PROMPT_TIME);
}
static void filter(struct ui *u)
{
	ask(u, PROMPT_FILTER);
}
static void jump(struct ui *u)
{
	ask(u, PROMPT_JUMP);
}
static void move(struct ui *u, int64_t by)
{
	const uint32_t at = ui_list(u);
	const int64_t to = (int64_t)at + by;

	u->moved[u->view] = by > INT32_MIN;
	if (u->rows > 0)
		u->selected[u->view] = u->row[to < 0 ? 0 : to >= u->rows ? u->rows - 1 : (uint32_t)to];
}
static void up(struct ui *u)
{
	move(u, -1);
}
static void down(struct ui *u)
{
	move(u, 1);
}
static void page_up(struct ui *u)
{
	move(u, -(u->page_height > 1 ? u->page_height - 1 : 1));
}
static void page_down(struct ui *u)
{
	move(u, u->page_height > 1 ? u->page_height - 1 : 1);
}
static void first(struct ui *u)
{
	move(u, INT32_MIN);
}
static void last(struct ui *u)
{
	move(u, INT32_MAX);
}

static void next_view(struct ui *u)
{
	u->view = (enum view_id)((u->view + 1) % VIEWS);
}
static void show_nodes(struct ui *u)
{
	u->view = VIEW_NODES;
}
static void show_pods(struct ui *u)
{
	u->view = VIEW_PODS;
}
static void show_plane(struct ui *u)
{
	u->view = VIEW_PLANE;
}
static void show_story(struct ui *u)
{
	u->view = VIEW_STORY;
}
static void show_facts(struct ui *u)
{
	u->view = VIEW_FACTS;
}
static void show_map(struct ui *u)
{
	u->view = VIEW_MAP;
}

static void undo(struct ui *u)
{
	deeds_undo(u);
}

static void quit(struct ui *u)
{
	u->quit = true;
}

struct binding {
	int key, also; /* also: 0, or another key */
	const char *name, *help;
	void (*act)(struct ui *u);
	const char *brief; /* on the bottom line; NULL: not there */
};

static const struct binding bindings[] = {
	{' ', 0, "space", "run, or pause", run_or_pause, "run"},
	{'n', KEY_RIGHTWARD, "n, right", "step: to the next instant at which something is told", step, "step"},
	{'p', KEY_LEFTWARD, "p, left", "step back: to the instant before", step_back, "back"},
	{'f', 0, "f", "to the next failure or action of the scenario", next_failure, "failure"},
	{'g', 0, "g", "go to a time: 5m, +30s, -1m, end", go_to, NULL},
	{']', 0, "]", "10 seconds on", later, NULL},
	{'[', 0, "[", "10 seconds back", earlier, NULL},
	{'}', 0, "}", "a minute on", much_later, NULL},
	{'{', 0, "{", "a minute back", much_earlier, NULL},
	{'+', '=', "+", "faster", faster, NULL},
	{'-', 0, "-", "slower", slower, NULL},
	{'1', 0, "1", "nodes: what is believed beside what is so", show_nodes, NULL},
	{'2', 0, "2", "pods: the same", show_pods, NULL},
	{'3', 0, "3", "plane: the masters and who leads", show_plane, NULL},
	{'4', 0, "4", "story: what happened and what is scheduled", show_story, NULL},
	{'5', 0, "5", "facts: everything, the newest first", show_facts, NULL},
	{'6', 0, "6", "map: all nodes at a glance", show_map, NULL},
	{'\t', 0, "tab", "the next view", next_view, NULL},
	{KEY_UPWARD, 'k', "up, k", "the row above", up, NULL},
	{KEY_DOWNWARD, 'j', "down, j", "the row below", down, NULL},
	{KEY_PAGE_UP, 0, "page up", "a page up", page_up, NULL},
	{KEY_PAGE_DOWN, 0, "page down", "a page down", page_down, NULL},
	{KEY_FIRST, 0, "home", "the first row; views of what happens follow it again", first, NULL},
	{KEY_LAST, 0, "end", "the last row", last, NULL},
	{'/', 0, "/", "filter: only rows with this text; empty: all", filter, NULL},
	{':', 0, ":", "jump to a view by its name, with a filter after it: pods web", jump, NULL},
	{'d', '\n', "d, enter", "describe what is selected, as kubectl would", page_describe, "detail"},
	{'w', 0, "w", "why: what led to what is selected, first cause first", page_why, "why"},
	{'b', 0, "b", "break something by hand: what is selected, or the control plane", deeds_open, "break"},
	{'U', 0, "U", "undo what was done last by hand", undo, NULL},
	{'?', 'h', "?, h", "this help", page_help, "keys"},
	{'q', 0, "q", "quit", quit, "quit"},
};
#define BINDINGS (sizeof(bindings) / sizeof(bindings[0]))

bool keys_do(struct ui *u, int key)
{
	for (size_t i = 0; i < BINDINGS; i++) {
		if (bindings[i].key != key && (bindings[i].also == 0 || bindings[i].also != key))
			continue;
		bindings[i].act(u);
		return true;
	}
	return false;
}

void keys_help(struct text *out)
{
	for (size_t i = 0; i < BINDINGS; i++)
		text_printf(out, "%-10s %s\n", bindings[i].name, bindings[i].help);
	text_add(out, "\nOn the strip: X failed, ! noticed, + recovered, o scheduled. A red row is a failure that "
		      "nobody has\n"
		      "noticed: what is believed differs from what is so.\n");
}

void keys_line(struct text *out)
{
	for (size_t i = 0; i < BINDINGS; i++)
		if (bindings[i].brief != NULL)
			text_printf(out, "%s%.*s %s", out->length > 0 ? "  " : "", (int)strcspn(bindings[i].name, ","),
				    bindings[i].name, bindings[i].brief);
}
