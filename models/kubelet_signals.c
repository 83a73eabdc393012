/* kubelet_signals.c - memory, disk and processes of a node, and who uses most above what it asked for.
 *
 * A node has one filesystem: nodefs and imagefs are the same. What is reserved of memory, beyond the hard threshold, is
 * what the system uses. */
#include "models/kubelet_signals.h"

#include <math.h>

#include "models/kubelet_admit.h"
#include "models/image.h"
#include "models/usage.h"

/* Processes of the system itself, a guess. */
#define SYSTEM_PIDS 200.0

enum usage signal_usage(enum eviction_signal s)
{
	return s == SIGNAL_MEMORY ? USAGE_MEMORY : s == SIGNAL_PID ? USAGE_PIDS : USAGE_DISK;
}

double signal_limit(const struct eviction_threshold *t, double capacity)
{
	return t->share ? t->value * capacity : t->value;
}

double signal_capacity(const struct world *w, uint32_t node, enum eviction_signal s)
{
	const struct node_object *o = w->cluster.node[node].object;

	if (s == SIGNAL_MEMORY)
		return (double)o->capacity.mem_bytes;
	return s == SIGNAL_PID ? (double)w->scenario->kubelet.pid_max : (double)image_disk_capacity(w, node);
}

/* What is not the pods': reserved and not for the threshold, and the node's images. */
static double used_by_system(struct world *w, uint32_t node, enum eviction_signal s)
{
	const struct node_object *o = w->cluster.node[node].object;
	double reserved, threshold;

	if (s == SIGNAL_PID)
		return SYSTEM_PIDS;
	if (s != SIGNAL_MEMORY)
		return (double)image_disk_beside_pods(w, node);
	threshold = signal_limit(&w->scenario->kubelet.hard[s], signal_capacity(w, node, s));
	reserved = (double)(o->capacity.mem_bytes - o->allocatable.mem_bytes);
	return reserved > threshold ? reserved - threshold : 0;
}

struct signal_value signal_observe(struct world *w, uint32_t node, enum eviction_signal s)
{
	struct signal_value v = {.capacity = signal_capacity(w, node, s)};

	v.available = v.capacity - used_by_system(w, node, s);
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		v.available -= usage_of_pod(w, p, signal_usage(s));
	v.available = v.available > 0 ? v.available : 0;
	return v;
}

bool signal_may_fall(struct world *w, uint32_t node, enum eviction_signal s, double limit, sim_time *never_before)
{
	enum usage u = signal_usage(s);
	double most = used_by_system(w, node, s), capacity = signal_capacity(w, node, s), growth = 0, one;
	bool varies = false;

	*never_before = w->run->now;
	if (capacity <= 0)
		return false;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		most += usage_most(w, p, u);
		varies |= usage_varies(w, p, u, &one);
		growth += one;
	}
	if (capacity - most >= limit)
		return false;
	if (varies)
		return true;
	double above = signal_observe(w, node, s).available - limit;
	if (above < 0)
		return true;
	if (growth <= 0)
		return false;
	*never_before = time_add(w->run->now, time_from_seconds(above / growth));
	return true;
}

sim_time signal_first_step(struct world *w, uint32_t node)
{
	double left = signal_observe(w, node, SIGNAL_MEMORY).available;
	sim_time first = SIM_NEVER;

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node)
		for (uint32_t i = 0; usage_alive(w, p) && i < spec_containers(w->cluster.pod[p].spec); i++) {
			double now = usage_of_container(w, p, i, USAGE_MEMORY);
			sim_time at = usage_passes(w, p, i, USAGE_MEMORY, now + left);

			first = at > w->run->now && at < first ? at : first;
		}
	return first;
}

/* ---- ranking ---- */

struct rank {
	bool exceeds;
	int32_t priority;
	double much; /* above the request; of processes, all */
};

double signal_request(const struct pod_spec *s, enum eviction_signal signal)
{
	enum usage u = signal_usage(signal);

	return u == USAGE_MEMORY ? (double)s->request.mem_bytes : u == USAGE_DISK ? (double)s->request.disk_bytes : 0;
}

static struct rank rank_of(struct world *w, uint32_t pod, enum eviction_signal s)
{
	const struct pod_spec *spec = w->cluster.pod[pod].spec;
	enum usage u = signal_usage(s);
	double used = usage_of_pod(w, pod, u), request = signal_request(spec, s);

	return (struct rank){s != SIGNAL_PID && used > request, spec->priority, used - request};
}

static bool before(struct rank a, struct rank b)
{
	if (a.exceeds != b.exceeds)
		return a.exceeds;
	return a.priority != b.priority ? a.priority < b.priority : a.much > b.much;
}

/* activePods: admitted, and neither ended nor about to. */
static bool may_go(const struct world *w, uint32_t pod)
{
	const struct pod_truth *t = &w->cluster.pod_truth[pod];

	return t->stage > STAGE_NONE && t->stage < STAGE_STOPPING && !kubelet_critical(w, pod);
}

