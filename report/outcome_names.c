/* outcome_names.c - what the rows of an outcome are called, and who owns a pod. */
#include "report/outcome.h"

#include <string.h>

const char *recovery_time_name(enum recovery_time t)
{
	static const char *const name[RECOVERY_TIMES] = {
		"failed",           "last_heartbeat", "node_unknown",
		"noschedule_taint", "pod_not_ready",  "endpoint_removed",
		"noexecute_taint",  "pod_deleted",    "replacement_created",
		"scheduled",        "sandbox_ready",  "image_pulled",
		"started",          "ready",          "endpoint_added",
	};
	return name[t];
}

const char *leg_name(enum leg l)
{
	static const char *const name[LEGS] = {"detection", "taint", "toleration", "recreation", "scheduling",
					       "pull",      "start", "readiness",  "total"};
	return name[l];
}

const char *load_resource_name(enum load_resource r)
{
	static const char *const name[LOAD_RESOURCES] = {"cpu_requested", "memory_requested", "pods"};
	return name[r];
}

const char *load_window_name(enum load_window w)
{
	static const char *const name[LOAD_WINDOWS] = {"whole", "before", "during", "after"};
	return name[w];
}

const char *outcome_name(const struct outcome *o, uint32_t name)
{
	return names_text(&o->run->names, name);
}

const char *outcome_node_name(const struct outcome *o, uint32_t node)
{
	return node < o->nodes ? outcome_name(o, o->node[node].name) : "?";
}

const char *outcome_pod_name(const struct outcome *o, uint32_t pod)
{
	return pod < o->pods ? outcome_name(o, o->pod[pod].name) : "?";
}

static const struct outcome_workload *owner(const struct outcome *o, uint32_t pod)
{
	const uint32_t row = pod < o->pods ? o->pod[pod].owner : FACT_NONE;

	if (row >= o->workloads || !o->workload[row].known)
		return NULL;
	return &o->workload[o->workload[row].maker != FACT_NONE ? o->workload[row].maker : row];
}

uint32_t outcome_owner_name(const struct outcome *o, uint32_t pod)
{
	const struct outcome_workload *w = owner(o, pod);
	return w != NULL ? w->name : 0;
}

const char *outcome_pod_namespace(const struct outcome *o, uint32_t pod)
{
	const struct outcome_workload *w = owner(o, pod);
	const struct objects *in = &o->scenario->objects;

	if (w != NULL)
		return outcome_name(o, w->namespace);
	for (uint32_t i = 0; pod < o->pods && i < in->pod_count; i++)
		if (in->pod[i].meta.name == o->pod[pod].name)
			return outcome_name(o, in->pod[i].meta.namespace);
	return "default";
}

const char *outcome_owner_text(const struct outcome *o, uint32_t pod, struct arena *a)
{
	const struct outcome_workload *w = owner(o, pod);

	if (w != NULL)
		return text_format(a, "%s/%s", workload_kind_name(w->kind), outcome_name(o, w->name));
	if (pod >= o->pods || o->pod[pod].owner == FACT_NONE)
		return "";
	/* A ReplicaSet that a Deployment made and no fact named: its pods carry its name before the last dash. */
	const char *name = outcome_pod_name(o, pod);
	const char *dash = strrchr(name, '-');
	return text_format(a, "ReplicaSet/%.*s", (int)(dash != NULL ? dash - name : (long)strlen(name)), name);
}

const char *outcome_failure_name(const struct outcome *o, uint32_t failure)
{
	return failure < o->failures && o->failure[failure].name != NULL ? o->failure[failure].name : "?";
}

struct failure outcome_failure_asked(const struct outcome *o, uint32_t failure)
{
	const struct scenario *s = o->scenario;
	const struct outcome_failure *f;

	if (failure < s->failure_count)
		return s->failure[failure];
	if (failure >= o->failures || !o->failure[failure].struck)
		return (struct failure){0};
	f = &o->failure[failure];
	const struct failure_source *source = &s->source[f->source];
	const struct failure_subject *subject = &source->subject[f->subject];
	return (struct failure){.kind = f->kind,
				.at = f->at,
				.node_count = subject->node_count,
				.node = subject->node,
				.masters = subject->masters,
				.component = source->component,
				.factor = source->factor};
}

enum workload_kind outcome_owner_kind(const struct outcome *o, uint32_t pod)
{
	const struct outcome_workload *w = owner(o, pod);

	if (w != NULL)
		return w->kind;
	return pod < o->pods && o->pod[pod].owner != FACT_NONE ? WORKLOAD_REPLICA_SET : WORKLOAD_NONE;
}

bool outcome_is_replaced(const struct outcome *o, uint32_t pod)
{
	switch (outcome_owner_kind(o, pod)) {
	case WORKLOAD_DEPLOYMENT:
	case WORKLOAD_REPLICA_SET:
	case WORKLOAD_STATEFUL_SET:
	case WORKLOAD_JOB:
	case WORKLOAD_CRON_JOB:
		return true;
	default:
		return false;
	}
}

const char *outcome_gap_name(enum outcome_gaps g)
{
	static const char *const name[GAPS] = {"no_api_server", "no_etcd_leader", "no_controller_manager",
					       "no_scheduler"};

	return name[g];
}
