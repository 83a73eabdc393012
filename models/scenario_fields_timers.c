/* scenario_fields_timers.c - one row for each of the Scenario's timers and latencies. */
#include "models/scenario_parts.h"
#include "models/versions.h"

#define DAY 86400.0
#define YEAR (365 * DAY)

/* --- timers --- */

static const char *grace_at(int minor)
{
	return version_grace_seconds(minor) == 50 ? "50s" : "40s";
}

bool scenario_read_timers(struct field_context *c, const struct field *f, const struct yaml_node *value, void *object)
{
	struct scenario_draft *draft = object;

	(void)f;
	return field_read_map(c, timer_fields, value, &draft->scenario.timers, "timers");
}

#define TIMER(member) offsetof(struct timers, member)
#define TIME_ROW(key, member, value, least, most, text, from)                                                          \
	{                                                                                                              \
		.name = key, .kind = FIELD_TIME, .offset = TIMER(member), .fallback = value, .low = least,             \
		.high = most, .meaning = text, .source = from                                                          \
	}
#define COUNT_ROW(key, member, value, least, most, text, from)                                                         \
	{                                                                                                              \
		.name = key, .kind = FIELD_INT64, .offset = TIMER(member), .fallback = value, .low = least,            \
		.high = most, .meaning = text, .source = from                                                          \
	}
#define RATE_ROW(key, member, value, least, most, units, text, from)                                                   \
	{                                                                                                              \
		.name = key, .kind = FIELD_DOUBLE, .offset = TIMER(member), .fallback = value, .low = least,           \
		.high = most, .unit = units, .meaning = text, .source = from                                           \
	}

#define KUBELET_DEFAULTS "kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go"
#define LIFECYCLE "kubernetes cmd/kube-controller-manager/app/options/nodelifecyclecontroller.go"
#define TOLERATION "kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go"
#define CLIENT "kubernetes pkg/controller/apis/config/v1alpha1 and component-base client connection defaults"
#define SCHEDULER "kubernetes pkg/scheduler/apis/config/v1/defaults.go"
#define ELECTION "component-base config/v1alpha1/defaults.go"
#define HPA "kubernetes cmd/kube-controller-manager/app/options/hpacontroller.go"
#define GUESS "a guess: give your own"
#define ETCD "etcd-io/etcd server/embed/config.go"
#define SYNCS "kubernetes pkg/controller/*/config/v1alpha1/defaults.go"

