/* test_volumes.c - what the four plugins about volumes say of each node, and how claims get their volumes in a run.
 * Reasons and codes: kube-scheduler.md 1.2 and 3.11. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/sched_answer.h"
#include "models/sched_internal.h"
#include "models/world.h"
#include "sim/text.h"
#include "tests/load.h"

/* Three nodes: n0 and n1 in zone a, n2 in zone b; n3 without zone. Nothing is placed that does not name its node. */
#define CLUSTER(version)                                                                                               \
	"apiVersion: nodefall/v1\nkind: Scenario\nspec: {kubernetes: \"1." version "\", start: empty}\n---\n"          \
	"{apiVersion: v1, kind: Node, metadata: {name: n0, labels: {topology.kubernetes.io/zone: a}}}\n---\n"          \
	"{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: a}}}\n---\n"          \
	"{apiVersion: v1, kind: Node, metadata: {name: n2, labels: {topology.kubernetes.io/zone: b}}}\n---\n"          \
	"{apiVersion: v1, kind: Node, metadata: {name: n3}}\n---\n"

#define CLASS(name, mode, more)                                                                                        \
	"{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: " name "}, provisioner: disk.csi, "      \
	"volumeBindingMode: " mode more "}\n---\n"
#define CLAIM(name, more)                                                                                              \
	"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " name "}, spec: {accessModes: "               \
	"[ReadWriteOnce], resources: {requests: {storage: 10Gi}}, " more "}}\n---\n"
/* A claim that a dump shows as bound. */
#define BOUND(name, volume)                                                                                            \
	"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " name "}, spec: {accessModes: "               \
	"[ReadWriteOnce], volumeName: " volume "}, status: {phase: Bound}}\n---\n"
#define VOLUME(name, labels, more)                                                                                     \
	"{apiVersion: v1, kind: PersistentVolume, metadata: {name: " name ", labels: {" labels "}}, spec: "            \
	"{accessModes: [ReadWriteOnce], capacity: {storage: 10Gi}, " more "}}\n---\n"
#define IN_ZONE(zone)                                                                                                  \
	"nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: topology.kubernetes.io/zone, "        \
	"operator: In, values: [" zone "]}]}]}}"
#define CSI(handle) "csi: {driver: disk.csi, volumeHandle: " handle "}"
#define CSI_NODE(node, count)                                                                                          \
	"{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: " node                                        \
	"}, spec: {drivers: [{name: disk.csi, "                                                                        \
	"nodeID: x, allocatable: {count: " count "}}]}}\n---\n"
#define USES(claim) "{name: v, persistentVolumeClaim: {claimName: " claim "}}"
/* more: other fields of the spec, ending in a comma. */
#define POD(name, more, volumes)                                                                                       \
	"{apiVersion: v1, kind: Pod, metadata: {name: " name "}, spec: {" more "containers: [{name: c, image: i}], "   \
	"volumes: [" volumes "]}}\n---\n"

#define OK "fits"
#define AFFINITY "VolumeBinding U node(s) didn't match PersistentVolume's node affinity"
#define NO_MATCH "VolumeBinding U node(s) didn't find available persistent volumes to bind"
#define NO_SPACE "VolumeBinding U node(s) did not have enough free storage"
#define ZONE "VolumeZone U node(s) had no available volume zone"
#define LIMIT "NodeVolumeLimits - node(s) exceed max volume count"
#define DISK "VolumeRestrictions - node(s) had no available disk"
#define ONCE                                                                                                           \
	"VolumeRestrictions - node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod "       \
	"access "                                                                                                      \
	"mode"
#define UNBOUND "pod has unbound immediate PersistentVolumeClaims"

struct shop {
	struct loaded l;
	struct run run;
	struct world *w;
	struct sched_question q;
	uint32_t pod;
};

static uint32_t find_pod(const struct shop *s, const char *name)
{
	for (uint32_t i = 0; i < s->w->cluster.pod_count; i++)
		if (s->w->cluster.pod[i].exists &&
		    strcmp(names_text(&s->run.names, s->w->cluster.pod[i].name), name) == 0)
			return i;
	fail_msg("no pod %s", name);
	return NONE;
}

