/* kubelet_steps.h - the steps of a pod's life, and who does what in it. Private to kubelet*.c.
 *
 * kubelet.c: what is learned and reported of pods, kubelet_node.c: of the node; kubelet_life.c: the pod as a whole;
 * kubelet_sync.c: which container is next; kubelet_container.c: one container from creation to exit; kubelet_probe.c:
 * what its probes find.
 */
#ifndef MODELS_KUBELET_STEPS_H
#define MODELS_KUBELET_STEPS_H

#include "models/kubelet.h"

/* What ends when a POD_STEP event fires. Its arg is the step and, above STEP_BITS, the container. */
enum pod_step {
	/* the kubelet's doing, void when its epoch is over */
	STEP_SETUP, /* cgroups, volumes */
	STEP_MOUNT, /* CSI volumes are mounted */
	STEP_SANDBOX,
	STEP_CREATED, /* container: created and started */
	STEP_NOTICE,  /* a PLEG relist has seen what the containers do */
	STEP_WAKE,    /* the pod is synced again */
	STEP_GATE,    /* somebody has set the conditions of its readiness gates */
	STEP_STOP,    /* nothing is left to stop */
	STEP_REPORT,  /* the status manager writes what differs from the API */
	STEP_PROBE,   /* container: a probe gives another verdict */
	/* the application's doing, which goes on without a kubelet; void when the container's life is over */
	STEP_SERVE,
	STEP_HANG,
	STEP_RECOVER, /* from what an action of the scenario did to it */
	STEP_OOM,     /* it asks for more memory than its limit */
	STEP_EXIT,
};
#define STEP_BITS 8

#define EXIT_SIGTERM 143
#define EXIT_SIGKILL 137

/* A step of pod ends after `after`; for those of a container, of its container i. At once while settling. */
void step_in(struct world *w, uint32_t pod, enum pod_step step, sim_time after);
void step_of(struct world *w, uint32_t pod, uint32_t i, enum pod_step step, sim_time after);

/* A draw for pod. Each pod has a stream of its own. Nothing while settling. */
sim_time life_draw(struct world *w, uint32_t pod, const struct dist *d);

/* A fact about pod on its node. */
struct fact pod_fact(const struct world *w, enum fact_kind kind, uint32_t pod);

/* ---- kubelet_life.c ---- */

/* Begins pod's life on its node from the sandbox on. */
void life_begin(struct world *w, uint32_t pod);

/* What the kubelet was about to do for pod is not done. */
void life_void(struct world *w, uint32_t pod);

/* All containers of pod have started once in this life. */
void life_started(struct world *w, uint32_t pod);

/* preStop hooks, SIGTERM, SIGKILL for what runs of pod, sidecars last (5.8); then its end. */
void life_stop(struct world *w, uint32_t pod);

/* Its main containers have ended for good: sidecars are stopped, then it is complete. */
void life_finish(struct world *w, uint32_t pod, bool failed);

/* The kubelet ends pod by itself: it will be Failed, with the reason. grace in ns; exact: no container is given 2 s if
 * it is shorter. */
void life_kill(struct world *w, uint32_t pod, enum pod_reason why, sim_time grace, bool exact);

/* What is ending of pod ends after `most` at the latest: a grace period may only shrink. */
void life_hasten(struct world *w, uint32_t pod, sim_time most);

/* The containers that run on node are others now: who watches its memory, disk and CPU looks again. */
void life_use_changed(struct world *w, uint32_t node);

/* The last container has ended while the pod was stopped or finishing. */
void life_ended(struct world *w, uint32_t pod);

/* The containers are gone; why is told when all had started. */
void life_gone(struct world *w, uint32_t pod, enum stop_cause why);

/* Ready or not, as the kubelet holds it; a change is reported. */
void life_refresh(struct world *w, uint32_t pod);

/* Whether the pod as a whole can serve changes with its containers. */
void life_serving(struct world *w, uint32_t pod);

/* The next relist will see the containers of pod, if its kubelet runs. */
void life_notice(struct world *w, uint32_t pod);

/* ---- kubelet_sync.c ---- */

/* Starts the next container of pod that is due. */
void sync_containers(struct world *w, uint32_t pod);

