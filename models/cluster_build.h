/* cluster_build.h - what building a cluster and changing it later share. Private to cluster*.c. */
#ifndef MODELS_CLUSTER_BUILD_H
#define MODELS_CLUSTER_BUILD_H

#include "models/cluster.h"

/* Points the view at the arrays, which may have moved. */
void cluster_view_refresh(struct cluster *c);

/* A new row for a workload, still zero; cluster_view_refresh() is to follow. */
uint32_t cluster_workload_row(struct cluster *c);

/* A letter for a generated name. */
char cluster_letter(struct rng *r);
/* The row of (region, zone), new or known. Nodes without labels share one zone. */
uint32_t cluster_zone(struct cluster *c, uint32_t region, uint32_t zone);

/* Tells FACT_NODE_ADDED, and its zone. */
void cluster_tell_node(struct cluster *c, uint32_t node);

/* Tells FACT_WORKLOAD_ADDED. */
void cluster_tell_workload(struct cluster *c, uint32_t row);

#endif
