/* story_cluster.c - sentences about failures, nodes, masters and zones. */
#include <inttypes.h>
#include <string.h>

#include "report/story_parts.h"

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

void story_failure(const struct story *s, const struct line *l, struct text *t)
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
		[FAILURE_NODE_SHUTDOWN] = "shutting down in order",
		[FAILURE_DISK] = "dead: its disk fails, its containers are gone",
		[FAILURE_SPOT_INTERRUPTION] = "gone: the cloud takes the machine",
		[FAILURE_CONTAINER_CRASH] = "its container crashes",
	};
	const uint32_t row = l->first.object;
	const struct failure asked = outcome_failure_asked(s->o, row);

	if (l->first.kind == FACT_FAILURE_HEALED) {
		text_printf(t, "failure %s is over", outcome_failure_name(s->o, row));
		return;
	}
	/* Of a zone that may grow, the machines that are there. */
	const uint32_t count = (uint32_t)l->first.a;
	if (asked.masters != 0 || asked.leader != 0) {
		master_failure(s, &asked, begins[l->first.flag], t);
		text_printf(t, " (%s)", outcome_failure_name(s->o, row));
		return;
	}
	if (count > 0)
		text_add(t, outcome_node_name(s->o, asked.node[0]));
	if (count > 1)
		text_printf(t, " and %" PRIu32 " more node%s", count - 1, count > 2 ? "s" : "");
	text_printf(t, "%s%s (%s)", count > 0 ? " " : "",
		    l->first.flag < sizeof(begins) / sizeof(begins[0]) ? begins[l->first.flag] : "fails",
		    outcome_failure_name(s->o, row));
}

void story_node_ready(const struct story *s, const struct line *l, struct text *t)
{
	char limit[TIME_TEXT_MAX];

	story_nodes(s, l, t);
	if (l->first.flag == READY_UNKNOWN) {
		text_add(t, " Ready=Unknown: no heartbeat for ");
		story_range(l, t);
		text_printf(t, ", limit %s", time_print(l->first.b, limit));
	} else if (l->first.flag == READY_TRUE) {
		text_printf(t, " Ready=True%s",
			    l->first.b == 0 ? ": its kubelet has set it up" : ": the kubelet reports again");
	} else {
		text_add(t, l->first.c ? " Ready=False: it is shutting down"
				       : " Ready=False: its container runtime does not answer its kubelet");
	}
}

void story_taint(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const effect[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};
	const char *key = outcome_name(s->o, l->first.object);
	const char *slash = strrchr(key, '/');

	story_nodes(s, l, t);
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
			story_range(&only, t);
			text_add(t, " in the queue for the zone's eviction rate");
		}
	}
}

void story_zone(const struct story *s, const struct line *l, struct text *t)
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
		story_nodes(s, l, t);
		text_add(t, " registered: no pods until it is Ready");
		break;
	case FACT_NODE_REMOVED:
		story_nodes(s, l, t);
		text_add(t, ": Node object deleted; pods bound to it are orphans");
		break;
	case FACT_NODE_LABELLED:
		story_nodes(s, l, t);
		text_printf(t, f->flag ? " labelled %s=%s" : " loses label %s", outcome_name(s->o, f->object),
			    f->flag ? outcome_name(s->o, (uint32_t)f->a) : "");
		break;
	case FACT_MACHINE_ON:
		story_nodes(s, l, t);
		if (f->a > f->at)
			text_printf(t, ": machine asked for, boots in %s", story_time(f->a - f->at, time));
		else
			text_add(t, ": machine switched on");
		break;
	case FACT_MACHINE_OFF:
		story_nodes(s, l, t);
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
		story_nodes(s, l, t);
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

static void maintenance(const struct story *s, const struct line *l, struct text *t)
{
	static const char *const what[MAINTENANCE_EVENTS] = {
		[MAINTENANCE_NODE_BEGUN] = " is next",
		[MAINTENANCE_DRAIN_LATE] = " goes down with pods on it, its drain takes too long",
		[MAINTENANCE_NODE_DONE] = " is done",
		[MAINTENANCE_NOT_READY] = " is not Ready in time and stays cordoned",
		[MAINTENANCE_OVER] = "all nodes are done",
		[MAINTENANCE_CLOSED] = "the window is over",
	};

	text_printf(t, "maintenance %s: ", outcome_name(s->o, l->first.object));
	if (l->first.node != FACT_NONE)
		story_nodes(s, l, t);
	text_add(t, l->first.flag < MAINTENANCE_EVENTS ? what[l->first.flag] : "?");
	if (l->first.flag == MAINTENANCE_CLOSED)
		text_printf(t, ", %" PRId64 " node%s left", l->first.a, l->first.a == 1 ? "" : "s");
}

/* What has no pod, or words of its own. */
void story_other(const struct story *s, const struct line *l, struct text *t)
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
		story_nodes(s, l, t);
		if (f->object < s->o->failures && s->o->failure[f->object].kind == FAILURE_RUNTIME_STOP)
			text_add(t, f->flag ? " still held by a failure" : " has its container runtime again");
		else
			text_add(t, f->flag ? " still held by another failure"
					    : " back: the cause of its silence is gone");
		break;
	case FACT_MAINTENANCE:
		maintenance(s, l, t);
		break;
	case FACT_NODE_NOTICE:
		story_nodes(s, l, t);
		text_printf(t, ": the cloud gives notice that it takes the machine in %s",
			    story_time(f->a - f->at, time));
		break;
	case FACT_HEARTBEAT_BACK:
		story_nodes(s, l, t);
		text_add(t, ": first heartbeat after the silence");
		break;
	case FACT_NODE_CORDONED:
		story_nodes(s, l, t);
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
		story_nodes(s, l, t);
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
