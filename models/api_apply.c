/* api_apply.c - the API server's registries: each verb's effect on belief, with the checks that may refuse it. */
#include "models/api_apply.h"

#include "models/api.h"
#include "models/control.h"
#include "models/api_volume.h"
#include "models/endpoint.h"
#include "models/inspect.h"
#include "models/machine.h"
#include "models/replace.h"
#include "models/versions.h"

static void pod_changed(struct world *w, uint32_t pod, uint16_t what)
{
	if (what & (CHANGED_READY | CHANGED_DELETING | CHANGED_REMOVED | CHANGED_PHASE))
		endpoint_touch(w, pod);
	api_notify(w, CHANGE_POD, what, pod);
}

static bool pod_exists(const struct world *w, uint32_t pod)
{
	return pod != NONE && w->cluster.pod[pod].exists;
}

/* Admission by LimitRange and ResourceQuota: 403. */
static bool is_refused(struct world *w, uint32_t workload, const struct pod_spec *spec)
{
	struct workload_truth *t = &w->cluster.workload_truth[workload];
	uint32_t by = spec->forbidden;
	struct fact f = cluster_fact(&w->cluster, FACT_CREATE_REFUSED);

	if (by == 0)
		by = cluster_quota_admit(&w->cluster, w->cluster.workload[workload].namespace, spec);
	f.object = workload;
	f.flag = spec->forbidden != 0;
	f.a = by;
	if (by != 0 && by != t->refused_by && !w->settling)
		cluster_tell(&w->cluster, f);
	t->refused_by = w->settling ? 0 : by;
	return by != 0;
}

static bool recount_quota(struct world *w, uint32_t quota)
{
	cluster_quota_recount(&w->cluster, quota);
	return true;
}

static bool create_pod(struct world *w, const struct api_call *call)
{
	const struct workload *o = &w->cluster.workload[call->workload];
	struct pod_new n = {.spec = call->number == 1 ? o->current : o->spec,
			    .labels = o->pod_labels,
			    .namespace = o->namespace,
			    .workload = call->workload,
			    .pinned_node = call->node,
			    .ordinal = call->ordinal,
			    .settled = w->settling};

	if (!o->exists || is_refused(w, call->workload, n.spec))
		return false;
	uint32_t pod = cluster_pod_create(&w->cluster, &n);
	endpoint_select(w, pod);
	if (!w->settling)
		replace_created(w, pod);
	pod_changed(w, pod, CHANGED_ADDED);
	return true;
}

uint32_t api_pod_given(struct world *w, const struct pod_new *n, uint32_t node)
{
	uint32_t pod = cluster_pod_create(&w->cluster, n);

	endpoint_select(w, pod);
	if (node != NONE)
		cluster_pod_bind(&w->cluster, pod, node, 0);
	return pod;
}

static void remove_pod(struct world *w, uint32_t pod)
{
	cluster_pod_remove(&w->cluster, pod);
	pod_changed(w, pod, CHANGED_REMOVED);
	api_volume_pod_gone(w, pod);
}

/* Unscheduled and finished pods go at once, others when their kubelet confirms (pkg/registry/core/pod/strategy.go). */
static bool delete_pod(struct world *w, uint32_t pod, enum delete_cause cause, bool force, int64_t grace,
		       uint32_t preemptor)
{
	struct cluster *c = &w->cluster;

	if (!pod_exists(w, pod))
		return true;
	/* The kubelet makes the mirror of a static pod anew at once. */
	if (c->pod[pod].spec->is_static && c->pod[pod].node != NONE && c->node[c->pod[pod].node].exists)
		return true;
	bool finished = c->pod[pod].phase == PHASE_SUCCEEDED || c->pod[pod].phase == PHASE_FAILED;
	if (!c->pod[pod].deleting) {
		/* The eviction API and the scheduler set the condition first. */
		c->pod[pod].target |= cause == DELETE_EVICTION || cause == DELETE_PREEMPTED;
		cluster_pod_delete(c, pod, cause, force ? 0 : grace > 0 ? grace - 1 : c->pod[pod].spec->grace,
				   preemptor);
		replace_deleted(w, pod, cause);
		pod_changed(w, pod, CHANGED_DELETING);
	}
	if (force || finished || c->pod[pod].node == NONE)
		remove_pod(w, pod);
	return true;
}

