/* runtime.h - the container runtimes below the kubelets: which there are, which versions accept them, how long their
 * steps take (data/runtimes.csv). */
#ifndef MODELS_RUNTIME_H
#define MODELS_RUNTIME_H

#include "models/policy.h"

/* Steps of one runtime; dist of a step, MiB of memory. */
struct runtime_steps {
	struct dist sandbox, cni, start, stop;
	double idle_mib, pod_mib;
};

/* The runtime called name, or NULL. */
const struct runtime *runtime_find(const char *name);

/* Names of all, NULL-terminated, at most RUNTIMES_MAX. */
#define RUNTIMES_MAX 16
void runtime_names(const char *name[RUNTIMES_MAX]);

/* What a node has when nobody says: the kubelet's default of the version. */
const struct runtime *runtime_default(int kubernetes);

/* From the table; asserts that every step of it is there, which a test checks for all. */
struct runtime_steps runtime_steps(const struct runtime *r);

#endif