const struct field timer_fields[] = {
	TIME_ROW("nodeLeaseDurationSeconds", node_lease_duration, "40s", 1, DAY,
		 "kubelet: a node's lease; renewed every quarter of it", KUBELET_DEFAULTS),
	TIME_ROW("nodeStatusUpdateFrequency", node_status_update_frequency, "10s", 0.1, DAY,
		 "kubelet: how often the node's status is computed, and written when it changed", KUBELET_DEFAULTS),
	TIME_ROW("nodeStatusReportFrequency", node_status_report_frequency, "5m", 0.1, DAY,
		 "kubelet: how often the node's status is written when nothing changed", KUBELET_DEFAULTS),
	{.name = "serializeImagePulls",
	 .kind = FIELD_BOOL,
	 .offset = TIMER(serialize_image_pulls),
	 .fallback = "true",
	 .meaning = "kubelet: one image pull at a time on each node",
	 .source = KUBELET_DEFAULTS},
	COUNT_ROW("maxParallelImagePulls", max_parallel_image_pulls, "0", 0, 1000,
		  "kubelet: pulls at a time when they are not serialized; 0: no limit", KUBELET_DEFAULTS),
	COUNT_ROW("imageGCHighThresholdPercent", image_gc_high, "85", 0, 100,
		  "kubelet: use of a node's disk, in percent, at which unused images are deleted", KUBELET_DEFAULTS),
	COUNT_ROW("imageGCLowThresholdPercent", image_gc_low, "80", 0, 100,
		  "kubelet: use down to which they are deleted; below imageGCHighThresholdPercent", KUBELET_DEFAULTS),
	TIME_ROW("imageMinimumGCAge", image_min_age, "2m", 0, YEAR,
		 "kubelet: an image that it has known for less than this is not deleted", KUBELET_DEFAULTS),
	TIME_ROW("maxContainerRestartPeriod", crash_loop_max, "300s", 1, 300,
		 "kubelet: longest restart back-off of a container (crashLoopBackOff.maxContainerRestartPeriod, since "
		 "1.32)",
		 "kubernetes enhancement 4603"),
	{.name = "reduceDefaultCrashLoopBackoffDecay",
	 .kind = FIELD_BOOL,
	 .offset = TIMER(crash_loop_reduced),
	 .fallback = "false",
	 .meaning = "kubelet: restart back-off begins at 1s and ends at 60s instead of 10s and 300s (feature gate, "
		    "since 1.33)",
	 .source = "kubernetes enhancement 4603"},
	TIME_ROW("nodeMonitorPeriod", node_monitor_period, "5s", 0.1, DAY,
		 "node lifecycle controller: time between two looks at all nodes", LIFECYCLE),
	TIME_ROW("nodeStartupGracePeriod", node_startup_grace_period, "60s", 1, DAY,
		 "node lifecycle controller: the same for a node whose kubelet has registered and not yet reported",
		 LIFECYCLE),
	{.name = "nodeMonitorGracePeriod",
	 .kind = FIELD_TIME,
	 .offset = TIMER(node_monitor_grace_period),
	 .fallback_at = grace_at,
	 .low = 1,
	 .high = DAY,
	 .meaning = "node lifecycle controller: silence after which a node's Ready becomes Unknown",
	 .source = "kubernetes pull request 126287 (50s since 1.32)"},
	RATE_ROW("nodeEvictionRate", node_eviction_rate, "0.1", 0, 1e6, "nodes/s",
		 "node lifecycle controller: nodes of a healthy zone tainted per second", LIFECYCLE),
	RATE_ROW("secondaryNodeEvictionRate", secondary_node_eviction_rate, "0.01", 0, 1e6, "nodes/s",
		 "the same in a large zone of which most nodes are not ready", LIFECYCLE),
	COUNT_ROW("largeClusterSizeThreshold", large_cluster_size_threshold, "50", 0, 1e9,
		  "a zone with more nodes than this is large", LIFECYCLE),
	RATE_ROW("unhealthyZoneThreshold", unhealthy_zone_threshold, "0.55", 0, 1, "share",
		 "share of not ready nodes (at least 3) from which a zone counts as disrupted", LIFECYCLE),
	TIME_ROW("defaultNotReadyTolerationSeconds", default_not_ready_toleration, "300s", 0, YEAR,
		 "API server: toleration of not-ready given to every pod without one", TOLERATION),
	TIME_ROW("defaultUnreachableTolerationSeconds", default_unreachable_toleration, "300s", 0, YEAR,
		 "API server: toleration of unreachable given to every pod without one", TOLERATION),
	RATE_ROW("kubeApiQps", controller_qps, "20", 0.001, 1e6, "requests/s",
		 "controller manager: sustained API requests of each controller", CLIENT),
	COUNT_ROW("kubeApiBurst", controller_burst, "30", 1, 1e6, "controller manager: requests that need not wait",
		  CLIENT),
	RATE_ROW("schedulerQps", scheduler_qps, "50", 0.001, 1e6, "requests/s",
		 "scheduler: sustained API requests (clientConnection.qps)", SCHEDULER),
	COUNT_ROW("schedulerBurst", scheduler_burst, "100", 1, 1e6, "scheduler: requests that need not wait",
		  SCHEDULER),
	TIME_ROW("leaderElectLeaseDuration", leader_lease_duration, "15s", 0.1, DAY,
		 "how long a lost leader of controller manager or scheduler blocks its successor", ELECTION),
	TIME_ROW("leaderElectRenewDeadline", leader_renew_deadline, "10s", 0.1, DAY,
		 "a leader that cannot renew for this long exits", ELECTION),
	TIME_ROW("leaderElectRetryPeriod", leader_retry_period, "2s", 0.01, DAY, "time between tries to lead",
		 ELECTION),
	TIME_ROW("etcdHeartbeatInterval", etcd_heartbeat_interval, "100ms", 0.001, 60,
		 "etcd: time between two heartbeats of the leader, and its clock's tick", ETCD),
	TIME_ROW("etcdElectionTimeout", etcd_election_timeout, "1000ms", 0.005, 50,
		 "etcd: silence after which a member asks for votes, once to twice as long", ETCD),
	COUNT_ROW("etcdQuotaBackendBytes", etcd_quota_bytes, "2147483648", 1, 1e15,
		  "etcd: bytes of database at which it raises the alarm NOSPACE and takes no more writes",
		  "etcd-io/etcd server/storage/quota.go"),
	COUNT_ROW("etcdObjectBytes", etcd_object_bytes, "2048", 1, 1572864,
		  "etcd: bytes of a written object, in the mean", GUESS),
	TIME_ROW("etcdAlarmRepair", etcd_alarm_repair, "0s", 0, DAY,
		 "alarm NOSPACE until somebody has compacted, defragmented and disarmed it; 0: nobody does",
		 "none: what your operators need"),
	TIME_ROW("podInitialBackoffSeconds", pod_initial_backoff, "1s", 0, DAY,
		 "scheduler: first back-off of a pod that did not fit", SCHEDULER),
	TIME_ROW("podMaxBackoffSeconds", pod_max_backoff, "10s", 0, DAY,
		 "scheduler: longest back-off of a pod that did not fit", SCHEDULER),
	COUNT_ROW("percentageOfNodesToScore", percentage_of_nodes_to_score, "0", 0, 100,
		  "scheduler: share of nodes looked at until enough fit; 0 adapts it to the size of the cluster",
		  SCHEDULER),
	TIME_ROW("iptablesMinSyncPeriod", proxy_min_sync_period, "1s", 0, DAY,
		 "kube-proxy: least time between two writes of its rules, after a burst of 2",
		 "kubernetes pkg/proxy/apis/config/v1alpha1/defaults.go"),
	COUNT_ROW("concurrentDeploymentSyncs", concurrent_deployment_syncs, "5", 1, 1000,
		  "workers of the Deployment controller", SYNCS),
	COUNT_ROW("concurrentReplicasetSyncs", concurrent_replicaset_syncs, "5", 1, 1000,
		  "workers of the ReplicaSet controller", SYNCS),
	COUNT_ROW("concurrentStatefulsetSyncs", concurrent_statefulset_syncs, "5", 1, 1000,
		  "workers of the StatefulSet controller", SYNCS),
	COUNT_ROW("concurrentDaemonsetSyncs", concurrent_daemonset_syncs, "2", 1, 1000,
		  "workers of the DaemonSet controller", SYNCS),
	COUNT_ROW("concurrentJobSyncs", concurrent_job_syncs, "5", 1, 1000, "workers of the Job controller", SYNCS),
	COUNT_ROW("concurrentEndpointSyncs", concurrent_endpoint_syncs, "5", 1, 1000,
		  "workers of the EndpointSlice controller", SYNCS),
	TIME_ROW("horizontalPodAutoscalerSyncPeriod", hpa_sync_period, "15s", 1, DAY,
		 "HPA: time between two looks at an autoscaler's metrics", HPA),
	TIME_ROW("horizontalPodAutoscalerDownscaleStabilization", hpa_downscale_stabilization, "5m", 0, DAY,
		 "HPA: scales down to the highest of the recommendations of this time", HPA),
	TIME_ROW("horizontalPodAutoscalerCpuInitializationPeriod", hpa_cpu_initialization, "5m", 0, DAY,
		 "HPA: after a pod's start, CPU use counts only when it is Ready and was for a whole sample", HPA),
	TIME_ROW("horizontalPodAutoscalerInitialReadinessDelay", hpa_initial_readiness_delay, "30s", 0, DAY,
		 "HPA: a pod unready since less than this after its start has not been ready yet", HPA),
	RATE_ROW("horizontalPodAutoscalerTolerance", hpa_tolerance, "0.1", 0, 10, "share",
		 "HPA: a deviation of use from target that is let be", HPA),
	{.name = NULL}};

