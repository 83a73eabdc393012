/*
 * swarm_scenario.h - random scenarios as YAML: small clusters in which everything the simulator knows may meet.
 *
 * Every failure heals and every action is done before SWARM_TROUBLE; timers keep within what lets a cluster come to
 * rest.
 */
#ifndef TESTS_SWARM_SCENARIO_H
#define TESTS_SWARM_SCENARIO_H

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "sim/rng.h"
#include "sim/text.h"

#define SWARM_TROUBLE 1500 /* seconds */
#define SWARM_DURATION 5400

struct swarm {
	struct rng rng;
	struct text *out;
	uint32_t nodes, zones, workloads, masters, version;
	uint32_t kind[10]; /* of each workload: index of swarm_kind */
	uint32_t scaled;   /* bit of each workload that has an autoscaler */
	bool no_actions;
	struct rng volumes; /* a stream of its own: scenarios without claims are as they were */
	bool claims;        /* the scenario has classes and claims */
	struct rng worker;  /* and one for what kubelets do of their own accord */
	bool uses;          /* pods say what they use */
	struct rng images;  /* likewise */
	bool collects;      /* disks count as full when a few images are on them */
};

static const char *const swarm_class[] = {"wait", "now", "hand"};

static const char *const swarm_kind[] = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"};

static inline uint32_t swarm_draw(struct swarm *s, uint32_t low, uint32_t high)
{
	return low + rng_below(&s->rng, high - low + 1);
}

/* True with a probability of percent. */
static inline bool swarm_chance(struct swarm *s, uint32_t percent)
{
	return rng_below(&s->rng, 100) < percent;
}

#define SWARM_PICK(s, ...)                                                                                             \
	((const char *const[]){                                                                                        \
		__VA_ARGS__})[rng_below(&(s)->rng, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))]

static inline uint32_t swarm_volume_draw(struct swarm *s, uint32_t low, uint32_t high)
{
	return low + rng_below(&s->volumes, high - low + 1);
}

static inline uint32_t swarm_worker_draw(struct swarm *s, uint32_t low, uint32_t high)
{
	return low + rng_below(&s->worker, high - low + 1);
}

/* What a pod uses: whatever can bring a node under pressure is over before SWARM_TROUBLE. */
static inline void swarm_use(struct swarm *s, const char *indent)
{
	uint32_t at = swarm_worker_draw(s, 0, 900), until = at + swarm_worker_draw(s, 1, 500);

	switch (swarm_worker_draw(s, 0, 5)) {
	case 0:
		text_printf(s->out, "%sannotations: {nodefall.io/memory: \"at(0s 10Mi, %us %uMi, %us 10Mi)\"}\n",
			    indent, at, swarm_worker_draw(s, 100, 9000), until);
		break;
	case 1:
		text_printf(s->out, "%sannotations: {nodefall.io/disk: \"at(0s 1Mi, %us %uGi, %us 0)\"}\n", indent, at,
			    swarm_worker_draw(s, 1, 40), until);
		break;
	case 2:
		text_printf(
			s->out,
			"%sannotations: {nodefall.io/cpu: \"walk(0, %u, 500m, %us)\", nodefall.io/ready-after: %us}\n",
			indent, swarm_worker_draw(s, 1, 4), swarm_worker_draw(s, 1, 30), swarm_worker_draw(s, 0, 20));
		break;
	case 3:
		text_printf(s->out,
			    "%sannotations: {nodefall.io/memory: \"wave(1Mi, %uMi, %us)\", nodefall.io/pids: \"at(0s "
			    "3, %us "
			    "%u, %us 3)\"}\n",
			    indent, swarm_worker_draw(s, 1, 60), swarm_worker_draw(s, 30, 3000), at,
			    swarm_worker_draw(s, 3, 40000), until);
		break;
	default:
		break;
	}
}

static inline void swarm_kubelet(struct swarm *s)
{
	if (swarm_worker_draw(s, 0, 1) && s->version >= 21)
		text_printf(s->out,
			    "  kubelet: {shutdownGracePeriod: %us, shutdownGracePeriodCriticalPods: 5s, evictionHard: "
			    "{memory.available: %uMi, nodefs.available: %u%%, pid.available: 5%%}, evictionSoft: "
			    "{memory.available: %uMi}, evictionSoftGracePeriod: {memory.available: %us}, "
			    "evictionMinimumReclaim: {memory.available: %uMi}, evictionMaxPodGracePeriod: %u}\n",
			    swarm_worker_draw(s, 5, 90), swarm_worker_draw(s, 1, 100), swarm_worker_draw(s, 0, 30),
			    swarm_worker_draw(s, 1, 100), swarm_worker_draw(s, 0, 120), swarm_worker_draw(s, 1, 50),
			    swarm_worker_draw(s, 0, 60));
}

