/* cause_reason.c - legs and what they wait for. Sources of the constants: nodefall explain KEY, or beside the row. */
#include "report/cause_reason.h"

#include <stddef.h>
#include <string.h>

#include "report/story.h"

#define TIMER(member) offsetof(struct timers, member)
#define CONSTANT SIZE_MAX

static const struct reason {
	uint16_t kind;
	const char *leg;
	const char *says, *key; /* "says key (value)more" */
	size_t timer;           /* of the key, or CONSTANT: `more` says it all */
	const char *more;
} reasons[] = {
	{FACT_NODE_READY, "detection", "the node lifecycle controller waits for ", "nodeMonitorGracePeriod",
	 TIMER(node_monitor_grace_period), " after the last heartbeat, and looks every nodeMonitorPeriod"},
	{FACT_TAINT_ADDED, "taint", "tainted in the next pass, one every ", "nodeMonitorPeriod",
	 TIMER(node_monitor_period), ", and then at the eviction rate of the zone"},
	{FACT_ZONE_STATE, "monitor", "zones are looked at once every ", "nodeMonitorPeriod", TIMER(node_monitor_period),
	 ""},
	{FACT_LEADER, "lease", "a lock is given up after ", "leaderElectRenewDeadline", TIMER(leader_renew_deadline),
	 " without a renewal"},
	{FACT_LEADER, "take-over", "a lock that is not renewed is free after ", "leaderElectLeaseDuration",
	 TIMER(leader_lease_duration), ", and asked for every leaderElectRetryPeriod"},
	{FACT_ETCD_LEADER, "election", "followers stand for election after one to two ", "etcdElectionTimeout",
	 TIMER(etcd_election_timeout), " of silence"},
	{FACT_AUTOSCALED, "rate", "the autoscaler looks every ", "horizontalPodAutoscalerSyncPeriod",
	 TIMER(hpa_sync_period), ""},
	/* pkg/controller/volume/attachdetach/attach_detach_controller.go */
	{FACT_VOLUME_DETACHED, "detach", "", "", CONSTANT,
	 "while the node has not said that it is unmounted, a detach waits for maxWaitForUnmountDuration (6m)"},
	/* pkg/kubelet/apis/config/v1beta1/defaults.go */
	{FACT_NODE_CONDITION, "transition", "", "", CONSTANT,
	 "a condition stays True for kubelet.evictionPressureTransitionPeriod (default 5m) after the signal"},
	/* pkg/kubelet/kubelet.go: evictionMonitoringPeriod */
	{FACT_POD_EVICTED, "eviction", "", "", CONSTANT,
	 "the eviction manager looks every 10s, and evicts one pod at a time"},
	/* k8s.io/kubectl/pkg/drain/drain.go */
	{FACT_POD_DELETED, "retry", "", "", CONSTANT,
	 "kubectl drain asks again every 5s while the budget allows no disruption"},
	{FACT_POD_DELETED, "toleration", "", "", CONSTANT,
	 "tolerationSeconds of the pod, which the admission plugin sets to 300 unless it has its own"},
	{FACT_CONTAINER_STARTED, "back-off", "", "", CONSTANT,
	 "the kubelet's back-off, which doubles from 10s with each restart up to 5m (kubelet "
	 "maxContainerRestartPeriod)"},
	{FACT_CONTAINER_UNHEALTHY, "probes", "", "", CONSTANT,
	 "failureThreshold probes must fail in a row, periodSeconds apart (3 and 10s unless the pod has its own)"},
	{FACT_POD_STOPPED, "termination", "", "", CONSTANT,
	 "a pod has terminationGracePeriodSeconds to end (30 unless it has its own)"},
	{FACT_ROLLOUT, "deadline", "", "", CONSTANT,
	 "progressDeadlineSeconds of the Deployment (600 unless it has its own)"},
};

bool cause_reason(const struct outcome *o, const struct cause *e, sim_time since, struct text *out)
{
	const struct timers *t = &o->scenario->timers;
	char time[TIME_TEXT_MAX];

	for (size_t i = 0; e->fact.at - since >= SECONDS(1) && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const struct reason *r = &reasons[i];
		sim_time value;

		if (r->kind != e->fact.kind || strcmp(r->leg, e->leg) != 0)
			continue;
		text_printf(out, "%s%s", r->says, r->key);
		if (r->timer != CONSTANT) {
			memcpy(&value, (const char *)t + r->timer, sizeof(value));
			text_printf(out, " (%s)", time_print(value, time));
		}
		text_add(out, r->more);
		return true;
	}
	return false;
}
