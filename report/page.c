/* page.c - the sections of the HTML report that are made of words and tables. */
#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/answer.h"
#include "report/expect.h"
#include "report/failures.h"
#include "report/runs.h"
#include "report/story.h"
#include "report/version.h"

#define CLIENTS_SHOWN 12
#define FAILURES_LISTED 40

/* Fewer replications tell little about the spread of what is random. */
#define RUNS_ENOUGH 20

void page_text(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '<':
			text_add(t, "&lt;");
			break;
		case '>':
			text_add(t, "&gt;");
			break;
		case '&':
			text_add(t, "&amp;");
			break;
		case '"':
			text_add(t, "&quot;");
			break;
		default:
			text_add_n(t, s, 1);
		}
	}
}

void page_cell(struct page *p, const char *s)
{
	text_add(p->t, "<td>");
	page_text(p->t, s);
	text_add(p->t, "</td>");
}

void page_number_cell(struct page *p, const char *s)
{
	text_add(p->t, "<td class=\"n\">");
	page_text(p->t, s);
	text_add(p->t, "</td>");
}

static void card(struct page *p, const char *what, const char *value)
{
	text_add(p->t, "<div><dt>");
	page_text(p->t, what);
	text_add(p->t, "</dt><dd>");
	page_text(p->t, value);
	text_add(p->t, "</dd></div>\n");
}

/* The longest detection and recovery, the worst service: what is looked for first. */
static void cards(struct page *p)
{
	const struct outcome *o = p->o;
	sim_time noticed = SIM_NEVER, longest = -1;
	double worst = INFINITY;
	uint32_t lost = 0, back = 0;
	char text[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		if (r->leg[LEG_DETECTION] < noticed)
			noticed = r->leg[LEG_DETECTION];
		if (!outcome_is_replaced(o, r->pod))
			continue;
		lost++;
		back += r->leg[LEG_TOTAL] != SIM_NEVER;
		if (r->leg[LEG_TOTAL] != SIM_NEVER && r->leg[LEG_TOTAL] > longest)
			longest = r->leg[LEG_TOTAL];
	}
	for (uint32_t i = 0; i < o->services; i++)
		worst = fmin(worst, o->service[i].availability);
	text_add(p->t, "<dl class=\"facts\">\n");
	if (noticed != SIM_NEVER)
		card(p, "noticed after", story_time(noticed, text));
	if (longest >= 0)
		card(p, back == lost ? "last lost pod back after" : "last that is back, after",
		     story_time(longest, text));
	if (lost > 0)
		card(p, "lost pods back", text_format(&p->scratch, "%" PRIu32 " of %" PRIu32, back, lost));
	if (isfinite(worst))
		card(p, o->services > 1 ? "least available service" : "availability",
		     text_format(&p->scratch, "%.4g %%", worst * 100));
	if (o->runs != NULL && o->runs->leg[LEG_TOTAL].count > 0) {
		const struct leg_summary *s = &o->runs->leg[LEG_TOTAL];
		card(p, text_format(&p->scratch, "median recovery, %" PRIu32 " runs", o->runs->done),
		     story_time(time_from_seconds(s->p50), text));
		card(p, text_format(&p->scratch, "p95 recovery, %" PRIu32 " runs", o->runs->done),
		     story_time(time_from_seconds(s->p95), text));
	}
	text_add(p->t, "</dl>\n");
	if (o->runs != NULL)
		text_printf(p->t,
			    "<p>What is told of single pods, nodes and instants is the first of %" PRIu32
			    " runs.</p>\n",
			    o->runs->done);
}

