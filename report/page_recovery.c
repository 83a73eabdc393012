/* page_recovery.c - recoveries, load and waiting as pictures with their tables, and the worst moments as stories. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/page.h"
#include "report/runs.h"
#include "report/story.h"
#include "report/tables.h"
#include "report/why.h"

#define STORIES 3
#define ROWS 20

/* The picture of this kind, where there is anything to draw. */
static void figure(struct page *p, enum chart_kind kind, const char *caption)
{
	struct chart c;

	if (chart_make(&c, kind, p->o, &p->scratch))
		page_figure(p, &c, caption);
	arena_empty(&p->scratch);
}

/* The sum first: on a narrow screen the table's end is beyond its edge. */
static enum leg leg_at(int column)
{
	return column == 0 ? LEG_TOTAL : (enum leg)(column - 1);
}

static void leg_heads(struct page *p)
{
	for (int l = 0; l < LEGS; l++)
		text_printf(p->t, "<th scope=\"col\" class=\"n\">%s</th>", leg_name(leg_at(l)));
	text_add(p->t, "</tr>\n");
}

static void seconds_cell(struct page *p, double x)
{
	page_number_cell(p, isnan(x) ? "\xe2\x80\x93" : text_format(&p->scratch, x < 1000 ? "%.2f" : "%.0f", x));
}

