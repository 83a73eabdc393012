/* kubelet_signals.h - what the eviction manager observes, and whom it would evict. Private to kubelet_pressure.c. */
#ifndef MODELS_KUBELET_SIGNALS_H
#define MODELS_KUBELET_SIGNALS_H

#include "models/kubelet_settings.h"
#include "models/state.h"

struct signal_value {
	double capacity, available; /* capacity 0: the signal is not known on this node */
};

/* What there is of it in all; 0: not known on this node. */
double signal_capacity(const struct world *w, uint32_t node, enum eviction_signal s);

/* What is there now. */
struct signal_value signal_observe(struct world *w, uint32_t node, enum eviction_signal s);

/* The amount below which the threshold is met. */
double signal_limit(const struct eviction_threshold *t, double capacity);

/* The signal's own resource. */
enum usage signal_usage(enum eviction_signal s);

/* What a pod asked for of it; 0 of processes. */
double signal_request(const struct pod_spec *s, enum eviction_signal signal);

/* From now on, nothing else happening: whether the signal can fall below `limit` at all; *never_before then is a time
 * before which it will not (now, where what is used varies freely). */
bool signal_may_fall(struct world *w, uint32_t node, enum eviction_signal s, double limit, sim_time *never_before);

/* When a single container on node first uses more memory than it does now and is left over, by what is known of its
 * use; SIM_NEVER: none does. */
sim_time signal_first_step(struct world *w, uint32_t node);

/* The pod that is evicted first for the signal (rank functions in pkg/kubelet/eviction/helpers.go): those that use more
 * than they request, then lower priority, then most above the request (of processes: priority, most of them). NONE when
 * nobody may be. */
uint32_t signal_victim(struct world *w, uint32_t node, enum eviction_signal s);

/* Whose use of the signal's resource grows fastest, or else is largest; NONE: nobody's is told. */
uint32_t signal_grower(struct world *w, uint32_t node, enum eviction_signal s);

/* A pod on node whose containers use more local disk than one of their limits allows, or NONE; *limit is that limit. */
uint32_t signal_over_disk_limit(struct world *w, uint32_t node, double *used, double *limit);

/* Whether one may come to, nothing else happening, and a time before which none will. */
bool signal_over_disk_possible(struct world *w, uint32_t node, sim_time *never_before);

/* The container that the kernel kills when the node has no memory left, of pod *pod; NONE when none runs. */
uint32_t signal_oom_victim(struct world *w, uint32_t node, uint32_t *pod);

#endif