void page_answer(struct page *p)
{
	const struct outcome *o = p->o;
	uint32_t struck = 0, row[FAILURES_TOLD];
	const uint32_t told = failures_told(o, row);
	struct text sentence;
	char text[TIME_TEXT_MAX];

	if (o->interrupted)
		text_printf(p->t, "<p class=\"failed\">Interrupted at %s of simulated time.</p>\n",
			    story_time(o->end, text));
	for (uint32_t i = 0; i < o->failures; i++)
		struck += o->failure[i].struck;
	for (uint32_t i = 0; i < told; i++) {
		text_init(&sentence, &p->scratch);
		answer_failure(o, row[i], &sentence);
		text_add(p->t, "<p class=\"answer\">");
		page_text(p->t, sentence.data);
		text_add(p->t, "</p>\n");
	}
	if (struck > told)
		text_printf(p->t, "<p>%" PRIu32 " more failures struck%s.</p>\n", struck - told,
			    o->scenario->source_count > 0 ? ", none worse" : "");
	text_init(&sentence, &p->scratch);
	failures_summary(o, &sentence);
	if (sentence.length > 0) {
		text_add(p->t, "<pre>");
		page_text(p->t, sentence.data);
		text_add(p->t, "</pre>\n");
	}
	if (struck == 0)
		text_printf(p->t, "<p class=\"answer\">Nothing failed in %s.</p>\n", story_time(o->end, text));
	if (o->unschedulable > 0)
		text_printf(p->t, "<p class=\"answer\">%" PRIu32 " pods fit on no node at the end.</p>\n",
			    o->unschedulable);
	cards(p);
	arena_empty(&p->scratch);
}

void page_expectations(struct page *p)
{
	const struct outcome *o = p->o;
	char value[EXPECT_TEXT_MAX];

	if (o->scenario->expectation_count == 0)
		return;
	text_add(p->t, "<section id=\"expected\" aria-labelledby=\"h-expected\"><h2 id=\"h-expected\">What was "
		       "expected</h2>\n<div class=\"scroll\"><table><tr><th scope=\"col\"></th><th "
		       "scope=\"col\">expectation</th><th scope=\"col\">value</th>");
	text_add(p->t, o->runs != NULL ? "<th scope=\"col\">held in</th></tr>\n" : "</tr>\n");
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++) {
		const struct expectation *e = &o->scenario->expectation[i];
		const struct verdict *v = &o->verdict[i];
		const uint32_t held = o->runs != NULL ? runs_held(o->runs, i) : 0;
		const bool all = v->held && (o->runs == NULL || held == o->runs->done);
		text_printf(p->t, "<tr><td class=\"%s\">%s</td>", all ? "held" : "failed",
			    all ? "\xe2\x9c\x93 held" : "\xe2\x9c\x97 FAILED");
		page_cell(p, outcome_name(o, e->text));
		page_cell(p, v->has_value ? expect_value_text(e, v->value, value) : v->why);
		if (o->runs != NULL)
			page_cell(p, text_format(&p->scratch, "%" PRIu32 " of %" PRIu32 " runs", held, o->runs->done));
		text_add(p->t, "</tr>\n");
	}
	text_add(p->t, "</table></div></section>\n");
	arena_empty(&p->scratch);
}

static void asked_failures(struct page *p)
{
	const struct outcome *o = p->o;
	char at[TIME_TEXT_MAX], healed[TIME_TEXT_MAX];

	if (o->failures == 0)
		return;
	text_add(p->t, "<div class=\"scroll\"><table><caption>Failures</caption><tr><th scope=\"col\">failure</th><th "
		       "scope=\"col\">kind</th><th scope=\"col\">strikes at</th><th scope=\"col\">over at</th><th "
		       "scope=\"col\">where</th></tr>\n");
	for (uint32_t i = 0; i < o->failures && i < FAILURES_LISTED; i++) {
		const struct failure asked = outcome_failure_asked(o, i), *f = &asked;
		text_add(p->t, "<tr>");
		page_cell(p, outcome_failure_name(o, i));
		page_cell(p, failure_kind_name((enum failure_kind)f->kind));
		page_cell(p, time_print(o->failure[i].at, at));
		page_cell(p, o->failure[i].healed_at == SIM_NEVER ? "not within the run"
								  : time_print(o->failure[i].healed_at, healed));
		struct text where;
		text_init(&where, &p->scratch);
		if (f->masters != 0 || f->leader != 0)
			failure_hosts(o->scenario, f, &where);
		for (uint32_t n = 0; n < f->node_count && n < 3; n++)
			text_printf(&where, "%s%s", where.length > 0 ? ", " : "", outcome_node_name(o, f->node[n]));
		if (f->node_count > 3)
			text_printf(&where, " and %" PRIu32 " more", f->node_count - 3);
		page_cell(p, where.data);
		text_add(p->t, "</tr>\n");
	}
	text_add(p->t, "</table></div>\n");
}

