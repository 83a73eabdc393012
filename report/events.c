/*
 * events.c - the events that the components of a cluster would have recorded.
 *
 * Reasons and messages are those of upstream's recorders: node lifecycle (NodeNotReady), taint eviction
 * (TaintManagerEviction), scheduler (Scheduled, FailedScheduling), kubelet (Pulling, Pulled, Created, Started, Killing,
 * Starting, NodeReady), workload controllers (SuccessfulCreate, SuccessfulDelete, ScalingReplicaSet), Jobs, CronJobs,
 * autoscalers (an autoscaler goes by the name of its target), leader election.
 */
#include "report/events.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/text.h"

enum { NAMESPACE, TYPE, REASON, OBJECT, MESSAGE, COLUMNS };

struct row {
	sim_time at;
	uint32_t order;
	const char *cell[COLUMNS];
};

struct table {
	const struct outcome *o;
	struct arena arena;
	bool settled;
	struct row *row;
	uint32_t rows, capacity;
};

static void add(struct table *t, sim_time at, const char *namespace, bool warning, const char *reason,
		const char *object, const char *message)
{
	ARENA_RESERVE(&t->arena, t->row, t->capacity, t->rows + 1, struct row);
	t->row[t->rows] =
		(struct row){at, t->rows, {namespace, warning ? "Warning" : "Normal", reason, object, message}};
	t->rows++;
}

static void add_node(struct table *t, const struct fact *f, const char *reason, const char *message)
{
	add(t, f->at, "default", false, reason, text_format(&t->arena, "node/%s", outcome_node_name(t->o, f->node)),
	    message);
}

static void add_pod(struct table *t, sim_time at, uint32_t pod, bool warning, const char *reason, const char *message)
{
	add(t, at, outcome_pod_namespace(t->o, pod), warning, reason,
	    text_format(&t->arena, "pod/%s", outcome_pod_name(t->o, pod)), message);
}

