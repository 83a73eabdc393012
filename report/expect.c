/* expect.c - the metrics an expectation can name, each one row of a table. */
#include "report/expect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a metric finds: no value (and why), a number, or infinity where something never ended. */
struct found {
	double value;
	const char *why;
};

enum fold { FOLD_MAX, FOLD_MEAN, FOLD_P95 };

static const struct found nothing_to_recover = {NAN, "no pod had to recover"};

/* Only pods that a controller replaces: a bare pod or a DaemonSet's never comes up elsewhere. */
static bool concerns(const struct outcome *o, const struct recovery *r, uint32_t subject)
{
	if (!outcome_is_replaced(o, r->pod))
		return false;
	return subject == 0 || outcome_owner_name(o, r->pod) == subject;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Folds a leg over all recoveries; one that was never walked to its end lasts until `end` is reached, or for ever where
 * end is SIM_NEVER. NaN when nothing had to recover. */
static double fold_until(const struct outcome *o, uint32_t subject, enum leg leg, enum fold fold, sim_time end)
{
	double *value = ARENA_NEW(o->arena, o->recoveries, double);
	uint32_t count = 0;
	double sum = 0;

	for (uint32_t i = 0; i < o->recoveries; i++) {
		const struct recovery *r = &o->recovery[i];
		if (!concerns(o, r, subject))
			continue;
		if (r->leg[leg] != SIM_NEVER)
			value[count] = time_seconds(r->leg[leg]);
		else
			value[count] = end == SIM_NEVER ? (double)INFINITY : time_seconds(end - r->time[RT_FAILED]);
		sum += value[count++];
	}
	if (count == 0)
		return NAN;
	qsort(value, count, sizeof(value[0]), by_value);
	if (fold == FOLD_MAX)
		return value[count - 1];
	if (fold == FOLD_MEAN)
		return sum / count;
	const double highest = value[(uint32_t)ceil(0.95 * (count - 1))];
	return isinf(highest) ? highest : quantile_sorted(value, count, 0.95);
}

static struct found fold_leg(const struct outcome *o, uint32_t subject, enum leg leg, enum fold fold)
{
	const double value = fold_until(o, subject, leg, fold, SIM_NEVER);

	return isnan(value) ? nothing_to_recover : (struct found){value, NULL};
}

static struct found recovery_max(const struct outcome *o, uint32_t s)
{
	return fold_leg(o, s, LEG_TOTAL, FOLD_MAX);
}
static struct found recovery_mean(const struct outcome *o, uint32_t s)
{
	return fold_leg(o, s, LEG_TOTAL, FOLD_MEAN);
}
static struct found recovery_p95(const struct outcome *o, uint32_t s)
{
	return fold_leg(o, s, LEG_TOTAL, FOLD_P95);
}
static struct found detection_max(const struct outcome *o, uint32_t s)
{
	return fold_leg(o, s, LEG_DETECTION, FOLD_MAX);
}
static struct found detection_mean(const struct outcome *o, uint32_t s)
{
	return fold_leg(o, s, LEG_DETECTION, FOLD_MEAN);
}

static struct found recoveries_unfinished(const struct outcome *o, uint32_t subject)
{
	double count = 0;

	for (uint32_t i = 0; i < o->recoveries; i++)
		count += concerns(o, &o->recovery[i], subject) && o->recovery[i].time[RT_READY] == SIM_NEVER;
	return (struct found){count, NULL};
}

static bool is_service(const struct outcome_service *s, uint32_t subject)
{
	return s->known && (subject == 0 || s->name == subject);
}

/* The worst service's, when none is named. */
static struct found availability(const struct outcome *o, uint32_t subject)
{
	struct found f = {NAN, "no such service, or it never had pods to ask for"};

	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_service *s = &o->service[i];
		if (is_service(s, subject) && !isnan(s->availability) && !(f.value <= s->availability))
			f = (struct found){s->availability, NULL};
	}
	return f;
}

/* The sum over all services, when none is named. */
static struct found lost_pod_seconds(const struct outcome *o, uint32_t subject)
{
	struct found f = {0, "no such service"};

	for (uint32_t i = 0; i < o->services; i++)
		if (is_service(&o->service[i], subject))
			f = (struct found){f.value + o->service[i].lost_pod_seconds, NULL};
	return f;
}

