/* action.c - timed actions in the words of kubectl, carried out by calls to the API server. */
#include "models/action_parts.h"

#include "models/api.h"
#include "models/endpoint.h"
#include "models/etcd.h"
#include "models/kubelet.h"

void action_init(struct world *w)
{
	const struct scenario *s = w->scenario;

	drain_init(w);
	rollout_init(w);
	for (uint32_t i = 0; i < s->action_count; i++)
		world_schedule(w, s->action[i].at, EVENT_ACTION, i, 0, 0);
}

void action_send(struct world *w, uint32_t i, struct api_call call)
{
	api_send(w, CLIENT_UNLIMITED, &call, &w->scenario->latencies.api_write, CALLER_ACTION, i);
}

void action_tell(struct world *w, uint32_t i, uint32_t node, uint32_t pod, enum action_refusal refusal)
{
	const struct action *a = &w->scenario->action[i];
	struct fact f = cluster_fact(&w->cluster, FACT_ACTION);

	f.node = node;
	f.pod = pod;
	f.object = a->object == OBJECT_WORKLOAD && a->kind != ACTION_APPLY ? a->target : FACT_NONE;
	f.flag = a->kind;
	f.a = a->kind == ACTION_SCALE ? a->replicas : 0;
	f.b = refusal;
	f.c = a->text;
	cluster_tell(&w->cluster, f);
}

/* ---- labels, annotations, taints ---- */

static bool has_label(const struct labels *l, const struct action_change *x)
{
	bool present;
	uint32_t value = labels_get(l, x->key, &present);

	return present && value != x->value;
}

static bool has_taint(const struct node *n, const struct action_change *x)
{
	for (uint32_t i = 0; i < n->taint_count; i++)
		if (n->taint[i].key == x->key && n->taint[i].effect == x->effect && n->taint[i].value != x->value)
			return true;
	return false;
}

static void change_taint(struct world *w, uint32_t node, const struct action_change *x)
{
	struct cluster *c = &w->cluster;
	struct taint taint = {.key = x->key, .value = x->value, .effect = x->effect};
	bool changed = false;

	if (!x->remove)
		changed = cluster_taint_set(c, node, &taint);
	for (uint8_t effect = EFFECT_NO_SCHEDULE; x->remove && effect <= EFFECT_NO_EXECUTE; effect++)
		if (x->effect == EFFECT_NONE || x->effect == effect)
			changed |= cluster_taint_remove(c, node, x->key, (enum taint_effect)effect);
	if (changed)
		api_notify(w, CHANGE_NODE, CHANGED_TAINTS, node);
}

/* One PATCH, whatever the number of changes; it is refused as a whole. */
static void change_node(struct world *w, uint32_t i, uint32_t node)
{
	const struct action *a = &w->scenario->action[i];
	const struct node *n = &w->cluster.node[node];

	for (uint32_t k = 0; k < a->change_count && !a->overwrite; k++) {
		const struct action_change *x = &a->change[k];

		if (x->remove || !(a->kind == ACTION_TAINT ? has_taint(n, x) : has_label(&n->object->meta.labels, x)))
			continue;
		action_tell(w, i, node, NONE, ACTION_EXISTS);
		return;
	}
	for (uint32_t k = 0; k < a->change_count; k++) {
		const struct action_change *x = &a->change[k];

		if (a->kind == ACTION_TAINT)
			change_taint(w, node, x);
		else
			cluster_node_label(&w->cluster, node, x->key, x->value, x->remove);
	}
	if (a->kind == ACTION_LABEL)
		api_notify(w, CHANGE_NODE, CHANGED_LABELS, node);
}

