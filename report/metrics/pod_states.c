/* pod_states.c - how many pods the API server believes Ready, running, pending or terminating, over time. */
#include "report/metric.h"

static enum pod_state state_of(const struct outcome_pod *p)
{
	if (!p->known || p->removed)
		return STATE_NONE;
	if (p->deleted)
		return STATE_TERMINATING;
	if (p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		return STATE_NONE;
	if (p->ready)
		return STATE_READY;
	return p->phase == PHASE_RUNNING ? STATE_NOT_READY : STATE_PENDING;
}

static void record(struct outcome *o, sim_time at)
{
	if (o->pod_states == 0 || o->pod_state[o->pod_states - 1].at != at) {
		ARENA_RESERVE(o->arena, o->pod_state, o->pod_state_capacity, o->pod_states + 1, struct pod_state_step);
		o->pod_states++;
	}
	struct pod_state_step *s = &o->pod_state[o->pod_states - 1];
	s->at = at;
	for (int i = 0; i < POD_STATES; i++)
		s->count[i] = o->state_count[i];
}

static void see(struct outcome *o, const struct fact *f)
{
	if (f->pod == FACT_NONE)
		return;
	struct outcome_pod *p = &o->pod[f->pod];
	const enum pod_state now = state_of(p);
	if (now == p->state)
		return;
	o->state_count[p->state]--;
	o->state_count[now]++;
	p->state = (uint8_t)now;
	if (o->series)
		record(o, f->at);
}

const struct metric metric_pod_states = {
	.name = "pod_states",
	.summary = "pods by state over time, as the API server believes",
	.see = see,
};
