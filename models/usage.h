/* usage.h - what containers use of CPU, memory, local disk and processes (struct curve, the Scenario's load). */
#ifndef MODELS_USAGE_H
#define MODELS_USAGE_H

#include "models/state.h"

/* Whether anything in the scenario says what it uses of u; otherwise containers use what they request. */
bool usage_told(const struct world *w, enum usage u);

/* Whether any container of pod may run; each start and end of one is told to who watches (life_use_changed()). */
bool usage_alive(const struct world *w, uint32_t pod);

/* What container i of pod uses now: what its annotation says; else, of the first main container, the pod's share of its
 * workload's load; else what it requests (no disk, one process). 0 while it does not run. In millicores, bytes, bytes,
 * processes. */
double usage_of_container(const struct world *w, uint32_t pod, uint32_t i, enum usage u);

/* All of a pod's containers. */
double usage_of_pod(const struct world *w, uint32_t pod, enum usage u);

/* The most that pod, as far as it lives, can use until the end of the run; INFINITY where load decides. */
double usage_most(const struct world *w, uint32_t pod, enum usage u);

/* Whether what pod uses may change while nothing else happens to it, and whether it then only grows evenly: *growth in
 * units a second. */
bool usage_varies(const struct world *w, uint32_t pod, enum usage u, double *growth);

/* When container i, which runs, first uses more than `level`, or, of a walk, when that must be asked again; SIM_NEVER:
 * not in this run, or nothing is said of its use. */
sim_time usage_passes(const struct world *w, uint32_t pod, uint32_t i, enum usage u, double level);

/* A container that has just started will be killed by the kernel when it uses more memory than its limit. */
void usage_plan_oom(struct world *w, uint32_t pod, uint32_t i);

/* The same for all containers of the initial state. */
void usage_settled(struct world *w);

/* Whether it does so now; if not, when it may is planned anew. */
bool usage_oom(struct world *w, uint32_t pod, uint32_t i);

#endif