static void change_pod(struct world *w, uint32_t i, uint32_t pod)
{
	const struct action *a = &w->scenario->action[i];
	struct pod *p = &w->cluster.pod[pod];

	for (uint32_t k = 0; k < a->change_count && a->kind == ACTION_ANNOTATE; k++)
		p->deletion_cost = (int32_t)(a->change[k].remove ? 0 : a->change[k].number);
	for (uint32_t k = 0; k < a->change_count && a->kind == ACTION_LABEL; k++)
		if (!a->overwrite && !a->change[k].remove && has_label(p->labels, &a->change[k])) {
			action_tell(w, i, NONE, pod, ACTION_EXISTS);
			return;
		}
	if (a->kind != ACTION_LABEL)
		return;
	for (uint32_t k = 0; k < a->change_count; k++)
		cluster_pod_label(&w->cluster, pod, a->change[k].key, a->change[k].value, a->change[k].remove);
	endpoint_relabel(w, pod);
	api_notify(w, CHANGE_POD, CHANGED_LABELS, pod);
}

/* ---- deletion ---- */

static void delete_pod(struct world *w, uint32_t i, uint32_t pod)
{
	const struct action *a = &w->scenario->action[i];
	struct api_call call = api_call(a->force ? API_FORCE_DELETE_POD : API_DELETE_POD);

	call.cause = DELETE_USER;
	call.pod = pod;
	call.number = a->has_grace ? a->grace + 1 : 0;
	action_send(w, i, call);
}

static void delete_object(struct world *w, uint32_t i, uint32_t row)
{
	const struct action *a = &w->scenario->action[i];
	struct api_call call = api_call(API_DELETE_WORKLOAD);

	if (a->object == OBJECT_NODE) {
		call.verb = API_DELETE_NODE;
		call.node = row;
	} else if (a->object == OBJECT_WORKLOAD) {
		call.workload = row;
		call.number = a->cascade == CASCADE_ORPHAN;
	} else {
		call.verb = a->object == OBJECT_SERVICE ? API_DELETE_SERVICE : API_DELETE_PDB;
		call.object = row;
	}
	action_send(w, i, call);
}

/* ---- what an action is about ---- */

static void on_node(struct world *w, uint32_t i, uint32_t node)
{
	const struct action *a = &w->scenario->action[i];
	struct api_call call = api_call(API_CORDON);

	call.node = node;
	call.number = a->kind != ACTION_UNCORDON;
	if (a->kind == ACTION_CORDON || a->kind == ACTION_UNCORDON)
		action_send(w, i, call);
	else if (a->kind == ACTION_DRAIN)
		drain_begin(w, i, node);
	else if (a->kind == ACTION_DELETE)
		delete_object(w, i, node);
	else
		change_node(w, i, node);
}

static void on_pod(struct world *w, uint32_t i, uint32_t pod)
{
	const struct action *a = &w->scenario->action[i];

	if (a->kind == ACTION_DELETE) {
		delete_pod(w, i, pod);
	} else if (a->kind == ACTION_UNGATE) {
		w->cluster.pod[pod].ungated = true;
		api_notify(w, CHANGE_POD, CHANGED_SPEC, pod);
	} else {
		change_pod(w, i, pod);
	}
}

static uint32_t find_pod(const struct world *w, const struct action *a)
{
	for (uint32_t i = w->cluster.pod_count; i-- > 0;)
		if (w->cluster.pod[i].exists && w->cluster.pod[i].name == a->target &&
		    w->cluster.pod[i].namespace == a->namespace)
			return i;
	return NONE;
}

/* Every node or pod of the namespace that the selector matches now. */
static void on_selected(struct world *w, uint32_t i)
{
	const struct action *a = &w->scenario->action[i];
	const struct cluster *c = &w->cluster;
	const struct names *names = &w->run->names;
	uint32_t pods = c->pod_count;

	for (uint32_t n = 0; a->object == OBJECT_NODE && n < c->node_count; n++)
		if (c->node[n].exists && selector_matches(&a->selector, &c->node[n].object->meta.labels, names))
			on_node(w, i, n);
	for (uint32_t p = 0; a->object == OBJECT_POD && p < pods; p++)
		if (c->pod[p].exists && c->pod[p].namespace == a->namespace &&
		    selector_matches(&a->selector, c->pod[p].labels, names))
			on_pod(w, i, p);
}

