/*
 * descheduler.c - kubernetes-sigs/descheduler: evicts pods that would be placed otherwise today; their controllers make
 * others, and the scheduler places those. Not a part of Kubernetes: off unless the scenario turns it on.
 *
 * Every `interval` all strategies are tried in the order given (kube-scheduler.md 7.6). Pods go through the eviction
 * API, so disruption budgets hold; a refused pod is left until the next round. As upstream's default evictor it leaves
 * alone pods of DaemonSets, bare pods and system-critical ones.
 */
#include "policies/parts/descheduler.h"

#include <string.h>

#include "policies/parts/fit.h"
#include "sim/field.h"

/* system-cluster-critical and above. */
#define CRITICAL 2000000000

static int64_t workers(const struct timers *t, int kubernetes)
{
	(void)t;
	(void)kubernetes;
	return 1;
}

/* ---- evicting ---- */

bool descheduler_fits_elsewhere(const struct descheduler *d, uint32_t pod)
{
	const struct pod *p = &d->view->pod[pod];
	const struct fit_kept none = {0};

	for (uint32_t i = 0; i < d->view->nodes.count; i++)
		if (i != p->node && fit_is_allowed(d->view, p, i) && fit_has_room(d->view, p->spec, i, &none))
			return true;
	return false;
}

bool descheduler_may_evict(const struct descheduler *d, uint32_t pod)
{
	const struct pod *p = &d->view->pod[pod];

	if (!p->exists || p->deleting || p->node == NONE || p->workload == NONE || d->evicted[pod] ||
	    p->spec->priority >= CRITICAL || d->view->workload[p->workload].kind == WORKLOAD_DAEMON_SET)
		return false;
	return !d->options->node_fit || p->phase == PHASE_FAILED || descheduler_fits_elsewhere(d, pod);
}

bool descheduler_evict(struct descheduler *d, uint32_t pod)
{
	const struct descheduler_options *o = d->options;
	uint32_t node = d->view->pod[pod].node;
	struct api_call call = api_call(API_EVICT_POD);
	struct fact f = {
		.kind = FACT_DESCHEDULED, .flag = d->strategy->kind, .node = node, .pod = pod, .object = FACT_NONE};

	if (!descheduler_may_evict(d, pod) || (o->max_per_node > 0 && d->on_node[node] >= o->max_per_node) ||
	    (o->max_total > 0 && d->total >= o->max_total))
		return false;
	d->evicted[pod] = true;
	d->on_node[node]++;
	d->total++;
	call.pod = pod;
	decide_tell(d->call->out, f);
	decide_call(d->call->out, call);
	return true;
}

/* ---- a round ---- */

static void (*const run[DESCHEDULINGS])(struct descheduler *d) = {
	[LOW_NODE_UTILIZATION] = deschedule_low_utilization,  [HIGH_NODE_UTILIZATION] = deschedule_high_utilization,
	[REMOVE_DUPLICATES] = deschedule_duplicates,          [VIOLATING_TOPOLOGY_SPREAD] = deschedule_spread,
	[VIOLATING_NODE_AFFINITY] = deschedule_affinity,      [VIOLATING_NODE_TAINTS] = deschedule_taints,
	[VIOLATING_ANTI_AFFINITY] = deschedule_anti_affinity, [POD_LIFE_TIME] = deschedule_old,
	[TOO_MANY_RESTARTS] = deschedule_restarted,           [REMOVE_FAILED_PODS] = deschedule_failed,
};

#define UNSET                                                                                                          \
	{                                                                                                              \
		-1, -1, -1                                                                                             \
	}

/* Those of the Helm chart's values, recalled. */
static const struct strategy defaults[] = {
	{.kind = REMOVE_DUPLICATES},
	{.kind = TOO_MANY_RESTARTS, .restarts = 100},
	{.kind = VIOLATING_NODE_AFFINITY},
	{.kind = VIOLATING_NODE_TAINTS},
	{.kind = VIOLATING_ANTI_AFFINITY},
	{.kind = VIOLATING_TOPOLOGY_SPREAD},
	{.kind = LOW_NODE_UTILIZATION, .threshold = {20, 20, 20}, .target = {50, 50, 50}},
};

