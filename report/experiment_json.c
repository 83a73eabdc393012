/* experiment_json.c - an experiment as one JSON document; report/README.md documents its keys, which are an interface.
 */
#include "report/experiment_write.h"

#include <inttypes.h>
#include <math.h>

#include "report/format.h"
#include "report/version.h"

static const double quantiles[] = {0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1};
#define QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

static void key(struct text *t, const char *before, const char *name)
{
	text_printf(t, "%s\"%s\":", before, name);
}

static void key_number(struct text *t, const char *before, const char *name, double x)
{
	key(t, before, name);
	print_number(t, x);
}

static void key_text(struct text *t, const char *before, const char *name, const char *value)
{
	key(t, before, name);
	text_add_json(t, value);
}

static void key_bool(struct text *t, const char *before, const char *name, bool value)
{
	key(t, before, name);
	text_add(t, value ? "true" : "false");
}

/* Ends that the values do not bound are null. */
static void key_interval(struct text *t, const char *before, const char *name, struct interval i)
{
	key(t, before, name);
	text_add(t, "[");
	print_number(t, i.low);
	text_add(t, ",");
	print_number(t, i.high);
	text_add(t, "]");
}

static const char *comma(size_t i)
{
	return i > 0 ? ",\n  " : "\n  ";
}

static void head(const struct experiment *e, struct text *t)
{
	key_text(t, "{", "nodefall", NODEFALL_VERSION);
	key_text(t, ",\n", "experiment", e->command);
	key_text(t, ",\n", "scenario", e->name);
	text_printf(t, ",\n\"seed\":%" PRIu64, e->seed);
	key_bool(t, ",\n", "common_random_numbers", !e->independent);
	text_printf(t, ",\n\"runs\":%" PRIu32 ",\n\"runs_asked\":%" PRIu32, e->runs, e->runs_asked);
	key_number(t, ",\n", "confidence", EXPERIMENT_CONFIDENCE);
	key_number(t, ",\n", "power", EXPERIMENT_POWER);
	key_number(t, ",\n", "precision", e->precision > 0 ? e->precision : (double)NAN);
	key_bool(t, ",\n", "precision_reached", e->precise);
	key_bool(t, ",\n", "interrupted", e->interrupted);
	key(t, ",\n", "factors");
	text_add(t, "[");
	for (uint32_t f = 0; f < e->factors; f++) {
		key_text(t, f > 0 ? ",\n  {" : "\n  {", "key", e->factor[f].key);
		key(t, ",", "levels");
		for (uint32_t i = 0; i < e->factor[f].levels; i++) {
			text_add(t, i > 0 ? "," : "[");
			text_add_json(t, e->factor[f].level[i]);
		}
		text_add(t, "]}");
	}
	text_add(t, "]");
}

static void legs(const struct candidate *c, struct text *t)
{
	key(t, ",", "legs");
	for (int l = 0; l < LEGS; l++) {
		text_printf(t, "%s\"%s\":{\"count\":%" PRIu64 ",\"not_over\":%" PRIu64 ",\"quantiles\":[",
			    l > 0 ? "," : "{", leg_name((enum leg)l), c->leg[l].count, c->unended[l]);
		for (size_t q = 0; q < QUANTILES; q++) {
			const bool any = c->leg[l].count + c->unended[l] > 0;
			text_add(t, q > 0 ? "," : "");
			print_number(t, any ? sketch_quantile(&c->leg[l], c->unended[l], quantiles[q]) : (double)NAN);
		}
		text_add(t, "]}");
	}
	text_add(t, "}");
}

