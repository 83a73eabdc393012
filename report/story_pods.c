/* story_pods.c - sentences about pods, their containers and their volumes. */
#include <inttypes.h>

#include "report/story_parts.h"

void story_pod_deleted(struct story *s, const struct line *l, struct text *t)
{
	static const char *const why[] = {
		[DELETE_TAINT] = "",
		[DELETE_SCALE_DOWN] = "scaled down",
		[DELETE_EVICTION] = "evicted through the API",
		[DELETE_USER] = "asked for by the scenario",
		[DELETE_ROLLOUT] = "replaced by a rollout",
		[DELETE_KUBELET] = "",
		[DELETE_FAILED] = "it had failed, its controller makes another",
		[DELETE_NO_NODE] = "its node no longer exists",
		[DELETE_PREEMPTED] = "preempted for a pod of higher priority",
		[DELETE_OWNER_GONE] = "garbage collected after its owner",
		[DELETE_JOB_OVER] = "its Job is over or suspended",
		[DELETE_POD_GC] = "removed by the pod garbage collector: its node is gone or out of service",
	};
	const uint32_t victim = s->o->pod[l->first.pod].victim_of;
	char time[TIME_TEXT_MAX];

	story_pods(s, l, t);
	text_add(t, " deleted: ");
	if (l->first.flag != DELETE_TAINT) {
		text_add(t, l->first.flag < sizeof(why) / sizeof(why[0]) ? why[l->first.flag] : "?");
		return;
	}
	text_add(t, "the NoExecute taint was tolerated");
	/* From the times, for the legs of a run that goes on are not walked yet. */
	const struct recovery *r = victim < s->o->recoveries ? &s->o->recovery[victim] : NULL;
	if (r != NULL && r->time[RT_NOEXECUTE_TAINT] != SIM_NEVER && r->time[RT_POD_DELETED] != SIM_NEVER)
		text_printf(t, " for %s, which ran out",
			    story_time(r->time[RT_POD_DELETED] - r->time[RT_NOEXECUTE_TAINT], time));
	else
		text_add(t, " no longer");
}

void story_pod_created(struct story *s, const struct line *l, struct text *t)
{
	const struct outcome_pod *p = &s->o->pod[l->first.pod];
	const enum workload_kind kind = outcome_owner_kind(s->o, l->first.pod);

	const enum workload_kind maker = kind == WORKLOAD_DEPLOYMENT ? WORKLOAD_REPLICA_SET
					 : kind == WORKLOAD_CRON_JOB ? WORKLOAD_JOB
								     : kind;

	story_pods(s, l, t);
	text_add(t, " created");
	if (kind != WORKLOAD_NONE)
		text_printf(t, " by the %s controller", workload_kind_name(maker));
	if (p->replacing >= s->o->recoveries)
		return;
	if (l->count > 1)
		text_add(t, " in the place of lost ones");
	else
		text_printf(t, " in the place of %s", outcome_pod_name(s->o, s->o->recovery[p->replacing].pod));
}

static void on_node(const struct story *s, const struct line *l, struct text *t, const char *word)
{
	if (l->count == 1 && l->first.node != FACT_NONE)
		text_printf(t, " %s %s", word, outcome_node_name(s->o, l->first.node));
}

