/* cri_dockerd.c - docker behind an adapter of its own, since the kubelet has none.
 * Versions and what a stopped daemon means: kubernetes-control-plane.md 1.2,
 * orchestrators-runtimes-costs.md 3.1, 3.2, 3.4. */
#include "models/policy.h"

const struct runtime runtime_cri_dockerd = {
	.info = {.name = "cri-dockerd", .summary = "docker through an adapter outside the kubelet"},
	.path = "kubelet -> cri-dockerd -> dockerd -> containerd -> shim -> runc",
	.min = 20,
	.max = 999,
	.refusal = "",
	.way_out = "",
	.on_stop = RUNTIME_STOPS_CONTAINERS,
};