/* The relist has seen container i ended: when may it be started again? */
void sync_restart(struct world *w, uint32_t pod, uint32_t i);

/* The sync after which what has to wait until `until` is done: failed syncs are tried again. */
sim_time sync_retry_after(struct world *w, uint32_t pod, sim_time until);

/* Container i's image did not come, or may not be asked for: it waits, and the next container is looked at. */
void sync_pull_failed(struct world *w, uint32_t pod, uint32_t i, enum container_reason why);

/* Its restart back-off moves on, as the kubelet restarts it now. */
void sync_back_off(struct world *w, struct container_truth *c);

/* ---- kubelet_container.c ---- */

/* The kubelet pulls container i's image if needed, creates and starts it. */
void container_start(struct world *w, uint32_t pod, uint32_t i);
void container_created(struct world *w, uint32_t pod, uint32_t i);

/* Container i, which runs, exits after `after` with the code, for a signal it was sent. */
void container_signal(struct world *w, uint32_t pod, uint32_t i, sim_time after, uint8_t code,
		      enum container_reason why);

/* How long container i takes to end when it is asked to: *code is what it then exits with. grace in ns. */
sim_time container_stop_takes(struct world *w, uint32_t pod, uint32_t i, sim_time grace, uint8_t *code);

/* The application begins or ceases to answer. */
void container_answers(struct world *w, uint32_t pod, uint32_t i, enum answers a);
void container_oom(struct world *w, uint32_t pod, uint32_t i);
void container_exited(struct world *w, uint32_t pod, uint32_t i);

/* ---- kubelet_probe.c ---- */

/* Workers probe container i from now on. fresh: the kubelet has just started; kept: what they held stays until they
 * know better. */
void probe_begin(struct world *w, uint32_t pod, uint32_t i, bool fresh, bool kept);

/* Counts the probes made until now; called before answers change. */
void probe_count(struct world *w, uint32_t pod, uint32_t i);

/* Acts on what the probes have found, and waits for the next verdict that differs. */
void probe_look(struct world *w, uint32_t pod, uint32_t i);

/* The n-th tick (n >= 1) later than `after` of a probe whose worker ticks at `from`, for a container started at
 * `started`; no tick counts before the initial delay (kubernetes-control-plane.md 5.5). At most SIM_NEVER - 1. */
sim_time probe_tick(const struct probe *p, sim_time from, sim_time started, sim_time after, uint32_t n);
/* How many ticks lie in (after, until], at most UINT32_MAX / 2. */
uint32_t probe_ticks(const struct probe *p, sim_time from, sim_time started, sim_time after, sim_time until);

/* Takes up the probes of container i again after a rest. */
void probe_resume(struct world *w, uint32_t pod, uint32_t i);

/* ---- kubelet_runtime.c ---- */

/* Draws for pod: sandbox with its network; creating and starting a container; its end seen. */
sim_time runtime_sandbox_takes(struct world *w, uint32_t pod);
sim_time runtime_start_takes(struct world *w, uint32_t pod);
sim_time runtime_stop_takes(struct world *w, uint32_t pod);

/* Whether the node's kubelet runs and has its runtime. */
bool kubelet_works(const struct world *w, uint32_t node);

/* ---- kubelet.c ---- */

/* The kubelet writes its Node's Ready condition as it holds it to be, if it can. */
void kubelet_report_node(struct world *w, uint32_t node);

/* Whether the node's kubelet runs and reaches the API server. */
bool kubelet_talks(const struct world *w, uint32_t node);

/* The kubelet writes the pod's status if it can; otherwise its next reconnection does. */
void kubelet_report(struct world *w, uint32_t pod);

/* All kubelets. */
struct kubelets {
	uint32_t client;  /* of the API server */
	struct rng *node; /* by node: what its kubelet draws when it comes back */
};

/* A call of a kubelet's client. */
void kubelet_send(struct world *w, const struct api_call *call);

/* What a pod became while its kubelet could not tell: the status manager's next batch writes it, whatever the watch
 * does (5.7). What somebody else wrote meanwhile is only found by the watch. */
void kubelet_report_changes(struct world *w, uint32_t node);

#endif
