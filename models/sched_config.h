/* sched_config.h - how a scheduler is configured: profiles, their plugins, weights and arguments; kube-scheduler.md
 * 1.7. */
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

/* The arguments of the plugins of one profile. Zero is not the default: see sched_config_default. */
struct sched_config {
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

	/* DefaultPreemption: minCandidateNodesPercentage 0..100, minCandidateNodesAbsolute. */
	int64_t candidates_percent, candidates_min;
	sim_time bind_timeout; /* VolumeBinding: bindTimeoutSeconds */
};
extern const struct sched_config sched_config_default;

/* Rows of sched_plugins[] in the order in which they run. */
#define SCHED_PLUGINS_MAX 32
struct sched_list {
	uint32_t count;
	uint8_t row[SCHED_PLUGINS_MAX];
};

/* One scheduler as its pods name it. */
struct sched_profile {
	uint32_t name;   /* schedulerName; 0: of every pod */
	int64_t percent; /* percentageOfNodesToScore; -1: that of the process, 0: adaptive */
	bool gates;      /* SchedulingGates keeps gated pods out of the queue */
	bool preempts;   /* DefaultPreemption runs when nothing fits */
	struct sched_list pre_filter, filter, score, reserve;
	int64_t weight[SCHED_PLUGINS_MAX]; /* by row */
	struct sched_config config;
};

/* All profiles of the process. */
struct scheduling {
	struct sched_profile *profile;
	uint32_t count;
	uint32_t by_default; /* the profile of the pods that ask for default-scheduler, or count when nobody takes them
			      */
	uint32_t default_name; /* name id of default-scheduler */
	uint32_t name;         /* of the choice: "default", a scheduler to compare with, or a profile */
};

/* The default profile of a minor version. */
void sched_profile_default(struct sched_profile *out, int kubernetes);

/* The schedulers that can be chosen by name without a configuration: "default", "least-allocated", "most-allocated"
 * and each plugin marked as a baseline. */
bool sched_profile_named(struct sched_profile *out, const char *name, int kubernetes);
/* The i-th such name, NULL after the last, and one sentence about it. */
const char *sched_profile_choice(uint32_t i, const char **summary);

/* Reads the profiles of a KubeSchedulerConfiguration of the decoder's version. Mistakes go to the decoder's diag; out
 * is complete either way. Memory from the decoder's arena. */
void sched_config_read(struct decoder *d, const struct yaml_node *root, struct scheduling *out);

/* "NodeResourcesFit", "args" -> config; unknown plugins and arguments are mistakes. item: {name, args}. */
void sched_args_read(struct decoder *d, const struct yaml_node *item, struct sched_config *config);

/* plugins: what a profile enables and disables at its points, merged with the default of the version. */
void sched_points_read(struct decoder *d, const struct yaml_node *plugins, struct sched_profile *out);

#endif
