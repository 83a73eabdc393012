/* outcome.c - keeps the tables of nodes, pods and services up to date fact by fact, and calls the metrics. */
#include "report/outcome.h"

#include <inttypes.h>
#include <string.h>

#include "report/expect.h"
#include "report/metric.h"
#include "report/runs.h"

/* recovery_time ends the window "during", so it finishes before load_balance. */
static const struct metric *const metrics[] = {
	&metric_availability, &metric_requests, &metric_pod_states,    &metric_recovery_time,
	&metric_load_balance, &metric_fleet,    &metric_control_plane, &metric_suspicions,
};
#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

void outcome_init(struct outcome *o, struct arena *a, const struct scenario *s, const struct run *r, bool series)
{
	*o = (struct outcome){.scenario = s, .run = r, .arena = a, .series = series, .from = s->warmup, .notes = ""};
	o->failures = s->failure_count;
	ARENA_RESERVE(a, o->failure, o->failure_capacity, s->failure_count, struct outcome_failure);
	for (uint32_t i = 0; i < s->failure_count; i++)
		o->failure[i] = (struct outcome_failure){.kind = s->failure[i].kind,
							 .at = s->failure[i].at,
							 .healed_at = SIM_NEVER,
							 .name = names_text(&s->names, s->failure[i].id),
							 .source = FACT_NONE,
							 .subject = FACT_NONE};
	o->struck_of = ARENA_NEW(a, s->source_count, uint32_t);
}

static struct outcome_node *node_row(struct outcome *o, uint32_t i)
{
	ARENA_RESERVE(o->arena, o->node, o->node_capacity, (size_t)i + 1, struct outcome_node);
	for (; o->nodes <= i; o->nodes++)
		o->node[o->nodes].first_pod = o->node[o->nodes].last_pod = FACT_NONE;
	return &o->node[i];
}

static struct outcome_pod *pod_row(struct outcome *o, uint32_t i)
{
	ARENA_RESERVE(o->arena, o->pod, o->pod_capacity, (size_t)i + 1, struct outcome_pod);
	for (; o->pods <= i; o->pods++) {
		struct outcome_pod *p = &o->pod[o->pods];
		p->owner = p->node = p->next = p->previous = FACT_NONE;
		p->victim_of = p->replacing = p->first_endpoint = FACT_NONE;
	}
	return &o->pod[i];
}

static struct outcome_workload *workload_row(struct outcome *o, uint32_t i)
{
	ARENA_RESERVE(o->arena, o->workload, o->workload_capacity, (size_t)i + 1, struct outcome_workload);
	if (o->workloads <= i)
		o->workloads = i + 1;
	return &o->workload[i];
}

static struct outcome_service *service_row(struct outcome *o, uint32_t i)
{
	ARENA_RESERVE(o->arena, o->service, o->service_capacity, (size_t)i + 1, struct outcome_service);
	if (o->services <= i)
		o->services = i + 1;
	return &o->service[i];
}

static void count_load(struct outcome *o, sim_time at, uint32_t pod, int sign)
{
	struct outcome_pod *p = &o->pod[pod];
	struct outcome_node *n = &o->node[p->node];

	p->counted = sign > 0;
	n->load_cpu_milli += sign * (double)p->cpu_milli;
	n->load_mem_bytes += sign * (double)p->mem_bytes;
	n->load_pods += sign;
	if (!n->down)
		load_balance_step(o, (struct load_step){.at = at,
							.node = p->node,
							.pods = sign,
							.cpu_milli = sign * (double)p->cpu_milli,
							.mem_bytes = sign * (double)p->mem_bytes});
}

/* The machine of a node goes off or on: it leaves or joins the members with all it carries. */
static void set_down(struct outcome *o, sim_time at, uint32_t node, bool down)
{
	struct outcome_node *n = &o->node[node];
	const int sign = down ? -1 : 1;

	if (n->down == down || !n->known)
		return;
	n->down = down;
	load_balance_step(o, (struct load_step){.at = at,
						.node = node,
						.pods = (int32_t)(sign * n->load_pods),
						.member = sign,
						.cpu_milli = sign * n->load_cpu_milli,
						.mem_bytes = sign * n->load_mem_bytes});
}

static void link_pod(struct outcome *o, uint32_t pod, uint32_t node)
{
	struct outcome_pod *p = &o->pod[pod];
	struct outcome_node *n = &o->node[node];

	p->node = node;
	p->previous = n->last_pod;
	p->next = FACT_NONE;
	if (n->last_pod != FACT_NONE)
		o->pod[n->last_pod].next = pod;
	else
		n->first_pod = pod;
	n->last_pod = pod;
	p->on_node = true;
}

