/* page_requests.c - the page's tables about clients of services, about the masters, and about one long run. */
#include <inttypes.h>
#include <math.h>

#include "report/long_run.h"
#include "report/page.h"
#include "report/story.h"

#define ROWS 20

static void count_cell(struct page *p, double x)
{
	page_number_cell(p, text_format(&p->scratch, x > 0 && x < 100 ? "%.3g" : "%.0f", x));
}

static void milliseconds_cell(struct page *p, double seconds)
{
	page_number_cell(p, isnan(seconds) ? "\xe2\x80\x93" : text_format(&p->scratch, "%.1f", seconds * 1e3));
}

static void service_cell(struct page *p, const struct outcome_service *s)
{
	text_add(p->t, "<tr>");
	page_cell(p, text_format(&p->scratch, "%s/%s", outcome_name(p->o, s->namespace), outcome_name(p->o, s->name)));
}

static void errors_row(struct page *p, const struct outcome_service *s)
{
	const struct outcome_requests *r = s->requests;
	const double cause[] = {r->no_endpoint, r->dead_endpoint, r->shed, r->timed_out};

	service_cell(p, s);
	count_cell(p, r->all);
	page_number_cell(p, page_percent(p, r->error_share));
	for (size_t i = 0; i < sizeof(cause) / sizeof(cause[0]); i++)
		count_cell(p, cause[i]);
	text_add(p->t, "</tr>\n");
}

static void latency_row(struct page *p, const struct outcome_service *s)
{
	const struct outcome_requests *r = s->requests;
	const double latency[] = {r->latency_mean, r->latency_p50, r->latency_p95, r->latency_p99};

	service_cell(p, s);
	for (size_t i = 0; i < sizeof(latency) / sizeof(latency[0]); i++)
		milliseconds_cell(p, latency[i]);
	page_number_cell(p, text_format(&p->scratch, "%.3g", r->busiest));
	text_add(p->t, "</tr>\n");
}

/* A row for each service that was asked for anything. */
static void request_rows(struct page *p, const char *const *head, size_t heads,
			 void (*row)(struct page *p, const struct outcome_service *s))
{
	const struct outcome *o = p->o;
	uint32_t told = 0;

	page_head(p, "service");
	for (size_t i = 0; i < heads; i++)
		page_number_head(p, head[i]);
	text_add(p->t, "</tr>\n");
	for (uint32_t i = 0; i < o->services && told < ROWS; i++)
		if (o->service[i].known && o->service[i].requests != NULL && o->service[i].requests->all > 0) {
			row(p, &o->service[i]);
			told++;
		}
	page_table_end(p);
}

void page_requests(struct page *p)
{
	static const char *const errors[] = {"sent",          "failed",       "no endpoint",
					     "dead endpoint", "backlog full", "too late"};
	static const char *const latency[] = {"mean", "median", "p95", "p99", "highest load"};

	if (p->o->scenario->request_count == 0)
		return;
	text_add(p->t,
		 "<section id=\"requests\" aria-labelledby=\"h-requests\"><h2 id=\"h-requests\">Requests to "
		 "services</h2>\n<p>Expected numbers, by queueing theory between changes. No endpoint: the proxies "
		 "had none. Dead endpoint: they had one that does not serve. Backlog full: the pod turned it away. "
		 "Too late: answered after the clients gave up. Highest load: what one worker was offered at most, "
		 "1 being all that it can do.</p>\n");
	page_table(p, "Requests of the measured period, and why they failed");
	request_rows(p, errors, sizeof(errors) / sizeof(errors[0]), errors_row);
	page_table(p, "Latency of what was answered, ms");
	request_rows(p, latency, sizeof(latency) / sizeof(latency[0]), latency_row);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}

void page_control_plane(struct page *p)
{
	static const char *const words[GAPS] = {"no API server answered", "etcd had no leader",
						"no controller manager led", "no scheduler led"};
	const struct outcome_plane *plane = &p->o->plane;
	sim_time any = 0;
	char time[TIME_TEXT_MAX];

	for (int i = 0; i < GAPS; i++)
		any += plane->gap[i].total;
	if (any == 0 && plane->refused == 0)
		return;
	page_table(p, "When masters were missing");
	page_head(p, "what");
	page_number_head(p, "in all");
	text_add(p->t, "</tr>\n");
	for (int i = 0; i < GAPS; i++) {
		if (plane->gap[i].total == 0)
			continue;
		text_add(p->t, "<tr>");
		page_cell(p, words[i]);
		page_number_cell(p, story_time(plane->gap[i].total, time));
		text_add(p->t, "</tr>\n");
	}
	if (plane->refused > 0) {
		text_add(p->t, "<tr>");
		page_cell(p, "calls that found no API server or no etcd leader");
		page_number_cell(p, text_format(&p->scratch, "%" PRIu32, plane->refused));
		text_add(p->t, "</tr>\n");
	}
	page_table_end(p);
}

static void long_row(struct page *p, const struct long_row *r)
{
	text_add(p->t, "<tr>");
	page_cell(p, r->what);
	if (!r->has_series) {
		text_add(p->t, "<td colspan=\"5\">too few values</td></tr>\n");
		return;
	}
	page_number_cell(p, r->warmup.settled ? text_format(&p->scratch, "%.0f %%", r->warmup.cut * 100.0 / r->values)
					      : "?");
	page_number_cell(p, text_format(&p->scratch, "%.6g", r->means.mean.mean));
	page_number_cell(p, text_format(&p->scratch, "%.2g", interval_half(r->means.interval)));
	page_number_cell(p, text_format(&p->scratch, "%" PRIu32, r->means.batches));
	page_number_cell(p, text_format(&p->scratch, "%.2f%s", r->means.lag1, r->means.independent ? "" : " *"));
	text_add(p->t, "</tr>\n");
}

void page_long_run(struct page *p)
{
	struct long_row row[LONG_SERIES];

	if (!p->o->long_run)
		return;
	long_run_rows(p->o, row);
	text_add(p->t, "<section id=\"long\" aria-labelledby=\"h-long\"><h2 id=\"h-long\">One long run</h2>\n"
		       "<p>This run as one sample: its warm-up is cut off where MSER-5 finds its end (?: none found, "
		       "nothing cut), and the means of batches of what is left give the interval (*: even ten batches "
		       "depend on each other, so the interval is too narrow).</p>\n");
	page_table(p, "Means after the warm-up, with 95 % intervals");
	page_head(p, "what");
	page_number_head(p, "cut");
	page_number_head(p, "mean");
	page_number_head(p, "\xc2\xb1 95 %");
	page_number_head(p, "batches");
	page_number_head(p, "lag-1");
	text_add(p->t, "</tr>\n");
	for (int i = 0; i < LONG_SERIES; i++)
		long_row(p, &row[i]);
	page_table_end(p);
	text_add(p->t, "</section>\n");
	arena_empty(&p->scratch);
}