uint32_t signal_victim(struct world *w, uint32_t node, enum eviction_signal s)
{
	uint32_t first = NONE;
	struct rank best = {0};

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		struct rank r;

		if (!may_go(w, p))
			continue;
		r = rank_of(w, p, s);
		if (first == NONE || before(r, best)) {
			first = p;
			best = r;
		}
	}
	return first;
}

uint32_t signal_grower(struct world *w, uint32_t node, enum eviction_signal s)
{
	uint32_t first = NONE;
	double most = 0, fastest = 0;

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const double used = usage_of_pod(w, p, signal_usage(s));
		double growth = 0;

		usage_varies(w, p, signal_usage(s), &growth);
		if (used <= 0 || growth < fastest || (growth <= fastest && used <= most))
			continue;
		first = p;
		fastest = growth;
		most = used;
	}
	return first;
}

/* The sum of the limits of local disk that are set, 0 when none is (podEphemeralStorageLimitEviction). */
static double disk_limit_of_pod(const struct pod_spec *s)
{
	double sum = 0;

	for (uint32_t i = 0; i < spec_containers(s); i++)
		sum += (double)spec_container(s, i)->disk_limit;
	return sum;
}

uint32_t signal_over_disk_limit(struct world *w, uint32_t node, double *used, double *limit)
{
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct pod_spec *s = w->cluster.pod[p].spec;

		if (!may_go(w, p) || disk_limit_of_pod(s) <= 0)
			continue;
		*limit = disk_limit_of_pod(s);
		*used = usage_of_pod(w, p, USAGE_DISK);
		if (*used > *limit)
			return p;
		for (uint32_t i = 0; i < spec_containers(s); i++) {
			*limit = (double)spec_container(s, i)->disk_limit;
			*used = *limit > 0 ? usage_of_container(w, p, i, USAGE_DISK) : 0;
			if (*used > *limit)
				return p;
		}
	}
	return NONE;
}

/* When a container may pass its own limit, or alone what its pod's limit leaves; both by what is known of its use. */
static sim_time may_pass(struct world *w, uint32_t pod, uint32_t i)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	double own = (double)spec_container(s, i)->disk_limit, now = usage_of_container(w, pod, i, USAGE_DISK), most;
	double left = disk_limit_of_pod(s) - usage_of_pod(w, pod, USAGE_DISK);
	sim_time at = own > 0 ? usage_passes(w, pod, i, USAGE_DISK, own) : SIM_NEVER, all;
	bool many = spec_containers(s) > 1;

	if (!many)
		return at;
	/* Several that grow together pass it sooner than each alone: each is looked at as if it had its share. */
	most = left > 0 ? now + left / (double)spec_containers(s) : now;
	all = left < 0 ? w->run->now : usage_passes(w, pod, i, USAGE_DISK, most);
	return all < at ? all : at;
}

bool signal_over_disk_possible(struct world *w, uint32_t node, sim_time *never_before)
{
	*never_before = SIM_NEVER;
	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct pod_spec *s = w->cluster.pod[p].spec;

		for (uint32_t i = 0; may_go(w, p) && disk_limit_of_pod(s) > 0 && i < spec_containers(s); i++) {
			sim_time at = may_pass(w, p, i);

			*never_before = at < *never_before ? at : *never_before;
		}
	}
	return *never_before != SIM_NEVER;
}

/* ---- the kernel ---- */

/* oom_score_adj (pkg/kubelet/qos/policy.go). */
static double oom_adjustment(const struct world *w, uint32_t pod, uint32_t i, double capacity)
{
	const struct pod_spec *s = w->cluster.pod[pod].spec;
	double adjustment = 1000 - 1000 * (double)spec_container(s, i)->request.mem_bytes / capacity;

	if (kubelet_critical(w, pod) || s->qos == QOS_GUARANTEED)
		return -997;
	if (s->qos == QOS_BEST_EFFORT)
		return 1000;
	return adjustment < 3 ? 3 : adjustment > 999 ? 999 : adjustment;
}

uint32_t signal_oom_victim(struct world *w, uint32_t node, uint32_t *pod)
{
	double capacity = signal_capacity(w, node, SIGNAL_MEMORY), worst = -INFINITY;
	uint32_t victim = NONE;

	for (uint32_t p = w->cluster.node[node].first_pod; p != NONE; p = w->cluster.pod[p].next_on_node) {
		const struct container_truth *t = w->cluster.pod_truth[p].container;

		for (uint32_t i = 0; t != NULL && i < spec_containers(w->cluster.pod[p].spec); i++) {
			double badness;

			if (t[i].state != CONTAINER_RUNNING || t[i].dying)
				continue;
			badness = oom_adjustment(w, p, i, capacity) +
				  1000 * usage_of_container(w, p, i, USAGE_MEMORY) / capacity;
			if (badness > worst) {
				worst = badness;
				victim = i;
				*pod = p;
			}
		}
	}
	return victim;
}
