/* scenario_autoscaler.c - the flags of the cluster autoscaler, by their upstream names in camel case. */
#include "models/scenario_parts.h"

#define DAY 86400.0
#define FAQ "kubernetes/autoscaler cluster-autoscaler/FAQ.md"
#define AT(member) offsetof(struct autoscaler, member)
#define TIME_ROW(key, member, value, text)                                                                             \
	{                                                                                                              \
		.name = key, .kind = FIELD_TIME, .offset = AT(member), .fallback = value, .low = 0, .high = 30 * DAY,  \
		.meaning = text, .source = FAQ                                                                         \
	}
#define COUNT_ROW(key, member, value, least, text)                                                                     \
	{                                                                                                              \
		.name = key, .kind = FIELD_INT64, .offset = AT(member), .fallback = value, .low = least, .high = 1e6,  \
		.meaning = text, .source = FAQ                                                                         \
	}
#define SHARE_ROW(key, member, value, most, text)                                                                      \
	{                                                                                                              \
		.name = key, .kind = FIELD_DOUBLE, .offset = AT(member), .fallback = value, .low = 0, .high = most,    \
		.meaning = text, .source = FAQ                                                                         \
	}
#define BOOL_ROW(key, member, value, text)                                                                             \
	{                                                                                                              \
		.name = key, .kind = FIELD_BOOL, .offset = AT(member), .fallback = value, .meaning = text,             \
		.source = FAQ                                                                                          \
	}

/* In the order of enum expander. */
static const char *const expanders[] = {"least-waste", "random", "most-pods", "price", "priority", NULL};

const struct field autoscaler_fields[] = {
	{.name = "scanInterval",
	 .kind = FIELD_TIME,
	 .offset = AT(scan_interval),
	 .fallback = "10s",
	 .low = 0.1,
	 .high = DAY,
	 .meaning = "--scan-interval: time between two looks at the cluster",
	 .source = FAQ},
	{.name = "expander",
	 .kind = FIELD_ENUM,
	 .offset = AT(expander),
	 .choices = expanders,
	 .fallback = "least-waste",
	 .meaning = "--expander: which group grows when several would help",
	 .source = FAQ " (older releases: random)"},
	TIME_ROW("maxNodeProvisionTime", max_node_provision_time, "15m",
		 "--max-node-provision-time: a machine that has not registered by then is given back, and its group "
		 "backs off"),
	TIME_ROW("newPodScaleUpDelay", new_pod_scale_up_delay, "0s",
		 "--new-pod-scale-up-delay: younger pods are not looked at"),
	COUNT_ROW("maxNodesPerScaleup", max_nodes_per_scaleup, "1000", 1,
		  "--max-nodes-per-scaleup: most nodes asked for in one decision"),
	TIME_ROW("initialNodeGroupBackoffDuration", backoff_initial, "5m",
		 "--initial-node-group-backoff-duration: a group whose machines failed to come is left alone for this"),
	TIME_ROW("maxNodeGroupBackoffDuration", backoff_max, "30m",
		 "--max-node-group-backoff-duration: it doubles with each failure up to this"),
	TIME_ROW("nodeGroupBackoffResetTimeout", backoff_reset, "3h",
		 "--node-group-backoff-reset-timeout: failures older than this are forgotten"),
	SHARE_ROW("maxTotalUnreadyPercentage", max_total_unready_percentage, "45", 100,
		  "--max-total-unready-percentage: with more unready nodes than this, and than okTotalUnreadyCount, it "
		  "does nothing"),
	COUNT_ROW("okTotalUnreadyCount", ok_total_unready_count, "3", 0,
		  "--ok-total-unready-count: so many unready nodes are fine, whatever their share"),
	BOOL_ROW("scaleDownEnabled", scale_down_enabled, "true", "--scale-down-enabled: whether nodes are taken away"),
	TIME_ROW("scaleDownUnneededTime", scale_down_unneeded_time, "10m",
		 "--scale-down-unneeded-time: a node is unneeded for this long before it goes"),
	TIME_ROW("scaleDownUnreadyTime", scale_down_unready_time, "20m",
		 "--scale-down-unready-time: the same for a node that is not Ready"),
	SHARE_ROW("scaleDownUtilizationThreshold", scale_down_utilization_threshold, "0.5", 1,
		  "--scale-down-utilization-threshold: unneeded below this (the larger of cpu and memory, requests / "
		  "allocatable)"),
	TIME_ROW("scaleDownDelayAfterAdd", scale_down_delay_after_add, "10m",
		 "--scale-down-delay-after-add: nothing is taken away for this long after a scale-up"),
	TIME_ROW("scaleDownDelayAfterDelete", scale_down_delay_after_delete, "0s",
		 "--scale-down-delay-after-delete: the same after a node was taken away"),
	TIME_ROW("scaleDownDelayAfterFailure", scale_down_delay_after_failure, "3m",
		 "--scale-down-delay-after-failure: the same after a scale-down that failed"),
	COUNT_ROW("maxScaleDownParallelism", max_scale_down_parallelism, "10", 1,
		  "--max-scale-down-parallelism: nodes taken away at a time, empty or not"),
	COUNT_ROW("maxDrainParallelism", max_drain_parallelism, "1", 1,
		  "--max-drain-parallelism: of them, nodes with pods to evict"),
	TIME_ROW("maxGracefulTerminationSec", max_graceful_termination, "600s",
		 "--max-graceful-termination-sec: how long evicted pods may take to end"),
	TIME_ROW("maxPodEvictionTime", max_pod_eviction_time, "2m",
		 "--max-pod-eviction-time: how long refused evictions are tried again"),
	TIME_ROW("unremovableNodeRecheckTimeout", unremovable_node_recheck_timeout, "5m",
		 "--unremovable-node-recheck-timeout: a node that could not be taken away is not looked at again for "
		 "this"),
	TIME_ROW("nodeDeleteDelayAfterTaint", node_delete_delay_after_taint, "5s",
		 "--node-delete-delay-after-taint: between the taint ToBeDeleted and the first eviction"),
	BOOL_ROW(
		"skipNodesWithSystemPods", skip_nodes_with_system_pods, "true",
		"--skip-nodes-with-system-pods: nodes with pods of kube-system (other than DaemonSets') stay, unless a "
		"PodDisruptionBudget covers them"),
	{.name = NULL}};

void scenario_autoscaler(struct scenario *s, struct field_context *c, const struct yaml_node *map)
{
	field_defaults(c, autoscaler_fields, &s->autoscaler);
	if (!yaml_is_null(map))
		field_read_map(c, autoscaler_fields, map, &s->autoscaler, "autoscaler");
}