static void timer(struct control_call *c, uint32_t key, uint32_t arg)
{
	const struct descheduler_options *o = c->options;
	struct arena scratch = {0};
	struct descheduler d = {.call = c, .view = c->view, .options = o, .scratch = &scratch};
	uint32_t count = o->count > 0 ? o->count : sizeof(defaults) / sizeof(defaults[0]);

	(void)key;
	(void)arg;
	d.evicted = ARENA_NEW(&scratch, c->view->pod_count, bool);
	d.on_node = ARENA_NEW(&scratch, c->view->nodes.count, int32_t);
	for (uint32_t i = 0; i < count; i++) {
		d.strategy = o->count > 0 ? &o->strategy[i] : &defaults[i];
		run[d.strategy->kind](&d);
	}
	decide_timer(c->out, c->now + o->interval, 0, 0);
	arena_release(&scratch);
}

static void start(struct control_call *c)
{
	const struct descheduler_options *o = c->options;

	/* At time 0 it has been running for long; else it begins with a round. */
	decide_timer(c->out, c->now == 0 ? (sim_time)(rng_unit(c->rng) * (double)o->interval) : c->now, 0, 0);
}

/* ---- options ---- */

/* In the order of enum descheduling. */
static const char *const kinds[] = {"LowNodeUtilization",
				    "HighNodeUtilization",
				    "RemoveDuplicates",
				    "RemovePodsViolatingTopologySpreadConstraint",
				    "RemovePodsViolatingNodeAffinity",
				    "RemovePodsViolatingNodeTaints",
				    "RemovePodsViolatingInterPodAntiAffinity",
				    "PodLifeTime",
				    "RemovePodsHavingTooManyRestarts",
				    "RemoveFailedPods",
				    NULL};

#define PERCENT(key, at)                                                                                               \
	{                                                                                                              \
		.name = key, .kind = FIELD_DOUBLE, .offset = (at) * sizeof(double), .low = 0, .high = 100              \
	}
static const struct field percent_fields[] = {PERCENT("cpu", USAGE_OF_CPU),
					      PERCENT("memory", USAGE_OF_MEMORY),
					      PERCENT("pods", USAGE_OF_PODS),
					      {.name = NULL}};

static bool read_percents(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	return field_read_map(c, percent_fields, value, (char *)object + f->offset, f->name);
}

#define AT(member) offsetof(struct strategy, member)

static const struct field strategy_fields[] = {
	{.name = "name", .kind = FIELD_ENUM, .offset = AT(kind), .choices = kinds},
	{.name = "thresholds", .kind = FIELD_CUSTOM, .offset = AT(threshold), .read = read_percents},
	{.name = "targetThresholds", .kind = FIELD_CUSTOM, .offset = AT(target), .read = read_percents},
	{.name = "useDeviationThresholds", .kind = FIELD_BOOL, .offset = AT(deviation)},
	{.name = "numberOfNodes", .kind = FIELD_INT32, .offset = AT(nodes), .low = 0, .high = 1e6},
	{.name = "maxPodLifeTimeSeconds", .kind = FIELD_TIME, .offset = AT(age), .low = 0, .high = 1e9},
	{.name = "minPodLifetimeSeconds", .kind = FIELD_TIME, .offset = AT(age), .low = 0, .high = 1e9},
	{.name = "podRestartThreshold", .kind = FIELD_INT32, .offset = AT(restarts), .low = 1, .high = 1e6},
	{.name = "softConstraints", .kind = FIELD_BOOL, .offset = AT(soft)},
	{.name = NULL}};

