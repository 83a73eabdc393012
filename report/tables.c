/* tables.c - recovery, waterfall, load, services and replications as plain-text tables. */
#include "report/tables.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/failures.h"
#include "report/runs.h"
#include "report/story.h"

#define BAR 58
#define BAR_ROWS 8
#define NODE_ROWS 12

struct slow {
	uint32_t row;
	sim_time total;
};

static int slowest(const void *a, const void *b)
{
	const struct slow *x = a, *y = b;

	if (x->total != y->total)
		return x->total > y->total ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

const uint32_t *recoveries_slowest(const struct outcome *o, struct arena *a)
{
	struct slow *order = ARENA_NEW(a, o->recoveries, struct slow);
	uint32_t *rows = ARENA_NEW(a, o->recoveries, uint32_t);

	for (uint32_t i = 0; i < o->recoveries; i++)
		order[i] = (struct slow){i, o->recovery[i].leg[LEG_TOTAL]};
	qsort(order, o->recoveries, sizeof(order[0]), slowest);
	for (uint32_t i = 0; i < o->recoveries; i++)
		rows[i] = order[i].row;
	return rows;
}

/* s in at most `width` columns, cut in the middle: both the start and the end of a pod's name say something. */
static const char *fit(struct arena *a, const char *s, int width)
{
	const int length = (int)strlen(s);

	if (length <= width)
		return s;
	const int tail = width / 2 - 1;
	return text_format(a, "%.*s..%s", width - tail - 2, s, s + length - tail);
}

static void leg_cell(struct text *t, double seconds, int width)
{
	if (isnan(seconds))
		text_printf(t, " %*s", width, "-");
	else
		text_printf(t, seconds < 1000 ? " %*.2f" : " %*.0f", width, seconds);
}

static double leg_seconds(const struct recovery *r, int leg)
{
	return r->leg[leg] == SIM_NEVER ? (double)NAN : time_seconds(r->leg[leg]);
}

static void recovery_head(struct text *t)
{
	text_add(t, "\nRECOVERY, seconds per leg (-: not walked)\n");
	text_printf(t, "%-21s %-13s", "lost pod", "back on");
	text_printf(t, " %6s %6s %6s %6s %6s %6s %6s %6s %7s\n", "detect", "taint", "toler", "recrea", "sched", "pull",
		    "start", "ready", "TOTAL");
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void recovery_quantiles(const struct outcome *o, struct text *t, struct arena *a)
{
	static const struct {
		const char *name;
		double q;
	} line[] = {
		{"min", 0},
		{"median", 0.5},
		{"p95", 0.95},
		{"max", 1},
	};
	double *value[LEGS];
	uint32_t count[LEGS] = {0};

	for (int l = 0; l < LEGS; l++) {
		value[l] = ARENA_NEW(a, o->recoveries, double);
		for (uint32_t i = 0; i < o->recoveries; i++)
			if (o->recovery[i].leg[l] != SIM_NEVER)
				value[l][count[l]++] = time_seconds(o->recovery[i].leg[l]);
		qsort(value[l], count[l], sizeof(double), by_value);
	}
	for (size_t k = 0; k < sizeof(line) / sizeof(line[0]); k++) {
		text_printf(t, "%21s %-13s", line[k].name,
			    k == 0 ? text_format(a, "of %" PRIu32, count[LEG_TOTAL]) : "");
		for (int l = 0; l < LEGS; l++)
			leg_cell(t, count[l] > 0 ? quantile_sorted(value[l], count[l], line[k].q) : (double)NAN,
				 l == LEG_TOTAL ? 7 : 6);
		text_add(t, "\n");
	}
}

void table_recoveries(const struct outcome *o, struct text *out)
{
	struct arena a = {0};
	const uint32_t *rows;

	if (o->recoveries == 0)
		return;
	rows = recoveries_slowest(o, &a);
	recovery_head(out);
	for (uint32_t i = 0; i < o->recoveries && i < TABLE_ROWS; i++) {
		const struct recovery *r = &o->recovery[rows[i]];
		const bool done = r->time[RT_READY] != SIM_NEVER;
		const uint32_t where = r->replacement != FACT_NONE ? r->replacement_node : r->node;
		const char *back = done                                                ? outcome_node_name(o, where)
				   : r->replacement != FACT_NONE && where == FACT_NONE ? "(pending)"
										       : "(not back)";
		text_printf(out, "%-21s %-13s", fit(&a, outcome_pod_name(o, r->pod), 21), fit(&a, back, 13));
		for (int l = 0; l < LEGS; l++)
			leg_cell(out, leg_seconds(r, l), l == LEG_TOTAL ? 7 : 6);
		text_add(out, "\n");
	}
	if (o->recoveries > TABLE_ROWS)
		text_printf(out, "(%" PRIu32 " faster ones left out; -o csv shows all)\n", o->recoveries - TABLE_ROWS);
	if (o->recoveries > 1)
		recovery_quantiles(o, out, &a);
	arena_release(&a);
}

/* width columns of letter; at least one for what took any time at all. Returns the columns used so far. */
static int bar_part(struct text *t, char letter, sim_time length, sim_time longest, int columns)
{
	int width = (int)((double)length / (double)longest * (BAR - LEGS) + 0.5);

	if (length <= 0)
		return columns;
	for (width = width < 1 ? 1 : width; width > 0 && columns < BAR; width--, columns++)
		text_add_n(t, &letter, 1);
	return columns;
}

/* The legs in the order they are walked. What they leave of the total was waiting for the node: after what was noticed
 * of its loss and before the pod's new life. */
static void bar(struct text *t, const struct recovery *r, sim_time longest)
{
	static const char letter[LEG_TOTAL + 1] = "dtwrsp>=";
	sim_time rest = r->leg[LEG_TOTAL] != SIM_NEVER ? r->leg[LEG_TOTAL] : 0;
	int columns = 0;

	for (int l = 0; l < LEG_TOTAL; l++)
		rest -= r->leg[l] != SIM_NEVER ? r->leg[l] : 0;
	for (int l = 0; l < LEG_TOTAL; l++) {
		if (l == LEG_RECREATION)
			columns = bar_part(t, '.', rest, longest, columns);
		columns = bar_part(t, letter[l], r->leg[l] != SIM_NEVER ? r->leg[l] : 0, longest, columns);
	}
	if (r->time[RT_READY] == SIM_NEVER && columns < BAR)
		text_add(t, "?");
}

static void waterfall_of(const struct outcome *o, uint32_t failure, const uint32_t *rows, struct text *out,
			 struct arena *a)
{
	sim_time longest = 1;
	uint32_t count = 0;
	char text[TIME_TEXT_MAX];

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		sim_time sum = 0;
		for (int l = 0; l < LEG_TOTAL; l++)
			sum += r->leg[l] != SIM_NEVER ? r->leg[l] : 0;
		if (r->leg[LEG_TOTAL] != SIM_NEVER)
			sum = r->leg[LEG_TOTAL];
		if (r->failure == failure && sum > longest)
			longest = sum;
		count += r->failure == failure;
	}
	if (count == 0)
		return;
	text_printf(out, "\n%s struck at %s\n", outcome_failure_name(o, failure),
		    story_time(o->failure[failure].at, text));
	/* Evenly spaced over the sorted rows, the slowest and the fastest included. */
	const uint32_t shown = count < BAR_ROWS ? count : BAR_ROWS;
	uint32_t seen = 0, printed = 0;
	for (uint32_t i = 0; i < o->recoveries && printed < shown; i++) {
		const struct recovery *r = &o->recovery[rows[i]];
		if (r->failure != failure)
			continue;
		if (seen++ != (shown > 1 ? (uint64_t)printed * (count - 1) / (shown - 1) : 0))
			continue;
		printed++;
		text_printf(out, "  %-24s ", fit(a, outcome_pod_name(o, r->pod), 24));
		bar(out, r, longest);
		text_printf(out, " %s\n",
			    r->leg[LEG_TOTAL] == SIM_NEVER ? "not back" : story_time(r->leg[LEG_TOTAL], text));
	}
	if (count > shown)
		text_printf(out, "  (%" PRIu32 " of %" PRIu32 " pods shown)\n", shown, count);
}

void table_waterfall(const struct outcome *o, struct text *out)
{
	struct arena a = {0};
	const uint32_t *rows = recoveries_slowest(o, &a);

	if (o->recoveries > 0) {
		text_add(out, "\nWATERFALL  d detection  t taint  w toleration (waiting)  r recreation  s scheduling\n"
			      "           p pull  > start  = readiness  . until its node was back   (a leg has at "
			      "least one column)\n");
		uint32_t row[FAILURES_TOLD];
		const uint32_t told = failures_told(o, row);
		for (uint32_t i = 0; i < told; i++)
			waterfall_of(o, row[i], rows, out, &a);
		if (o->failures > told)
			text_printf(out, "(%" PRIu32 " more failures left out)\n", o->failures - told);
	}
	arena_release(&a);
}

static void per_node(const struct outcome *o, struct text *out, struct arena *a)
{
	if (o->nodes == 0)
		return;
	if (o->nodes > NODE_ROWS) {
		text_printf(out, "(%" PRIu32 " nodes: -o csv shows each)\n", o->nodes);
		return;
	}
	text_printf(out, "\n%-24s", "per node: cpu mem pods");
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++)
		if (o->load[w].measured)
			text_printf(out, " %22s", load_window_name((enum load_window)w));
	text_add(out, "\n");
	for (uint32_t i = 0; i < o->nodes; i++) {
		const struct outcome_node *n = &o->node[i];
		if (!n->known)
			continue;
		text_printf(out, "%-24s", fit(a, outcome_name(o, n->name), 24));
		for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++) {
			if (!o->load[w].measured)
				continue;
			if (isnan(n->mean[w][LOAD_PODS]))
				text_printf(out, " %22s", "down");
			else
				text_printf(out, "   %5.1f%% %5.1f%% %6.1f", n->mean[w][LOAD_CPU] * 100,
					    n->mean[w][LOAD_MEMORY] * 100, n->mean[w][LOAD_PODS]);
		}
		text_add(out, "\n");
	}
}

