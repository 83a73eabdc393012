/* cri_o.c - CRI-O, of the same minor version as Kubernetes.
 * Versions and what a stopped daemon means: kubernetes-control-plane.md 1.2,
 * orchestrators-runtimes-costs.md 3.1, 3.2, 3.4. */
#include "models/policy.h"

const struct runtime runtime_cri_o = {
	.info = {.name = "cri-o", .summary = "CRI-O, whose conmon processes own the containers"},
	.path = "kubelet -> crio -> conmon -> runc",
	.min = 7,
	.max = 999,
	.refusal = "CRI-O needs Kubernetes 1.7 or later",
	.way_out = "",
	.on_stop = RUNTIME_LEAVES_CONTAINERS,
	.clears_images = true, /* clean_shutdown_file, docs/crio.conf.5.md */
};
