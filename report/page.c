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
/* answer_failure() names up to so many nodes itself. */
#define NODES_IN_ANSWER 3
#define NODES_NAMED 12

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

void page_head(struct page *p, const char *what)
{
	text_add(p->t, "<th scope=\"col\">");
	page_text(p->t, what);
	text_add(p->t, "</th>");
}

void page_number_head(struct page *p, const char *what)
{
	text_add(p->t, "<th scope=\"col\" class=\"n\">");
	page_text(p->t, what);
	text_add(p->t, "</th>");
}

void page_table(struct page *p, const char *caption)
{
	text_add(p->t, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
	page_text(p->t, caption);
	text_add(p->t, "\"><table><caption>");
	page_text(p->t, caption);
	text_add(p->t, "</caption><tr>");
}

void page_table_end(struct page *p)
{
	text_add(p->t, "</table></div>\n");
}

const char *page_percent(struct page *p, double share)
{
	const double off = fmin(share, 1 - share);
	int digits = 2;

	if (isnan(share))
		return "\xe2\x80\x93";
	if (off <= 0)
		return text_format(&p->scratch, "%.0f %%", share * 100);
	while (digits < 9 && off * 100 < 5 * pow(10, -digits))
		digits++;
	return text_format(&p->scratch, "%.*f %%", digits, share * 100);
}

static void card(struct page *p, const char *what, const char *value)
{
	text_add(p->t, "<div><dt>");
	page_text(p->t, what);
	text_add(p->t, "</dt><dd>");
	page_text(p->t, value);
	text_add(p->t, "</dd></div>\n");
}

/* Whether the scenario's expectations held, in all runs where there are several. */
static void verdict_card(struct page *p)
{
	const struct outcome *o = p->o;
	const uint32_t count = o->scenario->expectation_count;
	uint32_t held = 0;

	for (uint32_t i = 0; i < count; i++)
		held += o->runs != NULL ? runs_held(o->runs, i) == o->runs->done : o->verdict[i].held;
	if (count > 0)
		card(p, o->runs != NULL ? "expectations that held in all runs" : "expectations that held",
		     held == count ? text_format(&p->scratch, "all %" PRIu32, count)
				   : text_format(&p->scratch, "%" PRIu32 " of %" PRIu32, held, count));
}

/* The first and last detection, the longest recovery, the worst service: what is looked for first. */
static void cards(struct page *p)
{
	const struct outcome *o = p->o;
	sim_time noticed = SIM_NEVER, last_noticed = -1, longest = -1;
	double worst = INFINITY;
	uint32_t lost = 0, back = 0;
	char text[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		if (r->leg[LEG_DETECTION] != SIM_NEVER) {
			noticed = r->leg[LEG_DETECTION] < noticed ? r->leg[LEG_DETECTION] : noticed;
			last_noticed = r->leg[LEG_DETECTION] > last_noticed ? r->leg[LEG_DETECTION] : last_noticed;
		}
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
		card(p, "noticed after",
		     strcmp(story_time(noticed, text), story_time(last_noticed, last)) == 0
			     ? text
			     : text_format(&p->scratch, "%s \xe2\x80\x93 %s", text, last));
	if (longest >= 0)
		card(p, back == lost ? "last lost pod back after" : "last that is back, after",
		     story_time(longest, text));
	if (lost > 0)
		card(p, "lost pods back", text_format(&p->scratch, "%" PRIu32 " of %" PRIu32, back, lost));
	if (isfinite(worst))
		card(p, o->services > 1 ? "least available service" : "availability", page_percent(p, worst));
	if (o->runs != NULL && o->runs->leg[LEG_TOTAL].count > 0) {
		const struct leg_summary *s = &o->runs->leg[LEG_TOTAL];
		card(p, text_format(&p->scratch, "median recovery, %" PRIu32 " runs", o->runs->done),
		     story_time(time_from_seconds(s->p50), text));
		card(p, text_format(&p->scratch, "p95 recovery, %" PRIu32 " runs", o->runs->done),
		     story_time(time_from_seconds(s->p95), text));
	}
	verdict_card(p);
	text_add(p->t, "</dl>\n");
	if (o->runs != NULL)
		text_printf(p->t,
			    "<p>What is told of single pods, nodes and instants is the first of %" PRIu32
			    " runs.</p>\n",
			    o->runs->done);
}

/* Names the nodes of a failure whose sentence only counts them. */
static void struck_nodes(struct page *p, uint32_t failure)
{
	const struct failure f = outcome_failure_asked(p->o, failure);

	if (f.node_count <= NODES_IN_ANSWER || f.masters != 0 || f.leader != 0)
		return;
	text_add(p->t, "<p class=\"who\">");
	page_text(p->t, outcome_failure_name(p->o, failure));
	text_add(p->t, ": ");
	for (uint32_t n = 0; n < f.node_count && n < NODES_NAMED; n++) {
		text_add(p->t, n > 0 ? ", " : "");
		page_text(p->t, outcome_node_name(p->o, f.node[n]));
	}
	if (f.node_count > NODES_NAMED)
		text_printf(p->t, " and %" PRIu32 " more", f.node_count - NODES_NAMED);
	text_add(p->t, ".</p>\n");
}

/* How many there were of each process, a line each; lines that were folded are one again. */
static void processes(struct page *p)
{
	struct text summary;

	text_init(&summary, &p->scratch);
	failures_summary(p->o, &summary);
	if (summary.length == 0)
		return;
	text_add(p->t, "<ul class=\"plain\">");
	for (const char *line = summary.data; *line != '\0';) {
		const char *end = strchr(line, '\n');
		const size_t length = end != NULL ? (size_t)(end - line) : strlen(line);
		const bool goes_on = line[0] == ' ';
		text_add(p->t, goes_on ? " " : "<li>");
		page_text(p->t, arena_text(&p->scratch, line + strspn(line, " "), length - strspn(line, " ")));
		line += length + (end != NULL);
		if (*line != ' ')
			text_add(p->t, "</li>\n");
	}
	text_add(p->t, "</ul>\n");
}

/* What the cluster came to besides: nodes that came and went, costs, Jobs. */
static void fleet(struct page *p)
{
	const struct outcome *o = p->o;

	if (o->fleet.changed)
		text_printf(p->t, "<p>Nodes: %d at the end, %d to %d in between, %.1f in the mean.</p>\n",
			    (int)o->fleet.now, (int)o->fleet.least, (int)o->fleet.most, o->fleet.mean);
	if (o->fleet.usd > 0)
		text_printf(p->t, "<p>The machines cost %.2f USD%s.</p>\n", o->fleet.usd,
			    o->fleet.unpriced ? ", without those whose price is not known" : "");
	if (o->arrivals > 0)
		text_printf(p->t,
			    "<p>%" PRIu32 " Jobs arrived, %" PRIu32 " were refused; %" PRIu32 " pods completed.</p>\n",
			    o->arrivals, o->arrivals_refused, o->completed);
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
		struck_nodes(p, row[i]);
	}
	if (struck > told)
		text_printf(p->t, "<p>%" PRIu32 " more failures struck%s.</p>\n", struck - told,
			    o->scenario->source_count > 0 ? ", none worse" : "");
	processes(p);
	if (struck == 0)
		text_printf(p->t, "<p class=\"answer\">Nothing failed in %s.</p>\n", story_time(o->end, text));
	if (o->unschedulable > 0)
		text_printf(p->t, "<p class=\"answer\">%" PRIu32 " pod%s fit%s on no node at the end.</p>\n",
			    o->unschedulable, o->unschedulable == 1 ? "" : "s", o->unschedulable == 1 ? "s" : "");
	fleet(p);
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
		       "expected</h2>\n");
	page_table(p, o->runs != NULL ? "Expectations of the scenario; values of the first run"
				      : "Expectations of the scenario");
	page_head(p, "verdict");
	page_head(p, "expectation");
	page_head(p, "value");
	if (o->runs != NULL)
		page_head(p, "held in");
	text_add(p->t, "</tr>\n");
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
	page_table_end(p);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}

