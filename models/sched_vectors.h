/* sched_vectors.h - conformance cases of the scheduler: what would it decide, computed from a case's inputs alone. */
#ifndef MODELS_SCHED_VECTORS_H
#define MODELS_SCHED_VECTORS_H

#include "sim/diag.h"
#include "sim/text.h"
#include "sim/yaml.h"

/*
 * Appends what minor version `kubernetes` decides in a case of format ksv/1 (kube-scheduler.md 6.2) as a JSON object of
 * the same shape as the case's "expect". Mistakes in the case go to d, and false is returned. d's arena serves for the
 * texts.
 */
bool sched_vector_compute(struct diag *d, const struct yaml_node *root, int kubernetes, struct text *out);

/* Compares what was computed with what is expected; appends at most `most` differences to out, one line each, and
 * returns how many there are. Order in lists, the informative "skipped..." and "message" do not count. */
uint32_t sched_vector_compare(const struct yaml_node *expected, const struct yaml_node *computed, uint32_t most,
			      struct text *out);

/* "1.34.1" -> 34; -1 if it is no version that can be simulated. */
int sched_vector_version(const char *text);

#endif