static void candidates(const struct experiment *e, struct text *t)
{
	key(t, ",\n", "leg_quantiles");
	for (size_t q = 0; q < QUANTILES; q++) {
		text_add(t, q > 0 ? "," : "[");
		print_number(t, quantiles[q]);
	}
	key(t, "],\n", "candidates");
	text_add(t, "[");
	for (uint32_t c = 0; c < e->candidates; c++) {
		const struct candidate *k = &e->candidate[c];
		text_add(t, comma(c));
		key_text(t, "{", "label", k->label);
		key(t, ",", "levels");
		for (uint32_t f = 0; f < e->factors; f++) {
			text_add(t, f > 0 ? "," : "{");
			text_add_json(t, e->factor[f].key);
			text_add(t, ":");
			text_add_json(t, e->factor[f].level[k->level[f]]);
		}
		text_printf(t,
			    "},\"digest\":\"%016" PRIx64 "\",\"failures\":%" PRIu64 ",\"runs_without_failure\":%" PRIu32
			    ",\"recoveries\":%" PRIu64 ",\"recoveries_not_over\":%" PRIu64,
			    k->digest, k->failures, k->runs_without_failure, k->recoveries, k->unfinished);
		key_number(t, ",", "queue_wait_s", time_seconds(k->queue_wait));
		legs(k, t);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void estimates(const struct findings *f, uint32_t m, struct text *t)
{
	const struct experiment *e = f->e;

	for (uint32_t i = 0; i < e->candidates; i++) {
		const uint32_t c = f->metric[m].ranked[i];
		const struct estimate *s = &f->metric[m].of[c];
		text_add(t, i > 0 ? ",\n    " : "\n    ");
		key_text(t, "{", "candidate", e->candidate[c].label);
		text_printf(t, ",\"runs\":%" PRIu32 ",\"runs_censored\":%" PRIu32, s->count,
			    e->candidate[c].runs_censored[m]);
		key_number(t, ",", "mean", s->mean);
		key_interval(t, ",", "mean_interval", s->mean_interval);
		key_number(t, ",", "sd", s->count > 1 ? s->sd : (double)NAN);
		key_number(t, ",", "skewness", s->count > 2 ? s->skewness : (double)NAN);
		key_number(t, ",", "median", s->median);
		key_interval(t, ",", "median_interval", s->median_interval);
		text_printf(t, ",\"not_at_best\":%" PRIu32, s->unlike_best);
		key_interval(t, ",", "not_at_best_interval",
			     share_interval(s->unlike_best, s->count, EXPERIMENT_CONFIDENCE));
		text_add(t, "}");
	}
}

static void metrics(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;

	key(t, ",\n", "metrics");
	text_add(t, "[");
	for (uint32_t m = 0; m < e->metrics && e->runs > 0; m++) {
		text_add(t, comma(m));
		key_text(t, "{", "metric", e->metric[m].text);
		key_text(t, ",", "unit", metric_unit(e->metric[m].name));
		key_bool(t, ",", "more_is_better", metric_more_is_better(e->metric[m].name));
		key_bool(t, ",", "rare", f->metric[m].is_rare);
		key(t, ",", "ranked");
		text_add(t, "[");
		estimates(f, m, t);
		text_add(t, "]}");
	}
	text_add(t, "]");
}

static const char *verdict(const struct comparison *c)
{
	if (c->equal)
		return "equal";
	if (c->hidden)
		return "hidden";
	return isnan(c->p_adjusted) ? "unknown" : c->real ? "real" : "noise";
}

static void comparisons(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;

	key(t, ",\n", "comparisons");
	text_add(t, "[");
	for (uint32_t i = 0; i < f->comparisons; i++) {
		const struct comparison *c = &f->comparison[i];
		text_add(t, comma(i));
		key_text(t, "{", "metric", e->metric[c->metric].text);
		key_text(t, ",", "candidate", e->candidate[c->b].label);
		key_text(t, ",", "against", e->candidate[c->a].label);
		text_printf(t, ",\"runs\":%" PRIu32, c->t.count);
		key_number(t, ",", "difference", c->t.count > 0 ? c->t.centre : (double)NAN);
		key_interval(t, ",", "interval", c->t.interval);
		key_number(t, ",", "sd", c->t.count > 1 ? c->sd : (double)NAN);
		key_number(t, ",", "p", c->t.p);
		key_number(t, ",", "p_holm", c->p_adjusted);
		key_number(t, ",", "hodges_lehmann", c->t.count > 0 ? c->ranks.centre : (double)NAN);
		key_interval(t, ",", "hodges_lehmann_interval", c->ranks.interval);
		key_number(t, ",", "p_wilcoxon", c->ranks.p);
		key_number(t, ",", "p_wilcoxon_holm", c->ranks_adjusted);
		key_text(t, ",", "verdict", verdict(c));
		key_number(t, ",", "variance_reduction", c->reduction);
		key_number(t, ",", "runs_needed", c->runs_needed);
		key_number(t, ",", "least_difference", c->least);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void effects(const struct findings *f, struct text *t)
{
	const struct experiment *e = f->e;

	key(t, ",\n", "effects");
	text_add(t, "[");
	for (uint32_t i = 0; i < f->effects; i++) {
		const struct effect *x = &f->effect[i];
		const bool first = x->level == 0;
		text_add(t, comma(i));
		key_text(t, "{", "metric", e->metric[x->metric].text);
		key_text(t, ",", "factor", e->factor[x->factor].key);
		key_text(t, ",", "level", e->factor[x->factor].level[x->level]);
		text_printf(t, ",\"runs\":%" PRIu64, x->moments.count);
		key_number(t, ",", "mean", x->moments.count > 0 ? x->moments.mean : (double)NAN);
		key_interval(t, ",", "mean_interval", mean_interval(&x->moments, EXPERIMENT_CONFIDENCE));
		key_number(t, ",", "difference",
			   first || x->difference.count == 0 ? (double)NAN : x->difference.centre);
		key_interval(t, ",", "interval",
			     first ? (struct interval){(double)NAN, (double)NAN} : x->difference.interval);
		key_number(t, ",", "p_holm", x->p_adjusted);
		key_bool(t, ",", "real", x->real);
		text_add(t, "}");
	}
	text_add(t, "]");
}

void experiment_json(const struct findings *f, struct text *t)
{
	head(f->e, t);
	key(t, ",\n", "warnings");
	text_add(t, "[");
	for (uint32_t i = 0; i < f->warnings; i++) {
		text_add(t, comma(i));
		text_add_json(t, f->warning[i]);
	}
	text_add(t, "]");
	candidates(f->e, t);
	metrics(f, t);
	comparisons(f, t);
	effects(f, t);
	text_add(t, "}\n");
}