static bool has_percents(const double *x)
{
	return x[USAGE_OF_CPU] >= 0 || x[USAGE_OF_MEMORY] >= 0 || x[USAGE_OF_PODS] >= 0;
}

/* What a strategy cannot do without. */
static const char *lacking(const struct strategy *s)
{
	if ((s->kind == LOW_NODE_UTILIZATION || s->kind == HIGH_NODE_UTILIZATION) && !has_percents(s->threshold))
		return "thresholds";
	if (s->kind == LOW_NODE_UTILIZATION && !has_percents(s->target))
		return "targetThresholds";
	if (s->kind == POD_LIFE_TIME && s->age == 0)
		return "maxPodLifeTimeSeconds";
	if (s->kind == TOO_MANY_RESTARTS && s->restarts == 0)
		return "podRestartThreshold";
	return NULL;
}

static bool read_strategy(struct field_context *c, const struct yaml_node *node, struct strategy *s)
{
	bool fine;

	*s = (struct strategy){.threshold = UNSET, .target = UNSET};
	if (node->kind == YAML_SCALAR) {
		fine = field_read(c, &strategy_fields[0], node, s);
	} else {
		fine = field_read_map(c, strategy_fields, node, s, "a strategy");
		if (fine && yaml_is_null(yaml_get(node, "name"))) {
			diag_error(c->diag, yaml_mark(node), "a strategy needs a name");
			fine = false;
		}
	}
	if (!fine || !lacking(s))
		return fine;
	diag_error(c->diag, yaml_mark(node), "%s needs %s", kinds[s->kind], lacking(s));
	return false;
}

static bool read_strategies(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct descheduler_options *o = object;
	bool fine = true;

	if (!field_want_list(c, value, f->name))
		return false;
	if (value->count > STRATEGIES_MAX) {
		diag_error(c->diag, yaml_mark(value), "more than %d strategies", STRATEGIES_MAX);
		return false;
	}
	for (uint32_t i = 0; i < value->count; i++)
		fine &= read_strategy(c, value->item[i], &o->strategy[o->count++]);
	return fine;
}

#define OPTION(member) offsetof(struct descheduler_options, member)

static const struct field fields[] = {
	{.name = "interval",
	 .kind = FIELD_TIME,
	 .offset = OPTION(interval),
	 .fallback = "5m",
	 .low = 1,
	 .high = 1e8,
	 .meaning = "time from one round to the next",
	 .source = "deschedulingInterval of the Helm chart, recalled"},
	{.name = "nodeFit",
	 .kind = FIELD_BOOL,
	 .offset = OPTION(node_fit),
	 .fallback = "false",
	 .meaning = "evict only pods that would fit on another node",
	 .source = "descheduler, default evictor"},
	{.name = "maxNoOfPodsToEvictPerNode",
	 .kind = FIELD_INT32,
	 .offset = OPTION(max_per_node),
	 .fallback = "0",
	 .low = 0,
	 .high = 1e6,
	 .unit = "pods",
	 .meaning = "limit of a round; 0: none"},
	{.name = "maxNoOfPodsToEvictTotal",
	 .kind = FIELD_INT32,
	 .offset = OPTION(max_total),
	 .fallback = "0",
	 .low = 0,
	 .high = 1e6,
	 .unit = "pods",
	 .meaning = "limit of a round; 0: none"},
	{.name = "strategies",
	 .kind = FIELD_CUSTOM,
	 .read = read_strategies,
	 .type = "list of names, or of maps {name, thresholds, targetThresholds, ...} with the plugin's parameters",
	 .meaning = "what is tried, in this order; by default what the Helm chart turns on"},
	{.name = NULL}};

const struct controller control_descheduler = {
	.info = {.name = "descheduler",
		 .summary = "evicts pods that would be placed otherwise today, every few minutes"},
	.optional = true,
	.options = fields,
	.options_size = sizeof(struct descheduler_options),
	.client = "descheduler",
	.workers = workers,
	.start = start,
	.timer = timer,
};
