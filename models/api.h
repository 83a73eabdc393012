/* api.h - the API server: calls that wait for a client's rate limit, take time, change belief and wake watchers. */
#ifndef MODELS_API_H
#define MODELS_API_H

#include "models/state.h"

/* Who waits for an answer. */
enum api_caller {
	CALLER_NOBODY,
	CALLER_CONTROLLER,
	CALLER_SCHEDULER,
	CALLER_VOLUMES, /* the scheduler's volume binder */
	CALLER_KUBELET,
	CALLER_ACTION
};

void api_init(struct world *w);

/* Client numbers: token buckets. Controllers get theirs from control.c; these are fixed. */
enum api_client { CLIENT_UNLIMITED, CLIENT_SCHEDULER, CLIENT_FIRST_CONTROLLER };

/* A new bucket; returns its number. name must outlive the run. */
uint32_t api_client_add(struct world *w, const char *name, double qps, int64_t burst);
/* A fresh process: the bucket is full again. */
void api_client_reset(struct world *w, uint32_t client);

/*
 * Sends call through client: it waits for a token, travels for a draw of `latency` and is committed, or fails when the
 * API server is down at either time. The caller is told by *_answered(): controllers and the scheduler with `who` (a
 * worker, a pod row), kubelets with a pod row. While the world is settling everything happens at once.
 */
void api_send(struct world *w, uint32_t client, const struct api_call *call, const struct dist *latency,
	      enum api_caller caller, uint32_t who);

/* Whether the API server answers now. */
bool api_up(const struct world *w);

/* etcd has a leader again: the writes that waited for one go on. */
void api_commits_again(struct world *w);

/* A leading component (controller manager or scheduler) reaches an API server again: its reflectors list anew after a
 * step of their back-off, and it sees what it missed. Or it is gone, and so is what it missed. */
void api_watch_resumes(struct world *w, enum component component);
void api_forget_missed(struct world *w, enum component component);

/* Tells FACT_API_LOAD of each client, at the end of a run. */
void api_tell_load(struct world *w);

/* Watchers see `change` after a watch delay. */
void api_notify(struct world *w, enum change_kind kind, uint16_t what, uint32_t row);

/* Answers. ok is false when the call failed (down, conflict, refused). */
void control_answered(struct world *w, uint32_t worker, bool ok);
void scheduler_answered(struct world *w, uint32_t pod, bool ok);
void volumes_answered(struct world *w, uint32_t cycle, bool ok);
void kubelet_answered(struct world *w, uint32_t pod, const struct api_call *call, bool ok);
void action_answered(struct world *w, uint32_t who, const struct api_call *call, bool ok);

#endif