void table_load(const struct outcome *o, struct text *out)
{
	static const char *const label[LOAD_RESOURCES] = {"cpu requested", "memory requested", "pods"};
	struct arena a = {0};
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

	if (o->nodes == 0 || !o->load[LOAD_WHOLE].measured)
		return;
	text_add(out, "\nLOAD on the nodes that are up, weighted by time\n");
	text_printf(out, "%-32s %-17s %8s %7s %9s %7s %7s\n", "", "", "mean", "cv", "max/mean", "Jain", "Gini");
	for (int w = LOAD_BEFORE; w <= LOAD_AFTER; w++) {
		const struct load_numbers *l = &o->load[w];
		if (!l->measured)
			continue;
		for (int r = 0; r < LOAD_RESOURCES; r++) {
			const struct spread *s = &l->of[r];
			const char *head = r > 0 ? ""
						 : text_format(&a, "%s %s - %s", load_window_name((enum load_window)w),
							       story_time(l->from, from), story_time(l->to, to));
			text_printf(out, "%-32s %-17s ", head, label[r]);
			text_printf(out, r == LOAD_PODS ? "%8.1f" : "%7.1f%%",
				    r == LOAD_PODS ? s->mean : s->mean * 100);
			text_printf(out, " %7.3f %9.2f %7.3f %7.3f\n", s->cv, s->max_over_mean, s->jain, s->gini);
		}
	}
	per_node(o, out, &a);
	arena_release(&a);
}

