/* fit.h - whether a pod could run on a node, for controllers that move pods: the rules of the scheduler that need
 * nothing but the node. Spread and affinity between pods are not asked. */
#ifndef POLICIES_PARTS_FIT_H
#define POLICIES_PARTS_FIT_H

#include "models/policy.h"

/* Node selector, required affinity, untolerated taints, cordon, Ready. */
bool fit_is_allowed(const struct view *v, const struct pod *pod, uint32_t node);

/* Requests kept free for pods that are about to come. */
struct fit_kept {
	int64_t cpu_milli, mem_bytes, disk_bytes;
	int32_t pods;
};
void fit_keep(struct fit_kept *kept, const struct pod_spec *spec);

/* Whether the requests fit into what is free beyond `kept`. */
bool fit_has_room(const struct view *v, const struct pod_spec *spec, uint32_t node, const struct fit_kept *kept);

#endif
