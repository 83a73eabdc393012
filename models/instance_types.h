/* instance_types.h - sizes of machines one can rent, from data/instance-types.csv. */
#ifndef MODELS_INSTANCE_TYPES_H
#define MODELS_INSTANCE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/arena.h"
#include "sim/diag.h"

struct instance_type {
	const char *provider, *name;
	double vcpus, memory_gib;
	uint32_t gpus;
	uint32_t max_pods;
	double usd_per_hour;
};

/* Result of looking a name up. */
enum instance_found { INSTANCE_UNKNOWN, INSTANCE_AMBIGUOUS, INSTANCE_FOUND };

/* Finds "m5.large" or "aws/m5.large"; strings live in a. */
enum instance_found instance_type_find(struct arena *a, const char *name, struct instance_type *out);

/* Adds near names as help to the last error. */
void instance_type_suggest(struct arena *a, struct diag *d, const char *word);

#endif
