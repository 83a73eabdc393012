/* rkt.c - rkt, which has no daemon; the kubelet could use it from 1.3 to 1.10.
 * Versions and what a stopped daemon means: kubernetes-control-plane.md 1.2,
 * orchestrators-runtimes-costs.md 3.1, 3.2, 3.4. */
#include "models/policy.h"

const struct runtime runtime_rkt = {
	.info = {.name = "rkt", .summary = "rkt, without a daemon, under systemd"},
	.path = "kubelet -> rkt -> systemd-nspawn",
	.min = 3,
	.max = 10,
	.refusal = "rkt was removed from the kubelet in Kubernetes 1.11, and the project ended in 2020",
	.way_out = "use containerd or cri-o",
	.on_stop = RUNTIME_HAS_NO_DAEMON,
};
