/*
 * test_swarm.c - random clusters with random trouble: causes come before effects, and in the end all is well.
 *
 * NODEFALL_SWARM_SEED=N starts at seed N, NODEFALL_SWARM_COUNT=N runs so many, NODEFALL_SWARM_PRINT=1 prints each
 * scenario.
 */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/decode.h"
#include "models/view.h"
#include "models/world.h"
#include "tests/load.h"
#include "tests/swarm_scenario.h"

#ifdef NODEFALL_CHECK
#define DEFAULT_COUNT 1500
#else
#define DEFAULT_COUNT 2500
#endif

/* How long after a change that forbids it a decision made before it may still arrive: client queues of a few qps. */
#define STALE SECONDS(30)
/* What travels through the API server does so in this; where masters fail, a write may wait for etcd's 7 s besides, and
 * what a component that was cut off did not see for its 10 s. */
#define TRAVEL (w->masters_fail ? SECONDS(20) : SECONDS(2))
#define MAX_TAINTS 16

struct seen_taint {
	uint32_t key;
	uint8_t effect;
	sim_time since;
};

struct seen_node {
	uint8_t ready;
	bool exists, off; /* off: its machine was given back, or has not come yet */
	sim_time added, gone;
	struct labels labels; /* as they are now */
	bool cordoned;
	sim_time cordon_changed, not_true_until, no_execute_until, heartbeat_back, failed;
	uint32_t down[FAILURE_KINDS]; /* failures of each kind that hold */
	uint32_t shut;                /* of these, shutdowns in order that have come to their end */
	struct seen_taint taint[MAX_TAINTS];
	uint32_t taints;
};

struct seen_pod {
	bool known, deleted, removed, running, serving, ready, unschedulable, tolerating;
	bool held; /* waits for a volume that is attached to another node (Multi-Attach) */
	uint8_t phase;
	uint32_t workload, node; /* root workload or NONE */
	const struct pod_spec *spec;
	const struct labels *labels;
	sim_time running_until, ready_until, tolerates_until, deleted_at, bound_at;
	uint32_t slices, proxies; /* bit: row of the service */
	sim_time left_slice;      /* last removal from a slice */
};

struct seen_workload {
	bool known, over, gone; /* over: a Job is complete or has failed */
	uint32_t root;
	int64_t replicas;
};

struct watcher {
	struct arena arena;
	const struct scenario *s;
	const struct names *names;
	uint64_t seed;
	sim_time now, machines;                                   /* when one came or went last */
	bool settled, leads[COMPONENT_SCHEDULER + 1], leaderless; /* etcd: writes wait */
	bool masters_fail;
	struct seen_node *node;
	struct seen_pod *pod;
	struct seen_workload *workload;
	uint32_t pods, pod_capacity, workloads, workload_capacity;
	uint32_t not_ready, unreachable, unschedulable;
	sim_time disturbed; /* when the descheduler or an autoscaler, which never stop, did something last */
	char wrong[300];    /* the first thing found, or empty */
};

/* Notes the first broken rule; row names the pod, node or workload. */
static void rule(struct watcher *w, bool holds, const char *what, uint32_t row)
{
	char at[TIME_TEXT_MAX];

	if (!holds && w->wrong[0] == '\0')
		snprintf(w->wrong, sizeof(w->wrong), "seed %" PRIu64 ", at %s: %s, row %d", w->seed,
			 time_print(w->now, at), what, (int)row);
}

/* ---- who is who ---- */

static bool tolerates(const struct pod_spec *spec, const struct taint *t)
{
	for (uint32_t i = 0; i < spec->toleration_count; i++)
		if (toleration_tolerates(&spec->toleration[i], t))
			return true;
	return false;
}

/* The Deployment of a ReplicaSet that it made: "web-" and ten letters; the CronJob of a Job. */
static uint32_t root_of(const struct watcher *w, uint32_t row, uint32_t name)
{
	const char *text = names_text(w->names, name);
	size_t length = strlen(text);

	if (row < w->s->objects.workload_count)
		return row;
	for (uint32_t i = 0; i < w->s->objects.workload_count; i++) {
		const char *of = names_text(w->names, w->s->objects.workload[i].meta.name);

		if (strlen(of) + 11 == length && strncmp(of, text, length - 11) == 0)
			return i;
		/* A Job of a CronJob: the minutes since 1970, eight digits until 2160. */
		if (strlen(of) + 9 == length && strncmp(of, text, length - 9) == 0)
			return i;
	}
	return NONE;
}

