/* hpa.h - the arithmetic of the horizontal pod autoscaler: from samples to replicas, and what its behaviour allows. */
#ifndef POLICIES_PARTS_HPA_H
#define POLICIES_PARTS_HPA_H

#include "models/policy.h"

/* What the pods of a target come to, for one metric. */
struct hpa_pods {
	int64_t ready, unready, missing; /* pods: with a sample that counts; not ready yet; without a sample */
	int64_t usage;                   /* sum over ready */
	int64_t request;                 /* sums of requests, for utilization */
	int64_t missing_request, unready_request;
	bool no_request; /* a pod asks for none of the resource: utilization cannot be told */
};

/*
 * The replicas that the metric asks for, or -1 when it cannot tell. *percent becomes the use in percent of the target's
 * base (requests, or the target value). replica_calculator.go: GetResourceReplicas, calcPlainMetricReplicas.
 */
int64_t hpa_replicas(const struct hpa_metric *m, const struct hpa_pods *p, int64_t current, double up_tolerance,
		     double down_tolerance, int64_t *percent);

/* What was recommended or changed when. */
struct hpa_event {
	sim_time at;
	int64_t replicas; /* recommended; or the change, positive up */
};
struct hpa_history {
	struct hpa_event *event;
	uint32_t count, capacity;
};
void hpa_remember(struct arena *a, struct hpa_history *h, sim_time at, int64_t replicas, sim_time keep);

/* Stabilisation (stabilizeRecommendationWithBehaviors): between the lowest recommendation of the up window and the
 * highest of the down window, or as it is. `desired` has been remembered already. */
int64_t hpa_stabilize(const struct hpa_object *h, const struct hpa_history *recommended, sim_time now,
		      sim_time down_window, int64_t current, int64_t desired);

/* Rate policies (convertDesiredReplicasWithBehaviorRate): desired as far as the rules let it go from current. */
int64_t hpa_limit(const struct hpa_object *h, const struct hpa_history *changes, sim_time now, int64_t current,
		  int64_t desired);

#endif
