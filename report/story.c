/*
 * story.c - from facts to sentences.
 *
 * A line stands for one fact or for several of the same kind, flag and group (the pods of one owner, the endpoints of
 * one service, nodes) that follow each other within TOGETHER. It is worded only when printed, from its first fact and
 * the range of one number of all of them.
 */
#include "report/story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/story_controllers.h"

/* Above the 10 s between two nodes tainted at the default eviction rate of 0.1/s, so that a zone's taints are one line.
 */
#define TOGETHER SECONDS(15)
#define LOOK_BACK 48
#define WIDTH 100
#define INDENT 22

struct line {
	struct fact first;
	sim_time until;
	uint32_t group, count;
	int64_t low, high;
	uint8_t rank; /* 0 matters most */
};

struct story {
	const struct outcome *o;
	struct arena arena;
	bool settled;
	struct line *line;
	uint32_t lines, capacity;
};

const char *story_time(sim_time t, char buffer[TIME_TEXT_MAX])
{
	const sim_time unit = llabs(t) < SECONDS(10) ? MILLIS(10) : MILLIS(100);

	if (t == SIM_NEVER)
		return strcpy(buffer, "-");
	return time_print((t + (t < 0 ? -unit : unit) / 2) / unit * unit, buffer);
}

void story_wrap(struct text *out, const char *s, int indent)
{
	size_t length = strlen(s);

	while (length > (size_t)(WIDTH - indent)) {
		size_t cut = (size_t)(WIDTH - indent);
		while (cut > 0 && s[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		text_add_n(out, s, cut);
		text_printf(out, "\n%*s", indent, "");
		s += cut + 1;
		length -= cut + 1;
	}
	text_printf(out, "%s\n", s);
}

/* How much a fact matters to the reader; 0xff: not told. */
static uint8_t rank_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
	case FACT_NODE_READY:
	case FACT_ZONE_STATE:
	case FACT_ACTION:
	case FACT_DRAIN_DONE:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_WORKLOAD_SCALED:
	case FACT_NODE_ADDED:
	case FACT_NODE_REMOVED:
	case FACT_WORKLOAD_REMOVED:
	case FACT_SCALE_UP:
	case FACT_SCALE_DOWN:
	case FACT_SCALE_HELD:
		return 0;
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
	case FACT_NODE_LABELLED:
	case FACT_API_SERVER:
	case FACT_NODE_BACK:
	case FACT_NODE_CORDONED:
	case FACT_POD_DELETED:
	case FACT_POD_UNSCHEDULABLE:
	case FACT_EVICTION_REFUSED:
	case FACT_POD_CREATED:
	case FACT_VOLUME_PROVISIONED:
		return 1;
	case FACT_TAINT_ADDED:
		return f->flag == EFFECT_NO_EXECUTE ? 0 : 2;
	case FACT_POD_READY:
		return f->flag ? 1 : 2;
	case FACT_TOLERATION_CANCELLED:
	case FACT_TAINT_REMOVED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_POD_REMOVED:
		return 2;
	case FACT_CONTAINER_UNHEALTHY:
		return 1;
	case FACT_CONTAINER_EXITED:
		/* 143: it was asked to end */
		return f->flag == REASON_COMPLETED || f->a == 143 ? 4 : 1;
	case FACT_CONTAINER_WAITS:
		return 2;
	case FACT_CONTAINER_STARTED:
		return f->flag > 0 ? 2 : 0xff;
	case FACT_POD_BOUND:
	case FACT_TOLERATION_STARTED:
	case FACT_HEARTBEAT_BACK:
	case FACT_CLAIM_BOUND:
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
	case FACT_VOLUME_MOUNTED:
	case FACT_VOLUME_HELD:
		return 3;
	case FACT_POD_STARTED:
	case FACT_POD_STOPPED:
		return 4;
	case FACT_POD_PULLED:
		return f->flag ? 4 : 0xff;
	case FACT_POD_PHASE:
		return f->flag == PHASE_SUCCEEDED || f->flag == PHASE_FAILED ? 3 : 0xff;
	default:
		return story_controllers_rank(f);
	}
}

