/* tolerations.c - timers of the pods on nodes with NoExecute taints, and what is sent when one has run out.
 * Upstream: pkg/controller/tainteviction/taint_eviction.go and timed_workers.go; kubernetes-control-plane.md 2.6. The
 * clock starts when the controller sees the taint, lives in RAM, and is neither restarted nor shortened by later
 * taints. */
#include "policies/parts/tolerations.h"

#include "models/versions.h"

/* DONE: the timer has fired and its pod is being deleted; a worker that ran keeps its place, so none is added
 * (timed_workers.go). AT_ONCE: the same without a timer before. */
enum { NO_TIMER = 0, DONE = -1, AT_ONCE = -2 };

/* Tries to delete a pod, TOLERATION_RETRY apart. One that failed so often may get a timer again when its node changes.
 */
#define TRIES 5

int64_t toleration_workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return INT64_MAX;
}

static sim_time *deadline_of(struct control_call *c, uint32_t pod)
{
	struct tolerations *s = c->state;

	ARENA_RESERVE(c->arena, s->timer, s->timers, pod + 1, struct toleration_timer);
	return &s->timer[pod].deadline;
}

/* How long pod tolerates the NoExecute taints of its node: SIM_NEVER for ever, < 0 not at all. */
static sim_time tolerated(const struct pod_spec *spec, const struct node *n)
{
	sim_time least = SIM_NEVER;

	for (uint32_t i = 0; i < n->taint_count; i++) {
		bool found = false;

		if (n->taint[i].effect != EFFECT_NO_EXECUTE)
			continue;
		for (uint32_t k = 0; k < spec->toleration_count; k++) {
			const struct toleration *t = &spec->toleration[k];

			if (!toleration_tolerates(t, &n->taint[i]))
				continue;
			found = true;
			if (t->has_seconds && t->seconds < least)
				least = t->seconds > 0 ? t->seconds : 0;
		}
		if (!found)
			return -1;
	}
	return least;
}

static bool has_no_execute(const struct node *n)
{
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].effect == EFFECT_NO_EXECUTE)
			return true;
	return false;
}

static void tell(struct control_call *c, enum fact_kind kind, uint32_t pod, sim_time seconds)
{
	struct fact f = {
		.kind = (uint16_t)kind, .node = c->view->pod[pod].node, .pod = pod, .object = FACT_NONE, .a = seconds};

	decide_tell(c->out, f);
}

static void cancel(struct control_call *c, uint32_t pod)
{
	sim_time *deadline = deadline_of(c, pod);

	if (*deadline != NO_TIMER && *deadline != AT_ONCE)
		tell(c, FACT_TOLERATION_CANCELLED, pod, 0);
	*deadline = NO_TIMER;
}

/* Decides about one pod on a node whose taints are T. */
static void look_at_pod(struct control_call *c, uint32_t pod)
{
	const struct pod *p = &c->view->pod[pod];
	const struct node *n = &c->view->nodes.row[p->node];
	sim_time *deadline = deadline_of(c, pod), m;

	if (!p->exists || p->deleting)
		return;
	if (!has_no_execute(n)) {
		cancel(c, pod);
		return;
	}
	m = tolerated(p->spec, n);
	if (m == SIM_NEVER) {
		cancel(c, pod);
	} else if (m < 0) {
		*deadline = *deadline == NO_TIMER || *deadline == AT_ONCE ? AT_ONCE : DONE;
		decide_queue(c->out, pod);
	} else if (*deadline == NO_TIMER) {
		*deadline = c->now + m;
		tell(c, FACT_TOLERATION_STARTED, pod, m);
		decide_timer(c->out, *deadline, pod, 0);
	}
}

static void look_at_node(struct control_call *c, uint32_t node)
{
	for (uint32_t p = c->view->nodes.row[node].first_pod; p != NONE; p = c->view->pod[p].next_on_node)
		look_at_pod(c, p);
}

void toleration_start(struct control_call *c)
{
	struct tolerations *s = c->state;

	s->timer = NULL;
	s->timers = 0;
	for (uint32_t i = 0; i < c->view->nodes.count; i++)
		if (c->view->nodes.row[i].exists && has_no_execute(&c->view->nodes.row[i]))
			look_at_node(c, i);
}

void toleration_notice(struct control_call *c, const struct change *change)
{
	if (change->kind == CHANGE_NODE && change->what & (CHANGED_TAINTS | CHANGED_ADDED)) {
		if (c->view->nodes.row[change->row].exists)
			look_at_node(c, change->row);
	} else if (change->kind == CHANGE_POD && change->what & (CHANGED_DELETING | CHANGED_REMOVED)) {
		*deadline_of(c, change->row) = NO_TIMER;
	} else if (change->kind == CHANGE_POD && change->what & CHANGED_BOUND && c->view->pod[change->row].exists) {
		if (has_no_execute(&c->view->nodes.row[c->view->pod[change->row].node]))
			look_at_pod(c, change->row);
	}
}

void toleration_timer(struct control_call *c, uint32_t pod, uint32_t arg)
{
	sim_time *deadline = deadline_of(c, pod);

	(void)arg;
	if (*deadline != c->now)
		return;
	*deadline = DONE;
	decide_queue(c->out, pod);
}

/* One that is not there any more, or whose taint has gone while a failed try waited, is not due. */
bool toleration_is_due(struct control_call *c, uint32_t pod)
{
	const struct pod *p = &c->view->pod[pod];

	return p->exists && !p->deleting && *deadline_of(c, pod) < NO_TIMER;
}

/* GET, PATCH of the condition DisruptionTarget, DELETE; a plain DELETE before 1.26. */
void toleration_delete(struct control_call *c, uint32_t pod)
{
	struct tolerations *s = c->state;
	struct api_call call = api_call(API_READ);

	if (s->timer[pod].tries++ == TRIES) {
		cancel(c, pod);
		s->timer[pod].tries = 0;
		return;
	}
	call.pod = pod;
	if (version_disruption_target(c->view->scenario->kubernetes)) {
		decide_call(c->out, call);
		decide_then(c->out);
		call.verb = API_MARK_DISRUPTED;
		decide_call(c->out, call);
		decide_then(c->out);
	}
	call.verb = API_DELETE_POD;
	call.cause = DELETE_TAINT;
	decide_call(c->out, call);
}