static void workload_added(struct watcher *w, const struct fact *f)
{
	ARENA_RESERVE(&w->arena, w->workload, w->workload_capacity, f->object + 1, struct seen_workload);
	w->workloads = f->object + 1;
	w->workload[f->object] =
		(struct seen_workload){.known = true, .replicas = f->c, .root = root_of(w, f->object, (uint32_t)f->a)};
	rule(w, w->workload[f->object].root != NONE, "a ReplicaSet without a Deployment", f->object);
}

/* A pod that was let in is within the quotas: there is only one namespace. */
static void check_quota(struct watcher *w, uint32_t pod)
{
	int64_t cpu = 0;

	for (uint32_t i = 0; i < w->pods; i++) {
		const struct seen_pod *p = &w->pod[i];

		if (!p->removed && p->phase != PHASE_SUCCEEDED && p->phase != PHASE_FAILED)
			cpu += p->spec->request.cpu_milli;
	}
	for (uint32_t i = 0; i < w->s->objects.quota_count; i++)
		rule(w, cpu <= w->s->objects.quota[i].hard[QUOTA_CPU], "a pod is created beyond its quota", pod);
}

static void pod_created(struct watcher *w, const struct fact *f)
{
	struct seen_pod p = {.known = true,
			     .workload = NONE,
			     .node = NONE,
			     .running_until = -SECONDS(1000),
			     .ready_until = -SECONDS(1000)};
	const struct objects *o = &w->s->objects;

	rule(w, f->pod == w->pods, "pods are not numbered one after another", f->pod);
	ARENA_RESERVE(&w->arena, w->pod, w->pod_capacity, f->pod + 1, struct seen_pod);
	w->pods = f->pod + 1;
	if (f->object != FACT_NONE) {
		p.workload = w->workload[f->object].root;
		p.spec = o->workload[p.workload].spec;
		p.labels = &o->workload[p.workload].pod_labels;
	}
	for (uint32_t i = 0; i < o->pod_count && p.spec == NULL; i++) {
		if (o->pod[i].meta.name == (uint32_t)f->a) {
			p.spec = o->pod[i].spec;
			p.labels = &o->pod[i].meta.labels;
		}
	}
	w->pod[f->pod] = p;
	if (f->object != FACT_NONE)
		check_quota(w, f->pod);
}

/* ---- nodes ---- */

static void node_added(struct watcher *w, const struct fact *f)
{
	const struct node_object *o = &w->s->objects.node[f->node];
	struct seen_node *n = &w->node[f->node];

	rule(w, !n->exists, "a node is added that exists", f->node);
	n->exists = true;
	n->off = false;
	n->added = w->now;
	n->ready = w->now > 0 ? READY_UNSET : READY_TRUE;
	n->not_true_until = n->heartbeat_back = w->now > 0 ? w->now : -SECONDS(1000);
	n->no_execute_until = w->now > 0 && n->taints > 0 ? w->now : -SECONDS(1000);
	n->cordoned = false;
	n->taints = 0;
	for (uint32_t i = 0; i < o->taint_count; i++)
		n->taint[n->taints++] = (struct seen_taint){.key = o->taint[i].key, .effect = o->taint[i].effect};
}

static void node_removed(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];

	rule(w, n->exists, "a node goes that does not exist", f->node);
	n->exists = false;
	n->gone = w->now;
}

/* Labels of a node are those of its object at first. */
static void node_labelled(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];

	rule(w, f->flag && n->exists, "a label goes, or is set on a node that does not exist", f->node);
	labels_set(&n->labels, f->object, (uint32_t)f->a);
}

static void machine(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];

	n->off = true;
	memset(n->down, 0, sizeof(n->down));
	w->machines = w->now;
}