/* What facts of one kind and flag must share to become one line. */
static uint32_t group_of(const struct outcome *o, const struct fact *f)
{
	switch (f->kind) {
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_ZONE_STATE:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_API_SERVER:
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
	case FACT_EVICTION_REFUSED:
		return f->object;
	case FACT_POD_UNSCHEDULABLE: /* one owner and one reason */
		return (f->pod < o->pods ? o->pod[f->pod].owner : FACT_NONE) * 31 + f->object;
	case FACT_ACTION:
		return (uint32_t)f->c;
	case FACT_WORKLOAD_REMOVED:
	case FACT_SCALE_UP:
	case FACT_SCALE_HELD:
	case FACT_MACHINE_ON:
	case FACT_NODE_LABELLED:
		return f->object;
	case FACT_DRAIN_DONE:
		return f->node;
	case FACT_CONTAINER_UNHEALTHY:
	case FACT_CONTAINER_EXITED:
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_STARTED: /* one owner and one container */
		return (f->pod < o->pods ? o->pod[f->pod].owner != FACT_NONE ? o->pod[f->pod].owner : f->pod + 1000003
					 : FACT_NONE) *
			       31 +
		       f->object;
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
		return f->node;
	case FACT_VOLUME_PROVISIONED: /* one zone */
		return (uint32_t)f->b;
	default:
		if (story_controllers_by_object(f))
			return f->object;
		return f->pod < o->pods ? o->pod[f->pod].owner : FACT_NONE;
	}
}

/* The number whose range a line tells. */
static int64_t number_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_TAINT_ADDED:
		return f->a > 0 && f->a <= f->at ? f->at - f->a : 0;
	case FACT_POD_PULLED:
		return f->a + f->b;
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_EXITED:
		return f->b;
	case FACT_VOLUME_PROVISIONED:
	case FACT_CLAIM_BOUND:
		return f->c;
	default:
		return f->a;
	}
}

/* How far apart facts of one line may be: what alternates with its refusal, or changes step by step, is told step by
 * step. */
static sim_time together(const struct fact *f)
{
	if (f->kind == FACT_WORKLOAD_SCALED || f->kind == FACT_AUTOSCALED)
		return -1;
	return f->kind == FACT_POD_DELETED && f->flag == DELETE_EVICTION ? SECONDS(1) : TOGETHER;
}

/* What happens to one pod again and again is told each time. */
static bool repeats(const struct fact *f)
{
	return f->kind == FACT_POD_READY || f->kind == FACT_CONTAINER_STARTED || f->kind == FACT_CONTAINER_EXITED ||
	       f->kind == FACT_CONTAINER_WAITS || f->kind == FACT_CONTAINER_UNHEALTHY;
}

static void add(struct story *s, const struct fact *f)
{
	const uint8_t rank = rank_of(f);
	const uint32_t group = group_of(s->o, f);
	const int64_t number = number_of(f);

	if (rank == 0xff)
		return;
	for (uint32_t back = 1; back <= LOOK_BACK && back <= s->lines; back++) {
		struct line *l = &s->line[s->lines - back];
		if (l->first.kind == FACT_FAILURE_STRUCK && f->kind != FACT_FAILURE_STRUCK)
			break; /* what came before a failure is not told with what came after it */
		if (l->first.kind != f->kind || l->first.flag != f->flag || l->group != group ||
		    f->at - l->until > together(f))
			continue;
		if (repeats(f) && l->first.pod == f->pod)
			break;
		l->until = f->at;
		l->count++;
		l->low = number < l->low ? number : l->low;
		l->high = number > l->high ? number : l->high;
		return;
	}
	ARENA_RESERVE(&s->arena, s->line, s->capacity, s->lines + 1, struct line);
	s->line[s->lines++] = (struct line){*f, f->at, group, 1, number, number, rank};
}

static void see(void *state, const struct fact *facts, size_t count)
{
	struct story *s = state;

	for (size_t i = 0; i < count; i++) {
		if (facts[i].kind == FACT_SETTLED)
			s->settled = true;
		else if (s->settled)
			add(s, &facts[i]);
	}
}

static void pods(struct story *s, const struct line *l, struct text *t)
{
	if (l->count == 1) {
		text_add(t, outcome_pod_name(s->o, l->first.pod));
		return;
	}
	const char *owner = outcome_owner_text(s->o, l->first.pod, &s->arena);
	text_printf(t, "%" PRIu32 " pods%s%s", l->count, owner[0] != '\0' ? " of " : "", owner);
}

static void nodes(const struct story *s, const struct line *l, struct text *t)
{
	text_add(t, outcome_node_name(s->o, l->first.node));
	if (l->count > 1)
		text_printf(t, " and %" PRIu32 " more node%s", l->count - 1, l->count > 2 ? "s" : "");
}