void page_asked(struct page *p)
{
	const struct outcome *o = p->o;
	uint32_t nodes = 0, pods = 0, workloads = 0;
	char duration[TIME_TEXT_MAX], warmup[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->nodes; i++)
		nodes += o->node[i].known;
	for (uint32_t i = 0; i < o->pods; i++)
		pods += o->pod[i].known && o->pod[i].created == 0;
	for (uint32_t i = 0; i < o->workloads; i++)
		workloads += o->workload[i].known && o->workload[i].maker == FACT_NONE;
	text_printf(p->t,
		    "<section id=\"asked\" aria-labelledby=\"h-asked\"><h2 id=\"h-asked\">What was asked</h2>\n"
		    "<p>Kubernetes 1.%d: %" PRIu32 " node%s, %" PRIu32 " pods of %" PRIu32
		    " workload%s at the start, %" PRIu32 " service%s; simulated for %s%s%s.</p>\n",
		    o->scenario->kubernetes, nodes, nodes == 1 ? "" : "s", pods, workloads, workloads == 1 ? "" : "s",
		    o->services, o->services == 1 ? "" : "s", time_print(o->end, duration),
		    o->from > 0 ? ", measured from the warm-up on, at " : "",
		    o->from > 0 ? time_print(o->from, warmup) : "");
	asked_failures(p);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}

void page_waiting(struct page *p)
{
	const struct outcome *o = p->o;
	char waited[TIME_TEXT_MAX];

	text_add(p->t, "<h3>Requests to the API server</h3>\n<div class=\"scroll\"><table><tr><th "
		       "scope=\"col\">client</th><th scope=\"col\" class=\"n\">requests</th><th scope=\"col\" "
		       "class=\"n\">longest queue</th><th scope=\"col\" class=\"n\">waited in all</th></tr>\n");
	for (uint32_t i = 0; i < o->plane.clients && i < CLIENTS_SHOWN; i++) {
		const struct outcome_client *c = &o->plane.client[i];
		text_add(p->t, "<tr>");
		page_cell(p, outcome_name(o, c->name));
		page_number_cell(p, text_format(&p->scratch, "%" PRId64, c->requests));
		page_number_cell(p, text_format(&p->scratch, "%" PRId64, c->longest_queue));
		page_number_cell(p, story_time(c->waited, waited));
		text_add(p->t, "</tr>\n");
	}
	text_add(p->t, "</table></div>\n");
	arena_empty(&p->scratch);
}

