/* header.c - the top of the screen: where in time, the answer, meters, and the strip from the run's begin to its end.
 */
#include <inttypes.h>
#include <string.h>

#include "report/answer.h"
#include "report/metric.h"
#include "report/watch/ui.h"

/* What became of one failure so far. */
struct answer {
	bool noticed;
	sim_time noticed_after, longest, last_back;
	uint32_t lost, back, orphans;
};

static void add_recovery(struct answer *a, const struct outcome *o, const struct recovery *r)
{
	const bool over = r->time[RT_READY] != SIM_NEVER;

	if (r->time[RT_NODE_UNKNOWN] != SIM_NEVER) {
		const sim_time after = r->time[RT_NODE_UNKNOWN] - r->time[RT_FAILED];
		a->noticed_after = !a->noticed || after < a->noticed_after ? after : a->noticed_after;
		a->noticed = true;
	}
	if (!recovery_is_listed(o, r))
		return;
	if (!over && !outcome_is_replaced(o, r->pod)) {
		a->orphans++;
		return;
	}
	a->lost++;
	a->back += over;
	if (over && r->time[RT_READY] > a->last_back) {
		a->last_back = r->time[RT_READY];
		a->longest = a->last_back - r->time[RT_FAILED];
	}
}

/* The answers of all failures in one pass over their recoveries, in the memory of the frame. */
static const struct answer *find_answers(struct ui *u)
{
	const struct outcome *o = &u->player->outcome;
	struct answer *a = ARENA_NEW(&u->paint, o->failures, struct answer);

	for (uint32_t i = 0; i < o->recoveries; i++)
		add_recovery(&a[o->recovery[i].failure], o, &o->recovery[i]);
	return a;
}

/* The failure that a reader thinks of: the last that struck. */
static uint32_t last_failure(const struct outcome *o, uint32_t *struck)
{
	uint32_t last = FACT_NONE;

	*struck = 0;
	for (uint32_t i = 0; i < o->failures; i++) {
		if (!o->failure[i].struck)
			continue;
		++*struck;
		if (last == FACT_NONE || o->failure[i].at >= o->failure[last].at)
			last = i;
	}
	return last;
}

/* "worker-1 failed at 5m (node-crash). Noticed after 44.5s. 2 of 2 lost pods back after 5m53.7s." */
static void sentence(const struct ui *u, uint32_t failure, struct answer a, uint32_t struck, struct text *t)
{
	const struct outcome *o = &u->player->outcome;
	const struct outcome_failure *f = &o->failure[failure];
	char x[TIME_TEXT_MAX];

	answer_subject(o, failure, t);
	text_printf(t, " failed at %s (%s)", story_time(f->at, x), failure_kind_name((enum failure_kind)f->kind));
	if (f->healed_at != SIM_NEVER)
		text_printf(t, ", healed at %s", story_time(f->healed_at, x));
	text_add(t, ". ");
	if (a.noticed)
		text_printf(t, "Noticed after %s. ", story_time(a.noticed_after, x));
	else if (a.lost + a.orphans > 0 && f->kind != FAILURE_RUNTIME_STOP)
		text_printf(t, "Not noticed for %s. ", story_time(u->look.at - f->at, x));
	if (a.lost > 0 && a.back == a.lost)
		text_printf(t, "All %" PRIu32 " lost pods back after %s. ", a.lost, story_time(a.longest, x));
	else if (a.lost > 0)
		text_printf(t, "%" PRIu32 " of %" PRIu32 " lost pods back so far (%s). ", a.back, a.lost,
			    story_time(u->look.at - f->at, x));
	if (a.orphans > 0)
		text_printf(t, "%" PRIu32 " bare or DaemonSet pod%s stay%s lost. ", a.orphans,
			    a.orphans == 1 ? "" : "s", a.orphans == 1 ? "s" : "");
	if (struck > 1)
		text_printf(t, "(%" PRIu32 " failure%s before it.)", struck - 1, struck > 2 ? "s" : "");
}

/* Text over two rows, broken at a space. */
static void two_rows(struct canvas *c, int y, enum style style, const char *text)
{
	size_t cut = strlen(text);
	const size_t room = (size_t)(c->width > 4 ? c->width - 2 : 2);

	if (cut > room) {
		for (cut = room; cut > 0 && text[cut] != ' ';)
			cut--;
		cut = cut == 0 ? room : cut;
	}
	canvas_format(c, y, 1, (int)room + 1, style, "%.*s", (int)cut, text);
	canvas_text(c, y + 1, 1, (int)room, style, text + cut + (text[cut] == ' '));
}

static void answer(struct ui *u, struct canvas *c, int y, const struct answer *answers)
{
	uint32_t struck;
	const uint32_t failure = last_failure(&u->player->outcome, &struck);
	char at[TIME_TEXT_MAX];
	struct text t;

	text_init(&t, &u->paint);
	if (failure != FACT_NONE) {
		sentence(u, failure, answers[failure], struck, &t);
		two_rows(c, y, STYLE_BAD, t.data);
		return;
	}
	text_add(&t, "Nothing has failed yet");
	for (uint32_t i = 0; i < u->pendings; i++) {
		if (u->pending[i].kind != PENDING_FAILURE)
			continue;
		text_printf(&t, "; at %s: %s", story_time(u->pending[i].at, at),
			    pending_words(u, &u->pending[i], &u->paint));
		break;
	}
	text_add(&t, ". b breaks something by hand.");
	two_rows(c, y, STYLE_GOOD, t.data);
}