static void asked_failures(struct page *p)
{
	const struct outcome *o = p->o;
	char at[TIME_TEXT_MAX], healed[TIME_TEXT_MAX];

	if (o->failures == 0)
		return;
	page_table(p, o->failures > FAILURES_LISTED ? "The first failures" : "Failures");
	page_head(p, "failure");
	page_head(p, "kind");
	page_head(p, "strikes at");
	page_head(p, "over at");
	page_head(p, "where");
	text_add(p->t, "</tr>\n");
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
	page_table_end(p);
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

	page_table(p, "Requests to the API server");
	page_head(p, "client");
	page_number_head(p, "requests");
	page_number_head(p, "longest queue");
	page_number_head(p, "waited in all");
	text_add(p->t, "</tr>\n");
	for (uint32_t i = 0; i < o->plane.clients && i < CLIENTS_SHOWN; i++) {
		const struct outcome_client *c = &o->plane.client[i];
		text_add(p->t, "<tr>");
		page_cell(p, outcome_name(o, c->name));
		page_number_cell(p, text_format(&p->scratch, "%" PRId64, c->requests));
		page_number_cell(p, text_format(&p->scratch, "%" PRId64, c->longest_queue));
		page_number_cell(p, story_time(c->waited, waited));
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
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
		text_add(p->t, "<li>About the input:<pre class=\"wrap\">");
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
		 "<pre class=\"wrap\">nodefall run FILES");
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