static void node_ready(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];

	rule(w, n->ready != f->flag, "a node's Ready does not change", f->node);
	/* A heartbeat may arrive while the write is under way. */
	if (f->flag == READY_UNKNOWN)
		rule(w, n->ready == READY_UNSET || f->a > f->b || n->heartbeat_back >= w->now - TRAVEL,
		     "a node becomes Unknown before the silence allowed is over", f->node);
	else
		rule(w,
		     (!n->down[FAILURE_NODE_CRASH] && !n->down[FAILURE_REBOOT] && !n->down[FAILURE_KUBELET_STOP]) ||
			     n->failed >= w->now - TRAVEL,
		     "a node becomes Ready without a kubelet", f->node);
	if (n->ready != READY_TRUE)
		n->not_true_until = w->now;
	n->ready = (uint8_t)f->flag;
}

static void taint_added(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];

	for (uint32_t i = 0; i < n->taints; i++)
		rule(w, n->taint[i].key != f->object || n->taint[i].effect != f->flag, "a taint is added twice",
		     f->node);
	if (f->object == w->unreachable || f->object == w->not_ready)
		rule(w, n->ready != READY_TRUE || n->not_true_until >= w->now - TRAVEL,
		     "a node that is Ready is tainted as if it were not", f->node);
	rule(w, n->taints < MAX_TAINTS, "too many taints", f->node);
	if (n->taints < MAX_TAINTS)
		n->taint[n->taints++] =
			(struct seen_taint){.key = f->object, .effect = (uint8_t)f->flag, .since = w->now};
}

static void taint_removed(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];
	uint32_t i = 0;

	while (i < n->taints && (n->taint[i].key != f->object || n->taint[i].effect != f->flag))
		i++;
	rule(w, i < n->taints, "a taint is removed that is not there", f->node);
	if (i == n->taints)
		return;
	if (n->taint[i].effect == EFFECT_NO_EXECUTE)
		n->no_execute_until = w->now;
	n->taint[i] = n->taint[--n->taints];
}

/* Whether machines go down in order for such a failure, when the fact node-off says so. */
static bool in_order(const struct watcher *w, uint32_t kind)
{
	return kind == FAILURE_NODE_SHUTDOWN || (kind == FAILURE_REBOOT && w->s->kubelet.shutdown_grace > 0);
}

static void node_truth(struct watcher *w, const struct fact *f)
{
	struct seen_node *n = &w->node[f->node];
	uint32_t *down = &n->down[w->s->failure[f->object].kind];

	rule(w, f->kind == FACT_NODE_FAILED || *down > 0, "a node comes back without having failed", f->node);
	*down += f->kind == FACT_NODE_FAILED ? 1 : UINT32_MAX;
	if (f->kind == FACT_NODE_FAILED)
		n->failed = w->now;
	else if (in_order(w, w->s->failure[f->object].kind) && n->shut > 0)
		n->shut--;
}

static bool has_power(const struct watcher *w, const struct seen_node *n)
{
	return !n->off && n->shut == 0 && n->down[FAILURE_NODE_CRASH] == 0 &&
	       (in_order(w, FAILURE_REBOOT) || n->down[FAILURE_REBOOT] == 0);
}

/* ---- pods ---- */

/* A node that had been closed to the pod for long when the scheduler chose it. */
static bool long_closed(const struct watcher *w, const struct seen_node *n, const struct pod_spec *spec)
{
	struct taint cordon = {.key = w->unschedulable, .effect = EFFECT_NO_SCHEDULE};
	/* Between choice and binding a pod may wait for its volumes, for bindTimeoutSeconds at most. */
	sim_time stale = spec->volume_count > 0 ? SECONDS(600) + STALE : STALE;

	if (n->cordoned && n->cordon_changed < w->now - stale && !tolerates(spec, &cordon))
		return true;
	for (uint32_t i = 0; i < n->taints; i++) {
		struct taint t = {.key = n->taint[i].key, .effect = n->taint[i].effect};

		/* The taints' values do not matter to the tolerations of these scenarios. */
		if (t.effect != EFFECT_PREFER_NO_SCHEDULE && n->taint[i].since < w->now - stale && !tolerates(spec, &t))
			return true;
	}
	return false;
}

static bool is_daemon(const struct watcher *w, const struct seen_pod *p)
{
	return p->workload != NONE && w->s->objects.workload[p->workload].kind == WORKLOAD_DAEMON_SET;
}

