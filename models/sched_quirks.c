/* sched_quirks.c - where a version of kube-scheduler does what its authors did not mean, and so does its profile here.
 */
#include "models/sched_quirks.h"

#include <string.h>

static const struct sched_quirk quirks[] = {
	{"upstream-141526", "1.34 and later", "InterPodAffinity",
	 "the namespaceSelector of the incoming pod's terms is also asked about no labels at all, so that NotIn and "
	 "DoesNotExist select every namespace",
	 "kubernetes issue 141526, open in August 2026; kube-scheduler 1.34.1 executed"},
	{"upstream-141024", "1.35 and later", "choice among equal totals",
	 "the random key of the heap is filled only when extenders run, so the winner of a tie depends on the order of "
	 "the nodes",
	 "kubernetes pull request 141024, open in July 2026; read"},
	{"fit-pod-level", "1.34 and later", "NodeResourcesFit",
	 "its score does not see requests of the pod as a whole (spec.resources), its filter does",
	 "kube-scheduler 1.34.1 executed"},
	{"anti-affinity-hint", "1.32 and later", "InterPodAffinity",
	 "the queueing hint wants all anti-affinity terms to select the pod that left, the filter rejects for any: a "
	 "pod "
	 "with two terms may wait for the flush after 5 minutes",
	 "kubernetes 1.34 pkg/scheduler/framework/plugins/interpodaffinity, read"},
	{"sidecar-ports", "up to 1.33", "NodePorts",
	 "host ports of sidecars (init containers that are always restarted) are ignored",
	 "kube-scheduler 1.32.2 and 1.34.1 executed; 1.33 is guessed to be like 1.32"},
	{"freed-ports", "all", "DefaultPreemption",
	 "in a dry run a host port of a removed pod is free even where another pod of the node has it too",
	 "kube-scheduler 1.32.2 and 1.34.1 executed"},
	{"image-names", "all", "ImageLocality",
	 "\":latest\" is added to the pod's image names only: an untagged name in a node's list never matches",
	 "kube-scheduler 1.32.2 and 1.34.1 executed"},
	{"ratio-rounds-up", "1.20", "NodeResourcesFit",
	 "RequestedToCapacityRatio takes the utilisation from what is left and so rounds it up",
	 "kubernetes 1.20.2, read"},
	{NULL, NULL, NULL, NULL, NULL},
};

const struct sched_quirk *sched_quirk(uint32_t i)
{
	return i < sizeof(quirks) / sizeof(quirks[0]) - 1 ? &quirks[i] : NULL;
}
