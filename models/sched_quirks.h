/* sched_quirks.h - known faults of kube-scheduler's versions that are reproduced on purpose. */
#ifndef MODELS_SCHED_QUIRKS_H
#define MODELS_SCHED_QUIRKS_H

#include <stdint.h>

struct sched_quirk {
	const char *name, *versions, *where, *what, *source;
};

/* The i-th, NULL after the last. */
const struct sched_quirk *sched_quirk(uint32_t i);

#endif
