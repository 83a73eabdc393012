/* sched_preempt.h - DefaultPreemption: which pods would have to go so that a pod fits; kube-scheduler.md 3.13. */
#ifndef MODELS_SCHED_PREEMPT_H
#define MODELS_SCHED_PREEMPT_H

#include "models/sched_internal.h"

/* A node that preemption could free. */
struct sched_candidate {
	uint32_t node, violations; /* victims whose budget does not allow it */
	uint32_t victims, *victim; /* pod rows, most important first */
};

/* Pods that a budget lists as disrupted already. */
struct sched_free_pod {
	uint32_t pdb, pod;
};

/* A node on which the pod does not fit even without all pods of lower priority. */
struct sched_misfit {
	uint32_t node;
	const char *why; /* the reasons, a line each; NULL: it has no such pods */
};

struct sched_preemption {
	/* Input: arena for the results; budgets left; pods free of charge; stop at the share of nodes that upstream
	 * tries. */
	struct arena *arena;
	const int32_t *allowed; /* by pdb row */
	const struct sched_free_pod *free_pod;
	uint32_t free_pods;
	struct rng *offset;    /* NULL: every candidate in row order */
	const bool *preempted; /* by pod: it terminates because of a preemption; or NULL */
	uint32_t nominated;    /* node of the pod's status, or NONE */
	/* Output. */
	bool tried;                  /* the rest holds */
	bool ineligible;             /* the pod may not preempt now; a nomination it has stays */
	struct sched_misfit *misfit; /* nodes that a dry run could not free */
	uint32_t misfits;
	struct sched_candidate *candidate;
	uint32_t count;
	uint32_t *best; /* indexes of the equally best candidates */
	uint32_t bests;
};

/* After framework_decide(fw, pod) found no node. The cluster is changed and restored on the way. */
void sched_preempt(struct sched_framework *fw, uint32_t pod, struct sched_preemption *p);

#endif