/* --- latencies --- */

bool scenario_read_latencies(struct field_context *c, const struct field *f, const struct yaml_node *value,
			     void *object)
{
	struct scenario_draft *draft = object;

	(void)f;
	return field_read_map(c, latency_fields, value, &draft->scenario.latencies, "latencies");
}

#define DIST_ROW(key, member, value, text, from)                                                                       \
	{                                                                                                              \
		.name = key, .kind = FIELD_DIST, .offset = offsetof(struct latencies, member), .fallback = value,      \
		.low = 0, .high = YEAR, .meaning = text, .source = from                                                \
	}
#define CONSTANT_ROW(key, member, value, text, from)                                                                   \
	{                                                                                                              \
		.name = key, .kind = FIELD_CONSTANT, .offset = offsetof(struct latencies, member), .fallback = value,  \
		.low = 0, .high = 3600, .meaning = text, .source = from                                                \
	}

#define MEASURED "measured on a real 1.20 control plane on a small shared machine"
#define FITTED "fitted to binding times measured on a real 1.20 control plane (p50 16-26 ms)"
#define RECALLED "recalled from practice, not measured"

const struct field latency_fields[] = {
	DIST_ROW("apiWrite", api_write, "lognormal(4ms, 0.43)", "API write: sent until committed and answered",
		 MEASURED),
	DIST_ROW("apiRead", api_read, "lognormal(1.7ms, 0.48)", "API read: sent until answered", MEASURED),
	DIST_ROW("watch", watch, "1ms", "committed until seen by a watcher", MEASURED),
	CONSTANT_ROW("heartbeat", heartbeat, "5ms", "lease renewal sent until seen by the controller manager",
		     "apiWrite and watch together"),
	CONSTANT_ROW("monitorPass", monitor_pass, "20ms", "a look at all nodes in which nothing changes", GUESS),
	DIST_ROW("controllerSync", controller_sync, "lognormal(14ms, 0.5)", "a controller's work on one object",
		 FITTED),
	DIST_ROW("scheduling", scheduling, "lognormal(3ms, 0.5)", "the scheduler's choice for one pod", FITTED),
	DIST_ROW("binding", binding, "lognormal(8ms, 0.5)", "the scheduler's bind request", FITTED),
	DIST_ROW("podSetup", pod_setup, "lognormal(1.2s, 0.2)",
		 "kubelet sees the pod until its sandbox starts (cgroups, volumes)", GUESS),
	DIST_ROW("volumeAttach", volume_attach, "lognormal(5s, 0.5)", "the CSI attacher attaches a volume", GUESS),
	DIST_ROW("volumeDetach", volume_detach, "lognormal(5s, 0.5)", "the CSI attacher detaches a volume", GUESS),
	DIST_ROW("volumeMount", volume_mount, "lognormal(1s, 0.5)", "volumes attached until they are mounted", GUESS),
	DIST_ROW("sandbox", sandbox, "lognormal(800ms, 0.2)", "sandbox and network of a pod", RECALLED),
	DIST_ROW("imagePull", image_pull, "lognormal(5s, 0.5)", "one image onto a node without it", GUESS),
	DIST_ROW("containerCreate", container_create, "lognormal(400ms, 0.2)", "creating a container", RECALLED),
	DIST_ROW("containerStart", container_start, "lognormal(400ms, 0.2)", "starting a container", RECALLED),
	DIST_ROW("pleg", pleg, "uniform(0s, 1s)", "container started or ended until the kubelet notices",
		 "kubernetes pkg/kubelet/kubelet.go: relist every 1s"),
	DIST_ROW("initRun", init_run, "lognormal(1s, 0.5)", "run of an init container", GUESS),
	DIST_ROW("appReady", app_ready, "0s",
		 "container started until the application can serve; annotation nodefall.io/ready-after wins",
		 "none: a lower bound"),
	DIST_ROW("appStop", app_stop, "lognormal(1s, 0.5)",
		 "SIGTERM until the application exits, cut at the grace period; annotation nodefall.io/stop-after wins",
		 GUESS),
	DIST_ROW("proxyWrite", proxy_write, "lognormal(100ms, 0.5)", "kube-proxy writing its rules on one node", GUESS),
	DIST_ROW("kubeletStart", kubelet_start, "lognormal(500ms, 0.3)", "kubelet started until its first status",
		 GUESS),
	DIST_ROW("volumeProvision", volume_provision, "lognormal(3s, 0.5)",
		 "a storage provisioner making the volume of a claim", GUESS),
	DIST_ROW("nodeProvisioning", node_provisioning, "lognormal(180s, 0.15)",
		 "a machine asked for until it boots and its kubelet registers the node",
		 "kubernetes/autoscaler cluster-autoscaler/FAQ.md: about 3-4 min in all on GCE; the spread is a guess"),
	DIST_ROW("nodeReady", node_ready, "lognormal(15s, 0.4)",
		 "kubelet registered the node until it reports Ready (network set up)", GUESS),
	DIST_ROW("machineHalt", machine_halt, "lognormal(3s, 0.3)",
		 "a machine that shuts down in order: its pods have ended until it is off", GUESS),
	DIST_ROW("etcdFsync", etcd_fsync, "lognormal(1ms, 0.5)", "a write to the disk under an etcd member", GUESS),
	DIST_ROW("masterRtt", master_rtt, "500us", "from a master to another and back", GUESS),
	DIST_ROW("componentStart", component_start, "lognormal(2s, 0.3)",
		 "a master's static pod started until it works", GUESS),
	DIST_ROW("informerSync", informer_sync, "uniform(1s, 10s)", "a new leader's start until its first action",
		 RECALLED),
	{.name = NULL}};