enum request_number { REQUEST_ERRORS, REQUEST_MEAN, REQUEST_P50, REQUEST_P95, REQUEST_P99 };

/* The worst service's, when none is named. */
static struct found of_requests(const struct outcome *o, uint32_t subject, enum request_number what)
{
	struct found f = {NAN, "no requests to such a service, or no answers"};

	for (uint32_t i = 0; i < o->services; i++) {
		const struct outcome_requests *r = o->service[i].requests;
		if (!is_service(&o->service[i], subject) || r == NULL)
			continue;
		const double value[] = {r->error_share, r->latency_mean, r->latency_p50, r->latency_p95,
					r->latency_p99};
		if (!isnan(value[what]) && !(f.value >= value[what]))
			f = (struct found){value[what], NULL};
	}
	return f;
}
static struct found errors(const struct outcome *o, uint32_t subject)
{
	return of_requests(o, subject, REQUEST_ERRORS);
}
static struct found latency_mean(const struct outcome *o, uint32_t subject)
{
	return of_requests(o, subject, REQUEST_MEAN);
}
static struct found latency_p50(const struct outcome *o, uint32_t subject)
{
	return of_requests(o, subject, REQUEST_P50);
}
static struct found latency_p95(const struct outcome *o, uint32_t subject)
{
	return of_requests(o, subject, REQUEST_P95);
}
static struct found latency_p99(const struct outcome *o, uint32_t subject)
{
	return of_requests(o, subject, REQUEST_P99);
}

static struct found unschedulable_pods(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->unschedulable, NULL};
}

static struct found nodes_max(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->fleet.most, NULL};
}
static struct found nodes_end(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->fleet.now, NULL};
}
static struct found nodes_mean(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->fleet.mean, NULL};
}
static struct found cost_usd(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->fleet.usd, o->fleet.unpriced ? "the price of some machine is not known" : NULL};
}

static struct found restarts(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->restarts, NULL};
}

static struct found oom_kills(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->oom_kills, NULL};
}

static struct found completed_pods(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->completed, NULL};
}

static struct found image_pulls(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->image_pulls, NULL};
}

static struct found images_removed(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->images_removed, NULL};
}

static struct found evicted_pods(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->node_evictions, NULL};
}

static struct found suspicions(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->suspicions.nodes, NULL};
}

static struct found wrong_suspicions(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->suspicions.wrong, NULL};
}

static struct found taint_evictions(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->suspicions.evictions, NULL};
}

static struct found needless_evictions(const struct outcome *o, uint32_t subject)
{
	(void)subject;
	return (struct found){o->suspicions.needless, NULL};
}

static struct found jain_cpu(const struct outcome *o, uint32_t subject)
{
	const struct load_numbers *l = &o->load[LOAD_WHOLE];

	(void)subject;
	return (struct found){l->of[LOAD_CPU].jain, l->measured ? NULL : "no node was up"};
}

/* A time without; the metrics of the control plane have no subject. */
static struct found gap(const struct outcome *o, enum outcome_gaps g)
{
	return (struct found){time_seconds(o->plane.gap[g].total), NULL};
}
static struct found no_api_server(const struct outcome *o, uint32_t s)
{
	(void)s;
	return gap(o, GAP_API);
}
static struct found no_etcd_leader(const struct outcome *o, uint32_t s)
{
	(void)s;
	return gap(o, GAP_ETCD);
}
static struct found no_controller_manager(const struct outcome *o, uint32_t s)
{
	(void)s;
	return gap(o, GAP_CONTROLLER_MANAGER);
}
static struct found no_scheduler(const struct outcome *o, uint32_t s)
{
	(void)s;
	return gap(o, GAP_SCHEDULER);
}
static struct found takeover_max(const struct outcome *o, uint32_t s)
{
	(void)s;
	return (struct found){time_seconds(o->plane.takeover_max),
			      o->plane.takeovers > 0 ? NULL : "nobody had to take over"};
}
static struct found calls_refused(const struct outcome *o, uint32_t s)
{
	(void)s;
	return (struct found){o->plane.refused, NULL};
}

