/* recovery_time.c - from the failure of a node to the Ready pod in each lost pod's place, leg by leg. */
#include "report/metric.h"

#include <string.h>

static struct recovery *open_recovery(struct outcome *o, uint32_t row)
{
	struct recovery *r = row < o->recoveries ? &o->recovery[row] : NULL;
	return r != NULL && r->time[RT_READY] == SIM_NEVER ? r : NULL;
}

/* The recovery pod is the victim of, while it lasts and the pod has not been deleted. */
static struct recovery *living_victim(struct outcome *o, uint32_t pod)
{
	struct recovery *r = open_recovery(o, o->pod[pod].victim_of);
	return r != NULL && r->time[RT_POD_DELETED] == SIM_NEVER ? r : NULL;
}

/* The recovery that waits for pod to become Ready in another's place. */
static struct recovery *awaited(struct outcome *o, uint32_t pod)
{
	struct recovery *r = open_recovery(o, o->pod[pod].replacing);
	return r != NULL && r->replacement == pod ? r : NULL;
}

static void set_once(struct recovery *r, enum recovery_time t, sim_time at)
{
	if (r->time[t] == SIM_NEVER)
		r->time[t] = at;
}

/* A second failure before the first was recovered from takes its place: the last that struck counts. */
static void strike(struct outcome *o, const struct fact *f, uint32_t pod)
{
	struct outcome_pod *p = &o->pod[pod];

	if (p->deleted || p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED)
		return;
	if (open_recovery(o, p->victim_of) == NULL) {
		ARENA_RESERVE(o->arena, o->recovery, o->recovery_capacity, o->recoveries + 1, struct recovery);
		p->victim_of = o->recoveries++;
	}

	struct recovery *r = &o->recovery[p->victim_of];
	*r = (struct recovery){.failure = f->object,
			       .pod = pod,
			       .node = f->node,
			       .replacement = FACT_NONE,
			       .replacement_node = FACT_NONE,
			       .was_ready = p->ready};
	for (int t = 0; t < RECOVERY_TIMES; t++)
		r->time[t] = SIM_NEVER;
	r->time[RT_FAILED] = f->at;
	r->time[RT_LAST_HEARTBEAT] = f->a;
}

/* The node lifecycle controller's own taints; others are no sign of a failure. */
static bool is_failure_taint(const struct outcome *o, const struct fact *f)
{
	const char *key = outcome_name(o, f->object);
	return strcmp(key, "node.kubernetes.io/unreachable") == 0 || strcmp(key, "node.kubernetes.io/not-ready") == 0;
}

static void see_node(struct outcome *o, const struct fact *f)
{
	struct outcome_node *n = &o->node[f->node];
	enum recovery_time t = RECOVERY_TIMES;
	bool again = false;

	if (f->kind == FACT_NODE_FAILED) {
		for (uint32_t i = n->first_pod; i != FACT_NONE; i = o->pod[i].next)
			strike(o, f, i);
	} else if (f->kind == FACT_NODE_READY && f->flag == READY_UNKNOWN) {
		t = RT_NODE_UNKNOWN;
	} else if (f->kind == FACT_TAINT_ADDED && is_failure_taint(o, f)) {
		if (f->flag == EFFECT_NO_SCHEDULE)
			t = RT_NOSCHEDULE_TAINT;
		/* The clock of tolerations starts anew when the first of the taints comes back after a pause. */
		if (f->flag == EFFECT_NO_EXECUTE && n->no_execute++ == 0) {
			t = RT_NOEXECUTE_TAINT;
			again = true;
		}
	} else if (f->kind == FACT_TAINT_REMOVED && is_failure_taint(o, f)) {
		if (f->flag == EFFECT_NO_EXECUTE && n->no_execute > 0)
			n->no_execute--;
	}
	if (t == RECOVERY_TIMES)
		return;
	for (uint32_t i = n->first_pod; i != FACT_NONE; i = o->pod[i].next) {
		struct recovery *r = living_victim(o, i);
		if (r != NULL && again)
			r->time[t] = f->at;
		else if (r != NULL)
			set_once(r, t, f->at);
	}
}