static inline void swarm_timers(struct swarm *s)
{
	text_add(s->out, "  timers: {");
	if (swarm_chance(s, 30))
		text_printf(s->out, "nodeMonitorGracePeriod: %us, ", swarm_draw(s, 20, 90));
	if (swarm_chance(s, 20))
		text_printf(s->out, "nodeMonitorPeriod: %ums, ", swarm_draw(s, 500, 6000));
	if (swarm_chance(s, 20))
		text_printf(s->out, "nodeLeaseDurationSeconds: %us, ", swarm_draw(s, 10, 40));
	if (swarm_chance(s, 20))
		text_printf(s->out, "nodeStatusUpdateFrequency: %us, nodeStatusReportFrequency: %us, ",
			    swarm_draw(s, 1, 12), swarm_draw(s, 5, 400));
	if (swarm_chance(s, 40))
		text_printf(s->out, "nodeEvictionRate: 0.%u, ", swarm_draw(s, 1, 9));
	if (swarm_chance(s, 20))
		text_printf(s->out, "unhealthyZoneThreshold: 0.%u, largeClusterSizeThreshold: %u, ",
			    swarm_draw(s, 2, 9), swarm_draw(s, 0, 6));
	if (swarm_chance(s, 50))
		text_printf(s->out, "defaultUnreachableTolerationSeconds: %us, defaultNotReadyTolerationSeconds: %us, ",
			    swarm_draw(s, 0, 120), swarm_draw(s, 0, 120));
	if (swarm_chance(s, 20))
		text_printf(s->out, "kubeApiQps: %u, kubeApiBurst: %u, ", swarm_draw(s, 4, 40), swarm_draw(s, 1, 40));
	if (swarm_chance(s, 10))
		text_printf(s->out, "iptablesMinSyncPeriod: %ums, ", swarm_draw(s, 0, 5000));
	if (swarm_chance(s, 20))
		text_printf(s->out, "serializeImagePulls: false, maxParallelImagePulls: %u, ", swarm_draw(s, 0, 3));
	if (s->collects)
		text_add(s->out, "imageGCHighThresholdPercent: 2, imageGCLowThresholdPercent: 1, ");
	text_add(s->out, "concurrentJobSyncs: 3}\n");
	if (swarm_chance(s, 30))
		text_printf(s->out,
			    "  latencies: {volumeProvision: \"exponential(%us)\", imagePull: \"uniform(0s, %us)\", "
			    "pleg: %ums, monitorPass: %ums, "
			    "appReady: \"exponential(%us)\", apiWrite: %ums}\n",
			    swarm_volume_draw(s, 0, 30), swarm_draw(s, 1, 20), swarm_draw(s, 0, 1000),
			    swarm_draw(s, 0, 300), swarm_draw(s, 1, 10), swarm_draw(s, 0, 50));
}

static inline void swarm_groups(struct swarm *s)
{
	uint32_t groups = swarm_draw(s, 1, 2), left = swarm_draw(s, 1, 12);

	s->zones = swarm_draw(s, 1, 4);
	s->nodes = 0;
	text_add(s->out, "  nodeGroups:\n");
	for (uint32_t g = 0; g < groups && left > 0; g++) {
		uint32_t count = g + 1 == groups ? left : swarm_draw(s, 1, left);

		text_printf(s->out,
			    "  - {name: g%u, count: %u, max: %u, min: %u, capacity: {cpu: %u, memory: %uGi, "
			    "ephemeral-storage: 60Gi, pods: %u}, "
			    "labels: {disk: %s}",
			    g, count, count + (swarm_chance(s, 25) ? swarm_draw(s, 1, 4) : 0),
			    swarm_chance(s, 15) ? swarm_draw(s, 0, count) : count, swarm_draw(s, 1, 4),
			    swarm_draw(s, 1, 8), swarm_draw(s, 3, 20), SWARM_PICK(s, "ssd", "hdd"));
		if (swarm_chance(s, 85)) {
			text_add(s->out, ", zones: [");
			for (uint32_t z = 0; z < s->zones; z++)
				text_printf(s->out, "%sz%u", z > 0 ? ", " : "", z);
			text_add(s->out, "]");
		}
		if (g == 1 && swarm_chance(s, 30))
			text_printf(s->out, ", taints: [{key: special, value: \"1\", effect: %s}]",
				    SWARM_PICK(s, "NoSchedule", "PreferNoSchedule", "NoExecute"));
		text_add(s->out, "}\n");
		s->nodes = g == 0 ? count : s->nodes; /* names g0-0 ... g0-(nodes-1) are sure to exist */
		left -= count;
	}
}