/* What the numbers rest on that nobody has measured. */
static void guesses(struct page *p)
{
	struct guess guess[GUESSES_MAX];
	const uint32_t count = answer_guesses(p->o, guess);
	char text[DIST_TEXT_MAX];

	text_add(p->t,
		 "<li>Guesses: upstream does not say how long these take, and unless the scenario sets them they are "
		 "guesses of the simulator: ");
	for (uint32_t i = 0; i < count; i++) {
		text_printf(p->t, "%s<code>%s</code> ", i > 0 ? ", " : "", guess[i].name);
		page_text(p->t, dist_print(guess[i].dist, text));
	}
	text_add(p->t, ".</li>\n");
	for (uint32_t i = 0; i < p->o->scenario->profile_count; i++) {
		if (p->o->scenario->profile[i].guess == NULL)
			continue;
		text_add(p->t, "<li>Of the failure profile ");
		page_text(p->t, outcome_name(p->o, p->o->scenario->profile[i].name));
		text_add(p->t, " is a guess: ");
		page_text(p->t, p->o->scenario->profile[i].guess);
		text_add(p->t, ".</li>\n");
	}
	if (p->o->scenario->request_count > 0)
		text_add(p->t, "<li>Requests see queues in their steady state between changes; backlogs, and service "
			       "times not given, are guesses.</li>\n");
	if (p->o->scenario->registry.present)
		text_add(p->t,
			 "<li>Bandwidths, latency and unpacking of the registry are guesses, and so are sizes and "
			 "layers of images that nobody gives.</li>\n");
	if (p->o->scenario->runtime != 0) {
		text_add(p->t, "<li>Sandbox, network and stop of the runtime ");
		page_text(p->t, outcome_name(p->o, p->o->scenario->runtime));
		text_add(p->t, " are guesses.</li>\n");
	}
}

static void horizon(struct page *p)
{
	const struct outcome *o = p->o;
	uint32_t open = 0, unhealed = 0;
	char text[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->recoveries; i++)
		open += o->recovery[i].leg[LEG_TOTAL] == SIM_NEVER && outcome_is_replaced(o, o->recovery[i].pod);
	for (uint32_t i = 0; i < o->failures; i++)
		unhealed += o->failure[i].struck && o->failure[i].healed_at == SIM_NEVER;
	text_printf(p->t, "<li>Horizon: nothing after %s is known.", time_print(o->end, text));
	if (open > 0)
		text_printf(p->t, " %" PRIu32 " recover%s not over by then, so means and quantiles are too good.", open,
			    open == 1 ? "y was" : "ies were");
	if (unhealed > 0)
		text_printf(p->t, " %" PRIu32 " failure%s still held.", unhealed, unhealed == 1 ? "" : "s");
	text_add(p->t, "</li>\n");
}

void page_doubts(struct page *p)
{
	const struct outcome *o = p->o;

	text_add(p->t, "<section id=\"doubts\" aria-labelledby=\"h-doubts\"><h2 id=\"h-doubts\">Doubts</h2>\n<ul>\n");
	if (o->runs == NULL)
		text_add(p->t,
			 "<li>One run: with other random numbers the times differ. <code>--runs 30</code> tells by "
			 "how much.</li>\n");
	else if (o->runs->done < RUNS_ENOUGH)
		text_printf(p->t,
			    "<li>Only %" PRIu32 " runs: extremes and the p95 would move with more of them.</li>\n",
			    o->runs->done);
	horizon(p);
	guesses(p);
	if (o->notes[0] != '\0') {
		text_add(p->t, "<li>About the input:<pre>");
		page_text(p->t, o->notes);
		text_add(p->t, "</pre></li>\n");
	}
	text_add(p->t, "</ul></section>\n");
}

void page_again(struct page *p)
{
	const struct outcome *o = p->o;

	text_add(p->t,
		 "<section id=\"again\" aria-labelledby=\"h-again\"><h2 id=\"h-again\">How to get the same "
		 "again</h2>\n<p>With the same input files and version every byte of the result is the same.</p>\n"
		 "<pre>nodefall run FILES");
	text_printf(p->t, " --seed %" PRIu64, o->run->seed);
	if (o->runs != NULL)
		text_printf(p->t, " --runs %" PRIu32, o->runs->count);
	text_printf(p->t, " -o html=report.html</pre>\n<p>Scenario <code>");
	page_text(p->t, outcome_name(o, o->scenario->name));
	text_printf(p->t, "</code>, seed %" PRIu64 ", digest <code>%016" PRIx64 "</code>", o->run->seed,
		    o->run->facts.digest);
	if (o->runs != NULL)
		text_printf(p->t, ", combined digest of all runs <code>%016" PRIx64 "</code>",
			    o->runs->combined_digest);
	text_printf(p->t, ", nodefall %s.</p></section>\n", NODEFALL_VERSION);
}
