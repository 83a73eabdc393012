/* sched_config.h - one profile of a KubeSchedulerConfiguration: which plugins, their weights and arguments. */
#ifndef MODELS_SCHED_CONFIG_H
#define MODELS_SCHED_CONFIG_H

#include "models/objects.h"

struct decoder;
struct yaml_node;

enum sched_kind { SCHED_CPU, SCHED_MEMORY, SCHED_DISK, SCHED_SCALAR };
struct sched_resource {
	uint8_t kind;  /* enum sched_kind */
	uint32_t name; /* of a scalar */
	int64_t weight;
};

enum sched_strategy { FIT_LEAST_ALLOCATED, FIT_MOST_ALLOCATED, FIT_RATIO };
struct sched_point {
	int64_t utilization, score; /* percent, 0..100 */
};

/* Zero is not the default: see sched_config_default. kube-scheduler.md 1.7. */
struct sched_config {
	/* By row of sched_profile[]. */
	uint32_t filters_off, scores_off;
	int64_t weight[32]; /* 0: the default */

	uint8_t strategy;   /* of NodeResourcesFit: enum sched_strategy */
	uint32_t fit_count; /* 0: cpu and memory, weight 1 each */
	struct sched_resource *fit;
	uint32_t shape_count;
	struct sched_point *shape;
	uint32_t ignored_count, ignored_group_count;
	uint32_t *ignored, *ignored_group;

	uint32_t balanced_count; /* 0: cpu and memory */
	struct sched_resource *balanced;

	const struct pod_spec *added; /* NodeAffinity's addedAffinity, or NULL */

	int64_t hard_weight;   /* InterPodAffinity: hardPodAffinityWeight */
	bool ignore_preferred; /* ignorePreferredTermsOfExistingPods */

	bool spread_list; /* PodTopologySpread: defaultingType List */
	uint32_t spread_count;
	struct spread_constraint *spread;
};
extern const struct sched_config sched_config_default;

/* Reads the only profile of a KubeSchedulerConfiguration; mistakes go to the decoder's diag. out is complete either
 * way. */
void sched_config_read(struct decoder *d, const struct yaml_node *root, struct sched_config *out);

#endif