static int by_availability(const void *a, const void *b)
{
	const struct outcome_service *x = *(const struct outcome_service *const *)a;
	const struct outcome_service *y = *(const struct outcome_service *const *)b;
	const double p = isnan(x->availability) ? 2 : x->availability, q = isnan(y->availability) ? 2 : y->availability;

	if (p != q)
		return p < q ? -1 : 1;
	return x < y ? -1 : x > y;
}

void table_services(const struct outcome *o, struct text *out)
{
	struct arena a = {0};
	const struct outcome_service **order = ARENA_NEW(&a, o->services, const struct outcome_service *);
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->services; i++)
		if (o->service[i].known)
			order[count++] = &o->service[i];
	qsort(order, count, sizeof(order[0]), by_availability);
	if (count > 0)
		text_printf(out, "\n%-42s %13s %17s\n", "SERVICES", "availability", "lost pod-seconds");
	for (uint32_t i = 0; i < count && i < TABLE_ROWS; i++) {
		const struct outcome_service *s = order[i];
		text_printf(
			out, "%-42s ",
			fit(&a, text_format(&a, "%s/%s", outcome_name(o, s->namespace), outcome_name(o, s->name)), 42));
		if (isnan(s->availability))
			text_printf(out, "%13s", "-");
		else
			text_printf(out, "%12.4f%%", s->availability * 100);
		text_printf(out, " %17.1f\n", s->lost_pod_seconds);
	}
	if (count > TABLE_ROWS)
		text_printf(out, "(%" PRIu32 " more available ones left out)\n", count - TABLE_ROWS);
	arena_release(&a);
}