/* The budget that covers pod, NONE if none; *several when more than one does. */
static uint32_t budget_of(const struct world *w, uint32_t pod, bool *several)
{
	const struct pod *p = &w->cluster.pod[pod];
	uint32_t found = NONE;

	*several = false;
	for (uint32_t i = 0; i < w->cluster.view.pdb_count; i++) {
		const struct pdb_object *o = w->cluster.pdb[i].object;

		if (!w->cluster.pdb[i].exists || o->meta.namespace != p->namespace ||
		    !selector_matches(&o->selector, p->labels, &w->run->names))
			continue;
		*several = found != NONE;
		found = i;
	}
	return found;
}

/* POST pods/eviction (pkg/registry/core/pod/storage/eviction.go): 429 when the budget allows nothing. */
static bool evict_pod(struct world *w, uint32_t pod, int64_t grace)
{
	struct cluster *c = &w->cluster;
	bool several;

	if (!pod_exists(w, pod) || c->pod[pod].deleting)
		return true;
	uint32_t pdb = budget_of(w, pod, &several);
	/* Pending and finished pods skip the check; so do unready ones under AlwaysAllow, or when the budget holds
	 * without them (IfHealthyBudget, the default). */
	bool skip = pdb == NONE || c->pod[pod].phase != PHASE_RUNNING ||
		    (!c->pod[pod].ready && (c->pdb[pdb].object->always_allow || c->pdb[pdb].healthy));
	if (!skip && (several || c->pdb[pdb].allowed <= 0)) {
		struct fact f = cluster_fact(c, FACT_EVICTION_REFUSED);

		f.node = c->pod[pod].node;
		f.pod = pod;
		f.object = pdb;
		cluster_tell(c, f);
		return false;
	}
	if (!skip) {
		c->pdb[pdb].allowed--;
		c->pdb[pdb].version++;
		c->pod[pod].disrupted = true;
	}
	return delete_pod(w, pod, DELETE_EVICTION, false, grace, NONE);
}

static bool bind_pod(struct world *w, const struct api_call *call)
{
	struct pod *p = &w->cluster.pod[call->pod];

	if (!p->exists || p->deleting || p->node != NONE)
		return false;
	cluster_pod_bind(&w->cluster, call->pod, call->node, (uint32_t)call->number);
	pod_changed(w, call->pod, CHANGED_BOUND);
	return true;
}

/* The kubelet adds DisruptionTarget (reason TerminationByKubelet) to what it ends, not to what it never admitted. */
static bool disrupts(enum pod_reason why)
{
	return why == POD_EVICTED || why == POD_TERMINATED || why == POD_PREEMPTING;
}

static bool pod_status(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;
	bool ready = call->number & POD_STATUS_READY;
	uint16_t what = 0;

	if (!pod_exists(w, call->pod))
		return false;
	if (c->pod[call->pod].spec->is_static && (enum pod_phase)(call->number >> 8 & 0xff) <= PHASE_RUNNING)
		cluster_pod_renew(c, call->pod);
	uint8_t phase = c->pod[call->pod].phase;
	enum pod_reason why = (enum pod_reason)(call->number >> 24 & 0xff);
	/* What a kubelet made fail is replaced as if it had been deleted. */
	if (why != POD_REASON_NONE && phase < PHASE_SUCCEEDED && !c->pod[call->pod].deleting)
		replace_deleted(w, call->pod, DELETE_KUBELET);
	if (disrupts(why) && version_disruption_target(w->scenario->kubernetes))
		c->pod[call->pod].target = true;
	if (c->pod[call->pod].ready != ready)
		what |= CHANGED_READY;
	inspect_written(w, call->pod);
	cluster_pod_phase(c, call->pod, (enum pod_phase)(call->number >> 8 & 0xff), why);
	cluster_pod_containers(c, call->pod, (uint32_t)(call->number >> 32),
			       (enum container_reason)(call->number >> 16 & 0xff));
	if (c->pod[call->pod].phase != phase)
		what |= CHANGED_PHASE;
	cluster_pod_ready(c, call->pod, ready, BY_KUBELET);
	if (what != 0)
		pod_changed(w, call->pod, what);
	return true;
}

static bool pod_not_ready(struct world *w, uint32_t pod)
{
	if (!pod_exists(w, pod) || !w->cluster.pod[pod].ready)
		return true;
	cluster_pod_ready(&w->cluster, pod, false, BY_NODE_CONTROLLER);
	pod_changed(w, pod, CHANGED_READY);
	return true;
}