/* A failure of masters, after its "id" and "at". */
static inline void swarm_master_failure(struct swarm *s)
{
	const char *kind = SWARM_PICK(s, "master-crash", "component-crash", "component-stop", "etcd-slow-disk",
				      "partition", "partition");
	bool crash = !strcmp(kind, "component-crash"), process = crash || !strcmp(kind, "component-stop");

	text_printf(s->out, "kind: %s", kind);
	if (!crash)
		text_printf(s->out, ", for: %us", swarm_draw(s, 1, 590));
	if (process)
		text_printf(s->out, ", component: %s",
			    SWARM_PICK(s, "etcd", "apiserver", "controller-manager", "scheduler"));
	if (kind[0] == 'e')
		text_printf(s->out, ", factor: %u", swarm_draw(s, 2, 20000));
	if (kind[0] == 'p' && swarm_chance(s, 50))
		text_printf(s->out, ", count: %u", swarm_draw(s, 1, s->nodes));
	if (kind[0] != 'p' && swarm_chance(s, 30))
		text_printf(s->out, ", master: %s}\n",
			    SWARM_PICK(s, "etcd-leader", "controller-manager-leader", "scheduler-leader"));
	else if (swarm_chance(s, 30))
		text_printf(s->out, ", masters: [master-0, master-%u]}\n", s->masters - 1);
	else
		text_printf(s->out, ", master: master-%u}\n", swarm_draw(s, 0, s->masters - 1));
}

static inline void swarm_failures(struct swarm *s)
{
	uint32_t count = swarm_chance(s, 10) ? 0 : swarm_draw(s, 1, 7);

	text_add(s->out, count > 0 ? "  failures:\n" : "");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = swarm_draw(s, 0, SWARM_TROUBLE - 600);

		if (swarm_chance(s, 25)) {
			text_printf(s->out, "  - {id: f%u, at: %u.%03us, ", i, at, swarm_draw(s, 0, 999));
			swarm_master_failure(s);
			continue;
		}
		const char *kind = SWARM_PICK(s, "node-crash", "kubelet-stop", "partition", "reboot", "node-crash",
					      "kubelet-stop", "partition", "runtime-stop", "control-plane-outage");

		text_printf(s->out, "  - {id: f%u, at: %u.%03us, kind: %s, for: %us", i, at, swarm_draw(s, 0, 999),
			    kind, swarm_chance(s, 30) ? swarm_draw(s, 1, 30) : swarm_draw(s, 30, 590));
		if (kind[0] == 'c')
			text_add(s->out, "}\n");
		else if (swarm_chance(s, 60))
			text_printf(s->out, ", node: g0-%u}\n", swarm_draw(s, 0, s->nodes - 1));
		else
			text_printf(s->out, ", count: %u}\n", swarm_draw(s, 1, s->nodes));
	}
	if (count > 0 && swarm_worker_draw(s, 0, 2) == 0)
		text_printf(s->out, "  - {id: shutdown, at: %u.%03us, kind: node-shutdown, for: %us, node: g0-%u}\n",
			    swarm_worker_draw(s, 0, SWARM_TROUBLE - 600), swarm_worker_draw(s, 0, 999),
			    swarm_worker_draw(s, 1, 590), swarm_worker_draw(s, 0, s->nodes - 1));
}

/* Words of kubectl about workload w. */
static inline void swarm_about_workload(struct swarm *s, uint32_t w)
{
	const char *kind = SWARM_PICK(s, "scale", "image", "restart", "delete");
	uint32_t k = s->kind[w];

	if (k == 4) /* Jobs are left alone */
		text_printf(s->out, "delete pod w%u-x}\n", w);
	else if (kind[0] == 's' && k != 3)
		text_printf(s->out, "scale %s/w%u --replicas=%u}\n", swarm_kind[k], w, swarm_draw(s, 0, 6));
	else if (kind[0] == 'i')
		text_printf(s->out, "set image %s/w%u c=image:%u}\n", swarm_kind[k], w, swarm_draw(s, 2, 4));
	else if (kind[0] == 'r' && k != 1)
		text_printf(s->out, "rollout restart %s/w%u}\n", swarm_kind[k], w);
	else
		text_printf(s->out, "delete pod w%u-%u}\n", w, swarm_draw(s, 0, 3));
}

/* Taints, labels and the end of a Node; what decides placement may change under the pods. */
static inline void swarm_about_node(struct swarm *s)
{
	uint32_t node = swarm_draw(s, 0, s->nodes - 1);
	const char *kind = SWARM_PICK(s, "taint", "untaint", "label", "zone", "delete", "evict");

	if (kind[0] == 't')
		text_printf(s->out, "'taint nodes g0-%u special=%u:%s --overwrite'}\n", node, swarm_draw(s, 1, 2),
			    SWARM_PICK(s, "NoSchedule", "PreferNoSchedule", "NoExecute"));
	else if (kind[0] == 'u')
		text_printf(s->out, "'taint nodes g0-%u special-'}\n", node);
	else if (kind[0] == 'l')
		text_printf(s->out, "label node g0-%u disk=%s --overwrite}\n", node, SWARM_PICK(s, "ssd", "hdd"));
	else if (kind[0] == 'z')
		text_printf(s->out, "label node g0-%u topology.kubernetes.io/zone=z%u --overwrite}\n", node,
			    swarm_draw(s, 0, 4));
	else if (kind[0] == 'd')
		text_printf(s->out, "delete node g0-%u}\n", node);
	else
		text_printf(s->out, "'delete pods -l tier=t%u --grace-period=%u'}\n", swarm_draw(s, 0, 1),
			    swarm_draw(s, 0, 5));
}