static void pod_bound(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];

	rule(w, p->node == NONE && !p->removed && !p->deleted, "a pod is bound twice or after its end", f->pod);
	rule(w, w->node[f->node].exists || w->now - w->node[f->node].gone <= STALE,
	     "a pod is bound to a node that does not exist", f->pod);
	p->node = f->node;
	p->bound_at = w->now;
	p->unschedulable = false;
	if (f->a > 0 && !is_daemon(w, p))
		rule(w, !long_closed(w, &w->node[f->node], p->spec), "a pod is bound to a node closed to it", f->pod);
}

static bool finished(const struct seen_pod *p)
{
	return p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;
}

static void pod_deleted(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];
	const struct seen_node *n = p->node != NONE ? &w->node[p->node] : NULL;
	bool no_execute = false, refused = false;

	rule(w, !p->deleted && !p->removed, "a pod is deleted twice", f->pod);
	p->deleted = true;
	p->deleted_at = w->now;
	if (f->flag != DELETE_TAINT)
		return;
	for (uint32_t i = 0; n != NULL && i < n->taints; i++) {
		struct taint t = {.key = n->taint[i].key, .effect = n->taint[i].effect};

		no_execute |= t.effect == EFFECT_NO_EXECUTE;
		refused |= t.effect == EFFECT_NO_EXECUTE && !tolerates(p->spec, &t);
	}
	rule(w, n != NULL && (no_execute || !n->exists || n->no_execute_until >= w->now - STALE),
	     "a pod is evicted from a node without a NoExecute taint", f->pod);
	rule(w, refused || w->now >= p->tolerates_until, "a pod is evicted before its toleration is over", f->pod);
}

static void toleration(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];

	if (f->kind == FACT_TOLERATION_STARTED) {
		/* One that ran out may start again when the delete never got through. */
		rule(w, !p->deleted && (!p->tolerating || (w->masters_fail && w->now >= p->tolerates_until)),
		     "a toleration starts twice", f->pod);
		p->tolerates_until = time_add(w->now, f->a);
	} else {
		rule(w, p->tolerating, "a toleration is cancelled that did not run", f->pod);
		p->tolerates_until = 0;
	}
	p->tolerating = f->kind == FACT_TOLERATION_STARTED;
}

static void pod_life(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];

	switch (f->kind) {
	case FACT_POD_STARTED:
		rule(w, p->node != NONE && !p->running, "a pod starts without a node, or twice in one life", f->pod);
		rule(w, p->node == NONE || has_power(w, &w->node[p->node]), "a pod starts on a dead machine", f->pod);
		p->running = true;
		break;
	case FACT_POD_SERVING:
		rule(w, p->running && p->serving == (f->flag != 0), "a pod serves that does not run, or twice", f->pod);
		p->serving = f->flag == 0;
		break;
	case FACT_POD_STOPPED:
		rule(w, p->running, "a pod stops that does not run", f->pod);
		rule(w, f->flag != STOP_NODE_DIED || !has_power(w, &w->node[p->node]), "a pod dies with a living node",
		     f->pod);
		p->running = p->serving = false;
		p->running_until = w->now;
		break;
	}
}

static void pod_ready(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];

	rule(w, p->ready != f->flag && !p->removed, "a pod's Ready does not change", f->pod);
	rule(w, !f->flag || (f->a == BY_KUBELET && (p->running || p->running_until >= w->now - TRAVEL)),
	     "a pod is Ready that does not run", f->pod);
	if (p->ready)
		p->ready_until = w->now;
	p->ready = f->flag;
}

static void pod_phase(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];
	bool ended = p->phase == PHASE_SUCCEEDED || p->phase == PHASE_FAILED;

	rule(w, !ended && f->flag > p->phase, "a pod's phase goes backwards", f->pod);
	p->phase = (uint8_t)f->flag;
}