/* A node that the controller finds silent has all its conditions Unknown, so none of the others is True. */
static bool node_ready(struct world *w, uint32_t node, int64_t status, sim_time limit)
{
	enum node_ready ready = (enum node_ready)(status & 0xff);
	uint8_t conditions = (uint8_t)(status >> 8);
	const struct view *v = &w->cluster.view;
	sim_time seen = v->heartbeat_seen(v->model, node, w->run->now);

	if (!w->cluster.node[node].exists)
		return false;
	if (w->cluster.node[node].conditions != conditions) {
		cluster_node_conditions(&w->cluster, node, conditions, ready == READY_UNKNOWN);
		api_notify(w, CHANGE_NODE, CHANGED_CONDITIONS, node);
	}
	if (w->cluster.node[node].ready == ready)
		return true;
	cluster_node_ready(&w->cluster, node, ready, status >> 16 & 1, w->run->now - seen, limit);
	api_notify(w, CHANGE_NODE, CHANGED_READY, node);
	/* A monitor pass before the controller's watch tells may find it. */
	control_alert(w, node);
	return true;
}

static bool change_taint(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;
	enum taint_effect effect = (enum taint_effect)call->effect;
	bool changed = false;

	if (!c->node[call->node].exists)
		return true;
	/* A swap adds the new one before it removes the old one, so the set is never empty in between (2.6). */
	if (call->verb != API_REMOVE_TAINT)
		changed |= cluster_taint_add(c, call->node, call->key, effect);
	if (call->verb == API_REMOVE_TAINT)
		changed |= cluster_taint_remove(c, call->node, call->key, effect);
	if (call->verb == API_SWAP_TAINT)
		changed |= cluster_taint_remove(c, call->node, (uint32_t)call->number, effect);
	if (changed)
		api_notify(w, CHANGE_NODE, CHANGED_TAINTS, call->node);
	/* A write that etcd held up may find the node Ready again, or not Ready: the next monitor pass, which need not
	 * look at it otherwise, takes the taint off or puts it on. */
	if (changed && (call->verb != API_REMOVE_TAINT) == (c->node[call->node].ready == READY_TRUE) &&
	    (call->key == c->view.key.unreachable || call->key == c->view.key.not_ready))
		control_alert(w, call->node);
	return true;
}

static bool node_object(struct world *w, const struct api_call *call)
{
	struct cluster *c = &w->cluster;
	bool existed = c->node[call->node].exists;

	if (call->verb == API_NODE_REGISTER)
		cluster_node_add(c, call->node);
	else if (call->verb == API_DELETE_NODE)
		cluster_node_remove(c, call->node);
	else if (call->verb == API_MACHINE_ON)
		machine_on(w, call->node);
	else
		machine_off(w, call->node);
	if (call->verb == API_MACHINE_OFF)
		cluster_node_remove(c, call->node);
	if (existed != c->node[call->node].exists)
		api_notify(w, CHANGE_NODE, existed ? CHANGED_REMOVED : CHANGED_ADDED, call->node);
	return true;
}

static bool unschedulable(struct world *w, uint32_t pod)
{
	struct pod *p = &w->cluster.pod[pod];

	if (!p->exists || p->node != NONE)
		return false;
	if (!p->unschedulable)
		api_notify(w, CHANGE_POD, CHANGED_STATUS, pod);
	p->unschedulable = true;
	return true;
}

static bool scale(struct world *w, const struct api_call *call)
{
	if (!w->cluster.workload[call->workload].exists)
		return false;
	cluster_scale(&w->cluster, call->workload, (int32_t)call->number);
	api_notify(w, CHANGE_WORKLOAD, CHANGED_SPEC, call->workload);
	if (!w->settling)
		endpoint_tell_wants(w);
	return true;
}

static bool create_replica_set(struct world *w, const struct api_call *call)
{
	if (!w->cluster.workload[call->workload].exists)
		return false;
	uint32_t row = cluster_replica_set_create(&w->cluster, call->workload, (int32_t)call->number);

	api_notify(w, CHANGE_WORKLOAD, CHANGED_ADDED, row);
	return true;
}

static bool delete_workload(struct world *w, const struct api_call *call)
{
	if (!w->cluster.workload[call->workload].exists)
		return true;
	cluster_workload_remove(&w->cluster, call->workload, call->number == 1);
	endpoint_tell_wants(w);
	api_notify(w, CHANGE_WORKLOAD, CHANGED_REMOVED, call->workload);
	return true;
}