static void unlink_pod(struct outcome *o, uint32_t pod)
{
	struct outcome_pod *p = &o->pod[pod];
	struct outcome_node *n = &o->node[p->node];

	if (p->previous != FACT_NONE)
		o->pod[p->previous].next = p->next;
	else
		n->first_pod = p->next;
	if (p->next != FACT_NONE)
		o->pod[p->next].previous = p->previous;
	else
		n->last_pod = p->previous;
	p->on_node = false;
}

static void see_node(struct outcome *o, const struct fact *f)
{
	struct outcome_node *n = node_row(o, f->node);

	switch (f->kind) {
	case FACT_NODE_ADDED:
		if (n->known) {
			set_down(o, f->at, f->node, false);
			break;
		}
		n->known = true;
		n->name = f->object;
		n->cpu_milli = f->a;
		n->mem_bytes = f->b;
		n->pods = f->c;
		load_balance_step(o, (struct load_step){.at = f->at, .node = f->node, .member = 1});
		break;
	case FACT_IMAGE_REMOVED:
		o->images_removed += f->at >= o->from;
		break;
	case FACT_MACHINE_OFF:
		for (uint32_t i = n->first_pod; i != FACT_NONE; i = o->pod[i].next)
			o->pod[i].serving = false;
		set_down(o, f->at, f->node, true);
		break;
	case FACT_NODE_ZONE:
		n->zone = f->object;
		break;
	case FACT_NODE_FAILED:
		n->silent = true;
		if (failure_takes_power(f->flag)) {
			for (uint32_t i = n->first_pod; i != FACT_NONE; i = o->pod[i].next)
				o->pod[i].serving = false;
			set_down(o, f->at, f->node, true);
		}
		if (f->flag == FAILURE_PARTITION)
			n->cut = true;
		break;
	case FACT_NODE_OFF:
		for (uint32_t i = n->first_pod; i != FACT_NONE; i = o->pod[i].next)
			o->pod[i].serving = false;
		set_down(o, f->at, f->node, true);
		break;
	case FACT_NODE_BACK: {
		const uint8_t kind = f->object < o->failures ? o->failure[f->object].kind : FAILURE_NODE_CRASH;
		if (kind == FAILURE_PARTITION)
			n->cut = false;
		else if (kind != FAILURE_KUBELET_STOP && kind != FAILURE_RUNTIME_STOP)
			set_down(o, f->at, f->node, false);
		n->silent = n->down || n->cut;
		break;
	}
	default:
		break;
	}
}

static void see_pod(struct outcome *o, const struct fact *f)
{
	struct outcome_pod *p = pod_row(o, f->pod);

	switch (f->kind) {
	case FACT_POD_CREATED:
		p->known = true;
		p->name = (uint32_t)f->a;
		p->owner = f->object;
		p->settled = f->flag != 0;
		p->cpu_milli = f->b;
		p->mem_bytes = f->c;
		p->created = f->at;
		break;
	case FACT_POD_BOUND:
		node_row(o, f->node);
		if (p->on_node)
			break;
		link_pod(o, f->pod, f->node);
		p->unschedulable = false;
		count_load(o, f->at, f->pod, 1);
		break;
	case FACT_POD_UNSCHEDULABLE:
		p->unschedulable = true;
		break;
	case FACT_CONTAINER_STARTED:
		o->restarts += f->flag > 0 && f->at >= o->from;
		break;
	case FACT_POD_PULLED:
		o->image_pulls += f->flag && f->at >= o->from;
		break;
	case FACT_CONTAINER_EXITED:
		o->oom_kills += f->flag == REASON_OOM_KILLED && f->at >= o->from;
		break;
	case FACT_POD_STARTED:
		p->stopped = false;
		break;
	case FACT_POD_SERVING:
		p->serving = f->flag == 0;
		break;
	case FACT_POD_STOPPED:
		p->serving = false;
		p->stopped = true;
		break;
	case FACT_POD_READY:
		p->ready = f->flag != 0;
		break;
	case FACT_POD_PHASE:
		p->phase = (uint8_t)f->flag;
		o->completed += f->flag == PHASE_SUCCEEDED;
		if (p->counted && (f->flag == PHASE_SUCCEEDED || f->flag == PHASE_FAILED))
			count_load(o, f->at, f->pod, -1);
		else if (!p->counted && p->on_node && f->flag == PHASE_PENDING) /* a mirror that is made anew */
			count_load(o, f->at, f->pod, 1);
		break;
	case FACT_POD_EVICTED:
		o->node_evictions += f->at >= o->from;
		break;
	case FACT_POD_DELETED:
		p->deleted = true;
		p->deleted_why = (uint8_t)f->flag;
		break;
	case FACT_POD_REMOVED:
		p->removed = p->deleted = true;
		p->serving = p->unschedulable = false;
		if (p->counted)
			count_load(o, f->at, f->pod, -1);
		if (p->on_node)
			unlink_pod(o, f->pod);
		break;
	default:
		break;
	}
}