static void address(struct watcher *w, const struct fact *f)
{
	struct seen_pod *p = &w->pod[f->pod];
	bool proxy = f->kind == FACT_PROXY_ADDED || f->kind == FACT_PROXY_REMOVED;
	bool added = f->kind == FACT_PROXY_ADDED || f->kind == FACT_ENDPOINT_ADDED;
	uint32_t *mask = proxy ? &p->proxies : &p->slices, bit = UINT32_C(1) << f->object;

	rule(w, ((*mask & bit) != 0) != added, "an address comes or goes twice", f->pod);
	*mask ^= bit;
	if (f->kind == FACT_ENDPOINT_ADDED)
		rule(w, !p->removed && (p->ready || p->ready_until >= w->now - STALE),
		     "a pod gets traffic that is not Ready", f->pod);
	/* Rules take their time to be written: an address may have left its slice meanwhile. */
	if (f->kind == FACT_ENDPOINT_REMOVED)
		p->left_slice = w->now;
	rule(w,
	     !(proxy && added) || (p->slices & bit) ||
		     p->left_slice >= w->now - TRAVEL - 2 * w->s->timers.proxy_min_sync_period,
	     "kube-proxy knows an address that is in no slice", f->pod);
}

/* Timers of tolerations live in the process's memory. */
static void leader(struct watcher *w, const struct fact *f)
{
	rule(w, w->leads[f->object] != f->flag, "a component leads or loses twice", f->object);
	w->leads[f->object] = f->flag;
	for (uint32_t i = 0; i < w->pods && f->object == COMPONENT_CONTROLLER_MANAGER && !f->flag; i++)
		w->pod[i].tolerating = false;
}

/* ---- the stream ---- */

/* Whether a fact is a change of an object in etcd. A user's scale is done by the action itself. */
static bool is_write(const struct fact *f)
{
	switch (f->kind) {
	case FACT_NODE_READY:
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
	case FACT_NODE_CORDONED:
	case FACT_POD_CREATED:
	case FACT_POD_BOUND:
	case FACT_POD_READY:
	case FACT_POD_PHASE:
	case FACT_POD_DELETED:
	case FACT_POD_REMOVED:
	case FACT_ENDPOINT_ADDED:
	case FACT_ENDPOINT_REMOVED:
		return true;
	default:
		return false;
	}
}

static void etcd_seen(struct watcher *w, const struct fact *f)
{
	if (f->kind == FACT_ETCD_LEADER)
		w->leaderless = f->flag != ETCD_ELECTED && f->flag != ETCD_HAS_SPACE;
	rule(w, !w->leaderless || !is_write(f), "an object changes while etcd has no leader", f->pod);
	if (f->kind == FACT_LEADER && f->flag)
		rule(w, !w->leaderless, "a lock is taken while etcd has no leader", f->object);
}

