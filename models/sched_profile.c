/* sched_profile.c - the default profile: which plugins, in which order, with which weight; kube-scheduler.md 1.2 and
 * 0.1. */
#include "models/sched_internal.h"

#include <string.h>

/* Upstream registers Node/UpdateTaint for every plugin that registers Node/Add but no taint update (2.6). */
#define NODE (WAKE_NODE_ADDED | WAKE_TAINTS)

const struct sched_entry sched_profile[] = {
	{"NodeUnschedulable", 0, 0, WAKE_NODE_ADDED | WAKE_TAINTS_FIT},
	{"NodeName", 0, 0, NODE},
	{"TaintToleration", 1, 3, WAKE_NODE_ADDED | WAKE_TAINTS_FIT},
	{"NodeAffinity", 1, 2, NODE},
	{"NodePorts", 0, 0, NODE | WAKE_POD_GONE},
	{"NodeResourcesFit", 1, 1, NODE | WAKE_POD_GONE},
	{"VolumeRestrictions", 0, 0, NODE | WAKE_POD_GONE},
	{"NodeVolumeLimits", 0, 0, WAKE_POD_GONE},
	{"VolumeBinding", 0, 0, NODE},
	{"VolumeZone", 0, 0, NODE},
	{"PodTopologySpread", 2, 2, NODE | WAKE_POD_GONE | WAKE_POD_ASSIGNED},
	{"InterPodAffinity", 1, 2, NODE | WAKE_POD_GONE | WAKE_POD_ASSIGNED},
	{"NodeResourcesBalancedAllocation", 1, 1, 0},
	{"ImageLocality", 1, 1, 0},
	{NULL, 0, 0, 0},
};

const struct sched_config sched_config_default = {.hard_weight = 1};

/* The weights are read for 1.20 and 1.32 (table 0.1); that they changed with configuration v1beta3 in 1.23 is recalled.
 */
int64_t sched_weight(const struct sched_entry *e, int kubernetes)
{
	return kubernetes >= 23 ? e->weight : e->weight_old;
}

const struct sched_plugin *sched_plugin_find(const char *name)
{
	for (const struct sched_plugin *const *p = sched_plugins; *p != NULL; p++)
		if (strcmp((*p)->info.name, name) == 0)
			return *p;
	return NULL;
}
