/* state.h - struct world: everything that is alive in a run, and the handlers of its events. */
#ifndef MODELS_STATE_H
#define MODELS_STATE_H

#include "models/cluster.h"

/* Random streams by purpose; the subject is a row number. Order is part of the results: append only. */
enum stream {
	STREAM_HEARTBEAT,
	STREAM_STATUS,
	STREAM_MONITOR,
	STREAM_API,
	STREAM_WATCH,
	STREAM_CONTROLLER,
	STREAM_SCHEDULER,
	STREAM_KUBELET,
	STREAM_POD,
	STREAM_IMAGE,
	STREAM_PROXY,
	STREAM_MASTER,
	STREAM_NODE_RETURN,
	STREAM_ACTION,
	STREAM_SCHED_PLUGIN,
	STREAM_VOLUME,
	STREAM_MACHINE,
	STREAM_ETCD,
	STREAM_PLANE,
	STREAM_METRICS,
	STREAM_RUNTIME,
	STREAM_ATTACH,
	STREAM_IMAGE_LAYERS,
	STREAM_IMAGE_GC,
	STREAM_USAGE,
	STREAM_PRESSURE,
	STREAM_SHUTDOWN,
	STREAM_FAILURE,
	STREAM_ARRIVAL,
};

enum event_phase { PHASE_FAILURE = 1, PHASE_AGENT, PHASE_API, PHASE_WATCH, PHASE_CONTROLLER, PHASE_SCHEDULER };

enum event_kind {
#define EVENT(name, phase, handler, sentence) EVENT_##name,
#include "models/events.def"
#undef EVENT
	EVENT_KINDS
};

struct api;
struct control;
struct scheduler;
struct kubelets;
struct runtimes_of;
struct heartbeats;
struct endpoints;
struct masters;
struct plane;
struct etcd;
struct etcd_space;
struct actions;
struct images;
struct failures;
struct master_failures;
struct failure_runs;
struct maintenances;
struct arrivals;
struct volumes;
struct machines;
struct rollouts;
struct pressures;
struct shutdowns;
struct claimants;
struct admissions;
struct inspect;

/* One simulation's model. Parts are allocated in run->arena and private to their file. */
struct world {
	struct run *run;
	const struct scenario *scenario;
	struct cluster cluster;
	struct api *api;
	struct control *control;
	struct scheduler *scheduler;
	struct kubelets *kubelets;
	struct runtimes_of *runtimes;
	struct heartbeats *heartbeats;
	struct endpoints *endpoints;
	struct masters *masters;
	struct plane *plane;
	struct etcd *etcd;
	struct etcd_space *etcd_space;
	struct actions *actions;
	struct images *images;
	struct failures *failures;
	struct master_failures *master_failures;
	struct failure_runs *failure_runs; /* of processes */
	struct maintenances *maintenances;
	struct arrivals *arrivals;
	struct volumes *volumes; /* of the scheduler: what it has reserved */
	struct machines *machines;
	struct rollouts *rollouts;
	struct pressures *pressures;
	struct shutdowns *shutdowns;
	struct claimants *claimants;   /* scratch of kubelet_cpu.c */
	struct admissions *admissions; /* scratch of kubelet_admit.c */
	struct inspect *inspect;       /* NULL unless somebody is going to look (inspect.h) */
	bool settling;
	const struct world_progress *progress; /* while settling; or NULL */
	bool abandoned;                        /* progress said so */
	uint32_t asked; /* row + 1 of a pod that the scheduler leaves alone, as somebody asks where it would go; 0: none
			 */
};

/* Handles one event; model is the world. For run_loop(). */
void world_handle(void *model, const struct event *e);

/* Schedules an event of kind at `at` (>= now) in its phase. */
void world_schedule(struct world *w, sim_time at, enum event_kind kind, uint32_t subject, uint32_t epoch, uint32_t arg);

#define EVENT(name, phase, handler, sentence) void handler(struct world *w, const struct event *e);
#include "models/events.def"
#undef EVENT

#endif