static void see_one(struct watcher *w, const struct fact *f)
{
	rule(w, f->at >= w->now, "time runs backwards", f->kind);
	w->now = f->at;
	etcd_seen(w, f);
	if (f->pod != FACT_NONE && f->kind != FACT_POD_CREATED && f->kind != FACT_ACTION)
		rule(w, f->pod < w->pods && w->pod[f->pod].known, "a fact about a pod that was not created", f->pod);
	if (w->wrong[0] != '\0')
		return;
	switch ((enum fact_kind)f->kind) {
	case FACT_NODE_ADDED:
		node_added(w, f);
		break;
	case FACT_NODE_REMOVED:
		node_removed(w, f);
		break;
	case FACT_NODE_LABELLED:
		node_labelled(w, f);
		break;
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
		machine(w, f);
		break;
	case FACT_SCALE_UP:
	case FACT_SCALE_DOWN:
		w->machines = w->now;
		break;
	case FACT_NODE_READY:
		node_ready(w, f);
		break;
	case FACT_TAINT_ADDED:
		taint_added(w, f);
		break;
	case FACT_TAINT_REMOVED:
		taint_removed(w, f);
		break;
	case FACT_NODE_FAILED:
	case FACT_NODE_BACK:
		node_truth(w, f);
		break;
	case FACT_NODE_OFF:
		w->node[f->node].shut++;
		break;
	case FACT_HEARTBEAT_BACK:
		w->node[f->node].heartbeat_back = w->now;
		break;
	case FACT_NODE_CORDONED:
		w->node[f->node].cordoned = f->flag;
		w->node[f->node].cordon_changed = w->now;
		break;
	case FACT_WORKLOAD_ADDED:
		workload_added(w, f);
		break;
	case FACT_WORKLOAD_SCALED:
		rule(w, w->workload[f->object].replicas == f->b, "a workload is scaled from what it was not",
		     f->object);
		w->workload[f->object].replicas = f->a;
		break;
	case FACT_WORKLOAD_REMOVED:
		rule(w, !w->workload[f->object].gone, "a workload is removed twice", f->object);
		w->workload[f->object].gone = true;
		break;
	case FACT_JOB_STATE:
		rule(w, !w->workload[f->object].over && !w->workload[f->object].gone, "a Job that is over changes",
		     f->object);
		w->workload[f->object].over = f->flag == JOB_COMPLETE || f->flag == JOB_FAILED;
		break;
	case FACT_DESCHEDULED:
	case FACT_AUTOSCALED:
	case FACT_POD_EVICTED: /* a disk full of images never has room for its pods */
	case FACT_POD_REJECTED:
		w->disturbed = w->now;
		break;
	case FACT_POD_CREATED:
		pod_created(w, f);
		break;
	case FACT_POD_BOUND:
		pod_bound(w, f);
		break;
	case FACT_POD_UNSCHEDULABLE:
		w->pod[f->pod].unschedulable = true;
		break;
	case FACT_POD_DELETED:
		pod_deleted(w, f);
		break;
	case FACT_POD_REMOVED:
		rule(w, w->pod[f->pod].deleted && !w->pod[f->pod].removed, "a pod goes that was not deleted", f->pod);
		w->pod[f->pod].removed = true;
		w->pod[f->pod].ready = false;
		break;
	case FACT_POD_STARTED:
	case FACT_POD_SERVING:
	case FACT_POD_STOPPED:
		pod_life(w, f);
		break;
	case FACT_POD_READY:
		pod_ready(w, f);
		break;
	case FACT_POD_PHASE:
		pod_phase(w, f);
		break;
	case FACT_TOLERATION_STARTED:
	case FACT_TOLERATION_CANCELLED:
		toleration(w, f);
		break;
	case FACT_ENDPOINT_ADDED:
	case FACT_ENDPOINT_REMOVED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
		address(w, f);
		break;
	case FACT_LEADER:
		leader(w, f);
		break;
	case FACT_VOLUME_HELD:
	case FACT_VOLUME_MOUNTED:
		w->pod[f->pod].held = f->kind == FACT_VOLUME_HELD;
		break;
	default:
		break;
	}
}

static void see(void *state, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		see_one(state, &facts[i]);
}

/* ---- at rest ---- */

/* Whether the node is one on which the pod may be placed, were there room. */
static bool admits(const struct watcher *w, uint32_t node, const struct seen_pod *p)
{
	const struct seen_node *n = &w->node[node];
	struct taint cordon = {.key = w->unschedulable, .effect = EFFECT_NO_SCHEDULE};

	if (!n->exists || n->ready != READY_TRUE)
		return false;
	if (n->cordoned && !is_daemon(w, p) && !tolerates(p->spec, &cordon))
		return false;
	for (uint32_t i = 0; i < n->taints; i++) {
		struct taint t = {.key = n->taint[i].key, .effect = n->taint[i].effect};

		if (t.effect != EFFECT_PREFER_NO_SCHEDULE && !tolerates(p->spec, &t))
			return false;
	}
	for (uint32_t i = 0; i < p->spec->node_selector.count; i++) {
		const struct label *l = &p->spec->node_selector.item[i];

		if (labels_get(&n->labels, l->key, NULL) != l->value)
			return false;
	}
	return true;
}

static bool has_room(const struct watcher *w, uint32_t node, const struct pod_spec *spec)
{
	const struct resources *a = &w->s->objects.node[node].allocatable;
	int64_t cpu = spec->request.cpu_milli, mem = spec->request.mem_bytes, pods = 1;

	for (uint32_t i = 0; i < w->pods; i++) {
		const struct seen_pod *p = &w->pod[i];

		if (p->removed || p->node != node || finished(p))
			continue;
		cpu += p->spec->request.cpu_milli;
		mem += p->spec->request.mem_bytes;
		pods++;
	}
	return (cpu <= a->cpu_milli || spec->request.cpu_milli == 0) &&
	       (mem <= a->mem_bytes || spec->request.mem_bytes == 0) && pods <= a->pods;
}

