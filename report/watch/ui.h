/* ui.h - what the screen shows and what keys have made of it. Private to report/watch/ and its tests. */
#ifndef REPORT_WATCH_UI_H
#define REPORT_WATCH_UI_H

#include "report/looks/kubectl.h"
#include "report/watch/canvas.h"
#include "report/watch/player.h"
#include "report/watch/watch.h"

enum view_id { VIEW_NODES, VIEW_PODS, VIEW_PLANE, VIEW_STORY, VIEW_FACTS, VIEW_MAP, VIEWS };

#define INPUT_MAX 120
/* Rows of the table of speeds. */
#define UI_SPEEDS 16
/* What is scheduled and shown at most. */
#define PENDINGS 200

/* A line at the bottom that is being typed. */
enum prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_JUMP, PROMPT_TIME, PROMPT_BREAK, PROMPT_FOR, PROMPT_REPLICAS };

/* What was done by hand: an entry of the scenario's failures or actions. */
struct deed {
	bool failure; /* else an action */
	const char *yaml, *set;
};

struct fact_dictionary;

struct ui {
	struct watch_setup setup;
	struct player players[2]; /* as scenario */
	struct player *player;    /* the one that plays */
	const struct world_progress *progress;
	struct scenario scenario[2]; /* the one that plays, and the one being loaded */
	int playing;
	bool running, quit;
	int speed;  /* row of the table of speeds */
	double lag; /* simulated ns that are due, below 1 */
	enum view_id view;
	uint32_t selected[VIEWS]; /* row ids */
	uint32_t top[VIEWS];
	bool moved[VIEWS]; /* else the selection stays at the view's home while time goes on */
	sim_time travel;   /* where it is going, as far as one frame's work takes it each time; SIM_NEVER: nowhere */
	char filter[INPUT_MAX];
	enum prompt prompt;
	char input[INPUT_MAX];
	uint32_t input_length;
	const struct deed_kind *doing; /* while PROMPT_FOR and PROMPT_REPLICAS */
	char message[256];
	const char *page; /* text over the view (describe, help); NULL: none */
	const char *page_title;
	uint32_t page_top;
	bool page_folds;
	struct arena page_memory;
	const struct fact_dictionary *dictionary;
	struct deed *deed;
	uint32_t deeds, deed_capacity;
	struct arena deed_memory;
	/* The instant that is shown. */
	struct arena instant;
	uint64_t instant_events;
	sim_time instant_at;
	bool instant_taken;
	struct look look;
	const struct pending *pending; /* the first PENDINGS */
	uint32_t pendings;
	struct kubectl kubectl;
	struct text kubectl_out, kubectl_errors;
	/* Row ids of the view, filtered; and a frame's memory. */
	uint32_t *row, rows, row_capacity;
	struct arena paint;
	int width;       /* of the screen when it was last drawn */
	int page_height; /* rows of the view when it was last drawn */
};

/* A view: a list of rows, each with an id that stays while time goes on. */
struct pane {
	const char *name;
	void (*list)(struct ui *u); /* adds row ids with ui_row() */
	/* NULL: the first; else the place of the row that is selected until somebody moves */
	uint32_t (*home)(const struct ui *u);
	void (*head)(struct ui *u, struct canvas *c, int y);              /* column titles */
	void (*draw)(struct ui *u, struct canvas *c, int y, uint32_t id); /* one row */
	/* NULL, or draws all itself into rows y .. y + height - 1. */
	void (*whole)(struct ui *u, struct canvas *c, int y, int height);
};
extern const struct pane view_nodes, view_pods, view_plane, view_story, view_facts, view_map;
const struct pane *ui_view(enum view_id v);

/* Loads the scenario; returns an exit code. */
int ui_open(struct ui *u, const struct watch_setup *setup);
/* Builds the run; progress, which stays, is told while this one and those of later deeds are built. False when it said
 * no. */
bool ui_begin(struct ui *u, const struct world_progress *progress);
void ui_close(struct ui *u);

/* Loads the scenario anew with what was done by hand, and goes to `at`. False, with a message and all as it was, when
 * it cannot be or was called off. */
bool ui_reload(struct ui *u, sim_time at);

/* Goes to a time, back or forth; what takes longer than a frame goes on in ui_tick(). */
void ui_go(struct ui *u, sim_time at);
/* Whether something moves by itself. */
bool ui_moves(const struct ui *u);

/* Lets real_ns of real time pass. */
void ui_tick(struct ui *u, int64_t real_ns);
void ui_key(struct ui *u, int key);
void ui_draw(struct ui *u, struct canvas *c);

/* ---- for the files of this folder ---- */

void ui_take_instant(struct ui *u);
/* Whether the filter lets this text through. */
bool ui_passes(const struct ui *u, const char *text);
void ui_row(struct ui *u, uint32_t id);
void ui_say(struct ui *u, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *ui_node_name(const struct ui *u, uint32_t node);
const char *ui_name(const struct ui *u, uint32_t name);
/* Fills the rows of the view that is shown and puts its selection onto one of them. Returns its place. */
uint32_t ui_list(struct ui *u);
/* fold: lines that are too long go on in the next row, else they are cut. */
void ui_page(struct ui *u, const char *title, const char *text, bool fold);
double ui_speed(const struct ui *u);

/* header.c: title, answer, meters, strip of time. Each returns the rows it took. */
int header_draw(struct ui *u, struct canvas *c);
/* tail.c: the story's last lines and what is scheduled, at the bottom. */
void tail_draw(struct ui *u, struct canvas *c, int y, int height);
/* A line of what is scheduled, in words. */
const char *pending_words(const struct ui *u, const struct pending *p, struct arena *a);

/* state of a node in one look, worst first. */
enum node_state { NODE_UNNOTICED, NODE_MISTAKEN, NODE_DOWN, NODE_HELD, NODE_FINE, NODE_ABSENT };
enum node_state node_state(const struct ui *u, uint32_t node);
enum style node_style(enum node_state s);

/* page.c: text over the view. */
void page_describe(struct ui *u);
void page_why(struct ui *u);
void page_help(struct ui *u);
void page_draw(struct ui *u, struct canvas *c, int y, int height);
void page_turn(struct ui *u, int key);

/* deeds.c: breaking things by hand. */
void deeds_open(struct ui *u);
void deeds_choose(struct ui *u, int key);
void deeds_answer(struct ui *u);
void deeds_undo(struct ui *u);

#endif
