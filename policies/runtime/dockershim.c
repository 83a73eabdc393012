/* dockershim.c - docker through the shim inside the kubelet: the default until 1.23.
 * Versions and what a stopped daemon means: kubernetes-control-plane.md 1.2,
 * orchestrators-runtimes-costs.md 3.1, 3.2, 3.4. */
#include "models/policy.h"

const struct runtime runtime_dockershim = {
	.info = {.name = "dockershim", .summary = "docker through the kubelet's own shim"},
	.path = "kubelet -> dockershim -> dockerd -> containerd -> shim -> runc",
	.min = 20,
	.max = 23,
	.refusal = "dockershim was removed from the kubelet in Kubernetes 1.24 (KEP-2221)",
	.way_out = "use containerd, or cri-dockerd to keep docker",
	.on_stop = RUNTIME_STOPS_CONTAINERS,
};