static void check_nodes(struct watcher *w)
{
	for (uint32_t i = 0; i < w->s->objects.node_count; i++) {
		const struct seen_node *n = &w->node[i];
		bool cordon_taint = false;

		if (!n->exists)
			continue;
		rule(w, n->ready == READY_TRUE, "a healed node is not Ready in the end", i);
		for (uint32_t t = 0; t < n->taints; t++) {
			rule(w, n->taint[t].key != w->not_ready && n->taint[t].key != w->unreachable,
			     "a healed node keeps its taint", i);
			cordon_taint |= n->taint[t].key == w->unschedulable;
		}
		rule(w, cordon_taint == n->cordoned, "a cordoned node has no taint, or another one has", i);
	}
}

/* Pods that name a claim may share it with others, on a node that alone can have it: those elsewhere wait for ever. */
static bool shares_a_claim(const struct seen_pod *p)
{
	for (uint32_t i = 0; i < p->spec->volume_count; i++)
		if (p->spec->volume[i].kind == POD_VOLUME_CLAIM)
			return true;
	return false;
}

/* Daemon pods are pinned, and their nodes are looked at in check_daemons(). */
static void check_pod(struct watcher *w, uint32_t i)
{
	const struct seen_pod *p = &w->pod[i];

	rule(w, !p->deleted, "a pod is terminating for ever", i);
	rule(w, p->node == NONE || w->node[p->node].exists, "a pod of a node that does not exist stays", i);
	if (finished(p))
		return;
	if (p->node != NONE) {
		rule(w, p->held || shares_a_claim(p) || (p->ready && p->running && p->serving),
		     "a pod on a healthy node is not Ready in the end", i);
		return;
	}
	rule(w, p->unschedulable, "a pod waits, and the scheduler has not said why", i);
	/* Volumes keep pods away from nodes; whether they may is for the model's own invariants. */
	for (uint32_t n = 0; n < w->s->objects.node_count && !is_daemon(w, p) && p->spec->volume_count == 0; n++)
		rule(w, !admits(w, n, p) || !has_room(w, n, p->spec), "a pod waits although a node has room", i);
}

static bool selects(const struct service_object *s, const struct labels *l)
{
	for (uint32_t i = 0; i < s->selector.count; i++)
		if (labels_get(l, s->selector.item[i].key, NULL) != s->selector.item[i].value)
			return false;
	return s->has_selector;
}

static void check_addresses(struct watcher *w, uint32_t i)
{
	const struct seen_pod *p = &w->pod[i];
	uint32_t wanted = 0;

	for (uint32_t s = 0; s < w->s->objects.service_count; s++)
		if (!p->removed && p->ready && !p->deleted && !finished(p) &&
		    selects(&w->s->objects.service[s], p->labels))
			wanted |= UINT32_C(1) << s;
	rule(w, p->slices == wanted, "slices and ready pods differ in the end", i);
	rule(w, p->proxies == wanted, "kube-proxies and ready pods differ in the end", i);
}

static void check_daemons(struct watcher *w, uint32_t row)
{
	struct seen_pod like = {.spec = w->s->objects.workload[row].spec, .workload = row};

	for (uint32_t n = 0; n < w->s->objects.node_count; n++) {
		uint32_t here = 0;

		for (uint32_t i = 0; i < w->pods; i++)
			here += w->pod[i].workload == row && !w->pod[i].removed && w->pod[i].node == n &&
				w->pod[i].ready;
		rule(w, here <= 1, "two daemon pods on one node", n);
		if (here == 0)
			rule(w, !admits(w, n, &like) || !has_room(w, n, like.spec), "a node lacks its daemon pod", n);
	}
}