static void recovery_rows(struct page *p)
{
	const struct outcome *o = p->o;
	const uint32_t *rows = recoveries_slowest(o, &p->arena);

	page_table(p, o->recoveries > ROWS ? "Seconds of each leg, slowest first; faster ones left out"
					   : "Seconds of each leg, slowest first");
	page_head(p, "lost pod");
	page_head(p, "back on");
	leg_heads(p);
	for (uint32_t i = 0; i < o->recoveries && i < ROWS; i++) {
		const struct recovery *r = &o->recovery[rows[i]];
		const uint32_t where = r->replacement != FACT_NONE ? r->replacement_node : r->node;
		text_add(p->t, "<tr>");
		page_cell(p, outcome_pod_name(o, r->pod));
		page_cell(p, r->time[RT_READY] != SIM_NEVER ? outcome_node_name(o, where) : "not back");
		for (int l = 0; l < LEGS; l++)
			seconds_cell(p, r->leg[leg_at(l)] == SIM_NEVER ? (double)NAN : time_seconds(r->leg[leg_at(l)]));
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
}

/* Over all recoveries of all runs. */
static void run_rows(struct page *p)
{
	const struct runs *r = p->o->runs;

	static const char *const head[] = {"count", "mean", "\xc2\xb1 95 %", "least", "median", "p95", "most"};
	page_table(p, text_format(&p->scratch,
				  "Over %" PRIu32 " runs: %" PRIu64 " recoveries, %" PRIu64
				  " not over when their run ended; seconds",
				  r->done, r->recoveries, r->unfinished));
	page_head(p, "leg");
	for (size_t k = 0; k < sizeof(head) / sizeof(head[0]); k++)
		page_number_head(p, head[k]);
	text_add(p->t, "</tr>\n");
	for (int l = 0; l < LEGS; l++) {
		const struct leg_summary *s = &r->leg[l];
		const double none = s->count > 0 ? 0 : (double)NAN;
		const double value[] = {s->mean, interval_half(s->mean_interval), s->min, s->p50, s->p95, s->max};
		text_printf(p->t, "<tr><th scope=\"row\">%s</th>", leg_name((enum leg)l));
		page_number_cell(p, text_format(&p->scratch, "%" PRIu64, s->count));
		for (size_t k = 0; k < sizeof(value) / sizeof(value[0]); k++)
			seconds_cell(p, value[k] + none);
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
}

void page_recovery(struct page *p)
{
	const struct outcome *o = p->o;

	text_add(p->t, "<section id=\"recovery\" aria-labelledby=\"h-recovery\"><h2 id=\"h-recovery\">Recovery</h2>\n");
	if (o->recoveries == 0) {
		text_add(p->t, "<p>No pod had to recover.</p>\n");
	} else {
		text_add(p->t,
			 "<p>A recovery ends when the pod in a lost one's place is Ready, or the lost one is again; "
			 "its legs add up to the total.</p>\n");
		figure(p, CHART_RECOVERY,
		       "Each bar is one lost pod, cut into the legs of its recovery; on the right what followed its "
		       "deletion, enlarged.");
		figure(p, CHART_DISTRIBUTION,
		       o->runs != NULL ? "How many lost pods were back after how long, over all runs together."
				       : "How many lost pods were back after how long.");
		recovery_rows(p);
	}
	if (o->runs != NULL)
		run_rows(p);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}

static void service_rows(struct page *p)
{
	const struct outcome *o = p->o;

	if (o->services == 0)
		return;
	page_table(p, "Services");
	page_head(p, "service");
	page_number_head(p, "availability");
	page_number_head(p, "lost pod-seconds");
	text_add(p->t, "</tr>\n");
	for (uint32_t i = 0; i < o->services && i < ROWS; i++) {
		const struct outcome_service *s = &o->service[i];
		if (!s->known)
			continue;
		text_add(p->t, "<tr>");
		page_cell(p,
			  text_format(&p->scratch, "%s/%s", outcome_name(o, s->namespace), outcome_name(o, s->name)));
		page_number_cell(p, page_percent(p, s->availability));
		page_number_cell(p, text_format(&p->scratch, "%.1f", s->lost_pod_seconds));
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
}

static void spread_rows(struct page *p)
{
	static const char *const label[LOAD_RESOURCES] = {"cpu requested", "memory requested", "pods"};
	const struct outcome *o = p->o;
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

	static const char *const head[] = {"mean", "cv", "max/mean", "Jain", "Gini"};
	page_table(p, "How evenly load lay on the nodes that were up, weighted by time");
	page_head(p, "part of the run");
	page_head(p, "what");
	for (size_t k = 0; k < sizeof(head) / sizeof(head[0]); k++)
		page_number_head(p, head[k]);
	text_add(p->t, "</tr>\n");
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++)
		for (int r = 0; r < LOAD_RESOURCES && o->load[w].measured; r++) {
			const struct spread *s = &o->load[w].of[r];
			text_add(p->t, "<tr>");
			page_cell(p, r > 0 ? ""
					   : text_format(
						     &p->scratch, "%s, %s to %s", load_window_name((enum load_window)w),
						     story_time(o->load[w].from, from), story_time(o->load[w].to, to)));
			page_cell(p, label[r]);
			page_number_cell(p, r == LOAD_PODS ? text_format(&p->scratch, "%.1f", s->mean)
							   : text_format(&p->scratch, "%.1f %%", s->mean * 100));
			page_number_cell(p, text_format(&p->scratch, "%.3f", s->cv));
			page_number_cell(p, text_format(&p->scratch, "%.2f", s->max_over_mean));
			page_number_cell(p, text_format(&p->scratch, "%.3f", s->jain));
			page_number_cell(p, text_format(&p->scratch, "%.3f", s->gini));
			text_add(p->t, "</tr>\n");
		}
	page_table_end(p);
}

void page_load(struct page *p)
{
	text_add(p->t, "<section id=\"load\" aria-labelledby=\"h-load\"><h2 id=\"h-load\">Load over time</h2>\n");
	figure(p, CHART_LOAD,
	       "Requested cpu and memory, and pods, on the nodes that are up; a shaded span is a failure.");
	figure(p, CHART_HEAT,
	       "Requested cpu of the nodes over time; each row is a node, grey while its machine is down.");
	spread_rows(p);
	service_rows(p);
	text_add(p->t, "</section>\n");
	page_requests(p);
	text_add(p->t, "<section id=\"waiting\" aria-labelledby=\"h-waiting\"><h2 "
		       "id=\"h-waiting\">Waiting</h2>\n");
	arena_empty(&p->scratch);
	figure(p, CHART_PODS, "Pods by state, as the API server believes; below, only those that are not Ready.");
	page_waiting(p);
	page_control_plane(p);
	text_add(p->t, "</section>\n");
}

static void story_step(struct page *p, uint32_t i, sim_time before)
{
	const struct cause *e = &p->causes.of[i];
	char at[TIME_TEXT_MAX], passed[TIME_TEXT_MAX];
	struct text sentence;

	text_init(&sentence, &p->scratch);
	cause_sentence(p->o, &e->fact, &sentence);
	text_printf(p->t,
		    "<li><span class=\"at\">%s</span><span class=\"passed\">%s%s</span><span class=\"leg\">%s</span>",
		    story_time(e->fact.at, at), before == SIM_NEVER ? "" : "+",
		    before == SIM_NEVER ? "" : story_time(e->fact.at - before, passed), e->leg);
	text_add(p->t, "<span>");
	page_text(p->t, sentence.data);
	text_add(p->t, "</span></li>\n");
}

/* The last fact of the chain that a recovery is: its pod Ready, or how far it came. */
static uint32_t last_of(const struct page *p, const struct recovery *r)
{
	const uint32_t pod = r->replacement != FACT_NONE ? r->replacement : r->pod;

	for (uint32_t i = p->causes.count; i-- > 0;) {
		const struct fact *f = &p->causes.of[i].fact;
		if (f->pod != pod || f->at > r->time[RT_READY] || f->kind == FACT_POD_SERVING ||
		    f->kind == FACT_POD_REPLACES || f->kind == FACT_POD_PHASE || f->kind == FACT_PROXY_REMOVED ||
		    f->kind == FACT_ENDPOINT_REMOVED || f->kind == FACT_POD_ATTEMPT)
			continue;
		if (r->time[RT_READY] == SIM_NEVER || (f->kind == FACT_POD_READY && f->flag == 1))
			return i;
	}
	return CAUSE_NONE;
}

static void story(struct page *p, const struct recovery *r)
{
	const struct outcome *o = p->o;
	const uint32_t last = last_of(p, r), *step;
	sim_time before = SIM_NEVER;
	char total[TIME_TEXT_MAX];

	if (last == CAUSE_NONE)
		return;
	text_add(p->t, "<h3>");
	page_text(p->t, outcome_pod_name(o, r->pod));
	if (r->leg[LEG_TOTAL] != SIM_NEVER)
		text_printf(p->t, ": back after %s", story_time(r->leg[LEG_TOTAL], total));
	else
		text_add(p->t,
			 outcome_is_replaced(o, r->pod) ? ": not back by the end" : ": lost, for nobody replaces it");
	text_add(p->t, "</h3>\n<ol class=\"story\">\n");
	const uint32_t count = why_chain(&p->causes, last, &p->scratch, &step);
	for (uint32_t k = 0; k < count; k++) {
		story_step(p, step[k], before);
		before = p->causes.of[step[k]].fact.at;
	}
	text_add(p->t, "</ol>\n");
	arena_empty(&p->scratch);
}

/* When most pods were not Ready at once. */
static void darkest(struct page *p)
{
	const struct outcome *o = p->o;
	const struct pod_state_step *worst = NULL;
	char at[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->pod_states; i++) {
		const struct pod_state_step *s = &o->pod_state[i];
		const int32_t out = s->count[STATE_NOT_READY] + s->count[STATE_PENDING];
		if (s->at > 0 && out > 0 &&
		    (worst == NULL || out > worst->count[STATE_NOT_READY] + worst->count[STATE_PENDING]))
			worst = s;
	}
	if (worst != NULL)
		text_printf(
			p->t,
			"<p>The darkest moment was %s: the API server counted %d pods as running but not Ready, their "
			"containers gone or not, and %d as waiting to run.</p>\n",
			story_time(worst->at, at), (int)worst->count[STATE_NOT_READY],
			(int)worst->count[STATE_PENDING]);
}

void page_worst(struct page *p)
{
	const struct outcome *o = p->o;
	const uint32_t *rows = recoveries_slowest(o, &p->arena);
	uint32_t told = 0, told_failure[STORIES], told_owner[STORIES];

	text_add(p->t, "<section id=\"worst\" aria-labelledby=\"h-worst\"><h2 id=\"h-worst\">The worst moments</h2>\n");
	darkest(p);
	/* One of each failure and owner: its fellows' stories are the same. */
	for (uint32_t i = 0; i < o->recoveries && told < STORIES; i++) {
		const struct recovery *r = &o->recovery[rows[i]];
		bool known = false;
		for (uint32_t k = 0; k < told; k++)
			known |= told_failure[k] == r->failure && told_owner[k] == o->pod[r->pod].owner;
		if (known)
			continue;
		told_failure[told] = r->failure;
		told_owner[told++] = o->pod[r->pod].owner;
		story(p, r);
	}
	if (told == 0)
		text_add(p->t, "<p>No pod was lost.</p>\n");
	text_add(p->t, "<h3>Everything in order</h3>\n<pre tabindex=\"0\">");
	struct text whole;
	text_init(&whole, &p->scratch);
	story_print(o, &whole);
	page_text(p->t, whole.data);
	text_add(p->t, "</pre></section>\n");
	arena_empty(&p->scratch);
}