/* Loads, settles, and asks the scheduler about pod "p". */
static void open_shop(struct shop *s, const char *text)
{
	memset(s, 0, sizeof(*s));
	load_text(&s->l, text, NULL, 0);
	if (s->l.result != 0)
		fail_msg("%s", s->l.said.data);
	s->w = world_settled(&s->run, &s->l.scenario, 1, UINT32_MAX);
	s->pod = find_pod(s, "p");
	assert_true(sched_question_init(&s->q, s->w, &s->run.arena, s->pod));
	framework_decide(s->q.fw, s->pod);
}

static void close_shop(struct shop *s)
{
	run_release(&s->run);
	unload(&s->l);
}

/* "fits", or "PLUGIN CODE first reason, second": code U when preemption cannot help. */
static const char *verdict(struct shop *s, uint32_t node)
{
	struct sched_framework *fw = s->q.fw;
	char reason[16][SCHED_REASON_MAX];
	struct text t;

	for (uint32_t i = 0; i < fw->feasible_count; i++)
		if (fw->feasible[i] == node)
			return OK;
	for (uint32_t i = 0; i < fw->rejected_count; i++) {
		struct sched_slot *slot = &fw->slot[fw->rejected_by[i]];

		if (fw->rejected[i] != node)
			continue;
		text_init(&t, &s->run.arena);
		text_printf(&t, "%s %s", slot->plugin->info.name,
			    fw->rejected_status[i] == SCHED_UNRESOLVABLE ? "U" : "-");
		for (uint32_t k = 0, n = slot->plugin->reasons(&slot->call, node, reason); k < n; k++)
			text_printf(&t, "%s %s", k > 0 ? "," : "", reason[k]);
		return t.data;
	}
	return "not looked at";
}

/* The verdicts on the four nodes; NULL: the pod as a whole is rejected, and want is what is said of it. */
static void expect(const char *text, const char *n0, const char *n1, const char *n2, const char *n3)
{
	const char *want[] = {n0, n1, n2, n3};
	struct shop s;

	open_shop(&s, text);
	for (uint32_t i = 0; i < 4; i++)
		assert_string_equal(verdict(&s, i), want[i]);
	close_shop(&s);
}

/* The pod as a whole is rejected: by this plugin, in these words, and preemption does not try. */
static void expect_whole(const char *text, const char *plugin, const char *words)
{
	struct sched_preemption *p;
	struct shop s;
	struct text said, want;

	open_shop(&s, text);
	text_init(&said, &s.run.arena);
	text_init(&want, &s.run.arena);
	assert_int_equal(s.q.fw->feasible_count + s.q.fw->rejected_count, 0);
	assert_int_not_equal(s.q.fw->whole_by, NONE);
	assert_int_equal(s.q.fw->whole_status, SCHED_UNRESOLVABLE);
	assert_string_equal(s.q.fw->slot[s.q.fw->whole_by].plugin->info.name, plugin);
	assert_int_equal(s.q.fw->rejectors, UINT32_C(1) << s.q.fw->whole_by);
	framework_explain(s.q.fw, s.pod, &said);
	text_printf(&want, "0/4 nodes are available: %s.%s", words,
		    s.l.scenario.kubernetes >= 24 ? " preemption: 0/4 nodes are available: 4 Preemption is not helpful "
						    "for scheduling."
						  : "");
	assert_string_equal(said.data, want.data);
	p = &s.q.preemption;
	sched_preempt(s.q.fw, s.pod, p);
	assert_int_equal(p->count, 0);
	close_shop(&s);
}

/* ---- VolumeBinding ---- */