/* Events about a pod that its controller records on the object that owns the pod. */
static void add_owner(struct table *t, const struct fact *f, const char *reason, const char *message)
{
	const char *name = outcome_pod_name(t->o, f->pod), *dash = strrchr(name, '-');
	const enum workload_kind kind = outcome_owner_kind(t->o, f->pod);
	char *object;

	if (kind == WORKLOAD_NONE)
		return;
	/* A Deployment's pods belong to its ReplicaSet, a CronJob's to its Job, whose name they carry before the last
	 * dash.
	 */
	if (kind == WORKLOAD_DEPLOYMENT || kind == WORKLOAD_CRON_JOB)
		object = text_format(&t->arena, "%s/%.*s", kind == WORKLOAD_DEPLOYMENT ? "ReplicaSet" : "Job",
				     (int)(dash != NULL ? dash - name : (long)strlen(name)), name);
	else
		object = text_format(&t->arena, "%s", outcome_owner_text(t->o, f->pod, &t->arena));
	for (char *c = object; *c != '/' && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	add(t, f->at, outcome_pod_namespace(t->o, f->pod), false, reason, object, message);
}

/* The containers of a pod, as its workload's template or its own manifest has them; NULL if neither is known. */
static const struct pod_spec *spec_of(const struct outcome *o, uint32_t pod)
{
	const struct objects *in = &o->scenario->objects;
	const uint32_t owner = o->pod[pod].owner;

	if (owner < in->workload_count)
		return in->workload[owner].spec;
	for (uint32_t i = 0; owner == FACT_NONE && i < in->pod_count; i++)
		if (in->pod[i].meta.name == o->pod[pod].name)
			return in->pod[i].spec;
	return NULL;
}

static void add_containers(struct table *t, const struct fact *f, const char *reason, const char *words)
{
	const struct pod_spec *spec = spec_of(t->o, f->pod);

	for (uint32_t i = 0; spec != NULL && i < spec->container_count; i++)
		add_pod(t, f->at, f->pod, false, reason,
			text_format(&t->arena, "%s %s", words, outcome_name(t->o, spec->container[i].name)));
	if (spec == NULL)
		add_pod(t, f->at, f->pod, false, reason, words);
}

static void pulled(struct table *t, const struct fact *f)
{
	const char *image = f->object != FACT_NONE ? outcome_name(t->o, f->object) : "";
	char took[TIME_TEXT_MAX], all[TIME_TEXT_MAX];

	if (f->flag == 0) {
		add_pod(t, f->at, f->pod, false, "Pulled",
			text_format(&t->arena, "Container image \"%s\" already present on machine", image));
		return;
	}
	const sim_time waited = f->a + f->b;
	add_pod(t, waited <= f->at ? f->at - waited : f->at, f->pod, false, "Pulling",
		text_format(&t->arena, "Pulling image \"%s\"", image));
	add_pod(t, f->at, f->pod, false, "Pulled",
		text_format(&t->arena, "Successfully pulled image \"%s\" in %s (%s including waiting)", image,
			    time_print(f->a, took), time_print(waited, all)));
}

static void pod_created(struct table *t, const struct fact *f)
{
	const char *name = outcome_pod_name(t->o, f->pod);

	if (outcome_owner_kind(t->o, f->pod) == WORKLOAD_STATEFUL_SET) {
		const char *owner = strchr(outcome_owner_text(t->o, f->pod, &t->arena), '/') + 1;
		add_owner(t, f, "SuccessfulCreate",
			  text_format(&t->arena, "create Pod %s in StatefulSet %s successful", name, owner));
		return;
	}
	add_owner(t, f, "SuccessfulCreate", text_format(&t->arena, "Created pod: %s", name));
}

static void pod_deleted(struct table *t, const struct fact *f)
{
	if (f->flag == DELETE_TAINT)
		add_pod(t, f->at, f->pod, false, "TaintManagerEviction",
			text_format(&t->arena, "Marking for deletion Pod %s/%s", outcome_pod_namespace(t->o, f->pod),
				    outcome_pod_name(t->o, f->pod)));
	else if (f->flag == DELETE_FAILED)
		add_owner(t, f,
			  outcome_owner_kind(t->o, f->pod) == WORKLOAD_STATEFUL_SET ? "RecreatingFailedPod"
										    : "FailedDaemonPod",
			  text_format(&t->arena, "Found failed pod %s/%s, will try to kill it",
				      outcome_pod_namespace(t->o, f->pod), outcome_pod_name(t->o, f->pod)));
	else if (f->flag == DELETE_SCALE_DOWN || f->flag == DELETE_ROLLOUT)
		add_owner(t, f, "SuccessfulDelete",
			  text_format(&t->arena, "Deleted pod: %s", outcome_pod_name(t->o, f->pod)));
}

/* A quantity of bytes in whole KiB, as upstream prints its binary ones; 0 is "0". */
static const char *kib(struct table *t, int64_t bytes)
{
	return bytes < 1024 ? text_format(&t->arena, "%" PRId64, bytes)
			    : text_format(&t->arena, "%" PRId64 "Ki", bytes / 1024);
}

/* evictionMessage and the node's EvictionThresholdMet; the container is named where the pod has just one. */
static void low_on(struct table *t, const struct fact *f, const char *resource)
{
	const struct pod_spec *spec = spec_of(t->o, f->pod);
	const bool one = spec != NULL && spec->container_count == 1 && f->flag != EVICTED_FOR_PIDS;
	const char *name = one ? outcome_name(t->o, spec->container[0].name) : "";

	add(t, f->at, "default", true, "EvictionThresholdMet",
	    text_format(&t->arena, "node/%s", outcome_node_name(t->o, f->node)),
	    text_format(&t->arena, "Attempting to reclaim %s", resource));
	add_pod(t, f->at, f->pod, true, "Evicted",
		one ? text_format(
			      &t->arena,
			      "The node was low on resource: %s. Available: %s. Container %s was using %s, request is "
			      "%s, has larger consumption of %s.",
			      resource, kib(t, f->c), name, kib(t, f->a), kib(t, f->b), resource)
		    : text_format(&t->arena, "The node was low on resource: %s.", resource));
}

/* The eviction manager records on the pod, the manager of limits likewise (pkg/kubelet/eviction/helpers.go). */
static void evicted(struct table *t, const struct fact *f)
{
	static const char *const resource[] = {"memory", "ephemeral-storage", "ephemeral-storage", "pids"};

	if (f->flag == EVICTED_OVER_LIMIT)
		add_pod(t, f->at, f->pod, true, "Evicted",
			text_format(&t->arena,
				    "Pod ephemeral local storage usage exceeds the total limit of containers %" PRId64,
				    f->b));
	else
		low_on(t, f, resource[f->flag < 4 ? f->flag : 0]);
}

static void rejected(struct table *t, const struct fact *f)
{
	static const char *const resource[POD_REASONS] = {[POD_OUT_OF_CPU] = "cpu",
							  [POD_OUT_OF_MEMORY] = "memory",
							  [POD_OUT_OF_DISK] = "ephemeral-storage",
							  [POD_OUT_OF_PODS] = "pods"};
	const char *what = f->flag < POD_REASONS ? resource[f->flag] : NULL;

	if (what != NULL)
		add_pod(t, f->at, f->pod, true, pod_reason_name(f->flag),
			text_format(&t->arena,
				    "Node didn't have enough resource: %s, requested: %" PRId64 ", used: %" PRId64
				    ", capacity: %" PRId64,
				    what, f->a, f->b, f->c));
	else
		add_pod(t, f->at, f->pod, true, pod_reason_name(f->flag),
			f->flag == POD_NODE_AFFINITY      ? "Predicate NodeAffinity failed"
			: f->flag == POD_NODE_PORTS       ? "Predicate NodePorts failed"
			: f->flag == POD_NODE_SHUTDOWN    ? "Pod was rejected as the node is shutting down."
			: f->flag == POD_EVICTED          ? "The node had condition: pressure."
			: f->flag == POD_TAINT_TOLERATION ? "Predicate TaintToleration failed"
							  : "Pod was rejected: preemption found no set of pods");
}

static void pod_event(struct table *t, const struct fact *f)
{
	struct arena *a = &t->arena;

	switch (f->kind) {
	case FACT_POD_CREATED:
		pod_created(t, f);
		break;
	case FACT_POD_DELETED:
		pod_deleted(t, f);
		break;
	case FACT_POD_PULLED:
		pulled(t, f);
		break;
	case FACT_POD_BOUND:
		add_pod(t, f->at, f->pod, false, "Scheduled",
			text_format(a, "Successfully assigned %s/%s to %s", outcome_pod_namespace(t->o, f->pod),
				    outcome_pod_name(t->o, f->pod), outcome_node_name(t->o, f->node)));
		break;
	case FACT_POD_UNSCHEDULABLE:
		add_pod(t, f->at, f->pod, true, "FailedScheduling",
			f->object != FACT_NONE ? outcome_name(t->o, f->object) : "no nodes available to schedule pods");
		break;
	case FACT_CONTAINER_WAITS:
		if (f->flag == REASON_CRASH_LOOP_BACK_OFF)
			add_pod(t, f->at, f->pod, true, "BackOff",
				text_format(a, "Back-off restarting failed container %s in pod %s_%s",
					    outcome_name(t->o, f->object), outcome_pod_name(t->o, f->pod),
					    outcome_pod_namespace(t->o, f->pod)));
		break;
	case FACT_CONTAINER_UNHEALTHY:
		add_pod(t, f->at, f->pod, true, "Unhealthy",
			text_format(a, "%s probe failed", probe_kind_name((enum probe_kind)f->flag)));
		if (f->a)
			add_pod(t, f->at, f->pod, false, "Killing",
				text_format(a, "Container %s failed %s probe, will be restarted",
					    outcome_name(t->o, f->object),
					    f->flag == PROBE_STARTUP ? "startup" : "liveness"));
		break;
	case FACT_CONTAINER_STARTED:
		if (f->flag > 0)
			add_pod(t, f->at, f->pod, false, "Started",
				text_format(a, "Started container %s", outcome_name(t->o, f->object)));
		break;
	case FACT_VOLUME_HELD:
		add_pod(t, f->at, f->pod, true, "FailedAttachVolume",
			text_format(
				a,
				"Multi-Attach error for volume \"%s\" Volume is already exclusively attached to one "
				"node and can't be attached to another",
				outcome_name(t->o, f->object)));
		break;
	case FACT_POD_STARTED:
		add_containers(t, f, "Created", "Created container:");
		add_containers(t, f, "Started", "Started container");
		break;
	case FACT_POD_STOPPED:
		if (f->flag == STOP_TERMINATED)
			add_containers(t, f, "Killing", "Stopping container");
		break;
	case FACT_POD_READY:
		if (f->flag == 0 && f->a == BY_NODE_CONTROLLER)
			add_pod(t, f->at, f->pod, true, "NodeNotReady", "Node is not ready");
		break;
	case FACT_POD_EVICTED:
		evicted(t, f);
		break;
	case FACT_POD_REJECTED:
		rejected(t, f);
		break;
	case FACT_POD_PHASE:
		if (f->a == POD_PREEMPTING)
			add_pod(t, f->at, f->pod, true, "Preempting", "Preempted in order to admit critical pod");
		break;
	case FACT_TOLERATION_CANCELLED:
		add_pod(t, f->at, f->pod, false, "TaintManagerEviction",
			text_format(a, "Cancelling deletion of Pod %s/%s", outcome_pod_namespace(t->o, f->pod),
				    outcome_pod_name(t->o, f->pod)));
		break;
	default:
		break;
	}
}

/* Warnings of the kubelet's image manager and, the second time in a row, of the kubelet (pkg/kubelet/images,
 * pkg/kubelet/kubelet.go). */
static void image_gc_event(struct table *t, const struct fact *f)
{
	const char *node = text_format(&t->arena, "node/%s", outcome_node_name(t->o, f->node));
	const char *message =
		text_format(&t->arena,
			    "Failed to garbage collect required amount of images. Attempted to free %" PRId64
			    " bytes, but only found %" PRId64 " bytes eligible to free.",
			    f->a, f->b);

	add(t, f->at, "default", true, "FreeDiskSpaceFailed", node, message);
	if (f->flag)
		add(t, f->at, "default", true, "ImageGCFailed", node, message);
}

/* pkg/kubelet/nodestatus/setters.go */
static void node_condition(struct table *t, const struct fact *f)
{
	static const char *const reason[NODE_CONDITIONS][2] = {
		{"NodeHasSufficientMemory", "NodeHasInsufficientMemory"},
		{"NodeHasNoDiskPressure", "NodeHasDiskPressure"},
		{"NodeHasSufficientPID", "NodeHasInsufficientPID"},
	};
	const char *why = reason[f->flag < NODE_CONDITIONS ? f->flag : 0][f->a != 0];

	add_node(t, f, why, text_format(&t->arena, "Node %s status is now: %s", outcome_node_name(t->o, f->node), why));
}

static void node_event(struct table *t, const struct fact *f)
{
	const char *reason = NULL;

	if (f->kind == FACT_IMAGE_GC_FAILED)
		image_gc_event(t, f);
	if (f->kind == FACT_NODE_READY)
		reason = f->flag == READY_TRUE ? "NodeReady" : "NodeNotReady";
	else if (f->kind == FACT_NODE_CORDONED)
		reason = f->flag ? "NodeNotSchedulable" : "NodeSchedulable";
	if (reason != NULL)
		add_node(t, f, reason,
			 text_format(&t->arena, "Node %s status is now: %s", outcome_node_name(t->o, f->node), reason));
	if (f->kind == FACT_NODE_CONDITION && f->a != 2) /* what the controller makes Unknown no kubelet tells */
		node_condition(t, f);
	if (f->kind == FACT_NODE_BACK && f->object < t->o->failures &&
	    t->o->failure[f->object].kind != FAILURE_PARTITION && t->o->failure[f->object].kind != FAILURE_RUNTIME_STOP)
		add_node(t, f, "Starting", "Starting kubelet.");
}

static void other_event(struct table *t, const struct fact *f)
{
	static const char *const component[] = {NULL, "kube-controller-manager", "kube-scheduler"};

	if (f->kind == FACT_LEADER && f->flag == 1 && (f->object == 1 || f->object == 2))
		add(t, f->at, "kube-system", false, "LeaderElection",
		    text_format(&t->arena, "lease/%s", component[f->object]),
		    text_format(&t->arena, "%s became leader", component[f->object]));
	if (f->kind == FACT_WORKLOAD_SCALED && f->object < t->o->workloads &&
	    t->o->workload[f->object].kind == WORKLOAD_DEPLOYMENT) {
		const char *name = outcome_name(t->o, t->o->workload[f->object].name);
		add(t, f->at, outcome_name(t->o, t->o->workload[f->object].namespace), false, "ScalingReplicaSet",
		    text_format(&t->arena, "deployment/%s", name),
		    text_format(&t->arena, "Scaled %s replica set of %s from %" PRId64 " to %" PRId64,
				f->a > f->b ? "up" : "down", name, f->b, f->a));
	}
}

/* The external-provisioner's words; it tells them a moment before the claim is bound. */
static void claim_event(struct table *t, const struct fact *f)
{
	if (f->flag)
		add(t, f->at, outcome_name(t->o, (uint32_t)f->b), false, "ProvisioningSucceeded",
		    text_format(&t->arena, "persistentvolumeclaim/%s", outcome_name(t->o, f->object)),
		    text_format(&t->arena, "Successfully provisioned volume %s", outcome_name(t->o, (uint32_t)f->a)));
}

static void add_workload(struct table *t, const struct fact *f, const char *kind, bool warning, const char *reason,
			 const char *message)
{
	const struct outcome_workload *w = &t->o->workload[f->object];

	add(t, f->at, outcome_name(t->o, w->namespace), warning, reason,
	    text_format(&t->arena, "%s/%s", kind, outcome_name(t->o, w->name)), message);
}

static void job_event(struct table *t, const struct fact *f)
{
	static const char *const reason[][2] = {
		[JOB_BACKOFF_LIMIT] = {"BackoffLimitExceeded", "Job has reached the specified backoff limit"},
		[JOB_DEADLINE] = {"DeadlineExceeded", "Job was active longer than specified deadline"},
		[JOB_FAILURE_POLICY] = {"PodFailurePolicy", "A pod matches a FailJob rule"},
		[JOB_FAILED_INDEXES] = {"FailedIndexes", "Job has failed indexes"},
		[JOB_MAX_FAILED_INDEXES] = {"MaxFailedIndexesExceeded",
					    "Job has exceeded the specified maximal number of failed "
					    "indexes"},
	};

	if (f->flag == JOB_COMPLETE)
		add_workload(t, f, "job", false, "Completed", "Job completed");
	else if (f->flag == JOB_SUSPENDED)
		add_workload(t, f, "job", false, "Suspended", "Job suspended");
	else if (f->flag == JOB_FAILED && f->a > 0 && f->a <= JOB_MAX_FAILED_INDEXES)
		add_workload(t, f, "job", true, reason[f->a][0], reason[f->a][1]);
}

/* What the controllers of Jobs, CronJobs and autoscalers record. */
static void controller_event(struct table *t, const struct fact *f)
{
	if (f->object >= t->o->workloads || !t->o->workload[f->object].known)
		return;
	switch (f->kind) {
	case FACT_JOB_STATE:
		job_event(t, f);
		break;
	case FACT_CRON_SKIPPED:
		add_workload(t, f, "cronjob", f->flag == CRON_SKIP_TOO_MANY,
			     f->flag == CRON_SKIP_TOO_MANY ? "TooManyMissedTimes" : "JobAlreadyActive",
			     f->flag == CRON_SKIP_TOO_MANY ? "too many missed start times"
							   : "Not starting job because prior execution is running and "
							     "concurrency policy is Forbid");
		break;
	case FACT_AUTOSCALED:
		add_workload(t, f, "horizontalpodautoscaler", false, "SuccessfulRescale",
			     text_format(&t->arena, "New size: %" PRId64, f->a));
		break;
	default:
		break;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct table *t = state;

	for (size_t i = 0; i < count; i++) {
		if (facts[i].kind == FACT_SETTLED)
			t->settled = true;
		if (!t->settled)
			continue;
		if (facts[i].kind == FACT_CLAIM_BOUND)
			claim_event(t, &facts[i]);
		else if (facts[i].pod != FACT_NONE)
			pod_event(t, &facts[i]);
		else if (facts[i].node != FACT_NONE)
			node_event(t, &facts[i]);
		else
			other_event(t, &facts[i]);
		controller_event(t, &facts[i]);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct table collect(const struct outcome *o)
{
	struct table t = {.o = o};

	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &t});
	if (t.rows > 0)
		qsort(t.row, t.rows, sizeof(t.row[0]), by_time);
	return t;
}

const struct events_row *events_of(const struct outcome *o, struct arena *a, uint32_t *count)
{
	struct table t = collect(o);
	struct events_row *row = ARENA_NEW(a, t.rows, struct events_row);

	for (uint32_t i = 0; i < t.rows; i++) {
		const char *const *cell = t.row[i].cell;

		row[i] = (struct events_row){
			.at = t.row[i].at,
			.warning = strcmp(cell[TYPE], "Warning") == 0,
			.namespace = arena_text(a, cell[NAMESPACE], strlen(cell[NAMESPACE])),
			.reason = arena_text(a, cell[REASON], strlen(cell[REASON])),
			.object = arena_text(a, cell[OBJECT], strlen(cell[OBJECT])),
			.message = arena_text(a, cell[MESSAGE], strlen(cell[MESSAGE])),
		};
	}
	*count = t.rows;
	arena_release(&t.arena);
	return row;
}