/* What a controller owes: all its pods, or one that waits for room and so holds it up. */
static void check_workload(struct watcher *w, uint32_t row)
{
	const struct workload_object *o = &w->s->objects.workload[row];
	uint32_t there = 0, waiting = 0;

	for (uint32_t i = 0; i < w->pods; i++) {
		const struct seen_pod *p = &w->pod[i];

		if (p->workload != row || p->removed || finished(p))
			continue;
		there++;
		waiting += p->node == NONE || p->held || shares_a_claim(p);
	}
	if (o->kind == WORKLOAD_DAEMON_SET)
		check_daemons(w, row);
	else if (o->kind == WORKLOAD_JOB)
		rule(w, waiting > 0 || w->workload[row].over, "a Job is not over in the end", row);
	else if (waiting == 0 && o->kind != WORKLOAD_CRON_JOB)
		rule(w, there == w->workload[row].replicas, "a workload has not its wanted number of pods in the end",
		     row);
}

static void check_end(struct watcher *w)
{
	check_nodes(w);
	if (w->disturbed > w->now - SECONDS(300))
		return;
	for (uint32_t i = 0; i < w->pods; i++) {
		if (!w->pod[i].removed)
			check_pod(w, i);
		check_addresses(w, i);
	}
	/* What a quota keeps out is not known here. */
	for (uint32_t i = 0; i < w->s->objects.workload_count && w->s->objects.quota_count == 0; i++)
		check_workload(w, i);
	/* A control plane that never lost its lead has told nothing. */
	for (int i = COMPONENT_CONTROLLER_MANAGER; i <= COMPONENT_SCHEDULER; i++)
		rule(w, w->leads[i], "a component does not lead in the end", (uint32_t)i);
}

/* ---- runs ---- */

static void subscribe(struct run *r, void *context)
{
	struct watcher *w = context;

	w->names = &r->names;
	w->not_ready = names_intern(&r->names, "node.kubernetes.io/not-ready");
	w->unreachable = names_intern(&r->names, "node.kubernetes.io/unreachable");
	w->unschedulable = names_intern(&r->names, "node.kubernetes.io/unschedulable");
	facts_subscribe(&r->facts, (struct fact_reader){see, w});
}

static void run_one(uint64_t seed)
{
	struct watcher w = {.seed = seed, .leads = {true, true, true}};
	struct text text;
	struct loaded l;
	struct run r;

	text_init(&text, &w.arena);
	swarm_scenario(&text, seed, false);
	if (getenv("NODEFALL_SWARM_PRINT") != NULL)
		printf("%s", text.data);
	load_text(&l, text.data, NULL, 0);
	if (l.result != 0)
		fail_msg("seed %" PRIu64 ": %s", seed, l.said.data);
	w.s = &l.scenario;
	for (uint32_t i = 0; i < w.s->failure_count; i++)
		w.masters_fail |= w.s->failure[i].masters != 0 || w.s->failure[i].leader != 0;
	w.node = ARENA_NEW(&w.arena, l.scenario.objects.node_count, struct seen_node);
	for (uint32_t i = 0; i < l.scenario.objects.node_count; i++) {
		const struct labels *from = &l.scenario.objects.node[i].meta.labels;

		w.node[i].off = l.scenario.objects.node[i].absent;
		w.node[i].labels.item = ARENA_NEW(&w.arena, from->count + 1, struct label); /* and a zone */
		w.node[i].labels.count = from->count;
		memcpy(w.node[i].labels.item, from->item, from->count * sizeof(struct label));
	}
	assert_true(world_run(&r, &l.scenario, l.scenario.seed, 0, false, subscribe, &w, NULL));
	w.now = r.now;
	/* A machine on its way, or a node being emptied, is no rest. */
	if (w.wrong[0] == '\0' && w.now - w.machines > SECONDS(900))
		check_end(&w);
	run_release(&r);
	unload(&l);
	arena_release(&w.arena);
	if (w.wrong[0] != '\0')
		fail_msg("%s", w.wrong);
}

static void a_swarm_of_clusters_keeps_the_rules(void **state)
{
	const char *from = getenv("NODEFALL_SWARM_SEED"), *count = getenv("NODEFALL_SWARM_COUNT");
	uint64_t first = from != NULL ? strtoull(from, NULL, 0) : 1;
	uint64_t runs = count != NULL ? strtoull(count, NULL, 0) : DEFAULT_COUNT;

	(void)state;
	for (uint64_t i = 0; i < runs; i++) {
		/* Said before the run: a broken invariant of the model ends the program. */
		print_message("swarm seed %" PRIu64 "\n", first + i);
		run_one(first + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_swarm_of_clusters_keeps_the_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