/* Its name is made of the scheduled time, so a second one for the same time is refused; its controller knows that. */
static bool create_job(struct world *w, const struct api_call *call)
{
	const struct workload *row = w->cluster.workload;

	if (!row[call->workload].exists)
		return false;
	for (uint32_t i = row[call->workload].first_child; i != NONE; i = row[i].next_sibling)
		if (row[i].exists && row[i].scheduled == call->number)
			return true;
	uint32_t job = cluster_job_create(&w->cluster, call->workload, call->number);
	api_notify(w, CHANGE_WORKLOAD, CHANGED_ADDED, job);
	return true;
}

static bool job_state(struct world *w, const struct api_call *call)
{
	if (!w->cluster.workload[call->workload].exists)
		return false;
	cluster_job_state(&w->cluster, call->workload, (enum job_state)call->number, (enum job_reason)call->ordinal);
	api_notify(w, CHANGE_WORKLOAD, CHANGED_PHASE, call->workload);
	return true;
}

static bool mark_disrupted(struct world *w, uint32_t pod)
{
	if (pod_exists(w, pod))
		w->cluster.pod[pod].target = true;
	return true;
}

static bool set_current(struct world *w, uint32_t workload)
{
	w->cluster.workload[workload].current = w->cluster.workload[workload].spec;
	return true;
}

static bool workload_status(struct world *w, const struct api_call *call)
{
	if (call->workload != NONE)
		api_notify(w, CHANGE_WORKLOAD, CHANGED_STATUS, call->workload);
	return true;
}

bool api_apply(struct world *w, const struct api_call *call)
{
	switch ((enum api_verb)call->verb) {
	case API_READ:
		return true;
	case API_STATUS:
		return workload_status(w, call);
	case API_CREATE_POD:
		return create_pod(w, call);
	case API_DELETE_POD:
	case API_FORCE_DELETE_POD:
		return delete_pod(w, call->pod, (enum delete_cause)call->cause, call->verb == API_FORCE_DELETE_POD,
				  call->number, call->cause == DELETE_PREEMPTED ? call->object : NONE);
	case API_EVICT_POD:
		return evict_pod(w, call->pod, call->number);
	case API_MARK_DISRUPTED:
		return mark_disrupted(w, call->pod);
	case API_POD_NOT_READY:
		return pod_not_ready(w, call->pod);
	case API_SCALE:
		return scale(w, call);
	case API_CREATE_REPLICA_SET:
		return create_replica_set(w, call);
	case API_QUOTA:
		return recount_quota(w, call->object);
	case API_SET_CURRENT:
		return set_current(w, call->workload);
	case API_CREATE_JOB:
		return create_job(w, call);
	case API_JOB_STATE:
		return job_state(w, call);
	case API_DELETE_WORKLOAD:
		return delete_workload(w, call);
	case API_NODE_READY:
		return node_ready(w, call->node, call->number, MILLIS(call->object));
	case API_NODE_STATUS:
		return node_ready(w, call->node, call->number, w->scenario->timers.node_monitor_grace_period);
	case API_ADD_TAINT:
	case API_REMOVE_TAINT:
	case API_SWAP_TAINT:
		return change_taint(w, call);
	case API_NODE_REGISTER:
	case API_DELETE_NODE:
	case API_MACHINE_ON:
	case API_MACHINE_OFF:
		return node_object(w, call);
	case API_DELETE_SERVICE:
		w->cluster.service[call->object].exists = false;
		endpoint_service_goes(w, call->object);
		return true;
	case API_DELETE_PDB:
		w->cluster.pdb[call->object].exists = false;
		return true;
	case API_UNSCHEDULABLE:
		return unschedulable(w, call->pod);
	case API_CORDON:
		if (!w->cluster.node[call->node].exists)
			return false;
		cluster_cordon(&w->cluster, call->node, call->number != 0);
		api_notify(w, CHANGE_NODE, CHANGED_CORDON, call->node);
		return true;
	case API_ENDPOINTS:
		endpoint_write(w, call->object);
		return true;
	case API_BUDGET:
		if (w->cluster.pdb[call->object].version != call->key)
			return false;
		w->cluster.pdb[call->object].allowed = (int32_t)call->number;
		w->cluster.pdb[call->object].healthy = call->ordinal == 1;
		return true;
	case API_CREATE_CLAIM:
	case API_SELECT_NODE:
	case API_RESERVE_VOLUME:
	case API_PROVISION:
	case API_BIND_CLAIM:
	case API_ATTACH:
	case API_DETACH:
		return api_volume_apply(w, call);
	case API_BIND:
		return bind_pod(w, call);
	case API_POD_STATUS:
		return pod_status(w, call);
	case API_POD_GONE:
		if (pod_exists(w, call->pod))
			remove_pod(w, call->pod);
		return true;
	}
	return false;
}