/* A new pod stands in for old: for the failure that hit old, or for the one whose replacement old was to be. */
static void replace(struct outcome *o, uint32_t pod, uint32_t old)
{
	if (old >= o->pods)
		return;
	uint32_t row = o->pod[old].victim_of;
	if (row == FACT_NONE)
		row = o->pod[old].replacing;

	struct recovery *r = open_recovery(o, row);
	if (r == NULL)
		return;
	r->replacement = pod;
	r->replacement_node = o->pod[pod].node;
	o->pod[pod].replacing = row;
	for (int t = RT_SCHEDULED; t < RECOVERY_TIMES; t++)
		r->time[t] = SIM_NEVER;
	r->time[RT_REPLACEMENT_CREATED] = o->pod[pod].created;
}

/* The start sequence may be walked twice (the node reboots meanwhile): the last walk before Ready counts. */
static void step(struct outcome *o, const struct fact *f, enum recovery_time t)
{
	struct recovery *r = awaited(o, f->pod);

	if (r != NULL)
		r->time[t] = f->at;
	if (r != NULL && t == RT_SCHEDULED)
		r->replacement_node = f->node;
	r = t != RT_SCHEDULED ? living_victim(o, f->pod) : NULL;
	if (r != NULL)
		r->time[t] = f->at;
}

static void see_ready(struct outcome *o, const struct fact *f)
{
	struct recovery *r = living_victim(o, f->pod);

	if (f->flag == 0) {
		if (r != NULL)
			set_once(r, RT_POD_NOT_READY, f->at);
		return;
	}
	if (r != NULL && (r->time[RT_POD_NOT_READY] != SIM_NEVER || !r->was_ready))
		r->time[RT_READY] = f->at;
	r = awaited(o, f->pod);
	if (r != NULL)
		r->time[RT_READY] = f->at;
}

static void see_proxy(struct outcome *o, const struct fact *f)
{
	const struct outcome_pod *p = &o->pod[f->pod];
	struct recovery *own = p->victim_of < o->recoveries ? &o->recovery[p->victim_of] : NULL;
	struct recovery *other = p->replacing < o->recoveries ? &o->recovery[p->replacing] : NULL;

	if (f->kind == FACT_PROXY_REMOVED) {
		if (own != NULL && own->time[RT_READY] == SIM_NEVER)
			set_once(own, RT_ENDPOINT_REMOVED, f->at);
		return;
	}
	if (own != NULL && own->replacement == FACT_NONE && own->time[RT_READY] != SIM_NEVER)
		set_once(own, RT_ENDPOINT_ADDED, f->at);
	if (other != NULL && other->replacement == f->pod)
		set_once(other, RT_ENDPOINT_ADDED, f->at);
}

static void see_deleted(struct outcome *o, const struct fact *f)
{
	struct recovery *r = living_victim(o, f->pod);

	if (r == NULL)
		return;
	/* What the victim walked on a node that came back is not its replacement's start. */
	r->time[RT_POD_DELETED] = f->at;
	r->time[RT_SANDBOX_READY] = r->time[RT_IMAGE_PULLED] = r->time[RT_STARTED] = SIM_NEVER;
}

/* No taint had to wait for it: the legs until then were not walked. */
static void see_failed(struct outcome *o, const struct fact *f)
{
	struct recovery *r = living_victim(o, f->pod);

	if (r != NULL)
		r->time[RT_NOSCHEDULE_TAINT] = r->time[RT_NOEXECUTE_TAINT] = SIM_NEVER;
	see_deleted(o, f);
}