static const struct row {
	const char *name;
	struct found (*find)(const struct outcome *o, uint32_t subject);
} rows[] = {
	{"recovery_max", recovery_max},
	{"recovery_mean", recovery_mean},
	{"recovery_p95", recovery_p95},
	{"recoveries_unfinished", recoveries_unfinished},
	{"detection_max", detection_max},
	{"detection_mean", detection_mean},
	{"availability", availability},
	{"lost_pod_seconds", lost_pod_seconds},
	{"errors", errors},
	{"latency_mean", latency_mean},
	{"latency_p50", latency_p50},
	{"latency_p95", latency_p95},
	{"latency_p99", latency_p99},
	{"unschedulable_pods", unschedulable_pods},
	{"restarts", restarts},
	{"oom_kills", oom_kills},
	{"completed_pods", completed_pods},
	{"evicted_pods", evicted_pods},
	{"suspicions", suspicions},
	{"wrong_suspicions", wrong_suspicions},
	{"taint_evictions", taint_evictions},
	{"needless_evictions", needless_evictions},
	{"image_pulls", image_pulls},
	{"images_removed", images_removed},
	{"jain_cpu", jain_cpu},
	{"nodes_max", nodes_max},
	{"nodes_end", nodes_end},
	{"nodes_mean", nodes_mean},
	{"cost_usd", cost_usd},
	{"no_api_server", no_api_server},
	{"no_etcd_leader", no_etcd_leader},
	{"no_controller_manager", no_controller_manager},
	{"no_scheduler", no_scheduler},
	{"takeover_max", takeover_max},
	{"calls_refused", calls_refused},
};

const char *expect_metric_name(uint32_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].name : NULL;
}

/* Metrics of a leg, whose end the run's end may hide. */
static const struct {
	const char *name;
	enum leg leg;
	enum fold fold;
} legs[] = {
	{"recovery_max", LEG_TOTAL, FOLD_MAX},        {"recovery_mean", LEG_TOTAL, FOLD_MEAN},
	{"recovery_p95", LEG_TOTAL, FOLD_P95},        {"detection_max", LEG_DETECTION, FOLD_MAX},
	{"detection_mean", LEG_DETECTION, FOLD_MEAN},
};

static uint32_t not_walked(const struct outcome *o, uint32_t subject, enum leg leg)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < o->recoveries; i++)
		count += concerns(o, &o->recovery[i], subject) && o->recovery[i].leg[leg] == SIM_NEVER;
	return count;
}

struct measured expect_measure(const struct outcome *o, const char *metric, uint32_t subject)
{
	for (size_t i = 0; i < sizeof(legs) / sizeof(legs[0]); i++)
		if (strcmp(legs[i].name, metric) == 0)
			return (struct measured){fold_until(o, subject, legs[i].leg, legs[i].fold, o->end),
						 not_walked(o, subject, legs[i].leg)};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, metric) != 0)
			continue;
		const struct found f = rows[i].find(o, subject);
		return (struct measured){f.why == NULL && isfinite(f.value) ? f.value : (double)NAN, 0};
	}
	return (struct measured){(double)NAN, 0};
}

bool expect_compare(double value, uint8_t how, double with)
{
	switch (how) {
	case '<':
		return value < with;
	case '>':
		return value > with;
	case 'l':
		return value <= with;
	case 'g':
		return value >= with;
	default:
		return fabs(value - with) < 1e-9;
	}
}

static struct verdict judge(const struct outcome *o, const struct expectation *e)
{
	const char *metric = outcome_name(o, e->metric);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, metric) != 0)
			continue;
		const struct found f = rows[i].find(o, e->subject);
		if (f.why != NULL)
			return (struct verdict){.why = f.why};
		const bool endless = isinf(f.value);
		return (struct verdict){.held = expect_compare(f.value, e->compare, e->value),
					.has_value = !endless,
					.value = endless ? 0 : f.value,
					.why = endless ? "not over when the run ended" : NULL};
	}
	return (struct verdict){.why = "there is no such metric"};
}

void expect_judge(struct outcome *o)
{
	o->verdict = ARENA_NEW(o->arena, o->scenario->expectation_count, struct verdict);
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++)
		o->verdict[i] = judge(o, &o->scenario->expectation[i]);
}

const char *expect_value_text(const struct expectation *e, double value, char buffer[EXPECT_TEXT_MAX])
{
	char time[TIME_TEXT_MAX];

	if (e->is_time)
		snprintf(buffer, EXPECT_TEXT_MAX, "%s", time_print(time_from_seconds(value), time));
	else
		snprintf(buffer, EXPECT_TEXT_MAX, "%.6g", value);
	return buffer;
}