/* What the applications of workload w do. */
static inline void swarm_application(struct swarm *s, uint32_t w)
{
	static const char *const lower[] = {"deployment", "replicaset", "statefulset", "daemonset"};

	text_printf(s->out, "  - {at: %u.%03us, app: %s %s/w%u --count=%u", swarm_draw(s, 0, SWARM_TROUBLE - 10),
		    swarm_draw(s, 0, 999), SWARM_PICK(s, "exit", "oom", "hang --for=40s", "unready --for=70s"),
		    lower[s->kind[w]], w, swarm_draw(s, 1, 4));
	text_printf(s->out, "%s}\n", swarm_chance(s, 30) ? " --container=c" : "");
}

static inline void swarm_actions(struct swarm *s)
{
	static const char *const lower[] = {"deployment", "replicaset", "statefulset", "daemonset", "job"};
	uint32_t count = s->no_actions || swarm_chance(s, 40) ? 0 : swarm_draw(s, 1, 6);
	struct text *real = s->out, words;

	text_add(s->out, count > 0 ? "  actions:\n" : "");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t of = s->workloads > 0 ? swarm_draw(s, 0, s->workloads - 1) : 0;

		if (s->workloads > 0 && s->kind[of] < 4 && swarm_chance(s, 35)) {
			swarm_application(s, of);
			continue;
		}
		text_printf(s->out, "  - {at: %u.%03us, kubectl: ", swarm_draw(s, 0, SWARM_TROUBLE - 10),
			    swarm_draw(s, 0, 999));
		if (swarm_chance(s, 30)) {
			swarm_about_node(s);
			continue;
		}
		if (s->workloads == 0 || swarm_chance(s, 50)) {
			text_printf(s->out, "%s g0-%u}\n",
				    SWARM_PICK(s, "cordon", "uncordon", "drain --ignore-daemonsets --force"),
				    swarm_draw(s, 0, s->nodes - 1));
			continue;
		}
		uint32_t w = swarm_draw(s, 0, s->workloads - 1);

		text_init(&words, real->arena);
		s->out = &words;
		swarm_about_workload(s, w);
		s->out = real;
		/* kubectl's words are in lower case. */
		char *at = strstr(words.data, swarm_kind[s->kind[w]]);
		if (at != NULL)
			memcpy(at, lower[s->kind[w]], strlen(lower[s->kind[w]]));
		text_add(s->out, words.data);
	}
}

/* ---- volumes ---- */

/* Classes, volumes by hand, claims for anybody, and limits of some nodes. */
static inline void swarm_storage(struct swarm *s)
{
	struct text *o = s->out;

	for (uint32_t i = 0; i < 3; i++) {
		text_printf(
			o,
			"---\n{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: %s}, provisioner: "
			"%s, volumeBindingMode: %s",
			swarm_class[i], i == 2 ? "kubernetes.io/no-provisioner" : "disk.csi",
			i == 1 ? "Immediate" : "WaitForFirstConsumer");
		if (swarm_volume_draw(s, 0, 3) == 0)
			text_printf(o,
				    ", allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, "
				    "values: [z%u]}]}]",
				    swarm_volume_draw(s, 0, 2));
		text_add(o, "}\n");
	}
	if (swarm_volume_draw(s, 0, 2) == 0)
		text_printf(
			o,
			"---\n{apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, profiles: "
			"[{pluginConfig: [{name: VolumeBinding, args: {bindTimeoutSeconds: %u}}]}]}\n",
			swarm_volume_draw(s, 1, 20));
	for (uint32_t i = swarm_volume_draw(s, 0, 4); i-- > 0;)
		text_printf(o,
			    "---\n{apiVersion: v1, kind: PersistentVolume, metadata: {name: v%u}, spec: {capacity: "
			    "{storage: %uGi}, accessModes: [ReadWriteOnce, ReadWriteOncePod], storageClassName: hand, "
			    "nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: %s, operator: In, "
			    "values: [%s%u]}]}]}}}}\n",
			    i, swarm_volume_draw(s, 1, 20),
			    i % 2 ? "topology.kubernetes.io/zone" : "kubernetes.io/hostname", i % 2 ? "z" : "g0-",
			    swarm_volume_draw(s, 0, 3));
	for (uint32_t i = 0; i < 4; i++)
		text_printf(
			o,
			"---\n{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c%u}, spec: {accessModes: "
			"[%s], storageClassName: %s, resources: {requests: {storage: %uGi}}}}\n",
			i, i == 3 ? "ReadWriteOncePod" : "ReadWriteOnce", swarm_class[swarm_volume_draw(s, 0, 2)],
			swarm_volume_draw(s, 1, 20));
	for (uint32_t i = swarm_volume_draw(s, 0, 4); i-- > 0;)
		text_printf(
			o,
			"---\n{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: g0-%u}, spec: {drivers: "
			"[{name: disk.csi, nodeID: x, topologyKeys: [%s], allocatable: {count: %u}}]}}\n",
			i, i % 2 ? "topology.kubernetes.io/zone" : "kubernetes.io/hostname",
			swarm_volume_draw(s, 0, 4));
}