static void range(const struct line *l, struct text *t)
{
	char low[TIME_TEXT_MAX], high[TIME_TEXT_MAX];

	story_time(l->low, low);
	story_time(l->high, high);
	text_printf(t, strcmp(low, high) == 0 ? "%s" : "%s to %s", low, high);
}

void failure_hosts(const struct scenario *s, const struct failure *f, struct text *out)
{
	char name[HOST_NAME_MAX_LENGTH];
	bool more = false;

	if (f->leader != 0)
		text_printf(out, "the machine that leads %s", component_name((enum component)(f->leader - 1)));
	for (uint32_t h = 0; h < scenario_hosts(s); h++) {
		if (!(f->masters >> h & 1))
			continue;
		text_printf(out, "%s%s", more ? ", " : "", scenario_host_name(s, h, name));
		more = true;
	}
}

static void master_failure(const struct story *s, const struct failure *f, const char *begins, struct text *t)
{
	failure_hosts(s->o->scenario, f, t);
	if (f->kind == FAILURE_COMPONENT_CRASH || f->kind == FAILURE_COMPONENT_STOP)
		text_printf(t, ": %s %s", component_name((enum component)f->component), begins);
	else if (f->kind == FAILURE_PARTITION && f->node_count > 0)
		text_printf(t, ": no connection with %s%s", outcome_node_name(s->o, f->node[0]),
			    f->node_count > 1 ? " and more nodes" : "");
	else if (f->kind == FAILURE_PARTITION)
		text_add(t, ": no connection with the other masters");
	else if (f->kind == FAILURE_ETCD_SLOW_DISK)
		text_printf(t, ": %s, fsync takes %.6g times as long", begins, f->factor);
	else
		text_printf(t, " %s", begins);
}

static void failure(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const begins[] = {
		[FAILURE_NODE_CRASH] = "dead: power is lost, its containers are gone",
		[FAILURE_KUBELET_STOP] = "silent: the kubelet stops, containers go on",
		[FAILURE_PARTITION] = "cut off from the masters, containers go on",
		[FAILURE_REBOOT] = "rebooting: containers are gone until it is back",
		[FAILURE_RUNTIME_STOP] = "without its container runtime: nothing is started, stopped or seen",
		[FAILURE_CONTROL_PLANE] = "the masters are out of reach of everyone, containers go on",
		[FAILURE_MASTER_CRASH] = "loses power, with every process of the control plane on it",
		[FAILURE_COMPONENT_CRASH] = "crashes; the kubelet there restarts it",
		[FAILURE_COMPONENT_STOP] = "stopped",
		[FAILURE_ETCD_SLOW_DISK] = "the disk under etcd is slow",
	};
	const struct scenario *asked = s->o->scenario;
	const uint32_t row = l->first.object;

	if (l->first.kind == FACT_FAILURE_HEALED) {
		text_printf(t, "failure %s is over", outcome_failure_name(s->o, row));
		return;
	}
	/* Of a zone that may grow, the machines that are there. */
	const uint32_t count = row < asked->failure_count ? (uint32_t)l->first.a : 0;
	if (row < asked->failure_count && (asked->failure[row].masters != 0 || asked->failure[row].leader != 0)) {
		master_failure(s, &asked->failure[row], begins[l->first.flag], t);
		text_printf(t, " (%s)", outcome_failure_name(s->o, row));
		return;
	}
	if (count > 0)
		text_add(t, outcome_node_name(s->o, asked->failure[row].node[0]));
	if (count > 1)
		text_printf(t, " and %" PRIu32 " more node%s", count - 1, count > 2 ? "s" : "");
	text_printf(t, "%s%s (%s)", count > 0 ? " " : "",
		    l->first.flag < sizeof(begins) / sizeof(begins[0]) ? begins[l->first.flag] : "fails",
		    outcome_failure_name(s->o, row));
}

static void node_ready(const struct story *s, const struct line *l, struct text *t)
{
	char limit[TIME_TEXT_MAX];

	nodes(s, l, t);
	if (l->first.flag == READY_UNKNOWN) {
		text_add(t, " Ready=Unknown: no heartbeat for ");
		range(l, t);
		text_printf(t, ", limit %s", time_print(l->first.b, limit));
	} else if (l->first.flag == READY_TRUE) {
		text_printf(t, " Ready=True%s",
			    l->first.b == 0 ? ": its kubelet has set it up" : ": the kubelet reports again");
	} else {
		text_add(t, " Ready=False: its container runtime does not answer its kubelet");
	}
}

