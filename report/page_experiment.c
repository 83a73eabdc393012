/* page_experiment.c - the page of compare and sweep: what is real, pictures, tables, doubts, how to get it again. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/charts_experiment.h"
#include "report/experiment_write.h"
#include "report/page.h"
#include "report/version.h"

/* The keys that vary may be many and long: their head breaks at blanks. */
static void keys_head(struct page *p, const struct experiment *e)
{
	text_add(p->t, "<th scope=\"col\" class=\"words\">");
	page_text(p->t, experiment_keys(e));
	text_add(p->t, "</th>");
}

/* A mean or a difference and the half-width of its interval. */
static void mean_cell(struct page *p, double x, double half, bool sign)
{
	char text[EXPERIMENT_TEXT_MAX];
	const char *all = experiment_mean(text, x, half, sign), *plus = strstr(all, "+-");

	page_number_cell(
		p, plus == NULL ? all : text_format(&p->scratch, "%.*s\xc2\xb1 %s", (int)(plus - all), all, plus + 2));
}

static void list_factors(struct page *p, const struct experiment *e)
{
	text_add(p->t, "<ul class=\"plain\">\n");
	for (uint32_t i = 0; i < e->factors; i++) {
		text_add(p->t, "<li><code>");
		page_text(p->t, e->factor[i].key);
		text_add(p->t, "</code>: ");
		for (uint32_t k = 0; k < e->factor[i].levels; k++) {
			text_add(p->t, k > 0 ? ", " : "");
			page_text(p->t, e->factor[i].level[k]);
		}
		text_add(p->t, "</li>\n");
	}
	text_add(p->t, "</ul>\n");
}

static void answers(struct page *p, const struct findings *f)
{
	const struct experiment *e = f->e;
	struct text sentence;

	for (uint32_t m = 0; m < e->metrics && e->runs > 0 && e->candidates > 1; m++) {
		text_init(&sentence, &p->scratch);
		experiment_answer(f, m, &sentence);
		text_printf(p->t, "<p class=\"%s\">", m == 0 ? "answer" : "");
		page_text(p->t, sentence.data);
		text_add(p->t, "</p>\n");
	}
	text_printf(p->t,
		    "<p class=\"who\">%" PRIu32 " candidates, %" PRIu32 " run%s each, %s (seed %" PRIu64 ").</p>\n",
		    e->candidates, e->runs, e->runs == 1 ? "" : "s",
		    e->independent ? "with random numbers of their own" : "the same failures and arrivals for all",
		    e->seed);
	list_factors(p, e);
	if (e->interrupted)
		text_add(p->t, "<p class=\"failed\">Interrupted: runs are missing.</p>\n");
}

static void doubts(struct page *p, const struct findings *f)
{
	if (f->warnings == 0 && f->e->notes[0] == '\0')
		return;
	page_section(p, "doubts", "Before you believe it");
	text_add(p->t, "<ul>\n");
	for (uint32_t i = 0; i < f->warnings; i++) {
		text_add(p->t, "<li>");
		page_text(p->t, f->warning[i]);
		text_add(p->t, "</li>\n");
	}
	if (f->e->notes[0] != '\0') {
		text_add(p->t, "<li>About the input:<pre class=\"wrap\">");
		page_text(p->t, f->e->notes);
		text_add(p->t, "</pre></li>\n");
	}
	text_add(p->t, "</ul></section>\n");
}

static void figure(struct page *p, const struct findings *f, const char *name,
		   bool (*make)(struct chart *c, const struct findings *f), const char *caption)
{
	struct chart c;

	chart_begin(&c, &p->scratch, name);
	if (make(&c, f))
		page_figure(p, &c, caption);
	arena_empty(&p->scratch);
}

static void pictures(struct page *p, const struct findings *f)
{
	page_section(p, "pictures", "Pictures");
	if (f->e->is_sweep)
		figure(p, f, "sweep", chart_sweep,
		       "Means over the factor whose values are numbers; bands are their 95 % intervals.");
	figure(p, f, "intervals", chart_intervals,
	       "Means with their 95 % intervals. Where intervals overlap a difference may still be real: the tables "
	       "compare run by run.");
	figure(p, f, "recovery-cdf", chart_recovery_cdf,
	       "The share of recoveries that were over within so many seconds, leg by leg; a curve that ends below 1 "
	       "has "
	       "recoveries that were not over.");
	figure(p, f, "imbalance", chart_imbalance,
	       "How unevenly requested cpu lay on the nodes that were up: median and middle 80 % of the runs.");
	text_add(p->t, "</section>\n");
}

static void table_row(struct page *p, const struct findings *f, uint32_t metric, uint32_t place)
{
	const struct experiment *e = f->e;
	const struct metric_finding *k = &f->metric[metric];
	const uint32_t c = e->is_sweep ? place : k->ranked[place], other = experiment_reference(f, metric);
	int sign;

	text_add(p->t, "<tr><th scope=\"row\">");
	page_text(p->t, e->candidate[c].label);
	text_add(p->t, "</th>");
	mean_cell(p, k->of[c].mean, interval_half(k->of[c].mean_interval), false);
	const struct comparison *x = c == other ? NULL : findings_between(f, metric, other, c, &sign);
	if (x == NULL) {
		text_add(p->t, "<td colspan=\"3\"></td></tr>\n");
		return;
	}
	mean_cell(p, sign * x->t.centre, interval_half(x->t.interval), true);
	page_number_cell(p, isnan(x->p_adjusted)    ? "\xe2\x80\x93"
			    : x->p_adjusted < 0.001 ? "< 0.001"
						    : text_format(&p->scratch, "%.3f", x->p_adjusted));
	page_cell(p, experiment_verdict(x));
	text_add(p->t, "</tr>\n");
}

