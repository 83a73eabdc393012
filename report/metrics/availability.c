/*
 * availability.c - per service: which share of the endpoints that get traffic can serve it, and what capacity is
 * missing.
 *
 * A pod serves while its application does (truth), seen from a client in the cluster: one behind a partition is out of
 * reach although it runs. Times before the warm-up ends do not count.
 */
#include "report/metric.h"

#include <math.h>

static bool serves(const struct outcome *o, uint32_t pod)
{
	const struct outcome_pod *p = &o->pod[pod];
	return p->serving && (p->node == FACT_NONE || !o->node[p->node].cut);
}

/* Adds what the service was worth since the last change. */
static void settle(const struct outcome *o, struct outcome_service *s, sim_time at)
{
	const sim_time from = s->since > o->from ? s->since : o->from;

	s->since = at;
	if (at <= from)
		return;
	const double seconds = time_seconds(at - from);
	if (s->wants > s->serving)
		s->lost_pod_seconds += (double)(s->wants - s->serving) * seconds;
	if (s->wants <= 0 && s->proxied == 0)
		return; /* nothing asked, nothing there: no availability to speak of */
	s->defined += at - from;
	s->up_area += s->proxied > 0 ? (double)s->serving / (double)s->proxied * seconds : 0;
}

/* The service's count of proxied endpoints that serve, after pod changed. */
static void recount(struct outcome *o, sim_time at, uint32_t pod, bool was, bool is)
{
	if (was == is)
		return;
	for (uint32_t e = o->pod[pod].first_endpoint; e != FACT_NONE; e = o->endpoint[e].next_of_pod) {
		struct outcome_service *s = &o->service[o->endpoint[e].service];
		if (!o->endpoint[e].proxied)
			continue;
		settle(o, s, at);
		s->serving += is ? 1 : -1;
	}
}

static struct outcome_endpoint *endpoint(struct outcome *o, uint32_t pod, uint32_t service)
{
	uint32_t e = o->pod[pod].first_endpoint;

	while (e != FACT_NONE && o->endpoint[e].service != service)
		e = o->endpoint[e].next_of_pod;
	if (e == FACT_NONE) {
		ARENA_RESERVE(o->arena, o->endpoint, o->endpoint_capacity, o->endpoints + 1, struct outcome_endpoint);
		e = o->endpoints++;
		o->endpoint[e] = (struct outcome_endpoint){pod, service, o->pod[pod].first_endpoint, false};
		o->pod[pod].first_endpoint = e;
	}
	return &o->endpoint[e];
}

static void set_proxied(struct outcome *o, const struct fact *f, bool proxied)
{
	struct outcome_service *s = &o->service[f->object];
	struct outcome_endpoint *e = endpoint(o, f->pod, f->object);

	if (e->proxied == proxied)
		return;
	settle(o, s, f->at);
	e->proxied = proxied;
	s->proxied += proxied ? 1 : -1;
	if (o->pod[f->pod].counted_serving)
		s->serving += proxied ? 1 : -1;
}

/* Brings the cached answer of serves() up to date. */
static void refresh(struct outcome *o, sim_time at, uint32_t pod)
{
	struct outcome_pod *p = &o->pod[pod];
	const bool was = p->counted_serving;

	p->counted_serving = serves(o, pod);
	recount(o, at, pod, was, p->counted_serving);
}

static void see(struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_SERVICE_WANTS:
		settle(o, &o->service[f->object], f->at);
		o->service[f->object].wants = f->a;
		break;
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
		set_proxied(o, f, f->kind == FACT_PROXY_ADDED);
		break;
	case FACT_POD_SERVING:
	case FACT_POD_STOPPED:
	case FACT_POD_REMOVED:
		refresh(o, f->at, f->pod);
		break;
	case FACT_NODE_FAILED:
	case FACT_NODE_BACK:
		for (uint32_t i = o->node[f->node].first_pod; i != FACT_NONE; i = o->pod[i].next)
			refresh(o, f->at, i);
		break;
	default:
		break;
	}
}

static void finish(struct outcome *o)
{
	for (uint32_t i = 0; i < o->services; i++) {
		struct outcome_service *s = &o->service[i];
		settle(o, s, o->end);
		s->availability = s->defined > 0 ? s->up_area / time_seconds(s->defined) : NAN;
	}
}

const struct metric metric_availability = {
	.name = "availability",
	.summary = "the share of each service's endpoints that can serve, and the capacity missing",
	.see = see,
	.finish = finish,
};