/* Volumes of a pod: one of the claims (or one that is nowhere), one of its own, or a disk. */
static inline void swarm_pod_volumes(struct swarm *s, const char *indent)
{
	struct text *o = s->out;
	uint32_t kind = swarm_volume_draw(s, 0, 6);

	if (!s->claims || kind > 3)
		return;
	text_printf(o, "%svolumes:\n%s- name: v\n", indent, indent);
	if (kind <= 1)
		text_printf(o, "%s  persistentVolumeClaim: {claimName: c%u}\n", indent, swarm_volume_draw(s, 0, 4));
	else if (kind == 2)
		text_printf(
			o,
			"%s  ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], storageClassName: "
			"%s, resources: {requests: {storage: 1Gi}}}}}\n",
			indent, swarm_class[swarm_volume_draw(s, 0, 2)]);
	else
		text_printf(o, "%s  gcePersistentDisk: {pdName: d%u}\n", indent, swarm_volume_draw(s, 0, 1));
}

static inline void swarm_claim_templates(struct swarm *s)
{
	if (s->claims && swarm_volume_draw(s, 0, 9) < 7)
		text_printf(s->out,
			    "  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {accessModes: [%s], "
			    "storageClassName: %s, resources: {requests: {storage: 2Gi}}}\n",
			    swarm_volume_draw(s, 0, 1) ? "ReadWriteOncePod" : "ReadWriteOnce",
			    swarm_class[swarm_volume_draw(s, 0, 2)]);
}

/* The template of workload w at four columns. */
static inline void swarm_pod(struct swarm *s, const char *indent, bool job)
{
	struct text *o = s->out;

	if (job)
		text_printf(o, "%srestartPolicy: %s\n", indent, SWARM_PICK(s, "Never", "OnFailure"));
	if (swarm_chance(s, 30))
		text_printf(o, "%sterminationGracePeriodSeconds: %u\n", indent, swarm_draw(s, 0, 40));
	if (swarm_chance(s, 20))
		text_printf(o, "%snodeSelector: {disk: %s}\n", indent, SWARM_PICK(s, "ssd", "hdd"));
	if (swarm_chance(s, 25)) {
		text_printf(o, "%stolerations:\n", indent);
		if (swarm_chance(s, 50))
			text_printf(o, "%s- {key: special, operator: Exists}\n", indent);
		if (swarm_chance(s, 30))
			text_printf(o, "%s- {operator: Exists}\n", indent);
		if (swarm_chance(s, 50))
			text_printf(o,
				    "%s- {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, "
				    "tolerationSeconds: %u}\n",
				    indent, swarm_draw(s, 0, 60));
	}
	if (swarm_chance(s, 15))
		text_printf(o, "%sinitContainers: [{name: i, image: init}%s]\n", indent,
			    s->version < 29
				    ? ""
				    : SWARM_PICK(s, "",
						 ", {name: s, image: side, restartPolicy: Always, "
						 "readinessProbe: {periodSeconds: 3}}, {name: j, image: init}"));
	text_printf(o, "%scontainers:\n%s- name: c\n%s  image: image:1\n", indent, indent, indent);
	if (swarm_chance(s, 80))
		text_printf(o, "%s  resources: {requests: {cpu: %um, memory: %uMi}}\n", indent,
			    swarm_draw(s, 1, 12) * 100, swarm_draw(s, 1, 10) * 100);
	if (swarm_chance(s, 20))
		text_printf(o, "%s  livenessProbe: {periodSeconds: %u, failureThreshold: 5, initialDelaySeconds: %u}\n",
			    indent, swarm_draw(s, 5, 10), swarm_draw(s, 0, 30));
	if (swarm_chance(s, 15))
		text_printf(o, "%s  startupProbe: {periodSeconds: %u, failureThreshold: 60}\n", indent,
			    swarm_draw(s, 1, 5));
	if (swarm_chance(s, 15))
		text_printf(o, "%s  lifecycle: {preStop: {sleep: {seconds: %u}}, postStart: {sleep: {seconds: 1}}}\n",
			    indent, swarm_draw(s, 0, 40));
	if (swarm_chance(s, 50))
		text_printf(o,
			    "%s  readinessProbe: {tcpSocket: {port: 80}, periodSeconds: %u, initialDelaySeconds: %u}\n",
			    indent, swarm_draw(s, 1, 10), swarm_draw(s, 0, 10));
}