void story_pod(struct story *s, const struct line *l, struct text *t)
{
	static const char *const stopped[] = {"lost with the node", "terminated", "completed"};
	const struct fact *f = &l->first;
	char time[TIME_TEXT_MAX];

	if (f->kind == FACT_EVICTION_REFUSED && l->count > 1)
		text_printf(t, "%" PRIu32 " evictions refused (429), the disruption budget is used up", l->count);
	else
		story_pods(s, l, t);
	switch (f->kind) {
	case FACT_POD_BOUND:
		text_add(t, " scheduled");
		on_node(s, l, t, "to");
		break;
	case FACT_POD_UNSCHEDULABLE:
		text_printf(t, " cannot be scheduled: %s",
			    f->object != FACT_NONE ? outcome_name(s->o, f->object) : "no node fits");
		break;
	case FACT_POD_PULLED:
		text_add(t, ": images pulled in ");
		story_range(l, t);
		break;
	case FACT_POD_STARTED:
		text_add(t, f->flag > 0 ? ": containers restarted" : ": containers started");
		break;
	case FACT_POD_STOPPED:
		text_printf(t, ": containers %s", f->flag < 3 ? stopped[f->flag] : "gone");
		break;
	case FACT_POD_READY:
		text_add(t, f->flag ? " Ready" : " not Ready");
		on_node(s, l, t, "on");
		if (!f->flag && f->a == BY_NODE_CONTROLLER)
			text_add(t, ": marked by the node lifecycle controller");
		break;
	case FACT_POD_PHASE:
		text_add(t, f->flag == PHASE_SUCCEEDED ? " succeeded" : " failed");
		if (f->a != POD_REASON_NONE)
			text_printf(t, ": %s", pod_reason_name((uint32_t)f->a));
		break;
	case FACT_POD_REMOVED:
		text_add(t, " gone from the API server");
		break;
	case FACT_TOLERATION_STARTED:
		text_printf(t, ": tolerationSeconds of %s start", time_print(f->a, time));
		break;
	case FACT_TOLERATION_CANCELLED:
		text_add(t, ": timer stopped, no NoExecute taint is left");
		break;
	case FACT_EVICTION_REFUSED:
		if (l->count == 1)
			text_add(t, ": eviction refused (429), the disruption budget is used up");
		break;
	default:
		break;
	}
}

/* A container of one pod, or of several. */
void story_container(struct story *s, const struct line *l, struct text *t)
{
	static const char *const probe[PROBE_KINDS] = {"startup", "liveness", "readiness"};
	const struct fact *f = &l->first;
	const char *name = outcome_name(s->o, f->object);
	char time[TIME_TEXT_MAX];

	story_pods(s, l, t);
	text_printf(t, ": container %s", name);
	switch (f->kind) {
	case FACT_CONTAINER_STARTED:
		text_printf(t, " restarted, restart %u", (unsigned)f->flag);
		break;
	case FACT_CONTAINER_EXITED:
		text_printf(t, " ended after ");
		story_range(l, t);
		text_printf(t, ": exit code %" PRId64 ", %s", f->a, container_reason_name(f->flag));
		break;
	case FACT_CONTAINER_WAITS:
		text_printf(t, " waits: %s, back-off %s", container_reason_name(f->flag), time_print(f->b, time));
		break;
	default:
		text_printf(t, " fails its %s probe, %s after it ceased to answer; it %s",
			    f->flag < PROBE_KINDS ? probe[f->flag] : "?", story_time(f->at - f->b, time),
			    f->a ? "is killed" : "gets no traffic");
		break;
	}
}

void story_volume(const struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;
	bool made = f->kind == FACT_VOLUME_PROVISIONED;
	const char *zone = made ? outcome_name(s->o, (uint32_t)f->b) : "";

	if (l->count > 1)
		text_printf(t, "%" PRIu32 " claims", l->count);
	else
		text_printf(t, "claim %s", outcome_name(s->o, f->object));
	if (!made) {
		text_printf(t, ": bound to %s, ", l->count > 1 ? "volumes" : outcome_name(s->o, (uint32_t)f->a));
	} else {
		text_printf(t, ": volume%s made", l->count > 1 ? "s" : "");
		if (zone[0] != '\0')
			text_printf(t, " in zone %s", zone);
		text_add(t, ", ");
	}
	story_range(l, t);
	text_add(t, " after the claim");
}

/* Volumes on their way to nodes and from them, and pods that wait for that. */
void story_attachment(struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;
	bool held = f->kind == FACT_VOLUME_HELD;

	if (held || f->kind == FACT_VOLUME_MOUNTED) {
		story_pods(s, l, t);
		text_add(t, held ? ": ContainerCreating, Multi-Attach error: volume still attached to "
				 : ": volumes mounted, waited for ");
		if (held)
			text_add(t, outcome_node_name(s->o, (uint32_t)f->a));
		else
			story_range(l, t);
		return;
	}
	if (l->count > 1)
		text_printf(t, "%" PRIu32 " volumes", l->count);
	else
		text_printf(t, "volume %s", outcome_name(s->o, f->object));
	text_printf(t, "%s %s", f->kind == FACT_VOLUME_ATTACHED ? " attached to" : " detached from",
		    outcome_node_name(s->o, f->node));
	if (f->flag)
		text_add(t, " by force: nobody there has said that it is unmounted");
}
