/* versions.h - the Kubernetes versions that can be simulated, 1.20 to 1.36, and what each switches. */
#ifndef MODELS_VERSIONS_H
#define MODELS_VERSIONS_H

#include <stdbool.h>

/* Minor versions of Kubernetes 1.x. */
#define KUBERNETES_MIN 20
#define KUBERNETES_MAX 36
#define KUBERNETES_DEFAULT 34

/* 1.20 pushes a duplicate of every waiting node into the taint queue each monitor pass, and checks nodes serially;
 * measured on 1.20.2 (kubernetes-control-plane.md 11.1, 11.2); later sources remove first and check 8 at a time. */
static inline bool version_taint_queue_duplicates(int minor)
{
	return minor <= 20;
}
static inline bool version_serial_monitor(int minor)
{
	return minor <= 20;
}
/* Taint eviction does GET + PATCH (DisruptionTarget) + DELETE since 1.26, a plain DELETE before. */
static inline bool version_disruption_target(int minor)
{
	return minor >= 26;
}
/* A kubelet restart keeps container readiness since 1.35 (KEP-4781). */
static inline bool version_restart_keeps_ready(int minor)
{
	return minor >= 35;
}
/* Pod garbage collection of pods terminating on nodes tainted out-of-service: beta, so on by default, since 1.26. */
static inline bool version_out_of_service(int minor)
{
	return minor >= 26;
}
/* A detach is forced after 6 min only from a node that is not Ready since 1.25 (recalled: kubernetes PR 110721); by the
 * time alone before. */
static inline bool version_force_detach_asks_node(int minor)
{
	return minor >= 25;
}
/* --disable-force-detach-on-timeout. */
static inline bool version_disable_force_detach(int minor)
{
	return minor >= 30;
}
/* Logarithmic age buckets and pod-deletion-cost in the ReplicaSet's choice of victims since 1.22. */
static inline bool version_log_scale_down(int minor)
{
	return minor >= 22;
}
/* --node-monitor-grace-period: 50 s since 1.32, 40 s before (kubernetes PR 126287). */
static inline int version_grace_seconds(int minor)
{
	return minor >= 32 ? 50 : 40;
}
/* Lease renewals carry a jitter of 4 % (component-helpers lease controller); none in 1.20. */
static inline double version_lease_jitter(int minor)
{
	return minor >= 21 ? 0.04 : 0.0;
}
/* 1.20 waits U(0, period) before the first probe of every container; later only just after a kubelet start. */
static inline bool version_probe_initial_wait(int minor)
{
	return minor <= 20;
}
/* terminationGracePeriodSeconds of a probe: on by default since 1.25 (recalled), GA 1.28. */
static inline bool version_probe_grace(int minor)
{
	return minor >= 25;
}
/* A sync that fails in back-off is tried again after U(10, 15) s; newer kubelets wait for the back-off's end, at most a
 * minute, with the same jitter (pkg/kubelet/pod_workers.go). Since which version is a guess: 1.35. */
static inline bool version_retry_at_expiry(int minor)
{
	return minor >= 35;
}
/* crashLoopBackOff.maxContainerRestartPeriod and ReduceDefaultCrashLoopBackoffDecay (KEP-5593, KEP-4603). */
static inline bool version_crash_loop_max(int minor)
{
	return minor >= 32;
}
static inline bool version_crash_loop_reduced(int minor)
{
	return minor >= 33;
}
/* Sidecars, init containers with restartPolicy Always: on by default since 1.29 (alpha 1.28). */
static inline bool version_sidecars(int minor)
{
	return minor >= 29;
}
/* Pods left in the unschedulable set are tried again after 60 s in 1.20, 5 min since. */
static inline int version_unschedulable_flush_seconds(int minor)
{
	return minor <= 20 ? 60 : 300;
}

/* Graceful node shutdown: beta, so on by default (with periods of 0), since 1.21 (KEP-2000). */
static inline bool version_graceful_shutdown(int minor)
{
	return minor >= 21;
}
/* GracefulNodeShutdownBasedOnPodPriority: alpha 1.23, beta, so on, since 1.24 (recalled, KEP-2712). */
static inline bool version_shutdown_by_priority(int minor)
{
	return minor >= 24;
}
/* An override of 0 s for the grace of an evicted pod counted as none from the pod workers of 1.22 until kubernetes PR
 * 124063 (1.31), which made it 1 s. */
static inline bool version_eviction_grace_ignored(int minor)
{
	return minor >= 22 && minor <= 30;
}
static inline bool version_eviction_grace_second(int minor)
{
	return minor >= 31;
}

/* Jobs. Fields of a version to come are ignored by the API server of an older one. Dates: reference 3.5, KEPs 3329,
 * 3850, 3939; beta means on by default. */
static inline bool version_pod_failure_policy(int minor)
{
	return minor >= 26;
}
static inline bool version_backoff_per_index(int minor)
{
	return minor >= 29;
}
static inline bool version_pod_replacement_policy(int minor)
{
	return minor >= 29;
}
/* Complete and Failed are written when all pods have ended since 1.31 (recalled); before, at once. */
static inline bool version_job_waits_for_pods(int minor)
{
	return minor >= 31;
}
/* StatefulSet rolling updates with maxUnavailable: beta, on, since 1.35 (KEP-961). */
static inline bool version_stateful_max_unavailable(int minor)
{
	return minor >= 35;
}
/* DaemonSet maxSurge: beta, on, since 1.22 (KEP-1591, recalled; GA 1.25). */
static inline bool version_daemon_surge(int minor)
{
	return minor >= 22;
}
/* A tolerance of each autoscaler is beta since 1.35 (reference 3.7). */
static inline bool version_hpa_tolerance(int minor)
{
	return minor >= 35;
}
/* CronJob controller v2 is on by default since 1.21; v1 looked at all CronJobs every 10 s (reference 3.6, recalled). */
static inline bool version_cron_polls(int minor)
{
	return minor <= 20;
}

#endif