static inline void swarm_strategy(struct swarm *s, uint32_t kind)
{
	struct text *o = s->out;

	if (kind == 0 && swarm_chance(s, 20))
		text_add(o, "  strategy: {type: Recreate}\n");
	else if (kind == 0 && swarm_chance(s, 60))
		text_printf(o, "  strategy: {rollingUpdate: {maxSurge: %s, maxUnavailable: %s}}\n",
			    SWARM_PICK(s, "1", "2", "30%", "100%"), SWARM_PICK(s, "0", "1", "50%"));
	if (kind == 2 && swarm_chance(s, 40))
		text_add(o, "  podManagementPolicy: Parallel\n");
	if (kind == 2 && swarm_chance(s, 15))
		text_printf(o, "  updateStrategy: {rollingUpdate: {partition: %u}}\n", swarm_draw(s, 0, 3));
	else if (kind == 2 && swarm_chance(s, 20))
		text_printf(o, "  updateStrategy: {rollingUpdate: {maxUnavailable: %u}}\n", swarm_draw(s, 1, 3));
	if (kind == 3 && swarm_chance(s, 40))
		text_printf(o, "  updateStrategy: {rollingUpdate: {maxUnavailable: %u}}\n", swarm_draw(s, 1, 3));
	else if (kind == 3 && swarm_chance(s, 30))
		text_printf(o, "  updateStrategy: {rollingUpdate: {maxSurge: %u, maxUnavailable: 0}}\n",
			    swarm_draw(s, 1, 3));
	if (kind <= 3 && swarm_chance(s, 20))
		text_printf(o, "  minReadySeconds: %u\n", swarm_draw(s, 0, 20));
}

static inline void swarm_job(struct swarm *s)
{
	struct text *o = s->out;
	bool indexed = swarm_chance(s, 40);

	text_printf(o, "  completions: %u\n  parallelism: %u\n", swarm_draw(s, 1, 4), swarm_draw(s, 1, 3));
	if (indexed)
		text_add(o, "  completionMode: Indexed\n");
	if (indexed && swarm_chance(s, 50))
		text_printf(o, "  backoffLimitPerIndex: %u\n", swarm_draw(s, 0, 2));
	else
		text_printf(o, "  backoffLimit: %u\n", swarm_draw(s, 0, 6));
	if (swarm_chance(s, 20))
		text_printf(o, "  activeDeadlineSeconds: %u\n", swarm_draw(s, 20, 900));
	if (swarm_chance(s, 20))
		text_printf(o, "  ttlSecondsAfterFinished: %u\n", swarm_draw(s, 0, 300));
	if (swarm_chance(s, 20))
		text_add(o, "  podReplacementPolicy: Failed\n");
	if (swarm_chance(s, 30))
		text_printf(
			o, "  podFailurePolicy: {rules: [{action: %s, onPodConditions: [{type: DisruptionTarget}]}]}\n",
			SWARM_PICK(s, "Ignore", "Count", "FailJob"));
}

static inline void swarm_workload(struct swarm *s, uint32_t w)
{
	struct text *o = s->out;
	uint32_t kind = swarm_chance(s, 50) ? 0 : swarm_draw(s, 1, 4);

	s->kind[w] = kind;
	text_printf(o, "---\napiVersion: %s\nkind: %s\nmetadata: {name: w%u}\nspec:\n",
		    kind == 4 ? "batch/v1" : "apps/v1", swarm_kind[kind], w);
	if (kind < 3)
		text_printf(o, "  replicas: %u\n", swarm_draw(s, 0, 6));
	if (kind == 4)
		swarm_job(s);
	else
		text_printf(o, "  selector: {matchLabels: {app: w%u}}\n", w);
	swarm_strategy(s, kind);
	if (kind == 2)
		swarm_claim_templates(s);
	text_printf(o, "  template:\n    metadata:\n      labels: {app: w%u, tier: t%u}\n", w, swarm_draw(s, 0, 1));
	if (kind == 4)
		text_printf(o, "      annotations: {nodefall.io/run-for: \"uniform(1s, %us)\"}\n",
			    swarm_draw(s, 2, 300));
	else if (swarm_chance(s, 20))
		text_printf(o,
			    "      annotations: {nodefall.io/run-for: \"uniform(1s, %us)\", nodefall.io/exits: \"%u\", "
			    "nodefall.io/exit-code: \"%u\"}\n",
			    swarm_draw(s, 1, 300), swarm_draw(s, 0, 4), swarm_draw(s, 0, 2));
	else if (swarm_chance(s, 30))
		text_printf(o,
			    "      annotations: {nodefall.io/ready-after: \"uniform(0s, %us)\", "
			    "nodefall.io/stop-after: \"exponential(%us)\"}\n",
			    swarm_draw(s, 1, 20), swarm_draw(s, 1, 20));
	else if (s->uses)
		swarm_use(s, "      ");
	text_add(o, "    spec:\n");
	swarm_pod(s, "      ", kind == 4);
	if (kind != 3)
		swarm_pod_volumes(s, "      ");
	if (kind != 4 && swarm_chance(s, 25))
		text_printf(o,
			    "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p%u}\n"
			    "spec: {selector: {matchLabels: {app: w%u}}, %s: %s}\n",
			    w, w, SWARM_PICK(s, "minAvailable", "maxUnavailable"), SWARM_PICK(s, "1", "2", "50%"));
}

