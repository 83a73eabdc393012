/* kubelet_steps.h - the steps of a pod's life: what ends when a POD_STEP event fires. Private to kubelet*.c. */
#ifndef MODELS_KUBELET_STEPS_H
#define MODELS_KUBELET_STEPS_H

#include "models/kubelet.h"

/* In the order of a life. Steps of the application itself (SERVE, COMPLETE) go on without a kubelet. */
enum pod_step {
	STEP_SETUP, /* cgroups, volumes */
	STEP_SANDBOX,
	STEP_INIT,   /* init containers, one after another */
	STEP_START,  /* every container created and started */
	STEP_NOTICE, /* the PLEG relist has seen them run */
	STEP_READY,  /* readiness has passed */
	STEP_STOP,   /* containers have ended after SIGTERM or SIGKILL */
	STEP_REPORT, /* the status manager writes what differs from the API */
	STEP_SERVE,
	STEP_COMPLETE,
};

/* A step of pod ends after `after`. */
void step_in(struct world *w, uint32_t pod, enum pod_step step, sim_time after);

/* Begins pod's life on its node from the sandbox on. */
void life_begin(struct world *w, uint32_t pod);

/* SIGTERM to the pod's containers; or, when none run, its end at once. */
void life_stop(struct world *w, uint32_t pod);

/* The containers are gone; why is told when some ran. */
void life_gone(struct world *w, uint32_t pod, enum stop_cause why);

/* From here on the kubelet has to be told again when the pod is ready. */
void life_check_readiness(struct world *w, uint32_t pod, bool fresh_kubelet);

/* Whether the node's kubelet runs and reaches the API server. */
bool kubelet_talks(const struct world *w, uint32_t node);

/* The kubelet writes the pod's status if it can; otherwise its next reconnection does. */
void kubelet_report(struct world *w, uint32_t pod);

#endif