static void taint(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const effect[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};
	const char *key = outcome_name(s->o, l->first.object);
	const char *slash = strrchr(key, '/');

	nodes(s, l, t);
	text_printf(t, "%s %s:%s", l->first.kind == FACT_TAINT_REMOVED ? " loses taint" : " tainted",
		    slash != NULL ? slash + 1 : key, l->first.flag < 4 ? effect[l->first.flag] : "?");
	if (l->first.kind == FACT_TAINT_REMOVED)
		return;
	if (l->first.flag == EFFECT_NO_SCHEDULE)
		text_add(t, ": no new pods");
	if (l->first.flag == EFFECT_NO_EXECUTE && slash != NULL &&
	    (strcmp(slash, "/unreachable") == 0 || strcmp(slash, "/not-ready") == 0)) {
		text_add(t, ": one monitor pass after the condition changed");
		if (l->high > SECONDS(1)) {
			text_add(t, ", then up to ");
			struct line only = *l;
			only.low = only.high;
			range(&only, t);
			text_add(t, " in the queue for the zone's eviction rate");
		}
	}
}

static void pod_deleted(struct story *s, const struct line *l, struct text *t)
{
	static const char *const why[] = {
		[DELETE_TAINT] = "",
		[DELETE_SCALE_DOWN] = "scaled down",
		[DELETE_EVICTION] = "evicted through the API",
		[DELETE_USER] = "asked for by the scenario",
		[DELETE_ROLLOUT] = "replaced by a rollout",
		[DELETE_NO_NODE] = "its node no longer exists",
		[DELETE_PREEMPTED] = "preempted for a pod of higher priority",
		[DELETE_OWNER_GONE] = "garbage collected after its owner",
		[DELETE_JOB_OVER] = "its Job is over or suspended",
		[DELETE_POD_GC] = "removed by the pod garbage collector: its node is gone or out of service",
	};
	const uint32_t victim = s->o->pod[l->first.pod].victim_of;
	char time[TIME_TEXT_MAX];

	pods(s, l, t);
	text_add(t, " deleted: ");
	if (l->first.flag != DELETE_TAINT) {
		text_add(t, l->first.flag < sizeof(why) / sizeof(why[0]) ? why[l->first.flag] : "?");
		return;
	}
	text_add(t, "the NoExecute taint was tolerated");
	if (victim < s->o->recoveries && s->o->recovery[victim].leg[LEG_TOLERATION] != SIM_NEVER)
		text_printf(t, " for %s, which ran out", story_time(s->o->recovery[victim].leg[LEG_TOLERATION], time));
	else
		text_add(t, " no longer");
}