/* Controllers that are replaced or turned on. */
static inline void swarm_controllers(struct swarm *s)
{
	struct text *o = s->out;

	text_add(o, "  controllers: {node-taint: on");
	if (swarm_chance(s, 15))
		text_printf(o, ", node-lifecycle: {use: phi-accrual, threshold: %u, window: %u}", swarm_draw(s, 6, 20),
			    swarm_draw(s, 10, 200));
	if (swarm_chance(s, 15))
		text_printf(o, ", taint-eviction: {use: evict-if-fits, keepRoom: %us}", swarm_draw(s, 0, 90));
	if (swarm_chance(s, 15))
		text_printf(o, ", pod-garbage-collector: {terminatedPodGCThreshold: %u}", swarm_draw(s, 0, 3));
	if (swarm_chance(s, 20))
		text_printf(
			o,
			", descheduler: {interval: %us, nodeFit: %s, strategies: [RemoveDuplicates, "
			"RemovePodsViolatingNodeTaints, RemovePodsViolatingTopologySpreadConstraint, "
			"RemoveFailedPods, {name: %s, thresholds: {cpu: %u, pods: %u}, targetThresholds: {cpu: %u}}]}",
			swarm_draw(s, 200, 1500), SWARM_PICK(s, "true", "false"),
			SWARM_PICK(s, "LowNodeUtilization", "LowNodeUtilization", "HighNodeUtilization"),
			swarm_draw(s, 5, 40), swarm_draw(s, 5, 60), swarm_draw(s, 40, 80));
	text_add(o, "}\n");
}

/* An autoscaler of workload w, and the work it gets. */
static inline void swarm_autoscaler(struct swarm *s, uint32_t w)
{
	text_printf(
		s->out,
		"---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h%u}\nspec:\n"
		"  scaleTargetRef: {kind: %s, name: w%u}\n  minReplicas: %u\n  maxReplicas: %u\n"
		"  metrics: [{type: Resource, resource: {name: cpu, target: {%s}}}]\n"
		"  behavior: {scaleDown: {stabilizationWindowSeconds: %u, selectPolicy: %s}}\n",
		w, swarm_kind[s->kind[w]], w, swarm_draw(s, 1, 3), swarm_draw(s, 3, 8),
		SWARM_PICK(s, "type: Utilization, averageUtilization: 60", "type: AverageValue, averageValue: 300m"),
		swarm_draw(s, 0, 300), SWARM_PICK(s, "Max", "Min"));
	s->scaled |= 1u << w;
}

static inline void swarm_loads(struct swarm *s)
{
	text_add(s->out, s->scaled != 0 ? "  load:\n" : "");
	for (uint32_t w = 0; w < s->workloads; w++)
		for (uint32_t i = s->scaled >> w & 1 ? swarm_draw(s, 1, 3) : 0; i > 0; i--)
			text_printf(s->out, "  - {at: %us, workload: %s/w%u, cpu: %um}\n",
				    swarm_draw(s, 0, SWARM_TROUBLE), swarm_kind[s->kind[w]], w, swarm_draw(s, 0, 3000));
}

/* A CronJob that starts nothing in the last minutes. */
static inline void swarm_cron(struct swarm *s)
{
	text_printf(s->out,
		    "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cron}\nspec:\n"
		    "  schedule: \"%u-20/%u * * * *\"\n  concurrencyPolicy: %s\n  successfulJobsHistoryLimit: %u\n",
		    swarm_draw(s, 0, 5), swarm_draw(s, 1, 7), SWARM_PICK(s, "Allow", "Forbid", "Replace"),
		    swarm_draw(s, 0, 2));
	if (swarm_chance(s, 30))
		text_printf(s->out, "  startingDeadlineSeconds: %u\n", swarm_draw(s, 1, 200));
	text_printf(s->out,
		    "  jobTemplate:\n    spec:\n      backoffLimit: %u\n      template:\n"
		    "        metadata: {annotations: {nodefall.io/run-for: \"uniform(1s, %us)\"}}\n        spec:\n",
		    swarm_draw(s, 0, 3), swarm_draw(s, 2, 200));
	swarm_pod(s, "          ", true);
}

static inline void swarm_bare(struct swarm *s, uint32_t i)
{
	struct text *o = s->out;

	text_printf(o, "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: bare-%u\n  labels: {tier: t%u}\n", i,
		    swarm_draw(s, 0, 1));
	text_add(o, "spec:\n");
	if (swarm_chance(s, 40))
		text_printf(o, "  nodeName: g0-%u\n", swarm_draw(s, 0, s->nodes - 1));
	swarm_pod(s, "  ", false);
	swarm_pod_volumes(s, "  ");
}

