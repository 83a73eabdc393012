/* metrics_server.h - what the metrics API tells of the pods' use of CPU and memory. */
#ifndef MODELS_METRICS_SERVER_H
#define MODELS_METRICS_SERVER_H

#include "models/state.h"

/* metrics-server looks at all kubelets this often (--metric-resolution; kubernetes-control-plane.md 3.7, recalled). */
#define METRICS_PERIOD SECONDS(15)

/* Installs view.metrics_at and view.pod_usage. */
void metrics_server_init(struct world *w);

#endif
