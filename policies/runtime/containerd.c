/* containerd.c - containerd with its CRI plugin: the usual runtime since 1.24.
 * Versions and what a stopped daemon means: kubernetes-control-plane.md 1.2,
 * orchestrators-runtimes-costs.md 3.1, 3.2, 3.4. */
#include "models/policy.h"

const struct runtime runtime_containerd = {
	.info = {.name = "containerd", .summary = "containerd, whose shims own the containers"},
	.path = "kubelet -> CRI plugin of containerd -> shim -> runc",
	.min = 10,
	.max = 999,
	.refusal = "containerd's CRI plugin speaks to Kubernetes 1.10 and later",
	.way_out = "",
	.on_stop = RUNTIME_LEAVES_CONTAINERS,
	.content_store = true,
};