static int meter(struct canvas *c, int y, int x, const char *what, uint32_t good, uint32_t all)
{
	const int bar = c->width >= 110 ? 14 : 8;

	x = canvas_format(c, y, x, 10, STYLE_BOLD, "%s ", what);
	canvas_meter(c, y, x, bar, all > 0 ? (double)good / all : 0, good == all ? STYLE_GOOD : STYLE_WARN);
	return canvas_format(c, y, x + bar + 1, 26, STYLE_PLAIN, "%" PRIu32 "/%" PRIu32 " Ready", good, all) + 2;
}

static void meters(struct ui *u, struct canvas *c, int y)
{
	static const char *const api[] = {"answers", "is down", "has no etcd", "is out of reach"};
	const struct view *v = u->look.view;
	uint32_t ready = 0, pods = 0, pods_ready = 0, pending = 0;

	for (uint32_t i = 0; i < v->nodes.count; i++)
		ready += v->nodes.row[i].exists && v->nodes.row[i].ready == READY_TRUE;
	for (uint32_t i = 0; i < v->pod_count; i++) {
		const struct pod *p = &v->pod[i];
		if (!p->exists || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
			continue;
		pods++;
		pods_ready += p->ready;
		pending += p->node == NONE;
	}
	int x = meter(c, y, 1, "NODES", ready, v->nodes.existing);
	x = meter(c, y, x, "PODS", pods_ready, pods);
	if (pending > 0)
		x = canvas_format(c, y, x, 20, STYLE_WARN, "%" PRIu32 " unscheduled", pending) + 2;
	x = canvas_text(c, y, x, 4, STYLE_BOLD, "API ");
	canvas_text(c, y, x, c->width - x, u->look.api == LOOK_API_ANSWERS ? STYLE_GOOD : STYLE_BAD, api[u->look.api]);
}

struct strip {
	struct canvas *c;
	int y, x, width;
	sim_time end;
};

static int column(const struct strip *s, sim_time at)
{
	return s->x + (int)((double)at / (double)s->end * (s->width - 1) + 0.5);
}

static void mark(const struct strip *s, sim_time at, uint32_t code, enum style style)
{
	if (at <= s->end)
		canvas_put(s->c, s->y, column(s, at), code, style);
}

/* Solid what was, dotted what will be; failures, when they were noticed and recovered from; what is scheduled. */
static void strip(struct ui *u, struct canvas *c, int y, const struct answer *answers)
{
	const struct outcome *o = &u->player->outcome;
	const struct strip s = {c, y, 1, c->width - 2, u->player->end};
	const int now = column(&s, u->look.at);

	canvas_fill(c, y, s.x, now - s.x, 0x2500, STYLE_PLAIN);
	canvas_fill(c, y, now, s.x + s.width - now, 0xb7, STYLE_DIM);
	for (uint32_t i = 0; i < u->pendings; i++) {
		const struct pending *p = &u->pending[i];
		if (p->kind == PENDING_FAILURE || p->kind == PENDING_EVICTION || p->kind == PENDING_ACTION ||
		    p->kind == PENDING_HEALED)
			mark(&s, p->at, 0x25cb, p->kind == PENDING_FAILURE ? STYLE_BAD : STYLE_WARN);
	}
	canvas_put(c, y, now, 0x25b6, STYLE_NOTE);
	for (uint32_t i = 0; i < o->failures; i++) {
		if (!o->failure[i].struck)
			continue;
		const struct answer a = answers[i];
		if (a.noticed)
			mark(&s, o->failure[i].at + a.noticed_after, '!', STYLE_WARN);
		if (a.lost > 0 && a.back == a.lost)
			mark(&s, a.last_back, 0x2713, STYLE_GOOD);
		mark(&s, o->failure[i].at, 0x2715, STYLE_BAD);
	}
}

static void title(struct ui *u, struct canvas *c, int y)
{
	const struct scenario *s = u->player->scenario;
	char at[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	canvas_fill(c, y, 0, c->width, ' ', STYLE_BAR);
	int x = canvas_format(c, y, 1, c->width / 3, STYLE_BAR, "%s", names_text(&s->names, s->name)) + 2;
	x = canvas_format(c, y, x, 40, STYLE_BAR, "%s of %s", time_print(u->look.at, at),
			  time_print(u->player->end, end)) +
	    2;
	if (u->travel != SIM_NEVER)
		x = canvas_format(c, y, x, 36, STYLE_BAR, "on the way to %s", time_print(u->travel, at));
	else if (u->look.at >= u->player->end)
		x = canvas_text(c, y, x, 20, STYLE_BAR, "the end");
	else if (u->running)
		x = canvas_format(c, y, x, 24, STYLE_BAR, "running %gx", ui_speed(u));
	else
		x = canvas_format(c, y, x, 24, STYLE_BAR, "paused (%gx)", ui_speed(u));
	const char *right = text_format(&u->paint, "Kubernetes 1.%d  seed %" PRIu64, s->kubernetes, u->player->seed);
	const int width = (int)strlen(right);
	if (x + 2 + width < c->width)
		canvas_text(c, y, c->width - width - 1, width, STYLE_BAR, right);
}

int header_draw(struct ui *u, struct canvas *c)
{
	const struct answer *answers = find_answers(u);

	title(u, c, 0);
	answer(u, c, 1, answers);
	meters(u, c, 3);
	strip(u, c, 4, answers);
	return 5;
}