static void bound_claims_keep_their_place(void **state)
{
	(void)state;
	expect(CLUSTER("34") BOUND("c", "v") VOLUME("v", "", IN_ZONE("a")) POD("p", "", USES("c")), OK, OK, AFFINITY,
	       AFFINITY);
	expect(CLUSTER("34") BOUND("c", "v") VOLUME("v", "", IN_ZONE("a, b")) POD("p", "", USES("c")), OK, OK, OK,
	       AFFINITY);
	expect(CLUSTER("34") BOUND("c", "v") VOLUME("v", "", "hostPath: {path: /x}") POD("p", "", USES("c")), OK, OK,
	       OK, OK);
	/* Other words up to 1.32. */
	expect(CLUSTER("33") BOUND("c", "v") VOLUME("v", "", IN_ZONE("a")) POD("p", "", USES("c")), OK, OK, AFFINITY,
	       AFFINITY);
	expect(CLUSTER("32") BOUND("c", "v") VOLUME("v", "", IN_ZONE("a")) POD("p", "", USES("c")), OK, OK,
	       "VolumeBinding U node(s) had volume node affinity conflict",
	       "VolumeBinding U node(s) had volume node affinity conflict");
	/* A local disk: one node. */
	expect(CLUSTER("34") BOUND("c", "v") VOLUME(
		       "v", "",
		       "local: {path: /x}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: "
		       "kubernetes.io/hostname, operator: In, values: [n3]}]}]}}") POD("p", "", USES("c")),
	       AFFINITY, AFFINITY, AFFINITY, OK);
}