/* The Deployment that made a ReplicaSet which is not of the input: its name is "<Deployment>-<hash>". */
static uint32_t maker_of(const struct outcome *o, uint32_t row)
{
	const struct outcome_workload *made = &o->workload[row];
	const char *name = outcome_name(o, made->name), *dash = strrchr(name, '-');

	if (row < o->scenario->objects.workload_count || made->kind != WORKLOAD_REPLICA_SET || dash == NULL)
		return FACT_NONE;
	const size_t length = (size_t)(dash - name);
	for (uint32_t i = 0; i < row; i++) {
		const struct outcome_workload *w = &o->workload[i];
		const char *candidate = outcome_name(o, w->name);
		if (w->known && w->kind == WORKLOAD_DEPLOYMENT && w->namespace == made->namespace &&
		    strlen(candidate) == length && strncmp(candidate, name, length) == 0)
			return i;
	}
	return FACT_NONE;
}

/* Failures of processes get their rows as they strike. */
static void failure_struck(struct outcome *o, const struct fact *f)
{
	struct outcome_failure *failure;

	ARENA_RESERVE(o->arena, o->failure, o->failure_capacity, (size_t)f->object + 1, struct outcome_failure);
	o->failures = f->object >= o->failures ? f->object + 1 : o->failures;
	failure = &o->failure[f->object];
	failure->struck = true;
	failure->at = f->at;
	failure->machines = (uint32_t)f->a;
	if (f->b == 0)
		return;
	failure->kind = (uint8_t)f->flag;
	failure->healed_at = SIM_NEVER;
	failure->source = (uint32_t)f->b - 1;
	failure->subject = (uint32_t)f->c;
	failure->name = text_format(o->arena, "%s-%" PRIu32, outcome_name(o, o->scenario->source[f->b - 1].id),
				    ++o->struck_of[f->b - 1]);
}

static void see_rest(struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_WORKLOAD_ADDED:
		*workload_row(o, f->object) = (struct outcome_workload){
			true, (uint8_t)f->flag, (uint32_t)f->a, (uint32_t)f->b, FACT_NONE, f->c};
		o->workload[f->object].maker = maker_of(o, f->object);
		break;
	case FACT_WORKLOAD_SCALED:
		workload_row(o, f->object)->replicas = f->a;
		break;
	case FACT_SERVICE_ADDED: {
		struct outcome_service *s = service_row(o, f->object);
		s->known = true;
		s->name = (uint32_t)f->a;
		s->namespace = (uint32_t)f->b;
		break;
	}
	case FACT_SERVICE_WANTS:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
		service_row(o, f->object);
		break;
	case FACT_ARRIVAL:
		o->arrivals += f->at >= o->from;
		o->arrivals_refused += f->at >= o->from && f->flag != 0;
		break;
	case FACT_FAILURE_STRUCK:
		failure_struck(o, f);
		break;
	case FACT_FAILURE_HEALED:
		if (f->object < o->failures)
			o->failure[f->object].healed_at = f->at;
		break;
	default:
		break;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct outcome *o = state;

	for (size_t i = 0; i < count; i++) {
		const struct fact *f = &facts[i];
		if (f->pod != FACT_NONE)
			see_pod(o, f);
		else if (f->node != FACT_NONE)
			see_node(o, f);
		see_rest(o, f);
		for (size_t m = 0; m < METRICS; m++)
			if (metrics[m]->see != NULL)
				metrics[m]->see(o, f);
	}
}

struct fact_reader outcome_reader(struct outcome *o)
{
	return (struct fact_reader){.see = see, .state = o};
}

void outcome_finish(struct outcome *o, bool interrupted)
{
	o->end = o->run->now;
	o->interrupted = interrupted;
	if (o->from > o->end)
		o->from = o->end;
	for (uint32_t i = 0; i < o->pods; i++)
		o->unschedulable += o->pod[i].unschedulable && !o->pod[i].deleted;
	for (size_t m = 0; m < METRICS; m++)
		if (metrics[m]->finish != NULL)
			metrics[m]->finish(o);
	expect_judge(o);
}

bool outcome_held(const struct outcome *o)
{
	for (uint32_t i = 0; i < o->scenario->expectation_count; i++)
		if (!o->verdict[i].held)
			return false;
	return o->runs == NULL || o->runs->all_held;
}