static void on_workload(struct world *w, uint32_t i)
{
	const struct action *a = &w->scenario->action[i];
	struct api_call call = api_call(API_SCALE);

	call.workload = a->target;
	call.number = a->replicas;
	if (a->kind == ACTION_SCALE)
		action_send(w, i, call);
	else if (a->kind == ACTION_DELETE)
		delete_object(w, i, a->target);
	else
		rollout_change(w, i);
}

/* Whether the object is in the API now. */
static bool is_there(const struct world *w, const struct action *a)
{
	const struct cluster *c = &w->cluster;

	if (a->object == OBJECT_NODE)
		return c->node[a->target].exists;
	if (a->object == OBJECT_WORKLOAD)
		return c->workload[a->target].exists;
	return a->object == OBJECT_SERVICE ? c->service[a->target].exists : c->pdb[a->target].exists;
}

/* Whether the action is about the pod: one of the workload's, or of the ReplicaSets of a Deployment. */
static bool is_about(const struct world *w, const struct action *a, uint32_t pod)
{
	const struct pod *p = &w->cluster.pod[pod];

	if (a->object == OBJECT_POD)
		return p->name == a->target && p->namespace == a->namespace;
	return p->workload != NONE && (p->workload == a->target || w->cluster.workload[p->workload].owner == a->target);
}

/* What applications do needs no API server. Only pods in which the container runs count. */
static void act_in_pods(struct world *w, const struct action *a)
{
	uint32_t done = 0;

	for (uint32_t p = 0; p < w->cluster.pod_count && (a->count == 0 || done < a->count); p++)
		if (w->cluster.pod_truth[p].running && is_about(w, a, p))
			done += kubelet_application(w, p, a);
}

/* Whether the request waits for etcd to have a leader: it is looked at again in a second, until etcd's request timeout
 * is over (4.4). */
static bool waits_for_etcd(struct world *w, const struct event *e)
{
	sim_time timeout = etcd_request_timeout(w);

	if (!api_up(w) || etcd_leader_host(w) != NONE || (sim_time)e->arg * SECONDS(1) >= timeout)
		return false;
	world_schedule(w, time_add(w->run->now, SECONDS(1)), EVENT_ACTION, e->subject, e->epoch, e->arg + 1);
	return true;
}

/* Subject: action; arg: seconds that it has waited for etcd. */
void action_on_time(struct world *w, const struct event *e)
{
	const struct action *a = &w->scenario->action[e->subject];
	uint32_t pod = a->object == OBJECT_POD && !a->selects ? find_pod(w, a) : NONE, node = NONE;
	bool makes = a->kind == ACTION_APPLY || a->kind == ACTION_CREATE_JOB, there;

	bool written = api_up(w) && etcd_leader_host(w) != NONE;

	if (a->kind >= ACTION_APP_EXIT) {
		action_tell(w, e->subject, NONE, pod, ACTION_DONE);
		act_in_pods(w, a);
		return;
	}
	if (waits_for_etcd(w, e))
		return;
	there = makes || a->selects || (a->object == OBJECT_POD ? pod != NONE : is_there(w, a));
	if (a->object == OBJECT_NODE && !a->selects && !makes)
		node = a->target;
	if (!written)
		action_tell(w, e->subject, node, pod, ACTION_UNREACHABLE);
	else if (!there)
		action_tell(w, e->subject, node, pod, ACTION_NOT_FOUND);
	else if (!a->follows)
		action_tell(w, e->subject, node, pod, ACTION_DONE);
	if (!written || !there)
		return;
	if (makes)
		action_apply(w, e->subject);
	else if (a->selects)
		on_selected(w, e->subject);
	else if (a->object == OBJECT_NODE)
		on_node(w, e->subject, node);
	else if (a->object == OBJECT_POD)
		on_pod(w, e->subject, pod);
	else if (a->object == OBJECT_WORKLOAD)
		on_workload(w, e->subject);
	else
		delete_object(w, e->subject, a->target);
}

void action_answered(struct world *w, uint32_t i, const struct api_call *call, bool ok)
{
	if (i >= w->scenario->action_count || w->scenario->action[i].kind == ACTION_DRAIN)
		drain_answered(w, i, call, ok);
}
