/* hpa.c - the arithmetic of the horizontal pod autoscaler. Upstream: pkg/controller/podautoscaler/{horizontal,
 * replica_calculator}.go (kubernetes-control-plane.md 3.7). */
#include "policies/parts/hpa.h"

#include <math.h>

/* ---- samples to replicas ---- */

/* Use over target. Utilization is a whole percentage first, as upstream's int32. */
static double ratio_of(const struct hpa_metric *m, int64_t usage, int64_t request, int64_t pods, int64_t *percent)
{
	if (m->utilization) {
		*percent = request > 0 ? usage * 100 / request : 0;
		return (double)*percent / (double)m->target;
	}
	int64_t average = pods > 0 ? usage / pods : 0;
	*percent = average * 100 / m->target;
	return (double)average / (double)m->target;
}

static bool tolerable(double ratio, double up, double down)
{
	return ratio >= 1 - down && ratio <= 1 + up;
}

int64_t hpa_replicas(const struct hpa_metric *m, const struct hpa_pods *p, int64_t current, double up, double down,
		     int64_t *percent)
{
	int64_t unused;

	if (p->ready == 0 || (m->utilization && p->no_request))
		return -1;
	double ratio = ratio_of(m, p->usage, p->request, p->ready, percent);
	bool up_with_unready = p->unready > 0 && ratio > 1;
	if (!up_with_unready && p->missing == 0)
		return tolerable(ratio, up, down) ? current : (int64_t)ceil(ratio * (double)p->ready);
	int64_t usage = p->usage, request = p->request, pods = p->ready;
	if (p->missing > 0 && ratio != 1) {
		/* On the way down they are taken to use all that they ask for (or the target), on the way up nothing.
		 */
		if (ratio < 1)
			usage += m->utilization ? p->missing_request * (m->target > 100 ? m->target : 100) / 100
						: p->missing * m->target;
		request += p->missing_request;
		pods += p->missing;
	}
	if (up_with_unready) {
		request += p->unready_request;
		pods += p->unready;
	}
	double again = ratio_of(m, usage, request, pods, &unused);
	if (tolerable(again, up, down) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1))
		return current;
	int64_t replicas = (int64_t)ceil(again * (double)pods);
	if ((again < 1 && replicas > current) || (again > 1 && replicas < current))
		return current;
	return replicas;
}

/* ---- behaviour ---- */

void hpa_remember(struct arena *a, struct hpa_history *h, sim_time at, int64_t replicas, sim_time keep)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < h->count; i++)
		if (h->event[i].at > at - keep)
			h->event[kept++] = h->event[i];
	h->count = kept;
	ARENA_RESERVE(a, h->event, h->capacity, h->count + 1, struct hpa_event);
	h->event[h->count++] = (struct hpa_event){.at = at, .replicas = replicas};
}

int64_t hpa_stabilize(const struct hpa_object *h, const struct hpa_history *recommended, sim_time now,
		      sim_time down_window, int64_t current, int64_t desired)
{
	sim_time up_window = h->up.window == SIM_NEVER ? 0 : h->up.window;
	int64_t lowest = desired, highest = desired, result = current;

	for (uint32_t i = 0; i < recommended->count; i++) {
		const struct hpa_event *e = &recommended->event[i];

		if (e->at > now - up_window && e->replicas < lowest)
			lowest = e->replicas;
		if (e->at > now - down_window && e->replicas > highest)
			highest = e->replicas;
	}
	if (result < lowest)
		result = lowest;
	if (result > highest)
		result = highest;
	return result;
}

/* What was added (sign 1) or taken away (sign -1) in the last `period`. */
static int64_t changed(const struct hpa_history *changes, sim_time now, sim_time period, int sign)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < changes->count; i++)
		if (changes->event[i].at > now - period && sign * changes->event[i].replicas > 0)
			sum += sign * changes->event[i].replicas;
	return sum;
}

static int64_t step(const struct hpa_policy *p, int64_t from, int sign)
{
	if (!p->percent)
		return from + sign * p->value;
	double size = (double)from * (1 + sign * (double)p->value / 100);
	return sign > 0 ? (int64_t)ceil(size) : (int64_t)size;
}

/* The furthest that the rules let the target go in the direction of sign. */
static int64_t furthest(const struct hpa_rules *r, const struct hpa_history *changes, sim_time now, int64_t current,
			int sign)
{
	int64_t result = current;

	if (r->select == HPA_DISABLED)
		return current;
	for (uint32_t i = 0; i < r->policy_count; i++) {
		const struct hpa_policy *p = &r->policy[i];
		int64_t from = current - changed(changes, now, p->period, 1) + changed(changes, now, p->period, -1);
		int64_t to = step(p, from, sign);
		bool further = sign > 0 ? to > result : to < result;

		if (i == 0 || (r->select == HPA_MAX) == further)
			result = to;
	}
	/* Never backwards. */
	return sign > 0 ? (result > current ? result : current) : (result < current ? result : current);
}

int64_t hpa_limit(const struct hpa_object *h, const struct hpa_history *changes, sim_time now, int64_t current,
		  int64_t desired)
{
	if (desired > current) {
		int64_t limit = furthest(&h->up, changes, now, current, 1);

		limit = limit < h->max ? limit : h->max;
		return desired < limit ? desired : limit;
	}
	if (desired < current) {
		int64_t limit = furthest(&h->down, changes, now, current, -1);

		limit = limit > h->min ? limit : h->min;
		return desired > limit ? desired : limit;
	}
	return current;
}
