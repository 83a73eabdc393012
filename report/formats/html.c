/* html.c - one page that needs nothing else: the answer first, then pictures, stories, doubts, and the cluster in time.
 */
#include "report/format.h"

#include <string.h>

#include "report/page.h"

static void contents(struct page *p)
{
	static const char *const part[][2] = {
		{"expected", "Expectations"},
		{"asked", "What was asked"},
		{"moment", "At an instant"},
		{"recovery", "Recovery"},
		{"load", "Load"},
		{"requests", "Requests"},
		{"waiting", "Waiting"},
		{"long", "One long run"},
		{"worst", "Worst moments"},
		{"doubts", "Doubts"},
		{"again", "Again"},
	};

	const struct scenario *s = p->o->scenario;

	text_add(p->t, "<nav aria-label=\"contents\"><ul>\n");
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const char *id = part[i][0];
		if ((strcmp(id, "expected") == 0 && s->expectation_count == 0) ||
		    (strcmp(id, "requests") == 0 && s->request_count == 0) ||
		    (strcmp(id, "long") == 0 && !p->o->long_run))
			continue;
		text_printf(p->t, "<li><a href=\"#%s\">%s</a></li>\n", id, part[i][1]);
	}
	text_add(p->t, "</ul></nav>\n</header>\n<main id=\"content\">\n");
}

static void write(const struct outcome *o, struct text *t)
{
	struct page p = {.o = o, .t = t};

	causes_find(&p.causes, o, &p.arena);
	page_open(&p, outcome_name(o, o->scenario->name));
	page_answer(&p);
	contents(&p);
	page_expectations(&p);
	page_asked(&p);
	page_slider(&p);
	page_recovery(&p);
	page_load(&p);
	page_long_run(&p);
	page_worst(&p);
	page_doubts(&p);
	page_again(&p);
	page_close(&p);
	arena_release(&p.scratch);
	arena_release(&p.arena);
}

const struct format format_html = {
	.name = "html",
	.summary = "one page with pictures, stories and doubts, for a browser",
	.needs_facts = true,
	.has_notes = true,
	.needs_series = true,
	.write = write,
};