static void pod_created(struct story *s, const struct line *l, struct text *t)
{
	const struct outcome_pod *p = &s->o->pod[l->first.pod];
	const enum workload_kind kind = outcome_owner_kind(s->o, l->first.pod);

	const enum workload_kind maker = kind == WORKLOAD_DEPLOYMENT ? WORKLOAD_REPLICA_SET
					 : kind == WORKLOAD_CRON_JOB ? WORKLOAD_JOB
								     : kind;

	pods(s, l, t);
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

static void pod(struct story *s, const struct line *l, struct text *t)
{
	static const char *const stopped[] = {"lost with the node", "terminated", "completed"};
	const struct fact *f = &l->first;
	char time[TIME_TEXT_MAX];

	if (f->kind == FACT_EVICTION_REFUSED && l->count > 1)
		text_printf(t, "%" PRIu32 " evictions refused (429), the disruption budget is used up", l->count);
	else
		pods(s, l, t);
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
		range(l, t);
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
static void container(struct story *s, const struct line *l, struct text *t)
{
	static const char *const probe[PROBE_KINDS] = {"startup", "liveness", "readiness"};
	const struct fact *f = &l->first;
	const char *name = outcome_name(s->o, f->object);
	char time[TIME_TEXT_MAX];

	pods(s, l, t);
	text_printf(t, ": container %s", name);
	switch (f->kind) {
	case FACT_CONTAINER_STARTED:
		text_printf(t, " restarted, restart %u", (unsigned)f->flag);
		break;
	case FACT_CONTAINER_EXITED:
		text_printf(t, " ended after ");
		range(l, t);
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

static void zone(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const state[] = {"Initial", "Normal", "PartialDisruption", "FullDisruption"};
	const struct fact *f = &l->first;
	const char *name = outcome_name(s->o, f->object);

	text_printf(t, "zone %s: %s, %" PRId64 " of %" PRId64 " nodes not Ready; NoExecute taints at %.3g nodes/s",
		    name[0] != '\0' ? name : "(none)", f->flag < 4 ? state[f->flag] : "?", f->a, f->a + f->b,
		    (double)f->c / 1e6);
}

static const char *workload_name(const struct story *s, uint32_t row)
{
	return row < s->o->workloads ? outcome_name(s->o, s->o->workload[row].name) : "?";
}

static void volume(const struct story *s, const struct line *l, struct text *t)
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
	range(l, t);
	text_add(t, " after the claim");
}

/* Volumes on their way to nodes and from them, and pods that wait for that. */
static void attachment(struct story *s, const struct line *l, struct text *t)
{
	const struct fact *f = &l->first;
	bool held = f->kind == FACT_VOLUME_HELD;

	if (held || f->kind == FACT_VOLUME_MOUNTED) {
		pods(s, l, t);
		text_add(t, held ? ": ContainerCreating, Multi-Attach error: volume still attached to "
				 : ": volumes mounted, waited for ");
		if (held)
			text_add(t, outcome_node_name(s->o, (uint32_t)f->a));
		else
			range(l, t);
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

static void nodes_change(const struct story *s, const struct line *l, struct text *t);

/* What has no pod, or words of its own. */
static void other(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const component[] = {"API server", "controller manager", "scheduler"};
	static const char *const refusal[ACTION_REFUSALS] = {
		[ACTION_UNREACHABLE] = "the API server cannot be reached",
		[ACTION_DAEMON_PODS] = "cannot delete DaemonSet-managed pods (use --ignore-daemonsets to ignore)",
		[ACTION_BARE_PODS] = "cannot delete pods that declare no controller (use --force to override)",
		[ACTION_TIMED_OUT] = "its --timeout is over",
		[ACTION_NOT_FOUND] = "there is no such object (NotFound)",
		[ACTION_EXISTS] = "it has another value, and --overwrite is false",
		[ACTION_NO_HISTORY] = "no such revision in the rollout history",
	};
	const struct fact *f = &l->first;
	char host[HOST_NAME_MAX_LENGTH], time[TIME_TEXT_MAX];

	switch (f->kind) {
	case FACT_NODE_BACK:
		nodes(s, l, t);
		if (f->object < s->o->failures && s->o->failure[f->object].kind == FAILURE_RUNTIME_STOP)
			text_add(t, f->flag ? " still held by a failure" : " has its container runtime again");
		else
			text_add(t, f->flag ? " still held by another failure"
					    : " back: the cause of its silence is gone");
		break;
	case FACT_HEARTBEAT_BACK:
		nodes(s, l, t);
		text_add(t, ": first heartbeat after the silence");
		break;
	case FACT_NODE_CORDONED:
		nodes(s, l, t);
		text_add(t, f->flag ? " cordoned" : " uncordoned");
		break;
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
		text_printf(t, "service %s: traffic to ",
			    f->object < s->o->services ? outcome_name(s->o, s->o->service[f->object].name) : "?");
		if (l->count == 1)
			text_add(t, outcome_pod_name(s->o, f->pod));
		else
			text_printf(t, "%" PRIu32 " endpoints", l->count);
		text_add(t, f->kind == FACT_PROXY_ADDED ? " begins" : " ends");
		break;
	case FACT_LEADER:
		text_add(t, f->object < 3 ? component[f->object] : "?");
		if (s->o->scenario->masters > 1)
			text_printf(t, " on %s", scenario_host_name(s->o->scenario, (uint32_t)f->a, host));
		text_add(t, f->flag ? (s->o->scenario->masters > 1
					       ? " takes over, and acts once its informers are synced"
					       : " leads again, and acts once its informers are synced")
				    : " no longer acts");
		break;
	case FACT_ETCD_LEADER:
		if (f->flag == ETCD_NO_SPACE || f->flag == ETCD_HAS_SPACE)
			text_printf(
				t,
				f->flag == ETCD_NO_SPACE
					? "etcd raises the alarm NOSPACE: its quota is used up at %.1f MiB, nothing "
					  "can be written"
					: "etcd is defragmented to %.1f MiB and its alarm disarmed",
				(double)f->b / 1048576);
		else if (f->flag == ETCD_ELECTED)
			text_printf(t, "etcd elects %s; writes waited for %s",
				    scenario_host_name(s->o->scenario, f->object, host), story_time(f->a, time));
		else
			text_add(t,
				 f->flag == ETCD_NO_QUORUM
					 ? "etcd has lost its quorum: nothing can be written until a majority is back"
					 : "etcd has lost its leader: writes wait for an election");
		break;
	case FACT_API_SERVER:
		text_printf(t, "the API server on %s %s", scenario_host_name(s->o->scenario, f->object, host),
			    f->flag ? "answers again" : "no longer answers");
		break;
	case FACT_WORKLOAD_SCALED:
		text_printf(t, "%s scaled from %" PRId64 " to %" PRId64, workload_name(s, f->object), f->b, f->a);
		break;
	case FACT_ACTION:
		text_printf(t, "action: kubectl %s", outcome_name(s->o, (uint32_t)f->c));
		if (f->b > 0 && f->b < ACTION_REFUSALS)
			text_printf(t, " fails: %s", refusal[f->b]);
		break;
	case FACT_DRAIN_DONE:
		nodes(s, l, t);
		text_add(t, " drained");
		break;
	case FACT_WORKLOAD_REMOVED:
		text_printf(t, "%s deleted%s", workload_name(s, f->object),
			    f->flag ? "; its pods become orphans" : "; its pods follow");
		break;
	default:
		nodes_change(s, l, t);
		break;
	}
}

/* Machines and Node objects that come and go, and who decided it. */
static void nodes_change(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const why[] = {"unneeded for long", "not Ready for long", "it did not register in time"};
	static const char *const held[] = {"backs off: a machine did not come", "is at its largest size",
					   "too many nodes are not Ready"};
	const struct fact *f = &l->first;
	char time[TIME_TEXT_MAX];

	switch (f->kind) {
	case FACT_NODE_ADDED:
		nodes(s, l, t);
		text_add(t, " registered: no pods until it is Ready");
		break;
	case FACT_NODE_REMOVED:
		nodes(s, l, t);
		text_add(t, ": Node object deleted; pods bound to it are orphans");
		break;
	case FACT_NODE_LABELLED:
		nodes(s, l, t);
		text_printf(t, f->flag ? " labelled %s=%s" : " loses label %s", outcome_name(s->o, f->object),
			    f->flag ? outcome_name(s->o, (uint32_t)f->a) : "");
		break;
	case FACT_MACHINE_ON:
		nodes(s, l, t);
		if (f->a > f->at)
			text_printf(t, ": machine asked for, boots in %s", story_time(f->a - f->at, time));
		else
			text_add(t, ": machine switched on");
		break;
	case FACT_MACHINE_OFF:
		nodes(s, l, t);
		text_add(t, ": machine given back");
		break;
	case FACT_SCALE_UP:
		text_printf(t,
			    "cluster autoscaler: group %s grows by %" PRId64 " to %" PRId64 " nodes, for %" PRId64
			    " unschedulable pod%s",
			    outcome_name(s->o, f->object), f->a, f->b, f->c, f->c == 1 ? "" : "s");
		break;
	case FACT_SCALE_DOWN:
		text_add(t, "cluster autoscaler: takes away ");
		nodes(s, l, t);
		text_printf(t, ": %s", f->flag < 3 ? why[f->flag] : "?");
		break;
	case FACT_SCALE_HELD:
		if (f->object != FACT_NONE)
			text_printf(t, "cluster autoscaler: group %s %s", outcome_name(s->o, f->object),
				    f->flag < 3 ? held[f->flag] : "?");
		else
			text_printf(t, "cluster autoscaler: does nothing, %s", f->flag < 3 ? held[f->flag] : "?");
		break;
	default:
		break;
	}
}

static void say(struct story *s, const struct line *l, struct text *t)
{
	switch (l->first.kind) {
	case FACT_FAILURE_STRUCK:
	case FACT_FAILURE_HEALED:
		failure(s, l, t);
		break;
	case FACT_NODE_READY:
		node_ready(s, l, t);
		break;
	case FACT_TAINT_ADDED:
	case FACT_TAINT_REMOVED:
		taint(s, l, t);
		break;
	case FACT_ZONE_STATE:
		zone(s, l, t);
		break;
	case FACT_POD_DELETED:
		pod_deleted(s, l, t);
		break;
	case FACT_POD_CREATED:
		pod_created(s, l, t);
		break;
	case FACT_VOLUME_PROVISIONED:
	case FACT_CLAIM_BOUND:
		volume(s, l, t);
		break;
	case FACT_VOLUME_ATTACHED:
	case FACT_VOLUME_DETACHED:
	case FACT_VOLUME_HELD:
	case FACT_VOLUME_MOUNTED:
		attachment(s, l, t);
		break;
	case FACT_NODE_BACK:
	case FACT_HEARTBEAT_BACK:
	case FACT_NODE_CORDONED:
	case FACT_PROXY_ADDED:
	case FACT_PROXY_REMOVED:
	case FACT_LEADER:
	case FACT_ETCD_LEADER:
	case FACT_API_SERVER:
	case FACT_WORKLOAD_SCALED:
	case FACT_ACTION:
	case FACT_DRAIN_DONE:
	case FACT_WORKLOAD_REMOVED:
	case FACT_NODE_ADDED:
	case FACT_NODE_REMOVED:
	case FACT_NODE_LABELLED:
	case FACT_MACHINE_ON:
	case FACT_MACHINE_OFF:
	case FACT_SCALE_UP:
	case FACT_SCALE_DOWN:
	case FACT_SCALE_HELD:
		other(s, l, t);
		break;
	case FACT_CONTAINER_STARTED:
	case FACT_CONTAINER_EXITED:
	case FACT_CONTAINER_WAITS:
	case FACT_CONTAINER_UNHEALTHY:
		container(s, l, t);
		break;
	default:
		if (story_controllers_rank(&l->first) != 0xff) {
			struct text who;

			text_init(&who, &s->arena);
			if (l->first.pod < s->o->pods)
				pods(s, l, &who);
			story_controllers_say(s->o, &l->first, who.data, t);
			break;
		}
		pod(s, l, t);
		break;
	}
}

/* The failure a reader thinks of at the instant `at`: the last that had struck; SIM_NEVER if none had. */
static sim_time reference(const struct outcome *o, sim_time at)
{
	sim_time last = SIM_NEVER;

	for (uint32_t i = 0; i < o->failures; i++)
		if (o->failure[i].struck && o->failure[i].at <= at && (last == SIM_NEVER || o->failure[i].at > last))
			last = o->failure[i].at;
	return last;
}

static void print_line(struct story *s, const struct line *l, struct text *out)
{
	char at[TIME_TEXT_MAX], relative[TIME_TEXT_MAX] = "", until[TIME_TEXT_MAX];
	const sim_time since = reference(s->o, l->first.at);
	struct text t;

	text_init(&t, &s->arena);
	say(s, l, &t);
	if (l->until - l->first.at >= MILLIS(10))
		text_printf(&t, " (within %s)", story_time(l->until - l->first.at, until));
	if (since != SIM_NEVER)
		story_time(l->first.at - since, relative);
	text_printf(out, "%10s %9s  ", story_time(l->first.at, at),
		    since != SIM_NEVER ? text_format(&s->arena, "+%s", relative) : "");
	story_wrap(out, t.data, INDENT);
}

static int by_rank(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x < y ? -1 : x > y; /* lines are in time order */
}

static int by_time(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;
	return x < y ? -1 : x > y;
}

void story_print(const struct outcome *o, struct text *out)
{
	struct story s = {.o = o};

	facts_each(&o->run->facts, (struct fact_reader){.see = see, .state = &s});
	const struct line **kept = ARENA_NEW(&s.arena, s.lines, const struct line *);
	for (uint32_t i = 0; i < s.lines; i++)
		kept[i] = &s.line[i];
	const uint32_t count = s.lines > STORY_LINES ? STORY_LINES : s.lines;
	if (s.lines > STORY_LINES)
		qsort(kept, s.lines, sizeof(kept[0]), by_rank);
	qsort(kept, count, sizeof(kept[0]), by_time);
	for (uint32_t i = 0; i < count; i++)
		print_line(&s, kept[i], out);
	if (s.lines == 0)
		text_printf(out, "%*sNothing happened.\n", INDENT, "");
	if (s.lines > count)
		text_printf(out, "%*s(%" PRIu32 " less important lines left out; -o events shows everything)\n", INDENT,
			    "", s.lines - count);
	arena_release(&s.arena);
}