/* Writes the scenario of a seed; out is initialised by the caller. no_actions keeps the operator away. */
/* Images of which a few make kubelets collect garbage, or the size of one. */
static inline void swarm_images(struct swarm *s)
{
	s->collects = rng_below(&s->images, 10) < 4;
	if (!s->collects) {
		text_printf(s->out, "  images: [{name: init, size: %uMi}]\n", 1 + rng_below(&s->images, 300));
		return;
	}
	text_printf(s->out,
		    "  systemDiskShare: 0.00%u\n  images:\n  - {name: init, size: %uMi}\n"
		    "  - {name: base, layers: [{name: x, size: %uMi}, {name: y, size: %uMi}]}\n"
		    "  - {name: side, base: base, layers: [{name: z, size: %uMi}]}\n",
		    rng_below(&s->images, 4), 1 + rng_below(&s->images, 60), 1 + rng_below(&s->images, 60),
		    1 + rng_below(&s->images, 60), 1 + rng_below(&s->images, 60));
	for (int i = 1; i <= 4; i++)
		if (rng_below(&s->images, 2) == 0)
			text_printf(s->out, "  - {name: \"image:%d\", size: %uMi}\n", i,
				    1 + rng_below(&s->images, 120));
		else
			text_printf(
				s->out,
				"  - {name: \"image:%d\", base: base, layers: [{name: i%d, size: %uMi}, {name: tail, "
				"size: 10Mi}]}\n",
				i, i, 1 + rng_below(&s->images, 90));
}

static inline void swarm_scenario(struct text *out, uint64_t seed, bool no_actions)
{
	struct swarm s = {.rng = rng_stream(seed, 0, 0, 0),
			  .out = out,
			  .no_actions = no_actions,
			  .volumes = rng_stream(seed, 0, 0, 1),
			  .worker = rng_stream(seed, 0, 0, 2),
			  .images = rng_stream(seed, 0, 0, 3)};
	uint32_t services;

	/* Documents may come in any order, so the workloads are written first and actions can name them. */
	text_add(out, "# swarm\n");
	s.claims = swarm_volume_draw(&s, 0, 9) < 4;
	if (s.claims)
		swarm_storage(&s);
	s.version = swarm_draw(&s, 20, 36);
	s.uses = swarm_worker_draw(&s, 0, 1) == 0;
	s.workloads = swarm_draw(&s, 0, 5);
	for (uint32_t w = 0; w < s.workloads; w++)
		swarm_workload(&s, w);
	for (uint32_t w = 0; w < s.workloads; w++)
		if (s.kind[w] <= 2 && swarm_chance(&s, 15))
			swarm_autoscaler(&s, w);
	if (swarm_chance(&s, 20))
		swarm_cron(&s);
	if (swarm_chance(&s, 15))
		text_printf(out,
			    "---\n{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: [{type: "
			    "Container, "
			    "defaultRequest: {cpu: %um}}]}}\n",
			    swarm_draw(&s, 10, 300));
	if (swarm_chance(&s, 10))
		text_printf(out,
			    "---\n{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: "
			    "{requests.cpu: %um}}}\n",
			    swarm_draw(&s, 200, 6000));
	services = swarm_draw(&s, 0, 3);
	for (uint32_t i = 0; i < services; i++)
		text_printf(
			out,
			"---\n{apiVersion: v1, kind: Service, metadata: {name: s%u}, spec: {selector: {%s: %s%u}}}\n",
			i, i == 2 ? "tier" : "app", i == 2 ? "t" : "w", i == 2 ? 0 : swarm_draw(&s, 0, 4));
	text_printf(out,
		    "---\napiVersion: nodefall/v1\nkind: Scenario\nmetadata: {name: swarm}\nspec:\n"
		    "  seed: %u\n  duration: %us\n  kubernetes: \"1.%u\"\n  start: %s\n  prePulled: %s\n%s",
		    swarm_draw(&s, 0, 1000000), SWARM_DURATION, s.version, SWARM_PICK(&s, "settled", "empty"),
		    SWARM_PICK(&s, "true", "false"),
		    s.version < 24 ? SWARM_PICK(&s, "", "  runtime: dockershim\n", "  runtime: cri-o\n")
				   : SWARM_PICK(&s, "", "  runtime: containerd\n",
						"  runtime: cri-dockerd\n  liveRestore: true\n"));
	s.masters = 1 + 2 * swarm_draw(&s, 0, 2);
	text_printf(out, "  masters: %u\n  componentsUse: %s\n", s.masters,
		    SWARM_PICK(&s, "local", "local", "load-balancer"));
	if (swarm_chance(&s, 40))
		text_printf(out, "  registry: {bandwidth: %u, nodeBandwidth: %u, failureRate: 0.%u}\n",
			    swarm_draw(&s, 5, 500), swarm_draw(&s, 5, 100), swarm_draw(&s, 0, 5));
	swarm_images(&s);
	swarm_timers(&s);
	swarm_kubelet(&s);
	swarm_groups(&s);
	swarm_failures(&s);
	swarm_actions(&s);
	swarm_controllers(&s);
	swarm_loads(&s);
	for (uint32_t i = swarm_draw(&s, 0, 3); i > 0; i--)
		swarm_bare(&s, i);
}

#endif