static void tables(struct page *p, const struct findings *f)
{
	const struct experiment *e = f->e;
	const bool best = e->candidates <= ALL_PAIRS_MAX && !e->is_sweep;

	page_section(p, "tables", "Every metric");
	for (uint32_t m = 0; m < e->metrics; m++) {
		const char *unit = metric_unit(e->metric[m].name);
		if (!f->metric[m].has_value || f->metric[m].all_equal || f->metric[m].no_difference)
			continue;
		page_table(p, text_format(&p->scratch, "%s%s%s: %s is better", e->metric[m].text,
					  unit[0] != '\0' ? ", " : "", unit,
					  metric_more_is_better(e->metric[m].name) ? "more" : "less"));
		keys_head(p, e);
		page_number_head(p, "mean, 95 %");
		page_number_head(p, best ? "against the best" : "against the first");
		page_number_head(p, "p (Holm)");
		page_head(p, "verdict");
		text_add(p->t, "</tr>\n");
		for (uint32_t i = 0; i < e->candidates; i++)
			table_row(p, f, m, i);
		page_table_end(p);
	}
	text_printf(
		p->t,
		"<p>Each run of a candidate is one value. Intervals of means: Student's t. Differences: paired t, p "
		"after Holm over %" PRIu32 " comparisons; real: p at most 0.05; noise: may be chance; hidden: "
		"recoveries of the better one were not all over; ~: Wilcoxon's signed ranks say otherwise.</p>\n"
		"</section>\n",
		f->tested);
	arena_empty(&p->scratch);
}

static void quantile_cell(struct page *p, const struct candidate *k, double q)
{
	const struct sketch *s = &k->leg[LEG_TOTAL];
	const double x = sketch_quantile(s, k->unended[LEG_TOTAL], q);

	page_number_cell(p, s->count + k->unended[LEG_TOTAL] == 0 ? "\xe2\x80\x93"
			    : isinf(x)                            ? "> end"
								  : text_format(&p->scratch, "%.2f", x));
}

static void recoveries(struct page *p, const struct experiment *e)
{
	static const double q[] = {0.5, 0.95, 0.99, 1};
	static const char *const head[] = {"failures", "recoveries", "not over", "p50", "p95", "p99", "slowest"};

	page_section(p, "recoveries", "Recoveries");
	page_table(p, "Recoveries of all runs together, seconds from the failure to Ready");
	keys_head(p, e);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		page_number_head(p, head[i]);
	text_add(p->t, "</tr>\n");
	for (uint32_t i = 0; i < e->candidates; i++) {
		const struct candidate *k = &e->candidate[i];
		text_add(p->t, "<tr><th scope=\"row\">");
		page_text(p->t, k->label);
		text_add(p->t, "</th>");
		page_number_cell(p, text_format(&p->scratch, "%" PRIu64, k->failures));
		page_number_cell(p, text_format(&p->scratch, "%" PRIu64, k->recoveries));
		page_number_cell(p, text_format(&p->scratch, "%" PRIu64, k->unfinished));
		for (size_t n = 0; n < sizeof(q) / sizeof(q[0]); n++)
			quantile_cell(p, k, q[n]);
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}

static void again(struct page *p, const struct experiment *e)
{
	page_section(p, "again", "How to get the same again");
	text_printf(p->t, "<pre class=\"wrap\">nodefall %s FILES --seed %" PRIu64 " --runs %" PRIu32, e->command,
		    e->seed, e->runs_asked);
	for (uint32_t i = 0; i < e->factors; i++) {
		text_add(p->t, " --vary '");
		page_text(p->t, e->factor[i].key);
		for (uint32_t k = 0; k < e->factor[i].levels; k++) {
			text_add(p->t, k > 0 ? "," : "=");
			page_text(p->t, e->factor[i].level[k]);
		}
		text_add(p->t, "'");
	}
	for (uint32_t m = 0; m < e->metrics; m++) {
		text_add(p->t, " --metric '");
		page_text(p->t, e->metric[m].text);
		text_add(p->t, "'");
	}
	text_printf(p->t, "%s -o html=report.html</pre>\n", e->independent ? " --independent" : "");
	page_table(p, "Digests over all runs");
	keys_head(p, e);
	page_head(p, "digest");
	text_add(p->t, "</tr>\n");
	for (uint32_t i = 0; i < e->candidates; i++) {
		text_add(p->t, "<tr><th scope=\"row\">");
		page_text(p->t, e->candidate[i].label);
		text_printf(p->t, "</th><td><code>%016" PRIx64 "</code></td></tr>\n", e->candidate[i].digest);
	}
	page_table_end(p);
	text_add(p->t, "</section>\n");
}

void experiment_html(const struct findings *f, struct text *out)
{
	struct page p = {.t = out};

	page_open(&p, text_format(&p.arena, "%s: %s", f->e->name, f->e->command));
	answers(&p, f);
	text_add(out, "</header>\n<main id=\"content\">\n");
	doubts(&p, f);
	if (f->e->runs > 0) {
		pictures(&p, f);
		tables(&p, f);
		recoveries(&p, f->e);
	}
	again(&p, f->e);
	page_close(&p);
	arena_release(&p.scratch);
	arena_release(&p.arena);
}