static void see_pod(struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_POD_REPLACES:
		replace(o, f->pod, (uint32_t)f->a);
		break;
	case FACT_POD_BOUND:
		step(o, f, RT_SCHEDULED);
		break;
	case FACT_POD_SANDBOX:
		step(o, f, RT_SANDBOX_READY);
		break;
	case FACT_POD_PULLED:
		step(o, f, RT_IMAGE_PULLED);
		break;
	case FACT_POD_STARTED:
		step(o, f, RT_STARTED);
		break;
	case FACT_POD_READY:
		see_ready(o, f);
		break;
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
		see_proxy(o, f);
		break;
	case FACT_POD_DELETED:
		see_deleted(o, f);
		break;
	case FACT_POD_PHASE: /* what a kubelet made Failed is replaced as if deleted */
		if (f->flag == PHASE_FAILED && f->a != POD_REASON_NONE)
			see_failed(o, f);
		break;
	default:
		break;
	}
}

static void see(struct outcome *o, const struct fact *f)
{
	if (f->pod != FACT_NONE)
		see_pod(o, f);
	else if (f->node != FACT_NONE)
		see_node(o, f);
}

/* Whether anything was lost: a silence nobody noticed is no recovery, nor is a pod given up on purpose. */
bool recovery_is_listed(const struct outcome *o, const struct recovery *r)
{
	const struct outcome_pod *p = &o->pod[r->pod];
	const bool noticed = r->time[RT_POD_NOT_READY] != SIM_NEVER;

	if (!outcome_is_replaced(o, r->pod))
		return noticed;
	if (r->time[RT_POD_DELETED] != SIM_NEVER)
		return r->replacement != FACT_NONE ||
		       (p->deleted_why != DELETE_SCALE_DOWN && p->deleted_why != DELETE_ROLLOUT &&
			p->deleted_why != DELETE_OWNER_GONE && p->deleted_why != DELETE_JOB_OVER);
	return noticed || p->stopped || o->node[r->node].silent || !r->was_ready;
}

/* b - a, or SIM_NEVER when either was not reached. */
static sim_time between(const struct recovery *r, enum recovery_time a, enum recovery_time b)
{
	const sim_time from = r->time[a], to = r->time[b];
	return from == SIM_NEVER || to == SIM_NEVER ? SIM_NEVER : to - from;
}

static void walk_legs(struct recovery *r)
{
	const sim_time setup = between(r, RT_SCHEDULED, RT_SANDBOX_READY);
	const sim_time launch = between(r, RT_IMAGE_PULLED, RT_STARTED);

	r->leg[LEG_DETECTION] = between(r, RT_FAILED, RT_NODE_UNKNOWN);
	r->leg[LEG_TAINT] = between(r, RT_NODE_UNKNOWN, RT_NOEXECUTE_TAINT);
	r->leg[LEG_TOLERATION] = between(r, RT_NOEXECUTE_TAINT, RT_POD_DELETED);
	r->leg[LEG_RECREATION] = between(r, RT_POD_DELETED, RT_REPLACEMENT_CREATED);
	r->leg[LEG_SCHEDULING] = between(r, RT_REPLACEMENT_CREATED, RT_SCHEDULED);
	r->leg[LEG_PULL] = between(r, RT_SANDBOX_READY, RT_IMAGE_PULLED);
	r->leg[LEG_START] = setup == SIM_NEVER || launch == SIM_NEVER ? SIM_NEVER : setup + launch;
	r->leg[LEG_READINESS] = between(r, RT_STARTED, RT_READY);
	r->leg[LEG_TOTAL] = between(r, RT_FAILED, RT_READY);
}

static void finish(struct outcome *o)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < o->recoveries; i++) {
		struct recovery *r = &o->recovery[i];
		const bool listed = recovery_is_listed(o, r);
		if (o->pod[r->pod].victim_of == i)
			o->pod[r->pod].victim_of = listed ? kept : FACT_NONE;
		if (r->replacement != FACT_NONE && o->pod[r->replacement].replacing == i)
			o->pod[r->replacement].replacing = listed ? kept : FACT_NONE;
		if (!listed)
			continue;
		walk_legs(r);
		o->recovery[kept++] = *r;
	}
	o->recoveries = kept;
}

const struct metric metric_recovery_time = {
	.name = "recovery_time",
	.summary = "from a node's failure to the Ready pod in each lost pod's place, leg by leg",
	.see = see,
	.finish = finish,
};
