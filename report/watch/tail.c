/* tail.c - the bottom of the screen: the last lines of the story, and the first of what is scheduled. */
#include <inttypes.h>

#include "report/answer.h"
#include "report/watch/ui.h"

const char *pending_words(const struct ui *u, const struct pending *p, struct arena *a)
{
	const struct scenario *s = u->player->scenario;
	char host[HOST_NAME_MAX_LENGTH];

	switch ((enum pending_kind)p->kind) {
	case PENDING_FAILURE: {
		const struct failure *f = &s->failure[p->subject];
		struct text t;
		text_init(&t, a);
		answer_subject(&u->player->outcome, p->subject, &t);
		return text_format(a, "%s strikes %s", failure_kind_name((enum failure_kind)f->kind), t.data);
	}
	case PENDING_HEALED:
		return text_format(a, "failure %s is over", ui_name(u, s->failure[p->subject].id));
	case PENDING_ACTION:
		return text_format(a, "kubectl %s", ui_name(u, s->action[p->subject].text));
	case PENDING_EVICTION:
		return text_format(a, "%s is evicted, unless its node is back: its toleration runs out",
				   ui_name(u, u->look.view->pod[p->subject].name));
	case PENDING_MONITOR:
		return "the node lifecycle controller may have to act";
	case PENDING_POD:
		return text_format(a, "%s: the next step on its node", ui_name(u, u->look.view->pod[p->subject].name));
	case PENDING_NODE:
		return text_format(a, "%s: its kubelet reports", ui_node_name(u, p->subject));
	case PENDING_MACHINE:
		return text_format(a, "%s: its machine boots", ui_node_name(u, p->subject));
	case PENDING_COMPONENT:
		return text_format(a, "a component starts on %s", scenario_host_name(s, p->subject, host));
	}
	return "";
}

static void told(struct ui *u, struct canvas *c, int y, uint32_t i)
{
	const struct story_line l = story_line(u->player->story, i, &u->paint);
	char at[TIME_TEXT_MAX];

	canvas_format(c, y, 1, 11, STYLE_NOTE, "%10s", story_time(l.at, at));
	canvas_put(c, y, 12, 0x2502, STYLE_NOTE);
	canvas_text(c, y, 14, c->width - 15, l.failure ? STYLE_BAD : l.rank == 0 ? STYLE_BOLD : STYLE_PLAIN, l.text);
}

static void scheduled(struct ui *u, struct canvas *c, int y, const struct pending *p)
{
	char at[TIME_TEXT_MAX], in[TIME_TEXT_MAX];

	canvas_format(c, y, 1, 11, STYLE_DIM, "%10s", story_time(p->at, at));
	canvas_put(c, y, 12, 0xb7, STYLE_DIM);
	canvas_format(c, y, 14, c->width - 15, STYLE_DIM, "in %s: %s", story_time(p->at - u->look.at, in),
		      pending_words(u, p, &u->paint));
}

void tail_draw(struct ui *u, struct canvas *c, int y, int height)
{
	const int future = height > 5 ? height / 3 : height > 2 ? 1 : 0;
	const int to_come = (int)u->pendings < future ? (int)u->pendings : future;
	const uint32_t lines = story_lines(u->player->story);
	const int past = height - 1 - to_come;

	canvas_fill(c, y, 0, c->width, 0x2500, STYLE_DIM);
	canvas_text(c, y, 2, c->width - 2, STYLE_BOLD, " what happened, and what is scheduled ");
	if (lines == 0)
		canvas_text(c, y + 1, 14, c->width - 15, STYLE_DIM,
			    "Nothing has happened since the cluster was settled.");
	for (int i = 0; i < past && (uint32_t)i < lines; i++)
		told(u, c, y + (lines < (uint32_t)past ? i + 1 : past - i),
		     lines < (uint32_t)past ? (uint32_t)i : lines - 1 - (uint32_t)i);
	for (int i = 0; i < to_come; i++)
		scheduled(u, c, y + 1 + past + i, &u->pending[i]);
}
