/* experiment_csv.c - an experiment in long form: one number a row. */
#include "report/experiment_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/format.h"

/* Quotes a field where RFC 4180 asks for it. */
static void field(struct text *t, const char *s)
{
	if (strpbrk(s, ",\"\r\n") == NULL) {
		text_add(t, s);
		return;
	}
	text_add(t, "\"");
	for (; *s != '\0'; s++)
		text_printf(t, *s == '"' ? "\"%c" : "%c", *s);
	text_add(t, "\"");
}

struct row {
	const char *section, *candidate, *against, *metric;
};

/* What is no number, or infinite, is an empty field. */
static void number(struct text *t, const struct row *r, const char *name, double x)
{
	text_printf(t, "%s,", r->section);
	field(t, r->candidate);
	text_add(t, ",");
	field(t, r->against);
	text_add(t, ",");
	field(t, r->metric);
	text_printf(t, ",%s,", name);
	if (isfinite(x))
		print_number(t, x);
	text_add(t, "\n");
}

static void observations(const struct experiment *e, uint32_t m, struct text *t)
{
	struct arena scratch = {0};

	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct row r = {"run", e->candidate[c].label, "", e->metric[m].text};
		for (uint32_t i = 0; i < e->runs; i++)
			number(t, &r, text_format(&scratch, "%" PRIu32, i), e->candidate[c].value[m][i]);
	}
	arena_release(&scratch);
}

static void estimates(const struct findings *f, uint32_t m, struct text *t)
{
	const struct experiment *e = f->e;

	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct row r = {"estimate", e->candidate[c].label, "", e->metric[m].text};
		const struct estimate *s = &f->metric[m].of[c];
		number(t, &r, "runs", s->count);
		number(t, &r, "runs_censored", e->candidate[c].runs_censored[m]);
		number(t, &r, "mean", s->mean);
		number(t, &r, "mean_low", s->mean_interval.low);
		number(t, &r, "mean_high", s->mean_interval.high);
		number(t, &r, "sd", s->count > 1 ? s->sd : (double)NAN);
		number(t, &r, "median", s->median);
		number(t, &r, "median_low", s->median_interval.low);
		number(t, &r, "median_high", s->median_interval.high);
	}
}

static void comparisons(const struct findings *f, uint32_t m, struct text *t)
{
	const struct experiment *e = f->e;

	for (uint32_t i = 0; i < f->comparisons; i++) {
		const struct comparison *c = &f->comparison[i];
		const struct row r = {"comparison", e->candidate[c->b].label, e->candidate[c->a].label,
				      e->metric[m].text};
		if (c->metric != m)
			continue;
		number(t, &r, "difference", c->t.count > 0 ? c->t.centre : (double)NAN);
		number(t, &r, "low", c->t.interval.low);
		number(t, &r, "high", c->t.interval.high);
		number(t, &r, "p", c->t.p);
		number(t, &r, "p_holm", c->p_adjusted);
		number(t, &r, "hodges_lehmann", c->t.count > 0 ? c->ranks.centre : (double)NAN);
		number(t, &r, "hodges_lehmann_low", c->ranks.interval.low);
		number(t, &r, "hodges_lehmann_high", c->ranks.interval.high);
		number(t, &r, "p_wilcoxon", c->ranks.p);
		number(t, &r, "p_wilcoxon_holm", c->ranks_adjusted);
		number(t, &r, "real", c->real);
		number(t, &r, "variance_reduction", c->reduction);
		number(t, &r, "runs_needed", c->runs_needed);
		number(t, &r, "least_difference", c->least);
	}
}

static void candidates(const struct experiment *e, struct text *t)
{
	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct candidate *k = &e->candidate[c];
		for (uint32_t f = 0; f < e->factors; f++) {
			text_add(t, "factor,");
			field(t, k->label);
			text_add(t, ",,");
			field(t, e->factor[f].key);
			text_add(t, ",level,");
			field(t, e->factor[f].level[k->level[f]]);
			text_add(t, "\n");
		}
		const struct row r = {"candidate", k->label, "", ""};
		number(t, &r, "failures", (double)k->failures);
		number(t, &r, "recoveries", (double)k->recoveries);
		number(t, &r, "recoveries_not_over", (double)k->unfinished);
		number(t, &r, "queue_wait_s", time_seconds(k->queue_wait));
	}
}

void experiment_csv(const struct findings *f, struct text *t)
{
	text_add(t, "section,candidate,against,metric,name,value\n");
	candidates(f->e, t);
	for (uint32_t m = 0; m < f->e->metrics && f->e->runs > 0; m++) {
		estimates(f, m, t);
		comparisons(f, m, t);
		observations(f->e, m, t);
	}
}