static void waiting_claims_need_a_volume_or_a_provisioner(void **state)
{
	/* Of two claims of one pod each takes one volume; the smallest that is large enough. */
	static const char *const two = CLUSTER("34") CLASS("wait", "WaitForFirstConsumer", "")
		CLAIM("c", "storageClassName: wait") POD("p", "", USES("c"));

	(void)state;
	expect(two, OK, OK, OK, OK);
	expect(CLUSTER("34") CLASS("wait", "WaitForFirstConsumer",
				   ", allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, "
				   "values: [b]}]}]") CLAIM("c", "storageClassName: wait") POD("p", "", USES("c")),
	       NO_MATCH, NO_MATCH, OK, NO_MATCH);
#define NO_PROVISIONER                                                                                                 \
	"{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: hand}, provisioner: "                    \
	"kubernetes.io/no-provisioner, volumeBindingMode: WaitForFirstConsumer}\n---\n"
#define BY_HAND CLUSTER("34") NO_PROVISIONER CLAIM("c", "storageClassName: hand")
	expect(BY_HAND POD("p", "", USES("c")), NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	expect(BY_HAND VOLUME("v", "", "storageClassName: hand, " IN_ZONE("b")) POD("p", "", USES("c")), NO_MATCH,
	       NO_MATCH, OK, NO_MATCH);
	/* Another class, other access modes, a claimRef of another claim, too small: each alone is enough. */
	expect(BY_HAND VOLUME("v", "", "storageClassName: other") POD("p", "", USES("c")), NO_MATCH, NO_MATCH, NO_MATCH,
	       NO_MATCH);
	expect(BY_HAND VOLUME("v", "", "storageClassName: hand, claimRef: {name: x, namespace: default}")
		       POD("p", "", USES("c")),
	       NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	expect(BY_HAND VOLUME("v", "", "storageClassName: hand, volumeMode: Block") POD("p", "", USES("c")), NO_MATCH,
	       NO_MATCH, NO_MATCH, NO_MATCH);
	expect(CLUSTER("34") NO_PROVISIONER CLAIM("c", "storageClassName: hand, selector: {matchLabels: {k: w}}")
		       VOLUME("v", "k: w", "storageClassName: hand") POD("p", "", USES("c")),
	       OK, OK, OK, OK);
	expect(CLUSTER("34") NO_PROVISIONER CLAIM("c", "storageClassName: hand, selector: {matchLabels: {k: w}}")
		       VOLUME("v", "k: x", "storageClassName: hand") POD("p", "", USES("c")),
	       NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	expect(CLUSTER("34") NO_PROVISIONER
	       "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: "
	       "[ReadWriteMany], resources: {requests: {storage: 10Gi}}, storageClassName: hand}}\n---\n" VOLUME(
		       "v", "", "storageClassName: hand") POD("p", "", USES("c")),
	       NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	/* A byte too much. */
	expect(CLUSTER("34") NO_PROVISIONER
	       "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: "
	       "[ReadWriteOnce], resources: {requests: {storage: 10737418241}}, storageClassName: hand}}\n---\n" VOLUME(
		       "v", "", "storageClassName: hand") POD("p", "", USES("c")),
	       NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	/* One volume does not do for two claims. */
	expect(BY_HAND CLAIM("d", "storageClassName: hand") VOLUME("v", "", "storageClassName: hand")
		       POD("p", "", USES("c") ", {name: w, persistentVolumeClaim: {claimName: d}}"),
	       NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH);
	/* A node was selected for the claim before: nowhere else. */
	expect(CLUSTER("34") CLASS("wait", "WaitForFirstConsumer",
				   "") "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, annotations: "
				       "{volume.kubernetes.io/selected-node: n1}}, spec: {accessModes: "
				       "[ReadWriteOnce], resources: {requests: "
				       "{storage: 1Gi}}, storageClassName: wait}}\n---\n" POD("p", "", USES("c")),
	       NO_MATCH, OK, NO_MATCH, NO_MATCH);
}

static void provisioners_may_run_out_of_space(void **state)
{
#define CAPACITY(zone, size)                                                                                           \
	"{apiVersion: storage.k8s.io/v1, kind: CSIStorageCapacity, metadata: {name: s-" zone "}, storageClassName: "   \
	"wait, nodeTopology: {matchLabels: {topology.kubernetes.io/zone: " zone "}}, capacity: " size "}\n---\n"
#define DRIVER(tells)                                                                                                  \
	"{apiVersion: storage.k8s.io/v1, kind: CSIDriver, metadata: {name: disk.csi}, spec: {storageCapacity: " tells  \
	"}}\n---\n"
#define SPACE                                                                                                          \
	CLASS("wait", "WaitForFirstConsumer", "")                                                                      \
	CLAIM("c", "storageClassName: wait") CAPACITY("a", "10Gi") CAPACITY("b", "10239Mi") POD("p", "", USES("c"))

	(void)state;
	expect(CLUSTER("34") DRIVER("true") SPACE, OK, OK, NO_SPACE, NO_SPACE);
	expect(CLUSTER("34") DRIVER("false") SPACE, OK, OK, OK, OK);
	expect(CLUSTER("34") SPACE, OK, OK, OK, OK);
}

static void whole_pods_are_rejected(void **state)
{
	(void)state;
	/* The plugin that finds it first depends on the version, the words do not. */
	expect_whole(CLUSTER("34") POD("p", "", USES("x")), "VolumeRestrictions",
		     "persistentvolumeclaim \"x\" not found");
	expect_whole(CLUSTER("26") POD("p", "", USES("x")), "VolumeBinding", "persistentvolumeclaim \"x\" not found");
	expect_whole(CLUSTER("20") POD("p", "", USES("x")), "VolumeBinding", "persistentvolumeclaim \"x\" not found");
	expect_whole(CLUSTER("34") CLASS("now", "Immediate", "") CLAIM("c", "storageClassName: now")
			     POD("p", "", USES("c")),
		     "VolumeBinding", UNBOUND);
	/* A class that is nowhere, and none at all. */
	expect_whole(CLUSTER("34") CLAIM("c", "storageClassName: gone") POD("p", "", USES("c")), "VolumeBinding",
		     UNBOUND);
	expect_whole(CLUSTER("34") CLAIM("c", "storageClassName: \"\"") POD("p", "", USES("c")), "VolumeBinding",
		     UNBOUND);
	/* Bound by hand to a volume and not yet confirmed: the binder's business even if the class waits. */
	expect_whole(CLUSTER("34") CLASS("wait", "WaitForFirstConsumer", "")
			     CLAIM("c", "storageClassName: wait, volumeName: v") POD("p", "", USES("c")),
		     "VolumeBinding", UNBOUND);
	expect_whole(
		CLUSTER("34") "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {volumeName: "
			      "v}, status: {phase: Lost}}\n---\n" POD("p", "", USES("c")),
		"VolumeBinding", "persistentvolumeclaim \"c\" bound to non-existent persistentvolume \"v\"");
	expect_whole(CLUSTER("34") "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, "
				   "deletionTimestamp: \"2026-01-01T00:00:00Z\"}, spec: {volumeName: v}}\n---\n" POD(
					   "p", "", USES("c")),
		     "VolumeBinding", "persistentvolumeclaim \"c\" is being deleted");
	expect_whole(CLUSTER("34") POD("p", "",
				       "{name: e, ephemeral: {volumeClaimTemplate: {spec: {accessModes: "
				       "[ReadWriteOnce]}}}}"),
		     "VolumeBinding",
		     "waiting for ephemeral volume controller to create the persistentvolumeclaim \"p-e\"");
	/* Bound to a volume that is not there. */
	expect_whole(CLUSTER("34") BOUND("c", "v") POD("p", "", USES("c")), "VolumeZone",
		     "persistentvolume \"v\" not found");
	/* Harmless volumes do not matter. */
	expect(CLUSTER("34") POD("p", "", "{name: e, emptyDir: {}}, {name: s, csi: {driver: d}}"), OK, OK, OK, OK);
}

static void default_classes_are_given(void **state)
{
	static const char *const with =
		CLUSTER("34") "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: std, annotations: "
			      "{storageclass.kubernetes.io/is-default-class: \"true\"}}, provisioner: disk.csi, "
			      "volumeBindingMode: WaitForFirstConsumer}\n---\n" CLAIM("c", "") POD("p", "", USES("c"));

	(void)state;
	expect(with, OK, OK, OK, OK);
	expect_whole(CLUSTER("34") CLASS("std", "WaitForFirstConsumer", "") CLAIM("c", "") POD("p", "", USES("c")),
		     "VolumeBinding", UNBOUND);
}

/* ---- VolumeZone ---- */

static void labelled_volumes_stay_in_their_zone(void **state)
{
#define LABELLED(labels)                                                                                               \
	CLUSTER("34") BOUND("c", "v") VOLUME("v", labels, "hostPath: {path: /x}") POD("p", "", USES("c"))
	(void)state;
	/* A node without any label of topology passes. */
	expect(LABELLED("topology.kubernetes.io/zone: a"), OK, OK, ZONE, OK);
	expect(LABELLED("topology.kubernetes.io/zone: a__b"), OK, OK, OK, OK);
	expect(LABELLED("topology.kubernetes.io/zone: aa__b"), ZONE, ZONE, OK, OK);
	/* The old label is compared with the node's new one. */
	expect(LABELLED("failure-domain.beta.kubernetes.io/zone: b"), ZONE, ZONE, OK, OK);
	/* A region that the nodes do not have. */
	expect(LABELLED("topology.kubernetes.io/region: r"), ZONE, ZONE, ZONE, OK);
	expect(LABELLED("color: blue"), OK, OK, OK, OK);
	/* VolumeBinding speaks first. */
	expect(CLUSTER("34") BOUND("c", "v") VOLUME("v", "topology.kubernetes.io/zone: a", IN_ZONE("b"))
		       POD("p", "", USES("c")),
	       AFFINITY, AFFINITY, ZONE, AFFINITY);
}

/* ---- NodeVolumeLimits ---- */

#define DISKS                                                                                                          \
	BOUND("c", "v")                                                                                                \
	BOUND("d", "w")                                                                                                \
	BOUND("e", "x") VOLUME("v", "", CSI("v")) VOLUME("w", "", CSI("w")) VOLUME("x", "", "hostPath: {path: /x}")
#define ON(node) "nodeName: " node ", "

static void nodes_attach_no_more_than_their_limit(void **state)
{
	(void)state;
	/* n0 takes one and has one, n1 takes one, n2 none, n3 any number. */
	expect(CLUSTER("34") DISKS CSI_NODE("n0", "1") CSI_NODE("n1", "1") CSI_NODE("n2", "0")
		       POD("o", ON("n0"), USES("d")) POD("p", "", USES("c")),
	       LIMIT, OK, LIMIT, OK);
	/* The same volume counts once; what is not attachable does not count. */
	expect(CLUSTER("34") DISKS CSI_NODE("n0", "1") POD("o", ON("n0"), USES("c")) POD("p", "", USES("c")), OK, OK,
	       OK, OK);
	expect(CLUSTER("34") DISKS CSI_NODE("n0", "0") POD("p", "", USES("e")), OK, OK, OK, OK);
	/* Two new ones. */
	expect(CLUSTER("34") DISKS CSI_NODE("n0", "1") CSI_NODE("n1", "2")
		       POD("p", "", USES("c") ", {name: w, persistentVolumeClaim: {claimName: d}}"),
	       LIMIT, OK, OK, OK);
	/* An attachment whose pod has gone counts. */
	expect(CLUSTER("34") DISKS CSI_NODE("n0", "1") "{apiVersion: storage.k8s.io/v1, kind: VolumeAttachment, "
						       "metadata: {name: a}, spec: {attacher: disk.csi, "
						       "nodeName: n0, source: {persistentVolumeName: w}}}\n---\n" POD(
							       "p", "", USES("c")),
	       LIMIT, OK, OK, OK);
	/* A volume that is still to be made counts by its class. */
	expect(CLUSTER("34") CLASS("wait", "WaitForFirstConsumer", "") CLAIM("c", "storageClassName: wait")
		       CSI_NODE("n0", "0") POD("p", "", USES("c")),
	       LIMIT, OK, OK, OK);
	/* A finished pod's volume is detached. */
	expect(CLUSTER("34") DISKS CSI_NODE(
		       "n0", "1") "{apiVersion: v1, kind: Pod, metadata: {name: o}, spec: {nodeName: n0, containers: "
				  "[{name: c, image: "
				  "i}], volumes: [" USES("d") "]}, status: {phase: Succeeded}}\n---\n" POD("p", "",
													   USES("c")),
	       OK, OK, OK, OK);
}

/* ---- VolumeRestrictions ---- */

static void disks_are_written_by_one_node(void **state)
{
#define BOTH(a, b) CLUSTER("34") POD("o", ON("n0"), "{name: v, " a "}") POD("p", "", "{name: v, " b "}")
#define SAME(a) BOTH(a, a)
#define GCE(more) "gcePersistentDisk: {pdName: d" more "}"
#define ISCSI(more) "iscsi: {targetPortal: t, lun: 0, iqn: q" more "}"
#define RBD(monitor, image, more) "rbd: {monitors: [" monitor "], image: " image more "}"
	(void)state;
	expect(SAME(GCE("")), DISK, OK, OK, OK);
	expect(BOTH(GCE(", readOnly: true"), GCE("")), DISK, OK, OK, OK);
	expect(SAME(GCE(", readOnly: true")), OK, OK, OK, OK);
	expect(BOTH("gcePersistentDisk: {pdName: other}", GCE("")), OK, OK, OK, OK);
	expect(SAME("awsElasticBlockStore: {volumeID: d, readOnly: true}"), DISK, OK, OK, OK);
	expect(SAME(ISCSI("")), DISK, OK, OK, OK);
	expect(SAME(ISCSI(", readOnly: true")), OK, OK, OK, OK);
	expect(SAME(RBD("m, n", "i", "")), DISK, OK, OK, OK);
	expect(BOTH(RBD("m, n", "i", ""), RBD("n, o", "i", ", pool: rbd")), DISK, OK, OK, OK);
	expect(BOTH(RBD("m", "i", ""), RBD("n", "i", "")), OK, OK, OK, OK);
	expect(BOTH(RBD("m", "i", ""), RBD("m", "k", "")), OK, OK, OK, OK);
	expect(BOTH(RBD("m", "i", ", pool: a"), RBD("m", "i", "")), OK, OK, OK, OK);
	expect(SAME(RBD("m", "i", ", readOnly: true")), OK, OK, OK, OK);
}

#define ONCE_CLAIM                                                                                                     \
	"{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOncePod], "  \
	"volumeName: v}, status: {phase: Bound}}\n---\n" VOLUME("v", "", CSI("v"))

static void some_claims_have_one_pod(void **state)
{
	(void)state;
	expect(CLUSTER("34") ONCE_CLAIM POD("o", ON("n0"), USES("c")) POD("p", "", USES("c")), ONCE, ONCE, ONCE, ONCE);
	expect(CLUSTER("27") ONCE_CLAIM POD("o", ON("n0"), USES("c")) POD("p", "", USES("c")), ONCE, ONCE, ONCE, ONCE);
	expect(CLUSTER("26") ONCE_CLAIM POD("o", ON("n0"), USES("c")) POD("p", "", USES("c")), OK, OK, OK, OK);
	expect(CLUSTER("34") ONCE_CLAIM POD("o", ON("n0"), "") POD("p", "", USES("c")), OK, OK, OK, OK);
	/* ReadWriteOnce is of a node, which the scheduler does not look at. */
	expect(CLUSTER("34") BOUND("c", "v") VOLUME("v", "", CSI("v")) POD("o", ON("n0"), USES("c"))
		       POD("p", "", USES("c")),
	       OK, OK, OK, OK);
}

/* ---- preemption ---- */

/* The nodes that preemption could free, as bits. */
static uint32_t freed(const char *text)
{
	struct shop s;
	uint32_t mask = 0;

	open_shop(&s, text);
	assert_int_equal(s.q.fw->feasible_count, 0);
	sched_preempt(s.q.fw, s.pod, &s.q.preemption);
	for (uint32_t i = 0; i < s.q.preemption.count; i++) {
		assert_int_equal(s.q.preemption.candidate[i].victims, 1);
		mask |= UINT32_C(1) << s.q.preemption.candidate[i].node;
	}
	close_shop(&s);
	return mask;
}

static void preemption_frees_claims_and_slots(void **state)
{
#define HIGH "priority: 10, "
	(void)state;
	assert_int_equal(freed(CLUSTER("34") ONCE_CLAIM POD("o", ON("n1"), USES("c")) POD("p", HIGH, USES("c"))),
			 1 << 1);
	/* The user of the claim is as important: nobody goes. */
	assert_int_equal(freed(CLUSTER("34") ONCE_CLAIM POD("o", HIGH ON("n1"), USES("c")) POD("p", HIGH, USES("c"))),
			 0);
	/* Three nodes are full of volumes; n2 of an important pod's. */
	assert_int_equal(freed(CLUSTER("34") DISKS BOUND("f", "y") BOUND("g", "z") VOLUME("y", "", CSI("y")) VOLUME(
				 "z", "", CSI("z")) CSI_NODE("n0", "1") CSI_NODE("n1", "1") CSI_NODE("n2", "1")
				       CSI_NODE("n3", "0") POD("o0", ON("n0"), USES("d")) POD("o1", ON("n1"), USES("f"))
					       POD("o2", HIGH ON("n2"), USES("g")) POD("p", HIGH, USES("c"))),
			 1 << 0 | 1 << 1);
}

/* ---- hints; kube-scheduler.md 2.6 ---- */

static bool helps(struct shop *s, const char *plugin, struct sched_event e)
{
	return framework_helps(s->q.fw, s->pod, UINT32_C(1) << sched_plugin_row(plugin), &e);
}

static struct sched_event about_claim(const struct shop *s, const char *claim, bool added)
{
	uint32_t name = names_find(&s->run.names, claim);

	return (struct sched_event){.kind = SCHED_VOLUME,
				    .node = NONE,
				    .pod = NONE,
				    .claim = view_claim(&s->w->cluster.view, s->w->cluster.pod[s->pod].namespace, name),
				    .volume = NONE,
				    .added = added};
}

static struct sched_event without(const struct shop *s, const char *pod)
{
	return (struct sched_event){
		.kind = SCHED_POD_DELETE, .node = 0, .pod = find_pod(s, pod), .claim = NONE, .volume = NONE};
}

#define ALL_KINDS(version)                                                                                             \
	CLUSTER(version)                                                                                               \
	ONCE_CLAIM BOUND("d", "w") VOLUME("w", "", CSI("w")) POD("same", ON("n0"), USES("c"))                          \
		POD("other", ON("n0"), USES("d")) POD("disk", ON("n0"), "{name: g, " GCE("") "}")                      \
			POD("none", ON("n0"), "") POD("p", "", USES("c") ", {name: g, " GCE("") "}")

static void hints_know_whom_events_help(void **state)
{
	static const char *const all[] = {"VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone"};
	static const struct {
		const char *pod;
		bool helps[4]; /* in the order of `all` */
	} gone[] = {{"same", {true, true, false, false}},
		    {"other", {false, true, false, false}},
		    {"disk", {true, true, false, false}},
		    {"none", {false, false, false, false}}};
	const struct sched_event volume = {.kind = SCHED_VOLUME, .node = NONE, .pod = NONE, .claim = NONE, .volume = 0};
	const struct sched_event node = {.kind = SCHED_NODE_ADD, .node = 0, .pod = NONE};
	struct shop s;

	(void)state;
	open_shop(&s, ALL_KINDS("34"));
	for (size_t k = 0; k < 4; k++) {
		for (size_t i = 0; i < COUNT(gone); i++)
			assert_int_equal(helps(&s, all[k], without(&s, gone[i].pod)), gone[i].helps[k]);
		assert_true(helps(&s, all[k], about_claim(&s, "c", true)));
		assert_false(helps(&s, all[k], about_claim(&s, "d", true)));
		/* Only a new claim helps the first two. */
		assert_int_equal(helps(&s, all[k], about_claim(&s, "c", false)), k >= 2);
		assert_int_equal(helps(&s, all[k], volume), k >= 2);
		assert_int_equal(helps(&s, all[k], node), k != 1);
	}
	close_shop(&s);
	/* Before hints any such event does. */
	open_shop(&s, ALL_KINDS("31"));
	assert_true(helps(&s, "VolumeRestrictions", without(&s, "none")));
	assert_true(helps(&s, "VolumeBinding", about_claim(&s, "d", false)));
	assert_false(helps(&s, "VolumeBinding", without(&s, "same")));
	close_shop(&s);
}

/* ---- input ---- */

static void expect_said(const char *text, int result, const char *part)
{
	struct loaded l;

	load_text(&l, text, NULL, 0);
	assert_int_equal(l.result, result);
	if (strstr(l.said.data, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, l.said.data);
	unload(&l);
}

static void mistakes_are_told(void **state)
{
	(void)state;
	expect_said(CLUSTER("34") POD("p", "", USES("x")), 0,
		    "PersistentVolumeClaim \"x\" is not among the objects: its pods cannot be scheduled");
	expect_said(CLUSTER("34") CLAIM("c", "storageClassName: gone"), 0,
		    "StorageClass \"gone\" is not among the objects");
	expect_said(CLUSTER("34") CLAIM("c", ""), 0, "no class and no default StorageClass");
	expect_said(
		"{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {accessModes: [ReadWriteTwice]}}",
		3, "did you mean \"ReadWriteOnce\"?");
	expect_said("{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {capacity: {storage: ten}}}",
		    3, "storage \"ten\"");
	expect_said("{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {capacity: {storage: -1}}}", 3,
		    "must not be negative");
	expect_said(POD("p", "", "{name: v, persistentVolumeClaim: {}}"), 3, "needs claimName");
	expect_said("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s}}", 3,
		    "StorageClass without provisioner");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_claims_keep_their_place),
		cmocka_unit_test(waiting_claims_need_a_volume_or_a_provisioner),
		cmocka_unit_test(provisioners_may_run_out_of_space),
		cmocka_unit_test(whole_pods_are_rejected),
		cmocka_unit_test(default_classes_are_given),
		cmocka_unit_test(labelled_volumes_stay_in_their_zone),
		cmocka_unit_test(nodes_attach_no_more_than_their_limit),
		cmocka_unit_test(disks_are_written_by_one_node),
		cmocka_unit_test(some_claims_have_one_pod),
		cmocka_unit_test(preemption_frees_claims_and_slots),
		cmocka_unit_test(hints_know_whom_events_help),
		cmocka_unit_test(mistakes_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