static int by_errors(const void *a, const void *b)
{
	const struct outcome_service *x = *(const struct outcome_service *const *)a;
	const struct outcome_service *y = *(const struct outcome_service *const *)b;

	if (x->requests->error_share != y->requests->error_share)
		return x->requests->error_share > y->requests->error_share ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void milliseconds(struct text *out, double seconds)
{
	if (isnan(seconds))
		text_printf(out, " %9s", "-");
	else
		text_printf(out, " %9.1f", seconds * 1e3);
}

static void request_row(const struct outcome *o, const struct outcome_service *s, struct text *out, struct arena *a)
{
	const struct outcome_requests *r = s->requests;
	const double *cause[] = {&r->no_endpoint, &r->dead_endpoint, &r->shed, &r->timed_out};

	text_printf(out, "%-20s %10.4g %9.4f%%",
		    fit(a, text_format(a, "%s/%s", outcome_name(o, s->namespace), outcome_name(o, s->name)), 20),
		    r->all, r->error_share * 100);
	for (size_t i = 0; i < sizeof(cause) / sizeof(cause[0]); i++)
		text_printf(out, " %8.4g", *cause[i]);
	milliseconds(out, r->latency_mean);
	milliseconds(out, r->latency_p95);
	milliseconds(out, r->latency_p99);
	text_printf(out, "\n");
	if (r->busiest > 1)
		text_printf(out, "  a pod of it was offered %.3g times what it can do: its backlog was full\n",
			    r->busiest);
}

void table_requests(const struct outcome *o, struct text *out)
{
	struct arena a = {0};
	const struct outcome_service **order = ARENA_NEW(&a, o->services, const struct outcome_service *);
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->services; i++)
		if (o->service[i].known && o->service[i].requests != NULL && o->service[i].requests->all > 0)
			order[count++] = &o->service[i];
	qsort(order, count, sizeof(order[0]), by_errors);
	if (count > 0)
		text_printf(
			out,
			"\n%-20s %10s %10s %8s %8s %8s %8s %9s %9s %9s\n%-20s %10s %10s %8s %8s %8s %8s %9s %9s %9s\n",
			"REQUESTS", "sent", "errors", "no", "dead", "backlog", "too", "latency", "p95", "p99", "", "",
			"", "endpoint", "endpoint", "full", "late", "mean, ms", "ms", "ms");
	for (uint32_t i = 0; i < count && i < TABLE_ROWS; i++)
		request_row(o, order[i], out, &a);
	if (count > TABLE_ROWS)
		text_printf(out, "(%" PRIu32 " more with fewer errors left out)\n", count - TABLE_ROWS);
	arena_release(&a);
}

void table_control_plane(const struct outcome *o, struct text *out)
{
	static const char *const words[GAPS] = {"no API server answered", "etcd had no leader",
						"no controller manager led", "no scheduler led"};
	const struct outcome_plane *p = &o->plane;
	sim_time any = 0, waited = 0;
	char time[TIME_TEXT_MAX];

	for (int i = 0; i < GAPS; i++)
		any += p->gap[i].total;
	for (uint32_t i = 0; i < p->clients; i++)
		waited += p->client[i].waited;
	if (any == 0 && p->refused == 0 && waited == 0)
		return;
	text_add(out, "\nCONTROL PLANE\n");
	for (int i = 0; i < GAPS; i++)
		if (p->gap[i].total > 0)
			text_printf(out, "%-42s %13s\n", words[i], story_time(p->gap[i].total, time));
	if (p->refused > 0)
		text_printf(out, "%-42s %13" PRIu32 "\n", "calls that found no API server or leader", p->refused);
	text_printf(out, "%-42s %13s %13s %15s\n", "client", "requests", "longest queue", "waited in all");
	for (uint32_t i = 0; i < p->clients; i++)
		text_printf(out, "%-42s %13" PRId64 " %13" PRId64 " %15s\n", outcome_name(o, p->client[i].name),
			    p->client[i].requests, p->client[i].longest_queue, story_time(p->client[i].waited, time));
}

static void run_row(const struct leg_summary *s, struct text *out)
{
	const double half = interval_half(s->mean_interval);

	text_printf(out, " %10.3f", s->mean);
	if (isnan(half))
		text_printf(out, " %10s", "?");
	else
		text_printf(out, " %10.4f", half);
	text_printf(out, " %10.3f %10.3f %10.3f %10.3f\n", s->min, s->p50, s->p95, s->max);
}

void table_runs(const struct outcome *o, struct text *out)
{
	const struct runs *r = o->runs;
	bool exact = true;

	if (r == NULL)
		return;
	text_printf(out,
		    r->done < r->count ? "\nINTERRUPTED after %" PRIu32 " of %" PRIu32 " runs"
				       : "\nALL %" PRIu32 " RUNS",
		    r->done, r->count);
	text_printf(out, ": %" PRIu64 " recoveries, %" PRIu64 " not over when their run ended\n", r->recoveries,
		    r->unfinished);
	text_printf(out, "%-14s %10s %10s %10s %10s %10s %10s %10s\n", "leg, seconds", "count", "mean", "+- 95 %",
		    "min", "p50", "p95", "max");
	for (int l = 0; l < LEGS; l++) {
		const struct leg_summary *s = &r->leg[l];
		exact = exact && s->exact;
		text_printf(out, "%-14s %10" PRIu64, leg_name((enum leg)l), s->count);
		if (s->count == 0)
			text_printf(out, " %10s %10s %10s %10s %10s %10s\n", "-", "-", "-", "-", "-", "-");
		else
			run_row(s, out);
	}
	if (!exact)
		text_printf(out, "p50 and p95 of more than %d recoveries are within %g %% of themselves\n",
			    RUNS_EXACT_MAX, RUNS_ERROR * 100);
	text_printf(out, "combined digest %016" PRIx64 "\n", r->combined_digest);
}
